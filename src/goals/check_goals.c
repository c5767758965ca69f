/*
 * check_goals.c
 *		The triggers that let no goal be above itself, and that say what is wrong
 *		with one.
 *
 * Whoever changes a parent is made to wait until others who do have committed,
 * and then goes the way up from each goal that was changed, as the owner of the
 * table and by what is committed then: what a policy hides from the user, or a
 * snapshot that is older, could complete a cycle as well.  An insert need not
 * wait: no one else can have put an existing goal below one that is not
 * committed, and an update that closes a cycle through it waits, and sees it.
 *
 * A goal is visited once a statement, so that loading a chain of any length
 * takes time in proportion to it.
 */
#include "goals/check_goal.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(tcs_check_goals);

/* the transition tables */
#define OLD_GOALS "tcs_old_goals"
#define NEW_GOALS "tcs_new_goals"

/* A goal on the way up from one that was changed. */
typedef struct GoalVisit
{
	const char *name;			/* the key */
	bool		changed;
	int64		walk;			/* that came by first; 0 for none yet */
} GoalVisit;

typedef struct GoalCheck
{
	Oid			table;
	char	   *lookup;			/* the query for the goal above */
	HTAB	   *visits;
	const char **changed;
	int64		count;
	MemoryContext context;		/* for names; not SPI's */
} GoalCheck;

static uint32
goal_name_hash(const void *key, Size size)
{
	const char *name = *(const char *const *) key;

	return hash_bytes((const unsigned char *) name, strlen(name));
}

static int
goal_name_compare(const void *a, const void *b, Size size)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Has the trigger the transition tables that create_goals gives it? */
static bool
goal_has_tables(const TriggerData *trigger)
{
	const char *new = trigger->tg_trigger->tgnewtable;
	const char *old = trigger->tg_trigger->tgoldtable;

	if (trigger->tg_newtable == NULL || new == NULL || strcmp(new, NEW_GOALS) != 0)
		return false;
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return trigger->tg_oldtable != NULL && old != NULL && strcmp(old, OLD_GOALS) == 0;
	return TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
}

static bool
goal_is_allowed(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		get_attnum(RelationGetRelid(trigger->tg_relation), "name") <= 0 ||
		get_attnum(RelationGetRelid(trigger->tg_relation), "parent") <= 0)
		return false;
	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		return TRIGGER_FIRED_BEFORE(trigger->tg_event) && !TRIGGER_FIRED_BY_DELETE(trigger->tg_event);
	if (TRIGGER_FIRED_AFTER(trigger->tg_event))
		return goal_has_tables(trigger);
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
}

static void
goal_check_call(FunctionCallInfo fcinfo)
{
	if (!goal_is_allowed(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function tcs_internal.check_goals() was not called as tcs.create_goals has it"),
				 errhint("Leave its triggers as tcs.create_goals makes them.")));
}

/*
 * The lock is one that nobody else takes, so that it meets no vacuum; it is
 * held until the transaction ends.
 */
static void
goal_wait_for_turn(const TriggerData *trigger)
{
	LockDatabaseObject(RelationRelationId, RelationGetRelid(trigger->tg_relation),
					   0, ExclusiveLock);
}

/* A column of the current result; NULL for a null. */
static char *
goal_column(const GoalCheck *check, uint64 row, int number)
{
	MemoryContext before = MemoryContextSwitchTo(check->context);
	char	   *string = tcs_result_text(row, number);

	MemoryContextSwitchTo(before);
	return string;
}

static GoalVisit *
goal_visit(const GoalCheck *check, const char *name)
{
	bool		found;
	GoalVisit  *entry = hash_search(check->visits, &name, HASH_ENTER, &found);

	if (!found)
	{
		entry->changed = false;
		entry->walk = 0;
	}
	return entry;
}

/* Find the goals that are new below others, or that were put there. */
static void
goal_collect(GoalCheck *check, TriggerData *trigger)
{
	if (SPI_register_trigger_data(trigger) != SPI_OK_TD_REGISTER)
		elog(ERROR, "SPI_register_trigger_data failed");
	tcs_run(psprintf("SELECT c.name FROM (SELECT name, parent FROM " NEW_GOALS "%s) AS c\n"
					 "WHERE c.name IS NOT NULL AND c.parent IS NOT NULL",
					 TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
					 " EXCEPT SELECT name, parent FROM " OLD_GOALS : ""),
			SPI_OK_SELECT);
	check->count = SPI_processed;
	check->changed = MemoryContextAllocHuge(check->context,
											sizeof(char *) * Max(check->count, 1));
	for (int64 i = 0; i < check->count; i++)
	{
		check->changed[i] = goal_column(check, i, 1);
		goal_visit(check, check->changed[i])->changed = true;
	}
	SPI_freetuptable(SPI_tuptable);
}

