/*
 * tree_fit.c
 *		The aggregate tree_fit: a tree, and how good it is over the folds.
 */
#include "trees/trees.h"

#include "utils/json.h"
#include "utils/memutils.h"

#include "features/options.h"
#include "math/proportions.h"
#include "model/model.h"
#include "numerics/student.h"
#include "server/progress.h"

#define DEPTH		5
#define LEAVES		12
#define FOLDS		5
#define Z95			1.959963984540054

PG_FUNCTION_INFO_V1(tcs_tree_fit_boolean);
PG_FUNCTION_INFO_V1(tcs_tree_fit_number);
PG_FUNCTION_INFO_V1(tcs_tree_fit_text);
PG_FUNCTION_INFO_V1(tcs_tree_fit_final);

const char *const tcs_tree_outcomes[] = {NULL, "boolean", "number", "text"};

static const char *const tree_prunings[] = {"one error", "least", "none"};

/* The options, for so many rows. */
static void
tree_options_read(Jsonb *given, double rows, TcsTreeOptions *options)
{
	double		least = floor(Max(Min(20.0, rows / 20.0), rows / 100.0));

	options->depth = tcs_options_integer(given, "depth", 1, TCS_TREE_DEPTH, DEPTH);
	options->leaves = tcs_options_integer(given, "leaves", 1, TCS_TREE_LEAVES, LEAVES);
	options->least = floor(tcs_options_number(given, "min_customers", 1.0, 1e9, Max(1.0, least)));
	options->folds = Max(2, Min(rows, tcs_options_integer(given, "folds", 2, TCS_TREE_FOLDS, FOLDS)));
	options->pruning = (TcsTreePruning) tcs_options_choice(given, "pruning", tree_prunings,
														   lengthof(tree_prunings), TCS_TREE_ONE_ERROR);
}

static void
tree_options_check(Jsonb *given)
{
	static const char *const keys[] = {"depth", "leaves", "min_customers", "pruning"};
	TcsTreeOptions options;

	tcs_options_check(given, keys, lengthof(keys));
	tree_options_read(given, 1000.0, &options);
}

Datum
tcs_tree_fit_boolean(PG_FUNCTION_ARGS)
{
	return tcs_features_trans(fcinfo, TCS_OUTCOME_BOOLEAN, tree_options_check);
}

Datum
tcs_tree_fit_number(PG_FUNCTION_ARGS)
{
	return tcs_features_trans(fcinfo, TCS_OUTCOME_NUMBER, tree_options_check);
}

Datum
tcs_tree_fit_text(PG_FUNCTION_ARGS)
{
	return tcs_features_trans(fcinfo, TCS_OUTCOME_TEXT, tree_options_check);
}

/* Memory for the fit, in the budget of the table. */
static void *
tree_fit_memory(size_t bytes, void *arg)
{
	TcsBudget  *budget = arg;

	tcs_budget_charge(budget, bytes);
	return tcs_alloc_large(CurrentMemoryContext, bytes);
}

static TcsTreeFeature *
tree_features(const TcsFeatureTable *table)
{
	TcsTreeFeature *features = palloc0((table->features.count + 1) * sizeof(TcsTreeFeature));

	for (int i = 0; i < table->features.count; i++)
	{
		const TcsFeature *from = &table->features.feature[i];

		features[i].values = from->values;
		features[i].levels = from->kind == TCS_FEATURE_TEXT ? from->levels : -1;
		features[i].is_whole = from->kind == TCS_FEATURE_BOOLEAN || from->kind == TCS_FEATURE_INTEGER;
		features[i].is_time = from->kind == TCS_FEATURE_INTERVAL || from->kind == TCS_FEATURE_DATE ||
			from->kind == TCS_FEATURE_TIMESTAMP || from->kind == TCS_FEATURE_TIMESTAMPTZ;
	}
	return features;
}

/* The interval of the mean of a node, of 95 percent. */
static TcsInterval
tree_node_interval(const TcsTreeNode *node, bool is_share)
{
	double		rows = node->weight * node->weight / node->squares;
	TcsInterval interval = {NAN, NAN};
	double		error;

	if (is_share)
		return tcs_wilson(Max(0.0, Min(rows, node->mean * rows)), rows, Z95);
	if (node->n < 2.0)
		return interval;
	error = sqrt(node->error / node->weight / Max(rows - 1.0, 0.5)) *
		tcs_student_quantile(0.025, Max(rows - 1.0, 0.5));
	interval.low = node->mean - error;
	interval.high = node->mean + error;
	return interval;
}

/* A node and a leaf's place by its mean. */
typedef struct RankedLeaf
{
	int			node;
	double		mean;
} RankedLeaf;

static int
compare_ranked_leaves(const void *a, const void *b)
{
	const RankedLeaf *left = a;
	const RankedLeaf *right = b;

	if (left->mean != right->mean)
		return left->mean > right->mean ? -1 : 1;
	return left->node - right->node;
}

