-- The day on which an instant falls in a zone is the server's (at AT TIME ZONE
-- zone)::date, for any instant and any zone.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';

-- A zone's name that is an abbreviation too means that to AT TIME ZONE; and the
-- database of zones is the server's, so the names are its own.
CREATE TEMP TABLE zone AS
SELECT name FROM pg_timezone_names AS n
WHERE NOT EXISTS (SELECT FROM pg_timezone_abbrevs AS a WHERE upper(a.abbrev) = upper(n.name)) AND name !~ '^(posix|right)/';
SELECT count(*) > 300 AS many FROM zone;

-- Any time at which there were orders; the years of changes to zones; the ends.
SELECT setseed(0.5);
CREATE TEMP TABLE instant AS
SELECT to_timestamp(at) AS at FROM (
	SELECT (random() - 0.25) * 4e9 AS at FROM generate_series(1, 500)
	UNION ALL SELECT -3e9 + random() * 3e9 FROM generate_series(1, 300)
	UNION ALL SELECT random() * 9.2e12 FROM generate_series(1, 60)
	UNION ALL SELECT -2.1086e11 + random() * 2.1e11 FROM generate_series(1, 60)) AS s;
CREATE TEMP TABLE day AS
SELECT z.name, i.at, tcs.purchase_history(i.at, 1::float8, date '5874897-12-31', z.name) AS h
FROM zone AS z, instant AS i GROUP BY z.name, i.at;
SELECT name, at, (h).first_day, (at AT TIME ZONE name)::date AS expected FROM day
WHERE (h).first_day <> (at AT TIME ZONE name)::date ORDER BY name, at LIMIT 10;

-- Midnight and the moments around it, every day of four years, where days have
-- 23 and 25 hours, odd offsets, changes at midnight, no 30 December 2011, and
-- changes that were decided lately.
CREATE TEMP TABLE midnight AS
SELECT z.name, m.day::timestamp + e.edge AS local, (m.day::timestamp + e.edge) AT TIME ZONE z.name AS at
FROM (VALUES ('Europe/Berlin'), ('America/New_York'), ('Asia/Kolkata'), ('Asia/Kathmandu'), ('Australia/Lord_Howe'), ('Australia/Adelaide'),
		('Pacific/Chatham'), ('America/St_Johns'), ('America/Sao_Paulo'), ('Asia/Beirut'), ('Pacific/Apia'), ('Africa/Casablanca'), ('Africa/Cairo'),
		('Asia/Tehran'), ('America/Havana'), ('Pacific/Kiritimati'), ('Etc/GMT+12'), ('Antarctica/Troll'), ('Europe/Lisbon'), ('Africa/Monrovia')) AS z(name),
	(SELECT date '2010-06-01' + i AS day FROM generate_series(0, 1000) AS i
	UNION SELECT date '1971-12-01' + i FROM generate_series(0, 60) AS i) AS m,
	(VALUES (interval '-1 minute'), ('0'), ('1 minute'), ('-1 microsecond'), ('2 hours 30 minutes'), ('12 hours')) AS e(edge);
CREATE TEMP TABLE found AS
SELECT name, at, tcs.purchase_history(at, 1::numeric, date '2100-01-01', name) AS h FROM midnight GROUP BY name, at;
SELECT count(*) > 100000 AS many FROM found;
SELECT name, at, (h).first_day, (at AT TIME ZONE name)::date AS expected FROM found
WHERE (h).first_day <> (at AT TIME ZONE name)::date ORDER BY name, at LIMIT 10;

-- Many instants in one group: what is remembered of one does not harm the next,
-- whatever the order, and a zone does not harm another.
SELECT name, days, expected FROM (
	SELECT name, (tcs.purchase_history(at, 1::float8, date '2100-01-01', name ORDER BY md5(at::text))).x + 1 AS days,
		count(DISTINCT (at AT TIME ZONE name)::date) AS expected FROM midnight GROUP BY name) AS s
WHERE days IS DISTINCT FROM expected;
SELECT count(DISTINCT (h).first_day) AS days, count(*) FILTER (WHERE (h).first_day <> (at AT TIME ZONE name)::date) AS wrong FROM (
	SELECT name, at, tcs.purchase_history(at, 1::float8, date '2100-01-01', name) AS h
	FROM (SELECT name, at FROM midnight WHERE at BETWEEN '2011-12-28 UTC' AND '2012-01-02 UTC') AS s GROUP BY at, name) AS s;

-- By hand: New York is a day behind, Kiritimati a day ahead, Samoa left one out;
-- an hour that Berlin has twice is of one day; one minute makes another.
SELECT zone, at, (tcs.purchase_history(at, 1::float8, date '2100-01-01', zone)).first_day AS day
FROM (VALUES ('America/New_York', timestamptz '2024-03-01 04:59:59.999999+00'), ('America/New_York', '2024-03-01 05:00+00'),
	('Pacific/Kiritimati', '2024-02-28 10:00+00'), ('Pacific/Apia', '2011-12-30 09:59+00'), ('Pacific/Apia', '2011-12-30 10:00+00'),
	('Asia/Kathmandu', '2024-02-29 18:14+00'), ('Asia/Kathmandu', '2024-02-29 18:15+00'), ('Australia/Lord_Howe', '2024-01-01 13:00+00'),
	('Europe/Berlin', '2024-10-26 22:00+00'), ('Europe/Berlin', '2024-10-27 22:59+00'), ('Europe/Berlin', '2024-10-27 23:00+00')) AS v(zone, at)
GROUP BY zone, at ORDER BY zone, at;
SELECT zone, (h).x, (h).t_x FROM (
	SELECT zone, tcs.purchase_history(at, 1::float8, date '2024-03-10', zone) AS h
	FROM (VALUES ('UTC'), ('Europe/Berlin'), ('America/New_York')) AS z(zone),
		(VALUES (timestamptz '2024-03-01 23:59+00'), ('2024-03-02 00:01+00'), ('2024-03-02 23:30+00'), ('2024-03-03 04:59+00')) AS a(at) GROUP BY zone) AS s ORDER BY zone;

-- The session's own zone and style have no say.
SET TimeZone = 'Pacific/Kiritimati';
SET DateStyle = 'SQL, DMY';
SELECT count(*) AS wrong FROM (SELECT name, at, tcs.purchase_history(at, 1::numeric, '2100-01-01', name) AS again, h FROM found
	WHERE name ~ '^A' AND at < '2010-09-01' GROUP BY name, at, h) AS s WHERE again <> h;
