/*
 * definition.h
 *		Reading the definition of a set, the jsonb that rule_set_get and its kin give.
 */
#ifndef TCS_DEFINITION_H
#define TCS_DEFINITION_H

#include "expressions/stored_sets.h"

#include "utils/jsonb.h"

/* The object that it is; what it has under other keys than these, up to NULL, is an error. */
extern JsonbContainer *tcs_definition_open(const TcsStoredSets *stored, const void *jsonb,
										   const char *const *known);

/* The objects in the array under a key, for each of which the function is called. */
typedef void (*TcsDefinitionReader) (void *arg, JsonbContainer *object);

extern int	tcs_definition_count(const TcsStoredSets *stored, JsonbContainer *object, const char *key);
extern void tcs_definition_items(const TcsStoredSets *stored, JsonbContainer *object, const char *key,
								 const char *const *known, TcsDefinitionReader read, void *arg);

/* What stands under a key; NULL where that is missing or null. */
extern JsonbValue *tcs_definition_get(JsonbContainer *object, const char *key);

/* A string; NULL where it is missing, or an error where it must not be. */
extern char *tcs_definition_string(const TcsStoredSets *stored, JsonbContainer *object,
								   const char *key, bool required);

/* A boolean; true where it is missing. */
extern bool tcs_definition_boolean(const TcsStoredSets *stored, JsonbContainer *object,
								   const char *key);

#endif							/* TCS_DEFINITION_H */
