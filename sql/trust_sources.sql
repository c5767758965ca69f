-- What reads the table of somebody who has put code of his own behind every type runs none of it.
SET client_min_messages = error;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
CREATE ROLE regress_tcs_mallory;
CREATE SCHEMA mallory AUTHORIZATION regress_tcs_mallory;
SET ROLE regress_tcs_mallory;
CREATE SEQUENCE mallory.ran_as_others MINVALUE 0;
CREATE FUNCTION mallory.note() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF current_user <> 'regress_tcs_mallory' THEN
		PERFORM nextval('mallory.ran_as_others');
	END IF;
	RETURN true;
END $$;
-- Types with casts, operators, checks and functions; named as what is asked of them, too.
CREATE TYPE mallory.en AS ENUM ('a', 'b');
CREATE TYPE mallory.pair AS (a integer, b text);
CREATE DOMAIN mallory.amount AS numeric CHECK (mallory.note());
CREATE DOMAIN mallory.amounts AS mallory.amount CHECK (mallory.note());
CREATE DOMAIN mallory.at AS timestamptz CHECK (mallory.note());
CREATE DOMAIN mallory.words AS text CHECK (mallory.note());
CREATE FUNCTION mallory.diff(numeric, numeric) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM mallory.note(); RETURN 1; END $$;
CREATE TYPE mallory.range AS RANGE (SUBTYPE = numeric, SUBTYPE_DIFF = mallory.diff);
DO $$
DECLARE
	source text;
	target text;
BEGIN
	FOR source IN VALUES ('en'), ('pair'), ('range') LOOP
		FOR target IN VALUES ('text'), ('numeric'), ('float8'), ('timestamptz'), ('date'), ('boolean'), ('jsonb'), ('integer') LOOP
			EXECUTE format('CREATE FUNCTION mallory.%1$s_to_%2$s(mallory.%1$I) RETURNS %2$s LANGUAGE plpgsql IMMUTABLE AS '
				'$f$ BEGIN PERFORM mallory.note(); RETURN NULL; END $f$', source, target);
			EXECUTE format('CREATE CAST (mallory.%1$I AS %2$s) WITH FUNCTION mallory.%1$s_to_%2$s AS IMPLICIT', source, target);
		END LOOP;
		EXECUTE format('CREATE FUNCTION mallory.same_%1$s(mallory.%1$I, mallory.%1$I) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RETURN mallory.note(); END $f$', source);
		EXECUTE format('CREATE OPERATOR mallory.= (FUNCTION = mallory.same_%1$s, LEFTARG = mallory.%1$I, RIGHTARG = mallory.%1$I)', source);
		EXECUTE format('CREATE OPERATOR mallory.< (FUNCTION = mallory.same_%1$s, LEFTARG = mallory.%1$I, RIGHTARG = mallory.%1$I)', source);
	END LOOP;
END $$;
CREATE FUNCTION mallory.less(mallory.at, timestamptz) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN mallory.note(); END $$;
CREATE OPERATOR mallory.< (FUNCTION = mallory.less, LEFTARG = mallory.at, RIGHTARG = timestamptz);
CREATE TABLE mallory.t (id integer, who mallory.en, whom mallory.pair, span mallory.range, amount mallory.amount, amounts mallory.amounts, at mallory.at,
	words mallory.words, ens mallory.en[], segment text);
INSERT INTO mallory.t
SELECT i, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END::mallory.en, (i % 3, 'x')::mallory.pair, mallory.range(i % 3, 9), i, i, '2024-01-01'::timestamptz + i * interval '9 days',
	'w' || i % 4, ARRAY['a', 'b']::mallory.en[], 's' || i % 2 FROM generate_series(1, 40) AS i;
RESET ROLE;
SET search_path = mallory, pg_catalog;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('trust a', 'rest'), ('trust b', 'rest');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('trust a', 1, 'low', 'id < 9'), ('trust b', 1, 'low', 'id < 7'),
	('trust b', 2, 'who', 'who IS NOT NULL'), ('trust b', 3, 'text', $$who::text = 'a'$$), ('trust b', 4, 'sum', 'amount > 3'), ('trust b', 5, 'text', $$whom = whom$$),
	('trust b', 6, 'range', 'span = span'), ('trust b', 7, 'words', $$words = 'w1'$$), ('trust b', 8, 'at', $$at < '2024-02-02 00:00+00'$$);
