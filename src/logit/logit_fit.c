/*
 * logit_fit.c
 *		Learning a chance or a number from features: logit_fit and linear_fit.
 */
#include "logit/logit.h"

#include "utils/memutils.h"

#include "features/options.h"
#include "server/progress.h"

PG_FUNCTION_INFO_V1(tcs_logit_fit_trans);
PG_FUNCTION_INFO_V1(tcs_linear_fit_trans);
PG_FUNCTION_INFO_V1(tcs_logit_fit_final);

#define FOLDS			5
#define PENALTY_MOST	1e15

/* Penalties to choose from, unless options say others. */
static const double logit_l2[] = {10000, 1000, 100, 10, 1, 0.1, 0.01};

/* Where there is nothing to choose by. */
#define L2_OTHERWISE	1.0

static void
logit_options_check(Jsonb *options)
{
	static const char *const keys[] = {"l2", "l1", "balance"};
	int			count;

	tcs_options_check(options, keys, lengthof(keys));
	/* what is wrong with a value is told before all rows are read */
	tcs_options_numbers(options, "l2", TCS_LOGIT_PENALTIES, 0.0, PENALTY_MOST, &count);
	tcs_options_numbers(options, "l1", TCS_LOGIT_PENALTIES, 0.0, PENALTY_MOST, &count);
	tcs_options_boolean(options, "balance", false);
	tcs_options_integer(options, "folds", 2, TCS_LINEAR_FOLDS, FOLDS);
}

static void
linear_options_check(Jsonb *options)
{
	static const char *const keys[] = {"l2", "l1"};
	int			count;

	tcs_options_check(options, keys, lengthof(keys));
	tcs_options_numbers(options, "l2", TCS_LOGIT_PENALTIES, 0.0, PENALTY_MOST, &count);
	tcs_options_numbers(options, "l1", TCS_LOGIT_PENALTIES, 0.0, PENALTY_MOST, &count);
	tcs_options_integer(options, "folds", 2, TCS_LINEAR_FOLDS, FOLDS);
}

/* arguments: state, outcome, features [, options] */
Datum
tcs_logit_fit_trans(PG_FUNCTION_ARGS)
{
	return tcs_features_trans(fcinfo, TCS_OUTCOME_BOOLEAN, logit_options_check);
}

Datum
tcs_linear_fit_trans(PG_FUNCTION_ARGS)
{
	return tcs_features_trans(fcinfo, TCS_OUTCOME_NUMBER, linear_options_check);
}

/* The columns of some rows, as they are before anything is standardised. */
static void
logit_read_rows(void *context, size_t first, size_t count, double *x)
{
	const TcsDesign *design = context;

	for (int j = 0; j < design->count; j++)
	{
		const TcsDesignColumn *column = &design->column[j];
		const double *values = design->features->feature[column->feature].values + first;
		double	   *to = x + j;

		switch (column->part)
		{
			case TCS_DESIGN_VALUE:
				for (size_t i = 0; i < count; i++, to += design->count)
					*to = isnan(values[i]) ? column->center : values[i];
				break;
			case TCS_DESIGN_MISSING:
				for (size_t i = 0; i < count; i++, to += design->count)
					*to = isnan(values[i]) ? 1.0 : 0.0;
				break;
			case TCS_DESIGN_LEVEL:
				for (size_t i = 0; i < count; i++, to += design->count)
					*to = values[i] == column->code ? 1.0 : 0.0;
				break;
		}
	}
}

static void *
logit_alloc(const TcsLogitFit *fit, Size elements, Size bytes)
{
	Size		size = Max(elements * bytes, 1);

	tcs_budget_charge(fit->table->budget, size);
	return memset(tcs_alloc_large(CurrentMemoryContext, size), 0, size);
}

/*
 * Weigh the outcomes so that the rarer one has as much of a say as the other.
 * By the odds that this adds the intercept is put right in the end.
 */
static void
logit_balance(TcsLogitFit *fit, double weights, double ones)
{
	const TcsFeatureTable *table = fit->table;
	double	   *weight = logit_alloc(fit, table->rows, sizeof(double));
	double		of[2] = {weights / (2.0 * (weights - ones)), weights / (2.0 * ones)};

	for (int64 i = 0; i < table->rows; i++)
		weight[i] = (table->weight ? table->weight[i] : 1.0) * of[(int) table->outcome[i]];
	fit->data.weight = weight;
	fit->shift = log(of[1] / of[0]);
}

/* Deal the rows of each outcome to the folds; they come in no order. */
static void
logit_deal(TcsLogitFit *fit, int folds)
{
	const TcsFeatureTable *table = fit->table;
	int64		dealt[2] = {0, 0};

	fit->fold = logit_alloc(fit, table->rows, sizeof(uint8));
	for (int64 i = 0; i < table->rows; i++)
	{
		bool		which = fit->data.family == TCS_LOGISTIC && table->outcome[i] > 0.5;

		fit->fold[i] = dealt[which]++ % folds;
	}
	fit->folds = folds;
	fit->rarer = table->rows;
	if (fit->data.family == TCS_LOGISTIC)
	{
		fit->rarer = Min(dealt[0], dealt[1]);
		if (fit->rarer < 2)
			fit->folds = 0;
		else if (fit->rarer < folds)
			logit_deal(fit, (int) fit->rarer);
	}
	else if (table->rows < 4)
		fit->folds = 0;
}

