/*
 * value_distribution.h
 *		The distribution of what a customer spends within a horizon.
 */
#ifndef TCS_VALUE_DISTRIBUTION_H
#define TCS_VALUE_DISTRIBUTION_H

#include <stdbool.h>

#include "math/btyd_predict.h"
#include "math/gamma_gamma.h"

/*
 * The quantiles for two probabilities, the first the lesser, of the sum of the
 * values of all purchases within the horizon, by a customer with x repeat
 * purchases of a mean value of m_x.  False where one is beyond double.
 */
extern bool tcs_value_quantiles(const TcsCustomer *customer, double horizon,
								const TcsGammaGamma *spend, double x,
								double m_x, double low, double high,
								double *quantile, TcsPoll poll);

#endif							/* TCS_VALUE_DISTRIBUTION_H */
