-- Experiments: assignment against SHA-256 in plain SQL, effects against their
-- definitions and published numbers, sample sizes against those of R.
\set VERBOSITY terse
SET client_min_messages = warning;

-- Who gets what: the definition.
CREATE FUNCTION pg_temp.hash(experiment text, key text) RETURNS numeric LANGUAGE sql
RETURN (SELECT sum(get_byte(digest, i) * 256::numeric ^ (7 - i)) FROM (SELECT sha256(convert_to(experiment, 'UTF8') || '\x00' || convert_to(key, 'UTF8')) AS digest) AS d, generate_series(0, 7) AS i);
SELECT experiment, key, encode(substr(sha256(convert_to(experiment, 'UTF8') || '\x00' || convert_to(key, 'UTF8')), 1, 8), 'hex') AS h
	FROM (VALUES ('spring offer', '42'), ('spring offer', 'a')) AS v(experiment, key);
SELECT shares, count(*) AS keys, count(*) FILTER (WHERE arm IS DISTINCT FROM defined) AS differing, count(*) FILTER (WHERE as_text <> arm) AS as_text,
	count(*) FILTER (WHERE named IS DISTINCT FROM 'arm ' || arm) AS by_name, count(arm) * 100 / count(*) AS percent
FROM (SELECT shares, tcs.ab_assign('an experiment', i, shares) AS arm, tcs.ab_assign('an experiment', i::text, shares) AS as_text,
	tcs.ab_assign('an experiment', i, (SELECT array_agg('arm ' || n ORDER BY n) FROM generate_subscripts(shares, 1) AS n), shares) AS named,
		(SELECT min(n) FROM generate_subscripts(shares, 1) AS n WHERE h < (SELECT sum(s::numeric) FROM unnest(shares[:n]) AS s) * 2::numeric ^ 64) AS defined
	FROM generate_series(-1500, 1500) AS i, LATERAL (SELECT pg_temp.hash('an experiment', i::text) AS h) AS h,
		(VALUES ('{0.5,0.5}'::float8[]), ('{0.125,0.25,0.625}'), ('{0.0009765625,0.9990234375}'), ('{0,0.5,0,0.25,0.25}'), ('{1}')) AS s(shares)) AS s GROUP BY shares ORDER BY shares;
SELECT count(*) FILTER (WHERE tcs.ab_assign('e', u, '{0.3,0.7}') <> tcs.ab_assign('e', u::text, '{0.3,0.7}')) AS uuid, count(DISTINCT tcs.ab_assign('e', u, '{0.3,0.7}')) AS arms
FROM (SELECT md5(i::text)::uuid AS u FROM generate_series(1, 1000) AS i) AS s;
SELECT tcs.ab_assign('e', 42::smallint, '{0.5,0.5}') = tcs.ab_assign('e', '42', '{0.5,0.5}') AS literal,
	tcs.ab_assign('e', '9223372036854775807'::bigint, '{0.5,0.5}') = tcs.ab_assign('e', '9223372036854775807'::text, '{0.5,0.5}') AS greatest,
	tcs.ab_assign('e', '-9223372036854775808'::bigint, '{0.5,0.5}') = tcs.ab_assign('e', '-9223372036854775808'::text, '{0.5,0.5}') AS least,
		tcs.ab_assign('e', '', '{1}') AS empty, tcs.ab_assign('e', repeat('x', 100000), '{1}') AS long;

-- Who takes part: the definition; whoever does stays in the arm when more do.
CREATE FUNCTION pg_temp.part(experiment text, key text) RETURNS numeric LANGUAGE sql
RETURN (SELECT sum(get_byte(digest, i) * 256::numeric ^ (15 - i)) FROM (SELECT sha256(convert_to(experiment, 'UTF8') || '\x00' || convert_to(key, 'UTF8')) AS digest) AS d, generate_series(8, 15) AS i);
SELECT key, encode(substr(sha256(convert_to('spring offer', 'UTF8') || '\x00' || convert_to(key, 'UTF8')), 9, 8), 'hex') AS c FROM (VALUES ('42'), ('a')) AS v(key);
SELECT coverage, count(*) FILTER (WHERE (arm IS NOT NULL) <> (c < coverage::numeric * 2::numeric ^ 64)) AS differing, count(*) FILTER (WHERE arm <> whole) AS other_arm, count(arm) AS take_part
FROM (SELECT coverage, c, tcs.ab_assign('ramp', i, '{control,offer}', '{0.9,0.1}', coverage) AS arm, tcs.ab_assign('ramp', i, '{control,offer}', '{0.9,0.1}') AS whole
	FROM generate_series(1, 2000) AS i, LATERAL (SELECT pg_temp.part('ramp', i::text) AS c) AS c, unnest('{0,0.0009765625,0.1,0.2,0.75,1}'::float8[]) AS coverage) AS s GROUP BY coverage ORDER BY coverage;
SELECT before, after, count(*) FROM (SELECT tcs.ab_assign('ramp', i, '{control,offer}', '{0.5,0.5}', 0.2) AS before, tcs.ab_assign('ramp', i, '{control,offer}', '{0.5,0.5}', 0.4) AS after
	FROM generate_series(1, 10000) AS i) AS s WHERE before IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2;
