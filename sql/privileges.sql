-- What the extension is made of, and what a role without rights can do with it.
SET client_min_messages = warning;
CREATE ROLE regress_tcs_user;
CREATE ROLE regress_tcs_owner;

-- Everything that the extension made, with its comment and its rights.
CREATE TEMP VIEW member AS
SELECT d.classid, d.objid, i.type, i.identity, obj_description(d.objid, d.classid::regclass::name) AS comment
FROM pg_extension AS e JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e',
	pg_identify_object(d.classid, d.objid, 0) AS i
WHERE e.extname = 'tcs';
GRANT SELECT ON member TO regress_tcs_user;
SELECT type FROM member GROUP BY type ORDER BY type COLLATE "C";
SELECT type, identity AS without_comment FROM member WHERE coalesce(comment, '') = '' AND identity !~ '\[\]$'
	AND NOT (type = 'type' AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = to_regclass(identity) AND c.relkind IN ('r', 'v'))) ORDER BY identity COLLATE "C";
SELECT identity AS ends_in_a_full_stop FROM member WHERE comment ~ '\.$';
SELECT c.relname, a.attname AS without_comment FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'tcs'::regnamespace AND c.relkind <> 'i' AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NULL;
SELECT identity AS elsewhere FROM member WHERE type <> 'cast' AND identity !~ '^tcs(_internal)?(\.|$)';
SELECT identity AS cast_of_others FROM member WHERE type = 'cast' AND identity !~ '\mtcs\.';

-- Functions say what they are, and are safe.
CREATE TEMP VIEW function AS
SELECT p.oid::regprocedure::text AS name, p.* FROM pg_proc AS p WHERE p.pronamespace IN ('tcs'::regnamespace, 'tcs_internal'::regnamespace);
-- \df tcs.* lists what people call.
SELECT name AS not_to_be_called FROM function WHERE pronamespace = 'tcs'::regnamespace
	AND ('internal'::regtype = ANY (proargtypes::oid[]) OR prorettype IN ('internal'::regtype, 'trigger'::regtype)
		OR proname ~ '_(trans|combine|serial|deserial|final|inverse|support)$');
SELECT name AS to_be_called FROM function WHERE pronamespace = 'tcs_internal'::regnamespace AND prokind <> 'f';
SELECT length(extcomment) <= 60 AS comment_fits FROM (SELECT obj_description(oid, 'pg_extension') AS extcomment FROM pg_extension WHERE extname = 'tcs') AS e;
SELECT name AS security_definer FROM function WHERE prosecdef;
SELECT name AS leakproof FROM function WHERE proleakproof;
SELECT name AS not_parallel_safe FROM function WHERE proparallel <> 's' ORDER BY name COLLATE "C";
SELECT name AS not_immutable, provolatile FROM function WHERE provolatile <> 'i' ORDER BY name COLLATE "C";
SELECT name AS not_in_c FROM function AS f JOIN pg_language AS l ON l.oid = f.prolang WHERE lanname NOT IN ('c', 'internal') ORDER BY name COLLATE "C";
SELECT name AS without_search_path FROM function AS f JOIN pg_language AS l ON l.oid = f.prolang WHERE lanname NOT IN ('c', 'internal') AND 'search_path=pg_catalog, pg_temp' <> ALL (coalesce(proconfig, '{}'));
SELECT name AS without_argument_names FROM function WHERE prokind <> 'a' AND NOT ('internal'::regtype = ANY (proargtypes::oid[])) AND pronargs > 0 AND proargnames IS NULL;
SELECT name AS internal_without_internal_argument FROM function WHERE prorettype = 'internal'::regtype AND NOT ('internal'::regtype = ANY (proargtypes::oid[]));
SELECT f.name AS aggregate_without_quartet FROM function AS f JOIN pg_aggregate AS a ON a.aggfnoid = f.oid
WHERE 0 IN (aggcombinefn::oid, aggserialfn::oid, aggdeserialfn::oid, aggfinalfn::oid) OR aggtransspace = 0 OR aggfinalmodify <> 'r';
SELECT f.name AS support_function_of_another_kind FROM function AS f JOIN pg_aggregate AS a ON a.aggfnoid = f.oid, unnest(ARRAY[aggtransfn, aggcombinefn, aggserialfn, aggdeserialfn, aggfinalfn]) AS s
WHERE s::oid NOT IN (SELECT oid FROM function);

