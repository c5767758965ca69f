/*
 * feature_row.c
 *		The columns of a row, read as features are.
 *
 * A row is taken apart once.  What its type is like is looked up once for a call
 * site, and again where the type of the rows changes.
 */
#include "features/feature_row.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "expressions/row_call.h"
#include "orders/amount.h"

const char *const tcs_feature_kinds[TCS_FEATURE_KINDS] = {
	"boolean", "integer", "number", "interval", "date", "timestamp", "timestamptz", "text"
};

void
tcs_features_check_row(FunctionCallInfo fcinfo, int argno)
{
	tcs_row_check(fcinfo, argno);
}

int
tcs_feature_kind(Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return TCS_FEATURE_BOOLEAN;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return TCS_FEATURE_INTEGER;
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return TCS_FEATURE_NUMBER;
		case INTERVALOID:
			return TCS_FEATURE_INTERVAL;
		case DATEOID:
			return TCS_FEATURE_DATE;
		case TIMESTAMPOID:
			return TCS_FEATURE_TIMESTAMP;
		case TIMESTAMPTZOID:
			return TCS_FEATURE_TIMESTAMPTZ;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case UUIDOID:
			return TCS_FEATURE_TEXT;
		default:
			return type_is_enum(type) ? TCS_FEATURE_TEXT : TCS_FEATURE_REFUSED;
	}
}

void
tcs_row_refuse(const TcsFeatureReader *reader, int column)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("feature \"%s\" must not be of type %s", tcs_row_column_name(reader, column),
					format_type_be(reader->column[column].type)),
			 errdetail("Features are booleans, numbers, intervals, dates, timestamps, texts, enums and uuids."),
			 errhint("Cast it to one of these, or name it in the option \"without\".")));
}

static TcsFeatureReader *
feature_reader_create(MemoryContext parent, Oid type, int32 typmod)
{
	static uint64 readers = 0;
	MemoryContext context = AllocSetContextCreate(parent, "tcs features", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	TcsFeatureReader *reader = palloc0(sizeof(TcsFeatureReader));
	TupleDesc	shared = lookup_rowtype_tupdesc(type, typmod);

	reader->context = context;
	reader->number = ++readers;
	reader->type = type;
	reader->typmod = typmod;
	/* with the defaults of columns that stored rows lack */
	reader->columns = CreateTupleDescCopyConstr(shared);
	ReleaseTupleDesc(shared);
	if (type != RECORDOID)
	{
		reader->entry = lookup_type_cache(type, TYPECACHE_TUPDESC);
		reader->identifier = reader->entry->tupDesc_identifier;
	}
	reader->column = palloc0((reader->columns->natts + 1) * sizeof(TcsRowColumn));
	reader->values = palloc((reader->columns->natts + 1) * sizeof(Datum));
	reader->nulls = palloc((reader->columns->natts + 1) * sizeof(bool));
	for (int i = 0; i < reader->columns->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(reader->columns, i);
		TcsRowColumn *column = &reader->column[reader->count];

		if (attribute->attisdropped)
			continue;
		column->place = i;
		column->type = getBaseType(attribute->atttypid);
		column->kind = tcs_feature_kind(column->type);
		if (column->type == UUIDOID)
		{
			Oid			output;
			bool		is_varlena;

			getTypeOutputInfo(column->type, &output, &is_varlena);
			fmgr_info_cxt(output, &column->output, context);
		}
		reader->count++;
	}
	MemoryContextSwitchTo(old);
	return reader;
}

TcsFeatureReader *
tcs_feature_reader(TcsFeatureReader **kept, MemoryContext context, HeapTupleHeader row)
{
	TcsFeatureReader *reader = *kept;
	Oid			type = HeapTupleHeaderGetTypeId(row);
	int32		typmod = HeapTupleHeaderGetTypMod(row);

	if (likely(reader != NULL && reader->type == type && reader->typmod == typmod &&
			   (reader->entry == NULL || reader->entry->tupDesc_identifier == reader->identifier)))
		return reader;
	*kept = NULL;
	if (reader != NULL)
		MemoryContextDelete(reader->context);
	*kept = feature_reader_create(context, type, typmod);
	return *kept;
}

void
tcs_feature_read(TcsFeatureReader *reader, HeapTupleHeader row)
{
	tcs_row_columns(row, reader->columns, reader->values, reader->nulls);
}

/* An interval in days as the server compares intervals, a month being 30 days. */
static double
row_interval_days(const Interval *interval)
{
	int64		days = (int64) interval->month * DAYS_PER_MONTH + interval->day;

	if (TCS_INTERVAL_NOT_FINITE(interval))
		return INFINITY;
	/* in whole microseconds, unless those are too many */
	if (Max(days, -days) < INT64CONST(50000000) &&
		Max(interval->time, -interval->time) < INT64CONST(4000000000000000000))
		return (double) (days * USECS_PER_DAY + interval->time) / USECS_PER_DAY;
	return (double) days + (double) interval->time / USECS_PER_DAY;
}

static double
row_column_convert(Oid type, Datum value)
{
	double		number;

	if (tcs_value_number(type, value, &number))
		return number;
	switch (type)
	{
		case BOOLOID:
			return DatumGetBool(value) ? 1.0 : 0.0;
		case INTERVALOID:
			return row_interval_days(DatumGetIntervalP(value));
		case DATEOID:
			return DATE_NOT_FINITE(DatumGetDateADT(value)) ? INFINITY :
				(double) DatumGetDateADT(value);
		default:
			return TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value)) ? INFINITY :
				(double) DatumGetTimestamp(value) / USECS_PER_DAY;
	}
}

