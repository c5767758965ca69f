# Long fits can be cancelled wherever they are; and memory is given back.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
	autovacuum = off
	max_parallel_workers_per_gather = 0
	work_mem = '256MB'
	jit = off});
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION tcs;
	CREATE TABLE value AS
	SELECT ((i::bigint * 7919) % 1000003)::float8 AS v, (i % 5)::float8 AS tie, -1::float8 AS loss, NULL::float8 AS missing
	FROM generate_series(1, 1000000) AS i;
	CREATE TABLE history AS
	SELECT tcs.purchase_history(v::int % 20, CASE WHEN v::int % 20 > 0 THEN 1 + v::int % 499 ELSE 0 END, 500 + v::int % 301, CASE WHEN v::int % 20 > 0 THEN 1 + v ELSE 0 END) AS h
	FROM value;
	CREATE VIEW customer AS SELECT value.*, v::int % 7 AS segment, 'name ' || v::int % 9000 AS name FROM value, generate_series(1, 4);
	INSERT INTO tcs.scorecard (name) VALUES ('s');
	INSERT INTO tcs.factor (scorecard, factor, expression, hi) VALUES ('s', 'v', 'v', 1000000), ('s', 'tie', 'tie', 4), ('s', 'segment', 'segment', 6);
	INSERT INTO tcs.trait_set (name) VALUES ('t');
	INSERT INTO tcs.trait (trait_set, trait, measure, value) VALUES ('t', 'n', 'count', NULL), ('t', 'names', 'distinct', 'name'), ('t', 'name', 'last', 'name');
	INSERT INTO tcs.trait (trait_set, trait, measure, steps) VALUES ('t', 'way', 'sequence', '{tie > 1,tie < 3,segment = 0}');
	CREATE VIEW event AS SELECT customer.*, current_date - v::int % 100 AS day FROM customer;
	SELECT tcs.create_traits('trait', 'event', 'segment', 'day', 't');
	INSERT INTO tcs.rule_set (name, default_segment) VALUES ('t', 'rest');
	INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('t', 10, 'many', 'n > 1000');
	VACUUM ANALYZE value, history});