INSERT INTO tcs.scorecard (name) VALUES ('trust');
INSERT INTO tcs.factor (scorecard, factor, expression, lo, hi) VALUES ('trust', 'id', 'id', 0, 5), ('trust', 'amount', 'amount', 5, 0), ('trust', 'who', 'who::float8', 0, 1);
CREATE FUNCTION pg_temp.try(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	noted boolean;
BEGIN
	PERFORM setval('mallory.ran_as_others', 0, false);
	BEGIN
		EXECUTE 'SELECT ' || call INTO result;
	EXCEPTION WHEN OTHERS THEN
		result := SQLSTATE;
	END;
	SELECT is_called INTO noted FROM mallory.ran_as_others;
	RETURN coalesce(result, 'null') || CASE WHEN noted THEN ', and ran what is mallory''s' ELSE '' END;
END $$;
SELECT call, pg_temp.try(call) AS result
FROM unnest(ARRAY['count(*) FROM mallory.t',
	'count(*) > 9 FROM tcs.persona(''mallory.t'', ''segment'')', 'count(*) > 9 FROM tcs.persona(''mallory.t'', ''who'')', 'count(*) > 9 FROM tcs.persona(''mallory.t'', ''span'')',
	'count(*) > 9 FROM tcs.persona(''mallory.t'', ''words'')',
	'string_agg(DISTINCT tcs.segment_assign(''trust a'', t), '' '') FROM mallory.t', 'string_agg(DISTINCT tcs.segment_assign((SELECT ''trust a'' OFFSET 0), t), '' '') FROM mallory.t',
	'tcs.segment_assign(''trust b'', t) FROM mallory.t', 'count(*) FROM mallory.t, tcs.segment_explain(''trust b'', t)',
	'string_agg(format(''%s %s'', finding, priority), '', '' ORDER BY finding, priority) FROM tcs.rule_check(''trust b'', ''mallory.t'') WHERE severity = ''error''',
	'sum(rows) FROM tcs.rule_set_diff(''trust a'', ''trust a'', ''mallory.t'', ''amount'')', 'sum(rows) FROM tcs.rule_set_diff(''trust a'', ''trust a'', ''mallory.t'', ''amounts'')',
	'sum(rows) FROM tcs.rule_set_diff(''trust a'', ''trust a'', ''mallory.t'', ''who'')',
	'string_agg(format(''%s %s'', finding, factor), '', '' ORDER BY finding, factor) FROM tcs.scorecard_check(''trust'', ''mallory.t'') WHERE severity = ''error''',
	'tcs.scorecard_score(''trust'', t) FROM mallory.t',
	'tcs.create_metrics(''pg_temp.m'', ''mallory.t'', ''who'', ''at'', ''amount'')', 'count(clv) FROM pg_temp.m', 'tcs.refit_metrics(''pg_temp.m'')',
	'tcs.create_metrics(''pg_temp.m2'', ''mallory.t'', ''who'', ''at'', ''amount'', customers => ''mallory.t'', customers_key => ''who'')', 'count(*) FROM pg_temp.m2',
	'tcs.create_metrics(''pg_temp.m3'', ''mallory.t'', ''span'', ''at'', ''amounts'')', 'count(*) FROM pg_temp.m3',
	'tcs.create_metrics(''pg_temp.m4'', ''mallory.t'', ''who'', ''who'', ''amount'')', 'tcs.create_metrics(''pg_temp.m4'', ''mallory.t'', ''who'', ''at'', ''who'')',
	'tcs.create_kpis(''pg_temp.k'', ''mallory.t'', ''whom'', ''at'', ''amounts'')', 'sum(orders) FROM pg_temp.k',
	'tcs.create_cohorts(''pg_temp.c'', ''mallory.t'', ''words'', ''at'', ''amount'')', 'sum(active) FROM pg_temp.c']) WITH ORDINALITY AS c (call, i)
ORDER BY i;
-- It does note that.
SELECT pg_temp.try('who::text FROM mallory.t'), pg_temp.try('5::mallory.amount'), pg_temp.try('count(*) FROM mallory.t WHERE who = who');
DELETE FROM tcs.rule_set WHERE name LIKE 'trust _';
DELETE FROM tcs.scorecard WHERE name = 'trust';
RESET search_path;
DROP SCHEMA mallory CASCADE;
DROP ROLE regress_tcs_mallory;
