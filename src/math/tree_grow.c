/*
 * tree_grow.c
 *		The largest tree for an outcome that is a number.
 */
#define TREE_CLASSES	1
#define TREE_GROWER		tcs_tree_grower
#define TREE_GROW		tcs_tree_grow

#include "math/tree_grower.h"
