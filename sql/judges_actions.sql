-- Judges for actions: uplift, qini, capture and cutoff against plain SQL.
\set VERBOSITY terse
SET client_min_messages = warning;

-- 120 groups of up to 90 customers, with heavy ties and NULLs; some have nobody in
-- an arm, some only one score.
CREATE TEMP TABLE judged AS
SELECT g, i, CASE WHEN h % 31 = 0 THEN NULL ELSE ((h >> 8) % (1 + g % 40))::float8 / (1 + g % 40) END AS p,
	CASE WHEN h % 41 = 0 THEN NULL WHEN g % 20 = 0 THEN true WHEN g % 20 = 1 THEN false ELSE (h >> 33) % 5 < 2 END AS treated,
	CASE WHEN h % 37 = 0 THEN NULL ELSE (h >> 24) % 10 < g % 9 + (h >> 33) % 2 END AS label,
	CASE WHEN h % 37 = 0 THEN NULL ELSE ((h >> 40) % 100)::float8 / 7 - g % 4 END AS n
FROM generate_series(1, 120) AS g, LATERAL (SELECT i, hashint8extended(g * 1000 + i, 9) & 9223372036854775807 AS h FROM generate_series(1, 1 + g * 7 % 90) AS i) AS s;
CREATE TEMP TABLE kept AS SELECT *, rank() OVER (PARTITION BY g ORDER BY p DESC) AS r, count(*) OVER (PARTITION BY g) AS all_n FROM judged WHERE p IS NOT NULL AND label IS NOT NULL AND treated IS NOT NULL;
CREATE INDEX ON kept (g);
ANALYZE kept;

-- uplift: the bins of the first of each tie, the arms of each compared by ab_effect,
-- and those from the top down.
CREATE TEMP TABLE binned AS SELECT g, bins, kind, u.* FROM (VALUES (1), (4), (10), (1000)) AS b(bins),
	LATERAL (SELECT g, 'share' AS kind, tcs.uplift(p, treated, label, bins) AS u FROM judged GROUP BY g UNION ALL SELECT g, 'value', tcs.uplift(p, treated, n, bins) FROM judged GROUP BY g) AS s, unnest(u) AS u;
CREATE TEMP TABLE by_hand AS SELECT g, bins, kind, bin, s.n AS customers, least, greatest, share, (e).*, share * (up).difference AS extra, share * (up).difference_low AS extra_low, share * (up).difference_high AS extra_high
FROM (SELECT g, bins, bin, count(*) AS n, min(p) AS least, max(p) AS greatest, sum(count(*)) OVER (PARTITION BY g, bins ORDER BY bin)::float8 / min(all_n) AS share FROM kept, (VALUES (1), (4), (10), (1000)) AS b(bins),
	LATERAL (SELECT ceil(r * bins / all_n::numeric)::int AS bin) AS x GROUP BY g, bins, bin) AS s, (VALUES ('share'), ('value')) AS k(kind),
	LATERAL (SELECT CASE kind WHEN 'share' THEN (SELECT tcs.ab_effect(treated, label) FROM kept AS k WHERE k.g = s.g AND p BETWEEN least AND greatest) ELSE (SELECT tcs.ab_effect(treated, n) FROM kept AS k WHERE k.g = s.g AND p BETWEEN least AND greatest) END AS e,
		CASE kind WHEN 'share' THEN (SELECT tcs.ab_effect(treated, label) FROM kept AS k WHERE k.g = s.g AND p >= least) ELSE (SELECT tcs.ab_effect(treated, n) FROM kept AS k WHERE k.g = s.g AND p >= least) END AS up) AS e
WHERE CASE WHEN bins < 1000 THEN g % 3 = 0 ELSE g % 9 = 0 END;
CREATE FUNCTION pg_temp.near(float8, float8) RETURNS bool LANGUAGE sql AS $$ SELECT $1 IS NULL AND $2 IS NULL OR coalesce(abs($1 - $2) <= 1e-12 * (1 + abs($2)), false) $$;
SELECT bins, kind, count(*) AS found, count(b.extra_low) > 30 AS with_limits, count(*) FILTER (WHERE (b.customers, b.least, b.greatest, b.treated_n, b.control_n) IS DISTINCT FROM (o.customers, o.least, o.greatest, o.treatment_n, o.control_n)) AS counts,
	count(*) FILTER (WHERE NOT (pg_temp.near(b.treated, o.treatment) AND pg_temp.near(b.control, o.control) AND pg_temp.near(b.uplift, o.difference) AND pg_temp.near(b.uplift_low, o.difference_low)
		AND pg_temp.near(b.uplift_high, o.difference_high) AND pg_temp.near(b.share, o.share) AND pg_temp.near(b.extra, o.extra) AND pg_temp.near(b.extra_low, o.extra_low) AND pg_temp.near(b.extra_high, o.extra_high))) AS differing
