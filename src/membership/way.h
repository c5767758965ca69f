/*
 * way.h
 *		What a change of a tracked table touches, and the way to the customers.
 */
#ifndef TCS_WAY_H
#define TCS_WAY_H

#include "membership/keyed.h"

/* How rows of a tracked table lead to the keys of customers. */
typedef struct TcsWay
{
	Oid			relation;
	char	   *key;			/* a column or an expression, of ... */
	Oid			through;		/* that table; InvalidOid: the tracked one */
	int			count;			/* of the columns that lead there */
	char	  **columns;
	char	  **through_columns;
} TcsWay;

/*
 * Who was touched by a change: keys, or what leads to them from rows of a
 * tracked table.
 */
typedef struct TcsTouched
{
	Oid			relation;		/* InvalidOid: values are keys */
	Datum		values;			/* an array, of the key's type; or of text,
								 * with a dimension for the columns */
} TcsTouched;

/* way.c */

/* The way from that table; NULL: the segmentation does not track it. */
extern TcsWay *tcs_way_read(const TcsSegmentation *segmentation, Oid relation);

/* A key as SQL text: of a row with that alias, of that relation. */
extern char *tcs_way_key(const TcsSegmentation *segmentation, Oid relation,
						 const char *key, const char *alias);

/* Does that look like more than the name of a column? */
extern bool tcs_way_is_expression(const char *key);

/* What leads on from a row with that alias, as an array of text; is it there? */
extern char *tcs_way_via(const TcsWay *way, const char *alias);
extern char *tcs_way_has_via(const TcsWay *way, const char *alias);

/* The query for the keys to which $1 leads; some may be NULL, or come twice. */
extern char *tcs_way_keys(const TcsSegmentation *segmentation, const TcsWay *way);

/* touched_list.c */

/*
 * A copy of what was touched, in that context: the list, and what it holds are
 * one palloc each.
 */
extern List *tcs_touched_copy(List *touched, MemoryContext context);
extern void tcs_touched_free(List *touched);

/* touched.c */

/*
 * The keys of all that was touched, by what is committed now: an array of the
 * key's type, sorted, each once; 0 when there are none.
 */
extern Datum tcs_touched_keys(const TcsSegmentation *segmentation, List *touched);

/*
 * Bring their segments up to date.  Whoever they are is locked before it is
 * found out a last time who they are.  Returns their keys, or 0.
 */
extern Datum tcs_touched_update(const TcsSegmentation *segmentation, List *touched,
								TcsCause *cause, TcsMoves *moves);

/*
 * Turn what waits in the queue without a key into keys that wait there: of the
 * oldest so many rows, or of all for 0.  Where that fails a full refresh is due
 * instead.
 */
extern void tcs_queue_resolve(const TcsSegmentation *segmentation, int at_most);

/* Let it be said in the queue that everyone is to be looked at, and why. */
extern void tcs_queue_everyone(const TcsSegmentation *segmentation, const ErrorData *error);

/* commit_keys.c: what is looked at again when the transaction commits */

/*
 * What was touched, and brought up to date just now; everyone, if it is NIL.  The
 * keys are those that were found to be concerned, or 0.
 */
extern void tcs_commit_keep(Oid into, List *touched, const TcsKeyType *key, Datum keys);

/* Did this transaction lock these few customers before? */
extern bool tcs_commit_is_ours(Oid into, const TcsKeyType *key, Datum keys);

/* Around bringing segments up to date: what is written then is our own. */
extern CommandId tcs_commit_look_begin(void);
extern void tcs_commit_look_end(CommandId begun);

/* Is there anything that was not looked at since the transaction wrote last? */
extern bool tcs_commit_is_due(void);

/*
 * The next segmentation for which there is, and what was touched, which is not
 * due any more then.
 */
extern Oid	tcs_commit_next(List **touched, bool *everyone);

#endif							/* TCS_WAY_H */
