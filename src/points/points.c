/*
 * points.c
 *		Points of a loyalty programme: the aggregate points.
 *
 * The state keeps the rows as they come, amounts as whole numbers of 10^-scale,
 * where scale are the most decimals that came so far; what they add up to is
 * worked out at the end, in the order of their days.
 */
#include "orders/row.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "history/refused.h"
#include "points/ledger.h"

#define MOST_DECIMALS		18
#define LOOK_AHEAD			30	/* days: what is expiring */
#define FIRST_SIZE_BITS		7	/* 128 bytes, 5 rows */
#define LAST_SIZE_BITS		29	/* half a GiB, 26 million rows */
#define INTERRUPT_EVERY		65536

/* How the argument expires tells when. */
typedef enum PointsTerm
{
	POINTS_NO_TERM,
	POINTS_INTERVAL,
	POINTS_DATE
} PointsTerm;

typedef struct PointsState
{
	DateADT		as_of;
	uint32		count;
	TcsZone		zone;
	uint8		scale;
	uint8		size_bits;		/* the allocation has 2^size_bits bytes */
	TcsPointsRow rows[FLEXIBLE_ARRAY_MEMBER];
} PointsState;

PG_FUNCTION_INFO_V1(tcs_points_refused);
PG_FUNCTION_INFO_V1(tcs_points_combine);
PG_FUNCTION_INFO_V1(tcs_points_serial);
PG_FUNCTION_INFO_V1(tcs_points_deserial);
PG_FUNCTION_INFO_V1(tcs_points_final);

static inline uint32
points_rows_in(uint8 size_bits)
{
	return ((UINT64CONST(1) << size_bits) - offsetof(PointsState, rows)) / sizeof(TcsPointsRow);
}

/* a state without rows, with room for some */
static PointsState *
points_state_create(MemoryContext context, DateADT as_of, TcsZone zone, uint32 room)
{
	uint8		size_bits = FIRST_SIZE_BITS;
	PointsState *state;

	while (points_rows_in(size_bits) < room)
		size_bits++;
	state = MemoryContextAlloc(context, (Size) 1 << size_bits);
	state->as_of = as_of;
	state->count = 0;
	state->zone = zone;
	state->scale = 0;
	state->size_bits = size_bits;
	return state;
}

/* make room for that many more rows */
static PointsState *
points_make_room(PointsState *state, uint32 more)
{
	uint8		size_bits = state->size_bits;

	while (points_rows_in(state->size_bits) - state->count < more)
	{
		if (state->size_bits >= LAST_SIZE_BITS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many rows of points in one group"),
					 errhint("Group the rows by customer.")));
		state->size_bits++;
	}
	if (state->size_bits > size_bits)
		state = repalloc(state, (Size) 1 << state->size_bits);
	return state;
}

static inline void
points_check_same(const PointsState *state, DateADT as_of, TcsZone zone)
{
	if (unlikely(state->as_of != as_of || state->zone != zone))
		tcs_not_the_same(state->as_of != as_of ? "as_of" : "zone");
}

static void
points_bad_amount(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("amount must be a number of at most %d digits, decimals included", MOST_DECIMALS),
			 errhint("Round it, as in round(amount, 2); leave NaN and infinity out with a FILTER clause.")));
}

/* counts the amounts of the state in units of 10^-scale */
static void
points_state_rescale(PointsState *state, int scale)
{
	for (uint32 i = 0; i < state->count; i++)
	{
		int64		units = state->rows[i].units;

		if (!tcs_units_rescale(&units, scale - state->scale))
			points_bad_amount();
		state->rows[i].units = units;
	}
	state->scale = scale;
}

static void
points_bad_term(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("expires must be whole days or months"),
			 errhint("A number without a unit stands for seconds: write '12 months' or '365 days'.")));
}

/* the first day without points that were earned on a day and last that long */
static DateADT
points_term_end(DateADT day, Interval *term)
{
	int64		days;

	if (TCS_INTERVAL_NOT_FINITE(term))
		return TCS_POINTS_NEVER;
	if (unlikely(term->time % USECS_PER_DAY != 0))
		points_bad_term();
	if (term->month != 0)
	{
		Timestamp	end = DatumGetTimestamp(DirectFunctionCall2(date_pl_interval,
																DateADTGetDatum(day),
																IntervalPGetDatum(term)));

		return tcs_timestamp_day(end);
	}
	days = (int64) day + term->day + term->time / USECS_PER_DAY;
	if (unlikely(days != (DateADT) days || !IS_VALID_DATE(days)))
		tcs_bad_day("expires", false);
	return (DateADT) days;
}

