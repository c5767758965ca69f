/*
 * metrics_arguments.c
 *		What create_metrics and metrics_sql are given: looked up in the
 *		catalogs, checked, and quoted, so that the text that is made from it
 *		holds nothing but identifiers and literals.
 */
#include "metrics/metrics.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "clv/clv.h"
#include "features/features.h"
#include "server/server.h"

/* those that both functions have beside the log, by position */
enum
{
	ARG_CUSTOMERS = TCS_ARG_OWN,
	ARG_CUSTOMERS_KEY,
	ARG_AS_OF,
	ARG_HORIZON,
	ARG_MARGIN,
	ARG_ANNUAL_DISCOUNT,
	ARG_FAMILY,
	ARG_DIGITS,
	ARG_ORDER_ID,
	ARG_ATTRIBUTES
};

#define MODEL_SUFFIX "_model"

/* The view, and the table that goes with it. */
static void
metrics_name_view(TcsMetrics *metrics, text *name, bool temporary)
{
	const char *view;

	tcs_view_name(&metrics->view, name, temporary);
	view = metrics->view.name;
	metrics->model_table = psprintf("%s%s", view, MODEL_SUFFIX);
	if (strlen(metrics->model_table) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name \"%s\" is too long for a metrics view", view),
				 errdetail("The table of its models would be called \"%s\", and names have at most %d bytes.",
						   metrics->model_table, NAMEDATALEN - 1),
				 errhint("Give a name of at most %d bytes.",
						 NAMEDATALEN - 1 - (int) strlen(MODEL_SUFFIX))));
}

/* A number as a literal that keeps all of its bits. */
static char *
number_literal(FunctionCallInfo fcinfo, int position, const char *name,
			   double (*check) (double value))
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	tcs_require_default(fcinfo, position, name);
	double_to_shortest_decimal_buf(check(PG_GETARG_FLOAT8(position)), digits);
	return pstrdup(digits);
}

/* The families of btyd_fit, and that which the data choose. */
static const char *const family_name[] = {
	TCS_METRICS_FAMILY, "mbg/nbd", "bg/nbd", "pareto/nbd", "nbd", "mbg/cnbd-k", "bg/cnbd-k"
};

const char *
tcs_metrics_family(const char *name)
{
	for (int i = 0; i < lengthof(family_name); i++)
		if (strcmp(name, family_name[i]) == 0)
			return family_name[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown family of models \"%s\"", name),
			 errhint("The families are mbg/nbd, bg/nbd, pareto/nbd, nbd, mbg/cnbd-k and bg/cnbd-k; auto chooses among them.")));
}

char *
tcs_metrics_interval(const Interval *interval)
{
	struct pg_itm parts;
	char		digits[MAXDATELEN + 1];

	interval2itm(*interval, &parts);
	EncodeInterval(&parts, INTSTYLE_POSTGRES, digits);
	return pstrdup(digits);
}

/* A span of time ahead. */
static char *
horizon_literal(FunctionCallInfo fcinfo, int position)
{
	tcs_require_default(fcinfo, position, "horizon");
	(void) tcs_horizon_argument(fcinfo, position);
	return tcs_metrics_interval(PG_GETARG_INTERVAL_P(position));
}

/* What the columns about value are worked out for. */
static void
metrics_read_value(TcsMetrics *metrics, FunctionCallInfo fcinfo)
{
	metrics->horizon = horizon_literal(fcinfo, ARG_HORIZON);
	metrics->margin = number_literal(fcinfo, ARG_MARGIN, "margin", tcs_margin);
	metrics->annual_discount = number_literal(fcinfo, ARG_ANNUAL_DISCOUNT,
											  "annual_discount", tcs_annual_discount);
	/* a view should fail now, not when it is read */
	if (PG_GETARG_FLOAT8(ARG_ANNUAL_DISCOUNT) != 0.0 &&
		tcs_interval_days(PG_GETARG_INTERVAL_P(ARG_HORIZON), "horizon") >
		TCS_CLV_MOST_YEARS * TCS_YEAR)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"horizon\" must not be longer than %d years with a discount",
						TCS_CLV_MOST_YEARS)));
	tcs_require_default(fcinfo, ARG_FAMILY, "family");
	metrics->family =
		tcs_metrics_family(text_to_cstring(PG_GETARG_TEXT_PP(ARG_FAMILY)));
	metrics->digits = tcs_digits_argument(fcinfo, ARG_DIGITS);
}

/* At most so many columns of a customer. */
#define ATTRIBUTES_MOST	50

/*
 * A column of the customers, to be selected.  What is infinite counts as missing: a
 * view should not fail by what is entered in one row.
 */
