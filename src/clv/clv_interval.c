/*
 * clv_interval.c
 *		Between which bounds a customer's value lies: clv_interval.
 */
#include "clv/clv.h"

#include "utils/memutils.h"

#include "math/value_distribution.h"
#include "server/progress.h"

PG_FUNCTION_INFO_V1(tcs_clv_interval);

/* arguments: those of clv, level */
Datum
tcs_clv_interval(PG_FUNCTION_ARGS)
{
	double		horizon = tcs_horizon_argument(fcinfo, 3);
	double		margin = tcs_margin(PG_GETARG_FLOAT8(4));
	double		annual_discount = PG_GETARG_FLOAT8(5);
	double		level = tcs_level_argument(fcinfo, 6);
	const TcsSpend *spend;
	TcsValueCache *cache;
	TcsHistoryValue history;
	TcsCustomer customer;
	double		bound[2];
	double		scale = margin;
	TcsSpendKnown known;
	Datum		values[2];

	tcs_daily_discount(annual_discount);
	spend = tcs_value_arguments(fcinfo, &cache, &history, &customer);
	if (spend == NULL)
		PG_RETURN_NULL();
	if (cache->record == NULL)
		cache->record = tcs_record_create(fcinfo, 2, fcinfo->flinfo->fn_mcxt);

	/* when purchases come is left to its expectation */
	if (annual_discount != 0.0 && horizon > 0.0)
	{
		double		expected = tcs_btyd_expected(&customer, horizon);

		if (unlikely(isinf(expected)))
			tcs_predict_out_of_range("expected purchases are");
		if (expected > 0.0)
			scale *= tcs_discounted_purchases(&customer, horizon, annual_discount, cache) / expected;
	}
	/* what is sent back is left to its expectation, too */
	tcs_spend_know(spend, &history, &known);
	scale *= known.kept;
	if (!tcs_value_quantiles(&customer, horizon, &spend->gamma, known.n, known.mean,
							 0.5 - level / 2.0, 0.5 + level / 2.0, bound, tcs_progress_poll(NULL)))
		tcs_predict_out_of_range("the value of the customer is");
	for (int i = 0; i < 2; i++)
	{
		/* with a negative margin the greatest revenue is the least value */
		double		value = bound[margin < 0.0 ? 1 - i : i] * scale;

		if (unlikely(!isfinite(value)))
			tcs_predict_out_of_range("the value of the customer is");
		values[i] = Float8GetDatum(value + 0.0);
	}
	PG_RETURN_DATUM(tcs_record_make(cache->record, values));
}
