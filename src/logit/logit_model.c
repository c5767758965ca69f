/*
 * logit_model.c
 *		Models of logit_fit and linear_fit: written, read, and a row scored.
 */
#include "logit/logit.h"

#include "common/shortest_dec.h"

#include "model/model.h"

PG_FUNCTION_INFO_V1(tcs_logit_score);
PG_FUNCTION_INFO_V1(tcs_linear_score);

const char *const tcs_logit_kinds[2] = {"linear", "logit"};

#define LOGIT_HINT "Use logit_fit or linear_fit to get one."

/* More columns than that for a row of the rarer outcome learn by heart. */
#define ROWS_FOR_COLUMN	5

char *
tcs_logit_digits(double value)
{
	char	   *digits = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);

	double_to_shortest_decimal_buf(value, digits);
	return digits;
}

/* What is beyond the range of double is null. */
static void
logit_write_number(StringInfo text, const char *key, double value)
{
	tcs_model_number(text, key, isfinite(value) ? value : NAN);
}

static void
logit_write_penalty(StringInfo text, const TcsLogitFit *fit)
{
	const TcsLogitPair *chosen = &fit->pair[fit->chosen];
	bool		compared = fit->pairs > 1 && fit->folds > 0;

	appendStringInfoString(text, ", \"penalty\": {\"chosen\": ");
	appendStringInfoString(text, compared ? "true" : "false");
	tcs_model_number(text, "l2", chosen->l2);
	tcs_model_number(text, "l1", chosen->l1);
	if (compared)
	{
		tcs_model_integer(text, "customers", fit->part);
		appendStringInfoString(text, ", \"compared\": [");
		for (int i = 0; i < fit->pairs; i++)
		{
			const TcsLogitPair *pair = &fit->pair[i];

			appendStringInfo(text, "%s[", i > 0 ? ", " : "");
			appendStringInfo(text, "%s, %s, %s]", tcs_logit_digits(pair->l2), tcs_logit_digits(pair->l1),
							 isfinite(pair->loss) ? tcs_logit_digits(pair->loss) : "null");
		}
		appendStringInfoChar(text, ']');
	}
	appendStringInfoChar(text, '}');
}

static void
logit_write_folds(StringInfo text, const TcsLogitFit *fit)
{
	const TcsLogitFigures *figures = &fit->figures;

	appendStringInfo(text, ", \"folds\": {\"number\": %d", fit->folds);
	if (fit->data.family == TCS_LOGISTIC)
	{
		logit_write_number(text, "auc", figures->auc);
		logit_write_number(text, "brier", figures->brier);
		logit_write_number(text, "log_loss", figures->log_loss);
		tcs_model_numbers(text, "auc_of_each", figures->auc_of, fit->folds);
	}
	else
	{
		logit_write_number(text, "r_squared", figures->r_squared);
		logit_write_number(text, "root_mean_square_error", figures->error);
	}
	appendStringInfoChar(text, '}');
}

/* What is left out of rows and features, and why. */
static void
logit_write_left_out(StringInfo text, const TcsLogitFit *fit)
{
	static const char *const reasons[] = {"no_outcome", "no_features", "no_weight"};
	const TcsFeatureTable *table = fit->table;
	double		rows[] = {table->no_outcome, table->no_features, table->no_weight};
	TcsFeatureOut *out = palloc((table->out_count + fit->design->out_count + fit->design->count + 1) *
								sizeof(TcsFeatureOut));
	int			count = 0;

	for (int i = 0; i < table->out_count; i++)
		out[count++] = table->out[i];
	for (int i = 0; i < fit->design->out_count; i++)
		out[count++] = fit->design->out[i];
	for (int i = 0; i < fit->design->count; i++)
		if (fit->model.column[i] != TCS_COLUMN_FITTED)
			out[count++] = (TcsFeatureOut)
		{
			tcs_design_name(fit->design, i), "columns before it tell it"
		};
	tcs_model_named_numbers(text, "left_out", reasons, rows, lengthof(reasons));
	tcs_features_write_out(text, "features_left_out", out, count);
}

static void
logit_write_notes(StringInfo text, const TcsLogitFit *fit, TcsOutcome outcome)
{
	const TcsLinearModel *model = &fit->model;
	int			found;
	char	  **features = tcs_features_notes(fit->table, outcome, &found);
	const char **notes = palloc((found + 8) * sizeof(char *));
	int			count = 0;

	if (model->one_outcome)
		notes[count++] = fit->rate > 0.5 ? "all outcomes are true: there is nothing to tell customers apart by" :
			"all outcomes are false: there is nothing to tell customers apart by";
	if (model->separation)
		notes[count++] = "some outcomes are told for certain by the features, so that coefficients have no end: "
			"they are large rather than right; an l2 above 0 bounds them";
	if (model->extreme)
		notes[count++] = "numbers are too far apart to be computed with: the outcome's mean is all that was learned";
	if (fit->design->count == 0)
		notes[count++] = "no feature is left: all customers are alike to this model";
	else if (model->converged && model->fitted == 0)
		notes[count++] = "the penalty leaves no coefficient but 0: all customers are alike to this model";
	if (fit->folds == 0)
		notes[count++] = "there are too few customers for folds: the penalty was not chosen, and nothing says how good the model is";
	else if (fit->rarer < (double) ROWS_FOR_COLUMN * fit->design->count)
		notes[count++] = psprintf(fit->data.family == TCS_LOGISTIC ?
								  "only %.0f customers have the rarer outcome, and the model has %d columns: look at folds before the model is used" :
								  "there are only %.0f customers, and the model has %d columns: look at folds before the model is used",
								  fit->rarer, fit->design->count);
	for (int i = 0; i < found; i++)
		notes[count++] = features[i];
	tcs_model_texts(text, "notes", notes, count);
}

