/*
 * values.c
 *		The values of a population, as the fits hold them.
 *
 * A run is sorted as soon as it is full, while it is in the cache, so the work
 * of sorting is spread over the rows and, in a parallel query, over the
 * workers.  Runs are short enough that sorting one is no reason to look for a
 * cancel request in between.
 */
#include "values/values.h"

#include <sys/mman.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/memutils.h"

#define FIRST_RUN	16			/* keys: small groups stay small */
#define NEXT_RUN	8192
#define FULL_RUN	65536		/* 512 kB */
#define STEP		4096		/* so many more at a time, in large runs */

#define LARGE		(1024 * 1024)	/* bytes; neighbours may make up a page */
#define PAGE		4096

void *
tcs_alloc_large(MemoryContext context, Size bytes)
{
	char	   *memory = MemoryContextAllocHuge(context, bytes);

#ifdef MADV_HUGEPAGE
	if (bytes >= LARGE)
	{
		char	   *first = (char *) TYPEALIGN(PAGE, memory);
		char	   *end = (char *) TYPEALIGN_DOWN(PAGE, memory + bytes);

		/* it is a wish: nothing is lost where it is refused */
		(void) madvise(first, end - first, MADV_HUGEPAGE);
	}
#endif
	return memory;
}

static void
values_sort_run(TcsRun *run)
{
	uint64	   *scratch;

	if (run->sorted)
		return;
	CHECK_FOR_INTERRUPTS();
	scratch = palloc(run->count * sizeof(uint64));
	tcs_keys_sort(run->keys, run->count, scratch);
	pfree(scratch);
	run->sorted = true;
}

/* a new run with room for that many keys: those given, or new ones */
static TcsRun *
values_add_run(TcsValues *values, TcsBudget *budget, uint32 size, uint64 *keys)
{
	TcsRun	   *run;

	if (values->run_count == values->run_size)
	{
		int			run_size = Max(2, values->run_size * 2);

		tcs_budget_charge(budget, (run_size - values->run_size) * sizeof(TcsRun));
		if (values->runs == NULL)
			values->runs = MemoryContextAlloc(budget->context,
											  run_size * sizeof(TcsRun));
		else
			values->runs = repalloc(values->runs, run_size * sizeof(TcsRun));
		values->run_size = run_size;
	}
	tcs_budget_charge(budget, size * sizeof(uint64));
	run = &values->runs[values->run_count];
	run->keys = keys ? keys :
		MemoryContextAlloc(budget->context, size * sizeof(uint64));
	run->size = size;
	run->count = 0;
	run->sorted = true;
	values->run_count++;
	return run;
}

void
tcs_values_add_slow(TcsValues *values, TcsBudget *budget, uint64 key)
{
	TcsRun	   *run = values->run_count == 0 ? NULL :
	&values->runs[values->run_count - 1];

	if (run == NULL)
		run = values_add_run(values, budget, FIRST_RUN, NULL);
	else if (run->count == run->size && run->size >= FULL_RUN)
	{
		values_sort_run(run);
		run = values_add_run(values, budget, NEXT_RUN, NULL);
	}
	else if (run->count == run->size)
	{
		uint32		more = Min(run->size, STEP);

		tcs_budget_charge(budget, more * sizeof(uint64));
		run->size += more;
		run->keys = repalloc(run->keys, run->size * sizeof(uint64));
	}
	run->keys[run->count++] = key;
	run->sorted = false;
	values->count++;
}

void
tcs_values_merge(TcsValues *into, TcsBudget *budget, TcsValues *from)
{
	bool		is_here = from->run_count > 0 &&
	GetMemoryChunkContext(from->runs) == budget->context;

	for (int i = 0; i < from->run_count; i++)
	{
		TcsRun	   *source = &from->runs[i];

		CHECK_FOR_INTERRUPTS();
		if (source->count < NEXT_RUN)
		{
			for (uint32 j = 0; j < source->count; j++)
				tcs_values_add(into, budget, source->keys[j]);
			if (is_here)
				pfree(source->keys);
		}
		else
		{
			TcsRun	   *run = values_add_run(into, budget, source->size,
											 is_here ? source->keys : NULL);

			if (!is_here)
				memcpy(run->keys, source->keys, source->count * sizeof(uint64));
			run->count = source->count;
			run->sorted = source->sorted;
			into->count += run->count;
		}
	}
	if (is_here)
	{
		pfree(from->runs);
		memset(from, 0, sizeof(*from));
	}
}

void
tcs_values_settle(TcsValues *values)
{
	for (int i = 0; i < values->run_count; i++)
		values_sort_run(&values->runs[i]);
}