static char *
attribute_expression(Relation customers, const char *name)
{
	Form_pg_attribute column = tcs_source_column(customers, name, "attributes");
	Oid			type = getBaseType(column->atttypid);
	int			kind = tcs_feature_kind(type);
	const char *quoted = quote_identifier(name);

	if (kind == TCS_FEATURE_KINDS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" must not be of type %s to be an attribute", name, format_type_be(column->atttypid)),
				 errhint("Attributes are booleans, numbers, intervals, dates, timestamps, texts, enums and uuids: name others, or a view of the customers that casts it.")));
	if (kind == TCS_FEATURE_NUMBER)
		return psprintf("CASE WHEN abs(c.%s) < 'Infinity' THEN c.%s END AS %s", quoted, quoted, quoted);
	if (kind == TCS_FEATURE_INTERVAL || kind == TCS_FEATURE_DATE || kind == TCS_FEATURE_TIMESTAMP ||
		kind == TCS_FEATURE_TIMESTAMPTZ)
		return psprintf("CASE WHEN isfinite(c.%s) THEN c.%s END AS %s", quoted, quoted, quoted);
	return psprintf("c.%s", quoted);
}

static void
metrics_read_attributes(TcsMetrics *metrics, ArrayType *array, Relation customers)
{
	StringInfoData list;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (customers == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"attributes\" was given without \"customers\""),
				 errhint("Name the table of the customers in \"customers\".")));
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"attributes\" must have one dimension")));
	tcs_array_elements(PointerGetDatum(array), NAMEOID, &elements, &nulls, &count);
	if (count > ATTRIBUTES_MOST)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"attributes\" must not name more than %d columns", ATTRIBUTES_MOST)));
	initStringInfo(&list);
	for (int i = 0; i < count; i++)
	{
		const char *name;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"attributes\" must not hold a null")));
		name = NameStr(*DatumGetName(elements[i]));
		for (int before = 0; before < i; before++)
			if (strcmp(name, NameStr(*DatumGetName(elements[before]))) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("argument \"attributes\" names column \"%s\" twice", name)));
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", attribute_expression(customers, name));
	}
	if (count > 0)
		metrics->attributes = list.data;
}

TcsMetrics *
tcs_metrics_arguments(FunctionCallInfo fcinfo)
{
	TcsMetrics *metrics = palloc0(sizeof(TcsMetrics));
	Relation	orders;
	Relation	customers = NULL;
	bool		temporary;

	orders = tcs_order_log_arguments(fcinfo, true, &metrics->log);

	if (tcs_has_argument(fcinfo, ARG_CUSTOMERS))
	{
		Form_pg_attribute key;

		customers = tcs_source_open(PG_GETARG_OID(ARG_CUSTOMERS), "customers");
		if (tcs_has_argument(fcinfo, ARG_CUSTOMERS_KEY))
			key = tcs_source_column(customers, NameStr(*PG_GETARG_NAME(ARG_CUSTOMERS_KEY)),
									"customers_key");
		else
			key = tcs_metrics_primary_key(customers);
		metrics->customers = tcs_source_name(customers);
		metrics->customers_key = pstrdup(quote_identifier(NameStr(key->attname)));
		metrics->equals =
			tcs_metrics_equality(orders,
								 tcs_source_column(orders, NameStr(*PG_GETARG_NAME(TCS_ARG_CUSTOMER)),
												   "customer"),
								 customers, key);
	}
	else if (tcs_has_argument(fcinfo, ARG_CUSTOMERS_KEY))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"customers_key\" was given without \"customers\""),
				 errhint("Name the table of the customers in \"customers\".")));

	if (tcs_has_argument(fcinfo, ARG_ORDER_ID))
	{
		Form_pg_attribute id = tcs_source_column(orders, NameStr(*PG_GETARG_NAME(ARG_ORDER_ID)),
												 "order_id");

		tcs_order_check_customer(orders, id);
		metrics->order_id = pstrdup(quote_identifier(NameStr(id->attname)));
	}
	if (tcs_has_argument(fcinfo, ARG_ATTRIBUTES))
		metrics_read_attributes(metrics, PG_GETARG_ARRAYTYPE_P(ARG_ATTRIBUTES), customers);
	tcs_order_log_as_of(fcinfo, ARG_AS_OF, &metrics->log);
	metrics_read_value(metrics, fcinfo);

	temporary = orders->rd_rel->relpersistence == RELPERSISTENCE_TEMP ||
		(customers && customers->rd_rel->relpersistence == RELPERSISTENCE_TEMP);
	if (tcs_has_argument(fcinfo, TCS_ARG_NAME))
		metrics_name_view(metrics, PG_GETARG_TEXT_PP(TCS_ARG_NAME), temporary);

	relation_close(orders, NoLock);
	if (customers)
		relation_close(customers, NoLock);
	return metrics;
}
