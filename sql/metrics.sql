-- create_metrics, refit_metrics, metrics_sql: from an order log to a view.
CREATE SCHEMA store;
SET TimeZone = 'UTC';

CREATE TABLE store.customers (id integer PRIMARY KEY, name text);
INSERT INTO store.customers SELECT i, 'customer ' || i FROM generate_series(1, 420) AS i;

CREATE TABLE store.orders (
  id bigint PRIMARY KEY, customer_id integer, ordered_at timestamptz, total numeric(12,2));
-- Heavy ties, several orders on a day, one in 17 a refund, one in 50 without a value.
-- Most customers leave after a purchase or two, and some spend more than others.
INSERT INTO store.orders
SELECT i, c, at,
       CASE WHEN i % 50 = 0 THEN NULL WHEN i % 17 = 0 THEN -(i % 7) - 0.5 ELSE (i % 41) * (1 + c * c % 17) * 0.4 END
FROM (SELECT *, row_number() OVER (PARTITION BY c ORDER BY at, i) AS nth
      FROM (SELECT i, 1 + (i * i * 7 + i % 13) % 400 AS c, now() - ((i::bigint * 7919) % 9000) * interval '1 hour 7 minutes' AS at
            FROM generate_series(1, 6000) AS i) AS o) AS o
WHERE c IN (42, 43, 44) OR nth <= 1 + 40 * (c * 37 % 100 / 100.0) ^ 6;
CREATE FUNCTION store.today() RETURNS date LANGUAGE sql STABLE AS
$$ SELECT (now() AT TIME ZONE 'Europe/Berlin')::date $$;
CREATE FUNCTION store.noon(days_ago integer) RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT (store.today() - days_ago + time '12:00') AT TIME ZONE 'Europe/Berlin' $$;
INSERT INTO store.orders VALUES
  (10001, 401, store.noon(9), -12.25),     -- refunds and nothing else
  (10002, 401, store.noon(8), -0.5),
  (10003, 402, store.noon(30), NULL),      -- a purchase without a value
  (10004, 403, store.noon(-1), 99),        -- after today
  (10005, NULL, store.noon(3), 99),        -- nobody's
  (10006, 404, NULL, 99),                  -- never
  (10007, 405, store.noon(0), 7),          -- today, perhaps later
  (10008, 406, store.noon(40), 5),
  (10009, 406, store.noon(30), 5),
  (10010, 406, store.noon(-1), 5),
  (10011, 499, store.noon(2), 88);         -- not among the customers
CREATE INDEX orders_customer ON store.orders (customer_id);
ANALYZE store.orders;
ANALYZE store.customers;

-- The same figures in plain SQL.
CREATE FUNCTION store.expected(as_of date, OUT customer integer, OUT orders bigint,
    OUT purchases bigint, OUT revenue numeric, OUT first_day date, OUT last_day date,
    OUT days_since_first integer, OUT days_since_last integer,
    OUT mean_gap float8, OUT last_gap float8)
RETURNS SETOF record LANGUAGE sql STABLE AS $$
  WITH log AS (
    SELECT customer_id, (ordered_at AT TIME ZONE 'Europe/Berlin')::date AS day, total
    FROM store.orders WHERE customer_id IS NOT NULL
  ), purchase AS (
    SELECT customer_id, day, lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS before
    FROM (SELECT DISTINCT customer_id, day FROM log
          WHERE day <= as_of AND (total >= 0 OR total IS NULL)) AS d
  ), bought AS (
    SELECT customer_id, count(*) AS purchases, min(day) AS first_day, max(day) AS last_day,
           (array_agg(day - before ORDER BY day DESC))[1] AS last_gap
    FROM purchase GROUP BY customer_id
  ), logged AS (
    SELECT customer_id, count(*) AS orders, sum(total) AS revenue
    FROM log WHERE day <= as_of GROUP BY customer_id
  )
  SELECT customer_id, orders, COALESCE(purchases, 0), COALESCE(revenue, 0), first_day, last_day,
         as_of - first_day, as_of - last_day,
         (last_day - first_day)::float8 / NULLIF(purchases - 1, 0), last_gap
  FROM logged LEFT JOIN bought USING (customer_id)
$$;

-- The view and its table.
SELECT tcs.create_metrics('store.metrics', 'store.orders', 'customer_id', 'ordered_at', 'total',
                          zone => 'Europe/Berlin', customers => 'store.customers', family => 'mbg/nbd');
SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) IS NOT NULL AS commented
FROM pg_attribute WHERE attrelid = 'store.metrics'::regclass AND attnum > 0 ORDER BY attnum;
SELECT attname, format_type(atttypid, atttypmod), attnotnull
FROM pg_attribute WHERE attrelid = 'store.metrics_model'::regclass AND attnum > 0 ORDER BY attnum;
SELECT substring(obj_description('store.metrics'::regclass, 'pg_class') FROM '.*made by tcs.create_metrics; [a-z ]*') AS comment;
SELECT obj_description('store.metrics_model'::regclass, 'pg_class');
SELECT id, fitted_at <= now() AS fitted, as_of = store.today() AS today,
       rfm->>'model' AS rfm, rfm->'customers' AS scored, abc->>'model' AS abc, abc->'customers' AS ranked,
       btyd->>'model' AS btyd, btyd->'customers' AS followed, spend->>'model' AS spend, spend->'customers' AS spending
FROM store.metrics_model;

-- Every customer once, with the figures of plain SQL.
SELECT count(*), count(DISTINCT customer), count(r) FROM store.metrics;
SELECT customer FROM store.customers AS c
FULL JOIN store.metrics AS m ON m.customer = c.id
LEFT JOIN store.expected(store.today()) AS e USING (customer)
WHERE (m.orders, m.purchases, m.revenue::numeric, m.first_day, m.last_day, m.days_since_first,
       m.days_since_last, m.mean_gap, m.last_gap)
   IS DISTINCT FROM
      (COALESCE(e.orders, 0), COALESCE(e.purchases, 0), COALESCE(e.revenue, 0), e.first_day, e.last_day,
       e.days_since_first, e.days_since_last, e.mean_gap, e.last_gap);

-- The odd customers.
SELECT customer, orders, purchases, revenue, days_since_first, days_since_last, mean_gap, last_gap,
       r IS NULL AS unscored, rfm_cell, rfm_segment, abc_tier IS NOT NULL AS ranked
FROM store.metrics WHERE customer IN (401, 403, 404, 420) ORDER BY customer;
SELECT customer, orders, purchases, revenue, days_since_first, days_since_last, mean_gap, last_gap,
       r IS NULL AS unscored, abc_tier IS NOT NULL AS ranked
FROM store.metrics WHERE customer IN (402, 405, 406) ORDER BY customer;

-- Scores and tiers of plain SQL.
WITH scored AS (
  SELECT customer,
         5 - floor(5.0 * (rank() OVER (ORDER BY days_since_last) - 1) / count(*) OVER ()) AS r,
         1 + floor(5.0 * (rank() OVER (ORDER BY purchases) - 1) / count(*) OVER ()) AS f,
         1 + floor(5.0 * (rank() OVER (ORDER BY revenue) - 1) / count(*) OVER ()) AS m
  FROM store.expected(store.today()) JOIN store.customers ON id = customer
  WHERE purchases > 0
)
SELECT customer, metrics.r, metrics.f, metrics.m, rfm_cell, scored
FROM store.metrics LEFT JOIN scored USING (customer)
WHERE (metrics.r, metrics.f, metrics.m) IS DISTINCT FROM (scored.r, scored.f, scored.m)
   OR rfm_cell IS DISTINCT FROM scored.r::text || scored.f || scored.m
   OR (rfm_segment IS NULL) <> (scored.r IS NULL);
WITH ranked AS (
  SELECT id, COALESCE(revenue, 0) AS revenue,
         COALESCE(sum(GREATEST(revenue, 0)) OVER (ORDER BY revenue DESC NULLS LAST RANGE UNBOUNDED PRECEDING EXCLUDE GROUP), 0) AS above,
         sum(GREATEST(revenue, 0)) OVER () AS total
  FROM store.customers LEFT JOIN store.expected(store.today()) ON id = customer
)
SELECT customer, metrics.revenue, abc_tier, ranked
FROM store.metrics JOIN ranked ON id = customer
WHERE abc_tier IS DISTINCT FROM
      CASE WHEN ranked.revenue <= 0 THEN 'C' WHEN above < 0.8 * total THEN 'A' WHEN above < 0.95 * total THEN 'B' ELSE 'C' END;
SELECT DISTINCT abc_tier FROM store.metrics ORDER BY 1;

-- What is to be expected of them: what the functions say of their histories.
CREATE VIEW store.history AS
SELECT c.id AS customer, tcs.purchase_history(ordered_at, total, store.today(), 'Europe/Berlin') AS h
FROM store.customers AS c LEFT JOIN store.orders ON customer_id = c.id GROUP BY c.id;
SELECT count(*) FILTER (WHERE btyd = (SELECT tcs.btyd_fit(h) FROM store.history)) AS btyd,
       count(*) FILTER (WHERE spend = (SELECT tcs.spend_fit(h) FROM store.history)) AS spend FROM store.metrics_model;
