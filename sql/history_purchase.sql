-- purchase_history against two levels of plain SQL.  Everything starts from
-- integers or numeric, so that the oracle is exact.
\set VERBOSITY terse
SET client_min_messages = warning;
SET TimeZone = 'America/New_York';
SET DateStyle = ISO;
SET extra_float_digits = 0;

-- A log of 3,000 customers: ties, several orders a day, refunds, amounts that
-- are not known, rows without a time, rows after as_of.
CREATE TEMP TABLE log AS
SELECT (h & 4095) % 3000 AS customer,
	   CASE WHEN i % 97 = 0 THEN NULL
			ELSE date '2024-01-01' + ((h >> 12) & 1023)::int % (1 + (h & 4095)::int % 700) END AS day,
	   CASE WHEN i % 31 = 0 THEN NULL
			WHEN i % 23 = 0 THEN -((h >> 30) & 8191) / 100.0
			ELSE ((h >> 30) & 65535) / 100.0 END AS amount
FROM (SELECT i, hashint8extended(i, 1) & 9223372036854775807 AS h
	  FROM generate_series(1, 40000) i) s;

CREATE TEMP VIEW oracle AS
WITH counted AS (
	SELECT * FROM log WHERE day <= date '2025-06-30'
), days AS (
	SELECT customer, day, sum(amount) FILTER (WHERE amount >= 0) AS value,
		   row_number() OVER (PARTITION BY customer ORDER BY day) AS n,
		   day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap
	FROM counted WHERE coalesce(amount, 0) >= 0
	GROUP BY customer, day
), repeats AS (
	SELECT customer, min(day) AS first_day, max(day) AS last_day, count(*) - 1 AS x,
		   avg(value) FILTER (WHERE n > 1) AS repeat_value, count(value) FILTER (WHERE n > 1) AS valued,
		   sum(value) FILTER (WHERE n = 1) AS first_value, coalesce(sum(ln(gap)), 0) AS ln_gaps,
		   (array_agg(gap ORDER BY day DESC))[1] AS last_gap
	FROM days GROUP BY customer
), rows AS (
	SELECT customer, count(*) AS orders, coalesce(sum(amount), 0) AS revenue, coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS refunds
	FROM counted GROUP BY customer
)
SELECT customer, orders, revenue::double precision, first_day, last_day, x::int,
	   (last_day - first_day)::double precision AS t_x,
	   (date '2025-06-30' - first_day)::double precision AS t,
	   CASE WHEN x = 0 THEN 0 WHEN revenue <= 0 THEN repeat_value * 0
			ELSE repeat_value * revenue / (revenue + refunds) END AS m_x,
	   coalesce(last_gap, 0)::double precision AS last_gap, ln_gaps::double precision,
	   refunds::double precision, first_value, valued::int
FROM repeats JOIN rows USING (customer);

-- How many differ, of how many.  Sums of decimals in double precision are
-- correct to the last digits only.
CREATE FUNCTION pg_temp.compare(query text) RETURNS TABLE (customers bigint, differ bigint)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT count(*), count(*) FILTER (WHERE NOT coalesce(
				   (h).orders = o.orders AND (h).first_day = o.first_day
				   AND (h).last_day = o.last_day AND (h).x = o.x AND (h).t_x = o.t_x
				   AND (h).t = o.t AND (h).last_gap = o.last_gap
				   AND abs((h).revenue - o.revenue) <= 1e-9
				   AND coalesce(abs((h).m_x - o.m_x) <= 1e-9, (h).m_x IS NULL AND o.m_x IS NULL)
				   AND abs((h).ln_gaps - o.ln_gaps) <= 1e-9 AND abs((h).refunds - o.refunds) <= 1e-9
				   AND coalesce(abs((h).first_value - o.first_value) <= 1e-9, (h).first_value IS NULL AND o.first_value IS NULL)
				   AND (h).valued = o.valued, (h IS NULL) AND o.customer IS NULL))
		FROM (%s) AS ours(customer, h) FULL JOIN oracle o USING (customer)$q$, query);
END $$;

