/*
 * kmeans_fit.c
 *		Groups of customers with near features: the aggregate kmeans_fit.
 *
 * Starts, numbers of groups, halves and references are tried on a part of the rows,
 * which come in an order that has nothing to do with what is in them; only the last
 * steps go through all.
 */
#include "groups/groups.h"

#include "utils/memutils.h"

#include "server/progress.h"

PG_FUNCTION_INFO_V1(tcs_kmeans_fit_trans);
PG_FUNCTION_INFO_V1(tcs_kmeans_fit_final);

#define PART_ROWS		10000
#define LEAST_STARTS	10
#define MOST_STARTS		100
#define START_ROWS		20000	/* in all starts, beyond the least */
#define GAP_ROWS		2000
#define LEAST_HALF		10		/* rows for each group in a half */
#define STABLE			0.8		/* adjusted Rand index of groups that come
								 * again */
#define GREATEST		1e100	/* squares of sums of greater ones leave the
								 * range */

static void
groups_options_check(Jsonb *options)
{
	static const char *const keys[] = {"k", "seed", "starts", "steps", "standardise", "leaves"};
	int			count;
	double	   *k;

	tcs_options_check(options, keys, lengthof(keys));
	k = tcs_options_numbers(options, "k", 2, 1, TCS_KMEANS_GROUPS, &count);
	for (int i = 0; k != NULL && i < count; i++)
		if (k[i] != floor(k[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"k\" must be a whole number, not %g", k[i])));
	if (k != NULL && count == 2 && k[0] > k[1])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"k\" must have the smaller number first"),
				 errhint("Give [2, 8] for the best of 2 to 8 groups, or one number.")));
	tcs_options_integer(options, "seed", 0, PG_INT32_MAX, 1);
	tcs_options_integer(options, "starts", 1, 1000, 1);
	tcs_options_integer(options, "steps", 1, 10000, 300);
	tcs_options_boolean(options, "standardise", true);
	tcs_options_integer(options, "leaves", 1, TCS_KMEANS_LEAVES, 1);
}

/* arguments: state, features [, options] */
Datum
tcs_kmeans_fit_trans(PG_FUNCTION_ARGS)
{
	return tcs_features_trans(fcinfo, TCS_OUTCOME_NONE, groups_options_check);
}

static void *
groups_alloc(const TcsGroupsFit *groups, int64 elements, Size bytes)
{
	tcs_budget_charge(groups->table->budget, elements * bytes);
	return tcs_alloc_large(CurrentMemoryContext, Max(elements * bytes, 1));
}

static void
groups_read_options(TcsGroupsFit *groups, Jsonb *options)
{
	int			count = 0;
	double	   *k = tcs_options_numbers(options, "k", 2, 1, TCS_KMEANS_GROUPS, &count);

	groups->low = k == NULL ? 2 : (int) k[0];
	groups->high = k == NULL ? 8 : (int) k[count - 1];
	groups->is_range = k == NULL || count == 2;
	groups->seed = tcs_options_integer(options, "seed", 0, PG_INT32_MAX, 1);
	groups->starts = tcs_options_integer(options, "starts", 0, 1000, 0);
	groups->most_steps = tcs_options_integer(options, "steps", 1, 10000, 300);
	groups->standardise = tcs_options_boolean(options, "standardise", true);
	groups->leaves = tcs_options_integer(options, "leaves", 0, TCS_KMEANS_LEAVES, 0);
}

