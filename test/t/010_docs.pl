# The SQL of README.md and of the pages in doc/ runs, and prints what they show.
#
# Every block marked sql is run, in order, in one session and in a database of
# the page's own; a block marked text that follows holds its output.  A page
# whose first line is <!-- runs after other.md --> goes on in a copy of the
# database that the other page leaves.
#
# TCS_DOCS_UPDATE=doc/tour.md writes the outputs into that page instead of
# comparing them, and runs nothing but that page and those it goes on from;
# several are separated by spaces, and all stands for every page.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use List::Util qw(min);
use Test::More;

my @pages = sort(glob('README*.md'), glob('doc/*.md'));
my %update = map { $_ => 1 } split ' ', $ENV{TCS_DOCS_UPDATE} // '';
%update = map { $_ => 1 } @pages if $update{all};

cmp_ok(scalar(@pages), '>', 10, 'there are pages');

my $node = PostgreSQL::Test::Cluster->new('main');
# The pages have names in Chinese, and tables as wide as these are shown.
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
local $ENV{PGCLIENTENCODING} = 'UTF8';
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;

# The outputs of a page's blocks are told apart by a line that nothing else
# prints.  Notices tell what a later line of the same block does.
my $mark = '=== end of block ===';
local $ENV{PGOPTIONS} = '-c client_min_messages=warning';

# What the pages that have run left: the name of the database, and the outputs.
my %ran;

# Run a page and those that it goes on from, each once.
sub run_page
{
	my ($page, $text) = @_;
	return $ran{$page} if $ran{$page};

	my $template = 'template1';
	if ($text =~ /\A<!-- runs after (\S+) -->$/m)
	{
		my $name = $1;
		my $before = $page =~ s{[^/]*\z}{$name}r;
		die "$page goes on from $before, which is not there" unless -e $before;
		$template = run_page($before, slurp_file($before))->{database};
	}
	my $database = $page =~ s{\W}{_}gr;
	$node->safe_psql('postgres',
		qq{CREATE DATABASE "$database" TEMPLATE "$template" STRATEGY file_copy});

	my $script = $node->basedir . "/$database.sql";
	append_to_file($script, join("\\echo $mark\n", blocks($text)));
	my ($stdout, $stderr) = run_command(
		[
			'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-P', 'footer=off',
			'-f', $script, $node->connstr($database)
		]);
	return $ran{$page} = {
		database => $database,
		stderr => $stderr,
		outputs => [ map { s/\s+\z//r } split /^\Q$mark\E$/m, "$stdout\n", -1 ]
	};
}

sub blocks { return $_[0] =~ /^```sql\n(.*?)^```$/gms; }

# The page with these outputs.
sub shown
{
	my ($text, @outputs) = @_;
	return $text =~ s{^```sql\n(.*?)^```\n(?:\n```text\n.*?^```\n)?}{
		my $block = $1;
		my $output = (shift(@outputs) // '') =~ s/^\n+//r =~ s/ +$//gmr;
		"```sql\n$block```\n" . ($output eq '' ? '' : "\n```text\n$output\n```\n")
	}gmser;
}

# The lines around the first that differ.
sub difference
{
	my @old = split /\n/, $_[0];
	my @new = split /\n/, $_[1];
	my $n = 0;

	$n++ while $n < @old && $n < @new && $old[$n] eq $new[$n];
	my $from = $n > 8 ? $n - 8 : 0;
	return join "\n", "line " . ($n + 1) . ", shown:", @old[ $from .. min($n + 8, $#old) ],
	  'but it is:', @new[ $from .. min($n + 8, $#new) ];
}

sub write_page
{
	my ($page, $text) = @_;
	open my $file, '>', $page or die "$page: $!";
	print $file $text;
	close $file;
}

for my $page (@pages)
{
	next if %update and not $update{$page};
	my $text = slurp_file($page);
	my @blocks = blocks($text) or next;
	my $result = run_page($page, $text);

	is($result->{stderr}, '', "$page: no error, no warning");
	is(scalar(@{ $result->{outputs} }),
		scalar(@blocks), "$page: all blocks ran");
	my $shown = shown($text, @{ $result->{outputs} });
	if ($update{$page})
	{
		write_page($page, $shown) if $result->{stderr} eq '';
	}
	else
	{
		ok($shown eq $text, "$page: the outputs are as shown")
		  or diag(difference($text, $shown));
	}
}

$node->stop;
done_testing();
