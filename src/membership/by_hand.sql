-- What people do by hand to a segmentation: not by writing to its tables, which
-- a trigger refuses, but by calls that leave members, moves and queue agreeing.

CREATE FUNCTION tcs_internal.segmentation_guard() RETURNS trigger
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_segmentation_guard';
COMMENT ON FUNCTION tcs_internal.segmentation_guard() IS
'the function behind the triggers tcs_guard, by which the table of a segmentation and that of its moves refuse whatever is not written by tcs itself';

-- Pins.

CREATE FUNCTION tcs.pin_segment("into" regclass, key anyelement, segment text,
								reason text DEFAULT NULL, until timestamptz DEFAULT NULL)
	RETURNS text
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_pin_segment';
COMMENT ON FUNCTION tcs.pin_segment(regclass, anyelement, text, text, timestamptz) IS
'keeps a customer in a segment, whatever the rules say, from now until that time or until unpin_segment; returns the segment. The table into_pins says who is pinned, by whom (the role of the session), why, since when and until when. Takes the place of an earlier pin of the customer, and of a bar from that segment. Orders, refreshes and the queue heed it, at once; moves that come of it, and of its end, have the cause manual. At its end the customer goes back by the next refresh_segmentation or process_segmentation, or the next order in mode sync. key: of the type of the key, or one that converts to it without loss. Who may call it, and where: as refresh_segmentation. Errors: NULL for any of the first three, a time that is past, a segment that no rule of the rule set has, a customer who is not there; else as refresh_segmentation';

CREATE FUNCTION tcs.pin_segment("into" regclass, key text, segment text,
								reason text DEFAULT NULL, until timestamptz DEFAULT NULL)
	RETURNS text
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_pin_segment';
COMMENT ON FUNCTION tcs.pin_segment(regclass, text, text, text, timestamptz) IS
'the same for a key that is text, or written as a literal without a type';

CREATE FUNCTION tcs.bar_segment("into" regclass, key anyelement, segment text,
								reason text DEFAULT NULL, until timestamptz DEFAULT NULL)
	RETURNS text
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_bar_segment';
COMMENT ON FUNCTION tcs.bar_segment(regclass, anyelement, text, text, timestamptz) IS
'keeps a customer out of a segment, as pin_segment keeps one in: the segment is that of the next rule that matches, the default at last (or none, where that is barred too). A customer may be barred from several; a bar from the segment that the customer is pinned to ends the pin. Returns the segment that the customer is in now. Moves that take somebody out of a barred segment have the cause manual. Errors: as pin_segment';

CREATE FUNCTION tcs.bar_segment("into" regclass, key text, segment text,
								reason text DEFAULT NULL, until timestamptz DEFAULT NULL)
	RETURNS text
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_bar_segment';
COMMENT ON FUNCTION tcs.bar_segment(regclass, text, text, text, timestamptz) IS
'the same for a key that is text, or written as a literal without a type';

CREATE FUNCTION tcs.unpin_segment("into" regclass, key anyelement, segment text DEFAULT NULL)
	RETURNS text
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_unpin_segment';
COMMENT ON FUNCTION tcs.unpin_segment(regclass, anyelement, text) IS
'ends the pin or bar of a customer in that segment, or without one all of the customer''s; returns the segment that the customer is in now, by the rules, NULL for one who is in none or not there. Errors: NULL for into or key, nothing to end; else as refresh_segmentation';

CREATE FUNCTION tcs.unpin_segment("into" regclass, key text, segment text DEFAULT NULL)
	RETURNS text
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_unpin_segment';
COMMENT ON FUNCTION tcs.unpin_segment(regclass, text, text) IS
'the same for a key that is text, or written as a literal without a type';

CREATE FUNCTION tcs.segment_reason("into" regclass, key anyelement,
								   OUT kind text, OUT priority integer, OUT segment text,
								   OUT decisive boolean, OUT reason text,
								   OUT set_by text, OUT since timestamptz, OUT until timestamptz)
	RETURNS SETOF record
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 10000 ROWS 20
	AS 'MODULE_PATHNAME', 'tcs_segment_reason';
COMMENT ON FUNCTION tcs.segment_reason(regclass, anyelement) IS
'why a customer is in its segment, as of now: a row for each pin and bar that holds (kind pinned or barred, with who set it, why, since when and until when), then the rules as segment_explain tells them (kind rule, with the priority), last the default segment where it comes to that (kind default). decisive: this gave the segment; where nothing is decisive, the customer is in none. The rules are asked as the owner of the segmentation; callers who have SELECT on into and into_pins and none on the source, or see other rows of it than the owner does (row security, a view with security_invoker), get the pins and one row of kind rule with the segment. NULL arguments: no rows. Errors: not a segmentation, no such customer, no right; else as segment_explain';

CREATE FUNCTION tcs.segment_reason("into" regclass, key text,
								   OUT kind text, OUT priority integer, OUT segment text,
								   OUT decisive boolean, OUT reason text,
								   OUT set_by text, OUT since timestamptz, OUT until timestamptz)
	RETURNS SETOF record
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 10000 ROWS 20
	AS 'MODULE_PATHNAME', 'tcs_segment_reason';
COMMENT ON FUNCTION tcs.segment_reason(regclass, text) IS
'the same for a key that is text, or written as a literal without a type';

-- Who is who, and who is to be forgotten.

