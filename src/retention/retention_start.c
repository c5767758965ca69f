/*
 * retention_start.c
 *		In which periods after a start a customer came back: the aggregate
 *		retention of a start and a return.
 *
 * The start is known when all rows have been seen, and what came before it is
 * no return.  So the times are kept, which also lets periods be counted from
 * the start instead of by the calendar.
 */
#include "orders/row.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "orders/calendar.h"
#include "retention/retention.h"

/*
 * One allocation of 2^size_bits bytes.  Times are counted in what the type of
 * the arguments counts in: days for dates, else microseconds.
 */
typedef struct RetentionStart
{
	DateADT		as_of;
	uint8		at;				/* a TcsAt */
	uint8		period;			/* a TcsPeriod; TCS_PERIOD_COUNT for one of
								 * that length */
	TcsZone		zone;
	uint8		size_bits;
	uint32		count;
	int64		length;
	int64		start;			/* PG_INT64_MAX without one */
	int64		returns[FLEXIBLE_ARRAY_MEMBER];
} RetentionStart;

/* What a call site keeps. */
typedef struct StartCall
{
	void	   *zone_cache;
	char	   *text;			/* of the period */
	uint32		text_length;
	uint8		period;
	int64		length;
} StartCall;

#define FIRST_SIZE_BITS		6
#define LAST_SIZE_BITS		29
#define INTERRUPT_EVERY		65536

PG_FUNCTION_INFO_V1(tcs_retention_start_combine);
PG_FUNCTION_INFO_V1(tcs_retention_start_serial);
PG_FUNCTION_INFO_V1(tcs_retention_start_deserial);
PG_FUNCTION_INFO_V1(tcs_retention_start_final);

static uint32
start_capacity(uint8 size_bits)
{
	return (((Size) 1 << size_bits) - offsetof(RetentionStart, returns)) / sizeof(int64);
}

static RetentionStart *
start_create(MemoryContext context, const RetentionStart *like, uint32 room)
{
	uint8		size_bits = FIRST_SIZE_BITS;
	RetentionStart *state;

	while (start_capacity(size_bits) < room)
		size_bits++;
	state = MemoryContextAlloc(context, (Size) 1 << size_bits);
	*state = *like;
	state->size_bits = size_bits;
	state->count = 0;
	state->start = PG_INT64_MAX;
	return state;
}

static RetentionStart *
start_make_room(RetentionStart *state, uint32 more)
{
	uint8		size_bits = state->size_bits;

	while (start_capacity(size_bits) - state->count < more)
	{
		if (size_bits >= LAST_SIZE_BITS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many returns in one group"),
					 errhint("Group the rows by customer.")));
		size_bits++;
	}
	if (size_bits > state->size_bits)
		state = repalloc(state, (Size) 1 << size_bits);
	state->size_bits = size_bits;
	return state;
}

static void
start_check_same(const RetentionStart *state, const RetentionStart *given)
{
	if (likely(state->as_of == given->as_of && state->period == given->period &&
			   state->length == given->length && state->zone == given->zone && state->at == given->at))
		return;
	tcs_not_the_same(state->as_of != given->as_of ? "as_of" :
					 state->zone != given->zone ? "zone" :
					 state->at != given->at ? "type of at" : "period");
}

/* A finite time in argument argno, as the state has it. */
static int64
start_time(FunctionCallInfo fcinfo, int argno, TcsAt at, TcsZone zone)
{
	/* an error for what is no day of the calendar */
	DateADT		day = tcs_row_day(fcinfo, argno, at, zone);

	return at == TCS_AT_DATE ? day : PG_GETARG_INT64(argno);
}

static DateADT
start_day(const RetentionStart *state, int64 time)
{
	return state->at == TCS_AT_DATE ? (DateADT) time :
		state->at == TCS_AT_TIMESTAMP ? tcs_timestamp_day(time) : tcs_zone_day(state->zone, time);
}

/* A period that is a span of time, such as 7 days. */
static int64
start_read_length(const char *given, bool is_date)
{
	Interval   *span;
	double		days;

	/* how signs are read depends on a setting */
	if (strchr(given, '-') != NULL || strstr(given, "ago") != NULL)
		tcs_period_refuse(psprintf("\"%s\"", given));
	span = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(given),
												 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	days = tcs_interval_days(span, "period");
	if (!(days > 0.0 && days <= PG_INT32_MAX / 32.0) || (is_date && days != rint(days)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("period must not be \"%s\"", given),
				 errhint("Give a name such as week, or how long a period lasts: '7 days', or '24 hours' where times have hours.")));
	return (int64) (is_date ? days : rint(days * USECS_PER_DAY));
}

