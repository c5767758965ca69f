-- Models of repeat purchases and of value: fits and scores over stored histories,
-- by one process, above the time of reading the same rows.
--
-- Customers are those of the demo's shop (shop.sql), without its seasons: most
-- leave for good after a purchase or two, others stay and buy at rates that
-- differ widely.

\echo Making :customers histories

SET max_parallel_workers_per_gather = 2;

CREATE UNLOGGED TABLE value_history AS
SELECT customer_id, tcs.purchase_history(day, amount, date '2025-12-31') AS h
FROM (SELECT customer_id,
		date '2024-01-01' + floor(happens)::int AS day,
		exp(spend_level + 0.45 * normal(stream, nth * 16 + 1)) AS amount
	FROM (SELECT customer_id, stream, joined, 730 - joined AS seen,
			0.004 + 0.1 * (normal(stream, 2) ^ 2 / 2 - ln(uniform(stream, 15))) AS rate,
			0.001 + 0.998 * (1 - (1 - uniform(stream, 4)) ^ 3.1) ^ 5.2 AS leaves,
			ln(32) + 0.55 * normal(stream, 5) AS spend_level
		FROM (SELECT customer_id, hashint8extended(customer_id, 1) AS stream,
				730 * uniform(hashint8extended(customer_id, 1), 1) ^ 1.1 AS joined
			FROM customers) AS c) AS c
	CROSS JOIN LATERAL (
		SELECT nth, joined + sum(CASE WHEN nth > 1 THEN -ln(uniform(stream, nth * 16)) / rate ELSE 0 END)
			OVER (ORDER BY nth ROWS UNBOUNDED PRECEDING) AS happens
		FROM generate_series(1, 1 + floor(least(ln(uniform(stream, 14)) / ln(1 - leaves),
			3 + 3 * rate * seen))::int) AS nth) AS o
	WHERE happens < 730) AS o
GROUP BY customer_id;

SET max_parallel_workers_per_gather = 0;

CREATE UNLOGGED TABLE value_history_tenth AS
SELECT * FROM value_history ORDER BY customer_id LIMIT :customers / 10;

CREATE TABLE value_model AS
SELECT family, tcs.btyd_fit(h, family) AS model
FROM value_history_tenth
CROSS JOIN unnest('{bg/nbd,mbg/nbd,pareto/nbd}'::text[]) AS family
GROUP BY family
UNION ALL
SELECT 'spend', tcs.spend_fit(h) FROM value_history_tenth;

VACUUM ANALYZE value_history, value_history_tenth, value_model;

DO
$$
BEGIN
	IF EXISTS (SELECT FROM bench.value_model WHERE NOT (model->'converged')::boolean) THEN
		RAISE EXCEPTION 'too few customers for the models';
	END IF;
END
$$;

\echo Measuring models of value

INSERT INTO way (topic, way, query) VALUES
('value', 'reading, for a fit', 'SELECT count(h) FROM value_history'),
('value', 'reading, for scores', 'SELECT h FROM value_history'),
('value', 'btyd_fit, bg/nbd', $$SELECT tcs.btyd_fit(h, 'bg/nbd') FROM value_history$$),
('value', 'btyd_fit, mbg/nbd', 'SELECT tcs.btyd_fit(h) FROM value_history'),
('value', 'btyd_fit, pareto/nbd', $$SELECT tcs.btyd_fit(h, 'pareto/nbd') FROM value_history$$),
('value', 'spend_fit', 'SELECT tcs.spend_fit(h) FROM value_history'),
('value tenth', 'reading, for a fit', 'SELECT count(h) FROM value_history_tenth'),
('value tenth', 'btyd_fit, bg/nbd', $$SELECT tcs.btyd_fit(h, 'bg/nbd') FROM value_history_tenth$$),
('value tenth', 'btyd_fit, mbg/nbd', 'SELECT tcs.btyd_fit(h) FROM value_history_tenth'),
('value tenth', 'btyd_fit, pareto/nbd', $$SELECT tcs.btyd_fit(h, 'pareto/nbd') FROM value_history_tenth$$),
('value tenth', 'spend_fit', 'SELECT tcs.spend_fit(h) FROM value_history_tenth');

-- A million histories in five splits, of which a third returned.
INSERT INTO way (topic, way, query) VALUES
('value', 'churn_fit, five splits', $$SELECT tcs.churn_fit(h, (h).t::integer % 3 = 0, date '2024-01-01' + (h).t::integer % 5, date '2024-07-01' + (h).t::integer % 5,
	(SELECT model FROM value_model WHERE family = 'mbg/nbd'), interval '12 months') FROM value_history$$);

INSERT INTO way (topic, way, query)
SELECT 'value', score || ', ' || family,
	format('SELECT tcs.%s((SELECT model FROM value_model WHERE family = %L), %sh%s) FROM value_history',
		score, family,
		CASE score WHEN 'clv' THEN '(SELECT model FROM value_model WHERE family = ''spend''), ' ELSE '' END,
		CASE score WHEN 'p_alive' THEN '' ELSE ', interval ''12 months''' END)
FROM unnest('{bg/nbd,mbg/nbd,pareto/nbd}'::text[]) WITH ORDINALITY AS f (family, n)
CROSS JOIN unnest('{p_alive,churn_risk,expected_purchases,clv}'::text[]) WITH ORDINALITY AS s (score, m)
ORDER BY n, m;

