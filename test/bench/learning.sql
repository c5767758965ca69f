-- What learns from features, above reading them: a row of ten columns of all kinds.

\echo Making :customers customers with 10 features

CREATE UNLOGGED TABLE learning_row AS
SELECT *, uniform(11, customer_id) < 1 / (1 + exp(-(2 * revenue / 100 - 1 + (visits > 10)::int + member::int
	- (country = 'DE')::int - coalesce(engagement, 0.2)))) AS churned
FROM (SELECT customer_id, 100 * uniform(1, customer_id) AS revenue, 1000 * uniform(2, customer_id) AS margin,
		(30 * uniform(3, customer_id))::int AS visits, (700 * uniform(4, customer_id))::int AS days_since_last,
		uniform(5, customer_id) < 0.3 AS member, (ARRAY['DE', 'FR', 'IT', 'ES', 'PL', 'NL'])[1 + floor(6 * uniform(6, customer_id))::int] AS country,
		CASE WHEN uniform(7, customer_id) < 0.9 THEN uniform(8, customer_id) END AS engagement,
		date '2020-01-01' + (2000 * uniform(9, customer_id))::int AS since, (100 * uniform(10, customer_id))::numeric(10, 2) AS average_order,
		ln(1 + 1000 * uniform(12, customer_id)) AS ln_value
	FROM customers) AS c;
VACUUM ANALYZE learning_row;
CREATE TABLE learning_model AS
SELECT tcs.tree_fit(churned, f) AS tree
FROM learning_row AS r, LATERAL (SELECT revenue, margin, visits, days_since_last, member, country, engagement, since, average_order, ln_value) AS f;
SELECT tcs.rule_set_put('bench tree', tcs.tree_rules(tree)) FROM learning_model \g /dev/null
SELECT format('%L::jsonb', tree) AS tree FROM learning_model \gset

\echo Measuring trees

INSERT INTO way (topic, way, query) VALUES
('learning', 'reading', $$SELECT count(f) FROM learning_row AS r, LATERAL (SELECT revenue, margin, visits, days_since_last, member, country, engagement, since, average_order, ln_value) AS f$$),
('learning', 'tcs.tree_fit', $$SELECT tcs.tree_fit(churned, f) FROM learning_row AS r, LATERAL (SELECT revenue, margin, visits, days_since_last, member, country, engagement, since, average_order, ln_value) AS f$$),
('learning', 'rules of a tree', $$SELECT tcs.segment_assign('bench tree', r) FROM learning_row AS r$$);
INSERT INTO way (topic, way, query) VALUES ('learning', 'tcs.tree_score', format($$SELECT tcs.tree_score(%s, r) FROM learning_row AS r$$, :'tree'));

CALL measure('learning', :repeats);

INSERT INTO claim (what, figure, unit, bound, target)
SELECT 'tree_fit of ' || :customers || ' customers and 10 features above reading, 5 folds, a million customers',
	(max(milliseconds) FILTER (WHERE way = 'tcs.tree_fit') - max(milliseconds) FILTER (WHERE way = 'reading')) / 1000 * 1e6 / :customers,
	's', '<=', 4
FROM timing WHERE topic = 'learning';

-- A logistic model of ten numbers, against what one would type: a step of iteratively
-- reweighted least squares, of which a fit takes six or more, and each of five folds
-- and seven penalties as many again.

\echo Measuring logistic models

CREATE UNLOGGED TABLE logit_row AS
SELECT churned, revenue AS x1, margin AS x2, visits::float8 AS x3, days_since_last::float8 AS x4, member::int::float8 AS x5, (country = 'DE')::int::float8 AS x6,
	coalesce(engagement, 0.5) AS x7, (since - date '2020-01-01')::float8 AS x8, average_order::float8 AS x9, ln_value AS x10
FROM learning_row;
VACUUM ANALYZE logit_row;
CREATE TABLE logit_model AS SELECT tcs.logit_fit(churned, f) AS model FROM logit_row AS r, LATERAL (SELECT x1, x2, x3, x4, x5, x6, x7, x8, x9, x10) AS f;
SELECT tcs.scorecard_put('bench logit', tcs.logit_scorecard(model)) FROM logit_model \g /dev/null
SELECT format('%L::jsonb', model) AS model, tcs.logit_sql(model) AS written FROM logit_model \gset

