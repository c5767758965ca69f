/*
 * persona_values.c
 *		The different values of an attribute.
 *
 * Values are compared as they are stored, not by an operator: it costs no call,
 * every type can be compared, and no two values that are written differently
 * become one that is shown as whichever came first.  Those few that are stored
 * differently and written alike are put together at the end.
 */
#include "persona/persona.h"
#include "server/server.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

void
tcs_dictionary_init(TcsDictionary *dictionary, TcsBudget *budget, Oid type, int most)
{
	memset(dictionary, 0, sizeof(TcsDictionary));
	dictionary->budget = budget;
	dictionary->type = type;
	dictionary->most = most;
	get_typlenbyval(type, &dictionary->length, &dictionary->by_value);
}

static void
dictionary_charge(TcsDictionary *dictionary, Size bytes)
{
	tcs_budget_charge(dictionary->budget, bytes);
	dictionary->charged += bytes;
}

static void
dictionary_make_table(TcsDictionary *dictionary, uint32 size)
{
	dictionary_charge(dictionary, size * sizeof(int32));
	if (dictionary->places)
	{
		Size		old = ((Size) dictionary->mask + 1) * sizeof(int32);

		pfree(dictionary->places);
		dictionary->charged -= old;
		dictionary->budget->used -= old;
	}
	dictionary->places = MemoryContextAlloc(dictionary->budget->context, size * sizeof(int32));
	memset(dictionary->places, 0xFF, size * sizeof(int32));
	dictionary->mask = size - 1;
	for (int i = 0; i < dictionary->count; i++)
	{
		uint32		place = dictionary->hashes[i] & dictionary->mask;

		while (dictionary->places[place] >= 0)
			place = (place + 1) & dictionary->mask;
		dictionary->places[place] = i;
	}
}

static void *
dictionary_resize(TcsDictionary *dictionary, void *array, Size bytes)
{
	return array ? repalloc(array, bytes) :
		MemoryContextAlloc(dictionary->budget->context, bytes);
}

static void
dictionary_grow(TcsDictionary *dictionary)
{
	int			size = Max(8, dictionary->size * 2);

	dictionary_charge(dictionary, (size - dictionary->size) * (sizeof(Datum) + 2 * sizeof(uint32)));
	dictionary->values = dictionary_resize(dictionary, dictionary->values, size * sizeof(Datum));
	dictionary->hashes = dictionary_resize(dictionary, dictionary->hashes, size * sizeof(uint32));
	dictionary->bytes = dictionary_resize(dictionary, dictionary->bytes, size * sizeof(uint32));
	dictionary->size = size;
	dictionary_make_table(dictionary, size * 2);
}

/* Too many values: give back what they take. */
static int
dictionary_give_up(TcsDictionary *dictionary)
{
	for (int i = 0; !dictionary->by_value && i < dictionary->count; i++)
		pfree(DatumGetPointer(dictionary->values[i]));
	pfree(dictionary->values);
	pfree(dictionary->hashes);
	pfree(dictionary->bytes);
	pfree(dictionary->places);
	dictionary->budget->used -= dictionary->charged;
	dictionary->charged = 0;
	dictionary->count = dictionary->size = 0;
	dictionary->is_full = true;
	return -1;
}

static int
dictionary_add(TcsDictionary *dictionary, uint32 hash, Datum value, const char *bytes, Size length)
{
	uint32		place;

	if (dictionary->count == dictionary->most ||
		length > TCS_PERSONA_BYTES - dictionary->used)
	{
		if (dictionary->count == 0)
		{
			dictionary->is_full = true;
			return -1;
		}
		return dictionary_give_up(dictionary);
	}
	if (dictionary->count == dictionary->size)
		dictionary_grow(dictionary);
	if (bytes != NULL)
	{
		char	   *copy;

		dictionary_charge(dictionary, length + 1);
		copy = MemoryContextAlloc(dictionary->budget->context, length + 1);
		memcpy(copy, bytes, length);
		copy[length] = '\0';
		value = PointerGetDatum(copy);
		dictionary->used += length;
	}
	dictionary->values[dictionary->count] = value;
	dictionary->hashes[dictionary->count] = hash;
	dictionary->bytes[dictionary->count] = length;
	place = hash & dictionary->mask;
	while (dictionary->places[place] >= 0)
		place = (place + 1) & dictionary->mask;
	dictionary->places[place] = dictionary->count;
	return dictionary->count++;
}

