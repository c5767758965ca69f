/*
 * traits.h
 *		Traits: read from the tables, compiled, and made into the text of a query
 *		over a log of events.
 */
#ifndef TCS_TRAITS_H
#define TCS_TRAITS_H

#include "expressions/condition.h"
#include "expressions/stored_sets.h"
#include "views/order_log.h"

#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"

#define TCS_MAX_TRAITS		1000	/* of a set */
#define TCS_MAX_TRAIT_STEPS	100 /* of a sequence */

/* Does a measure take a value? */
typedef enum TcsTraitTakes
{
	TCS_TRAIT_TAKES_NONE,
	TCS_TRAIT_MAY_TAKE,
	TCS_TRAIT_TAKES_NUMBER,		/* or a boolean */
	TCS_TRAIT_TAKES_ORDERED		/* of a type whose values have an order */
} TcsTraitTakes;

/* And a gap? */
typedef enum TcsTraitGap
{
	TCS_TRAIT_HAS_NO_GAP,
	TCS_TRAIT_MAY_HAVE_GAP,
	TCS_TRAIT_NEEDS_GAP
} TcsTraitGap;

typedef struct TcsTraitMeasure
{
	const char *name;
	TcsTraitTakes takes;
	const char *words;			/* for the comment of the column, before "of" */
	TcsTraitGap gap;
	bool		has_steps;
} TcsTraitMeasure;

/* Of that name, or NULL. */
extern const TcsTraitMeasure *tcs_trait_measure(const char *name);

typedef struct TcsTrait
{
	char	   *name;
	const TcsTraitMeasure *measure;
	char	   *value;			/* these may be NULL */
	char	   *condition;
	char	   *since;
	char	   *description;
	Interval   *within;
	Interval   *gap;
	List	   *steps;			/* of char *; or NIL */
} TcsTrait;

/* A trait set with those of its traits that are enabled, by name. */
typedef struct TcsTraitSet
{
	char	   *name;
	char	   *time_zone;		/* or NULL */
	int			count;
	TcsTrait   *traits;
} TcsTraitSet;

/* trait_tables.c */

extern TcsStoredSets tcs_stored_traits;

/* The trait set of that name as last committed, or as this transaction left it. */
extern TcsTraitSet *tcs_traits_read(const char *name);

/* Adds to an error which trait it is about, from a TcsTraitContext. */
typedef struct TcsTraitContext
{
	const char *trait;
	const char *set;
} TcsTraitContext;

extern void tcs_trait_describe(const void *what);

extern const TcsSourceKind tcs_trait_condition_kind;
extern const TcsSourceKind tcs_trait_value_kind;

/* trait_compile.c */

/*
 * What a trait says, as SQL over the log AS o, and conditions AS what is asked
 * for; NULL for what it has not.
 */
typedef struct TcsTraitText
{
	char	   *value;
	Oid			value_type;		/* below any domain */
	char	   *condition;
	char	   *since;			/* over the log AS e */
	List	   *steps;			/* of char * */
} TcsTraitText;

/*
 * The same order as in the set; columns are those of the log that the values and
 * steps name: numbers less FirstLowInvalidHeapAttributeNumber.
 */
typedef struct TcsTraitTexts
{
	TcsTraitText *texts;
	Bitmapset  *columns;
} TcsTraitTexts;

/* What a trait says, as expressions over rows with those columns; NULL for what it has not. */
typedef struct TcsTraitCompiled
{
	Expr	   *value;
	Expr	   *condition;
	Expr	   *since;
	List	   *steps;			/* of Expr * */
} TcsTraitCompiled;

extern void tcs_trait_compile(const TcsConditionSettings *settings, const TcsTraitSet *set, const TcsTrait *trait,
							  TupleDesc columns, TcsTraitCompiled *compiled);

extern void tcs_traits_compile(const TcsTraitSet *set, Relation events, const char *alias, TcsTraitTexts *texts);

/* create_traits.c */

/* The arguments of create_traits and traits_sql, looked up and checked. */
typedef struct TcsTraits
{
	TcsView		view;
	TcsOrderLog log;			/* of events */
	Relation	events;			/* open */
	const TcsTraitSet *set;

	/* the customers and how their key compares with the events'; or NULL */
	char	   *customers;
	char	   *customers_key;
	char	   *equals;

	/* the columns of a view that is made anew come first, in this order */
	List	   *order;			/* of char *; or NIL */
	bool		is_temporary;	/* what it reads is */
	bool		can_sort;		/* have the customers an order? */
} TcsTraits;

/* Say what the view and its columns hold.  SPI is connected. */
extern void tcs_traits_comment(const TcsTraits *traits);

/* traits_query.c */

/* A span of time as the server reads it whatever its settings; NULL for none. */
extern char *tcs_trait_span(const Interval *span);

/* The conditions of a sequence as an array in text; NULL for none. */
extern char *tcs_trait_steps_text(const List *steps);

/* SQL over day: the first moment, or day, of the window of a trait that has one. */
extern char *tcs_trait_window_start(const TcsTraits *traits, const TcsTrait *trait);

/* The text of the query. */
extern char *tcs_traits_query(const TcsTraits *traits);

#endif							/* TCS_TRAITS_H */
