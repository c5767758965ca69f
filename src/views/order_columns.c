/*
 * order_columns.c
 *		The columns that a view of an order log reads: refused where they cannot
 *		serve, with a word on what can.
 */
#include "views/order_log.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

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
