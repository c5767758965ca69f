# Every aggregate as a distributed engine runs it: in parts on several machines,
# where each row is added by a call that knows nothing of those before it, and
# the parts meet in their written form.  The result is that of one query.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What calls the functions is a module of its own, which needs a compiler.
sub pg_config
{
	my ($output, undef) = run_command([ 'pg_config', @_ ]);
	return $output;
}
my ($compiler) = split ' ', pg_config('--cc');
plan skip_all => "no compiler $compiler" if system("$compiler --version >/dev/null 2>&1") != 0;
plan skip_all => 'no server headers'
  unless -f pg_config('--includedir-server') . '/postgres.h';

my $module = PostgreSQL::Test::Utils::tempdir() . '/split.so';
command_ok(
	[
		$compiler, '-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-fwrapv',
		'-fno-strict-aliasing', '-I' . pg_config('--includedir-server'),
		'-o', $module, 'test/modules/split.c'
	],
	'the module is compiled');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'");
$node->start;

# The calls, one for each aggregate and overload, are those of the test that asks
# for the same serial and parallel.
my ($calls) = slurp_file('sql/parallel.sql') =~ /\A(.*?)^-- What the calls give/ms;
my $tried = $node->safe_psql(
	'postgres', "CREATE EXTENSION tcs;
	CREATE FUNCTION split_try(text, text) RETURNS text LANGUAGE c STRICT AS '$module', 'split_try';\n"
	  . ($calls =~ s/^\\.*$//mgr) . q{
	CREATE TABLE tried (name text, call text, whole text, parts text, error text);
	DO $do$
	DECLARE
		c record;
		whole text;
		parts text;
		error text;
	BEGIN
		FOR c IN SELECT name, format('tcs.%s(%s)', name, array_to_string(arguments, ', ')) AS call FROM call ORDER BY n LOOP
			parts := NULL;
			error := NULL;
			EXECUTE format('SELECT (%s)::text FROM log WHERE id <= 1500', c.call) INTO whole;
			BEGIN
				parts := split_try(c.call, 'log WHERE id <= 1500');
			EXCEPTION WHEN OTHERS THEN
				error := SQLERRM;
			END;
			INSERT INTO tried VALUES (c.name, c.call, whole, parts, error);
		END LOOP;
	END
	$do$});

cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM tried'), '>', 150, 'the calls are there');
is($node->safe_psql('postgres', q{SELECT call, left(whole, 200), left(parts, 200) FROM tried WHERE error IS NULL AND whole IS DISTINCT FROM parts}), '', 'in parts as in one query');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM tried WHERE error IS NULL'), '>', 100, 'most are run in parts');
# What takes a value or a row of any type asks the call of which one, and says that it is not told.
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT name, ' ' ORDER BY name) FROM tried WHERE error IS NOT NULL}),
	'churn_fit count_distinct first key_drivers kmeans_fit last linear_fit logit_fit most_frequent tree_fit', 'none but those of any type needs to know more than its arguments');
is($node->safe_psql('postgres', q{SELECT name, error FROM tried WHERE error !~ '^(the row must be a whole row, not a value of type unknown|could not determine the type of the argument)$'}), '', '... and these say so');

done_testing();
