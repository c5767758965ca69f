/*
 * sample_size.c
 *		How many customers an experiment takes.
 */
#include "math/sample_size.h"

#include <math.h>

#include "numerics/normal.h"
#include "numerics/student.h"

/* From so many on, the difference of Student's test to the normal one is known. */
#define MANY			1e6

/* A number just above a whole one, by rounding, is that one. */
static double
whole_size(double n)
{
	return fmax(ceil(n * (1.0 - 1e-12)), 1.0);
}

double
tcs_sample_size(double p0, double p1, const TcsTrial *trial)
{
	double		ratio = trial->ratio;
	double		mean = (p0 + ratio * p1) / (1.0 + ratio);
	double		equal = sqrt(mean * (1.0 - mean) * (1.0 + 1.0 / ratio));
	double		different = sqrt(p0 * (1.0 - p0) + p1 * (1.0 - p1) / ratio);
	double		n;

	n = (tcs_normal_confidence(trial->confidence) * equal +
		 tcs_normal_quantile(1.0 - trial->power) * different) / (p1 - p0);
	return whole_size(n * n);
}

/* The chance that so many customers find the difference. */
static double
trial_power(double n, double difference, const TcsTrial *trial)
{
	double		df = n * (1.0 + trial->ratio) - 2.0;
	double		t = tcs_student_quantile(0.5 * (1.0 - trial->confidence), df);

	return tcs_student_power(t, df, difference * sqrt(n * trial->ratio / (1.0 + trial->ratio)));
}

double
tcs_sample_size_mean(double difference, const TcsTrial *trial)
{
	double		ratio = trial->ratio;
	double		least = fmax(2.0, ceil(2.0 / ratio));
	double		z = tcs_normal_confidence(trial->confidence);
	double		n = (z + tcs_normal_quantile(1.0 - trial->power)) / difference;
	double		low;
	double		high;
	double		step = 1.0;

	difference = fabs(difference);
	n = n * n * (1.0 + 1.0 / ratio);
	if (n > MANY)
		return fmax(least, whole_size(n + z * z / (2.0 * (1.0 + ratio))));

	/* the normal distribution never takes more */
	low = fmax(least, floor(n)) - 1.0;
	high = low + 1.0;
	while (trial_power(high, difference, trial) < trial->power)
	{
		low = high;
		step *= 2.0;
		high += step;
	}
	while (high - low > 1.0)
	{
		double		middle = floor(0.5 * (low + high));

		if (trial_power(middle, difference, trial) < trial->power)
			low = middle;
		else
			high = middle;
	}
	return high;
}
