-- Membership: who is in which segment, kept fresh, with every move and its cause.
--
-- create_segmentation makes plain tables and views in the caller's schema, with
-- the caller's rights; the extension keeps nothing about them.  What writes to
-- them later runs as their owner, whoever caused it.

CREATE FUNCTION tcs.create_segmentation("into" text, source regclass, key name,
										rule_set text,
										mode text DEFAULT 'queue',
										notify boolean DEFAULT false)
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_segmentation';
COMMENT ON FUNCTION tcs.create_segmentation(text, regclass, name, text, text, boolean) IS
'makes a segmentation: the table into, which says who is in which segment, and beside it into_moves, into_state, into_queue and the views into_history, into_monthly and into_status, all owned by the caller; loads it; returns the table';

CREATE FUNCTION tcs.refresh_segmentation("into" regclass,
										 OUT customers bigint, OUT entered bigint,
										 OUT moved bigint, OUT removed bigint)
	RETURNS record
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_refresh_segmentation';
COMMENT ON FUNCTION tcs.refresh_segmentation(regclass) IS
'brings a segmentation up to date with its source and its rules';

CREATE FUNCTION tcs.refresh_segmentation("into" regclass, keys anyarray,
										 OUT customers bigint, OUT entered bigint,
										 OUT moved bigint, OUT removed bigint)
	RETURNS record
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_refresh_segmentation_keys';
COMMENT ON FUNCTION tcs.refresh_segmentation(regclass, anyarray) IS
'brings the segments of these customers up to date';

CREATE FUNCTION tcs.process_segmentation("into" regclass, at_most integer DEFAULT 100000)
	RETURNS bigint
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_process_segmentation';
COMMENT ON FUNCTION tcs.process_segmentation(regclass, integer) IS
'works off the queue of a segmentation';

CREATE FUNCTION tcs.track_changes() RETURNS trigger
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_track_changes';
COMMENT ON FUNCTION tcs.track_changes() IS
'trigger of tracked tables, made by track_segmentation: reports whose rows changed';

CREATE FUNCTION tcs.track_segmentation("into" regclass, relation regclass, key name)
	RETURNS integer
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_track_segmentation';
COMMENT ON FUNCTION tcs.track_segmentation(regclass, regclass, name) IS
'has a table report to a segmentation whose rows change';

CREATE FUNCTION tcs.untrack_segmentation("into" regclass, relation regclass)
	RETURNS integer
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_untrack_segmentation';
COMMENT ON FUNCTION tcs.untrack_segmentation(regclass, regclass) IS
'takes the triggers away that track_segmentation made';

CREATE FUNCTION tcs.drop_segmentation("into" regclass) RETURNS void
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_drop_segmentation';
COMMENT ON FUNCTION tcs.drop_segmentation(regclass) IS
'drops a segmentation';
