/*
 * churn.c
 *		A risk of churn that learns from what became of customers.
 *
 * What is tried is compared by the Brier score of splits that were left out: what
 * is learned of one time must hold for another.  Figures of customers of the same
 * time would promise far more.
 */
#include "math/churn.h"

#include <math.h>
#include <string.h>

#include "math/linear_model.h"

/* a risk closer to certainty tells nothing more */
#define MOST_LOG_ODDS	10.0

/* how hard the ridge may pull: like so many customers */
static const double churn_penalties[] = {1024.0, 64.0, 4.0};

/* how much of the correction may be taken, and of the mean shift */
static const double churn_strengths[] = {0.5, 1.0};
static const double churn_shifts[] = {0.0, 0.5, 1.0};

#define PENALTIES	3
#define STRENGTHS	2
#define SHIFTS		3

/* the base, shifts alone, and all of the above */
#define CANDIDATES	(SHIFTS * (1 + PENALTIES * STRENGTHS))

/*
 * What a correction must save of the base's loss, as a share of it and in standard
 * errors; and what it may lose in a split at most.
 */
#define LEAST_GAIN		0.004
#define SURE_GAIN		2.5
#define MOST_LOST		0.015

/* a feature that differs by less is constant */
#define LEAST_SPREAD	1e-9

/* fewer customers of an outcome in all splits are no evidence */
#define FEWEST_OUTCOMES 30.0

#define COLUMNS	(TCS_CHURN_COLUMNS + TCS_CHURN_SPLITS - 1)

const char *const tcs_churn_feature[TCS_CHURN_FEATURES] = {
	"log_odds", "ln_purchases", "ln_days_away", "share_away", "returned_before"
};

void
tcs_churn_features(double x, double t_x, double t, double log_odds, double *feature)
{
	feature[0] = log_odds;
	feature[1] = log1p(x);
	feature[2] = log1p(t - t_x);
	feature[3] = t > 0.0 ? (t - t_x) / t : 0.0;
	feature[4] = x > 0.0 ? 1.0 : 0.0;
}

double
tcs_churn_log_odds(double risk)
{
	double		log_odds = log(risk) - log1p(-risk);

	return fmax(-MOST_LOG_ODDS, fmin(MOST_LOG_ODDS, log_odds));
}

double
tcs_churn_correct(const TcsChurnCorrection *correction, const double *feature)
{
	double		sum = correction->shift;

	for (int i = 0; i < correction->columns; i++)
		sum += correction->coefficient[i] *
			fmax(correction->least[i], fmin(correction->greatest[i], feature[i]));
	return sum;
}

/* What is fitted, over and over. */
typedef struct ChurnSearch
{
	const TcsChurnData *data;
	int			features;		/* those of the history, then attributes */
	int			columns;		/* of features and splits */
	double	   *x;				/* features, then a column for each split but
								 * the first */
	double	   *y;
	double	   *weight;
	double	   *offset;
	uint8_t    *fold;			/* in which a row is judged */
	uint8_t    *part;			/* 1 where it does not take part in a fit */
	int			folds;
	double	   *room;			/* of the solver */
	double		loss[CANDIDATES];	/* Brier scores, summed */
	double		customers[TCS_CHURN_SPLITS];
	double		away[TCS_CHURN_SPLITS];
	double		variance[TCS_CHURN_SPLITS]; /* customers * y * (1 - y) */
} ChurnSearch;

/* What a fit came to: of features around their mean, and the mean shift. */
typedef struct ChurnFit
{
	double		coefficient[TCS_CHURN_COLUMNS];
	double		mean[TCS_CHURN_COLUMNS];
	double		least[TCS_CHURN_COLUMNS];
	double		greatest[TCS_CHURN_COLUMNS];
	double		shift;

	/* as the solver left them, from where the next search begins */
	bool		begun;
	double		column[COLUMNS];
	double		intercept;
} ChurnFit;

size_t
tcs_churn_room(size_t count, int splits, int attributes)
{
	/* a fold and a part take a byte each, for which a double is reckoned */
	return count * (TCS_CHURN_FEATURES + (size_t) attributes + splits - 1 + 4) + tcs_linear_room(COLUMNS);
}

/*
 * A feature that differs by rounding only is made constant: else a coefficient
 * without bounds would hang on the last digits.  So are the risks of a base whose
 * customers are all alike.
 */
