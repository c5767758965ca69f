/*
 * linear_model.c
 *		Linear models: of a number, and of the log-odds of an outcome.
 *
 * The search is in standardised columns, z = (x - center) / scale, with the
 * intercept as the first coefficient.  Columns whose mean is small against
 * their spread are not centered, so that a level that is rare stays 0 in most
 * rows: then the walk through a row is as long as what is not 0 in it.
 */
#include "math/linear_model.h"

#include <math.h>
#include <string.h>

#include "numerics/cholesky.h"

#define MAX_ITERATIONS	100
#define MAX_HALVINGS	30

/*
 * A step that changes no predictor by more than this is the last, as is a
 * short one that is no shorter than the one before: rounding makes it then.
 */
#define LAST_STEP	1e-7
#define SHORT_STEP	1e-4

/* ... and for predictions one of this: what is left is about its square. */
#define LAST_ROUGH_STEP	5e-2

/*
 * A step that is long although it promises nothing follows a coefficient to
 * infinity: its standard error is above a thousand.
 */
#define LONG_STEP	0.3
#define LEAST_GAIN	1e-8

/* Of what varies in a column, what the columns before it do not tell. */
#define LEAST_PIVOT	1e-10

#define LINEAR_ROWS	4			/* that are added to sums at once */

/* Coordinate descent. */
#define MAX_SWEEPS	20000
#define LAST_SWEEP	1e-12

typedef struct LinearSearch
{
	const TcsLinearData *data;
	int			n;				/* coefficients, with the intercept */
	int			stride;			/* n, and what makes it a multiple of 4 */
	double		unit;			/* a predictor's: 1, or the outcomes' spread */

	/* of each coefficient */
	double	   *center;
	double	   *scale;			/* 0 for a column that is constant */
	double	   *inverse;		/* of that, or 0 */
	double	   *extent;			/* largest z */
	double	   *l2;				/* by standardised coefficients */
	double	   *l1;
	double	   *at;				/* where the search is */
	double	   *from;			/* where it was before the step */
	double	   *step;
	double	   *gradient;		/* of the loss, without the penalty */
	double	   *slope;			/* of the square form, in coordinate descent */
	double	   *hessian;		/* of the loss: n x stride, from the diagonal
								 * on */
	double	   *factor;			/* n x n */
	double	   *all;			/* gradient and hessian of all folds ... */
	double		all_loss;		/* ... and their loss */
	double	   *z;				/* some rows, standardised */
	double	   *raw;			/* as it was read */

	bool		only;			/* the fold's rows are in, not the others */
	bool		rough;			/* only predictions are wanted */
	bool		any_l1;
	double		loss;			/* without the penalty */
	double		value;			/* with it */
	double		total_weight;
} LinearSearch;

static int
linear_stride(int columns)
{
	return (columns + 1 + 3) & ~3;
}

size_t
tcs_linear_room(int columns)
{
	size_t		stride = linear_stride(columns);

	return 12 * stride + 3 * stride * stride + (LINEAR_ROWS + TCS_LINEAR_BLOCK) * stride;
}

double
tcs_chance_of_log_odds(double log_odds)
{
	double		e = exp(-fabs(log_odds));

	return (log_odds >= 0.0 ? 1.0 : e) / (1.0 + e);
}

static bool
linear_is_in(const LinearSearch *search, size_t row)
{
	const TcsLinearData *data = search->data;

	return data->fold == NULL || (data->fold[row] == data->without) == search->only;
}

/* So many rows from that one on, one after the other. */
static const double *
linear_rows(const LinearSearch *search, size_t first, size_t count)
{
	const TcsLinearData *data = search->data;

	if (data->x != NULL)
		return data->x + first * data->columns;
	if (data->columns > 0)
		data->read(data->context, first, count, search->raw);
	return search->raw;
}

/* How many rows the block at `first` has; looks for interrupts now and then. */
static size_t
linear_block(const TcsLinearData *data, size_t first)
{
	if (data->poll != NULL && first % (64 * TCS_LINEAR_BLOCK) == 0)
		data->poll();
	return data->rows - first < TCS_LINEAR_BLOCK ? data->rows - first : TCS_LINEAR_BLOCK;
}

static double
linear_weight(const LinearSearch *search, size_t row)
{
	const TcsLinearData *data = search->data;

	return !linear_is_in(search, row) ? 0.0 : data->weight != NULL ? data->weight[row] : 1.0;
}

