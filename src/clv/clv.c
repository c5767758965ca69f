/*
 * clv.c
 *		Customer lifetime value: clv, value_at_risk, residual_value.
 */
#include "clv/clv.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(tcs_clv);
PG_FUNCTION_INFO_V1(tcs_value_at_risk);
PG_FUNCTION_INFO_V1(tcs_residual_value);
PG_FUNCTION_INFO_V1(tcs_clv_textbook);

static void *
parse_spend(Jsonb *model)
{
	TcsSpend   *spend = palloc(sizeof(TcsSpend));

	tcs_spend_read(model, spend);
	return spend;
}

const TcsSpend *
tcs_value_arguments(FunctionCallInfo fcinfo, TcsValueCache **cache,
					TcsHistoryValue *history, TcsCustomer *customer)
{
	const TcsSpend *spend;

	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
														  sizeof(TcsValueCache));
	*cache = fcinfo->flinfo->fn_extra;
	spend = tcs_model_argument(fcinfo, 1, parse_spend, &(*cache)->spend);
	if (!tcs_customer_argument(fcinfo, 0, 2, &(*cache)->purchase, history, customer))
		return NULL;
	return spend;
}

/*
 * With E(t) the expected purchases until t and d the discount at the end of a
 * month, the sum of (E(t_i) - E(t_i-1)) d_i is that of E(t_i) (d_i - d_i+1),
 * with 0 after the last d: no differences of the E, which are close.
 */
static double
discounted_purchases(const TcsCustomer *customer, double horizon,
					 double annual_discount, void *context)
{
	TcsValueCache *cache = context;
	TcsDiscounts *discounts = &cache->discounts;
	double		sum = 0.0;

	if (annual_discount == 0.0 || horizon <= TCS_MONTH)
	{
		sum = tcs_btyd_expected(customer, horizon);
		if (annual_discount != 0.0)
			sum *= exp(-tcs_daily_discount(annual_discount) * horizon);
		return sum;
	}
	if (discounts->horizon != horizon || discounts->annual_discount != annual_discount)
	{
		double		daily = tcs_daily_discount(annual_discount);
		double		months = ceil(horizon / TCS_MONTH);
		MemoryContext context = GetMemoryChunkContext(cache);

		if (months > 12 * TCS_CLV_MOST_YEARS)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("horizon must not be longer than %d years with a discount",
							TCS_CLV_MOST_YEARS),
					 errhint("The value over all time is given by residual_value.")));
		discounts->horizon = NAN;	/* should there be no memory */
		if (discounts->month)
			pfree(discounts->month);
		discounts->month = NULL;
		discounts->count = (int) months;
		discounts->month = MemoryContextAlloc(context, 2 * discounts->count * sizeof(double));
		discounts->weight = discounts->month + discounts->count;
		for (int i = 0; i < discounts->count; i++)
		{
			discounts->month[i] = i + 1 < discounts->count ? (i + 1) * TCS_MONTH : horizon;
			discounts->weight[i] = exp(-daily * discounts->month[i]);
		}
		/* from the front, so that the next is still there */
		for (int i = 0; i + 1 < discounts->count; i++)
			discounts->weight[i] *= -expm1(-daily * (discounts->month[i + 1] - discounts->month[i]));
		discounts->horizon = horizon;
		discounts->annual_discount = annual_discount;
	}
	for (int i = 0; i < discounts->count; i += TCS_HORIZONS)
	{
		if (i > 0)
			CHECK_FOR_INTERRUPTS();
		sum += tcs_btyd_expected_sum(customer, discounts->month + i, discounts->weight + i,
									 Min(TCS_HORIZONS, discounts->count - i));
	}
	return sum;
}

double
tcs_discounted_purchases(const TcsCustomer *customer, double horizon,
						 double annual_discount, TcsValueCache *cache)
{
	return tcs_btyd_recall(customer, horizon, annual_discount, discounted_purchases, cache);
}

/* The product of figures, of which one may have left the range of double. */
static Datum
clv_value(double purchases, double probability, double spend, double margin)
{
	double		value = purchases * probability * spend * margin;

	if (unlikely(!isfinite(value)))
		tcs_predict_out_of_range("the value of the customer is");
	return Float8GetDatum(value + 0.0);
}

/* arguments: purchase_model, spend_model, history, horizon, margin, annual_discount */
static Datum
clv_value_within(FunctionCallInfo fcinfo, bool at_risk)
{
	double		horizon = tcs_horizon_argument(fcinfo, 3);
	double		margin = tcs_margin(PG_GETARG_FLOAT8(4));
	double		annual_discount = PG_GETARG_FLOAT8(5);
	const TcsSpend *spend;
	TcsValueCache *cache;
	TcsHistoryValue history;
	TcsCustomer customer;

	tcs_daily_discount(annual_discount);
	spend = tcs_value_arguments(fcinfo, &cache, &history, &customer);
	if (spend == NULL)
		PG_RETURN_NULL();
	return clv_value(tcs_discounted_purchases(&customer, horizon, annual_discount,
											  cache),
					 at_risk ? customer.p_dead : customer.p_alive,
					 tcs_spend_expected(spend, &history), margin);
}

Datum
tcs_clv(PG_FUNCTION_ARGS)
{
	return clv_value_within(fcinfo, false);
}

Datum
tcs_value_at_risk(PG_FUNCTION_ARGS)
{
	return clv_value_within(fcinfo, true);
}

/* arguments: purchase_model, spend_model, history, margin, annual_discount */
Datum
tcs_residual_value(PG_FUNCTION_ARGS)
{
	double		margin = tcs_margin(PG_GETARG_FLOAT8(3));
	const TcsSpend *spend;
	TcsValueCache *cache;
	TcsHistoryValue history;
	TcsCustomer customer;

	spend = tcs_value_arguments(fcinfo, &cache, &history, &customer);
	if (spend == NULL)
		PG_RETURN_NULL();
	return clv_value(tcs_residual_purchases(&customer, PG_GETARG_FLOAT8(4)),
					 customer.p_alive, tcs_spend_expected(spend, &history), margin);
}

/* arguments: margin, retention, discount */
Datum
tcs_clv_textbook(PG_FUNCTION_ARGS)
{
	double		margin = tcs_finite(PG_GETARG_FLOAT8(0), "margin");
	double		retention = tcs_finite(PG_GETARG_FLOAT8(1), "retention");
	double		discount = tcs_finite(PG_GETARG_FLOAT8(2), "discount");
	double		lost = 1.0 - retention + discount;

	if (retention < 0.0 || retention > 1.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retention must lie between 0 and 1, not be %g", retention),
				 errhint("Give 0.8 where 80 percent of the customers stay from one period to the next.")));
	if (discount <= -1.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("discount must be greater than -1, not %g", discount),
				 errhint("Give 0.1 for 10 percent a period.")));
	if (lost <= 0.0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the value of the customer is infinite"),
				 errdetail("retention is %g, 1 + discount is %g.", retention, 1.0 + discount),
				 errhint("Give a retention below 1 + discount.")));
	return clv_value(retention / lost, 1.0, 1.0, margin);
}
