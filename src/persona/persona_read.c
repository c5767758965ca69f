/*
 * persona_read.c
 *		One pass over the customers and their attributes.
 *
 * The rows are taken as the executor makes them: none is copied or kept.
 */
#include "persona/persona.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "orders/amount.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "server/progress.h"
#include "server/server.h"

/* What the executor hands rows to. */
typedef struct Reader
{
	DestReceiver receiver;
	TcsPersona *persona;
	int64		rows;
	int			key;			/* column of the key to sample by, or -1 */
	bool		key_by_value;
	int16		key_length;
} Reader;

static TcsAttributeKind
attribute_kind(Oid type)
{
	switch (type)
	{
		case INTERVALOID:
			return TCS_ATTRIBUTE_NUMBER;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return TCS_ATTRIBUTE_TIME;
		default:
			return tcs_is_number(type) ? TCS_ATTRIBUTE_NUMBER : TCS_ATTRIBUTE_VALUE;
	}
}

#define SECONDS_BEFORE_2000	((double) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/* An interval in days, a moment in seconds since 1970, as extract(epoch) has it. */
static double
attribute_number(Oid type, Datum value)
{
	double		number;

	if (tcs_value_number(type, value, &number))
		return number;
	switch (type)
	{
		case INTERVALOID:
			{
				Interval   *interval = DatumGetIntervalP(value);

				if (TCS_INTERVAL_NOT_FINITE(interval))
					return interval->month < 0 ? -INFINITY : INFINITY;
				return tcs_interval_days(interval, "interval");
			}
		case DATEOID:
			if (DATE_NOT_FINITE(DatumGetDateADT(value)))
				return DATE_IS_NOBEGIN(DatumGetDateADT(value)) ? -INFINITY : INFINITY;
			return (double) DatumGetDateADT(value) * SECS_PER_DAY + SECONDS_BEFORE_2000;
		default:
			if (TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value)))
				return TIMESTAMP_IS_NOBEGIN(DatumGetTimestamp(value)) ? -INFINITY : INFINITY;
			return (double) DatumGetTimestamp(value) / USECS_PER_SEC + SECONDS_BEFORE_2000;
	}
}

/* Room for one segment more, in all that is kept by segment. */
static void
reader_grow_segments(TcsPersona *persona)
{
	MemoryContext context = persona->budget.context;
	int			old = persona->segment_size;
	int			size = Max(16, old * 2);

	tcs_budget_charge(&persona->budget,
					  (size - old) * (sizeof(int64) + persona->attribute_count * sizeof(TcsPersonaCell)));
	persona->customers = old ? repalloc(persona->customers, size * sizeof(int64)) :
		MemoryContextAlloc(context, size * sizeof(int64));
	memset(persona->customers + old, 0, (size - old) * sizeof(int64));
	for (int i = 0; i < persona->attribute_count; i++)
	{
		TcsAttribute *attribute = &persona->attributes[i];

		attribute->cells = old ? repalloc(attribute->cells, size * sizeof(TcsPersonaCell)) :
			MemoryContextAlloc(context, size * sizeof(TcsPersonaCell));
		memset(attribute->cells + old, 0, (size - old) * sizeof(TcsPersonaCell));
	}
	persona->segment_size = size;
}

static void
reader_start(DestReceiver *self, int operation, TupleDesc columns)
{
	Reader	   *reader = (Reader *) self;
	TcsPersona *persona = reader->persona;
	MemoryContext old;

	if (persona->is_started)
		return;
	persona->is_started = true;
	old = MemoryContextSwitchTo(persona->budget.context);
	persona->attribute_count = columns->natts - 1;
	reader->key = -1;
	if (persona->sample > 0)
	{
		reader->key = columns->natts - 1;
		get_typlenbyval(TupleDescAttr(columns, reader->key)->atttypid,
						&reader->key_length, &reader->key_by_value);
		persona->attribute_count--;
	}
	persona->attributes = palloc0((persona->attribute_count + 1) * sizeof(TcsAttribute));
	tcs_dictionary_init(&persona->segments, &persona->budget,
						getBaseType(TupleDescAttr(columns, 0)->atttypid), TCS_PERSONA_SEGMENTS);
	for (int i = 0; i < persona->attribute_count; i++)
	{
		TcsAttribute *attribute = &persona->attributes[i];
		Form_pg_attribute column = TupleDescAttr(columns, i + 1);

		attribute->name = pstrdup(NameStr(column->attname));
		attribute->type = getBaseType(column->atttypid);
		attribute->kind = attribute_kind(attribute->type);
		tcs_dictionary_init(&attribute->dictionary, &persona->budget, attribute->type,
							TCS_PERSONA_VALUES);
	}
	reader_grow_segments(persona);
	MemoryContextSwitchTo(old);
}

