/*
 * auc.c
 *		How well a score puts customers in order: the aggregates auc and lift.
 */
#include "judges/scored.h"

#include "numerics/exact_sum.h"

PG_FUNCTION_INFO_V1(tcs_auc_trans);
PG_FUNCTION_INFO_V1(tcs_auc_final);
PG_FUNCTION_INFO_V1(tcs_lift_trans);
PG_FUNCTION_INFO_V1(tcs_lift_final);

static void
auc_row_add(FunctionCallInfo fcinfo, TcsScored *scored)
{
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		tcs_scored_add(scored, tcs_finite(PG_GETARG_FLOAT8(1), "score"),
					   PG_GETARG_BOOL(2));
}

/* arguments: state, score, label */
Datum
tcs_auc_trans(PG_FUNCTION_ARGS)
{
	TcsScored  *scored = tcs_scored_state(fcinfo, 0.0, "the arguments");

	auc_row_add(fcinfo, scored);
	PG_RETURN_POINTER(scored);
}

/* arguments: state, score, label, share */
Datum
tcs_lift_trans(PG_FUNCTION_ARGS)
{
	double		share;
	TcsScored  *scored;

	if (PG_ARGISNULL(3))
		tcs_refuse_null("share", NULL);
	share = PG_GETARG_FLOAT8(3);
	if (!(share > 0.0 && share <= 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("share must lie above 0 and not above 1, not be %g", share),
				 errhint("Give 0.1 for the tenth with the highest scores.")));
	scored = tcs_scored_state(fcinfo, share, "share");
	auc_row_add(fcinfo, scored);
	PG_RETURN_POINTER(scored);
}

/* the state, where it has customers of both labels; else NULL */
static TcsScored *
auc_state_with_both(FunctionCallInfo fcinfo)
{
	TcsScored  *scored = TCS_STATE(TcsScored);

	tcs_aggregate_context(fcinfo);
	if (scored == NULL || scored->values[0].count == 0 || scored->values[1].count == 0)
		return NULL;
	return scored;
}

/*
 * The share of the pairs of one true and one false label in which the former
 * has the higher score, a tie counting half (Mann and Whitney, 1947).
 */
Datum
tcs_auc_final(PG_FUNCTION_ARGS)
{
	TcsScored  *scored = auc_state_with_both(fcinfo);
	TcsScoredWalk walk;
	TcsSum		pairs = {0};	/* twice */
	uint64		below = 0;
	uint64		times[2];
	double		score;

	if (scored == NULL)
		PG_RETURN_NULL();
	tcs_scored_walk(scored, &walk);
	while (tcs_scored_next(&walk, &score, times))
	{
		tcs_sum_add(&pairs, (double) times[1] * (double) (2 * below + times[0]));
		below += times[0];
	}
	PG_RETURN_FLOAT8(tcs_sum_value(&pairs) / 2.0 /
					 ((double) scored->values[0].count * (double) scored->values[1].count));
}

/*
 * The top is share * n customers, a number that need not be whole.  Of those
 * who share the score at its border it takes the part that fits, with their
 * own share of labels.
 */
Datum
tcs_lift_final(PG_FUNCTION_ARGS)
{
	TcsScored  *scored = TCS_STATE(TcsScored);
	TcsScoredWalk walk;
	double		top;			/* customers in it */
	double		above;			/* those with higher scores than this one */
	double		positive;		/* of them, with the label true */
	uint64		times[2];
	double		score;

	tcs_aggregate_context(fcinfo);
	if (scored == NULL || scored->values[1].count == 0 || !(scored->parameter > 0.0))
		PG_RETURN_NULL();
	positive = (double) scored->values[1].count;
	above = positive + (double) scored->values[0].count;
	top = scored->parameter * above;
	tcs_scored_walk(scored, &walk);
	while (tcs_scored_next(&walk, &score, times))
	{
		double		here = (double) times[0] + (double) times[1];

		above -= here;
		positive -= (double) times[1];
		if (above < top)
		{
			positive += (double) times[1] * ((top - above) / here);
			break;
		}
	}
	PG_RETURN_FLOAT8(positive / (scored->parameter * (double) scored->values[1].count));
}
