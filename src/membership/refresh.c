/*
 * refresh.c
 *		Everyone's segment, or those of some, made what the source and the rules
 *		say.
 */
#include "membership/refresh.h"
#include "membership/by_hand.h"
#include "membership/guard.h"
#include "membership/keyed_sql.h"
#include "membership/kept_sql.h"
#include "membership/source_models.h"
#include "membership/way.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/tstoreReceiver.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "server/progress.h"

/* What a refresh finds and leaves in the state. */
typedef struct Definition
{
	Datum		rules;			/* jsonb, now */
	Datum		models;			/* jsonb, now; 0: the source has none */
	bool		rules_changed;
	Datum		old_rules;
	bool		models_changed;
} Definition;

/* An expression for the newest models of all metrics views beneath the source. */
static char *
refresh_models_expression(const TcsSegmentation *segmentation)
{
	StringInfoData sql;
	List	   *tables = tcs_source_models(segmentation->source_oid, segmentation->owner);
	ListCell   *cell;

	if (tables == NIL)
		return "NULL::jsonb";
	initStringInfo(&sql);
	foreach(cell, tables)
	{
		Oid			table = lfirst_oid(cell);
		char	   *name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)),
													  get_rel_name(table));

		appendStringInfo(&sql, "%s%s, (SELECT max(id) FROM %s)",
						 sql.len == 0 ? "jsonb_build_object(" : ", ",
						 quote_literal_cstr(name), name);
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

void
tcs_refresh_take_rules(TcsSegmentation *segmentation)
{
	MemoryContext context = CurrentMemoryContext;

	if (segmentation->is_kept || !tcs_source_is_remote(segmentation->source_oid))
		return;
	SPI_connect();
	tcs_run(psprintf("SELECT quote_literal(tcs.rule_set_get(%s)) || '::jsonb'", segmentation->rule_set), SPI_OK_SELECT);
	segmentation->rules = MemoryContextStrdup(context, tcs_result_string(0, 1));
	SPI_finish();
}

/* What holds now, and what of it is not as it was at the last full refresh. */
static void
refresh_read_definition(const TcsSegmentation *segmentation, Definition *definition)
{
	MemoryContext context = CurrentMemoryContext;

	memset(definition, 0, sizeof(Definition));
	if (segmentation->is_kept)
		return;
	SPI_connect();
	tcs_run(psprintf("SELECT tcs.rule_set_get(%s), s.rules,\n"
					 "    s.rules <> tcs.rule_set_get(%s), m.models, m.models <> s.models\n"
					 "FROM %s AS s, (SELECT %s) AS m (models)",
					 segmentation->rule_set, segmentation->rule_set,
					 segmentation->part[TCS_PART_STATE],
					 refresh_models_expression(segmentation)),
			SPI_OK_SELECT);
	(void) tcs_result_value(0, 1, JSONBOID);
	definition->rules = tcs_result_copy(0, 1, JSONBOID, context);
	definition->rules_changed = tcs_result_boolean(0, 3);
	if (definition->rules_changed)
		definition->old_rules = tcs_result_copy(0, 2, JSONBOID, context);
	definition->models = tcs_result_copy(0, 4, JSONBOID, context);
	definition->models_changed = tcs_result_boolean(0, 5);
	SPI_finish();
}

/*
 * Empty the queue of what is committed so far: a refresh that begins now sees
 * what those orders did.  Who was in it, for the causes.
 */
static void
refresh_empty_queue(const TcsSegmentation *segmentation, TcsCause *cause)
{
	MemoryContext context = CurrentMemoryContext;
	Datum		keys;

	tcs_queue_resolve(segmentation, 0);
	SPI_connect();
	tcs_run(psprintf("WITH gone AS (DELETE FROM %s RETURNING key)\n"
					 "SELECT array_agg(DISTINCT key) FILTER (WHERE key IS NOT NULL),\n"
					 "    bool_or(key IS NULL)\n"
					 "FROM gone", segmentation->part[TCS_PART_QUEUE]),
			SPI_OK_SELECT);
	cause->all_queued = tcs_result_boolean(0, 2);
	keys = tcs_result_copy(0, 1, segmentation->key.array_type, context);
	cause->has_queued = keys != (Datum) 0;
	cause->queued = keys;
	SPI_finish();
}

