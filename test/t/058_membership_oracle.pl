# Random shops, of one to four tables, and random transactions of many statements
# and savepoints by several clients: whatever is committed, a segmentation in mode
# sync is what the plain query says, in every snapshot; one in mode queue is once
# its queue is worked off.  TCS_SHOPS says how many shops, TCS_SEED which.
use strict;
use warnings;

use IPC::Run qw(start finish);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shops = $ENV{TCS_SHOPS} || 4;
my $seed = defined $ENV{TCS_SEED} ? $ENV{TCS_SEED} : 20261130;
my $clients = 4;
my $transactions = $ENV{TCS_TRANSACTIONS} || 40;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "deadlock_timeout = 50ms\njit = off\nmax_connections = 30\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION tcs');

# Numbers of our own: those of Perl differ by version.
my $state = $seed;
sub any { my $n = shift; $state = ($state * 1103515245 + 12345) % 2147483648; return int($state / 65536) % $n }
sub pick { return $_[ any(scalar @_) ] }

sub ask { return $node->safe_psql('postgres', $_[0]) }

# What a shop is made of.
sub make_shop
{
	my ($name, $tables) = @_;
	my %shop = (name => $name, tables => $tables, cascade => any(2), parted => any(3) == 0);
	my $fk = $shop{cascade} ? 'REFERENCES orders ON UPDATE CASCADE ON DELETE CASCADE' : '';
	my $sql = "CREATE SCHEMA $name; SET search_path = $name;\n";

	if ($shop{parted} && !$shop{cascade})
	{
		$sql .= 'CREATE TABLE orders (id integer PRIMARY KEY, customer integer, amount integer) PARTITION BY RANGE (id);
			CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (MINVALUE) TO (50);
			CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM (50) TO (MAXVALUE);';
	}
	else
	{
		$sql .= 'CREATE TABLE orders (id integer PRIMARY KEY, customer integer, amount integer);';
	}
	$sql .= 'CREATE INDEX ON orders (customer);';
	$sql .= "CREATE TABLE lines (id integer PRIMARY KEY, order_id integer $fk, worth integer); CREATE INDEX ON lines (order_id);" if $tables > 1;
	$sql .= 'CREATE TABLE customers (id integer PRIMARY KEY, vip boolean);' if $tables > 2;
	$sql .= 'CREATE TABLE returns (line integer, worth integer); CREATE INDEX ON returns (line);
		CREATE VIEW line_customer AS SELECT l.id, o.customer FROM lines AS l JOIN orders AS o ON o.id = l.order_id;' if $tables > 3;
	my $lines = $tables > 1 ? 'LEFT JOIN (SELECT order_id, sum(worth) AS worth FROM lines GROUP BY 1) AS l ON l.order_id = o.id' : '';
	my $worth = $tables > 1 ? 'sum(o.amount + coalesce(l.worth, 0))' : 'sum(o.amount)';
	my $returned = $tables > 3 ? '- coalesce((SELECT sum(r.worth) FROM returns AS r JOIN lines AS l ON l.id = r.line JOIN orders AS o2 ON o2.id = l.order_id WHERE o2.customer = o.customer), 0)' : '';
	my $vip = $tables > 2 ? 'coalesce((SELECT c.vip FROM customers AS c WHERE c.id = o.customer), false)' : 'false';
	$sql .= "CREATE VIEW shopper AS SELECT o.customer, $worth $returned AS worth, $vip AS vip FROM orders AS o $lines WHERE o.customer IS NOT NULL GROUP BY o.customer;
		CREATE VIEW oracle AS SELECT customer AS key, CASE WHEN vip AND worth > 20 THEN 'vip' WHEN worth % 2 = 1 THEN 'odd' WHEN worth > 60 THEN 'big' END AS segment FROM shopper;
		SELECT tcs.create_segmentation('s', 'shopper', 'customer', 'shop', 'sync'), tcs.create_segmentation('q', 'shopper', 'customer', 'shop');";
	for my $into ('s', 'q')
	{
		$sql .= "SELECT tcs.track_segmentation('$into', 'orders', 'customer');";
		$sql .= "SELECT tcs.track_segmentation('$into', 'lines', 'customer', through => 'orders', columns => '{order_id}', through_columns => '{id}');" if $tables > 1;
		$sql .= "SELECT tcs.track_segmentation('$into', 'customers', 'id');" if $tables > 2;
		$sql .= "SELECT tcs.track_segmentation('$into', 'returns', 'customer', through => 'line_customer', columns => '{line}', through_columns => '{id}');" if $tables > 3;
		$sql .= "SELECT tcs.process_segmentation('$into');";
	}
	$sql .= 'CREATE FUNCTION wrong(seg regclass) RETURNS bigint LANGUAGE plpgsql AS $$
		DECLARE n bigint; BEGIN
		EXECUTE format(\'SELECT count(*) FROM ((SELECT * FROM oracle EXCEPT ALL SELECT key, segment FROM %1$s)
			UNION ALL (SELECT key, segment FROM %1$s EXCEPT ALL SELECT * FROM oracle)) AS d\', seg) INTO n; RETURN n; END $$;';
	ask("SET client_min_messages = warning; $sql");
	return \%shop;
}

