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
