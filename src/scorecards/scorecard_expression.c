/*
 * scorecard_expression.c
 *		What a scorecard means, as the arithmetic that an expert would write.
 *
 * The sum of the weighted scaled values and that of the weights are added up in
 * one order, so that rounding cannot bring the former above the latter and the
 * index above 100.  LEAST and GREATEST pass NULLs over: a missing value adds to
 * the first sum what lo adds, nothing.
 */
#include "scorecards.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

/* operators of double precision */
#define EQUAL			670
#define LESS			672
#define LESS_EQUAL		673
#define GREATER			674
#define GREATER_EQUAL	675
#define PLUS			591
#define MINUS			592
#define DIVIDED			593
#define TIMES			594
/* and <= of real and numeric */
#define REAL_LESS_EQUAL		624
#define NUMERIC_LESS_EQUAL	1755

/* The sum of the weights that is counted on above this is not exact. */
#define MAX_EXACT		9007199254740992.0

typedef struct Term
{
	const TcsFactor *factor;
	Expr	   *value;			/* as it was written */
	Oid			type;			/* of the value, behind domains */
} Term;

static Expr *
number(double value)
{
	return (Expr *) makeConst(FLOAT8OID, -1, InvalidOid, sizeof(float8),
							  Float8GetDatum(value), false, FLOAT8PASSBYVAL);
}

static Expr *
operation(Oid operator, Expr *left, Expr *right)
{
	Oid			function = get_opcode(operator);
	OpExpr	   *expr = (OpExpr *) make_opclause(operator, get_func_rettype(function),
												false, left, right,
												InvalidOid, InvalidOid);

	expr->opfuncid = function;
	return (Expr *) expr;
}

static Expr *
extreme(MinMaxOp op, Expr *first, Expr *second)
{
	MinMaxExpr *expr = makeNode(MinMaxExpr);

	expr->op = op;
	expr->args = list_make2(first, second);
	expr->minmaxtype = FLOAT8OID;
	expr->location = -1;
	return (Expr *) expr;
}

static Expr *
truth(Expr *arg, BoolTestType type)
{
	BooleanTest *test = makeNode(BooleanTest);

	test->arg = arg;
	test->booltesttype = type;
	test->location = -1;
	return (Expr *) test;
}

static Expr *
null_test(Expr *arg, NullTestType type)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = arg;
	test->nulltesttype = type;
	test->location = -1;
	return (Expr *) test;
}

/* CASE WHEN ... THEN ... [WHEN ... THEN ...] ELSE ... END; a NULL condition: none */
static Expr *
choice(Expr *first, Expr *then_first, Expr *second, Expr *then_second, Expr *otherwise)
{
	CaseExpr   *expr = makeNode(CaseExpr);

	expr->casetype = FLOAT8OID;
	expr->defresult = otherwise;
	expr->location = -1;
	for (int i = 0; i < 2; i++)
	{
		CaseWhen   *when = makeNode(CaseWhen);

		when->expr = i == 0 ? first : second;
		when->result = i == 0 ? then_first : then_second;
		when->location = -1;
		if (when->expr != NULL)
			expr->args = lappend(expr->args, when);
	}
	return expr->args == NIL ? otherwise : (Expr *) expr;
}

static Expr *
null_number(void)
{
	return (Expr *) makeNullConst(FLOAT8OID, -1, InvalidOid);
}

static Expr *
cast(Oid function, Oid type, Expr *arg)
{
	return (Expr *) makeFuncExpr(function, type, list_make1(arg),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CAST);
}

Expr *
tcs_factor_number(Expr *value)
{
	Oid			type = exprType((Node *) value);
	Oid			base = getBaseType(type);

	if (base != type)
		value = (Expr *) makeRelabelType(value, base, -1, InvalidOid,
										 COERCE_EXPLICIT_CAST);
	switch (base)
	{
		case BOOLOID:
			return cast(F_FLOAT8_INT4, FLOAT8OID, cast(F_INT4_BOOL, INT4OID, value));
		case INT2OID:
			return cast(F_FLOAT8_INT2, FLOAT8OID, value);
		case INT4OID:
			return cast(F_FLOAT8_INT4, FLOAT8OID, value);
		case INT8OID:
			return cast(F_FLOAT8_INT8, FLOAT8OID, value);
		case FLOAT4OID:
			return cast(F_FLOAT8_FLOAT4, FLOAT8OID, value);
		case NUMERICOID:
			return cast(F_FLOAT8_NUMERIC, FLOAT8OID, value);
		default:
			return value;
	}
}

