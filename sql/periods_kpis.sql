-- create_kpis, kpis_sql, drop_kpis: against plain SQL, and the identities that hold.
CREATE SCHEMA store;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';

-- A log with orders on the edges of days and periods, refunds, customers who pause, and
-- a season in which nobody buys.
CREATE TABLE store.orders (id integer PRIMARY KEY, customer integer, at timestamptz, amount numeric(12,2), country text, channel text, order_no integer);
SELECT setseed(0.625);
INSERT INTO store.orders
SELECT i, NULLIF((60 * random() ^ 2)::int, 7),
       CASE WHEN i % 3 = 0 THEN date_trunc('month', day) + (ARRAY[interval '-1 second', '0', '1 hour', '-2 hours'])[1 + i / 3 % 4]
            WHEN i % 7 = 0 THEN date_trunc('week', day) + (ARRAY[interval '-1 microsecond', '0', '2 hours'])[1 + i / 7 % 3] ELSE day END,
       CASE WHEN i % 50 = 0 THEN NULL WHEN i % 11 = 0 THEN -round((40 * random())::numeric, 2) ELSE round((100 * random())::numeric, 2) END,
       (ARRAY['DE', 'AT', NULL, 'de'])[1 + i / 2 % 4], (ARRAY['web', 'shop', NULL])[1 + i % 3], CASE WHEN i % 5 > 0 THEN i % 97 END
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
CREATE TABLE store.period AS SELECT unnest(ARRAY['day', 'week', 'week_sunday', 'week_thursday', 'month', 'quarter', 'year']) AS period;
-- The first day of a period: a week that begins on Sunday is one that begins on Monday, a day before.
CREATE FUNCTION store.first_day(period text, day timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE period WHEN 'week_sunday' THEN date_trunc('week', day + interval '1 day') - interval '1 day' WHEN 'week_thursday' THEN date_trunc('week', day + interval '4 days') - interval '4 days' ELSE date_trunc(period, day) END $$;
CREATE TABLE store.zone AS SELECT unnest(ARRAY['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Kiritimati']) AS zone;
CREATE FUNCTION store.step(period text) RETURNS interval LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE period WHEN 'quarter' THEN interval '3 months' WHEN 'week_sunday' THEN interval '1 week' WHEN 'week_thursday' THEN interval '1 week' ELSE ('1 ' || period)::interval END $$;

-- The periods, counted another way.
CREATE FUNCTION store.counted(of_period text, zone text, as_of date, over date, level integer DEFAULT 0, in_country text DEFAULT NULL, in_channel text DEFAULT NULL)
RETURNS TABLE (period_start date, period_end date, complete boolean, active bigint, new_customers bigint, retained bigint, reactivated bigint, churned bigint,
               retention_rate float8, repeat_share float8, orders bigint, guest_orders bigint, revenue numeric, revenue_new numeric, revenue_returning numeric, guest_revenue numeric,
               unmatched_refunds numeric, average_order numeric) LANGUAGE sql AS $$
  WITH every AS (
    SELECT customer, store.first_day(of_period, (at AT TIME ZONE zone)::date::timestamp)::date AS p, amount, amount >= 0 OR amount IS NULL AS bought,
               country, channel FROM store.orders WHERE (at AT TIME ZONE zone)::date <= as_of
  ), log AS (
    SELECT * FROM every WHERE (level < 1 OR country IS NOT DISTINCT FROM in_country) AND (level < 2 OR channel IS NOT DISTINCT FROM in_channel)
  ), came AS (
    SELECT customer, min(p) AS first FROM log WHERE bought AND customer IS NOT NULL GROUP BY customer
  ), calendar AS (
    SELECT b::date AS p, (b + store.step(of_period))::date AS next, (b - store.step(of_period))::date AS previous
    FROM generate_series((SELECT min(p) FROM log)::timestamp, store.first_day(of_period, as_of::timestamp), store.step(of_period)) AS b
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
    SELECT p, count(*) FILTER (WHERE bought) AS orders, count(*) FILTER (WHERE bought AND customer IS NULL) AS guest_orders,
           COALESCE(sum(amount) FILTER (WHERE customer IS NULL OR customer IN (SELECT customer FROM every WHERE bought)), 0) AS revenue, COALESCE(sum(amount) FILTER (WHERE p = first), 0) AS revenue_new,
           COALESCE(sum(amount) FILTER (WHERE customer IS NULL), 0) AS guest_revenue,
           COALESCE(sum(amount) FILTER (WHERE customer NOT IN (SELECT customer FROM every WHERE bought AND customer IS NOT NULL)), 0) AS unmatched
    FROM log LEFT JOIN came USING (customer) GROUP BY p
  )
  SELECT p, next - 1, next - 1 <= over, active, new_customers, retained, reactivated, CASE WHEN next - 1 <= over THEN churned END,
         CASE WHEN next - 1 <= over AND active_before > 0 THEN retained::float8 / active_before END, CASE WHEN active > 0 THEN (active - new_customers)::float8 / active END,
         COALESCE(orders, 0), COALESCE(guest_orders, 0), COALESCE(revenue, 0), COALESCE(revenue_new, 0), COALESCE(revenue - revenue_new - guest_revenue, 0), COALESCE(guest_revenue, 0), COALESCE(unmatched, 0),
         CASE WHEN orders > 0 THEN round(revenue / orders, 2) END
  FROM sets LEFT JOIN money USING (p)
$$;
CREATE FUNCTION store.near(a float8, b numeric) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN
  CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL ELSE abs(a - b::float8) <= 1e-12 * greatest(abs(a), 1) END;
CREATE FUNCTION store.differing(of text, oracle text, OUT periods bigint, OUT running bigint, OUT empty bigint, OUT differ bigint, OUT identities bigint) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT count(*), count(*) FILTER (WHERE NOT o.complete), count(*) FILTER (WHERE o.active = 0),
      count(*) FILTER (WHERE (m.period_end, m.complete, m.active, m.new_customers, m.retained, m.reactivated, m.churned, m.retention_rate, m.repeat_share, m.orders, m.guest_orders, m.revenue, m.revenue_new, m.revenue_returning, m.guest_revenue, m.unmatched_refunds)
          IS DISTINCT FROM (o.period_end, o.complete, o.active, o.new_customers, o.retained, o.reactivated, o.churned, o.retention_rate, o.repeat_share, o.orders, o.guest_orders, o.revenue, o.revenue_new, o.revenue_returning, o.guest_revenue, o.unmatched_refunds)
        OR abs(m.average_order - o.average_order) > 0.01 OR (m.average_order IS NULL) <> (o.average_order IS NULL))
    FROM %s AS m FULL JOIN %s AS o USING (period_start)', of, oracle) INTO periods, running, empty, differ;
  EXECUTE format('SELECT count(*) FILTER (WHERE active <> new_customers + retained + reactivated OR active <> before - churned + new_customers + reactivated OR reactivated < 0 OR churned < 0
        OR revenue <> revenue_new + revenue_returning + guest_revenue OR retention_rate NOT BETWEEN 0 AND 1 OR repeat_share NOT BETWEEN 0 AND 1 OR (churned IS NULL) = complete)
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
       sum(revenue) + sum(unmatched_refunds) = (SELECT sum(amount) FROM store.orders WHERE at <= now()) AS revenue FROM store.kpis;
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
SELECT sum(orders) = (SELECT count(*) FROM store.orders WHERE at <= now()) AS orders, sum(guest_orders) = (SELECT count(*) FROM store.orders WHERE at <= now() AND customer IS NULL) AS guest_orders FROM store.visits;

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

-- By columns of the log: each of their values as if there were nothing else, in all of them, and the whole.
CREATE FUNCTION store.by_differing(query text, of_period text, OUT parts bigint, OUT wrong bigint, OUT levels text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TEMP TABLE made ON COMMIT DROP AS %s', query);
  CREATE TEMP TABLE counted ON COMMIT DROP AS SELECT v.*, o.* FROM (
      SELECT DISTINCT level, CASE WHEN level > 0 THEN country END AS country, CASE WHEN level > 1 THEN channel END AS channel
      FROM store.orders, generate_series(0, 2) AS level WHERE at < '2024-06-21 UTC') AS v,
    store.counted(of_period, 'UTC', '2024-06-20', '2024-06-20', level, country, channel) AS o;
  SELECT count(DISTINCT (c.level, c.country, c.channel)), count(*) FILTER (WHERE
      (m.period_end, m.complete, m.active, m.new_customers, m.retained, m.reactivated, m.churned, m.retention_rate, m.repeat_share, m.orders, m.guest_orders, m.revenue, m.revenue_new, m.revenue_returning, m.guest_revenue, m.unmatched_refunds)
      IS DISTINCT FROM (c.period_end, c.complete, c.active, c.new_customers, c.retained, c.reactivated, c.churned, c.retention_rate, c.repeat_share, c.orders, c.guest_orders, c.revenue, c.revenue_new, c.revenue_returning, c.guest_revenue, c.unmatched_refunds))
  INTO parts, wrong FROM made AS m FULL JOIN counted AS c ON (m.level, m.country, m.channel, m.period_start)::text = (c.level, c.country, c.channel, c.period_start)::text;
  SELECT string_agg(format('%s: %s', level, n), ', ' ORDER BY level) INTO levels FROM (SELECT level, count(DISTINCT (country, channel)) AS n FROM made GROUP BY level) AS l;
  DROP TABLE made, counted;
END
$$;
SELECT period, d.* FROM store.period, LATERAL (SELECT tcs.kpis_sql(NULL, 'store.orders', 'customer', 'at', 'amount', 'UTC', period, '2024-06-20', ARRAY['country', 'channel']) AS query) AS q, store.by_differing(query, period) AS d ORDER BY period;
-- The whole is what it is without; a single column needs no array; NULL is a value, and not the whole.
SELECT tcs.kpis_sql(NULL, 'store.orders', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20') AS plain, tcs.kpis_sql(NULL, 'store.orders', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20', by => 'channel') AS told \gset
SELECT count(*) > 20 AS rows, count(*) FILTER (WHERE p IS NULL OR b IS NULL) AS wrong FROM (:plain) AS p FULL JOIN (SELECT * FROM (:told) AS b WHERE level = 0) AS b
  ON to_jsonb(p) = to_jsonb(b) - 'level' - 'channel';
SELECT channel, level, sum(orders) AS orders, sum(revenue) AS revenue, sum(unmatched_refunds) AS unmatched FROM (:told) AS b GROUP BY 1, 2 ORDER BY 2, 1;
SELECT tcs.create_kpis('store.by_name', 'store.orders', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20', by => 'channel'::name);
SELECT (SELECT jsonb_agg(to_jsonb(k) ORDER BY k) FROM (:told) AS k) = (SELECT jsonb_agg(to_jsonb(k) ORDER BY k) FROM store.by_name AS k) AS same;
SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'store.by_name'::regclass AND attnum <= 3 ORDER BY attnum;
-- What was bought by one channel and given back by another is no stranger's.
CREATE TABLE store.back (who integer, at date, amount numeric, channel text);
INSERT INTO store.back VALUES (1, '2024-01-05', 50, 'web'), (1, '2024-01-09', -20, 'shop'), (2, '2024-01-07', -5, 'shop'), (NULL, '2024-01-08', 8, 'shop'), (NULL, '2024-01-09', -1, 'web');
SELECT tcs.kpis_sql(NULL, 'store.back', 'who', 'at', 'amount', as_of => '2024-01-31', by => 'channel') AS query \gset
SELECT level, channel, active, orders, guest_orders, revenue, revenue_new, revenue_returning, guest_revenue, unmatched_refunds FROM (:query) AS q ORDER BY level, channel;
-- Values that are equal and written in two ways are one.
CREATE TABLE store.spelled (who integer, at date, amount numeric, rate numeric);
INSERT INTO store.spelled VALUES (1, '2024-01-05', 1, 1.0), (1, '2024-02-05', 2, 1.00), (2, '2024-02-06', 4, 1.000), (3, '2024-02-06', 8, 2);
SELECT tcs.kpis_sql(NULL, 'store.spelled', 'who', 'at', 'amount', as_of => '2024-02-29', by => 'rate') AS query \gset
SELECT level, trim_scale(rate) AS rate, period_start, active, retained, revenue FROM (:query) AS q ORDER BY 1, 2, 3;

-- Lines of orders: as if each order were one row. Lines without a number are orders, and one number of two customers is two.
CREATE VIEW store.whole AS
SELECT customer, min(at) AS at, sum(amount) AS amount, country, channel FROM store.orders WHERE order_no IS NOT NULL AND at < '2024-06-21 UTC' GROUP BY customer, order_no, country, channel
UNION ALL SELECT customer, at, amount, country, channel FROM store.orders WHERE order_no IS NULL;
CREATE VIEW store.whole_all AS
SELECT customer, min(at) AS at, sum(amount) AS amount FROM store.orders WHERE order_no IS NOT NULL AND at < '2024-06-21 UTC' GROUP BY customer, order_no
UNION ALL SELECT customer, at, amount FROM store.orders WHERE order_no IS NULL;
CREATE VIEW store.floats AS SELECT customer, at, amount::float8, country, channel, order_no FROM store.orders;
SELECT tcs.kpis_sql(NULL, 'store.whole_all', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20') AS plain, tcs.kpis_sql(NULL, 'store.orders', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20', order_id => 'order_no') AS told,
  tcs.kpis_sql(NULL, 'store.floats', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20', order_id => 'order_no') AS floats,
  tcs.kpis_sql(NULL, 'store.floats', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20', order_id => 'order_no', by => ARRAY['country', 'channel']) AS float_parts,
  tcs.kpis_sql(NULL, 'store.whole', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20', by => ARRAY['country', 'channel']) AS parts,
  tcs.kpis_sql(NULL, 'store.orders', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20', order_id => 'order_no', by => ARRAY['country', 'channel']) AS told_parts,
  tcs.kpis_sql(NULL, 'store.orders', 'customer', 'at', zone => 'UTC', as_of => '2024-06-20', order_id => 'order_no') AS visits \gset
SELECT count(*) > 20 AS rows, sum((p).orders) < (SELECT count(*) FROM store.orders WHERE (amount < 0) IS NOT TRUE AND at < '2024-06-21 UTC') AS fewer, count(*) FILTER (WHERE p IS NULL OR t IS NULL OR f IS NULL) AS wrong
FROM (:plain) AS p FULL JOIN (:told) AS t ON to_jsonb(p) = to_jsonb(t) FULL JOIN (:floats) AS f ON to_jsonb(f) = to_jsonb(p);
SELECT count(*) > 100 AS rows, count(*) FILTER (WHERE p IS NULL OR t IS NULL OR f IS NULL) AS wrong
FROM (SELECT * FROM (:parts) AS p WHERE level = 2) AS p FULL JOIN (SELECT * FROM (:told_parts) AS t WHERE level = 2) AS t ON to_jsonb(p) - 'unmatched_refunds' - 'revenue' - 'revenue_returning' - 'average_order' = to_jsonb(t) - 'unmatched_refunds' - 'revenue' - 'revenue_returning' - 'average_order'
FULL JOIN (SELECT * FROM (:float_parts) AS f WHERE level = 2) AS f ON to_jsonb(f) = to_jsonb(t);
SELECT count(*) > 20 AS rows, count(*) FILTER (WHERE p IS NULL OR t IS NULL) AS wrong FROM (:plain) AS p FULL JOIN (SELECT * FROM (:told_parts) AS t WHERE level = 0) AS t ON to_jsonb(p) = to_jsonb(t) - 'level' - 'country' - 'channel';
SELECT sum(orders) = (SELECT count(DISTINCT (customer, order_no)) FILTER (WHERE order_no IS NOT NULL) + count(*) FILTER (WHERE order_no IS NULL) FROM store.orders WHERE at < '2024-06-21 UTC') AS orders FROM (:visits) AS q;
CREATE TABLE store.lines (who text, at timestamptz, amount numeric, no text);
INSERT INTO store.lines VALUES ('a', '2024-01-31 23:59 UTC', 10, 'A1'), ('a', '2024-02-01 00:01 UTC', -4, 'A1'), ('a', '2024-02-01 00:02 UTC', NULL, 'A1'), ('b', '2024-02-03 UTC', 3, 'B1'), ('b', '2024-02-03 UTC', -8, 'B1'),
  (NULL, '2024-02-04 UTC', 5, 'G1'), (NULL, '2024-02-04 UTC', 6, 'G1'), (NULL, '2024-02-04 UTC', 7, NULL), (NULL, '2024-02-04 UTC', 7, NULL), ('c', '2024-02-05 UTC', NULL, 'C1'), ('c', '2024-02-05 UTC', 2, 'A1');
SELECT tcs.kpis_sql(NULL, 'store.lines', 'who', 'at', 'amount', 'UTC', as_of => '2024-02-29', order_id => 'no') AS query \gset
SELECT period_start, active, new_customers, retained, orders, guest_orders, revenue, guest_revenue, unmatched_refunds, average_order FROM (:query) AS q ORDER BY 1;

-- Digits of money; in double precision on request.
SELECT tcs.kpis_sql(NULL, 'store.given_back', 'who', 'at', 'amount', digits => 0, as_of => '2024-01-31') AS none, tcs.kpis_sql(NULL, 'store.given_back', 'who', 'at', 'amount', digits => 6, as_of => '2024-01-31') AS six,
  tcs.kpis_sql(NULL, 'store.given_back', 'who', 'at', 'amount', digits => NULL, as_of => '2024-01-31') AS floats \gset
SELECT revenue, average_order, pg_typeof(revenue), pg_typeof(average_order) FROM (:none) AS q UNION ALL SELECT revenue, average_order, pg_typeof(revenue), pg_typeof(average_order) FROM (:six) AS q;
SELECT average_order, pg_typeof(revenue), pg_typeof(revenue_returning), pg_typeof(average_order), revenue = revenue_new + revenue_returning + guest_revenue AS adds_up FROM (:floats) AS q;
-- Thirds add up as they are shown.
CREATE VIEW store.thirds AS SELECT who, date '2024-01-01' + i AS at, 1.0 / 3 AS amount FROM (VALUES (1, 0), (2, 40), (1, 41), (NULL, 42)) AS v (who, i);
SELECT tcs.kpis_sql(NULL, 'store.thirds', 'who', 'at', 'amount', as_of => '2024-02-29') AS query \gset
SELECT period_start, revenue, revenue_new, revenue_returning, guest_revenue FROM (:query) AS q ORDER BY 1;

-- Errors of these arguments.
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', by => 'nation');
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', by => '{country,channel}');
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', by => ARRAY['country', 'country']);
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', by => ARRAY['country', NULL]);
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', by => 5);
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', by => ARRAY['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']);
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', by => 'ctid');
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', order_id => 'number');
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', digits => -1);
SELECT tcs.create_kpis('store.k', 'store.orders', 'customer', 'at', 'amount', digits => 16);
CREATE TABLE store.clash (who integer, at date, orders numeric, level text, place point, doc json);
SELECT tcs.create_kpis('store.k', 'store.clash', 'who', 'at', 'orders', by => 'orders');
SELECT tcs.create_kpis('store.k', 'store.clash', 'who', 'at', by => 'level');
SELECT tcs.create_kpis('store.k', 'store.clash', 'who', 'at', by => 'place');
SELECT tcs.create_kpis('store.k', 'store.clash', 'who', 'at', order_id => 'doc');
SELECT tcs.create_kpis('store.empty_by', 'store.clash', 'who', 'at', by => ARRAY[]::text[]);
SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'store.empty_by'::regclass AND attnum BETWEEN 1 AND 3;

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
SELECT tcs.create_kpis('"sch""ema; drop".by', '"sch""ema; drop"."or""ders; drop"', 'select', E'At\n-- line', 'a''m"ount', 'Europe/Berlin', 'year', by => ARRAY['select', E'At\n-- line'], order_id => 'select');
SELECT sum(revenue), sum(orders), count(DISTINCT "select") FROM "sch""ema; drop".by WHERE level = 1;
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

-- Dropped as it was made, and nothing else is.
SELECT tcs.drop_kpis('store.by_name');
SELECT to_regclass('store.by_name') IS NULL AS gone;
SELECT tcs.drop_kpis('store.orders');
SELECT tcs.drop_kpis('store.cohorts');
SELECT tcs.drop_kpis(NULL);
SELECT tcs.drop_kpis(0::regclass);
CREATE VIEW store.on_top AS SELECT * FROM store.visits;
\set VERBOSITY terse
SELECT tcs.drop_kpis('store.visits');
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE
DROP VIEW store.on_top;
BEGIN READ ONLY;
SELECT tcs.drop_kpis('store.visits');
ROLLBACK;
SET ROLE regress_tcs_analyst;
SELECT tcs.drop_kpis('reports.kpis');
RESET ROLE;
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
