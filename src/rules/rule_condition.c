/*
 * rule_condition.c
 *		The condition of a rule, compiled: errors name the rule.
 */
#include "rules/rules.h"

const TcsSourceKind tcs_condition_kind = {
	.noun = "condition",
	.article = "a",
	.plural = "Conditions",
	.owner = "rule",
	.set = "rule set",
	.function = "segment_assign",
	.write_one = "Write one expression of type boolean.",
	.write_constant = "Write true for a rule that always matches.",
};

TcsPlace
tcs_rule_place(const TcsRuleSet *set, const TcsRule *rule)
{
	return tcs_place(psprintf("rule %d (segment \"%s\")", rule->priority, rule->segment),
					 "rule set", set->name);
}

void
tcs_rule_describe(const void *what)
{
	const TcsRuleContext *context = what;
	TcsPlace	place = tcs_rule_place(context->set, context->rule);

	tcs_place_describe(&place);
}

Expr *
tcs_condition_compile(const TcsConditionSettings *settings,
					  const TcsRuleSet *set, const TcsRule *rule,
					  TupleDesc columns)
{
	TcsRuleContext context = {set, rule};
	TcsSource	source = {rule->condition, &tcs_condition_kind};

	return tcs_source_compile(settings, &source, columns, tcs_rule_describe, &context);
}
