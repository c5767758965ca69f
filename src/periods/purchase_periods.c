/*
 * purchase_periods.c
 *		What a customer did in each calendar period: the aggregate
 *		purchase_periods, from which the views of cohorts and of KPIs are made.
 */
#include "orders/row.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "periods/purchases.h"
#include "server/record.h"

/* The columns of tcs.purchase_period. */
enum
{
	PERIOD,
	COHORT,
	RETAINED,
	ORDERS,
	REVENUE,
	COLUMNS
};

/* What the final function needs, worked out once a query. */
typedef struct PurchasePeriodsResult
{
	TcsRecord  *record;
	Oid			element;
} PurchasePeriodsResult;

PG_FUNCTION_INFO_V1(tcs_purchase_periods_combine);
PG_FUNCTION_INFO_V1(tcs_purchase_periods_serial);
PG_FUNCTION_INFO_V1(tcs_purchase_periods_deserial);
PG_FUNCTION_INFO_V1(tcs_purchase_periods_final);

/* arguments: state, at, amount, as_of, period, zone */
static inline Datum
purchase_period_row_add(FunctionCallInfo fcinfo, TcsAt at, TcsAmount amount_type)
{
	TcsPurchases given = {0};
	TcsPurchases *state;
	DateADT		day;

	given.as_of = tcs_row_bound(fcinfo, 3, "as_of");
	given.period = tcs_period_argument(fcinfo, 4);
	if (at == TCS_AT_TIMESTAMPTZ)
		given.zone = tcs_zone_argument(fcinfo, 5, &fcinfo->flinfo->fn_extra);
	if (PG_ARGISNULL(0))
		state = tcs_purchases_create(tcs_row_context(fcinfo), &given);
	else
	{
		state = (TcsPurchases *) PG_GETARG_POINTER(0);
		tcs_purchases_check_same(state, &given);
	}
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);

	day = tcs_row_day(fcinfo, 1, at, given.zone);
	if (day <= given.as_of)
	{
		double		residual;
		double		amount = tcs_row_amount(fcinfo, 2, amount_type, &residual);
		int32		number = tcs_period_number(given.period, day);
		TcsSum		revenue = {0};

		/* where the calendar begins, see whether the period does not before */
		if (unlikely(day < TCS_DATE_FIRST + 366))
			(void) tcs_purchases_begin(state, number);

		if (!isnan(amount))
		{
			revenue.high = amount;
			revenue.middle = residual;
			state->largest = Max(state->largest, fabs(amount));
		}
		state = tcs_purchases_add(state, number, amount < 0.0 ? 0 : 1, &revenue);
	}
	PG_RETURN_POINTER(state);
}

TCS_ROW_FUNCTION(tcs_purchase_periods_date_float8, purchase_period_row_add, TCS_AT_DATE, TCS_AMOUNT_FLOAT8);
TCS_ROW_FUNCTION(tcs_purchase_periods_date_numeric, purchase_period_row_add, TCS_AT_DATE, TCS_AMOUNT_NUMERIC);
TCS_ROW_FUNCTION(tcs_purchase_periods_timestamp_float8, purchase_period_row_add, TCS_AT_TIMESTAMP, TCS_AMOUNT_FLOAT8);
TCS_ROW_FUNCTION(tcs_purchase_periods_timestamp_numeric, purchase_period_row_add, TCS_AT_TIMESTAMP, TCS_AMOUNT_NUMERIC);
TCS_ROW_FUNCTION(tcs_purchase_periods_timestamptz_float8, purchase_period_row_add, TCS_AT_TIMESTAMPTZ, TCS_AMOUNT_FLOAT8);
TCS_ROW_FUNCTION(tcs_purchase_periods_timestamptz_numeric, purchase_period_row_add, TCS_AT_TIMESTAMPTZ, TCS_AMOUNT_NUMERIC);

Datum
tcs_purchase_periods_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsPurchases *into;
	TcsPurchases *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsPurchases *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? tcs_purchases_create(context, from) : (TcsPurchases *) PG_GETARG_POINTER(0);
	tcs_purchases_check_same(into, from);
	into->largest = Max(into->largest, from->largest);
	for (uint32 i = 0; i < from->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		into = tcs_purchases_add(into, from->entries[i].number, from->entries[i].orders,
								 &from->entries[i].revenue);
	}
	PG_RETURN_POINTER(into);
}

Datum
tcs_purchase_periods_serial(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	tcs_purchases_send(&buffer, (TcsPurchases *) PG_GETARG_POINTER(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_purchase_periods_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	TcsPurchases *state;

	tcs_aggregate_context(fcinfo);
	tcs_copied_buffer(&buffer, bytes);
	state = tcs_purchases_receive(&buffer, CurrentMemoryContext);
	pq_getmsgend(&buffer);
	pfree(buffer.data);
	PG_RETURN_POINTER(state);
}

Datum
tcs_purchase_periods_final(PG_FUNCTION_ARGS)
{
	TcsPurchases *state = TCS_STATE(TcsPurchases);
	PurchasePeriodsResult *result = fcinfo->flinfo->fn_extra;
	Datum	   *rows;
	DateADT		cohort = 0;
	bool		bought = false; /* by then */

	tcs_aggregate_context(fcinfo);
	if (state == NULL || state->count == 0)
		PG_RETURN_NULL();
	if (result == NULL)
	{
		result = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(PurchasePeriodsResult));
		result->record = tcs_record_create(fcinfo, COLUMNS, fcinfo->flinfo->fn_mcxt);
		result->element = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
		fcinfo->flinfo->fn_extra = result;
	}

	tcs_purchases_settle(state);
	for (uint32 i = 0; i < state->count && !bought; i++)
		if (state->entries[i].orders > 0)
		{
			cohort = tcs_purchases_begin(state, state->entries[i].number);
			bought = true;
		}

	rows = palloc(state->count * sizeof(Datum));
	for (uint32 i = 0; i < state->count; i++)
	{
		const TcsPeriodPurchases *entry = &state->entries[i];
		const TcsPeriodPurchases *before = i > 0 ? entry - 1 : NULL;
		Datum		values[COLUMNS];

		CHECK_FOR_INTERRUPTS();
		values[PERIOD] = DateADTGetDatum(tcs_purchases_begin(state, entry->number));
		values[COHORT] = DateADTGetDatum(cohort);
		values[RETAINED] = BoolGetDatum(before != NULL && before->number == entry->number - 1 &&
										before->orders > 0 && entry->orders > 0);
		values[ORDERS] = Int64GetDatum(entry->orders);
		values[REVENUE] = Float8GetDatum(tcs_purchases_revenue(state, &entry->revenue));
		if (likely(bought))
			rows[i] = tcs_record_make(result->record, values);
		else
		{
			bool		nulls[COLUMNS] = {0};

			nulls[COHORT] = true;
			rows[i] = tcs_record_make_nulls(result->record, values, nulls);
		}
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(rows, state->count, result->element, -1, false,
										  TYPALIGN_DOUBLE));
}
