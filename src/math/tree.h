/*
 * tree.h
 *		Trees that divide customers by their features: CART (Breiman, Friedman,
 *		Olshen and Stone, 1984), pruned by folds.
 *
 * A split is the one, of all there are, that takes most from the sum of squares of
 * the outcome; for an outcome of 0 and 1 that is half of what it takes from Gini's
 * impurity, and for labels, each of which is such an outcome, all of it.  Levels of text
 * are taken in the order of their means, which finds the best of all ways to divide
 * them; for labels, in that of the shares of each.  What is missing goes where it fits best, which
 * may be a side of its own.
 *
 * Plain C; memory is the caller's, who is asked through TcsTreeMemory.
 */
#ifndef TCS_TREE_H
#define TCS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TCS_TREE_DEPTH	10		/* most splits on the way to a leaf */
#define TCS_TREE_LEAVES 64
#define TCS_TREE_NODES	((1 << (TCS_TREE_DEPTH + 1)) - 1)
#define TCS_TREE_FOLDS	20
#define TCS_TREE_CLASSES	20	/* most labels */

typedef struct TcsTreeFeature
{
	const double *values;		/* by row; NaN: missing */
	int			levels;			/* of text, codes 0 to levels; -1: a number */
	bool		is_whole;		/* a number: cut at whole ones */
	bool		is_time;		/* a number of days: cut at midnight or a full
								 * hour */
} TcsTreeFeature;

/* Memory that lives until the caller frees it. */
typedef void *(*TcsTreeMemory) (size_t bytes, void *arg);

/*
 * The rows must be in an order that has nothing to do with what is in them: row i
 * is in the fold i % folds.
 */
typedef struct TcsTreeData
{
	size_t		rows;			/* 1 to 2^31 - 1 */
	const double *outcome;
	const double *weight;		/* above 0; NULL: 1 each */
	bool		is_share;		/* outcomes are 0 and 1, or labels */
	int			classes;		/* labels, as outcomes 0 to classes - 1; 0: a
								 * number, or a share */
	int			count;
	const TcsTreeFeature *feature;
	void		(*poll) (void); /* called now and then; it may jump away */
	TcsTreeMemory memory;
	void	   *memory_arg;
} TcsTreeData;

typedef enum TcsTreePruning
{
	TCS_TREE_ONE_ERROR,			/* the smallest within a standard error of the
								 * best */
	TCS_TREE_LEAST,				/* the one with the least error over the folds */
	TCS_TREE_UNPRUNED
} TcsTreePruning;

typedef struct TcsTreeOptions
{
	int			depth;			/* 1 to TCS_TREE_DEPTH */
	int			leaves;			/* 1 to TCS_TREE_LEAVES */
	double		least;			/* rows in a leaf */
	int			folds;			/* 2 to TCS_TREE_FOLDS, no more than rows */
	TcsTreePruning pruning;
} TcsTreeOptions;

typedef struct TcsTreeNode
{
	int			yes;			/* where a row goes, for which the split is
								 * true ... */
	int			no;				/* ... and not; both 0 in a leaf */
	int			feature;
	double		below;			/* a number: less than that; NaN: it is there
								 * at all */
	bool		missing_yes;	/* where what is missing goes */
	unsigned char *codes;		/* of text: 1 for those that go to yes */

	double		n;				/* rows */
	double		weight;
	double		squares;		/* of weights, as a sum */
	double		mean;			/* of labels, the share of the one that most
								 * have */
	double		error;			/* weighted sum of squares around the mean; of
								 * labels, of those around all shares */
	int			label;			/* that most have, the first of equal ones */
	double	   *of_label;		/* weights by label; NULL for other outcomes */
	double		alpha;			/* where pruning makes it a leaf; 0 in a leaf */
	int			again;			/* folds in which the split comes again */
} TcsTreeNode;

/* Node 0 is the root; children come after their parent. */
typedef struct TcsTree
{
	int			count;
	TcsTreeNode *node;
} TcsTree;

/* A tree of the sequence that pruning leads through. */
typedef struct TcsTreeSize
{
	int			leaves;
	double		alpha;			/* as a share of the error of the root */
	double		error;			/* as such a share, on all rows */
	double		fold_error;		/* and over the folds, each on rows it has not
								 * seen */
	double		standard_error;
} TcsTreeSize;

typedef struct TcsTreeFit
{
	TcsTree		tree;			/* pruned */
	int			sizes;			/* from the root alone on; 1 at least */
	TcsTreeSize size[TCS_TREE_LEAVES];
	int			chosen;
	double		root_error;		/* mean squared error of the mean */
	double		fold_error;		/* of the tree that is chosen, over the folds */
	double		fold_auc;		/* of shares; NaN else, and where there is one
								 * kind */
	double		fold_right;		/* of labels: the share that is told right */
	bool		has_folds;		/* false: too few rows; the figures of folds
								 * are NaN */
} TcsTreeFit;

extern void tcs_tree_fit(const TcsTreeData *data, const TcsTreeOptions *options,
						 TcsTreeFit *fit);

static inline bool
tcs_tree_goes_yes(const TcsTreeNode *node, double value)
{
	if (value != value)
		return node->missing_yes;
	if (node->codes)
		return node->codes[(int) value] != 0;
	return value < node->below || node->below != node->below;
}

/* The leaf of a row, by the values of its features. */
static inline int
tcs_tree_leaf(const TcsTree *tree, const double *values)
{
	int			at = 0;

	while (tree->node[at].yes != 0)
		at = tcs_tree_goes_yes(&tree->node[at], values[tree->node[at].feature]) ?
			tree->node[at].yes : tree->node[at].no;
	return at;
}

/*
 * tree_between.c, for tree_grow.c: a number above low and not above high that is
 * short to write, near the middle.  Time is in days.
 */
extern double tcs_tree_between(double low, double high, bool is_whole, bool is_time);

/*
 * tree_grow.c and tree_grow_classes.c, for tree.c: the largest tree, without the rows
 * of that fold.
 */
typedef struct TcsTreeGrower TcsTreeGrower;

extern TcsTreeGrower *tcs_tree_grower(const TcsTreeData *data, const TcsTreeOptions *options);
extern void tcs_tree_grow(TcsTreeGrower *grower, int fold, TcsTree *tree);
extern TcsTreeGrower *tcs_tree_classes_grower(const TcsTreeData *data, const TcsTreeOptions *options);
extern void tcs_tree_classes_grow(TcsTreeGrower *grower, int fold, TcsTree *tree);

#endif							/* TCS_TREE_H */