/* The number of each leaf, from 1 for the greatest mean; 0 for other nodes. */
static int *
tree_rank_leaves(const TcsTree *tree)
{
	RankedLeaf *leaves = palloc(tree->count * sizeof(RankedLeaf));
	int		   *rank = palloc0(tree->count * sizeof(int));
	int			count = 0;

	for (int i = 0; i < tree->count; i++)
		if (tree->node[i].yes == 0)
			leaves[count++] = (RankedLeaf)
		{
			i, tree->node[i].mean
		};
	qsort(leaves, count, sizeof(RankedLeaf), compare_ranked_leaves);
	for (int i = 0; i < count; i++)
		rank[leaves[i].node] = i + 1;
	return rank;
}

static void
tree_write_split(StringInfo text, const TcsFeatures *features, const TcsTreeNode *node, bool has_folds)
{
	const TcsFeature *feature = &features->feature[node->feature];
	TcsTreePath *path = tcs_tree_path_create(features);

	tcs_tree_path_take(path, features, node, true);
	tcs_model_text(text, "split", tcs_tree_path_condition(path, features));
	tcs_model_text(text, "feature", feature->name);
	if (node->codes == NULL)
		tcs_model_number(text, "below", node->below);
	else
	{
		const char **levels = palloc((feature->levels + 1) * sizeof(char *));
		int			count = 0;

		for (int code = 1; code <= feature->levels; code++)
			if (node->codes[code])
				levels[count++] = feature->level[code - 1];
		tcs_model_texts(text, "levels", levels, count);
		tcs_model_boolean(text, "other", node->codes[0] != 0);
	}
	tcs_model_boolean(text, "missing", node->missing_yes);
	tcs_model_integer(text, "yes", node->yes);
	tcs_model_integer(text, "no", node->no);
	if (has_folds)
		tcs_model_integer(text, "folds", node->again);
}

/* Of labels: which most have, and the share of each. */
static void
tree_write_labels(StringInfo text, const TcsFeatureTable *table, const TcsTreeNode *node)
{
	double		share[TCS_LABELS_MOST];

	for (int i = 0; i < table->labels; i++)
		share[i] = node->of_label[i] / node->weight;
	tcs_model_text(text, "label", table->label[node->label]);
	tcs_model_numbers(text, "shares", share, table->labels);
}

static void
tree_write_nodes(StringInfo text, const TcsFeatureTable *table, const TcsTreeFit *fit, bool is_share)
{
	const TcsFeatures *features = &table->features;
	int		   *rank = tree_rank_leaves(&fit->tree);

	appendStringInfoString(text, ", \"nodes\": [");
	for (int i = 0; i < fit->tree.count; i++)
	{
		const TcsTreeNode *node = &fit->tree.node[i];
		TcsInterval interval = tree_node_interval(node, is_share);

		appendStringInfo(text, "%s{\"node\": %d", i > 0 ? ", " : "", i);
		tcs_model_number(text, "customers", node->n);
		tcs_model_number(text, "value", node->mean);
		tcs_model_number(text, "low", interval.low);
		tcs_model_number(text, "high", interval.high);
		if (table->labels > 0)
			tree_write_labels(text, table, node);
		if (node->yes != 0)
			tree_write_split(text, features, node, fit->has_folds);
		else if (table->labels > 0)
			tcs_model_text(text, "segment", table->label[node->label]);
		else
			tcs_model_text(text, "segment", psprintf("leaf %d", rank[i]));
		appendStringInfoChar(text, '}');
	}
	appendStringInfoChar(text, ']');
}

static void
tree_write_folds(StringInfo text, const TcsTreeFit *fit, const TcsTreeOptions *options, bool is_share)
{
	appendStringInfo(text, ", \"folds\": {\"folds\": %d", options->folds);
	tcs_model_number(text, is_share ? "brier" : "mean_squared_error", fit->fold_error);
	tcs_model_number(text, "explained", 1.0 - fit->fold_error / fit->root_error);
	if (fit->tree.node[0].of_label != NULL)
		tcs_model_number(text, "right", fit->fold_right);
	else if (is_share)
		tcs_model_number(text, "auc", fit->fold_auc);
	appendStringInfoString(text, "}, \"sizes\": [");
	for (int i = 0; i < fit->sizes; i++)
	{
		const TcsTreeSize *size = &fit->size[i];

		appendStringInfo(text, "%s{\"leaves\": %d", i > 0 ? ", " : "", size->leaves);
		tcs_model_number(text, "alpha", size->alpha);
		tcs_model_number(text, "error", size->error);
		tcs_model_number(text, "fold_error", size->fold_error);
		tcs_model_number(text, "standard_error", size->standard_error);
		appendStringInfoChar(text, '}');
	}
	appendStringInfoChar(text, ']');
}

