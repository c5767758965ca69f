-- RFM scores against plain SQL: exact integer arithmetic over ranks.
\set VERBOSITY terse
SET client_min_messages = warning;

-- 4,000 populations of 1 to 40 customers with heavy ties and some NULLs.
CREATE TEMP TABLE customers AS
SELECT p AS population, i,
	   CASE WHEN h % 41 = 0 THEN NULL ELSE (h % (1 + p % 23))::int END AS age,
	   CASE WHEN h % 43 = 0 THEN NULL ELSE ((h >> 20) % (1 + p % 7))::int END AS frequency,
	   CASE WHEN h % 47 = 0 THEN NULL ELSE ((h >> 40) % (1 + p % 101) - 5)::int END AS monetary,
	   2 + p % (CASE WHEN p % 10 = 0 THEN 99 ELSE 9 END) AS bins
FROM generate_series(1, 4000) p,
	 LATERAL (SELECT i, hashint8extended(p * 1000 + i, 5) & 9223372036854775807 AS h
			  FROM generate_series(1, 1 + p % 40) i) s;

CREATE TEMP TABLE oracle AS
SELECT population, i, bins, age, frequency, monetary,
	   bins - bins * (rank() OVER (w ORDER BY age) - 1) / n AS r,
	   1 + bins * (rank() OVER (w ORDER BY frequency) - 1) / n AS f,
	   1 + bins * (rank() OVER (w ORDER BY monetary) - 1) / n AS m
FROM (SELECT *, count(*) OVER (PARTITION BY population) AS n FROM customers
	  WHERE age IS NOT NULL AND frequency IS NOT NULL AND monetary IS NOT NULL) c
WINDOW w AS (PARTITION BY population)
UNION ALL
SELECT population, i, bins, age, frequency, monetary, NULL, NULL, NULL
FROM customers WHERE age IS NULL OR frequency IS NULL OR monetary IS NULL;

-- The window function, over every type of recency, and the model agree with it.
CREATE TEMP VIEW ways AS
SELECT 'age' AS way, population, i,
	   tcs.rfm_score(age, frequency, monetary, bins) OVER (PARTITION BY population) AS s
FROM customers
UNION ALL
SELECT 'date', population, i,
	   tcs.rfm_score(date '2024-06-01' - age, frequency, monetary, bins) OVER (PARTITION BY population)
FROM customers
UNION ALL
SELECT 'timestamp', population, i,
	   tcs.rfm_score(timestamp '2024-06-01' - age * interval '1 microsecond', frequency, monetary, bins) OVER (PARTITION BY population)
FROM customers
UNION ALL
SELECT 'timestamptz', population, i,
	   tcs.rfm_score(timestamptz '2024-06-01 12:00+00' - age * interval '1 second', frequency, monetary, bins) OVER (PARTITION BY population)
FROM customers
UNION ALL
SELECT 'interval', population, i,
	   tcs.rfm_score(age * interval '1 day', frequency, monetary, bins) OVER (PARTITION BY population)
