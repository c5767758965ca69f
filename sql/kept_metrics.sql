-- Metrics views whose histories are kept: they say what they say without.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA kept_metrics;
SET search_path = kept_metrics;
\set SHOW_CONTEXT never

CREATE TABLE orders (id serial PRIMARY KEY, number integer, customer integer, at timestamptz, day date, amount numeric(10,2), float float8);
CREATE FUNCTION add(n integer) RETURNS void LANGUAGE sql AS $$
	INSERT INTO kept_metrics.orders (number, customer, at, day, amount, float)
	SELECT i / 2, nullif(c, 0), now() - d * interval '11 hours', current_date - d / 2, a, a
	FROM (SELECT i, (i * 7919 % 101) % 61 AS c, i * 37 % 1500 AS d, (i * 31 % 97) - 9 AS a FROM generate_series(n, n + 999) AS i) AS made $$;
SELECT add(1);
-- some have only refunds, some only orders of days to come, some both
INSERT INTO orders (number, customer, at, day, amount, float) SELECT -i, 200 + i, now() - interval '4 days', current_date - 4, -2, -2 FROM generate_series(1, 5) AS i;
INSERT INTO orders (number, customer, at, day, amount, float) SELECT -i, 203 + i, now() + i * interval '40 days', current_date + i * 40, 20, 20 FROM generate_series(1, 5) AS i;
INSERT INTO orders (number, customer, at, day, amount, float) SELECT -i, i, now() + i * interval '1 day', current_date + i, 20, 20 FROM generate_series(1, 5) AS i;
CREATE TABLE customers (id integer PRIMARY KEY, tier text);
INSERT INTO customers SELECT i, 't' || i % 3 FROM generate_series(1, 120) AS i;

