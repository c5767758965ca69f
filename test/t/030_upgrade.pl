# The version before, used with this library and then upgraded: what comes out
# is what a fresh installation has.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'");
$node->start;

# All that the extension is made of, by name and without OIDs, a line each.
my $all = q{
	SET search_path = pg_catalog;
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
		SELECT format('column %s %s %s %s: %s', relname, to_jsonb(a) - 'attrelid' - 'attcacheoff', format_type(atttypid, atttypmod),
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
		 WHERE a.identity ~ '^tcs' AND a.identity !~ 'pg_toast'
	)
	SELECT regexp_replace(regexp_replace(regexp_replace(format, '\n', ' ', 'g'),
				'RI_ConstraintTrigger_([ac])_\d+', 'RI_ConstraintTrigger_\1', 'g'),
				'pg_toast_\d+|:location \d+|\m\d{5,}\M', 'N', 'g') FROM line ORDER BY 1};
my $rows = q{
	SELECT to_jsonb(s) FROM tcs.rule_set s ORDER BY name;
	SELECT to_jsonb(r) FROM tcs.rule r ORDER BY rule_set, priority};

my $old = '0.1.0';
$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION tcs');
my $new = $node->safe_psql('fresh',
	q{SELECT extversion FROM pg_extension WHERE extname = 'tcs'});

# The old version works with the new library.
$node->safe_psql('postgres', "CREATE EXTENSION tcs VERSION '$old'");
$node->safe_psql(
	'postgres', q{
	CREATE TABLE orders (customer integer, at timestamptz, amount numeric);
	INSERT INTO orders SELECT i * i % 190, now() - i * interval '3 hours', i % 97 - 3
	  FROM generate_series(1, 4000) i;
	SELECT tcs.create_metrics('m', 'orders', 'customer', 'at', 'amount', 'UTC')});
my $metrics = q{SELECT md5(string_agg(m::text, ' ' ORDER BY customer)) FROM m};
my $before = $node->safe_psql('postgres', $metrics);
is( $node->safe_psql('postgres',
		q{SELECT string_agg(p.oid::regprocedure::text, ' ')
			FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
		   WHERE pronamespace = 'tcs'::regnamespace AND lanname = 'c'
			 AND probin <> '$libdir/tcs'}),
	'',
	'all functions are in this library');
is( $node->safe_psql('postgres',
		q{SELECT tcs.rfm_segment((5, 5, 5)::tcs.rfm), tcs.abc_fit(x) ->> 'customers',
				 (SELECT count(*) FROM tcs.rfm_segments())
			FROM generate_series(1, 7) x}),
	'Champions|7|11',
	"version $old works");
my ($code, undef, $stderr) = $node->psql('postgres',
	q{SELECT tcs.rule_check('a', 'orders')});
isnt($code, 0, "version $old has no rules");

# Upgraded and fresh are one.
$node->safe_psql('postgres', 'ALTER EXTENSION tcs UPDATE');
is( $node->safe_psql('postgres',
		q{SELECT extversion FROM pg_extension WHERE extname = 'tcs'}),
	$new, 'the upgrade leads to the version of the library');
my $upgraded = $node->safe_psql('postgres', $all);
my $fresh = $node->safe_psql('fresh', $all);
cmp_ok(scalar(split /\n/, $fresh), '>', 300, 'there is something to compare');
my %fresh = map { $_ => 1 } split /\n/, $fresh;
my %upgraded = map { $_ => 1 } split /\n/, $upgraded;
is(join("\n", grep { !$fresh{$_} } sort keys %upgraded),
	'', 'upgraded has nothing that fresh has not');
is(join("\n", grep { !$upgraded{$_} } sort keys %fresh),
	'', 'fresh has nothing that upgraded has not');
is($node->safe_psql('postgres', $rows),
	$node->safe_psql('fresh', $rows), 'the same rule sets come with them');

# What was made before goes on, and works with what is new.
is($node->safe_psql('postgres', $metrics),
	$before, 'the view gives the same rows');
is( $node->safe_psql('postgres',
		q{SELECT count(*) FILTER (WHERE tcs.segment_assign('tcs.rfm', m.*) = rfm_segment) = count(*) FROM m}),
	't',
	'and serves the rules');
is( $node->safe_psql('postgres',
		q{SELECT string_agg(source || '>' || target, ' ')
			FROM pg_extension_update_paths('tcs')
		   WHERE path IS NULL AND target = '} . $new . q{'}),
	'',
	'there is a path from every version to this one');

$node->stop;
done_testing();
