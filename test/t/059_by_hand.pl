
# What people do by hand while others are at work, and what is left in a dump.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
plan skip_all => 'this server has no sessions in the background'
  unless $node->can('background_psql');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\ndeadlock_timeout = '100ms'\n");
$node->start;
my $key = 'Zaphod-Beeblebrox-0815';
$node->safe_psql('postgres', qq{
	CREATE EXTENSION tcs;
	CREATE TABLE orders (customer text, amount numeric);
	INSERT INTO orders SELECT 'c' || i, i * 10 FROM generate_series(1, 40) AS i;
	CREATE VIEW customers AS SELECT customer AS id, sum(amount) AS spend FROM orders GROUP BY 1;
	SELECT tcs.rule_set_put('r', '{"default_segment": "other", "rules": [
		{"priority": 10, "segment": "vip", "condition": "spend >= 300"},
		{"priority": 20, "segment": "mid", "condition": "100 / (spend - 13) < 50 AND spend >= 200"}]}');
	SELECT tcs.create_segmentation('q', 'customers', 'id', 'r'), tcs.create_segmentation('s', 'customers', 'id', 'r', 'sync');
	SELECT tcs.track_segmentation('q', 'orders', 'customer'), tcs.track_segmentation('s', 'orders', 'customer');
	SELECT tcs.process_segmentation('q'), tcs.process_segmentation('s')});

sub ask { return $node->safe_psql('postgres', $_[0]) }

# Sessions that are in the middle of something.
sub session
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe($_) for 'SET client_min_messages = error', @_;
	return $session;
}

# Start a statement that will have to wait, and see that it does.
sub start_waiting
{
	my ($session, $sql) = @_;
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	$session->query_until(qr/begun/, "\\echo begun\n$sql;\n\\echo ended\n");
	ok( $node->poll_query_until('postgres',
			"SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $pid"),
		"waits: $sql");
}
sub wait_for_end { $_[0]->query_until(qr/ended/, "\n") }

# What the members must be, and what the moves must say of them.
my $wrong = join ' UNION ALL ', map { qq{
	SELECT '$_ members', count(*) FROM (SELECT id, CASE WHEN p.key IS NULL THEN tcs.segment_assign('r', c) ELSE p.segment END AS segment FROM customers AS c
			LEFT JOIN ${_}_pins AS p ON p.key = c.id AND NOT p.barred
		EXCEPT SELECT key, segment FROM $_) AS d HAVING count(*) > 0
	UNION ALL SELECT '$_ moves', count(*) FROM (TABLE tcs_at_$_ EXCEPT SELECT key, segment FROM $_) AS d HAVING count(*) > 0
	UNION ALL SELECT '$_ members without moves', count(*) FROM (SELECT key, segment FROM $_ EXCEPT TABLE tcs_at_$_) AS d HAVING count(*) > 0} } ('q', 's');
ask("CREATE VIEW tcs_at_$_ AS SELECT DISTINCT ON (key) key, to_segment FROM ${_}_moves ORDER BY key, moved_at DESC") for 'q', 's';
ask("CREATE OR REPLACE VIEW tcs_at_$_ AS SELECT key, to_segment FROM (SELECT DISTINCT ON (key) key, to_segment, present FROM ${_}_moves ORDER BY key, moved_at DESC) AS m WHERE present") for 'q', 's';
is(ask($wrong), '', 'all is well at first');

# An order that has not committed, and a pin: the later of the two sees the other.
my $order = session('BEGIN', q{INSERT INTO orders VALUES ('c1', 1000)});
my $pin = session();
start_waiting($pin, q{SELECT tcs.pin_segment('s', 'c1', 'mid')});
$order->query_safe('COMMIT');
wait_for_end($pin);
is(ask(q{SELECT segment FROM s WHERE key = 'c1'}), 'mid', 'a pin that waited for an order');

$pin = session('BEGIN', q{SELECT tcs.pin_segment('s', 'c2', 'mid')});
$order = session();
start_waiting($order, q{INSERT INTO orders VALUES ('c2', 1000)});
$pin->query_safe('COMMIT');
wait_for_end($order);
is(ask(q{SELECT segment FROM s WHERE key = 'c2'}), 'mid', 'an order that waited for a pin');

# the first pin of all, seen by an order of many customers and by a refresh
ask(q{SELECT tcs.unpin_segment('s', 'c1'), tcs.unpin_segment('s', 'c2')});
$pin = session('BEGIN', q{SELECT tcs.pin_segment('s', 'c3', 'mid')});
start_waiting($order, q{INSERT INTO orders SELECT 'c' || i, 1000 FROM generate_series(1, 20) AS i});
my $refresh = session();
start_waiting($refresh, q{SELECT * FROM tcs.refresh_segmentation('s')});
$pin->query_safe('COMMIT');
wait_for_end($_) for $order, $refresh;
is(ask(q{SELECT key, segment FROM s WHERE key IN ('c3', 'c4') ORDER BY 1}), "c3|mid\nc4|vip", 'orders and a refresh that waited for a pin');
$refresh->query_safe(q{SELECT * FROM tcs.refresh_segmentation('q')});
is(ask($wrong), '', 'pins and orders agree');

