-- Segments that are kept, against the queries that one would run instead, and
-- what it costs an order to report itself.

\echo Measuring membership

CREATE UNLOGGED TABLE member AS SELECT card.*, false AS closed FROM card;
ALTER TABLE member ADD PRIMARY KEY (customer_id);
VACUUM ANALYZE member;

-- Orders that matter survive a crash, as the members do.
ALTER TABLE orders SET LOGGED;

CREATE VIEW shopper AS
SELECT customer_id, count(*) AS purchases, sum(amount) AS revenue
FROM orders GROUP BY customer_id;

DELETE FROM tcs.rule_set WHERE name IN ('bench member', 'bench shopper');
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('bench member', 'others'), ('bench shopper', 'others');
INSERT INTO tcs.rule (rule_set, priority, segment, condition)
SELECT 'bench member', priority, segment, condition FROM tcs.rule WHERE rule_set = 'bench 12'
UNION ALL SELECT 'bench member', 0, 'closed', 'closed'
UNION ALL SELECT 'bench shopper', i, 'segment ' || i, format('revenue > %s AND purchases > %s', 3000 - 250 * i, 10 - i)
FROM generate_series(1, 10) AS i;

SELECT tcs.create_segmentation('members', 'member', 'customer_id', 'bench member');
SELECT tcs.create_segmentation('by_queue', 'shopper', 'customer_id', 'bench shopper', 'queue');
SELECT tcs.create_segmentation('by_sync', 'shopper', 'customer_id', 'bench shopper', 'sync');
VACUUM ANALYZE members, members_moves, by_queue, by_queue_moves, by_sync, by_sync_moves;

-- All of them: what has nothing to do, and one in a hundred who move.
INSERT INTO way (topic, way, query)
SELECT topic, way, query
FROM (VALUES ('membership same'), ('membership 1 % moved')) AS t (topic),
	(VALUES ('CASE and join', format('
		SELECT coalesce(s.customer_id, i.key), s.segment
		FROM (SELECT customer_id, %s AS segment FROM member) AS s FULL JOIN members AS i ON i.key = s.customer_id
		WHERE s.customer_id IS NULL OR i.key IS NULL OR i.segment IS DISTINCT FROM s.segment',
		written_case('bench member'))),
	('refresh_segmentation', 'SELECT tcs.refresh_segmentation(''members'')')) AS w (way, query);

-- By the clock: EXPLAIN would make rows dear in a query, and not in a function.
CREATE FUNCTION clock_time(query text) RETURNS float8
LANGUAGE plpgsql AS
$$
DECLARE
	begun timestamptz;
BEGIN
	begun := clock_timestamp();
	EXECUTE query;
	RETURN extract(epoch FROM clock_timestamp() - begun) * 1000;
END
$$;

CREATE PROCEDURE measure_members(of_topic text, share float8, repeats int)
LANGUAGE plpgsql AS
$$
DECLARE
	w bench.way;
BEGIN
	FOR r IN 1 .. repeats LOOP
		UPDATE bench.member SET closed = NOT closed WHERE share > 0 AND customer_id % (1 / nullif(share, 0))::int = r;
		FOR w IN SELECT * FROM bench.way WHERE topic = of_topic ORDER BY n LOOP
			INSERT INTO bench.run VALUES (w.topic, w.way, bench.clock_time(w.query));
		END LOOP;
		IF abs((SELECT moved FROM bench.members_state) - share * (SELECT count(*) FROM bench.member)) > 1 THEN
			RAISE EXCEPTION '% moved', (SELECT moved FROM bench.members_state);
		END IF;
		COMMIT;
	END LOOP;
END
$$;
CALL measure_members('membership same', 0, :repeats);
CALL measure_members('membership 1 % moved', 0.01, :repeats);

CALL claim_ratio('refresh_segmentation, nothing changed / CASE and join to the members',
	'membership same', 'refresh_segmentation', 'CASE and join', '<=', 1.5);
CALL claim_ratio('... 1 % moved',
	'membership 1 % moved', 'refresh_segmentation', 'CASE and join', '<=', 2);

-- One order: alone, with the triggers of the queue, with those of sync.
INSERT INTO way (topic, way, query) VALUES
('membership order', 'no trigger', 'INSERT of one order'),
('membership order', 'queue', 'INSERT of one order'),
('membership order', 'sync', 'INSERT of one order'),
('membership copy', 'no trigger', 'COPY of 10,000 orders'),
('membership copy', 'queue', 'COPY of 10,000 orders'),
('membership process', 'CASE', 'CASE for those keys'),
('membership process', 'process_segmentation', 'SELECT tcs.process_segmentation(''by_queue'')');

DO $$ BEGIN
	PERFORM tcs.track_segmentation('bench.by_queue', 'bench.orders', 'customer_id');
	PERFORM tcs.track_segmentation('bench.by_sync', 'bench.orders', 'customer_id');
	PERFORM tcs.process_segmentation('bench.by_queue');
	PERFORM tcs.process_segmentation('bench.by_sync');
END $$;

-- Only the triggers of one way fire.
CREATE PROCEDURE use_triggers(of_way text)
LANGUAGE plpgsql AS
$$
DECLARE
	t name;
BEGIN
	ALTER TABLE bench.orders DISABLE TRIGGER USER;
	FOR t IN SELECT tgname FROM pg_trigger
		WHERE tgrelid = 'bench.orders'::regclass AND encode(tgargs, 'escape') ~ ('by_' || of_way)
	LOOP
		EXECUTE format('ALTER TABLE bench.orders ENABLE TRIGGER %I', t);
	END LOOP;
