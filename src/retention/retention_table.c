/*
 * retention_table.c
 *		How many customers came back in each period: the aggregate
 *		retention_table.
 */
#include "server/record.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/typcache.h"

#include "retention/retention.h"
#include "server/server.h"

/* Customers for whom a period is over, and those of them active in it. */
typedef struct RetentionCell
{
	int64		customers;
	int64		active;
} RetentionCell;

typedef struct RetentionTable
{
	uint32		count;			/* periods in use */
	uint32		size;
	RetentionCell cells[FLEXIBLE_ARRAY_MEMBER];
} RetentionTable;

#define FIRST_SIZE		16
#define INTERRUPT_EVERY	65536

/* The columns of tcs.retention_cell. */
enum
{
	PERIOD,
	CUSTOMERS,
	ACTIVE,
	RATE,
	COLUMNS
};

PG_FUNCTION_INFO_V1(tcs_retention_table_trans);
PG_FUNCTION_INFO_V1(tcs_retention_table_combine);
PG_FUNCTION_INFO_V1(tcs_retention_table_serial);
PG_FUNCTION_INFO_V1(tcs_retention_table_deserial);
PG_FUNCTION_INFO_V1(tcs_retention_table_final);

static RetentionTable *
retention_table_create(MemoryContext context, uint32 size)
{
	RetentionTable *table;

	size = Max(size, FIRST_SIZE);
	table = MemoryContextAllocZero(context, offsetof(RetentionTable, cells) + size * sizeof(RetentionCell));
	table->size = size;
	return table;
}

/* have at least so many periods */
static RetentionTable *
retention_table_reach(RetentionTable *table, uint32 count)
{
	uint32		size = table->size;

	if (count > size)
	{
		while (size < count)
			size *= 2;
		table = repalloc(table, offsetof(RetentionTable, cells) + size * sizeof(RetentionCell));
		memset(&table->cells[table->size], 0, (size - table->size) * sizeof(RetentionCell));
		table->size = size;
	}
	table->count = Max(table->count, count);
	return table;
}

static void
retention_refuse(const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid retention: %s", complaint),
			 errhint("Make such values with tcs.retention.")));
}

/* the periods of the value in argument 1; NULL where there are none */
static ArrayType *
retention_get_active(FunctionCallInfo fcinfo)
{
	bool		isnull;
	Datum		active = GetAttributeByNum(PG_GETARG_HEAPTUPLEHEADER(1),
										   TCS_RETENTION_ACTIVE + 1, &isnull);
	ArrayType  *array;

	if (isnull)
		return NULL;
	array = DatumGetArrayTypeP(active);
	if (ARR_NDIM(array) > 1)
		retention_refuse("active has more than one dimension");
	if (ARR_NDIM(array) == 1 && ARR_DIMS(array)[0] > TCS_RETENTION_PERIODS)
		retention_refuse("active has too many periods");
	return array;
}

Datum
tcs_retention_table_trans(PG_FUNCTION_ARGS)
{
	RetentionTable *table = PG_ARGISNULL(0) ?
	retention_table_create(tcs_aggregate_context(fcinfo), 0) :
	(RetentionTable *) PG_GETARG_POINTER(0);
	ArrayType  *array = PG_ARGISNULL(1) ? NULL : retention_get_active(fcinfo);
	const uint8 *bitmap;
	const char *value;
	int			count;

	if (array == NULL || ARR_NDIM(array) == 0)
		PG_RETURN_POINTER(table);
	value = tcs_array_data(array, BOOLOID, &bitmap, &count);
	table = retention_table_reach(table, count);
	for (int i = 0; i < count; i++)
	{
		if (bitmap != NULL && !(bitmap[i / 8] & (1 << (i % 8))))
			continue;
		table->cells[i].customers++;
		table->cells[i].active += *value++ != 0;
	}
	PG_RETURN_POINTER(table);
}

Datum
tcs_retention_table_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	RetentionTable *into;
	RetentionTable *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (RetentionTable *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? retention_table_create(context, from->count) :
		(RetentionTable *) PG_GETARG_POINTER(0);
	into = retention_table_reach(into, from->count);
	for (uint32 i = 0; i < from->count; i++)
	{
		into->cells[i].customers += from->cells[i].customers;
		into->cells[i].active += from->cells[i].active;
	}
	PG_RETURN_POINTER(into);
}

Datum
tcs_retention_table_serial(PG_FUNCTION_ARGS)
{
	RetentionTable *table = (RetentionTable *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, table->count);
	for (uint32 i = 0; i < table->count; i++)
	{
		pq_sendint64(&buffer, table->cells[i].customers);
		pq_sendint64(&buffer, table->cells[i].active);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_retention_table_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	RetentionTable *table;
	uint32		count;
	bool		good;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	count = pq_getmsgint(&buffer, 4);
	good = count <= TCS_RETENTION_PERIODS &&
		count == (buffer.len - buffer.cursor) / sizeof(RetentionCell);
	table = retention_table_create(CurrentMemoryContext, good ? count : 0);
	table->count = count;
	for (uint32 i = 0; good && i < count; i++)
	{
		RetentionCell *cell = &table->cells[i];

		cell->customers = pq_getmsgint64(&buffer);
		cell->active = pq_getmsgint64(&buffer);
		good = cell->active >= 0 && cell->active <= cell->customers &&
			cell->customers <= PG_INT64_MAX / 2;
	}
	if (!good)
		tcs_bad_state("state of retention_table");
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(table);
}

Datum
tcs_retention_table_final(PG_FUNCTION_ARGS)
{
	RetentionTable *table = TCS_STATE(RetentionTable);
	TupleDesc	descriptor;
	Oid			element;
	Datum	   *rows;

	tcs_aggregate_context(fcinfo);
	if (table == NULL || table->count == 0)
		PG_RETURN_NULL();

	descriptor = tcs_element_descriptor(fcinfo, COLUMNS, &element);
	rows = palloc(table->count * sizeof(Datum));
	for (uint32 i = 0; i < table->count; i++)
	{
		const RetentionCell *cell = &table->cells[i];
		Datum		values[COLUMNS] = {0};
		bool		nulls[COLUMNS] = {0};

		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		values[PERIOD] = Int32GetDatum(i);
		values[CUSTOMERS] = Int64GetDatum(cell->customers);
		values[ACTIVE] = Int64GetDatum(cell->active);
		nulls[ACTIVE] = nulls[RATE] = cell->customers == 0;
		if (cell->customers > 0)
			values[RATE] = Float8GetDatum((double) cell->active / (double) cell->customers);
		rows[i] = HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
	}
	ReleaseTupleDesc(descriptor);
	PG_RETURN_ARRAYTYPE_P(construct_array(rows, table->count, element, -1, false,
										  TYPALIGN_DOUBLE));
}
