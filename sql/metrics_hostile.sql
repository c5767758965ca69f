-- Metrics over hostile names, search paths and types; rights; errors.
CREATE SCHEMA store;
SET TimeZone = 'UTC';
-- Hardly any customers, and so no models of purchases: no warnings of these here.
SET client_min_messages = error;

-- Names that would break out of a careless text.
CREATE SCHEMA "sch""ema; drop";
CREATE TABLE "sch""ema; drop"."or""ders; drop" ("select" integer, "At
-- line" timestamptz, "a'm""ount" numeric);
INSERT INTO "sch""ema; drop"."or""ders; drop" SELECT i % 5, now() - i * interval '1 day', i FROM generate_series(1, 20) AS i;
CREATE TABLE "sch""ema; drop"."*/ Customers" ("M" bigint);
INSERT INTO "sch""ema; drop"."*/ Customers" SELECT generate_series(0, 6);
SELECT tcs.create_metrics('"sch""ema; drop"."Me""trics; --"', '"sch""ema; drop"."or""ders; drop"',
  'select', E'At\n-- line', 'a''m"ount', 'Europe/Berlin', '"sch""ema; drop"."*/ Customers"', 'M');
SELECT customer, orders, purchases, revenue FROM "sch""ema; drop"."Me""trics; --" ORDER BY customer;
SELECT tcs.refit_metrics('"sch""ema; drop"."Me""trics; --"');
SELECT id FROM "sch""ema; drop"."Me""trics; --_model" ORDER BY id;
SELECT tcs.metrics_sql(NULL, '"sch""ema; drop"."or""ders; drop"', 'select', E'At\n-- line', 'a''m"ount',
  customers => '"sch""ema; drop"."*/ Customers"', customers_key => 'M') AS query \gset
SELECT count(*) FROM (:query) AS m;

-- Columns that are called as the text's own.
CREATE TABLE store.names (m integer, h date, orders numeric, day text, history text, o text, customer text, refunds text, r text);
CREATE TABLE store.name_keys (customer integer PRIMARY KEY, orders text, h text, refunds text, figures text, c text, history text, purchases text);
INSERT INTO store.names SELECT i % 3, current_date - i, i FROM generate_series(1, 9) AS i;
INSERT INTO store.name_keys SELECT generate_series(0, 3);
SELECT tcs.create_metrics('store.names_metrics', 'store.names', 'm', 'h', 'orders', customers => 'store.name_keys');
SELECT customer, orders, revenue FROM store.names_metrics ORDER BY customer;
CREATE TABLE store.model (orders integer, day date, rfm numeric);
CREATE TABLE store.history (history integer, day date, figures numeric);
SELECT tcs.create_metrics('store.day', 'store.model', 'orders', 'day', 'rfm');
SELECT tcs.create_metrics('store.figures', 'store.history', 'history', 'day', 'figures');
SET search_path = store;
SELECT tcs.create_metrics('score', 'history', 'history', 'day', 'figures');
RESET search_path;
SELECT * FROM store.score;

-- Someone else's functions and operators, first in the search path.
CREATE SCHEMA trap;
CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION trap.never(date, date) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION trap.never(integer, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE OPERATOR trap.<= (FUNCTION = trap.never, LEFTARG = date, RIGHTARG = date);
CREATE OPERATOR trap.= (FUNCTION = trap.never, LEFTARG = integer, RIGHTARG = integer);
CREATE FUNCTION trap.minus(integer, integer) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION trap.minus(bigint, integer) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION trap.get(jsonb, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE OPERATOR trap.- (FUNCTION = trap.minus, LEFTARG = integer, RIGHTARG = integer);
CREATE OPERATOR trap.- (FUNCTION = trap.minus, LEFTARG = bigint, RIGHTARG = integer);
CREATE OPERATOR trap.->> (FUNCTION = trap.get, LEFTARG = jsonb, RIGHTARG = text);
CREATE DOMAIN trap.float8 AS text CHECK (false);
CREATE TABLE trap.names_metrics (a integer);
SET search_path = trap, pg_catalog, store;
SELECT tcs.create_metrics('store.safe', 'store.names', 'm', 'h', 'orders', customers => 'store.name_keys');
SELECT tcs.refit_metrics('store.safe');
SHOW search_path;
SELECT sum(revenue) FROM store.safe;
-- Restored after an error, too.
SELECT tcs.create_metrics('store.safe', 'store.names', 'm', 'h', 'orders');
SHOW search_path;
-- A view of orders may call what counts on the caller's search path.
SET search_path = store;
CREATE TABLE store.rates (currency text, euros numeric);
INSERT INTO store.rates VALUES ('EUR', 1), ('USD', 0.5);
CREATE FUNCTION store.in_euros(amount numeric, of text) RETURNS numeric LANGUAGE plpgsql STABLE AS
$$ BEGIN RETURN amount * (SELECT euros FROM rates WHERE currency = of); END $$;
CREATE VIEW store.converted AS
SELECT who, current_date - 1 AS day, in_euros(amount, currency) AS amount FROM (VALUES (1, 10, 'EUR'), (1, 20, 'USD')) AS v (who, amount, currency);
SELECT tcs.create_metrics('euros', 'converted', 'who', 'day', 'amount');
SELECT tcs.refit_metrics('euros');
SELECT customer, revenue FROM euros;
RESET search_path;

-- A key with an equality of its own, outside of pg_catalog.
CREATE SCHEMA app;
CREATE TYPE app.code;
CREATE FUNCTION app.code_in(cstring) RETURNS app.code LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION app.code_out(app.code) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE app.code (INPUT = app.code_in, OUTPUT = app.code_out, LIKE = integer);
CREATE FUNCTION app.code_eq(app.code, app.code) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
CREATE FUNCTION app.code_lt(app.code, app.code) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4lt';
CREATE FUNCTION app.code_le(app.code, app.code) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4le';
CREATE FUNCTION app.code_gt(app.code, app.code) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4gt';
CREATE FUNCTION app.code_ge(app.code, app.code) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4ge';
CREATE FUNCTION app.code_cmp(app.code, app.code) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp';
CREATE OPERATOR app.= (FUNCTION = app.code_eq, LEFTARG = app.code, RIGHTARG = app.code, MERGES, COMMUTATOR = OPERATOR(app.=));
CREATE OPERATOR app.< (FUNCTION = app.code_lt, LEFTARG = app.code, RIGHTARG = app.code);
CREATE OPERATOR app.<= (FUNCTION = app.code_le, LEFTARG = app.code, RIGHTARG = app.code);
CREATE OPERATOR app.> (FUNCTION = app.code_gt, LEFTARG = app.code, RIGHTARG = app.code);
CREATE OPERATOR app.>= (FUNCTION = app.code_ge, LEFTARG = app.code, RIGHTARG = app.code);
CREATE OPERATOR CLASS app.code_ops DEFAULT FOR TYPE app.code USING btree AS
  OPERATOR 1 app.<, OPERATOR 2 app.<=, OPERATOR 3 app.=, OPERATOR 4 app.>=, OPERATOR 5 app.>, FUNCTION 1 app.code_cmp(app.code, app.code);
CREATE TABLE app.orders (who app.code, at date, amount integer);
CREATE TABLE app.customers (code app.code PRIMARY KEY);
INSERT INTO app.orders VALUES ('7', current_date, 10), ('8', current_date, 20), ('7', current_date - 3, 5);
INSERT INTO app.customers VALUES ('7'), ('8'), ('9');
SELECT tcs.create_metrics('app.metrics', 'app.orders', 'who', 'at', 'amount', customers => 'app.customers');
SELECT customer, purchases, revenue FROM app.metrics ORDER BY revenue;

-- Keys of types that share an order, and some that do not.
CREATE TABLE store.keys (i2 smallint, i4 integer, i8 bigint, t text, v varchar(9), c char(9), n numeric, u uuid, a integer[], b bigint[],
  e xid, j json, tc text COLLATE "C", at date, amount numeric);
SELECT a, b, regexp_substr(tcs.metrics_sql(NULL, 'store.keys', a, 'at', 'amount', 'UTC', 'store.keys', b), 'LEFT JOIN [^\n]*') AS joined
FROM (VALUES ('i2', 'i8'), ('i8', 'i4'), ('t', 'v'), ('v', 't'), ('v', 'v'), ('u', 'u'), ('a', 'a'), ('e', 'e'), ('c', 'c')) AS v (a, b);
SELECT tcs.metrics_sql(NULL, 'store.keys', 'i4', 'at', 'amount', 'UTC', 'store.keys', 't');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.metrics_sql(NULL, 'store.keys', 'i4', 'at', 'amount', 'UTC', 'store.keys', 'n');
SELECT tcs.metrics_sql(NULL, 'store.keys', 'c', 'at', 'amount', 'UTC', 'store.keys', 't');
SELECT tcs.metrics_sql(NULL, 'store.keys', 'a', 'at', 'amount', 'UTC', 'store.keys', 'b');
SELECT tcs.metrics_sql(NULL, 'store.keys', 't', 'at', 'amount', 'UTC', 'store.keys', 'tc');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.metrics_sql(NULL, 'store.keys', 'j', 'at', 'amount', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.metrics_sql(NULL, 'store.keys', 'i4', 'at', 'amount', 'UTC', 'store.keys', 'j');

-- Rights: the caller's, and then the view's owner's.
CREATE TABLE store.orders (id bigint PRIMARY KEY, customer_id integer, at timestamptz, day text, price money, amount numeric, flag boolean);
INSERT INTO store.orders SELECT i, i % 7, now() - i * interval '1 day', NULL, NULL, i FROM generate_series(1, 40) AS i;
CREATE SCHEMA reports;
CREATE ROLE regress_tcs_analyst;
CREATE ROLE regress_tcs_reader;
GRANT USAGE, CREATE ON SCHEMA reports TO regress_tcs_analyst;
GRANT USAGE ON SCHEMA reports TO regress_tcs_reader;
GRANT USAGE ON SCHEMA store TO regress_tcs_analyst;
SET ROLE regress_tcs_analyst;
SELECT tcs.create_metrics('reports.metrics', 'store.orders', 'customer_id', 'at', 'amount', 'UTC');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT (customer_id, at, amount) ON store.orders TO regress_tcs_analyst;
SET ROLE regress_tcs_analyst;
\set VERBOSITY terse
SELECT tcs.create_metrics('store.metrics', 'store.orders', 'customer_id', 'at', 'amount', 'UTC');
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.metrics', 'store.orders', 'customer_id', 'at', 'amount', 'UTC');
GRANT SELECT ON reports.metrics TO regress_tcs_reader;
SET ROLE regress_tcs_reader;
SELECT count(*), count(r), count(abc_tier) FROM reports.metrics;
SELECT * FROM reports.metrics_model;
SELECT tcs.refit_metrics('reports.metrics');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT relname, relowner::regrole FROM pg_class WHERE relnamespace = 'reports'::regnamespace AND relkind IN ('r', 'v') ORDER BY relname;
-- Nothing of it belongs to the extension.
SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND classid = 'pg_class'::regclass
  AND objid IN ('reports.metrics'::regclass, 'reports.metrics_model'::regclass);

-- A transaction that may not write.
BEGIN READ ONLY;
SELECT tcs.create_metrics('reports.more', 'store.orders', 'customer_id', 'at', 'amount');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN READ ONLY;
SELECT tcs.refit_metrics('reports.metrics');
ROLLBACK;
BEGIN READ ONLY;
SELECT length(tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'at', 'amount')) > 0 AS made;
COMMIT;

-- Names.
SELECT tcs.create_metrics('reports.metrics', 'store.orders', 'customer_id', 'at', 'amount');
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE reports.half_model (a integer);
SELECT tcs.create_metrics('reports.half', 'store.orders', 'customer_id', 'at', 'amount');
SELECT to_regclass('reports.half');
SELECT tcs.create_metrics('reports.' || repeat('x', 58), 'store.orders', 'customer_id', 'at', 'amount');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.' || repeat('x', 200), 'store.orders', 'customer_id', 'at', 'amount');
SELECT tcs.create_metrics('reports.' || repeat('x', 57), 'store.orders', 'customer_id', 'at', 'amount');
SELECT tcs.create_metrics('nowhere.metrics', 'store.orders', 'customer_id', 'at', 'amount');
SELECT tcs.create_metrics('', 'store.orders', 'customer_id', 'at', 'amount');
SELECT tcs.create_metrics('a b', 'store.orders', 'customer_id', 'at', 'amount');
SELECT tcs.create_metrics('other.reports.metrics', 'store.orders', 'customer_id', 'at', 'amount');
SET search_path = reports, store;
SELECT tcs.create_metrics('Mixed_Case', 'orders', 'customer_id', 'at', 'amount');
RESET search_path;
SELECT to_regclass('reports.mixed_case'), to_regclass('reports.mixed_case_model');

-- Columns and tables that do not serve.
SELECT tcs.create_metrics('reports.m', 'store.orders', 'Customer_id', 'at', 'amount');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'ordered_at', 'amount');
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', '');
SELECT tcs.create_metrics('reports.m', 'store.orders', 'ctid', 'at', 'amount');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'day', 'amount');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'id', 'amount');
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'price');
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'day');
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'flag');
ALTER TABLE store.orders DROP COLUMN flag;
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'flag');
SELECT tcs.create_metrics('reports.m', 'store.orders_pkey', 'customer_id', 'at', 'amount');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.m', 0::regclass, 'customer_id', 'at', 'amount');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse
SELECT tcs.create_metrics('reports.m', 'store.missing', 'customer_id', 'at', 'amount');
\set VERBOSITY default
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', 'UTC', 'store.names');
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE store.two (a integer, b integer, PRIMARY KEY (a, b));
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', 'UTC', 'store.two');
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', 'UTC', 'store.two', 'c');
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', 'UTC', NULL, 'a');

