/*
 * order_arguments.c
 *		The order log that a function is given: looked up in the catalogs,
 *		checked, and quoted, so that the text that is made from it holds
 *		nothing but identifiers and literals.
 */
#include "views/order_log.h"

#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "orders/zone.h"

bool
tcs_has_argument(FunctionCallInfo fcinfo, int position)
{
	return position < PG_NARGS() && !PG_ARGISNULL(position);
}

static void
orders_require_argument(FunctionCallInfo fcinfo, int position, const char *name,
						bool needs_amount)
{
	if (!tcs_has_argument(fcinfo, position))
		tcs_refuse_null(psprintf("argument \"%s\"", name),
						needs_amount ?
						"The arguments orders, customer, at and amount say what an order is." :
						"The arguments orders, customer and at say what an order is.");
}

/* The offset of a zone from UTC, as the server's AT TIME ZONE takes its name. */
static int64
server_offset(const char *zone, TimestampTz at)
{
	return DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone,
												 CStringGetTextDatum(zone),
												 TimestampTzGetDatum(at))) - at;
}

static void
refuse_abbreviation(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("time zone \"%s\" is also an abbreviation with another meaning", name),
			 errhint("Use a name of a place from the view pg_timezone_names, such as Europe/Berlin.")));
}

/*
 * The zone that was given or else the session's, as a literal.  AT TIME ZONE
 * takes 'CET' for an abbreviation, an hour from UTC all year, and everything
 * else takes it for a zone with a summer time: such a name is refused.
 */
char *
tcs_zone_literal(FunctionCallInfo fcinfo, int position)
{
	static const char *const ambiguous[] = {"EST", "MST", "HST"};
	static const int month[] = {0, 182};	/* days: January and July 2000 */
	const char *name;
	TcsZone		zone;

	if (tcs_has_argument(fcinfo, position))
		name = text_to_cstring(PG_GETARG_TEXT_PP(position));
	else
		name = pg_get_timezone_name(session_timezone);
	zone = tcs_zone_lookup(name);
	name = tcs_zone_name(zone);
	/* what these abbreviate is for each session to say */
	for (int i = 0; i < lengthof(ambiguous); i++)
		if (strcmp(name, ambiguous[i]) == 0)
			refuse_abbreviation(name);

	for (int i = 0; i < lengthof(month); i++)
	{
		TimestampTz at = month[i] * USECS_PER_DAY;
		int64		offset = server_offset(name, at);

		/* a day begins at the server's offset, and not a second before */
		if (tcs_zone_day(zone, at - offset) != month[i] ||
			tcs_zone_day(zone, at - offset - USECS_PER_SEC) != month[i] - 1)
			refuse_abbreviation(name);
	}
	return quote_literal_cstr(name);
}

void
tcs_require_default(FunctionCallInfo fcinfo, int position, const char *name)
{
	if (!tcs_has_argument(fcinfo, position))
		tcs_refuse_null(psprintf("argument \"%s\"", name), "Leave it out to have its default.");
}

Relation
tcs_order_log_arguments(FunctionCallInfo fcinfo, bool needs_amount, TcsOrderLog *log)
{
	Relation	orders;
	Form_pg_attribute customer;
	Form_pg_attribute at;
	Form_pg_attribute amount = NULL;

	orders_require_argument(fcinfo, TCS_ARG_ORDERS, "orders", needs_amount);
	orders_require_argument(fcinfo, TCS_ARG_CUSTOMER, "customer", needs_amount);
	orders_require_argument(fcinfo, TCS_ARG_AT, "at", needs_amount);
	if (needs_amount)
		orders_require_argument(fcinfo, TCS_ARG_AMOUNT, "amount", needs_amount);

	orders = tcs_source_open(PG_GETARG_OID(TCS_ARG_ORDERS), "orders");
	customer = tcs_source_column(orders, NameStr(*PG_GETARG_NAME(TCS_ARG_CUSTOMER)), "customer");
	at = tcs_source_column(orders, NameStr(*PG_GETARG_NAME(TCS_ARG_AT)), "at");
	if (tcs_has_argument(fcinfo, TCS_ARG_AMOUNT))
		amount = tcs_source_column(orders, NameStr(*PG_GETARG_NAME(TCS_ARG_AMOUNT)), "amount");

	tcs_order_check_customer(orders, customer);
	log->at_type = tcs_order_check_at(orders, at);
	log->orders = tcs_source_name(orders);
	log->customer = pstrdup(quote_identifier(NameStr(customer->attname)));
	log->at = pstrdup(quote_identifier(NameStr(at->attname)));
	if (amount)
	{
		log->amount_is_float = tcs_order_check_amount(orders, amount);
		log->amount = pstrdup(quote_identifier(NameStr(amount->attname)));
	}
	log->zone = tcs_zone_literal(fcinfo, TCS_ARG_ZONE);
	return orders;
}

void
tcs_order_log_as_of(FunctionCallInfo fcinfo, int position, TcsOrderLog *log)
{
	if (!tcs_has_argument(fcinfo, position))
		return;
	log->has_as_of = true;
	log->as_of = PG_GETARG_DATEADT(position);
	if (DATE_NOT_FINITE(log->as_of))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"as_of\" must not be infinite")));
}
