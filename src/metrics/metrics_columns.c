/*
 * metrics_columns.c
 *		The tables and columns that a metrics query reads: looked up, and
 *		refused where they cannot serve, with a word on what can.
 */
#include "metrics/metrics.h"

#include "access/relation.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

Relation
tcs_metrics_open(Oid relation_oid, const char *argument)
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
tcs_metrics_relation_name(Relation relation)
{
	char	   *schema = get_namespace_name_or_temp(RelationGetNamespace(relation));

	return quote_qualified_identifier(schema, RelationGetRelationName(relation));
}

/* The columns, for a hint. */
static char *
column_list(Relation relation)
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
check_readable(Relation relation, AttrNumber number, const char *name)
{
	Oid			oid = RelationGetRelid(relation);
	Oid			role = GetUserId();

	if (pg_class_aclcheck(oid, role, ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck(oid, number, role, ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error_col(ACLCHECK_NO_PRIV, OBJECT_COLUMN,
						   RelationGetRelationName(relation), name);
}

Form_pg_attribute
tcs_metrics_column(Relation relation, const char *name, const char *argument)
{
	AttrNumber	number = get_attnum(RelationGetRelid(relation), name);

	if (number == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						name, RelationGetRelationName(relation)),
				 errdetail("It was given as \"%s\".", argument),
				 errhint("The columns are: %s.", column_list(relation))));
	if (number < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
				 errmsg("column \"%s\" of relation \"%s\" is a system column",
						name, RelationGetRelationName(relation)),
				 errdetail("It was given as \"%s\".", argument),
				 errhint("The columns are: %s.", column_list(relation))));
	check_readable(relation, number, name);
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
conversion(Form_pg_attribute column, const char *to)
{
	return psprintf("%s::%s", quote_identifier(NameStr(column->attname)), to);
}

void
tcs_metrics_check_customer(Relation relation, Form_pg_attribute column)
{
	TypeCacheEntry *type = lookup_type_cache(column->atttypid, TYPECACHE_EQ_OPR);

	if (!OidIsValid(type->eq_opr))
		wrong_column_type(relation, column,
						  "of a type whose values can be compared",
						  conversion(column, "text"));
}

Oid
tcs_metrics_check_at(Relation relation, Form_pg_attribute column)
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
			wrong_column_type(relation, column, wanted, conversion(column, "date"));
	}
	return type;
}

bool
tcs_metrics_check_amount(Relation relation, Form_pg_attribute column)
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
							  conversion(column, "numeric"));
	}
	return false;
}

char *
tcs_metrics_equality(Relation orders, Form_pg_attribute customer,
					 Relation customers, Form_pg_attribute key)
{
	Oid			left = getBaseType(customer->atttypid);
	Oid			right = getBaseType(key->atttypid);
	TypeCacheEntry *left_type;
	TypeCacheEntry *right_type;
	Oid			operator = InvalidOid;

	left_type = lookup_type_cache(left, TYPECACHE_BTREE_OPFAMILY | TYPECACHE_EQ_OPR);
	right_type = lookup_type_cache(right, TYPECACHE_BTREE_OPFAMILY | TYPECACHE_EQ_OPR);
	if (left == right)
		operator = left_type->eq_opr;
	else if (OidIsValid(left_type->btree_opf) &&
			 left_type->btree_opf == right_type->btree_opf &&
			 !IsPolymorphicType(left_type->btree_opintype))
		operator = get_opfamily_member(left_type->btree_opf,
									   left_type->btree_opintype,
									   right_type->btree_opintype,
									   BTEqualStrategyNumber);
	if (!OidIsValid(operator))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" cannot be compared with column \"%s\" of relation \"%s\"",
						NameStr(customer->attname), RelationGetRelationName(orders),
						NameStr(key->attname), RelationGetRelationName(customers)),
				 errdetail("Their types are %s and %s.",
						   format_type_be(customer->atttypid),
						   format_type_be(key->atttypid)),
				 errhint("Cast one to the other's type in a view over its relation, and name the view instead.")));
	if (OidIsValid(customer->attcollation) && OidIsValid(key->attcollation) &&
		customer->attcollation != key->attcollation)
		ereport(ERROR,
				(errcode(ERRCODE_COLLATION_MISMATCH),
				 errmsg("columns \"%s\" and \"%s\" have different collations",
						NameStr(customer->attname), NameStr(key->attname)),
				 errdetail("They are \"%s\" and \"%s\".",
						   get_collation_name(customer->attcollation),
						   get_collation_name(key->attcollation)),
				 errhint("Give one the other's COLLATE in a view over its relation, and name the view instead.")));

	return tcs_operator_name(operator, false);
}

Form_pg_attribute
tcs_metrics_primary_key(Relation customers)
{
	Oid			constraint;
	Bitmapset  *columns;
	int			number;

	columns = get_primary_key_attnos(RelationGetRelid(customers), true, &constraint);
	if (!bms_get_singleton_member(columns, &number))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relation \"%s\" has no primary key of one column",
						RelationGetRelationName(customers)),
				 errhint("Name the column that identifies a customer in \"customers_key\".")));
	number += FirstLowInvalidHeapAttributeNumber;
	return TupleDescAttr(RelationGetDescr(customers), number - 1);
}
