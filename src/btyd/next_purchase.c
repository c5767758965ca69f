/*
 * next_purchase.c
 *		When a customer buys next: next_purchase.
 */
#include "btyd/predict.h"

#include "server/record.h"

PG_FUNCTION_INFO_V1(tcs_next_purchase);

/* The columns of the answer. */
enum
{
	NEXT_P_EVER,
	NEXT_EARLIEST,
	NEXT_MEDIAN,
	NEXT_LATEST,
	NEXT_COLUMNS
};

/* What is kept for a call site. */
typedef struct NextCache
{
	void	   *model;
	TcsRecord  *record;
} NextCache;

static NextCache *
next_cache(FunctionCallInfo fcinfo)
{
	NextCache  *cache = fcinfo->flinfo->fn_extra;

	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(NextCache));
		cache->record = tcs_record_create(fcinfo, NEXT_COLUMNS, fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = cache;
	}
	return cache;
}

/* arguments: model, history, level */
Datum
tcs_next_purchase(PG_FUNCTION_ARGS)
{
	double		level = tcs_level_argument(fcinfo, 2);
	double		share[NEXT_COLUMNS] = {
		[NEXT_EARLIEST] = 0.5 - level / 2.0,
		[NEXT_MEDIAN] = 0.5,
		[NEXT_LATEST] = 0.5 + level / 2.0,
	};
	NextCache  *cache = next_cache(fcinfo);
	TcsHistoryValue history;
	TcsCustomer customer;
	DateADT		end;
	int64		follow;
	Datum		values[NEXT_COLUMNS] = {0};
	bool		nulls[NEXT_COLUMNS] = {false, true, true, true};

	if (!tcs_customer_argument(fcinfo, 0, 1, &cache->model, &history, &customer))
		PG_RETURN_NULL();
	values[NEXT_P_EVER] = Float8GetDatum(tcs_btyd_ever(&customer));

	/* without a rhythm the likeliest day would always be the next */
	if (customer.k > 1 && tcs_history_end(fcinfo, 1, &history, &end, &follow) && follow > 0)
		for (int i = NEXT_EARLIEST; i <= NEXT_LATEST; i++)
		{
			double		days = tcs_btyd_next(&customer, share[i], (double) follow);

			nulls[i] = days < 0.0;
			values[i] = DateADTGetDatum(nulls[i] ? 0 : end + (DateADT) days);
		}
	PG_RETURN_DATUM(tcs_record_make_nulls(cache->record, values, nulls));
}
