# The reference says of functions and columns what their comments in the
# database say.
#
# In a page, what stands between <!-- functions: a, b --> or
# <!-- columns: tcs.rate, metrics --> and <!-- end --> is made of the comments;
# <!-- index --> is followed by all functions with links.  This test compares;
# with TCS_DOCS_UPDATE set to the page, or to all, it writes.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Text::Wrap qw(wrap);

$Text::Wrap::columns = 121;
$Text::Wrap::huge = 'overflow';

my %update = map { $_ => 1 } split ' ', $ENV{TCS_DOCS_UPDATE} // '';
my @pages = sort glob('doc/reference*.md');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\ntimezone = 'UTC'");
$node->start;

# One of each relation that the makers make, whose columns have comments too.
$node->safe_psql('postgres', q{
	SET client_min_messages = error;
	CREATE EXTENSION tcs;
	CREATE TABLE orders (customer_id integer, ordered_on date, amount numeric);
	INSERT INTO orders SELECT n % 50, DATE '2026-01-01' - n, n FROM generate_series(1, 300) n;
	SELECT tcs.create_metrics('metrics', 'orders', 'customer_id', 'ordered_on', 'amount');
	SELECT tcs.create_segmentation('seg', 'metrics', 'customer', 'tcs.lifecycle');
	SELECT tcs.create_kpis('kpis', 'orders', 'customer_id', 'ordered_on', 'amount');
	SELECT tcs.create_cohorts('cohorts', 'orders', 'customer_id', 'ordered_on', 'amount');
	SELECT tcs.create_goals('goals');
	SELECT tcs.create_consents('consent', '{phone,email}');});

my %short = (
	'double precision' => 'float8',
	'timestamp without time zone' => 'timestamp',
	'timestamp with time zone' => 'timestamptz');
my $long = join '|', map { quotemeta } keys %short;

