# Many sessions order, change and cancel for few customers, while segments are
# brought up to date: afterwards everyone is where plain SQL says, and the moves
# chain.  TCS_SECONDS is how long each of the six runs takes.
use strict;
use warnings;

use IPC::Run qw(start finish);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{TCS_SECONDS} || 4;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_connections = 40\nlog_error_verbosity = verbose\nautovacuum_naptime = 1\n");
$node->start;
plan skip_all => 'this pgbench does not repeat transactions'
  unless `pgbench --help` =~ /--max-tries/;

$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	CREATE TABLE customer (id integer PRIMARY KEY, vip boolean NOT NULL);
	CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer integer NOT NULL, amount integer NOT NULL);
	CREATE INDEX ON orders (customer);
	CREATE VIEW shopper AS
	SELECT o.customer, count(*) AS orders, sum(o.amount) AS revenue, coalesce(c.vip, false) AS vip
	  FROM orders AS o LEFT JOIN customer AS c ON c.id = o.customer
	 GROUP BY o.customer, c.vip;
	SELECT tcs.rule_set_put('s', '{"rules": [
		{"priority": 1, "segment": "vip", "condition": "vip AND orders > 1"},
		{"priority": 2, "segment": "odd", "condition": "revenue % 2 = 1"},
		{"priority": 3, "segment": "even", "condition": "orders > 2"}]}');

	-- Written without the extension, but for the tables.
	CREATE VIEW oracle AS
	SELECT customer AS key,
		CASE WHEN vip AND orders > 1 THEN 'vip' WHEN revenue % 2 = 1 THEN 'odd' WHEN orders > 2 THEN 'even' END AS segment
	  FROM shopper;
	CREATE FUNCTION wrong() RETURNS TABLE (what text, n bigint) LANGUAGE plpgsql AS $$
	BEGIN
		RETURN QUERY
		SELECT 'members', count(*)
		  FROM ((SELECT * FROM oracle EXCEPT ALL SELECT key, segment FROM seg)
			UNION ALL (SELECT key, segment FROM seg EXCEPT ALL SELECT * FROM oracle)) AS d
		UNION ALL
		SELECT 'chain', count(*)
		  FROM (SELECT *, lag(to_segment) OVER w AS to_before, lag(present) OVER w AS present_before,
				lag(moved_at) OVER w AS before, row_number() OVER w AS number
			  FROM seg_moves WINDOW w AS (PARTITION BY key ORDER BY id)) AS m
		 WHERE (number = 1 AND NOT entered)
			OR (number > 1 AND (moved_at <= before OR entered = present_before OR from_segment IS DISTINCT FROM to_before))
			OR (present AND NOT entered AND from_segment IS NOT DISTINCT FROM to_segment)
			OR (NOT present AND (entered OR to_segment IS NOT NULL OR cause <> 'removed'))
		UNION ALL
		SELECT 'last moves', count(*)
		  FROM seg AS i
		  FULL JOIN (SELECT DISTINCT ON (key) * FROM seg_moves ORDER BY key, id DESC) AS m USING (key)
		 WHERE CASE WHEN m.present THEN (m.to_segment, m.moved_at, m.from_segment) IS DISTINCT FROM (i.segment, i.since, i.previous_segment)
			ELSE i.key IS NOT NULL OR m.key IS NULL END
		UNION ALL
		SELECT 'intervals', count(*)
		  FROM seg_history AS a JOIN seg_history AS b
			ON a.key = b.key AND a.valid_from < b.valid_from AND coalesce(a.valid_to, 'infinity') > b.valid_from
		UNION ALL
		SELECT 'errors', count(*) FROM seg_state WHERE last_error IS NOT NULL;
	END $$});

# What writers do; each is one statement, but for the last, which takes the
# customers in their order.
my $some = '\set c random(1, 12)' . "\n" . '\set d random(1, 12)' . "\n" . '\set a random(1, 9)' . "\n";
my %write = (
	insert => [ 6, 'INSERT INTO orders (customer, amount) VALUES (:c, :a);' ],
	several => [ 3, 'INSERT INTO orders (customer, amount) SELECT c, :a FROM unnest(ARRAY[:c, :d, 13 - :c, 1]) AS c;' ],
	change => [ 3, 'UPDATE orders SET customer = :c, amount = :a WHERE id = (SELECT max(id) FROM orders WHERE customer = :d);' ],
	cancel => [ 3, 'DELETE FROM orders WHERE id = (SELECT min(id) FROM orders WHERE customer = :c);' ],
	leave => [ 2, 'DELETE FROM orders WHERE customer = :c;' ],
	status => [ 2, 'UPDATE customer SET vip = NOT vip WHERE id = :c;' ],
	upsert => [
		2, q{INSERT INTO customer SELECT c, false FROM unnest(ARRAY[:c, :d, 13 - :c]) AS c GROUP BY c ORDER BY c
			ON CONFLICT (id) DO UPDATE SET vip = NOT customer.vip;} ],
	unregister => [ 1, 'DELETE FROM customer WHERE id = :c;' ],
	transaction => [
		2, q{BEGIN;
		INSERT INTO orders (customer, amount) VALUES (least(:c, :d), :a);
		SAVEPOINT before;
		INSERT INTO orders (customer, amount) VALUES (greatest(:c, :d), :a);
		ROLLBACK TO SAVEPOINT before;
		INSERT INTO orders (customer, amount) VALUES (12, 1);
		COMMIT;} ]);

