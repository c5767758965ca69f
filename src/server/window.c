/*
 * window.c
 *		What all window functions share.
 */
#include "tcs.h"

#include "nodes/parsenodes.h"
#include "nodes/supportnodes.h"
#include "windowapi.h"

PG_FUNCTION_INFO_V1(tcs_window_support);

void
tcs_check_window_call(WindowObject window)
{
	if (!WindowObjectIsValid(window))
		ereport(ERROR,
				(errcode(ERRCODE_WINDOWING_ERROR),
				 errmsg("window function called outside of a window"),
				 errhint("Add an OVER clause.")));
}

/*
 * Planner support: the result does not depend on the frame, so the planner may
 * take the one that is cheapest to keep up.
 */
Datum
tcs_window_support(PG_FUNCTION_ARGS)
{
#ifdef TCS_HAVE_OPTIMIZE_WINDOW_CLAUSE
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestOptimizeWindowClause))
	{
		((SupportRequestOptimizeWindowClause *) request)->frameOptions =
			FRAMEOPTION_NONDEFAULT | FRAMEOPTION_ROWS |
			FRAMEOPTION_START_UNBOUNDED_PRECEDING |
			FRAMEOPTION_END_CURRENT_ROW;
		PG_RETURN_POINTER(request);
	}
#endif
	PG_RETURN_POINTER(NULL);
}
