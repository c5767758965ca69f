-- Mutants until the time is over, twenty to a transaction.
SET statement_timeout = '5s';
SELECT setseed((:seed % 1000) / 1000.0) \g /dev/null
CREATE TEMP TABLE tally (state text PRIMARY KEY, n bigint);
CREATE TEMP TABLE till AS SELECT clock_timestamp() + :seconds * interval '1 second' AS at;
CREATE PROCEDURE fuzz() LANGUAGE plpgsql AS $$
DECLARE c text; s text; BEGIN
	FOR i IN 1 .. 20 LOOP
		EXIT WHEN clock_timestamp() > (SELECT at FROM till);
		c := mutant();
		s := try(c);
		IF s = 'ZZ999' OR EXISTS (SELECT FROM canary) OR (SELECT is_called FROM counter) THEN
			RAISE EXCEPTION 'the condition acted: %', c;
		END IF;
		INSERT INTO tally VALUES (s, 1) ON CONFLICT (state) DO UPDATE SET n = tally.n + 1;
	END LOOP;
END $$;
SELECT try(condition) AS seeds FROM seeds \g /dev/null
SELECT 'CALL fuzz();' FROM generate_series(1, :seconds * 200)
\gexec
SELECT sum(n) || ' conditions, ' || coalesce(sum(n) FILTER (WHERE state = 'accepted'), 0) || ' accepted' FROM tally;
SELECT 1 / count(*) AS some_are_accepted FROM tally WHERE state = 'accepted' \g /dev/null
