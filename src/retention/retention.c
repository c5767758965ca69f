/*
 * retention.c
 *		In which periods a customer came back: the aggregate retention.
 */
#include "orders/row.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "orders/calendar.h"
#include "retention/retention.h"

/*
 * One allocation.  Periods are numbered backwards from the one that as_of is
 * in, so that the state grows with the past only: bit 0 is that period.
 */
typedef struct Retention
{
	DateADT		as_of;
	uint8		period;			/* a TcsPeriod */
	bool		is_over;		/* as_of is the last day of its period */
	TcsZone		zone;			/* whose days those of instants are */
	int32		last;			/* the number of that period */
	uint32		words;
	uint64		active[FLEXIBLE_ARRAY_MEMBER];
} Retention;

#define FIRST_WORDS		2
#define WORD_BITS		64

PG_FUNCTION_INFO_V1(tcs_retention_no_zone);
PG_FUNCTION_INFO_V1(tcs_retention_combine);
PG_FUNCTION_INFO_V1(tcs_retention_serial);
PG_FUNCTION_INFO_V1(tcs_retention_deserial);
PG_FUNCTION_INFO_V1(tcs_retention_final);

static Size
retention_state_bytes(uint32 words)
{
	return offsetof(Retention, active) + words * sizeof(uint64);
}

static Retention *
retention_create(MemoryContext context, DateADT as_of, TcsPeriod period,
				 TcsZone zone, uint32 words)
{
	Retention  *retention;

	words = Max(words, FIRST_WORDS);
	retention = MemoryContextAllocZero(context, retention_state_bytes(words));
	retention->as_of = as_of;
	retention->period = period;
	retention->zone = zone;
	retention->last = tcs_period_number(period, as_of);
	retention->is_over = tcs_period_number(period, as_of + 1) != retention->last;
	retention->words = words;
	return retention;
}

void
tcs_retention_too_long(int64 periods)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("too many periods from the first active one to as_of"),
			 errdetail("There would be %lld, and at most %d are told apart.",
					   (long long) periods, TCS_RETENTION_PERIODS),
			 errhint("Choose a longer period, or leave out days that cannot be right.")));
}

/* Note that the customer was active so many periods before the last. */
static Retention *
retention_note_active(Retention *retention, int64 before)
{
	if (unlikely(before >= (int64) retention->words * WORD_BITS))
	{
		uint32		words = retention->words;

		if (before >= TCS_RETENTION_PERIODS)
			tcs_retention_too_long(before + 1);
		while (before >= (int64) words * WORD_BITS)
			words *= 2;
		retention = repalloc(retention, retention_state_bytes(words));
		memset(&retention->active[retention->words], 0,
			   (words - retention->words) * sizeof(uint64));
		retention->words = words;
	}
	retention->active[before / WORD_BITS] |= UINT64CONST(1) << (before % WORD_BITS);
	return retention;
}

/* how many periods there are from the first active one on, 0 without one */
static uint32
retention_count_periods(const Retention *retention)
{
	for (uint32 i = retention->words; i > 0; i--)
		if (retention->active[i - 1] != 0)
			return (i - 1) * WORD_BITS + pg_leftmost_one_pos64(retention->active[i - 1]) + 1;
	return 0;
}

static void
retention_check_same(const Retention *retention, DateADT as_of, TcsPeriod period, TcsZone zone)
{
	if (likely(retention->as_of == as_of && retention->period == period &&
			   retention->zone == zone))
		return;
	tcs_not_the_same(retention->as_of != as_of ? "as_of" :
					 retention->zone != zone ? "zone" : "period");
}

/* arguments: state, at, as_of, period, zone */
static inline Datum
retention_row_add(FunctionCallInfo fcinfo, TcsAt at)
{
	Retention  *retention;
	DateADT		as_of = tcs_row_bound(fcinfo, 2, "as_of");
	TcsPeriod	period = tcs_period_argument(fcinfo, 3);
	TcsZone		zone = 0;

	if (at == TCS_AT_TIMESTAMPTZ)
		zone = tcs_zone_argument(fcinfo, 4, &fcinfo->flinfo->fn_extra);
	if (PG_ARGISNULL(0))
		retention = retention_create(tcs_row_context(fcinfo), as_of, period, zone, 0);
	else
	{
		retention = (Retention *) PG_GETARG_POINTER(0);
		retention_check_same(retention, as_of, period, zone);
	}
	if (!PG_ARGISNULL(1))
	{
		DateADT		day = tcs_row_day(fcinfo, 1, at, zone);

		if (day <= as_of)
			retention = retention_note_active(retention, (int64) retention->last -
											  tcs_period_number(period, day));
	}
	PG_RETURN_POINTER(retention);
}

TCS_ROW_FUNCTION(tcs_retention_date, retention_row_add, TCS_AT_DATE);
TCS_ROW_FUNCTION(tcs_retention_timestamp, retention_row_add, TCS_AT_TIMESTAMP);
TCS_ROW_FUNCTION(tcs_retention_timestamptz, retention_row_add, TCS_AT_TIMESTAMPTZ);

/* An instant is of another day elsewhere: the session's zone must not decide. */
Datum
tcs_retention_no_zone(PG_FUNCTION_ARGS)
{
	tcs_aggregate_context(fcinfo);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("retention of instants needs a time zone"),
			 errdetail("\"at\" is a timestamp with time zone, whose day depends on where it is asked for."),
			 errhint("Add the zone as the last argument, as in tcs.retention(at, as_of, 'month', 'Europe/Berlin'), or write a single day as DATE '2024-01-31'.")));
}

