-- The rule sets that come with the extension.
SELECT s.name, count(*) AS rules, count(DISTINCT r.segment) AS segments, s.default_segment
FROM tcs.rule_set AS s JOIN tcs.rule AS r ON r.rule_set = s.name WHERE s.name LIKE 'tcs.%' GROUP BY s.name ORDER BY s.name;
SELECT count(*) FILTER (WHERE s.description IS NULL) AS undescribed FROM tcs.rule_set AS s WHERE s.name LIKE 'tcs.%';
SELECT count(*) FILTER (WHERE length(r.description) > 20 AND r.description ~ '\.$') = count(*) AS described, array_agg(DISTINCT changed_by) AS by, bool_and(enabled) AS enabled
FROM tcs.rule AS r WHERE r.rule_set LIKE 'tcs.%';

-- tcs.rfm is rfm_segment, on all 125 cells and elsewhere
CREATE TEMP TABLE cell AS
SELECT s, tcs.rfm_cell(s) AS rfm_cell, (s).r, (s).f, (s).m FROM (
	SELECT ROW(r, f, m)::tcs.rfm AS s FROM generate_series(1, 5) AS r, generate_series(1, 5) AS f, generate_series(1, 5) AS m) AS c;
SELECT count(*) AS cells, count(*) FILTER (WHERE tcs.segment_assign('tcs.rfm', cell) = tcs.rfm_segment(s)) AS same, count(DISTINCT tcs.segment_assign('tcs.rfm', cell)) AS segments FROM cell;
SELECT tcs.segment_assign('tcs.rfm', x) IS NULL AS none FROM (VALUES ('666'), ('10-3-7'), (NULL)) AS x (rfm_cell);
SELECT max(cardinality(tcs.rule_priorities('tcs.rfm', cell))) AS most, min(cardinality(tcs.rule_priorities('tcs.rfm', cell))) AS fewest FROM cell;

-- tcs.rfm_simple: each pair of r and f once
SELECT count(*) AS pairs, min(cardinality(p)) AS fewest, max(cardinality(p)) AS most FROM (
	SELECT tcs.rule_priorities('tcs.rfm_simple', x) AS p FROM (SELECT DISTINCT r, f FROM cell) AS x) AS y;
SELECT r, string_agg(tcs.segment_assign('tcs.rfm_simple', x), ', ' ORDER BY f) AS by_frequency FROM (SELECT DISTINCT r, f FROM cell) AS x GROUP BY r ORDER BY r DESC;

-- tcs.lifecycle against the same in words: exhaustive and exclusive, around every boundary
CREATE TEMP TABLE life AS
SELECT p AS purchases, d AS days_since_last, d + CASE WHEN p > 1 THEN round(g * (p - 1))::int ELSE 0 END AS days_since_first,
	CASE WHEN p > 1 THEN round(g * (p - 1)) / (p - 1) END::float8 AS mean_gap, CASE WHEN p > 1 THEN l END::float8 AS last_gap
FROM generate_series(1, 4) AS p, unnest(ARRAY[0, 1, 13, 14, 15, 20, 21, 22, 29, 30, 31, 41, 42, 43, 59, 60, 61, 89, 90, 91, 119, 120, 121, 179, 180, 181, 359, 360, 361, 719, 720, 721, 5000]) AS d,
	unnest(ARRAY[1, 6.9, 7, 7.1, 30, 45, 60, 61, 120]) AS g, unnest(ARRAY[1, 20, 21, 22, 90, 179, 180, 181, 200]) AS l
WHERE p = 1 AND g = 1 AND l = 1 OR p = 2 AND round(g) = l OR p > 2 AND l <= round(g * (p - 1)) - (p - 2);
INSERT INTO life SELECT 2, d, d + l, l, l FROM unnest(ARRAY[0, 10, 30, 200, 359, 360, 361]) AS d, unnest(ARRAY[1, 29, 30, 179, 180, 181]) AS l;
INSERT INTO life VALUES (0, NULL, NULL, NULL, NULL);
CREATE FUNCTION pg_temp.stage(x life) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rhythm float8 := greatest(coalesce(x.mean_gap, 60), 7);
	before float8 := 60;
BEGIN
	IF x.purchases = 0 THEN RETURN 'prospect'; END IF;
	IF x.days_since_first < 30 THEN RETURN 'new'; END IF;
	IF x.days_since_last >= 6 * rhythm THEN RETURN 'lost'; END IF;
	IF x.days_since_last >= 3 * rhythm THEN RETURN 'dormant'; END IF;
	IF x.days_since_last >= 2 * rhythm THEN RETURN 'at risk'; END IF;
	IF x.purchases > 2 THEN before := greatest((x.mean_gap * (x.purchases - 1) - x.last_gap) / (x.purchases - 2), 7); END IF;
	IF x.last_gap >= 3 * before THEN RETURN 'reactivated'; END IF;
	RETURN 'active';
