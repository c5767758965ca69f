#!/usr/bin/perl
# calls.pl [CALLS [SEED]]: every function, aggregate and window function of the
# extension, and the trigger functions, called with arguments that are good,
# extreme, mutated or none of these.
#
# Findings are: a connection that breaks, an error of class XX, 53 or 58, a call
# that goes on for more than 2 seconds after its statement_timeout of 2, a session that
# has held 400 MB.  50,000 calls (the default) take a quarter of an hour.
#
# Needs a server to itself (PG* variables); the database "hostile" is made anew.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;
use Time::HiRes qw(time);
use lib dirname(__FILE__);
use Attack;

my ($calls, $seed) = (@ARGV, (50000, 1)[ @ARGV .. 1 ]);
my $started = time;
$| = 1;
my $attack = Attack->fresh('hostile', tempdir(CLEANUP => 1),
	q{RESET ALL; SET statement_timeout = '2s'; SET client_min_messages = error; SET search_path = hostile, shop;});
$attack->run_file(dirname(__FILE__) . '/types.sql');
$attack->run_file(dirname(__FILE__) . '/calls.sql');
$attack->{before} = 'SELECT shop.call_begins(); ';
$attack->{after} = ' SELECT shop.call_ended();';
$attack->seed($seed);

# ---------------------------------------------------------------------------
# What is called

my @functions = map {
	my ($kind, $schema, $name, $sets, $names, $types, $variadic, $ordered) = split /\t/, $_;
	{ kind => $kind, schema => $schema, name => $name, sets => $sets eq 't', names => [ split /,/, $names ], types => [ split /\|/, $types ], variadic => $variadic, ordered => $ordered }
} $attack->query(q{
	SELECT p.prokind, n.nspname, p.proname, p.proretset, coalesce(array_to_string(p.proargnames[1:p.pronargs], ','), ''),
		coalesce((SELECT string_agg(format_type(t, NULL), '|' ORDER BY i) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u(t, i)), ''),
		p.provariadic <> 0, coalesce((SELECT aggkind FROM pg_aggregate WHERE aggfnoid = p.oid), 'n')
	FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
	WHERE n.nspname IN ('tcs', 'tcs_internal') AND p.prorettype NOT IN ('trigger'::regtype, 'internal'::regtype) AND 'internal'::regtype <> ALL (p.proargtypes::oid[])
		ORDER BY p.oid::regprocedure::text COLLATE "C"});
my @triggers = $attack->query(q{SELECT proname FROM pg_proc WHERE pronamespace = 'tcs_internal'::regnamespace AND prorettype = 'trigger'::regtype ORDER BY 1});
my %composite;
for ($attack->query(q{
	SELECT format_type(t.oid, NULL), format_type(a.atttypid, NULL) FROM pg_type AS t JOIN pg_attribute AS a ON a.attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped
	WHERE t.typnamespace = 'tcs'::regnamespace AND t.typtype = 'c' ORDER BY t.typname, attnum}))
{
	my ($type, $part) = split /\t/, $_;
	push @{ $composite{$type} }, $part;
}
my @relations = $attack->query(q{SELECT oid::regclass FROM pg_class WHERE relnamespace IN ('hostile'::regnamespace, 'shop'::regnamespace) AND relkind <> 't' ORDER BY 1});
my @columns = $attack->query(q{SELECT DISTINCT attname FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid WHERE relnamespace IN ('hostile'::regnamespace, 'shop'::regnamespace) AND attnum > 0 AND NOT attisdropped ORDER BY 1});
my @models = $attack->query('SELECT model FROM shop.model ORDER BY id');

# ---------------------------------------------------------------------------
# Values

