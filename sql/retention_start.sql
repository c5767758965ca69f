-- retention of a start and a return, weeks from any day, periods from the start:
-- against plain SQL.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET client_min_messages = warning;

-- Customers who begin once, twice or never, and come back or not, also before they
-- begin and after the day of observation; times on both sides of the changes to and
-- from summer time.
CREATE TEMP TABLE log AS
SELECT c, CASE WHEN h % 4 = 0 AND c % 11 > 0 THEN at END AS start, CASE WHEN h % 7 > 0 AND c % 5 > 0 THEN at + interval '1 hour' * (h % 3 - 1) END AS at, as_of
FROM generate_series(1, 500) AS c, LATERAL (SELECT timestamptz '2024-01-20 12:00+00' + (c % 300) * interval '1 day' AS base, date '2024-03-01' + c % 300 AS as_of) AS b,
	LATERAL (SELECT h, base + ((h >> 8) % (80 * 1440)) * interval '1 minute' AS at FROM (SELECT hashint8extended(c * 100 + i, 9) & 9223372036854775807 AS h FROM generate_series(1, 2 + c % 8) AS i) AS x) AS r;
CREATE TEMP TABLE zone AS SELECT unnest(ARRAY['Asia/Shanghai', 'Europe/Berlin', 'America/Los_Angeles']) AS zone;
CREATE TEMP TABLE period AS SELECT period, shift, CASE WHEN shift IS NOT NULL THEN 'week' ELSE period END AS trunc FROM (VALUES ('day', NULL), ('week', 0), ('week_monday', 0), ('week_sunday', 1), ('week sunday', 1), ('week_saturday', 2), ('week_friday', 3), ('week_thursday', 4), ('week_wednesday', 5), ('week_tuesday', 6), ('month', NULL), ('quarter', NULL), ('year', NULL)) AS p(period, shift);

-- The calendar: every period from that of the first start to that of as_of.
CREATE FUNCTION pg_temp.begins(day date, trunc text, shift int) RETURNS date LANGUAGE sql IMMUTABLE
	RETURN (date_trunc(trunc, day + coalesce(shift, 0) * interval '1 day') - coalesce(shift, 0) * interval '1 day')::date;
CREATE TEMP TABLE oracle AS
WITH began AS (SELECT c, zone, max(as_of) AS as_of, min(start) AS start FROM log, zone WHERE (start AT TIME ZONE zone)::date <= as_of GROUP BY c, zone),
	cell AS (SELECT c, zone, period, g::date AS begins, pg_temp.begins((start AT TIME ZONE zone)::date, trunc, shift) AS cohort, (g + CASE trunc WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || trunc)::interval END)::date - 1 AS ends, start, as_of
		FROM began, period, generate_series(pg_temp.begins((start AT TIME ZONE zone)::date, trunc, shift)::timestamp, as_of::timestamp, CASE trunc WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || trunc)::interval END) AS g)
SELECT c, zone, period, cohort, array_agg(CASE WHEN ends <= as_of THEN EXISTS (SELECT FROM log AS l WHERE l.c = cell.c AND l.at >= cell.start AND (l.at AT TIME ZONE zone)::date BETWEEN begins AND ends) END ORDER BY begins) AS active
FROM cell GROUP BY c, zone, period, cohort;
CREATE TEMP TABLE answer AS SELECT c, zone, period, tcs.retention(start, at, as_of, period, zone) AS r, tcs.retention(start AT TIME ZONE zone, at AT TIME ZONE zone, as_of, period) AS of_times FROM log, zone, period GROUP BY c, zone, period;
SELECT zone, count(*), count(o.c) > 1000 AS many_began, count(*) FILTER (WHERE true = ANY (o.active)) > 500 AS many_came, count(*) FILTER (WHERE NOT (r).active[1]) > 500 AS not_at_once,
	count(*) FILTER (WHERE r IS NULL <> (o.c IS NULL) OR (r).cohort IS DISTINCT FROM o.cohort OR (r).active IS DISTINCT FROM o.active) AS wrong
