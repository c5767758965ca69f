/*
 * tree.c
 *		Trees pruned by folds.
 *
 * Pruning takes away, again and again, the branch that does least for each of its
 * leaves; that sequence of trees is what the folds choose from: a tree is grown
 * without each fold, pruned alike, and asked about the rows of the fold.
 */
#include "math/tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_ROWS	20000		/* of a node are looked at */
#define AGAIN_SHARE 0.9			/* of them go the same way */

static void *
tree_take(const TcsTreeData *data, size_t bytes)
{
	return data->memory(bytes > 0 ? bytes : 1, data->memory_arg);
}

/* What a branch has: the error of its leaves, and how many there are. */
typedef struct Branch
{
	double		error;
	int			leaves;
} Branch;

static inline Branch
branch_alone(const TcsTreeNode *node)
{
	Branch		branch = {node->error, 1};

	return branch;
}

static inline Branch
branch_both(Branch yes, Branch no)
{
	yes.error += no.error;
	yes.leaves += no.leaves;
	return yes;
}

/* Leaves of each branch; a node with an alpha counts as one. */
static void
tree_branches(const TcsTree *tree, Branch *branch)
{
	for (int i = tree->count - 1; i >= 0; i--)
	{
		const TcsTreeNode *node = &tree->node[i];

		branch[i] = node->yes == 0 || node->alpha > 0.0 ? branch_alone(node) :
			branch_both(branch[node->yes], branch[node->no]);
	}
}

/* From where on pruning makes a leaf of each node. */
static void
tree_find_alphas(TcsTree *tree)
{
	Branch		branch[TCS_TREE_NODES];
	bool		gone[TCS_TREE_NODES] = {false};
	double		alpha = 0.0;

	while (tree->node[0].yes != 0 && tree->node[0].alpha == 0.0)
	{
		double		least = INFINITY;

		tree_branches(tree, branch);
		for (int i = 0; i < tree->count; i++)
		{
			const TcsTreeNode *node = &tree->node[i];

			if (node->yes != 0)
				gone[node->yes] = gone[node->no] = gone[i] || node->alpha > 0.0;
			if (branch[i].leaves > 1 && !gone[i])
				least = fmin(least, (node->error - branch[i].error) / (branch[i].leaves - 1));
		}
		/* a little more than it, so that equal ones go at once; never 0 */
		alpha = fmax(alpha, fmax(least * (1.0 + 1e-12), 1e-300));
		for (int i = 0; i < tree->count; i++)
		{
			TcsTreeNode *node = &tree->node[i];

			if (branch[i].leaves > 1 && !gone[i] &&
				(node->error - branch[i].error) / (branch[i].leaves - 1) <= alpha)
				node->alpha = alpha;
		}
	}
	/* what is below a node that went goes with it */
	for (int i = 0; i < tree->count; i++)
		if (tree->node[i].yes != 0)
		{
			TcsTreeNode *node = &tree->node[i];

			tree->node[node->yes].alpha = fmin(tree->node[node->yes].alpha > 0.0 ?
											   tree->node[node->yes].alpha : node->alpha, node->alpha);
			tree->node[node->no].alpha = fmin(tree->node[node->no].alpha > 0.0 ?
											  tree->node[node->no].alpha : node->alpha, node->alpha);
		}
}

/* Is a node a leaf of the tree that is pruned at beta? */
static inline bool
node_ends(const TcsTreeNode *node, double beta)
{
	return node->yes == 0 || node->alpha <= beta;
}

/* Leaves and error of the tree that is pruned at beta. */
static Branch
tree_at(const TcsTree *tree, double beta)
{
	Branch		branch[TCS_TREE_NODES];

	branch[0] = branch_alone(&tree->node[0]);
	for (int i = tree->count - 1; i >= 0; i--)
	{
		const TcsTreeNode *node = &tree->node[i];

		branch[i] = node_ends(node, beta) ? branch_alone(node) :
			branch_both(branch[node->yes], branch[node->no]);
	}
	return branch[0];
}

/*
 * The trees of the sequence, from the root alone on, as far as there may be leaves:
 * their alphas, the greatest first.
 */
