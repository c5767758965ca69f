/*
 * segment_explain.c
 *		Why a row is in its segment, and what it lacks for the others.
 */
#include "expressions/distance.h"
#include "expressions/explained_row.h"
#include "rules/rules.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#define COLUMNS 9

PG_FUNCTION_INFO_V1(tcs_segment_explain);
PG_FUNCTION_INFO_V1(tcs_segment_explain_by);

/* The row that is explained, and what evaluates conditions over it. */
typedef struct Explanation
{
	ReturnSetInfo *result;
	const TcsRuleSet *set;
	List	  **parts;			/* a list of Part for each enabled rule */
	TupleDesc	columns;
	ExprContext *econtext;
} Explanation;

/* A part of a condition. */
typedef struct ExplainPart
{
	char	   *text;
	Expr	   *expr;
} ExplainPart;

/* What is said of a part that is not true. */
typedef struct Reason
{
	char	   *failed;			/* the part */
	char	   *found;			/* the values in it */
	double		short_by;		/* NaN where there is no distance */
	char	   *reason;
} Reason;

static Datum
explain_evaluate(Explanation *explanation, Expr *expr, bool *isnull)
{
	ExprState  *state = ExecInitExpr(expression_planner((Expr *) copyObject(expr)), NULL);

	return ExecEvalExpr(state, explanation->econtext, isnull);
}

static bool
explain_is_true(Explanation *explanation, Expr *condition)
{
	bool		isnull;
	Datum		value = explain_evaluate(explanation, condition, &isnull);

	return !isnull && DatumGetBool(value);
}

static char *
explain_show_value(Datum value, bool isnull, Oid type)
{
	Oid			output;
	bool		is_varlena;

	if (isnull)
		return "NULL";
	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}

static char *
explain_trim(const char *string, int length)
{
	while (length > 0 && isspace((unsigned char) *string))
		string++, length--;
	while (length > 0 && isspace((unsigned char) string[length - 1]))
		length--;
	return pnstrdup(string, length);
}

/* a comparison of two sides, whose operator stands in the text between them */
static bool
explain_comparison(Explanation *explanation, Expr *expr, Reason *reason)
{
	OpExpr	   *comparison = (OpExpr *) expr;
	const char *part = reason->failed;
	char	   *operator;
	char	   *side[2];
	char	   *value[2];
	double		number[2];
	const char *how;

	if (!IsA(expr, OpExpr) || list_length(comparison->args) != 2 ||
		comparison->location < 0)
		return false;
	operator = get_opname(comparison->opno);
	if (operator == NULL || strncmp(part + comparison->location, operator, strlen(operator)) != 0)
		return false;
	side[0] = explain_trim(part, comparison->location);
	side[1] = explain_trim(part + comparison->location + strlen(operator),
						   (int) (strlen(part) - comparison->location - strlen(operator)));
	if (side[0][0] == '\0' || side[1][0] == '\0')
		return false;
	for (int i = 0; i < 2; i++)
	{
		Node	   *arg = list_nth(comparison->args, i);
		bool		isnull;
		Datum		datum = explain_evaluate(explanation, (Expr *) arg, &isnull);

		value[i] = explain_show_value(datum, isnull, exprType(arg));
		number[i] = tcs_magnitude(datum, isnull, exprType(arg));
	}

	reason->found = value[0];
	reason->reason = psprintf("%s is %s, needs %s %s", side[0], value[0], operator, side[1]);
	if (!IsA(eval_const_expressions(NULL, lsecond(comparison->args)), Const))
		reason->reason = psprintf("%s (which is %s)", reason->reason, value[1]);
	if (strcmp(operator, "<") == 0 || strcmp(operator, "<=") == 0)
		how = "too much by";
	else if (strcmp(operator, ">") == 0 || strcmp(operator, ">=") == 0)
		how = "short by";
	else if (strcmp(operator, "=") == 0)
		how = "off by";
	else
		return true;
	if (isfinite(number[0]) && isfinite(number[1]))
	{
		char		digits[32];

		reason->short_by = fabs(number[1] - number[0]);
		/* whole numbers that must not be equal lack one more */
		if ((strcmp(operator, "<") == 0 || strcmp(operator, ">") == 0) &&
			tcs_is_whole(exprType(linitial(comparison->args))) &&
			tcs_is_whole(exprType(lsecond(comparison->args))))
			reason->short_by += 1;
		snprintf(digits, sizeof(digits), "%.15g", reason->short_by);
		reason->reason = psprintf("%s, %s %s", reason->reason, how, digits);
	}
	return true;
}

