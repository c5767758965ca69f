# A customer is in the same arm whatever the encoding and the locale of the
# database: by the text in UTF-8.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# Names and keys that most encodings of Europe have, in escapes.
my $arms = q{
	SELECT string_agg(tcs.ab_assign(e.name, k.key, array_fill(0.125::float8, '{8}'))::text, '' ORDER BY e.n, k.n)
	FROM (VALUES (1, U&'sale'), (2, U&'Pr\00e4mie'), (3, U&'\00e9t\00e9')) AS e(n, name),
		(VALUES (1, '42'), (2, U&'J\00f6rg'), (3, U&'Andr\00e9'), (4, U&'\00dcml\00e4ut')) AS k(n, key)};
my %arms;
for my $encoding (qw(UTF8 LATIN1 LATIN9 WIN1252))
{
	my $database = lc("in_$encoding");
	$node->safe_psql('postgres',
		"CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION tcs');
	$arms{$encoding} = $node->safe_psql($database, $arms);
	is($arms{$encoding}, $arms{UTF8}, "the arms in $encoding");
	is( $node->safe_psql($database, "SET client_encoding = 'UTF8'; $arms"),
		$arms{UTF8}, "with another encoding of the client");
	is( $node->safe_psql(
			$database, q{
			SELECT count(*) FILTER (WHERE defined <> tcs.ab_assign(e, k, '{0.5,0.5}'))
			FROM (SELECT e, k, 1 + get_bit(sha256(convert_to(e, 'UTF8') || '\x00' || convert_to(k, 'UTF8')), 7) AS defined
				FROM (SELECT U&'Pr\00e4mie' || i AS e, U&'\00dc' || i AS k FROM generate_series(1, 200) AS i) AS s) AS s}),
		'0', 'as SHA-256 in SQL has it');
	is( $node->safe_psql(
			$database, q{
			SELECT tcs.ab_effect(CASE i % 2 WHEN 1 THEN 'control' ELSE U&'Pr\00e4mie' END, i::float8)
				= tcs.ab_effect(i % 2 = 0, i::float8) FROM generate_series(1, 9) AS i}),
		't', 'an arm of such a name');
}
like($arms{UTF8}, qr/^[1-8]{12}$/, 'every customer has an arm');

# Without an encoding, what is no UTF-8 cannot be hashed as such.
$node->safe_psql('postgres',
	"CREATE DATABASE plain ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
$node->safe_psql('plain', 'CREATE EXTENSION tcs');
is( $node->safe_psql('plain', q{SELECT tcs.ab_assign('sale', '42', array_fill(0.125::float8, '{8}'))}),
	substr($arms{UTF8}, 0, 1), 'the arm where there is no encoding');
is( $node->safe_psql('plain', q{SELECT tcs.ab_assign('sale', E'J\xc3\xb6rg', array_fill(0.125::float8, '{8}'))}),
	substr($arms{UTF8}, 1, 1), 'bytes that are UTF-8');
my ($code, undef, $stderr) = $node->psql('plain', q{SELECT tcs.ab_assign('sale', E'J\xf6rg', '{1}')});
like($stderr, qr/invalid byte sequence for encoding "UTF8"/, 'bytes that are not');

$node->stop;
done_testing();
