/*
 * split.c
 *		Runs an aggregate as a distributed engine does, in parts.
 *
 * split_try(call, source): the rows of the source are dealt out to three states,
 * each row by a call that knows nothing of those before it: with a function
 * manager's record of its own, without an expression, and in memory that is gone
 * afterwards.  The states are written and read again, combined, and finished.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "parser/analyze.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#define PARTS 3

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(split_try);

struct part
{
	Datum		state;
	bool		isnull;
};

/* Call a function anew, with as many of these arguments as it takes, the rest NULL. */
static Datum
call_anew(Node *context, Oid function, Oid collation, int given, const Datum *values, const bool *nulls, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, FUNC_MAX_ARGS);
	FmgrInfo   *info = palloc(sizeof(FmgrInfo));
	Datum		result;

	fmgr_info(function, info);
	InitFunctionCallInfoData(*fcinfo, info, info->fn_nargs, collation, context, NULL);
	for (int i = 0; i < info->fn_nargs; i++)
	{
		fcinfo->args[i].value = i < given ? values[i] : (Datum) 0;
		fcinfo->args[i].isnull = i >= given || nulls[i];
		if (info->fn_strict && i < given && nulls[i])
		{
			*isnull = nulls[0];
			return values[0];
		}
	}
	result = FunctionCallInvoke(fcinfo);
	*isnull = fcinfo->isnull;
	return result;
}

/* The call of the aggregate, and the text of a query for its arguments. */
static Aggref *
analyze_call(const char *call, const char *source, char **arguments)
{
	char	   *text = psprintf("SELECT %s FROM %s", call, source);
	RawStmt    *raw = linitial_node(RawStmt, pg_parse_query(text));
	Query	   *query = linitial_node(Query, pg_analyze_and_rewrite_fixedparams(raw, text, NULL, 0, NULL));
	Aggref	   *aggregate = (Aggref *) linitial_node(TargetEntry, query->targetList)->expr;
	ListCell   *cell;

	if (!IsA(aggregate, Aggref))
		elog(ERROR, "no call of an aggregate: %s", call);
	query->targetList = copyObject(aggregate->args);
	foreach(cell, query->targetList)
		lfirst_node(TargetEntry, cell)->resname = psprintf("a%d", foreach_current_index(cell));
	query->hasAggs = false;
	*arguments = pg_get_querydef(query, false);
	return aggregate;
}

/* Deal the rows that a query found out to the parts. */
static void
add_rows(Node *context, Form_pg_aggregate form, const Aggref *aggregate, struct part *parts)
{
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "a row", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(row);
	TupleDesc	columns = SPI_tuptable->tupdesc;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		struct part *part = &parts[i % PARTS];
		Datum		values[FUNC_MAX_ARGS];
		bool		nulls[FUNC_MAX_ARGS];

		values[0] = part->state;
		nulls[0] = part->isnull;
		for (int j = 0; j < columns->natts; j++)
			values[j + 1] = SPI_getbinval(SPI_tuptable->vals[i], columns, j + 1, &nulls[j + 1]);
		part->state = call_anew(context, form->aggtransfn, aggregate->inputcollid, columns->natts + 1, values, nulls, &part->isnull);
		MemoryContextReset(row);
	}
	MemoryContextSwitchTo(old);
}

/* The parts as they come from other machines, in one state. */
static struct part
combine_parts(Node *context, Form_pg_aggregate form, const Aggref *aggregate, const struct part *parts)
{
	struct part all = {(Datum) 0, true};

	for (int i = 0; i < PARTS; i++)
	{
		Datum		values[2] = {parts[i].state, (Datum) 0};
		bool		nulls[2] = {parts[i].isnull, false};

		if (parts[i].isnull)
			continue;
		values[0] = call_anew(context, form->aggserialfn, InvalidOid, 1, values, nulls, &nulls[0]);
		values[1] = call_anew(context, form->aggdeserialfn, InvalidOid, 2, values, nulls, &nulls[1]);
		values[0] = all.state;
		nulls[0] = all.isnull;
		all.state = call_anew(context, form->aggcombinefn, aggregate->inputcollid, 2, values, nulls, &all.isnull);
	}
	return all;
}

Datum
split_try(PG_FUNCTION_ARGS)
{
	AggState   *state = makeNode(AggState);
	struct part parts[PARTS];
	struct part all;
	char	   *arguments;
	Aggref	   *aggregate;
	HeapTuple	tuple;
	Form_pg_aggregate form;
	MemoryContext old = CurrentMemoryContext;
	Datum		result;
	bool		isnull;
	Oid			output;
	bool		is_varlena;
	char	   *shown;

	state->curaggcontext = CreateStandaloneExprContext();
	SPI_connect();
	aggregate = analyze_call(text_to_cstring(PG_GETARG_TEXT_PP(0)), text_to_cstring(PG_GETARG_TEXT_PP(1)), &arguments);
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate->aggfnoid));
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	for (int i = 0; i < PARTS; i++)
		parts[i].isnull = true;
	if (SPI_execute(arguments, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "no rows: %s", arguments);
	add_rows((Node *) state, form, aggregate, parts);
	all = combine_parts((Node *) state, form, aggregate, parts);
	result = call_anew((Node *) state, form->aggfinalfn, aggregate->inputcollid, 1, &all.state, &all.isnull, &isnull);
	getTypeOutputInfo(aggregate->aggtype, &output, &is_varlena);
	shown = isnull ? NULL : MemoryContextStrdup(old, OidOutputFunctionCall(output, result));
	ReleaseSysCache(tuple);
	SPI_finish();
	FreeExprContext(state->curaggcontext, true);
	if (shown == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(shown));
}
