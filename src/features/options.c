/*
 * options.c
 *		Options of a learner: one constant jsonb object with documented defaults.
 */
#include "features/options.h"

#include "utils/builtins.h"
#include "utils/numeric.h"

/* What every learner knows. */
static const char *const common_options[] = {"weight", "without", "levels", "level_customers", "folds"};

static void
options_bad(const char *key, const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" %s", key, complaint)));
}

static bool
options_is_key(const JsonbValue *key, const char *const *keys, int count)
{
	for (int i = 0; i < count; i++)
		if (key->val.string.len == strlen(keys[i]) &&
			memcmp(key->val.string.val, keys[i], strlen(keys[i])) == 0)
			return true;
	return false;
}

/* "a, b and c" of all options that there are */
static char *
options_list(const char *const *keys, int count)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < count; i++)
		appendStringInfo(&list, "%s, ", keys[i]);
	for (int i = 0; i < lengthof(common_options); i++)
		appendStringInfo(&list, "%s%s", common_options[i],
						 i == lengthof(common_options) - 1 ? "" :
						 i == lengthof(common_options) - 2 ? " and " : ", ");
	return list.data;
}

void
tcs_options_check(Jsonb *options, const char *const *keys, int count)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;

	if (options == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a jsonb object"),
				 errhint("There are %s.", options_list(keys, count))));
	iterator = JsonbIteratorInit(&options->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
		if (token == WJB_KEY && !options_is_key(&value, keys, count) &&
			!options_is_key(&value, common_options, lengthof(common_options)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("there is no option \"%s\"",
							pnstrdup(value.val.string.val, value.val.string.len)),
					 errhint("There are %s.", options_list(keys, count))));
}

/* The value under a key; NULL where it is not given, or null. */
static JsonbValue *
options_find(Jsonb *options, const char *key)
{
	JsonbValue *value = options == NULL ? NULL :
	getKeyJsonValueFromContainer(&options->root, key, strlen(key), NULL);

	return value == NULL || value->type == jbvNull ? NULL : value;
}

static double
options_double(const char *key, const JsonbValue *value, double low, double high)
{
	double		number;

	if (value->type != jbvNumeric)
		options_bad(key, "must be a number");
	number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
												NumericGetDatum(value->val.numeric)));
	if (!(number >= low && number <= high))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 isinf(high) ? errmsg("option \"%s\" must be at least %g, not %g", key, low, number) :
				 errmsg("option \"%s\" must lie between %g and %g, not be %g", key, low, high, number)));
	return number + 0.0;
}

double
tcs_options_number(Jsonb *options, const char *key, double low, double high, double otherwise)
{
	JsonbValue *value = options_find(options, key);

	return value == NULL ? otherwise : options_double(key, value, low, high);
}

int
tcs_options_integer(Jsonb *options, const char *key, int low, int high, int otherwise)
{
	JsonbValue *value = options_find(options, key);
	double		number;

	if (value == NULL)
		return otherwise;
	number = options_double(key, value, low, high);
	if (number != floor(number))
		options_bad(key, "must be a whole number");
	return (int) number;
}

bool
tcs_options_boolean(Jsonb *options, const char *key, bool otherwise)
{
	JsonbValue *value = options_find(options, key);

	if (value == NULL)
		return otherwise;
	if (value->type != jbvBool)
		options_bad(key, "must be true or false");
	return value->val.boolean;
}

char *
tcs_options_text(Jsonb *options, const char *key)
{
	JsonbValue *value = options_find(options, key);

	if (value == NULL)
		return NULL;
	if (value->type != jbvString)
		options_bad(key, "must be a string");
	return pnstrdup(value->val.string.val, value->val.string.len);
}

int
tcs_options_choice(Jsonb *options, const char *key, const char *const *choices, int count,
				   int otherwise)
{
	char	   *text = tcs_options_text(options, key);
	StringInfoData list;

	if (text == NULL)
		return otherwise;
	for (int i = 0; i < count; i++)
		if (strcmp(text, choices[i]) == 0)
			return i;
	initStringInfo(&list);
	for (int i = 0; i < count; i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : i == count - 1 ? " or " : ", ", choices[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must not be \"%s\"", key, text),
			 errhint("Give %s.", list.data)));
	return otherwise;
}

/* The elements of an array of at most so many, or the one value alone. */
static JsonbValue *
options_elements(const char *key, JsonbValue *value, int most, int *count)
{
	JsonbContainer *container;
	JsonbValue *elements;

	*count = 1;
	if (value->type != jbvBinary)
		return value;
	container = value->val.binary.data;
	if (!JsonContainerIsArray(container))
		options_bad(key, "must be an array");
	*count = JsonContainerSize(container);
	if (*count > most)
		options_bad(key, "has too many elements");
	elements = palloc((*count + 1) * sizeof(JsonbValue));
	for (int i = 0; i < *count; i++)
		elements[i] = *getIthJsonbValueFromContainer(container, i);
	return elements;
}

double *
tcs_options_numbers(Jsonb *options, const char *key, int most, double low, double high, int *count)
{
	JsonbValue *value = options_find(options, key);
	double	   *numbers;

	*count = 0;
	if (value == NULL)
		return NULL;
	value = options_elements(key, value, most, count);
	if (*count == 0)
		options_bad(key, "must not be empty");
	numbers = palloc(*count * sizeof(double));
	for (int i = 0; i < *count; i++)
		numbers[i] = options_double(key, &value[i], low, high);
	return numbers;
}

char	  **
tcs_options_texts(Jsonb *options, const char *key, int most, int *count)
{
	JsonbValue *value = options_find(options, key);
	char	  **texts;

	*count = 0;
	if (value == NULL)
		return NULL;
	value = options_elements(key, value, most, count);
	texts = palloc((*count + 1) * sizeof(char *));
	for (int i = 0; i < *count; i++)
	{
		if (value[i].type != jbvString)
			options_bad(key, "must be an array of strings");
		texts[i] = pnstrdup(value[i].val.string.val, value[i].val.string.len);
	}
	return texts;
}
