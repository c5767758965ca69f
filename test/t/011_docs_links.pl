# The pages lead to each other: every link has a page and a heading at its end,
# every page is in the contents under its own title, and every SQLSTATE that the
# source raises is explained.
use strict;
use warnings;
use utf8;

use PostgreSQL::Test::Utils;
use Test::More;

# What a heading is called in a link: as GitHub, GitLab and Gitea do it.
sub anchor
{
	my ($heading) = @_;
	$heading =~ s/\[([^]]*)\]\([^)]*\)/$1/g;
	return lc($heading) =~ s/[^\w\- ]//gr =~ s/ /-/gr;
}

# A page without its code; marks of bold and code within a line do not matter.
sub prose
{
	my $text = slurp_file($_[0]);
	utf8::decode($text);
	return $text =~ s/^```.*?^```$//gmsr;
}

my @pages = (glob('*.md'), glob('doc/*.md'));
my %prose = map { $_ => prose($_) } @pages;
my %anchors;
for my $page (@pages)
{
	my @headings = $prose{$page} =~ /^#+ (.*)$/gm;
	$anchors{$page}{ anchor($_) }++ for @headings;
	my @twice = grep { $anchors{$page}{$_} > 1 } keys %{ $anchors{$page} };
	is("@twice", '', "$page: no heading twice") unless $page =~ /CHANGELOG/;
}

my %titles;
for my $page (@pages)
{
	my $folder = $page =~ s{[^/]*\z}{}r;
	my $text = $prose{$page} =~ s/`[^`\n]*`//gr;
	my (@broken, @leaves);

	while ($text =~ /\[([^]]*)\]\(([^)\s]+)\)/g)
	{
		my ($title, $target) = ($1, $2);
		next if $target =~ /^https?:/;
		my ($file, $anchor) = split /#/, $target, 2;
		my $to = $file eq '' ? $page : $folder . $file;
		$to =~ s{[^/]+/\.\./}{};
		push @broken, $target
		  if !-e $to
		  or defined $anchor && !$anchors{$to}{$anchor};
		# what make install puts somewhere has no checkout around it
		push @leaves, $target if $page =~ /^doc/ && $to !~ /^doc/;
		$titles{$to} = $title if $page eq 'doc/tcs.md' && !defined $anchor;
	}
	is("@broken", '', "$page: every link leads somewhere");
	is("@leaves", '', "$page: no link leaves doc/");
}

for my $page (grep { m{^doc/} && $_ ne 'doc/tcs.md' } @pages)
{
	my ($title) = $prose{$page} =~ /^# (.*)$/m;
	is($titles{$page}, $title, "$page is in the contents under its title");
}

# A page of more than three sections begins with links to them.
for my $page (grep { m{^doc/} && $_ !~ m{/(tcs|reference)\.md} } @pages)
{
	my @sections = $prose{$page} =~ /^## (.*)$/gm;
	next if @sections <= 3;
	my ($links) = $prose{$page} =~ /^(?:On this page: |本页：)(.*?)\n\n/ms;
	is( join(' ', ($links // '') =~ /\[([^]]*)\]/g),
		join(' ', @sections),
		"$page begins with its sections");
}

# The SQLSTATEs of ereport, of RAISE, and of the page's first table.
my ($include) = run_command([ 'pg_config', '--includedir-server' ]);
my ($share) = run_command([ 'pg_config', '--sharedir' ]);
SKIP:
{
	my $header = "$include/utils/errcodes.h";
	skip 'no errcodes of the server here', 1
	  unless -e $header && -e "$share/errcodes.txt";
	my %by_macro = slurp_file($header) =~ /^#define (ERRCODE_\w+) MAKE_SQLSTATE\((.*?)\)/gm;
	s/\W//g for values %by_macro;
	my %by_name = map { /^(\w{5})\s+\w\s+\w+\s+(\w+)/ ? ($2 => $1) : () }
	  split /\n/, slurp_file("$share/errcodes.txt");
	my %raised;
	for my $source (glob('src/*.[ch] src/*/*.[ch]'))
	{
		$raised{ $by_macro{$_} } = 1 for slurp_file($source) =~ /errcode\(\s*(ERRCODE_\w+)/g;
	}
	for my $source (glob('src/*.sql src/*/*.sql'))
	{
		$raised{ $by_name{$_} // $_ } = 1 for slurp_file($source) =~ /ERRCODE = '(\w+)'/g;
	}
	my ($table) = slurp_file('doc/errors.md') =~ /\A(.*?)^## /ms;
	is( join(' ', sort $table =~ /^\| (\w{5}) \|/gm),
		join(' ', sort keys %raised),
		'doc/errors.md has the SQLSTATEs that the source raises');
}

done_testing();
