-- Judging: auc, lift, brier, calibration, mae and rmse against plain SQL.
\set VERBOSITY terse
SET client_min_messages = warning;

-- 600 groups of up to 80 customers, with heavy ties and NULLs; in some only one
-- label occurs.
CREATE TEMP TABLE judged AS
SELECT g, i, CASE WHEN h % 31 = 0 THEN NULL ELSE ((h >> 8) % (1 + g % 40))::float8 / (1 + g % 40) END AS p,
	CASE WHEN h % 37 = 0 THEN NULL ELSE (h >> 24) % 10 < CASE WHEN g % 20 = 0 THEN 0 WHEN g % 20 = 1 THEN 10 ELSE g % 9 + 1 END END AS label, ((h >> 40) % 100)::float8 / 7 AS n
FROM generate_series(1, 600) AS g, LATERAL (SELECT i, hashint8extended(g * 1000 + i, 9) & 9223372036854775807 AS h FROM generate_series(1, 1 + g % 80) AS i) AS s;
CREATE TEMP TABLE kept AS SELECT * FROM judged WHERE p IS NOT NULL AND label IS NOT NULL;
CREATE INDEX ON kept (g);
ANALYZE kept;

-- auc: over all pairs.
SELECT count(*), count(o.auc), count(*) FILTER (WHERE a.auc IS NULL <> (o.auc IS NULL) OR abs(a.auc - o.auc) > 1e-14) AS differing
FROM (SELECT g, tcs.auc(p, label) FROM judged GROUP BY g) AS a
LEFT JOIN (SELECT g, avg(CASE WHEN t.p > f.p THEN 1 WHEN t.p = f.p THEN 0.5 ELSE 0 END::float8) AS auc FROM kept AS t JOIN kept AS f USING (g) WHERE t.label AND NOT f.label GROUP BY g) AS o USING (g);
SELECT count(*) FILTER (WHERE abs(tcs.auc + other - 1) > 1e-14) AS not_mirrored FROM (SELECT tcs.auc(p, label), tcs.auc(-p, label) AS other FROM judged GROUP BY g) AS tcs;

-- lift: equal scores share what part of them the top takes.
SELECT share, count(*), count(o.lift), count(*) FILTER (WHERE a.lift IS NULL <> (o.lift IS NULL) OR abs(a.lift - o.lift) > 1e-12) AS differing
FROM (VALUES (0.001), (0.1), (0.25), (0.5), (0.9), (1)) AS s(share), LATERAL (SELECT g, tcs.lift(p, label, share) FROM judged GROUP BY g) AS a
LEFT JOIN LATERAL (SELECT sum(CASE WHEN above < share * n THEN hit * least(1, (share * n - above) / here) ELSE 0 END) / (share * n) / nullif(sum(hit) / n, 0) AS lift
	FROM (SELECT count(*)::numeric AS here, count(*) FILTER (WHERE label)::numeric AS hit, sum(count(*)) OVER (ORDER BY p DESC) - count(*) AS above, sum(count(*)) OVER () AS n
		FROM kept WHERE kept.g = a.g GROUP BY p) AS x GROUP BY n) AS o ON true GROUP BY share ORDER BY share;
SELECT count(*) FILTER (WHERE lift <> 1) AS of_all FROM (SELECT tcs.lift(p, label, 1) FROM judged GROUP BY g) AS x;

-- brier, mae, rmse: means in numeric.
SELECT count(*), count(brier), count(*) FILTER (WHERE abs(a.brier - o.b) > 1e-14 OR a.brier IS NULL <> (o.b IS NULL)) AS brier,
	count(*) FILTER (WHERE abs(a.mae - o.m) > 1e-13 OR a.mae IS NULL <> (o.m IS NULL)) AS mae,
	count(*) FILTER (WHERE abs(a.rmse - o.r) > 1e-13 OR a.rmse IS NULL <> (o.r IS NULL)) AS rmse
