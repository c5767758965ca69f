/*
 * two_shares.c
 *		Two shares that were counted, and how they differ.
 */
#include "math/two_shares.h"

#include <float.h>
#include <math.h>

#include "math/exact_test.h"
#include "numerics/normal.h"

/* Of chances that are equal but for their rounding. */
#define CLOSE	(1.0 - 1e-12)

/*
 * The score statistic of a ratio of exp(at).  The share in the second group,
 * were that the ratio, is the smaller root of a quadratic equation; what it
 * and that of the first group lack to 1 is computed without cancellation too.
 */
static double
ratio_score(const void *counts, double at)
{
	const TcsTwoShares *shares = counts;
	double		ratio = exp(at);
	double		x = shares->successes1 + shares->successes0;
	double		failures1 = shares->n1 - shares->successes1;
	double		failures0 = shares->n0 - shares->successes0;
	double		left = ratio * (shares->successes0 + shares->n1);
	double		right = shares->successes1 + shares->n0;
	double		both = 4.0 * ratio * failures1 * failures0;
	double		root = sqrt((left - right) * (left - right) + both);
	double		under = left + right + root;
	double		more = root + fabs(left - right);
	double		less = both > 0.0 ? both / more : 0.0;
	double		off = shares->successes1 / shares->n1 - ratio * (shares->successes0 / shares->n0);
	double		p0 = 2.0 * x / under;
	double		q0;
	double		q1;
	double		variance;

	/* root + (left - right) and root - (left - right) are more and less */
	q0 = ((left >= right ? more : less) + 2.0 * failures0) / under;
	q1 = ((left >= right ? less : more) + 2.0 * ratio * failures1) / under;
	variance = ratio * p0 * q1 / shares->n1 + ratio * ratio * p0 * q0 / shares->n0;
	if (off == 0.0)
		return 0.0;
	return variance > 0.0 ? off / sqrt(variance) : copysign(INFINITY, off);
}

TcsInterval
tcs_koopman(const TcsTwoShares *shares, double z)
{
	double		p0 = shares->successes0 / shares->n0;
	double		start;
	double		step = 0.5;
	TcsInterval interval = {0.0, INFINITY};

	/* half a success, where there is none, is where the search begins */
	start = log(fmax(shares->successes1, 0.5) / shares->n1 / p0);
	if (shares->successes1 > 0.0)
	{
		while (step < 1000.0 && ratio_score(shares, start - step) <= z)
			step *= 2.0;
		interval.low = exp(tcs_bound_solve(ratio_score, shares, z, start - step, start));
	}
	else
	{
		while (ratio_score(shares, start) <= -z && start > -1000.0)
			start -= 1.0;
	}
	step = 0.5;
	while (step < 1000.0 && ratio_score(shares, start + step) >= -z)
		step *= 2.0;
	interval.high = exp(tcs_bound_solve(ratio_score, shares, -z, start, start + step));
	return interval;
}

/*
 * The share in the second group that is likeliest where the first has delta
 * more, 0 <= delta < 1, if that is below the middle: where the slope of the
 * likelihood, which falls, is 0.  Both are multiplied by what cannot be
 * negative.
 */
static double
slope_of_share(const TcsTwoShares *shares, double delta, double q0)
{
	double		q1 = q0 + delta;
	double		rest0 = 1.0 - q0;
	double		rest1 = 1.0 - delta - q0;

	return (shares->successes1 * rest1 - (shares->n1 - shares->successes1) * q1) * (q0 * rest0) +
		(shares->successes0 * rest0 - (shares->n0 - shares->successes0) * q0) * (q1 * rest1);
}

static double
likeliest_share(const TcsTwoShares *shares, double delta)
{
	double		low = 0.0;
	double		high = 0.5 * (1.0 - delta);

	while (high - low > DBL_EPSILON * high)
	{
		double		middle = low + 0.5 * (high - low);

		if (middle <= low || middle >= high)
			break;
		if (slope_of_share(shares, delta, middle) > 0.0)
			low = middle;
		else
			high = middle;
	}
	/* where nobody succeeds there is no slope to follow */
	return shares->successes1 + shares->successes0 > 0.0 ? low + 0.5 * (high - low) : 0.0;
}

