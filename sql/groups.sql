-- Groups of customers with near features: kmeans_fit, kmeans_assign, kmeans_distance,
-- kmeans_rules.
\set VERBOSITY terse
SET client_min_messages = warning;

-- Three groups, of which one is told by its days alone, with NULLs and levels.
CREATE TEMP TABLE customer AS
SELECT id, CASE WHEN id % 6 < 3 THEN 100 + h1 % 40 WHEN id % 6 < 5 THEN 300 + h1 % 80 ELSE 105 + h1 % 30 END AS revenue,
	(CASE WHEN id % 6 = 5 THEN 60 + h2 % 10 ELSE 5 + h2 % 8 END)::float8 / 4 AS days, date '2024-01-01' + (h2 % 90)::int + CASE WHEN id % 6 < 3 THEN 0 ELSE 300 END AS since,
	CASE WHEN h2 % 9 = 0 THEN NULL WHEN id % 6 < 3 THEN 'DE' WHEN h1 % 5 = 0 THEN 'o''Brien' ELSE 'FR' END AS country, id % 6 < 3 AS member, CASE WHEN id % 6 < 3 THEN 'NaN'::numeric WHEN h1 % 2 = 0 THEN NULL ELSE id % 6 END AS odd
FROM (SELECT i::int AS id, hashint8extended(i, 1) & 65535 AS h1, hashint8extended(i, 2) & 65535 AS h2 FROM generate_series(1::bigint, 1200) AS i) AS s;
CREATE TEMP TABLE model AS
SELECT 'numbers' AS name, tcs.kmeans_fit(f) AS model FROM (SELECT revenue, days FROM customer) AS f UNION ALL SELECT 'not standardised', tcs.kmeans_fit(f, '{"standardise": false}') FROM (SELECT revenue, days FROM customer) AS f
UNION ALL SELECT 'all', tcs.kmeans_fit(f, '{"without": ["id"], "k": 3, "leaves": 30}') FROM customer AS f UNION ALL SELECT 'missing', tcs.kmeans_fit(f, '{"k": 3, "leaves": 30}') FROM (SELECT odd, country FROM customer) AS f
UNION ALL SELECT 'dates', tcs.kmeans_fit(f, '{"k": [1, 4]}') FROM (SELECT since, member FROM customer) AS f;
SELECT name, model->'k' AS k, model->'has_groups' AS has, model->'converged' AS converged, round((model->>'stability')::numeric, 2) AS stability, round((model->>'silhouette')::numeric, 3) AS silhouette, round((model->>'explained')::numeric, 3) AS explained,
	round((model->>'rules_agree')::numeric, 3) AS agree, jsonb_path_query_array(model, '$.groups[*].customers') AS customers, model->'notes' AS notes FROM model ORDER BY name;
SELECT name, g->'group' AS "group", g->>'condition' AS condition, g->>'telling' AS telling FROM model, jsonb_array_elements(model->'groups') AS g WHERE name IN ('numbers', 'dates') ORDER BY name, g->'group';

-- The group of a row is that of the nearest center, the first of equal ones.
CREATE FUNCTION pg_temp.centers(model jsonb) RETURNS TABLE (g int, feature text, center float8, scale float8, x float8) LANGUAGE sql AS $$
	SELECT g, c->>'feature', (c->>'center')::float8, CASE WHEN (model->>'standardised')::bool THEN (c->>'scale')::float8 ELSE 1 END, (model->'centers'->>(((g - 1) * jsonb_array_length(model->'columns') + j)::int - 1))::float8
	FROM generate_series(1, (model->>'k')::int) AS g, jsonb_array_elements(model->'columns') WITH ORDINALITY AS e (c, j) $$;
