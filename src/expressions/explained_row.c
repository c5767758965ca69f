/*
 * explained_row.c
 *		The row that is explained, ready for expressions over it.
 */
#include "expressions/explained_row.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "utils/typcache.h"

#include "expressions/row_call.h"

ExprContext *
tcs_row_open(FunctionCallInfo fcinfo, const char *name)
{
	HeapTupleHeader header;
	HeapTupleData tuple;
	TupleDesc	shared;
	TupleDesc	columns;
	TupleTableSlot *slot;
	ExprContext *econtext;

	if (PG_ARGISNULL(0))
		tcs_refuse_null(name, NULL);
	tcs_row_check(fcinfo, 1);
	if (PG_ARGISNULL(1))
		tcs_refuse_null("row", "Explain a row that there is.");
	header = PG_GETARG_HEAPTUPLEHEADER(1);
	shared = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
									HeapTupleHeaderGetTypMod(header));
	/* with the defaults of columns that stored rows lack */
	columns = CreateTupleDescCopyConstr(shared);
	ReleaseTupleDesc(shared);

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	slot = MakeSingleTupleTableSlot(columns, &TTSOpsHeapTuple);
	ExecStoreHeapTuple(heap_copytuple(&tuple), slot, true);
	econtext = CreateStandaloneExprContext();
	econtext->ecxt_scantuple = slot;
	return econtext;
}

void
tcs_row_close(ExprContext *econtext)
{
	TupleTableSlot *slot = econtext->ecxt_scantuple;

	FreeExprContext(econtext, true);
	ExecDropSingleTupleTableSlot(slot);
}