INSERT INTO way (topic, way, query) VALUES
('logit', 'reading', 'SELECT count(f) FROM logit_row AS r, LATERAL (SELECT x1, x2, x3, x4, x5, x6, x7, x8, x9, x10) AS f'),
('logit', 'tcs.logit_fit', 'SELECT tcs.logit_fit(churned, f) FROM logit_row AS r, LATERAL (SELECT x1, x2, x3, x4, x5, x6, x7, x8, x9, x10) AS f'),
('logit', 'tcs.logit_score', format('SELECT tcs.logit_score(%s, r) FROM logit_row AS r', :'model')),
('logit', 'as SQL', format('SELECT %s FROM logit_row AS r', :'written')),
('logit', 'as a scorecard', 'SELECT tcs.scorecard_score(''bench logit'', r) FROM logit_row AS r');
INSERT INTO way (topic, way, query)
SELECT 'logit', 'a step in SQL', format('SELECT %s, %s FROM (SELECT *, p * (1 - p) AS w, churned::int - p AS e FROM (SELECT *, 1 AS x0, 1 / (1 + exp(-(0.1 + %s))) AS p FROM logit_row OFFSET 0) AS q OFFSET 0) AS s',
	string_agg(format('sum(w * x%s * x%s)', i, j), ', '), (SELECT string_agg(format('sum(e * x%s)', k), ', ') FROM generate_series(0, 10) AS k), (SELECT string_agg(format('0.0001 * x%s', k), ' + ') FROM generate_series(1, 10) AS k))
FROM generate_series(0, 10) AS i, generate_series(i, 10) AS j;

CALL measure('logit', :repeats);

INSERT INTO claim (what, figure, unit, bound, target)
SELECT 'logit_fit of ' || :customers || ' customers and 10 features above reading, 7 penalties, 5 folds, a million customers',
	(max(milliseconds) FILTER (WHERE way = 'tcs.logit_fit') - max(milliseconds) FILTER (WHERE way = 'reading')) / 1000 * 1e6 / :customers,
	's', '<=', 2
FROM timing WHERE topic = 'logit';
CALL claim_ratio('logit_fit / one step of it in SQL', 'logit', 'tcs.logit_fit', 'a step in SQL', '<=', 1);
CALL claim_ratio('logit_score / the scorecard that the model becomes', 'logit', 'tcs.logit_score', 'as a scorecard', '<=', 1.1);
CALL claim_ratio('logit_score / the SQL that it becomes', 'logit', 'tcs.logit_score', 'as SQL', '', NULL);

-- Groups: eight of them over six features in 20 steps, against a step of Lloyd's as
-- one would type it, over a tenth of the customers.

\echo Measuring groups

CREATE TABLE kmeans_center AS
SELECT row_number() OVER (ORDER BY customer_id) AS g, x1, x2, x3, x4, x7, x10 FROM (SELECT customer_id, r.* FROM learning_row JOIN LATERAL (SELECT revenue AS x1, margin AS x2, visits::float8 AS x3,
	days_since_last::float8 AS x4, coalesce(engagement, 0.5) AS x7, ln_value AS x10) AS r ON true ORDER BY customer_id LIMIT 8) AS c;

INSERT INTO way (topic, way, query) VALUES
('groups', 'reading', 'SELECT count(f) FROM logit_row AS r, LATERAL (SELECT x1, x2, x3, x4, x7, x10) AS f'),
('groups', 'tcs.kmeans_fit', $$SELECT tcs.kmeans_fit(f, '{"k": 8, "starts": 1, "steps": 20}') FROM logit_row AS r, LATERAL (SELECT x1, x2, x3, x4, x7, x10) AS f$$),
('groups', 'a step in SQL', $$SELECT g, avg(x1), avg(x2), avg(x3), avg(x4), avg(x7), avg(x10) FROM (SELECT r.*, n.g FROM (SELECT * FROM logit_row LIMIT (SELECT count(*) / 10 FROM logit_row)) AS r,
	LATERAL (SELECT g FROM kmeans_center AS c ORDER BY (r.x1 - c.x1) ^ 2 + (r.x2 - c.x2) ^ 2 + (r.x3 - c.x3) ^ 2 + (r.x4 - c.x4) ^ 2 + (r.x7 - c.x7) ^ 2 + (r.x10 - c.x10) ^ 2 LIMIT 1) AS n) AS s GROUP BY g$$);

