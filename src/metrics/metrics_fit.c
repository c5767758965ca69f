/*
 * metrics_fit.c
 *		refit_metrics, and what create_metrics has in common with it: the
 *		models of a metrics view are fitted on what the view shows.
 */
#include "metrics/metrics.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_refit_metrics);

/* The families of btyd_fit; the first is the default. */
static const char *const family_name[] = {"mbg/nbd", "bg/nbd", "pareto/nbd"};

const char *
tcs_metrics_family(const char *name)
{
	for (int i = 0; i < lengthof(family_name); i++)
		if (strcmp(name, family_name[i]) == 0)
			return family_name[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown family of models \"%s\"", name),
			 errhint("The families are mbg/nbd, bg/nbd and pareto/nbd.")));
}

/*
 * The row.  This reads the orders, and functions that a view of orders calls
 * may count on the caller's search_path: it stays.  All names in the text
 * itself are qualified.
 *
 * What the view shows holds the history of a customer; where there is none,
 * all of it is NULL.
 */
static int64
insert_models(const char *view, const char *table, const char *family)
{
	int64		id;
	bool		isnull;

	SPI_connect();
	/* where there is nobody, what the family is to be is not forgotten */
	tcs_run(psprintf("INSERT INTO %s (rfm, abc, btyd, spend)\n"
						  "SELECT tcs.rfm_fit(days_since_last, purchases, revenue), tcs.abc_fit(revenue),\n"
						  "    COALESCE(tcs.btyd_fit(h, '%s'),\n"
						  "        '{\"model\": \"%s\", \"version\": 1, \"r\": null, \"customers\": 0, \"converged\": false, \"notes\": [\"there are no customers\"]}'),\n"
						  "    tcs.spend_fit(h)\n"
						  "FROM (SELECT days_since_last, purchases, revenue,\n"
						  "        tcs.purchase_history((purchases OPERATOR(pg_catalog.-) 1)::pg_catalog.float8,\n"
						  "            (days_since_first OPERATOR(pg_catalog.-) days_since_last)::pg_catalog.float8,\n"
						  "            days_since_first::pg_catalog.float8, COALESCE(mean_value, 0)) AS h\n"
						  "    FROM %s OFFSET 0) AS figures\n"
						  "RETURNING id", table, family, family, view),
				 SPI_OK_INSERT_RETURNING);
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table %s did not take the new models", table),
				 errhint("Look for a trigger or rule on the table that discards rows.")));
	id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
									 SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return id;
}

/* One value of the row that was found, as text; NULL when it is NULL. */
static char *
found(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/*
 * Say so if the view cannot score by a model of the row: why, and what it
 * goes on with.  A row without the model, or with one that took no search, is
 * one of a view without customers.
 */
static void
warn_of(const char *table, const char *name, int64 id, const char *column,
		const char *what, const char *serves, const char *empty)
{
	char	   *notes;
	char	   *serving;
	bool		converged;

	tcs_run(psprintf("SELECT %s->>'converged',\n"
						  "    (SELECT string_agg(note, ' ' ORDER BY nth)\n"
						  "        FROM jsonb_array_elements_text(%s->'notes') WITH ORDINALITY AS n (note, nth)),\n"
						  "    (SELECT id FROM %s WHERE %s ORDER BY id DESC LIMIT 1)\n"
						  "FROM %s WHERE id = " INT64_FORMAT "\n"
						  "    AND %s ? 'iterations' AND NOT (%s)",
						  column, column, table, serves, table, id, column, serves),
				 SPI_OK_SELECT);
	if (SPI_processed == 0)
		return;
	converged = found(1) != NULL && strcmp(found(1), "true") == 0;
	notes = found(2);
	serving = found(3);
	ereport(WARNING,
			(converged ?
			 errmsg("the %s of metrics view \"%s\" has no finite mean", what, name) :
			 errmsg("the %s of metrics view \"%s\" did not converge", what, name),
			 notes ? errdetail("%s", notes) : 0,
			 serving ?
			 errhint("The view goes on with that of row %s of %s.", serving, table) :
			 errhint("Until one can be used, %s are NULL in the view.", empty)));
}

int64
tcs_metrics_fit(const char *view, const char *table, const char *name,
				const char *family)
{
	int64		id = insert_models(view, table, family);
	int			nest_level = tcs_view_begin();

	warn_of(table, name, id, "btyd", "model of purchases",
			TCS_METRICS_BTYD_SERVES,
			"p_alive, churn_risk, expected_purchases, clv and value_at_risk");
	warn_of(table, name, id, "spend", "model of spending",
			TCS_METRICS_SPEND_SERVES, "clv and value_at_risk");
	tcs_view_end(nest_level);
	return id;
}

/* The family of the newest model, or else the default. */
static const char *
newest_family(const char *table)
{
	const char *family = family_name[0];
	int			nest_level = tcs_view_begin();

	tcs_run(psprintf("SELECT btyd->>'model' FROM %s\n"
						  "WHERE btyd->>'model' IN ('mbg/nbd', 'bg/nbd', 'pareto/nbd')\n"
						  "ORDER BY id DESC LIMIT 1", table),
				 SPI_OK_SELECT);
	if (SPI_processed > 0)
		family = tcs_metrics_family(found(1));
	tcs_view_end(nest_level);
	return family;
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
	Oid			view;
	char	   *name;
	Oid			schema_oid;
	char	   *schema;
	char	   *table_name;
	Oid			table;
	const char *family = NULL;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(1))
		family = tcs_metrics_family(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	view = PG_GETARG_OID(0);
	name = get_rel_name(view);
	schema_oid = get_rel_namespace(view);

	PreventCommandIfReadOnly("tcs.refit_metrics()");
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", view)));
	if (get_rel_relkind(view) != RELKIND_VIEW ||
		!has_column(view, "days_since_first", INT4OID) ||
		!has_column(view, "days_since_last", INT4OID) ||
		!has_column(view, "purchases", INT8OID) ||
		!has_column(view, "revenue", FLOAT8OID) ||
		!has_column(view, "mean_value", FLOAT8OID))
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
		!has_column(table, "abc", JSONBOID) ||
		!has_column(table, "btyd", JSONBOID) ||
		!has_column(table, "spend", JSONBOID))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not the table of the models of \"%s\"",
						table_name, name),
				 errdetail("It needs the columns id bigint, and rfm, abc, btyd and spend of type jsonb.")));

	schema = quote_qualified_identifier(schema, table_name);
	if (family == NULL)
		family = newest_family(schema);
	PG_RETURN_INT64(tcs_metrics_fit(quote_qualified_identifier(get_namespace_name_or_temp(schema_oid), name),
									schema, name, family));
}