static void
fit_find_sizes(TcsTreeFit *fit, const TcsTree *tree, const TcsTreeOptions *options)
{
	double		above = INFINITY;

	fit->sizes = 0;
	while (fit->sizes < TCS_TREE_LEAVES)
	{
		double		alpha = 0.0;
		Branch		branch;

		/* the greatest below that of the one before */
		for (int i = 0; i < tree->count; i++)
			if (tree->node[i].yes != 0 && tree->node[i].alpha < above)
				alpha = fmax(alpha, tree->node[i].alpha);
		branch = tree_at(tree, alpha);
		if (branch.leaves > options->leaves)
			break;
		fit->size[fit->sizes++] = (TcsTreeSize)
		{
			branch.leaves, alpha, branch.error, NAN, NAN
		};
		if (alpha == 0.0)
			break;
		above = alpha;
	}
}

/* What the held-out rows of a leaf have: for the AUC. */
typedef struct PruneHeldOut
{
	double		value;
	double		ones;
	double		zeros;
} PruneHeldOut;

/* Losses over the folds, by size. */
typedef struct Losses
{
	double		sum[TCS_TREE_LEAVES];
	double		squares[TCS_TREE_LEAVES];
	double		root;			/* of the mean of all other folds */
} Losses;

/* Where between two trees of the sequence the folds prune, before scaling. */
static double
size_beta(const TcsTreeFit *fit, int size)
{
	return size == 0 ? INFINITY : sqrt(fit->size[size].alpha * fit->size[size - 1].alpha);
}

/* What a row loses in a node: squares of what is off, of labels over all of them. */
static inline double
node_loss(const TcsTreeNode *node, double outcome)
{
	double		away = outcome - node->mean;

	if (node->of_label == NULL)
		return away * away;
	/* (1 - p)^2 and the squares of the other shares, whose sum the error has */
	return 2.0 * (1.0 - node->of_label[(int) outcome] / node->weight) - node->error / node->weight;
}

/* What the rows of a fold lose under the tree that was grown without them. */
static void
fold_lose(const TcsTreeData *data, const TcsTreeOptions *options, const TcsTreeFit *fit,
		  const TcsTree *tree, int fold, double scale, Losses *losses)
{
	double		beta[TCS_TREE_LEAVES];

	for (int i = 0; i < fit->sizes; i++)
		beta[i] = size_beta(fit, i) * scale;
	for (size_t row = fold; row < data->rows; row += options->folds)
	{
		double		weight = data->weight ? data->weight[row] : 1.0;
		int			at = 0;

		if (data->poll != NULL && row / options->folds % 65536 == 0)
			data->poll();
		for (int i = 0; i < fit->sizes; i++)
		{
			const TcsTreeNode *node = &tree->node[at];
			double		loss;

			while (!node_ends(node, beta[i]))
			{
				at = tcs_tree_goes_yes(node, data->feature[node->feature].values[row]) ? node->yes : node->no;
				node = &tree->node[at];
			}
			loss = node_loss(node, data->outcome[row]);
			losses->sum[i] += weight * loss;
			losses->squares[i] += weight * loss * loss;
		}
	}
}

/* The tree of the sequence that is taken. */
static int
fit_choose(const TcsTreeFit *fit, const TcsTreeOptions *options)
{
	int			best = 0;

	if (options->pruning == TCS_TREE_UNPRUNED)
		return fit->sizes - 1;
	if (!fit->has_folds)
		return 0;
	for (int i = 1; i < fit->sizes; i++)
		if (fit->size[i].fold_error < fit->size[best].fold_error)
			best = i;
	if (options->pruning == TCS_TREE_ONE_ERROR)
		for (int i = 0; i < best; i++)
			if (fit->size[i].fold_error <= fit->size[best].fold_error + fit->size[best].standard_error)
				return i;
	return best;
}

/* Copy a branch, pruned at beta; returns where its root is. */
static int
tree_copy(const TcsTree *from, int at, double beta, TcsTree *to)
{
	int			place = to->count++;
	TcsTreeNode *node = &to->node[place];

	*node = from->node[at];
	if (node_ends(node, beta))
	{
		node->yes = node->no = 0;
		node->codes = NULL;
		node->alpha = 0.0;
		return place;
	}
	node->yes = tree_copy(from, from->node[at].yes, beta, to);
	to->node[place].no = tree_copy(from, from->node[at].no, beta, to);
	return place;
}