-- how many rows two views do not have in common
CREATE FUNCTION differs(one regclass, other regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE answer bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ((TABLE %1$s EXCEPT ALL TABLE %2$s) UNION ALL (TABLE %2$s EXCEPT ALL TABLE %1$s)) AS r', one, other) INTO answer;
	RETURN answer;
END $$;

-- all shapes of a log: kept, the view says the same, and what it said; then without
CREATE TABLE shape (name text PRIMARY KEY, call text);
INSERT INTO shape VALUES
	('instants', $$'customer', 'at', 'amount', 'Europe/Berlin'$$),
	('days', $$'customer', 'day', 'amount', 'Pacific/Auckland'$$),
	('floats', $$'customer', 'day', 'float', 'America/Santiago'$$),
	('with_customers', $$'customer', 'at', 'amount', 'UTC', customers => 'customers', customers_key => 'id', attributes => '{tier}'$$),
	('numbered', $$'customer', 'at', 'amount', 'UTC', order_id => 'number', digits => NULL$$),
	('fixed', $$'customer', 'day', 'amount', 'UTC', as_of => current_date - 100$$);
CREATE FUNCTION try(shape text, call text) RETURNS TABLE (kept boolean, same_as_before bigint, same_as_log bigint, rows_kept bigint, same_without bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT tcs.create_metrics(%L, %L, %s)', shape, 'orders', call);
	EXECUTE format('CREATE TABLE %I AS TABLE %I', shape || '_was', shape);
	EXECUTE format('SELECT tcs.keep_metrics(%L)::text = %L', shape, shape || '_kept') INTO kept;
	same_as_before := differs(shape, shape || '_was');
	same_as_log := differs(shape, shape || '_log');
	EXECUTE format('SELECT count(*) FROM %I', shape || '_kept') INTO rows_kept;
	PERFORM tcs.keep_metrics(shape::regclass, false);
	same_without := differs(shape, shape || '_was');
	RETURN NEXT;
END $$;
SELECT name, tried.* FROM shape, try(name, call) AS tried ORDER BY name COLLATE "C";
SELECT count(*) FROM pg_class WHERE relnamespace = 'kept_metrics'::regnamespace AND relname ~ '_(kept|log|histories)';

-- what is built on the view stays, and what is said of it
CREATE VIEW reader AS SELECT customer, revenue FROM instants;
GRANT SELECT ON instants TO PUBLIC;
SET client_min_messages = notice;
SELECT obj_description('instants'::regclass) AS comment, tcs.keep_metrics('instants') AS kept \gset
SET client_min_messages = warning;
SELECT obj_description('instants'::regclass) = :'comment' AS same_comment, col_description('instants'::regclass, 3), relacl IS NOT NULL AS granted FROM pg_class WHERE oid = 'instants'::regclass;
SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'instants_kept'::regclass AND attnum > 0 ORDER BY attnum;
SELECT count(*) = (SELECT count(*) FROM instants) FROM reader;

-- who is told what: the queue
SELECT tcs.track_segmentation('instants', 'orders', 'customer');
SELECT tcs.process_segmentation('instants') > 0 AS processed;
SELECT add(2000);
UPDATE orders SET amount = amount + 1 WHERE id % 17 = 0;
UPDATE orders SET customer = customer % 40 + 1 WHERE id % 19 = 0;
DELETE FROM orders WHERE id % 23 = 0;
INSERT INTO orders (customer, at, amount) VALUES (1, now() - interval '9 years', 10), (2, now(), -1000), (3, now() + interval '1 year', 10), (999, now(), 1), (NULL, now(), 1), (4, NULL, 1), (5, now(), NULL);
SELECT differs('instants', 'instants_log') > 0 AS behind;
SELECT tcs.process_segmentation('instants') > 0 AS processed;
SELECT differs('instants', 'instants_log');
SELECT * FROM tcs.refresh_segmentation('instants');

-- as the clock goes on: rows that an order of a day to come has changed are read from the log, until they are processed
ALTER TABLE instants_kept DISABLE TRIGGER tcs_guard;
UPDATE instants_kept SET orders = 77, revenue = 77, due = now() - interval '1 hour' WHERE customer IN (7, 8, 9);
ALTER TABLE instants_kept ENABLE TRIGGER tcs_guard;
SELECT differs('instants', 'instants_log');
SELECT tcs.process_segmentation('instants');
SELECT differs('instants', 'instants_log'), (SELECT count(*) FROM instants_kept WHERE revenue = 77 OR due <= now()) AS behind;
SELECT count(*) FROM instants_kept WHERE due IS DISTINCT FROM (SELECT min(date_trunc('day', o.at AT TIME ZONE 'Europe/Berlin') AT TIME ZONE 'Europe/Berlin')
	FROM orders AS o WHERE o.customer = instants_kept.customer AND (o.at AT TIME ZONE 'Europe/Berlin')::date > (now() AT TIME ZONE 'Europe/Berlin')::date);

-- mode sync
UPDATE instants_kept_state SET mode = 'sync';
SELECT tcs.track_segmentation('instants', 'orders', 'customer');
SELECT * FROM tcs.refresh_segmentation('instants');
SELECT add(3000);
UPDATE orders SET at = at - interval '3 days' WHERE id % 29 = 0;
DELETE FROM orders WHERE id % 31 = 0;
SELECT differs('instants', 'instants_log'), (SELECT count(*) FROM instants_kept_queue);
CREATE TABLE copied AS TABLE orders;
TRUNCATE orders;
SELECT differs('instants', 'instants_log'), (SELECT count(*) FROM instants);
INSERT INTO orders TABLE copied;
SELECT differs('instants', 'instants_log'), (SELECT count(*) > 60 FROM instants);

-- models are fitted on what is kept, and are those of the log; other days are asked of the log
SELECT tcs.refit_metrics('instants') AS kept_fit \gset
CREATE TABLE due AS SELECT * FROM tcs.segment_due('tcs.rfm', 'instants', current_date + 40);
SELECT tcs.create_forecast('ahead', 'instants');
CREATE TABLE forecast AS TABLE ahead;
SELECT view, orders, zone, as_of, error FROM tcs.metrics_views WHERE view IN ('instants'::regclass, 'instants_log'::regclass) ORDER BY 1;
SELECT tcs.keep_metrics('instants', false);
DROP VIEW ahead;
SELECT tcs.keep_metrics('instants', false);
SELECT tcs.create_forecast('ahead', 'instants');
SELECT tcs.refit_metrics('instants') AS log_fit \gset
SELECT a.rfm = b.rfm AS rfm, a.abc = b.abc AS abc, a.btyd = b.btyd AS btyd, a.spend = b.spend AS spend, a.holdout = b.holdout AS holdout, a.churn IS NOT DISTINCT FROM b.churn AS churn
FROM instants_model AS a, instants_model AS b WHERE a.id = :kept_fit AND b.id = :log_fit;
SELECT count(*) > 0 AS some, count(*) FILTER (WHERE due IS NULL OR d IS NULL) AS different FROM due FULL JOIN tcs.segment_due('tcs.rfm', 'instants', current_date + 40) AS d USING (key, segment, next_segment, on_day);
DELETE FROM instants_model WHERE id = :log_fit;
SELECT differs('ahead', 'forecast');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'orders'::regclass AND NOT tgisinternal;

-- kept again, in mode sync at once; a segmentation follows what is kept, and is told of nothing else
SELECT tcs.keep_metrics('instants', mode => 'sync');
SELECT tcs.track_segmentation('instants', 'orders', 'customer');
SELECT count(*) FROM instants_model;
SELECT tcs.create_segmentation('segment', 'instants', 'customer', 'tcs.rfm', mode => 'sync');
SELECT tcs.track_segmentation('segment', 'instants_kept', 'customer');
SELECT * FROM tcs.refresh_segmentation('segment');
CREATE VIEW mistake AS SELECT customer FROM segment FULL JOIN (SELECT customer, tcs.segment_assign('tcs.rfm', whole) AS segment FROM instants AS whole) AS m ON customer = key
WHERE segment.segment IS DISTINCT FROM m.segment OR key IS NULL OR customer IS NULL;
SELECT add(4000);
UPDATE orders SET amount = -amount WHERE id % 37 = 0;
DELETE FROM orders WHERE customer IN (11, 12);
SELECT count(*) FROM mistake;
SELECT count(*) > 20 AS moved, count(*) FILTER (WHERE cause NOT IN ('initial', 'data', 'removed')) AS otherwise FROM segment_moves WHERE cause <> 'initial';
SELECT key, cause FROM segment_moves WHERE NOT present ORDER BY 1;
UPDATE segment_state SET mode = 'queue';
SELECT tcs.track_segmentation('segment', 'instants_kept', 'customer');
SELECT * FROM tcs.refresh_segmentation('segment');
INSERT INTO orders (customer, at, amount) VALUES (13, now(), 5000), (1234, now(), 1);
SELECT key FROM segment_queue ORDER BY 1;
SELECT tcs.process_segmentation('segment');
SELECT count(*) FROM mistake;
SELECT tcs.backfill_segmentation('segment', (current_date - 100)) > 0 AS moves;
SELECT count(*) > 0 FROM segment_moves WHERE cause = 'backfill';
-- it would hear of nothing any more
SELECT tcs.keep_metrics('instants', false);
SELECT tcs.untrack_segmentation('segment', 'instants_kept');
SELECT tcs.keep_metrics('instants', false);
SELECT count(*) FROM mistake;

-- refused
SELECT tcs.keep_metrics(NULL);
SELECT tcs.keep_metrics('instants', false);
SELECT tcs.keep_metrics('orders');
SELECT tcs.keep_metrics('reader');
SELECT tcs.keep_metrics('instants', mode => 'sometimes');
SELECT tcs.keep_metrics('instants_model');
ALTER VIEW days SET (security_invoker = true);
SELECT tcs.keep_metrics('days');
ALTER VIEW days RESET (security_invoker);
ALTER VIEW days SET (security_barrier = true);
SELECT tcs.keep_metrics('days');
SELECT reloptions FROM pg_class WHERE oid = 'days'::regclass;
SELECT tcs.keep_metrics('days');
SELECT tcs.drop_metrics('days');
DROP TABLE days_kept;
DROP VIEW days_log;
SELECT tcs.keep_metrics('days', false);
SELECT tcs.drop_metrics('days');
CREATE TABLE floats_log ();
SELECT tcs.keep_metrics('floats');
CREATE ROLE kept_metrics_owner;
CREATE ROLE kept_metrics_other;
GRANT USAGE, CREATE ON SCHEMA kept_metrics TO kept_metrics_owner, kept_metrics_other;
GRANT SELECT ON orders TO kept_metrics_owner;
SET ROLE kept_metrics_owner;
SELECT tcs.create_metrics('owned', 'orders', 'customer', 'day', 'amount', 'UTC');
GRANT SELECT ON owned TO kept_metrics_other;
SET ROLE kept_metrics_other;
SELECT tcs.keep_metrics('owned');
RESET ROLE;
SELECT tcs.keep_metrics('owned');
SET ROLE kept_metrics_owner;
SELECT tcs.keep_metrics('owned');
SET ROLE kept_metrics_other;
SELECT count(*) > 50 FROM owned;
SELECT count(*) FROM owned_kept;
SELECT tcs.refresh_segmentation('owned');
RESET ROLE;
SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'kept_metrics'::regnamespace AND relname LIKE 'owned%';
SELECT differs('owned', 'owned_log');

-- made and kept at once
SELECT tcs.keep_metrics(tcs.create_metrics('at_once', 'orders', 'customer', 'day', 'amount', 'UTC'), mode => 'sync');
SELECT differs('at_once', 'at_once_log');

-- named anew, with the models: what is kept is found
ALTER VIEW at_once RENAME TO later;
ALTER TABLE at_once_model RENAME TO later_model;
SELECT tcs.refit_metrics('later') > 0 AS refitted, holdout ? 'auc' AS held_out FROM later_model;
SELECT tcs.keep_metrics('later', false);

-- names that are hostile, and a key of a domain
CREATE DOMAIN buyer AS varchar(20) COLLATE "C" CHECK (VALUE <> '');
CREATE TABLE "o; ""'%s" ("c ""'%s" buyer, "a%t" timestamp, "€; --" numeric);
INSERT INTO "o; ""'%s" SELECT 'c' || i % 7, localtimestamp - i * interval '1 day', i FROM generate_series(-3, 60) AS i;
SELECT tcs.create_metrics('"m; ""''%s"', '"o; ""''%s"', 'c "''%s', 'a%t', '€; --', 'Asia/Tokyo');
SELECT tcs.keep_metrics('"m; ""''%s"', mode => 'sync');
SELECT tcs.track_segmentation('"m; ""''%s"', '"o; ""''%s"', 'c "''%s');
INSERT INTO "o; ""'%s" VALUES ('new', localtimestamp, 5);
SELECT differs('"m; ""''%s"', '"m; ""''%s_log"'), (SELECT count(*) FROM "m; ""'%s" WHERE customer = 'new');
SELECT tcs.keep_metrics('"m; ""''%s"', false);

\set VERBOSITY terse
SET client_min_messages = error;
DROP SCHEMA kept_metrics CASCADE;
DROP ROLE kept_metrics_owner;
DROP ROLE kept_metrics_other;
