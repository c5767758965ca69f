/*
 * most_frequent.c
 *		How often each value comes: the aggregates most_frequent and count_distinct.
 *
 * Most customers have a few different values, and some may have millions.  The
 * values of a group stand in one array: a long part in order, and behind it a
 * short one, in order, too, into which new ones are put.  When the short part has
 * grown to about the root of the long one, the two are merged.
 */
#include "traits/any_value.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define FIRST_ROOM		4
#define LEAST_TAIL		32
#define MOST_VALUES		(INT64CONST(1) << 30)

typedef struct FrequencyOf
{
	Datum		value;
	int64		times;
} FrequencyOf;

typedef struct Frequency
{
	Oid			type;
	int64		main;			/* values in the long part */
	int64		count;			/* in both */
	int64		room;
	FrequencyOf *values;
} Frequency;

PG_FUNCTION_INFO_V1(tcs_frequency_trans);
PG_FUNCTION_INFO_V1(tcs_frequency_combine);
PG_FUNCTION_INFO_V1(tcs_frequency_serial);
PG_FUNCTION_INFO_V1(tcs_frequency_deserial);
PG_FUNCTION_INFO_V1(tcs_most_frequent_final);
PG_FUNCTION_INFO_V1(tcs_count_distinct_final);

static Frequency *
frequency_create(MemoryContext context, Oid type, int64 room)
{
	Frequency  *frequency = MemoryContextAllocZero(context, sizeof(Frequency));

	frequency->type = type;
	frequency->room = Max(room, FIRST_ROOM);
	frequency->values = MemoryContextAllocHuge(context, frequency->room * sizeof(FrequencyOf));
	return frequency;
}

static void
frequency_make_room(Frequency *frequency)
{
	if (frequency->count < frequency->room)
		return;
	if (frequency->room >= MOST_VALUES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many different values in one group"),
				 errhint("Group the rows by customer.")));
	frequency->room *= 2;
	frequency->values = repalloc_huge(frequency->values, frequency->room * sizeof(FrequencyOf));
}

/*
 * The place of a value in one part of the array, or where it belongs there: then
 * *found is left as it is.
 */
