/*
 * drop_segmentation.c
 *		drop_segmentation: all that create_segmentation and track_segmentation
 *		made, as far as it is still there.
 */
#include "membership/membership.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_drop_segmentation);

/* The tables with triggers that depend on the segmentation's. */
static List *
tables_of_triggers(const TcsSegmentation *segmentation)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *tables = NIL;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(segmentation->oid));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);
		ScanKeyData key;
		SysScanDesc one;
		HeapTuple	trigger;

		if (form->classid != TriggerRelationId)
			continue;
		ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(form->objid));
		one = systable_beginscan(triggers, TriggerOidIndexId, true, NULL, 1, &key);
		if (HeapTupleIsValid(trigger = systable_getnext(one)))
			tables = list_append_unique_oid(tables,
											((Form_pg_trigger) GETSTRUCT(trigger))->tgrelid);
		systable_endscan(one);
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	table_close(depend, AccessShareLock);
	return tables;
}

/* Those that the table of tracked ones names, if it is there: after a restore, say. */
static List *
tables_of_tracked(const TcsSegmentation *segmentation)
{
	MemoryContext context = CurrentMemoryContext;
	const TcsColumn columns[] = {{"relation", REGCLASSOID}};
	Oid			tracked = get_relname_relid(psprintf("%s%s", segmentation->name,
													 tcs_part_suffix[TCS_PART_TRACKED]),
											segmentation->schema_oid);
	List	   *tables = NIL;

	if (!OidIsValid(tracked) || get_attnum(tracked, "relation") <= 0 ||
		get_atttype(tracked, get_attnum(tracked, "relation")) != REGCLASSOID ||
		tcs_relation_owner(tracked) != segmentation->owner)
		return NIL;
	tcs_relation_check(tracked, columns, lengthof(columns));
	SPI_connect();
	tcs_run(psprintf("SELECT relation::oid FROM %s WHERE relation IS NOT NULL",
					 segmentation->part[TCS_PART_TRACKED]), SPI_OK_SELECT);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		tables = lappend_oid(tables, DatumGetObjectId(tcs_result_value(i, 1, OIDOID)));
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return tables;
}

/* argument: into */
Datum
tcs_drop_segmentation(PG_FUNCTION_ARGS)
{
	TcsSegmentation *segmentation;
	TcsOwnerScope scope;
	List	   *tables;
	ListCell   *cell;

	PreventCommandIfReadOnly("tcs.drop_segmentation()");
	segmentation = tcs_segmentation_find(PG_GETARG_OID(0));
	tcs_segmentation_check_owner(segmentation);
	tcs_owner_enter(&scope, segmentation->owner);
	tables = list_concat_unique_oid(tables_of_triggers(segmentation),
									tables_of_tracked(segmentation));
	tcs_owner_leave(&scope);
	foreach(cell, tables)
	{
		CHECK_FOR_INTERRUPTS();
		(void) tcs_track_drop(segmentation, lfirst_oid(cell));
	}

	SPI_connect();
	for (int i = TCS_TABLES; i < TCS_PARTS; i++)
		tcs_run(psprintf("DROP VIEW IF EXISTS %s", segmentation->part[i]), SPI_OK_UTILITY);
	for (int i = 0; i < TCS_TABLES; i++)
		tcs_run(psprintf("DROP TABLE IF EXISTS %s", segmentation->part[i]), SPI_OK_UTILITY);
	tcs_run(psprintf("DROP TABLE %s", segmentation->into), SPI_OK_UTILITY);
	SPI_finish();
	PG_RETURN_VOID();
}
