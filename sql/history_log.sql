-- purchase_log: what a customer bought as a value, and what is read from it.

\set VERBOSITY default
CREATE SCHEMA regress_log;
SET search_path = regress_log, public;
SET timezone = 'UTC';

-- What the aggregates say of the same rows, of any days, types and zones.
CREATE TABLE orders AS
SELECT i AS id, i % 97 AS customer,
	CASE WHEN i % 61 > 0 THEN timestamptz '2021-01-01 UTC' + (i * 7919 % 1500) * interval '1 day' + (i % 24) * interval '1 hour' END AS at,
	CASE WHEN i % 50 = 0 THEN NULL WHEN i % 13 = 0 THEN -5.25 WHEN i % 97 = 3 AND i % 7 = 0 THEN 1 / 3.0 WHEN i % 97 = 5 THEN 10.0 ^ (i % 20) ELSE (i % 1000) / 100.0 END AS amount
FROM generate_series(1, 6000) AS i;
-- Days far apart, with which a row takes more room.
INSERT INTO orders VALUES (-1, 7, '1790-05-05 UTC', 3), (-2, 8, '4000-01-01 BC', 4), (-3, 9, '2400-01-01 UTC', 5), (-4, 10, '12000-01-01 UTC', 6);
CREATE TABLE span (as_of date, until date);
INSERT INTO span VALUES ('1700-01-01', '2022-02-02'), ('2021-06-30', '2021-06-30'), ('2022-02-02', '2023-12-31'), ('2023-01-01', '2025-12-31'), ('2030-01-01', '9999-12-31');

CREATE FUNCTION differing(call text, OUT customers bigint, OUT differ bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT count(*), count(*) FILTER (WHERE (h, o) IS DISTINCT FROM (tcs.purchase_history(log, as_of), tcs.holdout(log, as_of, until)))
		FROM (SELECT customer, as_of, until, %s AS log, %s AS h, %s AS o FROM orders, span GROUP BY customer, as_of, until) AS s',
		format(call, 'tcs.purchase_log', ''), format(call, 'tcs.purchase_history', ', as_of'), format(call, 'tcs.holdout', ', as_of, until')) INTO customers, differ;
END
$$;
SELECT call, differing(call) FROM (VALUES
	($$%s(at::date, amount%s)$$), ($$%s(at::date, amount%s, 'Asia/Tokyo')$$), ($$%s(at::timestamp, amount%s)$$), ($$%s(at::timestamp, amount%s, 'Asia/Tokyo')$$), ($$%s(at, amount%s, 'Asia/Tokyo')$$),
	($$%s(at::date, amount::float8%s)$$), ($$%s(at::date, amount::float8%s, 'Asia/Tokyo')$$), ($$%s(at::timestamp, amount::float8%s)$$), ($$%s(at::timestamp, amount::float8%s, 'Asia/Tokyo')$$), ($$%s(at, amount::float8%s, 'America/New_York')$$),
	($$%s(at, amount%s, 'Asia/Tokyo' ORDER BY id DESC)$$), ($$%s(at::date, amount%s) FILTER (WHERE id > 5900)$$)) AS c (call);

-- As text and as bytes it stays what it is; equal rows in any order make equal values.
CREATE TABLE kept AS SELECT customer, tcs.purchase_log(at, amount, 'UTC') AS log FROM orders GROUP BY customer;
SELECT count(*), count(*) FILTER (WHERE log::text IS DISTINCT FROM log::text::tcs.purchase_log::text) AS text_differs,
	count(*) FILTER (WHERE tcs_internal.purchase_log_send(log) IS DISTINCT FROM tcs_internal.purchase_log_send(log::text::tcs.purchase_log)) AS value_differs FROM kept;
SELECT count(*) FILTER (WHERE a.log::text IS DISTINCT FROM b.log::text) AS differ FROM kept AS a
JOIN (SELECT customer, tcs.purchase_log(at, amount, 'UTC' ORDER BY id % 1000) AS log FROM orders GROUP BY customer) AS b USING (customer);
CREATE TABLE copied (LIKE kept);
CREATE FUNCTION copy_binary() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	file text := format('%s/history_log.%s.bin', current_setting('data_directory'), pg_backend_pid());
BEGIN
	EXECUTE format('COPY kept TO %L (FORMAT binary)', file);
	EXECUTE format('COPY copied FROM %L (FORMAT binary)', file);
	EXECUTE format('COPY (SELECT 1) TO %L', file);
END
$$;
SELECT copy_binary();
SELECT count(*), count(*) FILTER (WHERE a.log::text IS DISTINCT FROM b.log::text) AS differ FROM kept AS a FULL JOIN copied AS b USING (customer);
-- Most rows take eight bytes.
SELECT max(pg_column_size(log)) < 64 * 8 + 24 AS small FROM kept WHERE customer NOT IN (3, 5, 7, 8, 9, 10) AND log::text !~ '\?';

