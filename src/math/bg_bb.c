/*
 * bg_bb.c
 *		What the family bg/bb says of customers and of their futures.
 *
 * With U(j) = B(alpha + x, beta + j - x) / B(alpha, beta), a customer who dies
 * after j opportunities has the likelihood U(j) B(gamma + 1, delta + j) /
 * B(gamma, delta), j = t_x ... n - 1, and one who is alive at the n-th U(n)
 * B(gamma, delta + n) / B(gamma, delta).  The terms fall from one j to the next
 * by w(j + 1) / w(j) = (beta + j - x) / (alpha + beta + j) (delta + j) / (gamma +
 * delta + 1 + j), and the last is w(n) (gamma + delta + n) / gamma.
 */
#include "math/bg_bb.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "math/btyd_families.h"
#include "math/sbg.h"
#include "numerics/beta_mean.h"
#include "numerics/special.h"

#define PARAMETERS	TCS_BTYD_PARAMETERS
#define AT(i, j)	((i) * PARAMETERS + (j))

double
tcs_bg_bb_whole(double opportunities)
{
	return floor(opportunities + TCS_BG_BB_SLACK);
}

bool
tcs_bg_bb_history(double period, double x, double *t_x, double *t)
{
	double		used = fmax(ceil(*t_x / period - TCS_BG_BB_SLACK), 0.0);

	/* one that has begun and was used counts, too */
	*t = fmax(tcs_bg_bb_whole(*t / period), used);
	*t_x = used;
	return x <= used && *t <= TCS_BG_BB_MOST;
}

/* Sums over the terms, each by that of j = t_x, and their derivatives. */
typedef struct BgBbSums
{
	double		sum;
	double		slope[PARAMETERS];	/* of weight times derivative, ... */
	double		outer[PARAMETERS * PARAMETERS]; /* ... times two, and second
												 * ones, j <= i */
} BgBbSums;

/* The derivatives of the logarithm of a term, beyond those of j = t_x. */
typedef struct BgBbSlopes
{
	double		first[PARAMETERS];
	TcsRise		both;			/* of alpha + beta */
	TcsRise		beta;
	TcsRise		all;			/* of gamma + delta + 1 */
	TcsRise		delta;
} BgBbSlopes;

static void
bg_bb_add_term(BgBbSums *sums, double weight, const double *first, const double *second)
{
	sums->sum += weight;
	for (int i = 0; i < PARAMETERS; i++)
	{
		sums->slope[i] += weight * first[i];
		for (int j = 0; j <= i; j++)
			sums->outer[AT(i, j)] += weight * (first[i] * first[j] + second[AT(i, j)]);
	}
}

/* Second derivatives that go with the slopes. */
static void
bg_bb_second(const BgBbSlopes *slopes, double *second)
{
	memset(second, 0, PARAMETERS * PARAMETERS * sizeof(double));
	second[AT(0, 0)] = second[AT(1, 0)] = -slopes->both.second;
	second[AT(1, 1)] = slopes->beta.second - slopes->both.second;
	second[AT(2, 2)] = second[AT(3, 2)] = -slopes->all.second;
	second[AT(3, 3)] = slopes->delta.second - slopes->all.second;
}

/* From one j to the next. */
static void
bg_bb_step(BgBbSlopes *slopes, double both, double beta, double all, double delta)
{
	double		inverse[4] = {1.0 / both, 1.0 / beta, 1.0 / all, 1.0 / delta};

	slopes->both.second -= inverse[0] * inverse[0];
	slopes->beta.second -= inverse[1] * inverse[1];
	slopes->all.second -= inverse[2] * inverse[2];
	slopes->delta.second -= inverse[3] * inverse[3];
	slopes->first[0] -= inverse[0];
	slopes->first[1] += inverse[1] - inverse[0];
	slopes->first[2] -= inverse[2];
	slopes->first[3] += inverse[3] - inverse[2];
}

