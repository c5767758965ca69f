/*
 * kmeans_gap.c
 *		Whether groups are more than slices of one cloud, and whether they come
 *		again.
 */
#include "math/kmeans.h"

#include <math.h>
#include <string.h>

#define SWEEPS	50

double
tcs_adjusted_rand(const int32_t *one, const int32_t *other, const double *weight, int64_t count)
{
	double		table[TCS_KMEANS_GROUPS][TCS_KMEANS_GROUPS];
	double		rows[TCS_KMEANS_GROUPS];
	double		columns[TCS_KMEANS_GROUPS];
	double		n = 0.0;
	double		both = 0.0;
	double		first = 0.0;
	double		second = 0.0;
	double		expected;

	memset(table, 0, sizeof(table));
	for (int i = 0; i < TCS_KMEANS_GROUPS; i++)
		rows[i] = columns[i] = 0.0;
	for (int64_t i = 0; i < count; i++)
	{
		double		here = weight == NULL ? 1.0 : weight[i];

		table[one[i]][other[i]] += here;
		rows[one[i]] += here;
		columns[other[i]] += here;
		n += here;
	}
	for (int i = 0; i < TCS_KMEANS_GROUPS; i++)
	{
		for (int j = 0; j < TCS_KMEANS_GROUPS; j++)
			both += table[i][j] * (table[i][j] - 1.0);
		first += rows[i] * (rows[i] - 1.0);
		second += columns[i] * (columns[i] - 1.0);
	}
	expected = n > 1.0 ? first * second / (n * (n - 1.0)) : 0.0;
	/* two divisions into one group, or into as many as rows, are the same */
	if (0.5 * (first + second) == expected)
		return 1.0;
	return (both - expected) / (0.5 * (first + second) - expected);
}

static double
gap_random(uint64_t *state)
{
	uint64_t	bits = *state += UINT64_C(0x9e3779b97f4a7c15);

	bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
	return ldexp((double) ((bits ^ (bits >> 31)) >> 11), -53);
}

static void
gap_covariances(const TcsKmeansRows *rows, double *mean, double *covariance)
{
	int			width = rows->width;
	double		weights = 0.0;

	memset(mean, 0, width * sizeof(double));
	memset(covariance, 0, (size_t) width * width * sizeof(double));
	for (int64_t i = 0; i < rows->count; i++)
	{
		double		weight = rows->weight == NULL ? 1.0 : rows->weight[i];

		weights += weight;
		for (int j = 0; j < width; j++)
			mean[j] += weight * rows->row[i * width + j];
	}
	for (int j = 0; j < width; j++)
		mean[j] /= weights;
	for (int64_t i = 0; i < rows->count; i++)
	{
		double		weight = (rows->weight == NULL ? 1.0 : rows->weight[i]) / weights;

		for (int a = 0; a < width; a++)
			for (int b = 0; b <= a; b++)
				covariance[a * width + b] += weight * (rows->row[i * width + a] - mean[a]) *
					(rows->row[i * width + b] - mean[b]);
	}
	for (int a = 0; a < width; a++)
		for (int b = 0; b < a; b++)
			covariance[b * width + a] = covariance[a * width + b];
}

/* Turn the axes p and q so that their covariance is 0. */
static void
gap_turn(double *matrix, double *axes, int width, int p, int q)
{
	double		off = matrix[p * width + q];
	double		theta = (matrix[q * width + q] - matrix[p * width + p]) / (2.0 * off);
	double		t = (theta < 0.0 ? -1.0 : 1.0) / (fabs(theta) + sqrt(theta * theta + 1.0));
	double		c = 1.0 / sqrt(t * t + 1.0);
	double		s = t * c;

	for (int i = 0; i < width; i++)
	{
		double		a = matrix[i * width + p];
		double		b = matrix[i * width + q];

		matrix[i * width + p] = c * a - s * b;
		matrix[i * width + q] = s * a + c * b;
	}
	for (int i = 0; i < width; i++)
	{
		double		a = matrix[p * width + i];
		double		b = matrix[q * width + i];

		matrix[p * width + i] = c * a - s * b;
		matrix[q * width + i] = s * a + c * b;
		a = axes[i * width + p];
		b = axes[i * width + q];
		axes[i * width + p] = c * a - s * b;
		axes[i * width + q] = s * a + c * b;
	}
}

