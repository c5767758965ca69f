-- What learners take as features, tested by a tree: rows of any shape, what becomes
-- of values, what is refused, and that nobody can break in by a state or a model.
SET TimeZone = 'UTC';

CREATE FUNCTION try(query text) RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	result text;
	state text;
	message text;
	hint text;
BEGIN
	EXECUTE 'SELECT ' || query INTO result;
	RETURN coalesce(result, 'null');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	-- the server's own words differ from release to release
	RETURN state || CASE WHEN state IN ('42883', '22012') THEN '' ELSE ': ' || message END || CASE WHEN hint <> '' AND state <> '42883' THEN ' / ' || hint ELSE '' END;
END $$;

CREATE TABLE feature_rows AS
SELECT i AS id, i % 2 = 0 AS yes, (i * 37 % 100)::float8 AS x, (ARRAY['a', 'b', 'c'])[1 + i % 3] AS letter, i % 100 AS number
FROM generate_series(1, 400) AS i;

-- what is seen of each kind
SELECT f ->> 'name' AS name, f ->> 'kind' AS kind, f ->> 'missing' AS missing, f ->> 'least' AS least, f ->> 'greatest' AS greatest, f -> 'levels' AS levels, f ->> 'other' AS other
FROM (SELECT tcs.tree_fit(i % 2 = 0, r) AS m FROM (SELECT i, i % 5 > 1 AS flag, (i + 1)::smallint AS small, i::bigint * 1000000000000 AS big,
		nullif(i, 7)::real AS single, CASE WHEN i % 4 = 0 THEN 'NaN' ELSE i::numeric END AS amount, i * interval '12 hours' AS span, make_interval(months => i) AS months,
		date '2000-01-03' + i AS day, timestamp '1999-12-31 12:00' + i * interval '1 day' AS at, timestamptz '2000-01-01 06:00+00' + i * interval '1 day' AS instant,
		'n' || i % 3 AS text, ('v' || i % 2)::varchar AS "va""r", ('c' || i / 2 % 2)::char(4) AS "char", ('n' || i / 3 % 2)::name AS name,
		CASE WHEN i > 195 THEN 'rare' || i ELSE 'often' || i % 2 END AS rare, CASE WHEN i % 3 = 0 THEN repeat('long', 100) || i % 2 ELSE 'short' END AS long
	FROM generate_series(1, 200) AS i) AS r) AS t, jsonb_array_elements(m -> 'features') AS f;
-- what tells nothing is left out, with the reason
SELECT f ->> 'feature' AS feature, f ->> 'reason' AS reason
FROM (SELECT tcs.tree_fit(key % 2 = 0, r, '{"without": ["key"]}') AS m FROM (SELECT i AS key, 1 AS one, NULL::text AS nothing, 'NaN'::float8 AS nan, 'same' AS same, i::text AS differs, i % 7 AS used
	FROM generate_series(1, 300) AS i) AS r) AS t, jsonb_array_elements(m -> 'features_left_out') AS f;
SELECT f ->> 'feature' AS feature, f ->> 'reason' AS reason
FROM (SELECT tcs.tree_fit(i % 2 = 0, ROW(i::text, i % 7)) AS m FROM generate_series(1, 50001) AS i) AS t, jsonb_array_elements(m -> 'features_left_out') AS f;
-- levels: the most frequent have names
SELECT o, m -> 'features' -> 0 -> 'levels' AS levels, m -> 'features' -> 0 -> 'other' AS other
FROM (SELECT o, tcs.tree_fit(i % 2 = 0, ROW(chr(97 + floor(sqrt(i))::integer)), o::jsonb) AS m
	FROM generate_series(1, 400) AS i, (VALUES ('{}'), ('{"levels": 2}'), ('{"level_customers": 35}'), ('{"level_customers": 1000}')) AS v(o) GROUP BY o) AS t ORDER BY o COLLATE "C";
-- rows that do not count
SELECT m -> 'customers' AS customers, m -> 'left_out' AS left_out
FROM (SELECT tcs.tree_fit(CASE WHEN id % 4 > 0 THEN CASE WHEN id % 4 = 1 THEN 'NaN' ELSE x END END, CASE WHEN id % 5 > 0 THEN r END, '{"weight": "w"}') AS m
	FROM (SELECT id, x, letter, CASE id % 3 WHEN 0 THEN 0 WHEN 1 THEN 2 END AS w FROM feature_rows) AS r) AS t;
