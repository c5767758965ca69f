/*
 * collect_states.c
 *		States of what learns, between the processes of a parallel query.
 *
 * The bytes are the same on every machine, as states are summaries, too.  What is
 * read is checked value by value, since anybody can call the functions.
 */
#include "features/collected.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(tcs_features_combine);
PG_FUNCTION_INFO_V1(tcs_features_serial);
PG_FUNCTION_INFO_V1(tcs_features_deserial);

static void
state_send_string(StringInfo buffer, const char *string, uint32 length)
{
	pq_sendint32(buffer, length);
	pq_sendbytes(buffer, string, length);
}

/* A string of at most so many bytes, in the current context. */
static char *
state_receive_string(StringInfo buffer, uint32 most, uint32 *length)
{
	const char *bytes;
	char	   *string;

	*length = pq_getmsgint(buffer, 4);
	if (*length > most || *length > (uint32) (buffer->len - buffer->cursor))
		tcs_bad_state("fit");
	bytes = pq_getmsgbytes(buffer, *length);
	if (memchr(bytes, 0, *length) != NULL ||
		!pg_verify_mbstr(GetDatabaseEncoding(), bytes, *length, true))
		tcs_bad_state("fit");
	string = palloc(*length + 1);
	memcpy(string, bytes, *length);
	string[*length] = '\0';
	return string;
}

static void
state_send_levels(StringInfo buffer, const TcsFeatureLevels *levels)
{
	pq_sendbyte(buffer, levels->is_full);
	pq_sendint32(buffer, levels->count);
	for (int i = 0; i < levels->count; i++)
		state_send_string(buffer, levels->text[i], levels->length[i]);
}

void
tcs_features_send(StringInfo buffer, TcsFeatureState *state)
{
	char	   *options = state->options ?
	JsonbToCString(NULL, &state->options->root, VARSIZE(state->options)) : NULL;

	pq_sendint32(buffer, state->outcome);
	pq_sendbyte(buffer, options != NULL);
	if (options != NULL)
		state_send_string(buffer, options, strlen(options));
	if (state->outcome == TCS_OUTCOME_TEXT)
		state_send_levels(buffer, &state->labels);
	pq_sendint64(buffer, state->no_outcome);
	pq_sendint64(buffer, state->no_features);
	pq_sendint64(buffer, state->no_weight);
	pq_sendint32(buffer, state->count);
	for (int i = 0; i < state->count; i++)
	{
		const TcsCollectedColumn *column = &state->column[i];

		state_send_string(buffer, column->name, strlen(column->name));
		pq_sendint32(buffer, column->kind);
		state_send_levels(buffer, &column->levels);
	}
	pq_sendint64(buffer, state->rows);
	for (int chunk = 0; chunk < state->chunks; chunk++)
	{
		int64		rows = Min(state->rows - (int64) chunk * TCS_CHUNK_ROWS, TCS_CHUNK_ROWS);

		CHECK_FOR_INTERRUPTS();
		enlargeStringInfo(buffer, rows * state->width * sizeof(double));
		for (int64 i = 0; i < rows * state->width; i++)
			pq_sendfloat8(buffer, state->chunk[chunk][i]);
	}
}

/* Is it what a column of that kind can hold? */
static bool
state_is_value(const TcsCollectedColumn *column, double value)
{
	if (column->role == TCS_ROLE_WEIGHT)
		return value > 0.0 && isfinite(value);
	if (isnan(value))
		return true;
	if (column->kind == TCS_FEATURE_TEXT)
		return value >= 0.0 && value <= column->levels.count && value == floor(value);
	if (column->kind == TCS_FEATURE_BOOLEAN)
		return value == 0.0 || value == 1.0;
	return isfinite(value);
}

static void
state_receive_rows(StringInfo buffer, TcsFeatureState *state)
{
	int64		rows = pq_getmsgint64(buffer);
	Size		bytes = state->width * sizeof(double);

	if (rows < 0 || (rows > 0 && bytes == 0) ||
		(bytes > 0 && rows > (buffer->len - buffer->cursor) / (int64) bytes))
		tcs_bad_state("fit");
	for (int64 i = 0; i < rows; i++)
	{
		double	   *row = tcs_collected_new(state);

		if (i % TCS_CHUNK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < state->width; i++)
			row[i] = pq_getmsgfloat8(buffer);
		for (int number = 0; number < tcs_outcome_width(state->outcome); number++)
			if (!isfinite(row[number]))
				tcs_bad_state("fit");
		if (state->outcome == TCS_OUTCOME_BOOLEAN && row[0] != 0.0 && row[0] != 1.0)
			tcs_bad_state("fit");
		if (state->outcome == TCS_OUTCOME_TEXT &&
			!(row[0] >= 1.0 && row[0] <= state->labels.count && row[0] == floor(row[0])))
			tcs_bad_state("fit");
		for (int column = 0; column < state->count; column++)
		{
			const TcsCollectedColumn *of = &state->column[column];
			double	   *value;

			if (of->place < 0)
				continue;
			value = &row[of->place];
			if (of->role == TCS_ROLE_FEATURE && of->levels.is_full && !isnan(*value))
				*value = 0.0;
			if (!state_is_value(of, *value))
				tcs_bad_state("fit");
			*value = isnan(*value) ? NAN : *value + 0.0;
		}
	}
}