CREATE TEMP TABLE assigned AS SELECT name, model, c.id, to_jsonb(c) AS f, tcs.kmeans_assign(model, c) AS g, tcs.kmeans_distance(model, c) AS distance FROM model, customer AS c;
SELECT name, count(*), count(*) FILTER (WHERE a.g <> o.g OR abs(a.distance - o.distance) > 1e-9) AS differing
FROM assigned AS a, LATERAL (SELECT g, sqrt(sum((((f->>feature)::float8 - center) / scale - x) ^ 2)) AS distance FROM pg_temp.centers(model) GROUP BY g ORDER BY 2, 1 LIMIT 1) AS o WHERE name IN ('numbers', 'not standardised') GROUP BY name ORDER BY name;
-- Inertia, sizes and the means of groups follow from that.
SELECT name, abs(sum(distance ^ 2) - (model->>'inertia')::float8) < 1e-6 * (model->>'inertia')::float8 AS inertia, count(*) = (model->>'customers')::float8 AS customers FROM assigned GROUP BY name, model ORDER BY name;
SELECT name, bool_and(n = (g->>'customers')::float8 AND abs(n / 1200.0 - (g->>'share')::float8) < 1e-12) AS sizes, bool_and(abs(revenue - (g->'center'->>'revenue')::float8) < 1e-9) AS means, bool_and(n <= before) AS falling
FROM (SELECT name, model->'groups'->(g - 1) AS g, n, revenue, lag(n, 1, n) OVER (PARTITION BY name ORDER BY g) AS before FROM (SELECT name, model, g, count(*) AS n, avg((f->>'revenue')::float8) AS revenue FROM assigned GROUP BY name, model, g) AS s) AS s GROUP BY name ORDER BY name;

-- Fisher's iris, 1936: the least inertia of 100 starts by kmeans of R.
CREATE TEMP TABLE iris AS SELECT a / 10.0 AS sepal_length, b / 10.0 AS sepal_width, c / 10.0 AS petal_length, d / 10.0 AS petal_width
FROM unnest('{51,49,47,46,50,54,46,50,44,49,54,48,48,43,58,57,54,51,57,51,54,51,46,51,48,50,50,52,52,47,48,54,52,55,49,50,55,49,44,51,50,45,44,50,51,48,51,46,53,50,70,64,69,55,65,57,63,49,66,52,50,59,60,61,56,67,56,58,62,56,59,61,63,61,64,66,68,67,60,57,55,55,58,60,54,60,67,63,56,55,55,61,58,50,56,57,57,62,51,57,63,58,71,63,65,76,49,73,67,72,65,64,68,57,58,64,65,77,77,60,69,56,77,63,67,72,62,61,64,72,74,79,64,63,61,77,63,64,60,69,67,69,58,68,67,67,63,65,62,59}'::int[],
	'{35,30,32,31,36,39,34,34,29,31,37,34,30,30,40,44,39,35,38,38,34,37,36,33,34,30,34,35,34,32,31,34,41,42,31,32,35,36,30,34,35,23,32,35,38,30,38,32,37,33,32,32,31,23,28,28,33,24,29,27,20,30,22,29,29,31,30,27,22,25,32,28,25,28,29,30,28,30,29,26,24,24,27,27,30,34,31,23,30,25,26,30,26,23,27,30,29,29,25,28,33,27,30,29,30,30,25,29,25,36,32,27,30,25,28,32,30,38,26,22,32,28,28,27,33,32,28,30,28,30,28,38,28,28,26,30,34,31,30,31,31,31,27,32,33,30,25,30,34,30}'::int[],
	'{14,14,13,15,14,17,14,15,14,15,15,16,14,11,12,15,13,14,17,15,17,15,10,17,19,16,16,15,14,16,16,15,15,14,15,12,13,14,13,15,13,13,13,16,19,14,16,14,15,14,47,45,49,40,46,45,47,33,46,39,35,42,40,47,36,44,45,41,45,39,48,40,49,47,43,44,48,50,45,35,38,37,39,51,45,45,47,44,41,40,44,46,40,33,42,42,42,43,30,41,60,51,59,56,58,66,45,63,58,61,51,53,55,50,51,53,55,67,69,50,57,49,67,49,57,60,48,49,56,58,61,64,56,51,56,61,56,55,48,54,56,51,51,59,57,52,50,52,54,51}'::int[],
	'{2,2,2,2,2,4,3,2,2,1,2,2,1,1,2,4,4,3,3,3,2,4,2,5,2,2,4,2,2,2,2,4,1,2,2,2,2,1,2,2,3,3,2,6,4,3,2,2,2,2,14,15,15,13,15,13,16,10,13,14,10,15,10,14,13,14,15,10,15,11,18,13,15,12,13,14,14,17,15,10,11,10,12,16,15,16,15,13,13,13,12,14,12,10,13,12,13,13,11,13,25,19,21,18,22,21,17,18,18,25,20,19,21,20,24,23,18,22,23,15,23,20,20,18,21,18,18,18,21,16,19,20,22,15,14,23,24,18,18,21,24,23,19,23,25,23,19,20,23,18}'::int[]) AS i(a, b, c, d);