FROM (SELECT * FROM binned WHERE CASE WHEN bins < 1000 THEN g % 3 = 0 ELSE g % 9 = 0 END) AS b FULL JOIN by_hand AS o USING (g, bins, kind, bin) GROUP BY bins, kind ORDER BY bins, kind;

-- qini: covariances of place and outcome, and Welch's interval for their difference.
CREATE TEMP TABLE placed AS SELECT g, treated, y, kind, 0.5 - (r - 1 + count(*) OVER (PARTITION BY g, kind, p) / 2.0) / all_n AS place, all_n FROM kept, LATERAL (VALUES ('share', label::int::float8), ('value', n)) AS k(kind, y);
CREATE TEMP TABLE judged_qini AS SELECT g, 'share' AS kind, (tcs.qini(p, treated, label)).* FROM judged GROUP BY g UNION ALL SELECT g, 'value', (tcs.qini(p, treated, n)).* FROM judged GROUP BY g;
SELECT kind, count(*), count(q.qini) AS answered, count(q.qini_low) AS limits, count(*) FILTER (WHERE NOT pg_temp.near(q.qini, o.qini)) AS qini,
	count(*) FILTER (WHERE NOT (pg_temp.near(q.qini_low, low) AND pg_temp.near(q.qini_high, high) AND pg_temp.near(q.p_value, p))) AS limits_off,
	count(*) FILTER (WHERE NOT (pg_temp.near(q.effect, (e).difference) AND pg_temp.near(q.effect_low, (e).difference_low) AND pg_temp.near(q.effect_high, (e).difference_high)
		AND q.treated_n = (e).treatment_n AND q.control_n = (e).control_n)) AS effect
FROM judged_qini AS q LEFT JOIN (
	SELECT g, kind, (n - 1) / n * (covar_samp(place, y) FILTER (WHERE treated) - covar_samp(place, y) FILTER (WHERE NOT treated)) AS qini,
		CASE WHEN count(*) FILTER (WHERE treated) > 1 AND count(*) FILTER (WHERE NOT treated) > 1 THEN (tcs.ab_effect(treated, product)).difference_low END AS low,
		CASE WHEN count(*) FILTER (WHERE treated) > 1 AND count(*) FILTER (WHERE NOT treated) > 1 THEN (tcs.ab_effect(treated, product)).difference_high END AS high,
		CASE WHEN count(*) FILTER (WHERE treated) > 1 AND count(*) FILTER (WHERE NOT treated) > 1 THEN (tcs.ab_effect(treated, product)).p_value END AS p,
		CASE kind WHEN 'share' THEN tcs.ab_effect(treated, y > 0) ELSE tcs.ab_effect(treated, y) END AS e
	FROM (SELECT *, all_n::float8 AS n, (place - avg(place) OVER w) * (y - avg(y) OVER w) * count(*) OVER w / nullif(count(*) OVER w - 1, 0) * (all_n - 1) / all_n AS product FROM placed WINDOW w AS (PARTITION BY g, kind, treated)) AS s GROUP BY g, kind, n) AS o USING (g, kind)
GROUP BY kind ORDER BY kind;
SELECT finding, count(*) > 0 AS some, bool_and(CASE finding WHEN 'order' THEN qini_low > 0 WHEN 'reverse' THEN qini_high < 0 WHEN 'effect' THEN coalesce(qini_low <= 0 AND qini_high >= 0, true) AND effect_low * effect_high > 0
	WHEN 'none' THEN coalesce(qini_low <= 0 AND qini_high >= 0, true) AND coalesce(effect_low * effect_high <= 0, true) ELSE treated_n < 2 OR control_n < 2 END) AS right_ones FROM judged_qini GROUP BY finding ORDER BY finding;
