-- The schemas that hold everything the extension makes: tcs what people call,
-- tcs_internal what only the server and tcs itself do.

CREATE SCHEMA tcs;
COMMENT ON SCHEMA tcs IS
'Target Customer System: purchase histories, RFM, ABC and metrics views, next to the data';
GRANT USAGE ON SCHEMA tcs TO PUBLIC;

CREATE SCHEMA tcs_internal;
COMMENT ON SCHEMA tcs_internal IS
'what the functions, aggregates, tables and triggers of tcs are made of: nothing to call, and no version promises that it stays';
-- the server checks the rights of who uses an aggregate, a view or a default on these too
GRANT USAGE ON SCHEMA tcs_internal TO PUBLIC;

-- Rule sets and scorecards are named by strings, which the server's list of what
-- depends on what does not know.

CREATE FUNCTION tcs_internal.views_that_name(argument text, value text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	SET standard_conforming_strings = on
	AS $$
SELECT string_agg(DISTINCT v.oid::regclass::text, ', ' ORDER BY v.oid::regclass::text)
  FROM pg_proc AS f
  JOIN pg_depend AS d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid
	AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite AS r ON r.oid = d.objid
  JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
 WHERE f.pronamespace = 'tcs'::regnamespace AND f.proargnames[1] = argument
   AND (strpos(pg_get_viewdef(v.oid), format('tcs.%I(''%s''::text', f.proname, replace(value, '''', ''''''))) > 0
		OR strpos(pg_get_viewdef(v.oid), format('%I => ''%s''::text', argument, replace(value, '''', ''''''))) > 0)
$$;
COMMENT ON FUNCTION tcs_internal.views_that_name(text, text) IS
'the views that call a function of tcs whose first argument has that name, with that value written out, separated by commas; NULL where there is none. For tcs.rule_set_drop and tcs.scorecard_drop';
