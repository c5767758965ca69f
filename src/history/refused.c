/*
 * refused.c
 *		Calls of aggregates with what they do not take.
 *
 * "function does not exist" would not say which argument is meant, or what to type.
 * So there is an aggregate that takes anything, of which no argument matches
 * better than any other: it is called where nothing else could be.
 */
#include "history/refused.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_purchase_history_refused);
PG_FUNCTION_INFO_V1(tcs_holdout_refused);
PG_FUNCTION_INFO_V1(tcs_rfm_fit_refused);

Oid
tcs_refused_type(FunctionCallInfo fcinfo, int argno)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);

	return OidIsValid(type) ? getBaseType(type) : UNKNOWNOID;
}

void
tcs_refused(FunctionCallInfo fcinfo, int argno, const char *name, const char *wanted,
			const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("%s is of type %s, and must be %s", name,
					format_type_be(tcs_refused_type(fcinfo, argno)), wanted),
			 errhint("%s", hint)));
}

bool
tcs_refused_time(Oid type)
{
	return type != DATEOID && type != TIMESTAMPOID && type != TIMESTAMPTZOID;
}

static bool
refused_is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID ||
		type == NAMEOID || type == UNKNOWNOID;
}

/* The time and the amount of an order, and the last day of its history. */
static void
refused_order(FunctionCallInfo fcinfo, const char *call)
{
	Oid			at = tcs_refused_type(fcinfo, 1);
	Oid			as_of = tcs_refused_type(fcinfo, 3);

	if (tcs_refused_time(at))
		tcs_refused(fcinfo, 1, "at", "date, timestamp or timestamp with time zone",
					!tcs_refused_time(tcs_refused_type(fcinfo, 2)) ?
					psprintf("The time comes first, then the amount: %s.", call) :
					refused_is_text(at) ? "Convert it: at::date." :
					psprintf("For seconds since 1970 write to_timestamp(at), and say the zone: %s.", call));
	if (!tcs_is_number(tcs_refused_type(fcinfo, 2)))
		tcs_refused(fcinfo, 2, "amount", "a number", "Convert it: amount::numeric.");
	if (as_of != DATEOID && as_of != UNKNOWNOID)
		tcs_refused(fcinfo, 3, "as_of", "a date",
					"Give the last day that counts: current_date, DATE '2026-01-31' or (now() AT TIME ZONE 'Europe/Berlin')::date.");
}

static void
refused_without_zone(FunctionCallInfo fcinfo, const char *call)
{
	if (tcs_refused_type(fcinfo, 1) == TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time zone is missing"),
				 errdetail("An instant is of one day here and of another there."),
				 errhint("Say whose days count: %s.", call)));
}

/* arguments: state, at, amount, as_of[, zone] */
Datum
tcs_purchase_history_refused(PG_FUNCTION_ARGS)
{
	static const char call[] = "purchase_history(at, amount, as_of, 'Europe/Berlin')";

	refused_order(fcinfo, call);
	if (PG_NARGS() == 4)
		refused_without_zone(fcinfo, call);
	tcs_refused(fcinfo, PG_NARGS() - 1, PG_NARGS() == 5 ? "zone" : "as_of",
				PG_NARGS() == 5 ? "text" : "a date",
				"Call purchase_history(at, amount, as_of) or purchase_history(at, amount, as_of, zone).");
	PG_RETURN_NULL();
}

/* arguments: state, at, amount, as_of[, until[, zone]] */
Datum
tcs_holdout_refused(PG_FUNCTION_ARGS)
{
	static const char call[] = "holdout(at, amount, as_of, until, 'Europe/Berlin')";

	refused_order(fcinfo, call);
	if (PG_NARGS() == 4)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the last day of the holdout is missing"),
				 errhint("Give the day until which purchases are counted, after that of the histories: holdout(at, amount, as_of, until).")));
	if (tcs_refused_type(fcinfo, 4) != DATEOID && tcs_refused_type(fcinfo, 4) != UNKNOWNOID)
		tcs_refused(fcinfo, 4, "until", "a date", "Give the last day that counts, such as current_date.");
	if (PG_NARGS() == 5)
		refused_without_zone(fcinfo, call);
	tcs_refused(fcinfo, PG_NARGS() - 1, PG_NARGS() == 6 ? "zone" : "until",
				PG_NARGS() == 6 ? "text" : "a date",
				"Call holdout(at, amount, as_of, until) or holdout(at, amount, as_of, until, zone).");
	PG_RETURN_NULL();
}

/* arguments: state, age, frequency, monetary */
Datum
tcs_rfm_fit_refused(PG_FUNCTION_ARGS)
{
	static const char *const name[] = {"frequency", "monetary"};
	Oid			age = tcs_refused_type(fcinfo, 1);

	if (age == DATEOID || age == TIMESTAMPOID || age == TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("rfm_fit takes the time since the last purchase, not its day"),
				 errdetail("A model is to score on other days too."),
				 errhint("Give the days: rfm_fit(current_date - last_day, frequency, monetary).")));
	for (int i = 0; i < lengthof(name); i++)
		if (!tcs_is_number(tcs_refused_type(fcinfo, 2 + i)))
			tcs_refused(fcinfo, 2 + i, name[i], "a number", psprintf("Convert it: %s::numeric.", name[i]));
	tcs_refused(fcinfo, 1, "age", "a number of days or an interval",
				"Give the days since the last purchase, such as current_date - last_day.");
	PG_RETURN_NULL();
}
