/*
 * collect.c
 *		Rows become numbers, one by one: the transition of what learns.
 *
 * The columns are those of the first row, and all other rows of the group must
 * have the same, by name and kind; which number of a text stands for what is
 * settled only in the end, when it is known how often each occurs.
 */
#include "features/collected.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "features/options.h"

#define FIRST_ROWS	16			/* of the first chunk, which grows */
#define CHUNKS_BYTES	(4 * 1024 * 1024)	/* of chunks that come together */

TcsFeatureState *
tcs_features_create(MemoryContext context, TcsOutcome outcome, Jsonb *options)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	TcsFeatureState *state = palloc0(sizeof(TcsFeatureState));

	state->budget.context = context;
	state->budget.used = sizeof(TcsFeatureState);
	state->outcome = outcome;
	if (options != NULL)
	{
		Size		size = VARSIZE(options);

		state->options = palloc(size);
		memcpy(state->options, options, size);
		state->weight_name = tcs_options_text(options, "weight");
		state->without = tcs_options_texts(options, "without", TCS_FEATURES_MOST,
										   &state->without_count);
	}
	MemoryContextSwitchTo(old);
	return state;
}

Jsonb *
tcs_features_options(const TcsFeatureState *state)
{
	return state->options;
}

int64
tcs_features_rows(const TcsFeatureState *state)
{
	return state->rows;
}

TcsOutcome
tcs_features_outcome(const TcsFeatureState *state)
{
	return state->outcome;
}

static bool
collected_is_without(const TcsFeatureState *state, const char *name)
{
	for (int i = 0; i < state->without_count; i++)
		if (strcmp(state->without[i], name) == 0)
			return true;
	return false;
}

static bool
collected_has(const TcsFeatureState *state, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(state->column[i].name, name) == 0)
			return true;
	return false;
}

/* Refuse an option that names a column which is not there. */
static void
collected_check_named(const TcsFeatureState *state, const char *name, const char *option)
{
	if (!collected_has(state, state->count, name))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the row of features has no column \"%s\", which the option \"%s\" names",
						name, option)));
}

static void
collected_check_names(TcsFeatureState *state)
{
	for (int i = 0; i < state->count; i++)
		if (collected_has(state, i, state->column[i].name))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("the row of features has more than one column \"%s\"", state->column[i].name),
					 errhint("Give each column a name of its own.")));
	if (state->weight_name)
		collected_check_named(state, state->weight_name, "weight");
	for (int i = 0; i < state->without_count; i++)
		collected_check_named(state, state->without[i], "without");
}

void
tcs_collected_bind(TcsFeatureState *state, int count)
{
	int			features = 0;

	state->count = count;
	collected_check_names(state);
	state->weight_place = -1;
	state->width = tcs_outcome_width(state->outcome);
	for (int i = 0; i < count; i++)
	{
		TcsCollectedColumn *column = &state->column[i];

		column->place = -1;
		column->role = TCS_ROLE_NONE;
		if (state->weight_name && strcmp(state->weight_name, column->name) == 0)
		{
			column->role = TCS_ROLE_WEIGHT;
			column->place = state->weight_place = state->width++;
		}
		else if (!collected_is_without(state, column->name))
		{
			column->role = TCS_ROLE_FEATURE;
			column->place = state->width++;
			features++;
		}
	}
	if (features == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options leave no column of the row as a feature")));
}

/* Rows of one group that are not alike. */
static void
collected_other_columns(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("the rows of features must have the same columns throughout a group"),
			 errhint("Give all rows the same columns, by name and type.")));
}

/* A column that is used must be of a type that can be. */
static void
collected_check_types(const TcsFeatureState *state, const TcsFeatureReader *reader)
{
	for (int i = 0; i < state->count; i++)
	{
		const TcsCollectedColumn *column = &state->column[i];

		if (column->role == TCS_ROLE_FEATURE && column->kind == TCS_FEATURE_REFUSED)
			tcs_row_refuse(reader, i);
		if (column->role == TCS_ROLE_WEIGHT && column->kind != TCS_FEATURE_INTEGER &&
			column->kind != TCS_FEATURE_NUMBER)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the weight \"%s\" must be a number", column->name)));
	}
}

