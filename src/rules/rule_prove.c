/*
 * rule_prove.c
 *		Rules that can never decide, whatever the data: the server's own prover
 *		for partial indexes and constraints says so.
 */
#include "rule_check.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"

/* a rule is compared with as many before it */
#define MAX_EARLIER 1000

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

/* the ANDed parts of a condition, with all folded that is known now */
static List *
fold(Expr *condition)
{
	PlannerInfo *root = makeNode(PlannerInfo);

	root->glob = makeNode(PlannerGlobal);
	root->parse = makeNode(Query);
	condition = (Expr *) estimate_expression_value(root, copyObject((Node *) condition));
	return make_ands_implicit(canonicalize_qual(condition, false));
}

static bool
is_never_true(List *parts)
{
	ListCell   *cell;

	foreach(cell, parts)
	{
		Const	   *constant = lfirst(cell);

		if (IsA(constant, Const) &&
			(constant->constisnull || !DatumGetBool(constant->constvalue)))
			return true;
	}
	return predicate_refuted_by(parts, parts, false);
}

void
tcs_rules_prove(TcsRuleCheck *check)
{
	List	  **parts = palloc0(Max(check->count, 1) * sizeof(List *));

	for (int i = 0; i < check->count; i++)
	{
		TcsCheckedRule *rule = &check->rules[i];
		List	   *before = NIL;

		if (rule->condition == NULL)
			continue;
		rule->uses_clock = clock_walker((Node *) rule->condition, NULL);
		parts[i] = fold(rule->condition);
		rule->impossible = is_never_true(parts[i]);
		rule->earlier = -1;
		if (rule->impossible)
			continue;
		for (int j = Max(0, i - MAX_EARLIER); j < i && !rule->unreachable; j++)
		{
			CHECK_FOR_INTERRUPTS();
			if (check->rules[j].condition == NULL || check->rules[j].impossible)
				continue;
			if (predicate_implied_by(parts[j], parts[i], false))
			{
				rule->unreachable = true;
				rule->earlier = j;
			}
			before = lappend(before, make_ands_explicit(parts[j]));
		}
		/* A OR B, where A and B stand in two rules before */
		if (!rule->unreachable && list_length(before) > 1)
			rule->unreachable =
				predicate_implied_by(list_make1(make_orclause(before)),
									 parts[i], false);
	}
}
