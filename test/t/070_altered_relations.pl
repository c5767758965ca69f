# A sample of test/hostile/types.pl: owners alter what tcs made for them, all
# functions and triggers are called, and nothing breaks, nor runs the owner's
# code as anybody else.  make attack-types tries all alterations.
use strict;
use warnings;

use FindBin;
use IPC::Run qw(run);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "restart_after_crash = on\nautovacuum = off\nlog_statement = none\n");
$node->start;

my $said = '';
local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port);
my $passed = run([ $^X, "$FindBin::RealBin/../hostile/types.pl", '1/120', '1', 'int_sync', 'log', 'plan' ], '>', \$said, '2>&1');
my ($closing) = $said =~ /^(types: .*)/m;
ok($passed, $closing // 'it does not come to its end') or diag($said);
my ($calls) = $said =~ /(\d+) calls/;
cmp_ok($calls // 0, '>', 2000, 'calls were made');
$node->stop;
done_testing();
