-- What is wrong with a scorecard, and what it makes of the rows of a relation.
SET client_min_messages = warning;
\pset format unaligned
SET extra_float_digits = 0;
CREATE SCHEMA sc;
CREATE TABLE sc.account AS SELECT i AS id, i % 11 AS orders, i * 10 AS revenue, 2 * i + i % 7 AS spend, -i AS rank,
	CASE WHEN i % 4 = 0 THEN NULL ELSE i % 5 END AS visits, 3 AS constant, NULL::float8 AS nothing,
	CASE WHEN i % 10 = 0 THEN 'NaN' ELSE i / 100.0::float8 END AS trust, i % 2 = 0 AS known FROM generate_series(1, 100) AS i;
INSERT INTO tcs.scorecard (name) VALUES ('sc.all'), ('sc.empty'), ('sc.errors');
INSERT INTO tcs.factor (scorecard, factor, expression, weight, lo, hi, gate, missing) VALUES
	('sc.all', 'orders', 'orders', 2, 0, 10, 1, 'reweight'), ('sc.all', 'revenue', 'revenue', 1, 0, 2000, NULL, 'reweight'),
		('sc.all', 'spend', 'spend', 1, 0, 250, NULL, 'reweight'), ('sc.all', 'rank', 'rank', 1, -100, 0, NULL, 'reweight'),
		('sc.all', 'visits', 'visits', 1, 4, 1, 3, 'lo'),
	('sc.all', 'constant', 'constant', 1, 0, 10, 5, 'reweight'), ('sc.all', 'beyond', 'revenue', 1, 0, 1, NULL, 'reweight'),
		('sc.all', 'nothing', 'nothing', 1, 0, 10, NULL, 'lo'), ('sc.all', 'trust', 'trust', 1, 0.3, 0.5, NULL, 'null'),
		('sc.all', 'idle', 'id', 0, 0, 10, NULL, 'lo'), ('sc.all', 'gate', 'id', 0, 0, 10, -5, 'lo'),
		('sc.all', 'needed', 'visits', 0, 0, 4, NULL, 'null'),
	('sc.all', 'known', 'known', 1, 0, 1, NULL, 'reweight'), ('sc.all', 'since', 'current_date - date ''2020-01-01''', 1, 0, 1, NULL, 'reweight');
INSERT INTO tcs.factor (scorecard, factor, expression, enabled) VALUES ('sc.all', 'off', 'nothing_such', false);
SELECT severity, finding, factor, other_factor, rows, share, round(correlation::numeric, 4) AS correlation, CASE WHEN factor <> 'since'
	OR finding = 'clock' THEN detail END AS detail FROM tcs.scorecard_check('sc.all', 'sc.account');
-- the same in plain SQL
CREATE VIEW sc.scaled AS SELECT e.factor, a.id, e.value, e.scaled, e.missing, e.gate_open FROM sc.account AS a, tcs.scorecard_explain('sc.all', a) AS e;
SELECT count(*) AS other_figures FROM (
	SELECT finding, factor, rows FROM tcs.scorecard_check('sc.all', 'sc.account') WHERE severity = 'figure' AND factor IS NOT NULL
	EXCEPT (SELECT 'missing', factor, count(*) FILTER (WHERE missing) FROM sc.scaled GROUP BY factor
	UNION ALL SELECT 'clamped', s.factor, count(*) FILTER (WHERE value < least(lo, hi) OR value > greatest(lo, hi)) FROM sc.scaled AS s
		JOIN tcs.factor AS f ON f.scorecard = 'sc.all' AND f.factor = s.factor GROUP BY s.factor
	UNION ALL SELECT 'closed', factor, count(*) FILTER (WHERE NOT gate_open) FROM sc.scaled GROUP BY factor)) AS d;
SELECT finding, rows = (SELECT count(*) FROM sc.account AS a WHERE CASE finding WHEN 'closed' THEN tcs.scorecard_score('sc.all',
	a) = 0 WHEN 'index' THEN tcs.scorecard_score('sc.all', a) IS NOT NULL ELSE tcs.scorecard_score('sc.all', a) IS NULL END) AS same
	FROM tcs.scorecard_check('sc.all', 'sc.account') WHERE severity = 'figure' AND factor IS NULL;
UPDATE tcs.factor SET gate = NULL WHERE scorecard = 'sc.all' AND factor = 'constant';
SELECT rows = scored AS rows, d[1]::float8 = round(least::numeric, 2) AS least, d[2]::float8 = round(most::numeric, 2) AS most,
	d[3]::float8 = round(mean::numeric, 2) AS mean, scored, least = 0 AS some_closed
