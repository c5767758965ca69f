/*
 * test_linear_model.c
 *		Linear and logistic models against statsmodels, scikit-learn, glmnet and
 *		NIST, and what must hold of any.
 */
#include "math/linear_model.h"
#include "numerics/cholesky.h"

#include <stdlib.h>

#include "harness.h"
#include "linear_reference.h"

#define MOST	12				/* columns */

/* A model with its room. */
typedef struct Fit
{
	TcsLinearModel model;
	double		coefficient[MOST];
	uint8_t		column[MOST];
	double		covariance[(MOST + 1) * (MOST + 1)];
} Fit;

static double
standard_error(const Fit *fit, int columns, int which)
{
	return sqrt(fit->covariance[which * (columns + 2)]);
}

static double
parameter(const Fit *fit, int which)
{
	return which == 0 ? fit->model.intercept : fit->coefficient[which - 1];
}

static void
fit_to(Fit *fit, const TcsLinearData *data, const TcsLinearPenalty *penalty)
{
	double	   *room = malloc(tcs_linear_room(data->columns) * sizeof(double));

	memset(fit, 0, sizeof(Fit));
	fit->model.coefficient = fit->coefficient;
	fit->model.column = fit->column;
	fit->model.covariance = fit->covariance;
	tcs_linear_fit(data, penalty, room, &fit->model);
	free(room);
}

/* Columns of a table as a design and an outcome. */
static double design[200000];
static double outcome[20000];

static TcsLinearData
take(TcsLinearFamily family, const double *table, size_t rows, int width, int first, int columns, int y)
{
	TcsLinearData data = {.family = family,.rows = rows,.columns = columns,.x = design,.y = outcome};

	for (size_t i = 0; i < rows; i++)
	{
		for (int j = 0; j < columns; j++)
			design[i * columns + j] = table[i * width + first + j];
		outcome[i] = table[i * width + y];
	}
	return data;
}

static void
compare(const char *what, const Fit *fit, const double *expected, int columns, double tolerance)
{
	CHECK(fit->model.converged, "%s", what);
	for (int j = 0; j <= columns; j++)
		CHECK(fabs(parameter(fit, j) - expected[j]) <= tolerance * fmax(1e-3, fabs(expected[j])),
			  "%s %d: %.15g for %.15g", what, j, parameter(fit, j), expected[j]);
}

static void
test_spector(void)
{
	static const double printed[] = {-13.021347, 2.826113, 0.095158, 2.378688};
	TcsLinearData data = take(TCS_LOGISTIC, spector[0], LENGTH(spector), 4, 0, 3, 3);
	TcsLinearPenalty none = {0};
	Fit			fit;

	fit_to(&fit, &data, &none);
	compare("spector", &fit, spector_fit, 3, 1e-10);
	for (int j = 0; j < 4; j++)
	{
		CHECK(fabs(parameter(&fit, j) - printed[j]) < 5.1e-7, "%d", j);
		CHECK(close_to(standard_error(&fit, 3, j), spector_errors[j], 1e-8), "%d: %.15g for %.15g", j,
			  standard_error(&fit, 3, j), spector_errors[j]);
	}
	CHECK(close_to(fit.model.log_likelihood, spector_likelihood[0], 1e-12));
	CHECK(fit.model.fitted == 3 && fit.model.total_weight == 32 && fit.model.gradient_norm < 1e-9);
}

static void
test_longley(void)
{
	TcsLinearData data = take(TCS_GAUSSIAN, longley[0], LENGTH(longley), 7, 1, 6, 0);
	TcsLinearPenalty none = {0};
	Fit			fit;

	fit_to(&fit, &data, &none);
	compare("longley", &fit, longley_fit, 6, 1e-9);
	for (int j = 0; j < 7; j++)
		CHECK(close_to(standard_error(&fit, 6, j), longley_errors[j], 1e-9), "%d", j);
	CHECK(close_to(sqrt(fit.model.variance), 304.854073561965, 1e-10));
}

