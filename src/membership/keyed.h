/*
 * keyed.h
 *		The one way by which members move, and what is said of a move.
 */
#ifndef TCS_KEYED_H
#define TCS_KEYED_H

#include "membership/cause.h"
#include "membership/segmentation.h"

/* keys that are computed, and locked, by one statement */
#define TCS_KEYS_AT_ONCE 10000

/* How the moves of a keyed change come about. */
typedef struct TcsCause
{
	TcsMoveCause otherwise;		/* of those that nothing else explains */
	bool		has_rules;		/* was there another definition before? */
	Datum		rules;			/* that one, jsonb */
	bool		has_queued;		/* keys whose data changed, whatever the cause */
	Datum		queued;			/* those, or all when there is no array */
	bool		all_queued;
	bool		ours;			/* their rows were locked by this transaction
								 * before, where they have any */
	bool		has_pins;		/* set where the rows of the keys are locked */
} TcsCause;

typedef struct TcsMoves
{
	int64		customers;
	int64		entered;
	int64		moved;
	int64		removed;
} TcsMoves;

/*
 * Bring the segments of these customers up to date: keys is an array of the
 * key's type, sorted, without NULLs and repetitions.  Adds to the counts.
 */
extern void tcs_keyed_update(const TcsSegmentation *segmentation, Datum keys,
							 TcsCause *cause, TcsMoves *moves);

/* Make the customers ours until the transaction ends: as a first step, alone. */
extern void tcs_keyed_lock(const TcsSegmentation *segmentation, Datum keys);

#endif							/* TCS_KEYED_H */
