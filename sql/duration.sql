-- duration, against survfit of R and against plain quantiles.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET client_min_messages = warning;

-- Times, whether each is closed, and what R (survival 3.5, conf.type = "log-log")
-- says of the median with its limits and of the 90th percentile; -1 is none.
CREATE TEMP TABLE known AS
SELECT row_number() OVER () AS c, w.times, w.closed, w.days FROM (VALUES
	('{2,6,1,9,5,7,7,2,7,7}', '1111111111', '{6.5,1,7,8,7,-1}'),
	('{46,7,58,25,11,50,19,39,49,30,14,5,15,21,58,20,3,10,37,25,22,1}', '1101010100111011110000', '{39,15,58,-1,50,-1}'),
	('{4,7}', '11', '{5.5,4,-1,7,4,-1}'),
	('{9,45,57,39,58,47,49,22,4,31,37,2,52,40,15,54,7,27,15,49,17,39,28,37}', '111111111111111111111111', '{37,17,45,54,49,-1}'),
	('{7,6,8,8,7,5,5,3,0,6}', '1110101000', '{7,5,-1,-1,7,-1}'),
	('{40,57}', '01', '{57,-1,-1,57,-1,-1}'),
	('{8,5,3,7,3,5,7,7,8}', '111111111', '{7,3,-1,8,7,-1}'),
	('{34,17,44,30,49,20,42,22,30,33,30,51,33,17,7,36,16,20}', '010001000101010011', '{51,20,-1,51,-1,-1}'),
	('{3,9,6,6,9,2,3,9,0,5,9,9,9,8,7,0,9,1,2,7,4,1}', '0111110010110001101011', '{9,4,9,-1,9,-1}'),
	('{28,3,24,34,33,23,52,34,30,49,56,56,27,29,39,44,52,17,15,37,7,31}', '1111111111111111111111', '{32,24,39,52,44,-1}'),
	('{3,8,8,6,3,8,7,2,7,5,4,8,9,4,2}', '010000011100001', '{-1,5,-1,-1,-1,-1}'),
	('{37,54,41,26,58,38,15,5,1,13,60}', '01101011100', '{54,5,-1,-1,54,-1}'),
	('{1,4,3,7,3,0,7,6,6,9,4,1,3,2,2,2,1,9,3,5,7}', '111111111111111111111', '{3,2,6,7,6,-1}'),
	('{49,39,45,31,31,33,59,47,16,60,16,2,13,16,21}', '001110000011000', '{-1,31,-1,-1,-1,-1}'),
	('{9,6,9,0,2,4,8,4,0,8,2,4,6,9,5,2,4,0,8,5,2,1,8,6}', '101001111111111111011111', '{5,4,8,9,8,-1}'),
	('{35,49,24,29,15,46,40,1,31,19,59,60,57,38,56,32,23,0,27,15,51}', '111111111111111111111', '{32,23,46,57,49,-1}'),
	('{8,9}', '00', '{-1,-1,-1,-1,-1,-1}'),
	('{10,8,25,48,48,39,11,35,31,12,27,41,25,18,33,34,52,58,27,9}', '11111111101001111010', '{33,25,48,52,48,-1}'),
	('{1,6,0,5}', '1111', '{3,0,-1,6,1,-1}'),
	('{17,12,19,60,20,12,30,12,41,13,12,35,60,10,42,43,50,30,12,6,60,28,56,51,26}', '0101010110001000101100011', '{51,26,60,-1,60,-1}'),
	('{8,7,7,6}', '1111', '{7,6,-1,8,7,-1}'),
	('{6,37,14,21,15,18,15,40,6,8,49,59,21,13,18,40,28,51,6,56,57}', '111111111111111111111', '{21,14,40,56,40,-1}'),
	('{3,3}', '00', '{-1,-1,-1,-1,-1,-1}'),
	('{29,56,48,9}', '1011', '{38.5,9,-1,-1,29,-1}'),
	('{9,2,9,4,7,0,8,6,7,0,9,9}', '111111111111', '{7,0,-1,9,-1,-1}'),
	('{49,5,19,48,23}', '10101', '{36,19,-1,49,23,-1}'),
	('{1,1,4,8,7,1,0,0,9,0,8,1,6,7,8,4,0,8,1,0,5,0,0,1,6,2}', '11111101101111111101101111', '{4,1,7,8,7,-1}'),
	('{31,54,29,58,10,32,31,47,17,1}', '1111111111', '{31,1,47,56,32,-1}'),
	('{0,0,8,6,4,1,2,4,3,4,1,9,4,3,3,5,6,3,4,4,3}', '101110000000000010111', '{6,4,8,-1,6,-1}'),
	('{21,0,39,39,29,29,37,4,37,30,30,52,20,17,39,16,8,52,51,60,53,59,22,50}', '111101101101111111111101', '{39,29,51,59,51,-1}'),
	('{9,8,9,3,5,1,5,2,3,2}', '1111111111', '{4,1,8,9,5,-1}'),
	('{34,2,55,49,10,30,57,26,5,12,14,2}', '100011010010', '{34,10,-1,-1,34,-1}'),
	('{8,7,1,5,3,6,2,1,2,2,7,6,1,5,0}', '000111110111011', '{5,2,7,-1,6,-1}'),
	('{29,57,44,1,5,51,23,22,47,47,3,51,39,6,37,9,48,35,38,21,49,60,13,26,26}', '1111111111111111111111111', '{35,22,47,51,47,-1}'),
	('{5,1,1,0,8,0,2,6,2,8}', '0010000101', '{8,1,-1,-1,6,-1}'),
	('{15,46,3,42}', '1000', '{-1,15,-1,-1,15,-1}'),
	('{1,7,4,2,6,1,1,2,0,4,1,6,7,9,9,7,7}', '11111111111111111', '{4,1,7,9,7,-1}'),
	('{36,20,9}', '000', '{-1,-1,-1,-1,-1,-1}'),
	('{5,6}', '10', '{5,5,-1,-1,5,-1}'),
	('{8,44,16,0,14,32,52,39,49,18,7,48,17,37,29,16,59,22,60,15}', '11111111111111111111', '{25.5,15,44,55.5,44,-1}')
) AS v(times, closed, days), LATERAL (SELECT v.times::int[] AS times, string_to_array(v.closed, NULL) AS closed, v.days::float8[] AS days) AS w;
CREATE TEMP TABLE spell AS
SELECT c, date '2024-01-01' + (c % 5)::int AS opened, t, s = '1' AS closed FROM known, unnest(known.times, known.closed) AS u(t, s);
SELECT count(*) AS cases, count(*) FILTER (WHERE days IS DISTINCT FROM ARRAY(SELECT coalesce(extract(epoch FROM i) / 86400, -1)::float8
	FROM unnest(ARRAY[(d).median, (d).low, (d).high, (d).p90, (d).p90_low, (d).p90_high]) WITH ORDINALITY AS u(i, n) ORDER BY n)) AS unlike_r,
	count(*) FILTER (WHERE d IS DISTINCT FROM by_dates) AS dates_differ, count(*) FILTER (WHERE d IS DISTINCT FROM by_instants) AS instants_differ,
	count(*) FILTER (WHERE d IS DISTINCT FROM by_times) AS times_differ, count(*) FILTER (WHERE (d).median IS NULL) > 3 AS some_unknown
