# Each release before this one, used with this library and then upgraded: what
# comes out is what a fresh installation has, and what was made goes on.
#
# The script of a release is built from its commit in the repository, which is
# the current directory or TCS_REPOSITORY.  Where there is no such commit, the
# test is left out and says why.  TCS_UPGRADE_FROM="version=commit ..." tries
# other commits, and these have to be there.
use strict;
use warnings;

use File::Copy;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Every release with its commit, by its full name, since tags can be moved:
#	[ '0.6.0', '<what git rev-parse v0.6.0^{commit} prints>' ],
# It is added when the release is tagged.  As long as the version stays as it
# is, the test then shows that no object has changed since; the first change
# takes a new version and a script upgrades/tcs--0.6.0--NEW.sql.
my @releases = ();

my $by_hand = $ENV{TCS_UPGRADE_FROM};
@releases = map { [ split /=/, $_, 2 ] } split ' ', $by_hand if $by_hand;
plan skip_all => 'no release was made before this version' if !@releases;

my $repository = $ENV{TCS_REPOSITORY} // '.';

# Another account may own the repository.
sub git
{
	my ($out, $err) = ('', '');
	my $done = eval {
		IPC::Run::run([ 'git', '-c', 'safe.directory=*', '-C', $repository, @_ ],
			'>', \$out, '2>', \$err);
	};
	$err = $@ if $@;
	chomp($out, $err);
	return ($done, $out, $err);
}

