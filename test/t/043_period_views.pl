# The views of KPIs and cohorts of real logs, against plain SQL: as a whole, and by
# what a customer is and by how a row came in.  The data are not part of the project:
# TCS_SHARED names the directory that holds them, or it is beside the project.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{TCS_SHARED} || dirname(abs_path(__FILE__)) . '/../../../shared';
plan skip_all => "no reference data in $shared"
  unless -r "$shared/data/cdnow_transactions.csv" && -r "$shared/data/online_retail_days.csv";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql(
	'postgres', qq{
	CREATE EXTENSION tcs;
	CREATE TABLE cdnow_row (master_id int, id int, at date, cds int, amount numeric);
	\\copy cdnow_row FROM '$shared/data/cdnow_transactions.csv' (FORMAT csv, HEADER)
	CREATE TABLE retail_row (id int, at date, amount numeric);
	\\copy retail_row FROM '$shared/data/online_retail_days.csv' (FORMAT csv, HEADER)
	CREATE TABLE northwind_row (id int, at date, amount numeric);
	\\copy northwind_row FROM '$shared/data/northwind_days.csv' (FORMAT csv, HEADER)
	-- a country is the customer's, a channel the row's
	CREATE VIEW cdnow AS SELECT id, at, amount, 'c' || id % 3 AS country, least(cds, 3) AS channel, id || '/' || at AS no FROM cdnow_row;
	CREATE VIEW retail AS SELECT id, at, amount, 'c' || id % 5 AS country, at - date '2010-12-01' & 1 AS channel, id || '/' || at AS no FROM retail_row;
	CREATE VIEW northwind AS SELECT id, at, amount, 'c' || id % 2 AS country, at - date '1996-07-01' & 3 AS channel, id || '/' || at AS no FROM northwind_row;
	-- each row in two lines, with a deposit that is given back
	CREATE VIEW cdnow_lines AS SELECT id, at, s * 5 + amount * (s = 1)::int AS amount, country, channel, no FROM (
		SELECT id, at, sum(amount) AS amount, country, max(channel) AS channel, no FROM cdnow GROUP BY id, at, country, no) AS o, (VALUES (1), (-1)) AS v (s);
	CREATE VIEW cdnow_days AS SELECT id, at, sum(amount) AS amount, country, max(channel) AS channel, no FROM cdnow GROUP BY id, at, country, no;
});

# The same, from groups and windows.
sub kpis_by_hand
{
	my ($log, $by) = @_;
	my $told = $by ? "$by, " : '';

	return qq{
		WITH month AS (SELECT ${told}id, date_trunc('month', at)::date AS month, count(*) AS orders, sum(amount) AS revenue FROM $log GROUP BY ${told}id, month),
		followed AS (SELECT *, min(month) OVER c AS came, lag(month) OVER (PARTITION BY ${told}id ORDER BY month) AS before FROM month WINDOW c AS (PARTITION BY ${told}id))
		SELECT ${told}month, count(*), count(*) FILTER (WHERE month = came), count(*) FILTER (WHERE before = month - interval '1 month'), sum(orders), round(sum(revenue), 2),
			coalesce(round(sum(revenue) FILTER (WHERE month = came), 2), 0.00), round(sum(revenue) / sum(orders), 2)
		FROM followed GROUP BY ${told}month};
}

sub cohorts_by_hand
{
	my ($log, $by) = @_;
	my $told = $by ? "$by, " : '';
	my $came = $by ? "(array_agg($by ORDER BY at, $by))[1] AS $by, " : '';

	return qq{
		WITH customer AS (SELECT id, ${came}date_trunc('month', min(at))::date AS cohort FROM $log GROUP BY id),
		size AS (SELECT ${told}cohort, count(*) AS customers FROM customer GROUP BY ${told}cohort)
		SELECT ${told}cohort, date_trunc('month', at)::date AS month, customers, count(DISTINCT id), round(sum(amount), 2)
		FROM (SELECT id, at, amount FROM $log) AS l JOIN customer USING (id) JOIN size USING (${told}cohort) GROUP BY ${told}cohort, month, customers};
}

sub same
{
	my ($ours, $theirs, $least, $name) = @_;

	is($node->safe_psql('postgres', qq{
		WITH ours AS ($ours), theirs AS ($theirs)
		SELECT (SELECT count(*) FROM theirs) >= $least, (SELECT count(*) FROM ours) = (SELECT count(*) FROM theirs),
			(SELECT count(*) FROM (SELECT o::text FROM ours AS o EXCEPT SELECT t::text FROM theirs AS t) AS d)}), 't|t|0', $name);
}

my %last = (cdnow => '1998-06-30', retail => '2011-12-09', northwind => '1998-05-06', cdnow_days => '1998-06-30');
foreach my $log (sort keys %last)
{
	foreach my $by ('', 'country', 'channel')
	{
		my $of = $log eq 'cdnow_days' ? 'cdnow_lines' : $log;
		my $arguments = "NULL, '$of', 'id', 'at', 'amount', as_of => '$last{$log}'"
		  . ($by ? ", by => '$by'" : '') . ($of ne $log ? ", order_id => 'no'" : '');
		my $kpis = $node->safe_psql('postgres', "SELECT tcs.kpis_sql($arguments)");
		my $cohorts = $node->safe_psql('postgres', "SELECT tcs.cohorts_sql($arguments)");
		my $told = $by ? "$by, " : '';
		my $level = $by ? 'AND level = 1' : '';

		same("SELECT ${told}period_start, active, new_customers, retained, orders, revenue, revenue_new, average_order FROM ($kpis) AS k WHERE active > 0 $level",
			kpis_by_hand($log, $by), 12, "KPIs of $of by '$by'");
		same("SELECT ${told}cohort, period_start, customers, active, revenue FROM ($cohorts) AS c WHERE active > 0 $level",
			cohorts_by_hand($log, $by), 5, "cohorts of $of by '$by'");
		next if !$by;

		my $whole = $node->safe_psql('postgres', "SELECT tcs.kpis_sql(" . ($arguments =~ s/, by => '\w+'//r) . ')');
		my $whole_cohorts = $node->safe_psql('postgres', "SELECT tcs.cohorts_sql(" . ($arguments =~ s/, by => '\w+'//r) . ')');
		same("SELECT to_jsonb(k) - 'level' - '$by' FROM ($kpis) AS k WHERE level = 0", "SELECT to_jsonb(k) FROM ($whole) AS k", 12, "the whole of $of by '$by'");
		same("SELECT to_jsonb(k) - 'level' - '$by' FROM ($cohorts) AS k WHERE level = 0", "SELECT to_jsonb(k) FROM ($whole_cohorts) AS k", 5, "the whole of the cohorts of $of by '$by'");
	}
}

$node->stop;
done_testing();
