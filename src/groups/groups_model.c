/*
 * groups_model.c
 *		Groups as a model: written, read, rows put into them, and their rules.
 */
#include "groups/groups.h"

#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"

#include "model/model.h"

PG_FUNCTION_INFO_V1(tcs_kmeans_assign);
PG_FUNCTION_INFO_V1(tcs_kmeans_distance);
PG_FUNCTION_INFO_V1(tcs_kmeans_rules);

#define TELLING			3		/* columns that a description names */
#define CONDITION_BYTES	1000000
#define TEXT_BYTES		10000

/* How well conditions tell the groups, by weight of rows. */
typedef struct Told
{
	double		right;			/* of all, as a share */
	double		told[TCS_KMEANS_GROUPS];	/* rows that conditions put there */
	double		of_them[TCS_KMEANS_GROUPS]; /* those of them that belong there */
} Told;

static void
groups_judge_tree(const TcsGroupsFit *groups, Told *told)
{
	const TcsKmeansRows *rows = &groups->rows;
	double		right = 0.0;

	memset(told, 0, sizeof(*told));
	for (int64 i = 0; i < rows->count; i++)
	{
		int			leaf = tcs_kmeans_tree_leaf(&groups->tree, rows->row + i * rows->width);
		int			group = groups->tree.node[leaf].group;

		told->told[group] += rows->weight[i];
		if (group == groups->fit.group[i])
		{
			told->of_them[group] += rows->weight[i];
			right += rows->weight[i];
		}
	}
	told->right = right / groups->customers;
}

/* A coordinate of a center in the user's units. */
static double
groups_center(const TcsGroupsFit *groups, int group, int column)
{
	const TcsDesignColumn *at = &groups->design->column[column];
	double		value = groups->fit.center[(int64) group * groups->design->count + column];

	return at->center + (groups->standardise ? at->scale * value : value);
}

/* A mean in the words of its kind. */
static char *
groups_mean_text(const TcsFeature *feature, double mean)
{
	int			year,
				month,
				day;

	switch (feature->kind)
	{
		case TCS_FEATURE_DATE:
		case TCS_FEATURE_TIMESTAMP:
		case TCS_FEATURE_TIMESTAMPTZ:
			j2date((int) floor(mean) + POSTGRES_EPOCH_JDATE, &year, &month, &day);
			return psprintf("%04d-%02d-%02d", year, month, day);
		case TCS_FEATURE_INTERVAL:
			return psprintf("%.4g days", mean);
		default:
			return psprintf("%.4g", mean);
	}
}

/* By what a group is farthest from the mean, in standard deviations, in words. */
static char *
groups_telling(const TcsGroupsFit *groups, int group)
{
	const TcsDesign *design = groups->design;
	bool	   *named = palloc0(design->count + 1);
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < Min(TELLING, design->count); i++)
	{
		int			best = -1;
		double		most = 0.0;
		const TcsDesignColumn *at;

		for (int j = 0; j < design->count; j++)
		{
			double		off = fabs(groups_center(groups, group, j) - design->column[j].center) / design->column[j].scale;

			if (!named[j] && off > most)
			{
				most = off;
				best = j;
			}
		}
		if (best < 0 || most < 0.1)
			break;
		named[best] = true;
		at = &design->column[best];
		appendStringInfo(&text, "%s%s ", text.len > 0 ? "; " : "", tcs_design_name(design, best));
		if (at->part == TCS_DESIGN_VALUE && design->features->feature[at->feature].kind != TCS_FEATURE_BOOLEAN)
			appendStringInfo(&text, "%s on average (all: %s)",
							 groups_mean_text(&design->features->feature[at->feature], groups_center(groups, group, best)),
							 groups_mean_text(&design->features->feature[at->feature], at->center));
		else
			appendStringInfo(&text, "%.0f %% (all: %.0f %%)", 100.0 * fabs(groups_center(groups, group, best)), 100.0 * at->center);
	}
	return text.data;
}

