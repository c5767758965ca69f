/*
 * gamma_gamma.h
 *		The Gamma-Gamma model of what a purchase is worth (Fader, Hardie and
 *		Lee, 2005; Fader and Hardie, 2013).
 *
 * The values of a customer's purchases are Gamma distributed with shape p and
 * a rate of the customer's own; the rates are Gamma distributed with shape q
 * and rate v.  Plain C.
 */
#ifndef TCS_GAMMA_GAMMA_H
#define TCS_GAMMA_GAMMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TcsGammaGamma
{
	double		p;
	double		q;
	double		v;
} TcsGammaGamma;

/*
 * The mean value of a customer's future purchases, who has made x repeat
 * purchases (x >= 0) with a mean value of m_x; the population's mean where x
 * is 0 or m_x is not positive or NaN.  Infinity where the mean is infinite
 * under the model, or too large for a double.
 */
extern double tcs_gamma_gamma_mean(const TcsGammaGamma *model, double x,
								   double m_x);

#endif							/* TCS_GAMMA_GAMMA_H */
