/*
 * refresh.h
 *		Bringing all of a segmentation up to date.
 */
#ifndef TCS_REFRESH_H
#define TCS_REFRESH_H

#include "membership/keyed.h"

/* Have the rules by value, where the source is on other machines.  As the owner. */
extern void tcs_refresh_take_rules(TcsSegmentation *segmentation);

/*
 * Compare everyone's segment with what it should be and put those who differ
 * through the keyed path.  As the owner, with the state locked; counts are set.
 */
extern void tcs_refresh_all(TcsSegmentation *segmentation, TcsMoves *moves);

/* The same for some; keys as tcs_keyed_update takes them. */
extern void tcs_refresh_some(TcsSegmentation *segmentation, Datum keys, TcsMoves *moves);

/* For some whose data are said to have changed, and who are in no queue. */
extern void tcs_refresh_keys(TcsSegmentation *segmentation, Datum keys, TcsMoves *moves);

/* Only the keyed path for those who differ: what is behind tcs_refresh_all. */
extern void tcs_update_all(const TcsSegmentation *segmentation, TcsCause *cause,
						   TcsMoves *moves);

/* Open a segmentation for a caller who may refresh it, and lock its state. */
extern TcsSegmentation *tcs_refresh_begin(Oid oid, const char *function,
										  TcsOwnerScope *scope);

/* The same for what may be a kept table as well. */
extern TcsSegmentation *tcs_copy_begin(Oid oid, const char *function, TcsOwnerScope *scope);

/* Take these keys out of the queue. */
extern void tcs_refresh_dequeue(const TcsSegmentation *segmentation, Datum keys);

/* Tell those who listen, when this transaction commits, if that is wanted. */
extern void tcs_refresh_notify(const TcsSegmentation *segmentation, const TcsMoves *moves);

/* refresh_segmentation.c */

/* An error in a transaction that keeps one snapshot, or may not write. */
extern void tcs_check_can_refresh(const char *function);

#endif							/* TCS_REFRESH_H */