/*
 * The means of the columns, and that of y less the offset; the sum of the
 * weights.  Taken from the first row on, so that the mean of equal numbers is
 * that number.
 */
static double
linear_means(LinearSearch *search, double *outcome)
{
	const TcsLinearData *data = search->data;
	double	   *origin = search->from;
	double		sum_y = 0.0;

	search->total_weight = 0.0;
	memset(search->center, 0, search->stride * sizeof(double));
	for (size_t first = 0; first < data->rows; first += TCS_LINEAR_BLOCK)
	{
		size_t		count = linear_block(data, first);
		const double *x = linear_rows(search, first, count);

		for (size_t i = 0; i < count; i++, x += data->columns)
		{
			double		weight = linear_weight(search, first + i);

			if (weight == 0.0)
				continue;
			if (search->total_weight == 0.0 && data->columns > 0)
				memcpy(origin + 1, x, data->columns * sizeof(double));
			search->total_weight += weight;
			sum_y += weight * (data->y[first + i] - (data->offset ? data->offset[first + i] : 0.0));
			for (int j = 1; j < search->n; j++)
				search->center[j] += weight * (x[j - 1] - origin[j]);
		}
	}
	for (int j = 1; j < search->n; j++)
		search->center[j] = origin[j] + search->center[j] / search->total_weight;
	*outcome = sum_y / search->total_weight;
	return search->total_weight;
}

/* Find the center, scale and extent of each column; false where there is none. */
static bool
linear_standardize(LinearSearch *search)
{
	const TcsLinearData *data = search->data;
	double		mean_y;
	double		spread_y = 0.0;

	if (!(linear_means(search, &mean_y) > 0.0))
		return false;
	memset(search->scale, 0, search->stride * sizeof(double));
	memset(search->extent, 0, search->stride * sizeof(double));
	memset(search->inverse, 0, search->stride * sizeof(double));
	for (size_t first = 0; first < data->rows; first += TCS_LINEAR_BLOCK)
	{
		size_t		count = linear_block(data, first);
		const double *x = linear_rows(search, first, count);

		for (size_t i = 0; i < count; i++, x += data->columns)
		{
			double		weight = linear_weight(search, first + i);
			double		off;

			if (weight == 0.0)
				continue;
			off = data->y[first + i] - (data->offset ? data->offset[first + i] : 0.0) - mean_y;
			spread_y += weight * off * off;
			for (int j = 1; j < search->n; j++)
			{
				off = x[j - 1] - search->center[j];
				search->scale[j] += weight * off * off;
				search->extent[j] = fmax(search->extent[j], fabs(off));
			}
		}
	}
	for (int j = 1; j < search->n; j++)
	{
		double		scale = sqrt(search->scale[j] / search->total_weight);

		if (!isfinite(scale) || !isfinite(search->center[j]) || (scale > 0.0 && !isfinite(1.0 / scale)))
			return false;
		search->scale[j] = scale;
		search->inverse[j] = scale > 0.0 ? 1.0 / scale : 0.0;
		if (data->no_intercept || fabs(search->center[j]) <= scale)
		{
			search->extent[j] += fabs(search->center[j]);
			search->center[j] = 0.0;
		}
		search->extent[j] *= search->inverse[j];
	}
	search->extent[0] = 1.0;
	spread_y = sqrt(spread_y / search->total_weight);
	search->unit = data->family == TCS_GAUSSIAN && spread_y > 0.0 ? spread_y : 1.0;
	return isfinite(spread_y);
}

static void
linear_penalties(LinearSearch *search, const TcsLinearPenalty *penalty)
{
	search->l2[0] = search->l1[0] = 0.0;
	search->any_l1 = false;
	for (int j = 1; j < search->n; j++)
	{
		double		factor = penalty->factor ? penalty->factor[j - 1] : 1.0;
		double		inverse = penalty->plain ? search->inverse[j] : 1.0;

		search->l2[j] = penalty->l2 * factor * inverse * inverse;
		search->l1[j] = penalty->l1 * factor * inverse;
		if (search->l1[j] > 0.0)
			search->any_l1 = true;
	}
}

