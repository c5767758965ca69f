/*
 * test_importance.c
 *		Worths of features: against all orders in which they can come, and their
 *		slopes against differences.
 */
#include "math/importance.h"

#include "harness.h"

#define COLUMNS		6
#define FEATURES	4

static const int feature[COLUMNS] = {0, 1, 1, 2, 3, 3};
static double cov[COLUMNS * COLUMNS];
static double with_outcome[COLUMNS];
static TcsImportanceMoments moments = {COLUMNS, FEATURES, feature, cov, with_outcome, 0.0};
static double room[COLUMNS * COLUMNS + 3 * COLUMNS];

static double
between(double low, double high)
{
	return low + (high - low) * uniform();
}

/* mixes a row into the moments */
static void
moments_mix(double share, const double *x, double y)
{
	for (int i = 0; i < COLUMNS; i++)
	{
		for (int j = 0; j < COLUMNS; j++)
			cov[i * COLUMNS + j] = (1.0 - share) * cov[i * COLUMNS + j] + share * x[i] * x[j];
		with_outcome[i] = (1.0 - share) * with_outcome[i] + share * x[i] * y;
	}
	moments.outcome_var = (1.0 - share) * moments.outcome_var + share * y * y;
}

static void
random_row(double *x, double *y)
{
	*y = between(-1.0, 1.0);
	for (int i = 0; i < COLUMNS; i++)
	{
		x[i] = between(-1.0, 1.0) + (i > 0 ? 0.6 * x[i - 1] : 0.0);
		*y += 0.3 * i * x[i];
	}
}

static void
random_moments(void)
{
	double		x[COLUMNS];
	double		y;

	memset(cov, 0, sizeof(cov));
	memset(with_outcome, 0, sizeof(with_outcome));
	moments.outcome_var = 0.0;
	for (int i = 0; i < 12; i++)
	{
		random_row(x, &y);
		moments_mix(1.0 / (i + 1), x, y);
	}
}

/* R^2 of some features, by elimination with pivots on a copy */
static double
r_squared_of(unsigned set)
{
	int			used[COLUMNS];
	int			n = 0;
	double		a[COLUMNS][COLUMNS + 1];
	double		sum = 0.0;

	for (int i = 0; i < COLUMNS; i++)
		if (set >> feature[i] & 1)
			used[n++] = i;
	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < n; j++)
			a[i][j] = cov[used[i] * COLUMNS + used[j]];
		a[i][n] = with_outcome[used[i]];
	}
	for (int k = 0; k < n; k++)
	{
		int			pivot = k;

		for (int i = k + 1; i < n; i++)
			if (fabs(a[i][k]) > fabs(a[pivot][k]))
				pivot = i;
		for (int j = 0; j <= n; j++)
		{
			double		held = a[k][j];

			a[k][j] = a[pivot][j];
			a[pivot][j] = held;
		}
		for (int i = 0; i < n; i++)
			if (i != k)
			{
				double		times = a[i][k] / a[k][k];

				for (int j = k; j <= n; j++)
					a[i][j] -= times * a[k][j];
			}
	}
	for (int i = 0; i < n; i++)
		sum += a[i][n] / a[i][i] * with_outcome[used[i]];
	return sum / moments.outcome_var;
}

/* the mean of what each feature adds, over all orders of four */
static void
worth_of_all_orders(double *worth)
{
	int			orders = 0;

	memset(worth, 0, FEATURES * sizeof(double));
	for (int code = 0; code < 256; code++)
	{
		unsigned	set = 0;
		int			order[FEATURES] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3};

		for (int i = 0; i < FEATURES; i++)
			set |= 1U << order[i];
		if (set != 15)
			continue;
		orders++;
		set = 0;
		for (int i = 0; i < FEATURES; i++)
		{
			worth[order[i]] -= r_squared_of(set);
			set |= 1U << order[i];
			worth[order[i]] += r_squared_of(set);
		}
	}
	for (int k = 0; k < FEATURES; k++)
		worth[k] /= orders;
	CHECK(orders == 24);
}

static void
check_worths(void)
{
	double		worth[FEATURES];
	double		wanted[FEATURES];
	double		slope[COLUMNS];

	for (int round = 0; round < 200; round++)
	{
		double		explained = 0.0;
		double		sum = 0.0;

		random_moments();
		tcs_importance(&moments, NULL, room, worth);
		worth_of_all_orders(wanted);
		for (int k = 0; k < FEATURES; k++)
		{
			CHECK(fabs(worth[k] - wanted[k]) < 1e-9, "%d: %.17g for %.17g", round, worth[k], wanted[k]);
			sum += worth[k];
		}
		tcs_importance_fit(&moments, room, slope);
		for (int i = 0; i < COLUMNS; i++)
			explained += slope[i] * with_outcome[i] / moments.outcome_var;
		CHECK(fabs(sum - explained) < 1e-9 && fabs(sum - r_squared_of(15)) < 1e-9);
	}
}

static void
check_slopes(void)
{
	static double d_columns[FEATURES * COLUMNS * COLUMNS];
	static double d_outcome[FEATURES * COLUMNS];
	double		d_var[FEATURES];
	double		worth[FEATURES];
	double		later[FEATURES];
	const double little = 1e-7;

	for (int round = 0; round < 200; round++)
	{
		double		x[COLUMNS];
		double		y;

		random_moments();
		random_row(x, &y);
		tcs_importance_slopes(&moments, NULL, room, worth, d_columns, d_outcome, d_var);
		moments_mix(little, x, y);
		tcs_importance(&moments, NULL, room, later);
		for (int k = 0; k < FEATURES; k++)
		{
			double		influence = d_var[k] * y * y;

			for (int i = 0; i < COLUMNS; i++)
			{
				influence += d_outcome[k * COLUMNS + i] * x[i] * y;
				for (int j = 0; j < COLUMNS; j++)
					influence += d_columns[(k * COLUMNS + i) * COLUMNS + j] * x[i] * x[j];
			}
			CHECK(fabs((later[k] - worth[k]) / little - influence) < 1e-3 * (1.0 + fabs(influence)),
				  "%d: %.9g for %.9g", round, influence, (later[k] - worth[k]) / little);
		}
	}
}

/* a column that is the sum of two others adds nothing after them */
static void
check_collinear(void)
{
	double		worth[FEATURES];
	double		x[COLUMNS];
	double		y;
	double		sum = 0.0;
	double		without;

	memset(cov, 0, sizeof(cov));
	memset(with_outcome, 0, sizeof(with_outcome));
	moments.outcome_var = 0.0;
	for (int i = 0; i < 50; i++)
	{
		random_row(x, &y);
		x[4] = x[0] + x[1];
		x[5] = 2.0 * x[3];
		moments_mix(1.0 / (i + 1), x, y);
	}
	tcs_importance(&moments, NULL, room, worth);
	for (int k = 0; k < FEATURES; k++)
		sum += worth[k];
	without = r_squared_of(7);
	CHECK(fabs(sum - without) < 1e-7, "%.17g for %.17g", sum, without);
	CHECK(worth[3] > 0.0);
}

int
main(void)
{
	CHECK(tcs_importance_room(COLUMNS, FEATURES) == LENGTH(room));
	check_worths();
	check_slopes();
	check_collinear();
	return report();
}
