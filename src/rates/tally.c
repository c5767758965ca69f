/*
 * tally.c
 *		Rows that were counted by kind: the state of rate, nps and csat.
 */
#include "rates/tally.h"

#include "libpq/pqformat.h"

#include "server/record.h"

#define MOST_COLUMNS	7

PG_FUNCTION_INFO_V1(tcs_tally_combine);
PG_FUNCTION_INFO_V1(tcs_tally_serial);
PG_FUNCTION_INFO_V1(tcs_tally_deserial);

static TcsTally *
tally_create(MemoryContext context, double parameter, double other)
{
	TcsTally   *tally = MemoryContextAllocZero(context, sizeof(TcsTally));

	tally->parameter[0] = parameter;
	tally->parameter[1] = other;
	return tally;
}

static void
tally_check_same(const TcsTally *tally, double parameter, double other, const char *what)
{
	if (tally->parameter[0] != parameter || tally->parameter[1] != other)
		tcs_not_the_same(what);
}

TcsTally *
tcs_tally_first(FunctionCallInfo fcinfo, double parameter, double other,
				const char *what)
{
	TcsTally   *tally;

	if (PG_ARGISNULL(0))
		return tally_create(tcs_aggregate_context(fcinfo), parameter, other);
	tally = (TcsTally *) PG_GETARG_POINTER(0);
	tally_check_same(tally, parameter, other, what);
	return tally;
}

double
tcs_confidence_argument(FunctionCallInfo fcinfo, int argument)
{
	if (PG_NARGS() <= argument)
		return 0.95;
	if (PG_ARGISNULL(argument))
		tcs_refuse_null("confidence", NULL);
	return tcs_inner_share(PG_GETARG_FLOAT8(argument), "confidence",
						   "Give 0.95 for intervals that miss the truth once in 20 times.");
}

Datum
tcs_tally_result(FunctionCallInfo fcinfo, const int64 *counts, int many,
				 double share, TcsInterval interval)
{
	TcsRecord  *record = fcinfo->flinfo->fn_extra;
	Datum		values[MOST_COLUMNS];
	bool		nulls[MOST_COLUMNS] = {0};

	if (record == NULL)
		fcinfo->flinfo->fn_extra = record =
			tcs_record_create(fcinfo, many + 3, fcinfo->flinfo->fn_mcxt);
	for (int i = 0; i < many; i++)
		values[i] = Int64GetDatum(counts[i]);
	values[many] = Float8GetDatum(share);
	values[many + 1] = Float8GetDatum(interval.low);
	values[many + 2] = Float8GetDatum(interval.high);
	if (!isnan(share))
		return tcs_record_make(record, values);
	for (int i = many; i < many + 3; i++)
		nulls[i] = true;
	return tcs_record_make_nulls(record, values, nulls);
}

Datum
tcs_tally_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsTally   *into;
	TcsTally   *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsTally *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? tally_create(context, from->parameter[0], from->parameter[1]) :
		(TcsTally *) PG_GETARG_POINTER(0);
	tally_check_same(into, from->parameter[0], from->parameter[1],
					 from->parameter[1] > 0.0 ? "from and best" : "confidence");
	into->n += from->n;
	into->plus += from->plus;
	into->minus += from->minus;
	PG_RETURN_POINTER(into);
}

Datum
tcs_tally_serial(PG_FUNCTION_ARGS)
{
	TcsTally   *tally = (TcsTally *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, tally->n);
	pq_sendint64(&buffer, tally->plus);
	pq_sendint64(&buffer, tally->minus);
	pq_sendfloat8(&buffer, tally->parameter[0]);
	pq_sendfloat8(&buffer, tally->parameter[1]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* what rate, nps and csat set: a confidence, nothing, or from and best */
static bool
tally_are_parameters(const double *parameter)
{
	if (parameter[1] == 0.0)
		return parameter[0] >= 0.0 && parameter[0] < 1.0;
	return parameter[0] >= 1.0 && parameter[1] >= parameter[0] && isfinite(parameter[1]);
}

Datum
tcs_tally_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	TcsTally   *tally;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	tally = tally_create(CurrentMemoryContext, 0.0, 0.0);
	tally->n = pq_getmsgint64(&buffer);
	tally->plus = pq_getmsgint64(&buffer);
	tally->minus = pq_getmsgint64(&buffer);
	tally->parameter[0] = pq_getmsgfloat8(&buffer);
	tally->parameter[1] = pq_getmsgfloat8(&buffer);
	pq_getmsgend(&buffer);
	if (tally->n < 0 || tally->n > TCS_MANY || tally->plus < 0 || tally->minus < 0 ||
		tally->plus > tally->n || tally->minus > tally->n - tally->plus ||
		!tally_are_parameters(tally->parameter))
		tcs_bad_state("counts");
	PG_RETURN_POINTER(tally);
}
