/*
 * membership_views.h
 *		The text of the views that create_segmentation makes beside its tables.
 *
 * Formats for psprintf, whose arguments are named before each: quoted and
 * qualified names, made by quote_qualified_identifier.  The text is parsed with
 * the search_path "pg_catalog, pg_temp".
 *
 * The views ask for the rights of whoever reads them (security_invoker), on
 * the tables too: so a policy on the table of the moves holds for the views.
 *
 * Months are those of a fixed zone, not of the session's: the state has a
 * column time_zone text NOT NULL for it, which create_segmentation fills with
 * current_setting('TimeZone').
 */
#ifndef TCS_MEMBERSHIP_VIEWS_H
#define TCS_MEMBERSHIP_VIEWS_H

/*
 * into_history.  Arguments: the view, the table of moves, the equality operator
 * of the type of the key in the notation OPERATOR(schema.=), that of the btree
 * operator class by which the index on (key, moved_at) was made: an operator
 * found through the search_path can be another one (citext).
 *
 * A window function would find the next move as well, but nothing about the
 * time, and nothing from a join, gets below a window: here the index on the
 * keys and that on the time serve.
 */
#define TCS_MEMBERSHIP_HISTORY_VIEW \
	"CREATE VIEW %1$s WITH (security_invoker = true) AS\n" \
	"SELECT m.key, m.to_segment AS segment,\n" \
	"    m.moved_at AS valid_from, n.moved_at AS valid_to,\n" \
	"    m.cause, n.cause AS ended_by\n" \
	"FROM %2$s AS m\n" \
	"LEFT JOIN LATERAL (\n" \
	"    SELECT next.moved_at, next.cause\n" \
	"    FROM %2$s AS next\n" \
	"    WHERE next.key %3$s m.key AND next.moved_at > m.moved_at\n" \
	"    ORDER BY next.moved_at\n" \
	"    LIMIT 1\n" \
	") AS n ON true\n" \
	"WHERE m.present"

#define TCS_MEMBERSHIP_HISTORY_COMMENT \
	"who was in which segment from when until when: one row for each stay"

/*
 * into_monthly.  Arguments: the view, the table of moves, the table of the
 * state, the cause of those who became one with another.
 *
 * The one row of the state is asked for by itself: joined, it would be taken
 * for the thousand that a table without statistics may have, and a thousand
 * times the rest is what the server compiles for seconds.
 *
 * Only customers who moved are looked at one by one: those who stayed are the
 * size of a segment at the month's begin, summed up from the flows before,
 * minus those who moved.
 */
