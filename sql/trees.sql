-- Trees, and that the rules of a tree put every row where the tree does.

CREATE TYPE tree_plan AS ENUM ('free', 'basic', 'team "x"', 'o''neil');

-- rows of all kinds, by a generator of our own, so that they are the same everywhere
CREATE FUNCTION tree_random(i bigint, stream integer) RETURNS double precision
	LANGUAGE sql IMMUTABLE
	AS $$ SELECT ((hashint8extended(i, stream) >> 11) & 9007199254740991) / 9007199254740992.0 $$;

CREATE TABLE tree_rows AS
SELECT i AS id,
	floor(tree_random(i, 1) * 30)::integer AS visits,
	CASE WHEN tree_random(i, 2) < 0.1 THEN NULL WHEN tree_random(i, 2) < 0.2 THEN 'NaN'
		ELSE exp(3 * tree_random(i, 3)) END AS spent,
	CASE WHEN tree_random(i, 4) < 0.8 THEN round((100 * tree_random(i, 5))::numeric, 2) END AS margin,
	CASE WHEN tree_random(i, 6) < 0.9 THEN date '2023-01-01' + (700 * tree_random(i, 7))::integer END AS joined,
	timestamp '2024-01-01' + tree_random(i, 8) * interval '300 days' AS "Last Seen",
	timestamptz '2024-01-01 00:00+00' + floor(tree_random(i, 9) * 1e6) * interval '7.000001 seconds' AS touched,
	CASE WHEN tree_random(i, 10) < 0.9 THEN make_interval(months => (tree_random(i, 11) * 5)::integer,
		secs => 864000 * tree_random(i, 12)) END AS age,
	CASE WHEN tree_random(i, 13) < 0.9 THEN tree_random(i, 14) < 0.4 END AS member,
	CASE WHEN tree_random(i, 15) < 0.9 THEN (ARRAY['DE', 'FR', 'it''s', 'back\slash', '', 'IT', 'ES', 'PT', 'NL'])
		[1 + floor(9 * tree_random(i, 16)^2)] END AS country,
	(enum_range(NULL::tree_plan))[1 + floor(4 * tree_random(i, 17))] AS plan,
	(ARRAY['a', 'b ', 'c'])[1 + floor(3 * tree_random(i, 18))]::character(3) AS class,
	(ARRAY['11111111-0000-0000-0000-000000000001', '11111111-0000-0000-0000-000000000002'])
		[1 + floor(2 * tree_random(i, 19))]::uuid AS shop
FROM generate_series(1, 6000) AS i;

-- an outcome to which every column adds, missing ones too
CREATE TABLE tree_known AS
SELECT r.*, 2 * (visits > 11)::integer
	+ coalesce(2 * (nullif(spent, 'NaN') > 8)::integer, 3)
	+ coalesce((margin < 40)::integer, -1) + coalesce((joined < '2023-06-01')::integer, 2)
	+ ("Last Seen" > '2024-03-05 12:00')::integer + (touched > '2024-02-10 00:00+00')::integer
	+ coalesce((age < '60 days')::integer, -1) + coalesce(member::integer, 2)
	+ CASE WHEN country IN ('DE', 'it''s', '') THEN 2 WHEN country IS NULL THEN -1 ELSE 0 END
	+ (plan IN ('basic', 'o''neil'))::integer + (class = 'b')::integer
	+ (shop = '11111111-0000-0000-0000-000000000001')::integer
	+ tree_random(id, 20) AS points
FROM tree_rows AS r;

-- all columns in use: as deep and as large as a tree may be
CREATE TABLE tree_models AS
SELECT 'number' AS name, tcs.tree_fit(points, f, '{"depth": 10, "leaves": 64, "min_customers": 20, "pruning": "least", "without": ["id"]}') AS model
FROM tree_known AS k, LATERAL (SELECT k.id, visits, spent, margin, joined, "Last Seen", touched, age, member,
	country, plan, class, shop) AS f
UNION ALL
SELECT 'share', tcs.tree_fit(points > 9, f, '{"depth": 8, "leaves": 40, "pruning": "none", "min_customers": 30}')
FROM tree_known AS k, LATERAL (SELECT visits, spent, margin, joined, "Last Seen", touched, age, member,
	country, plan, class, shop) AS f;
SELECT name, model ->> 'leaves' AS leaves, jsonb_array_length(model -> 'features') AS features,
	(SELECT count(DISTINCT n ->> 'feature') FROM jsonb_array_elements(model -> 'nodes') AS n) AS used