-- PUBLIC has USAGE and EXECUTE, and no more.
SELECT has_schema_privilege('regress_tcs_user', 'tcs', 'USAGE') AS usage, has_schema_privilege('regress_tcs_user', 'tcs', 'CREATE') AS create,
	has_schema_privilege('regress_tcs_user', 'tcs_internal', 'USAGE') AS internal_usage, has_schema_privilege('regress_tcs_user', 'tcs_internal', 'CREATE') AS internal_create;
SELECT oid::regprocedure AS not_executable FROM function WHERE NOT has_function_privilege('regress_tcs_user', oid, 'EXECUTE');
SELECT oid::regtype AS not_usable FROM pg_type WHERE typnamespace = 'tcs'::regnamespace AND NOT has_type_privilege('regress_tcs_user', oid, 'USAGE');
SELECT c.relname, has_table_privilege('regress_tcs_user', c.oid, 'SELECT') AS readable, has_table_privilege('regress_tcs_user', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') AS more
FROM pg_class AS c WHERE c.relnamespace = 'tcs'::regnamespace AND c.relkind = 'r' ORDER BY c.relname;

-- So an ordinary role can use everything, on tables of its own.
CREATE SCHEMA regress_tcs AUTHORIZATION regress_tcs_user;
SET ROLE regress_tcs_user;
SET search_path = regress_tcs;
CREATE TABLE orders AS SELECT i % 17 AS customer, date '2024-01-01' + i * 37 % 300 AS at, (i * 13 % 101)::numeric AS amount FROM generate_series(1, 200) AS i;
SELECT count(*) AS customers, sum((h).orders) AS orders, sum((o).purchases) AS later, bool_and(cv > 0) AS cv FROM (
	SELECT tcs.purchase_history(at, amount, '2024-06-30') AS h, tcs.holdout(at, amount, '2024-06-30', '2024-12-31') AS o, tcs.period_cv(at, amount, '2024-12-31', 'month') AS cv
	FROM orders GROUP BY customer) AS s;
SELECT (tcs.points(at, amount, '2024-12-31', interval '60 days')).balance > 0 AS points, (tcs.duration(at, at + customer, '2024-12-31')).n AS cases, cardinality(tcs.key_drivers(amount, ROW(customer, at))) AS drivers FROM orders;
CREATE TABLE customers AS SELECT customer, count(*)::float8 AS n, sum(amount)::float8 AS value, max(at) AS last FROM orders GROUP BY customer;
SELECT count(tcs.rfm_segment(s)) AS segments, count(tcs.rfm_cell(s)) AS cells, count(t) AS tiers FROM (
	SELECT tcs.rfm_score(last, n, value) OVER () AS s, tcs.abc_tier(value) OVER () AS t FROM customers) AS s;
SELECT count(tcs.rfm_score(rfm, '2025-01-01' - last, n, c.value)) AS scores, count(tcs.abc_tier(abc, c.value)) AS tiers, count(e) AS explained, max(gini) BETWEEN 0 AND 1 AS gini, max(lorenz[2]) = 1 AS lorenz
FROM (SELECT tcs.rfm_fit('2025-01-01' - last, n, value) AS rfm, tcs.abc_fit(value) AS abc, tcs.gini(value), tcs.lorenz(value, 1) FROM customers) AS m, customers AS c,
	tcs.rfm_explain(rfm, '2025-01-01' - last, n, c.value) AS e;
SELECT count(*) AS rules, min(score) < max(score) AS scores FROM (
	SELECT tcs.tree_score(tree, c) AS score, tcs.tree_rules(tree) -> 'rules' -> 1 AS rule FROM (SELECT tcs.tree_fit(value, c, '{"min_customers": 5, "pruning": "none"}') AS tree FROM customers AS c) AS m, customers AS c) AS s
WHERE rule IS NOT NULL;
SELECT count(tcs.tree_label(tree, c)) AS labels, min(tcs.tree_score(tree, c, 'more')) AS least FROM (SELECT tcs.tree_fit(CASE WHEN value > 600 THEN 'more' ELSE 'less' END, c, '{"min_customers": 3, "pruning": "none"}') AS tree FROM customers AS c) AS m, customers AS c;
SELECT count(tcs.logit_score(logit, c)) AS chances, count(tcs.linear_score(linear, c)) AS numbers, count(e) AS explained, bool_and(tcs.logit_sql(logit) <> '' AND tcs.logit_scorecard(logit) ? 'factors') AS written
FROM (SELECT tcs.logit_fit(value > 600, c, '{"without": ["customer", "value"]}') AS logit, tcs.linear_fit(value, c, '{"without": ["customer", "value"]}') AS linear FROM customers AS c) AS m, customers AS c, LATERAL (SELECT tcs.logit_explain(logit, c)) AS e;
SELECT count(tcs.kmeans_assign(groups, c)) AS assigned, min(tcs.kmeans_distance(groups, c)) >= 0 AS far, bool_and(tcs.kmeans_rules(groups) ? 'rules') AS rules
FROM (SELECT tcs.kmeans_fit(c, '{"k": 3, "without": ["customer"]}') AS groups FROM customers AS c) AS m, customers AS c;
SELECT tcs.qini(n, customer % 2 = 0, value) IS NOT NULL AS qini, array_length(tcs.uplift(n, customer % 2 = 0, value, 2), 1) AS uplift, array_length(tcs.capture(n, value, 4), 1) AS capture, tcs.cutoff(0.5, 3, 1) IS NOT NULL AS cutoff FROM customers;
SELECT tcs.ab_assign('x', customer::text, '{a,b}', '{0.5,0.5}') AS arm, count(*) > 0 AS some FROM customers GROUP BY 1 ORDER BY 1;
SELECT (tcs.ab_effect(customer % 2 = 0, value)).p_value BETWEEN 0 AND 1 AS effect, (tcs.ab_effect(customer % 2 = 0, n > 11)).p_value BETWEEN 0 AND 1 AS shares,
	(tcs.ab_sample_ratio(CASE customer % 2 WHEN 0 THEN 'a' ELSE 'b' END, '{a,b}', '{0.5,0.5}')).suspicious FROM customers;
SELECT (e).treatment_n > 0 AS by_customer, (tcs.ab_anytime(e, 20)).p_value IS NOT NULL AS anytime, (tcs.ab_adjust(e) OVER ()).p_value IS NOT NULL AS adjusted
FROM (SELECT tcs.ab_effect(c) AS e FROM (SELECT tcs.ab_customer(customer % 2 = 0, amount, 1) AS c FROM orders GROUP BY customer) AS s) AS x;
SELECT tcs.ab_sample_size(0.05, 0.01) > 1 AS size, tcs.ab_sample_size_mean(10, 3) > 1 AS size_of_a_mean;
SELECT count(*) AS summary FROM tcs.model_summary(tcs.rfm_model('{1}', '{1}', '{1}'));
SELECT count(*) AS segments FROM tcs.rfm_segments();
SELECT tcs.xyz_class(0.7) AS class, (tcs.purchase_history(1, 2, 3, 4)).t AS t;
-- a scored column, an index on scores: what is immutable serves there
CREATE TABLE scored (age float8, n float8, value float8, score tcs.rfm GENERATED ALWAYS AS (tcs.rfm_score('{"model": "rfm", "version": 1, "age_cuts": [30, 90], "frequency_cuts": [1, 3], "monetary_cuts": [100]}'::jsonb, age, n, value)) STORED);
CREATE INDEX ON scored (tcs.rfm_cell(score));
INSERT INTO scored VALUES (31, 3, 100), (NULL, 1, 1), (1, 4, 100.01);
SELECT score FROM scored;
-- (too few customers for models of purchases)
SET client_min_messages = error;
SELECT tcs.create_metrics('metrics', 'orders', 'customer', 'at', 'amount', 'Europe/Berlin');
SELECT count(*) AS customers, sum(orders) AS orders FROM metrics;
SELECT tcs.refit_metrics('metrics') AS fit;

-- ... but can neither add to the schema nor change what is in it.
\set VERBOSITY sqlstate
CREATE FUNCTION tcs.mine() RETURNS int LANGUAGE sql RETURN 1;
CREATE TABLE tcs.mine (i int);
ALTER FUNCTION tcs.rfm_segments() COST 1;
ALTER TYPE tcs.rfm ADD ATTRIBUTE more int;
DROP FUNCTION tcs.rfm_segments();
COMMENT ON FUNCTION tcs.rfm_segments() IS 'mine';
DROP EXTENSION tcs;
CREATE AGGREGATE mine(float8) (SFUNC = tcs_internal.gini_trans, STYPE = internal);
CREATE FUNCTION mine(float8[], float8) RETURNS text LANGUAGE c AS '$libdir/tcs', 'tcs_rfm_cell';

-- The limit on memory is any user's own to set.
SHOW tcs.fit_memory;
SET tcs.fit_memory = '1MB';
SHOW tcs.fit_memory;
\set VERBOSITY default
SELECT tcs.rfm_fit(i, i, i) FROM generate_series(1, 1000000) AS i;
SELECT tcs.abc_fit(i) FROM generate_series(1, 1000000) AS i;
SELECT tcs.gini(i) FROM generate_series(1, 1000000) AS i;
SELECT count(s) FROM (SELECT tcs.rfm_score(i::float8, i, i) OVER () AS s FROM generate_series(1, 100000) AS i) AS q;
SELECT count(s) FROM (SELECT tcs.abc_tier(i) OVER () AS s FROM generate_series(1, 200000) AS i) AS q;
-- within it: 8 bytes a value; and it is each fit's, not of all groups together
SELECT tcs.abc_fit(i) -> 'customers' AS customers FROM generate_series(1, 65536) AS i;
SELECT count(g) FROM (SELECT tcs.gini(i) AS g FROM generate_series(1, 1000000) AS i GROUP BY i % 20) AS s;
-- what learns holds some 30 bytes a value
SELECT tcs.tree_fit(i > 3, ROW(i, -i)) FROM generate_series(1, 1000000) AS i;
SELECT tcs.logit_fit(i > 3, ROW(i, -i)) FROM generate_series(1, 1000000) AS i;
SELECT tcs.kmeans_fit(ROW(i, -i)) FROM generate_series(1, 1000000) AS i;
-- zeros and losses need no memory in ABC
SELECT tcs.abc_fit(-i) -> 'customers' AS customers FROM generate_series(0, 500000) AS i;
SET tcs.fit_memory = '64kB';
SELECT tcs.gini(i) FROM generate_series(1, 10000) AS i;
SELECT tcs.gini(i) FROM generate_series(1, 3) AS i;
\set VERBOSITY sqlstate
SET tcs.fit_memory = '63kB';
SET tcs.fit_memory = '-1';
SET tcs.no_such_setting = 1;
RESET tcs.fit_memory;
SHOW tcs.fit_memory;
SELECT tcs.abc_fit(i) -> 'customers' AS customers FROM generate_series(1, 1000000) AS i;

RESET ROLE;
RESET search_path;
SELECT name, setting, unit, context, vartype, min_val FROM pg_settings WHERE name ~ '^tcs\.';
-- without USAGE nothing can be named
REVOKE USAGE ON SCHEMA tcs FROM PUBLIC;
SET ROLE regress_tcs_user;
SELECT tcs.xyz_class(1);
RESET ROLE;
GRANT USAGE ON SCHEMA tcs TO PUBLIC;
DROP OWNED BY regress_tcs_user CASCADE;

-- The rules are dumped, but for the extension's own; and not everybody may install it,
-- not even the owner of a database.
SELECT extrelocatable, extnamespace::regnamespace, extconfig::regclass[] AS dumped, extcondition AS rows FROM pg_extension WHERE extname = 'tcs';
CREATE DATABASE regress_tcs_other OWNER regress_tcs_owner;
SELECT current_database() AS before \gset
\c regress_tcs_other
SET ROLE regress_tcs_owner;
CREATE EXTENSION tcs;
RESET ROLE;
\c :before
DROP DATABASE regress_tcs_other;
DROP ROLE regress_tcs_user, regress_tcs_owner;
