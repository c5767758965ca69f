#!/usr/bin/perl
# crash.pl [ROUNDS [SEED]]: eight clients write orders, a ninth refreshes, works
# the queue off and (every other round) rewrites the rules, and the server is stopped in
# the middle: at once, by killing a backend, or by killing it whole.
#
# When it is back, before anything else is called: the segmentations in mode sync are
# what the rule set says of the source as it is (but for rules that were
# rewritten and not refreshed); after process_segmentation so is that in mode queue.
# Moves follow one another, and lead to what is in the table.  Findings are: any
# of this is not so, a PANIC, a signal that was not sent here, an error of class
# XX, 53 or 58.
#
# Needs the data directory (PGDATA) of a server that is running and that nobody
# else uses, with fsync on and restart_after_crash on, its log in SERVER_LOG, and its
# programs in PATH.  The database "hostile" is made anew.  50 rounds (the
# default) take ten minutes.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use Attack;

my ($rounds, $seed) = (@ARGV, (50, 1)[ @ARGV .. 1 ]);
my ($data, $log) = ($ENV{PGDATA}, $ENV{SERVER_LOG});
die "PGDATA and SERVER_LOG have to be set\n" unless $data && $log;
my $started = time;
my $log_begins = -s $log;
my $here = dirname(__FILE__);
my $directory = tempdir(CLEANUP => 1);
my $attack = Attack->fresh('hostile', $directory);
$attack->run_file("$here/crash.sql");
$attack->seed($seed);
$| = 1;

my @findings;
my (%count, %done);

sub found
{
	my ($what) = @_;
	push @findings, $what;
	print "FOUND: $what\n";
	return;
}

# A statement, whatever comes of it.
sub try
{
	my ($sql) = @_;
	local %ENV = $attack->environment;
	my $out = `psql -XAtq -v VERBOSITY=verbose -c "$sql" 2>&1`;
	found("round $count{round}: $sql: $1") if $out =~ /((?:XX|53|58)\w{3}: .*)/;
	return $? == 0;
}

sub start_writers
{
	my $writers = fork() // die "fork: $!";
	if ($writers == 0)
	{
		%ENV = $attack->environment;
		open(STDOUT, '>', "$directory/writers") or die;
		open(STDERR, '>&', \*STDOUT) or die;
		exec('pgbench', '-n', '-c', 8, '-j', 2, '-T', 600, '--max-tries=1000', '--random-seed=' . ($seed * 1000 + $count{round}),
			map { ('-f', "$here/crash_$_.sql") } qw(orders lines)) or die;
	}
	return $writers;
}

# What the ninth does until it is told to stop, or cannot any more.
sub start_manager
{
	my ($rewrites) = @_;
	my $manager = fork() // die "fork: $!";
	if ($manager == 0)
	{
		%ENV = $attack->environment;
		open(STDOUT, '>', "$directory/manager") or die;
		open(STDERR, '>&', \*STDOUT) or die;
		for my $i (1 .. 100000)
		{
			my $limit = 100 + 50 * ($i % 3);
			my @sql = (
				q{SELECT tcs.process_segmentation('by_queue')},
				q{SELECT tcs.refresh_segmentation('by_sync', ARRAY(SELECT generate_series(1, 500, 7)))},
				$rewrites && $i % 5 == 0 ? "SELECT tcs.rule_set_put('s', tcs.rule_set_get('s') || jsonb_build_object('rules', jsonb_build_array(jsonb_build_object('priority', 1, 'segment', 'big', 'condition', 'revenue > $limit'))))" : (),
				$i % 3 == 0 ? q{SELECT tcs.refresh_segmentation('by_queue')} : (),
				$i % 4 == 0 ? (q{SELECT tcs.refresh_segmentation('by_sync')}, q{SELECT tcs.refresh_segmentation('by_lines')}) : ());
			for (@sql)
			{
				my $failed = system('psql', '-XAtqc', $_);
				exit if $failed >> 8 == 2;
			}
		}
		exit;
	}
	return $manager;
}

# The processes of this server that write for clients.
sub backends
{
	my $postmaster = postmaster() or return;

	return map { (split)[0] } grep { /^\s*\d+\s+$postmaster\s.*hostile .*(INSERT|UPDATE|DELETE|SELECT|COMMIT|BIND|idle in transaction)/ } `ps -eo pid=,ppid=,args=`;
}

