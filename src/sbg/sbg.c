/*
 * sbg.c
 *		Models of kind "sbg": made from given numbers, read, applied.
 */
#include "sbg/sbg.h"

#include "utils/timestamp.h"

#include "math/bdw.h"
#include "model/model.h"

PG_FUNCTION_INFO_V1(tcs_sbg_model);
PG_FUNCTION_INFO_V1(tcs_sbg_survival_sql);
PG_FUNCTION_INFO_V1(tcs_sbg_churn_risk);
PG_FUNCTION_INFO_V1(tcs_sbg_clv);
PG_FUNCTION_INFO_V1(tcs_sbg_value_at_risk);

const char *const tcs_sbg_parameters[2] = {"alpha", "beta"};
const char *const tcs_sbg_limits[TCS_SBG_LIMITS] = {"equal_churn", "nobody_leaves", "leave_at_once"};

/* A model as it is applied: that of math/bdw.h where c is not 1. */
typedef struct SbgModel
{
	TcsSbg		sbg;
	TcsBdw		bdw;
	bool		by_bdw;
} SbgModel;

/* arguments: alpha, beta, c */
Datum
tcs_sbg_model(PG_FUNCTION_ARGS)
{
	StringInfoData json;
	double		c = tcs_finite(PG_GETARG_FLOAT8(2), TCS_SBG_C);

	if (c <= 0.0 || c > TCS_BDW_MOST_C)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("c must be positive and not above %g, as %g is", TCS_BDW_MOST_C, c)));

	tcs_model_begin(&json, "sbg", 1);
	for (int i = 0; i < lengthof(tcs_sbg_parameters); i++)
	{
		double		value = tcs_finite(PG_GETARG_FLOAT8(i), tcs_sbg_parameters[i]);

		if (value <= 0.0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be positive, not %g", tcs_sbg_parameters[i], value)));
		tcs_model_number(&json, tcs_sbg_parameters[i], value);
	}
	if (c != 1.0)
		tcs_model_number(&json, TCS_SBG_C, c);
	PG_RETURN_DATUM(tcs_model_end(&json));
}

static void *
sbg_parse_model(Jsonb *jsonb)
{
	static const char *const hint = "Fit on more customers or over a longer time, or make a model with sbg_model.";
	SbgModel   *model = palloc0(sizeof(SbgModel));
	int			limit;
	double		churn = NAN;
	double		c;

	tcs_model_open(jsonb, "sbg", 1, "Pass the result of sbg_fit or sbg_model.");
	limit = tcs_model_get_set(jsonb, "limits", tcs_sbg_limits, TCS_SBG_LIMITS);
	c = tcs_model_get_optional(jsonb, TCS_SBG_C, TCS_BDW_MOST_C, 1.0);
	if (c == 0.0)
		tcs_model_bad(TCS_SBG_C, "is not positive");
	model->by_bdw = c != 1.0 && (limit == 0 || limit == TCS_SBG_EQUAL_CHURN);
	if (limit != 0)
	{
		if ((limit & (limit - 1)) != 0)
			tcs_model_bad("limits", "has more than one element");
		if (limit != TCS_SBG_NOBODY_LEAVES)
			churn = tcs_model_get_parameter(jsonb, TCS_SBG_CHURN, hint);
		if (churn >= 1.0)
			tcs_model_bad(TCS_SBG_CHURN, "is not below 1");
		model->sbg = tcs_sbg_of_limit(limit, churn);
		model->bdw = tcs_bdw_of_equal(churn, c);
		return model;
	}
	model->sbg.alpha = model->bdw.alpha = tcs_model_get_parameter(jsonb, tcs_sbg_parameters[0], hint);
	model->sbg.beta = model->bdw.beta = tcs_model_get_parameter(jsonb, tcs_sbg_parameters[1], hint);
	model->bdw.c = c;
	return model;
}

