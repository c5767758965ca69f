/*
 * untrack_segmentation.c
 *		untrack_segmentation, and whose trigger is whose.
 */
#include "membership/membership.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(tcs_untrack_segmentation);

/* The function behind the triggers. */
static Oid
trigger_function(void)
{
	return LookupFuncName(list_make2(makeString("tcs"), makeString("track_changes")),
						  0, NULL, true);
}

/* Does the trigger report to that segmentation? */
static bool
reports_to(const Trigger *trigger, const TcsSegmentation *segmentation, Oid function)
{
	return trigger->tgfoid == function && trigger->tgnargs == TCS_TRACK_ARGUMENTS &&
		strcmp(trigger->tgargs[TCS_TRACK_SCHEMA], segmentation->schema) == 0 &&
		strcmp(trigger->tgargs[TCS_TRACK_NAME], segmentation->name) == 0;
}

/* Does it depend on the table, which may have another name by now? */
static bool
depends_on(Oid trigger, Oid table)
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

bool
tcs_track_allowed(const TcsSegmentation *segmentation, Oid trigger, Oid relation)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(relation)};
	bool		allowed;

	/* a dependency lasts as long as the trigger and the table do */
	static struct
	{
		Oid			trigger;
		Oid			table;
	}			known[16];
	int			place = trigger % lengthof(known);

	if (known[place].trigger == trigger && known[place].table == segmentation->oid)
		return true;
	if (depends_on(trigger, segmentation->oid))
	{
		known[place].trigger = trigger;
		known[place].table = segmentation->oid;
		return true;
	}
	/* not after a restore, which knows nothing of dependencies */
	SPI_connect();
	tcs_run_kept(psprintf("SELECT FROM %s WHERE $1::regclass = ANY (tracked)",
						  segmentation->part[TCS_PART_STATE]),
				 segmentation->oid, 1, types, values, SPI_OK_SELECT);
	allowed = SPI_processed > 0;
	SPI_finish();
	return allowed;
}

/* The triggers on a table, locked that way, that report to the segmentation. */
static List *
find_triggers(const TcsSegmentation *segmentation, Oid oid, LOCKMODE mode)
{
	Oid			function = trigger_function();
	Relation	relation = try_relation_open(oid, mode);
	List	   *triggers = NIL;

	if (relation == NULL)
		return NIL;
	for (int i = 0; relation->trigdesc != NULL && i < relation->trigdesc->numtriggers; i++)
	{
		Trigger    *trigger = &relation->trigdesc->triggers[i];

		if (trigger->tgfoid == function &&
			(reports_to(trigger, segmentation, function) ||
			 depends_on(trigger->tgoid, segmentation->oid)))
			triggers = lappend_oid(triggers, trigger->tgoid);
	}
	/* two that kept a weak lock for a strong one would wait for each other */
	relation_close(relation, mode == AccessShareLock ? mode : NoLock);
	return triggers;
}

static void
drop_trigger(Oid trigger)
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

	if (find_triggers(segmentation, oid, AccessShareLock) == NIL)
		return 0;
	triggers = find_triggers(segmentation, oid, AccessExclusiveLock);
	foreach(cell, triggers)
		drop_trigger(lfirst_oid(cell));
	return list_length(triggers);
}

void
tcs_track_drop_renamed(const TcsSegmentation *segmentation, Relation relation)
{
	Oid			function = trigger_function();
	List	   *triggers = NIL;
	ListCell   *cell;

	for (int i = 0; relation->trigdesc != NULL && i < relation->trigdesc->numtriggers; i++)
	{
		Trigger    *trigger = &relation->trigdesc->triggers[i];

		if (trigger->tgfoid == function && !reports_to(trigger, segmentation, function) &&
			depends_on(trigger->tgoid, segmentation->oid))
			triggers = lappend_oid(triggers, trigger->tgoid);
	}
	foreach(cell, triggers)
		drop_trigger(lfirst_oid(cell));
}

/* arguments: into, relation */
Datum
tcs_untrack_segmentation(PG_FUNCTION_ARGS)
{
	TcsSegmentation *segmentation;
	TcsOwnerScope scope;
	Oid			oid = PG_GETARG_OID(1);
	ArrayBuildState *untracked = NULL;
	Oid			types[] = {REGCLASSARRAYOID};
	Datum		values[1];
	int			dropped = 0;
	ListCell   *cell;

	PreventCommandIfReadOnly("tcs.untrack_segmentation()");
	segmentation = tcs_segmentation_find(PG_GETARG_OID(0));
	if (get_rel_name(oid) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", oid)));
	if (!TCS_OWNS_RELATION(oid, GetUserId()))
		tcs_segmentation_check_owner(segmentation);

	foreach(cell, find_all_inheritors(oid, NoLock, NULL))
	{
		dropped += tcs_track_drop(segmentation, lfirst_oid(cell)) > 0;
		untracked = accumArrayResult(untracked, ObjectIdGetDatum(lfirst_oid(cell)), false,
									 REGCLASSOID, CurrentMemoryContext);
	}
	if (dropped == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("segmentation \"%s\" does not track \"%s\"",
						segmentation->name, get_rel_name(oid)),
				 errhint("The column tracked of %s lists the tables that are tracked.",
						 segmentation->part[TCS_PART_STATE])));

	values[0] = makeArrayResult(untracked, CurrentMemoryContext);
	tcs_owner_enter(&scope, segmentation->owner);
	SPI_connect();
	tcs_run_with(psprintf("UPDATE %s SET tracked = ARRAY(\n"
						  "    SELECT t FROM unnest(tracked) AS t\n"
						  "    WHERE t <> ALL ($1) ORDER BY t)", segmentation->part[TCS_PART_STATE]),
				 1, types, values, NULL, SPI_OK_UPDATE);
	SPI_finish();
	tcs_owner_leave(&scope);
	PG_RETURN_INT32(dropped);
}