-- who takes part tells nothing of the arm
SELECT (tcs.ab_sample_ratio(arm, '{a,b,c}', '{0.2,0.3,0.5}')).suspicious FROM (SELECT tcs.ab_assign('ramp', i, '{a,b,c}', '{0.2,0.3,0.5}', 0.1) AS arm FROM generate_series(1, 50000) AS i) AS s;

-- What ought to be whole is: thirds, tenths, and a last arm without a share.
SELECT what, count(*) FILTER (WHERE arm IS NULL) AS left_out, max(arm) AS last
FROM (VALUES ('thirds', array_fill(1 / 3.0::float8, '{3}')), ('tenths', array_fill(0.1::float8, '{10}')),
	('sevenths', array_fill(1 / 7.0::float8, '{7}')), ('nearly', '{0.5,0.4999999999}'), ('more', '{0.5,0.5000000001}'),
	('closed', '{0.5,0.4999999999,0}')) AS v(what, shares),
	LATERAL (SELECT tcs.ab_assign('e', i, shares) AS arm FROM generate_series(1, 20000) AS i) AS s GROUP BY what ORDER BY what;

-- Arms get their shares, and one experiment tells nothing of another.
SELECT tcs.ab_sample_ratio(array_agg(n ORDER BY arm), '{0.1,0.2,0.3,0.4}') AS checked
	FROM (SELECT tcs.ab_assign('spring offer', i, '{0.1,0.2,0.3,0.4}') AS arm, count(*) AS n FROM generate_series(1, 50000) AS i
	GROUP BY 1) AS s \gset
SELECT (:'checked'::tcs.ab_sample_ratio).suspicious;
SELECT count(*) AS cells, (tcs.ab_sample_ratio(array_agg(n), array_fill(1 / 9.0::float8, '{9}'))).suspicious
FROM (SELECT tcs.ab_assign('one', i, '{0.3333333333,0.3333333333,0.3333333333}') AS a,
	tcs.ab_assign('two', i, '{0.3333333333,0.3333333333,0.3333333333}') AS b, count(*) AS n FROM generate_series(1, 50000) AS i GROUP BY 1, 2) AS s;

-- Whole rows of arms may change from row to row; and it is immutable.
SELECT string_agg(coalesce(tcs.ab_assign('e', i, CASE i % 3 WHEN 0 THEN '{a,b}'::text[] ELSE '{c,d}' END,
	CASE i % 2 WHEN 0 THEN '{0.5,0.5}'::float8[] ELSE '{0,1}' END), '-'), '' ORDER BY i) FROM generate_series(1, 24) AS i;
CREATE TEMP TABLE visitor (id bigint, arm int GENERATED ALWAYS AS (tcs.ab_assign('e', id, '{0.5,0.5}')) STORED);
INSERT INTO visitor SELECT i FROM generate_series(1, 100) AS i;
SELECT count(*) FROM visitor WHERE arm <> tcs.ab_assign('e', id::text, '{0.5,0.5}');
SELECT tcs.ab_assign(NULL, 1, '{1}'), tcs.ab_assign('e', NULL::text, '{1}'), tcs.ab_assign('e', 1, NULL::float8[]), tcs.ab_assign('e', 1, NULL, '{1}'), tcs.ab_assign('e', NULL::uuid, '{a}', '{1}');

-- What it did: known examples.  Student's sleep data, by t.test of R; Mee's
-- interval of Newcombe's examples a and b, 1998; Koopman, 1984.
CREATE FUNCTION pg_temp.digits(effect tcs.ab_effect, n int) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(key || ' ' || coalesce(round(value::numeric, n)::text, '-'), ', ' ORDER BY o)
	FROM json_each_text(row_to_json(effect)) WITH ORDINALITY AS e(key, value, o) WHERE key !~ '_n$');
SELECT pg_temp.digits(tcs.ab_effect(arm, extra), 7) AS sleep FROM (SELECT 1 AS arm,
	unnest('{0.7,-1.6,-0.2,-1.2,-0.1,3.4,3.7,0.8,0.0,2.0}'::numeric[]) AS extra UNION ALL
	SELECT 2, unnest('{1.9,0.8,1.1,0.1,-0.1,4.4,5.5,1.6,4.6,3.4}'::numeric[])) AS s;
SELECT x1, n1, x0, n0, pg_temp.digits(e, 4) FROM (VALUES (56, 70, 48, 80), (9, 10, 3, 10), (36, 40, 16, 80), (0, 10, 0, 20), (10, 10, 10, 10), (3, 5, 0, 9)) AS v(x1, n1, x0, n0),
	LATERAL (SELECT tcs.ab_effect(treated, i <= CASE WHEN treated THEN x1 ELSE x0 END) AS e FROM (VALUES (true, n1), (false, n0)) AS a(treated, n), generate_series(1, n) AS i) AS s;

