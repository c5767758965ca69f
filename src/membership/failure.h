/*
 * failure.h
 *		Errors in computing segments: named, and noted in the state.
 */
#ifndef TCS_FAILURE_H
#define TCS_FAILURE_H

#include "membership/segmentation.h"

/* failure.c */

/*
 * An error in computing the segments of some (or of all, for 0), with the rule
 * and the customer in its message if they can be told; or else the same error.
 */
extern ErrorData *tcs_name_failure(TcsSegmentation *segmentation, Datum keys,
								   ErrorData *error);

/* error_state.c */

/* What an error says, in one line. */
extern char *tcs_error_text(const ErrorData *error);

/*
 * Note an error in the state, unless a refresh is at work, which will clear it
 * or find it too.  Never fails for a reason of its own.
 */
extern void tcs_error_note(const TcsSegmentation *segmentation, const ErrorData *error);
extern void tcs_error_clear(const TcsSegmentation *segmentation);

#endif							/* TCS_FAILURE_H */