SELECT k, best, round((tcs.kmeans_fit(f, format('{"k": %s, "standardise": false}', k)::jsonb) ->> 'inertia')::numeric, 6) <= best AS at_most
FROM (VALUES (2, 152.347952), (3, 78.851441), (4, 57.228473)) AS v(k, best), iris, LATERAL (SELECT sepal_length, sepal_width, petal_length, petal_width) AS f GROUP BY k, best ORDER BY k;
-- Rules: the segment is the group, as often as the model says.
SELECT name, tcs.rule_set_put('groups ' || name, tcs.kmeans_rules(model)) FROM model ORDER BY name;
CREATE TEMP TABLE told AS SELECT a.name, a.model, a.g, tcs.segment_assign('groups ' || a.name, c) AS segment FROM assigned AS a JOIN customer AS c USING (id);
SELECT name, count(*) FILTER (WHERE segment = 'group ' || g) AS agree, abs(count(*) FILTER (WHERE segment = 'group ' || g) / 1200.0 - (model->>'rules_agree')::float8) < 1e-12 AS as_said, count(*) FILTER (WHERE segment IS NULL) AS none FROM told GROUP BY name, model ORDER BY name;
SELECT name, bool_and(abs(coalesce(finds, 0) - (m->>'condition_finds')::float8) < 1e-12) AS finds, bool_and(abs(is_right - (m->>'condition_right')::float8) < 1e-12) AS is_right
FROM (SELECT name, g, model->'groups'->(g - 1) AS m, count(*) FILTER (WHERE segment = 'group ' || g)::float8 / count(*) AS finds, count(*) FILTER (WHERE segment = 'group ' || g)::float8 / (SELECT count(*) FROM told AS o WHERE o.name = told.name AND o.segment = 'group ' || told.g) AS is_right FROM told GROUP BY name, model, g) AS s GROUP BY name ORDER BY name;
SELECT tcs.kmeans_rules(model)->>'description' AS description, count(*) AS rules FROM model, jsonb_array_elements(tcs.kmeans_rules(model)->'rules') WHERE name = 'numbers' GROUP BY 1;
-- Few leaves lose something, and say so.
SELECT round((m->>'rules_agree')::numeric, 3) AS agree, jsonb_path_query_array(m, '$.groups[*].condition') AS conditions, jsonb_array_length(tcs.kmeans_rules(m)->'rules') AS rules FROM (SELECT tcs.kmeans_fit(f, '{"k": 3, "leaves": 2}') AS m FROM (SELECT revenue, days FROM customer) AS f) AS s;

