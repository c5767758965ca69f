-- create_kpis, kpis_sql: against plain SQL, and the identities that hold.
CREATE SCHEMA store;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';

-- A log with orders on the edges of days and periods, refunds, customers who pause, and
-- a season in which nobody buys.
CREATE TABLE store.orders (id integer PRIMARY KEY, customer integer, at timestamptz, amount numeric(12,2));
SELECT setseed(0.625);
INSERT INTO store.orders
SELECT i, (60 * random() ^ 2)::int,
       CASE WHEN i % 3 = 0 THEN date_trunc('month', day) + (ARRAY[interval '-1 second', '0', '1 hour', '-2 hours'])[1 + i / 3 % 4]
            WHEN i % 7 = 0 THEN date_trunc('week', day) + (ARRAY[interval '-1 microsecond', '0', '2 hours'])[1 + i / 7 % 3] ELSE day END,
       CASE WHEN i % 50 = 0 THEN NULL WHEN i % 11 = 0 THEN -round((40 * random())::numeric, 2) ELSE round((100 * random())::numeric, 2) END
FROM (SELECT i, timestamptz '2024-07-16 UTC' - random() ^ 0.7 * interval '900 days' AS day FROM generate_series(1, 700) AS i) AS o;
DELETE FROM store.orders WHERE at BETWEEN '2022-11-20 UTC' AND '2023-03-15 UTC';
INSERT INTO store.orders VALUES
  (10001, 401, '2021-11-15 UTC', -12.25),            -- refunds and nothing else, before all else
  (10002, 402, '2024-02-01 UTC', -5.50),             -- refunded before it was bought
  (10003, 402, '2024-06-15 UTC', 10),
  (10004, 403, '2024-05-15 UTC', NULL),
  (10005, 404, now() + interval '2 days', 99),       -- after today
  (10006, NULL, '2024-05-15 UTC', 99),               -- nobody's
  (10007, 405, NULL, 99),                            -- never
  (10008, 406, now(), 7);                            -- today
ANALYZE store.orders;
CREATE TABLE store.period AS SELECT unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) AS period;
CREATE TABLE store.zone AS SELECT unnest(ARRAY['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Kiritimati']) AS zone;
CREATE FUNCTION store.step(period text) RETURNS interval LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE period WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || period)::interval END $$;

-- The periods, counted another way.
CREATE FUNCTION store.counted(of_period text, zone text, as_of date, over date)
RETURNS TABLE (period_start date, period_end date, complete boolean, active bigint, new_customers bigint, retained bigint, reactivated bigint, churned bigint,
               retention_rate float8, repeat_share float8, orders bigint, revenue numeric, revenue_new numeric, revenue_returning numeric, average_order numeric) LANGUAGE sql AS $$
  WITH log AS (
    SELECT customer, date_trunc(of_period, (at AT TIME ZONE zone)::date::timestamp)::date AS p, amount, amount >= 0 OR amount IS NULL AS bought
    FROM store.orders WHERE customer IS NOT NULL AND (at AT TIME ZONE zone)::date <= as_of
  ), came AS (
    SELECT customer, min(p) AS first FROM log WHERE bought GROUP BY customer
  ), calendar AS (
    SELECT b::date AS p, (b + store.step(of_period))::date AS next, (b - store.step(of_period))::date AS previous
    FROM generate_series((SELECT min(p) FROM log)::timestamp, date_trunc(of_period, as_of::timestamp), store.step(of_period)) AS b
  ), bought AS (
    SELECT DISTINCT customer, p FROM log WHERE bought
  ), followed AS (
    SELECT c.p, c.next, first < c.p AS earlier, h.p IS NOT NULL AS here, b.p IS NOT NULL AS before
    FROM calendar AS c CROSS JOIN came
    LEFT JOIN bought AS h ON h.customer = came.customer AND h.p = c.p
    LEFT JOIN bought AS b ON b.customer = came.customer AND b.p = c.previous
  ), sets AS (
    SELECT p, next, count(*) FILTER (WHERE here) AS active, count(*) FILTER (WHERE before) AS active_before,
           count(*) FILTER (WHERE here AND NOT earlier) AS new_customers, count(*) FILTER (WHERE here AND before) AS retained,
           count(*) FILTER (WHERE here AND earlier AND NOT before) AS reactivated, count(*) FILTER (WHERE before AND NOT here) AS churned
    FROM followed GROUP BY p, next
  ), money AS (
    SELECT p, count(*) FILTER (WHERE bought) AS orders, COALESCE(sum(amount), 0) AS revenue, COALESCE(sum(amount) FILTER (WHERE p = first), 0) AS revenue_new
    FROM log LEFT JOIN came USING (customer) GROUP BY p
  )
  SELECT p, next - 1, next - 1 <= over, active, new_customers, retained, reactivated, CASE WHEN next - 1 <= over THEN churned END,
         CASE WHEN next - 1 <= over AND active_before > 0 THEN retained::float8 / active_before END, CASE WHEN active > 0 THEN (active - new_customers)::float8 / active END,
         COALESCE(orders, 0), COALESCE(revenue, 0), COALESCE(revenue_new, 0), COALESCE(revenue - revenue_new, 0), CASE WHEN orders > 0 THEN revenue / orders END
  FROM sets LEFT JOIN money USING (p)