Datum
tcs_logit_write(const TcsLogitFit *fit, TcsOutcome outcome)
{
	static const char *const names[] = {"coefficient", "standard_error"};
	const double *values[] = {fit->model.coefficient, fit->standard_error};
	const TcsLinearModel *model = &fit->model;
	bool		logistic = fit->data.family == TCS_LOGISTIC;
	StringInfoData text;

	tcs_model_begin(&text, tcs_logit_kinds[fit->data.family], TCS_LOGIT_VERSION);
	tcs_model_number(&text, "intercept", model->intercept - fit->shift);
	logit_write_number(&text, "intercept_standard_error", fit->intercept_error);
	tcs_design_write_numbers(&text, "columns", fit->design, names, values, lengthof(names));
	tcs_features_write(&text, "features", fit->design->features);
	logit_write_number(&text, logistic ? "rate" : "mean", fit->rate);
	logit_write_penalty(&text, fit);
	logit_write_folds(&text, fit);
	if (!logistic)
		logit_write_number(&text, "residual_standard_error", sqrt(model->variance));
	logit_write_number(&text, "log_likelihood", model->log_likelihood);
	tcs_model_integer(&text, "iterations", model->iterations);
	logit_write_number(&text, "gradient_norm", model->gradient_norm);
	tcs_model_boolean(&text, "converged", model->converged);
	tcs_model_integer(&text, "customers", fit->table->rows);
	logit_write_left_out(&text, fit);
	logit_write_notes(&text, fit, outcome);
	return tcs_model_end(&text);
}

/* What each feature adds, from what each column does. */
static void
logit_collect_terms(TcsLogit *logit)
{
	logit->term = palloc0((logit->features->count + 1) * sizeof(TcsLogitTerm));
	for (int i = 0; i < logit->features->count; i++)
		if (logit->features->feature[i].kind == TCS_FEATURE_TEXT)
			logit->term[i].level = palloc0((logit->features->feature[i].levels + 1) * sizeof(double));
	for (int i = 0; i < logit->design->count; i++)
	{
		const TcsDesignColumn *column = &logit->design->column[i];
		TcsLogitTerm *term = &logit->term[column->feature];
		double		coefficient = logit->coefficient[i];

		term->usual += coefficient * column->center;
		switch (column->part)
		{
			case TCS_DESIGN_VALUE:
				term->coefficient = coefficient;
				term->missing += coefficient * column->center;
				break;
			case TCS_DESIGN_MISSING:
				term->missing += coefficient;
				break;
			case TCS_DESIGN_LEVEL:
				term->level[column->code] = coefficient;
				break;
		}
	}
}

TcsLogit *
tcs_logit_read(Jsonb *model)
{
	TcsLogit   *logit = palloc0(sizeof(TcsLogit));
	Jsonb	  **columns;
	int			count;

	logit->family = (TcsLinearFamily) tcs_model_open_any(model, tcs_logit_kinds, lengthof(tcs_logit_kinds),
														 TCS_LOGIT_VERSION, LOGIT_HINT);
	logit->features = tcs_features_read(model, "features");
	logit->design = tcs_design_read(model, "columns", logit->features);
	columns = tcs_model_get_objects(model, "columns", logit->design->count, &count);
	logit->coefficient = palloc((count + 1) * sizeof(double));
	for (int i = 0; i < count; i++)
	{
		logit->coefficient[i] = tcs_model_get_number(columns[i], "coefficient");
		if (isnan(logit->coefficient[i]))
			tcs_model_bad("coefficient", "is missing");
	}
	logit->intercept = tcs_model_get_number(model, "intercept");
	if (isnan(logit->intercept))
		tcs_model_bad("intercept", "is missing");
	logit_collect_terms(logit);
	logit->scorer = tcs_features_scorer(logit->features, CurrentMemoryContext);
	logit->values = palloc((logit->features->count + 1) * sizeof(double));
	return logit;
}

static void *
logit_parse(Jsonb *model)
{
	return tcs_logit_read(model);
}

TcsLogit *
tcs_logit_argument(FunctionCallInfo fcinfo)
{
	return tcs_model_argument(fcinfo, 0, logit_parse, &fcinfo->flinfo->fn_extra);
}

double
tcs_logit_predictor(TcsLogit *logit, HeapTupleHeader row)
{
	double		predictor = logit->intercept;

	tcs_features_fill(logit->scorer, row, logit->values);
	for (int i = 0; i < logit->features->count; i++)
		predictor += tcs_logit_term(&logit->term[i], logit->values[i]);
	if (unlikely(!isfinite(predictor)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the score of the row is out of range for double precision")));
	return predictor;
}

/* The predictor of the row in argument 1 by the model of that family in argument 0. */
static double
logit_predictor_argument(FunctionCallInfo fcinfo, TcsLinearFamily family)
{
	TcsLogit   *logit;

	if (unlikely(fcinfo->flinfo->fn_extra == NULL))
		tcs_features_check_row(fcinfo, 1);
	logit = tcs_logit_argument(fcinfo);
	if (unlikely(logit->family != family))
		tcs_model_open(PG_GETARG_JSONB_P(0), tcs_logit_kinds[family], TCS_LOGIT_VERSION,
					   family == TCS_LOGISTIC ? "Models of linear_fit are for linear_score." :
					   "Models of logit_fit are for logit_score.");
	return tcs_logit_predictor(logit, PG_GETARG_HEAPTUPLEHEADER(1));
}

/* arguments: model, row */
Datum
tcs_logit_score(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(tcs_chance_of_log_odds(logit_predictor_argument(fcinfo, TCS_LOGISTIC)));
}

Datum
tcs_linear_score(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(logit_predictor_argument(fcinfo, TCS_GAUSSIAN));
}