/* The derivatives of the logarithm of the term of j = t_x. */
static void
bg_bb_first_term(const double *parameter, double x, double t_x, double *gradient, double *hessian)
{
	double		both = parameter[0] + parameter[1];
	double		all = parameter[2] + parameter[3];
	TcsRise		rise[5];

	tcs_log_rising_slope(parameter[0], x, &rise[0]);
	tcs_log_rising_slope(parameter[1], t_x - x, &rise[1]);
	tcs_log_rising_slope(both, t_x, &rise[2]);
	tcs_log_rising_slope(parameter[3], t_x, &rise[3]);
	tcs_log_rising_slope(all, t_x + 1.0, &rise[4]);
	gradient[0] = rise[0].first - rise[2].first;
	gradient[1] = rise[1].first - rise[2].first;
	gradient[2] = 1.0 / parameter[2] - rise[4].first;
	gradient[3] = rise[3].first - rise[4].first;
	memset(hessian, 0, PARAMETERS * PARAMETERS * sizeof(double));
	hessian[AT(0, 0)] = rise[0].second - rise[2].second;
	hessian[AT(1, 0)] = -rise[2].second;
	hessian[AT(1, 1)] = rise[1].second - rise[2].second;
	hessian[AT(2, 2)] = -1.0 / parameter[2] / parameter[2] - rise[4].second;
	hessian[AT(3, 2)] = -rise[4].second;
	hessian[AT(3, 3)] = rise[3].second - rise[4].second;
}

/* The logarithm of that term. */
static double
bg_bb_log_first(const double *parameter, double x, double t_x)
{
	return tcs_log_rising(parameter[0], x) + tcs_log_rising(parameter[1], t_x - x) -
		tcs_log_rising(parameter[0] + parameter[1], t_x) + log(parameter[2]) +
		tcs_log_rising(parameter[3], t_x) -
		tcs_log_rising(parameter[2] + parameter[3], t_x + 1.0);
}

double
tcs_bg_bb_log_likelihood(const double *parameter, double x, double t_x, double n,
						 double *gradient, double *hessian)
{
	double		beta = parameter[1];	/* may be far below 1, which t_x - x
										 * is not */
	double		both = parameter[0] + parameter[1];
	double		gamma = parameter[2];
	double		delta = parameter[3];
	double		at = t_x;		/* dying before that opportunity */
	double		weight = 1.0;
	double		alive = (gamma + delta + n) / gamma;
	double		first = bg_bb_log_first(parameter, x, t_x);
	double		sum = 0.0;
	double		second[PARAMETERS * PARAMETERS];
	BgBbSlopes	slopes = {0};
	BgBbSums	sums = {0};

	while (at < n)
	{
		if (gradient != NULL)
		{
			bg_bb_second(&slopes, second);
			bg_bb_add_term(&sums, weight, slopes.first, second);
			bg_bb_step(&slopes, both + at, beta + (at - x), gamma + delta + 1.0 + at, delta + at);
		}
		else
			sum += weight;
		weight *= (beta + (at - x)) / (both + at) * ((delta + at) / (gamma + delta + 1.0 + at));
		at += 1.0;
	}
	weight *= alive;
	if (gradient == NULL)
		return first + log(sum + weight);

	/* the last term's factor by gamma and delta */
	bg_bb_second(&slopes, second);
	slopes.first[2] += 1.0 / (gamma + delta + n) - 1.0 / gamma;
	slopes.first[3] += 1.0 / (gamma + delta + n);
	for (int i = 2; i < PARAMETERS; i++)
		for (int j = 2; j <= i; j++)
			second[AT(i, j)] -= 1.0 / (gamma + delta + n) / (gamma + delta + n);
	second[AT(2, 2)] += 1.0 / gamma / gamma;
	bg_bb_add_term(&sums, weight, slopes.first, second);

	bg_bb_first_term(parameter, x, t_x, gradient, hessian);
	for (int i = 0; i < PARAMETERS; i++)
		for (int j = 0; j <= i; j++)
		{
			hessian[AT(i, j)] += sums.outer[AT(i, j)] / sums.sum -
				sums.slope[i] / sums.sum * (sums.slope[j] / sums.sum);
			hessian[AT(j, i)] = hessian[AT(i, j)];
		}
	for (int i = 0; i < PARAMETERS; i++)
		gradient[i] += sums.slope[i] / sums.sum;
	return first + log(sums.sum);
}