FROM (SELECT rows, regexp_match(detail, '^from (.*) to (.*), (.*) in the mean$') AS d FROM tcs.scorecard_check('sc.all', 'sc.account')
	WHERE finding = 'index') AS c, (SELECT count(i) AS scored, min(i) AS least, max(i) AS most, avg(i) AS mean
	FROM (SELECT tcs.scorecard_score('sc.all', a) AS i FROM sc.account AS a) AS i) AS s;
-- correlations within what their steps of 2^-20 leave
UPDATE tcs.factor SET gate = NULL WHERE scorecard = 'sc.all';
SELECT c.factor, c.other_factor, abs(c.correlation - d.r) < 1e-6 AS same FROM tcs.scorecard_check('sc.all', 'sc.account') AS c
LEFT JOIN (SELECT a.factor AS a, b.factor AS b, corr(a.scaled, b.scaled) AS r FROM sc.scaled AS a JOIN sc.scaled AS b ON a.id = b.id
	AND a.factor < b.factor WHERE NOT a.missing AND NOT b.missing GROUP BY 1, 2) AS d ON (d.a, d.b) = (c.factor, c.other_factor)
	WHERE c.finding = 'says the same' ORDER BY 1, 2;
SELECT a.factor AS a, b.factor AS not_found FROM sc.scaled AS a JOIN sc.scaled AS b ON a.id = b.id AND a.factor < b.factor WHERE NOT a.missing
	AND NOT b.missing AND a.factor NOT IN ('gate', 'idle', 'needed') AND b.factor NOT IN ('gate', 'idle', 'needed')
GROUP BY 1, 2 HAVING abs(corr(a.scaled, b.scaled)) >= 0.95 AND min(a.scaled) < max(a.scaled) AND min(b.scaled) < max(b.scaled)
EXCEPT SELECT factor, other_factor FROM tcs.scorecard_check('sc.all', 'sc.account') WHERE finding = 'says the same';
-- also where nearly all values are the same, and what is missing counts as lo
INSERT INTO tcs.scorecard (name) VALUES ('sc.rare');
INSERT INTO tcs.factor (scorecard, factor, expression, lo, hi, missing) VALUES ('sc.rare', 'high', 'share', 0, 1, 'null'),
	('sc.rare', 'low', '-share', -1, 0, 'null'), ('sc.rare', 'other', 'other', 0, 1, 'null'), ('sc.rare', 'yes', 'yes', 0, 1, 'lo'),
	('sc.rare', 'known', 'yes', 0, 1, 'reweight');
CREATE TABLE sc.rare AS SELECT CASE WHEN i = 77 THEN 0.299998 ELSE 0.3 END::float8 AS share,
	CASE WHEN i = 78 THEN 0.299998 ELSE 0.3 END::float8 AS other, CASE WHEN i % 2 = 0 THEN true END AS yes FROM generate_series(1, 200000) AS i;
SELECT finding, factor, other_factor, correlation, detail FROM tcs.scorecard_check('sc.rare', 'sc.rare') WHERE severity <> 'figure' AND finding <> 'hi not reached' AND factor NOT IN ('other');
-- the order of the rows does not show, nor that there are several batches
CREATE TABLE sc.many AS SELECT id, orders, revenue + r AS revenue, spend, rank, visits, constant, nothing, trust, known FROM sc.account, generate_series(1, 30) AS r;
CREATE VIEW sc.forth AS SELECT * FROM sc.many ORDER BY id, revenue;
CREATE VIEW sc.back AS SELECT * FROM sc.many ORDER BY id DESC, revenue DESC;
SELECT count(*) AS different FROM (SELECT * FROM tcs.scorecard_check('sc.all', 'sc.forth') EXCEPT SELECT * FROM tcs.scorecard_check('sc.all', 'sc.back')) AS d;
SELECT rows, share FROM tcs.scorecard_check('sc.all', 'sc.many') WHERE finding = 'missing' AND factor = 'visits';

-- Errors have a place; other factors are looked at all the same, the index is not.
INSERT INTO tcs.factor (scorecard, factor, expression, changed_by, changed_at) VALUES ('sc.errors', 'subquery', '(SELECT 1)', 'a dump', '2024-01-01');
INSERT INTO tcs.factor (scorecard, factor, expression, lo, hi) VALUES ('sc.errors', 'no column', 'orders + nope', 0, 1),
	('sc.errors', 'text', 'known::text', 0, 1), ('sc.errors', 'fails', '1 / (id - 50)', 0, 1), ('sc.errors', 'fails at once', '1 / 0', 0, 1),
	('sc.errors', 'fails late', 'CASE WHEN id = 2999 THEN 1 / (id - 2999) ELSE id END', 0, 1), ('sc.errors', 'fine', 'orders', 0, 10);
