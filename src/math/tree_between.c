/*
 * tree_between.c
 *		Where a split of a tree lies: a number between two that is short to write.
 */
#include "math/tree.h"

#include <math.h>
#include <stdlib.h>

static double
between_numbers(double low, double high, bool is_whole)
{
	double		middle = low + (high - low) / 2.0;
	int			digits = (int) floor(log10(high - low));

	if (!isfinite(middle) || !isfinite(high - low) || digits < -300 || digits > 300)
		return high;

	/*
	 * with one digit more where that is much nearer; log10 may be off by
	 * rounding
	 */
	for (int i = digits; i >= digits - 3; i--)
	{
		double		unit = pow(10.0, abs(i));
		double		whole = i >= 0 ? round(middle / unit) : round(middle * unit);

		for (int step = 0; step <= 1 && fabs(whole) < 9e15; step++)
		{
			double		number = i >= 0 ? (whole + step) * unit : (whole + step) / unit;

			if (number > low && number <= high &&
				(is_whole || i < digits || fabs(number - middle) <= (high - low) / 4.0))
				return number + 0.0;
		}
	}
	return high;
}

static double
between_times(double low, double high)
{
	static const double parts[] = {1.0, 24.0, 1440.0, 86400.0};

	for (int i = 0; i < 4; i++)
	{
		double		whole = round((low + (high - low) / 2.0) * parts[i]);

		for (int step = 0; step <= 1; step++)
		{
			double		number = (whole + step) / parts[i];

			if (number > low && number <= high)
				return number + 0.0;
		}
	}
	return high;
}

double
tcs_tree_between(double low, double high, bool is_whole, bool is_time)
{
	return is_time ? between_times(low, high) : between_numbers(low, high, is_whole);
}