-- Groups of all kinds, with NULLs, all equal and all alone.
CREATE TEMP TABLE outcome AS
SELECT g, i, CASE WHEN h % 19 = 0 THEN NULL WHEN g % 40 = 0 THEN true ELSE h % 3 = 0 END AS treated,
	CASE WHEN h % 23 = 0 THEN NULL WHEN g % 20 = 1 THEN g % 40 = 1 ELSE (h >> 8) % (2 + g % 5) = 0 END AS bought,
	CASE WHEN h % 29 = 0 THEN NULL WHEN g % 15 = 1 THEN 7 ELSE (g % 3) * 1e6 + ((h >> 24) % 10007)::float8 / 8 END AS spent
FROM generate_series(1, 200) AS g, LATERAL (SELECT i, hashint8extended(g * 1000 + i, 7) & 9223372036854775807 AS h FROM generate_series(1, g % 50) AS i) AS s;
ANALYZE outcome;
-- means by numeric; the t of the interval is one and the same on both sides and
-- falls as there are more degrees of freedom; ratios hold 1 as differences hold 0
WITH e AS (
	SELECT g, tcs.ab_effect(treated, spent) AS e, count(spent) FILTER (WHERE treated) AS n1, count(spent) FILTER (WHERE NOT treated) AS n0,
		avg(spent::numeric) FILTER (WHERE treated) AS m1, avg(spent::numeric) FILTER (WHERE NOT treated) AS m0,
		var_samp(spent::numeric) FILTER (WHERE treated) AS v1, var_samp(spent::numeric) FILTER (WHERE NOT treated) AS v0 FROM outcome GROUP BY g),
t AS (SELECT *, (sqrt(v1 / n1 + v0 / n0))::float8 AS se, (v1 / n1 + v0 / n0) ^ 2 / nullif((v1 / n1) ^ 2 / (n1 - 1) + (v0 / n0) ^ 2 / (n0 - 1), 0) AS df FROM e),
q AS (SELECT *, ((e).difference_high - (e).difference_low) / 2 / se AS t FROM t)
SELECT count(*) AS groups, count((e).p_value) AS compared, count(*) FILTER (WHERE (n1, n0) <> ((e).treatment_n, (e).control_n)) AS counts,
	count(*) FILTER (WHERE (m1 IS NULL) <> ((e).treatment IS NULL) OR abs(m1 - (e).treatment::numeric) > 1e-8 OR abs(m0 - (e).control::numeric) > 1e-8
		OR abs(m1 - m0 - (e).difference::numeric) > 1e-8 OR abs(m1 / nullif(m0, 0) - (e).ratio::numeric) > 1e-12 * m1 / m0) AS means,
	count(*) FILTER (WHERE ((e).p_value IS NULL) <> (coalesce(se, 0) = 0 OR n1 < 2 OR n0 < 2)) AS null_p,
		count(*) FILTER (WHERE abs((e).difference_high + (e).difference_low - 2 * (e).difference) > 1e-7) AS uneven,
	count(*) FILTER (WHERE NOT t BETWEEN 1.96 + 2.37 / df AND 1.96 + 2.41 / df + 8.4 / df ^ 2) AS quantile,
		count(*) FILTER (WHERE ((e).p_value < 0.05) <> (0 NOT BETWEEN (e).difference_low AND (e).difference_high)) AS p,
	count(*) FILTER (WHERE (1 NOT BETWEEN (e).ratio_low AND (e).ratio_high) <> (0 NOT BETWEEN (e).difference_low AND (e).difference_high)) AS ratio
FROM q;
-- shares: p by the chances of all outcomes, or by Pearson's chi squared; the
-- intervals leave out 0 and 1 where p says so
WITH e AS (
	SELECT tcs.ab_effect(treated, bought) AS e, tcs.rate(bought) FILTER (WHERE treated) AS r1, tcs.rate(bought) FILTER (WHERE NOT treated) AS r0 FROM outcome GROUP BY g),
n AS (SELECT e, (r1).successes AS x1, (r1).n AS n1, (r1).rate AS p1, (r0).successes AS x0, (r0).n AS n0, (r0).rate AS p0 FROM e WHERE (r1).n > 0 AND (r0).n > 0),
f AS (SELECT n.*, (SELECT sum(chance) FILTER (WHERE chance <= seen) / sum(chance) FROM (SELECT chance, max(chance) FILTER (WHERE k = x1) OVER () AS seen FROM generate_series(greatest(0, x1 + x0 - n0), least(x1 + x0, n1)) AS k,
		LATERAL (SELECT factorial(n1) / factorial(k) / factorial(n1 - k) * factorial(n0) / factorial(x1 + x0 - k) / factorial(n0 - x1 - x0 + k) AS chance) AS c) AS c)::float8 AS exact FROM n)
SELECT count(*) AS groups, count(p_value) AS compared, count(*) FILTER (WHERE (treatment_n, control_n, treatment, control, ratio) IS DISTINCT FROM (n1, n0, p1, p0, p1 / nullif(p0, 0))) AS shares,
	count(*) FILTER (WHERE abs(difference - (p1 - p0)) > 1e-15) AS differences,
	count(*) FILTER (WHERE p_value < exact - 1e-12) AS below, count(*) FILTER (WHERE p_value > exact + 1e-12) AS by_pearson,
	count(*) FILTER (WHERE (p_value < 0.05) <> (exact < 0.05 AND (p1 - p0) ^ 2 > 1.959963984540054 ^ 2 * s * (1 - s) * (1.0 / n1 + 1.0 / n0))) AS p,
	count(*) FILTER (WHERE p_value < 0.05) AS found, count(*) FILTER (WHERE (p_value < 0.05) <> (0 NOT BETWEEN difference_low AND difference_high)) AS difference_and_p,
	count(*) FILTER (WHERE (p_value < 0.05) <> (1 NOT BETWEEN ratio_low AND ratio_high)) AS ratio_and_p,
	count(*) FILTER (WHERE (ratio_low IS NULL) <> (x0 = 0) OR (x1 = 0 AND ratio_low <> 0)) AS null_ratio
