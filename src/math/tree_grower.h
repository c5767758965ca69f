/*
 * tree_grower.h
 *		The largest tree: all nodes of a depth at once.
 *
 * Not to be had from here is the tree that tells groups (kmeans_tree.h): that one has
 * a number of leaves and takes the best of all splits next, however deep, so that its
 * middle is no level of depths; this one has a depth, cuts text and what is missing
 * too, and is grown again without each fold, for which each feature stays sorted.
 *
 * This is compiled twice: by tree_grow.c for an outcome that is a number, and by
 * tree_grow_classes.c for labels, each of which is a share with sums of its own.
 * TREE_CLASSES says how many sums there are, TREE_GROWER and TREE_GROW what the two
 * functions are called.
 *
 * Each feature is sorted once, before anything else, and its values are numbered in
 * that order: each has a bin of its own, or shares one with its neighbours where there
 * are very many.  For each depth the rows are added up by node and bin, in the order
 * in which they are stored, which is what memory is quick at.  Cuts between bins are
 * then known; how much a cut within a bin could take at most is known, too, and
 * few bins remain whose rows have to be looked at one by one.
 */
#include "math/tree.h"

#include <math.h>
#include <string.h>

#include "numerics/keys.h"

#define NO_NODE		UINT16_MAX
#define NEW_VALUE	UINT32_C(0x80000000)	/* greater than the one before */
#define ROW_MASK	UINT32_C(0x7FFFFFFF)
#define POLL_ROWS	65536
#define LEAST_GAIN	1e-10		/* of the error of the root: rounding */
#define MOST_BINS	8192		/* of a number */
#define MOST_CELLS	32768		/* of all nodes of a depth */

typedef struct Sums
{
	double		n;
	double		w;
	double		s[TREE_CLASSES];	/* of the outcome, weighted; of each label */
} Sums;

/* The rows of a node in a bin. */
typedef struct Cell
{
	Sums		sums;
	double		q;				/* of squares of the outcome, unless it is a
								 * share */
} Cell;

/* A node that may be divided, at the depth at hand. */
typedef struct Slot
{
	int			node;
	Sums		all;
	double		mark;			/* what a better split has to exceed */
	int			feature;		/* of the best so far; -1: none */
	uint32_t	cut;			/* a number: where in its order yes ends */
	bool		known_only;		/* a number: yes is all that is known */
	bool		missing_yes;
	double		could;			/* what cuts within bins could take, at most */
} Slot;

/* A code of text in a slot. */
typedef struct CodeSums
{
	Sums		sums;
	int			code;			/* 0 is missing, then other, then levels */
} CodeSums;

/* A feature that is a number, sorted; bins from 1 on, as 0 is what is missing. */
typedef struct Sorted
{
	uint32_t   *order;			/* known rows */
	size_t		known;
	int			bins;
	uint32_t   *first;			/* by bin: where it begins; one more: the end */
	bool		shared;			/* have bins more than one value? */
} Sorted;

struct TcsTreeGrower
{
	const TcsTreeData *data;
	const TcsTreeOptions *options;
	Sorted	   *sorted;			/* by feature */
	uint16_t  **bin_of;			/* by feature, by row */
	double		center;
	double	   *s;				/* by row: outcome, less the center, weighted;
								 * of labels the weight */
	uint16_t   *slot_of;		/* by row; those in none have one behind all */
	uint16_t   *node_of;
	Slot	   *slot;
	int			slots;
	Cell	   *cell;			/* by slot, then by bin */
	int			cells;			/* of a slot */
	int			shift;			/* so many bits of a bin's number are left out */
	CodeSums   *code;
	int			most;			/* codes of a feature, and the missing */
	unsigned char *codes;		/* of the best split, by slot */
	double	   *could;			/* by feature, then by slot */
	double		least_gain;
};

static void *
grower_take(const TcsTreeData *data, size_t bytes)
{
	return data->memory(bytes > 0 ? bytes : 1, data->memory_arg);
}

