/*
 * duration.c
 *		How long cases take, where some are still open: the aggregate duration.
 *
 * A case that is open takes at least as long as it has been open, and longer
 * than that nobody knows: to leave such cases out would favour the short ones.
 */
#include "values/values.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "history/refused.h"
#include "math/kaplan_meier.h"
#include "numerics/normal.h"
#include "orders/row.h"

#define LONGEST				(INT64CONST(1) << 62)	/* microseconds */
#define NO_WITHIN			(-1)
#define USECS_PER_MONTH		(USECS_PER_DAY / 10000 * 304375)
#define INTERRUPT_EVERY		65536
#define CONFIDENCE			0.95

/*
 * A time and whether it is that of an open case are one key: twice the
 * microseconds, and one more for an open case, which so comes after those that
 * were closed at the same age.
 */
typedef struct Durations
{
	TcsBudget	budget;
	int64		within;			/* microseconds, or NO_WITHIN */
	TcsValues	times;
} Durations;

/* The columns of tcs.duration. */
enum
{
	N,
	CLOSED,
	OPEN,
	OLDEST_OPEN,
	MEDIAN,
	LOW,
	HIGH,
	P90,
	P90_LOW,
	P90_HIGH,
	WITHIN,
	WITHIN_LOW,
	WITHIN_HIGH,
	COLUMNS
};

PG_FUNCTION_INFO_V1(tcs_duration_interval);
PG_FUNCTION_INFO_V1(tcs_duration_refused);
PG_FUNCTION_INFO_V1(tcs_duration_combine);
PG_FUNCTION_INFO_V1(tcs_duration_serial);
PG_FUNCTION_INFO_V1(tcs_duration_deserial);
PG_FUNCTION_INFO_V1(tcs_duration_final);

static Durations *
durations_create(MemoryContext context, int64 within)
{
	Durations  *state = MemoryContextAllocZero(context, sizeof(Durations));

	state->budget.context = context;
	state->budget.used = sizeof(Durations);
	state->within = within;
	return state;
}

static inline void
durations_check_same(const Durations *state, int64 within)
{
	if (unlikely(state->within != within))
		tcs_not_the_same("within");
}

static void
duration_bad_span(const char *what, const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must not be %s", what, complaint),
			 strcmp(what, "within") == 0 ?
			 errhint("Give the time within which a case is to be closed, such as interval '2 days'.") :
			 errhint("Leave such rows out with a WHERE or FILTER clause, or replace the value with NULL.")));
}

/* an interval in microseconds; a day has 24 hours and a month 30.4375 days */
static int64
duration_span(const Interval *interval, const char *what)
{
	double		about;

	if (TCS_INTERVAL_NOT_FINITE(interval))
		duration_bad_span(what, "infinite");
	about = tcs_interval_days(interval, what) * USECS_PER_DAY;
	if (about <= -0.5)
		duration_bad_span(what, "negative");
	if (about >= (double) LONGEST)
		duration_bad_span(what, "longer than 146,000 years");
	return interval->month * USECS_PER_MONTH + interval->day * USECS_PER_DAY + interval->time;
}

/* the state, a new one in the first row, and what argument argno says of within */
static Durations *
durations_state(FunctionCallInfo fcinfo, int argno)
{
	int64		within = NO_WITHIN;

	if (PG_NARGS() > argno)
	{
		if (PG_ARGISNULL(argno))
			tcs_refuse_null("within", "Give the time within which a case is to be closed, such as interval '2 days', or leave the argument out.");
		within = duration_span(PG_GETARG_INTERVAL_P(argno), "within");
	}
	if (PG_ARGISNULL(0))
		return durations_create(tcs_aggregate_context(fcinfo), within);
	durations_check_same((Durations *) PG_GETARG_POINTER(0), within);
	return (Durations *) PG_GETARG_POINTER(0);
}

static inline void
durations_add(Durations *state, uint64 time, bool open)
{
	if (unlikely(time >= (uint64) LONGEST))
		duration_bad_span("the time from opened to closed", "longer than 146,000 years");
	tcs_values_add(&state->times, &state->budget, 2 * time + open);
}

