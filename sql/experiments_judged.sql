-- Effects with a covariate, of winsorised outcomes, for those who look every
-- day, and among many.
\set VERBOSITY terse
SET client_min_messages = warning;

CREATE TEMP TABLE trial AS
SELECT g, i, i % 3 = 0 AS treated, round((x * 10 + (h2 & 1023) / 100.0 + CASE WHEN i % 3 = 0 THEN 0.7 ELSE 0 END)::numeric, 3)::float8 AS spent, x AS before
FROM generate_series(1, 40) AS g, generate_series(1, 30 + g) AS i,
	LATERAL (SELECT round(((hashint8extended(g * 1000 + i, 1) & 4095) / 4096.0)::numeric, 4)::float8 AS x, hashint8extended(g * 1000 + i, 2) AS h2) AS h;
ANALYZE trial;

-- A covariate: least squares in each arm, by the server's own regr_ functions.
WITH m AS (SELECT g, avg(before) AS x FROM trial GROUP BY g),
line AS (SELECT g, treated, count(*) AS n, regr_slope(spent, before) AS b, regr_intercept(spent, before) + regr_slope(spent, before) * x AS mean,
	(regr_syy(spent, before) - regr_sxy(spent, before) ^ 2 / regr_sxx(spent, before)) / (count(*) - 2) * (1.0 / count(*) + (avg(before) - x) ^ 2 / regr_sxx(spent, before)) AS error
	FROM trial JOIN m USING (g) GROUP BY g, treated, x),
e AS (SELECT g, tcs.ab_effect(treated, spent, 0.95, before) AS e, tcs.ab_effect(treated, spent) AS plain, tcs.ab_effect(1 + treated::int, spent, 0.95, before, NULL) AS numbered,
	tcs.ab_effect(CASE WHEN treated THEN 'new' ELSE 'control' END, spent, 0.95, before) AS named, tcs.ab_effect(treated, spent, 0.95, before * 1e6 - 1e9) AS scaled FROM trial GROUP BY g)
SELECT count(*) AS experiments, count(*) FILTER (WHERE abs((e).difference - (t.mean - c.mean)) > 1e-10) AS difference, count(*) FILTER (WHERE abs((e).treatment - t.mean) > 1e-10 OR abs((e).control - c.mean) > 1e-10) AS means,
	count(*) FILTER (WHERE abs((e).treatment_se ^ 2 - t.error) > 1e-10 OR abs((e).control_se ^ 2 - c.error) > 1e-10) AS errors,
	count(*) FILTER (WHERE abs((e).df - (t.error + c.error) ^ 2 / (t.error ^ 2 / (t.n - 2) + c.error ^ 2 / (c.n - 2))) > 1e-8) AS df,
	count(*) FILTER (WHERE ((e).p_value < 0.05) <> (0 NOT BETWEEN (e).difference_low AND (e).difference_high)) AS p, count(*) FILTER (WHERE ((e).p_value < 0.05) <> (1 NOT BETWEEN (e).ratio_low AND (e).ratio_high)) AS ratio,
	count(*) FILTER (WHERE e <> numbered OR e <> named) AS arms, count(*) FILTER (WHERE abs((scaled).difference - (e).difference) > 1e-10 OR abs((scaled).p_value - (e).p_value) > 1e-10) AS scale,
	round(avg(((e).difference_high - (e).difference_low) / ((plain).difference_high - (plain).difference_low))::numeric, 1) AS width
FROM e JOIN line AS t USING (g) JOIN line AS c USING (g) WHERE t.treated AND NOT c.treated;
-- What is not known counts as the mean; what is not known of anybody, or does not vary, changes nothing.
SELECT count(*) FILTER (WHERE none <> plain) AS unknown, count(*) FILTER (WHERE abs((constant).p_value - (plain).p_value) > 1e-12 OR abs((constant).difference - (plain).difference) > 1e-12) AS constant, count(*) FILTER (WHERE abs((missing).difference - (filled).difference) > 1e-10 OR abs((missing).p_value - (filled).p_value) > 1e-10) AS missing
FROM (SELECT tcs.ab_effect(treated, spent) AS plain, tcs.ab_effect(treated, spent, 0.95, NULL) AS none, tcs.ab_effect(treated, spent, 0.95, 0.1) AS constant,
	tcs.ab_effect(treated, spent, 0.95, CASE WHEN i % 4 > 0 THEN before END) AS missing, tcs.ab_effect(treated, spent, 0.95, CASE WHEN i % 4 > 0 THEN before ELSE mean END) AS filled
	FROM trial JOIN (SELECT g, avg(before) FILTER (WHERE i % 4 > 0) AS mean FROM trial GROUP BY g) AS m USING (g) GROUP BY g) AS s;
