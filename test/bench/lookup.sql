-- One customer of the metrics view against the same customer's orders.

\echo Measuring the metrics view

SELECT tcs.create_metrics('metrics', 'orders', 'customer_id', 'day', 'price',
	customers => 'customers', customers_key => 'customer_id') \g /dev/null

INSERT INTO way (topic, way, query, loops) VALUES
('lookup', 'tcs, metrics view', 'SELECT * FROM metrics WHERE customer = 42', 1001),
('lookup', 'SQL, the orders', 'SELECT * FROM orders WHERE customer_id = 42', 1001);

CALL measure('lookup', :repeats);

CALL claim_ratio('metrics view / orders, WHERE customer = 42',
	'lookup', 'tcs, metrics view', 'SQL, the orders', '<=', 2);