static const SbgModel *
sbg_model_argument(FunctionCallInfo fcinfo)
{
	return tcs_model_argument(fcinfo, 0, sbg_parse_model, &fcinfo->flinfo->fn_extra);
}

static int32
sbg_count_argument(FunctionCallInfo fcinfo, int argno, const char *what)
{
	int32		count = PG_GETARG_INT32(argno);

	if (unlikely(count < 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative, as %d is", what, count)));
	return count;
}

static double
sbg_churn(const SbgModel *model, double tenure, double periods)
{
	return model->by_bdw ? tcs_bdw_churn(&model->bdw, tenure, periods) :
		tcs_sbg_churn(&model->sbg, tenure, periods);
}

/* arguments: model, tenure */
Datum
tcs_sbg_survival_sql(PG_FUNCTION_ARGS)
{
	const SbgModel *model = sbg_model_argument(fcinfo);
	int32		tenure = sbg_count_argument(fcinfo, 1, "tenure");

	PG_RETURN_FLOAT8(model->by_bdw ? tcs_bdw_survival(&model->bdw, tenure) :
					 tcs_sbg_survival(&model->sbg, tenure));
}

/* arguments: model, tenure, periods */
Datum
tcs_sbg_churn_risk(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(sbg_churn(sbg_model_argument(fcinfo),
							   sbg_count_argument(fcinfo, 1, "tenure"),
							   sbg_count_argument(fcinfo, 2, "periods")));
}

/* The lifetime, or what of it is at risk. */
static double
sbg_lifetime(const SbgModel *model, double tenure, double discount, bool at_risk)
{
	if (at_risk)
		return sbg_churn(model, tenure, 1.0) *
			(model->by_bdw ? tcs_bdw_lifetime_if_renewed(&model->bdw, tenure, discount) :
			 tcs_sbg_lifetime_if_renewed(&model->sbg, tenure, discount));
	return model->by_bdw ? tcs_bdw_lifetime(&model->bdw, tenure, discount) :
		tcs_sbg_lifetime(&model->sbg, tenure, discount);
}

/* The discount of one period, from that of a year. */
static double
sbg_period_discount(double annual, const Interval *period)
{
	double		days = tcs_span_days(period, "period", 1.0);

	if (days <= 0.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("period must be longer than nothing"),
				 errhint("Give the time from one renewal to the next, such as interval '1 month'.")));
	return expm1(log1p(annual) * (days / TCS_YEAR));
}

/* arguments: model, tenure, margin, annual_discount, period */
static double
sbg_value(FunctionCallInfo fcinfo, bool at_risk)
{
	const SbgModel *model = sbg_model_argument(fcinfo);
	int32		tenure = sbg_count_argument(fcinfo, 1, "tenure");
	double		margin = tcs_finite(PG_GETARG_FLOAT8(2), "margin");
	double		annual = tcs_annual_discount(PG_GETARG_FLOAT8(3));
	double		discount = sbg_period_discount(annual, PG_GETARG_INTERVAL_P(4));
	double		lifetime = sbg_lifetime(model, tenure, discount, at_risk);

	if (isinf(lifetime))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the value of a customer is infinite under the model"),
				 model->by_bdw ?
				 errdetail("The renewals to come must be discounted where alpha times c is not above 1; the discount of a period is %g.",
						   discount) :
				 errdetail("The renewals to come must be discounted where some customers never leave or alpha is not above 1; alpha is %g, and the discount of a period %g.",
						   model->sbg.alpha, discount),
				 errhint("Give an annual_discount above 0, or sum up survival over the periods that count.")));
	if (isinf(margin * lifetime))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the value of a customer is out of range for double precision")));
	return margin * lifetime;
}

Datum
tcs_sbg_clv(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(sbg_value(fcinfo, false));
}

/*
 * If the next renewal fails, all that a certain renewal is worth is lost.
 * Times the chance of that it is also what the customer would be worth if the
 * renewal were certain, less what the customer is worth.
 */
Datum
tcs_sbg_value_at_risk(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(sbg_value(fcinfo, true));
}
