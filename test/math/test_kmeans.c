/*
 * test_kmeans.c
 *		Groups by k-means: against a search through all divisions, against plain
 *		steps without bounds, and with groups that are known.
 */
#include "math/kmeans_tree.h"

#include <stdlib.h>

#include "harness.h"

#define MANY 2000

static double rows_of[MANY * 6];
static double weights[MANY];
static double memory[200000];
static int32_t group[MANY];
static int32_t other_group[MANY];
static double center[TCS_KMEANS_GROUPS * 6];

/* near enough to normal: the sum of twelve */
static double
normal(void)
{
	double		sum = -6.0;

	for (int i = 0; i < 12; i++)
		sum += uniform();
	return sum;
}

static TcsKmeansFit
fit_of(const TcsKmeansRows *rows, int k, int starts)
{
	TcsKmeansFit fit = {0};

	fit.k = k;
	fit.starts = starts;
	fit.most_steps = 300;
	fit.seed = 1;
	fit.center = center;
	fit.group = group;
	tcs_kmeans_fit(rows, &fit, memory);
	return fit;
}

/* the least inertia of all divisions of a few rows into k groups */
static double
least_of_all(const TcsKmeansRows *rows, int k)
{
	int			n = (int) rows->count;
	double		least = INFINITY;
	int			code[16] = {0};

	for (;;)
	{
		double		sum[8][6] = {{0}};
		double		size[8] = {0};
		double		inertia = 0.0;
		int			i;

		for (i = 0; i < n; i++)
		{
			size[code[i]] += rows->weight[i];
			for (int j = 0; j < rows->width; j++)
				sum[code[i]][j] += rows->weight[i] * rows->row[i * rows->width + j];
		}
		for (i = 0; i < n; i++)
			for (int j = 0; j < rows->width; j++)
			{
				double		off = rows->row[i * rows->width + j] - sum[code[i]][j] / size[code[i]];

				inertia += rows->weight[i] * off * off;
			}
		least = fmin(least, inertia);
		for (i = 0; i < n && ++code[i] == k; i++)
			code[i] = 0;
		if (i == n)
			return least;
	}
}

static void
check_against_all(void)
{
	for (int round = 0; round < 60; round++)
	{
		int			k = 1 + round % 4;
		TcsKmeansRows rows = {k == 4 ? 7 : 9, 1 + round % 3, rows_of, weights};
		TcsKmeansFit fit;
		double		least;

		for (int i = 0; i < rows.count * rows.width; i++)
			rows_of[i] = floor(8.0 * uniform());
		for (int i = 0; i < rows.count; i++)
			weights[i] = 1.0 + floor(3.0 * uniform());
		/* rows that differ */
		for (int i = 0; i < rows.count; i++)
			rows_of[i * rows.width] += 0.01 * i;
		fit = fit_of(&rows, k, 50);
		least = least_of_all(&rows, k);
		CHECK(fit.inertia <= least + 1e-9 && fit.inertia >= least - 1e-9, "%d: %.17g for %.17g", round, fit.inertia, least);
		CHECK(fit.converged);
	}
}

/* Is it a fixed point: each row at the nearest center, each center a mean? */
static void
check_fixed(const TcsKmeansRows *rows, const TcsKmeansFit *fit)
{
	double		sum[TCS_KMEANS_GROUPS][6] = {{0}};
	double		size[TCS_KMEANS_GROUPS] = {0};
	double		inertia = 0.0;
	int			moved = 0;

	for (int64_t i = 0; i < rows->count; i++)
	{
		double		weight = rows->weight == NULL ? 1.0 : rows->weight[i];
		double		distance;

		moved += tcs_kmeans_nearest(fit->center, fit->k, rows->width, rows->row + i * rows->width, &distance) != fit->group[i];
		inertia += weight * distance;
		size[fit->group[i]] += weight;
		for (int j = 0; j < rows->width; j++)
			sum[fit->group[i]][j] += weight * rows->row[i * rows->width + j];
	}
	CHECK(moved == 0, "%d rows", moved);
	CHECK(close_to(fit->inertia, inertia, 1e-12));
	for (int c = 0; c < fit->k; c++)
	{
		CHECK(close_to(fit->size[c], size[c], 1e-12) && size[c] > 0.0);
		CHECK(c == 0 || fit->size[c] <= fit->size[c - 1]);
		for (int j = 0; j < rows->width; j++)
			CHECK(fabs(fit->center[c * rows->width + j] - sum[c][j] / size[c]) < 1e-9);
	}
}

static void
check_steps(void)
{
	for (int round = 0; round < 12; round++)
	{
		TcsKmeansRows rows = {MANY, 1 + round % 6, rows_of, round % 2 ? weights : NULL};
		TcsKmeansFit fit;

		for (int i = 0; i < rows.count * rows.width; i++)
			rows_of[i] = round % 3 == 0 ? uniform() : normal();
		for (int i = 0; i < rows.count; i++)
			weights[i] = 0.5 + uniform();
		fit = fit_of(&rows, 2 + round * 5, 2);
		CHECK(fit.converged, "%d steps", fit.steps);
		check_fixed(&rows, &fit);
	}
}

