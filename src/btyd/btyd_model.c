/*
 * btyd_model.c
 *		Models of repeat purchases as jsonb: reading them, and btyd_model.
 */
#include "btyd/btyd.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "model/model.h"

PG_FUNCTION_INFO_V1(tcs_btyd_model);

#define HINT "Pass a model of tcs.btyd_fit or tcs.btyd_model."

const char *const tcs_btyd_families[TCS_BTYD_FAMILIES] = {"mbg/nbd", "bg/nbd", "pareto/nbd"};

const char *const tcs_btyd_parameters[TCS_BTYD_FAMILIES][TCS_BTYD_PARAMETERS] = {
	{"r", "alpha", "a", "b"},
	{"r", "alpha", "a", "b"},
	{"r", "alpha", "s", "beta"}
};

TcsBtydFamily
tcs_btyd_family(const text *name)
{
	const char *bytes = VARDATA_ANY(name);
	Size		length = VARSIZE_ANY_EXHDR(name);

	for (int i = 0; i < TCS_BTYD_FAMILIES; i++)
		if (strlen(tcs_btyd_families[i]) == length &&
			memcmp(tcs_btyd_families[i], bytes, length) == 0)
			return (TcsBtydFamily) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("family \"%s\" is not known", text_to_cstring(name)),
			 errhint("The families are mbg/nbd, bg/nbd and pareto/nbd.")));
}

void
tcs_btyd_read(Jsonb *model, TcsBtyd *btyd)
{
	double		value[TCS_BTYD_PARAMETERS];

	btyd->family = (TcsBtydFamily) tcs_model_open_any(model, tcs_btyd_families,
													  TCS_BTYD_FAMILIES, 1, HINT);
	for (int i = 0; i < TCS_BTYD_PARAMETERS; i++)
		value[i] = tcs_model_get_parameter(model, tcs_btyd_parameters[btyd->family][i],
										   "Fit on more customers or over a longer time, or take another family.");
	btyd->r = value[0];
	btyd->alpha = value[1];
	btyd->a = value[2];
	btyd->b = value[3];
}

/* arguments: family, r, alpha, a, b, unit */
Datum
tcs_btyd_model(PG_FUNCTION_ARGS)
{
	TcsBtydFamily family = tcs_btyd_family(PG_GETARG_TEXT_PP(0));
	double		unit = tcs_interval_days(PG_GETARG_INTERVAL_P(5), "unit");
	StringInfoData json;

	if (!(unit > 0.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unit must be longer than nothing"),
				 errhint("Give the time that parameters are in, such as interval '7 days'.")));
	tcs_model_begin(&json, tcs_btyd_families[family], 1);
	for (int i = 0; i < TCS_BTYD_PARAMETERS; i++)
	{
		const char *name = tcs_btyd_parameters[family][i];
		double		value = PG_GETARG_FLOAT8(1 + i);

		if (!(value > 0.0) || isinf(value))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be positive and finite", name),
					 errhint("The parameters of %s are %s, %s, %s and %s.",
							 tcs_btyd_families[family], tcs_btyd_parameters[family][0],
							 tcs_btyd_parameters[family][1], tcs_btyd_parameters[family][2],
							 tcs_btyd_parameters[family][3])));
		/* alpha and beta are times */
		if (i == 1 || (i == 3 && family == TCS_PARETO_NBD))
			value *= unit;
		if (!(value > 0.0) || isinf(value))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("%s in days is out of range", name),
					 errhint("Give it and the unit in other terms.")));
		tcs_model_number(&json, name, value);
	}
	PG_RETURN_DATUM(tcs_model_end(&json));
}
