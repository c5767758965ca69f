/*
 * reading.h
 *		A segmentation as somebody reads it, with the rights that one has.
 *
 * Reading another's segmentation runs none of the other's code: the tables have
 * the columns that they were made with, locked against being altered, and where
 * a key is turned into text or text into a key, only the input and output
 * functions of its type are called, which are the server's own for every type
 * that just anybody can make.
 */
#ifndef TCS_READING_H
#define TCS_READING_H

#include "membership/key_type.h"

typedef struct TcsReading
{
	Oid			into;
	Oid			schema_oid;
	char	   *schema;
	char	   *name;			/* without its schema */
	char	   *moves;			/* quoted and qualified, as the two after it */
	char	   *state;
	char	   *into_name;
	TcsKeyType	key;
	const char *key_text;		/* an expression: the column key as text */

	/* once tcs_reading_state was there */
	Oid			source_oid;
	char	   *source;			/* quoted and qualified; NULL: it is gone */
	char	   *key_column;
	char	   *rule_set;
	char	   *time_zone;
} TcsReading;

/*
 * Look up a segmentation, and check and lock its moves.  An error says what it
 * lacks, which right the caller does, or whose code the key would have run.
 */
extern TcsReading *tcs_reading_open(Oid into);

/* The same for the table itself, and what the state says; needs SPI. */
extern void tcs_reading_members(TcsReading *reading);
extern void tcs_reading_state(TcsReading *reading);

/*
 * Can the caller join the source by its key?  It is locked then; an error says
 * why not, if that is asked for.
 */
extern bool tcs_reading_source(TcsReading *reading, bool or_error);

/* Has the source that column, of numbers, for the caller? */
extern bool tcs_reading_may(Oid source, const char *column);
extern bool tcs_reading_has_number(const TcsReading *reading, const char *column);

#endif							/* TCS_READING_H */
