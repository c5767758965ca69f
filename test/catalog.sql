-- All that the extension is made of, by name and without OIDs, a line each: two
-- databases have the same tcs when the lines are the same.
--
--	psql -X -d one -f test/catalog.sql >one.list
--	psql -X -d other -f test/catalog.sql >other.list
--	diff one.list other.list
\set QUIET on
\pset format unaligned
\pset tuples_only on
SET search_path = pg_catalog;
SET timezone = 'UTC';

WITH member AS (
	SELECT d.classid, d.objid, i.type, i.identity
	  FROM pg_depend d, pg_identify_object(d.classid, d.objid, 0) i
	 WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	   AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'tcs')
), relation AS (
	SELECT c.* FROM pg_class c WHERE c.relnamespace = 'tcs'::regnamespace
), line AS (
	SELECT format('member %s %s: %s', type, identity, obj_description(objid, classid::regclass::name)) FROM member
	UNION ALL
	SELECT format('extension %s', to_jsonb(e) - 'oid' - 'extconfig' ||
			jsonb_build_object('extconfig', (SELECT jsonb_agg(c::regclass ORDER BY n)
												FROM unnest(e.extconfig) WITH ORDINALITY AS u (c, n)),
				'requires', (SELECT jsonb_agg(x.extname) FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
							  WHERE d.classid = 'pg_extension'::regclass AND d.objid = e.oid
								AND d.refclassid = 'pg_extension'::regclass)))
	  FROM pg_extension e WHERE extname = 'tcs'
	UNION ALL
	SELECT format('schema %s', to_jsonb(n) - 'oid') FROM pg_namespace n WHERE nspname = 'tcs'
	UNION ALL
	SELECT format('function %s %s %s %s', p.oid::regprocedure,
			CASE WHEN prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
			pg_get_function_arguments(p.oid), to_jsonb(p) - 'oid')
	  FROM pg_proc p WHERE pronamespace = 'tcs'::regnamespace
	UNION ALL
	SELECT format('aggregate %s %s', aggfnoid::regprocedure, to_jsonb(a) - 'aggfnoid')
	  FROM pg_aggregate a WHERE aggfnoid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'tcs'::regnamespace)
	UNION ALL
	SELECT format('type %s %s', t.oid::regtype, to_jsonb(t) - 'oid' - 'typrelid' - 'typarray' - 'typelem')
	  FROM pg_type t WHERE typnamespace = 'tcs'::regnamespace
	UNION ALL
	SELECT format('relation %s %s %s', relname, relkind, to_jsonb(r) - ARRAY['oid', 'reltype', 'relfilenode',
			'reltoastrelid', 'relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relfrozenxid', 'relminmxid'])
	  FROM relation r
	UNION ALL
	SELECT format('column %s %s %s %s: %s', relname, to_jsonb(a) - ARRAY['attrelid', 'attcacheoff', 'atthasmissing', 'attmissingval'], format_type(atttypid, atttypmod),
			(SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum),
			col_description(attrelid, attnum))
	  FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
	UNION ALL
	SELECT format('index %s', pg_get_indexdef(r.oid)) FROM relation r WHERE relkind = 'i'
	UNION ALL
	SELECT format('constraint %s %s %s %s: %s', conname, conrelid::regclass, pg_get_constraintdef(c.oid), convalidated,
			obj_description(c.oid, 'pg_constraint'))
	  FROM pg_constraint c WHERE connamespace = 'tcs'::regnamespace
	UNION ALL
	SELECT format('trigger %s %s', pg_get_triggerdef(t.oid), tgenabled)
	  FROM pg_trigger t WHERE tgrelid IN (SELECT oid FROM relation) AND NOT tgisinternal
	UNION ALL
	SELECT format('initial rights %s %s', i.identity, p.initprivs)
	  FROM pg_init_privs p, pg_identify_object(p.classoid, p.objoid, p.objsubid) i WHERE i.identity ~ '^tcs'
	UNION ALL
	SELECT format('depends %s %s %s', a.identity, b.identity, deptype)
	  FROM pg_depend d, pg_identify_object(d.classid, d.objid, d.objsubid) a,
		   pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) b
	 WHERE a.identity ~ '^tcs(\.|$)' AND a.identity !~ 'pg_toast'
)
SELECT regexp_replace(regexp_replace(regexp_replace(format, '\n', ' ', 'g'),
			'RI_ConstraintTrigger_([ac])_\d+', 'RI_ConstraintTrigger_\1', 'g'),
			'pg_toast_\d+|\m\d{5,}\M|:location \d+', 'N', 'g') FROM line
UNION ALL
SELECT format('row of tcs.rule_set %s', to_jsonb(s)) FROM tcs.rule_set s WHERE name LIKE 'tcs.%'
UNION ALL
SELECT format('row of tcs.rule %s', to_jsonb(r)) FROM tcs.rule r WHERE rule_set LIKE 'tcs.%'
UNION ALL
SELECT format('row of tcs.scorecard %s', to_jsonb(s)) FROM tcs.scorecard s WHERE name LIKE 'tcs.%'
UNION ALL
SELECT format('row of tcs.factor %s', to_jsonb(f)) FROM tcs.factor f WHERE scorecard LIKE 'tcs.%'
ORDER BY 1;
