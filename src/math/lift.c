/*
 * lift.c
 *		How much more frequent something is in a part than in the whole.
 */
#include "lift.h"

#include <math.h>
#include <stdbool.h>

/* the square of the normal quantile at 0.975 */
#define CHI_SQUARE	3.8414588206941259584

/* logarithms of ratios beyond that are no matter of counting customers */
#define WIDEST	80.0

/*
 * Is a ratio with that logarithm refused by the score test?  first is the share
 * of the first that is most likely if the ratio is right, the smaller root of a
 * square equation, in the form that does not cancel.
 */
static bool
is_refused(double a, double n, double b, double m, double logarithm)
{
	double		ratio = exp(logarithm);
	double		half = (ratio * (n + b) + a + m) / 2.0;
	double		root = half * half - ratio * (m + n) * (a + b);
	double		first = ratio * (a + b) / (half + sqrt(fmax(root, 0.0)));
	double		second = fmin(first / ratio, 1.0);
	double		difference = a / n - ratio * (b / m);
	double		variance;

	first = fmin(first, 1.0);
	variance = first * (1.0 - first) / n + ratio * ratio * second * (1.0 - second) / m;
	return difference * difference > CHI_SQUARE * variance;
}

/* The edge between a ratio that is refused and one that is not. */
static double
find_edge(double a, double n, double b, double m, double refused, double allowed)
{
	for (;;)
	{
		double		middle = refused + (allowed - refused) / 2.0;

		if (middle == refused || middle == allowed ||
			fabs(allowed - refused) < 1e-15 * fmax(1.0, fabs(middle)))
			return exp(middle);
		if (is_refused(a, n, b, m, middle))
			refused = middle;
		else
			allowed = middle;
	}
}

void
tcs_ratio_interval(double a, double n, double b, double m, double *low, double *high)
{
	double		between;

	*low = *high = NAN;
	if (!(n > 0.0) || !(m > 0.0) || !(a + b > 0.0))
		return;
	between = a == 0.0 ? -WIDEST : b == 0.0 ? WIDEST : log(a / n) - log(b / m);
	*low = a == 0.0 ? 0.0 : find_edge(a, n, b, m, -WIDEST, between);
	*high = b == 0.0 ? INFINITY : find_edge(a, n, b, m, WIDEST, between);
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
