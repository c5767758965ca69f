/*
 * scorecard_terms.c
 *		The expressions of one factor: does it have a value, does its gate
 *		close, what does it add.
 *
 * PostgreSQL holds NaN to be greater than any number, and LEAST and GREATEST
 * pass NULLs over.
 */
#include "scorecards/scorecard_terms.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

/* The operators of a type that compare. */
typedef enum Comparison
{
	LESS, LESS_EQUAL, GREATER, GREATER_EQUAL
} Comparison;

static const struct
{
	Oid			type;
	Oid			operators[4];
	double		max;			/* numbers up to this are those of the type */
}			comparisons[] = {
	{INT2OID, {95, 522, 520, 524}, PG_INT16_MAX},
	{INT4OID, {97, 523, 521, 525}, PG_INT32_MAX},
	{INT8OID, {412, 414, 413, 415}, 9007199254740991.0},
	{FLOAT4OID, {622, 624, 623, 625}, -1},
	{FLOAT8OID, {672, 673, 674, 675}, -1},
	{NUMERICOID, {1754, 1755, 1756, 1757}, -1}
};

static Oid
comparison_of(Oid type, Comparison comparison)
{
	for (int i = 0; i < lengthof(comparisons); i++)
		if (comparisons[i].type == type)
			return comparisons[i].operators[comparison];
	elog(ERROR, "no comparison of type %u", type);
}

static Expr *
term_cast(Oid function, Oid type, Expr *arg)
{
	return (Expr *) makeFuncExpr(function, type, list_make1(arg),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CAST);
}

/* without the domain that it is of */
static Expr *
without_domain(Expr *value)
{
	Oid			type = exprType((Node *) value);
	Oid			base = getBaseType(type);

	return base == type ? value :
		(Expr *) makeRelabelType(value, base, -1, InvalidOid, COERCE_EXPLICIT_CAST);
}

Expr *
tcs_factor_number(Expr *value)
{
	value = without_domain(value);
	switch (exprType((Node *) value))
	{
		case BOOLOID:
			return term_cast(F_FLOAT8_INT4, FLOAT8OID, term_cast(F_INT4_BOOL, INT4OID, value));
		case INT2OID:
			return term_cast(F_FLOAT8_INT2, FLOAT8OID, value);
		case INT4OID:
			return term_cast(F_FLOAT8_INT4, FLOAT8OID, value);
		case INT8OID:
			return term_cast(F_FLOAT8_INT8, FLOAT8OID, value);
		case FLOAT4OID:
			return term_cast(F_FLOAT8_FLOAT4, FLOAT8OID, value);
		case NUMERICOID:
			return term_cast(F_FLOAT8_NUMERIC, FLOAT8OID, value);
		default:
			return value;
	}
}

/* the value as it was written */
static Expr *
term_written(const TcsTerm *term)
{
	return without_domain(copyObject(term->value));
}

static Expr *
term_number(const TcsTerm *term)
{
	return tcs_factor_number(copyObject(term->value));
}

static bool
can_be_nan(const TcsTerm *term)
{
	return term->type == FLOAT4OID || term->type == FLOAT8OID ||
		term->type == NUMERICOID;
}

/* the value, NULL where it is NaN */
static Expr *
known_value_of(const TcsTerm *term)
{
	return can_be_nan(term) ? tcs_null_if(term_number(term), NAN) : term_number(term);
}

/* the value compared with a number, without a cast where that is the same */
static Expr *
term_compare(const TcsTerm *term, Comparison comparison, double with)
{
	for (int i = 0; i < lengthof(comparisons); i++)
		if (comparisons[i].type == term->type && fabs(with) <= comparisons[i].max &&
			with == floor(with))
		{
			Const	   *constant;

			if (term->type == INT8OID)
				constant = makeConst(INT8OID, -1, InvalidOid, sizeof(int64),
									 Int64GetDatum((int64) with), false, FLOAT8PASSBYVAL);
			else if (term->type == INT4OID)
				constant = makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
									 Int32GetDatum((int32) with), false, true);
			else
				constant = makeConst(INT2OID, -1, InvalidOid, sizeof(int16),
									 Int16GetDatum((int16) with), false, true);
			return tcs_operation(comparisons[i].operators[comparison],
								 term_written(term), (Expr *) constant);
		}
	return tcs_operation(comparison_of(FLOAT8OID, comparison), term_number(term),
						 tcs_number(with));
}

/* a number is less than infinity or equal to it; the type's own comparison spares a cast */
Expr *
tcs_term_has_value(const TcsTerm *term)
{
	Expr	   *infinity;

	if (term->type == FLOAT8OID)
		infinity = tcs_number(get_float8_infinity());
	else if (term->type == FLOAT4OID)
		infinity = (Expr *) makeConst(FLOAT4OID, -1, InvalidOid, sizeof(float4),
									  Float4GetDatum(get_float4_infinity()), false, true);
	else if (term->type == NUMERICOID)
		infinity = (Expr *) makeConst(NUMERICOID, -1, InvalidOid, -1,
									  DirectFunctionCall3(numeric_in,
														  CStringGetDatum("Infinity"),
														  ObjectIdGetDatum(InvalidOid),
														  Int32GetDatum(-1)),
									  false, false);
	else
		return tcs_null_test(term_written(term), IS_NOT_NULL);
	return tcs_operation(comparison_of(term->type, LESS_EQUAL), term_written(term), infinity);
}

