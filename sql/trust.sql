-- What merely reads somebody else's segmentation runs none of that somebody's code,
-- and takes no column for what it was made as.
SET client_min_messages = error;
SET jit = off;
\set SHOW_CONTEXT never
CREATE ROLE regress_tcs_mallory;
CREATE ROLE regress_tcs_victim;
CREATE SCHEMA trust AUTHORIZATION regress_tcs_mallory;
CREATE FUNCTION trust.outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE call;
	RETURN 'answered';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || CASE WHEN SQLERRM LIKE '%mallory ran%' THEN ' code of mallory ran' ELSE '' END;
END $$;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('trust', 'rest');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('trust', 1, 'big', 'revenue > 5');

-- A key whose owner has casts from and to it, that would say so if they ran.
SET ROLE regress_tcs_mallory;
SET search_path = trust;
CREATE TYPE ek AS ENUM ('1', '2', '3');
CREATE TABLE src (customer ek, revenue integer);
INSERT INTO src VALUES ('1', 1), ('2', 10), ('3', 7);
SELECT tcs.create_segmentation('trust.seg', 'src', 'customer', 'trust') IS NOT NULL AS made;
CREATE FUNCTION ran_from_text(text) RETURNS ek LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'code of mallory ran as %', current_user; END $$;
CREATE FUNCTION ran_from_integer(integer) RETURNS ek LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'code of mallory ran as %', current_user; END $$;
CREATE FUNCTION ran_to_text(ek) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'code of mallory ran as %', current_user; END $$;
CREATE FUNCTION ran_to_numeric(ek) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'code of mallory ran as %', current_user; END $$;
CREATE FUNCTION ran_to_oid(ek) RETURNS oid LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'code of mallory ran as %', current_user; END $$;
CREATE CAST (text AS ek) WITH FUNCTION ran_from_text(text) AS ASSIGNMENT;
CREATE CAST (integer AS ek) WITH FUNCTION ran_from_integer(integer) AS IMPLICIT;
CREATE CAST (ek AS text) WITH FUNCTION ran_to_text(ek) AS ASSIGNMENT;
CREATE CAST (ek AS numeric) WITH FUNCTION ran_to_numeric(ek) AS ASSIGNMENT;
CREATE CAST (ek AS oid) WITH FUNCTION ran_to_oid(ek) AS ASSIGNMENT;
RESET ROLE;
\set since '''-infinity'', ''infinity'''
SELECT tcs.segment_at('seg', now(), '2'::text) AS by_text, tcs.segment_at('seg', now(), '2') AS by_literal,
	tcs.segment_at('seg', now(), 2) AS by_integer, tcs.segment_at('seg', now(), '2'::varchar) AS by_varchar,
	tcs.segment_at('seg', now(), '2'::ek) AS by_key;
SELECT * FROM tcs.segment_at('seg', now()) ORDER BY key;
SELECT key, change FROM tcs.segment_moves_since('seg') ORDER BY key;
SELECT to_segment, change, customers, total_value FROM tcs.segment_migration('seg', :since, 'revenue');
SELECT count(*) AS sizes FROM tcs.segment_sizes('seg');
SELECT count(*) AS drift FROM tcs.segment_drift('seg', :since);
SELECT count(*) AS conversion FROM tcs.segment_conversion('seg', :since);
SELECT tcs.report_html('seg') LIKE '%<bdi>big</bdi>%' AS report;
-- A value that the key does not have is an error of the type, as for its owner.
SELECT outcome($$SELECT tcs.segment_at('seg', now(), '4'::text)$$);
SELECT count(*) FROM seg_history;

