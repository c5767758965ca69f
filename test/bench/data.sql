-- A log of two years in the order in which it came in, and what is made of it.
-- How often customers buy differs as widely as in a shop (gamma distributed with
-- shape 1/2), and so does what they spend.

\echo Making a log of :customers customers and about :orders orders

CREATE UNLOGGED TABLE habit AS
SELECT customer_id, stream,
	700 * uniform(stream, 0) AS joined,
	ln(3200) + 0.55 * normal(stream, 1) AS spend_level,
	1 + floor((:orders::float8 / :customers - 0.5) * normal(stream, 3) ^ 2)::int AS orders
FROM (SELECT customer_id, hashint8extended(customer_id, 1) AS stream
	FROM generate_series(1, :customers::bigint) AS customer_id) AS c;

SET max_parallel_workers_per_gather = 2;
SET parallel_tuple_cost = 0;

CREATE UNLOGGED TABLE orders AS
SELECT customer_id, at,
	(at AT TIME ZONE 'Europe/Berlin')::date AS day,
	price::float8 AS amount,
	price
FROM (SELECT customer_id,
		to_timestamp(1704063600 + 86400 * (joined + (730 - joined) * uniform(stream, nth * 4))) AS at,
		(CASE WHEN uniform(stream, nth * 4 + 1) < 0.03 THEN -0.01 ELSE 0.01 END
			* ceil(exp(spend_level + 0.45 * normal(stream, nth * 4 + 2)))::bigint)::numeric(12,2) AS price
	FROM habit
	CROSS JOIN LATERAL generate_series(2, orders + 1) AS nth
	OFFSET 0) AS o
ORDER BY at;

SET max_parallel_workers_per_gather = 0;
RESET parallel_tuple_cost;

CREATE INDEX ON orders (customer_id);
VACUUM ANALYZE orders;

CREATE UNLOGGED TABLE customers AS SELECT customer_id FROM habit;
ALTER TABLE customers ADD PRIMARY KEY (customer_id);

CREATE TABLE orders_by_hash (LIKE orders) PARTITION BY HASH (customer_id);
SELECT format('CREATE UNLOGGED TABLE orders_by_hash_%s PARTITION OF orders_by_hash
	FOR VALUES WITH (MODULUS 8, REMAINDER %s)', r, r)
FROM generate_series(0, 7) AS r \gexec
INSERT INTO orders_by_hash SELECT * FROM orders;

CREATE UNLOGGED TABLE history AS
SELECT customer_id, (date '2025-12-31' - max(day))::float8 AS age,
	count(*)::float8 AS frequency, sum(amount) AS monetary
FROM orders
GROUP BY customer_id;

VACUUM ANALYZE customers, orders_by_hash, history;

SELECT (SELECT count(*) FROM customers) AS customers, (SELECT count(*) FROM orders) AS orders,
	pg_size_pretty(pg_table_size('orders')) AS log, :'repeats' AS repeats,
	current_setting('work_mem') AS work_mem, current_setting('server_version') AS server;