static void
collected_take_columns(TcsFeatureState *state, const TcsFeatureReader *reader)
{
	MemoryContext old;

	if (reader->count > TCS_FEATURES_MOST)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("a row of features must not have more than %d columns, as this one with %d has",
						TCS_FEATURES_MOST, reader->count)));
	if (reader->count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the row of features has no columns")));
	tcs_budget_charge(&state->budget, reader->count * sizeof(TcsCollectedColumn));
	old = MemoryContextSwitchTo(state->budget.context);
	state->column = palloc0(reader->count * sizeof(TcsCollectedColumn));
	for (int i = 0; i < reader->count; i++)
	{
		state->column[i].name = pstrdup(tcs_row_column_name(reader, i));
		state->column[i].kind = reader->column[i].kind;
	}
	MemoryContextSwitchTo(old);
	tcs_collected_bind(state, reader->count);
	collected_check_types(state, reader);
}

static void
collected_check_columns(const TcsFeatureState *state, const TcsFeatureReader *reader)
{
	bool		same = state->count == reader->count;

	for (int i = 0; same && i < state->count; i++)
		same = strcmp(state->column[i].name, tcs_row_column_name(reader, i)) == 0 &&
			state->column[i].kind == reader->column[i].kind;
	if (!same)
		collected_other_columns();
}

/*
 * Room for a chunk more.  The first is small, so that small groups stay small; when
 * there are many, they come several at once.
 */
static void
collected_new_chunk(TcsFeatureState *state, int chunk, Size row_bytes)
{
	MemoryContext context = state->budget.context;
	Size		bytes = TCS_CHUNK_ROWS * row_bytes;
	int			together = (int) Max(1, CHUNKS_BYTES / Max(bytes, 1));

	if (chunk == state->chunk_size)
	{
		int			size = Max(1, state->chunk_size * 2);

		tcs_budget_charge(&state->budget, (size - state->chunk_size) * sizeof(double *));
		state->chunk = state->chunk ? repalloc_huge(state->chunk, size * sizeof(double *)) :
			MemoryContextAlloc(context, size * sizeof(double *));
		state->chunk_size = size;
	}
	if (chunk == 0)
	{
		state->first_size = FIRST_ROWS;
		tcs_budget_charge(&state->budget, FIRST_ROWS * row_bytes);
		state->chunk[0] = MemoryContextAlloc(context, FIRST_ROWS * row_bytes + 1);
	}
	else if (chunk < together)
	{
		tcs_budget_charge(&state->budget, bytes);
		state->chunk[chunk] = MemoryContextAlloc(context, bytes + 1);
	}
	else if (chunk % together == 0)
	{
		tcs_budget_charge(&state->budget, together * bytes);
		state->chunk[chunk] = tcs_alloc_large(context, together * bytes + 1);
	}
	else
		state->chunk[chunk] = state->chunk[chunk - 1] + TCS_CHUNK_ROWS * state->width;
	state->chunks = chunk + 1;
}

double *
tcs_collected_new(TcsFeatureState *state)
{
	int			place = state->rows & (TCS_CHUNK_ROWS - 1);
	int			chunk = state->rows >> TCS_CHUNK_BITS;
	Size		row_bytes = state->width * sizeof(double);

	if (unlikely(state->rows >= PG_UINT32_MAX))
		tcs_fit_memory_exceeded(state->rows * row_bytes);
	if (unlikely(place == 0))
		collected_new_chunk(state, chunk, row_bytes);
	else if (unlikely(chunk == 0 && place == state->first_size))
	{
		tcs_budget_charge(&state->budget, state->first_size * row_bytes);
		state->first_size *= 2;
		state->chunk[0] = repalloc(state->chunk[0], state->first_size * row_bytes + 1);
	}
	state->rows++;
	return state->chunk[chunk] + (Size) place * state->width;
}

/* The weight of the row read last; 0 where it does not count. */
static double
collected_weight(TcsFeatureState *state, TcsFeatureReader *reader)
{
	for (int i = 0; i < state->count; i++)
		if (state->column[i].role == TCS_ROLE_WEIGHT)
		{
			double		weight = tcs_row_number(reader, i);

			if (unlikely(weight < 0.0))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("a weight must not be negative, as %g is", weight)));
			return isnan(weight) ? 0.0 : weight;
		}
	return 1.0;
}

