/*
 * metrics.c
 *		create_metrics and refit_metrics: the view of a customer's figures and
 *		the table of the models that score them.
 *
 * Everything is done through SQL as the caller, so that the server checks the
 * rights and records owners and dependencies as if it had been typed.
 */
#include "metrics/metrics.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_create_metrics);
PG_FUNCTION_INFO_V1(tcs_refit_metrics);

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

/*
 * Have the text of definitions looked up in the system catalogs alone,
 * whatever the caller's search_path.  Returns what end_definitions undoes; an
 * error undoes it too.
 */
static int
begin_definitions(void)
{
	int			nest_level = NewGUCNestLevel();

	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	return nest_level;
}

static void
end_definitions(int nest_level)
{
	SPI_finish();
	AtEOXact_GUC(true, nest_level);
}

static void
run(const char *sql, int expected)
{
	int			result = SPI_execute(sql, false, 0);

	if (result != expected)
		elog(ERROR, "unexpected result of SPI_execute: %s",
			 SPI_result_code_string(result));
}

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

/*
 * Add a row with the models of today's figures; returns its id.  This reads
 * the orders, and functions that a view of orders calls may count on the
 * caller's search_path: it stays.  All names in the text itself are qualified.
 */
static int64
fit(const char *view, const char *model_table)
{
	int64		id;
	bool		isnull;

	SPI_connect();
	run(psprintf("INSERT INTO %s (rfm, abc)\n"
				 "SELECT tcs.rfm_fit(days_since_last, purchases, revenue), tcs.abc_fit(revenue)\n"
				 "FROM %s\n"
				 "RETURNING id", model_table, view),
		SPI_OK_INSERT_RETURNING);
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table %s did not take the new models", model_table),
				 errhint("Look for a trigger or rule on the table that discards rows.")));
	id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
									 SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return id;
}

static void
make_model_table(const TcsMetrics *metrics)
{
	char	   *table = tcs_metrics_model_name(metrics);

	run(psprintf("CREATE TABLE %s (\n"
				 "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
				 "    fitted_at timestamptz NOT NULL DEFAULT now(),\n"
				 "    as_of date NOT NULL DEFAULT %s,\n"
				 "    rfm jsonb,\n"
				 "    abc jsonb\n"
				 ")", table, tcs_metrics_today(metrics)),
		SPI_OK_UTILITY);
	run(psprintf("COMMENT ON TABLE %s IS %s", table,
				 quote_literal_cstr(psprintf("models of the metrics view %s, which scores by the newest row; tcs.refit_metrics adds one, and a row that you insert counts as well",
											 tcs_metrics_view_name(metrics)))),
		SPI_OK_UTILITY);
	run(psprintf("COMMENT ON COLUMN %s.id IS 'the highest is the newest'", table),
		SPI_OK_UTILITY);
	run(psprintf("COMMENT ON COLUMN %s.fitted_at IS 'when the row was added'", table),
		SPI_OK_UTILITY);
	run(psprintf("COMMENT ON COLUMN %s.as_of IS 'the day the models look back from'", table),
		SPI_OK_UTILITY);
	run(psprintf("COMMENT ON COLUMN %s.rfm IS 'cuts of the scores r, f and m, of tcs.rfm_fit or tcs.rfm_model; NULL: no scores'", table),
		SPI_OK_UTILITY);
	run(psprintf("COMMENT ON COLUMN %s.abc IS 'bounds of the tiers, of tcs.abc_fit; NULL: no tiers'", table),
		SPI_OK_UTILITY);
}

static void
make_view(const TcsMetrics *metrics)
{
	char	   *view = tcs_metrics_view_name(metrics);

	run(psprintf("CREATE %sVIEW %s AS\n%s",
				 isTempNamespace(metrics->schema_oid) ? "TEMPORARY " : "",
				 view, tcs_metrics_query(metrics)),
		SPI_OK_UTILITY);
	run(psprintf("COMMENT ON VIEW %s IS %s", view,
				 quote_literal_cstr(psprintf("customer metrics from %s, one row per customer; days are those of the time zone %s; scored by the models in %s; made by tcs.create_metrics",
											 metrics->orders, metrics->zone,
											 tcs_metrics_model_name(metrics)))),
		SPI_OK_UTILITY);
	for (int i = 0; i < lengthof(column_comment); i++)
		run(psprintf("COMMENT ON COLUMN %s.%s IS %s", view,
					 quote_identifier(column_comment[i][0]),
					 quote_literal_cstr(column_comment[i][1])),
			SPI_OK_UTILITY);
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
	metrics = tcs_metrics_arguments(fcinfo);
	refuse_existing(metrics, metrics->view);
	refuse_existing(metrics, metrics->model_table);

	nest_level = begin_definitions();
	make_model_table(metrics);
	make_view(metrics);
	end_definitions(nest_level);
	fit(tcs_metrics_view_name(metrics), tcs_metrics_model_name(metrics));

	view = get_relname_relid(metrics->view, metrics->schema_oid);
	PG_RETURN_OID(view);
}

/* Has the relation a column of that name and type? */
static bool
has_column(Oid relation, const char *name, Oid type)
{
	AttrNumber	number = get_attnum(relation, name);

	return number > 0 && get_atttype(relation, number) == type;
}

Datum
tcs_refit_metrics(PG_FUNCTION_ARGS)
{
	Oid			view = PG_GETARG_OID(0);
	char	   *name = get_rel_name(view);
	Oid			schema_oid = get_rel_namespace(view);
	char	   *schema;
	char	   *table_name;
	Oid			table;

	PreventCommandIfReadOnly("tcs.refit_metrics()");
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", view)));
	if (get_rel_relkind(view) != RELKIND_VIEW ||
		!has_column(view, "days_since_last", INT4OID) ||
		!has_column(view, "purchases", INT8OID) ||
		!has_column(view, "revenue", FLOAT8OID))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a metrics view", name),
				 errhint("Give the name of a view that tcs.create_metrics made.")));

	schema = get_namespace_name_or_temp(schema_oid);
	table_name = psprintf("%s_model", name);
	table = get_relname_relid(table_name, schema_oid);
	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("metrics view \"%s\" has no table \"%s\" in its schema \"%s\"",
						name, table_name, schema),
				 errhint("Rename or move the table of the models along with the view.")));
	if (!has_column(table, "id", INT8OID) ||
		!has_column(table, "rfm", JSONBOID) ||
		!has_column(table, "abc", JSONBOID))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not the table of the models of \"%s\"",
						table_name, name),
				 errdetail("It needs the columns id bigint, rfm jsonb and abc jsonb.")));

	PG_RETURN_INT64(fit(quote_qualified_identifier(schema, name),
						quote_qualified_identifier(schema, table_name)));
}
