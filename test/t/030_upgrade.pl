# Each version before, used with this library and then upgraded: what comes out
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
				'pg_toast_\d+|\m\d{5,}\M|:location \d+', 'N', 'g') FROM line ORDER BY 1};
my $rows = q{
	SELECT to_jsonb(s) FROM tcs.rule_set s WHERE name LIKE 'tcs.%' ORDER BY name;
	SELECT to_jsonb(r) FROM tcs.rule r WHERE rule_set LIKE 'tcs.%' ORDER BY rule_set, priority};

$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION tcs');
my $version = q{SELECT extversion FROM pg_extension WHERE extname = 'tcs'};
my $new = $node->safe_psql('fresh', $version);
my $fresh = $node->safe_psql('fresh', $all);
my $fresh_rows = $node->safe_psql('fresh', $rows);
my %fresh = map { $_ => 1 } split /\n/, $fresh;
cmp_ok(scalar(keys %fresh), '>', 300, 'there is something to compare');

# What a metrics view shows, and what it is made of.
my $metrics = q{SELECT md5(string_agg((customer, orders, purchases, revenue, first_day, last_day,
		days_since_first, days_since_last, mean_gap, last_gap, r, f, m, rfm_cell, rfm_segment,
		abc_tier)::text, ' ' ORDER BY customer)) FROM m};
my $columns = q{SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute
	WHERE attrelid = '%s'::regclass AND attnum > 0};
my $old_columns = 'customer orders purchases revenue first_day last_day days_since_first'
  . ' days_since_last mean_gap last_gap r f m rfm_cell rfm_segment abc_tier';
my $new_columns = "$old_columns mean_value p_alive churn_risk expected_purchases clv value_at_risk";

