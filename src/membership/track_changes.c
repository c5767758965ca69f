/*
 * track_changes.c
 *		The triggers of tracked tables: they put the keys of changed rows into
 *		the queue or, in mode sync, bring their segments up to date.
 *
 * An order is somebody else's business: it must go through whatever state the
 * segmentation is in.  So all is done in a subtransaction.  Where bringing the
 * segments up to date fails, the keys are queued; where that fails, there is a
 * warning.  What was raised may tell of data that whoever enters the order may
 * not see: it goes to the state and to the server's log, not to the client.
 */
#include "membership/queue_rows.h"
#include "membership/refresh.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(tcs_track_changes);

typedef struct Change
{
	TriggerData *trigger;
	char	  **arguments;
	Oid			into;
	int			event;
	bool		is_last;		/* of the triggers of this statement */
	List	   *earlier;		/* arrays of keys, of those before */
	TcsSegmentation *segmentation;	/* once it is open */
} Change;

static void
check_call(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!(TRIGGER_FIRED_AFTER(trigger->tg_event) || TRIGGER_FIRED_BEFORE(trigger->tg_event)) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) ||
		trigger->tg_trigger->tgnargs != TCS_TRACK_ARGUMENTS)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called as a trigger of tcs.track_segmentation")));
}

/* The rows in the transition tables. */
static int64
count_rows(const TriggerData *trigger)
{
	return (trigger->tg_oldtable ? tuplestore_tuple_count(trigger->tg_oldtable) : 0) +
		(trigger->tg_newtable ? tuplestore_tuple_count(trigger->tg_newtable) : 0);
}

static Oid
find_into(char **arguments)
{
	Oid			schema = get_namespace_oid(arguments[TCS_TRACK_SCHEMA], true);

	return OidIsValid(schema) ? get_relname_relid(arguments[TCS_TRACK_NAME], schema) : InvalidOid;
}

/* The arrays that were kept, as one, as it comes. */
static Datum
join_keys(const Change *change)
{
	const TcsKeyType *key = &change->segmentation->key;
	ArrayBuildState *all = initArrayResult(key->type, CurrentMemoryContext, false);
	ListCell   *cell;

	foreach(cell, change->earlier)
	{
		Datum	   *keys;
		int			count;

		deconstruct_array(lfirst(cell), key->type, key->typlen, key->typbyval,
						  key->typalign, &keys, NULL, &count);
		for (int i = 0; i < count; i++)
			all = accumArrayResult(all, keys[i], false, key->type, CurrentMemoryContext);
	}
	return makeArrayResult(all, CurrentMemoryContext);
}

/* Whoever may create triggers could otherwise lock another's customers. */
static void
open_segmentation(Change *change)
{
	Trigger    *trigger = change->trigger->tg_trigger;

	change->segmentation = tcs_segmentation_open(change->into);
	if (!tcs_track_allowed(change->segmentation, trigger->tgoid,
						   RelationGetRelid(change->trigger->tg_relation)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("trigger \"%s\" may not report to segmentation \"%s\"",
						trigger->tgname, change->segmentation->name),
				 errhint("Have its owner call tcs.track_segmentation.")));
}

/*
 * The query for the keys in the transition tables; some may be NULL.  A
 * transition table with no rows is not looked at, but a plan for an update
 * serves all updates.
 */
static char *
keys_query(const Change *change)
{
	const TriggerData *trigger = change->trigger;
	Oid			relation = RelationGetRelid(trigger->tg_relation);
	const char *column = change->arguments[TCS_TRACK_KEY];
	AttrNumber	number = get_attnum(relation, column);
	char	   *key;

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						column, RelationGetRelationName(trigger->tg_relation)),
				 errhint("Call tcs.track_segmentation with the name that the column has now.")));
	key = tcs_key_cast(&change->segmentation->key,
					   psprintf("d.%s", quote_identifier(column)),
					   get_atttype(relation, number), "the column");
	if (trigger->tg_oldtable == NULL)
		return psprintf("SELECT %s AS key FROM " TCS_NEW_ROWS " AS d", key);
	if (trigger->tg_newtable == NULL)
		return psprintf("SELECT %s AS key FROM " TCS_OLD_ROWS " AS d", key);
	return psprintf("SELECT %s AS key FROM " TCS_OLD_ROWS " AS d\n"
					"UNION ALL SELECT %s FROM " TCS_NEW_ROWS " AS d", key, key);
}

