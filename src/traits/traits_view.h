/*
 * traits_view.h
 *		What a view of traits was made from, read back from it.
 */
#ifndef TCS_TRAITS_VIEW_H
#define TCS_TRAITS_VIEW_H

#include "traits/traits.h"

#include "utils/date.h"

/* A trait as it was when the view was made: texts, NULL for what it had not. */
typedef struct TcsTraitDefined
{
	char	   *trait;
	char	   *measure;
	char	   *value;
	char	   *condition;
	char	   *within;
	char	   *since;
	char	   *gap;
	char	   *steps;
} TcsTraitDefined;

typedef struct TcsTraitsMade
{
	char	   *trait_set;
	char	   *zone;
	char	   *time_zone;		/* of the set, or NULL */
	List	   *defined;		/* of TcsTraitDefined */
	Oid			events;
	char	   *customer;		/* columns of the log */
	char	   *at;
	Oid			customers;		/* or InvalidOid */
	char	   *customers_key;
	bool		has_as_of;
	DateADT		as_of;
} TcsTraitsMade;

/* Of a view, locked by the caller; NULL where it is not one of traits. */
extern TcsTraitsMade *tcs_traits_made(Oid view);

/* The same of a view that the caller must own; an error where it is none. */
extern TcsTraitsMade *tcs_traits_owned(Oid view);

/* create_traits.c */

/* Look the log and the customers up, and check them. */
extern void tcs_traits_resolve(TcsTraits *traits, const TcsTraitsMade *made);

/* traits_due.c */

/*
 * Answer segment_due for a view of traits; false, and nothing done,
 * for any other.
 */
extern bool tcs_traits_due(FunctionCallInfo fcinfo, Oid relation, const char *rule_set, DateADT until);

#endif							/* TCS_TRAITS_VIEW_H */
