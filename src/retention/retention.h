/*
 * retention.h
 *		Values of the type tcs.retention.
 */
#ifndef TCS_RETENTION_H
#define TCS_RETENTION_H

#include "tcs.h"

/* At most so many periods are told apart: 2,870 years of days. */
#define TCS_RETENTION_PERIODS	(1 << 20)

/* The columns of tcs.retention. */
enum
{
	TCS_RETENTION_COHORT,
	TCS_RETENTION_ACTIVE,
	TCS_RETENTION_COLUMNS
};

/* Report more periods than are told apart. */
extern void tcs_retention_too_long(int64 periods) pg_attribute_noreturn();

/*
 * A value of the type, which the calling function returns: cohort is the first
 * day of the first period, and an error where the calendar has no such day.
 */
extern Datum tcs_retention_make(FunctionCallInfo fcinfo, int64 cohort, const bool *active,
								int periods, bool is_over);

#endif							/* TCS_RETENTION_H */
