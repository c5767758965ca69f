/*
 * commit_keys.c
 *		Customers who are looked at again when their transaction commits.
 *
 * In mode sync a trigger brings a segment up to date when a statement ends.  But
 * the order may get its lines in the next one, from a table that does not report
 * to us: so it is looked at once more before the transaction commits, by a
 * deferred trigger on the table.  Where nothing was written in between but by
 * us, as in a transaction of one statement, there is nothing to look at.
 *
 * The list is the transaction's: what a subtransaction did that is undone is
 * forgotten, and the rest of it kept with the subtransaction above.
 */
#include "membership/way.h"

#include "access/xact.h"
#include "utils/memutils.h"

typedef struct Pending
{
	Oid			into;
	SubTransactionId subtransaction;
	CommandId	looked;			/* all that was written before was seen */
	bool		everyone;
	List	   *touched;
	struct Pending *next;
} Pending;

/* of this transaction; they live in its memory */
static Pending *pending = NULL;
static Pending **pending_end = &pending;

static void
pending_forget(void)
{
	pending = NULL;
	pending_end = &pending;
}

static void
pending_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		pending_forget();
}

static void
pending_subtransaction(SubXactEvent event, SubTransactionId mine,
					   SubTransactionId parent, void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB)
		return;
	pending_end = &pending;
	for (Pending *p = pending; p != NULL; p = p->next)
	{
		if (p->subtransaction == mine && event == SUBXACT_EVENT_ABORT_SUB)
			continue;
		if (p->subtransaction == mine)
			p->subtransaction = parent;
		*pending_end = p;
		pending_end = &p->next;
	}
	*pending_end = NULL;
}

void
tcs_commit_keep(Oid into, List *touched)
{
	static bool registered = false;
	Pending    *p;

	if (!registered)
	{
		RegisterXactCallback(pending_transaction, NULL);
		RegisterSubXactCallback(pending_subtransaction, NULL);
		registered = true;
	}
	p = MemoryContextAllocZero(TopTransactionContext, sizeof(Pending));
	p->into = into;
	p->subtransaction = GetCurrentSubTransactionId();
	p->looked = GetCurrentCommandId(false);
	p->everyone = touched == NIL;
	p->touched = tcs_touched_copy(touched, TopTransactionContext);
	*pending_end = p;
	pending_end = &p->next;
}

CommandId
tcs_commit_look_begin(void)
{
	return GetCurrentCommandId(false);
}

void
tcs_commit_look_end(CommandId begun)
{
	for (Pending *p = pending; p != NULL; p = p->next)
		if (p->looked >= begun)
			p->looked = GetCurrentCommandId(false);
}

static bool
pending_is_due(const Pending *p)
{
	return p->looked < GetCurrentCommandId(false);
}

bool
tcs_commit_is_due(void)
{
	for (Pending *p = pending; p != NULL; p = p->next)
		if (pending_is_due(p))
			return true;
	return false;
}

Oid
tcs_commit_next(List **touched, bool *everyone)
{
	Oid			into = InvalidOid;
	Pending    *first = pending;

	*touched = NIL;
	*everyone = false;
	pending_forget();
	for (Pending *p = first, *next; p != NULL; p = next)
	{
		next = p->next;
		if (pending_is_due(p) && (!OidIsValid(into) || p->into == into))
		{
			into = p->into;
			*everyone |= p->everyone;
			*touched = list_concat(*touched, p->touched);
			continue;
		}
		p->next = NULL;
		*pending_end = p;
		pending_end = &p->next;
	}
	return into;
}