/* A column that is no number of its own kind has its day or share, as the model has. */
static void
groups_write_centers(StringInfo text, const TcsGroupsFit *groups, int group)
{
	appendStringInfoString(text, ", \"center\": {");
	for (int j = 0; j < groups->design->count; j++)
	{
		StringInfoData one;

		/* tcs_model_number begins with a comma */
		initStringInfo(&one);
		if (j > 0)
			appendStringInfoString(text, ", ");
		tcs_features_write_string(text, tcs_design_name(groups->design, j));
		tcs_model_number(&one, "x", groups_center(groups, group, j));
		appendStringInfoString(text, strchr(one.data, ':'));
	}
	appendStringInfoChar(text, '}');
}

static void
groups_write_groups(StringInfo text, const TcsGroupsFit *groups)
{
	char	  **condition = tcs_groups_conditions(groups);
	Told		told;

	groups_judge_tree(groups, &told);
	tcs_model_number(text, "rules_agree", told.right);
	appendStringInfoString(text, ", \"groups\": [");
	for (int g = 0; g < groups->fit.k; g++)
	{
		appendStringInfo(text, "%s{\"group\": %d", g > 0 ? ", " : "", g + 1);
		tcs_model_number(text, "customers", groups->fit.size[g]);
		tcs_model_number(text, "share", groups->fit.size[g] / groups->customers);
		groups_write_centers(text, groups, g);
		tcs_model_text(text, "telling", groups_telling(groups, g));
		if (condition[g] != NULL)
		{
			tcs_model_text(text, "condition", condition[g]);
			tcs_model_number(text, "condition_right", told.told[g] > 0.0 ? told.of_them[g] / told.told[g] : NAN);
			tcs_model_number(text, "condition_finds", told.of_them[g] / groups->fit.size[g]);
		}
		appendStringInfoChar(text, '}');
	}
	appendStringInfoChar(text, ']');
}

static void
groups_write_tried(StringInfo text, const TcsGroupsFit *groups)
{
	appendStringInfoString(text, ", \"tried\": [");
	for (int k = groups->low; k <= groups->high; k++)
	{
		StringInfoData one;

		initStringInfo(&one);
		tcs_model_number(&one, "silhouette", groups->tried[k].silhouette);
		tcs_model_number(&one, "stability", groups->tried[k].stability);
		appendStringInfo(text, "%s{\"k\": %d%s}", k > groups->low ? ", " : "", k, one.data);
	}
	appendStringInfoChar(text, ']');
}

static void
groups_write_notes(StringInfo text, const TcsGroupsFit *groups)
{
	int			count;
	char	  **features = tcs_features_notes(groups->table, TCS_OUTCOME_NONE, &count);
	const char **notes = palloc((count + 8) * sizeof(char *));

	memcpy(notes, features, count * sizeof(char *));

	if (groups->design->count == 0)
		notes[count++] = "no feature is left: all customers are alike to this model";
	else if (groups->is_short)
		notes[count++] = "there are fewer different rows than groups were asked for: each is a group";
	if (groups->none)
		notes[count++] = groups->is_range ?
			"there are no groups: the best ones leave no less of the spread than slices of one cloud would" :
			"these are slices of one cloud: they leave no less of the spread than slices of rows without groups would";
	if (!groups->none && groups->fit.k > 1 && groups->tried[groups->fit.k].stability < 0.8)
		notes[count++] = "the halves of the customers do not have the same groups: others may come of next month's customers";
	if (!groups->fit.converged)
		notes[count++] = "some customers would still change their group: more steps would help";
	for (int g = 0; g < groups->fit.k; g++)
		if (groups->fit.size[g] < 0.01 * groups->customers)
		{
			notes[count++] = "a group has less than 1 % of the customers: look whether they are mistakes in the data, or take ln of what is skewed";
			break;
		}
	tcs_model_texts(text, "notes", notes, count);
}

