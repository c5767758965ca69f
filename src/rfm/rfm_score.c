/*
 * rfm_score.c
 *		Scores within a window partition: the window function rfm_score.
 *
 * The first row of a partition reads all of its rows once and finds the cuts;
 * then each row is scored by them.  The frame has no influence.
 */
#include "rfm/rfm.h"

#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "windowapi.h"

#include "server/record.h"

/* A recency as a key that is smaller for what is more recent. */
typedef uint64 (*RecencyKey) (Datum recency);

typedef struct RfmPartition
{
	int			bins;			/* 0 until the cuts are known */
	uint64		cuts[TCS_RFM_MEASURES][TCS_RFM_MAX_BINS];
} RfmPartition;

PG_FUNCTION_INFO_V1(tcs_rfm_score_date);
PG_FUNCTION_INFO_V1(tcs_rfm_score_timestamp);
PG_FUNCTION_INFO_V1(tcs_rfm_score_interval);
PG_FUNCTION_INFO_V1(tcs_rfm_score_float8);

static void
bad_recency(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("recency must not be infinite"),
			 errhint("Leave such rows out with a WHERE or FILTER clause, or replace the value with NULL.")));
}

static uint64
key_of_date(Datum recency)
{
	DateADT		day = DatumGetDateADT(recency);

	if (DATE_NOT_FINITE(day))
		bad_recency();
	return tcs_key_of_int64(-(int64) day);
}

static uint64
key_of_timestamp(Datum recency)
{
	Timestamp	at = DatumGetTimestamp(recency);

	if (TIMESTAMP_NOT_FINITE(at))
		bad_recency();
	return tcs_key_of_int64(-at);
}

static uint64
key_of_interval(Datum recency)
{
	return tcs_key_of_double(tcs_finite(tcs_interval_days(DatumGetIntervalP(recency),
														  "recency"), "recency"));
}

static uint64
key_of_float8(Datum recency)
{
	return tcs_key_of_double(tcs_finite(DatumGetFloat8(recency), "recency"));
}

/* the keys of one row's values; false when one of them is NULL */
static inline bool
rfm_row_keys(const Datum *value, const bool *isnull, RecencyKey recency_key, uint64 *keys)
{
	if (isnull[0] || isnull[1] || isnull[2])
		return false;
	keys[TCS_RFM_AGE] = recency_key(value[0]);
	keys[TCS_RFM_FREQUENCY] = tcs_key_of_double(tcs_finite(DatumGetFloat8(value[1]), "frequency"));
	keys[TCS_RFM_MONETARY] = tcs_key_of_double(tcs_finite(DatumGetFloat8(value[2]), "monetary"));
	return true;
}

static void
rfm_find_cuts(WindowObject window, RfmPartition *partition, int bins, RecencyKey recency_key)
{
	TcsBudget	budget = {GetMemoryChunkContext(partition), 0};
	TcsValues	values[TCS_RFM_MEASURES] = {{0}};
	int64		rows = WinGetPartitionRowCount(window);
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "tcs window row",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);

	for (int64 row = 0; row < rows; row++)
	{
		Datum		value[TCS_RFM_MEASURES];
		bool		isnull[TCS_RFM_MEASURES];
		bool		isout;
		uint64		keys[TCS_RFM_MEASURES];

		for (int i = 0; i < TCS_RFM_MEASURES; i++)
			value[i] = WinGetFuncArgInPartition(window, i, row, WINDOW_SEEK_HEAD,
												false, &isnull[i], &isout);
		if (rfm_row_keys(value, isnull, recency_key, keys))
			for (int i = 0; i < TCS_RFM_MEASURES; i++)
				tcs_values_add(&values[i], &budget, keys[i]);
		/* what evaluating the arguments left behind */
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	for (int i = 0; i < TCS_RFM_MEASURES; i++)
	{
		tcs_values_settle(&values[i]);
		if (values[i].count > 0)
			tcs_rfm_cuts(&values[i], bins, partition->cuts[i]);
		tcs_values_free(&values[i]);
	}
	partition->bins = bins;
}

static Datum
rfm_score_window(FunctionCallInfo fcinfo, RecencyKey recency_key)
{
	WindowObject window = PG_WINDOW_OBJECT();
	RfmPartition *partition;
	TcsRecord  *record = fcinfo->flinfo->fn_extra;
	Datum		value[TCS_RFM_MEASURES];
	bool		isnull[TCS_RFM_MEASURES];
	bool		no_bins;
	int			bins;
	uint64		keys[TCS_RFM_MEASURES];

	tcs_check_window_call(window);
	partition = WinGetPartitionLocalMemory(window, sizeof(RfmPartition));
	bins = DatumGetInt32(WinGetFuncArgCurrent(window, 3, &no_bins));
	if (no_bins)
		tcs_refuse_null("bins", NULL);
	if (partition->bins == 0)
		rfm_find_cuts(window, partition, tcs_rfm_check_bins(bins), recency_key);
	else if (partition->bins != bins)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bins must be the same for all rows of a partition"),
				 errhint("Pass a constant, or partition by it.")));
	WinSetMarkPosition(window, WinGetCurrentPosition(window));

	for (int i = 0; i < TCS_RFM_MEASURES; i++)
		value[i] = WinGetFuncArgCurrent(window, i, &isnull[i]);
	if (!rfm_row_keys(value, isnull, recency_key, keys))
		PG_RETURN_NULL();
	for (int i = 0; i < TCS_RFM_MEASURES; i++)
	{
		int			below = 0;

		/* over all of them: cheaper than a branch that cannot be foreseen */
		for (int j = 0; j < bins - 1; j++)
			below += partition->cuts[i][j] < keys[i];
		value[i] = Int16GetDatum(i == TCS_RFM_AGE ? bins - below : 1 + below);
	}

	if (record == NULL)
	{
		record = tcs_record_create(fcinfo, TCS_RFM_MEASURES, fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = record;
	}
	PG_RETURN_DATUM(tcs_record_make(record, value));
}

Datum
tcs_rfm_score_date(PG_FUNCTION_ARGS)
{
	return rfm_score_window(fcinfo, key_of_date);
}

Datum
tcs_rfm_score_timestamp(PG_FUNCTION_ARGS)
{
	return rfm_score_window(fcinfo, key_of_timestamp);
}

Datum
tcs_rfm_score_interval(PG_FUNCTION_ARGS)
{
	return rfm_score_window(fcinfo, key_of_interval);
}

Datum
tcs_rfm_score_float8(PG_FUNCTION_ARGS)
{
	return rfm_score_window(fcinfo, key_of_float8);
}
