/*
 * churn_risk.c
 *		The risk that a customer makes no purchase within a horizon: by a model
 *		of repeat purchases, or by one that has learned.
 */
#include "tcs.h"

#include <math.h>

#include "utils/timestamp.h"

#include "btyd/predict.h"
#include "churn/churn_model.h"
#include "math/linear_model.h"
#include "model/model.h"

PG_FUNCTION_INFO_V1(tcs_churn_risk);

/* A model of either kind. */
typedef struct RiskModel
{
	TcsBtydSight *sight;		/* of the purchases */
	TcsChurnRisk *learned;		/* or NULL */
	TcsBtydSight **other;		/* of those that it is blended with */
} RiskModel;

static void *
risk_model_parse(Jsonb *model)
{
	RiskModel  *risk = palloc0(sizeof(RiskModel));
	TcsBtyd		btyd;

	if (tcs_churn_is_model(model))
	{
		risk->learned = palloc0(sizeof(TcsChurnRisk));
		tcs_churn_read(model, risk->learned);
		risk->sight = tcs_btyd_sight(&risk->learned->base);
		risk->other = palloc((risk->learned->others + 1) * sizeof(TcsBtydSight *));
		for (int i = 0; i < risk->learned->others; i++)
			risk->other[i] = tcs_btyd_sight(&risk->learned->other[i].base);
		return risk;
	}
	tcs_btyd_read(model, &btyd);
	risk->sight = tcs_btyd_sight(&btyd);
	return risk;
}

static void
risk_check_horizon(const TcsChurnRisk *learned, double horizon)
{
	if (likely(fabs(horizon - learned->horizon) <= 1e-9 * learned->horizon))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the model is one for a horizon of %g days, not of %g", learned->horizon, horizon),
			 errhint("Fit one for that horizon, or pass the model of purchases that it stands on: model -> 'base'.")));
}

/* The attributes of the customer, where the model has learned from them. */
static void
risk_fill_attributes(FunctionCallInfo fcinfo, TcsChurnRisk *learned, double *columns)
{
	if (unlikely(PG_NARGS() < 5))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has learned from attributes of the customers, too"),
				 errhint("Pass them as a row: tcs.churn_risk(model, history, horizon, after, attributes).")));
	tcs_churn_fill(learned, PG_ARGISNULL(4) ? NULL : PG_GETARG_HEAPTUPLEHEADER(4), columns);
}

/* The risk by one model, which has learned or is that of the purchases alone. */
static double
risk_of_one(FunctionCallInfo fcinfo, TcsBtydSight *sight, TcsChurnRisk *learned,
			const TcsHistoryValue *history, double horizon)
{
	TcsCustomer customer;
	double		feature[TCS_CHURN_COLUMNS];
	double		risk;
	double		log_odds;

	tcs_btyd_see(sight, history, &customer);
	risk = tcs_btyd_no_purchase(&customer, horizon);
	if (learned == NULL || !learned->corrected)
		return risk;
	log_odds = tcs_churn_log_odds(risk);
	tcs_churn_features(history->x, history->t_x, history->t, log_odds, feature);
	if (learned->design != NULL)
		risk_fill_attributes(fcinfo, learned, feature + TCS_CHURN_FEATURES);
	log_odds += tcs_churn_correct(&learned->correction, feature);
	if (unlikely(isnan(log_odds)))
		tcs_predict_out_of_range("the risk is");
	return tcs_chance_of_log_odds(log_odds);
}

/* arguments: model, history, horizon [, after [, attributes]] */
Datum
tcs_churn_risk(PG_FUNCTION_ARGS)
{
	RiskModel  *model;
	double		horizon;
	double		after;
	TcsHistoryValue history;
	double		risk;

	if (PG_NARGS() > 4)
	{
		if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
			PG_RETURN_NULL();
		if (unlikely(fcinfo->flinfo->fn_extra == NULL))
			tcs_features_check_row(fcinfo, 4);
	}
	model = tcs_model_argument(fcinfo, 0, risk_model_parse, &fcinfo->flinfo->fn_extra);
	horizon = tcs_horizon_argument(fcinfo, 2);
	after = tcs_after_argument(fcinfo, 3);
	if (model->learned != NULL)
		risk_check_horizon(model->learned, horizon);
	if (!tcs_history_value(fcinfo, 1, &history))
		PG_RETURN_NULL();
	history.t += after;
	risk = risk_of_one(fcinfo, model->sight, model->learned, &history, horizon);
	if (model->learned == NULL || model->learned->others == 0)
		PG_RETURN_FLOAT8(risk);
	for (int i = 0; i < model->learned->others; i++)
		risk += risk_of_one(fcinfo, model->other[i], &model->learned->other[i], &history, horizon);
	PG_RETURN_FLOAT8(risk / (1 + model->learned->others));
}
