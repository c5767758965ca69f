# The report as a browser lays it out, on a phone, a screen and paper: nothing
# sticks out, nothing is cut or hidden, and no heading stands alone at the foot of
# a page.  Where Chromium is installed (make check-clients installs it).
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($chromium) = grep { -x $_ } map { ("$_/chromium", "$_/chromium-browser", "$_/google-chrome") } split /:/, $ENV{PATH};
plan skip_all => 'chromium is not installed; make check-clients installs it' unless $chromium;
my ($pdftotext) = grep { -x $_ } map { "$_/pdftotext" } split /:/, $ENV{PATH};

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
my $directory = PostgreSQL::Test::Utils::tempdir;

# An everyday segmentation with half a year of moves; one of forty segments whose
# names are long, Chinese, Arabic or one word without an end; and small ones.
$node->safe_psql('postgres', q{
	CREATE EXTENSION tcs;
	SET client_encoding = 'UTF8';
	CREATE TABLE customer AS SELECT n AS id, 'Customer with the number ' || n AS name, n % 7 AS kind, 1 + n % 5 AS r, 1 + n / 5 % 5 AS f,
		(n * 7919 % 1000) * 1234.56 AS revenue, (ARRAY['DE', 'FR', 'AT'])[1 + n % 7 % 3] AS country,
		repeat('x', 80) || n % 3 AS a_column_with_a_very_long_name_that_goes_on_and_on, date '2020-01-01' + n * (n % 7) AS signed_up
	FROM generate_series(1, 2000) AS n;
	ALTER TABLE customer ADD PRIMARY KEY (id);
	INSERT INTO tcs.rule_set (name, description, default_segment) VALUES ('everyday', 'What everybody would have.', 'the rest'), ('hostile', repeat('long ', 100), repeat('y', 200)), ('one', NULL, 'all');
	INSERT INTO tcs.rule (rule_set, priority, segment, condition, description)
	SELECT 'everyday', n, (ARRAY['Champions', 'Loyal', 'Potential loyalists', 'Hibernating', 'At risk', 'About to sleep'])[n],
		'kind = ' || n || ' AND revenue >= 0 AND (country = ''DE'' OR country <> ''DE'' OR country IS NULL)', 'Do something about them, and do it before the others do.'
	FROM generate_series(1, 6) AS n;
	INSERT INTO tcs.rule (rule_set, priority, segment, condition, description)
	SELECT 'hostile', n, (ARRAY[repeat('W', 199), U&'\5BA2\6237\7FA4\7EC4\7684\540D\5B57\5F88\957F\5F88\957F', U&'\0627\0644\0639\0645\0644\0627\0621 \0627\0644\0623\0643\062B\0631 \0648\0644\0627\0621', 'a name of some words'])[1 + n % 4] || n,
		'id % 40 = ' || n || repeat(' OR ' || repeat('revenue', 1) || ' = -' || n || '12345678901234567890', 30), repeat('z', 300)
	FROM generate_series(0, 38) AS n;
	SELECT tcs.create_segmentation(into_name, 'customer', 'id', set_name) FROM (VALUES ('everyday', 'everyday'), ('hostile', 'hostile'), ('young', 'one')) AS s (into_name, set_name);
	CREATE TABLE orders AS SELECT c AS customer, date '2025-01-01' + day AS at, 100 * (c % 90) + 3.25 AS amount
	FROM (SELECT c, n, c * 97 % 400 + n * (20 + c * 53 % 140) AS day FROM generate_series(1, 500) AS c, generate_series(0, 30) AS n) AS o
	WHERE (day <= c * c * 29 % 900 OR n = 0) AND day <= 900;
	SELECT tcs.create_metrics('metrics', 'orders', 'customer', 'at', 'amount', as_of => '2027-06-20', horizon => '300 days');
	SELECT tcs.create_segmentation('predicted', 'metrics', 'customer', 'tcs.rfm');
	CREATE TABLE much AS SELECT customer, at, amount * 1234567 AS amount, repeat('W', 30) || customer AS called FROM orders, generate_series(1, 1 + customer % 3) AS copy;
	SELECT tcs.create_metrics('a_view_with_a_very_long_name_that_goes_on_and_on', 'much', 'called', 'at', 'amount', as_of => '2027-06-20', horizon => '300 days');
	SELECT tcs.create_metrics('short', 'orders', 'customer', 'at', 'amount', as_of => '2027-06-20', horizon => '10 years');
	CREATE VIEW no_orders AS SELECT * FROM orders WHERE customer < 0;
	SELECT tcs.create_metrics('none', 'no_orders', 'customer', 'at', 'amount', as_of => '2027-06-20');
	CREATE TABLE nobody (LIKE customer INCLUDING ALL);
	SELECT tcs.create_segmentation('empty', 'nobody', 'id', 'everyday');
});
for my $into ('everyday', 'hostile')
{
	$node->safe_psql('postgres', qq{
		ALTER TABLE $into DISABLE TRIGGER tcs_guard;
		ALTER TABLE ${into}_moves DISABLE TRIGGER tcs_guard;
		UPDATE ${into}_moves SET moved_at = '2026-01-05 12:00+00';
		INSERT INTO ${into}_moves (key, from_segment, to_segment, moved_at, cause, entered, present)
		SELECT m.key, m.to_segment, o.to_segment, timestamptz '2026-02-01 12:00+00' + m.key % 140 * interval '1 day', (ARRAY['data', 'time', 'merged'])[1 + m.key % 3], false, true
		FROM ${into}_moves AS m JOIN ${into}_moves AS o ON o.key = 1 + (m.key * 31) % 2000 AND o.to_segment <> m.to_segment WHERE m.key % 3 > 0;
		UPDATE $into AS i SET segment = m.to_segment FROM ${into}_moves AS m WHERE m.key = i.key AND NOT m.entered;
		UPDATE ${into}_state SET last_refresh = '2026-06-21 12:00+00'});
}

