/*
 * period_cv.c
 *		How steadily a customer buys: the aggregate period_cv.
 */
#include "orders/row.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"

#include "abc/periods.h"

PG_FUNCTION_INFO_V1(tcs_period_cv_combine);
PG_FUNCTION_INFO_V1(tcs_period_cv_serial);
PG_FUNCTION_INFO_V1(tcs_period_cv_deserial);
PG_FUNCTION_INFO_V1(tcs_period_cv_final);

static void
period_check_same(const TcsPeriods *state, const TcsPeriods *given)
{
	if (likely(state->as_of == given->as_of && state->zone == given->zone &&
			   state->period == given->period))
		return;
	tcs_not_the_same(state->as_of != given->as_of ? "as_of" :
					 state->zone != given->zone ? "zone" : "period");
}

/* arguments: state, at, amount, as_of, period, zone */
static inline Datum
period_row_add(FunctionCallInfo fcinfo, TcsAt at, TcsAmount amount_type)
{
	TcsPeriods	given = {0};
	TcsPeriods *state;
	DateADT		day;

	given.as_of = tcs_row_bound(fcinfo, 3, "as_of");
	given.period = tcs_period_argument(fcinfo, 4);
	if (at == TCS_AT_TIMESTAMPTZ)
		given.zone = tcs_zone_argument(fcinfo, 5, &fcinfo->flinfo->fn_extra);
	if (PG_ARGISNULL(0))
		state = tcs_periods_create(tcs_row_context(fcinfo), &given, TCS_PERIODS_FIRST_SIZE);
	else
	{
		state = (TcsPeriods *) PG_GETARG_POINTER(0);
		period_check_same(state, &given);
	}
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);

	day = tcs_row_day(fcinfo, 1, at, given.zone);
	if (day <= given.as_of)
	{
		double		residual;
		double		amount = tcs_row_amount(fcinfo, 2, amount_type, &residual);
		int32		number = tcs_period_number(given.period, day);

		if (!(amount < 0.0))
			tcs_periods_note_purchase(state, number);
		if (!isnan(amount))
		{
			TcsSum		sum = {amount, residual, 0.0};

			state->largest = Max(state->largest, fabs(amount));
			state = tcs_periods_add(state, number, &sum);
		}
	}
	PG_RETURN_POINTER(state);
}

TCS_ROW_FUNCTION(tcs_period_cv_date_float8, period_row_add, TCS_AT_DATE, TCS_AMOUNT_FLOAT8);
TCS_ROW_FUNCTION(tcs_period_cv_date_numeric, period_row_add, TCS_AT_DATE, TCS_AMOUNT_NUMERIC);
TCS_ROW_FUNCTION(tcs_period_cv_timestamp_float8, period_row_add, TCS_AT_TIMESTAMP, TCS_AMOUNT_FLOAT8);
TCS_ROW_FUNCTION(tcs_period_cv_timestamp_numeric, period_row_add, TCS_AT_TIMESTAMP, TCS_AMOUNT_NUMERIC);
TCS_ROW_FUNCTION(tcs_period_cv_timestamptz_float8, period_row_add, TCS_AT_TIMESTAMPTZ, TCS_AMOUNT_FLOAT8);
TCS_ROW_FUNCTION(tcs_period_cv_timestamptz_numeric, period_row_add, TCS_AT_TIMESTAMPTZ, TCS_AMOUNT_NUMERIC);

Datum
tcs_period_cv_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsPeriods *into;
	TcsPeriods *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsPeriods *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? tcs_periods_create(context, from, TCS_PERIODS_FIRST_SIZE) :
		(TcsPeriods *) PG_GETARG_POINTER(0);
	period_check_same(into, from);
	if (from->bought)
		tcs_periods_note_purchase(into, from->first);
	into->largest = Max(into->largest, from->largest);
	for (uint32 i = 0; i < from->size; i++)
		if (from->table[i].used)
			into = tcs_periods_add(into, from->table[i].number, &from->table[i].amount);
	PG_RETURN_POINTER(into);
}