FROM f, LATERAL (SELECT (e).*, (x1 + x0)::float8 / (n1 + n0) AS s) AS l;
-- One of 20,000 customers buys, and is in the arm with a twentieth of them: that
-- happens once in 20 times.  Arms of all sizes where nobody or everybody buys.
SELECT round((e).p_value::numeric, 6) AS p, round((e).difference_low::numeric, 9) AS difference_low, round((e).difference_high::numeric, 6) AS difference_high
	FROM (SELECT tcs.ab_effect(i > 19000, i = 19001) AS e FROM generate_series(1, 20000) AS i) AS s;
SELECT (tcs.ab_effect(i > 100, false)).p_value AS none, (tcs.ab_effect(i > 100, true)).p_value AS "all", pg_temp.digits(tcs.ab_effect(i > 2000, i <= 10 OR i > 2018), 4) AS ten_and_two FROM generate_series(1, 2020) AS i;

-- All ways to name arms agree; so do confidences of 95 percent.
SELECT count(*) FILTER (WHERE a <> b OR a <> c OR a <> d) AS means, count(*) FILTER (WHERE a2 <> b2 OR a2 <> c2 OR a2 <> d2) AS shares,
	count(*) FILTER (WHERE (e).difference_high - (e).difference_low >= (a).difference_high - (a).difference_low) AS narrower
FROM (SELECT tcs.ab_effect(treated, spent) AS a, tcs.ab_effect(1 + treated::int, spent) AS b,
	tcs.ab_effect(CASE treated WHEN true THEN 'new' WHEN false THEN 'control' END, spent) AS c, tcs.ab_effect(treated, spent, 0.95) AS d,
	tcs.ab_effect(treated, spent, 0.5) AS e,
	tcs.ab_effect(treated, bought) AS a2, tcs.ab_effect(1 + treated::int, bought, 0.95) AS b2,
		tcs.ab_effect(CASE treated WHEN true THEN 'new' WHEN false THEN 'control' END, bought) AS c2,
		tcs.ab_effect(CASE treated WHEN true THEN 'new' WHEN false THEN 'control' END, bought, 0.95) AS d2
	FROM outcome GROUP BY g) AS s;

-- Little, nothing, and NULLs.
SELECT tcs.ab_effect(NULL::boolean, true), tcs.ab_effect(true, NULL::boolean), tcs.ab_effect(NULL::int, 1), tcs.ab_effect('x', NULL::float8), tcs.ab_effect(true, true) FILTER (WHERE false);
SELECT tcs.ab_effect(true, 1), tcs.ab_effect(1, 2), tcs.ab_effect('control', true), tcs.ab_effect('new', false);
SELECT tcs.ab_effect(i, v) AS one_each, tcs.ab_effect(i, 5) AS equal, tcs.ab_effect(i, -5) AS negative FROM (VALUES (1, 3), (2, 6)) AS s(i, v);
SELECT tcs.ab_effect(i % 2 = 0, 0.1) AS no_variance, tcs.ab_effect(i % 2 = 0, i % 2) AS within,
	pg_temp.digits(tcs.ab_effect(i % 2 = 0, false), 6) AS none, (tcs.ab_effect(i % 2 = 0, i - 20)).ratio AS below_zero
	FROM generate_series(1, 30) AS i;
SELECT round((e).ratio_low::numeric, 6) AS ratio_low, round((e).ratio_high::numeric, 6) AS ratio_high, round((e).p_value::numeric, 6) AS p, (f).ratio_high IS NULL AS not_told_from_0
FROM (SELECT tcs.ab_effect(i > 5, CASE WHEN i > 5 THEN i - 5 ELSE 4 END) AS e, tcs.ab_effect(i > 5, sign(i - 2.5) * i) AS f FROM generate_series(1, 10) AS i) AS s;
-- Variances of numbers near to each other keep their digits; the order of the rows does not show.
SELECT abs((near).p_value - (plain).p_value) < 1e-12 AS near, near = shuffled AS order
FROM (SELECT tcs.ab_effect(i % 3 = 0, 4503599627370496 + i % 7 * 8) AS near, tcs.ab_effect(i % 3 = 0, (i % 7 * 8)::float8) AS plain FROM generate_series(1, 1000) AS i) AS s,
	(SELECT tcs.ab_effect(i % 3 = 0, 4503599627370496 + i % 7 * 8 ORDER BY sin(i)) AS shuffled FROM generate_series(1, 1000) AS i) AS t;

