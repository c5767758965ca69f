-- Purchases at opportunities: btyd_fit and btyd_model of the family bg/bb, and
-- what they say of customers.
\set VERBOSITY terse
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.h(x int, t_x float8, t float8, days float8 DEFAULT 1) RETURNS tcs.purchase_history
	LANGUAGE sql IMMUTABLE
	RETURN ROW(NULL, NULL, NULL, NULL, x, t_x * days, t * days, CASE WHEN x > 0 THEN 25 ELSE 0 END, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history;

-- Published of donations (Fader, Hardie and Shang, 2010): alive in the seventh year, and what is expected of five more.
CREATE TEMP TABLE model AS SELECT tcs.btyd_model('bg/bb', 1.204, 0.750, 0.657, 2.783, '1 year') AS m;
SELECT m FROM model;
SELECT x, t_x, round(tcs.p_alive(m, h)::numeric, 2) AS p_alive, round(tcs.expected_purchases(m, h, '5 years')::numeric, 2) AS expected, round(tcs.churn_risk(m, h, '5 years')::numeric, 4) AS risk,
	i.lower_bound AS low, i.upper_bound AS high, round(tcs.dert(m, h, 0.1)::numeric, 2) AS dert
FROM model, (VALUES (0, 0), (1, 1), (2, 4), (6, 6)) AS v(x, t_x), LATERAL (SELECT pg_temp.h(x, t_x, 6, 365.25) AS h OFFSET 0) AS s, tcs.purchases_interval(m, h, '5 years', 0.8) AS i;

-- By hand: with known chances to buy and to leave, all sums are of powers.
CREATE TEMP TABLE known AS SELECT tcs.btyd_model('bg/bb', 4e14, 6e14, 1e14, 9e14) AS m;
SELECT count(*), count(*) FILTER (WHERE abs(tcs.expected_purchases(m, h, d * interval '1 day') / tcs.p_alive(m, h) - 0.4 * (1 - 0.9 ^ d) / 0.1) > 1e-9) AS expected,
	count(*) FILTER (WHERE abs(1 - tcs.churn_risk(m, h, d * interval '1 day') - tcs.p_alive(m, h) * 0.4 * (1 - 0.54 ^ d) / 0.46) > 1e-9) AS risk,
	count(*) FILTER (WHERE abs(tcs.p_alive(m, h) - 0.9 * 0.54 ^ (n - t_x) / (0.54 ^ (n - t_x) + 0.1 * (1 - 0.54 ^ (n - t_x)) / 0.46)) > 1e-9) AS p_alive
FROM known, (VALUES (0, 0, 0), (0, 0, 5), (2, 4, 9), (3, 3, 3), (2, 7, 8)) AS v(x, t_x, n), (VALUES (1), (3), (40)) AS d(d), LATERAL (SELECT pg_temp.h(x, t_x, n) AS h OFFSET 0) AS s;

-- Who came on each of 501 days does not come on more than 30 of 30.
SELECT x, i.lower_bound AS low, i.upper_bound AS high, round(tcs.expected_purchases(m, h, '30 days')::numeric, 1) AS expected
FROM tcs.btyd_model('bg/bb', 0.9, 1.1, 0.3, 20) AS m, (VALUES (501, 501, 501), (480, 501, 501), (20, 480, 501)) AS v(x, t_x, t), LATERAL (SELECT pg_temp.h(x, t_x, t) AS h OFFSET 0) AS s, tcs.purchases_interval(m, h, '30 days', 0.9) AS i;
SELECT count(*) FILTER (WHERE high > d) AS too_many, count(*) FILTER (WHERE low > high) AS crossed, max(high) AS most
FROM tcs.btyd_model('bg/bb', 0.9, 1.1, 0.3, 20) AS m, generate_series(0, 40) AS d, LATERAL (SELECT i.lower_bound AS low, i.upper_bound AS high FROM tcs.purchases_interval(m, pg_temp.h(30, 30, 30), d * interval '1 day', 0.99) AS i OFFSET 0) AS s;

-- The log-likelihood of a fit is that of its parameters, from factorials; and the greatest.
CREATE FUNCTION pg_temp.lgamma(z float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS
'BEGIN
	RETURN (z + 11.5) * ln(z + 12) - (z + 12) + 0.91893853320467274178 + 1 / (12 * (z + 12)) - 1 / (360 * (z + 12) ^ 3) + 1 / (1260 * (z + 12) ^ 5)
		- ln(z * (z + 1) * (z + 2) * (z + 3) * (z + 4) * (z + 5) * (z + 6) * (z + 7) * (z + 8) * (z + 9) * (z + 10) * (z + 11));
END';
CREATE FUNCTION pg_temp.lbeta(a float8, b float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS
'BEGIN
	RETURN pg_temp.lgamma(a) + pg_temp.lgamma(b) - pg_temp.lgamma(a + b);
END';
CREATE TEMP TABLE cohort AS
SELECT x, t_x, n, round(20000 * (SELECT sum(exp(pg_temp.lbeta(1.2 + x, 0.75 + j - x) - pg_temp.lbeta(1.2, 0.75) + pg_temp.lbeta(0.65 + (j < n)::int, 2.8 + j) - pg_temp.lbeta(0.65, 2.8))) FROM generate_series(t_x, n) AS j)
	* CASE WHEN x > 0 THEN exp(pg_temp.lgamma(t_x) - pg_temp.lgamma(x) - pg_temp.lgamma(t_x - x + 1)) ELSE 1 END) + (x * 37 + t_x * 11) % 23 AS customers
FROM (VALUES (5), (6)) AS v(n), generate_series(0, n) AS x, generate_series(0, n) AS t_x WHERE x <= t_x AND (x > 0 OR t_x = 0);
CREATE FUNCTION pg_temp.log_likelihood(a float8, b float8, c float8, d float8) RETURNS float8 LANGUAGE sql
	RETURN (SELECT sum(customers * ln((SELECT sum(exp(pg_temp.lbeta(a + x, b + j - x) - pg_temp.lbeta(a, b) + pg_temp.lbeta(c + (j < n)::int, d + j) - pg_temp.lbeta(c, d))) FROM generate_series(t_x, n) AS j))) FROM cohort);
CREATE TEMP TABLE fit AS SELECT tcs.btyd_fit(pg_temp.h(x, t_x, n), 'bg/bb', NULL, customers::bigint) AS m FROM cohort;
SELECT m->>'model' AS model, m->>'converged' AS converged, m->'limits' AS limits, m->'notes' AS notes, (m->>'customers')::int = (SELECT sum(customers) FROM cohort) AS customers, m->>'tuples' AS tuples, m->>'period' AS period,
	abs((m->>'log_likelihood')::float8 - pg_temp.log_likelihood((m->>'alpha')::float8, (m->>'beta')::float8, (m->>'gamma')::float8, (m->>'delta')::float8)) < 1e-6 AS log_likelihood, (m->>'gradient_norm')::float8 < 1e-6 AS gradient
FROM fit;
SELECT count(*) AS elsewhere, count(*) FILTER (WHERE pg_temp.log_likelihood((m->>'alpha')::float8 * f, (m->>'beta')::float8 * g, (m->>'gamma')::float8 * h, (m->>'delta')::float8 * i) >= (m->>'log_likelihood')::float8) AS no_less
FROM fit, (VALUES (0.99::float8), (1.01)) AS f(f), (VALUES (0.99::float8), (1.01)) AS g(g), (VALUES (0.99::float8), (1.01)) AS h(h), (VALUES (0.99::float8), (1.01)) AS i(i);
SELECT parameter, round(estimate::numeric, 1) AS estimate, error > 0 AND error < estimate / 5 AS plausible FROM fit, tcs.model_summary(m) AS s(parameter, estimate, error) WHERE error IS NOT NULL ORDER BY parameter;

-- A row a customer is the same, in any order, with any number of workers; and in any period.
CREATE TABLE bg_bb_customer AS SELECT pg_temp.h(x, t_x, n) AS h, pg_temp.h(x, t_x, n, 7) AS weeks FROM cohort, generate_series(1, customers::int) ORDER BY random();
ANALYZE bg_bb_customer;
SELECT (SELECT tcs.btyd_fit(h, 'bg/bb') FROM bg_bb_customer)::text = m::text AS same, (SELECT tcs.btyd_fit(weeks, 'bg/bb', '7 days') FROM bg_bb_customer)::text = jsonb_set(m, '{period}', '7')::text AS weeks FROM fit;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT (SELECT tcs.btyd_fit(h, 'bg/bb', '1 day') FROM bg_bb_customer)::text = m::text AS same FROM fit;
SELECT tcs.btyd_fit(h, 'mbg/nbd')::text = tcs.btyd_fit(h, 'mbg/nbd', NULL, 1)::text AS counted FROM bg_bb_customer;
DROP TABLE bg_bb_customer;

-- In whole periods: a time may be short of one by a tenth.
SELECT t_x, t, round(tcs.p_alive(m, pg_temp.h(1, t_x, t))::numeric, 6) AS days, round(tcs.p_alive(w, pg_temp.h(1, t_x, t))::numeric, 6) = round(tcs.p_alive(m, pg_temp.h(1, ceil(t_x / 7.0 - 0.1)::int, floor(t / 7.0 + 0.1)::int))::numeric, 6) AS weeks
FROM tcs.btyd_model('bg/bb', 1.2, 0.8, 0.6, 3) AS m, tcs.btyd_model('bg/bb', 1.2, 0.8, 0.6, 3, '7 days') AS w, (VALUES (7, 20), (6, 21), (8, 28), (14, 35)) AS v(t_x, t);
SELECT d, round(tcs.expected_purchases(w, pg_temp.h(1, 7, 21), d * interval '1 day')::numeric, 6) AS expected, tcs.churn_risk(w, pg_temp.h(1, 7, 21), d * interval '1 day') = 1 AS none
FROM tcs.btyd_model('bg/bb', 1.2, 0.8, 0.6, 3, '7 days') AS w, (VALUES (0), (6), (7), (13), (14)) AS v(d);
SELECT round(tcs.p_alive(m, h)::numeric, 4) AS p_alive, round(tcs.p_alive(m, h, '3 days')::numeric, 4) AS later, tcs.p_alive(m, h, '3 days') = tcs.p_alive(m, pg_temp.h(4, 5, 8)) AS same FROM tcs.btyd_model('bg/bb', 1.2, 0.8, 0.6, 3) AS m, pg_temp.h(4, 5, 5) AS h;

-- Values: clv is revenue of the expected purchases, residual_value that of dert; an interval holds no more than there can be.
SELECT abs(tcs.clv(m, s, h, '5 years') / (tcs.expected_purchases(m, h, '5 years') * tcs.expected_spend(s, h)) - 1) < 1e-12 AS clv, abs(tcs.residual_value(m, s, h, 1, 0.1) / (tcs.dert(m, h, 0.1) * tcs.expected_spend(s, h)) - 1) < 1e-12 AS residual,
	tcs.clv(m, s, h, '5 years', 1, 0.1) < tcs.clv(m, s, h, '5 years') AS discounted, i.lower_bound < tcs.clv(m, s, h, '5 years') AND i.upper_bound > tcs.clv(m, s, h, '5 years') AS within
FROM model, tcs.spend_model(6.25, 3.74, 15.44) AS s, LATERAL (SELECT pg_temp.h(4, 5, 6, 365.25) AS h OFFSET 0) AS h, tcs.clv_interval(m, s, h, '5 years', level => 0.8) AS i;

-- Limits, and what is too little.
CREATE FUNCTION pg_temp.note(x int[], t_x int[], n int[], customers bigint[]) RETURNS TABLE (converged bool, parameters jsonb, limits jsonb, notes jsonb) LANGUAGE sql
	BEGIN ATOMIC
	SELECT (m->>'converged')::bool, (SELECT jsonb_object_agg(k, round((m->>k)::numeric, 3)) FROM jsonb_object_keys(m->'standard_errors') AS k), m->'limits', m->'notes'
	FROM (SELECT tcs.btyd_fit(pg_temp.h(a, b, c), 'bg/bb', NULL, d) AS m FROM unnest(x, t_x, n, customers) AS u(a, b, c, d)) AS s;
	END;
SELECT 'no repeats' AS data, * FROM pg_temp.note('{0,0}', '{0,0}', '{5,6}', '{7,8}')
UNION ALL SELECT 'one' AS data, * FROM pg_temp.note('{2}', '{3}', '{5}', '{1}')
UNION ALL SELECT 'all the time', * FROM pg_temp.note('{5,6}', '{5,6}', '{5,6}', '{70,80}')
UNION ALL SELECT 'at one chance', n.* FROM (SELECT array_agg(x) AS x, array_agg(CASE WHEN x > 0 THEN 3 ELSE 0 END) AS t_x, array_agg(3) AS n, array_agg(c::bigint) AS c FROM (VALUES (0, 125), (1, 125), (2, 250), (3, 125)) AS v(x, c)) AS s, pg_temp.note(x, t_x, n, c) AS n
UNION ALL SELECT 'at once or never', * FROM pg_temp.note('{0,6}', '{0,6}', '{6,6}', '{30,70}')
UNION ALL SELECT 'all until they left, or none', * FROM pg_temp.note('{0,1,2,3,4,5,6}', '{0,1,2,3,4,5,6}', '{6,6,6,6,6,6,6}', '{460,54,49,44,39,35,319}')
UNION ALL SELECT 'the same, who differ in it', * FROM pg_temp.note('{0,1,2,3,4,5,6}', '{0,1,2,3,4,5,6}', '{6,6,6,6,6,6,6}', '{5200,800,571,429,333,267,2400}');
-- who missed an opportunity is gone, who never did is not, of one who is new a share will buy
SELECT x, n, round(tcs.p_alive(m, pg_temp.h(x, x, n))::numeric, 4) AS p_alive, round(tcs.expected_purchases(m, pg_temp.h(x, x, n), '10 days')::numeric, 4) AS expected, round(tcs.churn_risk(m, pg_temp.h(x, x, n), '10 days')::numeric, 4) AS risk, i.*
FROM (VALUES ('{"model": "bg/bb", "version": 1, "buying": 0.6, "leaving": 0.1, "period": 1, "limits": ["equal_leaving", "all_or_none"]}'::jsonb)) AS v(m), (VALUES (0, 0), (0, 6), (3, 6), (6, 6)) AS c(x, n), LATERAL (SELECT pg_temp.h(x, x, n) AS h OFFSET 0) AS s, tcs.purchases_interval(m, h, '10 days', 0.8) AS i;
-- what stands for certainty is below it, so that the limit predicts, too
SELECT round(tcs.expected_purchases(m, pg_temp.h(6, 6, 6), '10 days')::numeric, 9) AS expected, tcs.p_alive(m, pg_temp.h(6, 6, 6)) AS p_alive FROM (SELECT tcs.btyd_fit(pg_temp.h(i, i, i), 'bg/bb') AS m FROM generate_series(5, 6) AS i) AS s;

-- Errors.
\set VERBOSITY default
SELECT tcs.btyd_fit(pg_temp.h(3, 14, 20), 'bg/bb', '7 days');
SELECT tcs.p_alive(m, pg_temp.h(3, 14, 20)) FROM model;
SELECT tcs.btyd_fit(pg_temp.h(3, 14, 2e6), 'bg/bb');
SELECT tcs.btyd_fit(pg_temp.h(3, 14, 20), 'mbg/nbd', '7 days');
SELECT tcs.btyd_fit(pg_temp.h(3, 14, 20), 'bg/bb', '0 days');
SELECT tcs.dert(m, pg_temp.h(0, 0, 6, 365.25), 0) FROM model;
\set VERBOSITY terse
SELECT tcs.btyd_fit(pg_temp.h(3, 14, 20), 'bg/bb', '-1 day');
SELECT tcs.btyd_fit(pg_temp.h(3, 14, 20), 'bg/bb', i * interval '1 day') FROM generate_series(1, 2) AS i;
SELECT tcs.btyd_fit(pg_temp.h(3, 14, 20), 'bg/bb', NULL, -1);
SELECT tcs.btyd_fit(pg_temp.h(3, 14, 20), 'bg/bb', NULL, NULL) IS NULL AS of_null;
SELECT tcs.btyd_fit(pg_temp.h(3, 14, 20), NULL, NULL, 1);
SELECT tcs.btyd_model('bg/bb', 1, 2, 3);
SELECT tcs.btyd_model('bg/bb', 1, 2, 0, 1);
SELECT tcs.btyd_model('bg/bb', 1, 2, 3, 1, '-1 day');
SELECT tcs.p_alive('{"model":"bg/bb","version":1,"alpha":1,"beta":1,"gamma":1,"delta":1}', pg_temp.h(3, 14, 20));
SELECT tcs.p_alive('{"model":"bg/bb","version":1,"buying":1,"gamma":1,"delta":1,"period":1,"limits":["equal_rates"]}', pg_temp.h(3, 14, 20));
SELECT tcs.p_alive('{"model":"bg/bb","version":1,"buying":1,"gamma":1,"delta":1,"period":1,"limits":["all_or_none"]}', pg_temp.h(3, 14, 20));
SELECT tcs.p_alive('{"model":"mbg/nbd","version":1,"rate":0.5,"a":1,"b":1,"limits":["all_or_none"]}', pg_temp.h(3, 14, 20));
SELECT tcs.p_alive('{"model":"bg/bb","version":1,"alpha":1,"beta":1,"gamma":1,"delta":1,"period":0}', pg_temp.h(3, 14, 20));