-- Customers; of true and false too; whatever the order of the rows.
SELECT count(*) AS experiments, count(*) FILTER (WHERE over <> e) AS customers, count(*) FILTER (WHERE yes <> number) AS shares, count(*) FILTER (WHERE shuffled <> e) AS shuffled
FROM (SELECT g, tcs.ab_effect(c, 0.95, before) AS over, tcs.ab_effect(s, 0.95, before) AS yes FROM (SELECT g, i, max(before) AS before, tcs.ab_customer(treated, spent) AS c, tcs.ab_customer(treated, spent > 9) AS s FROM trial GROUP BY g, i) AS c GROUP BY g) AS a
JOIN (SELECT g, tcs.ab_effect(treated, spent, 0.95, before) AS e, tcs.ab_effect(treated, (spent > 9)::int, 0.95, before) AS number, tcs.ab_effect(treated, spent, 0.95, before ORDER BY sin(i)) AS shuffled FROM trial GROUP BY g) AS b USING (g);
-- 1000 experiments without an effect: false alarms, and how much less than without the covariate the intervals are wide.
SELECT round(avg(((e).p_value < 0.05)::int), 2) BETWEEN 0.03 AND 0.07 AS alarms, round(avg(((e).difference_high - (e).difference_low) / ((plain).difference_high - (plain).difference_low))::numeric, 1) AS width, round(sqrt(1 - avg(r * r))::numeric, 1) AS by_correlation
FROM (SELECT tcs.ab_effect(h & 1 = 0, x + y, 0.95, x) AS e, tcs.ab_effect(h & 1 = 0, x + y) AS plain, corr(x + y, x) AS r
	FROM generate_series(1, 1000) AS g, generate_series(1, 60) AS i, LATERAL (SELECT hashint8extended(g * 1000 + i, 3) AS h) AS h, LATERAL (SELECT (h >> 8 & 1023) / 8.0 AS x, (h >> 20 & 1023) / 16.0 AS y) AS v GROUP BY g) AS s;

-- Winsorised: as least() of the percentile of both arms together.
WITH cap AS (SELECT g, q, percentile_disc(q) WITHIN GROUP (ORDER BY spent) AS most FROM trial, unnest('{0.01,0.5,0.9,0.99,0.999}'::float8[]) AS q GROUP BY g, q)
SELECT q, count(*) AS experiments, count(*) FILTER (WHERE e <> plain) AS differing, count(*) FILTER (WHERE adjusted <> plain_adjusted) AS with_covariate, count(*) FILTER (WHERE partly <> plain_partly) AS partly_known, count(*) FILTER (WHERE shuffled <> e) AS shuffled
FROM (SELECT g, q, tcs.ab_effect(treated, spent, 0.95, NULL, q) AS e, tcs.ab_effect(treated, least(spent, most)) AS plain, tcs.ab_effect(treated, spent, 0.95, before, q) AS adjusted, tcs.ab_effect(treated, least(spent, most), 0.95, before) AS plain_adjusted,
	tcs.ab_effect(1 + treated::int, spent, 0.95, CASE WHEN i % 7 = 0 THEN before END, q) AS partly, tcs.ab_effect(1 + treated::int, least(spent, most), 0.95, CASE WHEN i % 7 = 0 THEN before END) AS plain_partly,
	tcs.ab_effect(treated, spent, 0.95, NULL, q ORDER BY cos(i)) AS shuffled
	FROM trial JOIN cap USING (g) GROUP BY g, q) AS s GROUP BY q ORDER BY q;