static bool
explain_collect_columns(Node *node, Bitmapset **columns)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		*columns = bms_add_member(*columns, ((Var *) node)->varattno);
	return expression_tree_walker(node, explain_collect_columns, columns);
}

/* whatever else: the values of the columns in it */
static void
explain_columns(Explanation *explanation, Expr *expr, Reason *reason)
{
	Bitmapset  *columns = NULL;
	StringInfoData found;
	int			attnum = -1;

	initStringInfo(&found);
	explain_collect_columns((Node *) expr, &columns);
	while ((attnum = bms_next_member(columns, attnum)) >= 0)
	{
		Form_pg_attribute column = TupleDescAttr(explanation->columns, attnum - 1);
		bool		isnull;
		Datum		value = slot_getattr(explanation->econtext->ecxt_scantuple,
										 attnum, &isnull);
		const char *shown;

		/* a type that is not built in is not asked what its values look like */
		shown = isnull || tcs_condition_column_allowed(column->atttypid) ?
			explain_show_value(value, isnull, column->atttypid) : "not NULL";
		appendStringInfo(&found, "%s%s is %s", found.len > 0 ? ", " : "",
						 NameStr(column->attname), shown);
	}
	reason->found = found.data;
	reason->reason = psprintf("%s%sneeds %s", found.data, found.len > 0 ? ", " : "",
							  reason->failed);
}

static void
explain_put_row(Explanation *explanation, const TcsRule *rule, bool matched, bool decisive,
				const Reason *reason)
{
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {0};
	const char *segment = rule ? rule->segment : explanation->set->default_segment;

	nulls[0] = nulls[2] = rule == NULL;
	nulls[1] = segment == NULL;
	if (rule)
	{
		values[0] = Int32GetDatum(rule->priority);
		values[2] = CStringGetTextDatum(rule->condition);
	}
	if (segment)
		values[1] = CStringGetTextDatum(segment);
	values[3] = BoolGetDatum(matched);
	values[4] = BoolGetDatum(decisive);
	nulls[5] = nulls[6] = nulls[8] = reason == NULL;
	nulls[7] = reason == NULL || isnan(reason->short_by);
	if (reason)
	{
		values[5] = CStringGetTextDatum(reason->failed);
		values[6] = CStringGetTextDatum(reason->found);
		values[7] = Float8GetDatum(reason->short_by);
		values[8] = CStringGetTextDatum(reason->reason);
	}
	tuplestore_putvalues(explanation->result->setResult, explanation->result->setDesc,
						 values, nulls);
}

/*
 * Compile all conditions in parts.  Evaluated are they later, when the
 * settings are the session's again.
 */
static void
explain_compile_parts(Explanation *explanation)
{
	const TcsRuleSet *set = explanation->set;
	TcsConditionSettings settings;

	explanation->parts = palloc0(Max(set->count, 1) * sizeof(List *));
	tcs_conditions_begin(&settings, set->time_zone);
	for (int i = 0; i < set->count; i++)
	{
		const TcsRule *rule = &set->rules[i];
		ListCell   *cell;

		CHECK_FOR_INTERRUPTS();
		if (!rule->enabled)
			continue;
		/* the whole, for an error that speaks of the whole */
		(void) tcs_condition_compile(&settings, set, rule, explanation->columns);
		foreach(cell, tcs_condition_parts(rule->condition))
		{
			TcsRule		alone = *rule;
			ExplainPart *part = palloc(sizeof(ExplainPart));

			part->text = alone.condition = lfirst(cell);
			part->expr = tcs_condition_compile(&settings, set, &alone,
											   explanation->columns);
			explanation->parts[i] = lappend(explanation->parts[i], part);
		}
	}
	tcs_conditions_end(&settings);
}

