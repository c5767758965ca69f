/*
 * test_tree.c
 *		Trees: each split is the best that there is, by trying all one by one; and
 *		what pruning and folds say adds up.
 */
#include "math/tree.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define MOST_ROWS	30000
#define FEATURES	6

static double values[FEATURES][MOST_ROWS];
static double outcome[MOST_ROWS];
static double weight[MOST_ROWS];
static void *taken[4000];
static int	taken_count;

static void *
take(size_t bytes, void *arg)
{
	void	   *memory = malloc(bytes);

	(void) arg;
	if (memory == NULL || taken_count == 4000)
		abort();
	taken[taken_count++] = memory;
	return memory;
}

static void
give_back(void)
{
	while (taken_count > 0)
		free(taken[--taken_count]);
}

/* Numbers of all kinds, some missing, and text; an outcome that depends on them. */
static void
fill_rows(size_t rows, bool is_share, double noise)
{
	for (size_t i = 0; i < rows; i++)
	{
		double		points;

		values[0][i] = uniform() * 1000.0;	/* all different */
		values[1][i] = floor(uniform() * 7.0);	/* few */
		values[2][i] = uniform() < 0.2 ? NAN : exp(5.0 * uniform());
		values[3][i] = uniform() < 0.1 ? NAN : floor(uniform() * 9.0);	/* text */
		values[4][i] = uniform() < 0.5 ? 3.0 : uniform();	/* many at once */
		values[5][i] = uniform() < 0.9 ? NAN : 1.0; /* there or not */
		points = (values[0][i] > 300.0) + (values[1][i] == 3.0) + 2.0 * isnan(values[2][i]) +
			(values[2][i] < 20.0) + (values[3][i] == 2.0 || values[3][i] == 7.0) - isnan(values[3][i]) +
			values[4][i] + isnan(values[5][i]);
		points += noise * (uniform() - 0.5);
		outcome[i] = is_share ? points > 5.5 : 1e6 + points;
		weight[i] = 0.25 + floor(uniform() * 4.0);
	}
}

static const TcsTreeFeature features[FEATURES] = {
	{values[0], -1, false, false}, {values[1], -1, true, false}, {values[2], -1, false, false},
	{values[3], 8, false, false}, {values[4], -1, false, false}, {values[5], -1, true, false}
};

typedef struct Row
{
	double		value;
	double		w;
	double		s;
} Row;

static int
compare_values(const void *a, const void *b)
{
	double		left = ((const Row *) a)->value;
	double		right = ((const Row *) b)->value;

	return left < right ? -1 : left > right;
}

static double
gain_of(double w, double s, double all_w, double all_s)
{
	return s * s / w + (all_s - s) * (all_s - s) / (all_w - w) - all_s * all_s / all_w;
}

/* The best gain of a feature among rows of which the missing ones are first. */
static double
best_of_number(Row *rows, size_t count, size_t missing, double least)
{
	double		all_w = 0.0;
	double		all_s = 0.0;
	double		missing_w = 0.0;
	double		missing_s = 0.0;
	double		w = 0.0;
	double		s = 0.0;
	double		best = 0.0;

	qsort(rows + missing, count - missing, sizeof(Row), compare_values);
	for (size_t i = 0; i < count; i++)
	{
		all_w += rows[i].w;
		all_s += rows[i].s;
		if (i < missing)
		{
			missing_w += rows[i].w;
			missing_s += rows[i].s;
		}
	}
	for (size_t i = missing; i < count; i++)
	{
		size_t		before = i - missing;

		if (i > missing && rows[i].value > rows[i - 1].value)
		{
			if (before >= least && count - before >= least)
				best = fmax(best, gain_of(w, s, all_w, all_s));
			if (missing > 0 && i >= least && count - i >= least)
				best = fmax(best, gain_of(w + missing_w, s + missing_s, all_w, all_s));
		}
		w += rows[i].w;
		s += rows[i].s;
	}
	if (missing >= least && count - missing >= least && missing > 0)
		best = fmax(best, gain_of(w, s, all_w, all_s));
	return best;
}

