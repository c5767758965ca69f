/*
 * track_changes.c
 *		The triggers of tracked tables: they put the keys of changed rows into
 *		the queue or, in mode sync, bring their segments up to date.
 *
 * An order is somebody else's business: it must go through whatever state the
 * segmentation is in.  So all is done in a subtransaction.  Where bringing the
 * segments up to date fails, the keys are queued, with the error; where whom a
 * change is about cannot be told, everyone is to be looked at; where that cannot
 * be noted either, there is a warning.  What was raised may tell of data that
 * whoever enters the order may not see: it goes to the queue and to the server's
 * log, not to the client.  Nothing that an order does locks the state, which the
 * refresh that mends the matter needs.
 */
#include "membership/track_changes.h"
#include "membership/failure.h"
#include "membership/guard.h"
#include "membership/refresh.h"
#include "membership/statement_keys.h"
#include "membership/track.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(tcs_track_changes);

/* in one go at the end of a transaction; segmentations that track each other have no end */
#define MAX_ROUNDS 16

/* whose segments are being brought up to date, here and in what that caused */
static List *looking = NIL;

static void
track_check_call(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		TRIGGER_FIRED_INSTEAD(trigger->tg_event) ||
		(TRIGGER_FIRED_FOR_ROW(trigger->tg_event) && !trigger->tg_trigger->tgdeferrable) ||
		trigger->tg_trigger->tgnargs != TCS_TRACK_ARGUMENTS)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called as a trigger of tcs.track_segmentation")));
}

static Oid
track_find_into(char **arguments)
{
	Oid			schema = get_namespace_oid(arguments[TCS_TRACK_SCHEMA], true);

	return OidIsValid(schema) ? get_relname_relid(arguments[TCS_TRACK_NAME], schema) : InvalidOid;
}

/*
 * Whoever may create triggers could otherwise write into another's queue, and
 * lock another's tables and customers: so that is found out first, by what the
 * catalogs say.
 */
static void
track_open(TcsChange *change)
{
	Trigger    *trigger = change->trigger->tg_trigger;
	Oid			relation = RelationGetRelid(change->trigger->tg_relation);
	TcsSegmentation *segmentation = tcs_copy_find(change->into);

	if (!tcs_track_allowed(segmentation, trigger->tgoid, relation))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("trigger \"%s\" may not report to segmentation \"%s\"",
						trigger->tgname, segmentation->name),
				 errhint("Have its owner call tcs.track_segmentation.")));
	change->allowed = segmentation;
	change->segmentation = tcs_copy_open(change->into);
	if (change->arguments[TCS_TRACK_KEY][0] == '\0')
	{
		change->way = tcs_way_read(change->segmentation, relation);
		if (change->way == NULL || !OidIsValid(change->way->through))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("table %s does not say how \"%s\" leads to customers",
							change->segmentation->part[TCS_PART_TRACKED],
							RelationGetRelationName(change->trigger->tg_relation)),
					 errhint("Call tcs.track_segmentation again.")));
	}
}

/* What was touched goes into the queue, with the reason why it is there. */
static void
track_queue_touched(const TcsSegmentation *segmentation, List *touched, const ErrorData *error)
{
	ListCell   *cell;

	foreach(cell, touched)
	{
		const TcsTouched *one = lfirst(cell);
		bool		has_way = OidIsValid(one->relation);
		Oid			types[] = {
			has_way ? TEXTARRAYOID : segmentation->key.array_type, TEXTOID, TEXTOID, REGCLASSOID
		};
		Datum		values[] = {one->values, (Datum) 0, (Datum) 0, ObjectIdGetDatum(one->relation)};
		char		nulls[] = "    ";

		if (error != NULL)
		{
			values[1] = CStringGetTextDatum(tcs_error_text(error));
			values[2] = CStringGetTextDatum(unpack_sql_state(error->sqlerrcode));
		}
		else
			nulls[1] = nulls[2] = 'n';
		SPI_connect();
		tcs_run_with(psprintf(has_way ?
							  "INSERT INTO %s (relation, via, error, error_state)\n"
							  "SELECT $4, ARRAY(SELECT ($1)[v.row][c.number] FROM generate_subscripts($1, 2) AS c (number) ORDER BY c.number),\n"
							  "    $2, $3 FROM generate_subscripts($1, 1) AS v (row)" :
							  "INSERT INTO %s (key, error, error_state)\n"
							  "SELECT DISTINCT k, $2, $3 FROM unnest($1) AS k",
							  segmentation->part[TCS_PART_QUEUE]),
					 has_way ? 4 : 3, types, values, nulls, SPI_OK_INSERT);
		SPI_finish();
	}
}

