/*
 * goals_progress.c
 *		goals_progress: where the goals stand on a day.
 *
 * Everything is read with the rights, and under the policies, of whoever asks:
 * to who may see some of the goals only, these are the tree.
 */
#include "goals/goals.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

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

#define RESULT_COLUMNS 26

/*
 * Arguments: the goals, the measurements.  The index on the latter finds one
 * row for each goal, however many there are.
 */
#define QUERY \
	"SELECT g.name::text COLLATE \"C\", g.owner::text, g.parent::text, g.metric::text,\n" \
	"    g.unit::text, g.direction::text, g.baseline::float8, g.target::float8,\n" \
	"    g.starts::date, g.due::date, g.weight::float8, m.value::float8, m.day::date\n" \
	"FROM %s AS g\n" \
	"LEFT JOIN LATERAL (\n" \
	"    SELECT l.value, l.day\n" \
	"    FROM %s AS l\n" \
	"    WHERE l.goal = g.name AND l.day <= least($1, g.due)\n" \
	"    ORDER BY l.day DESC, l.recorded_at DESC, l.id DESC\n" \
	"    LIMIT 1\n" \
	") AS m ON true\n" \
	"ORDER BY g.name::text COLLATE \"C\""

/* A column of the query; an error where the tables let a null through. */
static Datum
required(HeapTuple tuple, TupleDesc desc, int number)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, number, desc, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a goal lacks its %s", NameStr(TupleDescAttr(desc, number - 1)->attname)),
				 errhint("Keep the constraints that tcs.create_goals made.")));
	return value;
}

static void
read_goal(TcsGoal *goal, HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	Datum		parent = heap_getattr(tuple, COL_PARENT, desc, &isnull);
	Datum		actual;

	goal->name = TextDatumGetCString(required(tuple, desc, COL_NAME));
	goal->parent = isnull ? NULL : TextDatumGetCString(parent);
	goal->metric = TextDatumGetCString(required(tuple, desc, COL_METRIC));
	goal->unit = TextDatumGetCString(required(tuple, desc, COL_UNIT));
	goal->down = strcmp(TextDatumGetCString(required(tuple, desc, COL_DIRECTION)), "down") == 0;
	goal->baseline = DatumGetFloat8(required(tuple, desc, COL_BASELINE));
	goal->target = DatumGetFloat8(required(tuple, desc, COL_TARGET));
	goal->starts = DatumGetDateADT(required(tuple, desc, COL_STARTS));
	goal->due = DatumGetDateADT(required(tuple, desc, COL_DUE));
	goal->weight = DatumGetFloat8(required(tuple, desc, COL_WEIGHT));
	actual = heap_getattr(tuple, COL_ACTUAL, desc, &isnull);
	goal->actual.known = !isnull;
	if (!isnull)
		goal->actual.value = DatumGetFloat8(actual);
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
		 HeapTuple tuple, TupleDesc desc)
{
	Datum		values[RESULT_COLUMNS];
	bool		nulls[RESULT_COLUMNS] = {0};
	int			n = 0;

	values[n++] = Int32GetDatum(place);
	values[n++] = Int32GetDatum(goal->depth);
	for (int i = COL_NAME; i <= COL_ACTUAL_DAY; i++, n++)
		values[n] = heap_getattr(tuple, i, desc, &nulls[n]);
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
	SPITupleTable *rows = SPI_tuptable;
	int			count = (int) SPI_processed;
	TcsGoal    *goal = palloc_extended(sizeof(TcsGoal) * Max(count, 1),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int		   *order;

	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		read_goal(&goal[i], rows->vals[i], rows->tupdesc);
		tcs_goal_stand(&goal[i], as_of);
	}
	order = tcs_goal_tree(goal, count);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_goal(result, i + 1, &goal[order[i]], as_of,
				 rows->vals[order[i]], rows->tupdesc);
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
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" must not be null", i == 0 ? "into" : "as_of"),
					 errhint("Give the table of goals and the day.")));
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
