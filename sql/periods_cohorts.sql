-- create_cohorts, cohorts_sql, purchase_periods: against plain SQL.
CREATE SCHEMA store;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';

-- A log of two years and a half: many orders on the edges of days and periods, refunds,
-- some of them before the first purchase, and purchases without a value.
CREATE TABLE store.orders (id integer PRIMARY KEY, customer integer, at timestamptz, amount numeric(12,2));
SELECT setseed(0.375);
INSERT INTO store.orders
SELECT i, (60 * random() ^ 2)::int,
       CASE WHEN i % 3 = 0 THEN date_trunc('month', day) + (ARRAY[interval '-1 second', '0', '1 hour', '-2 hours'])[1 + i / 3 % 4]
            WHEN i % 7 = 0 THEN date_trunc('week', day) + (ARRAY[interval '-1 microsecond', '0', '2 hours'])[1 + i / 7 % 3] ELSE day END,
       CASE WHEN i % 50 = 0 THEN NULL WHEN i % 11 = 0 THEN -round((40 * random())::numeric, 2) ELSE round((100 * random())::numeric, 2) END
FROM (SELECT i, timestamptz '2024-07-16 UTC' - random() ^ 0.7 * interval '900 days' AS day FROM generate_series(1, 800) AS i) AS o;
INSERT INTO store.orders VALUES
  (10001, 401, '2024-03-01 UTC', -12.25),            -- refunds and nothing else
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

-- purchase_periods of every type, in every period and zone.
CREATE FUNCTION store.step(period text) RETURNS interval LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE period WHEN 'quarter' THEN interval '3 months' WHEN 'week_sunday' THEN interval '1 week' WHEN 'week_thursday' THEN interval '1 week' ELSE ('1 ' || period)::interval END $$;
CREATE FUNCTION store.plain(of_period text, zone text, as_of date) RETURNS TABLE (customer integer, period date, cohort date, retained boolean, orders bigint, revenue numeric) LANGUAGE sql AS $$
  WITH log AS (
    SELECT customer, store.first_day(of_period, (at AT TIME ZONE zone)::date::timestamp)::date AS period, amount
    FROM store.orders WHERE customer IS NOT NULL AND (at AT TIME ZONE zone)::date <= as_of
  ), one AS (
    SELECT customer, period, count(*) FILTER (WHERE amount >= 0 OR amount IS NULL) AS orders, COALESCE(sum(amount), 0) AS revenue FROM log GROUP BY customer, period
  )
  SELECT a.customer, a.period, min(a.period) FILTER (WHERE a.orders > 0) OVER (PARTITION BY a.customer), a.orders > 0 AND b.orders > 0 IS TRUE, a.orders, a.revenue
  FROM one AS a LEFT JOIN one AS b ON b.customer = a.customer AND b.period = (a.period - store.step(of_period))::date
$$;
CREATE TABLE store.made AS
SELECT period AS of_period, zone, customer, as_of,
       tcs.purchase_periods(at, amount, as_of, period, zone) AS tz_numeric, tcs.purchase_periods(at, amount::float8, as_of, period, zone) AS tz_float8,
       tcs.purchase_periods(local, amount, as_of, period) AS ts_numeric, tcs.purchase_periods(local, amount::float8, as_of, period, 'Asia/Tokyo') AS ts_float8,
       tcs.purchase_periods(local, amount, as_of, period, NULL) AS ts_numeric_zone, tcs.purchase_periods(local, amount::float8, as_of, period) AS ts_float8_zone,
       tcs.purchase_periods(local::date, amount, as_of, period) AS d_numeric, tcs.purchase_periods(local::date, amount::float8, as_of, period, 'Asia/Tokyo') AS d_float8,
       tcs.purchase_periods(local::date, amount, as_of, period, 'UTC') AS d_numeric_zone, tcs.purchase_periods(local::date, amount::float8, as_of, period) AS d_float8_zone
FROM (SELECT *, at AT TIME ZONE zone AS local, DATE '2024-06-20' AS as_of FROM store.orders, store.zone, store.period) AS o GROUP BY 1, 2, 3, 4;
SELECT count(*) > 1000 AS groups, count(*) FILTER (WHERE tz_numeric IS NULL) > 0 AS some_null,
       count(*) FILTER (WHERE (tz_numeric, tz_numeric, tz_numeric, tz_numeric, tz_numeric) IS DISTINCT FROM (ts_numeric, ts_numeric_zone, d_numeric, d_numeric_zone, tz_numeric)) AS numeric_differ,
       count(*) FILTER (WHERE (tz_float8, tz_float8, tz_float8, tz_float8) IS DISTINCT FROM (ts_float8, ts_float8_zone, d_float8, d_float8_zone)) AS float8_differ
