/*
 * spend.h
 *		Models of kind "gamma-gamma": what a purchase is worth.
 */
#ifndef TCS_SPEND_H
#define TCS_SPEND_H

#include "tcs.h"

#include "utils/jsonb.h"

#include "history/history_value.h"
#include "math/gamma_gamma.h"

/* The names of the terms of a model, and of its limits, by bit. */
extern const char *const tcs_spend_term_names[TCS_SPEND_TERMS];
#define TCS_SPEND_LIMITS	2
extern const char *const tcs_spend_limits[TCS_SPEND_LIMITS];

/*
 * Read a model; an error when it is of another kind, did not converge, or has
 * parameters that are not positive.  Allocates nothing that is kept: for use
 * in a TcsModelParser.
 */
extern void tcs_spend_read(Jsonb *model, TcsGammaGamma *spend);

/* The mean value of a purchase; NaN where it is not finite. */
extern double tcs_spend_population_mean(const TcsGammaGamma *spend);

/*
 * The mean value of the customer's future purchases; an error where it is not
 * finite under the model.
 */
extern double tcs_spend_expected(const TcsGammaGamma *spend,
								 const TcsHistoryValue *history);

#endif							/* TCS_SPEND_H */
