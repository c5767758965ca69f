-- Trees of labels: tree_fit of a text, tree_label, and rules whose segments are labels.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set VERBOSITY terse

CREATE TABLE label_rows AS
SELECT i, x1, x2, x3, CASE WHEN i % 9 > 0 THEN x1 END AS known, CASE WHEN i % 8 > 0 THEN substr('abcdefg', 1 + i * i % 7, 1) END AS letter, i % 4 = 0 AS flag,
	CASE WHEN i * i * 31 % 47 < 6 THEN (ARRAY['basic', 'gold', 'silver'])[1 + i % 3] WHEN x1 > 60 AND x2 > 30 THEN 'gold' WHEN x3 < 40 THEN 'basic' WHEN x2 > 70 THEN 'gold' ELSE 'silver' END AS label
FROM (SELECT i, i * 37 % 101 AS x1, i * 53 % 97 AS x2, (i * i % 1009 * i % 1009) / 8.0 AS x3 FROM generate_series(1, 400) AS i) AS r;

-- The same tree as rpart 4.1 of R makes, method "class", minsplit 14, minbucket 7, maxdepth 4, cp -1: customers,
-- label and customers of each label, of all nodes.
CREATE TABLE label_models AS
SELECT tcs.tree_fit(label, f, '{"depth": 4, "leaves": 64, "min_customers": 7, "pruning": "none"}') AS plain FROM label_rows, LATERAL (SELECT x1, x2, x3) AS f;
SELECT plain -> 'labels' AS labels, plain -> 'leaves' AS leaves FROM label_models;
WITH ours AS (
	SELECT (n ->> 'customers')::integer AS customers, n ->> 'label' AS label, (SELECT array_agg(round(s::numeric * (n ->> 'customers')::numeric)::integer ORDER BY place) FROM jsonb_array_elements_text(n -> 'shares') WITH ORDINALITY AS s(s, place)) AS of_label
	FROM label_models, jsonb_array_elements(plain -> 'nodes') AS n
)
SELECT count(*) AS nodes, count(*) FILTER (WHERE o.label IS NULL OR r.label IS NULL) AS differ FROM ours AS o FULL JOIN (VALUES (400, 'gold', '{85,158,157}'::integer[]), (121, 'basic', '{80,38,3}'), (72, 'basic', '{67,3,2}'), (28, 'basic', '{28,0,0}'), (44, 'basic', '{39,3,2}'), (35, 'basic', '{33,0,2}'), (9, 'basic', '{6,3,0}'),
	(49, 'gold', '{13,35,1}'), (13, 'basic', '{13,0,0}'), (36, 'gold', '{0,35,1}'), (27, 'gold', '{0,27,0}'), (9, 'gold', '{0,8,1}'), (279, 'silver', '{5,120,154}'), (77, 'gold', '{0,75,2}'), (59, 'gold', '{0,59,0}'), (18, 'gold', '{0,16,2}'), (11, 'gold', '{0,11,0}'), (7, 'gold', '{0,5,2}'),
	(202, 'silver', '{5,45,152}'), (83, 'gold', '{2,43,38}'), (45, 'gold', '{0,43,2}'), (38, 'silver', '{2,0,36}'), (119, 'silver', '{3,2,114}'), (16, 'silver', '{3,0,13}'), (103, 'silver', '{0,2,101}')) AS r(customers, label, of_label) USING (customers, label, of_label);

