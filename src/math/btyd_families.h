/*
 * btyd_families.h
 *		What btyd_predict.c asks of the two kinds of families.
 */
#ifndef TCS_BTYD_FAMILIES_H
#define TCS_BTYD_FAMILIES_H

#include "math/btyd_predict.h"
#include "math/btyd_window.h"

/* ln((base + more) / base), for base > 0 and more >= 0 */
extern double tcs_log_growth(double base, double more);

/* bg/nbd and mbg/nbd; horizons are positive and in days * scale */
extern double tcs_beta_geometric_expected(const TcsCustomer *customer,
										  double horizon);
extern double tcs_beta_geometric_expected_sum(const TcsCustomer *customer,
											  const double *horizons,
											  const double *weights, int count);

/*
 * Of TCS_HORIZONS horizons, which rise, the sum of power q^(n - 1) factor over all n
 * from 1, power being that of the first term; those who buy have passed so many
 * stages.  Negative where the factors do not reach, or a power is; the powers change.
 */
extern double tcs_series_expected_sum(const TcsSeries *made, double shape, double stages,
									  const double *q, double *power);
extern double tcs_beta_geometric_residual(const TcsCustomer *customer,
										  double discount);

/* The same for any window, where sums over numbers of purchases do not serve. */
extern void tcs_beta_geometric_window(const TcsCustomer *customer, double from,
									  double length, TcsWindow *window);

/* pareto/nbd */
extern void tcs_pareto_alive(const TcsBtyd *model, double t_x, double t,
							 TcsCustomer *customer);
extern double tcs_pareto_expected(const TcsCustomer *customer, double horizon);
extern double tcs_pareto_no_purchase(const TcsCustomer *customer,
									 double horizon);
extern double tcs_pareto_ever(const TcsCustomer *customer);
extern double tcs_pareto_residual(const TcsCustomer *customer,
								  double discount);

/* ln P(alive after n purchases), bg/nbd and mbg/nbd, and those with a rhythm */
extern double tcs_btyd_log_survives(const TcsCustomer *customer, double n);

/* A probability from the logarithm of its odds against, and the rest. */
extern void tcs_btyd_set_odds(TcsCustomer *customer, double log_odds_dead);

#endif							/* TCS_BTYD_FAMILIES_H */