/* A row of the block, standardised: 1 for the intercept, 0 behind the last. */
static void
linear_standard_row(const LinearSearch *search, const double *x, double *z)
{
	z[0] = search->data->no_intercept ? 0.0 : 1.0;
	for (int j = 1; j < search->n; j++)
		z[j] = (x[j - 1] - search->center[j]) * search->inverse[j];
}

static double
linear_sum(const double *restrict coefficient, const double *restrict z, int stride)
{
	double		sum[4] = {0.0, 0.0, 0.0, 0.0};

	for (int j = 0; j < stride; j += 4)
	{
		sum[0] += coefficient[j] * z[j];
		sum[1] += coefficient[j + 1] * z[j + 1];
		sum[2] += coefficient[j + 2] * z[j + 2];
		sum[3] += coefficient[j + 3] * z[j + 3];
	}
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/*
 * Add some rows to the upper triangle of the curvature, where z is not 0: what
 * is read and written for four rows at once costs a quarter.
 */
static void
linear_add_squares(double *restrict hessian, const double *restrict z, const double *weight, int n, int stride)
{
	const double *restrict z1 = z + stride;
	const double *restrict z2 = z1 + stride;
	const double *restrict z3 = z2 + stride;

	for (int j = 0; j < n; j++)
	{
		double		by0 = weight[0] * z[j];
		double		by1 = weight[1] * z1[j];
		double		by2 = weight[2] * z2[j];
		double		by3 = weight[3] * z3[j];
		double	   *row = hessian + (size_t) j * stride;

		if (by0 == 0.0 && by1 == 0.0 && by2 == 0.0 && by3 == 0.0)
			continue;
		for (int k = j & ~3; k < stride; k += 4)
		{
			double		sum[4];

			for (int i = 0; i < 4; i++)
				sum[i] = (by0 * z[k + i] + by1 * z1[k + i]) + (by2 * z2[k + i] + by3 * z3[k + i]);
			for (int i = 0; i < 4; i++)
				row[k + i] += sum[i];
		}
	}
}

static void
linear_add_gradients(double *restrict gradient, const double *restrict z, const double *by, int stride)
{
	for (int k = 0; k < stride; k++)
		gradient[k] += (by[0] * z[k] + by[1] * z[stride + k]) +
			(by[2] * z[2 * stride + k] + by[3] * z[3 * stride + k]);
}

/*
 * The loss of a row, its derivative and its curvature by the predictor.  Of a
 * logistic model with whole rows a factor whose logarithm is a part of the
 * loss, is left for the end of the block: a logarithm costs more than the rest.
 */
static double
linear_row_loss(TcsLinearFamily family, double y, double predictor, double *slope,
				double *curvature, double *factor)
{
	double		e;
	double		chance;

	if (family == TCS_GAUSSIAN)
	{
		*slope = predictor - y;
		*curvature = 1.0;
		return 0.5 * *slope * *slope;
	}
	e = exp(-fabs(predictor));
	chance = (predictor >= 0.0 ? 1.0 : e) / (1.0 + e);
	*slope = chance - y;
	*curvature = e / ((1.0 + e) * (1.0 + e));
	*factor *= 1.0 + e;
	return (predictor > 0.0 ? predictor : 0.0) - y * predictor;
}

/* Rows whose columns wait to be added to the sums, and by what they count. */
typedef struct LinearRows
{
	int			count;
	double		slope[LINEAR_ROWS];
	double		curvature[LINEAR_ROWS];
	double		product;		/* of factors that the logarithm is a loss of */
} LinearRows;

/* Add to the sums what waits. */
static void
linear_rows_flush(LinearSearch *search, LinearRows *rows)
{
	for (; rows->count < LINEAR_ROWS; rows->count++)
		rows->slope[rows->count] = rows->curvature[rows->count] = 0.0;
	linear_add_gradients(search->gradient, search->z, rows->slope, search->stride);
	linear_add_squares(search->hessian, search->z, rows->curvature, search->n, search->stride);
	rows->count = 0;
}

/* Have a row wait, and find its loss. */
static double
linear_rows_take(LinearSearch *search, LinearRows *rows, const double *at, size_t row, const double *x,
				 double weight)
{
	const TcsLinearData *data = search->data;
	double	   *z = search->z + (size_t) rows->count * search->stride;
	double		factor = 1.0;
	double		slope;
	double		curvature;
	double		loss;

	linear_standard_row(search, x, z);
	loss = linear_row_loss(data->family, data->y[row],
						   linear_sum(at, z, search->stride) + (data->offset ? data->offset[row] : 0.0),
						   &slope, &curvature, &factor);
	if (weight == 1.0)
		rows->product *= factor;
	else
		loss += log(factor);
	rows->slope[rows->count] = weight * slope;
	rows->curvature[rows->count] = weight * curvature;
	if (++rows->count == LINEAR_ROWS)
		linear_rows_flush(search, rows);
	return weight * loss;
}

static void
linear_penalize(LinearSearch *search, const double *at)
{
	search->value = search->loss;
	for (int j = 1; j < search->n; j++)
		search->value += 0.5 * search->l2[j] * at[j] * at[j] + search->l1[j] * fabs(at[j]);
}

/* The loss at that point, with its derivatives. */
static void
linear_derivatives(LinearSearch *search, const double *at)
{
	const TcsLinearData *data = search->data;
	LinearRows	rows = {0};
	double		loss = 0.0;

	memset(search->gradient, 0, search->stride * sizeof(double));
	memset(search->hessian, 0, (size_t) search->n * search->stride * sizeof(double));
	for (size_t first = 0; first < data->rows; first += TCS_LINEAR_BLOCK)
	{
		size_t		count = linear_block(data, first);
		const double *x = linear_rows(search, first, count);
		double		block_loss = 0.0;

		rows.product = 1.0;		/* of 64 factors, 2 at most */
		for (size_t i = 0; i < count; i++, x += data->columns)
		{
			double		weight = linear_weight(search, first + i);

			if (weight > 0.0)
				block_loss += linear_rows_take(search, &rows, at, first + i, x, weight);
		}
		loss += block_loss + log(rows.product);
	}
	linear_rows_flush(search, &rows);
	search->loss = loss;
	linear_penalize(search, at);
}

/* The curvature with its penalty, below the diagonal too, for tcs_cholesky. */
static void
linear_curvature(const LinearSearch *search, double *matrix)
{
	for (int j = 0; j < search->n; j++)
	{
		for (int k = 0; k < j; k++)
			matrix[j * search->n + k] = search->hessian[(size_t) k * search->stride + j];
		matrix[j * search->n + j] = search->hessian[(size_t) j * search->stride + j] + search->l2[j];
	}
}

/*
 * Take out of the search what the columns before it tell, unless a penalty
 * chooses among the coefficients that are possible.
 */
static void
linear_leave_out(LinearSearch *search, TcsLinearModel *model)
{
	int			n = search->n;

	linear_curvature(search, search->factor);
	for (int j = 1; j < n; j++)
		search->factor[j * n + j] += search->l1[j];
	tcs_cholesky(search->factor, n, n, LEAST_PIVOT);
	for (int j = 1; j < n; j++)
	{
		if (search->inverse[j] == 0.0)
			model->column[j - 1] = TCS_COLUMN_CONSTANT;
		else if (tcs_cholesky_told(search->factor, n, j) && search->l2[j] == 0.0 && search->l1[j] == 0.0)
		{
			model->column[j - 1] = TCS_COLUMN_COLLINEAR;
			model->collinear = true;
			search->inverse[j] = 0.0;
		}
		else
			model->column[j - 1] = TCS_COLUMN_FITTED;
	}
}

/* Of what is constant or told. */
static bool
linear_is_out(const LinearSearch *search, int j)
{
	return j == 0 ? search->data->no_intercept : search->inverse[j] == 0.0;
}

/* Newton's step without an l1. */
static void
linear_step(LinearSearch *search)
{
	linear_curvature(search, search->factor);
	tcs_cholesky(search->factor, search->n, search->n, 1e-15);
	for (int j = 0; j < search->n; j++)
		search->step[j] = linear_is_out(search, j) ? 0.0 :
			-(search->gradient[j] + search->l2[j] * search->at[j]);
	tcs_cholesky_solve(search->factor, search->n, search->n, search->step);
}

static double
linear_curvature_at(const LinearSearch *search, int j, int k)
{
	return j < k ? search->hessian[(size_t) j * search->stride + k] :
		search->hessian[(size_t) k * search->stride + j];
}

/* Change the step of one coefficient, and the slopes of all by it. */
static void
linear_move(LinearSearch *search, int j, double by)
{
	search->step[j] += by;
	for (int k = 0; k < search->n; k++)
		search->slope[k] += by * linear_curvature_at(search, j, k);
}

/*
 * With the signs that the coefficients have now and the rest at 0 there is one
 * top, which is found at once; it is taken if the signs stay.
 */
static void
linear_polish(LinearSearch *search)
{
	int			n = search->n;
	double	   *target = search->from;

	linear_curvature(search, search->factor);
	for (int j = 0; j < n; j++)
	{
		double		now = search->at[j] + search->step[j];
		bool		is_in = !linear_is_out(search, j) && (now != 0.0 || search->l1[j] == 0.0);

		/* the gradient of the square form at 0 */
		target[j] = is_in ? -search->gradient[j] - (now > 0.0 ? search->l1[j] : now < 0.0 ? -search->l1[j] : 0.0) : 0.0;
		for (int k = 0; is_in && k < n; k++)
			target[j] += linear_curvature_at(search, j, k) * search->at[k];
		if (is_in)
			continue;
		for (int k = 0; k < n; k++)
			search->factor[(k < j ? j : k) * n + (k < j ? k : j)] = 0.0;
	}
	tcs_cholesky(search->factor, n, n, 1e-12);
	tcs_cholesky_solve(search->factor, n, n, target);
	for (int j = 0; j < n; j++)
	{
		double		now = search->at[j] + search->step[j];

		if (search->l1[j] > 0.0 && (now != 0.0) != (target[j] != 0.0))
			return;
		if (search->l1[j] > 0.0 && now * target[j] < 0.0)
			return;
	}
	for (int j = 0; j < n; j++)
		search->step[j] = target[j] - search->at[j];
}

/* Newton's step with an l1: coordinate descent on the square form. */
static void
linear_step_l1(LinearSearch *search)
{
	int			n = search->n;

	memcpy(search->slope, search->gradient, n * sizeof(double));
	memset(search->step, 0, search->stride * sizeof(double));
	for (int sweep = 0; sweep < MAX_SWEEPS; sweep++)
	{
		double		longest = 0.0;

		if (search->data->poll != NULL && sweep % 16 == 15)
			search->data->poll();
		for (int j = 0; j < n; j++)
		{
			double		own = search->hessian[(size_t) j * search->stride + j];
			double		now = search->at[j] + search->step[j];
			double		pull = own * now - search->slope[j];
			double		next;

			if (linear_is_out(search, j) || !(own + search->l2[j] > 0.0))
				continue;
			next = pull > search->l1[j] ? pull - search->l1[j] :
				pull < -search->l1[j] ? pull + search->l1[j] : 0.0;
			next /= own + search->l2[j];
			if (next == now)
				continue;
			longest = fmax(longest, fabs(next - now));
			linear_move(search, j, next - now);
			if (next == 0.0)
				search->step[j] = -search->at[j];
		}
		if (longest <= LAST_SWEEP * search->unit)
			break;
	}
	linear_polish(search);
}

/* How much less the step promises to make the value: about half of it holds. */
static double
linear_promise(const LinearSearch *search)
{
	double		promise = 0.0;

	for (int j = 0; j < search->n; j++)
	{
		double		now = search->at[j];
		double		next = now + search->step[j];

		promise -= search->gradient[j] * search->step[j] + search->l2[j] * now * search->step[j] +
			search->l1[j] * (fabs(next) - fabs(now));
	}
	return promise;
}

/* By how much the step changes a predictor, at most. */
static double
linear_length(const LinearSearch *search)
{
	double		longest = 0.0;

	for (int j = 0; j < search->n; j++)
		longest = fmax(longest, fabs(search->step[j]) * search->extent[j]);
	return longest / search->unit;
}

/*
 * Go the step, or as much of it as makes the value less; false where nothing
 * does.
 */
static bool
linear_go(LinearSearch *search, double length)
{
	double		before = search->value;
	double		scale = 1.0;

	memcpy(search->from, search->at, search->stride * sizeof(double));
	for (int halvings = 0; halvings <= MAX_HALVINGS; halvings++)
	{
		for (int j = 0; j < search->n; j++)
			search->at[j] = search->from[j] + scale * search->step[j];
		linear_derivatives(search, search->at);
		if (search->value < before ||
			(search->value <= before + fabs(before) * 1e-11 && length * scale < 1e-3))
			return true;
		scale *= 0.5;
	}
	memcpy(search->at, search->from, search->stride * sizeof(double));
	linear_derivatives(search, search->at);
	return false;
}

/*
 * Search for the top from where search->at is; the derivatives there have been
 * found.
 */
static void
linear_descend(LinearSearch *search, TcsLinearModel *model)
{
	double		before = INFINITY;

	linear_leave_out(search, model);
	for (int j = 0; j < search->n; j++)
		if (linear_is_out(search, j))
			search->at[j] = 0.0;
	for (model->iterations = 1; model->iterations <= MAX_ITERATIONS; model->iterations++)
	{
		double		length;
		bool		last;

		if (search->any_l1)
			linear_step_l1(search);
		else
			linear_step(search);
		length = linear_length(search);
		if (!isfinite(length))
			break;
		if (search->data->family == TCS_LOGISTIC && length > LONG_STEP && linear_promise(search) < LEAST_GAIN)
		{
			model->separation = true;
			return;
		}
		last = length < (search->rough ? LAST_ROUGH_STEP : LAST_STEP) ||
			(length < SHORT_STEP && length > 0.5 * before);
		before = length;
		if (last && search->rough)
		{
			for (int j = 0; j < search->n; j++)
				search->at[j] += search->step[j];
			model->converged = true;
			return;
		}
		if (!linear_go(search, length))
		{
			model->converged = last;
			return;
		}
		if (last)
		{
			model->converged = true;
			return;
		}
	}
	model->extreme = !isfinite(search->value);
}

/* The inverse of the curvature, in the units of the columns. */
static void
linear_covariance(LinearSearch *search, TcsLinearModel *model)
{
	int			n = search->n;
	double	   *covariance = model->covariance;
	double		factor = search->data->family == TCS_GAUSSIAN ? model->variance : 1.0;

	if (!model->converged || search->any_l1)
	{
		for (int i = 0; i < n * n; i++)
			covariance[i] = NAN;
		return;
	}
	linear_curvature(search, search->factor);
	tcs_cholesky(search->factor, n, n, 1e-15);
	for (int j = 0; j < n; j++)
	{
		double	   *row = covariance + (size_t) j * n;

		memset(row, 0, n * sizeof(double));
		row[j] = 1.0;
		tcs_cholesky_solve(search->factor, n, n, row);
		for (int k = 0; k < n; k++)
			row[k] = linear_is_out(search, j) || linear_is_out(search, k) ? 0.0 :
				row[k] * factor * (j > 0 ? search->inverse[j] : 1.0) * (k > 0 ? search->inverse[k] : 1.0);
	}

	/*
	 * the intercept is that of the standardised less the sum of center *
	 * coefficient
	 */
	for (int k = 0; k < n; k++)
		for (int j = 1; j < n; j++)
			covariance[k] -= search->center[j] * covariance[(size_t) j * n + k];
	for (int j = 1; j < n; j++)
		covariance[0] -= search->center[j] * covariance[j];
	for (int k = 1; k < n; k++)
		covariance[(size_t) k * n] = covariance[k];
}

/* What is told of a search that has ended. */
static void
linear_tell(LinearSearch *search, TcsLinearModel *model)
{
	double		weight = search->total_weight;

	model->intercept = search->at[0];
	model->fitted = 0;
	model->gradient_norm = 0.0;
	for (int j = 0; j < search->n; j++)
	{
		double		at = search->at[j];

		if (linear_is_out(search, j))
			at = 0.0;
		else if (at != 0.0 || search->l1[j] == 0.0)
		{
			model->fitted += j > 0;
			model->gradient_norm = fmax(model->gradient_norm,
										fabs(search->gradient[j] + search->l2[j] * at +
											 (at > 0.0 ? search->l1[j] : at < 0.0 ? -search->l1[j] : 0.0)));
		}
		if (j > 0)
		{
			model->coefficient[j - 1] = at * search->inverse[j];
			model->intercept -= model->coefficient[j - 1] * search->center[j];
		}
	}
	if (search->data->no_intercept)
		model->intercept = 0.0;
	model->extreme = !isfinite(model->intercept);
	for (int j = 1; j < search->n; j++)
		model->extreme = model->extreme || !isfinite(model->coefficient[j - 1]);
	if (search->data->family == TCS_LOGISTIC)
		model->log_likelihood = -search->loss;
	else
	{
		double		spare = weight - model->fitted - !search->data->no_intercept;

		model->log_likelihood = -0.5 * weight * (log(2.0 * 3.14159265358979323846 * 2.0 * search->loss / weight) + 1.0);
		if (spare > 0.0)
			model->variance = 2.0 * search->loss / spare;
	}
	if (model->covariance != NULL)
		linear_covariance(search, model);
}

/* Divide the room. */
static void
linear_begin(LinearSearch *search, const TcsLinearData *data, double *room)
{
	size_t		stride = linear_stride(data->columns);
	double	  **parts[] = {&search->center, &search->scale, &search->inverse, &search->extent,
		&search->l2, &search->l1, &search->at, &search->from, &search->step, &search->gradient,
	&search->slope};

	memset(room, 0, tcs_linear_room(data->columns) * sizeof(double));
	search->data = data;
	search->only = false;
	search->rough = false;
	search->n = data->columns + 1;
	search->stride = (int) stride;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++, room += stride)
		*parts[i] = room;
	search->hessian = room;
	search->factor = room + stride * stride;
	search->all = room + 2 * stride * stride;
	search->z = room + 3 * stride * stride + stride;
	search->raw = search->z + LINEAR_ROWS * stride;
}

