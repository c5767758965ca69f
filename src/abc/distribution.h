/*
 * distribution.h
 *		The values of all customers and their sum: the state of abc_fit, gini
 *		and lorenz.
 */
#ifndef TCS_DISTRIBUTION_H
#define TCS_DISTRIBUTION_H

#include "tcs.h"

#include "values/values.h"
#include "numerics/exact_sum.h"

/* The most points that lorenz gives. */
#define TCS_MAX_POINTS	10000

typedef struct TcsDistribution
{
	TcsBudget	budget;
	int64		customers;		/* values that are not NULL */
	TcsValues	values;			/* for ABC the positive ones, the largest
								 * first */
	TcsSum		total;			/* of the values held */
	int			points;			/* lorenz */
	int			cut_count;		/* abc_fit */
	double	   *cuts;
} TcsDistribution;

extern TcsDistribution *tcs_distribution_create(MemoryContext context,
												const double *cuts,
												int cut_count, int points);

static inline void
tcs_distribution_add(TcsDistribution *distribution, double value)
{
	tcs_values_add(&distribution->values, &distribution->budget,
				   tcs_key_of_double(value));
	tcs_sum_add(&distribution->total, value);
}

/* Keys that fall as values rise, so that a walk begins with the largest. */
static inline uint64
tcs_falling_key(double value)
{
	return ~tcs_key_of_double(value);
}

static inline double
tcs_value_of_falling_key(uint64 key)
{
	return tcs_double_of_key(~key);
}

/* The same for ABC: positive values only, the largest first. */
static inline void
tcs_distribution_add_falling(TcsDistribution *distribution, double value)
{
	tcs_values_add(&distribution->values, &distribution->budget,
				   tcs_falling_key(value));
	tcs_sum_add(&distribution->total, value);
}

/* The sum of the values held; an error where it is no double. */
extern double tcs_distribution_total(const TcsDistribution *distribution);

/*
 * The ABC tiers of the values held, with falling keys: bounds[i] is the least
 * value of tier i, NaN where no value reaches it.  Settles the values.
 */
extern void tcs_abc_bounds(TcsDistribution *distribution, const double *cuts,
						   int cut_count, double *bounds);

/* Which tier a value is in, 0 for the highest. */
static inline int
tcs_abc_tier_of(const double *bounds, int cut_count, double value)
{
	int			tier = 0;

	/* a comparison with NaN is false: nothing reaches that tier */
	while (tier < cut_count && !(value > 0.0 && value >= bounds[tier]))
		tier++;
	return tier;
}

/* A, B, …, Z, AA, AB, … */
extern text *tcs_abc_tier_name(int tier);

/* The default cuts of the tiers. */
#define TCS_ABC_DEFAULT_CUTS	{0.8, 0.95}

#endif							/* TCS_DISTRIBUTION_H */