my @numbers = (qw(0 1 -1 2 3 5 10 20 0.5 0.95 100 1e5 1e-300 1e300 -1e300 4.9e-324 1.7976931348623157e308 2147483647 -2147483648 9007199254740993 NaN Infinity -Infinity -0));
my @texts = (
	q{''}, q{'rs'}, q{'sc'}, q{'big'}, q{'UTC'}, q{'Europe/Berlin'}, q{'month'}, q{'year'}, q{'week'}, q{'day'}, q{'quarter'}, q{'decade'}, q{'bg/nbd'}, q{'pareto/nbd'}, q{'queue'}, q{'sync'}, q{'hostile.made'},
	q{'a.b.c.d'}, q{'"'}, q{E'\\\\'}, q{'%s%n%1$s'}, q{repeat('x', 100)}, q{repeat(E'\\u00fc', 70000)}, q{repeat('(', 5000)}, q{E'\\u0001\\u202e\\uffff'}, q{'revenue > 1'}, q{'tcs.value_tiers'}, q{'2026-01-01'}, q{'NULL'}, q{'-1'}, q{'UTC+25'},
	q{'<+99>-99'});
my @days = (qw(2025-01-01 2025-06-30 2025-12-31 2026-02-28 0001-01-01 infinity -infinity 5874897-12-31 294276-12-31), '4713-01-01 BC');
my @intervals = ('0', '1 day', '-1 day', '30 days', '1 month', '1 microsecond', '178000000 years', '-178000000 years', '2147483647 days', '2147483647 months -2147483648 days', '1 year -365 days');
my %extreme = (
	boolean => [qw(true false)],
	smallint => [qw(0 1 -1 32767 -32768)],
	integer => [qw(0 1 -1 2 3 5 12 100 2147483647 -2147483648)],
	bigint => [qw(0 1 -1 2 10 1000 9223372036854775807 -9223372036854775808)],
	oid => [qw(0 1 1259 4294967295)],
	interval => [ map { "'$_'" } @intervals ],
	date => [ map { "'$_'" } @days ],
	'timestamp with time zone' => [ map { "'$_'" } grep { !/^5874897/ } @days ],
	'timestamp without time zone' => [ map { "'$_'" } grep { !/^5874897/ } @days ],
	uuid => [ q{'00000000-0000-0000-0000-000000000000'}, q{'ffffffff-ffff-ffff-ffff-ffffffffffff'} ],
	xid8 => [ q{'0'}, q{'18446744073709551615'} ],
	bytea => [ q{''}, q{'\\x00'}, q{'\\xffffffffffffffffffffffffffffffff'}, q{decode(repeat('41', 1000), 'hex')}, q{decode(repeat('00', 64), 'hex')}, q{'\\x0000000100000001'} ],
	'double precision' => [ map { "'$_'" } @numbers ],
	numeric => [ (map { "'$_'" } @numbers), q{repeat('9', 1000)}, q{'1e-1000'} ],
	text => \@texts);

# A value as SQL; i: in an aggregate, which has a row i.
my $json = JSON::PP->new->canonical->allow_nonref;

sub mutated
{
	my ($value, $depth) = @_;
	my $at = $attack->draw(4);

	if (ref $value eq 'HASH' && %$value && $at)
	{
		my $key = $attack->pick(sort keys %$value);
		my %copy = %$value;
		if ($attack->draw(8)) { $copy{$key} = mutated($copy{$key}, $depth + 1) }
		elsif ($attack->draw(2)) { delete $copy{$key} }
		else { $copy{"$key " . $attack->draw(3)} = $copy{$key} }
		return \%copy;
	}
	if (ref $value eq 'ARRAY' && @$value && $at)
	{
		my @copy = @$value;
		my $i = $attack->draw(scalar @copy);
		if ($attack->draw(8)) { $copy[$i] = mutated($copy[$i], $depth + 1) }
		elsif ($attack->draw(2)) { splice(@copy, $i, 1) }
		else { push @copy, (@copy) x $attack->pick(1, 3, 200) }
		return \@copy;
	}
	return $attack->pick(undef, 0, -1, 1, 3, 0.5, 1e308, -1e308, 1e-320, 2147483648, '', 'x', 'NaN', 'revenue > 1', JSON::PP::true, [], {}, [ undef ], [ 1, 0, 2 ], $value);
}