my @pages;
for my $page (
	[ 'everyday in English', q{'everyday', title => 'Our customers', currency => 'EUR', customers => 5, label => 'name'} ],
	[ 'everyday in Chinese', q{'everyday', language => 'zh', currency => U&'\00A5', customers => 5} ],
	[ 'hostile', q{'hostile', title => repeat('T', 190), currency => 'WWWWWWWWWWWW', customers => 2, label => 'a_column_with_a_very_long_name_that_goes_on_and_on', k => 1} ],
	[ 'hostile in Chinese', q{'hostile', language => 'zh', attributes => '{a_column_with_a_very_long_name_that_goes_on_and_on,signed_up}'} ],
	[ 'predictions', q{'predicted', currency => 'WWWWWWWWWWWW', customers => 2} ],
	[ 'predictions in Chinese', q{'predicted', language => 'zh', currency => U&'\00A5'} ],
	[ 'metrics', q{'metrics', currency => 'EUR'} ],
	[ 'metrics in Chinese', q{'metrics', language => 'zh', currency => U&'\00A5'} ],
	[ 'metrics with long names', q{'a_view_with_a_very_long_name_that_goes_on_and_on', title => repeat('T', 190), currency => 'WWWWWWWWWWWW'} ],
	[ 'metrics without a hold-out', q{'short'} ],
	[ 'metrics of nobody', q{'none', language => 'zh'} ],
	[ 'young', q{'young'} ],
	[ 'empty', q{'empty', language => 'zh'} ])
{
	push @pages, { name => $page->[0], html => $node->safe_psql('postgres', "SELECT tcs.report_html($page->[1])") };
}
like($_->{html}, qr/<section id="predictions"/, "$_->{name}: told") for grep { $_->{name} =~ /^predictions/ } @pages;
$node->stop;