FROM (SELECT g, tcs.brier(p, label), tcs.mae(p, n), tcs.rmse(p, n) FROM judged GROUP BY g) AS a
JOIN (SELECT g, avg((p::numeric - label::int) ^ 2) FILTER (WHERE label IS NOT NULL) AS b, avg(abs(p::numeric - n::numeric)) AS m,
	sqrt(avg((p::numeric - n::numeric) ^ 2)) AS r FROM judged GROUP BY g) AS o USING (g);

-- calibration: ranks, and the bin of the first of each tie.
CREATE TEMP TABLE bins AS SELECT g, bins, c.* FROM (SELECT g, bins, tcs.calibration(p, label, bins) AS c FROM judged, (VALUES (1), (3), (10), (1000)) AS b(bins) GROUP BY g, bins) AS s, unnest(c) AS c;
SELECT count(*) AS bins, count(*) FILTER (WHERE b.customers IS DISTINCT FROM o.customers OR b.observed IS DISTINCT FROM o.observed
	OR abs(b.predicted - o.predicted) > 1e-14 OR b.least IS DISTINCT FROM o.least OR b.greatest IS DISTINCT FROM o.greatest) AS differing
FROM bins AS b FULL JOIN (SELECT g, bins, bin, count(*) AS customers, avg(p::numeric)::float8 AS predicted,
	count(*) FILTER (WHERE label)::float8 / count(*) AS observed, min(p) AS least, max(p) AS greatest
	FROM (SELECT g, bins, p, label, ceil(rank() OVER (PARTITION BY g, bins ORDER BY p) * bins / count(*) OVER (PARTITION BY g,
		bins)::numeric)::int AS bin FROM kept, (VALUES (1), (3), (10), (1000)) AS b(bins)) AS r GROUP BY g, bins, bin) AS o USING (g, bins, bin);
SELECT count(*) AS overlapping FROM bins AS a JOIN bins AS b USING (g, bins) WHERE a.bin < b.bin AND a.greatest >= b.least;
SELECT c.* FROM (SELECT tcs.calibration(p, label, 2) FROM (VALUES (0.1, false), (0.2, false), (0.2, true), (0.8, true)) AS v(p, label)) AS s, unnest(calibration) AS c;

-- Known answers.
SELECT tcs.auc(s, l) AS perfect FROM (VALUES (1, false), (2, false), (3, true)) AS v(s, l);
SELECT tcs.auc(1, l) AS ties, tcs.lift(1, l, 0.1) AS ties FROM (VALUES (true), (false)) AS v(l);
SELECT tcs.auc(s, true) AS auc, tcs.lift(s, true, 0.1) AS lift, tcs.lift(s, false, 0.1) AS none, tcs.brier(0.5, true) AS brier FROM generate_series(1, 9) AS s;
SELECT tcs.brier(p, l) AS brier, tcs.mae(p, 1) AS mae, tcs.rmse(p, 1) AS rmse FROM (VALUES (1, true), (0, true)) AS v(p, l);
SELECT tcs.auc('-0', true), tcs.auc(s, l) AS zeros FROM (VALUES ('0'::float8, true), ('-0', false)) AS v(s, l);

-- NULLs, and nothing at all.
SELECT tcs.auc(NULL, true), tcs.lift(1, NULL, 0.1), tcs.brier(NULL, true), tcs.calibration(0.1, NULL, 3), tcs.mae(NULL, 1), tcs.rmse(1, NULL);
SELECT tcs.auc(1, true), tcs.lift(1, true, 0.1), tcs.brier(1, true), tcs.calibration(0.1, true, 3), tcs.mae(1, 1), tcs.rmse(1, 1) WHERE false;

