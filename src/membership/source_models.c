/*
 * source_models.c
 *		What lies beneath the source of a segmentation: tables of models, whose
 *		change explains moves, and tables, whose changes are to be tracked.
 */
#include "membership/source_models.h"
#include "membership/segmentation.h"
#include "server/server.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "rewrite/rewriteSupport.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* What was found so far: each once, and what is to be looked at yet at the end. */
typedef struct Beneath
{
	List	   *relations;
	List	   *functions;
} Beneath;

/* Add the relations and functions that a rule or function is noted to read. */
static void
model_add_references(Beneath *beneath, Oid class, Oid object)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(class));
	ScanKeyInit(&key[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(object));
	scan = systable_beginscan(depend, DependDependerIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);

		if (form->refobjid < FirstNormalObjectId)
			continue;
		if (form->refclassid == RelationRelationId)
			beneath->relations = list_append_unique_oid(beneath->relations, form->refobjid);
		else if (form->refclassid == ProcedureRelationId)
			beneath->functions = list_append_unique_oid(beneath->functions, form->refobjid);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
}

/*
 * All relations beneath a source, which comes first; not what is beneath those views
 * that are not to be looked into.
 */
static List *
relations_beneath_but(Oid source, bool into_materialized, const List *closed)
{
	Beneath		beneath = {list_make1_oid(source), NIL};
	int			relation = 0;
	int			function = 0;

	while (relation < list_length(beneath.relations) ||
		   function < list_length(beneath.functions))
	{
		CHECK_FOR_INTERRUPTS();
		if (relation < list_length(beneath.relations))
		{
			Oid			oid = list_nth_oid(beneath.relations, relation++);
			char		kind = get_rel_relkind(oid);
			Oid			rule;

			if ((kind != RELKIND_VIEW && (kind != RELKIND_MATVIEW || !into_materialized)) ||
				list_member_oid(closed, oid))
				continue;
			rule = get_rewrite_oid(oid, ViewSelectRuleName, true);
			if (OidIsValid(rule))
				model_add_references(&beneath, RewriteRelationId, rule);
		}
		else
			model_add_references(&beneath, ProcedureRelationId,
								 list_nth_oid(beneath.functions, function++));
	}
	list_free(beneath.functions);
	return beneath.relations;
}

/* The view of which a kept table is a copy, by what its status depends on. */
static Oid
kept_source(Oid table)
{
	Oid			status = get_relname_relid(psprintf("%s_status", get_rel_name(table)),
										   get_rel_namespace(table));
	Relation	depend;
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			source = InvalidOid;

	if (!OidIsValid(status))
		return InvalidOid;
	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyInit(&key[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&key[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(status));
	scan = systable_beginscan(depend, DependDependerIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);

		if (form->refclassid == RelationRelationId && form->deptype == DEPENDENCY_NORMAL &&
			get_rel_relkind(form->refobjid) == RELKIND_VIEW)
			source = form->refobjid;
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return source;
}

/*
 * Where a copy is read beside that of which it is one, the copy tells what changes:
 * a metrics view that is kept reads both.
 */
static List *
relations_beneath(Oid source, bool into_materialized)
{
	List	   *relations = relations_beneath_but(source, into_materialized, NIL);
	List	   *closed = NIL;
	ListCell   *cell;

	foreach(cell, relations)
		if (tcs_is_kept(lfirst_oid(cell)))
		closed = list_append_unique_oid(closed, kept_source(lfirst_oid(cell)));
	if (closed == NIL)
		return relations;
	list_free(relations);
	return relations_beneath_but(source, into_materialized, closed);
}

/* Has it a column of that name and type that is never NULL? */
static bool
model_table_has_column(Oid relation, const char *name, Oid type)
{
	HeapTuple	tuple = SearchSysCacheAttName(relation, name);
	Form_pg_attribute form;
	bool		has;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_attribute) GETSTRUCT(tuple);
	has = form->atttypid == type && form->attnotnull;
	ReleaseSysCache(tuple);
	return has;
}

/*
 * The table of the models of a view, if it is a metrics view: named after it,
 * and read by it, or the view would not change with the models.
 */
static Oid
models_of_statement(Oid view, const List *relations)
{
	char	   *name = get_rel_name(view);
	Oid			table;

	if (name == NULL || get_rel_relkind(view) != RELKIND_VIEW)
		return InvalidOid;
	table = get_relname_relid(psprintf("%s_model", name), get_rel_namespace(view));
	if (!OidIsValid(table) || !list_member_oid(relations, table) ||
		!model_table_has_column(table, "id", INT8OID) ||
		!model_table_has_column(table, "fitted_at", TIMESTAMPTZOID))
		return InvalidOid;
	return table;
}

List *
tcs_source_models(Oid source, Oid owner)
{
	List	   *relations = relations_beneath(source, true);
	List	   *models = NIL;
	ListCell   *cell;

	foreach(cell, relations)
	{
		Oid			table = models_of_statement(lfirst_oid(cell), relations);

		if (!OidIsValid(table) ||
			pg_class_aclcheck(table, owner, ACL_SELECT) != ACLCHECK_OK ||
			!TCS_MAY_USE_SCHEMA(get_rel_namespace(table), owner))
			continue;
		LockRelationOid(table, AccessShareLock);
		/* as it was, when the lock was waited for */
		if (models_of_statement(lfirst_oid(cell), relations) == table)
			models = lappend_oid(models, table);
		else
			UnlockRelationOid(table, AccessShareLock);
	}
	list_free(relations);
	return models;
}

List *
tcs_source_tables(Oid source)
{
	List	   *relations = relations_beneath(source, false);
	List	   *tables = NIL;
	List	   *models = NIL;
	ListCell   *cell;

	foreach(cell, relations)
		models = lappend_oid(models, models_of_statement(lfirst_oid(cell), relations));
	foreach(cell, relations)
	{
		Oid			relation = lfirst_oid(cell);
		char		kind = get_rel_relkind(relation);

		if (relation >= FirstNormalObjectId && !list_member_oid(models, relation) &&
			(kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE ||
			 kind == RELKIND_FOREIGN_TABLE || kind == RELKIND_MATVIEW))
			tables = lappend_oid(tables, relation);
	}
	list_free(relations);
	list_free(models);
	return tables;
}

static bool
model_is_remote(Oid relation)
{
	return get_rel_relkind(relation) == RELKIND_FOREIGN_TABLE || tcs_is_distributed(relation);
}

bool
tcs_source_is_remote(Oid source)
{
	List	   *relations = relations_beneath(source, false);
	bool		is_remote = false;
	ListCell   *cell;
	ListCell   *child;

	foreach(cell, relations)
	{
		Oid			relation = lfirst_oid(cell);

		is_remote = is_remote || model_is_remote(relation);
		if (is_remote || relation < FirstNormalObjectId || !has_subclass(relation))
			continue;
		foreach(child, find_all_inheritors(relation, NoLock, NULL))
			is_remote = is_remote || model_is_remote(lfirst_oid(child));
	}
	list_free(relations);
	return is_remote;
}
