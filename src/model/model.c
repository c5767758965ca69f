/*
 * model.c
 *		Models: the jsonb objects that fits return and scoring functions take.
 */
#include "model/model.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

typedef struct ModelCache
{
	MemoryContext context;		/* holds all of the below */
	char	   *bytes;			/* the argument as it was given */
	Size		length;
	void	   *parsed;
} ModelCache;

static void
model_append_number(StringInfo text, double value)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (isnan(value))
		appendStringInfoString(text, "null");
	else
	{
		double_to_shortest_decimal_buf(value, digits);
		appendStringInfoString(text, digits);
	}
}

void
tcs_model_begin(StringInfo text, const char *kind, int version)
{
	initStringInfo(text);
	appendStringInfo(text, "{\"model\": \"%s\", \"version\": %d", kind, version);
}

void
tcs_model_integer(StringInfo text, const char *key, int64 value)
{
	appendStringInfo(text, ", \"%s\": " INT64_FORMAT, key, value);
}

void
tcs_model_number(StringInfo text, const char *key, double value)
{
	appendStringInfo(text, ", \"%s\": ", key);
	model_append_number(text, value);
}

void
tcs_model_boolean(StringInfo text, const char *key, bool value)
{
	appendStringInfo(text, ", \"%s\": %s", key, value ? "true" : "false");
}

void
tcs_model_named_numbers(StringInfo text, const char *key,
						const char *const *names, const double *values, int count)
{
	appendStringInfo(text, ", \"%s\": {", key);
	for (int i = 0; i < count; i++)
	{
		appendStringInfo(text, "%s\"%s\": ", i > 0 ? ", " : "", names[i]);
		model_append_number(text, values[i]);
	}
	appendStringInfoChar(text, '}');
}

void
tcs_model_texts(StringInfo text, const char *key, const char *const *values,
				int count)
{
	appendStringInfo(text, ", \"%s\": [", key);
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			appendStringInfoString(text, ", ");
		escape_json(text, values[i]);
	}
	appendStringInfoChar(text, ']');
}

void
tcs_model_text(StringInfo text, const char *key, const char *value)
{
	appendStringInfo(text, ", \"%s\": ", key);
	escape_json(text, value);
}

void
tcs_model_set(StringInfo text, const char *key, int set, const char *const *names, int count)
{
	const char *in_set[32];
	int			size = 0;

	Assert(count <= lengthof(in_set));
	for (int i = 0; i < count; i++)
		if (set & (1 << i))
			in_set[size++] = names[i];
	tcs_model_texts(text, key, in_set, size);
}

void
tcs_model_fit(StringInfo text, const TcsModelFit *fit)
{
	static const TcsModelFit none = {0, NAN, NAN, NAN, NAN, 0};
	bool		converged = fit != NULL;

	if (!converged)
		fit = &none;
	tcs_model_number(text, "log_likelihood", fit->log_likelihood);
	tcs_model_number(text, "aic", 2.0 * fit->parameters - 2.0 * fit->log_likelihood);
	tcs_model_number(text, "bic", fit->parameters * log(fit->customers) - 2.0 * fit->log_likelihood);
	tcs_model_integer(text, "iterations", fit->iterations);
	tcs_model_number(text, "gradient_norm", fit->gradient_norm);
	tcs_model_number(text, "condition_number",
					 isfinite(fit->condition_number) ? fit->condition_number : NAN);
	tcs_model_boolean(text, "converged", converged);
}

void
tcs_model_numbers(StringInfo text, const char *key, const double *values,
				  int count)
{
	appendStringInfo(text, ", \"%s\": [", key);
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			appendStringInfoString(text, ", ");
		model_append_number(text, values[i]);
	}
	appendStringInfoChar(text, ']');
}

Datum
tcs_model_end(StringInfo text)
{
	Datum		model;

	appendStringInfoChar(text, '}');
	model = DirectFunctionCall1(jsonb_in, CStringGetDatum(text->data));
	pfree(text->data);
	return model;
}

static JsonbValue *
model_find(Jsonb *model, const char *key)
{
	return getKeyJsonValueFromContainer(&model->root, key, strlen(key), NULL);
}

void
tcs_model_bad(const char *key, const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid model: \"%s\" %s", key, complaint),
			 errhint("Pass a model as a fit returned it.")));
}

