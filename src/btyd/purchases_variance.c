/*
 * purchases_variance.c
 *		Variances that can be added up over customers, and the interval of such
 *		a total: purchases_variance and total_interval.
 */
#include "btyd/predict.h"

#include "math/btyd_window.h"
#include "numerics/gamma.h"
#include "numerics/normal.h"
#include "server/record.h"

PG_FUNCTION_INFO_V1(tcs_purchases_variance);
PG_FUNCTION_INFO_V1(tcs_total_interval);

/* arguments: model, history, horizon */
Datum
tcs_purchases_variance(PG_FUNCTION_ARGS)
{
	double		horizon = tcs_horizon_argument(fcinfo, 2);
	TcsHistoryValue history;
	TcsCustomer customer;
	TcsWindow	window;
	double		variance;

	if (!tcs_customer_argument(fcinfo, 0, 1, &fcinfo->flinfo->fn_extra, &history, &customer))
		PG_RETURN_NULL();
	tcs_btyd_window(&customer, 0.0, horizon, &window);
	variance = tcs_window_variance(&window, customer.p_alive);
	if (unlikely(isinf(variance)))
		tcs_predict_out_of_range("the variance of purchases is");
	PG_RETURN_FLOAT8(variance);
}

/*
 * That of a gamma distribution with such moments; one around 0, where none is,
 * is normal.
 */
static void
total_bounds(double mean, double variance, double level, double *low, double *high)
{
	double		size = fabs(mean);
	double		shape;

	*low = *high = mean;
	if (variance <= 0.0)
		return;
	if (isinf(variance))
	{
		*low = mean > 0.0 ? 0.0 : -INFINITY;
		*high = mean < 0.0 ? 0.0 : INFINITY;
		return;
	}
	shape = size / variance * size;
	if (!(shape > 0.0))
	{
		if (mean == 0.0)
			*high = tcs_normal_confidence(level) * sqrt(variance);
		*low = mean == 0.0 ? -*high : 0.0;
		return;
	}
	for (int i = 0; i < 2; i++)
	{
		double		share = i == 0 ? 0.5 - level / 2.0 : 0.5 + level / 2.0;
		double		bound = isinf(shape) ? size : variance / size * tcs_gamma_quantile(shape, share);

		if (mean > 0.0)
			*(i == 0 ? low : high) = bound;
		else
			*(i == 0 ? high : low) = -bound;
	}
}

/* arguments: mean, variance, level */
Datum
tcs_total_interval(PG_FUNCTION_ARGS)
{
	double		mean = tcs_finite(PG_GETARG_FLOAT8(0), "mean");
	double		variance = PG_GETARG_FLOAT8(1);
	double		level = tcs_level_argument(fcinfo, 2);
	double		bound[2];
	Datum		values[2];

	if (isnan(variance) || variance < 0.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("variance must be 0 or more, not %g", variance),
				 errhint("Give the sum of the variances of what is added up.")));
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = tcs_record_create(fcinfo, 2, fcinfo->flinfo->fn_mcxt);
	total_bounds(mean, variance, level, &bound[0], &bound[1]);
	values[0] = Float8GetDatum(bound[0]);
	values[1] = Float8GetDatum(bound[1]);
	PG_RETURN_DATUM(tcs_record_make(fcinfo->flinfo->fn_extra, values));
}