CREATE FUNCTION store.differing(metrics regclass, horizon interval, margin float8, discount float8) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  differing bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %s AS m FULL JOIN store.history USING (customer), %1$s_model
    WHERE id = (SELECT max(id) FROM %1$s_model)
      AND (mean_value, p_alive, churn_risk, expected_purchases, clv, value_at_risk) IS DISTINCT FROM
          (CASE WHEN (h).x > 0 THEN round((h).m_x::numeric, 2) END, tcs.p_alive(btyd, h), tcs.churn_risk(CASE WHEN churn->''corrected'' = ''true'' THEN churn ELSE btyd END, h, $1), tcs.expected_purchases(btyd, h, $1),
           round(tcs.clv(btyd, spend, h, $1, $2, $3)::numeric, 2), round(tcs.value_at_risk(btyd, spend, h, $1, $2, $3)::numeric, 2))', metrics)
  INTO differing USING horizon, margin, discount;
  RETURN differing;
END
$$;
SELECT store.differing('store.metrics', '12 months', 1, 0);
SELECT count(*) FILTER (WHERE purchases > 0) AS bought, count(p_alive) AS p_alive, count(churn_risk) AS churn_risk,
       count(expected_purchases) AS expected_purchases, count(clv) AS clv, count(value_at_risk) AS value_at_risk,
       count(*) FILTER (WHERE purchases > 1) AS again, count(mean_value) AS mean_value,
       count(*) FILTER (WHERE 'NaN' IN (mean_value, p_alive, churn_risk, expected_purchases, clv, value_at_risk)) AS nan
FROM store.metrics;
SELECT bool_and(p_alive BETWEEN 0 AND 1 AND churn_risk BETWEEN 0 AND 1 AND expected_purchases > 0 AND clv > 0 AND value_at_risk > 0) AS sane
FROM store.metrics WHERE purchases > 0;

-- The horizon and the rest of it, however the session writes intervals.
SELECT tcs.create_metrics('store.quarter', 'store.orders', 'customer_id', 'ordered_at', 'total', 'Europe/Berlin', 'store.customers',
                          horizon => '90 days', margin => 0.3, annual_discount => 0.1, family => 'bg/nbd');
SELECT btyd->>'model' AS family, store.differing('store.quarter', '90 days', 0.3, 0.1) FROM store.quarter_model;
SET IntervalStyle = sql_standard;
SELECT tcs.create_metrics('store.odd', 'store.orders', 'customer_id', 'ordered_at', 'total', 'Europe/Berlin', 'store.customers',
                          horizon => interval '1 year' - interval '40 days' + interval '1:02:03.4', margin => -1.0 / 3, annual_discount => -0.05, family => 'pareto/nbd');
SET IntervalStyle = iso_8601;
SELECT btyd->>'model' AS family, store.differing('store.odd', interval '1 year' - interval '40 days' + interval '1:02:03.4', -1.0 / 3, -0.05) FROM store.odd_model;
SELECT substring(tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'ordered_at', 'total', horizon => interval '1 year' - interval '40 days' + interval '1:02:03.4',
                                 margin => 1e-200, annual_discount => 1e-22, family => 'bg/nbd') from 'interval ''[^'']*'',\s+margin[^)]*') AS literals;
RESET IntervalStyle;

