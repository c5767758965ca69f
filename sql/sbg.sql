-- Subscriptions: sbg_fit, sbg_model, survival, churn_risk, clv, value_at_risk.
\set VERBOSITY terse
SET client_min_messages = warning;

-- A thousand customers each, as published (Fader and Hardie, 2007).
CREATE TEMP TABLE renewal (kind text, tenure int, churned bool, customers bigint);
INSERT INTO renewal
SELECT kind, t, c, n FROM (VALUES ('high-end', '{131,126,90,60,42,34,26}'::bigint[], 491), ('regular', '{369,163,86,56,37,27,21}', 241)) AS v(kind, churned, staying),
	LATERAL (SELECT t, true, n FROM unnest(churned) WITH ORDINALITY AS u(n, t) UNION ALL SELECT 7, false, staying) AS s(t, c, n);
CREATE TEMP TABLE fit AS SELECT kind, tcs.sbg_fit(tenure, churned, customers) AS m FROM renewal GROUP BY kind;
SELECT kind, round((m->>'alpha')::numeric, 3) AS alpha, round((m->>'beta')::numeric, 3) AS beta, round((m->>'log_likelihood')::numeric, 4) AS log_likelihood,
	round((m->'standard_errors'->>'alpha')::numeric, 4) AS error_alpha, round((m->'standard_errors'->>'beta')::numeric, 4) AS error_beta, m->>'customers' AS customers, m->>'converged' AS converged, m->'notes' AS notes,
	abs((m->>'aic')::float8 - 4 + 2 * (m->>'log_likelihood')::float8) < 1e-9 AS aic, abs((m->>'bic')::float8 - 2 * ln(1000) + 2 * (m->>'log_likelihood')::float8) < 1e-9 AS bic
FROM fit ORDER BY kind;
SELECT kind, parameter, round(value::numeric, 3) AS value, round(standard_error::numeric, 3) AS standard_error FROM fit, tcs.model_summary(m) AS s(parameter, value, standard_error) WHERE standard_error IS NOT NULL ORDER BY 1, 2;

-- A row a customer is the same, in any order, with any number of workers.
CREATE TABLE sbg_customer AS SELECT kind, tenure, churned FROM renewal, generate_series(1, customers) ORDER BY random();
ANALYZE sbg_customer;
SELECT kind, s.m::text = fit.m::text AS same FROM fit JOIN (SELECT kind, tcs.sbg_fit(tenure, churned) AS m FROM sbg_customer GROUP BY kind) AS s USING (kind) ORDER BY kind;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT kind, (SELECT tcs.sbg_fit(tenure, churned) FILTER (WHERE c.kind = fit.kind) FROM sbg_customer AS c)::text = m::text AS same FROM fit ORDER BY kind;
SELECT (SELECT tcs.sbg_fit(tenure, churned)::text FROM sbg_customer) = (SELECT tcs.sbg_fit(tenure, churned, customers)::text FROM renewal) AS same;
DROP TABLE sbg_customer;

-- Survival, and what remains: the product of the shares that renew.
CREATE TEMP TABLE model AS SELECT a, b, tcs.sbg_model(a, b) AS m FROM (VALUES (0.668::float8, 3.806::float8), (1.5, 0.2), (30, 2000), (1e-3, 1e-3), (1e6, 1e-6)) AS v(a, b);
SELECT count(*), count(*) FILTER (WHERE abs(tcs.survival(m, t) / CASE WHEN l > -400 THEN exp(l) END - 1) > 1e-11) AS differing
FROM model, LATERAL (SELECT t, coalesce(sum(ln((b + (t - 1)) / (a + b + (t - 1)))) FILTER (WHERE t > 0) OVER (ORDER BY t), 0) AS l FROM generate_series(0, 200) AS t) AS o;
SELECT count(*), count(*) FILTER (WHERE abs(tcs.churn_risk(m, t) - a / (a + b + t)) > 1e-14) AS next, count(*) FILTER (WHERE tcs.churn_risk(m, t, 0) <> 0) AS none,
	count(*) FILTER (WHERE abs(tcs.churn_risk(m, t, n) - (1 - tcs.survival(m, t + n) / tcs.survival(m, t))) > 1e-10) AS many