-- Sums in which the order does not show.
SELECT count(DISTINCT m) AS mae, count(DISTINCT r) AS rmse FROM (
	SELECT tcs.mae(v, 0 ORDER BY v) AS m, tcs.rmse(v, 0 ORDER BY v) AS r FROM (SELECT sin(i) * 10.0 ^ (i % 14 - 7) AS v FROM generate_series(1, 5000) AS i) AS s
	UNION ALL SELECT tcs.mae(v, 0 ORDER BY v DESC), tcs.rmse(v, 0 ORDER BY v DESC) FROM (SELECT sin(i) * 10.0 ^ (i % 14 - 7) AS v FROM generate_series(1, 5000) AS i) AS s
	UNION ALL SELECT tcs.mae(v, 0 ORDER BY sin(v)), tcs.rmse(v, 0 ORDER BY sin(v)) FROM (SELECT sin(i) * 10.0 ^ (i % 14 - 7) AS v FROM generate_series(1, 5000) AS i) AS s) AS x;

-- As window functions, in frames that grow and that move.
SELECT count(*) FILTER (WHERE (a, l, b, m, c::text) IS DISTINCT FROM (SELECT (tcs.auc(p, label), tcs.lift(p, label, 0.2), tcs.brier(p, label),
	tcs.mae(p, n), tcs.calibration(p, label, 4)::text) FROM judged AS j WHERE j.g = w.g AND j.i <= w.i)) AS growing,
	count(*) FILTER (WHERE (a2, l2, b2, m2, c2::text) IS DISTINCT FROM (SELECT (tcs.auc(p, label), tcs.lift(p, label, 0.2), tcs.brier(p, label),
		tcs.mae(p, n), tcs.calibration(p, label, 4)::text) FROM judged AS j WHERE j.g = w.g AND j.i BETWEEN w.i - 9 AND w.i + 2)) AS moving
FROM (SELECT g, i, tcs.auc(p, label) OVER g AS a, tcs.lift(p, label, 0.2) OVER g AS l, tcs.brier(p, label) OVER g AS b, tcs.mae(p, n) OVER g AS m, tcs.calibration(p, label, 4) OVER g AS c,
		tcs.auc(p, label) OVER m AS a2, tcs.lift(p, label, 0.2) OVER m AS l2, tcs.brier(p, label) OVER m AS b2, tcs.mae(p, n) OVER m AS m2, tcs.calibration(p, label, 4) OVER m AS c2
	FROM judged WHERE g IN (79, 158) WINDOW g AS (PARTITION BY g ORDER BY i), m AS (PARTITION BY g ORDER BY i ROWS BETWEEN 9 PRECEDING AND 2 FOLLOWING)) AS w;

-- Errors.
\set VERBOSITY default
SELECT tcs.brier(1.1, true);
SELECT tcs.calibration(-0.1, true, 3);
SELECT tcs.lift(1, true, 0);
SELECT tcs.lift(i, true, i / 10.0) FROM generate_series(1, 2) AS i;
SELECT tcs.auc('NaN', true);
\set VERBOSITY terse
SELECT tcs.auc('Infinity', true);
SELECT tcs.lift('-Infinity', true, 0.1);
SELECT tcs.lift(1, true, 1.01);
SELECT tcs.lift(1, true, 'NaN');
SELECT tcs.lift(1, true, NULL);
SELECT tcs.brier('NaN', true);
SELECT tcs.calibration(0.5, true, 0);
SELECT tcs.calibration(0.5, true, 1001);
SELECT tcs.calibration(0.5, true, NULL);
SELECT tcs.calibration(0.5, true, i) FROM generate_series(1, 2) AS i;
SELECT tcs.calibration('NaN', true, 2);
SELECT tcs.mae('NaN', 1);
SELECT tcs.rmse(1, 'Infinity');
SELECT tcs.mae(1.7e308, -1.7e308);
SELECT tcs.rmse(1e200, 1);
SELECT tcs.mae(1e308, 0) FROM generate_series(1, 3);
SET tcs.fit_memory = '64kB';
SELECT tcs.auc(i, i % 2 = 0) FROM generate_series(1, 20000) AS i;
SELECT round(tcs.brier(0.3, i % 2 = 0)::numeric, 10) AS brier FROM generate_series(1, 20000) AS i;
RESET tcs.fit_memory;
