/*
 * values.h
 *		The values of a population, as the fits hold them: eight bytes each.
 */
#ifndef TCS_VALUES_H
#define TCS_VALUES_H

#include "tcs.h"

#include "lib/stringinfo.h"

#include "numerics/keys.h"

/* What a fit holds in all; its parts share it. */
typedef struct TcsBudget
{
	MemoryContext context;		/* where the values are */
	Size		used;			/* bytes */
} TcsBudget;

/* Reckon with so many bytes more; refused when that exceeds tcs.fit_memory. */
static inline void
tcs_budget_charge(TcsBudget *budget, Size bytes)
{
	if (unlikely(budget->used + bytes > (uint64) tcs_fit_memory * 1024))
		tcs_fit_memory_exceeded(budget->used + bytes);
	budget->used += bytes;
}

/*
 * As MemoryContextAllocHuge; where much is asked for, in large pages, if the system
 * has them to give: touching each of thousands of small ones for the first time
 * costs more than what a fit does with them.
 */
extern void *tcs_alloc_large(MemoryContext context, Size bytes);

/* A multiset of keys (numerics/keys.h); all zero is the empty one. */
typedef struct TcsValues
{
	int64		count;
	TcsRun	   *runs;
	int			run_count;
	int			run_size;
} TcsValues;

/* Add a key; refused when the budget then exceeds tcs.fit_memory. */
extern void tcs_values_add_slow(TcsValues *values, TcsBudget *budget,
								uint64 key);

static inline void
tcs_values_add(TcsValues *values, TcsBudget *budget, uint64 key)
{
	TcsRun	   *run;

	if (unlikely(values->run_count == 0))
	{
		tcs_values_add_slow(values, budget, key);
		return;
	}
	run = &values->runs[values->run_count - 1];
	if (unlikely(run->count == run->size))
	{
		tcs_values_add_slow(values, budget, key);
		return;
	}
	run->keys[run->count++] = key;
	run->sorted = false;
	values->count++;
}

/*
 * Add all keys of another multiset.  One that is in the context of the budget
 * already, as when it was received for it, is used up and empty then; another
 * is copied.
 */
extern void tcs_values_merge(TcsValues *into, TcsBudget *budget,
							 TcsValues *from);

/* Sort what is not sorted; afterwards the functions of keys.h apply. */
extern void tcs_values_settle(TcsValues *values);

/* Begin a walk through settled values; allocates in the current context. */
extern void tcs_values_walk(const TcsValues *values, TcsMerge *merge);

extern void tcs_values_free(TcsValues *values);

/* As bytes and back; what is read is checked to lie between two keys. */
extern void tcs_values_send(StringInfo buffer, TcsValues *values);
extern void tcs_values_receive(StringInfo buffer, TcsValues *values,
							   TcsBudget *budget, uint64 least, uint64 greatest);

#endif							/* TCS_VALUES_H */
