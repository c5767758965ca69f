/*
 * metrics_learn.c
 *		A risk of churn that learns from the past of a metrics view.
 *
 * The log is cut at three earlier days, of which each tells who then returned; the
 * histories of all of these days are read from what one pass over the orders
 * keeps of each customer.  Where the
 * log is long enough the same is done as it would have been done a horizon ago, and what
 * was learned then is held against what came since: that nothing was trained on.
 * The view uses what was learned where it is better than the base by both.
 */
#include "metrics/metrics.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"

/* a log shorter than this many horizons says too little of one */
#define FEWEST_HORIZONS		0.95

/* so much greater a Brier score within the last horizon refutes what was learned */
#define WORSE				0.0005

#define SPLITS				3

/* The columns of the query. */
enum
{
	LEARNED_MODEL = 1,
	LEARNED_CORRECTED,
	LEARNED_SHARE,
	LEARNED_PAST_CORRECTED,
	LEARNED_AUC,
	LEARNED_BRIER,
	LEARNED_BASE_BRIER,
	LEARNED_OFF,
	LEARNED_CALIBRATION
};

/* A split of a log: days from its end back to the end of the split, and its length. */
typedef struct LearnSplit
{
	int32		back;
	int32		length;
} LearnSplit;

/*
 * The splits of a log of that many days.  Their lengths differ, and so do their
 * ends, so that what holds for one only shows as such.
 */
static void
learn_splits(double days, double horizon, LearnSplit *split)
{
	static const double share[SPLITS] = {0.4, 0.5, 0.25};

	for (int i = 0; i < SPLITS; i++)
		split[i] = (LearnSplit)
	{
		0, (int32) Max(1.0, floor(Min(horizon, share[i] * days)))
	};
	if (horizon < 0.5 * days)
		split[1].back = (int32) floor((days - split[1].length) / 5.0);
	split[2].back = (int32) floor(2.0 * (days - split[2].length) / 5.0);
}

/* The text of a fit to the splits of a log that ends on that day, with the base $n. */
static char *
learn_fit(const char *end, const LearnSplit *split, const char *horizon, int base, bool has_attributes)
{
	const char *attributes = has_attributes ? ", attributes" : "";
	StringInfoData spans;

	initStringInfo(&spans);
	for (int i = 0; i < SPLITS; i++)
		appendStringInfo(&spans, "%s(%s OPERATOR(pg_catalog.-) %d, %s OPERATOR(pg_catalog.-) %d)", i > 0 ? ", " : "",
						 end, split[i].back + split[i].length, end, split[i].back);
	return psprintf("SELECT tcs.churn_fit(h, returned, as_of, ends, $%d, pg_catalog.interval '%s'%s) AS model\n"
					"    FROM (SELECT tcs.purchase_history(log, as_of) AS h,\n"
					"            (tcs.holdout(log, as_of, ends)).purchases OPERATOR(pg_catalog.>) 0 AS returned, as_of, ends%s\n"
					"        FROM " TCS_METRICS_LOGS ", LATERAL (VALUES %s) AS span (as_of, ends)\n"
					"        WHERE log IS NOT NULL OFFSET 0) AS pair\n"
					"    WHERE (h).t IS NOT NULL",
					base, horizon, attributes, attributes, spans.data);
}

