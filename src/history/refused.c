/*
 * refused.c
 *		Calls of purchase_history and rfm_fit with what they do not take.
 *
 * "function does not exist" would not say which argument is meant, or what to type.
 * So there is an aggregate that takes anything, of which no argument matches
 * better than any other: it is called where nothing else could be.
 */
#include "tcs.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_purchase_history_refused);
PG_FUNCTION_INFO_V1(tcs_rfm_fit_refused);

/* Argument 0 is the state. */
static Oid
refused_type(FunctionCallInfo fcinfo, int argno)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);

	return OidIsValid(type) ? getBaseType(type) : UNKNOWNOID;
}

static void
refused_complain(FunctionCallInfo fcinfo, int argno, const char *name,
				 const char *wanted, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("%s is of type %s, and must be %s", name,
					format_type_be(refused_type(fcinfo, argno)), wanted),
			 errhint("%s", hint)));
}

static bool
refused_is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID ||
		type == NAMEOID || type == UNKNOWNOID;
}

/* arguments: state, at, amount, as_of[, zone] */
Datum
tcs_purchase_history_refused(PG_FUNCTION_ARGS)
{
	Oid			at = refused_type(fcinfo, 1);
	Oid			as_of = refused_type(fcinfo, 3);

	if (at != DATEOID && at != TIMESTAMPOID && at != TIMESTAMPTZOID)
		refused_complain(fcinfo, 1, "at", "date, timestamp or timestamp with time zone",
						 refused_is_text(at) ? "Convert it: at::date." :
						 "For seconds since 1970 write to_timestamp(at), and say the zone: purchase_history(at, amount, as_of, 'Europe/Berlin').");
	if (!tcs_is_number(refused_type(fcinfo, 2)))
		refused_complain(fcinfo, 2, "amount", "a number", "Convert it: amount::numeric.");
	if (as_of != DATEOID)
		refused_complain(fcinfo, 3, "as_of", "a date",
						 "Give the last day that counts: current_date, DATE '2026-01-31' or (now() AT TIME ZONE 'Europe/Berlin')::date.");
	if (PG_NARGS() == 4 && at == TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time zone is missing"),
				 errdetail("An instant is of one day here and of another there."),
				 errhint("Say whose days count: purchase_history(at, amount, as_of, 'Europe/Berlin').")));
	refused_complain(fcinfo, PG_NARGS() - 1, PG_NARGS() == 5 ? "zone" : "as_of",
					 PG_NARGS() == 5 ? "text" : "a date",
					 "Call purchase_history(at, amount, as_of) or purchase_history(at, amount, as_of, zone).");
	PG_RETURN_NULL();
}

/* arguments: state, age, frequency, monetary */
Datum
tcs_rfm_fit_refused(PG_FUNCTION_ARGS)
{
	static const char *const name[] = {"frequency", "monetary"};
	Oid			age = refused_type(fcinfo, 1);

	if (age == DATEOID || age == TIMESTAMPOID || age == TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("rfm_fit takes the time since the last purchase, not its day"),
				 errdetail("A model is to score on other days too."),
				 errhint("Give the days: rfm_fit(current_date - last_day, frequency, monetary).")));
	for (int i = 0; i < lengthof(name); i++)
		if (!tcs_is_number(refused_type(fcinfo, 2 + i)))
			refused_complain(fcinfo, 2 + i, name[i], "a number", psprintf("Convert it: %s::numeric.", name[i]));
	refused_complain(fcinfo, 1, "age", "a number of days or an interval",
					 "Give the days since the last purchase, such as current_date - last_day.");
	PG_RETURN_NULL();
}
