/*
 * relation.c
 *		Relations that belong to a user, who may alter them.
 */
#include "server/server.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static char *
relation_quoted(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

/* One column; the name of its relation is for errors. */
static void
relation_check_column(Oid relation, const char *name, const TcsColumn *column)
{
	HeapTuple	tuple = SearchSysCacheAttName(relation, column->name);
	Form_pg_attribute form;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of \"%s\" does not exist", column->name, name),
				 errhint("Undo what was renamed or dropped, or drop what was made and make it anew.")));
	form = (Form_pg_attribute) GETSTRUCT(tuple);
	if (form->atttypid != column->type || form->atttypmod != -1)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of \"%s\" is of type %s, must be %s",
						column->name, name,
						format_type_with_typemod(form->atttypid, form->atttypmod),
						format_type_be(column->type)),
				 errhint("Give it the type that it was made with: ALTER TABLE %s ALTER COLUMN %s TYPE %s.",
						 relation_quoted(relation), quote_identifier(column->name),
						 format_type_be(column->type))));
	if (column->not_null && !form->attnotnull)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("column \"%s\" of \"%s\" may be null, and must not", column->name, name),
				 errhint("Give it the constraint that it was made with: ALTER TABLE %s ALTER COLUMN %s SET NOT NULL.",
						 relation_quoted(relation), quote_identifier(column->name))));
	ReleaseSysCache(tuple);
}

void
tcs_relation_missing(Oid relation, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("relation with OID %u does not exist", relation),
			 hint ? errhint("%s", hint) : 0));
}

void
tcs_relation_check(Oid relation, const TcsColumn *columns, int count)
{
	char	   *name;

	LockRelationOid(relation, AccessShareLock);
	name = get_rel_name(relation);
	if (name == NULL)
		tcs_relation_missing(relation, NULL);
	for (int i = 0; i < count; i++)
		relation_check_column(relation, name, &columns[i]);
	pfree(name);
}

bool
tcs_type_is_trusted(Oid type)
{
	Oid			base = getBaseType(type);
	HeapTuple	tuple;
	Form_pg_type form;
	bool		trusted;

	if (type < FirstNormalObjectId)
		return true;
	/* a domain's checks are functions of whoever made it */
	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_type) GETSTRUCT(tuple);
	trusted = form->typowner == GetUserId() || superuser_arg(form->typowner) ||
	/* nothing but the server's own code is behind an enum */
		form->typtype == TYPTYPE_ENUM;
	ReleaseSysCache(tuple);
	return trusted && (base == type || tcs_type_is_trusted(base));
}

Oid
tcs_relation_owner(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* Citus lists its tables in a catalog of its own, if it is there. */
bool
tcs_is_distributed(Oid oid)
{
	Oid			catalog = get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE);
	AttrNumber	column = OidIsValid(catalog) ? get_attnum(catalog, "logicalrelid") : InvalidAttrNumber;
	Relation	relation;
	SysScanDesc scan;
	ScanKeyData key;
	bool		found;

	if (column <= 0 || get_atttype(catalog, column) != REGCLASSOID || get_rel_relkind(catalog) != RELKIND_RELATION)
		return false;
	relation = table_open(catalog, AccessShareLock);
	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(oid));
	scan = systable_beginscan(relation, InvalidOid, false, NULL, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return found;
}
