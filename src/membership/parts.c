/*
 * parts.c
 *		What a segmentation consists of, as the server's dependencies know it.
 */
#include "membership/parts.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

/* Of one relation on others: is there that one, and which others of that kind? */
static bool
part_depends_on_relation(Oid relation, Oid other, char kind, List **others)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[3];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relation));
	ScanKeyInit(&keys[2], Anum_pg_depend_objsubid, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(0));
	scan = systable_beginscan(depend, DependDependerIndexId, true, NULL, 3, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);

		if (form->refclassid != RelationRelationId || form->deptype != kind)
			continue;
		if (form->refobjid == other)
			found = true;
		else if (others != NULL)
			*others = list_append_unique_oid(*others, form->refobjid);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return found;
}

/* Views are not looked at when a segmentation is opened; nor is another's taken. */
static Oid
part_oid(const TcsSegmentation *segmentation, int part)
{
	Oid			oid = get_relname_relid(psprintf("%s%s", segmentation->name,
												 tcs_part_suffix[part]),
										segmentation->schema_oid);
	char		kind = OidIsValid(oid) ? get_rel_relkind(oid) : 0;

	if (kind != (part < TCS_TABLES ? RELKIND_RELATION : RELKIND_VIEW) ||
		tcs_relation_owner(oid) != segmentation->owner)
		return InvalidOid;
	return oid;
}

static void
part_depend(Oid relation, Oid other, DependencyType kind)
{
	ObjectAddress depender = {RelationRelationId, relation, 0};
	ObjectAddress referenced = {RelationRelationId, other, 0};

	recordDependencyOn(&depender, &referenced, kind);
}

/* The status can do without the table, and not without the source. */
static void
parts_bind_status(const TcsSegmentation *segmentation, Oid status)
{
	Oid			source = segmentation->source_oid;
	List	   *others = NIL;
	ListCell   *cell;

	if (!OidIsValid(source))
		return;
	LockRelationOid(source, AccessShareLock);
	if (get_rel_name(source) == NULL)
		return;
	if (!part_depends_on_relation(status, source, DEPENDENCY_NORMAL, &others))
		part_depend(status, source, DEPENDENCY_NORMAL);
	/* that it had before somebody changed the state */
	foreach(cell, others)
		deleteDependencyRecordsForSpecific(RelationRelationId, status, DEPENDENCY_NORMAL,
										   RelationRelationId, lfirst_oid(cell));
}

static void
parts_bind(const TcsSegmentation *segmentation)
{
	for (int i = 0; i < TCS_PARTS; i++)
	{
		char		kind = i < TCS_TABLES ? DEPENDENCY_INTERNAL : DEPENDENCY_AUTO;
		Oid			part = tcs_segmentation_has(segmentation, i) ? part_oid(segmentation, i) : InvalidOid;

		if (!OidIsValid(part))
			continue;
		LockRelationOid(part, AccessShareLock);
		if (get_rel_name(part) != NULL &&
			!part_depends_on_relation(part, segmentation->oid, kind, NULL))
			part_depend(part, segmentation->oid, kind);
		if (i == TCS_PART_STATUS)
			parts_bind_status(segmentation, part);
	}
	CommandCounterIncrement();
}

void
tcs_parts_bind(const TcsSegmentation *segmentation)
{
	Oid			status = part_oid(segmentation, TCS_PART_STATUS);

	if (part_depends_on_relation(segmentation->part_oid[TCS_PART_STATE], segmentation->oid,
								 DEPENDENCY_INTERNAL, NULL) &&
		(!OidIsValid(status) ||
		 part_depends_on_relation(status, segmentation->source_oid, DEPENDENCY_NORMAL, NULL)))
		return;
	parts_bind(segmentation);
}

void
tcs_parts_bind_to_drop(const TcsSegmentation *segmentation)
{
	parts_bind(segmentation);
}
