/*
 * funnel.h
 *		The events of one customer, as the aggregates called funnel hold them.
 */
#ifndef TCS_FUNNEL_H
#define TCS_FUNNEL_H

#include "tcs.h"

#include "lib/stringinfo.h"

#include "utils/array.h"
#include "utils/timestamp.h"

#include "math/funnel.h"

struct TcsFunnelPlan;

/*
 * Nine bytes an event: there may be millions of customers.  Step is the number
 * of a step, or what a plan makes of a name.
 */
#pragma pack(push, 1)
typedef struct TcsFunnelEvent
{
	int64		at;
	uint8		step;
} TcsFunnelEvent;
#pragma pack(pop)

/*
 * One allocation.  Instants are counted in what the type of the argument
 * counts in: days for a date, else microseconds.  The events are in any order.
 */
typedef struct TcsFunnel
{
	union
	{
		uint64		within;
		const struct TcsFunnelPlan *plan;	/* of funnels of named steps */
	};
	uint32		count;
	uint8		size_bits;		/* the allocation has 2^size_bits bytes */
	bool		is_date;
	TcsFunnelEvent events[FLEXIBLE_ARRAY_MEMBER];
} TcsFunnel;

static inline uint32
tcs_funnel_events_in(uint8 size_bits)
{
	return ((UINT64CONST(1) << size_bits) - offsetof(TcsFunnel, events)) / sizeof(TcsFunnelEvent);
}

/* A funnel without events, with room for some; the caller gives it its within or plan. */
extern TcsFunnel *tcs_funnel_create(MemoryContext context, bool is_date, uint32 room);

/* Make room for so many more events.  Returns the funnel, which may have moved. */
extern TcsFunnel *tcs_funnel_make_room(TcsFunnel *funnel, uint32 more);

/* Put the events of another funnel behind its own.  Returns it; it may have moved. */
extern TcsFunnel *tcs_funnel_append(TcsFunnel *into, const TcsFunnel *from);

/* How many events there are, and each. */
extern void tcs_funnel_send_events(StringInfo buffer, const TcsFunnel *funnel);

/* Report a window that cannot be one. */
extern void tcs_funnel_bad_within(const char *complaint) pg_attribute_noreturn();

/*
 * A window in what the type of at counts in; a day has 24 hours and a month
 * 30.4375 days.  No two instants are farther apart than the greatest value.
 */
extern uint64 tcs_funnel_within(const Interval *interval, bool is_date);

static inline uint64
tcs_funnel_within_argument(FunctionCallInfo fcinfo, int argno, bool is_date)
{
	if (unlikely(PG_ARGISNULL(argno)))
		tcs_funnel_bad_within("null");
	return tcs_funnel_within(PG_GETARG_INTERVAL_P(argno), is_date);
}

/*
 * The times of the deepest chain of steps by number, of those whose window is
 * over by as_of unless that is NULL.  Returns the depth.
 */
extern int	tcs_funnel_walk(const TcsFunnel *funnel, uint64 within, const int64 *as_of,
							int64 *times);

/* The result of a funnel. */
extern ArrayType *tcs_funnel_times(const int64 *times, int depth, Oid type);

#endif							/* TCS_FUNNEL_H */
