/*
 * design.c
 *		Features as the columns of a linear model, or of distances.
 */
#include "features/design.h"

#include "miscadmin.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "model/model.h"

#define DESIGN_MOST		(2 * TCS_FEATURES_MOST + 4 * TCS_LEVELS_MOST)	/* columns */

static const char *const design_parts[] = {"value", "missing", "level"};

/* The value of a column before it is standardised. */
static inline double
design_value(const TcsDesignColumn *column, double value)
{
	switch (column->part)
	{
		case TCS_DESIGN_VALUE:
			return isnan(value) ? column->center : value;
		case TCS_DESIGN_MISSING:
			return isnan(value) ? 1.0 : 0.0;
		case TCS_DESIGN_LEVEL:
			break;
	}
	return value == column->code ? 1.0 : 0.0;
}

static inline double
design_standardised(const TcsDesignColumn *column, double value)
{
	return (design_value(column, value) - column->center) / column->scale;
}

char *
tcs_design_name(const TcsDesign *design, int column)
{
	const TcsDesignColumn *of = &design->column[column];
	const TcsFeature *feature = &design->features->feature[of->feature];

	switch (of->part)
	{
		case TCS_DESIGN_VALUE:
			return pstrdup(feature->name);
		case TCS_DESIGN_MISSING:
			return psprintf("%s: missing", feature->name);
		case TCS_DESIGN_LEVEL:
			break;
	}
	return psprintf("%s: %s", feature->name, of->code == 0 ? "other" : feature->level[of->code - 1]);
}

/* Mean and standard deviation of a column; a scale of 0 where it is constant. */
static void
design_measure(const TcsFeatureTable *table, TcsDesignColumn *column)
{
	const TcsFeature *feature = &table->features.feature[column->feature];
	double		sum = 0.0;
	double		squares = 0.0;

	if (column->part == TCS_DESIGN_VALUE)
		column->center = feature->mean;
	else
	{
		for (int64 i = 0; i < table->rows; i++)
			sum += design_value(column, feature->values[i]);
		column->center = sum / table->rows;
	}
	for (int64 i = 0; i < table->rows; i++)
	{
		double		away = design_value(column, feature->values[i]) - column->center;

		squares += away * away;
	}
	column->scale = sqrt(squares / table->rows);
	/* what rounding leaves of a constant */
	if (!(column->scale > 1e-12 * fabs(column->center)) || !isfinite(column->scale))
		column->scale = 0.0;
}

/* Are two standardised columns the same, or one the other turned round? */
static bool
design_is_equal(const TcsFeatureTable *table, const TcsDesignColumn *a, const TcsDesignColumn *b)
{
	const double *left = table->features.feature[a->feature].values;
	const double *right = table->features.feature[b->feature].values;
	double		sign = 0.0;

	for (int64 i = 0; i < table->rows; i++)
	{
		double		x = design_standardised(a, left[i]);
		double		y = design_standardised(b, right[i]);

		if (sign == 0.0 && fabs(x) > 1e-6)
			sign = (x > 0.0) == (y > 0.0) ? 1.0 : -1.0;
		if (fabs(x - (sign == 0.0 ? 1.0 : sign) * y) > 1e-9 * (1.0 + fabs(x)))
			return false;
	}
	return true;
}

static void
design_leave_out(TcsDesign *design, const TcsDesignColumn *column, const char *reason)
{
	design->column[design->count] = *column;
	design->out[design->out_count++] = (TcsFeatureOut)
	{
		tcs_design_name(design, design->count), reason
	};
}

static void
design_add(TcsDesign *design, const TcsFeatureTable *table, int feature, TcsDesignPart part, int code)
{
	TcsDesignColumn column = {feature, part, code};

	CHECK_FOR_INTERRUPTS();
	design_measure(table, &column);
	if (column.scale == 0.0)
	{
		design_leave_out(design, &column, "it is the same in all rows");
		return;
	}
	for (int i = 0; i < design->count; i++)
		if (design_is_equal(table, &design->column[i], &column))
		{
			design_leave_out(design, &column,
							 psprintf("it says the same as %s", tcs_design_name(design, i)));
			return;
		}
	design->column[design->count++] = column;
}