/* the double nearest to a JSON number, which must be within range */
static double
model_double(const char *key, const JsonbValue *value)
{
	double		number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
															NumericGetDatum(value->val.numeric)));

	if (!isfinite(number))
		tcs_model_bad(key, "is out of range for double precision");
	return number + 0.0;
}

/* "a", "b" or "c" */
static char *
model_list_kinds(const char *const *kinds, int count)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < count; i++)
		appendStringInfo(&list, "%s\"%s\"",
						 i == 0 ? "" : i == count - 1 ? " or " : ", ", kinds[i]);
	return list.data;
}

int
tcs_model_open_any(Jsonb *model, const char *const *kinds, int count, int version,
				   const char *hint)
{
	JsonbValue *name = NULL;
	JsonbValue *number;
	int			kind = 0;

	if (JB_ROOT_IS_OBJECT(model))
		name = model_find(model, "model");
	if (name == NULL || name->type != jbvString)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the given jsonb is not a model"),
				 errhint("%s", hint)));
	while (kind < count && (name->val.string.len != strlen(kinds[kind]) ||
							memcmp(name->val.string.val, kinds[kind], strlen(kinds[kind])) != 0))
		kind++;
	if (kind == count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%.*s\" was given where a model %s is needed",
						pg_mbcliplen(name->val.string.val, name->val.string.len, 64),
						name->val.string.val, model_list_kinds(kinds, count)),
				 errhint("%s", hint)));
	number = model_find(model, "version");
	if (number == NULL || number->type != jbvNumeric)
		tcs_model_bad("version", "is missing or not a number");
	if (model_double("version", number) != version)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" has a version that is not known here", kinds[kind]),
				 errdetail("This version of tcs reads version %d.", version),
				 errhint("Fit the model again, or upgrade tcs.")));
	return kind;
}

void
tcs_model_open(Jsonb *model, const char *kind, int version, const char *hint)
{
	tcs_model_open_any(model, &kind, 1, version, hint);
}

double
tcs_model_get_parameter(Jsonb *model, const char *key, const char *hint)
{
	JsonbValue *value = model_find(model, key);
	double		number;

	if (value == NULL)
		tcs_model_bad(key, "is missing");
	if (value->type == jbvNull)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has no estimate: \"%s\" is null", key),
				 errdetail("The fit did not converge; the model's \"notes\" say why."),
				 errhint("%s", hint)));
	if (value->type != jbvNumeric)
		tcs_model_bad(key, "is not a number");
	number = model_double(key, value);
	if (number <= 0.0)
		tcs_model_bad(key, "is not positive");
	return number;
}

double
tcs_model_get_optional(Jsonb *model, const char *key, double most, double otherwise)
{
	JsonbValue *value = model_find(model, key);
	double		number;

	if (value == NULL || value->type == jbvNull)
		return otherwise;
	if (value->type == jbvBool)
		return value->val.boolean ? 1.0 : 0.0;
	if (value->type != jbvNumeric)
		tcs_model_bad(key, "is not a number");
	number = model_double(key, value);
	if (number < 0.0 || number > most)
		tcs_model_bad(key, "is out of range");
	return number;
}

double *
tcs_model_get_numbers(Jsonb *model, const char *key, int most, bool nulls,
					  int *count)
{
	JsonbValue *array = model_find(model, key);
	JsonbContainer *container;
	double	   *numbers;

	if (array == NULL)
		tcs_model_bad(key, "is missing");
	if (array->type != jbvBinary || !JsonContainerIsArray(array->val.binary.data) ||
		JsonContainerIsScalar(array->val.binary.data))
		tcs_model_bad(key, "is not an array");
	container = array->val.binary.data;
	*count = JsonContainerSize(container);
	if (*count < 1 || *count > most)
		tcs_model_bad(key, "has too few or too many elements");
	numbers = palloc(*count * sizeof(double));
	for (int i = 0; i < *count; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(container, i);

		if (element->type == jbvNull && nulls)
			numbers[i] = NAN;
		else if (element->type == jbvNumeric)
			numbers[i] = model_double(key, element);
		else
			tcs_model_bad(key, "has an element that is not a number");
	}
	return numbers;
}

double
tcs_model_get_number(Jsonb *model, const char *key)
{
	JsonbValue *value = model_find(model, key);

	if (value == NULL || value->type == jbvNull)
		return NAN;
	if (value->type != jbvNumeric)
		tcs_model_bad(key, "is not a number");
	return model_double(key, value);
}