Datum
tcs_groups_write(TcsGroupsFit *groups)
{
	static const char *const reasons[] = {"no_features", "no_weight"};
	const TcsFeatureTable *table = groups->table;
	double		rows[] = {table->no_features, table->no_weight};
	TcsFeatureOut *out = palloc((table->out_count + groups->design->out_count + 1) * sizeof(TcsFeatureOut));
	int			count = 0;
	double		spread = 0.0;
	StringInfoData text;

	for (int64 i = 0; i < groups->rows.count; i++)
		for (int j = 0; j < groups->rows.width; j++)
		{
			double		x = groups->rows.row[i * groups->rows.width + j];

			spread += groups->rows.weight[i] * x * x;
		}
	for (int i = 0; i < table->out_count; i++)
		out[count++] = table->out[i];
	for (int i = 0; i < groups->design->out_count; i++)
		out[count++] = groups->design->out[i];
	tcs_model_begin(&text, TCS_GROUPS_KIND, TCS_GROUPS_VERSION);
	tcs_model_integer(&text, "k", groups->fit.k);
	tcs_model_boolean(&text, "has_groups", groups->fit.k > 1 && !groups->none);
	tcs_model_number(&text, "inertia", groups->fit.inertia);
	tcs_model_number(&text, "explained", spread > 0.0 ? 1.0 - groups->fit.inertia / spread : NAN);
	tcs_model_number(&text, "silhouette", groups->fit.k > 1 ? groups->fit.silhouette : NAN);
	tcs_model_number(&text, "stability", groups->fit.k > 1 ? groups->tried[groups->fit.k].stability : NAN);
	tcs_model_number(&text, "gap", isfinite(groups->gap.gap) ? groups->gap.gap : NAN);
	tcs_model_number(&text, "gap_error", isfinite(groups->gap.error) ? groups->gap.error : NAN);
	groups_write_tried(&text, groups);
	groups_write_groups(&text, groups);
	tcs_model_numbers(&text, "centers", groups->fit.center, groups->fit.k * groups->design->count);
	tcs_model_boolean(&text, "standardised", groups->standardise);
	tcs_design_write(&text, "columns", groups->design);
	tcs_features_write(&text, "features", groups->design->features);
	tcs_model_integer(&text, "steps", groups->fit.steps);
	tcs_model_boolean(&text, "converged", groups->fit.converged);
	tcs_model_number(&text, "customers", groups->customers);
	tcs_model_named_numbers(&text, "left_out", reasons, rows, lengthof(reasons));
	tcs_features_write_out(&text, "features_left_out", out, count);
	groups_write_notes(&text, groups);
	return tcs_model_end(&text);
}

/* A model as rows are put into its groups. */
typedef struct GroupsModel
{
	TcsFeatures *features;
	TcsDesign  *design;
	TcsFeatureScorer *scorer;
	int			k;
	bool		standardised;
	double	   *center;
	double	   *values;
	double	   *row;
} GroupsModel;

static void *
groups_parse(Jsonb *model)
{
	GroupsModel *groups = palloc0(sizeof(GroupsModel));
	double		k;
	int			count;

	tcs_model_open(model, TCS_GROUPS_KIND, TCS_GROUPS_VERSION, TCS_GROUPS_HINT);
	groups->features = tcs_features_read(model, "features");
	groups->design = tcs_design_read(model, "columns", groups->features);
	k = tcs_model_get_number(model, "k");
	if (!(k >= 1.0 && k <= TCS_KMEANS_GROUPS && k == floor(k)))
		tcs_model_bad("k", "is not a number of groups");
	groups->k = (int) k;
	groups->standardised = tcs_model_get_optional(model, "standardised", 1.0, 1.0) > 0.0;
	groups->center = tcs_model_get_numbers(model, "centers", groups->k * Max(groups->design->count, 1), false, &count);
	if (count != groups->k * groups->design->count)
		tcs_model_bad("centers", "has another number of elements");
	groups->scorer = tcs_features_scorer(groups->features, CurrentMemoryContext);
	groups->values = palloc((groups->features->count + 1) * sizeof(double));
	groups->row = palloc((groups->design->count + 1) * sizeof(double));
	return groups;
}

