-- retention and retention_table, against a calendar made of periods.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET client_min_messages = warning;

-- Customers whose days lie around the edges of periods, in several ages; some
-- after the day of observation, some NULL.
CREATE TEMP TABLE log AS
SELECT c, CASE WHEN h % 23 <> 0 THEN start + ((h >> 8) % length)::int END AS day, as_of
FROM generate_series(1, 600) AS c,
	LATERAL (SELECT (ARRAY[date '2023-11-20', '2000-01-01', '1999-12-27', '0001-12-20 BC', '0101-01-01 BC', '2019-12-28'])[1 + c % 6] AS start, (ARRAY[15, 60, 400, 1500])[1 + c % 4] AS length) AS p,
	LATERAL (SELECT start + (length * 0.9)::int + c % 40 - 5 AS as_of) AS a,
	LATERAL (SELECT hashint8extended(c * 100 + i, 7) & 9223372036854775807 AS h FROM generate_series(1, 1 + c % 9) AS i) AS r;
CREATE INDEX ON log (c, day);
ANALYZE log;
CREATE TEMP TABLE period AS SELECT unnest(ARRAY['day', 'week', 'week_sunday', 'month', 'quarter', 'year']) AS period;
CREATE TEMP TABLE answer AS SELECT period, c, max(as_of) AS as_of, tcs.retention(day, as_of, period) AS r FROM log, period GROUP BY period, c;

-- Every period from the first to that of as_of, by generate_series.
CREATE TEMP TABLE oracle AS
WITH span AS (
	SELECT period, c, max(as_of) AS as_of, min(CASE period WHEN 'week_sunday' THEN date_trunc('week', day::timestamp + interval '1 day') - interval '1 day' ELSE date_trunc(period, day::timestamp) END) AS first,
		CASE period WHEN 'quarter' THEN interval '3 months' WHEN 'week_sunday' THEN interval '1 week' ELSE ('1 ' || period)::interval END AS step
	FROM log, period WHERE day <= as_of GROUP BY period, c)
SELECT s.period, s.c, s.first::date AS cohort, array_agg(CASE WHEN begins + step - interval '1 day' <= as_of
		THEN EXISTS (SELECT FROM log AS l WHERE l.c = s.c AND l.day <= s.as_of AND l.day >= begins AND l.day < begins + step) END ORDER BY begins) AS active
FROM span AS s, generate_series(first, as_of::timestamp, step) AS begins GROUP BY s.period, s.c, s.first;
SELECT period, count(*) AS customers, count(o.c) > 400 AS most_are_there, count(*) FILTER (WHERE r IS NULL <> (o.c IS NULL) OR (r).cohort IS DISTINCT FROM o.cohort OR (r).active IS DISTINCT FROM o.active) AS wrong,
	count(*) FILTER (WHERE (r).active[cardinality((r).active)] IS NULL) > 0 AS some_run, max(cardinality((r).active)) AS longest
FROM answer AS a LEFT JOIN oracle AS o USING (period, c) GROUP BY period ORDER BY period;

-- Instants and times without a zone: as their days.
SELECT zone, period, count(*) > 500 AS customers, count(*) FILTER (WHERE of_instants IS DISTINCT FROM of_days) AS instants, count(*) FILTER (WHERE of_times IS DISTINCT FROM of_days) AS times
FROM (SELECT zone, period, c, tcs.retention(at, as_of, period, zone) AS of_instants, tcs.retention(at AT TIME ZONE zone, as_of, period) AS of_times, tcs.retention((at AT TIME ZONE zone)::date, as_of, period) AS of_days
	FROM (SELECT *, (day + (ARRAY[interval '0', '-1 microsecond', '2 hours', '23 hours'])[1 + c % 4]) AT TIME ZONE 'UTC' AS at FROM log) AS l, period, unnest(ARRAY['Europe/Berlin', 'Pacific/Kiritimati', 'America/St_Johns']) AS zone GROUP BY 1, 2, 3) AS a
GROUP BY 1, 2 ORDER BY 1, 2;

