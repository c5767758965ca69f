/*
 * btyd_window.h
 *		What a customer does between two days to come, with a second moment.
 */
#ifndef TCS_BTYD_WINDOW_H
#define TCS_BTYD_WINDOW_H

#include "math/btyd_predict.h"

/* Expectations, given that the customer is alive now; 0 or more, or infinity. */
typedef struct TcsWindow
{
	double		buys;			/* probability of a purchase */
	double		purchases;
	double		pairs;			/* purchases * (purchases - 1) */
} TcsWindow;

/*
 * Of a window that begins after `from` days and has so many, whatever happens
 * until it begins.
 */
extern void tcs_btyd_window(const TcsCustomer *customer, double from,
							double length, TcsWindow *window);

/* The variance of the purchases, by one who is alive with the chance p_alive. */
extern double tcs_window_variance(const TcsWindow *window, double p_alive);

#endif							/* TCS_BTYD_WINDOW_H */
