/*
 * create_goals.c
 *		create_goals and drop_goals: the relations of a set of goals.
 *
 * They are made through SQL as the caller, so that the server checks the rights
 * and records owners and dependencies as if it had been typed.
 */
#include "goals/goals.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_create_goals);
PG_FUNCTION_INFO_V1(tcs_drop_goals);

/* the arguments of create_goals, by position */
enum
{
	ARG_INTO,
	ARG_ZONE
};

/*
 * A number with which nothing that is worked out overflows; neither NaN nor
 * infinity.
 */
#define NUMBER(column) \
	"(" column " = 0 OR abs(" column ") BETWEEN '1e-50'::float8 AND '1e50'::float8)"

#define NOT_EMPTY(column) \
	"CHECK (" column " ~ '[^[:space:]]')"

/*
 * Argument: the table.  Names compare byte by byte, so that the order of the
 * tree is the same on every server.
 */
#define GOALS_TABLE \
	"CREATE TABLE %1$s (\n" \
	"    name text COLLATE \"C\" PRIMARY KEY\n" \
	"        CONSTRAINT name_not_empty " NOT_EMPTY("name") ",\n" \
	"    owner text NOT NULL\n" \
	"        CONSTRAINT owner_not_empty " NOT_EMPTY("owner") ",\n" \
	"    parent text COLLATE \"C\"\n" \
	"        CONSTRAINT parent_exists REFERENCES %1$s (name) ON UPDATE CASCADE,\n" \
	"    metric text NOT NULL\n" \
	"        CONSTRAINT metric_not_empty " NOT_EMPTY("metric") ",\n" \
	"    unit text NOT NULL\n" \
	"        CONSTRAINT unit_not_empty " NOT_EMPTY("unit") ",\n" \
	"    direction text NOT NULL DEFAULT 'up'\n" \
	"        CONSTRAINT direction_up_or_down CHECK (direction IN ('up', 'down')),\n" \
	"    baseline double precision NOT NULL\n" \
	"        CONSTRAINT baseline_is_a_number CHECK " NUMBER("baseline") ",\n" \
	"    target double precision NOT NULL\n" \
	"        CONSTRAINT target_is_a_number CHECK " NUMBER("target") ",\n" \
	"    starts date NOT NULL,\n" \
	"    due date NOT NULL,\n" \
	"    weight double precision NOT NULL DEFAULT 1\n" \
	"        CONSTRAINT weight_is_a_number CHECK\n" \
	"        (weight = 0 OR weight BETWEEN '1e-50'::float8 AND '1e50'::float8),\n" \
	"    description text,\n" \
	"    CONSTRAINT target_in_direction CHECK\n" \
	"        (CASE direction WHEN 'up' THEN target >= baseline ELSE target <= baseline END),\n" \
	"    CONSTRAINT bound_in_time CHECK (isfinite(starts) AND isfinite(due) AND starts < due)\n" \
	")"

/* Arguments: the table of measurements, that of the goals. */
#define MEASUREMENT_TABLE \
	"CREATE TABLE %1$s (\n" \
	"    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n" \
	"    goal text COLLATE \"C\" NOT NULL\n" \
	"        CONSTRAINT goal_exists REFERENCES %2$s (name) ON UPDATE CASCADE,\n" \
	"    day date NOT NULL\n" \
	"        CONSTRAINT day_is_finite CHECK (isfinite(day)),\n" \
	"    value double precision NOT NULL\n" \
	"        CONSTRAINT value_is_a_number CHECK " NUMBER("value") ",\n" \
	"    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()\n" \
	"        CONSTRAINT recorded_at_is_finite CHECK (isfinite(recorded_at)),\n" \
	"    source text\n" \
	")"

static const TcsViewColumn goals_column[] = {
	{"name", "what the goal is called"},
	{"owner", "who answers for it: a person, a role, a department"},
	{"parent", "the goal it is a part of; NULL: none"},
	{"metric", "what is measured"},
	{"unit", "in which unit"},
	{"direction", "up: more is better; down: less is better"},
	{"baseline", "where the metric stands when the goal starts"},
	{"target", "where it is to stand when the goal is due; the same as the baseline: it is to be kept"},
	{"starts", "first day: nothing is expected yet"},
	{"due", "last day: the target is expected, and later measurements do not count"},
	{"weight", "how much it counts among the parts of its parent; 0: not at all"},
	{"description", "what else there is to say"},
};

