-- Buyers with a rhythm: mbg/cnbd-k and bg/cnbd-k.
SET timezone = 'UTC';

-- A thousand who order every 30 days give or take 3, of whom 300 stopped.
CREATE TEMP TABLE monthly AS
SELECT c, tcs.purchase_history(date '2024-12-31' - 720 + (c * 7) % 180 + k * 30 + (c * k * 5) % 7 - 3, 40, date '2024-12-31') AS h
FROM generate_series(1, 1000) AS c, generate_series(0, 24) AS k
WHERE (c * 7) % 180 + k * 30 + 3 < 715 AND (c % 10 >= 3 OR k <= 1 + (c * 11) % 15)
GROUP BY c;

CREATE TEMP TABLE model AS
SELECT family, tcs.btyd_fit(h, family) AS m
FROM monthly, unnest('{mbg/nbd,bg/nbd,mbg/cnbd-1,bg/cnbd-1,mbg/cnbd-4,mbg/cnbd-k,bg/cnbd-k}'::text[]) AS family
GROUP BY family;

SELECT family, m ->> 'model' AS model, m ->> 'k' AS k, m ->> 'limits' AS limits, m ->> 'converged' AS converged,
	(m ->> 'rate')::float8 BETWEEN 0.0315 AND 0.0340 AS a_purchase_in_30_days,
	abs((m ->> 'aic')::float8 + 2 * (m ->> 'log_likelihood')::float8
		- 2 * (SELECT count(*) FROM jsonb_object_keys(m -> 'standard_errors'))) < 1e-6 AS no_parameter_for_k
FROM model ORDER BY family;

-- A rhythm of one stage is none, to the last bit.
SELECT count(*) AS models, bool_and(one.m - '{model,k}'::text[] = none.m - 'model'::text) AS equal
FROM model AS one JOIN model AS none ON one.family = replace(none.family, 'nbd', 'cnbd-1');
SELECT one.family, count(*), bool_and(tcs.p_alive(one.m, h) = tcs.p_alive(none.m, h)
	AND tcs.churn_risk(one.m, h, '90 days') = tcs.churn_risk(none.m, h, '90 days')
	AND tcs.expected_purchases(one.m, h, '90 days') = tcs.expected_purchases(none.m, h, '90 days')
	AND tcs.dert(one.m, h, 0.1) = tcs.dert(none.m, h, 0.1)) AS equal
FROM monthly, model AS one JOIN model AS none ON one.family = replace(none.family, 'nbd', 'cnbd-1')
GROUP BY 1 ORDER BY 1;

-- More stages are likelier here, and no k is likelier than that which was found.
SELECT (SELECT m ->> 'k' FROM model WHERE family = 'mbg/cnbd-k') AS k,
	bool_and((m ->> 'log_likelihood')::float8 <= (SELECT (m ->> 'log_likelihood')::float8 FROM model WHERE family = 'mbg/cnbd-k') + 1e-6) AS greatest
FROM (SELECT tcs.btyd_fit(h, 'mbg/cnbd-' || k) AS m FROM monthly, generate_series(1, 12) AS k GROUP BY k) AS s;

-- Who orders and who stopped: whom mbg/nbd still hopes for is gone.
SELECT family, (h).t - (h).t_x > 75 AS stopped, count(*), round(avg(tcs.p_alive(m, h))::numeric, 3) AS p_alive,
	round(avg(tcs.churn_risk(m, h, '90 days'))::numeric, 3) AS churn_risk,
	round(avg(tcs.expected_purchases(m, h, '90 days'))::numeric, 2) AS purchases
FROM monthly, model WHERE family IN ('mbg/nbd', 'mbg/cnbd-k', 'bg/cnbd-k')
GROUP BY 1, 2 ORDER BY 1, 2;
SELECT family, tcs.purchases_interval(m, h, '90 days', 0.9) AS in_90_days
FROM monthly, model WHERE c = 7 AND family IN ('mbg/nbd', 'mbg/cnbd-k') ORDER BY 1;

