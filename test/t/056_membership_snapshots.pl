# Transactions that keep one snapshot, and customers of whom it shows nothing;
# keys that fail; memory; new names; locks on what is another's.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('snapshots');
$node->init;
$node->start;

sub ask
{
	my ($sql) = @_;
	return $node->safe_psql('postgres', $sql);
}

ask(q{
	CREATE EXTENSION tcs;
	CREATE TABLE customer (id integer PRIMARY KEY, vip boolean NOT NULL);
	CREATE TABLE orders (customer integer NOT NULL, amount integer NOT NULL);
	CREATE VIEW shopper AS
		SELECT c.id, bool_or(c.vip) AS vip, sum(o.amount) AS total
		FROM customer AS c JOIN orders AS o ON o.customer = c.id GROUP BY c.id;
	SELECT tcs.rule_set_put('s', '{"default_segment": "other",
		"rules": [{"priority": 1, "segment": "vip", "condition": "vip"}]}');
	CREATE FUNCTION wrong() RETURNS bigint LANGUAGE plpgsql AS $$
	BEGIN
		RETURN (SELECT count(*)
			FROM (SELECT s.id, tcs.segment_assign('s', s.*) AS segment FROM shopper AS s) AS s
			FULL JOIN seg AS i ON i.key = s.id
			WHERE i.key IS NULL OR s.id IS NULL OR i.segment IS DISTINCT FROM s.segment);
	END $$});

# Nobody is a member who has no order: what is done about such a customer leaves
# no row behind that another transaction could stumble over.
for my $level ('read committed', 'repeatable read', 'serializable')
{
	for my $case (
		[ 'an update of one who is no member', 'UPDATE customer SET vip = true WHERE id = 2', 'INSERT INTO orders VALUES (2, 1)' ],
		[ 'a new customer', 'INSERT INTO customer VALUES (3, true)', 'INSERT INTO orders VALUES (3, 1)' ],
		[
			'many of them',
			'INSERT INTO customer SELECT n, true FROM generate_series(10, 40) AS n',
			'INSERT INTO orders SELECT n, 1 FROM generate_series(10, 50) AS n'
		],
		[ 'a new member, and a truncation', 'INSERT INTO orders VALUES (2, 1)', 'TRUNCATE orders' ])
	{
		my ($name, $other, $own) = @$case;
		ask(q{
			TRUNCATE customer, orders;
			INSERT INTO customer VALUES (1, false), (2, false);
			INSERT INTO orders VALUES (1, 1);
			SELECT tcs.create_segmentation('seg', 'shopper', 'id', 's', 'sync');
			SELECT tcs.track_segmentation('seg', 'orders', 'customer'), tcs.track_segmentation('seg', 'customer', 'id');
			SELECT tcs.process_segmentation('seg')});
		my $elsewhere = $node->connstr('postgres');
		my ($result, $out, $err) = $node->psql(
			'postgres', qq{
			BEGIN ISOLATION LEVEL $level;
			SELECT count(*) FROM orders;
			\\! psql -X -q -d "$elsewhere" -c "$other"
			$own;
			COMMIT});
		like($err, qr/^$|could not serialize/, "$level: $name: done or to be repeated");
		is(ask('SELECT wrong(), count(*), (SELECT last_error FROM seg_state) FROM seg_queue'), '0|0|', "$level: $name: all are right");
		ask(q{SELECT tcs.drop_segmentation('seg')});
	}
}

# A customer for whom a rule fails does not hold up the others, a refresh of
# everyone being due or not.
ask(q{
	TRUNCATE customer, orders;
	INSERT INTO customer VALUES (1, false), (2, false);
	INSERT INTO orders VALUES (1, 1), (2, 1);
	SELECT tcs.rule_set_put('f', '{"default_segment": "other",
		"rules": [{"priority": 1, "segment": "many", "condition": "1000 / (total - 500) > 5"}]}');
	SELECT tcs.create_segmentation('seg', 'shopper', 'id', 'f');
	SELECT tcs.track_segmentation('seg', 'orders', 'customer');
	INSERT INTO orders VALUES (1, 509), (2, 499)});
my ($result, $out, $err) = $node->psql('postgres', q{SELECT tcs.process_segmentation('seg')});
is($out, '1', 'one was processed');
like($err, qr/WARNING:  customers stay in the queue/, 'one was not');
is(ask('SELECT key, segment FROM seg ORDER BY key'), "1|many\n2|other", 'the one is right');
is(ask('SELECT key FROM seg_queue ORDER BY key'), "2\n", 'the other is queued, and a refresh still due');
is(ask('INSERT INTO orders VALUES (2, 1); ' . q{SELECT tcs.process_segmentation('seg'); SELECT * FROM seg_queue; SELECT key, segment FROM seg ORDER BY key}),
	"2\n1|many\n2|many", 'both are right in the end');

# One statement that writes to two tables locks the customers of both in order.
ask(q{
	SELECT tcs.drop_segmentation('seg');
	TRUNCATE customer, orders;
	CREATE TABLE payment (customer integer, amount integer);
	CREATE VIEW payer AS
		SELECT customer, sum(amount) AS total, false AS vip
		FROM (SELECT * FROM orders UNION ALL SELECT * FROM payment) AS a GROUP BY customer;
	INSERT INTO orders SELECT i, 1 FROM generate_series(1, 10) AS i;
	SELECT tcs.create_segmentation('seg', 'payer', 'customer', 's', 'sync');
	SELECT tcs.track_segmentation('seg', 'orders', 'customer'), tcs.track_segmentation('seg', 'payment', 'customer');
	SELECT tcs.process_segmentation('seg')});