SELECT * FROM pg_temp.compare($$SELECT customer, tcs.purchase_history(day, amount, '2025-06-30') FROM log GROUP BY 1$$);
SELECT * FROM pg_temp.compare($$SELECT customer, tcs.purchase_history(day, amount::float8, '2025-06-30') FROM log GROUP BY 1$$);
SELECT * FROM pg_temp.compare($$SELECT customer, tcs.purchase_history(day::timestamp + interval '23:59:59.999999', amount, '2025-06-30') FROM log GROUP BY 1$$);
SELECT * FROM pg_temp.compare($$SELECT customer, tcs.purchase_history(day::timestamp, amount::float8, '2025-06-30') FROM log GROUP BY 1$$);
SELECT * FROM pg_temp.compare($$SELECT customer, tcs.purchase_history((day + time '00:00') AT TIME ZONE 'Asia/Kolkata', amount, '2025-06-30', 'Asia/Kolkata') FROM log GROUP BY 1$$);
SELECT * FROM pg_temp.compare($$SELECT customer, tcs.purchase_history((day + time '23:59:59') AT TIME ZONE 'Europe/Berlin', amount::float8, '2025-06-30', 'europe/BERLIN') FROM log GROUP BY 1$$);
-- a zone with a day that has none of its own is not turned into an instant
SELECT * FROM pg_temp.compare($$SELECT customer, tcs.purchase_history(day, amount, '2025-06-30', 'Asia/Tokyo') FROM log GROUP BY 1$$);
SELECT * FROM pg_temp.compare($$SELECT customer, tcs.purchase_history(day::timestamp, amount::float8, '2025-06-30', 'Asia/Tokyo') FROM log GROUP BY 1$$);
-- the oldest last, and the newest last
SELECT * FROM pg_temp.compare($$SELECT customer, tcs.purchase_history(day, amount, '2025-06-30' ORDER BY day DESC) FROM log GROUP BY 1$$);
SELECT * FROM pg_temp.compare($$SELECT customer, tcs.purchase_history(day, amount, '2025-06-30' ORDER BY day) FROM log GROUP BY 1$$);
-- sorted groups instead of hashed ones
BEGIN;
SET LOCAL enable_hashagg = off;
SELECT * FROM pg_temp.compare($$SELECT customer, tcs.purchase_history(day, amount, '2025-06-30') FROM log GROUP BY 1$$);
COMMIT;

-- The fields, one by one, of a customer that one can follow by hand.
CREATE TEMP TABLE one (at timestamptz, amount numeric);
INSERT INTO one VALUES
	('2024-01-31 22:30:00+00', 10), ('2024-01-31 23:30:00+00', 20),	-- two days in Berlin
	('2024-02-05 10:00:00+00', 30), ('2024-02-05 18:00:00+00', 2.50),
	('2024-02-07 10:00:00+00', -5), ('2024-02-20 10:00:00+00', NULL),
	('2024-03-01 22:59:59+00', 7), ('2024-03-01 23:00:00+00', 1000);	-- the last is March 2 there
SELECT (tcs.purchase_history(at, amount, '2024-03-01', 'Europe/Berlin')).* FROM one;
SELECT (tcs.purchase_history(at, amount, '2024-03-01', 'UTC')).* FROM one;
SELECT (tcs.purchase_history(at, amount, '2024-01-31', 'Europe/Berlin')).* FROM one;
-- nothing yet; only refunds; nothing at all
SELECT tcs.purchase_history(at, amount, '2024-01-30', 'Europe/Berlin') IS NULL AS nothing_yet,
	   tcs.purchase_history(at, amount, '2024-03-01', 'Europe/Berlin') FILTER (WHERE amount < 0) IS NULL AS only_refunds,
	   tcs.purchase_history(at, amount, '2024-03-01', 'Europe/Berlin') FILTER (WHERE false) IS NULL AS nothing
FROM one;
SELECT c, tcs.purchase_history(at, amount, '2024-03-01', 'UTC') IS NULL AS no_orders
FROM (VALUES (1), (2)) v(c) LEFT JOIN one ON c = 1 GROUP BY c ORDER BY c;