SELECT tcs.tree_fit(yes, r) IS NULL AS no_row FROM feature_rows AS r WHERE false;
SELECT tcs.tree_fit(NULL::boolean, r) IS NULL AS no_outcome FROM feature_rows AS r;
-- a weight counts as rows do
SELECT bool_and(abs((a ->> 'value')::float8 - (b ->> 'value')::float8) < 1e-12 AND a ->> 'below' IS NOT DISTINCT FROM b ->> 'below') AS same, count(*) AS nodes
FROM (SELECT tcs.tree_fit(x, ROW(number, letter, w), '{"weight": "f3", "pruning": "none", "min_customers": 1, "leaves": 8}') AS weighted FROM (SELECT r.*, 1 + id % 3 AS w FROM feature_rows AS r) AS r) AS w,
	(SELECT tcs.tree_fit(x, ROW(number, letter), '{"pruning": "none", "min_customers": 1, "leaves": 8}') AS repeated FROM feature_rows AS r, generate_series(1, 1 + id % 3)) AS p,
	LATERAL ROWS FROM (jsonb_array_elements(weighted -> 'nodes'), jsonb_array_elements(repeated -> 'nodes')) AS n(a, b);
-- keys and what was known only afterwards are told of
SELECT n FROM (SELECT tcs.tree_fit(yes, ROW(id, x + 1000 * (CASE WHEN yes THEN 1 ELSE 0 END), letter)) AS m FROM feature_rows) AS t, jsonb_array_elements_text(m -> 'notes') AS n;

