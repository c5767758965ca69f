/*
 * importance.c
 *		How much of a squared correlation each feature is worth.
 *
 * The sets of features are walked as a tree, a child having one feature more
 * than its parent: the columns of that feature extend the Cholesky factor L of
 * the parent by their rows, and z = L^-1 b by as many places, where b are the
 * covariances with the outcome; R^2 is the square of z by the variance of the
 * outcome.
 */
#include "math/importance.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define COLLINEAR	1e-9		/* of a column's variance: nothing is left of
								 * it */
#define POLL_EVERY	256

typedef struct ImportanceWalk
{
	const TcsImportanceMoments *moments;
	void		(*poll) (void);
	int			sets;			/* walked */
	double	   *factor;			/* L, columns x columns */
	double	   *solution;		/* z */
	double	   *slope;			/* of the outcome by the columns of the set */
	int		   *used;			/* columns of the set, in the order of L */
	int			used_count;
	bool		in[TCS_IMPORTANCE_FEATURES];
	double		plus[TCS_IMPORTANCE_FEATURES + 1];	/* by the size of the set,
													 * for its features ... */
	double		minus[TCS_IMPORTANCE_FEATURES + 1]; /* ... and the others */
	double	   *worth;
	double	   *d_columns;		/* or NULL */
	double	   *d_outcome;
	double	   *d_var;
} ImportanceWalk;

size_t
tcs_importance_room(int columns, int features)
{
	(void) features;
	return (size_t) columns * columns + 3 * (size_t) columns;
}

/* a column more, unless the others tell it */
static void
importance_extend(ImportanceWalk *walk, int column)
{
	const TcsImportanceMoments *moments = walk->moments;
	int			columns = moments->columns;
	int			n = walk->used_count;
	double	   *row = walk->factor + (size_t) n * columns;
	double		own = moments->columns_cov[(size_t) column * columns + column];
	double		left = own;
	double		z = moments->outcome_cov[column];

	for (int i = 0; i < n; i++)
	{
		const double *other = walk->factor + (size_t) i * columns;
		double		sum = moments->columns_cov[(size_t) column * columns + walk->used[i]];

		for (int j = 0; j < i; j++)
			sum -= row[j] * other[j];
		row[i] = sum / other[i];
		left -= row[i] * row[i];
		z -= row[i] * walk->solution[i];
	}
	if (!(left > COLLINEAR * own))
		return;
	row[n] = sqrt(left);
	walk->solution[n] = z / row[n];
	walk->used[n] = column;
	walk->used_count++;
}

/* the slopes of the set: L' slope = z */
static void
importance_solve(ImportanceWalk *walk)
{
	int			columns = walk->moments->columns;

	for (int i = walk->used_count - 1; i >= 0; i--)
	{
		double		sum = walk->solution[i];

		for (int j = i + 1; j < walk->used_count; j++)
			sum -= walk->factor[(size_t) j * columns + i] * walk->slope[j];
		walk->slope[i] = sum / walk->factor[(size_t) i * columns + i];
	}
}

/* what the set counts in the worth of each feature */
static void
importance_count(ImportanceWalk *walk, int size)
{
	const TcsImportanceMoments *moments = walk->moments;
	int			columns = moments->columns;
	double		var = moments->outcome_var;
	double		r_squared = 0.0;

	for (int i = 0; i < walk->used_count; i++)
		r_squared += walk->solution[i] * walk->solution[i] / var;
	if (walk->d_columns != NULL)
		importance_solve(walk);
	for (int k = 0; k < moments->features; k++)
	{
		double		weight = walk->in[k] ? walk->plus[size] : walk->minus[size];

		walk->worth[k] += weight * r_squared;
		if (walk->d_columns == NULL)
			continue;
		for (int i = 0; i < walk->used_count; i++)
		{
			double	   *d = walk->d_columns + ((size_t) k * columns + walk->used[i]) * columns;
			double		scaled = weight * walk->slope[i] / var;

			walk->d_outcome[(size_t) k * columns + walk->used[i]] += 2.0 * scaled;
			for (int j = 0; j < walk->used_count; j++)
				d[walk->used[j]] -= scaled * walk->slope[j];
		}
		walk->d_var[k] -= weight * r_squared / var;
	}
}

/* the set so far, and those that have features from `next` on besides */
static void
importance_descend(ImportanceWalk *walk, int next, int size)
{
	const TcsImportanceMoments *moments = walk->moments;

	if (walk->poll != NULL && ++walk->sets % POLL_EVERY == 0)
		walk->poll();
	if (size > 0)
		importance_count(walk, size);
	for (int k = next; k < moments->features; k++)
	{
		int			before = walk->used_count;

		for (int j = 0; j < moments->columns; j++)
			if (moments->feature[j] == k)
				importance_extend(walk, j);
		walk->in[k] = true;
		importance_descend(walk, k + 1, size + 1);
		walk->in[k] = false;
		walk->used_count = before;
	}
}

void
tcs_importance_slopes(const TcsImportanceMoments *moments, void (*poll) (void), double *room,
					  double *worth, double *d_columns, double *d_outcome, double *d_var)
{
	ImportanceWalk walk = {.moments = moments,.poll = poll,.worth = worth,
	.d_columns = d_columns,.d_outcome = d_outcome,.d_var = d_var};
	size_t		columns = moments->columns;
	int			features = moments->features;
	int			used[TCS_IMPORTANCE_COLUMNS];
	double		orders = 1.0 / features;	/* 1 / (features choose size), by
											 * features */

	walk.factor = room;
	walk.solution = room + columns * columns;
	walk.slope = walk.solution + columns;
	walk.used = used;

	/*
	 * a set of that size comes before, or after, a feature in so many of the
	 * orders
	 */
	for (int size = 1; size <= features; size++)
	{
		walk.plus[size] = orders;
		if (size < features)
			orders *= (double) size / (features - size);
		walk.minus[size] = size < features ? -orders : 0.0;
	}
	memset(worth, 0, features * sizeof(double));
	if (d_columns != NULL)
	{
		memset(d_columns, 0, features * columns * columns * sizeof(double));
		memset(d_outcome, 0, features * columns * sizeof(double));
		memset(d_var, 0, features * sizeof(double));
	}
	importance_descend(&walk, 0, 0);
}

void
tcs_importance(const TcsImportanceMoments *moments, void (*poll) (void), double *room, double *worth)
{
	tcs_importance_slopes(moments, poll, room, worth, NULL, NULL, NULL);
}

void
tcs_importance_fit(const TcsImportanceMoments *moments, double *room, double *slope)
{
	ImportanceWalk walk = {.moments = moments};
	size_t		columns = moments->columns;
	int			used[TCS_IMPORTANCE_COLUMNS];

	walk.factor = room;
	walk.solution = room + columns * columns;
	walk.slope = walk.solution + columns;
	walk.used = used;
	for (int j = 0; j < moments->columns; j++)
		importance_extend(&walk, j);
	importance_solve(&walk);
	memset(slope, 0, columns * sizeof(double));
	for (int i = 0; i < walk.used_count; i++)
		slope[used[i]] = walk.slope[i];
}
