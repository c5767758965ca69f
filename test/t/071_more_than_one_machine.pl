# The page about more than one machine: its blocks marked "sql shard" run in
# three databases that are shards, those marked "sql coordinator" in a fourth,
# whose servers are this one.  What comes out is what one database with all
# orders gives.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nclient_min_messages = warning");
$node->start;
plan skip_all => 'no postgres_fdw'
  if $node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'}) eq '0';

my $page = slurp_file('doc/more-than-one-machine.md');
my @for_shards = $page =~ /^```sql shard\n(.*?)^```$/gms;
my @for_coordinator = $page =~ /^```sql coordinator\n(.*?)^```$/gms;
is(scalar(@for_shards), 1, 'a block for the shards');
cmp_ok(scalar(@for_coordinator), '>=', 4, 'blocks for the coordinator');

# Customers are where no hash of the server's would put them.
my $orders = q{
	CREATE TABLE orders (order_id int, customer_id int, ordered_on date, amount numeric(12,2));
	INSERT INTO orders SELECT i, customer, date '2024-01-01' + abs(hashint4(i + 7) % 900), abs(hashint4(i * 3) % 20000) / 100.0
	FROM (SELECT i, 1 + floor(abs(hashint4(i)::float8 / 2147483649) ^ 3 * 600)::int AS customer FROM generate_series(1, 6000) AS i) AS o
	WHERE %s;
	CREATE INDEX ON orders (customer_id)};
for my $n (1 .. 3)
{
	$node->safe_psql('postgres', "CREATE DATABASE shard_$n");
	$node->safe_psql("shard_$n", sprintf($orders, "customer % 3 = $n % 3"));
	$node->safe_psql("shard_$n", $for_shards[0] =~ s/SELECT 1 AS shard/SELECT $n AS shard/gr);
}
$node->safe_psql('postgres', 'CREATE DATABASE whole');
$node->safe_psql('whole', sprintf($orders, 'true')
	  . q{; CREATE EXTENSION tcs; SELECT tcs.create_metrics('metrics', 'orders', 'customer_id', 'ordered_on', 'amount', as_of => '2026-06-30');
	SELECT tcs.refit_metrics('metrics', learn => false); UPDATE metrics_model SET churn = NULL});

