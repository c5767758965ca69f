-- Who may call what on whose objects: every function that takes a relation, as
-- its owner, as one who may read it, one who may refresh it, one who may neither, and
-- a superuser.
SET client_min_messages = error;
SET TimeZone = 'UTC';
CREATE ROLE rights_owner;
CREATE ROLE rights_reader;
CREATE ROLE rights_refresher;
CREATE ROLE rights_nobody;
CREATE SCHEMA rights AUTHORIZATION rights_owner;
GRANT USAGE ON SCHEMA rights TO rights_reader, rights_refresher, rights_nobody;
SET ROLE rights_owner;
SET search_path = rights;
CREATE TABLE shop (customer integer PRIMARY KEY, revenue numeric, tier text);
INSERT INTO shop SELECT i, i, 't' || i % 2 FROM generate_series(1, 30) AS i;
CREATE TABLE orders (customer integer, at date, amount numeric);
INSERT INTO orders SELECT i % 20, date '2025-01-01' + i, i % 9 FROM generate_series(1, 100) AS i;
RESET ROLE;
SELECT tcs.rule_set_put('rights', '{"default_segment": "rest", "rules": [{"priority": 1, "segment": "big", "condition": "revenue > 20"}]}');
SELECT tcs.rule_set_put('rights_draft', '{"default_segment": "rest", "rules": [{"priority": 1, "segment": "big", "condition": "revenue > 10"}]}');
SELECT tcs.scorecard_put('rights', '{"factors": [{"factor": "revenue", "expression": "revenue / 40.0"}]}');
SELECT tcs.trait_set_put('rights', '{"traits": [{"trait": "spent", "measure": "sum", "value": "amount"}]}');
SET ROLE rights_owner;
SELECT tcs.create_segmentation('seg', 'shop', 'customer', 'rights');
SELECT tcs.track_segmentation('seg', 'shop', 'customer');
SELECT tcs.create_metrics('metrics', 'orders', 'customer', 'at', 'amount', 'UTC');
SELECT tcs.create_traits('traits', 'orders', 'customer', 'at', 'rights');
SELECT tcs.create_goals('goals');
SELECT tcs.create_kpis('kpis', 'orders', 'customer', 'at', 'amount', 'UTC'), tcs.create_cohorts('cohorts', 'orders', 'customer', 'at', 'amount', 'UTC');
SELECT tcs.create_consents('consents', '{mail}', 'integer');
SELECT tcs.grant_segmentation('seg', 'rights_reader'), tcs.grant_segmentation('seg', 'rights_refresher', 'refresh');
SELECT tcs.pin_segment('seg', 3, 'big');
CREATE TABLE past AS SELECT customer AS key, 'rest' AS segment, date '2024-01-01' AS valid_from, date '2024-02-01' AS valid_to FROM shop WHERE customer < 5;
-- no longer in the source: may be merged into another
DELETE FROM shop WHERE customer = 30;
GRANT SELECT ON ALL TABLES IN SCHEMA rights TO rights_reader, rights_refresher;
RESET ROLE;

