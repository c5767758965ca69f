/*
 * capture.c
 *		What those with the highest scores bring, and how many of them are worth a
 *		contact: the aggregates capture and cutoff.
 */
#include "judges/ranked.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/typcache.h"

#include "judges/arms.h"
#include "server/record.h"

PG_FUNCTION_INFO_V1(tcs_capture_share_trans);
PG_FUNCTION_INFO_V1(tcs_capture_value_trans);
PG_FUNCTION_INFO_V1(tcs_capture_final);
PG_FUNCTION_INFO_V1(tcs_cutoff_trans);
PG_FUNCTION_INFO_V1(tcs_cutoff_arms_trans);
PG_FUNCTION_INFO_V1(tcs_cutoff_final);

/* The columns of tcs.capture_step. */
enum
{
	STEP,
	SHARE,
	CUSTOMERS,
	SCORE,
	OUTCOME,
	CAPTURED,
	LIFT,
	CAPTURE_COLUMNS
};

/* The columns of tcs.cutoff. */
enum
{
	CUT_SCORE,
	CUT_SHARE,
	CUT_CUSTOMERS,
	EARNED,
	EARNED_LOW,
	EARNED_HIGH,
	EARNED_ALL,
	CUTOFF_COLUMNS
};

/*
 * 95 percent of the random walks with a great number of steps never are further
 * from 0 than so many standard deviations of where they end (Erdos and Kac, 1946).
 * The best of all cut-offs is where such a walk is highest, and so its limits have
 * to hold for all at once.
 */
#define WALK_REACH	2.241402727604947

/* arguments: state, score, outcome, bins */
Datum
tcs_capture_share_trans(PG_FUNCTION_ARGS)
{
	TcsRanked  *ranked = tcs_ranked_state(fcinfo, TCS_RANKED_CAPTURE, true, tcs_ranked_bins(fcinfo, 3, "steps"));

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		tcs_ranked_add(ranked, 0, PG_GETARG_FLOAT8(1), PG_GETARG_BOOL(2));
	PG_RETURN_POINTER(ranked);
}

Datum
tcs_capture_value_trans(PG_FUNCTION_ARGS)
{
	TcsRanked  *ranked = tcs_ranked_state(fcinfo, TCS_RANKED_CAPTURE, false, tcs_ranked_bins(fcinfo, 3, "steps"));

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		tcs_ranked_add(ranked, 0, PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2));
	PG_RETURN_POINTER(ranked);
}

/* The sum of outcomes that begin there. */
static void
capture_add(TcsSum *sum, const TcsRankedRow *rows, int64 count)
{
	for (int64 i = 0; i < count; i++)
		tcs_sum_add(sum, rows[i].outcome);
}

/*
 * A step takes k / bins of the customers, a number that need not be whole.  Of
 * those who share the score at its border it takes the part that fits, with their
 * own mean.
 */
static void
capture_fill_steps(TcsRanked *ranked, int bins, double total, Datum *rows, TupleDesc descriptor)
{
	double		n = (double) ranked->count[0];
	double		before = 0.0;
	TcsSum		sum = {0};
	int			step = 1;
	TcsRankedWalk walk;

	tcs_ranked_walk(ranked, &walk);
	while (tcs_ranked_next(&walk))
	{
		TcsSum		own = {0};
		double		here = (double) walk.here[0];

		capture_add(&own, walk.rows[0], walk.here[0]);
		/* the last step is all of them, whatever k / bins * n rounds to */
		for (; step <= bins && (step * n <= (before + here) * bins || walk.left[0] == 0); step++)
		{
			double		share = (double) step / bins;
			double		taken = step == bins ? n : step * n / bins;
			double		outcome = tcs_sum_value(&sum) + tcs_sum_value(&own) * ((taken - before) / here);
			Datum		values[CAPTURE_COLUMNS];
			bool		nulls[CAPTURE_COLUMNS] = {0};

			if (step == bins)
				outcome = total;
			values[STEP] = Int32GetDatum(step);
			values[SHARE] = Float8GetDatum(share);
			values[CUSTOMERS] = Float8GetDatum(taken);
			values[SCORE] = Float8GetDatum(walk.score);
			values[OUTCOME] = Float8GetDatum(outcome);
			nulls[CAPTURED] = nulls[LIFT] = !(total > 0.0);
			values[CAPTURED] = Float8GetDatum(outcome / total);
			values[LIFT] = Float8GetDatum(outcome / total / share);
			rows[step - 1] = HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
		}
		tcs_sum_merge(&sum, &own);
		before += here;
	}
}

Datum
tcs_capture_final(PG_FUNCTION_ARGS)
{
	TcsRanked  *ranked = TCS_STATE(TcsRanked);
	TcsSum		sum = {0};
	TupleDesc	descriptor;
	Oid			element;
	int			bins;
	Datum	   *rows;

	tcs_aggregate_context(fcinfo);
	if (ranked == NULL || ranked->kind != TCS_RANKED_CAPTURE || ranked->count[0] == 0)
		PG_RETURN_NULL();
	bins = (int) ranked->parameter;
	capture_add(&sum, ranked->rows[0], ranked->count[0]);
	descriptor = tcs_element_descriptor(fcinfo, CAPTURE_COLUMNS, &element);
	rows = palloc(bins * sizeof(Datum));
	capture_fill_steps(ranked, bins, tcs_sum_value(&sum), rows, descriptor);
	ReleaseTupleDesc(descriptor);
	PG_RETURN_ARRAYTYPE_P(construct_array(rows, bins, element, -1, false, TYPALIGN_DOUBLE));
}