END $$;
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE tcs.segment_assign('tcs.lifecycle', life) IS DISTINCT FROM pg_temp.stage(life)) AS different,
	min(cardinality(tcs.rule_priorities('tcs.lifecycle', life))) AS fewest, max(cardinality(tcs.rule_priorities('tcs.lifecycle', life))) AS most FROM life;
SELECT tcs.segment_assign('tcs.lifecycle', life) AS stage, count(*) > 10 AS some FROM life GROUP BY 1 ORDER BY 1;
-- the boundaries as the descriptions have them
SELECT what, tcs.segment_assign('tcs.lifecycle', x) AS stage FROM (VALUES
	(1, '29 days', 1, 29, 29, NULL::float8, NULL::float8), (2, '30 days', 1, 30, 30, NULL, NULL),
	(3, 'one purchase, 119 days', 1, 119, 119, NULL, NULL), (4, 'one purchase, 120 days', 1, 120, 120, NULL, NULL),
	(5, 'one purchase, 179 days', 1, 179, 179, NULL, NULL), (6, 'one purchase, 180 days', 1, 180, 180, NULL, NULL),
	(7, 'one purchase, 359 days', 1, 359, 359, NULL, NULL), (8, 'one purchase, 360 days', 1, 360, 360, NULL, NULL),
	(9, 'gap of 179 days', 2, 10, 189, 179, 179), (10, 'gap of 180 days', 2, 10, 190, 180, 180),
	(11, 'rhythm of 10, gap of 29', 3, 0, 39, 19.5, 29), (12, 'rhythm of 10, gap of 30', 3, 0, 40, 20, 30),
	(13, 'daily, 13 days', 40, 13, 52, 1, 1), (14, 'daily, 14 days', 40, 14, 53, 1, 1),
	(15, 'daily, 21 days', 40, 21, 60, 1, 1), (16, 'daily, 42 days', 40, 42, 81, 1, 1)
) AS x (n, what, purchases, days_since_last, days_since_first, mean_gap, last_gap) ORDER BY n;

-- tiers, at their boundaries
SELECT revenue, tcs.segment_assign('tcs.loyalty_tiers', x) AS tier FROM (VALUES (0, 0), (0, 1), (499.99, 2), (500, 2), (1999.99, 3), (2000, 3),
	(4999.99, 4), (5000, 4), (NULL, 0)) AS x (revenue, purchases);
SELECT abc_tier, revenue, tcs.segment_assign('tcs.value_tiers', x) AS tier FROM (VALUES ('A', 10), ('B', 5), ('C', 1), ('C', 0), ('C', -1), (NULL, 1)) AS x (abc_tier, revenue);
SELECT purchases, discount_share, tcs.segment_assign('tcs.price_sensitive', x) AS who
	FROM (VALUES (2, 1), (3, 1), (3, 0.7), (3, 0.69), (3, 0.3), (3, 0.29), (3, 0), (3, NULL)) AS x (purchases, discount_share);

-- tcs.churn_warning: once each, around the boundaries; a risk that is not known is nobody's
CREATE TEMP TABLE risk AS
SELECT p AS purchases, d AS days_since_last, g AS mean_gap, c AS churn_risk, v AS value_at_risk
FROM unnest(ARRAY[1, 5]) AS p, unnest(ARRAY[0, 13, 14, 59, 60, 119, 120]) AS d, unnest(ARRAY[2, 7, 30]::float8[]) AS g,
	unnest(ARRAY[0, 0.49, 0.5, 0.89, 0.9, 1]::float8[]) AS c, unnest(ARRAY[NULL, 0, 49.99, 50, 1000]::float8[]) AS v;
UPDATE risk SET mean_gap = NULL WHERE purchases = 1;
SELECT count(*), min(cardinality(tcs.rule_priorities('tcs.churn_warning', risk))) AS fewest, max(cardinality(tcs.rule_priorities('tcs.churn_warning', risk))) AS most FROM risk;
SELECT tcs.segment_assign('tcs.churn_warning', risk) AS segment, count(*), count(*) FILTER (WHERE tcs.segment_assign('tcs.churn_warning', risk) <>
	CASE WHEN churn_risk >= 0.9 THEN 'Gone' WHEN value_at_risk >= 50 THEN 'Call now' WHEN churn_risk >= 0.5 THEN 'Likely to leave'
		WHEN days_since_last >= 2 * greatest(CASE WHEN purchases = 1 THEN 60 ELSE mean_gap END, 7) THEN 'Overdue' ELSE 'Safe' END) AS different