/* One value more that a dictionary has under that number. */
static void
reader_count_value(TcsPersona *persona, TcsAttribute *attribute, TcsPersonaCell *cell, int number)
{
	if (unlikely(number >= cell->size))
	{
		int			size = Max(8, number * 2);

		tcs_budget_charge(&persona->budget, (size - cell->size) * sizeof(int64));
		attribute->dictionary.charged += (size - cell->size) * sizeof(int64);
		cell->counts = cell->counts ? repalloc(cell->counts, size * sizeof(int64)) :
			MemoryContextAlloc(persona->budget.context, size * sizeof(int64));
		memset(cell->counts + cell->size, 0, (size - cell->size) * sizeof(int64));
		cell->size = size;
	}
	cell->counts[number]++;
}

/* The attribute has too many values: the counts are of no use any more. */
static void
reader_forget_counts(TcsPersona *persona, TcsAttribute *attribute)
{
	for (int i = 0; i < persona->segment_size; i++)
	{
		TcsPersonaCell *cell = &attribute->cells[i];

		if (cell->counts)
			pfree(cell->counts);
		cell->counts = NULL;
		cell->size = 0;
	}
}

static void
reader_add_value(TcsPersona *persona, TcsAttribute *attribute, TcsPersonaCell *cell, Datum value)
{
	TcsDictionary *dictionary = &attribute->dictionary;
	int			number;

	if (dictionary->is_full)
		return;
	number = tcs_dictionary_find(dictionary, value);
	if (likely(number >= 0))
		reader_count_value(persona, attribute, cell, number);
	else
		reader_forget_counts(persona, attribute);
}

static void
reader_add_row(TcsPersona *persona, TupleTableSlot *slot)
{
	int			segment = 0;

	if (!slot->tts_isnull[0])
	{
		segment = tcs_dictionary_find(&persona->segments, slot->tts_values[0]) + 1;
		if (segment == 0)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("there are more than %d segments", TCS_PERSONA_SEGMENTS),
					 errhint("Name a column that holds the segment of each customer.")));
		if (segment >= persona->segment_size)
			reader_grow_segments(persona);
	}
	persona->customers[segment]++;
	persona->all_customers++;
	for (int i = 0; i < persona->attribute_count; i++)
	{
		TcsAttribute *attribute = &persona->attributes[i];
		TcsPersonaCell *cell = &attribute->cells[segment];

		if (slot->tts_isnull[i + 1])
			cell->missing++;
		else if (attribute->kind == TCS_ATTRIBUTE_VALUE)
			reader_add_value(persona, attribute, cell, slot->tts_values[i + 1]);
		else
		{
			double		number = attribute_number(attribute->type, slot->tts_values[i + 1]) + 0.0;

			if (unlikely(isnan(number)))
			{
				cell->missing++;
				continue;
			}
			tcs_values_add(&cell->numbers, &persona->budget, tcs_key_of_double(number));
			tcs_sum_add(&cell->sum, number);
		}
	}
}

static bool
reader_receive(TupleTableSlot *slot, DestReceiver *self)
{
	Reader	   *reader = (Reader *) self;
	TcsPersona *persona = reader->persona;
	MemoryContext old;

	CHECK_FOR_INTERRUPTS();
	if (++reader->rows % 1024 == 0)
		tcs_progress("personas, customers", reader->rows, 0);
	slot_getallattrs(slot);
	/* what is detoasted or written out on the way */
	old = MemoryContextSwitchTo(persona->row_context);
	if (reader->key < 0 ||
		(!slot->tts_isnull[reader->key] &&
		 tcs_persona_hash(slot->tts_values[reader->key], reader->key_by_value,
						  reader->key_length) % persona->sample == 0))
		reader_add_row(persona, slot);
	MemoryContextSwitchTo(old);
	MemoryContextReset(persona->row_context);
	return true;
}

static void
reader_stop(DestReceiver *self)
{
}

TcsPersona *
tcs_persona_read(const char *query, uint32 sample)
{
	TcsPersona *persona = palloc0(sizeof(TcsPersona));
	Reader		reader = {{0}};
	SPIExecuteOptions options = {0};
	ErrorContextCallback quiet;
	int			result;

	persona->budget.context = AllocSetContextCreate(CurrentMemoryContext, "tcs persona",
													ALLOCSET_DEFAULT_SIZES);
	persona->row_context = AllocSetContextCreate(CurrentMemoryContext, "tcs persona row",
												 ALLOCSET_DEFAULT_SIZES);
	persona->sample = sample;
	reader.persona = persona;
	reader.receiver.receiveSlot = reader_receive;
	reader.receiver.rStartup = reader_start;
	reader.receiver.rShutdown = reader_stop;
	reader.receiver.rDestroy = reader_stop;
	reader.receiver.mydest = DestTuplestore;

	options.read_only = true;
	options.dest = &reader.receiver;
	tcs_quiet_begin(&quiet);
	result = SPI_execute_extended(query, &options);
	tcs_quiet_end(&quiet);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of SPI_execute_extended: %s",
			 SPI_result_code_string(result));
	return persona;
}
