/*
 * ledger.c
 *		Points of a loyalty programme: who pays for what with which points.
 *
 * Points that came together are a lot.  Lots with points left are in a heap by
 * the day on which they expire, so that each row costs the logarithm of the
 * number of lots.  Every payment is noted with the lot it came from, so that a
 * use that is taken back gives its points to where they were: they expire when
 * they would have.
 */
#include "points/ledger.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define INTERRUPT_EVERY		65536

typedef struct PointsLot
{
	int64		left;
	int64		expired;
	DateADT		day;
	DateADT		expires;
	bool		queued;			/* is in the heap */
} PointsLot;

/* What went on a day, by use or by cancelling. */
typedef struct PointsUse
{
	int64		unpaid;			/* nothing was there for it: a debt */
	int64		last_payment;	/* the newest, or -1 */
	DateADT		day;
	bool		cancel;
} PointsUse;

typedef struct PointsPayment
{
	int64		units;
	int64		before;			/* the payment of the same use before it, or
								 * -1 */
	uint32		lot;
} PointsPayment;

typedef struct PointsLedger
{
	DateADT		today;
	PointsLot  *lots;			/* in the order of their days */
	uint32		lot_count;
	uint32	   *heap;
	uint32		heap_count;
	PointsUse  *uses;			/* in the order of their days, cancelled first */
	uint32		use_count;
	uint32		paid;			/* none before it is in debt */
	PointsPayment *payments;
	int64		payment_count;
	int64		payment_room;
	TcsPointsTotals *totals;
} PointsLedger;

static int
points_row_kind(const TcsPointsRow *row)
{
	bool		takes_back = row->original != TCS_POINTS_NO_ORIGINAL;

	if (row->units > 0)
		return takes_back ? 3 : 0;
	return takes_back ? 1 : 2;
}

static inline int
compare_points_rows(const TcsPointsRow *a, const TcsPointsRow *b)
{
	int			kind_a;
	int			kind_b;

	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	kind_a = points_row_kind(a);
	kind_b = points_row_kind(b);
	if (kind_a != kind_b)
		return kind_a - kind_b;
	if (a->original != b->original)
		return a->original < b->original ? -1 : 1;
	return a->expires < b->expires ? -1 : a->expires > b->expires;
}

#define ST_SORT sort_points_rows
#define ST_ELEMENT_TYPE TcsPointsRow
#define ST_COMPARE(a, b) compare_points_rows(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static void
points_count(int64 *total, int64 units)
{
	/* the least integer has no opposite */
	if (unlikely(pg_add_s64_overflow(*total, units, total) || *total == PG_INT64_MIN))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("points of a group are out of range"),
				 errdetail("Their sum has more than 18 digits, decimals included."),
				 errhint("Round them, or group them by customer.")));
}

/* sorts the rows and makes those of one kind one; returns how many are left */
static uint32
points_rows_merge(TcsPointsRow *rows, uint32 count)
{
	uint32		kept = 0;

	if (count > 1)
		sort_points_rows(rows, count);
	for (uint32 i = 0; i < count; i++)
	{
		if (kept > 0 && compare_points_rows(&rows[kept - 1], &rows[i]) == 0)
		{
			int64		units = rows[kept - 1].units;

			points_count(&units, rows[i].units);
			rows[kept - 1].units = units;
		}
		else
			rows[kept++] = rows[i];
	}
	return kept;
}

/* does lot a pay before lot b? */
static inline bool
points_lot_before(const PointsLedger *ledger, uint32 a, uint32 b)
{
	DateADT		expires_a = ledger->lots[a].expires;
	DateADT		expires_b = ledger->lots[b].expires;

	return expires_a != expires_b ? expires_a < expires_b : a < b;
}

