/*
 * purchase_log.c
 *		All that one customer bought as a value, from which the history until any
 *		day is read: the aggregate and type purchase_log.
 */
#include "history/purchase_log.h"
#include "orders/row.h"

#include "libpq/pqformat.h"

#define LOG_ARGUMENT(n) ((TcsPurchaseLog *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

/* One row of the log.  Arguments: state, at, amount, then the zone. */
static inline Datum
purchase_log_add(FunctionCallInfo fcinfo, TcsAt at, TcsAmount amount_type)
{
	TcsGrowingLog *growing = TCS_STATE(TcsGrowingLog);
	MemoryContext context = NULL;
	TcsZone		zone = 0;
	DateADT		day;
	int64		fixed;

	if (at == TCS_AT_TIMESTAMPTZ)
		zone = tcs_zone_argument(fcinfo, 3, &fcinfo->flinfo->fn_extra);
	if (growing != NULL)
		tcs_growing_log_check_same(growing, zone);
	else
		context = tcs_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (growing == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(growing);
	}
	day = tcs_row_day(fcinfo, 1, at, zone);
	if (growing == NULL)
		growing = tcs_growing_log_create(context, day, zone);
	if (tcs_row_fixed(fcinfo, 2, amount_type, &fixed))
		growing = tcs_growing_log_add_fixed(growing, day, fixed);
	else
	{
		double		residual;
		double		amount = tcs_row_amount(fcinfo, 2, amount_type, &residual);

		growing = tcs_growing_log_add_amount(growing, day, amount, residual);
	}
	PG_RETURN_POINTER(growing);
}

TCS_ROW_FUNCTION(tcs_purchase_log_date_float8, purchase_log_add, TCS_AT_DATE, TCS_AMOUNT_FLOAT8);
TCS_ROW_FUNCTION(tcs_purchase_log_date_numeric, purchase_log_add, TCS_AT_DATE, TCS_AMOUNT_NUMERIC);
TCS_ROW_FUNCTION(tcs_purchase_log_timestamp_float8, purchase_log_add, TCS_AT_TIMESTAMP, TCS_AMOUNT_FLOAT8);
TCS_ROW_FUNCTION(tcs_purchase_log_timestamp_numeric, purchase_log_add, TCS_AT_TIMESTAMP, TCS_AMOUNT_NUMERIC);
TCS_ROW_FUNCTION(tcs_purchase_log_timestamptz_float8, purchase_log_add, TCS_AT_TIMESTAMPTZ, TCS_AMOUNT_FLOAT8);
TCS_ROW_FUNCTION(tcs_purchase_log_timestamptz_numeric, purchase_log_add, TCS_AT_TIMESTAMPTZ, TCS_AMOUNT_NUMERIC);

PG_FUNCTION_INFO_V1(tcs_purchase_log_combine);
PG_FUNCTION_INFO_V1(tcs_purchase_log_serial);
PG_FUNCTION_INFO_V1(tcs_purchase_log_deserial);
PG_FUNCTION_INFO_V1(tcs_purchase_log_final);
PG_FUNCTION_INFO_V1(tcs_purchase_log_in);
PG_FUNCTION_INFO_V1(tcs_purchase_log_out);
PG_FUNCTION_INFO_V1(tcs_purchase_log_recv);
PG_FUNCTION_INFO_V1(tcs_purchase_log_send);
PG_FUNCTION_INFO_V1(tcs_purchase_log_history_until);
PG_FUNCTION_INFO_V1(tcs_purchase_log_holdout);

Datum
tcs_purchase_log_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsGrowingLog *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsGrowingLog *) PG_GETARG_POINTER(1);
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(tcs_growing_log_of(context, tcs_growing_log_value(from), tcs_growing_log_zone(from)));
	PG_RETURN_POINTER(tcs_growing_log_merge((TcsGrowingLog *) PG_GETARG_POINTER(0), from));
}

Datum
tcs_purchase_log_serial(PG_FUNCTION_ARGS)
{
	TcsGrowingLog *growing = (TcsGrowingLog *) PG_GETARG_POINTER(0);
	const char *zone;
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	zone = tcs_zone_name(tcs_growing_log_zone(growing));
	pq_begintypsend(&buffer);
	pq_sendbytes(&buffer, zone, strlen(zone) + 1);
	tcs_purchase_log_write(&buffer, tcs_growing_log_value(growing));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_purchase_log_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	const char *zone;
	TcsGrowingLog *growing;

	tcs_aggregate_context(fcinfo);
	tcs_copied_buffer(&buffer, bytes);
	zone = pq_getmsgrawstring(&buffer);
	growing = tcs_growing_log_of(CurrentMemoryContext, tcs_purchase_log_read(&buffer),
								 zone[0] == '\0' ? 0 : tcs_zone_lookup(zone));
	pq_getmsgend(&buffer);
	pfree(buffer.data);
	PG_RETURN_POINTER(growing);
}

Datum
tcs_purchase_log_final(PG_FUNCTION_ARGS)
{
	TcsGrowingLog *growing = TCS_STATE(TcsGrowingLog);

	tcs_aggregate_context(fcinfo);
	if (growing == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(tcs_growing_log_value(growing));
}

Datum
tcs_purchase_log_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(tcs_purchase_log_parse(PG_GETARG_CSTRING(0)));
}

Datum
tcs_purchase_log_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(tcs_purchase_log_text(LOG_ARGUMENT(0)));
}

Datum
tcs_purchase_log_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(tcs_purchase_log_read((StringInfo) PG_GETARG_POINTER(0)));
}

Datum
tcs_purchase_log_send(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	tcs_purchase_log_write(&buffer, LOG_ARGUMENT(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* arguments: log, as_of */
Datum
tcs_purchase_log_history_until(PG_FUNCTION_ARGS)
{
	DateADT		as_of = tcs_row_bound(fcinfo, 1, "as_of");

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return tcs_purchase_history_result(fcinfo, tcs_purchase_log_history(LOG_ARGUMENT(0), DATEVAL_NOBEGIN, as_of));
}

/* arguments: log, as_of, until */
Datum
tcs_purchase_log_holdout(PG_FUNCTION_ARGS)
{
	DateADT		as_of = tcs_row_bound(fcinfo, 1, "as_of");
	DateADT		until = tcs_row_bound(fcinfo, 2, "until");

	if (as_of > until)
		tcs_holdout_backwards();
	return tcs_holdout_result(fcinfo, PG_ARGISNULL(0) ? NULL :
							  tcs_purchase_log_history(LOG_ARGUMENT(0), as_of, until));
}
