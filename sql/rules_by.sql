-- Rules and scorecards as an argument, and stored ones on a shard.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET TimeZone = 'UTC';

CREATE TABLE customer (id int PRIMARY KEY, region int, revenue numeric, last_day date);
INSERT INTO customer SELECT i, nullif(i % 7, 6), i * 3 % 1000, date '2025-01-01' + i % 400 FROM generate_series(1, 2000) AS i;
CREATE INDEX ON customer (region);
ANALYZE customer;

SELECT tcs.rule_set_put('by', '{"default_segment": "rest", "rules": [
	{"segment": "best", "condition": "revenue >= 900 AND region < 5"},
	{"segment": "near", "condition": "region IN (4, 5)"},
	{"segment": "off", "condition": "region = 3", "enabled": false},
	{"segment": "best", "condition": "revenue > 990"}]}');
SELECT tcs.scorecard_put('by', '{"factors": [
	{"factor": "value", "expression": "revenue", "hi": 1000, "weight": 3},
	{"factor": "area", "expression": "region", "lo": 6, "hi": 0, "gate": 5, "missing": "lo"},
	{"factor": "gone", "expression": "id", "enabled": false}]}');
SELECT tcs.rule_set_get('by') AS rules, tcs.scorecard_get('by') AS card \gset

-- The same as what is stored: by a literal, which the planner replaces; by a parameter; by a column.
CREATE FUNCTION differ(rules jsonb, card jsonb) RETURNS TABLE (what text, customers bigint, differ bigint)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT w, count(*), count(*) FILTER (WHERE stored IS DISTINCT FROM given)
	FROM customer AS c CROSS JOIN LATERAL (VALUES
		('assign', tcs.segment_assign('by', c), tcs.segment_assign_by(rules, c)),
		('matches', tcs.segment_matches('by', c)::text, tcs.segment_matches_by(rules, c)::text),
		('in best', tcs.in_segment('by', 'best', c)::text, tcs.in_segment_by(rules, 'best', c)::text),
		('in near', tcs.in_segment('by', 'near', c)::text, tcs.in_segment_by(rules, 'near', c)::text),
		('in rest', tcs.in_segment('by', 'rest', c)::text, tcs.in_segment_by(rules, 'rest', c)::text),
		('explain', (SELECT string_agg(e::text, ' ') FROM tcs.segment_explain('by', c) AS e), (SELECT string_agg(e::text, ' ') FROM tcs.segment_explain_by(rules, c) AS e)),
		('score', tcs.scorecard_score('by', c)::text, tcs.scorecard_score_by(card, c)::text),
		('explained score', (SELECT string_agg(e::text, ' ') FROM tcs.scorecard_explain('by', c) AS e), (SELECT string_agg(e::text, ' ') FROM tcs.scorecard_explain_by(card, c) AS e))
	) AS v (w, stored, given) GROUP BY w ORDER BY w;
END
$$;
SELECT * FROM differ(:'rules', :'card');
SELECT count(*) FILTER (WHERE tcs.segment_assign('by', c) IS DISTINCT FROM tcs.segment_assign_by(:'rules', c)) AS segment,
	count(*) FILTER (WHERE tcs.segment_matches('by', c) IS DISTINCT FROM tcs.segment_matches_by(:'rules', c)) AS matches,
	count(*) FILTER (WHERE tcs.in_segment('by', 'rest', c) IS DISTINCT FROM tcs.in_segment_by(:'rules', 'rest', c)) AS rest,
	count(*) FILTER (WHERE tcs.scorecard_score('by', c) IS DISTINCT FROM tcs.scorecard_score_by(:'card', c)) AS score
FROM customer AS c;

-- Replaced in the plan: nothing of the extension is called, and the index serves.
CREATE FUNCTION plan(query text) RETURNS TABLE (calls bigint, index_used boolean)
LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		lines := lines || line || E'\n';
	END LOOP;
	RETURN QUERY SELECT (SELECT count(*) FROM regexp_matches(lines, 'tcs\.', 'g')), lines ~ 'Index';
