/*
 * feature_model.c
 *		The features of a model: written, read, and found in a row to be scored.
 */
#include "features/feature_row.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "model/model.h"

void
tcs_features_write_string(StringInfo text, const char *string)
{
	escape_json(text, string);
}

void
tcs_features_write(StringInfo text, const char *key, const TcsFeatures *features)
{
	appendStringInfo(text, ", \"%s\": [", key);
	for (int i = 0; i < features->count; i++)
	{
		const TcsFeature *feature = &features->feature[i];

		appendStringInfoString(text, i > 0 ? ", {\"name\": " : "{\"name\": ");
		escape_json(text, feature->name);
		tcs_model_text(text, "kind", tcs_feature_kinds[feature->kind]);
		tcs_model_number(text, "missing", feature->missing);
		if (feature->kind == TCS_FEATURE_TEXT)
		{
			tcs_model_texts(text, "levels", (const char *const *) feature->level, feature->levels);
			tcs_model_number(text, "other", feature->other);
		}
		else
		{
			tcs_model_number(text, "least", feature->least);
			tcs_model_number(text, "greatest", feature->greatest);
			tcs_model_number(text, "mean", feature->mean);
		}
		appendStringInfoChar(text, '}');
	}
	appendStringInfoChar(text, ']');
}

void
tcs_features_write_out(StringInfo text, const char *key, const TcsFeatureOut *out, int count)
{
	appendStringInfo(text, ", \"%s\": [", key);
	for (int i = 0; i < count; i++)
	{
		appendStringInfoString(text, i > 0 ? ", {\"feature\": " : "{\"feature\": ");
		escape_json(text, out[i].name);
		tcs_model_text(text, "reason", out[i].reason);
		appendStringInfoChar(text, '}');
	}
	appendStringInfoChar(text, ']');
}

static void
feature_read_levels(Jsonb *object, TcsFeature *feature)
{
	feature->level = tcs_model_get_texts(object, "levels", TCS_LEVELS_MOST, TCS_LEVEL_BYTES,
										 &feature->levels);
	for (int i = 1; i < feature->levels; i++)
		if (strcmp(feature->level[i - 1], feature->level[i]) >= 0)
			tcs_model_bad("levels", "is not in the order of bytes");
}

static void
feature_read(Jsonb *object, TcsFeature *feature)
{
	char	   *kind;

	feature->name = tcs_model_get_text(object, "name", NAMEDATALEN - 1);
	kind = tcs_model_get_text(object, "kind", NAMEDATALEN);
	if (feature->name == NULL)
		tcs_model_bad("name", "is missing");
	if (kind == NULL)
		tcs_model_bad("kind", "is missing");
	while (strcmp(tcs_feature_kinds[feature->kind], kind) != 0)
		if (++feature->kind == TCS_FEATURE_KINDS)
			tcs_model_bad("kind", "is not known");
	if (feature->kind == TCS_FEATURE_TEXT)
		feature_read_levels(object, feature);
	feature->missing = tcs_model_get_number(object, "missing");
	feature->other = tcs_model_get_number(object, "other");
	feature->least = tcs_model_get_number(object, "least");
	feature->greatest = tcs_model_get_number(object, "greatest");
	feature->mean = tcs_model_get_number(object, "mean");
}

TcsFeatures *
tcs_features_read(Jsonb *model, const char *key)
{
	TcsFeatures *features = palloc0(sizeof(TcsFeatures));
	Jsonb	  **objects = tcs_model_get_objects(model, key, TCS_FEATURES_MOST, &features->count);

	features->feature = palloc0((features->count + 1) * sizeof(TcsFeature));
	for (int i = 0; i < features->count; i++)
	{
		feature_read(objects[i], &features->feature[i]);
		for (int before = 0; before < i; before++)
			if (strcmp(features->feature[before].name, features->feature[i].name) == 0)
				tcs_model_bad(key, "has two features of one name");
	}
	return features;
}