/* That of text: all ways to divide its codes, missing being one more. */
static double
best_of_text(const Row *rows, size_t count, int levels, double least)
{
	double		n[16] = {0};
	double		w[16] = {0};
	double		s[16] = {0};
	double		all_w = 0.0;
	double		all_s = 0.0;
	double		best = 0.0;

	for (size_t i = 0; i < count; i++)
	{
		int			code = isnan(rows[i].value) ? levels + 1 : (int) rows[i].value;

		n[code] += 1.0;
		w[code] += rows[i].w;
		s[code] += rows[i].s;
		all_w += rows[i].w;
		all_s += rows[i].s;
	}
	for (int set = 1; set < 1 << (levels + 2); set++)
	{
		double		yes = 0.0;
		double		yes_w = 0.0;
		double		yes_s = 0.0;

		for (int code = 0; code <= levels + 1; code++)
			if (set & (1 << code))
			{
				yes += n[code];
				yes_w += w[code];
				yes_s += s[code];
			}
		if (yes >= least && count - yes >= least && yes > 0 && yes < count)
			best = fmax(best, gain_of(yes_w, yes_s, all_w, all_s));
	}
	return best;
}

/* The rows of a node, with the values of a feature: missing ones first. */
static size_t
rows_of(const TcsTree *tree, int node, size_t rows, int feature, bool weighted, double center,
		Row *to, size_t *missing)
{
	size_t		count = 0;

	*missing = 0;
	for (int pass = 0; pass < 2; pass++)
		for (size_t row = 0; row < rows; row++)
		{
			int			at = 0;

			if (isnan(values[feature][row]) != (pass == 0))
				continue;
			while (at < node && tree->node[at].yes != 0)
				at = tcs_tree_goes_yes(&tree->node[at], values[tree->node[at].feature][row]) ?
					tree->node[at].yes : tree->node[at].no;
			if (at != node)
				continue;
			to[count].value = values[feature][row];
			to[count].w = weighted ? weight[row] : 1.0;
			to[count++].s = (outcome[row] - center) * (weighted ? weight[row] : 1.0);
			*missing += pass == 0;
		}
	return count;
}

static double
best_of_all(const TcsTree *tree, int node, size_t rows, bool weighted, double least, size_t *count)
{
	static Row	list[MOST_ROWS];
	double		center = tree->node[0].mean;
	double		best = 0.0;

	for (int i = 0; i < FEATURES; i++)
	{
		size_t		missing;

		*count = rows_of(tree, node, rows, i, weighted, center, list, &missing);
		best = fmax(best, features[i].levels >= 0 ? best_of_text(list, *count, features[i].levels, least) :
					best_of_number(list, *count, missing, least));
	}
	return best;
}

/* Every split of a tree against all splits there are. */
static void
test_splits(size_t rows, bool is_share, bool weighted, double noise, int depth, double least)
{
	TcsTreeData data = {rows, outcome, weighted ? weight : NULL, is_share, 0, FEATURES, features, NULL, take, NULL};
	TcsTreeOptions options = {depth, TCS_TREE_LEAVES, least, 5, TCS_TREE_UNPRUNED};
	TcsTreeFit	fit;

	fill_rows(rows, is_share, noise);
	tcs_tree_fit(&data, &options, &fit);
	CHECK(fit.tree.count > 1, "there is a split");
	for (int i = 0; i < fit.tree.count; i++)
	{
		const TcsTreeNode *node = &fit.tree.node[i];
		size_t		count;
		double		best = best_of_all(&fit.tree, i, rows, weighted, least, &count);

		CHECK(count == node->n, "rows of a node");
		if (node->yes == 0)
			continue;
		CHECK(close_to(node->error - fit.tree.node[node->yes].error - fit.tree.node[node->no].error, best, 1e-6), "the best split");
	}
	for (int i = 1; i < fit.sizes; i++)
	{
		CHECK(fit.size[i].leaves > fit.size[i - 1].leaves, "sizes rise");
		CHECK(fit.size[i].alpha < fit.size[i - 1].alpha, "alphas fall");
		CHECK(fit.size[i].error < fit.size[i - 1].error, "errors fall");
	}
	give_back();
}

#define LABELS 4

static double
squares_of(const double *of_label, double all)
{
	double		sum = 0.0;

	for (int i = 0; i < LABELS; i++)
		sum += of_label[i] * of_label[i];
	return all > 0.0 ? sum / all : 0.0;
}