# What is asked for, a second or more of work each.
my %query = (
	'rfm_fit' => 'SELECT tcs.rfm_fit(v, v, v) FROM value, generate_series(1, 6)',
	'gini of ties' => 'SELECT tcs.gini(tie) FROM value, generate_series(1, 20)',
	'lorenz' => 'SELECT tcs.lorenz(v, 10000) FROM value, generate_series(1, 9)',
	'rfm_score' => 'SELECT count(s) FROM (SELECT tcs.rfm_score(v, v, v) OVER () AS s FROM value, generate_series(1, 2)) AS q',
	'abc_tier' => 'SELECT count(t) FROM (SELECT tcs.abc_tier(v) OVER () AS t FROM value, generate_series(1, 3)) AS q',
	'abc_tier of losses' => 'SELECT count(t) FROM (SELECT tcs.abc_tier(loss) OVER () AS t FROM value, generate_series(1, 3)) AS q',
	'purchase_history' => q{SELECT tcs.purchase_history(date '2000-01-01' + v::int, v, '9999-12-31') FROM value, generate_series(1, 5)},
	'btyd_fit' => q{SELECT tcs.btyd_fit(h) FROM history, generate_series(1, 8)},
	'btyd_fit of fractions' => q{SELECT tcs.btyd_fit(tcs.purchase_history((h).x, (h).t_x, (h).t, 0, '11 hours')) FROM history, generate_series(1, 2)},
	'btyd_fit pareto/nbd' => q{SELECT tcs.btyd_fit(h, 'pareto/nbd') FROM history},
	'spend_fit' => q{SELECT tcs.spend_fit(h) FROM history, generate_series(1, 6)},
	'kmeans_fit' => q{SELECT tcs.kmeans_fit(f) FROM value, LATERAL (SELECT v, tie, v::int % 17 AS a, v::int % 19 AS b) AS f},
	'logit_fit' => q{SELECT tcs.logit_fit(value.v::int % 10 < value.tie, f) FROM value, LATERAL (SELECT v, tie, v::int % 17 AS a, v::int % 19 AS b, v::int % 5 = 0 AS c) AS f},
	'tree_fit' => q{SELECT tcs.tree_fit(tie > 2, ROW(v, sqrt(v), tie, 'l' || v::int % 40000)) FROM value},
	'churn_fit' => q{SELECT tcs.churn_fit(h, (h).t::int % 3 = 0, date '2024-01-01' + (h).t::int % 5, date '2024-07-01' + (h).t::int % 5, '{"model": "nbd", "version": 1, "r": 1, "alpha": 40}', '12 months') FROM history},
	'auc' => q{SELECT tcs.auc(v, v::int % 3 = 0) FROM value, generate_series(1, 6)},
	'qini' => q{SELECT tcs.qini(v, tie > 2, v) FROM value, generate_series(1, 6)},
	'funnel' => q{SELECT tcs.funnel(timestamp '2024-01-01' + v * interval '1 hour', 1 + tie::int, '1 day') FROM value, generate_series(1, 10)},
	'funnel_steps' => q{SELECT tcs.funnel_steps(ARRAY[timestamp '2024-01-01', timestamp '2024-01-01' + v * interval '1 hour']) FROM value, generate_series(1, 8)},
	'funnel of named steps' => q{SELECT tcs.funnel(timestamp '2024-01-01' + v * interval '1 hour', 's' || tie, '{s0,!s4,s1,< 1 day,s2,s3}', '2 days') FROM value, generate_series(1, 6)},
	'first' => q{SELECT tcs.first(v, date '2000-01-01' + v::int) FROM value, generate_series(1, 20)},
	'most_frequent' => q{SELECT tcs.most_frequent(v) FROM value, generate_series(1, 4)},
	'sessions' => q{SELECT tcs.sessions(timestamp '2024-01-01' + v * interval '1 hour', '30 minutes') FROM value, generate_series(1, 9)},
	'trait_check' => q{SELECT * FROM tcs.trait_check('t', 'customer')},
	'trait_explain' => q{SELECT * FROM tcs.trait_explain('trait', 1)},
	'segment_due over traits' => q{SELECT * FROM tcs.segment_due('t', 'trait', current_date + 5)},
	'duration' => q{SELECT tcs.duration(v * interval '1 second', tie > 1) FROM value, generate_series(1, 9)},
	'key_drivers' => q{SELECT tcs.key_drivers(v, ROW(tie, v::int % 3, v::int % 5, v::int % 7, v::int % 11, v::int % 13, v::int % 17, v::int % 19, v::int % 23, v::int % 29, v::int % 31, v::int % 37, v::int % 41, v::int % 43)) FROM value, generate_series(1, 4)},
	'points' => q{SELECT tcs.points(date '2000-01-01' + v::int % 99999, CASE WHEN tie > 1 THEN 1 ELSE -1 END, '9999-12-31', date '2000-01-01' + v::int, date '2000-01-01' + v::int % 99999 / 2) FROM value, generate_series(1, 6)},
	'persona' => q{SELECT * FROM tcs.persona('customer', 'segment')},
	'scorecard_check' => q{SELECT * FROM tcs.scorecard_check('s', 'customer')},
	'purchase_periods' => q{SELECT tcs.purchase_periods(date '2000-01-01' + v::int, v, '9999-12-31', 'day') FROM value, generate_series(1, 8)},
	'period_cv' => q{SELECT tcs.period_cv(date '2000-01-01' + v::int, v, '9999-12-31', 'day') FROM value, generate_series(1, 5)});

# Cancel each at several moments, by a statement_timeout: the answer comes soon.
# The limit is generous, for machines that have other things to do, and what was
# late is tried again: a loop that does not look for a cancel request is late
# each time, by seconds.
for my $name (sort keys %query)
{
	my $slowest   = 0;
	my $cancelled = 0;
	for my $after (125, 500, 1500)
	{
		my ($code, $stderr, $late);
		for my $try (1 .. 4)
		{
			my $begun = time;
			($code, undef, $stderr) = $node->psql('postgres',
				"SET tcs.fit_memory = '4GB'; SET statement_timeout = $after; $query{$name}");
			my $took = time - $begun - $after / 1000;
			$late = $took unless defined $late && $late < $took;
			last if $code == 0 || $late < 2;
		}
		last if $code == 0;
		like($stderr, qr/canceling statement due to statement timeout/, "$name is cancelled");
		$cancelled++;
		$slowest = $late if $late > $slowest;
	}
	cmp_ok($cancelled, '>', 0, "$name takes long enough");
	cmp_ok($slowest, '<', 2, "$name answers soon") or diag("after $slowest s");
	note("$name: answer after $slowest s at most");
}

