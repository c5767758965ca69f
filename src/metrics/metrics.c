/*
 * metrics.c
 *		create_metrics: the view of a customer's figures and the table of the
 *		models that score them.
 *
 * Everything is done through SQL as the caller, so that the server checks the
 * rights and records owners and dependencies as if it had been typed.
 */
#include "metrics/metrics.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_create_metrics);

/* What the columns of the view hold. */
static const char *const column_comment[][2] = {
	{"customer", "who: the key in the orders, or in the customers where those were given"},
	{"orders", "rows of the order log until today, refunds included"},
	{"purchases", "days with a purchase"},
	{"revenue", "sum of all amounts, refunds deducted"},
	{"first_day", "day of the first purchase; NULL without one"},
	{"last_day", "day of the last purchase; NULL without one"},
	{"days_since_first", "days from the first purchase to today; NULL without one"},
	{"days_since_last", "days from the last purchase to today; NULL without one"},
	{"mean_gap", "mean days between two purchases; NULL for fewer than two"},
	{"last_gap", "days between the last two purchases; NULL for fewer than two"},
	{"r", "recency score by days_since_last, 5 for the most recent; NULL without a purchase"},
	{"f", "frequency score by purchases, 5 for the most; NULL without a purchase"},
	{"m", "monetary score by revenue, 5 for the highest; NULL without a purchase"},
	{"rfm_cell", "the three scores in one text, such as 543; NULL without a purchase"},
	{"rfm_segment", "the named segment of the three scores; NULL without a purchase"},
	{"abc_tier", "A for the customers who bring the first 80 % of revenue, B up to 95 %, C for the rest"},
};

/* And those that came with 0.3.0. */
static const char *const value_comment[][2] = {
	{"mean_value", "mean value of the purchases after the first; NULL for fewer than two"},
	{"p_alive", "probability that the customer still buys at all; NULL without a purchase or a model, as all that follow"},
	{"churn_risk", "probability of no purchase within the horizon"},
	{"expected_purchases", "purchases to be expected within the horizon"},
	{"clv", "value to be expected within the horizon; NULL too where no model of spending can be used"},
	{"value_at_risk", "what clv would be more, were the customer certainly still buying; NULL as clv"},
};

static void
refuse_existing(const TcsMetrics *metrics, const char *name)
{
	if (OidIsValid(get_relname_relid(name, metrics->schema_oid)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists in schema \"%s\"",
						name, metrics->schema),
				 errdetail("A metrics view makes two relations: \"%s\" and \"%s\".",
						   metrics->view, metrics->model_table),
				 errhint("Give another name, or drop the view and then the table.")));
}

static void
define(const char *sql)
{
	tcs_metrics_run(sql, SPI_OK_UTILITY);
}

static void
comment_on(const char *what, const char *comment)
{
	define(psprintf("COMMENT ON %s IS %s", what, quote_literal_cstr(comment)));
}

static void
comment_on_column(const char *relation, const char *column, const char *comment)
{
	comment_on(psprintf("COLUMN %s.%s", relation, quote_identifier(column)), comment);
}

static void
make_model_table(const TcsMetrics *metrics)
{
	char	   *table = tcs_metrics_model_name(metrics);

	define(psprintf("CREATE TABLE %s (\n"
					"    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
					"    fitted_at timestamptz NOT NULL DEFAULT now(),\n"
					"    as_of date NOT NULL DEFAULT %s,\n"
					"    rfm jsonb,\n"
					"    abc jsonb%s\n"
					")", table, tcs_metrics_today(metrics),
					metrics->has_value ? ",\n    btyd jsonb,\n    spend jsonb" : ""));
	comment_on(psprintf("TABLE %s", table),
			   psprintf("models of the metrics view %s, which scores by the newest row; tcs.refit_metrics adds one, and a row that you insert counts as well",
						tcs_metrics_view_name(metrics)));
	comment_on_column(table, "id", "the highest is the newest");
	comment_on_column(table, "fitted_at", "when the row was added");
	comment_on_column(table, "as_of", "the day the models look back from");
	comment_on_column(table, "rfm", "cuts of the scores r, f and m, of tcs.rfm_fit or tcs.rfm_model; NULL: no scores");
	comment_on_column(table, "abc", "bounds of the tiers, of tcs.abc_fit; NULL: no tiers");
	if (!metrics->has_value)
		return;
	comment_on_column(table, "btyd", "model of the purchases, of tcs.btyd_fit or tcs.btyd_model; NULL or not converged: the newest before it counts");
	comment_on_column(table, "spend", "model of their values, of tcs.spend_fit or tcs.spend_model; NULL, not converged or without a finite mean: the newest before it counts");
}

static void
make_view(const TcsMetrics *metrics)
{
	char	   *view = tcs_metrics_view_name(metrics);

	define(psprintf("CREATE %sVIEW %s AS\n%s",
					isTempNamespace(metrics->schema_oid) ? "TEMPORARY " : "",
					view, tcs_metrics_query(metrics)));
	comment_on(psprintf("VIEW %s", view),
			   psprintf("customer metrics from %s, one row per customer; days are those of the time zone %s; scored by the models in %s; made by tcs.create_metrics",
						metrics->orders, metrics->zone,
						tcs_metrics_model_name(metrics)));
	for (int i = 0; i < lengthof(column_comment); i++)
		comment_on_column(view, column_comment[i][0], column_comment[i][1]);
	if (!metrics->has_value)
		return;
	for (int i = 0; i < lengthof(value_comment); i++)
		comment_on_column(view, value_comment[i][0], value_comment[i][1]);
}

Datum
tcs_create_metrics(PG_FUNCTION_ARGS)
{
	TcsMetrics *metrics;
	int			nest_level;
	Oid			view;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"name\" must not be null"),
				 errhint("Give the view that is to be made a name.")));
	PreventCommandIfReadOnly("tcs.create_metrics()");
	metrics = tcs_metrics_arguments(fcinfo, false);
	refuse_existing(metrics, metrics->view);
	refuse_existing(metrics, metrics->model_table);

	nest_level = tcs_metrics_begin();
	make_model_table(metrics);
	make_view(metrics);
	tcs_metrics_end(nest_level);
	(void) tcs_metrics_fit(tcs_metrics_view_name(metrics),
						   tcs_metrics_model_name(metrics),
						   metrics->view, metrics->family);

	view = get_relname_relid(metrics->view, metrics->schema_oid);
	PG_RETURN_OID(view);
}
