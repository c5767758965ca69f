/*
 * proportions.c
 *		Intervals and a test for shares that were counted.
 */
#include "math/proportions.h"

#include <float.h>
#include <math.h>

#define MOST_HALVINGS	200

TcsInterval
tcs_wilson(double successes, double n, double z)
{
	double		share = successes / n;
	double		square = z * z;
	double		root = z * sqrt(square + 4.0 * share * (n - successes));
	TcsInterval interval;

	/*
	 * The limits solve a quadratic equation, and so their product is known,
	 * as is that of what they lack to 1: the smaller root has no
	 * cancellation.
	 */
	interval.high = (2.0 * successes + square + root) / (2.0 * (n + square));
	interval.low = successes * share / ((n + square) * interval.high);
	if (interval.high > 0.75)
	{
		double		failures = n - successes;
		double		most = (2.0 * failures + square + root) / (2.0 * (n + square));

		interval.high = 1.0 - failures * (failures / n) / ((n + square) * most);
	}
	interval.low = fmin(interval.low, share);
	interval.high = fmin(fmax(interval.high, share), 1.0);
	return interval;
}

/* A statistic that falls as its argument rises, and the place where it is z. */
typedef double (*Statistic) (const void *counts, double at);

/* The statistic is above z at low and below it at high. */
static double
bound_solve(Statistic statistic, const void *counts, double z, double low, double high)
{
	for (int i = 0; i < MOST_HALVINGS; i++)
	{
		double		middle = low + 0.5 * (high - low);

		if (middle <= low || middle >= high)
			break;
		if (statistic(counts, middle) > z)
			low = middle;
		else
			high = middle;
	}
	return low + 0.5 * (high - low);
}

typedef struct NetShare
{
	double		plus;
	double		minus;
	double		n;
} NetShare;

/*
 * The score statistic of a net share of delta.  The share of those who count
 * as minus, were delta true, is the root of a quadratic equation, which has no
 * cancellation for delta >= 0; below 0 the two kinds change their places.
 */
static double
net_share_score(const void *counts, double delta)
{
	const NetShare *net = counts;
	double		plus = net->plus;
	double		minus = net->minus;
	double		sign = 1.0;
	double		half;
	double		last;
	double		root;
	double		share;
	double		variance;

	if (delta < 0.0)
	{
		plus = net->minus;
		minus = net->plus;
		delta = -delta;
		sign = -1.0;
	}
	half = 0.5 * (plus + minus - (2.0 * net->n - plus + minus) * delta);
	last = 2.0 * net->n * minus * delta * (1.0 - delta);
	root = sqrt(half * half + last);
	share = half > 0.0 ? (half + root) / (2.0 * net->n) :
		(root > half ? minus * delta * (1.0 - delta) / (root - half) : 0.0);
	variance = net->n * (2.0 * share + delta * (1.0 - delta));
	last = plus - minus - net->n * delta;
	if (last == 0.0)
		return 0.0;
	return sign * (variance > 0.0 ? last / sqrt(variance) : copysign(INFINITY, last));
}

TcsInterval
tcs_net_share(double plus, double minus, double n, double z)
{
	NetShare	net = {plus, minus, n};
	double		share = (plus - minus) / n;
	TcsInterval interval = {-1.0, 1.0};

	if (share > -1.0)
		interval.low = bound_solve(net_share_score, &net, z, -1.0, share);
	if (share < 1.0)
		interval.high = bound_solve(net_share_score, &net, -z, share, 1.0);
	return interval;
}

TcsInterval
tcs_newcombe(const TcsTwoShares *shares, double z)
{
	double		p1 = shares->successes1 / shares->n1;
	double		p0 = shares->successes0 / shares->n0;
	TcsInterval one = tcs_wilson(shares->successes1, shares->n1, z);
	TcsInterval other = tcs_wilson(shares->successes0, shares->n0, z);
	TcsInterval interval;

	interval.low = p1 - p0 - hypot(p1 - one.low, other.high - p0);
	interval.high = p1 - p0 + hypot(one.high - p1, p0 - other.low);
	return interval;
}

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
		interval.low = exp(bound_solve(ratio_score, shares, z, start - step, start));
	}
	else
	{
		while (ratio_score(shares, start) <= -z && start > -1000.0)
			start -= 1.0;
	}
	step = 0.5;
	while (step < 1000.0 && ratio_score(shares, start + step) >= -z)
		step *= 2.0;
	interval.high = exp(bound_solve(ratio_score, shares, -z, start, start + step));
	return interval;
}

double
tcs_score_test(const TcsTwoShares *shares)
{
	double		p1 = shares->successes1 / shares->n1;
	double		p0 = shares->successes0 / shares->n0;
	double		n = shares->n1 + shares->n0;
	double		x = shares->successes1 + shares->successes0;
	double		variance = x * (n - x) / n / (shares->n1 * shares->n0);

	if (!(variance > 0.0))
		return NAN;
	return erfc(fabs(p1 - p0) / sqrt(2.0 * variance));
}