static const TcsViewColumn measurement_column[] = {
	{"id", "order of arrival"},
	{"goal", "of which goal"},
	{"day", "the day the value is of"},
	{"value", "what was measured, in the goal's unit: the level reached, not the change"},
	{"recorded_at", "when it was recorded: of several on a day the last counts"},
	{"source", "where it comes from, or a note"},
};

static const TcsViewColumn progress_column[] = {
	{"place", "place in the tree, from 1: what is below a goal are the next places, as many as descendants says"},
	{"depth", "goals above it"},
	{"name", "the goal"},
	{"owner", "who answers for it"},
	{"parent", "the goal it is a part of; NULL: none"},
	{"metric", "what is measured"},
	{"unit", "in which unit"},
	{"direction", "up or down"},
	{"baseline", "where the metric stood at the start"},
	{"target", "where it is to stand when the goal is due"},
	{"starts", "first day"},
	{"due", "last day"},
	{"weight", "how much it counts among the parts of its parent"},
	{"actual", "the last value measured until today, or until it was due; NULL: none"},
	{"actual_day", "the day that is of"},
	{"expected", "where it should stand today, on a straight line from baseline to target"},
	{"progress", "part of the way from baseline to target that is done: 0 to 1, below or beyond; where the baseline is to be kept 1 or 0; NULL: nothing measured"},
	{"pace", "progress as part of what is due by now: 1 is as planned; NULL: nothing measured, or nothing due yet"},
	{"forecast", "where it will stand when it is due, if it goes on as on average so far; NULL as pace"},
	{"status", "not started, on track, at risk, off track or achieved; of a goal that was not measured by what is below it"},
	{"children", "goals it is the parent of"},
	{"descendants", "goals below it, at any depth"},
	{"children_target", "sum of the targets of those children that have its metric, unit and direction; NULL: none has"},
	{"sum_difference", "that sum less its target: 0 where the parts make the whole"},
	{"children_actual", "sum of the actual values of those children; NULL: nothing measured"},
	{"rolled_up", "progress from 0 to 1 of what is below it, by weight; without children its own; NULL: nothing measured"},
};

static void
goals_refuse_existing(const TcsGoals *goals, const char *suffix)
{
	char	   *name = psprintf("%s%s", goals->table.name, suffix);

	if (OidIsValid(get_relname_relid(name, goals->table.schema_oid)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists in schema \"%s\"",
						name, goals->table.schema),
				 errdetail("Goals are made as \"%s\" and, beside it, relations with the suffixes _measurement and _progress.",
						   goals->table.name),
				 errhint("Give another name, or drop goals with tcs.drop_goals.")));
}

static void
goals_name(TcsGoals *goals, text *name)
{
	tcs_view_name(&goals->table, name, false);
	if (isTempNamespace(goals->table.schema_oid))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("goals cannot be temporary"),
				 errhint("Give a name in a schema that stays.")));
	tcs_goals_name(goals);
	goals_refuse_existing(goals, "");
	goals_refuse_existing(goals, TCS_GOALS_MEASUREMENT);
	goals_refuse_existing(goals, TCS_GOALS_PROGRESS);
}

static void
goals_define(const char *sql)
{
	tcs_run(sql, SPI_OK_UTILITY);
}

/*
 * The index on parent serves its foreign key, the one on the measurements
 * finds the last one of a goal.
 */
