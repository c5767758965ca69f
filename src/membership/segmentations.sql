-- What a DBA looks at: which segmentations there are, and how they are doing.
--
-- There is no registry that could be wrong: a segmentation is the tables that it is
-- made of.

CREATE FUNCTION tcs.version() RETURNS text
	LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_version';
COMMENT ON FUNCTION tcs.version() IS
'version of the library that runs, such as 0.6.0; where it is not that of \dx, ALTER EXTENSION tcs UPDATE is due';

CREATE FUNCTION tcs.source_tables(source regclass) RETURNS regclass[]
	LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_source_tables_sql';
COMMENT ON FUNCTION tcs.source_tables(regclass) IS
'tables that a table or view is or reads, foreign tables and materialized views included, by name: what a segmentation of this source should track. Looks through views and SQL functions with a body that is parsed; what other functions read is noted nowhere. Of a partitioned table, what the views name. Leaves out tables of models, which refreshes look at, and the server''s own. NULL for NULL; no rights are needed';

CREATE FUNCTION tcs_internal.segmentation_status(state regclass,
										OUT segmentation regclass, OUT source regclass,
										OUT rule_set text, OUT mode text, OUT customers bigint,
										OUT last_refresh timestamptz, OUT duration interval,
										OUT last_process timestamptz, OUT process_duration interval,
										OUT queue_length bigint, OUT queue_oldest timestamptz,
										OUT failing bigint,
										OUT last_error text, OUT last_error_state text,
										OUT last_error_at timestamptz,
										OUT tracked regclass[], OUT untracked regclass[],
										OUT bytes bigint)
	RETURNS record
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_segmentation_status';
COMMENT ON FUNCTION tcs_internal.segmentation_status(regclass) IS
'how the segmentation of a table into_state is doing, in the columns of tcs.segmentations; runs no code of its owner, and waits for no lock longer than a tenth of a second. NULL for what is no such table, and without SELECT on it';

CREATE VIEW tcs.segmentations WITH (security_invoker = true) AS
SELECT s.segmentation, s.source, s.rule_set, s.mode, s.customers,
	s.last_refresh, s.duration, s.last_process, s.process_duration,
	s.queue_length, s.queue_oldest, s.failing,
	s.last_error, s.last_error_state, s.last_error_at,
	s.tracked, s.untracked, s.bytes
FROM pg_catalog.pg_class AS state
CROSS JOIN LATERAL tcs_internal.segmentation_status(state.oid) AS s
WHERE state.relkind IN ('r', 'p')
	AND pg_catalog.right(state.relname::text, 6) OPERATOR(pg_catalog.=) '_state'
	AND pg_catalog.has_table_privilege(state.oid, 'SELECT')
	AND pg_catalog.has_schema_privilege(state.relnamespace, 'USAGE')
	AND EXISTS (SELECT FROM pg_catalog.pg_class AS moves
		WHERE moves.relnamespace OPERATOR(pg_catalog.=) state.relnamespace
			AND moves.relname OPERATOR(pg_catalog.=) (pg_catalog.left(state.relname::text, -6) OPERATOR(pg_catalog.||) '_moves')::name
			AND moves.relkind IN ('r', 'p'))
	AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
		WHERE a.attrelid OPERATOR(pg_catalog.=) state.oid AND a.attname OPERATOR(pg_catalog.=) 'key_column')
	AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
		WHERE a.attrelid OPERATOR(pg_catalog.=) state.oid AND a.attname OPERATOR(pg_catalog.=) 'rule_set');
