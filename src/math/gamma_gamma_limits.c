/*
 * gamma_gamma_limits.c
 *		The limits of the Gamma-Gamma model, and fitting them.
 *
 * Where all customers have the mean m, the mean value of x purchases is Gamma
 * distributed with the shape p x and the mean m; where a customer's purchases
 * have all one value, its inverse is Gamma(q, scale) across customers.  With d
 * the values by their mean, or the mean of the inverses by the inverses, so
 * that d is 1 on average, both likelihoods are
 *
 *	sum of f(s w) + s w (ln d - d + 1) - ln m_x, f(z) = z ln z - z - ln gamma(z)
 *
 * of the shape s, which is p with w = x, or q with w = 1.
 */
#include "math/gamma_gamma_fit.h"

#include <math.h>
#include <string.h>

#include "numerics/special.h"

#define POLL_EVERY	65536

/* Parameters that differ from a limit by no digit that a prediction has. */
#define SURE		1e25
#define SURE_P		1e11		/* where q is MORE_THAN_SURE */
#define MORE_THAN_SURE	1e36

#define LOG_2PI		1.83787706640934548356065947281

int
tcs_spend_terms(int limits, TcsSpendTerm *terms)
{
	int			count = 0;

	if (!(limits & TCS_SPEND_EQUAL_PURCHASES))
		terms[count++] = TCS_SPEND_P;
	if (!(limits & TCS_SPEND_EQUAL_SPEND))
	{
		terms[count++] = TCS_SPEND_Q;
		terms[count++] = limits & TCS_SPEND_EQUAL_PURCHASES ? TCS_SPEND_SCALE : TCS_SPEND_V;
	}
	else
		terms[count++] = TCS_SPEND_MEAN;
	return count;
}

TcsGammaGamma
tcs_spend_of_terms(int limits, const double *value)
{
	TcsGammaGamma model = {value[TCS_SPEND_P], value[TCS_SPEND_Q], value[TCS_SPEND_V]};

	if (limits & TCS_SPEND_EQUAL_PURCHASES)
	{
		model.p = limits & TCS_SPEND_EQUAL_SPEND ? SURE_P : SURE;
		model.v = value[TCS_SPEND_SCALE] / model.p;
	}
	if (limits & TCS_SPEND_EQUAL_SPEND)
	{
		model.q = limits & TCS_SPEND_EQUAL_PURCHASES ? MORE_THAN_SURE : SURE;
		model.v = value[TCS_SPEND_MEAN] * (model.q / model.p);
	}
	return model;
}

/* f of above with its derivatives, z > 0 */
static double
spend_shape_term(double z, double *first, double *second)
{
	double		y = 1.0 / z;
	double		y2 = y * y;

	if (z < 16.0)
	{
		*first = log(z) - tcs_digamma(z);
		*second = y - tcs_trigamma(z);
		return z * log(z) - z - tcs_lgamma(z);
	}
	*first = y / 2 + y2 * (1.0 / 12 - y2 * (1.0 / 120 - y2 * (1.0 / 252 - y2 / 240)));
	*second = -y2 / 2 - y * y2 * (1.0 / 6 - y2 * (1.0 / 30 - y2 * (1.0 / 42 - y2 / 30)));
	return 0.5 * (log(z) - LOG_2PI) - y * (1.0 / 12 - y2 * (1.0 / 360 - y2 * (1.0 / 1260 - y2 / 1680)));
}

/* A limit with one of its parameters known: theirs by theta, the shape is left. */
typedef struct SpendShape
{
	const TcsSpendData *data;
	bool		equal_spend;
	double		middle;			/* of the values, or of the inverses inverted */
	double		spread;			/* sum of w (ln d - d + 1) */
	double		log_sum;		/* of ln m_x */
	double		weight;			/* sum of w */
} SpendShape;

static double
spend_shape_objective(const double *theta, double *gradient, double *hessian, void *context)
{
	const SpendShape *shape = context;
	double		s = exp(theta[0]);
	double		value = s * shape->spread - shape->log_sum;
	double		slope = s * shape->spread;
	double		curvature = slope;

	for (size_t g = 0; g < shape->data->group_count; g++)
	{
		const TcsSpendGroup *group = &shape->data->groups[g];
		double		z = shape->equal_spend ? s * group->x : s;
		double		n = (double) group->count;
		double		first;
		double		second;

		value += n * spend_shape_term(z, &first, &second);
		slope += n * z * first;
		curvature += n * (z * first + z * z * second);
	}
	if (gradient != NULL)
	{
		gradient[0] = slope;
		hessian[0] = curvature;
	}
	return value;
}

/* Sums over all customers, of one kind at a time. */
typedef double (*SpendSummand) (const SpendShape *shape, double weight, double m_x);

