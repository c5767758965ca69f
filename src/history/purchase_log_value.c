/*
 * purchase_log_value.c
 *		All that one customer bought: the value, while it grows and after.
 */
#include "history/purchase_log.h"
#include "orders/amount.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/float.h"

#define FIRST_SIZE_BITS		6	/* 64 bytes, 4 rows */
#define LAST_SIZE_BITS		29	/* 67 million rows of eight bytes */

/*
 * Most rows are of an amount in fixed point and lie within 89 years of the first
 * that came; such a row takes eight bytes: the days since base, and in the lower 48
 * bits the amount, above LOWEST_FIXED.  So they sort by day.
 */
#define FIXED_BITS			48
#define LOWEST_FIXED		(-(INT64CONST(1) << (FIXED_BITS - 1)))
#define NARROW_DAYS			(PG_UINT16_MAX / 2)

/* The others. */
typedef enum PurchaseKind
{
	PURCHASE_UNKNOWN,			/* no amount */
	PURCHASE_FIXED,				/* amount in fixed point */
	PURCHASE_DOUBLE				/* amount and residual (see amount.h) */
} PurchaseKind;

typedef struct Purchase
{
	DateADT		day;
	int32		kind;			/* a PurchaseKind */
	union
	{
		int64		fixed;
		double		number;
	}			amount;
	double		residual;
} Purchase;

struct TcsPurchaseLog
{
	int32		length;			/* of a varlena; not to be touched */
	uint32		wide:1;			/* rows are Purchase */
	uint32		count:31;
	DateADT		base;			/* what narrow rows count their days from */
	int32		unused;			/* 0 */
};

struct TcsGrowingLog
{
	TcsZone		zone;
	uint16		size_bits;		/* the allocation has 2^size_bits bytes */
	uint32		unused;
	TcsPurchaseLog log;			/* its length is not set */
};

static int	purchase_compare(const Purchase *a, const Purchase *b);

#define ST_SORT sort_narrow_purchases
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_wide_purchases
#define ST_ELEMENT_TYPE Purchase
#define ST_COMPARE(a, b) purchase_compare(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* by day, then by what is known, then by amount: rows that are alike have one order */
static int
purchase_compare(const Purchase *a, const Purchase *b)
{
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->kind == PURCHASE_FIXED)
		return a->amount.fixed < b->amount.fixed ? -1 : a->amount.fixed > b->amount.fixed;
	if (a->amount.number != b->amount.number)
		return a->amount.number < b->amount.number ? -1 : 1;
	return a->residual < b->residual ? -1 : a->residual > b->residual;
}

static inline uint64 *
log_narrow(const TcsPurchaseLog *log)
{
	return (uint64 *) (log + 1);
}

static inline Purchase *
log_wide(const TcsPurchaseLog *log)
{
	return (Purchase *) (log + 1);
}

static inline Size
log_row_size(const TcsPurchaseLog *log)
{
	return log->wide ? sizeof(Purchase) : sizeof(uint64);
}

static inline Purchase
log_row(const TcsPurchaseLog *log, uint32 place)
{
	Purchase	row = {0};

	if (log->wide)
		return log_wide(log)[place];
	row.day = log->base + (int32) (log_narrow(log)[place] >> FIXED_BITS);
	row.kind = PURCHASE_FIXED;
	row.amount.fixed = (int64) (log_narrow(log)[place] & ((UINT64CONST(1) << FIXED_BITS) - 1)) + LOWEST_FIXED;
	return row;
}

/* Does a row fit into eight bytes? */
static inline bool
log_holds(const TcsPurchaseLog *log, DateADT day, int64 fixed)
{
	int64		days = (int64) day - log->base;

	return days >= 0 && days <= PG_UINT16_MAX && fixed >= LOWEST_FIXED && fixed < -LOWEST_FIXED;
}

TcsGrowingLog *
tcs_growing_log_create(MemoryContext context, DateADT day, TcsZone zone)
{
	TcsGrowingLog *growing = MemoryContextAlloc(context, 1 << FIRST_SIZE_BITS);

	memset(growing, 0, sizeof(TcsGrowingLog));
	growing->zone = zone;
	growing->size_bits = FIRST_SIZE_BITS;
	/* the calendar begins less than that many days before */
	growing->log.wide = day < NARROW_DAYS - POSTGRES_EPOCH_JDATE;
	growing->log.base = growing->log.wide ? 0 : day - NARROW_DAYS;
	return growing;
}

