-- Rates, scores and ratios: against their definitions, in plain SQL.
\set VERBOSITY terse
SET client_min_messages = warning;

-- 300 groups of up to 60 answers, with NULLs; in some all say the same.
CREATE TEMP TABLE answer AS
SELECT g, i, CASE WHEN h % 17 = 0 THEN NULL WHEN g % 30 = 0 THEN true WHEN g % 30 = 1 THEN false ELSE (h >> 8) % (1 + g % 9) = 0 END AS yes,
	CASE WHEN h % 13 = 0 THEN NULL WHEN g % 25 = 0 THEN 10 WHEN g % 25 = 1 THEN 3 WHEN g % 25 = 2 THEN 8 ELSE ((h >> 24) % 11)::int END AS likely, ((h >> 40) % 9) / 2.0 + 1 AS stars
FROM generate_series(1, 300) AS g, LATERAL (SELECT i, hashint8extended(g * 1000 + i, 5) & 9223372036854775807 AS h FROM generate_series(1, g % 61) AS i) AS s;
ANALYZE answer;

-- rate: a limit is the rate from which the one that was found is z standard
-- errors away (Wilson, 1927); the tolerance is that of z.
CREATE TEMP TABLE z AS SELECT * FROM (VALUES (0.8::float8, 1.2815515655446004::float8), (0.95, 1.959963984540054), (0.999, 3.2905267314919255)) AS z(confidence, z);
SELECT confidence, count(*) AS groups, count(*) FILTER (WHERE (r).n = 0) AS empty,
	count(*) FILTER (WHERE ((r).successes, (r).n, (r).rate) IS DISTINCT FROM (successes, n, successes::float8 / nullif(n, 0))) AS differing,
	count(*) FILTER (WHERE (r).n > 0 AND NOT ((r).low BETWEEN 0 AND (r).rate AND (r).high BETWEEN (r).rate AND 1 AND (r).high - (r).low > 0)) AS out_of_order,
	count(*) FILTER (WHERE abs(((r).rate - l) ^ 2 - z ^ 2 * l * (1 - l) / n) > 1e-13) AS off
FROM z, LATERAL (SELECT g, tcs.rate(yes, confidence) AS r, count(*) FILTER (WHERE yes) AS successes, count(yes) AS n FROM answer GROUP BY g) AS s
LEFT JOIN LATERAL (SELECT unnest(ARRAY[(r).low, (r).high]) AS l) AS u ON true GROUP BY confidence ORDER BY confidence;
SELECT count(*) FILTER (WHERE tcs.rate IS DISTINCT FROM other) AS of_95_percent, count(*) FILTER (WHERE tcs.rate IS DISTINCT FROM counted) AS counted_before
FROM (SELECT tcs.rate(yes), tcs.rate(yes, 0.95) AS other, tcs.rate(count(*) FILTER (WHERE yes), count(yes)) AS counted FROM answer GROUP BY g) AS tcs;
-- Newcombe, 1998, table I.
SELECT x, n, round((r).low::numeric, 4) AS low, round((r).high::numeric, 4) AS high
FROM (VALUES (81, 263), (15, 148), (0, 20), (1, 29)) AS v(x, n), LATERAL (SELECT tcs.rate(i <= x) AS r FROM generate_series(1, n) AS i) AS s;
SELECT (tcs.rate(0, 1)).low, (tcs.rate(1, 1)).high, (tcs.rate(9223372036854775807, 9223372036854775807)).rate AS all_of_many,
	(tcs.rate(3, 4, confidence => 0.5)).rate, tcs.rate(NULL::bigint, 4), tcs.rate(4, NULL::bigint), tcs.rate(0, 0);

-- nps: the definition, and intervals that hold it.
SELECT count(*) AS groups, count(*) FILTER (WHERE (r).responses = 0) AS empty,
	count(*) FILTER (WHERE ((r).responses, (r).promoters, (r).passives, (r).detractors, (r).nps) IS DISTINCT
		FROM (n, plus, n - plus - minus, minus, 100 * (plus - minus)::float8 / nullif(n, 0))) AS differing,
	count(*) FILTER (WHERE n > 0 AND NOT ((r).low BETWEEN -100 AND (r).nps AND (r).high BETWEEN (r).nps AND 100 AND (r).high > (r).low)) AS out_of_order,
	count(*) FILTER (WHERE n > 0 AND (abs((r).low + (turned).high) > 1e-11 OR abs((r).high + (turned).low) > 1e-11)) AS not_turned,
	-- near what the usual approximation says, where that holds
	count(*) FILTER (WHERE n > 40 AND least(plus, minus, n - plus - minus) > 5) AS many,
	count(*) FILTER (WHERE n > 40 AND least(plus, minus, n - plus - minus) > 5
		AND abs((r).high - (r).low - 2 * 196 * sqrt(((plus + minus)::float8 / n - ((plus - minus)::float8 / n) ^ 2) / n)) > 3) AS off