/*
 * Does a rule match?  As in the whole condition, parts are evaluated up to the
 * first that is false; a part that is NULL is not true either.
 */
static bool
explain_matches(Explanation *explanation, List *parts)
{
	ListCell   *cell;

	foreach(cell, parts)
	{
		ExplainPart *part = lfirst(cell);

		if (!explain_is_true(explanation, part->expr))
			return false;
	}
	return true;
}

/* does it do more than compare columns and constants? */
static bool
explain_computes(Node *node, void *unused)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
		case T_Const:
		case T_RelabelType:
		case T_NullTest:
		case T_BooleanTest:
		case T_BoolExpr:
		case T_ScalarArrayOpExpr:
		case T_DistinctExpr:
			break;
		case T_OpExpr:
			if (((OpExpr *) node)->opresulttype != BOOLOID)
				return true;
			break;
		default:
			return true;
	}
	return expression_tree_walker(node, explain_computes, NULL);
}

/*
 * A row for each part of the condition that is not true.  Behind the first of
 * them only what cannot fail is evaluated: the first may guard the others.
 */
static void
explain_failure(Explanation *explanation, const TcsRule *rule, List *parts)
{
	bool		failed = false;
	ListCell   *cell;

	foreach(cell, parts)
	{
		ExplainPart *part = lfirst(cell);
		Reason		reason = {part->text, NULL, NAN, NULL};

		if (failed && explain_computes(eval_const_expressions(NULL, (Node *) part->expr), NULL))
			continue;
		if (explain_is_true(explanation, part->expr))
			continue;
		failed = true;
		if (!explain_comparison(explanation, part->expr, &reason))
			explain_columns(explanation, part->expr, &reason);
		explain_put_row(explanation, rule, false, false, &reason);
	}
}

/* an error on the row is that of a rule */
static void
explain_add_rule_context(void *arg)
{
	tcs_rule_describe(arg);
}

static void
explain_rules(Explanation *explanation)
{
	bool		decided = false;
	TcsRuleContext context = {explanation->set, NULL};
	ErrorContextCallback callback;

	callback.callback = explain_add_rule_context;
	callback.arg = &context;
	callback.previous = error_context_stack;

	for (int i = 0; i < explanation->set->count; i++)
	{
		const TcsRule *rule = &explanation->set->rules[i];

		CHECK_FOR_INTERRUPTS();
		if (!rule->enabled)
			continue;
		context.rule = rule;
		error_context_stack = &callback;
		if (explain_matches(explanation, explanation->parts[i]))
		{
			explain_put_row(explanation, rule, true, !decided, NULL);
			decided = true;
		}
		else
			explain_failure(explanation, rule, explanation->parts[i]);
		error_context_stack = callback.previous;
	}
	if (!decided)
		explain_put_row(explanation, NULL, true, true, NULL);
}

/* arguments: what the set is known by, row */
static void
explain_row(FunctionCallInfo fcinfo, bool by_definition)
{
	Explanation explanation = {0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	explanation.econtext = tcs_row_open(fcinfo, by_definition ? "definition" : "rule_set");
	explanation.columns = explanation.econtext->ecxt_scantuple->tts_tupleDescriptor;
	explanation.result = (ReturnSetInfo *) fcinfo->resultinfo;
	explanation.set = by_definition ? tcs_rules_from_definition(PG_GETARG_JSONB_P(0)) :
		tcs_rules_read(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	explain_compile_parts(&explanation);
	explain_rules(&explanation);

	tcs_row_close(explanation.econtext);
}

Datum
tcs_segment_explain(PG_FUNCTION_ARGS)
{
	explain_row(fcinfo, false);
	return (Datum) 0;
}

Datum
tcs_segment_explain_by(PG_FUNCTION_ARGS)
{
	explain_row(fcinfo, true);
	return (Datum) 0;
}