/* Rows by code; `missing` of them have none. */
static int
design_commonest(const TcsFeatureTable *table, const TcsFeature *feature)
{
	double	   *rows = palloc0((feature->levels + 1) * sizeof(double));
	int			most = 0;

	for (int64 i = 0; i < table->rows; i++)
		if (!isnan(feature->values[i]))
			rows[(int) feature->values[i]]++;
	for (int code = 1; code <= feature->levels; code++)
		if (rows[code] > rows[most])
			most = code;
	pfree(rows);
	return most;
}

static void
design_add_text(TcsDesign *design, const TcsFeatureTable *table, int feature, bool baseline)
{
	const TcsFeature *of = &table->features.feature[feature];
	int			without = baseline ? design_commonest(table, of) : -1;

	for (int code = 1; code <= of->levels; code++)
		if (code != without)
			design_add(design, table, feature, TCS_DESIGN_LEVEL, code);
	if (of->other > 0 && without != 0)
		design_add(design, table, feature, TCS_DESIGN_LEVEL, 0);
}

TcsDesign *
tcs_design_create(const TcsFeatureTable *table, bool baseline)
{
	TcsDesign  *design = palloc0(sizeof(TcsDesign));
	Size		most = 1;

	design->features = &table->features;
	for (int i = 0; i < table->features.count; i++)
		most += table->features.feature[i].levels + 2;
	if (most > DESIGN_MOST)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the features have too many levels: %zu columns", most),
				 errhint("Set the option \"levels\" to a smaller number.")));
	design->column = palloc0(most * sizeof(TcsDesignColumn));
	design->out = palloc0(most * sizeof(TcsFeatureOut));
	for (int i = 0; i < table->features.count; i++)
	{
		const TcsFeature *feature = &table->features.feature[i];

		if (feature->kind == TCS_FEATURE_TEXT)
			design_add_text(design, table, i, baseline);
		else
			design_add(design, table, i, TCS_DESIGN_VALUE, 0);
		if (feature->missing > 0)
			design_add(design, table, i, TCS_DESIGN_MISSING, 0);
	}
	return design;
}

void
tcs_design_row(const TcsDesign *design, const TcsFeatureTable *table, int64 row, double *x)
{
	for (int i = 0; i < design->count; i++)
		x[i] = design_standardised(&design->column[i],
								   table->features.feature[design->column[i].feature].values[row]);
}

void
tcs_design_values(const TcsDesign *design, const double *values, double *x)
{
	for (int i = 0; i < design->count; i++)
		x[i] = design_standardised(&design->column[i], values[design->column[i].feature]);
}

