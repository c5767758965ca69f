/*
 * goals.c
 *		The relations of a set of goals: named and found.
 */
#include "goals/goals.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static char *
part(const TcsGoals *goals, const char *suffix)
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
	goals->measurement = part(goals, TCS_GOALS_MEASUREMENT);
	goals->progress = part(goals, TCS_GOALS_PROGRESS);
}

/* Has it the columns that create_goals made? */
static bool
has_columns(Oid oid, const char *const *column, int count)
{
	for (int i = 0; i < count; i++)
		if (get_attnum(oid, column[i]) <= 0)
			return false;
	return true;
}

static void
check_columns(Oid oid, const char *const *column, int count, const char *name, const char *what)
{
	if (!has_columns(oid, column, count))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" does not %s", name, what),
				 errdetail("It lacks columns that tcs.create_goals made."),
				 errhint("Undo what was renamed or replaced.")));
}

static void
check_measurement(const TcsGoals *goals)
{
	static const char *const column[] = {"id", "goal", "day", "value", "recorded_at"};
	char	   *name = psprintf("%s%s", goals->table.name, TCS_GOALS_MEASUREMENT);
	Oid			oid = get_relname_relid(name, goals->table.schema_oid);

	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("goals \"%s\" have no table \"%s\" in their schema \"%s\"",
						goals->table.name, name, goals->table.schema),
				 errhint("Rename or move the relations of a set of goals together.")));
	check_columns(oid, column, lengthof(column), name, "hold measurements of goals");
}

void
tcs_goals_check_parts(const TcsGoals *goals)
{
	static const char *const column[] = {"place", "depth", "name", "progress", "status"};
	char	   *view = psprintf("%s%s", goals->table.name, TCS_GOALS_PROGRESS);
	Oid			view_oid = get_relname_relid(view, goals->table.schema_oid);

	if (OidIsValid(get_relname_relid(psprintf("%s%s", goals->table.name, TCS_GOALS_MEASUREMENT),
									 goals->table.schema_oid)))
		check_measurement(goals);
	if (OidIsValid(view_oid))
		check_columns(view_oid, column, lengthof(column), view, "show the progress of goals");
}

TcsGoals *
tcs_goals_find(Oid oid, bool with_measurements)
{
	static const char *const column[] = {
		"name", "owner", "parent", "metric", "unit", "direction",
		"baseline", "target", "starts", "due", "weight"
	};
	TcsGoals   *goals = palloc0(sizeof(TcsGoals));
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
	Form_pg_class form;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", oid)));
	form = (Form_pg_class) GETSTRUCT(tuple);
	goals->oid = oid;
	goals->table.schema_oid = form->relnamespace;
	goals->table.schema = get_namespace_name(form->relnamespace);
	goals->table.name = pstrdup(NameStr(form->relname));
	if (form->relkind != RELKIND_RELATION ||
		form->relpersistence == RELPERSISTENCE_TEMP ||
		!has_columns(oid, column, lengthof(column)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table of goals", goals->table.name),
				 errhint("Give the name of a table that tcs.create_goals made.")));
	ReleaseSysCache(tuple);

	tcs_goals_name(goals);
	if (with_measurements)
		check_measurement(goals);
	return goals;
}
