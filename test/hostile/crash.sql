-- What test/hostile/crash.pl writes to, and the plain queries that segments have
-- to agree with.
SET client_min_messages = error;
CREATE EXTENSION tcs;
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer integer NOT NULL, amount numeric NOT NULL, note text UNIQUE);
CREATE TABLE header (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer integer NOT NULL);
CREATE TABLE line (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, header bigint NOT NULL REFERENCES header ON DELETE CASCADE, amount numeric NOT NULL);
CREATE INDEX ON orders (customer);
CREATE INDEX ON header (customer);
CREATE INDEX ON line (header);
CREATE TABLE touched (at timestamptz DEFAULT now());
INSERT INTO orders (customer, amount) SELECT 1 + i % 400, i * 37 % 100 FROM generate_series(1, 1000) AS i;
INSERT INTO header (customer) SELECT 1 + i % 400 FROM generate_series(1, 500) AS i;
INSERT INTO line (header, amount) SELECT 1 + i % 500, i * 37 % 100 FROM generate_series(1, 1000) AS i;
CREATE VIEW of_orders AS SELECT customer, sum(amount) AS revenue FROM orders GROUP BY customer;
CREATE VIEW of_lines AS SELECT h.customer, sum(l.amount) AS revenue FROM header AS h JOIN line AS l ON l.header = h.id GROUP BY h.customer;
SELECT tcs.rule_set_put('s', '{"default_segment": "none", "rules": [{"priority": 1, "segment": "big", "condition": "revenue > 150"}, {"priority": 2, "segment": "small", "condition": "revenue > 50"}]}');
SELECT tcs.create_segmentation('by_sync', 'of_orders', 'customer', 's', 'sync');
SELECT tcs.create_segmentation('by_queue', 'of_orders', 'customer', 's', 'queue');
SELECT tcs.create_segmentation('by_lines', 'of_lines', 'customer', 's', 'sync');
SELECT tcs.track_segmentation('by_sync', 'orders', 'customer');
SELECT tcs.track_segmentation('by_queue', 'orders', 'customer');
SELECT tcs.track_segmentation('by_lines', 'line', 'customer', 'header');

-- What is not as it should be with a segmentation, or with its moves; '': all is.
CREATE FUNCTION wrong(what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	name text = split_part(what, ' ', 1);
	source text = CASE name WHEN 'by_lines' THEN 'of_lines' ELSE 'of_orders' END;
	found text;
BEGIN
	IF what NOT LIKE '% moves' THEN
		EXECUTE format($q$
			SELECT string_agg(format('customer %%s is in %%s and should be in %%s', d.key, d.segment, d.should), '; ') FROM (
				SELECT key, i.segment, s.segment AS should FROM %I AS i FULL JOIN (SELECT customer AS key, tcs.segment_assign('s', v) AS segment FROM %I AS v) AS s USING (key)
				WHERE i.key IS NULL OR s.key IS NULL OR i.segment IS DISTINCT FROM s.segment LIMIT 5) AS d $q$, name, source) INTO found;
		RETURN coalesce(found, '');
	END IF;

	EXECUTE format($q$
		SELECT string_agg(format('moves of %%s: %%s', key, m), '; ') FROM (
			SELECT key, string_agg(concat_ws(' ', from_segment, '->', to_segment, entered, present, moved_at), ', ' ORDER BY id) AS m
			FROM (SELECT *, lag(to_segment) OVER w AS to_before, lag(present) OVER w AS present_before, lag(moved_at) OVER w AS before
				FROM %I WINDOW w AS (PARTITION BY key ORDER BY id)) AS c
			GROUP BY key
			HAVING bool_or(CASE WHEN coalesce(present_before, false) THEN entered OR from_segment IS DISTINCT FROM to_before ELSE NOT entered END OR moved_at <= before) LIMIT 5) AS d $q$, name || '_moves') INTO found;
	IF found IS NOT NULL THEN
		RETURN found;
	END IF;
	EXECUTE format($q$
		SELECT string_agg(format('the last move of %%s leads to %%s, the table says %%s', key, to_segment, segment), '; ') FROM (
			SELECT key, m.to_segment, i.segment FROM %I AS i FULL JOIN (SELECT DISTINCT ON (key) * FROM %I ORDER BY key, id DESC) AS m USING (key)
			WHERE i.key IS NULL AND m.present OR m.key IS NULL OR i.key IS NOT NULL AND (NOT m.present OR (m.to_segment, m.moved_at) IS DISTINCT FROM (i.segment, i.since)) LIMIT 5) AS d $q$,
		name, name || '_moves') INTO found;
	RETURN coalesce(found, '');
END $$;
