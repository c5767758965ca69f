/*
 * trees.h
 *		Trees: models that divide customers by their features.
 */
#ifndef TCS_TREES_H
#define TCS_TREES_H

#include "features/features.h"
#include "math/tree.h"

#define TCS_TREE_MODEL	"tree"
#define TCS_TREE_HINT	"tree_fit makes such a model."

/* What an outcome is called in a model, by TcsOutcome. */
extern const char *const tcs_tree_outcomes[];

/* A model as it was read: tree and features, and what leaves are called. */
typedef struct TcsTreeModel
{
	TcsFeatures *features;
	bool		is_share;		/* of a boolean, or of a label */
	int			labels;			/* 0: the outcome is no text */
	char	  **label;
	TcsTree		tree;
	char	  **segment;		/* by node; NULL unless it is a leaf */
	double	   *low;			/* interval of the mean, by node; may be NaN */
	double	   *high;
	double		value;			/* of all */
	double		customers;
	TcsFeatureScorer *scorer;
	double	   *values;			/* of the row at hand */
} TcsTreeModel;

/* Read a model, checked throughout, in the current context: a TcsModelParser. */
extern void *tcs_tree_model_parse(Jsonb *model);

/* Which rows get somewhere, by one feature: what all splits on the way leave of it. */
typedef struct TcsTreePath
{
	bool		used;
	double		low;			/* not less; NaN: any */
	double		below;			/* less; NaN: any */
	bool		missing;		/* what is missing gets there too ... */
	bool		known;			/* and what is not */
	unsigned char *codes;		/* of text: 1 for those that get there */
} TcsTreePath;

/* One for each feature, nothing asked of any, in the current context. */
extern TcsTreePath *tcs_tree_path_create(const TcsFeatures *features);

/* What a path becomes by a split. */
extern void tcs_tree_path_take(TcsTreePath *path, const TcsFeatures *features,
							   const TcsTreeNode *node, bool yes);

/* As a condition in SQL, in the current context: "true" where nothing is asked. */
extern char *tcs_tree_path_condition(const TcsTreePath *path, const TcsFeatures *features);

#endif							/* TCS_TREES_H */