-- Integers of all kinds are amounts, too.
SELECT (tcs.purchase_history(d, a, '2024-02-01')).m_x, (tcs.purchase_history(d, a::bigint, '2024-02-01')).m_x,
	   (tcs.purchase_history(d, a::real, '2024-02-01')).m_x
FROM (VALUES (date '2024-01-01', 1), ('2024-01-02', 4), ('2024-01-03', 5)) v(d, a);

-- Numeric amounts become the double that the server's cast gives.
SELECT count(*), count(*) FILTER (WHERE (h).revenue IS DISTINCT FROM a::double precision) AS differ
FROM (SELECT a, tcs.purchase_history(date '2024-01-01', a, '2024-01-01') AS h
	  FROM (SELECT (hashint8extended(i, 2) & 9223372036854775807)::numeric
				   * ('1e' || (i % 60 - 40))::numeric
				   / (ARRAY[1, 3, 7, 1000, 65536])[1 + i % 5] AS a
			FROM generate_series(1, 20000) i
			UNION
			SELECT trim_scale(i::numeric / (ARRAY[1, 10, 100, 1000, 10000, 100000])[1 + i % 6]) * ('1e' || (i % 16))::numeric
			FROM generate_series(0, 20000) i
			UNION
			VALUES (9007199254740991), (9007199254740992), (9007199254740993), (9007199254740994),
				   (9999999999999999), (0.1), (1e20), (1e24), (1e-20), (1e-24), (123456789012345678901234567890.5)) v(a)
	  GROUP BY a) s;

-- Decimal amounts add up as decimals do: the sum is the double nearest to the
-- exact one, so that equal totals are equal.
SELECT (tcs.purchase_history('2024-01-01'::date, a, '2024-01-01')).revenue = 0.3 AS equal
FROM (VALUES (0.1), (0.2)) v(a);
SELECT count(*), count(*) FILTER (WHERE (h).revenue <> exact::double precision) AS differ
FROM (SELECT tcs.purchase_history(date '2024-01-01' + i % 5, a, '2024-12-31') AS h, sum(a) AS exact
	  FROM (SELECT i, ((hashint8extended(i, 7) & 1048575) / 100.0)::numeric(10,2)
				   * CASE WHEN i % 13 = 0 THEN -1 ELSE 1 END AS a
			FROM generate_series(1, 100000) i) s
	  GROUP BY i / 10) t
WHERE h IS NOT NULL;

-- Many days in one group, in no order: the list of days beyond its first size.
SELECT (tcs.purchase_history(d, 1, '2400-01-01')).x = count(DISTINCT d) - 1 AS x,
	   (tcs.purchase_history(d, 1, '2400-01-01')).orders = count(*) AS orders,
	   (tcs.purchase_history(d, 1, '2400-01-01')).first_day = min(d) AS first_day,
	   (tcs.purchase_history(d, 1, '2400-01-01')).last_day = max(d) AS last_day,
	   (tcs.purchase_history(d, 1, '2400-01-01')).m_x
		   = (count(*) - count(*) FILTER (WHERE d = first))::float8 / (count(DISTINCT d) - 1) AS m_x
FROM (SELECT d, min(d) OVER () AS first
	  FROM (SELECT date '2000-01-01' + ((hashint8extended(i, 3) & 9223372036854775807) % 100000)::int AS d
			FROM generate_series(1, 200000) i) s) t;

-- The order of the rows does not show, to the last bit.
SELECT count(DISTINCT h) AS results
FROM (SELECT tcs.purchase_history(d, a, '2024-12-31' ORDER BY hashint8extended(i, seed)) AS h
	  FROM (SELECT i, date '2024-01-01' + i % 300 AS d,
				   (CASE WHEN i % 5 = 0 THEN -1 ELSE 1 END) * (1 + (hashint8extended(i, 4) & 1023)) * 0.1
				   * 2.0::float8 ^ (i % 46) AS a
			FROM generate_series(1, 5000) i) s,
		   generate_series(1, 20) seed
	  GROUP BY seed) t;