/* The search begins with no column: the chance or mean of all. */
static void
linear_start(LinearSearch *search, double mean, const TcsLinearModel *model)
{
	memset(search->at, 0, search->stride * sizeof(double));
	if (model->warm)
	{
		search->at[0] = model->intercept;
		for (int j = 1; j < search->n; j++)
		{
			search->at[0] += model->coefficient[j - 1] * search->center[j];
			search->at[j] = model->coefficient[j - 1] * search->scale[j];
		}
	}
	else if (search->data->family == TCS_LOGISTIC && search->data->offset == NULL)
		search->at[0] = log(mean / (1.0 - mean));
	if (search->data->no_intercept)
		search->at[0] = 0.0;
}

static void
linear_reset(int columns, TcsLinearModel *model)
{
	model->converged = model->separation = model->one_outcome = false;
	model->collinear = model->extreme = false;
	model->iterations = model->fitted = 0;
	model->log_likelihood = model->gradient_norm = model->variance = NAN;
	for (int j = 0; j < columns; j++)
		model->column[j] = TCS_COLUMN_FITTED;
	for (int i = 0; model->covariance != NULL && i < (columns + 1) * (columns + 1); i++)
		model->covariance[i] = NAN;
}

/* No search: all rows alike, whatever their columns. */
static void
linear_constant(const LinearSearch *search, double mean, TcsLinearModel *model)
{
	double		weight = search->total_weight;

	model->warm = false;
	for (int j = 0; j < search->data->columns; j++)
		model->coefficient[j] = 0.0;
	model->intercept = 0.0;
	if (!search->data->no_intercept && isfinite(mean) && weight > 0.0)
		model->intercept = search->data->family == TCS_GAUSSIAN ? mean :
			log((mean * weight + 0.5) / ((1.0 - mean) * weight + 0.5));
}

