-- The same answer serial, parallel and shuffled, and in every way in which the
-- server can run an aggregate.
SET TimeZone = 'UTC';
SET client_min_messages = warning;

-- Amounts within a factor of 2^50 of each other, refunds among them, heavy ties,
-- NULLs; part is what the partitions are cut by.
CREATE TABLE log (
	id int, part int, customer int, at timestamptz, amount numeric, spread float8
) PARTITION BY LIST (part);
CREATE TABLE log_0 PARTITION OF log FOR VALUES IN (0);
CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);
CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2);
CREATE TABLE shuffled (LIKE log);
SELECT setseed(0.25);
INSERT INTO log
SELECT id, id % 3, (60 * random() ^ 3)::int,
	CASE WHEN id % 97 <> 0 THEN timestamptz '2022-01-01 UTC' + random() * interval '900 days' END,
	CASE WHEN id % 53 <> 0 THEN round((1000 * random() - 150)::numeric, 2) END,
	CASE WHEN id % 59 <> 0 THEN (random() + 1) * 2.0 ^ (49 * random() - 25) * sign(random() - 0.2) END
FROM generate_series(1, 6000) AS id;
INSERT INTO shuffled SELECT * FROM log ORDER BY random();
ANALYZE log, shuffled;

-- Every aggregate with arguments from a row of the log.
CREATE TEMP TABLE call (n serial, name text, arguments text[]);
INSERT INTO call (name, arguments)
SELECT call, array_remove(ARRAY['at' || at, amount] || rest || zone, NULL)
FROM (VALUES ('::date', NULL), ('::date', 'text ''Asia/Tokyo'''), ('::timestamp', NULL), ('::timestamp', 'text ''Asia/Tokyo'''), ('', 'text ''Europe/Berlin''')) AS a(at, zone),
	(VALUES ('amount'), ('spread')) AS b(amount),
	(VALUES ('purchase_history', ARRAY['date ''2023-12-31''']), ('holdout', ARRAY['date ''2023-06-30''', 'date ''2023-12-31''']),
		('period_cv', ARRAY['date ''2023-12-31''', 'text ''week''']), ('purchase_periods', ARRAY['date ''2023-12-31''', 'text ''week'''])) AS c(call, rest)