$$;
CREATE FUNCTION store.near(a float8, b numeric) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN
  CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL ELSE abs(a - b::float8) <= 1e-12 * greatest(abs(a), 1) END;
CREATE FUNCTION store.differing(of text, oracle text, OUT periods bigint, OUT running bigint, OUT empty bigint, OUT differ bigint, OUT identities bigint) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT count(*), count(*) FILTER (WHERE NOT o.complete), count(*) FILTER (WHERE o.active = 0),
      count(*) FILTER (WHERE (m.period_end, m.complete, m.active, m.new_customers, m.retained, m.reactivated, m.churned, m.retention_rate, m.repeat_share, m.orders)
          IS DISTINCT FROM (o.period_end, o.complete, o.active, o.new_customers, o.retained, o.reactivated, o.churned, o.retention_rate, o.repeat_share, o.orders)
        OR NOT store.near(m.revenue, o.revenue) OR NOT store.near(m.revenue_new, o.revenue_new) OR NOT store.near(m.revenue_returning, o.revenue_returning) OR NOT store.near(m.average_order, o.average_order))
    FROM %s AS m FULL JOIN %s AS o USING (period_start)', of, oracle) INTO periods, running, empty, differ;
  EXECUTE format('SELECT count(*) FILTER (WHERE active <> new_customers + retained + reactivated OR active <> before - churned + new_customers + reactivated OR reactivated < 0 OR churned < 0
        OR NOT store.near(revenue, (revenue_new + revenue_returning)::numeric) OR retention_rate NOT BETWEEN 0 AND 1 OR repeat_share NOT BETWEEN 0 AND 1 OR (churned IS NULL) = complete)
    FROM (SELECT *, COALESCE(lag(active) OVER (ORDER BY period_start), 0) AS before FROM %s AS k) AS k', of) INTO identities;
END
$$;
SELECT period, zone, periods > 3 AS periods, running > 0 AS running, empty > 0 AS empty, differ, identities
FROM store.period, store.zone, LATERAL (SELECT tcs.kpis_sql(NULL, 'store.orders', 'customer', 'at', 'amount', zone, period, '2024-06-20') AS query) AS q,
  store.differing('(' || query || ')', format('store.counted(%L, %L, ''2024-06-20'', ''2024-06-20'')', period, zone)) ORDER BY zone COLLATE "C", period;

-- The view, of today, which is not over.
SELECT tcs.create_kpis('store.kpis', 'store.orders', 'customer', 'at', 'amount', 'Europe/Berlin');
CREATE FUNCTION store.today() RETURNS date LANGUAGE sql STABLE AS $$ SELECT (now() AT TIME ZONE 'Europe/Berlin')::date $$;
SELECT periods > 30 AS periods, running, differ, identities FROM store.differing('store.kpis', format('store.counted(''month'', ''Europe/Berlin'', %L, %L)', store.today(), store.today() - 1));
SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'store.kpis'::regclass AND attnum > 0 ORDER BY attnum;
SELECT obj_description('store.kpis'::regclass, 'pg_class');
SELECT max(period_start) = date_trunc('month', store.today()::timestamp) AS until_today, min(period_start) AS since, count(*) = count(DISTINCT period_start) AS once,
       sum(new_customers) = (SELECT count(DISTINCT customer) FROM store.orders WHERE (amount < 0) IS NOT TRUE AND at <= now()) AS customers,
       store.near(sum(revenue), (SELECT sum(amount) FROM store.orders WHERE at <= now() AND customer IS NOT NULL)) AS revenue FROM store.kpis;
