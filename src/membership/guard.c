/*
 * guard.c
 *		Tables that nobody writes to but tcs.
 *
 * Who is where and what moved must say the same: whoever changes one of the two
 * tables by hand spoils the history for good.  So a trigger refuses whatever is
 * not a statement of ours.  That is no protection from the owner, who may
 * disable it, but from a slip, and from whoever was granted UPDATE to refresh.
 *
 * A statement fires such a trigger once for each kind of event, so each is let
 * through once: a function of the source that writes to the table in the middle
 * of our statement makes one of the two fail.
 */
#include "membership/guard.h"

#include "access/table.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(tcs_segmentation_guard);

#define MEMBERS "members"
#define MOVES "moves"
#define ROWS "rows"				/* of a kept table */

typedef struct Permit
{
	Oid			relation[2];
	int			events[2];		/* that are still let through */
	bool		is_locking;
	SubTransactionId subtransaction;
	struct Permit *outer;
} Permit;

/* of this transaction, the innermost first; they live in its memory */
static Permit *permits = NULL;

static void
guard_transaction_callback(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		permits = NULL;
}

static void
guard_subtransaction_callback(SubXactEvent event, SubTransactionId mine,
							  SubTransactionId parent, void *arg)
{
	while (event == SUBXACT_EVENT_ABORT_SUB && permits != NULL &&
		   permits->subtransaction == mine)
		tcs_guard_close();
}

void
tcs_guard_open(const TcsSegmentation *segmentation, int members, int moves)
{
	static bool registered = false;
	Permit	   *permit;

	if (!registered)
	{
		RegisterXactCallback(guard_transaction_callback, NULL);
		RegisterSubXactCallback(guard_subtransaction_callback, NULL);
		registered = true;
	}
	permit = MemoryContextAlloc(TopTransactionContext, sizeof(Permit));
	permit->relation[0] = segmentation->oid;
	permit->events[0] = members;
	permit->relation[1] = segmentation->part_oid[TCS_PART_MOVES];
	permit->events[1] = moves;
	permit->is_locking = false;
	permit->subtransaction = GetCurrentSubTransactionId();
	permit->outer = permits;
	permits = permit;
}

void
tcs_guard_close(void)
{
	Permit	   *permit = permits;

	permits = permit->outer;
	pfree(permit);
}

void
tcs_guard_open_to_lock(const TcsSegmentation *segmentation)
{
	tcs_guard_open(segmentation, TCS_GUARD_INSERT | TCS_GUARD_UPDATE, 0);
	permits->is_locking = true;
}

bool
tcs_guard_is_locking(Oid relation)
{
	return permits != NULL && permits->is_locking && permits->relation[0] == relation;
}

/* Is it ours?  Once. */
static bool
guard_let_through(Oid relation, int event)
{
	for (Permit *permit = permits; permit != NULL; permit = permit->outer)
		for (int i = 0; i < lengthof(permit->relation); i++)
			if (permit->relation[i] == relation && (permit->events[i] & event) != 0)
			{
				permit->events[i] &= ~event;
				return true;
			}
	return false;
}

static void
guard_refuse(const char *name, const char *holds)
{
	if (strcmp(holds, ROWS) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" is written by tcs alone", name),
				 errdetail("It is a copy of what its source says."),
				 errhint("Change the tables that the source reads; tcs.refresh_segmentation brings over what is not tracked. To restore data alone, give pg_restore --disable-triggers.")));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("table \"%s\" is written by tcs alone", name),
			 errdetail("Changed by hand, it would not agree with the %s of the segmentation any more.",
					   strcmp(holds, MEMBERS) == 0 ? MOVES : MEMBERS),
			 strcmp(holds, MEMBERS) == 0 ?
			 errhint("Call tcs.pin_segment or tcs.bar_segment to keep a customer in a segment or out of one, tcs.merge_keys where two customers are one, tcs.erase_customer to forget one, tcs.refresh_segmentation for the rest. To restore data alone, give pg_restore --disable-triggers.") :
			 errhint("Call tcs.erase_customer to forget a customer, tcs.backfill_segmentation to add what was before the first load. To restore data alone, give pg_restore --disable-triggers.")));
}

Datum
tcs_segmentation_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation	relation;
	int			event;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) ||
		trigger->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called as a trigger of tcs.create_segmentation")));
	relation = trigger->tg_relation;
	event = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? TCS_GUARD_INSERT :
		TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? TCS_GUARD_UPDATE :
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? TCS_GUARD_DELETE : TCS_GUARD_TRUNCATE;
	if (guard_let_through(RelationGetRelid(relation), event))
		return PointerGetDatum(NULL);
	guard_refuse(RelationGetRelationName(relation), trigger->tg_trigger->tgargs[0]);
	return PointerGetDatum(NULL);
}

void
tcs_guard_make(const TcsSegmentation *segmentation)
{
	const char *table[] = {segmentation->into, segmentation->part[TCS_PART_MOVES]};
	static const char *const holds[] = {MEMBERS, MOVES};

	for (int i = 0; i < (segmentation->is_kept ? 1 : lengthof(table)); i++)
		tcs_run(psprintf("CREATE TRIGGER tcs_guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s\n"
						 "FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.segmentation_guard('%s')",
						 table[i], segmentation->is_kept ? ROWS : holds[i]),
				SPI_OK_UTILITY);
}

bool
tcs_guard_is_alone(Oid oid)
{
	Relation	relation = table_open(oid, AccessShareLock);
	bool		alone = true;

	if (relation->trigdesc != NULL)
	{
		Oid			guard = LookupFuncName(list_make2(makeString("tcs_internal"),
													  makeString("segmentation_guard")),
										   0, NULL, true);

		for (int i = 0; i < relation->trigdesc->numtriggers; i++)
			alone = alone && relation->trigdesc->triggers[i].tgfoid == guard;
	}
	table_close(relation, NoLock);
	return alone;
}
