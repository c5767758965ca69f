/*
 * logit_folds.c
 *		Choosing a penalty by what folds predict, and how well they do.
 */
#include "logit/logit.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "numerics/keys.h"

/*
 * A penalty counts like so many rows whatever their number, so that a part of
 * many rows chooses it as well: so many, and more until the rarer outcome has
 * had enough.  The rows are in no order.
 */
#define PART_ROWS	20000
#define PART_RARER	1000
#define PART_MOST	200000

static int64
logit_part(const TcsLogitFit *fit)
{
	const TcsFeatureTable *table = fit->table;
	double		share = fit->rarer / table->rows;
	double		rows = Max(PART_ROWS, PART_RARER / share);

	return (int64) Min((double) table->rows, Min(rows, (double) PART_MOST));
}

/* Is the first a greater penalty? */
static bool
logit_is_stronger(const TcsLogitPair *a, const TcsLogitPair *b)
{
	return a->l1 != b->l1 ? a->l1 > b->l1 : a->l2 > b->l2;
}

void
tcs_logit_choose(TcsLogitFit *fit)
{
	double		weights = 0.0;

	fit->part = logit_part(fit);
	if (fit->pairs < 2 || fit->folds == 0)
		return;
	fit->data.rows = fit->part;
	for (int64 i = 0; i < fit->part; i++)
		weights += fit->data.weight ? fit->data.weight[i] : 1.0;
	for (int i = 0; i < fit->pairs; i++)
	{
		TcsLogitPair *pair = &fit->pair[i];
		const TcsLogitPair *best = &fit->pair[fit->chosen];
		TcsLinearPenalty penalty = {.l2 = pair->l2,.l1 = pair->l1};

		fit->data.fold = NULL;
		tcs_linear_fit(&fit->data, &penalty, fit->room, &fit->model);
		fit->model.warm = fit->model.converged;
		fit->data.fold = fit->fold;
		tcs_linear_cross(&fit->data, &penalty, fit->folds, &fit->model, fit->room,
						 fit->other, fit->other_column, fit->predicted);
		pair->loss = tcs_linear_loss(&fit->data, fit->predicted) / weights;
		if (i > 0 && (pair->loss < best->loss || isnan(best->loss) ||
					  (pair->loss == best->loss && logit_is_stronger(pair, best))))
			fit->chosen = i;
	}
}

/*
 * The share of pairs of the two outcomes that are in the right order.  The
 * outcome takes the place of a bit of the score that no two rows need.
 */
static double
logit_auc_unweighted(const TcsLogitFit *fit, uint64 *keys, uint64 *scratch, int fold)
{
	const TcsFeatureTable *table = fit->table;
	int64		count = 0;
	double		of[2] = {0.0, 0.0};
	double		right = 0.0;

	for (int64 i = 0; i < table->rows; i++)
		if (fold < 0 || fit->fold[i] == fold)
			keys[count++] = (tcs_key_of_double(fit->predicted[i]) & ~UINT64CONST(1)) |
				(table->outcome[i] > 0.5 ? 1 : 0);
	tcs_keys_sort(keys, count, scratch);
	for (int64 i = 0; i < count;)
	{
		uint64		score = keys[i] >> 1;
		double		tied[2] = {0.0, 0.0};

		for (; i < count && keys[i] >> 1 == score; i++)
			tied[keys[i] & 1]++;
		right += tied[1] * (of[0] + tied[0] / 2.0);
		of[0] += tied[0];
		of[1] += tied[1];
	}
	return right / (of[0] * of[1]);
}

typedef struct WeighedRow
{
	double		score;
	double		weight[2];		/* by outcome */
} WeighedRow;

static int
compare_weighed_rows(const void *a, const void *b)
{
	double		left = ((const WeighedRow *) a)->score;
	double		right = ((const WeighedRow *) b)->score;

	return left < right ? -1 : left > right;
}

