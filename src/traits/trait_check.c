/*
 * trait_check.c
 *		trait_check: what is wrong with a trait set, and which rows of a log its
 *		traits count.
 */
#include "expressions/check_rows.h"
#include "traits/traits.h"

#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(tcs_trait_check);

/* What a trait makes of a row. */
#define ROW_MEETS	0x01		/* the condition is true */
#define ROW_COUNTS	0x02		/* and the value is not NULL */
#define ROW_SINCE	0x04		/* since is true */

typedef struct CheckedTrait
{
	const TcsTrait *trait;
	TcsTraitCompiled compiled;	/* planned */
	bool		is_compiled;
	ExprState  *value;
	ExprState  *condition;
	ExprState  *since;
	ExprState **steps;
	int			step_count;
	int			first_step;		/* where its steps are among the marks of a
								 * row */
	ErrorData  *error;			/* why it does not compile, or fails on a row */
	int64		meet;			/* rows */
	int64		count;
	int64		begin;
	int64	   *taken;			/* of each step */
} CheckedTrait;

typedef struct TraitCheck
{
	const TcsTraitSet *set;
	CheckedTrait *traits;
	int64		rows;
	TcsCheckRows pass;
	int			current;		/* the trait being evaluated */
	int			mark_count;		/* of a row: for each trait, then for each
								 * step */
	uint8	   *marks;			/* of a batch, row by row */
} TraitCheck;

/* What is compiled in a subtransaction of its own. */
typedef struct TraitCompilation
{
	const TcsTraitSet *set;
	CheckedTrait *checked;
	TupleDesc	columns;
} TraitCompilation;

static Expr *
trait_check_plan(Expr *expr)
{
	return expr ? expression_planner(expr) : NULL;
}

static void
trait_check_compile(void *arg)
{
	TraitCompilation *compilation = arg;
	CheckedTrait *checked = compilation->checked;
	TcsConditionSettings settings;
	ListCell   *cell;

	tcs_conditions_begin(&settings, compilation->set->time_zone);
	tcs_trait_compile(&settings, compilation->set, checked->trait, compilation->columns, &checked->compiled);
	tcs_conditions_end(&settings);
	checked->compiled.value = trait_check_plan(checked->compiled.value);
	checked->compiled.condition = trait_check_plan(checked->compiled.condition);
	checked->compiled.since = trait_check_plan(checked->compiled.since);
	foreach(cell, checked->compiled.steps)
		lfirst(cell) = trait_check_plan(lfirst(cell));
	checked->is_compiled = true;
}

static bool
trait_check_holds(ExprState *state, ExprContext *econtext)
{
	bool		isnull;
	Datum		value = ExecEvalExpr(state, econtext, &isnull);

	return !isnull && DatumGetBool(value);
}

/*
 * As the view does: the value and the steps are asked for where the condition is
 * true.  An event counts in a sequence that may be some step of it.
 */
static uint8
trait_check_mark(CheckedTrait *checked, ExprContext *econtext, uint8 *steps)
{
	uint8		mark = 0;
	bool		isnull = checked->step_count > 0;

	memset(steps, 0, checked->step_count);

	if (checked->since != NULL && trait_check_holds(checked->since, econtext))
		mark |= ROW_SINCE;
	if (checked->condition != NULL && !trait_check_holds(checked->condition, econtext))
		return mark;
	mark |= ROW_MEETS;
	if (checked->value != NULL)
		(void) ExecEvalExpr(checked->value, econtext, &isnull);
	for (int i = 0; i < checked->step_count; i++)
	{
		steps[i] = trait_check_holds(checked->steps[i], econtext);
		if (steps[i])
			isnull = false;
	}
	return isnull ? mark : mark | ROW_COUNTS;
}

static void
trait_check_evaluate(void *arg)
{
	TraitCheck *check = arg;
	MemoryContext old = CurrentMemoryContext;

	for (uint64 row = 0; row < check->pass.count; row++)
	{
		uint8	   *marks = check->marks + row * check->mark_count;

		tcs_check_row(&check->pass, row);
		MemoryContextSwitchTo(check->pass.econtext->ecxt_per_tuple_memory);
		for (int i = 0; i < check->set->count; i++)
		{
			CheckedTrait *checked = &check->traits[i];

			check->current = i;
			marks[i] = checked->error ? 0 :
				trait_check_mark(checked, check->pass.econtext, marks + checked->first_step);
		}
		MemoryContextSwitchTo(old);
	}
}

/* the trait that raised an error is left out from then on */
static void
trait_check_leave_out(void *arg, ErrorData *error)
{
	TraitCheck *check = arg;

	check->traits[check->current].error = error;
}

static void
trait_check_collect(void *arg)
{
	TraitCheck *check = arg;

	for (uint64 row = 0; row < check->pass.count; row++)
	{
		const uint8 *marks = check->marks + row * check->mark_count;

		for (int i = 0; i < check->set->count; i++)
		{
			CheckedTrait *checked = &check->traits[i];

			checked->meet += (marks[i] & ROW_MEETS) != 0;
			checked->count += (marks[i] & ROW_COUNTS) != 0;
			checked->begin += (marks[i] & ROW_SINCE) != 0;
			for (int j = 0; j < checked->step_count && !checked->error; j++)
				checked->taken[j] += marks[checked->first_step + j];
		}
	}
	check->rows += check->pass.count;
}

