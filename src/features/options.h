/*
 * options.h
 *		Options of a learner: one constant jsonb object with documented defaults.
 *
 * Those of the features themselves are known to every learner:
 *
 *	weight			name of a column: how much a row counts, above 0
 *	without			names of columns that are no features, such as a key
 *	levels			at most so many named levels of text, 20
 *	level_customers	a level has a name from so many rows on: 20, or a twentieth
 *					of all rows where that is less
 *	folds			parts for checking, 5; 2 to 20, and no more than rows
 */
#ifndef TCS_OPTIONS_H
#define TCS_OPTIONS_H

#include "tcs.h"

#include "utils/jsonb.h"

/*
 * Refuse what is no object, and keys that are neither those nor one of the
 * features themselves; the hint lists what there is.
 */
extern void tcs_options_check(Jsonb *options, const char *const *keys, int count);

/* The value under a key, or `otherwise` where it is not given or null. */
extern double tcs_options_number(Jsonb *options, const char *key, double low, double high,
								 double otherwise);
extern int	tcs_options_integer(Jsonb *options, const char *key, int low, int high,
								int otherwise);
extern bool tcs_options_boolean(Jsonb *options, const char *key, bool otherwise);

/* A string, one of those; the index, or `otherwise`. */
extern int	tcs_options_choice(Jsonb *options, const char *key, const char *const *choices,
							   int count, int otherwise);

/* A string, or NULL. */
extern char *tcs_options_text(Jsonb *options, const char *key);

/* Numbers: one, or an array of 1 to most; NULL where not given. */
extern double *tcs_options_numbers(Jsonb *options, const char *key, int most, double low,
								   double high, int *count);

/* Strings: an array of at most so many; NULL where not given. */
extern char **tcs_options_texts(Jsonb *options, const char *key, int most, int *count);

#endif							/* TCS_OPTIONS_H */