FROM (SELECT c, tcs.duration(t * interval '1 day', closed) AS d FROM spell GROUP BY c) AS d
JOIN (SELECT c, tcs.duration(opened, CASE WHEN closed THEN opened + t END, CASE WHEN closed THEN date '2025-01-01' ELSE opened + t END) AS by_dates FROM spell GROUP BY c) AS e USING (c)
JOIN (SELECT c, tcs.duration(opened::timestamptz, opened + (t + CASE WHEN closed THEN 0 ELSE 9 END) * interval '1 day', (opened + t)::timestamptz) AS by_instants FROM spell GROUP BY c) AS f USING (c)
JOIN (SELECT c, tcs.duration(opened::timestamp, CASE WHEN closed THEN opened::timestamp + t * interval '1 day' ELSE 'infinity' END, opened::timestamp + t * interval '1 day') AS by_times FROM spell GROUP BY c) AS g USING (c)
JOIN known USING (c);

-- The remission of leukaemia in weeks of Freireich and others, 1963 (Gehan, 1965):
-- survfit of R's survival has medians of 8 and 23 weeks.
CREATE TEMP TABLE gehan AS
SELECT 'placebo' AS drug, t, true AS ended FROM unnest('{1,1,2,2,3,4,4,5,5,8,8,8,8,11,11,12,12,15,17,22,23}'::int[]) AS t
UNION ALL SELECT '6-MP', t, true FROM unnest('{6,6,6,7,10,13,16,22,23}'::int[]) AS t
UNION ALL SELECT '6-MP', t, false FROM unnest('{6,9,10,11,17,19,20,25,32,32,34,35}'::int[]) AS t;
\pset null -
SELECT drug, (d).n, (d).closed, (d).open, (d).oldest_open, (d).median, (d).low, (d).high, (d).p90, (d).p90_low, (d).p90_high
FROM (SELECT drug, tcs.duration(t * interval '1 day', ended) AS d FROM gehan GROUP BY drug) AS s ORDER BY drug;
-- S at 6, 10, 20 and 23 weeks: 0.857, 0.753, 0.627, 0.448; none is known after 35.
SELECT days, round((1 - (d).within)::numeric, 4) AS s, round((d).within_low::numeric, 4) AS low, round((d).within_high::numeric, 4) AS high
FROM (SELECT days, tcs.duration(t * interval '1 day', ended, days * interval '1 day') AS d FROM gehan, unnest('{0,5,6,10,20,23,35,36}'::int[]) AS days WHERE drug = '6-MP' GROUP BY days) AS s ORDER BY days;

