-- Beside types.sql: models to be mutated, a table to scan in parallel, and the
-- watch over time and memory.
SET client_min_messages = error;
SET search_path = hostile, shop;
CREATE TABLE shop.model (id integer GENERATED ALWAYS AS IDENTITY, model jsonb);
INSERT INTO shop.model (model) SELECT m FROM hostile.log_model, unnest(ARRAY[rfm, abc, btyd, spend]) AS m WHERE m IS NOT NULL;
INSERT INTO shop.model (model) VALUES (tcs.btyd_model('bg/nbd', 0.24, 4.4, 0.79, 2.4, interval '1 week')), (tcs.btyd_model('pareto/nbd', 0.55, 10.5, 0.6, 11.6, interval '1 week')),
	(tcs.spend_model(6.25, 3.74, 15.44)), (tcs.sbg_model(0.7, 1.2)), (tcs.rfm_model('{30,90}', '{1,3}', '{100}')), (tcs.rule_set_get('rs')), (tcs.scorecard_get('sc')),
	(tcs.rule_set_get('tcs.value_tiers'));
CREATE TABLE shop.numbers AS SELECT generate_series(1, 2000) AS i;
ALTER TABLE shop.numbers SET (parallel_workers = 2);
ANALYZE shop.numbers;
ALTER DATABASE hostile SET parallel_setup_cost = 0;
ALTER DATABASE hostile SET parallel_tuple_cost = 0;
ALTER DATABASE hostile SET min_parallel_table_scan_size = 0;

-- A sequence keeps its value whatever is rolled back.
CREATE SEQUENCE shop.clock MINVALUE 0;
CREATE FUNCTION shop.call_begins() RETURNS void LANGUAGE sql AS $$
SELECT pg_catalog.setval('shop.clock', (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::bigint) $$;
CREATE FUNCTION shop.call_ended() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	took bigint = (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::bigint - (SELECT last_value FROM shop.clock);
	status text = pg_catalog.pg_read_file('/proc/self/status');
	-- the most it held so far, but for what is shared
	held bigint = ((pg_catalog.regexp_match(status, 'VmHWM:\s+(\d+)'))[1]::bigint - (pg_catalog.regexp_match(status, 'RssShmem:\s+(\d+)'))[1]::bigint) / 1024;
BEGIN
	IF took > 4000 THEN RAISE INFO 'took % ms', took; END IF;
	IF held >= 50 THEN RAISE INFO 'held % MB', held; END IF;
END $$;