-- A cast that the server would make unasked: no operator finds its way through it.
DROP CAST (ek AS text);
SET ROLE regress_tcs_mallory;
CREATE CAST (ek AS text) WITH FUNCTION ran_to_text(ek) AS IMPLICIT;
RESET ROLE;
CREATE TABLE call (call text);
INSERT INTO call VALUES
	('SELECT tcs.segment_at(''trust.seg'', now(), ''2''::text)'),
	('SELECT tcs.segment_at(''trust.seg'', now(), 2)'),
	('SELECT tcs.segment_at(''trust.seg'', now(), ''2''::trust.ek)'),
	('SELECT count(*) FROM tcs.segment_at(''trust.seg'', now())'),
	('SELECT count(*) FROM tcs.segment_moves_since(''trust.seg'')'),
	('SELECT count(*) FROM tcs.segment_migration(''trust.seg'', ''-infinity'', ''infinity'')'),
	('SELECT count(*) FROM tcs.segment_migration(''trust.seg'', ''-infinity'', ''infinity'', ''revenue'')'),
	('SELECT count(*) FROM tcs.segment_sizes(''trust.seg'')'),
	('SELECT count(*) FROM tcs.segment_drift(''trust.seg'', ''-infinity'', ''infinity'')'),
	('SELECT count(*) FROM tcs.segment_conversion(''trust.seg'', ''-infinity'', ''infinity'')'),
	('SELECT tcs.report_html(''trust.seg'')');
SELECT count(*) FILTER (WHERE outcome(call) LIKE '%mallory%') AS ran FROM call;
DROP CAST (ek AS text);

-- Types of others that are more than names: what compares or reads them is theirs.
-- Whoever owns one goes on with it; others are told whose it is.
SET ROLE regress_tcs_mallory;
CREATE FUNCTION ran_difference(float8, float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 - $2; END $$;
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = ran_difference);
CREATE TABLE spans (customer span, revenue integer);
INSERT INTO spans VALUES ('[1,2]', 10), ('[3,4]', 1);
SELECT tcs.create_segmentation('trust.of_spans', 'spans', 'customer', 'trust') IS NOT NULL AS made;
GRANT USAGE ON SCHEMA trust TO regress_tcs_victim;
GRANT SELECT ON of_spans, of_spans_moves, of_spans_state, spans TO regress_tcs_victim;
SELECT tcs.segment_at('of_spans', now(), '[1,2]'::span) AS by_key, tcs.segment_at('of_spans', now(), '[1,2]') AS by_text,
	(SELECT count(*) FROM tcs.segment_at('of_spans', now())) AS all_of_them,
	(SELECT sum(total_value) FROM tcs.segment_migration('of_spans', :since, 'revenue')) AS value;
RESET ROLE;
SET ROLE regress_tcs_victim;
SELECT tcs.segment_at('trust.of_spans', now(), '[1,2]');
SELECT tcs.report_html('trust.of_spans');
SELECT outcome FROM (SELECT DISTINCT trust.outcome(replace(call, 'trust.seg', 'trust.of_spans')) AS outcome
	FROM (VALUES ('SELECT count(*) FROM tcs.segment_at(''trust.seg'', now())'), ('SELECT tcs.segment_at(''trust.seg'', now(), 1)'),
		('SELECT count(*) FROM tcs.segment_moves_since(''trust.seg'')'), ('SELECT count(*) FROM tcs.segment_sizes(''trust.seg'')'),
		('SELECT count(*) FROM tcs.segment_drift(''trust.seg'', ''-infinity'', ''infinity'')'),
		('SELECT count(*) FROM tcs.segment_migration(''trust.seg'', ''-infinity'', ''infinity'')'),
		('SELECT count(*) FROM tcs.segment_conversion(''trust.seg'', ''-infinity'', ''infinity'')')) AS c (call)) AS o;
RESET ROLE;
-- A superuser's types are trusted, and so are the extensions'.
CREATE TYPE public.regress_tcs_span AS RANGE (subtype = float8);
GRANT USAGE ON TYPE public.regress_tcs_span TO regress_tcs_mallory;
SET ROLE regress_tcs_mallory;
CREATE TABLE fine AS SELECT customer::text::public.regress_tcs_span AS customer, revenue FROM spans;
SELECT tcs.create_segmentation('trust.of_fine', 'fine', 'customer', 'trust') IS NOT NULL AS made;
GRANT SELECT ON of_fine, of_fine_moves, of_fine_state TO regress_tcs_victim;
RESET ROLE;
SET ROLE regress_tcs_victim;
SELECT tcs.segment_at('trust.of_fine', now(), '[1,2]') AS segment;
RESET ROLE;

