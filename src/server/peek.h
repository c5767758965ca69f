/*
 * peek.h
 *		Reading a table of somebody's that could be made to harm who reads it.
 */
#ifndef TCS_PEEK_H
#define TCS_PEEK_H

#include "server/server.h"

/* A row: its columns as they were asked for; they live until the next one. */
typedef void (*TcsPeekRow) (const Datum *values, const bool *nulls, void *arg);

/*
 * All rows of a plain table by the current snapshot, past the planner: so no
 * policy, rule, expression of an index or inherited table is looked at, and no
 * code runs that the owner of the table chose.  The columns are checked, and
 * locked, first.  An error where the caller may not read all of it, also by row
 * security, or where it is not a table; the caller bounds the wait for a lock.
 */
extern void tcs_peek(Oid relation, const TcsColumn *columns, int count,
					 TcsPeekRow row, void *arg);

/*
 * Call a function that reads, with a wait of at most so many milliseconds for
 * a lock.  False, and the error, when it raises one that is about what is read.
 */
extern bool tcs_peek_try(void (*function) (void *), void *arg, int milliseconds,
						 ErrorData **error);

#endif							/* TCS_PEEK_H */
