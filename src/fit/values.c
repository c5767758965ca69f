/*
 * values.c
 *		The values of a population, as the fits hold them.
 *
 * A run is sorted as soon as it is full, while it is in the cache, so the work
 * of sorting is spread over the rows and, in a parallel query, over the
 * workers.  Runs are short enough that sorting one is no reason to look for a
 * cancel request in between.
 */
#include "values.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"

#define FIRST_RUN	16			/* keys: small groups stay small */
#define NEXT_RUN	8192
#define FULL_RUN	65536		/* 512 kB */

static void
charge(TcsBudget *budget, Size bytes)
{
	if (budget->used + bytes > (uint64) tcs_fit_memory * 1024)
		tcs_fit_memory_exceeded(budget->used + bytes);
	budget->used += bytes;
}

static void
sort_run(TcsRun *run)
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

/* a new run with room for that many keys */
static TcsRun *
add_run(TcsValues *values, TcsBudget *budget, uint32 size)
{
	TcsRun	   *run;

	if (values->run_count == values->run_size)
	{
		int			run_size = Max(2, values->run_size * 2);

		charge(budget, (run_size - values->run_size) * sizeof(TcsRun));
		if (values->runs == NULL)
			values->runs = MemoryContextAlloc(budget->context,
											  run_size * sizeof(TcsRun));
		else
			values->runs = repalloc(values->runs, run_size * sizeof(TcsRun));
		values->run_size = run_size;
	}
	charge(budget, size * sizeof(uint64));
	run = &values->runs[values->run_count];
	run->keys = MemoryContextAlloc(budget->context, size * sizeof(uint64));
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
		run = add_run(values, budget, FIRST_RUN);
	else if (run->count == run->size && run->size >= FULL_RUN)
	{
		sort_run(run);
		run = add_run(values, budget, NEXT_RUN);
	}
	else if (run->count == run->size)
	{
		charge(budget, run->size * sizeof(uint64));
		run->size *= 2;
		run->keys = repalloc(run->keys, run->size * sizeof(uint64));
	}
	run->keys[run->count++] = key;
	run->sorted = false;
	values->count++;
}

void
tcs_values_merge(TcsValues *into, TcsBudget *budget, const TcsValues *from)
{
	for (int i = 0; i < from->run_count; i++)
	{
		const TcsRun *source = &from->runs[i];
		TcsRun	   *run;

		CHECK_FOR_INTERRUPTS();
		if (source->count < NEXT_RUN)
		{
			for (uint32 j = 0; j < source->count; j++)
				tcs_values_add(into, budget, source->keys[j]);
			continue;
		}
		run = add_run(into, budget, source->count);
		memcpy(run->keys, source->keys, source->count * sizeof(uint64));
		run->count = source->count;
		run->sorted = source->sorted;
		into->count += run->count;
	}
}

void
tcs_values_settle(TcsValues *values)
{
	for (int i = 0; i < values->run_count; i++)
		sort_run(&values->runs[i]);
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
		enlargeStringInfo(buffer, run->count * sizeof(uint64));
		for (uint32 j = 0; j < run->count; j++)
			pq_writeint64(buffer, run->keys[j]);
	}
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
		Size		length = (Size) count * sizeof(uint64);
		uint64		previous = least;
		const char *bytes;
		TcsRun	   *run;

		CHECK_FOR_INTERRUPTS();
		if (length > buffer->len - buffer->cursor)
			pq_getmsgbytes(buffer, buffer->len);	/* too short: an error */
		run = add_run(values, budget, Max(count, 1));
		bytes = pq_getmsgbytes(buffer, (int) length);
		for (uint32 j = 0; j < count; j++)
		{
			uint64		key;

			memcpy(&key, bytes + j * sizeof(key), sizeof(key));
			key = pg_ntoh64(key);
			if (key < previous || key > greatest)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						 errmsg("invalid serialized fit")));
			run->keys[j] = previous = key;
		}
		run->count = count;
		values->count += count;
	}
}
