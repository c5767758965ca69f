-- Goals of people who do not trust each other, strange names, rights.
\set VERBOSITY terse
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
CREATE ROLE regress_tcs_lead;
CREATE ROLE regress_tcs_ann;
CREATE ROLE regress_tcs_bob;
CREATE SCHEMA aims;
GRANT USAGE, CREATE ON SCHEMA aims TO regress_tcs_lead;
GRANT USAGE ON SCHEMA aims TO regress_tcs_ann, regress_tcs_bob;

-- Names that would break out of a careless text, and others first in the search path.
CREATE SCHEMA "sch""ema; 'drop";
CREATE SCHEMA trap;
CREATE FUNCTION trap.never(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE OPERATOR trap.= (FUNCTION = trap.never, LEFTARG = text, RIGHTARG = text);
CREATE FUNCTION trap.never(date, date) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE OPERATOR trap.<= (FUNCTION = trap.never, LEFTARG = date, RIGHTARG = date);
CREATE OPERATOR trap.< (FUNCTION = trap.never, LEFTARG = date, RIGHTARG = date);
CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION trap.abs(float8) RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE DOMAIN trap.date AS text CHECK (false);
CREATE TABLE trap.tcs_new_goals (name text, parent text);
SET search_path = trap, pg_catalog;
SELECT tcs.create_goals('"sch""ema; ''drop"."Go''als"";"" %s %1$s ü"', 'Europe/Berlin');
INSERT INTO "sch""ema; 'drop"."Go'als"";"" %s %1$s ü" (name, owner, parent, metric, unit, baseline, target, starts, due) VALUES
(E'to"p''; -- \\ %s', 'o''"', NULL, 'm', 'u', 0, 10, '2026-01-01', '2026-02-01'), (E'ü\n\t', 'o', E'to"p''; -- \\ %s', 'm', 'u', 0, 10, '2026-01-01', '2026-02-01');
INSERT INTO "sch""ema; 'drop"."Go'als"";"" %s %1$s ü_measurement" (goal, day, value) VALUES (E'ü\n\t', '2026-01-05', 3);
UPDATE "sch""ema; 'drop"."Go'als"";"" %s %1$s ü" SET parent = E'ü\n\t' WHERE parent IS NULL;
SELECT place, depth, name, owner FROM "sch""ema; 'drop"."Go'als"";"" %s %1$s ü_progress" ORDER BY place;
SELECT place, actual, pace > 1 AS ahead, status FROM tcs.goals_progress('"sch""ema; ''drop"."Go''als"";"" %s %1$s ü"', '2026-01-06') ORDER BY place;
SHOW search_path;
SELECT tcs.drop_goals('"sch""ema; ''drop"."Go''als"";"" %s %1$s ü"');
RESET search_path;
SELECT count(*) FROM pg_class WHERE relnamespace = '"sch""ema; ''drop"'::regnamespace;

-- Names of all sizes and places.
SET search_path = aims;
SELECT tcs.create_goals(repeat('x', 51));
SELECT tcs.create_goals(repeat('x', 52));
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_goals(repeat('ü', 25)), tcs.create_goals('Mixed_Case');
SELECT tcs.create_goals(repeat('ü', 26));
SELECT to_regclass('mixed_case_progress');
SELECT tcs.drop_goals(c.oid) FROM pg_class AS c WHERE relnamespace = 'aims'::regnamespace AND relkind = 'r' AND relname !~ '_measurement$';
SELECT tcs.create_goals('');
SELECT tcs.create_goals('a b');
SELECT tcs.create_goals('nowhere.goals');
SELECT tcs.create_goals('pg_temp.goals');
\echo :LAST_ERROR_SQLSTATE
CREATE VIEW half_progress AS SELECT 1;
SELECT tcs.create_goals('half');
SELECT to_regclass('half');
DROP VIEW half_progress;
BEGIN READ ONLY;
SELECT tcs.create_goals('plan');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- The lead's goals belong to the lead.
SET ROLE regress_tcs_ann;
SELECT tcs.create_goals('plan');
SET ROLE regress_tcs_lead;
SELECT tcs.create_goals('plan');
INSERT INTO plan (name, owner, parent, metric, unit, baseline, target, starts, due) VALUES
('company', 'regress_tcs_lead', NULL, 'm', 'u', 0, 10, '2026-01-01', '2026-02-01'),
('secret', 'regress_tcs_lead', 'company', 'm', 'u', 0, 10, '2026-01-01', '2026-02-01'),
('ann 1', 'regress_tcs_ann', 'secret', 'm', 'u', 0, 10, '2026-01-01', '2026-02-01'),
('ann 2', 'regress_tcs_ann', 'ann 1', 'm', 'u', 0, 10, '2026-01-01', '2026-02-01'),
('bob 1', 'regress_tcs_bob', 'secret', 'm', 'u', 0, 10, '2026-01-01', '2026-02-01');
RESET ROLE;
SELECT relname, relowner::regrole FROM pg_class WHERE relnamespace = 'aims'::regnamespace AND relkind IN ('r', 'v') ORDER BY relname;

-- Without rights there is nothing to see; the view asks for its reader's.
SET ROLE regress_tcs_ann;
SELECT count(*) FROM plan_progress;
SELECT count(*) FROM tcs.goals_progress('plan', '2026-01-10');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.drop_goals('plan');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_tcs_lead;
GRANT SELECT ON plan_progress TO regress_tcs_ann, regress_tcs_bob;
SET ROLE regress_tcs_ann;
SELECT count(*) FROM plan_progress;
SET ROLE regress_tcs_lead;
GRANT SELECT, UPDATE ON plan TO regress_tcs_ann, regress_tcs_bob;
GRANT SELECT, INSERT (goal, day, value) ON plan_measurement TO regress_tcs_ann, regress_tcs_bob;
SET ROLE regress_tcs_ann;
SELECT place, repeat('  ', depth) || name AS goal, descendants FROM plan_progress ORDER BY place;

-- Everyone sees and measures their own goals: policies.
SET ROLE regress_tcs_lead;
ALTER TABLE plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan_measurement ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON plan USING (owner = current_user);
CREATE POLICY own ON plan_measurement USING (EXISTS (SELECT FROM aims.plan AS g WHERE g.name = goal));
SET ROLE regress_tcs_ann;
INSERT INTO plan_measurement (goal, day, value) VALUES ('ann 2', '2026-01-10', 4);
INSERT INTO plan_measurement (goal, day, value) VALUES ('bob 1', '2026-01-10', 9);
\echo :LAST_ERROR_SQLSTATE
SELECT place, repeat('  ', depth) || name AS goal, parent, children, descendants, children_actual, actual, rolled_up FROM tcs.goals_progress('plan', '2026-01-10') ORDER BY place;
SET ROLE regress_tcs_bob;
SELECT place, name FROM plan_progress ORDER BY place;
SET ROLE regress_tcs_lead;
SELECT place, repeat('  ', depth) || name AS goal, actual FROM tcs.goals_progress('plan', '2026-01-10') ORDER BY place;
-- A cycle through a goal that is not to be seen is found, and nothing is told of that goal.
\set VERBOSITY default
SET ROLE regress_tcs_ann;
UPDATE plan SET parent = 'ann 2' WHERE name = 'ann 1';
SET ROLE regress_tcs_lead;
GRANT INSERT ON plan TO regress_tcs_bob;
SET ROLE regress_tcs_bob;
INSERT INTO plan (name, owner, parent, metric, unit, baseline, target, starts, due) VALUES ('bob 2', 'regress_tcs_bob', 'ann 2', 'm', 'u', 0, 10, '2026-01-01', '2026-02-01');
SET ROLE regress_tcs_ann;
UPDATE plan SET parent = 'bob 2' WHERE name = 'ann 1';
SELECT current_user, current_setting('search_path');
-- Not the owner's own policies either, when they are forced.
SET ROLE regress_tcs_lead;
ALTER TABLE plan FORCE ROW LEVEL SECURITY;
UPDATE plan SET parent = 'bob 2' WHERE name = 'company';
UPDATE plan SET parent = 'bob 2' WHERE name = 'secret';
ALTER TABLE plan NO FORCE ROW LEVEL SECURITY;
\set VERBOSITY terse

-- Someone else's view over the view shows what its reader may see.
SET ROLE regress_tcs_lead;
CREATE VIEW board AS SELECT name, status FROM plan_progress;
GRANT SELECT ON board TO regress_tcs_ann;
SET ROLE regress_tcs_ann;
SELECT name FROM board ORDER BY name COLLATE "C";
RESET ROLE;
DROP VIEW board;

-- In parallel workers too.
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT count(set_config(name, 'on', true)) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT name FROM tcs.goals_progress('plan', '2026-01-10') ORDER BY place;
COMMIT;

-- The function behind the triggers is for those only.
SELECT tcs_internal.check_goals();
CREATE TABLE other (name text NOT NULL, parent text, a integer);
CREATE TRIGGER t AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION tcs_internal.check_goals();
INSERT INTO other VALUES ('a', 'b', 1);
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER t ON other;
CREATE TRIGGER t AFTER INSERT ON other FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.check_goals();
INSERT INTO other VALUES ('a', 'b', 1);
DROP TRIGGER t ON other;
CREATE TRIGGER t AFTER INSERT ON other REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.check_goals();
INSERT INTO other VALUES ('a', 'b', 1);
DROP TRIGGER t ON other;
CREATE TRIGGER t AFTER UPDATE ON other REFERENCING NEW TABLE AS tcs_new_goals FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.check_goals();
UPDATE other SET a = 1;
DROP TRIGGER t ON other;
CREATE TRIGGER t BEFORE TRUNCATE ON other FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.check_goals();
TRUNCATE other;
DROP TRIGGER t ON other;
CREATE TRIGGER t AFTER UPDATE ON other REFERENCING OLD TABLE AS tcs_old_goals NEW TABLE AS tcs_new_goals FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.check_goals();
INSERT INTO other VALUES ('a', 'b', 1);
UPDATE other SET a = 2, parent = name;
DROP TRIGGER t ON other;
ALTER TABLE other DROP COLUMN parent;
CREATE TRIGGER t AFTER INSERT ON other REFERENCING NEW TABLE AS tcs_new_goals FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.check_goals();
INSERT INTO other VALUES ('a', 1);

-- What was renamed, moved, changed or dropped gives an error that says so, or goes along.
SET ROLE regress_tcs_lead;
ALTER TABLE plan_measurement RENAME TO measured;
SELECT count(*) FROM plan_progress;
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE measured RENAME TO plan_measurement;
ALTER TABLE plan_measurement RENAME COLUMN value TO worth;
SELECT count(*) FROM plan_progress;
ALTER TABLE plan_measurement RENAME COLUMN worth TO value;
ALTER TABLE plan RENAME TO aim;
ALTER TABLE plan_measurement RENAME TO aim_measurement;
SELECT count(*) FROM plan_progress;
UPDATE aim SET parent = 'ann 2' WHERE name = 'company';
ALTER VIEW plan_progress RENAME TO aim_progress;
ALTER TABLE aim ALTER COLUMN weight DROP NOT NULL;
UPDATE aim SET weight = NULL WHERE name = 'secret';
SELECT count(*) FROM aim_progress;
\echo :LAST_ERROR_SQLSTATE
UPDATE aim SET weight = 1;
ALTER TABLE aim ALTER COLUMN baseline TYPE numeric, ALTER COLUMN metric TYPE varchar(9);
SELECT count(*) FROM aim_progress;
RESET ROLE;
-- Nobody's but the owner's to drop, not even with rights on them.
SET ROLE regress_tcs_bob;
SELECT tcs.drop_goals('aim');
SET ROLE regress_tcs_lead;
BEGIN READ ONLY;
SELECT tcs.drop_goals('aim');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
SELECT tcs.drop_goals('aim');
RESET ROLE;
SELECT relname FROM pg_class WHERE relnamespace = 'aims'::regnamespace AND relkind IN ('r', 'v') ORDER BY relname;
-- The extension does not go while there are goals.
SELECT tcs.create_goals('plan');
DROP EXTENSION tcs;
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.drop_goals('plan');

-- What has got a name of theirs since stays.
SELECT tcs.create_goals('kept');
DROP VIEW kept_progress;
DROP TABLE kept_measurement;
CREATE VIEW kept_progress AS SELECT 'precious' AS thing;
SELECT tcs.drop_goals('kept');
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE kept_measurement AS SELECT 'precious' AS thing;
SELECT tcs.drop_goals('kept');
DROP VIEW kept_progress;
DROP TABLE kept_measurement;
SELECT tcs.drop_goals('kept');

RESET search_path;
DROP SCHEMA aims, "sch""ema; 'drop", trap CASCADE;
DROP ROLE regress_tcs_lead, regress_tcs_ann, regress_tcs_bob;