/* Take some keys out of the queue, and note which of them were there. */
static void
refresh_take_queued(const TcsSegmentation *segmentation, Datum keys, TcsCause *cause)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {segmentation->key.array_type};

	SPI_connect();
	tcs_run_with(psprintf("WITH gone AS (DELETE FROM %s AS q WHERE q.key %s ANY ($1) RETURNING q.key)\n"
						  "SELECT array_agg(DISTINCT key), EXISTS (SELECT FROM %s AS q WHERE q.key IS NULL) FROM gone",
						  segmentation->part[TCS_PART_QUEUE], segmentation->key.equals,
						  segmentation->part[TCS_PART_QUEUE]),
				 1, types, &keys, NULL, SPI_OK_SELECT);
	/* a row without a key may be about anybody */
	cause->all_queued = tcs_result_boolean(0, 2);
	cause->queued = tcs_result_copy(0, 1, segmentation->key.array_type, context);
	cause->has_queued = cause->queued != (Datum) 0;
	SPI_finish();
}

/* What moves of those may come from who are looked at though nobody told to. */
static void
refresh_set_cause(const TcsSegmentation *segmentation, const Definition *definition, TcsCause *cause)
{
	cause->has_rules = definition->rules_changed;
	cause->rules = definition->old_rules;
	if (segmentation->is_kept)
		cause->has_queued = cause->all_queued = false;
	else if (definition->models_changed)
		cause->otherwise = TCS_MOVED_MODEL;
	else if (!definition->rules_changed && segmentation->is_tracked)
		cause->otherwise = TCS_MOVED_TIME;
	else
		cause->has_queued = false;
}

static bool
store_is_empty(const TcsSegmentation *segmentation)
{
	bool		empty;

	SPI_connect();
	tcs_run(psprintf("SELECT FROM %s LIMIT 1", segmentation->into), SPI_OK_SELECT);
	empty = SPI_processed == 0;
	SPI_finish();
	return empty;
}

static void
store_explain_load(void *arg)
{
	const TcsSegmentation *segmentation = arg;

	if (geterrcode() == ERRCODE_UNIQUE_VIOLATION)
		errhint("The source of %s \"%s\" must have one row per %s, with a GROUP BY for example.",
				segmentation->kind, segmentation->name, segmentation->is_kept ? "key" : "customer");
}

/* The statement that does it, of the time $1 and the cause $2. */
static char *
store_load_statement(const TcsSegmentation *segmentation)
{
	if (segmentation->is_kept)
		return psprintf("WITH loaded AS (\n%s RETURNING $2)\nSELECT count(*) FROM loaded",
						tcs_kept_load(segmentation));
	return psprintf("WITH loaded AS (\n"
					"    INSERT INTO %s (key, segment, since)\n"
					"    SELECT s.%s, %s,\n"
					"        greatest($1, (SELECT max(moved_at) + interval '1 microsecond' FROM %s))\n"
					"    FROM %s AS s WHERE s.%s IS NOT NULL\n"
					"    RETURNING key, segment, since\n"
					"), moved AS (\n"
					"    INSERT INTO %s (key, to_segment, moved_at, cause, entered, present)\n"
					"    SELECT key, segment, since, $2, true, true FROM loaded\n"
					")\n"
					"SELECT count(*) FROM loaded",
					segmentation->into, segmentation->key_column,
					tcs_pins_assign(segmentation, segmentation->rule_set, tcs_pins_exist(segmentation), "$1"),
					segmentation->part[TCS_PART_MOVES],
					segmentation->source, segmentation->key_column,
					segmentation->part[TCS_PART_MOVES]);
}

/*
 * Fill the empty table.  Nobody else writes to it meanwhile: the second look is
 * under the lock.
 */