-- scipy.stats.mstats.winsorize((1, ..., 20), (0, 0.1)) has 18, 18, 18 at its end
SELECT (e).treatment, round((e).treatment_se::numeric, 6) AS treatment_se FROM (SELECT tcs.ab_effect(true, i, 0.95, NULL, 0.9) AS one, tcs.ab_effect(i % 2 = 0, i, 0.95, NULL, 0.9) AS e FROM generate_series(1, 20) AS i) AS s;
SELECT tcs.ab_effect(true, 5, 0.95, 1, 0.9) AS one, tcs.ab_effect(NULL::boolean, 5, 0.95, 1, 0.9) AS none, tcs.ab_effect(i % 2 = 0, 7, 0.95, i, 0.9) AS equal FROM generate_series(1, 4) AS i;
SELECT count(*) AS rows, count(*) FILTER (WHERE a IS DISTINCT FROM (SELECT tcs.ab_effect(treated, spent, 0.95, before, 0.9) FROM trial AS t WHERE t.g = w.g AND t.i BETWEEN w.i - 9 AND w.i + 2)) AS moving
FROM (SELECT g, i, tcs.ab_effect(treated, spent, 0.95, before, 0.9) OVER (PARTITION BY g ORDER BY i ROWS BETWEEN 9 PRECEDING AND 2 FOLLOWING) AS a FROM trial WHERE g < 5) AS w;
SET tcs.fit_memory = '64kB';
SELECT tcs.ab_effect(i % 2 = 0, i, 0.95, NULL, 0.9) FROM generate_series(1, 100000) AS i;
RESET tcs.fit_memory;

-- For those who look every day: by the formula; p and intervals agree.
WITH effect AS (SELECT g, planned, tcs.ab_effect(treated, spent) AS m, tcs.ab_effect(treated, spent > 9) AS s, tcs.ab_effect(i % 2 = 0, spent + 30 * (i % 2), 0.9) AS far FROM trial, unnest('{1,50,1000,1000000}'::bigint[]) AS planned GROUP BY g, planned),
e AS (SELECT g, planned, what, e, tcs.ab_anytime(e, planned) AS a FROM effect, LATERAL (VALUES ('mean', m), ('share', s), ('far', far)) AS v(what, e)),
f AS (SELECT *, (e).difference / sqrt((e).control_se ^ 2 + (e).treatment_se ^ 2) AS z, ((e).control_n + (e).treatment_n) / planned::float8 * (-2 * ln(1 - (e).confidence) + ln(1 - 2 * ln(1 - (e).confidence))) AS x, 1 - (e).confidence AS alpha FROM e)
SELECT planned, count(*) AS effects, count(*) FILTER (WHERE (a).p_value < (e).p_value AND (e).p_value < 0.5) AS p_below, count(*) FILTER (WHERE ((a).p_value < alpha) <> (0 NOT BETWEEN coalesce((a).difference_low, -1) AND coalesce((a).difference_high, 1))) AS difference,
	count(*) FILTER (WHERE ((a).p_value < alpha) <> (1 NOT BETWEEN coalesce((a).ratio_low, 0) AND coalesce((a).ratio_high, 2))) AS ratio, count(*) FILTER (WHERE (a).p_value < alpha) AS found, count(*) FILTER (WHERE (e).p_value < alpha) AS once,
	-- by means of many customers, whose t is about z
	count(*) FILTER (WHERE what = 'mean' AND abs(z) < 5 AND abs(ln((a).p_value) - least(0, 0.5 * ln(1 + x) - 0.5 * z ^ 2 * x / (1 + x))) > 0.1 * greatest(z ^ 2, 1)) AS formula, count(*) FILTER (WHERE (a).planned <> planned) AS noted
FROM f GROUP BY planned ORDER BY planned;
-- 200 experiments without an effect, looked at 40 times: found by chance.
SELECT round(avg(alarm::int), 2) <= 0.05 AS any_time, round(avg(once::int), 2) > 0.2 AS looked_at_as_if_once
FROM (SELECT trial, bool_or((e).p_value < 0.05) AS once, bool_or((tcs.ab_anytime(e, 400)).p_value < 0.05) AS alarm
	FROM (SELECT trial, i, tcs.ab_effect(h & 1 = 0, h >> 8 & 7 = 0) OVER (PARTITION BY trial ORDER BY i) AS e FROM generate_series(1, 200) AS trial, generate_series(1, 400) AS i, LATERAL (SELECT hashint8extended(trial * 10000 + i, 5) AS h) AS h) AS s
	WHERE i % 10 = 0 GROUP BY trial) AS s;