/* All of it in one query; what was learned a horizon ago is NULL where there is no base. */
static char *
learn_query(const TcsMetricsLogs *logs, double days, bool has_past)
{
	const char *attributes = logs->has_attributes ? ", attributes" : "";
	const char *horizon = logs->horizon;
	const char *past = psprintf(TCS_METRICS_LOGS_PAST, horizon);
	LearnSplit	now[SPLITS];
	LearnSplit	then[SPLITS];

	learn_splits(days, logs->days, now);
	learn_splits(days - logs->days, logs->days, then);
	return psprintf("WITH learned AS MATERIALIZED (\n"
					"    %s\n"
					"), past AS MATERIALIZED (\n"
					"    %s\n"
					"), judged AS (\n"
					"    SELECT away, tcs.churn_risk((SELECT model FROM past), h, pg_catalog.interval '%s'%s%s) AS risk,\n"
					"        tcs.churn_risk($2, h, pg_catalog.interval '%s') AS base\n"
					"    FROM (SELECT tcs.purchase_history(log, %s) AS h,\n"
					"            (tcs.holdout(log, %s, until)).purchases OPERATOR(pg_catalog.=) 0 AS away%s\n"
					"        FROM " TCS_METRICS_LOGS " WHERE log IS NOT NULL AND %s OFFSET 0) AS a\n"
					"    WHERE (h).t IS NOT NULL\n"
					"), figures AS MATERIALIZED (\n"
					"    SELECT tcs.auc(risk, away), tcs.brier(risk, away), tcs.brier(base, away) AS base,\n"
					"        tcs.calibration(risk, away, 10) AS bins FROM judged\n"
					")\n"
					"SELECT learned.model, (learned.model OPERATOR(pg_catalog.->>) 'corrected')::pg_catalog.bool,\n"
					"    1 OPERATOR(pg_catalog.-) ((learned.model OPERATOR(pg_catalog.->>) 'brier')::pg_catalog.float8\n"
					"        OPERATOR(pg_catalog./) (learned.model OPERATOR(pg_catalog.->>) 'brier_base')::pg_catalog.float8),\n"
					"    (past.model OPERATOR(pg_catalog.->>) 'corrected')::pg_catalog.bool, auc, brier, base,\n"
					"    (SELECT pg_catalog.sum(customers OPERATOR(pg_catalog.*) pg_catalog.abs(predicted OPERATOR(pg_catalog.-) observed))\n"
					"        OPERATOR(pg_catalog./) pg_catalog.sum(customers)::pg_catalog.float8 FROM pg_catalog.unnest(bins)),\n"
					"    pg_catalog.to_jsonb(bins)\n"
					"FROM learned, past, figures",
					learn_fit("until", now, horizon, 1, logs->has_attributes),
					has_past ? learn_fit(past, then, horizon, 2, logs->has_attributes) : "SELECT NULL::pg_catalog.jsonb AS model",
					horizon, logs->has_attributes ? ", pg_catalog.interval '0'" : "", attributes, horizon, past, past, attributes,
					has_past ? "true" : "false");
}

/* A model that has not learned, and why. */
static Datum
learned_nothing(bool learn, const char *why)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"model\": \"churn\", \"version\": 1, \"corrected\": false%s, \"notes\": [",
					 learn ? "" : ", \"learn\": false");
	escape_json(&json, why);
	appendStringInfoString(&json, "]}");
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

/* The same model, which is not to be used. */
static Datum
learned_refuted(Datum model)
{
	bool		isnull;
	Oid			types[] = {JSONBOID};

	tcs_run_with("SELECT $1 OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('corrected', false, 'notes',\n"
				 "    ($1 OPERATOR(pg_catalog.->) 'notes') OPERATOR(pg_catalog.||)\n"
				 "    pg_catalog.to_jsonb('within the last horizon such a correction made risks worse: it is not used'::pg_catalog.text))",
				 1, types, &model, " ", SPI_OK_SELECT);
	return tcs_result(0, 1, JSONBOID, &isnull);
}

/* A number of JSON; null where it is none. */
static char *
learned_number(int column)
{
	double		value = tcs_result_float(0, column);

	return isfinite(value) ? psprintf("%.15g", value) : pstrdup("null");
}

