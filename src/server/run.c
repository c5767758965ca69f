/*
 * run.c
 *		Statements that are run once.
 */
#include "server/server.h"

void
tcs_run(const char *sql, int expected)
{
	int			result = SPI_execute(sql, false, 0);

	if (result != expected)
		elog(ERROR, "unexpected result of SPI_execute: %s",
			 SPI_result_code_string(result));
}

void
tcs_run_with(const char *sql, int count, Oid *types, Datum *values,
			 const char *nulls, int expected)
{
	int			result = SPI_execute_with_args(sql, count, types, values, nulls,
											   false, 0);

	if (result != expected)
		elog(ERROR, "unexpected result of SPI_execute_with_args: %s",
			 SPI_result_code_string(result));
}