/* All bits of a word matter to all bits of its hash (Steele, Lea, Flood, 2014). */
static inline uint32
hash_word(uint64 word)
{
	word = (word ^ (word >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	word = (word ^ (word >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return (uint32) (word ^ (word >> 31));
}

static char *
value_output(Oid type, Datum value)
{
	Oid			function;
	bool		is_varlena;

	getTypeOutputInfo(type, &function, &is_varlena);
	return OidOutputFunctionCall(function, value);
}

/* The bytes of a value that is not passed by value: of a varlena without its header. */
static const char *
value_bytes(Datum *value, int16 type_length, Size *length)
{
	if (type_length == -1)
	{
		struct varlena *packed = PG_DETOAST_DATUM_PACKED(*value);

		*value = PointerGetDatum(packed);
		*length = VARSIZE_ANY_EXHDR(packed);
		return VARDATA_ANY(packed);
	}
	*length = type_length == -2 ? strlen(DatumGetCString(*value)) : type_length;
	return DatumGetPointer(*value);
}

/* The caller resets the current context: what is detoasted stays in it. */
int
tcs_dictionary_find(TcsDictionary *dictionary, Datum value)
{
	const char *bytes = NULL;
	Size		length = 0;
	uint32		hash;

	if (dictionary->is_full)
		return -1;
	if (dictionary->by_value)
		hash = hash_word((uint64) value);
	else
	{
		bytes = value_bytes(&value, dictionary->length, &length);
		hash = hash_bytes((const unsigned char *) bytes, length);
	}
	if (dictionary->count > 0)
		for (uint32 place = hash & dictionary->mask;; place = (place + 1) & dictionary->mask)
		{
			int			i = dictionary->places[place];

			if (i < 0)
				break;
			if (dictionary->hashes[i] == hash &&
				(dictionary->by_value ? dictionary->values[i] == value :
				 dictionary->bytes[i] == length &&
				 memcmp(DatumGetPointer(dictionary->values[i]), bytes, length) == 0))
				return i;
		}
	return dictionary_add(dictionary, hash, value, bytes, length);
}

static char *
value_text(const TcsDictionary *dictionary, int i)
{
	Datum		value = dictionary->values[i];
	Size		length = dictionary->bytes[i];
	char	   *words;

	switch (dictionary->type)
	{
		case BOOLOID:
			return DatumGetBool(value) ? "true" : "false";
		case BPCHAROID:
			/* without the padding, as a cast to text */
			while (length > 0 && DatumGetCString(value)[length - 1] == ' ')
				length--;
			return pnstrdup(DatumGetPointer(value), length);
		case TEXTOID:
		case VARCHAROID:
			return DatumGetCString(value);
	}
	if (!dictionary->by_value && dictionary->length == -1)
	{
		struct varlena *copy = palloc(VARHDRSZ + length);

		SET_VARSIZE(copy, VARHDRSZ + length);
		memcpy(VARDATA(copy), DatumGetPointer(value), length);
		words = value_output(dictionary->type, PointerGetDatum(copy));
		pfree(copy);
		return words;
	}
	return value_output(dictionary->type, value);
}

/* Written as in any other session; what was read had the caller's settings. */
char	  **
tcs_dictionary_texts(const TcsDictionary *dictionary)
{
	char	  **texts = palloc((dictionary->count + 1) * sizeof(char *));
	int			nest_level = NewGUCNestLevel();

	tcs_pin_setting("search_path", "pg_catalog, pg_temp");
	tcs_pin_setting("DateStyle", "ISO, YMD");
	tcs_pin_setting("IntervalStyle", "postgres");
	tcs_pin_setting("TimeZone", "UTC");
	tcs_pin_setting("bytea_output", "hex");
	tcs_pin_setting("extra_float_digits", "1");
	for (int i = 0; i < dictionary->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		texts[i] = value_text(dictionary, i);
	}
	AtEOXact_GUC(true, nest_level);
	return texts;
}

uint32
tcs_persona_hash(Datum value, bool by_value, int16 type_length)
{
	const char *bytes;
	Size		length;

	if (by_value)
		return hash_word((uint64) value);
	bytes = value_bytes(&value, type_length, &length);
	return hash_bytes((const unsigned char *) bytes, length);
}
