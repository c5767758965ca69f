/*
 * calibration.c
 *		Predicted and observed shares: the aggregate calibration.
 */
#include "server/record.h"
#include "judges/scored.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/typcache.h"

#include "numerics/exact_sum.h"

PG_FUNCTION_INFO_V1(tcs_calibration_trans);
PG_FUNCTION_INFO_V1(tcs_calibration_final);

/* The columns of tcs.calibration_bin. */
enum
{
	BIN,
	CUSTOMERS,
	PREDICTED,
	OBSERVED,
	LEAST,
	GREATEST,
	COLUMNS
};

typedef struct Bin
{
	int			number;
	uint64		customers;
	uint64		positive;
	TcsSum		sum;
	double		least;
	double		greatest;
} Bin;

/* arguments: state, probability, label, bins */
Datum
tcs_calibration_trans(PG_FUNCTION_ARGS)
{
	TcsScored  *scored;
	int			bins;

	if (PG_ARGISNULL(3))
		tcs_refuse_null("bins", NULL);
	bins = PG_GETARG_INT32(3);
	if (bins < 1 || bins > TCS_MAX_CALIBRATION_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bins must lie between 1 and %d, not be %d",
						TCS_MAX_CALIBRATION_BINS, bins)));
	scored = tcs_scored_state(fcinfo, bins, "bins");
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		tcs_scored_add(scored, tcs_probability(PG_GETARG_FLOAT8(1)), PG_GETARG_BOOL(2));
	PG_RETURN_POINTER(scored);
}

/*
 * Fill the bins.  A customer of rank r by probability, from below, is in bin
 * ceil(r * bins / n); those with one probability are all in the bin of the
 * first of them, so that a bin may stay empty.  Returns how many do not.
 */
static int
fill_bins(TcsScored *scored, int bins, Bin *filled)
{
	uint64		n = scored->values[0].count + scored->values[1].count;
	uint64		before = 0;
	int			count = 0;
	TcsScoredWalk walk;
	uint64		times[2];
	double		probability;

	tcs_scored_walk(scored, &walk);
	while (tcs_scored_next(&walk, &probability, times))
	{
		uint64		here = times[0] + times[1];
		int			number = (int) (((before + 1) * bins + n - 1) / n);
		Bin		   *bin;

		if (count == 0 || filled[count - 1].number != number)
		{
			bin = &filled[count++];
			memset(bin, 0, sizeof(Bin));
			bin->number = number;
			bin->least = probability;
		}
		bin = &filled[count - 1];
		bin->customers += here;
		bin->positive += times[1];
		tcs_sum_add(&bin->sum, probability * (double) here);
		bin->greatest = probability;
		before += here;
	}
	return count;
}

Datum
tcs_calibration_final(PG_FUNCTION_ARGS)
{
	TcsScored  *scored = TCS_STATE(TcsScored);
	TupleDesc	descriptor;
	Oid			element;
	int			bins;
	int			count;
	Bin		   *filled;
	Datum	   *rows;

	tcs_aggregate_context(fcinfo);
	if (scored == NULL || scored->parameter < 1.0 ||
		scored->values[0].count + scored->values[1].count == 0)
		PG_RETURN_NULL();
	bins = (int) scored->parameter;
	filled = palloc(bins * sizeof(Bin));
	count = fill_bins(scored, bins, filled);

	descriptor = tcs_element_descriptor(fcinfo, COLUMNS, &element);
	rows = palloc(count * sizeof(Datum));
	for (int i = 0; i < count; i++)
	{
		const Bin  *bin = &filled[i];
		double		customers = (double) bin->customers;
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS] = {0};

		values[BIN] = Int32GetDatum(bin->number);
		values[CUSTOMERS] = Int64GetDatum(bin->customers);
		values[PREDICTED] = Float8GetDatum(tcs_sum_value(&bin->sum) / customers);
		values[OBSERVED] = Float8GetDatum((double) bin->positive / customers);
		values[LEAST] = Float8GetDatum(bin->least);
		values[GREATEST] = Float8GetDatum(bin->greatest);
		rows[i] = HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
	}
	ReleaseTupleDesc(descriptor);
	PG_RETURN_ARRAYTYPE_P(construct_array(rows, count, element, -1, false,
										  TYPALIGN_DOUBLE));
}
