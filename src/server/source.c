/*
 * source.c
 *		The tables and columns that a caller names, looked up.
 */
#include "server/source.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

Relation
tcs_source_open(Oid relation_oid, const char *argument)
{
	Relation	relation = try_relation_open(relation_oid, AccessShareLock);

	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation_oid),
				 errhint("Give \"%s\" the name of a table or view.", argument)));

	switch (relation->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is not a table or view",
							RelationGetRelationName(relation)),
					 errhint("Give \"%s\" the name of a table or view.", argument)));
	}
	return relation;
}

char *
tcs_source_name(Relation relation)
{
	char	   *schema = get_namespace_name_or_temp(RelationGetNamespace(relation));

	return quote_qualified_identifier(schema, RelationGetRelationName(relation));
}

/* The columns, for a hint. */
static char *
order_column_list(Relation relation)
{
	TupleDesc	tupdesc = RelationGetDescr(relation);
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(tupdesc, i);

		if (column->attisdropped)
			continue;
		if (list.len > 0)
			appendStringInfoString(&list, ", ");
		if (list.len > 500)
		{
			appendStringInfoString(&list, "...");
			break;
		}
		appendStringInfoString(&list, quote_identifier(NameStr(column->attname)));
	}
	return list.data;
}

/* Nobody is told of, or locks, what he may not read. */
static void
order_check_readable(Relation relation, AttrNumber number, const char *name)
{
	Oid			oid = RelationGetRelid(relation);
	Oid			role = GetUserId();

	if (pg_class_aclcheck(oid, role, ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck(oid, number, role, ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error_col(ACLCHECK_NO_PRIV, OBJECT_COLUMN,
						   RelationGetRelationName(relation), name);
}

Form_pg_attribute
tcs_source_column(Relation relation, const char *name, const char *argument)
{
	AttrNumber	number = get_attnum(RelationGetRelid(relation), name);

	if (number == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						name, RelationGetRelationName(relation)),
				 errdetail("It was given as \"%s\".", argument),
				 errhint("The columns are: %s.", order_column_list(relation))));
	if (number < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
				 errmsg("column \"%s\" of relation \"%s\" is a system column",
						name, RelationGetRelationName(relation)),
				 errdetail("It was given as \"%s\".", argument),
				 errhint("The columns are: %s.", order_column_list(relation))));
	order_check_readable(relation, number, name);
	return TupleDescAttr(RelationGetDescr(relation), number - 1);
}
