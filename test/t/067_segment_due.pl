# Whose segment will be another, on which day: as asking the view of each day, for
# the customers of the demo's shop; and a nightly refresh of those who are due, which
# leaves everybody where a refresh of all would.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my $shop = dirname(abs_path(__FILE__)) . '/../shop.sql';
$node->command_ok(
	[ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-v', 'customers=2000', '-v', 'as_of=2026-06-30', '-d', $node->connstr('postgres'), '-f', $shop ],
	'a shop of 2000 customers');

$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	SET client_min_messages = error;
	CREATE VIEW purchases AS SELECT customer_id, ordered_at, round(amount * euros, 2) AS amount
		FROM shop.orders JOIN shop.currencies USING (currency) WHERE status <> 'cancelled';
	SELECT tcs.create_metrics('metrics', 'purchases', 'customer_id', 'ordered_at', 'amount', 'Europe/Berlin', 'shop.customers', 'customer_id', '2026-06-30');
	SELECT tcs.rule_set_put('by value', '{"default_segment": "rest", "rules": [
		{"segment": "call", "condition": "clv > 20 AND churn_risk BETWEEN 0.3 AND 0.8"}, {"segment": "gone", "condition": "p_alive < 0.2 OR churn_risk > 0.97"},
		{"segment": "dear", "condition": "value_at_risk > 25 AND expected_purchases < 3"}, {"segment": "weekly", "condition": "days_since_last % 7 = 3 AND r < 3"}]}');
	CREATE TABLE shown (day date, customer bigint, seen metrics);
	DO $$
	DECLARE day date;
	BEGIN
		FOR day IN SELECT generate_series(date '2026-06-30', '2026-08-29', '1 day') LOOP
			EXECUTE format('INSERT INTO shown SELECT %L, seen.customer, ROW(seen.*)::metrics FROM (%s) AS seen', day,
				tcs.metrics_sql('metrics', 'purchases', 'customer_id', 'ordered_at', 'amount', 'Europe/Berlin', 'shop.customers', 'customer_id', day));
		END LOOP;
	END $$});
for my $rules ('tcs.lifecycle', 'tcs.rfm', 'tcs.rfm_simple', 'tcs.churn_warning', 'tcs.value_tiers', 'by value')
{
	my ($same, $count) = split /\|/, $node->safe_psql(
		'postgres', qq{
		WITH assigned AS MATERIALIZED (SELECT customer, day, tcs.segment_assign('$rules', seen) AS segment FROM shown),
			by_day AS (SELECT DISTINCT ON (n.customer) n.customer::text, t.segment, n.segment, n.day
				FROM assigned AS n JOIN assigned AS t ON t.customer = n.customer AND t.day = '2026-06-30'
				WHERE n.segment IS DISTINCT FROM t.segment ORDER BY n.customer, n.day),
			ahead AS (SELECT * FROM tcs.segment_due('$rules', 'metrics', '2026-08-29'))
		SELECT NOT EXISTS ((SELECT * FROM by_day EXCEPT SELECT * FROM ahead) UNION ALL (SELECT * FROM ahead EXCEPT SELECT * FROM by_day)),
			(SELECT count(*) FROM ahead)});
	is($same, 't', "$rules: each of 60 days, $count are due");
	cmp_ok($count, $rules eq 'tcs.value_tiers' ? '<' : '>', $rules eq 'tcs.value_tiers' ? 1 : 100, "$rules: so many");
}