static DateADT
points_expiry(FunctionCallInfo fcinfo, int argno, PointsTerm term, DateADT earned)
{
	DateADT		day;

	if (term == POINTS_NO_TERM || PG_ARGISNULL(argno))
		return TCS_POINTS_NEVER;
	if (term == POINTS_INTERVAL)
		return points_term_end(earned, PG_GETARG_INTERVAL_P(argno));
	day = PG_GETARG_DATEADT(argno);
	if (unlikely(DATE_IS_NOBEGIN(day)))
		tcs_bad_day("expires", false);
	return day;
}

/* the day of the row that this one takes back, if it takes one back */
static DateADT
points_original(FunctionCallInfo fcinfo, int argno, TcsAt at, TcsZone zone, DateADT day)
{
	DateADT		original;
	bool		finite;

	if (PG_ARGISNULL(argno))
		return TCS_POINTS_NO_ORIGINAL;
	finite = at == TCS_AT_DATE ? !DATE_NOT_FINITE(PG_GETARG_DATEADT(argno)) :
		!TIMESTAMP_NOT_FINITE(PG_GETARG_INT64(argno));
	if (unlikely(!finite))
		tcs_bad_day("original", false);
	original = tcs_row_day(fcinfo, argno, at, zone);
	if (unlikely(original > day))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("original must not be after at"),
				 errhint("It is the time of the earlier row that this one takes back, and NULL for a row that takes none back.")));
	return original;
}

/* arguments: state, at, amount, as_of, then expires, original and zone where there are such */
static inline Datum
points_row_add(FunctionCallInfo fcinfo, TcsAt at, PointsTerm term, bool with_original)
{
	PointsState *state = TCS_STATE(PointsState);
	int			after_expires = term == POINTS_NO_TERM ? 4 : 5;
	DateADT		as_of = tcs_row_bound(fcinfo, 3, "as_of");
	TcsZone		zone = 0;
	TcsPointsRow row = {.original = TCS_POINTS_NO_ORIGINAL};
	int64		units;
	int			scale;

	/* the state of another customer than before: fetch all of it at once */
	if (state != NULL)
		__builtin_prefetch(&state->rows[3]);
	if (at == TCS_AT_TIMESTAMPTZ)
		zone = tcs_zone_argument(fcinfo, after_expires + with_original, &fcinfo->flinfo->fn_extra);
	if (state == NULL)
		state = points_state_create(tcs_row_context(fcinfo), as_of, zone, 0);
	else
		points_check_same(state, as_of, zone);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(state);

	row.day = tcs_row_day(fcinfo, 1, at, zone);
	if (row.day > as_of)
		PG_RETURN_POINTER(state);
	if (unlikely(!tcs_numeric_to_units(PG_GETARG_DATUM(2), &units, &scale) || scale > MOST_DECIMALS))
		points_bad_amount();
	if (scale > state->scale)
		points_state_rescale(state, scale);
	else if (!tcs_units_rescale(&units, state->scale - scale))
		points_bad_amount();
	if (units == 0)
		PG_RETURN_POINTER(state);

	if (with_original)
		row.original = points_original(fcinfo, after_expires, at, zone, row.day);
	row.units = units;
	row.expires = TCS_POINTS_NEVER;
	if (row.original != TCS_POINTS_NO_ORIGINAL)
		row.expires = points_expiry(fcinfo, 4, term, row.original);
	else if (units > 0)
		row.expires = points_expiry(fcinfo, 4, term, row.day);
	if (unlikely(state->count == points_rows_in(state->size_bits)))
		state = points_make_room(state, 1);
	state->rows[state->count++] = row;
	PG_RETURN_POINTER(state);
}