-- The columns of the tables, each altered to other types: an error that says which,
-- or the answer, and never code of the owner's, a crash or an internal error.
SET ROLE regress_tcs_mallory;
CREATE TABLE plain (customer integer PRIMARY KEY, revenue integer);
INSERT INTO plain SELECT n, n FROM generate_series(1, 9) AS n;
SELECT tcs.create_segmentation('trust.num', 'plain', 'customer', 'trust') IS NOT NULL AS made;
CREATE FUNCTION ran_to_regclass(ek) RETURNS regclass LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'code of mallory ran as %', current_user; END $$;
CREATE CAST (ek AS regclass) WITH FUNCTION ran_to_regclass(ek) AS ASSIGNMENT;
CREATE CAST (ek AS text) WITH FUNCTION ran_to_text(ek) AS ASSIGNMENT;
CREATE FUNCTION ran_check(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN true; END $$;
CREATE DOMAIN checked AS text CHECK (ran_check(VALUE));
CREATE TYPE pair AS (a integer, b text);
ALTER TABLE num DISABLE TRIGGER tcs_guard;
ALTER TABLE num_moves DISABLE TRIGGER tcs_guard;
DO $$ DECLARE v regclass; BEGIN
	FOR v IN SELECT oid FROM pg_class WHERE relkind = 'v' AND relnamespace = 'trust'::regnamespace LOOP EXECUTE 'DROP VIEW ' || v; END LOOP;
END $$;
RESET ROLE;
CREATE TABLE seen (relation text, attribute name, type text, call text, outcome text);
GRANT ALL ON call, seen TO regress_tcs_mallory;
DO $$
DECLARE
	c record;
	t record;
	k record;
	got text[];
BEGIN
	FOR c IN SELECT r, a.attname, format_type(a.atttypid, a.atttypmod) AS made FROM unnest('{num,num_moves,num_state}'::text[]) AS r
		JOIN pg_attribute AS a ON a.attrelid = ('trust.' || r)::regclass AND a.attnum > 0 AND NOT a.attisdropped
		WHERE (r = 'num' AND a.attname IN ('key', 'segment') OR r = 'num_moves' AND a.attname NOT IN ('xid', 'merged_into')
			OR r = 'num_state' AND a.attname IN ('source', 'key_column', 'rule_set', 'time_zone', 'last_refresh')) LOOP
		FOR t IN SELECT * FROM (VALUES ('integer', '7'), ('bigint', '4702394921427272193'), ('"char"', 'x'), ('boolean', 't'), ('name', 'x'), ('varchar(3)', 'x'),
			('text', 'x'), ('jsonb', '{}'), ('text[]', '{x}'), ('regclass', 'trust.plain'), ('oid', '1'), ('timestamp', '2000-01-01'), ('timestamptz(0)', '2000-01-01'),
			('trust.ek', '1'), ('trust.checked', 'x'), ('trust.pair', '(1,x)'), ('NULL', NULL)) AS t (type, value) LOOP
			got := '{}';
			BEGIN
				PERFORM set_config('role', 'regress_tcs_mallory', true);
				EXECUTE format('ALTER TABLE trust.%I DROP %I CASCADE, ADD %2$I %s %s', c.r, c.attname,
					CASE WHEN t.type = 'NULL' THEN c.made ELSE t.type END,
					CASE WHEN t.type <> 'NULL' THEN format('NOT NULL DEFAULT %L', t.value) END);
				PERFORM set_config('role', 'none', true);
				FOR k IN SELECT * FROM trust.call LOOP
					got := got || (k.call || '=' || trust.outcome(replace(replace(k.call, 'trust.seg', 'trust.num'), '::trust.ek', '::integer')));
				END LOOP;
				RAISE EXCEPTION 'undo';
			EXCEPTION WHEN OTHERS THEN
				IF SQLERRM <> 'undo' THEN
					got := ARRAY['ALTER=' || SQLSTATE];
				END IF;
			END;
			INSERT INTO trust.seen SELECT c.r, c.attname, t.type, split_part(g, '=', 1), substring(g FROM '=([^=]*)$') FROM unnest(got) AS g;
		END LOOP;
	END LOOP;
END $$;
SELECT count(*) FILTER (WHERE call <> 'ALTER') > 2500 AS enough, count(*) FILTER (WHERE outcome LIKE '%mallory%') AS ran,
	count(*) FILTER (WHERE outcome LIKE 'XX%' OR outcome LIKE '58%' OR outcome LIKE '53%') AS internal
FROM seen;
SELECT outcome, count(*) > 0 AS some FROM seen GROUP BY outcome ORDER BY outcome;
-- Of what is read, no other type is taken for the one that it was made with.
SELECT relation, attribute, string_agg(DISTINCT type, ' ') AS answered FROM seen
WHERE outcome = 'answered' AND call LIKE '%report_html%' AND (relation, attribute) IN (('num', 'key'), ('num', 'segment'), ('num_state', 'source'),
	('num_state', 'key_column'), ('num_state', 'rule_set'), ('num_state', 'time_zone'), ('num_state', 'last_refresh')) OR outcome = 'answered' AND relation = 'num_moves' AND attribute <> 'merged_into'
GROUP BY relation, attribute ORDER BY relation, attribute;

-- The texts of what an altered segmentation says.
SET ROLE regress_tcs_mallory;
ALTER TABLE num_state ALTER rule_set TYPE bigint USING 1;
RESET ROLE;
SELECT tcs.report_html('num');
SET ROLE regress_tcs_mallory;
ALTER TABLE num_state ALTER rule_set TYPE text USING 'trust', ALTER rule_set DROP NOT NULL;
UPDATE num_state SET rule_set = NULL;
RESET ROLE;
SELECT tcs.report_html('num');
SET ROLE regress_tcs_mallory;
UPDATE num_state SET rule_set = 'trust';
ALTER TABLE num_state ALTER rule_set SET NOT NULL;
ALTER TABLE num_moves ALTER key TYPE bigint;
RESET ROLE;
SELECT tcs.segment_at('num', now(), 7) AS segment;
SET ROLE regress_tcs_mallory;
ALTER TABLE num_moves ALTER key TYPE integer;
ALTER TABLE num_state DROP CONSTRAINT num_state_pkey;
INSERT INTO num_state (source, key_column, rule_set, mode, notify, time_zone) SELECT source, key_column, rule_set, mode, notify, time_zone FROM num_state;
RESET ROLE;
SELECT * FROM tcs.segment_sizes('num');

-- A source that was altered to a key with an implicit cast, or whose numbers are none.
SET ROLE regress_tcs_mallory;
CREATE FUNCTION ran_to_integer(ek) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'code of mallory ran as %', current_user; END $$;
CREATE CAST (ek AS integer) WITH FUNCTION ran_to_integer(ek) AS IMPLICIT;
DELETE FROM num_state WHERE ctid <> (SELECT min(ctid) FROM num_state);
ALTER TABLE plain DROP CONSTRAINT plain_pkey, ALTER customer DROP NOT NULL, ALTER customer TYPE ek USING '1';
RESET ROLE;
SELECT * FROM tcs.segment_migration('num', :since, 'revenue');
SELECT tcs.report_html('num') LIKE '%Revenue%' AS amounts;
SET ROLE regress_tcs_mallory;
ALTER TABLE plain ALTER customer TYPE integer USING 1, ALTER revenue TYPE ek USING '1';
RESET ROLE;
SELECT * FROM tcs.segment_migration('num', :since, 'revenue');
SELECT tcs.report_html('num') LIKE '%Revenue%' AS amounts;
SET ROLE regress_tcs_mallory;
-- Numbers below two domains are numbers, and no check of a domain runs.
CREATE FUNCTION ran_number(integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF current_user <> 'regress_tcs_mallory' THEN RAISE EXCEPTION 'code of mallory ran as %', current_user; END IF; RETURN true; END $$;
CREATE DOMAIN number AS integer CHECK (ran_number(VALUE));
CREATE DOMAIN more AS number;
ALTER TABLE plain ALTER revenue TYPE more USING 3;
RESET ROLE;
SELECT sum(total_value) IS NOT NULL AS summed FROM tcs.segment_migration('num', :since, 'revenue');
SELECT tcs.report_html('num') LIKE '%Revenue%' AS amounts;

-- Who may not read it is told so.
SET ROLE regress_tcs_victim;
SELECT trust.outcome($$SELECT tcs.segment_at('trust.num', now(), 7)$$);
RESET ROLE;
RESET search_path;
DROP SCHEMA trust CASCADE;
DROP TYPE public.regress_tcs_span;
DELETE FROM tcs.rule_set WHERE name = 'trust';
DROP ROLE regress_tcs_mallory, regress_tcs_victim;