CALL measure('groups', :repeats);

INSERT INTO claim (what, figure, unit, bound, target)
SELECT 'kmeans_fit of ' || :customers || ' customers, 6 features, 8 groups, 20 steps above reading, a million customers',
	(max(milliseconds) FILTER (WHERE way = 'tcs.kmeans_fit') - max(milliseconds) FILTER (WHERE way = 'reading')) / 1000 * 1e6 / :customers,
	's', '<=', 3
FROM timing WHERE topic = 'groups';
INSERT INTO claim (what, figure, unit, bound, target)
SELECT 'kmeans_fit with all that it tells / 20 steps in SQL, by one over a tenth', max(milliseconds) FILTER (WHERE way = 'tcs.kmeans_fit') / (200 * max(milliseconds) FILTER (WHERE way = 'a step in SQL')), '×', '<=', 0.1
FROM timing WHERE topic = 'groups';

-- Judges of actions over scores: all of them sort the customers once, as windows would.

\echo Measuring judges of actions

CREATE UNLOGGED TABLE judged AS
SELECT tcs.logit_score(model, f) AS score, uniform(13, customer_id) < 0.5 AS treated, churned, revenue
FROM logit_model, (SELECT customer_id, churned, revenue, revenue AS x1, margin AS x2, visits::float8 AS x3, days_since_last::float8 AS x4, member::int::float8 AS x5, (country = 'DE')::int::float8 AS x6,
	coalesce(engagement, 0.5) AS x7, (since - date '2020-01-01')::float8 AS x8, average_order::float8 AS x9, ln_value AS x10 FROM learning_row) AS f;
VACUUM ANALYZE judged;

INSERT INTO way (topic, way, query) VALUES
('actions', 'reading', 'SELECT count(score), count(treated), count(churned) FROM judged'),
('actions', 'tcs.uplift', 'SELECT tcs.uplift(score, treated, churned, 10) FROM judged'),
('actions', 'tcs.qini', 'SELECT tcs.qini(score, treated, churned) FROM judged'),
('actions', 'tcs.capture', 'SELECT tcs.capture(score, churned, 10) FROM judged'),
('actions', 'tcs.cutoff', 'SELECT tcs.cutoff(score, 10, 4) FROM judged'),
('actions', 'the curve in SQL', $$SELECT bin, sum(churned::int), sum(sum(churned::int)) OVER (ORDER BY bin) FROM (SELECT churned, ntile(10) OVER (ORDER BY score DESC) AS bin FROM judged) AS b GROUP BY bin$$),
('actions', 'uplift in SQL', $$SELECT bin, avg(churned::int) FILTER (WHERE treated) - avg(churned::int) FILTER (WHERE NOT treated) FROM (SELECT churned, treated, ntile(10) OVER (ORDER BY score DESC) AS bin FROM judged) AS b GROUP BY bin$$);

CALL measure('actions', :repeats);

INSERT INTO claim (what, figure, unit, bound, target)
SELECT format('%s of %s customers above reading, a million customers', substr(t.way, 5), :customers), (t.milliseconds - r.milliseconds) / 1000 * 1e6 / :customers, 's', '<=', 1
FROM timing AS t, timing AS r
WHERE t.topic = 'actions' AND t.way LIKE 'tcs.%' AND r.topic = 'actions' AND r.way = 'reading';
CALL claim_ratio('capture / the curve by windows in SQL', 'actions', 'tcs.capture', 'the curve in SQL', '<=', 1);
CALL claim_ratio('uplift, with intervals / the bare differences in SQL', 'actions', 'tcs.uplift', 'uplift in SQL', '<=', 1);
