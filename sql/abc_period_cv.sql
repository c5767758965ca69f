-- period_cv and xyz_class, against plain SQL.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';

-- Populations in which orders fall on the edges of all periods; whole amounts.
SELECT setseed(0.125);
CREATE TEMP TABLE log AS
SELECT population, customer,
	CASE WHEN random() > 0.05 THEN start + (random() * length)::int
		+ CASE (random() * 4)::int WHEN 0 THEN interval '0' WHEN 1 THEN interval '23:59:59.999999' ELSE floor(random() * 1440) * interval '1 minute' END END AS at,
	CASE WHEN random() > 0.05 THEN (random() * 100 - 15)::int END AS amount
FROM (SELECT population, (ARRAY[date '2023-11-20', '2000-01-01', '1999-12-27', '0001-12-20 BC', '0101-01-01 BC', '2019-12-28'])[1 + population % 6] AS start,
	(ARRAY[15, 60, 400, 1500])[1 + population % 4] AS length FROM generate_series(1, 300) AS population) AS p,
	generate_series(1, 3) AS customer, generate_series(1, 12);
CREATE TEMP TABLE until AS
SELECT population, coalesce(min(at)::date, '2024-01-01') + (random() * 500)::int AS as_of FROM log GROUP BY population;
CREATE TEMP TABLE period AS SELECT unnest(ARRAY['day', 'week', 'week_sunday', 'month', 'quarter', 'year']) AS period;

