/*
 * tree_model.c
 *		A tree that is read back, and the score of a row.
 *
 * Anybody can write a model: each number is checked before it leads anywhere, and
 * children come after their parent, so that every way ends.
 */
#include "trees/trees.h"

#include "utils/builtins.h"

#include "model/model.h"

#define TREE_MOST	(2 * TCS_TREE_LEAVES - 1)	/* nodes */
#define TREE_NAME	1024		/* bytes of the name of a leaf */

PG_FUNCTION_INFO_V1(tcs_tree_score);
PG_FUNCTION_INFO_V1(tcs_tree_score_label);
PG_FUNCTION_INFO_V1(tcs_tree_label);

static int
tree_read_child(Jsonb *object, const char *key, int parent, int count)
{
	double		child = tcs_model_get_number(object, key);

	if (!(child > parent && child < count && child == floor(child)))
		tcs_model_bad(key, "is not a node that comes later");
	return (int) child;
}

static void
tree_read_codes(Jsonb *object, const TcsFeature *feature, TcsTreeNode *node)
{
	int			count;
	char	  **levels = tcs_model_get_texts(object, "levels", feature->levels, BLCKSZ, &count);

	node->codes = palloc0(feature->levels + 1);
	node->codes[0] = tcs_model_get_optional(object, "other", 1.0, 0.0) != 0.0;
	for (int i = 0; i < count; i++)
	{
		int			code = 0;

		while (code < feature->levels && strcmp(feature->level[code], levels[i]) != 0)
			code++;
		if (code == feature->levels)
			tcs_model_bad("levels", "has one that is none of the feature");
		node->codes[code + 1] = 1;
	}
}

static void
tree_read_split(Jsonb *object, const TcsFeatures *features, int place, int count, TcsTreeNode *node)
{
	char	   *name = tcs_model_get_text(object, "feature", NAMEDATALEN);
	const TcsFeature *feature;

	while (name != NULL && node->feature < features->count &&
		   strcmp(features->feature[node->feature].name, name) != 0)
		node->feature++;
	if (name == NULL || node->feature == features->count)
		tcs_model_bad("feature", "is not among the features");
	feature = &features->feature[node->feature];
	node->yes = tree_read_child(object, "yes", place, count);
	node->no = tree_read_child(object, "no", place, count);
	if (node->yes == node->no)
		tcs_model_bad("no", "is the same node as \"yes\"");
	node->missing_yes = tcs_model_get_optional(object, "missing", 1.0, 0.0) != 0.0;
	if (feature->kind == TCS_FEATURE_TEXT)
		tree_read_codes(object, feature, node);
	else
		node->below = tcs_model_get_number(object, "below");
	if (feature->kind == TCS_FEATURE_BOOLEAN && !isnan(node->below) &&
		!(node->below > 0.0 && node->below <= 1.0))
		tcs_model_bad("below", "does not divide a boolean");
}

/* The number of a label; -1: it is none of the model. */
static int
tree_find_label(const TcsTreeModel *tree, const char *label, Size length)
{
	for (int i = 0; i < tree->labels; i++)
		if (strlen(tree->label[i]) == length && memcmp(tree->label[i], label, length) == 0)
			return i;
	return -1;
}

/* The label of a leaf, and the shares of all. */
static void
tree_read_label(Jsonb *object, const TcsTreeModel *tree, TcsTreeNode *node)
{
	char	   *label = tcs_model_get_text(object, "label", TREE_NAME);
	int			count;

	node->label = label == NULL ? -1 : tree_find_label(tree, label, strlen(label));
	if (node->label < 0)
		tcs_model_bad("label", "is none of the labels");
	node->of_label = tcs_model_get_numbers(object, "shares", TCS_LABELS_MOST, false, &count);
	if (count != tree->labels)
		tcs_model_bad("shares", "has another number of elements than labels");
}