double
tcs_row_number(TcsFeatureReader *reader, int column)
{
	const TcsRowColumn *read = &reader->column[column];
	double		number;

	if (reader->nulls[read->place])
		return NAN;
	number = row_column_convert(read->type, reader->values[read->place]);
	if (unlikely(isinf(number)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("feature \"%s\" must not be infinite", tcs_row_column_name(reader, column)),
				 errhint("Replace infinity with NULL, which counts as missing.")));
	return isnan(number) ? NAN : number + 0.0;
}

/* The name of a value of an enum; those met lately are known. */
static const char *
row_enum_label(TcsFeatureReader *reader, TcsRowColumn *column, Oid value)
{
	int			slot = value % FEATURE_LABELS;
	HeapTuple	tuple;
	char	   *label;

	if (likely(column->labels[slot] == value))
		return column->label[slot];
	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid internal value for enum: %u", value)));
	label = MemoryContextStrdup(reader->context,
								NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel));
	ReleaseSysCache(tuple);
	if (column->label[slot])
		pfree(column->label[slot]);
	column->labels[slot] = value;
	column->label[slot] = label;
	return label;
}

const char *
tcs_row_text(TcsFeatureReader *reader, int column, Size *length)
{
	TcsRowColumn *read = &reader->column[column];
	Datum		value = reader->values[read->place];
	const char *text;

	if (reader->nulls[read->place])
		return NULL;
	switch (read->type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			{
				struct varlena *string = (struct varlena *) DatumGetPointer(value);

				/* what is too long for a level need not be fetched */
				if (VARATT_IS_EXTENDED(string) && !VARATT_IS_SHORT(string) &&
					read->type != BPCHAROID &&
					toast_raw_datum_size(value) > TCS_LEVEL_BYTES + VARHDRSZ)
				{
					*length = TCS_LEVEL_BYTES + 1;
					return "";
				}
				string = PG_DETOAST_DATUM_PACKED(value);
				text = VARDATA_ANY(string);

				*length = VARSIZE_ANY_EXHDR(string);
				/* as they are compared, without blanks at the end */
				while (read->type == BPCHAROID && *length > 0 && text[*length - 1] == ' ')
					(*length)--;
				return text;
			}
		case NAMEOID:
			text = NameStr(*DatumGetName(value));

			break;
		case UUIDOID:
			text = OutputFunctionCall(&read->output, value);

			break;
		default:
			text = row_enum_label(reader, read, DatumGetObjectId(value));

			break;
	}
	*length = strlen(text);
	return text;
}