-- So it is where the state has to take a wider form at some row or other: amounts
-- of more than four decimals among others, sums beyond the range of an integer,
-- days of three centuries; as two levels of SQL have it.
WITH log AS MATERIALIZED (
	SELECT c, i,
		date '2024-12-31' - (abs(hashint8extended(i, c)) % CASE WHEN c % 2 = 0 THEN 120000 ELSE 700 END)::int AS d,
		(CASE WHEN hashint8extended(i, 9) % 7 = 0 THEN -1 ELSE 1 END)
			* CASE WHEN c <= 2 THEN (abs(hashint8extended(i, 5)) % 1000000) * 0.01
				WHEN c <= 4 THEN 14073748835.5328 - i % 3
				WHEN c <= 6 THEN (abs(hashint8extended(i, 5)) % 1000000) * CASE WHEN i % 50 = 0 THEN 0.0000017 ELSE 0.01 END
				ELSE 14073748835.5329 + i END AS a
	FROM generate_series(1, 8) c, generate_series(1, CASE WHEN c IN (3, 4) THEN 30000 ELSE 400 END) i),
	theirs AS (
		SELECT c, sum(rows) AS orders, sum(a)::float8 AS revenue, -sum(refunds)::float8 AS refunds,
			min(d) FILTER (WHERE bought IS NOT NULL) AS first_day, max(d) FILTER (WHERE bought IS NOT NULL) AS last_day,
			count(bought) - 1 AS x,
			(array_agg(bought ORDER BY d) FILTER (WHERE bought IS NOT NULL))[1]::float8 AS first_value
		FROM (SELECT c, d, count(*) AS rows, sum(a) AS a, coalesce(sum(a) FILTER (WHERE a < 0), 0) AS refunds,
				sum(a) FILTER (WHERE a >= 0) AS bought
			  FROM log GROUP BY c, d) AS days
		GROUP BY c),
	ours AS (
		SELECT c, seed, tcs.purchase_history(d, a, '2024-12-31' ORDER BY CASE seed WHEN 1 THEN i WHEN 2 THEN -i ELSE hashint8extended(i, seed) END) AS h
		FROM log, generate_series(1, 4) AS seed GROUP BY c, seed)
SELECT count(*) AS histories, count(DISTINCT h) AS different,
	count(*) FILTER (WHERE ((h).orders, (h).revenue, (h).refunds, (h).first_day, (h).last_day, (h).x, (h).first_value)
		IS DISTINCT FROM (t.orders, t.revenue, t.refunds, t.first_day, t.last_day, t.x, t.first_value)) AS wrong
FROM ours JOIN theirs AS t USING (c);

-- A double is taken for the decimal of four places that it is nearest to.
SELECT (tcs.purchase_history(date '2024-01-01', a, '2024-12-31')).revenue = 0.3 AS as_decimals
FROM (VALUES (0.1::float8), (0.2)) AS v (a);

-- What is sent back lowers m_x, whether on the day of the purchase or later, in
-- full or in part, and whatever the order of the rows; a value that is not
-- known does not.
SELECT c, (h).revenue, (h).refunds, (h).first_value, (h).x, (h).valued, round((h).m_x::numeric, 6) AS m_x
FROM (SELECT c, tcs.purchase_history(d, a, '2024-12-31') AS h
	  FROM (VALUES ('keeps all', date '2024-01-01', 100), ('keeps all', '2024-02-01', 60), ('keeps all', '2024-03-01', 80),
				   ('repeats sent back', '2024-01-01', 100), ('repeats sent back', '2024-02-01', 100), ('repeats sent back', '2024-02-05', -100),
				   ('repeats sent back', '2024-03-01', 100), ('repeats sent back', '2024-03-05', -100),
				   ('part, on the day', '2024-02-01', -40), ('part, on the day', '2024-02-01', 100), ('part, on the day', '2024-01-01', 100),
				   ('all sent back', '2024-01-01', 0.1), ('all sent back', '2024-02-01', 0.2), ('all sent back', '2024-02-02', -0.3),
				   ('more than all', '2024-01-01', 10), ('more than all', '2024-02-01', 20), ('more than all', '2024-02-02', -50),
				   ('before the first', '2024-01-01', -10), ('before the first', '2024-02-01', 20), ('before the first', '2024-02-02', 20),
				   ('one unknown', '2024-01-01', 100), ('one unknown', '2024-02-01', NULL), ('one unknown', '2024-03-01', 60),
				   ('a part unknown', '2024-01-01', 100), ('a part unknown', '2024-02-01', NULL), ('a part unknown', '2024-02-01', 60),
				   ('repeats unknown', '2024-01-01', 100), ('repeats unknown', '2024-02-01', NULL), ('repeats unknown', '2024-03-01', NULL),
				   ('first unknown', '2024-01-01', NULL), ('first unknown', '2024-02-01', 70), ('first unknown', '2024-02-03', -35),
				   ('only one, unknown', '2024-01-01', NULL), ('for nothing', '2024-01-01', 0), ('for nothing', '2024-02-01', 0)) AS v (c, d, a)
	  GROUP BY c) AS s ORDER BY c;

