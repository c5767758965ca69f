-- What a purchase is worth: spend_fit, spend_model and expected_spend.
\set VERBOSITY terse
SET client_min_messages = warning;

-- Customers of whom some never came again, and some came without a value.
CREATE FUNCTION pg_temp.h(x int, m_x float8) RETURNS tcs.purchase_history
	LANGUAGE sql IMMUTABLE
	RETURN ROW(NULL, NULL, NULL, NULL, x, CASE WHEN x > 0 THEN 10 ELSE 0 END, 30, m_x, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history;
CREATE TEMP TABLE customer AS
SELECT i, i % 9 / 2 AS x, CASE WHEN i % 9 > 1 THEN nullif(i % 41, 0) * 0 + round((exp(3 + 0.5 * sin(i * 7.7) + 0.6 * sin(i * i * 1.3) / sqrt(i % 9 / 2)))::numeric, 2) END::float8 AS m_x
FROM generate_series(1, 3000) AS i;
UPDATE customer SET m_x = 0 WHERE i % 50 = 7 AND x > 0;
CREATE TEMP TABLE fit AS SELECT tcs.spend_fit(pg_temp.h(x, m_x)) AS m FROM customer;

-- The log-likelihood as the paper has it, with a log-gamma of one's own.
CREATE FUNCTION pg_temp.lgamma(z float8) RETURNS float8 LANGUAGE sql IMMUTABLE
	RETURN (z + 11.5) * ln(z + 12) - (z + 12) + 0.91893853320467274178 + 1 / (12 * (z + 12)) - 1 / (360 * (z + 12) ^ 3) + 1 / (1260 * (z + 12) ^ 5)
		- ln(z * (z + 1) * (z + 2) * (z + 3) * (z + 4) * (z + 5) * (z + 6) * (z + 7) * (z + 8) * (z + 9) * (z + 10) * (z + 11));
CREATE FUNCTION pg_temp.log_likelihood(p float8, q float8, v float8) RETURNS float8 LANGUAGE sql
	RETURN (SELECT sum(pg_temp.lgamma(p * x + q) - pg_temp.lgamma(p * x) - pg_temp.lgamma(q) + q * ln(v) + (p * x - 1) * ln(m_x) + p * x * ln(x) - (p * x + q) * ln(x * m_x + v))
		FROM customer WHERE x > 0 AND m_x > 0);

-- It is the greatest where the fit says, and as great as it says.
SELECT (m->>'converged')::bool AS converged, m->'notes' AS notes, (m->>'customers')::int = (SELECT count(*) FROM customer WHERE x > 0 AND m_x > 0) AS customers,
	abs((m->>'log_likelihood')::float8 - pg_temp.log_likelihood((m->>'p')::float8, (m->>'q')::float8, (m->>'v')::float8)) < 1e-6 AS log_likelihood,
	abs((m->>'aic')::float8 - 6 + 2 * (m->>'log_likelihood')::float8) < 1e-6 AS aic,
	abs((m->>'bic')::float8 - 3 * ln((m->>'customers')::float8) + 2 * (m->>'log_likelihood')::float8) < 1e-6 AS bic,
	(m->>'gradient_norm')::float8 < 1e-6 AS gradient, (m->>'condition_number')::float8 BETWEEN 10 AND 1e5 AS condition
FROM fit;
SELECT count(*) AS elsewhere, count(*) FILTER (WHERE pg_temp.log_likelihood(p, q, v) >= l) AS no_less
FROM (SELECT (m->>'p')::float8 * f AS p, (m->>'q')::float8 * g AS q, (m->>'v')::float8 * h AS v, (m->>'log_likelihood')::float8 AS l
	FROM fit, (VALUES (0.999::float8), (1), (1.001)) AS f(f), (VALUES (0.999::float8), (1), (1.001)) AS g(g), (VALUES (0.999::float8), (1), (1.001)) AS h(h) WHERE (f, g, h) <> (1, 1, 1)) AS s;

-- Standard errors, as model_summary shows them.
SELECT parameter, error > 0 AND estimate / error > 1 AS plausible FROM fit, tcs.model_summary(m) AS s(parameter, estimate, error) WHERE error IS NOT NULL;

-- In another currency v changes in proportion, and nothing else.
SELECT abs((c->>'p')::float8 / (m->>'p')::float8 - 1) < 1e-9 AS p, abs((c->>'q')::float8 / (m->>'q')::float8 - 1) < 1e-9 AS q, abs((c->>'v')::float8 / (m->>'v')::float8 / f - 1) < 1e-9 AS v,
	abs((c->'standard_errors'->>'v')::float8 / (m->'standard_errors'->>'v')::float8 / f - 1) < 1e-6 AS error_v, abs((c->>'population_mean')::float8 / (m->>'population_mean')::float8 / f - 1) < 1e-9 AS mean
FROM fit, (SELECT f, tcs.spend_fit(pg_temp.h(x, m_x * f)) AS c FROM customer, (VALUES (100::float8), (1e-200), (1e290)) AS f(f) GROUP BY f) AS s ORDER BY f;

-- Order and workers do not show.
SELECT count(DISTINCT (m - 'left_out')::text) FROM (
	SELECT m FROM fit UNION ALL SELECT tcs.spend_fit(pg_temp.h(x, m_x) ORDER BY m_x DESC) FROM customer UNION ALL SELECT tcs.spend_fit(pg_temp.h(x, m_x) ORDER BY x DESC, i) FROM customer
	UNION ALL SELECT tcs.spend_fit(pg_temp.h(x, m_x)) FILTER (WHERE x > 0) FROM customer) AS s;
CREATE TABLE spend_parallel AS SELECT pg_temp.h(x, m_x) AS h, i % 10 AS part FROM customer;
ANALYZE spend_parallel;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT (SELECT tcs.spend_fit(h)::text FROM spend_parallel) = m::text AS same FROM fit;
CREATE TEMP TABLE parts AS SELECT part, tcs.spend_fit(h)::text AS m FROM spend_parallel GROUP BY part;
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FILTER (WHERE parts.m = s.m) AS same FROM parts JOIN (SELECT part, tcs.spend_fit(h)::text AS m FROM spend_parallel GROUP BY part) AS s USING (part);
RESET max_parallel_workers_per_gather;
DROP TABLE spend_parallel;

-- As a window function it has a result at each row, and the state goes on.
SELECT count(*) FILTER (WHERE w.m::text = (SELECT tcs.spend_fit(pg_temp.h(x, m_x)) FROM customer AS c WHERE c.i <= w.i)::text) AS same
FROM (SELECT i, tcs.spend_fit(pg_temp.h(x, m_x)) OVER (ORDER BY i) AS m FROM customer WHERE i <= 200) AS w WHERE i % 20 = 0;

-- What is too little for a model, and limits of it.
CREATE FUNCTION pg_temp.note(x int[], m_x float8[]) RETURNS TABLE (converged bool, nulls bool, customers int, mean numeric, limits jsonb, note text) LANGUAGE sql
	BEGIN ATOMIC
	SELECT (m->>'converged')::bool, num_nulls(m->>'p', m->>'q', m->>'v', m->>'population_mean', m->>'log_likelihood', m->>'aic', m->>'bic', m->'standard_errors'->>'p') = 8, (m->>'customers')::int, round((m->>'population_mean')::numeric, 4), m->'limits', m->'notes'->>0
	FROM (SELECT tcs.spend_fit(pg_temp.h(a, b)) AS m FROM unnest(x, m_x) AS u(a, b)) AS s;
	END;
SELECT 'no repeat purchase' AS data, * FROM pg_temp.note('{0,0}', '{NULL,NULL}')
UNION ALL SELECT 'no values', * FROM pg_temp.note('{1,2,3}', '{NULL,0,0}')
UNION ALL SELECT 'one', * FROM pg_temp.note('{0,5}', '{NULL,20}')
UNION ALL SELECT 'equal', * FROM pg_temp.note('{5,2,1}', '{20,20,20}')
UNION ALL SELECT 'customers alike', n.* FROM (SELECT array_agg(1 + i % 9) AS x, array_agg(20 + sin(i) / (1 + i % 9)) AS m FROM generate_series(1, 500) AS i) AS s, pg_temp.note(x, m) AS n
UNION ALL SELECT 'purchases alike', n.* FROM (SELECT array_agg(1 + i % 9) AS x, array_agg(round((20 + 10 * sin(i))::numeric, 2) - i % 9) AS m FROM generate_series(1, 500) AS i) AS s, pg_temp.note(x, m) AS n
UNION ALL SELECT 'two values', n.* FROM (SELECT array_agg(1) AS x, array_agg(10 + 10 * (i % 2)) AS m FROM generate_series(1, 30) AS i) AS s, pg_temp.note(x, m) AS n
UNION ALL SELECT 'ends of double', * FROM pg_temp.note('{1,2,3,4,2147483647}', '{5e-324,1,2,1.7e308,1e-300}');
SELECT converged, limits <> '[]' OR note IS NOT NULL AS said FROM pg_temp.note('{1,2}', '{10,30}');

-- Where customers do not differ all are expected to spend the mean of all purchases; where purchases do not, what they spent so far.
CREATE TEMP TABLE alike AS SELECT tcs.spend_fit(pg_temp.h(x, customers)) AS customers, tcs.spend_fit(pg_temp.h(x, purchases)) AS purchases, tcs.spend_fit(pg_temp.h(x, 20)) AS same, sum(x * customers) / sum(x) AS mean
FROM (SELECT 1 + i % 9 AS x, 20 + sin(i) / (1 + i % 9) AS customers, 20 + 10 * sin(i) - i % 9 AS purchases FROM generate_series(1, 500) AS i) AS s;
SELECT alike, name, value > error AS plausible FROM (SELECT 'customers' AS alike, s.* FROM alike, tcs.model_summary(customers) AS s(name, value, error) UNION ALL SELECT 'purchases', s.* FROM alike, tcs.model_summary(purchases) AS s(name, value, error)) AS s
WHERE error IS NOT NULL ORDER BY alike, name;
SELECT x, abs(tcs.expected_spend(customers, h) / mean - 1) < 1e-12 AS common, round(tcs.expected_spend(same, h)::numeric, 9) AS same, round(tcs.expected_spend(purchases, h)::numeric, 6) = CASE x WHEN 0 THEN round((purchases->>'population_mean')::numeric, 6) ELSE 50 END AS own
FROM alike, (VALUES (0), (1), (100), (2147483647)) AS v(x), LATERAL (SELECT pg_temp.h(x, CASE x WHEN 0 THEN NULL ELSE 50 END) AS h OFFSET 0) AS s ORDER BY x;
-- the interval of a value as well goes over into that of the limit
SELECT alike, count(*), count(*) FILTER (WHERE lower_off > 1e-3 OR upper_off > 1e-3) AS differing FROM (
	SELECT alike, abs(i.lower_bound / l.lower_bound - 1) AS lower_off, abs(i.upper_bound / l.upper_bound - 1) AS upper_off
	FROM alike, tcs.btyd_model('mbg/nbd', 0.525, 6.183, 0.891, 1.614, '7 days') AS b,
		LATERAL (VALUES ('customers', customers, tcs.spend_model((customers->>'p')::float8, 1e10, mean * 1e10 / (customers->>'p')::float8)),
			('purchases', purchases, tcs.spend_model(1e10, (purchases->>'q')::float8, (purchases->>'scale')::float8 / 1e10)), ('both', same, tcs.spend_model(1e7, 1e12, 20 * 1e12 / 1e7))) AS v(alike, fit, near),
		(VALUES (0), (3), (20)) AS x(x), LATERAL (SELECT ROW(NULL, NULL, NULL, NULL, x, CASE WHEN x > 0 THEN 290 ELSE 0 END, 300, CASE WHEN x > 0 THEN 25 ELSE 0 END, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history AS h OFFSET 0) AS s,
		tcs.clv_interval(b, fit, h, '400 days', level => 0.5) AS l, tcs.clv_interval(b, near, h, '400 days', level => 0.5) AS i
	WHERE l.upper_bound > 0) AS s GROUP BY alike ORDER BY alike;

SELECT tcs.spend_fit(NULL::tcs.purchase_history) AS of_null, tcs.spend_fit(h) AS of_incomplete FROM (SELECT ROW(NULL, NULL, NULL, NULL, 3, NULL, 3, 3, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history AS h) AS s;
SELECT tcs.spend_fit(pg_temp.h(1, 1)) AS of_no_rows WHERE false;

-- An infinite mean is said, and never a number; customers without a known purchase are expected to spend what others did on average.
CREATE TEMP TABLE apart AS SELECT x, m FROM generate_series(1, 2000) AS i, LATERAL (SELECT 1 + i % 5 AS x, exp(3 + 2.2 * ln((0.5 + i % 997) / (997 - i % 997))) AS m) AS v;
SELECT (m->>'converged')::bool AS converged, m->>'population_mean' AS mean, abs((m->>'observed_mean')::float8 / observed - 1) < 1e-12 AS observed, m->>'notes' AS notes, (m->>'q')::float8 < 1 AS q,
	tcs.expected_spend(m, pg_temp.h(0, NULL)) = (m->>'observed_mean')::float8 AS of_nothing_known, tcs.expected_spend(m, pg_temp.h(3, 100)) BETWEEN 20 AND 200 AS of_three
FROM (SELECT tcs.spend_fit(pg_temp.h(x, m)) AS m, avg(m) AS observed FROM apart) AS s;
-- where even a purchase leaves it infinite, what was spent so far; the interval of the value goes on
SELECT tcs.expected_spend(m, pg_temp.h(0, NULL)) AS of_nothing_known, tcs.expected_spend(m, pg_temp.h(2, 10)) AS of_two, tcs.expected_spend(m, pg_temp.h(3, 10)) = tcs.expected_spend(m - 'observed_mean', pg_temp.h(3, 10)) AS of_three,
	tcs.clv(b, m, pg_temp.h(0, NULL), '90 days') / tcs.expected_purchases(b, pg_temp.h(0, NULL), '90 days') AS clv, tcs.clv_variance(b, m, pg_temp.h(0, NULL), '90 days') AS variance, (tcs.clv_interval(b, m, pg_temp.h(0, NULL), '90 days')).upper_bound > 0 AS upper
FROM (SELECT tcs.spend_model(0.2, 0.5, 15) || '{"observed_mean": 42}' AS m, tcs.btyd_model('nbd', 0.5, 100) AS b) AS s;
-- too little for a model is enough for a mean
SELECT data, (m->>'converged')::bool AS converged, m->>'observed_mean' AS observed, tcs.expected_spend(m, pg_temp.h(0, NULL)) AS of_nothing_known, round(tcs.expected_spend(m, pg_temp.h(2, 10))::numeric, 9) AS of_two,
	round(i.lower_bound::numeric, 3) AS low, round(i.upper_bound::numeric, 3) AS high
FROM (SELECT 'one' AS data, tcs.spend_fit(pg_temp.h(x, v)) AS m FROM (VALUES (0, NULL), (5, 20)) AS c(x, v) UNION ALL SELECT 'nothing but 0', tcs.spend_fit(pg_temp.h(x, 0)) FROM generate_series(1, 3) AS x) AS s, tcs.btyd_model('nbd', 0.5, 100) AS b, tcs.clv_interval(b, m, pg_temp.h(30, 10), '90 days') AS i;

-- Models from given numbers.
SELECT tcs.spend_model(6.25, 3.74, 15.44) - 'population_mean' AS model, abs((tcs.spend_model(6.25, 3.74, 15.44)->>'population_mean')::float8 - 6.25 * 15.44 / 2.74) < 1e-12 AS mean,
	tcs.spend_model(6.25, 1, 15.44)->>'population_mean' AS infinite, tcs.spend_model(NULL, 1, 1) AS of_null;

-- Expected spend: weighed between the customer's mean and the population's.
SELECT count(*), count(*) FILTER (WHERE abs(tcs.expected_spend(tcs.spend_model(6.25, 3.74, 15.44), pg_temp.h(x, m_x)) / CASE WHEN x > 0 AND m_x > 0
	THEN 6.25 * (15.44 + m_x * x) / (6.25 * x + 3.74 - 1) ELSE 6.25 * 15.44 / 2.74 END - 1) > 1e-14) AS differing FROM customer;
SELECT min(e) > 0 AND max(e) < 1e4 AS plausible, count(DISTINCT e) > 100 AS various FROM (SELECT tcs.expected_spend(m, pg_temp.h(x, m_x)) AS e FROM fit, customer) AS s;
SELECT tcs.expected_spend(NULL, pg_temp.h(1, 1)) AS of_null, tcs.expected_spend(m, NULL) AS of_null, tcs.expected_spend(m, ROW(NULL, NULL, NULL, NULL, NULL, 1, 1, 1, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history) AS of_incomplete FROM fit;
SELECT tcs.expected_spend(tcs.spend_model(0.2, 0.5, 15), pg_temp.h(3, 10)) > 0 AS finite_after_three;
SELECT tcs.expected_spend(tcs.spend_model(1e308, 1e308, 1e308), pg_temp.h(2147483647, 1e308)) > 1e307 AS at_the_ends;

-- Errors.
\set VERBOSITY default
SELECT tcs.expected_spend(tcs.spend_model(6.25, 1, 15.44), pg_temp.h(0, NULL));
SELECT tcs.expected_spend(tcs.spend_model(0.2, 0.5, 15), pg_temp.h(2, 10));
SELECT tcs.expected_spend(tcs.spend_fit(pg_temp.h(0, NULL)), pg_temp.h(2, 10));
SELECT tcs.expected_spend('{"model":"rfm","version":1}', pg_temp.h(2, 10));
\set VERBOSITY terse
SELECT tcs.expected_spend('{"model":"gamma-gamma","version":2,"p":1,"q":2,"v":3}', pg_temp.h(2, 10));
SELECT tcs.expected_spend('{"model":"gamma-gamma","version":1,"p":1,"q":2}', pg_temp.h(2, 10));
SELECT tcs.expected_spend('{"model":"gamma-gamma","version":1,"p":1,"q":2,"v":0}', pg_temp.h(2, 10));
SELECT tcs.expected_spend('{"model":"gamma-gamma","version":1,"p":-1,"q":2,"v":3}', pg_temp.h(2, 10));
SELECT tcs.expected_spend('{"model":"gamma-gamma","version":1,"p":1e400,"q":2,"v":3}', pg_temp.h(2, 10));
SELECT tcs.expected_spend('{"model":"gamma-gamma","version":1,"p":"1","q":2,"v":3}', pg_temp.h(2, 10));
SELECT tcs.expected_spend('[]', pg_temp.h(2, 10));
SELECT tcs.expected_spend('{"model":"gamma-gamma","version":1,"limits":["equal_spend"],"p":2}', pg_temp.h(2, 10));
SELECT tcs.expected_spend('{"model":"gamma-gamma","version":1,"limits":["equal_purchases"],"q":2,"scale":null}', pg_temp.h(2, 10));
SELECT tcs.expected_spend('{"model":"gamma-gamma","version":1,"limits":["equal_spend"],"p":2,"population_mean":-1}', pg_temp.h(2, 10));
SELECT tcs.expected_spend('{"model":"gamma-gamma","version":1,"limits":7,"p":2,"population_mean":1}', pg_temp.h(2, 10));
SELECT tcs.spend_model(0, 1, 1);
SELECT tcs.spend_model(1, -1, 1);
SELECT tcs.spend_model(1, 1, 'NaN');
SELECT tcs.spend_model('Infinity', 1, 1);
SELECT tcs.expected_spend(tcs.spend_model(6, 4, 15), pg_temp.h(-1, 10));
SELECT tcs.expected_spend(tcs.spend_model(6, 4, 15), pg_temp.h(1, 'Infinity'));
SELECT tcs.spend_fit(pg_temp.h(1, -3));
SELECT tcs.spend_fit(pg_temp.h(1, 'NaN'));
SET tcs.fit_memory = '64kB';
SELECT tcs.spend_fit(pg_temp.h(1 + i % 3, i)) FROM generate_series(1, 20000) AS i;
SELECT tcs.spend_fit(pg_temp.h(i, i)) FROM generate_series(1, 5000) AS i;
SELECT tcs.spend_fit(pg_temp.h(1, i)) IS NOT NULL AS fits FROM generate_series(1, 3000) AS i;
RESET tcs.fit_memory;

-- Refunds and the first purchase.  Customers with 1 to 7 purchases, of whom a
-- third sends nothing back and the others parts of their own; some values are
-- not known.  As the histories are made from a log, so that the sums are those
-- of the rows.
\set VERBOSITY terse
CREATE TEMP TABLE sale AS
SELECT c, k AS n, date '2024-01-01' + 40 * k + c % 31 AS day,
	CASE WHEN (c + k) % 37 = 0 THEN NULL ELSE round((exp(3 + 0.5 * sin(c * 7.7) + 0.3 * sin(c * 3.1 + k * k * 1.3)))::numeric, 2) END AS amount,
	CASE WHEN c % 3 > 0 AND (c * c + 7 * k) % 11 < c % 9 THEN 1 ELSE 0 END AS back
FROM generate_series(1, 1500) AS c, generate_series(0, 6) AS k WHERE k <= (c * 5) % 13 - 6 OR k = 0;
CREATE TEMP TABLE bought AS
SELECT c, tcs.purchase_history(day, amount, '2024-12-31') AS h
FROM (SELECT c, day, amount FROM sale UNION ALL SELECT c, day + 5, -amount FROM sale WHERE back = 1 AND amount IS NOT NULL) AS s GROUP BY c;
-- the same in SQL, from the rows
CREATE TEMP TABLE oracle AS
SELECT *, count - coalesce(first_known, 0) AS repeats, CASE WHEN bought > 0 THEN coalesce(refunds, 0) / bought END AS share
FROM (SELECT c, count(amount)::int AS count, sum(amount)::float8 AS bought, (sum(amount) FILTER (WHERE back = 1))::float8 AS refunds,
		count(amount) FILTER (WHERE n = 0)::int AS first_known, (avg(amount) FILTER (WHERE n > 0))::float8 AS repeat_mean, avg(amount)::float8 AS mean, max(n) AS x
	FROM sale GROUP BY c) AS s;
CREATE TEMP TABLE fits AS
SELECT tcs.spend_fit(h) AS all_of_them, tcs.spend_fit(h, false) AS repeats FROM bought;
-- The values are those before refunds: of a log without them the fit is the same.
SELECT f.all_of_them - 'return_rate' - 'return_prior' - 'log_likelihood' - 'aic' - 'bic' - 'gradient_norm' - 'condition_number' - 'p' - 'q' - 'v' - 'standard_errors' - 'population_mean' - 'iterations' AS facts,
	(SELECT bool_and(abs((f.all_of_them->>k)::float8 / (g.all_of_them->>k)::float8 - 1) < 1e-6 AND abs((f.repeats->>k)::float8 / (g.repeats->>k)::float8 - 1) < 1e-6) FROM unnest('{p,q,v,population_mean}'::text[]) AS k) AS same,
	g.all_of_them->'return_rate' AS rate_without, g.all_of_them->'return_prior' AS prior_without
FROM fits AS f, (SELECT tcs.spend_fit(h) AS all_of_them, tcs.spend_fit(h, false) AS repeats FROM (SELECT tcs.purchase_history(day, amount, '2024-12-31') AS h FROM sale GROUP BY c) AS s) AS g;
SELECT repeats->'left_out' AS left_out, (repeats->>'customers')::int = (SELECT count(*) FROM oracle WHERE repeats > 0) AS customers, repeats->'first_purchase' AS first_purchase,
	(repeats->'left_out'->>'no_purchase')::int = (SELECT count(*) FROM oracle WHERE x = 0) AS no_purchase,
	(repeats->'left_out'->>'value_unknown')::int = (SELECT count(*) FROM oracle WHERE x > 0 AND repeats = 0) AS value_unknown,
	(all_of_them->'left_out'->>'value_unknown')::int = (SELECT count(*) FROM oracle WHERE count = 0) AS none_known
FROM fits;
-- The rate of all, and like how many purchases it counts, as return_rate.h has them.
SELECT (f.all_of_them->'return_rate') = (f.repeats->'return_rate') AND (f.all_of_them->'return_prior') = (f.repeats->'return_prior') AS same,
	abs((f.all_of_them->>'return_rate')::float8 - rate) < 1e-9 AS rate, abs((f.all_of_them->>'return_prior')::float8 / ((n * d1 - s1 * d0) / (d0 * s2 - d1 * s1)) - 1) < 1e-6 AS prior,
	(f.all_of_them->>'return_prior')::float8 BETWEEN 0.6 AND 90 AS between
FROM fits AS f, (SELECT rate, count(*) AS n, sum(1.0 / count) AS s1, sum(1.0 / count / count) AS s2, sum((share - rate) ^ 2) AS d0, sum((share - rate) ^ 2 / count) AS d1
	FROM oracle, (SELECT sum(refunds) / sum(bought) AS rate FROM oracle WHERE count > 0) AS r WHERE count > 0 GROUP BY rate) AS o;
-- What is expected is p (v + n m) / (p n + q - 1) less what will be sent back.
CREATE FUNCTION pg_temp.expected(m jsonb, n int, mean float8, k int, share float8) RETURNS float8 LANGUAGE sql
	RETURN (m->>'p')::float8 * ((m->>'v')::float8 + n * coalesce(mean, 0)) / ((m->>'p')::float8 * n + (m->>'q')::float8 - 1)
		* (1 - ((m->>'return_prior')::float8 * (m->>'return_rate')::float8 + k * coalesce(share, 0)) / ((m->>'return_prior')::float8 + k));
SELECT count(*) AS customers, count(*) FILTER (WHERE abs(tcs.expected_spend(all_of_them, h) / pg_temp.expected(all_of_them, count, mean, count, share) - 1) > 1e-12) AS with_first,
	count(*) FILTER (WHERE abs(tcs.expected_spend(f.repeats, h) / pg_temp.expected(f.repeats, o.repeats, repeat_mean, count, share) - 1) > 1e-12) AS without
FROM oracle AS o JOIN bought USING (c), fits AS f;
-- Models from given numbers: of one that knows nothing of refunds values are net.
SELECT what, round(tcs.expected_spend(m, tcs.purchase_history(d, a, '2024-12-31'))::numeric, 6) AS spend
FROM (VALUES (1, 'keeps all', date '2024-01-01', 100), (1, 'keeps all', '2024-02-01', 60), (2, 'sends the second back', '2024-01-01', 100), (2, 'sends the second back', '2024-02-01', 60), (2, 'sends the second back', '2024-02-01', -60),
		(3, 'sends all back', '2024-01-01', 100), (3, 'sends all back', '2024-02-01', 60), (3, 'sends all back', '2024-02-11', -160)) AS v (i, what, d, a),
	(VALUES (1, tcs.spend_model(6, 4, 30)), (2, tcs.spend_model(6, 4, 30, first_purchase => true)), (3, tcs.spend_model(6, 4, 30, true, return_rate => 0.2, return_prior => 3)), (4, tcs.spend_model(6, 4, 30, true, 1, 0))) AS s (j, m)
GROUP BY j, i, what, m ORDER BY j, i;
-- by hand, in the same order; a history that does not tell its refunds has those of all
SELECT round(v::numeric, 6) AS by_hand FROM unnest(ARRAY[6 * (30 + 60) / (6 + 3.0), 6 * (30 + 60 * 100 / 160.0) / (6 + 3.0), 6 * 30 / (6 + 3.0),
	6 * (30 + 160) / (12 + 3.0), 6 * (30 + 100) / (12 + 3.0), 6 * 30 / (12 + 3.0), 6 * (30 + 160) / (12 + 3.0) * (1 - 0.6 / 5), 6 * (30 + 160) / (12 + 3.0) * (1 - (0.6 + 2 * 60 / 160.0) / 5), 6 * (30 + 160) / (12 + 3.0) * (1 - 2.6 / 5),
	6 * (30 + 160) / (12 + 3.0), 6 * (30 + 160) / (12 + 3.0) * (1 - 60 / 160.0), 0]) WITH ORDINALITY AS u (v, n) ORDER BY n;
SELECT abs(tcs.expected_spend(tcs.spend_model(6, 4, 30, true, 0.2, 3), tcs.purchase_history(1, 31, 366, 48)) - 6 * (30 + 60) / (6 + 3.0) * 0.8) < 1e-12 AS repeats_only,
	abs(tcs.expected_spend(tcs.spend_model(6, 4, 30, true, 0.2, 3), tcs.purchase_history(0, 0, 366, NULL, first_value => 100)) - 6 * (30 + 100) / (6 + 3.0) * (1 - (0.6 + 0) / 3)) < 1e-12 AS first_only;
-- Orders and workers do not show with refunds, either.
SELECT count(DISTINCT m::text) FROM (SELECT all_of_them FROM fits UNION ALL SELECT tcs.spend_fit(h ORDER BY c % 17, c DESC) FROM bought UNION ALL SELECT tcs.spend_fit(h, true ORDER BY (h).refunds DESC) FROM bought) AS s (m);
-- What is left out.
SELECT tcs.spend_fit(h)->'left_out' AS left_out, tcs.spend_fit(h, false)->'left_out' AS repeats
FROM (VALUES (NULL::tcs.purchase_history), (NULL), (tcs.purchase_history(0, 0, 5, 0)), (tcs.purchase_history(2, 3, 5, NULL)), (tcs.purchase_history(2, 3, 5, NULL, first_value => 3)),
	(tcs.purchase_history(2, 3, 5, 0)), (tcs.purchase_history(0, 0, 5, 0, first_value => 0)), (tcs.purchase_history(2, 3, 5, 7)), (tcs.purchase_history(2, 3, 5, 9, first_value => 2))) AS v (h);
SELECT tcs.spend_fit(h, NULL) FROM bought;
SELECT tcs.spend_fit(h, c > 5) FROM bought;
SELECT tcs.spend_model(1, 2, 3, NULL) IS NULL AS of_null;
SELECT tcs.spend_model(1, 2, 3, true, 1.5);
SELECT tcs.spend_model(1, 2, 3, true, 'NaN');
SELECT tcs.spend_model(1, 2, 3, true, 0.5, -1);
SELECT tcs.spend_model(1, 2, 3, true, 0.5, 'infinity');
SELECT tcs.expected_spend(tcs.spend_model(6, 4, 30) || '{"return_rate": 2}', h) FROM bought LIMIT 1;
SELECT tcs.expected_spend(tcs.spend_model(6, 4, 30) || '{"first_purchase": "yes"}', h) FROM bought LIMIT 1;