void
tcs_features_add(TcsFeatureState *state, TcsFeatureReader **kept, MemoryContext context,
				 HeapTupleHeader row, const double *outcome)
{
	TcsFeatureReader *reader = tcs_feature_reader(kept, context, row);
	double		weight = 1.0;
	double	   *to;

	if (unlikely(state->reader != reader->number))
	{
		if (state->count == 0)
			collected_take_columns(state, reader);
		else
			collected_check_columns(state, reader);
		state->reader = reader->number;
	}
	tcs_feature_read(reader, row);
	if (state->weight_place >= 0)
	{
		weight = collected_weight(state, reader);
		if (weight == 0.0)
		{
			state->no_weight++;
			return;
		}
	}
	to = tcs_collected_new(state);
	/* an error further on ends the whole aggregate: half a row does no harm */
	for (int i = 0; i < tcs_outcome_width(state->outcome); i++)
		to[i] = outcome[i];
	if (state->weight_place >= 0)
		to[state->weight_place] = weight;
	for (int i = 0; i < state->count; i++)
	{
		TcsCollectedColumn *column = &state->column[i];

		if (column->role != TCS_ROLE_FEATURE)
			continue;
		if (column->kind == TCS_FEATURE_TEXT)
		{
			Size		length;
			const char *text = tcs_row_text(reader, i, &length);

			to[column->place] = text == NULL ? NAN :
			tcs_levels_number(&column->levels, &state->budget, text, length);
		}
		else
			to[column->place] = tcs_row_number(reader, i);
	}
}

void
tcs_collected_check_labels(const TcsFeatureState *state)
{
	if (state->labels.count > TCS_LABELS_MOST)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an outcome must not have more than %d different labels", TCS_LABELS_MOST),
				 errhint("Put rare ones together, as by CASE WHEN plan IN ('basic', 'gold') THEN plan ELSE 'other' END.")));
}

/* The number of a label. */
static double
collected_label(TcsFeatureState *state, const text *label)
{
	Size		length = VARSIZE_ANY_EXHDR(label);
	int			number;

	if (length > TCS_LEVEL_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a label must not have more than %d bytes, as one with %zu has",
						TCS_LEVEL_BYTES, length),
				 errhint("Make labels shorter, as by left(label, 50).")));
	number = tcs_levels_number(&state->labels, &state->budget, VARDATA_ANY(label), length);
	tcs_collected_check_labels(state);
	return number;
}

static void
collected_check_options(const TcsFeatureState *state, const Jsonb *options)
{
	if (options == NULL ? state->options != NULL :
		(state->options == NULL || VARSIZE(options) != VARSIZE(state->options) ||
		 memcmp(options, state->options, VARSIZE(options)) != 0))
		tcs_not_the_same("options");
}

Datum
tcs_features_trans(FunctionCallInfo fcinfo, TcsOutcome outcome, TcsOptionsCheck check)
{
	TcsFeatureState *state = TCS_STATE(TcsFeatureState);
	int			argno = outcome == TCS_OUTCOME_NONE ? 1 : 2;
	bool		with_options = PG_NARGS() > argno + 1 && !PG_ARGISNULL(argno + 1);
	Jsonb	   *options = with_options ? PG_GETARG_JSONB_P(argno + 1) : NULL;
	double		value = NAN;

	if (likely(state != NULL))
		collected_check_options(state, options);
	else
	{
		MemoryContext context = tcs_aggregate_context(fcinfo);

		tcs_features_check_row(fcinfo, argno);
		check(options);
		state = tcs_features_create(context, outcome, options);
	}
	if (outcome == TCS_OUTCOME_BOOLEAN && !PG_ARGISNULL(1))
		value = PG_GETARG_BOOL(1) ? 1.0 : 0.0;
	else if (outcome == TCS_OUTCOME_NUMBER && !PG_ARGISNULL(1) && !isnan(PG_GETARG_FLOAT8(1)))
		value = tcs_finite(PG_GETARG_FLOAT8(1), "outcome");
	/* that of a row which is not there is none of the model's labels */
	else if (outcome == TCS_OUTCOME_TEXT && !PG_ARGISNULL(1))
		value = PG_ARGISNULL(argno) ? 0.0 : collected_label(state, PG_GETARG_TEXT_PP(1));
	if (outcome != TCS_OUTCOME_NONE && isnan(value))
		state->no_outcome++;
	else if (PG_ARGISNULL(argno))
		state->no_features++;
	else
		tcs_features_add(state, (TcsFeatureReader **) &fcinfo->flinfo->fn_extra,
						 fcinfo->flinfo->fn_mcxt, PG_GETARG_HEAPTUPLEHEADER(argno), &value);
	PG_RETURN_POINTER(state);
}

