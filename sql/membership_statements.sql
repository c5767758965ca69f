-- Mode sync and statements that do several things, or cause others.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA membership_statements;
SET search_path = membership_statements;

CREATE TABLE customers (id integer PRIMARY KEY);
CREATE TABLE orders (id integer PRIMARY KEY, customer integer, amount integer);
CREATE VIEW shopper AS SELECT customer, sum(amount) AS revenue, count(*) AS orders FROM orders GROUP BY customer;
SELECT tcs.rule_set_put('membership statements', '{"rules": [
	{"priority": 1, "segment": "odd", "condition": "revenue % 2 = 1"},
	{"priority": 2, "segment": "many", "condition": "orders > 2"}]}');
SELECT tcs.create_segmentation('seg', 'shopper', 'customer', 'membership statements', 'sync');
SELECT tcs.track_segmentation('seg', 'orders', 'customer'), tcs.track_segmentation('seg', 'customers', 'id');
SELECT tcs.process_segmentation('seg');
CREATE VIEW oracle AS
SELECT customer, CASE WHEN revenue % 2 = 1 THEN 'odd' WHEN orders > 2 THEN 'many' END AS segment FROM shopper;
CREATE VIEW wrong AS
(SELECT 'not there', * FROM oracle EXCEPT ALL SELECT 'not there', key, segment FROM seg)
UNION ALL (SELECT 'there', key, segment FROM seg EXCEPT ALL SELECT 'there', * FROM oracle)
UNION ALL SELECT 'queued', key, NULL FROM seg_queue
UNION ALL SELECT last_error, NULL, NULL FROM seg_state WHERE last_error IS NOT NULL;

-- several statements in one
WITH a AS (INSERT INTO orders VALUES (1, 1, 1), (2, 2, 1) RETURNING *), b AS (INSERT INTO orders VALUES (3, 3, 1) RETURNING *)
SELECT count(*) FROM a, b;
TABLE wrong;
WITH a AS (INSERT INTO orders VALUES (4, 4, 1)), b AS (UPDATE orders SET amount = amount + 1 WHERE id = 1), c AS (DELETE FROM orders WHERE id = 2)
SELECT;
TABLE wrong;
INSERT INTO orders VALUES (4, 5, 1), (5, 5, 1) ON CONFLICT (id) DO UPDATE SET customer = excluded.customer;
TABLE wrong;
INSERT INTO orders VALUES (4, 6, 1), (5, 6, 1) ON CONFLICT (id) DO NOTHING;
TABLE wrong;
MERGE INTO orders AS o USING (VALUES (4, 60, 2), (70, 70, 1), (1, 1, 1)) AS v (id, customer, amount) ON o.id = v.id
WHEN MATCHED AND v.id = 1 THEN DELETE
WHEN MATCHED THEN UPDATE SET customer = v.customer
WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.customer, v.amount);
TABLE wrong;

-- triggers that change the same table
CREATE FUNCTION nest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF new.id < 1000 THEN
		INSERT INTO orders VALUES (new.id + 1000, new.customer + 10, 1);
		UPDATE orders SET amount = amount + 1 WHERE customer = 70;
		DELETE FROM orders WHERE id = new.id + 999;
	END IF;
	RETURN new;
END $$;
SET search_path = membership_statements, public;
CREATE TRIGGER nest AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION nest();
INSERT INTO orders SELECT i, i, 1 FROM generate_series(10, 14) AS i;
TABLE wrong;
DROP TRIGGER nest ON orders;
CREATE TRIGGER nest BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION nest();
INSERT INTO orders SELECT i, i, 1 FROM generate_series(20, 24) AS i ON CONFLICT (id) DO UPDATE SET amount = orders.amount + 1;
TABLE wrong;
DROP TRIGGER nest ON orders;

-- parts that are undone
BEGIN;
INSERT INTO orders VALUES (50, 50, 1);
SAVEPOINT before;
INSERT INTO orders VALUES (50, 51, 1), (51, 51, 1) ON CONFLICT (id) DO UPDATE SET customer = 51;
TABLE wrong;
ROLLBACK TO SAVEPOINT before;
INSERT INTO orders VALUES (50, 52, 1), (52, 52, 1) ON CONFLICT (id) DO UPDATE SET amount = 2;
TABLE wrong;
COMMIT;
TABLE wrong;
DO $$
BEGIN
	BEGIN
		INSERT INTO orders VALUES (53, 53, 1), (53, 53, 1);
	EXCEPTION WHEN unique_violation THEN NULL;
	END;
	BEGIN
		INSERT INTO orders VALUES (54, 54, 1), (54, 54, 1) ON CONFLICT (id) DO UPDATE SET amount = 5;
	EXCEPTION WHEN cardinality_violation THEN NULL;
	END;
	INSERT INTO orders VALUES (54, 54, 1) ON CONFLICT (id) DO UPDATE SET amount = 5;
END $$;
TABLE wrong;

-- of which only a row is wanted
DO $$
DECLARE
	r record;
BEGIN
	FOR r IN INSERT INTO orders VALUES (80, 80, 1), (81, 81, 1) RETURNING * LOOP
		EXIT;
	END LOOP;
	EXECUTE 'INSERT INTO orders VALUES (90, 90, 1), (91, 91, 1) ON CONFLICT (id) DO UPDATE SET amount = 9 RETURNING id' INTO r;
END $$;
TABLE wrong;

-- from another table
INSERT INTO customers SELECT DISTINCT customer FROM orders;
ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers ON DELETE CASCADE ON UPDATE CASCADE;
DELETE FROM customers WHERE id IN (60, 20, 21);
TABLE wrong;
UPDATE customers SET id = id + 500 WHERE id > 50;
TABLE wrong;
TRUNCATE customers CASCADE;
TABLE wrong;
SELECT count(*) FROM seg;
SELECT count(*) FILTER (WHERE NOT present) > 20 AS left FROM seg_moves;
SET client_min_messages = warning;
DROP SCHEMA membership_statements CASCADE;
DELETE FROM tcs.rule_set WHERE name = 'membership statements';
