/*
 * scorecard_score.c
 *		The index of a row by a scorecard, and its expression as text.
 */
#include "expressions/row_call.h"
#include "server/server.h"
#include "scorecards/scorecards.h"

#include "access/relation.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(tcs_scorecard_score);
PG_FUNCTION_INFO_V1(tcs_scorecard_score_support);
PG_FUNCTION_INFO_V1(tcs_scorecard_score_by);
PG_FUNCTION_INFO_V1(tcs_scorecard_score_by_support);
PG_FUNCTION_INFO_V1(tcs_scorecard_sql);

/* the least that a factor adds to the sum: +, CASE, WHEN, a value and its points */
#define LEAST_NODES 5

static Node *
of_scorecard(const TcsScorecard *card, TupleDesc columns, const Bitmapset *computed, TcsPlaces *places, int most)
{
	if (places == NULL && card->count > most / LEAST_NODES)
		return NULL;
	return tcs_scorecard_expression(card, columns, computed, places);
}

static Node *
of_stored_scorecard(int kind, struct varlena **given, TupleDesc columns,
					const Bitmapset *computed, TcsPlaces *places, int most)
{
	return of_scorecard(tcs_scorecard_read(text_to_cstring((text *) given[0])), columns, computed, places, most);
}

static Node *
of_defined_scorecard(int kind, struct varlena **given, TupleDesc columns,
					 const Bitmapset *computed, TcsPlaces *places, int most)
{
	return of_scorecard(tcs_scorecard_from_definition(given[0]), columns, computed, places, most);
}

static const TcsRowCall score_by = {
	.stored = &tcs_stored_scorecards,
	.names = 1,
	.name = {"definition"},
	.by_definition = true,
	.by_value = true,
	.expression = of_defined_scorecard,
};

static const TcsRowCall score = {
	.stored = &tcs_stored_scorecards,
	.names = 1,
	.name = {"scorecard"},
	.by_value = true,
	.expression = of_stored_scorecard,
};

Datum
tcs_scorecard_score(PG_FUNCTION_ARGS)
{
	return tcs_row_call(fcinfo, &score);
}

Datum
tcs_scorecard_score_support(PG_FUNCTION_ARGS)
{
	return tcs_row_call_support(fcinfo, &score);
}

Datum
tcs_scorecard_score_by(PG_FUNCTION_ARGS)
{
	return tcs_row_call(fcinfo, &score_by);
}

Datum
tcs_scorecard_score_by_support(PG_FUNCTION_ARGS)
{
	return tcs_row_call_support(fcinfo, &score_by);
}

/* arguments: scorecard, relation */
Datum
tcs_scorecard_sql(PG_FUNCTION_ARGS)
{
	TcsConditionSettings settings;
	TcsScorecard *card;
	Relation	relation;
	Node	   *expression;
	char	   *sql;

	for (int i = 0; i < 2; i++)
		if (PG_ARGISNULL(i))
			tcs_refuse_null(i == 0 ? "scorecard" : "relation", NULL);
	card = tcs_scorecard_read(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (!SearchSysCacheExists1(RELOID, PG_GETARG_DATUM(1)))
		tcs_relation_missing(PG_GETARG_OID(1), NULL);
	relation = relation_open(PG_GETARG_OID(1), AccessShareLock);
	expression = tcs_scorecard_expression(card, RelationGetDescr(relation), NULL, NULL);

	/* constants must be read as what they are, and no name depend on a path */
	tcs_conditions_begin(&settings, card->time_zone);
	tcs_pin_setting("extra_float_digits", "1");
	sql = deparse_expression(expression,
							 deparse_context_for(RelationGetRelationName(relation),
												 RelationGetRelid(relation)),
							 false, false);
	tcs_conditions_end(&settings);
	relation_close(relation, AccessShareLock);
	PG_RETURN_TEXT_P(cstring_to_text(sql));
}
