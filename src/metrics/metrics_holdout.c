/*
 * metrics_holdout.c
 *		How right the models of a metrics view would have been within the last
 *		horizon.
 *
 * Models of the same family are fitted to the histories of a horizon ago, and what
 * they expect is held against what came, by the judges that anybody can call.  Of a
 * log that is shorter than two horizons the second half is what came.
 * What is found is kept beside the fits, in figures and in words.
 */
#include "metrics/metrics.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* a log of two horizons, or nearly: half to fit and half to look at */
#define FEWEST_HORIZONS		1.95

/* fewer days, half to fit and half to look at, and fewer customers tell nothing */
#define FEWEST_DAYS			28
#define FEWEST_CUSTOMERS	50

/* what is worth a word: points of a probability, a share of a total */
#define MUCH_OFF_POINTS		0.05
#define MUCH_OFF_TOTAL		0.2

/* The columns of the query. */
enum
{
	HELD_CUSTOMERS = 1,
	HELD_RETURNED,
	HELD_AUC,
	HELD_BRIER,
	HELD_EXPECTED,
	HELD_PURCHASES,
	HELD_EXPECTED_VALUE,
	HELD_VALUE,
	HELD_OFF,
	HELD_WORST_RISK,
	HELD_WORST_SHARE,
	HELD_CALIBRATION,
	HELD_DAY,
	HELD_UNTIL,
	HELD_BTYD,
	HELD_SPEND
};

typedef struct HeldOut
{
	StringInfoData figures;		/* the members of a JSON object */
	StringInfoData notes;		/* the elements of a JSON array */
} HeldOut;

/* All names are qualified but that of the logs.  as_of: what to reckon with, in SQL. */
static char *
holdout_query(const char *as_of, const char *horizon, const char *family)
{
	return psprintf("WITH past AS MATERIALIZED (\n"
					"    SELECT h, later, until\n"
					"    FROM (SELECT tcs.purchase_history(log, %s) AS h, tcs.holdout(log, %s, until) AS later, until\n"
					"        FROM " TCS_METRICS_LOGS " WHERE log IS NOT NULL OFFSET 0) AS f\n"
					"    WHERE (h).t IS NOT NULL\n"
					"), fit AS MATERIALIZED (\n"
					"    SELECT tcs.btyd_fit(h, '%s') AS btyd, tcs.spend_fit(h) AS spend FROM past\n"
					"), model AS MATERIALIZED (\n"
					"    SELECT CASE WHEN (btyd OPERATOR(pg_catalog.->>) 'converged') OPERATOR(pg_catalog.=) 'true' THEN btyd END AS btyd,\n"
					"        CASE WHEN COALESCE(spend OPERATOR(pg_catalog.->>) 'population_mean', spend OPERATOR(pg_catalog.->>) 'observed_mean') IS NOT NULL THEN spend END AS spend\n"
					"    FROM fit\n"
					"), judged AS MATERIALIZED (\n"
					"    SELECT until, (later).purchases, (later).revenue,\n"
					"        (later).purchases OPERATOR(pg_catalog.=) 0 AS away,\n"
					"        tcs.churn_risk((SELECT btyd FROM model), h, '%s') AS risk,\n"
					"        tcs.expected_purchases((SELECT btyd FROM model), h, '%s') AS expected,\n"
					"        tcs.clv((SELECT btyd FROM model), (SELECT spend FROM model), h, '%s') AS worth\n"
					"    FROM past\n"
					"), all_bins AS MATERIALIZED (\n"
					"    SELECT tcs.calibration(risk, away, 10) AS bins FROM judged\n"
					"), bin AS (\n"
					"    SELECT predicted, observed, customers OPERATOR(pg_catalog.*)\n"
					"        pg_catalog.abs(predicted OPERATOR(pg_catalog.-) observed) AS off\n"
					"    FROM all_bins, pg_catalog.unnest(bins)\n"
					"), worst AS (\n"
					"    SELECT predicted, observed FROM bin ORDER BY off DESC, predicted LIMIT 1\n"
					")\n"
					"SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE NOT away),\n"
					"    tcs.auc(risk, away), tcs.brier(risk, away),\n"
					"    pg_catalog.round(pg_catalog.sum(expected)::pg_catalog.numeric, 2)::pg_catalog.float8,\n"
					"    pg_catalog.sum(purchases)::pg_catalog.float8,\n"
					"    pg_catalog.round(pg_catalog.sum(worth)::pg_catalog.numeric, 2)::pg_catalog.float8,\n"
					"    pg_catalog.round((pg_catalog.sum(revenue) FILTER (WHERE worth IS NOT NULL))::pg_catalog.numeric, 2)::pg_catalog.float8,\n"
					"    (SELECT pg_catalog.sum(off) FROM bin) OPERATOR(pg_catalog./) pg_catalog.count(*)::pg_catalog.float8,\n"
					"    (SELECT predicted FROM worst), (SELECT observed FROM worst),\n"
					"    (SELECT pg_catalog.to_jsonb(bins) FROM all_bins),\n"
					"    pg_catalog.to_char(pg_catalog.min(until) OPERATOR(pg_catalog.-) pg_catalog.interval '%s', 'YYYY-MM-DD'),\n"
					"    pg_catalog.to_char(pg_catalog.min(until), 'YYYY-MM-DD'),\n"
					"    (SELECT btyd FROM model), (SELECT spend FROM model)\n"
					"FROM judged",
					as_of, as_of, family, horizon, horizon, horizon, horizon);
}

