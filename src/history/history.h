/*
 * history.h
 *		What one customer bought until a day: the state of purchase_history
 *		and holdout.
 */
#ifndef TCS_HISTORY_H
#define TCS_HISTORY_H

#include "tcs.h"

#include "lib/stringinfo.h"
#include "utils/date.h"

#include "numerics/exact_sum.h"
#include "orders/zone.h"

/*
 * A day with a purchase: twice the day since the first of the calendar, plus 1
 * where the value of a purchase on it is known.  A later day is a greater
 * number.
 */
typedef uint32 TcsOccasion;

static inline TcsOccasion
tcs_occasion(DateADT day, bool known)
{
	return ((uint32) day + POSTGRES_EPOCH_JDATE) << 1 | known;
}

static inline DateADT
tcs_occasion_day(TcsOccasion occasion)
{
	return (DateADT) (occasion >> 1) - POSTGRES_EPOCH_JDATE;
}

/*
 * One allocation.  Days are days since 2000-01-01.  The occasions are the
 * distinct days with a purchase: days[0] is the first of them, days[0 ..
 * sorted) rise strictly, and the rest wait, in any order and perhaps more than
 * once, to be sorted in.  With room for 8 occasions the state has 128 bytes;
 * what most rows touch, from `rest` on, lies together.
 */
typedef struct TcsHistory
{
	TcsSum		refunds;		/* negative amounts */
	TcsSum		first;			/* purchases on the first occasion */
	TcsSum		rest;			/* purchases on the others */
	uint64		orders:48;		/* rows, refunds included */
	uint64		zone:16;		/* a TcsZone */
	DateADT		after;			/* rows until this day do not count ... */
	DateADT		as_of;			/* ... nor do rows after this one */
	uint32		count:27;		/* days in use */
	uint32		size_bits:5;	/* the allocation has 2^size_bits bytes */
	uint32		sorted;
	TcsOccasion days[FLEXIBLE_ARRAY_MEMBER];
} TcsHistory;

/* A history without rows, in the given context. */
extern TcsHistory *tcs_history_create(MemoryContext context, DateADT after,
									  DateADT as_of, TcsZone zone);

/*
 * Count one row of that day, which must lie in (after, as_of].  The amount is
 * amount + residual (see amount.h); NaN stands for NULL.  Returns the state,
 * which may have moved.
 */
extern TcsHistory *tcs_history_add(TcsHistory *history, DateADT day,
								   double amount, double residual);

/* Count all rows of another history; that one keeps its contents. */
extern TcsHistory *tcs_history_merge(TcsHistory *into, TcsHistory *from);

/* Sort the waiting days in.  Changes the form only, not the contents. */
extern void tcs_history_settle(TcsHistory *history);

/* An error unless both count the same span in the same zone. */
extern void tcs_history_check_same(const TcsHistory *history, DateADT after,
								   DateADT as_of, TcsZone zone);

/* What all amounts add up to. */
typedef struct TcsHistoryMoney
{
	double		bought;			/* purchases of a known value */
	double		refunds;		/* a positive number */
	double		revenue;		/* what is left, perhaps negative */
} TcsHistoryMoney;

/* An error where the revenue is no double. */
extern void tcs_history_money(const TcsHistory *history, TcsHistoryMoney *money);

/*
 * How many occasions after the first have a known value, and the sum of the
 * natural logarithms of the days from each occasion to the next.  The history
 * is settled and has an occasion.
 */
extern void tcs_history_rhythm(const TcsHistory *history, int32 *valued,
							   double *ln_gaps);

/* The state as bytes and back; what is read is checked. */
extern void tcs_history_send(StringInfo buffer, TcsHistory *history);
extern TcsHistory *tcs_history_receive(StringInfo buffer,
									   MemoryContext context);

#endif							/* TCS_HISTORY_H */
