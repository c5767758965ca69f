# Two sessions: one edits rules, the other evaluates them, at each isolation level.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
plan skip_all => 'this server has no sessions in the background'
  unless $node->can('background_psql');
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	CREATE TABLE t AS SELECT 1 AS id;
	INSERT INTO tcs.rule_set (name) VALUES ('s');
	INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('s', 1, 'first', 'true')});

my $ask = q{EXECUTE q; SELECT tcs.segment_assign((SELECT 's' OFFSET 0), t) FROM t; EXECUTE n('s');};
for my $level ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE')
{
	$node->safe_psql('postgres', q{UPDATE tcs.rule SET segment = 'first' WHERE rule_set = 's'});
	my $reader = $node->background_psql('postgres');
	my $writer = $node->background_psql('postgres');

	$reader->query_safe(q{PREPARE q AS SELECT tcs.segment_assign('s', t) FROM t});
	$reader->query_safe(q{PREPARE n(text) AS SELECT tcs.segment_assign($1, t) FROM t});
	$reader->query_safe("BEGIN ISOLATION LEVEL $level");
	is($reader->query_safe($ask), "first\nfirst\nfirst", "$level: before");
	$writer->query_safe('BEGIN');
	$writer->query_safe(q{UPDATE tcs.rule SET segment = 'second' WHERE rule_set = 's'});
	is($reader->query_safe($ask), "first\nfirst\nfirst", "$level: not committed");
	$writer->query_safe('COMMIT');

	# What is planned now follows at once.  A plan that is kept is looked at
	# again when the session hears of changes, which it does at its next new
	# lock: as with functions that another session replaces.
	is($reader->query_safe(q{SELECT tcs.segment_assign('s', t), tcs.segment_assign((SELECT 's' OFFSET 0), t) FROM t}),
		'second|second', "$level: committed, in a new statement");
	is($reader->query_safe($ask), "second\nsecond\nsecond", "$level: and in prepared ones");
	$writer->query_safe('BEGIN');
	$writer->query_safe(q{UPDATE tcs.rule SET segment = 'third' WHERE rule_set = 's'});
	$writer->query_safe('ROLLBACK');
	is($reader->query_safe($ask), "second\nsecond\nsecond", "$level: rolled back");
	$reader->query_safe('COMMIT');
	is($reader->query_safe($ask), "second\nsecond\nsecond", "$level: afterwards");
	$reader->quit;
	$writer->quit;
}
$node->stop;
done_testing();