Datum
tcs_retention_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	Retention  *into;
	Retention  *from;
	uint32		periods;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (Retention *) PG_GETARG_POINTER(1);
	if (PG_ARGISNULL(0))
		into = retention_create(context, from->as_of, from->period, from->zone, from->words);
	else
		into = (Retention *) PG_GETARG_POINTER(0);
	retention_check_same(into, from->as_of, from->period, from->zone);

	/* the oldest one first: it makes the room for the others */
	periods = retention_count_periods(from);
	if (periods > 0)
		into = retention_note_active(into, periods - 1);
	for (uint32 i = 0; i < Min(into->words, from->words); i++)
		into->active[i] |= from->active[i];
	PG_RETURN_POINTER(into);
}

Datum
tcs_retention_serial(PG_FUNCTION_ARGS)
{
	Retention  *retention = (Retention *) PG_GETARG_POINTER(0);
	const char *zone;
	uint32		words;
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	zone = tcs_zone_name(retention->zone);
	words = (retention_count_periods(retention) + WORD_BITS - 1) / WORD_BITS;
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, retention->as_of);
	pq_sendint8(&buffer, retention->period);
	pq_sendbytes(&buffer, zone, strlen(zone) + 1);
	pq_sendint32(&buffer, words);
	for (uint32 i = 0; i < words; i++)
		pq_sendint64(&buffer, retention->active[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_retention_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	Retention  *retention;
	DateADT		as_of;
	uint8		period;
	const char *name;
	TcsZone		zone;
	uint32		words;

	tcs_aggregate_context(fcinfo);
	tcs_copied_buffer(&buffer, bytes);
	as_of = (DateADT) pq_getmsgint(&buffer, 4);
	period = pq_getmsgbyte(&buffer);
	name = pq_getmsgrawstring(&buffer);
	zone = name[0] == '\0' ? 0 : tcs_zone_lookup(name);
	words = pq_getmsgint(&buffer, 4);
	if (!IS_VALID_DATE(as_of) || period >= TCS_PERIOD_COUNT ||
		words > TCS_RETENTION_PERIODS / WORD_BITS)
		tcs_bad_state("state of retention");
	retention = retention_create(CurrentMemoryContext, as_of, period, zone, words);
	for (uint32 i = 0; i < words; i++)
		retention->active[i] = pq_getmsgint64(&buffer);
	pq_getmsgend(&buffer);
	pfree(buffer.data);
	PG_RETURN_POINTER(retention);
}

/* the type of the result, looked up once a query */
static TupleDesc
retention_result_type(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		TupleDesc	type;

		if (get_call_result_type(fcinfo, NULL, &type) != TYPEFUNC_COMPOSITE ||
			type->natts != TCS_RETENTION_COLUMNS)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the result type does not have the columns that the function returns"),
					 errhint("The types in schema tcs must not be altered.")));
		fcinfo->flinfo->fn_extra = BlessTupleDesc(CreateTupleDescCopy(type));
		MemoryContextSwitchTo(old);
	}
	return fcinfo->flinfo->fn_extra;
}

Datum
tcs_retention_make(FunctionCallInfo fcinfo, int64 cohort, const bool *active, int periods,
				   bool is_over)
{
	Datum	   *elements = palloc(periods * sizeof(Datum));
	bool	   *nulls = palloc0(periods * sizeof(bool));
	int			lower = 1;
	Datum		values[TCS_RETENTION_COLUMNS];
	bool		no_nulls[TCS_RETENTION_COLUMNS] = {0};

	if (cohort != (DateADT) cohort || !IS_VALID_DATE((DateADT) cohort))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the first period begins before the first day of the calendar"),
				 errhint("Leave out days that cannot be right.")));
	for (int i = 0; i < periods; i++)
		elements[i] = BoolGetDatum(active[i]);
	nulls[periods - 1] = !is_over;
	values[TCS_RETENTION_COHORT] = DateADTGetDatum((DateADT) cohort);
	values[TCS_RETENTION_ACTIVE] =
		PointerGetDatum(construct_md_array(elements, nulls, 1, &periods, &lower,
										   BOOLOID, 1, true, TYPALIGN_CHAR));
	pfree(elements);
	pfree(nulls);
	return HeapTupleGetDatum(heap_form_tuple(retention_result_type(fcinfo), values, no_nulls));
}

Datum
tcs_retention_final(PG_FUNCTION_ARGS)
{
	Retention  *retention = TCS_STATE(Retention);
	uint32		periods;
	bool	   *active;
	Datum		result;

	tcs_aggregate_context(fcinfo);
	periods = retention == NULL ? 0 : retention_count_periods(retention);
	if (periods == 0)
		PG_RETURN_NULL();

	active = palloc(periods * sizeof(bool));
	for (uint32 i = 0; i < periods; i++)
	{
		uint32		before = periods - 1 - i;

		active[i] = (retention->active[before / WORD_BITS] >> (before % WORD_BITS)) & 1;
	}
	result = tcs_retention_make(fcinfo, tcs_period_begin(retention->period,
														 retention->last - ((int32) periods - 1)),
								active, (int) periods, retention->is_over);
	pfree(active);
	PG_RETURN_DATUM(result);
}