-- All periods from that of the first purchase on, by generate_series; a week that begins on Sunday is one that begins on Monday, a day before.
CREATE FUNCTION pg_temp.first_day(period text, day timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE
RETURN CASE period WHEN 'week_sunday' THEN date_trunc('week', day + interval '1 day') - interval '1 day' ELSE date_trunc(period, day) END;
CREATE FUNCTION pg_temp.oracle(zone text) RETURNS TABLE (population int, customer int, period text, periods bigint, cv float8)
	LANGUAGE sql AS $$
	WITH row AS (
		SELECT population, customer, period, as_of, amount, pg_temp.first_day(period, day) AS bucket
		FROM (SELECT *, CASE WHEN zone IS NULL THEN at::date ELSE (at AT TIME ZONE 'UTC' AT TIME ZONE zone)::date END::timestamp AS day FROM log) AS l
		JOIN until USING (population), period
		WHERE day <= as_of),
	first AS (
		SELECT population, customer, period, as_of, min(bucket) FILTER (WHERE amount IS NULL OR amount >= 0) AS first
		FROM row GROUP BY population, customer, period, as_of),
	net AS (
		SELECT f.population, f.customer, f.period, b.bucket, coalesce(sum(r.amount), 0)::numeric AS net
		FROM first AS f CROSS JOIN LATERAL generate_series(first, pg_temp.first_day(f.period, as_of::timestamp),
			CASE f.period WHEN 'quarter' THEN interval '3 months' WHEN 'week_sunday' THEN interval '1 week' ELSE ('1 ' || f.period)::interval END) AS b(bucket)
		LEFT JOIN row AS r ON r.population = f.population AND r.customer = f.customer AND r.period = f.period AND r.bucket = b.bucket
		WHERE f.first IS NOT NULL GROUP BY f.population, f.customer, f.period, b.bucket)
	SELECT population, customer, period, count(*), CASE WHEN avg(net) > 0 THEN (stddev_pop(net) / avg(net))::float8 END FROM net GROUP BY population, customer, period
$$;
CREATE TEMP TABLE plain AS SELECT * FROM pg_temp.oracle(NULL);
CREATE TEMP TABLE zoned AS SELECT * FROM pg_temp.oracle('Australia/Lord_Howe');
CREATE TEMP TABLE answer AS
SELECT population, customer, period,
	tcs.period_cv(at::date, amount, as_of, period) AS date_numeric, tcs.period_cv(at::date, amount::float8, as_of, period) AS date_float8,
	tcs.period_cv(at::date, amount, as_of, period, 'Asia/Tokyo') AS date_numeric_zone, tcs.period_cv(at::date, amount::float8, as_of, period, 'Asia/Tokyo') AS date_float8_zone,
	tcs.period_cv(at, amount, as_of, period) AS timestamp_numeric, tcs.period_cv(at, amount::float8, as_of, period) AS timestamp_float8,
	tcs.period_cv(at, amount, as_of, period, 'Asia/Tokyo') AS timestamp_numeric_zone, tcs.period_cv(at, amount::float8, as_of, period, 'Asia/Tokyo') AS timestamp_float8_zone,
	tcs.period_cv(at AT TIME ZONE 'UTC', amount, as_of, period, 'Australia/Lord_Howe') AS tz_numeric, tcs.period_cv(at AT TIME ZONE 'UTC', amount::float8, as_of, period, 'Australia/Lord_Howe') AS tz_float8
FROM (SELECT population, customer, at, amount::numeric FROM log) AS l JOIN until USING (population), period GROUP BY population, customer, period;

-- Equal to 12 digits; and to each other to the last bit.
CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS bool
	LANGUAGE sql IMMUTABLE RETURN CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL ELSE abs(a - b) <= 1e-12 * greatest(b, 1) END;
SELECT period, count(*) AS groups, count(*) FILTER (WHERE NOT pg_temp.near(date_numeric, p.cv)) AS wrong, count(*) FILTER (WHERE NOT pg_temp.near(tz_numeric, z.cv)) AS wrong_zone,
	count(*) FILTER (WHERE date_numeric IS NULL) BETWEEN 1 AND 700 AS some_null, max(p.periods) > 1 AS several,
	count(*) FILTER (WHERE p.cv IS DISTINCT FROM z.cv) > 5 AS zone_matters
FROM answer LEFT JOIN plain AS p USING (population, customer, period) LEFT JOIN zoned AS z USING (population, customer, period) GROUP BY period ORDER BY period;
SELECT count(*) AS unequal FROM answer
WHERE (date_numeric, date_numeric, date_numeric, date_numeric, date_numeric, date_numeric, date_numeric, tz_numeric) IS DISTINCT FROM
	(date_float8, date_numeric_zone, date_float8_zone, timestamp_numeric, timestamp_float8, timestamp_numeric_zone, timestamp_float8_zone, tz_float8);

-- By hand: 10, 0 and 20 are of mean 10 and deviation sqrt(200 / 3); the week ends
-- on Sunday; what was refunded before the first period of purchase is left out.
SELECT abs(tcs.period_cv(at, amount::numeric, '2024-03-31', 'month') - sqrt(2.0 / 3)) < 1e-15 AS months,
	tcs.period_cv(at, amount::numeric, '2024-12-31', 'year') AS nothing_left_of_the_year
FROM (VALUES (date '2023-12-31', -50), ('2024-01-01', 4), ('2024-01-31', 6), ('2024-03-31', 20), ('2024-04-01', -30), ('2025-01-01', 99)) AS v(at, amount);
SELECT tcs.period_cv(at, 1::numeric, '2024-01-08', 'week') AS one_of_two, tcs.period_cv(at + 1, 1::numeric, '2024-01-08', 'week') AS monday,
	tcs.period_cv(at + 1, 1::numeric, '2024-01-14', 'week') AS one_of_one FROM (VALUES (date '2024-01-07')) AS v(at);
SELECT tcs.period_cv(at, amount::numeric, '2024-02-29', 'month') AS nothing_left FROM (VALUES (date '2024-01-01', 10), ('2024-02-01', -10)) AS v(at, amount);
-- Steady whatever the scale: of cents, of millions, near the ends of double.
SELECT scale, pg_temp.near(tcs.period_cv(date '2024-01-01' + 31 * i, 0.1::numeric * scale::numeric, '2024-12-31', 'day'), sqrt(366.0 / 12 - 1)::float8) AS same
FROM (VALUES ('1'), ('1e6'), ('1e290'), ('1e-290')) AS s(scale), generate_series(0, 11) AS i GROUP BY scale ORDER BY scale COLLATE "C";

-- A group of more periods than the state begins with.
SELECT tcs.period_cv(date '2000-01-01' + i, 1 + i % 2, date '2000-01-01' + 9999, 'day') AS cv, abs(stddev_pop(1 + i % 2) / avg(1 + i % 2) - tcs.period_cv(date '2000-01-01' + i, 1 + i % 2, date '2000-01-01' + 9999, 'day')) < 1e-15 AS right
FROM generate_series(0, 9999) AS i;

-- xyz_class: the cuts belong to the steadier class.
SELECT cv, tcs.xyz_class(cv), tcs.xyz_class(cv, '{0.2,0.9}') AS narrow FROM unnest('{0,0.2,0.25,0.5,0.51,0.9,1,1.0000000000000002,7}'::float8[]) AS cv;
SELECT class, count(*) FROM (SELECT tcs.xyz_class(date_numeric) AS class, CASE WHEN date_numeric <= 0.5 THEN 'X' WHEN date_numeric <= 1 THEN 'Y' WHEN date_numeric > 1 THEN 'Z' END AS expected FROM answer) AS s
WHERE class IS DISTINCT FROM expected GROUP BY class;

-- Where everything was given back, nothing is left: the mean is not positive.
SELECT period, tcs.period_cv(day, amount, '2024-12-31', period) IS NULL AS nothing_left
FROM (VALUES ('month'), ('day')) p(period),
	 (VALUES (date '2024-01-01', 19.99), ('2024-01-02', 5.01), ('2024-01-03', 10.10), ('2024-01-04', -35.10)) v(day, amount)
GROUP BY period ORDER BY period;