INSERT INTO way (topic, way, query)
SELECT 'value', 'a forecast of 12 months, ' || family,
	format('SELECT tcs_internal.forecast_customer((SELECT model FROM value_model WHERE family = %L),
		(SELECT model FROM value_model WHERE family = ''spend''), h, (SELECT array_agg(bound ORDER BY month, bound) FROM generate_series(0, 11) AS month,
			LATERAL (VALUES (month * 30.0::float8), (month * 30.0::float8 + 30)) AS v (bound))) FROM value_history', family)
FROM unnest('{bg/nbd,mbg/nbd,pareto/nbd}'::text[]) WITH ORDINALITY AS f (family, n) ORDER BY n;

CALL measure('value', :repeats);
CALL measure('value tenth', :repeats);

-- Seconds for a million customers above the time of reading them.  The figures of
-- the usual Python library were measured elsewhere, on a machine like that for
-- which the seconds are promised, over as many customers and in one process too.
CREATE VIEW value_timing AS
SELECT w.n, w.way, base.way AS base, (SELECT count(*) FROM value_history) AS customers,
	greatest(t.milliseconds - base.milliseconds, 0.001) / 1000 * 1e6 / (SELECT count(*) FROM value_history) AS seconds
FROM way AS w
JOIN timing AS t ON t.topic = w.topic AND t.way = w.way
JOIN timing AS base ON base.topic = w.topic
	AND base.way = CASE WHEN w.way ~ '_fit' THEN 'reading, for a fit' ELSE 'reading, for scores' END
WHERE w.topic = 'value' AND w.way !~ '^reading';

INSERT INTO claim (what, figure, unit, bound, target)
SELECT c.what, c.figure, c.unit, c.bound, c.target
FROM value_timing
LEFT JOIN (VALUES
	('btyd_fit, bg/nbd', 1.0, 21.1),
	('btyd_fit, mbg/nbd', 1.5, 17.5),
	('btyd_fit, pareto/nbd', 10, NULL),
	('spend_fit', 1.0, 3.3),
	('churn_fit, five splits', 5.0, NULL),
	('p_alive, bg/nbd', 0.3, 0.13),
	('churn_risk, bg/nbd', 0.5, NULL),
	('expected_purchases, bg/nbd', 0.8, 0.72),
	('clv, bg/nbd', 1.5, 16.1),
	('p_alive, pareto/nbd', 1.5, NULL)) AS promised (way, target, python) USING (way)
CROSS JOIN LATERAL (VALUES
	(1, way || ', a million customers', seconds, 's', CASE WHEN promised.target IS NULL THEN '' ELSE '<=' END, promised.target),
	(2, '... customers a second', 1e6 / seconds, '', '', NULL),
	(3, format('... Python library''s %s s, measured elsewhere, / it', python), python / seconds, '×', '', NULL)) AS c (m, what, figure, unit, bound, target)
WHERE c.figure IS NOT NULL
ORDER BY n, m;

-- Ten times the customers should take ten times as long.
INSERT INTO claim (what, figure, unit, bound, target)
SELECT format('%s, all customers / 10 times a tenth of them', whole.way),
	(whole.milliseconds - read_whole.milliseconds) / (10 * greatest(tenth.milliseconds - read_tenth.milliseconds, 0.001)),
	'×', '<=', 1.25
FROM timing AS whole
JOIN timing AS tenth ON tenth.topic = 'value tenth' AND tenth.way = whole.way
JOIN timing AS read_whole ON read_whole.topic = 'value' AND read_whole.way = 'reading, for a fit'
JOIN timing AS read_tenth ON read_tenth.topic = 'value tenth' AND read_tenth.way = 'reading, for a fit'
WHERE whole.topic = 'value' AND whole.way ~ '_fit'
ORDER BY whole.n;

-- What a fit holds when it has seen all customers, and whether ten million of
-- them would stay within the memory that a fit has unless told otherwise.
CREATE FUNCTION megabytes_of_fit(fit text) RETURNS float8
LANGUAGE plpgsql AS
$$
DECLARE
	query constant text := '
		SELECT max(CASE WHEN n = last THEN bench.memory() END) %s
		FROM (SELECT *, row_number() OVER () AS n, (SELECT count(*) FROM bench.value_history) AS last
			FROM bench.value_history) AS h';
	plain bigint;
	fitting bigint;
	unused jsonb;
BEGIN
	EXECUTE format(query, '') INTO plain;
	EXECUTE format(query, ', ' || fit) INTO fitting, unused;
	RETURN (fitting - plain)::float8 / (SELECT count(*) FROM bench.value_history) * 1e7 / 1048576;
END
$$;

INSERT INTO claim (what, figure, unit, bound, target) VALUES
('btyd_fit, memory for 10 million customers', megabytes_of_fit('tcs.btyd_fit(h)'), 'MB', '<=', 512),
('spend_fit, memory for 10 million customers', megabytes_of_fit('tcs.spend_fit(h)'), 'MB', '<=', 512);

-- With less memory than they need, they say so and what to do.
CREATE FUNCTION refused(fit text) RETURNS float8
LANGUAGE plpgsql AS
$$
DECLARE
	unused jsonb;
	hint text;
BEGIN
	PERFORM set_config('tcs.fit_memory', '64kB', true);
	EXECUTE format('SELECT %s FROM bench.value_history', fit) INTO unused;
	RETURN 0;
EXCEPTION WHEN program_limit_exceeded THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN (hint ~ 'tcs.fit_memory')::int;
END
$$;

INSERT INTO claim (what, figure, unit, bound, target) VALUES
('fits refused with a hint in 64 kB, of 2', refused('tcs.btyd_fit(h)') + refused('tcs.spend_fit(h)'), '', '>=', 2);
