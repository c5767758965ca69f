/*
 * scorecard_explain.c
 *		What makes the index of a row: factor by factor.
 */
#include "expressions/explained_row.h"
#include "scorecards/scorecards.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/tuplestore.h"

#define COLUMNS 9

PG_FUNCTION_INFO_V1(tcs_scorecard_explain);
PG_FUNCTION_INFO_V1(tcs_scorecard_explain_by);

/* A factor of the row that is explained. */
typedef struct FoundFactor
{
	double		value;
	bool		missing;
	bool		left_out;		/* missing, and no part of the sums */
} FoundFactor;

static Expr **
explained_factors_compile(const TcsScorecard *card, TupleDesc columns)
{
	Expr	  **values = palloc(Max(card->count, 1) * sizeof(Expr *));
	TcsConditionSettings settings;

	tcs_conditions_begin(&settings, card->time_zone);
	for (int i = 0; i < card->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		values[i] = tcs_factor_number(tcs_factor_compile(&settings, card,
														 &card->factors[i], columns));
	}
	tcs_conditions_end(&settings);
	return values;
}

/* an error on the row is that of a factor */
static void
add_factor_context(void *arg)
{
	tcs_factor_describe(arg);
}

static FoundFactor *
explained_factors_evaluate(const TcsScorecard *card, Expr **values, ExprContext *econtext)
{
	FoundFactor *found = palloc0(Max(card->count, 1) * sizeof(FoundFactor));
	TcsFactorContext context = {card, NULL};
	ErrorContextCallback callback;

	callback.callback = add_factor_context;
	callback.arg = &context;
	callback.previous = error_context_stack;

	for (int i = 0; i < card->count; i++)
	{
		ExprState  *state;
		bool		isnull;
		Datum		value;

		CHECK_FOR_INTERRUPTS();
		context.factor = &card->factors[i];
		error_context_stack = &callback;
		state = ExecInitExpr(expression_planner(values[i]), NULL);
		value = ExecEvalExpr(state, econtext, &isnull);
		error_context_stack = callback.previous;
		if (!isnull)
			found[i].value = DatumGetFloat8(value);
		found[i].missing = isnull || isnan(found[i].value);
		found[i].left_out = found[i].missing &&
			card->factors[i].missing == TCS_MISSING_REWEIGHT;
	}
	return found;
}

static void
explained_factors_put(ReturnSetInfo *result, const TcsScorecard *card, const FoundFactor *found)
{
	double		weights = 0;
	bool		is_closed = false;
	bool		is_unknown = false;

	for (int i = 0; i < card->count; i++)
	{
		const TcsFactor *factor = &card->factors[i];

		if (tcs_factor_is_closed(factor, found[i].value, found[i].missing))
			is_closed = true;
		if (found[i].missing && factor->missing == TCS_MISSING_NULL)
			is_unknown = true;
		if (!found[i].left_out)
			weights += factor->weight;
	}
	is_unknown = !is_closed && (is_unknown || weights == 0);

	for (int i = 0; i < card->count; i++)
	{
		const TcsFactor *factor = &card->factors[i];
		Datum		values[COLUMNS] = {0};
		bool		nulls[COLUMNS] = {0};
		double		scaled = tcs_factor_scale(factor, found[i].value, found[i].missing);
		double		contribution = 0;

		if (!is_closed && !is_unknown && !found[i].left_out)
			contribution = 100 * (factor->weight * scaled / weights);
		values[0] = CStringGetTextDatum(factor->name);
		values[1] = Float8GetDatum(found[i].value);
		nulls[1] = found[i].missing;
		values[2] = Float8GetDatum(scaled);
		nulls[2] = found[i].missing && factor->missing != TCS_MISSING_LO;
		values[3] = Float8GetDatum(factor->weight);
		values[4] = Float8GetDatum(contribution);
		nulls[4] = is_unknown;
		values[5] = Float8GetDatum(factor->gate);
		nulls[5] = !factor->has_gate;
		values[6] = BoolGetDatum(!tcs_factor_is_closed(factor, found[i].value,
													   found[i].missing));
		nulls[6] = !factor->has_gate ||
			(found[i].missing && factor->missing != TCS_MISSING_LO);
		values[7] = BoolGetDatum(found[i].missing);
		if (factor->description)
			values[8] = CStringGetTextDatum(factor->description);
		nulls[8] = factor->description == NULL;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* arguments: what the scorecard is known by, row */
static void
explain_score(FunctionCallInfo fcinfo, bool by_definition)
{
	ExprContext *econtext;
	TcsScorecard *card;
	Expr	  **values;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	econtext = tcs_row_open(fcinfo, by_definition ? "definition" : "scorecard");
	card = by_definition ? tcs_scorecard_from_definition(PG_GETARG_JSONB_P(0)) :
		tcs_scorecard_read(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	values = explained_factors_compile(card, econtext->ecxt_scantuple->tts_tupleDescriptor);
	/* evaluated are they when the settings are the session's again */
	explained_factors_put((ReturnSetInfo *) fcinfo->resultinfo, card,
						  explained_factors_evaluate(card, values, econtext));

	tcs_row_close(econtext);
}

Datum
tcs_scorecard_explain(PG_FUNCTION_ARGS)
{
	explain_score(fcinfo, false);
	return (Datum) 0;
}

Datum
tcs_scorecard_explain_by(PG_FUNCTION_ARGS)
{
	explain_score(fcinfo, true);
	return (Datum) 0;
}
