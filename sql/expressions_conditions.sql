-- Conditions: what must work as typed, and what must be refused.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA regress_conditions;
SET search_path = regress_conditions, public;

CREATE TYPE tier AS ENUM ('bronze', 'silver', 'gold');
CREATE TYPE address AS (street text, zip integer);
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE DOMAIN points AS numeric(10, 2) CHECK (VALUE >= 0);
CREATE DOMAIN ladder AS tier;
CREATE TYPE floats AS RANGE (subtype = float8);
CREATE TABLE customer (
	id integer PRIMARY KEY, name text, city varchar(20), code char(4), mail email, spent points, level tier, step ladder, levels tier[],
	revenue numeric, score float8, orders bigint, visits smallint, active boolean,
	last_day date, first_day date, last_at timestamptz, seen_at timestamp, opens time, span interval,
	tags text[], amounts integer[], profile jsonb, raw json, valid daterange, bounds int4range, gaps int4multirange,
	ip inet, net cidr, mac macaddr, key uuid, bits bit(4), bytes bytea, price money, words tsvector, place point,
	home address, "Mixed Case" integer, "select" integer, spread floats, cv float8, doc xml, rel regclass);
INSERT INTO customer
SELECT i, (ARRAY['Anna', 'bert', 'Çelik', 'O''Hara', '100% Dan', 'eva_1', NULL])[1 + i % 7], (ARRAY['Berlin', 'berlin', 'Paris', 'Rome'])[1 + i % 4], 'c' || i % 3,
	'u' || i || '@' || (ARRAY['a.com', 'b.org'])[1 + i % 2], CASE WHEN i % 9 > 0 THEN i * 1.5 END, (ARRAY['bronze', 'silver', 'gold', NULL])[1 + i % 4]::tier,
	(ARRAY['bronze', 'silver', 'gold'])[1 + i % 3]::tier, ARRAY[(ARRAY['bronze', 'silver', 'gold'])[1 + i % 3]]::tier[],
	CASE WHEN i % 11 > 0 THEN i * 13.37 - 100 END, CASE i % 10 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' ELSE i / 7.0 END, i % 20, i % 5, (ARRAY[true, false, NULL])[1 + i % 3],
	current_date - i * 3, date '2023-01-15' + i * 5, now() - (i - 1) * interval '29 hours', timestamp '2024-02-28 23:30' + i * interval '7 hours',
		time '08:00' + i * interval '11 minutes', i * interval '1 day 2 hours',
	CASE WHEN i % 6 > 0 THEN ARRAY['t' || i % 4, 'vip', NULL] END, ARRAY[i % 5, i % 7, i],
		jsonb_build_object('plan', (ARRAY['free', 'pro'])[1 + i % 2], 'n', i, 'opt', CASE i % 3 WHEN 0 THEN true WHEN 1 THEN false END, 'list',
		jsonb_build_array(i % 3, 'x')), json_build_object('n', i),
	daterange(date '2024-01-01' + i, date '2024-01-01' + i * 2 + 1), int4range(i, i + 10), int4multirange(int4range(i, i + 2), int4range(i + 5, i + 6)),
	('10.0.' || i % 4 || '.' || i)::inet, ('10.' || i || '.0.0/16')::cidr, ('08:00:2b:01:02:' || to_char(i % 90 + 10, 'FM00'))::macaddr,
		md5(i::text)::uuid, (i % 16)::bit(4), decode(md5(i::text), 'hex'), i::numeric::money, to_tsvector('simple', 'word' || i % 5 || ' other'),
		point(i, -i),
	CASE WHEN i % 8 > 0 THEN ROW('street ' || i, i)::address END, i % 3, i % 4, floats(i, i + 1), CASE WHEN i % 12 > 0 THEN i / 60.0 END,
		CASE WHEN i % 5 > 0 THEN '<a/>'::xml END, CASE WHEN i % 5 > 0 THEN 'pg_class'::regclass END
FROM generate_series(1, 120) AS i;