static void
test_penalties(void)
{
	static const double *const ridges[] = {flowers_ridge_0, flowers_ridge_1, flowers_ridge_2};
	static const double *const widths[] = {width_ridge_0, width_ridge_1, width_ridge_2};
	static const double l2[] = {0.01, 1, 100};
	static const double *const nets[] = {flowers_elastic_0, flowers_elastic_1, flowers_elastic_2, flowers_elastic_3};
	static const double *const width_nets[] = {width_elastic_0, width_elastic_1, width_elastic_2, width_elastic_3};
	static const double pairs[][2] = {{1, 1}, {5, 0.5}, {20, 5}, {2, 0}};
	static const double width_pairs[][2] = {{1, 1}, {20, 0.5}, {60, 5}, {10, 0}};
	TcsLinearData data = take(TCS_LOGISTIC, flowers[0], LENGTH(flowers), 4, 0, 4, 3);
	double		mean = 0,
				spread = 0;
	Fit			fit;

	for (int i = 0; i < 100; i++)
		outcome[i] = i >= 50;
	for (size_t i = 0; i < LENGTH(l2); i++)
	{
		TcsLinearPenalty penalty = {.l2 = l2[i]};

		fit_to(&fit, &data, &penalty);
		compare("flowers, ridge", &fit, ridges[i], 4, 1e-8);
	}
	for (size_t i = 0; i < LENGTH(pairs); i++)
	{
		TcsLinearPenalty penalty = {.l1 = pairs[i][0],.l2 = pairs[i][1]};

		fit_to(&fit, &data, &penalty);
		compare("flowers, elastic net", &fit, nets[i], 4, 1e-6);
		CHECK(isnan(fit.covariance[0]));
	}

	data = take(TCS_GAUSSIAN, flowers[0], LENGTH(flowers), 4, 0, 3, 3);
	for (int i = 0; i < 100; i++)
		mean += outcome[i] / 100;
	for (int i = 0; i < 100; i++)
		spread += (outcome[i] - mean) * (outcome[i] - mean) / 100;
	for (int i = 0; i < 100; i++)
		outcome[i] = (outcome[i] - mean) / sqrt(spread);
	for (size_t i = 0; i < LENGTH(l2); i++)
	{
		TcsLinearPenalty penalty = {.l2 = l2[i]};

		fit_to(&fit, &data, &penalty);
		compare("width, ridge", &fit, widths[i], 3, 1e-8);
	}
	for (size_t i = 0; i < LENGTH(width_pairs); i++)
	{
		TcsLinearPenalty penalty = {.l1 = width_pairs[i][0],.l2 = width_pairs[i][1]};

		fit_to(&fit, &data, &penalty);
		compare("width, elastic net", &fit, width_nets[i], 3, 1e-6);
	}
}

static void
test_counted(void)
{
	double		weight[LENGTH(counted)];
	double		offset[LENGTH(counted)];
	TcsLinearPenalty none = {0};
	Fit			fit;

	for (size_t i = 0; i < LENGTH(counted); i++)
	{
		weight[i] = counted[i][0];
		offset[i] = counted[i][1];
	}
	for (int family = TCS_GAUSSIAN; family <= TCS_LOGISTIC; family++)
	{
		TcsLinearData data = take((TcsLinearFamily) family, counted[0], LENGTH(counted), 6, 3, 3, 2);
		const double *expected = family == TCS_LOGISTIC ? counted_logistic : counted_gaussian;
		const double *errors = family == TCS_LOGISTIC ? counted_logistic_errors : counted_gaussian_errors;

		data.weight = weight;
		data.offset = offset;
		fit_to(&fit, &data, &none);
		compare("counted", &fit, expected, 3, 1e-9);
		for (int j = 0; j < 4; j++)
			CHECK(close_to(standard_error(&fit, 3, j), errors[j], 1e-7), "%d: %.15g for %.15g", j,
				  standard_error(&fit, 3, j), errors[j]);
	}
}

