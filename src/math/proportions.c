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

double
tcs_bound_solve(TcsStatistic statistic, const void *counts, double z, double low, double high)
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
		interval.low = tcs_bound_solve(net_share_score, &net, z, -1.0, share);
	if (share < 1.0)
		interval.high = tcs_bound_solve(net_share_score, &net, -z, share, 1.0);
	return interval;
}
