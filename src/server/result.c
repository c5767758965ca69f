/*
 * result.c
 *		Values taken out of the result of a statement.
 *
 * What a column was when a relation was made, or even when it was last looked
 * at, says nothing of what it is: taken for another type, a number is a
 * pointer.  So the type that comes is compared with the one that is wanted,
 * for each value, which costs next to nothing.
 */
#include "server/server.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"

static void
column_check(TupleDesc columns, int column, Oid type)
{
	Form_pg_attribute form;

	if (column < 1 || column > columns->natts)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("a relation has %d columns, of which column %d is missing",
						columns->natts, column),
				 errhint("Give the table the columns that it was made with.")));
	form = TupleDescAttr(columns, column - 1);
	if (form->attisdropped)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column %d of a relation was dropped", column),
				 errhint("Give the table the columns that it was made with.")));
	if (form->atttypid != type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" is of type %s, must be %s",
						NameStr(form->attname), format_type_be(form->atttypid),
						format_type_be(type)),
				 errhint("Give the column of the table the type that it was made with.")));
}

static void
column_null(TupleDesc columns, int column)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("column \"%s\" is null",
					NameStr(TupleDescAttr(columns, column - 1)->attname)),
			 errhint("Give the column of the table a value, and the constraint that it was made with.")));
}

/* The column, of that type; an error unless there is such a row and column. */
static void
result_check(uint64 row, int column, Oid type)
{
	if (SPI_tuptable == NULL || row >= SPI_tuptable->numvals ||
		column < 1 || column > SPI_tuptable->tupdesc->natts)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a statement did not return the row that it should"),
				 errhint("Look for a rule, trigger or policy on the tables concerned that discards rows.")));
	if (OidIsValid(type))
		column_check(SPI_tuptable->tupdesc, column, type);
}

Datum
tcs_result(uint64 row, int column, Oid type, bool *isnull)
{
	result_check(row, column, type);
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column,
						 isnull);
}

Datum
tcs_result_value(uint64 row, int column, Oid type)
{
	bool		isnull;
	Datum		value = tcs_result(row, column, type, &isnull);

	if (isnull)
		column_null(SPI_tuptable->tupdesc, column);
	return value;
}

bool
tcs_result_isnull(uint64 row, int column)
{
	bool		isnull;

	(void) tcs_result(row, column, InvalidOid, &isnull);
	return isnull;
}

char *
tcs_result_text(uint64 row, int column)
{
	bool		isnull;
	Datum		value = tcs_result(row, column, TEXTOID, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

char *
tcs_result_string(uint64 row, int column)
{
	result_check(row, column, InvalidOid);
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

int64
tcs_result_bigint(uint64 row, int column)
{
	bool		isnull;
	Datum		value = tcs_result(row, column, INT8OID, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

int32
tcs_result_integer(uint64 row, int column)
{
	bool		isnull;
	Datum		value = tcs_result(row, column, INT4OID, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

bool
tcs_result_boolean(uint64 row, int column)
{
	bool		isnull;
	Datum		value = tcs_result(row, column, BOOLOID, &isnull);

	return !isnull && DatumGetBool(value);
}

double
tcs_result_float(uint64 row, int column)
{
	bool		isnull;
	Datum		value = tcs_result(row, column, FLOAT8OID, &isnull);

	return isnull ? get_float8_nan() : DatumGetFloat8(value);
}

Datum
tcs_result_copy(uint64 row, int column, Oid type, MemoryContext context)
{
	bool		isnull;
	Datum		value = tcs_result(row, column, type, &isnull);
	MemoryContext old;

	if (isnull)
		return (Datum) 0;
	old = MemoryContextSwitchTo(context);
	value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	MemoryContextSwitchTo(old);
	return value;
}

Datum
tcs_row_value(HeapTuple row, TupleDesc columns, int column, Oid type, bool *isnull)
{
	column_check(columns, column, type);
	return heap_getattr(row, column, columns, isnull);
}

Datum
tcs_row_required(HeapTuple row, TupleDesc columns, int column, Oid type)
{
	bool		isnull;
	Datum		value = tcs_row_value(row, columns, column, type, &isnull);

	if (isnull)
		column_null(columns, column);
	return value;
}

void
tcs_row_columns(HeapTupleHeader row, TupleDesc columns, Datum *values, bool *nulls)
{
	HeapTupleData tuple = {0};

	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_data = row;
	heap_deform_tuple(&tuple, columns, values, nulls);
}

static void
array_check(ArrayType *array, Oid type, bool nulls)
{
	if (ARR_ELEMTYPE(array) != type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("an array has elements of type %s, must have %s",
						format_type_be(ARR_ELEMTYPE(array)), format_type_be(type)),
				 errhint("Give the column of the table the type that it was made with.")));
	if (!nulls && array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("an array has null elements")));
}

void
tcs_array_elements(Datum array, Oid type, Datum **elements, bool **nulls, int *count)
{
	ArrayType  *a = DatumGetArrayTypeP(array);
	int16		length;
	bool		by_value;
	char		align;

	array_check(a, type, nulls != NULL);
	get_typlenbyvalalign(type, &length, &by_value, &align);
	deconstruct_array(a, type, length, by_value, align, elements, nulls, count);
}

const void *
tcs_array_data(ArrayType *array, Oid type, const uint8 **nulls, int *count)
{
	array_check(array, type, nulls != NULL);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("an array must have one dimension, not %d", ARR_NDIM(array))));
	*count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (nulls != NULL)
		*nulls = ARR_NULLBITMAP(array);
	return ARR_DATA_PTR(array);
}