FROM store.made;
CREATE TABLE store.rows AS
SELECT of_period, zone, customer, p.period, p.cohort, p.retained, p.orders, p.revenue::numeric
FROM store.made, unnest(tz_numeric) AS p WHERE customer IS NOT NULL;
CREATE TABLE store.oracle AS
SELECT period AS of_period, zone, p.* FROM store.period, store.zone, store.plain(period, zone, DATE '2024-06-20') AS p (customer, start, cohort, retained, orders, revenue);
SELECT count(*) > 1000 AS some, count(*) FILTER (WHERE retained) > 100 AS retained, count(*) FILTER (WHERE cohort IS NULL) > 0 AS refunds_only, count(*) FILTER (WHERE period < cohort) > 0 AS refunds_before FROM store.rows;
SELECT count(*) FROM (TABLE store.rows EXCEPT ALL TABLE store.oracle) AS more;
SELECT count(*) FROM (TABLE store.oracle EXCEPT ALL TABLE store.rows) AS less;
-- Floats are sums of other numbers, but of the same.
SELECT count(*), max(abs(a.revenue - b.revenue)) < 1e-10 AS near FROM store.made, unnest(tz_numeric) AS a JOIN LATERAL unnest(tz_float8) AS b USING (period, cohort, retained, orders);
-- In the order of time, whatever the order of the rows; the state grows, and what waits is sorted in.
SELECT count(*), count(DISTINCT p) FROM (SELECT tcs.purchase_periods(at, amount, '2100-01-01', 'day', 'UTC') AS p
  FROM (SELECT *, row_number() OVER (PARTITION BY seed ORDER BY md5(id::text || seed)) FROM store.orders, generate_series(1, 20) AS seed ORDER BY seed, row_number) AS o GROUP BY seed) AS s;
SELECT bool_and(later) FROM (SELECT period > lag(period) OVER (ORDER BY n) AS later FROM unnest((SELECT tcs.purchase_periods(at, amount, '2100-01-01', 'day', 'UTC') FROM store.orders)) WITH ORDINALITY AS p (period, cohort, retained, orders, revenue, n)) AS s;
-- In a frame that moves.
SELECT count(*), count(*) FILTER (WHERE moving IS DISTINCT FROM (SELECT tcs.purchase_periods(at, amount, '2100-01-01', 'week', 'UTC') FROM store.orders AS b WHERE b.id BETWEEN m.id - 20 AND m.id)) AS differ
FROM (SELECT id, tcs.purchase_periods(at, amount, '2100-01-01', 'week', 'UTC') OVER (ORDER BY id RANGE 20 PRECEDING) AS moving FROM store.orders WHERE id <= 300) AS m;
-- By hand: the week begins on Monday; what was all given back leaves nothing.
SELECT p.* FROM unnest((SELECT tcs.purchase_periods(at, amount, '2024-03-31', 'week') FROM (VALUES (date '2024-01-07', 10::numeric), ('2024-01-08', 5), ('2024-01-14', NULL), ('2024-01-15', -1), ('2024-02-01', 0), ('2023-12-31', -9), ('2024-04-01', 5), (NULL, 7)) AS v (at, amount))) AS p;
SELECT (tcs.purchase_periods(day, amount, '2024-12-31', 'month'))[1] AS nothing_left FROM (VALUES (date '2024-01-01', 19.99), ('2024-01-02', 5.01), ('2024-01-03', 10.10), ('2024-01-04', -35.10)) AS v (day, amount);
SELECT tcs.purchase_periods(NULL::date, 1::numeric, '2024-01-01', 'month') AS no_day, tcs.purchase_periods(date '2024-01-02', 1::numeric, '2024-01-01', 'month') AS later, (SELECT tcs.purchase_periods(at, amount, '2024-01-01', 'month', 'UTC') FROM store.orders WHERE false) AS no_row;
SELECT tcs.purchase_periods(date '2024-01-02', 1::numeric, '2024-01-02', 'fortnight');
SELECT tcs.purchase_periods(date '2024-01-02', 1::numeric, '2024-01-02', NULL);
SELECT tcs.purchase_periods(date '2024-01-02', 1::numeric, NULL, 'day');
SELECT tcs.purchase_periods(date '-infinity', 1::numeric, '2024-01-02', 'day');
SELECT tcs.purchase_periods(date '2024-01-02', 'NaN'::float8, '2024-01-02', 'day');
SELECT tcs.purchase_periods(date '2024-01-02', 'Infinity'::numeric, '2024-01-02', 'day');
SELECT tcs.purchase_periods(date '2024-01-02', 1e308, '2024-01-02', 'day') FROM generate_series(1, 3);
SELECT tcs.purchase_periods(date '4714-11-24 BC', 1::numeric, '2024-01-02', 'year');
\echo :LAST_ERROR_SQLSTATE
SELECT (tcs.purchase_periods(date '4714-11-24 BC', 1::numeric, '2024-01-02', 'day'))[1].period;
SELECT (tcs.purchase_periods(date '5874897-12-31', 1::numeric, '5874897-12-31', 'year'))[1].period;
SELECT tcs.purchase_periods(timestamptz '2024-01-02', 1::numeric, '2024-01-02', 'day', NULL);
SELECT tcs.purchase_periods(timestamptz '2024-01-02', 1::numeric, '2024-01-02', 'day', 'Nowhere');
SELECT tcs.purchase_periods(date '2024-01-02', 1::numeric, date '2024-01-02' + i, 'day') FROM generate_series(1, 2) AS i;

