/*
 * backfill_segmentation.c
 *		backfill_segmentation: moves from before the first load.
 *
 * They are filled in as a chain of their own, period by period from what the
 * source was, or at once from a table of stays.  Then the two chains are joined,
 * for which everybody has to wait: whose first load found what was there before
 * did not move then.
 */
#include "membership/by_hand.h"
#include "membership/guard.h"
#include "membership/refresh.h"
#include "membership/source_at.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(tcs_backfill_segmentation);

/* the arguments, by position */
enum
{
	ARG_INTO,
	ARG_SINCE,
	ARG_EVERY,
	ARG_HISTORY
};

typedef struct Backfill
{
	TcsSegmentation *segmentation;
	TimestampTz first;			/* the first move there was */
} Backfill;

/* The first load; an error where there was none, or the past is there already. */
static void
find_first(Backfill *backfill)
{
	const TcsSegmentation *segmentation = backfill->segmentation;

	SPI_connect();
	tcs_run(psprintf("SELECT coalesce(min(m.moved_at), (SELECT s.last_refresh FROM %s AS s)),\n"
					 "    coalesce(bool_or(m.cause = '%s'), false)\n"
					 "FROM %s AS m", segmentation->part[TCS_PART_STATE],
					 tcs_move_cause[TCS_MOVED_BACKFILL], segmentation->part[TCS_PART_MOVES]),
			SPI_OK_SELECT);
	if (tcs_result_boolean(0, 2))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the past of segmentation \"%s\" is filled in already",
						segmentation->name),
				 errhint("Drop it with tcs.drop_segmentation and make it anew to fill in another.")));
	backfill->first = DatumGetTimestampTz(tcs_result_value(0, 1, TIMESTAMPTZOID));
	SPI_finish();
}

/*
 * Run a statement that adds moves, of which $1 is the moment of the first load
 * and $2, if it is wanted, another moment.
 */
static void
add_moves(const Backfill *backfill, const char *sql, TimestampTz moment)
{
	Oid			types[] = {TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		values[] = {TimestampTzGetDatum(backfill->first), TimestampTzGetDatum(moment)};

	SPI_connect();
	tcs_guard_open(backfill->segmentation, 0, TCS_GUARD_INSERT);
	tcs_run_with(sql, lengthof(types), types, values, NULL, SPI_OK_INSERT);
	tcs_guard_close();
	SPI_finish();
}

/* Everybody's segment at a moment, compared with where the moves so far end. */
static void
add_moment(const Backfill *backfill, TimestampTz moment)
{
	const TcsSegmentation *segmentation = backfill->segmentation;
	const char *moves = segmentation->part[TCS_PART_MOVES];

	add_moves(backfill,
			  psprintf("WITH now AS MATERIALIZED (\n"
					   "    SELECT s.%1$s AS key, tcs.segment_assign(%2$s, s.*) AS segment\n"
					   "    FROM (%3$s) AS s WHERE s.%1$s IS NOT NULL\n"
					   "), before AS MATERIALIZED (\n"
					   "    SELECT DISTINCT ON (m.key) m.key, m.to_segment, m.present\n"
					   "    FROM %4$s AS m WHERE m.cause = '%6$s' AND m.moved_at < $1\n"
					   "    ORDER BY m.key, m.moved_at DESC\n"
					   ")\n"
					   "INSERT INTO %4$s (key, from_segment, to_segment, moved_at, cause, entered, present)\n"
					   "SELECT coalesce(n.key, b.key), CASE WHEN b.present THEN b.to_segment END, n.segment, $2,\n"
					   "    '%6$s', b.present IS NOT TRUE, n.key IS NOT NULL\n"
					   "FROM now AS n FULL JOIN before AS b ON b.key %5$s n.key\n"
					   "WHERE CASE WHEN n.key IS NULL OR b.present IS NOT TRUE THEN n.key IS NOT NULL OR b.present\n"
					   "    ELSE n.segment IS DISTINCT FROM b.to_segment END\n"
					   "ORDER BY 1",
					   segmentation->key_column, segmentation->rule_set,
					   tcs_source_at(segmentation, moment - 1), moves,
					   segmentation->key.equals, tcs_move_cause[TCS_MOVED_BACKFILL]),
			  moment);
}

/* The moment so many periods after the beginning of a day, where the zone is. */
static TimestampTz
period_begin(Datum since, const char *every, int periods)
{
	Oid			types[] = {DATEOID, TEXTOID, INT4OID};
	Datum		values[] = {since, CStringGetTextDatum(every), Int32GetDatum(periods)};
	TimestampTz moment;

	SPI_connect();
	tcs_run_with("SELECT ($1 + $3 * CASE $2 WHEN 'quarter' THEN interval '3 months'\n"
				 "    ELSE ('1 ' || $2)::interval END)::timestamptz", lengthof(types), types, values,
				 NULL, SPI_OK_SELECT);
	moment = DatumGetTimestampTz(tcs_result_value(0, 1, TIMESTAMPTZOID));
	SPI_finish();
	return moment;
}

static void
fill_periods(const Backfill *backfill, FunctionCallInfo fcinfo)
{
	Datum		since = PG_GETARG_DATUM(ARG_SINCE);
	char	   *every = text_to_cstring(PG_GETARG_TEXT_PP(ARG_EVERY));
	TimestampTz moment;

	if (strcmp(every, "day") != 0 && strcmp(every, "week") != 0 && strcmp(every, "month") != 0 &&
		strcmp(every, "quarter") != 0 && strcmp(every, "year") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown period: %s", quote_identifier(every)),
				 errhint("Give day, week (from the weekday of \"since\"), month, quarter or year.")));
	if (DATE_NOT_FINITE(DatumGetDateADT(since)) ||
		period_begin(since, every, 0) >= backfill->first)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"since\" is not before the first load of segmentation \"%s\"",
						backfill->segmentation->name),
				 errhint("Give a day before %s.", timestamptz_to_str(backfill->first))));
	for (int i = 0; (moment = period_begin(since, every, i)) < backfill->first; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_moment(backfill, moment);
	}
}

