/*
 * btyd_model.c
 *		Models of repeat purchases as jsonb: reading them, and btyd_model.
 */
#include "btyd/btyd.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "math/bg_bb.h"
#include "model/model.h"

PG_FUNCTION_INFO_V1(tcs_btyd_model);

#define HINT "Pass a model of tcs.btyd_fit or tcs.btyd_model."

const char *const tcs_btyd_families[TCS_BTYD_FAMILIES] = {
	"mbg/nbd", "bg/nbd", "pareto/nbd", "nbd", "bg/bb", "mbg/cnbd-k", "bg/cnbd-k"
};

const char *const tcs_btyd_limits[TCS_BTYD_LIMITS] = {
	"equal_rates", "equal_leaving", "nobody_leaves", "leave_at_once", "all_or_none"
};

const char *
tcs_btyd_term_name(TcsBtydFamily family, TcsBtydTerm term)
{
	static const char *const name[TCS_BTYD_TERMS] = {"r", "alpha", "a", "b", "rate", "leaving"};
	static const char *const bg_bb[TCS_BTYD_TERMS] = {"alpha", "beta", "gamma", "delta", "buying", "leaving"};

	if (family == TCS_BG_BB)
		return bg_bb[term];
	if (family == TCS_PARETO_NBD && term == TCS_BTYD_A)
		return "s";
	if (family == TCS_PARETO_NBD && term == TCS_BTYD_B)
		return "beta";
	return name[term];
}

/* The number at the end of a family's name, of 1 to 12; 0 for another. */
static int
btyd_read_k(const char *digits, Size length)
{
	int			k = 0;

	if (length < 1 || length > 2 || digits[0] == '0')
		return 0;
	for (Size i = 0; i < length; i++)
	{
		if (digits[i] < '0' || digits[i] > '9')
			return 0;
		k = k * 10 + (digits[i] - '0');
	}
	return k <= TCS_CNBD_MOST ? k : 0;
}

TcsBtydFamily
tcs_btyd_family(const text *name, int *k)
{
	const char *bytes = VARDATA_ANY(name);
	Size		length = VARSIZE_ANY_EXHDR(name);

	for (int i = 0; i < TCS_BTYD_FAMILIES; i++)
		if (strlen(tcs_btyd_families[i]) == length &&
			memcmp(tcs_btyd_families[i], bytes, length) == 0)
		{
			*k = 0;
			return (TcsBtydFamily) i;
		}
	for (int i = TCS_MBG_CNBD; i <= TCS_BG_CNBD; i++)
	{
		Size		stem = strlen(tcs_btyd_families[i]) - 1;

		if (length > stem && memcmp(tcs_btyd_families[i], bytes, stem) == 0)
		{
			*k = btyd_read_k(bytes + stem, length - stem);
			if (*k > 0)
				return (TcsBtydFamily) i;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("family \"%s\" is not known", text_to_cstring(name)),
			 errhint(TCS_BTYD_FAMILY_HINT)));
}

double
tcs_btyd_period(const Interval *period, const char *what)
{
	double		days = tcs_interval_days(period, what);

	if (!(days > 0.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be longer than nothing", what),
				 errhint("Give the time from one opportunity to the next, such as interval '1 year'.")));
	return days;
}

void
tcs_btyd_opportunities(double period, const TcsHistoryValue *history, double *t_x, double *t)
{
	double		last = history->t_x;
	double		end = history->t;

	*t_x = last;
	*t = end;
	if (likely(tcs_bg_bb_history(period, history->x, t_x, t)))
		return;
	if (history->x > *t_x)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("more purchases than opportunities"),
				 errdetail("x is %d; until t_x, of %g days, there are %g opportunities with a period of %g days.",
						   history->x, last, *t_x, period),
				 errhint("Count one purchase a period at most: make the history of the first day of each, such as date_trunc('month', ordered_on)::date, or give a shorter period.")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("more than %.0f opportunities in a history", TCS_BG_BB_MOST),
			 errdetail("t is %g days, with a period of %g days.", end, period),
			 errhint("Give a longer period.")));
}