-- The cells, counted another way.
CREATE FUNCTION store.cells(of_period text, zone text, as_of date, over date)
RETURNS TABLE (cohort date, period integer, period_start date, complete boolean, customers bigint, active bigint, retention float8,
               revenue numeric, revenue_per_customer numeric, cumulative_revenue numeric, cumulative_revenue_per_customer numeric) LANGUAGE sql AS $$
  WITH log AS (
    SELECT customer, store.first_day(of_period, (at AT TIME ZONE zone)::date::timestamp)::date AS p, amount
    FROM store.orders WHERE customer IS NOT NULL AND (at AT TIME ZONE zone)::date <= as_of
  ), came AS (
    SELECT customer, min(p) AS cohort FROM log WHERE amount >= 0 OR amount IS NULL GROUP BY customer
  ), counted AS (
    SELECT cohort, greatest(p, cohort) AS p, count(DISTINCT customer) FILTER (WHERE amount >= 0 OR amount IS NULL) AS active, sum(amount) AS revenue
    FROM log JOIN came USING (customer) GROUP BY 1, 2
  ), cell AS (
    SELECT c.cohort, (nth - 1)::integer AS period, b::date AS p, (b + store.step(of_period))::date <= over + 1 AS complete, c.customers,
           COALESCE(active, 0) AS active, COALESCE(revenue, 0) AS revenue, COALESCE(sum(revenue) OVER (PARTITION BY c.cohort ORDER BY b), 0) AS total
    FROM (SELECT cohort, count(*) AS customers FROM came GROUP BY cohort) AS c
    CROSS JOIN LATERAL generate_series(c.cohort::timestamp, store.first_day(of_period, as_of::timestamp), store.step(of_period)) WITH ORDINALITY AS s (b, nth)
    LEFT JOIN counted ON counted.cohort = c.cohort AND counted.p = b::date
  )
  SELECT cohort, period, p, complete, customers, active, CASE WHEN complete THEN active::float8 / customers END, revenue,
         CASE WHEN complete THEN revenue / customers END, CASE WHEN complete THEN total END, CASE WHEN complete THEN total / customers END
  FROM cell
$$;
-- To two digits, but for a mean that lies between two of them.
CREATE FUNCTION store.near(a numeric, b numeric) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN
  CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL ELSE abs(a - b) <= 0.005000000001 AND scale(a) = 2 END;
CREATE FUNCTION store.differing(of text, oracle text, OUT cells bigint, OUT running bigint, OUT empty bigint, OUT differ bigint) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT count(*), count(*) FILTER (WHERE NOT o.complete), count(*) FILTER (WHERE o.active = 0),
      count(*) FILTER (WHERE (m.period_start, m.complete, m.customers, m.active, m.retention) IS DISTINCT FROM (o.period_start, o.complete, o.customers, o.active, o.retention)
        OR NOT store.near(m.revenue, o.revenue) OR NOT store.near(m.revenue_per_customer, o.revenue_per_customer)
        OR NOT store.near(m.cumulative_revenue, o.cumulative_revenue) OR NOT store.near(m.cumulative_revenue_per_customer, o.cumulative_revenue_per_customer))
    FROM %s AS m FULL JOIN %s AS o USING (cohort, period)', of, oracle) INTO cells, running, empty, differ;