-- As window functions, in frames that grow and that move.
SELECT count(*) AS rows, count(*) FILTER (WHERE (a, b) IS DISTINCT FROM (SELECT (tcs.ab_effect(treated, spent), tcs.ab_effect(treated, bought))
	FROM outcome AS o WHERE o.g = w.g AND o.i <= w.i)) AS growing,
	count(*) FILTER (WHERE (a2, b2) IS DISTINCT FROM (SELECT (tcs.ab_effect(treated, spent), tcs.ab_effect(treated, bought)) FROM outcome AS o
		WHERE o.g = w.g AND o.i BETWEEN w.i - 9 AND w.i + 2)) AS moving
FROM (SELECT g, i, tcs.ab_effect(treated, spent) OVER g AS a, tcs.ab_effect(treated, bought) OVER g AS b, tcs.ab_effect(treated, spent) OVER m AS a2, tcs.ab_effect(treated, bought) OVER m AS b2
	FROM outcome WHERE g < 40 WINDOW g AS (PARTITION BY g ORDER BY i), m AS (PARTITION BY g ORDER BY i ROWS BETWEEN 9 PRECEDING AND 2 FOLLOWING)) AS w;

-- Over customers with many rows each: sums, whether one is true, and ratios by
-- the delta method in plain SQL; whatever arms are called, and one customer in both.
CREATE TEMP TABLE ordered AS
SELECT g, c, CASE WHEN c % 3 = 0 THEN 'new' ELSE 'control' END AS arm, CASE WHEN h % 9 > 0 THEN (h >> 8) % 1000 / 8.0 + c % 10 * 20 END AS amount, (h >> 24) % 4 AS visits
FROM generate_series(1, 30) AS g, generate_series(1, 60) AS c, LATERAL (SELECT hashint8extended(g * 100000 + c * 100 + i, 5) & 9223372036854775807 AS h FROM generate_series(1, 1 + c % 7) AS i) AS h;
WITH customer AS (SELECT g, c, arm, tcs.ab_customer(arm, amount) AS v, tcs.ab_customer(arm, amount > 180) AS s, tcs.ab_customer(arm, amount, visits) AS r,
	tcs.ab_customer(arm = 'new', amount, visits) AS r_boolean, tcs.ab_customer(1 + (arm = 'new')::int, amount, visits) AS r_integer,
	coalesce(sum(amount), 0)::float8 AS total, coalesce(bool_or(amount > 180), false) AS yes, coalesce(sum(amount) FILTER (WHERE visits IS NOT NULL), 0)::float8 AS y, coalesce(sum(visits) FILTER (WHERE amount IS NOT NULL), 0)::float8 AS x FROM ordered GROUP BY 1, 2, 3),
arms AS (SELECT g, arm, sum(y) / sum(x) AS ratio, count(*) AS n, avg(x) AS mean FROM customer GROUP BY 1, 2),
delta AS (SELECT g, arm, n, ratio, sum((y - ratio * x) ^ 2) / (n - 1) / n / mean ^ 2 AS error FROM customer JOIN arms USING (g, arm) GROUP BY 1, 2, 3, 4, mean),
two AS (SELECT g, n.ratio AS r1, c.ratio AS r0, n.error AS e1, c.error AS e0, (n.error + c.error) ^ 2 / (n.error ^ 2 / (n.n - 1) + c.error ^ 2 / (c.n - 1)) AS df FROM delta AS n JOIN delta AS c USING (g) WHERE n.arm = 'new' AND c.arm = 'control'),
effect AS (SELECT g, tcs.ab_effect(v) AS v, tcs.ab_effect(arm, total) AS plain, tcs.ab_effect(s) AS s, tcs.ab_effect(arm, yes) AS plain_share, tcs.ab_effect(r) AS r, tcs.ab_effect(r_boolean) AS r_boolean, tcs.ab_effect(r_integer, 0.95) AS r_integer, tcs.ab_effect(r, 0.5) AS narrow FROM customer GROUP BY g)
SELECT count(*) AS experiments, count(*) FILTER (WHERE v <> plain) AS sums, count(*) FILTER (WHERE s <> plain_share) AS shares, count(*) FILTER (WHERE r <> r_boolean OR r <> r_integer) AS names,
	count(*) FILTER (WHERE abs((r).treatment - r1) > 1e-12 * r1 OR abs((r).control - r0) > 1e-12 * r0) AS ratios,
	count(*) FILTER (WHERE NOT ((r).difference_high - (r).difference_low) / 2 / sqrt(e1 + e0) BETWEEN 1.96 + 2.37 / df AND 1.96 + 2.41 / df + 8.4 / df ^ 2) AS intervals,
	count(*) FILTER (WHERE ((r).p_value < 0.05) <> (0 NOT BETWEEN (r).difference_low AND (r).difference_high) OR ((r).p_value < 0.05) <> (1 NOT BETWEEN (r).ratio_low AND (r).ratio_high)) AS p,
	count(*) FILTER (WHERE (narrow).difference_low <= (r).difference_low) AS wider, sum((r).in_both) AS in_both FROM effect JOIN two USING (g);