/* Weights are as many equal rows; many equal rows leave no group empty. */
static void
check_weights(void)
{
	TcsKmeansRows rows = {5, 1, rows_of, weights};
	TcsKmeansFit weighted;
	TcsKmeansFit repeated;
	static const double values[] = {0, 1, 5, 6, 20};
	static const double times[] = {40, 3, 7, 1, 2};
	int			n = 0;

	for (int i = 0; i < 5; i++)
	{
		rows_of[i] = values[i];
		weights[i] = times[i];
	}
	weighted = fit_of(&rows, 3, 20);
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < times[i]; j++)
			rows_of[n++] = values[i];
	rows.count = n;
	rows.weight = NULL;
	repeated = fit_of(&rows, 3, 20);
	CHECK(close_to(weighted.inertia, repeated.inertia, 1e-12));
	CHECK(close_to(weighted.silhouette, repeated.silhouette, 1e-12));
	for (int c = 0; c < 3; c++)
		CHECK(weighted.size[c] == repeated.size[c]);
	repeated = fit_of(&rows, 5, 1);
	CHECK(repeated.inertia == 0.0 && repeated.size[4] == 1.0);
	CHECK(close_to(repeated.silhouette, 1.0, 1e-12));
}

static void
check_gap(void)
{
	for (int kind = 0; kind < 4; kind++)
	{
		int			width = 2 + kind % 2;
		TcsKmeansRows rows = {600, width, rows_of, NULL};
		int			found = 0;

		for (int round = 0; round < 20; round++)
		{
			TcsKmeansFit fit;
			TcsKmeansGap gap;

			for (int i = 0; i < rows.count; i++)
			{
				double		shared = normal();

				for (int j = 0; j < width; j++)
					rows_of[i * width + j] = kind == 0 ? uniform() + 2.0 * j * uniform() :
						kind == 1 ? shared + 0.5 * normal() : kind == 2 ? -log(1.0 - uniform()) :
						normal() + (i % 3 == j ? 5.0 : 0.0);
			}
			fit = fit_of(&rows, 3, 3);
			gap = tcs_kmeans_gap(&rows, &fit, rows.count, memory);
			found += gap.gap > 2.0 * gap.error;
		}

		/*
		 * a cloud that is skewed in all directions is found a little more
		 * often
		 */
		if (kind == 3)
			CHECK(found == 20, "found %d", found);
		else
			CHECK(found <= (kind == 2 ? 4 : 2), "kind %d: found %d", kind, found);
	}
}

static void
check_rand(void)
{
	/*
	 * the example of Hubert and Arabie's index in sklearn's documentation:
	 * 0.57
	 */
	static const int32_t one[] = {0, 0, 1, 2};
	static const int32_t two[] = {0, 0, 1, 1};
	static const int32_t turned[] = {2, 2, 0, 1};

	CHECK(close_to(tcs_adjusted_rand(one, two, NULL, 4), 4.0 / 7.0, 1e-12));
	CHECK(tcs_adjusted_rand(one, turned, NULL, 4) == 1.0);
	CHECK(tcs_adjusted_rand(two, two, NULL, 4) == 1.0);
	for (int i = 0; i < MANY; i++)
	{
		group[i] = (int32_t) (4.0 * uniform());
		other_group[i] = (int32_t) (4.0 * uniform());
	}
	CHECK(fabs(tcs_adjusted_rand(group, other_group, NULL, MANY)) < 0.01);
}

static void
check_tree(void)
{
	static TcsKmeansTree tree;
	TcsKmeansRows rows = {MANY, 3, rows_of, weights};
	int			wrong = 0;
	static const bool usable[] = {true, false, true};

	for (int i = 0; i < MANY; i++)
	{
		for (int j = 0; j < 3; j++)
			rows_of[3 * i + j] = floor(20.0 * uniform());
		weights[i] = 1.0 + floor(2.0 * uniform());
		group[i] = rows_of[3 * i] < 7.0 ? 0 : rows_of[3 * i + 2] < 12.0 ? 1 : rows_of[3 * i] < 15.0 ? 2 : 0;
	}
	tcs_kmeans_tree_grow(&rows, group, 3, 20, usable, NULL, memory, &tree);
	for (int i = 0; i < MANY; i++)
		wrong += tree.node[tcs_kmeans_tree_leaf(&tree, rows_of + 3 * i)].group != group[i];
	CHECK(wrong == 0, "%d", wrong);
	CHECK(tree.count <= 9, "%d nodes", tree.count);
	for (int i = 0; i < tree.count; i++)
		CHECK(tree.node[i].column != 1);
	/* one leaf is the group of most */
	tcs_kmeans_tree_grow(&rows, group, 3, 1, NULL, NULL, memory, &tree);
	CHECK(tree.count == 1 && tree.node[0].column == -1);
}

int
main(void)
{
	check_tree();
	check_against_all();
	check_steps();
	check_weights();
	check_gap();
	check_rand();
	return report();
}
