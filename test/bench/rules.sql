-- Segments by rules, against the CASE that one writes without them: the same
-- conditions, as text in the query.  At run time, where the name of the rule set
-- is no constant, rows are made for the call; there the row's width counts.

\echo Measuring rules

CREATE UNLOGGED TABLE card AS
SELECT customer_id, age, frequency AS purchases, monetary AS revenue,
	(ARRAY['DE', 'AT', 'CH', 'FR', 'NL'])[1 + customer_id % 5] AS country
FROM history
ORDER BY hashint8(customer_id);

CREATE UNLOGGED TABLE wide_card AS
SELECT customer_id, purchases AS orders, purchases, revenue,
	current_date - 730 AS first_day, current_date - age::int AS last_day, 730 AS days_since_first, age,
	730 / purchases AS mean_gap, age / 2 AS last_gap, 3::smallint AS recency_score,
	4::smallint AS frequency_score, 5::smallint AS monetary_score, '345' AS rfm_cell, country
FROM card;

CREATE INDEX ON card (revenue);
VACUUM ANALYZE card, wide_card;

DELETE FROM tcs.rule_set WHERE name LIKE 'bench %';
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('bench 12', 'others'), ('bench 100', 'others');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES
	('bench 12', 1, 'lost', 'age > 540'),
	('bench 12', 2, 'key account, late', 'revenue >= 2500 AND age > 60'),
	('bench 12', 3, 'key account', 'revenue >= 2500 AND purchases >= 60'),
	('bench 12', 4, 'champion', 'revenue >= 900 AND purchases >= 25 AND age <= 30'),
	('bench 12', 5, 'neighbour', $$country IN ('AT', 'CH') AND revenue BETWEEN 500 AND 1500$$),
	('bench 12', 6, 'win back', 'revenue > 600 AND age > 180'),
	('bench 12', 7, 'big baskets', 'revenue / purchases > 70'),
	('bench 12', 8, 'second order', 'purchases = 1 AND age < 60'),
	('bench 12', 9, 'one order', 'purchases = 1'),
	('bench 12', 10, 'regular', 'purchases >= 8 AND age < 120'),
	('bench 12', 11, 'Dutch', $$country LIKE 'N%' AND age < 365$$),
	('bench 12', 12, 'asleep', 'age > 365 OR revenue <= 0');
INSERT INTO tcs.rule (rule_set, priority, segment, condition)
SELECT 'bench 100', i, 'segment ' || i,
	format('age < %s AND purchases >= %s AND revenue > %s', 40 + 7 * i, 1 + i % 7, 20 * (101 - i))
FROM generate_series(1, 100) AS i;

-- What one writes instead of segment_assign and of in_segment.
CREATE FUNCTION written_case(of_set text) RETURNS text
LANGUAGE sql STABLE
RETURN (SELECT format('CASE %s ELSE %L END',
		string_agg(format('WHEN %s THEN %L', condition, segment), ' ' ORDER BY priority), 'others')
	FROM tcs.rule WHERE rule_set = of_set);

CREATE FUNCTION written_where(of_set text, of_priority int) RETURNS text
LANGUAGE sql STABLE
RETURN (SELECT string_agg(CASE WHEN priority < of_priority THEN format('(%s) IS NOT TRUE', condition)
		ELSE condition END, ' AND ' ORDER BY priority DESC)
	FROM tcs.rule WHERE rule_set = of_set AND priority <= of_priority);

INSERT INTO way (topic, way, phases, loops, query) VALUES
('rules 12', 'CASE', DEFAULT, DEFAULT, format('SELECT customer_id, %s FROM card', written_case('bench 12'))),
('rules 12', 'CASE, and planning', '{Planning Time, Execution Time}', DEFAULT,
	format('SELECT customer_id, %s FROM card', written_case('bench 12'))),
('rules 12', 'segment_assign, and planning', '{Planning Time, Execution Time}', DEFAULT,
	'SELECT customer_id, tcs.segment_assign(''bench 12'', card) FROM card'),
('rules 12', 'segment_assign at run time', DEFAULT, DEFAULT,
	'SELECT customer_id, tcs.segment_assign((SELECT ''bench 12''), card) FROM card'),

('rules 12 wide', 'CASE', DEFAULT, DEFAULT, format('SELECT customer_id, %s FROM wide_card', written_case('bench 12'))),
('rules 12 wide', 'segment_assign at run time', DEFAULT, DEFAULT,
	'SELECT customer_id, tcs.segment_assign((SELECT ''bench 12''), wide_card) FROM wide_card'),