/*
 * The terms w(j) of customers with the same x are the same for all of them.  For
 * each j: its term by that of the first j, its derivatives beyond those of the
 * first, and the sums of the terms from j on, up to the last of all, by w(j).  As
 * terms fall, what is summed up until n is the difference of two such sums that
 * loses few digits: what follows n is no more than its share of the opportunities.
 */
#define MOST_TERMS	1024

typedef struct BgBbTerm
{
	double		log_weight;
	BgBbSlopes	slopes;
	BgBbSums	sums;
} BgBbTerm;

static void
bg_bb_make_terms(const double *parameter, double x, double from, size_t count, BgBbTerm *terms)
{
	double		beta = parameter[1] + (from - x);
	double		both = parameter[0] + parameter[1] + from;
	double		delta = parameter[3] + from;
	double		all = parameter[2] + parameter[3] + 1.0 + from;
	BgBbSlopes	slopes = {0};
	double		log_weight = 0.0;

	for (size_t j = 0; j <= count; j++)
	{
		terms[j].log_weight = log_weight;
		terms[j].slopes = slopes;
		memset(&terms[j].sums, 0, sizeof(BgBbSums));
		log_weight += log((beta + j) / (both + j) * ((delta + j) / (all + j)));
		bg_bb_step(&slopes, both + j, beta + j, all + j, delta + j);
	}
	for (size_t j = count; j-- > 0;)
	{
		const BgBbSums *after = &terms[j + 1].sums;
		BgBbSums   *sums = &terms[j].sums;
		double		ratio = (beta + j) / (both + j) * ((delta + j) / (all + j));
		double		second[PARAMETERS * PARAMETERS];

		bg_bb_second(&terms[j].slopes, second);
		bg_bb_add_term(sums, 1.0, terms[j].slopes.first, second);
		sums->sum += ratio * after->sum;
		for (int i = 0; i < PARAMETERS; i++)
		{
			sums->slope[i] += ratio * after->slope[i];
			for (int k = 0; k <= i; k++)
				sums->outer[AT(i, k)] += ratio * after->outer[AT(i, k)];
		}
	}
}

/* What is left of the sums of terms from one on, until another and with the last. */
static void
bg_bb_between(const BgBbTerm *from, const BgBbTerm *to, double gamma, double all, BgBbSums *sums)
{
	double		weight = exp(to->log_weight - from->log_weight);
	double		alive = all / gamma;
	double		first[PARAMETERS];
	double		second[PARAMETERS * PARAMETERS];

	*sums = from->sums;
	sums->sum -= weight * to->sums.sum;
	for (int i = 0; i < PARAMETERS; i++)
	{
		sums->slope[i] -= weight * to->sums.slope[i];
		for (int j = 0; j <= i; j++)
			sums->outer[AT(i, j)] -= weight * to->sums.outer[AT(i, j)];
	}

	/* the last term's factor by gamma and delta */
	memcpy(first, to->slopes.first, sizeof(first));
	bg_bb_second(&to->slopes, second);
	first[2] += 1.0 / all - 1.0 / gamma;
	first[3] += 1.0 / all;
	for (int i = 2; i < PARAMETERS; i++)
		for (int j = 2; j <= i; j++)
			second[AT(i, j)] -= 1.0 / all / all;
	second[AT(2, 2)] += 1.0 / gamma / gamma;
	bg_bb_add_term(sums, weight * alive, first, second);
}

/* The first opportunity that counts for any of them, and the number from there on. */
static bool
bg_bb_span(const TcsBtydGroup *group, const TcsBtydTuple *tuples, double *from, size_t *count)
{
	double		least = INFINITY;
	double		most = 0.0;
	double		steps = 0.0;

	for (size_t i = 0; i < group->count; i++)
	{
		least = fmin(least, tuples[i].t_x);
		most = fmax(most, tuples[i].t);
		steps += tuples[i].t - tuples[i].t_x;
	}
	*from = least;
	if (!(most - least < MOST_TERMS) || steps < 2.0 * (most - least))
		return false;
	*count = (size_t) (most - least);
	return true;
}