static int64
frequency_find(FunctionCallInfo fcinfo, TypeCacheEntry *type, const Frequency *frequency, int64 from, int64 to,
			   Datum value, bool *found)
{
	while (from < to)
	{
		int64		middle = from + (to - from) / 2;
		int			order = tcs_any_compare(fcinfo, type, value, frequency->values[middle].value);

		if (order == 0)
		{
			*found = true;
			return middle;
		}
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return from;
}

/* Merge the short part into the long one: none of its values is there. */
static void
frequency_merge(FunctionCallInfo fcinfo, TypeCacheEntry *type, Frequency *frequency)
{
	int64		short_count = frequency->count - frequency->main;
	FrequencyOf *moved;
	int64		left = frequency->main - 1;
	int64		right = short_count - 1;

	if (short_count == 0)
		return;
	moved = palloc_extended(short_count * sizeof(FrequencyOf), MCXT_ALLOC_HUGE);
	memcpy(moved, frequency->values + frequency->main, short_count * sizeof(FrequencyOf));
	CHECK_FOR_INTERRUPTS();
	for (int64 to = frequency->count - 1; right >= 0; to--)
	{
		if (left >= 0 && tcs_any_compare(fcinfo, type, frequency->values[left].value, moved[right].value) > 0)
			frequency->values[to] = frequency->values[left--];
		else
			frequency->values[to] = moved[right--];
	}
	pfree(moved);
	frequency->main = frequency->count;
}

static inline bool
frequency_is_tail_long(const Frequency *frequency)
{
	int64		tail = frequency->count - frequency->main;

	return tail >= LEAST_TAIL && tail * tail >= 16 * frequency->main;
}

/* A value that came so many times more; it is copied when it is new. */
static void
frequency_add(FunctionCallInfo fcinfo, TypeCacheEntry *type, Frequency *frequency, Datum value, int64 times,
			  MemoryContext context)
{
	bool		found = false;
	int64		at = frequency_find(fcinfo, type, frequency, 0, frequency->main, value, &found);

	if (!found)
		at = frequency_find(fcinfo, type, frequency, frequency->main, frequency->count, value, &found);
	if (found)
	{
		frequency->values[at].times += times;
		return;
	}
	frequency_make_room(frequency);
	memmove(frequency->values + at + 1, frequency->values + at, (frequency->count - at) * sizeof(FrequencyOf));
	frequency->values[at].value = tcs_any_copy(type, value, context);
	frequency->values[at].times = times;
	frequency->count++;
	if (frequency_is_tail_long(frequency))
		frequency_merge(fcinfo, type, frequency);
}

Datum
tcs_frequency_trans(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	Frequency  *frequency = TCS_STATE(Frequency);
	TypeCacheEntry *type = tcs_any_type(fcinfo);

	if (PG_ARGISNULL(1))
	{
		if (frequency == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(frequency);
	}
	if (frequency == NULL)
		frequency = frequency_create(context, type->type_id, FIRST_ROOM);
	frequency_add(fcinfo, type, frequency, tcs_any_flat(type, PG_GETARG_DATUM(1)), 1, context);
	PG_RETURN_POINTER(frequency);
}

Datum
tcs_frequency_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	Frequency  *frequency = TCS_STATE(Frequency);
	const Frequency *other = PG_ARGISNULL(1) ? NULL : (const Frequency *) PG_GETARG_POINTER(1);
	TypeCacheEntry *type;

	if (other == NULL)
		return tcs_first_state(fcinfo);
	type = tcs_any_type_of(other->type);
	if (frequency == NULL)
		frequency = frequency_create(context, other->type, other->count);
	else if (frequency->type != other->type)
		tcs_not_the_same("type of the values");
	for (int64 i = 0; i < other->count; i++)
		frequency_add(fcinfo, type, frequency, other->values[i].value, other->values[i].times, context);
	PG_RETURN_POINTER(frequency);
}

Datum
tcs_frequency_serial(PG_FUNCTION_ARGS)
{
	const Frequency *frequency = (const Frequency *) PG_GETARG_POINTER(0);
	StringInfoData buffer;
	FmgrInfo	send;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	tcs_any_send_type(&buffer, tcs_any_type_of(frequency->type), &send);
	pq_sendint64(&buffer, frequency->count);
	for (int64 i = 0; i < frequency->count; i++)
	{
		if (i % 65536 == 65535)
			CHECK_FOR_INTERRUPTS();
		pq_sendint64(&buffer, frequency->values[i].times);
		tcs_any_send(&buffer, &send, frequency->values[i].value);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_frequency_deserial(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	StringInfoData buffer;
	FmgrInfo	receive;
	Oid			parameter;
	TypeCacheEntry *type;
	Frequency  *frequency;
	int64		count;

	tcs_read_only_buffer(&buffer, PG_GETARG_BYTEA_PP(0));
	type = tcs_any_receive_type(&buffer, &receive, &parameter);
	count = pq_getmsgint64(&buffer);
	/* each takes twelve bytes at least */
	if (count < 0 || count > (buffer.len - buffer.cursor) / 12)
		tcs_bad_state("frequency");
	frequency = frequency_create(context, type->type_id, count);
	for (int64 i = 0; i < count; i++)
	{
		int64		times = pq_getmsgint64(&buffer);
		Datum		value = tcs_any_flat(type, tcs_any_receive(&buffer, type, &receive, parameter));

		if (i % 65536 == 65535)
			CHECK_FOR_INTERRUPTS();
		if (times < 1)
			tcs_bad_state("frequency");
		frequency->values[i].value = tcs_any_copy(type, value, context);
		frequency->values[i].times = times;
	}

	/*
	 * in no order that could be relied on: combine puts one value after the
	 * other
	 */
	frequency->count = count;
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(frequency);
}

/* The value that came most often, of several the least. */
Datum
tcs_most_frequent_final(PG_FUNCTION_ARGS)
{
	const Frequency *frequency = TCS_STATE(Frequency);
	TypeCacheEntry *type;
	const FrequencyOf *most;

	tcs_aggregate_context(fcinfo);
	if (frequency == NULL || frequency->count == 0)
		PG_RETURN_NULL();
	type = tcs_any_type_of(frequency->type);
	most = &frequency->values[0];
	for (int64 i = 1; i < frequency->count; i++)
	{
		const FrequencyOf *one = &frequency->values[i];

		if (one->times > most->times ||
			(one->times == most->times && tcs_any_compare(fcinfo, type, one->value, most->value) < 0))
			most = one;
	}
	PG_RETURN_DATUM(most->value);
}

Datum
tcs_count_distinct_final(PG_FUNCTION_ARGS)
{
	const Frequency *frequency = TCS_STATE(Frequency);

	tcs_aggregate_context(fcinfo);
	PG_RETURN_INT64(frequency ? frequency->count : 0);
}