sub model
{
	my ($name) = @_;
	my %kind = (purchase_model => qr/btyd|nbd/, spend_model => qr/spend|gamma/);
	my @fitting = grep { $attack->draw(8) && $kind{$name} ? $_ =~ $kind{$name} : 1 } @models;
	my $model = $attack->pick(@fitting ? @fitting : @models);
	my $quoted = $attack->draw(3) ? $model : $json->encode(mutated($json->decode($model), 0));

	$quoted = q{[[1e400, "\u202e"], {"model": "btyd"}]} if !$attack->draw(50);
	$quoted =~ s/'/''/g;
	return "'$quoted'::jsonb";
}

sub value
{
	my ($type, $name, $rows, $function) = @_;
	my $good = $Attack::good{ ($function // '') . " $name" } // $Attack::good{"$name $type"};

	return 'NULL::' . ($type =~ /^any/ ? 'text' : $type) if !$attack->draw(15) && $type ne 'record';
	return "$good\::$type" if $good && $attack->draw(3);
	return model($name) if $type eq 'jsonb';
	return "'hostile." . $attack->pick(qw(int_queue text_sync own log plan)) . "'::regclass" if $type eq 'regclass' && $name =~ /^(into|name)$/ && $attack->draw(4);
	return "'hostile." . $attack->pick(qw(own_source log_orders int_queue_source)) . "'::regclass" if $type eq 'regclass' && $attack->draw(2);
	return "'" . ($attack->draw(12) ? $attack->pick(@relations) : $attack->pick('0', '4294967295', 'pg_class', 'pg_attribute')) . "'::regclass" if $type eq 'regclass';
	return "'" . ($attack->draw(12) ? $attack->pick(qw(customer at amount revenue tier key segment), @columns) : $attack->pick('', 'x', 'ctid', 'tableoid', 'x' x 63)) . "'::name" if $type eq 'name';
	return $attack->pick('ROW()', 'ROW(1, NULL)', q{ROW('x'::text)}, '(SELECT t FROM hostile.own_source AS t LIMIT 1)', '(SELECT t FROM hostile.own_source AS t LIMIT 1)',
		'(SELECT t FROM hostile.log AS t LIMIT 1)', '(SELECT t FROM hostile.int_queue_source AS t LIMIT 1)', 'NULL::hostile.own_source', '(SELECT c FROM pg_class AS c LIMIT 1)') if $type eq 'record';
	if ($type =~ /^(.*)\[\]$/)
	{
		my $element = $1;
		my $length = $attack->pick(0, 1, 2, 3, 5, 10, 12);

		return "array_fill(" . value($element, $name, 0) . "::$element, ARRAY[" . $attack->pick('1000', '2, 2', '0') . '])' if !$attack->draw(10) && !$composite{$element};
		return 'ARRAY[' . join(', ', sort map { value($element, $name, $rows) } 1 .. $length) . "]::$type";
	}
	return value($attack->pick('integer', 'text', 'bigint', 'uuid'), $name, $rows) if $type =~ /^any(element|nonarray|compatible)?$/;
	return $attack->pick(q{ARRAY[1, 2, 3]}, q{'{}'::text[]}, q{ARRAY['a', NULL]}, q{'[5:6]={1,2}'::integer[]}, q{ARRAY[[1, 2], [3, 4]]}) if $type eq 'anyarray';
	if ($composite{$type})
	{
		return 'tcs.purchase_history(3, 20, 50, 10, interval \'1 day\')' if $type eq 'tcs.purchase_history' && $attack->draw(2);
		return 'ROW(' . join(', ', map { value($_, '', $rows) } @{ $composite{$type} }) . ")::$type";
	}

	# Good ones, that differ from row to row.
	if ($rows && $attack->draw(4))
	{
		return '(i * 37 % 101)::' . $type if $type =~ /^(smallint|integer|bigint|double precision|numeric)$/;
		return "(date '2025-01-01' + i * 37 % 300)::$type" if $type =~ /^(date|timestamp)/;
		return '(i * 37 % 3 = 0)' if $type eq 'boolean';
		return "(i * 37 % 101 * interval '1 day')" if $type eq 'interval';
	}
	if ($extreme{$type})
	{
		my $value = $attack->pick(@{ $extreme{$type} });

		return "(CASE WHEN i = 7 THEN $value\::$type ELSE NULL::$type END)" if $rows && !$attack->draw(6);
		return "$value\::$type" if $attack->draw(3) || $type !~ /^(double precision|numeric)$/;
		return $attack->pick('0.5', '0.9', '0.1', '1', '2', '10') . "::$type";
	}
	return "NULL::$type";
}

sub call
{
	my ($function) = @_;
	my @types = @{ $function->{types} };
	my $rows = $function->{kind} ne 'f' || !$attack->draw(4);
	my @arguments = map { value($types[$_], $function->{names}[$_] // '', $rows, $function->{name}) } 0 .. $#types;
	my $call;

	# An aggregate takes what does not change from row to row at its end.
	if ($function->{kind} eq 'a' && @types > 1)
	{
		for my $i (1 .. $#types) { $arguments[$i] = value($types[$i], '', 0) if $attack->draw(2) && !$composite{ $types[$i] } }
	}
	$arguments[-1] = "VARIADIC $arguments[-1]" if $function->{variadic} eq 't' && @arguments;
	$call = "$function->{schema}.\"$function->{name}\"(" . join(', ', @arguments) . ')';
	my $from = 'generate_series(1, ' . $attack->pick(0, 1, 2, 10, 100, 1000) . ') AS i';
	$from = 'shop.numbers AS i' if !$attack->draw(5);

	if ($function->{kind} eq 'a')
	{
		my $filter = $attack->draw(8) ? '' : ' FILTER (WHERE i % 2 = 0)';
		$call = "$function->{schema}.\"$function->{name}\"(DISTINCT " . join(', ', @arguments) . ')' if !$attack->draw(10) && @arguments == 1;
		return "SELECT $call$filter OVER (ORDER BY i ROWS BETWEEN " . $attack->pick('UNBOUNDED PRECEDING', '3 PRECEDING', 'CURRENT ROW') . ' AND ' . $attack->pick('CURRENT ROW', '2 FOLLOWING', 'UNBOUNDED FOLLOWING') . ") FROM $from"
		  if !$attack->draw(6) && $call !~ /DISTINCT/;
		return "SELECT $call$filter FROM $from" . $attack->pick('', '', ' GROUP BY i % 3', ' GROUP BY GROUPING SETS ((), (i % 3), (i % 5))');
	}
	return "SELECT $call OVER (" . $attack->pick('', 'ORDER BY i', 'PARTITION BY i % 3', 'PARTITION BY i % 3 ORDER BY i DESC', 'ORDER BY i ROWS 2 PRECEDING') . ") FROM $from"
	  if $function->{kind} eq 'w';
	return $function->{sets} && !$rows ? "SELECT * FROM $call" : $rows ? "SELECT $call FROM $from" : "SELECT $call";
}

sub trigger
{
	my $name = $attack->pick(@triggers);
	my @arguments = map { $attack->pick(q{'hostile'}, q{'shop'}, q{'int_queue'}, q{'int_sync'}, q{'own'}, q{'plan'}, q{'customer'}, q{'queue'}, q{'sync'}, q{''}, q{'x'}, "'" . 'x' x 300 . "'") } 1 .. $attack->draw(6);
	my $table = $attack->pick('shop.empty', 'hostile.own_source', 'hostile.plan', 'tcs.rule', 'shop.int_queue_orders');
	my $event = $attack->pick('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'INSERT OR UPDATE OR DELETE');
	my $tables = $event eq 'INSERT' ? ' REFERENCING NEW TABLE AS ' . $attack->pick('tcs_new_rows', 'x') : $event eq 'UPDATE' ? ' REFERENCING NEW TABLE AS tcs_new_rows OLD TABLE AS tcs_old_rows' : $event eq 'DELETE' ? ' REFERENCING OLD TABLE AS tcs_old_rows' : '';
	my $when = $attack->pick('AFTER', 'AFTER', 'BEFORE');
	my $row = $event eq 'TRUNCATE' ? 'STATEMENT' : $attack->pick('STATEMENT', 'ROW');
	$tables = '' if $when eq 'BEFORE' || !$attack->draw(4);

	return "CREATE TRIGGER attack $when $event ON $table$tables FOR EACH $row EXECUTE FUNCTION tcs_internal.\"$name\"(" . join(', ', @arguments) . '); '
	  . ($event =~ /TRUNCATE/ ? "TRUNCATE $table CASCADE" : $event =~ /^INSERT/ ? "INSERT INTO $table SELECT * FROM $table LIMIT 3; INSERT INTO shop.empty VALUES (1, 2, '2025-01-01', 3, 'x')" : $event eq 'UPDATE' ? "UPDATE $table SET " . ($table =~ /plan/ ? 'weight = 2' : $table =~ /rule/ ? 'description = NULL' : 'amount = 1') : "DELETE FROM $table");
}

# ---------------------------------------------------------------------------

my (%state, %findings, %count, %succeeded, %timed_out);
my $most_memory = 50;

sub found
{
	my ($kind, $call, $text) = @_;

	$count{$kind}++;
	push @{ $findings{"$kind: $call->{function}"} }, [ $call->{sql}, $text ];
	return;
}

sub told
{
	my ($case, $i, @said) = @_;
	my $call = $case->{made_of}[ $i // 0 ];
	my $result = '00000';

	for (@said)
	{
		my ($severity, $state, $text, $location) = @$_;

		if ($severity eq 'CRASH' || $severity eq 'HANG')
		{
			found($severity eq 'CRASH' ? 'crash' : 'no end', $call, $text);
			$result = lc $severity;
		}
		elsif ($severity eq 'ERROR')
		{
			$result = $state if $result eq '00000';
			found("error $state", $call, "$text (" . ($location // '') . ')') if $state =~ $Attack::forbidden;
			$timed_out{ $call->{function} }++ if $state eq '57014';
		}
		elsif ($severity eq 'INFO' && $text =~ /^took (\d+) ms/) { found('late', $call, $text) }
		elsif ($severity eq 'INFO' && $text =~ /^held (\d+) MB/ && $1 > $most_memory)
		{
			$most_memory = $1;
			found('memory', $call, $text) if $1 >= 400;
		}
	}
	return unless defined $i;
	$state{$result}++;
	$succeeded{ $call->{function} } = 1 if $result eq '00000';
	return;
}

my $done = 0;
my $progress = time;
while ($done < $calls)
{
	my @cases;
	for (1 .. 10)
	{
		my @calls = map {
			my $function = $done + $_ <= @functions ? $functions[ $done + $_ - 1 ] : $attack->pick(@functions);
			$attack->draw(40) ? { sql => call($function), function => $function->{name} } : { sql => trigger(), function => 'trigger' }
		} 1 .. 20;
		push @cases, { setup => [], calls => [ map { $_->{sql} } @calls ], made_of => \@calls };
		$done += @calls;
	}
	$attack->cases(\@cases, \&told);
	if (time - $progress > 60)
	{
		$progress = time;
		printf "%d s: %d calls, %d crashes\n", time - $started, $done, $attack->{crashes};
	}
}

for my $where (sort keys %findings)
{
	my @all = @{ $findings{$where} };

	print "\n$where (", scalar @all, " times)\n  $all[0][1]\n";
	print '    ', length $_->[0] > 1500 ? substr($_->[0], 0, 1500) . ' ...' : $_->[0], ";\n" for (sort { length $a->[0] <=> length $b->[0] } @all)[0];
}
my %names = map { $_->{name} => 1 } @functions;
my @never = grep { !$succeeded{$_} } sort keys %names;
print "\nonly ever failed: @never\n" if @never;
print "\nresults: ", join(', ', map { "$_ $state{$_}" } sort { $state{$b} <=> $state{$a} || $a cmp $b } keys %state), "\n";
print 'ended by the statement_timeout: ', join(', ', map { "$_ $timed_out{$_}" } sort keys %timed_out) || 'none', "\n";
printf "calls: seed %d, %d calls of %d functions (%d worked) in %d s; no session held more than %d MB of its own; %d crashes; findings: %s\n",
  $seed, $done, scalar keys %names, scalar(keys %names) - @never, time - $started, $most_memory, $attack->{crashes}, join(', ', map { "$_ $count{$_}" } sort keys %count) || 'none';
exit(%findings ? 1 : 0);