static void
state_receive_levels(StringInfo buffer, TcsFeatureState *state, TcsFeatureLevels *levels, uint32 most)
{
	uint32		count;

	levels->is_full = pq_getmsgbyte(buffer) != 0;
	count = pq_getmsgint(buffer, 4);
	if (count > (levels->is_full ? 0 : most))
		tcs_bad_state("fit");
	for (uint32 i = 0; i < count; i++)
	{
		uint32		length;
		char	   *text = state_receive_string(buffer, TCS_LEVEL_BYTES, &length);

		if (tcs_levels_number(levels, &state->budget, text, length) != (int) i + 1)
			tcs_bad_state("fit");
		pfree(text);
	}
}

static void
state_receive_columns(StringInfo buffer, TcsFeatureState *state)
{
	uint32		count = pq_getmsgint(buffer, 4);

	if (count > TCS_FEATURES_MOST)
		tcs_bad_state("fit");
	if (count == 0)
		return;
	state->column = palloc0(count * sizeof(TcsCollectedColumn));
	for (uint32 i = 0; i < count; i++)
	{
		TcsCollectedColumn *column = &state->column[i];
		uint32		length;
		uint32		kind;

		column->name = state_receive_string(buffer, NAMEDATALEN - 1, &length);
		kind = pq_getmsgint(buffer, 4);
		if (kind > TCS_FEATURE_REFUSED)
			tcs_bad_state("fit");
		column->kind = kind;
		state_receive_levels(buffer, state, &column->levels,
							 column->kind == TCS_FEATURE_TEXT ? TCS_FEATURE_VALUES : 0);
	}
	tcs_collected_bind(state, count);
	for (uint32 i = 0; i < count; i++)
		if (state->column[i].role != TCS_ROLE_NONE && state->column[i].kind == TCS_FEATURE_REFUSED)
			tcs_bad_state("fit");
}

TcsFeatureState *
tcs_features_receive(StringInfo buffer, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	uint32		outcome = pq_getmsgint(buffer, 4);
	Jsonb	   *options = NULL;
	TcsFeatureState *state;

	if (outcome > TCS_OUTCOME_NUMBERS)
		tcs_bad_state("fit");
	if (pq_getmsgbyte(buffer) != 0)
	{
		uint32		length;
		char	   *text = state_receive_string(buffer, PG_INT32_MAX, &length);

		options = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
		if (!JB_ROOT_IS_OBJECT(options))
			tcs_bad_state("fit");
	}
	state = tcs_features_create(context, (TcsOutcome) outcome, options);
	if (state->outcome == TCS_OUTCOME_TEXT)
		state_receive_levels(buffer, state, &state->labels, TCS_LABELS_MOST);
	state->no_outcome = pq_getmsgint64(buffer);
	state->no_features = pq_getmsgint64(buffer);
	state->no_weight = pq_getmsgint64(buffer);
	if (Min(state->no_outcome, Min(state->no_features, state->no_weight)) < 0 ||
		Max(state->no_outcome, Max(state->no_features, state->no_weight)) > (INT64CONST(1) << 56))
		tcs_bad_state("fit");
	state_receive_columns(buffer, state);
	state_receive_rows(buffer, state);
	MemoryContextSwitchTo(old);
	return state;
}

Datum
tcs_features_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsFeatureState *into;
	TcsFeatureState *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsFeatureState *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? tcs_features_create(context, from->outcome, from->options) :
		(TcsFeatureState *) PG_GETARG_POINTER(0);
	PG_RETURN_POINTER(tcs_features_merge(into, from));
}

Datum
tcs_features_serial(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	tcs_features_send(&buffer, (TcsFeatureState *) PG_GETARG_POINTER(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_features_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	TcsFeatureState *state;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	state = tcs_features_receive(&buffer, CurrentMemoryContext);
	if (tcs_features_outcome(state) == TCS_OUTCOME_NUMBERS)
		tcs_bad_state("fit");
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}
