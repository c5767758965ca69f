/*
 * history.c
 *		What one customer bought until a day.
 */
#include "history/history.h"
#include "orders/amount.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

#define FIRST_SIZE_BITS		6	/* 64 bytes, 8 days */
#define LAST_SIZE_BITS		26	/* 16 million days of four bytes */
#define INSERT_LIMIT		64	/* a longer list is not kept sorted by moving */
#define FEW_WAITING			16	/* days that are sorted in by moving */
#define NARROW_DAYS			(PG_UINT16_MAX / 2) /* from as_of back, in two
												 * bytes */
#define SUM_LIMIT			(INT64CONST(1) << 60)	/* three sums do not
													 * overflow */

#define ST_SORT sort_narrow
#define ST_ELEMENT_TYPE uint16
#define ST_COMPARE(a, b) ((int) *(a) - (int) *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_wide
#define ST_ELEMENT_TYPE TcsOccasion
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* the sums of amounts that fixed point does not hold, where there are some */
static inline TcsSum *
history_sums(const TcsHistory *history)
{
	return (TcsSum *) (history + 1);
}

/* bytes before the days */
static inline Size
history_head_size(const TcsHistory *history)
{
	return sizeof(TcsHistory) +
		(history->has_sums ? TCS_HISTORY_SUMS * sizeof(TcsSum) : 0);
}

static inline char *
history_days(const TcsHistory *history)
{
	return (char *) history + history_head_size(history);
}

/* bytes that so many days take */
static inline Size
history_days_size(const TcsHistory *history, uint32 count)
{
	return (Size) count << (history->wide_days ? 2 : 1);
}

/* what is taken from an occasion that is kept in two bytes */
static inline TcsOccasion
history_base(const TcsHistory *history)
{
	return tcs_occasion(history->as_of - NARROW_DAYS, false);
}

static inline TcsOccasion
history_day(const TcsHistory *history, uint32 place)
{
	const char *days = history_days(history);

	return history->wide_days ? ((const TcsOccasion *) days)[place] :
		history_base(history) + ((const uint16 *) days)[place];
}

static inline void
history_set_day(TcsHistory *history, uint32 place, TcsOccasion occasion)
{
	char	   *days = history_days(history);

	if (history->wide_days)
		((TcsOccasion *) days)[place] = occasion;
	else
		((uint16 *) days)[place] = occasion - history_base(history);
}

TcsOccasion
tcs_history_occasion(const TcsHistory *history, uint32 place)
{
	return history_day(history, place);
}

static inline uint32
history_capacity(const TcsHistory *history)
{
	return (((Size) 1 << history->size_bits) - history_head_size(history)) >>
		(history->wide_days ? 2 : 1);
}

TcsHistory *
tcs_history_create(MemoryContext context, DateADT after, DateADT as_of,
				   TcsZone zone)
{
	TcsHistory *history = MemoryContextAlloc(context, 1 << FIRST_SIZE_BITS);

	memset(history, 0, sizeof(TcsHistory));
	history->after = after;
	history->as_of = as_of;
	history->zone = zone;
	history->size_bits = FIRST_SIZE_BITS;
	/* the calendar begins less than that many days before */
	history->wide_days = as_of < NARROW_DAYS - POSTGRES_EPOCH_JDATE;
	return history;
}

/* make the allocation twice as large */
static TcsHistory *
history_grow(TcsHistory *history)
{
	if (history->size_bits >= LAST_SIZE_BITS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many days with a purchase in one group"),
				 errhint("Group the orders by customer.")));
	history->size_bits++;
	return repalloc(history, (Size) 1 << history->size_bits);
}

/* give each occasion four bytes, unless it has them */
static TcsHistory *
history_widen_days(TcsHistory *history)
{
	if (history->wide_days)
		return history;
	while (history_head_size(history) + history->count * sizeof(TcsOccasion) >
		   (Size) 1 << history->size_bits)
		history = history_grow(history);
	/* from the last, so that none is overwritten before it was read */
	for (uint32 i = history->count; i-- > 0;)
	{
		TcsOccasion occasion = history_day(history, i);

		((TcsOccasion *) history_days(history))[i] = occasion;
	}
	history->wide_days = true;
	return history;
}