#define TCS_MEMBERSHIP_MONTHLY_VIEW \
	"CREATE VIEW %1$s WITH (security_invoker = true) AS\n" \
	"WITH last_move AS (\n" \
	"    SELECT m.month::date AS month,\n" \
	"        NOT first_value(m.entered) OVER in_month AS was_there,\n" \
	"        first_value(m.from_segment) OVER in_month AS from_segment,\n" \
	"        m.present AS is_there,\n" \
	"        m.to_segment,\n" \
	"        m.merged,\n" \
	"        lead(m.id) OVER in_month IS NULL AS is_last\n" \
	"    FROM (\n" \
	"        SELECT id, key, moved_at, from_segment, to_segment, entered, present,\n" \
	"            cause = '%4$s' AS merged,\n" \
	"            date_trunc('month', moved_at AT TIME ZONE (SELECT time_zone FROM %3$s)) AS month\n" \
	"        FROM %2$s\n" \
	"    ) AS m\n" \
	"    WINDOW in_month AS (\n" \
	"        PARTITION BY m.key, m.month\n" \
	"        ORDER BY m.moved_at, m.id)\n" \
	"),\n" \
	"moved AS (\n" \
	"    SELECT month, was_there, from_segment, is_there, to_segment, merged, count(*) AS customers\n" \
	"    FROM last_move\n" \
	"    WHERE is_last\n" \
	"    GROUP BY month, was_there, from_segment, is_there, to_segment, merged\n" \
	"),\n" \
	"flow AS (\n" \
	"    SELECT month, to_segment AS segment, customers AS net FROM moved WHERE is_there\n" \
	"    UNION ALL\n" \
	"    SELECT month, from_segment, -customers FROM moved WHERE was_there\n" \
	"),\n" \
	"months AS (\n" \
	"    SELECT generate_series(first.month::timestamp,\n" \
	"        greatest(first.last, date_trunc('month', now() AT TIME ZONE (SELECT time_zone FROM %3$s))),\n" \
	"        interval '1 month')::date AS month\n" \
	"    FROM (SELECT min(month) AS month, max(month)::timestamp AS last FROM moved WHERE isfinite(month)) AS first\n" \
	"    WHERE first.month IS NOT NULL\n" \
	"),\n" \
	"at_begin AS (\n" \
	"    SELECT month, segment,\n" \
	"        sum(sum(net)) OVER (PARTITION BY segment ORDER BY month\n" \
	"            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS customers\n" \
	"    FROM (\n" \
	"        SELECT month, segment, net FROM flow\n" \
	"        UNION ALL\n" \
	"        SELECT months.month, s.segment, 0\n" \
	"        FROM months\n" \
	"        CROSS JOIN (SELECT DISTINCT segment FROM flow) AS s\n" \
	"    ) AS f\n" \
	"    GROUP BY month, segment\n" \
	")\n" \
	"SELECT month, from_segment, to_segment,\n" \
	"    CASE WHEN NOT was_there THEN 'entered'\n" \
	"        WHEN NOT is_there THEN CASE WHEN merged THEN 'merged' ELSE 'left' END\n" \
	"        WHEN from_segment IS NOT DISTINCT FROM to_segment THEN 'stayed'\n" \
	"        ELSE 'moved' END AS change,\n" \
	"    sum(customers)::bigint AS customers\n" \
	"FROM (\n" \
	"    SELECT month, was_there, from_segment, is_there, to_segment, merged, customers\n" \
	"    FROM moved\n" \
	"    WHERE was_there OR is_there\n" \
	"    UNION ALL\n" \
	"    SELECT month, true, segment, true, segment, false, customers\n" \
	"    FROM at_begin\n" \
	"    UNION ALL\n" \
	"    SELECT month, true, from_segment, true, from_segment, false, -customers\n" \
	"    FROM moved\n" \
	"    WHERE was_there\n" \
	") AS pair\n" \
	"GROUP BY month, was_there, from_segment, is_there, to_segment, merged\n" \
	"HAVING sum(customers) <> 0"

#define TCS_MEMBERSHIP_MONTHLY_COMMENT \
	"where the customers were at a month's begin and where at its end: how many for each pair of segments"

/*
 * into_status.  Arguments: the view, the tables of the state, of the queue and of what
 * is tracked.  What a segmentation and a kept table have in common of it:
 */
#define TCS_STATUS_OF_ALL \
	"    s.created_at, s.last_refresh, s.duration,\n" \
	"    s.customers, s.entered, s.moved, s.removed,\n" \
	"    s.last_process, s.process_duration, s.processed,\n" \
	"    coalesce(e.error, s.last_error) AS last_error,\n" \
	"    coalesce(e.error_state, s.last_error_state) AS last_error_state,\n" \
	"    coalesce(e.queued_at, s.last_error_at) AS last_error_at,\n" \
	"    q.queue_length, q.queue_oldest, q.failing, q.full_refresh_due,\n" \
	"    t.tracked,\n" \
	"    ARRAY(SELECT u.relation FROM unnest(tcs.source_tables(s.source)) AS u (relation)\n" \
	"        WHERE u.relation <> ALL (t.with_parts)) AS untracked\n" \
	"FROM (SELECT * FROM %2$s LIMIT 1) AS s\n" \
	"CROSS JOIN (\n" \
	"    SELECT count(*) AS queue_length,\n" \
	"        min(queued_at) AS queue_oldest,\n" \
	"        count(error) AS failing,\n" \
	"        coalesce(bool_or(key IS NULL AND via IS NULL), false) AS full_refresh_due\n" \
	"    FROM %3$s\n" \
	") AS q\n" \
	"CROSS JOIN (\n" \
	"    SELECT coalesce(array_agg(relation ORDER BY relation::text) FILTER (WHERE parent IS NULL), '{}') AS tracked,\n" \
	"        coalesce(array_agg(relation), '{}') AS with_parts\n" \
	"    FROM %4$s\n" \
	") AS t\n" \
	"LEFT JOIN LATERAL (\n" \
	"    SELECT f.error, f.error_state, f.queued_at\n" \
	"    FROM %3$s AS f\n" \
	"    WHERE f.error IS NOT NULL AND (s.last_error_at IS NULL OR f.queued_at > s.last_error_at)\n" \
	"    ORDER BY f.queued_at DESC\n" \
	"    LIMIT 1\n" \
	") AS e ON true"