static bool
store_load(const TcsSegmentation *segmentation, TcsMoves *moves)
{
	Oid			types[] = {TIMESTAMPTZOID, TEXTOID};
	Datum		values[lengthof(types)];
	ErrorContextCallback callback;

	SPI_connect();
	/* in the order of those who truncate a table of the source */
	tcs_run(psprintf("SELECT FROM %s LIMIT 0", segmentation->source), SPI_OK_SELECT);
	tcs_run(psprintf("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", segmentation->into),
			SPI_OK_UTILITY);
	SPI_finish();
	if (!store_is_empty(segmentation))
		return false;
	tcs_progress_stage("first load");
	values[0] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[1] = CStringGetTextDatum(tcs_move_cause[segmentation->is_loaded ?
												   TCS_MOVED_DATA : TCS_MOVED_INITIAL]);
	/* a customer twice in the source breaks the primary key */
	callback.callback = store_explain_load;
	callback.arg = (void *) segmentation;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	SPI_connect();
	tcs_guard_open(segmentation, TCS_GUARD_INSERT, TCS_GUARD_INSERT);
	tcs_run_with(store_load_statement(segmentation), lengthof(types), types, values, NULL,
				 SPI_OK_SELECT);
	tcs_guard_close();
	error_context_stack = callback.previous;
	moves->entered = tcs_result_bigint(0, 1);
	SPI_finish();
	return true;
}

/*
 * Run a query, by workers too, and have its rows, which must be of such columns.  A TRUNCATE in repeatable read
 * must find members that its snapshot does not see.
 */
static Tuplestorestate *
store_run_into(const char *sql, TupleDesc columns)
{
	Tuplestorestate *store = tuplestore_begin_heap(false, false, work_mem);
	SPIExecuteOptions options = {0};
	ErrorContextCallback quiet;
	bool		keeps_snapshot = IsolationUsesXactSnapshot();
	int			result;

	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, store, CurrentMemoryContext,
									false, columns, "the keys of a segmentation are of another type than they were made with");
	if (keeps_snapshot)
	{
		CommandCounterIncrement();
		PushActiveSnapshot(GetLatestSnapshot());
		options.read_only = true;
	}
	SPI_connect();
	tcs_quiet_begin(&quiet);
	result = SPI_execute_extended(sql, &options);
	tcs_quiet_end(&quiet);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of SPI_execute_extended: %s",
			 SPI_result_code_string(result));
	SPI_finish();
	if (keeps_snapshot)
		PopActiveSnapshot();
	return store;
}

/* Put all keys in the store through the keyed path. */
static void
store_update(const TcsSegmentation *segmentation, Tuplestorestate *store,
			 TupleDesc columns, TcsCause *cause, TcsMoves *moves)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tcs keys",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	TupleTableSlot *slot;
	bool		more = true;
	int64		done = 0;

	MemoryContextSwitchTo(old);
	slot = MakeSingleTupleTableSlot(columns, &TTSOpsMinimalTuple);
	while (more)
	{
		ArrayBuildState *keys;

		MemoryContextSwitchTo(context);
		keys = initArrayResult(segmentation->key.type, context, false);
		while (keys->nelems < TCS_KEYS_AT_ONCE)
		{
			bool		isnull;
			Datum		key;

			CHECK_FOR_INTERRUPTS();
			more = tuplestore_gettupleslot(store, true, false, slot);
			if (!more)
				break;
			key = slot_getattr(slot, 1, &isnull);
			keys = accumArrayResult(keys, key, isnull, segmentation->key.type, context);
		}
		if (keys->nelems > 0)
			tcs_keyed_update(segmentation, makeArrayResult(keys, context), cause, moves);
		done += keys->nelems;
		tcs_progress("refresh, customers who may move", done, 0);
		/* a row that came from disk lies in the context that goes */
		ExecClearTuple(slot);
		MemoryContextSwitchTo(old);
		MemoryContextReset(context);
	}
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(context);
}

void
tcs_update_all(const TcsSegmentation *segmentation, TcsCause *cause, TcsMoves *moves)
{
	TupleDesc	columns = CreateTemplateTupleDesc(1);
	Tuplestorestate *store;

	TupleDescInitEntry(columns, 1, "key", segmentation->key.type, -1, 0);
	TupleDescFinalize(columns);
	tcs_progress_stage("refresh, looking for those who move");
	store = store_run_into(tcs_differing_keys(segmentation), columns);
	store_update(segmentation, store, columns, cause, moves);
	tuplestore_end(store);
}

