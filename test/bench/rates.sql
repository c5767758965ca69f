-- Rates and experiments, against what one would otherwise type, which is less:
-- it has no interval and no test.

\echo Making :customers outcomes

CREATE UNLOGGED TABLE outcome AS
SELECT customer_id, uniform(20, customer_id) < 0.5 AS treated, uniform(21, customer_id) < 0.1 AS bought,
	(11 * uniform(22, customer_id))::int % 11 AS score, exp(4 + normal(23, customer_id)) AS spent
FROM customers;

VACUUM ANALYZE outcome;

\echo Measuring rates and experiments

INSERT INTO way (topic, way, query) VALUES
('rates', 'tcs.rate', 'SELECT tcs.rate(bought) FROM outcome'),
('rates', 'counts', 'SELECT count(*) FILTER (WHERE bought), count(bought) FROM outcome'),
('rates', 'tcs.nps', 'SELECT tcs.nps(score) FROM outcome'),
('rates', 'counts of scores', 'SELECT count(*) FILTER (WHERE score >= 9), count(*) FILTER (WHERE score <= 6), count(score) FROM outcome'),
('rates', 'tcs.ab_effect of means', 'SELECT tcs.ab_effect(treated, spent) FROM outcome'),
('rates', 'moments', 'SELECT treated, count(spent), avg(spent), var_samp(spent) FROM outcome GROUP BY treated'),
('rates', 'tcs.ab_effect with a covariate', 'SELECT tcs.ab_effect(treated, spent, 0.95, score) FROM outcome'),
('rates', 'regression', 'SELECT treated, regr_sxx(spent, score), regr_sxy(spent, score), regr_syy(spent, score) FROM outcome GROUP BY treated'),
('rates', 'tcs.ab_effect winsorised', 'SELECT tcs.ab_effect(treated, spent, 0.95, NULL, 0.99) FROM outcome'),
('rates', 'moments below a percentile', 'SELECT treated, count(spent), avg(least(spent, cap)), var_samp(least(spent, cap)) FROM outcome, (SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY spent) AS cap FROM outcome) AS p GROUP BY treated'),
('rates', 'tcs.ab_effect of shares', 'SELECT tcs.ab_effect(treated, bought) FROM outcome'),
('rates', 'shares', 'SELECT treated, count(bought), avg(bought::int) FROM outcome GROUP BY treated'),
('rates', 'tcs.ab_assign', $$SELECT tcs.ab_assign('an experiment', customer_id, '{0.5,0.5}') FROM outcome$$),
('rates', 'sha256', $$SELECT CASE WHEN sha256(convert_to('an experiment', 'UTF8') || '\x00' || convert_to(customer_id::text, 'UTF8')) < '\x80' THEN 1 ELSE 2 END FROM outcome$$),
('rolling rate', 'tcs.rate', 'SELECT tcs.rate(bought) OVER (ORDER BY customer_id ROWS 999 PRECEDING) FROM (SELECT * FROM outcome LIMIT 20000) AS o'),
('rolling rate', 'without inverse', 'SELECT tcs.rate(bought) FILTER (WHERE random() >= 0) OVER (ORDER BY customer_id ROWS 999 PRECEDING) FROM (SELECT * FROM outcome LIMIT 20000) AS o');

INSERT INTO way (topic, way, query) VALUES
('experiment over orders', 'tcs.ab_customer', 'SELECT tcs.ab_effect(c) FROM (SELECT tcs.ab_customer(customer_id % 2 = 0, amount, 1) AS c FROM orders GROUP BY customer_id) AS s'),
('experiment over orders', 'sums', 'SELECT treated, sum(amount) / sum(n), var_samp(amount) FROM (SELECT customer_id % 2 = 0 AS treated, sum(amount) AS amount, count(*) AS n FROM orders GROUP BY customer_id, 1) AS s GROUP BY treated');