-- Neither the order of rows nor what else the table has shows.
SELECT count(DISTINCT m) AS one FROM (SELECT tcs.kmeans_fit(f) AS m FROM (SELECT revenue, days, country FROM customer ORDER BY id) AS f UNION ALL SELECT tcs.kmeans_fit(f) FROM (SELECT revenue, days, country FROM customer ORDER BY id DESC) AS f UNION ALL SELECT tcs.kmeans_fit(f) FROM (SELECT revenue, days, country FROM customer ORDER BY days, revenue) AS f) AS s;
-- Weights are as many rows.
SELECT (w->>'inertia')::float8 / (r->>'inertia')::float8 BETWEEN 1 - 1e-9 AND 1 + 1e-9 AS inertia, jsonb_path_query_array(w, '$.groups[*].customers') = jsonb_path_query_array(r, '$.groups[*].customers') AS sizes, w->'customers' = r->'customers' AS customers
FROM (SELECT tcs.kmeans_fit(f, '{"k": 3, "weight": "w", "standardise": false}') AS w FROM (SELECT revenue, days, 1 + id % 3 AS w FROM customer) AS f) AS a, (SELECT tcs.kmeans_fit(f, '{"k": 3, "standardise": false}') AS r FROM (SELECT revenue, days FROM customer, generate_series(0, id % 3)) AS f) AS b;
-- The silhouette, by hand.
SELECT abs(avg((b - a) / b) - min((model->>'silhouette')::float8)) < 1e-9 AS silhouette FROM (SELECT id, model, (array_agg(d ORDER BY d))[1] AS a, (array_agg(d ORDER BY d))[2] AS b
	FROM (SELECT id, model, g, sqrt(sum((((to_jsonb(c)->>feature)::float8 - center) / scale - x) ^ 2)) AS d FROM customer AS c, model, pg_temp.centers(model) WHERE name = 'numbers' GROUP BY id, model, g) AS s GROUP BY id, model) AS s;

-- No groups: one cloud, round, long, or in one line; a number of groups that is asked for is made, with a note.
CREATE TEMP TABLE cloud AS SELECT i, x + y + z + u AS a, y + z + u + v AS b, x AS even, i AS n FROM (SELECT i, (hashint8extended(i, 1) & 4095) / 4096.0 AS x, (hashint8extended(i, 2) & 4095) / 4096.0 AS y, (hashint8extended(i, 3) & 4095) / 4096.0 AS z, (hashint8extended(i, 4) & 4095) / 4096.0 AS u, (hashint8extended(i, 5) & 4095) / 4096.0 AS v FROM generate_series(1::bigint, 1500) AS i) AS s;
SELECT cloud, m->'k' AS k, m->'has_groups' AS has, m->'notes' AS notes, m->'groups'->0->'condition' AS condition FROM (SELECT 'round' AS cloud, tcs.kmeans_fit(f, '{"k": [2, 4]}') AS m FROM (SELECT a, even FROM cloud) AS f UNION ALL SELECT 'long', tcs.kmeans_fit(f, '{"k": [2, 4]}') FROM (SELECT a, b FROM cloud) AS f UNION ALL SELECT 'line', tcs.kmeans_fit(f, '{"k": [2, 4]}') FROM (SELECT n FROM cloud) AS f
	UNION ALL SELECT 'asked for', tcs.kmeans_fit(f, '{"k": 2}') FROM (SELECT n FROM cloud) AS f) AS s ORDER BY cloud;

-- Nothing, one row, nothing to tell, fewer different rows than groups.
SELECT tcs.kmeans_fit(f) IS NULL AS nothing FROM (SELECT 1 AS a WHERE false) AS f;
SELECT what, m->'k' AS k, m->'customers' AS customers, m->'left_out'->'no_features' AS nulls, m->'features_left_out' AS out, m->'notes' AS notes FROM (SELECT 'one row' AS what, tcs.kmeans_fit(f) AS m FROM (SELECT 1 AS a) AS f UNION ALL SELECT 'constant', tcs.kmeans_fit(f) FROM (SELECT 1 AS a, NULL::int AS b FROM generate_series(1, 50)) AS f
	UNION ALL SELECT 'two', tcs.kmeans_fit(f, '{"k": 5}') FROM (SELECT i % 2 AS a FROM generate_series(1, 50) AS i) AS f UNION ALL SELECT 'null rows', tcs.kmeans_fit(CASE WHEN i % 2 = 0 THEN f END, '{"k": 2}') FROM (SELECT i, i * i AS a FROM generate_series(1, 10) AS i) AS f) AS s ORDER BY what;
