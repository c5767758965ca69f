-- ABC tiers, gini and lorenz against plain SQL in numeric.
\set VERBOSITY terse
SET client_min_messages = warning;

-- 4,000 populations of 1 to 60 customers with heavy ties, zeros, losses, NULLs
-- and cents.
CREATE TEMP TABLE customers AS
SELECT p AS population, i,
	   CASE WHEN h % 29 = 0 THEN NULL
			WHEN p % 50 = 0 THEN -(h % 3)
			ELSE ((h >> 20) % (1 + p % 37) - (p % 4)) * (ARRAY[1, 0.01, 0.1, 1000000.07])[1 + p % 4] END::numeric AS value,
	   (ARRAY['{0.8,0.95}', '{0.5}', '{0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9}', '{0.25,0.5,0.75}'])[1 + p % 4]::float8[] AS cuts
FROM generate_series(1, 4000) p,
	 LATERAL (SELECT i, hashint8extended(p * 1000 + i, 6) & 9223372036854775807 AS h
			  FROM generate_series(1, 1 + p % 60) i) s;

CREATE TEMP TABLE oracle AS
SELECT population, i, value, cuts,
	   CASE WHEN value IS NULL THEN NULL
			WHEN value <= 0 THEN chr(65 + cardinality(cuts))
			ELSE chr(65 + (SELECT count(*)::int FROM unnest(cuts) cut
						   WHERE NOT above < cut::numeric * total - 1e-12 * total)) END AS tier
