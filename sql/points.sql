-- points, against every single point.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET client_min_messages = warning;

-- Accounts with few days and small amounts, so that most of all things happen:
-- debts, cancellations of what was used or has expired, uses that are taken back
-- twice, originals that are not there.
CREATE TEMP TABLE account AS
SELECT c, i, at, amount, expires, CASE WHEN h3 % 3 = 0 AND c % 3 > 0 THEN greatest(at - (h3 >> 8) % 9, 0)::int END AS original
FROM (SELECT c, i, (h1 % (5 + c % 30))::int AS at, ((h1 >> 20) % 9 - 3 - c % 2)::int AS amount, CASE WHEN h2 % 5 > 0 THEN (h1 % (5 + c % 30) + (h2 >> 8) % 20)::int END AS expires, h3
	FROM generate_series(1, 250) AS c, generate_series(1, 1 + c % 17) AS i, LATERAL (
	SELECT hashint8extended(c * 100 + i, 1) & 9223372036854775807 AS h1, hashint8extended(c * 100 + i, 2) & 9223372036854775807 AS h2,
		hashint8extended(c * 100 + i, 3) & 9223372036854775807 AS h3) AS h) AS s;

-- One row a point that was earned, and one a point that went.
CREATE TEMP TABLE unit (n serial, lot int, day int, expires int, state text DEFAULT 'left');
CREATE TEMP TABLE went (n serial, day int, cancel bool, use int, unit int, paid serial);

CREATE FUNCTION pg_temp.come(a_unit int, today int) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	debt int;
BEGIN
	UPDATE unit SET state = CASE WHEN expires <= today THEN 'expired' ELSE 'left' END WHERE n = a_unit;
	SELECT w.n INTO debt FROM went AS w, unit AS u WHERE u.n = a_unit AND u.state = 'left' AND w.unit IS NULL ORDER BY w.n LIMIT 1;
	UPDATE went SET unit = a_unit, paid = DEFAULT WHERE n = debt;
	UPDATE unit SET state = 'gone' WHERE n = a_unit AND debt IS NOT NULL;
END $$;

CREATE FUNCTION pg_temp.go(today int, cancel bool) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	chosen int;
BEGIN
	SELECT n INTO chosen FROM unit WHERE state = 'left' ORDER BY expires, lot LIMIT 1;
	UPDATE unit SET state = 'gone' WHERE n = chosen;
	INSERT INTO went (day, cancel, unit) VALUES (today, cancel, chosen);
END $$;

CREATE FUNCTION pg_temp.by_points(customer int, as_of int) RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	r record;
	one record;
	lots int := 0;
	earned int := 0;
	used int := 0;
	cancelled int := 0;
BEGIN
	DELETE FROM unit;
	DELETE FROM went;
	FOR r IN SELECT at, amount, original, coalesce(expires, 1000000) AS expires FROM account WHERE c = customer AND at <= as_of AND amount <> 0
		ORDER BY at, CASE WHEN original IS NULL THEN CASE WHEN amount > 0 THEN 0 ELSE 2 END ELSE CASE WHEN amount > 0 THEN 3 ELSE 1 END END, original, 4 LOOP
		UPDATE unit SET state = 'expired' WHERE state = 'left' AND expires <= r.at;
		lots := lots + 1;
		FOR point IN 1 .. abs(r.amount) LOOP
			IF r.amount > 0 AND r.original IS NOT NULL THEN
				SELECT * INTO one FROM went WHERE day = r.original AND NOT cancel ORDER BY unit IS NULL DESC, paid DESC LIMIT 1;
				IF FOUND THEN
					DELETE FROM went WHERE n = one.n;
					used := used - 1;
					PERFORM pg_temp.come(one.unit, r.at) WHERE one.unit IS NOT NULL;
					CONTINUE;
				END IF;
			END IF;
			IF r.amount > 0 THEN
				earned := earned + 1;
				INSERT INTO unit (lot, day, expires) VALUES (lots, r.at, r.expires) RETURNING n INTO one;
				PERFORM pg_temp.come(one.n, r.at);
			ELSIF r.original IS NULL THEN
				used := used + 1;
				PERFORM pg_temp.go(r.at, false);
			ELSE
				cancelled := cancelled + 1;
				SELECT * INTO one FROM unit WHERE day = r.original AND state IN ('left', 'expired') ORDER BY expires <> r.expires, lot, state DESC LIMIT 1;
				IF FOUND THEN
					UPDATE unit SET state = 'gone' WHERE n = one.n;
				ELSE
					PERFORM pg_temp.go(r.at, true);
				END IF;
			END IF;
		END LOOP;
	END LOOP;
	UPDATE unit SET state = 'expired' WHERE state = 'left' AND expires <= as_of;
	RETURN (SELECT ROW(count(*) FILTER (WHERE state = 'left') - (SELECT count(*) FROM went WHERE unit IS NULL), earned, used, cancelled,
		count(*) FILTER (WHERE state = 'expired'), count(*) FILTER (WHERE state = 'left' AND expires <= as_of + 30), date '2024-01-01' + next,
		CASE WHEN next IS NOT NULL THEN count(*) FILTER (WHERE state = 'left' AND expires = next) END)::text
		FROM (SELECT min(expires) AS next FROM unit WHERE state = 'left' AND expires < 1000000) AS m LEFT JOIN unit ON true GROUP BY next);
