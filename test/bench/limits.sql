-- Fits whose likelihood has its top at a limit of the family, against one that has
-- it inside: a fifth of the customers for each kind of shop.

\echo Making histories whose models are limits

SET max_parallel_workers_per_gather = 2;

-- By mbg/nbd customers leave after a purchase, by pareto/nbd at any time.
CREATE UNLOGGED TABLE limit_history AS
SELECT kind, customer_id, tcs.purchase_history(day, 10, date '2025-12-31') AS h
FROM (SELECT kind, customer_id, date '2024-01-01' + floor(happens)::int AS day
	FROM (SELECT c.customer_id, n.kind, n.leaving, stream, joined,
			CASE WHEN equal_rates THEN 0.02 ELSE -0.02 * ln(uniform(stream, 2)) END AS rate,
			-- after so many purchases, or so many days
			CASE WHEN leaving = 'never' OR by_time THEN 1000
				WHEN leaving = 'at once' THEN CASE WHEN uniform(stream, 3) < 0.3 THEN 1 ELSE 1000 END
				WHEN leaving = 'equal' THEN 1 + floor(ln(uniform(stream, 3)) / ln(0.7))
				ELSE 1 + floor(ln(uniform(stream, 3)) / ln(1 - uniform(stream, 4)))
			END AS most,
			joined + CASE WHEN leaving = 'never' OR NOT by_time THEN 1000
				WHEN leaving = 'equal' THEN -200 * ln(uniform(stream, 3))
				ELSE 200 * ln(uniform(stream, 3)) / ln(uniform(stream, 4))
			END AS until
		FROM (SELECT customer_id, hashint8extended(customer_id, 2) AS stream,
				700 * uniform(hashint8extended(customer_id, 2), 1) AS joined
			FROM customers WHERE customer_id <= :customers / 5) AS c
		CROSS JOIN (VALUES
			('mbg/nbd, inside', false, 'differs', false), ('mbg/nbd, equal rates', true, 'differs', false),
			('mbg/nbd, nobody leaves', false, 'never', false), ('mbg/nbd, equal rates and nobody leaves', true, 'never', false),
			('mbg/nbd, leave at once', false, 'at once', false), ('mbg/nbd, equal leaving', false, 'equal', false),
			('pareto/nbd, inside', false, 'differs', true), ('pareto/nbd, equal rates', true, 'differs', true),
			('pareto/nbd, nobody leaves', false, 'never', true), ('pareto/nbd, equal rates and nobody leaves', true, 'never', true),
			('pareto/nbd, equal leaving', false, 'equal', true)) AS n (kind, equal_rates, leaving, by_time)) AS c
	CROSS JOIN LATERAL (
		SELECT joined + sum(CASE WHEN nth > 1 THEN -ln(uniform(stream, nth * 16)) / rate ELSE 0 END)
			OVER (ORDER BY nth ROWS UNBOUNDED PRECEDING) AS happens
		FROM generate_series(1, least(most, 5 + ceil(2 * rate * (730 - joined)))::int) AS nth) AS o
	WHERE happens < least(until, 730)) AS o
GROUP BY kind, customer_id;

SET max_parallel_workers_per_gather = 0;
CREATE INDEX ON limit_history (kind);
VACUUM ANALYZE limit_history;

INSERT INTO way (topic, way, query)
SELECT 'limits', kind, format('SELECT tcs.btyd_fit(h, %L) FROM limit_history WHERE kind = %L', split_part(kind, ',', 1), kind)
FROM (SELECT DISTINCT kind FROM limit_history) AS k ORDER BY kind;

\echo Measuring fits that end at a limit

CALL measure('limits', :repeats);

INSERT INTO claim (what, figure, unit, bound, target)
SELECT a.way || ' / one that ends inside', a.milliseconds / inside.milliseconds, '×', '<=', 1.25
FROM timing AS a
JOIN timing AS inside ON inside.topic = a.topic AND inside.way = split_part(a.way, ',', 1) || ', inside'
WHERE a.topic = 'limits' AND a.way <> inside.way
ORDER BY a.n;