END
$$;
SELECT period, zone, cells > 5 AS cells, running > 0 AS running, empty > 0 AS empty, differ
FROM store.period, store.zone, LATERAL (SELECT tcs.cohorts_sql(NULL, 'store.orders', 'customer', 'at', 'amount', zone, period, '2024-06-20') AS query) AS q,
  store.differing('(' || query || ')', format('store.cells(%L, %L, ''2024-06-20'', ''2024-06-20'')', period, zone)) ORDER BY zone COLLATE "C", period;

-- The view, of today, which is not over.
CREATE FUNCTION store.today() RETURNS date LANGUAGE sql STABLE AS $$ SELECT (now() AT TIME ZONE 'Europe/Berlin')::date $$;
SELECT tcs.create_cohorts('store.cohorts', 'store.orders', 'customer', 'at', 'amount', 'Europe/Berlin');
SELECT cells > 100 AS cells, running > 0 AS running, differ FROM store.differing('store.cohorts', format('store.cells(''month'', ''Europe/Berlin'', %L, %L)', store.today(), store.today() - 1));
SELECT tcs.create_cohorts('store.years', 'store.orders', 'customer', 'at', 'amount', 'Europe/Berlin', 'year');
SELECT running > 0 AS running, differ FROM store.differing('store.years', format('store.cells(''year'', ''Europe/Berlin'', %L, %L)', store.today(), store.today() - 1));
SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'store.cohorts'::regclass AND attnum > 0 ORDER BY attnum;
SELECT obj_description('store.cohorts'::regclass, 'pg_class');
-- The text is that of the view; the session's zone does not show.
SELECT tcs.cohorts_sql(NULL, 'store.orders', 'customer', 'at', 'amount', 'Europe/Berlin') AS query \gset
CREATE VIEW store.typed AS :query;
SELECT pg_get_viewdef('store.typed') = pg_get_viewdef('store.cohorts') AS same;
-- (In one transaction it is one day, whatever the hour.)
BEGIN;
CREATE TEMP TABLE seen ON COMMIT DROP AS TABLE store.cohorts;
SET TimeZone = 'Pacific/Pago_Pago';
SET DateStyle = 'German';
SELECT count(*) FROM (TABLE seen EXCEPT ALL TABLE store.cohorts) AS differ;
COMMIT;
SELECT tcs.cohorts_sql(NULL, 'store.orders', 'customer', 'at', as_of => DATE '2024-02-03') ~ $$DATE '2024-02-03'.*'Pacific/Pago_Pago'$$ AS baked;
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';
-- Each customer is in one cohort, and spends in it all that he ever did.
SELECT sum(customers) FILTER (WHERE period = 0) = (SELECT count(DISTINCT customer) FROM store.orders WHERE (amount < 0) IS NOT TRUE AND at <= now()) AS customers,
       sum(revenue) = (SELECT sum(amount) FROM store.orders WHERE at <= now() AND customer <> 401) AS revenue,
       bool_and(active = customers) FILTER (WHERE period = 0) AS first, bool_and(active <= customers) AS at_most FROM store.cohorts;

-- By columns of the log: those of the first purchase, for all that the customer ever does.
CREATE VIEW store.told AS SELECT *, (ARRAY['DE', 'AT', NULL, 'de'])[1 + id / 2 % 4] AS country, (ARRAY['web', 'shop', NULL])[1 + id % 3] AS channel, CASE WHEN id % 5 > 0 THEN id % 97 END AS order_no FROM store.orders;
CREATE VIEW store.first AS SELECT DISTINCT ON (customer) customer, country, channel FROM store.told
WHERE customer IS NOT NULL AND (amount < 0) IS NOT TRUE AND at < '2024-06-21 UTC' ORDER BY customer, at, country, channel;
CREATE FUNCTION store.parts_differing(of_period text, order_id name, OUT parts bigint, OUT cells boolean, OUT differ bigint) LANGUAGE plpgsql AS $$
DECLARE
  level integer; country text; channel text;
