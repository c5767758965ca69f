/*
 * purchase_history.c
 *		One pass over a customer's orders: purchase_history and holdout.
 */
#include "history/history.h"
#include "server/record.h"
#include "orders/row.h"

#include "libpq/pqformat.h"

void
tcs_holdout_backwards(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("until must not be before as_of"),
			 errhint("What counts is what happened after as_of, up to and including until.")));
}

/*
 * One row of the log.  Arguments: state, at, amount, then as_of for
 * purchase_history or as_of and until for holdout, then the zone.
 */
static inline Datum
purchase_row_add(FunctionCallInfo fcinfo, TcsAt at, TcsAmount amount_type, bool holdout)
{
	TcsHistory *history = TCS_STATE(TcsHistory);
	DateADT		after = DATEVAL_NOBEGIN;
	DateADT		as_of = tcs_row_bound(fcinfo, 3, "as_of");
	TcsZone		zone = 0;
	DateADT		day;

	/* the state of another customer than before: fetch all of it at once */
	if (history != NULL)
	{
		__builtin_prefetch(&history->fixed);
		__builtin_prefetch(history + 1);
	}
	if (holdout)
	{
		after = as_of;
		as_of = tcs_row_bound(fcinfo, 4, "until");
	}
	if (at == TCS_AT_TIMESTAMPTZ)
		zone = tcs_zone_argument(fcinfo, holdout ? 5 : 4, &fcinfo->flinfo->fn_extra);

	if (history != NULL)
		tcs_history_check_same(history, after, as_of, zone);
	else
	{
		MemoryContext context = tcs_row_context(fcinfo);

		if (after > as_of)
			tcs_holdout_backwards();
		history = tcs_history_create(context, after, as_of, zone);
	}
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(history);

	day = tcs_row_day(fcinfo, 1, at, zone);
	if (day > after && day <= as_of)
	{
		int64		fixed;

		if (tcs_row_fixed(fcinfo, 2, amount_type, &fixed))
			history = tcs_history_add_fixed(history, day, fixed);
		else
		{
			double		residual;
			double		amount = tcs_row_amount(fcinfo, 2, amount_type, &residual);

			history = tcs_history_add_amount(history, day, amount, residual);
		}
	}
	PG_RETURN_POINTER(history);
}

TCS_ROW_FUNCTION(tcs_purchase_history_date_float8, purchase_row_add, TCS_AT_DATE, TCS_AMOUNT_FLOAT8, false);
TCS_ROW_FUNCTION(tcs_purchase_history_date_numeric, purchase_row_add, TCS_AT_DATE, TCS_AMOUNT_NUMERIC, false);
TCS_ROW_FUNCTION(tcs_purchase_history_timestamp_float8, purchase_row_add, TCS_AT_TIMESTAMP, TCS_AMOUNT_FLOAT8, false);
TCS_ROW_FUNCTION(tcs_purchase_history_timestamp_numeric, purchase_row_add, TCS_AT_TIMESTAMP, TCS_AMOUNT_NUMERIC, false);
TCS_ROW_FUNCTION(tcs_purchase_history_timestamptz_float8, purchase_row_add, TCS_AT_TIMESTAMPTZ, TCS_AMOUNT_FLOAT8, false);
TCS_ROW_FUNCTION(tcs_purchase_history_timestamptz_numeric, purchase_row_add, TCS_AT_TIMESTAMPTZ, TCS_AMOUNT_NUMERIC, false);
TCS_ROW_FUNCTION(tcs_holdout_date_float8, purchase_row_add, TCS_AT_DATE, TCS_AMOUNT_FLOAT8, true);
TCS_ROW_FUNCTION(tcs_holdout_date_numeric, purchase_row_add, TCS_AT_DATE, TCS_AMOUNT_NUMERIC, true);
TCS_ROW_FUNCTION(tcs_holdout_timestamp_float8, purchase_row_add, TCS_AT_TIMESTAMP, TCS_AMOUNT_FLOAT8, true);
TCS_ROW_FUNCTION(tcs_holdout_timestamp_numeric, purchase_row_add, TCS_AT_TIMESTAMP, TCS_AMOUNT_NUMERIC, true);
TCS_ROW_FUNCTION(tcs_holdout_timestamptz_float8, purchase_row_add, TCS_AT_TIMESTAMPTZ, TCS_AMOUNT_FLOAT8, true);
TCS_ROW_FUNCTION(tcs_holdout_timestamptz_numeric, purchase_row_add, TCS_AT_TIMESTAMPTZ, TCS_AMOUNT_NUMERIC, true);

