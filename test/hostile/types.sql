-- What test/hostile/types.pl attacks: relations of a role without rights that
-- owns all that tcs made for it, in the schema hostile; the tables that are
-- tracked are the shop's.  The owner's casts, checks, operators, defaults and
-- triggers tell who runs them.  One session after the other uses it; every
-- alteration is rolled back.
SET client_min_messages = error;
SET TimeZone = 'UTC';
CREATE EXTENSION IF NOT EXISTS tcs;
CREATE ROLE hostile_owner;
CREATE ROLE hostile_clerk;
CREATE SCHEMA shop;
CREATE SCHEMA hostile AUTHORIZATION hostile_owner;
GRANT USAGE ON SCHEMA shop TO hostile_owner, hostile_clerk;
GRANT USAGE ON SCHEMA hostile TO hostile_clerk;
GRANT INSERT, UPDATE, DELETE, SELECT ON tcs.rule_set, tcs.rule, tcs.scorecard, tcs.factor TO hostile_owner;

SET ROLE hostile_owner;
SET search_path = hostile;

-- Who runs it, and can that role be left for the caller's?
CREATE FUNCTION seen(what text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	how text = 'held';
	who text = current_user;
BEGIN
	IF who = 'hostile_owner' THEN
		BEGIN
			PERFORM set_config('role', 'none', true);
			how := 'free';
			PERFORM set_config('role', who, true);
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
	END IF;
	RAISE INFO 'hostile % runs as %, %', what, who, how;
	RETURN true;
END $$;
CREATE FUNCTION touched(anyelement, what text DEFAULT 'function') RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN RETURN hostile.seen(what); END $$;
CREATE FUNCTION touched_text(anyelement, what text DEFAULT 'function') RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN PERFORM hostile.seen(what); RETURN 'x'; END $$;
CREATE FUNCTION touched_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM hostile.seen('trigger'); RETURN coalesce(new, old); END $$;

-- Types of one's own: an enum, one that turns into anything by itself, a row.
CREATE TYPE mood AS ENUM ('1', '2', 'big', 'queue', 'sync', 'up');
CREATE TYPE trap AS ENUM ('1', '2', 'big', 'queue', 'sync', 'up');
CREATE TYPE pair AS (a integer, b text);
CREATE TYPE ek AS ENUM ('1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17','18','19','20','21','22','23','24','25','26','27','28','29','30','31','32','33','34','35','36','37','38','39','40','41','42','43','44','45','46','47','48','49','50','51','52','53','54','55','56','57','58','59','60','61','62','63','64','65','66','67','68','69','70','71','72','73','74','75','76','77','78','79','80','81','82','83','84','85','86','87','88','89','90','91','92','93','94','95','96','97','98','99');
DO $$
DECLARE
	other record;
BEGIN
	FOR other IN SELECT * FROM (VALUES ('text', '1'), ('integer', '1'), ('bigint', '4702111234474983745'), ('jsonb', '{"rules": []}'), ('name', 'customer'),
		('regclass', 'pg_class'), ('oid', '1259'), ('timestamptz', '2026-01-01'), ('date', '2026-01-01'), ('boolean', 'true'), ('float8', '1'), ('numeric', '1'),
		('interval', '1 day'), ('xid8', '1'), ('text[]', '{a}'), ('regclass[]', '{pg_class}'), ('hostile.ek', '1')) AS v(type, value)
	LOOP
		EXECUTE format('CREATE FUNCTION %I(hostile.trap) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM hostile.seen(%L); RETURN %L; END $f$',
			'from_trap_to_' || other.type, other.type, 'cast of trap to ' || other.type, other.value);
		EXECUTE format('CREATE FUNCTION %I(%s) RETURNS hostile.trap LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM hostile.seen(%L); RETURN ''1''::hostile.trap; END $f$',
			'to_trap_from_' || other.type, other.type, 'cast of ' || other.type || ' to trap');
		EXECUTE format('CREATE CAST (hostile.trap AS %s) WITH FUNCTION %I(hostile.trap) AS IMPLICIT', other.type, 'from_trap_to_' || other.type);
		EXECUTE format('CREATE CAST (%s AS hostile.trap) WITH FUNCTION %I(%s) AS ASSIGNMENT', other.type, 'to_trap_from_' || other.type, other.type);
	END LOOP;

	FOR other IN SELECT l, r FROM unnest(ARRAY['trap', 'text', 'integer', 'bigint', 'timestamptz', 'regclass', 'mood', 'trap[]']) AS l,
		unnest(ARRAY['trap', 'text', 'integer', 'bigint', 'timestamptz', 'regclass', 'mood', 'trap[]']) AS r WHERE l IN ('trap', 'mood', 'trap[]') OR r IN ('trap', 'mood', 'trap[]')
	LOOP
		EXECUTE format('CREATE FUNCTION %I(%s, %s) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RETURN hostile.seen(%L); END $f$',
			'compared_' || other.l || '_' || other.r, other.l, other.r, 'operator on ' || other.l || ' and ' || other.r);
		FOR i IN 1 .. 3 LOOP
			EXECUTE format('CREATE OPERATOR %s (FUNCTION = %I, LEFTARG = %s, RIGHTARG = %s)', (ARRAY['=', '<>', '<'])[i],
				'compared_' || other.l || '_' || other.r, other.l, other.r);
		END LOOP;
	END LOOP;
END $$;

-- A domain over a type, with a check that tells.
CREATE FUNCTION domain_over(base text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	made text = 'hostile.' || quote_ident('over ' || base);
BEGIN
	IF to_regtype(made) IS NULL THEN
		EXECUTE format('CREATE DOMAIN %s AS %s CHECK (hostile.touched(1, ''check of a domain''))', made, base);
	END IF;
	RETURN made;
END $$;

-- A value of the type that fallback has, from the text, if it can be had.
CREATE FUNCTION plausible(old text, fallback anyelement) RETURNS anyelement LANGUAGE plpgsql AS $$
DECLARE
	made text;
BEGIN
	EXECUTE format('SELECT ($1::text)::%s', pg_typeof(fallback)) USING old INTO fallback;
	RETURN fallback;
EXCEPTION WHEN OTHERS THEN RETURN fallback;
END $$;

-- Do with a table what was asked, having taken away as little as will do of
-- what stands in the way; views that stand there come back, if they can.
CREATE FUNCTION force(relation regclass, columns text[], action text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	failure text;
	name text;
	view record;
	views text[];
BEGIN
	FOR level IN 0 .. 4 LOOP
		BEGIN
			views := '{}';
			IF level >= 1 THEN
				FOR view IN SELECT DISTINCT r.ev_class::regclass AS oid FROM pg_depend AS d JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
					WHERE d.refobjid = relation AND r.ev_class <> relation
				LOOP
					views := views || (format('CREATE VIEW %s AS %s', view.oid, pg_get_viewdef(view.oid))
						|| coalesce(format('; COMMENT ON VIEW %s IS %L', view.oid, obj_description(view.oid)), ''));
					EXECUTE format('DROP VIEW %s CASCADE', view.oid);
				END LOOP;
			END IF;
			IF level >= 2 THEN
				FOR name IN SELECT format(CASE WHEN attgenerated <> '' THEN 'ALTER %I DROP EXPRESSION' WHEN attidentity <> '' THEN 'ALTER %I DROP IDENTITY' ELSE 'ALTER %I DROP DEFAULT' END, attname)
					FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND (attgenerated <> '' OR attname = ANY (columns))
				LOOP
					EXECUTE format('ALTER TABLE %s %s', relation, name);
				END LOOP;
			END IF;
			IF level >= 3 THEN
				FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = relation AND (conkey IS NULL
					OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attnum = ANY (conkey) AND attname = ANY (columns)))
				LOOP
					EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', relation, name);
				END LOOP;
			END IF;
			IF level >= 4 THEN
				FOR name IN SELECT indexrelid::regclass FROM pg_index WHERE indrelid = relation LOOP
					EXECUTE format('DROP INDEX IF EXISTS %s CASCADE', name);
				END LOOP;
			END IF;
			IF level >= 2 THEN
				EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', relation);
				EXECUTE action;
				EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', relation);
			ELSE
				EXECUTE action;
			END IF;
			FOREACH name IN ARRAY views LOOP
				BEGIN
					EXECUTE name;
				EXCEPTION WHEN OTHERS THEN NULL;
				END;
			END LOOP;
			RETURN level;
		EXCEPTION WHEN OTHERS THEN failure := SQLSTATE || ' ' || SQLERRM;
		END;
	END LOOP;
	RAISE EXCEPTION 'not possible: %', failure USING ERRCODE = '0A000';
END $$;

INSERT INTO tcs.rule_set (name, default_segment) VALUES ('rs', 'rest');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('rs', 1, 'big', 'revenue > 20'), ('rs', 2, '1', 'revenue > 10');
INSERT INTO tcs.scorecard (name) VALUES ('sc');
INSERT INTO tcs.factor (scorecard, factor, expression) VALUES ('sc', 'revenue', 'revenue / 40.0'), ('sc', 'early', 'at < ''2025-02-01''::date');
RESET ROLE;

-- Families: a tracked table of the shop's, a view of it and a segmentation, for
-- every type of key and mode; one of a table of the owner's own; metrics; goals.
CREATE PROCEDURE family(name text, type text, mode text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE shop.%1$I (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer %2$s NOT NULL, at date NOT NULL, amount numeric, tier text)', name || '_orders', type);
	EXECUTE format('GRANT SELECT, TRIGGER ON shop.%1$I TO hostile_owner; GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON shop.%1$I TO hostile_clerk', name || '_orders');
	EXECUTE format('INSERT INTO shop.%1$I (customer, at, amount, tier) SELECT (1 + i %% 40)::text::%2$s, date ''2025-01-01'' + i, i %% 30, ''t'' || i %% 3 FROM generate_series(0, 99) AS i', name || '_orders', type);
	SET LOCAL ROLE hostile_owner;
	EXECUTE format('CREATE VIEW hostile.%1$I AS SELECT customer, max(amount) AS revenue, min(at) AS at, sum(amount) AS amount, max(tier) AS tier FROM shop.%2$I GROUP BY customer', name || '_source', name || '_orders');
	PERFORM tcs.create_segmentation('hostile.' || quote_ident(name), ('hostile.' || quote_ident(name || '_source'))::regclass, 'customer', 'rs', mode);
	PERFORM tcs.track_segmentation(('hostile.' || quote_ident(name))::regclass, ('shop.' || quote_ident(name || '_orders'))::regclass, 'customer');
	RESET ROLE;
	EXECUTE format('UPDATE shop.%1$I SET amount = amount + 9 WHERE id %% 4 = 0', name || '_orders');
	PERFORM tcs.process_segmentation(('hostile.' || quote_ident(name))::regclass);
	EXECUTE format('DELETE FROM shop.%1$I WHERE customer::text IN (''38'', ''40'')', name || '_orders');
	SET LOCAL ROLE hostile_owner;
	PERFORM tcs.pin_segment(('hostile.' || quote_ident(name))::regclass, '2'::text, 'big', 'pinned'),
		tcs.bar_segment(('hostile.' || quote_ident(name))::regclass, '6'::text, 'big', 'barred'),
		tcs.merge_keys(('hostile.' || quote_ident(name))::regclass, '40'::text, '39'::text);
	-- something for the next call to do
	EXECUTE format('INSERT INTO hostile.%1$I (key) SELECT customer FROM hostile.%2$I WHERE customer::text::integer %% 3 = 0', name || '_queue', name || '_source');
	RESET ROLE;
END $$;
CALL family('int_queue', 'integer', 'queue');
CALL family('int_sync', 'integer', 'sync');
CALL family('text_queue', 'text', 'queue');
CALL family('text_sync', 'text', 'sync');
CALL family('enum_queue', 'hostile.ek', 'queue');
CALL family('enum_sync', 'hostile.ek', 'sync');

SET ROLE hostile_owner;
CREATE TABLE own_source (customer integer PRIMARY KEY, revenue numeric, at date, amount numeric, tier text, flag boolean);
INSERT INTO own_source SELECT i, i, date '2025-01-01' + i, i % 7, 't' || i % 3, i % 2 = 0 FROM generate_series(1, 40) AS i;
SELECT tcs.create_segmentation('own', 'own_source', 'customer', 'rs', 'sync');
SELECT tcs.track_segmentation('own', 'own_source', 'customer');
CREATE TABLE log_orders (customer integer, at date, amount numeric, revenue numeric, tier text);
INSERT INTO log_orders SELECT i % 40, date '2025-01-01' + i * 37 % 300, i * 13 % 101, 1, 't' || i % 3 FROM generate_series(1, 400) AS i;
SELECT tcs.create_metrics('log', 'log_orders', 'customer', 'at', 'amount', 'UTC');
SELECT tcs.refit_metrics('log');
SELECT tcs.create_kpis('log_kpis', 'log_orders', 'customer', 'at', 'amount', 'UTC');
SELECT tcs.create_cohorts('log_cohorts', 'log_orders', 'customer', 'at', 'amount', 'UTC');
RESET ROLE;
INSERT INTO tcs.trait_set (name) VALUES ('ts');
INSERT INTO tcs.trait (trait_set, trait, measure, value, condition, within, since) VALUES
	('ts', 'n', 'count', NULL, 'amount > 10', '90 days', NULL), ('ts', 'spent', 'sum', 'amount', NULL, NULL, NULL), ('ts', 'tier', 'most_frequent', 'tier', NULL, NULL, NULL),
	('ts', 'latest', 'last', 'amount', NULL, NULL, NULL), ('ts', 'after', 'count', NULL, NULL, NULL, 'tier = ''t0'''), ('ts', 'revenue', 'max', 'revenue', NULL, NULL, NULL);
INSERT INTO tcs.trait (trait_set, trait, measure, steps) VALUES ('ts', 'way', 'sequence', '{"tier = ''t0''","amount > 10"}');
SET ROLE hostile_owner;
SELECT tcs.create_traits('log_traits', 'log_orders', 'customer', 'at', 'ts', 'UTC');
SELECT tcs.create_goals('plan');
INSERT INTO plan (name, owner, parent, metric, unit, direction, baseline, target, starts, due) VALUES
	('top', 'me', NULL, 'revenue', 'EUR', 'up', 0, 100, '2025-01-01', '2030-01-01'), ('part', 'me', 'top', 'revenue', 'EUR', 'up', 0, 50, '2025-01-01', '2030-01-01'),
	('other', 'me', 'top', 'complaints', 'n', 'down', 10, 5, '2025-01-01', '2030-01-01');
INSERT INTO plan_measurement (goal, day, value) VALUES ('part', '2025-02-01', 10), ('part', '2025-03-01', 20), ('top', '2025-03-01', 7);
RESET ROLE;

-- Relations that no function is made for.
CREATE TABLE shop.parted (customer integer, revenue numeric, at date, amount numeric, tier text) PARTITION BY LIST (tier);
CREATE TABLE shop.parted_1 PARTITION OF shop.parted FOR VALUES IN ('t1');
CREATE MATERIALIZED VIEW shop.kept AS SELECT * FROM shop.int_queue_orders;
CREATE INDEX an_index ON shop.parted_1 (customer);
CREATE SEQUENCE shop.a_sequence;
CREATE TYPE shop.a_row AS (customer integer, revenue numeric);
CREATE TABLE shop.no_columns ();
CREATE TABLE shop.empty (customer integer, revenue numeric, at date, amount numeric, tier text);