static void
poll_now_and_then(const TcsTreeData *data, size_t row)
{
	if (row % POLL_ROWS == 0 && data->poll != NULL)
		data->poll();
}

static inline double
weight_of(const TcsTreeData *data, size_t row)
{
	return data->weight ? data->weight[row] : 1.0;
}

/* Which of the sums a row is in. */
static inline int
class_of(const TcsTreeData *data, size_t row)
{
	return TREE_CLASSES > 1 ? (int) data->outcome[row] : 0;
}

/* Sort keys of which the leading part is equal by all of the value. */
static void
sort_run(uint64_t *keys, size_t count, const double *values, uint64_t *scratch)
{
	for (size_t width = 1; width < count; width *= 2)
	{
		for (size_t first = 0; first < count; first += 2 * width)
		{
			size_t		middle = first + width < count ? first + width : count;
			size_t		end = first + 2 * width < count ? first + 2 * width : count;
			size_t		left = first;
			size_t		right = middle;

			for (size_t i = first; i < end; i++)
				scratch[i] = left < middle &&
					(right >= end || values[(uint32_t) keys[left]] <= values[(uint32_t) keys[right]]) ?
					keys[left++] : keys[right++];
		}
		memcpy(keys, scratch, count * sizeof(uint64_t));
	}
}

/*
 * The rows of a feature in the order of its values.  A key is the leading 32 bits of
 * where a value lies between the least and the greatest, then the row.
 */
static void
sort_feature(TcsTreeGrower *grower, int feature, uint64_t *keys, uint64_t *scratch)
{
	const TcsTreeData *data = grower->data;
	const double *values = data->feature[feature].values;
	uint64_t	least = UINT64_MAX;
	uint64_t	greatest = 0;
	size_t		count = 0;
	int			shift = 0;
	Sorted	   *sorted = &grower->sorted[feature];

	for (size_t row = 0; row < data->rows; row++)
	{
		uint64_t	key = tcs_key_of_double(values[row] + 0.0);

		poll_now_and_then(data, row);
		if (isnan(values[row]))
			continue;
		least = key < least ? key : least;
		greatest = key > greatest ? key : greatest;
		count++;
	}
	while (count > 0 && (greatest - least) >> shift > UINT32_MAX)
		shift++;
	sorted->known = count;
	sorted->order = grower_take(data, count * sizeof(uint32_t));
	count = 0;
	for (size_t row = 0; row < data->rows; row++)
		if (!isnan(values[row]))
			keys[count++] = (((tcs_key_of_double(values[row] + 0.0) - least) >> shift) << 32) | row;
	poll_now_and_then(data, 0);
	tcs_keys_sort_upper(keys, count, scratch);
	poll_now_and_then(data, 0);
	for (size_t first = 0; shift > 0 && first < count;)
	{
		size_t		next = first + 1;

		while (next < count && keys[next] >> 32 == keys[first] >> 32)
			next++;
		if (next - first > 1)
			sort_run(keys + first, next - first, values, scratch);
		poll_now_and_then(data, first);
		first = next;
	}
	poll_now_and_then(data, 0);
	for (size_t i = 0; i < count; i++)
	{
		/* of equal leading parts the values have to be fetched */
		bool		is_new = i > 0 && (keys[i] >> 32 != keys[i - 1] >> 32 ||
									   (shift > 0 && values[(uint32_t) keys[i]] > values[(uint32_t) keys[i - 1]]));

		sorted->order[i] = (uint32_t) keys[i] | (is_new ? NEW_VALUE : 0);
	}
}