typedef struct FactorContext
{
	const TcsScorecard *card;
	const TcsFactor *factor;
} FactorContext;

static void
describe_factor(const void *what)
{
	const FactorContext *context = what;

	errcontext("factor \"%s\" of scorecard \"%s\"", context->factor->name,
			   context->card->name);
}

Expr *
tcs_factor_compile(const TcsConditionSettings *settings, const TcsScorecard *card,
				   const TcsFactor *factor, TupleDesc columns)
{
	FactorContext context = {card, factor};
	TcsSource	source = {factor->expression, &tcs_factor_kind};

	return tcs_source_compile(settings, &source, columns, describe_factor, &context);
}

/* the value as it was written, behind a domain */
static Expr *
written(const Term *term)
{
	Expr	   *value = copyObject(term->value);

	if (exprType((Node *) value) != term->type)
		value = (Expr *) makeRelabelType(value, term->type, -1, InvalidOid,
										 COERCE_EXPLICIT_CAST);
	return value;
}

static Expr *
value_of(const Term *term)
{
	return tcs_factor_number(copyObject(term->value));
}

static bool
can_be_nan(const Term *term)
{
	return term->type == FLOAT4OID || term->type == FLOAT8OID ||
		term->type == NUMERICOID;
}

/* the value, NULL where it is NaN */
static Expr *
known_value_of(const Term *term)
{
	OpExpr	   *expr;

	if (!can_be_nan(term))
		return value_of(term);
	expr = (OpExpr *) operation(EQUAL, value_of(term), number(NAN));
	NodeSetTag(expr, T_NullIfExpr);
	expr->opresulttype = FLOAT8OID;
	return (Expr *) expr;
}

/*
 * Is there a value?  True, or else false or NULL.  NaN is greater than any
 * number; the comparison of the type itself spares a cast.
 */
static Expr *
has_value(const Term *term)
{
	switch (term->type)
	{
		case FLOAT8OID:
			return operation(LESS_EQUAL, value_of(term), number(get_float8_infinity()));
		case FLOAT4OID:
			return operation(REAL_LESS_EQUAL, written(term),
							 (Expr *) makeConst(FLOAT4OID, -1, InvalidOid, sizeof(float4),
												Float4GetDatum(get_float4_infinity()),
												false, true));
		case NUMERICOID:
			return operation(NUMERIC_LESS_EQUAL, written(term),
							 (Expr *) makeConst(NUMERICOID, -1, InvalidOid, -1,
												DirectFunctionCall3(numeric_in,
																	CStringGetDatum("Infinity"),
																	ObjectIdGetDatum(InvalidOid),
																	Int32GetDatum(-1)),
												false, false));
		default:
			return null_test(written(term), IS_NOT_NULL);
	}
}

/* is a boolean true, or false? */
static Expr *
is_value(const Term *term, bool value)
{
	Expr	   *arg = written(term);

	return value ? arg : (Expr *) makeBoolExpr(NOT_EXPR, list_make1(arg), -1);
}

/* the condition under which a gate makes the index 0; NULL: there is none */
static Expr *
closed(const Term *term)
{
	const TcsFactor *factor = term->factor;
	bool		if_missing = tcs_factor_is_closed(factor, 0, true);

	if (!factor->has_gate)
		return NULL;
	if (term->type == BOOLOID)
	{
		bool		if_true = tcs_factor_is_closed(factor, 1, false);
		bool		if_false = tcs_factor_is_closed(factor, 0, false);

		if (if_true && if_false)
			return if_missing ? (Expr *) makeBoolConst(true, false) :
				null_test(written(term), IS_NOT_NULL);
		if (if_true || if_false)
			return if_missing ? truth(written(term), if_true ? IS_NOT_FALSE : IS_NOT_TRUE) :
				is_value(term, if_true);
		return if_missing ? null_test(written(term), IS_NULL) : NULL;
	}
	if (tcs_factor_is_turned(factor))
		return if_missing ?
			truth(operation(LESS_EQUAL, value_of(term), number(factor->gate)), IS_NOT_TRUE) :
			operation(GREATER, known_value_of(term), number(factor->gate));
	return if_missing ?
		truth(operation(GREATER_EQUAL, known_value_of(term), number(factor->gate)), IS_NOT_TRUE) :
		operation(LESS, value_of(term), number(factor->gate));
}

