/*
 * scorecard_nodes.c
 *		Nodes of expressions.
 */
#include "scorecards/scorecard_terms.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

Expr *
tcs_number(double value)
{
	return (Expr *) makeConst(FLOAT8OID, -1, InvalidOid, sizeof(float8),
							  Float8GetDatum(value), false, FLOAT8PASSBYVAL);
}

Expr *
tcs_null_number(void)
{
	return (Expr *) makeNullConst(FLOAT8OID, -1, InvalidOid);
}

Expr *
tcs_operation(Oid operator, Expr *left, Expr *right)
{
	Oid			function = get_opcode(operator);
	OpExpr	   *expr = (OpExpr *) make_opclause(operator, get_func_rettype(function),
												false, left, right,
												InvalidOid, InvalidOid);

	expr->opfuncid = function;
	return (Expr *) expr;
}

Expr *
tcs_null_if(Expr *value, double null)
{
	OpExpr	   *expr = (OpExpr *) tcs_operation(TCS_FLOAT8_EQUAL, value, tcs_number(null));

	NodeSetTag(expr, T_NullIfExpr);
	expr->opresulttype = FLOAT8OID;
	return (Expr *) expr;
}

Expr *
tcs_extreme(MinMaxOp op, Expr *first, Expr *second)
{
	MinMaxExpr *expr = makeNode(MinMaxExpr);

	expr->op = op;
	expr->args = list_make2(first, second);
	expr->minmaxtype = FLOAT8OID;
	expr->location = -1;
	return (Expr *) expr;
}

Expr *
tcs_truth(Expr *arg, BoolTestType type)
{
	BooleanTest *test = makeNode(BooleanTest);

	test->arg = arg;
	test->booltesttype = type;
	test->location = -1;
	return (Expr *) test;
}

Expr *
tcs_null_test(Expr *arg, NullTestType type)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = arg;
	test->nulltesttype = type;
	test->location = -1;
	return (Expr *) test;
}

Expr *
tcs_join(BoolExprType type, List *conditions)
{
	if (conditions == NIL)
		return NULL;
	return list_length(conditions) == 1 ? linitial(conditions) :
		makeBoolExpr(type, conditions, -1);
}

CaseExpr *
tcs_case(void)
{
	CaseExpr   *expr = makeNode(CaseExpr);

	expr->casetype = FLOAT8OID;
	expr->location = -1;
	return expr;
}

void
tcs_case_when(CaseExpr *expr, Expr *condition, Expr *result)
{
	CaseWhen   *when = makeNode(CaseWhen);

	if (condition == NULL)
		return;
	when->expr = condition;
	when->result = result;
	when->location = -1;
	expr->args = lappend(expr->args, when);
}

Expr *
tcs_case_else(CaseExpr *expr, Expr *otherwise)
{
	expr->defresult = otherwise;
	return expr->args == NIL ? otherwise : (Expr *) expr;
}
