-- key_drivers, against all subsets by lm of R and by regressions in SQL.
SET client_min_messages = warning;

-- Fertility in 47 provinces of Switzerland in 1888 (Mosteller and Tukey, 1977; swiss of R).
CREATE TEMP TABLE swiss AS
SELECT *, row_number() OVER () AS i FROM (VALUES
	(80.2,17,15,12,9.96,22.2),
	(83.1,45.1,6,9,84.84,22.2),
	(92.5,39.7,5,5,93.4,20.2),
	(85.8,36.5,12,7,33.77,20.3),
	(76.9,43.5,17,15,5.16,20.6),
	(76.1,35.3,9,7,90.57,26.6),
	(83.8,70.2,16,7,92.85,23.6),
	(92.4,67.8,14,8,97.16,24.9),
	(82.4,53.3,12,7,97.67,21),
	(82.9,45.2,16,13,91.38,24.4),
	(87.1,64.5,14,6,98.61,24.5),
	(64.1,62,21,12,8.52,16.5),
	(66.9,67.5,14,7,2.27,19.1),
	(68.9,60.7,19,12,4.43,22.7),
	(61.7,69.3,22,5,2.82,18.7),
	(68.3,72.6,18,2,24.2,21.2),
	(71.7,34,17,8,3.3,20),
	(55.7,19.4,26,28,12.11,20.2),
	(54.3,15.2,31,20,2.15,10.8),
	(65.1,73,19,9,2.84,20),
	(65.5,59.8,22,10,5.23,18),
	(65,55.1,14,3,4.52,22.4),
	(56.6,50.9,22,12,15.14,16.7),
	(57.4,54.1,20,6,4.2,15.3),
	(72.5,71.2,12,1,2.4,21),
	(74.2,58.1,14,8,5.23,23.8),
	(72,63.5,6,3,2.56,18),
	(60.5,60.8,16,10,7.72,16.3),
	(58.3,26.8,25,19,18.46,20.9),
	(65.4,49.5,15,8,6.1,22.5),
	(75.5,85.9,3,2,99.71,15.1),
	(69.3,84.9,7,6,99.68,19.8),
	(77.3,89.7,5,2,100,18.3),
	(70.5,78.2,12,6,98.96,19.4),
	(79.4,64.9,7,3,98.22,20.2),
	(65,75.9,9,9,99.06,17.8),
	(92.2,84.6,3,3,99.46,16.3),
	(79.3,63.1,13,13,96.83,18.1),
	(70.4,38.4,26,12,5.62,20.3),
	(65.7,7.7,29,11,13.79,20.5),
	(72.7,16.7,22,13,11.22,18.9),
	(64.4,17.6,35,32,16.92,23),
	(77.6,37.6,15,7,4.97,20),
	(67.6,18.7,25,7,8.65,19.5),
	(35,1.2,37,53,42.34,18),
	(44.7,46.6,16,29,50.43,18.2),
	(42.8,27.7,22,29,58.33,19.3)
) AS v(fertility, agriculture, examination, education, catholic, infant_mortality);
CREATE TEMP VIEW sample AS SELECT i, fertility::float8, agriculture::float8, examination::int, education::float4, catholic, infant_mortality::float8 FROM swiss;

-- The worths (LMG: Lindeman, Merenda and Gold, 1980) and R^2 from R's lm over all subsets of the features;
-- errors of the shares within a third of those of the jackknife, which leaves each row out.
SELECT feature, round((share * r_squared)::numeric, 8) AS worth, round(slope::numeric, 5) AS slope, round(r_squared::numeric, 6) AS r_squared, n,
	(high - share) / 1.96 / jackknife BETWEEN 0.67 AND 1.34 AS error_right, abs(low - greatest(2 * share - high, 0)) < 1e-9 AS symmetric