FROM model, generate_series(0, 20) AS t, (VALUES (1), (5), (64), (65), (500)) AS p(n) WHERE tcs.survival(m, t) > 1e-5;
SELECT round(tcs.survival(m, 1000000)::numeric, 6) AS million, tcs.survival(m, 2147483647) BETWEEN 1e-7 AND 1e-5 AS most, round(tcs.churn_risk(m, 2147483647, 2147483647)::numeric, 6) AS after FROM model WHERE b = 3.806;

-- Residual lifetime: published for seven renewals and 10 percent; as a sum.
SELECT round(tcs.clv(m, 7, 1, 0.1)::numeric, 2) AS published FROM model WHERE b = 3.806;
SELECT count(*), count(*) FILTER (WHERE abs(tcs.clv(m, t, 3, d) / 3 / s - 1) > 1e-9) AS differing
FROM model, generate_series(0, 40, 8) AS t, (VALUES (0.5::float8), (0.1), (0.04)) AS v(d),
	LATERAL (SELECT sum(exp(l - (j - 1) * ln(1 + d))) AS s FROM (SELECT j, sum(ln((b + t + j - 1) / (a + b + t + j - 1))) OVER (ORDER BY j) AS l FROM generate_series(1, 800) AS j) AS x WHERE l - (j - 1) * ln(1 + d) > -100) AS o
WHERE a < 1e5;
SELECT count(*) FILTER (WHERE abs(tcs.clv(m, t) / ((b + t) / (a - 1)) - 1) > 1e-14) AS undiscounted, count(*) FILTER (WHERE abs(tcs.clv(m, t, 1, 1e-12) / ((b + t) / (a - 1)) - 1) > 1e-5) AS hardly
FROM model, generate_series(0, 40, 8) AS t WHERE a > 2;

-- A period of a month is discounted by the twelfth root.
SELECT abs(tcs.clv(m, 7, 1, 1.01 ^ 12 - 1, '1 month') / tcs.clv(m, 7, 1, 0.01) - 1) < 1e-12 AS month, abs(tcs.clv(m, 7, 1, 0.21, '2 years') / tcs.clv(m, 7, 1, 1.21 ^ 2 - 1) - 1) < 1e-12 AS two_years,
	abs(tcs.clv(m, 7, 1, 0.1, '365 days 6:00') / tcs.clv(m, 7, 1, 0.1) - 1) < 1e-12 AS days, tcs.clv(m, 7, -2, 0.1) = -2 * tcs.clv(m, 7, 1, 0.1) AS loss, tcs.clv(m, 7, 0, 0.1) AS nothing
FROM model WHERE b = 3.806;

-- What is at risk: the next renewal, with all that follows it.
SELECT count(*), count(*) FILTER (WHERE abs(tcs.value_at_risk(m, t, 2, 0.1) - 2 * (1 + tcs.clv(m, t + 1, 1, 0.1) / 1.1) * tcs.churn_risk(m, t)) > 1e-10) AS differing,
	count(*) FILTER (WHERE abs(tcs.value_at_risk(m, t, 2, 0.1) - (tcs.clv(m, t, 2, 0.1) / (1 - tcs.churn_risk(m, t)) - tcs.clv(m, t, 2, 0.1))) > 1e-9) AS if_certain
FROM model, generate_series(0, 40, 8) AS t WHERE a < 1e5;

-- What is too little for a model, and limits of it.
CREATE FUNCTION pg_temp.note(tenure int[], churned bool[], customers bigint[]) RETURNS TABLE (converged bool, churn numeric, error numeric, log_likelihood numeric, limits jsonb, parameters bigint, notes jsonb) LANGUAGE sql
	BEGIN ATOMIC
	SELECT (m->>'converged')::bool, round((m->>'churn')::numeric, 6), round((m->'standard_errors'->>'churn')::numeric, 6), round((m->>'log_likelihood')::numeric, 4), m->'limits',
		(SELECT count(*) FROM jsonb_object_keys(m->'standard_errors')), m->'notes'
	FROM (SELECT tcs.sbg_fit(a, b, c) AS m FROM unnest(tenure, churned, customers) AS u(a, b, c)) AS s;
	END;
