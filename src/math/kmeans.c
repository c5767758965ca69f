/*
 * kmeans.c
 *		Groups of near rows: starts, and Lloyd's steps with bounds.
 *
 * A row keeps an upper bound of the distance to its center and a lower one of that
 * to any other.  When centers move, the bounds move with them; only where they
 * meet are distances computed.
 */
#include "math/kmeans.h"

#include <math.h>
#include <string.h>

#define POLL_ROWS	0x3fff
#define MOST_TRIALS	8
#define EXCHANGE_ROWS	20000	/* more have no exchanges of single rows */
#define EXCHANGE_ROUNDS 20

/* What a fit works with: parts of the caller's memory. */
typedef struct Lloyd
{
	const TcsKmeansRows *rows;
	TcsKmeansFit *fit;
	double	   *upper;			/* by row */
	double	   *lower;
	double	   *nearest;		/* squared distance to the nearest center, of
								 * starts */
	double	   *next;			/* k * width: sums of rows, and so the next
								 * centers */
	double	   *best;			/* k * width: centers of the best start */
	double		moved[TCS_KMEANS_GROUPS];
	double		half[TCS_KMEANS_GROUPS];	/* half the way to the nearest
											 * other center */
	uint64_t	random;
} Lloyd;

int64_t
tcs_kmeans_memory(int64_t rows, int width, int k)
{
	return 3 * rows + 2 * (int64_t) width * k;
}

static void
lloyd_begin(Lloyd *lloyd, const TcsKmeansRows *rows, TcsKmeansFit *fit, double *memory)
{
	memset(lloyd, 0, sizeof(*lloyd));
	lloyd->rows = rows;
	lloyd->fit = fit;
	lloyd->upper = memory;
	lloyd->lower = memory + rows->count;
	lloyd->nearest = memory + 2 * rows->count;
	lloyd->next = memory + 3 * rows->count;
	lloyd->best = lloyd->next + (int64_t) rows->width * fit->k;
	lloyd->random = fit->seed;
}

static inline void
lloyd_poll(const Lloyd *lloyd, int64_t row)
{
	if ((row & POLL_ROWS) == 0 && lloyd->fit->poll != NULL)
		lloyd->fit->poll();
}

static inline double
row_weight(const TcsKmeansRows *rows, int64_t row)
{
	return rows->weight == NULL ? 1.0 : rows->weight[row];
}

static inline const double *
row_at(const TcsKmeansRows *rows, int64_t row)
{
	return rows->row + row * rows->width;
}

static inline double
squared_distance(const double *a, const double *b, int width)
{
	double		sum = 0.0;

	for (int i = 0; i < width; i++)
		sum += (a[i] - b[i]) * (a[i] - b[i]);
	return sum;
}

/* from 0 to 1, without 1: splitmix64 */
static double
lloyd_random(uint64_t *state)
{
	uint64_t	bits = *state += UINT64_C(0x9e3779b97f4a7c15);

	bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
	return ldexp((double) ((bits ^ (bits >> 31)) >> 11), -53);
}

int
tcs_kmeans_nearest(const double *center, int k, int width, const double *row, double *distance)
{
	int			nearest = 0;

	*distance = INFINITY;
	for (int c = 0; c < k; c++)
	{
		double		here = squared_distance(row, center + (int64_t) c * width, width);

		if (here < *distance)
		{
			*distance = here;
			nearest = c;
		}
	}
	return nearest;
}

/* A row by chance, in proportion to weight times what is in `nearest`. */
static int64_t
start_draw(Lloyd *lloyd, double total)
{
	const TcsKmeansRows *rows = lloyd->rows;
	double		left = lloyd_random(&lloyd->random) * total;
	int64_t		last = 0;

	for (int64_t i = 0; i < rows->count; i++)
	{
		double		here = lloyd->nearest[i] * row_weight(rows, i);

		if (here > 0.0)
		{
			last = i;
			left -= here;
			if (left < 0.0)
				break;
		}
	}
	return last;
}

/* Let the next center be that row, or see what would be left then. */
static double
start_take(Lloyd *lloyd, int64_t row, bool keep)
{
	const TcsKmeansRows *rows = lloyd->rows;
	const double *center = row_at(rows, row);
	double		total = 0.0;

	for (int64_t i = 0; i < rows->count; i++)
	{
		double		here = squared_distance(row_at(rows, i), center, rows->width);

		lloyd_poll(lloyd, i);
		here = fmin(here, lloyd->nearest[i]);
		total += here * row_weight(rows, i);
		if (keep)
			lloyd->nearest[i] = here;
	}
	return total;
}

/*
 * k-means++: the first center is any row, each other one that is likelier the
 * farther it is from those before; of a few such, the one that leaves least.
 */
