/*
 * first_last.c
 *		The value of the earliest and of the latest row: the aggregates first and last.
 *
 * Of several rows at one moment the one with the least value counts, so that the
 * order in which they come does not show.
 */
#include "traits/any_value.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/*
 * What counts so far.  The time is in what its type counts in, with the sign turned
 * for last: so the least counts for both.
 */
typedef struct Extreme
{
	int64		at;
	Oid			type;
	bool		is_last;
	Size		room;			/* of a value that is not passed by value */
	Datum		value;
} Extreme;

PG_FUNCTION_INFO_V1(tcs_first_trans);
PG_FUNCTION_INFO_V1(tcs_last_trans);
PG_FUNCTION_INFO_V1(tcs_first_date_trans);
PG_FUNCTION_INFO_V1(tcs_last_date_trans);
PG_FUNCTION_INFO_V1(tcs_first_last_combine);
PG_FUNCTION_INFO_V1(tcs_first_last_serial);
PG_FUNCTION_INFO_V1(tcs_first_last_deserial);
PG_FUNCTION_INFO_V1(tcs_first_last_final);

/* Keep a value, where the last one was if there is room. */
static void
extreme_set(Extreme *extreme, const TypeCacheEntry *type, int64 at, Datum value, MemoryContext context)
{
	Size		size;

	extreme->at = at;
	if (type->typbyval)
	{
		extreme->value = value;
		return;
	}
	size = type->typlen == -1 ? VARSIZE_ANY(DatumGetPointer(value)) :
		type->typlen == -2 ? strlen(DatumGetCString(value)) + 1 : type->typlen;
	if (size > extreme->room)
	{
		if (extreme->room > 0)
			pfree(DatumGetPointer(extreme->value));
		extreme->room = Max(size, 32);
		extreme->value = PointerGetDatum(MemoryContextAlloc(context, extreme->room));
	}
	memcpy(DatumGetPointer(extreme->value), DatumGetPointer(value), size);
}

static Extreme *
extreme_create(MemoryContext context, Oid type, bool is_last)
{
	Extreme    *extreme = MemoryContextAllocZero(context, sizeof(Extreme));

	extreme->type = type;
	extreme->is_last = is_last;
	return extreme;
}

static inline Datum
extreme_trans(FunctionCallInfo fcinfo, bool is_last, bool is_date)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	Extreme    *extreme = TCS_STATE(Extreme);
	TypeCacheEntry *type = tcs_any_type(fcinfo);
	int64		at;
	Datum		value;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (extreme == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(extreme);
	}
	at = is_date ? PG_GETARG_DATEADT(2) : PG_GETARG_TIMESTAMP(2);
	/* -infinity has no opposite: ~ turns the order, too */
	if (is_last)
		at = ~at;
	if (extreme != NULL && at > extreme->at)
		PG_RETURN_POINTER(extreme);
	value = tcs_any_flat(type, PG_GETARG_DATUM(1));
	if (extreme == NULL)
		extreme = extreme_create(context, type->type_id, is_last);
	else if (at == extreme->at && tcs_any_compare(fcinfo, type, value, extreme->value) >= 0)
		PG_RETURN_POINTER(extreme);
	extreme_set(extreme, type, at, value, context);
	PG_RETURN_POINTER(extreme);
}

Datum
tcs_first_trans(PG_FUNCTION_ARGS)
{
	return extreme_trans(fcinfo, false, false);
}

Datum
tcs_last_trans(PG_FUNCTION_ARGS)
{
	return extreme_trans(fcinfo, true, false);
}

Datum
tcs_first_date_trans(PG_FUNCTION_ARGS)
{
	return extreme_trans(fcinfo, false, true);
}

Datum
tcs_last_date_trans(PG_FUNCTION_ARGS)
{
	return extreme_trans(fcinfo, true, true);
}

Datum
tcs_first_last_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	Extreme    *extreme = TCS_STATE(Extreme);
	const Extreme *other = PG_ARGISNULL(1) ? NULL : (const Extreme *) PG_GETARG_POINTER(1);
	TypeCacheEntry *type;

	if (other == NULL)
		return tcs_first_state(fcinfo);
	type = tcs_any_type_of(other->type);
	if (extreme == NULL)
		extreme = extreme_create(context, other->type, other->is_last);
	else if (extreme->type != other->type || extreme->is_last != other->is_last)
		tcs_not_the_same("type of the values");
	else if (other->at > extreme->at ||
			 (other->at == extreme->at && tcs_any_compare(fcinfo, type, other->value, extreme->value) >= 0))
		PG_RETURN_POINTER(extreme);
	extreme_set(extreme, type, other->at, other->value, context);
	PG_RETURN_POINTER(extreme);
}

Datum
tcs_first_last_serial(PG_FUNCTION_ARGS)
{
	const Extreme *extreme = (const Extreme *) PG_GETARG_POINTER(0);
	StringInfoData buffer;
	FmgrInfo	send;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	tcs_any_send_type(&buffer, tcs_any_type_of(extreme->type), &send);
	pq_sendbyte(&buffer, extreme->is_last);
	pq_sendint64(&buffer, extreme->at);
	tcs_any_send(&buffer, &send, extreme->value);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_first_last_deserial(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	StringInfoData buffer;
	FmgrInfo	receive;
	Oid			parameter;
	TypeCacheEntry *type;
	Extreme    *extreme;
	int			is_last;
	int64		at;

	tcs_read_only_buffer(&buffer, PG_GETARG_BYTEA_PP(0));
	type = tcs_any_receive_type(&buffer, &receive, &parameter);
	is_last = pq_getmsgbyte(&buffer);
	at = pq_getmsgint64(&buffer);
	if (is_last != 0 && is_last != 1)
		tcs_bad_state("first or last");
	extreme = extreme_create(context, type->type_id, is_last == 1);
	extreme_set(extreme, type, at, tcs_any_flat(type, tcs_any_receive(&buffer, type, &receive, parameter)), context);
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(extreme);
}

Datum
tcs_first_last_final(PG_FUNCTION_ARGS)
{
	const Extreme *extreme = TCS_STATE(Extreme);

	tcs_aggregate_context(fcinfo);
	if (extreme == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(extreme->value);
}