-- The models are read once a query.
CREATE FUNCTION store.model_scans(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || query INTO plan;
  RETURN (SELECT sum((node->'Actual Loops')::numeric)
          FROM jsonb_path_query(plan, 'strict $.** ? (@."Relation Name" == "metrics_model")') AS node);
END
$$;
SELECT store.model_scans('SELECT * FROM store.metrics') AS of_all, store.model_scans('SELECT * FROM store.metrics WHERE customer = 42') AS of_one;

-- A query for one customer reads that customer's orders and nothing else.
CREATE FUNCTION store.rows_read(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || query INTO plan;
  RETURN (SELECT sum((COALESCE((node->'Actual Rows')::numeric, 0)
                      + COALESCE((node->'Rows Removed by Filter')::numeric, 0)
                      + COALESCE((node->'Rows Removed by Index Recheck')::numeric, 0))
                     * (node->'Actual Loops')::numeric)
          FROM jsonb_path_query(plan, 'strict $.** ? (@."Relation Name" == "orders")') AS node);
END
$$;
SELECT tcs.create_metrics('store.buyers', 'store.orders', 'customer_id', 'ordered_at', 'total', 'Europe/Berlin');
SELECT count(*) AS rows_of_42 FROM store.orders WHERE customer_id = 42;
SELECT store.rows_read('SELECT * FROM store.metrics WHERE customer = 42') AS with_customers,
       store.rows_read('SELECT * FROM store.buyers WHERE customer = 42') AS without;
SELECT count(*) AS rows_of_three FROM store.orders WHERE customer_id IN (42, 43, 44);
SELECT store.rows_read('SELECT * FROM store.buyers WHERE customer IN (42, 43, 44)') AS in_list,
       store.rows_read('SELECT * FROM store.buyers WHERE customer = ANY (ARRAY[42, 43, 44])') AS any_array,
       store.rows_read('SELECT * FROM store.buyers WHERE customer BETWEEN 42 AND 44') AS range;
-- (Rows of several loops are averages, which older servers round.)
SELECT store.rows_read('SELECT m.* FROM unnest(ARRAY[42, 43, 44]) AS id, LATERAL (SELECT * FROM store.metrics WHERE customer = id OFFSET 0) AS m') <= 28 AS with_customers,
       store.rows_read('SELECT m.* FROM unnest(ARRAY[42, 43, 44]) AS id, LATERAL (SELECT * FROM store.buyers WHERE customer = id OFFSET 0) AS m') <= 28 AS without;
SET plan_cache_mode = force_generic_plan;
PREPARE one (integer) AS SELECT * FROM store.metrics WHERE customer = $1;
PREPARE one_buyer (integer) AS SELECT * FROM store.buyers WHERE customer = $1;
SELECT store.rows_read('EXECUTE one(42)') AS with_customers, store.rows_read('EXECUTE one_buyer(42)') AS without;
RESET plan_cache_mode;
-- Seen in the plan of all, so that the above means something.
SELECT store.rows_read('SELECT * FROM store.metrics') > 1500 AS reads_all;
-- And what it finds is what is in the whole.
SELECT count(*) AS looked_up, count(*) FILTER (WHERE every IS DISTINCT FROM one) AS differ
FROM store.metrics AS every, LATERAL (SELECT * FROM store.metrics WHERE customer = every.customer OFFSET 0) AS one
WHERE every.customer % 20 = 0;

-- The buyers alone: those in the log, whoever they are.
SELECT count(*) FROM (
  SELECT customer, orders, purchases, revenue::numeric, first_day, last_day, days_since_first, days_since_last, mean_gap, last_gap FROM store.buyers
  EXCEPT ALL SELECT * FROM store.expected(store.today())) AS more;
SELECT count(*) FROM (
  SELECT * FROM store.expected(store.today())
  EXCEPT ALL SELECT customer, orders, purchases, revenue::numeric, first_day, last_day, days_since_first, days_since_last, mean_gap, last_gap FROM store.buyers) AS less;

-- A query that stands alone fits the same models, but for the risk that was learned, which the view can do without.
SELECT tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'ordered_at', 'total', 'Europe/Berlin', 'store.customers', family => 'mbg/nbd') AS query \gset
CREATE VIEW store.alone AS :query;
BEGIN;
UPDATE store.metrics_model SET churn = NULL;
SELECT count(*) FROM store.metrics AS stored FULL JOIN store.alone USING (customer) WHERE stored IS DISTINCT FROM alone;
ROLLBACK;
SELECT tcs.metrics_sql('store.metrics', 'store.orders', 'customer_id', 'ordered_at', 'total', 'Europe/Berlin', 'store.customers') AS query \gset
CREATE VIEW store.typed AS :query;
SELECT pg_get_viewdef('store.typed') = pg_get_viewdef('store.metrics') AS same;

-- The past: what was known then, and those who had come by then.
SELECT (store.today() - 200)::text AS then \gset
SELECT tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'ordered_at', 'total', 'Europe/Berlin', as_of => :'then') AS query \gset
CREATE VIEW store.past AS :query;
SELECT count(*) > 0 AS some, count(*) FILTER (WHERE last_day > :'then') AS later FROM store.past;
SELECT count(*) FROM (
  SELECT customer, orders, purchases, revenue::numeric, first_day, last_day, days_since_first, days_since_last, mean_gap, last_gap FROM store.past
  EXCEPT ALL SELECT * FROM store.expected(:'then')) AS more;
SELECT count(*) FROM (
  SELECT * FROM store.expected(:'then')
  EXCEPT ALL SELECT customer, orders, purchases, revenue::numeric, first_day, last_day, days_since_first, days_since_last, mean_gap, last_gap FROM store.past) AS less;

