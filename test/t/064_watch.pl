# What a DBA sees of others at work: how far long work is, what is broken off in
# the log, and a list of segmentations that waits for nobody.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\nlog_min_error_statement = error");
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	CREATE TABLE customer (id integer PRIMARY KEY, revenue float8, abc_tier text);
	INSERT INTO customer SELECT n, n, 'A' FROM generate_series(1, 20) AS n;
	CREATE TABLE pause (seconds float8);
	INSERT INTO pause VALUES (0);
	CREATE FUNCTION slow(integer) RETURNS integer LANGUAGE plpgsql AS
		$$ BEGIN PERFORM pg_sleep(seconds) FROM public.pause; RETURN $1; END $$;
	CREATE VIEW source AS SELECT slow(id) AS id, revenue, abc_tier FROM customer;
	SELECT tcs.create_segmentation('seg', 'source', 'id', 'tcs.value_tiers');
	UPDATE pause SET seconds = 0.2});

sub start
{
	my ($sql) = @_;
	my ($out, $err) = ('', '');
	my $h = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $sql ],
		'<', \undef, '>', \$out, '2>', \$err);
	return { h => $h, out => \$out, err => \$err };
}

# The report reads the source once, which takes some seconds.
my $session = start(q{SELECT length(tcs.report_html('seg')) > 0, 'then', pg_sleep(60);});
ok($node->poll_query_until('postgres',
		q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query ~ '^/\* tcs: report, [a-z ]+, \d+ s \*/ SELECT length'}),
	'a report shows how far it is');
ok($node->poll_query_until('postgres',
		q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query ~ '^SELECT length.*then' AND wait_event = 'PgSleep' AND state = 'active'
			AND now() - query_start > interval '4 s'}),
	'and the query as it is when it is done');
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'then.*pg_sleep\(60\)' AND pid <> pg_backend_pid()});
$session->{h}->finish;

$session = start(q{SELECT tcs.refresh_segmentation('seg');});
ok($node->poll_query_until('postgres',
		q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query ~ '^/\* tcs: refresh, looking for those who move \*/ SELECT tcs.refresh'}),
	'a refresh shows what it is at');
$session->{h}->finish;

my ($rc, $out, $err) = $node->psql('postgres', q{SET tcs.progress = notice; SELECT length(tcs.report_html('seg')) > 0});
is($out, 't', 'a report with notices');
like($err, qr/NOTICE:  report, [a-z ]+, \d+ s/, 'which say how far it is');
($rc, $out, $err) = $node->psql('postgres', q{SET tcs.progress = off; SELECT length(tcs.report_html('seg')) > 0});
is($err, '', 'or none');
my $place = -s $node->logfile;
$node->psql('postgres', q{SET tcs.progress = log; SELECT length(tcs.report_html('seg')) > 0});
like(slurp_file($node->logfile, $place), qr/LOG:  report, [a-z ]+, \d+ s\n/, 'or lines in the log');

# What is cancelled says so in the log, and what was asked; no page of ours.
for my $sql (q{SELECT tcs.report_html('seg')}, q{SELECT tcs.refresh_segmentation('seg')},
	q{SELECT tcs.create_segmentation('other', 'source', 'id', 'tcs.value_tiers')})
{
	$place = -s $node->logfile;
	$node->psql('postgres', "SET statement_timeout = '700ms'; $sql");
	my $log = slurp_file($node->logfile, $place);
	like($log, qr/canceling statement due to statement timeout/, "cancelled: $sql");
	unlike($log, qr/CONTEXT/, 'without a context');
	like($log, qr/STATEMENT:  \Q$sql\E/, 'with the statement');
}

# An error of the data keeps its context.
$node->safe_psql('postgres', q{UPDATE pause SET seconds = 0; ALTER TABLE pause RENAME seconds TO minutes});
$place = -s $node->logfile;
$node->psql('postgres', q{SELECT tcs.refresh_segmentation('seg')});
like(slurp_file($node->logfile, $place), qr/ERROR:.*CONTEXT/s, 'an error keeps its context');

# A segmentation that somebody holds is in the list all the same, at once.
$node->safe_psql('postgres', q{ALTER TABLE pause RENAME minutes TO seconds;
	SELECT tcs.create_segmentation('free', 'customer', 'id', 'tcs.value_tiers')});
$session = start(q{BEGIN; LOCK TABLE seg_state, seg_queue IN ACCESS EXCLUSIVE MODE; SELECT 'held', pg_sleep(120);});
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%held%' AND wait_event = 'PgSleep'});
is($node->safe_psql('postgres', q{SET statement_timeout = '60s';
		SELECT segmentation, customers, last_error_state FROM tcs.segmentations ORDER BY segmentation::text}),
	"free|20|\nseg||55P03", 'one that is locked has its row');
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%held%' AND pid <> pg_backend_pid()});
$session->{h}->finish;

$node->stop;
done_testing();
