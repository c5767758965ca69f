/*
 * states.c
 *		Hands serialized states to the support functions of an aggregate, as
 *		nothing but the executor can from SQL.
 *
 * states_try(state, deserial, combine, serial, final): the state is read twice,
 * one copy is combined into nothing and then with the other, written, read
 * again, and finished twice.  The result is that of the final function.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(states_try);
PG_FUNCTION_INFO_V1(states_call_outside);

/* Call a function with the aggregate as context; -1 arguments are none. */
static Datum
call(Node *context, FmgrInfo *function, Datum first, bool first_null,
	 Datum second, bool second_null, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, 2);
	Datum		result;

	InitFunctionCallInfoData(*fcinfo, function, function->fn_nargs, DEFAULT_COLLATION_OID,
							 context, NULL);
	fcinfo->args[0].value = first;
	fcinfo->args[0].isnull = first_null;
	fcinfo->args[1].value = second;
	fcinfo->args[1].isnull = second_null;
	result = FunctionCallInvoke(fcinfo);
	*isnull = fcinfo->isnull;
	return result;
}

Datum
states_try(PG_FUNCTION_ARGS)
{
	Datum		bytes = PG_GETARG_DATUM(0);
	AggState   *aggregate = makeNode(AggState);
	Node	   *context = (Node *) aggregate;
	FmgrInfo	deserial,
				combine,
				serial,
				final;
	Datum		one,
				other,
				result,
				again;
	bool		isnull,
				again_null;
	Oid			output;
	bool		varlena;
	char	   *text;

	aggregate->curaggcontext = CreateStandaloneExprContext();
	fmgr_info(PG_GETARG_OID(1), &deserial);
	fmgr_info(PG_GETARG_OID(2), &combine);
	fmgr_info(PG_GETARG_OID(3), &serial);
	fmgr_info(PG_GETARG_OID(4), &final);

	one = call(context, &deserial, bytes, false, (Datum) 0, false, &isnull);
	other = call(context, &deserial, bytes, false, (Datum) 0, false, &isnull);
	one = call(context, &combine, (Datum) 0, true, one, false, &isnull);
	(void) call(context, &final, one, false, (Datum) 0, true, &isnull);
	one = call(context, &combine, one, false, (Datum) 0, true, &isnull);
	one = call(context, &combine, one, false, other, false, &isnull);
	bytes = call(context, &serial, one, false, (Datum) 0, true, &isnull);
	one = call(context, &deserial, bytes, false, (Datum) 0, false, &isnull);

	/* finished twice, with the same result */
	getTypeOutputInfo(get_func_rettype(PG_GETARG_OID(4)), &output, &varlena);
	result = call(context, &final, one, false, (Datum) 0, true, &isnull);
	text = isnull ? "null" : OidOutputFunctionCall(output, result);

	again = call(context, &final, one, false, (Datum) 0, true, &again_null);
	if (isnull != again_null ||
		(!isnull && strcmp(text, OidOutputFunctionCall(output, again)) != 0))
		elog(ERROR, "the final function changed the state");
	FreeExprContext(aggregate->curaggcontext, true);
	PG_RETURN_TEXT_P(cstring_to_text(text));
}

/* Call a support function as no aggregate does, its arguments all NULL. */
Datum
states_call_outside(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(inner, FUNC_MAX_ARGS);
	FmgrInfo	function;

	fmgr_info(PG_GETARG_OID(0), &function);
	InitFunctionCallInfoData(*inner, &function, function.fn_nargs, InvalidOid,
							 NULL, NULL);
	for (int i = 0; i < function.fn_nargs; i++)
	{
		inner->args[i].value = (Datum) 0;
		inner->args[i].isnull = !function.fn_strict;
	}
	if (function.fn_strict && get_func_nargs(PG_GETARG_OID(0)) == 2)
		inner->args[0].value = PointerGetDatum(cstring_to_text(""));
	(void) FunctionCallInvoke(inner);
	PG_RETURN_VOID();
}
