/*
 * segmentations.c
 *		How a segmentation is doing, for whoever looks after all that there are.
 *
 * Whatever its owner made of it, there is a row: what cannot be read is NULL,
 * and the row says why.  Nothing of the owner's runs, and nobody waits long.
 */
#include "membership/segmentation.h"
#include "membership/source_models.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "server/peek.h"

PG_FUNCTION_INFO_V1(tcs_segmentation_status);
PG_FUNCTION_INFO_V1(tcs_source_tables_sql);
PG_FUNCTION_INFO_V1(tcs_version);

/* for a lock on what somebody is altering */
#define LONGEST_WAIT 100

/* bytes of what is told */
#define LONGEST_TEXT 4000

/* The columns of the answer. */
enum
{
	STATUS_SEGMENTATION,
	STATUS_SOURCE,
	STATUS_RULE_SET,
	STATUS_MODE,
	STATUS_CUSTOMERS,
	STATUS_LAST_REFRESH,
	STATUS_DURATION,
	STATUS_LAST_PROCESS,
	STATUS_PROCESS_DURATION,
	STATUS_QUEUE_LENGTH,
	STATUS_QUEUE_OLDEST,
	STATUS_FAILING,
	STATUS_LAST_ERROR,
	STATUS_LAST_ERROR_STATE,
	STATUS_LAST_ERROR_AT,
	STATUS_TRACKED,
	STATUS_UNTRACKED,
	STATUS_BYTES,
	STATUS_COLUMNS
};

typedef struct SegmentationStatus
{
	Oid			state;
	Oid			schema;
	char	   *name;			/* of the segmentation */
	Oid			into;			/* InvalidOid: it is gone */
	MemoryContext context;		/* of what is answered */
	Datum		values[STATUS_COLUMNS];
	bool		nulls[STATUS_COLUMNS];

	/* on the way */
	Oid			source;
	int64		rows;
	int64		failing;
	TimestampTz oldest;
	TimestampTz error_at;
	List	   *tracked;
	List	   *named;			/* those of them that were named themselves */
} SegmentationStatus;

static void
status_set(SegmentationStatus *status, int column, Datum value, bool isnull)
{
	status->values[column] = value;
	status->nulls[column] = isnull;
}

/* A value of type text, out of a row that goes: its begin, however long it is. */
static void
status_set_text(SegmentationStatus *status, int column, Datum value, bool isnull)
{
	MemoryContext old = MemoryContextSwitchTo(status->context);

	if (!isnull)
	{
		text	   *words = DatumGetTextPSlice(value, 0, LONGEST_TEXT);
		int			length = pg_mbcliplen(VARDATA_ANY(words), VARSIZE_ANY_EXHDR(words), LONGEST_TEXT);

		value = PointerGetDatum(cstring_to_text_with_len(VARDATA_ANY(words), length));
	}
	MemoryContextSwitchTo(old);
	status_set(status, column, value, isnull);
}

static void
status_set_interval(SegmentationStatus *status, int column, Datum value, bool isnull)
{
	Interval   *copy = MemoryContextAllocZero(status->context, sizeof(Interval));

	if (!isnull)
		*copy = *DatumGetIntervalP(value);
	status_set(status, column, IntervalPGetDatum(copy), isnull);
}

/* Relations as an array of regclass, in the order of their names. */
static int
compare_segmentation_names(const ListCell *a, const ListCell *b)
{
	const char *left = get_rel_name(lfirst_oid(a));
	const char *right = get_rel_name(lfirst_oid(b));
	int			order = strcmp(left ? left : "", right ? right : "");

	return order != 0 ? order : lfirst_oid(a) < lfirst_oid(b) ? -1 : lfirst_oid(a) > lfirst_oid(b);
}

static Datum
regclass_array(List *relations)
{
	Datum	   *elements = palloc((list_length(relations) + 1) * sizeof(Datum));
	ListCell   *cell;
	int			count = 0;

	list_sort(relations, compare_segmentation_names);
	foreach(cell, relations)
		elements[count++] = ObjectIdGetDatum(lfirst_oid(cell));
	return PointerGetDatum(construct_array(elements, count, REGCLASSOID, sizeof(Oid), true, TYPALIGN_INT));
}

