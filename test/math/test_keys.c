/*
 * test_keys.c
 *		Sorting, selecting and merging of keys against plain ways to do it.
 */
#include <stdlib.h>

#include "numerics/keys.h"

#include "harness.h"

#define RUNS	64

static int
compare_keys(const void *a, const void *b)
{
	uint64_t	left = *(const uint64_t *) a;
	uint64_t	right = *(const uint64_t *) b;

	return left < right ? -1 : left > right;
}

enum kind
{
	ALL_BITS,
	FEW_VALUES,
	ONE_VALUE,
	WHOLE_DOUBLES,
	NEGATIVE_DOUBLES,
	INTEGERS,
	ONE_DIGIT,
	RISING,
	FALLING,
	ALMOST_RISING,
	ENDS,
	KINDS
};

static uint64_t
make_key(enum kind kind, size_t i, size_t count)
{
	switch (kind)
	{
		case ALL_BITS:
			return random_bits();
		case FEW_VALUES:
			return tcs_key_of_double((double) (random_bits() % 7) - 3.0);
		case ONE_VALUE:
			return UINT64_C(0x123456789abcdef0);
		case WHOLE_DOUBLES:
			return tcs_key_of_double((double) (random_bits() % 100000));
		case NEGATIVE_DOUBLES:
			return tcs_key_of_double(ldexp(-(double) (random_bits() >> 12),
										   (int) (random_bits() % 200) - 100));
		case INTEGERS:
			return tcs_key_of_int64((int64_t) (random_bits() % 2000) - 1000);
		case ONE_DIGIT:
			return (random_bits() & 0xFF) << (8 * (count % 8));
		case RISING:
			return i;
		case FALLING:
			return count - i;
		case ALMOST_RISING:
			return i == count - 1 ? 0 : i;
		default:
			return random_bits() % 2 == 0 ? 0 : UINT64_MAX;
	}
}

static void
test_sort(void)
{
	static const size_t sizes[] = {
		0, 1, 2, 3, 47, 48, 49, 50, 255, 256, 257, 1000, 65535, 65536, 65537
	};

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
		for (enum kind kind = 0; kind < KINDS; kind++)
		{
			size_t		count = sizes[s];

			/* exactly as large as it may be, so that any step beyond is seen */
			uint64_t   *keys = malloc(count * sizeof(uint64_t) + 1);
			uint64_t   *expected = malloc(count * sizeof(uint64_t) + 1);
			uint64_t   *scratch = malloc(count * sizeof(uint64_t) + 1);

			for (size_t i = 0; i < count; i++)
				expected[i] = keys[i] = make_key(kind, i, count);
			if (count > 0)
				qsort(expected, count, sizeof(uint64_t), compare_keys);
			tcs_keys_sort(keys, count, scratch);
			CHECK(memcmp(keys, expected, count * sizeof(uint64_t)) == 0);
			tcs_keys_sort(keys, count, scratch);
			CHECK(memcmp(keys, expected, count * sizeof(uint64_t)) == 0);
			/* upper halves, with equal ones in the order of the lower */
			for (size_t i = 0; i < count; i++)
				expected[i] = keys[i] = (make_key(kind, i, count) & ~(uint64_t) UINT32_MAX) | i;
			if (count > 0)
				qsort(expected, count, sizeof(uint64_t), compare_keys);
			tcs_keys_sort_upper(keys, count, scratch);
			CHECK(memcmp(keys, expected, count * sizeof(uint64_t)) == 0);
			free(keys);
			free(expected);
			free(scratch);
		}
}

/* A population in runs, and all of it sorted. */
struct population
{
	TcsRun		runs[RUNS];
	size_t		run_count;
	uint64_t   *all;
	size_t		count;
};