BEGIN
  EXECUTE format('CREATE TEMP TABLE made ON COMMIT DROP AS %s', tcs.cohorts_sql(NULL, 'store.told', 'customer', 'at', 'amount', 'UTC', of_period, '2024-06-20', ARRAY['country', 'channel'], order_id));
  CREATE TEMP TABLE part ON COMMIT DROP AS SELECT DISTINCT l, CASE WHEN l > 0 THEN f.country END AS country, CASE WHEN l > 1 THEN f.channel END AS channel FROM store.first AS f, generate_series(0, 2) AS l;
  CREATE TEMP TABLE expected (LIKE made) ON COMMIT DROP;
  FOR level, country, channel IN SELECT p.* FROM part AS p LOOP
    EXECUTE format('CREATE TEMP VIEW of_part AS SELECT t.* FROM store.told AS t JOIN store.first AS f USING (customer) WHERE (%1$s < 1 OR f.country IS NOT DISTINCT FROM %2$L) AND (%1$s < 2 OR f.channel IS NOT DISTINCT FROM %3$L)', level, country, channel);
    EXECUTE format('INSERT INTO expected SELECT %L, %L, %s, * FROM (%s) AS q', country, channel, level, tcs.cohorts_sql(NULL, 'of_part', 'customer', 'at', 'amount', 'UTC', of_period, '2024-06-20', order_id => order_id));
    DROP VIEW of_part;
  END LOOP;
  SELECT (SELECT count(*) FROM part), count(*) > 200, count(*) FILTER (WHERE m IS NULL OR e IS NULL) INTO parts, cells, differ FROM made AS m FULL JOIN expected AS e ON m::text = e::text;
  DROP TABLE made, part, expected;
END
$$;
SELECT period, order_id, d.* FROM unnest(ARRAY['week', 'month', 'quarter']) AS period, unnest(ARRAY[NULL, 'order_no']::name[]) AS order_id, store.parts_differing(period, order_id) AS d ORDER BY 1, 2;
SELECT tcs.create_cohorts('store.by_channel', 'store.told', 'customer', 'at', 'amount', 'UTC', 'quarter', by => 'channel');
SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'store.by_channel'::regclass AND attnum <= 3 ORDER BY attnum;
SELECT level, sum(customers) FILTER (WHERE period = 0) = (SELECT sum(customers) FROM store.cohorts WHERE period = 0) AS all_customers, sum(revenue) = (SELECT sum(revenue) FROM store.cohorts) AS all_revenue FROM store.by_channel GROUP BY level ORDER BY level;
-- Lines of orders: as if each order were one row.
CREATE VIEW store.whole AS
SELECT customer, min(at) AS at, sum(amount) AS amount FROM store.told WHERE order_no IS NOT NULL AND at < '2024-06-21 UTC' GROUP BY customer, order_no
UNION ALL SELECT customer, at, amount FROM store.told WHERE order_no IS NULL;
SELECT tcs.cohorts_sql(NULL, 'store.told', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20', order_id => 'order_no') AS lines, tcs.cohorts_sql(NULL, 'store.whole', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20') AS whole,
  tcs.cohorts_sql(NULL, 'store.whole', 'customer', 'at', 'amount', 'UTC', as_of => '2024-06-20', digits => NULL) AS floats \gset
SELECT count(*) > 100 AS cells, count(*) FILTER (WHERE l IS NULL OR w IS NULL) AS differ FROM (:lines) AS l FULL JOIN (:whole) AS w ON l::text = w::text;
SELECT count(*) > 100 AS cells, count(*) FILTER (WHERE w.revenue <> round(f.revenue::numeric, 2) OR w.revenue_per_customer <> round(f.revenue_per_customer::numeric, 2)) AS differ, min(pg_typeof(f.cumulative_revenue)::text) AS type
FROM (:whole) AS w JOIN (:floats) AS f USING (cohort, period);

-- It says what retention and retention_table say of those periods that are over.
SELECT period, count(*) > 5 AS cells, count(*) FILTER (WHERE (made.customers, made.active, made.retention) IS DISTINCT FROM (said.customers, said.active, said.rate)) AS differ
FROM (SELECT 'month' AS period, cohort, c.period AS n, customers, active, retention FROM store.cohorts AS c WHERE complete) AS made
FULL JOIN (SELECT 'month' AS period, cohort, cell.period AS n, cell.customers, cell.active, cell.rate
  FROM (SELECT (r).cohort, tcs.retention_table(r) AS cells FROM (SELECT tcs.retention((at AT TIME ZONE 'Europe/Berlin')::date, store.today() - 1, 'month') AS r
    FROM store.orders WHERE customer IS NOT NULL AND (amount < 0) IS NOT TRUE GROUP BY customer) AS r WHERE r IS NOT NULL GROUP BY 1) AS c, unnest(cells) AS cell WHERE rate IS NOT NULL) AS said USING (period, cohort, n) GROUP BY period;