-- The call, or why there is none here; undone in any case.
CREATE TABLE rights.call (id integer GENERATED ALWAYS AS IDENTITY, function text, call text);
GRANT SELECT ON rights.call TO PUBLIC;
INSERT INTO rights.call (function, call) VALUES
	('segment_at(regclass,timestamp with time zone)', $$tcs.segment_at('rights.seg', now())$$),
	('segment_at(regclass,timestamp with time zone,text)', $$tcs.segment_at('rights.seg', now(), '1'::text)$$),
	('segment_at(regclass,timestamp with time zone,anyelement)', $$tcs.segment_at('rights.seg', now(), 1)$$),
	('segment_history(regclass,text)', $$tcs.segment_history('rights.seg', '1'::text)$$),
	('segment_history(regclass,anyelement)', $$tcs.segment_history('rights.seg', 1)$$),
	('segment_reason(regclass,text)', $$tcs.segment_reason('rights.seg', '1'::text)$$),
	('segment_reason(regclass,anyelement)', $$tcs.segment_reason('rights.seg', 1)$$),
	('segment_moves_since(regclass,text)', $$tcs.segment_moves_since('rights.seg')$$),
	('segment_sizes(regclass,text,integer)', $$tcs.segment_sizes('rights.seg')$$),
	('segment_drift(regclass,timestamp with time zone,timestamp with time zone,integer)', $$tcs.segment_drift('rights.seg', now() - interval '1 day', now())$$),
	('segment_migration(regclass,timestamp with time zone,timestamp with time zone,name,integer)', $$tcs.segment_migration('rights.seg', now() - interval '1 day', now(), 'revenue')$$),
	('segment_conversion(regclass,timestamp with time zone,timestamp with time zone,interval,integer)', $$tcs.segment_conversion('rights.seg', now() - interval '1 day', now())$$),
	('report_html(regclass,text,text,text,interval,integer,name,name[],integer)', $$tcs.report_html('rights.seg')$$),
	('tcs_internal.segmentation_status(regclass)', $$tcs_internal.segmentation_status('rights.seg_state')$$),
	('tcs_internal.segmentation_parts(regclass,boolean,name)', $$tcs_internal.segmentation_parts('rights.seg')$$),
	('source_tables(regclass)', $$tcs.source_tables('rights.shop')$$),
	('refresh_segmentation(regclass)', $$tcs.refresh_segmentation('rights.seg')$$),
	('refresh_segmentation(regclass,anyarray)', $$tcs.refresh_segmentation('rights.seg', ARRAY[1])$$),
	('try_refresh(regclass)', $$tcs.try_refresh('rights.seg')$$),
	('process_segmentation(regclass,integer)', $$tcs.process_segmentation('rights.seg')$$),
	('pin_segment(regclass,text,text,text,timestamp with time zone)', $$tcs.pin_segment('rights.seg', '1'::text, 'big')$$),
	('pin_segment(regclass,anyelement,text,text,timestamp with time zone)', $$tcs.pin_segment('rights.seg', 1, 'big')$$),
	('bar_segment(regclass,text,text,text,timestamp with time zone)', $$tcs.bar_segment('rights.seg', '1'::text, 'big')$$),
	('bar_segment(regclass,anyelement,text,text,timestamp with time zone)', $$tcs.bar_segment('rights.seg', 1, 'big')$$),
	('unpin_segment(regclass,text,text)', $$tcs.unpin_segment('rights.seg', '3'::text)$$),
	('unpin_segment(regclass,anyelement,text)', $$tcs.unpin_segment('rights.seg', 3)$$),
	('merge_keys(regclass,text,text)', $$tcs.merge_keys('rights.seg', '30'::text, '2'::text)$$),
	('merge_keys(regclass,anyelement,anyelement)', $$tcs.merge_keys('rights.seg', 30, 2)$$),
	('erase_customer(regclass,text,regclass)', $$tcs.erase_customer('rights.seg', '1'::text, 'rights.consents')$$),
	('erase_customer(regclass,anyelement,regclass)', $$tcs.erase_customer('rights.seg', 1, 'rights.consents')$$),
	('track_segmentation(regclass,regclass,text,regclass,name[],name[])', $$tcs.track_segmentation('rights.seg', 'rights.shop', 'customer')$$),
	('untrack_segmentation(regclass,regclass)', $$tcs.untrack_segmentation('rights.seg', 'rights.shop')$$),
	('grant_segmentation(regclass,regrole,text)', $$tcs.grant_segmentation('rights.seg', 'rights_nobody')$$),
	('backfill_segmentation(regclass,date,text,regclass)', $$tcs.backfill_segmentation('rights.seg', history => 'rights.past')$$),
	('drop_segmentation(regclass)', $$tcs.drop_segmentation('rights.seg')$$),
	('create_segmentation(text,regclass,name,text,text,boolean)', $$tcs.create_segmentation('made', 'rights.shop', 'customer', 'rights')$$),
	('create_kept(text,regclass,name,text,name)', $$tcs.create_kept('made', 'rights.shop', 'customer')$$),
	('keep_metrics(regclass,boolean,text)', $$tcs.keep_metrics('rights.metrics')$$),
	('metrics_status(regclass)', $$tcs.metrics_status('rights.metrics')$$),
	('metrics_sql(text,regclass,name,name,name,text,regclass,name,date,interval,double precision,double precision,text,integer,name,name[])', $$tcs.metrics_sql('rights.metrics', 'rights.orders', 'customer', 'at', 'amount', 'UTC')$$),
	('segment_due(text,regclass,date)', $$tcs.segment_due('tcs.rfm', 'rights.metrics', '2035-12-31')$$),
	('refit_metrics(regclass,text,boolean)', $$tcs.refit_metrics('rights.metrics')$$),
	('create_metrics(text,regclass,name,name,name,text,regclass,name,date,interval,double precision,double precision,text,integer,name,name[])', $$tcs.create_metrics('made', 'rights.orders', 'customer', 'at', 'amount', 'UTC')$$),
	('kpis_sql(text,regclass,name,name,name,text,text,date,anycompatible,name,integer)', $$tcs.kpis_sql(NULL, 'rights.orders', 'customer', 'at', 'amount', 'UTC')$$),
	('trait_explain(regclass,text)', $$tcs.trait_explain('rights.traits', '1'::text)$$),
	('trait_explain(regclass,anyelement)', $$tcs.trait_explain('rights.traits', 1)$$),
	('create_forecast(text,regclass,integer,double precision)', $$tcs.create_forecast('made', 'rights.metrics')$$),
	('create_kpis(text,regclass,name,name,name,text,text,date,anycompatible,name,integer)', $$tcs.create_kpis('made', 'rights.orders', 'customer', 'at', 'amount', 'UTC')$$),
	('cohorts_sql(text,regclass,name,name,name,text,text,date,anycompatible,name,integer)', $$tcs.cohorts_sql(NULL, 'rights.orders', 'customer', 'at', 'amount', 'UTC')$$),
	('create_cohorts(text,regclass,name,name,name,text,text,date,anycompatible,name,integer)', $$tcs.create_cohorts('made', 'rights.orders', 'customer', 'at', 'amount', 'UTC')$$),
	('drop_kpis(regclass)', $$tcs.drop_kpis('rights.kpis')$$),
	('drop_metrics(regclass)', $$tcs.drop_metrics('rights.metrics')$$),
	('trait_check(text,regclass)', $$tcs.trait_check('rights', 'rights.orders')$$),
	('traits_sql(regclass,name,name,text,text,regclass,name,date)', $$tcs.traits_sql('rights.orders', 'customer', 'at', 'rights')$$),
	('create_traits(text,regclass,name,name,text,text,regclass,name,date)', $$tcs.create_traits('made', 'rights.orders', 'customer', 'at', 'rights')$$),
	('refresh_traits(regclass)', $$tcs.refresh_traits('rights.traits')$$),
	('drop_traits(regclass)', $$tcs.drop_traits('rights.traits')$$),
	('persona(regclass,name,text,integer,integer)', $$tcs.persona('rights.shop', 'tier', '{revenue}')$$),
	('drop_cohorts(regclass)', $$tcs.drop_cohorts('rights.cohorts')$$),
	('goals_progress(regclass,date)', $$tcs.goals_progress('rights.goals', '2026-01-01')$$),
	('drop_goals(regclass)', $$tcs.drop_goals('rights.goals')$$),
	('persona(regclass,name,name[],integer,integer)', $$tcs.persona('rights.shop', 'tier')$$),
	('rule_check(text,regclass)', $$tcs.rule_check('rights', 'rights.shop')$$),
	('rule_set_diff(text,text,regclass,name)', $$tcs.rule_set_diff('rights', 'rights_draft', 'rights.shop', 'revenue')$$),
	('scorecard_check(text,regclass)', $$tcs.scorecard_check('rights', 'rights.shop')$$),
	('scorecard_sql(text,regclass)', $$tcs.scorecard_sql('rights', 'rights.shop')$$);

