/*
 * metrics_learn.c
 *		A risk of churn that learns from the past of a metrics view.
 *
 * The log is cut at three earlier days, of which each tells who then returned; the
 * histories of all of these days come out of one pass over the orders.  Where the
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

/* the last day, and the days of three splits */
#define MOMENTS				(1 + 2 * SPLITS)

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

/*
 * The moments of a log of that many days: its end, then the beginning and end of each
 * split.  Their lengths differ, and so do their ends, so that what holds for one
 * only shows as such.
 */
static void
learn_moments(bool of_past, double days, double horizon, TcsMetricsMoment *moments)
{
	static const double share[SPLITS] = {0.4, 0.5, 0.25};
	int32		back[SPLITS] = {0};
	int32		length[SPLITS];

	for (int i = 0; i < SPLITS; i++)
		length[i] = (int32) Max(1.0, floor(Min(horizon, share[i] * days)));
	if (horizon < 0.5 * days)
		back[1] = (int32) floor((days - length[1]) / 5.0);
	back[2] = (int32) floor(2.0 * (days - length[2]) / 5.0);
	moments[0] = (TcsMetricsMoment)
	{
		of_past, 0
	};
	for (int i = 0; i < SPLITS; i++)
	{
		moments[1 + 2 * i] = (TcsMetricsMoment)
		{
			of_past, back[i] + length[i]
		};
		moments[2 + 2 * i] = (TcsMetricsMoment)
		{
			of_past, back[i]
		};
	}
}

/* The text of a fit to the splits whose moments begin there. */
static char *
learn_fit(const char *horizon, int first, int base, bool has_attributes)
{
	StringInfoData pairs;

	initStringInfo(&pairs);
	for (int i = 0; i < SPLITS; i++)
		appendStringInfo(&pairs, "%s(moments[%d], moments[%d])", i > 0 ? ", " : "",
						 first + 2 * i + 2, first + 2 * i + 3);
	return psprintf("SELECT tcs.churn_fit(h, (later).last_day OPERATOR(pg_catalog.>) as_of, as_of, until, $%d, pg_catalog.interval '%s'%s) AS model\n"
					"    FROM (SELECT h, later%s, (h).first_day OPERATOR(pg_catalog.+) (h).t::pg_catalog.int4 AS as_of,\n"
					"            (later).first_day OPERATOR(pg_catalog.+) (later).t::pg_catalog.int4 AS until\n"
					"        FROM customer, LATERAL (VALUES %s) AS split (h, later)\n"
					"        WHERE (h).t IS NOT NULL) AS pair",
					base, horizon, has_attributes ? ", attributes" : "", has_attributes ? ", attributes" : "",
					pairs.data);
}

/* All of it in one query; what was learned a horizon ago is NULL where there is no base. */
static char *
learn_query(const char *moments, const char *horizon, bool has_past, bool has_attributes)
{
	const char *attributes = has_attributes ? ", attributes" : "";

	return psprintf("WITH customer AS MATERIALIZED (\n"
					"    SELECT moments%s FROM (%s) AS f\n"
					"), learned AS MATERIALIZED (\n"
					"    %s\n"
					"), past AS MATERIALIZED (\n"
					"    %s\n"
					"), judged AS (\n"
					"    SELECT (moments[1]).last_day OPERATOR(pg_catalog.<=) ((h).first_day OPERATOR(pg_catalog.+) (h).t::pg_catalog.int4) AS away,\n"
					"        tcs.churn_risk((SELECT model FROM past), h, pg_catalog.interval '%s'%s%s) AS risk,\n"
					"        tcs.churn_risk($2, h, pg_catalog.interval '%s') AS base\n"
					"    FROM customer, LATERAL (VALUES (moments[%d])) AS a (h) WHERE (h).t IS NOT NULL\n"
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
					attributes, moments, learn_fit(horizon, 0, 1, has_attributes),
					has_past ? learn_fit(horizon, MOMENTS, 2, has_attributes) : "SELECT NULL::pg_catalog.jsonb AS model",
					horizon, has_attributes ? ", pg_catalog.interval '0'" : "", attributes, horizon, has_past ? MOMENTS + 1 : 1);
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
learn_refused(const TcsMetricsPast *past, bool learn, double longest, bool has_btyd)
{
	if (!learn)
		return "nothing is learned, as was asked for: the risk is that of the model of purchases";
	if (!has_btyd)
		return "there is no model of purchases to correct";
	if (past == NULL || past->days < 1.0)
		return "the view is not as create_metrics makes it";
	if (!(longest >= FEWEST_HORIZONS * past->days) || longest < 8.0)
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
tcs_metrics_learn(Oid view, const TcsMetricsPast *past, bool learn, double longest, Datum btyd,
				  bool has_btyd, Datum holdout, const char *summary, TcsMetricsLearned *learned)
{
	const char *refused = learn_refused(past, learn, longest, has_btyd);
	TcsMetricsMoment moments[2 * MOMENTS];
	Oid			types[] = {JSONBOID, JSONBOID};
	Datum		bases[2] = {btyd};
	char		nulls[3] = "  ";
	bool		no_past;
	bool		has_attributes = false;
	char	   *query;

	learned->holdout = pstrdup("{}");
	learned->summary = pstrdup(summary);
	if (refused == NULL)
	{
		bases[1] = learn_past_base(holdout, &no_past);
		no_past = no_past || longest - past->days < FEWEST_HORIZONS * past->days;
		nulls[1] = no_past ? 'n' : ' ';
		learn_moments(false, longest, past->days, moments);
		learn_moments(true, longest - past->days, past->days, moments + MOMENTS);
		query = tcs_metrics_moments(view, moments, no_past ? MOMENTS : 2 * MOMENTS, &has_attributes);
		if (query != NULL)
		{
			tcs_run_with(learn_query(query, past->horizon, !no_past, has_attributes), 2, types, bases, nulls, SPI_OK_SELECT);
			if (!tcs_result_isnull(0, LEARNED_MODEL))
			{
				learned_judge(summary, learned);
				return;
			}
		}
		refused = "there is nothing to learn from";
	}
	learned->model = learned_nothing(learn, refused);
}