static void
start_choose(Lloyd *lloyd)
{
	const TcsKmeansRows *rows = lloyd->rows;
	int			k = lloyd->fit->k;
	int			trials = (int) fmin(2.0 + log(k), MOST_TRIALS);
	double		total = 0.0;

	for (int64_t i = 0; i < rows->count; i++)
	{
		lloyd->nearest[i] = 1.0;
		total += row_weight(rows, i);
	}
	for (int c = 0; c < k; c++)
	{
		int64_t		best = start_draw(lloyd, total);
		double		least = INFINITY;

		if (c == 0)
			for (int64_t i = 0; i < rows->count; i++)
				lloyd->nearest[i] = INFINITY;
		else
			for (int trial = 0; trial < trials; trial++)
			{
				int64_t		row = start_draw(lloyd, total);
				double		left = start_take(lloyd, row, false);

				if (left < least)
				{
					least = left;
					best = row;
				}
			}
		total = start_take(lloyd, best, true);
		memcpy(lloyd->fit->center + (int64_t) c * rows->width, row_at(rows, best),
			   rows->width * sizeof(double));
	}
}

/* Give a row its nearest center, and exact bounds. */
static int
lloyd_place(Lloyd *lloyd, int64_t row)
{
	const TcsKmeansFit *fit = lloyd->fit;
	int			width = lloyd->rows->width;
	const double *x = row_at(lloyd->rows, row);
	double		first = INFINITY;
	double		second = INFINITY;
	int			nearest = 0;

	for (int c = 0; c < fit->k; c++)
	{
		double		here = squared_distance(x, fit->center + (int64_t) c * width, width);

		if (here < first)
		{
			second = first;
			first = here;
			nearest = c;
		}
		else if (here < second)
			second = here;
	}
	lloyd->upper[row] = sqrt(first);
	lloyd->lower[row] = sqrt(second);
	return nearest;
}

/* All rows, whatever their bounds; how many changed their group. */
static int64_t
lloyd_place_all(Lloyd *lloyd)
{
	int64_t		changed = 0;

	for (int64_t i = 0; i < lloyd->rows->count; i++)
	{
		int			group;

		lloyd_poll(lloyd, i);
		group = lloyd_place(lloyd, i);
		changed += group != lloyd->fit->group[i];
		lloyd->fit->group[i] = group;
	}
	return changed;
}

/* A group without rows takes the row that is farthest from its center. */
static void
lloyd_fill_empty(Lloyd *lloyd, int empty)
{
	const TcsKmeansRows *rows = lloyd->rows;
	TcsKmeansFit *fit = lloyd->fit;
	int64_t		members[TCS_KMEANS_GROUPS] = {0};
	int64_t		farthest = -1;
	double		greatest = -1.0;

	for (int64_t i = 0; i < rows->count; i++)
		members[fit->group[i]]++;
	for (int64_t i = 0; i < rows->count; i++)
	{
		double		here = squared_distance(row_at(rows, i), fit->center + (int64_t) fit->group[i] * rows->width,
											rows->width);

		if (here > greatest && members[fit->group[i]] > 1)
		{
			greatest = here;
			farthest = i;
		}
	}
	if (farthest >= 0)
	{
		fit->group[farthest] = empty;
		lloyd->upper[farthest] = INFINITY;
		lloyd->lower[farthest] = 0.0;
	}
}

/* Sum up the rows of each group; an index of an empty one, or -1. */
static int
lloyd_sum(Lloyd *lloyd)
{
	const TcsKmeansRows *rows = lloyd->rows;
	TcsKmeansFit *fit = lloyd->fit;

	memset(lloyd->next, 0, (size_t) rows->width * fit->k * sizeof(double));
	for (int c = 0; c < fit->k; c++)
		fit->size[c] = 0.0;
	for (int64_t i = 0; i < rows->count; i++)
	{
		double		weight = row_weight(rows, i);
		const double *x = row_at(rows, i);
		double	   *sum = lloyd->next + (int64_t) fit->group[i] * rows->width;

		lloyd_poll(lloyd, i);
		fit->size[fit->group[i]] += weight;
		for (int j = 0; j < rows->width; j++)
			sum[j] += weight * x[j];
	}
	for (int c = 0; c < fit->k; c++)
		if (fit->size[c] == 0.0)
			return c;
	return -1;
}

