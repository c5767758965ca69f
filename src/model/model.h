/*
 * model.h
 *		Models: the jsonb objects that fits return and scoring functions take.
 */
#ifndef TCS_MODEL_H
#define TCS_MODEL_H

#include "tcs.h"

#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/*
 * Writing.  A model is put together as JSON text and becomes a jsonb at the
 * end.  Numbers keep all their bits, whatever the session's settings.
 */
extern void tcs_model_begin(StringInfo text, const char *kind, int version);
extern void tcs_model_integer(StringInfo text, const char *key, int64 value);
extern void tcs_model_number(StringInfo text, const char *key, double value);

extern void tcs_model_boolean(StringInfo text, const char *key, bool value);

/* An object of numbers, under their names; a NaN becomes null. */
extern void tcs_model_named_numbers(StringInfo text, const char *key,
									const char *const *names,
									const double *values, int count);

/* A text; and an array of them. */
extern void tcs_model_text(StringInfo text, const char *key, const char *value);
extern void tcs_model_texts(StringInfo text, const char *key,
							const char *const *values, int count);

/* A NaN among the values becomes null. */
extern void tcs_model_numbers(StringInfo text, const char *key,
							  const double *values, int count);

/* Those of a set by bit, as an array: what tcs_model_get_set reads. */
extern void tcs_model_set(StringInfo text, const char *key, int set,
						  const char *const *names, int count);

/* How a search for the greatest likelihood ended. */
typedef struct TcsModelFit
{
	int			parameters;		/* that the data told */
	double		customers;
	double		log_likelihood;
	double		gradient_norm;	/* NaN where there was no search, as what
								 * follows */
	double		condition_number;
	int			iterations;
} TcsModelFit;

/*
 * The keys that all fits have: log_likelihood, aic, bic, iterations,
 * gradient_norm, condition_number and converged, which is false for NULL.
 */
extern void tcs_model_fit(StringInfo text, const TcsModelFit *fit);
extern Datum tcs_model_end(StringInfo text);

/*
 * Reading.  All of these report what is wrong with a model that is not as it
 * should be; `hint` of open says how to get a right one.
 */
extern void tcs_model_open(Jsonb *model, const char *kind, int version,
						   const char *hint);

/* As open, for any of several kinds: the one that it is, as its index. */
extern int	tcs_model_open_any(Jsonb *model, const char *const *kinds, int count,
							   int version, const char *hint);

/* The positive number under a key; null means that the fit did not converge. */
extern double tcs_model_get_parameter(Jsonb *model, const char *key, const char *hint);

/*
 * The number under a key, from 0 to most, of which a boolean is one: false 0,
 * true 1; otherwise where it is missing or null.
 */
extern double tcs_model_get_optional(Jsonb *model, const char *key, double most,
									 double otherwise);

/* The numbers under a key; null becomes NaN where nulls are allowed. */
extern double *tcs_model_get_numbers(Jsonb *model, const char *key, int most,
									 bool nulls, int *count);

/* The number under a key, of either sign; NaN where it is missing or null. */
extern double tcs_model_get_number(Jsonb *model, const char *key);

/* The text under a key, at most so many bytes long; NULL likewise. */
extern char *tcs_model_get_text(Jsonb *model, const char *key, int most);

/* The texts, and the objects, in the array under a key, at most so many. */
extern char **tcs_model_get_texts(Jsonb *model, const char *key, int most, int longest,
								  int *count);
extern Jsonb **tcs_model_get_objects(Jsonb *model, const char *key, int most, int *count);

/* The set of names, all of those given, in the array under a key, or 0. */
extern int	tcs_model_get_set(Jsonb *model, const char *key,
							  const char *const *names, int count);
extern void tcs_model_bad(const char *key, const char *complaint) pg_attribute_noreturn();

/*
 * The model in argument argno, parsed.  It is parsed anew only when it differs
 * from that of the call before.  parse allocates in the current context.
 */
typedef void *(*TcsModelParser) (Jsonb *model);
extern void *tcs_model_argument(FunctionCallInfo fcinfo, int argno,
								TcsModelParser parse, void **call_cache);

#endif							/* TCS_MODEL_H */
