/*
 * sessions.c
 *		How often somebody came, and for how long: the aggregate sessions.
 *
 * Events with pauses of at most gap between them are one session.  A state holds
 * spans and not events: an event widens the span that it is near to.  Logs come in
 * order as a rule, and then the spans are sessions; what comes out of order waits
 * behind them, and is sorted in when the room is used up.
 */
#include "tcs.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#define FIRST_ROOM		4
#define MOST_SPANS		(INT64CONST(1) << 29)

typedef struct SessionSpan
{
	int64		start;
	int64		end;
} SessionSpan;

typedef struct Sessions
{
	uint64		gap;			/* microseconds */
	int64		events;
	int64		settled;		/* spans in order, more than gap apart */
	int64		count;			/* all of them */
	int64		room;
	SessionSpan *spans;
} Sessions;

#define ST_SORT sort_spans
#define ST_ELEMENT_TYPE SessionSpan
#define ST_COMPARE(a, b) ((a)->start < (b)->start ? -1 : (a)->start > (b)->start)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

PG_FUNCTION_INFO_V1(tcs_sessions_trans);
PG_FUNCTION_INFO_V1(tcs_sessions_combine);
PG_FUNCTION_INFO_V1(tcs_sessions_serial);
PG_FUNCTION_INFO_V1(tcs_sessions_deserial);
PG_FUNCTION_INFO_V1(tcs_sessions_final);

static Sessions *
sessions_create(MemoryContext context, uint64 gap, int64 room)
{
	Sessions   *sessions = MemoryContextAllocZero(context, sizeof(Sessions));

	sessions->gap = gap;
	sessions->room = Max(room, FIRST_ROOM);
	sessions->spans = MemoryContextAllocHuge(context, sessions->room * sizeof(SessionSpan));
	return sessions;
}

/* So much later: no two instants are farther apart than 64 bits say. */
static inline bool
sessions_is_near(const Sessions *sessions, int64 end, int64 start)
{
	return start <= end || (uint64) start - (uint64) end <= sessions->gap;
}

/* Merge the spans, in order, that are not more than gap apart. */
static int64
spans_merge(const Sessions *sessions, SessionSpan *spans, int64 count)
{
	int64		last = 0;

	for (int64 i = 1; i < count; i++)
	{
		if (sessions_is_near(sessions, spans[last].end, spans[i].start))
			spans[last].end = Max(spans[last].end, spans[i].end);
		else
			spans[++last] = spans[i];
	}
	return count > 0 ? last + 1 : 0;
}

static void
sessions_settle(Sessions *sessions)
{
	if (sessions->settled == sessions->count)
		return;
	sort_spans(sessions->spans, sessions->count);
	sessions->count = spans_merge(sessions, sessions->spans, sessions->count);
	sessions->settled = sessions->count;
}

static void
sessions_make_room(Sessions *sessions)
{
	if (sessions->count < sessions->room)
		return;
	sessions_settle(sessions);
	/* else every few spans would sort all of them */
	if (sessions->count <= sessions->room / 2)
		return;
	if (sessions->room >= MOST_SPANS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many sessions in one group"),
				 errhint("Group the events by customer.")));
	sessions->room *= 2;
	sessions->spans = repalloc_huge(sessions->spans, sessions->room * sizeof(SessionSpan));
}

static void
sessions_add(Sessions *sessions, int64 start, int64 end)
{
	SessionSpan *last = sessions->settled > 0 ? &sessions->spans[sessions->settled - 1] : NULL;
	bool		is_later = last == NULL || start >= last->start;

	if (last != NULL && is_later && sessions_is_near(sessions, last->end, start))
	{
		last->end = Max(last->end, end);
		return;
	}
	sessions_make_room(sessions);
	is_later = is_later && sessions->settled == sessions->count &&
		(sessions->count == 0 || !sessions_is_near(sessions, sessions->spans[sessions->count - 1].end, start));
	sessions->spans[sessions->count].start = start;
	sessions->spans[sessions->count].end = end;
	sessions->count++;
	if (is_later)
		sessions->settled = sessions->count;
}

/* The argument gap, in microseconds. */
static uint64
sessions_gap(const Interval *interval)
{
	double		days = tcs_interval_days(interval, "gap");

	if (!(days > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("gap must be positive"),
				 errhint("Give the pause after which somebody comes anew, such as interval '30 minutes'.")));
	if (interval->month == 0 && interval->day == 0)
		return (uint64) interval->time;
	return days * USECS_PER_DAY < 1e19 ? (uint64) (days * USECS_PER_DAY) : PG_UINT64_MAX;
}

