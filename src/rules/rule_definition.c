/*
 * rule_definition.c
 *		A rule set from its definition, the jsonb that rule_set_get gives.
 */
#include "rules/rules.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#define HINT "rule_set_get shows the form."

/* A key of an object; NULL where it is missing or null. */
static JsonbValue *
definition_get(JsonbContainer *object, const char *key)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, key, strlen(key), NULL);

	return value == NULL || value->type == jbvNull ? NULL : value;
}

static char *
definition_get_string(JsonbContainer *object, const char *key, bool required)
{
	JsonbValue *value = definition_get(object, key);

	if (value == NULL && !required)
		return NULL;
	if (value == NULL || value->type != jbvString)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be a string in the definition of a rule set", key),
				 errhint(HINT)));
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static void
definition_check_keys(JsonbContainer *object, const char *const *known)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue	value;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		const char *const *key = known;

		if (token != WJB_KEY)
			continue;
		while (*key != NULL && (strlen(*key) != (size_t) value.val.string.len ||
								memcmp(*key, value.val.string.val, value.val.string.len) != 0))
			key++;
		if (*key == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown key \"%s\" in the definition of a rule set",
							pnstrdup(value.val.string.val, value.val.string.len)),
					 errhint(HINT)));
	}
}

/* has any rule a priority? */
static bool
definition_has_priorities(JsonbContainer *rules)
{
	for (int i = 0; i < JsonContainerSize(rules); i++)
	{
		JsonbValue *rule = getIthJsonbValueFromContainer(rules, i);

		if (rule->type == jbvBinary && JsonContainerIsObject(rule->val.binary.data) &&
			getKeyJsonValueFromContainer(rule->val.binary.data, "priority",
										 strlen("priority"), NULL) != NULL)
			return true;
	}
	return false;
}

/* the number that is the priority of a rule */
static int32
definition_get_priority(JsonbContainer *object)
{
	JsonbValue *value = definition_get(object, "priority");
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
read_defined_rule(TcsRule *rule, JsonbContainer *object)
{
	static const char *const known[] = {
		"priority", "segment", "condition", "description", "enabled", NULL
	};
	JsonbValue *value;

	definition_check_keys(object, known);
	rule->segment = definition_get_string(object, "segment", true);
	tcs_check_name("segment", rule->segment);
	rule->condition = definition_get_string(object, "condition", true);
	value = definition_get(object, "enabled");
	if (value != NULL && value->type != jbvBool)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"enabled\" must be true or false in the definition of a rule set"),
				 errhint(HINT)));
	rule->enabled = value == NULL || value->val.boolean;
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
	JsonbContainer *root = unconstify(JsonbContainer *, &((const Jsonb *) jsonb)->root);
	TcsRuleSet *set = palloc0(sizeof(TcsRuleSet));
	JsonbValue *rules;
	bool		with_priorities;

	if (!JsonContainerIsObject(root))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the definition of a rule set must be a JSON object"),
				 errhint(HINT)));
	definition_check_keys(root, known);
	set->name = "(definition)";
	set->default_segment = definition_get_string(root, "default_segment", false);
	tcs_check_name("default_segment", set->default_segment);
	set->time_zone = definition_get_string(root, "time_zone", false);
	rules = definition_get(root, "rules");
	if (rules == NULL || rules->type != jbvBinary ||
		!JsonContainerIsArray(rules->val.binary.data) ||
		JsonContainerIsScalar(rules->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"rules\" must be an array in the definition of a rule set"),
				 errhint(HINT)));

	set->count = JsonContainerSize(rules->val.binary.data);
	tcs_check_count(&tcs_stored_rules, set->name, set->count);
	with_priorities = definition_has_priorities(rules->val.binary.data);
	set->rules = palloc0(Max(set->count, 1) * sizeof(TcsRule));
	for (int i = 0; i < set->count; i++)
	{
		JsonbValue *rule = getIthJsonbValueFromContainer(rules->val.binary.data, i);

		CHECK_FOR_INTERRUPTS();
		if (rule->type != jbvBinary || !JsonContainerIsObject(rule->val.binary.data))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("element %d of \"rules\" must be an object in the definition of a rule set",
							i + 1),
					 errhint(HINT)));
		read_defined_rule(&set->rules[i], rule->val.binary.data);
		set->rules[i].priority = with_priorities ? definition_get_priority(rule->val.binary.data) :
			10 * (i + 1);
	}
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