static void
holdout_note(HeldOut *held, const char *note)
{
	if (held->notes.len > 0)
		appendStringInfoString(&held->notes, ", ");
	escape_json(&held->notes, note);
}

static void
holdout_keep(HeldOut *held, const char *name, const char *value)
{
	appendStringInfo(&held->figures, "\"%s\": %s, ", name, value ? value : "null");
}

static void
holdout_keep_column(HeldOut *held, const char *name, int column)
{
	holdout_keep(held, name, tcs_result_string(0, column));
}

static void
holdout_keep_day(HeldOut *held, const char *name, int column)
{
	const char *day = tcs_result_string(0, column);

	holdout_keep(held, name, day ? psprintf("\"%s\"", day) : NULL);
}

static void
holdout_keep_number(HeldOut *held, const char *name, double number)
{
	holdout_keep(held, name, isfinite(number) ? psprintf("%.15g", number) : NULL);
}

/* A column in double precision with all of its digits; JSON has no infinity. */
static void
holdout_keep_float(HeldOut *held, const char *name, int column)
{
	holdout_keep(held, name, isfinite(tcs_result_float(0, column)) ?
				 tcs_result_string(0, column) : NULL);
}

/* A whole number with a comma between thousands. */
static char *
holdout_count(double number)
{
	char	   *digits = psprintf("%.0f", number);
	int			first = digits[0] == '-' ? 1 : 0;
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; digits[i] != '\0'; i++)
	{
		int			left = strlen(digits) - i;

		if (i > first && left % 3 == 0 && isdigit((unsigned char) digits[i]))
			appendStringInfoChar(&text, ',');
		appendStringInfoChar(&text, digits[i]);
	}
	return text.data;
}

/* Half the width of the AUC's 95 % interval (Hanley and McNeil, 1982). */
static double
holdout_auc_margin(double auc, double away, double returned)
{
	double		one = auc / (2 - auc);
	double		other = 2 * auc * auc / (1 + auc);
	double		variance = (auc * (1 - auc) + (away - 1) * (one - auc * auc) +
							(returned - 1) * (other - auc * auc)) / (away * returned);

	return 1.96 * sqrt(Max(variance, 0));
}

/* Does the risk put those in front who stay away?  Returns what is to be said of it. */
static const char *
holdout_judge_order(HeldOut *held, double away, double returned)
{
	double		auc = tcs_result_float(0, HELD_AUC);
	double		margin = isnan(auc) ? auc : holdout_auc_margin(auc, away, returned);

	holdout_keep_float(held, "auc", HELD_AUC);
	holdout_keep_number(held, "auc_low", auc - margin);
	holdout_keep_number(held, "auc_high", auc + margin);
	if (isnan(auc))
		holdout_note(held, away == 0 ? "everybody returned: nothing tells who does" :
					 "nobody returned: nothing tells who does");
	else if (auc + margin < 0.5)
	{
		holdout_note(held, psprintf("those with the higher risk returned more often: the AUC is %.2f (%.2f to %.2f), a coin has 0.5",
									auc, auc - margin, auc + margin));
		return "those with the higher risk returned more often";
	}
	else if (auc - margin <= 0.5)
	{
		holdout_note(held, psprintf("past purchases do not tell who returns: the AUC is %.2f (%.2f to %.2f), a coin has 0.5",
									auc, auc - margin, auc + margin));
		return "past purchases do not tell who returns";
	}
	return "churn";
}

/* Do the risks mean what they say?  Returns what a constant would have had. */
static double
holdout_judge_risk(HeldOut *held, double away)
{
	double		brier = tcs_result_float(0, HELD_BRIER);
	double		constant = away * (1 - away);
	double		off = tcs_result_float(0, HELD_OFF);

	holdout_keep_float(held, "brier", HELD_BRIER);
	holdout_keep_number(held, "brier_constant", constant);
	holdout_keep_float(held, "calibration_error", HELD_OFF);
	holdout_keep_column(held, "calibration", HELD_CALIBRATION);
	if (brier >= constant && constant > 0)
		holdout_note(held, psprintf("one risk of %.0f %% for everybody would have been as right", 100 * away));
	if (off > MUCH_OFF_POINTS)
		holdout_note(held, psprintf("risks were off by %.0f of 100 on average: where they said %.0f %%, %.0f %% stayed away",
									100 * off, 100 * tcs_result_float(0, HELD_WORST_RISK),
									100 * tcs_result_float(0, HELD_WORST_SHARE)));
	else
		holdout_note(held, psprintf("risks meant what they said: off by %.1f of 100 on average", 100 * off));
	return constant;
}

