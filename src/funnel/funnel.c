/*
 * funnel.c
 *		How far a customer came, and when: the aggregate funnel.
 */
#include "tcs.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "funnel/funnel.h"
#include "history/refused.h"

#define FIRST_SIZE_BITS		7	/* 128 bytes, 12 events */
#define LAST_SIZE_BITS		29	/* half a GiB, 59 million events */
#define INTERRUPT_EVERY		65536
#define USECS_PER_MONTH		(USECS_PER_DAY / 10000 * 304375)

#define ST_SORT sort_times
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

PG_FUNCTION_INFO_V1(tcs_funnel_trans_date);
PG_FUNCTION_INFO_V1(tcs_funnel_trans_timestamp);
PG_FUNCTION_INFO_V1(tcs_funnel_refused);
PG_FUNCTION_INFO_V1(tcs_funnel_combine);
PG_FUNCTION_INFO_V1(tcs_funnel_serial);
PG_FUNCTION_INFO_V1(tcs_funnel_deserial);
PG_FUNCTION_INFO_V1(tcs_funnel_final_date);
PG_FUNCTION_INFO_V1(tcs_funnel_final_timestamp);
PG_FUNCTION_INFO_V1(tcs_funnel_final_timestamptz);

TcsFunnel *
tcs_funnel_create(MemoryContext context, bool is_date, uint32 room)
{
	uint8		size_bits = FIRST_SIZE_BITS;
	TcsFunnel  *funnel;

	while (tcs_funnel_events_in(size_bits) < room)
		size_bits++;
	funnel = MemoryContextAlloc(context, (Size) 1 << size_bits);
	funnel->count = 0;
	funnel->size_bits = size_bits;
	funnel->is_date = is_date;
	return funnel;
}

TcsFunnel *
tcs_funnel_make_room(TcsFunnel *funnel, uint32 more)
{
	uint8		size_bits = funnel->size_bits;

	while (tcs_funnel_events_in(funnel->size_bits) - funnel->count < more)
	{
		if (funnel->size_bits >= LAST_SIZE_BITS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many events in one group"),
					 errhint("Group the events by customer.")));
		funnel->size_bits++;
	}
	if (funnel->size_bits > size_bits)
		funnel = repalloc(funnel, (Size) 1 << funnel->size_bits);
	return funnel;
}

TcsFunnel *
tcs_funnel_append(TcsFunnel *into, const TcsFunnel *from)
{
	into = tcs_funnel_make_room(into, from->count);
	memcpy(&into->events[into->count], from->events, from->count * sizeof(TcsFunnelEvent));
	into->count += from->count;
	return into;
}

void
tcs_funnel_send_events(StringInfo buffer, const TcsFunnel *funnel)
{
	pq_sendint32(buffer, funnel->count);
	for (uint32 i = 0; i < funnel->count; i++)
	{
		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		pq_sendint64(buffer, funnel->events[i].at);
		pq_sendint8(buffer, funnel->events[i].step);
	}
}

void
tcs_funnel_bad_within(const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("within must not be %s", complaint),
			 errhint("Give how long after the first step the others count, such as interval '7 days'.")));
}

static inline void
funnel_check_same(const TcsFunnel *funnel, uint64 within, bool is_date)
{
	if (unlikely(funnel->within != within || funnel->is_date != is_date))
		tcs_not_the_same(funnel->within != within ? "within" : "type of at");
}

/* what cannot be counted in 64 bits of microseconds */
static uint64
funnel_long_within(const Interval *interval, bool is_date)
{
	double		days;

	if (TCS_INTERVAL_NOT_FINITE(interval))
		days = interval->month < 0 ? -1.0 : INFINITY;
	else
		days = tcs_interval_days(interval, "within");
	if (days < 0.0)
		tcs_funnel_bad_within("negative");
	return is_date && days < PG_INT32_MAX ? (uint64) days : PG_UINT64_MAX;
}

uint64
tcs_funnel_within(const Interval *interval, bool is_date)
{
	int64		months;
	int64		days;
	int64		within;

	if (unlikely(TCS_INTERVAL_NOT_FINITE(interval) ||
				 pg_mul_s64_overflow(interval->month, USECS_PER_MONTH, &months) ||
				 pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &days) ||
				 pg_add_s64_overflow(days, interval->time, &within) ||
				 pg_add_s64_overflow(within, months, &within)))
		return funnel_long_within(interval, is_date);
	if (unlikely(within < 0))
		tcs_funnel_bad_within("negative");
	return is_date ? within / USECS_PER_DAY : within;
}

static void
funnel_bad_event(FunctionCallInfo fcinfo, int step)
{
	if (step < 1 || step > TCS_FUNNEL_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step must lie between 1 and %d, not be %d", TCS_FUNNEL_STEPS, step),
				 errhint("Number the steps of the funnel from 1, and give NULL for events that are none of them.")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("at must not be infinite"),
			 errhint("Leave such rows out with a WHERE or FILTER clause, or replace the value with NULL.")));
}

