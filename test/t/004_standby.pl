# Where nothing can be written, what is there can be read and scored.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "timezone = 'UTC'");
$primary->start;
$primary->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	CREATE TABLE orders AS
	SELECT i % 300 AS customer, now() - i * interval '3 hours' AS at, (i * 31 % 89 - 4)::numeric AS amount
	  FROM generate_series(1, 4000) AS i;
	SELECT tcs.create_metrics('metrics', 'orders', 'customer', 'at', 'amount', 'Europe/Berlin')});

$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;

# What comes later arrives too: orders, and a new fit.
$primary->safe_psql(
	'postgres', q{
	INSERT INTO orders SELECT 7, now() - i * interval '1 day', 500 FROM generate_series(1, 20) AS i;
	SELECT tcs.refit_metrics('metrics')});
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

my $rows = q{SELECT md5(string_agg(m::text, ' ' ORDER BY customer)) FROM metrics AS m};
is($standby->safe_psql('postgres', $rows),
	$primary->safe_psql('postgres', $rows), 'the view gives the same rows');
my $scores = q{
	SELECT md5(string_agg(concat(tcs.rfm_score(rfm, days_since_last, purchases, revenue), tcs.abc_tier(abc, revenue)), ' ' ORDER BY customer))
	  FROM metrics, (SELECT * FROM metrics_model ORDER BY id DESC LIMIT 1) AS model};
is($standby->safe_psql('postgres', $scores),
	$primary->safe_psql('postgres', $scores), 'customers are scored alike');
my $fits = q{
	SELECT tcs.rfm_fit(days_since_last, purchases, revenue), tcs.abc_fit(revenue), tcs.gini(greatest(revenue, 0)), tcs.lorenz(greatest(revenue, 0), 4) FROM metrics};
is($standby->safe_psql('postgres', $fits),
	$primary->safe_psql('postgres', $fits), 'models can be fitted there');
is( $standby->safe_psql('postgres',
		q{SELECT tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount', 'Europe/Berlin') ~ 'purchase_history'}),
	't', 'and the query can be asked for');

# What writes says that it cannot, by its name.
my $create = q{SELECT tcs.create_metrics('more', 'orders', 'customer', 'at', 'amount')};
my $refit  = q{SELECT tcs.refit_metrics('metrics')};
for my $case (
	[ 'create_metrics', $create ],
	[ 'refit_metrics',  $refit ])
{
	my ($function, $call) = @$case;
	my ($code, undef, $stderr) = $standby->psql('postgres', "\\set VERBOSITY verbose\n$call");
	isnt($code, 0, "$function fails on a standby");
	like($stderr, qr/ERROR:  25006: cannot execute tcs\.\Q$function\E\(\) in a read-only transaction/, 'and says why');
	($code, undef, $stderr) = $primary->psql('postgres',
		"SET default_transaction_read_only = on;\n\\set VERBOSITY verbose\n$call");
	isnt($code, 0, "$function fails in a read-only transaction");
	like($stderr, qr/ERROR:  25006: cannot execute tcs\.\Q$function\E\(\) in a read-only transaction/, 'and says why');
}
is( $primary->safe_psql('postgres',
		"SET default_transaction_read_only = on; $rows"),
	$standby->safe_psql('postgres', $rows),
	'a read-only transaction reads the view');

# A standby that takes over writes.
$standby->promote;
cmp_ok($standby->safe_psql('postgres', $refit), '>', 2, 'after a promotion the models are fitted');

$standby->stop;
$primary->stop;
done_testing();