my $script = $node->basedir . '/two.sql';
append_to_file($script, q{\set i random(1, 10)
\set j random(1, 10)
WITH paid AS (INSERT INTO payment VALUES (:i, 1)) INSERT INTO orders VALUES (:j, 1);
});
$node->command_ok([ 'pgbench', '-n', '-f', $script, '-c', 4, '-T', 4, $node->connstr('postgres') ], 'orders and payments');
unlike(slurp_file($node->logfile), qr/deadlock detected/, 'no deadlock');
is(ask(q{SELECT count(*) FROM seg AS i FULL JOIN payer AS s ON s.customer = i.key
	WHERE i.segment IS DISTINCT FROM tcs.segment_assign('s', s.*)}), '0', 'all are right');

# What is known of a statement is forgotten with it, in a long transaction too.
ask(q{
	TRUNCATE customer, orders;
	SELECT tcs.create_segmentation('long', 'shopper', 'id', 's', 'sync');
	SELECT tcs.track_segmentation('long', 'customer', 'id');
	CREATE TABLE used (bytes bigint);
	DO $$ BEGIN
		FOR i IN 1 .. 5000 LOOP
			INSERT INTO customer VALUES (i % 50, false) ON CONFLICT (id) DO UPDATE SET vip = NOT customer.vip;
		END LOOP;
		INSERT INTO used
			SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name = 'TopTransactionContext';
	END $$});
cmp_ok(ask('SELECT bytes FROM used'), '<', 1000000, 'five thousand statements take no more memory than one');

# After a rename, tracking again replaces what reported under the old name.
ask(q{
	CREATE SCHEMA old;
	SELECT tcs.create_segmentation('old.moved', 'shopper', 'id', 's', 'sync');
	SELECT tcs.track_segmentation('old.moved', 'orders', 'customer');
	ALTER SCHEMA old RENAME TO new});
($result, $out, $err) = $node->psql('postgres', q{INSERT INTO orders VALUES (1, 1)});
like($err, qr/WARNING:  segmentation "moved" was not told/, 'renamed: a warning');
($result, $out, $err) = $node->psql(
	'postgres', q{
	SELECT tcs.track_segmentation('new.moved', 'orders', 'customer');
	INSERT INTO orders VALUES (2, 1);
	SELECT count(*) FROM pg_trigger WHERE tgrelid = 'orders'::regclass AND tgname LIKE 'tcs%' AND tgargs LIKE '%moved%'});
unlike($err, qr{WARNING}, 'tracked again: no warning');
is($out, "1\n6", 'and the triggers of the first time are gone');

# Whoever has a segmentation locks no other tables by naming them.
ask(q{
	CREATE ROLE mallory;
	GRANT CREATE ON SCHEMA public TO mallory;
	GRANT SELECT ON shopper TO mallory;
	SET ROLE mallory;
	SELECT tcs.create_segmentation('mine', 'shopper', 'id', 's');
	INSERT INTO mine_tracked (relation, key) VALUES ('orders', 'id'), ('pg_catalog.pg_authid', 'oid')});
my $locks = q{SELECT relation::regclass, mode FROM pg_locks
	WHERE relation IN ('orders'::regclass, 'pg_authid'::regclass) AND mode = 'AccessExclusiveLock'};
is( ask(qq{SET ROLE mallory; BEGIN;
	DO \$\$ BEGIN PERFORM tcs.drop_segmentation('mine'); END \$\$; $locks; ROLLBACK}),
	'', 'dropping does not lock what it has no triggers on');
{
	my $hold = q{BEGIN; SELECT count(*) >= 0 FROM orders;};
	my $elsewhere = $node->connstr('postgres');
	($result, $out, $err) = $node->psql('postgres', qq{$hold
		\\! psql -X -q -d "$elsewhere" -c "SET ROLE mallory" -c "SET statement_timeout = '20s'" -c "SELECT tcs.untrack_segmentation('mine', 'orders')"
		COMMIT});
	like($err, qr/segmentation "mine" does not track "orders"/, 'nor does untracking wait for it');
}

# An order that a broken rule failed holds up nobody while it is open: neither
# the refresh that mends the matter, nor the queue.
{
	ask(q{
		SELECT tcs.rule_set_put('broken', '{"default_segment": "other", "rules": [{"priority": 4, "segment": "rich", "condition": "total / 0 > 1"}]}');
		TRUNCATE customer, orders;
		INSERT INTO customer VALUES (1, false), (2, false)});
	ask(q{SELECT tcs.create_segmentation('open', 'shopper', 'id', 'broken', 'sync')});
	ask(q{SELECT tcs.track_segmentation('open', 'orders', 'customer'); SELECT tcs.process_segmentation('open')});
	my $elsewhere = $node->connstr('postgres');
	my ($result, $out, $err) = $node->psql(
		'postgres', qq{
		BEGIN;
		INSERT INTO orders VALUES (1, 10);
		\\! psql -X -q -A -t -d "$elsewhere" -c "SET lock_timeout = '10s'" -c "UPDATE tcs.rule SET condition = 'total > 5' WHERE rule_set = 'broken'" -c "SELECT customers FROM tcs.refresh_segmentation('open')" -c "SELECT tcs.process_segmentation('open')"
		COMMIT;
		SELECT key, error FROM open_queue;
		SELECT last_error FROM open_status;
		SELECT tcs.process_segmentation('open');
		SELECT key, segment FROM open;
		SELECT queue_length, last_error FROM open_status;});
	is($err, '', 'an open order that failed: no complaint');
	is( $out, qq{0
0
1|rule 4 (segment "rich") failed for customer 1: division by zero
rule 4 (segment "rich") failed for customer 1: division by zero
1
1|rich
0|}, 'it holds up neither refresh nor queue, and is put right');
}

done_testing();
