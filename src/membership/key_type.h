/*
 * key_type.h
 *		The type that the keys of customers have.
 */
#ifndef TCS_KEY_TYPE_H
#define TCS_KEY_TYPE_H

#include "postgres.h"

/* The type of a key: below any domain, without a length. */
typedef struct TcsKeyType
{
	Oid			type;
	Oid			array_type;
	Oid			collation;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	char	   *name;			/* qualified */
	char	   *equals;			/* of its btree order: OPERATOR(schema.=) */
} TcsKeyType;

/* The type that keys from such a column have; refused where it cannot serve. */
extern void tcs_key_type(TcsKeyType *key, Oid type, Oid collation,
						 const char *relation, const char *column);

/* Its name as the type of a column, with the collation. */
extern char *tcs_key_definition(const TcsKeyType *key);

/*
 * An expression of that type, as one of the key's; NULL where the values can be
 * none of the source's.  Refused where they cannot be compared.
 */
extern char *tcs_key_cast(const TcsKeyType *key, const char *expression, Oid type,
						  const char *what);

/* How many keys are in an array. */
extern int	tcs_count_keys(Datum keys);

#endif							/* TCS_KEY_TYPE_H */