-- It says of those who came what the view of cohorts says.
SELECT tcs.create_cohorts('store.cohorts', 'store.orders', 'customer', 'at', 'amount', 'Europe/Berlin');
SELECT count(*) > 10 AS cohorts, count(*) FILTER (WHERE (new_customers, k.active) IS DISTINCT FROM (customers, c.active)) AS differ
FROM store.kpis AS k JOIN (SELECT period_start, sum(active)::bigint AS active, sum(customers) FILTER (WHERE period = 0)::bigint AS customers FROM store.cohorts GROUP BY 1) AS c USING (period_start) WHERE customers > 0;
-- The text is that of the view; the session's zone does not show.
SELECT tcs.kpis_sql(NULL, 'store.orders', 'customer', 'at', 'amount', 'Europe/Berlin') AS query \gset
CREATE VIEW store.typed AS :query;
SELECT pg_get_viewdef('store.typed') = pg_get_viewdef('store.kpis') AS same;
CREATE TABLE store.seen AS TABLE store.kpis;
SET TimeZone = 'Pacific/Pago_Pago';
SET DateStyle = 'German';
SELECT count(*) FROM (TABLE store.seen EXCEPT ALL TABLE store.kpis) AS differ;
SELECT tcs.kpis_sql(NULL, 'store.orders', 'customer', 'at', as_of => DATE '2024-02-03') ~ $$DATE '2024-02-03'.*'Pacific/Pago_Pago'$$ AS baked;
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';

-- Without an amount every row is a purchase, and there are no columns about revenue.
SELECT tcs.create_kpis('store.visits', 'store.orders', 'customer', 'at', zone => 'UTC', period => 'quarter');
SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'store.visits'::regclass AND attnum > 0;
SELECT sum(orders) = (SELECT count(*) FROM store.orders WHERE at <= now() AND customer IS NOT NULL) AS orders FROM store.visits;

-- By hand: nobody, one order, and then some.
CREATE TABLE store.few (who text, at date, amount float8);
SELECT tcs.kpis_sql(NULL, 'store.few', 'who', 'at', 'amount', as_of => '2024-05-15') AS query \gset
SELECT * FROM (:query) AS nobody;
INSERT INTO store.few VALUES ('a', '2024-02-29', 10);
:query ORDER BY 1;
INSERT INTO store.few VALUES ('a', '2024-04-30', 20), ('a', '2024-05-01', 1), ('b', '2024-01-31', -1), ('b', '2024-02-01', 4), ('b', '2024-03-01', -2), ('c', '2024-05-15', 8), ('d', '2024-03-01', -3), ('e', '2024-05-16', 99);
:query ORDER BY 1;
-- On its last day a period is over, if that day is given.
SELECT tcs.kpis_sql(NULL, 'store.few', 'who', 'at', 'amount', as_of => '2024-05-31') AS query \gset
SELECT period_end, complete, active, retained, churned, retention_rate, revenue FROM (:query) AS q ORDER BY 1 DESC LIMIT 1;
-- Of the past: what was known then.
SELECT tcs.kpis_sql(NULL, 'store.few', 'who', 'at', 'amount', period => 'week', as_of => '2024-02-15') AS query \gset
SELECT period_start, period_end, complete, active, new_customers, retained, churned, orders, revenue FROM (:query) AS q ORDER BY 1;
SELECT tcs.kpis_sql(NULL, 'store.few', 'who', 'at', 'amount', as_of => '2023-12-31') AS query \gset
SELECT count(*) FROM (:query) AS q;
-- Decimals: what was all given back leaves nothing.
CREATE VIEW store.given_back AS SELECT * FROM (VALUES (1, date '2024-01-01', 19.99), (1, '2024-01-02', 5.01), (1, '2024-01-03', 10.10), (1, '2024-01-04', -35.10), (2, '2024-01-05', 0.1), (2, '2024-01-06', 0.2)) AS v (who, at, amount);
SELECT tcs.kpis_sql(NULL, 'store.given_back', 'who', 'at', 'amount', as_of => '2024-01-31') AS query \gset
SELECT orders, revenue, average_order FROM (:query) AS q;
-- Before our era, where the calendar begins.
CREATE VIEW store.ancient AS SELECT * FROM (VALUES (1, date '4714-11-30 BC', 2), (1, '4713-01-01 BC', 5), (2, '4713-01-15 BC', 11), (1, '4713-03-31 BC', 7)) AS v (who, at, amount);
SELECT tcs.kpis_sql(NULL, 'store.ancient', 'who', 'at', 'amount', period => 'day', as_of => '4713-03-31 BC') AS query \gset
SELECT period_start, active, orders, revenue, revenue_new, revenue_returning FROM (:query) AS q WHERE orders > 0 ORDER BY 1;

