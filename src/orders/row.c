/*
 * row.c
 *		What is said of a row that the aggregates over an order log refuse.
 */
#include "orders/row.h"

#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/fmgroids.h"

/* Is it a day or a time of the clock on the wall, in the time zone of the session? */
static bool
row_uses_session_zone(Node *node, void *unused)
{
	if (node == NULL)
		return false;
	if (IsA(node, SQLValueFunction))
		switch (((SQLValueFunction *) node)->op)
		{
			case SVFOP_CURRENT_DATE:
			case SVFOP_LOCALTIMESTAMP:
			case SVFOP_LOCALTIMESTAMP_N:
				return true;
			default:
				return false;
		}
	if (IsA(node, FuncExpr) && (((FuncExpr *) node)->funcid == F_DATE_TIMESTAMPTZ ||
								((FuncExpr *) node)->funcid == F_TIMESTAMP_TIMESTAMPTZ))
		return true;
	return expression_tree_walker(node, row_uses_session_zone, unused);
}

MemoryContext
tcs_row_context(FunctionCallInfo fcinfo)
{
	Aggref	   *call = tcs_is_on_shard() ? AggGetAggref(fcinfo) : NULL;

	if (call != NULL && row_uses_session_zone((Node *) call->args, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a day would be that of the time zone of a shard"),
				 errdetail("It is another than where the query was given, for some hours of each day, if the sessions have different time zones."),
				 errhint("Give the day as a literal or a parameter, or say the zone: (now() AT TIME ZONE 'Europe/Berlin')::date.")));
	return tcs_aggregate_context(fcinfo);
}

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