FROM (SELECT *, sum(greatest(value, 0)) OVER (PARTITION BY population) AS total,
			 coalesce(sum(greatest(value, 0)) OVER (PARTITION BY population ORDER BY value DESC NULLS LAST
													GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS above
	  FROM customers) c;

SELECT way, count(*) AS customers, count(t.tier) AS tiered,
	   count(*) FILTER (WHERE t.tier IS DISTINCT FROM o.tier) AS differ
FROM (SELECT 'window' AS way, population, i, tcs.abc_tier(value, cuts) OVER (PARTITION BY population) AS tier
	  FROM customers
	  UNION ALL
	  SELECT 'ordered window with a frame', population, i,
			 tcs.abc_tier(value, cuts) OVER (PARTITION BY population ORDER BY value ROWS CURRENT ROW)
	  FROM customers
	  UNION ALL
	  SELECT 'model', population, i, tcs.abc_tier(model, value)
	  FROM customers JOIN (SELECT population, tcs.abc_fit(value, cuts) AS model
						   FROM customers GROUP BY population) f USING (population)) t
	 JOIN oracle o USING (population, i)
GROUP BY way ORDER BY way;

-- The cuts unless given.
SELECT count(*) FILTER (WHERE a IS DISTINCT FROM b OR a IS DISTINCT FROM c) AS differ
FROM (SELECT tcs.abc_tier(value) OVER () AS a, tcs.abc_tier(value, '{0.8,0.95}') OVER () AS b,
			 tcs.abc_tier((SELECT tcs.abc_fit(value) FROM customers), value) AS c
	  FROM customers) s;

-- A boundary that is met exactly in decimal arithmetic: 8 of 10 make 80 %.
SELECT string_agg(tier, '' ORDER BY i) AS tiers
FROM (SELECT i, tcs.abc_tier(0.1, '{0.8,0.9}') OVER () AS tier FROM generate_series(1, 10) i) s;
SELECT value, tcs.abc_tier(value, '{0.8,0.9}') OVER () AS tier
FROM (VALUES (0.7), (0.1), (0.1000001), (0.0999999)) v(value);

-- The largest is an A, however small the first cut.
SELECT value, tcs.abc_tier(value, '{1e-13,0.5}') OVER () AS tier FROM (VALUES (3), (3), (1)) v(value);

-- The model, as it is stored.
SELECT tcs.abc_fit(i) FROM generate_series(1, 100) i;
SELECT tcs.abc_fit(i) AS no_positive_value FROM generate_series(-2, 0) i;
SELECT tcs.abc_fit(NULL::float8) IS NULL AS nobody;
-- a new customer under it
SELECT v, tcs.abc_tier(m, v) AS tier, tcs.abc_tier(none, v) AS none
FROM (SELECT tcs.abc_fit(i) AS m FROM generate_series(1, 100) i) f,
	 (SELECT tcs.abc_fit(0) AS none) g, (VALUES (1e9), (45), (44.9), (22), (21.9), (0), (-3), (NULL)) v(v);
-- more tiers than letters
SELECT tcs.abc_tier(tcs.abc_fit(1, ARRAY(SELECT c / 1000.0 FROM generate_series(1, 800) c)::float8[]), -1) AS tier_801;

-- Gini and Lorenz.
SELECT count(*) AS populations,
	   count(*) FILTER (WHERE abs(gini - oracle) > 1e-12 OR (gini IS NULL) <> (oracle IS NULL)) AS differ
FROM (SELECT population, tcs.gini(greatest(value, 0)) FILTER (WHERE value IS NOT NULL) AS gini,
			 (SELECT sum(abs(a.v - b.v)) / (2 * NULLIF(sum(a.v), 0))
			  FROM unnest(array_agg(greatest(value, 0)) FILTER (WHERE value IS NOT NULL)) a(v),
				   unnest(array_agg(greatest(value, 0)) FILTER (WHERE value IS NOT NULL)) b(v)) AS oracle
	  FROM customers WHERE population <= 1000 GROUP BY population) s;
SELECT tcs.gini(v) AS equal FROM unnest(ARRAY[7, 7, 7]) v;
SELECT tcs.gini(v) AS one_has_all FROM unnest(ARRAY[0, 0, 0, 0, 5]) v;
SELECT tcs.gini(v) AS huge FROM unnest(ARRAY[1e307, 3e307]) v;
SELECT tcs.gini(v) IS NULL AS zeros FROM unnest(ARRAY[0, 0]) v;
SELECT tcs.gini(v) FROM unnest(ARRAY[1, -1]) v;
SELECT tcs.lorenz(v, 4) FROM unnest(ARRAY[4, 2, 1, 3]) v;
SELECT tcs.lorenz(v, 3) FROM unnest(ARRAY[1, 1, 2, 4]) v;
SELECT tcs.lorenz(v, 1) FROM unnest(ARRAY[1, 1, 2, 4]) v;
SELECT tcs.lorenz(v, 2) IS NULL AS zeros FROM unnest(ARRAY[0, 0]) v;
-- points that fall on whole customers are plain cumulative shares
SELECT count(*) AS populations, count(*) FILTER (WHERE (
		   SELECT bool_or(abs(ours - theirs) > 1e-12)
		   FROM unnest(lorenz, oracle) u(ours, theirs))) AS differ
FROM (SELECT population, lorenz, ARRAY(SELECT 0::numeric UNION ALL SELECT sum(v) OVER (ORDER BY v ROWS UNBOUNDED PRECEDING) / sum(v) OVER ()
									   FROM unnest(vs) v) AS oracle
	  FROM (SELECT population, array_agg(value ORDER BY value) AS vs, tcs.lorenz(value, (population % 60 + 1)) AS lorenz
			FROM customers WHERE value >= 0 AND population % 50 <> 0
			GROUP BY population HAVING count(*) = population % 60 + 1 AND sum(value) > 0) s) t;

-- Histories as they are: what their revenue says.
CREATE TEMP TABLE history AS
SELECT i, tcs.purchase_history(date '2024-01-01' + nth, CASE WHEN nth % 7 = 3 THEN -3 ELSE 1 END * ((i * 13 + nth * 5) % 97)::numeric,
							   date '2025-01-01') AS h
FROM generate_series(1, 500) i, generate_series(1, 1 + i % 11) nth GROUP BY i;
SELECT tcs.abc_fit(h) = tcs.abc_fit((h).revenue) AS same,
	   tcs.abc_fit(h, '{0.5,0.9,0.99}') = tcs.abc_fit((h).revenue, '{0.5,0.9,0.99}') AS same_in_four_tiers,
	   tcs.abc_fit(NULL::tcs.purchase_history) IS NULL AS no_history,
	   (tcs.abc_fit(CASE WHEN i % 2 = 0 THEN h END) ->> 'customers')::int AS half
FROM history;
SELECT count(*) AS customers, count(DISTINCT by_history) AS tiers, count(*) FILTER (WHERE by_history IS DISTINCT FROM by_revenue) AS differ
FROM (SELECT tcs.abc_tier(model, h) AS by_history, tcs.abc_tier(model, (h).revenue) AS by_revenue
	  FROM history, (SELECT tcs.abc_fit(h) AS model FROM history) m) s;
SELECT tcs.abc_tier(tcs.abc_fit(h), NULL::tcs.purchase_history) AS no_history, tcs.abc_tier(tcs.abc_fit(h), jsonb_populate_record(NULL::tcs.purchase_history, '{"x": 2, "t_x": 30, "t": 40}')) AS no_revenue
FROM history;
SELECT tcs.abc_fit(h, NULL) FROM history;
SELECT tcs.abc_fit(h, '{0.5,0.4}') FROM history;
SELECT tcs.abc_fit(h, ARRAY[0.5, 0.6 + i % 2 * 0.1]) FROM history;
SELECT tcs.abc_tier(tcs.abc_fit(h), jsonb_populate_record(NULL::tcs.purchase_history, '{"x": -1, "t_x": 5, "t": 4, "revenue": 1}')) FROM history;
