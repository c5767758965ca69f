#!/usr/bin/perl
# types.pl [SHARE [SEED [FAMILY...]]]: the owner of what tcs made alters it, and everybody
# calls everything.
#
# Each column of each table that tcs made (and of the sources) becomes of every
# type there is a reason to try, with NULLs, plausible values and extreme ones;
# is dropped, renamed, given a default; tables get constraints, indexes, triggers, rules
# and policies that call the owner's functions, are emptied, doubled, dropped or
# replaced by a view.  Then every function of the extension that takes a relation
# or a row, every view of it and every trigger is called, as the owner and as a
# superuser.
#
# Findings are: a connection that breaks, an error of class XX, 53 or 58, a call
# that does not end, and a function of the owner's (of a cast, a domain, an
# operator, a trigger ...) that runs as anybody but the owner, or can leave the
# owner's role.  SHARE is the part of the cases that is run, 1/20 or 0.05
# (default: all of them, which takes about half an hour); SEED says which.
# FAMILY: int_queue, text_sync ..., own, log, plan (see types.sql); default: all.
#
# Needs a server to itself (PG* variables); the database "hostile" is made anew.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Time::HiRes qw(time);
use lib dirname(__FILE__);
use Attack;

my ($share, $seed, @wanted) = (@ARGV, (1, 1)[ @ARGV .. 1 ]);
$share = $1 / $2 if $share =~ m{^(\d+)/([1-9]\d*)$};
my $started = time;
$| = 1;
my $attack = Attack->fresh('hostile', tempdir(CLEANUP => 1),
	q{RESET ALL; SET statement_timeout = '20s'; SET jit = off; SET TimeZone = 'UTC'; SET search_path = hostile, shop;});
$attack->run_file(dirname(__FILE__) . '/types.sql');
$attack->seed($seed);

# ---------------------------------------------------------------------------
# What is altered

# Type, an extreme value, whether the type is the owner's own.
my $bits = '4702111234474983745';    # eight times 0x41
my @types = (
	[ '"char"', q{E'\\\\377'} ],
	[ 'boolean', 'true' ],
	[ 'smallint', '16705' ],
	[ 'integer', '1094795585' ],
	[ 'bigint', $bits ],
	[ 'oid', '1094795585' ],
	[ 'regclass', '1094795585' ],
	[ 'float8', q{'2261634.5098039214'} ],
	[ 'numeric', q{'NaN'} ],
	[ 'date', q{'infinity'} ],
	[ 'timestamp', q{'-infinity'} ],
	[ 'timestamptz', q{'infinity'} ],
	[ 'interval', q{'178000000 years'} ],
	[ 'xid8', "'$bits'" ],
	[ 'tid', q{'(1094795585,16705)'} ],
	[ 'pg_lsn', q{'41414141/41414141'} ],
	[ 'uuid', q{'41414141-4141-4141-4141-414141414141'} ],
	[ 'name', q{repeat('A', 63)} ],
	[ 'text', q{repeat('A', 300000)} ],
	[ 'varchar(3)', q{'AAA'} ],
	[ 'bpchar', q{'A   '} ],
	[ 'bytea', q{'\\\\x4141414141414141'} ],
	[ 'jsonb', q{'[{"rules": [null, 1e300]}, "A"]'} ],
	[ 'text[]', q{ARRAY['A', NULL]} ],
	[ 'integer[]', q{'{{1,2},{3,NULL}}'} ],
	[ 'regclass[]', q{ARRAY[1094795585, NULL]} ],
	[ 'int4range', q{'(,)'} ],
	[ 'hostile.mood', q{'up'}, 1 ],
	[ 'hostile.trap', q{'up'}, 1 ],
	[ 'hostile.trap[]', q{ARRAY['up', NULL]}, 1 ],
	[ 'hostile.pair', q{ROW(1094795585, 'A')}, 1 ]);

my @families = (
	(map { my $mode = $_; map { { name => "${_}_$mode", key => $_, base => "shop.${_}_${mode}_orders", source => "hostile.${_}_${mode}_source", kind => 'segmentation' } } qw(int text enum) } qw(queue sync)),
	{ name => 'own', key => 'int', base => 'hostile.own_source', source => 'hostile.own_source', kind => 'segmentation', direct => 1 },
	{ name => 'log', key => 'int', base => 'hostile.log_orders', source => 'hostile.log_orders', kind => 'metrics', direct => 1 },
	{ name => 'plan', key => 'text', base => 'hostile.plan_measurement', source => 'hostile.plan', kind => 'goals', direct => 1 });

