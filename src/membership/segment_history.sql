-- What a segmentation tells about the past: who was where, who moved, and how
-- the sizes change.  All of it is read from the table of moves, with the rights
-- of whoever asks.
--
-- A customer is in a segment from the moment of the move, that moment included,
-- until the next move.  A segment is NULL where the rule set had none to give;
-- whether a customer was there at all is said by a column change of its own.

CREATE FUNCTION tcs.segmentation_parts("into" regclass,
									   OUT moves text, OUT state text,
									   OUT key_type text, OUT key_equal text)
	RETURNS record
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	segmentation ALIAS FOR $1;
	schema_oid oid;
	schema_name name;
	table_name name;
	tables name[];
BEGIN
	IF segmentation IS NULL THEN
		RAISE EXCEPTION 'argument "into" must not be null'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the name of a table that tcs.create_segmentation made.';
	END IF;
	SELECT n.oid, n.nspname, c.relname
	  INTO schema_oid, schema_name, table_name
	  FROM pg_class AS c
	  JOIN pg_namespace AS n ON n.oid = c.relnamespace
	 WHERE c.oid = segmentation;
	IF table_name IS NULL THEN
		RAISE EXCEPTION 'relation with OID % does not exist', segmentation::oid
			USING ERRCODE = 'undefined_table',
				HINT = 'Give the name of a table that tcs.create_segmentation made.';
	END IF;

	tables := ARRAY(SELECT c.relname
					 FROM pg_class AS c
					WHERE c.relnamespace = schema_oid
					  AND c.relname IN (table_name || '_moves', table_name || '_state')
					  AND c.relkind IN ('r', 'p'));
	IF cardinality(tables) = 0 THEN
		RAISE EXCEPTION '"%" is not a segmentation', table_name
			USING ERRCODE = 'wrong_object_type',
				HINT = 'Give the name of a table that tcs.create_segmentation made.';
	ELSIF cardinality(tables) = 1 THEN
		RAISE EXCEPTION 'segmentation "%" has no table "%" in its schema "%"', table_name,
				table_name || CASE WHEN tables[1] LIKE '%\_moves' THEN '_state' ELSE '_moves' END,
				schema_name
			USING ERRCODE = 'undefined_table',
				HINT = 'Rename or move the tables of a segmentation together.';
	END IF;
	moves := format('%I.%I', schema_name, table_name || '_moves');
	state := format('%I.%I', schema_name, table_name || '_state');

	-- The operator that the primary key compares by: one found through the
	-- search_path could be another.
	SELECT format_type(a.atttypid, a.atttypmod),
			format('OPERATOR(%I.%s)', n.nspname, o.oprname)
	  INTO key_type, key_equal
	  FROM pg_index AS i
	  JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attname = 'key'
	  JOIN pg_opclass AS c ON c.oid = i.indclass[0]
	  JOIN pg_amop AS m ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3
						AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
	  JOIN pg_operator AS o ON o.oid = m.amopopr
	  JOIN pg_namespace AS n ON n.oid = o.oprnamespace
	 WHERE i.indrelid = segmentation AND i.indisprimary AND i.indkey[0] = a.attnum;
	IF key_equal IS NULL THEN
		RAISE EXCEPTION 'segmentation "%" has lost its primary key', table_name
			USING ERRCODE = 'object_not_in_prerequisite_state',
				HINT = format('Run ALTER TABLE %I.%I ADD PRIMARY KEY (key).', schema_name, table_name);
	END IF;
END
$$;
COMMENT ON FUNCTION tcs.segmentation_parts(regclass) IS
'names, as they are written in SQL, of the tables of moves and of the state of a segmentation, the type of its key, and the operator that keys are compared by. Errors: NULL, no segmentation, one whose tables were renamed or moved apart, no primary key';

-- Who was where.

CREATE FUNCTION tcs.segment_at("into" regclass, at timestamptz)
	RETURNS TABLE (key text, segment text)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 100000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs.segmentation_parts($1);