/* weight * scaled; 0 where the value is missing */
static Expr *
points(const Term *term)
{
	const TcsFactor *factor = term->factor;
	bool		turned = tcs_factor_is_turned(factor);
	double		range = turned ? factor->lo - factor->hi : factor->hi - factor->lo;
	Expr	   *value;
	Expr	   *result;

	if (term->type == BOOLOID)
	{
		double		if_true = factor->weight * tcs_factor_scale(factor, 1, false);
		double		if_false = factor->weight * tcs_factor_scale(factor, 0, false);

		return choice(if_true > 0 ? is_value(term, true) : NULL, number(if_true),
					  if_false > 0 ? is_value(term, false) : NULL, number(if_false),
					  number(0));
	}
	/* where NULLs are kept out beforehand, so are NaNs */
	value = factor->missing == TCS_MISSING_NULL ? value_of(term) : known_value_of(term);
	if (turned)
	{
		result = extreme(IS_LEAST, number(factor->lo), value);
		result = extreme(IS_GREATEST, result, number(factor->hi));
		result = operation(MINUS, number(factor->lo), result);
	}
	else
	{
		result = extreme(IS_GREATEST, number(factor->lo), value);
		result = extreme(IS_LEAST, result, number(factor->hi));
		if (factor->lo != 0)
			result = operation(MINUS, result, number(factor->lo));
	}
	if (range != 1)
		result = operation(DIVIDED, result, number(range));
	if (factor->weight != 1)
		result = operation(TIMES, number(factor->weight), result);
	return result;
}

static Expr *
sum(Expr *left, Expr *right)
{
	return left == NULL ? right : operation(PLUS, left, right);
}

/* the sum of the weights, of those factors whose value is not left out */
static Expr *
weights(const Term *terms, int count)
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
					result = number(constant);
				result = sum(result, is_constant ? number(factor->weight) :
							 choice(has_value(&terms[i]), number(factor->weight),
									NULL, NULL, number(0)));
			}
		}
	if (result == NULL)
		return number(constant);
	if (can_be_none)
	{
		OpExpr	   *none = (OpExpr *) operation(EQUAL, result, number(0));

		NodeSetTag(none, T_NullIfExpr);
		none->opresulttype = FLOAT8OID;
		result = (Expr *) none;
	}
	return result;
}

/* one condition from several; NULL from none */
static Expr *
join(BoolExprType type, List *conditions)
{
	if (conditions == NIL)
		return NULL;
	return list_length(conditions) == 1 ? linitial(conditions) :
		makeBoolExpr(type, conditions, -1);
}

static Expr *
index_of(const Term *terms, int count)
{
	Expr	   *all = NULL;
	Expr	   *result;
	List	   *gates = NIL;
	List	   *needed = NIL;

	for (int i = 0; i < count; i++)
	{
		Expr	   *gate = closed(&terms[i]);

		if (gate != NULL)
			gates = lappend(gates, gate);
		if (terms[i].factor->missing == TCS_MISSING_NULL)
			needed = lappend(needed, has_value(&terms[i]));
		if (terms[i].factor->weight > 0)
			all = sum(all, points(&terms[i]));
	}
	if (all == NULL)
		return choice(join(OR_EXPR, gates), number(0), NULL, NULL, null_number());
	result = operation(TIMES, number(100),
					   operation(DIVIDED, all, weights(terms, count)));
	if (needed == NIL)
		return choice(join(OR_EXPR, gates), number(0), NULL, NULL, result);
	return choice(join(OR_EXPR, gates), number(0), join(AND_EXPR, needed), result,
				  null_number());
}

Node *
tcs_scorecard_expression(const TcsScorecard *card, TupleDesc columns)
{
	TcsConditionSettings settings;
	Term	   *terms = palloc(Max(card->count, 1) * sizeof(Term));

	tcs_conditions_begin(&settings, card->time_zone);
	for (int i = 0; i < card->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		terms[i].factor = &card->factors[i];
		terms[i].value = tcs_factor_compile(&settings, card, terms[i].factor, columns);
		terms[i].type = getBaseType(exprType((Node *) terms[i].value));
	}
	tcs_conditions_end(&settings);
	return (Node *) index_of(terms, card->count);
}
