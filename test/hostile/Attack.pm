# What the attacks in this folder share: many statements through psql, one
# connection after the other, with what came of each, whatever happens to the
# server in between.
package Attack;
use strict;
use warnings;

use Time::HiRes qw(sleep time);

# Errors that nothing a user does may lead to: class 58 and 53 say that the
# system is at its end, XX that the server contradicts itself.
our $forbidden = qr/^(XX|58|53)/;

# Arguments that work on what types.sql makes, by function and name or by name
# and type.
our %good = (
	'track_segmentation key' => q{'customer'}, 'create_segmentation key' => q{'customer'},
	'from_key text' => q{'38'}, 'to_key text' => q{'3'}, 'role regrole' => q{'hostile_clerk'}, 'may text' => q{'read'}, 'until timestamp with time zone' => q{'2030-01-01'},
	'key name' => q{'customer'}, 'customer name' => q{'customer'}, 'at name' => q{'at'}, 'amount name' => q{'amount'},
	'customers_key name' => q{'customer'}, 'value name' => q{'revenue'}, 'value_column name' => q{'revenue'}, 'segment name' => q{'tier'},
	'key text' => q{'2'}, 'at timestamp with time zone' => 'now()', 'from_time timestamp with time zone' => q{now() - interval '1 day'},
	'to_time timestamp with time zone' => 'now()', 'name text' => q{'hostile.made'}, 'into text' => q{'hostile.made'}, 'rule_set text' => q{'rs'},
	'a text' => q{'rs'}, 'b text' => q{'rs'}, 'scorecard text' => q{'sc'}, 'zone text' => q{'UTC'}, 'period text' => q{'month'}, 'mode text' => q{'sync'},
	'segment text' => q{'big'}, 'k integer' => '1', 'top integer' => '3', 'at_most integer' => '5', 'within interval' => q{interval '30 days'},
	'since text' => 'NULL', 'definition text' => q{'x'}, 'family text' => q{'bg/nbd'}, 'experiment text' => q{'x'}, 'source text' => q{'rs'}, 'target text' => q{'copy'}, 'draft text' => q{'rs'},
	'confidence double precision' => '0.95', 'level double precision' => '0.9', 'power double precision' => '0.8', 'annual_discount double precision' => '0.1', 'margin double precision' => '0.3',
	'horizon interval' => q{interval '1 year'}, 'unit interval' => q{interval '1 day'}, 'period interval' => q{interval '1 month'}, 'cuts double precision[]' => q{'{0.8,0.95}'},
	'shares double precision[]' => q{'{0.5,0.5}'}, 'arms text[]' => q{'{a,b}'}, 'counts bigint[]' => q{'{50,60}'}, 'x_cuts double precision[]' => q{'{1,2}'}, 'y_cuts double precision[]' => q{'{1,2}'},
	'age_cuts double precision[]' => q{'{30,90}'}, 'frequency_cuts double precision[]' => q{'{1,3}'}, 'monetary_cuts double precision[]' => q{'{100}'}, 'bins integer' => '5', 'tenure integer' => '3', 'periods integer' => '2', 'as_of date' => q{'2025-12-31'}, 'attributes name[]' => q{'{tier}'}, 'definition jsonb' => q{tcs.rule_set_get('rs')});

# psql: the program; env: settings of the connection (PGHOST ...), over those
# of this process; directory: for scripts and what they print; seconds: how long
# a session may last; prologue: lines at the beginning of each case; before, after: of each call.
sub new
{
	my ($class, %self) = @_;
	$self{psql} //= 'psql';
	$self{seconds} //= 600;
	$self{crashes} = 0;
	return bless {%self}, $class;
}

# An attack on a database of its own, made anew.  Each session begins with the
# prologue.
sub fresh
{
	my ($class, $database, $directory, @prologue) = @_;
	my $dba = $class->new(env => { PGDATABASE => 'postgres', PGOPTIONS => '-c client_min_messages=error' });

	$dba->query($_)
	  for "DROP DATABASE IF EXISTS $database", "CREATE DATABASE $database", 'DROP ROLE IF EXISTS hostile_owner', 'DROP ROLE IF EXISTS hostile_clerk';
	return $class->new(env => { PGDATABASE => $database }, directory => $directory, prologue => \@prologue);
}

