# Rules, scorecards and traits outside of the session that wrote them: in a dump, under
# other settings, and on a standby.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "timezone = 'UTC'");
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	CREATE TYPE tier AS ENUM ('low', 'high');
	CREATE TABLE shop (id integer, at timestamptz, day date, name text, level tier);
	INSERT INTO shop VALUES (1, '2024-05-06 01:00+00', '2024-05-06', 'a\b', 'low'),
		(2, '2023-05-06 01:00+00', '2023-06-05', 'b', 'high');
	INSERT INTO tcs.rule_set (name, default_segment, time_zone, changed_by, changed_at)
	VALUES ('s', 'none', NULL, 'somebody', '2001-02-03'),
		('zoned', NULL, 'Asia/Tokyo', 'somebody', '2001-02-03');
	INSERT INTO tcs.rule (rule_set, priority, segment, condition, changed_by, changed_at)
	VALUES ('s', 1, 'back', $$name = 'a\b' AND day = '2024-05-06'$$, 'somebody', '2001-02-03'),
		('s', 2, 'high', $$level = 'high' AND at < '2024-01-01 00:00+00'$$, 'somebody', '2001-02-03'),
		('s', 3, 'gone', 'no_such_column = nowhere(1)', 'somebody', '2001-02-03'),
		('zoned', 1, 'x', $$at >= '2024-05-06 10:00'$$, 'somebody', '2001-02-03');
	UPDATE tcs.rule SET enabled = false, segment = 'off' WHERE priority = 3;
	INSERT INTO tcs.scorecard (name, time_zone, changed_by, changed_at)
	VALUES ('s', NULL, 'somebody', '2001-02-03'), ('zoned', 'Asia/Tokyo', 'somebody', '2001-02-03');
	INSERT INTO tcs.factor (scorecard, factor, expression, weight, lo, hi, gate, missing, enabled, changed_by, changed_at)
	VALUES ('s', 'id', 'id', 0.1, 0, 1.0::float8 / 3, 'Infinity', 'lo', false, 'somebody', '2001-02-03'),
		('s', 'name', $$name = 'a\b' AND day = '2024-05-06'$$, 1, 0, 1, '-Infinity', 'null', true, 'somebody', '2001-02-03'),
		('s', 'year', $$extract(year FROM day)$$, 0.1, 2024, 2019, NULL, 'reweight', true, 'somebody', '2001-02-03'),
		('zoned', 'at', $$at >= '2024-05-06 10:00'$$, 1, 0, 1, NULL, 'lo', true, 'somebody', '2001-02-03'),
		('zoned', 'gone', 'no_such_column + nowhere(1)', 1e-300, 0, 1, NULL, 'lo', false, 'somebody', '2001-02-03');
	UPDATE tcs.factor SET weight = 0.2 WHERE factor = 'gone';
	INSERT INTO tcs.trait_set (name, time_zone, changed_by, changed_at) VALUES ('s', 'Asia/Tokyo', 'somebody', '2001-02-03');
	INSERT INTO tcs.trait (trait_set, trait, measure, value, condition, within, since, gap, enabled, changed_by, changed_at)
	VALUES ('s', 'a "b"', 'last', 'name', $$name = 'a\b' AND at >= '2024-05-06 10:00'$$, '40 years 2 hours', $$level = 'high'$$, NULL, true, 'somebody', '2001-02-03'),
		('s', 'visits', 'sessions', NULL, NULL, NULL, NULL, '90 minutes', true, 'somebody', '2001-02-03'),
		('s', 'gone', 'sum', 'no_such_column + nowhere(1)', NULL, '1 day', NULL, NULL, false, 'somebody', '2001-02-03');
	SELECT tcs.create_traits('traits', 'shop', 'id', 'at', 's', as_of => '2024-06-01');
	CREATE VIEW assigned AS SELECT id, tcs.segment_assign('s', shop) AS s, tcs.segment_assign('zoned', shop) AS z,
		round(tcs.scorecard_score('s', shop)) AS score, tcs.scorecard_score('zoned', shop) AS zoned FROM shop});
my $rows = 'SELECT * FROM assigned ORDER BY id';
my $written = q{SELECT rule_set, priority, segment, condition, enabled, changed_by <> 'somebody', changed_at FROM tcs.rule
	WHERE rule_set NOT LIKE 'tcs.%' ORDER BY 1, 2;
	SELECT f FROM tcs.factor AS f WHERE scorecard NOT LIKE 'tcs.%' ORDER BY scorecard, factor;
	SELECT s FROM tcs.scorecard AS s WHERE name NOT LIKE 'tcs.%' ORDER BY name;
	SELECT t FROM tcs.trait AS t WHERE trait_set NOT LIKE 'tcs.%' ORDER BY trait_set, trait;
	SELECT s FROM tcs.trait_set AS s WHERE name NOT LIKE 'tcs.%' ORDER BY name;
	SELECT * FROM public.traits ORDER BY customer;
	SELECT count(*) FROM tcs.refresh_traits('public.traits')};
