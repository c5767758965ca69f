/*
 * segment_assign.c
 *		segment_assign and its kin: functions of a rule set and a row.
 */
#include "expressions/row_call.h"
#include "rules/rules.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_segment_assign);
PG_FUNCTION_INFO_V1(tcs_segment_assign_by);
PG_FUNCTION_INFO_V1(tcs_segment_matches);
PG_FUNCTION_INFO_V1(tcs_in_segment);
PG_FUNCTION_INFO_V1(tcs_segment_matches_by);
PG_FUNCTION_INFO_V1(tcs_in_segment_by);
PG_FUNCTION_INFO_V1(tcs_segment_assign_by_support);
PG_FUNCTION_INFO_V1(tcs_segment_matches_by_support);
PG_FUNCTION_INFO_V1(tcs_in_segment_by_support);
PG_FUNCTION_INFO_V1(tcs_rule_priorities);
PG_FUNCTION_INFO_V1(tcs_segment_assign_support);
PG_FUNCTION_INFO_V1(tcs_segment_matches_support);
PG_FUNCTION_INFO_V1(tcs_in_segment_support);
PG_FUNCTION_INFO_V1(tcs_row_swapped);

/* a rule has a WHEN, at least one node before THEN and one behind it */
#define LEAST_NODES 3

static Node *
of_rules(int kind, const TcsRuleSet *set, struct varlena **given, TupleDesc columns,
		 TcsPlaces *places, int most)
{
	char	   *segment = NULL;
	int			enabled = 0;

	for (int i = 0; i < set->count; i++)
		enabled += set->rules[i].enabled;
	if (places == NULL && enabled > most / LEAST_NODES)
		return NULL;
	if (kind == TCS_SEGMENT_IN)
		segment = text_to_cstring((text *) given[1]);
	return tcs_segment_expression(kind, set, segment, columns, places);
}

static Node *
of_stored_rules(int kind, struct varlena **given, TupleDesc columns,
				const Bitmapset *computed, TcsPlaces *places, int most)
{
	return of_rules(kind, tcs_rules_read(text_to_cstring((text *) given[0])), given, columns, places, most);
}

static Node *
of_defined_rules(int kind, struct varlena **given, TupleDesc columns,
				 const Bitmapset *computed, TcsPlaces *places, int most)
{
	return of_rules(kind, tcs_rules_from_definition(given[0]), given, columns, places, most);
}

static const TcsRowCall assign = {
	.stored = &tcs_stored_rules,
	.names = 1,
	.name = {"rule_set"},
	.kind = TCS_SEGMENT_ASSIGN,
	.expression = of_stored_rules,
};

static const TcsRowCall assign_by = {
	.stored = &tcs_stored_rules,
	.names = 1,
	.name = {"definition"},
	.by_definition = true,
	.kind = TCS_SEGMENT_ASSIGN,
	.expression = of_defined_rules,
};

static const TcsRowCall matches = {
	.stored = &tcs_stored_rules,
	.names = 1,
	.name = {"rule_set"},
	.kind = TCS_SEGMENT_MATCHES,
	.expression = of_stored_rules,
};

static const TcsRowCall in = {
	.stored = &tcs_stored_rules,
	.names = 2,
	.name = {"rule_set", "segment"},
	.by_value = true,
	.kind = TCS_SEGMENT_IN,
	.expression = of_stored_rules,
};

static const TcsRowCall matches_by = {
	.stored = &tcs_stored_rules,
	.names = 1,
	.name = {"definition"},
	.by_definition = true,
	.kind = TCS_SEGMENT_MATCHES,
	.expression = of_defined_rules,
};

static const TcsRowCall in_by = {
	.stored = &tcs_stored_rules,
	.names = 2,
	.name = {"definition", "segment"},
	.by_definition = true,
	.by_value = true,
	.kind = TCS_SEGMENT_IN,
	.expression = of_defined_rules,
};

static const TcsRowCall priorities = {
	.stored = &tcs_stored_rules,
	.names = 1,
	.name = {"rule_set"},
	.kind = TCS_SEGMENT_PRIORITIES,
	.expression = of_stored_rules,
};

Datum
tcs_segment_assign(PG_FUNCTION_ARGS)
{
	return tcs_row_call(fcinfo, &assign);
}

Datum
tcs_segment_assign_by(PG_FUNCTION_ARGS)
{
	return tcs_row_call(fcinfo, &assign_by);
}

Datum
tcs_segment_matches(PG_FUNCTION_ARGS)
{
	return tcs_row_call(fcinfo, &matches);
}

Datum
tcs_in_segment(PG_FUNCTION_ARGS)
{
	return tcs_row_call(fcinfo, &in);
}

Datum
tcs_segment_matches_by(PG_FUNCTION_ARGS)
{
	return tcs_row_call(fcinfo, &matches_by);
}

Datum
tcs_in_segment_by(PG_FUNCTION_ARGS)
{
	return tcs_row_call(fcinfo, &in_by);
}

Datum
tcs_rule_priorities(PG_FUNCTION_ARGS)
{
	return tcs_row_call(fcinfo, &priorities);
}

Datum
tcs_segment_assign_support(PG_FUNCTION_ARGS)
{
	return tcs_row_call_support(fcinfo, &assign);
}

Datum
tcs_segment_assign_by_support(PG_FUNCTION_ARGS)
{
	return tcs_row_call_support(fcinfo, &assign_by);
}

Datum
tcs_segment_matches_by_support(PG_FUNCTION_ARGS)
{
	return tcs_row_call_support(fcinfo, &matches_by);
}

Datum
tcs_in_segment_by_support(PG_FUNCTION_ARGS)
{
	return tcs_row_call_support(fcinfo, &in_by);
}

Datum
tcs_segment_matches_support(PG_FUNCTION_ARGS)
{
	return tcs_row_call_support(fcinfo, &matches);
}

Datum
tcs_in_segment_support(PG_FUNCTION_ARGS)
{
	return tcs_row_call_support(fcinfo, &in);
}

/* A row where the name of the set belongs, in any of the functions of a row. */
Datum
tcs_row_swapped(PG_FUNCTION_ARGS)
{
	char	   *name = get_func_name(fcinfo->flinfo->fn_oid);

	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("the row must be the last argument of tcs.%s", name),
			 strcmp(name, "in_segment") == 0 ?
			 errhint("Write tcs.in_segment('rule set', 'segment', row).") :
			 errhint("Write tcs.%s('%s', row).", name,
					 strncmp(name, "scorecard", 9) == 0 ? "scorecard" : "rule set")));
}