bool
tcs_bg_bb_add_group(const double *parameter, const TcsBtydGroup *group, const TcsBtydTuple *tuples,
					double *value, double *gradient, double *hessian)
{
	double		x = group->x;
	double		gamma = parameter[2];
	double		from;
	size_t		count;
	double		first;
	double		slope[PARAMETERS];
	double		second[PARAMETERS * PARAMETERS];
	BgBbTerm	terms[MOST_TERMS + 1];

	if (!bg_bb_span(group, tuples, &from, &count))
		return false;
	bg_bb_make_terms(parameter, x, from, count, terms);
	first = bg_bb_log_first(parameter, x, from);
	bg_bb_first_term(parameter, x, from, slope, second);
	for (size_t i = 0; i < group->count; i++)
	{
		const TcsBtydTuple *tuple = &tuples[i];
		const BgBbTerm *start = &terms[(int) (tuple->t_x - from)];
		double		n = tuple->customers;
		BgBbSums	sums;

		bg_bb_between(start, &terms[(int) (tuple->t - from)], gamma, gamma + parameter[3] + tuple->t, &sums);
		*value += n * (first + start->log_weight + log(sums.sum));
		for (int j = 0; j < PARAMETERS; j++)
		{
			double		mean = sums.slope[j] / sums.sum;

			gradient[j] += n * (slope[j] + mean);
			for (int k = 0; k <= j; k++)
				hessian[AT(j, k)] += n * (second[AT(j, k)] + sums.outer[AT(j, k)] / sums.sum -
										  mean * (sums.slope[k] / sums.sum));
		}
	}
	return true;
}

void
tcs_bg_bb_customer(const TcsBtyd *model, double x, double t_x, double n, TcsCustomer *customer)
{
	double		term = 1.0;
	double		dead = 1.0;
	double		j = n - 1.0;

	/* by the term of dying before the next opportunity, backwards */
	while (j >= t_x && dead <= DBL_MAX)
	{
		term *= (model->r + model->alpha + j) / (model->alpha + (j - x)) *
			((model->a + model->b + 1.0 + j) / (model->b + j));
		dead += term;
		j -= 1.0;
	}
	customer->shape = model->r + x;
	customer->rate = model->alpha + (n - x);
	customer->a = model->a;
	customer->b = model->b + n + 1.0;
	tcs_btyd_set_odds(customer, log(dead) + log(model->a) - log(model->b + n));
}

/*
 * The sum of the chances to be alive at n opportunities, of which the first is
 * certain, is (a + b - 1) (1 - c) / (a - 1) with c the product of
 * (b + j) / (b + j + a - 1) over j < n: a chance to survive, by sbg, of other
 * parameters, or where a is below 1 what is over it.
 */
double
tcs_bg_bb_expected(const TcsCustomer *customer, double n)
{
	double		a = customer->a;
	double		b = customer->b;
	double		mean = 1.0 / (1.0 + customer->rate / customer->shape);
	double		more = fabs(a - 1.0);
	TcsSbg		other = {fmax(more, 1e-200), a < 1.0 ? b - more : b};
	double		gone = tcs_sbg_churn(&other, 0.0, n);

	if (a < 1.0)
		gone /= tcs_sbg_survival(&other, n);
	return mean * fmin((a + b - 1.0) * (gone / other.alpha), n);
}

/* Terms grow and shrink by this and more, so that they stay in range. */
#define RANGE		1e200

/*
 * The chance that the purchase of that number is made at the j-th opportunity,
 * times the chance to be alive there, summed over j.
 */