-- Errors.
SELECT tcs.create_kpis('store.kpis', 'store.orders', 'customer', 'at', 'amount');
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', period => 'Month');
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', period => NULL);
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', 'Mars/Olympus');
SELECT tcs.create_kpis('store.k', NULL, 'customer', 'at', 'amount');
SELECT tcs.create_kpis(NULL, 'store.orders', 'customer', 'at', 'amount');
SELECT tcs.kpis_sql(NULL, 'store.orders', 'customer', 'at', 'amount', as_of => 'infinity');
SELECT to_regclass('store.k');
BEGIN READ ONLY;
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount');
ROLLBACK;
-- What the aggregate refuses the view refuses when it is read.
CREATE TABLE store.nan (who integer, at date, amount float8);
INSERT INTO store.nan VALUES (1, current_date, 'NaN');
SELECT tcs.create_kpis('store.of_nan', 'store.nan', 'who', 'at', 'amount');
TABLE store.of_nan;
UPDATE store.nan SET at = '-infinity', amount = 1;
TABLE store.of_nan;

-- Names that would break out of a careless text, and columns that are called as its own.
CREATE SCHEMA "sch""ema; drop";
CREATE TABLE "sch""ema; drop"."or""ders; drop" ("select" integer, "At
-- line" timestamptz, "a'm""ount" numeric);
INSERT INTO "sch""ema; drop"."or""ders; drop" SELECT i % 5, now() - i * interval '20 days', i FROM generate_series(1, 20) AS i;
SELECT tcs.create_kpis('"sch""ema; drop"."K""PIs; --"', '"sch""ema; drop"."or""ders; drop"', 'select', E'At\n-- line', 'a''m"ount', 'Europe/Berlin', 'year');
SELECT sum(revenue), sum(orders) FROM "sch""ema; drop"."K""PIs; --";
CREATE TABLE store.names (p integer, period date, orders numeric, before text, day text, activity text, periods text, calendar text, o text, customer text, as_of date, n int);
INSERT INTO store.names SELECT i % 3, current_date - 31 * i, i FROM generate_series(1, 9) AS i;
SELECT tcs.create_kpis('store.activity', 'store.names', 'p', 'period', 'orders', 'UTC');
SELECT sum(revenue), sum(new_customers) FROM store.activity;
SET search_path = store;
SELECT tcs.create_kpis('periods', 'names', 'p', 'period', 'orders', 'UTC');
RESET search_path;
SELECT sum(revenue), sum(new_customers) FROM store.periods;

-- Rights: the caller's, and then the view's owner's; nothing belongs to the extension.
CREATE SCHEMA reports;
CREATE ROLE regress_tcs_analyst;
CREATE ROLE regress_tcs_reader;
GRANT USAGE, CREATE ON SCHEMA reports TO regress_tcs_analyst;
GRANT USAGE ON SCHEMA reports TO regress_tcs_reader;
GRANT USAGE ON SCHEMA store TO regress_tcs_analyst;
SET ROLE regress_tcs_analyst;
SELECT tcs.create_kpis('reports.kpis', 'store.orders', 'customer', 'at', 'amount', 'UTC');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT (customer, at, amount) ON store.orders TO regress_tcs_analyst;
SET ROLE regress_tcs_analyst;
SELECT tcs.create_kpis('reports.kpis', 'store.orders', 'customer', 'at', 'amount', 'UTC');
GRANT SELECT ON reports.kpis TO regress_tcs_reader;
SET ROLE regress_tcs_reader;
SELECT count(*) > 20 AS periods FROM reports.kpis;
RESET ROLE;
SELECT relowner::regrole FROM pg_class WHERE oid = 'reports.kpis'::regclass;
SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND classid = 'pg_class'::regclass AND objid = 'reports.kpis'::regclass;
-- Over a view.
CREATE VIEW store.some_orders AS SELECT customer, at, amount FROM store.orders WHERE customer < 20;
SELECT tcs.create_kpis('store.some', 'store.some_orders', 'customer', 'at', 'amount', 'UTC', 'year');
SELECT sum(new_customers) = (SELECT count(DISTINCT customer) FROM store.some_orders WHERE (amount < 0) IS NOT TRUE) AS customers FROM store.some;

-- In parallel workers the same.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION store.workers(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  RETURN plan::text ~ 'Workers Planned';
END
$$;
SELECT store.workers('TABLE store.kpis');
SELECT count(*) FROM (TABLE store.seen EXCEPT ALL TABLE store.kpis) AS differ;

SET client_min_messages = warning;
DROP SCHEMA "sch""ema; drop", reports, store CASCADE;
DROP ROLE regress_tcs_analyst, regress_tcs_reader;
