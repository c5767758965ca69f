/*
 * periods.h
 *		What a customer bought in each calendar period: the state of
 *		period_cv.
 *
 * The net amount of every period in which something happened, in a hash table
 * with linear probing within one allocation.
 */
#ifndef TCS_PERIODS_H
#define TCS_PERIODS_H

#include "tcs.h"

#include "utils/date.h"

#include "orders/calendar.h"
#include "orders/zone.h"
#include "numerics/exact_sum.h"

typedef struct TcsPeriodAmount
{
	int32		number;
	bool		used;
	TcsSum		amount;
} TcsPeriodAmount;

typedef struct TcsPeriods
{
	DateADT		as_of;
	TcsZone		zone;
	uint8		period;			/* a TcsPeriod */
	bool		bought;			/* first is valid */
	int32		first;			/* the period of the first purchase */
	double		largest;		/* amount, without its sign */
	uint32		used;
	uint32		size;			/* of the table, a power of two */
	TcsPeriodAmount table[FLEXIBLE_ARRAY_MEMBER];
} TcsPeriods;

#define TCS_PERIODS_FIRST_SIZE	8

/* A state without amounts, in all else like another. */
extern TcsPeriods *tcs_periods_create(MemoryContext context,
									  const TcsPeriods *like, uint32 size);

/* Add an amount to a period.  Returns the state, which may have moved. */
extern TcsPeriods *tcs_periods_add(TcsPeriods *periods, int32 number,
								   const TcsSum *amount);

/* Note that something was bought in a period. */
extern void tcs_periods_note_purchase(TcsPeriods *periods, int32 number);

/* A sum of amounts as one number. */
extern double tcs_periods_net(const TcsPeriods *periods, const TcsSum *sum);

#endif							/* TCS_PERIODS_H */
