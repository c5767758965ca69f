/*
 * log_sum.h
 *		Sums of positive terms that are known by their logarithms.
 */
#ifndef TCS_LOG_SUM_H
#define TCS_LOG_SUM_H

#include <math.h>

/* sum * exp(peak); peak is the greatest term so far */
typedef struct TcsLogSum
{
	double		peak;
	double		sum;
} TcsLogSum;

#define TCS_LOG_SUM_EMPTY	{-INFINITY, 0.0}

static inline void
tcs_log_sum_add(TcsLogSum *sum, double term)
{
	if (term <= sum->peak)
	{
		if (term > sum->peak - 745.0)
			sum->sum += exp(term - sum->peak);
	}
	else if (term > -INFINITY)
	{
		sum->sum = 1.0 + (sum->sum > 0.0 ? sum->sum * exp(sum->peak - term) : 0.0);
		sum->peak = term;
	}
}

static inline double
tcs_log_sum_value(const TcsLogSum *sum)
{
	return sum->peak + log(sum->sum);
}

#endif							/* TCS_LOG_SUM_H */
