-- What the shards send for a query, and what is left to do here.

CREATE TABLE histories (shard int, customer bigint, h tcs.purchase_history) PARTITION BY LIST (shard);
CREATE FOREIGN TABLE histories_1 PARTITION OF histories FOR VALUES IN (1) SERVER shard_1 OPTIONS (table_name 'histories');
CREATE FOREIGN TABLE histories_2 PARTITION OF histories FOR VALUES IN (2) SERVER shard_2 OPTIONS (table_name 'histories');
CREATE FOREIGN TABLE histories_3 PARTITION OF histories FOR VALUES IN (3) SERVER shard_3 OPTIONS (table_name 'histories');
CREATE TABLE figure (n serial, what text, query text, most_bytes float8, most_cpu float8, bytes float8, cpu float8);
INSERT INTO figure (what, query, most_bytes, most_cpu) VALUES
	('count by segment', 'SELECT rfm_segment, sum(n) FROM (SELECT shard, rfm_segment, count(*) AS n FROM customers GROUP BY 1, 2) AS s GROUP BY 1', 20000, 0.05),
	('one customer, three columns', 'SELECT rfm_segment, abc_tier, churn_risk FROM customers WHERE customer = 42', 1000, NULL),
	('one customer, all columns', 'SELECT * FROM customers WHERE customer = 42', NULL, NULL),
	('histories by customer, counted', 'SELECT sum(n) FROM (SELECT shard, count(h) AS n FROM histories GROUP BY shard) AS s', 1000, NULL),
	('summaries of all fits', 'SELECT tcs.summary_merge(rfm), tcs.summary_merge(abc), tcs.summary_merge(btyd), tcs.summary_merge(spend) FROM fits', 2500000, NULL),
	('rfm_fit', 'SELECT tcs.rfm_fit(rfm) FROM fits', NULL, NULL),
	('abc_fit', 'SELECT tcs.abc_fit(abc) FROM fits', NULL, NULL),
	('btyd_fit', 'SELECT tcs.btyd_fit(btyd) FROM fits', NULL, NULL),
	('spend_fit', 'SELECT tcs.spend_fit(spend) FROM fits', NULL, NULL),
	('btyd_fit of histories, pulled', 'SELECT tcs.btyd_fit(h) FROM histories', NULL, NULL);
CREATE FUNCTION ticks(pid int) RETURNS float8 LANGUAGE sql AS
$$ SELECT sum(f::float8) FROM (SELECT string_to_array(split_part(pg_read_file('/proc/' || pid || '/stat'), ') ', 2), ' ') AS s) AS p, unnest(ARRAY[s[12], s[13]]) AS f $$;
SELECT current_setting('server_version') AS server \gset
SET enable_partitionwise_aggregate = on;
CREATE PROCEDURE measure(bytes text) LANGUAGE plpgsql AS $$
DECLARE
	one record;
	before float8;
	spent float8;
BEGIN
	FOR one IN SELECT * FROM figure ORDER BY n LOOP
		-- plans, connections and caches are there at the second time
		EXECUTE one.query;
		before := pg_read_file(bytes)::float8;
		spent := ticks(pg_backend_pid());
		EXECUTE one.query;
		UPDATE figure SET bytes = pg_read_file(measure.bytes)::float8 - before, cpu = (ticks(pg_backend_pid()) - spent) / 100 WHERE n = one.n;
	END LOOP;
END $$;
CALL measure(:'bytes');
\pset footer off
\echo PostgreSQL :server, bytes that came to the coordinator, and seconds of CPU there
SELECT what, bytes, most_bytes, cpu, most_cpu, coalesce(bytes <= most_bytes, true) AND coalesce(cpu <= most_cpu, true) AS holds FROM figure ORDER BY n;

-- One shard of a third of the customers does a third of the work.
\echo A shard with all customers, with a third: milliseconds
\c whole
CREATE TABLE share AS SELECT * FROM orders WHERE customer_id % 3 = 0;
CREATE TABLE half AS SELECT * FROM orders WHERE customer_id % 2 = 0;
CREATE TABLE took (part text, ms float8);
VACUUM ANALYZE share, half, orders;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '1GB';
DO $$
DECLARE
	part text;
	began timestamptz;
	nothing tcs.summary;
BEGIN
	FOR i IN 1..3 LOOP
		FOREACH part IN ARRAY ARRAY['orders', 'half', 'share'] LOOP
			began := clock_timestamp();
			EXECUTE format('SELECT tcs.btyd_summary(h) FROM (SELECT tcs.purchase_history(ordered_on, amount, DATE ''2026-06-30'') AS h FROM %I GROUP BY customer_id) AS s', part) INTO nothing;
			INSERT INTO took VALUES (part, 1000 * extract(epoch FROM clock_timestamp() - began));
		END LOOP;
	END LOOP;
END $$;
SELECT CASE part WHEN 'orders' THEN '1' WHEN 'half' THEN '1/2' ELSE '1/3' END AS part, round(min(ms)) AS ms, round((min(ms) / max(min(ms)) OVER ())::numeric, 2) AS of_all
FROM took GROUP BY part ORDER BY min(ms) DESC;
\c coordinator
DO $$
BEGIN
	IF EXISTS (SELECT FROM figure WHERE bytes > most_bytes OR cpu > most_cpu) THEN
		RAISE EXCEPTION 'more than was promised: %', (SELECT string_agg(what, ', ') FROM figure WHERE bytes > most_bytes OR cpu > most_cpu);
	END IF;
END $$;
