-- How far the visitors of a shop come: funnel against the window functions that
-- one writes without it.

\echo Making ten events of a shop for each of :customers visitors

CREATE UNLOGGED TABLE event AS
SELECT *, ('{visit,basket,address,payment,paid}'::text[])[step] AS kind
FROM (
	SELECT customer_id,
		timestamptz '2025-01-01 00:00+01' + 90 * uniform(stream, nth * 2) * interval '1 day' AS at,
		CASE WHEN u < 0.45 THEN 1 WHEN u < 0.73 THEN 2 WHEN u < 0.87 THEN 3 WHEN u < 0.95 THEN 4 ELSE 5 END AS step
	FROM (SELECT customer_id, hashint8extended(customer_id, 11) AS stream FROM customers) AS c
	CROSS JOIN LATERAL (SELECT nth, uniform(stream, nth * 2 + 1) AS u FROM generate_series(1, 10) AS nth) AS e
) AS e
ORDER BY 2;
VACUUM ANALYZE event;

\echo Measuring funnels

-- From each event the next one of a step is the least after it; times descend, so
-- that the frame grows and each event is looked at once for a step.
INSERT INTO way (topic, way, query) VALUES
('funnel', 'tcs', $$
	SELECT customer_id, tcs.funnel(at, step, interval '7 days') AS chain
	FROM event GROUP BY customer_id $$),
('funnel', 'tcs, by names', $$
	SELECT customer_id, tcs.funnel(at, kind, '{visit,basket,address,payment,paid}', interval '7 days') AS chain
	FROM event GROUP BY customer_id $$),
('funnel', 'tcs, with conditions', $$
	SELECT customer_id, tcs.funnel(at, kind, '{visit,!paid,basket,<= 2 days,address,!visit,payment,paid}', interval '7 days') AS chain
	FROM event GROUP BY customer_id $$),
('funnel', 'window functions', $$
	SELECT DISTINCT ON (customer_id) customer_id, (ARRAY[at, n2, n3, n4, n5])[1:depth] AS chain
	FROM (SELECT *, 1 + (n2 <= at + interval '168 hours' IS TRUE)::int + (n3 <= at + interval '168 hours' IS TRUE)::int
			+ (n4 <= at + interval '168 hours' IS TRUE)::int + (n5 <= at + interval '168 hours' IS TRUE)::int AS depth
		FROM (SELECT *, min(at) FILTER (WHERE step = 2) OVER w AS n2, min(n3of2) FILTER (WHERE step = 2) OVER w AS n3,
				min(n4of2) FILTER (WHERE step = 2) OVER w AS n4, min(n5of2) FILTER (WHERE step = 2) OVER w AS n5
			FROM (SELECT *, min(at) FILTER (WHERE step = 3) OVER w AS n3of2, min(n4of3) FILTER (WHERE step = 3) OVER w AS n4of2,
					min(n5of3) FILTER (WHERE step = 3) OVER w AS n5of2
				FROM (SELECT *, min(at) FILTER (WHERE step = 4) OVER w AS n4of3, min(n5of4) FILTER (WHERE step = 4) OVER w AS n5of3
					FROM (SELECT *, min(at) FILTER (WHERE step = 5) OVER w AS n5of4
						FROM event WINDOW w AS (PARTITION BY customer_id ORDER BY at DESC, step DESC ROWS UNBOUNDED PRECEDING)) AS s5
					WINDOW w AS (PARTITION BY customer_id ORDER BY at DESC, step DESC ROWS UNBOUNDED PRECEDING)) AS s4
				WINDOW w AS (PARTITION BY customer_id ORDER BY at DESC, step DESC ROWS UNBOUNDED PRECEDING)) AS s3
			WINDOW w AS (PARTITION BY customer_id ORDER BY at DESC, step DESC ROWS UNBOUNDED PRECEDING)) AS s2
		WHERE step = 1) AS chains
	ORDER BY customer_id, depth DESC, at $$),
('funnel', 'group by, for comparison', $$
	SELECT customer_id, min(at), max(step), count(*)
	FROM event GROUP BY customer_id $$);

-- Both come to the same, here for some of the visitors.
DO
$$
DECLARE
	ours text;
	theirs text;
	differing bigint;
BEGIN
	SELECT replace(query, 'FROM event', 'FROM (SELECT * FROM event WHERE customer_id <= 20000) AS event') INTO STRICT ours
	FROM way WHERE topic = 'funnel' AND way = 'tcs';
	SELECT replace(query, 'FROM event', 'FROM (SELECT * FROM event WHERE customer_id <= 20000) AS event') INTO STRICT theirs
	FROM way WHERE topic = 'funnel' AND way = 'window functions';
	EXECUTE format('
		SELECT count(*) FROM (%s) AS o FULL JOIN (%s) AS t USING (customer_id)
		WHERE coalesce(o.chain, ''{}'') <> coalesce(t.chain, ''{}'')', ours, theirs) INTO differing;
	IF differing > 0 THEN
		RAISE EXCEPTION 'the two ways differ for % visitors', differing;
	END IF;
END
$$;

CALL measure('funnel', :repeats);

CALL claim_ratio('funnel of 5 steps / window functions for the same',
	'funnel', 'tcs', 'window functions', '<=', 0.3);
CALL claim_ratio('... by the names of the steps / by numbers',
	'funnel', 'tcs, by names', 'tcs', '<=', 1.2);
CALL claim_ratio('... with conditions between the steps / by numbers',
	'funnel', 'tcs, with conditions', 'tcs', '', NULL);
CALL claim_ratio('... / a plain GROUP BY',
	'funnel', 'tcs', 'group by, for comparison', '', NULL);

DROP TABLE event;
