/*
 * stored_tables.c
 *		The triggers that all tables of sets have.
 */
#include "expressions/condition.h"
#include "expressions/stored_sets.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#define RESERVED "tcs."

PG_FUNCTION_INFO_V1(tcs_stored_before);
PG_FUNCTION_INFO_V1(tcs_stored_after);

/* may the current user say who made a change, as a restored dump does? */
static bool
stored_may_backdate(Relation table)
{
	return superuser() || table->rd_rel->relowner == GetUserId();
}

/* Only the extension's script writes rows whose names begin as its own do. */
static void
stored_check_reserved(const TcsStoredSets *stored, HeapTuple tuple, TupleDesc desc, bool is_new)
{
	char	   *name = tcs_stored_text(tuple, 1, desc);

	if (creating_extension || name == NULL ||
		strncmp(name, RESERVED, strlen(RESERVED)) != 0)
		return;
	if (is_new)
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("%s \"%s\" has a reserved name", stored->noun, name),
				 errhint("Names that begin with \"tcs.\" are the extension's own.")));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("%s \"%s\" is part of the extension and cannot be changed",
					stored->noun, name),
			 errhint("%s", stored->change_hint)));
}

static void
stored_check_names(HeapTuple tuple, TupleDesc desc, const int columns[2])
{
	for (int i = 0; i < 2 && columns[i] > 0; i++)
		tcs_check_name(NameStr(TupleDescAttr(desc, columns[i] - 1)->attname),
					   tcs_stored_text(tuple, columns[i], desc));
}

/*
 * Before a row is written: check the form of what is in it, and note who
 * writes it.  For a row that is restored no catalog is looked at, so that a
 * restore cannot fail here.
 */
Datum
tcs_stored_before(PG_FUNCTION_ARGS)
{
	Oid			role;
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation	table;
	TupleDesc	desc;
	TcsStoredSets *stored;
	HeapTuple	tuple;
	bool		is_member;
	int			columns[2];
	Datum		values[2];
	bool		nulls[2] = {false, false};
	bool		isnull;
	bool		is_restored = false;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called as a trigger")));
	table = trigger->tg_relation;
	desc = RelationGetDescr(table);
	stored = tcs_stored_of_table(RelationGetRelid(table));
	/* a row of any other table would be taken for what it is not */
	if (stored == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("\"%s\" is not a table of rules, scorecards or traits", RelationGetRelationName(table))));
	is_member = RelationGetRelid(table) == stored->members_oid;

	/* what the extension ships stays, and nothing is passed off as such */
	stored_check_reserved(stored, trigger->tg_trigtuple, desc,
						  TRIGGER_FIRED_BY_INSERT(trigger->tg_event));
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return PointerGetDatum(trigger->tg_trigtuple);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		stored_check_reserved(stored, trigger->tg_newtuple, desc, true);

	tuple = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
		trigger->tg_newtuple : trigger->tg_trigtuple;
	columns[0] = is_member ? stored->members_changed_by : stored->sets_changed_by;
	columns[1] = columns[0] + 1;
	/* both are of the types that are put there */
	(void) tcs_row_value(tuple, desc, columns[1], TIMESTAMPTZOID, &isnull);
	(void) tcs_row_value(tuple, desc, columns[0], TEXTOID, &isnull);
	is_restored = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) && stored_may_backdate(table) && !isnull;

	stored_check_names(tuple, desc, is_member ? stored->members_names : stored->sets_names);
	if (is_member)
	{
		TcsSource	source = {NULL, stored->kind};

		if (stored->source > 0)
			source.string = tcs_stored_text(tuple, stored->source, desc);
		if (source.string != NULL)
			tcs_condition_parse_check(&source, is_restored);
		if (stored->check != NULL)
			stored->check(tuple, desc, is_restored);
	}
	if (is_restored)
		return PointerGetDatum(tuple);

	/* a cascade runs as the owner of the table: not the one who asked for it */
	role = InLocalUserIdChange() ? GetOuterUserId() : GetUserId();
	values[0] = CStringGetTextDatum(GetUserNameFromId(role, false));
	values[1] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	return PointerGetDatum(heap_modify_tuple_by_cols(tuple, desc, 2, columns,
													 values, nulls));
}

/*
 * Does the set of a member exist, and stay?  Asked as the foreign key would ask,
 * whose own check is disabled: a parallel restore may bring the members first,
 * as pg_dump keeps no order between the rows of an extension's tables.
 */