double *
tcs_design_matrix(const TcsDesign *design, const TcsFeatureTable *table)
{
	Size		bytes = (Size) table->rows * Max(design->count, 1) * sizeof(double);
	double	   *matrix;

	tcs_budget_charge(table->budget, bytes);
	matrix = tcs_alloc_large(CurrentMemoryContext, bytes);
	for (int64 row = 0; row < table->rows; row++)
	{
		if (row % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		tcs_design_row(design, table, row, matrix + row * design->count);
	}
	return matrix;
}

void
tcs_design_write_numbers(StringInfo text, const char *key, const TcsDesign *design,
						 const char *const *names, const double *const *values, int count)
{
	appendStringInfo(text, ", \"%s\": [", key);
	for (int i = 0; i < design->count; i++)
	{
		const TcsDesignColumn *column = &design->column[i];
		const TcsFeature *feature = &design->features->feature[column->feature];

		appendStringInfoString(text, i > 0 ? ", {\"feature\": " : "{\"feature\": ");
		escape_json(text, feature->name);
		if (column->part == TCS_DESIGN_LEVEL && column->code == 0)
			tcs_model_text(text, "is", "other");
		else
			tcs_model_text(text, "is", design_parts[column->part]);
		if (column->part == TCS_DESIGN_LEVEL && column->code > 0)
			tcs_model_text(text, "level", feature->level[column->code - 1]);
		for (int j = 0; j < count; j++)
			tcs_model_number(text, names[j], values[j][i]);
		tcs_model_number(text, "center", column->center);
		tcs_model_number(text, "scale", column->scale);
		appendStringInfoChar(text, '}');
	}
	appendStringInfoChar(text, ']');
}

void
tcs_design_write(StringInfo text, const char *key, const TcsDesign *design)
{
	tcs_design_write_numbers(text, key, design, NULL, NULL, 0);
}

static void
design_read_level(Jsonb *object, const TcsFeature *feature, TcsDesignColumn *column)
{
	char	   *level = tcs_model_get_text(object, "level", BLCKSZ);

	if (level == NULL)
		tcs_model_bad("level", "is missing");
	while (column->code < feature->levels && strcmp(feature->level[column->code], level) != 0)
		column->code++;
	if (column->code == feature->levels)
		tcs_model_bad("level", "is none of the feature");
	column->code++;
}

static void
design_read_column(Jsonb *object, const TcsFeatures *features, TcsDesignColumn *column)
{
	char	   *name = tcs_model_get_text(object, "feature", NAMEDATALEN);
	char	   *part = tcs_model_get_text(object, "is", NAMEDATALEN);
	const TcsFeature *feature;

	if (name == NULL || part == NULL)
		tcs_model_bad(name == NULL ? "feature" : "is", "is missing");
	while (column->feature < features->count &&
		   strcmp(features->feature[column->feature].name, name) != 0)
		column->feature++;
	if (column->feature == features->count)
		tcs_model_bad("feature", "is not among the features");
	feature = &features->feature[column->feature];
	if (strcmp(part, "missing") == 0)
		column->part = TCS_DESIGN_MISSING;
	else if (strcmp(part, "value") == 0 && feature->kind != TCS_FEATURE_TEXT)
		column->part = TCS_DESIGN_VALUE;
	else if (strcmp(part, "other") == 0 && feature->kind == TCS_FEATURE_TEXT)
		column->part = TCS_DESIGN_LEVEL;
	else if (strcmp(part, "level") == 0 && feature->kind == TCS_FEATURE_TEXT)
	{
		column->part = TCS_DESIGN_LEVEL;
		design_read_level(object, feature, column);
	}
	else
		tcs_model_bad("is", "is not known");
	column->center = tcs_model_get_number(object, "center");
	column->scale = tcs_model_get_number(object, "scale");
	if (isnan(column->center))
		tcs_model_bad("center", "is missing");
	if (!(column->scale > 0.0))
		tcs_model_bad("scale", "is not positive");
}

/* A column that is there twice would count twice in some places and once in others. */
static void
design_check_column(const TcsDesign *design, int column, const char *key)
{
	const TcsDesignColumn *one = &design->column[column];

	for (int i = 0; i < column; i++)
	{
		const TcsDesignColumn *other = &design->column[i];

		if (one->feature == other->feature && one->part == other->part && one->code == other->code)
			tcs_model_bad(key, "has a column twice");
	}
}

TcsDesign *
tcs_design_read(Jsonb *model, const char *key, const TcsFeatures *features)
{
	TcsDesign  *design = palloc0(sizeof(TcsDesign));
	Jsonb	  **objects = tcs_model_get_objects(model, key, DESIGN_MOST, &design->count);

	design->features = features;
	design->column = palloc0((design->count + 1) * sizeof(TcsDesignColumn));
	for (int i = 0; i < design->count; i++)
	{
		design_read_column(objects[i], features, &design->column[i]);
		design_check_column(design, i, key);
	}
	return design;
}
