/*
 * uplift.c
 *		Whether a score puts those first whom a treatment moves: the aggregates
 *		uplift and qini.
 *
 * What a customer would have done otherwise is never seen.  But among customers
 * with like scores those who were treated and those who were not tell the
 * effect on them, as long as chance decided who was treated.
 */
#include "judges/ranked.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "judges/arms.h"
#include "server/record.h"

PG_FUNCTION_INFO_V1(tcs_uplift_share_trans);
PG_FUNCTION_INFO_V1(tcs_uplift_value_trans);
PG_FUNCTION_INFO_V1(tcs_uplift_final);
PG_FUNCTION_INFO_V1(tcs_qini_share_trans);
PG_FUNCTION_INFO_V1(tcs_qini_value_trans);
PG_FUNCTION_INFO_V1(tcs_qini_final);

/* The columns of tcs.uplift_bin. */
enum
{
	BIN,
	CUSTOMERS,
	LEAST,
	GREATEST,
	TREATED_N,
	CONTROL_N,
	TREATED,
	CONTROL,
	UPLIFT,
	UPLIFT_LOW,
	UPLIFT_HIGH,
	SHARE,
	EXTRA,
	EXTRA_LOW,
	EXTRA_HIGH,
	UPLIFT_COLUMNS
};

/* The columns of tcs.qini. */
enum
{
	QINI,
	QINI_LOW,
	QINI_HIGH,
	P_VALUE,
	EFFECT,
	EFFECT_LOW,
	EFFECT_HIGH,
	TREATED_COUNT,
	CONTROL_COUNT,
	FINDING,
	QINI_COLUMNS
};

/* arguments: state, score, treated, outcome */
static Datum
uplift_row_add(FunctionCallInfo fcinfo, TcsRanked *ranked)
{
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2) && !PG_ARGISNULL(3))
		tcs_ranked_add(ranked, PG_GETARG_BOOL(2) ? TCS_RANKED_TREATED : TCS_RANKED_CONTROL,
					   PG_GETARG_FLOAT8(1),
					   ranked->shares ? (double) PG_GETARG_BOOL(3) : PG_GETARG_FLOAT8(3));
	PG_RETURN_POINTER(ranked);
}

/* and bins */
Datum
tcs_uplift_share_trans(PG_FUNCTION_ARGS)
{
	return uplift_row_add(fcinfo, tcs_ranked_state(fcinfo, TCS_RANKED_UPLIFT, true, tcs_ranked_bins(fcinfo, 4, "bins")));
}

Datum
tcs_uplift_value_trans(PG_FUNCTION_ARGS)
{
	return uplift_row_add(fcinfo, tcs_ranked_state(fcinfo, TCS_RANKED_UPLIFT, false, tcs_ranked_bins(fcinfo, 4, "bins")));
}

Datum
tcs_qini_share_trans(PG_FUNCTION_ARGS)
{
	return uplift_row_add(fcinfo, tcs_ranked_state(fcinfo, TCS_RANKED_QINI, true, 0.0));
}

Datum
tcs_qini_value_trans(PG_FUNCTION_ARGS)
{
	return uplift_row_add(fcinfo, tcs_ranked_state(fcinfo, TCS_RANKED_QINI, false, 0.0));
}

/* A number, or NULL where there is none. */
static void
uplift_put(Datum *values, bool *nulls, int column, double number)
{
	values[column] = Float8GetDatum(number);
	nulls[column] = !isfinite(number);
}

typedef struct UpliftBin
{
	int			number;
	double		least;
	double		greatest;
	TcsMoments	arm[2];
} UpliftBin;

