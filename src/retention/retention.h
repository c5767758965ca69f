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

#endif							/* TCS_RETENTION_H */