/* The penalties to choose among, from the most to the least. */
static void
logit_pairs(TcsLogitFit *fit, Jsonb *options)
{
	int			l2_count;
	int			l1_count;
	const double *l2 = tcs_options_numbers(options, "l2", TCS_LOGIT_PENALTIES, 0.0, PENALTY_MOST, &l2_count);
	const double *l1 = tcs_options_numbers(options, "l1", TCS_LOGIT_PENALTIES, 0.0, PENALTY_MOST, &l1_count);
	static const double none = 0.0;
	static const double otherwise = L2_OTHERWISE;

	if (l2 == NULL)
	{
		l2 = fit->folds > 0 ? logit_l2 : &otherwise;
		l2_count = fit->folds > 0 ? lengthof(logit_l2) : 1;
	}
	if (l1 == NULL)
	{
		l1 = &none;
		l1_count = 1;
	}
	fit->pair = palloc(l2_count * l1_count * sizeof(TcsLogitPair));
	for (int i = 0; i < l2_count; i++)
		for (int j = 0; j < l1_count; j++)
			fit->pair[fit->pairs++] = (TcsLogitPair)
		{
			l2[i], l1[j], NAN
		};
}

static void
logit_prepare(TcsLogitFit *fit, TcsFeatureState *state, const TcsFeatureTable *table)
{
	Jsonb	   *options = tcs_features_options(state);
	double		ones = 0.0;
	int			columns;

	fit->table = table;
	fit->design = tcs_design_create(table, true);
	columns = fit->design->count;
	fit->data = (TcsLinearData)
	{
		.family = tcs_features_outcome(state) == TCS_OUTCOME_BOOLEAN ? TCS_LOGISTIC : TCS_GAUSSIAN,
			.rows = table->rows,.columns = columns,.read = logit_read_rows,.context = fit->design,
			.y = table->outcome,.weight = table->weight,.poll = tcs_progress_poll("fitting a linear model")
	};
	for (int64 i = 0; i < table->rows; i++)
		ones += (table->weight ? table->weight[i] : 1.0) * table->outcome[i];
	fit->rate = ones / table->weights;
	if (fit->data.family == TCS_LOGISTIC && fit->rate > 0.0 && fit->rate < 1.0 &&
		tcs_options_boolean(options, "balance", false))
		logit_balance(fit, table->weights, ones);
	logit_deal(fit, tcs_options_integer(options, "folds", 2, TCS_LINEAR_FOLDS, FOLDS));
	logit_pairs(fit, options);
	fit->room = logit_alloc(fit, tcs_linear_room(columns), sizeof(double));
	fit->predicted = logit_alloc(fit, table->rows, sizeof(double));
	fit->other = logit_alloc(fit, columns, sizeof(double));
	fit->other_column = logit_alloc(fit, columns, sizeof(uint8));
	fit->model.coefficient = logit_alloc(fit, columns, sizeof(double));
	fit->model.column = logit_alloc(fit, columns, sizeof(uint8));
	fit->standard_error = logit_alloc(fit, columns, sizeof(double));
}

/* Fit all rows with the penalty that was chosen. */
static void
logit_fit_all(TcsLogitFit *fit)
{
	int			stride = fit->design->count + 1;
	TcsLinearPenalty penalty = {.l2 = fit->pair[fit->chosen].l2,.l1 = fit->pair[fit->chosen].l1};

	fit->data.rows = fit->table->rows;
	fit->data.fold = NULL;
	fit->model.covariance = logit_alloc(fit, (Size) stride * stride, sizeof(double));
	tcs_linear_fit(&fit->data, &penalty, fit->room, &fit->model);
	fit->intercept_error = sqrt(fit->model.covariance[0]);
	for (int j = 0; j < fit->design->count; j++)
	{
		double		error = sqrt(fit->model.covariance[(Size) (j + 1) * (stride + 1)]);

		fit->standard_error[j] = fit->model.column[j] == TCS_COLUMN_FITTED && isfinite(error) ? error : NAN;
	}
	fit->model.covariance = NULL;
	fit->model.warm = true;
}

Datum
tcs_logit_fit_final(PG_FUNCTION_ARGS)
{
	TcsFeatureState *state = TCS_STATE(TcsFeatureState);
	TcsFeatureTable *table;
	TcsLogitFit fit = {0};
	MemoryContext old;
	MemoryContext context;
	Datum		model;

	tcs_aggregate_context(fcinfo);
	old = CurrentMemoryContext;
	context = AllocSetContextCreate(old, "tcs fit", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	table = state == NULL ? NULL : tcs_features_table(state, 1 << TCS_OUTCOME_BOOLEAN | 1 << TCS_OUTCOME_NUMBER);
	if (table == NULL)
	{
		MemoryContextSwitchTo(old);
		MemoryContextDelete(context);
		PG_RETURN_NULL();
	}
	logit_prepare(&fit, state, table);
	tcs_logit_choose(&fit);
	logit_fit_all(&fit);
	tcs_logit_judge(&fit);
	tcs_progress_end();
	MemoryContextSwitchTo(old);
	model = tcs_logit_write(&fit, tcs_features_outcome(state));
	MemoryContextDelete(context);
	PG_RETURN_DATUM(model);
}
