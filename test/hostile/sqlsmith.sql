-- What sqlsmith sees of the functions: the extension's, each several times over
-- one that is built in.
CREATE EXTENSION pg_stat_statements;
CREATE SCHEMA smith;
CREATE VIEW smith.pg_proc AS
SELECT p.* FROM (
	SELECT proname, pronamespace, proowner, prolang, procost, prorows, provariadic, prosupport, prokind, prosecdef, proleakproof, proisstrict, proretset, provolatile,
		proparallel, pronargs, pronargdefaults, prorettype, proargtypes, proallargtypes, proargmodes, proargnames, oid
	FROM pg_catalog.pg_proc) AS p
WHERE (p.pronamespace IN ('tcs'::regnamespace, 'tcs_internal'::regnamespace) AND 'internal'::regtype <> ALL (p.proargtypes::oid[]) AND p.prorettype NOT IN ('internal'::regtype, 'trigger'::regtype)
		AND p.proname !~ '^(drop_|rule_set_publish|track_changes)')
	OR (p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN ('now', 'lower', 'upper', 'abs', 'floor', 'date_trunc', 'age', 'jsonb_build_object', 'to_jsonb',
		'array_agg', 'count', 'sum', 'max', 'min', 'generate_series', 'random', 'format', 'repeat', 'make_interval', 'make_date', 'string_to_array', 'row_number', 'lag', 'percent_rank'));
