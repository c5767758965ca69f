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
'makes a segmentation, loads it and returns its table: into (key, segment, previous_segment, since) says who is in which segment; beside it are the tables into_moves (every move, when and why), into_state (definition, last refresh, last error) and into_queue (who is to be looked at), and the views into_history, into_monthly and into_status, all owned by the caller. source: a table, view (of create_metrics, say) or materialized view with one row per customer; key: its column that tells them apart, of any type with a btree order but composite and array ones; into has the type below any domain. Rows with a NULL key are left out. A segment is NULL where no rule matches and the rule set has no default. mode: what triggers of track_segmentation do, queue (note the key; process_segmentation works it off) or sync (bring the segment up to date in the same transaction). notify: send one notification a refresh, on the channel called like the table (without its schema), with the counts as JSON. All later writing runs as the owner of into, with search_path pg_catalog, pg_temp and the time zone of the session that made it: functions that a source calls must not count on another search_path. into is parsed as in SQL and may have a schema, at most 55 bytes; key is case-sensitive and unquoted. Read committed only. Errors: a relation of one of these names exists, a temporary source, no such column or rule set, a key that cannot serve, two rows for one key, a rule that fails, NULL for any of the first four';

CREATE FUNCTION tcs.refresh_segmentation("into" regclass,
										 OUT customers bigint, OUT entered bigint,
										 OUT moved bigint, OUT removed bigint)
	RETURNS record
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_refresh_segmentation';
COMMENT ON FUNCTION tcs.refresh_segmentation(regclass) IS
'brings a segmentation up to date: finds the customers whose segment is not what the source and the rules say, and moves just those; who is gone from the source leaves. Returns how many customers there are and how many entered, moved and were removed. Empties the queue. Causes of moves: rules, where the definition of the rule set changed since the last refresh and the old one gives the old segment (or cannot be evaluated any more); model, where the source is a metrics view with newer models; time, where tables are tracked and reported nothing about the customer; else data. Only the owner and roles with UPDATE on into may call it; it runs as the owner. Refreshes of one segmentation take turns; orders wait only for the customers who move. An error leaves everything as it was. Read committed only: begin a transaction with another isolation level, or on a standby, and it is refused. Errors: not a segmentation, a part of it dropped, renamed or owned by another, the source or the rule set gone, two rows for one key, a rule that fails';

CREATE FUNCTION tcs.refresh_segmentation("into" regclass, keys anyarray,
										 OUT customers bigint, OUT entered bigint,
										 OUT moved bigint, OUT removed bigint)
	RETURNS record
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_refresh_segmentation_keys';
COMMENT ON FUNCTION tcs.refresh_segmentation(regclass, anyarray) IS
'the same for the customers with these keys only, whose orders are reached by their index where the source allows it; customers counts the keys, each once and without NULLs. Takes them out of the queue, leaves last_refresh and the definition in the state as they are. Unknown keys do nothing. The array is of the key''s type or one that converts to it without loss. Causes of moves: rules, removed and data. Errors: as for all customers, an array of another type';

CREATE FUNCTION tcs.process_segmentation("into" regclass, at_most integer DEFAULT 100000)
	RETURNS bigint
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_process_segmentation';
COMMENT ON FUNCTION tcs.process_segmentation(regclass, integer) IS
'works off the queue of a segmentation: the keys in its at_most oldest rows, or, where a full refresh is due (after track_segmentation or a TRUNCATE: a row with key NULL), everyone; returns how many customers were looked at. Those for whom a rule fails stay in the queue, at its end, with a warning and the last error in into_state, and hold up nobody else. Call it from a job, every minute say. Who may call it, and where: as refresh_segmentation. Errors: at_most below 1; else as refresh_segmentation, of what concerns the segmentation as a whole';

CREATE FUNCTION tcs.track_changes() RETURNS trigger
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_track_changes';
COMMENT ON FUNCTION tcs.track_changes() IS
'the function behind the triggers of track_segmentation; only those may use it';

CREATE FUNCTION tcs.track_segmentation("into" regclass, relation regclass, key name)
	RETURNS integer
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_track_segmentation';
COMMENT ON FUNCTION tcs.track_segmentation(regclass, regclass, name) IS
'has a table report to a segmentation whose rows change, by statement-level triggers on it and on each of its partitions and children; key: its column that holds the key, of the key''s type or one that converts to it without loss. Returns the number of tables that got triggers. Call it for every table that the source reads, again for new partitions, after ALTER of the column''s name or of mode in into_state, and after a rename of the segmentation; a second call replaces the triggers of the first. A full refresh is due afterwards, for what changed before: process_segmentation or refresh_segmentation does it. Whoever changes the table needs no rights on the segmentation, and the change never fails because of it, except for a conflict with another transaction (SQLSTATE class 40) and where the server lacks resources; an error of a rule in mode sync is noted in into_state, and the keys are queued. Mode sync is right in read committed; in repeatable read and serializable it is right or the transaction fails with 40001 and is to be repeated. Not reported: rows that logical replication applies, changes while triggers are disabled, and what a view or foreign table shows of other places; call refresh_segmentation from time to time. DROP EXTENSION refuses to go while there are such triggers, and CASCADE takes them along. Needs ownership of into and TRIGGER on the table. Errors: a view, materialized view, foreign or temporary table, no such column or one of a type that does not convert, no right';

CREATE FUNCTION tcs.untrack_segmentation("into" regclass, relation regclass)
	RETURNS integer
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_untrack_segmentation';
COMMENT ON FUNCTION tcs.untrack_segmentation(regclass, regclass) IS
'takes away the triggers that track_segmentation made on a table and on its partitions and children; returns the number of tables that had any. Needs ownership of into or of the table. Errors: there are none, no right';

CREATE FUNCTION tcs.drop_segmentation("into" regclass) RETURNS void
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_drop_segmentation';
COMMENT ON FUNCTION tcs.drop_segmentation(regclass) IS
'drops a segmentation with all that create_segmentation and track_segmentation made, as far as it is still there. Needs ownership. Errors: not a segmentation, something else depends on its tables or views';