/* arguments: state, at, step, within */
static inline Datum
funnel_row_add(FunctionCallInfo fcinfo, bool is_date)
{
	TcsFunnel  *funnel = TCS_STATE(TcsFunnel);
	uint64		within = tcs_funnel_within_argument(fcinfo, 3, is_date);
	int64		at;
	int			step;
	bool		finite;

	/* the state of another customer than before: fetch all of it at once */
	if (funnel != NULL)
		__builtin_prefetch(&funnel->events[6]);
	if (funnel == NULL)
	{
		funnel = tcs_funnel_create(tcs_aggregate_context(fcinfo), is_date, 0);
		funnel->within = within;
	}
	else
		funnel_check_same(funnel, within, is_date);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(funnel);

	step = PG_GETARG_INT32(2);
	at = is_date ? PG_GETARG_DATEADT(1) : PG_GETARG_INT64(1);
	finite = is_date ? !DATE_NOT_FINITE(at) : !TIMESTAMP_NOT_FINITE(at);
	if (unlikely(step < 1 || step > TCS_FUNNEL_STEPS || !finite))
		funnel_bad_event(fcinfo, step);
	if (unlikely(funnel->count == tcs_funnel_events_in(funnel->size_bits)))
		funnel = tcs_funnel_make_room(funnel, 1);
	funnel->events[funnel->count].at = at;
	funnel->events[funnel->count].step = (uint8) step;
	funnel->count++;
	PG_RETURN_POINTER(funnel);
}

Datum
tcs_funnel_trans_date(PG_FUNCTION_ARGS)
{
	return funnel_row_add(fcinfo, true);
}

Datum
tcs_funnel_trans_timestamp(PG_FUNCTION_ARGS)
{
	return funnel_row_add(fcinfo, false);
}

/* a string, or an array of them */
static bool
refused_is_string(Oid type)
{
	Oid			element = OidIsValid(type) ? get_element_type(type) : InvalidOid;

	return OidIsValid(type) &&
		(type == UNKNOWNOID || TypeCategory(OidIsValid(element) ? element : type) == TYPCATEGORY_STRING);
}

/* arguments: state, at, step, perhaps steps, within, perhaps as_of, of any types */
Datum
tcs_funnel_refused(PG_FUNCTION_ARGS)
{
	Oid			step = tcs_refused_type(fcinfo, 2);
	bool		by_name = PG_NARGS() > 4 && step != INT4OID && step != INT4ARRAYOID;
	int			within = by_name ? 4 : 3;

	if (tcs_refused_time(tcs_refused_type(fcinfo, 1)))
		tcs_refused(fcinfo, 1, "at", "date, timestamp or timestamp with time zone",
					"The time comes first: funnel(at, step, within) or funnel(at, step, steps, within); convert a text with at::timestamp.");
	if (!by_name && step != INT4OID && step != INT4ARRAYOID)
		tcs_refused(fcinfo, 2, "step", "integer",
					"Number the steps from 1: CASE page WHEN 'basket' THEN 1 WHEN 'paid' THEN 2 END, for example.");
	if (by_name && !refused_is_string(step))
		tcs_refused(fcinfo, 2, "step", "text",
					"Give the name of the event, such as kind::text, or an array of its names.");
	if (by_name && tcs_refused_type(fcinfo, 3) != UNKNOWNOID &&
		!refused_is_string(get_element_type(tcs_refused_type(fcinfo, 3))))
		tcs_refused(fcinfo, 3, "steps", "text[]", "Name the steps in order, such as '{visit,basket,paid}'.");
	if (tcs_refused_type(fcinfo, within) != INTERVALOID)
		tcs_refused(fcinfo, within, "within", "interval", "Give a span of time, such as interval '30 days'.");
	tcs_refused(fcinfo, PG_NARGS() - 1, "as_of", "of the type of at",
				"Give the time by which windows must be over.");
	PG_RETURN_NULL();
}

Datum
tcs_funnel_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsFunnel  *into;
	TcsFunnel  *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsFunnel *) PG_GETARG_POINTER(1);
	if (PG_ARGISNULL(0))
	{
		into = tcs_funnel_create(context, from->is_date, from->count);
		into->within = from->within;
	}
	else
	{
		into = (TcsFunnel *) PG_GETARG_POINTER(0);
		funnel_check_same(into, from->within, from->is_date);
	}
	PG_RETURN_POINTER(tcs_funnel_append(into, from));
}