-- The session's zone and the way it writes dates do not show.
CREATE TABLE store.utc AS SELECT * FROM store.metrics;
SET TimeZone = 'Pacific/Kiritimati';
SET DateStyle = 'German';
SELECT count(*) FROM store.metrics FULL JOIN store.utc USING (customer) WHERE metrics IS DISTINCT FROM utc;
SET TimeZone = 'Pacific/Pago_Pago';
SELECT count(*) FROM store.metrics FULL JOIN store.utc USING (customer) WHERE metrics IS DISTINCT FROM utc;
SELECT tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'ordered_at', 'total', as_of => DATE '2024-02-03') ~ $$'Pacific/Pago_Pago'.*DATE '2024-02-03'$$ AS baked;
SET TimeZone = 2;
SELECT regexp_substr(tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'ordered_at', 'total'), 'SELECT .now.*date') AS today;
SET TimeZone = 'UTC';
RESET DateStyle;

-- The day ends where the zone says.
CREATE TABLE store.late (who text, at timestamptz, amount integer);
INSERT INTO store.late VALUES ('in', '2025-06-30 21:59:59+00', 1), ('out', '2025-06-30 22:00:00+00', 1);
SELECT tcs.metrics_sql(NULL, 'store.late', 'who', 'at', 'amount', 'Europe/Berlin', as_of => '2025-06-30') AS query \gset
SELECT customer, first_day FROM (:query) AS m;
SELECT tcs.metrics_sql(NULL, 'store.late', 'who', 'at', 'amount', 'America/New_York', as_of => '2025-06-30') AS query \gset
SELECT customer, first_day FROM (:query) AS m ORDER BY customer;
SELECT tcs.metrics_sql(NULL, 'store.late', 'who', 'at', 'amount', 'UTC', as_of => '0044-03-15 BC') AS query \gset
SELECT customer, first_day FROM (:query) AS m;

-- Every type of time and amount, and domains over them.
CREATE DOMAIN store.day AS date;
CREATE DOMAIN store.money AS numeric CHECK (VALUE < 1000000);
CREATE TABLE store.typed_orders AS
SELECT customer_id AS who, ordered_at AS tz, ordered_at AT TIME ZONE 'UTC' AS ts,
       (ordered_at AT TIME ZONE 'UTC')::date AS d, (ordered_at AT TIME ZONE 'UTC')::date::store.day AS dd,
       floor(total)::smallint AS i2, floor(total)::integer AS i4, floor(total)::bigint AS i8,
       floor(total)::real AS f4, floor(total)::float8 AS f8, floor(total) AS n, floor(total)::store.money AS nd
FROM store.orders WHERE ordered_at < now();
DO $$
DECLARE
  t name; a name; query text;
BEGIN
  CREATE TEMP TABLE seen (at name, amount name, result jsonb);
  FOREACH t IN ARRAY ARRAY['tz', 'ts', 'd', 'dd'] LOOP
    FOREACH a IN ARRAY ARRAY['i2', 'i4', 'i8', 'f4', 'f8', 'n', 'nd'] LOOP
      query := tcs.metrics_sql(NULL, 'store.typed_orders', 'who', t, a, 'UTC', as_of => current_date - 10);
      EXECUTE format('INSERT INTO seen SELECT %L, %L, jsonb_agg(to_jsonb(m) ORDER BY customer) FROM (%s) AS m', t, a, query);
    END LOOP;
  END LOOP;
END
$$;
SELECT count(*), count(DISTINCT result), min(jsonb_array_length(result)) > 300 AS full FROM seen;

-- Refits: the newest row counts, whoever wrote it; without one there are no scores.
SELECT tcs.refit_metrics('store.metrics');
SELECT count(*) FROM store.metrics FULL JOIN store.utc USING (customer) WHERE metrics IS DISTINCT FROM utc;
INSERT INTO store.metrics_model (rfm) VALUES (tcs.rfm_model('{30,60,90,120}', '{1,2,3,4}', '{10,20,30,40}'));
SELECT count(*) FILTER (WHERE purchases > 0 AND f IS DISTINCT FROM LEAST(purchases, 5)) AS wrong, count(abc_tier) AS tiers FROM store.metrics;
TRUNCATE store.metrics_model;
SELECT count(*), count(r), count(f), count(m), count(rfm_cell), count(rfm_segment), count(abc_tier), count(p_alive), count(clv) FROM store.metrics;
SELECT tcs.refit_metrics('store.metrics', 'mbg/nbd') AS id;
SELECT count(*) FROM store.metrics FULL JOIN store.utc USING (customer) WHERE metrics IS DISTINCT FROM utc;

