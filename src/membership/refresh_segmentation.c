/*
 * refresh_segmentation.c
 *		refresh_segmentation, for everyone and for some.
 */
#include "membership/refresh.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_refresh_segmentation);
PG_FUNCTION_INFO_V1(tcs_refresh_segmentation_keys);

void
tcs_refresh_notify(const TcsSegmentation *segmentation, const TcsMoves *moves)
{
	if (!segmentation->notify)
		return;
	Async_Notify(segmentation->name,
				 psprintf("{\"customers\": " INT64_FORMAT ", \"entered\": " INT64_FORMAT
						  ", \"moved\": " INT64_FORMAT ", \"removed\": " INT64_FORMAT "}",
						  moves->customers, moves->entered, moves->moved, moves->removed));
}

void
tcs_check_can_refresh(const char *function)
{
	PreventCommandDuringRecovery(function);
	PreventCommandIfReadOnly(function);
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s needs the isolation level read committed", function),
				 errdetail("In a transaction that keeps one snapshot it would not see what others have committed since."),
				 errhint("Call it in a transaction of its own, begun with BEGIN ISOLATION LEVEL READ COMMITTED.")));
}

/* The segmentation, opened for its user, as its owner and with its state locked. */
TcsSegmentation *
tcs_refresh_begin(Oid oid, const char *function, TcsOwnerScope *scope)
{
	TcsSegmentation *segmentation;

	tcs_check_can_refresh(function);
	segmentation = tcs_segmentation_open(oid);
	tcs_segmentation_check_update(segmentation);
	tcs_owner_enter(scope, segmentation->owner);
	tcs_segmentation_read(segmentation, true);
	return segmentation;
}

static Datum
return_moves(FunctionCallInfo fcinfo, const TcsMoves *moves)
{
	TupleDesc	columns;
	Datum		values[4];
	bool		nulls[4] = {false, false, false, false};

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Int64GetDatum(moves->customers);
	values[1] = Int64GetDatum(moves->entered);
	values[2] = Int64GetDatum(moves->moved);
	values[3] = Int64GetDatum(moves->removed);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls));
}

/* argument: into */
Datum
tcs_refresh_segmentation(PG_FUNCTION_ARGS)
{
	TcsSegmentation *segmentation;
	TcsOwnerScope scope;
	TcsMoves	moves = {0};

	segmentation = tcs_refresh_begin(PG_GETARG_OID(0), "tcs.refresh_segmentation()", &scope);
	tcs_refresh_all(segmentation, &moves);
	tcs_owner_leave(&scope);
	tcs_refresh_notify(segmentation, &moves);
	return return_moves(fcinfo, &moves);
}

/*
 * The keys that were given, as an array of the key's type, sorted, each once;
 * false when there are none.
 */
static bool
read_keys(const TcsSegmentation *segmentation, FunctionCallInfo fcinfo, Datum *keys)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {get_fn_expr_argtype(fcinfo->flinfo, 1)};
	Oid			element = get_base_element_type(types[0]);
	Datum		values[] = {PG_GETARG_DATUM(1)};
	bool		isnull;

	SPI_connect();
	tcs_run_with(psprintf("SELECT array_agg(DISTINCT d.key) FROM (SELECT %s AS key FROM unnest($1) AS k) AS d\n"
						  "WHERE d.key IS NOT NULL",
						  tcs_key_cast(&segmentation->key, "k", element, "the array of keys")),
				 1, types, values, NULL, SPI_OK_SELECT);
	*keys = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
	{
		MemoryContextSwitchTo(context);
		*keys = PointerGetDatum(PG_DETOAST_DATUM_COPY(*keys));
	}
	SPI_finish();
	return !isnull;
}

/* What waits in the queue for these is done with what is done now. */
void
tcs_refresh_dequeue(const TcsSegmentation *segmentation, Datum keys)
{
	Oid			types[] = {segmentation->key.array_type};

	SPI_connect();
	tcs_run_with(psprintf("DELETE FROM %s AS q WHERE q.key %s ANY ($1)",
						  segmentation->part[TCS_PART_QUEUE], segmentation->key.equals),
				 1, types, &keys, NULL, SPI_OK_DELETE);
	SPI_finish();
}

/* arguments: into, keys */
Datum
tcs_refresh_segmentation_keys(PG_FUNCTION_ARGS)
{
	TcsSegmentation *segmentation;
	TcsOwnerScope scope;
	TcsMoves	moves = {0};
	Datum		keys;

	segmentation = tcs_refresh_begin(PG_GETARG_OID(0), "tcs.refresh_segmentation()", &scope);
	if (read_keys(segmentation, fcinfo, &keys))
	{
		tcs_refresh_dequeue(segmentation, keys);
		tcs_refresh_keys(segmentation, keys, &moves);
		moves.customers = tcs_count_keys(keys);
	}
	tcs_owner_leave(&scope);
	tcs_refresh_notify(segmentation, &moves);
	return return_moves(fcinfo, &moves);
}
