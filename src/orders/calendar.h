/*
 * calendar.h
 *		The periods of the calendar: days, weeks, months, quarters, years.
 */
#ifndef TCS_CALENDAR_H
#define TCS_CALENDAR_H

#include "tcs.h"

#include "utils/date.h"

typedef enum TcsPeriod
{
	TCS_PERIOD_DAY,
	TCS_PERIOD_WEEK,
	TCS_PERIOD_MONTH,
	TCS_PERIOD_QUARTER,
	TCS_PERIOD_YEAR,
	TCS_PERIOD_WEEK_SUNDAY,
	TCS_PERIOD_WEEK_SATURDAY,
	TCS_PERIOD_WEEK_FRIDAY,
	TCS_PERIOD_WEEK_THURSDAY,
	TCS_PERIOD_WEEK_WEDNESDAY,
	TCS_PERIOD_WEEK_TUESDAY,
	TCS_PERIOD_COUNT
} TcsPeriod;

/* A period is known by its number, which rises by one from each to the next. */

/* The number of the period that a day is in. */
extern int32 tcs_period_number(TcsPeriod period, DateADT day);

/* The day on which the period of that number begins. */
extern int64 tcs_period_begin(TcsPeriod period, int32 number);

/*
 * The period that argument argno names: day, week (from Monday), week_sunday
 * and so on, month, quarter or year.
 */
extern TcsPeriod tcs_period_argument(FunctionCallInfo fcinfo, int argno);

/* Its name; one period has one, whatever it was called. */
extern const char *tcs_period_name(TcsPeriod period);

/*
 * By how many days weeks begin before Monday does, -1 for what is no week: the
 * server's date_trunc knows weeks from Monday.
 */
extern int	tcs_period_week_shift(TcsPeriod period);

/* Report a period that is none; given says what it was. */
extern void tcs_period_refuse(const char *given) pg_attribute_noreturn();

#endif							/* TCS_CALENDAR_H */