-- A model of purchases or of spending that serves nobody: the last good one goes on.
CREATE TABLE store.expected_value AS SELECT customer, p_alive, churn_risk, expected_purchases, clv, value_at_risk FROM store.metrics;
CREATE FUNCTION store.changed(OUT p_alive bigint, OUT churn_risk bigint, OUT expected_purchases bigint, OUT clv bigint, OUT value_at_risk bigint)
LANGUAGE sql AS $$
  SELECT count(*) FILTER (WHERE m.p_alive IS DISTINCT FROM e.p_alive), count(*) FILTER (WHERE m.churn_risk IS DISTINCT FROM e.churn_risk),
         count(*) FILTER (WHERE m.expected_purchases IS DISTINCT FROM e.expected_purchases),
         count(*) FILTER (WHERE m.clv IS DISTINCT FROM e.clv), count(*) FILTER (WHERE m.value_at_risk IS DISTINCT FROM e.value_at_risk)
  FROM store.metrics AS m JOIN store.expected_value AS e USING (customer) WHERE m.purchases > 0
$$;
BEGIN;
CREATE TABLE store.kept_orders AS SELECT * FROM store.orders;
DELETE FROM store.orders AS o USING store.metrics AS m WHERE customer = customer_id AND (ordered_at AT TIME ZONE 'Europe/Berlin')::date > first_day;
UPDATE store.orders SET total = NULL WHERE total > 0;
SELECT tcs.refit_metrics('store.metrics') - max(id) AS added FROM store.metrics_model;
SELECT id - min(id) OVER () AS row, btyd->'converged' AS btyd, spend->'converged' AS spend, btyd->'customers' = rfm->'customers' AS all, as_of = store.today() AS today
FROM store.metrics_model ORDER BY id;
DELETE FROM store.orders;
INSERT INTO store.orders SELECT * FROM store.kept_orders;
SELECT * FROM store.changed();
-- Customers who differ so much in what they spend that there is no mean.
UPDATE store.orders SET total = CASE WHEN total > 0 THEN exp((customer_id * 7 % 29) / 4.0) * (0.1 + id * 31 % 11) ELSE total END;
SELECT tcs.refit_metrics('store.metrics') - max(id) AS added FROM store.metrics_model;
SELECT btyd->'converged' AS btyd, spend->'converged' AS spend, spend->'population_mean' AS mean FROM store.metrics_model ORDER BY id DESC LIMIT 1;
SELECT count(clv) = count(p_alive) AS clv FROM store.metrics;
ROLLBACK;
-- What is put in by hand, too; and what the next refit fits.
SELECT * FROM store.changed();
BEGIN;
INSERT INTO store.metrics_model (rfm, abc, btyd, spend)
SELECT rfm, abc, tcs.btyd_model('bg/nbd', 0.25, 30, 0.8, 2.5), tcs.spend_model(6, 4, 15) FROM store.metrics_model ORDER BY id DESC LIMIT 1;
SELECT count(*), count(*) FILTER (WHERE p_alive = tcs.p_alive(tcs.btyd_model('bg/nbd', 0.25, 30, 0.8, 2.5), h)
  AND clv = round(tcs.clv(tcs.btyd_model('bg/nbd', 0.25, 30, 0.8, 2.5), tcs.spend_model(6, 4, 15), h, '12 months')::numeric, 2)) AS by_hand
FROM store.metrics JOIN store.history USING (customer) WHERE purchases > 0;
SELECT tcs.refit_metrics('store.metrics') > 0 AS refitted;
SELECT btyd->>'model' AS family FROM store.metrics_model ORDER BY id DESC LIMIT 1;
SELECT tcs.refit_metrics('store.metrics', 'mbg/nbd') > 0 AS refitted;
SELECT btyd->>'model' AS family FROM store.metrics_model ORDER BY id DESC LIMIT 1;
SELECT * FROM store.changed();
-- (a model without a mean, none at all, and what is no model)
INSERT INTO store.metrics_model (spend) VALUES (tcs.spend_model(6, 0.5, 15));
SELECT * FROM store.changed();
INSERT INTO store.metrics_model (rfm) VALUES (NULL);
SELECT * FROM store.changed();
INSERT INTO store.metrics_model (btyd, spend) VALUES ('{}', '[]');
SELECT * FROM store.changed();
-- (other kinds and versions that have the figures looked for)
INSERT INTO store.metrics_model (btyd, spend)
SELECT btyd || wrong, spend || wrong FROM (SELECT btyd, spend FROM store.metrics_model ORDER BY id LIMIT 1) AS first,
  unnest('{"{\"version\": 2}", "{\"version\": null}", "{\"version\": \"1\"}", "{\"model\": \"abc\"}", "{\"model\": null}"}'::jsonb[]) AS wrong
