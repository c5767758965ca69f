/*
 * rule_set_in_use.c
 *		Rule sets that segmentations use are not deleted from under them.
 *
 * There is no list of segmentations that could be wrong: their states are found
 * by name and columns.  Each is read as its owner, one row of a plain table, so
 * that nobody's code runs with the rights of whoever deletes; one that is locked
 * against reading is passed over.
 */
#include "server/server.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(tcs_rule_set_in_use);

/* that are named in an error */
#define MAX_NAMED 10

/* The tables that look like states. */
static List *
find_states(void)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *states = NIL;

	SPI_connect();
	tcs_run("SELECT c.oid FROM pg_catalog.pg_class AS c\n"
			"WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND pg_catalog.right(c.relname::pg_catalog.text, 6) OPERATOR(pg_catalog.=) '_state'\n"
			"    AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute AS a\n"
			"        WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND (a.attname::pg_catalog.text, a.atttypid::pg_catalog.regtype::pg_catalog.oid) IN\n"
			"            (('rule_set', 25::pg_catalog.oid), ('key_column', 19::pg_catalog.oid), ('source', 2205::pg_catalog.oid))) OPERATOR(pg_catalog.=) 3\n"
			"ORDER BY c.oid", SPI_OK_SELECT);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		states = lappend_oid(states, DatumGetObjectId(tcs_result_value(row, 1, OIDOID)));
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return states;
}

/* Is it one that says that name?  Holds no lock afterwards. */
static bool
state_uses(Oid state, Datum name)
{
	TcsOwnerScope scope;
	Oid			types[] = {TEXTOID};
	Oid			owner;
	bool		uses = false;

	if (!ConditionalLockRelationOid(state, AccessShareLock))
		return false;
	owner = tcs_relation_owner(state);
	if (OidIsValid(owner) && get_rel_relkind(state) == RELKIND_RELATION &&
		get_atttype(state, get_attnum(state, "rule_set")) == TEXTOID)
	{
		tcs_owner_enter_briefly(&scope, owner);
		SPI_connect();
		tcs_run_with(psprintf("SELECT FROM ONLY %s WHERE rule_set = $1 LIMIT 1",
							  quote_qualified_identifier(get_namespace_name(get_rel_namespace(state)),
														 get_rel_name(state))),
					 1, types, &name, NULL, SPI_OK_SELECT);
		uses = SPI_processed > 0;
		SPI_finish();
		tcs_owner_leave(&scope);
	}
	UnlockRelationOid(state, AccessShareLock);
	return uses;
}

/* The name of the segmentation of a state, as it is written; NULL: it has none. */
static char *
segmentation_name(Oid state)
{
	char	   *name = get_rel_name(state);
	char	   *into = pnstrdup(name, strlen(name) - strlen("_state"));
	Oid			schema = get_rel_namespace(state);

	if (!OidIsValid(get_relname_relid(into, schema)))
		return NULL;
	return quote_qualified_identifier(get_namespace_name(schema), into);
}

static void
refuse_if_used(Datum name)
{
	StringInfoData users;
	int			count = 0;
	char	   *one = NULL;
	ListCell   *cell;

	initStringInfo(&users);
	foreach(cell, find_states())
	{
		char	   *user;

		CHECK_FOR_INTERRUPTS();
		if (!state_uses(lfirst_oid(cell), name))
			continue;
		user = segmentation_name(lfirst_oid(cell));
		if (user == NULL)
			continue;
		if (count++ < MAX_NAMED)
			appendStringInfo(&users, "%s%s", count > 1 ? ", " : "", user);
		one = one ? one : user;
	}
	if (count > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("rule set \"%s\" is used by a segmentation", TextDatumGetCString(name)),
				 errdetail("Those that use it: %s%s.", users.data,
						   count > MAX_NAMED ? " and others" : ""),
				 errhint("Drop it first with SELECT tcs.drop_segmentation(%s), or give it another rule set in its table of the state.",
						 quote_literal_cstr(one))));
}

Datum
tcs_rule_set_in_use(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	columns;
	int			number;
	bool		isnull;
	Datum		name;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) || TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called as a trigger of tcs.rule_set")));
	columns = RelationGetDescr(trigger->tg_relation);
	number = SPI_fnumber(columns, "name");
	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called as a trigger of tcs.rule_set")));
	name = tcs_row_value(trigger->tg_trigtuple, columns, number, TEXTOID, &isnull);
	if (isnull)
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		Datum		now = tcs_row_value(trigger->tg_newtuple, columns, number, TEXTOID, &isnull);

		if (!isnull && strcmp(TextDatumGetCString(name), TextDatumGetCString(now)) == 0)
			return PointerGetDatum(NULL);
	}
	refuse_if_used(name);
	return PointerGetDatum(NULL);
}
