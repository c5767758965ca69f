/*
 * p_alive.c
 *		What a model of repeat purchases says about one customer: p_alive,
 *		expected_purchases, purchases_interval and dert.
 */
#include "btyd/predict.h"

#include "executor/executor.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "btyd/btyd.h"
#include "model/model.h"
#include "server/progress.h"
#include "server/record.h"

PG_FUNCTION_INFO_V1(tcs_p_alive);
PG_FUNCTION_INFO_V1(tcs_expected_purchases);
PG_FUNCTION_INFO_V1(tcs_purchases_interval);
PG_FUNCTION_INFO_V1(tcs_dert);

static void *
alive_allocate(void *context, size_t size)
{
	return MemoryContextAlloc(context, size);
}

TcsBtydSight *
tcs_btyd_sight(const TcsBtyd *btyd)
{
	TcsBtydSight *sight = palloc0(sizeof(TcsBtydSight));

	sight->btyd = *btyd;
	sight->cache.allocate = alive_allocate;
	sight->cache.context = CurrentMemoryContext;
	return sight;
}

void
tcs_btyd_see(TcsBtydSight *sight, const TcsHistoryValue *history, TcsCustomer *customer)
{
	double		t_x = history->t_x;
	double		t = history->t;

	if (sight->btyd.family == TCS_BG_BB)
	{
		tcs_btyd_opportunities(sight->btyd.period, history, &t_x, &t);
		t_x *= sight->btyd.period;
		t *= sight->btyd.period;
	}
	tcs_btyd_customer(&sight->btyd, &sight->cache, history->x, t_x, t, customer);
}

static void *
btyd_model_parse(Jsonb *model)
{
	TcsBtyd		btyd;

	tcs_btyd_read(model, &btyd);
	return tcs_btyd_sight(&btyd);
}

bool
tcs_customer_later(FunctionCallInfo fcinfo, int model_argno, int history_argno, double after,
				   void **model_cache, TcsHistoryValue *history, TcsCustomer *customer)
{
	TcsBtydSight *sight = tcs_model_argument(fcinfo, model_argno, btyd_model_parse, model_cache);

	if (!tcs_history_value(fcinfo, history_argno, history))
		return false;
	history->t += after;
	tcs_btyd_see(sight, history, customer);
	return true;
}

bool
tcs_customer_argument(FunctionCallInfo fcinfo, int model_argno, int history_argno,
					  void **model_cache, TcsHistoryValue *history,
					  TcsCustomer *customer)
{
	return tcs_customer_later(fcinfo, model_argno, history_argno, 0.0, model_cache,
							  history, customer);
}

/* The place of first_day in a history. */
#define FIRST_DAY	3

bool
tcs_history_end(FunctionCallInfo fcinfo, int argno, const TcsHistoryValue *history,
				DateADT *end, int64 *follow)
{
	bool		null;
	Datum		value = GetAttributeByNum(PG_GETARG_HEAPTUPLEHEADER(argno), FIRST_DAY, &null);
	DateADT		first_day = null ? DATEVAL_NOEND : DatumGetDateADT(value);
	double		last_day = floor(first_day + history->t);

	if (DATE_NOT_FINITE(first_day) || !IS_VALID_DATE(last_day))
		return false;
	*end = (DateADT) last_day;
	*follow = DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1 - (int64) *end;
	return true;
}

double
tcs_after_argument(FunctionCallInfo fcinfo, int argno)
{
	double		days;

	if (PG_NARGS() <= argno)
		return 0.0;
	days = tcs_interval_days(PG_GETARG_INTERVAL_P(argno), "after");
	if (unlikely(days < 0.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("after must not be negative"),
				 errhint("For an earlier day make the history of that day, by its as_of.")));
	return days;
}

double
tcs_horizon_argument(FunctionCallInfo fcinfo, int argno)
{
	const Interval *interval = PG_GETARG_INTERVAL_P(argno);
	double		days;

	if (unlikely(TCS_INTERVAL_NOT_FINITE(interval)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("horizon must be finite"),
				 errhint("Purchases over all time are given by dert, their value by residual_value.")));
	days = tcs_span_days(interval, "horizon", 1.0);
	if (unlikely(days < 0.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("horizon must not be negative"),
				 errdetail("It amounts to %g days, a month having %g.", days, TCS_MONTH),
				 errhint("Give a horizon such as interval '12 months'; purchases over all time are given by dert.")));
	return days;
}

double
tcs_daily_discount(double annual_discount)
{
	return log1p(tcs_annual_discount(annual_discount)) / TCS_YEAR;
}

