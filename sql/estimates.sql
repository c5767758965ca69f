-- What is read of a fresh segmentation is planned for what there is: a state of one
-- row, and moves that were counted.  A plan that reckons with a thousand states has
-- the server compile for seconds what takes milliseconds.
SET client_min_messages = warning;
CREATE SCHEMA estimates;
SET search_path = estimates;
CREATE TABLE orders (customer_id integer, ordered_on date, amount numeric);
INSERT INTO orders SELECT c, current_date - (1 + (c * 37 + n * n * 11 + n * (c % 13) * 7) % 700), round((5 + (c * 17 + n * 29) % 90) * (1 + c % 5) / 2.0, 2)
FROM generate_series(1, 480) AS c, generate_series(1, CASE WHEN c % 2 = 0 THEN 1 ELSE 1 + c % 12 END) AS n;
SELECT tcs.create_metrics('estimates.metrics', 'orders', 'customer_id', 'ordered_on', 'amount') IS NOT NULL AS metrics;
SELECT tcs.create_segmentation('estimates.seg', 'metrics', 'customer', 'tcs.rfm') IS NOT NULL AS made;
CREATE FUNCTION estimate(query text, OUT rows float8, OUT cost float8) LANGUAGE plpgsql AS $$
DECLARE plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	rows := plan #>> '{0,Plan,Plan Rows}';
	cost := plan #>> '{0,Plan,Total Cost}';
END $$;
-- An order of magnitude above what there is, and far below jit_above_cost.
SELECT query, rows <= most AS rows, cost < 50000 AS cost
FROM (VALUES ('SELECT * FROM seg_monthly', 20000), ('SELECT count(*) FROM seg_monthly', 1), ('SELECT * FROM seg_history', 480),
	('SELECT * FROM seg_status', 1), ('SELECT * FROM seg_monthly, seg_status', 20000), ('SELECT * FROM seg JOIN seg_history USING (key)', 1000)) AS q (query, most),
	estimate(query);
SELECT relname, reltuples::integer FROM pg_class WHERE oid IN ('seg'::regclass, 'seg_moves'::regclass) ORDER BY relname;
DROP SCHEMA estimates CASCADE;