FROM (SELECT tcs.key_drivers(fertility, ROW(agriculture, examination, education, catholic, infant_mortality)) AS k FROM sample) AS s, unnest(k)
JOIN (VALUES ('f1', 0.02186331), ('f2', 0.07406655), ('f3', 0.11055571), ('f4', 0.09084788), ('f5', 0.08415202)) AS j(feature, jackknife) USING (feature);
-- Text is a feature with several columns: lm of R says .2137276030, .1675329589, .2328546440.
SELECT feature, round((share * r_squared)::numeric, 8) AS worth, slope IS NULL AS no_slope, description
FROM (SELECT tcs.key_drivers(fertility, f) AS k FROM (SELECT fertility, education, examination, CASE WHEN catholic > 80 THEN 'catholic' WHEN catholic < 20 THEN 'protestant' ELSE 'mixed' END AS faith FROM sample) AS s,
	LATERAL (SELECT education, examination, faith) AS f) AS s, unnest(k);
-- The same in Chinese.
SELECT description
FROM (SELECT tcs.key_drivers(fertility, f, '{"language": "zh"}') AS k FROM sample, LATERAL (SELECT agriculture, education, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END AS parity) AS f) AS s, unnest(k);
SELECT (tcs.key_drivers(y, f, '{"language": "zh"}'))[1].description = U&'x\FF1A\8FD9\4E9B\56E0\7D20\8BF4\660E\4E0D\4E86\7ED3\679C' AS nothing FROM (VALUES (1, 0), (2, 0), (1, 1), (2, 1)) AS v(y, x), LATERAL (SELECT x) AS f;

-- By the definition: two features, from the correlations of SQL.
SELECT bool_and(abs(share - CASE feature WHEN 'a' THEN (raa + rab - rbb) / 2 / rab ELSE (rbb + rab - raa) / 2 / rab END) < 1e-9 AND abs(r_squared - rab) < 1e-9) AS right
FROM (SELECT tcs.key_drivers(y, f) AS k, corr(y, s.a) ^ 2 AS raa, corr(y, s.b) ^ 2 AS rbb,
	(corr(y, s.a) ^ 2 + corr(y, s.b) ^ 2 - 2 * corr(y, s.a) * corr(y, s.b) * corr(s.a, s.b)) / (1 - corr(s.a, s.b) ^ 2) AS rab
	FROM (SELECT fertility AS y, agriculture AS a, education::float8 AS b FROM sample) AS s, LATERAL (SELECT s.a, s.b) AS f) AS s, unnest(k);

-- A feature that others tell together shares with them, and R^2 is what it was; one that
-- another equals is left out.
SELECT count(*) AS features, round(sum(share)::numeric, 9) AS total, bool_and(abs(r_squared - without) < 1e-9) AS same_r_squared, min(share) > 0.1 AS all_have_some
FROM (SELECT tcs.key_drivers(fertility, f) AS k, regr_r2(fertility, predicted) AS without FROM (SELECT *, (SELECT tcs.linear_fit(fertility, g, '{"l2": 0}') FROM sample, LATERAL (SELECT education, examination) AS g) AS m FROM sample) AS s,
	LATERAL (SELECT education, examination, education - 2 * examination AS third, 7 - 3 * education AS equal) AS f, LATERAL (SELECT tcs.linear_score(m, s) AS predicted) AS p) AS s, unnest(k);
-- Weights count rows; the order of the rows does not show.
SELECT weighted = twice AS weights_are_rows, plain = shuffled AS no_order FROM
	(SELECT tcs.key_drivers(fertility, f, '{"weight": "w"}') AS w FROM sample, LATERAL (SELECT education, catholic, 1 + i % 2 AS w) AS f) AS a,
	(SELECT tcs.key_drivers(fertility, f) AS t FROM sample, LATERAL (SELECT education, catholic) AS f, generate_series(1, 1 + (i % 2)::int)) AS b,
	(SELECT tcs.key_drivers(fertility, f ORDER BY i) AS plain, tcs.key_drivers(fertility, f ORDER BY fertility DESC) AS shuffled FROM sample, LATERAL (SELECT education, catholic) AS f) AS c,
	LATERAL (SELECT array_agg(round(share::numeric, 9) ORDER BY feature) AS weighted FROM unnest(w)) AS d, LATERAL (SELECT array_agg(round(share::numeric, 9) ORDER BY feature) AS twice FROM unnest(t)) AS e;