double
tcs_level_argument(FunctionCallInfo fcinfo, int argno)
{
	return tcs_inner_share(tcs_finite(PG_GETARG_FLOAT8(argno), "level"), "level",
						   "Give 0.9 for the interval that holds 90 percent.");
}

void
tcs_predict_out_of_range(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s out of range for double precision", what),
			 errhint("Look at the parameters of the model and at the history.")));
}

double
tcs_residual_purchases(const TcsCustomer *customer, double annual_discount)
{
	double		discount = tcs_daily_discount(annual_discount);
	double		purchases = tcs_btyd_residual(customer, discount);

	if (unlikely(isinf(purchases)))
	{
		if (discount > 0.0 || (discount == 0.0 && customer->a > 1.0))
			tcs_predict_out_of_range("expected purchases are");
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("expected purchases over all time are infinite under the model"),
				 customer->a == 0.0 ?
				 errdetail("Without a discount they are, as nobody leaves under it.") :
				 errdetail("Without a discount they are finite only where %s exceeds 1; it is %g.",
						   tcs_btyd_term_name(customer->family, TCS_BTYD_A), customer->a),
				 errhint("Give an annual_discount greater than 0, or a horizon to expected_purchases or clv.")));
	}
	return purchases;
}

/* arguments: model, history [, after] */
Datum
tcs_p_alive(PG_FUNCTION_ARGS)
{
	double		after = tcs_after_argument(fcinfo, 2);
	TcsHistoryValue history;
	TcsCustomer customer;

	if (!tcs_customer_later(fcinfo, 0, 1, after, &fcinfo->flinfo->fn_extra,
							&history, &customer))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(customer.p_alive);
}

static double
alive_expected(const TcsCustomer *customer, double horizon, double discount, void *context)
{
	(void) discount;
	(void) context;
	return tcs_btyd_expected(customer, horizon);
}

/* arguments: model, history, horizon [, after] */
Datum
tcs_expected_purchases(PG_FUNCTION_ARGS)
{
	double		horizon = tcs_horizon_argument(fcinfo, 2);
	double		after = tcs_after_argument(fcinfo, 3);
	TcsHistoryValue history;
	TcsCustomer customer;
	double		expected;

	if (!tcs_customer_later(fcinfo, 0, 1, after, &fcinfo->flinfo->fn_extra,
							&history, &customer))
		PG_RETURN_NULL();
	expected = tcs_btyd_recall(&customer, horizon, 0.0, alive_expected, NULL);
	if (unlikely(isinf(expected)))
		tcs_predict_out_of_range("expected purchases are");
	PG_RETURN_FLOAT8(customer.p_alive * expected);
}

/* What purchases_interval keeps for its call site. */
typedef struct IntervalCache
{
	void	   *model;
	TcsRecord  *record;
} IntervalCache;

/* arguments: model, history, horizon, level */
Datum
tcs_purchases_interval(PG_FUNCTION_ARGS)
{
	double		horizon = tcs_horizon_argument(fcinfo, 2);
	double		level = tcs_level_argument(fcinfo, 3);
	IntervalCache *cache = fcinfo->flinfo->fn_extra;
	TcsHistoryValue history;
	TcsCustomer customer;
	Datum		values[2];

	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(IntervalCache));
		fcinfo->flinfo->fn_extra = cache;
		cache->record = tcs_record_create(fcinfo, 2, fcinfo->flinfo->fn_mcxt);
	}
	if (!tcs_customer_argument(fcinfo, 0, 1, &cache->model, &history, &customer))
		PG_RETURN_NULL();
	for (int i = 0; i < 2; i++)
	{
		double		upper = i == 0 ? 0.5 + level / 2.0 : 0.5 - level / 2.0;
		double		count = tcs_btyd_quantile(&customer, horizon, upper, tcs_progress_poll(NULL));

		if (unlikely(isinf(count)))
			tcs_predict_out_of_range("purchases are");
		values[i] = Float8GetDatum(count);
	}
	PG_RETURN_DATUM(tcs_record_make(cache->record, values));
}

/* arguments: model, history, annual_discount */
Datum
tcs_dert(PG_FUNCTION_ARGS)
{
	TcsHistoryValue history;
	TcsCustomer customer;

	if (!tcs_customer_argument(fcinfo, 0, 1, &fcinfo->flinfo->fn_extra,
							   &history, &customer))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(customer.p_alive *
					 tcs_residual_purchases(&customer, PG_GETARG_FLOAT8(2)));
}
