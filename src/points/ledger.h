/*
 * ledger.h
 *		Points of a loyalty programme: who pays for what with which points.
 *
 * The rows of a customer's account, a day at a time: first what was earned,
 * then what was cancelled, used and given back.  Of what is there, that which
 * expires first is used first, and of that the oldest: where all points have
 * the same term, first in is first out.  What is used beyond the balance is a
 * debt, which the points that come next pay.
 */
#ifndef TCS_LEDGER_H
#define TCS_LEDGER_H

#include "tcs.h"

#include "utils/date.h"

#define TCS_POINTS_NEVER		DATEVAL_NOEND	/* expires on no day */
#define TCS_POINTS_NO_ORIGINAL	DATEVAL_NOBEGIN /* takes no row back */

/* A row of the account: 20 bytes, since there may be millions of customers. */
#pragma pack(push, 4)
typedef struct TcsPointsRow
{
	int64		units;			/* negative where points go */
	DateADT		day;
	DateADT		expires;		/* the first day without them */
	DateADT		original;		/* the day of the row that this one takes back */
} TcsPointsRow;
#pragma pack(pop)

/* What became of them.  balance = earned - used - cancelled - expired */
typedef struct TcsPointsTotals
{
	int64		balance;
	int64		earned;
	int64		used;			/* less what was given back */
	int64		cancelled;
	int64		expired;
	int64		expiring;		/* within `within` days after as_of */
	int64		next_expiring;	/* on next_expiry */
	DateADT		next_expiry;	/* TCS_POINTS_NEVER where nothing will expire */
} TcsPointsTotals;

/*
 * Go through the rows, none of which is after as_of; they are sorted in place,
 * and those of one kind and day become one.
 */
extern void tcs_points_walk(TcsPointsRow *rows, uint32 count, DateADT as_of,
							int within, TcsPointsTotals *totals);

#endif							/* TCS_LEDGER_H */