-- Pruned by folds, of columns of all kinds; what is said of customers not seen.
ALTER TABLE label_models ADD COLUMN pruned jsonb;
UPDATE label_models SET pruned = (SELECT tcs.tree_fit(label, f, '{"min_customers": 7}') FROM label_rows, LATERAL (SELECT x2, x3, known, letter, flag) AS f);
SELECT (pruned ->> 'leaves')::integer BETWEEN 4 AND 9 AS leaves, (pruned #>> '{folds,right}')::float8 BETWEEN 0.75 AND 0.95 AS told, (pruned #>> '{folds,explained}')::float8 BETWEEN 0.5 AND 0.85 AS explained,
	(pruned #>> '{folds,brier}')::float8 < (pruned #>> '{sizes,0,fold_error}')::float8 * 0.64 AS brier, pruned -> 'notes' AS notes FROM label_models;
-- by hand: the share of rows whose label the tree tells is near that of the folds, and no node has a share that is not in its rows
SELECT abs(avg((tcs.tree_label(pruned, r) = label)::integer) - (max(pruned #>> '{folds,right}'))::float8) < 0.1 AS near FROM label_models, label_rows AS r;
SELECT count(*) AS leaves, bool_and(s.n = (l ->> 'customers')::integer AND abs(s.share - (l ->> 'value')::float8) < 1e-12) AS right
FROM (SELECT tcs.tree_score(pruned, r) AS value, tcs.tree_label(pruned, r) AS label, count(*) AS n, avg((label = tcs.tree_label(pruned, r))::integer) AS share FROM label_models, label_rows AS r GROUP BY 1, 2) AS s,
	label_models, jsonb_array_elements(pruned -> 'nodes') AS l WHERE l ->> 'segment' = s.label AND (l ->> 'value')::float8 = s.value;

-- As rules, the labels are the segments, and every row gets the label that the tree gives it, whatever is missing.
SELECT tcs.rule_set_put('plans', tcs.tree_rules(pruned)) FROM label_models;
SELECT r ->> 'segment' AS segment, r ->> 'condition' AS condition, r ->> 'description' AS description FROM label_models, jsonb_array_elements(tcs.tree_rules(pruned) -> 'rules') AS r;
SELECT tcs.tree_rules(pruned) ->> 'description' AS description FROM label_models;
SELECT count(*) AS rows, count(*) FILTER (WHERE tcs.segment_assign('plans', r) IS DISTINCT FROM tcs.tree_label(pruned, r)) AS wrong
FROM label_models, (SELECT nullif(a * 11, 22) AS x2, nullif(b * 9.5, 9.5) AS x3, nullif(c * 8, 16) AS known, CASE WHEN d > 0 THEN chr(96 + d) END AS letter, CASE WHEN a % 3 > 0 THEN b % 2 = 0 END AS flag
	FROM generate_series(0, 9) AS a, generate_series(0, 13) AS b, generate_series(0, 12) AS c, generate_series(0, 8) AS d) AS r;
-- how likely each label is: all together for certain, the one that is told most of all
SELECT bool_and(abs(basic + gold + silver - 1) < 1e-12) AS certain, bool_and(greatest(basic, gold, silver) = told) AS most, bool_and(CASE label WHEN 'basic' THEN basic WHEN 'gold' THEN gold ELSE silver END = told) AS same
FROM (SELECT tcs.tree_score(pruned, r, 'basic') AS basic, tcs.tree_score(pruned, r, 'gold') AS gold, tcs.tree_score(pruned, r, 'silver') AS silver, tcs.tree_score(pruned, r) AS told, tcs.tree_label(pruned, r) AS label FROM label_models, label_rows AS r) AS s;

-- Two labels are a share: the same splits.
SELECT jsonb_path_query_array(a, '$.nodes[*].split') = jsonb_path_query_array(b, '$.nodes[*].split') AS same, abs((2 * (a #>> '{folds,brier}')::float8) - (b #>> '{folds,brier}')::float8) < 1e-12 AS twice
FROM (SELECT tcs.tree_fit(label = 'gold', f) AS a, tcs.tree_fit(CASE label WHEN 'gold' THEN 'yes' ELSE 'no' END, f) AS b FROM label_rows, LATERAL (SELECT x1, x2, x3, letter) AS f) AS m;
-- a row counts as often as its weight says
SELECT jsonb_path_query_array(a, '$.nodes[*].split') = jsonb_path_query_array(b, '$.nodes[*].split') AS same, a #> '{nodes,0,shares}' = b #> '{nodes,0,shares}' AS shares
FROM (SELECT tcs.tree_fit(label, f, '{"pruning": "none", "min_customers": 1, "depth": 2, "weight": "w"}') AS a FROM label_rows, LATERAL (SELECT x1, x2, x3, 2 AS w) AS f) AS w,
	(SELECT tcs.tree_fit(label, f, '{"pruning": "none", "min_customers": 1, "depth": 2}') AS b FROM label_rows, generate_series(1, 2), LATERAL (SELECT x1, x2, x3) AS f) AS t;

-- The order of rows, and workers, do not show.
SELECT tcs.tree_fit(label, f) AS serial FROM (SELECT * FROM label_rows ORDER BY i DESC) AS r, LATERAL (SELECT x2, x3, known, letter, flag) AS f \gset
SELECT tcs.tree_fit(label, f) = :'serial' AS same FROM (SELECT * FROM label_rows ORDER BY x2, i) AS r, LATERAL (SELECT x2, x3, known, letter, flag) AS f;
ALTER TABLE label_rows SET (parallel_workers = 3);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT tcs.tree_fit(label, f) = :'serial' AS same FROM label_rows, LATERAL (SELECT x2, x3, known, letter, flag) AS f;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- What has no answer, or hardly one.
SELECT what, m -> 'labels' AS labels, m -> 'leaves' AS leaves, m -> 'customers' AS customers, m #> '{left_out,no_outcome}' AS no_outcome, m #> '{left_out,no_features}' AS no_features, m -> 'notes' AS notes
FROM (SELECT 'one label' AS what, tcs.tree_fit('all'::text, ROW(i)) AS m FROM generate_series(1, 30) AS i
	UNION ALL SELECT 'three customers', tcs.tree_fit(chr(96 + i), ROW(i)) FROM generate_series(1, 3) AS i
	UNION ALL SELECT 'one customer', tcs.tree_fit('x'::text, ROW(1))
	UNION ALL SELECT 'nulls', tcs.tree_fit(CASE WHEN i % 3 > 0 THEN 'l' || i % 3 END, CASE WHEN i % 10 > 0 THEN ROW(i % 3) END) FROM generate_series(1, 60) AS i
	UNION ALL SELECT 'of rows that are not there', tcs.tree_fit('l' || i, CASE WHEN i < 3 THEN ROW(i) END) FROM generate_series(1, 60) AS i
	UNION ALL SELECT 'without weight', tcs.tree_fit('l' || i % 5, f, '{"weight": "w"}') FROM generate_series(1, 60) AS i, LATERAL (SELECT i AS n, (i % 5 < 2)::integer AS w) AS f
	UNION ALL SELECT 'nobody', tcs.tree_fit(NULL::text, ROW(1)) UNION ALL SELECT 'empty, quoted', tcs.tree_fit(CASE WHEN i % 2 = 0 THEN '' ELSE 'it''s "x" \' END, ROW(i % 2)) FROM generate_series(1, 60) AS i) AS t ORDER BY what;
SELECT tcs.tree_fit('l' || i, ROW(i)) FROM generate_series(1, 1000) AS i;
SELECT tcs.tree_fit('l' || i % 20, ROW(i)) -> 'labels' -> 19 AS the_last FROM generate_series(1, 1000) AS i;
SELECT tcs.tree_fit(repeat('long', 51), ROW(i)) FROM generate_series(1, 10) AS i;
SELECT tcs.tree_label(m, r) AS label, tcs.tree_score(m, r, '') AS chance FROM (SELECT tcs.tree_fit(CASE WHEN i % 2 = 0 THEN '' ELSE 'x' END, ROW(i % 2)) AS m FROM generate_series(1, 60) AS i) AS t, (VALUES (0), (1)) AS r(f1) ORDER BY chance;
SELECT tcs.tree_label(NULL, r), tcs.tree_score(NULL, r, 'x'), tcs.tree_score('{}', r, NULL) FROM label_rows AS r LIMIT 1;
SELECT tcs.tree_label(tcs.tree_fit(flag, f), ROW(1)) FROM label_rows, LATERAL (SELECT x1) AS f;
SELECT tcs.tree_score(m, r, 'gold') FROM (SELECT tcs.tree_fit(x1, f) AS m FROM label_rows, LATERAL (SELECT x2) AS f) AS t, (SELECT 1 AS x2) AS r;
SELECT tcs.tree_score(pruned, r, 'bronze') FROM label_models, label_rows AS r LIMIT 1;
SELECT tcs.tree_label(pruned, r) FROM label_models, (SELECT 1 AS x2) AS r;
SELECT change, tcs.tree_label(plain || change, r) FROM label_models, label_rows AS r, (VALUES ('{"labels": []}'::jsonb)) AS c(change) LIMIT 1;
SELECT tcs.tree_label(plain || '{"labels": ["basic", "gold"]}', r) FROM label_models, label_rows AS r LIMIT 1;
SELECT tcs.tree_label(jsonb_set(plain, '{nodes,0,shares}', '[1]'), r) FROM label_models, label_rows AS r LIMIT 1;
SELECT tcs.rule_set_drop('plans');