FROM (SELECT tcs.nps(likely) AS r, tcs.nps(CASE WHEN likely > 8 THEN 0 WHEN likely < 7 THEN 10 ELSE likely END) AS turned, count(likely) AS n,
	count(*) FILTER (WHERE likely >= 9) AS plus, count(*) FILTER (WHERE likely <= 6) AS minus FROM answer GROUP BY g) AS s;
-- The limits solve Tango's equation (1998): the score statistic is z there.
SELECT count(*) AS limits, count(*) FILTER (WHERE abs(abs((plus - minus - n * d) / sqrt(n * (2 * q + d * (1 - d)))) - 1.959963984540054) > 1e-7) AS off
FROM (SELECT tcs.nps(likely) AS r, count(likely) AS n, count(*) FILTER (WHERE likely >= 9) AS plus, count(*) FILTER (WHERE likely <= 6) AS minus FROM answer GROUP BY g) AS s,
	LATERAL unnest(ARRAY[(r).low, (r).high]) AS l, LATERAL (SELECT l / 100 AS d) AS d,
	LATERAL (SELECT (sqrt(b ^ 2 + 8 * n * minus * d * (1 - d)) - b) / (4 * n) AS q FROM (SELECT -plus - minus + (2 * n - plus + minus) * d AS b) AS b) AS q
WHERE n > 0 AND abs(l) < 100;
SELECT (r).responses, (r).promoters, (r).passives, (r).detractors, round((r).nps::numeric, 6) AS nps, round((r).low::numeric, 6) AS low,
	round((r).high::numeric, 6) AS high FROM (SELECT tcs.nps(s) AS r FROM unnest('{10,9,9,8,7,6,0,NULL}'::int[]) AS s) AS s;
SELECT (r).nps, round((r).low::numeric, 6) AS low, (r).high FROM (SELECT tcs.nps(10) AS r FROM generate_series(1, 10)) AS s;
SELECT (tcs.nps(s)).nps FROM unnest('{0,10}'::smallint[]) AS s UNION ALL SELECT (tcs.nps(s)).nps FROM unnest('{0.0,10.00}'::numeric[]) AS s UNION ALL SELECT (tcs.nps(float8 '9')).nps;

-- csat: a rate of scores that are high enough.
SELECT count(*) FILTER (WHERE (c).responses <> (r).n OR ((c).satisfied, (c).csat, (c).low, (c).high) IS DISTINCT FROM ((r).successes, (r).rate, (r).low, (r).high)) AS differing,
	count(*) FILTER (WHERE c IS DISTINCT FROM of_5) AS of_5
FROM (SELECT tcs.csat(stars, from_score) AS c, tcs.csat(stars, from_score, 5) AS of_5, tcs.rate(stars >= from_score) AS r
	FROM answer, (VALUES (1), (3.5), (4), (5)) AS f(from_score) GROUP BY g, from_score) AS s;
SELECT tcs.csat(s, 8, 10) = ROW(4, 2, 0.5, (tcs.rate(2, 4)).low, (tcs.rate(2, 4)).high)::tcs.csat AS of_10 FROM unnest('{8,10,7.9,1,NULL}'::float8[]) AS s;

-- NULLs, and nothing at all.
SELECT tcs.rate(NULL::boolean), tcs.rate(NULL::boolean, 0.9), tcs.nps(NULL::float8), tcs.csat(NULL, 4), tcs.csat(NULL, 4, 10);
SELECT tcs.rate(true), tcs.rate(true, 0.9), tcs.nps(10), tcs.csat(5, 4), tcs.csat(5, 4, 10) WHERE false;

-- As window functions, in frames that move, grow and leave rows out; the first
-- have inverse functions to do so.
SELECT count(*) AS rows, count(*) FILTER (WHERE (r, r9, n, c, c9) IS DISTINCT
	FROM (SELECT (tcs.rate(yes), tcs.rate(yes, 0.9), tcs.nps(likely), tcs.csat(stars, 4), tcs.csat(stars, 4, 6)) FROM answer AS a WHERE a.g = w.g
	AND a.i BETWEEN w.i - 9 AND w.i + 2)) AS moving,
	count(*) FILTER (WHERE (r2, n2, c2) IS DISTINCT FROM (SELECT (tcs.rate(yes), tcs.nps(likely), tcs.csat(stars, 4)) FROM answer AS a WHERE a.g = w.g AND a.i BETWEEN w.i + 3 AND w.i + 5)) AS ahead,
	count(*) FILTER (WHERE (r3, n3, c3) IS DISTINCT FROM (SELECT (tcs.rate(yes), tcs.nps(likely), tcs.csat(stars, 4)) FROM answer AS a WHERE a.g = w.g AND a.i <> w.i)) AS excluding
