# A metrics view, and those of cohorts and KPIs, outside of the session that
# made them: in a dump, in another time zone, in parallel workers, and without the extension.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'");
$node->start;

$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	CREATE SCHEMA shop;
	CREATE TABLE shop.customers (id integer PRIMARY KEY);
	INSERT INTO shop.customers SELECT generate_series(1, 2000);
	CREATE TABLE shop.orders (customer integer, at timestamptz, amount numeric);
	INSERT INTO shop.orders
	SELECT c, at, (i % 97 - 3) * (1 + c % 7)
	  FROM (SELECT *, row_number() OVER (PARTITION BY c ORDER BY at, i) AS nth
			  FROM (SELECT *, now() - (40000 - (40000 - i) * (c * 53 % 10 + 1) / 10) * interval '13 minutes' AS at
					  FROM (SELECT i, i * i % 1901 AS c FROM generate_series(1, 40000) i) o) o) o
	 WHERE nth <= 1 + 80 * (c * 37 % 100 / 100.0) ^ 6;
	ANALYZE;
	CREATE SCHEMA "My ""metrics""";
	SELECT tcs.create_metrics('"My ""metrics""".m', 'shop.orders',
		'customer', 'at', 'amount', 'Europe/Berlin', 'shop.customers',
		horizon => '9 months -3 days 1:00', margin => 0.3, annual_discount => 0.1);
	SELECT tcs.refit_metrics('"My ""metrics""".m');
	SELECT tcs.create_cohorts('shop."Coh""orts"', 'shop.orders', 'customer', 'at', 'amount', 'Europe/Berlin', 'week');
	SELECT tcs.create_kpis('shop."K''PIs"', 'shop.orders', 'customer', 'at', 'amount', 'Europe/Berlin')});

# The rows as of one moment, and what is said about them.
my $view = q{"My ""metrics""".m};
my $rows = qq{SELECT md5(string_agg(figures::text, ' ' ORDER BY customer)) FROM $view AS figures};
my $said = qq{
	SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod),
			col_description(attrelid, attnum)), chr(10) ORDER BY attnum),
		obj_description('${view}'::regclass), obj_description('${view}_model'::regclass)
	  FROM pg_attribute WHERE attrelid = '${view}'::regclass AND attnum > 0};
my $as_made = $node->safe_psql('postgres', $rows);
my $periods = q{
	SELECT md5(string_agg(c::text, ' ' ORDER BY cohort, period)), count(*) > 50,
		(SELECT md5(string_agg(k::text, ' ' ORDER BY period_start)) FROM shop."K'PIs" AS k)
	  FROM shop."Coh""orts" AS c};
my $periods_as_made = $node->safe_psql('postgres', $periods);
like($periods_as_made, qr/\|t\|/, 'there are cohorts');

is( $node->safe_psql('postgres',
		qq{SELECT bool_and(id IN (1, 2) AND (btyd -> 'converged')::boolean AND (spend -> 'converged')::boolean)
			 FROM ${view}_model}),
	't',
	'the models converge');
is( $node->safe_psql('postgres',
		qq{SELECT count(*) > 500 AND count(value_at_risk) = count(*) FROM $view WHERE purchases > 0}),
	't',
	'and score the customers');

# A plain view and a plain table: they are dumped, and go on elsewhere.
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ],
	'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->safe_psql('postgres',
	q{ALTER DATABASE restored SET timezone = 'Asia/Tokyo'});
$node->command_ok(
	[
		'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1',
		'-f', $dump, $node->connstr('restored')
	],
	'restore');
is($node->safe_psql('restored', $rows),
	$as_made, 'the restored view gives the same rows, in another time zone');
is( $node->safe_psql('restored', $said),
	$node->safe_psql('postgres', $said),
	'its columns and comments are the same');
is($node->safe_psql('restored', $periods),
	$periods_as_made, 'so do the views of cohorts and of KPIs');
is( $node->safe_psql('restored', qq{SELECT tcs.refit_metrics('${view}')}),
	'3', 'and it can be fitted again');

# The same in parallel workers.
my $parallel = q{
	SET parallel_setup_cost = 0;
	SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;
	SET max_parallel_workers_per_gather = 2;};
like($node->safe_psql('postgres', "$parallel EXPLAIN SELECT * FROM $view"),
	qr/Workers Planned/, 'workers take part');
is($node->safe_psql('postgres', "$parallel $rows"),
	$as_made, 'and the rows are the same');
is($node->safe_psql('postgres', "$parallel $periods"),
	$periods_as_made, 'so they are of cohorts and of KPIs');

# Dropping the extension takes a CASCADE, and leaves the table of models.
my ($code, undef, $stderr) =
  $node->psql('restored', 'DROP EXTENSION tcs');
isnt($code, 0, 'the extension is not dropped from under a view');
like($stderr, qr/view .* depends on/, 'and the error says so');
$node->safe_psql('restored', 'DROP EXTENSION tcs CASCADE');
is( $node->safe_psql('restored',
		q{SELECT string_agg(format('%s %s', relname, relkind), ', ')
			FROM pg_class
		   WHERE relnamespace = '"My ""metrics"""'::regnamespace
			 AND relkind IN ('r', 'v')}),
	'm_model r', 'CASCADE drops the view, and keeps the models');

$node->stop;
done_testing();
