/*
 * clock.c
 *		May a value change as time passes alone?
 */
#include "expressions/check_rows.h"

#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"

static bool
clock_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SQLValueFunction))
		return true;
	if (IsA(node, FuncExpr))
		switch (((FuncExpr *) node)->funcid)
		{
			case F_NOW:
			case F_TRANSACTION_TIMESTAMP:
			case F_AGE_TIMESTAMP:
			case F_AGE_TIMESTAMPTZ:
				return true;
		}
	return expression_tree_walker(node, clock_walker, context);
}

bool
tcs_uses_clock(Node *expr)
{
	return clock_walker(expr, NULL);
}
