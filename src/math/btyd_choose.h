/*
 * btyd_choose.h
 *		The family of models of repeat purchases that a population supports.
 *
 * Families are compared by the Bayesian information criterion (Schwarz, 1978) of
 * their fits to the same customers: less is better, and a parameter more has to
 * earn the logarithm of their number.  Plain C, no allocation.
 */
#ifndef TCS_BTYD_CHOOSE_H
#define TCS_BTYD_CHOOSE_H

#include "math/btyd_fit.h"

/* The families that are compared; of equals the first is taken. */
#define TCS_BTYD_RIVALS	6
extern const TcsBtydFamily tcs_btyd_rivals[TCS_BTYD_RIVALS];

/*
 * Fit all of them, and return the estimate of the best as tcs_btyd_fit returns it,
 * and the criteria of all, NaN for what was not compared: those with a rhythm
 * where the gaps are not known, and where there are very many tuples the rhythm
 * of mbg/nbd or bg/nbd, whichever is clearly worse.
 *
 * pareto/nbd takes an integral for each tuple.  Where there are very many, part has
 * some of them, else it is NULL: its criterion is then that of mbg/nbd and what
 * sets the two apart on the part, scaled up.
 */
extern TcsBtydNote tcs_btyd_choose(const TcsBtydData *data, const TcsBtydData *part,
								   TcsBtydEstimate *estimate, double *criterion);

/* More tuples than this are very many. */
#define TCS_BTYD_PART	4000

#endif							/* TCS_BTYD_CHOOSE_H */
