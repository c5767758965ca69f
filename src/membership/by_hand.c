/*
 * by_hand.c
 *		One customer, named by a key that somebody typed.
 */
#include "membership/by_hand.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

void
tcs_hand_require(FunctionCallInfo fcinfo, int position, const char *name)
{
	if (PG_ARGISNULL(position))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be null", name)));
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
tcs_hand_key(FunctionCallInfo fcinfo)
{
	TcsSegmentation *segmentation = tcs_segmentation_open(PG_GETARG_OID(0));
	const TcsKeyType *key = &segmentation->key;
	Oid			types[] = {get_fn_expr_argtype(fcinfo->flinfo, 1)};
	Datum		values[] = {PG_GETARG_DATUM(1)};
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