static void
tree_write_notes(StringInfo text, const TcsFeatureTable *table, TcsOutcome outcome,
				 const TcsTreeFit *fit, const TcsTreeOptions *options)
{
	int			count;
	char	  **features = tcs_features_notes(table, outcome, &count);
	const char **notes = palloc((count + 2 + fit->tree.count) * sizeof(char *));

	memcpy(notes, features, count * sizeof(char *));
	if (fit->root_error == 0.0)
		notes[count++] = "the outcome is the same for all customers: there is nothing to tell apart";
	else if (fit->sizes == 1)
		notes[count++] = psprintf("no feature divides the customers into parts of %.0f or more: the tree is one leaf",
								  options->least);
	else if (!fit->has_folds && options->pruning != TCS_TREE_UNPRUNED)
		notes[count++] = "there are too few customers for folds: the tree is one leaf";
	else if (fit->tree.count == 1)
		notes[count++] = "over the folds no tree is better than the mean of all: the tree is one leaf";
	for (int i = 0; i < fit->tree.count; i++)
	{
		const TcsTreeNode *node = &fit->tree.node[i];

		if (fit->has_folds && node->yes != 0 && 2 * node->again < options->folds)
			notes[count++] = psprintf("the split of node %d, by \"%s\", comes again in %d of %d folds only: "
									  "other data would lead to another one", i,
									  table->features.feature[node->feature].name, node->again, options->folds);
	}
	tcs_model_texts(text, "notes", notes, count);
}

static Datum
tree_make_model(const TcsFeatureTable *table, TcsOutcome outcome, const TcsTreeFit *fit,
				const TcsTreeOptions *options)
{
	static const char *const reasons[] = {"no_outcome", "no_features", "no_weight"};
	double		left_out[] = {table->no_outcome, table->no_features, table->no_weight};
	bool		is_share = outcome != TCS_OUTCOME_NUMBER;
	StringInfoData text;

	tcs_model_begin(&text, TCS_TREE_MODEL, 1);
	tcs_model_text(&text, "outcome", tcs_tree_outcomes[outcome]);
	if (table->labels > 0)
		tcs_model_texts(&text, "labels", (const char *const *) table->label, table->labels);
	tcs_model_integer(&text, "customers", table->rows);
	tcs_model_number(&text, "value", fit->tree.node[0].mean);
	tcs_model_integer(&text, "leaves", (fit->tree.count + 1) / 2);
	tcs_model_integer(&text, "depth", options->depth);
	tcs_model_number(&text, "min_customers", options->least);
	tcs_model_text(&text, "pruning", tree_prunings[options->pruning]);
	tree_write_nodes(&text, table, fit, is_share);
	tree_write_folds(&text, fit, options, is_share);
	tcs_features_write(&text, "features", &table->features);
	tcs_features_write_out(&text, "features_left_out", table->out, table->out_count);
	tcs_model_named_numbers(&text, "left_out", reasons, left_out, lengthof(reasons));
	tree_write_notes(&text, table, outcome, fit, options);
	return tcs_model_end(&text);
}

Datum
tcs_tree_fit_final(PG_FUNCTION_ARGS)
{
	TcsFeatureState *state = TCS_STATE(TcsFeatureState);
	MemoryContext context;
	MemoryContext old;
	TcsFeatureTable *table;
	TcsTreeOptions options;
	TcsTreeData data = {0};
	TcsTreeFit	fit;
	Datum		model;

	tcs_aggregate_context(fcinfo);
	context = AllocSetContextCreate(CurrentMemoryContext, "tcs tree", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	table = tcs_features_table(state, 1 << TCS_OUTCOME_BOOLEAN | 1 << TCS_OUTCOME_NUMBER | 1 << TCS_OUTCOME_TEXT);
	if (table == NULL)
	{
		MemoryContextSwitchTo(old);
		MemoryContextDelete(context);
		PG_RETURN_NULL();
	}
	if (table->rows > PG_INT32_MAX)
		tcs_fit_memory_exceeded(table->budget->used);
	tree_options_read(tcs_features_options(state), table->rows, &options);
	data.rows = table->rows;
	data.outcome = table->outcome;
	data.weight = table->weight;
	data.is_share = tcs_features_outcome(state) != TCS_OUTCOME_NUMBER;
	data.classes = table->labels;
	data.count = table->features.count;
	data.feature = tree_features(table);
	data.poll = tcs_progress_poll("growing the tree");
	data.memory = tree_fit_memory;
	data.memory_arg = table->budget;
	tcs_tree_fit(&data, &options, &fit);
	tcs_progress_end();
	MemoryContextSwitchTo(old);
	model = tree_make_model(table, tcs_features_outcome(state), &fit, &options);
	MemoryContextDelete(context);
	PG_RETURN_DATUM(model);
}