# What keeps the releases from being built, or nothing.
sub hindrance
{
	my ($done, undef, $err) = git('rev-parse', '--git-dir');
	return "no git, or no repository in $repository (TCS_REPOSITORY): $err" if !$done;
	for my $release (@releases)
	{
		my ($version, $commit) = @$release;
		($done) = git('rev-parse', '--verify', '--quiet', ($commit // '') . '^{commit}');
		next if $done;
		my (undef, $shallow) = git('rev-parse', '--is-shallow-repository');
		return "$repository has no commit " . ($commit // '(none given)') . " of version $version"
		  . ($shallow eq 'true' ? ': it is shallow' : '');
	}
	my ($settings) = run_command([ 'postgres', '--describe-config' ]);
	return 'this server loads extensions only from its own directories'
	  if $settings !~ /^extension_(?:control_path|destdir)\t/m;
	return;
}

my $hindrance = hindrance();
die "$hindrance\n" if $by_hand && $hindrance;
plan skip_all => $hindrance if $hindrance;

# What a call of make that runs this test was given is not for those below.
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES)};

sub make
{
	my ($directory, @arguments) = @_;
	my $log = '';
	IPC::Run::run([ 'make', '-s', '-C', $directory, 'with_llvm=no', 'PG_CONFIG=pg_config', @arguments ], '>&', \$log)
	  or die "make @arguments in $directory: $log";
}

# This version in a place of its own, where scripts can be put beside it.
my $root = PostgreSQL::Test::Utils::tempdir;
make('.', 'install', "DESTDIR=$root");
my ($share) = run_command([ 'pg_config', '--sharedir' ]);
my ($library) = run_command([ 'pg_config', '--pkglibdir' ]);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
my ($settings) = run_command([ 'postgres', '--describe-config' ]);
$node->append_conf('postgresql.conf',
	$settings =~ /^extension_control_path\t/m
	? "extension_control_path = '$root$share:\$system'\ndynamic_library_path = '$root$library:\$libdir'"
	: "extension_destdir = '$root'");
$node->append_conf('postgresql.conf', "timezone = 'UTC'");
$node->start;

# The install script of a release, put where CREATE EXTENSION finds it.
sub install_release
{
	my ($version, $commit) = @$_;
	my $tree = PostgreSQL::Test::Utils::tempdir;
	my $script = "tcs--$version.sql";

	my ($done, undef, $err) = git('archive', '-o', "$tree/release.tar", $commit);
	die "git archive $commit: $err" if !$done;
	IPC::Run::run([ 'tar', '-C', $tree, '-xf', "$tree/release.tar" ]) or die "tar: $tree/release.tar";
	like(slurp_file("$tree/tcs.control"), qr/^default_version = '\Q$version\E'$/m,
		"$version: it is that of its commit");
	make($tree, $script);
	copy("$tree/$script", "$root$share/extension/$script") or die "$script: $!";
}

my $catalog = slurp_file('test/catalog.sql');
my $version_is = q{SELECT extversion FROM pg_extension WHERE extname = 'tcs'};

$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION tcs');
my $new = $node->safe_psql('fresh', $version_is);
my %fresh = map { $_ => 1 } split /\n/, $node->safe_psql('fresh', $catalog);
cmp_ok(scalar(keys %fresh), '>', 1000, 'there is something to compare');

for (@releases)
{
	my ($old) = @$_;
	my $db = "from $old";
	my $sql = sub { return $node->safe_psql($db, $_[0]) };

	# The release works with this library.
	install_release();
	$node->safe_psql('postgres', qq{CREATE DATABASE "$db"});
	$sql->("CREATE EXTENSION tcs VERSION '$old'");
	is($sql->($version_is), $old, "$old: made");
	$sql->(q{
		CREATE TABLE orders (customer integer, at timestamptz, amount numeric);
		INSERT INTO orders
		SELECT c, now() - (700 - (700 - days) * (c * 53 % 10 + 1) / 10) * interval '1 day', (i % 97 - 3) * (1 + c % 7)
		  FROM (SELECT *, row_number() OVER (PARTITION BY c ORDER BY days DESC, i) AS nth
				  FROM (SELECT i, i * i % 397 AS c, i * 7919 % 700 AS days FROM generate_series(1, 4000) i) o) o
		 WHERE nth <= 1 + 40 * (c * 37 % 100 / 100.0) ^ 6;
		CREATE INDEX ON orders (customer);
		SELECT tcs.create_metrics('m', 'orders', 'customer', 'at', 'amount', 'UTC');
		SELECT tcs.create_kpis('kpis', 'orders', 'customer', 'at', 'amount', 'UTC');
		SELECT tcs.create_cohorts('cohorts', 'orders', 'customer', 'at', 'amount', 'UTC', 'quarter');
		SELECT tcs.rule_set_copy('tcs.lifecycle', 'mine');
		UPDATE tcs.rule SET segment = 'gone' WHERE rule_set = 'mine' AND segment = 'lost';
		SELECT tcs.scorecard_copy('tcs.trust', 'mine');
		INSERT INTO tcs.scorecard (name) VALUES ('worth');
		INSERT INTO tcs.factor (scorecard, factor, expression, weight, hi, gate) VALUES
			('worth', 'often', 'purchases', 1, 10, 1), ('worth', 'much', 'revenue', 3, 1000, NULL);
		CREATE VIEW rated AS SELECT customer, tcs.scorecard_score('worth', c) AS index, tcs.segment_assign('mine', c) AS segment FROM m AS c;
		SELECT tcs.create_goals('goals');
		INSERT INTO goals (name, owner, metric, unit, baseline, target, starts, due)
		VALUES ('g', 'me', 'revenue', 'EUR', 0, 100, '2026-01-01', '2026-12-31');
		INSERT INTO goals_measurement (goal, day, value) VALUES ('g', '2026-02-01', 100);
		SELECT tcs.create_segmentation('kept', 'm', 'customer', 'mine');
		SELECT tcs.track_segmentation('kept', 'orders', 'customer')});
	my %made = (
		'metrics' => q{SELECT c FROM m AS c ORDER BY customer},
		'KPIs' => q{SELECT k FROM kpis k ORDER BY k},
		'cohorts' => q{SELECT c FROM cohorts c ORDER BY c},
		'rules' => q{SELECT r FROM tcs.rule r WHERE rule_set = 'mine' ORDER BY priority},
		'factors' => q{SELECT f FROM tcs.factor f WHERE scorecard IN ('mine', 'worth') ORDER BY scorecard, factor},
		'index and segment' => q{SELECT r FROM rated r ORDER BY customer},
		'goals' => q{SELECT g FROM tcs.goals_progress('goals', '2026-02-02') g},
		'members' => q{SELECT k FROM kept k ORDER BY key});
	my %before = map { $_ => $sql->($made{$_}) } keys %made;
	isnt($before{$_}, '', "$old: $_ are there") for sort keys %made;

	# Upgraded and fresh are one.
	$sql->('ALTER EXTENSION tcs UPDATE');
	is($sql->($version_is), $new, "$old: the upgrade leads to this version");
	my %upgraded = map { $_ => 1 } split /\n/, $sql->($catalog);
	is(join("\n", grep { !$fresh{$_} } sort keys %upgraded), '', "$old: upgraded has nothing that fresh has not");
	is(join("\n", grep { !$upgraded{$_} } sort keys %fresh), '', "$old: fresh has nothing that upgraded has not");

	# What was made before is as it was, and goes on.
	is($sql->($made{$_}), $before{$_}, "$old: $_ are the same") for sort keys %made;
	is($sql->(q{SELECT tcs.refit_metrics('m')}), '2', "$old: metrics are fitted");
	is($sql->($made{metrics}), $before{metrics}, "$old: to the same effect");
	$sql->(q{INSERT INTO orders SELECT key, now() - interval '1 second', 7 FROM kept WHERE segment = 'gone'});
	is( $sql->(q{
			SELECT tcs.process_segmentation('kept') > 0;
			SELECT count(*) > 10, bool_and(s.to_segment = k.segment) FROM kept_moves s JOIN kept k USING (key)
			 WHERE s.from_segment = 'gone'}),
		"t\nt|t", "$old: the segmentation takes note of orders");
	is($sql->(q{SELECT tcs.report_html('kept') ~ 'class="card"'}), 't', "$old: its report is written");
	is($sql->(q{SELECT customers > 100 FROM tcs.refresh_segmentation(tcs.create_segmentation('s', 'm', 'customer', 'tcs.lifecycle'))}),
		't', "$old: a new segmentation is made");
}

is( $node->safe_psql('fresh',
		q{SELECT string_agg(source, ' ')
			FROM pg_extension_update_paths('tcs')
		   WHERE path IS NULL AND target = '} . $new . q{'}),
	'',
	'there is a path from every version to this one');

$node->stop;
done_testing();