/* Give each value a bin, or each part of the order where there are too many. */
static void
bin_numbers(TcsTreeGrower *grower, int feature)
{
	const TcsTreeData *data = grower->data;
	Sorted	   *sorted = &grower->sorted[feature];
	size_t		values = 1;
	size_t		least = 1;

	for (size_t i = 0; i < sorted->known; i++)
		values += sorted->order[i] >> 31;
	sorted->shared = values > MOST_BINS;
	if (sorted->shared)
		least = sorted->known / MOST_BINS + 1;
	sorted->first = grower_take(data, ((sorted->shared ? MOST_BINS : values) + 2) * sizeof(uint32_t));
	memset(grower->bin_of[feature], 0, data->rows * sizeof(uint16_t));
	for (size_t i = 0; i < sorted->known; i++)
	{
		poll_now_and_then(data, i);
		if (i == 0 || (sorted->order[i] & NEW_VALUE && i - sorted->first[sorted->bins] >= least))
			sorted->first[++sorted->bins] = i;
		grower->bin_of[feature][sorted->order[i] & ROW_MASK] = sorted->bins;
	}
	sorted->first[sorted->bins + 1] = sorted->known;
}

static void
bin_text(TcsTreeGrower *grower, int feature)
{
	const double *values = grower->data->feature[feature].values;

	poll_now_and_then(grower->data, 0);
	for (size_t row = 0; row < grower->data->rows; row++)
		grower->bin_of[feature][row] = isnan(values[row]) ? 0 : 1 + (int) values[row];
}

/* Room for all that a depth can have. */
static void
grower_take_slots(TcsTreeGrower *grower)
{
	const TcsTreeData *data = grower->data;
	size_t		slots = (size_t) 1 << (grower->options->depth - 1);

	if ((double) slots > data->rows / grower->options->least + 1.0)
		slots = (size_t) (data->rows / grower->options->least + 1.0);
	for (int i = 0; i < data->count; i++)
		if (data->feature[i].levels + 2 > grower->most)
			grower->most = data->feature[i].levels + 2;
	grower->slot = grower_take(data, slots * sizeof(Slot));
	grower->cell = grower_take(data, ((slots + 1) * (grower->most + 3) + 2 * MOST_CELLS) * sizeof(Cell));
	grower->code = grower_take(data, grower->most * sizeof(CodeSums));
	grower->codes = grower_take(data, slots * grower->most);
	grower->could = grower_take(data, slots * data->count * sizeof(double));
}

TcsTreeGrower *
TREE_GROWER(const TcsTreeData *data, const TcsTreeOptions *options)
{
	TcsTreeGrower *grower = grower_take(data, sizeof(TcsTreeGrower));
	uint64_t   *keys = grower_take(data, 2 * data->rows * sizeof(uint64_t));
	double		weights = 0.0;
	double		sum = 0.0;

	memset(grower, 0, sizeof(TcsTreeGrower));
	grower->data = data;
	grower->options = options;
	grower->sorted = grower_take(data, data->count * sizeof(Sorted));
	grower->bin_of = grower_take(data, data->count * sizeof(uint16_t *));
	grower->s = grower_take(data, data->rows * sizeof(double));
	grower->slot_of = grower_take(data, data->rows * sizeof(uint16_t));
	grower->node_of = grower_take(data, data->rows * sizeof(uint16_t));
	grower_take_slots(grower);
	for (int i = 0; i < data->count; i++)
	{
		memset(&grower->sorted[i], 0, sizeof(Sorted));
		grower->bin_of[i] = grower_take(data, data->rows * sizeof(uint16_t));
		if (data->feature[i].levels < 0)
		{
			sort_feature(grower, i, keys, keys + data->rows);
			bin_numbers(grower, i);
		}
		else
			bin_text(grower, i);
	}
	for (size_t row = 0; row < data->rows; row++)
	{
		weights += weight_of(data, row);
		sum += weight_of(data, row) * data->outcome[row];
	}
	/* whole numbers stay whole, and their sums exact */
	grower->center = data->is_share ? 0.0 : sum / weights;
	for (size_t row = 0; row < data->rows; row++)
		grower->s[row] = weight_of(data, row) * (TREE_CLASSES > 1 ? 1.0 : data->outcome[row] - grower->center);
	return grower;
}

static inline double
share_of_squares(Sums sums)
{
	double		squares = 0.0;

	for (int i = 0; i < TREE_CLASSES; i++)
		squares += sums.s[i] * sums.s[i];
	return squares / sums.w;
}

