/*
 * metrics_fit.c
 *		refit_metrics, and what create_metrics has in common with it: the
 *		models of a metrics view are fitted on what the view shows.
 */
#include "metrics/metrics.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_refit_metrics);

/* rfm, abc, btyd, spend */
#define MODELS	4
#define BTYD	2

/* These, how right they would have been, and the risk that was learned. */
#define HOLDOUT	MODELS
#define CHURN	(MODELS + 1)
#define KEPT	(MODELS + 2)

/* The text of a query for what the models are fitted on. */
static char *
refit_figures(const TcsMetricsFit *fit, const TcsMetricsLogs *logs)
{
	char	   *figures = logs ? pstrdup("SELECT days_since_last, purchases, revenue, tcs.purchase_history(log, until) AS h FROM " TCS_METRICS_LOGS) :
	tcs_metrics_figures(fit->view);

	/* a view that shows the same columns will do: they hold the history */
	if (figures == NULL)
		figures = psprintf("SELECT days_since_last, purchases, revenue,\n"
						   "    tcs.purchase_history((purchases OPERATOR(pg_catalog.-) 1)::pg_catalog.float8,\n"
						   "        (days_since_first OPERATOR(pg_catalog.-) days_since_last)::pg_catalog.float8,\n"
						   "        days_since_first::pg_catalog.float8, mean_value::pg_catalog.float8,\n"
						   "        first_value => CASE\n"
						   "            WHEN purchases OPERATOR(pg_catalog.=) 1 THEN GREATEST(revenue::pg_catalog.float8, 0)\n"
						   "            WHEN mean_value IS NOT NULL THEN GREATEST(revenue::pg_catalog.float8 OPERATOR(pg_catalog.-)\n"
						   "                ((purchases OPERATOR(pg_catalog.-) 1)::pg_catalog.float8 OPERATOR(pg_catalog.*)\n"
						   "                    mean_value::pg_catalog.float8), 0) END) AS h\n"
						   "FROM %s", fit->view_quoted);
	return figures;
}

/* Was a model found? */
static bool
refit_converged(Datum model)
{
	Jsonb	   *json = DatumGetJsonbP(model);
	JsonbValue *converged = getKeyJsonValueFromContainer(&json->root, "converged", 9, NULL);

	return converged != NULL && converged->type == jbvBool && converged->val.boolean;
}

/* Learn who returns; what is told of it goes into the hold-out. */
static void
refit_learn(TcsMetricsFit *fit, const TcsMetricsLogs *logs, double longest, Datum *models, char *nulls)
{
	TcsMetricsLearned learned;

	tcs_metrics_learn(logs, fit->learn, longest, models[BTYD], refit_converged(models[BTYD]),
					  models[HOLDOUT], fit->summary, &learned);
	models[HOLDOUT] = DirectFunctionCall2(jsonb_concat, models[HOLDOUT],
										  DirectFunctionCall1(jsonb_in, CStringGetDatum(learned.holdout)));
	models[CHURN] = learned.model;
	nulls[CHURN] = ' ';
	fit->summary = learned.summary;
}

/*
 * Work the models out.  This reads the orders, once, and functions that a view of
 * orders calls may count on the caller's search_path: it stays.  All names in the
 * text itself are qualified.  Returns the four models, how right such models
 * would have been within the last horizon, and what was learned from the past.
 */