/* The mean of y in the rows that are in, and the sum of their weights. */
static double
linear_mean(LinearSearch *search)
{
	double		sum = 0.0;

	search->total_weight = 0.0;
	for (size_t i = 0; i < search->data->rows; i++)
	{
		double		count = linear_weight(search, i);

		if (search->data->poll != NULL && i % 65536 == 0)
			search->data->poll();
		search->total_weight += count;
		sum += count * search->data->y[i];
	}
	return sum / search->total_weight;
}

/*
 * The derivatives where the fit of all rows has its top, without those of one
 * fold: what all of them have, less what that has.
 */
static void
linear_derivatives_without(LinearSearch *search)
{
	size_t		stride = search->stride;

	search->only = true;
	linear_derivatives(search, search->at);
	search->only = false;
	search->loss = search->all_loss - search->loss;
	for (size_t i = 0; i < stride; i++)
		search->gradient[i] = search->all[i] - search->gradient[i];
	for (size_t i = 0; i < stride * search->n; i++)
		search->hessian[i] = search->all[stride + i] - search->hessian[i];
	linear_penalize(search, search->at);
}

/* The derivatives of all rows there, to be kept for that. */
static void
linear_derivatives_all(LinearSearch *search, const TcsLinearModel *model)
{
	size_t		stride = search->stride;

	linear_start(search, 0.5, model);
	linear_derivatives(search, search->at);
	search->all_loss = search->loss;
	memcpy(search->all, search->gradient, stride * sizeof(double));
	memcpy(search->all + stride, search->hessian, stride * search->n * sizeof(double));
}