static void
goals_make_tables(const TcsGoals *goals)
{
	goals_define(psprintf(GOALS_TABLE, goals->into));
	goals_define(psprintf("CREATE INDEX ON %s (parent)", goals->into));
	goals_define(psprintf(MEASUREMENT_TABLE, goals->measurement, goals->into));
	goals_define(psprintf("CREATE INDEX ON %s (goal, day, recorded_at, id)", goals->measurement));

	tcs_view_comment(psprintf("TABLE %s", goals->into),
					 "goals, each a part of its parent; made by tcs.create_goals");
	for (int i = 0; i < lengthof(goals_column); i++)
		tcs_view_comment_column(goals->into, goals_column[i].name,
								goals_column[i].comment);
	tcs_view_comment(psprintf("TABLE %s", goals->measurement),
					 psprintf("what was measured of the goals in %s", goals->into));
	for (int i = 0; i < lengthof(measurement_column); i++)
		tcs_view_comment_column(goals->measurement, measurement_column[i].name,
								measurement_column[i].comment);
}

/* Triggers with transition tables take one event each. */
static void
goals_make_triggers(const TcsGoals *goals)
{
	goals_define(psprintf("CREATE TRIGGER tcs_goals_check BEFORE INSERT OR UPDATE ON %s\n"
						  "    FOR EACH ROW EXECUTE FUNCTION tcs_internal.check_goals()", goals->into));
	goals_define(psprintf("CREATE TRIGGER tcs_goals_lock BEFORE UPDATE OF name, parent ON %s\n"
						  "    FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.check_goals()", goals->into));
	goals_define(psprintf("CREATE TRIGGER tcs_goals_insert AFTER INSERT ON %s\n"
						  "    REFERENCING NEW TABLE AS tcs_new_goals\n"
						  "    FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.check_goals()", goals->into));
	goals_define(psprintf("CREATE TRIGGER tcs_goals_update AFTER UPDATE ON %s\n"
						  "    REFERENCING OLD TABLE AS tcs_old_goals NEW TABLE AS tcs_new_goals\n"
						  "    FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.check_goals()", goals->into));
}

/* The columns are named, so that they stay as they are when there are more. */
static void
goals_make_view(const TcsGoals *goals, const char *zone)
{
	StringInfoData query;
	TcsView		view = goals->table;

	initStringInfo(&query);
	for (int i = 0; i < lengthof(progress_column); i++)
		appendStringInfo(&query, "%s%s", i == 0 ? "SELECT " : ", ", progress_column[i].name);
	appendStringInfo(&query, "\nFROM tcs.goals_progress(%s::regclass, (now() AT TIME ZONE %s)::date)",
					 quote_literal_cstr(goals->into), zone);
	view.name = psprintf("%s%s", view.name, TCS_GOALS_PROGRESS);
	tcs_view_create(&view, query.data,
					psprintf("how far the goals in %s have come today, a day of the time zone %s; made by tcs.create_goals",
							 goals->into, zone),
					progress_column, lengthof(progress_column));
}

Datum
tcs_create_goals(PG_FUNCTION_ARGS)
{
	TcsGoals	goals = {0};
	char	   *zone;
	int			nest_level;

	if (PG_ARGISNULL(ARG_INTO))
		tcs_refuse_null("argument \"into\"", "Give the table of goals that is to be made a name.");
	PreventCommandIfReadOnly("tcs.create_goals()");
	zone = tcs_zone_literal(fcinfo, ARG_ZONE);
	goals_name(&goals, PG_GETARG_TEXT_PP(ARG_INTO));

	nest_level = tcs_view_begin();
	goals_make_tables(&goals);
	goals_make_triggers(&goals);
	goals_make_view(&goals, zone);
	tcs_view_end(nest_level);
	PG_RETURN_OID(get_relname_relid(goals.table.name, goals.table.schema_oid));
}

/* Whatever is still there of it. */
Datum
tcs_drop_goals(PG_FUNCTION_ARGS)
{
	TcsGoals   *goals;
	int			nest_level;

	PreventCommandIfReadOnly("tcs.drop_goals()");
	goals = tcs_goals_find(PG_GETARG_OID(0), false);
	if (!TCS_OWNS_RELATION(goals->oid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, goals->table.name);
	tcs_goals_check_parts(goals);
	nest_level = tcs_view_begin();
	goals_define(psprintf("DROP VIEW IF EXISTS %s", goals->progress));
	goals_define(psprintf("DROP TABLE IF EXISTS %s", goals->measurement));
	goals_define(psprintf("DROP TABLE %s", goals->into));
	tcs_view_end(nest_level);
	PG_RETURN_VOID();
}
