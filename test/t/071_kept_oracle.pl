# A metrics view that is kept says what the one that reads the log says: in mode
# sync in every snapshot, in mode queue once the queue is worked off, while eight
# clients write orders of all kinds, to a log in partitions; and so does a
# segmentation that follows the kept table alone.  Then the same after a crash,
# after a dump and a restore, and on a standby.
use strict;
use warnings;

use IPC::Run qw(start finish);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $clients = 8;
my $transactions = $ENV{TCS_TRANSACTIONS} || 25;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "deadlock_timeout = 50ms\njit = off\nmax_connections = 30\n");
$node->start;

my $state = 20261201;
sub any { my $n = shift; $state = ($state * 1103515245 + 12345) % 2147483648; return int($state / 65536) % $n }
sub pick { return $_[ any(scalar @_) ] }

sub ask { return $node->safe_psql('postgres', $_[0]) }

ask(q{
	SET client_min_messages = warning;
	CREATE EXTENSION tcs;
	CREATE SCHEMA shop;
	SET search_path = shop;
	CREATE TABLE orders (id integer, customer integer, at timestamptz, amount numeric, PRIMARY KEY (id)) PARTITION BY RANGE (id);
	CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (MINVALUE) TO (100);
	CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM (100) TO (MAXVALUE);
	CREATE INDEX ON orders (customer);
	INSERT INTO orders SELECT i, i % 12, now() - i * interval '3 days', i % 17 FROM generate_series(1, 150) AS i;
	SELECT tcs.create_metrics(n, 'orders', 'customer', 'at', 'amount', 'Asia/Tokyo') FROM unnest('{s,q}'::text[]) AS n;
	SELECT tcs.keep_metrics('s', mode => 'sync'), tcs.keep_metrics('q');
	SELECT tcs.track_segmentation('s', 'orders', 'customer'), tcs.track_segmentation('q', 'orders', 'customer');
	SELECT tcs.create_segmentation('who', 's', 'customer', 'tcs.lifecycle', mode => 'sync');
	SELECT tcs.track_segmentation('who', 's_kept', 'customer');
	SELECT tcs.process_segmentation(n) FROM unnest('{s,q,who}'::regclass[]) AS n;
	CREATE FUNCTION wrong(view regclass) RETURNS bigint LANGUAGE plpgsql AS $$
	DECLARE n bigint; BEGIN
		EXECUTE format('SELECT count(*) FROM ((TABLE %1$I EXCEPT ALL TABLE %2$I) UNION ALL (TABLE %2$I EXCEPT ALL TABLE %1$I)) AS d', view::text, view::text || '_log') INTO n;
		RETURN n;
	END $$;
	CREATE VIEW misplaced AS SELECT customer FROM (SELECT customer, tcs.segment_assign('tcs.lifecycle', whole) AS segment FROM s_log AS whole) AS m
		FULL JOIN who ON who.key = m.customer WHERE who.segment IS DISTINCT FROM m.segment OR who.key IS NULL OR m.customer IS NULL;});

# One statement: new orders, late ones, some of days to come, refunds, changes.
sub statement
{
	my ($order, $customer) = (any(300), any(12));
	my $day = pick('0', '-1', '-400', '-5000', '3', '40');

	return pick("INSERT INTO orders VALUES ($order, $customer, now() + $day * interval '1 day', " . any(90) . ') ON CONFLICT (id) DO NOTHING',
		"INSERT INTO orders VALUES ($order, $customer, now(), -" . any(40) . ') ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, amount = excluded.amount',
		"INSERT INTO orders SELECT g, g % 12, now() - g * interval '1 hour', g % 7 FROM generate_series($order, $order + 6) AS g ON CONFLICT DO NOTHING",
		"UPDATE orders SET customer = $customer WHERE id = $order",
		"UPDATE orders SET amount = amount + 1 WHERE customer = $customer",
		"UPDATE orders SET at = at + $day * interval '1 day' WHERE id % 20 = $order % 20",
		"UPDATE orders SET id = 300 - id WHERE id = $order AND NOT EXISTS (SELECT FROM orders WHERE id = 300 - $order)",
		"DELETE FROM orders WHERE id % 30 = $order % 30",
		"DELETE FROM orders WHERE customer = $customer",
		"DELETE FROM orders WHERE id = $order");
}

sub transaction
{
	my @sql;
	my $level = pick('READ COMMITTED', 'READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ');

	# not after others: the server refuses that while triggers wait for the commit
	return pick('TRUNCATE orders;', 'TRUNCATE orders_2;') if any(15) == 0;
	return statement() . ';' if any(3) == 0;
	push @sql, "BEGIN ISOLATION LEVEL $level";
	for my $i (1 .. 1 + any(4))
	{
		my $what = any(8);

		if ($what == 0) { push @sql, "SAVEPOINT p; " . statement() . "; ROLLBACK TO p" }
		else { push @sql, statement() }
	}
	push @sql, any(8) ? 'COMMIT' : 'ROLLBACK';
	return join(";\n", @sql) . ';';
}