-- Without an amount every row is a purchase, and there are no columns about revenue.
SELECT tcs.create_cohorts('store.visits', 'store.orders', 'customer', 'at', zone => 'UTC', period => 'quarter');
SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'store.visits'::regclass AND attnum > 0;
SELECT sum(customers) FILTER (WHERE period = 0) = (SELECT count(DISTINCT customer) FROM store.orders WHERE at <= now()) AS customers FROM store.visits;

-- By hand.
CREATE TABLE store.few (who text, at date, amount float8);
SELECT tcs.cohorts_sql(NULL, 'store.few', 'who', 'at', 'amount', as_of => '2024-05-15') AS query \gset
SELECT * FROM (:query) AS nobody;
INSERT INTO store.few VALUES ('a', '2024-02-29', 10);
:query ORDER BY 1, 2;
INSERT INTO store.few VALUES ('a', '2024-04-30', 20), ('b', '2024-01-31', -1), ('b', '2024-02-01', 4), ('b', '2024-03-01', -2), ('c', '2024-05-15', 8), ('d', '2024-03-01', -3), ('e', '2024-05-16', 99);
:query ORDER BY 1, 2;
-- On its last day a period is over, if that day is given, and not today.
SELECT tcs.cohorts_sql(NULL, 'store.few', 'who', 'at', 'amount', as_of => '2024-05-31') AS query \gset
SELECT period_start, complete, retention FROM (:query) AS q WHERE cohort = '2024-02-01' AND period = 3;
-- Of the past: what was known then.
SELECT tcs.cohorts_sql(NULL, 'store.few', 'who', 'at', 'amount', as_of => '2024-02-15') AS query \gset
:query ORDER BY 1, 2;
SELECT tcs.cohorts_sql(NULL, 'store.few', 'who', 'at', 'amount', as_of => '2023-12-31') AS query \gset
:query ORDER BY 1, 2;
-- Before our era, where the calendar begins.
CREATE VIEW store.ancient AS SELECT * FROM (VALUES (1, date '4714-11-30 BC', 2), (1, '4713-01-01 BC', 5), (2, '4713-01-15 BC', 11), (1, '4713-03-31 BC', 7)) AS v (who, at, amount);
SELECT tcs.cohorts_sql(NULL, 'store.ancient', 'who', 'at', 'amount', period => 'day', as_of => '4713-03-31 BC') AS query \gset
SELECT cohort, period, customers, active, revenue, cumulative_revenue FROM (:query) AS q WHERE active > 0 ORDER BY 1, 2;
-- The day is the zone's, also where clocks go back over midnight.
CREATE VIEW store.late AS SELECT * FROM (VALUES ('a', timestamptz '2025-06-30 21:59:59+00', 1), ('b', '2025-06-30 22:00:00+00', 1)) AS v (who, at, amount);
SELECT tcs.cohorts_sql(NULL, 'store.late', 'who', 'at', 'amount', 'Europe/Berlin', as_of => '2025-07-31') AS query \gset
SELECT cohort, period, customers FROM (:query) AS q ORDER BY 1, 2;
SELECT tcs.cohorts_sql(NULL, 'store.late', 'who', 'at', 'amount', 'America/New_York', as_of => '2025-07-31') AS query \gset
SELECT cohort, period, customers FROM (:query) AS q ORDER BY 1, 2;
CREATE VIEW store.twice AS SELECT n AS who, at, 1 AS amount FROM unnest(ARRAY[timestamptz '2018-02-18 01:30+00', '2018-02-18 02:30+00', '2018-02-18 03:00+00', '2023-11-05 03:59+00', '2023-11-05 04:00+00', '2023-11-05 05:30+00']) WITH ORDINALITY AS u (at, n);
SELECT tcs.cohorts_sql(NULL, 'store.twice', 'who', 'at', 'amount', 'America/Sao_Paulo', 'day', as_of => '2018-02-17') AS query \gset
SELECT cohort, customers FROM (:query) AS q;
SELECT tcs.cohorts_sql(NULL, 'store.twice', 'who', 'at', 'amount', 'America/Havana', 'day', as_of => '2023-11-04') AS query \gset
SELECT cohort, customers FROM (:query) AS q WHERE cohort > '2023-01-01';
SELECT tcs.cohorts_sql(NULL, 'store.twice', 'who', 'at', 'amount', 'America/Havana', 'day', as_of => '2023-11-05') AS query \gset
SELECT cohort, period, customers FROM (:query) AS q WHERE cohort > '2023-01-01' ORDER BY 1, 2;
-- Amounts of integers and reals, times without zone, domains.
CREATE DOMAIN store.day AS date;
CREATE TABLE store.typed_orders AS
SELECT customer AS who, at AS tz, at AT TIME ZONE 'UTC' AS ts, (at AT TIME ZONE 'UTC')::date AS d, (at AT TIME ZONE 'UTC')::date::store.day AS dd,
       floor(amount)::smallint AS i2, floor(amount)::integer AS i4, floor(amount)::bigint AS i8, floor(amount)::real AS f4, floor(amount)::float8 AS f8, floor(amount) AS n FROM store.orders;