static inline Sums
sums_less(Sums all, Sums part)
{
	all.n -= part.n;
	all.w -= part.w;
	for (int i = 0; i < TREE_CLASSES; i++)
		all.s[i] -= part.s[i];
	return all;
}

static inline Sums
sums_plus(Sums one, Sums other)
{
	one.n += other.n;
	one.w += other.w;
	for (int i = 0; i < TREE_CLASSES; i++)
		one.s[i] += other.s[i];
	return one;
}

/* Is a division into these and all others better than what there is? */
static inline bool
slot_improves(const Slot *slot, Sums yes, double least)
{
	Sums		no = sums_less(slot->all, yes);

	return yes.n >= least && no.n >= least &&
		share_of_squares(yes) + share_of_squares(no) > slot->mark;
}

/* Take it, by more than rounding, so that the first of equal ones stays. */
static void
slot_take(Slot *slot, Sums yes, int feature, double least_gain)
{
	slot->mark = share_of_squares(yes) + share_of_squares(sums_less(slot->all, yes)) + least_gain;
	slot->feature = feature;
	slot->known_only = false;
}

/* A cut of a number, with what is missing on either side, or with the most. */
static inline void
slot_try_cut(TcsTreeGrower *grower, Slot *slot, Sums yes, Sums missing, int feature, uint32_t cut)
{
	double		least = grower->options->least;

	if (slot_improves(slot, yes, least))
	{
		slot_take(slot, yes, feature, grower->least_gain);
		slot->cut = cut;
		slot->missing_yes = missing.n == 0.0 && 2.0 * yes.n >= slot->all.n;
	}
	if (missing.n > 0.0 && slot_improves(slot, sums_plus(yes, missing), least))
	{
		slot_take(slot, sums_plus(yes, missing), feature, grower->least_gain);
		slot->cut = cut;
		slot->missing_yes = true;
	}
}

/* Add up the rows of all slots by bin. */
static void
grower_fill_cells(TcsTreeGrower *grower, int feature, int bins)
{
	const TcsTreeData *data = grower->data;
	const uint16_t *bin_of = grower->bin_of[feature];
	int			up;

	grower->shift = 0;
	while ((size_t) ((bins >> grower->shift) + 2) * (grower->slots + 1) > MOST_CELLS &&
		   bins >> grower->shift > 1 && data->feature[feature].levels < 0)
		grower->shift++;
	up = (1 << grower->shift) - 1;
	grower->cells = ((bins + up) >> grower->shift) + 1;
	memset(grower->cell, 0, (size_t) (grower->slots + 1) * grower->cells * sizeof(Cell));
	for (size_t first = 0; first < data->rows; first += POLL_ROWS)
	{
		size_t		end = first + POLL_ROWS < data->rows ? first + POLL_ROWS : data->rows;

		poll_now_and_then(data, first);
		for (size_t row = first; row < end; row++)
		{
			Cell	   *cell = &grower->cell[(size_t) grower->slot_of[row] * grower->cells +
											 ((bin_of[row] + up) >> grower->shift)];

			cell->sums.n += 1.0;
			cell->sums.s[class_of(data, row)] += grower->s[row];
			if (data->weight != NULL)
				cell->sums.w += data->weight[row];
			if (!data->is_share)
				cell->q += grower->s[row] * grower->s[row] / weight_of(data, row);
		}
	}
	for (int i = 0; data->weight == NULL && i < grower->slots * grower->cells; i++)
		grower->cell[i].sums.w = grower->cell[i].sums.n;
}

/*
 * What a division can take from the squares where yes has the sums before and any
 * part of a cell: not more than that.  The sum of a part, less the mean of the slot
 * for each row, lies between `down` and `up`, and squares over weights are greatest
 * at the ends.
 */
