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
#include "math/return_rate.h"

/* The names of the terms of a model, and of its limits, by bit. */
extern const char *const tcs_spend_term_names[TCS_SPEND_TERMS];
#define TCS_SPEND_LIMITS	2
extern const char *const tcs_spend_limits[TCS_SPEND_LIMITS];

/* A model as it is applied. */
typedef struct TcsSpend
{
	TcsGammaGamma gamma;
	bool		first_purchase; /* does it count? */
	TcsReturnRate returns;		/* rate 0: refunds are not modelled */
	double		observed;		/* mean over the customers of the fit, where
								 * the model has none that is finite; else NaN */
} TcsSpend;

/* What is known of a customer's purchases. */
typedef struct TcsSpendKnown
{
	double		n;				/* purchases whose value counts */
	double		mean;			/* of their values; NaN without */
	double		kept;			/* share that the customer is expected to keep */
	double		kept_square;	/* the same, of both of two purchases */
} TcsSpendKnown;

/*
 * The mean value of the customer's purchases, of which it returns the number:
 * of the repeat purchases, or of these and the first.  With `gross` refunds
 * are added again.  0 where none is known.
 */
extern double tcs_spend_purchases(const TcsHistoryValue *history,
								  bool first_purchase, bool gross, double *mean);

/* What all purchases were worth before refunds; NaN where it is not known. */
extern double tcs_spend_bought(const TcsHistoryValue *history);

/* What the model takes a customer by. */
extern void tcs_spend_know(const TcsSpend *spend, const TcsHistoryValue *history,
						   TcsSpendKnown *known);

/*
 * Read a model; an error when it is of another kind, did not converge, or has
 * parameters that are not positive.  Allocates nothing that is kept: for use
 * in a TcsModelParser.
 */
extern void tcs_spend_read(Jsonb *model, TcsSpend *spend);

/* The mean value of a purchase, refunds included; NaN where it is not finite. */
extern double tcs_spend_population_mean(const TcsGammaGamma *gamma);

/*
 * The mean value of the customer's future purchases, net of what is sent back.
 * Where it is not finite under the model, that of the purchases so far or else of
 * the customers of the fit; an error for a model that does not know this.
 */
extern double tcs_spend_expected(const TcsSpend *spend,
								 const TcsHistoryValue *history);

/*
 * The moments of the value of the customer's future purchases, net: what both
 * of two are worth, and one squared, over the square of their mean before
 * refunds.  Infinity where the model has none.
 */
extern void tcs_spend_squares(const TcsSpend *spend, const TcsSpendKnown *known,
							  double *one, double *two);

#endif							/* TCS_SPEND_H */
