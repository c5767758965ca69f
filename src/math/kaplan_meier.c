/*
 * kaplan_meier.c
 *		How long something takes, where some of it still lasts.
 *
 * The limits of a quantile are where the limits of the curve cross its level
 * (Brookmeyer and Crowley, 1982), and those of the curve are made on the scale
 * of log(-log S), on which they never leave 0 to 1 (Kalbfleisch and Prentice,
 * 1980).  Where the curve is flat at the level, the middle of the flat part is
 * taken, as the median of an even number of values is.
 */
#include "math/kaplan_meier.h"

#include <math.h>

/* products of fractions that are at the level but for rounding */
#define SAME	1e-9

void
tcs_survival_begin(TcsSurvivalCurve *curve, double n, double z, const double *levels)
{
	TcsCrossing never = {-1, 1.0, false};

	curve->z = z;
	curve->at_risk = n;
	curve->ended = 0.0;
	curve->survival = 1.0;
	curve->hazard_variance = 0.0;
	for (int i = 0; i < TCS_TIME_QUANTILES; i++)
		curve->quantiles[i] = (TcsTimeQuantile)
	{
		levels[i], never, never, never
	};
}

static void
crossing_step(TcsCrossing *crossing, double level, int64_t time, double value)
{
	if (crossing->at < 0)
	{
		if (value >= level + SAME)
			return;
		crossing->at = time;
		crossing->value = value;
		crossing->flat = value > level - SAME;
	}
	else if (crossing->flat && value < crossing->value)
	{
		crossing->at += (time - crossing->at) / 2;
		crossing->flat = false;
	}
}

void
tcs_survival_step(TcsSurvivalCurve *curve, int64_t time, double ended, double censored)
{
	if (ended > 0.0)
	{
		double		rest = curve->at_risk - ended;
		double		limit = 0.0;
		bool		limited;

		curve->ended += ended;
		curve->survival *= rest / curve->at_risk;
		curve->hazard_variance += ended / (curve->at_risk * rest);
		/* at 0 the variance is none: the curve has no limits there */
		limited = rest > 0.0;
		if (limited)
			limit = curve->z * sqrt(curve->hazard_variance) / -log(curve->survival);
		for (int i = 0; i < TCS_TIME_QUANTILES; i++)
		{
			TcsTimeQuantile *quantile = &curve->quantiles[i];

			crossing_step(&quantile->time, quantile->level, time, curve->survival);
			if (!limited)
				continue;
			crossing_step(&quantile->low, quantile->level, time,
						  pow(curve->survival, exp(limit)));
			crossing_step(&quantile->high, quantile->level, time,
						  pow(curve->survival, exp(-limit)));
		}
	}
	curve->at_risk -= ended + censored;
}

TcsInterval
tcs_survival_ended(const TcsSurvivalCurve *curve)
{
	double		share = 1.0 - curve->survival;
	double		n;

	if (curve->ended == 0.0)
		n = curve->at_risk;
	else if (curve->survival <= 0.0)
		n = curve->ended;
	else
		n = share / (curve->survival * curve->hazard_variance);
	return tcs_wilson(share * n, n, curve->z);
}