/* a string without its length, for those of at most so many bytes */
static char *
model_string(const char *key, const JsonbValue *value, int most)
{
	if (value->type != jbvString)
		tcs_model_bad(key, "is not a string");
	if (value->val.string.len > most)
		tcs_model_bad(key, "is too long");
	return pnstrdup(value->val.string.val, value->val.string.len);
}

char *
tcs_model_get_text(Jsonb *model, const char *key, int most)
{
	JsonbValue *value = model_find(model, key);

	return value == NULL || value->type == jbvNull ? NULL : model_string(key, value, most);
}

/* the array under a key, of at most so many elements */
static JsonbContainer *
model_array(Jsonb *model, const char *key, int most)
{
	JsonbValue *array = model_find(model, key);

	if (array == NULL)
		tcs_model_bad(key, "is missing");
	if (array->type != jbvBinary || !JsonContainerIsArray(array->val.binary.data) ||
		JsonContainerIsScalar(array->val.binary.data))
		tcs_model_bad(key, "is not an array");
	if (JsonContainerSize(array->val.binary.data) > most)
		tcs_model_bad(key, "has too many elements");
	return array->val.binary.data;
}

char	  **
tcs_model_get_texts(Jsonb *model, const char *key, int most, int longest, int *count)
{
	JsonbContainer *array = model_array(model, key, most);
	char	  **texts;

	*count = JsonContainerSize(array);
	texts = palloc((*count + 1) * sizeof(char *));
	for (int i = 0; i < *count; i++)
		texts[i] = model_string(key, getIthJsonbValueFromContainer(array, i), longest);
	return texts;
}

Jsonb	  **
tcs_model_get_objects(Jsonb *model, const char *key, int most, int *count)
{
	JsonbContainer *array = model_array(model, key, most);
	Jsonb	  **objects;

	*count = JsonContainerSize(array);
	objects = palloc((*count + 1) * sizeof(Jsonb *));
	for (int i = 0; i < *count; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(array, i);

		if (element->type != jbvBinary || !JsonContainerIsObject(element->val.binary.data))
			tcs_model_bad(key, "has an element that is not an object");
		objects[i] = JsonbValueToJsonb(element);
	}
	return objects;
}

int
tcs_model_get_set(Jsonb *model, const char *key, const char *const *names, int count)
{
	JsonbValue *array = model_find(model, key);
	JsonbContainer *container;
	int			set = 0;

	if (array == NULL)
		return 0;
	if (array->type != jbvBinary || !JsonContainerIsArray(array->val.binary.data) ||
		JsonContainerIsScalar(array->val.binary.data))
		tcs_model_bad(key, "is not an array");
	container = array->val.binary.data;
	for (uint32 i = 0; i < JsonContainerSize(container); i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(container, i);
		int			place = 0;

		while (place < count &&
			   !(element->type == jbvString &&
				 element->val.string.len == strlen(names[place]) &&
				 memcmp(element->val.string.val, names[place], element->val.string.len) == 0))
			place++;
		if (place == count)
			tcs_model_bad(key, "has an element that is not known");
		set |= 1 << place;
	}
	return set;
}

/* the pointer may mean something else at the next call */
static bool
model_is_fleeting(struct varlena *datum)
{
	return VARATT_IS_EXTERNAL(datum) && !VARATT_IS_EXTERNAL_ONDISK(datum);
}

void *
tcs_model_argument(FunctionCallInfo fcinfo, int argno, TcsModelParser parse,
				   void **call_cache)
{
	struct varlena *datum = (struct varlena *) PG_GETARG_POINTER(argno);
	Size		length = VARSIZE_ANY(datum);
	ModelCache *cache = *call_cache;
	MemoryContext context;
	MemoryContext old;

	if (likely(cache != NULL && cache->length == length &&
			   memcmp(cache->bytes, datum, length) == 0))
		return cache->parsed;

	if (cache != NULL)
	{
		*call_cache = NULL;
		MemoryContextDelete(cache->context);
	}
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "tcs model",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	cache = palloc(sizeof(ModelCache));
	cache->context = context;
	cache->length = model_is_fleeting(datum) ? 0 : length;
	cache->bytes = palloc(length);
	memcpy(cache->bytes, datum, length);
	cache->parsed = parse(PG_GETARG_JSONB_P(argno));
	MemoryContextSwitchTo(old);
	*call_cache = cache;
	return cache->parsed;
}