/* Move each center to the mean of its rows; the greatest way. */
static double
lloyd_move(Lloyd *lloyd)
{
	const TcsKmeansRows *rows = lloyd->rows;
	TcsKmeansFit *fit = lloyd->fit;
	double		greatest = 0.0;

	for (int tries = 0; tries <= fit->k; tries++)
	{
		int			empty = lloyd_sum(lloyd);

		if (empty < 0)
			break;
		lloyd_fill_empty(lloyd, empty);
	}
	for (int c = 0; c < fit->k; c++)
	{
		double	   *next = lloyd->next + (int64_t) c * rows->width;
		double	   *center = fit->center + (int64_t) c * rows->width;

		lloyd->moved[c] = 0.0;
		if (fit->size[c] == 0.0)
			continue;
		for (int j = 0; j < rows->width; j++)
			next[j] /= fit->size[c];
		lloyd->moved[c] = sqrt(squared_distance(next, center, rows->width));
		memcpy(center, next, rows->width * sizeof(double));
		greatest = fmax(greatest, lloyd->moved[c]);
	}
	return greatest;
}

/* Half the way from each center to the nearest other one. */
static void
lloyd_measure_centers(Lloyd *lloyd)
{
	const TcsKmeansFit *fit = lloyd->fit;
	int			width = lloyd->rows->width;

	for (int c = 0; c < fit->k; c++)
	{
		double		least = INFINITY;

		for (int other = 0; other < fit->k; other++)
			if (other != c)
				least = fmin(least, squared_distance(fit->center + (int64_t) c * width,
													 fit->center + (int64_t) other * width, width));
		lloyd->half[c] = 0.5 * sqrt(least);
	}
}

/* Give rows their centers after these have moved; how many changed. */
static int64_t
lloyd_place_moved(Lloyd *lloyd, double greatest)
{
	const TcsKmeansRows *rows = lloyd->rows;
	TcsKmeansFit *fit = lloyd->fit;
	int64_t		changed = 0;

	lloyd_measure_centers(lloyd);
	for (int64_t i = 0; i < rows->count; i++)
	{
		int			own = fit->group[i];
		double		bound;

		lloyd_poll(lloyd, i);
		lloyd->upper[i] += lloyd->moved[own];
		lloyd->lower[i] -= greatest;
		bound = fmax(lloyd->half[own], lloyd->lower[i]);
		if (lloyd->upper[i] < bound)
			continue;
		lloyd->upper[i] = sqrt(squared_distance(row_at(rows, i), fit->center + (int64_t) own * rows->width,
												rows->width));
		if (lloyd->upper[i] < bound)
			continue;
		fit->group[i] = lloyd_place(lloyd, i);
		changed += fit->group[i] != own;
	}
	return changed;
}

/*
 * Move single rows to where the inertia becomes less, which takes into account that
 * both centers then move (Hartigan and Wong, 1979); how many were moved.
 */
static int64_t
lloyd_exchange(Lloyd *lloyd)
{
	const TcsKmeansRows *rows = lloyd->rows;
	TcsKmeansFit *fit = lloyd->fit;
	int64_t		moves = 0;

	lloyd_sum(lloyd);
	for (int64_t i = 0; i < rows->count; i++)
	{
		const double *x = row_at(rows, i);
		double		weight = row_weight(rows, i);
		int			own = fit->group[i];
		double	   *from = fit->center + (int64_t) own * rows->width;
		double		least;
		int			best = own;
		double	   *to;

		lloyd_poll(lloyd, i);
		if (fit->size[own] <= weight)
			continue;
		least = squared_distance(x, from, rows->width) * fit->size[own] / (fit->size[own] - weight);
		least *= 1.0 - 1e-9;
		for (int c = 0; c < fit->k; c++)
		{
			double		here;

			if (c == own)
				continue;
			here = squared_distance(x, fit->center + (int64_t) c * rows->width, rows->width) *
				fit->size[c] / (fit->size[c] + weight);
			if (here < least)
			{
				least = here;
				best = c;
			}
		}
		if (best == own)
			continue;
		to = fit->center + (int64_t) best * rows->width;
		for (int j = 0; j < rows->width; j++)
		{
			from[j] -= (x[j] - from[j]) * weight / (fit->size[own] - weight);
			to[j] += (x[j] - to[j]) * weight / (fit->size[best] + weight);
		}
		fit->size[own] -= weight;
		fit->size[best] += weight;
		fit->group[i] = best;
		moves++;
	}
	return moves;
}

/* From the centers that there are until nothing changes, or steps are used up. */
static void
lloyd_steps(Lloyd *lloyd)
{
	TcsKmeansFit *fit = lloyd->fit;

	for (int64_t i = 0; i < lloyd->rows->count; i++)
		fit->group[i] = -1;
	lloyd_place_all(lloyd);
	fit->converged = false;
	for (fit->steps = 1; fit->steps <= fit->most_steps; fit->steps++)
	{
		double		greatest = lloyd_move(lloyd);

		if (lloyd_place_moved(lloyd, greatest) == 0)
		{
			/* bounds are rounded: look once without them */
			fit->converged = lloyd_place_all(lloyd) == 0 && greatest == 0.0;
			if (fit->converged)
				break;
		}
	}
	if (fit->steps > fit->most_steps)
		fit->steps = fit->most_steps;
}

