/*
 * effect_row.c
 *		A row of ab_effect, which knows enough to be judged anew.
 */
#include "experiments/effect_row.h"

#include "executor/executor.h"

#include "math/anytime.h"
#include "math/two_shares.h"
#include "numerics/normal.h"
#include "rates/tally.h"

/* The columns of tcs.ab_effect. */
enum
{
	CONTROL_N,
	TREATMENT_N,
	CONTROL,
	TREATMENT,
	DIFFERENCE,
	DIFFERENCE_LOW,
	DIFFERENCE_HIGH,
	RATIO,
	RATIO_LOW,
	RATIO_HIGH,
	P_VALUE,
	IN_BOTH,
	CONTROL_SE,
	TREATMENT_SE,
	DF,
	CONFIDENCE,
	PLANNED,
	COLUMNS
};

/* The chance of what is as far off as that has no logarithm. */
#define LEAST_P		1e-300

static void
row_judge_shares(TcsEffectRow *row, double z)
{
	TcsTwoShares shares;
	TcsSharesEffect compared;

	shares.n1 = (double) row->n[TCS_TREATMENT];
	shares.n0 = (double) row->n[TCS_CONTROL];
	shares.successes1 = rint(row->level[TCS_TREATMENT] * shares.n1);
	shares.successes0 = rint(row->level[TCS_CONTROL] * shares.n0);
	tcs_compare_shares(&shares, z, &compared);
	row->difference_limits = compared.difference;
	row->ratio_limits = compared.ratio;
	row->p = compared.p;
}

static void
row_judge_means(TcsEffectRow *row, double z)
{
	double		tail = tcs_normal_tail(z);
	TcsTwoMeans means;

	means.mean1 = row->level[TCS_TREATMENT];
	means.mean0 = row->level[TCS_CONTROL];
	means.difference = row->difference;
	means.error1 = row->error[TCS_TREATMENT] * row->error[TCS_TREATMENT];
	means.error0 = row->error[TCS_CONTROL] * row->error[TCS_CONTROL];
	means.df = row->df;
	row->p = tcs_welch_test(&means);
	/* so far in the beginning that there are no limits */
	if (tail < LEAST_P)
		return;
	row->difference_limits = tcs_welch(&means, tail);
	if (means.mean0 > 0.0)
		row->ratio_limits = tcs_fieller(&means, tail);
}

void
tcs_effect_row_judge(TcsEffectRow *row, double alpha)
{
	TcsLooks	looks;
	double		z;

	row->difference_limits.low = row->difference_limits.high = NAN;
	row->ratio_limits = row->difference_limits;
	row->p = NAN;
	looks.alpha = 1.0 - row->confidence;
	looks.share = ((double) row->n[0] + (double) row->n[1]) / (double) row->planned;
	z = row->planned > 0 ? tcs_anytime_quantile(&looks, alpha) : tcs_normal_quantile(0.5 * alpha);
	if (row->compared == TCS_SHARES_COMPARED)
		row_judge_shares(row, z);
	else if (row->compared == TCS_MEANS_COMPARED)
		row_judge_means(row, z);
	if (row->planned > 0 && !isnan(row->p))
		row->p = tcs_anytime_p(&looks, fmax(tcs_normal_quantile(0.5 * fmax(row->p, LEAST_P)), 0.0));
}

static void
row_refuse(const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid effect: %s", complaint),
			 errhint("Give a row that tcs.ab_effect has made, as it is.")));
}

/* What a row is about, as far as its columns that are NULL tell. */
static TcsCompared
row_kind(const TcsEffectRow *row)
{
	if (isnan(row->p))
		return TCS_NOTHING_COMPARED;
	return isnan(row->df) ? TCS_SHARES_COMPARED : TCS_MEANS_COMPARED;
}

static void
row_check(const TcsEffectRow *row)
{
	if (row->n[0] < 0 || row->n[1] < 0 || row->n[0] > TCS_MANY || row->n[1] > TCS_MANY || row->in_both < 0)
		row_refuse("its counts are none");
	/* of no rows there is none */
	if (!(row->confidence > 0.0 && row->confidence < 1.0) &&
		!(isnan(row->confidence) && row->compared == TCS_NOTHING_COMPARED))
		row_refuse("its confidence does not lie between 0 and 1");
	if (row->planned < 0)
		row_refuse("planned is not above 0");
	if (row->compared == TCS_NOTHING_COMPARED)
		return;
	if (!(row->p >= 0.0 && row->p <= 1.0))
		row_refuse("its p does not lie between 0 and 1");
	for (int arm = 0; arm < 2; arm++)
	{
		if (row->n[arm] == 0)
			row_refuse("an arm is empty");
		if (row->compared == TCS_SHARES_COMPARED && !(row->level[arm] >= 0.0 && row->level[arm] <= 1.0))
			row_refuse("a share does not lie between 0 and 1");
		if (row->compared == TCS_MEANS_COMPARED && !(isfinite(row->level[arm]) && row->error[arm] >= 0.0))
			row_refuse("a mean or its standard error is missing");
	}
	if (!isfinite(row->difference))
		row_refuse("the difference is missing");
	if (row->compared == TCS_MEANS_COMPARED &&
		!(row->df > 0.0 && row->error[0] + row->error[1] > 0.0 && row->error[0] <= 1e150 && row->error[1] <= 1e150))
		row_refuse("its standard errors are none");
}

