# A CRM fetches the moves: each comes once, however late its transaction commits,
# on the primary, on a standby, and after a restore.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "max_prepared_transactions = 10\nautovacuum = off\n");
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	INSERT INTO tcs.rule_set (name, default_segment) VALUES ('s', 'here');
	CREATE TABLE customer (id integer PRIMARY KEY, revenue float8);
	INSERT INTO customer SELECT n, n FROM generate_series(1, 3) AS n;
	SELECT tcs.create_segmentation('seg', 'customer', 'id', 's');
	ALTER TABLE seg_moves DISABLE TRIGGER tcs_guard;
	CREATE ROLE crm LOGIN;
	GRANT SELECT ON seg, seg_moves, seg_state TO crm});
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->start;

my %cursor;

# The keys that are new since the reader's last call.
sub fetch
{
	my ($reader, $from) = @_;
	my $cursor = $cursor{$reader};
	my $since = defined $cursor ? "'$cursor'" : 'NULL';
	my ($keys, $next) = split /\|/, $from->safe_psql('postgres',
		"SET ROLE crm; SELECT string_agg(key, ' ' ORDER BY key), max(cursor)
		   FROM tcs.segment_moves_since('seg', $since)"), -1;
	$cursor{$reader} = $next if $next ne '';
	return $keys;
}

sub move
{
	my ($key) = @_;
	return "INSERT INTO seg_moves (key, to_segment, moved_at, cause, entered, present)
		VALUES ($key, 'here', clock_timestamp(), 'data', true, true);";
}

# Transactions that commit in another order than they began, seen from both.
sub on_both
{
	my ($expected_primary, $expected_standby, $name) = @_;
	$node->wait_for_catchup($standby);
	is(fetch('primary', $node), $expected_primary, "$name: primary");
	is(fetch('standby', $standby), $expected_standby, "$name: standby");
}

on_both('1 2 3', '1 2 3', 'the first load');
on_both('', '', 'nothing since');
$node->safe_psql('postgres', 'BEGIN;' . move(10) . q{PREPARE TRANSACTION 'early'});
$node->safe_psql('postgres', move(11));
on_both('11', '', 'one is late, another after it committed');
$node->safe_psql('postgres', 'BEGIN;' . move(12) . q{PREPARE TRANSACTION 'middle'});
$node->safe_psql('postgres', 'BEGIN; SAVEPOINT a;' . move(13) . 'RELEASE a; SAVEPOINT b;' . move(14) . 'ROLLBACK TO b; COMMIT');
on_both('13', '', 'in subtransactions');
$node->safe_psql('postgres', q{COMMIT PREPARED 'early'});
on_both('10', '10 11', 'the late one committed');
on_both('', '', 'once only');
$node->safe_psql('postgres', q{ROLLBACK PREPARED 'middle'});
on_both('', '13', 'the other rolled back');

# A reader whose own transaction writes, too.
my $own = $node->safe_psql('postgres', "SELECT pg_current_xact_id() \\gset\nBEGIN;" . move(20) . qq{
	SELECT count(*), tcs.segment_moves_cursor() FROM tcs.segment_moves_since('seg', '$cursor{primary}');
	} . move(21) . 'COMMIT');
my ($own_moves, $own_cursor) = split /\|/, $own;
is($own_moves, '0', 'own moves come after the commit');
$cursor{own} = $own_cursor;
is(fetch('own', $node), '20 21', 'and then they do');
on_both('20 21', '20 21', 'for others as well');

# A snapshot that was taken before.
is( $node->safe_psql('postgres', "BEGIN ISOLATION LEVEL REPEATABLE READ;
	SELECT 1 FROM customer LIMIT 0;
	SELECT key FROM tcs.segment_moves_since('seg', '$cursor{primary}');"),
	'', 'nothing new for a snapshot');

# The index serves it.
like($node->safe_psql('postgres', qq{SET enable_seqscan = off;
	EXPLAIN SELECT * FROM seg_moves WHERE xid >= '5'::xid8}), qr/seg_moves_xid_idx/, 'by index');

# Many at once, some of whom roll back: each committed move is fetched once.
$node->safe_psql(
	'postgres', q{
	CREATE TABLE fetched (id bigint PRIMARY KEY);
	CREATE TABLE reader AS SELECT max(cursor) AS cursor FROM tcs.segment_moves_since('seg');
	CREATE TABLE before AS SELECT id FROM seg_moves;
	CREATE FUNCTION poll() RETURNS void LANGUAGE plpgsql AS $$
	BEGIN
		IF pg_try_advisory_xact_lock(1) THEN
			WITH new AS (SELECT id, cursor FROM tcs.segment_moves_since('seg', (SELECT cursor FROM reader))),
				kept AS (INSERT INTO fetched SELECT id FROM new)
			UPDATE reader SET cursor = new.cursor FROM (SELECT cursor FROM new LIMIT 1) AS new;
		END IF;
	END $$});
my $dir = PostgreSQL::Test::Utils::tempdir();
append_to_file("$dir/write.sql",
		"\\set pause random(0, 9)\n\\set ending random(0, 9)\nBEGIN;\n"
	  . move(100) . "\n\\sleep :pause ms\n" . move(101)
	  . "\n\\if :ending < 2\nROLLBACK;\n\\else\nCOMMIT;\n\\endif\n");
append_to_file("$dir/poll.sql", "SELECT poll();\n");
command_ok(
	[ 'pgbench', '-n', '-c', '6', '-t', '200', '-f', "$dir/write.sql\@4", '-f', "$dir/poll.sql\@3",
		'-h', $node->host, '-p', $node->port, 'postgres' ],
	'many sessions write while one fetches');
$node->safe_psql('postgres', 'SELECT poll()');
is( $node->safe_psql('postgres', q{
	SELECT count(*) > 500, count(*) FILTER (WHERE f.id IS NULL), count(*) FILTER (WHERE m.id IS NULL)
	FROM (SELECT id FROM seg_moves EXCEPT SELECT id FROM before) AS m FULL JOIN fetched AS f USING (id)}),
	't|0|0', 'none was missed, none came twice');

# In another cluster the numbers of transactions mean nothing.
$node->safe_psql('postgres', 'SELECT pg_current_xact_id()') for 1 .. 50;
$node->safe_psql('postgres', move(200));
fetch('primary', $node);
my $copy = PostgreSQL::Test::Cluster->new('copy');
$copy->init;
$copy->start;
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", $node->connstr('postgres') ], 'dumped');
$copy->safe_psql('postgres', 'CREATE ROLE crm LOGIN');
$copy->command_ok([ 'pg_restore', '-d', $copy->connstr('postgres'), "$dir/dump" ], 'restored');
my ($result, $out, $err) =
  $copy->psql('postgres', "SELECT count(*) FROM tcs.segment_moves_since('seg', '$cursor{primary}')");
isnt($result, 0, 'the old cursor is refused');
like($err, qr/is not of this database cluster.*HINT:\s+Read all moves again/s, 'with a hint');
is($copy->safe_psql('postgres', q{SELECT count(*) = (SELECT count(*) FROM seg_moves) FROM tcs.segment_moves_since('seg')}),
	't', 'all moves are there to be read again');
fetch('copy', $copy);
$copy->safe_psql('postgres', move(300));
is(fetch('copy', $copy), '300', 'and then those that are new');

$standby->stop;
$copy->stop;
$node->stop;
done_testing();
