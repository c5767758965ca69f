/*
 * churn.h
 *		A risk of churn that learns from what became of customers.
 *
 * The log-odds of the risk are those of a model of repeat purchases, the base,
 * and a correction:
 *		shift + sum of coefficient * feature
 * Features are of the customer's history and of the base's log-odds, so that the
 * base can be trusted less, too.  They are taken within the range in which they
 * were learned: where a history leaves it, the correction stays what it is at
 * the end of the range.
 *
 * It is learned from splits: histories until a day, and who stayed away from
 * then on until another one.  Each split has a shift of its own, a ridge pulls to no
 * correction at all, and how hard it pulls, how much of the correction is taken
 * and how much of the mean shift is what predicts best a split that was left out.
 * Unless that is clearly better than the base alone there is no correction: by 2.5
 * standard errors, by 0.4 % of its Brier score, and in no split worse by 1.5 %.
 *
 * Beside the features of the history there may be columns of attributes of the
 * customer, standardised.  They hold for another time only if they hold for other
 * customers, too: then a customer is in one of three groups at all splits, and
 * what predicts a group at a split has learned from neither.
 *
 * Plain C, no allocation.
 */
#ifndef TCS_CHURN_H
#define TCS_CHURN_H

#include <stdbool.h>
#include <stddef.h>

#define TCS_CHURN_FEATURES	5
#define TCS_CHURN_SPLITS	12
#define TCS_CHURN_ATTRIBUTES 100	/* columns of them */
#define TCS_CHURN_COLUMNS	(TCS_CHURN_FEATURES + TCS_CHURN_ATTRIBUTES)
#define TCS_CHURN_GROUPS	3

/* The names of the features. */
extern const char *const tcs_churn_feature[TCS_CHURN_FEATURES];

/*
 * Those of a history of x repeat purchases, the last at t_x, which ends at t,
 * and of the base's risk.
 */
extern void tcs_churn_features(double x, double t_x, double t, double log_odds, double *feature);

/* The log-odds of a risk, which are within -10 and 10. */
extern double tcs_churn_log_odds(double risk);

/* Customers of one split who are alike. */
typedef struct TcsChurnTuple
{
	double		x;
	double		t_x;
	double		t;
	double		log_odds;		/* of the base fitted at the split */
	double		customers;
	double		away;			/* who did not return */
	int			split;
	int			group;			/* below TCS_CHURN_GROUPS; 0 without
								 * attributes */
	const double *attribute;	/* columns */
} TcsChurnTuple;

/* In an order that does not depend on that of the customers. */
typedef struct TcsChurnData
{
	const TcsChurnTuple *tuples;
	size_t		count;
	int			splits;			/* 1 to TCS_CHURN_SPLITS */
	int			groups;			/* 1, or TCS_CHURN_GROUPS */
	int			attributes;		/* columns that take part */
	void		(*poll) (void); /* called now and then; it may jump away */
} TcsChurnData;

typedef struct TcsChurnCorrection
{
	double		shift;
	int			columns;		/* of features, then of attributes */
	double		coefficient[TCS_CHURN_COLUMNS];
	double		least[TCS_CHURN_COLUMNS];
	double		greatest[TCS_CHURN_COLUMNS];
} TcsChurnCorrection;

/* How predictions did for a split that was left out, or for all of them. */
typedef struct TcsChurnFigures
{
	double		customers;
	double		away;
	double		base_brier;
	double		brier;			/* of what was chosen */
} TcsChurnFigures;

typedef struct TcsChurnModel
{
	bool		enough;			/* are there outcomes to learn from? */
	bool		corrected;		/* is what was chosen clearly better than the
								 * base? */
	TcsChurnCorrection correction;	/* all 0 where not */
	double		penalty;		/* what was chosen: NaN without coefficients, */
	double		strength;		/* as a share of them, */
	double		shift;			/* as a share of the mean shift */
	TcsChurnFigures all;
	TcsChurnFigures split[TCS_CHURN_SPLITS];
} TcsChurnModel;

/* Doubles of room that learning needs. */
extern size_t tcs_churn_room(size_t count, int splits, int attributes);

extern void tcs_churn_learn(const TcsChurnData *data, double *room, TcsChurnModel *model);

/* What is added to the base's log-odds; the features, then the attributes. */
extern double tcs_churn_correct(const TcsChurnCorrection *correction, const double *feature);

#endif							/* TCS_CHURN_H */
