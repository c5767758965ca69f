/*
 * track_triggers.c
 *		The triggers on tracked tables: made, told apart, dropped.
 */
#include "membership/track.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* One trigger an event: that is how the server gives them the rows. */
static const struct
{
	const char *name;
	const char *event;
	const char *rows;
}			event[] = {
	{"insert", "INSERT", "REFERENCING NEW TABLE AS " TCS_NEW_ROWS " "},
	{"update", "UPDATE", "REFERENCING OLD TABLE AS " TCS_OLD_ROWS " NEW TABLE AS " TCS_NEW_ROWS " "},
	{"delete", "DELETE", "REFERENCING OLD TABLE AS " TCS_OLD_ROWS " "},
	{"truncate", "TRUNCATE", ""},
};

/*
 * Whatever the table, the triggers of two segmentations come in one order, so
 * that statements that concern both lock their rows in that order.
 */
static char *
track_trigger_name(const TcsSegmentation *segmentation, const char *suffix)
{
	return psprintf("tcs_%08x_%s",
					hash_bytes((const unsigned char *) segmentation->into,
							   strlen(segmentation->into)), suffix);
}

Oid
tcs_track_function(void)
{
	return LookupFuncName(list_make2(makeString("tcs_internal"), makeString("track_changes")),
						  0, NULL, true);
}

/* The trigger that says what is to come, which only mode sync needs. */
static void
track_make_before(const TcsSegmentation *segmentation, Oid relation, const char *name,
				  const char *arguments, bool is_sync)
{
	ObjectAddress into = {RelationRelationId, segmentation->oid, 0};
	ObjectAddress address = {TriggerRelationId, InvalidOid, 0};
	char	   *trigger = track_trigger_name(segmentation, "before");

	if (is_sync)
		tcs_run(psprintf("CREATE OR REPLACE TRIGGER %s BEFORE INSERT OR UPDATE OR DELETE ON %s "
						 "FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.track_changes(%s)",
						 trigger, name, arguments),
				SPI_OK_UTILITY);
	CommandCounterIncrement();
	address.objectId = get_trigger_oid(relation, trigger, true);
	if (is_sync)
		recordDependencyOn(&address, &into, DEPENDENCY_AUTO);
	else if (OidIsValid(address.objectId))
		performDeletion(&address, DROP_RESTRICT, 0);
}

/*
 * The trigger that looks again before the transaction commits, which only mode
 * sync needs.  It is one for rows, the server has no other that waits, and not on
 * what segmentations themselves write: that is done in a restricted operation,
 * where nothing may be put off.
 */
static void
track_make_commit(const TcsSegmentation *segmentation, Relation relation, const char *name,
				  const char *arguments, bool is_sync)
{
	ObjectAddress into = {RelationRelationId, segmentation->oid, 0};
	ObjectAddress address = {TriggerRelationId, InvalidOid, 0};
	char	   *trigger = track_trigger_name(segmentation, "commit");

	address.objectId = get_trigger_oid(RelationGetRelid(relation), trigger, true);
	if (OidIsValid(address.objectId))
		performDeletion(&address, DROP_RESTRICT, 0);
	if (!is_sync || relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ||
		OidIsValid(tcs_segmentation_of(RelationGetRelid(relation))))
		return;
	CommandCounterIncrement();
	tcs_run(psprintf("CREATE CONSTRAINT TRIGGER %s AFTER INSERT OR UPDATE OR DELETE ON %s "
					 "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tcs_internal.track_changes(%s)",
					 trigger, name, arguments),
			SPI_OK_UTILITY);
	CommandCounterIncrement();
	address.objectId = get_trigger_oid(RelationGetRelid(relation), trigger, false);
	recordDependencyOn(&address, &into, DEPENDENCY_AUTO);
}

void
tcs_track_make(const TcsSegmentation *segmentation, Relation relation, const char *key,
			   const char *mode)
{
	ObjectAddress into = {RelationRelationId, segmentation->oid, 0};
	char	   *name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
												  RelationGetRelationName(relation));
	char	   *arguments = psprintf("%s, %s, %s, %s",
									 quote_literal_cstr(segmentation->schema),
									 quote_literal_cstr(segmentation->name),
									 quote_literal_cstr(key), quote_literal_cstr(mode));

	for (int i = 0; i < lengthof(event); i++)
	{
		char	   *trigger = track_trigger_name(segmentation, event[i].name);
		ObjectAddress address = {TriggerRelationId, InvalidOid, 0};

		tcs_run(psprintf("CREATE OR REPLACE TRIGGER %s AFTER %s ON %s %s"
						 "FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.track_changes(%s)",
						 trigger, event[i].event, name, event[i].rows, arguments),
				SPI_OK_UTILITY);
		CommandCounterIncrement();
		/* they go with the table that they report to */
		address.objectId = get_trigger_oid(RelationGetRelid(relation), trigger, false);
		recordDependencyOn(&address, &into, DEPENDENCY_AUTO);
	}
	track_make_before(segmentation, RelationGetRelid(relation), name, arguments,
					  strcmp(mode, "sync") == 0);
	track_make_commit(segmentation, relation, name, arguments, strcmp(mode, "sync") == 0);
}