static void
track_queue(void *arg)
{
	TcsChange  *change = arg;

	track_open(change);
	if (TRIGGER_FIRED_BY_TRUNCATE(change->trigger->tg_event))
	{
		SPI_connect();
		tcs_run_kept(psprintf("INSERT INTO %s (key) VALUES (NULL)",
							  change->segmentation->part[TCS_PART_QUEUE]),
					 RelationGetRelid(change->trigger->tg_relation), 0, NULL, NULL,
					 SPI_OK_INSERT);
		SPI_finish();
	}
	else if (change->error == NULL)
		tcs_change_queue(change);
	else
		change->earlier = list_concat(change->earlier, tcs_change_collect(change));
	if (change->earlier == NIL)
		return;
	if (change->error != NULL)
		change->error = tcs_name_failure(change->segmentation,
										 tcs_touched_keys(change->segmentation, change->earlier),
										 change->error);
	track_queue_touched(change->segmentation, change->earlier, change->error);
}

/* Whom it is about cannot be told: let it be everyone. */
static void
track_give_up(void *arg)
{
	TcsChange  *change = arg;

	tcs_queue_everyone(tcs_copy_open(change->into), change->error);
}

/* What is touched, or everyone, for NIL; and remember that for the commit. */
static void
track_look(TcsSegmentation *segmentation, List *touched)
{
	TcsCause	cause = {TCS_MOVED_DATA};
	TcsMoves	moves = {0};
	CommandId	begun = tcs_commit_look_begin();
	volatile Datum keys = (Datum) 0;
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	looking = lappend_oid(looking, segmentation->oid);
	MemoryContextSwitchTo(old);
	PG_TRY();
	{
		if (touched == NIL)
			tcs_update_all(segmentation, &cause, &moves);
		else
			keys = tcs_touched_update(segmentation, touched, &cause, &moves);
	}
	PG_FINALLY();
	{
		looking = list_delete_last(looking);
	}
	PG_END_TRY();
	tcs_commit_look_end(begun);
	tcs_commit_keep(segmentation->oid, touched, &segmentation->key, keys);
}

static void
track_update(void *arg)
{
	TcsChange  *change = arg;
	List	   *touched;

	track_open(change);
	tcs_segmentation_read(change->segmentation, false);
	if (TRIGGER_FIRED_BY_TRUNCATE(change->trigger->tg_event))
	{
		track_look(change->segmentation, NIL);
		return;
	}
	touched = tcs_change_collect(change);
	if (!change->is_last)
		tcs_statement_keep(change->into, RelationGetRelid(change->trigger->tg_relation),
						   change->event, touched);
	else if (list_member_oid(looking, change->into))
		/* it is at work on what caused this: no second round inside of it */
		tcs_commit_keep(change->into, list_concat(touched, change->earlier),
						&change->segmentation->key, (Datum) 0);
	else if (touched != NIL || change->earlier != NIL)
		track_look(change->segmentation, list_concat(touched, change->earlier));
}

static void
track_warn(const char *into, const TcsChange *change, const ErrorData *error)
{
	ereport(WARNING,
			(errcode(error ? error->sqlerrcode : ERRCODE_UNDEFINED_TABLE),
			 errmsg("segmentation \"%s\" was not told of a change of \"%s\"",
					into, RelationGetRelationName(change->trigger->tg_relation)),
			 error ? errdetail_log("%s", error->message) :
			 errdetail("There is no table \"%s\" in the schema \"%s\".",
					   into, change->arguments[TCS_TRACK_SCHEMA]),
			 errhint("Call tcs.track_segmentation again, or drop the triggers of the table that begin with tcs_.")));
}

/*
 * Bring the segments up to date.  The trigger that comes last does it for all of
 * the statement.
 */
static bool
track_try_update(TcsChange *change)
{
	Oid			relation = RelationGetRelid(change->trigger->tg_relation);

	change->is_last = tcs_statement_is_last(change->into, relation, change->event);
	if (change->is_last)
		change->earlier = tcs_statement_end(change->into, relation, change->event);
	if (change->earlier == NIL && tcs_change_rows(change) == 0 &&
		!TRIGGER_FIRED_BY_TRUNCATE(change->trigger->tg_event))
	{
		if (!change->is_last)
			tcs_statement_keep(change->into, relation, change->event, NIL);
		return true;
	}
	if (tcs_try(track_update, change, false, &change->error))
		return true;
	if (!change->is_last)
		tcs_statement_keep(change->into, relation, change->event, NIL);
	return false;
}