SELECT tcs.ab_anytime(tcs.ab_effect(true, 1), 100) AS one, tcs.ab_anytime(tcs.ab_effect(true, 1) FILTER (WHERE false), 100) AS none, tcs.ab_anytime(NULL, 100) AS null, tcs.ab_anytime(tcs.ab_effect(i % 2 = 0, 3), 100) AS no_variance FROM generate_series(1, 10) AS i;

-- Among many: by the definitions.
CREATE TEMP TABLE test AS SELECT g, tcs.ab_effect(treated, spent + CASE WHEN treated THEN g / 10.0 ELSE 0 END) AS e FROM trial GROUP BY g;
WITH p AS (SELECT g, e, (e).p_value AS p, count(*) OVER () AS m, rank() OVER (ORDER BY (e).p_value) AS r FROM test),
own AS (SELECT g, p, max(least(1, (m - r + 1) * p)) OVER (ORDER BY p) AS holm, least(1, m * p) AS bonferroni, min(m * p / r) OVER (ORDER BY p DESC) AS bh FROM p),
a AS (SELECT g, e, tcs.ab_adjust(e) OVER () AS holm, tcs.ab_adjust(e, 'bonferroni') OVER (ORDER BY g) AS bonferroni, tcs.ab_adjust(e, 'bh') OVER (ORDER BY sin(g)) AS bh FROM test)
SELECT count(*) AS tests, count(*) FILTER (WHERE (a.e).p_value < 0.05) AS alone, count(*) FILTER (WHERE (a.holm).p_value < 0.05) AS holm, count(*) FILTER (WHERE (a.bonferroni).p_value < 0.05) AS bonferroni, count(*) FILTER (WHERE (a.bh).p_value < 0.05) AS bh,
	count(*) FILTER (WHERE abs((a.holm).p_value - own.holm) > 1e-12 OR abs((a.bonferroni).p_value - own.bonferroni) > 1e-12 OR abs((a.bh).p_value - own.bh) > 1e-12) AS differing,
	count(*) FILTER (WHERE ((a.holm).p_value < 0.05) <> (0 NOT BETWEEN (a.holm).difference_low AND (a.holm).difference_high)) AS holm_and_p, count(*) FILTER (WHERE ((a.bh).p_value < 0.05) <> (0 NOT BETWEEN (a.bh).difference_low AND (a.bh).difference_high)) AS bh_and_p,
	count(*) FILTER (WHERE ((a.bonferroni).p_value < 0.05) <> (1 NOT BETWEEN (a.bonferroni).ratio_low AND (a.bonferroni).ratio_high)) AS bonferroni_and_p
FROM a JOIN own USING (g);
-- intervals are those of their confidence
SELECT count(*) FILTER (WHERE abs((adjusted).difference_low - (at).difference_low) > 1e-9) AS differing, count(*) FILTER (WHERE abs((shares_adjusted).difference_low - (shares_at).difference_low) > 1e-9) AS shares
FROM (SELECT tcs.ab_adjust(tcs.ab_effect(treated, spent), 'bonferroni') OVER () AS adjusted, tcs.ab_effect(treated, spent, 1 - 0.05 / 40) AS at, tcs.ab_adjust(tcs.ab_effect(treated, spent > 9), 'bonferroni') OVER () AS shares_adjusted, tcs.ab_effect(treated, spent > 9, 1 - 0.05 / 40) AS shares_at FROM trial GROUP BY g) AS s;
-- at any time, too; those without a p are no tests; one of one is as it was
SELECT g, round(((a).p_value / (n).p_value)::numeric, 6) AS times, (a).planned FROM (SELECT g, n, tcs.ab_adjust(n, 'bonferroni') OVER () AS a FROM (SELECT g, tcs.ab_anytime(e, 100) AS n FROM test WHERE g IN (39, 40) UNION ALL SELECT 0, tcs.ab_effect(true, 1) UNION ALL SELECT -1, NULL) AS s) AS s ORDER BY g;
SELECT tcs.ab_adjust(e) OVER () = e AS one FROM test WHERE g = 3;
SELECT count(*) AS none FROM (SELECT tcs.ab_adjust(e) OVER () FROM test WHERE false) AS s;

