/*
 * kmeans.h
 *		Groups of near rows: k-means, and whether there are any groups.
 *
 * Plain C, no allocation: the caller gives the memory.  The same rows in the same
 * order give the same groups.
 */
#ifndef TCS_KMEANS_H
#define TCS_KMEANS_H

#include <stdbool.h>
#include <stdint.h>

#define TCS_KMEANS_GROUPS	64	/* at most */

/* Rows of `width` finite doubles side by side. */
typedef struct TcsKmeansRows
{
	int64_t		count;
	int			width;
	const double *row;
	const double *weight;		/* how often each row counts, above 0; NULL:
								 * once */
} TcsKmeansRows;

typedef struct TcsKmeansFit
{
	int			k;				/* 1 to TCS_KMEANS_GROUPS, not above the
								 * number of different rows */
	int			starts;			/* at least 1 */
	int			most_steps;		/* of each start, at least 1 */
	uint64_t	seed;
	void		(*poll) (void); /* called now and then; it may jump away; or
								 * NULL */

	/* what comes of it */
	double	   *center;			/* the caller's, k * width; largest group
								 * first */
	int32_t    *group;			/* the caller's, for each row: 0 to k - 1 */
	double		size[TCS_KMEANS_GROUPS];	/* weight of the rows in each */
	double		inertia;		/* sum of weight times squared distance to the
								 * center */
	double		silhouette;		/* simplified: mean of (b - a) / max(a, b),
								 * with the distances to the own center and to
								 * the next; 0 for one group */
	int			steps;			/* the last of Lloyd's */
	bool		converged;		/* no row would change its group any more */
} TcsKmeansFit;

/* Doubles of memory that a fit needs. */
extern int64_t tcs_kmeans_memory(int64_t rows, int width, int k);

/*
 * The best of several starts by k-means++ (Arthur and Vassilvitskii, 2007, with
 * several candidates for each center) and Lloyd's steps, of which the bounds of
 * Hamerly, 2010, spare most distances and change none of the answers; up to 20,000
 * rows then with exchanges of single rows (Hartigan and Wong, 1979).  A group that
 * loses all its rows gets the one that is farthest from its center.
 */
extern void tcs_kmeans_fit(const TcsKmeansRows *rows, TcsKmeansFit *fit, double *memory);

/* The same from centers that are given. */
extern void tcs_kmeans_continue(const TcsKmeansRows *rows, TcsKmeansFit *fit, double *memory);

/* The nearest of k centers, the first of equal ones; and its squared distance. */
extern int	tcs_kmeans_nearest(const double *center, int k, int width, const double *row,
							   double *distance);

/*
 * How alike two divisions of rows are (Hubert and Arabie, 1985): 1 where they are
 * the same, 0 on average where chance made them.
 */
extern double tcs_adjusted_rand(const int32_t *one, const int32_t *other, const double *weight,
								int64_t count);

typedef struct TcsKmeansGap
{
	double		gap;			/* by how much less is left than without
								 * groups, in logs */
	double		error;			/* standard error of that */
} TcsKmeansGap;

#define TCS_KMEANS_REFERENCES	10

/*
 * Compare what k groups leave of the spread, inertia / spread, with what they
 * leave in so many rows that have the same covariances and no groups: uniform in a
 * box along the principal axes (after Tibshirani, Walther and Hastie, 2001).  fit is
 * that of the rows; its parameters are used, its results kept.  Infinite where
 * nothing is left.
 */
extern int64_t tcs_kmeans_gap_memory(int64_t references, int width, int k);
extern TcsKmeansGap tcs_kmeans_gap(const TcsKmeansRows *rows, const TcsKmeansFit *fit,
								   int64_t references, double *memory);

#endif							/* TCS_KMEANS_H */