-- Zones.
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', 'Mars/Olympus');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', '');
-- Not all tz databases have this name; where it is known, it is refused too.
\set VERBOSITY sqlstate
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', 'CET');
\set VERBOSITY default
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', E'\'; --');
SELECT tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'at', 'amount', 'europe/berlin') ~ 'Europe/Berlin' AS canonical;
SELECT tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'at', 'amount', as_of => 'infinity');
\echo :LAST_ERROR_SQLSTATE

-- Horizon, margin, discount, family.
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', horizon => '-1 day');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', horizon => '1 month -31 days');
SELECT length(tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'at', 'amount', horizon => '1 month -29 days')) > 0 AS made;
SELECT length(tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'at', 'amount', horizon => '0', margin => -1, annual_discount => -0.999)) > 0 AS made;
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', margin => 'NaN');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', margin => '-Infinity');
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', annual_discount => -1);
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', annual_discount => 'NaN');
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', horizon => '1001 years', annual_discount => 0.1);
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', family => 'MBG/NBD');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'at', 'amount', family => $$'; --$$);
SELECT tcs.refit_metrics('reports.metrics', 'sbg');
\echo :LAST_ERROR_SQLSTATE
-- Infinite, where the server has such: refused everywhere.
\set VERBOSITY sqlstate
DO $$ BEGIN PERFORM tcs.metrics_sql(NULL, 'store.orders', 'customer_id', 'at', 'amount', horizon => 'infinity');
EXCEPTION WHEN invalid_parameter_value OR invalid_datetime_format THEN RAISE 'refused'; END $$;
\set VERBOSITY default