/* The rows in the order of the table, equal ones, which are together, once. */
static void
groups_collect_rows(TcsGroupsFit *groups)
{
	const TcsFeatureTable *table = groups->table;
	int			width = groups->design->count;
	double	   *row = tcs_design_matrix(groups->design, table);
	double	   *weight = groups_alloc(groups, table->rows, sizeof(double));
	int64		count = 0;

	for (int64 i = 0; i < table->rows; i++)
	{
		double	   *from = row + i * width;
		double	   *to = row + count * width;
		double		here = table->weight == NULL ? 1.0 : table->weight[i];

		if (i % 65536 == 0)
			tcs_progress_poll("fitting groups") ();
		if (!groups->standardise)
			for (int j = 0; j < width; j++)
			{
				from[j] *= groups->design->column[j].scale;
				if (fabs(from[j]) > GREATEST)
					ereport(ERROR,
							(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							 errmsg("feature \"%s\" is out of range for distances", tcs_design_name(groups->design, j)),
							 errhint("Leave the option \"standardise\" out.")));
			}
		groups->customers += here;
		if (count > 0 && memcmp(from, to - width, width * sizeof(double)) == 0)
			weight[count - 1] += here;
		else
		{
			memmove(to, from, width * sizeof(double));
			weight[count++] = here;
		}
	}
	groups->rows = (TcsKmeansRows)
	{
		count, width, row, weight
	};
	groups->part = groups->rows;
	groups->part.count = Min(count, PART_ROWS);
	/* few rows leave the time for more */
	if (groups->starts == 0)
		groups->starts = (int) Max(LEAST_STARTS, Min(MOST_STARTS, START_ROWS / Max(count, 1)));
}

/* How many different rows there are in the part, as far as that matters. */
static int
groups_count_different(const TcsGroupsFit *groups, int most)
{
	const TcsKmeansRows *rows = &groups->part;
	int64		different[TCS_KMEANS_GROUPS];
	int			count = 0;

	for (int64 i = 0; i < rows->count && count < most; i++)
	{
		int			j = 0;

		while (j < count && memcmp(rows->row + i * rows->width, rows->row + different[j] * rows->width,
								   rows->width * sizeof(double)) != 0)
			j++;
		if (j == count)
			different[count++] = i;
	}
	return count;
}

static TcsKmeansFit
groups_start(const TcsGroupsFit *groups, const TcsKmeansRows *rows, int k)
{
	TcsKmeansFit fit = {0};

	fit.k = k;
	fit.starts = groups->starts;
	fit.most_steps = groups->most_steps;
	fit.seed = (uint64) groups->seed;
	fit.poll = tcs_progress_poll("fitting groups");
	fit.center = palloc(Max((Size) k * rows->width, 1) * sizeof(double));
	fit.group = groups_alloc(groups, rows->count, sizeof(int32));
	return fit;
}

/* Do groups of either half of the rows divide all of them alike? */
static double
groups_stability(const TcsGroupsFit *groups, int k, double *memory)
{
	const TcsKmeansRows *part = &groups->part;
	int			width = part->width;
	int32	   *group[2];

	if (part->count < (int64) 2 * LEAST_HALF * k)
		return NAN;
	for (int half = 0; half < 2; half++)
	{
		TcsKmeansRows rows = {0, width, NULL, NULL};
		TcsKmeansFit fit;
		double	   *row = palloc((part->count / 2 + 1) * width * sizeof(double));
		double	   *weight = palloc((part->count / 2 + 1) * sizeof(double));
		double		distance;

		for (int64 i = half; i < part->count; i += 2)
		{
			memcpy(row + rows.count * width, part->row + i * width, width * sizeof(double));
			weight[rows.count++] = part->weight[i];
		}
		rows.row = row;
		rows.weight = weight;
		fit = groups_start(groups, &rows, k);
		tcs_kmeans_fit(&rows, &fit, memory);
		group[half] = palloc(part->count * sizeof(int32));
		for (int64 i = 0; i < part->count; i++)
			group[half][i] = tcs_kmeans_nearest(fit.center, k, width, part->row + i * width, &distance);
		pfree(row);
		pfree(weight);
	}
	return tcs_adjusted_rand(group[0], group[1], part->weight, part->count);
}

/* Try each number of groups; the one that was chosen. */
static int
groups_choose(TcsGroupsFit *groups, double *memory)
{
	int			best = groups->low;
	bool		stable = false;

	for (int k = groups->low; k <= groups->high; k++)
	{
		TcsGroupsTry *tried = &groups->tried[k];
		TcsKmeansFit fit = groups_start(groups, &groups->part, k);
		bool		is_stable;

		tcs_kmeans_fit(&groups->part, &fit, memory);
		tried->silhouette = fit.silhouette;
		tried->stability = k == 1 ? NAN : groups_stability(groups, k, memory);
		is_stable = k > 1 && !(tried->stability < STABLE);
		/* what does not come again is taken only where nothing does */
		if ((is_stable && !stable) ||
			(is_stable == stable && tried->silhouette > groups->tried[best].silhouette))
			best = k;
		stable = stable || is_stable;
	}
	return best;
}