/* The goal above; NULL if there is none. */
static const char *
goal_look_up(const GoalCheck *check, const char *name)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(name)};
	char	   *above;

	tcs_run_kept_latest(check->lookup, check->table, 1, types, values, SPI_OK_SELECT);
	above = SPI_processed == 0 ? NULL : goal_column(check, 0, 1);
	SPI_freetuptable(SPI_tuptable);
	pfree(DatumGetPointer(values[0]));
	return above;
}

/*
 * Report a cycle by a goal on it that the statement changed: others may not be
 * for the user to see.
 */
static void
goal_report(const GoalCheck *check, const char *start)
{
	const char *least = NULL;
	const char *name = start;

	do
	{
		CHECK_FOR_INTERRUPTS();
		if (goal_visit(check, name)->changed && (least == NULL || strcmp(name, least) < 0))
			least = name;
		name = goal_look_up(check, name);
	} while (name != NULL && strcmp(name, start) != 0);

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("goal \"%s\" would be above itself", least != NULL ? least : start),
			 errdetail("Its parent is the goal itself or a goal below it."),
			 errhint("Give it a parent that is not below it, or none.")));
}

/* Go up until the end, or until a goal whose way is known to have one. */
static void
goal_walk_up(const GoalCheck *check, int64 number)
{
	const char *name = check->changed[number];

	while (name != NULL)
	{
		GoalVisit  *entry = goal_visit(check, name);

		CHECK_FOR_INTERRUPTS();
		if (entry->walk == number + 1)
			goal_report(check, name);
		if (entry->walk != 0)
			break;
		entry->walk = number + 1;
		name = goal_look_up(check, name);
	}
}

static void
goal_check_tree(TriggerData *trigger)
{
	static const TcsColumn columns[] = {{"name", TEXTOID, true}, {"parent", TEXTOID, false}};
	GoalCheck	check = {0};
	HASHCTL		control = {0};

	tcs_relation_check(RelationGetRelid(trigger->tg_relation), columns, lengthof(columns));
	check.table = RelationGetRelid(trigger->tg_relation);
	check.context = CurrentMemoryContext;
	check.lookup = psprintf("SELECT parent FROM %s WHERE name = $1",
							quote_qualified_identifier(get_namespace_name(RelationGetNamespace(trigger->tg_relation)),
													   RelationGetRelationName(trigger->tg_relation)));
	control.keysize = sizeof(char *);
	control.entrysize = sizeof(GoalVisit);
	control.hash = goal_name_hash;
	control.match = goal_name_compare;
	control.hcxt = check.context;
	check.visits = hash_create("tcs goals", 64, &control,
							   HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);

	SPI_connect();
	goal_collect(&check, trigger);
	if (check.count > 0 && TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		goal_wait_for_turn(trigger);
	for (int64 i = 0; i < check.count; i++)
		goal_walk_up(&check, i);
	SPI_finish();
}

Datum
tcs_check_goals(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TcsOwnerScope scope;
	MemoryContext context;
	MemoryContext before;

	goal_check_call(fcinfo);
	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
	{
		HeapTuple	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
		trigger->tg_newtuple : trigger->tg_trigtuple;

		tcs_goal_check_row(trigger->tg_relation, row);
		return PointerGetDatum(row);
	}
	if (TRIGGER_FIRED_BEFORE(trigger->tg_event))
	{
		/* before a row is locked for which another waits with the lock */
		goal_wait_for_turn(trigger);
		return PointerGetDatum(NULL);
	}
	context = AllocSetContextCreate(CurrentMemoryContext, "tcs goals", ALLOCSET_DEFAULT_SIZES);
	before = MemoryContextSwitchTo(context);
	tcs_owner_enter_briefly(&scope, trigger->tg_relation->rd_rel->relowner);
	goal_check_tree(trigger);
	tcs_owner_leave(&scope);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
	return PointerGetDatum(NULL);
}
