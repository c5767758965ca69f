/*
 * persona_table.h
 *		An attribute against the segments.
 */
#ifndef TCS_PERSONA_TABLE_H
#define TCS_PERSONA_TABLE_H

#include "persona/persona.h"

#include "math/two_shares.h"

/*
 * The segments in the order in which they are shown.  With a k, those that are
 * too small are the last part, together, which is not shown.
 */
typedef struct TcsPersonaParts
{
	int			count;
	int			shown;
	char	  **names;			/* NULL for the customers in none */
	int64	   *customers;
	int		   *part_of;		/* by segment; -1: it has no customers */
} TcsPersonaParts;

/* A column a value, or a tenth of the numbers; the last is that of the missing. */
typedef struct TcsPersonaTable
{
	TcsAttribute *attribute;
	int			columns;
	char	  **names;			/* of values */
	int64	   *counts;			/* by part, then by column */
	int64	   *totals;
	bool	   *folded;			/* is it put together with others? */
	double	   *telling;		/* by part */

	/* of numbers */
	TcsNumbersOfAll of_all;
	TcsNumbers *numbers;		/* by part */
	bool		hides_mean;
	bool		hides_missing;
	bool		hides_beyond;
} TcsPersonaTable;

static inline int64 *
tcs_persona_count(const TcsPersonaTable *table, int part, int column)
{
	return &table->counts[(Size) part * table->columns + column];
}

extern void tcs_persona_tabulate(TcsPersona *persona, const TcsPersonaParts *parts,
								 TcsAttribute *attribute, int k, TcsPersonaTable *table);

/* persona_apart.c */

/* A mark of an attribute that is more or less frequent in a part than elsewhere. */
typedef struct TcsPersonaApart
{
	const char *value;			/* as the answer writes it; NULL: missing */
	bool		is_missing;
	double		cut;			/* of numbers */
	int64		count;			/* customers of the part with it, and of all */
	int64		total;
	double		share_others;
	double		difference;		/* of the shares: of the part less of the
								 * others */
	TcsInterval interval;
} TcsPersonaApart;

/*
 * How many marks of an attribute may be looked at for each part: what is found
 * by looking at so many is doubted accordingly.
 */
extern int	tcs_persona_marks(const TcsPersona *persona, const TcsPersonaTable *table, int k);

/*
 * The mark that separates a part most from everybody else; false where none does
 * beyond chance, at that confidence.
 */
extern bool tcs_persona_apart(const TcsPersona *persona, const TcsPersonaTable *table, int part,
							  int64 customers, int k, double confidence,
							  TcsPersonaApart *apart);

/* It in words, with its figures. */
extern char *tcs_persona_apart_words(const TcsPersonaTable *table, int64 customers,
									 const TcsPersonaApart *apart);

#endif							/* TCS_PERSONA_TABLE_H */