FROM answer LEFT JOIN oracle AS o USING (c, zone, period) GROUP BY zone ORDER BY zone;
-- the session's zone has no say
SET TimeZone = 'America/Los_Angeles';
SELECT count(*) FILTER (WHERE answer.r IS DISTINCT FROM s.r) AS differing FROM answer JOIN (SELECT c, zone, period, tcs.retention(start, at, as_of, period, zone) AS r FROM log, zone, period GROUP BY c, zone, period) AS s USING (c, zone, period);
SET TimeZone = 'UTC';
-- Without a zone: as the times of the clock, but where the clock is set back.
SELECT count(*) FILTER (WHERE r IS DISTINCT FROM of_times) AS differing FROM answer WHERE zone = 'Asia/Shanghai';
-- Days.
SELECT count(*) AS customers, count(*) FILTER (WHERE r IS DISTINCT FROM of_noons) AS wrong FROM (SELECT c, period, tcs.retention(start::date, at::date, as_of, period) AS r, tcs.retention(date_trunc('day', start), date_trunc('day', at), as_of, period, 'UTC') AS of_noons FROM log, period GROUP BY c, period) AS s;
-- The same for both: as the retention of the one, in which week 0 is all of them.
SELECT count(*) AS customers, count(*) FILTER (WHERE r IS DISTINCT FROM plain) AS wrong FROM (SELECT c, period, tcs.retention(at, at, as_of, period, zone) AS r, tcs.retention(at, as_of, period, zone) AS plain FROM log, period, zone GROUP BY c, period, zone) AS s;

-- Periods counted from the start: a day has 24 hours, whatever the clock does.
CREATE TEMP TABLE rolling AS SELECT c, zone, length, tcs.retention(start, at, as_of, length, zone) AS r FROM log, zone, unnest(ARRAY['24 hours', '7 days', '1 month', '1 day 00:00:00.000001']) AS length GROUP BY c, zone, length;
SELECT zone, length, count(*), count(o.c) > 100 AS many_began, count(*) FILTER (WHERE (r).active[cardinality((r).active)] IS NOT NULL) AS last_is_over,
	count(*) FILTER (WHERE r IS NULL <> (o.c IS NULL) OR (r).cohort IS DISTINCT FROM o.cohort OR (r).active IS DISTINCT FROM o.active) AS wrong
FROM rolling LEFT JOIN (
	SELECT c, zone, length, (start AT TIME ZONE zone)::date AS cohort, array_agg(CASE WHEN begins + seconds * interval '1 second' <= ends THEN EXISTS (SELECT FROM log AS l WHERE l.c = b.c AND l.at >= begins AND l.at < begins + seconds * interval '1 second') END ORDER BY begins) AS active
	FROM (SELECT c, zone, (max(as_of) + 1)::timestamp AT TIME ZONE zone AS ends, min(start) AS start FROM log, zone WHERE (start AT TIME ZONE zone)::date <= as_of GROUP BY c, zone) AS b,
		(VALUES ('24 hours', 86400), ('7 days', 604800), ('1 month', 2629800), ('1 day 00:00:00.000001', 86400.000001)) AS v(length, seconds), generate_series(start, ends - interval '1 microsecond', seconds * interval '1 second') AS begins
	GROUP BY c, zone, length, start) AS o USING (c, zone, length) GROUP BY zone, length ORDER BY zone, length;
SELECT as_of, tcs.retention(date '2024-01-01', at, as_of, '7 days') FROM (VALUES (date '2024-01-07'), ('2024-01-15')) AS v(at), unnest('{2024-01-01,2024-01-07,2024-01-13,2024-01-14,2024-01-20}'::date[]) AS as_of GROUP BY as_of ORDER BY as_of;

SELECT zone, as_of, (tcs.retention((timestamp '2024-03-25' AT TIME ZONE zone), timestamp '2024-04-01 00:30' AT TIME ZONE zone, as_of, '7 days', zone)).active FROM zone, unnest('{2024-03-30,2024-03-31,2024-04-01}'::date[]) AS as_of GROUP BY zone, as_of ORDER BY zone, as_of;

