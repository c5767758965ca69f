/*
 * history_value.c
 *		Reading values of the type tcs.purchase_history.
 *
 * Its columns have fixed widths, so that they are found without a descriptor:
 * a scoring function does this for every row.
 */
#include "history/history_value.h"

#include "access/htup_details.h"
#include "access/tupmacs.h"

enum
{
	COLUMN_REVENUE = 1,			/* after orders */
	COLUMN_X = 4,				/* after first_day, last_day */
	COLUMN_T_X,
	COLUMN_T,
	COLUMN_M_X,
	COLUMN_LN_GAPS = 9,			/* after last_gap */
	COLUMN_REFUNDS,
	COLUMN_FIRST_VALUE,
	COLUMN_VALUED,
	COLUMNS
};

static const uint8 width[COLUMNS] = {8, 8, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 4};

/* where they are when none is NULL */
static const uint8 place[COLUMNS] = {0, 8, 16, 20, 24, 32, 40, 48, 56, 64, 72, 80, 88};

static void
history_refuse(const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid purchase history: %s", complaint),
			 errhint("Make histories with tcs.purchase_history.")));
}

/* Find the columns; NULL for one that is NULL or not there. */
static void
history_find_columns(HeapTupleHeader tuple, const char **column)
{
	const char *data = (const char *) tuple + tuple->t_hoff;
	int			present = HeapTupleHeaderGetNatts(tuple);
	bool		nulls = (tuple->t_infomask & HEAP_HASNULL) != 0;
	Size		offset = 0;

	if (likely(!nulls && present >= COLUMNS))
	{
		for (int i = 0; i < COLUMNS; i++)
			column[i] = data + place[i];
		return;
	}
	for (int i = 0; i < COLUMNS; i++)
	{
		if (i >= present || (nulls && att_isnull(i, tuple->t_bits)))
		{
			column[i] = NULL;
			continue;
		}
		offset = TYPEALIGN(width[i], offset);
		column[i] = data + offset;
		offset += width[i];
	}
}

/* NaN for one that is NULL */
static inline double
history_get_double(const char *column)
{
	double		value = NAN;

	if (column != NULL)
		memcpy(&value, column, sizeof(value));
	return value;
}

/* An amount that may be NULL, and is not negative where it is not. */
static inline double
history_get_amount(const char *column, const char *complaint)
{
	double		value = history_get_double(column);

	if (column != NULL && unlikely(!(value >= 0.0) || isinf(value)))
		history_refuse(complaint);
	return value;
}

bool
tcs_history_value(FunctionCallInfo fcinfo, int argno, TcsHistoryValue *history)
{
	const char *column[COLUMNS];

	history_find_columns(PG_GETARG_HEAPTUPLEHEADER(argno), column);
	if (column[COLUMN_X] == NULL || column[COLUMN_T_X] == NULL || column[COLUMN_T] == NULL)
		return false;
	memcpy(&history->x, column[COLUMN_X], sizeof(int32));
	history->t_x = history_get_double(column[COLUMN_T_X]);
	history->t = history_get_double(column[COLUMN_T]);

	if (unlikely(history->x < 0))
		history_refuse("x is negative");
	if (unlikely(!isfinite(history->t)))
		history_refuse("t is not finite");
	if (unlikely(!(history->t_x >= 0.0)))
		history_refuse("t_x is negative or NaN");
	if (unlikely(history->t_x > history->t))
		history_refuse("t_x is greater than t");
	if (unlikely(history->x == 0 && history->t_x > 0.0))
		history_refuse("t_x is not 0 where x is 0");
	history->m_x = history_get_amount(column[COLUMN_M_X], "m_x is negative or not finite");
	history->first_value = history_get_amount(column[COLUMN_FIRST_VALUE],
											  "first_value is negative or not finite");
	history->refunds = history_get_amount(column[COLUMN_REFUNDS],
										  "refunds are negative or not finite");
	history->revenue = history_get_double(column[COLUMN_REVENUE]);
	if (column[COLUMN_REVENUE] && unlikely(!isfinite(history->revenue)))
		history_refuse("revenue is not finite");
	history->ln_gaps = history_get_double(column[COLUMN_LN_GAPS]);
	if (column[COLUMN_LN_GAPS] && unlikely(!isfinite(history->ln_gaps)))
		history_refuse("ln_gaps is not finite");

	history->valued = isnan(history->m_x) ? 0 : history->x;
	if (column[COLUMN_VALUED])
		memcpy(&history->valued, column[COLUMN_VALUED], sizeof(int32));
	if (unlikely(history->valued < 0 || history->valued > history->x))
		history_refuse("valued is not between 0 and x");
	return true;
}