my $utc = q{SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; };
my $as_made = $node->safe_psql('postgres', $rows);
my $as_written = $node->safe_psql('postgres', $utc . $written);
is($as_made, "1|back|x|91|100\n2|high||2|0", 'segments and scores before the dump');

my $shipped = q{SELECT count(*), (SELECT count(*) FROM tcs.rule WHERE rule_set LIKE 'tcs.%') FROM tcs.rule_set WHERE name LIKE 'tcs.%';
	SELECT count(*), (SELECT count(*) FROM tcs.factor WHERE scorecard LIKE 'tcs.%') FROM tcs.scorecard WHERE name LIKE 'tcs.%';
	SELECT count(*), (SELECT count(*) FROM tcs.trait WHERE trait_set LIKE 'tcs.%') FROM tcs.trait_set WHERE name LIKE 'tcs.%'};
my $shipped_rows = $node->safe_psql('postgres', $shipped);
for my $format ('plain', 'custom')
{
	my $dump = $node->basedir . "/dump.$format";
	my $name = "restored_$format";
	$node->command_ok(
		[ 'pg_dump', "--format=$format", '-f', $dump, $node->connstr('postgres') ],
		"pg_dump, $format");
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql('postgres', qq{ALTER DATABASE $name SET timezone = 'Pacific/Kiritimati';
		ALTER DATABASE $name SET datestyle = 'SQL, DMY';
		ALTER DATABASE $name SET search_path = ''});
	$node->safe_psql('postgres', "ALTER DATABASE $name SET standard_conforming_strings = off")
	  if $node->safe_psql('postgres', 'SHOW server_version_num') < 190000;
	if ($format eq 'plain')
	{
		my $text = slurp_file($dump);
		unlike($text, qr/^tcs\./m, 'what is shipped is not in the dump');
		$node->command_ok(
			[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr($name) ],
			'restore');
	}
	else
	{
		$node->command_ok(
			[ 'pg_restore', '--exit-on-error', '-d', $node->connstr($name), $dump ],
			'restore');
	}
	is($node->safe_psql($name, "$rows" =~ s/assigned/public.assigned/r),
		$as_made, 'the same segments and scores, under other settings');
	is($node->safe_psql($name, $utc . $written),
		$as_written, 'and the same rules and factors, with who wrote them and when');
	is($node->safe_psql($name, $shipped), $shipped_rows, 'what is shipped is there once');
}

# A standby evaluates, and follows what it replays.
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', $rows), $as_made, 'segments and scores on the standby');
my $session = $standby->background_psql('postgres') if $standby->can('background_psql');
SKIP:
{
	my $ask = q{EXECUTE q; SELECT tcs.segment_assign((SELECT 's' OFFSET 0), shop) FROM shop WHERE id = 2;};
	my $score = q{EXECUTE r; SELECT tcs.scorecard_score((SELECT 'zoned' OFFSET 0), shop) FROM shop WHERE id = 1;};

	skip 'this server has no sessions in the background', 4 unless $session;
	is($session->query(qq{PREPARE q AS SELECT tcs.segment_assign('s', shop) FROM shop WHERE id = 2; $ask}),
		"high\nhigh", 'a prepared statement there');
	$node->safe_psql('postgres', q{UPDATE tcs.rule SET segment = 'higher' WHERE priority = 2});
	$node->wait_for_catchup($standby);
	is($session->query($ask), "higher\nhigher", 'is planned anew after a change');
	is($session->query(qq{PREPARE r AS SELECT tcs.scorecard_score('zoned', shop) FROM shop WHERE id = 1; $score}),
		"100\n100", 'one that scores');
	$node->safe_psql('postgres', q{UPDATE tcs.factor SET hi = 2 WHERE factor = 'at'});
	$node->wait_for_catchup($standby);
	is($session->query($score), "50\n50", 'is, too');
	$session->quit;
}
my ($code, undef, $stderr) = $standby->psql('postgres', q{DELETE FROM tcs.rule});
like($stderr, qr/cannot execute DELETE in a read-only transaction/, 'rules are not changed there');

$standby->stop;
$node->stop;
done_testing();
