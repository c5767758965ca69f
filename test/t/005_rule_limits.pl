# With as many rules and factors as there may be, and conditions as long, every
# statement ends soon after a timeout and after a fast shutdown.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
# JIT as it is by default, but for every query that it is made for
$node->append_conf(
	'postgresql.conf', q{
	autovacuum = off
	jit = on
	jit_above_cost = 0
	jit_inline_above_cost = 0
	jit_optimize_above_cost = 0});
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	CREATE TABLE customer AS SELECT i AS id, (i * 7919) % 100003 AS revenue, i % 10 AS n, 'name ' || i AS name FROM generate_series(1, 100000) AS i;
	ANALYZE customer;
	INSERT INTO tcs.rule_set (name, default_segment) VALUES ('most', 'rest'), ('hundred', 'rest'), ('long', 'rest'), ('slow', 'rest');
	INSERT INTO tcs.rule (rule_set, priority, segment, condition)
	SELECT 'most', i, 's' || i % 500, 'revenue = ' || i || ' AND n > 3' FROM generate_series(1, 10000) AS i
	UNION ALL
	SELECT 'hundred', i, 's' || i % 50, format('revenue < %s AND n >= %s AND id > %s', 40 * i, i % 7, 20 * i) FROM generate_series(1, 100) AS i
	UNION ALL
	SELECT 'long', i, 's' || i, 'id = -1' || repeat(' OR id + n = -1', 60000) || ' OR revenue = ' || i FROM generate_series(1, 3) AS i
	UNION ALL
	SELECT 'slow', 1, 's', $$repeat(name, 40000000) = 'y'$$;
	INSERT INTO tcs.scorecard (name) VALUES ('most');
	INSERT INTO tcs.factor (scorecard, factor, expression, hi) SELECT 'most', 'f' || i, 'revenue / (1 + n)', i FROM generate_series(1, 1000) AS i});

my %query = (
	'segment_assign' => q{SELECT count(tcs.segment_assign('most', c)) FROM customer AS c},
	'segment_assign, many calls' => 'SELECT ' . join(', ', map { "count(tcs.segment_assign('hundred', c)) FILTER (WHERE id > $_)" } 1 .. 40) . ' FROM customer AS c, generate_series(1, 3)',
	'segment_assign, long conditions' => q{SELECT count(tcs.segment_assign('long', c)) FROM customer AS c},
	'segment_assign, slow conditions' => q{SELECT count(tcs.segment_assign('slow', c)) FROM customer AS c},
	'segment_assign_by' => q{SELECT count(tcs.segment_assign_by((SELECT tcs.rule_set_get('most')), c)) FROM customer AS c},
	'segment_matches' => q{SELECT count(tcs.segment_matches('most', c)) FROM customer AS c},
	'in_segment' => q{SELECT count(*) FROM customer AS c WHERE tcs.in_segment('most', 's1', c)},
	'rule_priorities' => q{SELECT count(tcs.rule_priorities('most', c)) FROM customer AS c},
	'segment_explain' => q{SELECT count(*) FROM customer AS c, tcs.segment_explain('most', c)},
	'segment_explain, long conditions' => q{SELECT count(*) FROM customer AS c, tcs.segment_explain('long', c)},
	'rule_check' => q{SELECT count(*) FROM tcs.rule_check('most', 'customer')},
	'rule_check, long conditions' => q{SELECT count(*) FROM tcs.rule_check('long', 'customer')},
	'rule_set_diff' => q{SELECT * FROM tcs.rule_set_diff('most', 'hundred', 'customer')},
	'scorecard_score' => q{SELECT count(tcs.scorecard_score('most', c)) FROM customer AS c},
	'scorecard_explain' => q{SELECT count(*) FROM customer AS c, tcs.scorecard_explain('most', c)},
	'scorecard_check' => q{SELECT * FROM tcs.scorecard_check('most', 'customer')},
	'writing rules' => q{INSERT INTO tcs.rule (rule_set, priority, segment, condition) SELECT 'long', i, 's', 'revenue = ' || i FROM generate_series(4, 2000000) AS i});

# How long a statement goes on after its timeout: by the clock, or by what its
# process has had of the processor, where the machine has other things to do too.
sub seconds_late
{
	my ($sql) = @_;
	my $begun = time;
	my ($code, $stdout, $stderr) = $node->psql(
		'postgres', qq{SET statement_timeout = 1000; $sql;
		SET statement_timeout = 0;
		SELECT 'used: ' || pg_catalog.pg_read_file('/proc/self/stat')},
		on_error_stop => 0);
	my $late = time - $begun - 1;

	# fields 14 and 15, in ticks, of which a second has 100 on all that have /proc
	if ($stdout =~ /^used: .*\) (.*)/m)
	{
		my @field = split / /, $1;
		my $used = ($field[11] + $field[12]) / 100;

		$late = $used - 1 if $used - 1 < $late;
	}
	return ($stderr, $late);
}

for my $name (sort keys %query)
{
	my ($stderr, $late) = seconds_late($query{$name});

	# or is done before, on a machine that is fast
	ok($stderr eq '' || $stderr =~ /canceling statement due to statement timeout/, "$name ends")
	  or diag($stderr);
	cmp_ok($late, '<', 2, "$name answers soon");
	note("$name: $late s after the timeout");
}

# A fast shutdown, while those that last run.
my @sessions;
for my $name (sort keys %query)
{
	push @sessions, IPC::Run::start(
		[ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', $query{$name} ],
		'>', \my $stdout, '2>', \my $stderr);
}
sleep 5;
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND state = 'active'"),
	'>', 5, 'statements run');
my $begun = time;
$node->stop('fast');
note(sprintf 'stopped after %.1f s', time - $begun);
cmp_ok(time - $begun, '<', 30, 'a fast shutdown ends all of them');
$_->finish for @sessions;

done_testing();
