-- Whose segment will be another within 53 weeks: at once, against asking the view of
-- one day, which would have to be asked of each of them.

\echo Measuring who is due

CREATE TABLE due_orders AS SELECT customer_id, day, price FROM orders WHERE customer_id <= 20000;
CREATE INDEX ON due_orders (customer_id);
VACUUM ANALYZE due_orders;
SELECT max(day) AS due_day FROM due_orders \gset
SELECT tcs.create_metrics('due_metrics', 'due_orders', 'customer_id', 'day', 'price', as_of => :'due_day') \g /dev/null

INSERT INTO way (topic, way, query)
SELECT 'due', format(w.way, r.name), format(w.query, r.name, date :'due_day' + 371)
FROM unnest('{tcs.lifecycle,tcs.rfm,tcs.churn_warning}'::text[]) WITH ORDINALITY AS r (name, n),
	(VALUES ('371 days, %s', 'SELECT * FROM tcs.segment_due(%1$L, ''due_metrics'', %2$L)'),
		('one day, %s', 'SELECT tcs.segment_assign(%1$L, metrics.*) FROM due_metrics AS metrics')) AS w (way, query)
ORDER BY r.n;

CALL measure('due', :repeats);

INSERT INTO claim (what, figure, unit, bound, target)
SELECT format('segment_due, 20000 customers, 371 days / each day, %s', r.name), whole.milliseconds / (371 * one.milliseconds), '×', '<=', 0.1
FROM unnest('{tcs.lifecycle,tcs.rfm,tcs.churn_warning}'::text[]) WITH ORDINALITY AS r (name, n)
JOIN timing AS whole ON whole.topic = 'due' AND whole.way = '371 days, ' || r.name
JOIN timing AS one ON one.topic = 'due' AND one.way = 'one day, ' || r.name
ORDER BY r.n;