CREATE FUNCTION tcs.merge_keys("into" regclass, from_key anyelement, to_key anyelement)
	RETURNS text
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_merge_keys';
COMMENT ON FUNCTION tcs.merge_keys(regclass, anyelement, anyelement) IS
'says that two customers turned out to be one, after their data were put together (in the same transaction, or before): from_key goes, by a move with the cause merged that names to_key in merged_into, and to_key is brought up to date; returns its segment. Migrations say merged, not left. Where from_key is gone already, its last move becomes that move, with a new id. Pins and bars of from_key hold for to_key, unless that has one that contradicts. A from_key that the source has again later comes back as a customer of its own. Who may call it, and where: as refresh_segmentation. NULL for NULL. Errors: the source still has from_key, to_key is not there, from_key never was, the two are the same; else as refresh_segmentation';

CREATE FUNCTION tcs.merge_keys("into" regclass, from_key text, to_key text)
	RETURNS text
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_merge_keys';
COMMENT ON FUNCTION tcs.merge_keys(regclass, text, text) IS
'the same for keys that are text, or written as literals without a type';

CREATE FUNCTION tcs.segment_history("into" regclass, key anyelement,
									OUT known_as text, OUT segment text,
									OUT valid_from timestamptz, OUT valid_to timestamptz,
									OUT cause text, OUT ended_by text)
	RETURNS SETOF record
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 1000 ROWS 20
	AS 'MODULE_PATHNAME', 'tcs_segment_history';
COMMENT ON FUNCTION tcs.segment_history(regclass, anyelement) IS
'the stays of one customer, by time, under this key and under all that were merged into it: as the view into_history, with the key of then in known_as, as text. No rows for a key that never was, and for NULL. Needs SELECT on into_moves. Errors: not a segmentation, a key of another type, no right';

CREATE FUNCTION tcs.segment_history("into" regclass, key text,
									OUT known_as text, OUT segment text,
									OUT valid_from timestamptz, OUT valid_to timestamptz,
									OUT cause text, OUT ended_by text)
	RETURNS SETOF record
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 1000 ROWS 20
	AS 'MODULE_PATHNAME', 'tcs_segment_history';
COMMENT ON FUNCTION tcs.segment_history(regclass, text) IS
'the same for a key that is text, or written as a literal without a type';

CREATE FUNCTION tcs.erase_customer("into" regclass, key anyelement, consents regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_erase_customer';
COMMENT ON FUNCTION tcs.erase_customer(regclass, anyelement, regclass) IS
'takes a customer out of a segmentation as if there never had been one: out of into, into_moves, into_queue and into_pins, and errors in the state that name the key; all that was merged into the customer too. consents: a table of create_consents, whose rows for the customer go as well, by a DELETE of the caller''s. Returns how many moves there were; 0 for a customer who is not known. Transactions that are at work on the customer are waited for. The past then reads as if the customer had not been there: sizes shrink, by one where it was. Erase the customer from the source first: where that still has it there is a warning, and the next order or refresh brings it back. The bytes are gone from the files, and from the statistics of the planner, after VACUUM and ANALYZE of the tables; a reader of segment_moves_since is not told. Needs DELETE on into (and on consents); read committed only. Works where the source is gone or fails. Errors: NULL for into or key, not a segmentation, a foreign key to into that holds the row, no right';

CREATE FUNCTION tcs.erase_customer("into" regclass, key text, consents regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_erase_customer';
COMMENT ON FUNCTION tcs.erase_customer(regclass, text, regclass) IS
'the same for a key that is text, or written as a literal without a type';

-- What was before the first load.

CREATE FUNCTION tcs.backfill_segmentation("into" regclass, since date DEFAULT NULL, every text DEFAULT 'month',
										  history regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_backfill_segmentation';
COMMENT ON FUNCTION tcs.backfill_segmentation(regclass, date, text, regclass) IS
'fills in the moves from before the first load of a segmentation, with the cause backfill; returns how many. since: the source is a view of create_metrics or a view over such views; it is read as of the beginning of that day and of each day, week, month, quarter or year (every) after it until the first load, in the zone of the segmentation: what was ordered later does not count, but for all that is not in the order log (models, rules, columns that are joined) it is what is known today, and now() in rules is now. history: instead, a table or view with the columns key, segment, valid_from and valid_to (NULL: still), a row a stay, as into_history has them; what is later than the first load is left out. Either way the chain is closed: a customer who is found by the first load where the past ends has not moved then, and the initial move goes; one who is found elsewhere has moved, one who is not found has left. Once only. Sizes, migrations and segment_at reach back that far; whoever reads segment_moves_since gets the old moves as new ones, with their old times. Needs ownership, and SELECT on history; read committed only; orders wait while the chains are joined at the end. Errors: both or none of since and history, a day that is not before the first load, another period, a source that tells no past, stays that overlap or end before they begin, a past that is there already; else as refresh_segmentation';

-- Nothing is taken away from under a segmentation.

CREATE FUNCTION tcs_internal.rule_set_in_use() RETURNS trigger
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_rule_set_in_use';
COMMENT ON FUNCTION tcs_internal.rule_set_in_use() IS
'the function behind the trigger that lets nobody delete or rename a rule set that a segmentation uses';
CREATE TRIGGER rule_set_in_use AFTER DELETE OR UPDATE ON tcs.rule_set
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.rule_set_in_use();
