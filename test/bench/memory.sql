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