static void
register_rows(const Change *change)
{
	if (SPI_register_trigger_data(change->trigger) < 0)
		elog(ERROR, "transition tables cannot be registered");
}

/* One row takes its number and time by default; of many, all take the same. */
static char *
queue_statement(const Change *change)
{
	const char *queue = change->segmentation->part[TCS_PART_QUEUE];

	if (count_rows(change->trigger) == 1)
		return psprintf("INSERT INTO %s (key)\n"
						"SELECT d.key FROM (%s) AS d WHERE d.key IS NOT NULL",
						queue, keys_query(change));
	return psprintf("INSERT INTO %s (id, key, queued_at) OVERRIDING SYSTEM VALUE\n"
					"SELECT (SELECT nextval(pg_get_serial_sequence(%s, 'id'))), k.key,\n"
					"    (SELECT clock_timestamp())\n"
					"FROM (SELECT DISTINCT d.key FROM (%s) AS d WHERE d.key IS NOT NULL) AS k",
					queue, quote_literal_cstr(queue), keys_query(change));
}

static void
queue_keys(void *arg)
{
	Change	   *change = arg;
	Oid			relation = RelationGetRelid(change->trigger->tg_relation);

	open_segmentation(change);
	SPI_connect();
	if (TRIGGER_FIRED_BY_TRUNCATE(change->trigger->tg_event))
		tcs_run_kept(psprintf("INSERT INTO %s (key) VALUES (NULL)",
							  change->segmentation->part[TCS_PART_QUEUE]),
					 relation, 0, NULL, NULL, SPI_OK_INSERT);
	else if (count_rows(change->trigger) > 0 &&
			 !tcs_queue_rows(change->segmentation, change->trigger,
							 get_attnum(relation, change->arguments[TCS_TRACK_KEY])))
	{
		register_rows(change);
		tcs_run_kept(queue_statement(change), relation, 0, NULL, NULL, SPI_OK_INSERT);
	}
	if (change->earlier != NIL)
	{
		Oid			types[] = {change->segmentation->key.array_type};
		Datum		values[] = {join_keys(change)};

		tcs_run_kept(psprintf("INSERT INTO %s (key) SELECT DISTINCT k FROM unnest($1) AS k",
							  change->segmentation->part[TCS_PART_QUEUE]),
					 relation, 1, types, values, SPI_OK_INSERT);
	}
	SPI_finish();
}

/*
 * The keys in the transition tables and those that were kept, sorted, each
 * once; false when there are none.
 */
static bool
collect_keys(Change *change, Datum *keys)
{
	MemoryContext context = CurrentMemoryContext;
	bool		has_rows = count_rows(change->trigger) > 0;
	Oid			types[] = {change->segmentation->key.array_type};
	Datum		values[1];
	StringInfoData query;
	bool		isnull;

	if (!has_rows && change->earlier == NIL)
		return false;
	SPI_connect();
	initStringInfo(&query);
	if (has_rows)
	{
		register_rows(change);
		appendStringInfoString(&query, keys_query(change));
	}
	if (has_rows && change->earlier != NIL)
		appendStringInfoString(&query, "\nUNION ALL ");
	if (change->earlier != NIL)
	{
		values[0] = join_keys(change);
		appendStringInfoString(&query, "SELECT k AS key FROM unnest($1) AS k");
	}
	tcs_run_kept(psprintf("SELECT array_agg(DISTINCT d.key) FROM (%s) AS d WHERE d.key IS NOT NULL",
						  query.data),
				 RelationGetRelid(change->trigger->tg_relation),
				 change->earlier != NIL ? 1 : 0, types, values, SPI_OK_SELECT);
	*keys = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
	{
		MemoryContextSwitchTo(context);
		*keys = PointerGetDatum(PG_DETOAST_DATUM_COPY(*keys));
	}
	SPI_finish();
	return !isnull;
}

