/*
 * predict.h
 *		The arguments that predictions about one customer have in common.
 */
#ifndef TCS_PREDICT_H
#define TCS_PREDICT_H

#include "tcs.h"

#include "utils/date.h"

#include "history/history_value.h"
#include "math/btyd_predict.h"

/*
 * The customer whose history, not NULL, is in one argument, seen through the
 * model in another.  False when x, t_x or t is NULL in it.  model_cache points
 * to a place that lives as long as the call site and starts out NULL.
 */
extern bool tcs_customer_argument(FunctionCallInfo fcinfo, int model_argno,
								  int history_argno, void **model_cache,
								  TcsHistoryValue *history,
								  TcsCustomer *customer);

/* The same, so many days after the end of the history, without a purchase. */
extern bool tcs_customer_later(FunctionCallInfo fcinfo, int model_argno,
							   int history_argno, double after,
							   void **model_cache, TcsHistoryValue *history,
							   TcsCustomer *customer);

/*
 * The last day of the history in argument argno, from which days are counted,
 * and how many follow it in the calendar.  False where it has no first_day, or
 * the calendar does not go so far.
 */
extern bool tcs_history_end(FunctionCallInfo fcinfo, int argno,
							const TcsHistoryValue *history,
							DateADT *end, int64 *follow);

/* A model and what is made of it on the way. */
typedef struct TcsBtydSight
{
	TcsBtyd		btyd;
	TcsSeriesCache cache;
} TcsBtydSight;

/* In the current context, which lives as long as it is looked through. */
extern TcsBtydSight *tcs_btyd_sight(const TcsBtyd *btyd);

/* The customer of a history, seen through it. */
extern void tcs_btyd_see(TcsBtydSight *sight, const TcsHistoryValue *history,
						 TcsCustomer *customer);

/* The days without a purchase in argument argno, none where there is no such. */
extern double tcs_after_argument(FunctionCallInfo fcinfo, int argno);

/* The days of the horizon in argument argno: 0 or more, and finite. */
extern double tcs_horizon_argument(FunctionCallInfo fcinfo, int argno);

/* The continuous discount a day that an annual one amounts to. */
extern double tcs_daily_discount(double annual_discount);

/* The level of an interval in argument argno, within (0, 1). */
extern double tcs_level_argument(FunctionCallInfo fcinfo, int argno);

/* Report a figure that double precision cannot hold. */
extern void tcs_predict_out_of_range(const char *what) pg_attribute_noreturn();

/* Expected discounted purchases over all time; an error where infinite. */
extern double tcs_residual_purchases(const TcsCustomer *customer,
									 double annual_discount);

#endif							/* TCS_PREDICT_H */
