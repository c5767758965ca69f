# More than one machine, by postgres_fdw: three databases of one server are the
# shards of a partitioned table.  What is computed over it is what is computed
# over all rows in one place, and the calls are made where the rows are.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nmax_connections = 60");
$node->start;
plan skip_all => 'no postgres_fdw'
  if $node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'}) eq '0';

my @shards = map { "shard$_" } 0 .. 2;
my $columns = 'id int, customer int, day date, at timestamptz, amount numeric(12,2), region int, vip boolean';
for my $shard (@shards)
{
	$node->safe_psql('postgres', "CREATE DATABASE $shard");
	$node->safe_psql($shard, "CREATE EXTENSION tcs; CREATE TABLE orders ($columns); CREATE INDEX ON orders (customer)");
}
my ($host, $port) = ($node->host, $node->port);
$node->safe_psql(
	'postgres', "CREATE EXTENSION tcs; CREATE EXTENSION postgres_fdw; CREATE TABLE orders ($columns) PARTITION BY HASH (customer);"
	  . join '', map { "CREATE SERVER $shards[$_] FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname '$shards[$_]', extensions 'tcs');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $shards[$_];
		CREATE FOREIGN TABLE orders_$_ PARTITION OF orders FOR VALUES WITH (MODULUS 3, REMAINDER $_) SERVER $shards[$_] OPTIONS (table_name 'orders');" } 0 .. 2);
$node->safe_psql(
	'postgres', q{
	INSERT INTO orders SELECT i, 1 + hashint4(i) % 400 + CASE WHEN hashint4(i) < 0 THEN 399 ELSE 0 END,
			date '2024-01-01' + abs(hashint4(i + 7) % 700), timestamptz '2024-01-01 22:30 UTC' + abs(hashint4(i + 7) % 16000) * interval '1 hour',
			CASE WHEN i % 29 = 0 THEN -5 ELSE abs(hashint4(i * 3) % 20000) / 100.0 END, i % 5, i % 3 = 0
		FROM generate_series(1, 6000) AS i;
	CREATE TABLE local (LIKE orders);
	INSERT INTO local SELECT * FROM orders;
	CREATE INDEX ON local (customer);
	ANALYZE orders, local});
$node->safe_psql($_, 'ANALYZE orders') for @shards;
is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT customer) > 390 FROM local'), '6000|t', 'all orders are there');
for my $shard (@shards)
{
	cmp_ok($node->safe_psql($shard, 'SELECT count(*) FROM orders'), '>', 1000, "$shard has its part");
}

# Settings that the documents advise.
my $settings = 'SET enable_partitionwise_aggregate = on; SET enable_partitionwise_join = on;';

# The same answer.
sub same
{
	my ($query, $name) = @_;
	my ($here, $there) = map { $node->safe_psql('postgres', $settings . $query =~ s/\bFROM X\b/FROM $_/gr) } 'local', 'orders';
	isnt($here, '', "$name gives something");
	is($there, $here, "$name is the same");
	return;
}

# The text of what the shards are asked, one for each.
sub remote
{
	my ($query) = @_;
	my $plan = $node->safe_psql('postgres', $settings . "EXPLAIN (VERBOSE, COSTS OFF) $query");
	return $plan =~ /Remote SQL: (.*)/g;
}

sub ships
{
	my ($query, $call, $name) = @_;
	my @sql = remote($query =~ s/\bFROM X\b/FROM orders/gr);
	is(scalar(grep { /$call/ } @sql), 3, "$name is asked of each shard") or diag(join "\n", @sql);
	return;
}

# Histories and what is made of them.
my $history = q{SELECT customer, tcs.purchase_history(day, amount, date '2025-12-31') AS h FROM X GROUP BY customer};
my %of_histories = (
	purchase_history => 'SELECT * FROM (%s) AS q ORDER BY 1',
	rfm_fit => 'SELECT tcs.rfm_fit(h) FROM (%s) AS q',
	abc_fit => 'SELECT tcs.abc_fit(h) FROM (%s) AS q',
	gini => 'SELECT tcs.gini(greatest((h).revenue, 0)) FROM (%s) AS q',
	btyd_fit => 'SELECT tcs.btyd_fit(h) FROM (%s) AS q',
	spend_fit => 'SELECT tcs.spend_fit(h) FROM (%s) AS q',
);
same(sprintf($of_histories{$_}, $history), $_) for sort keys %of_histories;
ships($history, qr/tcs\.purchase_history\(day, amount, /, 'purchase_history');

my %of_orders = (
	holdout => [ q{tcs.holdout(day, amount, date '2025-01-31', date '2025-12-31')}, qr/tcs\.holdout\(/ ],
	'purchase_history of instants' => [ q{tcs.purchase_history(at, amount, date '2025-12-31', 'Asia/Tokyo')}, qr/tcs\.purchase_history\(at, amount, '2025-12-31'::date, 'Asia\/Tokyo'::tcs\.zone\)/ ],
	'holdout of instants' => [ q{tcs.holdout(at, amount, date '2025-01-31', date '2025-12-31', 'Asia/Tokyo')}, qr/tcs\.holdout\(at, .*'Asia\/Tokyo'::tcs\.zone\)/ ],
	period_cv => [ q{tcs.period_cv(day, amount, date '2025-12-31', 'month')}, qr/tcs\.period_cv\(day, amount, '2025-12-31'::date, 'month'::tcs\.period\)/ ],
	purchase_periods => [ q{tcs.purchase_periods(at, amount, date '2025-12-31', 'week', 'Europe/Berlin')}, qr/tcs\.purchase_periods\(at, / ],
	retention => [ q{tcs.retention(day, date '2025-12-31', 'month')}, qr/tcs\.retention\(day, '2025-12-31'::date, 'month'::tcs\.period\)/ ],
	'retention of instants' => [ q{tcs.retention(at, date '2025-12-31', 'week_sunday'::text, varchar 'Europe/Berlin')}, qr/tcs\.retention\(at, / ],
	'retention from a start' => [ q{tcs.retention(day - 100, day, date '2025-12-31', 'quarter')}, qr/tcs\.retention\(\(day - 100\), day, / ],
	points => [ q{tcs.points(at, amount, date '2025-12-31', interval '1 year', 'Europe/Berlin')}, qr/tcs\.points\(at, / ],
);
for my $name (sort keys %of_orders)
{
	my ($call, $shipped) = @{ $of_orders{$name} };
	my $query = "SELECT customer, $call AS result FROM X GROUP BY customer";
	same("SELECT * FROM ($query) AS q ORDER BY 1", $name);
	ships($query, $shipped, $name);
}

# What takes the history whole is asked where it is.
my $models = 'SELECT tcs.rfm_fit(h) AS rfm, tcs.abc_fit(h) AS abc, tcs.btyd_fit(h) AS btyd FROM (' . $history =~ s/FROM X/FROM local/r . ') AS q';
my ($rfm, $abc, $btyd) = map { $node->safe_psql('postgres', "SELECT $_ FROM ($models) AS m") } 'rfm', 'abc', 'btyd';
my %scores = (rfm_score => "tcs.rfm_score('$rfm'", abc_tier => "tcs.abc_tier('$abc'", p_alive => "tcs.p_alive('$btyd'");
for my $name (sort keys %scores)
{
	my $query = "SELECT customer, $scores{$name}, tcs.purchase_history(day, amount, date '2025-12-31')) AS score FROM X GROUP BY customer";
	same("SELECT * FROM ($query) AS q ORDER BY 1", $name);
	ships($query, qr/tcs\.$name\('.*'::jsonb, tcs\.purchase_history\(/, $name);
}

# Views.
$node->safe_psql(
	'postgres', q{
	SET client_min_messages = error;
	SELECT tcs.create_metrics('near_metrics', 'local', 'customer', 'day', 'amount', as_of => '2025-12-31'), tcs.create_metrics('far_metrics', 'orders', 'customer', 'day', 'amount', as_of => '2025-12-31')});
is( $node->safe_psql(
		'postgres', $settings . q{
	SELECT (SELECT count(*) FROM far_metrics), count(*) FROM ((TABLE near_metrics EXCEPT TABLE far_metrics) UNION ALL (TABLE far_metrics EXCEPT TABLE near_metrics)) AS d}),
	'400|0', 'a metrics view is the same');
is(scalar(grep { /tcs\.purchase_history\(/ } remote('TABLE far_metrics')), 3, 'the histories of a metrics view are asked of each shard');
is(scalar(remote('SELECT * FROM far_metrics WHERE customer = 42')), 1, 'one customer is asked of one shard');

$node->safe_psql(
	'postgres', q{
	SET client_min_messages = error;
	SELECT tcs.create_kpis('near_kpis', 'local', 'customer', 'at', 'amount', 'Europe/Berlin', as_of => '2025-12-31'), tcs.create_kpis('far_kpis', 'orders', 'customer', 'at', 'amount', 'Europe/Berlin', as_of => '2025-12-31'),
		tcs.create_cohorts('near_cohorts', 'local', 'customer', 'at', 'amount', 'Europe/Berlin', as_of => '2025-12-31'), tcs.create_cohorts('far_cohorts', 'orders', 'customer', 'at', 'amount', 'Europe/Berlin', as_of => '2025-12-31')});
for my $view ('kpis', 'cohorts')
{
	is( $node->safe_psql(
			'postgres', $settings . qq{
		SELECT (SELECT count(*) > 10 FROM far_$view), count(*) FROM ((TABLE near_$view EXCEPT TABLE far_$view) UNION ALL (TABLE far_$view EXCEPT TABLE near_$view)) AS d}),
		't|0', "a view of $view is the same");
	is(scalar(grep { /tcs\.purchase_periods\(/ } remote("TABLE far_$view")), 3, "the periods of a view of $view are asked of each shard");
}

# Conditions of rules are asked where the rows are: all of in_segment.
my $rules = q('{"default_segment": "rest", "rules": [{"segment": "south", "condition": "vip AND region < 3"}, {"segment": "north", "condition": "region IN (3, 4)"}]}');
for my $segment ('south', 'north', 'rest')
{
	my $query = "SELECT id FROM X AS o WHERE tcs.in_segment_by($rules, '$segment', o)";
	same("SELECT count(*), sum(id) FROM X AS o WHERE tcs.in_segment_by($rules, '$segment', o)", "in_segment_by of $segment");
	ships($query, qr/ WHERE .*region/, "in_segment_by of $segment");
	unlike($node->safe_psql('postgres', "EXPLAIN (VERBOSE, COSTS OFF) " . $query =~ s/FROM X/FROM orders/r), qr/Filter/, "nothing is left to do of $segment");
}
same("SELECT tcs.segment_assign_by($rules, o) AS segment, count(*), sum(amount) FROM X AS o GROUP BY 1 ORDER BY 1", 'segment_assign_by');
ships("SELECT id, tcs.segment_assign_by($rules, o) FROM X AS o", qr/SELECT .*region/, 'what segment_assign_by needs');

# Segmentations: rules by value, a customer's row by itself.
$node->safe_psql(
	'postgres', q{
	SET client_min_messages = error;
	SELECT tcs.rule_set_put('value', '{"default_segment": "small", "rules": [{"segment": "best", "condition": "paid > 2000 AND often > 8"}, {"segment": "good", "condition": "paid > 1000"}]}');
	CREATE VIEW near AS SELECT customer, sum(amount) AS paid, count(*) AS often FROM local GROUP BY customer;
	CREATE VIEW far AS SELECT customer, sum(amount) AS paid, count(*) AS often FROM orders GROUP BY customer;
	SELECT tcs.create_segmentation('near_now', 'near', 'customer', 'value'), tcs.create_segmentation('far_now', 'far', 'customer', 'value')});

sub members
{
	my ($name) = @_;
	is( $node->safe_psql(
			'postgres', q{
		SELECT (SELECT count(*) > 390 FROM far_now), count(*) FROM ((SELECT key, segment FROM near_now EXCEPT SELECT key, segment FROM far_now)
			UNION ALL (SELECT key, segment FROM far_now EXCEPT SELECT key, segment FROM near_now)
			UNION ALL (SELECT key, to_segment FROM near_now_moves EXCEPT ALL SELECT key, to_segment FROM far_now_moves)
			UNION ALL (SELECT key, to_segment FROM far_now_moves EXCEPT ALL SELECT key, to_segment FROM near_now_moves)
			UNION ALL (SELECT NULL::int, cause FROM near_now_moves EXCEPT ALL SELECT NULL::int, cause FROM far_now_moves)) AS d}),
		't|0', $name);
	return;
}

sub both
{
	my ($sql) = @_;
	$node->safe_psql('postgres', "SET client_min_messages = error;" . ($sql =~ s/X/local/gr) . ';' . ($sql =~ s/X/orders/gr));
	return;
}
members('members of a segmentation are the same');
both('DELETE FROM X WHERE customer IN (7, 8); INSERT INTO X SELECT 9000 + i, i, date \'2025-12-01\', now(), 700, 1, true FROM generate_series(1, 60) AS i WHERE i NOT IN (7, 8)');
is($node->safe_psql('postgres', "SELECT tcs.refresh_segmentation('near_now', ARRAY[7, 8, 9, 10, 11]) = tcs.refresh_segmentation('far_now', ARRAY[7, 8, 9, 10, 11])"),
	't', 'a refresh of some moves as many');
members('... the same');
$node->safe_psql('postgres', "SELECT tcs.refresh_segmentation('near_now'), tcs.refresh_segmentation('far_now')");
members('a refresh of all moves the same');
$node->safe_psql('postgres', q{UPDATE tcs.rule SET condition = 'paid > 800' WHERE rule_set = 'value' AND segment = 'good'});
both('INSERT INTO X VALUES (9100, 20, \'2025-12-02\', now(), 5000, 1, true)');
$node->safe_psql('postgres', "SELECT tcs.refresh_segmentation('near_now', ARRAY[20, 21, 22, 23]), tcs.refresh_segmentation('far_now', ARRAY[20, 21, 22, 23])");
$node->safe_psql('postgres', "SELECT tcs.refresh_segmentation('near_now'), tcs.refresh_segmentation('far_now')");
members('changed rules are the causes of the same moves');
$node->safe_psql('postgres', "SELECT tcs.pin_segment('near_now', '30', 'best'), tcs.pin_segment('far_now', '30', 'best'), tcs.bar_segment('near_now', '31', 'small'), tcs.bar_segment('far_now', '31', 'small');
	SELECT tcs.refresh_segmentation('near_now'), tcs.refresh_segmentation('far_now')");
members('pins hold on both');

# The source is asked with literals, and by a statement of its own.
my $offset = -s $node->logfile;
$node->safe_psql('postgres', q{
	LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
	SELECT tcs.refresh_segmentation('far_now', ARRAY[1, 2, 3])});
my $log = slurp_file($node->logfile, $offset);
like($log, qr/tcs\.segment_assign_by\('\{"rules": .*FROM public\.far AS s WHERE s\.customer (OPERATOR\(pg_catalog\.)?=\)? ANY \('\{1,2,3\}'::/s, 'keys and rules travel as literals');
like($log, qr/unnest\(\$9, \$10, \$11\) AS found/, 'what was found is written without the source');
unlike($log, qr/tcs\.segment_assign\('value'/, 'no rules are read by name');

my ($result, $out, $error) = $node->psql('postgres', "SELECT tcs.track_segmentation('far_now', 'orders_1', 'customer')");
like($error, qr/"orders_1" cannot be tracked\nDETAIL:  It is a foreign table/, 'a foreign table is not tracked');

# A session that a distributed engine opened does not read stored rules.
($result, $out, $error) = $node->psql('postgres', q{SET application_name = 'citus_internal gpid=10000000007'; SELECT tcs.segment_assign('value', far) FROM far});
like($error, qr/rule set "value" would be read on a shard/, 'stored rules are not read on a shard');

done_testing();
