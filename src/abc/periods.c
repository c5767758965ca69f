/*
 * periods.c
 *		What a customer bought in each calendar period.
 */
#include "abc/periods.h"

#include <math.h>

#include "common/hashfn.h"
#include "utils/memutils.h"

#define LAST_SIZE	(1 << 24)	/* of the table: half a GiB */

static Size
periods_state_bytes(uint32 size)
{
	return offsetof(TcsPeriods, table) + (Size) size * sizeof(TcsPeriodAmount);
}

TcsPeriods *
tcs_periods_create(MemoryContext context, const TcsPeriods *like, uint32 size)
{
	TcsPeriods *periods = MemoryContextAllocZero(context, periods_state_bytes(size));

	periods->as_of = like->as_of;
	periods->zone = like->zone;
	periods->period = like->period;
	periods->bought = like->bought;
	periods->first = like->first;
	periods->largest = like->largest;
	periods->size = size;
	return periods;
}

/* the entry of that period, used or to be used */
static TcsPeriodAmount *
periods_find_entry(TcsPeriods *periods, int32 number)
{
	uint32		place = murmurhash32((uint32) number) & (periods->size - 1);

	while (periods->table[place].used && periods->table[place].number != number)
		place = (place + 1) & (periods->size - 1);
	return &periods->table[place];
}

TcsPeriods *
tcs_periods_add(TcsPeriods *periods, int32 number, const TcsSum *amount)
{
	TcsPeriodAmount *entry = periods_find_entry(periods, number);

	if (!entry->used && periods->used >= periods->size / 4 * 3)
	{
		TcsPeriods *larger;

		if (periods->size >= LAST_SIZE)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many periods in one group"),
					 errhint("Group the orders by customer, or choose a longer period.")));
		larger = tcs_periods_create(GetMemoryChunkContext(periods), periods, periods->size * 2);
		for (uint32 i = 0; i < periods->size; i++)
			if (periods->table[i].used)
				*periods_find_entry(larger, periods->table[i].number) = periods->table[i];
		larger->used = periods->used;
		pfree(periods);
		periods = larger;
		entry = periods_find_entry(periods, number);
	}
	if (!entry->used)
	{
		entry->used = true;
		entry->number = number;
		periods->used++;
	}
	tcs_sum_merge(&entry->amount, amount);
	return periods;
}

void
tcs_periods_note_purchase(TcsPeriods *periods, int32 number)
{
	if (!periods->bought || number < periods->first)
		periods->first = number;
	periods->bought = true;
}

/*
 * A sum of amounts.  What pairs of doubles miss of decimals stays when all else
 * cancels: where everything was given back, nothing must be left.
 */
double
tcs_periods_net(const TcsPeriods *periods, const TcsSum *sum)
{
	double		net = tcs_sum_value(sum);

	return fabs(net) <= ldexp(periods->largest, -98) ? 0.0 : net;
}