static void
stored_check_set(const TcsStoredSets *stored, Relation table, const char *name)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(name);
	TcsOwnerScope scope;
	bool		found;

	tcs_owner_enter_briefly(&scope, table->rd_rel->relowner);
	SPI_connect();
	tcs_run_with(psprintf("SELECT FROM ONLY tcs.%s AS s WHERE s.name OPERATOR(pg_catalog.=) $1 FOR KEY SHARE OF s",
						  stored->sets),
				 1, &type, &value, NULL, SPI_OK_SELECT);
	found = SPI_processed > 0;
	SPI_finish();
	tcs_owner_leave(&scope);
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("insert or update on table \"%s\" violates foreign key constraint \"%s\"",
						stored->members, stored->foreign_key),
				 errdetail("Key (%s)=(%s) is not present in table \"%s\".",
						   stored->sets, name, stored->sets),
				 errtableconstraint(table, stored->foreign_key)));
}

/*
 * The sets that were checked after one command, so that it is done once for all
 * the rows that it wrote.  After a rollback another subtransaction is current.
 */
static struct
{
	MemoryContext context;
	SubTransactionId subtransaction;
	CommandId	command;
	const TcsStoredSets *stored;
	List	   *names;
}			checked;

static void
stored_forget_checked(void *unused)
{
	checked.context = NULL;
	checked.names = NIL;
}

static bool
stored_is_checked(const TcsStoredSets *stored, const char *name)
{
	MemoryContextCallback *callback;
	ListCell   *cell;

	if (checked.context != NULL && checked.stored == stored &&
		checked.subtransaction == GetCurrentSubTransactionId() &&
		checked.command == GetCurrentCommandId(false))
	{
		foreach(cell, checked.names)
			if (strcmp(lfirst(cell), name) == 0)
			return true;
		return false;
	}
	if (checked.context != NULL)
		MemoryContextDelete(checked.context);
	checked.context = AllocSetContextCreate(TopTransactionContext, "tcs sets checked",
											ALLOCSET_SMALL_SIZES);
	callback = MemoryContextAlloc(checked.context, sizeof(MemoryContextCallback));
	callback->func = stored_forget_checked;
	callback->arg = NULL;
	MemoryContextRegisterResetCallback(checked.context, callback);
	checked.subtransaction = GetCurrentSubTransactionId();
	checked.stored = stored;
	return false;
}

/* the check itself has counted the command on */
static void
stored_note_checked(const char *name)
{
	MemoryContext old = MemoryContextSwitchTo(checked.context);

	checked.command = GetCurrentCommandId(false);
	checked.names = lappend(checked.names, pstrdup(name));
	MemoryContextSwitchTo(old);
}

/* a row of the members was written: has it a set? */
static void
stored_check_member(const TriggerData *trigger)
{
	Relation	table = trigger->tg_relation;
	TupleDesc	desc = RelationGetDescr(table);
	bool		is_update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	HeapTuple	tuple = is_update ? trigger->tg_newtuple : trigger->tg_trigtuple;
	TcsStoredSets *stored = tcs_stored_of_table(RelationGetRelid(table));
	const char *name;
	const char *before;
	bool		isnull;
	Datum		changed_at;

	if (stored == NULL || RelationGetRelid(table) != stored->members_oid ||
		SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
		return;
	/* as a foreign key, of which NULL is no part */
	name = tcs_stored_text(tuple, 1, desc);
	before = is_update ? tcs_stored_text(trigger->tg_trigtuple, 1, desc) : NULL;
	if (name == NULL || (before != NULL && strcmp(name, before) == 0))
		return;
	/* a restored row says itself when it was written */
	changed_at = tcs_row_value(tuple, desc, stored->members_changed_by + 1, TIMESTAMPTZOID, &isnull);
	if (!is_update && stored_may_backdate(table) && !isnull &&
		DatumGetTimestampTz(changed_at) != GetCurrentTransactionStartTimestamp())
		return;
	if (stored_is_checked(stored, name))
		return;
	stored_check_set(stored, table, name);
	tcs_check_count(stored, name, tcs_stored_count(stored, name, stored->most + 1));
	stored_note_checked(name);
}

/*
 * After a change: plans that were made with the set are no longer valid, and a
 * member has to have its set.
 */
Datum
tcs_stored_after(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called as a trigger")));
	CacheInvalidateRelcache(trigger->tg_relation);
	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event) &&
		!TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		stored_check_member(trigger);
	return PointerGetDatum(NULL);
}
