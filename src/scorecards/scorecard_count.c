/*
 * scorecard_count.c
 *		What values factors have over rows, in one pass over them.
 *
 * Correlations are those of scaled values in steps of 2^-20, whose sums are
 * exact: the order of the rows does not show.
 */
#include "scorecards/scorecard_check.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "numerics/exact_sum.h"

#define STEPS	1048576.0		/* between 0 and 1 */
#define MAX_PAIRED 100			/* factors whose pairs are looked at */

/* A sum of whole numbers, which does not run over. */
typedef struct FactorSum
{
	int64		high;			/* units of 2^32 */
	int64		low;
} FactorSum;

/* Rows in which two factors have values: of one batch, and before it. */
typedef struct FactorPair
{
	int64		n;
	int64		x;
	int64		y;
	int64		batch_xx;
	int64		batch_xy;
	int64		batch_yy;
	FactorSum	xx;
	FactorSum	xy;
	FactorSum	yy;
} FactorPair;

typedef struct ScoreCount
{
	TcsScorecardCheck *check;
	TcsCheckRows rows;
	ExprState **states;
	int			current;		/* the factor being evaluated */
	double	   *values;			/* of a batch, NaN where missing: row by row */
	int64	   *steps;			/* of one row, -1 where missing */
	FactorPair *pairs;
	FactorSum	sum;			/* of the indexes, in steps */
	int64		scored;			/* rows that have one */
} ScoreCount;

static void
factor_sum_add(FactorSum *sum, int64 value)
{
	sum->high += value >> 32;
	sum->low += value & 0xffffffff;
}

static double
factor_sum_total(const FactorSum *sum)
{
	return (double) sum->high * 4294967296.0 + (double) sum->low;
}

static void
score_count_evaluate(void *arg)
{
	ScoreCount *count = arg;
	int			factors = count->check->card->count;
	MemoryContext old = CurrentMemoryContext;

	for (uint64 row = 0; row < count->rows.count; row++)
	{
		double	   *values = count->values + row * factors;

		tcs_check_row(&count->rows, row);
		MemoryContextSwitchTo(count->rows.econtext->ecxt_per_tuple_memory);
		for (int i = 0; i < factors; i++)
		{
			bool		isnull;
			Datum		value;

			values[i] = NAN;
			if (count->states[i] == NULL)
				continue;
			count->current = i;
			value = ExecEvalExpr(count->states[i], count->rows.econtext, &isnull);
			if (!isnull)
				values[i] = DatumGetFloat8(value);
		}
		MemoryContextSwitchTo(old);
	}
}

/* the factor that raised an error is left out, and nothing is known of the index */
static void
score_count_leave_out(void *arg, ErrorData *error)
{
	ScoreCount *count = arg;

	count->check->factors[count->current].error = error;
	count->states[count->current] = NULL;
	count->check->has_errors = true;
}

static void
factor_add_value(TcsCheckedFactor *checked, double value)
{
	const TcsFactor *factor = checked->factor;
	bool		turned = tcs_factor_is_turned(factor);

	if (isnan(value))
		return;
	if (checked->present++ == 0)
		checked->least = checked->most = value;
	checked->least = Min(checked->least, value);
	checked->most = Max(checked->most, value);
	if (turned ? value >= factor->lo : value <= factor->lo)
		checked->at_lo++;
	if (turned ? value <= factor->hi : value >= factor->hi)
		checked->at_hi++;
	if (value < Min(factor->lo, factor->hi) || value > Max(factor->lo, factor->hi))
		checked->beyond++;
}

static void
factor_add_index(ScoreCount *count, bool closed, bool unknown, double points, double weights)
{
	TcsScorecardCheck *check = count->check;
	double		index = 0;

	if (closed)
		check->closed++;
	else if (unknown || weights == 0)
	{
		check->unknown++;
		return;
	}
	else
		index = 100 * (points / weights);
	if (count->scored++ == 0)
		check->least = check->most = index;
	check->least = Min(check->least, index);
	check->most = Max(check->most, index);
	factor_sum_add(&count->sum, (int64) rint(index * STEPS));
}

static void
factor_add_pairs(ScoreCount *count)
{
	int			factors = count->check->card->count;
	const int64 *steps = count->steps;

	for (int i = 0; i < factors; i++)
	{
		FactorPair *pair = &count->pairs[i * factors];
		int64		x = steps[i];

		if (x < 0)
			continue;
		for (int j = i + 1; j < factors; j++)
		{
			int64		y = steps[j];

			if (y < 0)
				continue;
			pair[j].n++;
			pair[j].x += x;
			pair[j].y += y;
			pair[j].batch_xx += x * x;
			pair[j].batch_xy += x * y;
			pair[j].batch_yy += y * y;
		}
	}
}

