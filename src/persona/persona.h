/*
 * persona.h
 *		What tells the customers of a segment from all the others.
 *
 * A query is read once, row by row.  Its first column is the segment, the others
 * are attributes.  Numbers and times are held eight bytes each, as the fits hold
 * them; of everything else each different value is held once, and counted.
 */
#ifndef TCS_PERSONA_H
#define TCS_PERSONA_H

#include "tcs.h"

#include "values/values.h"
#include "numerics/exact_sum.h"

/* An attribute with more different values than that is not told by value. */
#define TCS_PERSONA_VALUES	10000
#define TCS_PERSONA_BYTES	(16 * 1024 * 1024)

#define TCS_PERSONA_SEGMENTS	1000

/* Different values, numbered as they come. */
typedef struct TcsDictionary
{
	TcsBudget  *budget;
	Oid			type;
	int16		length;			/* as in pg_type: -1 and -2 vary */
	bool		by_value;
	int			most;			/* more values than that are too many */
	bool		is_full;		/* there were; what it held is freed */

	int			count;
	int			size;			/* room */
	Datum	   *values;
	uint32	   *hashes;
	uint32	   *bytes;			/* of each value */
	int32	   *places;			/* hash table of their numbers, or -1 */
	uint32		mask;
	Size		used;			/* by the values */
	Size		charged;
} TcsDictionary;

typedef enum TcsAttributeKind
{
	TCS_ATTRIBUTE_VALUE,
	TCS_ATTRIBUTE_NUMBER,
	TCS_ATTRIBUTE_TIME
} TcsAttributeKind;

/* An attribute in a segment. */
typedef struct TcsPersonaCell
{
	int64		missing;

	/* by the numbers of the dictionary */
	int64	   *counts;
	int			size;

	/* or numbers as they are */
	TcsValues	numbers;
	TcsSum		sum;
} TcsPersonaCell;

typedef struct TcsAttribute
{
	const char *name;
	Oid			type;			/* below a domain */
	TcsAttributeKind kind;
	TcsDictionary dictionary;
	TcsPersonaCell *cells;		/* by segment */
} TcsAttribute;

typedef struct TcsPersona
{
	TcsBudget	budget;
	MemoryContext row_context;
	uint32		sample;			/* 0: all rows; else every so manieth key */
	bool		is_started;

	TcsAttribute *attributes;
	int			attribute_count;

	/* segment 0 is that of the customers in none, the others are numbered */
	TcsDictionary segments;
	int			segment_size;	/* room in what is by segment */
	int64	   *customers;
	int64		all_customers;
} TcsPersona;

/* A row of the answer.  NaN and a count of -1 stand for NULL. */
typedef struct TcsPersonaTrait
{
	const char *segment;		/* NULL: none */
	int64		customers;
	const char *attribute;
	const TcsAttribute *of;
	double		telling;
	const char *kind;
	const char *value;			/* or NULL */
	int64		count;
	double		share;
	double		share_all;
	double		lift;
	double		lift_low;
	double		lift_high;
	double		share_others;	/* of everybody else; of kind "apart" the rest
								 * too */
	double		difference;
	double		difference_low;
	double		difference_high;
	double		cut;			/* of a number, where it is a part of the
								 * scale */
	const char *description;	/* or NULL */
	int64		known;			/* customers that have a number, or -1 */
	double		mean;
	double		quartiles[3];
	double		mean_all;
	double		quartiles_all[3];
} TcsPersonaTrait;

typedef void (*TcsTraitReceiver) (const TcsPersonaTrait *trait, void *arg);

/* persona_values.c */

extern void tcs_dictionary_init(TcsDictionary *dictionary, TcsBudget *budget,
								Oid type, int most);

/* The number of a value that is not NULL; -1 when there are too many. */
extern int	tcs_dictionary_find(TcsDictionary *dictionary, Datum value);

/* All values as text, in the current context. */
extern char **tcs_dictionary_texts(const TcsDictionary *dictionary);
extern uint32 tcs_persona_hash(Datum value, bool by_value, int16 length);

/* persona_read.c */

/*
 * Read a query, within SPI, into memory of the current context.  With a sample
 * its last column is a key, and about one key of so many is read.
 */
extern TcsPersona *tcs_persona_read(const char *query, uint32 sample);

/* persona_traits.c */

/* The rows of the answer in order; cells of fewer than k are suppressed. */
extern void tcs_persona_traits(TcsPersona *persona, int k, int top,
							   TcsTraitReceiver receiver, void *arg);

/* persona_numbers.c: numbers and times of a segment and of all */

#define TCS_PERSONA_BINS	10
#define TCS_PERSONA_CUTS	(TCS_PERSONA_BINS - 1)

typedef struct TcsNumbers
{
	int64		count;
	double		mean;			/* NaN: none that is finite */
	double		quartiles[3];
	int64		bins[TCS_PERSONA_BINS];
	int64		beyond;			/* on the far side of the median of all */
	int64		above[TCS_PERSONA_CUTS];	/* each cut of all */
} TcsNumbers;

/* What all of them have in common. */
typedef struct TcsNumbersOfAll
{
	TcsNumbers	all;
	double		edges[TCS_PERSONA_BINS - 1];
	bool		from_median;	/* beyond: from the median of all on, or above */

	/*
	 * Where the scale is cut to tell parts from others: near the edges, as
	 * round as what lies between them allows, and exactly the number that is
	 * written.
	 */
	int			cut_count;
	double		cuts[TCS_PERSONA_CUTS];
	char	   *cut_texts[TCS_PERSONA_CUTS];
} TcsNumbersOfAll;

extern void tcs_numbers_of_all(TcsPersona *persona, TcsAttribute *attribute,
							   TcsNumbersOfAll *of_all);
extern void tcs_numbers_of_cell(const TcsPersonaCell *cell,
								const TcsNumbersOfAll *of_all, TcsNumbers *numbers);

/* A number to six digits or a moment in words, independent of any setting. */
extern char *tcs_persona_number(const TcsAttribute *attribute, double value);

#endif							/* TCS_PERSONA_H */