/* make place for sums of what fixed point does not hold, unless there is one */
static TcsHistory *
history_add_sums(TcsHistory *history)
{
	Size		sums = TCS_HISTORY_SUMS * sizeof(TcsSum);
	Size		days = history_days_size(history, history->count);

	if (history->has_sums)
		return history;
	while (sizeof(TcsHistory) + sums + days > (Size) 1 << history->size_bits)
		history = history_grow(history);
	memmove((char *) (history + 1) + sums, history + 1, days);
	memset(history + 1, 0, sums);
	history->has_sums = true;
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

		if (occasion_later(occasion, history_day(history, middle)))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* note it of a day that is there, at that place of the sorted ones */
static bool
history_note_at(TcsHistory *history, uint32 place, TcsOccasion occasion)
{
	TcsOccasion there;

	if (place >= history->sorted)
		return false;
	there = history_day(history, place);
	if (!occasion_same_day(there, occasion))
		return false;
	history_set_day(history, place, there | occasion);
	return true;
}

/* put a day between the sorted ones; the day after the last of them is free */
static void
history_insert_at(TcsHistory *history, uint32 place, TcsOccasion occasion)
{
	char	   *from = history_days(history) + history_days_size(history, place);

	memmove(from + history_days_size(history, 1), from,
			history_days_size(history, history->sorted - place));
	history_set_day(history, place, occasion);
	history->sorted++;
}

/* sort in the waiting days one by one */
static void
history_insert_waiting(TcsHistory *history)
{
	uint32		count = history->count;

	for (uint32 i = history->sorted; i < count; i++)
	{
		TcsOccasion occasion = history_day(history, i);
		uint32		place = history_find_day(history, occasion);

		if (!history_note_at(history, place, occasion))
			history_insert_at(history, place, occasion);
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
	if (history->wide_days)
		sort_wide((TcsOccasion *) history_days(history), history->count);
	else
		sort_narrow((uint16 *) history_days(history), history->count);
	for (uint32 i = 1; i < history->count; i++)
	{
		TcsOccasion occasion = history_day(history, i);
		TcsOccasion last = history_day(history, kept - 1);

		if (occasion_same_day(occasion, last))
			history_set_day(history, kept - 1, occasion | last);
		else
			history_set_day(history, kept++, occasion);
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
		history = history_grow(history);
	return history;
}

/* note one that comes neither on the last day nor after it */
static TcsHistory *
history_add_earlier(TcsHistory *history, TcsOccasion occasion)
{
	uint32		place = history_find_day(history, occasion);

	if (history_note_at(history, place, occasion))
		return history;
	history = history_make_room(history);
	if (history->sorted == history->count && history->count < INSERT_LIMIT)
	{
		history_insert_at(history, history_find_day(history, occasion), occasion);
		history->count++;
		return history;
	}
	/* the first day stays in front */
	if (occasion < history_day(history, 0))
	{
		TcsOccasion first = history_day(history, 0);

		history_set_day(history, 0, occasion);
		occasion = first;
	}
	history_set_day(history, history->count++, occasion);
	return history;
}

/* note an occasion, or of one that is there that its value is known */
static TcsHistory *
history_add_occasion(TcsHistory *history, TcsOccasion occasion)
{
	TcsOccasion last;

	if (unlikely(!history->wide_days && occasion < history_base(history)))
		history = history_widen_days(history);

	/* the usual cases: orders arrive in the order of time */
	last = history->count == 0 ? 0 : history_day(history, history->count - 1);
	if (history->count == 0 ||
		(history->sorted == history->count && occasion_later(occasion, last)))
	{
		history = history_make_room(history);
		history_set_day(history, history->count++, occasion);
		history->sorted++;
		return history;
	}
	if (occasion_same_day(occasion, last))
	{
		history_set_day(history, history->count - 1, occasion | last);
		return history;
	}
	return history_add_earlier(history, occasion);
}

/* the amount of a purchase has come first: what was first is so no longer */
static void
history_begin_earlier(TcsHistory *history)
{
	history->fixed[TCS_HISTORY_REST] += history->fixed[TCS_HISTORY_FIRST];
	history->fixed[TCS_HISTORY_FIRST] = 0;
	if (history->has_sums)
	{
		TcsSum	   *sums = history_sums(history);

		tcs_sum_merge(&sums[TCS_HISTORY_REST], &sums[TCS_HISTORY_FIRST]);
		sums[TCS_HISTORY_FIRST] = (TcsSum)
		{
			0
		};
	}
}

/* to which sum the amount of a purchase belongs */
static inline TcsHistorySum
history_which_sum(TcsHistory *history, TcsOccasion occasion)
{
	TcsOccasion first;

	if (history->count == 0)
		return TCS_HISTORY_FIRST;
	first = history_day(history, 0);
	if (occasion_later(occasion, first))
		return TCS_HISTORY_REST;
	if (occasion_later(first, occasion))
		history_begin_earlier(history);
	return TCS_HISTORY_FIRST;
}

/* what is near to the range of an integer goes over to doubles */
static TcsHistory *
history_relieve(TcsHistory *history)
{
	for (int i = 0; i < TCS_HISTORY_SUMS; i++)
	{
		if (likely(history->fixed[i] <= SUM_LIMIT && history->fixed[i] >= -SUM_LIMIT))
			continue;
		history = history_add_sums(history);
		tcs_fixed_add_to(&history_sums(history)[i], history->fixed[i]);
		history->fixed[i] = 0;
	}
	return history;
}

TcsHistory *
tcs_history_add_fixed(TcsHistory *history, DateADT day, int64 fixed)
{
	TcsOccasion occasion = tcs_occasion(day, true);
	TcsHistorySum which = fixed < 0 ? TCS_HISTORY_REFUNDS :
	history_which_sum(history, occasion);
	int64		sum = history->fixed[which] + fixed;

	history->orders++;
	history->fixed[which] = sum;
	if (unlikely(sum > SUM_LIMIT || sum < -SUM_LIMIT ||
				 history->fixed[TCS_HISTORY_REST] > SUM_LIMIT))
		history = history_relieve(history);
	return fixed < 0 ? history : history_add_occasion(history, occasion);
}

TcsHistory *
tcs_history_add_amount(TcsHistory *history, DateADT day, double amount,
					   double residual)
{
	TcsOccasion occasion = tcs_occasion(day, !isnan(amount));
	TcsHistorySum which = amount < 0.0 ? TCS_HISTORY_REFUNDS :
	history_which_sum(history, occasion);

	history->orders++;
	history = history_relieve(history);
	if (!isnan(amount))
	{
		history = history_add_sums(history);
		tcs_sum_add_pair(&history_sums(history)[which], amount, residual);
	}
	return amount < 0.0 ? history : history_add_occasion(history, occasion);
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

/* add one sum of another history */
static void
history_merge_sum(TcsHistory *into, TcsHistorySum which, const TcsHistory *from,
				  TcsHistorySum from_which)
{
	into->fixed[which] += from->fixed[from_which];
	if (from->has_sums)
		tcs_sum_merge(&history_sums(into)[which], &history_sums(from)[from_which]);
}

TcsHistory *
tcs_history_merge(TcsHistory *into, TcsHistory *from)
{
	tcs_history_check_same(into, from->after, from->as_of, from->zone);
	into->orders += from->orders;
	if (from->has_sums)
		into = history_add_sums(into);
	history_merge_sum(into, TCS_HISTORY_REFUNDS, from, TCS_HISTORY_REFUNDS);
	if (from->count > 0)
	{
		TcsHistorySum which = history_which_sum(into, history_day(from, 0));

		history_merge_sum(into, which, from, TCS_HISTORY_FIRST);
		history_merge_sum(into, TCS_HISTORY_REST, from, TCS_HISTORY_REST);
	}
	into = history_relieve(into);
	tcs_history_settle(from);
	for (uint32 i = 0; i < from->count; i++)
		into = history_add_occasion(into, history_day(from, i));
	return into;
}

/* add one of the sums to a sum of doubles */
static void
history_sum_add_to(TcsSum *sum, const TcsHistory *history, TcsHistorySum which)
{
	tcs_fixed_add_to(sum, history->fixed[which]);
	if (history->has_sums)
		tcs_sum_merge(sum, &history_sums(history)[which]);
}

double
tcs_history_sum(const TcsHistory *history, TcsHistorySum which)
{
	TcsSum		sum = {0};

	if (!history->has_sums)
		return tcs_fixed_value(history->fixed[which]);
	history_sum_add_to(&sum, history, which);
	return tcs_sum_value(&sum);
}

void
tcs_history_money(const TcsHistory *history, TcsHistoryMoney *money)
{
	TcsSum		sum = {0};

	money->refunds = 0.0 - tcs_history_sum(history, TCS_HISTORY_REFUNDS);
	if (!history->has_sums)
	{
		int64		bought = history->fixed[TCS_HISTORY_FIRST] +
		history->fixed[TCS_HISTORY_REST];

		money->bought = tcs_fixed_value(bought);
		money->revenue = tcs_fixed_value(bought + history->fixed[TCS_HISTORY_REFUNDS]);
		return;
	}

	history_sum_add_to(&sum, history, TCS_HISTORY_FIRST);
	history_sum_add_to(&sum, history, TCS_HISTORY_REST);
	money->bought = tcs_sum_value(&sum);
	history_sum_add_to(&sum, history, TCS_HISTORY_REFUNDS);
	money->revenue = tcs_sum_value(&sum);

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
	TcsOccasion before = history_day(history, 0);

	*valued = 0;
	for (uint32 i = 1; i < history->count; i++)
	{
		TcsOccasion occasion = history_day(history, i);

		*valued += occasion & 1;
		/* one logarithm for many gaps; each is below 2^31 */
		product *= (occasion >> 1) - (before >> 1);
		before = occasion;
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
	pq_sendbyte(buffer, history->has_sums);
	for (int i = 0; i < TCS_HISTORY_SUMS; i++)
	{
		pq_sendint64(buffer, history->fixed[i]);
		if (history->has_sums)
			tcs_send_sum(buffer, &history_sums(history)[i]);
	}
	pq_sendint64(buffer, history->orders);
	pq_sendint32(buffer, history->after);
	pq_sendint32(buffer, history->as_of);
	pq_sendbytes(buffer, zone, strlen(zone) + 1);
	pq_sendint32(buffer, history->count);
	for (uint32 i = 0; i < history->count; i++)
		pq_sendint32(buffer, history_day(history, i));
}

TcsHistory *
tcs_history_receive(StringInfo buffer, MemoryContext context)
{
	TcsHistory *history;
	int64		fixed[TCS_HISTORY_SUMS];
	TcsSum		sums[TCS_HISTORY_SUMS];
	bool		has_sums = pq_getmsgbyte(buffer) != 0;
	bool		good = true;
	TcsOccasion before = 0;
	uint64		orders;
	DateADT		after;
	DateADT		as_of;
	const char *zone;
	uint32		count;

	for (int i = 0; i < TCS_HISTORY_SUMS; i++)
	{
		fixed[i] = pq_getmsgint64(buffer);
		good = good && fixed[i] <= SUM_LIMIT && fixed[i] >= -SUM_LIMIT;
		if (has_sums)
			sums[i] = tcs_receive_sum(buffer);
	}
	orders = pq_getmsgint64(buffer);
	after = (DateADT) pq_getmsgint(buffer, 4);
	as_of = (DateADT) pq_getmsgint(buffer, 4);
	zone = pq_getmsgrawstring(buffer);
	count = pq_getmsgint(buffer, 4);

	history = tcs_history_create(context, after, as_of,
								 zone[0] == '\0' ? 0 : tcs_zone_lookup(zone));
	memcpy(history->fixed, fixed, sizeof(fixed));
	if (has_sums)
	{
		history = history_add_sums(history);
		memcpy(history_sums(history), sums, sizeof(sums));
	}
	history->orders = orders;
	good = good && after <= as_of && IS_VALID_DATE(as_of) &&
		count <= orders && orders < (UINT64CONST(1) << 48) &&
		count == (buffer->len - buffer->cursor) / sizeof(TcsOccasion);
	for (uint32 i = 0; good && i < count; i++)
	{
		TcsOccasion occasion = pq_getmsgint(buffer, 4);
		DateADT		day = tcs_occasion_day(occasion);

		good = (i == 0 ? day > after : occasion_later(occasion, before)) &&
			day <= as_of && IS_VALID_DATE(day);
		if (good)
			history = history_add_occasion(history, occasion);
		before = occasion;
	}
	if (!good)
		tcs_bad_state("purchase history");
	return history;
}