Datum
tcs_sessions_trans(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	Sessions   *sessions = TCS_STATE(Sessions);
	uint64		gap;
	int64		at;

	if (PG_ARGISNULL(2))
		tcs_refuse_null("gap", "Give the pause after which somebody comes anew, such as interval '30 minutes'.");
	gap = sessions_gap(PG_GETARG_INTERVAL_P(2));
	if (sessions != NULL && sessions->gap != gap)
		tcs_not_the_same("gap");
	if (sessions == NULL)
		sessions = sessions_create(context, gap, FIRST_ROOM);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(sessions);
	at = PG_GETARG_TIMESTAMP(1);
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("at must be finite")));
	sessions->events++;
	sessions_add(sessions, at, at);
	PG_RETURN_POINTER(sessions);
}

Datum
tcs_sessions_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	Sessions   *sessions = TCS_STATE(Sessions);
	const Sessions *other = PG_ARGISNULL(1) ? NULL : (const Sessions *) PG_GETARG_POINTER(1);

	if (other == NULL)
		return tcs_first_state(fcinfo);
	if (sessions == NULL)
		sessions = sessions_create(context, other->gap, other->count);
	else if (sessions->gap != other->gap)
		tcs_not_the_same("gap");
	sessions->events += other->events;
	for (int64 i = 0; i < other->count; i++)
		sessions_add(sessions, other->spans[i].start, other->spans[i].end);
	PG_RETURN_POINTER(sessions);
}

Datum
tcs_sessions_serial(PG_FUNCTION_ARGS)
{
	const Sessions *sessions = (const Sessions *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, sessions->gap);
	pq_sendint64(&buffer, sessions->events);
	pq_sendint64(&buffer, sessions->count);
	for (int64 i = 0; i < sessions->count; i++)
	{
		if (i % 65536 == 65535)
			CHECK_FOR_INTERRUPTS();
		pq_sendint64(&buffer, sessions->spans[i].start);
		pq_sendint64(&buffer, sessions->spans[i].end);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_sessions_deserial(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	StringInfoData buffer;
	Sessions   *sessions;
	uint64		gap;
	int64		events;
	int64		count;

	tcs_read_only_buffer(&buffer, PG_GETARG_BYTEA_PP(0));
	gap = pq_getmsgint64(&buffer);
	events = pq_getmsgint64(&buffer);
	count = pq_getmsgint64(&buffer);
	if (gap == 0 || events < 0 || count < 0 || count > events ||
		count != (buffer.len - buffer.cursor) / (int64) sizeof(SessionSpan))
		tcs_bad_state("sessions");
	sessions = sessions_create(context, gap, count);
	sessions->events = events;
	for (int64 i = 0; i < count; i++)
	{
		int64		start = pq_getmsgint64(&buffer);
		int64		end = pq_getmsgint64(&buffer);

		if (i % 65536 == 65535)
			CHECK_FOR_INTERRUPTS();
		if (!IS_VALID_TIMESTAMP(start) || !IS_VALID_TIMESTAMP(end) || end < start)
			tcs_bad_state("sessions");
		sessions->spans[i].start = start;
		sessions->spans[i].end = end;
	}
	/* in no order that could be relied on */
	sessions->count = count;
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(sessions);
}

/* The state stays as it is: it may be finished again. */
Datum
tcs_sessions_final(PG_FUNCTION_ARGS)
{
	const Sessions *sessions = TCS_STATE(Sessions);
	TupleDesc	columns;
	Datum		values[4];
	bool		nulls[4] = {0};
	SessionSpan *spans;
	int64		count;
	uint64		total = 0;
	uint64		longest = 0;

	tcs_aggregate_context(fcinfo);
	if (sessions == NULL)
		PG_RETURN_NULL();
	columns = fcinfo->flinfo->fn_extra;
	if (columns == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE || columns->natts != 4)
			elog(ERROR, "sessions does not return its columns");
		fcinfo->flinfo->fn_extra = columns = BlessTupleDesc(columns);
		MemoryContextSwitchTo(old);
	}
	spans = palloc_extended(Max(sessions->count, 1) * sizeof(SessionSpan), MCXT_ALLOC_HUGE);
	memcpy(spans, sessions->spans, sessions->count * sizeof(SessionSpan));
	count = sessions->count;
	if (sessions->settled < count)
	{
		sort_spans(spans, count);
		count = spans_merge(sessions, spans, count);
	}
	for (int64 i = 0; i < count; i++)
	{
		uint64		length = (uint64) spans[i].end - (uint64) spans[i].start;

		total += length;
		longest = Max(longest, length);
	}
	values[0] = Int64GetDatum(count);
	values[1] = Int64GetDatum(sessions->events);
	values[2] = Float8GetDatum((double) total / USECS_PER_MINUTE);
	values[3] = Float8GetDatum((double) longest / USECS_PER_MINUTE);
	pfree(spans);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(columns, values, nulls)));
}
