/*
 * groups_rules.c
 *		What groups are, as conditions with thresholds.
 */
#include "groups/groups.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

/* What was asked of a column on the way to a leaf. */
typedef struct Asked
{
	double		low;			/* the value lies above that; NaN: not asked */
	double		next;			/* the next value that occurs */
	double		below;			/* the value lies below that; NaN: not asked */
	double		last;			/* the one before it */
} Asked;

bool
tcs_groups_can_split(const TcsDesign *design, int column)
{
	const TcsDesignColumn *at = &design->column[column];

	if (at->part != TCS_DESIGN_VALUE)
		return true;
	switch (design->features->feature[at->feature].kind)
	{
		case TCS_FEATURE_BOOLEAN:
		case TCS_FEATURE_INTEGER:
		case TCS_FEATURE_NUMBER:
		case TCS_FEATURE_DATE:
			return true;
		default:
			return false;
	}
}

/* A value of a column in the user's units. */
static double
rules_value(const TcsGroupsFit *groups, int column, double value)
{
	const TcsDesignColumn *at = &groups->design->column[column];

	return groups->standardise ? at->center + at->scale * value : at->center + value;
}

/* The shortest number well between two. */
static char *
rules_between(double low, double high)
{
	double		middle = low + 0.5 * (high - low);
	double		margin = 0.1 * (high - low);
	char	   *text = NULL;

	for (int digits = 1; digits <= 17; digits++)
	{
		double		number;

		text = psprintf("%.*g", digits, middle);

		number = strtod(text, NULL);
		if (number > low + margin && number < high - margin)
			break;
	}
	return text;
}

/* A threshold between two values, as SQL text. */
static char *
rules_threshold(const TcsFeature *feature, double low, double high)
{
	if (feature->kind == TCS_FEATURE_DATE)
	{
		int			year,
					month,
					day;

		j2date((int) floor(low + 0.5) + 1 + POSTGRES_EPOCH_JDATE, &year, &month, &day);
		if (year > 0)
			return psprintf("'%04d-%02d-%02d'", year, month, day);
		return psprintf("'%04d-%02d-%02d BC'", 1 - year, month, day);
	}
	if (feature->kind == TCS_FEATURE_INTEGER)
		return psprintf("%.0f", floor(low + 0.5) + 1.0);
	return rules_between(low, high);
}

/* Append a condition to a conjunction. */
static void
rules_add(StringInfo text, const char *condition)
{
	appendStringInfo(text, "%s%s", text->len > 0 ? " AND " : "", condition);
}

/* A number within bounds; what is missing counts as the mean. */
static void
rules_add_value(StringInfo text, const TcsGroupsFit *groups, int column, const Asked *asked)
{
	const TcsDesignColumn *at = &groups->design->column[column];
	const TcsFeature *feature = &groups->design->features->feature[at->feature];
	const char *name = quote_identifier(feature->name);
	bool		mean_is_in = (isnan(asked->low) || 0.0 > asked->low) && (isnan(asked->below) || 0.0 < asked->below);
	bool		has_nan = feature->missing > 0.0 && feature->kind == TCS_FEATURE_NUMBER;
	char	   *low = isnan(asked->low) ? NULL :
	rules_threshold(feature, rules_value(groups, column, asked->low), rules_value(groups, column, asked->next));
	char	   *below = isnan(asked->below) ? NULL :
	rules_threshold(feature, rules_value(groups, column, asked->last), rules_value(groups, column, asked->below));
	StringInfoData known;

	initStringInfo(&known);
	if (feature->kind == TCS_FEATURE_BOOLEAN)
		appendStringInfo(&known, low != NULL ? "%s" : "NOT %s", name);
	else
	{
		if (low != NULL)
			rules_add(&known, psprintf("%s >= %s", name, low));
		if (below != NULL)
			rules_add(&known, psprintf("%s < %s", name, below));
		/* NaN is the greatest of numbers, and here it is missing */
		if (has_nan && below == NULL && !mean_is_in)
			rules_add(&known, psprintf("%s <> 'NaN'", name));
	}
	if (feature->missing > 0.0 && mean_is_in)
		rules_add(text, has_nan && below != NULL ?
				  psprintf("(%s OR %s IS NULL OR %s = 'NaN')", known.data, name, name) :
				  psprintf("(%s OR %s IS NULL)", known.data, name));
	else
		rules_add(text, known.data);
}