static void
churn_flatten(ChurnSearch *search)
{
	size_t		count = search->data->count;

	for (int j = 0; j < search->features; j++)
	{
		double		least = INFINITY;
		double		greatest = -INFINITY;

		for (size_t i = 0; i < count; i++)
		{
			least = fmin(least, search->x[i * search->columns + j]);
			greatest = fmax(greatest, search->x[i * search->columns + j]);
		}
		if (greatest - least > LEAST_SPREAD * fmax(1.0, fabs(least)))
			continue;
		for (size_t i = 0; i < count; i++)
			search->x[i * search->columns + j] = least;
	}
}

/* The fold of a row: its split and group; of one split without groups each fifth row. */
static int
churn_fold(const TcsChurnData *data, size_t row)
{
	if (data->splits == 1 && data->groups == 1)
		return (int) (row % 5);
	return data->tuples[row].split * data->groups + data->tuples[row].group;
}

static void
churn_search_begin(ChurnSearch *search, const TcsChurnData *data, double *room)
{
	size_t		count = data->count;
	int			features = TCS_CHURN_FEATURES + data->attributes;
	int			columns = features + data->splits - 1;

	memset(search, 0, sizeof(ChurnSearch));
	search->data = data;
	search->features = features;
	search->columns = columns;
	search->x = room;
	search->y = search->x + count * columns;
	search->weight = search->y + count;
	search->offset = search->weight + count;
	search->room = search->offset + count;
	search->fold = (uint8_t *) (search->room + tcs_linear_room(COLUMNS));
	search->part = search->fold + count;
	search->folds = data->splits == 1 && data->groups == 1 ? 5 : data->splits * data->groups;
	for (size_t i = 0; i < count; i++)
	{
		const TcsChurnTuple *tuple = &data->tuples[i];
		double	   *x = search->x + i * columns;

		tcs_churn_features(tuple->x, tuple->t_x, tuple->t, tuple->log_odds, x);
		for (int j = 0; j < data->attributes; j++)
			x[TCS_CHURN_FEATURES + j] = tuple->attribute[j];
		for (int j = 1; j < data->splits; j++)
			x[features + j - 1] = tuple->split == j ? 1.0 : 0.0;
		search->y[i] = tuple->away / tuple->customers;
		search->weight[i] = tuple->customers;
		search->offset[i] = tuple->log_odds;
		search->fold[i] = (uint8_t) churn_fold(data, i);
		search->customers[tuple->split] += tuple->customers;
		search->away[tuple->split] += tuple->away;
		search->variance[tuple->split] += tuple->away * (1.0 - search->y[i]);
	}
	churn_flatten(search);
}

/*
 * Leave out what must not be known where a fold is judged: its split, and its group
 * at all splits.
 */
static void
churn_leave_out(ChurnSearch *search, int without)
{
	const TcsChurnData *data = search->data;

	for (size_t i = 0; i < data->count; i++)
	{
		bool		same = search->fold[i] == without;

		if (data->groups > 1)
			same = (data->splits > 1 && data->tuples[i].split == without / data->groups) ||
				data->tuples[i].group == without % data->groups;
		search->part[i] = without >= 0 && same;
	}
}

/* Means and ranges of the features, in the rows that take part. */
static void
churn_measure(ChurnSearch *search, int without, ChurnFit *fit)
{
	double		total = 0.0;

	churn_leave_out(search, without);
	for (int j = 0; j < search->features; j++)
	{
		fit->mean[j] = 0.0;
		fit->least[j] = INFINITY;
		fit->greatest[j] = -INFINITY;
	}
	for (size_t i = 0; i < search->data->count; i++)
	{
		const double *x = search->x + i * search->columns;

		if (search->part[i])
			continue;
		total += search->weight[i];
		for (int j = 0; j < search->features; j++)
		{
			fit->mean[j] += search->weight[i] * x[j];
			fit->least[j] = fmin(fit->least[j], x[j]);
			fit->greatest[j] = fmax(fit->greatest[j], x[j]);
		}
	}
	for (int j = 0; j < search->features; j++)
		fit->mean[j] /= total;
}

/*
 * Fit shifts and, with a penalty that is not NaN, coefficients to the rows that
 * take part: all where `without` is negative.  What churn_measure tells is known.
 */
