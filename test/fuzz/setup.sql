-- What fuzzed conditions are tried on, and what they must not touch.
CREATE EXTENSION tcs;
CREATE TABLE canary (a integer);
CREATE SEQUENCE counter;
CREATE FUNCTION bite(anyelement) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN INSERT INTO canary VALUES (1); RETURN true; END $$;
CREATE FUNCTION abs(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN PERFORM public.bite(1); RETURN 1; END $$;
CREATE TYPE tier AS ENUM ('low', 'high');
CREATE TABLE t (id integer, n numeric, f float8, name text, day date, at timestamptz,
	tags text[], j jsonb, ok boolean, level tier, ip inet, r int4range);
INSERT INTO t VALUES (1, 2.5, 0.5, 'a', '2024-01-02', '2024-01-02 00:00+00', '{a,b}', '{"a": [1]}', true, 'low', '10.0.0.1', '[1,5)'),
	(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO tcs.rule_set (name) VALUES ('f');
CREATE TABLE seeds (condition text);
INSERT INTO seeds VALUES ($$n >= 1000 AND id > 3$$), ($$name LIKE 'a%' OR name ~ '^[a-z]+$'$$), ($$day > now() - interval '90 days'$$),
	($$'a' = ANY (tags)$$), ($$j @> '{"a": 1}' AND j -> 'a' ->> 0 = '1'$$), ($$CASE WHEN ok THEN id ELSE 0 END IN (1, 2)$$),
	($$coalesce(n, 0) BETWEEN 1 AND 5$$), ($$level = 'high' AND (id, n) > (1, 2)$$), ($$extract(year FROM day) = 2024$$), ($$to_char(at, 'YYYY') = '2024'$$),
	($$r @> 3 AND ip << '10.0.0.0/8'$$), ($$id IN (SELECT a FROM canary)$$), ($$public.bite(1)$$), ($$bite(id)$$), ($$abs(id) = 1$$),
	($$nextval('public.counter') > 0$$), ($$nextval('counter'::regclass) > 0$$), ($$query_to_xml('SELECT public.bite(1)', true, true, '') IS NULL$$),
	($$ts_rewrite('a', 'SELECT public.bite(1)') IS NULL$$), ($$true; DELETE FROM canary$$), ($$true) OR (bite(1)$$), ($$true -- bite(1)$$), ($$id OPERATOR(public.=) 1$$),
	($$set_config('search_path', 'public', false) = ''$$), ($$pg_read_file('PG_VERSION') = ''$$), ($$concat(regclass(1259::oid), name) = ''$$), ($$(t).id = 1$$), ($$t.* IS NULL$$),
	($$$x$today$x$::date = day$$), ($$EXISTS (TABLE canary)$$), ($$lo_create(0) = 1$$), ($$pg_notify('a', 'b') IS NULL$$), ($$ARRAY[id, 2][1:2] = '{1}'$$), ($$substring(name from 1 for 2) || '' = 'a'$$);
CREATE TABLE word (i serial PRIMARY KEY, w text);
INSERT INTO word (w) SELECT DISTINCT w FROM seeds, regexp_split_to_table(condition, '\m|\M') AS w WHERE w <> '';
INSERT INTO word (w) SELECT unnest(ARRAY['(', ')', '[', ']', '''', '"', '--', '/*', '*/', ';', '$1', '$$', '::', 'NOT ', ' IS NULL', 'NULL', 'E''\', 'U&''\', ' COLLATE "C"', '::text', '::regclass', '::xml', '.', '*', ',', ' UNION SELECT ',
	' FROM t', ' OVER ()', 'VARIADIC ', ' => ', 'ROW(', 'count(', 'row_number()', 'generate_series(1,3)', 'unnest(tags)', 'random()', 'current_user', 'xmlparse(document ''<a/>'')', 'GROUPING(id)', 'pg_sleep(9)', ' AT TIME ZONE ''UTC''', '2147483648', '1e400', '-', '/0', '''NaN''', '''infinity''', chr(8), chr(160), 'ü', repeat('(', 500), repeat('-', 500)]);
INSERT INTO word (w) SELECT DISTINCT proname || '(' FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND oid::bigint % 7 = 0;

-- One condition, accepted or not, evaluated both ways in the time there is.
CREATE FUNCTION try(given text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE a text; b text; BEGIN
	BEGIN
		DELETE FROM tcs.rule WHERE rule_set = 'f';
		INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('f', 1, 'x', given);
		SELECT string_agg(coalesce(tcs.segment_assign('f', t), '-'), '' ORDER BY id) INTO a FROM t;
		SELECT string_agg(coalesce(tcs.segment_assign((SELECT 'f' OFFSET 0), t), '-'), '' ORDER BY id) INTO b FROM t;
	EXCEPTION WHEN query_canceled OR internal_error THEN RAISE EXCEPTION 'condition % : %', given, SQLERRM;
	WHEN OTHERS THEN RETURN SQLSTATE; END;
	IF a IS DISTINCT FROM b THEN RAISE EXCEPTION 'the two ways differ: % (% and %)', given, a, b; END IF;
	RETURN 'accepted';
END $$;
CREATE FUNCTION mutant() RETURNS text LANGUAGE plpgsql AS $$
DECLARE c text; other text; place integer; n integer = (SELECT max(i) FROM word); BEGIN
	SELECT condition INTO c FROM seeds ORDER BY random() LIMIT 1;
	FOR i IN 1 .. floor(random() * 4)::integer LOOP
		place := floor(random() * (length(c) + 1));
		SELECT w INTO other FROM word WHERE word.i >= random() * n ORDER BY word.i LIMIT 1;
		CASE floor(random() * 6)::integer
			WHEN 0 THEN c := left(c, place) || other || substr(c, place + 1);
			WHEN 1 THEN c := left(c, place) || substr(c, place + 1 + floor(random() * 9)::integer);
			WHEN 2 THEN c := c || (ARRAY[' AND ', ' OR ', ' = ', ' || '])[1 + floor(random() * 4)::integer] || (SELECT condition FROM seeds ORDER BY random() LIMIT 1);
			WHEN 3 THEN c := '(' || c || ') IS ' || (ARRAY['NOT TRUE', 'NULL', 'UNKNOWN', 'FALSE'])[1 + floor(random() * 4)::integer];
			WHEN 4 THEN c := left(c, place) || chr(1 + floor(random() * 126)::integer) || substr(c, place + 1);
			ELSE c := other || c || ')';
		END CASE;
	END LOOP;
	RETURN c;
END $$;