END $$;

CREATE TEMP TABLE answer AS
SELECT c, as_of, tcs.points(date '2024-01-01' + at, amount, date '2024-01-01' + as_of, date '2024-01-01' + expires, date '2024-01-01' + original) AS p,
	tcs.points(date '2024-01-01' + at, amount, date '2024-01-01' + as_of, date '2024-01-01' + expires, date '2024-01-01' + original ORDER BY hashint4(i)) AS shuffled,
	tcs.points(timestamp '2024-01-01 23:59' + at * interval '1 day', amount::smallint, date '2024-01-01' + as_of, date '2024-01-01' + expires, timestamp '2024-01-01 10:00' + original * interval '1 day') AS ts,
	tcs.points(timestamptz '2023-12-31 16:00+00' + at * interval '1 day', amount::bigint, date '2024-01-01' + as_of, date '2024-01-01' + expires, timestamptz '2023-12-31 15:00+00' + original * interval '1 day', 'Asia/Tokyo') AS tz
FROM account, unnest(ARRAY[4, 15, 60]) AS as_of GROUP BY c, as_of;
SELECT count(*) AS answers, count(*) FILTER (WHERE p::text IS DISTINCT FROM pg_temp.by_points(c, as_of)) AS wrong,
	count(*) FILTER (WHERE p IS DISTINCT FROM shuffled) AS order_shows, count(*) FILTER (WHERE p IS DISTINCT FROM ts OR p IS DISTINCT FROM tz) AS type_shows,
	count(*) FILTER (WHERE (p).balance <> (p).earned - (p).used - (p).cancelled - (p).expired) AS do_not_add_up,
	count(*) FILTER (WHERE (p).balance < 0) > 50 AS debts, count(*) FILTER (WHERE (p).cancelled > 0) > 50 AS cancelled, count(*) FILTER (WHERE (p).expired > 0) > 50 AS expired
FROM answer;

-- By hand.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION pg_temp.of(ledger text, as_of date, term interval DEFAULT '1 year') RETURNS tcs.points
	LANGUAGE sql AS $$
SELECT tcs.points(a[1]::date, a[2]::numeric, as_of, term, a[3]::date) FROM regexp_split_to_table(ledger, ', *') AS r, regexp_split_to_array(r, ' ') AS a $$;
-- First in, first out: of 100 and 50, 120 are used; what is left is of the second.
SELECT pg_temp.of('2023-01-10 100, 2023-06-01 50, 2023-09-01 -120', as_of) FROM unnest('{2023-06-01,2023-12-31,2024-01-10,2024-05-02,2024-05-31,2024-06-01}'::date[]) AS as_of;
-- The last day of points is the one before next_expiry; of a leap day, too.
SELECT pg_temp.of('2024-02-29 10, 2025-02-27 -4', '2025-02-27'), pg_temp.of('2024-02-29 10, 2025-02-28 -4', '2025-02-28');
-- What expires first is used first, whenever it came; what never expires is used last.
SELECT tcs.points(at, amount, '2024-06-01', expires) FROM (VALUES (date '2024-01-01', 10, NULL::date), ('2024-02-01', 10, '2025-01-01'), ('2024-03-01', 10, '2024-07-01'), ('2024-04-01', -15, NULL)) AS v(at, amount, expires);
-- A debt is paid by the next points; those on one day are there before they are used.
SELECT pg_temp.of('2024-01-01 10, 2024-01-02 -30', '2024-01-02'), pg_temp.of('2024-01-01 10, 2024-01-02 -30, 2024-01-03 25', '2024-01-03'), pg_temp.of('2024-01-02 -30, 2024-01-02 30', '2024-01-02');
-- An order is sent back, and its points cancelled: unused, used, expired.
SELECT pg_temp.of('2024-01-01 100, 2024-02-01 50, 2024-03-01 -100 2024-01-01', '2024-03-01'),
	pg_temp.of('2024-01-01 100, 2024-02-01 50, 2024-02-10 -120, 2024-03-01 -100 2024-01-01', '2024-03-01'),
	pg_temp.of('2024-01-01 100, 2024-02-10 -60, 2025-03-01 -100 2024-01-01', '2025-03-01');