static void
churn_fit_part(ChurnSearch *search, int without, double penalty, ChurnFit *fit)
{
	double		factor[COLUMNS] = {0.0};
	uint8_t		column[COLUMNS];
	double		customers = 0.0;
	int			split = without < 0 || search->data->splits == 1 ? -1 : without / search->data->groups;
	TcsLinearPenalty ridge = {.l2 = isnan(penalty) ? 1e12 : penalty,.factor = factor};
	TcsLinearModel model = {
		.coefficient = fit->column,.column = column,.intercept = fit->intercept,.warm = fit->begun
	};
	TcsLinearData data = {
		.family = TCS_LOGISTIC,.rows = search->data->count,.columns = search->columns,
		.x = search->x,.y = search->y,.weight = search->weight,.offset = search->offset,
		.fold = without < 0 ? NULL : search->part,.without = 1,.poll = search->data->poll
	};

	for (int j = 0; j < search->features; j++)
		factor[j] = 1.0;
	tcs_linear_fit(&data, &ridge, search->room, &model);
	fit->begun = true;
	fit->intercept = model.intercept;
	memcpy(fit->coefficient, fit->column, sizeof(fit->coefficient));
	fit->shift = model.intercept;
	for (int j = 0; j < search->features; j++)
		fit->shift += fit->column[j] * fit->mean[j];
	for (int j = 0; j < search->data->splits; j++)
		if (j != split)
			customers += search->customers[j];
	for (int j = 1; j < search->data->splits; j++)
		if (j != split)
			fit->shift += fit->column[search->features + j - 1] * search->customers[j] / customers;
}

/* What a fit adds to the log-odds of a row, but for the shift. */
static double
churn_part_correction(const ChurnSearch *search, const ChurnFit *fit, size_t row)
{
	const double *x = search->x + row * search->columns;
	double		sum = 0.0;

	for (int j = 0; j < search->features; j++)
		sum += fit->coefficient[j] *
			(fmax(fit->least[j], fmin(fit->greatest[j], x[j])) - fit->mean[j]);
	return sum;
}

static double
churn_loss(const ChurnSearch *search, size_t row, double log_odds)
{
	double		off = tcs_chance_of_log_odds(log_odds) - search->y[row];

	return search->weight[row] * off * off;
}

/* The losses of a fit in the rows that were left out, with each strength and shift. */
static void
churn_judge_part(ChurnSearch *search, int without, const ChurnFit *fit, int strengths, double *loss)
{
	for (size_t i = 0; i < search->data->count; i++)
	{
		double		correction;

		if (search->fold[i] != without)
			continue;
		correction = churn_part_correction(search, fit, i);
		for (int s = 0; s < strengths; s++)
			for (int h = 0; h < SHIFTS; h++)
				loss[s * SHIFTS + h] += churn_loss(search, i, search->offset[i] + churn_shifts[h] * fit->shift +
												   (strengths == 1 ? 0.0 : churn_strengths[s] * correction));
	}
}

/* The losses of all that is tried. */
static void
churn_try_all(ChurnSearch *search)
{
	for (int k = 0; k < search->folds; k++)
	{
		ChurnFit	fit = {0};

		churn_measure(search, k, &fit);
		churn_fit_part(search, k, NAN, &fit);
		churn_judge_part(search, k, &fit, 1, search->loss);
		for (int p = 0; p < PENALTIES; p++)
		{
			churn_fit_part(search, k, churn_penalties[p], &fit);
			churn_judge_part(search, k, &fit, STRENGTHS,
							 search->loss + SHIFTS * (1 + p * STRENGTHS));
		}
	}
}

/* The figures of each split and of all, without those of what was chosen. */
static void
churn_figures_base(const ChurnSearch *search, TcsChurnModel *model)
{
	for (int j = 0; j < search->data->splits; j++)
		model->split[j] = (TcsChurnFigures)
	{
		search->customers[j], search->away[j], search->variance[j],
			search->variance[j]
	};
	for (size_t i = 0; i < search->data->count; i++)
		model->split[search->data->tuples[i].split].base_brier += churn_loss(search, i, search->offset[i]);
}

/*
 * What was chosen, fitted without each of the folds, and how it did there.  Returns
 * the sum of the squares of what it saved of each customer's loss.
 */
