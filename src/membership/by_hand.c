/*
 * by_hand.c
 *		One customer, named by a key that somebody typed.
 */
#include "membership/by_hand.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

void
tcs_hand_require(FunctionCallInfo fcinfo, int position, const char *name)
{
	if (PG_ARGISNULL(position))
		tcs_refuse_null(psprintf("argument \"%s\"", name), NULL);
}

/* A literal without a type comes as text, and is what its text says. */
static char *
hand_expression(const TcsSegmentation *segmentation, Oid type)
{
	const TcsKeyType *key = &segmentation->key;

	if (type == TEXTOID && key->type != TEXTOID)
		return psprintf("($1)::%s", key->name);
	return tcs_key_cast(key, "$1", type, "the key");
}

Datum
tcs_hand_key(FunctionCallInfo fcinfo, int position)
{
	TcsSegmentation *segmentation = tcs_segmentation_open(PG_GETARG_OID(0));
	const TcsKeyType *key = &segmentation->key;
	Oid			types[] = {get_fn_expr_argtype(fcinfo->flinfo, position)};
	Datum		values[] = {PG_GETARG_DATUM(position)};
	MemoryContext context = CurrentMemoryContext;
	TcsOwnerScope scope;
	Datum		keys;

	tcs_owner_enter_briefly(&scope, segmentation->owner);
	SPI_connect();
	tcs_run_with(psprintf("SELECT ARRAY[k.key] FROM (SELECT %s AS key) AS k WHERE k.key IS NOT NULL",
						  hand_expression(segmentation, types[0])),
				 1, types, values, NULL, SPI_OK_SELECT);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the key is out of the range of the type %s, which the keys of segmentation \"%s\" have",
						format_type_be(key->type), segmentation->name)));
	keys = tcs_result_copy(0, 1, key->array_type, context);
	SPI_finish();
	tcs_owner_leave(&scope);
	return keys;
}

Datum
tcs_hand_earlier_keys(const TcsSegmentation *segmentation, Datum keys)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {segmentation->key.array_type};
	int			before;

	/* a recursive query would want keys that can be hashed */
	do
	{
		CHECK_FOR_INTERRUPTS();
		before = tcs_count_keys(keys);
		SPI_connect();
		tcs_run_with(psprintf("SELECT array_agg(DISTINCT k.key)\n"
							  "FROM (SELECT u FROM unnest($1) AS u UNION ALL\n"
							  "    SELECT m.key FROM %s AS m WHERE m.merged_into %s ANY ($1)) AS k (key)",
							  segmentation->part[TCS_PART_MOVES], segmentation->key.equals),
					 1, types, &keys, NULL, SPI_OK_SELECT);
		keys = tcs_result_copy(0, 1, segmentation->key.array_type, context);
		SPI_finish();
	} while (tcs_count_keys(keys) > before);
	return keys;
}

char *
tcs_hand_key_text(const TcsSegmentation *segmentation, Datum keys)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {segmentation->key.array_type};
	char	   *words;

	SPI_connect();
	tcs_run_with("SELECT ($1)[1]::text", 1, types, &keys, NULL, SPI_OK_SELECT);
	words = MemoryContextStrdup(context, tcs_result_text(0, 1));
	SPI_finish();
	return words;
}

bool
tcs_hand_segment(const TcsSegmentation *segmentation, Datum keys, char **segment)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {segmentation->key.array_type};
	bool		is_there;

	*segment = NULL;
	SPI_connect();
	tcs_run_with(psprintf("SELECT i.segment::text FROM %s AS i WHERE i.key %s ANY ($1)",
						  segmentation->into, segmentation->key.equals),
				 1, types, &keys, NULL, SPI_OK_SELECT);
	is_there = SPI_processed > 0;
	if (is_there && !tcs_result_isnull(0, 1))
		*segment = MemoryContextStrdup(context, tcs_result_text(0, 1));
	SPI_finish();
	return is_there;
}

void
tcs_hand_report_missing(const TcsSegmentation *segmentation, Datum keys)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("customer %s is not in segmentation \"%s\"",
					tcs_hand_key_text(segmentation, keys), segmentation->name),
			 errhint("Give a key that is in %s.", segmentation->into)));
}

void
tcs_hand_check_select(Oid relation)
{
	if (pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(relation));
}

void
tcs_hand_return_rows(FunctionCallInfo fcinfo, const Oid *types, int count)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum	   *values = palloc(count * sizeof(Datum));
	bool	   *nulls = palloc(count * sizeof(bool));

	for (uint64 row = 0; row < SPI_processed; row++)
	{
		for (int i = 0; i < count; i++)
			values[i] = tcs_result(row, i + 1, types[i], &nulls[i]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}
