-- holdout: what was bought after a day, against plain SQL.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';

-- Populations with several orders on a day, refunds, NULLs, days on and around
-- the edges of the span; amounts are cents.
SELECT setseed(0.75);
CREATE TEMP TABLE log AS
SELECT population, (random() * 6)::int AS customer,
	CASE WHEN random() > 0.05 THEN timestamp '2024-01-01' + floor(random() * 40 * 24 * 60) * interval '1 minute' END AS at,
	CASE WHEN random() > 0.05 THEN (random() * 300 - 60)::int / 4.0 END AS amount
FROM generate_series(1, 1500) AS population, generate_series(1, 20);
CREATE TEMP TABLE span AS
SELECT population, date '2023-12-30' + (random() * 45)::int AS as_of, (random() ^ 2 * 45)::int AS days FROM generate_series(1, 1500) AS population;

CREATE TEMP VIEW oracle AS
SELECT population, customer, kind,
	count(DISTINCT day) FILTER (WHERE day > as_of AND day <= as_of + days AND (amount IS NULL OR amount >= 0)) AS purchases,
	coalesce(sum(amount) FILTER (WHERE day > as_of AND day <= as_of + days), 0)::float8 AS revenue
FROM (SELECT l.*, kind, CASE kind WHEN 'tz' THEN (at AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')::date ELSE at::date END AS day
	FROM log AS l, (VALUES ('date'), ('timestamp'), ('tz')) AS k(kind)) AS l
JOIN span USING (population) GROUP BY population, customer, kind;
CREATE TEMP VIEW answer AS
SELECT population, customer, unnest(ARRAY['date', 'date', 'date', 'date', 'timestamp', 'timestamp', 'timestamp', 'timestamp', 'tz', 'tz']) AS kind,
	unnest(ARRAY[
	tcs.holdout(at::date, amount, as_of, as_of + days), tcs.holdout(at::date, amount::float8, as_of, as_of + days),
	tcs.holdout(at::date, amount, as_of, as_of + days, 'America/New_York'), tcs.holdout(at::date, amount::float8, as_of, as_of + days, 'America/New_York'),
	tcs.holdout(at, amount, as_of, as_of + days), tcs.holdout(at, amount::float8, as_of, as_of + days),
	tcs.holdout(at, amount, as_of, as_of + days, 'America/New_York'), tcs.holdout(at, amount::float8, as_of, as_of + days, 'America/New_York'),
	tcs.holdout(at AT TIME ZONE 'UTC', amount, as_of, as_of + days, 'America/New_York'), tcs.holdout(at AT TIME ZONE 'UTC', amount::float8, as_of, as_of + days, 'America/New_York')]) AS h
FROM log JOIN span USING (population) GROUP BY population, customer;
SELECT count(*) > 90000 AS many, count(*) FILTER (WHERE (h).purchases IS DISTINCT FROM purchases OR (h).revenue IS DISTINCT FROM revenue) AS wrong,
	count(DISTINCT purchases) > 5 AS varied, count(*) FILTER (WHERE revenue < 0) > 100 AS refunds, count(*) FILTER (WHERE purchases = 0) > 1000 AS nothing
FROM answer JOIN oracle USING (population, customer, kind);

-- A history until a day and a hold-out after it make the history until the end.
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE (late).orders IS NOT NULL AND
	(coalesce((early).revenue, refunds, 0) + (after).revenue <> (late).revenue OR coalesce((early).x + 1, 0) + (after).purchases <> (late).x + 1)) AS wrong
FROM (SELECT population, customer, tcs.purchase_history(at, amount, as_of) AS early, tcs.holdout(at, amount, as_of, as_of + days) AS after, tcs.purchase_history(at, amount, as_of + days) AS late,
	sum(amount) FILTER (WHERE at < as_of + 1)::float8 AS refunds
	FROM log JOIN span USING (population) GROUP BY population, customer) AS s;

-- Who gives everything back leaves nothing, in decimals too.
CREATE TEMP TABLE back AS
SELECT customer, i, round((random() * 10 ^ (customer % 7))::numeric, 1 + customer % 4) AS amount FROM generate_series(1, 5000) AS customer, generate_series(1, 9) AS i WHERE i <= 1 + customer % 9;
INSERT INTO back SELECT customer, 10, -sum(amount) FROM back GROUP BY customer;
SELECT count(*) AS customers, count(*) FILTER (WHERE (o).revenue <> 0) AS wrong, count(*) FILTER (WHERE (h).revenue <> 0) AS wrong_history
FROM (SELECT customer, tcs.holdout(date '2024-01-01' + i % 3, amount, '2023-12-31', '2024-12-31') AS o, tcs.purchase_history(date '2024-01-01' + i % 3, amount, '2024-12-31') AS h
	FROM back GROUP BY customer) AS s;

-- By hand: both ends, two orders on a day, a refund, a NULL amount, a NULL time.
SELECT tcs.holdout(at::date, amount, '2024-01-10', '2024-01-20')
FROM (VALUES ('2024-01-10', 1::numeric), ('2024-01-11', 2), ('2024-01-11', 3.5), ('2024-01-15', -1), ('2024-01-16', NULL), (NULL, 100), ('2024-01-20', 4), ('2024-01-21', 8)) AS v(at, amount);

-- By hand: a minute before midnight and a minute after, where the clock changes.
SELECT zone, (h).* FROM (
	SELECT zone, tcs.holdout(at, 1::numeric, '2024-03-30', '2024-03-31', zone) AS h
	FROM (VALUES ('UTC'), ('Europe/Berlin'), ('America/New_York'), ('Asia/Kathmandu')) AS z(zone),
		(VALUES (timestamptz '2024-03-30 18:14+00'), ('2024-03-30 18:16+00'), ('2024-03-30 22:59+00'), ('2024-03-30 23:01+00'), ('2024-03-31 00:00+00'), ('2024-03-31 03:59+00'),
		('2024-03-31 21:59+00'), ('2024-03-31 22:01+00'), ('2024-03-31 23:59+00'), ('2024-04-01 03:59+00'), ('2024-04-01 04:00+00')) AS a(at)
	GROUP BY zone) AS s ORDER BY zone;
