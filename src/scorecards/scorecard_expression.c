/*
 * scorecard_expression.c
 *		What a scorecard means, as the arithmetic that an expert would write.
 *
 * The sum of the weighted scaled values and that of the weights are added up in
 * one order, so that rounding cannot bring the former above the latter and the
 * index above 100.
 */
#include "scorecards/scorecard_terms.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

const TcsSourceKind tcs_factor_kind = {
	.is_number = true,
	.noun = "expression",
	.article = "an",
	.plural = "Expressions",
	.owner = "factor",
	.set = "scorecard",
	.function = "scorecard_score",
	.write_one = "Write one expression of a numeric type or of type boolean.",
	.write_constant = "Write the column, or what is computed from columns, that the factor is about.",
};

/* Whole numbers up to this have an exact sum. */
#define MAX_EXACT		9007199254740992.0

static TcsPlace
term_factor_place(const TcsScorecard *card, const TcsFactor *factor)
{
	return tcs_place(psprintf("factor \"%s\"", factor->name), "scorecard", card->name);
}

void
tcs_factor_describe(const void *what)
{
	const TcsFactorContext *context = what;

	TcsPlace	place = term_factor_place(context->card, context->factor);

	tcs_place_describe(&place);
}

Expr *
tcs_factor_compile(const TcsConditionSettings *settings, const TcsScorecard *card,
				   const TcsFactor *factor, TupleDesc columns)
{
	TcsFactorContext context = {card, factor};
	TcsSource	source = {factor->expression, &tcs_factor_kind};

	return tcs_source_compile(settings, &source, columns, tcs_factor_describe, &context);
}

static Expr *
term_sum(Expr *left, Expr *right)
{
	return left == NULL ? right : tcs_operation(TCS_FLOAT8_PLUS, left, right);
}

/* the weight of a factor whose value may be left out */
static Expr *
term_weight(const TcsTerm *term)
{
	CaseExpr   *expr = tcs_case();

	tcs_case_when(expr, tcs_term_has_value(term), tcs_number(term->factor->weight));
	return tcs_case_else(expr, tcs_number(0));
}

/* the sum of the weights, of those factors whose value is not left out */
static Expr *
term_weights(const TcsTerm *terms, int count)
{
	Expr	   *result = NULL;
	double		constant = 0;
	double		total = 0;
	bool		is_exact = true;
	bool		can_be_none = true;

	for (int i = 0; i < count; i++)
	{
		const TcsFactor *factor = terms[i].factor;

		total += factor->weight;
		is_exact = is_exact && factor->weight == floor(factor->weight);
		if (factor->weight > 0 && factor->missing != TCS_MISSING_REWEIGHT)
			can_be_none = false;
	}
	/* whole weights make the same sum in any order */
	is_exact = is_exact && total <= MAX_EXACT;

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < count; i++)
		{
			const TcsFactor *factor = terms[i].factor;
			bool		is_constant = factor->missing != TCS_MISSING_REWEIGHT;

			if (factor->weight == 0 || (is_exact ? is_constant != (pass == 0) : pass == 0))
				continue;
			if (is_constant && result == NULL)
				constant += factor->weight;
			else
			{
				if (result == NULL && constant > 0)
					result = tcs_number(constant);
				result = term_sum(result, is_constant ? tcs_number(factor->weight) :
								  term_weight(&terms[i]));
			}
		}
	if (result == NULL)
		return tcs_number(constant);
	if (can_be_none)
		result = tcs_null_if(result, 0);
	return result;
}

static Expr *
term_index_of(const TcsTerm *terms, int count)
{
	Expr	   *all = NULL;
	Expr	   *result;
	List	   *gates = NIL;
	List	   *needed = NIL;
	CaseExpr   *expr = tcs_case();

	for (int i = 0; i < count; i++)
	{
		Expr	   *gate = tcs_term_closes(&terms[i]);

		if (gate != NULL)
			gates = lappend(gates, gate);
		if (terms[i].factor->missing == TCS_MISSING_NULL)
			needed = lappend(needed, tcs_term_has_value(&terms[i]));
		if (terms[i].factor->weight > 0)
			all = term_sum(all, tcs_term_points(&terms[i]));
	}
	tcs_case_when(expr, tcs_join(OR_EXPR, gates), tcs_number(0));
	if (all == NULL)
		return tcs_case_else(expr, tcs_null_number());
	result = tcs_operation(TCS_FLOAT8_TIMES, tcs_number(100),
						   tcs_operation(TCS_FLOAT8_DIVIDED, all, term_weights(terms, count)));
	if (needed == NIL)
		return tcs_case_else(expr, result);
	tcs_case_when(expr, tcs_join(AND_EXPR, needed), result);
	return tcs_case_else(expr, tcs_null_number());
}

/* may the value occur several times? */
static bool
term_is_column(Expr *value, const Bitmapset *computed)
{
	return IsA(value, Const) ||
		(IsA(value, Var) && !bms_is_member(((Var *) value)->varattno, computed));
}

/*
 * The value, and before it what says whose it is.  Every factor is marked: what
 * is computed with a value may fail as well, and must not be told of another.
 */
static Expr *
term_mark_value(TcsPlaces *places, TcsPlace place, Expr *value)
{
	Expr	   *mark = tcs_place_mark(places, place);
	Oid			type = exprType((Node *) value);
	CaseExpr   *expr = tcs_case();

	if (type == BOOLOID)
		return tcs_join(AND_EXPR, list_make2(mark, value));
	expr->casetype = type;
	tcs_case_when(expr, mark, value);
	return tcs_case_else(expr, (Expr *) makeNullConst(type, -1, InvalidOid));
}

Node *
tcs_scorecard_expression(const TcsScorecard *card, TupleDesc columns,
						 const Bitmapset *computed, TcsPlaces *places)
{
	TcsConditionSettings settings;
	TcsTerm    *terms = palloc(Max(card->count, 1) * sizeof(TcsTerm));

	tcs_conditions_begin(&settings, card->time_zone);
	settings.fold = true;
	for (int i = 0; i < card->count; i++)
	{
		TcsTerm    *term = &terms[i];

		CHECK_FOR_INTERRUPTS();
		term->factor = &card->factors[i];
		term->value = tcs_factor_compile(&settings, card, term->factor, columns);
		term->type = getBaseType(exprType((Node *) term->value));
		term->is_column = term_is_column(term->value, computed);
		if (places != NULL)
			term->value = term_mark_value(places, term_factor_place(card, term->factor), term->value);
	}
	tcs_conditions_end(&settings);
	return (Node *) term_index_of(terms, card->count);
}
