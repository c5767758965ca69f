/*
 * tree_path.c
 *		What a way through a tree asks of a row, as a condition in SQL.
 *
 * All that is asked of a feature becomes one comparison.  NULL is never true, and
 * NaN is greater than every number, so both are named where it matters.
 */
#include "trees/trees.h"

#include "datatype/timestamp.h"
#include "common/shortest_dec.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

TcsTreePath *
tcs_tree_path_create(const TcsFeatures *features)
{
	TcsTreePath *path = palloc0((features->count + 1) * sizeof(TcsTreePath));

	for (int i = 0; i < features->count; i++)
	{
		path[i].low = path[i].below = NAN;
		path[i].missing = path[i].known = true;
		if (features->feature[i].kind == TCS_FEATURE_TEXT)
		{
			path[i].codes = palloc(features->feature[i].levels + 1);
			memset(path[i].codes, 1, features->feature[i].levels + 1);
		}
	}
	return path;
}

void
tcs_tree_path_take(TcsTreePath *path, const TcsFeatures *features, const TcsTreeNode *node, bool yes)
{
	TcsTreePath *of = &path[node->feature];

	of->used = true;
	of->missing = of->missing && node->missing_yes == yes;
	if (node->codes != NULL)
		for (int code = 0; code <= features->feature[node->feature].levels; code++)
			of->codes[code] = of->codes[code] && (node->codes[code] != 0) == yes;
	else if (isnan(node->below))
		of->known = of->known && yes;
	else if (yes)
		of->below = isnan(of->below) ? node->below : Min(of->below, node->below);
	else
		of->low = isnan(of->low) ? node->below : Max(of->low, node->below);
}

/* A moment, days since 2000, as the server writes it in ISO. */
static char *
path_moment(double days, TcsFeatureKind kind)
{
	char text[	MAXDATELEN + 1];
	struct pg_tm tm = {0};
	fsec_t		fsec = 0;
	int			zone = 0;

	if (kind == TCS_FEATURE_DATE)
	{
		double		day = Max(Min(ceil(days), DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1),
							  DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE);

		j2date((int) day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
		EncodeDateOnly(&tm, USE_ISO_DATES, text);
	}
	else
	{
		double		moment = Max(Min(rint(days * USECS_PER_DAY), (double) END_TIMESTAMP - 1e6),
								 (double) MIN_TIMESTAMP);

		if (timestamp2tm((Timestamp) moment, NULL, &tm, &fsec, NULL, NULL) != 0)
			elog(ERROR, "timestamp out of range");
		tm.tm_isdst = 0;
		EncodeDateTime(&tm, fsec, kind == TCS_FEATURE_TIMESTAMPTZ, zone, NULL, USE_ISO_DATES, text);
	}
	return pstrdup(text);
}

/* A number of days as an interval. */
static char *
path_interval(double days)
{
	double		whole = trunc(days);
	double		seconds = (days - whole) * SECS_PER_DAY;

	if (fabs(seconds) < 5e-7)
		return psprintf("%.0f days", whole);
	return psprintf("%.0f days %.6f seconds", whole, seconds);
}

static char *
path_number(double number)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(number, digits);
	return pstrdup(digits);
}

/* A bound as a literal. */
static char *
path_literal(double number, TcsFeatureKind kind)
{
	switch (kind)
	{
		case TCS_FEATURE_DATE:
		case TCS_FEATURE_TIMESTAMP:
		case TCS_FEATURE_TIMESTAMPTZ:
			return quote_literal_cstr(path_moment(number, kind));
		case TCS_FEATURE_INTERVAL:
			return quote_literal_cstr(path_interval(number));
		default:
			return path_number(number);
	}
}

/* Text that is among those that get there: NULL where nothing known does. */
static char *
path_text(const TcsTreePath *path, const TcsFeature *feature, const char *name)
{
	bool		other = path->codes[0] != 0;
	StringInfoData text;
	int			count = 0;

	/* who is not "other" is named; else who does not get there */
	initStringInfo(&text);
	for (int code = 1; code <= feature->levels; code++)
		if ((path->codes[code] != 0) != other)
			appendStringInfo(&text, "%s%s", count++ > 0 ? ", " : "",
							 quote_literal_cstr(feature->level[code - 1]));
	if (count == 0)
		return other ? psprintf("%s IS NOT NULL", name) : NULL;
	if (count == 1)
		return psprintf("%s %s %s", name, other ? "<>" : "=", text.data);
	return psprintf("%s %s (%s)", name, other ? "NOT IN" : "IN", text.data);
}

/* Is a boolean on one side of a bound? */
static char *
path_boolean(const TcsTreePath *path, const char *name)
{
	if (!isnan(path->low) && path->low > 0.0)
		return pstrdup(name);
	if (!isnan(path->below))
		return psprintf("NOT %s", name);
	return psprintf("%s IS NOT NULL", name);
}

/* A number within bounds; *nan: would NaN be, too? */
static char *
path_range(const TcsTreePath *path, const TcsFeature *feature, const char *name, bool *nan)
{
	bool		has_low = !isnan(path->low);
	bool		has_below = !isnan(path->below);

	*nan = !has_below;
	if (feature->kind == TCS_FEATURE_BOOLEAN)
		return path_boolean(path, name);
	if (has_low && has_below)
		return psprintf("%s >= %s AND %s < %s", name, path_literal(path->low, feature->kind),
						name, path_literal(path->below, feature->kind));
	if (has_low)
		return psprintf("%s >= %s", name, path_literal(path->low, feature->kind));
	if (has_below)
		return psprintf("%s < %s", name, path_literal(path->below, feature->kind));
	return psprintf("%s IS NOT NULL", name);
}

/* What is asked of one feature; NULL for nothing. */
static char *
path_feature(const TcsTreePath *path, const TcsFeature *feature)
{
	const char *name = quote_identifier(feature->name);
	bool		can_be_nan = feature->kind == TCS_FEATURE_NUMBER;
	bool		nan = false;
	char	   *known = NULL;

	if (!path->used)
		return NULL;
	if (path->known && path->codes != NULL)
		known = path_text(path, feature, name);
	else if (path->known)
		known = path_range(path, feature, name, &nan);
	if (path->missing && known == NULL)
		return psprintf(can_be_nan ? "(%s IS NULL OR %s = 'NaN')" : "%s IS NULL", name, name);
	if (path->missing && isnan(path->low) && isnan(path->below) && path->codes == NULL)
		return NULL;
	if (path->missing)
		return psprintf(can_be_nan && !nan ? "(%s OR %s IS NULL OR %s = 'NaN')" : "(%s OR %s IS NULL)",
						known, name, name);
	if (known == NULL)
		return pstrdup("false");
	return can_be_nan && nan ? psprintf("%s AND %s <> 'NaN'", known, name) : known;
}

char *
tcs_tree_path_condition(const TcsTreePath *path, const TcsFeatures *features)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < features->count; i++)
	{
		char	   *asked = path_feature(&path[i], &features->feature[i]);

		if (asked != NULL)
			appendStringInfo(&text, "%s%s", text.len > 0 ? " AND " : "", asked);
	}
	if (text.len == 0)
		appendStringInfoString(&text, "true");
	return text.data;
}