static double
cell_could(const TcsTreeGrower *grower, const Slot *slot, Sums before, const Cell *cell)
{
	double		least = grower->data->weight ? 0.0 : grower->options->least;
	double		low = fmax(before.w, least);
	double		high = fmin(before.w + cell->sums.w, slot->all.w - least);
	double		squares = 0.0;

	if (low > high)
		return 0.0;
	if (low <= 0.0 || high >= slot->all.w)
		return INFINITY;
	for (int i = 0; i < TREE_CLASSES; i++)
	{
		double		mean = slot->all.s[i] / slot->all.w;
		double		away = before.s[i] - mean * before.w;
		double		up;
		double		down;

		if (grower->data->is_share)
		{
			up = cell->sums.s[i] * (1.0 - mean);
			down = (cell->sums.w - cell->sums.s[i]) * mean;
		}
		else
		{
			double		q = cell->q - 2.0 * mean * cell->sums.s[i] + mean * mean * cell->sums.w;

			up = down = sqrt(cell->sums.w * fmax(q, 0.0));
		}
		away = fmax(fabs(away + up), fabs(away - down));
		squares += away * away;
	}
	return share_of_squares(slot->all) + (1.0 + 1e-9) * squares *
		fmax(1.0 / low + 1.0 / (slot->all.w - low), 1.0 / high + 1.0 / (slot->all.w - high));
}

/* Where the bins of a cell begin in the order. */
static inline uint32_t
cell_first(const TcsTreeGrower *grower, const Sorted *sorted, int cell)
{
	int			bin = ((cell - 1) << grower->shift) + 1;

	return sorted->first[bin > sorted->bins ? sorted->bins + 1 : bin];
}

static inline void
sums_add(Sums *sums, const TcsTreeGrower *grower, size_t row)
{
	sums->n += 1.0;
	sums->w += weight_of(grower->data, row);
	sums->s[class_of(grower->data, row)] += grower->s[row];
}

/* Look at all cuts within a cell. */
static void
cell_try_cuts(TcsTreeGrower *grower, int at, int feature, Sums before, Sums missing, int cell)
{
	const Sorted *sorted = &grower->sorted[feature];
	uint32_t	end = cell_first(grower, sorted, cell + 1);
	bool		is_new = false;
	double		met = 0.0;

	for (uint32_t i = cell_first(grower, sorted, cell); i < end; i++)
	{
		uint32_t	row = sorted->order[i] & ROW_MASK;

		is_new = is_new || sorted->order[i] & NEW_VALUE;
		if (grower->slot_of[row] != at)
			continue;
		if (is_new && met > 0.0)
			slot_try_cut(grower, &grower->slot[at], before, missing, feature, i);
		is_new = false;
		met++;
		sums_add(&before, grower, row);
	}
}

/* The cuts between the cells of a slot, and how good one within a cell could be. */
static void
slot_try_cells(TcsTreeGrower *grower, int at, int feature)
{
	const Sorted *sorted = &grower->sorted[feature];
	Slot	   *slot = &grower->slot[at];
	const Cell *cell = grower->cell + (size_t) at * grower->cells;
	Sums		missing = cell[0].sums;
	Sums		before = {0};
	bool		within = sorted->shared || grower->shift > 0;

	slot->could = 0.0;
	for (int i = 1; i < grower->cells; i++)
	{
		if (cell[i].sums.n == 0.0)
			continue;
		if (before.n > 0.0)
			slot_try_cut(grower, slot, before, missing, feature, cell_first(grower, sorted, i));
		if (within && cell[i].sums.n > 1.0)
		{
			slot->could = fmax(slot->could, cell_could(grower, slot, before, &cell[i]));
			if (missing.n > 0.0)
				slot->could = fmax(slot->could,
								   cell_could(grower, slot, sums_plus(before, missing), &cell[i]));
		}
		before = sums_plus(before, cell[i].sums);
	}
	/* those that are known against those that are not */
	if (missing.n > 0.0 && slot_improves(slot, before, grower->options->least))
	{
		slot_take(slot, before, feature, grower->least_gain);
		slot->known_only = true;
		slot->missing_yes = false;
	}
}

