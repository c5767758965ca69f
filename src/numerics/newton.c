/*
 * newton.c
 *		Maximum likelihood for a few positive parameters.
 */
#include "numerics/newton.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MAX_ITERATIONS	200
#define MAX_HALVINGS	40

/* A step moves no parameter by more than this factor (as a logarithm) ... */
#define MAX_STEP	2.0
/*
 * ... and one that moves all by less than this is the last, as is a short one
 * that is no shorter than the one before: rounding makes it then.
 */
#define LAST_STEP	1e-8
#define SHORT_STEP	1e-5

/*
 * A short one that promises no more than this is the last, too: the next would be
 * far below a standard error, however long it is.
 */
#define LAST_GAIN	1e-12

/* What is long, for a step that promises little, and so many are enough. */
#define LONG_STEP	0.3
#define IDLE_STEPS	8

/* A long step from a bound outwards that promises less than this is not gone. */
#define LITTLE_GAIN	1.0

/*
 * Where the curvature is less than this, the standard error of the logarithm
 * of some combination of parameters is above 100: nothing is known of it.
 */
#define LEAST_CURVATURE	1e-4
#define WORST_CONDITION	1e13

typedef double Vector[TCS_FIT_PARAMETERS];
typedef double Matrix[TCS_FIT_PARAMETERS][TCS_FIT_PARAMETERS];

/*
 * Eigenvalues and eigenvectors (the columns of `vectors`) of a symmetric
 * matrix, which is destroyed, by Jacobi's method.
 */
static void
newton_eigen(int n, Matrix a, double *values, Matrix vectors)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			vectors[i][j] = i == j;

	for (int sweep = 0; sweep < 50; sweep++)
	{
		double		off = 0.0;
		double		on = 0.0;

		for (int i = 0; i < n; i++)
		{
			on += a[i][i] * a[i][i];
			for (int j = 0; j < i; j++)
				off += a[i][j] * a[i][j];
		}
		if (!(off > on * 1e-32))
			break;
		for (int p = 0; p < n; p++)
			for (int q = p + 1; q < n; q++)
			{
				double		turn,
							t,
							c,
							s;

				if (a[p][q] == 0.0)
					continue;
				turn = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
				t = (turn >= 0.0 ? 1.0 : -1.0) / (fabs(turn) + hypot(turn, 1.0));
				c = 1.0 / hypot(t, 1.0);
				s = t * c;
				for (int i = 0; i < n; i++)
				{
					double		ip = a[i][p];
					double		iq = a[i][q];

					a[i][p] = c * ip - s * iq;
					a[i][q] = s * ip + c * iq;
				}
				for (int i = 0; i < n; i++)
				{
					double		pi = a[p][i];
					double		qi = a[q][i];

					a[p][i] = c * pi - s * qi;
					a[q][i] = s * pi + c * qi;
				}
				for (int i = 0; i < n; i++)
				{
					double		ip = vectors[i][p];
					double		iq = vectors[i][q];

					vectors[i][p] = c * ip - s * iq;
					vectors[i][q] = s * ip + c * iq;
				}
			}
	}
	for (int i = 0; i < n; i++)
		values[i] = a[i][i];
}

/* The curvature at a point: minus the Hessian, taken apart. */
typedef struct Curvature
{
	Vector		values;
	Matrix		vectors;
	double		least;
	double		most;
} Curvature;

static bool
newton_take_apart(int n, const double *hessian, Curvature *curvature)
{
	Matrix		a;

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
		{
			a[i][j] = -0.5 * (hessian[i * n + j] + hessian[j * n + i]);
			if (!isfinite(a[i][j]))
				return false;
		}
	newton_eigen(n, a, curvature->values, curvature->vectors);
	curvature->least = INFINITY;
	curvature->most = 0.0;
	for (int i = 0; i < n; i++)
	{
		curvature->least = fmin(curvature->least, curvature->values[i]);
		curvature->most = fmax(curvature->most, fabs(curvature->values[i]));
	}
	return true;
}

