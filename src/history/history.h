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

/* What is summed up. */
typedef enum TcsHistorySum
{
	TCS_HISTORY_FIRST,			/* purchases on the first occasion */
	TCS_HISTORY_REST,			/* purchases on the others */
	TCS_HISTORY_REFUNDS,		/* negative amounts */
	TCS_HISTORY_SUMS
} TcsHistorySum;

/*
 * One allocation, of which this is the head.  What follows are, where amounts
 * came that fixed point does not hold (see amount.h), TCS_HISTORY_SUMS TcsSum of
 * them, and then the occasions, the distinct days with a purchase: days[0] is
 * the first of them, days[0 .. sorted) rise strictly, and the rest wait, in any
 * order and perhaps more than once, to be sorted in.  An occasion takes two
 * bytes, counted from 89 years before as_of, or four where there was one before
 * that.  With up to 8 occasions all of it has 64 bytes.
 */
typedef struct TcsHistory
{
	int64		fixed[TCS_HISTORY_SUMS];
	uint64		orders:48;		/* rows, refunds included */
	uint64		zone:16;		/* a TcsZone */
	DateADT		after;			/* rows until this day do not count ... */
	DateADT		as_of;			/* ... nor do rows after this one */
	uint32		sorted;
	uint32		count:25;		/* days in use */
	uint32		size_bits:5;	/* the allocation has 2^size_bits bytes */
	uint32		has_sums:1;		/* there are TcsSum */
	uint32		wide_days:1;	/* occasions take four bytes */
} TcsHistory;

/* A history without rows, in the given context. */
extern TcsHistory *tcs_history_create(MemoryContext context, DateADT after,
									  DateADT as_of, TcsZone zone);

/*
 * Count one row of that day, which must lie in (after, as_of], whose amount is
 * fixed (see amount.h); or amount + residual (see amount.h), where NaN stands for
 * NULL.  Return the state, which may have moved.
 */
extern TcsHistory *tcs_history_add_fixed(TcsHistory *history, DateADT day,
										 int64 fixed);
extern TcsHistory *tcs_history_add_amount(TcsHistory *history, DateADT day,
										  double amount, double residual);

/* Count all rows of another history; that one keeps its contents. */
extern TcsHistory *tcs_history_merge(TcsHistory *into, TcsHistory *from);

/* Sort the waiting days in.  Changes the form only, not the contents. */
extern void tcs_history_settle(TcsHistory *history);

/* The occasion at that place of those that are sorted. */
extern TcsOccasion tcs_history_occasion(const TcsHistory *history, uint32 place);

/* An error unless both count the same span in the same zone. */
extern void tcs_history_check_same(const TcsHistory *history, DateADT after,
								   DateADT as_of, TcsZone zone);

/* One of the sums. */
extern double tcs_history_sum(const TcsHistory *history, TcsHistorySum which);

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

/*
 * The results of purchase_history and holdout; of NULL, that of no rows.  They
 * keep what they know of the calling function in its fn_extra.
 */
extern Datum tcs_purchase_history_result(FunctionCallInfo fcinfo,
										 TcsHistory *history);
extern Datum tcs_holdout_result(FunctionCallInfo fcinfo, TcsHistory *history);

/* Report a span that ends before it begins. */
extern void tcs_holdout_backwards(void) pg_attribute_noreturn();

#endif							/* TCS_HISTORY_H */
