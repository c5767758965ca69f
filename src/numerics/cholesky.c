/*
 * cholesky.c
 *		Systems of equations with a symmetric positive matrix.
 */
#include "numerics/cholesky.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

int
tcs_cholesky(double *matrix, int n, int stride, double least)
{
	int			rank = 0;

	for (int j = 0; j < n; j++)
	{
		double	   *row = matrix + (size_t) j * stride;
		double		before = row[j];
		double		pivot = before;

		for (int k = 0; k < j; k++)
		{
			const double *other = matrix + (size_t) k * stride;
			double		sum = row[k];

			if (other[k] == 0.0)
			{
				row[k] = 0.0;
				continue;
			}
			for (int i = 0; i < k; i++)
				sum -= row[i] * other[i];
			row[k] = sum / other[k];
			pivot -= row[k] * row[k];
		}
		if (pivot > least * before)
		{
			row[j] = sqrt(pivot);
			rank++;
		}
		else
			memset(row, 0, (size_t) (j + 1) * sizeof(double));
	}
	return rank;
}

void
tcs_cholesky_solve(const double *factor, int n, int stride, double *b)
{
	for (int j = 0; j < n; j++)
	{
		const double *row = factor + (size_t) j * stride;
		double		sum = b[j];

		for (int k = 0; k < j; k++)
			sum -= row[k] * b[k];
		b[j] = row[j] == 0.0 ? 0.0 : sum / row[j];
	}
	for (int j = n; j-- > 0;)
	{
		const double *row = factor + (size_t) j * stride;

		if (row[j] == 0.0)
			continue;
		b[j] /= row[j];
		for (int k = 0; k < j; k++)
			b[k] -= row[k] * b[j];
	}
}