void
tcs_effect_row_read(TcsEffectRow *row, Datum datum)
{
	HeapTupleHeader tuple = DatumGetHeapTupleHeader(datum);
	double		number[COLUMNS];
	int64		count[COLUMNS];

	for (int i = 0; i < COLUMNS; i++)
	{
		bool		is_null;
		Datum		value = GetAttributeByNum(tuple, i + 1, &is_null);
		bool		is_count = i == CONTROL_N || i == TREATMENT_N || i == IN_BOTH || i == PLANNED;

		number[i] = is_null || is_count ? NAN : DatumGetFloat8(value);
		count[i] = is_null || !is_count ? 0 : DatumGetInt64(value);
		if (!is_null && !is_count && !isfinite(number[i]))
			row_refuse("a number is not finite");
	}
	row->n[TCS_CONTROL] = count[CONTROL_N];
	row->n[TCS_TREATMENT] = count[TREATMENT_N];
	row->level[TCS_CONTROL] = number[CONTROL];
	row->level[TCS_TREATMENT] = number[TREATMENT];
	row->difference = number[DIFFERENCE];
	row->difference_limits.low = number[DIFFERENCE_LOW];
	row->difference_limits.high = number[DIFFERENCE_HIGH];
	row->ratio = number[RATIO];
	row->ratio_limits.low = number[RATIO_LOW];
	row->ratio_limits.high = number[RATIO_HIGH];
	row->p = number[P_VALUE];
	row->in_both = count[IN_BOTH];
	row->error[TCS_CONTROL] = number[CONTROL_SE];
	row->error[TCS_TREATMENT] = number[TREATMENT_SE];
	row->df = number[DF];
	row->confidence = number[CONFIDENCE];
	row->planned = count[PLANNED];
	row->compared = row_kind(row);
	row_check(row);
}

void
tcs_effect_row_check_fresh(const TcsEffectRow *row)
{
	TcsEffectRow fresh = *row;

	tcs_effect_row_judge(&fresh, 1.0 - row->confidence);
	if (row->compared != TCS_NOTHING_COMPARED && fabs(fresh.p - row->p) > 1e-9 * row->p)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("p of the effect is not that of its figures"),
				 errdetail("It is %.6g, and not %.6g.", row->p, fresh.p),
				 errhint("Adjust effects once, as tcs.ab_effect or tcs.ab_anytime has made them.")));
}

Datum
tcs_effect_row_make(FunctionCallInfo fcinfo, TcsRecord **record,
					MemoryContext context, const TcsEffectRow *row)
{
	double		number[COLUMNS];
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	number[CONTROL] = row->level[TCS_CONTROL];
	number[TREATMENT] = row->level[TCS_TREATMENT];
	number[DIFFERENCE] = row->difference;
	number[DIFFERENCE_LOW] = row->difference_limits.low;
	number[DIFFERENCE_HIGH] = row->difference_limits.high;
	number[RATIO] = row->ratio;
	number[RATIO_LOW] = row->ratio_limits.low;
	number[RATIO_HIGH] = row->ratio_limits.high;
	number[P_VALUE] = row->p;
	number[CONTROL_SE] = row->error[TCS_CONTROL];
	number[TREATMENT_SE] = row->error[TCS_TREATMENT];
	number[DF] = row->compared == TCS_MEANS_COMPARED ? row->df : NAN;
	number[CONFIDENCE] = row->confidence;
	number[CONTROL_N] = number[TREATMENT_N] = number[IN_BOTH] = number[PLANNED] = 0.0;
	for (int i = 0; i < COLUMNS; i++)
	{
		values[i] = Float8GetDatum(number[i]);
		nulls[i] = !isfinite(number[i]);
	}
	values[CONTROL_N] = Int64GetDatum(row->n[TCS_CONTROL]);
	values[TREATMENT_N] = Int64GetDatum(row->n[TCS_TREATMENT]);
	values[IN_BOTH] = Int64GetDatum(row->in_both);
	values[PLANNED] = Int64GetDatum(row->planned);
	nulls[PLANNED] = row->planned == 0;
	if (*record == NULL)
		*record = tcs_record_create(fcinfo, COLUMNS, context);
	return tcs_record_make_nulls(*record, values, nulls);
}