Datum
tcs_period_cv_serial(PG_FUNCTION_ARGS)
{
	TcsPeriods *state = (TcsPeriods *) PG_GETARG_POINTER(0);
	const char *zone;
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	zone = tcs_zone_name(state->zone);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, state->as_of);
	pq_sendbytes(&buffer, zone, strlen(zone) + 1);
	pq_sendbyte(&buffer, state->period);
	pq_sendbyte(&buffer, state->bought);
	pq_sendint32(&buffer, state->first);
	pq_sendfloat8(&buffer, state->largest);
	pq_sendint32(&buffer, state->used);
	for (uint32 i = 0; i < state->size; i++)
		if (state->table[i].used)
		{
			pq_sendint32(&buffer, state->table[i].number);
			tcs_send_sum(&buffer, &state->table[i].amount);
		}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_period_cv_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	TcsPeriods	head = {0};
	TcsPeriods *state;
	const char *zone;
	uint32		used;

	tcs_aggregate_context(fcinfo);
	tcs_copied_buffer(&buffer, bytes);
	head.as_of = (DateADT) pq_getmsgint(&buffer, 4);
	zone = pq_getmsgrawstring(&buffer);
	head.zone = zone[0] == '\0' ? 0 : tcs_zone_lookup(zone);
	head.period = pq_getmsgbyte(&buffer);
	head.bought = pq_getmsgbyte(&buffer) != 0;
	head.first = (int32) pq_getmsgint(&buffer, 4);
	head.largest = pq_getmsgfloat8(&buffer);
	used = pq_getmsgint(&buffer, 4);
	if (head.period >= TCS_PERIOD_COUNT || !IS_VALID_DATE(head.as_of))
		tcs_bad_state("state of period_cv");
	state = tcs_periods_create(CurrentMemoryContext, &head, TCS_PERIODS_FIRST_SIZE);
	for (uint32 i = 0; i < used; i++)
	{
		int32		number = (int32) pq_getmsgint(&buffer, 4);
		TcsSum		amount;

		amount = tcs_receive_sum(&buffer);
		state = tcs_periods_add(state, number, &amount);
	}
	pq_getmsgend(&buffer);
	pfree(buffer.data);
	PG_RETURN_POINTER(state);
}

static int
compare_period_entries(const void *a, const void *b)
{
	int32		left = ((const TcsPeriodAmount *) a)->number;
	int32		right = ((const TcsPeriodAmount *) b)->number;

	return left < right ? -1 : left > right;
}

/* the standard deviation over all periods, empty ones too, by their mean */
Datum
tcs_period_cv_final(PG_FUNCTION_ARGS)
{
	TcsPeriods *state = TCS_STATE(TcsPeriods);
	TcsPeriodAmount *entries;
	uint32		count = 0;
	double		periods;
	double		mean;
	double		cv;
	TcsSum		total = {0};
	TcsSum		squares = {0};

	tcs_aggregate_context(fcinfo);
	if (state == NULL || !state->bought)
		PG_RETURN_NULL();

	/* in the order of time, so that the order of the rows does not show */
	entries = palloc((Size) Max(state->used, 1) * sizeof(TcsPeriodAmount));
	for (uint32 i = 0; i < state->size; i++)
		if (state->table[i].used && state->table[i].number >= state->first)
			entries[count++] = state->table[i];
	qsort(entries, count, sizeof(TcsPeriodAmount), compare_period_entries);

	periods = (double) tcs_period_number(state->period, state->as_of) - state->first + 1;
	for (uint32 i = 0; i < count; i++)
		tcs_sum_merge(&total, &entries[i].amount);
	mean = tcs_periods_net(state, &total) / periods;
	if (mean <= 0.0)
		PG_RETURN_NULL();
	for (uint32 i = 0; i < count; i++)
	{
		double		deviation = tcs_periods_net(state, &entries[i].amount) / mean - 1.0;

		tcs_sum_add(&squares, deviation * deviation);
	}
	cv = sqrt((tcs_sum_value(&squares) + (periods - count)) / periods);
	if (!isfinite(cv))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("amounts are out of range for a coefficient of variation")));
	pfree(entries);
	PG_RETURN_FLOAT8(cv);
}