/* Does the trigger report to that segmentation? */
static bool
track_reports_to(const Trigger *trigger, const TcsSegmentation *segmentation, Oid function)
{
	return trigger->tgfoid == function && trigger->tgnargs == TCS_TRACK_ARGUMENTS &&
		strcmp(trigger->tgargs[TCS_TRACK_SCHEMA], segmentation->schema) == 0 &&
		strcmp(trigger->tgargs[TCS_TRACK_NAME], segmentation->name) == 0;
}

/* Does it depend on the table, which may have another name by now? */
static bool
track_depends_on(Oid trigger, Oid table)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(TriggerRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(trigger));
	scan = systable_beginscan(depend, DependDependerIndexId, true, NULL, 2, keys);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);

		found = form->refclassid == RelationRelationId && form->refobjid == table &&
			form->refobjsubid == 0 && form->deptype == DEPENDENCY_AUTO;
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return found;
}

/*
 * Does the table of tracked ones have that relation?  Read by itself and not by
 * a statement, whose lock would last as long as the transaction: the trigger may
 * be of somebody who may not lock it.
 */
static bool
track_is_tracked(const TcsSegmentation *segmentation, Oid tracked)
{
	Oid			oid = get_relname_relid(psprintf("%s%s", segmentation->name,
												 tcs_part_suffix[TCS_PART_TRACKED]),
										segmentation->schema_oid);
	Relation	relation;
	AttrNumber	number;
	bool		found = false;

	if (!OidIsValid(oid) || tcs_relation_owner(oid) != segmentation->owner ||
		get_rel_relkind(oid) != RELKIND_RELATION)
		return false;
	relation = table_open(oid, AccessShareLock);
	number = get_attnum(oid, "relation");
	if (number > 0 && number <= RelationGetDescr(relation)->natts &&
		TupleDescAttr(RelationGetDescr(relation), number - 1)->atttypid == REGCLASSOID)
	{
		Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
		TableScanDesc scan = TCS_BEGIN_SCAN(relation, snapshot);
		TupleTableSlot *slot = table_slot_create(relation, NULL);

		while (!found && table_scan_getnextslot(scan, ForwardScanDirection, slot))
		{
			bool		isnull;
			Datum		value = slot_getattr(slot, number, &isnull);

			CHECK_FOR_INTERRUPTS();
			found = !isnull && DatumGetObjectId(value) == tracked;
		}
		ExecDropSingleTupleTableSlot(slot);
		table_endscan(scan);
		UnregisterSnapshot(snapshot);
	}
	table_close(relation, AccessShareLock);
	return found;
}

bool
tcs_track_allowed(const TcsSegmentation *segmentation, Oid trigger, Oid relation)
{
	/* a dependency lasts as long as the trigger and the table do */
	static struct
	{
		Oid			trigger;
		Oid			table;
	}			known[16];
	int			place = trigger % lengthof(known);

	if (known[place].trigger == trigger && known[place].table == segmentation->oid)
		return true;
	if (track_depends_on(trigger, segmentation->oid))
	{
		known[place].trigger = trigger;
		known[place].table = segmentation->oid;
		return true;
	}
	/* not after a restore, which knows nothing of dependencies */
	return track_is_tracked(segmentation, relation);
}

/* The triggers on a table, locked that way, that report to the segmentation. */
static List *
track_find_triggers(const TcsSegmentation *segmentation, Oid oid, LOCKMODE mode)
{
	Oid			function = tcs_track_function();
	Relation	relation = try_relation_open(oid, mode);
	List	   *triggers = NIL;

	if (relation == NULL)
		return NIL;
	for (int i = 0; relation->trigdesc != NULL && i < relation->trigdesc->numtriggers; i++)
	{
		Trigger    *trigger = &relation->trigdesc->triggers[i];

		if (trigger->tgfoid == function &&
			(track_reports_to(trigger, segmentation, function) ||
			 track_depends_on(trigger->tgoid, segmentation->oid)))
			triggers = lappend_oid(triggers, trigger->tgoid);
	}
	/* two that kept a weak lock for a strong one would wait for each other */
	relation_close(relation, mode == AccessShareLock ? mode : NoLock);
	return triggers;
}

static void
track_drop_trigger(Oid trigger)
{
	ObjectAddress address = {TriggerRelationId, trigger, 0};

	performDeletion(&address, DROP_RESTRICT, 0);
}

/*
 * The owner of a segmentation may name any table, here or in the state: one
 * without such a trigger is not locked against others.
 */
int
tcs_track_drop(const TcsSegmentation *segmentation, Oid oid)
{
	List	   *triggers;
	ListCell   *cell;

	if (track_find_triggers(segmentation, oid, AccessShareLock) == NIL)
		return 0;
	triggers = track_find_triggers(segmentation, oid, AccessExclusiveLock);
	foreach(cell, triggers)
		track_drop_trigger(lfirst_oid(cell));
	return list_length(triggers);
}

void
tcs_track_drop_renamed(const TcsSegmentation *segmentation, Relation relation)
{
	Oid			function = tcs_track_function();
	List	   *triggers = NIL;
	ListCell   *cell;

	for (int i = 0; relation->trigdesc != NULL && i < relation->trigdesc->numtriggers; i++)
	{
		Trigger    *trigger = &relation->trigdesc->triggers[i];

		if (trigger->tgfoid == function && !track_reports_to(trigger, segmentation, function) &&
			track_depends_on(trigger->tgoid, segmentation->oid))
			triggers = lappend_oid(triggers, trigger->tgoid);
	}
	foreach(cell, triggers)
		track_drop_trigger(lfirst_oid(cell));
}