# Erasure waits for orders and refreshes, and they for it.
ask(qq{INSERT INTO orders VALUES ('$key', 1000); SELECT tcs.process_segmentation('q')});
is(ask("SELECT segment FROM s WHERE key = '$key'"), 'vip', 'there');
$order = session('BEGIN', "DELETE FROM orders WHERE customer = '$key'");
my $erase = session();
start_waiting($erase, "SELECT tcs.erase_customer('s', '$key')");
$order->query_safe('COMMIT');
wait_for_end($erase);
is(ask("SELECT count(*) FROM s_moves WHERE key = '$key'"), 0, 'what an order wrote meanwhile is erased too');

$order = session('BEGIN', "INSERT INTO orders VALUES ('$key', 1)");
start_waiting($erase, "SELECT tcs.erase_customer('s', '$key')");
$order->query_safe('ROLLBACK');
wait_for_end($erase);
is(ask("SELECT count(*) FROM s WHERE key = '$key'"), 0, 'one who was about to come did not');

$erase = session('BEGIN', "SELECT tcs.erase_customer('q', '$key')");
start_waiting($refresh, q{SELECT tcs.process_segmentation('q')});
$erase->query_safe('COMMIT');
wait_for_end($refresh);
is(ask("SELECT (SELECT count(*) FROM q_moves WHERE key = '$key'), (SELECT count(*) FROM q_queue)"), '0|0',
	'a refresh that waited does not bring the customer back');

# Several at once, on few customers: no deadlock among those that take one each.
ask(q{CREATE FUNCTION act(n integer) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE k text := 'c' || 1 + n % 7;
	BEGIN
		CASE floor(random() * 5)
		WHEN 0 THEN PERFORM tcs.pin_segment('s', k, 'mid');
		WHEN 1 THEN PERFORM tcs.bar_segment('s', k, 'vip');
		WHEN 2 THEN PERFORM tcs.unpin_segment('s', k);
		WHEN 3 THEN PERFORM tcs.refresh_segmentation('s');
		ELSE INSERT INTO orders VALUES (k, floor(random() * 400) - 200);
		END CASE;
	EXCEPTION WHEN undefined_object OR division_by_zero THEN NULL;
	END $$});
append_to_file($node->basedir . '/act.sql', "\\set n random(1, 1000)\nSELECT act(:n);\n");
$node->command_ok([ 'pgbench', '-n', '-c', 6, '-t', 60, '-f', $node->basedir . '/act.sql', $node->connstr('postgres') ], 'many at once');
ask(q{DELETE FROM s_pins WHERE barred; SELECT tcs.refresh_segmentation('s')});
ask(q{SELECT tcs.refresh_segmentation('q')});
is(ask($wrong), '', 'and all is well');

# Nothing of the customer is in a dump; in mode sync the order itself brought it in.
ask(qq{
	INSERT INTO orders VALUES ('$key', 1000), ('old $key', 10);
	SELECT tcs.process_segmentation('q');
	SELECT tcs.pin_segment('q', '$key', 'mid'), tcs.bar_segment('s', '$key', 'other');
	UPDATE orders SET customer = '$key' WHERE customer = 'old $key';
	SELECT tcs.merge_keys('q', 'old $key', '$key'), tcs.merge_keys('s', 'old $key', '$key');
	INSERT INTO orders VALUES ('$key', 13 - 1010);
	SELECT tcs.create_consents('consent', '{email}', 'text');
	INSERT INTO consent (customer, purpose) VALUES ('$key', 'email')});
like(ask('SELECT last_error FROM s_status'), qr/\Q$key/, 'an error names the customer');
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'dumped');
cmp_ok(scalar(() = slurp_file($dump) =~ /\Q$key/g), '>', 10, 'the customer is in many places');
ask(qq{DELETE FROM orders WHERE customer LIKE '%$key';
	SELECT tcs.erase_customer('q', '$key', 'consent'), tcs.erase_customer('s', '$key')});
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'dumped again');
is(scalar(() = slurp_file($dump) =~ /\Q$key/g), 0, 'the customer is in none');
ask('VACUUM; ANALYZE');
is(ask("SELECT count(*) FROM pg_stats WHERE tablename ~ '^[qs]' AND concat(most_common_vals, histogram_bounds) LIKE '%$key%'"), 0, 'nor in the statistics');

# Data alone are restored with the triggers disabled, and only then.
my $custom = $node->basedir . '/custom';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $custom, $node->connstr('postgres') ], 'dumped in the custom format');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr('copy'), '--schema-only', $custom ], 'definitions restored');
my @data = ('pg_restore', '-d', $node->connstr('copy'), '--data-only', '-t', 's', '-t', 's_moves');
$node->command_fails_like([ @data, '-e', $custom ], qr/is written by tcs alone/, 'data are refused');
$node->command_ok([ @data, '-e', '--disable-triggers', $custom ], 'data restored with triggers disabled');
is($node->safe_psql('copy', 'SELECT count(*) FROM s'), ask('SELECT count(*) FROM s'), 'all of them');

$_->quit for $order, $pin, $refresh, $erase;
$node->stop;
done_testing();
