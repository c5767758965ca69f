/*
 * kmeans_tree.h
 *		Groups told by thresholds: a small tree over rows whose groups are known.
 *
 * It is not the tree of tree.h, which looks for what will hold for others and takes
 * back what the folds do not bear out.  Here nothing is predicted: the groups are
 * what they are, and the fewest thresholds that say so are wanted.  So it grows by
 * the best split of all leaves, to a number of leaves and any depth, is not pruned,
 * has no text and nothing missing, and keeps both values that a threshold lies
 * between, for a round one in the rules.
 *
 * Plain C, no allocation.
 */
#ifndef TCS_KMEANS_TREE_H
#define TCS_KMEANS_TREE_H

#include "math/kmeans.h"

#define TCS_KMEANS_LEAVES	(3 * TCS_KMEANS_GROUPS)
#define TCS_KMEANS_NODES	(2 * TCS_KMEANS_LEAVES)

/* A leaf has no column: -1. */
typedef struct TcsKmeansNode
{
	int			column;
	double		low;			/* between these two values the threshold
								 * lies: ... */
	double		high;			/* ... low and less go to yes, high and more
								 * to no */
	int			yes;
	int			no;
	int			group;			/* that of most rows in it */
} TcsKmeansNode;

typedef struct TcsKmeansTree
{
	int			count;			/* nodes; 0 is the root, children come after */
	TcsKmeansNode node[TCS_KMEANS_NODES];
} TcsKmeansTree;

/* Bytes of memory that it takes. */
extern int64_t tcs_kmeans_tree_memory(int64_t rows);

/*
 * Grow a tree of at most so many leaves, 1 to TCS_KMEANS_LEAVES, each split that
 * which takes most from Gini's impurity of all, over the columns that are usable.
 * Siblings of one group become one leaf.
 */
extern void tcs_kmeans_tree_grow(const TcsKmeansRows *rows, const int32_t *group, int k,
								 int leaves, const bool *usable, void (*poll) (void),
								 void *memory, TcsKmeansTree *tree);

/* The leaf that a row gets to. */
extern int	tcs_kmeans_tree_leaf(const TcsKmeansTree *tree, const double *row);

#endif							/* TCS_KMEANS_TREE_H */