/* The principal axes of a matrix of covariances, whose diagonal has their variances then. */
static void
gap_axes(double *matrix, double *axes, int width)
{
	double		trace = 0.0;

	memset(axes, 0, (size_t) width * width * sizeof(double));
	for (int i = 0; i < width; i++)
	{
		axes[i * width + i] = 1.0;
		trace += matrix[i * width + i];
	}
	for (int sweep = 0; sweep < SWEEPS; sweep++)
	{
		double		greatest = 0.0;

		for (int p = 0; p < width; p++)
			for (int q = p + 1; q < width; q++)
			{
				double		off = fabs(matrix[p * width + q]);

				greatest = fmax(greatest, off);
				if (off > 1e-14 * trace)
					gap_turn(matrix, axes, width, p, q);
			}
		if (greatest <= 1e-14 * trace)
			break;
	}
}

int64_t
tcs_kmeans_gap_memory(int64_t references, int width, int k)
{
	/* the last is for the groups, two in a double */
	return tcs_kmeans_memory(references, width, k) + references * width + 2 * (int64_t) width * width +
		2 * (int64_t) width + (int64_t) width * k + references / 2 + 1;
}

/* Rows without groups: uniform along each axis, with its variance. */
static void
gap_fill(const TcsKmeansRows *reference, double *row, const double *variance, const double *axes,
		 double *place, uint64_t *random)
{
	int			width = reference->width;

	for (int64_t i = 0; i < reference->count; i++)
	{
		for (int j = 0; j < width; j++)
			place[j] = (gap_random(random) - 0.5) * sqrt(12.0 * fmax(variance[j * width + j], 0.0));
		for (int j = 0; j < width; j++)
		{
			double		x = 0.0;

			for (int a = 0; a < width; a++)
				x += axes[j * width + a] * place[a];
			row[i * width + j] = x;
		}
	}
}

/* Sum of the squared distances to the mean, by weight. */
static double
gap_spread(const TcsKmeansRows *rows, double *mean)
{
	double		weights = 0.0;
	double		sum = 0.0;

	memset(mean, 0, rows->width * sizeof(double));
	for (int64_t i = 0; i < rows->count; i++)
	{
		double		weight = rows->weight == NULL ? 1.0 : rows->weight[i];

		weights += weight;
		for (int j = 0; j < rows->width; j++)
			mean[j] += weight * rows->row[i * rows->width + j];
	}
	for (int j = 0; j < rows->width; j++)
		mean[j] /= weights;
	for (int64_t i = 0; i < rows->count; i++)
		for (int j = 0; j < rows->width; j++)
		{
			double		off = rows->row[i * rows->width + j] - mean[j];

			sum += (rows->weight == NULL ? 1.0 : rows->weight[i]) * off * off;
		}
	return sum;
}

TcsKmeansGap
tcs_kmeans_gap(const TcsKmeansRows *rows, const TcsKmeansFit *fit, int64_t references, double *memory)
{
	int			width = rows->width;
	double	   *row = memory + tcs_kmeans_memory(references, width, fit->k);
	double	   *matrix = row + references * width;
	double	   *axes = matrix + (int64_t) width * width;
	double	   *mean = axes + (int64_t) width * width;
	double	   *place = mean + width;
	TcsKmeansRows reference = {references, width, row, NULL};
	TcsKmeansFit other = *fit;
	uint64_t	random = fit->seed ^ UINT64_C(0x5851f42d4c957f2d);
	double		own = log(fit->inertia / gap_spread(rows, mean));
	double		sum = 0.0;
	double		squares = 0.0;
	double		variance;
	TcsKmeansGap gap;

	other.center = place + width;
	other.group = (int32_t *) (other.center + (int64_t) width * fit->k);
	gap_covariances(rows, mean, matrix);
	gap_axes(matrix, axes, width);
	for (int i = 0; i < TCS_KMEANS_REFERENCES; i++)
	{
		double		left;

		gap_fill(&reference, row, matrix, axes, place, &random);
		tcs_kmeans_fit(&reference, &other, memory);
		left = log(other.inertia / gap_spread(&reference, mean));
		sum += left;
		squares += left * left;
	}
	gap.gap = sum / TCS_KMEANS_REFERENCES - own;
	variance = fmax(squares - sum * sum / TCS_KMEANS_REFERENCES, 0.0) / (TCS_KMEANS_REFERENCES - 1);
	gap.error = sqrt(variance * (1.0 + 1.0 / TCS_KMEANS_REFERENCES));
	return gap;
}
