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
		 WHERE a.identity ~ '^tcs(\.|$)' AND a.identity !~ 'pg_toast'
	)
	SELECT regexp_replace(regexp_replace(regexp_replace(format, '\n', ' ', 'g'),
				'RI_ConstraintTrigger_([ac])_\d+', 'RI_ConstraintTrigger_\1', 'g'),
				'pg_toast_\d+|\m\d{5,}\M|:location \d+', 'N', 'g') FROM line ORDER BY 1};
my $rows = q{
	SELECT to_jsonb(s) FROM tcs.rule_set s WHERE name LIKE 'tcs.%' ORDER BY name;
	SELECT to_jsonb(r) FROM tcs.rule r WHERE rule_set LIKE 'tcs.%' ORDER BY rule_set, priority;
	SELECT to_jsonb(s) FROM tcs.scorecard s WHERE name LIKE 'tcs.%' ORDER BY name;
	SELECT to_jsonb(f) FROM tcs.factor f WHERE scorecard LIKE 'tcs.%' ORDER BY scorecard, factor};

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

# What 0.5.0 brings, used after an upgrade.
sub manage
{
	my ($old, $sql) = @_;

	is( $sql->(q{
			INSERT INTO tcs.scorecard (name) VALUES ('worth');
			INSERT INTO tcs.factor (scorecard, factor, expression, weight, hi, gate) VALUES
				('worth', 'often', 'purchases', 1, 10, 1), ('worth', 'much', 'revenue', 3, 1000, NULL);
			CREATE VIEW rated AS SELECT customer, tcs.scorecard_score('worth', n) AS index, tcs.abc_tier(revenue) OVER () AS tier FROM n;
			SELECT count(*) > 100, bool_and(abs(index - CASE WHEN purchases < 1 THEN 0 ELSE
						100 * (least(purchases, 10) / 10.0 + 3 * least(greatest(revenue, 0), 1000) / 1000) / 4 END) < 1e-9),
				bool_and(abs(index - points) < 1e-9), bool_and(tcs.matrix_cell(index, purchases, '{50}', '{2}') ~ '^[12]{2}$')
			  FROM rated JOIN n USING (customer),
				LATERAL (SELECT sum(contribution) AS points FROM tcs.scorecard_explain('worth', n)) AS e}),
		't|t|t|t',
		"$old: scorecards are made and score");
	is( $sql->(q{
			SELECT tcs.scorecard_copy('tcs.trust', 'trust');
			SELECT tcs.scorecard_get('trust') -> 'factors' = tcs.scorecard_get('tcs.trust') -> 'factors',
				round(tcs.scorecard_score('trust', a)), tcs.segment_assign('tcs.customer_relationship', b)
			  FROM (SELECT 5 AS relationship, 40 AS days_since_contact, 1 AS open_complaints) AS a,
				(SELECT 80 AS importance, 62 AS trust) AS b}),
		"\nt|62|Grow closer",
		"$old: what is shipped serves");
	is( $sql->(q{
			SELECT tcs.create_kpis('kpis', 'orders', 'customer', 'at', 'amount', 'UTC');
			SELECT tcs.create_cohorts('cohorts', 'orders', 'customer', 'at', 'amount', 'UTC', 'quarter');
			SELECT bool_and(active = new_customers + retained + reactivated), sum(new_customers) =
					(SELECT count(DISTINCT customer) FROM orders WHERE amount >= 0),
				(SELECT sum(active) FROM cohorts WHERE period = 0) = sum(new_customers) FROM kpis}),
		"kpis\ncohorts\nt|t|t",
		"$old: views of KPIs and cohorts");
	is( $sql->(q{
			SELECT (tcs.funnel_steps(f))[1].customers = count(*)
			  FROM (SELECT tcs.funnel(at, CASE WHEN amount < 0 THEN 2 ELSE 1 END, '90 days') AS f FROM orders WHERE amount >= 0 GROUP BY customer) AS s;
			SELECT (tcs.retention_table(r))[1].active = count(*)
			  FROM (SELECT tcs.retention(at::date, current_date + 400, 'month') AS r FROM orders GROUP BY customer) AS s;
			SELECT (tcs.rate(amount < 0)).n = count(*), (tcs.nps(10)).nps FROM orders;
			SELECT count(DISTINCT attribute) FROM tcs.persona('rated', 'tier')}),
		"t\nt\nt|100\n2",
		"$old: funnels, retention, rates and personas");
	is( $sql->(q{
			SELECT tcs.create_goals('goals');
			INSERT INTO goals (name, owner, metric, unit, baseline, target, starts, due)
			VALUES ('g', 'me', 'revenue', 'EUR', 0, 100, '2026-01-01', '2026-12-31');
			INSERT INTO goals_measurement (goal, day, value) VALUES ('g', '2026-02-01', 100);
			SELECT status FROM tcs.goals_progress('goals', '2026-02-02')}),
		"goals\nachieved",
		"$old: goals");
	is( $sql->(q{
			SELECT (e).control_n + (e).treatment_n = n, (e).p_value BETWEEN 0 AND 1
			  FROM (SELECT tcs.ab_effect(tcs.ab_assign('offer', customer, '{control,treated}', '{0.5,0.5}'), revenue > 50) AS e, count(*) AS n FROM n) AS s}),
		't|t',
		"$old: experiments");
}

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
	my $has_membership = $old ge '0.4.0';
	if ($has_membership)
	{
		$sql->(q{SELECT tcs.create_segmentation('kept', 'm', 'customer', 'mine');
			CREATE INDEX ON orders (customer);
			SELECT tcs.track_segmentation('kept', 'orders', 'customer');
			SELECT tcs.process_segmentation('kept')});
	}

	# Upgraded and fresh are one.
	$sql->('ALTER EXTENSION tcs UPDATE');
	is($sql->($version), $new, "$old: the upgrade leads to the version of the library");
	my %upgraded = map { $_ => 1 } split /\n/, $sql->($all);
	is(join("\n", grep { !$fresh{$_} } sort keys %upgraded),
		'', "$old: upgraded has nothing that fresh has not");
	is(join("\n", grep { !$upgraded{$_} } sort keys %fresh),
		'', "$old: fresh has nothing that upgraded has not");
	is($sql->($rows), $fresh_rows, "$old: the same rule sets and scorecards come with them");
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
	manage($old, $sql);
	if ($has_membership)
	{
		# The segmentation from before goes on, and serves what is new.
		$sql->(q{INSERT INTO orders SELECT key, now() - interval '1 second', 7 FROM kept WHERE segment = 'gone'});
		is($sql->(q{SELECT tcs.process_segmentation('kept') > 0}), 't', "$old: a segmentation takes note of orders");
		is( $sql->(q{SELECT sum(converted) > 10 AND sum(converted) = (SELECT count(*) FROM kept_moves WHERE from_segment = 'gone'), bool_and(rate BETWEEN low AND high)
						FROM tcs.segment_conversion('kept', now() - interval '1 day', now()) WHERE from_segment = 'gone' AND converted > 0}),
			't|t', "$old: whose moves are counted as conversions");
		is($sql->(q{SELECT tcs.report_html('kept') ~ 'class="card"'}), 't', "$old: and whose report has cards");
	}
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