CREATE FUNCTION pg_temp.n(g int, i int, k int) RETURNS float8
	LANGUAGE sql AS $$
SELECT sqrt(-2 * ln(((hashint8extended(g * 1000 + i, k) & 1048575) + 0.5) / 1048576)) * cos(2 * pi() * (hashint8extended(g * 1000 + i, k + 10) & 1048575) / 1048576) $$;
-- The intervals hold the true shares in 19 of 20 samples. y = 2 a + b + noise, where a and b
-- have variance 1 and a correlation of 0.5: by the formula above a has (6.25 - 4 + 7) / 14.
SELECT round(avg((low <= truth AND truth <= high)::int), 2) BETWEEN 0.92 AND 0.98 AS right, count(*) AS intervals
FROM (SELECT g, tcs.key_drivers(y, f) AS k FROM (SELECT g, a, 0.5 * a + sqrt(0.75) * b AS b, 2 * a + (0.5 * a + sqrt(0.75) * b) + 2 * e AS y
		FROM (SELECT g, pg_temp.n(g, i, 1) AS a, pg_temp.n(g, i, 2) AS b, pg_temp.n(g, i, 3) AS e FROM generate_series(1, 400) AS g, generate_series(1, 150) AS i) AS r) AS s, LATERAL (SELECT a, b) AS f GROUP BY g) AS q, unnest(k),
	LATERAL (SELECT (6.25 - 4 + 7) / 14 AS of_a) AS t, LATERAL (SELECT CASE feature WHEN 'a' THEN of_a ELSE 1 - of_a END AS truth) AS u;

-- What tells nothing, what is NULL, too few rows.
SELECT tcs.key_drivers(1, ROW(fertility)) IS NULL AS no_variance, tcs.key_drivers(fertility, ROW(1)) IS NULL AS no_feature, tcs.key_drivers(NULL, ROW(i)) IS NULL AS no_outcome, tcs.key_drivers(i, ROW(i)) FILTER (WHERE false) IS NULL AS no_row FROM sample;
SELECT tcs.key_drivers(y, f) FROM (VALUES (1, 0), (2, 0), (1, 1), (2, 1)) AS v(y, x), LATERAL (SELECT x) AS f;
SELECT (k[1]).feature, (k[1]).share, (k[1]).r_squared, (k[1]).n FROM (SELECT tcs.key_drivers(y, f) AS k FROM (VALUES (1, 3), (2, 5)) AS v(y, x), LATERAL (SELECT x) AS f) AS s;
SELECT feature, round(share::numeric, 4) AS share, n FROM (SELECT tcs.key_drivers(y, f) AS k FROM (SELECT fertility AS y, CASE WHEN i % 5 > 0 THEN education END AS education, CASE WHEN i % 7 = 0 THEN 'NaN' ELSE catholic END AS catholic FROM sample) AS s,
	LATERAL (SELECT education, catholic) AS f) AS s, unnest(k);

-- Errors.
\pset format unaligned
\pset tuples_only on
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
	$$tcs.key_drivers(i, 3) FROM sample$$, $$tcs.key_drivers('infinity', ROW(i)) FROM sample$$, $$tcs.key_drivers(i, ROW(1 / (i - 1.0000001::float8), 'infinity'::float8)) FROM sample$$, $$tcs.key_drivers(i, ROW(i), '{"l2": 1}') FROM sample$$, $$tcs.key_drivers(i, ROW(i), '{"language": "fr"}') FROM sample$$,
	$$tcs.key_drivers(i, ROW(i % 2, i % 3, i % 5, i % 7, i % 11, i % 13, i % 17, i % 19, i % 23, i % 29, i % 31, i % 37, i % 41, i % 43, i % 4, i % 6, i % 8)) FROM generate_series(1, 500) AS i$$]) AS call;