-- Where nothing is open: the share is that of rate, the median percentile_cont's.
SELECT count(*), count(*) FILTER (WHERE abs((d).within - (r).rate) > 1e-12 OR abs((d).within_low - (r).low) > 1e-9 OR abs((d).within_high - (r).high) > 1e-9) AS share_differs,
	count(*) FILTER (WHERE (d).median <> (m / 86400) * interval '1 day') AS median_differs, count(*) FILTER (WHERE (r).rate IN (0, 1)) > 2 AS some_all_or_none
FROM (SELECT g, tcs.duration(t * interval '1 day', true, '20 days') AS d, tcs.rate(t <= 20) AS r, percentile_cont(0.5) WITHIN GROUP (ORDER BY t * 86400.0) AS m
	FROM (SELECT g, (hashint8extended(i, g) & 1023) % (5 + g) AS t FROM generate_series(1, 60) AS g, generate_series(1, 2 + g % 23) AS i) AS s GROUP BY g) AS q;

-- The share by the formula of Rothman, 1978, from S and Greenwood's sum in SQL.
WITH risk AS (SELECT DISTINCT t, count(*) FILTER (WHERE ended) OVER (PARTITION BY t) AS d, (SELECT count(*) FROM gehan AS g WHERE drug = '6-MP' AND g.t >= h.t) AS n FROM gehan AS h WHERE drug = '6-MP'),
	km AS (SELECT 1 - exp(sum(ln(1 - d / n::float8))) AS share, sum(d / (n * (n - d)::float8)) AS v FROM risk WHERE t <= 20 AND d > 0),
	w AS (SELECT share, share / ((1 - share) * v) AS n, 1.959963984540054 AS z FROM km)
SELECT abs((d).within - share) < 1e-12 AS share, abs((d).within_low - (share + z * z / (2 * n) - z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))) / (1 + z * z / n)) < 1e-9 AS low,
	abs((d).within_high - (share + z * z / (2 * n) + z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))) / (1 + z * z / n)) < 1e-9 AS high
FROM w, (SELECT tcs.duration(t * interval '1 day', ended, '20 days') AS d FROM gehan WHERE drug = '6-MP') AS s;

-- What the interval is for: in 19 of 20 samples it holds the true median, ln 2, open cases or not.
SELECT round(avg(((d).low <= ln(2) * interval '1 day' AND coalesce((d).high >= ln(2) * interval '1 day', true))::int), 2) BETWEEN 0.93 AND 0.98 AS right,
	round(avg(((w).within_low <= 1 - exp(-0.3) AND (w).within_high >= 1 - exp(-0.3))::int), 2) BETWEEN 0.93 AND 0.98 AS right_share