static void
refit_work_out(TcsMetricsFit *fit, const char *family, Datum *models, char *nulls)
{
	TcsMetricsLogs *logs = tcs_metrics_logs(fit->view);
	struct Tuplestorestate *rows = NULL;
	char	   *summary;
	char	   *holdout;
	double		longest;

	if (logs != NULL)
		rows = tcs_run_into(logs->query, TCS_METRICS_LOGS);

	/* where there is nobody, what the family is to be is not forgotten */
	tcs_run(psprintf("SELECT tcs.rfm_fit(days_since_last, purchases, revenue), tcs.abc_fit(revenue),\n"
					 "    COALESCE(tcs.btyd_fit(h, '%s'),\n"
					 "        '{\"model\": \"%s\", \"version\": 1, \"r\": null, \"customers\": 0, \"converged\": false, \"notes\": [\"there are no customers\"]}'),\n"
					 "    tcs.spend_fit(h), pg_catalog.min(days_since_last), pg_catalog.max((h).t)\n"
					 "FROM (%s OFFSET 0) AS figures", family, family, refit_figures(fit, logs)),
			SPI_OK_SELECT);
	for (int i = 0; i < MODELS; i++)
	{
		bool		isnull;

		models[i] = tcs_result(0, i + 1, JSONBOID, &isnull);
		nulls[i] = isnull ? 'n' : ' ';
	}
	fit->has_purchases = !tcs_result_isnull(0, MODELS + 1);
	if (fit->has_purchases)
		fit->last_age = tcs_result_integer(0, MODELS + 1);
	longest = tcs_result_float(0, MODELS + 2);
	holdout = tcs_metrics_hold_out(logs, family, longest, &summary);
	models[HOLDOUT] = DirectFunctionCall1(jsonb_in, CStringGetDatum(holdout));
	nulls[HOLDOUT] = ' ';
	fit->summary = summary;
	refit_learn(fit, logs, longest, models, nulls);
	if (rows != NULL)
		tcs_run_forget(TCS_METRICS_LOGS, rows);
}

/* The row, and what is said of it. */
static void
refit_insert_models(TcsMetricsFit *fit, const char *family)
{
	Oid			types[KEPT] = {JSONBOID, JSONBOID, JSONBOID, JSONBOID, JSONBOID, JSONBOID};
	Datum		models[KEPT];
	char		nulls[KEPT + 1] = {0};
	MemoryContext caller = CurrentMemoryContext;

	SPI_connect();
	refit_work_out(fit, family, models, nulls);
	fit->summary = MemoryContextStrdup(caller, fit->summary);
	tcs_run_with(psprintf("INSERT INTO %s (rfm, abc, btyd, spend, holdout, churn) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
						  fit->table_quoted),
				 KEPT, types, models, nulls, SPI_OK_INSERT_RETURNING);
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table %s did not take the new models", fit->table_quoted),
				 errhint("Look for a trigger or rule on the table that discards rows.")));
	fit->id = DatumGetInt64(tcs_result_value(0, 1, INT8OID));
	SPI_finish();
}

/*
 * Say so if the view cannot score by a model of the row: why, and what it
 * goes on with.  A row without the model, or with one that took no search, is
 * one of a view without customers.
 */
static void
refit_warn_of(const TcsMetricsFit *fit, const char *column, const char *what,
			  const char *serves, const char *empty)
{
	const char *table = fit->table_quoted;
	const char *name = fit->name;
	char	   *notes;
	char	   *serving;
	const char *converged;

	tcs_run(psprintf("SELECT %s->>'converged',\n"
					 "    (SELECT string_agg(note, ' ' ORDER BY nth)\n"
					 "        FROM jsonb_array_elements_text(CASE jsonb_typeof(%s->'notes')\n"
					 "            WHEN 'array' THEN %s->'notes' END) WITH ORDINALITY AS n (note, nth)),\n"
					 "    (SELECT id FROM %s WHERE %s ORDER BY id DESC LIMIT 1)\n"
					 "FROM %s WHERE id = " INT64_FORMAT "\n"
					 "    AND %s ? 'iterations' AND NOT (%s)",
					 column, column, column, table, serves, table, fit->id, column, serves),
			SPI_OK_SELECT);
	if (SPI_processed == 0)
		return;
	converged = tcs_result_text(0, 1);
	notes = tcs_result_text(0, 2);
	serving = tcs_result_string(0, 3);
	ereport(WARNING,
			(converged != NULL && strcmp(converged, "true") == 0 ?
			 errmsg("the %s of metrics view \"%s\" cannot be used", what, name) :
			 errmsg("the %s of metrics view \"%s\" did not converge", what, name),
			 notes ? errdetail("%s", notes) : 0,
			 serving ?
			 errhint("The view goes on with that of row %s of %s.", serving, table) :
			 errhint("%s", empty)));
}

/*
 * The comment of the view ends in how right its models would have been, unless
 * somebody has written another one.
 */
