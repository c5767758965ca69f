/*
 * definition.c
 *		Reading the definition of a set, the jsonb that rule_set_get and its kin give.
 */
#include "expressions/definition.h"

#include "miscadmin.h"

static int
definition_hint(const TcsStoredSets *stored)
{
	return errhint("%s_get shows the form.", stored->sets);
}

static void
definition_refuse(const TcsStoredSets *stored, const char *key, const char *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" must be %s in the definition of a %s", key, wanted, stored->noun),
			 definition_hint(stored)));
}

JsonbValue *
tcs_definition_get(JsonbContainer *object, const char *key)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, key, strlen(key), NULL);

	return value == NULL || value->type == jbvNull ? NULL : value;
}

char *
tcs_definition_string(const TcsStoredSets *stored, JsonbContainer *object, const char *key, bool required)
{
	JsonbValue *value = tcs_definition_get(object, key);

	if (value == NULL && !required)
		return NULL;
	if (value == NULL || value->type != jbvString)
		definition_refuse(stored, key, "a string");
	return pnstrdup(value->val.string.val, value->val.string.len);
}

bool
tcs_definition_boolean(const TcsStoredSets *stored, JsonbContainer *object, const char *key)
{
	JsonbValue *value = tcs_definition_get(object, key);

	if (value != NULL && value->type != jbvBool)
		definition_refuse(stored, key, "true or false");
	return value == NULL || value->val.boolean;
}

static void
definition_check_keys(const TcsStoredSets *stored, JsonbContainer *object, const char *const *known)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue	value;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		const char *const *key = known;

		if (token != WJB_KEY)
			continue;
		while (*key != NULL && (strlen(*key) != (size_t) value.val.string.len ||
								memcmp(*key, value.val.string.val, value.val.string.len) != 0))
			key++;
		if (*key == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown key \"%s\" in the definition of a %s",
							pnstrdup(value.val.string.val, value.val.string.len), stored->noun),
					 definition_hint(stored)));
	}
}

JsonbContainer *
tcs_definition_open(const TcsStoredSets *stored, const void *jsonb, const char *const *known)
{
	JsonbContainer *root = unconstify(JsonbContainer *, &((const Jsonb *) jsonb)->root);

	if (!JsonContainerIsObject(root))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the definition of a %s must be a JSON object", stored->noun),
				 definition_hint(stored)));
	definition_check_keys(stored, root, known);
	return root;
}

/* The array under a key. */
static JsonbContainer *
definition_array(const TcsStoredSets *stored, JsonbContainer *object, const char *key)
{
	JsonbValue *array = tcs_definition_get(object, key);

	if (array == NULL || array->type != jbvBinary || !JsonContainerIsArray(array->val.binary.data) ||
		JsonContainerIsScalar(array->val.binary.data))
		definition_refuse(stored, key, "an array");
	return array->val.binary.data;
}

int
tcs_definition_count(const TcsStoredSets *stored, JsonbContainer *object, const char *key)
{
	int			count = JsonContainerSize(definition_array(stored, object, key));

	tcs_check_count(stored, "(definition)", count);
	return count;
}

void
tcs_definition_items(const TcsStoredSets *stored, JsonbContainer *object, const char *key,
					 const char *const *known, TcsDefinitionReader read, void *arg)
{
	JsonbContainer *array = definition_array(stored, object, key);

	for (int i = 0; i < JsonContainerSize(array); i++)
	{
		JsonbValue *item = getIthJsonbValueFromContainer(array, i);

		CHECK_FOR_INTERRUPTS();
		if (item->type != jbvBinary || !JsonContainerIsObject(item->val.binary.data))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("element %d of \"%s\" must be an object in the definition of a %s",
							i + 1, key, stored->noun),
					 definition_hint(stored)));
		definition_check_keys(stored, item->val.binary.data, known);
		read(arg, item->val.binary.data);
	}
}