-- Turned round it has the other sign; a score for all alike orders nobody.
SELECT count(*) FILTER (WHERE NOT pg_temp.near((a).qini, -(b).qini)) AS not_mirrored, count(*) FILTER (WHERE (c).qini <> 0 OR (c).qini_low IS NOT NULL) AS alike FROM (SELECT tcs.qini(p, treated, n) AS a, tcs.qini(-p, treated, n) AS b, tcs.qini(7, treated, n) AS c FROM judged GROUP BY g) AS s;
-- Without ties it is the area between the curve of covariances of being among the first k and the line.
SELECT pg_temp.near((q).qini, area) AS area FROM (SELECT tcs.qini(i, treated, n) AS q FROM judged WHERE g = 64) AS a,
	(SELECT avg((f1 + f0) / 2) AS area FROM (SELECT k, first_value(f) OVER w AS f0, f AS f1 FROM (SELECT k, (n - 1) / n * (covar_samp((place >= n - k + 1)::int, y) FILTER (WHERE treated) - covar_samp((place >= n - k + 1)::int, y) FILTER (WHERE NOT treated)) AS f
		FROM (SELECT count(*) OVER ()::float8 AS n, row_number() OVER (ORDER BY i) AS place, treated, n AS y FROM judged WHERE g = 64 AND treated IS NOT NULL AND n IS NOT NULL) AS s, generate_series(0, (n)::int) AS k GROUP BY k, n) AS c WINDOW w AS (ORDER BY k ROWS 1 PRECEDING)) AS d WHERE k > 0) AS b;

-- capture: lift at each share, and of numbers the part of a tie that fits.
CREATE TEMP TABLE captured AS SELECT g, steps, kind, c.* FROM (VALUES (1), (3), (10), (64)) AS b(steps),
	LATERAL (SELECT g, 'share' AS kind, tcs.capture(p, label, steps) AS c FROM judged GROUP BY g UNION ALL SELECT g, 'value', tcs.capture(p, n, steps) FROM judged GROUP BY g) AS s, unnest(c) AS c;
SELECT count(*) AS steps, count(c.lift), count(*) FILTER (WHERE NOT pg_temp.near(c.lift, o.lift)) AS not_lift FROM captured AS c, LATERAL (SELECT tcs.lift(p, label, c.share) FROM judged AS j WHERE j.g = c.g) AS o WHERE kind = 'share' AND steps > 3;
SELECT kind, count(*), count(captured), count(*) FILTER (WHERE NOT (c.share = step::float8 / steps AND pg_temp.near(c.customers, c.share * o.n) AND pg_temp.near(c.outcome, o.outcome) AND (o.total > 0) = (c.captured IS NOT NULL)
	AND (o.total <= 0 OR pg_temp.near(c.captured, o.outcome / o.total)) AND pg_temp.near(c.lift, c.captured / c.share) AND c.score = o.score)) AS differing
FROM captured AS c, LATERAL (SELECT sum(y * greatest(0, least(1, (n * step / steps::numeric - above) / here))) AS outcome, sum(y) AS total, min(n) AS n, min(p) FILTER (WHERE above < n * step / steps::numeric) AS score
	FROM (SELECT p, sum(y) AS y, count(*) AS here, sum(count(*)) OVER (ORDER BY p DESC) - count(*) AS above, sum(count(*)) OVER () AS n FROM (SELECT p, CASE kind WHEN 'share' THEN label::int ELSE n END AS y FROM judged AS j WHERE j.g = c.g AND p IS NOT NULL AND label IS NOT NULL) AS x GROUP BY p) AS x) AS o
GROUP BY kind ORDER BY kind;

-- cutoff: the best of all cuts, with and without arms.
SELECT cost, count(*), count((c).score) AS some, count(*) FILTER (WHERE (c).score IS DISTINCT FROM o.score OR (c).customers <> coalesce(o.k, 0) OR NOT pg_temp.near((c).earned, coalesce(o.earned, 0)) OR NOT pg_temp.near((c).earned_all, total - cost * n)
		OR NOT pg_temp.near((c).share, coalesce(o.k, 0) / n::float8) OR NOT pg_temp.near((c).earned_high - (c).earned, CASE WHEN o.k > 0 THEN 2.241402727604947 * sqrt(variance * n) ELSE 0 END) OR NOT pg_temp.near((c).earned - (c).earned_low, (c).earned_high - (c).earned)) AS differing