/* Random rows whose log-odds are known. */
static TcsLinearData
make(size_t rows, int columns)
{
	TcsLinearData data = {.family = TCS_LOGISTIC,.rows = rows,.columns = columns,.x = design,.y = outcome};

	for (size_t i = 0; i < rows; i++)
	{
		double		odds = -1;

		for (int j = 0; j < columns; j++)
		{
			design[i * columns + j] = j % 2 ? uniform() < 0.3 : 10 * uniform();
			odds += (j % 3 - 1) * 0.3 * design[i * columns + j];
		}
		outcome[i] = uniform() < 1 / (1 + exp(-odds));
	}
	return data;
}

static void
read_design(void *context, size_t first, size_t count, double *x)
{
	const TcsLinearData *data = context;

	memcpy(x, design + first * data->columns, count * data->columns * sizeof(double));
}

/* Rows that are read, counted or left out are as those that are there. */
static void
test_same(void)
{
	static uint8_t fold[2000];
	static double weight[2000];
	TcsLinearData data = make(2000, 7);
	TcsLinearData other = data;
	TcsLinearPenalty penalty = {.l2 = 2};
	double		twice[8];
	Fit			fit;
	Fit			same;

	fit_to(&fit, &data, &penalty);
	other.x = NULL;
	other.read = read_design;
	other.context = &data;
	fit_to(&same, &other, &penalty);
	CHECK(memcmp(fit.coefficient, same.coefficient, sizeof(fit.coefficient)) == 0 &&
		  fit.model.intercept == same.model.intercept);

	/* all but a fold */
	other = data;
	other.fold = fold;
	other.without = 3;
	for (int i = 0; i < 2000; i++)
		fold[i] = i >= 1500 ? 3 : i % 2;
	fit_to(&fit, &other, &penalty);
	other.fold = NULL;
	other.rows = 1500;
	fit_to(&same, &other, &penalty);
	CHECK(memcmp(fit.coefficient, same.coefficient, sizeof(fit.coefficient)) == 0);

	/* the first thousand twice */
	for (int i = 0; i < 1000; i++)
		weight[i] = 2;
	other.rows = 1000;
	other.weight = weight;
	fit_to(&fit, &other, &penalty);
	memcpy(design + 7000, design, 7000 * sizeof(double));
	memcpy(outcome + 1000, outcome, 1000 * sizeof(double));
	fit_to(&same, &data, &penalty);
	twice[0] = same.model.intercept;
	memcpy(twice + 1, same.coefficient, 7 * sizeof(double));
	compare("counted twice", &fit, twice, 7, 1e-11);
}

/* The units of a column change nothing but its coefficient. */
static void
test_units(void)
{
	TcsLinearData data = make(1500, 4);
	TcsLinearPenalty penalty = {.l2 = 5,.l1 = 0.5};
	Fit			fit;
	Fit			other;

	fit_to(&fit, &data, &penalty);
	for (int i = 0; i < 1500; i++)
	{
		design[i * 4] = 1e6 + 1e-3 * design[i * 4];
		design[i * 4 + 2] *= 1e150;
	}
	fit_to(&other, &data, &penalty);
	CHECK(close_to(other.coefficient[0], 1e3 * fit.coefficient[0], 1e-6));
	CHECK(close_to(other.coefficient[1], fit.coefficient[1], 1e-6));
	CHECK(close_to(other.coefficient[2], 1e-150 * fit.coefficient[2], 1e-6));
}