void
tcs_btyd_read(Jsonb *model, TcsBtyd *btyd)
{
	TcsBtydFamily family = (TcsBtydFamily) tcs_model_open_any(model, tcs_btyd_families,
															  TCS_BTYD_FAMILIES, 1, HINT);
	int			limits = tcs_model_get_set(model, "limits", tcs_btyd_limits, TCS_BTYD_LIMITS);
	TcsBtydTerm terms[TCS_BTYD_PARAMETERS];
	double		value[TCS_BTYD_TERMS] = {1.0, 1.0, 1.0, 1.0, 1.0, 0.5};
	int			count = tcs_btyd_terms(family, limits, terms);
	int			k = 1;

	if (limits & TCS_BTYD_ALL_OR_NONE && family != TCS_BG_BB)
		tcs_model_bad("limits", "has all_or_none, which only bg/bb knows");
	for (int i = 0; i < count; i++)
		value[terms[i]] =
			tcs_model_get_parameter(model, tcs_btyd_term_name(family, terms[i]),
									"Fit on more customers or over a longer time.");
	if (!(value[TCS_BTYD_LEAVING] < 1.0) &&
		(family != TCS_PARETO_NBD || limits & TCS_BTYD_LEAVE_AT_ONCE))
		tcs_model_bad("leaving", "is not below 1");
	if (family == TCS_BG_BB && limits & (TCS_BTYD_EQUAL_RATES | TCS_BTYD_ALL_OR_NONE) && !(value[TCS_BTYD_RATE] < 1.0))
		tcs_model_bad(tcs_btyd_term_name(family, TCS_BTYD_RATE), "is not below 1");
	if (tcs_btyd_has_rhythm(family))
	{
		double		stages = tcs_model_get_parameter(model, "k", HINT);

		if (stages != floor(stages) || stages > TCS_CNBD_MOST)
			tcs_model_bad("k", "is no whole number from 1 to 12");
		k = (int) stages;
	}
	*btyd = tcs_btyd_of_terms(family, limits, k, value);
	if (family == TCS_BG_BB)
		btyd->period = tcs_model_get_parameter(model, "period", HINT);
}

/* A parameter of the model that is made. */
static void
btyd_write_parameter(StringInfo json, TcsBtydFamily family, TcsBtydTerm term,
					 double value, double unit)
{
	const char *name = tcs_btyd_term_name(family, term);

	if (!(value > 0.0) || isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be positive and finite", name),
				 family == TCS_NBD ? errhint("The parameters of nbd are r and alpha.") :
				 errhint("The parameters of %s are %s, %s, %s and %s.",
						 tcs_btyd_families[family], tcs_btyd_term_name(family, TCS_BTYD_R),
						 tcs_btyd_term_name(family, TCS_BTYD_ALPHA), tcs_btyd_term_name(family, TCS_BTYD_A),
						 tcs_btyd_term_name(family, TCS_BTYD_B))));
	/* alpha and beta are times */
	if ((term == TCS_BTYD_ALPHA && family != TCS_BG_BB) || (term == TCS_BTYD_B && family == TCS_PARETO_NBD))
		value *= unit;
	if (!(value > 0.0) || isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s in days is out of range", name),
				 errhint("Give it and the unit in other terms.")));
	tcs_model_number(json, name, value);
}

/* arguments: family, r, alpha, a, b, unit */
Datum
tcs_btyd_model(PG_FUNCTION_ARGS)
{
	TcsBtydFamily family;
	TcsBtydTerm terms[TCS_BTYD_PARAMETERS];
	int			count;
	int			k;
	double		unit;
	StringInfoData json;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(5))
		PG_RETURN_NULL();
	family = tcs_btyd_family(PG_GETARG_TEXT_PP(0), &k);
	if (k == 0 && tcs_btyd_has_rhythm(family))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("family \"%s\" needs a number for k", tcs_btyd_families[family]),
				 errhint("Write it in place of the letter, such as %.*s3.",
						 (int) strlen(tcs_btyd_families[family]) - 1, tcs_btyd_families[family])));
	count = tcs_btyd_terms(family, 0, terms);
	for (int i = 0; i < count; i++)
		if (PG_ARGISNULL(1 + i))
			PG_RETURN_NULL();
	for (int i = count; i < TCS_BTYD_PARAMETERS; i++)
		if (!PG_ARGISNULL(1 + i))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("nbd has no %s", tcs_btyd_term_name(family, (TcsBtydTerm) i)),
					 errhint("Its parameters are r and alpha; give NULL for the others, or another family.")));
	unit = family == TCS_BG_BB ? tcs_btyd_period(PG_GETARG_INTERVAL_P(5), "unit") :
		tcs_interval_days(PG_GETARG_INTERVAL_P(5), "unit");
	if (!(unit > 0.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unit must be longer than nothing"),
				 errhint("Give the time that parameters are in, such as interval '7 days'.")));
	tcs_model_begin(&json, tcs_btyd_families[family], 1);
	if (k > 0)
		tcs_model_integer(&json, "k", k);
	for (int i = 0; i < count; i++)
		btyd_write_parameter(&json, family, terms[i], PG_GETARG_FLOAT8(1 + i), unit);
	if (family == TCS_BG_BB)
		tcs_model_number(&json, "period", unit);
	PG_RETURN_DATUM(tcs_model_end(&json));
}
