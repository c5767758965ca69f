/*
 * log_concave.c
 *		Integrals of a family of log-concave functions, over any span.
 *
 * From the peak the integral goes outward in panels, each so narrow that the
 * integrand is smooth there: its singularities lie at a distance of pi from
 * the line, and F falls by a bounded amount.  Where all terms have become
 * linear in u, to the last bit, what is left is an exponential.
 */
#include "numerics/log_concave.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "numerics/quadrature.h"
#include "numerics/special.h"

#define WIDEST		3.0			/* panel */
#define STEEPEST	36.0		/* fall of F within a panel if it is straight */
#define BENT		10.0		/* ... and if not */
#define STRAIGHT	1.3
#define MOST_PANELS	20000		/* more than any span of doubles takes */
#define NEGLIGIBLE	3e-16
#define LINEAR		42.0		/* distance at which a softplus is linear */

void
tcs_log_concave_term(TcsLogConcave *f, double weight, double share,
					 double rest, double logit)
{
	if (rest == 0.0)
	{
		f->slope -= weight;
		return;
	}
	f->weight[f->count] = weight;
	f->share[f->count] = share;
	f->rest[f->count] = rest;
	f->logit[f->count] = logit;
	f->count++;
}

/* ln(rest + share * e^u) without cancellation */
static double
term_value(const TcsLogConcave *f, int j, double u)
{
	if (u >= 0.0)
	{
		if (u > 30.0)
			return tcs_softplus(u + f->logit[j]) - tcs_softplus(f->logit[j]);
		return log1p(f->share[j] * expm1(u));
	}
	if (u < -30.0)
		return tcs_softplus(u + f->logit[j]) - tcs_softplus(f->logit[j]);
	return u + log1p(f->rest[j] * expm1(-u));
}

/* ln(share + rest * e^-u), the same less u, where e^u * share > rest */
static double
term_rest(const TcsLogConcave *f, int j, double u)
{
	if (f->logit[j] >= 0.0)
		return log1p(f->rest[j] * expm1(-u));
	return tcs_softplus(-u - f->logit[j]) - tcs_softplus(-f->logit[j]);
}

/* Beyond all bends, where slopes are better told from the right end. */
static bool
curve_is_on_the_right(const TcsLogConcave *f, double u)
{
	for (int j = 0; j < f->count; j++)
		if (u + f->logit[j] <= 0.0)
			return false;
	return true;
}

static double
curve_value_at(const TcsLogConcave *f, double u)
{
	double		value;

	if (curve_is_on_the_right(f, u))
	{
		value = f->end * u;
		for (int j = 0; j < f->count; j++)
			value -= f->weight[j] * term_rest(f, j, u);
		/* both parts beyond double: the first is the greater */
		return isnan(value) ? -INFINITY : value;
	}
	value = f->slope * u;
	for (int j = 0; j < f->count; j++)
		value -= f->weight[j] * term_value(f, j, u);
	return value;
}

static double
curve_derivative(const TcsLogConcave *f, double u)
{
	double		value;

	if (curve_is_on_the_right(f, u))
	{
		value = f->end;
		for (int j = 0; j < f->count; j++)
			value += f->weight[j] * tcs_logistic(-u - f->logit[j]);
		return fmax(value, -DBL_MAX);
	}
	value = f->slope;
	for (int j = 0; j < f->count; j++)
		value -= f->weight[j] * (u == 0.0 ? f->share[j] :
								 tcs_logistic(u + f->logit[j]));
	return fmax(value, -DBL_MAX);
}

