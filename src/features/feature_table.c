/*
 * feature_table.c
 *		What was collected, by column and in an order of its own.
 *
 * Rows are sorted by a hash of what is in them, so that neither the order in which
 * they came nor the number of workers shows in sums and folds.  Text is settled
 * before: levels that have a name, in the order of their bytes.
 */
#include "features/collected.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "features/options.h"
#include "numerics/keys.h"

#define LEVELS			20		/* named, unless the option says otherwise */
#define LEVEL_CUSTOMERS 20

#define PREFETCHED		16		/* rows that are fetched ahead */
#define BLOCK_ROWS		64

/* A column that is a feature while the table is made. */
typedef struct TableColumn
{
	const TcsCollectedColumn *from;
	int		   *code;			/* of text: by number, the code in the table */
	TcsFeature	feature;
	const char *reason;			/* why it is left out */
} TableColumn;

typedef struct TableMaker
{
	const TcsFeatureState *state;
	TcsFeatureTable *table;
	int			count;
	TableColumn *column;
	double	   *scratch[2];		/* two rows */
	int			code_of_label[TCS_LABELS_MOST + 1]; /* by number */
} TableMaker;

/* A value of text and how many rows have it. */
typedef struct LevelCount
{
	int			number;			/* in the state */
	const char *text;
	int64		rows;
} LevelCount;

static int
compare_level_counts(const void *a, const void *b)
{
	const LevelCount *left = a;
	const LevelCount *right = b;

	if (left->rows != right->rows)
		return left->rows > right->rows ? -1 : 1;
	return strcmp(left->text, right->text);
}

static int
compare_level_texts(const void *a, const void *b)
{
	return strcmp(((const LevelCount *) a)->text, ((const LevelCount *) b)->text);
}