COMMENT ON VIEW tcs.segmentations IS
'the segmentations whose table into_state you may read, and how they are doing. One that is broken, altered, locked or made to harm has its row too: what could not be read is NULL, and last_error says why. Nothing of its owner runs';
COMMENT ON COLUMN tcs.segmentations.segmentation IS 'its table; NULL: that was dropped without tcs.drop_segmentation';
COMMENT ON COLUMN tcs.segmentations.source IS 'table or view the segments are computed from';
COMMENT ON COLUMN tcs.segmentations.rule_set IS 'rule set by which segments are assigned';
COMMENT ON COLUMN tcs.segmentations.mode IS 'what triggers do: queue the keys, or sync with the transaction';
COMMENT ON COLUMN tcs.segmentations.customers IS 'how many customers there were at the last full refresh';
COMMENT ON COLUMN tcs.segmentations.last_refresh IS 'when the last full refresh began';
COMMENT ON COLUMN tcs.segmentations.duration IS 'how long it took';
COMMENT ON COLUMN tcs.segmentations.last_process IS 'when the queue was last worked off';
COMMENT ON COLUMN tcs.segmentations.process_duration IS 'how long that took';
COMMENT ON COLUMN tcs.segmentations.queue_length IS 'rows in the queue; NULL, as the two after it, without SELECT on into_queue';
COMMENT ON COLUMN tcs.segmentations.queue_oldest IS 'since when the first of them waits; NULL: none does';
COMMENT ON COLUMN tcs.segmentations.failing IS 'how many of them wait because a rule or the source failed for them';
COMMENT ON COLUMN tcs.segmentations.last_error IS 'the newest error, of a refresh, of a key that waits, or of reading this row; NULL: none since all was well';
COMMENT ON COLUMN tcs.segmentations.last_error_state IS 'its SQLSTATE';
COMMENT ON COLUMN tcs.segmentations.last_error_at IS 'when it happened; NULL too for an error of reading this row';
COMMENT ON COLUMN tcs.segmentations.tracked IS 'tables that report their changes; NULL, as the one after it, without SELECT on into_tracked';
COMMENT ON COLUMN tcs.segmentations.untracked IS 'tables beneath the source that do not: their changes wait for the next full refresh. See tcs.source_tables';
COMMENT ON COLUMN tcs.segmentations.bytes IS 'size of its tables with their indexes';
GRANT SELECT ON tcs.segmentations TO PUBLIC;

CREATE FUNCTION tcs.grant_segmentation("into" regclass, role regrole, may text DEFAULT 'read')
	RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record;
BEGIN
	PERFORM tcs_internal.segmentation_parts($1);
	IF may NOT IN ('read', 'refresh', 'nothing') THEN
		RAISE EXCEPTION 'unknown right: "%"', may
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give read, refresh (which includes read) or nothing.';
	END IF;
	-- GRANT itself only warns whoever has some of the rights
	IF NOT pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = $1), 'USAGE') THEN
		RAISE EXCEPTION 'must be owner of segmentation %', $1
			USING ERRCODE = 'insufficient_privilege',
				HINT = 'Have its owner grant the rights.';
	END IF;
	FOR part IN
		SELECT format('%I.%I', n.nspname, p.relname) AS name
		  FROM pg_class AS c
		  JOIN pg_namespace AS n ON n.oid = c.relnamespace
		  JOIN pg_class AS p ON p.relnamespace = c.relnamespace AND p.relowner = c.relowner
		 WHERE c.oid = $1
		   AND (p.oid = c.oid
				OR p.relname::text IN (SELECT c.relname || suffix
					FROM unnest('{_moves,_state,_queue,_tracked,_pins,_history,_monthly,_status}'::text[]) AS suffix)
				   AND p.relkind IN ('r', 'v', 'p'))
		 ORDER BY p.relname
	LOOP
		IF may = 'nothing' THEN
			EXECUTE format('REVOKE SELECT, UPDATE ON %s FROM %s', part.name, role);
		ELSE
			EXECUTE format('GRANT SELECT ON %s TO %s', part.name, role);
		END IF;
	END LOOP;
	IF may = 'refresh' THEN
		EXECUTE format('GRANT UPDATE ON %s TO %s', $1, role);
	ELSIF may = 'read' THEN
		EXECUTE format('REVOKE UPDATE ON %s FROM %s', $1, role);
	END IF;
END
$$;
COMMENT ON FUNCTION tcs.grant_segmentation(regclass, regrole, text) IS
'gives a role the rights on a segmentation, as a GRANT of each of its tables and views would: read (SELECT on all of them), refresh (and UPDATE on into, by which one may call refresh_segmentation, process_segmentation and the like) or nothing (takes both away). What was granted otherwise, or to a role that this one is a member of, stays. USAGE on the schema, and SELECT on the source for what reads it, are yours to grant. Needs ownership. Errors: not a segmentation, no right to grant, an unknown right';
