-- purchase_history against the SQL that one writes without it.  One level gives
-- four of its fields (rows for occasions, at that); all of them take two.

\echo Measuring purchase_history

INSERT INTO way (topic, way, query) VALUES
('history', 'tcs, dates and double precision', $$
	SELECT customer_id, tcs.purchase_history(day, amount, '2025-12-31') AS h
	FROM orders GROUP BY customer_id $$),

('history', 'SQL on two levels', $$
	SELECT customer_id,
		sum(rows) AS orders,
		sum(value) AS revenue,
		min(day) FILTER (WHERE bought) AS first_day,
		max(day) FILTER (WHERE bought) AS last_day,
		count(*) FILTER (WHERE bought) - 1 AS x,
		max(day) FILTER (WHERE bought) - min(day) FILTER (WHERE bought) AS t_x,
		date '2025-12-31' - min(day) FILTER (WHERE bought) AS t,
		coalesce(sum(bought_for) FILTER (WHERE bought AND nth > 1)
			/ nullif(count(*) FILTER (WHERE bought) - 1, 0), 0) AS m_x,
		coalesce(max(day) FILTER (WHERE bought) - max(day_before) FILTER (WHERE bought), 0) AS last_gap
	FROM (SELECT customer_id, day,
			count(*) AS rows,
			sum(amount) AS value,
			sum(amount) FILTER (WHERE amount >= 0) AS bought_for,
			bool_or(amount >= 0) AS bought,
			row_number() OVER occasions AS nth,
			lag(day) OVER occasions AS day_before
		FROM orders
		WHERE day <= '2025-12-31'
		GROUP BY customer_id, day
		WINDOW occasions AS (PARTITION BY customer_id, bool_or(amount >= 0) ORDER BY day)) AS o
	GROUP BY customer_id
	HAVING bool_or(bought) $$),

('history', 'SQL on one level', $$
	SELECT customer_id, max(day), min(day), count(*), sum(amount)
	FROM orders WHERE day <= '2025-12-31' GROUP BY customer_id $$),

('history', 'tcs, numeric', $$
	SELECT customer_id, tcs.purchase_history(day, price, '2025-12-31')
	FROM orders GROUP BY customer_id $$),

('history', 'SQL on one level, numeric', $$
	SELECT customer_id, max(day), min(day), count(*), sum(price)
	FROM orders WHERE day <= '2025-12-31' GROUP BY customer_id $$),

('history', 'tcs, timestamptz and zone', $$
	SELECT customer_id, tcs.purchase_history(at, amount, '2025-12-31', 'Europe/Berlin')
	FROM orders GROUP BY customer_id $$),

('history', 'SQL on one level, timestamptz', $$
	SELECT customer_id, max(at), min(at), count(*), sum(amount)
	FROM orders WHERE at < '2026-01-01' GROUP BY customer_id $$);

-- Both ways must come to the same, here for some of the customers.
DO
$$
DECLARE
	few constant text := 'FROM (SELECT * FROM orders WHERE customer_id <= 10000) AS orders';
	ours text;
	theirs text;
	differing bigint;
BEGIN
	SELECT replace(query, 'FROM orders', few) INTO STRICT ours
	FROM way WHERE way = 'tcs, dates and double precision';
	SELECT replace(query, 'FROM orders', few) INTO STRICT theirs
	FROM way WHERE way = 'SQL on two levels';
	EXECUTE format('
		SELECT count(*)
		FROM (%s) AS o
		FULL JOIN (%s) AS t USING (customer_id)
		WHERE ((h).orders, round((h).revenue::numeric, 6), (h).first_day, (h).last_day,
				(h).x, (h).t_x, (h).t, round((h).m_x::numeric, 6), (h).last_gap)
			IS DISTINCT FROM (t.orders, round(t.revenue::numeric, 6), t.first_day, t.last_day,
				t.x, t.t_x, t.t, round(t.m_x::numeric, 6), t.last_gap)
			AND (h IS NOT NULL OR t.orders IS NOT NULL)', ours, theirs) INTO differing;
	IF differing > 0 THEN
		RAISE EXCEPTION 'the two ways differ for % customers', differing;
	END IF;
END
$$;

CALL measure('history', :repeats);

CALL claim_ratio('purchase_history / SQL on two levels, the same fields',
	'history', 'tcs, dates and double precision', 'SQL on two levels', '<=', 0.25);
CALL claim_ratio('purchase_history / SQL on one level, four fields',
	'history', 'tcs, dates and double precision', 'SQL on one level', '<=', 1.25);
CALL claim_ratio('... over numeric',
	'history', 'tcs, numeric', 'SQL on one level, numeric', '<=', 1);
CALL claim_ratio('... over timestamptz with a zone',
	'history', 'tcs, timestamptz and zone', 'SQL on one level, timestamptz', '<=', 1.5);
