# The extension as a whole: made, dumped, restored and dropped.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# What a database holds, by kind and name, but for the system's own.
my $objects = q{
	SELECT string_agg(identity, chr(10) ORDER BY identity)
	  FROM (SELECT format('%s %s', i.type, i.identity) AS identity
			  FROM pg_depend d,
				   pg_identify_object(d.classid, d.objid, d.objsubid) i
			 WHERE d.refclassid = 'pg_extension'::regclass
			   AND d.refobjid = (SELECT oid FROM pg_extension
								  WHERE extname = 'tcs')
			   AND d.deptype = 'e') s};

$node->safe_psql('postgres', 'CREATE EXTENSION tcs');
my $made = $node->safe_psql('postgres', $objects);
isnt($made, '', 'the extension has members');

is( $node->safe_psql('postgres',
		q{SELECT count(*) FROM regexp_split_to_table('}
		  . $made =~ s/'/''/gr
		  . q{', chr(10)) AS line
		   WHERE line !~ '^[a-z ]+ tcs(_internal)?\.' AND line !~ '^cast [(].*\mtcs[.]' AND line NOT IN ('schema tcs', 'schema tcs_internal')}),
	'0',
	'every member is in the schemas of the extension');

# A dump names the extension, and a restore makes it anew.
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ],
	'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok(
	[
		'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1',
		'-f', $dump, $node->connstr('restored')
	],
	'restore');
is($node->safe_psql('restored', $objects),
	$made, 'the restored extension has the same members');

# Dropping leaves nothing; a schema that is in the way is an error.
$node->safe_psql('restored', 'DROP EXTENSION tcs');
is( $node->safe_psql('restored',
		q{SELECT count(*) FROM pg_namespace WHERE nspname IN ('tcs', 'tcs_internal')}),
	'0',
	'DROP EXTENSION leaves nothing');
for my $schema ('tcs', 'tcs_internal')
{
	$node->safe_psql('restored', "CREATE SCHEMA $schema");
	my ($code, undef, $stderr) =
	  $node->psql('restored', 'CREATE EXTENSION tcs');
	isnt($code, 0, "an existing schema $schema is not taken over");
	like($stderr, qr/schema "$schema" already exists/, 'and the error says so');
	$node->safe_psql('restored', "DROP SCHEMA $schema");
}

$node->stop;
done_testing();
