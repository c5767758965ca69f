/*
 * purchases.c
 *		What a customer did in each calendar period.
 */
#include "periods/purchases.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"

/* the allocation begins with room for three periods, and ends with four million */
#define FIRST_SIZE_BITS 7
#define LAST_SIZE_BITS	27

TcsPurchases *
tcs_purchases_create(MemoryContext context, const TcsPurchases *like)
{
	TcsPurchases *state = MemoryContextAlloc(context, (Size) 1 << FIRST_SIZE_BITS);

	*state = *like;
	state->size_bits = FIRST_SIZE_BITS;
	state->count = 0;
	state->sorted = 0;
	return state;
}

void
tcs_purchases_check_same(const TcsPurchases *state, const TcsPurchases *given)
{
	if (likely(state->as_of == given->as_of && state->zone == given->zone &&
			   state->period == given->period))
		return;
	tcs_not_the_same(state->as_of != given->as_of ? "as_of" :
					 state->zone != given->zone ? "zone" : "period");
}

static int
compare_purchases(const void *a, const void *b)
{
	int32		left = ((const TcsPeriodPurchases *) a)->number;
	int32		right = ((const TcsPeriodPurchases *) b)->number;

	return left < right ? -1 : left > right;
}

static void
purchases_merge_entry(TcsPeriodPurchases *into, uint32 orders, const TcsSum *revenue)
{
	if (unlikely(orders > PG_UINT32_MAX - into->orders))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many orders in one group"),
				 errhint("Group the orders by customer.")));
	into->orders += orders;
	tcs_sum_merge(&into->revenue, revenue);
}

void
tcs_purchases_settle(TcsPurchases *state)
{
	uint32		kept = 0;

	if (state->sorted == state->count)
		return;
	qsort(state->entries, state->count, sizeof(TcsPeriodPurchases), compare_purchases);
	for (uint32 i = 1; i < state->count; i++)
	{
		if (state->entries[i].number == state->entries[kept].number)
			purchases_merge_entry(&state->entries[kept], state->entries[i].orders,
								  &state->entries[i].revenue);
		else
			state->entries[++kept] = state->entries[i];
	}
	state->count = state->sorted = kept + 1;
}

static uint32
purchases_capacity(const TcsPurchases *state)
{
	return (((Size) 1 << state->size_bits) - offsetof(TcsPurchases, entries)) / sizeof(TcsPeriodPurchases);
}

/* the entry of a period, among those in order; NULL when there is none */
static TcsPeriodPurchases *
purchases_find_sorted(TcsPurchases *state, int32 number)
{
	uint32		low = 0;
	uint32		high = state->sorted;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (state->entries[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < state->sorted && state->entries[low].number == number ?
		&state->entries[low] : NULL;
}

/* make room for one more entry */
static TcsPurchases *
purchases_make_room(TcsPurchases *state)
{
	if (state->count < purchases_capacity(state))
		return state;
	tcs_purchases_settle(state);
	/* a quarter free: enough to pay for the sorting */
	if (state->count > purchases_capacity(state) / 4 * 3)
	{
		if (state->size_bits >= LAST_SIZE_BITS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many periods in one group"),
					 errhint("Group the orders by customer, or choose a longer period.")));
		state->size_bits++;
		state = repalloc(state, (Size) 1 << state->size_bits);
	}
	return state;
}

TcsPurchases *
tcs_purchases_add(TcsPurchases *state, int32 number, uint32 orders, const TcsSum *revenue)
{
	TcsPeriodPurchases *entry = NULL;
	bool		in_order;

	/* the usual cases: orders arrive in the order of time */
	if (state->count > 0 && state->entries[state->count - 1].number == number)
		entry = &state->entries[state->count - 1];
	else if (state->count > 0 && number < state->entries[state->count - 1].number)
		entry = purchases_find_sorted(state, number);
	if (entry != NULL)
	{
		purchases_merge_entry(entry, orders, revenue);
		return state;
	}

	state = purchases_make_room(state);
	in_order = state->sorted == state->count &&
		(state->count == 0 || number > state->entries[state->count - 1].number);
	entry = &state->entries[state->count++];
	entry->number = number;
	entry->orders = orders;
	entry->revenue = *revenue;
	if (in_order)
		state->sorted++;
	return state;
}

/*
 * The sum of the amounts of a period.  What pairs of doubles miss of decimals
 * stays when all else cancels: where everything was given back, nothing must
 * be left.
 */
double
tcs_purchases_revenue(const TcsPurchases *state, const TcsSum *revenue)
{
	double		net = tcs_sum_value(revenue);

	if (!isfinite(net))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of the amounts is out of range for double precision")));
	return fabs(net) <= ldexp(state->largest, -98) ? 0.0 : net;
}

DateADT
tcs_purchases_begin(const TcsPurchases *state, int32 number)
{
	int64		day = tcs_period_begin(state->period, number);

	if (day < TCS_DATE_FIRST)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the first period begins before the first day of the calendar"),
				 errhint("Leave out days that cannot be right.")));
	return (DateADT) day;
}

void
tcs_purchases_send(StringInfo buffer, const TcsPurchases *state)
{
	const char *zone = tcs_zone_name(state->zone);

	pq_sendint32(buffer, state->as_of);
	pq_sendbytes(buffer, zone, strlen(zone) + 1);
	pq_sendbyte(buffer, state->period);
	pq_sendfloat8(buffer, state->largest);
	pq_sendint32(buffer, state->count);
	for (uint32 i = 0; i < state->count; i++)
	{
		const TcsPeriodPurchases *entry = &state->entries[i];

		CHECK_FOR_INTERRUPTS();
		pq_sendint32(buffer, entry->number);
		pq_sendint32(buffer, entry->orders);
		tcs_send_sum(buffer, &entry->revenue);
	}
}

static void
purchases_check_received(bool good)
{
	if (!good)
		tcs_bad_state("state of purchase_periods");
}

TcsPurchases *
tcs_purchases_receive(StringInfo buffer, MemoryContext context)
{
	TcsPurchases head = {0};
	TcsPurchases *state;
	const char *zone;
	uint32		count;
	int32		first;
	int32		last;

	head.as_of = (DateADT) pq_getmsgint(buffer, 4);
	zone = pq_getmsgrawstring(buffer);
	head.zone = zone[0] == '\0' ? 0 : tcs_zone_lookup(zone);
	head.period = pq_getmsgbyte(buffer);
	head.largest = pq_getmsgfloat8(buffer);
	count = pq_getmsgint(buffer, 4);
	purchases_check_received(head.period < TCS_PERIOD_COUNT && IS_VALID_DATE(head.as_of) &&
							 head.largest >= 0.0);
	first = tcs_period_number(head.period, TCS_DATE_FIRST);
	last = tcs_period_number(head.period, head.as_of);

	state = tcs_purchases_create(context, &head);
	for (uint32 i = 0; i < count; i++)
	{
		int32		number = (int32) pq_getmsgint(buffer, 4);
		uint32		orders = pq_getmsgint(buffer, 4);
		TcsSum		revenue;

		CHECK_FOR_INTERRUPTS();
		revenue = tcs_receive_sum(buffer);
		purchases_check_received(number >= first && number <= last &&
								 tcs_period_begin(head.period, number) >= TCS_DATE_FIRST);
		state = tcs_purchases_add(state, number, orders, &revenue);
	}
	return state;
}
