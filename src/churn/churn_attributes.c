/*
 * churn_attributes.c
 *		Attributes of customers beside their histories: collected, and learned
 *		from where that makes risks clearly better.
 *
 * They are as of the day of the fit, while the histories and the outcomes are of
 * earlier days: what follows from an outcome cannot be told from what led to it.
 * That a customer is in one group at all splits guards at least against attributes
 * that only tell customers apart.
 */
#include "churn/churn_attributes.h"

#include <math.h>

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "utils/memutils.h"

/* Rows that are kept. */
#define MOST_ROWS		24576

/* where still more rows have less than that share of all hashes, none helps */
#define LEAST_SHARE		(1.0 / 1048576.0)

/* What attributes must take off the base's loss, beyond what is learned without them. */
#define LEAST_GAIN		0.004

/* The numbers of a row. */
enum
{
	PAIR_RETURNED,
	PAIR_X,
	PAIR_T_X,
	PAIR_T,
	PAIR_AS_OF,
	PAIR_UNTIL,
	PAIR_HASH					/* of the history, within 0 and 1 */
};

struct TcsChurnAttributes
{
	MemoryContext context;
	MemoryContext rows_context; /* of the rows, which is replaced with them */
	TcsFeatureState *rows;
	TcsFeatureReader *reader;
	double		share;			/* rows with a hash below that are kept */
};

static void
attributes_set_context(TcsChurnAttributes *attributes, MemoryContext context)
{
	attributes->context = context;
	attributes->rows_context = AllocSetContextCreate(context, "tcs attributes", ALLOCSET_SMALL_SIZES);
}

TcsChurnAttributes *
tcs_churn_attributes_create(MemoryContext context)
{
	TcsChurnAttributes *attributes = MemoryContextAllocZero(context, sizeof(TcsChurnAttributes));

	attributes_set_context(attributes, context);
	attributes->rows = tcs_features_create(attributes->rows_context, TCS_OUTCOME_NUMBERS, NULL);
	attributes->share = 1.0;
	return attributes;
}

/* A number within 0 and 1 that equal histories share. */
static double
attributes_hash(const TcsHistoryValue *history)
{
	double		values[] = {
		history->x, history->t_x, history->t, history->m_x, history->revenue, history->first_value
	};

	for (int i = 0; i < lengthof(values); i++)
		values[i] = isnan(values[i]) ? -1.0 : values[i] + 0.0;
	return (double) (hash_bytes_extended((const unsigned char *) values, sizeof(values), 0) >> 11) /
		(double) (UINT64CONST(1) << 53);
}

static bool
attributes_keep(const double *numbers, const void *share)
{
	return numbers[PAIR_HASH] < *(const double *) share;
}

/* Keep the rows with a hash below the share, which is halved while they are too many. */
static void
attributes_thin(TcsChurnAttributes *attributes, double share)
{
	while (share < attributes->share ||
		   (tcs_features_rows(attributes->rows) > MOST_ROWS && attributes->share > LEAST_SHARE))
	{
		MemoryContext old = attributes->rows_context;

		attributes->share = Min(share, attributes->share / 2.0);
		attributes_set_context(attributes, attributes->context);
		attributes->rows = tcs_features_thin(attributes->rows, attributes->rows_context,
											 attributes_keep, &attributes->share);
		MemoryContextDelete(old);
	}
}

void
tcs_churn_attributes_add(TcsChurnAttributes *attributes, const TcsChurnPair *pair, HeapTupleHeader row)
{
	const TcsHistoryValue *history = &pair->history;
	double		numbers[TCS_FEATURES_NUMBERS] = {
		pair->returned ? 1.0 : 0.0, history->x, history->t_x, history->t,
		pair->as_of, pair->until, attributes_hash(history)
	};

	if (numbers[PAIR_HASH] >= attributes->share)
		return;
	tcs_features_add(attributes->rows, &attributes->reader, attributes->context, row, numbers);
	attributes_thin(attributes, 1.0);
}

void
tcs_churn_attributes_merge(TcsChurnAttributes *into, TcsChurnAttributes *from)
{
	double		share = Min(into->share, from->share);

	attributes_thin(into, share);
	attributes_thin(from, share);
	into->rows = tcs_features_merge(into->rows, from->rows);
	attributes_thin(into, 1.0);
}

void
tcs_churn_attributes_send(StringInfo buffer, TcsChurnAttributes *attributes)
{
	pq_sendfloat8(buffer, attributes->share);
	tcs_features_send(buffer, attributes->rows);
}

TcsChurnAttributes *
tcs_churn_attributes_receive(StringInfo buffer, MemoryContext context)
{
	TcsChurnAttributes *attributes = MemoryContextAllocZero(context, sizeof(TcsChurnAttributes));

	attributes_set_context(attributes, context);
	attributes->share = pq_getmsgfloat8(buffer);
	if (!(attributes->share > 0.0 && attributes->share <= 1.0))
		tcs_bad_state("fit");
	attributes->rows = tcs_features_receive(buffer, attributes->rows_context);
	if (tcs_features_outcome(attributes->rows) != TCS_OUTCOME_NUMBERS)
		tcs_bad_state("fit");
	return attributes;
}