# What is wrong with a page, in the page: what is wider than the window or the
# box around it, text that is cut, cells that are hidden.  A table may be wider
# than its box where that scrolls, and shows it.
my $script = <<'END';
function fault(e, what) { return what + ': ' + e.tagName + '.' + (e.getAttribute('class') || '') + ' in ' + ((e.closest('section') || {}).id || 'head') + ': ' + e.textContent.slice(0, 30) }
function scrolls(e) { var s = e.closest('.scroll'); return s && getComputedStyle(s).overflowX === 'auto' && getComputedStyle(s).backgroundImage !== 'none' }
function faults() {
	var out = [], width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth > width) out.push('the page scrolls to ' + document.documentElement.scrollWidth);
	document.querySelectorAll('main, main *:not(svg *)').forEach(function (e) {
		if (e.closest('details') && e.tagName !== 'DETAILS' && e.tagName !== 'SUMMARY') return;
		var box = e.getBoundingClientRect(), style = getComputedStyle(e), around = e.parentElement.closest('.card, .tile, .who, .one, section, main');
		if (style.display === 'none') {
			if (e.textContent.trim() !== '' && e.tagName !== 'DETAILS' && e.tagName !== 'THEAD' && !e.closest('thead') && !e.matches('.bar')) out.push(fault(e, 'hidden'));
			if (e.tagName === 'THEAD') e.parentElement.querySelectorAll('tbody td:not(.bar):not(.none):not(:first-child)').forEach(function (c) { if (!c.dataset.l) out.push(fault(c, 'without the name of its column')) });
			return;
		}
		if (e.closest('thead') && getComputedStyle(e.closest('thead')).display === 'none') return;
		if (style.writingMode !== 'horizontal-tb' || style.transform !== 'none') out.push(fault(e, 'turned'));
		if (scrolls(e) && !e.matches('.scroll')) return;
		if (box.right > width + 1 || box.left < -1) out.push(fault(e, 'sticks out'));
		if (around && box.right > around.getBoundingClientRect().right + 1) out.push(fault(e, 'beyond its box'));
		if (style.display !== 'inline' && !e.matches('.scroll') && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) out.push(fault(e, 'cut'));
		if (e.matches('svg.chart')) {
			var words = [].map.call(e.querySelectorAll('text'), function (t) { return { t: t, box: t.getBoundingClientRect() } });
			words.forEach(function (a, i) {
				if (a.box.left < box.left - 1 || a.box.right > box.right + 1 || a.box.bottom > box.bottom + 1) out.push(fault(a.t, 'beyond its drawing'));
				words.slice(i + 1).forEach(function (b) {
					if (a.box.left < b.box.right - 1 && b.box.left < a.box.right - 1 && a.box.top < b.box.bottom - 3 && b.box.top < a.box.bottom - 3) out.push(fault(a.t, 'over ' + b.t.textContent));
				});
			});
		}
		if (style.textOverflow === 'ellipsis') out.push(fault(e, 'cut short'));
	});
	return out;
}
window.addEventListener('load', function () { parent.postMessage({ name: window.name, faults: faults() }, '*') });
END

sub write_file { my ($name, $words) = @_; open my $file, '>', "$directory/$name" or die "$name: $!"; print $file $words; close $file }