/* The group of the row in argument 1 by the model in argument 0, from 0, and the way to its center. */
static int
groups_nearest(FunctionCallInfo fcinfo, double *distance)
{
	GroupsModel *groups;
	int			nearest;

	if (unlikely(fcinfo->flinfo->fn_extra == NULL))
		tcs_features_check_row(fcinfo, 1);
	groups = tcs_model_argument(fcinfo, 0, groups_parse, &fcinfo->flinfo->fn_extra);
	tcs_features_fill(groups->scorer, PG_GETARG_HEAPTUPLEHEADER(1), groups->values);
	tcs_design_values(groups->design, groups->values, groups->row);
	if (!groups->standardised)
		for (int j = 0; j < groups->design->count; j++)
			groups->row[j] *= groups->design->column[j].scale;
	nearest = tcs_kmeans_nearest(groups->center, groups->k, groups->design->count, groups->row, distance);
	if (unlikely(!isfinite(*distance)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the distance of the row is out of range for double precision")));
	return nearest;
}

/* arguments: model, row */
Datum
tcs_kmeans_assign(PG_FUNCTION_ARGS)
{
	double		distance;

	PG_RETURN_INT32(groups_nearest(fcinfo, &distance) + 1);
}

Datum
tcs_kmeans_distance(PG_FUNCTION_ARGS)
{
	double		distance;

	groups_nearest(fcinfo, &distance);
	PG_RETURN_FLOAT8(sqrt(distance));
}

/* What is said of a group in the description of its rule. */
static char *
groups_describe(Jsonb *group)
{
	double		share = tcs_model_get_number(group, "share");
	double		customers = tcs_model_get_number(group, "customers");
	double		right = tcs_model_get_number(group, "condition_right");
	double		finds = tcs_model_get_number(group, "condition_finds");
	char	   *telling = tcs_model_get_text(group, "telling", TEXT_BYTES);
	StringInfoData text;

	initStringInfo(&text);
	if (!isnan(customers) && !isnan(share))
		appendStringInfo(&text, "%.0f customers of the fit, %.1f %% of all", customers, 100.0 * share);
	if (!isnan(right) && !isnan(finds))
		appendStringInfo(&text, "; the condition finds %.1f %% of them, and is right of %.1f %% of whom it finds",
						 100.0 * finds, 100.0 * right);
	if (telling != NULL && telling[0] != '\0')
		appendStringInfo(&text, "%s%s", text.len > 0 ? ": " : "", telling);
	return text.data;
}

/* argument: model */
Datum
tcs_kmeans_rules(PG_FUNCTION_ARGS)
{
	Jsonb	   *model = PG_GETARG_JSONB_P(0);
	Jsonb	  **group;
	double		agree;
	int			count;
	int			written = 0;
	StringInfoData text;

	tcs_model_open(model, TCS_GROUPS_KIND, TCS_GROUPS_VERSION, TCS_GROUPS_HINT);
	agree = tcs_model_get_number(model, "rules_agree");
	group = tcs_model_get_objects(model, "groups", TCS_KMEANS_GROUPS, &count);
	initStringInfo(&text);
	appendStringInfoString(&text, "{\"description\": ");
	escape_json(&text, isnan(agree) ? "groups of customers with near features, told by thresholds" :
				psprintf("groups of customers with near features, told by thresholds: the rules agree with the groups for %.1f %% of the customers of the fit",
						 100.0 * agree));
	appendStringInfoString(&text, ", \"rules\": [");
	for (int i = 0; i < count; i++)
	{
		char	   *condition = tcs_model_get_text(group[i], "condition", CONDITION_BYTES);

		if (condition == NULL)
			continue;
		appendStringInfoString(&text, written++ > 0 ? ", {\"segment\": " : "{\"segment\": ");
		escape_json(&text, psprintf("group %d", i + 1));
		tcs_model_text(&text, "condition", condition);
		tcs_model_text(&text, "description", groups_describe(group[i]));
		appendStringInfoChar(&text, '}');
	}
	appendStringInfoChar(&text, ']');
	PG_RETURN_DATUM(tcs_model_end(&text));
}