FROM risk GROUP BY 1 ORDER BY 1;
SELECT tcs.segment_assign('tcs.churn_warning', x) AS segment FROM (VALUES (0, NULL, NULL::float8, NULL::float8, NULL::float8),
	(3, 50, 20, NULL, NULL)) AS x (purchases, days_since_last, mean_gap, churn_risk, value_at_risk);

-- All work on a metrics view; price_sensitive once its column is there.
CREATE SCHEMA shipped;
CREATE TABLE shipped.orders AS SELECT i % 40 AS customer, current_date - i * i % 700 AS at, (i * 13 % 101)::numeric AS amount FROM generate_series(1, 300) AS i;
SET client_min_messages = error;
CREATE TABLE shipped.customers AS SELECT i AS id FROM generate_series(0, 44) AS i;
SELECT tcs.create_metrics('shipped.metrics', 'shipped.orders', 'customer', 'at', 'amount', 'UTC', 'shipped.customers', 'id');
RESET client_min_messages;
-- (too few customers for models: these will do)
UPDATE shipped.metrics_model SET btyd = tcs.btyd_model('mbg/nbd', 1, 60, 0.8, 2.5), spend = tcs.spend_model(4, 4, 40);
SELECT count(*) AS customers,
	count(*) FILTER (WHERE tcs.segment_assign('tcs.rfm', metrics) IS NOT DISTINCT FROM rfm_segment) AS rfm,
	count(*) FILTER (WHERE (tcs.segment_assign('tcs.rfm_simple', metrics) IS NULL) = (r IS NULL)) AS rfm_simple,
	count(*) FILTER (WHERE cardinality(tcs.rule_priorities('tcs.lifecycle', metrics)) = 1) AS lifecycle,
	count(*) FILTER (WHERE tcs.segment_assign('tcs.lifecycle', metrics) = 'prospect') AS prospects,
	count(*) FILTER (WHERE cardinality(tcs.rule_priorities('tcs.value_tiers', metrics)) = 1) AS value_tiers,
	count(tcs.segment_assign('tcs.loyalty_tiers', metrics)) AS loyalty_tiers,
	count(*) FILTER (WHERE cardinality(tcs.rule_priorities('tcs.churn_warning', metrics)) = 1) AS churn_warning
FROM shipped.metrics;
SELECT tcs.segment_assign('tcs.price_sensitive', metrics) FROM shipped.metrics LIMIT 1;
SELECT count(tcs.segment_assign('tcs.price_sensitive', x)) AS price_sensitive FROM (SELECT *, 0.5 AS discount_share FROM shipped.metrics) AS x;
-- none of their rules is refused, impossible or unreachable (those of the matrices: see there)
SELECT s.name, c.* FROM tcs.rule_set AS s, tcs.rule_check(s.name, 'shipped.metrics') AS c
WHERE s.name LIKE 'tcs.%' AND s.name NOT IN ('tcs.price_sensitive', 'tcs.customer_relationship', 'tcs.sales_performance', 'tcs.decision_tendency')
	AND c.finding IN ('refused', 'fails', 'impossible', 'unreachable', 'clock');
CREATE VIEW shipped.with_share AS SELECT *, 0.5 AS discount_share FROM shipped.metrics;
SELECT finding, segment, rows FROM tcs.rule_check('tcs.price_sensitive', 'shipped.with_share') WHERE severity <> 'figure';

-- They stay as they are, and nobody makes more of them.
UPDATE tcs.rule_set SET default_segment = 'x' WHERE name = 'tcs.rfm';
UPDATE tcs.rule SET enabled = false WHERE rule_set = 'tcs.rfm';
DELETE FROM tcs.rule WHERE rule_set = 'tcs.rfm';
DELETE FROM tcs.rule_set WHERE name = 'tcs.rfm';
\set VERBOSITY terse
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('tcs.rfm', 1, 'x', 'true');
INSERT INTO tcs.rule_set (name) VALUES ('tcs.mine');
INSERT INTO tcs.rule_set (name) VALUES ('tcs_mine'), ('tcsamine'), ('TCS.mine');
UPDATE tcs.rule_set SET name = 'tcs.mine' WHERE name = 'tcs_mine';
DELETE FROM tcs.rule_set WHERE name IN ('tcs_mine', 'tcsamine', 'TCS.mine');
SET client_min_messages = warning;
DROP SCHEMA shipped CASCADE;
