-- One customer of the metrics view against the same customer's orders, another
-- customer each time.

\echo Measuring the metrics view

SELECT tcs.create_metrics('metrics', 'orders', 'customer_id', 'day', 'price',
	customers => 'customers', customers_key => 'customer_id') \g /dev/null

INSERT INTO way (topic, way, query, loops) VALUES
('lookup', 'tcs, metrics view', 'SELECT * FROM metrics WHERE customer = $1', 1001),
('lookup', 'SQL, the orders', 'SELECT * FROM orders WHERE customer_id = $1', 1001);

CALL measure('lookup', :repeats);

-- The pages that a query reads, once what it needs of the catalogs is known.
CREATE FUNCTION pages(query text) RETURNS float8
LANGUAGE plpgsql AS
$$
DECLARE
	plan json;
BEGIN
	FOR i IN 1 .. 2 LOOP
		EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
	END LOOP;
	plan := plan->0->'Plan';
	RETURN (plan->>'Shared Hit Blocks')::float8 + (plan->>'Shared Read Blocks')::float8;
END
$$;

CALL claim_ratio('metrics view / orders, WHERE customer = one, time',
	'lookup', 'tcs, metrics view', 'SQL, the orders', '<=', 2);
INSERT INTO claim (what, figure, unit, bound, target)
VALUES ('... pages read',
	pages('SELECT * FROM metrics WHERE customer = 42') / pages('SELECT * FROM orders WHERE customer_id = 42'),
	'×', '<=', 2);