sub postmaster
{
	open(my $from, '<', "$data/postmaster.pid") or return;
	my $pid = <$from>;
	chomp $pid;
	return $pid;
}

sub stop_it
{
	my ($how) = @_;

	if ($how eq 'stop')
	{
		system("pg_ctl stop -D '$data' -m immediate -s") == 0 or die "pg_ctl stop failed\n";
	}
	elsif ($how eq 'backend')
	{
		my @backends = backends();
		return 0 unless @backends;
		kill 'KILL', $attack->pick(@backends);
	}
	else
	{
		my $postmaster = postmaster() or die "no server\n";
		my @children = map { (split)[0] } grep { (split)[1] == $postmaster } `ps -eo pid=,ppid=`;
		kill 'KILL', $postmaster, @children;
		for (1 .. 300)
		{
			last unless grep { kill 0, $_ } $postmaster, @children;
			sleep 0.1;
		}
	}
	return 1;
}

sub check
{
	my ($when, @segmentations) = @_;
	for (@segmentations)
	{
		my $wrong = $attack->query("SELECT wrong('$_')");
		$count{checks}++;
		found("round $count{round}: $_ $when: $wrong") if $wrong ne '';
	}
	return;
}

for my $round (1 .. $rounds)
{
	my $how = (qw(stop backend whole))[ $round % 3 ];
	my $rewrites = $round % 2;
	$count{round} = $round;

	$attack->query($_) for q{TRUNCATE touched};
	my $writers = start_writers();
	my $manager = start_manager($rewrites);
	sleep 1 + $attack->draw(3000) / 1000;
	my $was = $attack->query('SELECT count(*) FROM touched');
	my $hit = stop_it($how);
	$count{"without a crash"}++ unless $hit;
	kill 'TERM', $writers, $manager unless $hit;
	if ($how ne 'backend')
	{
		sleep 0.2;
		system("pg_ctl start -D '$data' -l '$log' -w -s -t 120 >/dev/null 2>&1") == 0 or die "the server does not start again\n";
	}
	waitpid($writers, 0);
	waitpid($manager, 0);
	$attack->wait_for_server;
	for (1 .. 600)
	{
		last if $attack->query(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()}) == 0;
		sleep 0.1;
	}
	$done{$how}++;
	$count{transactions} += $attack->query('SELECT count(*) FROM touched');

	# As it came back.  Rules that were rewritten count when refreshed.
	check('as it came back', 'by_sync', 'by_lines') unless $rewrites;
	check('moves as they came back', map { "$_ moves" } qw(by_sync by_lines by_queue));
	if ($rewrites)
	{
		try("SELECT tcs.refresh_segmentation('$_')") or found("round $round: $_ cannot be refreshed") for qw(by_sync by_lines by_queue);
	}
	my $left = 1;
	for (1 .. 1000)
	{
		last if ($left = $attack->query(q{SELECT tcs.process_segmentation('by_queue')})) == 0;
	}
	found("round $round: the queue is not empty after it was worked off") if $attack->query('SELECT count(*) FROM by_queue_queue');
	check('worked off', 'by_sync', 'by_lines', 'by_queue', map { "$_ moves" } qw(by_sync by_lines by_queue));
	open(my $from, '<', "$directory/writers");
	while (<$from>) { found("round $round: a writer: $1") if /(client \d+ .*(?:ERROR|WARNING).*)/ && !/terminat|server closed|recovery|shutting down/ }
	close($from);
	print int(time - $started), " s: round $round, $how", $rewrites ? ', rules rewritten' : '', $hit ? '' : ', nothing to kill', "\n" if $round % 5 == 0 || @findings;
	last if @findings > 20;
}

open(my $from, '<', $log) or die "$log: $!";
seek($from, $log_begins, 0);
while (<$from>)
{
	found("the log: $_") if /PANIC|terminated by signal (?!9|3)|(?:ERROR|FATAL):  (?:XX|53|58)\w{3}/ && !/could not (?:receive|send) data/;
}
printf "crash: seed %d, %d rounds (%s) in %d s, %d of them with nobody to kill; %d transactions of the writers were kept; %d checks; findings: %d\n",
  $seed, $count{round}, join(', ', map { "$_ $done{$_}" } sort keys %done), time - $started, $count{'without a crash'} // 0, $count{transactions} // 0, $count{checks}, scalar @findings;
exit(@findings ? 1 : 0);
