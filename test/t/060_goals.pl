# Goals: no two sessions at once make a cycle; a dump brings all of it back; a
# standby reads it; a long check can be cancelled.  TCS_SECONDS is how long each
# of the three runs of many sessions takes.
use strict;
use warnings;

use IPC::Run qw(finish pump start timeout);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $seconds = $ENV{TCS_SECONDS} || 3;
my @levels = ('read committed', 'repeatable read', 'serializable');
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "log_error_verbosity = verbose\ntimezone = 'UTC'\n");
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	SELECT tcs.create_goals('plan');
	CREATE PROCEDURE refill(count integer) LANGUAGE sql AS $$
		TRUNCATE plan, plan_measurement;
		INSERT INTO plan (name, owner, metric, unit, baseline, target, starts, due)
		SELECT 'g' || i, 'o', 'm', 'u', 0, 1, date '2026-01-01', date '2026-12-31' FROM generate_series(1, count) AS i;
	$$;

	-- Written without the extension: who cannot be reached from above.
	CREATE VIEW in_cycle AS
	WITH RECURSIVE tree AS (
		SELECT name FROM plan WHERE parent IS NULL
		UNION ALL
		SELECT g.name FROM plan AS g JOIN tree AS t ON g.parent = t.name)
	SELECT name FROM plan EXCEPT SELECT name FROM tree});

# A session that is spoken to line by line.
sub session
{
	my %session = (in => '', out => '', err => '', number => 0);
	$session{run} = start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres') ],
		'<', \$session{in}, '>', \$session{out}, '2>', \$session{err}, timeout(60));
	return \%session;
}

sub say_to
{
	my ($session, $sql) = @_;
	$session->{number}++;
	$session->{in} .= "$sql\n\\echo told $session->{number}\n";
	$session->{run}->pump_nb while length $session->{in};
}

sub wait_for
{
	my ($session) = @_;
	pump $session->{run} until $session->{out} =~ /told $session->{number}\n/;
}

# Two who put two goals below each other: the second waits for the first, and
# sees what it did, even by a snapshot from before.
for my $level (@levels)
{
	for my $end ('COMMIT', 'ROLLBACK')
	{
		$node->safe_psql('postgres', q{CALL refill(4)});
		my ($one, $two) = (session(), session());
		say_to($_, "BEGIN ISOLATION LEVEL $level; SELECT count(*) FROM plan;"), wait_for($_) for $one, $two;
		say_to($one, q{UPDATE plan SET parent = 'g2' WHERE name = 'g1';
			UPDATE plan SET parent = 'g3' WHERE name = 'g2';});
		wait_for($one);
		say_to($two, q{UPDATE plan SET parent = 'g1' WHERE name = 'g3'; COMMIT;});
		ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE NOT granted}), "$level, $end: the second waits");
		# others who only measure, or add goals, do not
		$node->safe_psql('postgres', q{
			SET lock_timeout = '5s';
			INSERT INTO plan_measurement (goal, day, value) VALUES ('g1', '2026-01-02', 0.5);
			INSERT INTO plan (name, owner, parent, metric, unit, baseline, target, starts, due) VALUES ('new', 'o', 'g4', 'm', 'u', 0, 1, '2026-01-01', '2026-12-31');
			UPDATE plan SET weight = 2 WHERE name = 'g4';
			VACUUM plan});
		say_to($one, "$end;");
		wait_for($_) for $one, $two;
		$_->{in} .= "\\q\n" for $one, $two;
		finish $_->{run} for $one, $two;
		is($one->{err}, '', "$level, $end: the first goes through");
		if ($end eq 'COMMIT')
		{
			# the server may find first that the two conflict
			like($two->{err}, qr/goal "g3" would be above itself|could not serialize/, "$level: the second is refused");
			like($two->{err}, qr/would be above itself/, "$level: and told why") if $level ne 'serializable';
		}
		else
		{
			is($two->{err}, '', "$level: the second goes through when the first gives up");
		}
		is($node->safe_psql('postgres', 'SELECT * FROM in_cycle'), '', "$level, $end: no cycle");
	}
}

