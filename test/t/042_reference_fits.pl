# The models fitted on public data, against estimates that were obtained in two
# other ways.  The data are not part of the project: TCS_SHARED names the
# directory that holds them, or it is beside the project.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{TCS_SHARED} || dirname(abs_path(__FILE__)) . '/../../../shared';
plan skip_all => "no reference data in $shared"
  unless -r "$shared/reference/parameters_mle.csv";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql(
	'postgres', qq{
	CREATE EXTENSION tcs;
	CREATE TABLE customer (id int, x float8, t_x float8, t float8, m_x float8, x_star int, spend_star float8,
		x_published float8, t_x_published float8, t_published float8, m_x_published float8);
	\\copy customer FROM '$shared/data/cdnow_customers.csv' (FORMAT csv, HEADER)
	CREATE TABLE parameter (dataset text, model text, param text, value float8, std_error float8);
	\\copy parameter FROM '$shared/reference/parameters_mle.csv' (FORMAT csv, HEADER)
});

# Both data sets are in weeks; models are in days.
$node->safe_psql(
	'postgres', q{
	CREATE TABLE history AS
		SELECT 'cdnow' AS dataset, id, tcs.purchase_history(x_published, t_x_published, t_published, m_x_published, '7 days') AS h FROM customer
		UNION ALL
		SELECT 'cdnow_unrounded', id, tcs.purchase_history(x, t_x, t, m_x, '7 days') FROM customer;
	CREATE TABLE fit AS
		SELECT dataset, family, tcs.btyd_fit(h, name) AS model
		  FROM history, (VALUES ('bgnbd', 'bg/nbd'), ('mbgnbd', 'mbg/nbd'), ('pnbd', 'pareto/nbd')) AS f (family, name)
		 GROUP BY dataset, family, name});

# Every figure with what it should be, and how far off it may be: parameters
# and standard errors relative, the likelihood absolute.
my $figures = $node->safe_psql(
	'postgres', q{
	SELECT p.dataset, p.model, param, s.value / days, p.value, (s.standard_error / days), std_error
	  FROM parameter p JOIN fit f ON f.dataset = p.dataset AND f.family = p.model,
		   LATERAL tcs.model_summary(f.model) AS s,
		   LATERAL (SELECT CASE WHEN param IN ('alpha', 'beta') THEN 7 ELSE 1 END AS days) AS d
	 WHERE s.name = param
	 UNION ALL
	SELECT dataset, p.model, param,
		   (f.model ->> 'log_likelihood')::float8 + ln(7::float8) * (SELECT sum((h).x) FROM history h WHERE h.dataset = f.dataset),
		   p.value, NULL, NULL
	  FROM parameter p JOIN fit f USING (dataset)
	 WHERE f.family = p.model AND param = 'loglik'
	 UNION ALL
	SELECT dataset, p.model, param, (f.model ->> CASE param WHEN 'n_customers' THEN 'customers' ELSE 'tuples' END)::float8, p.value, NULL, NULL
	  FROM parameter p JOIN fit f USING (dataset)
	 WHERE f.family = p.model AND param IN ('n_customers', 'n_distinct_tuples')
	 ORDER BY 1, 2, 3});
my $count = 0;
for my $line (split /\n/, $figures)
{
	my ($dataset, $model, $param, $got, $wanted, $error, $wanted_error) = split /\|/, $line;
	my $name = "$dataset $model $param";
	my $off = abs($got - $wanted);

	$count++;
	if ($param eq 'loglik') { cmp_ok($off, '<', 1e-4, $name); }
	elsif ($param =~ /^n_/) { is($off, 0, $name); }
	else
	{
		my $tolerance = $model eq 'pnbd' && $param eq 'beta' ? 1e-5 : 1e-6;
		cmp_ok($off / $wanted, '<', $tolerance, $name);
		cmp_ok(abs($error - $wanted_error) / $wanted_error, '<', 1e-3, "$name, standard error");
	}
}
is($count, 2 * 3 * 7, 'all figures were compared');

$node->stop;
done_testing();
