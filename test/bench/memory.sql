-- What a fit holds for each value when it has seen all of them: the memory of the
-- process at the last row, less that of the same query without the fit.

\echo Measuring memory

CREATE FUNCTION memory() RETURNS bigint
LANGUAGE sql VOLATILE
RETURN (SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts);

CREATE FUNCTION bytes_per_value(fit text, value_count int) RETURNS float8
LANGUAGE plpgsql AS
$$
DECLARE
	query constant text := '
		SELECT max(CASE WHEN n = last THEN bench.memory() END) %s
		FROM (SELECT *, row_number() OVER () AS n, (SELECT count(*) FROM bench.history) AS last
			FROM bench.history) AS h';
	plain bigint;
	fitting bigint;
	unused jsonb;
BEGIN
	EXECUTE format(query, '') INTO plain;
	EXECUTE format(query, ', ' || fit) INTO fitting, unused;
	RETURN (fitting - plain)::float8 / value_count / (SELECT count(*) FROM bench.history);
END
$$;

INSERT INTO claim (what, figure, unit, bound, target)
VALUES ('rfm_fit, memory for each value',
	bytes_per_value('tcs.rfm_fit(age, frequency, monetary)', 3), 'bytes', '<=', 8),
('abc_fit, memory for each value',
	bytes_per_value('tcs.abc_fit(abs(monetary))', 1), 'bytes', '<=', 8),
('gini, memory for each value',
	bytes_per_value('to_jsonb(tcs.gini(abs(monetary)))', 1), 'bytes', '<=', 8);

-- What many evaluations of rules leave behind, in one statement and in many.

CREATE FUNCTION growth(call text, evaluations bigint) RETURNS float8
LANGUAGE plpgsql AS
$$
DECLARE
	assigned bigint;
	bytes bigint[];
BEGIN
	EXECUTE format('
		SELECT count(%s), array_agg(bench.memory()) FILTER (WHERE n IN (1, 1000, %s))
		FROM (SELECT n, n %% 900 AS age, n %% 77 + 1 AS purchases, n %% 4000 AS revenue, ''AT'' AS country
			FROM (SELECT generate_series(1, %s::bigint) AS n) AS s OFFSET 0) AS c',
		call, evaluations, evaluations) INTO assigned, bytes;
	IF assigned <> evaluations THEN
		RAISE EXCEPTION 'only % evaluations', assigned;
	END IF;
	RETURN (bytes[3] - bytes[2]) / 1024.0;
END
$$;

INSERT INTO claim (what, figure, unit, bound, target) VALUES
('segment_assign, memory that one statement gains',
	growth($$tcs.segment_assign('bench 12', c)$$, :evaluations), 'kB', '<=', 64),
('... at run time',
	growth($$tcs.segment_assign((SELECT 'bench 12'), c)$$, :evaluations), 'kB', '<=', 64);

-- Every second one is at run time; the first of them fill the server's caches.
\o /dev/null
SELECT format('SELECT tcs.segment_assign(%s, x) FROM (SELECT * FROM card WHERE revenue <> %s LIMIT 1) AS x', rule_set, n)
FROM generate_series(1, 500) AS n,
	(VALUES ('''bench 12'''), ('(SELECT ''bench 12'')')) AS v (rule_set) \gexec
SELECT memory() AS before \gset
SELECT format('SELECT tcs.segment_assign(%s, x) FROM (SELECT * FROM card WHERE revenue <> %s LIMIT 1) AS x', rule_set, n)
FROM generate_series(1, :statements / 2) AS n,
	(VALUES ('''bench 12'''), ('(SELECT ''bench 12'')')) AS v (rule_set) \gexec
\o
INSERT INTO claim (what, figure, unit, bound, target) VALUES
('... that a session gains by many statements', (memory() - :before) / 1024.0, 'kB', '<=', 64);
