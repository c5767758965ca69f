/*
 * rule_definition.c
 *		A rule set from its definition, the jsonb that rule_set_get gives.
 */
#include "rules/rules.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "expressions/definition.h"

/* What is read so far. */
typedef struct DefinedRules
{
	TcsRuleSet *set;
	int			read;
	bool		with_priorities;
} DefinedRules;

/* has a rule a priority? */
static void
definition_find_priority(void *with_priorities, JsonbContainer *rule)
{
	if (getKeyJsonValueFromContainer(rule, "priority", strlen("priority"), NULL) != NULL)
		*(bool *) with_priorities = true;
}

/* the number that is the priority of a rule */
static int32
definition_get_priority(JsonbContainer *object)
{
	JsonbValue *value = tcs_definition_get(object, "priority");
	Numeric		priority;
	int32		result;
	Numeric		whole;

	if (value != NULL && value->type == jbvNumeric)
	{
		priority = value->val.numeric;
		result = DatumGetInt32(DirectFunctionCall1(numeric_int4, NumericGetDatum(priority)));
		whole = DatumGetNumeric(DirectFunctionCall1(int4_numeric, Int32GetDatum(result)));
		if (DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(priority),
											 NumericGetDatum(whole))))
			return result;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"priority\" must be an integer in the definition of a rule set"),
			 errhint("Give one to every rule, or to none: then they are 10, 20, 30 and so on.")));
}

static void
read_defined_rule(void *arg, JsonbContainer *object)
{
	DefinedRules *rules = arg;
	TcsRule    *rule = &rules->set->rules[rules->read++];

	rule->segment = tcs_definition_string(&tcs_stored_rules, object, "segment", true);
	tcs_check_name("segment", rule->segment);
	rule->condition = tcs_definition_string(&tcs_stored_rules, object, "condition", true);
	rule->enabled = tcs_definition_boolean(&tcs_stored_rules, object, "enabled");
	rule->priority = rules->with_priorities ? definition_get_priority(object) : 10 * rules->read;
}

static int
compare_defined_rules(const void *a, const void *b)
{
	int32		left = ((const TcsRule *) a)->priority;
	int32		right = ((const TcsRule *) b)->priority;

	return left < right ? -1 : left > right;
}

TcsRuleSet *
tcs_rules_from_definition(const void *jsonb)
{
	static const char *const known[] = {
		"description", "default_segment", "time_zone", "rules", NULL
	};
	static const char *const known_of_rule[] = {
		"priority", "segment", "condition", "description", "enabled", NULL
	};
	JsonbContainer *root = tcs_definition_open(&tcs_stored_rules, jsonb, known);
	TcsRuleSet *set = palloc0(sizeof(TcsRuleSet));
	DefinedRules rules = {set};

	set->name = "(definition)";
	set->is_given = true;
	set->default_segment = tcs_definition_string(&tcs_stored_rules, root, "default_segment", false);
	tcs_check_name("default_segment", set->default_segment);
	set->time_zone = tcs_definition_string(&tcs_stored_rules, root, "time_zone", false);
	set->count = tcs_definition_count(&tcs_stored_rules, root, "rules");
	set->rules = palloc0(Max(set->count, 1) * sizeof(TcsRule));
	tcs_definition_items(&tcs_stored_rules, root, "rules", known_of_rule,
						 definition_find_priority, &rules.with_priorities);
	tcs_definition_items(&tcs_stored_rules, root, "rules", known_of_rule, read_defined_rule, &rules);
	qsort(set->rules, set->count, sizeof(TcsRule), compare_defined_rules);
	for (int i = 1; i < set->count; i++)
		if (set->rules[i].priority == set->rules[i - 1].priority)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("priority %d occurs more than once in the definition of a rule set",
							set->rules[i].priority),
					 errhint("Every rule of a rule set has a priority of its own.")));
	return set;
}
