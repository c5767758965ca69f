/*
 * purchases.h
 *		What a customer did in each calendar period: the state of
 *		purchase_periods.
 */
#ifndef TCS_PURCHASES_H
#define TCS_PURCHASES_H

#include "tcs.h"

#include "utils/date.h"

#include "orders/calendar.h"
#include "orders/zone.h"
#include "numerics/exact_sum.h"

/* the first day of the calendar */
#define TCS_DATE_FIRST	(DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE)

typedef struct TcsPeriodPurchases
{
	int32		number;			/* of the period */
	uint32		orders;			/* purchases; refunds are none */
	TcsSum		revenue;
} TcsPeriodPurchases;

/*
 * One allocation of 2^size_bits bytes, which begins with room for three
 * periods.  entries[0 .. sorted) rise strictly, and the rest wait, in any order
 * and perhaps more than once, to be sorted in.
 */
typedef struct TcsPurchases
{
	double		largest;		/* amount, without its sign */
	DateADT		as_of;
	TcsZone		zone;
	uint8		period;			/* a TcsPeriod */
	uint8		size_bits;
	uint32		count;
	uint32		sorted;
	TcsPeriodPurchases entries[FLEXIBLE_ARRAY_MEMBER];
} TcsPurchases;

/* A state without orders, in all else like another. */
extern TcsPurchases *tcs_purchases_create(MemoryContext context, const TcsPurchases *like);

/* An error unless both are of the same periods until the same day in the same zone. */
extern void tcs_purchases_check_same(const TcsPurchases *state, const TcsPurchases *given);

/* Count what happened in a period.  Returns the state, which may have moved. */
extern TcsPurchases *tcs_purchases_add(TcsPurchases *state, int32 number, uint32 orders,
									   const TcsSum *revenue);

/* Sort the waiting entries in.  Changes the form only, not the contents. */
extern void tcs_purchases_settle(TcsPurchases *state);

/* The sum of the amounts of a period. */
extern double tcs_purchases_revenue(const TcsPurchases *state, const TcsSum *revenue);

/* The first day of a period; an error when it lies before the calendar. */
extern DateADT tcs_purchases_begin(const TcsPurchases *state, int32 number);

/* A state as bytes.  What is received is checked. */
extern void tcs_purchases_send(StringInfo buffer, const TcsPurchases *state);
extern TcsPurchases *tcs_purchases_receive(StringInfo buffer, MemoryContext context);

#endif							/* TCS_PURCHASES_H */
