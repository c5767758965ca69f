# The README's SQL runs, and prints what the README shows.
#
# Every block marked sql is run, in order, in one session; a block marked text
# that follows holds its output.  With TCS_README_UPDATE set to the path of the
# README, the outputs are written into it instead of compared.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $update = $ENV{TCS_README_UPDATE};
my $readme = slurp_file($update // 'README.md');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# The outputs are told apart by a line that nothing else prints.
my $mark = '=== end of block ===';
my @blocks = $readme =~ /^```sql\n(.*?)^```$/gms;
cmp_ok(scalar(@blocks), '>', 5, 'the README has SQL');
my $script = $node->basedir . '/readme.sql';
append_to_file($script, join("\\echo $mark\n", @blocks));
# notices tell what a later line of the same block does
local $ENV{PGOPTIONS} = '-c client_min_messages=warning';
my ($stdout, $stderr) = run_command(
	[
		'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-P', 'footer=off',
		'-f', $script, $node->connstr('postgres')
	]);
is($stderr, '', 'no error, no warning');
my @outputs = map { s/\s+\z//r } split /^\Q$mark\E$/m, "$stdout\n", -1;
is(scalar(@outputs), scalar(@blocks), 'all blocks ran');

my $n = 0;
my $shown =
  $readme =~ s{^```sql\n(.*?)^```\n(?:\n```text\n.*?^```\n)?}{
	my $block = $1;
	my $output = ($outputs[$n++] // '') =~ s/^\n+//r =~ s/ +$//gmr;
	"```sql\n$block```\n" . ($output eq '' ? '' : "\n```text\n$output\n```\n")
}gmser;
if ($update)
{
	open my $file, '>', $update or die "$update: $!";
	print $file $shown;
	close $file;
}
else
{
	is($readme, $shown, 'the outputs are as shown');
}

# Every function that users call is in the reference.
my @functions = split /\n/, $node->safe_psql('postgres', q{
	SELECT DISTINCT proname FROM pg_proc
	 WHERE pronamespace = 'tcs'::regnamespace
	   AND NOT 'internal'::regtype IN (SELECT unnest(proargtypes))
	   AND prorettype NOT IN ('internal'::regtype, 'trigger'::regtype)});
cmp_ok(scalar(@functions), '>', 10, 'there are functions');
like($readme, qr/`\Q$_\E\(/, "$_ is in the reference") for sort @functions;

$node->stop;
done_testing();