/* The same where a row counts as much as its weight. */
static double
logit_auc_weighted(const TcsLogitFit *fit, WeighedRow *rows, int fold)
{
	const TcsFeatureTable *table = fit->table;
	int64		count = 0;
	double		of[2] = {0.0, 0.0};
	double		right = 0.0;

	for (int64 i = 0; i < table->rows; i++)
		if (fold < 0 || fit->fold[i] == fold)
		{
			bool		outcome = table->outcome[i] > 0.5;

			rows[count].score = fit->predicted[i];
			rows[count].weight[outcome] = table->weight[i];
			rows[count++].weight[!outcome] = 0.0;
		}
	qsort(rows, count, sizeof(WeighedRow), compare_weighed_rows);
	for (int64 i = 0; i < count;)
	{
		double		score = rows[i].score;
		double		tied[2] = {0.0, 0.0};

		for (; i < count && rows[i].score == score; i++)
		{
			tied[0] += rows[i].weight[0];
			tied[1] += rows[i].weight[1];
		}
		right += tied[1] * (of[0] + tied[0] / 2.0);
		of[0] += tied[0];
		of[1] += tied[1];
	}
	return right / (of[0] * of[1]);
}

static void
logit_judge_order(TcsLogitFit *fit)
{
	const TcsFeatureTable *table = fit->table;
	bool		weighted = table->weight != NULL;
	Size		bytes = table->rows * (weighted ? sizeof(WeighedRow) : 2 * sizeof(uint64));
	char	   *room;

	tcs_budget_charge(table->budget, bytes);
	room = tcs_alloc_large(CurrentMemoryContext, bytes);
	for (int fold = -1; fold < fit->folds; fold++)
	{
		double		auc;

		CHECK_FOR_INTERRUPTS();
		auc = weighted ? logit_auc_weighted(fit, (WeighedRow *) room, fold) :
			logit_auc_unweighted(fit, (uint64 *) room, (uint64 *) room + table->rows, fold);
		*(fold < 0 ? &fit->figures.auc : &fit->figures.auc_of[fold]) = auc;
	}
	pfree(room);
	table->budget->used -= bytes;
}

/* Judge what the models without each fold say of its rows. */
void
tcs_logit_judge(TcsLogitFit *fit)
{
	const TcsFeatureTable *table = fit->table;
	TcsLogitFigures *figures = &fit->figures;
	TcsLinearPenalty penalty = {.l2 = fit->pair[fit->chosen].l2,.l1 = fit->pair[fit->chosen].l1};
	double		squares = 0.0;
	double		losses = 0.0;
	double		spread = 0.0;

	figures->auc = figures->brier = figures->log_loss = figures->r_squared = figures->error = NAN;
	if (fit->folds == 0)
		return;
	fit->data.fold = fit->fold;
	tcs_linear_cross(&fit->data, &penalty, fit->folds, &fit->model, fit->room, fit->other,
					 fit->other_column, fit->predicted);
	for (int64 i = 0; i < table->rows; i++)
	{
		double		weight = table->weight ? table->weight[i] : 1.0;
		double		odds = fit->predicted[i] - fit->shift;
		double		off = table->outcome[i] - fit->rate;

		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		spread += weight * off * off;
		if (fit->data.family == TCS_LOGISTIC)
		{
			off = table->outcome[i] - tcs_chance_of_log_odds(odds);
			losses += weight * (log1p(exp(-fabs(odds))) + (odds > 0.0) * odds - table->outcome[i] * odds);
		}
		else
			off = table->outcome[i] - odds;
		squares += weight * off * off;
	}
	if (fit->data.family == TCS_LOGISTIC)
	{
		figures->brier = squares / table->weights;
		figures->log_loss = losses / table->weights;
		logit_judge_order(fit);
		return;
	}
	figures->error = sqrt(squares / table->weights);
	if (spread > 0.0)
		figures->r_squared = 1.0 - squares / spread;
}