double
tcs_bg_bb_at_least(const TcsCustomer *customer, double n, double purchases)
{
	double		k = purchases;
	double		both = customer->shape + customer->rate;
	TcsSbg		leaving = {customer->a, customer->b};
	double		offset;
	double		term = 1.0;
	double		sum = 0.0;
	double		j = k;

	n = fmin(n, TCS_BG_BB_MOST);
	if (k > n)
		return 0.0;
	offset = tcs_log_rising(customer->shape, k) - tcs_log_rising(both, k) +
		tcs_sbg_log_survival(&leaving, k - 1.0);
	for (;;)
	{
		sum += term;
		term *= j / (j + 1.0 - k) * ((customer->rate + (j - k)) / (both + j)) /
			(1.0 + customer->a / (customer->b + (j - 1.0)));
		if (j + 1.0 > n || (term < sum * 1e-18 && j > 2.0 * k))
			break;
		if (sum > RANGE)
		{
			sum /= RANGE;
			term /= RANGE;
			offset += log(RANGE);
		}
		j += 1.0;
	}
	return fmin(exp(offset + log(sum)), 1.0);
}

/* So many opportunities are added up, by what their chances depend on. */
#define EVER_LEAST		4096.0
#define EVER_WIDTHS		64.0

/*
 * The chances to buy first at the j-th opportunity go over into a power of j:
 * with the four gamma functions in them, into (j + m)^-(1 + power), up to a part
 * that falls with the square of j.  What follows the j-th, by Euler and Maclaurin.
 */
static double
bg_bb_rest(const TcsCustomer *customer, double power, double term, double j)
{
	double		a = customer->a;
	double		b = customer->b;
	double		shape = customer->shape;
	double		rate = customer->rate;
	double		shift = (a * (a + 2.0 * b - 3.0) +
						 (shape + 1.0) * (shape + 2.0 * rate - 2.0)) / (2.0 * (1.0 + power));
	double		at = j + shift;

	return term * (at / power - 0.5 + (1.0 + power) / (12.0 * at));
}

/* How many opportunities come until one is used or not lived to, all at the chance p. */
static double
bg_bb_log_lifetime(double log_p, const void *context)
{
	const TcsCustomer *customer = context;
	TcsSbg		leaving = {customer->a, fmax(customer->b - 1.0, DBL_MIN)};

	return log(tcs_sbg_lifetime_if_renewed(&leaving, 0.0, 1.0 / expm1(-log_p)));
}

double
tcs_bg_bb_ever(const TcsCustomer *customer)
{
	double		both = customer->shape + customer->rate;
	double		power = customer->shape + customer->a;
	double		most = fmax(EVER_WIDTHS * (both + customer->a + customer->b), EVER_LEAST);
	double		half = floor(most / 2.0);
	double		term = customer->shape / both;
	double		sum = 0.0;
	double		part = 0.0;
	double		halving = exp2(-2.0 - power);
	double		j = 1.0;

	/*
	 * too many: by the distribution of the chance to buy, for a purchase at
	 * it
	 */
	if (!(most < TCS_BG_BB_MOST))
		return fmin(exp(log(customer->shape) - log(both) +
						tcs_beta_log_mean(customer->shape + 1.0, customer->rate, -600.0, 0.0,
										  bg_bb_log_lifetime, customer)), 1.0);
	for (;;)
	{
		sum += term;
		if (term < sum * 1e-18)
			return fmin(sum, 1.0);
		if (j == half)
			part = sum + bg_bb_rest(customer, power, term, j);
		if (j >= 2.0 * half)
			break;
		term *= (customer->rate + (j - 1.0)) / (both + j) / (1.0 + customer->a / (customer->b + (j - 1.0)));
		j += 1.0;
	}
	/* twice as many leave a known part of the error of half of them */
	sum += bg_bb_rest(customer, power, term, 2.0 * half);
	sum += (sum - part) * halving / (1.0 - halving);
	return fmin(fmax(sum, 0.0), 1.0);
}

double
tcs_bg_bb_residual(const TcsCustomer *customer, double discount)
{
	double		mean = 1.0 / (1.0 + customer->rate / customer->shape);
	TcsSbg		leaving = {customer->a, customer->b - 1.0};

	return mean * exp(-discount) *
		tcs_sbg_lifetime_if_renewed(&leaving, 0.0, expm1(discount));
}