# One statement; orders and lines come from few numbers, so that clients meet.
sub statement
{
	my $shop = shift;
	my $tables = $shop->{tables};
	my ($order, $other, $customer, $line) = (any(100), any(100), any(8), any(200));
	my $who = any(12) ? $customer : 'NULL';
	my @kinds = ("INSERT INTO orders VALUES ($order, $who, " . any(30) . ') ON CONFLICT (id) DO NOTHING',
		"INSERT INTO orders VALUES ($order, $who, " . any(30) . ") ON CONFLICT (id) DO UPDATE SET customer = excluded.customer",
		"INSERT INTO orders SELECT g, g % 8, g % 13 FROM generate_series($order, $order + 4) AS g ON CONFLICT DO NOTHING",
		"UPDATE orders SET customer = $who WHERE id = $order",
		"UPDATE orders SET amount = amount + 1 WHERE customer = $customer",
		"UPDATE orders SET id = id + 1000 WHERE id = $order AND NOT EXISTS (SELECT FROM orders WHERE id = $order + 1000)",
		"UPDATE orders SET id = id - 1000 WHERE id = $order + 1000 AND NOT EXISTS (SELECT FROM orders WHERE id = $order)",
		"DELETE FROM orders WHERE id = $order",
		"DELETE FROM orders WHERE customer = $customer AND id % 3 = 0");
	push @kinds, ("INSERT INTO lines SELECT $line, o.id, " . any(40) . " FROM orders AS o WHERE o.id = $order ON CONFLICT DO NOTHING",
		"INSERT INTO lines SELECT $line + 1000 * g, o.id, g FROM orders AS o, generate_series(1, 3) AS g WHERE o.customer = $customer AND o.id % 10 = $order % 10 ON CONFLICT DO NOTHING",
		"UPDATE lines SET worth = worth + 1 WHERE order_id = $order",
		"UPDATE lines SET order_id = o.id FROM orders AS o WHERE o.id = $other AND lines.order_id = $order",
		"UPDATE lines SET order_id = NULL WHERE id = $line",
		"DELETE FROM lines WHERE id % 50 = $line % 50",
		"WITH gone AS (DELETE FROM lines WHERE order_id = $order RETURNING *) UPDATE orders SET amount = amount + 3 WHERE id IN (SELECT order_id FROM gone)") if $tables > 1;
	push @kinds, ("INSERT INTO customers VALUES ($customer, " . pick('true', 'false') . ') ON CONFLICT (id) DO UPDATE SET vip = excluded.vip',
		"DELETE FROM customers WHERE id = $customer") if $tables > 2;
	push @kinds, ("INSERT INTO returns SELECT id, 1 FROM lines WHERE id % 20 = $line % 20",
		"DELETE FROM returns WHERE line % 20 = $line % 20",
		"UPDATE returns SET line = $line WHERE line = $other") if $tables > 3;
	return pick(@kinds);
}