static void
lloyd_run(Lloyd *lloyd)
{
	TcsKmeansFit *fit = lloyd->fit;

	lloyd_steps(lloyd);
	for (int round = 0; round < EXCHANGE_ROUNDS && fit->k > 1 && lloyd->rows->count <= EXCHANGE_ROWS; round++)
	{
		if (!fit->converged || lloyd_exchange(lloyd) == 0)
			break;
		lloyd_steps(lloyd);
	}
	fit->inertia = 0.0;
	lloyd_sum(lloyd);
	for (int64_t i = 0; i < lloyd->rows->count; i++)
		fit->inertia += row_weight(lloyd->rows, i) *
			squared_distance(row_at(lloyd->rows, i), fit->center + (int64_t) fit->group[i] * lloyd->rows->width,
							 lloyd->rows->width);
}

/* Does the first group come before the other: larger, then by its center? */
static bool
group_is_before(const TcsKmeansFit *fit, int width, int one, int other)
{
	const double *a = fit->center + (int64_t) one * width;
	const double *b = fit->center + (int64_t) other * width;

	if (fit->size[one] != fit->size[other])
		return fit->size[one] > fit->size[other];
	for (int j = 0; j < width; j++)
		if (a[j] != b[j])
			return a[j] < b[j];
	return false;
}

/* Largest group first; memory of k * width. */
static void
groups_put_in_order(const TcsKmeansRows *rows, TcsKmeansFit *fit, double *memory)
{
	int			place[TCS_KMEANS_GROUPS] = {0};
	double		size[TCS_KMEANS_GROUPS] = {0};

	for (int c = 0; c < fit->k; c++)
	{
		place[c] = 0;
		for (int other = 0; other < fit->k; other++)
			place[c] += other != c && (group_is_before(fit, rows->width, other, c) ||
									   (other < c && !group_is_before(fit, rows->width, c, other)));
	}
	for (int c = 0; c < fit->k; c++)
	{
		size[place[c]] = fit->size[c];
		memcpy(memory + (int64_t) place[c] * rows->width, fit->center + (int64_t) c * rows->width,
			   rows->width * sizeof(double));
	}
	memcpy(fit->size, size, fit->k * sizeof(double));
	memcpy(fit->center, memory, (size_t) fit->k * rows->width * sizeof(double));
	for (int64_t i = 0; i < rows->count; i++)
		fit->group[i] = place[fit->group[i]];
}

static void
groups_measure(Lloyd *lloyd)
{
	const TcsKmeansRows *rows = lloyd->rows;
	TcsKmeansFit *fit = lloyd->fit;
	double		sum = 0.0;
	double		weights = 0.0;

	groups_put_in_order(rows, fit, lloyd->next);
	fit->silhouette = 0.0;
	if (fit->k == 1)
		return;
	for (int64_t i = 0; i < rows->count; i++)
	{
		lloyd_poll(lloyd, i);
		lloyd_place(lloyd, i);
		/* with centers that are equal, both are 0 */
		if (lloyd->lower[i] > 0.0)
			sum += row_weight(rows, i) * (lloyd->lower[i] - lloyd->upper[i]) / lloyd->lower[i];
		weights += row_weight(rows, i);
	}
	fit->silhouette = sum / weights;
}

void
tcs_kmeans_continue(const TcsKmeansRows *rows, TcsKmeansFit *fit, double *memory)
{
	Lloyd		lloyd;

	lloyd_begin(&lloyd, rows, fit, memory);
	lloyd_run(&lloyd);
	groups_measure(&lloyd);
}

void
tcs_kmeans_fit(const TcsKmeansRows *rows, TcsKmeansFit *fit, double *memory)
{
	Lloyd		lloyd;
	size_t		bytes = (size_t) fit->k * rows->width * sizeof(double);
	double		least = INFINITY;
	int			starts = fit->k == 1 ? 1 : fit->starts;

	lloyd_begin(&lloyd, rows, fit, memory);
	for (int start = 0; start < starts; start++)
	{
		start_choose(&lloyd);
		lloyd_run(&lloyd);
		if (start == 0 || fit->inertia < least)
		{
			least = fit->inertia;
			memcpy(lloyd.best, fit->center, bytes);
		}
	}
	/* what was best is not kept by row, but found again in a step */
	if (starts > 1)
	{
		memcpy(fit->center, lloyd.best, bytes);
		lloyd_run(&lloyd);
	}
	groups_measure(&lloyd);
}