/* Do two splits by the same feature send the rows of a node the same way? */
static bool
splits_agree(const TcsTreeNode *split, const TcsTreeNode *other, const double *values,
			 const uint32_t *rows, size_t count)
{
	size_t		same = 0;

	for (size_t i = 0; i < count; i++)
		same += tcs_tree_goes_yes(split, values[rows[i]]) == tcs_tree_goes_yes(other, values[rows[i]]);
	return same >= AGAIN_SHARE * count || count - same >= AGAIN_SHARE * count;
}

/* Count in how many trees of the folds the splits of the chosen one come again. */
static void
fit_count_again(const TcsTreeData *data, TcsTreeFit *fit, const TcsTree *folds,
				const double *beta, int count)
{
	uint32_t   *rows = tree_take(data, AGAIN_ROWS * sizeof(uint32_t));

	for (int i = 0; i < fit->tree.count; i++)
	{
		TcsTreeNode *split = &fit->tree.node[i];
		size_t		found = 0;

		if (split->yes == 0)
			continue;
		for (size_t row = 0; row < data->rows && found < AGAIN_ROWS; row++)
		{
			int			at = 0;

			/* nodes rise on the way down */
			while (at < i && fit->tree.node[at].yes != 0)
				at = tcs_tree_goes_yes(&fit->tree.node[at],
									   data->feature[fit->tree.node[at].feature].values[row]) ?
					fit->tree.node[at].yes : fit->tree.node[at].no;
			if (at == i)
				rows[found++] = (uint32_t) row;
		}
		if (data->poll != NULL)
			data->poll();
		for (int fold = 0; fold < count; fold++)
			for (int j = 0; j < folds[fold].count; j++)
			{
				const TcsTreeNode *other = &folds[fold].node[j];

				if (!node_ends(other, beta[fold]) && other->feature == split->feature &&
					splits_agree(split, other, data->feature[split->feature].values, rows, found))
				{
					split->again++;
					break;
				}
			}
	}
}

static int
sort_held_out(PruneHeldOut *held, int count)
{
	int			kept = 0;

	for (int gap = count / 2; gap > 0; gap /= 2)
		for (int i = gap; i < count; i++)
		{
			PruneHeldOut one = held[i];
			int			j = i;

			for (; j >= gap && one.value < held[j - gap].value; j -= gap)
				held[j] = held[j - gap];
			held[j] = one;
		}
	for (int i = 0; i < count; i++)
		if (kept > 0 && held[kept - 1].value == held[i].value)
		{
			held[kept - 1].ones += held[i].ones;
			held[kept - 1].zeros += held[i].zeros;
		}
		else
			held[kept++] = held[i];
	return kept;
}

/* The AUC over the rows of all folds, each by the tree that has not seen it. */
static double
folds_auc(const TcsTreeData *data, const TcsTree *folds, const double *beta, int count)
{
	PruneHeldOut *held = tree_take(data, (size_t) count * TCS_TREE_NODES * sizeof(PruneHeldOut));
	double		zeros = 0.0;
	double		ones = 0.0;
	double		right = 0.0;
	int			found = 0;

	for (int fold = 0; fold < count; fold++)
	{
		PruneHeldOut *of = held + found;

		for (int i = 0; i < folds[fold].count; i++)
			of[i] = (PruneHeldOut)
		{
			folds[fold].node[i].mean, 0.0, 0.0
		};
		for (size_t row = fold; row < data->rows; row += count)
		{
			double		weight = data->weight ? data->weight[row] : 1.0;
			int			at = 0;

			while (!node_ends(&folds[fold].node[at], beta[fold]))
				at = tcs_tree_goes_yes(&folds[fold].node[at],
									   data->feature[folds[fold].node[at].feature].values[row]) ?
					folds[fold].node[at].yes : folds[fold].node[at].no;
			of[at].ones += weight * data->outcome[row];
			of[at].zeros += weight * (1.0 - data->outcome[row]);
		}
		found += folds[fold].count;
	}
	found = sort_held_out(held, found);
	for (int i = 0; i < found; i++)
	{
		right += held[i].ones * (zeros + held[i].zeros / 2.0);
		zeros += held[i].zeros;
		ones += held[i].ones;
	}
	return right / (ones * zeros);
}

