/*
 * arms.h
 *		Two arms, and the difference between them.
 */
#ifndef TCS_ARMS_H
#define TCS_ARMS_H

#include "tcs.h"

#include "math/two_means.h"

/* What there is no answer to is NaN. */
typedef struct TcsArmsEffect
{
	double		mean[2];		/* of the control, of the treated */
	double		difference;		/* treated - control */
	TcsInterval limits;			/* of the difference, with 95 percent */
	double		p;				/* the chance of that much where there is none */
} TcsArmsEffect;

/*
 * The effect between the moments of the control and those of the treated, with
 * the limits that ab_effect has.
 */
extern TcsArmsEffect tcs_arms_effect(const TcsMoments *arm, bool shares);

#endif							/* TCS_ARMS_H */