-- In workers the same.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
ALTER TABLE orders SET (parallel_workers = 2);
SET enable_hashagg = off;
EXPLAIN (COSTS OFF) SELECT tcs.purchase_log(at, amount, 'UTC') FROM orders;
SELECT count(*), count(*) FILTER (WHERE k.log::text IS DISTINCT FROM p.log::text) AS differ FROM kept AS k
FULL JOIN (SELECT customer, tcs.purchase_log(at, amount, 'UTC') AS log FROM orders GROUP BY customer) AS p USING (customer);
RESET enable_hashagg;
RESET max_parallel_workers_per_gather;

-- As text.
\pset null '-'
SELECT log, h.orders, h.revenue, h.first_day, h.x, h.t_x, h.m_x, tcs.holdout(log, '2026-01-31', '2026-06-30') AS later FROM (VALUES
	(tcs.purchase_log ' 2026-03-01 ? ,2026-01-31  12.50,2026-02-01 -2'), (''), (NULL), ('2026-07-01 5'), ('0044-03-15 3, -0043-03-15 2'), ('2026-01-01 0.1~5.5e-18, 2026-01-02 .5, 2026-01-03 1e300')) AS v (log), tcs.purchase_history(log, '2026-06-30') AS h;
CREATE TABLE bad (n serial, text text);
INSERT INTO bad (text) VALUES ('2026-02-30 1'), ('2026-13-01 1'), ('2026-01-01'), ('2026-01-01 '), ('2026-01-01 x'), ('2026-01-01 NaN'), ('2026-01-01 inf'), ('2026-01-01 1e999'), ('2026-01-01 1,'), (', 2026-01-01 1'),
	('2026-01-01 1 2'), ('2026-01-01 1~'), ('2026-01-01 1~NaN'), ('now 1'), ('infinity 1'), ('9999999-01-01 1'), ('-9999-01-01 1'), ('99999999999999-01-01 1'), ('2026-01-01T00:00 1'), ('2026--1-01 1'), ('2026-01-01 0x10');
CREATE FUNCTION try(text text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN text::tcs.purchase_log;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT try(text) FROM bad ORDER BY n;
SELECT tcs.purchase_log 'yesterday';
-- Bytes that no log has.
CREATE FUNCTION try_copy(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := format('%s/history_log.%s.bin', current_setting('data_directory'), pg_backend_pid());
	object oid;
BEGIN
	object := lo_from_bytea(0, '\x5047434f50590aff0d0a000000000000000000'::bytea || '\x0001'::bytea || int4send(octet_length(bytes)) || bytes || '\xffff'::bytea);
	PERFORM lo_export(object, file), lo_unlink(object);
	TRUNCATE copied;
	EXECUTE format('COPY copied (log) FROM %L (FORMAT binary)', file);
	RETURN (SELECT log FROM copied);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT what, try_copy(bytes) FROM (VALUES (1, 'good', '\x00000001 0000251c 01 0000000000002710'::bytea), (2, 'nothing', '\x'), (3, 'no rows', '\x00000000'), (4, 'fewer', '\x00000002 0000251c 01 0000000000002710'),
	(5, 'more', '\x00000001 0000251c 01 0000000000002710 00'), (6, 'many', '\xffffffff 0000251c 00'), (7, 'kind', '\x00000001 0000251c 03 0000000000002710'), (8, 'day', '\x00000001 7fffffff 00'), (9, 'early', '\x00000001 80000000 00'),
	(10, 'amount', '\x00000001 0000251c 01 7fffffffffffffff'), (11, 'NaN', '\x00000001 0000251c 02 7ff8000000000000 0000000000000000'), (12, 'rest', '\x00000001 0000251c 02 3ff0000000000000 7ff0000000000000')) AS v (n, what, bytes) ORDER BY n;

-- What is not taken.
SELECT tcs.purchase_log(at, 'NaN'::float8, 'UTC') FROM orders;
SELECT tcs.purchase_log('infinity'::date, 1::numeric);
SELECT tcs.purchase_log(at, amount, CASE WHEN id % 2 = 0 THEN 'UTC' ELSE 'Asia/Tokyo' END) FROM orders;
SELECT tcs.purchase_log(at, amount, 'Nowhere') FROM orders;
SELECT tcs.purchase_history(tcs.purchase_log '', NULL);
SELECT tcs.purchase_history(tcs.purchase_log '', 'infinity');
SELECT tcs.holdout(tcs.purchase_log '', '2026-01-01', NULL);
SELECT tcs.holdout(NULL::tcs.purchase_log, '2026-01-02', '2026-01-01');
SELECT tcs.purchase_log(at, amount, 'UTC') IS NULL AS nothing FROM orders WHERE at IS NULL;

-- A dump brings it back.
SELECT format_type(atttypid, atttypmod) AS type, attstorage AS storage FROM pg_attribute WHERE attrelid = 'kept'::regclass AND attname = 'log';
SET client_min_messages = warning;
DROP SCHEMA regress_log CASCADE;
