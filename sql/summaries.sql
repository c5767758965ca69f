-- Summaries: what parts of the rows came to adds up to what all rows come to,
-- whatever the parts, and what is no summary is refused.
SET TimeZone = 'UTC';
SET client_min_messages = warning;

CREATE TABLE summary_row (id int, at timestamptz, customer int, amount float8, spread float8);
SELECT setseed(0.5);
INSERT INTO summary_row
SELECT id, CASE WHEN id % 97 <> 0 THEN timestamptz '2022-01-01 UTC' + random() * interval '900 days' END, (60 * random() ^ 3)::int,
	CASE WHEN id % 53 <> 0 THEN round((1000 * random() - 150)::numeric, 2) END,
	CASE WHEN id % 59 <> 0 THEN (random() + 1) * 2.0 ^ (49 * random() - 25) * sign(random() - 0.2) END
FROM generate_series(1, 600) AS id;
ANALYZE summary_row;

-- Every aggregate that has a summary, and each list of arguments that it takes.
CREATE TABLE summary_call (n serial, aggregate text, arguments text[]);
INSERT INTO summary_call (aggregate, arguments)
SELECT aggregate, string_to_array(arguments, '; ') FROM (VALUES
	('btyd_fit', 'h'), ('btyd_fit', 'h; text ''bg/nbd'''), ('btyd_fit', 'bb; text ''bg/bb''; interval ''1 day'''), ('btyd_fit', 'h; text ''pareto/nbd''; NULL::interval; (1 + id % 3)::bigint'),
	('spend_fit', 'spent'), ('spend_fit', 'spent; true'),
	('rfm_fit', '(id % 700)::float8; abs(amount); spread'), ('rfm_fit', '(id % 700)::float8; abs(amount); spread; 13'),
	('rfm_fit', 'timestamptz ''2025-01-01'' - at; abs(amount); spread'), ('rfm_fit', 'timestamptz ''2025-01-01'' - at; abs(amount); spread; 3'), ('rfm_fit', 'spent'), ('rfm_fit', 'spent; 3'),
	('abc_fit', 'spread'), ('abc_fit', 'amount; ''{0.1,0.5,0.9}''::float8[]'), ('abc_fit', 'spent'), ('abc_fit', 'spent; ''{0.5}''::float8[]'),
	('gini', 'abs(spread)'), ('lorenz', 'abs(amount); 7'),
	('sbg_fit', '1 + id % 7 * (id % 3); customer % 4 < 3'), ('sbg_fit', '1 + id % 7 * (id % 3); customer % 4 < 3; (1 + id % 1000)::bigint'),
	('churn_fit', 'h; amount > 10 * (id % 6) + customer; date ''2023-01-01'' + id % 3; date ''2023-06-30''; base; interval ''180 days'''),
	('churn_fit', 'h; amount > 10 * (id % 6) + customer; date ''2023-01-01'' + id % 3; date ''2023-06-30''; base; interval ''180 days''; ROW(spread, (id % 4)::text)'),
	('auc', 'spread; amount > 300'), ('lift', 'amount; spread > 1; 0.1'), ('calibration', 'abs(amount) / 1000; spread > 1; 7'),
	('brier', 'abs(amount) / 1000; spread > 1'), ('mae', 'spread; amount'), ('rmse', 'amount; spread'),
	('uplift', 'amount; id % 3 = 0; spread > 1; 7'), ('uplift', 'amount; id % 3 = 0; spread; 7'), ('qini', 'amount; id % 3 = 0; spread > 1'), ('qini', 'amount; id % 3 = 0; spread'),
	('capture', 'amount; spread > 1; 7'), ('capture', 'amount; spread; 7'), ('cutoff', 'amount; spread; 0.5::float8'), ('cutoff', 'amount; id % 3 = 0; spread; 0.5::float8'),
	('logit_fit', 'amount > 300; ROW(id % 7, spread, customer % 5 = 0, ''l'' || customer % 9)'), ('logit_fit', 'amount > 300; ROW(id % 7, spread); ''{"l2": 1}''::jsonb'),
	('linear_fit', 'amount; ROW(id % 7, customer, at)'), ('linear_fit', 'spread; ROW(amount); ''{"l1": 1}''::jsonb'),
	('key_drivers', 'amount; ROW(id % 7, customer)'), ('key_drivers', 'amount; ROW(id % 7, spread); ''{}''::jsonb'),
	('tree_fit', 'amount > 300; ROW(customer, spread)'), ('tree_fit', 'amount > 300; ROW(customer, amount); ''{"leaves": 4}''::jsonb'),
	('tree_fit', 'amount; ROW(customer, at)'), ('tree_fit', 'amount; ROW(customer, spread); ''{"leaves": 4}''::jsonb'),
	('tree_fit', '(customer % 3)::text; ROW(customer, at)'), ('tree_fit', '(customer % 3)::text; ROW(customer, spread); ''{"leaves": 4}''::jsonb'),
	('kmeans_fit', 'ROW(id % 7, amount)'), ('kmeans_fit', 'ROW(id % 7, amount); ''{"k": 3}''::jsonb'),
	('rate', 'amount > 300'), ('rate', 'amount > 300; 0.9::float8'), ('nps', '(id % 11)::float8'), ('csat', '(1 + id % 5)::float8; 4::float8'), ('csat', '(1 + id % 5)::float8; 4::float8; 5::float8'),
	('duration', 'at::date; at::date + customer; date ''2024-12-31'''), ('duration', 'at::date; at::date + customer; date ''2024-12-31''; interval ''7 days'''),
	('duration', 'at::timestamp; at::timestamp + customer * interval ''1 hour''; timestamp ''2024-12-31'''), ('duration', 'at::timestamp; at::timestamp + customer * interval ''1 hour''; timestamp ''2024-12-31''; interval ''7 days'''),
	('duration', 'at; CASE WHEN customer > 3 THEN at + customer * interval ''1 hour'' END; timestamptz ''2024-12-31'''), ('duration', 'at; at + customer * interval ''1 hour''; timestamptz ''2024-12-31''; interval ''7 days'''),
	('duration', 'customer * interval ''1 hour''; id % 5 > 0'), ('duration', 'customer * interval ''1 hour''; id % 5 > 0; interval ''1 day'''),
	('funnel_steps', 'CASE WHEN at > ''2022-01-05'' THEN ARRAY[at::date, at::date + customer] END'), ('funnel_steps', 'CASE WHEN at > ''2022-01-05'' THEN ARRAY[at::date, at::date + customer] END; ''{one,two}''::text[]'),
	('funnel_steps', 'CASE WHEN at > ''2022-01-05'' THEN ARRAY[at::timestamp, at::timestamp + customer * interval ''1 hour''] END'), ('funnel_steps', 'CASE WHEN at > ''2022-01-05'' THEN ARRAY[at::timestamp, at::timestamp + customer * interval ''1 hour''] END; ''{one,two}''::text[]'),
	('funnel_steps', 'CASE WHEN at > ''2022-01-05'' THEN ARRAY[at, at + customer * interval ''1 hour''] END'), ('funnel_steps', 'CASE WHEN at > ''2022-01-05'' THEN ARRAY[at, at + customer * interval ''1 hour''] END; ''{one,two}''::text[]'),
	('retention_table', 'kept'),
	('ab_effect', 'id % 2 = 0; amount > 300'), ('ab_effect', 'id % 2 = 0; amount > 300; 0.9::float8'), ('ab_effect', '1 + id % 2; amount > 300'), ('ab_effect', '1 + id % 2; amount > 300; 0.9::float8'), ('ab_effect', 'arm; amount > 300'), ('ab_effect', 'arm; amount > 300; 0.9::float8'),
	('ab_effect', 'id % 2 = 0; amount'), ('ab_effect', 'id % 2 = 0; amount; 0.9::float8'), ('ab_effect', 'id % 2 = 0; amount; 0.9::float8; spread'), ('ab_effect', 'id % 2 = 0; amount; 0.9::float8; spread; 0.9::float8'),
	('ab_effect', '1 + id % 2; amount'), ('ab_effect', '1 + id % 2; amount; 0.9::float8'), ('ab_effect', '1 + id % 2; amount; 0.9::float8; spread'), ('ab_effect', '1 + id % 2; amount; 0.9::float8; NULL::float8; 0.9::float8'),
	('ab_effect', 'arm; amount'), ('ab_effect', 'arm; amount; 0.9::float8'), ('ab_effect', 'arm; amount; 0.9::float8; spread'), ('ab_effect', 'arm; amount; 0.9::float8; spread; 0.9::float8'),
	('ab_effect', 'ab'), ('ab_effect', 'ab; 0.9::float8'), ('ab_effect', 'spent_ab; 0.9::float8; spread'), ('ab_effect', 'spent_ab; 0.9::float8; NULL::float8; 0.9::float8'),
	('ab_sample_ratio', 'arm; ''{control,new}''::text[]; ''{0.5,0.5}''::float8[]')) AS c(aggregate, arguments);