SELECT p.oid::regprocedure AS not_in_the_table FROM pg_proc AS p
WHERE p.pronamespace IN ('tcs'::regnamespace, 'tcs_internal'::regnamespace) AND 'regclass'::regtype = ANY (p.proargtypes::oid[])
	AND p.oid NOT IN (SELECT (CASE WHEN function LIKE 'tcs_internal.%' THEN '' ELSE 'tcs.' END || function)::regprocedure FROM rights.call) ORDER BY p.oid::regprocedure::text COLLATE "C";

CREATE FUNCTION rights.try(role text, call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('role', role, true), set_config('search_path', 'rights', true);
	EXECUTE 'SELECT * FROM ' || call;
	RAISE EXCEPTION USING ERRCODE = 'ZZ999', MESSAGE = 'undone';
EXCEPTION WHEN OTHERS THEN RETURN CASE SQLSTATE WHEN 'ZZ999' THEN 'ok' ELSE SQLSTATE END;
END $$;
SELECT function, rights.try('rights_owner', call) AS owner, rights.try('rights_reader', call) AS reader, rights.try('rights_refresher', call) AS refresher,
	rights.try('rights_nobody', call) AS nobody, rights.try('none', call) AS superuser
FROM rights.call ORDER BY id;

-- What is told of others' segmentations and metrics.
CREATE FUNCTION rights.sees(role text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE seen text; BEGIN
	PERFORM set_config('role', role, true);
	SELECT concat_ws(', ', (SELECT string_agg(concat_ws(' ', segmentation, rule_set, customers), ' ') FROM tcs.segmentations WHERE segmentation = 'rights.seg'::regclass),
		(SELECT string_agg(concat_ws(' ', view, orders, fits), ' ') FROM tcs.metrics_views WHERE view = 'rights.metrics'::regclass)) INTO seen;
	seen := concat_ws(', ', seen, (SELECT rule_set FROM tcs_internal.segmentation_status('rights.seg_state')));
	PERFORM set_config('role', 'none', true);
	RETURN seen;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
SELECT role, rights.sees(role) FROM unnest(ARRAY['rights_owner', 'rights_reader', 'rights_refresher', 'rights_nobody', 'none']) AS role;

SET client_min_messages = error;
RESET search_path;
DROP SCHEMA rights CASCADE;
DELETE FROM tcs.rule_set WHERE name LIKE 'rights%';
DELETE FROM tcs.scorecard WHERE name LIKE 'rights%';
DELETE FROM tcs.trait_set WHERE name LIKE 'rights%';
DROP ROLE rights_owner, rights_reader, rights_refresher, rights_nobody;