static Datum
uplift_row_make(const UpliftBin *bin, const TcsMoments *from_top, double n, bool shares,
				TupleDesc descriptor)
{
	TcsArmsEffect here = tcs_arms_effect(bin->arm, shares);
	TcsArmsEffect above = tcs_arms_effect(from_top, shares);
	double		share = (from_top[0].n + from_top[1].n) / n;
	Datum		values[UPLIFT_COLUMNS];
	bool		nulls[UPLIFT_COLUMNS] = {0};

	values[BIN] = Int32GetDatum(bin->number);
	values[CUSTOMERS] = Int64GetDatum((int64) (bin->arm[0].n + bin->arm[1].n));
	values[LEAST] = Float8GetDatum(bin->least);
	values[GREATEST] = Float8GetDatum(bin->greatest);
	values[TREATED_N] = Int64GetDatum((int64) bin->arm[TCS_RANKED_TREATED].n);
	values[CONTROL_N] = Int64GetDatum((int64) bin->arm[TCS_RANKED_CONTROL].n);
	uplift_put(values, nulls, TREATED, here.mean[TCS_RANKED_TREATED]);
	uplift_put(values, nulls, CONTROL, here.mean[TCS_RANKED_CONTROL]);
	uplift_put(values, nulls, UPLIFT, here.difference);
	uplift_put(values, nulls, UPLIFT_LOW, here.limits.low);
	uplift_put(values, nulls, UPLIFT_HIGH, here.limits.high);
	values[SHARE] = Float8GetDatum(share);
	uplift_put(values, nulls, EXTRA, share * above.difference);
	uplift_put(values, nulls, EXTRA_LOW, share * above.limits.low);
	uplift_put(values, nulls, EXTRA_HIGH, share * above.limits.high);
	return HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
}

/*
 * The customer of rank r by score, from the top, is in bin ceil(r * bins / n);
 * those with one score are all in the bin of the first of them.
 */
static int
uplift_fill_bins(TcsRanked *ranked, UpliftBin *bins)
{
	uint64		n = ranked->count[0] + ranked->count[1];
	uint64		before = 0;
	int			count = 0;
	TcsRankedWalk walk;

	tcs_ranked_walk(ranked, &walk);
	while (tcs_ranked_next(&walk))
	{
		int			number = (int) (((before + 1) * (uint64) ranked->parameter + n - 1) / n);
		UpliftBin  *bin;

		if (count == 0 || bins[count - 1].number != number)
		{
			bin = &bins[count++];
			memset(bin, 0, sizeof(UpliftBin));
			bin->number = number;
			bin->greatest = walk.score;
		}
		bin = &bins[count - 1];
		bin->least = walk.score;
		for (int arm = 0; arm < 2; arm++)
			for (int64 i = 0; i < walk.here[arm]; i++)
				tcs_moments_add(&bin->arm[arm], walk.rows[arm][i].outcome);
		before += walk.here[0] + walk.here[1];
	}
	return count;
}

Datum
tcs_uplift_final(PG_FUNCTION_ARGS)
{
	TcsRanked  *ranked = TCS_STATE(TcsRanked);
	TcsMoments	from_top[2] = {{0}};
	TupleDesc	descriptor;
	Oid			element;
	UpliftBin  *bins;
	Datum	   *rows;
	int			count;
	double		n;

	tcs_aggregate_context(fcinfo);
	if (ranked == NULL || ranked->kind != TCS_RANKED_UPLIFT || ranked->count[0] + ranked->count[1] == 0)
		PG_RETURN_NULL();
	n = (double) (ranked->count[0] + ranked->count[1]);
	bins = palloc((int) ranked->parameter * sizeof(UpliftBin));
	count = uplift_fill_bins(ranked, bins);
	descriptor = tcs_element_descriptor(fcinfo, UPLIFT_COLUMNS, &element);
	rows = palloc(count * sizeof(Datum));
	for (int i = 0; i < count; i++)
	{
		for (int arm = 0; arm < 2; arm++)
			tcs_moments_merge(&from_top[arm], &bins[i].arm[arm]);
		rows[i] = uplift_row_make(&bins[i], from_top, n, ranked->shares, descriptor);
	}
	ReleaseTupleDesc(descriptor);
	PG_RETURN_ARRAYTYPE_P(construct_array(rows, count, element, -1, false, TYPALIGN_DOUBLE));
}

/*
 * The place of a customer in the order, from 1/2 for the first to -1/2 for the
 * last: how much longer than in a random order he is among those contacted, over
 * all shares.  The mean over all customers is 0.
 */
static double
qini_place(const TcsRankedWalk *walk, double n)
{
	double		below = (double) (walk->left[0] + walk->left[1]);
	double		here = (double) (walk->here[0] + walk->here[1]);

	return (2.0 * below + here - n) / (2.0 * n);
}