FROM tree_models ORDER BY name;
-- each feature in a tree of its own, and a tree of its missing values
INSERT INTO tree_models
SELECT 'only ' || (n ->> 'name'), tcs.tree_fit(points, k, jsonb_build_object('pruning', 'none', 'min_customers', 15, 'leaves', 20,
	'depth', 7, 'without', (SELECT jsonb_agg(a.attname) FROM pg_attribute AS a
		WHERE a.attrelid = 'tree_known'::regclass AND a.attnum > 0 AND a.attname <> n ->> 'name')))
FROM tree_known AS k, tree_models AS m, jsonb_array_elements(m.model -> 'features') AS n
WHERE m.name = 'share' GROUP BY 1, n;
SELECT name, model ->> 'leaves' AS leaves FROM tree_models WHERE name LIKE 'only%' ORDER BY name COLLATE "C";
SELECT tcs.rule_set_put(name, tcs.tree_rules(model)) FROM tree_models;

-- what was not there when the models were fitted, and what is on a bound
CREATE TABLE tree_new AS TABLE tree_rows WITH NO DATA;
ALTER TABLE tree_new ALTER country TYPE varchar, ADD extra integer[];
INSERT INTO tree_new SELECT r.* FROM tree_rows AS r;
INSERT INTO tree_new SELECT r.* FROM tree_rows AS r WHERE id < 1000;
UPDATE tree_new SET country = repeat('long', 100), visits = 1e9, spent = -1e300, margin = 'NaN', joined = '4000-01-01',
	"Last Seen" = '0044-03-15 BC', touched = '294000-01-01', age = '-7 years' WHERE id BETWEEN 100 AND 200;
UPDATE tree_new SET country = 'new', class = 'new', plan = NULL, visits = NULL, shop = gen_random_uuid(), "Last Seen" = NULL,
	touched = NULL WHERE id BETWEEN 201 AND 400;
INSERT INTO tree_new (id) VALUES (-1);
CREATE TABLE tree_leaves AS
SELECT m.name, n ->> 'segment' AS segment, (n ->> 'value')::float8 AS value, (n ->> 'customers')::bigint AS customers
FROM tree_models AS m, jsonb_array_elements(m.model -> 'nodes') AS n WHERE n ? 'segment';
CREATE FUNCTION tree_check(name text, model jsonb) RETURNS TABLE (rows bigint, wrong bigint, leaves bigint)
	LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format(
		'SELECT count(*), count(*) FILTER (WHERE l.value IS DISTINCT FROM s.score), count(DISTINCT s.segment) FROM ('
		'SELECT tcs.segment_assign(%L, r) AS segment, tcs.tree_score($1, r) AS score FROM tree_new AS r) AS s '
		'LEFT JOIN tree_leaves AS l ON l.segment = s.segment AND l.name = %L', name, name) USING model;
END $$;
-- bounds that trees have, as values: exactly on one
WITH bounds AS (
	SELECT DISTINCT n ->> 'feature' AS feature, (n ->> 'below')::float8 AS below
	FROM tree_models AS m, jsonb_array_elements(m.model -> 'nodes') AS n WHERE n ->> 'below' IS NOT NULL)
INSERT INTO tree_new (id, visits, spent, margin, joined, "Last Seen", touched, age)
SELECT -2, CASE feature WHEN 'visits' THEN below END, CASE feature WHEN 'spent' THEN below END,
	CASE feature WHEN 'margin' THEN below END,
	CASE feature WHEN 'joined' THEN date '2000-01-01' + below::integer END,
	CASE feature WHEN 'Last Seen' THEN timestamp '2000-01-01' + below * interval '1 day' END,
	CASE feature WHEN 'touched' THEN timestamptz '2000-01-01 00:00+00' + below * interval '24 hours' END,
	CASE feature WHEN 'age' THEN below * interval '1 day' END
FROM bounds;
SELECT count(*) > 100 AS has_bounds FROM tree_new WHERE id = -2;
SELECT name, c.rows > 7000 AS rows, c.wrong, c.leaves = (m.model ->> 'leaves')::bigint AS all_leaves
FROM tree_models AS m, tree_check(name, model) AS c ORDER BY name COLLATE "C";

-- the leaves of rows that were learned from have the values that the model says
SELECT name, count(*) AS leaves, bool_and(n = customers AND abs(mean - value) < 1e-9) AS right
FROM (SELECT 'share' AS name, tcs.segment_assign('share', k) AS segment, count(*) AS n, avg((points > 9)::integer) AS mean FROM tree_known AS k GROUP BY 2
	UNION ALL SELECT 'number', tcs.segment_assign('number', k), count(*), avg(points) FROM tree_known AS k GROUP BY 2) AS s
