/*
 * adjust.c
 *		p of many tests, such that few are false alarms.
 */
#include "math/adjust.h"

#include <math.h>

static void
adjust_holm(const double *p, size_t n, double *adjusted)
{
	double		so_far = 0.0;

	for (size_t i = 0; i < n; i++)
		adjusted[i] = so_far = fmax(so_far, fmin((double) (n - i) * p[i], 1.0));
}

/* Tests of one p are at the same step. */
static void
holm_levels(const double *p, size_t n, double alpha, size_t found, double *level)
{
	size_t		step = 0;

	for (size_t i = 0; i < n; i++)
	{
		if (i <= found && (i == 0 || p[i] != p[i - 1]))
			step = i;
		level[i] = alpha / (double) (n - step);
	}
}

static void
adjust_benjamini_hochberg(const double *p, size_t n, double *adjusted)
{
	double		so_far = 1.0;

	for (size_t i = n; i-- > 0;)
		adjusted[i] = so_far = fmin(so_far, (double) n / (double) (i + 1) * p[i]);
}

static void
adjust_bonferroni(const double *p, size_t n, double *adjusted)
{
	for (size_t i = 0; i < n; i++)
		adjusted[i] = fmin((double) n * p[i], 1.0);
}

void
tcs_adjust(TcsAdjustment adjustment, const double *p, size_t n, double alpha,
		   double *adjusted, double *level)
{
	size_t		found = 0;
	size_t		share = 1;

	if (adjustment == TCS_HOLM)
		adjust_holm(p, n, adjusted);
	else if (adjustment == TCS_BONFERRONI)
		adjust_bonferroni(p, n, adjusted);
	else
		adjust_benjamini_hochberg(p, n, adjusted);
	while (found < n && adjusted[found] < alpha)
		found++;
	if (adjustment == TCS_HOLM)
	{
		holm_levels(p, n, alpha, found, level);
		return;
	}
	if (adjustment == TCS_BENJAMINI_HOCHBERG && found > 1)
		share = found;
	for (size_t i = 0; i < n; i++)
		level[i] = alpha * ((double) share / (double) n);
}
