/*
 * row.c
 *		What is said of a row that the aggregates over an order log refuse.
 */
#include "orders/row.h"

void
tcs_bad_day(const char *what, bool isnull)
{
	if (isnull)
		tcs_refuse_null(what, "Pass a day, such as current_date.");
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be a day of the calendar", what),
			 errdetail("It is infinite or out of range."),
			 strcmp(what, "at") == 0 || strcmp(what, "day") == 0 ?
			 errhint("Leave such rows out with a WHERE or FILTER clause, or replace the value with NULL.") :
			 errhint("Pass a day, such as current_date.")));
}

void
tcs_bad_amount(double amount)
{
	if (isnan(amount))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("amount must not be NaN"),
				 errhint("Leave such rows out with a WHERE or FILTER clause, or replace the value with NULL.")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("amount must not be infinite or beyond the range of double precision"),
			 errhint("Leave such rows out with a WHERE or FILTER clause, or replace the value with NULL.")));
}
