/*
 * kaplan_meier.h
 *		How long something takes, where some of it still lasts: the estimate of
 *		Kaplan and Meier, 1958.
 *
 * Plain C, no allocation.  The times come in ascending order, each once, with
 * how many ended then and how many were last seen then and had not ended.  S(t)
 * is the share that lasts longer than t.
 */
#ifndef TCS_KAPLAN_MEIER_H
#define TCS_KAPLAN_MEIER_H

#include <stdbool.h>
#include <stdint.h>

#include "math/proportions.h"

/* The first time at which a curve that falls is at a level, or below it. */
typedef struct TcsCrossing
{
	int64_t		at;				/* -1 where it is never */
	double		value;			/* the curve there */
	bool		flat;			/* it is at the level, and may go below it */
} TcsCrossing;

/* A quantile and the limits for it. */
typedef struct TcsTimeQuantile
{
	double		level;			/* S(t) at the quantile */
	TcsCrossing time;
	TcsCrossing low;
	TcsCrossing high;
} TcsTimeQuantile;

#define TCS_TIME_QUANTILES	2

typedef struct TcsSurvivalCurve
{
	double		z;
	double		at_risk;		/* that last and were not last seen before */
	double		ended;
	double		survival;
	double		hazard_variance;	/* the sum of Greenwood, 1926 */
	TcsTimeQuantile quantiles[TCS_TIME_QUANTILES];
} TcsSurvivalCurve;

/* Begin with n, and with the quantiles at these levels of S. */
extern void tcs_survival_begin(TcsSurvivalCurve *curve, double n, double z,
							   const double *levels);

/* At that time so many ended; so many more were last seen then. */
extern void tcs_survival_step(TcsSurvivalCurve *curve, int64_t time, double ended,
							  double censored);

/*
 * The share that ended until now, 1 - S, with the score interval for the
 * number that would tell as much if all had been seen to their end (Rothman,
 * 1978): Wilson's where all were.
 */
extern TcsInterval tcs_survival_ended(const TcsSurvivalCurve *curve);

#endif							/* TCS_KAPLAN_MEIER_H */
