/*
 * gamma_gamma.c
 *		The Gamma-Gamma model of what a purchase is worth.
 */
#include "math/gamma_gamma.h"

#include <float.h>
#include <math.h>

static bool
is_normal(double value)
{
	return value >= DBL_MIN && value <= DBL_MAX;
}

/*
 * Given the purchases, the rate is Gamma distributed with shape q + p x and
 * rate v + x m_x, so that the mean of p / rate is
 * p (v + x m_x) / (p x + q - 1).
 */
double
tcs_gamma_gamma_mean(const TcsGammaGamma *model, double x, double m_x)
{
	double		total;
	double		above;
	double		below;

	if (!(x > 0.0 && m_x > 0.0))
	{
		x = 0.0;
		m_x = 0.0;
	}
	total = model->v + x * m_x;
	above = model->p * total;
	below = model->p * x + (model->q - 1.0);
	if (!(below > 0.0))
		return INFINITY;
	if (is_normal(above) && is_normal(below))
		return above / below;

	/* numbers at the ends of double: only the quotient has to be in range */
	if (isinf(total))
	{
		double		part = 1.0 + (model->q - 1.0) / model->p / x;

		return m_x / part + model->v / x / part;
	}
	if (isinf(below))
		return total / (x + (model->q - 1.0) / model->p);
	return exp(log(model->p) + log(total) - log(below));
}

/* A mean of 1 / rate squared, the rate being Gamma(shape, ...), over that squared. */
double
tcs_gamma_gamma_spread(const TcsGammaGamma *model, double x, double m_x)
{
	double		shape = model->q;

	if (x > 0.0 && m_x > 0.0)
		shape += model->p * x;
	return shape > 2.0 ? 1.0 + 1.0 / (shape - 2.0) : INFINITY;
}
