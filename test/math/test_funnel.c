/*
 * test_funnel.c
 *		The deepest chain against all chains that there are.
 */
#include <stdlib.h>

#include "math/funnel.h"

#include "harness.h"

#define RUNS	200000
#define EVENTS	12
#define STEPS	4

static int
compare_times(const void *a, const void *b)
{
	int64_t		left = *(const int64_t *) a;
	int64_t		right = *(const int64_t *) b;

	return left < right ? -1 : left > right;
}

typedef struct Log
{
	int64_t		at[STEPS][EVENTS];
	TcsStepTimes step[STEPS];
	uint64_t	within;
	int			depth;			/* of the best chain so far */
	int64_t		best[STEPS];
} Log;

/* is this chain deeper than the best one, or as deep and earlier? */
static void
consider(Log *log, const int64_t *chain, int depth)
{
	int			k = 0;

	if (depth < log->depth)
		return;
	while (depth == log->depth && k < depth && chain[k] == log->best[k])
		k++;
	if (depth > log->depth || (k < depth && chain[k] < log->best[k]))
	{
		log->depth = depth;
		memcpy(log->best, chain, depth * sizeof(int64_t));
	}
}

/* every chain that goes on from the one so far */
static void
try_all(Log *log, int64_t *chain, int depth)
{
	if (depth > 0)
		consider(log, chain, depth);
	if (depth == STEPS)
		return;
	for (uint32_t i = 0; i < log->step[depth].count; i++)
	{
		int64_t		at = log->at[depth][i];

		if (depth > 0 && (at < chain[depth - 1] ||
						  (uint64_t) at - (uint64_t) chain[0] > log->within))
			continue;
		chain[depth] = at;
		try_all(log, chain, depth + 1);
	}
}

static void
test_all_chains(void)
{
	int			depths[STEPS + 1] = {0};

	for (int run = 0; run < RUNS; run++)
	{
		Log			log = {0};
		TcsFunnelWalk walk;
		int64_t		chain[STEPS];
		int			events = (int) (random_bits() % (EVENTS + 1));
		int64_t		span = 1 + (int64_t) (random_bits() % 20);
		int64_t		base = run % 2 == 0 ? -7 : INT64_MIN + 5;

		for (int i = 0; i < events; i++)
		{
			uint64_t	bits = random_bits();
			int			k = (int) (bits % STEPS);
			int64_t		at = base + (int64_t) (bits >> 32) % span;

			/* some at the other end of time */
			if (base < -7 && (bits >> 20) % 4 == 0)
				at = INT64_MAX - (int64_t) (bits >> 32) % span;
			log.at[k][log.step[k].count++] = at;
		}
		log.within = run % 7 == 0 ? UINT64_MAX : random_bits() % (uint64_t) span;
		for (int k = 0; k < STEPS; k++)
		{
			log.step[k].at = log.at[k];
			qsort(log.at[k], log.step[k].count, sizeof(int64_t), compare_times);
		}
		try_all(&log, chain, 0);

		tcs_funnel_begin(&walk, log.step, STEPS, log.within);
		while (tcs_funnel_next(&walk, 1 + run % 3))
			continue;
		CHECK(walk.depth == log.depth);
		CHECK(memcmp(walk.deepest, log.best, log.depth * sizeof(int64_t)) == 0);
		CHECK(!tcs_funnel_next(&walk, 1));
		depths[log.depth]++;
	}
	for (int k = 0; k <= STEPS; k++)
		CHECK(depths[k] > 100);
}

/* A long log of one customer is walked through once, not once for each start. */
static void
test_long(void)
{
	enum
	{
		MANY = 400000
	};
	int64_t    *at = malloc((size_t) MANY * sizeof(int64_t));
	TcsStepTimes step[TCS_FUNNEL_STEPS];
	TcsFunnelWalk walk;

	if (at == NULL)
		abort();
	for (int i = 0; i < MANY; i++)
		at[i] = i;
	/* every step at every instant, but the last one never */
	for (int k = 0; k < TCS_FUNNEL_STEPS; k++)
	{
		step[k].at = at;
		step[k].count = k < TCS_FUNNEL_STEPS - 1 ? MANY : 0;
	}
	tcs_funnel_begin(&walk, step, TCS_FUNNEL_STEPS, 0);
	while (tcs_funnel_next(&walk, 1000))
		continue;
	CHECK(walk.depth == TCS_FUNNEL_STEPS - 1 && walk.deepest[TCS_FUNNEL_STEPS - 2] == 0);

	step[1].at = at + MANY - 1;
	step[1].count = 1;
	tcs_funnel_begin(&walk, step, 3, 0);
	while (tcs_funnel_next(&walk, 1000))
		continue;
	CHECK(walk.depth == 3 && walk.deepest[0] == MANY - 1);
	free(at);
}

int
main(void)
{
	test_all_chains();
	test_long();
	return report();
}