static void
refit_say_in_comment(const TcsMetricsFit *fit)
{
	static const char made[] = "made by tcs.create_metrics";
	char	   *comment = GetComment(fit->view, RelationRelationId, 0);
	char	   *end = comment ? strstr(comment, made) : NULL;

	if (end == NULL)
		return;
	end[strlen(made)] = '\0';
	tcs_view_comment(psprintf("VIEW %s", fit->view_quoted),
					 psprintf("%s; %s", comment, fit->summary));
}

void
tcs_metrics_fit(TcsMetricsFit *fit, const char *family)
{
	int			nest_level;

	refit_insert_models(fit, family);
	nest_level = tcs_view_begin();
	refit_say_in_comment(fit);
	refit_warn_of(fit, "btyd", "model of purchases", TCS_METRICS_BTYD_SERVES,
				  "Until one can be used, p_alive, churn_risk, expected_purchases, clv and value_at_risk are NULL in the view.");
	refit_warn_of(fit, "spend", "model of spending", TCS_METRICS_SPEND_SERVES " AND " TCS_METRICS_SPEND_FOUND,
				  "Until one can be used, clv and value_at_risk expect of a purchase what those so far were worth on average; "
				  "they are NULL where no amount is known.");
	tcs_view_end(nest_level);
}

/* The family of the newest model, or else the default. */
static const char *
refit_newest_family(const char *table)
{
	const char *family = TCS_METRICS_FAMILY;
	int			nest_level = tcs_view_begin();

	/* what was chosen among several is to be chosen anew */
	tcs_run(psprintf("SELECT CASE WHEN btyd->'compared' IS NULL THEN btyd->>'model' ELSE 'auto' END FROM %s\n"
					 "WHERE btyd->>'model' IN (" TCS_METRICS_FAMILIES ")\n"
					 "ORDER BY id DESC LIMIT 1", table),
			SPI_OK_SELECT);
	if (SPI_processed > 0)
		family = tcs_metrics_family(TextDatumGetCString(tcs_result_value(0, 1, TEXTOID)));
	tcs_view_end(nest_level);
	return family;
}

/* Was the newest fit one that learned, or could have? */
static bool
refit_newest_learned(const char *table)
{
	bool		learned = true;
	int			nest_level = tcs_view_begin();

	tcs_run(psprintf("SELECT COALESCE(churn->'learn' = 'false', false) FROM %s\n"
					 "WHERE churn IS NOT NULL ORDER BY id DESC LIMIT 1", table),
			SPI_OK_SELECT);
	if (SPI_processed > 0)
		learned = !DatumGetBool(tcs_result_value(0, 1, BOOLOID));
	tcs_view_end(nest_level);
	return learned;
}

/* A view that is to be fitted anew, and what it is made with. */
typedef struct Refit
{
	TcsMetricsFit fit;
	Oid			schema_oid;
	Oid			table;
	char	   *table_name;
	bool		as_before;		/* learn if the newest fit did */
} Refit;

/* What is read of the table, and written. */
static const TcsColumn model_column[] = {
	{"id", INT8OID, true}, {"rfm", JSONBOID, false}, {"abc", JSONBOID, false},
	{"btyd", JSONBOID, false}, {"spend", JSONBOID, false}, {"holdout", JSONBOID, false},
	{"churn", JSONBOID, false}
};

/* Has the relation a column of that name, with numbers? */
static bool
refit_has_number(Oid relation, const char *name)
{
	AttrNumber	number = get_attnum(relation, name);

	return number > 0 && tcs_is_number(get_atttype(relation, number));
}

static void
refit_find_view(Refit *refit)
{
	LockRelationOid(refit->fit.view, AccessShareLock);
	refit->fit.name = get_rel_name(refit->fit.view);
	if (refit->fit.name == NULL)
		tcs_relation_missing(refit->fit.view, NULL);
	if (get_rel_relkind(refit->fit.view) != RELKIND_VIEW ||
		!refit_has_number(refit->fit.view, "days_since_first") ||
		!refit_has_number(refit->fit.view, "days_since_last") ||
		!refit_has_number(refit->fit.view, "purchases") ||
		!refit_has_number(refit->fit.view, "revenue") ||
		!refit_has_number(refit->fit.view, "mean_value"))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a metrics view", refit->fit.name),
				 errhint("Give the name of a view that tcs.create_metrics made.")));
	refit->schema_oid = get_rel_namespace(refit->fit.view);
}

