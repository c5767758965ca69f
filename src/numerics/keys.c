/*
 * keys.c
 *		Ordered 64-bit keys: sorting, selection and merging.
 */
#include "numerics/keys.h"

#define DIGITS		8
#define RADIX		256
#define FEW			48			/* sorted by insertion */

static void
insertion_sort(uint64_t *keys, size_t count)
{
	for (size_t i = 1; i < count; i++)
	{
		uint64_t	key = keys[i];
		size_t		j = i;

		for (; j > 0 && keys[j - 1] > key; j--)
			keys[j] = keys[j - 1];
		keys[j] = key;
	}
}

static bool
is_sorted(const uint64_t *keys, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (keys[i - 1] > keys[i])
			return false;
	return true;
}

/*
 * Least significant digit first.  All digits are counted in one pass; a digit
 * that is the same in all keys, as the low ones of small whole numbers are,
 * costs nothing more.
 */
static inline void
radix_sort(uint64_t *keys, size_t count, uint64_t *scratch, int lowest)
{
	size_t		counts[DIGITS][RADIX] = {{0}};
	uint64_t   *from = keys;
	uint64_t   *to = scratch;

	if (count <= FEW)
	{
		insertion_sort(keys, count);
		return;
	}
	if (is_sorted(keys, count))
		return;

	for (size_t i = 0; i < count; i++)
		for (int digit = lowest; digit < DIGITS; digit++)
			counts[digit][(keys[i] >> (8 * digit)) & (RADIX - 1)]++;

	for (int digit = lowest; digit < DIGITS; digit++)
	{
		size_t	   *start = counts[digit];
		size_t		sum = 0;
		uint64_t   *other;

		if (start[(keys[0] >> (8 * digit)) & (RADIX - 1)] == count)
			continue;
		for (int value = 0; value < RADIX; value++)
		{
			size_t		here = start[value];

			start[value] = sum;
			sum += here;
		}
		for (size_t i = 0; i < count; i++)
			to[start[(from[i] >> (8 * digit)) & (RADIX - 1)]++] = from[i];
		other = from;
		from = to;
		to = other;
	}
	if (from != keys)
		memcpy(keys, from, count * sizeof(uint64_t));
}

void
tcs_keys_sort(uint64_t *keys, size_t count, uint64_t *scratch)
{
	radix_sort(keys, count, scratch, 0);
}

void
tcs_keys_sort_upper(uint64_t *keys, size_t count, uint64_t *scratch)
{
	radix_sort(keys, count, scratch, DIGITS / 2);
}

/* how many keys of a sorted run are not greater than key */
static size_t
count_up_to(const TcsRun *run, uint64_t key)
{
	size_t		low = 0;
	size_t		high = run->count;

	while (low < high)
	{
		size_t		middle = (low + high) / 2;

		if (run->keys[middle] <= key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Bisection over the values that a key can have: 64 steps, whatever they are. */
uint64_t
tcs_runs_select(const TcsRun *runs, size_t run_count, uint64_t rank)
{
	uint64_t	low = 0;
	uint64_t	high = UINT64_MAX;

	while (low < high)
	{
		uint64_t	middle = low + (high - low) / 2;
		uint64_t	below = 0;

		for (size_t i = 0; i < run_count; i++)
			below += count_up_to(&runs[i], middle);
		if (below >= rank)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static inline uint64_t
head_key(const TcsMerge *merge, size_t place)
{
	uint32_t	run = merge->heap[place];

	return merge->runs[run].keys[merge->position[run]];
}

static void
sift_down(TcsMerge *merge, size_t place)
{
	uint32_t	run = merge->heap[place];
	uint64_t	key = head_key(merge, place);

	for (;;)
	{
		size_t		child = 2 * place + 1;

		if (child >= merge->heap_count)
			break;
		if (child + 1 < merge->heap_count &&
			head_key(merge, child + 1) < head_key(merge, child))
			child++;
		if (head_key(merge, child) >= key)
			break;
		merge->heap[place] = merge->heap[child];
		place = child;
	}
	merge->heap[place] = run;
}

void
tcs_merge_begin(TcsMerge *merge, const TcsRun *runs, size_t run_count,
				uint32_t *heap, uint32_t *position)
{
	merge->runs = runs;
	merge->heap = heap;
	merge->position = position;
	merge->heap_count = 0;
	for (size_t i = 0; i < run_count; i++)
	{
		position[i] = 0;
		if (runs[i].count > 0)
			heap[merge->heap_count++] = (uint32_t) i;
	}
	for (size_t place = merge->heap_count / 2; place-- > 0;)
		sift_down(merge, place);
}

bool
tcs_merge_next(TcsMerge *merge, uint64_t *key, uint64_t *times)
{
	if (merge->heap_count == 0)
		return false;
	*key = head_key(merge, 0);
	*times = 0;
	while (merge->heap_count > 0 && head_key(merge, 0) == *key)
	{
		uint32_t	run = merge->heap[0];
		const TcsRun *r = &merge->runs[run];
		uint32_t	position = merge->position[run];

		while (position < r->count && r->keys[position] == *key)
		{
			position++;
			(*times)++;
		}
		merge->position[run] = position;
		if (position == r->count)
			merge->heap[0] = merge->heap[--merge->heap_count];
		if (merge->heap_count > 0)
			sift_down(merge, 0);
	}
	return true;
}