/* Columns that a factor of 0 frees have no derivative left, the others that of the penalty. */
static void
test_factors(void)
{
	TcsLinearData data = make(1500, 4);
	double		factor[] = {0, 1, 3, 0};
	TcsLinearPenalty penalty = {.l2 = 50,.factor = factor,.plain = true};
	double		slope[4] = {0};
	Fit			fit;

	fit_to(&fit, &data, &penalty);
	for (int i = 0; i < 1500; i++)
	{
		double		chance = tcs_chance_of_log_odds(tcs_linear_predictor(&fit.model, 4, design + 4 * i));

		for (int j = 0; j < 4; j++)
			slope[j] += (chance - outcome[i]) * design[4 * i + j];
	}
	for (int j = 0; j < 4; j++)
		CHECK(fabs(slope[j] + 50 * factor[j] * fit.coefficient[j]) < 1e-7, "%d: %g", j, slope[j]);
}

static void
test_columns(void)
{
	TcsLinearData data = make(1000, 6);
	TcsLinearPenalty none = {0};
	TcsLinearPenalty ridge = {.l2 = 1};
	TcsLinearPenalty net = {.l2 = 1,.l1 = 0.1};
	Fit			fit;

	for (int i = 0; i < 1000; i++)
	{
		design[i * 6 + 2] = 0.1;
		design[i * 6 + 4] = 3 * design[i * 6] - 0.5 * design[i * 6 + 1] + 7;
	}
	fit_to(&fit, &data, &none);
	CHECK(fit.model.converged && fit.model.collinear);
	CHECK(fit.column[2] == TCS_COLUMN_CONSTANT && fit.coefficient[2] == 0);
	CHECK(fit.column[4] == TCS_COLUMN_COLLINEAR && fit.coefficient[4] == 0);
	CHECK(fit.column[0] == TCS_COLUMN_FITTED && fit.column[5] == TCS_COLUMN_FITTED && fit.model.fitted == 4);
	CHECK(fit.covariance[5 * 8] == 0 && fit.covariance[1 * 8] > 0);

	/* a penalty chooses among what is possible */
	fit_to(&fit, &data, &ridge);
	CHECK(fit.model.converged && !fit.model.collinear && fit.coefficient[4] != 0 && fit.coefficient[2] == 0);
	fit_to(&fit, &data, &net);
	CHECK(fit.model.converged && !fit.model.collinear && fit.coefficient[2] == 0);

	/* an unbounded penalty leaves the rate */
	ridge.l2 = 1e15;
	fit_to(&fit, &data, &ridge);
	CHECK(fit.model.converged && fabs(fit.coefficient[0]) < 1e-9);
	net.l1 = 1e5;
	fit_to(&fit, &data, &net);
	CHECK(fit.model.converged && fit.model.fitted == 0 && fit.coefficient[0] == 0);
}

/* What the data leave without an end, or without a beginning. */
static void
test_degenerate(void)
{
	TcsLinearData data = make(400, 3);
	TcsLinearPenalty none = {0};
	TcsLinearPenalty ridge = {.l2 = 1};
	Fit			fit;

	/* one outcome */
	for (int value = 0; value < 2; value++)
	{
		for (int i = 0; i < 400; i++)
			outcome[i] = value;
		fit_to(&fit, &data, &none);
		CHECK(fit.model.one_outcome && !fit.model.converged && fit.coefficient[1] == 0);
		CHECK(close_to(fit.model.intercept, (value ? 1 : -1) * log(400.5 / 0.5), 1e-14));
	}

	/* told for certain, in all rows or in those of a level */
	for (int i = 0; i < 400; i++)
		outcome[i] = design[3 * i] > 5;
	fit_to(&fit, &data, &none);
	CHECK(fit.model.separation && !fit.model.converged && isnan(fit.covariance[0]));
	fit_to(&fit, &data, &ridge);
	CHECK(fit.model.converged && !fit.model.separation);
	for (int i = 0; i < 400; i++)
		outcome[i] = design[3 * i + 1] == 1 || i % 2;
	fit_to(&fit, &data, &none);
	CHECK(fit.model.separation && !fit.model.converged && fit.coefficient[1] > 5 && fit.coefficient[1] < 60);
	fit_to(&fit, &data, &ridge);
	CHECK(fit.model.converged && !fit.model.separation);

	/* fewer rows than columns, one row, none */
	data.rows = 3;
	outcome[0] = 1;
	outcome[1] = outcome[2] = 0;
	fit_to(&fit, &data, &ridge);
	CHECK(fit.model.converged && isfinite(fit.model.intercept));
	fit_to(&fit, &data, &none);
	CHECK(isfinite(fit.model.intercept) && !fit.model.converged);
	data.family = TCS_GAUSSIAN;
	fit_to(&fit, &data, &none);
	CHECK(isfinite(fit.model.intercept) && isnan(fit.model.variance));
	data.rows = 1;
	fit_to(&fit, &data, &none);
	CHECK(fit.model.intercept == 1 && fit.coefficient[0] == 0);
	data.rows = 0;
	fit_to(&fit, &data, &none);
	CHECK(fit.model.intercept == 0 && !fit.model.converged && fit.model.total_weight == 0);

	/* no columns */
	data = make(400, 1);
	data.columns = 0;
	fit_to(&fit, &data, &none);
	CHECK(fit.model.converged && isfinite(fit.model.intercept));

	/* numbers without a square */
	data.columns = 1;
	design[0] = 1e308;
	design[1] = -1e308;
	fit_to(&fit, &data, &ridge);
	CHECK(fit.model.extreme && !fit.model.converged && fit.coefficient[0] == 0 && isfinite(fit.model.intercept));
}

