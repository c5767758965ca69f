/*
 * progress.c
 *		How far long work is, for whoever waits for it or looks on.
 */
#include "server/progress.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "tcop/tcopprot.h"
#include "utils/backend_status.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define INTERVAL_MS	1000

static const struct config_enum_entry progress_kind[] = {
	{"off", TCS_PROGRESS_OFF, false},
	{"activity", TCS_PROGRESS_ACTIVITY, false},
	{"notice", TCS_PROGRESS_NOTICE, false},
	{"log", TCS_PROGRESS_LOG, false},
	{NULL, 0, false}
};

int			tcs_progress_kind = TCS_PROGRESS_ACTIVITY;

/* The statement that is reported on, by its start; 0: none is. */
static TimestampTz statement = 0;
static TimestampTz began = 0;
static TimestampTz told = 0;

/* its text, where pg_stat_activity shows more than that; else NULL */
static char *query = NULL;

/* Show the query as it was, unless another is running by now. */
static void
progress_restore(void)
{
	if (query == NULL)
		return;
	if (statement == GetCurrentStatementStartTimestamp())
	{
		uint64		id = pgstat_get_my_query_id();

		pgstat_report_activity(STATE_RUNNING, query);
		pgstat_report_query_id(id, true);
	}
	pfree(query);
	query = NULL;
}

static void
progress_show(const char *words)
{
	uint64		id = pgstat_get_my_query_id();
	char	   *text;

	if (query == NULL)
		query = MemoryContextStrdup(TopMemoryContext, debug_query_string ? debug_query_string : "");
	text = psprintf("/* tcs: %s */ %s", words, query);

	pgstat_report_activity(STATE_RUNNING, text);
	/* it is the same query */
	pgstat_report_query_id(id, true);
	pfree(text);
}

static void
progress_tell(const char *stage, int64 done, int64 total, TimestampTz now)
{
	double		seconds = (double) (now - began) / USECS_PER_SEC;
	char	   *words;

	if (total > 0)
		words = psprintf("%s, " INT64_FORMAT " of " INT64_FORMAT ", %.0f s", stage, done, total, seconds);
	else if (done > 0)
		words = psprintf("%s, " INT64_FORMAT ", %.0f s", stage, done, seconds);
	else
		words = psprintf("%s, %.0f s", stage, seconds);
	progress_show(words);
	if (tcs_progress_kind == TCS_PROGRESS_NOTICE)
		ereport(NOTICE, (errmsg("%s", words), errhidecontext(true), errhidestmt(true)));
	else if (tcs_progress_kind == TCS_PROGRESS_LOG)
		ereport(LOG_SERVER_ONLY, (errmsg("%s", words), errhidecontext(true), errhidestmt(true)));
	pfree(words);
}

/* Is progress told?  Then another statement than before begins anew. */
static bool
progress_begin(TimestampTz now)
{
	if (tcs_progress_kind == TCS_PROGRESS_OFF || IsParallelWorker())
		return false;
	if (statement != GetCurrentStatementStartTimestamp())
	{
		tcs_progress_end();
		statement = GetCurrentStatementStartTimestamp();
		began = told = now;
	}
	return true;
}

void
tcs_progress_stage(const char *stage)
{
	TimestampTz now = GetCurrentTimestamp();

	if (!progress_begin(now))
		return;
	if (TimestampDifferenceExceeds(told, now, INTERVAL_MS))
	{
		told = now;
		progress_tell(stage, 0, 0, now);
	}
	else
		progress_show(stage);
}

void
tcs_progress(const char *stage, int64 done, int64 total)
{
	TimestampTz now = GetCurrentTimestamp();

	if (!progress_begin(now))
		return;
	if (!TimestampDifferenceExceeds(told, now, INTERVAL_MS))
		return;
	told = now;
	progress_tell(stage, done, total, now);
}

/* of the work that is polled for: one at a time */
static const char *polled_stage;

static void
progress_polled(void)
{
	CHECK_FOR_INTERRUPTS();
	if (polled_stage != NULL)
		tcs_progress(polled_stage, 0, 0);
}

TcsPolled
tcs_progress_poll(const char *stage)
{
	polled_stage = stage;
	return progress_polled;
}

void
tcs_progress_end(void)
{
	progress_restore();
	statement = 0;
}

/* Whatever was broken off. */
static void
progress_at_end(XactEvent event, void *arg)
{
	if (statement != 0)
		tcs_progress_end();
}

void
tcs_progress_init(void)
{
	DefineCustomEnumVariable("tcs.progress",
							 "Sets how long work of tcs tells how far it is.",
							 "\"activity\" shows it in pg_stat_activity, \"notice\" and \"log\" write a line a second as well.",
							 &tcs_progress_kind,
							 TCS_PROGRESS_ACTIVITY, progress_kind,
							 PGC_USERSET, 0,
							 NULL, NULL, NULL);
	RegisterXactCallback(progress_at_end, NULL);
}