static double
churn_figures_chosen(ChurnSearch *search, TcsChurnModel *model)
{
	double		squares = 0.0;

	for (int k = 0; k < search->folds; k++)
	{
		ChurnFit	fit = {0};

		churn_measure(search, k, &fit);
		churn_fit_part(search, k, model->penalty, &fit);
		for (size_t i = 0; i < search->data->count; i++)
		{
			const TcsChurnTuple *tuple = &search->data->tuples[i];
			double		log_odds = search->offset[i] + model->shift * fit.shift;
			double		base = tcs_chance_of_log_odds(search->offset[i]);
			double		risk;
			double		returned;
			double		stayed;

			if (search->fold[i] != k)
				continue;
			if (!isnan(model->penalty))
				log_odds += model->strength * churn_part_correction(search, &fit, i);
			model->split[tuple->split].brier += churn_loss(search, i, log_odds);
			risk = tcs_chance_of_log_odds(log_odds);
			returned = base * base - risk * risk;
			stayed = (1.0 - base) * (1.0 - base) - (1.0 - risk) * (1.0 - risk);
			squares += (tuple->customers - tuple->away) * returned * returned + tuple->away * stayed * stayed;
		}
	}
	return squares;
}

/* Sums become means. */
static void
churn_figures_end(const ChurnSearch *search, TcsChurnModel *model)
{
	for (int j = 0; j < search->data->splits; j++)
	{
		TcsChurnFigures *split = &model->split[j];

		model->all.customers += split->customers;
		model->all.away += split->away;
		model->all.base_brier += split->base_brier;
		model->all.brier += split->brier;
		split->base_brier /= split->customers;
		split->brier /= split->customers;
	}
	model->all.base_brier /= model->all.customers;
	model->all.brier /= model->all.customers;
}

/* The correction that was chosen, fitted to all rows. */
static void
churn_correct_all(ChurnSearch *search, TcsChurnModel *model)
{
	TcsChurnCorrection *correction = &model->correction;
	ChurnFit	fit = {0};

	churn_measure(search, -1, &fit);
	churn_fit_part(search, -1, model->penalty, &fit);
	correction->columns = search->features;
	correction->shift = model->shift * fit.shift;
	for (int j = 0; j < search->features; j++)
	{
		correction->coefficient[j] = isnan(model->penalty) ? 0.0 : model->strength * fit.coefficient[j];
		correction->least[j] = fit.least[j];
		correction->greatest[j] = fit.greatest[j];
		correction->shift -= correction->coefficient[j] * fit.mean[j];
	}
}

/* Choose what lost least; false where that is the base. */
static bool
churn_choose(const ChurnSearch *search, TcsChurnModel *model)
{
	int			best = 0;

	for (int i = 1; i < CANDIDATES; i++)
		if (search->loss[i] < search->loss[best])
			best = i;
	model->shift = churn_shifts[best % SHIFTS];
	if (best >= SHIFTS)
	{
		best = best / SHIFTS - 1;
		model->penalty = churn_penalties[best / STRENGTHS];
		model->strength = churn_strengths[best % STRENGTHS];
	}
	return model->shift > 0.0 || !isnan(model->penalty);
}

/* Is what was chosen clearly better than the base?  Figures are sums yet. */
static bool
churn_is_better(const ChurnSearch *search, const TcsChurnModel *model, double squares)
{
	double		base = 0.0;
	double		customers = 0.0;
	double		gain = 0.0;

	for (int j = 0; j < search->data->splits; j++)
	{
		const TcsChurnFigures *split = &model->split[j];

		if (split->brier > split->base_brier * (1.0 + MOST_LOST))
			return false;
		base += split->base_brier;
		gain += split->base_brier - split->brier;
		customers += split->customers;
	}
	squares -= gain * gain / customers;
	return gain > LEAST_GAIN * base && gain > SURE_GAIN * sqrt(fmax(squares, 0.0));
}

void
tcs_churn_learn(const TcsChurnData *data, double *room, TcsChurnModel *model)
{
	ChurnSearch search;
	double		away = 0.0;
	double		customers = 0.0;

	memset(model, 0, sizeof(TcsChurnModel));
	churn_search_begin(&search, data, room);
	for (int j = 0; j < data->splits; j++)
	{
		away += search.away[j];
		customers += search.customers[j];
	}
	churn_figures_base(&search, model);
	model->penalty = NAN;
	model->enough = away >= FEWEST_OUTCOMES && customers - away >= FEWEST_OUTCOMES;
	if (model->enough)
	{
		churn_try_all(&search);
		if (churn_choose(&search, model))
			model->corrected = churn_is_better(&search, model, churn_figures_chosen(&search, model));
		else
			for (int j = 0; j < data->splits; j++)
				model->split[j].brier = model->split[j].base_brier;
	}
	if (model->corrected)
		churn_correct_all(&search, model);
	churn_figures_end(&search, model);
}
