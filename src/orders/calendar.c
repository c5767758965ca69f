/*
 * calendar.c
 *		The periods of the calendar.
 */
#include "orders/calendar.h"

#include "utils/builtins.h"
#include "utils/datetime.h"

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

	if (period == TCS_PERIOD_DAY)
		return day;
	if (period == TCS_PERIOD_WEEK)
		return floor_divide(day - 2, 7);	/* 2000-01-03 was a Monday */
	if (period == TCS_PERIOD_WEEK_SUNDAY)
		return floor_divide(day - 1, 7);

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	if (period == TCS_PERIOD_YEAR)
		return year;
	month = year * MONTHS_PER_YEAR + month - 1;
	return period == TCS_PERIOD_MONTH ? month : floor_divide(month, 3);
}

/* in 64 bits: the period after the last day of the calendar begins too */
int64
tcs_period_begin(TcsPeriod period, int32 number)
{
	int32		month = number;

	if (period == TCS_PERIOD_DAY)
		return number;
	if (period == TCS_PERIOD_WEEK)
		return (int64) number * 7 + 2;
	if (period == TCS_PERIOD_WEEK_SUNDAY)
		return (int64) number * 7 + 1;
	if (period == TCS_PERIOD_YEAR)
		return date2j(number, 1, 1) - POSTGRES_EPOCH_JDATE;
	if (period == TCS_PERIOD_QUARTER)
		month = number * 3;
	return date2j(floor_divide(month, MONTHS_PER_YEAR),
				  month - floor_divide(month, MONTHS_PER_YEAR) * MONTHS_PER_YEAR + 1,
				  1) - POSTGRES_EPOCH_JDATE;
}
