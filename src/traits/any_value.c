/*
 * any_value.c
 *		Values of any type with an order, in the states of aggregates.
 */
#include "traits/any_value.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

TypeCacheEntry *
tcs_any_type_of(Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO);

	if (!OidIsValid(entry->cmp_proc_finfo.fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("values of type %s have no order", format_type_be(type)),
				 errhint("Cast them to a type that has one, such as text.")));
	return entry;
}

TypeCacheEntry *
tcs_any_type(FunctionCallInfo fcinfo)
{
	TypeCacheEntry *entry = fcinfo->flinfo->fn_extra;

	if (entry == NULL)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 1);

		if (!OidIsValid(type))
			elog(ERROR, "could not determine the type of the argument");
		fcinfo->flinfo->fn_extra = entry = tcs_any_type_of(type);
	}
	return entry;
}

int
tcs_any_compare(FunctionCallInfo fcinfo, TypeCacheEntry *type, Datum left, Datum right)
{
	return DatumGetInt32(FunctionCall2Coll(&type->cmp_proc_finfo, PG_GET_COLLATION(), left, right));
}

Datum
tcs_any_flat(const TypeCacheEntry *type, Datum value)
{
	return type->typlen == -1 ? PointerGetDatum(PG_DETOAST_DATUM_PACKED(value)) : value;
}

Datum
tcs_any_copy(const TypeCacheEntry *type, Datum value, MemoryContext context)
{
	MemoryContext old;

	if (type->typbyval)
		return value;
	old = MemoryContextSwitchTo(context);
	value = datumCopy(value, false, type->typlen);
	MemoryContextSwitchTo(old);
	return value;
}

void
tcs_any_send_type(StringInfo buffer, const TypeCacheEntry *type, FmgrInfo *send)
{
	Oid			function;
	bool		is_varlena;

	getTypeBinaryOutputInfo(type->type_id, &function, &is_varlena);
	fmgr_info(function, send);
	pq_sendint32(buffer, type->type_id);
}

TypeCacheEntry *
tcs_any_receive_type(StringInfo buffer, FmgrInfo *receive, Oid *parameter)
{
	Oid			type = pq_getmsgint(buffer, 4);
	Oid			function;

	if (!get_typisdefined(type))
		tcs_bad_state("values");
	getTypeBinaryInputInfo(type, &function, parameter);
	fmgr_info(function, receive);
	return tcs_any_type_of(type);
}

void
tcs_any_send(StringInfo buffer, FmgrInfo *send, Datum value)
{
	bytea	   *bytes = SendFunctionCall(send, value);

	pq_sendint32(buffer, VARSIZE(bytes) - VARHDRSZ);
	pq_sendbytes(buffer, VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ);
	pfree(bytes);
}

Datum
tcs_any_receive(StringInfo buffer, const TypeCacheEntry *type, FmgrInfo *receive, Oid parameter)
{
	int			length = pq_getmsgint(buffer, 4);
	StringInfoData bytes;
	Datum		value;

	if (length < 0 || length > buffer->len - buffer->cursor)
		tcs_bad_state("values");
	/* a receive function may rely on a zero byte behind */
	initStringInfo(&bytes);
	appendBinaryStringInfo(&bytes, pq_getmsgbytes(buffer, length), length);
	value = ReceiveFunctionCall(receive, &bytes, parameter, -1);
	if (bytes.cursor != bytes.len)
		tcs_bad_state("values");
	pfree(bytes.data);
	return value;
}
