/*
 * run.c
 *		Statements that are run once.
 */
#include "server/server.h"

static void
quiet_context(void *arg)
{
	if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_OPERATOR_INTERVENTION)
		errhidecontext(true);
}

void
tcs_quiet_begin(ErrorContextCallback *callback)
{
	callback->callback = quiet_context;
	callback->arg = NULL;
	callback->previous = error_context_stack;
	error_context_stack = callback;
}

void
tcs_quiet_end(ErrorContextCallback *callback)
{
	error_context_stack = callback->previous;
}

void
tcs_check_run(int result, int expected)
{
	if (result == expected)
		return;
	if (result == SPI_OK_REWRITTEN)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a rule on a table has something else done than was asked for"),
				 errhint("Drop the rules that were put on tables which tcs writes to; use triggers instead.")));
	elog(ERROR, "unexpected result of a statement: %s", SPI_result_code_string(result));
}

void
tcs_run(const char *sql, int expected)
{
	ErrorContextCallback quiet;
	int			result;

	tcs_quiet_begin(&quiet);
	result = SPI_execute(sql, false, 0);
	tcs_quiet_end(&quiet);
	tcs_check_run(result, expected);
}

void
tcs_run_with(const char *sql, int count, Oid *types, Datum *values,
			 const char *nulls, int expected)
{
	ErrorContextCallback quiet;
	int			result;

	tcs_quiet_begin(&quiet);
	result = SPI_execute_with_args(sql, count, types, values, nulls, false, 0);
	tcs_quiet_end(&quiet);
	tcs_check_run(result, expected);
}