/* Bring them up to date, or have that done later. */
static void
track_report(TcsChange *change, bool is_sync)
{
	TcsOwnerScope scope;
	ErrorData  *error = NULL;
	bool		done = false;

	/* how a value is written as text must not depend on the session, either */
	if (is_sync || change->arguments[TCS_TRACK_KEY][0] == '\0')
		tcs_owner_enter(&scope, tcs_relation_owner(change->into));
	else
		tcs_owner_enter_briefly(&scope, tcs_relation_owner(change->into));
	if (is_sync)
		done = track_try_update(change);
	if (!done)
	{
		done = tcs_try(track_queue, change, false, &error);
		if (!done)
			change->error = error;
	}
	if (!done && change->allowed != NULL)
	{
		done = tcs_try(track_give_up, change, false, &error);
		if (!done)
			tcs_error_note(change->allowed, error);
	}
	tcs_owner_leave(&scope);
	if (!done)
		track_warn(change->arguments[TCS_TRACK_NAME], change, error);
}

/* What is looked at again before the transaction commits. */
typedef struct Again
{
	Oid			into;
	TcsSegmentation *segmentation;
	List	   *touched;
	ErrorData  *error;
} Again;

static void
again_look(void *arg)
{
	Again	   *again = arg;

	again->segmentation = tcs_copy_open(again->into);
	tcs_segmentation_read(again->segmentation, false);
	track_look(again->segmentation, again->touched);
}

static void
again_queue(void *arg)
{
	Again	   *again = arg;

	again->segmentation = tcs_copy_open(again->into);
	if (again->touched == NIL)
		tcs_queue_everyone(again->segmentation, again->error);
	track_queue_touched(again->segmentation, again->touched, again->error);
}

/*
 * Called for each row that a transaction changed, when it commits: the first call
 * does it for all.  Whether the triggers may report was found out when they did.
 */
static void
track_again(const TcsChange *change)
{
	for (int round = 0; round < MAX_ROUNDS && tcs_commit_is_due(); round++)
	{
		Again		again = {InvalidOid};
		TcsOwnerScope scope;
		bool		everyone;
		ErrorData  *error;

		again.into = tcs_commit_next(&again.touched, &everyone);
		if (everyone)
			again.touched = NIL;
		if (!OidIsValid(tcs_relation_owner(again.into)))
			continue;
		tcs_owner_enter(&scope, tcs_relation_owner(again.into));
		if (!tcs_try(again_look, &again, false, &again.error) &&
			!tcs_try(again_queue, &again, false, &error))
			track_warn(get_rel_name(again.into), change, error);
		tcs_owner_leave(&scope);
	}
}

Datum
tcs_track_changes(PG_FUNCTION_ARGS)
{
	TcsChange	change = {(TriggerData *) fcinfo->context};
	bool		is_sync;

	track_check_call(fcinfo);
	/* of another segmentation: its members, or the rows of a kept table */
	if (tcs_guard_is_locking(RelationGetRelid(change.trigger->tg_relation)))
		return PointerGetDatum(NULL);
	change.event = change.trigger->tg_event & TRIGGER_EVENT_OPMASK;
	change.arguments = change.trigger->tg_trigger->tgargs;
	if (TRIGGER_FIRED_FOR_ROW(change.trigger->tg_event))
	{
		track_again(&change);
		return PointerGetDatum(NULL);
	}
	is_sync = strcmp(change.arguments[TCS_TRACK_MODE], "sync") == 0;
	if (!is_sync && !TRIGGER_FIRED_BY_TRUNCATE(change.trigger->tg_event) &&
		tcs_change_rows(&change) == 0)
		return PointerGetDatum(NULL);
	change.into = track_find_into(change.arguments);
	if (TRIGGER_FIRED_BEFORE(change.trigger->tg_event))
	{
		if (OidIsValid(change.into))
			tcs_statement_begin(change.into, RelationGetRelid(change.trigger->tg_relation),
								change.event);
		return PointerGetDatum(NULL);
	}
	if (!OidIsValid(change.into))
		track_warn(change.arguments[TCS_TRACK_NAME], &change, NULL);
	else
		track_report(&change, is_sync);
	return PointerGetDatum(NULL);
}