BEGIN
	IF at IS NULL THEN
		RAISE EXCEPTION 'argument "at" must not be null'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the moment that you ask about, now() say.';
	END IF;
	RETURN QUERY EXECUTE format(
		'SELECT key::text, to_segment
		   FROM (SELECT DISTINCT ON (key) key, to_segment, present
				   FROM %s
				  WHERE moved_at <= $1
				  ORDER BY key DESC, moved_at DESC, id DESC) AS m
		  WHERE present', part.moves)
		USING at;
END
$$;
COMMENT ON FUNCTION tcs.segment_at(regclass, timestamptz) IS
'where every customer was at a moment: the customers who were there then, with their segment, NULL for those in none. The key as text. Reads all moves until then; for one customer give the key as well. Errors: not a segmentation, NULL';

CREATE FUNCTION tcs.segment_at("into" regclass, at timestamptz, key anyelement)
	RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs.segmentation_parts($1);
	answer text;
	exact boolean := true;
BEGIN
	-- 1.5 would be rounded to a customer
	IF (SELECT bool_and(typcategory = 'N') FROM pg_type
		 WHERE oid IN (part.key_type::regtype, pg_typeof(key))) THEN
		EXECUTE format('SELECT ($1::%s)::numeric = $1::numeric', part.key_type) INTO exact USING key;
	END IF;
	IF NOT exact THEN
		RETURN NULL;
	END IF;
	EXECUTE format(
		'SELECT CASE WHEN present THEN to_segment END
		   FROM %s
		  WHERE key %s $2::%s AND moved_at <= $1
		  ORDER BY moved_at DESC, id DESC
		  LIMIT 1', part.moves, part.key_equal, part.key_type)
		INTO answer
		USING at, key;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION tcs.segment_at(regclass, timestamptz, anyelement) IS
'segment that one customer was in at a moment, read by index; NULL for one who was in none, was not there, or has no such key. NULL for NULL. Errors: not a segmentation, a key that is no value of the key''s type';

CREATE FUNCTION tcs.segment_at("into" regclass, at timestamptz, key text)
	RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs.segmentation_parts($1);
	answer text;
BEGIN
	EXECUTE format(
		'SELECT CASE WHEN present THEN to_segment END
		   FROM %s
		  WHERE key %s $2::%s AND moved_at <= $1
		  ORDER BY moved_at DESC, id DESC
		  LIMIT 1', part.moves, part.key_equal, part.key_type)
		INTO answer
		USING at, key;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION tcs.segment_at(regclass, timestamptz, text) IS
'the same for a key that is text, or written as a literal without a type';

-- Moves for another system to fetch.

-- IMMUTABLE is what a generated column asks for, and right for it: the value is
-- computed once, when the row is written.
CREATE FUNCTION tcs.move_xid(id bigint)
	RETURNS xid8
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_move_xid';
COMMENT ON FUNCTION tcs.move_xid(bigint) IS
'transaction that writes a move: the column xid of a table of moves is generated by it, so that a restored dump counts in the transactions of its new cluster';

CREATE FUNCTION tcs.segment_moves_cursor()
	RETURNS text
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 100
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	snapshot pg_snapshot := pg_current_snapshot();
	own xid8 := pg_current_xact_id_if_assigned();
BEGIN
	IF pg_is_in_recovery() THEN
		-- Here the snapshot does not tell which transactions are running.  All
		-- below xmin have ended: the moves of the others come with a later call.
		snapshot := format('%1$s:%1$s:', pg_snapshot_xmin(snapshot))::pg_snapshot;
	ELSIF own < pg_snapshot_xmax(snapshot) THEN
		-- A snapshot does not count its own transaction among the running ones.
		snapshot := format('%s:%s:%s',
			CASE WHEN own < pg_snapshot_xmin(snapshot) THEN own ELSE pg_snapshot_xmin(snapshot) END,
			pg_snapshot_xmax(snapshot),
			(SELECT string_agg(xip::text, ',' ORDER BY xip)
			   FROM (SELECT pg_snapshot_xip(snapshot) UNION SELECT own) AS running (xip)))::pg_snapshot;
	END IF;
	RETURN (SELECT system_identifier FROM pg_control_system()) || '/' || snapshot;
END
$$;
COMMENT ON FUNCTION tcs.segment_moves_cursor() IS
'cursor as of now, from which segment_moves_since goes on: for a reader who wants the moves to come, and none of the past';

CREATE FUNCTION tcs.segment_moves_since("into" regclass, since text DEFAULT NULL)
	RETURNS TABLE (id bigint, key text, from_segment text, to_segment text, change text,
				   moved_at timestamptz, cause text, cursor text)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs.segmentation_parts($1);
	-- One snapshot for the cursor and for the rows: the function is STABLE.
	next_cursor text := tcs.segment_moves_cursor();
	seen pg_snapshot;
	now_seen pg_snapshot := split_part(next_cursor, '/', 2)::pg_snapshot;
BEGIN
	IF since IS NOT NULL THEN
		IF since !~ '^\d{1,20}/\d{1,20}:\d{1,20}:(\d{1,20}(,\d{1,20})*)?$' THEN
			RAISE EXCEPTION 'invalid cursor: "%"', since
				USING ERRCODE = 'invalid_parameter_value',
					HINT = 'Give the column cursor of an earlier answer, or NULL for all moves.';
		END IF;
		seen := split_part(since, '/', 2)::pg_snapshot;
		IF split_part(since, '/', 1) <> split_part(next_cursor, '/', 1)
			OR pg_snapshot_xmax(seen) > pg_snapshot_xmax(pg_current_snapshot()) THEN
			RAISE EXCEPTION 'cursor "%" is not of this database cluster', since
				USING ERRCODE = 'invalid_parameter_value',
					DETAIL = 'A cursor counts transactions, which a restored or copied database does not have.',
					HINT = 'Read all moves again, with NULL for the cursor.';
		END IF;
		RETURN QUERY EXECUTE format(
			'SELECT id, key::text, from_segment, to_segment,
					CASE WHEN entered THEN ''entered'' WHEN NOT present THEN ''left'' ELSE ''moved'' END,
					moved_at, cause, $1
			   FROM %s
			  WHERE xid >= $2
				AND NOT pg_visible_in_snapshot(xid, $3)
				AND pg_visible_in_snapshot(xid, $4)
			  ORDER BY id', part.moves)
			USING next_cursor, pg_snapshot_xmin(seen), seen, now_seen;
	ELSE
		RETURN QUERY EXECUTE format(
			'SELECT id, key::text, from_segment, to_segment,
					CASE WHEN entered THEN ''entered'' WHEN NOT present THEN ''left'' ELSE ''moved'' END,
					moved_at, cause, $1
			   FROM %s
			  WHERE pg_visible_in_snapshot(xid, $2)
			  ORDER BY id', part.moves)
			USING next_cursor, now_seen;
	END IF;
END
$$;
COMMENT ON FUNCTION tcs.segment_moves_since(regclass, text) IS
'moves for another system to fetch: those that were committed since the cursor of an earlier answer, or all for NULL, by id. Every row carries the same new cursor, to be kept for the next call; when no row comes, the old one stays good. Each move comes exactly once, however late its transaction commits; what the asking transaction itself has moved comes after its commit. change: entered (from_segment is NULL because the customer was not there), moved or left. On a standby, moves wait for the transactions that ran beside theirs. After a loss of committed transactions (recovery to a point in time, failover to a standby that lagged) read all again. Errors: not a segmentation, no such cursor, one of another cluster';