UNION ALL
SELECT btyd - wrong, spend - wrong FROM (SELECT btyd, spend FROM store.metrics_model ORDER BY id LIMIT 1) AS first, unnest('{version,model}'::text[]) AS wrong
UNION ALL
SELECT tcs.spend_model(6, 4, 15) || '{"r": 1}', tcs.btyd_model('bg/nbd', 0.25, 30, 0.8, 2.5) || '{"population_mean": 1}';
SELECT * FROM store.changed();
-- (and each that the functions read, one of them with its version written otherwise)
INSERT INTO store.metrics_model (rfm, abc, btyd, spend)
SELECT rfm, abc, tcs.btyd_model('mbg/nbd', 0.25, 30, 0.8, 2.5) || '{"version": 1.00}', tcs.spend_model(6, 4, 15) FROM store.metrics_model ORDER BY id LIMIT 1;
SELECT bool_and(p_alive = tcs.p_alive(tcs.btyd_model('mbg/nbd', 0.25, 30, 0.8, 2.5), h)) AS by_hand FROM store.metrics JOIN store.history USING (customer) WHERE purchases > 0;
INSERT INTO store.metrics_model (rfm, abc, btyd, spend)
SELECT rfm, abc, tcs.btyd_model('pareto/nbd', 0.25, 30, 0.8, 2.5), tcs.spend_model(6, 4, 15) FROM store.metrics_model ORDER BY id LIMIT 1;
SELECT bool_and(p_alive = tcs.p_alive(tcs.btyd_model('pareto/nbd', 0.25, 30, 0.8, 2.5), h)) AS by_hand FROM store.metrics JOIN store.history USING (customer) WHERE purchases > 0;
ROLLBACK;
-- Without a model of spending.
BEGIN;
UPDATE store.metrics_model SET spend = NULL;
SELECT count(*) FILTER (WHERE purchases > 0) = count(p_alive) AS p_alive, count(expected_purchases) = count(p_alive) AS expected_purchases,
       count(clv) AS clv, count(value_at_risk) AS value_at_risk FROM store.metrics;
ROLLBACK;

-- An empty order log, with and without customers.
CREATE TABLE store.no_orders (LIKE store.orders);
SELECT tcs.create_metrics('store.nothing', 'store.no_orders', 'customer_id', 'ordered_at', 'total', 'UTC');
SELECT * FROM store.nothing;
SELECT id, rfm, abc FROM store.nothing_model;
SELECT tcs.refit_metrics('store.nothing');
SELECT tcs.create_metrics('store.nobody_bought', 'store.no_orders', 'customer_id', 'ordered_at', 'total', 'UTC', 'store.customers');
SELECT count(*), sum(orders), sum(purchases), sum(revenue), count(r), min(abc_tier), max(abc_tier) FROM store.nobody_bought;
SELECT tcs.create_metrics('store.later', 'store.no_orders', 'customer_id', 'ordered_at', 'total', 'UTC', family => 'bg/nbd');
-- The first orders are scored by the next fit.
INSERT INTO store.no_orders VALUES (1, 1, now(), 10), (2, 2, now(), 20);
SELECT tcs.refit_metrics('store.nothing');
SELECT customer, revenue, r, f, m, abc_tier FROM store.nothing ORDER BY customer;
-- The family is that of create_metrics, which had nobody to fit it on.
SELECT tcs.refit_metrics('store.later');
SELECT id, btyd->>'model' AS family, btyd->'notes' AS notes FROM store.later_model ORDER BY id;

-- Other sources: a view, a materialized view, partitions.
CREATE VIEW store.paid AS SELECT * FROM store.orders WHERE total > 0;
CREATE MATERIALIZED VIEW store.kept AS SELECT * FROM store.paid;
CREATE TABLE store.parts (LIKE store.orders) PARTITION BY RANGE (ordered_at);
CREATE TABLE store.parts_1 PARTITION OF store.parts FOR VALUES FROM ('2000-01-01') TO ('2100-01-01');
CREATE TABLE store.parts_2 PARTITION OF store.parts DEFAULT;
INSERT INTO store.parts SELECT * FROM store.paid WHERE ordered_at IS NOT NULL;
SELECT tcs.create_metrics('store.of_view', 'store.paid', 'customer_id', 'ordered_at', 'total');
SELECT tcs.create_metrics('store.of_matview', 'store.kept', 'customer_id', 'ordered_at', 'total');
SELECT tcs.create_metrics('store.of_parts', 'store.parts', 'customer_id', 'ordered_at', 'total');
SELECT count(*) FROM store.of_view AS v FULL JOIN store.of_matview AS k USING (customer) FULL JOIN store.of_parts AS p USING (customer)
WHERE v IS DISTINCT FROM k OR v IS DISTINCT FROM p;

