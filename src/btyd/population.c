/*
 * population.c
 *		The customers that a model of repeat purchases is fitted on.
 *
 * Nearly always x is moderate and the times are whole days: such a triple is
 * one 64-bit key.
 */
#include "btyd/population.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "server/progress.h"

/* The bits of a key: x, then t_x, then t. */
#define X_BITS		22
#define DAY_BITS	21
#define DAY_LIMIT	(1 << DAY_BITS)

static void
population_add_triple(TcsPopulation *population, TcsTriple triple)
{
	if (population->triple_count == population->triple_size)
	{
		int64		size = Max(16, population->triple_size * 2);

		tcs_budget_charge(&population->budget, (size - population->triple_size) * sizeof(TcsTriple));
		population->triples = population->triples ?
			repalloc_huge(population->triples, size * sizeof(TcsTriple)) :
			MemoryContextAllocHuge(population->budget.context, size * sizeof(TcsTriple));
		population->triple_size = size;
	}
	population->triples[population->triple_count++] = triple;
}

static inline bool
is_day(double t)
{
	return t < DAY_LIMIT && t == (double) (int) t;
}

/* The gap of who came twice is known anyhow. */
static void
population_add_gaps(TcsPopulation *population, const TcsHistoryValue *history)
{
	if (history->x == 1 && history->t_x > 0.0)
		tcs_sum_add(&population->ln_gaps, log(history->t_x));
	else if (history->x > 1 && isfinite(history->ln_gaps))
		tcs_sum_add(&population->ln_gaps, history->ln_gaps);
	else if (history->x > 1)
		population->unknown++;
}

void
tcs_population_add(TcsPopulation *population, const TcsHistoryValue *history)
{
	if (population->rhythm)
		population_add_gaps(population, history);
	if (likely(history->x < (1 << X_BITS) && is_day(history->t_x) && is_day(history->t)))
		tcs_values_add(&population->keys, &population->budget,
					   ((uint64) history->x << (2 * DAY_BITS)) |
					   ((uint64) history->t_x << DAY_BITS) | (uint64) history->t);
	else
	{
		TcsTriple	triple = {history->x, history->t_x, history->t};

		population_add_triple(population, triple);
	}
}

void
tcs_population_merge(TcsPopulation *into, TcsPopulation *from)
{
	tcs_values_merge(&into->keys, &into->budget, &from->keys);
	for (int64 i = 0; i < from->triple_count; i++)
		population_add_triple(into, from->triples[i]);
	tcs_sum_merge(&into->ln_gaps, &from->ln_gaps);
	into->unknown += from->unknown;
}

void
tcs_population_send(StringInfo buffer, TcsPopulation *population)
{
	tcs_values_send(buffer, &population->keys);
	pq_sendfloat8(buffer, population->ln_gaps.high);
	pq_sendfloat8(buffer, population->ln_gaps.middle);
	pq_sendfloat8(buffer, population->ln_gaps.low);
	pq_sendint64(buffer, population->unknown);
	pq_sendint64(buffer, population->triple_count);
	for (int64 i = 0; i < population->triple_count; i++)
	{
		pq_sendfloat8(buffer, population->triples[i].x);
		pq_sendfloat8(buffer, population->triples[i].t_x);
		pq_sendfloat8(buffer, population->triples[i].t);
	}
}

void
tcs_population_receive(StringInfo buffer, TcsPopulation *population)
{
	int64		count;

	tcs_values_receive(buffer, &population->keys, &population->budget, 0, PG_UINT64_MAX);
	population->ln_gaps.high = pq_getmsgfloat8(buffer);
	population->ln_gaps.middle = pq_getmsgfloat8(buffer);
	population->ln_gaps.low = pq_getmsgfloat8(buffer);
	population->unknown = pq_getmsgint64(buffer);
	if (population->unknown < 0 || !isfinite(tcs_sum_value(&population->ln_gaps)))
		tcs_bad_state("fit");
	count = pq_getmsgint64(buffer);
	if (count < 0 || count > (buffer->len - buffer->cursor) / (int64) sizeof(TcsTriple))
		tcs_bad_state("fit");
	for (int64 i = 0; i < count; i++)
	{
		TcsTriple	triple;

		triple.x = pq_getmsgfloat8(buffer);
		triple.t_x = pq_getmsgfloat8(buffer);
		triple.t = pq_getmsgfloat8(buffer);
		if (!(triple.x >= 0.0) || !(triple.t_x >= 0.0) || !(triple.t >= triple.t_x) ||
			triple.x > PG_INT32_MAX || triple.x != floor(triple.x) || isinf(triple.t))
			tcs_bad_state("fit");
		population_add_triple(population, triple);
	}
}

static int
compare_triples(const void *a, const void *b, void *unused)
{
	const TcsTriple *left = a;
	const TcsTriple *right = b;

	if (left->x != right->x)
		return left->x < right->x ? -1 : 1;
	if (left->t_x != right->t_x)
		return left->t_x < right->t_x ? -1 : 1;
	if (left->t != right->t)
		return left->t < right->t ? -1 : 1;
	return 0;
}