# Time passes where orders are a day older each night.  One segmentation is
# refreshed as a whole, the other for those who are due, who ordered since the
# list was made, and all where the list holds no longer.
$node->safe_psql(
	'postgres', q{
	SET client_min_messages = error;
	CREATE TABLE night (n integer);
	INSERT INTO night VALUES (0);
	CREATE TABLE shifted AS SELECT customer_id, (ordered_at AT TIME ZONE 'UTC')::date + (current_date - date '2026-06-30') AS day, amount FROM purchases;
	CREATE VIEW aging AS SELECT customer_id, day - n AS day, amount FROM shifted, night;
	SELECT tcs.create_metrics('live', 'aging', 'customer_id', 'day', 'amount');
	SELECT tcs.rule_set_put('live rules', tcs.rule_set_get('tcs.lifecycle'));
	SELECT tcs.create_segmentation('everybody', 'live', 'customer', 'live rules'), tcs.create_segmentation('due_only', 'live', 'customer', 'live rules');
	SELECT tcs.track_segmentation('due_only', 'shifted', 'customer_id');
	SELECT tcs.process_segmentation('due_only');
	CREATE TABLE due (key bigint, on_night integer);
	CREATE TABLE due_made (made integer, rules jsonb, fit bigint);
	CREATE PROCEDURE make_list() LANGUAGE sql AS $$
		TRUNCATE due, due_made;
		INSERT INTO due SELECT key::bigint, on_day - current_date + n FROM night, tcs.segment_due('live rules', 'live', current_date + 30);
		INSERT INTO due_made SELECT n, tcs.rule_set_get('live rules'), (SELECT max(id) FROM live_model) FROM night;
	$$;
	CREATE VIEW due_now AS
		SELECT key FROM due, night WHERE on_night <= n
		UNION SELECT customer_id FROM shifted, due_made WHERE day >= current_date + made
		UNION SELECT customer FROM live, due_made WHERE (rules, fit) IS DISTINCT FROM (tcs.rule_set_get('live rules'), (SELECT max(id) FROM live_model));
	CALL make_list()});
my $looked = 0;
my $moved = 0;
for my $night (1 .. 30)
{
	$node->safe_psql('postgres', 'UPDATE night SET n = n + 1');
	# orders come, of those who were there and of new ones
	$node->safe_psql('postgres', "INSERT INTO shifted SELECT c, current_date + $night, 10 FROM unnest('{17,100000,230}'::bigint[]) AS c") if $night == 5;
	# the rules change, and the models, at which the list is made anew
	$node->safe_psql('postgres', q{UPDATE tcs.rule SET condition = 'purchases > 0 AND days_since_first < 45' WHERE rule_set = 'live rules' AND segment = 'new'}) if $night == 12;
	$node->safe_psql('postgres', q{SET client_min_messages = error; SELECT tcs.refit_metrics('live')}) if $night == 20;
	my $all = $node->safe_psql('postgres', q{SELECT moved + entered + removed FROM tcs.refresh_segmentation('everybody')});
	my $keys = $node->safe_psql('postgres', q{SELECT customers FROM tcs.refresh_segmentation('due_only', ARRAY(SELECT key FROM due_now))});
	$looked += $keys unless $night == 12 || $night == 20;
	$moved += $all;
	my $differ = $node->safe_psql('postgres', 'SELECT count(*) FROM everybody AS e FULL JOIN due_only AS d USING (key) WHERE e.segment IS DISTINCT FROM d.segment OR e.key IS NULL OR d.key IS NULL');
	is($differ, '0', "night $night: as everybody");
	# what is found without a report has the cause that it would have in a refresh of all
	is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT cause, ' ' ORDER BY cause) || ' ' || bool_and(cause <> 'data' OR key IN (17, 230, 100000))
		FROM due_only_moves WHERE cause <> 'initial'}), 'data time true', 'the causes of the moves') if $night == 11;
	$node->safe_psql('postgres', q{SELECT tcs.refresh_segmentation('due_only'); CALL make_list()}) if $night == 12 || $night == 20;
}
cmp_ok($moved, '>', 100, 'some moved');
my $customers = $node->safe_psql('postgres', 'SELECT count(*) FROM everybody');
cmp_ok($looked, '<', 28 * $customers / 5, "$looked looked at in 28 nights, of $customers");

$node->stop;
done_testing();