-- A use is taken back: its points expire when they would have, if they have not yet.
SELECT pg_temp.of('2024-01-01 100, 2024-06-01 50, 2024-07-01 -120, 2024-08-01 30 2024-07-01', '2024-08-01'),
	pg_temp.of('2024-01-01 100, 2024-06-01 50, 2024-07-01 -120, 2025-02-01 120 2024-07-01', '2025-02-01'),
	pg_temp.of('2024-01-01 100, 2024-07-01 5 2024-06-01', '2024-07-01');
-- Exactly as the amounts are.
SELECT tcs.points(date '2024-01-01', amount, '2024-01-01') FROM (VALUES (0.1), (0.2), (-0.3), (1000000000000.25), (-1e3)) AS v(amount);
SELECT (p).balance = total AS exact, scale((p).balance) = scale(total) AS as_shown FROM (
	SELECT tcs.points(date '2024-01-01' + i, a, '2100-01-01') AS p, sum(a) AS total FROM (
		SELECT i, round(CASE WHEN i % 3 = 0 THEN -1 ELSE 1 END * (i * 7919 % 100003)::numeric / 7, i % 9) AS a FROM generate_series(1, 5000) AS i) AS s) AS t;
SELECT tcs.points(date '2024-01-01', amount, '2024-01-01') FROM (VALUES (123456789012345678), (-9), (0)) AS v(amount);
SELECT tcs.points(date '2024-01-01', amount, '2024-01-01') FROM (VALUES (1234567890123456.5), (0.999999999999999999 - 0.999999999999999999), (-12345.0)) AS v(amount) WHERE scale(amount) < 2;
SELECT tcs.points(date '2024-01-01', amount, '2024-01-01') FROM (VALUES (1 / 8.0), (12345678.0 * 0.1000000000000), (0.00000000000000000000)) AS v(amount);
-- The term by the calendar, in the zone whose days count; hours make days.
SELECT term, (tcs.points(at, 1, '2024-01-31', term)).next_expiry FROM (VALUES (date '2024-01-31', interval '1 month'), ('2024-01-31', '29 days'), ('2024-01-31', '696 hours'), ('2024-01-31', '1 month 1 day'), ('2024-01-31', '-1 day'), ('2024-01-31', NULL)) AS v(at, term) GROUP BY at, term ORDER BY term;
SELECT tcs.points(timestamptz '2024-01-31 20:00+00', 5, '2024-02-01', interval '1 month', zone) FROM unnest('{UTC,Asia/Tokyo}'::text[]) AS zone GROUP BY zone ORDER BY zone;
SELECT tcs.points(date '2024-01-31', 5, '2024-02-01', interval '1 month', 'Asia/Tokyo'), tcs.points(timestamp '2024-01-31 23:00', 5, '2024-01-31', date 'infinity', 'Asia/Tokyo');
-- NULLs, days to come, no row at all: never NULL.
SELECT tcs.points(at, amount, '2024-01-02') FROM (VALUES (date '2024-01-01', 5), (NULL, 7), ('2024-01-02', NULL), ('2024-01-03', 11)) AS v(at, amount);
SELECT tcs.points(date '2024-01-01', 1, '2024-01-01') FROM generate_series(1, 0);
SELECT c, tcs.points(at, amount, '2024-12-31', interval '1 year') FROM (VALUES (1), (2)) AS c(c) LEFT JOIN (VALUES (1, date '2024-01-01', 3)) AS p(c, at, amount) USING (c) GROUP BY c ORDER BY c;
-- The balance after each row, in frames that grow and that move.
SELECT count(*), count(*) FILTER (WHERE (grown).balance <> total) AS wrong, count(*) FILTER (WHERE (moving).balance <> few) AS wrong_moving
FROM (SELECT tcs.points(date '2024-01-01' + i, i % 7 - 3, '2030-01-01') OVER (ORDER BY i) AS grown, sum(i % 7 - 3) OVER (ORDER BY i) AS total,
	tcs.points(date '2024-01-01' + i, i % 7 - 3, '2030-01-01') OVER (ORDER BY i ROWS 4 PRECEDING) AS moving, sum(i % 7 - 3) OVER (ORDER BY i ROWS 4 PRECEDING) AS few FROM generate_series(1, 200) AS i) AS s;