static void
make_population(struct population *population, enum kind kind, size_t run_count, size_t longest)
{
	static uint64_t scratch[1 << 17];

	population->run_count = run_count;
	population->count = 0;
	population->all = malloc(run_count * longest * sizeof(uint64_t) + 1);
	for (size_t r = 0; r < run_count; r++)
	{
		TcsRun	   *run = &population->runs[r];

		/* now and then a run is empty */
		run->count = random_bits() % 5 == 0 ? 0 : (uint32_t) (random_bits() % longest) + 1;
		run->size = run->count;
		run->keys = malloc(run->count * sizeof(uint64_t) + 1);
		for (uint32_t i = 0; i < run->count; i++)
			run->keys[i] = make_key(kind, i, run->count);
		memcpy(population->all + population->count, run->keys, run->count * sizeof(uint64_t));
		population->count += run->count;
		tcs_keys_sort(run->keys, run->count, scratch);
		run->sorted = true;
	}
	if (population->count > 0)
		qsort(population->all, population->count, sizeof(uint64_t), compare_keys);
}

static void
free_population(struct population *population)
{
	for (size_t r = 0; r < population->run_count; r++)
		free(population->runs[r].keys);
	free(population->all);
}

static void
check_select(const struct population *population)
{
	size_t		n = population->count;

	for (int round = 0; n > 0 && round < 25; round++)
	{
		uint64_t	rank = round == 0 ? 1 : round == 1 ? n : random_bits() % n + 1;

		CHECK(tcs_runs_select(population->runs, population->run_count, rank) ==
			  population->all[rank - 1]);
	}
}

static void
check_merge(const struct population *population)
{
	uint32_t   *heap = malloc(population->run_count * sizeof(uint32_t) + 1);
	uint32_t   *position = malloc(population->run_count * sizeof(uint32_t) + 1);
	uint64_t	key,
				times;
	size_t		at = 0;
	TcsMerge	merge;

	tcs_merge_begin(&merge, population->runs, population->run_count, heap, position);
	while (tcs_merge_next(&merge, &key, &times))
	{
		size_t		end = at;

		while (end < population->count && population->all[end] == key)
			end++;
		CHECK(times > 0 && end - at == times);
		if (end == at)
			break;
		at = end;
	}
	CHECK(at == population->count);
	CHECK(!tcs_merge_next(&merge, &key, &times));
	free(heap);
	free(position);
}

static void
test_runs(void)
{
	struct population population;

	for (enum kind kind = 0; kind < KINDS; kind++)
	{
		for (size_t run_count = 0; run_count <= 5; run_count++)
			for (int round = 0; round < 20; round++)
			{
				make_population(&population, kind, run_count, round < 10 ? 6 : 100);
				check_select(&population);
				check_merge(&population);
				free_population(&population);
			}
		make_population(&population, kind, RUNS, 3000);
		check_select(&population);
		check_merge(&population);
		free_population(&population);
		make_population(&population, kind, 3, 1 << 17);
		check_select(&population);
		check_merge(&population);
		free_population(&population);
	}
}

/* Keys sort as what they are made of, and lead back to it. */
static void
test_keys(void)
{
	static const double ascending[] = {
		-INFINITY, -DBL_MAX, -1e300, -2.0, -1.0000000000000002, -1.0, -DBL_MIN,
		-4.9406564584124654e-324, -0.0, 0.0, 4.9406564584124654e-324, DBL_MIN,
		0.99999999999999989, 1.0, 1e300, DBL_MAX, INFINITY
	};
	static const int64_t rising[] = {
		INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX
	};

	for (size_t i = 0; i < sizeof(ascending) / sizeof(ascending[0]); i++)
	{
		double		back = tcs_double_of_key(tcs_key_of_double(ascending[i]));

		CHECK(memcmp(&back, &ascending[i], sizeof(back)) == 0);
		if (i > 0)
			CHECK(tcs_key_of_double(ascending[i - 1]) < tcs_key_of_double(ascending[i]));
	}
	for (size_t i = 1; i < sizeof(rising) / sizeof(rising[0]); i++)
		CHECK(tcs_key_of_int64(rising[i - 1]) < tcs_key_of_int64(rising[i]));
	for (int round = 0; round < 100000; round++)
	{
		uint64_t	bits[2] = {random_bits(), random_bits()};
		double		value[2];

		memcpy(value, bits, sizeof(value));
		if (isnan(value[0]) || isnan(value[1]) || value[0] == value[1])
			continue;
		CHECK((value[0] < value[1]) ==
			  (tcs_key_of_double(value[0]) < tcs_key_of_double(value[1])));
	}
}

int
main(void)
{
	test_sort();
	test_runs();
	test_keys();
	return report();
}