sub environment
{
	my ($self) = @_;
	return (%ENV, PGCLIENTENCODING => 'UTF8', LC_ALL => 'C.UTF-8', PGAPPNAME => 'attack', %{ $self->{env} // {} });
}

# What one query gives, a row a line, columns apart by tabs; dies on errors.
sub query
{
	my ($self, $sql) = @_;
	local %ENV = $self->environment;
	open(my $from, '-|', $self->{psql}, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-F', "\t", '-c', $sql)
	  or die "no psql: $!";
	my @rows = <$from>;
	close($from) or die "this failed: $sql\n";
	chomp @rows;
	return wantarray ? @rows : $rows[0];
}

sub run_file
{
	my ($self, $file, @variables) = @_;
	local %ENV = $self->environment;
	system($self->{psql}, '-XAtq', '-v', 'ON_ERROR_STOP=1', (map { ('-v', $_) } @variables), '-f', $file, '-o', '/dev/null') == 0
	  or die "$file failed\n";
	return;
}

sub wait_for_server
{
	my ($self) = @_;
	local %ENV = $self->environment;
	for (1 .. 600)
	{
		return if system("'$self->{psql}' -XAtqc 'SELECT 1' >/dev/null 2>&1") == 0;
		sleep 0.1;
	}
	die "the server does not come back\n";
}

# Run lines of SQL, a call a line (which may hold several statements), in one
# session.  Gives a list of what was said: [line, severity, state, text];
# severity "CRASH" with the line at which the connection broke, "HANG" where the
# session did not end in time.
sub session
{
	my ($self, @lines) = @_;
	my ($script, $log) = map { "$self->{directory}/$_.$$" } qw(script said);

	open(my $to, '>:utf8', $script) or die "$script: $!";
	print $to map { "$_\n" } @lines;
	close($to);

	local %ENV = $self->environment;
	my $status = system("timeout $self->{seconds} '$self->{psql}' -XAtq -v VERBOSITY=verbose -v SHOW_CONTEXT=never -f - <'$script' >/dev/null 2>'$log'");
	$status >>= 8;

	my @said;
	open(my $from, '<', $log) or die "$log: $!";
	while (my $line = <$from>)
	{
		if ($line =~ /^psql:[^:]*:(\d+): (ERROR|WARNING|NOTICE|INFO|FATAL|PANIC|LOG):\s+(?:(\w{5}): )?(.*)/)
		{
			push @said, [ $1 - 1, $2, $3 // '', $4 ];
		}
		elsif ($line =~ /^psql:[^:]*:(\d+): (.*)/)
		{
			my ($at, $text) = ($1 - 1, $2);
			push @said, [ $at, 'CRASH', '', $text ]
			  if $text =~ /server closed the connection|connection to server|terminating connection/
			  && !grep { $_->[1] eq 'CRASH' } @said;
		}
		elsif ($line =~ /^LOCATION:\s+(.*)/ && @said)
		{
			$said[-1][4] = $1;
		}
	}
	close($from);
	unlink $script, $log;

	if ($status == 124)
	{
		# What is still running did not heed its statement_timeout.
		my $query = eval { $self->query(q{SELECT left(regexp_replace(query, '\s+', ' ', 'g'), 500) FROM pg_stat_activity WHERE application_name = 'attack' AND pid <> pg_backend_pid() ORDER BY query_start LIMIT 1}) };
		my ($at) = grep { defined $query && index($lines[$_], $query) >= 0 } 0 .. $#lines;
		push @said, [ $at // $#lines, 'HANG', '', $query // 'not known what was running' ];
		eval { $self->query(q{SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'attack' AND pid <> pg_backend_pid()}) };
	}
	elsif ($status != 0 && !grep { $_->[1] eq 'CRASH' } @said)
	{
		push @said, [ $#lines, 'CRASH', '', "psql ended with status $status" ];
	}
	if (grep { $_->[1] eq 'CRASH' } @said)
	{
		$self->{crashes}++;
		sleep 0.2;
		$self->wait_for_server;
	}
	return @said;
}

# Run cases, each {setup => [lines], calls => [lines]}, in transactions that are
# rolled back: the setup, then every call on its own from there.  After a crash
# it goes on with the call after.  $told->(case, number of the call or undef in
# the setup, what was said ...) comes for each call that was reached, and for
# each line of a setup that something was said of.
sub cases
{
	my ($self, $cases, $told) = @_;
	my $first = 0;

	for (my $next = 0; $next < @$cases;)
	{
		my (@lines, @what);
		my $skip = $first;

		for (my $c = $next; $c < @$cases && @lines < 4000; $c++)
		{
			my $case = $cases->[$c];
			my $add = sub { push @lines, $_[0]; push @what, [ $c, $_[1] ]; };

			$add->($_) for @{ $self->{prologue} // [] };
			$add->('BEGIN;');
			$add->($_) for @{ $case->{setup} };
			$add->('SAVEPOINT attack;');
			for my $i ($skip .. $#{ $case->{calls} })
			{
				$add->(($self->{before} // '') . "$case->{calls}[$i]; ROLLBACK TO SAVEPOINT attack;" . ($self->{after} // ''), $i);
			}
			$add->('ROLLBACK;');
			$skip = 0;
		}

		my ($stopped, %said);
		for my $said ($self->session(@lines))
		{
			my ($line, @rest) = @$said;

			$line = $#lines if $line > $#lines;
			push @{ $said{$line} }, \@rest;
			$stopped = $line if $rest[0] =~ /^(CRASH|HANG)$/;
		}
		my $end = $stopped // $#lines;
		for my $line (0 .. $end)
		{
			my ($c, $i) = @{ $what[$line] };
			my @said = @{ $said{$line} // [] };

			$told->($cases->[$c], $i, @said) if defined $i || @said;
		}

		# A crash in the setup ends its case.
		my ($c, $i) = @{ $what[$end] };
		if (defined $stopped && defined $i && $i < $#{ $cases->[$c]{calls} })
		{
			($next, $first) = ($c, $i + 1);
		}
		else
		{
			($next, $first) = ($c + 1, 0);
		}
	}
	return;
}

# A generator of numbers that is the same everywhere.
sub seed
{
	my ($self, $seed) = @_;
	$self->{state} = ($seed * 2654435761 + 12345) & 0xffffffff;
	return;
}

sub draw
{
	my ($self, $below) = @_;
	my $x = $self->{state} || 88172645;
	$x ^= ($x << 13) & 0xffffffff;
	$x ^= $x >> 17;
	$x ^= ($x << 5) & 0xffffffff;
	$self->{state} = $x;
	return $x % $below;
}

sub pick
{
	my ($self, @from) = @_;
	return $from[ $self->draw(scalar @from) ];
}

1;