/* What came of it. */
static void
learned_judge(const char *summary, TcsMetricsLearned *learned)
{
	bool		isnull;
	bool		corrected = DatumGetBool(tcs_result(0, LEARNED_CORRECTED, BOOLOID, &isnull)) && !isnull;
	bool		past_null;
	bool		held = DatumGetBool(tcs_result(0, LEARNED_PAST_CORRECTED, BOOLOID, &past_null)) && !past_null;
	double		auc = tcs_result_float(0, LEARNED_AUC);
	double		brier = tcs_result_float(0, LEARNED_BRIER);
	double		share = tcs_result_float(0, LEARNED_SHARE);
	bool		used = corrected && !(held && brier > tcs_result_float(0, LEARNED_BASE_BRIER) + WORSE);
	StringInfoData json;

	initStringInfo(&json);
	learned->model = tcs_result(0, LEARNED_MODEL, JSONBOID, &isnull);
	learned->summary = pstrdup(summary);
	if (used && held && isfinite(auc))
		learned->summary = psprintf("%s; churn_risk has learned from the past: AUC %.2f, Brier %.3f", summary, auc, brier);
	else if (used)
		learned->summary = psprintf("%s; churn_risk has learned from the past, which takes %.1f %% off its Brier score on days that were left out",
									summary, 100 * share);
	appendStringInfo(&json, "{\"learned\": {\"used\": %s, \"auc\": %s, \"brier\": %s, \"calibration_error\": %s, \"calibration\": %s}, \"summary\": ",
					 used ? "true" : "false",
					 held ? learned_number(LEARNED_AUC) : "null", held ? learned_number(LEARNED_BRIER) : "null",
					 held ? learned_number(LEARNED_OFF) : "null",
					 held && !tcs_result_isnull(0, LEARNED_CALIBRATION) ? tcs_result_string(0, LEARNED_CALIBRATION) : "null");
	escape_json(&json, learned->summary);
	appendStringInfoChar(&json, '}');
	learned->holdout = json.data;
	if (corrected && !used)
		learned->model = learned_refuted(learned->model);
}

/* Why nothing can be learned; NULL where it can. */
static const char *
learn_refused(const TcsMetricsLogs *logs, bool learn, double longest, bool has_btyd)
{
	if (!learn)
		return "nothing is learned, as was asked for: the risk is that of the model of purchases";
	if (!has_btyd)
		return "there is no model of purchases to correct";
	if (logs == NULL || logs->days < 1.0)
		return "the view is not as create_metrics makes it";
	if (!(longest >= FEWEST_HORIZONS * logs->days) || longest < 8.0)
		return "the log is shorter than the horizon: the risk is that of the model of purchases";
	return NULL;
}

/* The model of purchases that was fitted a horizon ago. */
static Datum
learn_past_base(Datum holdout, bool *isnull)
{
	Jsonb	   *figures = DatumGetJsonbP(holdout);
	JsonbValue *base = getKeyJsonValueFromContainer(&figures->root, "btyd", 4, NULL);

	*isnull = base == NULL || base->type != jbvBinary;
	return *isnull ? (Datum) 0 : JsonbPGetDatum(JsonbValueToJsonb(base));
}

void
tcs_metrics_learn(const TcsMetricsLogs *logs, bool learn, double longest, Datum btyd,
				  bool has_btyd, Datum holdout, const char *summary, TcsMetricsLearned *learned)
{
	const char *refused = learn_refused(logs, learn, longest, has_btyd);
	Oid			types[] = {JSONBOID, JSONBOID};
	Datum		bases[2] = {btyd};
	char		nulls[3] = "  ";
	bool		no_past;

	learned->holdout = pstrdup("{}");
	learned->summary = pstrdup(summary);
	if (refused == NULL)
	{
		bases[1] = learn_past_base(holdout, &no_past);
		no_past = no_past || longest - logs->days < FEWEST_HORIZONS * logs->days;
		nulls[1] = no_past ? 'n' : ' ';
		tcs_run_with(learn_query(logs, longest, !no_past), 2, types, bases, nulls, SPI_OK_SELECT);
		if (!tcs_result_isnull(0, LEARNED_MODEL))
		{
			learned_judge(summary, learned);
			return;
		}
		refused = "there is nothing to learn from";
	}
	learned->model = learned_nothing(learn, refused);
}
