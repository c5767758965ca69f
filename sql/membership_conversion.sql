-- Conversion between segments, against the events one customer at a time.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET jit = off;
\set SHOW_CONTEXT never
CREATE SCHEMA "segment conversion";
SET search_path = "segment conversion";

-- A segmentation of nobody, whose moves are then written by hand.
CREATE TABLE customer (id text PRIMARY KEY, revenue float8);
INSERT INTO tcs.rule_set (name) VALUES ('segment_conversion');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('segment_conversion', 1, 'A', 'revenue > 0');
SELECT tcs.create_segmentation('"segment conversion"."s""e%g"', 'customer', 'id', 'segment_conversion') AS made;
ALTER TABLE "s""e%g_moves" DISABLE TRIGGER tcs_guard;
SELECT * FROM tcs.segment_conversion('"s""e%g"', '-infinity', 'infinity');

-- 500 customers who went from place to place: to stages, to none, or away.
CREATE TABLE event AS
SELECT key, at, CASE WHEN place = 0 THEN 'away' WHEN place = 1 THEN 'none' ELSE 'in' END AS place,
	CASE WHEN place > 1 THEN (ARRAY['lead', 'qualified', 'customer', 'it''s %s "x"'])[place - 1] END AS segment
FROM (SELECT 'c' || c AS key, timestamptz '2024-01-01' + ((h >> 8) % 10000)::int * interval '53 minutes 11 seconds' + c * interval '1 microsecond' AS at, ((h >> 32) % 6)::int AS place
	FROM generate_series(1, 500) AS c, LATERAL (SELECT hashint8extended(c * 100 + i, 3) & 9223372036854775807 AS h FROM generate_series(1, c % 11) AS i) AS e) AS e;
INSERT INTO "s""e%g_moves" (key, from_segment, to_segment, moved_at, cause, entered, present)
SELECT key, from_segment, segment, at, 'data', before = 'away', place <> 'away'
FROM (SELECT *, lag(place, 1, 'away') OVER w AS before, lag(segment) OVER w AS from_segment FROM event WINDOW w AS (PARTITION BY key ORDER BY at)) AS e
WHERE (before, from_segment) IS DISTINCT FROM (place, segment)
ORDER BY hashtext(key), at;
CREATE VIEW arrival AS SELECT key, coalesce(to_segment, '(none)') AS segment, moved_at AS at FROM "s""e%g_moves" WHERE present;

-- Each customer and each stage by itself.
CREATE FUNCTION by_hand(from_time timestamptz, to_time timestamptz, hours numeric)
RETURNS TABLE (from_segment text, to_segment text, entered bigint, converted bigint, median_seconds float8)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT f.segment, t.segment, count(*), count(took), percentile_cont(0.5) WITHIN GROUP (ORDER BY took)
	FROM (SELECT DISTINCT key FROM arrival) AS c
	CROSS JOIN (SELECT DISTINCT segment FROM arrival WHERE at > from_time AND at <= to_time) AS f
	CROSS JOIN (SELECT DISTINCT segment FROM arrival WHERE at > from_time AND at <= to_time) AS t
	CROSS JOIN LATERAL (SELECT min(at) AS began FROM arrival AS a WHERE a.key = c.key AND a.segment = f.segment AND at > from_time AND at <= to_time) AS b
	CROSS JOIN LATERAL (SELECT extract(epoch FROM min(at) - began)::float8 AS took FROM arrival AS a
		WHERE a.key = c.key AND a.segment = t.segment AND at > began AND at <= to_time AND coalesce(extract(epoch FROM at - began) <= hours * 3600, true)) AS k
	WHERE f.segment <> t.segment AND began IS NOT NULL AND coalesce(extract(epoch FROM to_time - began) >= hours * 3600, true)
	GROUP BY f.segment, t.segment;
END;
CREATE TABLE span (f timestamptz, t timestamptz, within interval, hours numeric);
INSERT INTO span
SELECT f, t, within, hours
FROM (VALUES (timestamptz '2024-01-01', timestamptz '2025-02-01'), ('2024-03-01', '2024-07-01'), ('2024-06-01', '2024-06-20'),
	((SELECT min(moved_at) FROM "s""e%g_moves"), (SELECT max(moved_at) FROM "s""e%g_moves"))) AS s(f, t),
	(VALUES (NULL::interval, NULL::numeric), ('30 days', 720), ('1 mon', 730.5), ('1 year -1 mon -2 days 03:00', 11 * 730.5 - 45), ('90 minutes', 1.5)) AS w(within, hours);
