# The family bg/bb fitted on donations, against what was published of them
# (Fader, Hardie and Shang, 2010).  The data are not part of the project:
# TCS_SHARED names the directory that holds them, or it is beside the project.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{TCS_SHARED} || dirname(abs_path(__FILE__)) . '/../../../shared';
plan skip_all => "no donations in $shared/data" unless -r "$shared/data/donations.csv";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql(
	'postgres', qq{
	CREATE EXTENSION tcs;
	CREATE TABLE donation (frequency int, recency int, periods int, weights bigint);
	\\copy donation FROM '$shared/data/donations.csv' (FORMAT csv, HEADER)
	CREATE TABLE history AS SELECT frequency AS x, recency AS t_x, weights AS customers,
			tcs.purchase_history(frequency, recency, periods, CASE WHEN frequency > 0 THEN 1 ELSE 0 END, '1 year') AS h FROM donation;
	CREATE TABLE fit AS SELECT tcs.btyd_fit(h, 'bg/bb', '1 year', customers) AS m FROM history});

is($node->safe_psql('postgres', q{
	SELECT m->>'converged', m->'limits', m->>'customers', round((m->>'alpha')::numeric, 3), round((m->>'beta')::numeric, 3),
		round((m->>'gamma')::numeric, 3), round((m->>'delta')::numeric, 3), round((m->>'log_likelihood')::numeric, 1) FROM fit}),
	'true|[]|11104|1.204|0.750|0.657|2.783|-33225.6', 'the parameters');
is($node->safe_psql('postgres', q{
	SELECT string_agg(round(tcs.p_alive(m, h)::numeric, 2)::text, ' ' ORDER BY x) FROM fit, history WHERE (x, t_x) IN ((0, 0), (2, 4), (6, 6))}),
	'0.11 0.59 0.93', 'alive in the seventh year');
is($node->safe_psql('postgres', q{
	SELECT round(sum(customers * tcs.expected_purchases(m, h, '5 years'))::numeric, 1) FROM fit, history}),
	'12884.2', 'donations in the next five years');
is($node->safe_psql('postgres', q{
	SELECT round((11104 * tcs.churn_risk(m, tcs.purchase_history(0, 0, 0, 0), '6 years'))::numeric, 1),
		round((11104 * (SELECT exp(sum(ln((a + i) / (a + b + i) * (d + i) / (c + d + i)))) FROM generate_series(0, 5) AS i))::numeric, 1)
	FROM fit, LATERAL (SELECT (m->>'alpha')::float8 AS a, (m->>'beta')::float8 AS b, (m->>'gamma')::float8 AS c, (m->>'delta')::float8 AS d) AS s}),
	'3454.9|1253.1', 'who donates never, and every year');

$node->stop;
done_testing();