static void
refit_find_table(Refit *refit)
{
	char	   *schema = get_namespace_name_or_temp(refit->schema_oid);
	bool		has_columns = true;

	refit->table_name = psprintf("%s_model", refit->fit.name);
	refit->table = get_relname_relid(refit->table_name, refit->schema_oid);
	if (!OidIsValid(refit->table))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("metrics view \"%s\" has no table \"%s\" in its schema \"%s\"",
						refit->fit.name, refit->table_name, schema),
				 errhint("Rename or move the table of the models along with the view.")));
	LockRelationOid(refit->table, AccessShareLock);
	for (int i = 0; i < lengthof(model_column); i++)
		has_columns = has_columns && get_attnum(refit->table, model_column[i].name) > 0;
	if (!has_columns || (get_rel_relkind(refit->table) != RELKIND_RELATION &&
						 get_rel_relkind(refit->table) != RELKIND_PARTITIONED_TABLE))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not the table of the models of \"%s\"",
						refit->table_name, refit->fit.name),
				 errdetail("It needs the columns id bigint, and rfm, abc, btyd, spend, holdout and churn of type jsonb.")));
	tcs_relation_check(refit->table, model_column, lengthof(model_column));
	refit->fit.view_quoted = quote_qualified_identifier(schema, refit->fit.name);
	refit->fit.table_quoted = quote_qualified_identifier(schema, refit->table_name);
}

Oid
tcs_metrics_find(Oid view, TcsMetricsFit *fit)
{
	Refit		refit = {0};

	refit.fit.view = view;
	refit_find_view(&refit);
	refit_find_table(&refit);
	*fit = refit.fit;
	return refit.table;
}

static void
refit_check_right(Oid relation, AclMode mode, ObjectType kind, const char *name)
{
	AclResult	result = pg_class_aclcheck(relation, GetUserId(), mode);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, kind, name);
}

static int64
refit_as_current(Refit *refit, const char *family)
{
	if (family == NULL)
		family = refit_newest_family(refit->fit.table_quoted);
	if (refit->as_before)
		refit->fit.learn = refit_newest_learned(refit->fit.table_quoted);
	tcs_metrics_fit(&refit->fit, family);
	return refit->fit.id;
}

/*
 * What the view calls, and the triggers of the table, are its owner's: for
 * anybody else they run with the owner's rights, and cannot use the caller's.
 */
static int64
refit_as_owner(Refit *refit, const char *family)
{
	Oid			owner = tcs_relation_owner(refit->table);
	TcsOwnerScope scope;
	int64		id;

	if (owner == GetUserId())
		return refit_as_current(refit, family);
	refit_check_right(refit->fit.view, ACL_SELECT, OBJECT_VIEW, refit->fit.name);
	refit_check_right(refit->table, ACL_SELECT, OBJECT_TABLE, refit->table_name);
	refit_check_right(refit->table, ACL_INSERT, OBJECT_TABLE, refit->table_name);
	if (tcs_relation_owner(refit->fit.view) != owner)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("metrics view \"%s\" and its table \"%s\" have different owners",
						refit->fit.name, refit->table_name),
				 errhint("Give both to one role with ALTER VIEW and ALTER TABLE ... OWNER TO.")));
	tcs_owner_enter(&scope, owner);
	id = refit_as_current(refit, family);
	tcs_owner_leave(&scope);
	return id;
}

Datum
tcs_refit_metrics(PG_FUNCTION_ARGS)
{
	Refit		refit = {0};
	const char *family = NULL;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(1))
		family = tcs_metrics_family(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	refit.as_before = PG_ARGISNULL(2);
	refit.fit.learn = !refit.as_before && PG_GETARG_BOOL(2);
	PreventCommandIfReadOnly("tcs.refit_metrics()");
	refit.fit.view = PG_GETARG_OID(0);
	refit_find_view(&refit);
	refit_find_table(&refit);
	PG_RETURN_INT64(refit_as_owner(&refit, family));
}
