/*
 * risk_date.c
 *		When a customer's risk of churn reaches a level: risk_date.
 */
#include "btyd/predict.h"

PG_FUNCTION_INFO_V1(tcs_risk_date);

/* What is asked again and again of one history. */
typedef struct RiskSearch
{
	FunctionCallInfo fcinfo;
	void	  **model_cache;
	double		horizon;
	double		level;
} RiskSearch;

/* Whether the level is reached so many days after the end of the history. */
static bool
risk_is_reached(const RiskSearch *search, double after)
{
	TcsHistoryValue history;
	TcsCustomer customer;

	tcs_customer_later(search->fcinfo, 0, 1, after, search->model_cache, &history, &customer);
	return tcs_btyd_no_purchase(&customer, search->horizon) >= search->level;
}

/*
 * The least number of days, up to most, after which the level is reached, or
 * -1.  While nobody buys the risk rises, but that it may fall first for those
 * with a rhythm, whose next purchase comes near.  Either way it stays above a
 * level that it has reached from below.
 */
static int64
risk_find_day(const RiskSearch *search, int64 most)
{
	int64		below = -1;
	int64		reached = 0;

	while (!risk_is_reached(search, reached))
	{
		if (reached >= most)
			return -1;
		below = reached;
		reached = Min(most, reached * 2 + 1);
	}
	while (reached - below > 1)
	{
		int64		middle = below + (reached - below) / 2;

		if (risk_is_reached(search, middle))
			reached = middle;
		else
			below = middle;
	}
	return reached;
}

static double
risk_level_argument(FunctionCallInfo fcinfo, int argno)
{
	double		level = tcs_finite(PG_GETARG_FLOAT8(argno), "level");

	if (level <= 0.0 || level >= 1.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("level must lie between 0 and 1, not be %g", level),
				 errhint("Give 0.5 for the first day on which a purchase is less likely than none.")));
	return level;
}

/* arguments: model, history, horizon, level */
Datum
tcs_risk_date(PG_FUNCTION_ARGS)
{
	RiskSearch	search = {fcinfo, &fcinfo->flinfo->fn_extra};
	TcsHistoryValue history;
	TcsCustomer customer;
	DateADT		end;
	int64		follow;
	int64		after;

	search.horizon = tcs_horizon_argument(fcinfo, 2);
	search.level = risk_level_argument(fcinfo, 3);
	if (!tcs_customer_argument(fcinfo, 0, 1, search.model_cache, &history, &customer))
		PG_RETURN_NULL();
	if (!tcs_history_end(fcinfo, 1, &history, &end, &follow))
		PG_RETURN_NULL();
	after = risk_find_day(&search, follow);
	if (after < 0)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT((DateADT) (end + after));
}