FROM (VALUES (0), (2), (8)) AS v(cost), LATERAL (SELECT g, tcs.cutoff(p, n, cost) AS c, count(*) FILTER (WHERE p + n IS NOT NULL) AS n, sum(n) FILTER (WHERE p IS NOT NULL) AS total, var_samp(n) FILTER (WHERE p IS NOT NULL) AS variance FROM judged GROUP BY g) AS a
LEFT JOIN LATERAL (SELECT p AS score, k, earned FROM (SELECT p, sum(count(*)) OVER w AS k, sum(sum(n) - count(*) * cost) OVER w AS earned FROM judged WHERE judged.g = a.g AND p + n IS NOT NULL GROUP BY p WINDOW w AS (ORDER BY p DESC)) AS s WHERE earned > 0 ORDER BY round(earned::numeric, 9) DESC, score DESC LIMIT 1) AS o ON true
WHERE n > 1 GROUP BY cost ORDER BY cost;
SELECT cost, count(*), count((c).score) AS some, count(*) FILTER (WHERE (c).score IS DISTINCT FROM o.score OR (c).customers <> coalesce(o.k, 0) OR NOT pg_temp.near((c).earned, coalesce(o.earned, 0)) OR NOT pg_temp.near((c).earned_all, n * ((e).difference - cost))) AS differing,
	count(*) FILTER (WHERE (c).score IS NOT NULL AND NOT pg_temp.near((c).earned_high - (c).earned, 2.241402727604947 * n * sqrt(error))) AS limits
FROM (VALUES (0), (0.3)) AS v(cost), LATERAL (SELECT g, tcs.cutoff(p, treated, n, cost) AS c, count(*) AS n, tcs.ab_effect(treated, n) AS e, var_samp(n) FILTER (WHERE treated) / count(*) FILTER (WHERE treated) + var_samp(n) FILTER (WHERE NOT treated) / nullif(count(*) FILTER (WHERE NOT treated), 0) AS error
	FROM kept GROUP BY g HAVING bool_or(treated) AND NOT bool_and(treated)) AS a
LEFT JOIN LATERAL (SELECT p AS score, k, earned FROM (SELECT p, k, k * (t / tn - c / cn - cost) AS earned FROM (SELECT p, sum(count(*)) OVER w AS k, sum(sum(n) FILTER (WHERE treated)) OVER w AS t, nullif(sum(count(*) FILTER (WHERE treated)) OVER w, 0) AS tn,
	sum(sum(n) FILTER (WHERE NOT treated)) OVER w AS c, nullif(sum(count(*) FILTER (WHERE NOT treated)) OVER w, 0) AS cn FROM kept WHERE kept.g = a.g GROUP BY p WINDOW w AS (ORDER BY p DESC)) AS s) AS s WHERE earned > 0 ORDER BY round(earned::numeric, 9) DESC, score DESC LIMIT 1) AS o ON true
GROUP BY cost ORDER BY cost;

-- A trial of the size of Hillstrom's of 2008 whose visits are those that were
-- published: 3,894 of 21,307 who got the men's e-mail, 2,262 of 21,306 who got none.
-- Who they are does not matter to the effect.
SELECT treated_n, control_n, round(effect::numeric, 5) AS effect, round(effect_low::numeric, 4) AS low, round(effect_high::numeric, 4) AS high, finding FROM (SELECT (tcs.qini(1, i % 2 = 1, i <= CASE i % 2 WHEN 1 THEN 2 * 3894 ELSE 2 * 2262 END)).* FROM generate_series(1, 42613) AS i) AS s;

