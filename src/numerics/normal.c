/*
 * normal.c
 *		The standard normal distribution.
 */
#include "numerics/normal.h"

#include <math.h>

#define SQRT_HALF		0.70710678118654752440
#define SQRT_HALF_PI	1.25331413731550025121
#define MOST_STEPS		40

double
tcs_normal_tail(double z)
{
	return 0.5 * erfc(z * SQRT_HALF);
}

/*
 * Newton's method on the logarithm of the tail, which is concave: it comes
 * down to the answer from the bound exp(-z * z / 2) / 2 of the tail.
 */
double
tcs_normal_quantile(double p)
{
	double		z;

	if (!(p >= 0.0 && p <= 1.0))
		return NAN;
	if (p > 0.5)
		return -tcs_normal_quantile(1.0 - p);
	if (p == 0.0)
		return INFINITY;
	z = sqrt(-2.0 * log(2.0 * p));
	for (int i = 0; i < MOST_STEPS; i++)
	{
		double		tail = tcs_normal_tail(z);
		double		step = log(tail / p) * 2.0 * tail * SQRT_HALF_PI * exp(0.5 * z * z);

		if (!isfinite(step))
			break;
		z += step;
		if (fabs(step) <= 1e-15 * fabs(z))
			break;
	}
	return z > 0.0 ? z : 0.0;
}

double
tcs_normal_confidence(double confidence)
{
	/* what nearly all ask for, and groups are many */
	if (confidence == 0.95)
		return 1.95996398454005423552;
	return tcs_normal_quantile(0.5 * (1.0 - confidence));
}
