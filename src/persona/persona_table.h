/*
 * persona_table.h
 *		An attribute against the segments.
 */
#ifndef TCS_PERSONA_TABLE_H
#define TCS_PERSONA_TABLE_H

#include "persona/persona.h"

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

#endif							/* TCS_PERSONA_TABLE_H */