UNION ALL VALUES ('purchase_history', ARRAY['at::date - 1000 * customer', 'CASE WHEN id % 11 = 0 THEN spread ELSE amount::float8 END', 'date ''2023-12-31''']), ('rfm_fit', ARRAY['(id % 700)::float8', 'abs(amount)::float8', 'spread']), ('rfm_fit', ARRAY['(id % 700)::float8', 'abs(amount)::float8', 'spread', '13']),
	('rfm_fit', ARRAY['timestamptz ''2025-01-01'' - at', 'customer::float8', 'spread']), ('rfm_fit', ARRAY['timestamptz ''2025-01-01'' - at', 'customer::float8', 'spread', '100']),
	('rfm_fit', ARRAY['(NULL, spread, NULL, NULL, id % 6, id % 6, 100, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history']), ('rfm_fit', ARRAY['(NULL, spread, NULL, NULL, id % 6, id % 6, 100, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history', '7']),
	('abc_fit', ARRAY['(NULL, spread, NULL, NULL, 0, 0, 100, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history']), ('abc_fit', ARRAY['(NULL, spread, NULL, NULL, 0, 0, 100, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history', '''{0.1,0.5,0.9,0.999}''::float8[]']),
	('abc_fit', ARRAY['spread']), ('abc_fit', ARRAY['amount::float8']), ('abc_fit', ARRAY['spread', '''{0.1,0.5,0.9,0.999}''::float8[]']),
	('gini', ARRAY['abs(spread)']), ('gini', ARRAY['abs(amount)::float8']), ('lorenz', ARRAY['abs(spread)', '7']), ('lorenz', ARRAY['customer::float8', '10']),
	('spend_fit', ARRAY['(NULL, NULL, NULL, NULL, id % 6, id % 6, 100, abs(amount), NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history']),
	('spend_fit', ARRAY['(NULL, abs(amount), NULL, NULL, id % 6, id % 6, 100, abs(amount), NULL, NULL, abs(amount) * (customer % 5), spread * 0 + customer, id % 6 - (id % 6 > 2)::int)::tcs.purchase_history', 'id IS NULL']),
	('btyd_fit', ARRAY['(NULL, NULL, NULL, NULL, id % 6, id % 6 * (customer % 9), 100, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history']),
	('btyd_fit', ARRAY['(NULL, NULL, NULL, NULL, id % 6, id % 6 * (customer % 9), 100 + customer / 7.0, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history', 'text ''bg/nbd''']),
	('btyd_fit', ARRAY['(NULL, NULL, NULL, NULL, id % 6, id % 6 * (1 + customer % 9), 100, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history', 'text ''bg/bb''', 'interval ''1 day''']),
	('btyd_fit', ARRAY['(NULL, NULL, NULL, NULL, id % 6, id % 6 * (7 + customer % 9), 150, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history', 'text ''bg/bb''', 'interval ''7 days''', '1 + id % 3::bigint']),
	('churn_fit', ARRAY['(NULL, NULL, NULL, NULL, id % 6, id % 6 * (customer % 9), 100 + customer / 7.0, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history', 'amount > 10 * (id % 6) + customer', 'date ''2023-01-01'' + id % 3', 'date ''2023-06-30''', '''{"model": "mbg/nbd", "version": 1, "r": 1, "alpha": 40, "a": 1, "b": 3}''::jsonb', 'interval ''180 days''']),
	('churn_fit', ARRAY['(NULL, NULL, NULL, NULL, id % 6, id % 6 * (customer % 9), 100 + customer / 7.0, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history', 'amount > 10 * (id % 6) + customer', 'date ''2023-01-01'' + id % 3', 'date ''2023-06-30''', '''{"model": "mbg/nbd", "version": 1, "r": 1, "alpha": 40, "a": 1, "b": 3}''::jsonb', 'interval ''180 days''', 'ROW(spread, (id % 4)::text)']),
	('logit_fit', ARRAY['amount > 300', 'ROW(id % 7, spread, customer % 5 = 0, ''l'' || customer % 9)']), ('logit_fit', ARRAY['amount > 300', 'ROW(id % 7, spread)', '''{"l2": 1}''::jsonb']),
	('linear_fit', ARRAY['amount::float8', 'ROW(id % 7, customer, at)']), ('linear_fit', ARRAY['spread', 'ROW(amount, part::text)', '''{"l1": 1}''::jsonb']),
	('sbg_fit', ARRAY['1 + id % 7 * (id % 3)', 'customer % 4 < 3']), ('sbg_fit', ARRAY['1 + id % 7 * (id % 3)', 'customer % 4 < 3', '1 + id % 100000::bigint']),
	('auc', ARRAY['spread', 'amount > 300']), ('lift', ARRAY['amount::float8', 'spread > 1', '0.1']), ('calibration', ARRAY['abs(amount)::float8 / 1000', 'spread > 1', '7']),
	('uplift', ARRAY['amount::float8', 'id % 3 = 0', 'spread > 1', '7']), ('uplift', ARRAY['amount::float8', 'id % 3 = 0', 'spread', '7']), ('qini', ARRAY['amount::float8', 'id % 3 = 0', 'spread > 1']), ('qini', ARRAY['amount::float8', 'id % 3 = 0', 'spread']),
	('capture', ARRAY['amount::float8', 'spread > 1', '7']), ('capture', ARRAY['amount::float8', 'spread', '7']), ('cutoff', ARRAY['amount::float8', 'spread', '0.5']), ('cutoff', ARRAY['amount::float8', 'id % 3 = 0', 'spread', '0.5']),
	('kmeans_fit', ARRAY['ROW(id % 7, amount)']), ('kmeans_fit', ARRAY['ROW(id % 7, amount)', '''{"k": 3}''::jsonb']),
	('brier', ARRAY['abs(amount)::float8 / 1000', 'spread > 1']), ('mae', ARRAY['spread', 'amount::float8']), ('rmse', ARRAY['amount::float8', 'spread']),
	('tree_fit', ARRAY['amount > 300', 'ROW(customer, at, spread, (id % 7)::text)']), ('tree_fit', ARRAY['amount > 300', 'ROW(customer, at, amount, id % 7)', '''{"weight": "f4", "leaves": 64}''::jsonb']),
	('tree_fit', ARRAY['CASE id % 4 WHEN 0 THEN ''red'' WHEN 1 THEN ''green'' WHEN 2 THEN ''blue'' END', 'ROW(customer, at, spread, (id % 7)::text)']), ('tree_fit', ARRAY['(customer % 5)::text', 'ROW(at, amount, id % 7)', '''{"weight": "f3"}''::jsonb']),
	('tree_fit', ARRAY['spread', 'ROW(customer, at::date, amount::float4, id % 7 = 1)']), ('tree_fit', ARRAY['amount::float8', 'ROW(part, (customer % 9)::text, (id % 3000)::text)', '''{"pruning": "least", "levels": 5}''::jsonb']),
	('first', ARRAY['md5(amount::text)', 'at::date']), ('first', ARRAY['md5(id::text)', 'date_trunc(''month'', at::timestamp)']), ('first', ARRAY['spread * 1e9', 'date_trunc(''week'', at)']),
	('last', ARRAY['1000000 + id % 100', 'at::date']), ('last', ARRAY['ARRAY[amount, id]', 'at::timestamp']), ('last', ARRAY['at', 'date_trunc(''month'', at)']),
	('most_frequent', ARRAY['left(md5(id::text), 2)']), ('count_distinct', ARRAY['md5(amount::text)']),
	('sessions', ARRAY['at::timestamp', 'interval ''5 hours''']), ('sessions', ARRAY['at', 'interval ''1 hour''']),
	('funnel', ARRAY['at::date', '1 + id % 5', 'interval ''200 days''']), ('funnel', ARRAY['at::timestamp', '1 + id % 3', 'interval ''30 hours''']), ('funnel', ARRAY['at', '1 + id % 5', 'interval ''200 days''']),
	('funnel_steps', ARRAY['CASE WHEN id % 7 > 0 AND at IS NOT NULL THEN ARRAY[at::date, at::date + id % 9] END']), ('funnel_steps', ARRAY['CASE WHEN at IS NOT NULL THEN ARRAY[at::timestamp] END']),
	('funnel_steps', ARRAY['CASE WHEN at IS NOT NULL THEN ARRAY[at, at + interval ''1 second'' * coalesce(abs(spread), 7), at + interval ''99 years''] END']),
	('retention', ARRAY['CASE WHEN id % 3 = 0 THEN at::date END', 'at::date', 'date ''2023-12-31''', 'text ''7 days''']), ('retention', ARRAY['CASE WHEN id % 3 = 0 THEN at::timestamp END', 'at::timestamp', 'date ''2023-12-31''', 'text ''week_friday''']), ('retention', ARRAY['CASE WHEN id % 3 = 0 THEN at END', 'at', 'date ''2023-12-31''', 'text ''36 hours''', 'text ''Asia/Tokyo''']),
	('retention', ARRAY['at::date', 'date ''2023-12-31''', 'text ''week''']), ('retention', ARRAY['at::timestamp', 'date ''2023-12-31''', 'text ''day''']), ('retention', ARRAY['at', 'date ''2023-12-31''', 'text ''week_sunday''', 'text ''Asia/Tokyo''']), ('retention_table', ARRAY['(NULL, ARRAY[true, id % 3 = 0, amount > 0])::tcs.retention']);

INSERT INTO call (name, arguments)
SELECT 'duration', ARRAY['at' || at, format('CASE WHEN id %% 4 > 0 THEN (at + id %% 90 * interval ''1 day'')%s END', at), format('timestamptz ''2023-12-31 UTC''%s', at)] || within
FROM (VALUES ('::date'), ('::timestamp'), ('')) AS a(at), (VALUES (NULL), (ARRAY['interval ''30 days'''])) AS w(within)
UNION ALL SELECT 'duration', ARRAY['id % 400 * interval ''1 hour''', 'id % 3 > 0'] || within FROM (VALUES (NULL), (ARRAY['interval ''1 hour'''])) AS w(within)
UNION ALL VALUES ('key_drivers', ARRAY['amount::float8', 'ROW(id % 7, spread, ''l'' || customer % 4)']), ('key_drivers', ARRAY['spread', 'ROW(amount, part::text, at)', '''{"without": ["f2"]}''::jsonb']);
INSERT INTO call (name, arguments)
SELECT 'points', array_remove(ARRAY['at' || at, 'amount * 10.0 ^ -(id % 3)', 'date ''2023-12-31'''] || expires || original || zone, NULL)
FROM (VALUES ('::date', NULL), ('::date', 'text ''Asia/Tokyo'''), ('::timestamp', NULL), ('::timestamp', 'text ''Asia/Tokyo'''), ('', 'text ''Europe/Berlin''')) AS a(at, zone),
	(VALUES (NULL), ('interval ''1 year'''), ('at::date + id % 300')) AS e(expires),
	LATERAL (SELECT NULL UNION SELECT format('CASE WHEN id %% 7 = 0 THEN (at%1$s - id %% 9 * interval ''1 day'')%1$s END', at) WHERE expires IS NOT NULL) AS o(original);
INSERT INTO call (name, arguments)
VALUES ('rate', ARRAY['amount > 300']), ('rate', ARRAY['spread > 1', '0.9']), ('nps', ARRAY['(id % 11)::float8']), ('csat', ARRAY['1 + id % 5', '4']), ('csat', ARRAY['1 + customer % 7', '6', '10'])
UNION ALL SELECT 'ab_effect', ARRAY[arm, outcome] || confidence
FROM (VALUES ('id % 2 = 0'), ('1 + customer % 2'), ('CASE id % 3 WHEN 0 THEN ''control'' WHEN 1 THEN ''new'' END')) AS a(arm), (VALUES ('amount > 300'), ('spread')) AS o(outcome), (VALUES (NULL), (ARRAY['0.9'])) AS c(confidence)
UNION ALL SELECT 'ab_effect', arm || ARRAY['0.95', 'CASE WHEN id % 5 > 0 THEN abs(amount)::float8 END'] || cap
FROM (VALUES (ARRAY['id % 2 = 0', 'spread']), (ARRAY['1 + customer % 2', 'spread']), (ARRAY['CASE id % 3 WHEN 0 THEN ''control'' WHEN 1 THEN ''new'' END', 'spread'])) AS a(arm), (VALUES (NULL), (ARRAY['0.9'])) AS c(cap)
UNION ALL VALUES ('ab_sample_ratio', ARRAY['CASE id % 7 WHEN 0 THEN ''control'' WHEN 1 THEN ''new'' END', '''{new,control}''::text[]', '''{0.4,0.6}''::float8[]'])
UNION ALL SELECT 'ab_customer', ARRAY[arm, 'amount > 300'] FROM (VALUES ('id % 2 = 0'), ('1 + customer % 2'), ('CASE id % 3 WHEN 0 THEN ''control'' WHEN 1 THEN ''new'' END')) AS a(arm)
UNION ALL SELECT 'ab_customer', ARRAY[arm, 'spread'] || per FROM (VALUES ('id % 2 = 0'), ('1 + customer % 2'), ('CASE id % 3 WHEN 0 THEN ''control'' WHEN 1 THEN ''new'' END')) AS a(arm), (VALUES (NULL), (ARRAY['abs(amount)::float8'])) AS p(per)
UNION ALL SELECT 'ab_effect', ARRAY['(CASE id % 3 WHEN 0 THEN ''control'' WHEN 1 THEN ''new'' END, coalesce(spread, 0), coalesce(abs(amount), 0), false)::tcs.ab_customer'] || confidence FROM (VALUES (NULL), (ARRAY['0.9'])) AS c(confidence)
UNION ALL SELECT 'ab_effect', ARRAY['(CASE id % 3 WHEN 0 THEN ''control'' WHEN 1 THEN ''new'' END, coalesce(spread, 0), NULL, false)::tcs.ab_customer', '0.9', 'id % 7'] || cap FROM (VALUES (NULL), (ARRAY['0.75'])) AS c(cap);
INSERT INTO call (name, arguments)
SELECT 'funnel', array_remove(ARRAY['at' || type, step, steps, 'interval ''200 days''', as_of || type], NULL)
FROM (VALUES ('::date'), ('::timestamp'), ('::timestamptz')) AS t(type), (VALUES (NULL), ('''2023-12-31''')) AS a(as_of),
	(VALUES ('1 + id % 5', NULL), ('ARRAY[1 + id % 5, 1 + id % 3]', NULL), ('''s'' || id % 5', '''{s1,!s3,s2,< 40 days,s1}''::text[]'), ('ARRAY[''s'' || id % 5, ''s'' || id % 3]', '''{s1,!*,s2,>,s1}''::text[]')) AS s(step, steps)
WHERE steps IS NOT NULL OR as_of IS NOT NULL OR step LIKE 'ARRAY%'
UNION ALL SELECT 'funnel_steps', ARRAY[format('CASE WHEN id %% 7 > 0 AND at IS NOT NULL THEN ARRAY[at%1$s, (at + id %% 9 * interval ''1 day'')%1$s] END', type), '''{first,!x,second,third}''::text[]']
FROM (VALUES ('::date'), ('::timestamp'), ('::timestamptz')) AS t(type);

-- Are there all of the extension's aggregates, and all their overloads?  Those of
-- summaries are in sql/summaries.sql.
SELECT (SELECT count(*) FROM pg_proc JOIN pg_aggregate ON aggfnoid = pg_proc.oid WHERE pronamespace = 'tcs'::regnamespace AND aggtransfn::text !~ '_(no_zone|refused)$' AND proname <> 'purchase_log' AND prorettype <> 'tcs.summary'::regtype AND 'tcs.summary'::regtype <> ALL (proargtypes)) /* see history_log and summaries */ - count(*) AS left_out FROM call
WHERE NOT (name IN ('gini', 'lorenz') AND arguments[1] ~ 'amount|customer') AND NOT (name = 'abc_fit' AND arguments = '{amount::float8}') AND NOT (name = 'purchase_history' AND arguments[1] ~ 'customer');

-- What the calls give, asked for in one query, each as one text that keeps every
-- bit; with the key of each row where there are several.  In the template %1$s is
-- the call, %2$s what stands in its parentheses, %3$s its name.
CREATE FUNCTION pg_temp.results(source text, template text DEFAULT '%1$s', key text DEFAULT '1') RETURNS SETOF text
	LANGUAGE plpgsql AS $$
DECLARE
	calls text;
BEGIN
	SELECT string_agg(format('(' || template || ')::text', format('tcs.%s(%s)', name, a), a, name), ', ' ORDER BY n) INTO calls
	FROM (SELECT n, name, array_to_string(arguments, ', ') AS a FROM call) AS c;
	RETURN QUERY EXECUTE format('SELECT format(''%%s %%s'', c.n, c.name) || string_agg(format('' %%s %%s'', key, coalesce(v.a, ''null'')), E''\n'' ORDER BY key, v.a)
		FROM (SELECT (%s)::text AS key, ARRAY[%s] AS a %s) AS q, unnest(a) WITH ORDINALITY AS v(a, n) JOIN call AS c USING (n) GROUP BY c.n, c.name', key, calls, source);
END $$;

-- Has the plan of that query such nodes?
CREATE FUNCTION pg_temp.has(nodes text, source text) RETURNS bool
	LANGUAGE plpgsql AS $$
DECLARE
	calls text;
	plan json;
BEGIN
	SELECT string_agg(format('(tcs.%s(%s))::text', name, array_to_string(arguments, ', ')), ', ' ORDER BY n) INTO calls FROM call;
	EXECUTE format('EXPLAIN (FORMAT JSON) SELECT ARRAY[%s] %s', calls, source) INTO plan;
	RETURN plan::text ~ nodes;
END $$;

\pset tuples_only on

-- Serial: one state, rows as they come.
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT r FROM pg_temp.results('FROM log') AS r;
CREATE TEMP TABLE serial_groups AS SELECT r FROM pg_temp.results('FROM log GROUP BY customer', '%s', 'customer') AS r;
CREATE TEMP TABLE serial_parts AS SELECT r FROM pg_temp.results('FROM log GROUP BY part', '%s', 'part') AS r;
SELECT count(r) - (SELECT count(*) FROM call) AS missing, bool_and(length(r) > 15) AS something FROM serial;
SELECT pg_temp.has('"Gather|"Partial"', 'FROM log');

SELECT 'shuffled' AS way, * FROM pg_temp.results('FROM shuffled') EXCEPT SELECT 'shuffled', r FROM serial;
SELECT 'shuffled groups' AS way, * FROM pg_temp.results('FROM shuffled GROUP BY customer', '%s', 'customer') EXCEPT SELECT 'shuffled groups', r FROM serial_groups;
SELECT 'downwards' AS way, * FROM pg_temp.results('FROM (SELECT * FROM log ORDER BY at DESC, id) AS s') EXCEPT SELECT 'downwards', r FROM serial;
SELECT 'upwards' AS way, * FROM pg_temp.results('FROM (SELECT * FROM log ORDER BY spread, id) AS s') EXCEPT SELECT 'upwards', r FROM serial;

-- Parallel: the leader only combines.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT count(set_config(name, 'on', false)) FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
SELECT pg_temp.has('"Finalize".*Gather.*"Partial"', 'FROM shuffled'), pg_temp.has('"Finalize".*Gather.*"Partial"', 'FROM log'),
	pg_temp.has('"Finalize".*Gather.*"Partial"', 'FROM shuffled GROUP BY part');
SELECT 'parallel' AS way, * FROM pg_temp.results('FROM shuffled') EXCEPT SELECT 'parallel', r FROM serial;
SELECT 'parallel append' AS way, * FROM pg_temp.results('FROM log') EXCEPT SELECT 'parallel append', r FROM serial;
SELECT 'parallel groups' AS way, * FROM pg_temp.results('FROM shuffled GROUP BY part', '%s', 'part') EXCEPT SELECT 'parallel groups', r FROM serial_parts;
SELECT 'many parallel groups' AS way, * FROM pg_temp.results('FROM shuffled GROUP BY customer', '%s', 'customer') EXCEPT SELECT 'many parallel groups', r FROM serial_groups;

-- With the leader at work too, and by sorting.
SET parallel_leader_participation = on;
SET enable_hashagg = off;
SELECT pg_temp.has('Sorted.*"Finalize".*Gather.*Sorted.*"Partial"', 'FROM shuffled GROUP BY part');
SELECT 'sorted groups' AS way, * FROM pg_temp.results('FROM shuffled GROUP BY part', '%s', 'part') EXCEPT SELECT 'sorted groups', r FROM serial_parts;
RESET enable_hashagg;

-- Partition-wise: a state for each partition, with workers and without.
SET enable_partitionwise_aggregate = on;
SET cpu_operator_cost = 0.0001;
SELECT pg_temp.has('"Finalize".*Append.*"Partial".*"Partial".*"Partial"', 'FROM log');
SELECT 'partition-wise' AS way, * FROM pg_temp.results('FROM log') EXCEPT SELECT 'partition-wise', r FROM serial;
SELECT pg_temp.has('"Finalize".*Append.*"Partial".*"Partial".*"Partial"', 'FROM log GROUP BY part % 2');
SELECT 'partition-wise groups' AS way, * FROM pg_temp.results('FROM log GROUP BY customer', '%s', 'customer') EXCEPT SELECT 'partition-wise groups', r FROM serial_groups;
SET max_parallel_workers_per_gather = 0;
SELECT pg_temp.has('"Finalize".*Append.*"Partial".*"Partial".*"Partial"', 'FROM log');
SELECT 'partition-wise, one process' AS way, * FROM pg_temp.results('FROM log') EXCEPT SELECT 'partition-wise, one process', r FROM serial;
SET max_parallel_workers_per_gather = 2;
RESET enable_partitionwise_aggregate;
RESET cpu_operator_cost;

-- One row, and so a state from one worker; no row.
SELECT 'one row' AS way, * FROM pg_temp.results('FROM shuffled WHERE id = 4') EXCEPT SELECT 'one row', r FROM pg_temp.results('FROM (SELECT * FROM log WHERE id = 4 LIMIT 1) AS s') AS r;
SELECT 'no row' AS way, * FROM pg_temp.results('FROM shuffled WHERE id < 0') EXCEPT SELECT 'no row', r FROM pg_temp.results('FROM (SELECT * FROM log LIMIT 0) AS s') AS r;
SELECT count(*) FROM pg_temp.results('FROM shuffled WHERE id < 0') AS r WHERE r !~ ' (null|0|\([0,]+\))$';

-- FILTER; and, with what takes a single process, ORDER BY and DISTINCT in the call.
SELECT 'filter' AS way, * FROM pg_temp.results('FROM shuffled', '%1$s FILTER (WHERE id %% 7 < 3)') EXCEPT SELECT 'filter', r FROM pg_temp.results('FROM log WHERE id % 7 < 3') AS r;
SET max_parallel_workers_per_gather = 0;
SELECT count(set_config(name, 'off', false)) FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
SELECT 'order by' AS way, * FROM pg_temp.results('FROM shuffled', 'tcs.%3$s(%2$s ORDER BY amount DESC, id)') EXCEPT SELECT 'order by', r FROM serial;
SELECT 'order by first' AS way, * FROM pg_temp.results('FROM shuffled', 'tcs.%3$s(%2$s ORDER BY 1)') EXCEPT SELECT 'order by first', r FROM serial;
CREATE FUNCTION pg_temp.distinct_by_hand(source text) RETURNS SETOF text
	LANGUAGE plpgsql AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT n, name, array_to_string(arguments, ', ') AS arguments,
		(SELECT string_agg('a' || i, ', ') FROM generate_subscripts(arguments, 1) AS i) AS columns FROM call ORDER BY n LOOP
		RETURN QUERY EXECUTE format('SELECT %L || coalesce(tcs.%s(%s)::text, ''null'') FROM (SELECT DISTINCT %s %s) AS s(%s)',
			format('%s %s 1 ', one.n, one.name), one.name, one.columns, one.arguments, source, one.columns);
	END LOOP;
END $$;
CREATE TEMP TABLE twofold AS SELECT * FROM log UNION ALL SELECT * FROM log WHERE id % 3 > 0;
SELECT 'distinct' AS way, * FROM pg_temp.results('FROM twofold', 'tcs.%3$s(DISTINCT %2$s)') EXCEPT SELECT 'distinct', r FROM pg_temp.distinct_by_hand('FROM twofold') AS r;
SELECT count(*) > 40 FROM (SELECT * FROM pg_temp.results('FROM twofold') EXCEPT SELECT * FROM pg_temp.results('FROM twofold', 'tcs.%3$s(DISTINCT %2$s)')) AS s;

-- Grouping sets, hashed, sorted and mixed.
CREATE TEMP TABLE sets AS SELECT r FROM pg_temp.results('FROM log GROUP BY GROUPING SETS ((customer, part), (part), ())', '%s', 'ROW(customer, part)') AS r;
CREATE FUNCTION pg_temp.sets_by_hand() RETURNS SETOF text
	LANGUAGE plpgsql AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT n, name, format('tcs.%s(%s)', name, array_to_string(arguments, ', ')) AS call FROM call ORDER BY n LOOP
		RETURN QUERY EXECUTE replace(format('SELECT %L || string_agg(format('' %%s %%s'', key, coalesce(a, ''null'')), E''\n'' ORDER BY key, a) FROM (
			SELECT ROW(customer, part)::text AS key, @::text AS a FROM shuffled GROUP BY customer, part
			UNION ALL SELECT ROW(NULL, part)::text, @::text FROM shuffled GROUP BY part
			UNION ALL SELECT ROW(NULL, NULL)::text, @::text FROM shuffled) AS q', format('%s %s', one.n, one.name)), '@', one.call);
	END LOOP;
END $$;
SELECT 'grouping sets' AS way, r FROM sets EXCEPT SELECT 'grouping sets', * FROM pg_temp.sets_by_hand();
SET enable_hashagg = off;
SELECT 'grouping sets, sorted' AS way, * FROM pg_temp.results('FROM shuffled GROUP BY GROUPING SETS ((customer, part), (part), ())', '%s', 'ROW(customer, part)') EXCEPT SELECT 'grouping sets, sorted', r FROM sets;
RESET enable_hashagg;

-- Frames that move, without a way back; and that grow, with a result at each row.
CREATE TEMP TABLE few AS SELECT * FROM log WHERE id <= 100;
SELECT 'moving frame' AS way, * FROM pg_temp.results('FROM few', '%1$s OVER (ORDER BY id ROWS BETWEEN 20 PRECEDING AND 5 FOLLOWING)', 'id')
EXCEPT SELECT 'moving frame', r FROM pg_temp.results('FROM generate_series(1, 100) AS i', '(SELECT %1$s FROM few WHERE id BETWEEN i - 20 AND i + 5)', 'i') AS r;
SELECT 'growing frame' AS way, * FROM pg_temp.results('FROM few', '%1$s OVER (PARTITION BY part ORDER BY at, id)', 'id')
EXCEPT SELECT 'growing frame', r FROM pg_temp.results('FROM few AS o',
	'(SELECT %1$s FROM few WHERE part = o.part AND (coalesce(at, ''infinity''), id) <= (coalesce(o.at, ''infinity''), o.id))', 'o.id') AS r;
SELECT 'excluding frame' AS way, * FROM pg_temp.results('FROM few', '%1$s OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW)', 'id')
EXCEPT SELECT 'excluding frame', r FROM pg_temp.results('FROM few AS o', '(SELECT %1$s FROM few WHERE id <> o.id)', 'o.id') AS r;
SET max_parallel_workers_per_gather = 2;

-- Twice in one query, with a HAVING; and one state with two final functions.
SELECT 'twice' AS way, * FROM pg_temp.results('FROM shuffled HAVING count(*) > 0', '%1$s') EXCEPT SELECT 'twice', r FROM serial;
SELECT 'twice' AS way, replace(r, E'\n', '') FROM pg_temp.results('FROM shuffled', '%1$s IS NOT DISTINCT FROM %1$s AND (%1$s FILTER (WHERE true)) IS NOT DISTINCT FROM tcs.%3$s(%2$s ORDER BY id)') AS r WHERE r !~ ' true$';
CREATE AGGREGATE pg_temp.bought(date, numeric, date) (SFUNC = tcs_internal.purchase_history_trans, STYPE = internal, FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.purchase_history_combine, SERIALFUNC = tcs_internal.purchase_history_serial, DESERIALFUNC = tcs_internal.purchase_history_deserial, PARALLEL = SAFE);
CREATE AGGREGATE pg_temp.size(float8) (SFUNC = tcs_internal.gini_trans, STYPE = internal, FINALFUNC = tcs_internal.distribution_serial,
	COMBINEFUNC = tcs_internal.distribution_combine, SERIALFUNC = tcs_internal.distribution_serial, DESERIALFUNC = tcs_internal.distribution_deserial, PARALLEL = SAFE);
SELECT customer, history, bought FROM (
	SELECT customer, tcs.purchase_history(at::date, amount, '2023-12-31') AS history, pg_temp.bought(at::date, amount, '2023-12-31') AS bought FROM shuffled GROUP BY customer) AS s
WHERE (history).x + 1 IS DISTINCT FROM (bought).purchases OR (history).revenue IS DISTINCT FROM (bought).revenue;
SELECT tcs.gini(abs(spread)) = pg_temp.again, octet_length(size) - 8 * n BETWEEN 40 AND 200
FROM (SELECT tcs.gini(abs(spread)) AS again, pg_temp.size(abs(spread)) AS size, count(spread) AS n FROM shuffled) AS pg_temp, shuffled GROUP BY pg_temp.again, size, n;

-- States of many runs: more values than one run holds, in two orders.
CREATE TABLE many AS SELECT i, (i * 7919::bigint % 200003)::float8 AS v, (i % 11)::float8 AS tie FROM generate_series(1, 200000) AS i;
ANALYZE many;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE many_serial AS SELECT tcs.rfm_fit(v, tie, i, 7) AS rfm, tcs.abc_fit(v) AS abc, tcs.abc_fit(tie) AS abc_tie, tcs.gini(v) AS gini, tcs.gini(tie) AS gini_tie, tcs.lorenz(v, 9) AS lorenz FROM many;
SET max_parallel_workers_per_gather = 2;
SELECT 'many' AS way, * FROM (SELECT tcs.rfm_fit(v, tie, i, 7), tcs.abc_fit(v), tcs.abc_fit(tie), tcs.gini(v), tcs.gini(tie), tcs.lorenz(v, 9) FROM many) AS s EXCEPT SELECT 'many', * FROM many_serial;
SELECT 'many, sorted' AS way, * FROM (SELECT tcs.rfm_fit(v, tie, i, 7), tcs.abc_fit(v), tcs.abc_fit(tie), tcs.gini(v), tcs.gini(tie), tcs.lorenz(v, 9) FROM (SELECT * FROM many ORDER BY v DESC OFFSET 0) AS s) AS s EXCEPT SELECT 'many, sorted', * FROM many_serial;

-- Scoring by a model in workers gives what it gives in the leader.
SELECT count(*), count(*) FILTER (WHERE parallel IS DISTINCT FROM serial) AS differing FROM (
	SELECT s.rfm = tcs.rfm_score(m.rfm, v, tie, i) AND s.abc = tcs.abc_tier(m.abc, v) AS parallel, true AS serial
	FROM many_serial AS m, many JOIN (SELECT i, tcs.rfm_score(v, tie, i, 7) OVER () AS rfm, tcs.abc_tier(v) OVER () AS abc FROM many) AS s USING (i)) AS q;

DROP TABLE log, shuffled, many;
