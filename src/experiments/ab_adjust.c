/*
 * ab_adjust.c
 *		Effects among many: the window function ab_adjust.
 *
 * The first row of a partition reads the p of all of its rows.
 */
#include "experiments/effect_row.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "windowapi.h"

#include "math/adjust.h"
#include "values/values.h"

PG_FUNCTION_INFO_V1(tcs_ab_adjust);

typedef struct AdjustTest
{
	double		p;
	int64		row;
} AdjustTest;

typedef struct AdjustPartition
{
	bool		is_read;
	TcsAdjustment adjustment;
	double		confidence;		/* of all effects */
	TcsRecord  *record;
	double	   *adjusted;		/* by row */
	double	   *level;
} AdjustPartition;

static const struct
{
	const char *name;
	TcsAdjustment adjustment;
}			adjust_methods[] = {
	{"holm", TCS_HOLM},
	{"bonferroni", TCS_BONFERRONI},
	{"bh", TCS_BENJAMINI_HOCHBERG}
};

static TcsAdjustment
adjust_method(WindowObject window)
{
	bool		is_null;
	Datum		method = WinGetFuncArgCurrent(window, 1, &is_null);
	char	   *name;

	if (is_null)
		tcs_refuse_null("method", NULL);
	name = TextDatumGetCString(method);
	for (int i = 0; i < lengthof(adjust_methods); i++)
		if (strcmp(name, adjust_methods[i].name) == 0)
			return adjust_methods[i].adjustment;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown method: \"%s\"", name),
			 errhint("Give holm, bonferroni, or bh for that of Benjamini and Hochberg.")));
}

static int
adjust_compare_tests(const void *one, const void *other)
{
	const AdjustTest *a = one;
	const AdjustTest *b = other;

	if (a->p != b->p)
		return a->p < b->p ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/* Read the effects of all rows; those without a p are no tests. */
static int64
adjust_read_tests(WindowObject window, AdjustPartition *partition, AdjustTest *tests, int64 rows)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "tcs window row", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	int64		count = 0;

	partition->confidence = NAN;
	for (int64 i = 0; i < rows; i++)
	{
		bool		is_null;
		bool		is_out;
		Datum		effect = WinGetFuncArgInPartition(window, 0, i, WINDOW_SEEK_HEAD, false, &is_null, &is_out);
		TcsEffectRow row;

		CHECK_FOR_INTERRUPTS();
		if (is_null)
			continue;
		tcs_effect_row_read(&row, effect);
		if (row.compared == TCS_NOTHING_COMPARED)
			continue;
		tcs_effect_row_check_fresh(&row);
		if (!isnan(partition->confidence) && row.confidence != partition->confidence)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("confidence must be the same for all effects of a partition"),
					 errdetail("There are %g and %g.", partition->confidence, row.confidence),
					 errhint("Make the effects with one confidence, or partition by it.")));
		partition->confidence = row.confidence;
		tests[count].p = row.p;
		tests[count++].row = i;
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return count;
}

static void
adjust_read_partition(WindowObject window, AdjustPartition *partition)
{
	MemoryContext context = GetMemoryChunkContext(partition);
	int64		rows = WinGetPartitionRowCount(window);
	TcsBudget	budget = {context, 0};
	AdjustTest *tests;
	double	   *sorted;
	int64		count;

	tcs_budget_charge(&budget, rows * (sizeof(AdjustTest) + 5 * sizeof(double)));
	partition->adjusted = MemoryContextAllocHuge(context, rows * sizeof(double));
	partition->level = MemoryContextAllocHuge(context, rows * sizeof(double));
	tests = MemoryContextAllocHuge(CurrentMemoryContext, rows * sizeof(AdjustTest));
	sorted = MemoryContextAllocHuge(CurrentMemoryContext, 3 * rows * sizeof(double));
	count = adjust_read_tests(window, partition, tests, rows);
	qsort(tests, count, sizeof(AdjustTest), adjust_compare_tests);
	for (int64 i = 0; i < count; i++)
		sorted[i] = tests[i].p;
	tcs_adjust(partition->adjustment, sorted, count, 1.0 - partition->confidence, &sorted[rows], &sorted[2 * rows]);
	for (int64 i = 0; i < count; i++)
	{
		partition->adjusted[tests[i].row] = sorted[rows + i];
		partition->level[tests[i].row] = sorted[2 * rows + i];
	}
	pfree(sorted);
	pfree(tests);
	partition->is_read = true;
}

/* arguments: effect, method */
Datum
tcs_ab_adjust(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	AdjustPartition *partition;
	TcsAdjustment adjustment;
	TcsEffectRow row;
	int64		position;
	bool		is_null;
	Datum		effect;

	tcs_check_window_call(window);
	partition = WinGetPartitionLocalMemory(window, sizeof(AdjustPartition));
	adjustment = adjust_method(window);
	position = WinGetCurrentPosition(window);
	if (partition->is_read && adjustment != partition->adjustment)
		tcs_not_the_same("method");
	partition->adjustment = adjustment;
	if (!partition->is_read)
		adjust_read_partition(window, partition);
	WinSetMarkPosition(window, position);
	effect = WinGetFuncArgCurrent(window, 0, &is_null);
	if (is_null)
		PG_RETURN_NULL();
	tcs_effect_row_read(&row, effect);
	if (row.compared != TCS_NOTHING_COMPARED)
	{
		tcs_effect_row_judge(&row, partition->level[position]);
		row.p = partition->adjusted[position];
	}
	PG_RETURN_DATUM(tcs_effect_row_make(fcinfo, &partition->record, GetMemoryChunkContext(partition), &row));
}
