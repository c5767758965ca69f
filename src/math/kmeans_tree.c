/*
 * kmeans_tree.c
 *		Groups told by thresholds.
 */
#include "math/kmeans_tree.h"

#include <stdlib.h>
#include <string.h>

/* A row by its value in the column that is looked at. */
typedef struct TreeEntry
{
	double		value;
	int32_t		row;
} TreeEntry;

/* A leaf that may be split: its rows, and the best way. */
typedef struct TreeLeaf
{
	int			node;
	int64_t		first;			/* its rows in the order */
	int64_t		end;
	double		gain;			/* 0: there is no way */
	TcsKmeansNode split;
} TreeLeaf;

typedef struct Growth
{
	const TcsKmeansRows *rows;
	const int32_t *group;
	int			k;
	const bool *usable;
	void		(*poll) (void);
	TreeEntry  *entry;
	int32_t    *order;
	TcsKmeansTree *tree;
	int			leaves;
	TreeLeaf	leaf[TCS_KMEANS_LEAVES];
} Growth;

int64_t
tcs_kmeans_tree_memory(int64_t rows)
{
	return rows * (int64_t) (sizeof(TreeEntry) + 2 * sizeof(int32_t));
}

static double
growth_weight(const Growth *growth, int32_t row)
{
	return growth->rows->weight == NULL ? 1.0 : growth->rows->weight[row];
}

static int
compare_entries(const void *a, const void *b)
{
	const TreeEntry *one = a;
	const TreeEntry *other = b;

	if (one->value != other->value)
		return one->value < other->value ? -1 : 1;
	return one->row < other->row ? -1 : one->row > other->row;
}

/* What a set of rows adds to the purity: sum of squares of the weights, over their sum. */
static double
purity_of(const double *of_group, int k, double all)
{
	double		sum = 0.0;

	for (int g = 0; g < k; g++)
		sum += of_group[g] * of_group[g];
	return all > 0.0 ? sum / all : 0.0;
}

/* Look for a better split of a leaf along a column. */
static void
leaf_try_column(Growth *growth, TreeLeaf *leaf, int column, const double *of_group, double all)
{
	int64_t		n = leaf->end - leaf->first;
	double		left[TCS_KMEANS_GROUPS] = {0};
	double		right[TCS_KMEANS_GROUPS];
	double		left_all = 0.0;
	double		whole = purity_of(of_group, growth->k, all);

	memcpy(right, of_group, growth->k * sizeof(double));
	for (int64_t i = 0; i < n; i++)
	{
		int32_t		row = growth->order[leaf->first + i];

		growth->entry[i].row = row;
		growth->entry[i].value = growth->rows->row[(int64_t) row * growth->rows->width + column];
	}
	qsort(growth->entry, n, sizeof(TreeEntry), compare_entries);
	for (int64_t i = 0; i + 1 < n; i++)
	{
		int32_t		row = growth->entry[i].row;
		double		weight = growth_weight(growth, row);
		double		gain;

		left[growth->group[row]] += weight;
		right[growth->group[row]] -= weight;
		left_all += weight;
		if (growth->entry[i].value == growth->entry[i + 1].value)
			continue;
		gain = purity_of(left, growth->k, left_all) + purity_of(right, growth->k, all - left_all) - whole;
		if (gain > leaf->gain * (1.0 + 1e-9) + 1e-9 * all)
		{
			leaf->gain = gain;
			leaf->split.column = column;
			leaf->split.low = growth->entry[i].value;
			leaf->split.high = growth->entry[i + 1].value;
		}
	}
}

/* Which group a leaf is, and how it would best be split. */
static void
leaf_look(Growth *growth, TreeLeaf *leaf)
{
	double		of_group[TCS_KMEANS_GROUPS] = {0};
	double		all = 0.0;
	int			most = 0;

	for (int64_t i = leaf->first; i < leaf->end; i++)
	{
		double		weight = growth_weight(growth, growth->order[i]);

		of_group[growth->group[growth->order[i]]] += weight;
		all += weight;
	}
	for (int g = 1; g < growth->k; g++)
		if (of_group[g] > of_group[most])
			most = g;
	growth->tree->node[leaf->node].column = -1;
	growth->tree->node[leaf->node].group = most;
	leaf->gain = 0.0;
	if (of_group[most] == all)
		return;
	for (int column = 0; column < growth->rows->width; column++)
	{
		if (growth->poll != NULL)
			growth->poll();
		if (growth->usable == NULL || growth->usable[column])
			leaf_try_column(growth, leaf, column, of_group, all);
	}
}

/* Split a leaf: it becomes its first half, and a new one the other. */
static void
leaf_split(Growth *growth, TreeLeaf *leaf)
{
	TcsKmeansTree *tree = growth->tree;
	TcsKmeansNode *node = &tree->node[leaf->node];
	TreeLeaf   *other = &growth->leaf[growth->leaves++];
	int32_t    *spare = (int32_t *) (growth->order + growth->rows->count);
	int64_t		middle = leaf->first;
	int64_t		rest = 0;

	node->column = leaf->split.column;
	node->low = leaf->split.low;
	node->high = leaf->split.high;
	node->yes = tree->count++;
	node->no = tree->count++;
	for (int64_t i = leaf->first; i < leaf->end; i++)
	{
		int32_t		row = growth->order[i];

		if (growth->rows->row[(int64_t) row * growth->rows->width + node->column] <= node->low)
			growth->order[middle++] = row;
		else
			spare[rest++] = row;
	}
	memcpy(growth->order + middle, spare, rest * sizeof(int32_t));
	other->node = node->no;
	other->first = middle;
	other->end = leaf->end;
	leaf->node = node->yes;
	leaf->end = middle;
	leaf_look(growth, leaf);
	leaf_look(growth, other);
}

void
tcs_kmeans_tree_grow(const TcsKmeansRows *rows, const int32_t *group, int k, int leaves,
					 const bool *usable, void (*poll) (void), void *memory, TcsKmeansTree *tree)
{
	Growth		growth = {0};

	growth.rows = rows;
	growth.group = group;
	growth.k = k;
	growth.usable = usable;
	growth.poll = poll;
	growth.entry = memory;
	growth.order = (int32_t *) (growth.entry + rows->count);
	growth.tree = tree;
	memset(tree, 0, sizeof(*tree));
	tree->count = 1;
	growth.leaves = 1;
	growth.leaf[0].end = rows->count;
	for (int64_t i = 0; i < rows->count; i++)
		growth.order[i] = (int32_t) i;
	leaf_look(&growth, &growth.leaf[0]);
	while (growth.leaves < leaves)
	{
		TreeLeaf   *best = &growth.leaf[0];

		for (int i = 1; i < growth.leaves; i++)
			if (growth.leaf[i].gain > best->gain)
				best = &growth.leaf[i];
		if (!(best->gain > 0.0))
			break;
		leaf_split(&growth, best);
	}
	/* children come after their parents, so that this meets them first */
	for (int i = tree->count - 1; i >= 0; i--)
	{
		TcsKmeansNode *node = &tree->node[i];

		if (node->column >= 0 && tree->node[node->yes].column < 0 && tree->node[node->no].column < 0 &&
			tree->node[node->yes].group == tree->node[node->no].group)
		{
			node->group = tree->node[node->yes].group;
			node->column = -1;
		}
	}
}

int
tcs_kmeans_tree_leaf(const TcsKmeansTree *tree, const double *row)
{
	int			at = 0;

	while (tree->node[at].column >= 0)
		at = row[tree->node[at].column] <= tree->node[at].low ? tree->node[at].yes : tree->node[at].no;
	return at;
}
