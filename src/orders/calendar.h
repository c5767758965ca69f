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
	TCS_PERIOD_COUNT
} TcsPeriod;

/* A period is known by its number, which rises by one from each to the next. */

/* The number of the period that a day is in. */
extern int32 tcs_period_number(TcsPeriod period, DateADT day);

/* The day on which the period of that number begins. */
extern int64 tcs_period_begin(TcsPeriod period, int32 number);

/*
 * The period that argument argno names: day, week (from Monday), week_sunday,
 * month, quarter or year.
 */
extern TcsPeriod tcs_period_argument(FunctionCallInfo fcinfo, int argno);

#endif							/* TCS_CALENDAR_H */
