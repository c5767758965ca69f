/*
 * goals.c
 *		The relations of a set of goals: named and found.
 */
#include "goals/goals.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static char *
goals_part(const TcsGoals *goals, const char *suffix)
{
	return quote_qualified_identifier(goals->table.schema,
									  psprintf("%s%s", goals->table.name, suffix));
}

void
tcs_goals_name(TcsGoals *goals)
{
	const char *name = goals->table.name;
	int			longest = NAMEDATALEN - (int) sizeof(TCS_GOALS_MEASUREMENT);

	if (strlen(name) > longest)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name \"%s\" is too long for goals", name),
				 errdetail("Their measurements would be called \"%s%s\", and names have at most %d bytes.",
						   name, TCS_GOALS_MEASUREMENT, NAMEDATALEN - 1),
				 errhint("Give a name of at most %d bytes.", longest)));
	goals->into = tcs_view_qualified(&goals->table);
	goals->measurement = goals_part(goals, TCS_GOALS_MEASUREMENT);
	goals->progress = goals_part(goals, TCS_GOALS_PROGRESS);
}

/* What is read of the table of goals, and of that of the measurements. */
static const TcsColumn goals_column[] = {
	{"name", TEXTOID, true}, {"owner", TEXTOID, true}, {"parent", TEXTOID, false},
	{"metric", TEXTOID, true}, {"unit", TEXTOID, true}, {"direction", TEXTOID, true},
	{"baseline", FLOAT8OID, true}, {"target", FLOAT8OID, true},
	{"starts", DATEOID, true}, {"due", DATEOID, true}, {"weight", FLOAT8OID, true}
};

static const TcsColumn measurement_column[] = {
	{"id", INT8OID, true}, {"goal", TEXTOID, true}, {"day", DATEOID, true},
	{"value", FLOAT8OID, true}, {"recorded_at", TIMESTAMPTZOID, true}
};

/* By these the view is known; it is not read. */
static const TcsColumn progress_column[] = {
	{"place", INT4OID, false}, {"depth", INT4OID, false}, {"name", TEXTOID, false},
	{"progress", FLOAT8OID, false}, {"status", TEXTOID, false}
};

/* Has it columns of the names that create_goals gives? */
static bool
goals_has_columns(Oid oid, const TcsColumn *column, int count)
{
	for (int i = 0; i < count; i++)
		if (get_attnum(oid, column[i].name) <= 0)
			return false;
	return true;
}

static void
goals_refuse_part(const char *name, const char *what, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" does not %s", name, what),
			 errdetail("%s", why),
			 errhint("Undo what was renamed or replaced.")));
}

static void
goals_check_names(Oid oid, const TcsColumn *column, int count, const char *name, const char *what)
{
	if (!goals_has_columns(oid, column, count))
		goals_refuse_part(name, what, "It lacks columns that tcs.create_goals made.");
}

#define HOLD_MEASUREMENTS "hold measurements of goals"

static char *
measurement_name(const TcsGoals *goals)
{
	return psprintf("%s%s", goals->table.name, TCS_GOALS_MEASUREMENT);
}

/*
 * The table of the measurements, locked, before it is read.  A view in its place
 * would run what its owner put there with the rights of whoever reads.
 */
static void
check_measurement(const TcsGoals *goals)
{
	char	   *name = measurement_name(goals);
	Oid			oid = get_relname_relid(name, goals->table.schema_oid);
	char		kind;

	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("goals \"%s\" have no table \"%s\" in their schema \"%s\"",
						goals->table.name, name, goals->table.schema),
				 errhint("Rename or move the relations of a set of goals together.")));
	LockRelationOid(oid, AccessShareLock);
	kind = get_rel_relkind(oid);
	if ((kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE) ||
		get_relname_relid(name, goals->table.schema_oid) != oid)
		goals_refuse_part(name, HOLD_MEASUREMENTS, "It is not the table that tcs.create_goals made.");
	goals_check_names(oid, measurement_column, lengthof(measurement_column), name, HOLD_MEASUREMENTS);
	tcs_relation_check(oid, measurement_column, lengthof(measurement_column));
}

void
tcs_goals_check_parts(const TcsGoals *goals)
{
	char	   *table = measurement_name(goals);
	char	   *view = psprintf("%s%s", goals->table.name, TCS_GOALS_PROGRESS);
	Oid			table_oid = get_relname_relid(table, goals->table.schema_oid);
	Oid			view_oid = get_relname_relid(view, goals->table.schema_oid);

	if (OidIsValid(table_oid))
		goals_check_names(table_oid, measurement_column, lengthof(measurement_column), table,
						  HOLD_MEASUREMENTS);
	if (OidIsValid(view_oid))
		goals_check_names(view_oid, progress_column, lengthof(progress_column), view,
						  "show the progress of goals");
}

TcsGoals *
tcs_goals_find(Oid oid, bool to_read)
{
	TcsGoals   *goals = palloc0(sizeof(TcsGoals));
	HeapTuple	tuple;
	Form_pg_class form;

	if (to_read)
		LockRelationOid(oid, AccessShareLock);
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
	if (!HeapTupleIsValid(tuple))
		tcs_relation_missing(oid, NULL);
	form = (Form_pg_class) GETSTRUCT(tuple);
	goals->oid = oid;
	goals->table.schema_oid = form->relnamespace;
	goals->table.schema = get_namespace_name(form->relnamespace);
	goals->table.name = pstrdup(NameStr(form->relname));
	if (form->relkind != RELKIND_RELATION ||
		form->relpersistence == RELPERSISTENCE_TEMP ||
		!goals_has_columns(oid, goals_column, lengthof(goals_column)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table of goals", goals->table.name),
				 errhint("Give the name of a table that tcs.create_goals made.")));
	ReleaseSysCache(tuple);

	tcs_goals_name(goals);
	if (to_read)
	{
		tcs_relation_check(oid, goals_column, lengthof(goals_column));
		check_measurement(goals);
	}
	return goals;
}