# Once in a while; other levels than read committed do not protect from it.
my %truncate = (truncate => [ 1, "\\if :a = 9\nTRUNCATE orders;\n\\endif" ]);
my $begin = 'BEGIN ISOLATION LEVEL READ COMMITTED;';
my %refresh = (
	process => [ 6, "$begin SELECT tcs.process_segmentation('seg', 5); COMMIT;" ],
	refresh => [ 2, "$begin SELECT tcs.refresh_segmentation('seg'); COMMIT;" ],
	keys => [ 2, "$begin SELECT tcs.refresh_segmentation('seg', ARRAY[:c, :d]); COMMIT;" ],
	pause => [ 4, '\sleep 5 ms' ]);

my $dir = PostgreSQL::Test::Utils::tempdir();

sub pgbench
{
	my ($name, $clients, $scripts) = @_;
	my @files;
	for my $script (sort keys %$scripts)
	{
		my ($weight, $sql) = @{ $scripts->{$script} };
		append_to_file("$dir/$script.sql", "$some$sql\n") unless -e "$dir/$script.sql";
		push @files, '-f', "$dir/$script.sql\@$weight";
	}
	return (
		[
			'pgbench', '-n', '-c', $clients, '-j', 2, '-T', $seconds, '--max-tries', 10000, @files,
			'-h', $node->host, '-p', $node->port, 'postgres'
		],
		'<', \'', '>', "$dir/$name.out", '2>', "$dir/$name.err");
}

for my $mode ('queue', 'sync')
{
	for my $level ('read committed', 'repeatable read', 'serializable')
	{
		my $name = "$mode, $level";
		my $log_start = -s $node->logfile;

		$node->safe_psql(
			'postgres', qq{
			TRUNCATE customer, orders;
			INSERT INTO customer SELECT n, false FROM generate_series(1, 9) AS n;
			SELECT tcs.create_segmentation('seg', 'shopper', 'customer', 's', '$mode');
			SELECT tcs.track_segmentation('seg', 'orders', 'customer'), tcs.track_segmentation('seg', 'customer', 'id')});
		my $writers = do
		{
			local $ENV{PGOPTIONS} = '-c default_transaction_isolation=' . $level =~ s/ /\\ /r;
			start(pgbench('writers', 8, { %write, $level eq 'read committed' ? %truncate : () }));
		};
		my $refreshers = start(pgbench('refreshers', 2, \%refresh));
		ok(finish($writers), "$name: writers") or diag(slurp_file("$dir/writers.err"));
		ok(finish($refreshers), "$name: refreshes") or diag(slurp_file("$dir/refreshers.err"));
		my $out = slurp_file("$dir/writers.out");
		like($out, qr/number of failed transactions: 0 /, "$name: all was done in the end");
		note($1) while $out =~ /^((?:tps|number of transactions).*)$/mg;

		# In mode sync nothing is left to do.
		$node->safe_psql('postgres', q{SELECT tcs.process_segmentation('seg')}) if $mode eq 'queue';
		is($node->safe_psql('postgres', q{SELECT * FROM wrong() WHERE n > 0}), '', "$name: members and moves");
		cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM seg_moves}), '>', 50, "$name: there were moves");
		is($node->safe_psql('postgres', q{SELECT queue_length FROM seg_status}), '0', "$name: nothing is queued");
		is($node->safe_psql('postgres', q{SELECT entered + moved + removed FROM tcs.refresh_segmentation('seg')}),
			'0', "$name: nothing is left for a refresh");

		my $log = slurp_file($node->logfile, $log_start);
		unlike($log, qr/40P01/, "$name: no deadlock");
		# a vacuum makes way for TRUNCATE and DROP
		my @trouble = grep { !/canceling autovacuum task/ } $log =~ /^.*(?:WARNING|FATAL|PANIC|ERROR:  (?!40001)).*$/mg;
		is(join("\n", @trouble), '', "$name: no other trouble");
		unlike($log, qr/40001/, "$name: and no conflict") if $level eq 'read committed';
		$node->safe_psql('postgres', q{SELECT tcs.drop_segmentation('seg')});
	}
}
# A customer whom one transaction sees, and another has removed meanwhile.
SKIP:
{
	skip 'this server has no sessions in the background', 9 unless $node->can('background_psql');
	for my $level ('read committed', 'repeatable read', 'serializable')
	{
		for my $statement (
			'INSERT INTO orders (customer, amount) VALUES (1, 2)',
			'UPDATE customer SET vip = true WHERE id = 1',
			'UPDATE orders SET customer = 1 WHERE customer = 2')
		{
			$node->safe_psql(
				'postgres', qq{
				TRUNCATE customer, orders;
				INSERT INTO customer VALUES (1, false);
				INSERT INTO orders (customer, amount) VALUES (1, 1), (1, 1), (1, 1), (2, 1);
				SELECT tcs.create_segmentation('seg', 'shopper', 'customer', 's', 'sync');
				SELECT tcs.track_segmentation('seg', 'orders', 'customer'), tcs.track_segmentation('seg', 'customer', 'id');
				SELECT tcs.process_segmentation('seg')});
			my $late = $node->background_psql('postgres', on_error_stop => 0);
			$late->query_safe("BEGIN ISOLATION LEVEL $level");
			$late->query_safe('SELECT count(*) FROM orders');
			$node->safe_psql('postgres', 'DELETE FROM orders WHERE customer = 1');
			$late->query("$statement; COMMIT");
			$late->quit;
			is($node->safe_psql('postgres', q{SELECT * FROM wrong() WHERE n > 0; SELECT count(*) FROM seg_queue}),
				'0', "$level: $statement, of a customer who left");
			$node->safe_psql('postgres', q{SELECT tcs.drop_segmentation('seg')});
		}
	}
}
$node->stop;
done_testing();