/* Have room for so many rows of that size. */
static TcsGrowingLog *
growing_make_room(TcsGrowingLog *growing, uint64 rows, Size row_size)
{
	Size		needed = sizeof(TcsGrowingLog) + rows * row_size;
	int			bits = growing->size_bits;

	if (likely(needed <= (Size) 1 << bits))
		return growing;
	while (bits <= LAST_SIZE_BITS && needed > (Size) 1 << bits)
		bits++;
	if (bits > LAST_SIZE_BITS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many orders in one group"),
				 errhint("Group the orders by customer.")));
	growing = repalloc(growing, (Size) 1 << bits);
	growing->size_bits = bits;
	return growing;
}

/* Give each row the room of any. */
static TcsGrowingLog *
growing_widen(TcsGrowingLog *growing)
{
	if (growing->log.wide)
		return growing;
	growing = growing_make_room(growing, growing->log.count, sizeof(Purchase));
	/* from the last, so that none is overwritten before it was read */
	for (uint32 i = growing->log.count; i-- > 0;)
	{
		Purchase	row = log_row(&growing->log, i);

		log_wide(&growing->log)[i] = row;
	}
	growing->log.wide = true;
	growing->log.base = 0;
	return growing;
}

static TcsGrowingLog *
growing_add_wide(TcsGrowingLog *growing, const Purchase *row)
{
	growing = growing_widen(growing);
	growing = growing_make_room(growing, (uint64) growing->log.count + 1, sizeof(Purchase));
	log_wide(&growing->log)[growing->log.count++] = *row;
	return growing;
}

TcsGrowingLog *
tcs_growing_log_add_fixed(TcsGrowingLog *growing, DateADT day, int64 fixed)
{
	if (unlikely(growing->log.wide || !log_holds(&growing->log, day, fixed)))
	{
		Purchase	row = {.day = day,.kind = PURCHASE_FIXED,.amount.fixed = fixed};

		return growing_add_wide(growing, &row);
	}
	growing = growing_make_room(growing, (uint64) growing->log.count + 1, sizeof(uint64));
	log_narrow(&growing->log)[growing->log.count++] =
		(uint64) (day - growing->log.base) << FIXED_BITS | (uint64) (fixed - LOWEST_FIXED);
	return growing;
}

TcsGrowingLog *
tcs_growing_log_add_amount(TcsGrowingLog *growing, DateADT day, double amount, double residual)
{
	Purchase	row = {.day = day,.kind = PURCHASE_UNKNOWN};

	if (!isnan(amount))
	{
		/* -0 is 0 */
		row.kind = PURCHASE_DOUBLE;
		row.amount.number = amount + 0.0;
		row.residual = residual + 0.0;
	}
	return growing_add_wide(growing, &row);
}

static TcsGrowingLog *
growing_add_row(TcsGrowingLog *growing, const Purchase *row)
{
	return row->kind == PURCHASE_FIXED ?
		tcs_growing_log_add_fixed(growing, row->day, row->amount.fixed) :
		growing_add_wide(growing, row);
}

void
tcs_growing_log_check_same(const TcsGrowingLog *growing, TcsZone zone)
{
	if (unlikely(growing->zone != zone))
		tcs_not_the_same("zone");
}

TcsZone
tcs_growing_log_zone(const TcsGrowingLog *growing)
{
	return growing->zone;
}

TcsGrowingLog *
tcs_growing_log_merge(TcsGrowingLog *into, const TcsGrowingLog *from)
{
	tcs_growing_log_check_same(into, from->zone);
	for (uint32 i = 0; i < from->log.count; i++)
	{
		Purchase	row = log_row(&from->log, i);

		into = growing_add_row(into, &row);
	}
	return into;
}

TcsGrowingLog *
tcs_growing_log_of(MemoryContext context, const TcsPurchaseLog *log, TcsZone zone)
{
	TcsGrowingLog *growing = tcs_growing_log_create(context, log->count > 0 ? log_row(log, 0).day : 0, zone);

	for (uint32 i = 0; i < log->count; i++)
	{
		Purchase	row = log_row(log, i);

		growing = growing_add_row(growing, &row);
	}
	return growing;
}

