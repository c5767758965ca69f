/*
 * run.c
 *		Statements that are run once.
 */
#include "server/server.h"

#include "executor/tstoreReceiver.h"
#include "miscadmin.h"
#include "utils/plancache.h"
#include "utils/queryenvironment.h"
#include "utils/tuplestore.h"

static void
quiet_context(void *arg)
{
	if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_OPERATOR_INTERVENTION)
		errhidecontext(true);
}

void
tcs_quiet_begin(ErrorContextCallback *callback)
{
	callback->callback = quiet_context;
	callback->arg = NULL;
	callback->previous = error_context_stack;
	error_context_stack = callback;
}

void
tcs_quiet_end(ErrorContextCallback *callback)
{
	error_context_stack = callback->previous;
}

void
tcs_check_run(int result, int expected)
{
	if (result == expected)
		return;
	if (result == SPI_OK_REWRITTEN)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a rule on a table has something else done than was asked for"),
				 errhint("Drop the rules that were put on tables which tcs writes to; use triggers instead.")));
	elog(ERROR, "unexpected result of a statement: %s", SPI_result_code_string(result));
}

void
tcs_run(const char *sql, int expected)
{
	ErrorContextCallback quiet;
	int			result;

	tcs_quiet_begin(&quiet);
	result = SPI_execute(sql, false, 0);
	tcs_quiet_end(&quiet);
	tcs_check_run(result, expected);
}

void
tcs_run_with(const char *sql, int count, Oid *types, Datum *values,
			 const char *nulls, int expected)
{
	ErrorContextCallback quiet;
	int			result;

	tcs_quiet_begin(&quiet);
	result = SPI_execute_with_args(sql, count, types, values, nulls, false, 0);
	tcs_quiet_end(&quiet);
	tcs_check_run(result, expected);
}

/* The columns of a query's result. */
static TupleDesc
run_result(SPIPlanPtr plan)
{
	List	   *sources = SPI_plan_get_plan_sources(plan);
	CachedPlanSource *source = linitial(sources);

	if (list_length(sources) != 1 || source->resultDesc == NULL)
		elog(ERROR, "a statement that is to be kept returns no rows");
	return CreateTupleDescCopy(source->resultDesc);
}

Tuplestorestate *
tcs_run_into(const char *sql, const char *name)
{
	Tuplestorestate *rows = tuplestore_begin_heap(false, false, work_mem);
	DestReceiver *receiver = CreateDestReceiver(DestTuplestore);
	SPIExecuteOptions options = {.read_only = false,.must_return_tuples = true,.dest = receiver};
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));
	ErrorContextCallback quiet;
	SPIPlanPtr	plan;
	int			result;

	SetTuplestoreDestReceiverParams(receiver, rows, CurrentMemoryContext, false, NULL, NULL);
	tcs_quiet_begin(&quiet);
	plan = SPI_prepare(sql, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "a statement could not be prepared: %s", SPI_result_code_string(SPI_result));
	relation->md.tupdesc = run_result(plan);
	result = SPI_execute_plan_extended(plan, &options);
	tcs_quiet_end(&quiet);
	tcs_check_run(result, SPI_OK_SELECT);
	SPI_freeplan(plan);

	relation->md.name = pstrdup(name);
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = tuplestore_tuple_count(rows);
	relation->reldata = rows;
	result = SPI_register_relation(relation);
	if (result != SPI_OK_REL_REGISTER)
		elog(ERROR, "rows could not be kept: %s", SPI_result_code_string(result));
	return rows;
}

void
tcs_run_forget(const char *name, Tuplestorestate *rows)
{
	int			result = SPI_unregister_relation(name);

	if (result != SPI_OK_REL_UNREGISTER)
		elog(ERROR, "rows could not be forgotten: %s", SPI_result_code_string(result));
	tuplestore_end(rows);
}
