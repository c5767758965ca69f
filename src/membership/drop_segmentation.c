/*
 * drop_segmentation.c
 *		drop_segmentation: all that create_segmentation and track_segmentation
 *		made, as far as it is still there.
 */
#include "membership/parts.h"
#include "membership/track.h"
#include "server/view.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(tcs_drop_segmentation);
PG_FUNCTION_INFO_V1(tcs_drop_segmentation_named);

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

/* The tables of which a trigger says that it reports there, by name. */
static List *
tables_that_report(void)
{
	Oid			function = tcs_track_function();
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(triggers, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;
	List	   *tables = NIL;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);

		if (form->tgfoid == function)
			tables = list_append_unique_oid(tables, form->tgrelid);
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return tables;
}

static void
drop_triggers(const TcsSegmentation *segmentation, List *tables)
{
	ListCell   *cell;

	foreach(cell, tables)
	{
		CHECK_FOR_INTERRUPTS();
		(void) tcs_track_drop(segmentation, lfirst_oid(cell));
	}
}

/* With the table goes what is part of it. */
static void
drop_whole(Oid oid)
{
	TcsSegmentation *segmentation = tcs_copy_find(oid);
	TcsOwnerScope scope;
	List	   *tables;

	tcs_segmentation_check_owner(segmentation);
	tcs_owner_enter(&scope, segmentation->owner);
	tables = list_concat_unique_oid(tables_of_triggers(segmentation),
									tables_of_tracked(segmentation));
	tcs_owner_leave(&scope);
	drop_triggers(segmentation, tables);
	tcs_parts_bind_to_drop(segmentation);
	SPI_connect();
	tcs_run(psprintf("DROP TABLE %s", segmentation->into), SPI_OK_UTILITY);
	SPI_finish();
}

/* argument: into */
Datum
tcs_drop_segmentation(PG_FUNCTION_ARGS)
{
	PreventCommandIfReadOnly("tcs.drop_segmentation()");
	drop_whole(PG_GETARG_OID(0));
	PG_RETURN_VOID();
}

/* Columns by which a part is told from somebody's table of the same name. */
static const char *const part_column[TCS_PARTS][3] = {
	[TCS_PART_MOVES] = {"from_segment", "to_segment", "moved_at"},
	[TCS_PART_STATE] = {"key_column", "source", "last_process"},
	[TCS_PART_QUEUE] = {"key", "queued_at", "via"},
	[TCS_PART_TRACKED] = {"relation", "through", "through_columns"},
	[TCS_PART_PINS] = {"segment", "barred", "until"},
	[TCS_PART_HISTORY] = {"valid_from", "valid_to", "ended_by"},
	[TCS_PART_MONTHLY] = {"month", "from_segment", "change"},
	[TCS_PART_STATUS] = {"key_column", "queue_length", "full_refresh_due"},
};

/* Is that part left, in that schema? */
static bool
has_part(const char *name, Oid schema, int part)
{
	Oid			oid = get_relname_relid(psprintf("%s%s", name, tcs_part_suffix[part]), schema);

	if (!OidIsValid(oid) ||
		get_rel_relkind(oid) != (part < TCS_TABLES ? RELKIND_RELATION : RELKIND_VIEW))
		return false;
	for (int i = 0; i < lengthof(part_column[part]); i++)
		if (get_attnum(oid, part_column[part][i]) <= 0)
			return false;
	return true;
}

/* The schema where anything of it is left; InvalidOid: nothing is. */
static Oid
find_ruin(const RangeVar *name)
{
	List	   *path = name->schemaname ?
	list_make1_oid(LookupExplicitNamespace(name->schemaname, false)) :
	fetch_search_path(false);
	ListCell   *cell;

	foreach(cell, path)
		for (int i = 0; i < TCS_PARTS; i++)
		if (has_part(name->relname, lfirst_oid(cell), i))
			return lfirst_oid(cell);
	return InvalidOid;
}

/* The table is gone, the rest is not.  Whoever owns the rest may drop it. */
static void
drop_ruin(const RangeVar *name)
{
	TcsSegmentation ruin = {.kind = "segmentation"};
	int			nest_level;

	ruin.schema_oid = find_ruin(name);
	if (!OidIsValid(ruin.schema_oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("segmentation \"%s\" does not exist", name->relname)));
	ruin.schema = get_namespace_name(ruin.schema_oid);
	ruin.name = name->relname;
	tcs_segmentation_name(&ruin);

	nest_level = tcs_view_begin();
	for (int i = TCS_PARTS - 1; i >= 0; i--)
		if (has_part(ruin.name, ruin.schema_oid, i))
			tcs_run(psprintf("DROP %s %s", i < TCS_TABLES ? "TABLE" : "VIEW", ruin.part[i]),
					SPI_OK_UTILITY);
	tcs_view_end(nest_level);
	drop_triggers(&ruin, tables_that_report());
}

/* argument: into, by name */
Datum
tcs_drop_segmentation_named(PG_FUNCTION_ARGS)
{
	RangeVar   *name = makeRangeVarFromNameList(textToQualifiedNameList(PG_GETARG_TEXT_PP(0)));
	Oid			oid = RangeVarGetRelid(name, NoLock, true);

	PreventCommandIfReadOnly("tcs.drop_segmentation()");
	if (OidIsValid(oid))
		drop_whole(oid);
	else
		drop_ruin(name);
	PG_RETURN_VOID();
}