CREATE VIEW summary_figures AS
SELECT s.*, CASE id % 5 WHEN 0 THEN NULL WHEN 1 THEN 'control' WHEN 2 THEN 'control' ELSE 'new' END AS arm,
	(CASE id % 2 WHEN 1 THEN 'control' ELSE 'new' END, COALESCE(amount, 0), customer, false)::tcs.ab_customer AS ab,
	(CASE id % 2 WHEN 1 THEN 'control' ELSE 'new' END, COALESCE(amount, 0), NULL, false)::tcs.ab_customer AS spent_ab,
	'{"model": "mbg/nbd", "version": 1, "r": 1, "alpha": 40, "a": 1, "b": 3}'::jsonb AS base,
	CASE WHEN at IS NOT NULL THEN (at::date, array_fill(true, ARRAY[1 + customer % 5]))::tcs.retention END AS kept,
	(NULL, NULL, NULL, NULL, id % 6, id % 6 * (customer % 9), 100 + customer, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history AS h,
	(NULL, NULL, NULL, NULL, id % 6, id % 6 * (1 + customer % 9), 100, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history AS bb,
	(NULL, abs(amount), NULL, NULL, id % 6, id % 6, 100, abs(amount), NULL, NULL, abs(amount) * (customer % 5), customer, id % 6 - (id % 6 > 2)::int)::tcs.purchase_history AS spent
FROM summary_row AS s;

-- All aggregates that make summaries are in the list, with each list of arguments.
SELECT p.oid::regprocedure FROM pg_proc AS p
WHERE pronamespace = 'tcs'::regnamespace AND prorettype = 'tcs.summary'::regtype AND proname <> 'summary_merge'
AND (SELECT count(*) FROM summary_call AS c WHERE regexp_replace(c.aggregate, '_fit$', '') || '_summary' = p.proname AND cardinality(c.arguments) = p.pronargs)
	< (SELECT count(*) FROM pg_proc AS q WHERE q.proname = p.proname AND q.pronargs = p.pronargs AND q.pronamespace = p.pronamespace);

CREATE FUNCTION summary_answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE query INTO answer;
	RETURN COALESCE(answer, 'none');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- What all rows come to, and what summaries of parts come to: by a remainder, at
-- random, all in one with empty others, in another order, in summaries of summaries.
CREATE TABLE summary_part AS
SELECT n, aggregate, arguments, part, summary_answer(format('SELECT tcs.%s(%s) FROM summary_figures', aggregate, array_to_string(arguments, ', '))) AS direct,
	summary_answer(format(shape, format('SELECT %s AS part, tcs.%s_summary(%s) AS s FROM summary_figures GROUP BY 1', part, regexp_replace(aggregate, '_fit$', ''), array_to_string(arguments, ', ')), aggregate)) AS summed
FROM summary_call, (VALUES
	('id % 3', 'SELECT tcs.%2$s(s) FROM (%1$s) AS p'),
	('id * 7919 % 31 % 11', 'SELECT tcs.%2$s(s ORDER BY part DESC) FROM (%1$s) AS p'),
	('1', 'SELECT tcs.%2$s(s ORDER BY part) FROM (%1$s UNION ALL SELECT 0, NULL UNION ALL SELECT 2, NULL) AS p'),
	('id % 13', 'SELECT tcs.%2$s(s) FROM (SELECT tcs.summary_merge(s) AS s FROM (%1$s) AS p GROUP BY part %% 4) AS m'),
	('id % 5', 'SELECT tcs.%2$s(s::text::tcs.summary) FROM (SELECT tcs.summary_merge(s ORDER BY part) AS s FROM (%1$s UNION ALL SELECT 7, NULL) AS p) AS m')) AS way(part, shape);
SELECT aggregate, arguments, part, left(direct, 200) AS direct, left(summed, 200) AS summed FROM summary_part WHERE direct <> summed ORDER BY n, part;
-- Results they are, not errors.
SELECT aggregate, arguments, direct FROM summary_part WHERE part = '1' AND (direct = 'none' OR direct ~ '^[0-9A-Z]{5} ');
SELECT count(DISTINCT aggregate) AS aggregates, count(DISTINCT n) AS calls, count(*) AS ways FROM summary_part;

-- By parallel workers.
CREATE TABLE summary_kept (n int, part int, s tcs.summary);
DO $$
DECLARE
	call record;
BEGIN
	FOR call IN SELECT * FROM summary_call LOOP
		EXECUTE format('INSERT INTO summary_kept SELECT %s, id %% 40, tcs.%s_summary(%s) FROM summary_figures GROUP BY 2',
			call.n, regexp_replace(call.aggregate, '_fit$', ''), array_to_string(call.arguments, ', '));
	END LOOP;
END $$;
ANALYZE summary_kept;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT n, aggregate FROM (SELECT DISTINCT n, aggregate, arguments, direct FROM summary_part) AS d
WHERE summary_answer(format('SELECT tcs.%s(s) FROM summary_kept WHERE n = %s', aggregate, n)) <> direct
	OR summary_answer(format('SELECT tcs.%s(s) FROM (SELECT tcs.summary_merge(s) AS s FROM summary_kept WHERE n = %s) AS m', aggregate, n)) <> direct
	OR summary_answer(format('SELECT tcs.%s(s) FROM (SELECT tcs.%s_summary(%s) AS s FROM summary_figures) AS m', aggregate, regexp_replace(aggregate, '_fit$', ''), array_to_string(arguments, ', '))) <> direct;
RESET max_parallel_workers_per_gather;

-- Text and back, binary and back: the same value.
SELECT count(*) AS differ FROM summary_kept WHERE s::text::tcs.summary::text IS DISTINCT FROM s::text
	OR substr(tcs_internal.summary_send(s), strpos(s::text, ':') + 1) <> decode(split_part(s::text, ':', 2), 'base64');
-- Groups, a window, nothing at all.
SELECT n % 2 AS half, (tcs.rate(tcs_rate)).n FROM (SELECT id % 7 AS n, tcs.rate_summary(amount > 300) AS tcs_rate FROM summary_figures GROUP BY 1) AS s GROUP BY 1 ORDER BY 1;
SELECT m, (tcs.rate(s) OVER (ORDER BY m)).n FROM (SELECT id % 4 AS m, tcs.rate_summary(amount > 300) AS s FROM summary_figures GROUP BY 1) AS s;
SELECT tcs.rate_summary(amount > 1) IS NULL AS none, tcs.summary_merge(NULL::tcs.summary) IS NULL AS nothing FROM summary_figures WHERE false;
SELECT tcs.btyd_fit(s) AS none, tcs.btyd_fit(NULL::tcs.summary) AS nothing FROM (SELECT tcs.btyd_summary(NULL::tcs.purchase_history) AS s) AS q;
SELECT split_part(tcs.rate_summary(true)::text, ':', 1) AS kind, tcs.rate_summary(true) FROM generate_series(1, 3);

-- Kinds and arguments that do not match.
SELECT tcs.nps(s) FROM (SELECT tcs.rate_summary(true) AS s) AS q;
SELECT tcs.btyd_fit(s) FROM (SELECT tcs.auc_summary(1, true) AS s) AS q;
SELECT tcs.summary_merge(s ORDER BY s::text COLLATE "C") FROM (SELECT tcs.rate_summary(true) AS s UNION ALL SELECT tcs.nps_summary(9)) AS q;
SELECT tcs.summary_merge(s) FROM (SELECT tcs.rate_summary(true) AS s UNION ALL SELECT tcs.rate_summary(true, 0.9)) AS q;
SELECT tcs.abc_fit(s) FROM (SELECT tcs.abc_summary(1) AS s UNION ALL SELECT tcs.abc_summary(1, '{0.5}')) AS q;
SELECT tcs.btyd_fit(s) FROM (SELECT tcs.btyd_summary(h, 'bg/nbd') AS s FROM summary_figures UNION ALL SELECT tcs.btyd_summary(h) FROM summary_figures) AS q;
SELECT tcs.ab_effect(s) FROM (SELECT tcs.ab_effect_summary(true, true) AS s UNION ALL SELECT tcs.ab_effect_summary(false, 1.0::float8)) AS q;

-- What is no summary.
SELECT ''::tcs.summary;
SELECT 'rate'::tcs.summary;
SELECT 'rate:'::tcs.summary;
SELECT 'rate:!'::tcs.summary;
SELECT 'rates:AQYAAAAA'::tcs.summary;
SELECT repeat('r', 70)::tcs.summary;
SELECT (repeat('r', 70) || ':AQYAAAA=')::tcs.summary;
SELECT 'rate:' || encode('\xff0600000000'::bytea, 'base64') AS text \gset
SELECT :'text'::tcs.summary;
SELECT 'rate:' || encode('\x010500000000'::bytea, 'base64') AS text \gset
SELECT :'text'::tcs.summary;
SELECT 'rate:' || encode('\x010600000000'::bytea, 'base64') AS text \gset
SELECT left(summary_answer(format('SELECT tcs.%s(%L::tcs.summary)', aggregate, :'text')), 5) AS state FROM (VALUES ('rate'), ('summary_merge')) AS a(aggregate);

-- Cut off anywhere, with more at the end, with any byte another: an error that is
-- foreseen, or a summary; never a breakdown.  Few are taken whole.
CREATE TABLE summary_byte AS
SELECT n, aggregate, split_part(s::text, ':', 1) AS kind, decode(split_part(s::text, ':', 2), 'base64') AS bytes
FROM (SELECT DISTINCT ON (kind) c.n, c.aggregate, k.s, split_part(k.s::text, ':', 1) AS kind FROM summary_kept AS k JOIN summary_call AS c USING (n)
	WHERE k.part = 3 ORDER BY kind, length(k.s::text)) AS d;
SELECT count(*) AS kinds FROM summary_byte;
CREATE FUNCTION summary_try(aggregate text, kind text, bytes bytea) RETURNS text LANGUAGE sql AS $$
	SELECT summary_answer(format('SELECT tcs.%1$s(s) FROM (SELECT tcs.summary_merge(s::tcs.summary) AS s FROM unnest(ARRAY[%2$L, %2$L]) AS u(s)) AS m', aggregate, kind || ':' || translate(encode(bytes, 'base64'), E'\n', '')))
$$;
SELECT aggregate, summary_try(aggregate, kind, bytes) FROM summary_byte WHERE summary_try(aggregate, kind, bytes) ~ '^[0-9A-Z]{5} ';
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE answer !~ '^(22P03|08P01|54000|22021) ') AS taken FROM (
	SELECT summary_try(aggregate, kind, substr(bytes, 1, cut)) AS answer FROM summary_byte, LATERAL generate_series(0, length(bytes) - 1, 1 + length(bytes) / 60) AS cut
	UNION ALL SELECT summary_try(aggregate, kind, bytes || '\x00') FROM summary_byte) AS t;
SELECT count(*) > 3000 AS many, count(*) FILTER (WHERE answer ~ '^[0-9A-Z]{5} ' AND answer !~ '^(22P03|08P01|22023|22003|22021|54000|22P02|22P05|42703|42701|22007|22008|22015) ') AS unforeseen FROM (
	SELECT summary_try(aggregate, kind, set_byte(bytes, place, (get_byte(bytes, place) + delta) % 256)) AS answer
	FROM summary_byte, (VALUES (1), (128), (255)) AS d(delta), LATERAL generate_series(0, length(bytes) - 1, 1 + length(bytes) / 40) AS place) AS t;

-- What claims to be much longer unpacked, and what does not unpack.
SELECT left(summary_answer(format('SELECT tcs.gini(%L::tcs.summary)', 'gini:' || encode(head || '\x00010203040506070809'::bytea, 'base64'))), 5) AS state
FROM (VALUES ('\x01063fffffff'::bytea), ('\x0106ffffffff'), ('\x010600000010'), ('\x010680000000')) AS h(head);

-- The memory limit holds of roll-ups.
SET tcs.fit_memory = '1MB';
SELECT tcs.gini(s) FROM (SELECT tcs.gini_summary(i) AS s FROM generate_series(1, 200000) AS i GROUP BY i % 4) AS q;
SELECT tcs.summary_merge(s) FROM (SELECT tcs.auc_summary(i, i % 2 = 0) AS s FROM generate_series(1, 200000) AS i GROUP BY i % 4) AS q;
RESET tcs.fit_memory;
DROP TABLE summary_row CASCADE;
DROP TABLE summary_call, summary_part, summary_kept, summary_byte;
DROP FUNCTION summary_answer, summary_try;