#define TCS_MEMBERSHIP_STATUS_VIEW \
	"CREATE VIEW %1$s WITH (security_invoker = true) AS\n" \
	"SELECT s.source, s.key_column, s.rule_set, s.mode, s.notify, s.time_zone,\n" \
	TCS_STATUS_OF_ALL

#define TCS_KEPT_STATUS_VIEW \
	"CREATE VIEW %1$s WITH (security_invoker = true) AS\n" \
	"SELECT s.source, s.key_column, s.due, s.mode, s.time_zone,\n" \
	TCS_STATUS_OF_ALL

#define TCS_MEMBERSHIP_STATUS_COMMENT \
	"how the segmentation is doing: its definition, the last refresh, the last error and the queue"

/* What the columns hold: view, column, comment; the view is the suffix. */
static const char *const tcs_membership_view_column[][3] = {
	{"history", "key", "who"},
	{"history", "segment", "where; NULL: in no segment"},
	{"history", "valid_from", "since when"},
	{"history", "valid_to", "until when, that moment excluded; NULL: still"},
	{"history", "cause", "what brought the customer there"},
	{"history", "ended_by", "what took the customer away; NULL: still there"},
	{"monthly", "month", "first day of the month; the current month goes as far as now"},
	{"monthly", "from_segment", "segment at the month's begin; NULL: none, or, where change is entered, not there yet"},
	{"monthly", "to_segment", "segment at the month's end; NULL: none, or, where change is left or merged, not there any more"},
	{"monthly", "change", "stayed, moved, entered, left, or merged into another customer; who came and went within a month is not counted"},
	{"monthly", "customers", "how many"},
	{"status", "source", "table or view the segments are computed from"},
	{"status", "key_column", "column of the source that tells the customers apart"},
	{"status", "rule_set", "rule set by which segments are assigned"},
	{"status", "mode", "what triggers do: queue the keys, or sync with the transaction"},
	{"status", "notify", "does a refresh send a notification?"},
	{"status", "time_zone", "zone of the months and days in reports"},
	{"status", "created_at", "when the segmentation was made"},
	{"status", "last_refresh", "when it was refreshed last"},
	{"status", "duration", "how long that took"},
	{"status", "customers", "how many customers there were then"},
	{"status", "entered", "how many of them were new"},
	{"status", "moved", "how many changed their segment"},
	{"status", "removed", "how many were gone from the source"},
	{"status", "last_process", "when the queue was last worked off"},
	{"status", "process_duration", "how long that took"},
	{"status", "processed", "how many customers were looked at then"},
	{"status", "last_error", "message of the last error in a trigger, a refresh or in working off the queue; NULL: none"},
	{"status", "last_error_state", "its SQLSTATE"},
	{"status", "last_error_at", "when it happened"},
	{"status", "queue_length", "keys that wait"},
	{"status", "queue_oldest", "since when the first of them waits; NULL: none does"},
	{"status", "failing", "how many of them wait because a rule or the source failed for them"},
	{"status", "tracked", "tables that report their changes"},
	{"status", "untracked", "tables beneath the source that do not: their changes wait for the next full refresh"},
	{"status", "full_refresh_due", "does everything have to be looked at, after a TRUNCATE?"},
};

#endif							/* TCS_MEMBERSHIP_VIEWS_H */
