/*
 * record.c
 *		Rows of a fixed shape, made fast.
 */
#include "server/record.h"

#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "funcapi.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

struct TcsRecord
{
	TupleDesc	tupdesc;
	HeapTupleHeader header;		/* the template, all columns zero */
	Size		length;
	int			columns;
	struct
	{
		uint32		offset;
		int16		length;
	}			column[TCS_RECORD_COLUMNS];
};

TcsRecord *
tcs_record_create(FunctionCallInfo fcinfo, int columns, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	TcsRecord  *record = palloc0(sizeof(TcsRecord));
	Datum		zeros[TCS_RECORD_COLUMNS] = {0};
	bool		nulls[TCS_RECORD_COLUMNS] = {0};
	TupleDesc	tupdesc;
	HeapTuple	tuple;
	Size		offset;

	if (columns > TCS_RECORD_COLUMNS)
		elog(ERROR, "a record of %d columns", columns);
	if (OidIsValid(get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid))))
	{
		Oid			element;

		tupdesc = tcs_element_descriptor(fcinfo, columns, &element);
		record->tupdesc = BlessTupleDesc(CreateTupleDescCopy(tupdesc));
		ReleaseTupleDesc(tupdesc);
	}
	else
	{
		if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE ||
			tupdesc->natts != columns)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the result type does not have the columns that the function returns"),
					 errhint("The types in schema tcs must not be altered.")));
		record->tupdesc = BlessTupleDesc(CreateTupleDescCopy(tupdesc));
	}
	record->columns = columns;

	tuple = heap_form_tuple(record->tupdesc, zeros, nulls);
	record->header = tuple->t_data;
	record->length = tuple->t_len;
	offset = tuple->t_data->t_hoff;
	for (int i = 0; i < columns; i++)
	{
		Form_pg_attribute column = TupleDescAttr(record->tupdesc, i);

		if (!column->attbyval || column->attisdropped)
			elog(ERROR, "column %d has no fixed width", i + 1);
		offset = att_align_nominal(offset, column->attalign);
		record->column[i].offset = offset;
		record->column[i].length = column->attlen;
		offset += column->attlen;
	}
	MemoryContextSwitchTo(old);
	return record;
}

Datum
tcs_record_make(const TcsRecord *record, const Datum *values)
{
	char	   *row = palloc(record->length);

	memcpy(row, record->header, record->length);
	for (int i = 0; i < record->columns; i++)
		store_att_byval(row + record->column[i].offset, values[i],
						record->column[i].length);
	return PointerGetDatum(row);
}

Datum
tcs_record_make_nulls(const TcsRecord *record, const Datum *values,
					  const bool *nulls)
{
	HeapTuple	tuple = heap_form_tuple(record->tupdesc, unconstify(Datum *, values),
										unconstify(bool *, nulls));

	return HeapTupleGetDatum(tuple);
}

TupleDesc
tcs_element_descriptor(FunctionCallInfo fcinfo, int columns, Oid *element)
{
	TupleDesc	descriptor;

	*element = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	descriptor = lookup_rowtype_tupdesc(*element, -1);
	if (descriptor->natts != columns)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the result type does not have the columns that the function returns"),
				 errhint("The types in schema tcs must not be altered.")));
	return descriptor;
}
