# Predictions for the customers of CDNOW against reference figures that were
# worked out in two independent ways.  The data are not part of the
# repository: TCS_SHARED names the directory, ../shared unless set.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = ($ENV{TCS_SHARED} // '../shared') . '/reference';
plan skip_all => "no reference figures in $shared"
  unless -r "$shared/predictions_full_cdnow.csv";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION tcs');

# Tables of text columns, named as in the first line.
sub load
{
	my ($table, $file) = @_;
	open my $csv, '<', "$shared/$file" or die "$file: $!";
	my @columns = split /,/, <$csv> =~ s/\s+$//r;
	my $rows = do { local $/; <$csv> };
	$node->safe_psql('postgres',
			"CREATE TABLE $table ("
		  . join(', ', map { qq("\L$_" text) } grep { $_ ne '' } @columns)
		  . ");\nCOPY $table FROM stdin WITH (FORMAT csv);\n$rows\\.\n");
	return;
}
load('parameter', 'parameters_mle.csv');
load('full_cdnow', 'predictions_full_cdnow.csv');
load('chosen', 'predictions_cdnow.csv');

# Times there are in weeks; the parameters are those of the data set cdnow.
$node->safe_psql(
	'postgres', q{
	CREATE FUNCTION given(of_model text, name text) RETURNS float8 LANGUAGE sql AS
	$$SELECT value::float8 FROM parameter WHERE dataset = 'cdnow' AND model = of_model AND param = name$$;
	CREATE TABLE model AS
	SELECT name, tcs.btyd_model(family, given(name, 'r'), given(name, 'alpha'), given(name, a), given(name, b), '7 days') AS model
	FROM (VALUES ('bgnbd', 'bg/nbd', 'a', 'b'), ('mbgnbd', 'mbg/nbd', 'a', 'b'), ('pnbd', 'pareto/nbd', 's', 'beta')) AS m (name, family, a, b);
	CREATE TABLE spend AS SELECT tcs.spend_model(given('gg', 'p'), given('gg', 'q'), given('gg', 'v')) AS spend;
	CREATE FUNCTION history(c jsonb) RETURNS tcs.purchase_history LANGUAGE sql AS
	$$SELECT ROW(1, 0, '1997-01-01', '1997-01-01', (c->>'x')::int, 7 * (c->>'t_x')::float8, 7 * (c->>'t')::float8, (c->>'m_x')::float8, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history$$;
});

# The months of the reference have 4.345 weeks at 1 percent: what clv is made
# of, with that month.
my $compare = q{
	SELECT count(*) || ' ' || coalesce(string_agg(DISTINCT what, ' ') FILTER (WHERE NOT abs(got / wanted - 1) < 1e-9), 'all agree')
	FROM (SELECT to_jsonb(one) AS c, history(to_jsonb(one)) AS h FROM %s AS one) AS c, model, spend,
		LATERAL (SELECT sum((tcs.expected_purchases(model, h, make_interval(secs => n * 4.345 * 7 * 86400))
			- tcs.expected_purchases(model, h, make_interval(secs => (n - 1) * 4.345 * 7 * 86400))) * 1.01 ^ -n) AS purchases
			FROM generate_series(1, 12) AS n) AS p,
		LATERAL (VALUES
			(name || '_p_alive', tcs.p_alive(model, h)),
			(name || '_exp_purch', tcs.expected_purchases(model, h, '273 days')),
			(name || '_p_no_purchase', tcs.churn_risk(model, h, '273 days')),
			(name || '_clv12_1pct', tcs.expected_spend(spend, h) * purchases),
			(name || '_dert_15pct_annual', tcs.dert(model, h, 1.15 ^ (365.25 / 364) - 1)),
			('gg_expected_spend', tcs.expected_spend(spend, h))) AS f (what, got),
		LATERAL (SELECT (c->>what)::float8 AS wanted) AS w
	WHERE wanted IS NOT NULL};

# 2,357 customers: p_alive, exp_purch, p_no_purchase and clv of three families,
# expected_spend three times
is($node->safe_psql('postgres', sprintf($compare, 'full_cdnow')),
	2357 * 15 . ' all agree', 'all customers');
like($node->safe_psql('postgres', sprintf($compare, 'chosen')),
	qr{^[1-9]\d* all agree$}, 'the customers in high precision');

$node->stop;
done_testing();
