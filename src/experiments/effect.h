/*
 * effect.h
 *		What two arms of an experiment came to: the state of ab_effect.
 */
#ifndef TCS_EFFECT_H
#define TCS_EFFECT_H

#include "tcs.h"

#include "math/two_means.h"

/* Arms by number. */
#define TCS_CONTROL		0
#define TCS_TREATMENT	1

typedef struct TcsEffect
{
	bool		shares;			/* outcomes are true or false, else numbers */
	double		confidence;
	char	   *name;			/* of the treatment, where arms have names */
	int			name_length;
	TcsMoments	arm[2];			/* of true and false only the count and ... */
	int64		successes[2];	/* ... how often they were true */
} TcsEffect;

/* Remember the treatment's name; an error where it had another. */
extern void tcs_effect_name(TcsEffect *effect, MemoryContext context,
							const char *name, int length);

/* Add an outcome to an arm. */
extern void tcs_effect_add_share(TcsEffect *effect, int arm, bool outcome);
extern void tcs_effect_add_value(TcsEffect *effect, int arm, double outcome);

#endif							/* TCS_EFFECT_H */
