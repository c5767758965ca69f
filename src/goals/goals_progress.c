/*
 * goals_progress.c
 *		goals_progress: where the goals stand on a day.
 *
 * Everything is read with the rights, and under the policies, of whoever asks:
 * to who may see some of the goals only, these are the tree.
 */
#include "goals/goals.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(tcs_goals_progress);

/* the columns of the query, by number; the result has them after the first two */
enum
{
	COL_NAME = 1,
	COL_OWNER,
	COL_PARENT,
	COL_METRIC,
	COL_UNIT,
	COL_DIRECTION,
	COL_BASELINE,
	COL_TARGET,
	COL_STARTS,
	COL_DUE,
	COL_WEIGHT,
	COL_ACTUAL,
	COL_ACTUAL_DAY
};

/* what each of them is */
static const Oid column_type[] = {
	[COL_NAME] = TEXTOID,
	[COL_OWNER] = TEXTOID,
	[COL_PARENT] = TEXTOID,
	[COL_METRIC] = TEXTOID,
	[COL_UNIT] = TEXTOID,
	[COL_DIRECTION] = TEXTOID,
	[COL_BASELINE] = FLOAT8OID,
	[COL_TARGET] = FLOAT8OID,
	[COL_STARTS] = DATEOID,
	[COL_DUE] = DATEOID,
	[COL_WEIGHT] = FLOAT8OID,
	[COL_ACTUAL] = FLOAT8OID,
	[COL_ACTUAL_DAY] = DATEOID
};

#define RESULT_COLUMNS 26

/*
 * Arguments: the goals, the measurements.  The index on the latter finds one
 * row for each goal, however many there are.  There are no casts: who owns the
 * tables could choose what they run.
 */
#define QUERY \
	"SELECT g.name, g.owner, g.parent, g.metric, g.unit, g.direction,\n" \
	"    g.baseline, g.target, g.starts, g.due, g.weight, m.value, m.day\n" \
	"FROM %s AS g\n" \
	"LEFT JOIN LATERAL (\n" \
	"    SELECT l.value, l.day\n" \
	"    FROM %s AS l\n" \
	"    WHERE l.goal = g.name AND l.day <= least($1, g.due)\n" \
	"    ORDER BY l.day DESC, l.recorded_at DESC, l.id DESC\n" \
	"    LIMIT 1\n" \
	") AS m ON true\n" \
	"ORDER BY g.name COLLATE \"C\""

/* A column that no row is without. */
static Datum
required(uint64 row, int number)
{
	return tcs_result_value(row, number, column_type[number]);
}

static char *
required_text(uint64 row, int number)
{
	return TextDatumGetCString(required(row, number));
}

static void
read_goal(TcsGoal *goal, uint64 row)
{
	goal->name = required_text(row, COL_NAME);
	(void) required(row, COL_OWNER);
	goal->parent = tcs_result_text(row, COL_PARENT);
	goal->metric = required_text(row, COL_METRIC);
	goal->unit = required_text(row, COL_UNIT);
	goal->down = strcmp(required_text(row, COL_DIRECTION), "down") == 0;
	goal->baseline = DatumGetFloat8(required(row, COL_BASELINE));
	goal->target = DatumGetFloat8(required(row, COL_TARGET));
	goal->starts = DatumGetDateADT(required(row, COL_STARTS));
	goal->due = DatumGetDateADT(required(row, COL_DUE));
	goal->weight = DatumGetFloat8(required(row, COL_WEIGHT));
	goal->actual.known = !tcs_result_isnull(row, COL_ACTUAL);
	if (goal->actual.known)
		goal->actual.value = tcs_result_float(row, COL_ACTUAL);
}

static void
put_number(Datum *values, bool *nulls, int position, TcsMaybe maybe)
{
	nulls[position] = !maybe.known;
	if (maybe.known)
		values[position] = Float8GetDatum(maybe.value);
}

static void
put_goal(ReturnSetInfo *result, int place, const TcsGoal *goal, DateADT as_of,
		 uint64 row)
{
	Datum		values[RESULT_COLUMNS];
	bool		nulls[RESULT_COLUMNS] = {0};
	int			n = 0;

	values[n++] = Int32GetDatum(place);
	values[n++] = Int32GetDatum(goal->depth);
	for (int i = COL_NAME; i <= COL_ACTUAL_DAY; i++, n++)
		values[n] = tcs_result(row, i, column_type[i], &nulls[n]);
	values[n++] = Float8GetDatum(goal->expected);
	put_number(values, nulls, n++, goal->progress);
	put_number(values, nulls, n++, goal->pace);
	put_number(values, nulls, n++, goal->forecast);
	values[n++] = CStringGetTextDatum(tcs_goal_status(goal, as_of));
	values[n++] = Int32GetDatum(goal->children);
	values[n++] = Int32GetDatum(goal->descendants);
	put_number(values, nulls, n++, goal->children_target);
	put_number(values, nulls, n++, goal->sum_difference);
	put_number(values, nulls, n++, goal->children_actual);
	put_number(values, nulls, n++, goal->rolled_up);
	Assert(n == RESULT_COLUMNS);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
read_goals(const TcsGoals *goals, DateADT as_of)
{
	Oid			types[] = {DATEOID};
	Datum		values[] = {DateADTGetDatum(as_of)};

	/* no snapshot of its own: the function is stable */
	int			result = SPI_execute_with_args(psprintf(QUERY, goals->into, goals->measurement),
											   lengthof(types), types, values, NULL, true, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of SPI_execute_with_args: %s",
			 SPI_result_code_string(result));
	if (SPI_processed > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many goals")));
}

static void
put_goals(ReturnSetInfo *result, DateADT as_of)
{
	int			count = (int) SPI_processed;
	TcsGoal    *goal = palloc_extended(sizeof(TcsGoal) * Max(count, 1),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int		   *order;

	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		read_goal(&goal[i], i);
		tcs_goal_stand(&goal[i], as_of);
	}
	order = tcs_goal_tree(goal, count);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_goal(result, i + 1, &goal[order[i]], as_of, order[i]);
	}
}

/* arguments: into, as_of */
Datum
tcs_goals_progress(PG_FUNCTION_ARGS)
{
	TcsGoals   *goals;
	DateADT		as_of;
	int			nest_level;

	for (int i = 0; i < 2; i++)
		if (PG_ARGISNULL(i))
			tcs_refuse_null(psprintf("argument \"%s\"", i == 0 ? "into" : "as_of"), "Give the table of goals and the day.");
	as_of = PG_GETARG_DATEADT(1);
	if (DATE_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"as_of\" must be finite"),
				 errhint("Give the last day that counts.")));
	goals = tcs_goals_find(PG_GETARG_OID(0), true);
	InitMaterializedSRF(fcinfo, 0);
	nest_level = tcs_view_begin();
	read_goals(goals, as_of);
	put_goals((ReturnSetInfo *) fcinfo->resultinfo, as_of);
	tcs_view_end(nest_level);
	return (Datum) 0;
}
