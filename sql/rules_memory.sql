-- Memory stays flat: over a million evaluations in a statement, and over many
-- statements in a session.
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA regress_memory;
SET search_path = regress_memory, public;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('m', 'rest');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) SELECT 'm', i, 'part ' || i, format('concat(name, x) LIKE %L AND x = %s', '%' || i || '%', i) FROM generate_series(1, 5) AS i;
CREATE FUNCTION used() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts $$;
CREATE TEMP TABLE shop AS SELECT i % 10 AS x, 'name' || i % 100 AS name FROM generate_series(1, 1000) AS i;

-- within a statement: what is used at its end, beside what is used at its start
CREATE FUNCTION used_at(last boolean) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN last THEN used() END; END $$;
SELECT count(s) AS evaluations, max(u) - min(u) < 1000000 AS flat FROM (
	SELECT tcs.segment_assign((SELECT 'm' OFFSET 0), shop) AS s, CASE WHEN n % 200 = 0 AND shop.name = 'name1' THEN used_at(true) END AS u
	FROM generate_series(1, 1000) AS n, shop) AS q;

-- over statements, each planned and compiled anew
CREATE PROCEDURE statements(n integer) LANGUAGE plpgsql AS $$ DECLARE s text; BEGIN
	FOR i IN 1..n LOOP
		EXECUTE 'SELECT tcs.segment_assign(''m'', shop) FROM shop LIMIT 1' INTO s;
		EXECUTE 'SELECT tcs.segment_assign((SELECT ''m'' OFFSET 0), shop) FROM shop LIMIT 1' INTO s;
		BEGIN
			EXECUTE 'SELECT tcs.segment_assign((SELECT ''m'' OFFSET 0), q) FROM (SELECT 1 AS y) AS q' INTO s;
		EXCEPTION WHEN undefined_column THEN NULL; END;
	END LOOP;
END $$;
CALL statements(200);
SELECT used() AS before \gset
CALL statements(5000);
SELECT used() - :before < 1000000 AS flat;

-- one call site, whose rules change
CREATE PROCEDURE changes(n integer) LANGUAGE plpgsql AS $$ DECLARE s text; r shop; BEGIN
	SELECT * INTO r FROM shop LIMIT 1;
	FOR i IN 1..n LOOP
		UPDATE tcs.rule SET description = i WHERE rule_set = 'm' AND priority = 1;
		s := tcs.segment_assign('m', r);
		EXECUTE 'SELECT tcs.segment_assign($1, $2)' INTO s USING 'm', r;
	END LOOP;
END $$;
CALL changes(50);
SELECT used() AS before \gset
CALL changes(500);
SELECT used() - :before < 1000000 AS flat;
DELETE FROM tcs.rule_set WHERE name = 'm';
DROP SCHEMA regress_memory CASCADE;
