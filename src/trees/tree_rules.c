/*
 * tree_rules.c
 *		A tree as the definition of a rule set: a rule for each leaf.
 */
#include "trees/trees.h"

#include "utils/json.h"

#include "model/model.h"

PG_FUNCTION_INFO_V1(tcs_tree_rules);

/* A leaf and what gets there. */
typedef struct LeafRule
{
	const TcsTreeModel *model;
	int			node;
	char	   *condition;
} LeafRule;

typedef struct LeafRules
{
	int			count;
	LeafRule	rule[TCS_TREE_LEAVES];
} LeafRules;

static TcsTreePath *
tree_path_copy(const TcsTreePath *path, const TcsFeatures *features)
{
	TcsTreePath *copy = tcs_tree_path_create(features);

	for (int i = 0; i < features->count; i++)
	{
		unsigned char *codes = copy[i].codes;

		copy[i] = path[i];
		copy[i].codes = codes;
		if (codes != NULL)
			memcpy(codes, path[i].codes, features->feature[i].levels + 1);
	}
	return copy;
}

/* All leaves below a node: it is reached by one way only, or that is an error. */
static void
tree_collect_rules(const TcsTreeModel *model, int at, TcsTreePath *path, LeafRules *rules)
{
	const TcsTreeNode *node = &model->tree.node[at];

	if (node->yes != 0)
	{
		TcsTreePath *other = tree_path_copy(path, model->features);

		tcs_tree_path_take(path, model->features, node, true);
		tree_collect_rules(model, node->yes, path, rules);
		tcs_tree_path_take(other, model->features, node, false);
		tree_collect_rules(model, node->no, other, rules);
		return;
	}
	if (rules->count == TCS_TREE_LEAVES)
		tcs_model_bad("nodes", "has more than one way to a leaf");
	rules->rule[rules->count++] = (LeafRule)
	{
		model, at, tcs_tree_path_condition(path, model->features)
	};
}

static int
compare_leaf_rules(const void *a, const void *b)
{
	const LeafRule *left = a;
	const LeafRule *right = b;
	double		one = left->model->tree.node[left->node].mean;
	double		other = right->model->tree.node[right->node].mean;

	/* labels in the order of their bytes */
	if (left->model->labels > 0 && left->model->tree.node[left->node].label != right->model->tree.node[right->node].label)
		return left->model->tree.node[left->node].label - right->model->tree.node[right->node].label;
	if (one != other)
		return one > other ? -1 : 1;
	return left->node - right->node;
}

/* What is known of a leaf. */
static char *
tree_describe_leaf(const LeafRule *rule)
{
	const TcsTreeModel *model = rule->model;
	const TcsTreeNode *node = &model->tree.node[rule->node];
	double		low = model->low[rule->node];
	double		high = model->high[rule->node];
	const char *figure;

	if (model->labels > 0)
		figure = psprintf("%s: %.1f %%%s", model->label[node->label], 100.0 * node->mean,
						  isnan(low) || isnan(high) ? "" :
						  psprintf(" (%.1f to %.1f %%)", 100.0 * low, 100.0 * high));
	else if (model->is_share)
		figure = isnan(low) || isnan(high) ? psprintf("%.1f %%", 100.0 * node->mean) :
			psprintf("%.1f %% (%.1f to %.1f %%)", 100.0 * node->mean, 100.0 * low, 100.0 * high);
	else
		figure = isnan(low) || isnan(high) ? psprintf("%.6g on average", node->mean) :
			psprintf("%.6g on average (%.6g to %.6g)", node->mean, low, high);
	if (isnan(node->n))
		return pstrdup(figure);
	return psprintf("%s among %.0f customers", figure, node->n);
}

Datum
tcs_tree_rules(PG_FUNCTION_ARGS)
{
	TcsTreeModel *model = tcs_tree_model_parse(PG_GETARG_JSONB_P(0));
	LeafRules	rules = {0};
	StringInfoData text;

	tree_collect_rules(model, 0, tcs_tree_path_create(model->features), &rules);
	qsort(rules.rule, rules.count, sizeof(LeafRule), compare_leaf_rules);
	initStringInfo(&text);
	appendStringInfoString(&text, "{\"description\": ");
	escape_json(&text, psprintf("learned by a tree from %.0f customers, %s%s: what tells segments apart "
								"need not be the cause", isnan(model->customers) ? 0.0 : model->customers,
								isnan(model->value) ? "?" :
								model->labels > 0 ? psprintf("%d labels, of which %.1f %% have the most frequent", model->labels, 100.0 * model->value) :
								model->is_share ? psprintf("%.1f %%", 100.0 * model->value) :
								psprintf("%.6g on average", model->value), model->labels > 0 ? "" : " of all"));
	appendStringInfoString(&text, ", \"rules\": [");
	for (int i = 0; i < rules.count; i++)
	{
		appendStringInfoString(&text, i > 0 ? ", {\"segment\": " : "{\"segment\": ");
		escape_json(&text, model->segment[rules.rule[i].node]);
		tcs_model_text(&text, "condition", rules.rule[i].condition);
		tcs_model_text(&text, "description", tree_describe_leaf(&rules.rule[i]));
		appendStringInfoChar(&text, '}');
	}
	appendStringInfoChar(&text, ']');
	PG_RETURN_DATUM(tcs_model_end(&text));
}