-- The interval: Wilson's, with the quantile of 97.5 percent.
CREATE FUNCTION wilson(k bigint, n bigint, side int) RETURNS float8
LANGUAGE sql IMMUTABLE RETURN (k + 1.959963984540054 ^ 2 / 2 + side * 1.959963984540054 * sqrt(k * (n - k)::numeric / n + 1.959963984540054 ^ 2 / 4)) / (n + 1.959963984540054 ^ 2);
SELECT count(*) > 250 AS many, count(*) FILTER (WHERE c.converted > 0) > 100 AS some_converted,
	count(*) FILTER (WHERE NOT coalesce(c.entered = h.entered AND c.converted = h.converted AND (c.median_time IS NULL) = (h.median_seconds IS NULL)
		AND coalesce(abs(extract(epoch FROM c.median_time) - h.median_seconds) < 1e-5, true), false)) AS wrong,
	count(*) FILTER (WHERE NOT coalesce(abs(c.rate - h.converted::float8 / h.entered) < 1e-12 AND abs(c.low - wilson(h.converted, h.entered, -1)) < 1e-12
		AND abs(c.high - wilson(h.converted, h.entered, 1)) < 1e-12, false)) AS wrong_rate
FROM (SELECT f, t, coalesce(within::text, '') AS w, coalesce(c.from_segment, '(none)') AS from_segment, coalesce(c.to_segment, '(none)') AS to_segment, entered, converted, rate, low, high, median_time
	FROM span, tcs.segment_conversion('"s""e%g"', f, t, within) AS c) AS c
FULL JOIN (SELECT f, t, coalesce(within::text, '') AS w, h.* FROM span, by_hand(f, t, hours) AS h) AS h USING (f, t, w, from_segment, to_segment);

-- The session's time zone has no say.
CREATE TABLE in_utc AS SELECT * FROM tcs.segment_conversion('"s""e%g"', '2024-01-01 UTC', '2025-02-01 UTC', '1 mon 2 days');
SET TimeZone = 'America/New_York';
SELECT count(*) AS cells, count(*) FILTER (WHERE u.converted IS DISTINCT FROM n.converted OR u.entered IS DISTINCT FROM n.entered OR u.median_time IS DISTINCT FROM n.median_time) AS differing
FROM in_utc AS u FULL JOIN tcs.segment_conversion('"s""e%g"', '2024-01-01 UTC', '2025-02-01 UTC', '1 mon 2 days') AS n ON (u.from_segment, u.to_segment)::text = (n.from_segment, n.to_segment)::text;
SET TimeZone = 'UTC';

-- In order, none last; who is only just there has not failed yet.
CREATE TABLE small (id int PRIMARY KEY, revenue float8);
SELECT tcs.create_segmentation('small_seg', 'small', 'id', 'segment_conversion') AS made;
ALTER TABLE small_seg_moves DISABLE TRIGGER tcs_guard;
INSERT INTO small_seg_moves (key, from_segment, to_segment, moved_at, cause, entered, present) VALUES
	(1, NULL, 'lead', '2024-01-01', 'data', true, true), (1, 'lead', NULL, '2024-01-03', 'data', false, true), (1, NULL, 'customer', '2024-01-05', 'data', false, true),
	(1, 'customer', 'lead', '2024-01-06', 'data', false, true), (1, 'lead', 'customer', '2024-01-20', 'data', false, true),
	(2, NULL, 'lead', '2024-01-01', 'data', true, true), (2, 'lead', NULL, '2024-01-02', 'removed', false, false),
	(3, NULL, 'lead', '2024-01-15', 'data', true, true), (3, 'lead', 'customer', '2024-01-15', 'data', false, true),
	(4, NULL, 'lead', '2024-01-25', 'data', true, true);
SELECT from_segment, to_segment, entered, converted, round(rate::numeric, 4) AS rate, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high,
	median_time FROM tcs.segment_conversion('small_seg', '2023-12-31', '2024-01-31');