-- A number from 0 to 1 that is the same on every server.
CREATE FUNCTION pg_temp.uniform(a int, b int, c int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT ((hashint8extended(a::bigint * 1000000 + b, c) >> 11) & 9007199254740991) / 9007199254740992.0 $$;
-- 400 trials, in which the treatment moves all alike: a score that knows who buys
-- anyway, one that knows nothing, of true and false, rare and skewed numbers.
CREATE TEMP TABLE trials AS SELECT trial, u, v, treated, w < 0.05 + 0.4 * u * u + 0.05 * treated::int AS bought, w < 0.02 AS rare, exp(3 * (w + x - 1)) + treated::int AS spent, w < 0.1 + 0.3 * u * treated::int AS moved
FROM (SELECT t AS trial, pg_temp.uniform(t, i, 1) AS u, pg_temp.uniform(t, i, 2) AS v, pg_temp.uniform(t, i, 3) AS w, pg_temp.uniform(t, i, 4) AS x, pg_temp.uniform(t, i, 5) < 0.4 AS treated FROM generate_series(1, 400) AS t, generate_series(1, 150) AS i) AS s;
CREATE INDEX ON trials (trial);
ANALYZE trials;
SELECT what, count(*) AS trials, round(avg((p_value < 0.05)::int), 3) AS "found at 5 %", round(avg((qini_low > 0 OR qini_high < 0)::int), 3) AS without_0, round(avg((finding = 'order')::int), 3) AS "order", abs(avg(qini)) < 4 * stddev(qini) / sqrt(count(*)) AS centred
FROM (SELECT trial, what, (q).* FROM (SELECT trial, tcs.qini(u, treated, bought) AS a, tcs.qini(v, treated, bought) AS b, tcs.qini(round(u::numeric * 3)::float8, treated, bought) AS c, tcs.qini(v, treated, spent) AS d, tcs.qini(u, treated, moved) AS e FROM trials GROUP BY trial) AS s,
	LATERAL (VALUES ('buys anyway', a), ('random', b), ('buys anyway, ties', c), ('random, skewed', d), ('moved', e)) AS k(what, q)) AS t GROUP BY what ORDER BY what;
-- What is estimated: mean of place times effect, for effect 0.3 u it is 0.3 / 12.
SELECT round(avg((q).qini)::numeric, 3) AS qini, round(avg(((q).qini_low < 0.025 AND (q).qini_high > 0.025)::int), 3) AS covered FROM (SELECT tcs.qini(u, treated, moved) AS q FROM trials GROUP BY trial) AS s;

-- The limits of what the best cut-off earns hold what it earns with others.
SELECT what, round(avg((low <= truth AND truth <= high)::int), 3) AS covered, round(avg((low > 0)::int), 3) AS shown FROM (
	SELECT what, (c).earned_low AS low, (c).earned_high AS high, CASE WHEN (c).score IS NULL THEN 0 ELSE truth END AS truth FROM (
		SELECT 'pays for some' AS what, tcs.cutoff(u, bought::int * 10, 2) AS c, trial FROM trials WHERE treated GROUP BY trial UNION ALL SELECT 'never pays', tcs.cutoff(v, rare::int * 10, 0.2), trial FROM trials WHERE treated GROUP BY trial UNION ALL SELECT 'moves nobody', tcs.cutoff(v, treated, bought::int - 0.05 * treated::int, 0), trial FROM trials GROUP BY trial) AS s,
	LATERAL (SELECT CASE what WHEN 'pays for some' THEN sum(10 * (0.1 + 0.4 * u * u) - 2) FILTER (WHERE treated) ELSE 0 END AS truth FROM trials AS t WHERE t.trial = s.trial AND u >= (c).score) AS x) AS y GROUP BY what ORDER BY what;

-- Known answers.
SELECT bin, customers, least, greatest, treated_n, control_n, treated, control, uplift, round(uplift_low::numeric, 4) AS low, round(uplift_high::numeric, 4) AS high, round(share::numeric, 4) AS share, round(extra::numeric, 4) AS extra, round(extra_low::numeric, 4) AS extra_low, round(extra_high::numeric, 4) AS extra_high FROM (SELECT tcs.uplift(s, t, o, 2) AS b FROM (VALUES (2, true, true), (2, true, true), (2, false, false), (2, false, true), (1, true, false), (1, false, true)) AS v(s, t, o)) AS s, unnest(b);
SELECT step, share, customers, score, outcome, captured, round(lift::numeric, 4) AS lift FROM (SELECT tcs.capture(s, o, 4) FROM (VALUES (3, 6), (2, 1), (2, 3), (1, 0)) AS v(s, o)) AS s, unnest(capture) AS c;
SELECT score, share, customers, earned, round(earned_low::numeric, 4) AS low, round(earned_high::numeric, 4) AS high, earned_all FROM (SELECT (tcs.cutoff(s, o, 2)).* FROM (VALUES (3, 6), (2, 1), (2, 4), (1, 0)) AS v(s, o)) AS s;
SELECT (tcs.cutoff(s, o, 7)).* FROM (VALUES (3, 6), (2, 1), (2, 4), (1, 0)) AS v(s, o);

-- NULLs, one customer, and nothing at all.
SELECT tcs.uplift(NULL, true, true, 2), tcs.qini(1, NULL, true), tcs.capture(1, NULL::float8, 2), tcs.cutoff(1, NULL, 2), tcs.cutoff(1, NULL, 1, 2);
SELECT tcs.uplift(1, true, true, 2), tcs.qini(1, true, 1), tcs.capture(1, -1, 2), tcs.cutoff(1, 3, 2), tcs.cutoff(1, true, 3, 2);
SELECT tcs.uplift(1, true, 1.5, 2), tcs.qini(1, true, 1), tcs.capture(1, 1, 2), tcs.cutoff(1, 1, 2), tcs.cutoff(1, true, 1, 2) WHERE false;

-- As window functions, in frames that grow and that move.
SELECT count(*) FILTER (WHERE (u::text, q::text, c::text, k::text) IS DISTINCT FROM (SELECT (tcs.uplift(p, treated, label, 3)::text, tcs.qini(p, treated, n)::text, tcs.capture(p, n, 4)::text, tcs.cutoff(p, treated, n, 1)::text) FROM judged AS j WHERE j.g = w.g AND j.i <= w.i)) AS growing,
	count(*) FILTER (WHERE (u2::text, q2::text, c2::text, k2::text) IS DISTINCT FROM (SELECT (tcs.uplift(p, treated, label, 3)::text, tcs.qini(p, treated, n)::text, tcs.capture(p, n, 4)::text, tcs.cutoff(p, treated, n, 1)::text) FROM judged AS j WHERE j.g = w.g AND j.i BETWEEN w.i - 9 AND w.i + 2)) AS moving
FROM (SELECT g, i, tcs.uplift(p, treated, label, 3) OVER g AS u, tcs.qini(p, treated, n) OVER g AS q, tcs.capture(p, n, 4) OVER g AS c, tcs.cutoff(p, treated, n, 1) OVER g AS k, tcs.uplift(p, treated, label, 3) OVER m AS u2, tcs.qini(p, treated, n) OVER m AS q2, tcs.capture(p, n, 4) OVER m AS c2, tcs.cutoff(p, treated, n, 1) OVER m AS k2
	FROM judged WHERE g IN (64, 90) WINDOW g AS (PARTITION BY g ORDER BY i), m AS (PARTITION BY g ORDER BY i ROWS BETWEEN 9 PRECEDING AND 2 FOLLOWING)) AS w;

-- Errors.
\set VERBOSITY default
SELECT tcs.uplift(1, true, true, 0);
SELECT tcs.capture(1, true, 1001);
SELECT tcs.cutoff(1, 2, -1);
SELECT tcs.cutoff(1, 2, i) FROM generate_series(1, 2) AS i;
\set VERBOSITY terse
SELECT tcs.uplift(1, true, true, NULL);
SELECT tcs.uplift(1, true, 1.5, i) FROM generate_series(1, 2) AS i;
SELECT tcs.capture(1, 1, NULL);
SELECT tcs.capture(1, 1, i) FROM generate_series(1, 2) AS i;
SELECT tcs.cutoff(1, true, 1, NULL);
SELECT tcs.cutoff(1, true, 1, 'NaN');
SELECT tcs.cutoff(1, 1, 'Infinity');
SELECT tcs.qini('NaN', true, true);
SELECT tcs.qini(1, true, 'Infinity'::float8);
SELECT tcs.capture('-Infinity', 1, 2);
SELECT tcs.capture(1, 1e151, 2);
SELECT (tcs.qini(i, i % 2 = 0, 1e150 * (i % 3))).finding FROM generate_series(1, 9) AS i;
SELECT (tcs.cutoff(i, 1e150 * (i % 3), 1)).customers FROM generate_series(1, 9) AS i;
SET tcs.fit_memory = '64kB';
SELECT tcs.qini(i, i % 2 = 0, i % 3 = 0) FROM generate_series(1, 20000) AS i;
RESET tcs.fit_memory;
