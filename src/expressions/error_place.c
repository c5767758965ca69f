/*
 * error_place.c
 *		Which rule, or which factor, an error comes from.
 *
 * The expression that replaces a call in a plan has no place of its own for
 * that.  The one that is evaluated at run time has marks: a mark is a parameter
 * that is always true and notes, when it is evaluated, what comes behind it.
 */
#include "expressions/error_place.h"

#include "catalog/pg_type.h"
#include "executor/execExpr.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"

/*
 * The last line that an error got from here, and how much of it is the place:
 * names are no longer than TCS_NAME_LENGTH characters.
 */
static char last_line[4096];
static int	last_length = 0;

TcsPlace
tcs_place(char *place, const char *noun, const char *set)
{
	TcsPlace	result;

	result.line = psprintf("%s of %s \"%s\"", place, noun, set);
	result.length = (int) strlen(place);
	return result;
}

void
tcs_place_describe(const TcsPlace *place)
{
	errcontext("%s", place->line);
	strlcpy(last_line, place->line, sizeof(last_line));
	last_length = Min(place->length, (int) strlen(last_line));
}

char *
tcs_rule_error_place(const ErrorData *error)
{
	if (last_length == 0 || error->context == NULL ||
		strstr(error->context, last_line) == NULL)
		return NULL;
	return pnstrdup(last_line, last_length);
}

bool
tcs_place_may_fail(Expr *expr)
{
	return contain_leaked_vars((Node *) expr) || contain_mutable_functions((Node *) expr);
}

Expr *
tcs_place_mark(TcsPlaces *places, TcsPlace place)
{
	Param	   *mark = makeNode(Param);

	if (places->count == places->size)
	{
		MemoryContext old = MemoryContextSwitchTo(places->context);

		places->size = Max(16, 2 * places->size);
		places->place = places->place ?
			repalloc(places->place, places->size * sizeof(TcsPlace)) :
			palloc(places->size * sizeof(TcsPlace));
		MemoryContextSwitchTo(old);
	}
	place.line = MemoryContextStrdup(places->context, place.line);
	places->place[places->count++] = place;

	mark->paramkind = PARAM_EXTERN;
	mark->paramid = places->count;
	mark->paramtype = BOOLOID;
	mark->paramtypmod = -1;
	mark->location = -1;
	return (Expr *) mark;
}

/* evaluates a mark */
static void
enter_place(ExprState *state, ExprEvalStep *op, ExprContext *econtext)
{
	TcsPlaces  *places = op->d.cparam.paramarg;

	places->current = op->d.cparam.paramid;
	*op->resvalue = BoolGetDatum(true);
	*op->resnull = false;
}

static void
compile_mark(ParamListInfo params, Param *mark, ExprState *state,
			 Datum *resv, bool *resnull)
{
	ExprEvalStep step = {0};
	TcsPlaces  *places = params->paramCompileArg;

	if (mark->paramid > TCS_OTHER_PARAMETERS)
	{
		places->other(places->arg, mark, state, resv, resnull);
		return;
	}
	step.opcode = EEOP_PARAM_CALLBACK;
	step.resvalue = resv;
	step.resnull = resnull;
	step.d.cparam.paramfunc = enter_place;
	step.d.cparam.paramarg = params->paramCompileArg;
	step.d.cparam.paramid = mark->paramid;
	step.d.cparam.paramtype = mark->paramtype;
	ExprEvalPushStep(state, &step);
}

ExprState *
tcs_places_init(TcsPlaces *places, Expr *expr)
{
	ParamListInfo params = makeParamList(0);

	params->paramCompile = compile_mark;
	params->paramCompileArg = places;
	return ExecInitExprWithParams(expr, params);
}

static void
describe_current(void *arg)
{
	const TcsPlaces *places = arg;

	if (places->current > 0)
		tcs_place_describe(&places->place[places->current - 1]);
}

Datum
tcs_places_evaluate(TcsPlaces *places, ExprState *state, ExprContext *econtext,
					bool *isnull)
{
	ErrorContextCallback callback;
	Datum		result;

	places->current = 0;
	callback.callback = describe_current;
	callback.arg = places;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	result = ExecEvalExpr(state, econtext, isnull);
	error_context_stack = callback.previous;
	return result;
}