for my $old ('0.1.0', '0.2.0', '0.3.0', '0.4.0')
{
	my $has_value = $old ge '0.3.0';	# do its views know what customers are worth?
	my $its_columns = $has_value ? $new_columns : $old_columns;
	my $db = "from $old";
	my $sql = sub { return $node->safe_psql($db, $_[0]) };

	# The old version works with the new library.
	$node->safe_psql('postgres', qq{CREATE DATABASE "$db"});
	$sql->("CREATE EXTENSION tcs VERSION '$old'");
	is( $sql->(
			q{SELECT string_agg(p.oid::regprocedure::text, ' ')
				FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
			   WHERE pronamespace = 'tcs'::regnamespace AND lanname = 'c'
				 AND probin <> '$libdir/tcs'}),
		'',
		"$old: all functions are in this library");
	$sql->(q{
		CREATE TABLE orders (customer integer, at timestamptz, amount numeric);
		INSERT INTO orders
		SELECT c, now() - (700 - (700 - days) * (c * 53 % 10 + 1) / 10) * interval '1 day', (i % 97 - 3) * (1 + c % 7)
		  FROM (SELECT *, row_number() OVER (PARTITION BY c ORDER BY days DESC, i) AS nth
				  FROM (SELECT i, i * i % 397 AS c, i * 7919 % 700 AS days FROM generate_series(1, 4000) i) o) o
		 WHERE nth <= 1 + 40 * (c * 37 % 100 / 100.0) ^ 6;
		SELECT tcs.create_metrics('m', 'orders', 'customer', 'at', 'amount', 'UTC')});
	my $before = $sql->($metrics);
	is($sql->(sprintf $columns, 'm'), $its_columns, "$old: makes the view that it made");
	is($sql->(sprintf $columns, 'm_model'), 'id fitted_at as_of rfm abc' . ($has_value ? ' btyd spend' : ''),
		"$old: and the table");
	is($sql->(q{SELECT tcs.refit_metrics('m')}), '2', "$old: fits");
	is($sql->($metrics), $before, "$old: to the same effect");
	is( $sql->(q{
			SELECT format('CREATE VIEW past AS %s', tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount',
				'UTC', NULL, NULL, current_date - 100)) \gexec
			} . sprintf $columns, 'past'),
		$its_columns, "$old: gives the text that it gave");
	is( $sql->(
			q{SELECT tcs.rfm_segment((5, 5, 5)::tcs.rfm), tcs.abc_fit(x) ->> 'customers',
					 (SELECT count(*) FROM tcs.rfm_segments())
				FROM generate_series(1, 7) x}),
		'Champions|7|11',
		"$old: works");
	if ($old eq '0.1.0')
	{
		my ($code) = $node->psql($db, q{SELECT tcs.rule_check('a', 'orders')});
		isnt($code, 0, "$old: has no rules");
	}
	else
	{
		$sql->(q{SELECT tcs.rule_set_copy('tcs.lifecycle', 'mine');
			UPDATE tcs.rule SET segment = 'gone' WHERE rule_set = 'mine' AND segment = 'lost'});
	}
	my $mine = $old eq '0.1.0' ? '' :
	  q{SELECT string_agg(r::text, ' ' ORDER BY priority) FROM tcs.rule r WHERE rule_set = 'mine'};
	my $my_rules = $mine && $sql->($mine);

	# Upgraded and fresh are one.
	$sql->('ALTER EXTENSION tcs UPDATE');
	is($sql->($version), $new, "$old: the upgrade leads to the version of the library");
	my %upgraded = map { $_ => 1 } split /\n/, $sql->($all);
	is(join("\n", grep { !$fresh{$_} } sort keys %upgraded),
		'', "$old: upgraded has nothing that fresh has not");
	is(join("\n", grep { !$upgraded{$_} } sort keys %fresh),
		'', "$old: fresh has nothing that upgraded has not");
	is($sql->($rows), $fresh_rows, "$old: the same rule sets come with them");
	is($mine && $sql->($mine), $my_rules, "$old: and mine stay") if $mine;

	# What was made before goes on, and works with what is new.
	is($sql->($metrics), $before, "$old: the view gives the same rows");
	is($sql->(q{SELECT tcs.refit_metrics('m')}), '3', "$old: it is fitted as before");
	is($sql->($metrics), $before, "$old: to the same effect");
	if (!$has_value)
	{
		my ($code, undef, $stderr) = $node->psql($db, q{SELECT tcs.refit_metrics('m', 'bg/nbd')});
		like($stderr, qr/has no models of purchases/, "$old: it has no family of models");
	}
	is( $sql->(
			q{SELECT count(*) FILTER (WHERE tcs.segment_assign('tcs.rfm', m.*) IS NOT DISTINCT FROM rfm_segment) = count(*) FROM m}),
		't',
		"$old: and serves the rules");
	is( $sql->(q{SELECT tcs.create_metrics('n', 'orders', 'customer', 'at', 'amount', 'UTC');}
				. sprintf $columns, 'n'),
		"n\n$new_columns", "$old: a new view has the new columns");
	is($sql->(q{SELECT customers > 100 FROM tcs.refresh_segmentation(tcs.create_segmentation('s', 'n', 'customer', 'tcs.lifecycle'))}),
		't', "$old: and its customers are put into segments");
	next if $has_value;

	# The old view moves to the new columns as the documentation says.
	$sql->(q{
		CREATE VIEW best AS SELECT customer, revenue FROM m WHERE abc_tier = 'A';
		ALTER TABLE m_model ADD COLUMN btyd jsonb, ADD COLUMN spend jsonb;
		SELECT format('CREATE OR REPLACE VIEW m AS %s',
			tcs.metrics_sql('m', 'orders', 'customer', 'at', 'amount', 'UTC')) \gexec});
	is($sql->('SELECT count(*) > 100, count(p_alive), count(clv) FROM m'),
		't|0|0', "$old: a view that was replaced has no such models yet");
	is($sql->(q{SELECT tcs.refit_metrics('m')}), '4', "$old: it is fitted");
	is($sql->(q{SELECT count(*) FROM m AS a FULL JOIN n AS b USING (customer) WHERE a IS DISTINCT FROM b}),
		'0', "$old: and gives what a new one gives");
	is($sql->(q{SELECT count(churn_risk) = count(*) FILTER (WHERE purchases > 0) AND count(clv) = count(churn_risk)
				FROM m}),
		't', "$old: with all of the new columns");
}

is( $node->safe_psql('fresh',
		q{SELECT string_agg(source || '>' || target, ' ')
			FROM pg_extension_update_paths('tcs')
		   WHERE path IS NULL AND target = '} . $new . q{'}),
	'',
	'there is a path from every version to this one');

$node->stop;
done_testing();
