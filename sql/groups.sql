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