/* The share of rows of all folds of which the tree that has not seen them tells the label. */
static double
folds_right(const TcsTreeData *data, const TcsTree *folds, const double *beta, int count)
{
	double		right = 0.0;
	double		all = 0.0;

	for (size_t row = 0; row < data->rows; row++)
	{
		const TcsTree *tree = &folds[row % count];
		double		weight = data->weight ? data->weight[row] : 1.0;
		int			at = 0;

		while (!node_ends(&tree->node[at], beta[row % count]))
			at = tcs_tree_goes_yes(&tree->node[at], data->feature[tree->node[at].feature].values[row]) ?
				tree->node[at].yes : tree->node[at].no;
		all += weight;
		if (tree->node[at].label == (int) data->outcome[row])
			right += weight;
	}
	return right / all;
}

static void
fit_grow(const TcsTreeData *data, TcsTreeGrower *grower, int fold, TcsTree *tree)
{
	(data->classes > 0 ? tcs_tree_classes_grow : tcs_tree_grow) (grower, fold, tree);
	tree_find_alphas(tree);
}

static void
fit_try_folds(const TcsTreeData *data, const TcsTreeOptions *options, TcsTreeGrower *grower,
			  const TcsTreeNode *root, TcsTreeFit *fit, TcsTree *folds, double *scale)
{
	Losses		losses;

	memset(&losses, 0, sizeof(losses));
	for (int fold = 0; fold < options->folds; fold++)
	{
		fit_grow(data, grower, fold, &folds[fold]);
		scale[fold] = folds[fold].node[0].weight / root->weight;
		fold_lose(data, options, fit, &folds[fold], fold, scale[fold], &losses);
	}
	for (int i = 0; i < fit->sizes; i++)
	{
		double		mean = losses.sum[i] / root->weight;
		double		spread = losses.squares[i] / root->weight - mean * mean;
		double		rows = root->weight * root->weight / root->squares;

		fit->size[i].fold_error = mean / fit->root_error;
		fit->size[i].standard_error = sqrt(fmax(spread, 0.0) / rows) / fit->root_error;
	}
}

void
tcs_tree_fit(const TcsTreeData *data, const TcsTreeOptions *options, TcsTreeFit *fit)
{
	TcsTreeGrower *grower = (data->classes > 0 ? tcs_tree_classes_grower : tcs_tree_grower) (data, options);
	TcsTree		folds[TCS_TREE_FOLDS] = {{0, NULL}};
	double		scale[TCS_TREE_FOLDS] = {0};
	TcsTree		full;
	const TcsTreeNode *root;

	memset(fit, 0, sizeof(TcsTreeFit));
	fit_grow(data, grower, -1, &full);
	root = &full.node[0];
	fit->root_error = root->error / root->weight;
	fit->fold_error = fit->fold_auc = fit->fold_right = NAN;
	fit_find_sizes(fit, &full, options);
	fit->has_folds = root->yes != 0 && data->rows >= 2 * (size_t) options->folds;
	if (fit->has_folds)
		fit_try_folds(data, options, grower, root, fit, folds, scale);
	fit->chosen = fit_choose(fit, options);
	fit->tree.node = tree_take(data, (2 * TCS_TREE_LEAVES) * sizeof(TcsTreeNode));
	tree_copy(&full, 0, fit->size[fit->chosen].alpha, &fit->tree);
	if (fit->has_folds)
	{
		double		beta[TCS_TREE_FOLDS];

		for (int fold = 0; fold < options->folds; fold++)
			beta[fold] = size_beta(fit, fit->chosen) * scale[fold];
		fit->fold_error = fit->size[fit->chosen].fold_error * fit->root_error;
		if (data->classes > 0)
			fit->fold_right = folds_right(data, folds, beta, options->folds);
		else if (data->is_share)
			fit->fold_auc = folds_auc(data, folds, beta, options->folds);
		fit_count_again(data, fit, folds, beta, options->folds);
	}
	for (int i = 0; i < fit->sizes; i++)
	{
		fit->size[i].alpha /= root->error;
		fit->size[i].error /= root->error;
	}
}