/* The cuts within the cells of a slot that could be better than what there is. */
static void
slot_try_within(TcsTreeGrower *grower, int at, int feature)
{
	const Slot *slot = &grower->slot[at];
	const Cell *cell = grower->cell + (size_t) at * grower->cells;
	Sums		missing = cell[0].sums;
	Sums		before = {0};

	for (int i = 1; i < grower->cells; i++)
	{
		if (cell[i].sums.n > 1.0 &&
			(cell_could(grower, slot, before, &cell[i]) > slot->mark ||
			 (missing.n > 0.0 &&
			  cell_could(grower, slot, sums_plus(before, missing), &cell[i]) > slot->mark)))
			cell_try_cuts(grower, at, feature, before, missing, i);
		if (i % 256 == 0)
			poll_now_and_then(grower->data, 0);
		before = sums_plus(before, cell[i].sums);
	}
}

/* Does a code come before another: by its mean, or share of a label, then by its number? */
static bool
code_is_less(const CodeSums *a, const CodeSums *b, int of)
{
	double		left = a->sums.s[of] * b->sums.w;
	double		right = b->sums.s[of] * a->sums.w;

	return left < right || (left == right && a->code < b->code);
}

static void
sort_codes(CodeSums *codes, int count, int of)
{
	for (int gap = count / 2; gap > 0; gap /= 2)
		for (int i = gap; i < count; i++)
		{
			CodeSums	code = codes[i];
			int			j = i;

			for (; j >= gap && code_is_less(&code, &codes[j - gap], of); j -= gap)
				codes[j] = codes[j - gap];
			codes[j] = code;
		}
}

/*
 * The best division of the codes of a slot: that of the order by their means, which is
 * the best of all, or by the shares of one label, which is the best for that one.
 */
static void
slot_try_codes(TcsTreeGrower *grower, int at, int feature)
{
	int			levels = grower->data->feature[feature].levels;
	const Cell *cell = grower->cell + (size_t) at * grower->cells;
	unsigned char *yes = grower->codes + (size_t) at * grower->most;
	CodeSums   *codes = grower->code;
	Slot	   *slot = &grower->slot[at];
	Sums		sums = {0};
	int			count = 0;
	int			best = 0;
	int			best_of = 0;

	for (int code = 0; code < grower->cells; code++)
		if (cell[code].sums.n > 0.0)
			codes[count++] = (CodeSums)
		{
			cell[code].sums, code
		};
	for (int of = 0; of < (TREE_CLASSES > 1 ? grower->data->classes : 1); of++)
	{
		sort_codes(codes, count, of);
		memset(&sums, 0, sizeof(sums));
		for (int i = 0; i + 1 < count; i++)
		{
			sums = sums_plus(sums, codes[i].sums);
			if (slot_improves(slot, sums, grower->options->least))
			{
				slot_take(slot, sums, feature, grower->least_gain);
				best = i + 1;
				best_of = of;
			}
		}
	}
	if (best == 0)
		return;
	sort_codes(codes, count, best_of);
	/* what was not seen goes with the most */
	memset(&sums, 0, sizeof(sums));
	for (int i = 0; i < best; i++)
		sums = sums_plus(sums, codes[i].sums);
	memset(yes, 2.0 * sums.n >= slot->all.n ? 1 : 0, levels + 2);
	for (int i = 0; i < count; i++)
		yes[codes[i].code] = i < best;
	slot->missing_yes = yes[0];
}

