/*
 * key_type.c
 *		The types that tell customers apart.
 *
 * Keys are of the type below any domain and without a length: the source's own
 * constraints hold for what is in the source, and a key that comes from an
 * order, which the source need not know, must not fail for them.
 */
#include "membership/key_type.h"
#include "server/server.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

static char *
type_name(Oid type)
{
	/* with "no length given", or character would mean one character */
	return format_type_extended(type, -1, FORMAT_TYPE_TYPEMOD_GIVEN |
								FORMAT_TYPE_FORCE_QUALIFY);
}

void
tcs_key_type(TcsKeyType *key, Oid type, Oid collation,
			 const char *relation, const char *column)
{
	TypeCacheEntry *entry;
	Oid			base = getBaseType(type);

	entry = lookup_type_cache(base, TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR |
							  TYPECACHE_BTREE_OPFAMILY);
	key->type = base;
	key->array_type = get_array_type(base);
	if (entry->typtype == TYPTYPE_COMPOSITE || base == RECORDOID)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of relation \"%s\" is of the composite type %s",
						column, relation, format_type_be(type)),
				 errdetail("The key of a segmentation is one plain value."),
				 errhint("Give the source a column with a key of one value, such as an identity column or the parts joined in one text.")));
	if (!OidIsValid(entry->lt_opr) || !OidIsValid(entry->eq_opr) ||
		!OidIsValid(entry->btree_opf) || !OidIsValid(key->array_type) ||
		entry->typtype == TYPTYPE_PSEUDO || OidIsValid(get_element_type(base)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of relation \"%s\" is of type %s, which cannot be a key",
						column, relation, format_type_be(type)),
				 errdetail("The key of a segmentation needs a type with a btree order that is no array."),
				 errhint("Give the source a column that can be compared, %s::text for example.",
						 quote_identifier(column))));
	key->collation = collation;
	key->typlen = entry->typlen;
	key->typbyval = entry->typbyval;
	key->typalign = entry->typalign;
	key->name = type_name(base);
	key->equals = tcs_operator_name(entry->eq_opr, true);
}

char *
tcs_key_definition(const TcsKeyType *key)
{
	HeapTuple	tuple;
	Form_pg_collation form;
	char	   *definition;

	if (!OidIsValid(key->collation) || key->collation == get_typcollation(key->type))
		return key->name;
	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(key->collation));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", key->collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	definition = psprintf("%s COLLATE %s", key->name,
						  quote_qualified_identifier(get_namespace_name(form->collnamespace),
													 NameStr(form->collname)));
	ReleaseSysCache(tuple);
	return definition;
}

/* the bytes of an integer type; 0: it is none */
static int
integer_width(Oid type)
{
	return type == INT2OID ? 2 : type == INT4OID ? 4 : type == INT8OID ? 8 : 0;
}

char *
tcs_key_cast(const TcsKeyType *key, const char *expression, Oid type,
			 const char *what)
{
	Oid			base = getBaseType(type);
	int			width = integer_width(base);
	int			key_width = integer_width(key->type);

	if (base == key->type)
		return psprintf("(%s)::%s", expression, key->name);
	/* a number that is too large for the key is nobody's */
	if (width > 0 && key_width > 0 && width > key_width)
		return psprintf("CASE WHEN (%s) BETWEEN %d AND %d THEN (%s)::%s END", expression,
						key_width == 2 ? PG_INT16_MIN : PG_INT32_MIN,
						key_width == 2 ? PG_INT16_MAX : PG_INT32_MAX,
						expression, key->name);

	/*
	 * A cast that the server would do unasked loses nothing (numbers to
	 * numeric, varchar to text); neither does one of the same bytes.  Whoever
	 * owns a type can make such a cast, though, and it would run as the owner
	 * of the segmentation: functions serve from the server's own types only.
	 */
	if (!IsBinaryCoercible(base, key->type) &&
		(base >= FirstNormalObjectId ||
		 !can_coerce_type(1, &base, &key->type, COERCION_IMPLICIT)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("%s is of type %s, and the key of the segmentation of type %s",
						what, format_type_be(type), format_type_be(key->type)),
				 errdetail("Not every value of the one is a value of the other."),
				 errhint("Give the source a key of the type that the orders have, in a view that casts it for example.")));
	return psprintf("(%s)::%s", expression, key->name);
}

int
tcs_count_keys(Datum keys)
{
	ArrayType  *array = DatumGetArrayTypeP(keys);

	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}
