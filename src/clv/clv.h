/*
 * clv.h
 *		What the values of a customer have in common.
 */
#ifndef TCS_CLV_H
#define TCS_CLV_H

#include "btyd/predict.h"
#include "math/btyd_window.h"
#include "model/model.h"
#include "server/record.h"
#include "spend/spend.h"

/* The longest horizon with a discount. */
#define TCS_CLV_MOST_YEARS	1000

/* The ends of the months of a horizon and what expectations weigh there. */
typedef struct TcsDiscounts
{
	double		horizon;		/* 0: not yet made */
	double		annual_discount;
	int			count;
	double	   *month;			/* days */
	double	   *weight;
} TcsDiscounts;

/* What a call site keeps; all of it is zero at first. */
typedef struct TcsValueCache
{
	void	   *purchase;		/* the models */
	void	   *spend;
	TcsRecord  *record;
	TcsDiscounts discounts;
} TcsValueCache;

/*
 * The arguments purchase_model, spend_model, history, which come first, and
 * the call site's cache.  Returns the model of spending, or NULL where the
 * history has no x, t_x or t.
 */
extern const TcsSpend *tcs_value_arguments(FunctionCallInfo fcinfo,
										   TcsValueCache **cache,
										   TcsHistoryValue *history,
										   TcsCustomer *customer);

/*
 * Expected purchases within the horizon, given that the customer is alive,
 * those of each month discounted at its end.
 */
extern double tcs_discounted_purchases(const TcsCustomer *customer,
									   double horizon, double annual_discount,
									   TcsValueCache *cache);

/* clv_variance.c */

/*
 * The mean and the variance of what a customer, alive with that chance, brings
 * within the window; infinity where the model of spending has no variance.
 */
extern double tcs_value_variance(const TcsSpend *spend, const TcsHistoryValue *history,
								 const TcsWindow *window, double p_alive, double *mean);

#endif							/* TCS_CLV_H */