/* Sort the rows. */
static void
log_sort(TcsPurchaseLog *log)
{
	if (log->wide)
		sort_wide_purchases(log_wide(log), log->count);
	else
		sort_narrow_purchases(log_narrow(log), log->count);
}

/* Count days from the first, so that equal logs have equal bytes. */
static void
log_rebase(TcsPurchaseLog *log)
{
	uint64		days;

	if (log->wide)
		return;
	days = log->count > 0 ? log_narrow(log)[0] >> FIXED_BITS : 0;
	log->base = log->count > 0 ? log->base + (int32) days : 0;
	for (uint32 i = 0; i < log->count; i++)
		log_narrow(log)[i] -= days << FIXED_BITS;
}

TcsPurchaseLog *
tcs_growing_log_value(TcsGrowingLog *growing)
{
	Size		size;
	TcsPurchaseLog *log;

	/* it is of no use to have the room of any where none needs it */
	if (growing->log.count == 0)
		growing->log.wide = false;
	size = sizeof(TcsPurchaseLog) + growing->log.count * log_row_size(&growing->log);
	log = palloc(size);
	memcpy(log, &growing->log, size);
	SET_VARSIZE(log, size);
	log_sort(log);
	log_rebase(log);
	return log;
}

TcsHistory *
tcs_purchase_log_history(const TcsPurchaseLog *log, DateADT after, DateADT as_of)
{
	TcsHistory *history = tcs_history_create(CurrentMemoryContext, after, as_of, 0);

	for (uint32 i = 0; i < log->count; i++)
	{
		Purchase	row = log_row(log, i);

		if (row.day > as_of)
			break;
		if (row.day <= after)
			continue;
		if (row.kind == PURCHASE_FIXED)
			history = tcs_history_add_fixed(history, row.day, row.amount.fixed);
		else
			history = tcs_history_add_amount(history, row.day,
											 row.kind == PURCHASE_UNKNOWN ? NAN : row.amount.number, row.residual);
	}
	return history;
}

/*
 * As text a row is its day and its amount, which is ? where it is not known; what
 * rounding an amount to double precision took away stands behind a ~.
 */
char *
tcs_purchase_log_text(const TcsPurchaseLog *log)
{
	StringInfoData text;

	initStringInfo(&text);
	for (uint32 i = 0; i < log->count; i++)
	{
		Purchase	row = log_row(log, i);
		int			year,
					month,
					day;

		CHECK_FOR_INTERRUPTS();
		j2date(row.day + POSTGRES_EPOCH_JDATE, &year, &month, &day);
		appendStringInfo(&text, "%s%s%04d-%02d-%02d ", i > 0 ? ", " : "", year < 0 ? "-" : "", abs(year), month, day);
		if (row.kind == PURCHASE_UNKNOWN)
			appendStringInfoChar(&text, '?');
		else
			appendStringInfoString(&text, float8out_internal(row.kind == PURCHASE_FIXED ? tcs_fixed_value(row.amount.fixed) : row.amount.number));
		if (row.residual != 0.0)
			appendStringInfo(&text, "~%s", float8out_internal(row.residual));
	}
	return text.data;
}

static void
log_bad_text(const char *text)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"", "tcs.purchase_log", text),
			 errhint("Write the day and the amount of each row, such as 2026-01-31 12.50, 2026-03-01 ?; the aggregate tcs.purchase_log makes such values.")));
}

/* A finite number that stands there, and what comes behind it. */
static bool
parse_number(const char **place, double *number)
{
	char	   *end;

	if (!isdigit((unsigned char) **place) && **place != '-' && **place != '.')
		return false;
	*number = strtod(*place, &end);

	/*
	 * what is too small for a double is 0 or nearly; what is too large is
	 * none, as is 0x10
	 */
	if (end == *place || !isfinite(*number) || memchr(*place, 'x', end - *place) || memchr(*place, 'X', end - *place))
		return false;
	*place = end;
	return true;
}

