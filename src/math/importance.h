/*
 * importance.h
 *		How much of a squared correlation each feature is worth.
 *
 * The features of a linear model are groups of columns.  A feature's worth is
 * what it adds to R^2, in the mean over all orders in which features can come
 * into the model (Lindeman, Merenda and Gold, 1980; Shapley, 1953): the worths
 * of all add up to R^2.  Every set of features is fitted once, 2^features in
 * all.
 *
 * Plain C, no allocation.
 */
#ifndef TCS_IMPORTANCE_H
#define TCS_IMPORTANCE_H

#include <stddef.h>

#define TCS_IMPORTANCE_FEATURES	16
#define TCS_IMPORTANCE_COLUMNS	1024

/*
 * What is known of the columns: the covariances of columns with each other and
 * with the outcome, and the variance of the outcome; feature[j] is the feature,
 * from 0, of column j, and rises from column to column.
 */
typedef struct TcsImportanceMoments
{
	int			columns;
	int			features;
	const int  *feature;
	const double *columns_cov;	/* columns x columns */
	const double *outcome_cov;	/* columns */
	double		outcome_var;	/* above 0 */
} TcsImportanceMoments;

/* Doubles of room that the functions need. */
extern size_t tcs_importance_room(int columns, int features);

/*
 * The worth of each feature, and R^2 of all as the sum.  A column that those
 * before it in the model tell adds nothing.  poll, which may be NULL, is called
 * now and then, and may jump away.
 */
extern void tcs_importance(const TcsImportanceMoments *moments, void (*poll) (void), double *room,
						   double *worth);

/*
 * The same, and what a row says of each worth: its influence on the worth of
 * feature k, by its deviations x and y from the means, is
 *		x'A x + b'x y + c y^2
 * with A, columns x columns, at d_columns + k * columns^2, b at d_outcome + k *
 * columns, and c at d_var[k]; the mean over all rows is 0, and the variance of
 * the worth that of the influence by the number of rows (infinitesimal
 * jackknife).
 */
extern void tcs_importance_slopes(const TcsImportanceMoments *moments, void (*poll) (void), double *room,
								  double *worth, double *d_columns, double *d_outcome, double *d_var);

/* The slopes of the outcome by all columns; 0 for one that those before it tell. */
extern void tcs_importance_fit(const TcsImportanceMoments *moments, double *room, double *slope);

#endif							/* TCS_IMPORTANCE_H */