sub rows
{
	my ($query) = @_;
	my $out = $node->safe_psql('postgres',
		"COPY ($query) TO STDOUT (DELIMITER E'\\x1f', NULL '')");
	my %escape = (n => ' ', '\\' => '\\');
	return map {
		[ map { s{\\(.)}{$escape{$1} // $1}ger } split /\x1f/, $_, -1 ]
	} split /\n/, $out;
}

# What would be marks in Markdown.
sub plain
{
	my ($text) = @_;
	$text =~ s/($long)/$short{$1}/g;
	my @parts = split /(`[^`]*`)/, $text;
	for (@parts)
	{
		s/([\\*<\[\]])|(?<!\w)_|_(?!\w)/\\$&/g unless /^`/;
	}
	return join '', @parts;
}

# The functions that are for users, by name, without what only says what to type
# instead: signatures with the same comment are together, as [ comment, [ arguments, ... ] ].
my %functions;
for (
	rows(q{
	SELECT p.proname, p.prokind, pg_get_function_arguments(p.oid), p.proretset,
		   pg_get_function_result(p.oid), obj_description(p.oid, 'pg_proc')
	  FROM pg_proc p
	 WHERE p.pronamespace = 'tcs'::regnamespace
	   AND NOT 'internal'::regtype IN (SELECT unnest(p.proargtypes))
	   AND p.prorettype NOT IN ('internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype)
	   AND coalesce(obj_description(p.oid, 'pg_proc'), '') !~ '^an error\M'
	 ORDER BY p.proname, p.pronargs,
		   array_position('{jsonb,record,regclass,text,boolean,date}'::regtype[], p.proargtypes[0]::regtype),
		   pg_get_function_arguments(p.oid) COLLATE "C"}))
{
	my ($name, $kind, $arguments, $set, $result, $comment) = @$_;
	$arguments =~ s/($long)/$short{$1}/g;
	$arguments =~ s/"(from|into|row)"/$1/g;
	$arguments =~ s{::[a-z]\w*(\[\])?}{}g;
	$arguments =~ s/(, )?OUT \w+ [^,]+//g;
	# Those of aggregates for several types have no names; the comment says what they are.
	if ($kind eq 'a' && $comment =~ /\b$name\(([\w, ]+)\)/)
	{
		my @names = split /, /, $1;
		my @types = split /, /, $arguments;
		$arguments = join ', ', map { "$names[$_] $types[$_]" } 0 .. $#types
		  if @names == @types && $arguments !~ /^\w+ \w/;
	}
	$result =~ s/($long)/$short{$1}/g;
	my $groups = $functions{$name} //= [];
	my ($group) = grep { $_->{comment} eq $comment && $_->{result} eq $result } @$groups;
	push @$groups, $group = { comment => $comment, result => $result, kind => $kind, arguments => [] }
	  unless $group;
	push @{ $group->{arguments} }, $arguments;
}
cmp_ok(scalar(keys %functions), '>', 10, 'there are functions');

# Argument lists that differ in types only become one, with alternatives.
sub merged
{
	my (@lists) = @_;
	my (%types, @order);

	for my $list (@lists)
	{
		my @arguments = map { s/^\s+//r } split /,/, $list;
		my (@names, @types);
		for (@arguments)
		{
			my ($name, $type, $rest) = /^(?:(\w+) )?(\S+(?: VARYING)?)( DEFAULT .*)?$/;
			push @names, ($name // '') . '/' . ($rest // '');
			push @types, $type;
		}
		my $key = join ',', @names;
		push @order, $key unless $types{$key};
		push @{ $types{$key} }, \@types;
	}
	return map {
		my $key = $_;
		my $n = 0;
		join ', ', map {
			my ($name, $rest) = split m{/}, $_, 2;
			my $i = $n++;
			my %seen;
			my $type = join '|', grep { !$seen{$_}++ } map { $_->[$i] } @{ $types{$key} };
			($name ne '' ? "$name " : '') . $type . $rest;
		} split /,/, $key, -1;
	} @order;
}

sub functions
{
	my ($names) = @_;
	my $text = '';

	for my $name (split /,\s*/, $names)
	{
		my $groups = $functions{$name} or next;
		$text .= "### $name\n\n";
		for my $group (@$groups)
		{
			my $kind = { a => 'aggregate: ', w => 'window function: ' }->{ $group->{kind} } // '';
			$text .= "```\n";
			$text .= "$kind$name($_) -> $group->{result}\n" for merged(@{ $group->{arguments} });
			$text .= "```\n\n";
			# the call that the comment of an aggregate begins with stands above it
			my $about = plain(ucfirst($group->{comment} =~ s/^\w+\([^()]*\): //r) =~ s/\.?\z/./r);
			$text .= wrap('', '', $_) . "\n\n" for split / (?=Errors: )/, $about;
		}
	}
	return $text;
}

sub columns
{
	my ($relations) = @_;
	my $text = '';

	for my $relation (split /,\s*/, $relations)
	{
		my $shown = $relation =~ s/^(?:seg|goals|consent)(?=_|$)/into/r;
		$shown =~ s/^metrics_model$/name_model/;
		$shown =~ s/^(?:metrics|kpis|cohorts)$/name/;
		$text .= "| column of `$shown` | type | |\n|---|---|---|\n";
		$text .= "| `$_->[0]` | " . ($short{ $_->[1] } // $_->[1]) . ' | ' . plain($_->[2]) =~ s/\|/\\|/gr . " |\n" for rows(qq{
			SELECT attname, format_type(atttypid, atttypmod), coalesce(col_description(attrelid, attnum), '')
			  FROM pg_attribute
			 WHERE attrelid = '$relation'::regclass AND attnum > 0 AND NOT attisdropped
			 ORDER BY attnum});
		$text .= "\n";
	}
	return $text;
}

my %text = map { $_ => slurp_file($_) } @pages;
my (%home, %titles);
for my $page (@pages)
{
	($titles{$page}) = $text{$page} =~ /^# (?:Reference: )?(.*)$/m;
	for my $names ($text{$page} =~ /^<!-- functions: (.*?) -->$/gms)
	{
		push @{ $home{$_} }, $page for split /,\s*/, $names;
	}
}
is(join(' ', grep { !$home{$_} } sort keys %functions), '', 'every function is in the reference');
is(join(' ', grep { !$functions{$_} } sort keys %home), '', 'every function of the reference is there');
is(join(' ', grep { @{ $home{$_} } > 1 } sort keys %home), '', 'none is there twice');

sub index_of_functions
{
	my $text = '';

	for my $page (@pages)
	{
		my $file = $page =~ s{^doc/}{}r;
		my @names = grep { $home{$_} && $home{$_}[0] eq $page } sort keys %functions;
		next unless @names;
		$text .= wrap('', '  ', "- [$titles{$page}]($file): " . join(', ', map { "[$_]($file#$_)" } @names)) . "\n";
	}
	return "$text\n";
}

for my $page (@pages)
{
	next if %update && !$update{$page} && !$update{all};
	my $made = $text{$page};
	$made =~ s{^(<!-- functions: (.*?) -->\n).*?^(?=<!-- end -->$)}{ my ($mark, $names) = ($1, $2); "$mark\n" . functions($names) }gmse;
	$made =~ s{^(<!-- columns: (.*?) -->\n).*?^(?=<!-- end -->$)}{ my ($mark, $names) = ($1, $2); "$mark\n" . columns($names) }gmse;
	$made =~ s{^(<!-- index -->\n).*?^(?=<!-- end -->$)}{ my $mark = $1; "$mark\n" . index_of_functions() }gmse;
	if ($update{$page} || $update{all})
	{
		open my $file, '>', $page or die "$page: $!";
		print $file $made;
		close $file;
		next;
	}
	my @old = split /\n/, $text{$page};
	my @new = split /\n/, $made;
	my $n = 0;
	$n++ while $n < @old && $n < @new && $old[$n] eq $new[$n];
	ok($made eq $text{$page}, "$page says what the comments say")
	  or diag("line ", $n + 1, " is\n", $old[$n] // '', "\nand should be\n", $new[$n] // '',
		"\nTCS_DOCS_UPDATE=$page makes it so");
}

$node->stop;
done_testing();