SELECT from_segment, to_segment, entered, converted, median_time FROM tcs.segment_conversion('small_seg', '2023-12-31', '2024-01-31', '10 days');
SELECT from_segment, to_segment, entered, converted, median_time FROM tcs.segment_conversion('small_seg', '2024-01-01', '2024-01-15');
SELECT count(*) AS none_at_no_time FROM tcs.segment_conversion('small_seg', '2024-01-05', '2024-01-05');
-- who came yesterday has not had the ten days, whatever to_time is
INSERT INTO small_seg_moves (key, from_segment, to_segment, moved_at, cause, entered, present) VALUES (5, NULL, 'lead', now() - interval '1 day', 'data', true, true);
SELECT to_time, entered FROM (VALUES (1, now()), (2, '9999-12-31'), (3, 'infinity')) AS v(n, t),
	LATERAL (SELECT n AS to_time, entered FROM tcs.segment_conversion('small_seg', '2023-12-31', t, '10 days') WHERE from_segment = 'lead'
	AND to_segment = 'customer') AS c ORDER BY n;
SELECT entered FROM tcs.segment_conversion('small_seg', '2023-12-31', 'infinity') WHERE from_segment = 'lead' AND to_segment = 'customer';

-- Small numbers, and those they could be computed from.
SELECT k, from_segment, to_segment, entered, converted, round(rate::numeric, 2) AS rate, low IS NULL AS no_low, high IS NULL AS no_high, median_time
	FROM generate_series(2, 5) AS k, tcs.segment_conversion('small_seg', '2023-12-31', '2024-01-31', k => k) ORDER BY k, 2, 3;
SELECT count(*) > 0 AS some_hidden, count(*) FILTER (WHERE c.entered < k OR c.converted BETWEEN 1 AND k - 1 OR c.entered - c.converted BETWEEN 1 AND k - 1) AS wrongly_shown,
	count(*) FILTER (WHERE (c.converted IS NULL) <> (c.rate IS NULL) OR (c.converted IS NULL) <> (c.low IS NULL) OR c.converted IS NULL AND c.median_time IS NOT NULL) AS halves,
	count(*) FILTER (WHERE c.converted IS NULL AND NOT (h.entered < k OR h.converted BETWEEN 1 AND k - 1 OR h.entered - h.converted BETWEEN 1 AND k - 1)) AS needlessly_hidden
FROM span, generate_series(0, 60, 20) AS k, tcs.segment_conversion('"s""e%g"', f, t, within, k) AS c
JOIN LATERAL by_hand(f, t, hours) AS h ON h.from_segment = coalesce(c.from_segment, '(none)') AND h.to_segment = coalesce(c.to_segment, '(none)');

-- Who may not read the moves is not told.
CREATE ROLE regress_tcs_conversion;
GRANT USAGE ON SCHEMA "segment conversion" TO regress_tcs_conversion;
SET ROLE regress_tcs_conversion;
SELECT * FROM tcs.segment_conversion('small_seg', '2023-12-31', '2024-01-31');
RESET ROLE;
GRANT SELECT ON small_seg_moves TO regress_tcs_conversion;
SET ROLE regress_tcs_conversion;
SELECT count(*) AS cells FROM tcs.segment_conversion('small_seg', '2023-12-31', '2024-01-31');
RESET ROLE;

-- Errors.
SELECT * FROM tcs.segment_conversion('small_seg', '2024-01-01', '2024-02-01', '0');
SELECT * FROM tcs.segment_conversion('customer', '2024-01-01', '2024-02-01');
\set VERBOSITY terse
SELECT * FROM tcs.segment_conversion(NULL, '2024-01-01', '2024-02-01');
SELECT * FROM tcs.segment_conversion('small_seg', NULL, '2024-02-01');
SELECT * FROM tcs.segment_conversion('small_seg', '2024-01-01', NULL);
SELECT * FROM tcs.segment_conversion('small_seg', '2024-02-01', '2024-01-01');
SELECT * FROM tcs.segment_conversion('small_seg', '2024-01-01', '2024-02-01', '-1 day');
SELECT * FROM tcs.segment_conversion('small_seg', '2024-01-01', '2024-02-01', '1 mon -31 days');
SELECT * FROM tcs.segment_conversion('small_seg', '2024-01-01', '2024-02-01', k => -1);
SELECT * FROM tcs.segment_conversion('small_seg', '2024-01-01', '2024-02-01', k => NULL);
SELECT count(*) FROM tcs.segment_conversion('small_seg', '2024-01-01', '2024-02-01', '200000 years');

DROP VIEW arrival CASCADE;
SELECT tcs.drop_segmentation('small_seg'), tcs.drop_segmentation('"s""e%g"');
DELETE FROM tcs.rule_set WHERE name = 'segment_conversion';
DROP SCHEMA "segment conversion" CASCADE;
DROP ROLE regress_tcs_conversion;
