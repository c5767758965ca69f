-- What it costs an order with three lines that its customer is looked at again
-- when it commits: with the triggers that do so, and without them.

\echo Measuring the second look

CREATE TABLE sale (sale_id bigint PRIMARY KEY, customer_id bigint NOT NULL, at timestamptz NOT NULL);
CREATE TABLE sale_line (sale_id bigint NOT NULL REFERENCES sale, line int, amount numeric NOT NULL, PRIMARY KEY (sale_id, line));
INSERT INTO sale SELECT i, i % (SELECT count(*) FROM customers) + 1, '2025-01-01' FROM generate_series(1, (SELECT count(*) FROM customers)) AS i;
INSERT INTO sale_line SELECT sale_id, line, 10 * line FROM sale, generate_series(1, 3) AS line;
CREATE INDEX ON sale (customer_id);
CREATE VIEW buyer AS
SELECT s.customer_id, count(DISTINCT s.sale_id) AS purchases, sum(l.amount) AS revenue
FROM sale AS s JOIN sale_line AS l USING (sale_id) GROUP BY s.customer_id;
VACUUM ANALYZE sale, sale_line;

SELECT tcs.create_segmentation('buyers', 'buyer', 'customer_id', 'bench shopper', 'sync');
DO $$ BEGIN
	PERFORM tcs.track_segmentation('bench.buyers', 'bench.sale', 'customer_id');
	PERFORM tcs.process_segmentation('bench.buyers');
END $$;
VACUUM ANALYZE buyers, buyers_moves;

INSERT INTO way (topic, way, query) VALUES
('second look', 'once', 'an order with three lines'),
('second look', 'again', 'an order with three lines');

CREATE PROCEDURE use_second_look(of_way text)
LANGUAGE plpgsql AS
$$
DECLARE
	t name;
BEGIN
	FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'bench.sale'::regclass AND tgname ~ '_commit$' LOOP
		EXECUTE format('ALTER TABLE bench.sale %s TRIGGER %I', CASE of_way WHEN 'again' THEN 'ENABLE' ELSE 'DISABLE' END, t);
	END LOOP;
END
$$;

CREATE PROCEDURE measure_second_look(repeats int, blocks int, orders int)
LANGUAGE plpgsql AS
$$
DECLARE
	customers constant bigint := (SELECT count(*) FROM bench.customers);
	next_sale bigint := (SELECT max(sale_id) FROM bench.sale);
	w text;
	begun timestamptz;
BEGIN
	FOR b IN 1 .. repeats * blocks LOOP
		FOREACH w IN ARRAY ARRAY['once', 'again'] LOOP
			CALL bench.use_second_look(w);
			COMMIT;
			FOR l IN 1 .. orders LOOP
				next_sale := next_sale + 1;
				begun := clock_timestamp();
				INSERT INTO bench.sale VALUES (next_sale, next_sale * 7919 % customers + 1, '2025-12-31');
				INSERT INTO bench.sale_line VALUES (next_sale, 1, 10);
				INSERT INTO bench.sale_line VALUES (next_sale, 2, 20);
				INSERT INTO bench.sale_line VALUES (next_sale, 3, 30);
				COMMIT;
				-- the first of a block make their plans anew
				IF l > 5 THEN
					INSERT INTO bench.run VALUES ('second look', w, extract(epoch FROM clock_timestamp() - begun) * 1000);
				END IF;
			END LOOP;
		END LOOP;
		COMMIT;
	END LOOP;
END
$$;
CALL measure_second_look(:repeats, 10, 50);

CALL claim_ratio('an order with three lines in four statements, sync: looked at again at commit / once',
	'second look', 'again', 'once', '<=', 1.3);

-- All came to the same: who was looked at once needs a refresh.
DO
$$
BEGIN
	PERFORM tcs.refresh_segmentation('bench.buyers');
	IF EXISTS (SELECT customer_id, tcs.segment_assign('bench shopper', b) FROM bench.buyer AS b EXCEPT SELECT key, segment FROM bench.buyers) THEN
		RAISE EXCEPTION 'members are wrong';
	END IF;
END
$$;