# As on paper of that width: the rules for print, without those for screens.
sub on_paper { my ($html) = @_; $html =~ s/\@media screen and[^{]*\{/\@media not all{/g; $html =~ s/\@media print\{/\@media all{/; return $html }

my @frames;
sub add_frame
{
	my ($name, $width, $html) = @_;
	my $file = 'page' . @frames . '.html';
	$html =~ s/<\/body>/<script>\n$script<\/script><\/body>/;
	write_file($file, $html);
	push @frames, { name => $name, width => $width, file => $file };
}
my %media = (phone => 390, screen => 1280, paper => 688);
for my $page (@pages)
{
	for my $medium (sort keys %media)
	{
		add_frame("$page->{name}, $medium", $media{$medium}, $medium eq 'paper' ? on_paper($page->{html}) : $page->{html});
	}
}
# Does the check see what is wrong?
my %planted = (
	'sticks out' => '<div style="width:2000px">wide</div>',
	cut => '<p style="overflow:hidden;width:40px;white-space:nowrap">words that are cut off</p>',
	'cut short' => '<p style="overflow:hidden;text-overflow:ellipsis">words</p>',
	hidden => '<table><tbody><tr><td style="display:none">12</td></tr></tbody></table>',
	'beyond its drawing' => '<svg class="chart" viewBox="0 0 400 40"><text x="380" y="20">words that go on</text></svg>',
	over => '<svg class="chart" viewBox="0 0 400 40"><text x="80" y="20">words</text><text x="90" y="22">others</text></svg>',
	turned => '<p style="writing-mode:vertical-rl">words</p>',
	'without the name' => '<table class="stack"><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>');
for my $fault (sort keys %planted)
{
	(my $html = $pages[0]{html}) =~ s/(<h2 id="segments-title">)/$planted{$fault}$1/;
	add_frame("planted: $fault", 390, $html);
}

write_file('all.html', "<!DOCTYPE html><html><body><ul id=\"out\"></ul><script>\nwindow.addEventListener('message', function (m) { var li = document.createElement('li'); li.textContent = JSON.stringify(m.data); document.getElementById('out').appendChild(li) });\n</script>\n"
	. join('', map { qq{<iframe name="$_" width="$frames[$_]{width}" height="900" style="border:0" src="$frames[$_]{file}"></iframe>\n} } 0 .. $#frames)
	. '</body></html>');
my @chromium = ($chromium, '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--allow-file-access-from-files', "--user-data-dir=$directory/profile");
my ($dom, $errors) = ('', '');
IPC::Run::run([ @chromium, '--virtual-time-budget=60000', '--window-size=1400,900', '--dump-dom', "file://$directory/all.html" ], '>', \$dom, '2>', \$errors);
my %found;
while ($dom =~ m{<li>\{"name":"(\d+)","faults":\[(.*?)\]\}</li>}gs) { $found{$1} = $2 }
is(scalar keys %found, scalar @frames, 'Chromium laid out all pages') or diag($errors);
for my $n (0 .. $#frames)
{
	if ($frames[$n]{name} =~ /^planted: (.*)/) { like($found{$n} // '', qr/\Q$1\E/, $frames[$n]{name}) }
	else { is($found{$n} // 'no answer', '', $frames[$n]{name}) }
}

# What a page is as text on paper, sheet by sheet.
sub sheets
{
	my ($html) = @_;

	unlink "$directory/print.pdf";
	write_file('print.html', $html);
	IPC::Run::run([ @chromium, '--no-pdf-header-footer', "--print-to-pdf=$directory/print.pdf", "file://$directory/print.html" ], '>', '/dev/null', '2>', '/dev/null');
	return unless -s "$directory/print.pdf";
	my $text = '';
	IPC::Run::run([ $pdftotext, '-layout', "$directory/print.pdf", '-' ], '>', \$text);
	return grep { /\S/ } split /\f/, $text;
}

# Cards, tiles and customers that begin on one sheet and end on another: marks are
# put at both ends of each.
sub torn
{
	my ($html, $all) = @_;
	my (%begins, %ends);

	$html =~ s/<\/body>/<script>\n$_[2]<\/script><\/body>/ if defined $_[2];
	my $n = 0;
	for my $sheet (sheets($html))
	{
		$begins{$1} = $n while $sheet =~ /B(\d+)B/g;
		$ends{$1} = $n while $sheet =~ /E(\d+)E/g;
		$n++;
	}
	$$all = keys %begins;
	return grep { $begins{$_} != ($ends{$_} // -1) } keys %begins;
}
my $marks = <<'END';
document.querySelectorAll('.card, .who, .tile').forEach(function (e, i) {
	['B', 'E'].forEach(function (at) { var b = document.createElement('b'); b.textContent = ' ' + at + i + at + ' '; b.style.cssText = 'font:6px monospace;white-space:nowrap'; (e.matches('.card') && at === 'B' ? e.querySelector('h3') : at === 'B' ? e.firstElementChild || e : e.lastElementChild || e).appendChild(b) });
});
END

# On paper: few pages, and no heading or lead stands last on one.
sub printed
{
	my ($page, $most) = @_;
	my @paper = sheets($page->{html});

	ok(scalar @paper, "$page->{name}: printed") or return;
	cmp_ok(scalar @paper, '<=', $most, "$page->{name}: few pages");
	my @headings = map { s/<[^>]*>//gr } $page->{html} =~ m{<h2[^>]*>(.*?)</h2>}g;
	my @alone;
	for my $sheet (@paper)
	{
		my @lines = grep { /\S/ } split /\n/, $sheet;
		push @alone, grep { my $line = $lines[-1]; $line =~ /^\s*\Q$_\E\s*$/ } @headings;
	}
	is("@alone", '', "$page->{name}: no heading stands last on a page");
}
SKIP:
{
	skip 'pdftotext is not installed; make check-clients installs it', 1 unless $pdftotext;
	my %most = ('everyday in English' => 6, metrics => 3);
	for my $name (sort keys %most)
	{
		printed((grep { $_->{name} eq $name } @pages), $most{$name});
	}

	# and no card is torn in two, of which those of many segments fill several sheets
	my ($all, $planted);
	my ($many) = grep { $_->{name} eq 'hostile' } @pages;
	my @torn = torn($many->{html}, \$all, $marks);
	cmp_ok($all, '>', 40, 'cards are printed');
	is("@torn", '', 'each on one sheet');
	(my $careless = $many->{html}) =~ s/break-inside:avoid/break-inside:auto/g;
	@torn = torn($careless, \$planted, $marks);
	cmp_ok(scalar @torn, '>', 0, 'planted: cards that may be torn');
}
done_testing();