/* As tcs_linear_fit, once columns are standardised. */
static void
linear_fit_standardized(LinearSearch *search, TcsLinearModel *model)
{
	double		mean = linear_mean(search);

	model->total_weight = search->total_weight;
	if (!(search->total_weight > 0.0))
	{
		linear_constant(search, mean, model);
		return;
	}
	if (search->data->family == TCS_LOGISTIC && (mean <= 0.0 || mean >= 1.0))
	{
		linear_constant(search, mean, model);
		model->one_outcome = true;
		return;
	}
	linear_start(search, mean, model);
	if (search->rough)
		linear_derivatives_without(search);
	else
		linear_derivatives(search, search->at);
	linear_descend(search, model);
	if (!model->extreme)
		linear_tell(search, model);
	if (model->extreme)
	{
		linear_reset(search->data->columns, model);
		linear_constant(search, mean, model);
		model->extreme = true;
	}
}

void
tcs_linear_fit(const TcsLinearData *data, const TcsLinearPenalty *penalty, double *room,
			   TcsLinearModel *model)
{
	LinearSearch search;

	linear_begin(&search, data, room);
	linear_reset(data->columns, model);
	if (!linear_standardize(&search))
	{
		double		mean = linear_mean(&search);

		model->total_weight = search.total_weight;
		model->extreme = search.total_weight > 0.0;
		linear_constant(&search, mean, model);
		return;
	}
	linear_penalties(&search, penalty);
	linear_fit_standardized(&search, model);
}

