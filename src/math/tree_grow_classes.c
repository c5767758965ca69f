/*
 * tree_grow_classes.c
 *		The largest tree for labels.
 */
#include "math/tree.h"

#define TREE_CLASSES	TCS_TREE_CLASSES
#define TREE_GROWER		tcs_tree_classes_grower
#define TREE_GROW		tcs_tree_classes_grow

#include "math/tree_grower.h"