SELECT tcs.kmeans_assign(NULL, c), tcs.kmeans_distance(NULL, c), tcs.kmeans_rules(NULL) FROM customer AS c WHERE id = 1;
SELECT tcs.kmeans_assign(model, f) AS unknown, tcs.kmeans_distance(model, f) > 0 AS far FROM model, (SELECT 'XX' AS country, NULL::numeric AS odd) AS f WHERE name = 'missing';

-- What is the same as another counts once, and a key is asked about: it would tell groups of neighbours.
SELECT m->'features_left_out' AS out, m->'notes'->0 AS note FROM (SELECT tcs.kmeans_fit(f, '{"k": 2}') AS m FROM (SELECT id, revenue, revenue::float8 AS again FROM customer) AS f) AS s;

-- Errors.
CREATE FUNCTION pg_temp.tried(model jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT tcs.kmeans_assign(model, c) FROM customer AS c WHERE id = 1);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT tcs.kmeans_fit(1);
SELECT tcs.kmeans_fit(f, '{"groups": 3}') FROM customer AS f;
SELECT tcs.kmeans_fit(f, '{"k": 0}') FROM customer AS f;
SELECT tcs.kmeans_fit(f, '{"k": 65}') FROM customer AS f;
SELECT tcs.kmeans_fit(f, '{"k": 2.5}') FROM customer AS f;
SELECT tcs.kmeans_fit(f, '{"k": [5, 2]}') FROM customer AS f;
SELECT tcs.kmeans_fit(f, '{"k": [2, 3, 4]}') FROM customer AS f;
SELECT tcs.kmeans_fit(f, '{"starts": 0}') FROM customer AS f;
SELECT tcs.kmeans_fit(f, '{"leaves": 1000}') FROM customer AS f;
SELECT tcs.kmeans_fit(f, '[]') FROM customer AS f;
SELECT tcs.kmeans_fit(f) FROM (SELECT 'Infinity'::float8 AS a) AS f;
SELECT tcs.kmeans_fit(f, '{"standardise": false}') FROM (SELECT 1e120 * i AS a FROM generate_series(1, 3) AS i) AS f;
SELECT tcs.kmeans_assign(model, f) FROM model, (SELECT 1 AS days) AS f WHERE name = 'numbers';
SELECT tcs.kmeans_assign(model, 1) FROM model WHERE name = 'numbers';
SELECT tcs.kmeans_assign('{}', c) FROM customer AS c LIMIT 1;
SELECT tcs.kmeans_rules('{"model": "btyd"}');
SELECT tcs.kmeans_rules('{"model": "kmeans", "version": 1}');
SELECT change, pg_temp.tried(model || change) FROM model, (VALUES ('{"k": 4}'::jsonb), ('{"k": 0}'), ('{"k": 1e9}'), ('{"k": null}'), ('{"centers": []}'), ('{"centers": [1, 2, 3, 4, 5, "x"]}'), ('{"columns": []}'), ('{"features": [7]}'), ('{"version": 2}')) AS v(change) WHERE name = 'numbers';
SELECT tcs.rule_set_put('hostile', tcs.kmeans_rules(jsonb_set(model, '{groups,0,condition}', '"true OR pg_sleep(9) IS NULL"'))) FROM model WHERE name = 'numbers';
SET tcs.fit_memory = '64kB';
SELECT tcs.kmeans_fit(f) FROM customer AS f, generate_series(1, 9);
RESET tcs.fit_memory;
SELECT tcs.rule_set_drop('groups ' || name) FROM model ORDER BY name;