/*
 * The score statistic of a difference of delta.  Groups change their places
 * such that it is not below 0, and success and failure such that the smaller of
 * the shares lies below the middle, where it keeps its digits.
 */
static double
difference_score(const void *counts, double delta)
{
	TcsTwoShares shares = *(const TcsTwoShares *) counts;
	double		off = shares.successes1 / shares.n1 - shares.successes0 / shares.n0 - delta;
	double		q0;
	double		q1;
	double		variance;

	if (off == 0.0)
		return 0.0;
	if (delta < 0.0)
	{
		TcsTwoShares other = {shares.successes0, shares.n0, shares.successes1, shares.n1};

		shares = other;
		delta = -delta;
	}
	if (slope_of_share(&shares, delta, 0.5 * (1.0 - delta)) > 0.0)
	{
		TcsTwoShares other = {shares.n0 - shares.successes0, shares.n0, shares.n1 - shares.successes1, shares.n1};

		shares = other;
	}
	q0 = likeliest_share(&shares, delta);
	q1 = q0 + delta;
	variance = q1 * (1.0 - delta - q0) / shares.n1 + q0 * (1.0 - q0) / shares.n0;
	return variance > 0.0 ? off / sqrt(variance) : copysign(INFINITY, off);
}

TcsInterval
tcs_mee(const TcsTwoShares *shares, double z)
{
	double		difference = shares->successes1 / shares->n1 - shares->successes0 / shares->n0;
	TcsInterval interval = {-1.0, 1.0};

	if (difference > -1.0)
		interval.low = tcs_bound_solve(difference_score, shares, z, -1.0, difference);
	if (difference < 1.0)
		interval.high = tcs_bound_solve(difference_score, shares, -z, difference, 1.0);
	return interval;
}

/* The score statistic of no difference; 0 where all or none succeed. */
static double
score_of_equal(const TcsTwoShares *shares)
{
	double		n = shares->n1 + shares->n0;
	double		x = shares->successes1 + shares->successes0;
	double		variance = x * (n - x) / n / (shares->n1 * shares->n0);

	if (!(variance > 0.0))
		return 0.0;
	return fabs(shares->successes1 / shares->n1 - shares->successes0 / shares->n0) / sqrt(variance);
}

double
tcs_score_test(const TcsTwoShares *shares)
{
	return erfc(score_of_equal(shares) / sqrt(2.0));
}

/* What is expected of successes and failures in the smaller arm. */
static double
fewest_expected(const TcsTwoShares *shares)
{
	double		x = shares->successes1 + shares->successes0;
	double		n = shares->n1 + shares->n0;

	return fmin(x, n - x) * (fmin(shares->n1, shares->n0) / n);
}

double
tcs_shares_test(const TcsTwoShares *shares)
{
	double		p = tcs_score_test(shares);

	if (fewest_expected(shares) < TCS_FEW_EXPECTED)
		p = fmax(p, tcs_fisher_test(shares->successes1, shares->n1, shares->successes0, shares->n0));
	return p;
}

void
tcs_compare_shares(const TcsTwoShares *shares, double z, TcsSharesEffect *effect)
{
	double		alarm = 2.0 * tcs_normal_tail(z);

	effect->p = tcs_shares_test(shares);
	/* the statistic is taken for as much less as the test says */
	if (effect->p > tcs_score_test(shares))
		z += score_of_equal(shares) - tcs_normal_quantile(0.5 * effect->p);
	effect->difference = tcs_mee(shares, z);
	effect->ratio.low = effect->ratio.high = NAN;
	if (shares->successes0 > 0.0)
		effect->ratio = tcs_koopman(shares, z);
	/* a close call is not decided anew by the rounding of a limit */
	if (effect->p >= alarm * CLOSE)
	{
		effect->difference.low = fmin(effect->difference.low, 0.0);
		effect->difference.high = fmax(effect->difference.high, 0.0);
		effect->ratio.low = shares->successes0 > 0.0 ? fmin(effect->ratio.low, 1.0) : NAN;
		effect->ratio.high = shares->successes0 > 0.0 ? fmax(effect->ratio.high, 1.0) : NAN;
	}
}
