/*
 * cause.h
 *		What brings moves about, by the names in the tables of moves.
 */
#ifndef TCS_CAUSE_H
#define TCS_CAUSE_H

typedef enum TcsMoveCause
{
	TCS_MOVED_INITIAL,
	TCS_MOVED_DATA,
	TCS_MOVED_RULES,
	TCS_MOVED_MODEL,
	TCS_MOVED_TIME,
	TCS_MOVED_REMOVED,
	TCS_MOVED_MANUAL,
	TCS_MOVED_MERGED,
	TCS_MOVED_BACKFILL
} TcsMoveCause;

#define TCS_MOVE_CAUSES 9

/* Its name, which needs no escapes in a literal. */
extern const char *const tcs_move_cause[TCS_MOVE_CAUSES];

/* All of them as literals, with commas between. */
extern char *tcs_move_cause_literals(void);

/* What each means, for the comment of the column. */
extern char *tcs_move_cause_comment(void);

#endif							/* TCS_CAUSE_H */
