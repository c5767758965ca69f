-- A metrics view whose histories are kept: read, against the log and against the
-- table beneath; and what keeping them costs those who write orders.

\echo Measuring kept metrics

SET client_min_messages = warning;
CREATE TABLE kept_orders AS SELECT customer_id, day, price FROM orders;
CREATE INDEX ON kept_orders (customer_id);
CREATE TABLE plain_orders AS TABLE kept_orders;
CREATE INDEX ON plain_orders (customer_id);
VACUUM ANALYZE kept_orders, plain_orders;
SELECT tcs.create_metrics('shop', 'kept_orders', 'customer_id', 'day', 'price') \g /dev/null
SELECT tcs.keep_metrics('shop') \g /dev/null
SELECT tcs.track_segmentation('shop', 'kept_orders', 'customer_id') \g /dev/null
SELECT tcs.process_segmentation('shop') \g /dev/null
RESET client_min_messages;
VACUUM ANALYZE shop_kept, shop_kept_queue;

INSERT INTO way (topic, way, query, loops) VALUES
('kept', 'the table', 'SELECT * FROM shop_kept', 1),
('kept', 'kept', 'SELECT * FROM shop', 1),
('kept', 'log', 'SELECT * FROM shop_log', 1),
('kept segments', 'kept', 'SELECT rfm_segment, count(*) FROM shop GROUP BY rfm_segment', 1),
('kept segments', 'log', 'SELECT rfm_segment, count(*) FROM shop_log GROUP BY rfm_segment', 1),
('kept one', 'kept', 'SELECT * FROM shop WHERE customer = $1', 1001),
('kept insert', 'no trigger', 'INSERT of 100 orders', 1),
('kept insert', 'queue', 'INSERT of 100 orders', 1),
('kept insert', 'sync', 'INSERT of one order', 1),
('kept process', 'process', 'SELECT tcs.process_segmentation(''shop'')', 1);
CALL measure('kept', :repeats);
CALL measure('kept segments', :repeats);
CALL measure('kept one', :repeats);

CREATE PROCEDURE measure_kept_insert(of_way text, of_table regclass, rows int, statements int)
LANGUAGE plpgsql AS
$$
DECLARE
	customers constant bigint := (SELECT count(*) FROM bench.customers);
	begun timestamptz;
BEGIN
	FOR s IN 1 .. statements LOOP
		begun := clock_timestamp();
		EXECUTE format('INSERT INTO %s SELECT ($1 + i)::bigint * 7919 %% $2 + 1, DATE ''2025-06-01'', 20 FROM generate_series(1, $3) AS i', of_table)
			USING s * 1000, customers, rows;
		COMMIT;
		INSERT INTO bench.run VALUES ('kept insert', of_way, extract(epoch FROM clock_timestamp() - begun) * 1000);
		COMMIT;
	END LOOP;
END
$$;
CALL measure_kept_insert('no trigger', 'plain_orders', 100, 300);
CALL measure_kept_insert('queue', 'kept_orders', 100, 300);

CREATE PROCEDURE measure_kept_process(repeats int)
LANGUAGE plpgsql AS
$$
DECLARE
	customers constant bigint := (SELECT count(*) FROM bench.customers);
	begun timestamptz;
BEGIN
	FOR r IN 1 .. repeats LOOP
		DELETE FROM bench.shop_kept_queue;
		INSERT INTO bench.kept_orders SELECT i * 97 % customers + 1, DATE '2025-06-02', r FROM generate_series(1, 10000) AS i;
		COMMIT;
		begun := clock_timestamp();
		PERFORM tcs.process_segmentation('bench.shop');
		COMMIT;
		INSERT INTO bench.run VALUES ('kept process', 'process', extract(epoch FROM clock_timestamp() - begun) * 1000);
		COMMIT;
	END LOOP;
END
$$;
CALL measure_kept_process(:repeats);

UPDATE shop_kept_state SET mode = 'sync';
SELECT tcs.track_segmentation('shop', 'kept_orders', 'customer_id') \g /dev/null
SELECT tcs.process_segmentation('shop') \g /dev/null
CALL measure_kept_insert('sync', 'kept_orders', 1, 300);

INSERT INTO claim (what, figure, unit, bound, target)
SELECT 'metrics view over kept histories, all columns, above reading the table', (a.milliseconds - b.milliseconds) / 1000, ' s', '<=', 3
FROM timing AS a, timing AS b WHERE a.topic = 'kept' AND a.way = 'kept' AND b.topic = 'kept' AND b.way = 'the table';
INSERT INTO claim (what, figure, unit, bound, target)
SELECT what, milliseconds / divisor, unit, '<=', target
FROM timing JOIN (VALUES
	('kept segments', 'kept', '... GROUP BY rfm_segment', 1000, ' s', 1),
	('kept one', 'kept', '... one customer', 1, ' ms', 0.3),
	('kept process', 'process', 'process_segmentation of 10,000 customers, kept histories', 1000, ' s', 1.5),
	('kept insert', 'sync', 'INSERT of one order, kept histories in mode sync', 1, ' ms', 1)) AS c (topic, way, what, divisor, unit, target) USING (topic, way);
CALL claim_ratio('INSERT of 100 orders, kept histories in mode queue / not tracked',
	'kept insert', 'queue', 'no trigger', '<=', 1.15);

-- All came to the same.
DO
$$
BEGIN
	IF EXISTS (SELECT * FROM bench.shop EXCEPT ALL SELECT * FROM bench.shop_log) THEN
		RAISE EXCEPTION 'what is kept is wrong';
	END IF;
END
$$;