JOIN tree_leaves AS l USING (name, segment) GROUP BY 1 ORDER BY 1;

-- readable: a rule a leaf, the greatest value first
SELECT r ->> 'segment' AS segment, r ->> 'condition' AS condition, r ->> 'description' AS description
FROM (SELECT tcs.tree_rules(tcs.tree_fit(points > 9, f, '{"leaves": 4}')) AS rules
	FROM tree_known AS k, LATERAL (SELECT visits, spent, member, country, k.joined) AS f) AS t, jsonb_array_elements(rules -> 'rules') AS r;
SELECT tcs.tree_rules(tcs.tree_fit(points, ROW(visits > 40))) FROM tree_known;

-- The same tree as rpart 4.1 of R makes, method "anova", minsplit 14, minbucket 7, maxdepth 6, cp 0: the
-- sequence of pruning, leaves, cp and error as a share of that of the root.
CREATE TABLE tree_reference AS
SELECT i * 37 % 101 AS x1, i * 53 % 97 AS x2, substr('abcdefg', 1 + i * i % 7, 1) AS g, (i * i * i % 1009) / 8.0 AS x3,
	(i * 37 % 101 > 40)::integer * 3 + (i * 53 % 97 < 30)::integer * 2 * (i * 37 % 101 <= 70)::integer
	+ CASE WHEN substr('abcdefg', 1 + i * i % 7, 1) IN ('c', 'e') THEN 1.5 ELSE 0 END + (i * i * 31 % 47) / 20.0 AS y
FROM generate_series(1, 300) AS i;
WITH model AS (
	SELECT tcs.tree_fit(y, f, '{"depth": 6, "leaves": 64, "min_customers": 7, "pruning": "none"}') AS m FROM tree_reference, LATERAL (SELECT x1, x2, g, x3) AS f
), ours AS (
	SELECT n, (s ->> 'leaves')::integer - 1 AS splits, (s ->> 'alpha')::float8 AS cp, (s ->> 'error')::float8 AS error
	FROM model, jsonb_array_elements(m -> 'sizes') WITH ORDINALITY AS s(s, n)
)
SELECT count(*) AS sizes, bool_and(o.splits = r.splits AND abs(o.cp - r.cp) < 1e-9 AND abs(o.error - r.error) < 1e-9) AS same
FROM ours AS o FULL JOIN (VALUES (1, 0.536548897309576445, 0, 1.0000000000000000), (2, 0.101788187460780458, 1, 0.4634511026904236), (3, 0.083860382788240623, 2, 0.3616629152296431),
	(4, 0.038395171351209657, 3, 0.2778025324414025), (5, 0.028046183528655979, 4, 0.2394073610901929), (6, 0.027944167019488129, 5, 0.2113611775615369),
	(7, 0.027584561379004297, 6, 0.1834170105420488), (8, 0.017481416579443177, 7, 0.1558324491630444), (9, 0.003911500921932667, 9, 0.1208696160041581),
	(10, 0.002278173254593378, 10, 0.1169581150822254), (11, 0.002253300685270894, 11, 0.1146799418276320), (12, 0.001949169879331074, 12, 0.1124266411423612),
	(13, 0.001934399312393302, 15, 0.1065791315043679), (14, 0.001892585033425908, 16, 0.1046447321919746), (15, 0.001069308599765917, 18, 0.1008595621251228),
	(16, 0.000882573012752408, 21, 0.0976516363258251), (17, 0.000395513421960016, 22, 0.0967690633130727), (18, 0.000139397020762065, 23, 0.0963735498911126),
	(19, 0, 24, 0.0962341528703506)) AS r(n, cp, splits, error) USING (n);
-- and its first splits: where a column is missing nowhere, rpart has nothing else to say
SELECT n ->> 'split' AS split, n ->> 'segment' AS segment, n ->> 'customers' AS customers, round((n ->> 'value')::numeric, 6) AS value
FROM (SELECT tcs.tree_fit(y, f, '{"depth": 2, "min_customers": 7, "pruning": "none"}') AS m FROM tree_reference, LATERAL (SELECT x1, x2, g, x3) AS f) AS t,
	jsonb_array_elements(m -> 'nodes') AS n;