/*
 * The mean over customers of place times effect, which is the covariance of
 * the two: in either arm the covariance of place and outcome has the mean, over
 * all ways of drawing the arm, of that in the population; their difference that of
 * place and effect.  Each is a mean of products, and so they are compared as means.
 */
static void
qini_products(TcsRanked *ranked, TcsMoments *products)
{
	double		n = (double) (ranked->count[0] + ranked->count[1]);
	double		outcome[2];
	double		place[2];
	TcsSum		outcomes[2] = {{0}};
	TcsSum		places[2] = {{0}};
	TcsRankedWalk walk;

	tcs_ranked_walk(ranked, &walk);
	while (tcs_ranked_next(&walk))
		for (int arm = 0; arm < 2; arm++)
		{
			tcs_sum_add(&places[arm], qini_place(&walk, n) * (double) walk.here[arm]);
			for (int64 i = 0; i < walk.here[arm]; i++)
				tcs_sum_add(&outcomes[arm], walk.rows[arm][i].outcome);
		}
	for (int arm = 0; arm < 2; arm++)
	{
		outcome[arm] = tcs_sum_value(&outcomes[arm]) / (double) ranked->count[arm];
		place[arm] = tcs_sum_value(&places[arm]) / (double) ranked->count[arm];
	}
	tcs_ranked_walk(ranked, &walk);
	while (tcs_ranked_next(&walk))
		for (int arm = 0; arm < 2; arm++)
		{
			double		count = (double) ranked->count[arm];
			double		factor = (qini_place(&walk, n) - place[arm]) *
			(count / (count - 1.0)) * ((n - 1.0) / n);

			for (int64 i = 0; i < walk.here[arm]; i++)
				tcs_moments_add(&products[arm], factor * (walk.rows[arm][i].outcome - outcome[arm]));
		}
}

/* What the two intervals come to. */
static const char *
qini_finding(const TcsArmsEffect *order, const TcsArmsEffect *effect)
{
	if (order->limits.low > 0.0)
		return "order";
	if (order->limits.high < 0.0)
		return "reverse";
	if (effect->limits.low > 0.0 || effect->limits.high < 0.0)
		return "effect";
	return "none";
}

Datum
tcs_qini_final(PG_FUNCTION_ARGS)
{
	TcsRanked  *ranked = TCS_STATE(TcsRanked);
	TupleDesc	descriptor;
	TcsMoments	outcomes[2] = {{0}};
	TcsMoments	products[2] = {{0}};
	TcsArmsEffect order;
	TcsArmsEffect effect;
	bool		enough;
	Datum		values[QINI_COLUMNS];
	bool		nulls[QINI_COLUMNS] = {0};

	tcs_aggregate_context(fcinfo);
	enough = ranked != NULL && ranked->count[0] > 1 && ranked->count[1] > 1;
	if (ranked != NULL)
		for (int arm = 0; arm < 2; arm++)
			for (int64 i = 0; i < ranked->count[arm]; i++)
				tcs_moments_add(&outcomes[arm], ranked->rows[arm][i].outcome);
	if (enough)
		qini_products(ranked, products);
	effect = tcs_arms_effect(outcomes, ranked != NULL && ranked->shares);
	order = tcs_arms_effect(products, false);

	uplift_put(values, nulls, QINI, order.difference);
	uplift_put(values, nulls, QINI_LOW, order.limits.low);
	uplift_put(values, nulls, QINI_HIGH, order.limits.high);
	uplift_put(values, nulls, P_VALUE, order.p);
	uplift_put(values, nulls, EFFECT, effect.difference);
	uplift_put(values, nulls, EFFECT_LOW, effect.limits.low);
	uplift_put(values, nulls, EFFECT_HIGH, effect.limits.high);
	values[TREATED_COUNT] = Int64GetDatum(ranked == NULL ? 0 : ranked->count[TCS_RANKED_TREATED]);
	values[CONTROL_COUNT] = Int64GetDatum(ranked == NULL ? 0 : ranked->count[TCS_RANKED_CONTROL]);
	nulls[FINDING] = !enough;
	if (enough)
		values[FINDING] = CStringGetTextDatum(qini_finding(&order, &effect));
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE ||
		descriptor->natts != QINI_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the result type does not have the columns that the function returns"),
				 errhint("The types in schema tcs must not be altered.")));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}