/* is a boolean true, or false? */
static Expr *
is_value(const TcsTerm *term, bool value)
{
	return value ? term_written(term) :
		(Expr *) makeBoolExpr(NOT_EXPR, list_make1(term_written(term)), -1);
}

static Expr *
boolean_closes(const TcsTerm *term)
{
	bool		if_true = tcs_factor_is_closed(term->factor, 1, false);
	bool		if_false = tcs_factor_is_closed(term->factor, 0, false);
	bool		if_missing = tcs_factor_is_closed(term->factor, 0, true);

	if (if_true && if_false)
		return if_missing ? (Expr *) makeBoolConst(true, false) :
			tcs_null_test(term_written(term), IS_NOT_NULL);
	if (if_true || if_false)
		return if_missing ?
			tcs_truth(term_written(term), if_true ? IS_NOT_FALSE : IS_NOT_TRUE) :
			is_value(term, if_true);
	return if_missing ? tcs_null_test(term_written(term), IS_NULL) : NULL;
}

Expr *
tcs_term_closes(const TcsTerm *term)
{
	const TcsFactor *factor = term->factor;
	bool		if_missing = tcs_factor_is_closed(factor, 0, true);

	if (!factor->has_gate)
		return NULL;
	if (term->type == BOOLOID)
		return boolean_closes(term);
	/* NaN is above any gate: it must not pass for a value there */
	if (tcs_factor_is_turned(factor))
	{
		if (if_missing)
			return tcs_truth(term_compare(term, LESS_EQUAL, factor->gate), IS_NOT_TRUE);
		return can_be_nan(term) ?
			tcs_operation(comparison_of(FLOAT8OID, GREATER), known_value_of(term),
						  tcs_number(factor->gate)) :
			term_compare(term, GREATER, factor->gate);
	}
	if (!if_missing)
		return term_compare(term, LESS, factor->gate);
	return tcs_truth(can_be_nan(term) ?
					 tcs_operation(comparison_of(FLOAT8OID, GREATER_EQUAL),
								   known_value_of(term), tcs_number(factor->gate)) :
					 term_compare(term, GREATER_EQUAL, factor->gate), IS_NOT_TRUE);
}

static Expr *
boolean_points(const TcsTerm *term)
{
	const TcsFactor *factor = term->factor;
	double		if_true = factor->weight * tcs_factor_scale(factor, 1, false);
	double		if_false = factor->weight * tcs_factor_scale(factor, 0, false);
	CaseExpr   *expr = tcs_case();

	if (if_true > 0)
		tcs_case_when(expr, is_value(term, true), tcs_number(if_true));
	if (if_false > 0)
		tcs_case_when(expr, is_value(term, false), tcs_number(if_false));
	return tcs_case_else(expr, tcs_number(0));
}

/* the points of a value between lo and hi */
static Expr *
term_weigh(const TcsFactor *factor, Expr *value)
{
	bool		turned = tcs_factor_is_turned(factor);
	double		range = turned ? factor->lo - factor->hi : factor->hi - factor->lo;

	if (turned)
		value = tcs_operation(TCS_FLOAT8_MINUS, tcs_number(factor->lo), value);
	else if (factor->lo != 0)
		value = tcs_operation(TCS_FLOAT8_MINUS, value, tcs_number(factor->lo));
	if (range != 1)
		value = tcs_operation(TCS_FLOAT8_DIVIDED, value, tcs_number(range));
	if (factor->weight != 1)
		value = tcs_operation(TCS_FLOAT8_TIMES, tcs_number(factor->weight), value);
	return value;
}

/* A CASE takes fewer steps, where the value costs nothing. */
static Expr *
column_points(const TcsTerm *term)
{
	const TcsFactor *factor = term->factor;
	bool		turned = tcs_factor_is_turned(factor);
	CaseExpr   *expr = tcs_case();

	tcs_case_when(expr, term_compare(term, turned ? GREATER_EQUAL : LESS_EQUAL, factor->lo),
				  tcs_number(0));
	tcs_case_when(expr, term_compare(term, turned ? GREATER : LESS, factor->hi),
				  term_weigh(factor, term_number(term)));
	/* where missing values are kept out beforehand, the rest lies beyond hi */
	if (factor->missing == TCS_MISSING_NULL)
		return tcs_case_else(expr, tcs_number(factor->weight));
	tcs_case_when(expr, can_be_nan(term) && !turned ? tcs_term_has_value(term) :
				  term_compare(term, turned ? LESS_EQUAL : GREATER_EQUAL, factor->hi),
				  tcs_number(factor->weight));
	return tcs_case_else(expr, tcs_number(0));
}

Expr *
tcs_term_points(const TcsTerm *term)
{
	const TcsFactor *factor = term->factor;
	Expr	   *value;

	if (term->type == BOOLOID)
		return boolean_points(term);
	if (term->is_column && term->type != NUMERICOID)
		return column_points(term);
	/* what is missing becomes lo; of equal numbers the first is taken, not -0 */
	if (tcs_factor_is_turned(factor))
	{
		value = tcs_extreme(IS_LEAST, tcs_number(factor->lo), term_number(term));
		value = tcs_extreme(IS_GREATEST, value, tcs_number(factor->hi));
	}
	else
	{
		value = tcs_extreme(IS_GREATEST, tcs_number(factor->lo),
							factor->missing == TCS_MISSING_NULL ? term_number(term) :
							known_value_of(term));
		value = tcs_extreme(IS_LEAST, value, tcs_number(factor->hi));
	}
	return term_weigh(factor, value);
}