# The servers are this one, and their users are mapped.
my ($host, $port) = ($node->host, $node->port);
my $mapped = join '', map { "CREATE USER MAPPING FOR CURRENT_USER SERVER shard_$_;" } 1 .. 3;
$for_coordinator[0] =~ s/OPTIONS \(/OPTIONS (host '$host', port '$port', /g;
my $answers = '';
for my $n (0 .. $#for_coordinator)
{
	$answers .= $node->safe_psql('postgres', "SET enable_partitionwise_aggregate = on;\n$for_coordinator[$n]") . "\n";
	$node->safe_psql('postgres', $mapped) if $n == 0;
}

# The models are those of all orders, bit by bit.
my $whole = $node->safe_psql('whole', q{
	SELECT tcs.rfm_fit(h), tcs.abc_fit(h), tcs.btyd_fit(h, 'auto'), tcs.spend_fit(h)
	FROM (SELECT tcs.purchase_history(ordered_on, amount, DATE '2026-06-30') AS h FROM orders GROUP BY customer_id) AS s});
like($whole, qr/"log_likelihood"/, 'there are models');
is($node->safe_psql('postgres', 'SELECT tcs.rfm_fit(rfm), tcs.abc_fit(abc), tcs.btyd_fit(btyd), tcs.spend_fit(spend) FROM fits'),
	$whole, 'models from summaries are those of all orders');
is($node->safe_psql('postgres', 'SELECT tcs.rfm_fit(rfm), tcs.abc_fit(abc), tcs.btyd_fit(btyd), tcs.spend_fit(spend)
	FROM (SELECT tcs.summary_merge(rfm) AS rfm, tcs.summary_merge(abc) AS abc, tcs.summary_merge(btyd) AS btyd, tcs.summary_merge(spend) AS spend FROM fits) AS m'),
	$whole, 'and from summaries of summaries');
is($node->safe_psql("shard_$_", 'SELECT rfm, abc, btyd, spend FROM metrics_model ORDER BY id DESC LIMIT 1'), $whole, "shard_$_ has them")
  for 1 .. 3;

# The customers are those of one machine.
my $columns = $node->safe_psql('whole', q{
	SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'metrics'::regclass AND attnum > 0});
my $all = $node->safe_psql('whole', "SELECT $columns FROM metrics ORDER BY customer");
cmp_ok(scalar(my @rows = split /\n/, $all), '>', 300, 'there are customers');
is($node->safe_psql('postgres', "SELECT $columns FROM customers ORDER BY customer"), $all, 'the customers of all shards are those of one machine');
is($node->safe_psql('postgres', "SELECT $columns FROM customers WHERE customer = 42"),
	$node->safe_psql('whole', "SELECT $columns FROM metrics WHERE customer = 42"), 'so is one of them');
my ($count) = $for_coordinator[3] =~ /^(SELECT rfm_segment, sum.*?;)/ms;
is($node->safe_psql('postgres', $count),
	$node->safe_psql('whole', 'SELECT rfm_segment, count(*), sum(clv) FROM metrics GROUP BY 1 ORDER BY 1'), 'and their segments');
like($answers, qr/^(?:key|leave alone|win back)\|\d+$/m, 'rules give segments');
is($node->safe_psql('postgres', q{SELECT sum(n) FROM (SELECT count(*) AS n FROM customers AS c GROUP BY tcs.segment_assign_by(tcs.rule_set_get('call'), c)) AS s}),
	scalar(@rows), 'of all customers');

# The shards group, and one customer is asked for by key.
my $plan = $node->safe_psql('postgres', "SET enable_partitionwise_aggregate = on; EXPLAIN (VERBOSE, COSTS OFF) $count");
is(scalar(my @grouped = $plan =~ /Remote SQL: SELECT shard, rfm_segment, count\(\*\), sum\(clv\) FROM public\.metrics_shard GROUP BY 1, 2/g), 3, 'each shard groups')
  or diag($plan);
$plan = $node->safe_psql('postgres', 'EXPLAIN (VERBOSE, COSTS OFF) SELECT churn_risk FROM customers WHERE customer = 42');
is(scalar(my @asked = $plan =~ /Remote SQL: .* WHERE \(\(customer = 42\)\)/g), 3, 'each shard is asked for one customer');
# A summary is asked for where the histories are, too.
$node->safe_psql("shard_$_", "CREATE VIEW histories AS SELECT $_ AS shard, tcs.purchase_history(ordered_on, amount, DATE '2026-06-30') AS h FROM orders GROUP BY customer_id") for 1 .. 3;
$node->safe_psql('postgres', 'CREATE TABLE histories (shard int, h tcs.purchase_history) PARTITION BY LIST (shard);'
	  . join '', map { "CREATE FOREIGN TABLE histories_$_ PARTITION OF histories FOR VALUES IN ($_) SERVER shard_$_ OPTIONS (table_name 'histories');" } 1 .. 3);
$node->safe_psql('postgres', 'ANALYZE histories');
my $fit = 'SELECT tcs.btyd_fit(s) FROM (SELECT shard, tcs.btyd_summary(h) AS s FROM histories GROUP BY shard) AS q';
$plan = $node->safe_psql('postgres', "SET enable_partitionwise_aggregate = on; EXPLAIN (VERBOSE, COSTS OFF) $fit");
is(scalar(my @summed = $plan =~ /Remote SQL: SELECT .*tcs\.btyd_summary\(h\).* FROM public\.histories GROUP BY 1/g), 3, 'each shard makes its summary') or diag($plan);
is($node->safe_psql('postgres', "SET enable_partitionwise_aggregate = on; $fit"),
	$node->safe_psql('whole', q{SELECT tcs.btyd_fit(h) FROM (SELECT tcs.purchase_history(ordered_on, amount, DATE '2026-06-30') AS h FROM orders GROUP BY customer_id) AS s}),
	'and the model is that of all');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal/, 'no server process broke down');
$node->stop;
done_testing();
