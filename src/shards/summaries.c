/*
 * summaries.c
 *		Summaries are made and rolled up: the aggregates x_summary, x(summary) and
 *		summary_merge.
 *
 * There is no second way to collect, to write or to add up: x_summary ends in the
 * serialization function of x, and a roll-up deserializes and combines, as the
 * leader of a parallel query does with what its workers send.  So what holds of
 * parallel queries holds here: the result is equal bit by bit to that of all rows
 * in one place.
 */
#include "shards/summary.h"

#include "common/pg_lzcompress.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(tcs_summary_merge_trans);
PG_FUNCTION_INFO_V1(tcs_summary_merge_combine);
PG_FUNCTION_INFO_V1(tcs_summary_merge_serial);
PG_FUNCTION_INFO_V1(tcs_summary_merge_deserial);
PG_FUNCTION_INFO_V1(tcs_summary_merge_final);

/* The state of summary_merge: that of some aggregate. */
typedef struct SummaryMerge
{
	const TcsSummaryKind *kind;
	Datum		state;
} SummaryMerge;

/* Whose summary an error is about. */
static void
summary_error_context(void *kind)
{
	errcontext("summary of kind \"%s\"", ((const TcsSummaryKind *) kind)->name);
}

/* Call a support function of a state within the aggregate that runs. */
static Datum
summary_call(FunctionCallInfo outer, const TcsSummaryKind *kind, PGFunction function,
			 Datum first, bool first_null, Datum second)
{
	LOCAL_FCINFO(inner, 2);
	ErrorContextCallback callback = {error_context_stack, summary_error_context, unconstify(TcsSummaryKind *, kind)};
	Datum		result;

	error_context_stack = &callback;
	InitFunctionCallInfoData(*inner, outer->flinfo, 2, outer->fncollation, outer->context, NULL);
	inner->args[0].value = first;
	inner->args[0].isnull = first_null;
	inner->args[1].value = second;
	inner->args[1].isnull = false;
	result = function(inner);
	error_context_stack = callback.previous;
	if (inner->isnull)
		elog(ERROR, "support function of a summary returned no state");
	return result;
}

/* Bytes that are packed are no more than so many times longer than when they are. */
#define MOST_PACKED	100

/*
 * A state as a summary, packed where that makes it shorter: sorted values have
 * much in common.
 */
static struct varlena *
summary_make(FunctionCallInfo fcinfo, const TcsSummaryKind *kind, Datum state)
{
	bytea	   *bytes = DatumGetByteaPP(summary_call(fcinfo, kind, kind->serial, state, false, (Datum) 0));
	int32		length = VARSIZE_ANY_EXHDR(bytes);
	char	   *packed = MemoryContextAllocHuge(CurrentMemoryContext, PGLZ_MAX_OUTPUT(length));
	int32		packed_length = pglz_compress(VARDATA_ANY(bytes), length, packed, PGLZ_strategy_default);
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendbytes(&buffer, kind->name, strlen(kind->name) + 1);
	pq_sendbyte(&buffer, kind->version);
	pq_sendbyte(&buffer, GetDatabaseEncoding());
	if (packed_length > 0 && length / MOST_PACKED < packed_length)
	{
		pq_sendint32(&buffer, length);
		pq_sendbytes(&buffer, packed, packed_length);
	}
	else
	{
		pq_sendint32(&buffer, 0);
		pq_sendbytes(&buffer, VARDATA_ANY(bytes), length);
	}
	pfree(packed);
	return (struct varlena *) pq_endtypsend(&buffer);
}

/* What is in a summary after its head, as a state that is there to be combined. */
static Datum
summary_read(FunctionCallInfo fcinfo, const TcsSummaryKind *kind, struct varlena *summary, Size head)
{
	const char *from = VARDATA_ANY(summary) + head;
	int32		length = VARSIZE_ANY_EXHDR(summary) - head;
	uint32		unpacked;
	bytea	   *bytes;

	memcpy(&unpacked, from - sizeof(unpacked), sizeof(unpacked));
	unpacked = pg_ntoh32(unpacked);
	if (unpacked == 0)
	{
		bytes = palloc(VARHDRSZ + length);
		memcpy(VARDATA(bytes), from, length);
		SET_VARSIZE(bytes, VARHDRSZ + length);
	}
	else
	{
		if (unpacked / MOST_PACKED > (uint32) length || unpacked > MaxAllocSize - VARHDRSZ)
			tcs_bad_state("summary");
		bytes = palloc(VARHDRSZ + unpacked);
		if (pglz_decompress(from, length, VARDATA(bytes), unpacked, true) != (int32) unpacked)
			tcs_bad_state("summary");
		SET_VARSIZE(bytes, VARHDRSZ + unpacked);
	}
	return summary_call(fcinfo, kind, kind->deserial, PointerGetDatum(bytes), false, (Datum) 0);
}

