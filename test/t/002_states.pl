# Serialized states that nobody has written: crafted, truncated, with bits
# turned over.  Each is read as a valid state or refused, by an error that is
# foreseen; the server goes on.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What calls the functions is a module of its own, which needs a compiler.
sub pg_config
{
	my ($output, undef) = run_command([ 'pg_config', @_ ]);
	return $output;
}
my ($compiler) = split ' ', pg_config('--cc');
plan skip_all => "no compiler $compiler" if system("$compiler --version >/dev/null 2>&1") != 0;
plan skip_all => 'no server headers'
  unless -f pg_config('--includedir-server') . '/postgres.h';

my $module = PostgreSQL::Test::Utils::tempdir() . '/states.so';
command_ok(
	[
		$compiler, '-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-fwrapv',
		'-fno-strict-aliasing', '-I' . pg_config('--includedir-server'),
		'-o', $module, 'test/modules/states.c'
	],
	'the module is compiled');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'");
$node->start;
$node->safe_psql(
	'postgres', qq{
	CREATE EXTENSION tcs;
	CREATE FUNCTION states_try(bytea, regprocedure, regprocedure, regprocedure, regprocedure)
		RETURNS text LANGUAGE c STRICT AS '$module', 'states_try';
	CREATE FUNCTION states_call_outside(regprocedure)
		RETURNS void LANGUAGE c STRICT AS '$module', 'states_call_outside';
} . q{
	-- What an aggregate hands from a worker to the leader.
	CREATE AGGREGATE history_bytes(timestamptz, float8, date, text) (SFUNC = tcs_internal.purchase_history_trans,
		STYPE = internal, FINALFUNC = tcs_internal.purchase_history_serial);
	CREATE AGGREGATE log_bytes(timestamptz, numeric, text) (SFUNC = tcs_internal.purchase_log_trans,
		STYPE = internal, FINALFUNC = tcs_internal.purchase_log_serial);
	CREATE AGGREGATE holdout_bytes(date, float8, date, date) (SFUNC = tcs_internal.holdout_trans,
		STYPE = internal, FINALFUNC = tcs_internal.holdout_serial);
	CREATE AGGREGATE cv_bytes(timestamptz, float8, date, text, text) (SFUNC = tcs_internal.period_cv_trans,
		STYPE = internal, FINALFUNC = tcs_internal.period_cv_serial);
	CREATE AGGREGATE periods_bytes(timestamptz, float8, date, text, text) (SFUNC = tcs_internal.purchase_periods_trans,
		STYPE = internal, FINALFUNC = tcs_internal.purchase_periods_serial);
	CREATE AGGREGATE rfm_bytes(float8, float8, float8, int) (SFUNC = tcs_internal.rfm_fit_trans,
		STYPE = internal, FINALFUNC = tcs_internal.rfm_fit_serial);
	CREATE AGGREGATE abc_bytes(float8, float8[]) (SFUNC = tcs_internal.abc_fit_trans,
		STYPE = internal, FINALFUNC = tcs_internal.distribution_serial);
	CREATE AGGREGATE gini_bytes(float8) (SFUNC = tcs_internal.gini_trans,
		STYPE = internal, FINALFUNC = tcs_internal.distribution_serial);
	CREATE AGGREGATE lorenz_bytes(float8, int) (SFUNC = tcs_internal.lorenz_trans,
		STYPE = internal, FINALFUNC = tcs_internal.distribution_serial);
	CREATE AGGREGATE btyd_bytes(tcs.purchase_history, text) (SFUNC = tcs_internal.btyd_fit_trans,
		STYPE = internal, FINALFUNC = tcs_internal.btyd_fit_serial);
	CREATE AGGREGATE churn_bytes(tcs.purchase_history, bool, date, date, jsonb, interval) (SFUNC = tcs_internal.churn_fit_trans,
		STYPE = internal, FINALFUNC = tcs_internal.churn_fit_serial);
	CREATE AGGREGATE spend_bytes(tcs.purchase_history) (SFUNC = tcs_internal.spend_fit_trans,
		STYPE = internal, FINALFUNC = tcs_internal.spend_fit_serial);
	CREATE AGGREGATE sbg_bytes(int, bool, bigint) (SFUNC = tcs_internal.sbg_fit_trans,
		STYPE = internal, FINALFUNC = tcs_internal.sbg_fit_serial);
	CREATE AGGREGATE auc_bytes(float8, bool) (SFUNC = tcs_internal.auc_trans,
		STYPE = internal, FINALFUNC = tcs_internal.scored_serial);
	CREATE AGGREGATE lift_bytes(float8, bool, float8) (SFUNC = tcs_internal.lift_trans,
		STYPE = internal, FINALFUNC = tcs_internal.scored_serial);
	CREATE AGGREGATE calibration_bytes(float8, bool, int) (SFUNC = tcs_internal.calibration_trans,
		STYPE = internal, FINALFUNC = tcs_internal.scored_serial);
	CREATE AGGREGATE uplift_bytes(float8, bool, bool, int) (SFUNC = tcs_internal.uplift_trans,
		STYPE = internal, FINALFUNC = tcs_internal.ranked_serial);
	CREATE AGGREGATE cutoff_bytes(float8, float8, float8) (SFUNC = tcs_internal.cutoff_trans,
		STYPE = internal, FINALFUNC = tcs_internal.ranked_serial);
	CREATE AGGREGATE error_bytes(float8, float8) (SFUNC = tcs_internal.mae_trans,
		STYPE = internal, FINALFUNC = tcs_internal.mean_error_serial);
	CREATE AGGREGATE funnel_bytes(timestamptz, int, interval) (SFUNC = tcs_internal.funnel_trans,
		STYPE = internal, FINALFUNC = tcs_internal.funnel_serial);
	CREATE AGGREGATE funnel_bytes(date, int, interval) (SFUNC = tcs_internal.funnel_trans,
		STYPE = internal, FINALFUNC = tcs_internal.funnel_serial);
	CREATE AGGREGATE duration_bytes(interval, boolean, interval) (SFUNC = tcs_internal.duration_trans,
		STYPE = internal, FINALFUNC = tcs_internal.duration_serial);
	CREATE AGGREGATE points_bytes(timestamptz, numeric, date, interval, timestamptz, text) (SFUNC = tcs_internal.points_trans,
		STYPE = internal, FINALFUNC = tcs_internal.points_serial);
	CREATE AGGREGATE named_bytes(timestamptz, text[], text[], interval, timestamptz) (SFUNC = tcs_internal.funnel_named_trans,
		STYPE = internal, FINALFUNC = tcs_internal.funnel_named_serial);
	CREATE AGGREGATE named_steps_bytes(date[], text[]) (SFUNC = tcs_internal.funnel_steps_trans,
		STYPE = internal, FINALFUNC = tcs_internal.funnel_steps_serial);
	CREATE AGGREGATE steps_bytes(timestamp[]) (SFUNC = tcs_internal.funnel_steps_trans,
		STYPE = internal, FINALFUNC = tcs_internal.funnel_steps_serial);
	CREATE AGGREGATE retention_bytes(timestamptz, date, text, text) (SFUNC = tcs_internal.retention_trans,
		STYPE = internal, FINALFUNC = tcs_internal.retention_serial);
	CREATE AGGREGATE start_bytes(timestamptz, timestamptz, date, text, text) (SFUNC = tcs_internal.retention_start_trans,
		STYPE = internal, FINALFUNC = tcs_internal.retention_start_serial);
	CREATE AGGREGATE table_bytes(tcs.retention) (SFUNC = tcs_internal.retention_table_trans,
		STYPE = internal, FINALFUNC = tcs_internal.retention_table_serial);
	CREATE AGGREGATE rate_bytes(bool, float8) (SFUNC = tcs_internal.rate_trans,
		STYPE = internal, FINALFUNC = tcs_internal.tally_serial);
	CREATE AGGREGATE nps_bytes(float8) (SFUNC = tcs_internal.nps_trans,
		STYPE = internal, FINALFUNC = tcs_internal.tally_serial);
	CREATE AGGREGATE csat_bytes(float8, float8) (SFUNC = tcs_internal.csat_trans,
		STYPE = internal, FINALFUNC = tcs_internal.tally_serial);
	CREATE AGGREGATE effect_bytes(text, float8) (SFUNC = tcs_internal.ab_effect_trans,
		STYPE = internal, FINALFUNC = tcs_internal.ab_effect_serial);
	CREATE AGGREGATE effect_bytes(bool, bool) (SFUNC = tcs_internal.ab_effect_trans,
		STYPE = internal, FINALFUNC = tcs_internal.ab_effect_serial);
	CREATE AGGREGATE effect_bytes(text, float8, float8, float8, float8) (SFUNC = tcs_internal.ab_effect_trans,
		STYPE = internal, FINALFUNC = tcs_internal.ab_effect_serial);
	CREATE AGGREGATE effect_bytes(tcs.ab_customer) (SFUNC = tcs_internal.ab_effect_trans,
		STYPE = internal, FINALFUNC = tcs_internal.ab_effect_serial);
	CREATE AGGREGATE customer_bytes(text, float8, float8) (SFUNC = tcs_internal.ab_customer_trans,
		STYPE = internal, FINALFUNC = tcs_internal.ab_customer_serial);
	CREATE AGGREGATE ratio_bytes(text, text[], float8[]) (SFUNC = tcs_internal.ab_sample_ratio_trans,
		STYPE = internal, FINALFUNC = tcs_internal.ab_sample_ratio_serial);

	CREATE AGGREGATE features_bytes(bool, "any", jsonb) (SFUNC = tcs_internal.tree_fit_trans,
		STYPE = internal, FINALFUNC = tcs_internal.features_serial);
	CREATE AGGREGATE features_bytes(float8, "any") (SFUNC = tcs_internal.tree_fit_trans,
		STYPE = internal, FINALFUNC = tcs_internal.features_serial);
	CREATE AGGREGATE features_bytes(text, "any") (SFUNC = tcs_internal.tree_fit_trans,
		STYPE = internal, FINALFUNC = tcs_internal.features_serial);
	CREATE AGGREGATE groups_bytes("any", jsonb) (SFUNC = tcs_internal.kmeans_fit_trans,
		STYPE = internal, FINALFUNC = tcs_internal.features_serial);
	CREATE AGGREGATE known_bytes(tcs.purchase_history, bool, date, date, jsonb, interval, "any") (SFUNC = tcs_internal.churn_fit_trans,
		STYPE = internal, FINALFUNC = tcs_internal.churn_fit_serial);
	CREATE AGGREGATE first_bytes(text, date) (SFUNC = tcs_internal.first_trans,
		STYPE = internal, FINALFUNC = tcs_internal.first_last_serial);
	CREATE AGGREGATE last_bytes(float8, timestamptz) (SFUNC = tcs_internal.last_trans,
		STYPE = internal, FINALFUNC = tcs_internal.first_last_serial);
	CREATE AGGREGATE frequency_bytes(text) (SFUNC = tcs_internal.frequency_trans,
		STYPE = internal, FINALFUNC = tcs_internal.frequency_serial);
	CREATE AGGREGATE frequency_bytes(int) (SFUNC = tcs_internal.frequency_trans,
		STYPE = internal, FINALFUNC = tcs_internal.frequency_serial);
	CREATE AGGREGATE sessions_bytes(timestamptz, interval) (SFUNC = tcs_internal.sessions_trans,
		STYPE = internal, FINALFUNC = tcs_internal.sessions_serial);

	-- The final function may be that of another aggregate with the same state.
	CREATE TABLE kind (kind text, prefix text, final text);
	INSERT INTO kind VALUES
		('history', 'purchase_history', 'purchase_history'), ('history', 'purchase_history', 'holdout'),
		('log', 'purchase_log', 'purchase_log'), ('holdout', 'holdout', 'holdout'), ('holdout', 'holdout', 'purchase_history'), ('cv', 'period_cv', 'period_cv'), ('periods', 'purchase_periods', 'purchase_periods'),
		('rfm', 'rfm_fit', 'rfm_fit'), ('abc', 'distribution', 'abc_fit'), ('abc', 'distribution', 'gini'),
		('gini', 'distribution', 'gini'), ('gini', 'distribution', 'lorenz'), ('gini', 'distribution', 'abc_fit'),
		('lorenz', 'distribution', 'lorenz'), ('btyd', 'btyd_fit', 'btyd_fit'), ('spend', 'spend_fit', 'spend_fit'), ('sbg', 'sbg_fit', 'sbg_fit'),
		('auc', 'scored', 'auc'), ('auc', 'scored', 'calibration'), ('lift', 'scored', 'lift'), ('lift', 'scored', 'calibration'),
		('calibration', 'scored', 'calibration'), ('calibration', 'scored', 'lift'), ('error', 'mean_error', 'mean_error'), ('error', 'mean_error', 'rmse'),
		('funnel', 'funnel', 'funnel_timestamptz'), ('days', 'funnel', 'funnel_date'), ('steps', 'funnel_steps', 'funnel_steps'),
		('retention', 'retention', 'retention'), ('table', 'retention_table', 'retention_table');
	INSERT INTO kind VALUES
		('uplift', 'ranked', 'uplift'), ('uplift', 'ranked', 'qini'), ('uplift', 'ranked', 'capture'), ('cutoff', 'ranked', 'cutoff'), ('cutoff', 'ranked', 'uplift'), ('cutoff', 'ranked', 'capture'),
		('rate', 'tally', 'rate'), ('rate', 'tally', 'nps'), ('nps', 'tally', 'nps'), ('nps', 'tally', 'rate'), ('csat', 'tally', 'csat'), ('csat', 'tally', 'rate'),
		('means', 'ab_effect', 'ab_effect'), ('shares', 'ab_effect', 'ab_effect'), ('ratio', 'ab_sample_ratio', 'ab_sample_ratio'),
		('ratios', 'ab_effect', 'ab_effect'), ('adjusted', 'ab_effect', 'ab_effect'), ('capped', 'ab_effect', 'ab_effect'), ('customer', 'ab_customer', 'ab_customer');
	INSERT INTO kind SELECT kind, 'features', final
	FROM unnest('{features,numbers,labels,groups}'::text[]) AS kind, unnest('{tree_fit,logit_fit,key_drivers,kmeans_fit}'::text[]) AS final;
	INSERT INTO kind VALUES ('known', 'churn_fit', 'churn_fit'), ('funnel', 'funnel', 'funnel_timestamp'), ('named', 'funnel_named', 'funnel_named_timestamp'), ('named', 'funnel_named', 'funnel_named_date'),
		('texts', 'frequency', 'count_distinct'), ('numerals', 'frequency', 'count_distinct'), ('sessions', 'sessions', 'sessions');
	-- Final functions that ask of what type the argument was are called by the server alone: the state is written once more.
	INSERT INTO kind VALUES ('first', 'first_last', 'first_last'), ('last', 'first_last', 'first_last'), ('texts', 'frequency', 'most_frequent');
	INSERT INTO kind VALUES ('churn', 'churn_fit', 'churn_fit'), ('points', 'points', 'points'), ('duration', 'duration', 'duration');
	INSERT INTO kind VALUES ('named', 'funnel_named', 'funnel_named_timestamptz'), ('named steps', 'funnel_steps', 'funnel_steps'), ('start', 'retention_start', 'retention_start');
	CREATE FUNCTION try(state bytea, prefix text, final text) RETURNS text
		LANGUAGE plpgsql AS $$
	BEGIN
		RETURN states_try(state, format('tcs_internal.%s_deserial(bytea, internal)', prefix)::regprocedure,
			format('tcs_internal.%s_combine(internal, internal)', prefix)::regprocedure,
			format('tcs_internal.%s_serial(internal)', prefix)::regprocedure,
			COALESCE(to_regprocedure(format('tcs_internal.%s_final(internal)', final)),
				format('tcs_internal.%s_serial(internal)', prefix)::regprocedure));
	EXCEPTION WHEN OTHERS THEN
		RETURN 'ERROR ' || SQLSTATE || ' ' || SQLERRM;
	END $$;

	CREATE TABLE state (kind text, rows int, state bytea);
	INSERT INTO state
	SELECT s.* FROM (VALUES (1), (7), (100)) AS v(rows) CROSS JOIN LATERAL (
		SELECT history_bytes('2024-01-01 UTC'::timestamptz + i * interval '31 hours', i - 2, '2024-12-31', 'Europe/Berlin') AS history,
			log_bytes('2024-01-01 UTC'::timestamptz + i * interval '31 hours', CASE WHEN i % 9 = 0 THEN 1 / 3.0 WHEN i % 10 > 0 THEN i - 2 END, 'Europe/Berlin') AS log,
			holdout_bytes('2024-01-01'::date + i, i - 2.5, '2024-01-03', '2024-12-31') AS holdout,
			cv_bytes('2024-01-01 UTC'::timestamptz + i * interval '31 hours', i, '2024-12-31', 'week', 'Asia/Kathmandu') AS cv,
			periods_bytes('2024-01-01 UTC'::timestamptz + i * interval '31 hours', i - 2, '2024-12-31', 'month', 'Asia/Kathmandu') AS periods,
			rfm_bytes(i, i % 5, -i, 4) AS rfm, abc_bytes(i - 1, '{0.5,0.8}') AS abc, gini_bytes(i % 4) AS gini, lorenz_bytes(i, 5) AS lorenz,
			btyd_bytes(ROW(NULL, NULL, NULL, NULL, 3, 20 + i % 2 / 2.0, 30, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history, 'bg/nbd') AS btyd,
			spend_bytes(ROW(NULL, NULL, NULL, NULL, i % 4, i % 4, 9, i, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history) AS spend, sbg_bytes(i, i % 3 > 0, i) AS sbg,
			auc_bytes(i % 5, i % 2 = 1) AS auc, lift_bytes(-i, i % 2 = 1, 0.5) AS lift, calibration_bytes(i / 128.0, i % 2 = 1, 3) AS calibration, error_bytes(i, 4) AS error,
			funnel_bytes('2024-01-01 UTC'::timestamptz + i * interval '1 hour', 1 + i % 5, '1 day') AS funnel, funnel_bytes('2024-01-01'::date + i, 1 + i % 3, '1 year') AS days,
			steps_bytes(ARRAY['2024-01-01'::timestamp, '2024-01-01'::timestamp + i * interval '1 hour']) AS steps,
			retention_bytes('2024-01-01 UTC'::timestamptz + i * interval '9 days', '2026-12-31', 'week', 'Asia/Kathmandu') AS retention, table_bytes(ROW('2024-01-01', ARRAY[true, i % 2 = 0, NULL])::tcs.retention) AS table
		FROM generate_series(1, rows) AS i) AS b
	CROSS JOIN LATERAL (VALUES ('history', rows, history), ('log', rows, log), ('holdout', rows, holdout), ('cv', rows, cv), ('periods', rows, periods), ('rfm', rows, rfm), ('abc', rows, abc), ('gini', rows, gini), ('lorenz', rows, lorenz), ('btyd', rows, btyd), ('spend', rows, spend), ('sbg', rows, sbg),
		('auc', rows, auc), ('lift', rows, lift), ('calibration', rows, calibration), ('error', rows, error),
		('funnel', rows, funnel), ('days', rows, days), ('steps', rows, steps), ('retention', rows, retention), ('table', rows, "table")) AS s;
	INSERT INTO state
	SELECT 'duration', rows, duration_bytes(i * interval '1 hour', i % 3 > 0, '2 days')
	FROM (VALUES (1), (7), (100)) AS v(rows), generate_series(1, rows) AS i GROUP BY rows;
	INSERT INTO state
	SELECT 'points', rows, points_bytes('2024-01-01 UTC'::timestamptz + i * interval '9 hours', (i % 7 - 2.5)::numeric, '2025-06-30', '1 year', CASE WHEN i % 5 = 0 THEN '2024-01-01 UTC'::timestamptz END, 'Asia/Kathmandu')
	FROM (VALUES (1), (7), (100)) AS v(rows), generate_series(1, rows) AS i GROUP BY rows;
	INSERT INTO state
	SELECT 'churn', rows, churn_bytes(ROW(NULL, NULL, NULL, NULL, i % 3, i % 3 * (3 + i % 5 / 2.0), 90, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history, i % 2 = 1,
		date '2024-01-01' + i % 2, '2024-03-01', '{"model": "nbd", "version": 1, "r": 1, "alpha": 40}', '60 days')
	FROM (VALUES (1), (7), (100)) AS v(rows), generate_series(1, rows) AS i GROUP BY rows;
	INSERT INTO state
	SELECT s.* FROM (VALUES (1), (7), (100)) AS v(rows) CROSS JOIN LATERAL (
		SELECT named_bytes('2024-01-01 UTC'::timestamptz + i * interval '1 hour', CASE WHEN i % 3 > 0 THEN ARRAY['s' || i % 5, 's' || i % 2] END, '{s1,!s4,s2,< 5 hours,s0}', '1 day', '2024-06-30 UTC') AS named,
			named_steps_bytes(ARRAY['2024-01-01'::date, '2024-01-01'::date + i], '{one,>,two,three}') AS steps,
			start_bytes(CASE WHEN i % 3 = 1 THEN '2024-01-01 UTC'::timestamptz + i * interval '1 day' END, '2024-01-03 UTC'::timestamptz + i * interval '9 days', '2024-12-31', '14 days', 'Asia/Kathmandu') AS start
		FROM generate_series(1, rows) AS i) AS b
	CROSS JOIN LATERAL (VALUES ('named', rows, named), ('named steps', rows, steps), ('start', rows, start)) AS s;
	INSERT INTO state
	SELECT s.* FROM (VALUES (1), (7), (100)) AS v(rows) CROSS JOIN LATERAL (
		SELECT rate_bytes(i % 4 = 0, 0.95) AS rate, nps_bytes(i % 11) AS nps, csat_bytes(1 + i % 5, 4) AS csat,
			uplift_bytes(i % 5, i % 2 = 1, i % 3 = 1, 2) AS uplift, cutoff_bytes(i % 5, i % 7, 3) AS cutoff,
			effect_bytes(CASE i % 2 WHEN 1 THEN 'control' ELSE 'new' END, (i % 5)::float8) AS means, effect_bytes(CASE i % 2 WHEN 1 THEN 'control' ELSE 'new' END, (i % 5)::float8, 0.9, i % 3, NULL) AS adjusted,
			effect_bytes(CASE i % 2 WHEN 1 THEN 'control' ELSE 'new' END, (i % 5)::float8, 0.9, CASE WHEN i % 3 > 0 THEN i % 4 END, 0.8) AS capped, effect_bytes(i % 2 = 0, i % 5 = 0) AS shares,
			ratio_bytes(CASE i % 3 WHEN 1 THEN 'new' WHEN 2 THEN 'old' END, '{old,new}', '{0.5,0.5}') AS ratio,
			effect_bytes((CASE i % 3 WHEN 1 THEN 'new' WHEN 2 THEN 'control' END, i, i % 2, false)::tcs.ab_customer) AS ratios, customer_bytes('new', i, i % 2) AS customer
		FROM generate_series(1, rows) AS i) AS b
	CROSS JOIN LATERAL (VALUES ('uplift', rows, uplift), ('cutoff', rows, cutoff), ('rate', rows, rate), ('nps', rows, nps), ('csat', rows, csat), ('means', rows, means), ('adjusted', rows, adjusted), ('capped', rows, capped), ('shares', rows, shares), ('ratio', rows, ratio), ('ratios', rows, ratios), ('customer', rows, customer)) AS s;
	INSERT INTO state
	SELECT s.* FROM (VALUES (1), (7), (100)) AS v(rows) CROSS JOIN LATERAL (
		SELECT features_bytes(i % 2 = 0, ROW(i % 5, 'l' || i % 3, i * 1.5, true), '{"weight": "f1", "without": ["f3"]}') AS features,
			features_bytes(i % 4, ROW(date '2024-01-01' + i, 'l' || i % 3, NULL::bool, ARRAY[1] IS NULL)) AS numbers
		FROM generate_series(1, rows) AS i) AS b
	CROSS JOIN LATERAL (VALUES ('features', rows, features), ('numbers', rows, numbers)) AS s;
	INSERT INTO state
	SELECT s.* FROM (VALUES (1), (7), (100)) AS v(rows) CROSS JOIN LATERAL (
		SELECT features_bytes('plan ' || i % 3, ROW(i % 5, 'l' || i % 3, i * 1.5)) AS labels,
			groups_bytes(ROW(i % 5, i * 1.5, i % 2 = 0), '{"k": 2, "starts": 10, "standardise": true}') AS groups,
			known_bytes(ROW(NULL, NULL, NULL, NULL, i % 3, i % 3 * (3 + i % 5 / 2.0), 90, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history, i % 2 = 1,
				date '2024-01-01' + i % 2, '2024-03-01', '{"model": "nbd", "version": 1, "r": 1, "alpha": 40}', '60 days', ROW('c' || i % 2, i % 4)) AS known,
			first_bytes('v' || i % 3, date '2024-01-01' + i % 5) AS first, last_bytes(i, timestamptz '2024-01-01 UTC' + i % 5 * interval '1 hour') AS last,
			frequency_bytes('v' || i % 4) AS texts, frequency_bytes(i % 4) AS numerals,
			sessions_bytes(timestamptz '2024-01-01 UTC' + i * i % 40 * interval '7 minutes', '30 minutes') AS sessions
		FROM generate_series(1, rows) AS i) AS b
	CROSS JOIN LATERAL (VALUES ('labels', rows, labels), ('groups', rows, groups), ('known', rows, known), ('first', rows, first), ('last', rows, last),
		('texts', rows, texts), ('numerals', rows, numerals), ('sessions', rows, sessions)) AS s;
	-- and states of several runs, longer than what is sorted at once
	INSERT INTO state SELECT 'gini', 70000, gini_bytes(i) FROM generate_series(1, 70000) AS i;
	INSERT INTO state SELECT 'history', 0, history_bytes(NULL, 1, '2024-12-31', 'Europe/Berlin');
	INSERT INTO state SELECT 'gini', 0, gini_bytes(NULL)});

is( $node->safe_psql('postgres', q{
	SELECT DISTINCT aggfnoid::regproc FROM pg_aggregate WHERE aggserialfn::regproc::text ~ '^tcs_internal'
	AND NOT EXISTS (SELECT FROM kind WHERE aggserialfn::regproc::text = 'tcs_internal.' || prefix || '_serial' AND aggfinalfn::regproc::text = 'tcs_internal.' || final || '_final')
	AND NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.oid = aggfnoid AND 'tcs.summary'::regtype = ANY (proargtypes::oid[] || prorettype))
	AND aggfnoid::regproc::text ~ '^tcs\.' ORDER BY 1}),
	'', 'no aggregate that goes between processes is left out');

# A state that was written is read, with the result of twice the rows; that of
# another learner, or with times of another type, is refused.
my $expected = <<'EOT';
abc|abc_fit|7|{"cuts": [0.5, 0.8], "model": "abc", "total": 42, "version":
abc|gini|7|0.2777777777777778
adjusted|ab_effect|7|(8,6,1.5,2.3333333333333335,0.8333333333333334,-0.4209451004
auc|auc|7|0.3333333333333333
auc|calibration|7|null
btyd|btyd_fit|7|{"a": null, "b": null, "r": null, "aic": 279.417147, "bic":
calibration|calibration|7|{"(1,4,0.01171875,0.5,0.0078125,0.015625)","(2,6,0.03125,0.6
calibration|lift|7|1.5
capped|ab_effect|7|(8,6,1.3823529411764706,1.8227848101265822,0.440431868950111
churn|churn_fit|7|{"away": 6, "base": {"r": 1, "alpha": 40, "model": "nbd", "v
csat|csat|7|(14,4,0.2857142857142857,0.11721378644576919,0.5464908432989
csat|rate|7|(4,14,0.2857142857142857,0.2857142857142857,0.28571428571428
customer|ab_customer|7|(new,56,8,f)
cutoff|capture|7|null
cutoff|cutoff|7|(4,0.14285714285714285,2,2,-15.406291459511188,19.4062914595
cutoff|uplift|7|null
cv|period_cv|7|5.063121969855422
days|funnel_date|7|{2024-01-04,2024-01-05,2024-01-06}
duration|duration|7|(14,10,4,06:00:00,05:00:00,02:00:00,,07:00:00,,,1,0.72246720
error|mean_error|7|1.7142857142857142
error|rmse|7|1.3093073414159542
features|key_drivers|7|ERROR 22P03 invalid serialized fit
features|kmeans_fit|7|ERROR 22P03 invalid serialized fit
features|logit_fit|7|{"rate": 0.538461, "folds": {"auc": 0.678571, "brier": 0.212
features|tree_fit|7|{"depth": 5, "folds": {"auc": 0.044642, "brier": 0.357479, "
first|first_last|7|\x0000001900000000000000223e000000027632
funnel|funnel_timestamp|7|{"2024-01-01 05:00:00","2024-01-01 06:00:00","2024-01-01 07:
funnel|funnel_timestamptz|7|{"2024-01-01 05:00:00+00","2024-01-01 06:00:00+00","2024-01-
gini|abc_fit|0|null
gini|abc_fit|7|{"cuts": [], "model": "abc", "total": 24, "version": 1, "cus
gini|gini|0|null
gini|gini|7|0.33333333333333337
gini|lorenz|0|null
gini|lorenz|7|{1}
groups|key_drivers|7|ERROR 22P03 invalid serialized fit
groups|kmeans_fit|7|{"k": 2, "gap": -0.089225, "model": "kmeans", "notes": ["the
groups|logit_fit|7|ERROR 22P03 invalid serialized fit
groups|tree_fit|7|ERROR 22P03 invalid serialized fit
history|holdout|0|(0,0)
history|holdout|7|(6,28)
history|purchase_history|0|null
history|purchase_history|7|(14,28,2024-01-03,2024-01-10,5,7,363,5.6,2,1.386294361119890
holdout|holdout|7|(5,25)
holdout|purchase_history|7|(10,25,2024-01-04,2024-01-08,4,4,362,6,1,0,0,1,4)
known|churn_fit|7|{"away": 6, "base": {"r": 1, "alpha": 40, "model": "nbd", "v
labels|key_drivers|7|ERROR 22P03 invalid serialized fit
labels|kmeans_fit|7|ERROR 22P03 invalid serialized fit
labels|logit_fit|7|ERROR 22P03 invalid serialized fit
labels|tree_fit|7|{"depth": 5, "folds": {"brier": 0, "folds": 5, "right": 1, "
last|first_last|7|\x000002bd01fffd4f26d0c82fff000000084010000000000000
lift|calibration|7|null
lift|lift|7|1
log|purchase_log|7|2024-01-02 -1, 2024-01-02 -1, 2024-01-03 0, 2024-01-03 0, 20
lorenz|lorenz|7|{0,0.0642857142857143,0.19285714285714287,0.3928571428571428
means|ab_effect|7|(8,6,1.5,2.3333333333333335,0.8333333333333334,-0.7252815908
named|funnel_named_date|7|ERROR 22023 type of at must be the same for all rows of a gr
named|funnel_named_timestamp|7|{"2024-01-01 01:00:00","2024-01-01 02:00:00","2024-01-01 02:
named|funnel_named_timestamptz|7|{"2024-01-01 01:00:00+00","2024-01-01 02:00:00+00","2024-01-
named steps|funnel_steps|7|{"(1,one,14,1,,00:00:00,00:00:00,00:00:00,,,)","(2,two,14,1,
nps|nps|7|(14,0,2,12,-85.71428571428571,-95.9906078728535,-45.72799377
nps|rate|7|(0,14,0,0,0)
numbers|key_drivers|7|{"(f2,0.784090,0,1,,0.282051,14,\"f2: 78 percent of what the
numbers|kmeans_fit|7|ERROR 22P03 invalid serialized fit
numbers|logit_fit|7|{"mean": 1.714285, "folds": {"number": 5, "r_squared": -0.06
numbers|tree_fit|7|{"depth": 5, "folds": {"folds": 5, "explained": 1, "mean_squ
numerals|count_distinct|7|4
periods|purchase_periods|7|{"(2024-01-01,2024-01-01,f,12,28)"}
points|points|7|(0.0,12.0,5.0,0.0,7.0,0.0,,)
rate|nps|7|(14,2,12,0,14.285714285714286,-10.321234598586953,39.9413794
rate|rate|7|(2,14,0.14285714285714285,0.04009392127146493,0.399413794969
ratio|ab_sample_ratio|7|(0.4,0.75390625,f)
ratios|ab_effect|7|(4,6,7,6,-1,-8.906110526658757,6.906110526658758,0.857142857
retention|retention|7|(2024-01-08,"{t,t,t,f,t,t,t,f,t,f,f,f,f,f,f,f,f,f,f,f,f,f,f,
rfm|rfm_fit|7|{"model": "rfm", "version": 1, "age_cuts": [2, 4, 6], "custo
sbg|sbg_fit|7|{"c": 2.701726, "aic": 194.275442, "bic": 198.326145, "beta"
sessions|sessions|7|(5,14,21,21)
shares|ab_effect|7|(8,6,0.25,0,-0.25,-0.6747491311991258,0.3449369899271876,0,0
spend|spend_fit|7|{"p": 1.687275, "q": null, "v": null, "aic": 54.595054, "bic
start|retention_start|7|(2024-01-02,"{t,t,t,t,t,f,f,f,f,f,f,f,f,f,f,f,f,f,f,f,f,f,f,
steps|funnel_steps|7|{"(1,,14,1,,00:00:00,00:00:00,00:00:00,,,)","(2,,14,1,1,02:1
table|retention_table|7|{"(0,14,14,1)","(1,14,6,0.42857142857142855)","(2,0,,)"}
texts|count_distinct|7|4
texts|most_frequent|7|\x0000001900000000000000040000000000000002000000027630000000
uplift|capture|7|null
uplift|qini|7|(-0.12380952380952381,-0.2761214108224551,0.0285023632034075
uplift|uplift|7|{"(1,8,2,4,4,4,0.5,0.5,0,-0.5695678755722449,0.5695678755722
EOT
chomp $expected;
is( $node->safe_psql(
		'postgres', q{
	SELECT kind, final, rows, rtrim(left(CASE WHEN final ~ '(_fit|key_drivers)$' THEN regexp_replace(try(state, prefix, final), '(\.\d{6})\d+', '\1', 'g')
		ELSE try(state, prefix, final) END, 60)) FROM state JOIN kind USING (kind)
	WHERE rows IN (0, 7) ORDER BY kind, final, rows}),
	$expected,
	'states that were written are read');
is( $node->safe_psql('postgres', q{
	SELECT count(*) FROM state JOIN kind USING (kind) WHERE try(state, prefix, final) ~ '^ERROR' AND prefix <> 'features' AND final <> 'funnel_named_date'}),
	'0', 'all of them');

# Errors that may be reported.  Internal ones (XX000) are not among them.  Options
# in a state are read as any that are given: they may be no jsonb (22P02, 22P05), and name
# columns that are not there (42703), or twice (42701), and steps no time (22007, 22008, 22015);
# values may be of a type without an order (42804).
my $foreseen = q{'^ERROR (22P03|08P01|22023|22003|22021|54000|22P02|22P05|42703|42701|22007|22008|22015|42804) '};
my $hostile  = sub {
	my ($what, $states, $many) = @_;
	my $result = $node->safe_psql(
		'postgres', qq{
		SELECT setseed(0.5);
		CREATE TEMP TABLE result AS
		SELECT kind, final, s.state, try(s.state, prefix, final) AS result FROM ($states) AS s JOIN kind USING (kind);
		SELECT count(*) > $many, count(*) FILTER (WHERE result ~ '^ERROR' AND result !~ $foreseen) FROM result;
		SELECT kind, final, left(result, 100), left(encode(state, 'hex'), 400) FROM result
		WHERE result ~ '^ERROR' AND result !~ $foreseen ORDER BY length(state) LIMIT 5});
	is($result, "\nt|0", $what);
	is($node->safe_psql('postgres', 'SELECT 1'), '1', 'the server goes on');
};

# Every truncation of the small ones, and one byte too many.
$hostile->('truncated states',
	q{SELECT kind, substr(state, 1, n) AS state FROM state, generate_series(0, length(state) - 1) AS n WHERE rows <= 7}, 1500);
is( $node->safe_psql('postgres', q{
	SELECT count(*) FROM state JOIN kind USING (kind), generate_series(0, length(state) - 1) AS n
	WHERE rows <= 7 AND try(substr(state, 1, n), prefix, final) !~ '^ERROR'}),
	'0', 'none of them is taken for whole');
is( $node->safe_psql('postgres', q{
	SELECT count(*) FROM state JOIN kind USING (kind) WHERE try(state || '\x00', prefix, final) !~ '^ERROR'}),
	'0', 'nor is one that is too long');

# Every bit of the small ones, some bits of the large.
$hostile->('one bit turned over',
	q{SELECT kind, set_bit(state, n, 1 - get_bit(state, n)) AS state FROM state, generate_series(0, 8 * length(state) - 1) AS n WHERE rows IN (0, 1)}, 5000);
$hostile->('a bit of a large one',
	q{SELECT kind, set_bit(state, n, 1 - get_bit(state, n)) AS state FROM (
		SELECT *, floor(random() * 8 * length(state))::bigint AS n FROM state, generate_series(1, 150) WHERE rows > 1 AND rows < 70000) AS s}, 2000);

# Numbers at their ends, wherever in a state a number may be.
$hostile->('numbers at their ends',
	q{SELECT kind, overlay(state PLACING bytes FROM n) AS state
	FROM state, (VALUES ('\x00000000'::bytea), ('\x00000001'), ('\x7fffffff'), ('\x80000000'), ('\xffffffff'), ('\x00010000'),
			('\x7ff0000000000000'), ('\xfff0000000000000'), ('\x7ff8000000000000'), ('\x7fefffffffffffff'), ('\xffefffffffffffff'),
			('\x0000000000000001'), ('\x8000000000000000'), ('\x7fffffffffffffff'), ('\xffffffffffffffff')) AS b(bytes),
		generate_series(1, length(state) - 7) AS n WHERE rows IN (0, 1)}, 10000);

# Bytes of no meaning, several at a time, and pieces of other states.
$hostile->('random bytes',
	q{SELECT kind, decode(string_agg(lpad(to_hex(floor(256 * random() ^ power)::int), 2, '0'), ''), 'hex') AS state
	FROM (SELECT DISTINCT kind FROM kind) AS k, generate_series(1, 150) AS i, (VALUES (1), (8)) AS p(power), generate_series(1, 40 + i) AS byte GROUP BY kind, i, power}, 2000);
$hostile->('states of other aggregates',
	q{SELECT k.kind, state FROM state AS s, (SELECT DISTINCT kind FROM kind) AS k WHERE k.kind <> s.kind}, 100);
$hostile->('two states in one',
	q{SELECT a.kind, substr(a.state, 1, n) || substr(b.state, n + 1) AS state FROM state AS a JOIN state AS b USING (kind),
		generate_series(8, 120, 4) AS n WHERE a.rows < 1000 AND b.rows < 1000}, 1000);

# Support functions that are called as no aggregate calls them.
my $outside = $node->safe_psql('postgres', q{
	SELECT p.oid::regprocedure FROM pg_proc AS p WHERE pronamespace = 'tcs_internal'::regnamespace AND prokind = 'f'
	AND 'internal'::regtype = ANY (proargtypes::oid[]) AND proname !~ '_support$'
	AND NOT EXISTS (SELECT FROM pg_type WHERE typreceive = p.oid)
	AND proname !~ '_(trans|refused)$'});
for my $function (split /\n/, $outside)
{
	my (undef, undef, $stderr) =
	  $node->psql('postgres', "SELECT states_call_outside('$function')");
	like($stderr, qr/support function of an aggregate was called outside of it/, "$function outside of an aggregate");
}
for my $function (split /\n/, $node->safe_psql('postgres', q{
	SELECT p.oid::regprocedure FROM pg_proc AS p WHERE pronamespace = 'tcs_internal'::regnamespace AND proname ~ '_(trans|refused)$'}))
{
	my (undef, undef, $stderr) =
	  $node->psql('postgres', "SELECT states_call_outside('$function')");
	like($stderr, qr/ERROR/, "$function outside of an aggregate");
}
for my $function (split /\n/, $node->safe_psql('postgres', q{
	SELECT p.oid::regprocedure FROM pg_proc AS p WHERE pronamespace = 'tcs'::regnamespace AND prokind = 'w'}))
{
	my (undef, undef, $stderr) =
	  $node->psql('postgres', "SELECT states_call_outside('$function')");
	like($stderr, qr/window function called outside of a window/, "$function without a window");
}

unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal/,
	'no server process broke down');
$node->stop;
done_testing();