/* The best gain by cuts of a number among rows whose s is the label; missing ones are first. */
static double
best_of_labels(Row *rows, size_t count, size_t missing, double least)
{
	double		best = 0.0;
	double		of[2][LABELS] = {{0}};	/* below, with and without the missing */
	double		all[LABELS] = {0};
	double		w[2] = {0};
	double		all_w = 0.0;

	qsort(rows + missing, count - missing, sizeof(Row), compare_values);
	for (size_t i = 0; i < count; i++)
	{
		all[(int) rows[i].s] += rows[i].w;
		all_w += rows[i].w;
		if (i < missing)
		{
			of[1][(int) rows[i].s] += rows[i].w;
			w[1] += rows[i].w;
		}
	}
	for (size_t i = missing; i < count; i++)
	{
		for (int with = 0; with < 2; with++)
		{
			size_t		n = i - missing + (with ? missing : 0);
			double		no[LABELS];

			/* at i = missing: what is there against what is not */
			if ((i > missing && rows[i].value == rows[i - 1].value) || n < least || count - n < least || n == 0)
				continue;
			for (int j = 0; j < LABELS; j++)
				no[j] = all[j] - of[with][j];
			best = fmax(best, squares_of(of[with], w[with]) + squares_of(no, all_w - w[with]) - squares_of(all, all_w));
		}
		for (int with = 0; with < 2; with++)
		{
			of[with][(int) rows[i].s] += rows[i].w;
			w[with] += rows[i].w;
		}
	}
	return best;
}

/* Trees of labels: every split is at least the best of all cuts of numbers. */
static void
test_labels(size_t rows, bool weighted, double least)
{
	static Row	list[MOST_ROWS];
	TcsTreeData data = {rows, outcome, weighted ? weight : NULL, true, LABELS, FEATURES, features, NULL, take, NULL};
	TcsTreeOptions options = {4, TCS_TREE_LEAVES, least, 5, TCS_TREE_UNPRUNED};
	TcsTreeFit	fit;

	fill_rows(rows, false, 1.0);
	for (size_t i = 0; i < rows; i++)
		outcome[i] = (double) ((int) (outcome[i] - 1e6 + 1.0) % LABELS);
	tcs_tree_fit(&data, &options, &fit);
	CHECK(fit.tree.count > 1, "there is a split");
	CHECK(fit.fold_right > 0.3 && fit.fold_right < 1.0, "labels are told on the folds");
	for (int i = 0; i < fit.tree.count; i++)
	{
		const TcsTreeNode *node = &fit.tree.node[i];
		double		best = 0.0;
		double		sum = 0.0;
		double		gain;

		for (int j = 0; j < LABELS; j++)
			sum += node->of_label[j];
		CHECK(close_to(sum, node->weight, 1e-12), "shares add up");
		CHECK(close_to(node->error, node->weight - squares_of(node->of_label, node->weight), 1e-9), "the error of a node");
		if (node->yes == 0)
			continue;
		gain = node->error - fit.tree.node[node->yes].error - fit.tree.node[node->no].error;
		for (int feature = 0; feature < FEATURES; feature++)
		{
			size_t		missing;
			size_t		count;

			if (features[feature].levels >= 0)
				continue;
			count = rows_of(&fit.tree, i, rows, feature, weighted, 0.0, list, &missing);
			for (size_t row = 0; row < count; row++)
				list[row].s /= list[row].w;
			best = fmax(best, best_of_labels(list, count, missing, least));
		}
		CHECK(gain >= best * (1.0 - 1e-9), "no cut is better");
		if (features[node->feature].levels < 0)
			CHECK(close_to(gain, best, 1e-9), "and it is the best");
	}
	give_back();
}

/* Two labels are a share: the same tree. */
static void
test_two_labels(void)
{
	TcsTreeData data = {3000, outcome, NULL, true, 0, FEATURES, features, NULL, take, NULL};
	TcsTreeOptions options = {5, 12, 30.0, 5, TCS_TREE_ONE_ERROR};
	TcsTreeFit	share;
	TcsTreeFit	labels;

	fill_rows(3000, true, 2.0);
	tcs_tree_fit(&data, &options, &share);
	data.classes = 2;
	tcs_tree_fit(&data, &options, &labels);
	CHECK(share.tree.count == labels.tree.count && share.tree.count > 3, "as many nodes");
	for (int i = 0; i < share.tree.count; i++)
	{
		const TcsTreeNode *node = &labels.tree.node[i];

		CHECK(share.tree.node[i].feature == node->feature && share.tree.node[i].n == node->n, "the same splits");
		CHECK(close_to(share.tree.node[i].mean, node->of_label[1] / node->weight, 1e-12), "the same shares");
	}
	CHECK(close_to(2.0 * share.fold_error, labels.fold_error, 1e-9), "twice the loss, that of both labels");
	give_back();
}