/* The predictors of the rows of the fold that is left out. */
static void
linear_predict_fold(const LinearSearch *search, const TcsLinearModel *model, double *predicted)
{
	const TcsLinearData *data = search->data;

	for (size_t first = 0; first < data->rows; first += TCS_LINEAR_BLOCK)
	{
		size_t		count = linear_block(data, first);
		const double *x = linear_rows(search, first, count);

		for (size_t i = first; i < first + count; i++, x += data->columns)
			if (!linear_is_in(search, i))
				predicted[i] = tcs_linear_predictor(model, data->columns, x) +
					(data->offset ? data->offset[i] : 0.0);
	}
}

void
tcs_linear_cross(const TcsLinearData *data, const TcsLinearPenalty *penalty, int folds,
				 const TcsLinearModel *model, double *room, double *coefficient,
				 uint8_t *column, double *predicted)
{
	TcsLinearData all = *data;
	TcsLinearData part = *data;
	TcsLinearModel begin = *model;
	LinearSearch search;
	bool		fine;

	begin.warm = true;
	all.fold = NULL;
	linear_begin(&search, &all, room);
	fine = linear_standardize(&search);
	linear_penalties(&search, penalty);
	search.rough = true;
	if (fine)
		linear_derivatives_all(&search, &begin);
	search.data = &part;
	for (part.without = 0; part.without < folds; part.without++)
	{
		TcsLinearModel without = begin;

		without.coefficient = coefficient;
		without.column = column;
		without.covariance = NULL;
		memcpy(coefficient, model->coefficient, data->columns * sizeof(double));
		linear_reset(data->columns, &without);
		/* what one of them leaves out is in the next again */
		for (int j = 1; j < search.n; j++)
			search.inverse[j] = search.scale[j] > 0.0 ? 1.0 / search.scale[j] : 0.0;
		if (fine)
			linear_fit_standardized(&search, &without);
		else
			linear_constant(&search, linear_mean(&search), &without);
		linear_predict_fold(&search, &without, predicted);
	}
}

double
tcs_linear_loss(const TcsLinearData *data, const double *predicted)
{
	double		loss = 0.0;

	for (size_t i = 0; i < data->rows; i++)
	{
		double		slope,
					curvature,
					factor = 1.0;
		double		row = linear_row_loss(data->family, data->y[i], predicted[i],
										  &slope, &curvature, &factor);

		loss += (data->weight ? data->weight[i] : 1.0) * (row + log(factor));
	}
	return loss;
}