/* The period in argument argno, read when it differs from that of the row before. */
static void
start_read_period(FunctionCallInfo fcinfo, int argno, StartCall *call, bool is_date)
{
	text	   *given;
	char	   *string;

	if (PG_ARGISNULL(argno))
		tcs_period_refuse("null");
	given = PG_GETARG_TEXT_PP(argno);
	if (likely(call->text !=NULL && VARSIZE_ANY_EXHDR(given) == call->text_length &&
			   memcmp(VARDATA_ANY(given), call->text, call->text_length) == 0))
		return;
	string = text_to_cstring(given);
	call->length = 0;
	call->period = TCS_PERIOD_COUNT;
	if (isdigit((unsigned char) string[0]))
		call->length = start_read_length(string, is_date);
	else
		call->period = tcs_period_argument(fcinfo, argno);
	if (call->text !=NULL)
		pfree(call->text);
	call->text = MemoryContextStrdup(fcinfo->flinfo->fn_mcxt, string);
	call->text_length = strlen(string);
	pfree(string);
}

/* arguments: state, start, at, as_of, period, zone */
static inline Datum
retention_start_row_add(FunctionCallInfo fcinfo, TcsAt at)
{
	StartCall  *call = fcinfo->flinfo->fn_extra;
	RetentionStart given = {0};
	RetentionStart *state;

	if (call == NULL)
		fcinfo->flinfo->fn_extra = call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(StartCall));
	given.as_of = tcs_row_bound(fcinfo, 3, "as_of");
	given.at = at;
	if (at == TCS_AT_TIMESTAMPTZ)
		given.zone = tcs_zone_argument(fcinfo, 5, &call->zone_cache);
	start_read_period(fcinfo, 4, call, at == TCS_AT_DATE);
	given.period = call->period;
	given.length = call->length;
	if (PG_ARGISNULL(0))
		state = start_create(tcs_row_context(fcinfo), &given, 0);
	else
	{
		state = (RetentionStart *) PG_GETARG_POINTER(0);
		start_check_same(state, &given);
	}
	if (!PG_ARGISNULL(1))
	{
		int64		time = start_time(fcinfo, 1, at, given.zone);

		if (start_day(state, time) <= state->as_of)
			state->start = Min(state->start, time);
	}
	if (!PG_ARGISNULL(2))
	{
		int64		time = start_time(fcinfo, 2, at, given.zone);

		if (start_day(state, time) <= state->as_of)
		{
			if (unlikely(state->count == start_capacity(state->size_bits)))
				state = start_make_room(state, 1);
			state->returns[state->count++] = time;
		}
	}
	PG_RETURN_POINTER(state);
}

TCS_ROW_FUNCTION(tcs_retention_start_date, retention_start_row_add, TCS_AT_DATE);
TCS_ROW_FUNCTION(tcs_retention_start_timestamp, retention_start_row_add, TCS_AT_TIMESTAMP);
TCS_ROW_FUNCTION(tcs_retention_start_timestamptz, retention_start_row_add, TCS_AT_TIMESTAMPTZ);

Datum
tcs_retention_start_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	RetentionStart *into;
	RetentionStart *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (RetentionStart *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? start_create(context, from, from->count) :
		(RetentionStart *) PG_GETARG_POINTER(0);
	start_check_same(into, from);
	into = start_make_room(into, from->count);
	into->start = Min(into->start, from->start);
	memcpy(&into->returns[into->count], from->returns, from->count * sizeof(int64));
	into->count += from->count;
	PG_RETURN_POINTER(into);
}