SELECT (e).control_n, (e).treatment_n, (e).in_both, (e).difference FROM (SELECT tcs.ab_effect(c) AS e FROM (SELECT tcs.ab_customer(arm, amount) AS c
	FROM (VALUES (1, 'control', 10), (1, 'new', 90), (2, 'control', 20), (3, 'control', 40), (4, 'new', 35), (5, 'new', NULL), (6, NULL, 1000)) AS v(customer, arm, amount) GROUP BY customer) AS s) AS s;
-- 400 experiments in which nothing is done to 100 customers with 8 orders each,
-- whose orders are alike: over orders every second finds something, over customers one in twenty.
SELECT round(avg(((over_orders).p_value < 0.05)::int), 2) > 0.4 AS over_orders, round(avg(((mean).p_value < 0.05)::int), 2) BETWEEN 0.03 AND 0.07 AS over_customers,
	round(avg(((ratio).p_value < 0.05)::int), 2) BETWEEN 0.03 AND 0.07 AS ratio
FROM (SELECT trial, tcs.ab_effect(arm, amount) AS over_orders FROM (SELECT trial, c, tcs.ab_assign('trial ' || trial, c, '{control,new}', '{0.5,0.5}') AS arm,
		50 + ((hashint8extended(trial * 1000 + c, 1) & 1023) - 512) / 20.0 + ((hashint8extended(trial * 10000 + c * 10 + k, 2) & 1023) - 512) / 100.0 AS amount
		FROM generate_series(1::bigint, 400) AS trial, generate_series(1::bigint, 100) AS c, generate_series(1, 8) AS k) AS o GROUP BY trial) AS o
JOIN (SELECT trial, tcs.ab_effect(v) AS mean, tcs.ab_effect(r) AS ratio FROM (SELECT trial, c, tcs.ab_customer(arm, amount) AS v, tcs.ab_customer(arm, amount, 1) AS r FROM (SELECT trial, c, tcs.ab_assign('trial ' || trial, c, '{control,new}', '{0.5,0.5}') AS arm,
		50 + ((hashint8extended(trial * 1000 + c, 1) & 1023) - 512) / 20.0 + ((hashint8extended(trial * 10000 + c * 10 + k, 2) & 1023) - 512) / 100.0 AS amount
		FROM generate_series(1::bigint, 400) AS trial, generate_series(1::bigint, 100) AS c, generate_series(1, 1 + ((hashint8extended(trial * 1000 + c, 3) & 15))::int) AS k) AS o GROUP BY 1, 2) AS s GROUP BY trial) AS c USING (trial);
SELECT tcs.ab_customer('new', 1) FILTER (WHERE false) AS none, tcs.ab_customer(NULL::text, 1) AS no_arm, tcs.ab_customer('new', NULL::float8) AS nothing, tcs.ab_customer(2, NULL::boolean) AS no, tcs.ab_customer(false, 3, NULL) AS half;
SELECT tcs.ab_effect(NULL::tcs.ab_customer) AS null, (tcs.ab_effect(c)).p_value AS no_variance, (tcs.ab_effect(c)).ratio FROM (SELECT tcs.ab_customer(i % 2 = 0, 3 * i, i) AS c FROM generate_series(1, 20) AS i GROUP BY i) AS s;

-- How many it takes.  R: power.prop.test(p1 = .5, p2 = .75, power = .9) is 76.7,
-- (n = 50, p1 = .5, p2 = .75) 0.740; power.t.test(delta = 1, power = .9) is 22.02,
-- (n = 20, delta = 1) 0.8689528.
SELECT tcs.ab_sample_size(0.5, 0.25, 0.9) AS n77, tcs.ab_sample_size(0.75, -0.25, power => 0.9) AS down, tcs.ab_sample_size(0.5, 0.25, 0.740) AS n50,
	tcs.ab_sample_size_mean(1, 1, 0.9) AS n23, tcs.ab_sample_size_mean(1, -1, 0.8689) AS n20, tcs.ab_sample_size_mean(2, 2, 0.8690) AS n21;
SELECT tcs.ab_sample_size(0.05, 0.01) AS visitors, tcs.ab_sample_size(0.05, 0.01, confidence => 0.99) AS surer,
	tcs.ab_sample_size(0.05, 0.01, ratio => 0.25) AS few_treated, tcs.ab_sample_size(0.9, 0.1) AS to_all, tcs.ab_sample_size(0.1, -0.1) AS to_none,
	tcs.ab_sample_size(0, 1) AS sure;
SELECT tcs.ab_sample_size_mean(40, 5) AS baskets, tcs.ab_sample_size_mean(40, 5, ratio => 0.25) AS few_treated,
	tcs.ab_sample_size_mean(1, 1000) AS least, tcs.ab_sample_size_mean(1, 1000, ratio => 0.1) AS least_treated,
	tcs.ab_sample_size_mean(1, 1e-8) > 1e17 AS most;
SELECT tcs.ab_sample_size(NULL, 0.1), tcs.ab_sample_size(0.1, NULL), tcs.ab_sample_size_mean(1, 1, NULL);
-- With so many, four of five find it: the power that was asked for.
SELECT round(avg(((e).p_value < 0.05)::int), 1) AS found
FROM (SELECT tcs.ab_effect(arm, hashint8extended(trial * 1000000 + arm * 100000 + i, 3) & 1023 < CASE arm WHEN 1 THEN 205 ELSE 307 END) AS e
	FROM generate_series(1, 500) AS trial, (VALUES (1), (2)) AS a(arm), generate_series(1, tcs.ab_sample_size(205 / 1024.0, 102 / 1024.0)::int) AS i GROUP BY trial) AS s;