-- Temporary tables make a temporary view.
CREATE TEMP TABLE log AS SELECT 1 AS who, current_date AS day, 5 AS amount;
SELECT tcs.create_metrics('mine', 'log', 'who', 'day', 'amount');
SELECT customer, orders, revenue FROM pg_temp.mine;
SELECT relpersistence FROM pg_class WHERE relname IN ('mine', 'mine_model') ORDER BY relname;
SELECT tcs.refit_metrics('mine');

-- The text, for reading.
CREATE TABLE store.sales (buyer text, sold_on date, price float8);
SELECT tcs.metrics_sql(NULL, 'store.sales', 'buyer', 'sold_on', 'price', 'Europe/Berlin', as_of => '2025-06-30');
SELECT tcs.metrics_sql('store.metrics', 'store.orders', 'customer_id', 'ordered_at', 'total', 'Europe/Berlin', 'store.customers');

SET client_min_messages = warning;
DROP SCHEMA store CASCADE;

-- Where clocks go back over midnight, the hour before the second midnight is
-- the new day's.
SET TimeZone = 'UTC';
CREATE TABLE havana (customer int, at timestamptz, amount numeric);
INSERT INTO havana VALUES
	(1, '2020-11-01 04:30+00', 5),	-- 00:30 on November 1, the first time
	(2, '2020-11-01 03:59:59.999999+00', 7);	-- October 31
SELECT format('SELECT customer, orders, purchases, revenue FROM (%s) m',
			  tcs.metrics_sql(NULL, 'havana', 'customer', 'at', 'amount', 'America/Havana', as_of => '2020-10-31')) \gexec
DROP TABLE havana;
RESET TimeZone;

-- Refunds alone, in double precision, keep all digits.
CREATE TABLE refunds (customer int, day date, amount double precision);
INSERT INTO refunds VALUES (1, '2024-01-01', -1234567890123.4567), (2, '2024-01-01', -1e308), (2, '2024-01-02', -1e307);
SELECT format('SELECT customer, orders, purchases, revenue FROM (%s) m ORDER BY customer',
			  tcs.metrics_sql(NULL, 'refunds', 'customer', 'day', 'amount', as_of => '2024-06-30')) \gexec
DROP TABLE refunds;

-- Zones that sessions may take for abbreviations are refused, where there are any.
\set VERBOSITY sqlstate
SELECT tcs.metrics_sql(NULL, 'pg_catalog.pg_stat_activity', 'pid', 'backend_start', 'pid', 'EST');
\set VERBOSITY default

-- Where all customers buy alike the limit of the family is the model, and the view
-- scores by it; so it does by nbd, which nobody leaves.
CREATE TABLE alike AS
SELECT c AS customer, DATE '2024-01-01' + c % 20 + 30 * n AS day, 10 + c % 7 AS amount
FROM generate_series(1, 60) AS c, generate_series(0, 9) AS n;
-- (what is spent differs too little for a model)
SET client_min_messages = error;
SELECT tcs.create_metrics('alike_metrics', 'alike', 'customer', 'day', 'amount', as_of => '2024-11-30', family => 'mbg/nbd');
SELECT btyd->>'r' AS r, btyd->'limits' AS limits FROM alike_metrics_model;
SELECT count(*) AS customers, count(p_alive) AS p_alive, count(churn_risk) AS churn_risk FROM alike_metrics;
SELECT tcs.refit_metrics('alike_metrics', 'nbd') AS id;
SELECT tcs.refit_metrics('alike_metrics') AS id;
SELECT id, btyd->>'model' AS family, btyd->>'converged' AS converged FROM alike_metrics_model ORDER BY id;
SELECT min(p_alive), max(p_alive) FROM alike_metrics;
SELECT tcs.metrics_sql(NULL, 'alike', 'customer', 'day', 'amount', as_of => '2024-11-30') AS query \gset
SELECT count(p_alive) AS own FROM (:query) AS m;
SELECT tcs.drop_metrics('alike_metrics');
DROP TABLE alike;
RESET client_min_messages;