/* A row that stands there, and what comes behind it. */
static bool
parse_row(const char **place, Purchase *row, double *number)
{
	int			year,
				month,
				day,
				length = 0;

	if (sscanf(*place, " %d-%2d-%2d %n", &year, &month, &day, &length) != 3 || length == 0)
		return false;
	if (month < 1 || month > MONTHS_PER_YEAR || day < 1 || year < JULIAN_MINYEAR || year > JULIAN_MAXYEAR ||
		day > day_tab[isleap(year)][month - 1])
		return false;
	row->day = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	if (!IS_VALID_DATE(row->day))
		return false;
	*place += length;
	row->kind = PURCHASE_UNKNOWN;
	row->residual = 0.0;
	if (**place == '?')
	{
		(*place)++;
		return true;
	}
	row->kind = PURCHASE_DOUBLE;
	if (!parse_number(place, number))
		return false;
	if (**place != '~')
		return true;
	(*place)++;
	return parse_number(place, &row->residual);
}

TcsPurchaseLog *
tcs_purchase_log_parse(const char *text)
{
	const char *place = text +strspn(text, " \t\r\n");
	TcsGrowingLog *growing = NULL;
	int64		fixed;

	while (*place != '\0')
	{
		Purchase	row;
		double		number = NAN;

		CHECK_FOR_INTERRUPTS();
		if (!parse_row(&place, &row, &number))
			log_bad_text(text);
		if (growing == NULL)
			growing = tcs_growing_log_create(CurrentMemoryContext, row.day, 0);
		growing = row.kind == PURCHASE_DOUBLE && row.residual == 0.0 && tcs_double_fixed(number, &fixed) ?
			tcs_growing_log_add_fixed(growing, row.day, fixed) :
			tcs_growing_log_add_amount(growing, row.day, number, row.residual);
		place += strspn(place, " \t\r\n");
		if (*place == ',' && place[1] != '\0')
			place++;
		else if (*place != '\0')
			log_bad_text(text);
	}
	if (growing == NULL)
		growing = tcs_growing_log_create(CurrentMemoryContext, 0, 0);
	return tcs_growing_log_value(growing);
}

void
tcs_purchase_log_write(StringInfo buffer, const TcsPurchaseLog *log)
{
	pq_sendint32(buffer, log->count);
	for (uint32 i = 0; i < log->count; i++)
	{
		Purchase	row = log_row(log, i);

		pq_sendint32(buffer, row.day);
		pq_sendbyte(buffer, row.kind);
		if (row.kind == PURCHASE_FIXED)
			pq_sendint64(buffer, row.amount.fixed);
		else if (row.kind == PURCHASE_DOUBLE)
		{
			pq_sendfloat8(buffer, row.amount.number);
			pq_sendfloat8(buffer, row.residual);
		}
	}
}

/* A row, or an error where that is none. */
static void
log_read_row(StringInfo buffer, Purchase *row)
{
	bool		good;

	memset(row, 0, sizeof(Purchase));
	row->day = (DateADT) pq_getmsgint(buffer, 4);
	row->kind = pq_getmsgbyte(buffer);
	good = !DATE_NOT_FINITE(row->day) && IS_VALID_DATE(row->day) && row->kind <= PURCHASE_DOUBLE;
	if (good && row->kind == PURCHASE_FIXED)
	{
		row->amount.fixed = pq_getmsgint64(buffer);
		good = row->amount.fixed <= TCS_FIXED_LIMIT && row->amount.fixed >= -TCS_FIXED_LIMIT;
	}
	else if (good && row->kind == PURCHASE_DOUBLE)
	{
		row->amount.number = pq_getmsgfloat8(buffer) + 0.0;
		row->residual = pq_getmsgfloat8(buffer) + 0.0;
		good = isfinite(row->amount.number) && isfinite(row->residual);
	}
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid purchase log: a row is out of range")));
}

TcsPurchaseLog *
tcs_purchase_log_read(StringInfo buffer)
{
	uint32		count = pq_getmsgint(buffer, 4);
	TcsGrowingLog *growing = NULL;

	for (uint32 i = 0; i < count; i++)
	{
		Purchase	row;

		CHECK_FOR_INTERRUPTS();
		log_read_row(buffer, &row);
		if (growing == NULL)
			growing = tcs_growing_log_create(CurrentMemoryContext, row.day, 0);
		growing = growing_add_row(growing, &row);
	}
	if (growing == NULL)
		growing = tcs_growing_log_create(CurrentMemoryContext, 0, 0);
	return tcs_growing_log_value(growing);
}
