-- Many rows at once: their keys go into the queue without a statement, and with
-- one where the queue is not as it was made.  Both are to queue the same.
CREATE SCHEMA queue_rows;
SET search_path = queue_rows;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('queue rows', 'few');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('queue rows', 1, 'many', 'orders > 1');

CREATE TABLE numbered (customer integer, day date);
CREATE TABLE named (customer varchar(40), day date);
CREATE VIEW by_number AS SELECT customer::bigint AS customer, count(*) AS orders FROM numbered WHERE customer IS NOT NULL GROUP BY customer;
CREATE VIEW by_small AS SELECT customer::smallint AS customer, count(*) AS orders FROM numbered
	WHERE customer BETWEEN -32768 AND 32767 GROUP BY customer;
CREATE VIEW by_name AS SELECT customer::text AS customer, count(*) AS orders FROM named WHERE customer IS NOT NULL GROUP BY 1;
SELECT tcs.create_segmentation('big', 'by_number', 'customer', 'queue rows');
SELECT tcs.create_segmentation('small', 'by_small', 'customer', 'queue rows');
SELECT tcs.create_segmentation('text', 'by_name', 'customer', 'queue rows');
SELECT tcs.track_segmentation('big', 'numbered', 'customer') AS big,
	tcs.track_segmentation('small', 'numbered', 'customer') AS small,
	tcs.track_segmentation('text', 'named', 'customer') AS text;

SELECT tcs.process_segmentation('big') + tcs.process_segmentation('small') + tcs.process_segmentation('text') AS customers;

-- each key once, with one number and time for all; NULL is nobody, and so is what is no smallint
INSERT INTO numbered SELECT nullif(i % 150, 7) * 1000 FROM generate_series(1, 1000) AS i;
INSERT INTO named SELECT 'customer ' || i % 300 || repeat('x', i % 20) FROM generate_series(1, 5000) AS i;
SELECT count(*), count(DISTINCT key) AS keys, min(key), max(key), count(DISTINCT id) AS ids, count(DISTINCT queued_at) AS times FROM big_queue;
SELECT count(*), count(DISTINCT key) AS keys, min(key), max(key) FROM small_queue;
SELECT count(*) = (SELECT count(DISTINCT customer) FROM named) AS each_once FROM text_queue;
SELECT tcs.process_segmentation('big') AS big, tcs.process_segmentation('small') AS small,
	tcs.process_segmentation('text') = (SELECT count(DISTINCT customer) FROM named) AS text;
SELECT segment, count(*) FROM big GROUP BY 1;

-- old and new keys of an update, and those of a delete
UPDATE numbered SET customer = customer + 1 WHERE customer < 10000;
SELECT count(*), count(DISTINCT key) AS keys, count(*) FILTER (WHERE key % 1000 = 1) AS new FROM big_queue;
SELECT tcs.process_segmentation('big') AS big, tcs.process_segmentation('small') AS small;
DELETE FROM numbered WHERE customer >= 100000;
SELECT count(*), count(DISTINCT key) AS keys FROM big_queue;
SELECT tcs.process_segmentation('big') AS big;
SELECT count(*) AS differing
FROM big FULL JOIN by_number AS s ON s.customer = big.key
WHERE big.segment IS DISTINCT FROM CASE WHEN s.orders > 1 THEN 'many' ELSE 'few' END OR s.customer IS NULL;

-- what the owner added to a queue is heeded
CREATE UNIQUE INDEX one ON big_queue (key);
INSERT INTO numbered SELECT i FROM generate_series(1, 500) AS i;
SELECT count(*) FROM big_queue;
SET enable_seqscan = off;
SELECT count(*) FROM big_queue WHERE key = 77;
RESET enable_seqscan;
DROP INDEX one;
DELETE FROM big_queue;
ALTER TABLE big_queue ADD CHECK (key <> 77);
INSERT INTO numbered SELECT i FROM generate_series(1, 500) AS i;
SELECT count(*) FROM big_queue;
ALTER TABLE big_queue DROP CONSTRAINT big_queue_key_check;
CREATE FUNCTION halve() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN NEW.key % 2 = 0 THEN NEW END; END $$;
CREATE TRIGGER halve BEFORE INSERT ON big_queue FOR EACH ROW EXECUTE FUNCTION queue_rows.halve();
INSERT INTO numbered SELECT i FROM generate_series(1, 500) AS i;
SELECT count(*) FROM big_queue;
DROP TRIGGER halve ON big_queue;

-- and so is what was added to the table
SELECT tcs.refresh_segmentation('big') IS NOT NULL AS refreshed;
CREATE TABLE log (key bigint, segment text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO queue_rows.log VALUES (NEW.key, NEW.segment); RETURN NULL; END $$;
CREATE TRIGGER note AFTER UPDATE ON big FOR EACH ROW WHEN (OLD.segment IS DISTINCT FROM NEW.segment) EXECUTE FUNCTION note();
DELETE FROM numbered WHERE customer BETWEEN 1 AND 500;
INSERT INTO numbered SELECT i FROM generate_series(1, 200) AS i;
SELECT tcs.process_segmentation('big');
SELECT segment, count(*) FROM log GROUP BY 1;
SELECT count(*) AS differing
FROM big FULL JOIN by_number AS s ON s.customer = big.key
WHERE big.segment IS DISTINCT FROM CASE WHEN s.orders > 1 THEN 'many' ELSE 'few' END OR s.customer IS NULL;

SET client_min_messages = warning;
DROP SCHEMA queue_rows CASCADE;
DELETE FROM tcs.rule_set WHERE name = 'queue rows';
