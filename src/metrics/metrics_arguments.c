/*
 * metrics_arguments.c
 *		What create_metrics and metrics_sql are given: looked up in the
 *		catalogs, checked, and quoted, so that the text that is made from it
 *		holds nothing but identifiers and literals.
 */
#include "metrics/metrics.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "common/shortest_dec.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "clv/clv.h"
#include "history/zone.h"

/* the arguments that both functions have, by position */
enum
{
	ARG_NAME,
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_AT,
	ARG_AMOUNT,
	ARG_ZONE,
	ARG_CUSTOMERS,
	ARG_CUSTOMERS_KEY,
	ARG_END
};

/* those about value, by their position after these or after as_of */
enum
{
	ARG_HORIZON,
	ARG_MARGIN,
	ARG_ANNUAL_DISCOUNT,
	ARG_FAMILY
};

#define MODEL_SUFFIX "_model"

/* Given and not NULL? */
static bool
has_argument(FunctionCallInfo fcinfo, int position)
{
	return position < PG_NARGS() && !PG_ARGISNULL(position);
}

static void
require_argument(FunctionCallInfo fcinfo, int position, const char *name)
{
	if (!has_argument(fcinfo, position))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be null", name),
				 errhint("The arguments orders, customer, at and amount say what an order is.")));
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
static char *
zone_literal(FunctionCallInfo fcinfo)
{
	static const char *const ambiguous[] = {"EST", "MST", "HST"};
	static const int month[] = {0, 182};	/* days: January and July 2000 */
	const char *name;
	TcsZone		zone;

	if (has_argument(fcinfo, ARG_ZONE))
		name = text_to_cstring(PG_GETARG_TEXT_PP(ARG_ZONE));
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

/*
 * Where the view goes and what it is called.  A view over temporary tables
 * is temporary, as in CREATE VIEW.
 */
static void
name_view(TcsMetrics *metrics, text *name, bool temporary)
{
	RangeVar   *view = makeRangeVarFromNameList(textToQualifiedNameList(name));

	if (temporary && view->schemaname == NULL)
		view->schemaname = "pg_temp";
	metrics->schema_oid = RangeVarGetCreationNamespace(view);
	metrics->schema = get_namespace_name_or_temp(metrics->schema_oid);
	metrics->view = view->relname;
	metrics->model_table = psprintf("%s%s", view->relname, MODEL_SUFFIX);
	if (strlen(metrics->model_table) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name \"%s\" is too long for a metrics view", view->relname),
				 errdetail("The table of its models would be called \"%s\", and names have at most %d bytes.",
						   metrics->model_table, NAMEDATALEN - 1),
				 errhint("Give a name of at most %d bytes.",
						 NAMEDATALEN - 1 - (int) strlen(MODEL_SUFFIX))));
}

static void
require_value(FunctionCallInfo fcinfo, int position, const char *name)
{
	if (PG_ARGISNULL(position))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be null", name),
				 errhint("Leave it out to have its default.")));
}

/* A number as a literal that keeps all of its bits. */
static char *
number_literal(FunctionCallInfo fcinfo, int position, const char *name, double least)
{
	double		value;
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	require_value(fcinfo, position, name);
	value = PG_GETARG_FLOAT8(position);
	if (!isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be finite", name)));
	if (value <= least)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be greater than %g", name, least),
				 errhint("0.1 stands for 10 %% a year.")));
	double_to_shortest_decimal_buf(value, digits);
	return pstrdup(digits);
}

/* A span of time ahead, as every IntervalStyle reads alike. */
static char *
horizon_literal(FunctionCallInfo fcinfo, int position)
{
	Interval   *horizon;
	struct pg_itm parts;
	char		digits[MAXDATELEN + 1];

	require_value(fcinfo, position, "horizon");
	horizon = PG_GETARG_INTERVAL_P(position);
	if (TCS_INTERVAL_NOT_FINITE(horizon))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"horizon\" must be finite")));
	if (tcs_interval_days(horizon, "horizon") < 0.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"horizon\" must not be negative")));
	interval2itm(*horizon, &parts);
	EncodeInterval(&parts, INTSTYLE_POSTGRES, digits);
	return pstrdup(digits);
}