-- NULLs.
SELECT tcs.create_metrics(NULL, 'store.orders', 'customer_id', 'at', 'amount');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.m', NULL, 'customer_id', 'at', 'amount');
SELECT tcs.create_metrics('reports.m', 'store.orders', NULL, 'at', 'amount');
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', NULL, 'amount');
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', NULL);
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', horizon => NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', margin => NULL);
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', annual_discount => NULL);
SELECT tcs.create_metrics('reports.m', 'store.orders', 'customer_id', 'at', 'amount', family => NULL);
SELECT tcs.refit_metrics(NULL);
SELECT tcs.refit_metrics(NULL, 'mbg/nbd');
SELECT tcs.metrics_sql(NULL, NULL, 'customer_id', 'at', 'amount');

-- What refit_metrics does not take.
SELECT tcs.refit_metrics('store.orders');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.refit_metrics(0::regclass);
CREATE VIEW reports.other AS SELECT 1 AS purchases;
SELECT tcs.refit_metrics('reports.other');
ALTER VIEW reports.metrics RENAME TO renamed;
SELECT tcs.refit_metrics('reports.renamed');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE reports.metrics_model RENAME TO renamed_model;
SELECT tcs.refit_metrics('reports.renamed');
ALTER VIEW reports.renamed RENAME TO half;
SELECT tcs.refit_metrics('reports.half');
\echo :LAST_ERROR_SQLSTATE
-- A table or a view that lacks a column, or has it in another type.
CREATE VIEW reports.old AS SELECT 1 AS customer, 3::bigint AS purchases, 5::float8 AS revenue, 3 AS days_since_last, 30 AS days_since_first, 2::float8 AS mean_value;
CREATE TABLE reports.old_model (id bigint GENERATED ALWAYS AS IDENTITY, rfm jsonb, abc jsonb, btyd text, spend jsonb, holdout jsonb, churn jsonb);
SELECT tcs.refit_metrics('reports.old');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE reports.old_model ALTER btyd TYPE jsonb USING btyd::jsonb, DROP spend;
SELECT tcs.refit_metrics('reports.old');
ALTER TABLE reports.old_model ADD spend jsonb;
SELECT tcs.refit_metrics('reports.old');
DROP VIEW reports.old;
CREATE VIEW reports.old AS SELECT 1 AS customer, 3::bigint AS purchases, 5::float8 AS revenue, 3 AS days_since_last, 30 AS days_since_first;
SELECT tcs.refit_metrics('reports.old');
\echo :LAST_ERROR_SQLSTATE
SELECT id, rfm IS NOT NULL AS rfm, btyd ->> 'customers' AS btyd, spend ->> 'customers' AS spend FROM reports.old_model;
-- A table that swallows the row.
ALTER TABLE reports.renamed_model RENAME TO quiet_model;
ALTER VIEW reports.half RENAME TO quiet;
CREATE FUNCTION reports.swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER swallow BEFORE INSERT ON reports.quiet_model FOR EACH ROW EXECUTE FUNCTION reports.swallow();
SELECT tcs.refit_metrics('reports.quiet');
\echo :LAST_ERROR_SQLSTATE

-- Amounts that make no number: the first fit says so, and nothing stays behind.
CREATE TABLE store.nan (who integer, at date, amount float8);
INSERT INTO store.nan VALUES (1, current_date, 'NaN');
\set SHOW_CONTEXT never
SELECT tcs.create_metrics('reports.nan', 'store.nan', 'who', 'at', 'amount');
\set SHOW_CONTEXT errors
SELECT to_regclass('reports.nan'), to_regclass('reports.nan_model');

SET client_min_messages = warning;
DROP SCHEMA "sch""ema; drop", app, reports, store, trap CASCADE;
DROP ROLE regress_tcs_analyst, regress_tcs_reader;
