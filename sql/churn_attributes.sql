-- What a risk of churn learns from attributes of the customers, beside their histories.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA attributes;
SET search_path = attributes;
SET TimeZone = 'UTC';
CREATE FUNCTION at_random(what bigint) RETURNS double precision IMMUTABLE LANGUAGE sql AS
$$ SELECT ((hashint8extended(what, 7) & 1048575) + 0.5) / 1048576 $$;
-- Those from the north leave after a while, the older they are the sooner; a shop, a colour and a number are chance.
CREATE TYPE colour AS ENUM ('red', 'green', 'blue');
CREATE TABLE customers AS
SELECT c AS id, CASE WHEN c % 10 = 0 THEN NULL WHEN c % 2 = 0 THEN 'north' ELSE 'south' END AS country, 20 + floor(60 * at_random(c * 7 + 1))::numeric AS age,
	'shop ' || floor(200 * at_random(c * 11 + 5)) AS shop, (ARRAY['red', 'green', 'blue']::colour[])[1 + c % 3] AS colour, at_random(c * 13 + 9) AS luck, NULL::date AS never, '{}'::jsonb AS odd,
	date '2022-01-01' + floor(at_random(c * 31) * 1100)::integer AS begin
FROM generate_series(1, 2000) AS c;
CREATE TABLE log AS
SELECT id AS customer, day, 20 + id % 7 * nth AS amount
FROM (SELECT id, nth, begin + floor(coalesce(sum(-60 * ln(at_random(id * 1000 + nth))) FILTER (WHERE nth > 0) OVER (PARTITION BY id ORDER BY nth ROWS UNBOUNDED PRECEDING), 0))::integer AS day,
		begin + (CASE WHEN country = 'north' THEN 6000 / age ELSE 3000 END * -ln(at_random(id * 19 + 2)))::integer AS gone
	FROM customers, generate_series(0, 60) AS nth) AS g
WHERE day <= gone AND day <= date '2026-06-30';
CREATE TABLE pair AS
SELECT customer, as_of, as_of + 180 AS until, tcs.purchase_history(day, amount::float8, as_of) AS h, (tcs.holdout(day, amount::float8, as_of, as_of + 180)).purchases > 0 AS returned
FROM log CROSS JOIN unnest('{2024-05-01,2024-10-01,2025-04-01}'::date[]) AS as_of WHERE day <= as_of + 180 GROUP BY customer, as_of;
CREATE TABLE today AS SELECT customer, tcs.purchase_history(day, amount::float8, '2025-12-31') AS h, max(day) > '2025-12-31' AS returned FROM log GROUP BY customer;
DELETE FROM today WHERE (h).x IS NULL;
CREATE TABLE base AS SELECT tcs.btyd_fit(h, 'mbg/nbd') AS base FROM today;
CREATE TABLE learned AS
SELECT 'history' AS by, tcs.churn_fit(h, returned, as_of, until, base, '180 days') AS model FROM pair, base
UNION ALL SELECT 'all', tcs.churn_fit(h, returned, as_of, until, base, '180 days', a) FROM pair JOIN (SELECT id, country, age, shop, colour, luck, never FROM customers) AS a ON a.id = customer, base
UNION ALL SELECT 'some', tcs.churn_fit(h, returned, as_of, until, base, '180 days', a) FROM pair, base, LATERAL (SELECT country, age FROM customers WHERE id = customer) AS a
UNION ALL SELECT 'chance', tcs.churn_fit(h, returned, as_of, until, base, '180 days', a) FROM pair, base, LATERAL (SELECT shop, colour, luck FROM customers WHERE id = customer) AS a
UNION ALL SELECT 'none', tcs.churn_fit(h, returned, as_of, until, base, '180 days', NULL) FROM pair, base;
-- Attributes that tell something are used, those of chance are not: then the model is that without them.
SELECT by, model ->> 'corrected' AS corrected, model ? 'columns' AS used, model -> 'attributes_left_out' AS left_out, model -> 'notes' ->> 1 AS note, model - 'attributes_left_out' - 'notes' = (SELECT model - 'notes' FROM learned WHERE by = 'history') AS same FROM learned ORDER BY by;
SELECT f ->> 'name' AS name, f ->> 'kind' AS kind, f -> 'levels' AS levels, f ->> 'missing' AS missing FROM learned, jsonb_array_elements(model -> 'attributes') AS f WHERE by = 'some';
SELECT c ->> 'feature' AS feature, c ->> 'is' AS is, c ->> 'level' AS level, sign((c ->> 'coefficient')::float8) AS sign FROM learned, jsonb_array_elements(model -> 'columns') AS c WHERE by = 'some';
-- On the days that came then.
CREATE TABLE scored AS
SELECT by, returned, tcs.churn_risk(model, h, '180 days', '0', a) AS risk FROM learned, today JOIN customers AS a ON a.id = customer;
SELECT s.by, tcs.auc(risk, NOT returned) > (SELECT tcs.auc(risk, NOT returned) + 0.0005 FROM scored WHERE by = 'history') AS ranks_better, tcs.brier(risk, NOT returned) < (SELECT tcs.brier(risk, NOT returned) - 0.003 FROM scored WHERE by = 'history') AS better FROM scored AS s GROUP BY by ORDER BY by;
-- The risk in plain numbers: beside the features of the history, level by level, missing and other; a row may have more columns, and a model without attributes does not look at it.
CREATE FUNCTION by_hand(model jsonb, h tcs.purchase_history, after integer, country text, age float8) RETURNS float8 LANGUAGE sql AS $$
	SELECT 1 / (1 + exp(-z - (SELECT sum((model -> 'coefficients' ->> i)::float8 * CASE i WHEN 0 THEN 1 ELSE least(greatest(feature[i], (model -> 'least' ->> (i - 1))::float8), (model -> 'greatest' ->> (i - 1))::float8) END) FROM generate_series(0, 5) AS i)
		- (SELECT sum((c ->> 'coefficient')::float8 * least(greatest((v - (c ->> 'center')::float8) / (c ->> 'scale')::float8, (c ->> 'least')::float8), (c ->> 'greatest')::float8))
			FROM jsonb_array_elements(model -> 'columns') AS c, LATERAL (SELECT CASE WHEN c ->> 'feature' = 'age' THEN coalesce(by_hand.age, (c ->> 'center')::float8) WHEN c ->> 'is' = 'missing' THEN (country IS NULL)::integer ELSE (country IS NOT DISTINCT FROM c ->> 'level')::integer END) AS value (v))))
	FROM (SELECT z, ARRAY[z, ln(1 + (h).x), ln(1 + away), CASE WHEN t > 0 THEN away / t ELSE 0 END, ((h).x > 0)::integer] AS feature
		FROM (SELECT least(greatest(ln(nullif(risk, 0) / nullif(1 - risk, 0)), -10), 10) AS z, (h).t + after - (h).t_x AS away, (h).t + after AS t FROM tcs.churn_risk(model -> 'base', h, '180 days', make_interval(days => after)) AS risk) AS r) AS f $$;