/* The split of a row; -1 where there was no base. */
static int
attributes_split(const TcsChurnBases *bases, const double *numbers)
{
	for (int i = 0; i < bases->count; i++)
		if (bases->as_of[i] == numbers[PAIR_AS_OF] && bases->until[i] == numbers[PAIR_UNTIL])
			return i;
	return -1;
}

/* The group of a customer, whose first purchase is on the same day at all splits. */
static int
attributes_group(const double *numbers)
{
	int32		first_day = (int32) Max(PG_INT32_MIN, floor(numbers[PAIR_AS_OF] - numbers[PAIR_T]));

	return hash_bytes_uint32((uint32) first_day) % TCS_CHURN_GROUPS;
}

/* The rows as what is learned from; the attributes of each are those of the matrix. */
static size_t
attributes_tuples(const TcsFeatureTable *table, const TcsChurnBases *bases, const double *matrix,
				  int columns, TcsChurnTuple *tuples, TcsChurnData *data)
{
	size_t		count = 0;
	bool		seen[TCS_CHURN_GROUPS] = {false};

	for (int64 row = 0; row < table->rows; row++)
	{
		double		numbers[TCS_FEATURES_NUMBERS];
		TcsHistoryValue history = {0};
		TcsCustomer customer;
		int			split;
		int			group;

		for (int i = 0; i < TCS_FEATURES_NUMBERS; i++)
			numbers[i] = table->outcome[i * table->rows + row];
		split = attributes_split(bases, numbers);
		group = attributes_group(numbers);
		if (split < 0)
			continue;
		history.x = (int32) numbers[PAIR_X];
		history.t_x = numbers[PAIR_T_X];
		history.t = numbers[PAIR_T];
		seen[group] = true;
		tcs_btyd_see(bases->sight[split], &history, &customer);
		tuples[count++] = (TcsChurnTuple)
		{
			history.x, history.t_x, history.t,
				tcs_churn_log_odds(tcs_btyd_no_purchase(&customer, bases->until[split] - bases->as_of[split])),
				1.0, 1.0 - numbers[PAIR_RETURNED], split, group, matrix + row * columns
		};
	}
	data->groups = TCS_CHURN_GROUPS;
	for (int i = 0; i < TCS_CHURN_GROUPS; i++)
		if (!seen[i])
			data->groups = 1;
	if (data->groups == 1)
		for (size_t i = 0; i < count; i++)
			tuples[i].group = 0;
	data->tuples = tuples;
	data->count = count;
	return count;
}

/* Attributes that alone tell who stayed away. */
static void
attributes_look(TcsChurnFound *found)
{
	TcsFeatureTable table = *found->table;

	table.outcome = MemoryContextAllocHuge(CurrentMemoryContext, table.rows * sizeof(double));
	for (int64 row = 0; row < table.rows; row++)
		table.outcome[row] = 1.0 - found->table->outcome[PAIR_RETURNED * table.rows + row];
	found->notes = tcs_features_notes(&table, TCS_OUTCOME_BOOLEAN, &found->note_count);
	pfree(table.outcome);
}

/* No more columns than are learned from. */
static void
attributes_limit(TcsDesign *design)
{
	while (design->count > TCS_CHURN_ATTRIBUTES)
	{
		design->count--;
		design->out[design->out_count++] = (TcsFeatureOut)
		{
			tcs_design_name(design, design->count), "there are too many levels"
		};
	}
}

void
tcs_churn_attributes_learn(TcsChurnAttributes *attributes, const TcsChurnBases *bases,
						   void (*poll) (void), TcsChurnFound *found)
{
	TcsChurnData data = {.splits = bases->count,.poll = poll};
	TcsChurnModel without;
	TcsChurnTuple *tuples;
	double	   *matrix;
	double	   *room;
	size_t		doubles;

	memset(found, 0, sizeof(TcsChurnFound));
	found->table = tcs_features_table(attributes->rows, 1 << TCS_OUTCOME_NUMBERS);
	if (found->table == NULL)
		return;
	found->design = tcs_design_create(found->table, false);
	attributes_limit(found->design);
	attributes_look(found);
	if (bases->count == 0 || found->design->count == 0)
		return;
	matrix = tcs_design_matrix(found->design, found->table);
	doubles = tcs_churn_room(found->table->rows, bases->count, found->design->count);
	tcs_budget_charge(found->table->budget, doubles * sizeof(double) + found->table->rows * sizeof(TcsChurnTuple));
	tuples = MemoryContextAllocHuge(CurrentMemoryContext, found->table->rows * sizeof(TcsChurnTuple));
	room = MemoryContextAllocHuge(CurrentMemoryContext, doubles * sizeof(double));
	if (attributes_tuples(found->table, bases, matrix, found->design->count, tuples, &data) > 0)
	{
		tcs_churn_learn(&data, room, &without);
		data.attributes = found->design->count;
		tcs_churn_learn(&data, room, &found->model);
		found->used = found->model.corrected &&
			found->model.all.brier < Min(without.all.brier, without.all.base_brier) - LEAST_GAIN * without.all.base_brier;
	}
	pfree(room);
	pfree(tuples);
	pfree(matrix);
}