PG_FUNCTION_INFO_V1(tcs_history_combine);
PG_FUNCTION_INFO_V1(tcs_history_serial);
PG_FUNCTION_INFO_V1(tcs_history_deserial);
PG_FUNCTION_INFO_V1(tcs_purchase_history_final);
PG_FUNCTION_INFO_V1(tcs_holdout_final);
PG_FUNCTION_INFO_V1(tcs_purchase_history);

Datum
tcs_history_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsHistory *from;
	TcsHistory *into;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsHistory *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ?
		tcs_history_create(context, from->after, from->as_of, from->zone) :
		(TcsHistory *) PG_GETARG_POINTER(0);
	PG_RETURN_POINTER(tcs_history_merge(into, from));
}

Datum
tcs_history_serial(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	tcs_history_send(&buffer, (TcsHistory *) PG_GETARG_POINTER(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_history_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	TcsHistory *history;

	tcs_aggregate_context(fcinfo);
	tcs_copied_buffer(&buffer, bytes);
	history = tcs_history_receive(&buffer, CurrentMemoryContext);
	pq_getmsgend(&buffer);
	pfree(buffer.data);
	PG_RETURN_POINTER(history);
}

/* the layout of the result, worked out once a query */
static TcsRecord *
purchase_result_record(FunctionCallInfo fcinfo, int columns)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = tcs_record_create(fcinfo, columns,
													 fcinfo->flinfo->fn_mcxt);
	return fcinfo->flinfo->fn_extra;
}

/* The columns of tcs.purchase_history. */
#define HISTORY_COLUMNS	13

Datum
tcs_purchase_history_result(FunctionCallInfo fcinfo, TcsHistory *history)
{
	TcsHistoryMoney money;
	DateADT		first,
				last;
	int32		repeats,
				valued;
	double		ln_gaps;
	double		m_x = 0.0;
	bool		unknown;
	Datum		values[HISTORY_COLUMNS];
	bool		nulls[HISTORY_COLUMNS] = {false};
	TcsRecord  *record;

	if (history == NULL || history->count == 0)
		PG_RETURN_NULL();

	record = purchase_result_record(fcinfo, HISTORY_COLUMNS);
	tcs_history_settle(history);
	tcs_history_money(history, &money);
	tcs_history_rhythm(history, &valued, &ln_gaps);
	repeats = history->count - 1;
	first = tcs_occasion_day(tcs_history_occasion(history, 0));
	last = tcs_occasion_day(tcs_history_occasion(history, repeats));
	if (valued > 0)
		m_x = tcs_history_sum(history, TCS_HISTORY_REST) / valued;

	/* a refund does not tell of which purchase it is: each loses its share */
	if (money.refunds > 0.0)
		m_x = money.revenue > 0.0 ? m_x * (money.revenue / money.bought) : 0.0;

	values[0] = Int64GetDatum(history->orders);
	values[1] = Float8GetDatum(money.revenue);
	values[2] = DateADTGetDatum(first);
	values[3] = DateADTGetDatum(last);
	values[4] = Int32GetDatum(repeats);
	values[5] = Float8GetDatum((double) last - first);
	values[6] = Float8GetDatum((double) history->as_of - first);
	values[7] = Float8GetDatum(m_x);
	values[8] = Float8GetDatum(repeats == 0 ? 0.0 :
							   (double) last - tcs_occasion_day(tcs_history_occasion(history, repeats - 1)));
	values[9] = Float8GetDatum(ln_gaps);
	values[10] = Float8GetDatum(money.refunds);
	values[11] = Float8GetDatum(tcs_history_sum(history, TCS_HISTORY_FIRST));
	values[12] = Int32GetDatum(valued);
	nulls[7] = repeats > 0 && valued == 0;
	nulls[11] = (tcs_history_occasion(history, 0) & 1) == 0;
	unknown = nulls[7] || nulls[11];
	PG_RETURN_DATUM(unknown ? tcs_record_make_nulls(record, values, nulls) :
					tcs_record_make(record, values));
}

Datum
tcs_purchase_history_final(PG_FUNCTION_ARGS)
{
	tcs_aggregate_context(fcinfo);
	return tcs_purchase_history_result(fcinfo, TCS_STATE(TcsHistory));
}

Datum
tcs_holdout_result(FunctionCallInfo fcinfo, TcsHistory *history)
{
	Datum		values[2] = {Int64GetDatum(0), Float8GetDatum(0.0)};

	if (history != NULL)
	{
		TcsHistoryMoney money;

		tcs_history_settle(history);
		tcs_history_money(history, &money);
		values[0] = Int64GetDatum(history->count);
		values[1] = Float8GetDatum(money.revenue);
	}
	PG_RETURN_DATUM(tcs_record_make(purchase_result_record(fcinfo, 2), values));
}

Datum
tcs_holdout_final(PG_FUNCTION_ARGS)
{
	tcs_aggregate_context(fcinfo);
	return tcs_holdout_result(fcinfo, TCS_STATE(TcsHistory));
}

static void
check_constructor(bool good, const char *what)
{
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid purchase history: %s", what),
				 errhint("x counts the repeat purchases, t_x runs from the first to the last purchase, t from the first to the day of observation, m_x is the mean value of the repeat purchases.")));
}