/* All splits of all slots: first what is known of cells, then what is within. */
static void
grower_try_features(TcsTreeGrower *grower)
{
	const TcsTreeData *data = grower->data;
	double	   *could = grower->could;

	for (int feature = 0; feature < data->count; feature++)
	{
		bool		is_text = data->feature[feature].levels >= 0;

		grower_fill_cells(grower, feature, is_text ? data->feature[feature].levels + 1 :
						  grower->sorted[feature].bins);
		for (int i = 0; i < grower->slots; i++)
		{
			grower->slot[i].could = 0.0;
			if (is_text)
				slot_try_codes(grower, i, feature);
			else
				slot_try_cells(grower, i, feature);
			could[(size_t) feature * grower->slots + i] = grower->slot[i].could;
		}
	}
	for (int feature = 0; feature < data->count; feature++)
	{
		bool		is_filled = false;

		for (int i = 0; i < grower->slots; i++)
		{
			if (could[(size_t) feature * grower->slots + i] <= grower->slot[i].mark)
				continue;
			if (!is_filled)
				grower_fill_cells(grower, feature, grower->sorted[feature].bins);
			is_filled = true;
			slot_try_within(grower, i, feature);
		}
	}
}

/* What a node has, before its error is known. */
static int
tree_new_node(TcsTree *tree)
{
	TcsTreeNode *node = &tree->node[tree->count];

	memset(node, 0, sizeof(TcsTreeNode));
	node->below = NAN;
	return tree->count++;
}

/* What nodes of labels are, once their rows are added up: the label of most of them. */
static void
node_find_label(TcsTreeNode *node, int classes)
{
	double		squares = 0.0;

	for (int i = 0; i < classes; i++)
	{
		squares += node->of_label[i] * node->of_label[i];
		if (node->of_label[i] > node->of_label[node->label])
			node->label = i;
	}
	node->mean = node->of_label[node->label] / node->weight;
	node->error = node->of_label[node->label] == node->weight ? 0.0 :
		fmax(node->weight - squares / node->weight, 0.0);
}

/* Put the rows that nodes have into them: means, then errors. */
static void
grower_measure(TcsTreeGrower *grower, TcsTree *tree, int first, const uint16_t *node_of)
{
	const TcsTreeData *data = grower->data;

	for (int i = first; TREE_CLASSES > 1 && i < tree->count; i++)
	{
		tree->node[i].of_label = grower_take(data, data->classes * sizeof(double));
		memset(tree->node[i].of_label, 0, data->classes * sizeof(double));
	}
	for (size_t row = 0; row < data->rows; row++)
	{
		TcsTreeNode *node;
		double		weight = weight_of(data, row);

		poll_now_and_then(data, row);
		if (node_of[row] == NO_NODE || node_of[row] < first)
			continue;
		node = &tree->node[node_of[row]];
		node->n += 1.0;
		node->weight += weight;
		node->squares += weight * weight;
		if (TREE_CLASSES > 1)
			node->of_label[class_of(data, row)] += weight;
		else
			node->mean += grower->s[row];
	}
	for (int i = first; i < tree->count; i++)
	{
		if (TREE_CLASSES > 1)
			node_find_label(&tree->node[i], data->classes);
		else
			tree->node[i].mean = tree->node[i].mean / tree->node[i].weight + grower->center;
	}
	for (size_t row = 0; TREE_CLASSES == 1 && row < data->rows; row++)
	{
		TcsTreeNode *node;
		double		away;

		if (node_of[row] == NO_NODE || node_of[row] < first)
			continue;
		node = &tree->node[node_of[row]];
		away = data->outcome[row] - node->mean;
		node->error += weight_of(data, row) * away * away;
	}
}

/* The nodes from that one on become slots where they can be divided. */
static void
grower_open_slots(TcsTreeGrower *grower, TcsTree *tree, int first, const uint16_t *node_of)
{
	static const Slot none;
	int			slot_of_node[TCS_TREE_NODES];

	grower->slots = 0;
	for (int i = first; i < tree->count; i++)
	{
		const TcsTreeNode *node = &tree->node[i];
		Slot	   *slot = &grower->slot[grower->slots];

		slot_of_node[i] = -1;
		if (node->n < 2.0 * grower->options->least || node->error <= grower->least_gain)
			continue;
		*slot = none;
		slot->node = i;
		slot->all.n = node->n;
		slot->all.w = node->weight;
		for (int class = 0; TREE_CLASSES > 1 && class < grower->data->classes; class++)
			slot->all.s[class] = node->of_label[class];
		if (TREE_CLASSES == 1)
			slot->all.s[0] = (node->mean - grower->center) * node->weight;
		slot->mark = share_of_squares(slot->all) + grower->least_gain;
		slot->feature = -1;
		slot_of_node[i] = grower->slots++;
	}
	for (size_t row = 0; row < grower->data->rows; row++)
	{
		int			at = node_of[row] == NO_NODE || node_of[row] < first ? -1 : slot_of_node[node_of[row]];

		grower->slot_of[row] = at < 0 ? grower->slots : at;
	}
}