/* What folds predict is what fits without them say. */
static void
test_cross(void)
{
	static uint8_t fold[1000];
	static double predicted[1000];
	TcsLinearData data = make(1000, 5);
	TcsLinearPenalty penalty = {.l2 = 4,.plain = true};
	double		coefficient[5];
	uint8_t		column[5];
	double	   *room = malloc(tcs_linear_room(5) * sizeof(double));
	Fit			fit;

	for (int i = 0; i < 1000; i++)
		fold[i] = i % 5;
	data.fold = fold;
	data.without = 255;
	fit_to(&fit, &data, &penalty);
	tcs_linear_cross(&data, &penalty, 5, &fit.model, room, coefficient, column, predicted);
	free(room);
	for (data.without = 0; data.without < 5; data.without++)
	{
		fit_to(&fit, &data, &penalty);
		for (int i = data.without; i < 1000; i += 5)
			CHECK(fabs(predicted[i] - tcs_linear_predictor(&fit.model, 5, design + 5 * i)) < 3e-3,
				  "%d: %.15g", i, predicted[i]);
	}
	data.fold = NULL;
	for (int i = 0; i < 1000; i++)
		predicted[i] = 0;
	CHECK(close_to(tcs_linear_loss(&data, predicted), 1000 * log(2), 1e-12));
}

static void
test_cholesky(void)
{
	double		matrix[] = {4, 0, 0, 2, 2, 0, 6, 4, 10};	/* the third is the sum */
	double		b[] = {8, 6, 14};

	CHECK(tcs_cholesky(matrix, 3, 3, 1e-12) == 2 && tcs_cholesky_told(matrix, 3, 2) && !tcs_cholesky_told(matrix, 3, 1));
	tcs_cholesky_solve(matrix, 3, 3, b);
	CHECK(close_to(b[0], 1, 1e-14) && close_to(b[1], 2, 1e-14) && b[2] == 0);
}

static int	polls = 0;

static void
count_poll(void)
{
	polls++;
}

static void
test_poll(void)
{
	TcsLinearData data = make(20000, 2);
	TcsLinearPenalty none = {0};
	Fit			fit;

	data.poll = count_poll;
	fit_to(&fit, &data, &none);
	CHECK(polls > 10, "%d", polls);
}

int
main(void)
{
	test_cholesky();
	test_spector();
	test_longley();
	test_penalties();
	test_counted();
	test_same();
	test_units();
	test_factors();
	test_columns();
	test_degenerate();
	test_cross();
	test_poll();
	return report();
}
