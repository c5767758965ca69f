# Seconds of test/fuzz, which runs for as long as one likes by hand.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;
$node->command_ok([ 'test/fuzz/run.sh', '8', '1' ], 'conditions at random');
is($node->safe_psql('postgres', 'SELECT 1'), '1', 'the server is there');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal/, 'and was');
$node->stop;
done_testing();
