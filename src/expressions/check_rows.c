/*
 * check_rows.c
 *		A pass over rows, for what is checked against them.
 *
 * What raises an error on a row is left out from then on, and the rows that
 * were fetched with that one are gone through anew.
 */
#include "rules/rule_check.h"

#include "miscadmin.h"

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
		while (!tcs_rule_try(evaluate, arg, &error))
			fail(arg, error);
		ExecClearTuple(rows->slot);
		collect(arg);
		SPI_freetuptable(rows->table);
	}
	MemoryContextSwitchTo(context);
}
