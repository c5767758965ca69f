-- What times queries.  A topic is a set of ways to get something; its ways run
-- in turn, so that whatever else the machine does meets all of them alike.

CREATE TABLE way (
	n int GENERATED ALWAYS AS IDENTITY,
	topic text,
	way text,
	query text NOT NULL,			-- $1 is another customer each time
	workers int NOT NULL DEFAULT 0,
	loops int NOT NULL DEFAULT 1,	-- executions in a run, for short queries
	phases text[] NOT NULL DEFAULT '{Execution Time}',	-- of EXPLAIN, that count
	PRIMARY KEY (topic, way)
);

CREATE TABLE run (
	topic text,
	way text,
	milliseconds float8,
	FOREIGN KEY (topic, way) REFERENCES way
);

-- What is promised: a figure and its bound.
CREATE TABLE claim (
	n int GENERATED ALWAYS AS IDENTITY,
	what text,
	figure float8,
	unit text,
	bound text,
	target float8
);

-- The server's own time of one execution, or of other phases of the query.  The rows are made and thrown away: a
-- count(*) around the query would let the planner drop what it is about.  An error
-- where there were fewer workers, if they are to be so many exactly.
CREATE FUNCTION execution_time(query text, workers int, phases text[], exactly boolean DEFAULT true) RETURNS float8
LANGUAGE plpgsql AS
$$
DECLARE
	plan json;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, true);
	EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, BUFFERS OFF, FORMAT JSON) ' || query INTO plan;
	IF exactly AND workers > 0 AND plan::text !~ format('"Workers Launched": %s\M', workers) THEN
		RAISE EXCEPTION 'the server started fewer than % workers', workers
			USING DETAIL = plan->0->'Plan';
	END IF;
	RETURN (SELECT sum((plan->0->>phase)::float8) FROM unnest(phases) AS phase);
END
$$;

CREATE PROCEDURE measure(of_topic text, repeats int)
LANGUAGE plpgsql AS
$$
DECLARE
	customers constant bigint := (SELECT count(*) FROM bench.customers);
	w bench.way;
	times float8[];
BEGIN
	FOR r IN 1 .. repeats LOOP
		FOR w IN SELECT * FROM bench.way WHERE topic = of_topic ORDER BY n LOOP
			times := NULL;
			FOR l IN 1 .. w.loops LOOP
				times := times || bench.execution_time(
					replace(w.query, '$1', (l * 7919 % customers + 1)::text), w.workers, w.phases);
			END LOOP;
			INSERT INTO bench.run
			SELECT of_topic, w.way, percentile_cont(0.5) WITHIN GROUP (ORDER BY t)
			FROM unnest(times) AS t;
		END LOOP;
	END LOOP;
END
$$;

-- The ways' medians.
CREATE VIEW timing AS
SELECT n, topic, way, workers,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) AS milliseconds
FROM way JOIN run USING (topic, way)
GROUP BY n, topic, way, workers;

CREATE PROCEDURE claim_ratio(what text, of_topic text, numerator text, denominator text,
	bound text, target float8)
LANGUAGE sql AS
$$
	INSERT INTO bench.claim (what, figure, unit, bound, target)
	SELECT claim_ratio.what, a.milliseconds / b.milliseconds, '×', claim_ratio.bound, claim_ratio.target
	FROM bench.timing AS a, bench.timing AS b
	WHERE a.topic = of_topic AND a.way = numerator
		AND b.topic = of_topic AND b.way = denominator
$$;

\set random bench
\ir ../random.sql
