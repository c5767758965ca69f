/*
 * sample_ratio.c
 *		Whether counts come by their shares.
 */
#include "math/sample_ratio.h"

#include <math.h>
#include <stdbool.h>

#include "math/exact_test.h"
#include "numerics/student.h"

/* The least p that several shares are not raised above: no alarm is made of it. */
#define NO_ALARM	0.05

TcsSampleRatio
tcs_sample_ratio(const double *counts, const double *shares, double sum, int arms)
{
	TcsSampleRatio ratio = {0.0, 1.0};
	double		n = 0.0;
	double		least = INFINITY;
	double		exact = 1.0;
	int			open = 0;		/* arms with a share */

	for (int i = 0; i < arms; i++)
		n += counts[i];
	for (int i = 0; i < arms; i++)
	{
		double		expected = n * (shares[i] / sum);
		double		off = counts[i] - expected;

		/* one who is where nobody should be cannot be chance */
		if (off != 0.0)
			ratio.chi2 += off * off / expected;
		open += shares[i] > 0.0;
		if (shares[i] > 0.0)
			least = fmin(least, fmin(expected, n - expected));
	}
	ratio.p = tcs_chi_square_tail(ratio.chi2, open - 1);
	if (!(least < TCS_FEW_EXPECTED) || isinf(ratio.chi2) || (open > 2 && ratio.p >= NO_ALARM))
		return ratio;
	for (int i = 0; i < arms; i++)
		if (shares[i] > 0.0)
			exact = fmin(exact, tcs_binomial_test(counts[i], n, shares[i] / sum));
	if (open > 2)
		exact = fmin(exact * open, NO_ALARM);
	ratio.p = fmax(ratio.p, exact);
	return ratio;
}