struct TcsFeatureScorer
{
	const TcsFeatures *features;
	MemoryContext context;
	TcsFeatureReader *reader;
	uint64		number;			/* of the reader that is matched */
	int		   *column;			/* of the reader, by feature */
};

TcsFeatureScorer *
tcs_features_scorer(const TcsFeatures *features, MemoryContext context)
{
	TcsFeatureScorer *scorer = MemoryContextAllocZero(context, sizeof(TcsFeatureScorer));

	scorer->features = features;
	scorer->context = context;
	scorer->column = MemoryContextAlloc(context, (features->count + 1) * sizeof(int));
	return scorer;
}

/* "a", "b" and so on: the features that a row must have */
static char *
scorer_list(const TcsFeatures *features)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < features->count; i++)
	{
		if (i >= 20)
		{
			appendStringInfoString(&list, ", ...");
			break;
		}
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(features->feature[i].name));
	}
	return list.data;
}

/* Kinds that are compared as the same numbers. */
static int
scorer_kin(int kind)
{
	switch (kind)
	{
		case TCS_FEATURE_BOOLEAN:
		case TCS_FEATURE_INTEGER:
			return TCS_FEATURE_NUMBER;
		case TCS_FEATURE_DATE:
			return TCS_FEATURE_TIMESTAMP;
		default:
			return kind;
	}
}

static void
scorer_match(TcsFeatureScorer *scorer, const TcsFeatureReader *reader)
{
	for (int i = 0; i < scorer->features->count; i++)
	{
		const TcsFeature *feature = &scorer->features->feature[i];
		int			found = -1;

		for (int column = 0; column < reader->count; column++)
			if (strcmp(feature->name, tcs_row_column_name(reader, column)) == 0)
			{
				if (found >= 0)
					ereport(ERROR,
							(errcode(ERRCODE_DUPLICATE_COLUMN),
							 errmsg("the row has more than one column \"%s\"", feature->name),
							 errhint("Give each column a name of its own.")));
				found = column;
			}
		if (found < 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the row has no column \"%s\", which is a feature of the model", feature->name),
					 errhint("Pass a row with the columns %s.", scorer_list(scorer->features))));
		if (scorer_kin(reader->column[found].kind) != scorer_kin(feature->kind))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of the row is of type %s, and the model knows it as %s", feature->name,
							format_type_be(reader->column[found].type), tcs_feature_kinds[feature->kind]),
					 errhint("Cast it to the type that it had when the model was fitted.")));
		scorer->column[i] = found;
	}
	scorer->number = reader->number;
}

/* The code of a text: 0 unless it is a level. */
static double
scorer_code(const TcsFeature *feature, const char *text, Size length)
{
	int			low = 0;
	int			high = feature->levels - 1;

	if (length > TCS_LEVEL_BYTES)
		return 0.0;
	while (low <= high)
	{
		int			middle = (low + high) / 2;
		int			order = strncmp(text, feature->level[middle], length);

		if (order == 0 && feature->level[middle][length] == '\0')
			return middle + 1;
		if (order > 0)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return 0.0;
}

void
tcs_features_fill(TcsFeatureScorer *scorer, HeapTupleHeader row, double *values)
{
	TcsFeatureReader *reader = tcs_feature_reader(&scorer->reader, scorer->context, row);

	if (unlikely(scorer->number != reader->number))
		scorer_match(scorer, reader);
	tcs_feature_read(reader, row);
	for (int i = 0; i < scorer->features->count; i++)
	{
		const TcsFeature *feature = &scorer->features->feature[i];

		if (feature->kind == TCS_FEATURE_TEXT)
		{
			Size		length;
			const char *text = tcs_row_text(reader, scorer->column[i], &length);

			values[i] = text == NULL ? NAN : scorer_code(feature, text, length);
		}
		else
			values[i] = tcs_row_number(reader, scorer->column[i]);
	}
}
