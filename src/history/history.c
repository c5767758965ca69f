/*
 * history.c
 *		What one customer bought until a day.
 */
#include "history/history.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

#define FIRST_SIZE_BITS		7	/* 128 bytes, 8 days */
#define LAST_SIZE_BITS		29	/* half a GiB, 134 million days */
#define INSERT_LIMIT		64	/* a longer list is not kept sorted by moving */
#define FEW_WAITING			16	/* days that are sorted in by moving */

#define ST_SORT sort_occasions
#define ST_ELEMENT_TYPE TcsOccasion
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static inline uint32
history_capacity(const TcsHistory *history)
{
	return ((UINT64CONST(1) << history->size_bits) - offsetof(TcsHistory, days)) /
		sizeof(TcsOccasion);
}

TcsHistory *
tcs_history_create(MemoryContext context, DateADT after, DateADT as_of,
				   TcsZone zone)
{
	TcsHistory *history = MemoryContextAlloc(context, 1 << FIRST_SIZE_BITS);

	memset(history, 0, offsetof(TcsHistory, days));
	history->after = after;
	history->as_of = as_of;
	history->zone = zone;
	history->size_bits = FIRST_SIZE_BITS;
	return history;
}

static inline bool
occasion_same_day(TcsOccasion a, TcsOccasion b)
{
	return (a ^ b) <= 1;
}

/* is the day of one after that of another? */
static inline bool
occasion_later(TcsOccasion a, TcsOccasion b)
{
	return a > (b | 1);
}

