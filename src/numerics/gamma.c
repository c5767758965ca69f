/*
 * gamma.c
 *		The gamma distribution.
 */
#include "numerics/gamma.h"

#include <float.h>
#include <math.h>

#include "numerics/normal.h"
#include "numerics/special.h"

/* Of a continued fraction. */
#define MOST_FRACTIONS	5000

/* From this shape on the cube root of a gamma value is normal enough. */
#define CUBE_ROOT_NORMAL	1e5

/*
 * By the series or the continued fraction of Abramowitz and Stegun, 6.5.29 and
 * 6.5.31, and for great shapes after Wilson and Hilferty, 1931.
 */
double
tcs_gamma_part(double shape, double y, bool above)
{
	double		front;
	double		part = 0.0;
	bool		series = y < shape + 1.0;

	if (shape > CUBE_ROOT_NORMAL)
	{
		double		z = (cbrt(y / shape) - 1.0 + 1.0 / (9.0 * shape)) * 3.0 * sqrt(shape);

		return 0.5 * erfc((above ? z : -z) / sqrt(2.0));
	}
	front = exp(shape * log(y) - y - tcs_lgamma(shape));
	if (front == 0.0)
		return (y > shape) == above ? 0.0 : 1.0;
	if (series)
	{
		double		term = 1.0 / shape;
		double		n = shape;

		while (part + term != part)
		{
			part += term;
			n += 1.0;
			term *= y / n;
		}
	}
	else
	{
		double		b = y + 1.0 - shape;
		double		numerator = 1.0 / DBL_MIN;
		double		denominator = 1.0 / b;

		part = denominator;
		for (int n = 1; n < MOST_FRACTIONS; n++)
		{
			double		a = -n * (n - shape);
			double		factor;

			b += 2.0;
			denominator = 1.0 / (a * denominator + b);
			numerator = b + a / numerator;
			factor = denominator * numerator;
			part *= factor;
			if (fabs(factor - 1.0) < 1e-15)
				break;
		}
	}
	part *= front;
	return series == above ? 1.0 - part : part;
}

double
tcs_gamma_quantile(double shape, double probability)
{
	double		low;
	double		high;

	if (shape > CUBE_ROOT_NORMAL)
	{
		double		root = 1.0 - 1.0 / (9.0 * shape) - tcs_normal_quantile(probability) / (3.0 * sqrt(shape));

		return shape * (root * root * root);
	}
	/* P(value <= y) is at most y^shape / gamma(shape + 1) */
	low = (log(probability) + tcs_lgamma(shape + 1.0)) / shape;
	if (low < -700.0)
		return 0.0;
	high = fmax(low, 0.0);
	while (tcs_gamma_part(shape, exp(high), true) > 1.0 - probability)
		high += 1.0;
	while (high - low > 1e-15 * fmax(fabs(high), 1.0))
	{
		double		middle = low + (high - low) / 2.0;

		if (middle <= low || middle >= high)
			break;
		/* the lesser part says more */
		if (probability < 0.5 ? tcs_gamma_part(shape, exp(middle), false) < probability :
			tcs_gamma_part(shape, exp(middle), true) > 1.0 - probability)
			low = middle;
		else
			high = middle;
	}
	return exp(high);
}
