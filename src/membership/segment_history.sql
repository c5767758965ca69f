-- What a segmentation tells about the past: who was where, who moved, and how
-- the sizes change.  All of it is read from the table of moves, with the rights
-- of whoever asks.
--
-- A customer is in a segment from the moment of the move, that moment included,
-- until the next move.  A segment is NULL where the rule set had none to give;
-- whether a customer was there at all is said by a column change of its own.

CREATE FUNCTION tcs_internal.segmentation_parts("into" regclass, with_state boolean DEFAULT false,
									   value name DEFAULT NULL,
									   OUT moves text, OUT key_oid oid, OUT key_type text,
									   OUT key_equal text, OUT key_text text,
									   OUT source text, OUT source_key text, OUT time_zone text)
	RETURNS record
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_segmentation_parts';
COMMENT ON FUNCTION tcs_internal.segmentation_parts(regclass, boolean, name) IS
'what is needed to read a segmentation, as it is written in SQL: its table of moves, the type of its key, the operator that keys are compared by, the key as text and, with_state, its source (NULL: gone), the key there and the time zone; with a value, that column of the source has to be one of numbers. The table of moves is checked, and locked against being altered until the transaction ends. Errors: NULL, no segmentation, one whose tables were renamed, moved apart or altered, no right to read them, a key of a type of somebody else whose code would run with the rights of the caller, no such source or value';

-- Who was where.

CREATE FUNCTION tcs.segment_at("into" regclass, at timestamptz)
	RETURNS TABLE (key text, segment text)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 100000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs_internal.segmentation_parts($1);
BEGIN
	IF at IS NULL THEN
		RAISE EXCEPTION 'argument "at" must not be null'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the moment that you ask about, now() say.';
	END IF;
	RETURN QUERY EXECUTE format(
		'SELECT %2$s, to_segment
		   FROM (SELECT DISTINCT ON (key) key, to_segment, present
				   FROM %1$s
				  WHERE moved_at <= $1
				  ORDER BY key DESC, moved_at DESC, id DESC) AS m
		  WHERE present', part.moves, part.key_text)
		USING at;
END
$$;
COMMENT ON FUNCTION tcs.segment_at(regclass, timestamptz) IS
'where every customer was at a moment: the customers who were there then, with their segment, NULL for those in none. The key as text. Reads all moves until then; for one customer give the key as well. Errors: not a segmentation, NULL';

-- A key that comes as text is written as a literal: what makes it one of the
-- key's type is the input function of that type, never a cast, which whoever owns
-- the type could have made.
CREATE FUNCTION tcs.segment_at("into" regclass, at timestamptz, key text)
	RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs_internal.segmentation_parts($1);
	answer text;
BEGIN
	EXECUTE format(
		'SELECT CASE WHEN present THEN to_segment END
		   FROM %s
		  WHERE key %s %L::%s AND moved_at <= $1
		  ORDER BY moved_at DESC, id DESC
		  LIMIT 1', part.moves, part.key_equal, key, part.key_type)
		INTO answer
		USING at;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION tcs.segment_at(regclass, timestamptz, text) IS
'the same for a key that is text, or written as a literal without a type';

CREATE FUNCTION tcs.segment_at("into" regclass, at timestamptz, key anyelement)
	RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs_internal.segmentation_parts($1);
	given oid := pg_typeof(key);
	cast_key text := '$2';
	answer text;
	exact boolean := true;
BEGIN
	WHILE EXISTS (SELECT FROM pg_type WHERE oid = given AND typtype = 'd') LOOP
		given := (SELECT typbasetype FROM pg_type WHERE oid = given);
	END LOOP;
	IF given <> part.key_oid THEN
		-- Casts between the server's own types are the server's.
		IF given >= 16384 OR part.key_oid >= 16384 THEN
			RETURN tcs.segment_at($1, at, format('%s', key));
		END IF;
		-- 1.5 would be rounded to a customer
		IF (SELECT bool_and(typcategory = 'N') FROM pg_type WHERE oid IN (part.key_oid, given)) THEN
			EXECUTE format('SELECT ($1::%s)::numeric = $1::numeric', part.key_type) INTO exact USING key;
		END IF;
		IF NOT exact THEN
			RETURN NULL;
		END IF;
		cast_key := format('$2::%s', part.key_type);
	END IF;
	EXECUTE format(
		'SELECT CASE WHEN present THEN to_segment END
		   FROM %s
		  WHERE key %s %s AND moved_at <= $1
		  ORDER BY moved_at DESC, id DESC
		  LIMIT 1', part.moves, part.key_equal, cast_key)
		INTO answer
		USING at, key;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION tcs.segment_at(regclass, timestamptz, anyelement) IS
'segment that one customer was in at a moment, read by index; NULL for one who was in none, was not there, or has no such key. NULL for NULL. Errors: not a segmentation, a key that is no value of the key''s type';

-- Moves for another system to fetch.

-- IMMUTABLE is what a generated column asks for, and right for it: the value is
-- computed once, when the row is written.
CREATE FUNCTION tcs_internal.move_xid(id bigint)
	RETURNS xid8
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_move_xid';
COMMENT ON FUNCTION tcs_internal.move_xid(bigint) IS
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
	part record := tcs_internal.segmentation_parts($1);
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
			'SELECT id, %2$s, from_segment, to_segment,
					CASE WHEN entered THEN ''entered'' WHEN cause = ''merged'' THEN ''merged'' WHEN NOT present THEN ''left'' ELSE ''moved'' END,
					moved_at, cause, $1
			   FROM %1$s
			  WHERE xid >= $2
				AND NOT pg_visible_in_snapshot(xid, $3)
				AND pg_visible_in_snapshot(xid, $4)
			  ORDER BY id', part.moves, part.key_text)
			USING next_cursor, pg_snapshot_xmin(seen), seen, now_seen;
	ELSE
		RETURN QUERY EXECUTE format(
			'SELECT id, %2$s, from_segment, to_segment,
					CASE WHEN entered THEN ''entered'' WHEN cause = ''merged'' THEN ''merged'' WHEN NOT present THEN ''left'' ELSE ''moved'' END,
					moved_at, cause, $1
			   FROM %1$s
			  WHERE pg_visible_in_snapshot(xid, $2)
			  ORDER BY id', part.moves, part.key_text)
			USING next_cursor, now_seen;
	END IF;
END
$$;
COMMENT ON FUNCTION tcs.segment_moves_since(regclass, text) IS
'moves for another system to fetch: those that were committed since the cursor of an earlier answer, or all for NULL, by id. Every row carries the same new cursor, to be kept for the next call; when no row comes, the old one stays good. Each move comes exactly once, however late its transaction commits; what the asking transaction itself has moved comes after its commit. change: entered (from_segment is NULL because the customer was not there), moved, left or merged (merged_into in into_moves says into whom). On a standby, moves wait for the transactions that ran beside theirs. After a loss of committed transactions (recovery to a point in time, failover to a standby that lagged) read all again. Errors: not a segmentation, no such cursor, one of another cluster';
