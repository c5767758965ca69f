/*
 * statement_keys.c
 *		One round of locks for a statement that does several things to a table.
 *
 * An upsert or a MERGE fires a trigger for each kind of event, one after the
 * other: brought up to date one by one, the customers of the second could have
 * smaller keys than those of the first, and two such statements wait for each
 * other.  So does one that writes to several tables, in WITH.  A trigger before
 * the statement says what will come; the keys are kept until the last of the
 * triggers after it.
 *
 * Events of one command are counted together: what a function does in the
 * middle of it has a number of its own.
 */
#include "membership/statement_keys.h"
#include "membership/way.h"

#include "access/xact.h"
#include "utils/memutils.h"

/* what the triggers after one statement can be: tables by events */
#define MAX_AWAITED 16

typedef struct Awaited
{
	Oid			relation;
	int			event;
} Awaited;

typedef struct Statement
{
	Oid			into;
	CommandId	command;
	SubTransactionId subtransaction;
	int			count;
	Awaited		awaited[MAX_AWAITED];	/* whose trigger is to come */
	List	   *touched;		/* as it came */
	struct Statement *next;
} Statement;

/* of this transaction; they live in its memory */
static Statement *statements = NULL;

static void
statement_transaction_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			/* a statement that was not run to its end, with a limit in SPI */
			for (Statement *s = statements; s != NULL; s = s->next)
				if (s->touched != NIL)
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
statement_subtransaction_callback(SubXactEvent event, SubTransactionId mine,
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

/* Its place among what is awaited; -1: it is not. */
static int
find_awaited(const Statement *statement, Oid relation, int event)
{
	for (int i = 0; i < statement->count; i++)
		if (statement->awaited[i].relation == relation && statement->awaited[i].event == event)
			return i;
	return -1;
}

/* The statement that awaits it, the innermost first; NULL: none does. */
static Statement *
find_statement(Oid into, Oid relation, int event)
{
	for (Statement *s = statements; s != NULL; s = s->next)
		if (s->into == into && find_awaited(s, relation, event) >= 0)
			return s;
	return NULL;
}

void
tcs_statement_begin(Oid into, Oid relation, int event)
{
	static bool registered = false;
	CommandId	command = GetCurrentCommandId(false);
	Statement  *statement;

	if (!registered)
	{
		RegisterXactCallback(statement_transaction_callback, NULL);
		RegisterSubXactCallback(statement_subtransaction_callback, NULL);
		registered = true;
	}
	for (statement = statements; statement != NULL; statement = statement->next)
		if (statement->into == into && statement->command == command &&
			statement->subtransaction == GetCurrentSubTransactionId() &&
			statement->count < MAX_AWAITED && find_awaited(statement, relation, event) < 0)
			break;
	if (statement == NULL)
	{
		statement = MemoryContextAllocZero(TopTransactionContext, sizeof(Statement));
		statement->into = into;
		statement->command = command;
		statement->subtransaction = GetCurrentSubTransactionId();
		statement->next = statements;
		statements = statement;
	}
	statement->awaited[statement->count].relation = relation;
	statement->awaited[statement->count++].event = event;
}

bool
tcs_statement_is_last(Oid into, Oid relation, int event)
{
	const Statement *statement = find_statement(into, relation, event);

	return statement == NULL || statement->count == 1;
}

void
tcs_statement_keep(Oid into, Oid relation, int event, List *touched)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	Statement  *statement = find_statement(into, relation, event);

	if (statement != NULL)
	{
		statement->touched = list_concat(statement->touched,
										 tcs_touched_copy(touched, TopTransactionContext));
		statement->awaited[find_awaited(statement, relation, event)] =
			statement->awaited[statement->count - 1];
		statement->count--;
	}
	MemoryContextSwitchTo(old);
}

List *
tcs_statement_end(Oid into, Oid relation, int event)
{
	Statement  *statement = find_statement(into, relation, event);
	List	   *touched;

	if (statement == NULL)
		return NIL;
	for (Statement **link = &statements; *link != NULL; link = &(*link)->next)
		if (*link == statement)
		{
			*link = statement->next;
			break;
		}
	touched = tcs_touched_copy(statement->touched, CurrentMemoryContext);
	tcs_touched_free(statement->touched);
	pfree(statement);
	return touched;
}
