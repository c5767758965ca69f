# Scorecards in views that are dumped, and where the extension is older than its library.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	CREATE TABLE account AS SELECT i AS id, i % 11 AS orders, (i * 37 % 1000)::numeric AS revenue, i % 3 = 0 AS known FROM generate_series(1, 500) AS i;
	INSERT INTO tcs.scorecard (name) VALUES ('s');
	INSERT INTO tcs.factor (scorecard, factor, expression, weight, lo, hi, gate, missing, enabled) VALUES
		('s', 'orders', 'orders', 0.1, 0, 10, 1, 'lo', true), ('s', 'revenue', 'revenue', 0.3, 1000, 0.1, 'Infinity', 'null', true),
		('s', 'known', E'known -- \n', 1e300, 0, 1, NULL, 'reweight', false);
	INSERT INTO tcs.rule_set (name) VALUES ('r');
	INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('r', 1, 'some', 'orders > 3');
	CREATE VIEW scored AS SELECT id, tcs.scorecard_score('s', account) AS index FROM account;
	CREATE MATERIALIZED VIEW kept AS SELECT * FROM scored});

# A view that is filled while a dump is restored needs the factors by then.  Several
# jobs may restore factors before their scorecards, and rules before their rule sets.
my $kept = q{SELECT md5(string_agg(id || ' ' || index, ',' ORDER BY id)) FROM kept};
my $written = q{SELECT f FROM tcs.factor AS f WHERE scorecard = 's' ORDER BY factor; SELECT r FROM tcs.rule AS r WHERE rule_set = 'r' ORDER BY priority};
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '--format=d', "--file=$dump", $node->connstr('postgres') ], 'dumped');
my ($list) = run_command([ 'pg_restore', '--list', $dump ]);
my @lines = split /\n/, $list;
my @last = grep { /TABLE DATA tcs (rule_set|scorecard) / } @lines;
is(scalar @last, 2, 'two tables to be restored last');
my @data = grep { /TABLE DATA/ } @lines;
my ($before, $after) = ([], []);
my $seen = 0;
for my $line (@lines)
{
	next if grep { $_ eq $line } @last;
	push @{ $seen == @data - @last ? $after : $before }, $line;
	$seen++ if $line =~ /TABLE DATA/;
}
append_to_file("$dump.list", join("\n", @$before, @last, @$after) . "\n");
for my $case ([ 'as_dumped', '--jobs=1' ], [ 'in_parallel', '--jobs=2' ], [ 'sets_last', "--use-list=$dump.list" ])
{
	my ($database, $option) = @$case;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->command_ok([ 'pg_restore', '--exit-on-error', $option, '-d', $node->connstr($database), $dump ], "$database: restored");
	is($node->safe_psql($database, $_), $node->safe_psql('postgres', $_), "$database: the same") for ($written, $kept);
}

# The library without the extension, with it, and with it made anew: one session
# lives through all of it.  A function of somebody's own calls the library, too.
$node->safe_psql('postgres', q{CREATE DATABASE bare});
my ($code, $stdout, $stderr) = $node->psql(
	'bare', q{
	CREATE TABLE account AS SELECT 5 AS orders;
	CREATE FUNCTION score(text, record) RETURNS float8 LANGUAGE C STABLE AS '$libdir/tcs', 'tcs_scorecard_score';
	SELECT score('s', account) FROM account;
	CREATE EXTENSION tcs;
	INSERT INTO tcs.rule_set (name, default_segment) VALUES ('r', 'others');
	INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('r', 1, 'some', 'orders > 3');
	SELECT tcs.segment_assign('r', account), tcs.segment_assign((SELECT 'r' OFFSET 0), account) FROM account;
	INSERT INTO tcs.scorecard (name) VALUES ('s');
	INSERT INTO tcs.factor (scorecard, factor, expression, hi) VALUES ('s', 'f', 'orders', 10);
	PREPARE score AS SELECT tcs.scorecard_score('s', account), score('s', account) FROM account;
	EXECUTE score;
	DROP EXTENSION tcs CASCADE;
	EXECUTE score;
	SELECT score('s', account) FROM account;
	CREATE EXTENSION tcs;
	INSERT INTO tcs.scorecard (name) VALUES ('s');
	INSERT INTO tcs.factor (scorecard, factor, expression, hi) VALUES ('s', 'f', 'orders', 5);
	SELECT tcs.scorecard_score('s', account), score('s', account) FROM account},
	on_error_stop => 0);
# Whoever writes a member of his own says nothing of when, and is asked for its set.
for my $insert (
	q{tcs.factor (scorecard, factor, expression) VALUES ('none', 'f', '1')},
	q{tcs.rule (rule_set, priority, segment, condition) VALUES ('none', 1, 's', 'true')})
{
	(undef, undef, my $error) = $node->psql('postgres', "INSERT INTO $insert");
	like($error, qr/ERROR:  insert or update on table "\w+" violates foreign key constraint "\w+_fkey"\nDETAIL:  Key \(\w+\)=\(none\) is not present/, 'a member without a set');
}
is($stdout, join("\n", 'some|some', '50|50', '100|100'), 'rules and scorecards work once the extension is there or made anew');
is(scalar(() = $stderr =~ /ERROR:  the tables of scorecards are missing\nHINT:  Make the extension in this database with CREATE EXTENSION tcs\./g), 2,
	'until then they say what they lack');
like($stderr, qr/schema "tcs" does not exist/, 'as a statement does whose extension is gone');

$node->stop;
done_testing();