SELECT 'new' AS data, * FROM pg_temp.note('{0}', '{f}', '{9}')
UNION ALL SELECT 'none churned', * FROM pg_temp.note('{1,5}', '{f,f}', '{9,9}')
UNION ALL SELECT 'all churned at once', * FROM pg_temp.note('{1}', '{t}', '{9}')
UNION ALL SELECT 'one renewal', * FROM pg_temp.note('{1,1}', '{t,f}', '{9,9}')
UNION ALL SELECT 'all churned at the third', * FROM pg_temp.note('{3}', '{t}', '{9}')
UNION ALL SELECT 'all the same tenure', * FROM pg_temp.note('{3,3}', '{t,f}', '{9,9}')
UNION ALL SELECT 'one customer', * FROM pg_temp.note('{2}', '{t}', '{1}')
UNION ALL SELECT 'always half', * FROM pg_temp.note('{1,2,3,3}', '{t,t,t,f}', '{4000,2000,1000,1000}')
UNION ALL SELECT 'a tenth', * FROM pg_temp.note('{1,2,3,4,4}', '{t,t,t,t,f}', '{100,90,81,73,656}')
UNION ALL SELECT 'more each time', * FROM pg_temp.note('{1,2,3,4,4}', '{t,t,t,t,f}', '{20,39,75,139,727}')
UNION ALL SELECT 'first or never', * FROM pg_temp.note('{1,20}', '{t,f}', '{500,500}')
UNION ALL SELECT 'none at all', * FROM pg_temp.note('{1,2}', '{t,f}', '{0,0}')
UNION ALL SELECT 'many', * FROM pg_temp.note('{1,2147483647}', '{t,f}', '{4611686018427387903,4611686018427387903}');

-- The limit predicts as the formula for one rate does, in which the first margin comes a period later.
CREATE TEMP TABLE tenth AS SELECT tcs.sbg_fit(t, churned, n) AS m FROM (VALUES (1, true, 100), (2, true, 90), (3, true, 81), (4, true, 73), (4, false, 656)) AS v(t, churned, n);
SELECT count(*), count(*) FILTER (WHERE abs(tcs.clv(m, t, 7, d) / ((1 + d) * tcs.clv(7, 1 - 344 / 3439.0, d)) - 1) > 1e-13) AS clv, count(*) FILTER (WHERE abs(tcs.survival(m, t) / (1 - 344 / 3439.0) ^ t - 1) > 1e-12) AS survival,
	count(*) FILTER (WHERE abs(tcs.churn_risk(m, t, 3) - (1 - (1 - 344 / 3439.0) ^ 3)) > 1e-14) AS risk, count(*) FILTER (WHERE abs(tcs.value_at_risk(m, t, 7, d) - (7 + 7 * (1 - 344 / 3439.0) / (d + 344 / 3439.0)) * 344 / 3439.0) > 1e-12) AS at_risk
FROM tenth, generate_series(0, 100, 10) AS t, (VALUES (0::float8), (0.01), (0.1), (0.5)) AS v(d);
SELECT name, value, round(standard_error::numeric, 6) AS standard_error FROM tenth, tcs.model_summary(m) AS s(name, value, standard_error) WHERE name IN ('alpha', 'beta', 'churn') ORDER BY name;
SELECT t, tcs.survival(none, t) AS none, tcs.churn_risk(none, t, 1000) AS risk, tcs.clv(none, t, 1, 0.1) AS clv, tcs.survival(once, t) AS once, tcs.churn_risk(once, t, 1000) AS risk, round(tcs.clv(once, t, 1, 0.1)::numeric, 9) AS clv
FROM (SELECT tcs.sbg_fit(t, false) AS none FROM generate_series(0, 50) AS t) AS n, (SELECT tcs.sbg_fit(t, c, 500) AS once FROM (VALUES (1, true), (20, false)) AS v(t, c)) AS o, (VALUES (0), (1), (1000)) AS v(t);

-- Churn that rises: the chance to make t renewals is (1 - churn) ^ (t ^ c) where all are alike, else churn is Beta distributed.
CREATE TEMP TABLE rising AS SELECT kind, tcs.sbg_fit(t, churned, n) AS m
FROM (VALUES ('alike', '{20,39,75,139}'::bigint[], 727), ('differing', '{5,30,90,160,180,160,120,80,50,30,20,14,10,7,5}', 39)) AS v(kind, left_at, staying),
	LATERAL (SELECT t::int, true, n FROM unnest(left_at) WITH ORDINALITY AS u(n, t) UNION ALL SELECT cardinality(left_at), false, staying) AS s(t, churned, n) GROUP BY kind;