-- The table: customers whose period is over, cohort by cohort and all together.
CREATE TEMP TABLE counted AS
SELECT period, cohort, n - 1 AS number, count(was) AS customers, count(*) FILTER (WHERE was) AS active
FROM oracle, unnest(active) WITH ORDINALITY AS u(was, n) GROUP BY GROUPING SETS ((period, cohort, n), (period, n));
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE NOT coalesce(a.customers = o.customers AND a.active IS NOT DISTINCT FROM CASE WHEN o.customers > 0 THEN o.active END
	AND a.rate IS NOT DISTINCT FROM o.active::float8 / nullif(o.customers, 0), false)) AS wrong, count(*) FILTER (WHERE a.rate IS NULL) > 0 AS some_not_ripe
FROM (SELECT a.period, coalesce(cohort::text, 'all') AS cohort, t.period AS number, t.customers, t.active, t.rate
	FROM (SELECT period, (r).cohort, tcs.retention_table(r) AS t FROM answer GROUP BY GROUPING SETS ((period, (r).cohort), (period))) AS a, unnest(t) AS t) AS a
FULL JOIN (SELECT period, coalesce(cohort::text, 'all') AS cohort, number, customers, active FROM counted) AS o USING (period, cohort, number);

-- By hand: as_of is the last day of a period, or not; the first period runs.
SELECT as_of, tcs.retention(day, as_of, 'month') FROM (VALUES (date '2024-01-31'), ('2024-04-02'), ('2024-02-29'), ('2024-04-30')) AS v(day),
	(VALUES (date '2024-01-30'), ('2024-01-31'), ('2024-02-28'), ('2024-02-29'), ('2024-04-29'), ('2024-04-30')) AS a(as_of) GROUP BY as_of ORDER BY as_of;
SELECT period, tcs.retention(day, '2024-12-31', period) AS last_day, tcs.retention(day, '2024-12-30', period) AS day_before FROM (VALUES (date '2024-12-29'), ('2024-12-30')) AS v(day), period GROUP BY period ORDER BY period;
SELECT (r).cohort, t.* FROM (SELECT (r).cohort, tcs.retention_table(r) AS t FROM
	(SELECT tcs.retention(day, '2024-04-15', 'month') AS r FROM (VALUES (1, date '2024-01-05'), (1, '2024-03-05'), (2, '2024-01-09'), (2, '2024-02-05'), (3, '2024-03-31'), (3, '2024-04-01'), (4, '2024-04-01')) AS v(customer, day) GROUP BY customer) AS s
	GROUP BY 1) AS r, unnest(t) AS t ORDER BY 1, 2;
-- the same as a triangle
SELECT (r).cohort, t[1].customers, t[1].rate AS m0, t[2].rate AS m1, t[3].rate AS m2, t[4].rate AS m3 FROM (SELECT (r).cohort, tcs.retention_table(r) AS t FROM
	(SELECT tcs.retention(day, '2024-04-30', 'month') AS r FROM (VALUES (1, date '2024-01-05'), (1, '2024-03-05'), (2, '2024-01-09'), (2, '2024-02-05'), (3, '2024-03-31'), (3, '2024-04-01'), (4, '2024-04-01')) AS v(customer, day) GROUP BY customer) AS s
	GROUP BY 1) AS r ORDER BY 1;

-- Nothing, and what is far away.
SELECT tcs.retention(NULL::date, '2024-01-01', 'day') AS no_day, tcs.retention(date '2024-01-02', '2024-01-01', 'day') AS only_later, tcs.retention_table(NULL::tcs.retention) AS no_retention, tcs.retention_table(ROW(NULL, NULL)::tcs.retention) AS empty, tcs.retention_table(ROW('2024-01-01', '{}')::tcs.retention) AS no_period;
SELECT tcs.retention(d, '2024-01-01', 'day') AS no_row, tcs.retention_table(NULL::tcs.retention) AS none FROM (VALUES (date '2024-01-01')) AS v(d) WHERE false;
SELECT period, cardinality((r).active) AS periods, (r).cohort, (SELECT count(*) FILTER (WHERE a) FROM unnest((r).active) AS a) AS active, (r).active[cardinality((r).active)] AS last
FROM (SELECT period, tcs.retention(d, '5874897-12-31', period) AS r FROM (VALUES ('year', date '5800000-01-01'), ('year', '5874897-12-31'), ('month', '5874897-12-31'), ('month', '5874896-01-31')) AS v(period, d) GROUP BY period) AS s ORDER BY period;
SELECT tcs.retention(date '4714-11-24 BC', '4714-12-01 BC', 'week') AS first_week;
SELECT cardinality((tcs.retention(d, '2024-01-01', 'day')).active) AS days FROM (VALUES (date '0001-01-01'), ('2024-01-01')) AS v(d);
SELECT t[1] AS first, t[2000] AS last, cardinality(t) AS periods FROM (SELECT tcs.retention_table(r) AS t FROM (SELECT tcs.retention(d, date '2000-01-01' + 1999, 'day') AS r FROM (VALUES (1, date '2000-01-01'), (2, '2000-01-02')) AS v(c, d) GROUP BY c) AS s) AS s;