-- refused
SELECT try(format('tcs.tree_fit(yes, r) FROM (SELECT yes, %s AS f FROM feature_rows) AS r', f)) FROM (VALUES ('ARRAY[x]'), ('to_jsonb(x)'), ('point(x, x)'), ('b''1'''), ('''infinity''::float8'),
	('1e999::numeric'), ('''-infinity''::date'), ('''infinity''::timestamptz'), ('ROW(1)'), ('''12:00''::time')) AS v(f);
SELECT try(format('tcs.tree_fit(%s)%s FROM feature_rows AS r', a, w)) FROM (VALUES ('yes, x', ''), ('yes, ROW()', ''), ('yes, NULL', ' IS NULL'), ('x / 0.0 * 1e308 * 1e308, r', ''), ('''infinity''::float8, r', ''),
	('yes, ROW(x, x), CASE WHEN id < 9 THEN ''{}''::jsonb END', ''), ('interval ''1 day'', r', '')) AS v(a, w);
SELECT try($q$tcs.tree_fit(yes, r) FROM (SELECT yes, x AS a, number AS a FROM feature_rows) AS r$q$);
SELECT try($q$tcs.tree_fit(true, r) FROM (SELECT ROW(1, 2) AS r UNION ALL SELECT ROW(1, 'b')) AS s$q$);
SELECT try($q$tcs.tree_fit(true, r) FROM (SELECT ROW(1, 2) AS r UNION ALL SELECT ROW(1)) AS s$q$);
DO $$
BEGIN
	EXECUTE format('CREATE TABLE feature_many (%s)', (SELECT string_agg(format('c%s integer', i), ', ') FROM generate_series(1, 251) AS i));
	INSERT INTO feature_many VALUES (1), (2);
END $$;
SELECT try('tcs.tree_fit(true, f) FROM feature_many AS f');
-- options
SELECT o, try(format('tcs.tree_fit(yes, r, %L::jsonb) IS NOT NULL FROM feature_rows AS r', o)) FROM (VALUES ('{}'), ('[]'), ('1'), ('null'), ('{"depht": 3}'), ('{"depth": 0}'), ('{"depth": 11}'), ('{"depth": 2.5}'), ('{"depth": "3"}'), ('{"depth": null}'),
	('{"min_customers": 0}'), ('{"min_customers": 1e300}'), ('{"pruning": "most"}'), ('{"folds": 1}'), ('{"folds": 21}'), ('{"leaves": 65}'), ('{"levels": 0}'), ('{"level_customers": -1}'), ('{"weight": 1}'), ('{"weight": "nobody"}'),
	('{"weight": "letter"}'), ('{"without": "id"}'), ('{"without": [1]}'), ('{"without": ["nobody"]}'), ('{"without": ["id", "yes", "x", "letter", "number"]}'), ('{"without": {}}')) AS v(o);
SELECT try($q$tcs.tree_fit(yes, r, '{"weight": "number"}') FROM (SELECT yes, x, -number AS number FROM feature_rows) AS r$q$);

-- scoring: by name, whatever else the row has
CREATE TABLE feature_model AS SELECT tcs.tree_fit(yes, f, '{"pruning": "none", "min_customers": 5, "leaves": 20}') AS model
FROM (SELECT yes, x, letter, id % 4 > 1 AS flag, date '2024-01-01' + id AS day FROM feature_rows) AS r, LATERAL (SELECT x, letter, flag, day) AS f;
SELECT try('tcs.tree_score(model, ROW(1)) FROM feature_model');
SELECT try(format('tcs.tree_score(model, r) BETWEEN 0 AND 1 FROM feature_model, (SELECT %s) AS r', r)) FROM (VALUES
	('1 AS x, ''a''::text AS letter, true AS flag, now()::date AS day'), ('''{}''::json AS more, now()::timestamp AS day, 1.5::numeric AS flag, 1::bigint AS x, NULL::name AS letter'),
	('1 AS x, ''a''::text AS letter, true AS flag'), ('1 AS x, 1 AS letter, true AS flag, now()::date AS day'), ('''1''::text AS x, ''a''::text AS letter, true AS flag, now()::date AS day'), ('1 AS x, ''a''::text AS letter, true AS flag, now() AS day'),
	('''infinity''::float8 AS x, ''a''::text AS letter, true AS flag, now()::date AS day'), ('1 AS x, 2 AS x, ''a''::text AS letter, true AS flag, now()::date AS day'),
	('''NaN''::float8 AS x, ''new''::text AS letter, NULL::boolean AS flag, NULL::date AS day')) AS v(r);
SELECT try('tcs.tree_score(model, 1) FROM feature_model'), try('tcs.tree_score(model, NULL) FROM feature_model'), try('tcs.tree_score(NULL, ROW(1))');
-- columns that came and went
CREATE TABLE feature_altered (gone integer, x float8, letter text);
INSERT INTO feature_altered VALUES (1, 2, 'a');
ALTER TABLE feature_altered DROP gone, ADD flag boolean DEFAULT true, ADD day date DEFAULT '2024-05-05';
SELECT tcs.tree_score(model, a) = tcs.tree_score(model, ROW(x, letter, flag, day)::feature_altered) AS same FROM feature_model, feature_altered AS a;
SELECT tcs.tree_score(model, a) = tcs.tree_score(model, b) AS same FROM feature_model, feature_altered AS a, (SELECT 2 AS x, 'a' AS letter, true AS flag, date '2024-05-05' AS day) AS b;

-- models that nobody fitted: an error, never more
CREATE FUNCTION try_model(m jsonb) RETURNS text LANGUAGE sql
	RETURN try(format('tcs.tree_score(%L::jsonb, r) FROM (SELECT 1 AS x, ''a''::text AS letter, true AS flag, date ''2024-01-01'' AS day) AS r', m)) || ' | ' ||
		try(format('length(tcs.tree_rules(%L::jsonb)::text) > 0', m));
SELECT p, try_model(jsonb_set(model, p::text[], v::jsonb)) FROM feature_model, (VALUES ('{version}', '2'), ('{model}', '"rfm"'), ('{outcome}', '"x"'), ('{nodes}', '[]'), ('{nodes}', '[1]'), ('{nodes}', '{}'), ('{nodes,0}', '{}'),
	('{nodes,0,yes}', '0'), ('{nodes,0,yes}', '9999'), ('{nodes,0,yes}', '1.5'), ('{nodes,0,no}', '-1'), ('{nodes,0,no}', '1'), ('{nodes,0,feature}', '"y"'), ('{nodes,0,feature}', '7'), ('{nodes,1,value}', 'null'), ('{nodes,1,value}', '1e999'),
	('{features}', '[]'), ('{features,0,kind}', '"other"'), ('{features,1,levels}', '["b", "a"]'), ('{features,1,levels}', '[1]'), ('{features,1,name}', '"x"'), ('{features,0,name}', 'null')) AS v(p, v);
SELECT try_model('1'), try_model('{}'), try_model('null');
SELECT try_model(jsonb_build_object('model', 'tree', 'version', 1, 'outcome', 'number', 'features', '[]'::jsonb, 'nodes', '[{"value": 7, "segment": "all"}]'::jsonb));
-- a way that leads to one leaf again and again, as many ways as there are
SELECT try_model(jsonb_build_object('model', 'tree', 'version', 1, 'outcome', 'number', 'features', '[{"name": "x", "kind": "number"}]'::jsonb,
	'nodes', (SELECT jsonb_agg(CASE WHEN i >= 120 THEN '{"value": 7, "segment": "all"}' ELSE jsonb_build_object('value', 1, 'feature', 'x', 'below', i, 'yes', i + 1, 'no', CASE WHEN i < 119 THEN i + 2 ELSE 121 END) END ORDER BY i) FROM generate_series(0, 121) AS i)));

-- memory
CREATE TABLE feature_large AS SELECT random() AS a, random() AS b, random() AS c, random() AS d, random() < 0.5 AS y FROM generate_series(1, 200000);
SET tcs.fit_memory = '8MB';
SELECT try('tcs.tree_fit(y, r) FROM feature_large AS r') LIKE '54000:%' AS refused;
SET tcs.fit_memory = '20MB';
SELECT try('tcs.tree_fit(y, r) FROM feature_large AS r') LIKE '54000:%' AS refused;
RESET tcs.fit_memory;
