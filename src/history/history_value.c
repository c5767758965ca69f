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

/* orders, revenue, first_day, last_day, x, t_x, t, m_x, last_gap */
static const uint8 width[] = {8, 8, 4, 4, 4, 8, 8, 8, 8};

enum
{
	COLUMN_X = 4,
	COLUMN_T_X,
	COLUMN_T,
	COLUMN_M_X
};

static void
history_refuse(const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid purchase history: %s", complaint),
			 errhint("Make histories with tcs.purchase_history.")));
}

/* Find the columns up to m_x; NULL for one that is NULL or not there. */
static void
history_find_columns(HeapTupleHeader tuple, const char **column)
{
	const char *data = (const char *) tuple + tuple->t_hoff;
	int			present = HeapTupleHeaderGetNatts(tuple);
	bool		nulls = (tuple->t_infomask & HEAP_HASNULL) != 0;
	Size		offset = 0;

	for (int i = 0; i <= COLUMN_M_X; i++)
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

static inline double
history_get_double(const char *column)
{
	double		value;

	memcpy(&value, column, sizeof(value));
	return value;
}

bool
tcs_history_value(FunctionCallInfo fcinfo, int argno, TcsHistoryValue *history)
{
	const char *column[COLUMN_M_X + 1];

	history_find_columns(PG_GETARG_HEAPTUPLEHEADER(argno), column);
	if (column[COLUMN_X] == NULL || column[COLUMN_T_X] == NULL || column[COLUMN_T] == NULL)
		return false;
	memcpy(&history->x, column[COLUMN_X], sizeof(int32));
	history->t_x = history_get_double(column[COLUMN_T_X]);
	history->t = history_get_double(column[COLUMN_T]);
	history->m_x = column[COLUMN_M_X] ? history_get_double(column[COLUMN_M_X]) : NAN;

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
	if (column[COLUMN_M_X] && unlikely(!(history->m_x >= 0.0) || isinf(history->m_x)))
		history_refuse("m_x is negative or not finite");
	return true;
}