/* A column of the table of stays, of a type that is what it is for. */
static Oid
history_column(Oid history, const char *name)
{
	AttrNumber	number = get_attnum(history, name);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						name, get_rel_name(history)),
				 errhint("A history has the columns key, segment, valid_from and valid_to.")));
	return get_atttype(history, number);
}

/* The stays as they are to be: of customers, before the first load, in order. */
static char *
history_query(const TcsSegmentation *segmentation, Oid history)
{
	Oid			type = history_column(history, "key");

	(void) history_column(history, "segment");
	(void) history_column(history, "valid_from");
	(void) history_column(history, "valid_to");
	return psprintf("SELECT %s AS key, h.segment::text AS segment, h.valid_from::timestamptz AS valid_from,\n"
					"    coalesce(h.valid_to::timestamptz, 'infinity') AS valid_to\n"
					"FROM %s AS h WHERE h.key IS NOT NULL",
					tcs_key_cast(&segmentation->key, "h.key", type, "column \"key\" of the history"),
					quote_qualified_identifier(get_namespace_name(get_rel_namespace(history)),
											   get_rel_name(history)));
}

static void
check_history(const Backfill *backfill, const char *stays)
{
	SPI_connect();
	tcs_run(psprintf("SELECT format('%%s', w.key), w.why FROM (\n"
					 "    SELECT s.key, CASE WHEN s.valid_from IS NULL OR NOT isfinite(s.valid_from)\n"
					 "            THEN 'It begins at no time.'\n"
					 "        WHEN s.valid_to <= s.valid_from THEN 'It ends before it begins.'\n"
					 "        WHEN lead(s.valid_from) OVER (PARTITION BY s.key ORDER BY s.valid_from) < s.valid_to\n"
					 "            THEN 'The next one begins before it ends.' END AS why\n"
					 "    FROM (%s) AS s) AS w WHERE w.why IS NOT NULL ORDER BY w.key LIMIT 1", stays),
			SPI_OK_SELECT);
	if (SPI_processed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a stay of customer %s cannot be filled in", tcs_result_text(0, 1)),
				 errdetail_internal("%s", tcs_result_text(0, 2)),
				 errhint("Of one customer, each stay ends after it begins, and not after the next one begins.")));
	SPI_finish();
}

