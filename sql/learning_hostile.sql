-- Models that nobody fitted: whatever stands in one, there is an answer or a clear error,
-- and the session goes on.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set VERBOSITY terse
SELECT pg_backend_pid() AS backend \gset

CREATE TEMP TABLE person AS
SELECT i, i * 37 % 101 AS visits, CASE WHEN i % 9 > 0 THEN (i * 53 % 97) / 8.0 END AS spent, CASE WHEN i % 7 > 0 THEN substr('abcde', 1 + i % 5, 1) END AS plan, i % 3 = 0 AS member,
	date '2024-01-01' + i * 13 % 300 AS joined, timestamptz '2024-01-01 00:00+00' + i * 17 % 400 * interval '1 hour' AS seen, i * 7 % 90 * interval '1 day' AS age,
	(i * 37 % 101 > 50) <> (i % 6 = 0) AS bought
FROM generate_series(1, 300) AS i;
CREATE TEMP TABLE fitted (kind text, call text, model jsonb);
INSERT INTO fitted
SELECT kind, call, model
FROM (SELECT tcs.logit_fit(bought, f, '{"l2": 1}') AS logit, tcs.linear_fit(p.i, f, '{"l2": 1}') AS linear, tcs.tree_fit(bought, f, '{"min_customers": 10, "leaves": 10, "pruning": "none"}') AS tree,
		tcs.tree_fit(p.i::float8, f, '{"min_customers": 10, "leaves": 10, "pruning": "none"}') AS means, tcs.tree_fit('l' || p.visits / 30, f, '{"min_customers": 10, "leaves": 10, "pruning": "none"}') AS labels, tcs.kmeans_fit(f, '{"k": 3, "leaves": 6}') AS kmeans
	FROM person AS p, LATERAL (SELECT visits, spent, plan, member, joined, seen, age) AS f) AS m,
	LATERAL (VALUES ('logit', 'tcs.logit_score($1, p)::text', logit), ('logit', '(SELECT string_agg(e::text, '' '') FROM tcs.logit_explain($1, p) AS e)', logit), ('logit', 'tcs.logit_sql($1)', logit), ('logit', 'tcs.logit_scorecard($1)::text', logit),
		('linear', 'tcs.linear_score($1, p)::text', linear), ('linear', 'tcs.logit_sql($1)', linear), ('linear', 'tcs.logit_scorecard($1)::text', linear), ('tree', 'tcs.tree_score($1, p)::text', tree), ('tree', 'tcs.tree_rules($1)::text', tree),
		('means', 'tcs.tree_score($1, p)::text', means), ('means', 'tcs.tree_rules($1)::text', means),
		('labels', 'tcs.tree_label($1, p)', labels), ('labels', 'tcs.tree_score($1, p, ''l1'')::text', labels), ('labels', 'tcs.tree_rules($1)::text', labels),
		('kmeans', 'tcs.kmeans_assign($1, p)::text', kmeans), ('kmeans', 'tcs.kmeans_distance($1, p)::text', kmeans), ('kmeans', 'tcs.kmeans_rules($1)::text', kmeans)) AS c(kind, call, model);

-- What became of a call: its SQLSTATE, with what is not as it should be of the message.
CREATE FUNCTION pg_temp.became(call text, model jsonb) RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	hint text;
	result text;
BEGIN
	EXECUTE 'SELECT ' || call || ' FROM person AS p WHERE i = 5' INTO result USING model;
	RETURN CASE WHEN result IS NULL THEN 'NULL' ELSE 'an answer' END;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' ', SQLSTATE, CASE WHEN SQLSTATE <> '22003' AND coalesce(hint, '') = '' THEN 'without a hint: ' || SQLERRM END,
		CASE WHEN SQLERRM !~ '^[a-z]|\.$' THEN 'in other words: ' || SQLERRM END);
END $$;
SELECT kind, pg_temp.became(call, model), count(*) AS calls FROM fitted GROUP BY 1, 2 ORDER BY kind COLLATE "C";

-- No model of this kind, or none at all.
SELECT given, string_agg(DISTINCT pg_temp.became(call, given::jsonb), ', ')
FROM fitted, (VALUES ('{}'), ('[]'), ('null'), ('7'), ('"logit"'), ('[{"model": "logit", "version": 1}]'), ('{"model": 7}'), ('{"model": "btyd", "version": 1}'), ('{"model": "logit"}'), ('{"model": "tree"}'), ('{"model": "kmeans"}'),
	('{"model": "logit", "version": 1}'), ('{"model": "linear", "version": 1}'), ('{"model": "tree", "version": 1}'), ('{"model": "kmeans", "version": 1}'), ('{"model": "tree", "version": 1e300}')) AS g(given)
