/*
 * features.h
 *		What learners learn from: a row of any shape becomes numbers.
 *
 * Every learner takes its features as a row, whose columns may have any names.
 * A feature is one double in the end, NaN where it is missing:
 *
 *	boolean					0 or 1
 *	numbers					themselves
 *	interval				days, a month being 30, as the server compares them
 *	date, timestamp(tz)		days since 2000-01-01 00:00 (UTC)
 *	text, enum, uuid, ...	a level: 1 to levels for those that have a name,
 *							0 for all others, which are "other" together
 *
 * NULL and NaN are missing; infinity is an error.  A value that was not there
 * when the model was fitted is 0, "other", and no error.
 */
#ifndef TCS_FEATURES_H
#define TCS_FEATURES_H

#include "tcs.h"

#include "access/htup.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#include "values/values.h"

#define TCS_FEATURES_MOST	250 /* columns of a row */
#define TCS_LEVELS_MOST		1000	/* names of one feature in a model */
#define TCS_LABELS_MOST		20	/* different ones of an outcome that is text */

typedef enum TcsFeatureKind
{
	TCS_FEATURE_BOOLEAN,
	TCS_FEATURE_INTEGER,		/* cannot be NaN */
	TCS_FEATURE_NUMBER,			/* real, double precision, numeric */
	TCS_FEATURE_INTERVAL,
	TCS_FEATURE_DATE,
	TCS_FEATURE_TIMESTAMP,
	TCS_FEATURE_TIMESTAMPTZ,
	TCS_FEATURE_TEXT,			/* has levels */
	TCS_FEATURE_KINDS
} TcsFeatureKind;

/* What they are called in a model: boolean, integer, number, ... text. */
extern const char *const tcs_feature_kinds[TCS_FEATURE_KINDS];

/* That of a type which is no domain; TCS_FEATURE_KINDS for one that is no feature. */
extern int	tcs_feature_kind(Oid type);

typedef struct TcsFeature
{
	char	   *name;
	TcsFeatureKind kind;
	int			levels;			/* of text: codes 1 to levels ... */
	char	  **level;			/* ... stand for level[code - 1]; bytewise
								 * ascending */

	/* what was seen by the fit */
	double		missing;		/* rows */
	double		other;			/* rows with a code of 0 */
	double		least;			/* NaN for text, and where all are missing */
	double		greatest;
	double		mean;
	double	   *values;			/* by row; NULL where read from a model */
} TcsFeature;

/* A feature that was not used, and why. */
typedef struct TcsFeatureOut
{
	const char *name;
	const char *reason;			/* needs no escapes */
} TcsFeatureOut;

/* The features of a model, read or to be written. */
typedef struct TcsFeatures
{
	int			count;
	TcsFeature *feature;
} TcsFeatures;

/*
 * What was collected, by column.  The rows are in an order that has nothing to
 * do with that in which they came, nor with any column: it follows a hash of
 * what is in them, equal rows together.  So sums over them are the same for any
 * plan, and row i is a member of the fold i % folds.
 */
typedef struct TcsFeatureTable
{
	TcsFeatures features;		/* those that can be used */
	int64		rows;
	double	   *outcome;		/* NULL without one; boolean ones are 0 and 1,
								 * text is the number of its label; NUMBERS
								 * are one column after another */
	int			labels;			/* of text, from 0, bytewise ascending ... */
	char	  **label;			/* ... each of which some row has */
	double	   *weight;			/* NULL unless the option "weight" named it */
	double		weights;		/* sum of them, or rows */
	int			out_count;
	TcsFeatureOut *out;			/* all missing, always the same, too many
								 * values, not wanted */
	int64		no_outcome;		/* rows not counted: outcome NULL or NaN */
	int64		no_features;	/* the row itself NULL */
	int64		no_weight;		/* the weight missing or 0 */
	TcsBudget  *budget;			/* for what a learner needs besides */
} TcsFeatureTable;

/*
 * Collecting: the state of all aggregates that learn.  They share the functions
 * tcs_internal.features_combine, _serial and _deserial and differ in their
 * transition and final functions alone, which are
 *
 *	return tcs_features_trans(fcinfo, TCS_OUTCOME_BOOLEAN, my_options_check);
 *
 * for arguments (state, outcome, row [, options jsonb]), or (state, row [,
 * options]) where there is no outcome; and a final function that calls
 * tcs_features_table.
 */
