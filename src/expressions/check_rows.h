/*
 * check_rows.h
 *		What checks of sets have in common: the rows of a relation, and errors told
 *		in a row of the result.
 */
#ifndef TCS_CHECK_ROWS_H
#define TCS_CHECK_ROWS_H

#include "server/server.h"

#include "executor/executor.h"

/* clock.c */

/* May a value change as time passes alone? */
extern bool tcs_uses_clock(Node *expr);

/* check_rows.c */

/* As tcs_try, for errors that are about what is checked. */
static inline bool
tcs_check_try(void (*function) (void *), void *arg, ErrorData **error)
{
	return tcs_try(function, arg, false, error);
}

/* An error in one line, with the place in the text that has it. */
extern char *tcs_check_describe(const ErrorData *error, const char *noun);

/*
 * Read a relation with the rights of who calls: between open and close the
 * server's interface for queries is connected.
 */
extern Portal tcs_check_open(Oid relation);
extern void tcs_check_close(Portal portal);

/* A pass over the rows of a portal, TCS_CHECK_BATCH at a time. */

#define TCS_CHECK_BATCH 1000

typedef struct TcsCheckRows
{
	ExprContext *econtext;
	TupleTableSlot *slot;
	SPITupleTable *table;
	uint64		count;			/* rows in the table */
} TcsCheckRows;

/*
 * evaluate is called for each batch; when it raises an error it is called again,
 * after fail has seen to it that this error does not come back.  collect is
 * called when it has gone through.
 */
extern void tcs_check_rows(TcsCheckRows *rows, Portal portal,
						   void (*evaluate) (void *arg),
						   void (*fail) (void *arg, ErrorData *error),
						   void (*collect) (void *arg), void *arg);

/* Make a row of the batch the one that expressions are evaluated over. */
extern void tcs_check_row(TcsCheckRows *rows, uint64 row);

#endif							/* TCS_CHECK_ROWS_H */