SELECT severity, finding, factor, rows, share, detail FROM tcs.scorecard_check('sc.errors', 'sc.account');
CREATE VIEW sc.longer AS SELECT row_number() OVER (ORDER BY id, revenue) AS id, orders, known FROM sc.many;
SELECT severity, finding, factor, rows, share, detail FROM tcs.scorecard_check('sc.errors', 'sc.longer');

-- No rows, one row, no factors, no weights; kinds of relations and names.
CREATE TABLE sc.none (LIKE sc.account);
SELECT severity, finding, factor, rows, share, detail FROM tcs.scorecard_check('sc.all', 'sc.none') WHERE severity <> 'figure' OR factor IS NULL OR factor = 'visits';
CREATE VIEW sc.one AS SELECT * FROM sc.account WHERE id = 33;
SELECT severity, finding, factor, rows FROM tcs.scorecard_check('sc.all', 'sc.one') WHERE finding IN ('no spread', 'says the same', 'index');
SELECT * FROM tcs.scorecard_check('sc.empty', 'sc.account');
UPDATE tcs.factor SET weight = 0 WHERE scorecard = 'sc.all';
SELECT severity, finding, factor, detail FROM tcs.scorecard_check('sc.all', 'sc.account') WHERE finding = 'no weight' AND factor IS NULL;
UPDATE tcs.factor SET weight = 1, gate = 1000 WHERE scorecard = 'sc.all' AND factor = 'orders';
SELECT severity, finding, factor, rows, share FROM tcs.scorecard_check('sc.all', 'sc.account') WHERE finding LIKE '%closed';
CREATE TABLE sc."Odd ""table" (gone int, id int, orders int) PARTITION BY RANGE (id);
CREATE TABLE sc.part PARTITION OF sc."Odd ""table" FOR VALUES FROM (0) TO (1000);
ALTER TABLE sc."Odd ""table" DROP COLUMN gone;
INSERT INTO sc."Odd ""table" SELECT id, orders FROM sc.account;
DELETE FROM tcs.factor WHERE scorecard = 'sc.errors' AND factor <> 'fine';
SELECT severity, finding, factor, rows, detail FROM tcs.scorecard_check('sc.errors', 'sc."Odd ""table"');
-- many factors: pairs are left out
INSERT INTO tcs.factor (scorecard, factor, expression, lo, hi) SELECT 'sc.empty', 'f' || i, 'orders + ' || i, i, i + 10 FROM generate_series(1, 101) AS i;
SELECT severity, finding, count(*) FROM tcs.scorecard_check('sc.empty', 'sc.account') GROUP BY 1, 2 ORDER BY 1, 2;
DELETE FROM tcs.factor WHERE factor = 'f101';
SELECT count(*) AS pairs FROM tcs.scorecard_check('sc.empty', 'sc.account') WHERE finding = 'says the same';

-- Arguments, and rights.
SELECT * FROM tcs.scorecard_check('nope', 'sc.account');
SELECT * FROM tcs.scorecard_check('sc.errors', 1::oid);
SELECT * FROM tcs.scorecard_check(NULL, 'sc.account');
SELECT * FROM tcs.scorecard_check('sc.errors', NULL);
CREATE ROLE regress_tcs_reader;
GRANT USAGE ON SCHEMA sc TO regress_tcs_reader;
SET ROLE regress_tcs_reader;
SELECT * FROM tcs.scorecard_check('sc.errors', 'sc.account');
RESET ROLE;
GRANT SELECT ON sc.account TO regress_tcs_reader;
ALTER TABLE sc.account ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON sc.account USING (id <= 10);
SET ROLE regress_tcs_reader;
SELECT rows FROM tcs.scorecard_check('sc.errors', 'sc.account') WHERE finding = 'index';
RESET ROLE;
-- within PL/pgSQL, in a transaction that goes on, and stopped by a timeout
DO $$ DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM tcs.scorecard_check('sc.errors', 'sc.account'); RAISE WARNING '% findings', n; END $$;
BEGIN;
SAVEPOINT s;
SELECT count(*) FROM tcs.scorecard_check('sc.errors', 'sc.many');
ROLLBACK TO s;
SELECT count(*) FROM tcs.scorecard_check('sc.errors', 'sc.many');
COMMIT;
CREATE VIEW sc.slow AS SELECT orders, pg_sleep(0.01) IS NULL AS s FROM sc.many;
SET statement_timeout = 50;
SELECT * FROM tcs.scorecard_check('sc.errors', 'sc.slow');
RESET statement_timeout;
DELETE FROM tcs.scorecard WHERE name LIKE 'sc.%';
DROP OWNED BY regress_tcs_reader;
DROP ROLE regress_tcs_reader;
DROP SCHEMA sc CASCADE;
