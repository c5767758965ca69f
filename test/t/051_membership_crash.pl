# A backend is killed and the server stopped in the middle of bringing segments
# up to date: all is as before, or all is done.
use strict;
use warnings;

use IPC::Run qw(start finish);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "restart_after_crash = on\nautovacuum = off\nlog_statement = none\n");
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	CREATE TABLE customer (id integer PRIMARY KEY, round integer NOT NULL);
	INSERT INTO customer SELECT n, 0 FROM generate_series(1, 20000) AS n;
	SELECT tcs.rule_set_put('s', '{"default_segment": "none", "rules": [
		{"priority": 1, "segment": "a", "condition": "(id + round) % 3 = 0"},
		{"priority": 2, "segment": "b", "condition": "(id + round) % 3 = 1"}]}');
	SELECT tcs.create_segmentation('seg', 'customer', 'id', 's');
	SELECT tcs.track_segmentation('seg', 'customer', 'id');

	-- What it was before, outside of the segmentation.
	CREATE TABLE before (members text, moves bigint, state text);
	CREATE VIEW now AS
	SELECT (SELECT md5(string_agg(s::text, ' ' ORDER BY key)) FROM seg AS s) AS members,
		(SELECT count(*) FROM seg_moves) AS moves,
		(SELECT s::text FROM seg_state AS s) || (SELECT count(*) FROM seg_queue) AS state;
	CREATE FUNCTION wrong() RETURNS bigint LANGUAGE sql AS $$
		SELECT (SELECT count(*) FROM (SELECT id, CASE (id + round) % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' ELSE 'none' END
				FROM customer EXCEPT SELECT key, segment FROM seg) AS d)
			+ (SELECT count(*) FROM seg AS i WHERE NOT EXISTS (SELECT FROM customer WHERE id = i.key))
			+ (SELECT count(*) FROM seg AS i LEFT JOIN (SELECT DISTINCT ON (key) * FROM seg_moves ORDER BY key, id DESC) AS m USING (key)
				WHERE (m.present, m.to_segment, m.moved_at, m.from_segment) IS DISTINCT FROM (true, i.segment, i.since, i.previous_segment))
			+ (SELECT count(*) FROM (SELECT *, lag(to_segment) OVER w AS to_before, lag(moved_at) OVER w AS before
				FROM seg_moves WINDOW w AS (PARTITION BY key ORDER BY id)) AS m
				WHERE NOT entered AND (from_segment IS DISTINCT FROM to_before OR moved_at <= before))
	$$});

# Two thirds of the customers are to move, a few to leave and a few are new.
sub prepare
{
	my ($round) = @_;
	$node->safe_psql(
		'postgres', qq{
		UPDATE customer SET round = round + 1 WHERE id % 3 <> $round % 3;
		DELETE FROM customer WHERE id % 1000 = $round % 10;
		INSERT INTO customer SELECT 20000 + $round * 20 + n, $round FROM generate_series(1, 20) AS n;
		TRUNCATE before;
		INSERT INTO before SELECT * FROM now;
		CHECKPOINT});
}

my %call = (
	refresh => q{SELECT tcs.refresh_segmentation('seg')},
	# whatever the rounds that were undone have left in the queue
	process => q{SELECT tcs.process_segmentation('seg', 10000000)},
	keys => q{SELECT tcs.refresh_segmentation('seg', (SELECT array_agg(id) FROM (SELECT id FROM customer UNION SELECT key FROM seg) AS k))});

# How long they take undisturbed, so as to interrupt them anywhere.
my %duration;
my $round = 0;
for my $what (sort keys %call)
{
	prepare(++$round);
	my $begin = time;
	$node->safe_psql('postgres', $call{$what});
	$duration{$what} = time - $begin;
	is($node->safe_psql('postgres', 'SELECT wrong()'), '0', "$what: done when it is not interrupted");
}

my %outcome = (old => 0, new => 0);
for my $try (1 .. 20)
{
	my $what = $try % 4 == 0 ? 'process' : $try % 4 == 1 ? 'keys' : 'refresh';
	my $how = $try <= 10 ? 'killed' : 'server stopped';
	my $name = "$try: $what, $how";

	prepare(++$round);
	my ($in, $out, $err) = ("SELECT pg_backend_pid();\n", '', '');
	my $client = start([ 'psql', '-X', '-A', '-t', '-d', $node->connstr('postgres') ],
		'<', \$in, '>', \$out, '2>', \$err);
	$client->pump until $out =~ /(\d+)\n/;
	my $pid = $1;
	$in .= "$call{$what};\n";
	$client->pump_nb while length $in;
	usleep(1e6 * $duration{$what} * 1.4 * (($try * 7 + 3) % 20) / 20);
	if ($how eq 'killed')
	{
		kill 'KILL', $pid;
	}
	else
	{
		$node->stop('immediate');
	}
	$client->finish;
	$node->start unless $how eq 'killed';
	$node->poll_query_until('postgres', qq{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)})
	  or die 'no server';

	my $is_old = $node->safe_psql('postgres', q{
		SELECT (n.members, n.moves, n.state) IS NOT DISTINCT FROM (b.members, b.moves, b.state) FROM now AS n, before AS b}) eq 't';
	my $is_new = $node->safe_psql('postgres', 'SELECT wrong()') eq '0';
	ok($is_old != $is_new, "$name: all as before or all done")
	  or diag($node->safe_psql('postgres', q{
		SELECT 'as before: members ' || (n.members = b.members) || ', moves ' || (n.moves - b.moves) || ' more, state ' || b.state || ' then ' || n.state
			|| ', wrong ' || wrong() FROM now AS n, before AS b}));
	$outcome{ $is_old ? 'old' : 'new' }++;
}

# It goes on as if nothing had been.
$node->safe_psql('postgres', $call{refresh});
is($node->safe_psql('postgres', 'SELECT wrong()'), '0', 'done in the end');
note("$outcome{old} times all as before, $outcome{new} times all done");
cmp_ok($outcome{old}, '>=', 5, 'most were interrupted');
$node->stop;
done_testing();
