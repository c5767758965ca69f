/*
 * kept_plan.c
 *		Plans of statements that triggers run again and again.
 *
 * They are found by their text, which names all that they touch: so there is
 * nothing to forget when a segmentation is renamed, dropped or made anew.  What
 * changes under a name, a rule included, makes the server plan anew.
 */
#include "server/server.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "nodes/parsenodes.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* that are kept in a session, before it starts over */
#define MAX_PLANS 500

#define MAX_PARAMETERS 3

typedef struct KeptPlan
{
	uint64		hash;			/* of the text: the key */
	char	   *sql;
	Oid			relation;
	Oid			types[MAX_PARAMETERS];
	SPIPlanPtr	plan;
} KeptPlan;

static HTAB *plans = NULL;

/* how many are being executed: what they call may come here again */
static int	running = 0;

static void
plan_forget(KeptPlan *kept)
{
	if (kept->plan && running == 0)
		SPI_freeplan(kept->plan);
	if (kept->sql)
		pfree(kept->sql);
	kept->plan = NULL;
	kept->sql = NULL;
}

static void
plans_forget_all(void)
{
	HASH_SEQ_STATUS status;
	KeptPlan   *kept;

	hash_seq_init(&status, plans);
	while ((kept = hash_seq_search(&status)) != NULL)
		plan_forget(kept);
	hash_destroy(plans);
	plans = NULL;
}

static bool
plan_is_same(const KeptPlan *kept, const char *sql, Oid relation, int count, const Oid *types)
{
	if (kept->plan == NULL || kept->relation != relation || strcmp(kept->sql, sql) != 0)
		return false;
	for (int i = 0; i < count; i++)
		if (kept->types[i] != types[i])
			return false;
	return true;
}

static SPIPlanPtr
kept_plan(const char *sql, Oid relation, int count, Oid *types)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) sql, strlen(sql), relation);
	KeptPlan   *kept;
	bool		found;
	SPIPlanPtr	plan;

	Assert(count <= MAX_PARAMETERS);
	if (plans != NULL)
	{
		kept = hash_search(plans, &hash, HASH_FIND, NULL);
		if (kept != NULL && plan_is_same(kept, sql, relation, count, types))
			return kept->plan;
		if (hash_get_num_entries(plans) >= MAX_PLANS && running == 0)
			plans_forget_all();
	}
	if (plans == NULL)
	{
		HASHCTL		control = {0};

		control.keysize = sizeof(uint64);
		control.entrysize = sizeof(KeptPlan);
		plans = hash_create("tcs plans", 32, &control, HASH_ELEM | HASH_BLOBS);
	}

	/* for any key: planning for each would cost more than the statement */
	plan = SPI_prepare_cursor(sql, count, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	kept = hash_search(plans, &hash, HASH_ENTER, &found);
	if (found)
		plan_forget(kept);
	else
	{
		kept->plan = NULL;
		kept->sql = NULL;
	}
	kept->sql = MemoryContextStrdup(TopMemoryContext, sql);
	kept->relation = relation;
	if (count > 0)
		memcpy(kept->types, types, count * sizeof(Oid));
	SPI_keepplan(plan);
	kept->plan = plan;
	return plan;
}

/*
 * In a transaction that keeps one snapshot, what must see everything committed
 * so far takes a new one, as foreign-key checks do.
 */
static int
plan_execute(SPIPlanPtr plan, Datum *values, const char *nulls, bool latest)
{
	ErrorContextCallback quiet;
	int			result;

	tcs_quiet_begin(&quiet);
	if (latest && IsolationUsesXactSnapshot())
		result = SPI_execute_snapshot(plan, values, nulls, GetLatestSnapshot(),
									  InvalidSnapshot, false, true, 0);
	else
		result = SPI_execute_plan(plan, values, nulls, false, 0);
	tcs_quiet_end(&quiet);
	return result;
}

static void
plan_run_kept(SPIPlanPtr plan, Datum *values, bool latest, int expected)
{
	volatile int result = 0;

	running++;
	PG_TRY();
	{
		result = plan_execute(plan, values, NULL, latest);
	}
	PG_FINALLY();
	{
		running--;
	}
	PG_END_TRY();
	tcs_check_run(result, expected);
}

void
tcs_run_kept(const char *sql, Oid relation, int count, Oid *types, Datum *values,
			 int expected)
{
	plan_run_kept(kept_plan(sql, relation, count, types), values, false, expected);
}

void
tcs_run_kept_latest(const char *sql, Oid relation, int count, Oid *types,
					Datum *values, int expected)
{
	plan_run_kept(kept_plan(sql, relation, count, types), values, true, expected);
}

void
tcs_run_latest(const char *sql, int count, Oid *types, Datum *values,
			   const char *nulls, int expected)
{
	SPIPlanPtr	plan = SPI_prepare(sql, count, types);
	int			result;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	result = plan_execute(plan, values, nulls, true);
	tcs_check_run(result, expected);
}