/*
 * A stay that goes on where the last one ended is a move, or none in the same
 * segment; what is not followed by another ends by a move too.
 */
static void
fill_history(const Backfill *backfill, Oid history)
{
	const TcsSegmentation *segmentation = backfill->segmentation;
	char	   *stays = history_query(segmentation, history);

	check_history(backfill, stays);
	add_moves(backfill,
			  psprintf("WITH stay AS MATERIALIZED (\n"
					   "    SELECT s.key, s.segment, s.valid_from, s.valid_to,\n"
					   "        lag(s.valid_to) OVER w IS NOT DISTINCT FROM s.valid_from AS goes_on,\n"
					   "        lag(s.segment) OVER w AS from_segment,\n"
					   "        lead(s.valid_from) OVER w IS NOT DISTINCT FROM s.valid_to AS is_followed\n"
					   "    FROM (%1$s) AS s WHERE s.valid_from < $1\n"
					   "    WINDOW w AS (PARTITION BY s.key ORDER BY s.valid_from)\n"
					   ")\n"
					   "INSERT INTO %2$s (key, from_segment, to_segment, moved_at, cause, entered, present)\n"
					   "SELECT m.* FROM (\n"
					   "    SELECT s.key, CASE WHEN s.goes_on THEN s.from_segment END, s.segment, s.valid_from AS moved_at,\n"
					   "        '%3$s', NOT s.goes_on, true\n"
					   "    FROM stay AS s WHERE NOT (s.goes_on AND s.segment IS NOT DISTINCT FROM s.from_segment)\n"
					   "    UNION ALL\n"
					   "    SELECT s.key, s.segment, NULL, s.valid_to, '%3$s', false, false\n"
					   "    FROM stay AS s WHERE NOT s.is_followed AND s.valid_to < $1\n"
					   ") AS m ORDER BY m.moved_at, m.key",
					   stays, segmentation->part[TCS_PART_MOVES],
					   tcs_move_cause[TCS_MOVED_BACKFILL]),
			  0);
}

/*
 * Where everybody was when the first load came.  Who was there before and not
 * then left meanwhile; whoever was found where he was did not move; whoever was
 * found elsewhere moved.
 */
static void
join_chains(const Backfill *backfill)
{
	const TcsSegmentation *segmentation = backfill->segmentation;
	const char *moves = segmentation->part[TCS_PART_MOVES];
	const char *equals = segmentation->key.equals;
	const char *backfilled = tcs_move_cause[TCS_MOVED_BACKFILL];
	Oid			types[] = {TIMESTAMPTZOID};
	Datum		values[] = {TimestampTzGetDatum(backfill->first)};
	char	   *last = psprintf("SELECT DISTINCT ON (m.key) m.key, m.to_segment, m.present\n"
								"    FROM %s AS m WHERE m.cause = '%s' AND m.moved_at < $1\n"
								"    ORDER BY m.key, m.moved_at DESC", moves, backfilled);
	char	   *of_load = psprintf("o.key %s l.key AND o.moved_at = $1 AND o.cause <> '%s'",
								   equals, backfilled);

	SPI_connect();
	/* in the order of those who truncate a table of the source */
	tcs_run(psprintf("SELECT FROM %s LIMIT 0", segmentation->source), SPI_OK_SELECT);
	tcs_run(psprintf("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", segmentation->into),
			SPI_OK_UTILITY);
	tcs_guard_open(segmentation, TCS_GUARD_UPDATE,
				   TCS_GUARD_INSERT | TCS_GUARD_UPDATE | TCS_GUARD_DELETE);
	tcs_run_with(psprintf("INSERT INTO %s (key, from_segment, moved_at, cause, entered, present)\n"
						  "SELECT l.key, l.to_segment, $1, '%s', false, false FROM (%s) AS l\n"
						  "WHERE l.present AND NOT EXISTS (SELECT FROM %s AS o WHERE %s)",
						  moves, backfilled, last, moves, of_load),
				 1, types, values, NULL, SPI_OK_INSERT);
	tcs_run_with(psprintf("DELETE FROM %s AS o USING (%s) AS l\n"
						  "WHERE %s AND l.present AND l.to_segment IS NOT DISTINCT FROM o.to_segment",
						  moves, last, of_load),
				 1, types, values, NULL, SPI_OK_DELETE);
	tcs_run_with(psprintf("UPDATE %s AS o SET entered = false, from_segment = l.to_segment\n"
						  "FROM (%s) AS l WHERE %s AND l.present",
						  moves, last, of_load),
				 1, types, values, NULL, SPI_OK_UPDATE);
	tcs_run(psprintf("UPDATE %s AS i SET since = m.moved_at, previous_segment = m.from_segment\n"
					 "FROM (SELECT DISTINCT ON (m.key) m.key, m.moved_at, m.from_segment\n"
					 "    FROM %s AS m ORDER BY m.key, m.moved_at DESC) AS m\n"
					 "WHERE i.key %s m.key AND (i.since, i.previous_segment)\n"
					 "    IS DISTINCT FROM (m.moved_at, m.from_segment)",
					 segmentation->into, moves, equals),
			SPI_OK_UPDATE);
	tcs_guard_close();
	SPI_finish();
}