/* What the columns about value are worked out for. */
static void
read_value(TcsMetrics *metrics, FunctionCallInfo fcinfo, int first)
{
	metrics->horizon = horizon_literal(fcinfo, first + ARG_HORIZON);
	metrics->margin = number_literal(fcinfo, first + ARG_MARGIN, "margin", -INFINITY);
	metrics->annual_discount = number_literal(fcinfo, first + ARG_ANNUAL_DISCOUNT,
											  "annual_discount", -1.0);
	/* a view should fail now, not when it is read */
	if (PG_GETARG_FLOAT8(first + ARG_ANNUAL_DISCOUNT) != 0.0 &&
		tcs_interval_days(PG_GETARG_INTERVAL_P(first + ARG_HORIZON), "horizon") >
		TCS_CLV_MOST_YEARS * TCS_YEAR)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"horizon\" must not be longer than %d years with a discount",
						TCS_CLV_MOST_YEARS)));
	require_value(fcinfo, first + ARG_FAMILY, "family");
	metrics->family =
		tcs_metrics_family(text_to_cstring(PG_GETARG_TEXT_PP(first + ARG_FAMILY)));
}

TcsMetrics *
tcs_metrics_arguments(FunctionCallInfo fcinfo, bool takes_as_of)
{
	const int	arg_as_of = ARG_END;
	const int	first_of_value = takes_as_of ? ARG_END + 1 : ARG_END;
	TcsMetrics *metrics = palloc0(sizeof(TcsMetrics));
	Relation	orders;
	Relation	customers = NULL;
	Form_pg_attribute customer;
	Form_pg_attribute at;
	Form_pg_attribute amount;
	bool		temporary;

	require_argument(fcinfo, ARG_ORDERS, "orders");
	require_argument(fcinfo, ARG_CUSTOMER, "customer");
	require_argument(fcinfo, ARG_AT, "at");
	require_argument(fcinfo, ARG_AMOUNT, "amount");

	orders = tcs_metrics_open(PG_GETARG_OID(ARG_ORDERS), "orders");
	customer = tcs_metrics_column(orders, NameStr(*PG_GETARG_NAME(ARG_CUSTOMER)), "customer");
	at = tcs_metrics_column(orders, NameStr(*PG_GETARG_NAME(ARG_AT)), "at");
	amount = tcs_metrics_column(orders, NameStr(*PG_GETARG_NAME(ARG_AMOUNT)), "amount");

	tcs_metrics_check_customer(orders, customer);
	metrics->at_type = tcs_metrics_check_at(orders, at);
	metrics->amount_is_float = tcs_metrics_check_amount(orders, amount);
	metrics->orders = tcs_metrics_relation_name(orders);
	metrics->customer = pstrdup(quote_identifier(NameStr(customer->attname)));
	metrics->at = pstrdup(quote_identifier(NameStr(at->attname)));
	metrics->amount = pstrdup(quote_identifier(NameStr(amount->attname)));
	metrics->zone = zone_literal(fcinfo);

	if (has_argument(fcinfo, ARG_CUSTOMERS))
	{
		Form_pg_attribute key;

		customers = tcs_metrics_open(PG_GETARG_OID(ARG_CUSTOMERS), "customers");
		if (has_argument(fcinfo, ARG_CUSTOMERS_KEY))
			key = tcs_metrics_column(customers, NameStr(*PG_GETARG_NAME(ARG_CUSTOMERS_KEY)),
									 "customers_key");
		else
			key = tcs_metrics_primary_key(customers);
		metrics->customers = tcs_metrics_relation_name(customers);
		metrics->customers_key = pstrdup(quote_identifier(NameStr(key->attname)));
		metrics->equals = tcs_metrics_equality(orders, customer, customers, key);
	}
	else if (has_argument(fcinfo, ARG_CUSTOMERS_KEY))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"customers_key\" was given without \"customers\""),
				 errhint("Name the table of the customers in \"customers\".")));

	if (takes_as_of && has_argument(fcinfo, arg_as_of))
	{
		metrics->has_as_of = true;
		metrics->as_of = PG_GETARG_DATEADT(arg_as_of);
		if (DATE_NOT_FINITE(metrics->as_of))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"as_of\" must not be infinite")));
	}

	/* the scripts of 0.1.0 and 0.2.0 declare the functions without these */
	metrics->has_value = PG_NARGS() > first_of_value;
	if (metrics->has_value)
		read_value(metrics, fcinfo, first_of_value);

	temporary = orders->rd_rel->relpersistence == RELPERSISTENCE_TEMP ||
		(customers && customers->rd_rel->relpersistence == RELPERSISTENCE_TEMP);
	if (has_argument(fcinfo, ARG_NAME))
		name_view(metrics, PG_GETARG_TEXT_PP(ARG_NAME), temporary);

	relation_close(orders, NoLock);
	if (customers)
		relation_close(customers, NoLock);
	return metrics;
}
