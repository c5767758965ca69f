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
	DateADT		days[FLEXIBLE_ARRAY_MEMBER];
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

/* Net sum of all amounts; an error where it is no double. */
extern double tcs_history_revenue(const TcsHistory *history);

/* The state as bytes and back; what is read is checked. */
extern void tcs_history_send(StringInfo buffer, TcsHistory *history);
extern TcsHistory *tcs_history_receive(StringInfo buffer,
									   MemoryContext context);

#endif							/* TCS_HISTORY_H */