# Memory that a backend holds does not grow with groups, statements or errors.
my $work = q{
SELECT count(h), count(o), count(cv), count(rfm), count(abc), count(g), count(l) FROM (
	SELECT tcs.purchase_history(timestamptz '2024-01-01' + v::int % 5000 * interval '1 hour', tie, '2024-12-31', zone) AS h,
		tcs.holdout(date '2024-01-01' + tie::int, tie, '2024-01-02', '2024-12-31') AS o,
		tcs.period_cv(date '2024-01-01' + tie::int, tie, '2024-12-31', 'month') AS cv,
		tcs.rfm_fit(v, tie, v, 7) AS rfm, tcs.abc_fit(v, '{0.3,0.6}') AS abc, tcs.gini(tie) AS g, tcs.lorenz(v, 3) AS l
	FROM (SELECT * FROM value LIMIT 20000) AS s, (VALUES ('Europe/Berlin'), ('Asia/Tokyo')) AS z(zone) GROUP BY v::int % 9000, zone) AS q;
SELECT count(tcs.rfm_segment(s)), count(t), count(tcs.abc_tier(abc, v)), count(tcs.rfm_score(rfm, v, tie, v)) FROM (
	SELECT v, tie, tcs.rfm_score(v, tie, v) OVER (PARTITION BY v::int % 2000) AS s, tcs.abc_tier(v, '{0.5}') OVER (PARTITION BY v::int % 3000) AS t
	FROM (SELECT * FROM value LIMIT 20000) AS s) AS q, (SELECT tcs.rfm_fit(v, tie, v) AS rfm, tcs.abc_fit(v) AS abc FROM value WHERE v < 1000) AS m;
SELECT count(b), count(s), count(p), count(g), count(a), count(c), count(r) FROM (
	SELECT v::int % 60 AS n, tcs.btyd_fit(h) AS b, tcs.spend_fit(h) AS s, tcs.btyd_fit(h, 'pareto/nbd') AS p, tcs.sbg_fit(1 + v::int % 7, tie < 3) AS g,
		tcs.auc(v, tie > 2) AS a, tcs.calibration(tie / 5, tie > 2, 3) AS c, tcs.rmse(v, tie) AS r
	FROM (SELECT v, tie, tcs.purchase_history(v::int % 5, CASE WHEN v::int % 5 > 0 THEN 9 ELSE 0 END, 10, CASE WHEN v::int % 5 > 0 THEN v ELSE 0 END) AS h FROM value LIMIT 20000) AS q
	GROUP BY 1) AS q WHERE n >= 0;
-- a model for each row
SELECT count(tcs.clv(tcs.btyd_model('bg/nbd', 1 + v, 2, 3, 4), tcs.spend_model(2, 3 + v, 4), tcs.purchase_history(3, 4, 5 + v, 6), '1 year', 1, 0.1)) FROM value WHERE v < 1000;
SELECT count(tcs.rfm_score(tcs.rfm_model(ARRAY[v], ARRAY[v], ARRAY[v]), v, v, v)) FROM value WHERE v < 20000;
SELECT tcs.gini(-v) FROM value LIMIT 10;
SET tcs.fit_memory = '64kB';
SELECT tcs.rfm_fit(v, v, v) FROM value LIMIT 10;
RESET tcs.fit_memory;
};
my $held = 'SELECT sum(total_bytes) AS held FROM pg_backend_memory_contexts';
my (undef, $stdout, $stderr) = $node->psql(
	'postgres',
	"$work$work$held \\gset before_\n" . $work x 4 . "$held \\gset after_\n"
	  . q{SELECT 'grown by ' || greatest(:after_held - :before_held - 65536, 0);},
	on_error_stop => 0);
like($stdout, qr/^grown by 0$/m, 'four times the work leaves nothing behind');
is(scalar(my @done = $stdout =~ /^(\d{5}\|){6}\d{5}$/mg), 6, 'it was done');
is(scalar(my @refused = $stderr =~ /value must not be negative|tcs.fit_memory allows/g), 12, 'with errors in between');

# Within a statement, a million groups take what their states take.
($stdout) = $node->safe_psql(
	'postgres', q{
	SET work_mem = '1GB';
	SET tcs.fit_memory = '64kB';
	SELECT count(h) FROM (SELECT tcs.purchase_history(date '2024-01-01', tie, '2024-12-31') AS h FROM value GROUP BY v) AS s});
is($stdout, '1000000', 'a million groups');

$node->stop;
done_testing();