SELECT kind, round((m->>'alpha')::numeric, 4) AS alpha, round((m->>'beta')::numeric, 2) AS beta, round((m->>'churn')::numeric, 5) AS churn, round((m->>'c')::numeric, 4) AS c, m->>'limits' AS limits,
	(SELECT array_agg(name || ' ' || round(standard_error::numeric, 4) ORDER BY name) FROM tcs.model_summary(m) AS s(name, value, standard_error) WHERE standard_error IS NOT NULL) AS errors,
	round((m->>'log_likelihood')::numeric, 4) AS log_likelihood, abs((m->>'aic')::float8 + 2 * (m->>'log_likelihood')::float8 - CASE kind WHEN 'alike' THEN 4 ELSE 6 END) < 1e-9 AS aic, m->>'converged' AS converged, m->'notes' AS notes
FROM rising ORDER BY kind;
SELECT kind, count(*), count(*) FILTER (WHERE abs(tcs.survival(m, t) / s - 1) > 1e-11) AS survival, count(*) FILTER (WHERE abs(tcs.churn_risk(m, t, 3) - (1 - s3 / s)) > 1e-11) AS risk,
	count(*) FILTER (WHERE abs(tcs.clv(m, t, 7, 0.2) / (7 * sum / s) - 1) > 1e-9) AS clv, count(*) FILTER (WHERE abs(tcs.value_at_risk(m, t, 2, 0.2) - 2 * (1 + tcs.clv(m, t + 1, 1, 0.2) / 1.2) * tcs.churn_risk(m, t)) > 1e-9) AS at_risk
FROM rising, generate_series(0, 12, 3) AS t, LATERAL (SELECT (m->>'c')::float8 AS c, ln(1 - (m->>'churn')::float8) AS l) AS p,
	LATERAL (SELECT exp(l * t ^ c) AS s, exp(l * (t + 3) ^ c) AS s3, (SELECT sum(exp(greatest(l * (t + j) ^ c, -500)) / 1.2 ^ (j - 1)) FROM generate_series(1, 200) AS j) AS sum) AS o WHERE kind = 'alike' GROUP BY kind;
SELECT kind, t, round(tcs.churn_risk(m, t)::numeric, 4) AS risk, round(tcs.survival(m, t)::numeric, 4) AS survival, round(tcs.clv(m, t)::numeric, 4) AS clv FROM rising, (VALUES (0), (3), (6), (14)) AS v(t) ORDER BY kind, t;
-- c is 1 where it is not given, and predictions go over into those of 1.
SELECT tcs.sbg_model(2, 3, 1) = tcs.sbg_model(2, 3) AS one, tcs.sbg_model(2, 3, 1.5) AS model, count(*) FILTER (WHERE abs(tcs.clv(tcs.sbg_model(2, 3, c), t, 1, 0.1) - tcs.clv(tcs.sbg_model(2, 3), t, 1, 0.1)) > 1e-6) AS differing,
	count(*) FILTER (WHERE tcs.churn_risk(tcs.sbg_model(2, 3, 2), t) <= tcs.churn_risk(tcs.sbg_model(2, 3), t) AND t > 0) AS not_higher
FROM (VALUES (1 - 1e-9::float8), (1 + 1e-9)) AS v(c), generate_series(0, 30, 10) AS t;

SELECT tcs.sbg_fit(NULL, true) AS of_null, tcs.sbg_fit(1, NULL) AS of_null, tcs.sbg_fit(1, true, NULL) AS of_null;
SELECT tcs.sbg_fit(1, true) AS of_no_rows WHERE false;
SELECT tcs.survival(NULL, 1) AS s, tcs.survival(m, NULL) AS s, tcs.churn_risk(m, NULL) AS r, tcs.clv(m, 1, NULL) AS c, tcs.value_at_risk(m, 1, 1, 0.1, NULL) AS v, tcs.sbg_model(NULL, 1) AS m FROM model WHERE b = 3.806;
SELECT tcs.sbg_model(0.668, 3.806) AS model;