/* Which levels have a name, and what code each number becomes. */
static void
table_choose_levels(TableMaker *maker, TableColumn *column)
{
	const TcsFeatureState *state = maker->state;
	const TcsFeatureLevels *levels = &column->from->levels;
	int			most = tcs_options_integer(state->options, "levels", 1, TCS_LEVELS_MOST, LEVELS);
	int64		least = Min(LEVEL_CUSTOMERS, Max(1, state->rows / 20));
	LevelCount *counts = palloc0((levels->count + 1) * sizeof(LevelCount));
	int			named = 0;

	least = (int64) tcs_options_number(state->options, "level_customers", 1, 1e15, least);
	for (int i = 0; i < levels->count; i++)
	{
		counts[i].number = i + 1;
		counts[i].text = levels->text[i];
	}
	for (int64 row = 0; row < state->rows; row++)
	{
		double		value = tcs_collected_row(state, row)[column->from->place];

		if (row % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (value > 0.0 && !levels->is_full)
			counts[(int) value - 1].rows++;
	}
	qsort(counts, levels->count, sizeof(LevelCount), compare_level_counts);
	while (named < Min(levels->count, most) && counts[named].rows >= least)
		named++;
	qsort(counts, named, sizeof(LevelCount), compare_level_texts);
	column->code = palloc0((levels->count + 1) * sizeof(int));
	column->feature.level = palloc((named + 1) * sizeof(char *));
	column->feature.levels = named;
	for (int i = 0; i < named; i++)
	{
		column->code[counts[i].number] = i + 1;
		column->feature.level[i] = pstrdup(counts[i].text);
	}
	pfree(counts);
}

/* The labels that rows have, and what code each number becomes. */
static void
table_choose_labels(TableMaker *maker)
{
	const TcsFeatureState *state = maker->state;
	TcsFeatureTable *table = maker->table;
	LevelCount	counts[TCS_LABELS_MOST] = {{0}};

	for (int64 row = 0; row < state->rows; row++)
	{
		int			number = (int) tcs_collected_row(state, row)[0];

		if (row % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		counts[number - 1].number = number;
		counts[number - 1].text = state->labels.text[number - 1];
	}
	for (int i = 0; i < state->labels.count; i++)
		if (counts[i].text !=NULL)
			counts[table->labels++] = counts[i];
	qsort(counts, table->labels, sizeof(LevelCount), compare_level_texts);
	table->label = palloc((table->labels + 1) * sizeof(char *));
	for (int i = 0; i < table->labels; i++)
	{
		maker->code_of_label[counts[i].number] = i;
		table->label[i] = pstrdup(counts[i].text);
	}
}

/* What the table has of a row, side by side. */
static void
table_row(const TableMaker *maker, int64 row, double *to)
{
	const TcsFeatureState *state = maker->state;
	const double *from = tcs_collected_row(state, row);

	for (int i = 0; i < tcs_outcome_width(state->outcome); i++)
		*to++ = state->outcome == TCS_OUTCOME_TEXT ? maker->code_of_label[(int) from[i]] : from[i];
	if (state->weight_place >= 0)
		*to++ = from[state->weight_place];
	for (int i = 0; i < maker->count; i++)
	{
		const TableColumn *column = &maker->column[i];
		double		value = from[column->from->place];

		if (column->code != NULL && !isnan(value))
			value = column->from->levels.is_full ? 0.0 : column->code[(int) value];
		*to++ = value;
	}
}

static Size
table_row_doubles(const TableMaker *maker)
{
	return maker->count + tcs_outcome_width(maker->state->outcome) +
		(maker->state->weight_place >= 0 ? 1 : 0);
}

/* All bits of a row matter to all bits of its hash (Steele, Lea, Flood, 2014). */
static uint64
table_hash(const double *values, Size count)
{
	uint64		hash = 0;

	for (Size i = 0; i < count; i++)
	{
		uint64		word;

		memcpy(&word, &values[i], sizeof(word));
		hash += word + UINT64CONST(0x9E3779B97F4A7C15);
		hash = (hash ^ (hash >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
		hash = (hash ^ (hash >> 27)) * UINT64CONST(0x94D049BB133111EB);
		hash ^= hash >> 31;
	}
	return hash;
}

/* Rows of which half of the hash is equal, by all of it, then by what is in them. */
static int
compare_rows(const void *a, const void *b, void *arg)
{
	const TableMaker *maker = arg;
	Size		doubles = table_row_doubles(maker);
	uint64		left;
	uint64		right;

	table_row(maker, (uint32) *(const uint64 *) a, maker->scratch[0]);
	table_row(maker, (uint32) *(const uint64 *) b, maker->scratch[1]);
	left = table_hash(maker->scratch[0], doubles);
	right = table_hash(maker->scratch[1], doubles);
	if (left != right)
		return left < right ? -1 : 1;
	return memcmp(maker->scratch[0], maker->scratch[1], doubles * sizeof(double));
}

/* The rows in the order of their hashes: its upper half and the row, in a key. */
static uint64 *
table_order(TableMaker *maker)
{
	int64		rows = maker->state->rows;
	Size		doubles = table_row_doubles(maker);
	uint64	   *order = tcs_alloc_large(CurrentMemoryContext, rows * sizeof(uint64));
	uint64	   *scratch = tcs_alloc_large(CurrentMemoryContext, rows * sizeof(uint64));

	for (int64 row = 0; row < rows; row++)
	{
		if (row % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		table_row(maker, row, maker->scratch[0]);
		order[row] = (table_hash(maker->scratch[0], doubles) & ~(uint64) PG_UINT32_MAX) | row;
	}
	tcs_keys_sort_upper(order, rows, scratch);
	pfree(scratch);
	for (int64 first = 0; first < rows;)
	{
		int64		next = first + 1;

		while (next < rows && order[next] >> 32 == order[first] >> 32)
			next++;
		if (next - first > 1)
			qsort_interruptible(order + first, next - first, sizeof(uint64), compare_rows, maker);
		first = next;
	}
	return order;
}

static double *
table_new_column(const TableMaker *maker, int numbers)
{
	return tcs_alloc_large(CurrentMemoryContext, maker->state->rows * numbers * sizeof(double));
}

/* Fetch a row that is read soon: it lies somewhere else than the one before. */
static inline void
table_fetch(const TcsFeatureState *state, uint32 row)
{
	const char *from = (const char *) tcs_collected_row(state, row);

	for (Size at = 0; at < state->width * sizeof(double); at += 64)
		__builtin_prefetch(from + at);
}

/*
 * Put the rows into the columns, some at once: columns that are written by turns lie
 * at the same places of their pages, and would push one another out of the cache.
 */
static void
table_fill(TableMaker *maker)
{
	const TcsFeatureState *state = maker->state;
	TcsFeatureTable *table = maker->table;
	int			numbers = tcs_outcome_width(state->outcome);
	uint64	   *order = table_order(maker);
	Size		doubles = table_row_doubles(maker);
	double	   *block = palloc(BLOCK_ROWS * doubles * sizeof(double));
	double	  **to = palloc(doubles * sizeof(double *));
	int			columns = 0;

	if (numbers > 0)
		table->outcome = table_new_column(maker, numbers);
	for (int i = 0; i < numbers; i++)
		to[columns++] = table->outcome + i * state->rows;
	if (state->weight_place >= 0)
		to[columns++] = table->weight = table_new_column(maker, 1);
	for (int i = 0; i < maker->count; i++)
		to[columns++] = maker->column[i].feature.values = table_new_column(maker, 1);
	for (int64 first = 0; first < state->rows; first += BLOCK_ROWS)
	{
		int			count = Min(BLOCK_ROWS, state->rows - first);

		if (first % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < count; i++)
		{
			if (first + i + PREFETCHED < state->rows)
				table_fetch(state, (uint32) order[first + i + PREFETCHED]);
			table_row(maker, (uint32) order[first + i], block + i * doubles);
		}
		for (int column = 0; column < columns; column++)
			for (int i = 0; i < count; i++)
				to[column][first + i] = block[i * doubles + column];
	}
	pfree(to);
	pfree(block);
	pfree(order);
}

/* What is there to see of a feature; a reason where it tells nothing. */
static void
table_look(TableColumn *column, int64 rows)
{
	TcsFeature *feature = &column->feature;
	bool text = feature->kind == TCS_FEATURE_TEXT;
	double		least = INFINITY;
	double		greatest = -INFINITY;
	double		sum = 0.0;
	double		missing = 0.0;
	double		other = 0.0;

	for (int64 i = 0; i < rows; i++)
	{
		double		value = feature->values[i];

		if (isnan(value))
		{
			missing++;
			continue;
		}
		least = Min(least, value);
		greatest = Max(greatest, value);
		sum += value;
		other += text &&value == 0.0;
	}
	feature->missing = missing;
	feature->other = other;
	feature->least = feature->greatest = feature->mean = NAN;
	if (!text &&missing < rows)
	{
		feature->least = least;
		feature->greatest = greatest;
		feature->mean = Max(least, Min(greatest, sum / (rows - missing)));
	}
	if (text &&column->from->levels.is_full)
		column->reason = psprintf("it has more than %d different values", TCS_FEATURE_VALUES);
	else if (missing == rows)
		column->reason = "it is missing in all rows";
	else if (missing == 0 && text &&feature->levels == 0)
		column->reason = "no value is found in enough rows to be told apart";
	else if (missing == 0 && least == greatest)
		column->reason = "it is the same in all rows";
}

/* One before that is the same in all rows; NULL for none. */
static const TcsFeature *
table_find_same(const TcsFeatureTable *table, const TcsFeature *feature)
{
	for (int i = 0; i < table->features.count; i++)
	{
		const TcsFeature *other = &table->features.feature[i];

		if ((other->kind == TCS_FEATURE_TEXT) == (feature->kind == TCS_FEATURE_TEXT) &&
			memcmp(other->values, feature->values, table->rows * sizeof(double)) == 0)
			return other;
	}
	return NULL;
}

/* Keep those that tell something, and something that none before tells. */
static void
table_choose_features(TableMaker *maker)
{
	TcsFeatureTable *table = maker->table;

	table->features.feature = palloc0((maker->count + 1) * sizeof(TcsFeature));
	table->out = palloc0((maker->state->count + 1) * sizeof(TcsFeatureOut));
	for (int i = 0; i < maker->count; i++)
	{
		TableColumn *column = &maker->column[i];

		CHECK_FOR_INTERRUPTS();
		table_look(column, table->rows);
		if (column->reason == NULL)
		{
			const TcsFeature *same = table_find_same(table, &column->feature);

			if (same != NULL)
				column->reason = psprintf("it says the same as %s", same->name);
		}
		if (column->reason == NULL)
			table->features.feature[table->features.count++] = column->feature;
		else
		{
			pfree(column->feature.values);
			table->budget->used -= table->rows * sizeof(double);
			table->out[table->out_count++] = (TcsFeatureOut)
			{
				column->feature.name, column->reason
			};
		}
	}
	for (int i = 0; i < maker->state->count; i++)
		if (maker->state->column[i].role == TCS_ROLE_NONE)
			table->out[table->out_count++] = (TcsFeatureOut)
		{
			pstrdup(maker->state->column[i].name), "the options leave it out"
		};
}

TcsFeatureTable *
tcs_features_table(TcsFeatureState *state, int outcomes)
{
	TableMaker	maker = {state};
	TcsFeatureTable *table;

	if (state != NULL && (outcomes & (1 << state->outcome)) == 0)
		tcs_bad_state("fit");
	if (state == NULL || state->rows == 0)
		return NULL;
	maker.table = table = palloc0(sizeof(TcsFeatureTable));
	table->budget = palloc(sizeof(TcsBudget));
	table->budget->context = CurrentMemoryContext;
	table->budget->used = state->budget.used;
	table->rows = state->rows;
	table->no_outcome = state->no_outcome;
	table->no_features = state->no_features;
	table->no_weight = state->no_weight;
	maker.column = palloc0(state->count * sizeof(TableColumn));
	for (int i = 0; i < state->count; i++)
	{
		TableColumn *column = &maker.column[maker.count];

		if (state->column[i].role != TCS_ROLE_FEATURE)
			continue;
		maker.count++;
		column->from = &state->column[i];
		column->feature.name = pstrdup(state->column[i].name);
		column->feature.kind = (TcsFeatureKind) state->column[i].kind;
		if (column->feature.kind == TCS_FEATURE_TEXT)
			table_choose_levels(&maker, column);
	}
	if (state->outcome == TCS_OUTCOME_TEXT)
		table_choose_labels(&maker);
	maker.scratch[0] = palloc(2 * table_row_doubles(&maker) * sizeof(double));
	maker.scratch[1] = maker.scratch[0] + table_row_doubles(&maker);
	/* sorting takes two words a row, which are given back */
	tcs_budget_charge(table->budget, table->rows * sizeof(uint64) * 2);
	tcs_budget_charge(table->budget, table->rows * sizeof(double) * table_row_doubles(&maker));
	table_fill(&maker);
	table->budget->used -= table->rows * sizeof(uint64) * 2;
	table_choose_features(&maker);
	table->weights = table->rows;
	if (table->weight)
	{
		table->weights = 0.0;
		for (int64 i = 0; i < table->rows; i++)
			table->weights += table->weight[i];
	}
	return table;
}
