/*
 * guard.h
 *		Tables that nobody writes to but tcs.
 */
#ifndef TCS_GUARD_H
#define TCS_GUARD_H

#include "membership/segmentation.h"

/* What a statement does to a table. */
#define TCS_GUARD_INSERT	1
#define TCS_GUARD_UPDATE	2
#define TCS_GUARD_DELETE	4
#define TCS_GUARD_TRUNCATE	8

/*
 * The next statement may do that to the members and that to the moves, each
 * once; what is run in the middle of it may not do it once more.  An error
 * closes what was open.
 */
extern void tcs_guard_open(const TcsSegmentation *segmentation, int members, int moves);
extern void tcs_guard_close(void);

/* The same for a statement that locks members and changes none. */
extern void tcs_guard_open_to_lock(const TcsSegmentation *segmentation);

/* Is such a statement at work on that table? */
extern bool tcs_guard_is_locking(Oid relation);

/* Put the triggers on the tables that are just made. */
extern void tcs_guard_make(const TcsSegmentation *segmentation);

/* Has the table no trigger but the guard's? */
extern bool tcs_guard_is_alone(Oid relation);

#endif							/* TCS_GUARD_H */
