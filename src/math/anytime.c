/*
 * anytime.c
 *		Tests for those who look again and again.
 */
#include "math/anytime.h"

#include <math.h>

/* The variance of the mixture, in those of the estimate. */
static double
looks_mixture(const TcsLooks *looks)
{
	double		reach = -2.0 * log(looks->alpha);

	return (reach + log1p(reach)) * looks->share;
}

double
tcs_anytime_p(const TcsLooks *looks, double z)
{
	double		mixture = looks_mixture(looks);

	return fmin(exp(0.5 * (log1p(mixture) - z * z * (mixture / (1.0 + mixture)))), 1.0);
}

double
tcs_anytime_quantile(const TcsLooks *looks, double p)
{
	double		mixture = looks_mixture(looks);

	return sqrt((1.0 + 1.0 / mixture) * (log1p(mixture) - 2.0 * log(p)));
}
