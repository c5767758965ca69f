/*
 * periods.c
 *		What a customer bought in each calendar period.
 */
#include "abc/periods.h"

#include <math.h>

#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

#define LAST_SIZE	(1 << 24)	/* of the table: half a GiB */

static const char *const period_names[] = {"day", "week", "month", "quarter", "year", "week_sunday"};

TcsPeriod
tcs_period_argument(FunctionCallInfo fcinfo, int argno)
{
	const char *given = "null";

	if (!PG_ARGISNULL(argno))
	{
		text	   *name = PG_GETARG_TEXT_PP(argno);

		for (int i = 0; i < lengthof(period_names); i++)
			if (VARSIZE_ANY_EXHDR(name) == strlen(period_names[i]) &&
				memcmp(VARDATA_ANY(name), period_names[i], strlen(period_names[i])) == 0)
				return (TcsPeriod) i;
		given = psprintf("\"%s\"", text_to_cstring(name));
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("period must not be %s", given),
			 errhint("The periods are day, week (from Monday), week_sunday, month, quarter and year.")));
}

static int
floor_divide(int value, int by)
{
	return value >= 0 ? value / by : -((by - 1 - value) / by);
}

int32
tcs_period_number(TcsPeriod period, DateADT day)
{
	int			year,
				month,
				day_of_month;

	if (period == PERIOD_DAY)
		return day;
	if (period == PERIOD_WEEK)
		return floor_divide(day - 2, 7);	/* 2000-01-03 was a Monday */
	if (period == PERIOD_WEEK_SUNDAY)
		return floor_divide(day - 1, 7);

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	if (period == PERIOD_YEAR)
		return year;
	month = year * MONTHS_PER_YEAR + month - 1;
	return period == PERIOD_MONTH ? month : floor_divide(month, 3);
}

/* in 64 bits: the period after the last day of the calendar begins too */
int64
tcs_period_begin(TcsPeriod period, int32 number)
{
	int32		month = number;

	if (period == PERIOD_DAY)
		return number;
	if (period == PERIOD_WEEK)
		return (int64) number * 7 + 2;
	if (period == PERIOD_WEEK_SUNDAY)
		return (int64) number * 7 + 1;
	if (period == PERIOD_YEAR)
		return date2j(number, 1, 1) - POSTGRES_EPOCH_JDATE;
	if (period == PERIOD_QUARTER)
		month = number * 3;
	return date2j(floor_divide(month, MONTHS_PER_YEAR),
				  month - floor_divide(month, MONTHS_PER_YEAR) * MONTHS_PER_YEAR + 1,
				  1) - POSTGRES_EPOCH_JDATE;
}

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