('rules 100', 'CASE, and planning', '{Planning Time, Execution Time}', DEFAULT,
	format('SELECT customer_id, %s FROM card', written_case('bench 100'))),
('rules 100', 'segment_assign, and planning', '{Planning Time, Execution Time}', DEFAULT,
	'SELECT customer_id, tcs.segment_assign(''bench 100'', card) FROM card'),

('rules planning', 'CASE', '{Planning Time}', 101,
	format('SELECT customer_id, %s FROM card WHERE revenue > 1e9 AND customer_id <> $1', written_case('bench 100'))),
('rules planning', 'segment_assign', '{Planning Time}', 101,
	'SELECT customer_id, tcs.segment_assign(''bench 100'', card) FROM card WHERE revenue > 1e9 AND customer_id <> $1'),

('rules index', 'WHERE', DEFAULT, 11, 'SELECT * FROM card WHERE ' || written_where('bench 12', 3)),
('rules index', 'in_segment', DEFAULT, 11,
	'SELECT * FROM card WHERE tcs.in_segment(''bench 12'', ''key account'', card)'),
('rules index', 'WHERE, and planning', '{Planning Time, Execution Time}', 11,
	'SELECT * FROM card WHERE ' || written_where('bench 12', 3)),
('rules index', 'in_segment, and planning', '{Planning Time, Execution Time}', 11,
	'SELECT * FROM card WHERE tcs.in_segment(''bench 12'', ''key account'', card)');

-- All ways must come to the same, and be what they are called.
DO
$$
DECLARE
	w record;
	line text;
	plan text;
	differing bigint;
BEGIN
	FOR w IN SELECT a.topic, a.query, b.query AS plain
		FROM way AS a JOIN way AS b USING (topic)
		WHERE topic ~ '^rules (12|100|index)' AND a.way ~ 'segment' AND b.way !~ 'segment'
	LOOP
		EXECUTE format('SELECT count(*) FROM (%s EXCEPT ALL %s) AS d', w.query, w.plain) INTO differing;
		IF differing > 0 THEN
			RAISE EXCEPTION '% rows differ: %', differing, w.query;
		END IF;
	END LOOP;
	FOR w IN SELECT * FROM way WHERE topic LIKE 'rules %' LOOP
		plan := '';
		FOR line IN EXECUTE 'EXPLAIN (VERBOSE) ' || replace(w.query, '$1', '1') LOOP
			plan := plan || line || E'\n';
		END LOOP;
		IF (plan ~ 'segment_assign|in_segment') <> (w.way ~ 'at run time') OR w.topic = 'rules index' AND plan !~ 'Index' THEN
			RAISE EXCEPTION 'another plan than that of "%": %', w.way, plan;
		END IF;
	END LOOP;
END
$$;

-- a few per cent take more runs to see
CALL measure('rules 12', 3 * :repeats);
CALL measure('rules 12 wide', :repeats);
CALL measure('rules 100', :repeats);
CALL measure('rules planning', :repeats);
CALL measure('rules index', :repeats);

CALL claim_ratio('segment_assign, 12 rules / CASE, planning included',
	'rules 12', 'segment_assign, and planning', 'CASE, and planning', '<=', 1.05);
CALL claim_ratio('... 100 rules',
	'rules 100', 'segment_assign, and planning', 'CASE, and planning', '<=', 1.1);
CALL claim_ratio('... 12 rules at run time, rows of 5 columns',
	'rules 12', 'segment_assign at run time', 'CASE', '<=', 2.5);
CALL claim_ratio('... rows of 15 columns',
	'rules 12 wide', 'segment_assign at run time', 'CASE', '<=', 5);
CALL claim_ratio('... planning alone, 100 rules',
	'rules planning', 'segment_assign', 'CASE', '', NULL);
INSERT INTO claim (what, figure, unit, bound, target)
SELECT 'compiling 100 rules: the difference', a.milliseconds - b.milliseconds, 'ms', '<=', 10
FROM timing AS a, timing AS b
WHERE a.topic = 'rules planning' AND a.way = 'segment_assign'
	AND b.topic = 'rules planning' AND b.way = 'CASE';
CALL claim_ratio('in_segment with an index / WHERE',
	'rules index', 'in_segment', 'WHERE', '<=', 1.2);
CALL claim_ratio('... planning included',
	'rules index', 'in_segment, and planning', 'WHERE, and planning', '', NULL);