static ExprState *
trait_check_init(Expr *expr)
{
	return expr ? ExecInitExpr(expr, NULL) : NULL;
}

/* A trait that compiled, ready to be asked. */
static void
trait_check_prepare(TraitCheck *check, CheckedTrait *checked)
{
	ListCell   *cell;

	checked->value = trait_check_init(checked->compiled.value);
	checked->condition = trait_check_init(checked->compiled.condition);
	checked->since = trait_check_init(checked->compiled.since);
	checked->first_step = check->mark_count;
	checked->steps = palloc0(Max(list_length(checked->compiled.steps), 1) * sizeof(ExprState *));
	checked->taken = palloc0(Max(list_length(checked->compiled.steps), 1) * sizeof(int64));
	foreach(cell, checked->compiled.steps)
		checked->steps[checked->step_count++] = trait_check_init(lfirst(cell));
	check->mark_count += checked->step_count;
}

static void
trait_check_count(TraitCheck *check, Portal portal)
{
	check->mark_count = check->set->count;
	for (int i = 0; i < check->set->count; i++)
	{
		CheckedTrait *checked = &check->traits[i];
		TraitCompilation compilation = {check->set, checked, portal->tupDesc};

		CHECK_FOR_INTERRUPTS();
		if (tcs_check_try(trait_check_compile, &compilation, &checked->error))
			trait_check_prepare(check, checked);
	}
	check->marks = MemoryContextAllocHuge(CurrentMemoryContext, TCS_CHECK_BATCH * Max(check->mark_count, 1));
	check->pass.econtext = CreateStandaloneExprContext();
	tcs_check_rows(&check->pass, portal, trait_check_evaluate, trait_check_leave_out, trait_check_collect, check);
	FreeExprContext(check->pass.econtext, true);
}

static void
trait_report(ReturnSetInfo *result, const TraitCheck *check, const char *severity, const char *finding,
			 const CheckedTrait *checked, int64 rows, const char *detail)
{
	TcsFinding	row;

	tcs_finding_begin(&row, severity, finding);
	if (checked)
		tcs_finding_text(&row, 2, checked->trait->name);
	tcs_finding_rows(&row, 3, rows, check->rows);
	tcs_finding_text(&row, 5, detail);
	tcs_finding_put(result, &row);
}

/* The warnings about one trait. */
static void
trait_report_warnings(ReturnSetInfo *result, const TraitCheck *check, const CheckedTrait *checked)
{
	if (checked->meet == 0)
		trait_report(result, check, "warning", "no event", checked, 0, "the condition is true of no row");
	else if (checked->count == 0 && checked->step_count == 0)
		trait_report(result, check, "warning", "no value", checked, checked->meet,
					 "the value of every row that meets the condition is NULL");
	for (int i = 0; i < checked->step_count && checked->meet > 0; i++)
		if (checked->taken[i] == 0)
			trait_report(result, check, "warning", "no step", checked, 0,
						 psprintf("step %d is true of no row that meets the condition: nobody comes beyond step %d", i + 1, i));
	if (checked->since != NULL && checked->begin == 0)
		trait_report(result, check, "warning", "never since", checked, 0,
					 "since is true of no row: all events count");
}

/* How many rows may be each step. */
static char *
trait_check_steps(const CheckedTrait *checked)
{
	StringInfoData list;

	if (checked->step_count == 0)
		return NULL;
	initStringInfo(&list);
	for (int i = 0; i < checked->step_count; i++)
		appendStringInfo(&list, "%sstep %d: " INT64_FORMAT, i > 0 ? ", " : "", i + 1, checked->taken[i]);
	return list.data;
}

static void
trait_report_all(ReturnSetInfo *result, const TraitCheck *check)
{
	int			count = check->set->count;

	for (int i = 0; i < count; i++)
		if (check->traits[i].error)
			trait_report(result, check, "error", check->traits[i].is_compiled ? "fails" : "refused",
						 &check->traits[i], -1, tcs_check_describe(check->traits[i].error, "expression"));
	for (int i = 0; i < count && check->rows > 0; i++)
		if (check->traits[i].error == NULL)
			trait_report_warnings(result, check, &check->traits[i]);
	if (count == 0)
		trait_report(result, check, "note", "no traits", NULL, -1, "no trait of the set is enabled");
	if (check->rows == 0)
		trait_report(result, check, "note", "no rows", NULL, -1, "the relation is empty: nothing is known of the data");
	for (int i = 0; i < count; i++)
		if (check->traits[i].error == NULL)
			trait_report(result, check, "figure", "events", &check->traits[i], check->traits[i].count,
						 trait_check_steps(&check->traits[i]));
}

/* arguments: trait_set, relation */
Datum
tcs_trait_check(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext context = CurrentMemoryContext;
	TraitCheck	check = {NULL};
	Portal		portal;

	check.set = tcs_traits_read(tcs_check_begin(fcinfo, "trait_set"));
	check.traits = palloc0(Max(check.set->count, 1) * sizeof(CheckedTrait));
	for (int i = 0; i < check.set->count; i++)
		check.traits[i].trait = &check.set->traits[i];
	portal = tcs_check_open(PG_GETARG_OID(1));
	MemoryContextSwitchTo(context);
	trait_check_count(&check, portal);
	tcs_check_close(portal);
	MemoryContextSwitchTo(context);
	trait_report_all(result, &check);
	return (Datum) 0;
}