/* How much better the groups are than slices of one cloud. */
static void
groups_compare(TcsGroupsFit *groups, int k)
{
	TcsKmeansRows rows = groups->part;
	int64		references = Min(groups->table->rows, GAP_ROWS);
	TcsKmeansFit fit;
	double	   *memory;

	groups->gap = (TcsKmeansGap)
	{
		NAN, NAN
	};
	rows.count = Min(rows.count, GAP_ROWS);
	if (k == 1 || references <= 2 * k)
		return;
	fit = groups_start(groups, &rows, k);
	fit.starts = Min(fit.starts, 5);
	memory = groups_alloc(groups, tcs_kmeans_gap_memory(references, rows.width, k), sizeof(double));
	tcs_kmeans_fit(&rows, &fit, memory);
	groups->gap = tcs_kmeans_gap(&rows, &fit, references, memory);
}

static void
groups_grow_tree(TcsGroupsFit *groups)
{
	bool	   *usable = palloc(groups->design->count + 1);
	int			leaves = groups->leaves > 0 ? groups->leaves : 2 * groups->fit.k;

	for (int j = 0; j < groups->design->count; j++)
		usable[j] = tcs_groups_can_split(groups->design, j);
	tcs_kmeans_tree_grow(&groups->part, groups->fit.group, groups->fit.k, leaves, usable,
						 tcs_progress_poll("telling groups apart"),
						 palloc(tcs_kmeans_tree_memory(groups->part.count)), &groups->tree);
}

static void
groups_fit(TcsGroupsFit *groups)
{
	double	   *memory;
	int			different;
	int			k;

	groups_collect_rows(groups);
	different = groups->design->count == 0 ? 1 : groups_count_different(groups, groups->high);
	groups->is_short = different < groups->low;
	groups->high = Min(groups->high, different);
	groups->low = Min(groups->low, groups->high);
	memory = groups_alloc(groups, tcs_kmeans_memory(groups->rows.count, groups->rows.width, groups->high),
						  sizeof(double));
	k = groups_choose(groups, memory);
	groups_compare(groups, k);
	if (k > 1 && !isnan(groups->gap.gap) && !(groups->gap.gap > 2.0 * groups->gap.error))
	{
		groups->none = true;
		if (groups->is_range)
			k = 1;
	}
	groups->fit = groups_start(groups, &groups->rows, k);
	if (groups->part.count < groups->rows.count)
	{
		TcsKmeansFit fit = groups_start(groups, &groups->part, k);

		tcs_kmeans_fit(&groups->part, &fit, memory);
		memcpy(groups->fit.center, fit.center, (Size) k * groups->rows.width * sizeof(double));
		tcs_kmeans_continue(&groups->rows, &groups->fit, memory);
	}
	else
		tcs_kmeans_fit(&groups->rows, &groups->fit, memory);
	groups_grow_tree(groups);
}

Datum
tcs_kmeans_fit_final(PG_FUNCTION_ARGS)
{
	TcsFeatureState *state = TCS_STATE(TcsFeatureState);
	TcsGroupsFit *groups;
	TcsFeatureTable *table;
	MemoryContext old = CurrentMemoryContext;
	MemoryContext context;
	Datum		model;

	tcs_aggregate_context(fcinfo);
	context = AllocSetContextCreate(old, "tcs fit", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	table = state == NULL ? NULL : tcs_features_table(state, 1 << TCS_OUTCOME_NONE);
	if (table == NULL)
	{
		MemoryContextSwitchTo(old);
		MemoryContextDelete(context);
		PG_RETURN_NULL();
	}
	groups = palloc0(sizeof(TcsGroupsFit));
	groups->table = table;
	groups->design = tcs_design_create(table, false);
	groups_read_options(groups, tcs_features_options(state));
	groups_fit(groups);
	tcs_progress_end();
	MemoryContextSwitchTo(old);
	model = tcs_groups_write(groups);
	MemoryContextDelete(context);
	PG_RETURN_DATUM(model);
}
