/*
 * rule_tables.c
 *		The tables of rules.
 */
#include "rules/rules.h"

#include "catalog/pg_type.h"

/* columns of tcs.rule_set */
enum
{
	SET_NAME = 1, SET_DESCRIPTION, SET_DEFAULT_SEGMENT, SET_TIME_ZONE,
	SET_CHANGED_BY, SET_CHANGED_AT
};

/* columns of tcs.rule */
enum
{
	RULE_SET = 1, RULE_PRIORITY, RULE_SEGMENT, RULE_CONDITION,
	RULE_DESCRIPTION, RULE_ENABLED, RULE_CHANGED_BY, RULE_CHANGED_AT
};

TcsStoredSets tcs_stored_rules = {
	.sets = "rule_set",
	.members = "rule",
	.sets_key = "rule_set_pkey",
	.members_key = "rule_rule_set_priority_key",
	.foreign_key = "rule_rule_set_fkey",
	.noun = "rule set",
	.plural = "rules",
	.change_hint = "Change a copy that rule_set_copy makes.",
	.shard_hint = "Give the definition, as rule_set_get shows it, to segment_assign_by or its kin",
	.sets_changed_by = SET_CHANGED_BY,
	.members_changed_by = RULE_CHANGED_BY,
	.sets_names = {SET_NAME, SET_DEFAULT_SEGMENT},
	.members_names = {RULE_SEGMENT},
	.most = TCS_MAX_RULES,
	.source = RULE_CONDITION,
	.kind = &tcs_condition_kind,
	.version = 1,
};

static int
compare_stored_rules(const void *a, const void *b)
{
	int32		left = ((const TcsRule *) a)->priority;
	int32		right = ((const TcsRule *) b)->priority;

	return left < right ? -1 : left > right;
}

typedef struct RuleReading
{
	TcsRuleSet *set;
	int			size;			/* allocated rules */
} RuleReading;

static void
read_rule_set(void *arg, HeapTuple tuple, TupleDesc desc)
{
	TcsRuleSet *set = ((RuleReading *) arg)->set;

	set->name = tcs_stored_required_text(tuple, SET_NAME, desc);
	set->default_segment = tcs_stored_text(tuple, SET_DEFAULT_SEGMENT, desc);
	set->time_zone = tcs_stored_text(tuple, SET_TIME_ZONE, desc);
}

static void
read_stored_rule(void *arg, HeapTuple tuple, TupleDesc desc)
{
	RuleReading *reading = arg;
	TcsRuleSet *set = reading->set;
	TcsRule    *rule;

	if (set->count == reading->size)
	{
		reading->size *= 2;
		set->rules = repalloc(set->rules, reading->size * sizeof(TcsRule));
	}
	rule = &set->rules[set->count++];
	rule->priority = DatumGetInt32(tcs_row_required(tuple, desc, RULE_PRIORITY, INT4OID));
	rule->enabled = DatumGetBool(tcs_row_required(tuple, desc, RULE_ENABLED, BOOLOID));
	rule->segment = tcs_stored_required_text(tuple, RULE_SEGMENT, desc);
	rule->condition = tcs_stored_required_text(tuple, RULE_CONDITION, desc);
}

TcsRuleSet *
tcs_rules_read(const char *name)
{
	RuleReading reading = {palloc0(sizeof(TcsRuleSet)), 16};

	reading.set->rules = palloc(reading.size * sizeof(TcsRule));
	tcs_stored_read(&tcs_stored_rules, name, read_rule_set, read_stored_rule, &reading);
	qsort(reading.set->rules, reading.set->count, sizeof(TcsRule), compare_stored_rules);
	return reading.set;
}