END
$$;

CREATE PROCEDURE measure_orders(repeats int, orders int)
LANGUAGE plpgsql AS
$$
DECLARE
	customers constant bigint := (SELECT count(*) FROM bench.customers);
	w text;
	begun timestamptz;
BEGIN
	FOR r IN 1 .. repeats LOOP
		FOREACH w IN ARRAY ARRAY['no trigger', 'queue', 'sync'] LOOP
			CALL bench.use_triggers(w);
			COMMIT;
			FOR l IN 1 .. orders LOOP
				begun := clock_timestamp();
				INSERT INTO bench.orders
				VALUES ((r * 104729 + l * 7919) % customers + 1, '2025-12-31', '2025-12-31', 10, 10);
				COMMIT;
				INSERT INTO bench.run
				VALUES ('membership order', w, extract(epoch FROM clock_timestamp() - begun) * 1000);
			END LOOP;
		END LOOP;
		COMMIT;
	END LOOP;
END
$$;
CALL measure_orders(:repeats, 500);

INSERT INTO claim (what, figure, unit, bound, target)
SELECT v.what, 1000 * (a.milliseconds - b.milliseconds), 'µs', '<=', v.target
FROM (VALUES ('queue', 'one order into the log, queue: added at the median', 100),
		('sync', '... sync', 1000)) AS v (way, what, target)
JOIN timing AS a ON a.topic = 'membership order' AND a.way = v.way
JOIN timing AS b ON b.topic = 'membership order' AND b.way = 'no trigger'
ORDER BY v.target;

-- Many orders at once, and the queue they leave.
CREATE PROCEDURE measure_copy(repeats int, orders int)
LANGUAGE plpgsql AS
$$
DECLARE
	customers constant bigint := (SELECT count(*) FROM bench.customers);
	file constant text := current_setting('data_directory') || '/bench_orders';
	case_of constant text := bench.written_case('bench shopper');
	keys bigint[];
	processed bigint;
	w text;
	begun timestamptz;
BEGIN
	FOR r IN 1 .. repeats LOOP
		EXECUTE format('COPY (SELECT (%s + l * 7919) %% %s + 1, timestamptz ''2025-12-31'', date ''2025-12-31'', 10, 10
			FROM generate_series(1, %s) AS l) TO %L', r * 104729, customers, orders, file);
		FOREACH w IN ARRAY ARRAY['no trigger', 'queue'] LOOP
			CALL bench.use_triggers(w);
			COMMIT;
			begun := clock_timestamp();
			EXECUTE format('COPY bench.orders FROM %L', file);
			COMMIT;
			INSERT INTO bench.run
			VALUES ('membership copy', w, extract(epoch FROM clock_timestamp() - begun) * 1000);
		END LOOP;

		keys := ARRAY(SELECT DISTINCT key FROM bench.by_queue_queue ORDER BY key);
		IF cardinality(keys) < least(orders, customers) / 2 THEN
			RAISE EXCEPTION 'only % customers are queued', cardinality(keys);
		END IF;
		INSERT INTO bench.run
		VALUES ('membership process', 'CASE', bench.clock_time(format(
			'SELECT customer_id, %s FROM bench.shopper WHERE customer_id = ANY (%L::bigint[])', case_of, keys)));
		COMMIT;
		begun := clock_timestamp();
		processed := tcs.process_segmentation('bench.by_queue');
		COMMIT;
		INSERT INTO bench.run
		VALUES ('membership process', 'process_segmentation', extract(epoch FROM clock_timestamp() - begun) * 1000);
		IF processed <> cardinality(keys) THEN
			RAISE EXCEPTION '% customers were processed, and % queued', processed, cardinality(keys);
		END IF;
		COMMIT;
	END LOOP;
	EXECUTE format('COPY (SELECT WHERE false) TO %L', file);
END
$$;
CALL use_triggers('none');
SELECT tcs.process_segmentation('by_queue') IS NOT NULL AS processed;
VACUUM ANALYZE orders, by_queue, by_queue_queue;
CALL measure_copy(:repeats, 10000);

CALL claim_ratio('COPY of 10,000 orders, queue / without triggers',
	'membership copy', 'queue', 'no trigger', '<=', 1.2);
CALL claim_ratio('process_segmentation of 10,000 customers / CASE for those',
	'membership process', 'process_segmentation', 'CASE', '<=', 2);

-- All came to the same.
DO
$$
DECLARE
	differing bigint;
BEGIN
	CALL bench.use_triggers('none');
	PERFORM tcs.refresh_segmentation('bench.by_queue');
	PERFORM tcs.refresh_segmentation('bench.by_sync');
	EXECUTE format('SELECT count(*) FROM (
		(SELECT customer_id, %1$s FROM bench.shopper EXCEPT SELECT key, segment FROM bench.by_queue) UNION ALL
		(SELECT customer_id, %1$s FROM bench.shopper EXCEPT SELECT key, segment FROM bench.by_sync) UNION ALL
		(SELECT customer_id, %2$s FROM bench.member EXCEPT SELECT key, segment FROM bench.members)) AS d',
		bench.written_case('bench shopper'), bench.written_case('bench member')) INTO differing;
	IF differing > 0 THEN
		RAISE EXCEPTION '% members are wrong', differing;
	END IF;
END
$$;
