/*
 * peek.c
 *		Reading a table of somebody's that could be made to harm who reads it.
 */
#include "server/peek.h"

#include "access/relation.h"
#include "access/tableam.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#define MOST_COLUMNS 32

static void
peek_check(Relation relation)
{
	Oid			oid = RelationGetRelid(relation);

	if (relation->rd_rel->relkind != RELKIND_RELATION)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a plain table", RelationGetRelationName(relation))));
	if (pg_class_aclcheck(oid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, RelationGetRelationName(relation));
	if (check_enable_rls(oid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row security is on for table \"%s\"", RelationGetRelationName(relation)),
				 errhint("Who owns the table, or goes past row security, sees what it says.")));
}

void
tcs_peek(Oid oid, const TcsColumn *columns, int count, TcsPeekRow row, void *arg)
{
	Relation	relation = try_relation_open(oid, AccessShareLock);
	AttrNumber	number[MOST_COLUMNS];
	Datum		values[MOST_COLUMNS];
	bool		nulls[MOST_COLUMNS];
	TupleTableSlot *slot;
	TableScanDesc scan;

	Assert(count <= MOST_COLUMNS);
	if (relation == NULL)
		tcs_relation_missing(oid, NULL);
	peek_check(relation);
	tcs_relation_check(oid, columns, count);
	for (int i = 0; i < count; i++)
		number[i] = get_attnum(oid, columns[i].name);

	slot = table_slot_create(relation, NULL);
	scan = TCS_BEGIN_SCAN(relation, GetActiveSnapshot());
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < count; i++)
			values[i] = slot_getattr(slot, number[i], &nulls[i]);
		row(values, nulls, arg);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	relation_close(relation, NoLock);
}

bool
tcs_peek_try(void (*function) (void *), void *arg, int milliseconds, ErrorData **error)
{
	int			nest_level = NewGUCNestLevel();
	bool		fine;

	tcs_pin_setting("lock_timeout", psprintf("%d", milliseconds));
	fine = tcs_try(function, arg, true, error);
	AtEOXact_GUC(false, nest_level);
	return fine;
}
