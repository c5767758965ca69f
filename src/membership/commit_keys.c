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
#include "utils/datum.h"
#include "utils/memutils.h"

typedef struct Pending
{
	Oid			into;
	SubTransactionId subtransaction;
	CommandId	looked;			/* all that was written before was seen */
	bool		done;			/* it was looked at again */
	bool		everyone;
	List	   *touched;
	Datum		keys;			/* an array of those who were locked; 0: many */
	uint32		hash;			/* of what was touched, where that is one
								 * array */
	struct Pending *same_hash;	/* another of that hash, modulo some */
	struct Pending *previous;
	struct Pending *next;
} Pending;

/* locked customers are known again while they are not many, and not long ago */
#define FEW_KEYS 8
#define FEW_BACK 16

/*
 * Of this transaction; they live in its memory.  By hash they are found again in
 * buckets, so that what is touched time and again takes no more room.
 */
static Pending *pending = NULL;
static Pending *pending_last = NULL;

#define BUCKETS 1024
static Pending **buckets = NULL;

static void
pending_forget(void)
{
	pending = NULL;
	pending_last = NULL;
	buckets = NULL;
}

static void
pending_remove(Pending *p)
{
	if (p->previous == NULL)
		pending = p->next;
	else
		p->previous->next = p->next;
	if (p->next == NULL)
		pending_last = p->previous;
	else
		p->next->previous = p->previous;
	for (Pending **link = &buckets[p->hash % BUCKETS]; *link != NULL; link = &(*link)->same_hash)
		if (*link == p)
		{
			*link = p->same_hash;
			break;
		}
	tcs_touched_free(p->touched);
	if (p->keys != (Datum) 0)
		pfree(DatumGetPointer(p->keys));
	pfree(p);
}

/* Another one of the same subtransaction that touched the very same. */
static Pending *
pending_find_same(const Pending *p)
{
	const TcsTouched *touched;

	if (list_length(p->touched) != 1)
		return NULL;
	touched = linitial(p->touched);
	for (Pending *other = buckets[p->hash % BUCKETS]; other != NULL; other = other->same_hash)
	{
		const TcsTouched *others;

		if (other == p || other->hash != p->hash || other->into != p->into || other->done ||
			other->subtransaction != p->subtransaction || list_length(other->touched) != 1)
			continue;
		others = linitial(other->touched);
		if (others->relation == touched->relation &&
			datum_image_eq(others->values, touched->values, false, -1))
			return other;
	}
	return NULL;
}

static void
pending_append(Pending *p)
{
	p->previous = pending_last;
	p->next = NULL;
	if (pending_last == NULL)
		pending = p;
	else
		pending_last->next = p;
	pending_last = p;
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
	for (Pending *p = pending, *next; p != NULL; p = next)
	{
		Pending    *same;

		next = p->next;
		if (p->subtransaction != mine)
			continue;
		p->subtransaction = parent;
		if (event == SUBXACT_EVENT_ABORT_SUB)
			pending_remove(p);
		else if ((same = pending_find_same(p)) != NULL)
		{
			same->looked = p->looked;
			pending_remove(p);
		}
	}
}

void
tcs_commit_keep(Oid into, List *touched, const TcsKeyType *key, Datum keys)
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
	if (keys != (Datum) 0 && tcs_count_keys(keys) <= FEW_KEYS)
	{
		MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);

		p->keys = PointerGetDatum(DatumGetArrayTypePCopy(keys));
		MemoryContextSwitchTo(old);
	}
	if (list_length(p->touched) == 1)
		p->hash = datum_image_hash(((TcsTouched *) linitial(p->touched))->values, false, -1);
	if (buckets == NULL)
		buckets = MemoryContextAllocZero(TopTransactionContext, BUCKETS * sizeof(Pending *));
	p->same_hash = buckets[p->hash % BUCKETS];
	buckets[p->hash % BUCKETS] = p;
	pending_append(p);
}

/* Is the key among those that were locked?  If it is written in the same way. */
static bool
pending_has_key(Oid into, const TcsKeyType *key, Datum value)
{
	int			back = 0;

	for (Pending *p = pending_last; p != NULL && back < FEW_BACK; p = p->previous, back++)
	{
		Datum	   *keys;
		int			count;

		if (p->into != into || p->keys == (Datum) 0)
			continue;
		tcs_array_elements(p->keys, key->type, &keys, NULL, &count);
		for (int i = 0; i < count; i++)
			if (datum_image_eq(keys[i], value, key->typbyval, key->typlen))
				return true;
	}
	return false;
}

bool
tcs_commit_is_ours(Oid into, const TcsKeyType *key, Datum array)
{
	Datum	   *keys;
	int			count;

	if (pending == NULL || tcs_count_keys(array) > FEW_KEYS)
		return false;
	tcs_array_elements(array, key->type, &keys, NULL, &count);
	for (int i = 0; i < count; i++)
		if (!pending_has_key(into, key, keys[i]))
			return false;
	return true;
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
	return !p->done && p->looked < GetCurrentCommandId(false);
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

	*touched = NIL;
	*everyone = false;
	for (Pending *p = pending; p != NULL; p = p->next)
		if (pending_is_due(p) && (!OidIsValid(into) || p->into == into))
		{
			into = p->into;
			*everyone |= p->everyone;
			*touched = list_concat(*touched, p->touched);
			p->done = true;
		}
	return into;
}