/*
 * The step of Newton's method, of ascent whatever the signs of the
 * curvature, and no longer than MAX_STEP.  Returns its largest component
 * before it was shortened.
 */
static double
newton_find_step(int n, const double *gradient, const Curvature *curvature, double *step)
{
	double		floor = fmax(curvature->most * 1e-15, DBL_MIN);
	double		longest = 0.0;

	memset(step, 0, sizeof(Vector));
	for (int k = 0; k < n; k++)
	{
		double		along = 0.0;

		for (int i = 0; i < n; i++)
			along += curvature->vectors[i][k] * gradient[i];
		along /= fmax(fabs(curvature->values[k]), floor);
		/* a direction without curvature is followed, but not to the end */
		along = fmax(fmin(along, 1e3), -1e3);
		for (int i = 0; i < n; i++)
			step[i] += curvature->vectors[i][k] * along;
	}
	for (int i = 0; i < n; i++)
		longest = fmax(longest, fabs(step[i]));
	if (longest > MAX_STEP)
		for (int i = 0; i < n; i++)
			step[i] *= MAX_STEP / longest;
	return longest;
}

static void
newton_find_standard_errors(int n, const Curvature *curvature, TcsFit *fit)
{
	for (int i = 0; i < n; i++)
	{
		double		variance = 0.0;

		for (int k = 0; k < n; k++)
			variance += curvature->vectors[i][k] * curvature->vectors[i][k] / curvature->values[k];
		fit->standard_error[i] = exp(fit->theta[i]) * sqrt(variance);
	}
}

/* The side, -1 or 1, of the bound that a parameter lies at; else 0. */
static int
newton_side(const TcsProblem *problem, const TcsFit *fit, int i)
{
	/* what rounding leaves of the way there is no way */
	if (fit->theta[i] <= problem->least[i] + LAST_STEP)
		return -1;
	return fit->theta[i] >= problem->most[i] - LAST_STEP ? 1 : 0;
}

/* Does a parameter lie at its bound, with slopes or steps that lead beyond it? */
static bool
newton_at_bound(const TcsProblem *problem, const double *slope, TcsFit *fit)
{
	for (int i = 0; i < problem->n; i++)
	{
		int			side = newton_side(problem, fit, i);

		if (side != 0 && side * slope[i] >= 0.0)
		{
			fit->direction = side;
			fit->which = i;
			return true;
		}
	}
	return false;
}

/* What the step promises: half of it where the curvature is as it should be. */
static double
newton_gain(int n, const double *gradient, const double *step)
{
	double		gain = 0.0;

	for (int i = 0; i < n; i++)
		gain += gradient[i] * step[i];
	return gain;
}

static double
newton_longest(int n, const double *gradient)
{
	double		longest = 0.0;

	for (int i = 0; i < n; i++)
		longest = fmax(longest, fabs(gradient[i]));
	return longest;
}

/*
 * How much of a step there is room for.  It ends where the first parameter comes
 * to its bound, as the others would not go on in its direction from there.
 */
static double
newton_room(const TcsProblem *problem, const TcsFit *fit, const double *step)
{
	double		room = 1.0;

	for (int i = 0; i < problem->n; i++)
	{
		double		left = (step[i] < 0.0 ? problem->least[i] : problem->most[i]) - fit->theta[i];

		/* one that is there already stays */
		if (fabs(left) > LAST_STEP && left / step[i] < room)
			room = left / step[i];
	}
	return room;
}

/*
 * Go that step, or as much of it as makes the objective larger: then the
 * derivatives are those of where that is.  False where nothing does; all
 * stays where it was.
 */
static bool
newton_go(const TcsProblem *problem, TcsFit *fit, const double *step, double longest,
		  double *gradient, double *hessian)
{
	Vector		from;
	double		scale = newton_room(problem, fit, step);

	memcpy(from, fit->theta, sizeof(from));
	for (int halvings = 0; halvings <= MAX_HALVINGS; halvings++)
	{
		double		value;

		for (int i = 0; i < problem->n; i++)
			fit->theta[i] = fmin(fmax(from[i] + scale * step[i],
									  problem->least[i]), problem->most[i]);
		value = problem->objective(fit->theta, gradient, hessian, problem->context);

		/*
		 * Near the top what a step gains is less than what rounding changes:
		 * the step is taken for its length then.
		 */
		if (value > fit->value ||
			(value >= fit->value - fabs(fit->value) * 1e-11 && longest * scale < 1e-3))
		{
			fit->value = value;
			return true;
		}
		scale *= 0.5;
	}
	memcpy(fit->theta, from, sizeof(from));
	return false;
}