-- Errors.
\set VERBOSITY default
SELECT tcs.ab_effect(true, 1, 0.95, 1, 99);
SELECT tcs.ab_effect(c, 0.95, 1) FROM (SELECT tcs.ab_customer('new', 1, 1) AS c) AS s;
SELECT tcs.ab_anytime(tcs.ab_effect(i % 2 = 0, i), 0) FROM generate_series(1, 10) AS i;
SELECT tcs.ab_adjust(a) OVER () FROM (SELECT tcs.ab_adjust(e) OVER () AS a FROM test WHERE g < 4) AS s;
SELECT tcs.ab_adjust(e, 'fdr') OVER () FROM test;
SELECT tcs.ab_adjust(tcs.ab_effect(treated, spent, 0.9 + g % 2 / 100.0)) OVER () FROM trial GROUP BY g;
\set VERBOSITY terse
SELECT tcs.ab_effect(true, 1, 0.95, 'NaN');
SELECT tcs.ab_effect(true, 1, 0.95, 'Infinity', 0.9);
SELECT tcs.ab_effect(true, 1, 0.95, 1e151);
SELECT tcs.ab_effect(true, 1, 0.95, NULL, 'NaN');
SELECT tcs.ab_effect(true, 1, 0.95, NULL, 1);
SELECT tcs.ab_effect(true, 1, 0.95, NULL, 0);
SELECT tcs.ab_effect(true, 1, NULL, NULL, 0.9);
SELECT tcs.ab_effect(true, 1, 0.95, NULL, CASE i WHEN 1 THEN 0.9 END) FROM generate_series(1, 2) AS i;
SELECT tcs.ab_adjust(e, NULL) OVER () FROM test;
SELECT tcs.ab_adjust(e, CASE WHEN g % 2 = 0 THEN 'bh' ELSE 'holm' END) OVER () FROM test;
SELECT tcs.ab_adjust(e) FROM test;
SELECT tcs.ab_anytime((1, 1, 0.5, 2, 0, 0, 0, 1, 1, 1, 0.5, 0, 0, 0, NULL, 0.95, NULL)::tcs.ab_effect, 10);
SELECT tcs.ab_anytime((1, 1, 0.5, 1, 0, 0, 0, 1, 1, 1, 0.5, 0, 0, 0, 0, 0.95, NULL)::tcs.ab_effect, 10);
SELECT tcs.ab_anytime((1, 0, 0.5, 1, 0, 0, 0, 1, 1, 1, 0.5, 0, 0, 0, NULL, 0.95, NULL)::tcs.ab_effect, 10);
SELECT tcs.ab_anytime((1, 1, 'NaN', 1, 0, 0, 0, 1, 1, 1, 0.5, 0, 0, 0, NULL, 0.95, NULL)::tcs.ab_effect, 10);
SELECT tcs.ab_anytime((1, -1, 0.5, 1, 0, 0, 0, 1, 1, 1, 0.5, 0, 0, 0, NULL, 0.95, NULL)::tcs.ab_effect, 10);
SELECT tcs.ab_anytime((1, 1, 0.5, 1, 0, 0, 0, 1, 1, 1, 1.5, 0, 0, 0, NULL, 0.95, NULL)::tcs.ab_effect, 10);
SELECT tcs.ab_anytime((1, 1, 0.5, 1, 0.5, 0, 0, 1, 1, 1, 0.5, 0, 0, 0, NULL, 95, NULL)::tcs.ab_effect, 10);
SELECT tcs.ab_anytime((1, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0.5, NULL, NULL, NULL, NULL, 0.95, NULL)::tcs.ab_effect, 10);
SELECT tcs.ab_anytime((100, 100, 0.5, 1, 0.5, 0, 0, 1, 1, 1, 0.5, 0, 0.1, 0.1, 198, 0.95, NULL)::tcs.ab_effect, 10);