sub script
{
	my $number = shift;
	my $sql = "SET search_path = shop;\n";

	for my $i (1 .. $transactions)
	{
		$sql .= transaction() . "\n";
		$sql .= "SELECT 'wrong ' || wrong('s'), 'misplaced ' || (SELECT count(*) FROM misplaced);\n" if $i % 3 == 0;
		$sql .= "SELECT tcs.process_segmentation('q') IS NULL;\n" if $i % 4 == $number % 4;
		$sql .= "SELECT tcs.refresh_segmentation('q') IS NULL;\n" if $number == 1 && $i % 10 == 0;
	}
	return $sql;
}

my @runs;
for my $number (1 .. $clients)
{
	my ($out, $err) = ('', '');
	my $in = script($number);

	push @runs, [ start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err), \$out, \$err, \$in ];
}
finish($_->[0]) for @runs;
my $out = join '', map { ${ $_->[1] } } @runs;
my $err = join '', map { ${ $_->[2] } } @runs;
my @checks = $out =~ /wrong \d+/g;
cmp_ok(scalar @checks, '>=', $clients * int($transactions / 3) / 2, 'checked in many snapshots');
is(join("\n", grep { !/wrong 0$/ } @checks), '', 'in every snapshot a view in mode sync is what the one that reads the log is');
is(join("\n", grep { !/misplaced 0$/ } $out =~ /misplaced \d+/g), '', 'and a segmentation of it is what the rules say');
my @failed = grep { /ERROR/ && !/could not serialize|deadlock detected|current transaction is aborted|duplicate key/ } split /\n/, $err;
is(join("\n", @failed), '', 'nothing fails but for conflicts');

sub settled
{
	my $when = shift;

	is(ask(q{SET search_path = shop; SELECT wrong('s')}), '0', "$when: mode sync is right at once");
	is(ask(q{SET search_path = shop; SELECT count(*) FROM s_kept_queue}), '0', "$when: with nothing in its queue");
	ask(q{SET search_path = shop; SELECT tcs.process_segmentation('q')});
	is(ask(q{SET search_path = shop; SELECT wrong('q')}), '0', "$when: mode queue is right when its queue is worked off");
	is(ask(q{SET search_path = shop; SELECT entered, moved, removed FROM tcs.refresh_segmentation('s')}), '0|0|0', "$when: a refresh finds nothing");
	is(ask(q{SET search_path = shop; SELECT count(*) FROM misplaced}), '0', "$when: nobody is misplaced");
}
settled('after all');
ask(q{INSERT INTO shop.orders SELECT i, i % 9, now() - i * interval '2 days', i % 23 FROM generate_series(1, 200) AS i ON CONFLICT DO NOTHING});
settled('with orders');

$node->stop('immediate');
$node->start;
settled('after a crash');

# A dump has it all, the triggers too.
my $dump = PostgreSQL::Test::Utils::tempdir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-Fp', '-f', $dump, '-d', $node->connstr('postgres') ], 'dumped');
ask('CREATE DATABASE restored');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('restored') ], 'restored');
my $restored = sub { return $node->safe_psql('restored', "SET search_path = shop; $_[0]") };
is($restored->(q{SELECT wrong('s'), wrong('q')}), '0|0', 'the views say the same after a restore');
$restored->(q{INSERT INTO orders VALUES (1001, 5, now(), 33), (1002, 77, now(), 2)});
is($restored->(q{SELECT wrong('s'), (SELECT count(*) FROM misplaced), wrong('q') > 0}), '0|0|t', 'what is restored follows the orders');
$restored->(q{SELECT tcs.process_segmentation('q')});
is($restored->(q{SELECT wrong('q')}), '0', 'so does its queue');
is($restored->(q{DROP VIEW misplaced; SELECT tcs.untrack_segmentation('who', 's_kept'); SELECT tcs.drop_segmentation('who'); SELECT tcs.keep_metrics('s', false) IS NULL}), "1\n\nt", 'and it can be ended');
$restored->(q{INSERT INTO orders VALUES (1003, 5, now(), 33)});
is($restored->(q{SELECT count(*) FROM pg_class WHERE relname ~ '^s_(kept|log|histories)'}), '0', 'without a trace');

# A standby reads, and refuses the rest.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
ask(q{INSERT INTO shop.orders VALUES (1001, 5, now(), 33)});
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql('postgres', q{SET search_path = shop; SELECT wrong('s')}), '0', 'a standby reads what is kept');
my ($rc, $stdout, $stderr) = $standby->psql('postgres', q{SELECT tcs.keep_metrics('shop.s', false)});
like($stderr, qr/cannot execute tcs.keep_metrics\(\) during recovery/, 'and keeps nothing itself');

$standby->stop;
$node->stop;
done_testing();
