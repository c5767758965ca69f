/*
 * model_summary.c
 *		What is in a model, as rows.
 *
 * It knows no kind of model: it walks the jsonb, so that it serves the models
 * of later versions too.
 */
#include "tcs.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(tcs_model_summary);

/* In the order in which they are shown. */
typedef enum EntryClass
{
	ENTRY_PARAMETER,			/* has a standard error */
	ENTRY_NUMBER,
	ENTRY_ARRAY
} EntryClass;

typedef struct Entry
{
	EntryClass	class;
	char	   *name;
	JsonbValue	value;
	JsonbValue *error;			/* or NULL */
} Entry;

static int
compare_model_entries(const void *a, const void *b)
{
	const Entry *left = a;
	const Entry *right = b;

	if (left->class != right->class)
		return left->class < right->class ? -1 : 1;
	return strcmp(left->name, right->name);
}

static JsonbValue *
summary_find_key(JsonbContainer *object, const char *key)
{
	return getKeyJsonValueFromContainer(object, key, strlen(key), NULL);
}

static bool
is_container(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBinary;
}

static bool
is_array(const JsonbValue *value)
{
	return is_container(value) && JsonContainerIsArray(value->val.binary.data);
}

static bool
is_scalar(const JsonbValue *value)
{
	return value->type == jbvNumeric || value->type == jbvBool ||
		value->type == jbvNull;
}

/* The double of a number or boolean; false for all else. */
static bool
summary_double(const JsonbValue *value, double *result)
{
	if (value == NULL)
		return false;
	switch (value->type)
	{
		case jbvNumeric:
			*result = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
														 NumericGetDatum(value->val.numeric)));
			return true;
		case jbvBool:
			*result = value->val.boolean ? 1.0 : 0.0;
			return true;
		default:
			return false;
	}
}

static void
summary_put_row(ReturnSetInfo *rsinfo, const char *name,
				const JsonbValue *value, const JsonbValue *error)
{
	Datum		values[3] = {0};
	bool		nulls[3] = {0};
	double		number;

	values[0] = CStringGetTextDatum(name);
	nulls[1] = !summary_double(value, &number);
	if (!nulls[1])
		values[1] = Float8GetDatum(number);
	nulls[2] = !summary_double(error, &number);
	if (!nulls[2])
		values[2] = Float8GetDatum(number);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * A scalar is a row; an array is a row for each of its elements, arrays in it
 * likewise.  Standard errors have the shape of what they are of.
 */
static void
summary_put_value(ReturnSetInfo *rsinfo, const char *name,
				  const JsonbValue *value, const JsonbValue *error)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();

	if (is_scalar(value))
		summary_put_row(rsinfo, name, value, error);
	else if (is_array(value))
	{
		JsonbContainer *array = value->val.binary.data;

		for (uint32 i = 0; i < JsonContainerSize(array); i++)
		{
			char	   *element = psprintf("%s[%u]", name, i + 1);
			JsonbValue *element_error = NULL;

			if (is_array(error))
				element_error = getIthJsonbValueFromContainer(error->val.binary.data, i);
			summary_put_value(rsinfo, element, getIthJsonbValueFromContainer(array, i),
							  element_error);
			pfree(element);
		}
	}
}

static void
summary_refuse_no_model(Jsonb *model)
{
	JsonbValue *kind = NULL;

	if (JB_ROOT_IS_OBJECT(model))
		kind = summary_find_key(&model->root, "model");
	if (kind == NULL || kind->type != jbvString)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the given jsonb is not a model"),
				 errdetail("A model is an object whose key \"model\" names its kind."),
				 errhint("Give the result of a function that fits or makes a model, such as tcs.rfm_fit.")));
}

Datum
tcs_model_summary(PG_FUNCTION_ARGS)
{
	Jsonb	   *model = PG_GETARG_JSONB_P(0);
	JsonbValue *errors;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	item;
	Entry	   *entries;
	Entry	   *entry = NULL;
	int			count = 0;

	summary_refuse_no_model(model);
	InitMaterializedSRF(fcinfo, 0);

	errors = summary_find_key(&model->root, "standard_errors");
	if (!is_container(errors) || !JsonContainerIsObject(errors->val.binary.data))
		errors = NULL;

	entries = palloc0((JB_ROOT_COUNT(model) + 1) * sizeof(Entry));
	it = JsonbIteratorInit(&model->root);
	while ((token = JsonbIteratorNext(&it, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			entry = &entries[count];
			entry->name = pnstrdup(item.val.string.val, item.val.string.len);
		}
		else if (token == WJB_VALUE && strcmp(entry->name, "version") != 0)
		{
			entry->value = item;
			entry->error = errors ?
				summary_find_key(errors->val.binary.data, entry->name) : NULL;
			if (entry->error)
				entry->class = ENTRY_PARAMETER;
			else if (is_scalar(&item))
				entry->class = ENTRY_NUMBER;
			else
				entry->class = ENTRY_ARRAY;
			count++;
		}
	}

	if (count > 1)
		qsort(entries, count, sizeof(Entry), compare_model_entries);
	for (int i = 0; i < count; i++)
		summary_put_value((ReturnSetInfo *) fcinfo->resultinfo, entries[i].name,
						  &entries[i].value, entries[i].error);
	return (Datum) 0;
}