/*
 * The number that divides a slot: between the greatest value of its rows before the
 * cut, and the least behind it.
 */
static double
slot_below(const TcsTreeGrower *grower, int at)
{
	const Slot *slot = &grower->slot[at];
	const TcsTreeFeature *of = &grower->data->feature[slot->feature];
	const uint32_t *order = grower->sorted[slot->feature].order;
	uint32_t	low = slot->cut - 1;
	uint32_t	high = slot->cut;

	if (slot->known_only)
		return NAN;
	while (grower->slot_of[order[low] & ROW_MASK] != at)
		low--;
	while (grower->slot_of[order[high] & ROW_MASK] != at)
		high++;
	return tcs_tree_between(of->values[order[low] & ROW_MASK], of->values[order[high] & ROW_MASK],
							of->is_whole, of->is_time);
}

/* Divide the nodes of which a split was found. */
static void
grower_divide(TcsTreeGrower *grower, TcsTree *tree, uint16_t *node_of)
{
	const TcsTreeData *data = grower->data;

	for (int i = 0; i < grower->slots; i++)
	{
		const Slot *slot = &grower->slot[i];
		TcsTreeNode *node = &tree->node[slot->node];

		if (slot->feature < 0)
			continue;
		node->feature = slot->feature;
		node->missing_yes = slot->missing_yes;
		if (data->feature[slot->feature].levels < 0)
			node->below = slot_below(grower, i);
		else
		{
			size_t		codes = data->feature[slot->feature].levels + 1;

			/* without that of what is missing */
			node->codes = grower_take(data, codes);
			memcpy(node->codes, grower->codes + (size_t) i * grower->most + 1, codes);
		}
		node->yes = tree_new_node(tree);
		node->no = tree_new_node(tree);
	}
	for (size_t row = 0; row < data->rows; row++)
	{
		const TcsTreeNode *node;

		if (node_of[row] == NO_NODE)
			continue;
		node = &tree->node[node_of[row]];
		if (node->yes != 0)
			node_of[row] = tcs_tree_goes_yes(node, data->feature[node->feature].values[row]) ?
				node->yes : node->no;
	}
}

void
TREE_GROW(TcsTreeGrower *grower, int fold, TcsTree *tree)
{
	const TcsTreeData *data = grower->data;
	uint16_t   *node_of = grower->node_of;
	size_t		nodes = 2 * (size_t) (data->rows / grower->options->least) + 1;
	int			first = 0;

	if (nodes > ((size_t) 1 << (grower->options->depth + 1)) - 1)
		nodes = ((size_t) 1 << (grower->options->depth + 1)) - 1;
	tree->node = grower_take(data, nodes * sizeof(TcsTreeNode));
	tree->count = 0;
	tree_new_node(tree);
	for (size_t row = 0; row < data->rows; row++)
		node_of[row] = fold >= 0 && (int) (row % grower->options->folds) == fold ? NO_NODE : 0;
	grower_measure(grower, tree, 0, node_of);
	grower->least_gain = LEAST_GAIN * tree->node[0].error;
	for (int depth = 0; depth < grower->options->depth && first < tree->count; depth++)
	{
		int			last = tree->count;

		grower_open_slots(grower, tree, first, node_of);
		if (grower->slots == 0)
			break;
		grower_try_features(grower);
		grower_divide(grower, tree, node_of);
		grower_measure(grower, tree, last, node_of);
		first = last;
	}
}