static void
tree_read_nodes(Jsonb *model, TcsTreeModel *tree)
{
	int			count;
	Jsonb	  **objects = tcs_model_get_objects(model, "nodes", TREE_MOST, &count);

	if (count == 0)
		tcs_model_bad("nodes", "is empty");
	tree->tree.count = count;
	tree->tree.node = palloc0(count * sizeof(TcsTreeNode));
	tree->segment = palloc0(count * sizeof(char *));
	tree->low = palloc(count * sizeof(double));
	tree->high = palloc(count * sizeof(double));
	for (int i = 0; i < count; i++)
	{
		TcsTreeNode *node = &tree->tree.node[i];

		node->below = NAN;
		node->n = tcs_model_get_number(objects[i], "customers");
		node->mean = tcs_model_get_number(objects[i], "value");
		if (isnan(node->mean))
			tcs_model_bad("value", "is missing");
		tree->low[i] = tcs_model_get_number(objects[i], "low");
		tree->high[i] = tcs_model_get_number(objects[i], "high");
		tree->segment[i] = tcs_model_get_text(objects[i], "segment", TREE_NAME);
		if (tree->labels > 0)
			tree_read_label(objects[i], tree, node);
		if (tree->segment[i] == NULL)
			tree_read_split(objects[i], tree->features, i, count, node);
	}
}

void *
tcs_tree_model_parse(Jsonb *model)
{
	TcsTreeModel *tree = palloc0(sizeof(TcsTreeModel));
	char	   *outcome;
	int			kind = TCS_OUTCOME_BOOLEAN;

	tcs_model_open(model, TCS_TREE_MODEL, 1, TCS_TREE_HINT);
	outcome = tcs_model_get_text(model, "outcome", NAMEDATALEN);
	while (outcome != NULL && kind <= TCS_OUTCOME_TEXT && strcmp(outcome, tcs_tree_outcomes[kind]) != 0)
		kind++;
	if (outcome == NULL || kind > TCS_OUTCOME_TEXT)
		tcs_model_bad("outcome", "is not known");
	tree->is_share = kind != TCS_OUTCOME_NUMBER;
	if (kind == TCS_OUTCOME_TEXT)
		tree->label = tcs_model_get_texts(model, "labels", TCS_LABELS_MOST, TREE_NAME, &tree->labels);
	if (kind == TCS_OUTCOME_TEXT && tree->labels == 0)
		tcs_model_bad("labels", "is empty");
	tree->customers = tcs_model_get_number(model, "customers");
	tree->value = tcs_model_get_number(model, "value");
	tree->features = tcs_features_read(model, "features");
	tree_read_nodes(model, tree);
	tree->scorer = tcs_features_scorer(tree->features, CurrentMemoryContext);
	tree->values = palloc((tree->features->count + 1) * sizeof(double));
	return tree;
}

/* The leaf of the row in argument 1 by the model in argument 0. */
static const TcsTreeNode *
tree_leaf_argument(FunctionCallInfo fcinfo, const TcsTreeModel **model)
{
	TcsTreeModel *tree;

	if (fcinfo->flinfo->fn_extra == NULL)
		tcs_features_check_row(fcinfo, 1);
	*model = tree = tcs_model_argument(fcinfo, 0, tcs_tree_model_parse, &fcinfo->flinfo->fn_extra);
	tcs_features_fill(tree->scorer, PG_GETARG_HEAPTUPLEHEADER(1), tree->values);
	return &tree->tree.node[tcs_tree_leaf(&tree->tree, tree->values)];
}

/* An error unless the outcome of the model was text. */
static void
tree_check_labels(const TcsTreeModel *tree)
{
	if (tree->labels == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the tree has no labels"),
				 errdetail("Its outcome was a boolean or a number."),
				 errhint("tree_score(model, features) is its value, and tree_fit of a text makes labels.")));
}

/* arguments: model, row */
Datum
tcs_tree_score(PG_FUNCTION_ARGS)
{
	const TcsTreeModel *tree;

	PG_RETURN_FLOAT8(tree_leaf_argument(fcinfo, &tree)->mean);
}

/* arguments: model, row, label */
Datum
tcs_tree_score_label(PG_FUNCTION_ARGS)
{
	const TcsTreeModel *tree;
	const TcsTreeNode *leaf = tree_leaf_argument(fcinfo, &tree);
	const text *label = PG_GETARG_TEXT_PP(2);
	int			number;

	tree_check_labels(tree);
	number = tree_find_label(tree, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
	if (number < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the tree has no label \"%s\"", text_to_cstring(label)),
				 errhint("The key \"labels\" of the model lists those that it has.")));
	PG_RETURN_FLOAT8(leaf->of_label[number]);
}

/* arguments: model, row */
Datum
tcs_tree_label(PG_FUNCTION_ARGS)
{
	const TcsTreeModel *tree;
	const TcsTreeNode *leaf = tree_leaf_argument(fcinfo, &tree);

	tree_check_labels(tree);
	PG_RETURN_TEXT_P(cstring_to_text(tree->label[leaf->label]));
}
