/*
 * by_hand.h
 *		What people say of single customers: where they stay, whatever the rules
 *		say, and who is who.
 */
#ifndef TCS_BY_HAND_H
#define TCS_BY_HAND_H

#include "membership/segmentation.h"

/* by_hand.c */

/* An error where an argument is NULL. */
extern void tcs_hand_require(FunctionCallInfo fcinfo, int position, const char *name);

/*
 * The key in an argument, of the type that the caller had for it, as an array of
 * the type of the keys of the segmentation in the first argument.  Outside of any
 * scope: a date is written as the session writes dates.
 */
extern Datum tcs_hand_key(FunctionCallInfo fcinfo, int position);

/*
 * Those keys and all that were merged into them, directly or through others:
 * sorted.
 */
extern Datum tcs_hand_earlier_keys(const TcsSegmentation *segmentation, Datum keys);

/* That key as text, for errors. */
extern char *tcs_hand_key_text(const TcsSegmentation *segmentation, Datum keys);

/* The segment of that customer, in *segment; false: the customer is not there. */
extern bool tcs_hand_segment(const TcsSegmentation *segmentation, Datum keys, char **segment);

/* That customer is not there: an error. */
extern void tcs_hand_report_missing(const TcsSegmentation *segmentation, Datum keys)
			pg_attribute_noreturn();

/* An error unless the current user may read that table. */
extern void tcs_hand_check_select(Oid relation);

/* The rows of a statement that was run, of columns of these types, as the result. */
extern void tcs_hand_return_rows(FunctionCallInfo fcinfo, const Oid *types, int count);

/* pins.c */

/* Make the table of the pins. */
extern void tcs_pins_make(const TcsSegmentation *segmentation, const char *key);

/* Are there any?  Seen by the latest snapshot. */
extern bool tcs_pins_exist(const TcsSegmentation *segmentation);

/*
 * The segment of the row s of the source, as an expression: by that rule set (an
 * expression for its name), and where pins hold at that time (an expression too)
 * they have their say.
 */
extern char *tcs_pins_assign(const TcsSegmentation *segmentation, const char *rule_set,
							 bool has_pins, const char *now);

/*
 * Is a move from_segment to to_segment of somebody who was there since then one
 * that a pin, or the end of one, brought about?  A condition; names of the
 * columns and the time are expressions.
 */
extern char *tcs_pins_cause(const TcsSegmentation *segmentation, const char *row,
							const char *now);

/* Put who has pins that have ended by then into the queue. */
extern void tcs_pins_queue(const TcsSegmentation *segmentation);

/*
 * Forget pins that had ended by then, of these customers or, without an array,
 * of all: their segments are what the rules say.
 */
extern void tcs_pins_forget(const TcsSegmentation *segmentation, Datum keys, TimestampTz then);

#endif							/* TCS_BY_HAND_H */