/* A point where F is within about 1/2 of its greatest value in the span. */
static double
curve_find_peak(const TcsLogConcave *f, double low, double high)
{
	double		step = 1.0;

	if (isfinite(low) && curve_derivative(f, low) <= 0.0)
		return low;
	if (isfinite(high) && curve_derivative(f, high) >= 0.0)
		return high;
	if (!isfinite(low))
	{
		low = isfinite(high) ? high : 0.0;
		while (curve_derivative(f, low) < 0.0 && step < 1e6)
		{
			low -= step;
			step *= 2.0;
		}
	}
	if (!isfinite(high))
	{
		step = 1.0;
		high = low;
		while (curve_derivative(f, high) > 0.0 && step < 1e6)
		{
			high += step;
			step *= 2.0;
		}
	}
	for (int i = 0; i < 200; i++)
	{
		double		middle = low + (high - low) / 2.0;
		double		slope = curve_derivative(f, middle);

		if (fabs(slope) * (high - low) < 0.5 || middle == low || middle == high)
			return middle;
		if (slope > 0.0)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Gauss-Legendre nodes and weights for the smoother panels. */
static const double node_8[8] = {
	0.01985507175123188416, 0.1016667612931866302,
	0.2372337950418355071, 0.4082826787521750975,
	0.5917173212478249025, 0.7627662049581644929,
	0.8983332387068133698, 0.9801449282487681158
};

static const double weight_8[8] = {
	0.05061426814518812958, 0.1111905172266872353,
	0.1568533229389436437, 0.1813418916891809915,
	0.1813418916891809915, 0.1568533229389436437,
	0.1111905172266872353, 0.05061426814518812958
};

static const double node_12[12] = {
	0.009219682876640374655, 0.04794137181476257166,
	0.1150486629028476565, 0.2063410228566912764,
	0.3160842505009099031, 0.4373832957442655423,
	0.5626167042557344577, 0.6839157494990900969,
	0.7936589771433087236, 0.8849513370971523435,
	0.9520586281852374283, 0.9907803171233596253
};

static const double weight_12[12] = {
	0.02358766819325591360, 0.05346966299765921548,
	0.08003916427167311317, 0.1015837133615329609,
	0.1167462682691774044, 0.1245735229067013925,
	0.1245735229067013925, 0.1167462682691774044,
	0.1015837133615329609, 0.08003916427167311317,
	0.05346966299765921548, 0.02358766819325591360
};

/* Where a panel is taken with the fewer nodes: its width and the fall of F. */
#define WIDTH_8		1.0
#define FALL_8		1.5
#define WIDTH_12	2.0
#define FALL_12		5.0

static double
curve_panel(const TcsLogConcave *f, double from, double width, double fall,
			double peak)
{
	int			count = TCS_NODES;
	const double *node = tcs_node;
	const double *weight = tcs_weight;
	double		sum = 0.0;

	if (fabs(width) <= WIDTH_8 && fall <= FALL_8)
	{
		count = 8;
		node = node_8;
		weight = weight_8;
	}
	else if (fabs(width) <= WIDTH_12 && fall <= FALL_12)
	{
		count = 12;
		node = node_12;
		weight = weight_12;
	}

	/* where rounding cannot show, the form that is cheaper to compute */
	if (f->count == 1 && f->weight[0] < 1000.0 && from >= 0.0 && width > 0.0 &&
		from + width < 30.0)
	{
		for (int i = 0; i < count; i++)
		{
			double		u = from + width * node[i];

			sum += weight[i] *
				exp(f->slope * u - peak -
					f->weight[0] * log(f->rest[0] + f->share[0] * exp(u)));
		}
		return sum * width;
	}
	for (int i = 0; i < count; i++)
		sum += weight[i] *
			exp(curve_value_at(f, from + width * node[i]) - peak);
	return sum * fabs(width);
}

/* Where F is linear from there on, in the given direction. */
static double
curve_linear_from(const TcsLogConcave *f, double direction)
{
	double		from = -INFINITY;

	for (int j = 0; j < f->count; j++)
	{
		double		reach = LINEAR + (f->weight[j] > 1.0 ? log(f->weight[j]) : 0.0);
		double		end = direction * -f->logit[j] + reach;

		if (end > from)
			from = end;
	}
	return from;
}

/* The integral from u in one direction until end; F does not rise there. */
static double
curve_march(const TcsLogConcave *f, double u, double end, double peak)
{
	double		direction = end > u ? 1.0 : -1.0;
	double		linear = curve_linear_from(f, direction);
	double		width = WIDEST;
	double		sum = 0.0;
	double		value = curve_value_at(f, u);

	double		slope = direction * curve_derivative(f, u);

	/* one panel does where F falls at much the same rate to the end */
	if (slope < -STEEPEST / WIDEST)
		width = STEEPEST / -slope;
	for (int panels = 0; u != end && panels < MOST_PANELS; panels++)
	{
		double		left = fabs(end - u);
		double		straight = STRAIGHT * fabs(slope);
		double		next,
					fall;

		if (direction * u >= linear)
		{
			fall = fmax(-slope, 0.0);
			if (isinf(left) || fall * left > 700.0)
				return sum + exp(value - peak) / fall;
			return sum + exp(value - peak) * left * tcs_expm1_ratio(fall * left);
		}
		width = fmin(width, linear - direction * u);
		for (;;)
		{
			bool		last = width >= left;

			next = last ? end : u + direction * width;
			if (next == u)
				return sum;
			fall = value - curve_value_at(f, next);
			if (fall <= BENT || (fall <= STEEPEST + 1.0 && fall <= straight * fabs(next - u)))
				break;
			width = (last ? left : width) / 2.0;
		}
		sum += curve_panel(f, u, next - u, fall, peak);
		u = next;
		value -= fall;
		slope = direction * curve_derivative(f, u);
		/* F falls ever faster: what is left is less than value / slope */
		if (value - peak <= -STEEPEST &&
			exp(value - peak) < NEGLIGIBLE * (sum * fabs(slope)))
			return sum;
		width = fmin(2.0 * width, WIDEST);
	}
	return sum;
}

double
tcs_log_concave_integral(const TcsLogConcave *f, double low, double high,
						 double *peak)
{
	double		top = curve_find_peak(f, low, high);
	double		sum = 0.0;

	*peak = curve_value_at(f, top);
	if (top < high)
		sum += curve_march(f, top, high, *peak);
	if (top > low)
		sum += curve_march(f, top, low, *peak);
	return sum;
}