-- What expires within another time is what is expired by then and was not before.
SELECT bool_and(((p).expiring) = (later).expired - (p).expired) FROM (
	SELECT tcs.points(date '2024-01-01' + at, amount, '2024-01-12', date '2024-01-01' + expires) AS p, tcs.points(date '2024-01-01' + at, amount, '2024-02-11', date '2024-01-01' + expires) AS later
	FROM account WHERE at <= 11 GROUP BY c) AS s WHERE (p).balance >= 0;

-- Errors.
CREATE FUNCTION pg_temp.error(call text) RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
BEGIN
	EXECUTE 'SELECT ' || call;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN format('%s %s | %s', SQLSTATE, message, hint);
END $$;
SELECT pg_temp.error(call) FROM unnest(ARRAY[
	$$tcs.points(date '2024-01-01', 1, NULL::date)$$, $$tcs.points(date '2024-01-01', 1, date 'infinity')$$, $$tcs.points(date 'infinity', 1, '2024-01-01')$$,
	$$tcs.points(timestamptz '-infinity', 1, '2024-01-01', 'UTC')$$, $$tcs.points(timestamptz '2024-01-01', 1, '2024-01-01', 'Nowhere')$$, $$tcs.points(timestamptz '2024-01-01', 1, '2024-01-01', NULL::text)$$,
	$$tcs.points(date '2024-01-01', numeric 'NaN', '2024-01-01')$$, $$tcs.points(date '2024-01-01', numeric 'infinity', '2024-01-01')$$,
	$$tcs.points(date '2024-01-01', 1e19, '2024-01-01')$$, $$tcs.points(date '2024-01-01', 0.1234567890123456789, '2024-01-01')$$,
	$$tcs.points(date '2024-01-01', a, '2024-01-01') FROM unnest('{9000000000000000000,0.1}'::numeric[]) AS a$$, $$tcs.points(date '2024-01-01', a, '2024-01-01') FROM unnest('{0.1,9000000000000000000}'::numeric[]) AS a$$,
	$$tcs.points(date '2024-01-01', a, '2024-01-01') FROM unnest('{9000000000000000000,9000000000000000000}'::numeric[]) AS a$$, $$tcs.points(date '2024-01-01', a, '2024-01-01') FROM unnest('{-9223372036854775807,-1}'::numeric[]) AS a$$,
	$$tcs.points(date '2024-01-01', 1, '2024-01-01', interval '365')$$, $$tcs.points(date '5874897-12-01', 1, '5874897-12-31', interval '2000 days')$$,
	$$tcs.points(date '2024-01-01', 1, '2024-01-01', date '-infinity')$$, $$tcs.points(date '2024-01-01', 1, '2024-01-01', date '2024-01-01', date 'infinity')$$, $$tcs.points(date '2024-01-01', 1, '2024-01-01', date '2024-01-01', date '2024-01-02')$$,
	$$tcs.points(text '2024-01-01', 1, date '2024-01-01')$$, $$tcs.points(date '2024-01-01', 1.5::float8, date '2024-01-01')$$, $$tcs.points(date '2024-01-01', 1, 'today'::text)$$,
	$$tcs.points(timestamptz '2024-01-01', 1, date '2024-01-01')$$, $$tcs.points(date '2024-01-01', 1, date '2024-01-01', 12)$$, $$tcs.points(timestamptz '2024-01-01', 1, date '2024-01-01', interval '1 year')$$]) AS call;