-- Did they come?  Mendel's peas; two arms that were published as off by far, where p was 1.8e-6.
SELECT round((r).chi2::numeric, 3) AS chi2, round((r).p_value::numeric, 3) AS p, (r).suspicious FROM (SELECT tcs.ab_sample_ratio('{315,108,101,32}', '{0.5625,0.1875,0.1875,0.0625}') AS r) AS s;
SELECT round(1e6 * (r).p_value::numeric, 1) AS p_millionths, (r).suspicious FROM (SELECT tcs.ab_sample_ratio(ARRAY[821588, 815482], '{0.5,0.5}') AS r) AS s;
-- In the beginning of small arms: the chance of at least one of six in an arm of
-- a hundredth is 0.0585, and one of one 0.01.
SELECT counts, round((tcs.ab_sample_ratio(counts, shares)).p_value::numeric, 4) AS p, (tcs.ab_sample_ratio(counts, shares)).suspicious FROM (VALUES ('{5,1}'::bigint[], '{0.99,0.01}'::float8[]), ('{0,1}', '{0.99,0.01}'),
	('{97,3}', '{0.99,0.01}'), ('{980,20}', '{0.99,0.01}'), ('{970,30}', '{0.99,0.01}'), ('{50,47,3}', '{0.5,0.49,0.01}'), ('{500,300,200,10}', '{0.5,0.3,0.19,0.01}'), ('{50,40,10}', '{0.5,0.49,0.01}')) AS v(counts, shares);
-- How often it is suspicious: 20 customers, a hundredth of them by right; all
-- ways that 30 come to three arms.
SELECT sum(chance) FILTER (WHERE (tcs.ab_sample_ratio(ARRAY[20 - k, k], '{0.99,0.01}')).suspicious) < 0.001 AS two
	FROM generate_series(0, 20) AS k, LATERAL (SELECT factorial(20) / factorial(k) / factorial(20 - k) * 0.01 ^ k * 0.99 ^ (20 - k) AS chance) AS c;
SELECT round(sum(chance), 6) AS "all", sum(chance) FILTER (WHERE (tcs.ab_sample_ratio(ARRAY[30 - j - k, j, k], '{0.9,0.08,0.02}')).suspicious) BETWEEN 0.00001 AND 0.001 AS three
	FROM generate_series(0, 30) AS j, generate_series(0, 30 - j) AS k, LATERAL (SELECT factorial(30) / factorial(j) / factorial(k) / factorial(30 - j - k) * 0.08 ^ j * 0.02 ^ k * 0.9 ^ (30 - j - k) AS chance) AS c;
-- Of customers: whatever the order of the names; an arm that nobody is in.
SELECT arms, tcs.ab_sample_ratio(arm, arms, shares) = tcs.ab_sample_ratio('{18004,1996}', '{0.9,0.1}') AS by_counts, (tcs.ab_sample_ratio(arm, arms, shares)).suspicious
	FROM (SELECT CASE WHEN i <= 18004 THEN 'old' WHEN i <= 20000 THEN 'new' END AS arm FROM generate_series(1, 20100) AS i) AS s,
	(VALUES ('{old,new}'::text[], '{0.9,0.1}'::float8[]), ('{new,old}', '{0.1,0.9}')) AS v(arms, shares) GROUP BY arms ORDER BY arms;
SELECT tcs.ab_sample_ratio('a', '{a,b,closed}', '{0.5,0.5,0}') AS one, tcs.ab_sample_ratio(NULL, '{a,b}', '{0.5,0.5}') AS none, tcs.ab_sample_ratio('a', '{a,b}', '{0.5,0.5}') FILTER (WHERE false) AS no_rows;
SELECT tcs.ab_sample_ratio('{0,0}', '{0.5,0.5}') AS nobody, tcs.ab_sample_ratio('{10,10,0}', '{0.1,0.1,0}') AS closed,
	tcs.ab_sample_ratio('{10,10,1}', '{0.1,0.1,0}') AS open, tcs.ab_sample_ratio('{9223372036854775807,9223372036854775807}', '{0.2,0.2}') AS many,
	tcs.ab_sample_ratio(NULL, '{1}') AS null;

