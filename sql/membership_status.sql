-- What a DBA looks at: which segmentations and metrics views there are, and how they
-- are doing, whatever their owners made of them.
SET client_min_messages = error;
SET jit = off;
\set SHOW_CONTEXT never
CREATE ROLE regress_tcs_owner;
CREATE ROLE regress_tcs_reader;
CREATE SCHEMA segmentations AUTHORIZATION regress_tcs_owner;
SET SESSION AUTHORIZATION regress_tcs_owner;
SET search_path = segmentations;
SELECT tcs.version() = extversion AS version FROM pg_extension WHERE extname = 'tcs';

-- A shop: orders in partitions, a metrics view, and a view over that which joins more.
CREATE TABLE orders (customer integer, at timestamptz, amount numeric) PARTITION BY RANGE (at);
CREATE TABLE orders_old PARTITION OF orders FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE orders_new PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE TABLE customers (id integer PRIMARY KEY, country text);
CREATE TABLE visits (customer integer, n integer);
CREATE MATERIALIZED VIEW visited AS SELECT customer, sum(n) AS n FROM visits GROUP BY customer;
INSERT INTO customers SELECT n, 'country ' || n % 3 FROM generate_series(1, 120) AS n;
INSERT INTO orders SELECT 1 + n * 7919 % 120, timestamptz '2024-01-01' + n * 7 % 700 * interval '1 day', 1 + n % 50 FROM generate_series(1, 900) AS n;
SELECT tcs.create_metrics('segmentations.metrics', 'orders', 'customer', 'at', 'amount', zone => 'Europe/Berlin',
	customers => 'customers', horizon => '6 months', margin => 0.25, annual_discount => 0.1, family => 'mbg/nbd') IS NOT NULL AS made;
SELECT tcs.create_metrics('segmentations.plain', 'orders', 'customer', 'at', 'amount', zone => 'UTC', family => 'bg/nbd') IS NOT NULL AS made;
CREATE FUNCTION country_of(integer) RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC SELECT country FROM customers WHERE id = $1; END;
CREATE FUNCTION hidden_from(integer) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT sum(n) FROM segmentations.visits WHERE customer = $1';
CREATE VIEW attributed AS SELECT p.*, country_of(p.customer) AS country, hidden_from(p.customer) AS hidden, v.n AS visits
FROM plain AS p LEFT JOIN visited AS v ON v.customer = p.customer;
CREATE VIEW outer_view AS SELECT a.* FROM attributed AS a;
SELECT tcs.source_tables('metrics') AS metrics, tcs.source_tables('outer_view') AS outer_view, tcs.source_tables('orders') AS itself,
	tcs.source_tables('visited') AS materialized, tcs.source_tables('pg_class') AS of_the_server, tcs.source_tables(NULL) AS nothing;

-- Models that a view over a metrics view shows are the cause of what they move.
SELECT tcs.create_segmentation('segmentations.seg', 'outer_view', 'customer', 'tcs.value_tiers') IS NOT NULL AS made;
SELECT tcs.track_segmentation('seg', 'orders', 'customer') AS tables;
SELECT tcs.process_segmentation('seg') AS looked_at;
INSERT INTO plain_model (rfm, abc) SELECT rfm, jsonb_set(abc, '{lower_bounds,0}', '900') FROM plain_model;
SELECT customers, entered, removed, moved > 0 AS moved FROM tcs.refresh_segmentation('seg');
SELECT cause, count(*) > 0 AS some FROM seg_moves GROUP BY cause ORDER BY cause;

-- The rows.
SELECT segmentation, source, rule_set, mode, customers, last_refresh IS NOT NULL AS refreshed, duration >= '0' AS duration, last_process IS NOT NULL AS processed,
	process_duration >= '0' AS process_duration, queue_length, queue_oldest, failing, last_error, tracked, untracked, bytes = (SELECT sum(pg_total_relation_size(oid)) FROM pg_class
		WHERE relname LIKE 'seg%' AND relkind = 'r' AND relnamespace = 'segmentations'::regnamespace) AS bytes
FROM tcs.segmentations;
SELECT s.tracked = t.tracked AND s.untracked = t.untracked AS as_in_the_status, s.failing, s.queue_length FROM seg_status AS s, tcs.segmentations AS t;
SELECT view, orders, zone, horizon, margin, annual_discount, family, fits, newest_fit, fitted_at IS NOT NULL AS fitted, fit_as_of IS NOT NULL AS as_of,
	converged IS NOT NULL AS converged, spend_converged, error
FROM tcs.metrics_views ORDER BY view::text;

-- A key that fails is counted, and its error is the newest.
INSERT INTO orders VALUES (5, '2026-02-03', 1), (6, '2026-02-03', 1);
UPDATE seg_queue SET error = 'division by zero', error_state = '22012' WHERE key = 5;
SELECT queue_length, queue_oldest IS NOT NULL AS waits, failing, last_error, last_error_state, last_error_at IS NOT NULL AS at FROM tcs.segmentations;
SELECT queue_length, failing, last_error FROM seg_status;