-- Points that are used first-in first-out, against running sums over what was
-- earned, which is how far plain SQL comes: it knows no points that expire.
INSERT INTO way (topic, way, query) VALUES
('points', 'tcs.points', $$SELECT customer_id, tcs.points(day, CASE WHEN price > 120 THEN -floor(price) ELSE floor(price) END, '2030-01-01', interval '1 year') FROM orders GROUP BY customer_id$$),
('points', 'running sums', $$SELECT customer_id, sum(CASE WHEN earned > 0 THEN least(earned, greatest(until - used, 0)) END), min(at) FILTER (WHERE until > used) FROM (
	SELECT customer_id, at, earned, sum(earned) OVER w AS until, sum(used) OVER (PARTITION BY customer_id) AS used FROM (
		SELECT customer_id, day AS at, CASE WHEN price <= 120 THEN floor(price) ELSE 0 END AS earned, CASE WHEN price > 120 THEN floor(price) ELSE 0 END AS used FROM orders) AS o
	WINDOW w AS (PARTITION BY customer_id ORDER BY at ROWS UNBOUNDED PRECEDING)) AS s GROUP BY customer_id$$);

CALL measure('rates', :repeats);
INSERT INTO way (topic, way, query) VALUES
('durations', 'tcs.duration', $$SELECT tcs.duration(spent * interval '1 minute', bought) FROM outcome$$),
('durations', 'percentile_cont', $$SELECT percentile_cont('{0.5,0.9}'::float8[]) WITHIN GROUP (ORDER BY spent * interval '1 minute') FROM outcome$$),
('key drivers', 'tcs.key_drivers', $$SELECT tcs.key_drivers(spent, f) FROM outcome, LATERAL (SELECT bought, score, treated, customer_id % 5 AS five, customer_id % 7 AS seven) AS f$$),
('key drivers', 'tcs.linear_fit', $$SELECT tcs.linear_fit(spent, f) FROM outcome, LATERAL (SELECT bought, score, treated, customer_id % 5 AS five, customer_id % 7 AS seven) AS f$$);

CALL measure('points', :repeats);
CALL measure('durations', :repeats);
CALL measure('key drivers', :repeats);
CALL measure('experiment over orders', :repeats);
CALL measure('rolling rate', :repeats);

CALL claim_ratio('rate / two counts', 'rates', 'tcs.rate', 'counts', '<=', 1.5);
CALL claim_ratio('nps / three counts', 'rates', 'tcs.nps', 'counts of scores', '<=', 1.5);
CALL claim_ratio('ab_effect of means / GROUP BY for count, avg, var_samp', 'rates', 'tcs.ab_effect of means', 'moments', '<=', 1.2);
CALL claim_ratio('ab_effect with a covariate / GROUP BY for regr_sxx, regr_sxy, regr_syy', 'rates', 'tcs.ab_effect with a covariate', 'regression', '<=', 1.2);
CALL claim_ratio('ab_effect winsorised / percentile_disc and GROUP BY', 'rates', 'tcs.ab_effect winsorised', 'moments below a percentile', '<=', 1.2);
CALL claim_ratio('ab_effect of shares / GROUP BY for count, avg', 'rates', 'tcs.ab_effect of shares', 'shares', '<=', 1.2);
CALL claim_ratio('ab_effect over customers / GROUP BY customer for sum, count', 'experiment over orders', 'tcs.ab_customer', 'sums', '<=', 2);
CALL claim_ratio('ab_assign / sha256 in SQL', 'rates', 'tcs.ab_assign', 'sha256', '<=', 1.2);
CALL claim_ratio('rate in a frame of 1,000 rows / counted anew for each row', 'rolling rate', 'tcs.rate', 'without inverse', '<=', 0.1);
CALL claim_ratio('points that expire / running sums of points that do not', 'points', 'tcs.points', 'running sums', '<=', 0.8);
CALL claim_ratio('duration / percentile_cont, which knows no open cases', 'durations', 'tcs.duration', 'percentile_cont', '<=', 1);
CALL claim_ratio('key_drivers / linear_fit with its penalty and folds', 'key drivers', 'tcs.key_drivers', 'tcs.linear_fit', '<=', 1);
