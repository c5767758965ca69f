# Rule sets published, and scorecards put, by several at a time: everybody sees
# one or the other, and never a mixture.
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
	SELECT tcs.rule_set_put('draft ' || d, (
		SELECT jsonb_build_object('default_segment', d || ' none', 'rules', jsonb_agg(jsonb_build_object(
				'priority', 10 * i + i % d, 'segment', d || ' ' || i, 'condition', format('x = %s', i))))
		  FROM generate_series(1, 20 + d) i))
	  FROM generate_series(1, 3) d;
	CREATE TABLE thing (x integer);
	INSERT INTO thing SELECT generate_series(1, 100);
	CREATE PROCEDURE look() LANGUAGE plpgsql AS $$
	BEGIN
		IF NOT EXISTS (SELECT FROM tcs.rule_set s WHERE s.name = 'live') THEN
			RETURN;
		END IF;
		IF tcs.rule_set_get('live') NOT IN (SELECT tcs.rule_set_get(s.name) FROM tcs.rule_set s WHERE s.name ~ '^draft') THEN
			RAISE 'a mixture of rules: %', tcs.rule_set_get('live');
		END IF;
		IF (SELECT count(DISTINCT split_part(tcs.segment_assign('live', thing), ' ', 1)) FROM thing) <> 1 THEN
			RAISE 'a mixture of segments';
		END IF;
	END $$});

$node->pgbench(
	'--no-vacuum --client=4 --transactions=300',
	0,
	[qr{processed: 1200/1200}],
	[qr{^$}],
	'publishing and looking at the same time',
	{
		'031_publish@2' => q{
			\set d random(1, 3)
			SELECT tcs.rule_set_publish('draft ' || :d, 'live');},
		'031_look@1' => q{CALL look();}
	});
is( $node->safe_psql('postgres',
		q{SELECT count(*) FROM tcs.rule_set s
		   WHERE s.name ~ '^draft' AND tcs.rule_set_get(s.name) = tcs.rule_set_get('live')}),
	'1',
	'the last one stays');

# Of draft d all factors lead to the same index, 25 * d, whatever the row.
$node->safe_psql(
	'postgres', q{
	SELECT tcs.scorecard_put('draft ' || d, (
		SELECT jsonb_build_object('description', 'draft ' || d, 'factors', jsonb_agg(jsonb_build_object(
				'factor', 'f' || i * (1 + d % 2), 'expression', format('x * %s', d), 'weight', i, 'lo', 0, 'hi', 4)))
		  FROM generate_series(1, 10 + d) i))
	  FROM generate_series(1, 3) d;
	CREATE PROCEDURE look_at_scores() LANGUAGE plpgsql AS $$
	BEGIN
		IF NOT EXISTS (SELECT FROM tcs.scorecard s WHERE s.name = 'live') THEN
			RETURN;
		END IF;
		IF tcs.scorecard_get('live') NOT IN (SELECT tcs.scorecard_get(s.name) FROM tcs.scorecard s WHERE s.name ~ '^draft') THEN
			RAISE 'a mixture of factors: %', tcs.scorecard_get('live');
		END IF;
		IF (SELECT round(tcs.scorecard_score('live', thing)) FROM thing WHERE x = 1) NOT IN (25, 50, 75) THEN
			RAISE 'a mixture of scores';
		END IF;
	END $$});
$node->pgbench(
	'--no-vacuum --client=4 --transactions=300',
	0,
	[qr{processed: 1200/1200}],
	[qr{^$}],
	'putting scorecards and looking at the same time',
	{
		'031_put@2' => q{
			\set d random(1, 3)
			SELECT tcs.scorecard_put('live', tcs.scorecard_get('draft ' || :d));},
		'031_look_at_scores@1' => q{CALL look_at_scores();}
	});
is( $node->safe_psql('postgres',
		q{SELECT count(*) FROM tcs.scorecard s
		   WHERE s.name ~ '^draft' AND tcs.scorecard_get(s.name) = tcs.scorecard_get('live')}),
	'1',
	'the last one stays whole');

$node->stop;
done_testing();