SELECT what, max(abs(tcs.churn_risk(model, h, '180 days', make_interval(days => after), a) - by_hand(model, h, after, country, age))) < 1e-12 AS right, count(*) > 900 AS many
FROM learned, today, unnest('{0,500}'::integer[]) AS after, LATERAL (SELECT 'as it is' AS what, 'x' AS more, age, country FROM customers WHERE id = customer UNION ALL VALUES ('other', NULL, 7e9, 'east'), ('missing', NULL, NULL, NULL)) AS a
WHERE by = 'some' AND customer % 2 = 0 GROUP BY what ORDER BY what;
SELECT count(*) > 900 AS many, max(abs(tcs.churn_risk(model, h, '180 days', '0', NULL) - by_hand(model, h, 0, NULL, NULL))) < 1e-12 AS null_row, max(abs(tcs.churn_risk(model, h, '180 days', '0', NULL::customers) - by_hand(model, h, 0, NULL, NULL))) < 1e-12 AS all_missing FROM learned, today WHERE by = 'some';
SELECT bool_and(tcs.churn_risk(model, h, '180 days', '0', today) = tcs.churn_risk(model, h, '180 days')) AS same FROM learned, today WHERE by = 'chance';
SELECT tcs.churn_risk(NULL, h, '180 days', '0', a) IS NULL AND tcs.churn_risk(model, NULL, '180 days', '0', a) IS NULL AND tcs.churn_risk(model, h, NULL, '0', a) IS NULL AND tcs.churn_risk(model, h, '180 days', NULL, a) IS NULL AS nulls FROM learned, today JOIN customers AS a ON id = customer WHERE by = 'some' LIMIT 1;
-- Neither the order of rows nor workers matter, nor which of many rows came first: those of the least hashes are learned from.
SELECT tcs.churn_fit(h, returned, as_of, until, base, '180 days', a ORDER BY hashtext(customer::text)) = (SELECT model FROM learned WHERE by = 'some') AS same FROM pair, base, LATERAL (SELECT country, age FROM customers WHERE id = customer) AS a;
CREATE TYPE attribute_row AS (country text, age numeric);
CREATE TABLE many AS
SELECT tcs.purchase_history((h).x, (h).t_x, (h).t, n + n * (h).revenue) AS h, returned, as_of, until, (country, age)::attribute_row AS a, n FROM pair JOIN customers ON id = customer, generate_series(0, 9) AS n WHERE (h).x > 0;
CREATE TABLE of_many AS SELECT count(*) AS rows, tcs.churn_fit(h, returned, as_of, until, base, '180 days', a) AS model, tcs.churn_fit(h, returned, as_of, until, base, '180 days', a ORDER BY n, hashtext(h::text)) AS ordered FROM many, base;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT rows > 24576 AS many, model = ordered AS same, model ? 'columns' AS used, (model ->> 'customers')::integer = rows AS counts_all, model = (SELECT tcs.churn_fit(h, returned, as_of, until, (SELECT base FROM base), '180 days', a) FROM many) AS workers FROM of_many;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
-- An attribute that follows from the outcome is told of; a customer whose attributes are not known is not learned from; one split will do.
SELECT tcs.churn_fit(h, returned, as_of, until, base, '180 days', a) -> 'notes' AS notes FROM pair, base, LATERAL (SELECT returned AS open, customer AS number) AS a WHERE as_of = '2025-04-01';
SELECT tcs.churn_fit(h, returned, as_of, until, base, '180 days', CASE WHEN customer % 3 > 0 THEN a END) ->> 'corrected' AS corrected FROM pair JOIN customers ON id = customer, base, LATERAL (SELECT country, age) AS a;
-- All in one group by the day of the first purchase, and nobody but one: an answer.
SELECT count(*) AS fits, bool_or(model ? 'columns') AS used FROM unnest('{1,2,3,40,500}'::integer[]) AS n, LATERAL (SELECT tcs.churn_fit(tcs.purchase_history(c % 5, c % 5 * 10, 100, sign(c % 5) * c), c % 4 = 0, '2025-01-01', '2025-04-01', (SELECT base FROM base), '90 days', a) AS model FROM generate_series(1, n) AS c, LATERAL (SELECT c % 2 AS even, 'x' AS same, NULL::text AS none) AS a) AS s;
-- What is refused.
SELECT tcs.churn_fit(h, true, as_of, until, base, '180 days', 7) FROM pair, base;
SELECT tcs.churn_fit(h, true, as_of, until, base, '180 days', a) FROM pair JOIN customers AS a ON id = customer, base;
SELECT tcs.churn_fit(h, true, as_of, until, base, '180 days', a) FROM pair, base, LATERAL (SELECT 'Infinity'::float8 AS x) AS a;
SELECT tcs.churn_fit(h, true, as_of, until, base, '180 days', CASE WHEN customer % 2 = 0 THEN ROW(1) ELSE ROW(1, 2) END) FROM pair, base;
SELECT tcs.churn_risk(model, h, '180 days') FROM today, learned WHERE by = 'some';
SELECT tcs.churn_risk(model, h, '180 days', '0', 5) FROM today, learned WHERE by = 'some';
SELECT tcs.churn_risk(model, h, '180 days', '0', a) FROM today, learned, LATERAL (SELECT 'north' AS country) AS a WHERE by = 'some';
SELECT tcs.churn_risk(model, h, '180 days', '0', a) FROM today, learned, LATERAL (SELECT 'north' AS country, 'old' AS age) AS a WHERE by = 'some';
CREATE FUNCTION scored_by(model jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT tcs.churn_risk(model, h, '180 days', '0', a) > 0 FROM today, (SELECT 'north' AS country, 30 AS age) AS a WHERE customer = 1)::text;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT path, left(change::text, 9) AS change, scored_by(jsonb_set(model, path::text[], change)) AS answer FROM learned, (VALUES ('{columns}', '1'::jsonb), ('{columns}', '[]'), ('{columns}', '[{}]'), ('{columns,0,coefficient}', 'null'), ('{columns,0,least}', '9'), ('{columns,0,scale}', '0'), ('{columns,3,greatest}', '"high"'), ('{attributes}', '[]'), ('{attributes}', '{}'), ('{columns,0,coefficient}', '1e400')) AS c(path, change) WHERE by = 'some';
-- A metrics view learns from columns of its customers, and passes them on.
SELECT tcs.create_metrics('m', 'log', 'customer', 'day', 'amount', as_of => '2025-12-31', horizon => '6 months', family => 'mbg/nbd', customers => 'customers', customers_key => 'id', attributes => '{country,age,luck,never}');
SELECT churn ? 'columns' AS used, churn -> 'attributes_left_out' AS left_out, holdout -> 'learned' ->> 'used' AS judged, holdout ->> 'summary' LIKE '%has learned%' AS said, churn ->> 'brier' < churn ->> 'brier_base' AS better FROM m_model;
SELECT count(*) AS customers, count(churn_risk) AS scored, count(*) FILTER (WHERE m.churn_risk <> tcs.churn_risk(churn, h, '6 months', '0', a)) AS wrong, count(*) FILTER (WHERE m.churn_risk <> tcs.churn_risk(btyd, h, '6 months')) > 1500 AS other
FROM m JOIN today USING (customer), m_model, LATERAL (SELECT country, age, luck, never FROM customers WHERE id = m.customer) AS a;
-- What is entered later can be anything: another level, nothing, infinity.
BEGIN;
UPDATE customers SET country = 'east', age = 'Infinity', luck = '-Infinity', never = 'infinity' WHERE id = 1;
UPDATE customers SET country = NULL, age = 'NaN', luck = 'NaN', never = '-infinity' WHERE id = 2;
UPDATE customers SET country = NULL, age = NULL, luck = NULL, never = NULL WHERE id = 3;
SELECT count(*), count(churn_risk) AS scored FROM m WHERE customer < 4;
SELECT tcs.refit_metrics('m') AS id;
SELECT count(*), count(churn_risk) AS scored FROM m;
ROLLBACK;
-- A later day: whose risk passes a half, by segment_due and by the model.
SELECT tcs.rule_set_put('by half', '{"default_segment": "low", "rules": [{"segment": "high", "condition": "churn_risk > 0.5"}]}');
SELECT count(*) > 10 AS many, count(*) FILTER (WHERE tcs.churn_risk(churn, h, '6 months', make_interval(days => on_day - '2025-12-31'), a) <= 0.5 OR tcs.churn_risk(churn, h, '6 months', make_interval(days => on_day - '2026-01-01'), a) > 0.5) AS wrong
FROM tcs.segment_due('by half', 'm', '2026-03-31') AS d JOIN today ON customer = key::integer JOIN customers AS a ON id = customer, m_model WHERE next_segment = 'high';
SELECT tcs.rule_set_drop('by half');
-- The query that stands alone learns nothing; nor does a view that is told so.
SELECT tcs.metrics_sql(NULL, 'log', 'customer', 'day', 'amount', customers => 'customers', customers_key => 'id', attributes => '{country}') LIKE '%churn_risk((SELECT btyd FROM model), h, interval ''1 year'') AS%' AS plain;
SELECT tcs.refit_metrics('m', learn => false) AS id;
SELECT bool_and(churn_risk = tcs.churn_risk(btyd, h, '6 months')) AS by_base FROM m JOIN today USING (customer), (SELECT btyd FROM m_model ORDER BY id DESC LIMIT 1) AS b;
-- What create_metrics refuses.
CREATE FUNCTION refused(attributes text, customers regclass DEFAULT 'customers') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM tcs.metrics_sql('n', 'log', 'customer', 'day', 'amount', customers => customers, customers_key => CASE WHEN customers IS NOT NULL THEN 'id'::name END, attributes => attributes::name[]);
	RETURN 'fine';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT given, refused(given) FROM unnest(ARRAY['{}', '{country}', '{country,country}', '{nothing}', '{odd}', '{NULL}', '{{country},{age}}', '{ctid}', '{"cou ntry\"; --"}']) AS given;
SELECT refused('{country}', NULL) AS without_customers, refused((SELECT array_agg('x' || n) FROM generate_series(1, 51) AS n)::text) AS too_many;
-- Names are what they are.
ALTER TABLE customers RENAME country TO "attributes";
ALTER TABLE customers RENAME age TO "h ""c";
SELECT tcs.create_metrics('hard', 'log', 'customer', 'day', 'amount', as_of => '2025-12-31', horizon => '6 months', family => 'mbg/nbd', customers => 'customers', customers_key => 'id', attributes => '{attributes,"h \"c"}');
SELECT (SELECT string_agg(f ->> 'name', ', ') FROM jsonb_array_elements(churn -> 'attributes') AS f) AS names, (SELECT count(churn_risk) FROM hard) > 1900 AS scored FROM hard_model;
DROP SCHEMA attributes CASCADE;
