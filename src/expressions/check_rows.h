/*
 * check_rows.h
 *		What checks of sets have in common: how they are called, a row of the result
 *		for each finding, and a pass over the rows of a relation.
 */
#ifndef TCS_CHECK_ROWS_H
#define TCS_CHECK_ROWS_H

#include "server/server.h"

#include "executor/executor.h"
#include "nodes/execnodes.h"

/* clock.c */

/* May a value change as time passes alone? */
extern bool tcs_uses_clock(Node *expr);

/* check_result.c */

#define TCS_CHECK_COLUMNS 9		/* at most */

/* A row of the result: what is not set is NULL.  Columns count from 0. */
typedef struct TcsFinding
{
	Datum		values[TCS_CHECK_COLUMNS];
	bool		nulls[TCS_CHECK_COLUMNS];
} TcsFinding;

/* The first two columns of any. */
extern void tcs_finding_begin(TcsFinding *finding, const char *severity, const char *what);

extern void tcs_finding_set(TcsFinding *finding, int column, Datum value);
extern void tcs_finding_text(TcsFinding *finding, int column, const char *words);	/* or NULL */

/*
 * So many of all rows, and in the next column their share of them, unless there
 * are none; -1: not told.
 */
extern void tcs_finding_rows(TcsFinding *finding, int column, int64 rows, int64 all);

extern void tcs_finding_put(ReturnSetInfo *result, TcsFinding *finding);

/*
 * What a check is called with, the name of a set, which is returned, and a
 * relation: neither may be NULL.  Makes the result ready for findings.
 */
extern char *tcs_check_begin(FunctionCallInfo fcinfo, const char *noun);

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
