/*
 * effect.h
 *		What two arms of an experiment came to: the state of ab_effect.
 */
#ifndef TCS_EFFECT_H
#define TCS_EFFECT_H

#include "tcs.h"

#include "experiments/capped.h"
#include "math/two_means.h"

/* Arms by number. */
#define TCS_CONTROL		0
#define TCS_TREATMENT	1

/* What outcomes are. */
typedef enum TcsOutcomes
{
	TCS_SHARES,					/* true or false */
	TCS_VALUES,					/* numbers */
	TCS_RATIOS					/* sums that are divided by sums */
} TcsOutcomes;

typedef struct TcsEffect
{
	TcsOutcomes outcomes;
	double		confidence;
	double		cap;			/* the quantile that outcomes are capped at;
								 * NaN: none */
	TcsCapped  *capped;			/* where they are: they, until all are known */
	char	   *name;			/* of the treatment, where arms have names */
	int			name_length;
	int64		in_both;		/* customers who were seen in both arms */
	TcsMoments	arm[2];			/* of true and false only the count and ... */
	int64		successes[2];	/* ... how often they were true */
	TcsRatioMoments ratio[2];	/* of ratios; of numbers, with their covariate */
} TcsEffect;

/*
 * The state in argument 0, or a new one; the confidence is argument
 * `confidence`, if there are so many, and after it come covariate and cap.
 */
extern TcsEffect *tcs_effect_argument(FunctionCallInfo fcinfo, TcsOutcomes outcomes, int confidence);

/* Remember the treatment's name; an error where it had another. */
extern void tcs_effect_name(TcsEffect *effect, MemoryContext context,
							const char *name, int length);

/* The number of the arm in argument 1: 1 is the control, 2 the treatment; an error for others. */
extern int	tcs_effect_integer_arm(FunctionCallInfo fcinfo);

/* The number of an arm by its name: control is the control. */
extern int	tcs_effect_arm(TcsEffect *effect, FunctionCallInfo fcinfo, const char *name, int length);

/* An outcome that can be squared; an error for others. */
extern double tcs_effect_check(double outcome);

/* Add an outcome to an arm. */
extern void tcs_effect_add_share(TcsEffect *effect, int arm, bool outcome);
extern void tcs_effect_add_value(TcsEffect *effect, int arm, double outcome, double covariate);

/* The covariate, argument number `argument`; NaN where there is none. */
extern double tcs_effect_covariate(FunctionCallInfo fcinfo, int argument);

#endif							/* TCS_EFFECT_H */
