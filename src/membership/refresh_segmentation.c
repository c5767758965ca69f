/*
 * refresh_segmentation.c
 *		refresh_segmentation, for everyone and for some.
 */
#include "membership/failure.h"
#include "membership/parts.h"
#include "membership/refresh.h"
#include "membership/track.h"

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
PG_FUNCTION_INFO_V1(tcs_try_refresh);

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
static TcsSegmentation *
refresh_begin(TcsSegmentation *segmentation, TcsOwnerScope *scope)
{
	tcs_segmentation_check_update(segmentation);
	tcs_owner_enter(scope, segmentation->owner);
	tcs_segmentation_read(segmentation, true);
	tcs_refresh_take_rules(segmentation);
	tcs_parts_bind(segmentation);
	return segmentation;
}

TcsSegmentation *
tcs_refresh_begin(Oid oid, const char *function, TcsOwnerScope *scope)
{
	tcs_check_can_refresh(function);
	return refresh_begin(tcs_segmentation_open(oid), scope);
}

TcsSegmentation *
tcs_copy_begin(Oid oid, const char *function, TcsOwnerScope *scope)
{
	tcs_check_can_refresh(function);
	return refresh_begin(tcs_copy_open(oid), scope);
}

/* Returns as many columns as the function has: the last may be an error. */
static Datum
return_moves(FunctionCallInfo fcinfo, const TcsMoves *moves, const ErrorData *error)
{
	TupleDesc	columns;
	Datum		values[5] = {0};
	bool		nulls[5];

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE ||
		columns->natts > lengthof(values))
		elog(ERROR, "return type must be a row type");
	memset(nulls, error != NULL, sizeof(nulls));
	nulls[4] = error == NULL;
	values[0] = Int64GetDatum(moves->customers);
	values[1] = Int64GetDatum(moves->entered);
	values[2] = Int64GetDatum(moves->moved);
	values[3] = Int64GetDatum(moves->removed);
	if (error != NULL)
		values[4] = CStringGetTextDatum(tcs_error_text(error));
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls));
}

typedef struct Refresh
{
	Oid			into;
	const char *function;
	TcsSegmentation *segmentation;
	bool		has_keys;
	Datum		keys;
	TcsMoves	moves;
} Refresh;

static void
refresh_compute(void *arg)
{
	Refresh    *refresh = arg;
	TcsMoves	moves = {0};

	if (refresh->has_keys)
	{
		moves.customers = tcs_count_keys(refresh->keys);
		tcs_refresh_some(refresh->segmentation, refresh->keys, &moves);
	}
	else
		tcs_refresh_all(refresh->segmentation, &moves);
	refresh->moves = moves;
}

/* As the owner; an error names the rule and the customer that it comes from. */
static void
refresh_named(Refresh *refresh)
{
	ErrorData  *error;

	if (!tcs_try(refresh_compute, refresh, false, &error))
		ThrowErrorData(tcs_name_failure(refresh->segmentation,
										refresh->has_keys ? refresh->keys : (Datum) 0, error));
}

/* What everyone's segment is does not depend on it. */
static void
refresh_track_partitions(TcsSegmentation *segmentation)
{
	ErrorData  *error = tcs_track_partitions(segmentation);

	if (error != NULL)
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("partitions of tables that %s \"%s\" tracks were not looked for",
						segmentation->kind, segmentation->name),
				 errdetail("%s", error->message)));
}

static void
refresh_everyone(void *arg)
{
	Refresh    *refresh = arg;
	TcsOwnerScope scope;

	refresh->segmentation = tcs_copy_begin(refresh->into, refresh->function, &scope);
	refresh_track_partitions(refresh->segmentation);
	refresh_named(refresh);
	tcs_owner_leave(&scope);
	tcs_refresh_notify(refresh->segmentation, &refresh->moves);
}

/* argument: into */
Datum
tcs_refresh_segmentation(PG_FUNCTION_ARGS)
{
	Refresh		refresh = {PG_GETARG_OID(0), "tcs.refresh_segmentation()"};

	refresh_everyone(&refresh);
	return return_moves(fcinfo, &refresh.moves, NULL);
}

/* argument: into.  Who may not refresh it gets an error all the same. */
Datum
tcs_try_refresh(PG_FUNCTION_ARGS)
{
	Refresh		refresh = {PG_GETARG_OID(0), "tcs.try_refresh()"};
	TcsSegmentation *segmentation;
	TcsOwnerScope scope;
	ErrorData  *error;

	tcs_check_can_refresh(refresh.function);
	segmentation = tcs_copy_find(refresh.into);
	tcs_segmentation_check_update(segmentation);
	if (tcs_try(refresh_everyone, &refresh, false, &error))
		return return_moves(fcinfo, &refresh.moves, NULL);
	tcs_owner_enter_briefly(&scope, segmentation->owner);
	tcs_error_note(segmentation, error);
	tcs_owner_leave(&scope);
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("%s \"%s\" was not refreshed", segmentation->kind, segmentation->name),
			 errdetail_log("%s", error->message),
			 errhint("The column last_error of %s says why.",
					 segmentation->part[TCS_PART_STATE])));
	return return_moves(fcinfo, &refresh.moves, error);
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

	SPI_connect();
	tcs_run_with(psprintf("SELECT array_agg(DISTINCT d.key) FROM (SELECT %s AS key FROM unnest($1) AS k) AS d\n"
						  "WHERE d.key IS NOT NULL",
						  tcs_key_cast(&segmentation->key, "k", element, "the array of keys")),
				 1, types, values, NULL, SPI_OK_SELECT);
	*keys = tcs_result_copy(0, 1, segmentation->key.array_type, context);
	SPI_finish();
	return *keys != (Datum) 0;
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
	Refresh		refresh = {PG_GETARG_OID(0), "tcs.refresh_segmentation()"};
	TcsOwnerScope scope;

	refresh.segmentation = tcs_copy_begin(refresh.into, refresh.function, &scope);
	refresh.has_keys = true;
	if (read_keys(refresh.segmentation, fcinfo, &refresh.keys))
		refresh_named(&refresh);
	tcs_owner_leave(&scope);
	tcs_refresh_notify(refresh.segmentation, &refresh.moves);
	return return_moves(fcinfo, &refresh.moves, NULL);
}