-- Sign-ups and purchases: who never came back is counted, and week 0 is a quarter.
CREATE TEMP TABLE event AS SELECT c, timestamptz '2024-03-25 10:00+01' + d * interval '1 day' AS at, kind, country FROM (VALUES (1, 0, 'sign-up', 'DE'), (1, 1, 'order', 'DE'), (1, 9, 'order', 'DE'), (2, 0, 'sign-up', 'DE'), (3, 2, 'sign-up', 'FR'), (3, 8, 'order', 'FR'), (4, -3, 'order', 'FR'), (4, 3, 'sign-up', 'FR'), (5, 1, 'order', 'FR')) AS v(c, d, kind, country);
SELECT country, (t).* FROM (SELECT country, unnest(tcs.retention_table(r)) AS t FROM (SELECT c, min(country) AS country, tcs.retention(CASE kind WHEN 'sign-up' THEN at END, CASE kind WHEN 'order' THEN at END, '2024-04-14', 'week', 'Europe/Berlin') AS r FROM event GROUP BY c) AS r GROUP BY ROLLUP (country)) AS t ORDER BY country NULLS FIRST, (t).period;

-- Nothing, and what is far away.
SELECT tcs.retention(NULL::date, '2024-01-01', '2024-01-31', 'day') AS no_start, tcs.retention(date '2024-02-01', '2024-02-01', '2024-01-31', 'day') AS too_late, tcs.retention(date '2024-01-31', NULL, '2024-01-31', 'day') AS no_return, tcs.retention(date '2024-01-31', '2024-01-30', '2024-01-31', 'month') AS before;
SELECT cardinality((tcs.retention('4714-11-24 00:00:00 BC'::timestamp, '294276-12-31 23:59:59.999999', '5874897-12-31', '60000000 days')).active) AS periods;
SELECT cardinality((tcs.retention('4713-01-01 00:00:00+00 BC'::timestamptz, '294276-12-30 23:59:59+00', '294276-12-31', 'year', 'Asia/Shanghai')).active) AS periods;

-- In frames that move.
CREATE TEMP TABLE numbered AS SELECT *, row_number() OVER (PARTITION BY c ORDER BY start, at) AS i FROM log WHERE c <= 80;
SELECT count(*) FILTER (WHERE moving IS DISTINCT FROM (SELECT tcs.retention(start, at, as_of, '7 days', 'Europe/Berlin') FROM numbered AS l WHERE l.c = w.c AND l.i BETWEEN w.i - 3 AND w.i + 1)) AS wrong
FROM (SELECT c, i, tcs.retention(start, at, as_of, '7 days', 'Europe/Berlin') OVER (PARTITION BY c ORDER BY i ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING) AS moving FROM numbered) AS w;

-- Errors.
SELECT tcs.retention(date '2024-01-01', '2024-01-01', '2024-01-31', '0 days');
SELECT tcs.retention(date '2024-01-01', '2024-01-01', '2024-01-31', '1 month');
SELECT tcs.retention(date '2024-01-01', '2024-01-01', '2024-01-31', '36 hours');
SELECT tcs.retention(date '2024-01-01', '2024-01-01', '2024-01-31', 'week_someday');
\set VERBOSITY terse
SELECT tcs.retention(date '2024-01-01', '2024-01-01', '2024-01-31', NULL);
SELECT tcs.retention(date '2024-01-01', '2024-01-01', NULL, 'week');
SELECT tcs.retention(date '2024-01-01', '2024-01-01', '2024-01-31', '7 days ago');
SELECT tcs.retention(date '2024-01-01', 'infinity', '2024-01-31', 'week');
SELECT tcs.retention(timestamp '-infinity', '2024-01-01', '2024-01-31', 'week');
SELECT tcs.retention(timestamp '2024-01-01', '2024-01-01', '2024-01-31', '1 microsecond');
SELECT tcs.retention(date '4714-11-24 BC', NULL, '2024-01-31', 'year');
SELECT tcs.retention(date '2024-01-01', '2024-01-01', '2024-01-31', i || ' days') FROM generate_series(1, 2) AS i;
SELECT tcs.retention(date '2024-01-01', '2024-01-01', date '2024-01-31' + i, 'week') FROM generate_series(1, 2) AS i;
SELECT tcs.retention(now(), now(), '2024-01-31', 'week', NULL);
DO $$
BEGIN
	PERFORM tcs.retention(d, d, d, '7 dais') FROM (VALUES (date '2024-01-01')) AS v(d);
	RAISE EXCEPTION 'accepted';
EXCEPTION WHEN invalid_datetime_format THEN
	NULL;
END $$;