sub transaction
{
	my $shop = shift;
	my $level = pick('READ COMMITTED', 'READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ');
	my @sql;
	my @savepoints;

	return statement($shop) . ';' if any(3) == 0;
	push @sql, "BEGIN ISOLATION LEVEL $level";
	for my $i (1 .. 1 + any(6))
	{
		my $what = any(10);

		if ($what == 0) { push @sql, "SAVEPOINT p$i"; push @savepoints, "p$i" }
		elsif ($what == 1 && @savepoints) { push @sql, 'ROLLBACK TO ' . $savepoints[-1] }
		elsif ($what == 2 && @savepoints) { push @sql, 'RELEASE ' . pop @savepoints }
		elsif ($what == 3) { push @sql, "DO \$\$ BEGIN " . statement($shop) . "; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END \$\$" }
		else { push @sql, statement($shop) }
	}
	push @sql, any(8) ? 'COMMIT' : 'ROLLBACK';
	return join(";\n", @sql) . ';';
}

# What one client says; a transaction that fails for a conflict is given up.
sub script
{
	my ($shop, $count, $check) = @_;
	my $sql = "SET search_path = $shop->{name};\n";

	for (1 .. $count)
	{
		$sql .= transaction($shop) . "\n";
		$sql .= "SELECT 'wrong', wrong('s') WHERE wrong('s') <> 0;\n" if $check;
	}
	return $sql;
}

sub run_clients
{
	my @scripts = @_;
	my @command = ('psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('postgres'));
	my @out = map { '' } @scripts;
	my @err = map { '' } @scripts;
	my @runs = map { start([@command], '<', \$scripts[$_], '>', \$out[$_], '2>', \$err[$_]) } 0 .. $#scripts;

	finish($_) for @runs;
	my $errors = join '', @err;
	# conflicts, and what follows in a transaction that had one
	my @strange = grep { /ERROR|WARNING|FATAL|PANIC/
		&& !/deadlock detected|could not serialize|current transaction is aborted|no transaction in progress|foreign key constraint|duplicate key value|savepoint "p\d" does not exist/ }
	  split /\n/, $errors;
	return (join('', @out), \@strange);
}

ask(q{SELECT tcs.rule_set_put('shop', '{"rules": [
	{"priority": 1, "segment": "vip", "condition": "vip AND worth > 20"},
	{"priority": 2, "segment": "odd", "condition": "worth % 2 = 1"},
	{"priority": 3, "segment": "big", "condition": "worth > 60"}]}')});
for my $number (1 .. $shops)
{
	my $shop = make_shop("shop$number", 1 + ($number - 1) % 4);
	my $what = "shop $number of seed $seed";

	# alone: after each commit
	my ($out, $strange) = run_clients(script($shop, $transactions, 1));
	is($out, '', "$what: right after each commit");
	is_deeply($strange, [], "$what: nothing strange was said");
	is(ask("SET search_path = $shop->{name}; SELECT tcs.process_segmentation('q') >= 0; SELECT wrong('q'), (SELECT count(*) FROM q_queue), wrong('s')"),
		"t\n0|0|0", "$what: the queue is worked off, and right");

	# together, while somebody looks and somebody works off the queue
	my $look = "SET search_path = $shop->{name}; " . "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 'wrong', wrong('s') WHERE wrong('s') <> 0; COMMIT;\n" x ($transactions * 2);
	my $work = "SET search_path = $shop->{name}; " . "SELECT 'failed' WHERE tcs.process_segmentation('q') < 0;\n" x $transactions;
	($out, $strange) = run_clients((map { script($shop, $transactions, 0) } 1 .. $clients), $look, $work);
	is($out, '', "$what: right in every snapshot, with $clients clients");
	is_deeply($strange, [], "$what: nothing strange was said to them");
	is(ask("SET search_path = $shop->{name}; SELECT wrong('s'), (SELECT count(*) FROM s_queue)"), '0|0', "$what: right in the end, and nobody waits");
	is(ask("SET search_path = $shop->{name}; SELECT tcs.process_segmentation('q') >= 0; SELECT wrong('q'), (SELECT count(*) FROM q_queue)"),
		"t\n0|0", "$what: the other, too");
	cmp_ok(ask("SELECT count(*) FROM $shop->{name}.s_moves WHERE cause = 'data'"), '>', 0, "$what: somebody moved");
}
$node->stop;
done_testing();