FROM customers
UNION ALL
SELECT 'ordered window with a frame', population, i,
	   tcs.rfm_score(age, frequency, monetary, bins)
	   OVER (PARTITION BY population ORDER BY monetary DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
FROM customers
UNION ALL
SELECT 'model', population, i, tcs.rfm_score(model, age, frequency, monetary)
FROM customers JOIN (SELECT population, tcs.rfm_fit(age, frequency, monetary, bins) AS model
					 FROM customers GROUP BY population) f USING (population)
UNION ALL
SELECT 'model, interval', population, i, tcs.rfm_score(model, age * interval '1 day', frequency, monetary)
FROM customers JOIN (SELECT population, tcs.rfm_fit(age * interval '1 day', frequency, monetary, bins) AS model
					 FROM customers GROUP BY population) f USING (population);

SELECT way, count(*) AS customers, count((s).r) AS scored,
	   count(*) FILTER (WHERE ((s).r, (s).f, (s).m) IS DISTINCT FROM (o.r, o.f, o.m)) AS differ
FROM ways JOIN oracle o USING (population, i)
GROUP BY way ORDER BY way;

-- Five bins unless given, in the window and in the fit.
SELECT count(*) FILTER (WHERE tcs.rfm_cell(a) IS DISTINCT FROM tcs.rfm_cell(b)
						   OR tcs.rfm_cell(a) IS DISTINCT FROM tcs.rfm_cell(c)) AS differ
FROM (SELECT tcs.rfm_score(age, frequency, monetary) OVER () AS a,
			 tcs.rfm_score(age, frequency, monetary, 5) OVER () AS b,
			 tcs.rfm_score((SELECT tcs.rfm_fit(age, frequency, monetary) FROM customers), age, frequency, monetary) AS c
	  FROM customers) s;

-- The formula holds for customers that are not in the population as well.
SELECT count(*) AS values,
	   count(*) FILTER (WHERE (s).r <> 5 - least(5 * younger / 7, 4)) AS r_differ,
	   count(*) FILTER (WHERE (s).f <> 1 + least(5 * below / 7, 4)) AS f_differ
FROM (SELECT v, tcs.rfm_score(model, v, v, 0) AS s,
			 (SELECT count(*) FROM unnest(ARRAY[1, 2, 2, 2, 5, 9, 9]) p WHERE p < v) AS younger,
			 (SELECT count(*) FROM unnest(ARRAY[1, 2, 2, 2, 5, 9, 9]) p WHERE p < v) AS below
	  FROM (SELECT tcs.rfm_fit(p, p, 0) AS model FROM unnest(ARRAY[1, 2, 2, 2, 5, 9, 9]) p) f,
		   generate_series(0, 10, 0.5) v) t;

-- The model, as it is stored.
SELECT jsonb_pretty(tcs.rfm_fit(i, i % 10, i * 0.1)) FROM generate_series(1, 100) i;
-- Its numbers keep all their bits.
SELECT (tcs.rfm_fit(x, x, x, 2)->'age_cuts'->>0)::float8 = x AS exact
FROM (VALUES (0.1::float8 + 0.2::float8), (1e300), (5e-324), (-1.7976931348623157e308), (123456789.123456789)) v(x)
GROUP BY x ORDER BY x;
SET extra_float_digits = -10;
SELECT tcs.rfm_fit(x, x, x, 2)->'age_cuts' AS cuts FROM (VALUES (0.1::float8 + 0.2::float8)) v(x);
RESET extra_float_digits;
SELECT tcs.rfm_fit(x, x, x) IS NULL AS nobody FROM (VALUES (NULL::float8)) v(x);

-- A model made from the business's own cuts, of different numbers.
SELECT tcs.rfm_model('{30, 90}', '{1, 3, 9}', '{100}');
SELECT age, frequency, monetary, tcs.rfm_cell(tcs.rfm_score(tcs.rfm_model('{30, 90}', '{1, 3, 9}', '{100}'), age, frequency, monetary)) AS cell
FROM (VALUES (30, 1, 100.0), (30.5, 2, 100.01), (90, 3, 0), (91, 4, -5), (0, 10, 1e9)) v(age, frequency, monetary);
SELECT * FROM tcs.rfm_explain(tcs.rfm_model('{30, 90}', '{1, 3, 3, 9}', '{100}'), 45, 2, 250);
SELECT * FROM tcs.rfm_explain(tcs.rfm_model('{30, 90}', '{1, 3, 3, 9}', '{100}'), interval '3 months 10 days', 10, 100);
SELECT count(*) AS no_rows FROM tcs.rfm_explain(tcs.rfm_model('{30}', '{1}', '{100}'), NULL::float8, 2, 250);
-- What rfm_explain says the next score needs is what it needs.
SELECT count(*) AS steps,
	   count(*) FILTER (WHERE CASE measure
			WHEN 'age' THEN (tcs.rfm_score(model, next_cut, frequency, monetary)).r = next_score
						AND (tcs.rfm_score(model, next_cut + 0.001, frequency, monetary)).r < next_score
			WHEN 'frequency' THEN (tcs.rfm_score(model, age, next_cut + 0.001, monetary)).f = next_score
						AND (tcs.rfm_score(model, age, next_cut, monetary)).f = score
			ELSE (tcs.rfm_score(model, age, frequency, next_cut + 0.001)).m = next_score
						AND (tcs.rfm_score(model, age, frequency, next_cut)).m = score END) AS right
FROM (SELECT population, tcs.rfm_fit(age, frequency, monetary, bins) AS model
	  FROM customers GROUP BY population) f
	 JOIN customers c USING (population), tcs.rfm_explain(model, age, frequency, monetary)
WHERE next_score IS NOT NULL AND i < 5;

-- Cells and segments.
SELECT tcs.rfm_cell(ROW(5, 4, 3)::tcs.rfm), tcs.rfm_cell(ROW(10, 3, 7)::tcs.rfm), tcs.rfm_cell(ROW(1, NULL, 1)::tcs.rfm) AS null_score,
	   tcs.rfm_cell(NULL) AS nothing;
SELECT tcs.rfm_cell(ROW(0, 1, 1)::tcs.rfm);
SELECT tcs.rfm_segment(ROW(5, 5, 5)::tcs.rfm), tcs.rfm_segment(ROW(6, 5, 5)::tcs.rfm) AS six, tcs.rfm_segment(ROW(0, 5, 5)::tcs.rfm) AS zero,
	   tcs.rfm_segment(ROW(NULL, 5, 5)::tcs.rfm) AS null_score, tcs.rfm_segment(NULL) AS nothing;
-- The map is an exact partition of the 125 cells, and the only one.
SELECT count(*) AS segments, sum(cardinality(cells)) AS cells FROM tcs.rfm_segments();
SELECT count(*) AS cells, count(DISTINCT cell) AS distinct_cells,
	   count(*) FILTER (WHERE segment IS DISTINCT FROM tcs.rfm_segment(ROW(left(cell, 1)::int, substr(cell, 2, 1)::int, right(cell, 1)::int)::tcs.rfm)) AS differ
FROM tcs.rfm_segments(), unnest(cells) cell WHERE cell ~ '^[1-5]{3}$';
SELECT segment, array_to_string(cells, ' ') AS cells FROM tcs.rfm_segments();

-- Overloads resolve for everything that columns have.
SELECT tcs.rfm_cell(tcs.rfm_score(d, i, i::bigint) OVER ()) AS date_int_bigint,
	   tcs.rfm_cell(tcs.rfm_score(d::timestamp, i::numeric, i::real) OVER ()) AS timestamp_numeric_real,
	   tcs.rfm_cell(tcs.rfm_score(now() - i * interval '1 day', i, i) OVER ()) AS timestamptz_int,
	   tcs.rfm_cell(tcs.rfm_score(current_date - d, i, i) OVER ()) AS integer_age,
	   tcs.rfm_cell(tcs.rfm_score(i::numeric, i::smallint, i) OVER ()) AS numeric_age,
	   tcs.rfm_cell(tcs.rfm_score(i::bigint, i, i, 3) OVER ()) AS bigint_age
FROM (SELECT i, date '2024-01-01' + i AS d FROM generate_series(1, 5) i) s;
SELECT tcs.rfm_cell(tcs.rfm_score(m, 3, 2, 1::bigint)) AS integers, tcs.rfm_cell(tcs.rfm_score(m, 3.5, 2.5, 1.5)) AS numerics,
	   tcs.rfm_cell(tcs.rfm_score(m, interval '2 days', 2, 1)) AS interval
FROM tcs.rfm_model('{2,4}', '{2,4}', '{2,4}') m;

-- Histories as they are, and their fields: the same models and scores.
CREATE TEMP TABLE history AS
SELECT i, tcs.purchase_history(date '2024-01-01' + (i * nth * 37) % 366, CASE WHEN nth % 7 = 3 THEN -1 ELSE 1 END * ((i * 13 + nth * 5) % 97)::numeric,
							   date '2025-01-01') AS h
FROM generate_series(1, 500) i, generate_series(1, 1 + i % 11) nth GROUP BY i;
SELECT tcs.rfm_fit(h) = tcs.rfm_fit((h).t - (h).t_x, (h).x + 1, (h).revenue) AS same,
	   tcs.rfm_fit(h, 10) = tcs.rfm_fit((h).t - (h).t_x, (h).x + 1, (h).revenue, 10) AS same_in_ten_bins,
	   tcs.rfm_fit(h) FILTER (WHERE false) IS NULL AS no_row,
	   tcs.rfm_fit(NULL::tcs.purchase_history) IS NULL AS no_history,
	   (tcs.rfm_fit(CASE WHEN i % 2 = 0 THEN h END) ->> 'customers')::int AS half
FROM history;
SELECT count(*) AS customers, count(DISTINCT by_history) > 20 AS many_cells,
	   count(*) FILTER (WHERE by_history IS DISTINCT FROM by_fields) AS differ
FROM (SELECT tcs.rfm_score(model, h) AS by_history, tcs.rfm_score(model, (h).t - (h).t_x, (h).x + 1, (h).revenue) AS by_fields
	  FROM history, (SELECT tcs.rfm_fit(h) AS model FROM history) m) s;
SELECT tcs.rfm_score(m, NULL::tcs.purchase_history) AS no_history, tcs.rfm_score(m, jsonb_populate_record(NULL::tcs.purchase_history, '{"x": 2, "t_x": 30, "t": 40}')) AS no_revenue
FROM tcs.rfm_model('{2,4}', '{2,4}', '{2,4}') m;
SELECT tcs.rfm_fit(jsonb_populate_record(NULL::tcs.purchase_history, '{"x": 2, "t_x": 30, "t": 40}')) IS NULL AS no_revenue;
SELECT tcs.rfm_fit(h, 1) FROM history;
SELECT tcs.rfm_fit(h, NULL) FROM history;
SELECT tcs.rfm_fit(h, 2 + i % 2) FROM history;
SELECT tcs.rfm_score(tcs.rfm_model('{2,4}', '{2,4}', '{2,4}'), jsonb_populate_record(NULL::tcs.purchase_history, '{"x": 1, "t_x": 5, "t": 4, "revenue": 1}'));
SELECT tcs.rfm_fit(jsonb_populate_record(NULL::tcs.purchase_history, '{"x": 1, "t_x": 1, "t": 4, "revenue": "Infinity"}'));
