/*
 * linear_model.h
 *		Linear models: of a number, and of the log-odds of an outcome.
 *
 * An outcome y of a row with the columns x has the mean
 *		offset + intercept + sum of coefficient * x, or the chance whose
 *		log-odds are that.
 * What is made least is
 *		sum of weight * loss + l2 / 2 * sum of factor * (scale * coefficient)^2
 *			+ l1 * sum of factor * |scale * coefficient|
 * where loss is half of a squared error, or minus the logarithm of the chance
 * of what came, and scale is the standard deviation of a column: ridge and
 * elastic net by standardised columns.  The intercept is never penalised.  As
 * nothing is divided by the number of rows, l2 counts like so many rows,
 * however many there are.
 *
 * Newton's method (iteratively reweighted least squares), and with an l1 each
 * step by coordinate descent on its square form, so that a step is one walk
 * through the rows.  Coefficients are in the units of the columns.
 *
 * Sums go in the order of the rows: sort them, and collapse equal ones into
 * one with a weight where that saves much, and results do not depend on the
 * order in which they came.  Plain C, no allocation.
 */
#ifndef TCS_LINEAR_MODEL_H
#define TCS_LINEAR_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum TcsLinearFamily
{
	TCS_GAUSSIAN,
	TCS_LOGISTIC
} TcsLinearFamily;

/* What is fitted; all zero but for family, rows, columns, x and y will do. */
typedef struct TcsLinearData
{
	TcsLinearFamily family;
	size_t		rows;
	int			columns;		/* without the intercept */

	/*
	 * rows * columns numbers, a row after the other; or NULL, and read writes
	 * those of `count` rows from `first` on, count at most TCS_LINEAR_BLOCK.
	 * All of them are finite, as are those that follow.
	 */
	const double *x;
	void		(*read) (void *context, size_t first, size_t count, double *x);
	void	   *context;

	const double *y;			/* of a logistic model 0 to 1 */
	const double *weight;		/* as how many rows a row counts, 0 or more;
								 * NULL: 1 */
	const double *offset;		/* NULL: 0 */

	/* rows whose fold is `without` are left out; NULL: none is */
	const uint8_t *fold;
	int			without;
	bool		no_intercept;
	void		(*poll) (void); /* called now and then; it may jump away */
} TcsLinearData;

#define TCS_LINEAR_BLOCK	64

typedef struct TcsLinearPenalty
{
	double		l2;
	double		l1;
	const double *factor;		/* of each column, 0: not penalised; NULL: 1 */
	bool		plain;			/* take 1 for each scale */
} TcsLinearPenalty;

/* What became of a column. */
typedef enum TcsLinearColumn
{
	TCS_COLUMN_FITTED,
	TCS_COLUMN_CONSTANT,		/* the same in all rows: its coefficient is 0 */
	TCS_COLUMN_COLLINEAR		/* columns before it tell it: the same */
} TcsLinearColumn;

typedef struct TcsLinearModel
{
	/* room that the caller gives, of `columns` each */
	double	   *coefficient;	/* where the search begins, if `warm` */
	uint8_t    *column;			/* TcsLinearColumn */

	/*
	 * NULL, or room for (columns + 1)^2: the inverse of the curvature at the
	 * top, penalty and all, times the variance of a gaussian model's errors;
	 * the intercept first.  The roots of its diagonal are the standard
	 * errors.  NaN where they are not known: with an l1, or unless converged.
	 * 0 for what is not fitted.
	 */
	double	   *covariance;

	double		intercept;
	bool		warm;			/* begin at coefficient and intercept */

	/* what came out */
	bool		converged;
	bool		separation;		/* columns tell some outcomes for certain, and
								 * nothing keeps coefficients from infinity;
								 * they are where the search was ended */
	bool		one_outcome;	/* all y are 0 or all are 1: coefficients are
								 * 0, and the intercept is as if half a row
								 * had each outcome more */
	bool		collinear;		/* some column is */
	bool		extreme;		/* numbers beyond the range of double: all
								 * coefficients are 0 */
	int			iterations;
	int			fitted;			/* columns that are not 0, without the
								 * intercept */
	double		total_weight;
	double		log_likelihood; /* of the data, without the penalty */
	double		gradient_norm;	/* largest derivative by a standardised
								 * coefficient, of those that are not 0 */
	double		variance;		/* of a gaussian model's errors; NaN without
								 * rows to spare */
} TcsLinearModel;

/* Doubles of room that the fit needs for so many columns. */
extern size_t tcs_linear_room(int columns);

extern void tcs_linear_fit(const TcsLinearData *data, const TcsLinearPenalty *penalty,
						   double *room, TcsLinearModel *model);

/* intercept + sum of coefficient * x, of one row. */
static inline double
tcs_linear_predictor(const TcsLinearModel *model, int columns, const double *x)
{
	double		sum = model->intercept;

	for (int i = 0; i < columns; i++)
		sum += model->coefficient[i] * x[i];
	return sum;
}

/* The chance with these log-odds. */
extern double tcs_chance_of_log_odds(double log_odds);

/*
 * What the models without each of the folds say of the rows of that fold:
 * folds at most TCS_LINEAR_FOLDS, data->fold set, `without` not looked at.  The search
 * of each begins at model, which is of all rows; predicted[rows] is the
 * predictor with the offset, to about 1e-3.  coefficient and column are room for `columns`
 * each.
 */
#define TCS_LINEAR_FOLDS	20

extern void tcs_linear_cross(const TcsLinearData *data, const TcsLinearPenalty *penalty,
							 int folds, const TcsLinearModel *model, double *room,
							 double *coefficient, uint8_t *column, double *predicted);

/*
 * The loss of the predicted, summed: minus the logarithm of the chance of
 * what came, or half of the squared error.
 */
extern double tcs_linear_loss(const TcsLinearData *data, const double *predicted);

#endif							/* TCS_LINEAR_MODEL_H */