/* The same tree pruned: what it says of sizes is what it has. */
static void
test_pruning(void)
{
	TcsTreeData data = {MOST_ROWS, outcome, NULL, true, 0, FEATURES, features, NULL, take, NULL};
	TcsTreeOptions options = {6, 20, 100.0, 5, TCS_TREE_ONE_ERROR};
	TcsTreeFit	fit;
	double		error = 0.0;
	int			leaves = 0;

	fill_rows(MOST_ROWS, true, 3.0);
	tcs_tree_fit(&data, &options, &fit);
	for (int i = 0; i < fit.tree.count; i++)
		if (fit.tree.node[i].yes == 0)
		{
			leaves++;
			error += fit.tree.node[i].error;
		}
	CHECK(leaves == fit.size[fit.chosen].leaves, "leaves of the tree that is chosen");
	CHECK(leaves > 2 && leaves <= 20, "a tree of a few leaves");
	CHECK(close_to(error / fit.tree.node[0].error, fit.size[fit.chosen].error, 1e-9), "its error");
	CHECK(fit.fold_auc > 0.75 && fit.fold_auc < 1.0, "it tells customers apart");
	for (int i = 0; i < fit.sizes; i++)
	{
		CHECK(fit.size[i].fold_error >= fit.size[i].error - 3.0 * fit.size[i].standard_error,
			  "folds are not better than the rows it was grown from");
		CHECK(fit.size[i].fold_error < 1.01, "nor worse than the mean");
	}
	CHECK(fit.tree.node[0].again == 5, "the first split comes again");
	give_back();
}

/* Outcomes that nothing tells: the root alone. */
static void
test_noise(void)
{
	TcsTreeData data = {2000, outcome, NULL, true, 0, FEATURES, features, NULL, take, NULL};
	TcsTreeOptions options = {5, 12, 20.0, 5, TCS_TREE_ONE_ERROR};
	TcsTreeFit	fit;

	fill_rows(2000, true, 1.0);
	for (int i = 0; i < 2000; i++)
		outcome[i] = uniform() < 0.3;
	tcs_tree_fit(&data, &options, &fit);
	CHECK(fit.tree.count == 1, "noise has no tree");
	for (int i = 0; i < 2000; i++)
		outcome[i] = 1.0;
	tcs_tree_fit(&data, &options, &fit);
	CHECK(fit.tree.count == 1 && fit.tree.node[0].mean == 1.0, "one outcome has no tree");
	data.rows = 1;
	tcs_tree_fit(&data, &options, &fit);
	CHECK(fit.tree.count == 1 && !fit.has_folds, "nor has one row");
	data.count = 0;
	data.rows = 100;
	tcs_tree_fit(&data, &options, &fit);
	CHECK(fit.tree.count == 1, "nor have no features");
	give_back();
}

static void
test_between(void)
{
	CHECK(tcs_tree_between(3, 4, true, false) == 4.0, "whole");
	CHECK(tcs_tree_between(1.9, 3, false, false) == 2.5, "near the middle");
	CHECK(tcs_tree_between(0.1, 0.30000000000000004, false, false) == 0.2, "a short one");
	CHECK(tcs_tree_between(-7, -2, true, false) == -4.0 || tcs_tree_between(-7, -2, true, false) == -5.0, "below 0");
	CHECK(tcs_tree_between(100.4, 101.7, false, true) == 101.0, "midnight");
	CHECK(tcs_tree_between(100.52, 100.6, false, true) == 100.0 + 13.0 / 24.0, "a full hour");
	for (int i = 0; i < 100000; i++)
	{
		double		low = (uniform() - 0.5) * pow(10.0, 20.0 * uniform() - 10.0);
		double		high = low + fabs(low) * pow(10.0, -16.0 * uniform());
		double		number = tcs_tree_between(low, high, i % 3 == 0, i % 3 == 1);

		if (high > low)
			CHECK(number > low && number <= high, "between");
	}
	CHECK(tcs_tree_between(-1.7e308, 1.7e308, false, false) > -1.7e308, "everything");
	CHECK(tcs_tree_between(0.0, 4.9e-324, false, false) == 4.9e-324, "the least");
}

int
main(void)
{
	test_between();
	test_splits(300, true, false, 2.0, 4, 7.0);
	test_splits(300, false, false, 2.0, 4, 1.0);
	test_splits(MOST_ROWS, true, false, 4.0, 6, 100.0);
	test_splits(MOST_ROWS, false, false, 8.0, 5, 50.0);
	test_splits(MOST_ROWS, true, true, 4.0, 5, 100.0);
	test_splits(MOST_ROWS, false, true, 8.0, 4, 1.0);
	test_labels(300, false, 7.0);
	test_labels(MOST_ROWS, false, 50.0);
	test_labels(MOST_ROWS, true, 1.0);
	test_two_labels();
	test_pruning();
	test_noise();
	return report();
}