static TcsTriple
triple_of_key(uint64 key)
{
	TcsTriple	triple;

	triple.x = (double) (key >> (2 * DAY_BITS));
	triple.t_x = (double) ((key >> DAY_BITS) & (DAY_LIMIT - 1));
	triple.t = (double) (key & (DAY_LIMIT - 1));
	if (triple.t_x > triple.t)
		tcs_bad_state("fit");
	return triple;
}

/* A walk through all triples in ascending order. */
typedef struct PopulationWalk
{
	const TcsPopulation *population;
	TcsMerge	merge;
	TcsTriple	key;			/* the next of the keys ... */
	uint64		times;			/* ... which occurs so often; 0 at the end */
	int64		position;		/* the next of the triples */
	uint64		steps;
} PopulationWalk;

static void
population_advance(PopulationWalk *walk)
{
	uint64		key;

	if (walk->steps++ % 65536 == 0)
		CHECK_FOR_INTERRUPTS();
	if (tcs_merge_next(&walk->merge, &key, &walk->times))
		walk->key = triple_of_key(key);
	else
		walk->times = 0;
}

static void
population_begin_walk(PopulationWalk *walk, const TcsPopulation *population)
{
	memset(walk, 0, sizeof(PopulationWalk));
	walk->population = population;
	tcs_values_walk(&population->keys, &walk->merge);
	population_advance(walk);
}

/* The next triple and its customers; 0 at the end. */
static uint64
population_next_triple(PopulationWalk *walk, TcsTriple *triple)
{
	const TcsPopulation *population = walk->population;
	bool		more = walk->position < population->triple_count;
	uint64		times;

	if (walk->times > 0 &&
		(!more || compare_triples(&walk->key, &population->triples[walk->position], NULL) <= 0))
	{
		*triple = walk->key;
		times = walk->times;
		population_advance(walk);
		return times;
	}
	if (!more)
		return 0;
	*triple = population->triples[walk->position];
	for (times = 0; walk->position < population->triple_count &&
		 compare_triples(triple, &population->triples[walk->position], NULL) == 0; times++)
		walk->position++;
	return times;
}

/* The population as the mathematics takes it, in the current context. */
void
tcs_population_data(TcsPopulation *population, TcsBtydData *data)
{
	PopulationWalk walk;
	TcsTriple	triple;
	uint64		customers;
	double		x = -1.0;
	int64		last_day = 0;

	tcs_values_settle(&population->keys);
	if (population->triple_count > 1)
		qsort_interruptible(population->triples, population->triple_count, sizeof(TcsTriple),
							compare_triples, NULL);

	memset(data, 0, sizeof(TcsBtydData));
	data->ln_gaps = population->unknown > 0 ? NAN : tcs_sum_value(&population->ln_gaps);
	data->poll = tcs_progress_poll("fitting the model of purchases");
	population_begin_walk(&walk, population);
	while (population_next_triple(&walk, &triple) > 0)
	{
		data->tuple_count++;
		data->group_count += triple.x != x;
		x = triple.x;
		last_day = Max(last_day, triple.t < DAY_LIMIT ? (int64) triple.t : 0);
	}
	tcs_budget_charge(&population->budget, data->tuple_count * sizeof(TcsBtydTuple) +
					  data->group_count * sizeof(TcsBtydGroup));
	data->tuples = MemoryContextAllocHuge(CurrentMemoryContext,
										  data->tuple_count * sizeof(TcsBtydTuple));
	data->groups = MemoryContextAllocHuge(CurrentMemoryContext,
										  data->group_count * sizeof(TcsBtydGroup));

	data->tuple_count = data->group_count = 0;
	population_begin_walk(&walk, population);
	while ((customers = population_next_triple(&walk, &triple)) > 0)
	{
		TcsBtydTuple *tuple = &data->tuples[data->tuple_count];
		TcsBtydGroup *group;

		if (data->group_count == 0 || data->groups[data->group_count - 1].x != triple.x)
		{
			group = &data->groups[data->group_count++];
			group->x = triple.x;
			group->customers = 0.0;
			group->first = data->tuple_count;
			group->count = 0;
		}
		group = &data->groups[data->group_count - 1];
		group->customers += customers;
		group->count++;
		tuple->t_x = triple.t_x;
		tuple->t = triple.t;
		tuple->customers = customers;
		data->tuple_count++;
	}

	/* tables by day, where they are smaller than what they save */
	if (population->triple_count == 0 && last_day < (int64) data->tuple_count)
	{
		data->days = last_day + 1;
		data->logs = palloc(data->days * sizeof(double));
		data->inverses = palloc(data->days * sizeof(double));
	}
}


void
tcs_population_free(TcsPopulation *population, TcsBtydData *data)
{
	population->budget.used -= data->tuple_count * sizeof(TcsBtydTuple) +
		data->group_count * sizeof(TcsBtydGroup);
	pfree(data->tuples);
	pfree(data->groups);
	if (data->logs)
	{
		pfree(data->logs);
		pfree(data->inverses);
	}
}
