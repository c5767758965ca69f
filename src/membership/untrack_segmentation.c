/*
 * untrack_segmentation.c
 *		untrack_segmentation.
 */
#include "membership/track.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_untrack_segmentation);

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
	segmentation = tcs_copy_find(PG_GETARG_OID(0));
	if (get_rel_name(oid) == NULL)
		tcs_relation_missing(oid, NULL);
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
				 errmsg("%s \"%s\" does not track \"%s\"",
						segmentation->kind, segmentation->name, get_rel_name(oid)),
				 errhint("Table %s lists the tables that are tracked.",
						 segmentation->part[TCS_PART_TRACKED])));

	values[0] = makeArrayResult(untracked, CurrentMemoryContext);
	tcs_owner_enter(&scope, segmentation->owner);
	SPI_connect();
	tcs_run_with(psprintf("DELETE FROM %s WHERE relation = ANY ($1)",
						  segmentation->part[TCS_PART_TRACKED]),
				 1, types, values, NULL, SPI_OK_DELETE);
	SPI_finish();
	tcs_owner_leave(&scope);
	PG_RETURN_INT32(dropped);
}
