/*
 * lift.c
 *		How much more frequent something is in a part than in the whole.
 */
#include "math/lift.h"

#include <math.h>

#include "numerics/normal.h"
#include "math/two_shares.h"

void
tcs_ratio_interval(double a, double n, double b, double m, double *low, double *high)
{
	TcsTwoShares shares = {a, n, b, m};
	TcsTwoShares turned = {b, m, a, n};
	double		z = tcs_normal_confidence(0.95);
	TcsInterval interval;

	*low = *high = NAN;
	if (!(n > 0.0) || !(m > 0.0) || !(a + b > 0.0))
		return;
	if (b > 0.0)
	{
		interval = tcs_koopman(&shares, z);
		*low = interval.low;
		*high = interval.high;
	}
	else
	{
		interval = tcs_koopman(&turned, z);
		*low = 1.0 / interval.high;
		*high = INFINITY;
	}
}

/* The lift that goes with a ratio of the part to the rest. */
static double
lift_of_ratio(double ratio, double part)
{
	return isinf(ratio) ? 1.0 / part : ratio / (part * ratio + (1.0 - part));
}

void
tcs_lift_interval(double a, double n, double all_a, double all_n, double *low, double *high)
{
	double		part = n / all_n;

	tcs_ratio_interval(a, n, all_a - a, all_n - n, low, high);
	if (isnan(*low))
		return;
	*low = lift_of_ratio(*low, part);
	*high = lift_of_ratio(*high, part);
}
