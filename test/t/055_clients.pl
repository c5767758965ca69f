# One smoke test each of JDBC, ODBC, PgBouncer in transaction mode and pg_cron,
# of those that are installed (make check-clients installs them): a segmentation
# is made, refreshed, and every relation and report read.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

sub runs { my (@command) = @_; return eval { PostgreSQL::Test::Utils::run_log(\@command, '>', '/dev/null', '2>', '/dev/null') }; }

my $libraries = `pg_config --pkglibdir`;
chomp $libraries;
my $jar = '/usr/share/java/postgresql.jar';
my $bouncer = (grep { -x $_ } map { "$_/pgbouncer" } '/usr/sbin', split /:/, $ENV{PATH})[0];
my %missing = (
	JDBC => !-e $jar ? 'libpostgresql-jdbc-java is not installed' : !runs('javac', '-version') ? 'no Java compiler is installed' : undef,
	ODBC => !runs('python3', '-c', "import pyodbc; assert 'PostgreSQL Unicode' in pyodbc.drivers()")
	? 'python3-pyodbc or odbc-postgresql is not installed' : undef,
	PgBouncer => !$bouncer ? 'pgbouncer is not installed' : undef,
	pg_cron => !-e "$libraries/pg_cron.so" ? 'pg_cron is not installed' : !$ENV{TCS_CRON} ? 'it takes a minute: TCS_CRON=1 runs it' : undef);
plan skip_all => join '; ', map { "$_: $missing{$_}" } sort keys %missing
  unless grep { !defined } values %missing;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nlisten_addresses = '127.0.0.1'\n");
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_cron'\ncron.use_background_workers = on\ncron.timezone = 'UTC'\n")
  unless $missing{pg_cron};
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	CREATE TABLE orders (customer integer, amount integer);
	CREATE INDEX ON orders (customer);
	INSERT INTO orders SELECT i % 20, 10 FROM generate_series(1, 100) AS i;
	CREATE VIEW shopper AS SELECT customer, sum(amount) AS revenue FROM orders GROUP BY customer;
	SELECT tcs.rule_set_put('s', '{"default_segment": "small", "rules": [
		{"priority": 1, "segment": "groß, \"€\"", "condition": "revenue > 100"}]}')});
my $port = $node->port;
my $user = $node->safe_psql('postgres', 'SELECT current_user');
my $moved = "UPDATE orders SET amount = amount - 200 WHERE customer = 1";

# Every relation and every report, and how many rows they have with 20
# customers of whom one moved.
my @reports = (
	[ 'SELECT * FROM $into', 20 ],
	[ 'SELECT * FROM $into_moves', 21 ],
	[ 'SELECT * FROM $into_state', 1 ],
	[ 'SELECT * FROM $into_queue', 0 ],
	[ 'SELECT * FROM $into_history', 21 ],
	[ 'SELECT * FROM $into_monthly', 2 ],
	[ 'SELECT * FROM $into_status', 1 ],
	[ q{SELECT * FROM tcs.segment_at('$into', now())}, 20 ],
	[ q{SELECT * FROM tcs.segment_moves_since('$into')}, 21 ],
	[ q{SELECT * FROM tcs.segment_migration('$into', now() - interval '1 day', now())}, 2 ],
	[ q{SELECT * FROM tcs.segment_sizes('$into')}, 2 ],
	[ q{SELECT * FROM tcs.segment_drift('$into', now() - interval '1 day', now())}, 2 ],
	[ q{SELECT tcs.report_html('$into')}, 1 ]);
my $queries = join ';', map { $_->[0] } @reports;
my $expected = join "\n", 'refresh 20 1', (map { "rows $_->[1]" } @reports), 'at true', 'keys 2';

SKIP:
{
	skip "JDBC: $missing{JDBC}", 2 if $missing{JDBC};
	my ($out, $err) = run_command([ 'java', '-Xmx200m', '-Dfile.encoding=UTF-8', '-cp', $jar, 'test/clients/Jdbc.java',
			"jdbc:postgresql://127.0.0.1:$port/postgres?user=$user", $queries ]);
	is($err, '', 'JDBC: no error');
	is($out, $expected, 'JDBC: all is read, as what it is');
	$node->safe_psql('postgres', $moved);
}

SKIP:
{
	skip "ODBC: $missing{ODBC}", 2 if $missing{ODBC};
	local $ENV{PYTHONIOENCODING} = 'UTF-8';
	my ($out, $err) = run_command([ 'python3', 'test/clients/odbc.py',
			"Driver={PostgreSQL Unicode};Server=127.0.0.1;Port=$port;Database=postgres;Uid=$user;BoolsAsChar=0;MaxLongVarcharSize=1000000", $queries ]);
	is($err, '', 'ODBC: no error');
	is($out, $expected, 'ODBC: all is read, as what it is');
	$node->safe_psql('postgres', $moved);
}

