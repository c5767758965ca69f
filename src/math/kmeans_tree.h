/*
 * kmeans_tree.h
 *		Groups told by thresholds: a small tree over rows whose groups are known.
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