-- Others see what they may read, and a call gives all of it.
SET SESSION AUTHORIZATION regress_tcs_reader;
SELECT count(*) AS segmentations, (SELECT count(*) FROM tcs.metrics_views) AS metrics_views FROM tcs.segmentations;
SET SESSION AUTHORIZATION regress_tcs_owner;
GRANT USAGE ON SCHEMA segmentations TO regress_tcs_reader;
GRANT SELECT ON seg_state TO regress_tcs_reader;
SET SESSION AUTHORIZATION regress_tcs_reader;
SELECT segmentation, customers, queue_length, failing, tracked, untracked, last_error FROM tcs.segmentations;
SELECT tcs.refresh_segmentation('segmentations.seg');
SELECT tcs.grant_segmentation('segmentations.seg', 'regress_tcs_reader', 'refresh');
SET SESSION AUTHORIZATION regress_tcs_owner;
SELECT tcs.grant_segmentation('seg', 'regress_tcs_reader');
SELECT tcs.grant_segmentation('seg', 'regress_tcs_reader', 'all');
SELECT tcs.grant_segmentation('orders', 'regress_tcs_reader');
SET SESSION AUTHORIZATION regress_tcs_reader;
SELECT segmentation, customers, queue_length, failing, tracked, untracked FROM tcs.segmentations;
SELECT count(*) > 0 AS history FROM segmentations.seg_history;
SELECT queue_length FROM segmentations.seg_status;
SELECT length(tcs.report_html('segmentations.seg')) > 10000 AS report;
SELECT has_table_privilege('segmentations.seg', 'UPDATE') AS may_refresh;
SET SESSION AUTHORIZATION regress_tcs_owner;
SELECT tcs.grant_segmentation('seg', 'regress_tcs_reader', 'refresh');
SET SESSION AUTHORIZATION regress_tcs_reader;
SELECT customers FROM tcs.refresh_segmentation('segmentations.seg');
SET SESSION AUTHORIZATION regress_tcs_owner;
SELECT tcs.grant_segmentation('seg', 'regress_tcs_reader', 'nothing');
SET SESSION AUTHORIZATION regress_tcs_reader;
SELECT count(*) AS segmentations FROM tcs.segmentations;
RESET SESSION AUTHORIZATION;

-- Nothing of the owner's runs for whoever looks: no policy, no expression of an index,
-- no function of the view, no column of a table that inherits.
SET search_path = segmentations;
SET SESSION AUTHORIZATION regress_tcs_owner;
SELECT tcs.grant_segmentation('seg', 'regress_tcs_reader');
GRANT SELECT ON plain, plain_model TO regress_tcs_reader;
CREATE FUNCTION ran(anyelement) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN IF session_user <> 'regress_tcs_owner' THEN RAISE EXCEPTION 'code of the owner ran as %', current_user; END IF; RETURN true; END $$;
CREATE INDEX ON seg_state ((ran(1)));
CREATE INDEX ON seg_queue ((1)) WHERE ran(2);
CREATE INDEX ON plain_model ((ran(3)));
RESET SESSION AUTHORIZATION;
SELECT segmentation, failing, last_error FROM tcs.segmentations;
SELECT view, fits, error FROM tcs.metrics_views WHERE view::text = 'plain';
SET SESSION AUTHORIZATION regress_tcs_reader;
SELECT customers, last_error FROM tcs.segmentations;
SET SESSION AUTHORIZATION regress_tcs_owner;
ALTER TABLE seg_state ENABLE ROW LEVEL SECURITY;
CREATE POLICY ran ON seg_state USING (ran(4));
ALTER TABLE plain_model ENABLE ROW LEVEL SECURITY;
CREATE POLICY ran ON plain_model USING (ran(5));
SET SESSION AUTHORIZATION regress_tcs_reader;
SELECT segmentation, customers, last_error, last_error_state FROM tcs.segmentations;
SELECT view, fits, error FROM tcs.metrics_views;
RESET SESSION AUTHORIZATION;
SELECT customers FROM tcs.segmentations;
SET SESSION AUTHORIZATION regress_tcs_owner;
ALTER TABLE seg_state DISABLE ROW LEVEL SECURITY;
ALTER TABLE plain_model DISABLE ROW LEVEL SECURITY;

-- Each column that is read, altered to other types and to NULL: there is a row, which says what is wrong.
DO $$ DECLARE v regclass; BEGIN
	FOR v IN SELECT oid FROM pg_class WHERE relkind = 'v' AND relname LIKE 'seg\_%' AND relnamespace = 'segmentations'::regnamespace LOOP EXECUTE 'DROP VIEW ' || v; END LOOP;