TCS_ROW_FUNCTION(tcs_points_date, points_row_add, TCS_AT_DATE, POINTS_NO_TERM, false);
TCS_ROW_FUNCTION(tcs_points_date_interval, points_row_add, TCS_AT_DATE, POINTS_INTERVAL, false);
TCS_ROW_FUNCTION(tcs_points_date_date, points_row_add, TCS_AT_DATE, POINTS_DATE, false);
TCS_ROW_FUNCTION(tcs_points_date_interval_original, points_row_add, TCS_AT_DATE, POINTS_INTERVAL, true);
TCS_ROW_FUNCTION(tcs_points_date_date_original, points_row_add, TCS_AT_DATE, POINTS_DATE, true);
TCS_ROW_FUNCTION(tcs_points_timestamp, points_row_add, TCS_AT_TIMESTAMP, POINTS_NO_TERM, false);
TCS_ROW_FUNCTION(tcs_points_timestamp_interval, points_row_add, TCS_AT_TIMESTAMP, POINTS_INTERVAL, false);
TCS_ROW_FUNCTION(tcs_points_timestamp_date, points_row_add, TCS_AT_TIMESTAMP, POINTS_DATE, false);
TCS_ROW_FUNCTION(tcs_points_timestamp_interval_original, points_row_add, TCS_AT_TIMESTAMP, POINTS_INTERVAL, true);
TCS_ROW_FUNCTION(tcs_points_timestamp_date_original, points_row_add, TCS_AT_TIMESTAMP, POINTS_DATE, true);
TCS_ROW_FUNCTION(tcs_points_timestamptz, points_row_add, TCS_AT_TIMESTAMPTZ, POINTS_NO_TERM, false);
TCS_ROW_FUNCTION(tcs_points_timestamptz_interval, points_row_add, TCS_AT_TIMESTAMPTZ, POINTS_INTERVAL, false);
TCS_ROW_FUNCTION(tcs_points_timestamptz_date, points_row_add, TCS_AT_TIMESTAMPTZ, POINTS_DATE, false);
TCS_ROW_FUNCTION(tcs_points_timestamptz_interval_original, points_row_add, TCS_AT_TIMESTAMPTZ, POINTS_INTERVAL, true);
TCS_ROW_FUNCTION(tcs_points_timestamptz_date_original, points_row_add, TCS_AT_TIMESTAMPTZ, POINTS_DATE, true);

/* arguments: state, at, amount, as_of, ..., of any types */
Datum
tcs_points_refused(PG_FUNCTION_ARGS)
{
	Oid			at = tcs_refused_type(fcinfo, 1);

	if (tcs_refused_time(at))
		tcs_refused(fcinfo, 1, "at", "date, timestamp or timestamp with time zone",
					"The time comes first: points(at, amount, as_of, expires); convert a text with at::timestamp.");
	if (tcs_refused_type(fcinfo, 2) != NUMERICOID && !(tcs_is_number(tcs_refused_type(fcinfo, 2)) &&
													   tcs_refused_type(fcinfo, 2) != FLOAT4OID &&
													   tcs_refused_type(fcinfo, 2) != FLOAT8OID))
		tcs_refused(fcinfo, 2, "amount", "numeric or a whole number",
					"Points are counted exactly: convert the amount with amount::numeric.");
	if (tcs_refused_type(fcinfo, 3) != DATEOID)
		tcs_refused(fcinfo, 3, "as_of", "date", "Pass a day, such as current_date.");
	if (PG_NARGS() > 4 && tcs_refused_type(fcinfo, 4) != INTERVALOID && tcs_refused_type(fcinfo, 4) != DATEOID)
		tcs_refused(fcinfo, 4, "expires", "interval or date",
					"Give how long points last, such as interval '12 months', or the first day without them as a date.");
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("points is not called with these arguments"),
			 at == TIMESTAMPTZOID ?
			 errhint("After at, amount and as_of come expires and original, where they are given, and the zone whose days count, such as 'Europe/Berlin'.") :
			 errhint("After at, amount and as_of come expires and original, where they are given; original is of the type of at.")));
	PG_RETURN_NULL();
}

Datum
tcs_points_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	PointsState *into;
	PointsState *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (PointsState *) PG_GETARG_POINTER(1);
	if (PG_ARGISNULL(0))
		into = points_state_create(context, from->as_of, from->zone, from->count);
	else
	{
		into = (PointsState *) PG_GETARG_POINTER(0);
		points_check_same(into, from->as_of, from->zone);
		into = points_make_room(into, from->count);
	}
	if (into->scale < from->scale)
		points_state_rescale(into, from->scale);
	for (uint32 i = 0; i < from->count; i++)
	{
		TcsPointsRow row = from->rows[i];
		int64		units = row.units;

		if (!tcs_units_rescale(&units, into->scale - from->scale))
			points_bad_amount();
		row.units = units;
		into->rows[into->count++] = row;
	}
	PG_RETURN_POINTER(into);
}