static double
spend_sum(const SpendShape *shape, SpendSummand summand)
{
	double		sum = 0.0;

	for (size_t g = 0; g < shape->data->group_count; g++)
	{
		const TcsSpendGroup *group = &shape->data->groups[g];
		double		weight = shape->equal_spend ? group->x : 1.0;
		double		part = 0.0;

		for (size_t i = 0; i < group->count; i++)
		{
			if (shape->data->poll != NULL && i % POLL_EVERY == 0)
				shape->data->poll();
			part += summand(shape, weight, group->m_x[i]);
		}
		sum += part;
	}
	return sum;
}

static double
spend_weight(const SpendShape *shape, double weight, double m_x)
{
	(void) shape;
	(void) m_x;
	return weight;
}

/* in parts, so that the sum is no larger than the values */
static double
spend_share(const SpendShape *shape, double weight, double m_x)
{
	return weight / shape->weight * (shape->equal_spend ? m_x : 1.0 / m_x);
}

static double
spend_deviation(const SpendShape *shape, double weight, double m_x)
{
	double		d = shape->equal_spend ? (m_x - shape->middle) / shape->middle :
	(shape->middle - m_x) / m_x;

	return weight * (log1p(d) - d);
}

static double
spend_log(const SpendShape *shape, double weight, double m_x)
{
	(void) shape;
	(void) weight;
	return log(m_x);
}

/*
 * Fit one limit.  False where there is none in range; where values are all one
 * to the precision that counts, both limits hold.
 */
static bool
spend_fit_limit(const TcsSpendData *data, int limit, TcsSpendEstimate *estimate)
{
	SpendShape	shape = {.data = data,.equal_spend = limit == TCS_SPEND_EQUAL_SPEND};
	TcsProblem	problem = {
		.n = 1,
		.objective = spend_shape_objective,
		.context = &shape,
		.least = {log(1e-6)},
		.most = {log(1e12)}
	};
	TcsFit		fit = {0};
	double		customers = 0.0;
	double		s;
	double		first;
	double		second;

	for (size_t g = 0; g < data->group_count; g++)
		customers += (double) data->groups[g].count;
	shape.weight = spend_sum(&shape, spend_weight);
	shape.middle = spend_sum(&shape, spend_share);
	if (!shape.equal_spend)
		shape.middle = 1.0 / shape.middle;
	shape.spread = spend_sum(&shape, spend_deviation);
	shape.log_sum = spend_sum(&shape, spend_log);
	if (!(shape.middle > 0.0) || !isfinite(shape.middle) || !isfinite(shape.spread))
		return false;

	/* of a shape that is great, half of the customers by what they differ */
	s = shape.spread < 0.0 ? customers / -shape.spread / 2.0 : INFINITY;
	fit.theta[0] = fmin(fmax(log(s), problem.least[0] + 1.0), problem.most[0]);
	tcs_newton(&problem, &fit);
	memset(estimate, 0, sizeof(*estimate));
	estimate->determined = true;
	estimate->iterations = fit.iterations;
	if (fit.status == TCS_FIT_BOUND && fit.direction > 0)
	{
		tcs_spend_all_equal(shape.middle, estimate);
		return true;
	}
	if (fit.status != TCS_FIT_CONVERGED)
		return false;
	s = exp(fit.theta[0]);
	estimate->limits = limit;
	estimate->count = tcs_spend_terms(limit, estimate->term);
	estimate->value[0] = s;
	estimate->standard_error[0] = fit.standard_error[0];
	if (shape.equal_spend)
	{
		estimate->value[1] = shape.middle;
		estimate->standard_error[1] = shape.middle / sqrt(s * shape.weight);
	}
	else
	{
		spend_shape_term(s, &first, &second);
		estimate->value[1] = s * shape.middle;
		estimate->standard_error[1] = estimate->value[1] *
			sqrt(tcs_trigamma(s) / (-s * second * customers));
	}
	estimate->log_likelihood = fit.value;
	estimate->gradient_norm = fit.gradient_norm;
	estimate->condition_number = fit.condition_number;
	return true;
}

void
tcs_spend_all_equal(double mean, TcsSpendEstimate *estimate)
{
	estimate->limits = TCS_SPEND_EQUAL_SPEND | TCS_SPEND_EQUAL_PURCHASES;
	estimate->count = tcs_spend_terms(estimate->limits, estimate->term);
	estimate->value[0] = mean;
	estimate->standard_error[0] = NAN;
	estimate->determined = true;
	estimate->log_likelihood = estimate->gradient_norm = estimate->condition_number = NAN;
}

/* Limits that the data do not tell apart: of two such the first is taken. */
#define EQUAL	1e-6

bool
tcs_spend_find_limit(const TcsSpendData *data, TcsSpendEstimate *estimate)
{
	TcsSpendEstimate other;
	bool		found = spend_fit_limit(data, TCS_SPEND_EQUAL_SPEND, estimate);

	if (spend_fit_limit(data, TCS_SPEND_EQUAL_PURCHASES, &other) &&
		(!found || other.log_likelihood > estimate->log_likelihood + EQUAL))
	{
		*estimate = other;
		found = true;
	}
	return found;
}