void
tcs_values_walk(const TcsValues *values, TcsMerge *merge)
{
	tcs_merge_begin(merge, values->runs, values->run_count,
					palloc((values->run_count + 1) * sizeof(uint32)),
					palloc((values->run_count + 1) * sizeof(uint32)));
}

void
tcs_values_free(TcsValues *values)
{
	for (int i = 0; i < values->run_count; i++)
		pfree(values->runs[i].keys);
	if (values->runs != NULL)
		pfree(values->runs);
	memset(values, 0, sizeof(*values));
}

/* how many different keys a sorted run has */
static uint32
values_count_distinct(const TcsRun *run)
{
	uint32		distinct = run->count > 0;

	for (uint32 i = 1; i < run->count; i++)
		distinct += run->keys[i] != run->keys[i - 1];
	return distinct;
}

/*
 * The keys of a run, ascending: each key with how often it occurs, where that
 * is shorter, as with days and numbers of purchases.
 */
static void
values_send_run(StringInfo buffer, const TcsRun *run)
{
	uint32		distinct = values_count_distinct(run);

	if (distinct < run->count / 2)
	{
		pq_sendint32(buffer, distinct);
		enlargeStringInfo(buffer, distinct * (sizeof(uint64) + sizeof(uint32)));
		for (uint32 i = 0; i < run->count;)
		{
			uint32		next = i + 1;

			while (next < run->count && run->keys[next] == run->keys[i])
				next++;
			pq_writeint64(buffer, run->keys[i]);
			pq_writeint32(buffer, next - i);
			i = next;
		}
	}
	else
	{
		pq_sendint32(buffer, 0);
		enlargeStringInfo(buffer, run->count * sizeof(uint64));
		for (uint32 i = 0; i < run->count; i++)
			pq_writeint64(buffer, run->keys[i]);
	}
}

void
tcs_values_send(StringInfo buffer, TcsValues *values)
{
	tcs_values_settle(values);
	pq_sendint32(buffer, values->run_count);
	for (int i = 0; i < values->run_count; i++)
	{
		const TcsRun *run = &values->runs[i];

		CHECK_FOR_INTERRUPTS();
		pq_sendint32(buffer, run->count);
		values_send_run(buffer, run);
	}
}

/* the next key, which must not be less than the one before */
static inline uint64
values_receive_key(const char **bytes, uint64 previous, uint64 greatest)
{
	uint64		key;

	memcpy(&key, *bytes, sizeof(key));
	*bytes += sizeof(key);
	key = pg_ntoh64(key);
	if (key < previous || key > greatest)
		tcs_bad_state("fit");
	return key;
}

/* the other end of send_run */
static void
values_receive_run(StringInfo buffer, TcsRun *run, uint32 count, uint32 distinct,
				   uint64 least, uint64 greatest)
{
	uint64		previous = least;
	const char *bytes;

	if (distinct == 0)
	{
		bytes = pq_getmsgbytes(buffer, (int) (count * sizeof(uint64)));
		for (uint32 i = 0; i < count; i++)
			run->keys[i] = previous = values_receive_key(&bytes, previous, greatest);
		run->count = count;
		return;
	}
	bytes = pq_getmsgbytes(buffer, (int) (distinct * (sizeof(uint64) + sizeof(uint32))));
	for (uint32 i = 0; i < distinct; i++)
	{
		uint32		times;

		previous = values_receive_key(&bytes, previous, greatest);
		memcpy(&times, bytes, sizeof(times));
		bytes += sizeof(times);
		times = pg_ntoh32(times);
		if (times > count - run->count)
			tcs_bad_state("fit");
		for (uint32 j = 0; j < times; j++)
			run->keys[run->count + j] = previous;
		run->count += times;
	}
	if (run->count != count)
		tcs_bad_state("fit");
}

void
tcs_values_receive(StringInfo buffer, TcsValues *values, TcsBudget *budget,
				   uint64 least, uint64 greatest)
{
	uint32		run_count = pq_getmsgint(buffer, 4);

	memset(values, 0, sizeof(*values));
	for (uint32 i = 0; i < run_count; i++)
	{
		uint32		count = pq_getmsgint(buffer, 4);
		uint32		distinct = pq_getmsgint(buffer, 4);
		uint64		length = distinct == 0 ? (uint64) count * sizeof(uint64) :
		(uint64) distinct * (sizeof(uint64) + sizeof(uint32));

		CHECK_FOR_INTERRUPTS();
		if (count == 0 || length > buffer->len - buffer->cursor)
			tcs_bad_state("fit");
		values_receive_run(buffer, values_add_run(values, budget, count, NULL), count,
						   distinct, least, greatest);
		values->count += count;
	}
}