static void
points_heap_push(PointsLedger *ledger, uint32 lot)
{
	uint32		place = ledger->heap_count++;

	while (place > 0 && points_lot_before(ledger, lot, ledger->heap[(place - 1) / 2]))
	{
		ledger->heap[place] = ledger->heap[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	ledger->heap[place] = lot;
	ledger->lots[lot].queued = true;
}

static void
points_heap_pop(PointsLedger *ledger)
{
	uint32		last = ledger->heap[--ledger->heap_count];
	uint32		place = 0;
	uint32		child;

	ledger->lots[ledger->heap[0]].queued = false;
	while ((child = 2 * place + 1) < ledger->heap_count)
	{
		if (child + 1 < ledger->heap_count &&
			points_lot_before(ledger, ledger->heap[child + 1], ledger->heap[child]))
			child++;
		if (!points_lot_before(ledger, ledger->heap[child], last))
			break;
		ledger->heap[place] = ledger->heap[child];
		place = child;
	}
	if (ledger->heap_count > 0)
		ledger->heap[place] = last;
}

/* the lot that pays next, or NULL; what was cancelled may have left empty ones */
static PointsLot *
points_next_lot(PointsLedger *ledger)
{
	while (ledger->heap_count > 0)
	{
		PointsLot  *lot = &ledger->lots[ledger->heap[0]];

		if (lot->left > 0)
			return lot;
		points_heap_pop(ledger);
	}
	return NULL;
}

static void
points_note_payment(PointsLedger *ledger, PointsUse *use, uint32 lot, int64 units)
{
	PointsPayment *payment;

	if (ledger->payment_count == ledger->payment_room)
	{
		ledger->payment_room *= 2;
		ledger->payments = repalloc_huge(ledger->payments,
										 ledger->payment_room * sizeof(PointsPayment));
	}
	payment = &ledger->payments[ledger->payment_count];
	payment->units = units;
	payment->lot = lot;
	payment->before = use->last_payment;
	use->last_payment = ledger->payment_count++;
}

/* a lot gets points: they pay debts first, the oldest first */
static void
points_give(PointsLedger *ledger, uint32 number, int64 units)
{
	PointsLot  *lot = &ledger->lots[number];

	if (lot->expires <= ledger->today)
	{
		lot->expired += units;
		points_count(&ledger->totals->expired, units);
		return;
	}
	while (units > 0 && ledger->paid < ledger->use_count)
	{
		PointsUse  *use = &ledger->uses[ledger->paid];
		int64		part = Min(units, use->unpaid);

		if (use->unpaid == 0)
		{
			ledger->paid++;
			continue;
		}
		points_note_payment(ledger, use, number, part);
		use->unpaid -= part;
		units -= part;
	}
	lot->left += units;
	if (units > 0 && !lot->queued)
		points_heap_push(ledger, number);
}

static void
points_earn(PointsLedger *ledger, const TcsPointsRow *row, int64 units)
{
	PointsLot  *lot = &ledger->lots[ledger->lot_count];

	lot->left = 0;
	lot->expired = 0;
	lot->day = row->day;
	lot->expires = row->expires;
	lot->queued = false;
	points_count(&ledger->totals->earned, units);
	points_give(ledger, ledger->lot_count++, units);
}

/* what goes on a day; rows of the same kind and day share a use */
static void
points_take(PointsLedger *ledger, DateADT day, bool cancel, int64 units)
{
	PointsUse  *use = ledger->use_count > 0 ? &ledger->uses[ledger->use_count - 1] : NULL;
	PointsLot  *lot;

	if (use == NULL || use->day != day || use->cancel != cancel)
	{
		use = &ledger->uses[ledger->use_count++];
		use->unpaid = 0;
		use->last_payment = -1;
		use->day = day;
		use->cancel = cancel;
	}
	while (units > 0 && (lot = points_next_lot(ledger)) != NULL)
	{
		int64		part = Min(units, lot->left);

		points_note_payment(ledger, use, ledger->heap[0], part);
		lot->left -= part;
		units -= part;
	}
	points_count(&use->unpaid, units);
}

/*
 * What was earned on a day is taken back: from what is left of it, or has
 * expired since; if it was used, from the other points.
 */
static void
points_cancel(PointsLedger *ledger, const TcsPointsRow *row)
{
	int64		units = -row->units;
	uint32		first = 0;
	uint32		end = ledger->lot_count;

	points_count(&ledger->totals->cancelled, units);
	while (first < end)
	{
		uint32		middle = first + (end - first) / 2;

		if (ledger->lots[middle].day < row->original)
			first = middle + 1;
		else
			end = middle;
	}
	/* those that expire on the same day as the row says, then the others */
	for (int others = 0; others <= 1; others++)
		for (uint32 i = first; units > 0 && i < ledger->lot_count &&
			 ledger->lots[i].day == row->original; i++)
		{
			PointsLot  *lot = &ledger->lots[i];
			int64		part = Min(units, lot->left);

			if ((i - first + 1) % INTERRUPT_EVERY == 0)
				CHECK_FOR_INTERRUPTS();
			if ((lot->expires != row->expires) != (others != 0))
				continue;
			lot->left -= part;
			units -= part;
			part = Min(units, lot->expired);
			lot->expired -= part;
			ledger->totals->expired -= part;
			units -= part;
		}
	if (units > 0)
		points_take(ledger, row->day, true, units);
}

/* the use of a day, not what was cancelled on it; or NULL */
static PointsUse *
points_use_of_day(const PointsLedger *ledger, DateADT day)
{
	uint32		first = 0;
	uint32		end = ledger->use_count;

	while (first < end)
	{
		uint32		middle = first + (end - first) / 2;
		const PointsUse *use = &ledger->uses[middle];

		if (use->day < day || (use->day == day && use->cancel))
			first = middle + 1;
		else
			end = middle;
	}
	return first < ledger->use_count && ledger->uses[first].day == day ? &ledger->uses[first] : NULL;
}

/*
 * What was used on a day comes back to where it was, the last payment first.
 * What was never used there is earned anew.
 */
static void
points_return(PointsLedger *ledger, const TcsPointsRow *row)
{
	PointsUse  *use = points_use_of_day(ledger, row->original);
	int64		units = row->units;
	int64		part;

	if (use != NULL)
	{
		part = Min(units, use->unpaid);
		use->unpaid -= part;
		units -= part;
		while (units > 0 && use->last_payment >= 0)
		{
			PointsPayment *payment = &ledger->payments[use->last_payment];
			uint32		lot = payment->lot;

			part = Min(units, payment->units);
			payment->units -= part;
			units -= part;
			if (payment->units == 0)
				use->last_payment = payment->before;
			points_give(ledger, lot, part);
		}
		points_count(&ledger->totals->used, units - row->units);
	}
	if (units > 0)
		points_earn(ledger, row, units);
}

static void
points_expire(PointsLedger *ledger, DateADT day)
{
	PointsLot  *lot;

	ledger->today = day;
	while ((lot = points_next_lot(ledger)) != NULL && lot->expires <= day)
	{
		lot->expired += lot->left;
		points_count(&ledger->totals->expired, lot->left);
		lot->left = 0;
	}
}

/* what will expire, of what is there after the last row */
static void
points_look_ahead(const PointsLedger *ledger, DateADT as_of, int within)
{
	TcsPointsTotals *totals = ledger->totals;

	for (uint32 i = 0; i < ledger->heap_count; i++)
	{
		const PointsLot *lot = &ledger->lots[ledger->heap[i]];

		if (lot->left == 0 || lot->expires == TCS_POINTS_NEVER)
			continue;
		if ((int64) lot->expires - as_of <= within)
			totals->expiring += lot->left;
		if (lot->expires < totals->next_expiry)
		{
			totals->next_expiry = lot->expires;
			totals->next_expiring = 0;
		}
		if (lot->expires == totals->next_expiry)
			totals->next_expiring += lot->left;
	}
}

static void *
points_array(uint32 count, Size size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * size);
}

void
tcs_points_walk(TcsPointsRow *rows, uint32 count, DateADT as_of, int within,
				TcsPointsTotals *totals)
{
	PointsLedger ledger = {0};
	uint32		kept = points_rows_merge(rows, count);

	memset(totals, 0, sizeof(TcsPointsTotals));
	totals->next_expiry = TCS_POINTS_NEVER;
	ledger.totals = totals;
	ledger.lots = points_array(kept, sizeof(PointsLot));
	ledger.heap = points_array(kept, sizeof(uint32));
	ledger.uses = points_array(kept, sizeof(PointsUse));
	ledger.payment_room = Max((int64) kept, 1);
	ledger.payments = points_array(kept, sizeof(PointsPayment));
	for (uint32 i = 0; i < kept; i++)
	{
		const TcsPointsRow *row = &rows[i];

		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		if (i == 0 || row->day != ledger.today)
			points_expire(&ledger, row->day);
		switch (points_row_kind(row))
		{
			case 0:
				points_earn(&ledger, row, row->units);
				break;
			case 1:
				points_cancel(&ledger, row);
				break;
			case 2:
				points_count(&totals->used, -row->units);
				points_take(&ledger, row->day, false, -row->units);
				break;
			default:
				points_return(&ledger, row);
		}
	}
	points_expire(&ledger, as_of);
	points_look_ahead(&ledger, as_of, within);
	totals->balance = totals->earned;
	points_count(&totals->balance, -totals->used);
	points_count(&totals->balance, -totals->cancelled);
	points_count(&totals->balance, -totals->expired);
	pfree(ledger.lots);
	pfree(ledger.heap);
	pfree(ledger.uses);
	pfree(ledger.payments);
}
