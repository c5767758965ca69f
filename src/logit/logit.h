/*
 * logit.h
 *		Logistic and linear models of the features of a row.
 *
 * A model has a column for a number, for "missing" and for each level of text
 * but the commonest (features/design.h); a coefficient is what the log-odds of the
 * outcome, or the outcome itself, change by one unit of it.
 */
#ifndef TCS_LOGIT_H
#define TCS_LOGIT_H

#include "tcs.h"

#include "features/design.h"
#include "math/linear_model.h"

/* What a model is called in its jsonb, by TcsLinearFamily; and its version. */
extern const char *const tcs_logit_kinds[2];
#define TCS_LOGIT_VERSION	1

/* What a feature adds to the predictor. */
typedef struct TcsLogitTerm
{
	double		coefficient;	/* of a number */
	double	   *level;			/* of text: by code */
	double		missing;
	double		usual;			/* what it adds in the mean of the customers
								 * of the fit */
} TcsLogitTerm;

typedef struct TcsLogit
{
	TcsLinearFamily family;
	TcsFeatures *features;
	TcsDesign  *design;
	double	   *coefficient;	/* of each column */
	double		intercept;
	TcsLogitTerm *term;			/* of each feature */
	TcsFeatureScorer *scorer;
	double	   *values;			/* of the features of a row */
} TcsLogit;

/* A model, in the current context; an error for what is none. */
extern TcsLogit *tcs_logit_read(Jsonb *model);

/* The same, parsed once a call site; argument 0. */
extern TcsLogit *tcs_logit_argument(FunctionCallInfo fcinfo);

/* What a feature with that value adds. */
static inline double
tcs_logit_term(const TcsLogitTerm *term, double value)
{
	return isnan(value) ? term->missing :
		term->level != NULL ? term->level[(int) value] : term->coefficient * value;
}

/* The predictor of a row; the values of its features are in logit->values then. */
extern double tcs_logit_predictor(TcsLogit *logit, HeapTupleHeader row);

/* Choosing a penalty, and how good a model is. */

#define TCS_LOGIT_PENALTIES	20	/* of each kind to choose among */

typedef struct TcsLogitPair
{
	double		l2;
	double		l1;
	double		loss;			/* of what was held out, in the mean of the
								 * rows; NaN where nothing was */
} TcsLogitPair;

/* What folds say of a model; NaN where they say nothing. */
typedef struct TcsLogitFigures
{
	double		auc;			/* logistic */
	double		auc_of[TCS_LINEAR_FOLDS];
	double		brier;
	double		log_loss;
	double		r_squared;		/* linear */
	double		error;			/* root of the mean square */
} TcsLogitFigures;

typedef struct TcsLogitFit
{
	const TcsFeatureTable *table;
	TcsDesign  *design;
	TcsLinearData data;
	TcsLinearModel model;
	double	   *standard_error; /* of each column */
	double		intercept_error;
	double		shift;			/* what weights by outcome added to the
								 * log-odds */
	double		rate;			/* mean of the outcome */
	double		rarer;			/* rows of the rarer outcome, or all */

	int			folds;			/* 0: too few rows */
	uint8	   *fold;
	int64		part;			/* rows that the penalty was chosen on */
	int			pairs;
	TcsLogitPair *pair;			/* from the most to the least penalty */
	int			chosen;
	TcsLogitFigures figures;

	double	   *room;
	double	   *predicted;
	double	   *other;			/* coefficients and states of a fold's model */
	uint8	   *other_column;
} TcsLogitFit;

/* Fit it all, once data, folds and pairs are set. */
extern void tcs_logit_choose(TcsLogitFit *fit);
extern void tcs_logit_judge(TcsLogitFit *fit);

/* The model as jsonb. */
extern Datum tcs_logit_write(const TcsLogitFit *fit, TcsOutcome outcome);

/*
 * The text of a feature as a number: SQL over the columns of the row, NULL where
 * it is missing; not for text.
 */
extern char *tcs_logit_number_sql(const TcsFeature *feature);

/* A condition that is true where a feature has that column's level, or is missing. */
extern char *tcs_logit_level_sql(const TcsFeature *feature, int code);
extern char *tcs_logit_missing_sql(const TcsFeature *feature);

/* A number as SQL has it, with all its bits. */
extern char *tcs_logit_digits(double value);

#endif							/* TCS_LOGIT_H */