-- The constructor.
SELECT (tcs.purchase_history(2, 30.43, 38.86, 22.35, '7 days')).*;
SELECT (tcs.purchase_history(0, 0, 5, 0)).*;
SELECT (tcs.purchase_history(x => 1, t_x => 2, t => 3, m_x => 10, unit => '1 month')).*;
SELECT (tcs.purchase_history(2, 30.43, 38.86, 22.35, '7 days', first_value => 30, ln_gaps => 5)).*;
SELECT (tcs.purchase_history(0, 0, 5, NULL)).*;
SELECT (tcs.purchase_history(2, 4, 5, NULL)).*;
SELECT tcs.purchase_history(NULL, 0, 5, 0) IS NULL AND tcs.purchase_history(0, NULL, 5, 0) IS NULL AND tcs.purchase_history(0, 0, NULL, 0) IS NULL
	AND tcs.purchase_history(0, 0, 5, 0, NULL) IS NULL AS nothing;
-- three repeat purchases after 7, 14 and 49 days, from the log and by hand, in days and in weeks
SELECT abs((l).ln_gaps - ln(7.0 * 14 * 49)) < 1e-12 AND abs((d).ln_gaps - (l).ln_gaps) < 1e-12 AND abs((w).ln_gaps - (l).ln_gaps) < 1e-12 AS equal
FROM (SELECT tcs.purchase_history(d, 1, '2024-12-31'), tcs.purchase_history(3, 70, 365, 1, ln_gaps => ln(7.0::float8 * 14 * 49)),
		tcs.purchase_history(3, 10, 52, 1, '7 days', ln_gaps => ln(1.0::float8 * 2 * 7))
	  FROM (VALUES (date '2024-01-01'), ('2024-01-08'), ('2024-01-22'), ('2024-03-11')) AS v (d)) AS s (l, d, w);
SELECT tcs.purchase_history(-1, 0, 5, 0);
SELECT tcs.purchase_history(1.5, 1, 5, 0);
SELECT tcs.purchase_history(3e9, 1, 5, 0);
SELECT tcs.purchase_history(1, 6, 5, 0);
SELECT tcs.purchase_history(1, -1, 5, 0);
SELECT tcs.purchase_history(0, 1, 5, 0);
SELECT tcs.purchase_history(0, 0, 5, 7);
SELECT tcs.purchase_history(1, 1, 5, -7);
SELECT tcs.purchase_history(1, 1, 5, 'NaN');
SELECT tcs.purchase_history(1, 1, 'infinity', 1);
SELECT tcs.purchase_history(1, 1, 5, 1, '-1 day');
SELECT tcs.purchase_history(1, 1, 1e308, 1, '1 year');
SELECT tcs.purchase_history(1, 1, 5, 1, first_value => -1);
SELECT tcs.purchase_history(1, 1, 5, 1, first_value => 'infinity');
SELECT tcs.purchase_history(0, 0, 5, 0, ln_gaps => 1);
SELECT tcs.purchase_history(2, 10, 20, 1, ln_gaps => 4);
SELECT tcs.purchase_history(2, 10, 20, 1, ln_gaps => 'NaN');