/* Text that is a level, or another than all that have a name; or not. */
static void
rules_add_level(StringInfo text, const TcsGroupsFit *groups, int column, bool is)
{
	const TcsDesignColumn *at = &groups->design->column[column];
	const TcsFeature *feature = &groups->design->features->feature[at->feature];
	const char *name = quote_identifier(feature->name);
	StringInfoData known;

	initStringInfo(&known);
	if (at->code > 0)
		appendStringInfo(&known, "%s %s %s", name, is ? "=" : "<>", quote_literal_cstr(feature->level[at->code - 1]));
	else if (feature->levels == 0)
		appendStringInfo(&known, is ? "%s IS NOT NULL" : "%s IS NULL", name);
	else
	{
		appendStringInfo(&known, "%s %s (", name, is ? "NOT IN" : "IN");
		for (int i = 0; i < feature->levels; i++)
			appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", quote_literal_cstr(feature->level[i]));
		appendStringInfoChar(&known, ')');
	}
	rules_add(text, !is && feature->missing > 0.0 ? psprintf("(%s OR %s IS NULL)", known.data, name) : known.data);
}

static void
rules_add_missing(StringInfo text, const TcsGroupsFit *groups, int column, bool is)
{
	const TcsFeature *feature = &groups->design->features->feature[groups->design->column[column].feature];
	const char *name = quote_identifier(feature->name);

	if (feature->kind == TCS_FEATURE_NUMBER)
		rules_add(text, psprintf(is ? "(%s IS NULL OR %s = 'NaN')" : "%s IS NOT NULL AND %s <> 'NaN'", name, name));
	else
		rules_add(text, psprintf(is ? "%s IS NULL" : "%s IS NOT NULL", name));
}

/* Is a level of the column's feature asked for, so that the others need not be ruled out? */
static bool
rules_is_settled(const TcsGroupsFit *groups, const Asked *asked, int column)
{
	const TcsDesign *design = groups->design;

	if (design->column[column].part == TCS_DESIGN_VALUE || !isnan(asked[column].low))
		return false;
	for (int j = 0; j < design->count; j++)
		if (design->column[j].feature == design->column[column].feature &&
			design->column[j].part == TCS_DESIGN_LEVEL && !isnan(asked[j].low))
			return true;
	return false;
}

/* What leads to a leaf, as one condition. */
static char *
rules_path(const TcsGroupsFit *groups, const Asked *asked)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int j = 0; j < groups->design->count; j++)
	{
		if ((isnan(asked[j].low) && isnan(asked[j].below)) || rules_is_settled(groups, asked, j))
			continue;
		switch (groups->design->column[j].part)
		{
			case TCS_DESIGN_VALUE:
				rules_add_value(&text, groups, j, &asked[j]);
				break;
			case TCS_DESIGN_MISSING:
				rules_add_missing(&text, groups, j, !isnan(asked[j].low));
				break;
			case TCS_DESIGN_LEVEL:
				rules_add_level(&text, groups, j, !isnan(asked[j].low));
				break;
		}
	}
	if (text.len == 0)
		appendStringInfoString(&text, "true");
	return text.data;
}

static void
rules_walk(const TcsGroupsFit *groups, int at, Asked *asked, char **condition)
{
	const TcsKmeansNode *node = &groups->tree.node[at];
	Asked		before;

	if (node->column < 0)
	{
		char	   *path = rules_path(groups, asked);

		if (condition[node->group] == NULL)
			condition[node->group] = path;
		else
			condition[node->group] = psprintf("%s OR %s", condition[node->group], path);
		return;
	}
	before = asked[node->column];
	asked[node->column].last = node->low;
	asked[node->column].below = node->high;
	rules_walk(groups, node->yes, asked, condition);
	asked[node->column] = before;
	asked[node->column].low = node->low;
	asked[node->column].next = node->high;
	rules_walk(groups, node->no, asked, condition);
	asked[node->column] = before;
}

char	  **
tcs_groups_conditions(const TcsGroupsFit *groups)
{
	char	  **condition = palloc0(groups->fit.k * sizeof(char *));
	Asked	   *asked = palloc((groups->design->count + 1) * sizeof(Asked));

	for (int j = 0; j < groups->design->count; j++)
		asked[j] = (Asked)
	{
		NAN, NAN, NAN, NAN
	};
	rules_walk(groups, 0, asked, condition);
	return condition;
}