END $$;
CREATE TYPE en AS ENUM ('x');
CREATE TABLE seen (relation text, attribute name, type text, rows bigint, error text);
DO $$
DECLARE
	c record;
	t record;
	n bigint;
	e text;
BEGIN
	FOR c IN SELECT r, a.attname, format_type(a.atttypid, -1) AS made, a.attnotnull FROM unnest('{seg_state,seg_queue,seg_tracked,plain_model}'::text[]) AS r
		JOIN pg_attribute AS a ON a.attrelid = r::regclass AND a.attnum > 0 AND NOT a.attisdropped
		WHERE a.attname IN ('source', 'rule_set', 'mode', 'customers', 'last_refresh', 'duration', 'last_process', 'process_duration', 'last_error', 'last_error_state', 'last_error_at',
			'queued_at', 'error', 'error_state', 'parent', 'fitted_at', 'as_of') OR a.attname = 'relation' AND r = 'seg_tracked' LOOP
		FOR t IN SELECT * FROM (VALUES ('bigint', '4702394921427272193'), ('"char"', 'x'), ('boolean', 't'), ('text', 'x'), ('varchar(9)', 'x'), ('jsonb', '1'), ('regclass', '1'),
			('en', 'x'), ('point', '(1,2)'), ('text[]', '{x}'), ('date', 'today'), ('interval', '1 day'), ('timestamptz', 'now'), ('NULL', NULL)) AS t (type, value) WHERE type <> c.made LOOP
			BEGIN
				EXECUTE format('ALTER TABLE %I DROP %I CASCADE, ADD %2$I %s %s', c.r, c.attname, CASE WHEN t.type = 'NULL' THEN c.made ELSE t.type END,
					CASE WHEN t.type <> 'NULL' THEN format('NOT NULL DEFAULT %L', t.value) END);
				IF c.r = 'plain_model' THEN
					SELECT count(*), max(error) INTO n, e FROM tcs.metrics_views WHERE view::text LIKE '%plain';
				ELSE
					SELECT count(*), max(last_error) INTO n, e FROM tcs.segmentations;
				END IF;
				RAISE EXCEPTION 'undo';
			EXCEPTION WHEN OTHERS THEN
				IF SQLERRM <> 'undo' THEN
					n := -1;
					e := SQLSTATE || ' ' || SQLERRM;
				END IF;
			END;
			INSERT INTO seen VALUES (c.r, c.attname, CASE WHEN t.type = 'NULL' AND NOT c.attnotnull THEN 'may be NULL' ELSE t.type END, n, e);
		END LOOP;
	END LOOP;
END $$;
SELECT count(*) > 200 AS enough, count(*) FILTER (WHERE rows IS DISTINCT FROM 1) AS no_row, count(*) FILTER (WHERE error LIKE '%ran as%') AS ran,
	count(*) FILTER (WHERE type <> 'may be NULL' AND relation <> 'plain_model' AND error !~ 'must be|may be null|one row|row that|division') AS not_said FROM seen;
SELECT * FROM seen WHERE rows <> 1 ORDER BY relation, attribute, type LIMIT 5;
SELECT relation, attribute, type, error FROM seen WHERE type = 'en' AND attribute IN ('rule_set', 'queued_at', 'parent', 'as_of') ORDER BY relation, attribute;

-- What was dropped, renamed or made twice.
ALTER TABLE seg_state DROP CONSTRAINT seg_state_pkey;
INSERT INTO seg_state (source, key_column, rule_set, mode, notify, time_zone) SELECT source, key_column, rule_set, mode, notify, time_zone FROM seg_state;
SELECT segmentation, last_error FROM tcs.segmentations;
DELETE FROM seg_state WHERE customers IS NULL;
DELETE FROM seg_queue;
DROP VIEW outer_view CASCADE;
SELECT segmentation, customers, tracked, untracked, last_error FROM tcs.segmentations;
CREATE VIEW outer_view AS SELECT a.* FROM attributed AS a;
UPDATE seg_state SET source = 'outer_view';
ALTER TABLE seg_queue RENAME TO elsewhere;
SELECT segmentation, customers, queue_length, tracked, last_error FROM tcs.segmentations;
ALTER TABLE seg RENAME TO lost;
SELECT segmentation, source, customers, last_error FROM tcs.segmentations;
-- What only looks like one: a state of something else.
CREATE TABLE door_state (open boolean);
CREATE TABLE door_moves (n integer);
CREATE TABLE odd_model (n integer);
CREATE VIEW odd AS SELECT '512'::text AS rfm_cell;
SELECT count(*) FROM tcs.segmentations;
SELECT view, fits, error FROM tcs.metrics_views WHERE view::text = 'odd';
RESET SESSION AUTHORIZATION;
RESET search_path;
DROP SCHEMA segmentations CASCADE;
DROP ROLE regress_tcs_owner, regress_tcs_reader;
