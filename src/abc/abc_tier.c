/*
 * abc_tier.c
 *		Tiers within a window partition: the window function abc_tier.
 *
 * The first row of a partition reads all of its rows once and finds the least
 * value of each tier; then each row is compared with these.
 */
#include "abc/distribution.h"

#include "utils/memutils.h"
#include "windowapi.h"

#include "values/cuts.h"

PG_FUNCTION_INFO_V1(tcs_abc_tier_window);

typedef struct AbcPartition
{
	TcsCutsCache cache;
	int			cut_count;		/* 0 until the bounds are known */
	double	   *cuts;
	double	   *bounds;
	text	  **names;
} AbcPartition;

static void
abc_find_bounds(WindowObject window, AbcPartition *partition)
{
	MemoryContext context = GetMemoryChunkContext(partition);
	int			count = partition->cache.count;
	int64		rows = WinGetPartitionRowCount(window);
	TcsDistribution *distribution;
	MemoryContext scratch;
	MemoryContext old;

	scratch = AllocSetContextCreate(CurrentMemoryContext, "tcs window row",
									ALLOCSET_SMALL_SIZES);
	distribution = tcs_distribution_create(context, NULL, 0, 0);
	old = MemoryContextSwitchTo(scratch);
	for (int64 row = 0; row < rows; row++)
	{
		bool		isnull;
		bool		isout;
		Datum		value = WinGetFuncArgInPartition(window, 0, row, WINDOW_SEEK_HEAD,
													 false, &isnull, &isout);

		if (!isnull && tcs_finite(DatumGetFloat8(value), "value") > 0.0)
			tcs_distribution_add_falling(distribution, DatumGetFloat8(value));
		/* what evaluating the argument left behind */
		MemoryContextReset(scratch);
	}

	MemoryContextSwitchTo(context);
	partition->cuts = palloc(count * sizeof(double));
	memcpy(partition->cuts, partition->cache.cuts, count * sizeof(double));
	partition->bounds = palloc(count * sizeof(double));
	partition->names = palloc((count + 1) * sizeof(text *));
	for (int i = 0; i <= count; i++)
		partition->names[i] = tcs_abc_tier_name(i);
	tcs_abc_bounds(distribution, partition->cuts, count, partition->bounds);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	partition->cut_count = count;
	tcs_values_free(&distribution->values);
	pfree(distribution);
}

/* arguments: value, cuts */
Datum
tcs_abc_tier_window(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	AbcPartition *partition;
	bool		isnull;
	Datum		cuts;
	double		value;

	tcs_check_window_call(window);
	partition = WinGetPartitionLocalMemory(window, sizeof(AbcPartition));
	cuts = WinGetFuncArgCurrent(window, 1, &isnull);
	if (isnull)
		tcs_cuts_null();
	tcs_cuts_of_shares(DatumGetArrayTypeP(cuts), &partition->cache,
					   GetMemoryChunkContext(partition));
	if (partition->cut_count == 0)
		abc_find_bounds(window, partition);
	else if (partition->cut_count != partition->cache.count ||
			 memcmp(partition->cuts, partition->cache.cuts,
					partition->cut_count * sizeof(double)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cuts must be the same for all rows of a partition"),
				 errhint("Pass a constant, or partition by it.")));
	WinSetMarkPosition(window, WinGetCurrentPosition(window));

	value = DatumGetFloat8(WinGetFuncArgCurrent(window, 0, &isnull));
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(partition->names[tcs_abc_tier_of(partition->bounds,
													  partition->cut_count, value)]);
}
