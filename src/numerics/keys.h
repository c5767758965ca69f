/*
 * keys.h
 *		Ordered 64-bit keys: sorting, selection and merging.
 *
 * A double or an integer is turned into an unsigned key that sorts as it
 * does.  A population is held as runs, arrays of keys, each sorted on its own;
 * order statistics are found across the runs without merging them, and sums
 * over the population are taken by merging.  Plain C, no allocation.
 */
#ifndef TCS_KEYS_H
#define TCS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct TcsRun
{
	uint64_t   *keys;
	uint32_t	count;
	uint32_t	size;			/* keys that there is room for */
	bool		sorted;
} TcsRun;

/* The key of a double that is no NaN; 0 and -0 have different keys. */
static inline uint64_t
tcs_key_of_double(double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	return (bits >> 63) ? ~bits : bits | (UINT64_C(1) << 63);
}

static inline double
tcs_double_of_key(uint64_t key)
{
	uint64_t	bits = (key >> 63) ? key & ~(UINT64_C(1) << 63) : ~key;
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline uint64_t
tcs_key_of_int64(int64_t value)
{
	return (uint64_t) value ^ (UINT64_C(1) << 63);
}

/* Sort keys ascending.  scratch has room for as many.  Time is linear. */
extern void tcs_keys_sort(uint64_t *keys, size_t count, uint64_t *scratch);

/*
 * The same of keys whose lower halves, such as the number of a row, ascend already:
 * half of the work.
 */
extern void tcs_keys_sort_upper(uint64_t *keys, size_t count, uint64_t *scratch);

/*
 * The key of that rank, 1 for the smallest, among all keys of sorted runs.
 * The rank must lie between 1 and the number of keys.
 */
extern uint64_t tcs_runs_select(const TcsRun *runs, size_t run_count,
								uint64_t rank);

/*
 * A walk through the keys of sorted runs in ascending order, equal keys at
 * one step.  heap and position, of one element a run each, are the caller's.
 */
typedef struct TcsMerge
{
	const TcsRun *runs;
	uint32_t   *heap;			/* runs that are not used up, least key first */
	uint32_t   *position;		/* next key of each run */
	size_t		heap_count;
} TcsMerge;

extern void tcs_merge_begin(TcsMerge *merge, const TcsRun *runs,
							size_t run_count, uint32_t *heap,
							uint32_t *position);

/* The next key and how often it occurs; false at the end. */
extern bool tcs_merge_next(TcsMerge *merge, uint64_t *key, uint64_t *times);

#endif							/* TCS_KEYS_H */
