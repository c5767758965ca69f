/*
 * check_rows.c
 *		A pass over rows, for what is checked against them.
 *
 * What raises an error on a row is left out from then on, and the rows that
 * were fetched with that one are gone through anew.
 */
#include "expressions/check_rows.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

char *
tcs_check_describe(const ErrorData *error, const char *noun)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, error->message);
	if (error->internalpos > 0)
		appendStringInfo(&text, " (at character %d of the %s)",
						 error->internalpos, noun);
	if (error->detail)
		appendStringInfo(&text, "; %s", error->detail);
	if (error->hint)
		appendStringInfo(&text, "; %s", error->hint);
	return text.data;
}

Portal
tcs_check_open(Oid relation)
{
	char	   *name = get_rel_name(relation);
	char	   *query;
	SPIPlanPtr	plan;

	if (name == NULL)
		tcs_relation_missing(relation, NULL);
	query = psprintf("SELECT * FROM %s",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
												name));
	SPI_connect();
	plan = SPI_prepare(query, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	return SPI_cursor_open(NULL, plan, NULL, NULL, true);
}

void
tcs_check_close(Portal portal)
{
	SPI_cursor_close(portal);
	SPI_finish();
}

void
tcs_check_row(TcsCheckRows *rows, uint64 row)
{
	CHECK_FOR_INTERRUPTS();
	ExecStoreHeapTuple(rows->table->vals[row], rows->slot, false);
	ResetExprContext(rows->econtext);
}

void
tcs_check_rows(TcsCheckRows *rows, Portal portal, void (*evaluate) (void *arg),
			   void (*fail) (void *arg, ErrorData *error),
			   void (*collect) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;

	for (;;)
	{
		ErrorData  *error;

		SPI_cursor_fetch(portal, true, TCS_CHECK_BATCH);
		rows->table = SPI_tuptable;
		rows->count = SPI_processed;
		if (rows->count == 0)
			break;
		MemoryContextSwitchTo(context);
		if (rows->slot == NULL)
		{
			rows->slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(rows->table->tupdesc),
												  &TTSOpsHeapTuple);
			rows->econtext->ecxt_scantuple = rows->slot;
		}
		while (!tcs_check_try(evaluate, arg, &error))
			fail(arg, error);
		ExecClearTuple(rows->slot);
		collect(arg);
		SPI_freetuptable(rows->table);
	}
	MemoryContextSwitchTo(context);
}