typedef enum TcsOutcome
{
	TCS_OUTCOME_NONE,
	TCS_OUTCOME_BOOLEAN,
	TCS_OUTCOME_NUMBER,
	TCS_OUTCOME_TEXT,			/* labels */
	TCS_OUTCOME_NUMBERS			/* TCS_FEATURES_NUMBERS of them, of a learner
								 * of its own */
} TcsOutcome;

#define TCS_FEATURES_NUMBERS 7

/*
 * Refuse options that the learner does not know; called once, for the first
 * row.  Use features/options.h; NULL stands for none given.
 */
typedef void (*TcsOptionsCheck) (Jsonb *options);

typedef struct TcsFeatureState TcsFeatureState;

extern Datum tcs_features_trans(FunctionCallInfo fcinfo, TcsOutcome outcome,
								TcsOptionsCheck check);

/*
 * The table, in the current context; NULL where no row is left (the state too may
 * be NULL).  The state stays as it is.  The outcomes that the learner knows, as bits
 * 1 << TCS_OUTCOME_...: a state of another learner is an error.
 */
extern TcsFeatureTable *tcs_features_table(TcsFeatureState *state, int outcomes);

/* The options that were given, or NULL; and what the outcome is. */
extern Jsonb *tcs_features_options(const TcsFeatureState *state);
extern TcsOutcome tcs_features_outcome(const TcsFeatureState *state);

/* For states that have more in them than features: the parts of the above. */
typedef struct TcsFeatureReader TcsFeatureReader;

extern TcsFeatureState *tcs_features_create(MemoryContext context, TcsOutcome outcome,
											Jsonb *options);

/* The reader is kept by the call site: NULL at first.  The outcome has one number, or NUMBERS. */
extern void tcs_features_add(TcsFeatureState *state, TcsFeatureReader **reader,
							 MemoryContext reader_context, HeapTupleHeader row,
							 const double *outcome);

/*
 * A state in that context with the rows of another one whose NUMBERS are to be
 * kept, and with no values of text but theirs.
 */
extern TcsFeatureState *tcs_features_thin(const TcsFeatureState *state, MemoryContext context,
										  bool (*keep) (const double *numbers, const void *arg),
										  const void *arg);
extern int64 tcs_features_rows(const TcsFeatureState *state);
extern TcsFeatureState *tcs_features_merge(TcsFeatureState *into, TcsFeatureState *from);
extern void tcs_features_send(StringInfo buffer, TcsFeatureState *state);
extern TcsFeatureState *tcs_features_receive(StringInfo buffer, MemoryContext context);

/*
 * In a model: "features", an array of objects with name, kind, levels, missing,
 * other, least, greatest, mean; what was left out, as an array of {feature,
 * reason}.  What is read is checked throughout.
 */
extern void tcs_features_write(StringInfo text, const char *key, const TcsFeatures *features);
extern void tcs_features_write_out(StringInfo text, const char *key,
								   const TcsFeatureOut *out, int count);
extern TcsFeatures *tcs_features_read(Jsonb *model, const char *key);

/* Append a string as JSON has it, in quotes. */
extern void tcs_features_write_string(StringInfo text, const char *string);

/*
 * Scoring: the values of the features of a model in a row, which may have more
 * columns, in any order.  Columns are found by their names once a call site and
 * type of row; one that is not there, or of a type that cannot be compared with
 * that of the fit, is an error that says what there should be.
 */
typedef struct TcsFeatureScorer TcsFeatureScorer;

extern TcsFeatureScorer *tcs_features_scorer(const TcsFeatures *features,
											 MemoryContext context);
extern void tcs_features_fill(TcsFeatureScorer *scorer, HeapTupleHeader row, double *values);

/* An error unless that argument, declared "any", is a row. */
extern void tcs_features_check_row(FunctionCallInfo fcinfo, int argno);

/*
 * Warnings worth a note in a model: a feature that alone tells the outcome (an
 * AUC of 0.99, a squared correlation of 0.98), as one that was known only
 * afterwards does; an array of texts, *count long, in the current context.
 */
extern char **tcs_features_notes(const TcsFeatureTable *table, TcsOutcome outcome, int *count);

#endif							/* TCS_FEATURES_H */
