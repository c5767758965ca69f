/*
 * calendar.c
 *		The periods of the calendar.
 */
#include "orders/calendar.h"

#include "utils/builtins.h"
#include "utils/datetime.h"

static const char *const period_names[TCS_PERIOD_COUNT] = {
	"day", "week", "month", "quarter", "year", "week_sunday", "week_saturday", "week_friday",
	"week_thursday", "week_wednesday", "week_tuesday"
};

void
tcs_period_refuse(const char *given)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("period must not be %s", given),
			 errhint("The periods are day, week (from Monday), week_sunday and so on, month, quarter and year.")));
}

TcsPeriod
tcs_period_argument(FunctionCallInfo fcinfo, int argno)
{
	char	   *name;

	if (PG_ARGISNULL(argno))
		tcs_period_refuse("null");
	else
	{
		text	   *given = PG_GETARG_TEXT_PP(argno);

		for (int i = 0; i < TCS_PERIOD_COUNT; i++)
			if (VARSIZE_ANY_EXHDR(given) == strlen(period_names[i]) &&
				memcmp(VARDATA_ANY(given), period_names[i], strlen(period_names[i])) == 0)
				return (TcsPeriod) i;
	}
	/* the week that has two names, and what one types for week_sunday */
	name = text_to_cstring(PG_GETARG_TEXT_PP(argno));
	if (strncmp(name, "week ", 5) == 0)
		name[4] = '_';
	if (strcmp(name, "week_monday") == 0)
		return TCS_PERIOD_WEEK;
	for (int i = TCS_PERIOD_WEEK_SUNDAY; i < TCS_PERIOD_COUNT; i++)
		if (strcmp(name, period_names[i]) == 0)
			return (TcsPeriod) i;
	tcs_period_refuse(psprintf("\"%s\"", text_to_cstring(PG_GETARG_TEXT_PP(argno))));
}

const char *
tcs_period_name(TcsPeriod period)
{
	return period_names[period];
}

int
tcs_period_week_shift(TcsPeriod period)
{
	return period == TCS_PERIOD_WEEK ? 0 :
		period >= TCS_PERIOD_WEEK_SUNDAY ? (int) (period - TCS_PERIOD_WEEK_SUNDAY) + 1 : -1;
}

/* the first day of such a week that is not before 2000-01-01, a Saturday */
static int
week_first_day(TcsPeriod period)
{
	return (9 - tcs_period_week_shift(period)) % 7;
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
	if (tcs_period_week_shift(period) >= 0)
		return floor_divide(day - week_first_day(period), 7);

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
	if (tcs_period_week_shift(period) >= 0)
		return (int64) number * 7 + week_first_day(period);
	if (period == TCS_PERIOD_YEAR)
		return date2j(number, 1, 1) - POSTGRES_EPOCH_JDATE;
	if (period == TCS_PERIOD_QUARTER)
		month = number * 3;
	return date2j(floor_divide(month, MONTHS_PER_YEAR),
				  month - floor_divide(month, MONTHS_PER_YEAR) * MONTHS_PER_YEAR + 1,
				  1) - POSTGRES_EPOCH_JDATE;
}
