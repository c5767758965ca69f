/*
 * metrics.c
 *		create_metrics: the view of a customer's figures and the table of the
 *		models that score them.
 */
#include "metrics/metrics.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_create_metrics);

/* so long after the last purchase a log is taken to have ended */
#define ENDED_DAYS	90

const TcsViewColumn tcs_metrics_column[TCS_METRICS_COLUMNS] = {
	{"customer", "who: the key in the orders, or in the customers where those were given"},
	{"orders", "rows of the order log until then, or ids where order_id was given, refunds included"},
	{"purchases", "days with a purchase"},
	{"revenue", "sum of all amounts, refunds deducted"},
	{"first_day", "day of the first purchase; NULL without one"},
	{"last_day", "day of the last purchase; NULL without one"},
	{"days_since_first", "days since the first purchase; NULL without one"},
	{"days_since_last", "days since the last purchase; NULL without one"},
	{"mean_gap", "mean days between two purchases; NULL for fewer than two"},
	{"last_gap", "days between the last two purchases; NULL for fewer than two"},
	{"r", "recency score by days_since_last, 5 for the most recent; NULL without a purchase"},
	{"f", "frequency score by purchases, 5 for the most; NULL without a purchase"},
	{"m", "monetary score by revenue, 5 for the highest; NULL without a purchase"},
	{"rfm_cell", "the three scores in one text, such as 543; NULL without a purchase"},
	{"rfm_segment", "the named segment of the three scores; NULL without a purchase"},
	{"abc_tier", "A for the customers who bring the first 80 % of revenue, B up to 95 %, C for the rest"},
	{"mean_value", "mean value of the purchases after the first, less their share of the refunds; NULL for fewer than two"},
	{"p_alive", "probability that the customer still buys at all; NULL without a purchase or a model, as all that follow"},
	{"churn_risk", NULL},
	{"expected_purchases", NULL},
	{"clv", NULL},
	{"value_at_risk", NULL},
};

/*
 * Say of a column that looks ahead what it is worked out for, too: nobody should
 * have to look for it in the text of the view.
 */
static void
metrics_comment_on_value(const TcsMetrics *metrics)
{
	const char *name = tcs_view_qualified(&metrics->view);
	const char *of = psprintf("a margin of %s and an annual discount of %s",
							  metrics->margin, metrics->annual_discount);

	tcs_view_comment_column(name, "churn_risk",
							psprintf("probability of no purchase within %s", metrics->horizon));
	tcs_view_comment_column(name, "expected_purchases",
							psprintf("purchases to be expected within %s", metrics->horizon));
	tcs_view_comment_column(name, "clv",
							psprintf("value to be expected within %s, at %s; NULL too where no model of spending can be used",
									 metrics->horizon, of));
	tcs_view_comment_column(name, "value_at_risk",
							psprintf("what clv would be more, were the customer certainly still buying: within %s, at %s; NULL as clv",
									 metrics->horizon, of));
}

static void
metrics_refuse_existing(const TcsMetrics *metrics, const char *name)
{
	tcs_view_refuse_existing(&metrics->view, name,
							 psprintf("A metrics view makes two relations: \"%s\" and \"%s\".",
									  metrics->view.name, metrics->model_table));
}

static void
metrics_make_model_table(const TcsMetrics *metrics)
{
	char	   *table = tcs_metrics_model_name(metrics);

	tcs_run(psprintf("CREATE TABLE %s (\n"
					 "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
					 "    fitted_at timestamptz NOT NULL DEFAULT now(),\n"
					 "    as_of date NOT NULL DEFAULT %s,\n"
					 "    rfm jsonb,\n"
					 "    abc jsonb,\n"
					 "    btyd jsonb,\n"
					 "    spend jsonb,\n"
					 "    holdout jsonb,\n"
					 "    churn jsonb\n"
					 ")", table, tcs_order_as_of(&metrics->log)),
			SPI_OK_UTILITY);
	tcs_view_comment(psprintf("TABLE %s", table),
					 psprintf("models of the metrics view %s, which scores by the newest row; tcs.refit_metrics adds one, and a row that you insert counts as well",
							  tcs_view_qualified(&metrics->view)));
	tcs_view_comment_column(table, "id", "the highest is the newest");
	tcs_view_comment_column(table, "fitted_at", "when the row was added");
	tcs_view_comment_column(table, "as_of", "the day the models look back from");
	tcs_view_comment_column(table, "rfm", "cuts of the scores r, f and m, of tcs.rfm_fit or tcs.rfm_model; NULL: no scores");
	tcs_view_comment_column(table, "abc", "bounds of the tiers, of tcs.abc_fit; NULL: no tiers");
	tcs_view_comment_column(table, "btyd", "model of the purchases, of tcs.btyd_fit or tcs.btyd_model; NULL or not converged: the newest before it counts");
	tcs_view_comment_column(table, "holdout", "how right models fitted a horizon ago would have been since, in figures and in words (notes, summary)");
	tcs_view_comment_column(table, "churn", "what was learned of who returns, of tcs.churn_fit: the view's churn_risk is by it where corrected is true, else by btyd; set it to NULL to have that one");
	tcs_view_comment_column(table, "spend", "model of their values, of tcs.spend_fit or tcs.spend_model; NULL, not converged or without a finite mean: the newest before it counts");
}