static const TcsColumn state_column[] = {
	{"source", REGCLASSOID, true},
	{"rule_set", TEXTOID, true},
	{"mode", TEXTOID, true},
	{"customers", INT8OID, false},
	{"last_refresh", TIMESTAMPTZOID, false},
	{"duration", INTERVALOID, false},
	{"last_process", TIMESTAMPTZOID, false},
	{"process_duration", INTERVALOID, false},
	{"last_error", TEXTOID, false},
	{"last_error_state", TEXTOID, false},
	{"last_error_at", TIMESTAMPTZOID, false},
};

static void
status_take_state(const Datum *values, const bool *nulls, void *arg)
{
	SegmentationStatus *status = arg;

	if (status->rows++ > 0)
		return;
	status->source = nulls[0] ? InvalidOid : DatumGetObjectId(values[0]);
	status_set(status, STATUS_SOURCE, values[0], nulls[0]);
	status_set_text(status, STATUS_RULE_SET, values[1], nulls[1]);
	status_set_text(status, STATUS_MODE, values[2], nulls[2]);
	status_set(status, STATUS_CUSTOMERS, values[3], nulls[3]);
	status_set(status, STATUS_LAST_REFRESH, values[4], nulls[4]);
	status_set_interval(status, STATUS_DURATION, values[5], nulls[5]);
	status_set(status, STATUS_LAST_PROCESS, values[6], nulls[6]);
	status_set_interval(status, STATUS_PROCESS_DURATION, values[7], nulls[7]);
	status_set_text(status, STATUS_LAST_ERROR, values[8], nulls[8]);
	status_set_text(status, STATUS_LAST_ERROR_STATE, values[9], nulls[9]);
	status_set(status, STATUS_LAST_ERROR_AT, values[10], nulls[10]);
	status->error_at = nulls[10] ? DT_NOBEGIN : DatumGetTimestampTz(values[10]);
}

static const TcsColumn queue_column[] = {
	{"queued_at", TIMESTAMPTZOID, true},
	{"error", TEXTOID, false},
	{"error_state", TEXTOID, false},
};

/* The newest error is that of the state or of a key that waits. */
static void
status_take_queued(const Datum *values, const bool *nulls, void *arg)
{
	SegmentationStatus *status = arg;
	TimestampTz at = DatumGetTimestampTz(values[0]);

	if (nulls[0])
		return;
	if (status->rows++ == 0 || at < status->oldest)
		status->oldest = at;
	if (nulls[1])
		return;
	status->failing++;
	if (at <= status->error_at)
		return;
	status->error_at = at;
	status_set_text(status, STATUS_LAST_ERROR, values[1], false);
	status_set_text(status, STATUS_LAST_ERROR_STATE, values[2], nulls[2]);
	status_set(status, STATUS_LAST_ERROR_AT, TimestampTzGetDatum(at), false);
}

static const TcsColumn tracked_column[] = {
	{"relation", REGCLASSOID, true},
	{"parent", REGCLASSOID, false},
};

static void
status_take_tracked(const Datum *values, const bool *nulls, void *arg)
{
	SegmentationStatus *status = arg;

	if (nulls[0])
		return;
	status->tracked = lappend_oid(status->tracked, DatumGetObjectId(values[0]));
	if (nulls[1])
		status->named = lappend_oid(status->named, DatumGetObjectId(values[0]));
}

static Oid
status_part(const SegmentationStatus *status, TcsPart part)
{
	return get_relname_relid(psprintf("%s%s", status->name, tcs_part_suffix[part]),
							 status->schema);
}

/* The same, where it may be read; InvalidOid where not, an error where it is gone. */
static Oid
status_part_to_read(const SegmentationStatus *status, TcsPart part)
{
	Oid			oid = status_part(status, part);

	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("segmentation \"%s\" has no table \"%s%s\"",
						status->name, status->name, tcs_part_suffix[part])));
	return pg_class_aclcheck(oid, GetUserId(), ACL_SELECT) == ACLCHECK_OK ? oid : InvalidOid;
}

static void
status_read_state(void *arg)
{
	SegmentationStatus *status = arg;

	status->rows = 0;
	tcs_peek(status->state, state_column, lengthof(state_column), status_take_state, status);
	if (status->rows != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" does not have its one row", get_rel_name(status->state))));
	if (get_rel_name(status->source) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the source of segmentation \"%s\" does not exist any more", status->name)));
	if (!OidIsValid(status->into))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("segmentation \"%s\" has lost its table; what stood beside it is still there",
						quote_qualified_identifier(get_namespace_name(status->schema), status->name))));
}

