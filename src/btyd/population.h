/*
 * population.h
 *		The customers that a model of repeat purchases is fitted on.
 *
 * Customers whose x, t_x and t are equal are equal to the model, so that a
 * population is a multiset of such triples.
 */
#ifndef TCS_POPULATION_H
#define TCS_POPULATION_H

#include "tcs.h"

#include "values/values.h"
#include "history/history_value.h"
#include "math/btyd_fit.h"
#include "numerics/exact_sum.h"

typedef struct TcsTriple
{
	double		x;
	double		t_x;
	double		t;
} TcsTriple;

/* All zero but for the budget is the empty one. */
typedef struct TcsPopulation
{
	TcsBudget	budget;
	TcsValues	keys;			/* triples of whole days, as 64-bit keys */
	TcsTriple  *triples;		/* the others */
	int64		triple_count;
	int64		triple_size;
	bool		rhythm;			/* are gaps counted, for cnbd-k? then: */
	TcsSum		ln_gaps;		/* sum of the logarithms of all of them */
	int64		unknown;		/* customers of whom they are not known */
} TcsPopulation;

/* Add a customer; refused when the budget then exceeds tcs.fit_memory. */
extern void tcs_population_add(TcsPopulation *population,
							   const TcsHistoryValue *history);

/* Add all customers of another one, which may be used up by it. */
extern void tcs_population_merge(TcsPopulation *into, TcsPopulation *from);

/* As bytes and back; what is read is checked. */
extern void tcs_population_send(StringInfo buffer, TcsPopulation *population);
extern void tcs_population_receive(StringInfo buffer, TcsPopulation *population);

static inline int64
tcs_population_count(const TcsPopulation *population)
{
	return population->keys.count + population->triple_count;
}

/* The population as the mathematics takes it, in the current context. */
extern void tcs_population_data(TcsPopulation *population, TcsBtydData *data);
extern void tcs_population_free(TcsPopulation *population, TcsBtydData *data);

#endif							/* TCS_POPULATION_H */