# Many who move goals about, by one row and by several, add and rename them.
my $dir = PostgreSQL::Test::Utils::tempdir();
my %move = (
	one => [ 6, q{UPDATE plan SET parent = 'g' || :b WHERE name = 'g' || :a;} ],
	two => [ 3, q{UPDATE plan SET parent = CASE name WHEN 'g' || :a THEN 'g' || :b ELSE 'g' || :c END WHERE name IN ('g' || :a, 'g' || :d);} ],
	top => [ 3, q{UPDATE plan SET parent = NULL WHERE name = 'g' || :a;} ],
	insert => [ 2, q{INSERT INTO plan (name, owner, parent, metric, unit, baseline, target, starts, due)
		VALUES ('n' || :r, 'o', 'g' || :a, 'm', 'u', 0, 1, '2026-01-01', '2026-12-31') ON CONFLICT (name) DO UPDATE SET parent = 'g' || :b;
		UPDATE plan SET parent = 'n' || :r WHERE name = 'g' || :c;} ],
	rename => [ 1, q{UPDATE plan SET name = CASE left(name, 1) WHEN 'g' THEN 'G' ELSE 'g' END || substr(name, 2) WHERE name IN ('g' || :a, 'G' || :b);} ],
	measure => [ 2, q{INSERT INTO plan_measurement (goal, day, value) SELECT name, '2026-06-01', 0.5 FROM plan WHERE name = 'g' || :a;} ],
	read => [ 1, q{SELECT count(*) FROM plan_progress;} ]);
my @files;
for my $name (sort keys %move)
{
	my ($weight, $sql) = @{ $move{$name} };
	my $set = join '', map { "\\set $_ random(1, 12)\n" } qw(a b c d);
	my $body = $sql;
	# What is refused is refused: the run goes on.
	if ($name ne 'read')
	{
		$body = "DO \$\$ BEGIN $sql EXCEPTION WHEN check_violation OR foreign_key_violation OR unique_violation THEN NULL; END \$\$;";
	}
	append_to_file("$dir/$name.sql", "$set\\set r random(1, 30)\n$body\n");
	push @files, '-f', "$dir/$name.sql\@$weight";
}
SKIP:
{
	skip 'this pgbench does not repeat transactions', 15 unless `pgbench --help` =~ /--max-tries/;
	for my $level (@levels)
	{
		my $log_start = -s $node->logfile;
		$node->safe_psql('postgres', q{CALL refill(12)});
		my ($out, $err);
		local $ENV{PGOPTIONS} = '-c default_transaction_isolation=' . $level =~ s/ /\\ /r;
		my $ok = IPC::Run::run(
			[
				'pgbench', '-n', '-c', 8, '-j', 2, '-T', $seconds, '--max-tries', 10000, @files,
				'-h', $node->host, '-p', $node->port, 'postgres'
			],
			'<', \'', '>', \$out, '2>', \$err);
		ok($ok, "$level: many move goals") or diag($err);
		note($1) while $out =~ /^((?:tps|number of transactions).*)$/mg;
		is($node->safe_psql('postgres', 'SELECT * FROM in_cycle'), '', "$level: no cycle");
		cmp_ok($node->safe_psql('postgres', 'SELECT max(depth) FROM plan_progress'), '>', 1, "$level: there is a tree");
		my $log = slurp_file($node->logfile, $log_start);
		unlike($log, qr/PANIC|FATAL|WARNING|ERROR:  (?!40001|40P01)/, "$level: no other trouble");
		unlike($log, qr/40001/, "$level: and no conflict") if $level eq 'read committed';
	}
}

# A long chain is checked as long as it takes, and no longer than one waits.
my $chain = q{INSERT INTO plan (name, owner, parent, metric, unit, baseline, target, starts, due)
	SELECT 'n' || i, 'o', 'n' || i + 1, 'm', 'u', 0, 1, date '2026-01-01', date '2026-12-31' FROM generate_series(1, 300000) AS i
	UNION ALL SELECT 'n300001', 'o', NULL, 'm', 'u', 0, 1, '2026-01-01', '2026-12-31'};
$node->safe_psql('postgres', 'CALL refill(1); ALTER TABLE plan DISABLE TRIGGER ALL');
my $begun = time;
my ($code, undef, $err) = $node->psql('postgres', "ALTER TABLE plan ENABLE TRIGGER tcs_goals_insert; SET statement_timeout = 6000; $chain");
SKIP:
{
	skip 'the check was over before', 2 if $code == 0;
	like($err, qr/canceling statement due to statement timeout/, 'a long check is cancelled');
	cmp_ok(time - $begun, '<', 6 + 8, 'soon');
}
$node->safe_psql('postgres', 'ALTER TABLE plan ENABLE TRIGGER ALL; CALL refill(1)');