static void
status_read_queue(void *arg)
{
	SegmentationStatus *status = arg;
	Oid			queue = status_part_to_read(status, TCS_PART_QUEUE);

	if (!OidIsValid(queue))
		return;
	status->rows = 0;
	tcs_peek(queue, queue_column, lengthof(queue_column), status_take_queued, status);
	status_set(status, STATUS_QUEUE_LENGTH, Int64GetDatum(status->rows), false);
	status_set(status, STATUS_QUEUE_OLDEST, TimestampTzGetDatum(status->oldest), status->rows == 0);
	status_set(status, STATUS_FAILING, Int64GetDatum(status->failing), false);
}

static void
status_read_tracked(void *arg)
{
	SegmentationStatus *status = arg;
	Oid			tracked = status_part_to_read(status, TCS_PART_TRACKED);
	List	   *untracked;

	if (!OidIsValid(tracked))
		return;
	tcs_peek(tracked, tracked_column, lengthof(tracked_column), status_take_tracked, status);
	status_set(status, STATUS_TRACKED, regclass_array(status->named), false);
	if (get_rel_name(status->source) == NULL)
		return;
	untracked = list_difference_oid(tcs_source_tables(status->source), status->tracked);
	status_set(status, STATUS_UNTRACKED, regclass_array(untracked), false);
}

static void
status_read_bytes(void *arg)
{
	SegmentationStatus *status = arg;
	int64		bytes = 0;

	for (int part = -1; part < TCS_TABLES; part++)
	{
		Oid			oid = part < 0 ? status->into : status_part(status, part);

		if (OidIsValid(oid))
			bytes += DatumGetInt64(DirectFunctionCall1(pg_total_relation_size, ObjectIdGetDatum(oid)));
	}
	status_set(status, STATUS_BYTES, Int64GetDatum(bytes), false);
}

/* What goes wrong is said where there is no error of the segmentation's own. */
static void
status_try(SegmentationStatus *status, void (*function) (void *))
{
	ErrorData  *error;

	if (tcs_peek_try(function, status, LONGEST_WAIT, &error))
		return;
	if (status->nulls[STATUS_LAST_ERROR])
	{
		status_set(status, STATUS_LAST_ERROR, CStringGetTextDatum(error->message), false);
		status_set(status, STATUS_LAST_ERROR_STATE,
				   CStringGetTextDatum(unpack_sql_state(error->sqlerrcode)), false);
	}
	FreeErrorData(error);
}

Datum
tcs_segmentation_status(PG_FUNCTION_ARGS)
{
	static void (*const reader[]) (void *) = {status_read_state, status_read_queue, status_read_tracked, status_read_bytes};
	SegmentationStatus status = {PG_GETARG_OID(0)};
	TupleDesc	columns;
	int			length;

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE ||
		columns->natts != STATUS_COLUMNS)
		elog(ERROR, "segmentation_status does not return its columns");
	columns = BlessTupleDesc(columns);
	memset(status.nulls, true, sizeof(status.nulls));
	status.context = CurrentMemoryContext;
	status.name = get_rel_name(status.state);
	if (status.name == NULL)
		PG_RETURN_NULL();
	length = strlen(status.name) - strlen(tcs_part_suffix[TCS_PART_STATE]);
	if (length <= 0 || strcmp(status.name + length, tcs_part_suffix[TCS_PART_STATE]) != 0)
		PG_RETURN_NULL();
	status.name[length] = '\0';
	status.schema = get_rel_namespace(status.state);
	status.into = get_relname_relid(status.name, status.schema);
	if (pg_class_aclcheck(status.state, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		PG_RETURN_NULL();

	status_set(&status, STATUS_SEGMENTATION, ObjectIdGetDatum(status.into), !OidIsValid(status.into));
	for (int i = 0; i < lengthof(reader); i++)
		status_try(&status, reader[i]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(columns, status.values, status.nulls)));
}

Datum
tcs_source_tables_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(regclass_array(tcs_source_tables(PG_GETARG_OID(0))));
}

Datum
tcs_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(TCS_VERSION));
}