-- Nothing to learn: one leaf, and a note that says why.
SELECT what, m -> 'leaves' AS leaves, m -> 'notes' AS notes FROM (
	SELECT 'noise' AS what, tcs.tree_fit(tree_random(i, 1) < 0.3, ROW(tree_random(i, 2), tree_random(i, 3))) AS m FROM generate_series(1, 1000) AS i
	UNION ALL SELECT 'one outcome', tcs.tree_fit(true, ROW(i)) FROM generate_series(1, 30) AS i
	UNION ALL SELECT 'three customers', tcs.tree_fit(i > 1, ROW(i)) FROM generate_series(1, 3) AS i
	UNION ALL SELECT 'one customer', tcs.tree_fit(i::float8, ROW(i)) FROM generate_series(1, 1) AS i
	UNION ALL SELECT 'no feature', tcs.tree_fit(i > 3, ROW(1)) FROM generate_series(1, 30) AS i) AS t ORDER BY 1;
-- In how many folds a split comes again: a clear one in all; of those that chance made a note says so.
SELECT what, bool_and((n ->> 'folds')::integer BETWEEN 0 AND 5) AS counted, max((n ->> 'folds')::integer) FILTER (WHERE n ->> 'node' = '0') = 5 AS root_in_all, count(*) FILTER (WHERE (n ->> 'folds')::integer <= 2) > 0 AS "chance",
	count(*) FILTER (WHERE (n ->> 'folds')::integer <= 2) = max((SELECT count(*) FROM jsonb_array_elements_text(m -> 'notes') AS t WHERE t ~ '^the split of node \d+, by "[xyz]", comes again in [0-2] of 5 folds only: ')) AS noted
FROM (SELECT 'clear' AS what, tcs.tree_fit(x > 0.5 AND tree_random(i, 9) < 0.9, f, '{"min_customers": 50}') AS m FROM generate_series(1, 2000) AS i, LATERAL (SELECT tree_random(i, 1) AS x, tree_random(i, 2) AS y) AS f
	UNION ALL SELECT 'noise', tcs.tree_fit(tree_random(i, 3) < 0.5, f, '{"pruning": "none", "leaves": 30, "min_customers": 10}') FROM generate_series(1, 600) AS i, LATERAL (SELECT tree_random(i, 1) AS x, tree_random(i, 2) AS y, tree_random(i, 4) AS z) AS f) AS t,
	jsonb_array_elements(m -> 'nodes') AS n WHERE n ? 'split' GROUP BY what ORDER BY what;
-- What says the same as another is left out with the reason, and a key is asked about.
SELECT m -> 'features_left_out' AS left_out, m -> 'notes' AS notes, jsonb_path_query_array(m, '$.features[*].name') AS features
FROM (SELECT tcs.tree_fit(a > 50 OR i % 7 = 0, f) AS m FROM generate_series(1, 400) AS i, LATERAL (SELECT i AS id, i * 37 % 101 AS a, (i * 37 % 101)::numeric AS again, CASE WHEN i % 3 > 0 THEN 'p' ELSE 'q' END AS p, CASE WHEN i % 3 > 0 THEN 'x' ELSE 'y' END AS x, 1 AS constant) AS f) AS t;
-- The value that a leaf promises is kept by customers that were not learned from: within the interval, most of the time.
SELECT count(*) AS leaves, avg((share BETWEEN low - 1.96 * sqrt(share * (1 - share) / n) AND high + 1.96 * sqrt(share * (1 - share) / n))::integer) > 0.9 AS kept
FROM (SELECT seed, l ->> 'segment', (l ->> 'low')::float8 AS low, (l ->> 'high')::float8 AS high, count(*) AS n, avg((y)::integer) AS share
	FROM (SELECT seed, tcs.tree_fit(tree_random(i, seed) < 0.1 + 0.5 * tree_random(i, seed + 100)^2, ROW(tree_random(i, seed + 100), tree_random(i, seed + 200))) AS m
		FROM generate_series(1, 2000) AS i, generate_series(1, 12) AS seed GROUP BY seed) AS f,
		generate_series(2001, 6000) AS i, LATERAL (SELECT ROW(tree_random(i, seed + 100), tree_random(i, seed + 200)) AS r, tree_random(i, seed) < 0.1 + 0.5 * tree_random(i, seed + 100)^2 AS y) AS o,
		LATERAL (SELECT tcs.tree_score(m, r) AS score) AS s, jsonb_array_elements(m -> 'nodes') AS l
	WHERE l ? 'segment' AND (l ->> 'value')::float8 = score GROUP BY 1, 2, 3, 4) AS t;