FROM (SELECT g, tcs.duration(least(t, c) * interval '1 day', t <= c) AS d, tcs.duration(least(t, c) * interval '1 day', t <= c, '0.3 days') AS w
	FROM (SELECT g, -ln(((hashint8extended(i, g) & 1048575) + 0.5) / 1048576) AS t, -2 * ln(((hashint8extended(i, -g) & 1048575) + 0.5) / 1048576) AS c FROM generate_series(1, 1500) AS g, generate_series(1, 30) AS i) AS s GROUP BY g) AS q;

-- As it was known on a day: cases that were closed later were open then.
\pset format unaligned
\pset tuples_only on
CREATE TEMP TABLE complaint (opened timestamptz, solved timestamptz);
INSERT INTO complaint VALUES ('2024-03-01 09:00+00', '2024-03-01 15:00+00'), ('2024-03-02 09:00+00', '2024-03-09 09:00+00'), ('2024-03-05 12:00+00', NULL), ('2024-03-20 08:00+00', '2024-03-20 08:00+00'), (NULL, '2024-03-20 08:00+00');
SELECT day::date, tcs.duration(opened, solved, day, '1 day') FROM complaint, generate_series(timestamptz '2024-03-01', '2024-03-25', '6 days') AS day GROUP BY day ORDER BY day;
-- No case, an open one, a closed one, two.
SELECT tcs.duration(opened, solved, '2020-01-01'), tcs.duration(opened, solved, now()) FILTER (WHERE false) FROM complaint;
SELECT tcs.duration(interval '1 hour', false), tcs.duration(interval '1 hour', false, '1 hour'), tcs.duration(interval '1 hour', false, '61 minutes'), tcs.duration(interval '1 hour', true, '59 minutes'), tcs.duration(interval '1 hour', true, '60 minutes');
SELECT tcs.duration(t, true) FROM (VALUES (interval '1 hour'), ('1 month'), (NULL)) AS v(t);
SELECT tcs.duration(date '2024-01-01', closed, '2024-01-09') FROM (VALUES (date '2024-01-01'), ('2024-01-04'), ('infinity'), (NULL)) AS v(closed);
-- A row that leaves a frame leaves no trace.
SELECT count(*), count(*) FILTER (WHERE moving IS DISTINCT FROM alone) FROM (
	SELECT i, tcs.duration(i * 7 % 11 * interval '1 day', i % 3 > 0) OVER (ORDER BY i ROWS 5 PRECEDING) AS moving,
		(SELECT tcs.duration(j * 7 % 11 * interval '1 day', j % 3 > 0) FROM generate_series(greatest(i - 5, 1), i) AS j) AS alone FROM generate_series(1, 60) AS i) AS s;

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
	$$tcs.duration(date '2024-01-02', date '2024-01-01', date '2024-01-09')$$, $$tcs.duration(date '2024-01-02', NULL, NULL::date)$$, $$tcs.duration(date '2024-01-02', NULL, date 'infinity')$$,
	$$tcs.duration(timestamp '-infinity', NULL, timestamp '2024-01-01')$$, $$tcs.duration(timestamp '2024-01-01', '-infinity', timestamp '2024-01-01')$$, $$tcs.duration(date '4713-01-01 BC', NULL, date '200000-01-01')$$,
	$$tcs.duration(timestamptz '2024-01-01', NULL, timestamptz '2024-01-01', NULL)$$, $$tcs.duration(timestamptz '2024-01-01', NULL, timestamptz '2024-01-01', interval '-1 day')$$,
	$$tcs.duration(interval '-1 microsecond', true)$$, $$tcs.duration(interval '-1 month 30 days', true)$$, $$tcs.duration(interval '170000 years', true)$$, $$tcs.duration(interval '1 day', true, i * interval '1 day') FROM generate_series(1, 2) AS i$$,
	$$tcs.duration(3, true)$$, $$tcs.duration(date '2024-01-01', date '2024-01-02')$$, $$tcs.duration('2024-01-01'::text, now(), now())$$, $$tcs.duration(interval '1 day', 1)$$]) AS call;
SET tcs.fit_memory = '1MB';
SELECT pg_temp.error($$tcs.duration(i * interval '1 second', true) FROM generate_series(1, 200000) AS i$$);
RESET tcs.fit_memory;