Datum
tcs_retention_start_serial(PG_FUNCTION_ARGS)
{
	RetentionStart *state = (RetentionStart *) PG_GETARG_POINTER(0);
	const char *zone;
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	zone = tcs_zone_name(state->zone);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, state->as_of);
	pq_sendint8(&buffer, state->at);
	pq_sendint8(&buffer, state->period);
	pq_sendbytes(&buffer, zone, strlen(zone) + 1);
	pq_sendint64(&buffer, state->length);
	pq_sendint64(&buffer, state->start);
	pq_sendint32(&buffer, state->count);
	for (uint32 i = 0; i < state->count; i++)
	{
		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		pq_sendint64(&buffer, state->returns[i]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

static bool
start_time_is_good(const RetentionStart *state, int64 time)
{
	DateADT		day;

	if (state->at == TCS_AT_DATE ? time != (DateADT) time || !IS_VALID_DATE(time) : !IS_VALID_TIMESTAMP(time))
		return false;
	day = start_day(state, time);
	return IS_VALID_DATE(day) && day <= state->as_of;
}

Datum
tcs_retention_start_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	RetentionStart head = {0};
	RetentionStart *state;
	const char *name;
	uint32		count;
	int64		start;
	bool		good;

	tcs_aggregate_context(fcinfo);
	tcs_copied_buffer(&buffer, bytes);
	head.as_of = (DateADT) pq_getmsgint(&buffer, 4);
	head.at = pq_getmsgbyte(&buffer);
	head.period = pq_getmsgbyte(&buffer);
	name = pq_getmsgrawstring(&buffer);
	head.zone = name[0] == '\0' ? 0 : tcs_zone_lookup(name);
	head.length = pq_getmsgint64(&buffer);
	start = pq_getmsgint64(&buffer);
	count = pq_getmsgint(&buffer, 4);
	good = IS_VALID_DATE(head.as_of) && head.at <= TCS_AT_TIMESTAMPTZ &&
		head.period <= TCS_PERIOD_COUNT && (head.period == TCS_PERIOD_COUNT) == (head.length > 0) &&
		head.length >= 0 && (head.at == TCS_AT_TIMESTAMPTZ) == (head.zone != 0) &&
		count == (buffer.len - buffer.cursor) / sizeof(int64) &&
		(start == PG_INT64_MAX || start_time_is_good(&head, start));
	state = start_create(CurrentMemoryContext, &head, good ? count : 0);
	state->start = start;
	for (uint32 i = 0; good && i < count; i++)
	{
		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		state->returns[i] = pq_getmsgint64(&buffer);
		good = start_time_is_good(state, state->returns[i]);
	}
	if (!good)
		tcs_bad_state("state of retention");
	state->count = count;
	pq_getmsgend(&buffer);
	pfree(buffer.data);
	PG_RETURN_POINTER(state);
}

/* the first time that is of a later day than as_of */
static int64
start_observed_until(const RetentionStart *state)
{
	int64		low = state->start;
	int64		high;

	if (state->at == TCS_AT_DATE)
		return (int64) state->as_of + 1;
	if (state->as_of >= END_TIMESTAMP / USECS_PER_DAY - 3)
		return END_TIMESTAMP;
	high = ((int64) state->as_of + 1) * USECS_PER_DAY;
	if (state->at == TCS_AT_TIMESTAMP)
		return high;
	/* no zone is as far as two days from UTC */
	low = Max(low, high - 2 * USECS_PER_DAY);
	high += 2 * USECS_PER_DAY;
	while (high - low > 1)
	{
		int64		middle = low + (high - low) / 2;

		if (start_day(state, middle) <= state->as_of)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* The period that a time is in, from 0 for that of the start. */
static int64
start_period_of(const RetentionStart *state, int64 time, int32 first)
{
	if (state->period == TCS_PERIOD_COUNT)
		return (int64) (((uint64) time - (uint64) state->start) / (uint64) state->length);
	return (int64) tcs_period_number(state->period, start_day(state, time)) - first;
}

/* how many periods there are, and whether the last is over */
static int64
start_count_periods(const RetentionStart *state, int32 first, bool *is_over)
{
	int64		last;

	if (state->period == TCS_PERIOD_COUNT)
	{
		uint64		elapsed = (uint64) start_observed_until(state) - (uint64) state->start;

		*is_over = elapsed % (uint64) state->length == 0;
		return (int64) ((elapsed - 1) / (uint64) state->length) + 1;
	}
	last = tcs_period_number(state->period, state->as_of);
	*is_over = tcs_period_number(state->period, state->as_of + 1) != last;
	return last - first + 1;
}

Datum
tcs_retention_start_final(PG_FUNCTION_ARGS)
{
	RetentionStart *state = TCS_STATE(RetentionStart);
	int32		first = 0;
	int64		cohort;
	int64		periods;
	bool		is_over;
	bool	   *active;
	Datum		result;

	tcs_aggregate_context(fcinfo);
	if (state == NULL || state->start == PG_INT64_MAX)
		PG_RETURN_NULL();
	cohort = start_day(state, state->start);
	if (state->period < TCS_PERIOD_COUNT)
	{
		first = tcs_period_number(state->period, (DateADT) cohort);
		cohort = tcs_period_begin(state->period, first);
	}
	periods = start_count_periods(state, first, &is_over);
	if (periods > TCS_RETENTION_PERIODS)
		tcs_retention_too_long(periods);
	active = palloc0(periods * sizeof(bool));
	for (uint32 i = 0; i < state->count; i++)
	{
		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		if (state->returns[i] >= state->start)
		{
			int64		period = start_period_of(state, state->returns[i], first);

			/* a zone that went over the date line had a day twice */
			if (period >= 0 && period < periods)
				active[period] = true;
		}
	}
	result = tcs_retention_make(fcinfo, cohort, active, (int) periods, is_over);
	pfree(active);
	PG_RETURN_DATUM(result);
}