static inline bool
duration_is_finite(FunctionCallInfo fcinfo, int argno, TcsAt type)
{
	return type == TCS_AT_DATE ? !DATE_NOT_FINITE(PG_GETARG_DATEADT(argno)) :
		!TIMESTAMP_NOT_FINITE(PG_GETARG_INT64(argno));
}

static inline int64
duration_moment(FunctionCallInfo fcinfo, int argno, TcsAt type)
{
	return type == TCS_AT_DATE ? PG_GETARG_DATEADT(argno) : PG_GETARG_INT64(argno);
}

static void
duration_bad_moment(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must not be infinite", what),
			 strcmp(what, "as_of") == 0 ?
			 errhint("Pass the moment until which the cases were watched, such as now().") :
			 errhint("Leave such rows out with a WHERE or FILTER clause, or replace the value with NULL.")));
}

/* arguments: state, opened, closed, as_of, within where there is one */
static inline Datum
duration_row_add(FunctionCallInfo fcinfo, TcsAt type)
{
	Durations  *state = durations_state(fcinfo, 4);
	int64		opened;
	int64		as_of;
	int64		until;
	bool		open = true;
	uint64		time;

	if (PG_ARGISNULL(3))
		tcs_refuse_null("as_of", "Pass the moment until which the cases were watched, such as now().");
	if (unlikely(!duration_is_finite(fcinfo, 3, type)))
		duration_bad_moment("as_of");
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);
	if (unlikely(!duration_is_finite(fcinfo, 1, type)))
		duration_bad_moment("opened");
	opened = duration_moment(fcinfo, 1, type);
	as_of = until = duration_moment(fcinfo, 3, type);
	if (opened > as_of)
		PG_RETURN_POINTER(state);
	if (!PG_ARGISNULL(2))
	{
		int64		closed = duration_moment(fcinfo, 2, type);

		if (unlikely(closed < opened))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("closed must not be before opened"),
					 errhint("Leave such rows out with a WHERE or FILTER clause, or take greatest(opened, closed).")));
		open = closed > as_of;
		if (!open)
			until = closed;
	}
	time = (uint64) until - (uint64) opened;
	durations_add(state, type == TCS_AT_DATE ? time * USECS_PER_DAY : time, open);
	PG_RETURN_POINTER(state);
}

TCS_ROW_FUNCTION(tcs_duration_date, duration_row_add, TCS_AT_DATE);
TCS_ROW_FUNCTION(tcs_duration_timestamp, duration_row_add, TCS_AT_TIMESTAMP);

/* arguments: state, time, closed, within where there is one */
Datum
tcs_duration_interval(PG_FUNCTION_ARGS)
{
	Durations  *state = durations_state(fcinfo, 3);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		durations_add(state, duration_span(PG_GETARG_INTERVAL_P(1), "time"), !PG_GETARG_BOOL(2));
	PG_RETURN_POINTER(state);
}

/* arguments: state and others, of any types */
Datum
tcs_duration_refused(PG_FUNCTION_ARGS)
{
	Oid			first = tcs_refused_type(fcinfo, 1);

	if (first != INTERVALOID && tcs_refused_time(first))
		tcs_refused(fcinfo, 1, "opened", "date, timestamp or timestamp with time zone",
					"Give when a case was opened, when it was closed, and until when it was watched: duration(opened, closed, now()).");
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("duration is not called with these arguments"),
			 errhint("Call duration(opened, closed, as_of), with three dates or three timestamps, or duration(time, closed), with an interval and a boolean; the time within which a case is to be closed may follow, as an interval.")));
	PG_RETURN_NULL();
}

Datum
tcs_duration_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	Durations  *into;
	Durations  *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (Durations *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? durations_create(context, from->within) :
		(Durations *) PG_GETARG_POINTER(0);
	durations_check_same(into, from->within);
	tcs_values_merge(&into->times, &into->budget, &from->times);
	PG_RETURN_POINTER(into);
}