/* where its day stands among the sorted ones, or where it would */
static uint32
history_find_day(const TcsHistory *history, TcsOccasion occasion)
{
	uint32		low = 0,
				high = history->sorted;

	while (low < high)
	{
		uint32		middle = (low + high) / 2;

		if (occasion_later(occasion, history->days[middle]))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* sort in the waiting days one by one */
static void
history_insert_waiting(TcsHistory *history)
{
	uint32		count = history->count;

	for (uint32 i = history->sorted; i < count; i++)
	{
		TcsOccasion occasion = history->days[i];
		uint32		place = history_find_day(history, occasion);

		if (place < history->sorted && occasion_same_day(history->days[place], occasion))
		{
			history->days[place] |= occasion;
			continue;
		}
		memmove(&history->days[place + 1], &history->days[place],
				(history->sorted - place) * sizeof(TcsOccasion));
		history->days[place] = occasion;
		history->sorted++;
	}
	history->count = history->sorted;
}

void
tcs_history_settle(TcsHistory *history)
{
	uint32		kept = 1;

	if (history->sorted == history->count)
		return;
	if (history->count - history->sorted <= FEW_WAITING)
	{
		history_insert_waiting(history);
		return;
	}
	sort_occasions(history->days, history->count);
	for (uint32 i = 1; i < history->count; i++)
	{
		if (occasion_same_day(history->days[i], history->days[kept - 1]))
			history->days[kept - 1] |= history->days[i];
		else
			history->days[kept++] = history->days[i];
	}
	history->count = history->sorted = kept;
}

/* make room for one more day */
static TcsHistory *
history_make_room(TcsHistory *history)
{
	if (history->count < history_capacity(history))
		return history;
	tcs_history_settle(history);
	/* a quarter free: enough to pay for the sorting */
	if (history->count > history_capacity(history) / 4 * 3)
	{
		if (history->size_bits >= LAST_SIZE_BITS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many days with a purchase in one group"),
					 errhint("Group the orders by customer.")));
		history->size_bits++;
		history = repalloc(history, (Size) 1 << history->size_bits);
	}
	return history;
}

/* note an occasion, or of one that is there that its value is known */
static TcsHistory *
history_add_occasion(TcsHistory *history, TcsOccasion occasion)
{
	uint32		place;
	bool		settled = history->sorted == history->count;

	/* the usual cases: orders arrive in the order of time */
	if (settled && (history->count == 0 ||
					occasion_later(occasion, history->days[history->count - 1])))
	{
		history = history_make_room(history);
		history->days[history->count++] = occasion;
		history->sorted++;
		return history;
	}
	if (occasion_same_day(occasion, history->days[history->count - 1]))
	{
		history->days[history->count - 1] |= occasion;
		return history;
	}

	place = history_find_day(history, occasion);
	if (place < history->sorted && occasion_same_day(history->days[place], occasion))
	{
		history->days[place] |= occasion;
		return history;
	}

	history = history_make_room(history);
	settled = history->sorted == history->count;
	if (settled && history->count < INSERT_LIMIT)
	{
		place = history_find_day(history, occasion);
		memmove(&history->days[place + 1], &history->days[place],
				(history->count - place) * sizeof(TcsOccasion));
		history->days[place] = occasion;
		history->count++;
		history->sorted++;
	}
	else if (occasion < history->days[0])
	{
		/* the first day stays in front */
		history->days[history->count++] = history->days[0];
		history->days[0] = occasion;
	}
	else
		history->days[history->count++] = occasion;
	return history;
}

TcsHistory *
tcs_history_add(TcsHistory *history, DateADT day, double amount,
				double residual)
{
	TcsOccasion occasion = tcs_occasion(day, !isnan(amount));

	history->orders++;
	if (amount < 0.0)
	{
		tcs_sum_add_pair(&history->refunds, amount, residual);
		return history;
	}
	if (isnan(amount))
		amount = 0.0;

	if (history->count > 0 && occasion_later(occasion, history->days[0]))
		tcs_sum_add_pair(&history->rest, amount, residual);
	else
	{
		if (history->count > 0 && occasion_later(history->days[0], occasion))
		{
			tcs_sum_merge(&history->rest, &history->first);
			memset(&history->first, 0, sizeof(history->first));
		}
		tcs_sum_add_pair(&history->first, amount, residual);
	}
	return history_add_occasion(history, occasion);
}

void
tcs_history_check_same(const TcsHistory *history, DateADT after, DateADT as_of,
					   TcsZone zone)
{
	const char *what;

	if (likely(history->as_of == as_of && history->after == after &&
			   history->zone == zone))
		return;
	what = history->zone != zone ? "zone" :
		history->after == DATEVAL_NOBEGIN || history->after != after ? "as_of" :
		"until";
	tcs_not_the_same(what);
}

TcsHistory *
tcs_history_merge(TcsHistory *into, TcsHistory *from)
{
	tcs_history_check_same(into, from->after, from->as_of, from->zone);
	into->orders += from->orders;
	tcs_sum_merge(&into->refunds, &from->refunds);
	if (from->count == 0)
		return into;

	tcs_sum_merge(&into->rest, &from->rest);
	if (into->count == 0 || occasion_same_day(from->days[0], into->days[0]))
		tcs_sum_merge(&into->first, &from->first);
	else if (occasion_later(from->days[0], into->days[0]))
		tcs_sum_merge(&into->rest, &from->first);
	else
	{
		tcs_sum_merge(&into->rest, &into->first);
		into->first = from->first;
	}
	tcs_history_settle(from);
	for (uint32 i = 0; i < from->count; i++)
		into = history_add_occasion(into, from->days[i]);
	return into;
}

void
tcs_history_money(const TcsHistory *history, TcsHistoryMoney *money)
{
	TcsSum		sum = history->first;

	tcs_sum_merge(&sum, &history->rest);
	money->bought = tcs_sum_value(&sum);
	tcs_sum_merge(&sum, &history->refunds);
	money->revenue = tcs_sum_value(&sum);
	money->refunds = 0.0 - tcs_sum_value(&history->refunds);

	/*
	 * What pairs of doubles miss of a decimal stays when all else cancels: of
	 * a customer who gave everything back, nothing must be left.
	 */
	if (fabs(money->revenue) <= ldexp(money->bought, -104))
		money->revenue = 0.0;
	if (!isfinite(money->revenue))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of the amounts is out of range for double precision")));
}

void
tcs_history_rhythm(const TcsHistory *history, int32 *valued, double *ln_gaps)
{
	double		product = 1.0;
	double		sum = 0.0;

	*valued = 0;
	for (uint32 i = 1; i < history->count; i++)
	{
		*valued += history->days[i] & 1;
		/* one logarithm for many gaps; each is below 2^31 */
		product *= (history->days[i] >> 1) - (history->days[i - 1] >> 1);
		if (product > 1e290)
		{
			sum += log(product);
			product = 1.0;
		}
	}
	*ln_gaps = sum + log(product);
}

void
tcs_history_send(StringInfo buffer, TcsHistory *history)
{
	const char *zone = tcs_zone_name(history->zone);

	tcs_history_settle(history);
	tcs_send_sum(buffer, &history->first);
	tcs_send_sum(buffer, &history->rest);
	tcs_send_sum(buffer, &history->refunds);
	pq_sendint64(buffer, history->orders);
	pq_sendint32(buffer, history->after);
	pq_sendint32(buffer, history->as_of);
	pq_sendbytes(buffer, zone, strlen(zone) + 1);
	pq_sendint32(buffer, history->count);
	for (uint32 i = 0; i < history->count; i++)
		pq_sendint32(buffer, history->days[i]);
}

TcsHistory *
tcs_history_receive(StringInfo buffer, MemoryContext context)
{
	TcsHistory *history;
	TcsSum		first = tcs_receive_sum(buffer);
	TcsSum		rest = tcs_receive_sum(buffer);
	TcsSum		refunds = tcs_receive_sum(buffer);
	uint64		orders = pq_getmsgint64(buffer);
	DateADT		after = (DateADT) pq_getmsgint(buffer, 4);
	DateADT		as_of = (DateADT) pq_getmsgint(buffer, 4);
	const char *zone = pq_getmsgrawstring(buffer);
	uint32		count = pq_getmsgint(buffer, 4);
	bool		good;

	history = tcs_history_create(context, after, as_of,
								 zone[0] == '\0' ? 0 : tcs_zone_lookup(zone));
	history->first = first;
	history->rest = rest;
	history->refunds = refunds;
	history->orders = orders;
	good = after <= as_of && IS_VALID_DATE(as_of) &&
		count <= orders && orders < (UINT64CONST(1) << 48) &&
		count == (buffer->len - buffer->cursor) / sizeof(TcsOccasion);
	for (uint32 i = 0; good && i < count; i++)
	{
		TcsOccasion occasion = pq_getmsgint(buffer, 4);
		DateADT		day = tcs_occasion_day(occasion);

		good = (i == 0 ? day > after : occasion_later(occasion, history->days[i - 1])) &&
			day <= as_of && IS_VALID_DATE(day);
		if (good)
			history = history_add_occasion(history, occasion);
	}
	if (!good)
		tcs_bad_state("purchase history");
	return history;
}