@families = grep { my $name = $_->{name}; grep { $_ eq $name } @wanted } @families if @wanted;

sub quoted { my ($text) = @_; $text =~ s/'/''/g; return "'$text'"; }

# As the owner, with what stands in the way taken away; columns: those concerned.
sub force
{
	my ($relation, $columns, @actions) = @_;
	return 'SELECT hostile.force(' . quoted($relation) . ", '{" . join(',', map { qq{"$_"} } @$columns) . "}', " . quoted(join('; ', @actions)) . ');';
}

sub alterations_of_column
{
	my ($relation, $column, $type) = @_;
	my @made;
	my $is_key = $relation->{type} && $column eq 'key';

	for my $new (@types, [ 'DOMAIN', undef, 1 ])
	{
		my ($name, $extreme, $own) = @$new;
		my (@before, @values);
		if ($name eq 'DOMAIN')
		{
			$name = "hostile.\"over $type\"";
			@before = ('SELECT hostile.domain_over(' . quoted($type) . ');');
			@values = ([ 'as it is', "\"$column\"::$name" ], [ 'NULL', undef ]);
		}
		else
		{
			@values = ([ 'plausible', "hostile.plausible(\"$column\"::text, ($extreme)::$name)" ], [ 'extreme', "($extreme)::$name" ], [ 'NULL', undef ]);
		}
		for my $value (@values)
		{
			my ($kind, $using) = @$value;
			push @made, {
				what => "$name, $kind",
				own => $own,
				setup => [
					@before,
					defined $using
					? force($relation->{name}, [$column], "ALTER TABLE $relation->{name} ALTER \"$column\" TYPE $name USING $using")
					: force($relation->{name}, [$column], "ALTER TABLE $relation->{name} ALTER \"$column\" TYPE $name USING NULL",
						"ALTER TABLE $relation->{name} ALTER \"$column\" DROP NOT NULL", "UPDATE $relation->{name} SET \"$column\" = NULL") ] };
		}
	}
	for my $more (
		[ 'NULL', "ALTER TABLE $relation->{name} ALTER \"$column\" DROP NOT NULL", "UPDATE $relation->{name} SET \"$column\" = NULL" ],
		[ 'dropped', "ALTER TABLE $relation->{name} DROP \"$column\" CASCADE" ],
		[ 'dropped and added', "ALTER TABLE $relation->{name} DROP \"$column\" CASCADE, ADD \"$column\" $type" ],
		[ 'renamed', "ALTER TABLE $relation->{name} RENAME \"$column\" TO other" ],
		[ 'generated', "ALTER TABLE $relation->{name} DROP \"$column\" CASCADE", "ALTER TABLE $relation->{name} ADD \"$column\" $type GENERATED ALWAYS AS (hostile.touched_text(1)::$type) STORED" ],
		[ 'default', "ALTER TABLE $relation->{name} ALTER \"$column\" SET DEFAULT hostile.touched_text(1)::$type" ],
		[ 'index', "CREATE INDEX ON $relation->{name} (hostile.touched_text(\"$column\"))" ],
		[ 'check', "ALTER TABLE $relation->{name} ADD CHECK (hostile.touched(\"$column\")) NOT VALID" ],
		[ 'collation', "ALTER TABLE $relation->{name} ALTER \"$column\" TYPE text COLLATE \"POSIX\"" ])
	{
		my ($what, @actions) = @$more;
		push @made, { what => $what, own => scalar($what =~ /generated|default|index|check/), setup => [ force($relation->{name}, [$column], @actions) ] };
	}
	return @made;
}

sub alterations_of_table
{
	my ($relation) = @_;
	my $name = $relation->{name};
	my @columns = @{ $relation->{columns} };
	my $as_view = join(', ', map { "\"$_->[0]\"" } @columns);
	my $first = "\"$columns[0][0]\"";
	my @made;
	my $bare = $name =~ s/.*\.//r;

	for my $more (
		[ 'not altered' ],
		[ 'emptied', "DELETE FROM $name" ],
		[ 'row trigger before', "CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON $name FOR EACH ROW EXECUTE FUNCTION hostile.touched_trigger()" ],
		[ 'row trigger after', "CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON $name FOR EACH ROW EXECUTE FUNCTION hostile.touched_trigger()" ],
		[ 'statement trigger', "CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON $name FOR EACH STATEMENT EXECUTE FUNCTION hostile.touched_trigger()" ],
		[ 'deferred trigger', "CREATE CONSTRAINT TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON $name DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hostile.touched_trigger()" ],
		[ 'rule also', map { "CREATE RULE r_$_ AS ON $_ TO $name DO ALSO SELECT hostile.seen('rule')" } qw(INSERT UPDATE DELETE) ],
		[ 'rule instead', map { "CREATE RULE r_$_ AS ON $_ TO $name DO INSTEAD SELECT hostile.seen('rule')" } qw(INSERT UPDATE DELETE) ],
		[ 'policy', "ALTER TABLE $name ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", "CREATE POLICY p ON $name USING (hostile.seen('policy'))" ],
		[ 'nothing to be seen', "ALTER TABLE $name ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY" ],
		[ 'a view', "ALTER TABLE $name RENAME TO was", "CREATE VIEW $name AS SELECT $as_view FROM hostile.was WHERE hostile.seen('view')" ],
		[ 'a kept view', "ALTER TABLE $name RENAME TO was", "CREATE MATERIALIZED VIEW $name AS SELECT $as_view FROM hostile.was" ],
		[ 'a rule on a view', "ALTER TABLE $name RENAME TO was", "CREATE VIEW $name AS SELECT $as_view FROM hostile.was", "CREATE RULE r AS ON INSERT TO $name DO INSTEAD SELECT hostile.seen('rule')" ],
		[ 'with a child', "CREATE TABLE hostile.child () INHERITS ($name)", "INSERT INTO hostile.child SELECT * FROM ONLY $name" ],
		[ 'with a partition', "ALTER TABLE $name RENAME TO was", "CREATE TABLE $name (LIKE hostile.was INCLUDING GENERATED) PARTITION BY RANGE ($first)" ],
		[ 'doubled', "ALTER TABLE $name RENAME TO was", "CREATE TABLE $name AS SELECT $as_view FROM hostile.was UNION ALL SELECT $as_view FROM hostile.was" ],
		[ 'renamed', "ALTER TABLE $name RENAME TO was" ],
		[ 'dropped', "DROP TABLE $name CASCADE" ],
		[ 'given away', "ALTER TABLE $name SET SCHEMA pg_temp" ],
		[ 'a row of another', "DROP TABLE $name CASCADE", "CREATE TABLE $name (key hostile.trap, segment hostile.trap, $first hostile.trap)" ])
	{
		my ($what, @actions) = @$more;
		my @names = map { $_->[0] } @columns;
		@actions = ('SELECT 1') unless @actions;
		push @made, { what => $what, own => 1, setup => [ force($name, $what =~ /doubled|view|partition/ ? \@names : [], @actions) ] };
	}
	return @made;
}


# Tables of a family: those called like it, and the source if it is the owner's.
for my $family (@families)
{
	my %seen;
	for my $row ($attack->query(qq{
		SELECT c.oid::regclass, a.attname, format_type(atttypid, atttypmod) FROM pg_class AS c JOIN pg_attribute AS a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
		WHERE relnamespace = 'hostile'::regnamespace AND relkind IN ('r', 'p') AND (relname = '$family->{name}' OR starts_with(relname, '$family->{name}_'))
		ORDER BY relname, attnum}))
	{
		my ($relation, $column, $type) = split /\t/, $row;
		push @{ $family->{relations} }, $seen{$relation} = { name => $relation, columns => [] } unless $seen{$relation};
		push @{ $seen{$relation}{columns} }, [ $column, $type ];
	}
	$family->{views} = [ $attack->query("SELECT relname FROM pg_class WHERE relnamespace = 'hostile'::regnamespace AND relkind = 'v' AND starts_with(relname, '$family->{name}') ORDER BY relname") ];
}

# ---------------------------------------------------------------------------
# What is called

# Values for arguments that have no good one of their name: left out where there
# is a default.
my %key = (int => '%d', text => q{'%d'::text}, enum => q{'%d'::hostile.ek});
my %by_type = (
	text => q{'x'}, name => q{'customer'}, integer => '1', bigint => '1', boolean => 'true', date => q{'2025-12-31'}, interval => q{interval '30 days'},
	'timestamp with time zone' => 'now()', 'double precision' => '0.5', jsonb => q{'{}'}, 'text[]' => q{'{big}'}, 'name[]' => q{'{tier}'}, numeric => '1');

my @functions = map {
	my ($schema, $name, $defaults, $names, $types, $volatile, $returns) = split /\t/, $_;
	{ schema => $schema, name => $name, defaults => $defaults, names => [ split /,/, $names ], types => [ split /\|/, $types ], volatile => $volatile ne 'i', returns => $returns };
} $attack->query(q{
	SELECT n.nspname, p.proname, p.pronargdefaults, array_to_string(p.proargnames[1:p.pronargs], ','),
		coalesce((SELECT string_agg(format_type(t, NULL), '|' ORDER BY i) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u(t, i)), ''), p.provolatile, format_type(p.prorettype, NULL)
	FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
	WHERE n.nspname IN ('tcs', 'tcs_internal') AND p.prokind = 'f' AND p.prorettype NOT IN ('internal'::regtype, 'trigger'::regtype)
		AND 'internal'::regtype <> ALL (p.proargtypes::oid[]) ORDER BY p.oid::regprocedure::text COLLATE "C"});
my @views = $attack->query(q{SELECT oid::regclass FROM pg_class WHERE relnamespace = 'tcs'::regnamespace AND relkind IN ('v', 'm') ORDER BY relname});

# Calls of a function in a family, of which one relation is altered.
sub calls_of_function
{
	my ($function, $family, $altered) = @_;
	my @types = @{ $function->{types} };
	my $head = "hostile.$family->{name}";
	my $relations = grep { $_ eq 'regclass' } @types;
	my $rows = grep { $_ eq 'record' } @types;
	my @calls;

	return unless $relations || $rows || ($function->{volatile} && @types <= $function->{defaults});
	for my $chosen ([ $head, $family->{source}, $family->{base} ], [ $head, $altered, $altered ], [ $altered, $altered, $altered ], [ $family->{source}, $family->{base}, $family->{source} ])
	{
		for my $all (1, 0)
		{
			my @arguments;
			for my $i (0 .. $#types)
			{
				my ($name, $type) = ($function->{names}[$i] // '', $types[$i]);
				my $optional = $i >= @types - $function->{defaults};
				my $value = $Attack::good{"$function->{name} $name"} // $Attack::good{"$name $type"} // ($optional ? undef : $by_type{$type});

				if ($type eq 'regclass')
				{
					my $which = $name eq 'view' ? 0 : $name =~ /^(into|name|segmentation)$/ ? 0 : $name eq 'relation' && $function->{name} =~ /track/ ? 2 : 1;
					$value = "'$chosen->[$which]'" unless $optional && !$all;
					$value = "'$chosen->[0]_state'" if $name eq 'state' && $chosen->[0] eq $head;
				}
				$value = sprintf $key{ $family->{key} }, $name eq 'to_key' ? 3 : $name eq 'from_key' ? 38 : 2 if $type eq 'anyelement';
				$value = 'ARRAY[' . join(', ', map { sprintf $key{ $family->{key} }, $_ } 2 .. 14) . ']' if $type eq 'anyarray';
				$value = 't' if $type eq 'record';
				next if $optional && !($all && defined $value);
				push @arguments, $name ne '' ? "\"$name\" => " . ($value // 'NULL') : $value // 'NULL';
			}
			my $call = "$function->{schema}.\"$function->{name}\"(" . join(', ', @arguments) . ')';
			$call = $rows ? "SELECT $call FROM $chosen->[1] AS t" : "SELECT * FROM $call AS f";
			push @calls, { sql => $call, function => $function->{name}, reads => $chosen->[1] } unless grep { $_->{sql} eq $call } @calls;
		}
	}
	return @calls;
}

# What fires the triggers, and what is done to tables by hand.
sub calls_of_tables
{
	my ($family) = @_;
	my $base = $family->{base};
	my $cast = { int => 'integer', text => 'text', enum => 'hostile.ek' }->{ $family->{key} };
	my $id = $family->{direct} ? 'customer' : 'id';
	my $head = "hostile.$family->{name}";
	my $insert = "INSERT INTO $base (customer, at, amount, tier) SELECT (n)::text::$cast, '2025-06-01', 40, 'new' FROM generate_series(41, 55) AS n";
	my @sql = $family->{kind} ne 'segmentation' ? () : (
		$insert,
		"INSERT INTO $base (customer, at, amount, tier) SELECT '41'::$cast, '2025-06-01', 40, 'new'",
		"UPDATE $base SET amount = amount + 15 WHERE $id % 3 = 0",
		"UPDATE $base SET amount = 40 WHERE $id = 5",
		"UPDATE $base SET customer = '60'::$cast WHERE $id = 5",
		"DELETE FROM $base WHERE $id < 30",
		"TRUNCATE $base",
		"$insert; SET CONSTRAINTS ALL IMMEDIATE",
		"$insert; SET LOCAL ROLE NONE; SELECT tcs.process_segmentation('$head')",
		"UPDATE $base SET amount = 40 - amount; SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL ROLE NONE; SELECT tcs.refresh_segmentation('$head')");

	return (
		(map { { sql => $_, function => 'trigger', direct => $family->{direct} } } @sql),
		(map { { sql => "SELECT * FROM $_", function => "view $_" } } @views),
		(map { { sql => "SELECT * FROM hostile.\"$_\"", function => 'select', direct => 1 } }
			@{ $family->{views} }));
}

sub as
{
	my ($role, $sql) = @_;
	return $role eq 'superuser' ? $sql : "SET LOCAL ROLE $role; $sql";
}

# ---------------------------------------------------------------------------
# What comes of it

my (%count, %findings, %state, %succeeded);
$count{$_} = 0 for qw(cases calls own), 'not possible';

sub found
{
	my ($kind, $case, $call, $text) = @_;
	my $where = "$kind: " . ($call ? $call->{function} : 'the alteration itself') . " over $case->{where}";

	$count{$kind}++;
	$findings{$where} //= { text => $text, case => $case, call => $call };
	$findings{$where}{what}{ $case->{what} } = 1;
	return;
}

# What was said of one call, or of a line of the setup.
sub told
{
	my ($case, $i, @said) = @_;
	my $call = defined $i ? $case->{made_of}[$i] : undef;
	my $result = '00000';

	for (@said)
	{
		my ($severity, $state, $text, $location) = @$_;

		if ($severity eq 'CRASH' || $severity eq 'HANG')
		{
			found($severity eq 'CRASH' ? 'crash' : 'no end', $case, $call, $text);
			$result = lc $severity;
		}
		elsif ($severity eq 'ERROR' || $severity eq 'WARNING')
		{
			$result = $state if $severity eq 'ERROR' && $result eq '00000';
			found("error $state", $case, $call, "$text (" . ($location // '') . ')')
			  if $state =~ $Attack::forbidden || $state eq '57014';
		}
		elsif ($severity eq 'INFO' && $call && !$call->{direct} && $text =~ /^hostile (.*) runs as (\S+), (held|free)/)
		{
			my ($what, $who, $how) = ($1, $2, $3);

			$count{own}++;
			if ($who ne 'hostile_owner') { found("runs as $who", $case, $call, $what) }
			elsif ($how eq 'free' && $call->{role} ne 'hostile_owner') { found('can leave the role', $case, $call, $what) }
		}
	}
	return unless $call;
	if ($result eq '25P02') { $count{'not possible'}++; return }
	$count{calls}++;
	$state{$result}++;
	$succeeded{ $call->{function} } = $call->{worked} = 1 if $result eq '00000';
	return;
}

sub make_case
{
	my ($where, $change, @calls) = @_;

	$count{cases}++;
	return {
		what => $change->{what}, where => $where,
		setup => [ 'SET LOCAL ROLE hostile_owner;', @{ $change->{setup} }, 'SET LOCAL ROLE NONE;' ],
		calls => [ map { ($_->{role} eq 'superuser' ? '' : "SET LOCAL ROLE $_->{role}; ") . $_->{sql} } @calls ],
		made_of => \@calls };
}

# A call as somebody.
sub by
{
	my ($role, $call) = @_;
	return { %$call, role => $role };
}

# Is this one of those that are run?
sub chosen { return $attack->draw(1_000_000) < $share * 1_000_000 }

# ---------------------------------------------------------------------------

# First as tcs made it.  What works then is tried on the alterations, and a few
# of the others.
for my $family (@families)
{
	my $head = "hostile.$family->{name}";
	my @calls = map { by('superuser', $_) } ((map { calls_of_function($_, $family, $head) } @functions), calls_of_tables($family));

	$attack->cases([ make_case($head, { what => 'as it was made', setup => [] }, @calls) ], \&told);
	$family->{works}{ $_->{sql} } = 1 for grep { $_->{worked} } @calls;
}
my @never = @wanted ? () : grep { !$succeeded{$_} } sort keys %{ { map { $_->{name} => 1 } grep { grep { /^(regclass|record)$/ } @{ $_->{types} } } @functions } };

# Then every alteration.
my $progress = time;
for my $family (@families)
{
	for my $relation (@{ $family->{relations} })
	{
		my @calls = ((map { calls_of_function($_, $family, $relation->{name}) } @functions), calls_of_tables($family));
		my @good = grep { $family->{works}{ $_->{sql} } } @calls;
		my @bad = grep { !$family->{works}{ $_->{sql} } } @calls;
		my (@alterations, @cases);

		for my $column (@{ $relation->{columns} })
		{
			# Other types of key differ in the columns that hold the key.
			next if $family->{key} ne 'int' && $family->{kind} eq 'segmentation' && $column->[0] !~ /key/;
			push @alterations, map { [ "$relation->{name}.$column->[0]", $_ ] } alterations_of_column($relation, @$column);
		}
		push @alterations, map { [ $relation->{name}, $_ ] } alterations_of_table($relation);

		for (@alterations)
		{
			my ($where, $change) = @$_;
			my (@made, %by_function);

			next unless chosen();
			push @{ $by_function{ $_->{function} } }, $_ for @good;
			for my $call ((map { my @c = @{ $by_function{$_} }; map { $attack->pick(@c) } 1 .. ($_ eq 'trigger' ? 4 : @c > 1 ? 2 : 1) } sort keys %by_function),
				@bad ? map { $attack->pick(@bad) } 1 .. 3 : ())
			{
				my $role = $attack->pick('superuser', $call->{function} eq 'trigger' ? 'hostile_clerk' : 'hostile_owner');
				$role = 'superuser' if $role eq 'hostile_owner' && $change->{own} && $attack->draw(4);
				push @made, by($role, $call);

				# Who has a function read a view runs what the view calls, as in SELECT.
				$made[-1]{direct} = 1 if $change->{what} =~ /view/ && ($call->{reads} // '') eq $relation->{name};
			}
			push @cases, make_case($where, $change, @made);
		}
		$attack->cases(\@cases, \&told) if @cases;
		if (time - $progress > 60)
		{
			$progress = time;
			printf "%d s: %s; %d cases, %d calls, %d crashes\n", time - $started, $relation->{name}, $count{cases}, $count{calls}, $attack->{crashes};
		}
	}
}

# Relations that no function is made for.
my @odd = map { "shop.$_" } qw(parted parted_1 kept an_index a_sequence a_row no_columns empty);
push @odd, qw(pg_class pg_toast.pg_toast_1255 information_schema.tables 0 4294967295);
my @takers = grep { grep { $_ eq 'regclass' } @{ $_->{types} } } @functions;
my @cases;
for my $odd (@odd)
{
	push @cases, make_case($odd, { what => 'another relation', setup => [] },
		map { by('superuser', $_) } map { calls_of_function($_, $families[0], $odd) } @takers)
	  if chosen();
}
$attack->cases(\@cases, \&told);

# Rows of the rules' tables that no trigger looked at, as a restored dump may
# have them.
my @contents = (
	q{''}, q{')'}, q{'revenue > 1) OR (hostile.seen(''condition'')'}, q{'hostile.seen(''condition'')'}, q{'touched(1)'}, q{'revenue::hostile.trap = ''big'''},
	q{'revenue'}, q{'NULL'}, q{'revenue > 1; DROP TABLE shop.empty'}, q{'revenue > 1 -- '}, q{'revenue > /*'}, q{'(SELECT true)'}, q{'$1 = 1'}, q{'count(*) > 1'},
	q{'generate_series(1, 3) > 1'}, q{'customer::text::regclass IS NULL'}, q{'at < ''tomorrow'''}, q{'revenue/0 > 1'}, q{E'\\u0001'},
	q{repeat('(', 100000)}, q{repeat('NOT ', 100000) || 'true'}, q{repeat('revenue > 1 OR ', 20000) || 'true'}, q{repeat('x', 2000000)});
my @namers = grep { $_->{names}[0] && $_->{names}[0] =~ /^(rule_set|a|draft|source|scorecard)$/ } @functions;
my %filler = (jsonb => q{'{}'}, record => 'ROW(1)', name => q{'revenue'}, text => q{'rs'});
my $writer = q{changed_by, changed_at) VALUES};

@cases = ();
for my $content (@contents)
{
	for (
		[ 'a condition', "INSERT INTO tcs.rule (rule_set, priority, segment, condition, $writer ('rs', 0, 'x', $content, '', now())" ],
		[ 'a segment', "INSERT INTO tcs.rule (rule_set, priority, segment, condition, $writer ('rs', 0, $content, 'true', '', now())" ],
		[ 'a time zone', "UPDATE tcs.rule_set SET time_zone = $content" ],
		[ 'a default', "UPDATE tcs.rule_set SET default_segment = $content" ],
		[ 'an expression', "INSERT INTO tcs.factor (scorecard, factor, expression, $writer ('sc', 'x', $content, '', now())" ],
		[ 'a factor', "INSERT INTO tcs.factor (scorecard, factor, expression, $writer ('sc', $content, '1', '', now())" ],
		[ 'a time zone of a scorecard', "UPDATE tcs.scorecard SET time_zone = $content" ])
	{
		my ($what, $sql) = @$_;
		my $family = $attack->pick(grep { $_->{kind} eq 'segmentation' } @families) or last;
		my @calls = ((map { calls_of_function($_, $family, "hostile.$family->{name}") } @functions), calls_of_tables($family));

		next unless chosen();
		@calls = grep { $family->{works}{ $_->{sql} } || $_->{sql} =~ /'(rs|sc)'/ } @calls;
		for my $function (@namers)
		{
			my @arguments = map { $_ eq 'regclass' ? "'$family->{source}'" : $filler{$_} // 'NULL' } @{ $function->{types} };
			$arguments[0] = q{'sc'} if $function->{name} =~ /scorecard/;
			push @calls, { sql => "SELECT $function->{schema}.\"$function->{name}\"(" . join(', ', @arguments) . ')', function => $function->{name} };
		}
		push @cases, make_case($what, { what => $content, setup =>
				[ 'SET LOCAL ROLE NONE;', 'SET LOCAL session_replication_role = replica;', "$sql;", 'SET LOCAL session_replication_role = origin;' ] },
			map { by('superuser', $_) } @calls);
	}
}
$attack->cases(\@cases, \&told);

# ---------------------------------------------------------------------------

for my $where (sort keys %findings)
{
	my $found = $findings{$where};
	my ($case, $call) = @$found{qw(case call)};
	my @what = sort keys %{ $found->{what} };

	splice(@what, 12, @what - 12, (@what - 12) . ' more') if @what > 12;
	print "\n$where\n  ", join('; ', map { substr($_, 0, 100) } @what), "\n  $found->{text}\n";
	print "    $_\n" for map { length > 600 ? substr($_, 0, 600) . ' ...' : $_ } @{ $case->{setup} };
	print '    ', $call->{role} ne 'superuser' ? "SET LOCAL ROLE $call->{role}; " : '', "$call->{sql};\n" if $call;
}
print "\nnever worked, not even on what tcs had made (types.pl knows no arguments for it): $_\n" for @never;
print "\nresults: ", join(', ', map { "$_ $state{$_}" } sort { $state{$b} <=> $state{$a} || $a cmp $b } keys %state), "\n";
printf "types: seed %d, %d cases, %d calls (and %d after alterations that are not possible) in %d s; the owner's code ran %d times; %d crashes; findings: %s\n",
  $seed, $count{cases}, $count{calls}, $count{'not possible'}, time - $started, $count{own}, $attack->{crashes},
  join(', ', map { "$_ $count{$_}" } grep { !/^(cases|calls|own|not possible)$/ } sort keys %count) || 'none';
exit(%findings || @never ? 1 : 0);
