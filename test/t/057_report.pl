# The report as a file: well-formed, in ASCII and complete in itself, whatever the
# encoding of the database and whatever the segments are called.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

# What XML asks for: one root, tags that nest, attributes in quotes and each
# once, no bare & or <, no character that it has no place for.
sub complaint
{
	my ($page) = @_;
	my (@open, $roots);

	return 'a byte beyond ASCII' if $page =~ /[^\x09\x0A\x20-\x7E]/;
	return 'no doctype' unless $page =~ s/\A<!DOCTYPE html>\s*//;
	while ($page =~ /\G(?:([^<]+)|<(\/?)([a-z][a-z0-9]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|(.))/gcs)
	{
		my ($words, $close, $tag, $attributes, $empty, $stray) = ($1, $2, $3, $4, $5, $6);
		return "stray $stray at " . pos($page) if defined $stray;
		if (defined $words)
		{
			return 'words outside' if !@open && $words =~ /\S/;
			return 'a bare ]]>' if $words =~ /\]\]>/;
		}
		else
		{
			my %seen;
			$seen{$1}++ && return "$1 twice in $tag" while $attributes =~ /\s([\w:-]+)=/g;
			if ($close) { return "</$tag> for <" . ($open[-1] // '') . '>' if !@open || pop(@open) ne $tag }
			else { $roots++ unless @open; push @open, $tag unless $empty }
		}
		for my $part (grep { defined } $words, $attributes)
		{
			return "bare & in $part" if $part =~ /&(?!(?:lt|gt|amp|quot|#(\d+));)/;
			while ($part =~ /&#(\d+);/g)
			{
				my $c = $1;
				return "character $c"
				  if ($c < 32 && $c != 9 && $c != 10 && $c != 13) || ($c >= 0xD800 && $c < 0xE000)
				  || ($c & 0xFFFE) == 0xFFFE || $c > 0x10FFFF;
			}
		}
	}
	return 'not closed: ' . join(' ', @open) if @open;
	return "$roots roots" unless $roots == 1;
	return '';
}

# Does the check see what is wrong?
for my $wrong ('<html><b></html></b>', '<html>', '<html>&nbsp;</html>', '<html a="1" a="2"></html>',
	'<html>&#1;</html>', '<html a=1></html>', '<html>1 < 2</html>', '<html></html><html></html>', "<html>\xe4</html>")
{
	isnt(complaint("<!DOCTYPE html>\n$wrong"), '', "not well-formed: $wrong");
}
my $has_parser = eval { require XML::Parser; 1 };
note $has_parser ? 'XML::Parser looks as well' : 'without XML::Parser';

sub check
{
	my ($page, $name) = @_;

	is(complaint($page), '', "$name: well-formed");
	is(eval { XML::Parser->new->parse($page); 'parsed' } // $@, 'parsed', "$name: parsed") if $has_parser;
	unlike($page, qr/<script|<link|<img|<iframe|\ssrc=|href=|url\(|\@import/i, "$name: complete in itself");
	my @addresses = $page =~ m{(https?://[^"<\s]+)}g;
	is_deeply(\@addresses, ['http://www.w3.org/1999/xhtml'], "$name: no address");
}

my %names = (
	UTF8 => [ "Gr\xc3\xb6\xc3\x9fe \xc2\xb5", "\xe9\xa1\xbe\xe5\xae\xa2", "\xf0\x9f\x99\x82 <b>", "\xd7\xa9\xd7\x9c", "e\xcc\x81 \xe2\x80\xae\xef\xbf\xbe" ],
	LATIN1 => [ "Gr\xf6\xdfe \xb5", "\x85 <b>" ],
	SQL_ASCII => [ "Gr\xc3\xb6\xc3\x9fe \xc2\xb5", "\xff\xfe\xc0 <b>", "cut \xc3" ]);
my %shown = (
	UTF8 => [ 'Gr&#246;&#223;e &#181;', '&#39038;&#23458;', '&#128578; &lt;b&gt;', '&#1513;&#1500;', 'e&#769; &#65533;&#65533;' ],
	LATIN1 => [ 'Gr&#246;&#223;e &#181;', '&#65533; &lt;b&gt;' ],
	SQL_ASCII => [ 'Gr&#246;&#223;e &#181;', '&#65533;&#65533;&#65533; &lt;b&gt;', 'cut &#65533;' ]);

for my $encoding (sort keys %names)
{
	my $database = lc "in_$encoding";
	my $rules = '';
	my $places = '';
	my $place = 0;

	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0 ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'");
	for my $name (@{ $names{$encoding} })
	{
		(my $hex = unpack('H*', $name)) =~ s/(..)/\\x$1/g;
		$place++;
		$rules .= "INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('s', $place, E'$hex', 'n = $place');\n";
		$places .= " WHEN $place THEN E'$hex'";
	}
	$node->safe_psql($database, "SET client_encoding = $encoding; CREATE EXTENSION tcs;
		CREATE TABLE customer AS SELECT n AS id, n % 7 AS n, n * 1.5 AS revenue, CASE n % 7$places END AS place FROM generate_series(1, 100) AS n;
		INSERT INTO tcs.rule_set (name) VALUES ('s');
		$rules
		SELECT tcs.create_segmentation('seg', 'customer', 'id', 's');
		UPDATE customer SET n = n + 1 WHERE id < 30;
		SELECT tcs.refresh_segmentation('seg')");
	my $page = $node->safe_psql($database, q{SELECT tcs.report_html('seg')});
	check($page, $encoding);
	my $view = $names{$encoding}[0];
	$node->safe_psql($database, "SET client_encoding = $encoding; CREATE TABLE orders AS SELECT c AS customer, date '2024-01-01' + c % 200 + n * (5 + c % 50) AS at, 10.5 AS amount
		FROM generate_series(1, 200) AS c, generate_series(0, 9) AS n WHERE n < c % 11;
		SELECT tcs.create_metrics('\"$view\"', 'orders', 'customer', 'at', 'amount', as_of => '2025-03-01', horizon => '6 months')");
	my $metrics = $node->safe_psql($database, "SET client_encoding = $encoding; SELECT tcs.report_html('\"$view\"', title => '$view')");
	check($metrics, "$encoding: metrics");
	like($metrics, qr/<h1><bdi>\Q$shown{$encoding}[0]\E<\/bdi><\/h1>.*<figure id="calibration">/s, "$encoding: metrics, $shown{$encoding}[0]");
	for my $name (@{ $shown{$encoding} })
	{
		like($page, qr/<th scope="row"><bdi>\Q$name\E<\/bdi><\/th>/, "$encoding: $name");
		like($page, qr/<dd><b><bdi>\Q$name\E<\/bdi><\/b>/, "$encoding: $name is said of customers");
	}
}
$node->stop;
done_testing();