static int64
count_customers(const TcsSegmentation *segmentation)
{
	int64		count;

	SPI_connect();
	tcs_run(psprintf("SELECT count(*) FROM %s", segmentation->into), SPI_OK_SELECT);
	count = tcs_result_bigint(0, 1);
	SPI_finish();
	return count;
}

static void
refresh_write_state(const TcsSegmentation *segmentation, const Definition *definition,
					TimestampTz begin, const TcsMoves *moves)
{
	Oid			types[] = {JSONBOID, JSONBOID, TIMESTAMPTZOID, INT8OID, INT8OID, INT8OID, INT8OID};
	Datum		values[] = {
		definition->rules,
		definition->models,
		TimestampTzGetDatum(begin),
		Int64GetDatum(moves->customers),
		Int64GetDatum(moves->entered),
		Int64GetDatum(moves->moved),
		Int64GetDatum(moves->removed)
	};
	char		nulls[] = {segmentation->is_kept ? 'n' : ' ', definition->models ? ' ' : 'n', ' ', ' ', ' ', ' ', ' '};

	SPI_connect();
	tcs_run_with(psprintf("UPDATE %s SET %slast_refresh = $3,\n"
						  "    duration = clock_timestamp() - $3, customers = $4,\n"
						  "    entered = $5, moved = $6, removed = $7,\n"
						  "    last_error = NULL, last_error_state = NULL, last_error_at = NULL",
						  segmentation->part[TCS_PART_STATE],
						  segmentation->is_kept ? "" : "rules = $1, models = $2, "),
				 lengthof(types), types, values, nulls, SPI_OK_UPDATE);
	SPI_finish();
}

static void
refresh_all(TcsSegmentation *segmentation, TcsMoves *moves)
{
	TimestampTz begin = GetCurrentTimestamp();
	Definition	definition;
	TcsCause	cause = {TCS_MOVED_DATA};

	refresh_read_definition(segmentation, &definition);
	refresh_empty_queue(segmentation, &cause);
	if (!store_is_empty(segmentation) || !store_load(segmentation, moves))
	{
		refresh_set_cause(segmentation, &definition, &cause);
		tcs_update_all(segmentation, &cause, moves);
	}
	tcs_pins_forget(segmentation, (Datum) 0, GetCurrentTransactionStartTimestamp());
	moves->customers = count_customers(segmentation);
	refresh_write_state(segmentation, &definition, begin, moves);
	tcs_progress_end();
}

/* whose refresh is at work in this session */
static List *refreshing = NIL;

/* A source could call for its own refresh, in which it would do so again. */
void
tcs_refresh_all(TcsSegmentation *segmentation, TcsMoves *moves)
{
	MemoryContext old;

	if (list_member_oid(refreshing, segmentation->oid))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("%s \"%s\" is being refreshed, by this session",
						segmentation->kind, segmentation->name),
				 errhint("Take the call of a refresh out of what its source calls.")));
	old = MemoryContextSwitchTo(TopMemoryContext);
	refreshing = lappend_oid(refreshing, segmentation->oid);
	MemoryContextSwitchTo(old);
	PG_TRY();
	{
		refresh_all(segmentation, moves);
	}
	PG_FINALLY();
	{
		refreshing = list_delete_last(refreshing);
	}
	PG_END_TRY();
}

void
tcs_refresh_keys(TcsSegmentation *segmentation, Datum keys, TcsMoves *moves)
{
	Definition	definition;
	TimestampTz begin = GetCurrentTimestamp();
	TcsCause	cause = {TCS_MOVED_DATA};

	refresh_read_definition(segmentation, &definition);
	cause.has_rules = definition.rules_changed;
	cause.rules = definition.old_rules;
	tcs_keyed_update(segmentation, keys, &cause, moves);
	tcs_pins_forget(segmentation, keys, begin);
}

void
tcs_refresh_some(TcsSegmentation *segmentation, Datum keys, TcsMoves *moves)
{
	Definition	definition;
	TimestampTz begin = GetCurrentTimestamp();
	TcsCause	cause = {TCS_MOVED_DATA};

	refresh_read_definition(segmentation, &definition);
	refresh_take_queued(segmentation, keys, &cause);
	refresh_set_cause(segmentation, &definition, &cause);
	tcs_keyed_update(segmentation, keys, &cause, moves);
	tcs_pins_forget(segmentation, keys, begin);
}