/* Were the totals right? */
static void
holdout_judge_total(HeldOut *held, const char *what, double expected, double came)
{
	if (!isfinite(expected) || !isfinite(came) || expected <= 0 || came <= 0 || fabs(expected / came - 1) <= MUCH_OFF_TOTAL)
		return;
	if (expected > came)
		holdout_note(held, psprintf("%.0f %% %s %s came than expected", 100 * (1 - came / expected),
									strcmp(what, "value") == 0 ? "less" : "fewer", what));
	else
		holdout_note(held, psprintf("%.0f %% more %s came than expected", 100 * (came / expected - 1), what));
}

/* The result of the query, in figures and in one sentence. */
static char *
holdout_judge(HeldOut *held)
{
	double		customers = tcs_result_bigint(0, HELD_CUSTOMERS);
	double		returned = tcs_result_bigint(0, HELD_RETURNED);
	double		expected = tcs_result_float(0, HELD_EXPECTED);
	double		purchases = tcs_result_float(0, HELD_PURCHASES);
	double		worth = tcs_result_float(0, HELD_EXPECTED_VALUE);
	double		revenue = tcs_result_float(0, HELD_VALUE);
	double		constant;
	const char *order;
	const char *auc;

	holdout_keep_day(held, "as_of", HELD_DAY);
	holdout_keep_day(held, "until", HELD_UNTIL);
	holdout_keep_column(held, "customers", HELD_CUSTOMERS);
	holdout_keep_column(held, "returned", HELD_RETURNED);
	if (!isfinite(expected))
		return psprintf("no model of purchases could be found of the histories until %s",
						tcs_result_string(0, HELD_DAY));
	order = holdout_judge_order(held, customers - returned, returned);
	constant = holdout_judge_risk(held, (customers - returned) / customers);
	holdout_keep_float(held, "expected_purchases", HELD_EXPECTED);
	holdout_keep_float(held, "purchases", HELD_PURCHASES);
	holdout_keep_column(held, "btyd", HELD_BTYD);
	holdout_keep_column(held, "spend", HELD_SPEND);
	holdout_keep_float(held, "expected_value", HELD_EXPECTED_VALUE);
	holdout_keep_float(held, "value", HELD_VALUE);
	holdout_judge_total(held, "purchases", expected, purchases);
	holdout_judge_total(held, "value", worth, revenue);
	auc = tcs_result_isnull(0, HELD_AUC) ? "unknown" : psprintf("%.2f", tcs_result_float(0, HELD_AUC));
	return psprintf("%s: AUC %s, Brier %.3f (constant %.3f), expected %s purchases, %s came%s",
					order, auc, tcs_result_float(0, HELD_BRIER), constant,
					holdout_count(expected), holdout_count(purchases),
					!isfinite(worth) || !isfinite(revenue) ? "" :
					psprintf("; expected a value of %s, %s came", holdout_count(worth), holdout_count(revenue)));
}

/* Why nothing can be held against the past; NULL where it can. */
static char *
holdout_refused(const TcsMetricsLogs *logs, double longest)
{
	if (logs == NULL)
		return pstrdup("the view is not as create_metrics makes it");
	if (logs->days <= 0)
		return pstrdup("the horizon is empty");
	if (!(longest >= FEWEST_HORIZONS * logs->days) && !(longest >= FEWEST_DAYS))
		return psprintf("the log is shorter than %d days", FEWEST_DAYS);
	return NULL;
}

/* The result of the query, if there are customers enough. */
static char *
holdout_told(HeldOut *held, int32 half)
{
	int64		customers = tcs_result_bigint(0, HELD_CUSTOMERS);
	char	   *summary;

	if (customers < FEWEST_CUSTOMERS)
		return half == 0 ?
			psprintf("not held against the past: only " INT64_FORMAT " customers had bought a horizon ago", customers) :
			psprintf("not held against the past: only " INT64_FORMAT " customers had bought in the first half of the log", customers);
	summary = holdout_judge(held);
	if (half == 0)
		return summary;
	holdout_keep(held, "days", psprintf("%d", half));
	return psprintf("%s (within %s days, as the log is shorter than two horizons)", summary, holdout_count(half));
}

char *
tcs_metrics_hold_out(const TcsMetricsLogs *logs, const char *family, double longest, char **summary)
{
	HeldOut		held;
	const char *refused = holdout_refused(logs, longest);
	int32		half = 0;

	initStringInfo(&held.figures);
	initStringInfo(&held.notes);
	if (refused != NULL)
		*summary = psprintf("not held against the past: %s", refused);
	else
	{
		if (!(longest >= FEWEST_HORIZONS * logs->days))
			half = (int32) (longest / 2);
		if (half > 0)
			tcs_run(holdout_query(psprintf("until OPERATOR(pg_catalog.-) %d", half), psprintf("%d days", half), family),
					SPI_OK_SELECT);
		else
			tcs_run(holdout_query(psprintf(TCS_METRICS_LOGS_PAST, logs->horizon), logs->horizon, family), SPI_OK_SELECT);
		*summary = holdout_told(&held, half);
	}
	appendStringInfo(&held.figures, "\"notes\": [%s], \"summary\": ", held.notes.data);
	escape_json(&held.figures, *summary);
	return psprintf("{%s}", held.figures.data);
}