END
$$;
SET enable_seqscan = off;
SELECT q, (plan(format(q, :'rules', :'card'))).*
FROM (VALUES ('SELECT tcs.segment_assign_by(%1$L, c) FROM customer AS c'), ('SELECT tcs.segment_matches_by(%1$L, c) FROM customer AS c'),
	('SELECT tcs.scorecard_score_by(%2$L, c) FROM customer AS c'), ('SELECT FROM customer AS c WHERE tcs.in_segment_by(%1$L, ''near'', c)'),
	('SELECT FROM customer AS c WHERE tcs.in_segment_by(%1$L, ''near'', c) AND tcs.segment_assign_by(%1$L, c) = ''near''')) AS v (q);
RESET enable_seqscan;

-- Forms that are no definitions, and what is wrong in one.
CREATE FUNCTION tries(call text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	result text;
	hint text;
BEGIN
	EXECUTE 'SELECT ' || call || ' FROM customer AS c WHERE id = 4' INTO result;
	RETURN coalesce(result, 'null');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || SQLERRM || ' | ' || hint;
END
$$;
SELECT d, tries(format('tcs.scorecard_score_by(%L, c)', d)) AS said
FROM (VALUES ('[]'), ('1'), ('null'), ('{}'), ('{"factors": {}}'), ('{"factors": []}'), ('{"factors": [1]}'), ('{"factors": [{}]}'), ('{"facts": []}'),
	('{"factors": [{"factor": "a"}]}'), ('{"factors": [{"factor": "a", "expression": 1}]}'), ('{"factors": [{"factor": "a", "expression": "revenue", "hi": 10}]}'),
	('{"factors": [{"factor": "a", "expression": "revenue", "weight": -1}]}'), ('{"factors": [{"factor": "a", "expression": "revenue", "weight": "1"}]}'),
	('{"factors": [{"factor": "a", "expression": "revenue", "hi": 1e301}]}'), ('{"factors": [{"factor": "a", "expression": "revenue", "hi": 1e-400}]}'),
	('{"factors": [{"factor": "a", "expression": "revenue", "lo": 1}]}'), ('{"factors": [{"factor": "a", "expression": "revenue", "gate": "Infinity"}]}'),
	('{"factors": [{"factor": "a", "expression": "revenue", "gate": "NaN"}]}'), ('{"factors": [{"factor": "a", "expression": "revenue", "gate": null}]}'),
	('{"factors": [{"factor": "a", "expression": "revenue", "missing": "x"}]}'), ('{"factors": [{"factor": "a", "expression": "revenue", "enabled": 1}]}'),
	('{"factors": [{"factor": "a", "expression": "nothing"}]}'), ('{"factors": [{"factor": "a", "expression": "pg_sleep(1)"}]}'),
	('{"factors": [{"factor": "a", "expression": "revenue"}, {"factor": "a", "expression": "region", "enabled": false}]}')) AS v (d);
SELECT d, tries(format('tcs.in_segment_by(%L, ''a'', c)', d)) AS said
FROM (VALUES ('[]'), ('{"rules": []}'), ('{"default_segment": "a", "rules": []}'), ('{"rules": [{"segment": "a", "condition": "region = 4"}]}'),
	('{"rules": [{"segment": "a", "condition": "nothing"}]}'), ('{"rules": [{"segment": "b", "condition": "true", "enabled": false}]}')) AS v (d);
SELECT tries('tcs.segment_assign_by(NULL, c)') AS assign, tries('tcs.in_segment_by(''{"rules": []}'', NULL, c)') AS in_none,
	tries('tcs.scorecard_score_by(NULL, c)') AS score, tries('tcs.segment_matches_by(NULL, c)') AS matches,
	tries('tcs.segment_assign_by(''{"rules": []}'', c.id)') AS no_row, tries('tcs.segment_assign_by(''{"rules": []}'', NULL::customer)') AS null_row;
SELECT * FROM tcs.segment_explain_by(NULL, ROW(1, 2));
SELECT * FROM tcs.scorecard_explain_by('{"factors": []}', NULL::customer);

-- On a shard, whose tables may be others, what is stored is not read.
SET application_name = 'citus_internal gpid=10000000123';
SELECT tcs.segment_assign('by', c) FROM customer AS c WHERE id = 4;
PREPARE stored(text) AS SELECT tcs.segment_assign($1, c) FROM (SELECT * FROM customer OFFSET 0) AS c WHERE id = 4;
SET plan_cache_mode = force_generic_plan;
EXECUTE stored('by');
RESET plan_cache_mode;
SELECT tries('tcs.segment_assign(''by'', c)') AS assign;
SELECT tries(call) AS refused FROM (VALUES ('tcs.segment_matches(''by'', c)'), ('tcs.in_segment(''by'', ''near'', c)'), ('tcs.rule_priorities(''by'', c)'),
	('(SELECT count(*) FROM tcs.segment_explain(''by'', c))'), ('tcs.scorecard_score(''by'', c)'), ('(SELECT count(*) FROM tcs.scorecard_explain(''by'', c))'),
	('tcs.segment_assign_by(tcs.rule_set_get(''by''), c)'), ('tcs.scorecard_score_by(tcs.scorecard_get(''by''), c)'), ('tcs.trait_set_get(''mine'')'),
	('tcs.segment_assign(''no such set'', c)')) AS v (call);
-- what is given, and what is the same on all machines, is
SELECT tcs.segment_assign_by(:'rules', c) AS given, round(tcs.scorecard_score_by(:'card', c)::numeric, 6) AS score,
	tcs.segment_assign('tcs.value_tiers', m) AS shipped
FROM customer AS c, (SELECT 'A' AS abc_tier, 1 AS revenue) AS m WHERE id = 4;
SET tcs.definitions_on_shards = own;
SELECT tcs.segment_assign('by', c), round(tcs.scorecard_score('by', c)::numeric, 6) AS score FROM customer AS c WHERE id = 4;
EXECUTE stored('by');
RESET tcs.definitions_on_shards;
EXECUTE stored('by');
-- a day is not that of the shard's zone; nor is that of an order
SELECT tries('(SELECT ' || call || ' FROM (VALUES (date ''2025-03-01'', timestamptz ''2025-03-01 UTC'', 3.5)) AS o (day, at, amount))') AS said
FROM (VALUES ('(tcs.purchase_history(day, amount, current_date)).x'), ('(tcs.purchase_history(at::date, amount, date ''2025-12-31'')).x'), ('(tcs.holdout(day, amount, date ''2025-01-01'', now()::date)).purchases'),
	('tcs.period_cv(day, amount, localtimestamp::date, ''month'') IS NULL'), ('cardinality(tcs.purchase_periods(at::timestamp, amount, date ''2025-12-31'', ''month''))'),
	('(tcs.retention(day, current_date, ''month'')).cohort'), ('(tcs.retention(day, day, current_date, ''month'')).cohort'), ('(tcs.points(day, amount, current_date)).balance'),
	('(tcs.purchase_history(day, amount, (now() AT TIME ZONE ''Europe/Berlin'')::date)).x'), ('(tcs.purchase_history(at, amount, date ''2025-12-31'', ''Asia/Tokyo'')).x')) AS v (call);
-- those who administer the shards have other names
SET application_name = 'citus_run_command gpid=10000000123';
SELECT tcs.segment_assign('by', c) FROM customer AS c WHERE id = 4;
RESET application_name;
EXECUTE stored('by');
DEALLOCATE stored;

SELECT tcs.rule_set_drop('by'), tcs.scorecard_drop('by');
DROP FUNCTION differ, plan, tries;
DROP TABLE customer;