static void
score_count_collect(void *arg)
{
	ScoreCount *count = arg;
	TcsScorecardCheck *check = count->check;
	int			factors = check->card->count;

	for (uint64 row = 0; row < count->rows.count; row++)
	{
		const double *values = count->values + row * factors;
		bool		is_closed = false;
		bool		is_unknown = false;
		double		points = 0;
		double		weights = 0;

		for (int i = 0; i < factors; i++)
		{
			TcsCheckedFactor *checked = &check->factors[i];
			const TcsFactor *factor = checked->factor;
			bool		missing = isnan(values[i]);
			double		scaled = tcs_factor_scale(factor, values[i], missing);

			count->steps[i] = missing ? -1 : (int64) rint(scaled * STEPS);
			factor_add_value(checked, values[i]);
			if (tcs_factor_is_closed(factor, values[i], missing))
			{
				checked->closed++;
				is_closed = true;
			}
			if (missing && factor->missing == TCS_MISSING_NULL)
				is_unknown = true;
			if (missing && factor->missing == TCS_MISSING_REWEIGHT)
				continue;
			points += factor->weight * scaled;
			weights += factor->weight;
		}
		factor_add_index(count, is_closed, is_unknown, points, weights);
		if (count->pairs != NULL)
			factor_add_pairs(count);
	}
	check->rows += count->rows.count;

	for (int i = 0; count->pairs != NULL && i < factors * factors; i++)
	{
		FactorPair *pair = &count->pairs[i];

		factor_sum_add(&pair->xx, pair->batch_xx);
		factor_sum_add(&pair->xy, pair->batch_xy);
		factor_sum_add(&pair->yy, pair->batch_yy);
		pair->batch_xx = pair->batch_xy = pair->batch_yy = 0;
	}
}

/* n * products - x * y, of which little may be left */
static double
factor_spread(double n, const FactorSum *products, double x, double y)
{
	TcsSum		sum = {0};

	tcs_sum_add_product(&sum, n, (double) products->high * 4294967296.0);
	tcs_sum_add_product(&sum, n, (double) products->low);
	tcs_sum_add_product(&sum, -x, y);
	return tcs_sum_value(&sum);
}

/* Pearson's; NaN where one of the factors has no spread */
static double
factors_correlate(const FactorPair *pair)
{
	double		n = (double) pair->n;
	double		x = (double) pair->x;
	double		y = (double) pair->y;
	double		xx;
	double		yy;
	double		result;

	/* a pair is kept in one order only, and no factor with itself */
	if (pair->n < 2)
		return NAN;
	xx = factor_spread(n, &pair->xx, x, x);
	yy = factor_spread(n, &pair->yy, y, y);
	if (xx <= 0 || yy <= 0)
		return NAN;
	result = factor_spread(n, &pair->xy, x, y) / (sqrt(xx) * sqrt(yy));
	return Max(-1.0, Min(1.0, result));
}

void
tcs_scorecard_count(TcsScorecardCheck *check, Portal portal)
{
	ScoreCount	count = {check};
	int			factors = check->card->count;

	count.values = MemoryContextAllocHuge(CurrentMemoryContext,
										  sizeof(double) * TCS_CHECK_BATCH * Max(factors, 1));
	count.steps = palloc(Max(factors, 1) * sizeof(int64));
	count.states = palloc0(Max(factors, 1) * sizeof(ExprState *));
	if (factors <= MAX_PAIRED)
		count.pairs = palloc0(Max(factors * factors, 1) * sizeof(FactorPair));
	count.rows.econtext = CreateStandaloneExprContext();
	for (int i = 0; i < factors; i++)
		if (check->factors[i].value != NULL)
			count.states[i] = ExecInitExpr(check->factors[i].value, NULL);
	tcs_check_rows(&count.rows, portal, score_count_evaluate, score_count_leave_out, score_count_collect, &count);
	FreeExprContext(count.rows.econtext, true);

	if (count.scored > 0)
		check->mean = factor_sum_total(&count.sum) / STEPS / (double) count.scored;
	if (count.pairs == NULL)
		return;
	check->correlations = palloc(Max(factors * factors, 1) * sizeof(double));
	for (int i = 0; i < factors * factors; i++)
		check->correlations[i] = factors_correlate(&count.pairs[i]);
}