static void
update_segments(void *arg)
{
	Change	   *change = arg;
	TcsCause	cause = {"data"};
	TcsMoves	moves = {0};
	Datum		keys;

	open_segmentation(change);
	tcs_segmentation_read(change->segmentation, false);
	if (TRIGGER_FIRED_BY_TRUNCATE(change->trigger->tg_event))
		tcs_update_all(change->segmentation, &cause, &moves);
	else
	{
		bool		has_keys = collect_keys(change, &keys);

		if (!change->is_last)
			tcs_statement_keep(change->into, RelationGetRelid(change->trigger->tg_relation),
							   change->event, has_keys ? keys : (Datum) 0);
		else if (has_keys)
			tcs_keyed_update(change->segmentation, keys, &cause, &moves);
	}
}

static void
warn(const Change *change, const ErrorData *error)
{
	ereport(WARNING,
			(errcode(error ? error->sqlerrcode : ERRCODE_UNDEFINED_TABLE),
			 errmsg("segmentation \"%s\" was not told of a change of \"%s\"",
					change->arguments[TCS_TRACK_NAME],
					RelationGetRelationName(change->trigger->tg_relation)),
			 error ? errdetail_log("%s", error->message) :
			 errdetail("There is no table \"%s\" in the schema \"%s\".",
					   change->arguments[TCS_TRACK_NAME], change->arguments[TCS_TRACK_SCHEMA]),
			 errhint("Call tcs.track_segmentation again, or drop the triggers of the table that begin with tcs_.")));
}

/*
 * Bring the segments up to date or, where that fails, note why.  The trigger
 * that comes last does it for all of the statement.
 */
static bool
try_update(Change *change)
{
	Oid			relation = RelationGetRelid(change->trigger->tg_relation);
	ErrorData  *error;

	change->is_last = tcs_statement_is_last(change->into, relation, change->event);
	if (change->is_last)
		change->earlier = tcs_statement_end(change->into, relation, change->event);
	if (change->earlier == NIL && count_rows(change->trigger) == 0 &&
		!TRIGGER_FIRED_BY_TRUNCATE(change->trigger->tg_event))
	{
		if (!change->is_last)
			tcs_statement_keep(change->into, relation, change->event, (Datum) 0);
		return true;
	}
	if (tcs_try(update_segments, change, false, &error))
		return true;
	if (!change->is_last)
		tcs_statement_keep(change->into, relation, change->event, (Datum) 0);
	if (change->segmentation != NULL)
		tcs_error_note(change->segmentation, error);
	return false;
}

Datum
tcs_track_changes(PG_FUNCTION_ARGS)
{
	Change		change = {(TriggerData *) fcinfo->context};
	TcsOwnerScope scope;
	ErrorData  *error;
	bool		is_sync;
	bool		done = false;

	check_call(fcinfo);
	change.event = change.trigger->tg_event & TRIGGER_EVENT_OPMASK;
	change.arguments = change.trigger->tg_trigger->tgargs;
	is_sync = strcmp(change.arguments[TCS_TRACK_MODE], "sync") == 0;
	if (!is_sync && !TRIGGER_FIRED_BY_TRUNCATE(change.trigger->tg_event) &&
		count_rows(change.trigger) == 0)
		return PointerGetDatum(NULL);
	change.into = find_into(change.arguments);
	if (TRIGGER_FIRED_BEFORE(change.trigger->tg_event))
	{
		if (OidIsValid(change.into))
			tcs_statement_begin(change.into, RelationGetRelid(change.trigger->tg_relation),
								change.event);
		return PointerGetDatum(NULL);
	}
	if (!OidIsValid(change.into))
	{
		warn(&change, NULL);
		return PointerGetDatum(NULL);
	}

	if (is_sync)
	{
		tcs_owner_enter(&scope, tcs_relation_owner(change.into));
		done = try_update(&change);
	}
	else
		tcs_owner_enter_briefly(&scope, tcs_relation_owner(change.into));
	if (!done)
		done = tcs_try(queue_keys, &change, false, &error);
	tcs_owner_leave(&scope);
	list_free_deep(change.earlier);
	if (!done)
		warn(&change, error);
	return PointerGetDatum(NULL);
}