-- Errors.
\set VERBOSITY default
SELECT tcs.ab_assign('', 1, '{1}');
SELECT tcs.ab_assign('e', 1, '{50,50}');
SELECT tcs.ab_assign('e', 1, '{0.6,0.6}');
SELECT tcs.ab_assign('e', 1, '{0.1,0.1}');
SELECT tcs.ab_assign('e', 1, '{a,b}', '{1}');
SELECT tcs.ab_assign('e', 1, '{a,b}', '{0.5,0.5}', 20);
SELECT tcs.ab_effect(i, true) FROM generate_series(1, 3) AS i;
SELECT tcs.ab_effect(arm, 1) FROM unnest('{control,new,newer}'::text[]) AS arm;
SELECT tcs.ab_sample_size(5, 1);
SELECT tcs.ab_sample_size(0.5, 0.1, 80);
SELECT tcs.ab_sample_ratio('{1,2,3}', '{0.5,0.5}');
SELECT tcs.ab_sample_ratio('c', '{a,b}', '{0.5,0.5}');
\set VERBOSITY terse
SELECT tcs.ab_sample_ratio('a', NULL, '{0.5,0.5}');
SELECT tcs.ab_sample_ratio('a', '{a,b}', NULL);
SELECT tcs.ab_sample_ratio('a', '{a,b}', '{0.5,0.25,0.25}');
SELECT tcs.ab_sample_ratio('a', '{a,a}', '{0.5,0.5}');
SELECT tcs.ab_sample_ratio('a', '{a,b}', ARRAY[i, 1 - i]) FROM unnest('{0.5,0.4}'::float8[]) AS i;
SELECT tcs.ab_assign('e', 1, '{a,b}', '{0.5,0.5}', 'NaN');
SELECT tcs.ab_assign('e', 1, '{}');
SELECT tcs.ab_assign('e', 1, '{0}');
SELECT tcs.ab_assign('e', 1, '{-0.1,1}');
SELECT tcs.ab_assign('e', 1, '{NaN}');
SELECT tcs.ab_assign('e', 1, '{0.5,NULL}');
SELECT tcs.ab_assign('e', 1, '{{0.5,0.5}}');
SELECT tcs.ab_assign('e', 1, array_fill(0.0001::float8, '{1001}'));
SELECT tcs.ab_assign('e', 1, '{a,NULL}', '{0.5,0.5}');
SELECT tcs.ab_assign('e', 1, '{a,b,a}', '{0.5,0.25,0.25}');
SELECT tcs.ab_assign('e', 1, '{{a,b}}', '{0.5,0.5}');
SELECT tcs.ab_assign('e', 1, '{}', '{0.5,0.5}');
SELECT tcs.ab_effect(0, true);
SELECT tcs.ab_effect(arm, 1) FROM unnest('{a,b}'::text[]) AS arm;
SELECT tcs.ab_effect(c) FROM (SELECT tcs.ab_customer(arm, 1) AS c FROM unnest('{a,b}'::text[]) AS arm GROUP BY arm) AS s;
SELECT tcs.ab_effect(c) FROM (SELECT tcs.ab_customer('new', 1) AS c UNION ALL SELECT tcs.ab_customer('new', true)) AS s;
SELECT tcs.ab_customer(3, 1);
SELECT tcs.ab_customer('new', 1, -1);
SELECT tcs.ab_customer('new', 'NaN'::float8);
SELECT tcs.ab_effect(('new', NULL, NULL, false)::tcs.ab_customer);
SELECT tcs.ab_effect(('new', 1, -1, false)::tcs.ab_customer);
SELECT tcs.ab_effect(('new', 'Infinity', NULL, false)::tcs.ab_customer);
SELECT tcs.ab_effect(arm, 1) FROM unnest('{Control,CONTROL}'::text[]) AS arm;
SELECT tcs.ab_effect(true, 'NaN'::float8);
SELECT tcs.ab_effect(2, 'Infinity');
SELECT tcs.ab_effect('x', '-Infinity'::float8);
SELECT tcs.ab_effect(true, 1e151);
SELECT tcs.ab_effect(i % 2 = 0, 1e150 * (1 - i % 3 / 10.0)) FROM generate_series(1, 60000) AS i;
SELECT tcs.ab_effect(true, 1, 95);
SELECT tcs.ab_effect(true, 1, NULL);
SELECT tcs.ab_effect(true, true, i / 10.0) FROM generate_series(1, 2) AS i;
SELECT tcs.ab_sample_size(0.5, 0.6);
SELECT tcs.ab_sample_size(0.5, 0);
SELECT tcs.ab_sample_size(0.5, 'NaN');
SELECT tcs.ab_sample_size('NaN', 0.1);
SELECT tcs.ab_sample_size(0.5, 0.1, 0.05);
SELECT tcs.ab_sample_size(0.5, 0.1, 1);
SELECT tcs.ab_sample_size(0.5, 0.1, confidence => 1);
SELECT tcs.ab_sample_size(0.5, 0.1, ratio => 0);
SELECT tcs.ab_sample_size(0.5, 0.1, ratio => 'Infinity');
SELECT tcs.ab_sample_size(0.5, 1e-12);
SELECT tcs.ab_sample_size(0, 1e-13);
SELECT tcs.ab_sample_size_mean(0, 1);
SELECT tcs.ab_sample_size_mean('Infinity', 1);
SELECT tcs.ab_sample_size_mean(1, 0);
SELECT tcs.ab_sample_size_mean(1e300, 1e-300);
SELECT tcs.ab_sample_ratio('{1}', '{1}');
SELECT tcs.ab_sample_ratio('{1,2}', '{1,0}');
SELECT tcs.ab_sample_ratio('{1,NULL}', '{0.5,0.5}');
SELECT tcs.ab_sample_ratio('{1,-1}', '{0.5,0.5}');
SELECT tcs.ab_sample_ratio('{{1,1}}', '{0.5,0.5}');
