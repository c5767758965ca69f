/*
 * metrics_customers.c
 *		The table of the customers of a metrics view: its key, and how that
 *		compares with the orders'.
 */
#include "metrics/metrics.h"

#include "access/stratnum.h"
#include "access/sysattr.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "nodes/bitmapset.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

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