Datum
tcs_duration_serial(PG_FUNCTION_ARGS)
{
	Durations  *state = (Durations *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, state->within);
	tcs_values_send(&buffer, &state->times);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_duration_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	MemoryContext context = tcs_aggregate_context(fcinfo);
	StringInfoData buffer;
	Durations  *state;

	tcs_read_only_buffer(&buffer, bytes);
	state = durations_create(CurrentMemoryContext, pq_getmsgint64(&buffer));
	/* the values are for the state that this one is combined with */
	state->budget.context = context;
	if (state->within < NO_WITHIN || state->within >= LONGEST)
		tcs_bad_state("state of duration");
	tcs_values_receive(&buffer, &state->times, &state->budget, 0, 2 * (uint64) LONGEST - 1);
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

static void
duration_set(Datum *values, bool *nulls, int column, int64 microseconds)
{
	Interval   *interval;

	nulls[column] = microseconds < 0;
	if (microseconds < 0)
		return;
	interval = palloc0(sizeof(Interval));
	interval->day = (int32) (microseconds / USECS_PER_DAY);
	interval->time = microseconds % USECS_PER_DAY;
	values[column] = IntervalPGetDatum(interval);
}

static void
duration_set_share(Datum *values, bool *nulls, const TcsSurvivalCurve *curve)
{
	TcsInterval interval = tcs_survival_ended(curve);

	values[WITHIN] = Float8GetDatum(1.0 - curve->survival);
	values[WITHIN_LOW] = Float8GetDatum(interval.low);
	values[WITHIN_HIGH] = Float8GetDatum(interval.high);
	nulls[WITHIN] = nulls[WITHIN_LOW] = nulls[WITHIN_HIGH] = false;
}

/* goes through the times; sets all columns that come of them */
static void
durations_finish(Durations *state, Datum *values, bool *nulls)
{
	static const double levels[TCS_TIME_QUANTILES] = {0.5, 0.1};
	TcsSurvivalCurve curve;
	TcsMerge	walk;
	uint64		key;
	uint64		times;
	uint64		steps = 0;
	int64		open = 0;
	int64		oldest = -1;
	bool		wanted = state->within != NO_WITHIN;

	tcs_values_settle(&state->times);
	tcs_values_walk(&state->times, &walk);
	tcs_survival_begin(&curve, (double) state->times.count, tcs_normal_confidence(CONFIDENCE), levels);
	while (tcs_merge_next(&walk, &key, &times))
	{
		int64		time = (int64) (key / 2);
		bool		is_open = key % 2 != 0;

		if (++steps % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		/* who was seen for that long, closed by then or not, tells the share */
		if (wanted && time >= state->within && (time > state->within || is_open))
		{
			duration_set_share(values, nulls, &curve);
			wanted = false;
		}
		tcs_survival_step(&curve, time, is_open ? 0.0 : (double) times, is_open ? (double) times : 0.0);
		if (is_open)
		{
			open += times;
			oldest = time;
		}
	}
	if (wanted && curve.ended > 0.0 && curve.survival <= 0.0)
		duration_set_share(values, nulls, &curve);
	values[N] = Int64GetDatum(state->times.count);
	values[CLOSED] = Int64GetDatum(state->times.count - open);
	values[OPEN] = Int64GetDatum(open);
	duration_set(values, nulls, OLDEST_OPEN, oldest);
	for (int i = 0; i < TCS_TIME_QUANTILES; i++)
	{
		int			first = i == 0 ? MEDIAN : P90;

		duration_set(values, nulls, first, curve.quantiles[i].time.at);
		duration_set(values, nulls, first + 1, curve.quantiles[i].low.at);
		duration_set(values, nulls, first + 2, curve.quantiles[i].high.at);
	}
}

/* The state keeps its times; that they are sorted now does not show. */
Datum
tcs_duration_final(PG_FUNCTION_ARGS)
{
	Durations  *state = TCS_STATE(Durations);
	TupleDesc	columns;
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS];

	tcs_aggregate_context(fcinfo);
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		fcinfo->flinfo->fn_extra = BlessTupleDesc(columns);
		MemoryContextSwitchTo(before);
	}
	columns = fcinfo->flinfo->fn_extra;
	memset(nulls, true, sizeof(nulls));
	nulls[N] = nulls[CLOSED] = nulls[OPEN] = false;
	if (state != NULL)
		durations_finish(state, values, nulls);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(columns, values, nulls)));
}
