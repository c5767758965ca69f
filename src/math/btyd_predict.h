/*
 * btyd_predict.h
 *		What a model of repeat purchases says about one customer's future.
 *
 * The past of a customer enters through the posterior distribution of what is
 * unknown about him or her, given that the customer is alive:
 *
 * all families		purchase rate	Gamma(shape, rate)
 * bg/nbd, mbg/nbd	chance to die	Beta(a, b), after each purchase
 * pareto/nbd		death rate		Gamma(a, b)
 * bg/bb			chance to buy	Beta(shape, rate), at an opportunity
 *					chance to die	Beta(a, b), before each, given that the
 *									customer is alive at the next one
 * cnbd-k			as bg/nbd and mbg/nbd, with stages passed: cnbd.h
 *
 * and through the probability of being alive.  All functions take any legal
 * model (positive finite parameters; those below DBL_MIN count as DBL_MIN),
 * whole numbers of purchases and finite times, and return a number, never NaN.
 * Infinity stands for what is infinite or beyond the range of double.
 * Plain C, no allocation.
 */
#ifndef TCS_BTYD_PREDICT_H
#define TCS_BTYD_PREDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "math/btyd.h"

/*
 * What the expectations of bg/nbd and mbg/nbd take of a model and x alone: the
 * factors of q^n / (1 - q)^-shape, n = 1, 2, ...  A cache, made for the values
 * of x that come up; without one, predictions differ in the last digits only.
 * Of cnbd-k there are k of them for an x, one for each stage.
 */
#define TCS_SERIES_TERMS	768
#define TCS_SERIES_X		512

typedef struct TcsSeries
{
	int			count;			/* fewer than all where the next is too great */
	double		factor[TCS_SERIES_TERMS];
} TcsSeries;

/* An expectation that was worked out, and what it depends on. */
typedef struct TcsExpectation
{
	double		shape;
	double		rate;
	double		b;				/* where shape and rate are so great that x or
								 * t is lost */
	double		stage;
	double		scale;
	double		horizon;
	double		discount;
	double		value;
} TcsExpectation;

#define TCS_EXPECTATIONS	32768

typedef struct TcsSeriesCache
{
	/* returns memory that lives as long as the cache */
	void	   *(*allocate) (void *context, size_t size);
	void	   *context;
	int			asked;			/* how often, until there are expectations */
	TcsExpectation *expectations;	/* by hash; the newest stays */
	TcsSeries  *series[TCS_SERIES_X];	/* by k x + stage; NULL: not yet made */
} TcsSeriesCache;

typedef struct TcsCustomer
{
	TcsBtydFamily family;
	double		p_alive;
	double		p_dead;			/* 1 - p_alive, to full accuracy */
	double		shape;
	double		rate;			/* in days * scale */
	double		a;
	double		b;				/* pareto/nbd: in days * scale */
	double		scale;			/* keeps sums of times within range */
	/* of cnbd-k, else 1 and 0: */
	int			k;
	double		z;
	double		log_p;			/* ln P(z) */
	int			stage;			/* stages passed, or -1: not known */
	double		growth;			/* ln of the odds of no purchase since the
								 * last, if dead against if alive */
	TcsSeries **series;			/* its places in a cache, or NULL */
	TcsSeriesCache *cache;
} TcsCustomer;

/* Called now and then by what may take long; may be NULL. */
typedef void (*TcsPoll) (void);

/*
 * cache, of that model, may be NULL.  The history of bg/bb is one of whole
 * opportunities, times the period, as tcs_bg_bb_history tells them.
 */
extern void tcs_btyd_customer(const TcsBtyd *model, TcsSeriesCache *cache,
							  double x, double t_x, double t,
							  TcsCustomer *customer);

/* Expected purchases within the horizon, given that the customer is alive. */
extern double tcs_btyd_expected(const TcsCustomer *customer, double horizon);

/*
 * What the model expects of a customer who is alive depends on x and t, and
 * many customers share these: the figure for such a customer, horizon and discount
 * is looked up, or worked out by what the caller makes of them, and kept.  With
 * a rhythm it depends on t_x too; what is kept then is that of each stage.
 */
typedef double (*TcsBtydFigure) (const TcsCustomer *customer, double horizon,
								 double discount, void *context);

extern double tcs_btyd_recall(const TcsCustomer *customer, double horizon,
							  double discount, TcsBtydFigure figure, void *context);

/*
 * The sum of weight * expected purchases over up to TCS_HORIZONS horizons,
 * which rise.
 */
#define TCS_HORIZONS	12

extern double tcs_btyd_expected_sum(const TcsCustomer *customer,
									const double *horizons,
									const double *weights, int count);

/* Probability of no purchase within the horizon. */
extern double tcs_btyd_no_purchase(const TcsCustomer *customer, double horizon);

/* Probability of a purchase at any time to come. */
extern double tcs_btyd_ever(const TcsCustomer *customer);

/*
 * The least number of whole days, from 1 up to most (itself whole), by which the
 * next purchase has come with a probability of at least share, within (0, 1),
 * given that it comes; -1 where most are too few.  For customers with a rhythm,
 * k > 1: of all others the likeliest day is the next.
 */
extern double tcs_btyd_next(const TcsCustomer *customer, double share, double most);

/*
 * Expected purchases over all time, given that the customer is alive, those
 * at time t counted as exp(-discount * t).  Infinite where it does not exist.
 */
extern double tcs_btyd_residual(const TcsCustomer *customer, double discount);

/*
 * Probability of at least n purchases within the horizon, n >= 1, given that
 * the customer is alive.
 */
extern double tcs_btyd_at_least(const TcsCustomer *customer, double horizon,
								double n);

/*
 * The same for n = 1 .. count at once; false where that takes longer than
 * asking for those that are needed.
 */
extern bool tcs_btyd_at_least_many(const TcsCustomer *customer, double horizon,
								   int count, double *at_least);

/*
 * The least n such that at most n purchases within the horizon have a
 * probability of at least 1 - upper, 0 < upper < 1.
 */
extern double tcs_btyd_quantile(const TcsCustomer *customer, double horizon,
								double upper, TcsPoll poll);

#endif							/* TCS_BTYD_PREDICT_H */