static Datum
summary_trans(FunctionCallInfo fcinfo, TcsSummaryNumber number)
{
	const TcsSummaryKind *kind = &tcs_summary_kinds[number];
	const TcsSummaryKind *given;
	struct varlena *summary;
	Size		head;

	tcs_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	summary = (struct varlena *) PG_GETARG_VARLENA_PP(1);
	given = tcs_summary_open(summary, &head);
	if (given != kind)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("summary is of kind \"%s\", not \"%s\"", given->name, kind->name),
				 errhint("Roll it up with tcs.%s(summary).", given->name)));
	return summary_call(fcinfo, kind, kind->combine, PG_GETARG_DATUM(0), PG_ARGISNULL(0),
						summary_read(fcinfo, kind, summary, head));
}

static Datum
summary_final(FunctionCallInfo fcinfo, TcsSummaryNumber number)
{
	tcs_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(summary_make(fcinfo, &tcs_summary_kinds[number], PG_GETARG_DATUM(0)));
}

/* The two functions of each kind that SQL knows. */
#define SUMMARY_FUNCTIONS(kind, state, version) \
	PG_FUNCTION_INFO_V1(tcs_##kind##_summary_trans); \
	PG_FUNCTION_INFO_V1(tcs_##kind##_summary_final); \
	Datum tcs_##kind##_summary_trans(PG_FUNCTION_ARGS) { return summary_trans(fcinfo, TCS_SUMMARY_##kind); } \
	Datum tcs_##kind##_summary_final(PG_FUNCTION_ARGS) { return summary_final(fcinfo, TCS_SUMMARY_##kind); }
TCS_SUMMARY_KINDS(SUMMARY_FUNCTIONS)

/* The state of summary_merge in argument 0, or a new one, of that kind. */
static SummaryMerge *
merge_state(FunctionCallInfo fcinfo, const TcsSummaryKind *kind)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	SummaryMerge *merge = TCS_STATE(SummaryMerge);

	if (merge == NULL)
	{
		merge = MemoryContextAllocZero(context, sizeof(SummaryMerge));
		merge->kind = kind;
	}
	else if (merge->kind != kind)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("summaries of kind \"%s\" and \"%s\" do not merge", merge->kind->name, kind->name),
				 errhint("Merge summaries of one kind: keep them in columns of their own, or group by split_part(summary::text, ':', 1).")));
	return merge;
}

/* Add a state of that kind to the one in argument 0. */
static SummaryMerge *
merge_add(FunctionCallInfo fcinfo, const TcsSummaryKind *kind, Datum other)
{
	SummaryMerge *merge = merge_state(fcinfo, kind);

	merge->state = summary_call(fcinfo, kind, kind->combine, merge->state, merge->state == (Datum) 0, other);
	return merge;
}

Datum
tcs_summary_merge_trans(PG_FUNCTION_ARGS)
{
	struct varlena *summary;
	const TcsSummaryKind *kind;
	Size		head;

	tcs_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	summary = (struct varlena *) PG_GETARG_VARLENA_PP(1);
	kind = tcs_summary_open(summary, &head);
	PG_RETURN_POINTER(merge_add(fcinfo, kind, summary_read(fcinfo, kind, summary, head)));
}

Datum
tcs_summary_merge_combine(PG_FUNCTION_ARGS)
{
	SummaryMerge *from;

	tcs_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (SummaryMerge *) PG_GETARG_POINTER(1);
	PG_RETURN_POINTER(merge_add(fcinfo, from->kind, from->state));
}

Datum
tcs_summary_merge_serial(PG_FUNCTION_ARGS)
{
	SummaryMerge *merge;

	tcs_aggregate_context(fcinfo);
	merge = (SummaryMerge *) PG_GETARG_POINTER(0);
	PG_RETURN_POINTER(summary_make(fcinfo, merge->kind, merge->state));
}

Datum
tcs_summary_merge_deserial(PG_FUNCTION_ARGS)
{
	struct varlena *summary;
	SummaryMerge *merge;
	Size		head;

	tcs_aggregate_context(fcinfo);
	summary = (struct varlena *) PG_GETARG_VARLENA_PP(0);
	merge = palloc(sizeof(SummaryMerge));
	merge->kind = tcs_summary_open(summary, &head);
	merge->state = summary_read(fcinfo, merge->kind, summary, head);
	PG_RETURN_POINTER(merge);
}

Datum
tcs_summary_merge_final(PG_FUNCTION_ARGS)
{
	SummaryMerge *merge = TCS_STATE(SummaryMerge);

	tcs_aggregate_context(fcinfo);
	if (merge == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(summary_make(fcinfo, merge->kind, merge->state));
}