/* The models of a family, or of that which the data choose. */
static const char *
metrics_family_words(const char *family)
{
	if (strcmp(family, TCS_METRICS_FAMILY) == 0)
		return "models of the family that the orders support best";
	return psprintf("models of the family %s", family);
}

static void
metrics_make_view(const TcsMetrics *metrics)
{
	tcs_view_create(&metrics->view, tcs_metrics_query(metrics),
					psprintf("customer metrics from %s, one row per customer, as of %s; days are those of the time zone %s; value within %s at a margin of %s and an annual discount of %s, by %s; money with %s; scored by the models in %s; made by tcs.create_metrics",
							 metrics->log.orders,
							 metrics->log.has_as_of ? tcs_order_as_of(&metrics->log) : "today",
							 metrics->log.zone, metrics->horizon, metrics->margin,
							 metrics->annual_discount, metrics_family_words(metrics->family),
							 metrics->digits == TCS_DIGITS_FLOAT ? "all digits" :
							 psprintf("%d digits", metrics->digits),
							 tcs_metrics_model_name(metrics)),
					tcs_metrics_column, TCS_METRICS_COLUMNS - TCS_METRICS_AHEAD);
	metrics_comment_on_value(metrics);
}

/*
 * Of a log that ended long ago today's figures say little but that everybody has
 * left: whoever tries an old one out is told how to look back from its end.
 */
static void
metrics_tell_if_ended(const TcsMetrics *metrics, const TcsMetricsFit *fit)
{
	const char *last_day;
	int			nest_level;

	if (!fit->has_purchases || fit->last_age < ENDED_DAYS)
		return;
	nest_level = tcs_view_begin();
	tcs_run(psprintf("SELECT to_char(%s - %d, 'YYYY-MM-DD')", tcs_order_today(&metrics->log), fit->last_age),
			SPI_OK_SELECT);
	last_day = tcs_result_text(0, 1);
	ereport(NOTICE,
			(errmsg("the last purchase in %s was %d days ago, on %s",
					metrics->log.orders, fit->last_age, last_day),
			 errdetail("The figures are as of today, when hardly any customer can be expected back."),
			 errhint("To look back from the end of the log: SELECT tcs.drop_metrics(%s); and create_metrics again with as_of => '%s'.",
					 quote_literal_cstr(fit->view_quoted), last_day)));
	tcs_view_end(nest_level);
}

Datum
tcs_create_metrics(PG_FUNCTION_ARGS)
{
	TcsMetrics *metrics;
	TcsMetricsFit fit = {0};
	int			nest_level;

	tcs_view_check_call(fcinfo, "tcs.create_metrics()");
	metrics = tcs_metrics_arguments(fcinfo);
	metrics_refuse_existing(metrics, metrics->view.name);
	metrics_refuse_existing(metrics, metrics->model_table);

	nest_level = tcs_view_begin();
	metrics_make_model_table(metrics);
	metrics_make_view(metrics);
	tcs_view_end(nest_level);

	fit.view = get_relname_relid(metrics->view.name, metrics->view.schema_oid);
	fit.name = metrics->view.name;
	fit.view_quoted = tcs_view_qualified(&metrics->view);
	fit.table_quoted = tcs_metrics_model_name(metrics);
	fit.learn = true;
	tcs_metrics_fit(&fit, metrics->family);
	if (!metrics->log.has_as_of)
		metrics_tell_if_ended(metrics, &fit);
	PG_RETURN_OID(fit.view);
}