/* How many moves there are, once it is sure that nobody was there twice on a day. */
static int64
count_moves(const TcsSegmentation *segmentation)
{
	int64		count;

	SPI_connect();
	tcs_run(psprintf("SELECT format('%%s', m.key) FROM %s AS m WHERE m.cause = '%s'\n"
					 "GROUP BY m.key, m.moved_at HAVING count(*) > 1 LIMIT 1",
					 segmentation->part[TCS_PART_MOVES], tcs_move_cause[TCS_MOVED_BACKFILL]),
			SPI_OK_SELECT);
	if (SPI_processed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("the source of segmentation \"%s\" has had more than one row for customer %s",
						segmentation->name, tcs_result_text(0, 1))));
	tcs_run(psprintf("SELECT count(*) FROM %s AS m WHERE m.cause = '%s'",
					 segmentation->part[TCS_PART_MOVES], tcs_move_cause[TCS_MOVED_BACKFILL]),
			SPI_OK_SELECT);
	count = tcs_result_bigint(0, 1);
	SPI_finish();
	return count;
}

/* arguments: into, since, every, history */
Datum
tcs_backfill_segmentation(PG_FUNCTION_ARGS)
{
	Backfill	backfill = {NULL};
	TcsOwnerScope scope;
	int64		count;

	tcs_hand_require(fcinfo, ARG_INTO, "into");
	tcs_hand_require(fcinfo, ARG_EVERY, "every");
	if (PG_ARGISNULL(ARG_SINCE) == PG_ARGISNULL(ARG_HISTORY))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("one of the arguments \"since\" and \"history\" must be given"),
				 errhint("Give a day since which the source tells the past, or a table of who was in which segment from when until when.")));
	tcs_check_can_refresh("tcs.backfill_segmentation()");
	tcs_segmentation_check_owner(tcs_segmentation_find(PG_GETARG_OID(ARG_INTO)));
	if (!PG_ARGISNULL(ARG_HISTORY))
		tcs_hand_check_select(PG_GETARG_OID(ARG_HISTORY));
	backfill.segmentation = tcs_refresh_begin(PG_GETARG_OID(ARG_INTO),
											  "tcs.backfill_segmentation()", &scope);
	find_first(&backfill);
	if (PG_ARGISNULL(ARG_HISTORY))
		fill_periods(&backfill, fcinfo);
	else
		fill_history(&backfill, PG_GETARG_OID(ARG_HISTORY));
	join_chains(&backfill);
	count = count_moves(backfill.segmentation);
	tcs_owner_leave(&scope);
	PG_RETURN_INT64(count);
}