GROUP BY given ORDER BY given COLLATE "C";
SELECT kind, pg_temp.became(f.call, other.model), count(DISTINCT other.model) AS models FROM fitted AS f, (SELECT DISTINCT kind AS of, model FROM fitted) AS other
WHERE NOT (f.kind = of OR (f.kind IN ('tree', 'means', 'labels') AND of IN ('tree', 'means', 'labels')) OR (f.call ~ 'sql|card' AND of IN ('logit', 'linear'))) GROUP BY 1, 2 ORDER BY kind COLLATE "C", 2;

-- Every place in each model, taken away or made into something else; of that a part, or
-- all (\set every 1).
\set every 15
CREATE TEMP TABLE place AS
WITH RECURSIVE walk AS (
	SELECT DISTINCT ON (kind) kind, '{}'::text[] AS path, model AS value FROM fitted
	UNION ALL SELECT kind, path || step.key, step.value
	FROM walk, LATERAL (SELECT e.key, e.value FROM jsonb_each(CASE jsonb_typeof(value) WHEN 'object' THEN value END) AS e
		UNION ALL SELECT (e.n - 1)::text, e.value FROM jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value END) WITH ORDINALITY AS e(value, n)) AS step
)
SELECT kind, path, value FROM walk WHERE path <> '{}';
CREATE TEMP TABLE changed AS
SELECT kind, CASE change WHEN 'gone' THEN model #- path ELSE jsonb_set(model, path, change::jsonb) END AS model
FROM (SELECT *, row_number() OVER (ORDER BY kind COLLATE "C", path COLLATE "C", change COLLATE "C") AS n
	FROM place, (VALUES ('gone'), ('null'), ('true'), ('""'), ('"x"'), ('"a''\" \\ b"'), ('[]'), ('{}'), ('[[]]'), ('0'), ('-1'), ('0.5'), ('1e300'), ('-1e300'), ('1e-300'), ('1e400'), ('2147483648'), ('9007199254740993'), ('"NaN"')) AS c(change)) AS p
JOIN (SELECT DISTINCT kind, model FROM fitted) AS f USING (kind) WHERE n % :every = 0;
SELECT kind, count(*) > 100 AS many FROM changed GROUP BY kind ORDER BY kind COLLATE "C";
SELECT kind, bool_or(became = 'an answer') AS answers, bool_or(became = '22023') AS errors, string_agg(DISTINCT became, ', ') FILTER (WHERE became <> ALL ('{an answer,22023,22003,42703,42804}')) AS else
FROM (SELECT kind, pg_temp.became(call, c.model) FROM changed AS c JOIN fitted USING (kind)) AS b GROUP BY kind ORDER BY kind COLLATE "C";

-- More of something than there can be.
SELECT f.kind, what, string_agg(DISTINCT pg_temp.became(call, jsonb_set(model, path, coalesce((SELECT jsonb_agg(e) FROM generate_series(1, times), jsonb_array_elements(model #> path) AS e), '[]'))), ', ' )
FROM fitted AS f, (VALUES ('features', '{features}'::text[], 2), ('features', '{features}', 40), ('columns', '{columns}', 2), ('nodes', '{nodes}', 2), ('nodes', '{nodes}', 20), ('centers', '{centers}', 2), ('groups', '{groups}', 40), ('levels', '{features,2,levels}', 250)) AS c(what, path, times)
WHERE model #> path IS NOT NULL GROUP BY f.kind, what, times ORDER BY f.kind COLLATE "C", what COLLATE "C", times;
-- a circle, a way back, two ways to one leaf
SELECT what, string_agg(DISTINCT pg_temp.became(call, jsonb_set(jsonb_set(model, '{nodes,0,yes}', yes), '{nodes,0,no}', no)), ', ')
FROM fitted, (VALUES ('itself', '0'::jsonb, '1'::jsonb), ('one node', '1', '1'), ('behind all', '1', '100'), ('half a node', '1', '1.5'), ('before all', '-1', '1')) AS c(what, yes, no) WHERE kind = 'tree' GROUP BY what ORDER BY what COLLATE "C";
-- names that would say more than they are are quoted, and what is no condition is refused
SELECT tcs.tree_rules(replace(model::text, '"spent"', '"spent) OR pg_sleep(9) IS NULL; --"')::jsonb) -> 'rules' @? '$[*].condition ? (@ like_regex "\"spent\\) OR pg_sleep\\(9\\) IS NULL; --\" ")' AS quoted FROM fitted WHERE kind = 'tree' AND call ~ 'rules';
SELECT tcs.rule_set_put('hostile', jsonb_set(tcs.tree_rules(model), '{rules,0,condition}', '"pg_sleep(9) IS NULL"')) FROM fitted WHERE kind = 'tree' AND call ~ 'rules';

SELECT pg_backend_pid() = :backend AS session_goes_on;
