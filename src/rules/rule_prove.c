/*
 * rule_prove.c
 *		Rules that can never decide, whatever the data: the server's own prover
 *		for partial indexes and constraints says so.
 */
#include "rules/rule_check.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"

/*
 * Pairs of nodes that are compared with each other, for all rules: a rule gets
 * its share, and is compared with as many before it as that is enough for.  2000
 * rules of two comparisons are compared with the 1000 before each.
 */
#define MAX_WORK	100000000.0

static bool
prove_count_nodes(Node *node, int *count)
{
	if (node == NULL)
		return false;
	if (!IsA(node, List))
		(*count)++;
	return expression_tree_walker(node, prove_count_nodes, count);
}

/* may raise an error that evaluation would not reach */
void
tcs_rule_fold(TcsCheckedRule *rule)
{
	PlannerInfo *root = makeNode(PlannerInfo);
	Node	   *condition = copyObject((Node *) rule->condition);

	root->glob = makeNode(PlannerGlobal);
	root->parse = makeNode(Query);
	condition = estimate_expression_value(root, condition);
	rule->parts = make_ands_implicit(canonicalize_qual((Expr *) condition, false));
	rule->size = 0;
	prove_count_nodes((Node *) rule->parts, &rule->size);
	rule->can_prove = true;
}

static bool
prove_never_true(List *parts)
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

/* is there no row for which the condition is false? */
static bool
prove_never_false(List *parts)
{
	Node	   *negated = negate_clause((Node *) make_ands_explicit(copyObject(parts)));

	return prove_never_true(make_ands_implicit(canonicalize_qual((Expr *) negated, false)));
}

/* the first of the rules before one with which it is compared */
static int
prove_first_compared(const TcsRuleCheck *check, int i)
{
	double		work = MAX_WORK / check->count;

	while (i > 0)
	{
		work -= (double) check->rules[i].size * check->rules[i - 1].size;
		if (work < 0)
			break;
		i--;
	}
	return i;
}

/* is the condition true only where that of an earlier rule is? */
static void
prove_unreachable(TcsRuleCheck *check, int i)
{
	TcsCheckedRule *rule = &check->rules[i];
	List	   *before = NIL;

	for (int j = prove_first_compared(check, i); j < i; j++)
	{
		const TcsCheckedRule *earlier = &check->rules[j];

		CHECK_FOR_INTERRUPTS();
		if (!earlier->can_prove || earlier->impossible)
			continue;
		if (predicate_implied_by(earlier->parts, rule->parts, false))
		{
			rule->unreachable = true;
			rule->earlier = j;
			return;
		}
		before = lappend(before, make_ands_explicit(earlier->parts));
	}
	/* A OR B, where A and B stand in two rules before */
	if (list_length(before) > 1)
		rule->unreachable = predicate_implied_by(list_make1(make_orclause(before)),
												 rule->parts, false);
	rule->earlier = -1;
}

void
tcs_rules_prove(TcsRuleCheck *check)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "tcs rules, proving",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);

	for (int i = 0; i < check->count; i++)
	{
		TcsCheckedRule *rule = &check->rules[i];

		CHECK_FOR_INTERRUPTS();
		if (rule->condition != NULL)
			rule->uses_clock = tcs_uses_clock((Node *) rule->condition);
		/* one that is too large to be compared with itself */
		if (rule->can_prove && (double) rule->size * rule->size > MAX_WORK / 10)
			rule->can_prove = false;
		if (!rule->can_prove)
			continue;
		rule->impossible = prove_never_true(rule->parts);
		if (!rule->impossible)
		{
			rule->never_false = prove_never_false(rule->parts);
			prove_unreachable(check, i);
		}
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}