-- session: may depend on the session's TimeZone or DateStyle.
CREATE TABLE allowed (id serial, session boolean DEFAULT false, condition text);
INSERT INTO allowed (condition) VALUES
	($$revenue >= 1000$$), ($$revenue > 500 AND orders > 5 OR visits = 1$$), ($$NOT active$$), ($$active$$), ($$active IS NOT TRUE$$), ($$active IS UNKNOWN$$), ($$(revenue > 0) IS FALSE$$),
	($$name LIKE '%a%'$$), ($$name NOT LIKE 'A%'$$), ($$name LIKE '100\%%'$$), ($$name LIKE 'eva#_%' ESCAPE '#'$$), ($$name ILIKE 'ANNA'$$),
		($$name ~ '^[A-Z]'$$), ($$name ~* '^b'$$), ($$name !~ 'a'$$), ($$name SIMILAR TO '(A|b)%'$$), ($$name = 'O''Hara'$$), ($$name = 'Çelik'$$),
	($$city IN ('Berlin', 'Paris')$$), ($$city NOT IN ('Rome')$$), ($$orders IN (1, 2, 3)$$), ($$level IN ('silver', 'gold')$$),
		($$revenue BETWEEN 100 AND 200$$), ($$revenue NOT BETWEEN 100 AND 200$$), ($$revenue BETWEEN SYMMETRIC 200 AND 100$$),
	($$city = ANY ('{Berlin,Rome}')$$), ($$city = ANY (ARRAY['Berlin', 'Rome'])$$), ($$orders > ALL (ARRAY[1, 5])$$), ($$'vip' = ANY (tags)$$),
		($$COALESCE(revenue, 0) > 100$$), ($$NULLIF(city, 'Rome') IS NULL$$), ($$COALESCE(mail, 'none') = 'u1@b.org'$$),
	($$CASE WHEN revenue > 500 THEN 'a' WHEN revenue > 100 THEN 'b' ELSE 'c' END = 'b'$$),
		($$CASE city WHEN 'Berlin' THEN 1 WHEN 'Rome' THEN 2 END = 2$$), ($$level IS DISTINCT FROM 'gold'$$), ($$active IS NOT DISTINCT FROM NULL$$),
		($$revenue IS NULL$$), ($$name IS NOT NULL$$),
	($$profile ->> 'plan' = 'pro'$$), ($$profile -> 'list' -> 0 = '1'$$), ($$profile @> '{"plan": "pro"}'$$), ($$profile ? 'opt' AND id > 9$$),
		($$profile ?| ARRAY['a', 'plan'] AND id > 3$$), ($$profile #>> '{list,0}' = '2'$$), ($$profile @? '$.list[*] ? (@ == 1)'$$),
		($$profile @@ '$.n > 50'$$), ($$jsonb_path_exists(profile, '$.n ? (@ > 50)')$$), ($$(profile ->> 'n')::int > 50$$),
		($$profile['plan'] = '"free"'$$), ($$(profile ->> 'opt')::boolean$$), ($$jsonb_array_length(profile -> 'list') = 2 AND id < 9$$),
		($$raw ->> 'n' = '7'$$), ($$jsonb_typeof(profile -> 'opt') = 'null'$$),
	($$tags && ARRAY['t1', 't2']$$), ($$tags @> ARRAY['t1']$$), ($$amounts[1] = 3$$), ($$amounts[1:2] = ARRAY[1, 1]$$), ($$cardinality(tags) = 3$$),
		($$array_length(amounts, 1) = 3 AND amounts[3] < 9$$), ($$array_position(tags, 'vip') = 2$$), ($$array_to_string(tags, ',') LIKE 't1%'$$),
	($$levels @> '{gold}'$$), ($$'gold' = ANY (levels)$$), ($$valid @> date '2024-02-01'$$), ($$valid && daterange('2024-02-01', '2024-02-03')$$),
		($$lower(bounds) > 50$$), ($$upper(bounds) < 50$$), ($$gaps @> 20$$), ($$isempty(bounds * int4range(1, 5))$$),
	($$level = 'gold'$$), ($$level > 'bronze'$$), ($$level::text LIKE 's%'$$), ($$step::text = 'gold'$$), ($$first_day >= '2024-01-01'$$),
		($$first_day BETWEEN date '2023-06-01' AND '2023-12-31'$$), ($$extract(month FROM first_day) = 5$$),
		($$extract(dow FROM first_day) IN (0, 6)$$), ($$date_part('year', first_day) = 2024$$), ($$date_trunc('month', seen_at) = '2024-03-01'$$),
		($$to_char(first_day, 'YYYY-MM') = '2023-07'$$), ($$seen_at::date = '2024-03-01'$$), ($$age(seen_at, '2024-02-01') > interval '1 mon'$$),
		($$first_day + 30 > '2024-01-01'$$), ($$first_day + make_interval(days => 10) > '2024-01-01'$$),
		($$(first_day, interval '10 days') OVERLAPS (date '2023-06-01', date '2023-07-01')$$),
		($$seen_at AT TIME ZONE 'Europe/Berlin' > '2024-03-10 00:00+00'$$), ($$span > interval '40 days'$$), ($$justify_hours(span) > '40 days'$$),
		($$opens > '20:00'$$), ($$last_at < now() - interval '90 days'$$), ($$last_at < transaction_timestamp() - '90 days'::interval$$),
		($$last_at > current_timestamp - make_interval(days => 10)$$), ($$last_at >= timestamptz '2000-01-01 00:00:00+00' AND id < 5$$),
		($$make_date(2023, 12, 31) < first_day$$), ($$to_date('31.12.2023', 'DD.MM.YYYY') < first_day$$), ($$seen_at > 'infinity' OR id = 3$$),
	($$id::text = '7'$$), ($$revenue::int = 101$$), ($$score::numeric(10, 1) = 2.0$$), ($$CAST(code AS text) = 'c1'$$), ($$'7'::int = id$$),
		($$seen_at::text LIKE '%'$$), ($$code = 'c1'$$), ($$concat('a', id) = 'a7'$$), ($$concat_ws('-', city, id) = 'Rome-3'$$),
		($$format('%s/%s', city, 'x') = 'Rome/x'$$), ($$city || '!' = 'Rome!'$$), ($$city || id = 'Rome3'$$),
		($$substring(mail from '@(.*)$') = 'a.com'$$), ($$substring(city, 1, 2) = 'Be'$$), ($$position('@a' in mail) > 0$$),
		($$strpos(mail, '@b') > 0$$), ($$trim(both ' ' from name) = 'Anna'$$), ($$btrim(name) = 'bert'$$), ($$lower(city) = 'berlin'$$),
		($$upper(city) = 'ROME'$$), ($$length(city) = 4$$), ($$char_length(name) > 5$$), ($$left(name, 1) = 'A'$$),
		($$split_part(mail, '@', 2) = 'b.org'$$), ($$replace(city, 'B', 'b') = 'berlin'$$), ($$md5(name) LIKE '9%'$$), ($$starts_with(city, 'Be')$$),
		($$regexp_replace(city, '[aeiou]', '', 'g') = 'Rm'$$), ($$initcap(city) = 'Berlin'$$), ($$overlay(city placing 'X' from 1 for 1) = 'Xome'$$),
	($$GREATEST(revenue, orders) > 900$$), ($$LEAST(orders, visits) = 0$$), ($$(orders, visits) > (5, 2)$$), ($$ROW(orders, visits) = ROW(6, 1)$$),
		($$(orders, visits) IN ((1, 1), (2, 2))$$), ($$(visits, city) IS DISTINCT FROM (1, 'berlin')$$), ($$(name, revenue) IS NULL OR id = 2$$),
		($$ROW(name, city) IS NOT NULL$$), ($$ip << '10.0.1.0/24'$$), ($$host(ip) = '10.0.3.7'$$), ($$net >>= '10.5.1.1'$$),
		($$masklen(net) = 16 AND id < 4$$), ($$mac > '08:00:2b:01:02:50'$$), ($$key = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'$$),
		($$key::text ~ '^c'$$), ($$name < 'b' COLLATE "C"$$), ($$name COLLATE "C" > 'a'$$), ($$mail LIKE '%@a.com'$$), ($$mail = 'u2@a.com'$$),
		($$spent > 20.5$$), ($$spent IS NULL$$), ($$home IS NULL$$), ($$spread IS NOT NULL AND id = 4$$), ($$rel IS NULL$$), ($$doc IS NULL$$),
		($$rel::oid = 1259$$), ($$doc::text = '<a/>' AND id < 9$$),
	($$"Mixed Case" = 1$$), ($$"select" = 2$$), ($$tcs.xyz_class(cv) = 'X'$$), ($$tcs.xyz_class(cv) = 'Z'$$), ($$pg_catalog.lower(city) = 'rome'$$),
		($$orders % 2 = 0$$), ($$-orders < -5$$), ($$abs(revenue) < 50$$), ($$round(revenue) = 101$$), ($$round(score::numeric, 1) > 2$$),
		($$mod(orders, 3) = 0$$), ($$revenue / NULLIF(orders, 0) > 100$$), ($$power(2, visits) > 4$$), ($$floor(score) = 2$$),
		($$sqrt(abs(revenue)) > 20$$), ($$width_bucket(revenue, 0, 1000, 4) = 2$$), ($$score = 'NaN'$$), ($$bits & b'0001' = b'0001'$$),
		($$get_byte(bytes, 0) > 128$$), ($$encode(bytes, 'hex') LIKE 'c4%'$$), ($$words @@ 'word1'$$), ($$words @@ 'word1 & other'::tsquery$$),
		($$place <@ box '((0,0),(50,-50))'$$), ($$place[0] = 3$$), ($$price > '50'$$), ($$bool(id % 2)$$), ($$num_nulls(name, revenue, active) > 1$$),
		($$revenue = 1e2 + 0.44 OR id = 5$$), ($$id = 0007$$), ($$name = E'O\'Hara'$$), ($$name = U&'\00C7elik'$$), ('name = $x$O''Hara$x$'),
		($$name LIKE '--%' OR id = 6$$), ($$id = 7 /* lucky */$$), ($$id = 7 -- lucky
$$), ($$	id
 = 7 $$), ($$name = '/*' OR name = ';' OR id = 8$$), ($$name IN ('a') IS NOT TRUE AND id = 8$$), ($$name IS NOT NFC NORMALIZED OR id = 9$$),
	($$to_number('1,234', '9G999') < revenue$$), ($$array_remove(amounts, 0) = amounts$$), ($$amounts || 1 = ARRAY[1, 1, 1, 1]$$),
	($$(amounts || 1)[4] = id$$), ($$ARRAY[id, 2] <@ ARRAY[1, 2, 3]$$), ($$string_to_array(mail, '@') @> '{a.com}'$$),
	($$now() > '2000-01-01 00:00+00' AND id = 3$$), ($$true AND id = 4$$), ($$NULL OR id = 5$$);
INSERT INTO allowed (session, condition) VALUES
	(true, $$current_date - last_day > 90$$), (true, $$last_day < current_date - interval '3 months'$$), (true, $$last_day = current_date - 9$$),
		(true, $$age(last_day) > interval '6 mons'$$), (true, $$date_trunc('month', last_at) = date_trunc('month', now())$$),
		(true, $$extract(hour FROM last_at) > 12$$), (true, $$last_at::date = current_date - 29$$),
		(true, $$last_at AT TIME ZONE 'Asia/Tokyo' > localtimestamp - interval '50 days'$$), (true, $$to_char(last_at, 'Dy') = 'Mon'$$),
		(true, $$first_day::text LIKE '2024-01%'$$),
		(true, $$(last_at, interval '1 day') OVERLAPS (now() - interval '20 days', now() - interval '10 days')$$),
		(true, $$last_at > last_day + 30$$), (true, $$date_part('day', now() - last_at) >= 90$$);

-- Both ways of evaluation, and the other functions, against a plain WHERE.
CREATE FUNCTION ids(condition text) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE result integer[]; BEGIN
	EXECUTE 'SELECT array_agg(customer.id ORDER BY customer.id) FROM customer, (SELECT ''this''::text AS this OFFSET 0) AS v WHERE ' || condition INTO result;
	RETURN coalesce(result, '{}');
END $$;
CREATE FUNCTION ways(condition text) RETURNS TABLE (way text, ids integer[]) LANGUAGE plpgsql AS $$ BEGIN
	DELETE FROM tcs.rule WHERE rule_set = 'this';
	INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('this', 1, 'yes', ways.condition);
	RETURN QUERY SELECT w, ids(w) FROM unnest(ARRAY[$w$tcs.segment_assign('this', customer) = 'yes'$w$, $w$tcs.segment_assign(this, customer) = 'yes'$w$,
		$w$tcs.in_segment('this', 'yes', customer)$w$, $w$tcs.in_segment(this, 'yes', customer)$w$, $w$NOT tcs.in_segment('this', 'no', customer)$w$, $w$NOT tcs.in_segment(this, 'no', customer)$w$,
		$w$tcs.segment_matches('this', customer) = '{yes}'$w$, $w$tcs.segment_matches(this, customer) = '{yes}'$w$, $w$tcs.rule_priorities('this', customer) = '{1}'$w$]) AS w;
END $$;
CREATE FUNCTION try(condition text) RETURNS TABLE (way text, ids integer[]) LANGUAGE plpgsql AS $$
DECLARE message text; BEGIN
	RETURN QUERY SELECT * FROM ways(condition);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
	RETURN QUERY SELECT SQLSTATE || ' ' || message, NULL::integer[];
END $$;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('this', 'no');

-- in one transaction, so that it is one day
BEGIN;
CREATE TABLE expected AS SELECT id, session, condition, ids(condition) FROM allowed;
SELECT count(*) >= 100 AS enough, count(DISTINCT condition) = count(*) AS distinct FROM expected;
SELECT 'trivial: ' || condition FROM expected WHERE cardinality(ids) IN (0, 120) AND condition NOT LIKE '%LIKE ''\%''' ORDER BY id;
-- What others have put where names could be found: any call leaves a mark.
CREATE TABLE canary (who text);
CREATE FUNCTION alarm(who text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO regress_conditions.canary VALUES (who); RAISE EXCEPTION 'called: %', who USING ERRCODE = 'ZZ999'; END $$;
CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM regress_conditions.alarm('lower'); RETURN ''; END $$;
CREATE FUNCTION length(varchar) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM regress_conditions.alarm('length'); RETURN 0; END $$;
CREATE FUNCTION now() RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM regress_conditions.alarm('now'); RETURN NULL; END $$;
CREATE FUNCTION equals(varchar, varchar) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM regress_conditions.alarm('equals'); RETURN true; END $$;
CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = equals);
CREATE FUNCTION more(bigint, integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM regress_conditions.alarm('more'); RETURN true; END $$;
CREATE OPERATOR > (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = more);
CREATE FUNCTION own(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM regress_conditions.alarm('own'); RETURN true; END $$;
CREATE FUNCTION pg_temp.upper(varchar) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM regress_conditions.alarm('upper'); RETURN ''; END $$;
CREATE FUNCTION public.regress_public(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM regress_conditions.alarm('public'); RETURN true; END $$;
CREATE TYPE pg_temp.hidden AS ENUM ('a');
CREATE DOMAIN pg_temp.checked AS text CHECK (regress_conditions.alarm(VALUE) IS NULL);
CREATE COLLATION byte (LOCALE = 'C');
CREATE FUNCTION to_tier(integer) RETURNS tier LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM regress_conditions.alarm('to_tier'); RETURN 'gold'; END $$;
CREATE CAST (integer AS tier) WITH FUNCTION to_tier(integer) AS IMPLICIT;
CREATE SEQUENCE counter;

SET search_path = regress_conditions, public, pg_catalog;
SELECT 'differs: ' || e.condition || ' | ' || t.way FROM expected AS e, try(e.condition) AS t WHERE t.ids IS DISTINCT FROM e.ids ORDER BY e.id;
COMMIT;

-- In another session's settings, they mean the same.
-- which 19 no longer has
DO $$
BEGIN
	IF current_setting('server_version_num')::integer < 190000 THEN
		SET standard_conforming_strings = off;
	END IF;
END $$;
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'sql_standard';
SET TimeZone = 'Pacific/Kiritimati';
SET transform_null_equals = on;
SET backslash_quote = on;
SELECT 'differs elsewhere: ' || e.condition || ' | ' || t.way FROM expected AS e, try(e.condition) AS t WHERE NOT e.session AND t.ids IS DISTINCT FROM e.ids ORDER BY e.id;
INSERT INTO tcs.rule_set (name) VALUES ('null');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('null', 1, 'x', 'name = NULL');
SELECT count(*) AS no_null_equals FROM customer WHERE tcs.in_segment('null', 'x', customer);
RESET standard_conforming_strings;
RESET IntervalStyle;
RESET transform_null_equals;
RESET backslash_quote;
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';

-- Inlined means inlined.
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query; END $$;
SELECT count(*) FILTER (WHERE p LIKE '%segment_assign%') AS inlined FROM plan($$SELECT tcs.segment_assign('this', customer) FROM customer$$) AS p;
SELECT count(*) FILTER (WHERE p LIKE '%segment_assign%') AS not_inlined FROM plan($$SELECT tcs.segment_assign(this, customer) FROM customer, (SELECT 'this'::text AS this OFFSET 0) AS v$$) AS p;

-- A time zone that the rule set names.
INSERT INTO tcs.rule_set (name, time_zone) VALUES ('zone', 'Asia/Tokyo'), ('nowhere', 'Not/AZone');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('zone', 1, 'x', $$at = '2024-01-01'$$), ('nowhere', 1, 'x', 'true');
SELECT tcs.segment_assign('zone', r) FROM (SELECT timestamptz '2023-12-31 15:00+00' AS at) AS r;
SELECT tcs.segment_assign('nowhere', r) FROM (SELECT timestamptz '2023-12-31 15:00+00' AS at) AS r;

-- What must be refused.
CREATE TABLE refused (id serial, condition text);
INSERT INTO refused (condition) VALUES
	($$(SELECT true)$$), ($$EXISTS (SELECT FROM canary)$$), ($$id IN (SELECT 1)$$), ($$id = ANY (SELECT 1)$$), ($$ARRAY(SELECT 1) = '{1}'$$),
		($$(id, orders) = (SELECT 1, 2)$$), ($$CASE WHEN id = 1 THEN (SELECT true) END$$), ($$id > ALL (VALUES (1))$$), ($$(TABLE canary) IS NULL$$),
		($$(WITH x AS (SELECT 1) SELECT true FROM x)$$), ($$coalesce(active, (SELECT true))$$), ($$amounts[(SELECT 1)] = 1$$),
	($$count(*) > 0$$), ($$sum(revenue) > 0$$), ($$count(DISTINCT id) > 0$$), ($$string_agg(name, ',' ORDER BY id) = ''$$),
		($$sum(id) FILTER (WHERE true) > 0$$), ($$percentile_cont(0.5) WITHIN GROUP (ORDER BY revenue) > 0$$), ($$bool_or(active)$$),
		($$row_number() OVER () = 1$$), ($$sum(id) OVER (ORDER BY id) > 1$$), ($$rank() = 1$$), ($$generate_series(1, 2) = 1$$),
		($$unnest(amounts) = 1$$), ($$regexp_matches(name, 'a') = '{a}'$$), ($$jsonb_array_elements(profile) = '1'$$), ($$tcs.gini(revenue) > 0$$),
		($$tcs.rfm_segments() IS NULL$$), ($$GROUPING(id) = 0$$),
	('$1'), ('id = $1'), ($$id = :x$$), ($$own(id)$$), ($$regress_conditions.own(id)$$), ($$public.regress_public(id)$$), ($$regress_public(id)$$),
		($$pg_temp.upper(city) = ''$$), ($$id OPERATOR(regress_conditions.=) 1$$), ($$orders OPERATOR(regress_conditions.>) 1$$),
		($$city OPERATOR(public.=) 'a'$$), ($$id OPERATOR(a.b.=) 1$$), ($$a.b.lower(name) = ''$$),
	($$id::tier = 'gold'$$), ($$'gold'::tier = level$$), ($$'x@y'::email = mail$$), ($$mail = 'x'::regress_conditions.email$$), ($$'a'::hidden = 'a'$$),
		($$'a'::pg_temp.checked = 'a'$$), ($$'a'::checked = 'a'$$), ($$home = ROW('a', 1)$$), ($$home::text = ''$$), ($$spread = floats(1, 2)$$),
		($$spread::text = ''$$), ($$lower(spread) = 1$$), ($$(home).zip = 1$$), ($$home.zip = 1$$), ($$zip(home) = 1$$), ($$(home).* IS NULL$$),
		($$'(a,1)'::address IS NULL$$), ($$'{a}'::tcs.rfm IS NULL$$), ($$id::customer.id%TYPE = 1$$),
		($$id::information_schema.cardinal_number = 1$$), ($$name COLLATE public.byte = 'a'$$), ($$name COLLATE regress_conditions.byte = 'a'$$),
		($$name COLLATE byte = 'a'$$),
	($$random() < 2$$), ($$clock_timestamp() > now()$$), ($$timeofday() = ''$$), ($$statement_timestamp() > now()$$), ($$pg_sleep(0) IS NULL$$),
		($$gen_random_uuid() = key$$), ($$setseed(0) IS NULL$$), ($$txid_current() = 1$$), ($$nextval('counter') = 1$$),
		($$nextval('regress_conditions.counter') = 1$$), ($$currval('counter') = 1$$), ($$lastval() = 1$$), ($$setval('counter', 1) = 1$$),
		($$current_setting('port') = ''$$), ($$set_config('work_mem', '64kB', false) = ''$$), ($$pg_read_file('PG_VERSION') = ''$$),
		($$pg_ls_dir('.') = ''$$), ($$pg_stat_file('.') IS NULL$$), ($$lo_create(0) = 1$$), ($$lo_import('/etc/passwd') = 1$$), ($$lo_get(1) = ''$$),
		($$pg_terminate_backend(1)$$), ($$pg_advisory_lock(1) IS NULL$$), ($$pg_notify('a', 'b') IS NULL$$), ($$pg_backend_pid() = 1$$),
		($$version() = ''$$), ($$pg_reload_conf()$$), ($$has_table_privilege('canary', 'SELECT')$$), ($$obj_description(1, 'pg_class') = ''$$),
		($$pg_get_viewdef(1) = ''$$), ($$pg_relation_size('canary') = 0$$), ($$inet_client_addr() = ip$$), ($$pg_typeof(id) = 'integer'$$),
		($$pg_typeof(id)::text = 'integer'$$), ($$pg_column_size(id) = 4$$),
	($$query_to_xml('SELECT 1', true, true, '') IS NULL$$), ($$table_to_xml('canary', true, true, '') IS NULL$$),
		($$cursor_to_xml('c', 1, true, true, '') IS NULL$$), ($$database_to_xml(true, true, '') IS NULL$$), ($$xpath('/a', doc) = '{}'$$),
		($$xpath_exists('/a', doc)$$), ($$xmlexists('/a' PASSING doc)$$), ($$xmlparse(DOCUMENT '<a/>') IS NULL$$), ($$xmlelement(name a) IS NULL$$),
		($$xmlconcat(doc) IS NULL$$), ($$xmlserialize(CONTENT doc AS text) = ''$$), ($$doc IS DOCUMENT$$), ($$'<a/>'::xml IS NULL$$),
		($$xml('<a/>') IS NULL$$), ($$ts_rewrite('a'::tsquery, 'SELECT 1') = 'a'$$), ($$ts_stat('SELECT 1') IS NULL$$),
		($$to_tsvector('a') = words$$), ($$to_tsquery('simple', 'a') @@ words$$),
	($$current_user = 'a'$$), ($$session_user = 'a'$$), ($$user = 'a'$$), ($$current_role = 'a'$$), ($$current_catalog = 'a'$$),
		($$current_schema = 'a'$$), ($$current_schema() = 'a'$$), ($$current_database() = 'a'$$), ($$getpgusername() = 'a'$$),
	($$'canary'::regclass IS NULL$$), ($$regclass('canary') IS NULL$$), ($$concat(regclass(1259::oid)) = 'pg_class'$$), ($$id::oid::regclass IS NULL$$),
		($$to_regclass('canary') IS NULL$$), ($$to_regproc('now') IS NULL$$), ($$'postgres'::regrole IS NULL$$), ($$'now'::regproc IS NULL$$),
		($$rel = 'canary'$$), ($$rel::text = 'canary'$$), ($$concat(rel) = ''$$), ($$coalesce(rel, rel) IS NULL$$),
		($$aclitemeq('=r/postgres', '=r/postgres')$$), ($$makeaclitem(10, 10, 'SELECT', false)::text = ''$$),
		($$satisfies_hash_partition(1259, 1, 0, id)$$), ($$age('5'::xid) > 1$$), ($$price::numeric > 50$$),
	($$true; DELETE FROM regress_conditions.canary$$), ($$true;$$), (';'), (''), (' '), ('-- only a comment'), ('/* */'), ($$true, false$$),
		($$DISTINCT true$$), ($$true FROM canary$$), ($$true WHERE true$$), ($$true LIMIT 1$$), ($$true OFFSET 1$$), ($$true ORDER BY 1$$),
		($$true GROUP BY 1$$), ($$true HAVING true$$), ($$true WINDOW w AS ()$$),
		($$true UNION SELECT false$$), ($$true UNION ALL SELECT false$$), ($$true EXCEPT SELECT false$$), ($$true FOR UPDATE$$),
		($$true INTO canary$$), ($$true FETCH FIRST ROW ONLY$$), ($$true AS x$$), ($$true x$$), ($$SELECT true$$), ($$WHERE true$$),
		($$DELETE FROM canary$$), ($$VALUES (true)$$), ($$*$$), ($$customer.*$$), ($$customer.id = 1$$), ($$regress_conditions.customer.id = 1$$),
		($$d.regress_conditions.customer.id = 1$$), ($$customer IS NULL$$), ($$own(customer.*)$$), ($$ctid = '(0,1)'$$), ($$tableoid = 1$$),
		($$xmin = 1$$), ($$missing = 1$$), ($$mixed = 1$$), ($$DEFAULT$$), ($$id = DEFAULT$$), ($$x := true$$), ($$id = 1 INTO STRICT x$$),
	($$id = 1) OR (true$$), ($$id = 1)$$), ($$(id = 1$$), ($$id = 1 -- $$), ($$id = 1 --) OR (true$$), ($$true /* $$), ($$true /* /* */$$),
		($$id = 1 \gexec$$), ($$id = 1 \; SELECT 1$$), ($$'unterminated$$), ($$E'\'$$), ($$"unterminated$$), ($$name = U&'\00'$$), ('name = $x$a$y$'),
		($$name = E'\u00' $$), ($$"" = 1$$), ($$id$$), ($$1$$), ($$id + 1$$), ($$name$$), ($$ROW(true)$$), ($$NULL::integer$$), ($$lower(id) = ''$$),
		($$name + 1 = 2$$), ($$id = 'x'$$), ($$level = 'platinum'$$), ($$nosuch(id)$$), ($$id::nosuch = 1$$), ($$name ~ ANY (1)$$),
	($$last_at > '2024-01-01'$$), ($$last_at > '2024-01-01 10:00'::timestamptz$$), ($$last_at IN ('2024-01-01')$$), ($$last_at = ANY ('{2024-01-01}')$$),
		($$tstzrange('2024-01-01', '2024-02-01') @> last_at$$), ($$'[2024-01-01,2024-02-01)'::tstzrange @> last_at$$),
		($$'10:00'::timetz = '10:00+00'$$), ($$first_day > 'today'$$), ($$first_day > date 'TOMORROW'$$), ($$seen_at < 'now'$$),
		($$last_at < 'now'::timestamptz$$), ('first_day > $x$today$x$'), ($$first_day > E'tod\x61y'$$), ($$first_day > U&'tod\0061y'$$),
		($$first_day = ANY ('{2024-01-01,yesterday}')$$), ($$first_day <@ '[2024-01-01,today]'::daterange$$), ($$opens > 'now'$$),
		($$date('today') = first_day$$), ($$first_day IN ('2024-01-01', ' Now ')$$);
SELECT count(*) >= 100 AS enough FROM refused;

-- Refused when it is written, or when it is used: the state of each.
CREATE FUNCTION state(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE stage text = 'writing'; BEGIN
	DELETE FROM tcs.rule WHERE rule_set = 'this';
	-- as a dump brings it, of which the grammar alone is looked at
	INSERT INTO tcs.rule (rule_set, priority, segment, condition, changed_by, changed_at) VALUES ('this', 1, 'yes', state.condition, 'a dump', '2024-01-01');
	stage = 'use';
	PERFORM ids($w$tcs.in_segment('this', 'yes', customer)$w$);
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' at ' || stage;
END $$;
SELECT state(condition), condition FROM refused ORDER BY id;

-- Written by anyone else it is refused at once where no row would help.
CREATE FUNCTION written(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; hint text; BEGIN
	DELETE FROM tcs.rule WHERE rule_set = 'this';
	INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('this', 1, 'yes', written.condition);
	RETURN 'accepted';
EXCEPTION WHEN feature_not_supported THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', message, nullif(hint, ''));
WHEN OTHERS THEN RETURN SQLSTATE; END $$;
SELECT written(condition), condition FROM refused ORDER BY id;
-- nothing is refused at once that is fine for some row
SELECT condition, written(condition) FROM expected WHERE written(condition) <> 'accepted' ORDER BY id;
SELECT written('now() > ''2024-01-01''::timestamptz AND max(''a'') = ''a''');
\set VERBOSITY default
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('this', 2, 'yes', $$id > 1 AND city = 'Österreich' AND revenue > avg(revenue)$$);
UPDATE tcs.rule SET condition = 'id IN (SELECT 1)' WHERE rule_set = 'this';
\set VERBOSITY terse

-- And what is said, with the position.  The run-time path says the same.
CREATE FUNCTION use(id integer, way text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
	DELETE FROM tcs.rule WHERE rule_set = 'this';
	INSERT INTO tcs.rule (rule_set, priority, segment, condition, changed_by, changed_at) SELECT 'this', 1, 'yes', r.condition, 'a dump', '2024-01-01' FROM refused AS r WHERE r.id = use.id;
	PERFORM ids(way);
END $$;
\set ECHO none
SELECT format('SELECT use(%s, %L)', id, $w$tcs.in_segment('this', 'yes', customer)$w$) FROM refused ORDER BY id
\gexec
\set ECHO all
CREATE FUNCTION said(id integer, way text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text; BEGIN
	PERFORM use(id, way);
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws('|', SQLSTATE, message, detail, hint);
END $$;
SELECT condition AS said_otherwise FROM refused
WHERE said(id, $w$tcs.in_segment('this', 'yes', customer)$w$) IS DISTINCT FROM said(id, $w$tcs.in_segment(this, 'yes', customer)$w$) ORDER BY id;

-- Nothing was called, and nothing has moved.
SELECT count(*) AS alarms FROM canary;
SELECT is_called FROM counter;
DELETE FROM tcs.rule_set WHERE name IN ('this', 'null', 'zone', 'nowhere');
DROP FUNCTION public.regress_public(integer);
DROP SCHEMA regress_conditions CASCADE;