/*
 * Does the step not deserve to be gone, as it is long and promises little, or so
 * many before it brought little?
 */
static bool
newton_gives_up(const TcsProblem *problem, const double *step, double longest, double gain,
				int idle, TcsFit *fit)
{
	bool		is_long = longest > LONG_STEP;

	if (!(problem->least_gain > 0.0))
		return false;
	fit->status = TCS_FIT_FLAT;
	if (idle > IDLE_STEPS || (is_long && gain < problem->least_gain))
		return true;
	/* what little there is to gain is beyond the bound */
	if (is_long && gain < LITTLE_GAIN && newton_at_bound(problem, step, fit))
	{
		fit->status = TCS_FIT_BOUND;
		return true;
	}
	fit->status = TCS_FIT_FAILED;
	return false;
}

void
tcs_newton(const TcsProblem *problem, TcsFit *fit)
{
	int			n = problem->n;
	Vector		gradient;
	double		hessian[TCS_FIT_PARAMETERS * TCS_FIT_PARAMETERS];
	Curvature	curvature;
	double		before = INFINITY;	/* the length of the last step */
	double		best;
	int			idle = 0;		/* steps since that was reached */

	fit->status = TCS_FIT_FAILED;
	fit->which = 0;
	fit->direction = 0;
	fit->gradient_norm = NAN;
	fit->condition_number = NAN;
	for (int i = 0; i < TCS_FIT_PARAMETERS; i++)
		fit->standard_error[i] = NAN;
	fit->value = problem->objective(fit->theta, gradient, hessian, problem->context);
	best = fit->value;

	for (fit->iterations = 0; fit->iterations < MAX_ITERATIONS; fit->iterations++)
	{
		Vector		step;
		double		longest;
		double		gain;
		bool		last;

		if (!isfinite(fit->value) || !newton_take_apart(n, hessian, &curvature))
			return;
		fit->gradient_norm = newton_longest(n, gradient);
		fit->condition_number = curvature.least > 0.0 ?
			curvature.most / curvature.least : INFINITY;
		if (!isfinite(fit->gradient_norm))
			return;
		if (newton_at_bound(problem, gradient, fit))
		{
			fit->status = TCS_FIT_BOUND;
			return;
		}

		longest = newton_find_step(n, gradient, &curvature, step);
		gain = newton_gain(n, gradient, step);
		if (newton_gives_up(problem, step, longest, gain, idle, fit))
			return;
		last = longest < LAST_STEP ||
			(longest < SHORT_STEP && (longest > 0.5 * before || gain < LAST_GAIN));
		before = longest;
		if (!newton_go(problem, fit, step, longest, gradient, hessian))
		{
			fit->status = curvature.least < LEAST_CURVATURE ?
				TCS_FIT_FLAT : TCS_FIT_FAILED;
			return;
		}
		if (last)
			break;
		idle++;
		if (fit->value > best + problem->least_gain)
		{
			best = fit->value;
			idle = 0;
		}
	}

	if (fit->iterations == MAX_ITERATIONS || !newton_take_apart(n, hessian, &curvature))
		return;
	fit->condition_number = curvature.least > 0.0 ?
		curvature.most / curvature.least : INFINITY;
	if (curvature.least < LEAST_CURVATURE || fit->condition_number > WORST_CONDITION)
	{
		fit->status = TCS_FIT_FLAT;
		return;
	}
	fit->iterations++;
	fit->gradient_norm = newton_longest(n, gradient);
	fit->status = TCS_FIT_CONVERGED;
	newton_find_standard_errors(n, &curvature, fit);
}
