-- Metrics views whose owner has altered everything that can be altered, and models that nobody has fitted.
SET client_min_messages = error;
SET TimeZone = 'UTC';
CREATE ROLE regress_tcs_mallory;
CREATE ROLE regress_tcs_clerk;
CREATE SCHEMA mallory AUTHORIZATION regress_tcs_mallory;
GRANT USAGE ON SCHEMA mallory TO regress_tcs_clerk;
SET ROLE regress_tcs_mallory;
SET search_path = mallory, pg_catalog;

-- What notes who runs it, whatever is rolled back: a sequence does.
CREATE SEQUENCE ran_as_mallory MINVALUE 0;
CREATE SEQUENCE ran_as_others MINVALUE 0;
GRANT USAGE ON SEQUENCE ran_as_others TO PUBLIC;
CREATE FUNCTION note() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM nextval(CASE current_user WHEN 'regress_tcs_mallory' THEN 'mallory.ran_as_mallory'
		ELSE 'mallory.ran_as_others' END::regclass);
	RETURN true;
END $$;
CREATE TYPE en AS ENUM ('a', 'b');
CREATE FUNCTION to_text(en) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.note(); RETURN 'x'; END $$;
CREATE FUNCTION to_jsonb(en) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.note(); RETURN '{}'; END $$;
CREATE FUNCTION to_en(jsonb) RETURNS en LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.note(); RETURN 'a'; END $$;
CREATE CAST (en AS text) WITH FUNCTION to_text(en) AS IMPLICIT;
CREATE CAST (en AS jsonb) WITH FUNCTION to_jsonb(en) AS IMPLICIT;
CREATE CAST (jsonb AS en) WITH FUNCTION to_en(jsonb) AS ASSIGNMENT;
CREATE DOMAIN checked AS jsonb CHECK (mallory.note());
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE types (type text, value text);
INSERT INTO types VALUES ('"char"', '''x'''), ('boolean', 'true'), ('integer', '7'), ('bigint', '4702394921427272193'), ('oid', '4294967295'),
('double precision', '7'), ('numeric', '1e50'), ('name', '''n'''), ('text', '''t'''), ('date', '''2026-01-03'''), ('json', '''{}'''), ('jsonb', '''{}'''),
('jsonb[]', '''{}'''), ('mallory.en', '''a''::mallory.en'), ('mallory.checked', '''{}'''), ('mallory.pair', '(1, ''b'')::mallory.pair');

CREATE TABLE orders (who integer, at date, amount numeric);
INSERT INTO orders SELECT i % 9, current_date - i, i FROM generate_series(1, 60) AS i;
CREATE FUNCTION noted(value numeric) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.note(); RETURN value; END $$;
CREATE VIEW log AS SELECT who, at, noted(amount) AS amount FROM orders;
SELECT tcs.create_metrics('m', 'log', 'who', 'at', 'amount', 'UTC');
CREATE FUNCTION on_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.note(); RETURN NEW; END $$;
CREATE TRIGGER on_insert BEFORE INSERT ON m_model FOR EACH ROW EXECUTE FUNCTION on_insert();
RESET ROLE;

-- To fit another's view anew runs what the view calls, and the table's triggers, as the owner.
SELECT tcs.refit_metrics('mallory.m');
SELECT ran_as_mallory.is_called AS as_mallory, ran_as_others.is_called AS as_others FROM mallory.ran_as_mallory, mallory.ran_as_others;
SELECT current_user = session_user AS itself, current_setting('search_path') AS search_path;
SET ROLE regress_tcs_clerk;
SELECT tcs.refit_metrics('mallory.m');
RESET ROLE;
GRANT SELECT ON mallory.m TO regress_tcs_clerk;
SET ROLE regress_tcs_clerk;
SELECT tcs.refit_metrics('mallory.m');
RESET ROLE;
GRANT SELECT, INSERT ON mallory.m_model TO regress_tcs_clerk;
SET ROLE regress_tcs_clerk;
SELECT tcs.refit_metrics('mallory.m');
RESET ROLE;
SELECT ran_as_others.is_called AS as_others FROM mallory.ran_as_others;
-- Not of two owners, of whom one would run the other's code.
ALTER TABLE mallory.m_model OWNER TO regress_tcs_clerk;
\set VERBOSITY default
SELECT tcs.refit_metrics('mallory.m');
\set VERBOSITY terse
ALTER TABLE mallory.m_model OWNER TO regress_tcs_mallory;

-- The table of models, without what keeps a type: the view, which says what it reads, and the trigger.
SET ROLE regress_tcs_mallory;
DROP VIEW m;
CREATE VIEW m AS SELECT 1 AS customer, 3::bigint AS purchases, 5::float8 AS revenue, 3 AS days_since_last, 30 AS days_since_first, 2::float8 AS mean_value;
ALTER TABLE m_model DROP CONSTRAINT m_model_pkey, ALTER id DROP IDENTITY, ALTER id SET NOT NULL, ALTER fitted_at DROP DEFAULT, ALTER as_of DROP DEFAULT,
	ALTER fitted_at DROP NOT NULL, ALTER as_of DROP NOT NULL;
CREATE FUNCTION try(call text, OUT state text, OUT message text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE call;
	RAISE SQLSTATE 'ZZZZZ';
EXCEPTION WHEN OTHERS THEN
	state := SQLSTATE;
	message := SQLERRM;
END $$;
RESET ROLE;
CREATE TABLE mallory.seen (name name, change text, role text, state text, message text);
CREATE FUNCTION mallory.confuse(name name, change text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	found mallory.seen[] := '{}';
	role text;
	call text;
	tried record;
BEGIN
	SET LOCAL ROLE regress_tcs_mallory;
	EXECUTE format('ALTER TABLE mallory.m_model ' || change, name);
	FOR role IN VALUES ('regress_tcs_mallory'), ('regress_tcs_clerk'), ('none') LOOP
		EXECUTE 'SET LOCAL ROLE ' || role;
		FOR call IN VALUES ('SELECT tcs.refit_metrics(''mallory.m'')'), ('SELECT tcs.refit_metrics(''mallory.m'', ''bg/nbd'')') LOOP
			SELECT * INTO tried FROM mallory.try(call);
			found := found || (name, change, role, tried.state, tried.message)::mallory.seen;
		END LOOP;
	END LOOP;
	RAISE SQLSTATE 'ZZZZZ';
EXCEPTION WHEN SQLSTATE 'ZZZZZ' THEN
	INSERT INTO mallory.seen SELECT * FROM unnest(found);
END $$;
GRANT EXECUTE ON FUNCTION mallory.try TO PUBLIC;
SELECT mallory.confuse(a.attname, 'ALTER %I TYPE ' || t.type || ' USING ' || t.value)
FROM pg_attribute AS a, mallory.types AS t
WHERE a.attrelid = 'mallory.m_model'::regclass AND a.attnum > 0 AND a.atttypid <> t.type::regtype
\g (tuples_only=on) /dev/null
SELECT mallory.confuse(a.attname, change)
FROM pg_attribute AS a, (VALUES ('ALTER %I DROP NOT NULL'), ('DROP %I'), ('RENAME %I TO other')) AS c (change)
WHERE a.attrelid = 'mallory.m_model'::regclass AND a.attnum > 0
\g (tuples_only=on) /dev/null
SELECT count(*) FILTER (WHERE state LIKE 'XX%') AS internal FROM mallory.seen;
-- What is not read may be altered; id is NOT NULL here, and has no default.
SELECT name, count(*) AS refits, count(*) FILTER (WHERE message LIKE 'column "%" of "%" is of type %, must be %') AS type,
	count(*) FILTER (WHERE message LIKE 'column "%" of "%" may be null, and must not') AS nulls,
	count(*) FILTER (WHERE state = '42809') AS missing, count(*) FILTER (WHERE state = '23502') AS "null id"
FROM mallory.seen GROUP BY 1 ORDER BY 1;
SELECT ran_as_others.is_called AS as_others FROM mallory.ran_as_others;

-- Models that nobody has fitted: a number, or an error that says what is wrong with the model.
SET ROLE regress_tcs_mallory;
CREATE TABLE models (kind text, model jsonb);
INSERT INTO models
SELECT 'rfm', tcs.rfm_fit(i, i, i) FROM generate_series(1, 30) AS i UNION ALL
SELECT 'abc', tcs.abc_fit(i) FROM generate_series(1, 30) AS i UNION ALL
SELECT 'btyd', tcs.btyd_model(f, 0.5, 20, 1, 2) FROM unnest('{mbg/nbd,bg/nbd,pareto/nbd}'::text[]) AS f UNION ALL
SELECT 'spend', tcs.spend_model(6, 4, 15) UNION ALL
SELECT 'sbg', tcs.sbg_model(0.7, 3.8);
CREATE TABLE scores (kind text, call text);
INSERT INTO scores VALUES
('rfm', 'SELECT tcs.rfm_score($1, 3, 4, 5)'), ('rfm', 'SELECT tcs.rfm_explain($1, 3, 4, 5)'), ('abc', 'SELECT tcs.abc_tier($1, 5)'),
('btyd', 'SELECT tcs.p_alive($1, tcs.purchase_history(3, 20, 40, 9))'),
('btyd', 'SELECT tcs.churn_risk($1, tcs.purchase_history(3, 20, 40, 9), ''12 months'')'),
('btyd', 'SELECT tcs.expected_purchases($1, tcs.purchase_history(3, 20, 40, 9), ''12 months'')'),
('btyd', 'SELECT tcs.clv($1, tcs.spend_model(6, 4, 15), tcs.purchase_history(3, 20, 40, 9), ''12 months'', annual_discount => 0.1)'),
('btyd', 'SELECT tcs.clv_interval($1, tcs.spend_model(6, 4, 15), tcs.purchase_history(3, 20, 40, 9), ''12 months'')'),
('btyd', 'SELECT tcs.residual_value($1, tcs.spend_model(6, 4, 15), tcs.purchase_history(3, 20, 40, 9), annual_discount => 0.1)'),
('spend', 'SELECT tcs.expected_spend($1, tcs.purchase_history(3, 20, 40, 9))'),
('spend', 'SELECT tcs.clv(tcs.btyd_model(''mbg/nbd'', 0.5, 20, 1, 2), $1, tcs.purchase_history(3, 20, 40, 9), ''12 months'')'),
('sbg', 'SELECT tcs.survival($1, 3)'), ('sbg', 'SELECT tcs.churn_risk($1, 3, 4)'), ('sbg', 'SELECT tcs.clv($1, 3, 5, 0.1)'),
('sbg', 'SELECT tcs.value_at_risk($1, 3, 5, 0.1)');
INSERT INTO scores SELECT k, 'SELECT count(*) FROM tcs.model_summary($1)' FROM unnest('{rfm,abc,btyd,spend,sbg}'::text[]) AS k;
-- Each key of each model gone, or with another value; and what is no object at all.
CREATE TABLE crafted AS
SELECT kind, model - key AS model FROM models, jsonb_object_keys(model) AS key
UNION ALL
SELECT kind, jsonb_set(model, ARRAY[key], value::jsonb) FROM models, jsonb_object_keys(model) AS key,
	unnest(ARRAY['null', 'true', '"NaN"', '"x"', '{}', '[]', '[null]', '[[1]]', '[1, "a"]', '[3, 2, 1]', '0', '-1', '1e-308', '1e308', '1e400', '-1e400',
		'1e-400', '1.5', '99999999999999999999', '{"a": [1, {"b": null}]}', '"bg/nbd"', '"gamma-gamma"']) AS value
UNION ALL
SELECT kind, value::jsonb FROM models, unnest(ARRAY['null', '1', '"x"', '[]', '{}', '[{"model": "rfm"}]', '{"model": null}', '{"model": "", "version": "1"}']) AS value
UNION ALL
SELECT kind, jsonb_set(model, '{age_cuts}', (SELECT jsonb_agg(i) FROM generate_series(1, 20000) AS i)) FROM models
UNION ALL
SELECT a.kind, b.model FROM models AS a, models AS b;
CREATE FUNCTION score(call text, model jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	value text;
BEGIN
	EXECUTE call INTO value USING model;
	RETURN CASE WHEN value ~ 'NaN|Infinity' THEN value ELSE 'fine' END;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT kind, state, count(*) > 0 AS some FROM crafted JOIN scores USING (kind), score(call, model) AS state GROUP BY 1, 2 ORDER BY 1, 2;
RESET ROLE;

RESET search_path;
DROP SCHEMA mallory CASCADE;
DROP ROLE regress_tcs_mallory, regress_tcs_clerk;
