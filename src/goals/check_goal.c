/*
 * check_goal.c
 *		What is said of a goal that cannot be one.
 *
 * The constraints of the table refuse it; this comes before them, to say what is
 * wrong with it and what would be right.
 */
#include "goals/check_goal.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* A row that is to be written, and what is read of it. */
typedef struct GoalRow
{
	Relation	table;
	HeapTuple	tuple;
	const char *name;
} GoalRow;

/* A column; false for a null, which is the server's to refuse. */
static bool
goal_get_column(const GoalRow *row, const char *name, Oid type, Datum *value)
{
	AttrNumber	number = get_attnum(RelationGetRelid(row->table), name);
	bool		isnull = true;

	if (number > 0)
		*value = tcs_row_value(row->tuple, RelationGetDescr(row->table), number, type, &isnull);
	return !isnull;
}

static void
goal_check_direction(const GoalRow *row)
{
	Datum		value;
	char	   *direction;

	if (!goal_get_column(row, "direction", TEXTOID, &value))
		return;
	direction = TextDatumGetCString(value);
	if (strcmp(direction, "up") != 0 && strcmp(direction, "down") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("direction of goal \"%s\" is \"%s\", must be up or down", row->name, direction),
				 errhint("Give up where more is better, and down where less is."),
				 errtableconstraint(row->table, "direction_up_or_down")));
}

static void
goal_check_target(const GoalRow *row)
{
	Datum		direction;
	Datum		baseline;
	Datum		target;
	double		way;
	bool		down;

	if (!goal_get_column(row, "direction", TEXTOID, &direction) ||
		!goal_get_column(row, "baseline", FLOAT8OID, &baseline) ||
		!goal_get_column(row, "target", FLOAT8OID, &target))
		return;
	down = strcmp(TextDatumGetCString(direction), "down") == 0;
	way = DatumGetFloat8(target) - DatumGetFloat8(baseline);
	/* what is no number is another constraint's matter */
	if (isfinite(way) && (down ? way > 0.0 : way < 0.0))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("target of goal \"%s\" lies %s its baseline, and its direction is %s",
						row->name, down ? "above" : "below", down ? "down" : "up"),
				 errdetail("The target is %.15g, the baseline %.15g.",
						   DatumGetFloat8(target), DatumGetFloat8(baseline)),
				 errhint("Give the direction %s, or another target.", down ? "up" : "down"),
				 errtableconstraint(row->table, "target_in_direction")));
}

static char *
goal_day(Datum date)
{
	return DatumGetCString(DirectFunctionCall1(date_out, date));
}

static void
goal_check_time(const GoalRow *row)
{
	Datum		starts;
	Datum		due;

	if (!goal_get_column(row, "starts", DATEOID, &starts) || !goal_get_column(row, "due", DATEOID, &due))
		return;
	if (DATE_NOT_FINITE(DatumGetDateADT(starts)) || DATE_NOT_FINITE(DatumGetDateADT(due)) ||
		DatumGetDateADT(starts) >= DatumGetDateADT(due))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("goal \"%s\" must start on a day, and be due on a later one", row->name),
				 errdetail("It starts on %s, and is due on %s.", goal_day(starts), goal_day(due)),
				 errhint("Give the first day as starts, and the last as due."),
				 errtableconstraint(row->table, "bound_in_time")));
}

void
tcs_goal_check_row(Relation table, HeapTuple tuple)
{
	GoalRow		row = {table, tuple, NULL};
	Datum		name;

	if (!goal_get_column(&row, "name", TEXTOID, &name))
		return;
	row.name = TextDatumGetCString(name);
	goal_check_direction(&row);
	goal_check_target(&row);
	goal_check_time(&row);
}