/* an argument that may be NULL, which NaN stands for */
static double
constructor_number(FunctionCallInfo fcinfo, int argno, const char *name)
{
	return PG_ARGISNULL(argno) ? NAN : tcs_finite(PG_GETARG_FLOAT8(argno), name);
}

/* arguments: x, t_x, t, m_x, unit, first_value, ln_gaps */
Datum
tcs_purchase_history(PG_FUNCTION_ARGS)
{
	double		x = constructor_number(fcinfo, 0, "x");
	double		t_x = constructor_number(fcinfo, 1, "t_x");
	double		t = constructor_number(fcinfo, 2, "t");
	double		m_x = constructor_number(fcinfo, 3, "m_x");
	double		first_value = constructor_number(fcinfo, 5, "first_value");
	double		ln_gaps = constructor_number(fcinfo, 6, "ln_gaps");
	double		unit;
	Datum		values[HISTORY_COLUMNS] = {0};
	bool		nulls[HISTORY_COLUMNS] = {true, true, true, true};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(4))
		PG_RETURN_NULL();
	unit = tcs_interval_days(PG_GETARG_INTERVAL_P(4), "unit");
	check_constructor(x >= 0 && x == floor(x) && x <= PG_INT32_MAX,
					  "x must be a whole number from 0 up");
	check_constructor(t_x >= 0, "t_x must not be negative");
	check_constructor(t_x <= t, "t_x must not be greater than t");
	check_constructor(x > 0 || t_x == 0, "without repeat purchases t_x must be 0");
	check_constructor(!(m_x < 0), "m_x must not be negative");
	check_constructor(x > 0 || !(m_x != 0 && !isnan(m_x)), "without repeat purchases m_x must be 0");
	check_constructor(unit > 0, "unit must be longer than zero");
	check_constructor(isfinite(t * unit), "t is out of range in days");
	check_constructor(!(first_value < 0), "first_value must not be negative");
	check_constructor(x > 0 || !(ln_gaps != 0 && !isnan(ln_gaps)), "without repeat purchases ln_gaps must be 0");
	/* equal gaps have the greatest product; half a percent is for rounding */
	check_constructor(x == 0 || !(ln_gaps > x * log(t_x / x) + 0.005 * x),
					  "ln_gaps is greater than it is for equal gaps");

	values[4] = Int32GetDatum((int32) x);
	values[5] = Float8GetDatum(t_x * unit);
	values[6] = Float8GetDatum(t * unit);
	values[7] = Float8GetDatum(x == 0 ? 0.0 : m_x);
	nulls[7] = x > 0 && isnan(m_x);
	values[8] = Float8GetDatum(x == 0 ? 0.0 : t_x * unit);
	nulls[8] = x > 1;
	values[9] = Float8GetDatum(x == 0 ? 0.0 : x == 1 ? log(t_x * unit) : ln_gaps + x * log(unit));
	nulls[9] = x == 1 ? t_x == 0 : x > 1 && isnan(ln_gaps);
	nulls[10] = true;
	values[11] = Float8GetDatum(first_value);
	nulls[11] = isnan(first_value);
	values[12] = Int32GetDatum(isnan(m_x) ? 0 : (int32) x);
	PG_RETURN_DATUM(tcs_record_make_nulls(purchase_result_record(fcinfo, HISTORY_COLUMNS), values, nulls));
}