static double
cutoff_cost(FunctionCallInfo fcinfo, int argument)
{
	double		cost;

	if (PG_ARGISNULL(argument))
		tcs_refuse_null("cost", NULL);
	cost = tcs_finite(PG_GETARG_FLOAT8(argument), "cost");
	if (cost < 0.0 || cost > 1e150)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cost must not be negative and not above 1e150, not be %g", cost),
				 errhint("Give what one contact costs, in the unit of the value.")));
	return cost;
}

/* arguments: state, score, value, cost */
Datum
tcs_cutoff_trans(PG_FUNCTION_ARGS)
{
	TcsRanked  *ranked = tcs_ranked_state(fcinfo, TCS_RANKED_CUTOFF, false, cutoff_cost(fcinfo, 3));

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		tcs_ranked_add(ranked, 0, PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2));
	PG_RETURN_POINTER(ranked);
}

/* arguments: state, score, treated, value, cost */
Datum
tcs_cutoff_arms_trans(PG_FUNCTION_ARGS)
{
	TcsRanked  *ranked = tcs_ranked_state(fcinfo, TCS_RANKED_CUTOFF_ARMS, false, cutoff_cost(fcinfo, 4));

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2) && !PG_ARGISNULL(3))
		tcs_ranked_add(ranked, PG_GETARG_BOOL(2) ? TCS_RANKED_TREATED : TCS_RANKED_CONTROL,
					   PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(3));
	PG_RETURN_POINTER(ranked);
}

typedef struct Cut
{
	double		score;
	double		customers;
	double		earned;
	double		earned_all;
	double		reach;			/* of the limits around earned; NaN for none */
} Cut;

/* What contacting the customers of these sums brings: NaN where an arm has none. */
static double
cutoff_brings(const TcsMoments *above, bool arms)
{
	if (!arms)
		return tcs_sum_value(&above[0].sum);
	if (above[0].n == 0.0 || above[1].n == 0.0)
		return NAN;
	return tcs_moments_difference(&above[TCS_RANKED_TREATED], &above[TCS_RANKED_CONTROL]) *
		(above[0].n + above[1].n);
}

/* The cut that earns most, the first of equal ones; to contact nobody earns 0. */
static void
cutoff_find(TcsRanked *ranked, bool arms, Cut *best)
{
	TcsMoments	above[2] = {{0}};
	double		n = (double) (ranked->count[0] + ranked->count[1]);
	double		variance = 0.0;
	TcsRankedWalk walk;

	best->score = NAN;
	best->customers = 0.0;
	best->earned = 0.0;
	best->earned_all = NAN;
	tcs_ranked_walk(ranked, &walk);
	while (tcs_ranked_next(&walk))
	{
		double		customers;

		for (int arm = 0; arm < 2; arm++)
			for (int64 i = 0; i < walk.here[arm]; i++)
				tcs_moments_add(&above[arm], walk.rows[arm][i].outcome);
		customers = above[0].n + above[1].n;
		best->earned_all = cutoff_brings(above, arms) - ranked->parameter * customers;
		if (best->earned_all > best->earned)
		{
			best->earned = best->earned_all;
			best->customers = customers;
			best->score = walk.score;
		}
	}
	for (int arm = 0; arm < (arms ? 2 : 1); arm++)
		variance += above[arm].n > 1.0 ? tcs_moments_variance(&above[arm]) / above[arm].n : NAN;
	best->reach = WALK_REACH * n * sqrt(variance);
}

Datum
tcs_cutoff_final(PG_FUNCTION_ARGS)
{
	TcsRanked  *ranked = TCS_STATE(TcsRanked);
	TcsRecord  *record = fcinfo->flinfo->fn_extra;
	Cut			best;
	Datum		values[CUTOFF_COLUMNS] = {0};
	bool		nulls[CUTOFF_COLUMNS] = {0};
	double		number[CUTOFF_COLUMNS];
	double		reach;

	tcs_aggregate_context(fcinfo);
	if (ranked == NULL || ranked->count[0] + ranked->count[1] == 0)
		PG_RETURN_NULL();
	cutoff_find(ranked, ranked->kind == TCS_RANKED_CUTOFF_ARMS, &best);
	/* to contact nobody earns nothing, for certain */
	reach = best.customers > 0.0 ? best.reach : 0.0;
	number[CUT_SCORE] = best.score;
	number[CUT_SHARE] = best.customers / (double) (ranked->count[0] + ranked->count[1]);
	number[EARNED] = best.earned;
	number[EARNED_LOW] = best.earned - reach;
	number[EARNED_HIGH] = best.earned + reach;
	number[EARNED_ALL] = best.earned_all;
	for (int i = 0; i < CUTOFF_COLUMNS; i++)
	{
		if (i == CUT_CUSTOMERS)
			continue;
		values[i] = Float8GetDatum(number[i]);
		nulls[i] = !isfinite(number[i]);
	}
	values[CUT_CUSTOMERS] = Int64GetDatum((int64) best.customers);
	if (record == NULL)
		fcinfo->flinfo->fn_extra = record =
			tcs_record_create(fcinfo, CUTOFF_COLUMNS, fcinfo->flinfo->fn_mcxt);
	PG_RETURN_DATUM(tcs_record_make_nulls(record, values, nulls));
}
