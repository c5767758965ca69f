/*
 * statement_keys.c
 *		One round of locks for a statement that does several things to a table.
 *
 * An upsert or a MERGE fires a trigger for each kind of event, one after the
 * other: brought up to date one by one, the customers of the second could have
 * smaller keys than those of the first, and two such statements wait for each
 * other.  A trigger before the statement says what will come; the keys are
 * kept until the last of the triggers after it.
 *
 * Events of one command are counted together: what a function does in the
 * middle of it has a number of its own.
 */
#include "membership/membership.h"

#include "access/xact.h"
#include "utils/memutils.h"

typedef struct Statement
{
	Oid			into;
	Oid			relation;
	CommandId	command;
	SubTransactionId subtransaction;
	uint32		awaited;		/* events whose trigger is to come, as bits */
	List	   *keys;			/* arrays, as they came */
	struct Statement *next;
} Statement;

/* of this transaction; they live in its memory */
static Statement *statements = NULL;

static void
transaction_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			/* a statement that was not run to its end, with a limit in SPI */
			for (Statement *s = statements; s != NULL; s = s->next)
				if (s->keys != NIL)
					ereport(WARNING,
							(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
							 errmsg("a segmentation was not told of a statement that was given up half-way"),
							 errhint("Call tcs.refresh_segmentation.")));
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			statements = NULL;
			break;
		default:
			break;
	}
}

static void
subtransaction_callback(SubXactEvent event, SubTransactionId mine,
						SubTransactionId parent, void *arg)
{
	Statement **link = &statements;

	if (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB)
		return;
	while (*link != NULL)
	{
		if ((*link)->subtransaction != mine)
			link = &(*link)->next;
		else if (event == SUBXACT_EVENT_ABORT_SUB)
			*link = (*link)->next;
		else
			(*link)->subtransaction = parent;
	}
}

void
tcs_statement_begin(Oid into, Oid relation, int event)
{
	static bool registered = false;
	CommandId	command = GetCurrentCommandId(false);
	Statement  *statement;

	if (!registered)
	{
		RegisterXactCallback(transaction_callback, NULL);
		RegisterSubXactCallback(subtransaction_callback, NULL);
		registered = true;
	}
	for (statement = statements; statement != NULL; statement = statement->next)
		if (statement->into == into && statement->relation == relation &&
			statement->command == command &&
			statement->subtransaction == GetCurrentSubTransactionId() &&
			(statement->awaited & (1U << event)) == 0)
			break;
	if (statement == NULL)
	{
		statement = MemoryContextAllocZero(TopTransactionContext, sizeof(Statement));
		statement->into = into;
		statement->relation = relation;
		statement->command = command;
		statement->subtransaction = GetCurrentSubTransactionId();
		statement->next = statements;
		statements = statement;
	}
	statement->awaited |= 1U << event;
}

bool
tcs_statement_is_last(Oid into, Oid relation, int event)
{
	for (Statement *s = statements; s != NULL; s = s->next)
		if (s->into == into && s->relation == relation && (s->awaited & (1U << event)) != 0)
			return s->awaited == 1U << event;
	return true;
}

void
tcs_statement_keep(Oid into, Oid relation, int event, Datum keys)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);

	for (Statement *s = statements; s != NULL; s = s->next)
		if (s->into == into && s->relation == relation && (s->awaited & (1U << event)) != 0)
		{
			if (DatumGetPointer(keys) != NULL)
				s->keys = lappend(s->keys, DatumGetArrayTypePCopy(keys));
			s->awaited &= ~(1U << event);
			break;
		}
	MemoryContextSwitchTo(old);
}

List *
tcs_statement_end(Oid into, Oid relation, int event)
{
	for (Statement **link = &statements; *link != NULL; link = &(*link)->next)
	{
		Statement  *s = *link;
		List	   *keys = s->keys;

		if (s->into != into || s->relation != relation || (s->awaited & (1U << event)) == 0)
			continue;
		*link = s->next;
		pfree(s);
		return keys;
	}
	return NIL;
}