/* What number a text has in another state, by that which it has in this one. */
static int *
collected_numbers(TcsFeatureState *into, TcsFeatureLevels *levels, const TcsFeatureLevels *from)
{
	int		   *number;

	if (from->is_full && !levels->is_full)
		tcs_levels_fill_up(levels, &into->budget);
	number = palloc0((from->count + 1) * sizeof(int));
	for (int i = 0; i < from->count; i++)
		number[i + 1] = tcs_levels_number(levels, &into->budget, from->text[i], from->length[i]);
	return number;
}

static void
collected_merge_columns(TcsFeatureState *into, const TcsFeatureState *from)
{
	bool		same = into->count == from->count;

	if (into->count == 0)
	{
		MemoryContext old;

		tcs_budget_charge(&into->budget, from->count * sizeof(TcsCollectedColumn));
		old = MemoryContextSwitchTo(into->budget.context);
		into->column = palloc0(from->count * sizeof(TcsCollectedColumn));
		for (int i = 0; i < from->count; i++)
		{
			into->column[i].name = pstrdup(from->column[i].name);
			into->column[i].kind = from->column[i].kind;
		}
		MemoryContextSwitchTo(old);
		tcs_collected_bind(into, from->count);
		return;
	}
	for (int i = 0; same && i < into->count; i++)
		same = strcmp(into->column[i].name, from->column[i].name) == 0 &&
			into->column[i].kind == from->column[i].kind;
	if (!same)
		collected_other_columns();
}

TcsFeatureState *
tcs_features_merge(TcsFeatureState *into, TcsFeatureState *from)
{
	int		  **number;
	int		   *label = NULL;

	if (into->outcome != from->outcome)
		tcs_bad_state("fit");
	collected_check_options(into, from->options);
	into->no_outcome += from->no_outcome;
	into->no_features += from->no_features;
	into->no_weight += from->no_weight;
	if (from->count == 0)
		return into;
	collected_merge_columns(into, from);
	number = palloc0(from->count * sizeof(int *));
	for (int i = 0; i < from->count; i++)
		if (into->column[i].role == TCS_ROLE_FEATURE && into->column[i].kind == TCS_FEATURE_TEXT)
			number[i] = collected_numbers(into, &into->column[i].levels, &from->column[i].levels);
	if (into->outcome == TCS_OUTCOME_TEXT)
	{
		label = collected_numbers(into, &into->labels, &from->labels);
		tcs_collected_check_labels(into);
	}
	for (int64 row = 0; row < from->rows; row++)
	{
		const double *source = tcs_collected_row(from, row);
		double	   *to = tcs_collected_new(into);

		if (row % TCS_CHUNK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		memcpy(to, source, into->width * sizeof(double));
		if (label != NULL)
			to[0] = label[(int) source[0]];
		for (int i = 0; i < from->count; i++)
		{
			int			place = into->column[i].place;

			if (number[i] != NULL && !isnan(source[place]))
				to[place] = from->column[i].levels.is_full ? 0.0 :
					number[i][(int) source[place]];
		}
	}
	return into;
}

TcsFeatureState *
tcs_features_thin(const TcsFeatureState *state, MemoryContext context,
				  bool (*keep) (const double *numbers, const void *arg), const void *arg)
{
	TcsFeatureState *thin = tcs_features_create(context, state->outcome, state->options);

	thin->no_outcome = state->no_outcome;
	thin->no_features = state->no_features;
	thin->no_weight = state->no_weight;
	if (state->count == 0)
		return thin;
	collected_merge_columns(thin, state);
	thin->reader = state->reader;
	for (int64 row = 0; row < state->rows; row++)
	{
		const double *source = tcs_collected_row(state, row);
		double	   *to;

		if (row % TCS_CHUNK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (!keep(source, arg))
			continue;
		to = tcs_collected_new(thin);
		memcpy(to, source, thin->width * sizeof(double));
		for (int i = 0; i < state->count; i++)
		{
			const TcsCollectedColumn *from = &state->column[i];
			int			number = from->role == TCS_ROLE_FEATURE && from->kind == TCS_FEATURE_TEXT &&
			!isnan(source[from->place]) ? (int) source[from->place] : 0;

			if (number > 0)
				to[from->place] = tcs_levels_number(&thin->column[i].levels, &thin->budget,
													from->levels.text[number - 1], from->levels.length[number - 1]);
		}
	}
	return thin;
}