-- The ends of what numbers can be.
SELECT count(*), count(*) FILTER (WHERE NOT (c >= 0 AND c < 'Infinity' AND v >= 0 AND r BETWEEN 0 AND 1 AND s BETWEEN 0 AND 1)) AS bad
FROM (SELECT tcs.clv(m, t, 1, d) AS c, tcs.value_at_risk(m, t, 1, d) AS v, tcs.churn_risk(m, t, t) AS r, tcs.survival(m, t) AS s
	FROM (VALUES (5e-324::float8), (1e-300), (1e-8), (1), (1e8), (1e300), (1.7e308)) AS a(a), (VALUES (5e-324::float8), (1e-300), (1e-8), (1), (1e8), (1e300), (1.7e308)) AS b(b), (VALUES (1::float8), (5e-324), (0.5), (2), (10)) AS c(c), tcs.sbg_model(a, b, c) AS m,
		(VALUES (0), (1), (1000), (2147483647)) AS t(t), (VALUES (1e-12::float8), (1e-3), (0.1), (0.999)) AS d(d)) AS x;

-- Errors.
\set VERBOSITY default
SELECT tcs.clv(m, 7) FROM model WHERE b = 3.806;
SELECT tcs.clv(m, 7, 1, -0.1) FROM model WHERE a = 30;
SELECT tcs.clv(m, 7, 1, -1) FROM model WHERE a = 30;
SELECT tcs.clv(m, 7, 1, 0.1, '0 days') FROM model WHERE a = 30;
SELECT tcs.survival(tcs.sbg_fit(0, false), 1);
SELECT tcs.sbg_fit(0, true);
SELECT tcs.sbg_fit(-1, false);
\set VERBOSITY terse
SELECT tcs.value_at_risk(m, 7) FROM model WHERE b = 3.806;
SELECT tcs.clv(m, 7, 1, 0.1, '-1 year') FROM model WHERE a = 30;
SELECT tcs.clv(m, 7, 'NaN') FROM model WHERE a = 30;
SELECT tcs.clv(m, 7, 1, 'Infinity') FROM model WHERE a = 30;
SELECT tcs.clv(m, 7, 1e308) FROM model WHERE a = 30;
SELECT tcs.survival(m, -1) FROM model WHERE a = 30;
SELECT tcs.churn_risk(m, -1) FROM model WHERE a = 30;
SELECT tcs.churn_risk(m, 1, -1) FROM model WHERE a = 30;
SELECT tcs.sbg_fit(1, true, -1);
SELECT tcs.sbg_fit(1, true, 9223372036854775807) FROM generate_series(1, 2);
SELECT tcs.sbg_model(0, 1);
SELECT tcs.sbg_model(1, 'NaN');
SELECT tcs.sbg_model('Infinity', 1);
SELECT tcs.sbg_model(1, 1, 0);
SELECT tcs.sbg_model(1, 1, 11);
SELECT tcs.sbg_model(1, 1, 'NaN');
SELECT tcs.clv(tcs.sbg_model(0.5, 1, 1.5), 3);
SELECT tcs.survival('{"model":"sbg","version":1,"alpha":1,"beta":1,"c":0}', 1);
SELECT tcs.survival('{"model":"sbg","version":1,"alpha":1,"beta":1,"c":"1"}', 1);
SELECT tcs.survival('{"model":"sbg","version":1,"limits":["equal_churn"],"churn":0.1,"c":1e3}', 1);
SELECT tcs.survival('{"model":"sbg","version":1,"alpha":1}', 1);
SELECT tcs.survival('{"model":"sbg","version":1,"alpha":1,"beta":-1}', 1);
SELECT tcs.survival('{"model":"bg/nbd","version":1,"alpha":1,"beta":1}', 1);
SELECT tcs.survival('{"model":"sbg","version":9,"alpha":1,"beta":1}', 1);
SELECT tcs.survival('7', 1);
SELECT tcs.clv(tcs.sbg_fit(5, false), 3) FROM generate_series(1, 3);
SELECT tcs.survival('{"model":"sbg","version":1,"limits":["equal_churn"]}', 1);
SELECT tcs.survival('{"model":"sbg","version":1,"limits":["equal_churn"],"churn":1}', 1);
SELECT tcs.survival('{"model":"sbg","version":1,"limits":["equal_churn"],"churn":0}', 1);
SELECT tcs.survival('{"model":"sbg","version":1,"limits":["equal_churn","nobody_leaves"],"churn":0.1}', 1);
SELECT tcs.survival('{"model":"sbg","version":1,"limits":["equal_rates"],"churn":0.1}', 1);
SET tcs.fit_memory = '64kB';
SELECT tcs.sbg_fit(i, true) FROM generate_series(1, 10000) AS i;
SELECT tcs.sbg_fit(1 + i % 100, true)->>'customers' AS customers FROM generate_series(1, 10000) AS i;
RESET tcs.fit_memory;