-- In frames that grow and that move.
SELECT count(*) > 100 AS many, count(*) FILTER (WHERE growing IS DISTINCT FROM (SELECT tcs.retention(day, as_of, 'month') FROM log AS l WHERE l.c = w.c AND l.day <= w.day)) AS growing,
	count(*) FILTER (WHERE moving IS DISTINCT FROM (SELECT tcs.retention(day, as_of, 'month') FROM log AS l WHERE l.c = w.c AND l.day BETWEEN w.day - 40 AND w.day)) AS moving
FROM (SELECT c, day, tcs.retention(day, as_of, 'month') OVER (PARTITION BY c ORDER BY day) AS growing,
		tcs.retention(day, as_of, 'month') OVER (PARTITION BY c ORDER BY day RANGE BETWEEN '40 days' PRECEDING AND CURRENT ROW) AS moving
	FROM log WHERE c <= 100 AND day IS NOT NULL) AS w;
SELECT count(*) AS frames, count(*) FILTER (WHERE t::text IS DISTINCT FROM (SELECT tcs.retention_table(r)::text FROM answer AS a WHERE a.c BETWEEN w.c - 30 AND w.c AND a.period = 'month')) AS moving
FROM (SELECT c, tcs.retention_table(r) OVER (ORDER BY c ROWS 30 PRECEDING) AS t FROM answer WHERE period = 'month' AND c <= 150) AS w WHERE c > 30;

-- Errors.
SELECT tcs.retention(date '2024-01-01', '2024-01-01', 'decade');
SELECT tcs.retention(date '2024-01-01', NULL, 'day');
SELECT tcs.retention(date '2024-01-01', date '2024-01-01' + i, 'day') FROM generate_series(1, 2) AS i;
SELECT tcs.retention(date '0001-01-01 BC', '3024-01-01', 'day');
SELECT tcs.retention(date '4714-11-24 BC', '2024-01-01', 'month');
SELECT tcs.retention_table(ROW('2024-01-01', '{{t}}')::tcs.retention);
-- Instants without a zone, and with one that is none, or not one.
SELECT tcs.retention(now(), '2024-01-01', 'day');
SELECT tcs.retention('2024-01-01', '2024-01-01', 'day');
SELECT tcs.retention(now(), '2024-01-01', 'day', 'Mars/Olympus');
\set VERBOSITY terse
SELECT tcs.retention(now(), '2024-01-01', 'day', NULL);
SELECT tcs.retention(now(), '2024-01-01', 'day', CASE i WHEN 1 THEN 'UTC' ELSE 'Asia/Tokyo' END) FROM generate_series(1, 2) AS i;
SELECT tcs.retention('infinity'::timestamptz, '2024-01-01', 'day', 'UTC');
SELECT tcs.retention(date '2024-01-01', '2024-01-01', NULL);
SELECT tcs.retention(date '2024-01-01', '2024-01-01', 'Month');
SELECT tcs.retention(date '2024-01-01', 'infinity', 'month');
SELECT tcs.retention(date '-infinity', '2024-01-01', 'month');
SELECT tcs.retention(NULL::date, NULL, 'month');
SELECT tcs.retention(date '2024-01-01', '2024-01-01', CASE i WHEN 1 THEN 'day' ELSE 'week' END) FROM generate_series(1, 2) AS i;
SELECT tcs.retention(date '4714-11-24 BC', '2024-01-01', 'quarter');
SELECT tcs.retention(date '4714-11-24 BC', '2024-01-01', 'year');
SELECT tcs.retention(date '4714-11-24 BC', '5874897-12-31', 'day');
SELECT tcs.retention_table(ROW('2024-01-01', array_fill(true, ARRAY[1048577]))::tcs.retention);