Datum
tcs_points_serial(PG_FUNCTION_ARGS)
{
	PointsState *state = (PointsState *) PG_GETARG_POINTER(0);
	StringInfoData buffer;
	const char *zone;

	tcs_aggregate_context(fcinfo);
	zone = tcs_zone_name(state->zone);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, state->as_of);
	pq_sendbytes(&buffer, zone, strlen(zone) + 1);
	pq_sendint8(&buffer, state->scale);
	pq_sendint32(&buffer, state->count);
	for (uint32 i = 0; i < state->count; i++)
	{
		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		pq_sendint64(&buffer, state->rows[i].units);
		pq_sendint32(&buffer, state->rows[i].day);
		pq_sendint32(&buffer, state->rows[i].expires);
		pq_sendint32(&buffer, state->rows[i].original);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* can a transition function have written that row? */
static bool
points_row_good(const TcsPointsRow *row, DateADT as_of)
{
	return row->units != 0 && row->units != PG_INT64_MIN &&
		IS_VALID_DATE(row->day) && row->day <= as_of &&
		(row->expires == TCS_POINTS_NEVER || IS_VALID_DATE(row->expires)) &&
		(row->original == TCS_POINTS_NO_ORIGINAL ||
		 (IS_VALID_DATE(row->original) && row->original <= row->day));
}

Datum
tcs_points_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	PointsState *state;
	DateADT		as_of;
	const char *zone;
	int			scale;
	uint32		count;
	bool		good;

	tcs_aggregate_context(fcinfo);
	tcs_copied_buffer(&buffer, bytes);
	as_of = (DateADT) pq_getmsgint(&buffer, 4);
	zone = pq_getmsgrawstring(&buffer);
	scale = pq_getmsgbyte(&buffer);
	count = pq_getmsgint(&buffer, 4);
	good = IS_VALID_DATE(as_of) && scale <= MOST_DECIMALS &&
		count == (buffer.len - buffer.cursor) / sizeof(TcsPointsRow) &&
		count <= points_rows_in(LAST_SIZE_BITS);
	state = points_state_create(CurrentMemoryContext, as_of,
								zone[0] == '\0' ? 0 : tcs_zone_lookup(zone), good ? count : 0);
	state->scale = (uint8) scale;
	for (uint32 i = 0; good && i < count; i++)
	{
		TcsPointsRow row;

		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		row.units = pq_getmsgint64(&buffer);
		row.day = (DateADT) pq_getmsgint(&buffer, 4);
		row.expires = (DateADT) pq_getmsgint(&buffer, 4);
		row.original = (DateADT) pq_getmsgint(&buffer, 4);
		good = points_row_good(&row, as_of);
		state->rows[i] = row;
	}
	if (!good)
		tcs_bad_state("state of points");
	state->count = count;
	pq_getmsgend(&buffer);
	pfree(buffer.data);
	PG_RETURN_POINTER(state);
}

/* the columns of tcs.points, worked out once a query */
static TupleDesc
points_result_columns(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		TupleDesc	columns;

		if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		fcinfo->flinfo->fn_extra = BlessTupleDesc(columns);
		MemoryContextSwitchTo(before);
	}
	return fcinfo->flinfo->fn_extra;
}

static Datum
points_as_numeric(int64 units, int scale)
{
	return NumericGetDatum(int64_div_fast_to_numeric(units, scale));
}

/* The state keeps its rows as they came: it may be finished again. */
Datum
tcs_points_final(PG_FUNCTION_ARGS)
{
	PointsState *state = TCS_STATE(PointsState);
	TcsPointsTotals totals = {.next_expiry = TCS_POINTS_NEVER};
	int			scale = 0;
	Datum		values[8];
	bool		nulls[8] = {false};

	tcs_aggregate_context(fcinfo);
	if (state != NULL)
	{
		TcsPointsRow *rows = palloc(Max(state->count, 1) * sizeof(TcsPointsRow));

		memcpy(rows, state->rows, state->count * sizeof(TcsPointsRow));
		tcs_points_walk(rows, state->count, state->as_of, LOOK_AHEAD, &totals);
		pfree(rows);
		scale = state->scale;
	}
	values[0] = points_as_numeric(totals.balance, scale);
	values[1] = points_as_numeric(totals.earned, scale);
	values[2] = points_as_numeric(totals.used, scale);
	values[3] = points_as_numeric(totals.cancelled, scale);
	values[4] = points_as_numeric(totals.expired, scale);
	values[5] = points_as_numeric(totals.expiring, scale);
	values[6] = DateADTGetDatum(totals.next_expiry);
	values[7] = points_as_numeric(totals.next_expiring, scale);
	nulls[6] = nulls[7] = totals.next_expiry == TCS_POINTS_NEVER;
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(points_result_columns(fcinfo), values, nulls)));
}