CREATE TABLE store.results (at name, amount name, result text);
DO $$
DECLARE
  t name; a name; query text;
BEGIN
  FOREACH t IN ARRAY ARRAY['tz', 'ts', 'd', 'dd'] LOOP
    FOREACH a IN ARRAY ARRAY['i2', 'i4', 'i8', 'f4', 'f8', 'n'] LOOP
      query := tcs.cohorts_sql(NULL, 'store.typed_orders', 'who', t, a, 'UTC', as_of => current_date - 10);
      EXECUTE format('INSERT INTO store.results SELECT %L, %L, string_agg(m::text, chr(10) ORDER BY m) FROM (%s) AS m', t, a, query);
    END LOOP;
  END LOOP;
END
$$;
SELECT count(*), count(DISTINCT result), min(length(result)) > 1000 AS full FROM store.results;

-- Errors.
SELECT tcs.create_cohorts('store.cohorts', 'store.orders', 'customer', 'at', 'amount');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_cohorts('store.c', 'store.orders', 'customer', 'at', 'amount', period => 'fortnight');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_cohorts('store.c', 'store.orders', 'customer', 'at', 'amount', period => $$month'; --$$);
SELECT tcs.create_cohorts('store.c', 'store.orders', 'customer', 'at', 'amount', period => NULL);
SELECT tcs.create_cohorts('store.c', 'store.orders', 'customer', 'at', 'amount', 'Mars/Olympus');
SELECT tcs.create_cohorts('store.c', 'store.orders', 'customer', 'id', 'amount');
SELECT tcs.create_cohorts('store.c', 'store.orders', 'customer', 'at', 'at');
SELECT tcs.create_cohorts('store.c', 'store.orders', 'nobody', 'at');
SELECT tcs.create_cohorts('store.c', 'store.orders', NULL, 'at');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_cohorts(NULL, 'store.orders', 'customer', 'at');
SELECT tcs.create_cohorts('nowhere.c', 'store.orders', 'customer', 'at');
SELECT tcs.cohorts_sql(NULL, 'store.orders', 'customer', 'at', as_of => '-infinity');
SELECT to_regclass('store.c');
BEGIN READ ONLY;
SELECT tcs.create_cohorts('store.c', 'store.orders', 'customer', 'at');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- Names that would break out of a careless text, and columns that are called as its own.
CREATE SCHEMA "sch""ema; drop";
CREATE TABLE "sch""ema; drop"."or""ders; drop" ("select" integer, "At
-- line" timestamptz, "a'm""ount" numeric);
INSERT INTO "sch""ema; drop"."or""ders; drop" SELECT i % 5, now() - i * interval '20 days', i FROM generate_series(1, 20) AS i;
SELECT tcs.create_cohorts('"sch""ema; drop"."Co""horts; --"', '"sch""ema; drop"."or""ders; drop"', 'select', E'At\n-- line', 'a''m"ount', 'Europe/Berlin', 'year');
SELECT sum(revenue) FROM "sch""ema; drop"."Co""horts; --";
CREATE TABLE store.names (p integer, cohort date, orders numeric, period text, day text, activity text, cells text, calendar text, o text, customer text, as_of date, n int);
INSERT INTO store.names SELECT i % 3, current_date - 31 * i, i FROM generate_series(1, 9) AS i;
SELECT tcs.create_cohorts('store.activity', 'store.names', 'p', 'cohort', 'orders', 'UTC');
SELECT sum(revenue), max(customers) FROM store.activity;
CREATE TABLE store.day_of (day integer, as_of date, period numeric);
SELECT tcs.create_cohorts('store.cells', 'store.day_of', 'day', 'as_of', 'period');
SELECT count(*) FROM store.cells;
-- Someone else's functions and operators, first in the search path.
CREATE SCHEMA trap;
CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION trap.unnest(tcs.purchase_period[]) RETURNS SETOF tcs.purchase_period LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION trap.never(date, date) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE OPERATOR trap.<= (FUNCTION = trap.never, LEFTARG = date, RIGHTARG = date);
SET search_path = trap, pg_catalog, store;
SELECT tcs.create_cohorts('store.safe', 'names', 'p', 'cohort', 'orders', 'UTC');
SHOW search_path;
SELECT sum(revenue) FROM store.safe;
RESET search_path;
-- A view over temporary tables is temporary.
CREATE TEMP TABLE visits AS SELECT 1 AS who, current_date AS at;
SELECT tcs.create_cohorts('mine', 'visits', 'who', 'at');
SELECT relpersistence, relkind FROM pg_class WHERE oid = 'mine'::regclass;

-- Rights: the caller's, and then the view's owner's; nothing belongs to the extension.
CREATE SCHEMA reports;
CREATE ROLE regress_tcs_analyst;
CREATE ROLE regress_tcs_reader;
GRANT USAGE, CREATE ON SCHEMA reports TO regress_tcs_analyst;
GRANT USAGE ON SCHEMA reports TO regress_tcs_reader;
GRANT USAGE ON SCHEMA store TO regress_tcs_analyst;
SET ROLE regress_tcs_analyst;
SELECT tcs.create_cohorts('reports.cohorts', 'store.orders', 'customer', 'at', 'amount', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.cohorts_sql(NULL, 'store.orders', 'customer', 'at', 'amount', 'UTC');
RESET ROLE;
GRANT SELECT (customer, at) ON store.orders TO regress_tcs_analyst;
SET ROLE regress_tcs_analyst;
SELECT tcs.create_cohorts('reports.cohorts', 'store.orders', 'customer', 'at', 'amount', 'UTC');
\set VERBOSITY terse
SELECT tcs.create_cohorts('store.more', 'store.orders', 'customer', 'at', zone => 'UTC');
\set VERBOSITY default
SELECT tcs.create_cohorts('reports.cohorts', 'store.orders', 'customer', 'at', zone => 'UTC');
SET ROLE regress_tcs_reader;
SELECT count(*) FROM reports.cohorts;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT ON reports.cohorts TO regress_tcs_reader;
SET ROLE regress_tcs_reader;
SELECT count(*) > 100 AS cells FROM reports.cohorts;
RESET ROLE;
SELECT relowner::regrole FROM pg_class WHERE oid = 'reports.cohorts'::regclass;
SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND classid = 'pg_class'::regclass AND objid = 'reports.cohorts'::regclass;

-- Dropped as it was made, and nothing else is.
SELECT tcs.drop_cohorts('store.by_channel');
SELECT to_regclass('store.by_channel') IS NULL AS gone;
SELECT tcs.drop_cohorts('store.orders');
SELECT tcs.drop_cohorts('store.told');
SELECT tcs.drop_cohorts(NULL);
SELECT tcs.drop_cohorts(0::regclass);
CREATE VIEW store.on_top AS SELECT * FROM store.years;
\set VERBOSITY terse
SELECT tcs.drop_cohorts('store.years');
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE
DROP VIEW store.on_top;
BEGIN READ ONLY;
SELECT tcs.drop_cohorts('store.years');
ROLLBACK;
SET ROLE regress_tcs_reader;
SELECT tcs.drop_cohorts('reports.cohorts');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_tcs_analyst;
SELECT tcs.drop_cohorts('reports.cohorts');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

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
BEGIN;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE seen ON COMMIT DROP AS TABLE store.cohorts;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT store.workers('TABLE store.cohorts');
SELECT count(*) FROM (TABLE seen EXCEPT ALL TABLE store.cohorts) AS differ;
COMMIT;

SET client_min_messages = warning;
DROP SCHEMA "sch""ema; drop", reports, store, trap CASCADE;
DROP VIEW mine;
DROP ROLE regress_tcs_analyst, regress_tcs_reader;