Datum
tcs_funnel_serial(PG_FUNCTION_ARGS)
{
	TcsFunnel  *funnel = (TcsFunnel *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, funnel->within);
	pq_sendint8(&buffer, funnel->is_date);
	tcs_funnel_send_events(&buffer, funnel);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_funnel_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	TcsFunnel  *funnel;
	uint64		within;
	bool		is_date;
	uint32		count;
	bool		good;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	within = pq_getmsgint64(&buffer);
	is_date = pq_getmsgbyte(&buffer) != 0;
	count = pq_getmsgint(&buffer, 4);
	good = count == (buffer.len - buffer.cursor) / sizeof(TcsFunnelEvent);
	funnel = tcs_funnel_create(CurrentMemoryContext, is_date, good ? count : 0);
	funnel->within = within;
	for (uint32 i = 0; good && i < count; i++)
	{
		int64		at = pq_getmsgint64(&buffer);
		int			step = pq_getmsgbyte(&buffer);

		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		good = (is_date ? at == (DateADT) at && IS_VALID_DATE(at) : IS_VALID_TIMESTAMP(at)) &&
			step >= 1 && step <= TCS_FUNNEL_STEPS;
		funnel->events[i].at = at;
		funnel->events[i].step = (uint8) step;
	}
	if (!good)
		tcs_bad_state("funnel");
	funnel->count = count;
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(funnel);
}

/*
 * The times of each step, ascending, in an array that has room for all of
 * them.  Returns the highest step.
 */
static int
funnel_sort_steps(const TcsFunnel *funnel, int64 *times, TcsStepTimes *step)
{
	uint32		place[TCS_FUNNEL_STEPS] = {0};
	uint32		before = 0;
	int			steps = 0;

	for (uint32 i = 0; i < funnel->count; i++)
	{
		int			k = funnel->events[i].step;

		place[k - 1]++;
		steps = Max(steps, k);
	}
	for (int k = 0; k < steps; k++)
	{
		step[k].at = times + before;
		step[k].count = place[k];
		place[k] = before;
		before += step[k].count;
	}
	for (uint32 i = 0; i < funnel->count; i++)
	{
		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		times[place[funnel->events[i].step - 1]++] = funnel->events[i].at;
	}
	for (int k = 0; k < steps; k++)
		if (step[k].count > 1)
			sort_times(times + place[k] - step[k].count, step[k].count);
	return steps;
}

/* leave the starts out whose window is not over */
static void
funnel_leave_ripe(TcsStepTimes *step, uint64 within, const int64 *as_of)
{
	while (step->count > 0 &&
		   (step->at[step->count - 1] > *as_of ||
			(uint64) *as_of - (uint64) step->at[step->count - 1] < within))
		step->count--;
}

int
tcs_funnel_walk(const TcsFunnel *funnel, uint64 within, const int64 *as_of, int64 *times)
{
	TcsStepTimes step[TCS_FUNNEL_STEPS];
	TcsFunnelWalk walk;
	int64	   *sorted;
	int			steps;

	sorted = palloc((Size) funnel->count * sizeof(int64));
	steps = funnel_sort_steps(funnel, sorted, step);
	if (as_of != NULL && steps > 0)
		funnel_leave_ripe(&step[0], within, as_of);
	tcs_funnel_begin(&walk, step, steps, within);
	while (tcs_funnel_next(&walk, INTERRUPT_EVERY))
		CHECK_FOR_INTERRUPTS();
	pfree(sorted);
	memcpy(times, walk.deepest, walk.depth * sizeof(int64));
	return walk.depth;
}

ArrayType *
tcs_funnel_times(const int64 *times, int depth, Oid type)
{
	Datum		chain[TCS_FUNNEL_STEPS];

	if (depth == 0)
		return construct_empty_array(type);
	for (int k = 0; k < depth; k++)
		chain[k] = type == DATEOID ? DateADTGetDatum((DateADT) times[k]) : Int64GetDatum(times[k]);
	if (type == DATEOID)
		return construct_array(chain, depth, type, sizeof(DateADT), true, TYPALIGN_INT);
	return construct_array(chain, depth, type, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

/* The state keeps its events as they came: it may be finished again. */
static inline Datum
funnel_finish(FunctionCallInfo fcinfo, Oid type)
{
	TcsFunnel  *funnel = TCS_STATE(TcsFunnel);
	int64		times[TCS_FUNNEL_STEPS];
	int			depth = 0;

	tcs_aggregate_context(fcinfo);
	if (funnel == NULL)
		PG_RETURN_NULL();
	funnel_check_same(funnel, funnel->within, type == DATEOID);
	if (funnel->count > 0)
		depth = tcs_funnel_walk(funnel, funnel->within, NULL, times);
	PG_RETURN_ARRAYTYPE_P(tcs_funnel_times(times, depth, type));
}

Datum
tcs_funnel_final_date(PG_FUNCTION_ARGS)
{
	return funnel_finish(fcinfo, DATEOID);
}

Datum
tcs_funnel_final_timestamp(PG_FUNCTION_ARGS)
{
	return funnel_finish(fcinfo, TIMESTAMPOID);
}

Datum
tcs_funnel_final_timestamptz(PG_FUNCTION_ARGS)
{
	return funnel_finish(fcinfo, TIMESTAMPTZOID);
}
