-- An index of eight factors, against the arithmetic that one writes without
-- scorecards: LEAST and GREATEST for the bounds, sums of weights where values may
-- be missing, CASE for the gates.  Some values are NULL or NaN.

\echo Measuring scorecards

CREATE UNLOGGED TABLE account AS
SELECT id, CASE WHEN id % 50 > 0 THEN 100 * uniform(stream, 1) END AS potential,
	CASE id % 100 WHEN 0 THEN 'NaN' ELSE 1000 * uniform(stream, 2) END AS lateness,
	(60 * uniform(stream, 3))::int AS orders, uniform(stream, 4) < 0.4 AS is_partner,
	CASE WHEN id % 20 > 0 THEN (5000 * uniform(stream, 5) ^ 3)::numeric(12,2) END AS revenue,
	(730 * uniform(stream, 6))::int AS days_since_last, uniform(stream, 7) AS trust, 40 * uniform(stream, 8) AS visits
FROM (SELECT id, hashint8extended(id, 7) AS stream FROM generate_series(1, :customers::bigint) AS id) AS i;
VACUUM ANALYZE account;

DELETE FROM tcs.scorecard WHERE name LIKE 'bench %';
INSERT INTO tcs.scorecard (name) VALUES ('bench 8'), ('bench 8 gates');
INSERT INTO tcs.factor (scorecard, factor, expression, weight, lo, hi)
SELECT card, factor, factor, weight, lo, hi
FROM unnest('{bench 8,bench 8 gates}'::text[]) AS card, (VALUES
	('days_since_last', 0.05, 365, 0), ('is_partner', 0.1, 0, 1), ('lateness', 0.2, 900, 30), ('orders', 0.1, 0, 40),
	('potential', 0.3, 5, 80), ('revenue', 0.1, 0, 4500), ('trust', 0.1, 0, 1), ('visits', 0.05, 3, 30)) AS f (factor, weight, lo, hi);
UPDATE tcs.factor SET missing = 'lo' WHERE scorecard = 'bench 8 gates' AND factor <> 'potential';
UPDATE tcs.factor SET gate = 950 WHERE scorecard = 'bench 8 gates' AND factor = 'lateness';
UPDATE tcs.factor SET gate = 0.01 WHERE scorecard = 'bench 8 gates' AND factor = 'trust';

-- The sum of the weighted values, and that of the weights.
\set points '0.05 * ((365 - greatest(least(365, days_since_last::float8), 0)) / 365) + CASE WHEN is_partner THEN 0.1::float8 ELSE 0 END + 0.2 * ((900 - greatest(least(900, nullif(lateness, ''NaN'')), 30)) / 870) + 0.1 * (least(greatest(0, orders::float8), 40) / 40) + 0.3 * ((least(greatest(5, nullif(potential, ''NaN'')), 80) - 5) / 75) + 0.1 * (least(greatest(0, nullif(revenue::float8, ''NaN'')), 4500) / 4500) + 0.1 * least(greatest(0, nullif(trust, ''NaN'')), 1) + 0.05 * ((least(greatest(3, nullif(visits, ''NaN'')), 30) - 3) / 27)'
\set weights 'CASE WHEN days_since_last IS NULL THEN 0 ELSE 0.05::float8 END + CASE WHEN is_partner IS NULL THEN 0 ELSE 0.1::float8 END + CASE WHEN nullif(lateness, ''NaN'') IS NULL THEN 0 ELSE 0.2::float8 END + CASE WHEN orders IS NULL THEN 0 ELSE 0.1::float8 END + CASE WHEN nullif(potential, ''NaN'') IS NULL THEN 0 ELSE 0.3::float8 END + CASE WHEN nullif(revenue, ''NaN'') IS NULL THEN 0 ELSE 0.1::float8 END + CASE WHEN nullif(trust, ''NaN'') IS NULL THEN 0 ELSE 0.1::float8 END + CASE WHEN nullif(visits, ''NaN'') IS NULL THEN 0 ELSE 0.05::float8 END'

INSERT INTO way (topic, way, phases, query) VALUES
('scorecard', 'arithmetic', '{Planning Time, Execution Time}',
	format('SELECT id, 100 * ((%s) / nullif(%s, 0)) AS index FROM account', :'points', :'weights')),
('scorecard', 'scorecard_score', '{Planning Time, Execution Time}',
	'SELECT id, tcs.scorecard_score(''bench 8'', account) AS index FROM account'),
('scorecard', 'scorecard_score at run time', '{Planning Time, Execution Time}',
	'SELECT id, tcs.scorecard_score((SELECT ''bench 8''), account) AS index FROM account'),
('scorecard gates', 'arithmetic', '{Planning Time, Execution Time}',
	format('SELECT id, CASE WHEN nullif(lateness, ''NaN'') > 950 OR trust < 0.01 THEN 0 ELSE 100 * ((%s) / (CASE WHEN nullif(potential, ''NaN'') IS NULL THEN 0.7 ELSE 1::float8 END)) END AS index FROM account', :'points')),
('scorecard gates', 'scorecard_score', '{Planning Time, Execution Time}',
	'SELECT id, tcs.scorecard_score(''bench 8 gates'', account) AS index FROM account');

-- All ways must come to the same, and be what they are called.
DO
$$
DECLARE
	w record;
	line text;
	plan text;
	differing bigint;
BEGIN
	FOR w IN SELECT a.topic, a.way, a.query, b.query AS plain
		FROM way AS a JOIN way AS b USING (topic)
		WHERE topic LIKE 'scorecard%' AND a.way ~ '_score' AND b.way = 'arithmetic'
	LOOP
		EXECUTE format('SELECT count(*) FROM (%s) AS a JOIN (%s) AS b USING (id)
			WHERE abs(a.index - b.index) < 1e-9 IS NOT TRUE', w.query, w.plain) INTO differing;
		IF differing > 0 THEN
			RAISE EXCEPTION '% rows differ: %', differing, w.query;
		END IF;
		plan := '';
		FOR line IN EXECUTE 'EXPLAIN (VERBOSE) ' || w.query LOOP
			plan := plan || line || E'\n';
		END LOOP;
		IF (plan ~ 'scorecard_score') <> (w.way ~ 'at run time') THEN
			RAISE EXCEPTION 'another plan than that of "%": %', w.way, plan;
		END IF;
	END LOOP;
END
$$;

-- a few per cent take more runs to see
CALL measure('scorecard', 3 * :repeats);
CALL measure('scorecard gates', 3 * :repeats);

CALL claim_ratio('scorecard_score, 8 factors / arithmetic, planning included',
	'scorecard', 'scorecard_score', 'arithmetic', '<=', 1.1);
CALL claim_ratio('... with gates, and what is missing counting as lo',
	'scorecard gates', 'scorecard_score', 'arithmetic', '<=', 1.1);
CALL claim_ratio('... at run time, rows of 9 columns',
	'scorecard', 'scorecard_score at run time', 'arithmetic', '', NULL);