-- Two years of monthly orders, of which the last three did not come.
SELECT f AS family, round(tcs.p_alive(m, h)::numeric, 3) AS p_alive, round(tcs.churn_risk(m, h, '90 days')::numeric, 3) AS churn_risk
FROM (SELECT tcs.purchase_history(24, 720, 830, 50)) AS s (h),
	(VALUES ('none', tcs.btyd_model('mbg/nbd', 2, 60, 0.8, 12)), ('k = 6', tcs.btyd_model('mbg/cnbd-6', 2, 10, 0.8, 12))) AS v (f, m)
ORDER BY 1;

-- The day of the next purchase comes near: less risk of none within ten days, until it is overdue.
SELECT day, round(tcs.churn_risk(m, tcs.purchase_history(24, 720, 720 + day, 50), '10 days')::numeric, 3) AS none_in_10_days
FROM tcs.btyd_model('mbg/cnbd-6', 2, 10, 0.8, 12) AS m, unnest('{0,10,20,25,40,60,90}'::int[]) AS day ORDER BY 1;

-- A longer horizon holds more purchases, and what is discounted is less.
SELECT tcs.expected_purchases(m, h, '3650 days') > tcs.expected_purchases(m, h, '1825 days') AS more,
	tcs.dert(m, h, 0.1) < tcs.dert(m, h, 0.05) AS discounted, tcs.clv(m, s, h, '1 year') > 0 AS clv
FROM tcs.btyd_model('bg/cnbd-3', 1.5, 20, 0.8, 6) AS m, tcs.spend_model(6, 4, 15) AS s, tcs.purchase_history(12, 350, 380, 50) AS h;

-- Histories without their gaps.
SELECT m ->> 'k' AS k, m ->> 'notes' AS notes
FROM (SELECT tcs.btyd_fit(tcs.purchase_history((h).x, (h).t_x, (h).t, (h).m_x), 'mbg/cnbd-k') AS m FROM monthly) AS s;
SELECT m ->> 'k' AS k, m ->> 'notes' LIKE '%ln_gaps%' AS asks
FROM (SELECT tcs.btyd_fit(tcs.purchase_history((h).x, (h).t_x, (h).t, (h).m_x), 'mbg/cnbd-3') AS m FROM monthly) AS s;

-- Rows in another order, and in parallel, give the same.
SELECT count(DISTINCT m) AS models FROM (
	SELECT tcs.btyd_fit(h, 'mbg/cnbd-k' ORDER BY c) AS m FROM monthly
	UNION ALL SELECT tcs.btyd_fit(h, 'mbg/cnbd-k' ORDER BY (c * 7919) % 1009) FROM monthly) AS s;

-- Errors.
\set VERBOSITY terse
SELECT tcs.btyd_model('mbg/cnbd-k', 1, 2, 3, 4);
SELECT tcs.btyd_model('mbg/cnbd-0', 1, 2, 3, 4);
SELECT tcs.btyd_model('mbg/cnbd-13', 1, 2, 3, 4);
SELECT tcs.btyd_model('bg/cnbd-02', 1, 2, 3, 4);
SELECT tcs.btyd_model('pareto/cnbd-2', 1, 2, 3, 4);
SELECT tcs.btyd_fit(h, 'mbg/cnbd-' || 1 + c % 2) FROM monthly;
SELECT tcs.p_alive('{"model": "mbg/cnbd-k", "version": 1, "r": 1, "alpha": 2, "a": 1, "b": 1}', tcs.purchase_history(1, 5, 9, 1));
SELECT tcs.p_alive('{"model": "mbg/cnbd-k", "version": 1, "k": 2.5, "r": 1, "alpha": 2, "a": 1, "b": 1}', tcs.purchase_history(1, 5, 9, 1));
SELECT tcs.dert(tcs.btyd_fit(h, 'mbg/cnbd-k'), tcs.purchase_history(1, 5, 9, 1)) FROM monthly WHERE c % 10 >= 3;
