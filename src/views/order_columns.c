/*
 * order_columns.c
 *		The tables and columns that a view of an order log reads: looked up,
 *		and refused where they cannot serve, with a word on what can.
 */
#include "views/order_log.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

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

/* A column of a type that does not serve, and an expression that would. */
static void
wrong_column_type(Relation relation, Form_pg_attribute column,
				  const char *wanted, const char *expression)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of relation \"%s\" is of type %s",
					NameStr(column->attname),
					RelationGetRelationName(relation),
					format_type_be(column->atttypid)),
			 errdetail("It must be %s.", wanted),
			 errhint("Convert it in a view over the relation, with %s for example, and name the view instead.",
					 expression)));
}

static char *
order_column_conversion(Form_pg_attribute column, const char *to)
{
	return psprintf("%s::%s", quote_identifier(NameStr(column->attname)), to);
}

void
tcs_order_check_customer(Relation relation, Form_pg_attribute column)
{
	TypeCacheEntry *type = lookup_type_cache(column->atttypid, TYPECACHE_EQ_OPR);

	if (!OidIsValid(type->eq_opr))
		wrong_column_type(relation, column,
						  "of a type whose values can be compared",
						  order_column_conversion(column, "text"));
}

Oid
tcs_order_check_at(Relation relation, Form_pg_attribute column)
{
	static const char wanted[] = "date, timestamp or timestamp with time zone";
	Oid			type = getBaseType(column->atttypid);

	switch (type)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			break;
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case FLOAT8OID:
			wrong_column_type(relation, column, wanted,
							  psprintf("to_timestamp(%s)",
									   quote_identifier(NameStr(column->attname))));
			break;
		default:
			wrong_column_type(relation, column, wanted, order_column_conversion(column, "date"));
	}
	return type;
}

bool
tcs_order_check_amount(Relation relation, Form_pg_attribute column)
{
	switch (getBaseType(column->atttypid))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
			break;
		case FLOAT4OID:
		case FLOAT8OID:
			return true;
		default:
			wrong_column_type(relation, column,
							  "a number: smallint, integer, bigint, numeric, real or double precision",
							  order_column_conversion(column, "numeric"));
	}
	return false;
}
