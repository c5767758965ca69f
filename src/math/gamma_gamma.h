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
 * The limits of the model, where parameters run to infinity and what they say
 * about customers does not: a set of these.
 */
#define TCS_SPEND_EQUAL_SPEND		0x1 /* q, v grow: all customers have one
										 * mean */
#define TCS_SPEND_EQUAL_PURCHASES	0x2 /* p grows, v vanishes: a customer's
										 * purchases have all one value */

/* What a model can be told by: parameters of it and of its limits. */
typedef enum TcsSpendTerm
{
	TCS_SPEND_P,
	TCS_SPEND_Q,
	TCS_SPEND_V,
	TCS_SPEND_SCALE,			/* p v, of equal purchases */
	TCS_SPEND_MEAN				/* of equal spend */
} TcsSpendTerm;

#define TCS_SPEND_TERMS			5
#define TCS_SPEND_PARAMETERS	3	/* at most */

/* The terms at limits, none or more: how many there are. */
extern int	tcs_spend_terms(int limits, TcsSpendTerm *terms);

/*
 * The model, as one with finite parameters that predictions do not tell from
 * the limit; value is by term, and positive.
 */
extern TcsGammaGamma tcs_spend_of_terms(int limits, const double *value);

/*
 * The mean value of a customer's future purchases, who has made x repeat
 * purchases (x >= 0) with a mean value of m_x; the population's mean where x
 * is 0 or m_x is not positive or NaN.  Infinity where the mean is infinite
 * under the model, or too large for a double.
 */
extern double tcs_gamma_gamma_mean(const TcsGammaGamma *model, double x,
								   double m_x);

/*
 * The expected product of the values of two purchases of the customer over the
 * square of that mean, 1 or more; times 1 + 1 / p it is that of one with itself.
 * Infinity where it is infinite.
 */
extern double tcs_gamma_gamma_spread(const TcsGammaGamma *model, double x,
									 double m_x);

#endif							/* TCS_GAMMA_GAMMA_H */