FROM (SELECT g, i, tcs.rate(yes) OVER m AS r, tcs.rate(yes, 0.9) OVER m AS r9, tcs.nps(likely) OVER m AS n, tcs.csat(stars, 4) OVER m AS c, tcs.csat(stars, 4, 6) OVER m AS c9,
		tcs.rate(yes) OVER a AS r2, tcs.nps(likely) OVER a AS n2, tcs.csat(stars, 4) OVER a AS c2, tcs.rate(yes) OVER x AS r3, tcs.nps(likely) OVER x AS n3, tcs.csat(stars, 4) OVER x AS c3
	FROM answer WHERE g <= 122 WINDOW m AS (PARTITION BY g ORDER BY i ROWS BETWEEN 9 PRECEDING AND 2 FOLLOWING), a AS (PARTITION BY g ORDER BY i ROWS BETWEEN 3 FOLLOWING AND 5 FOLLOWING),
		x AS (PARTITION BY g ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW)) AS w;
-- A frame of all 50,000 rows before would take a minute without.
SELECT count(*) FILTER (WHERE (r).successes <> (SELECT count(*) FROM generate_series(greatest(1, i - 40000), i) AS j WHERE j % 10 = 0)) AS differing
FROM (SELECT i, tcs.rate(i % 10 = 0) OVER (ORDER BY i ROWS 40000 PRECEDING) AS r FROM generate_series(1, 50000) AS i) AS s WHERE i % 5000 = 1;

-- Ratios.
SELECT tcs.acquisition_cost(1200, 48) AS acquisition_cost, tcs.acquisition_cost(0, 3) AS for_nothing, tcs.acquisition_cost(1200, 0) AS nobody,
	tcs.acquisition_cost(NULL, 1) AS null_spend, tcs.acquisition_cost(1, NULL) AS null_customers;
SELECT tcs.value_to_cost(75, 25) AS value_to_cost, tcs.value_to_cost(-5, 25) AS loss, tcs.value_to_cost(75, tcs.acquisition_cost(1200, 0)) AS nobody, tcs.value_to_cost(75, 0) AS free;
SELECT tcs.market_share(12, 48) AS market_share, tcs.market_share(48, 48) AS alone, tcs.market_share(0, 0) AS none, tcs.market_share(5, 0) AS unknown, tcs.market_share(5, NULL) AS null_market;
SELECT tcs.return_on_marketing(150, 100) AS return, tcs.return_on_marketing(100, 100) AS even, tcs.return_on_marketing(0, 100) AS lost,
	tcs.return_on_marketing(-50, 100) AS worse, tcs.return_on_marketing(5, 0) AS nothing_spent;
SELECT tcs.acquisition_cost('-0', 1) AS minus_zero, tcs.value_to_cost(1, '-0') AS by_minus_zero;

-- Errors.
\set VERBOSITY default
SELECT tcs.rate(true, 95);
SELECT tcs.rate(5, 4);
SELECT tcs.nps(11);
SELECT tcs.csat(6, 4);
SELECT tcs.csat(3, 6);
SELECT tcs.acquisition_cost(100, -1);
SELECT tcs.market_share(2, 1);
SELECT tcs.value_to_cost(1, 'NaN');
\set VERBOSITY sqlstate
SELECT tcs.nps(-1);
SELECT tcs.nps(7.5);
SELECT tcs.nps(float8 'NaN');
SELECT tcs.nps(float8 'Infinity');
SELECT tcs.csat(0.5, 4);
SELECT tcs.csat('NaN', 4);
\set VERBOSITY terse
SELECT tcs.rate(true, 0);
SELECT tcs.rate(true, 1);
SELECT tcs.rate(true, 'NaN');
SELECT tcs.rate(true, NULL);
SELECT tcs.rate(true, i / 10.0) FROM generate_series(1, 2) AS i;
SELECT tcs.rate(true, i / 10.0) OVER (ORDER BY i ROWS 1 PRECEDING) FROM generate_series(1, 2) AS i;
SELECT tcs.rate(-1, 4);
SELECT tcs.rate(0, -1);
SELECT tcs.rate(1, 4, 2);
SELECT tcs.csat(3, NULL);
SELECT tcs.csat(3, 'NaN');
SELECT tcs.csat(3, 0.5);
SELECT tcs.csat(3, 4, 'Infinity');
SELECT tcs.csat(3, 4, NULL);
SELECT tcs.csat(3, 4, 3);
SELECT tcs.csat(3, 3 + i) FROM generate_series(1, 2) AS i;
SELECT tcs.csat(3, 4, 4 + i) FROM generate_series(1, 2) AS i;
SELECT tcs.acquisition_cost(-1, 1);
SELECT tcs.acquisition_cost('Infinity', 1);
SELECT tcs.acquisition_cost(1e308, 1e-10);
SELECT tcs.value_to_cost('-Infinity', 1);
SELECT tcs.value_to_cost(1, -1);
SELECT tcs.market_share(-1, 1);
SELECT tcs.market_share(1, -1);
SELECT tcs.market_share(1, 'NaN');
SELECT tcs.return_on_marketing('NaN', 1);
SELECT tcs.return_on_marketing(1, -1);
SELECT tcs.return_on_marketing(-1.7e308, 1.7e308);
