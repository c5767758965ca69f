/*
 * cuts.c
 *		Cuts: ascending numbers that divide a scale.
 */
#include "values/cuts.h"

#include <math.h>

#include "catalog/pg_type.h"

#include "server/server.h"

double *
tcs_cuts_of_array(ArrayType *array, const char *what, int most,
				  double low, double high, bool ties, int *count)
{
	const void *data;
	double	   *cuts;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must have one dimension", what)));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not contain null", what)));
	data = tcs_array_data(array, FLOAT8OID, NULL, count);
	if (*count < 1 || *count > most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must have 1 to %d elements, not %d", what, most, *count)));

	cuts = palloc(*count * sizeof(double));
	memcpy(cuts, data, *count * sizeof(double));
	for (int i = 0; i < *count; i++)
	{
		if (!isfinite(cuts[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must not be %s", what,
							isnan(cuts[i]) ? "NaN" : "infinite"),
					 errdetail("Element %d is.", i + 1)));
		cuts[i] += 0.0;
		if (cuts[i] <= low || cuts[i] >= high)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 isinf(high) ?
					 errmsg("%s must be greater than %.15g", what, low) :
					 errmsg("%s must lie between %.15g and %.15g, both excluded", what, low, high),
					 errdetail("Element %d is %.15g.", i + 1, cuts[i])));
		if (i > 0 && (cuts[i] < cuts[i - 1] || (!ties && cuts[i] == cuts[i - 1])))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be in ascending order", what),
					 errdetail("Element %d is %.15g, and the one before is %.15g.",
							   i + 1, cuts[i], cuts[i - 1])));
	}
	return cuts;
}

void
tcs_cuts_cached(ArrayType *array, const char *what, int most, double low,
				double high, TcsCutsCache *cache, MemoryContext context)
{
	MemoryContext old;

	if (likely(cache->array != NULL && VARSIZE(array) == VARSIZE(cache->array) &&
			   memcmp(array, cache->array, VARSIZE(array)) == 0))
		return;
	if (cache->array != NULL)
	{
		pfree(cache->array);
		pfree(cache->cuts);
		cache->array = NULL;
	}
	old = MemoryContextSwitchTo(context);
	cache->cuts = tcs_cuts_of_array(array, what, most, low, high, false, &cache->count);
	cache->array = palloc(VARSIZE(array));
	memcpy(cache->array, array, VARSIZE(array));
	MemoryContextSwitchTo(old);
}

void
tcs_cuts_of_shares(ArrayType *array, TcsCutsCache *cache, MemoryContext context)
{
	tcs_cuts_cached(array, "cuts", TCS_MAX_CUTS, 0.0, 1.0, cache, context);
}

void
tcs_cuts_null(void)
{
	tcs_refuse_null("cuts", "Leave the argument out for the default cuts.");
}