SKIP:
{
	skip "PgBouncer: $missing{PgBouncer}", 9 if $missing{PgBouncer};
	my $dir = PostgreSQL::Test::Utils::tempdir_short();
	my $host = $node->host;
	append_to_file("$dir/users", qq{"$user" ""\n});
	append_to_file("$dir/pgbouncer.ini", qq{
[databases]
postgres = host=$host port=$port dbname=postgres
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = $dir
auth_type = trust
auth_file = $dir/users
pool_mode = transaction
default_pool_size = 2
logfile = $dir/log
pidfile = $dir/pid
});
	ok(runs($bouncer, '-q', '-d', "$dir/pgbouncer.ini"), 'PgBouncer: started') or diag(`cat $dir/log`);
	my @connection = ('-h', $dir, '-p', 6432, '-U', $user);
	my $ask = sub {
		my ($out, $err) = run_command([ 'psql', '-X', '-A', '-t', '-q', @connection, '-d', 'postgres', map { ('-c', $_) } @_ ]);
		return $err eq '' ? $out : $err;
	};

	is($ask->(q{SELECT tcs.create_segmentation('pooled', 'shopper', 'customer', 's', 'sync')},
			q{SELECT tcs.track_segmentation('pooled', 'orders', 'customer')}), "pooled\n1", 'PgBouncer: made');

	# Many sessions on two connections, some of which change the settings.
	append_to_file("$dir/order.sql", q{\set c random(0, 29)
		INSERT INTO orders VALUES (:c, 7);
		DELETE FROM orders WHERE customer = 29 - :c AND amount = 7;
	});
	append_to_file("$dir/settings.sql", q{BEGIN; SET LOCAL search_path = pg_catalog; SET LOCAL TimeZone = 'Asia/Tokyo'; INSERT INTO public.orders VALUES (3, 7); COMMIT;});
	for my $protocol ('simple', 'extended')
	{
		is(run_outcome('pgbench', '-n', '-M', $protocol, '-c', 8, '-t', 25, @connection, '-f', "$dir/order.sql\@5", '-f', "$dir/settings.sql\@1", 'postgres'),
			'', "PgBouncer: orders, $protocol protocol");
		is($ask->(q{SELECT count(*) FROM (
				SELECT customer, CASE WHEN sum(amount) > 100 THEN 'groß, "€"' ELSE 'small' END FROM orders GROUP BY 1
				EXCEPT SELECT key, segment FROM pooled) AS d}), '0', 'PgBouncer: all are right');
	}
	is($ask->(q{SELECT moved FROM tcs.refresh_segmentation('pooled')}), '0', 'PgBouncer: refreshed');
	my $failed = join "\n", grep { /ERROR/ } map { $ask->('SELECT count(*) FROM (' . $_->[0] =~ s/\$into/pooled/gr . ') AS r') } @reports;
	is($failed, '', 'PgBouncer: all is read');
	is($ask->(q{SELECT tcs.drop_segmentation('pooled')}), '', 'PgBouncer: dropped');
	kill 'INT', slurp_file("$dir/pid") =~ /(\d+)/;
}

SKIP:
{
	skip "pg_cron: $missing{pg_cron}", 3 if $missing{pg_cron};
	$node->safe_psql(
		'postgres', q{
		CREATE EXTENSION pg_cron;
		SELECT tcs.create_segmentation('nightly', 'shopper', 'customer', 's');
		SELECT tcs.track_segmentation('nightly', 'orders', 'customer');
		SELECT tcs.process_segmentation('nightly');
		INSERT INTO orders VALUES (5, 900);
		SELECT cron.schedule('segments', '* * * * *', $$SELECT tcs.process_segmentation('nightly')$$)});
	is($node->safe_psql('postgres', 'SELECT segment FROM nightly WHERE key = 5'), 'small', 'pg_cron: an order waits');
	ok($node->poll_query_until('postgres', q{SELECT segment <> 'small' FROM nightly WHERE key = 5}), 'pg_cron: and is worked off within a minute');
	ok($node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM cron.job_run_details WHERE status = 'succeeded'}), 'pg_cron: the job succeeded');
}

# Errors only: what pgbench says of progress goes the same way.
sub run_outcome
{
	my ($out, $err) = run_command([@_]);
	return join "\n", grep { /error|aborted|failed/ && !/failed transactions: 0/ } split /\n/, "$out\n$err";
}

$node->stop;
done_testing();