# Dump and restore: names that have to be quoted, rights, policies.
$node->safe_psql('postgres', q{CREATE DATABASE firm; CREATE ROLE lead; CREATE ROLE "Ann"});
$node->safe_psql(
	'firm', q{
	CREATE EXTENSION tcs;
	CREATE SCHEMA "My Firm" AUTHORIZATION lead;
	GRANT USAGE ON SCHEMA "My Firm" TO "Ann";
	SET search_path = "My Firm";
	SET ROLE lead;
	SELECT tcs.create_goals('"My Firm"."Our ""Goals"""', 'Asia/Tokyo');
	INSERT INTO "Our ""Goals""" (name, owner, parent, metric, unit, direction, baseline, target, starts, due, weight, description)
	SELECT 'goal ' || i, CASE WHEN i % 3 = 0 THEN 'Ann' ELSE 'lead' END, 'goal ' || nullif(31 - i, i), 'm''s', 'u', CASE WHEN i % 2 = 0 THEN 'up' ELSE 'down' END, 5, CASE WHEN i % 2 = 0 THEN i ELSE -i END + 0.1, date '2026-01-01' + i, date '2026-12-31' - i, i % 4, 'd' || i
	FROM generate_series(16, 30) AS i
	UNION ALL
	SELECT 'goal ' || i, 'Ann', CASE WHEN i > 1 THEN 'goal ' || i / 2 END, 'm''s', 'u', 'up', 0, 1e50 / i, date '2026-01-01', date '5874897-12-31', 1, NULL FROM generate_series(1, 15) AS i;
	INSERT INTO "Our ""Goals""_measurement" (goal, day, value, source) SELECT name, date '2026-01-01' + i * 7, i / 7.0, 's' || i FROM "Our ""Goals""", generate_series(1, 20) AS i WHERE i % 5 < 4;
	ALTER TABLE "Our ""Goals""" ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON "Our ""Goals""" TO "Ann" USING (owner = current_user);
	GRANT SELECT, UPDATE ON "Our ""Goals""", "Our ""Goals""_measurement", "Our ""Goals""_progress" TO "Ann"});
my $path = q{SET search_path = "My Firm";};
my $everything = $path . q{
	SELECT g::text FROM "Our ""Goals""" AS g ORDER BY name;
	SELECT m::text FROM "Our ""Goals""_measurement" AS m ORDER BY id;
	SELECT p::text FROM "Our ""Goals""_progress" AS p ORDER BY place;
	SELECT p::text FROM tcs.goals_progress('"Our ""Goals"""', '2026-04-01') AS p ORDER BY place;
	SELECT relname, relowner::regrole, relacl, obj_description(oid) FROM pg_class WHERE relnamespace = '"My Firm"'::regnamespace ORDER BY relname;
	SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = '"My Firm"'::regnamespace ORDER BY 1, 2;
	SELECT attrelid::regclass, attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid::regclass::text ~ 'Goals' AND attnum > 0 ORDER BY attrelid::regclass::text, attnum;
	SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname;
	SET ROLE "Ann"; SELECT count(*), max(depth) FROM "Our ""Goals""_progress"};
my $before = $node->safe_psql('firm', $everything);
my ($last) = $before =~ /\n(.*)$/;
like($last, qr/^\d+\|\d+$/, 'a policy holds');
my $dump = "$dir/firm.dump";
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('firm') ], 'dumped');
for my $how ('whole', 'parts')
{
	$node->safe_psql('postgres', "CREATE DATABASE $how");
	my @restore = ('pg_restore', '-e', '-d', $node->connstr($how), $dump);
	if ($how eq 'whole')
	{
		$node->command_ok(\@restore, "$how: restored");
	}
	else
	{
		$node->command_ok([ @restore, "--section=$_" ], "$how: $_ restored") for qw(pre-data data post-data);
	}
	is($node->safe_psql($how, $everything), $before, "$how: everything is there");
	my ($result, undef, $refused) = $node->psql($how, $path . q{UPDATE "Our ""Goals""" SET parent = 'goal 9' WHERE name = 'goal 1'});
	like($refused, qr/ERROR:  goal "goal 1" would be above itself/, "$how: no goal above itself");
	$node->safe_psql($how, $path . q{SET ROLE lead; INSERT INTO "Our ""Goals""_measurement" (goal, day, value) VALUES ('goal 1', '2026-03-03', 3)});
	is($node->safe_psql($how, $path . q{SELECT actual FROM tcs.goals_progress('"Our ""Goals"""', '2026-03-03') WHERE name = 'goal 1'}), '3', "$how: measured on");
	$node->safe_psql($how, $path . q{SET ROLE lead; SELECT tcs.drop_goals('"Our ""Goals"""')});
	is($node->safe_psql($how, q{SELECT count(*) FROM pg_class WHERE relname ~ 'Goals'}), '0', "$how: dropped");
}

# A standby reads.
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql('firm', $everything), $before, 'standby: reads the same');
my (undef, undef, $standing) = $standby->psql('firm', q{SELECT tcs.create_goals('more')});
like($standing, qr/cannot execute tcs\.create_goals\(\)/, 'standby: makes nothing');
$standby->stop;
$node->stop;
done_testing();
