/*
 * bdw.c
 *		What the beta-discrete-Weibull model says of a customer.
 *
 * Tenure t counts as t^c renewals of the shifted beta-geometric model, of which
 * there are then any number, not whole ones only.
 */
#include "math/bdw.h"

#include <float.h>
#include <math.h>

#include "numerics/quadrature.h"

#define FEW		64				/* renewals that are gone through one by one */
#define HARDLY	0.05			/* a fall between neighbours that is small */

TcsBdw
tcs_bdw_of_equal(double churn, double c)
{
	TcsBdw		model = {.c = c,.rate = -log1p(-churn)};

	return model;
}

double
tcs_bdw_log_staying(double a, double b, double n)
{
	double		log_staying = 0.0;
	double		staying = 1.0;
	double		gone = 0.0;		/* keeps its digits where it is small */

	if (!(n > 0.0))
		return 0.0;

	/* by the rising factorials of b + FEW and of a + b + FEW */
	if (b < FEW)
	{
		for (int i = 0; i < FEW; i++)
		{
			gone += (1.0 - gone) * (1.0 / (1.0 + b / n) / (1.0 + b / a));
			staying *= (1.0 + a / (b + n)) / (1.0 + a / b);
			b += 1.0;
			/* far from what a double holds */
			if (staying < 1e-100)
			{
				log_staying += log(staying);
				staying = 1.0;
			}
		}
		log_staying += gone < 0.5 ? log1p(-gone) : log(staying);
	}
	log_staying += tcs_sbg_log_staying(a, b, n);

	/* there by a formula of Taylor's, whose next term is 0 for one renewal */
	if (n < 1.0 && n <= b / 1000.0)
	{
		double		u = b + (n - 1.0) / 2.0;

		log_staying += n * (7.0 - n * n * (10.0 - 3.0 * n * n)) / 960.0 *
			(expm1(-4.0 * log1p(a / u)) / u / u / u / u);
	}
	return fmin(log_staying, 0.0);
}

/* The logarithm of the chance to go on from one tenure to another. */
static double
bdw_log_going_on(const TcsBdw *model, double from, double to)
{
	double		passed = pow(from, model->c);
	double		more = from == 0.0 ? pow(to, model->c) :
	passed * expm1(model->c * log1p((to - from) / from));

	if (model->rate > 0.0)
		return more > 0.0 ? -model->rate * more : 0.0;
	return tcs_bdw_log_staying(model->alpha, model->beta + passed, more);
}

double
tcs_bdw_survival(const TcsBdw *model, double tenure)
{
	return exp(bdw_log_going_on(model, 0.0, tenure));
}

double
tcs_bdw_churn(const TcsBdw *model, double tenure, double periods)
{
	return -expm1(bdw_log_going_on(model, tenure, tenure + periods));
}

/*
 * What a residual lifetime is the sum of: of those who made the renewal `from`,
 * the part that makes that of number x, discounted, x > from.
 */
typedef struct BdwTerms
{
	const TcsBdw *model;
	double		from;
	double		log_discount;	/* of a period */
} BdwTerms;

static double
bdw_term(const BdwTerms *terms, double x)
{
	return exp(bdw_log_going_on(terms->model, terms->from, x) -
			   terms->log_discount * (x - terms->from));
}

/* By how much the logarithm of a term falls, about, from one to the next. */
static double
bdw_fall(const BdwTerms *terms, double x)
{
	const TcsBdw *model = terms->model;
	double		passed = pow(x, model->c);
	double		rate = model->rate > 0.0 ? model->rate :
	log1p(model->alpha / (model->beta + passed));

	return terms->log_discount + model->c * (passed / x) * rate;
}

#define MANY_PANELS	10000

/*
 * The integral of the terms from x on, on panels so short that a term is nearly a
 * polynomial.  Where nothing is discounted and t^c is far above alpha and beta,
 * what is left is that of a power.
 */
static double
bdw_integral(const BdwTerms *terms, double x, double sum)
{
	const TcsBdw *model = terms->model;
	double		total = 0.0;

	for (int panel = 0; panel < MANY_PANELS; panel++)
	{
		double		width = fmin(x * fmin(1.0, 2.0 / model->c), 8.0 / bdw_fall(terms, x));
		double		part = 0.0;

		if (x > 1e280)
			return INFINITY;
		if (model->rate == 0.0 && terms->log_discount == 0.0 &&
			pow(x, model->c) > 1e17 * (1.0 + model->alpha + model->beta) * (1.0 + model->alpha))
			return total + bdw_term(terms, x) * x / (model->c * model->alpha - 1.0);
		for (int i = 0; i < TCS_NODES; i++)
			part += tcs_weight[i] * bdw_term(terms, x + width * tcs_node[i]);
		part *= width;
		total += part;
		if (part < 1e-17 * (sum + total) && terms->log_discount + model->rate > 0.0)
			break;
		x += width;
	}
	return total;
}

/*
 * First one by one; then, where a term differs little from the next, by the
 * integral and the differences at its end (Gregory's formula, with those about the
 * middle).
 */
double
tcs_bdw_lifetime_if_renewed(const TcsBdw *model, double tenure, double discount)
{
	BdwTerms	terms = {model, tenure + 1.0, log1p(discount)};
	double		term[2 * 3 + 1] = {1.0};	/* about the latest but two */
	double		sum = 0.0;
	double		x = terms.from;

	if (discount < 0.0 || (discount == 0.0 && model->rate == 0.0 && model->c * model->alpha <= 1.0))
		return INFINITY;
	if (isinf(discount))
		return 1.0;
	for (;;)
	{
		double		odd;
		double		third;
		double		fifth;

		term[6] = x == terms.from ? 1.0 : bdw_term(&terms, x);
		sum += term[6];
		if (term[6] < 1e-18 * sum)
			return sum;
		if (x - terms.from >= FEW && x >= FEW * model->c / 2.0 && bdw_fall(&terms, x) < HARDLY)
		{
			/* all up to three before are summed up, and half of that one */
			odd = (term[4] - term[2]) / 2.0;
			third = (term[5] - term[1]) / 2.0 - 2.0 * odd;
			fifth = (term[6] - term[0]) / 2.0 - 2.0 * (term[5] - term[1]) + 5.0 * odd;
			sum -= term[6] + term[5] + term[4] + term[3] / 2.0;
			return sum - odd / 12.0 + third * 11.0 / 720.0 - fifth * 191.0 / 60480.0 +
				bdw_integral(&terms, x - 3.0, sum);
		}
		for (int i = 0; i < 6; i++)
			term[i] = term[i + 1];
		x += 1.0;
	}
}

double
tcs_bdw_lifetime(const TcsBdw *model, double tenure, double discount)
{
	double		renewed = tcs_bdw_lifetime_if_renewed(model, tenure, discount);

	return isinf(renewed) ? renewed : exp(bdw_log_going_on(model, tenure, tenure + 1.0)) * renewed;
}
