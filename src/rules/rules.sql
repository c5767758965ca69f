-- Rules: segments as rows, each a condition in SQL.
--
-- A rule set is an ordered list of rules.  A row belongs to the segment of the
-- first rule, by ascending priority, whose condition is true of it; a condition
-- that is NULL does not match; a row that none matches gets the default segment
-- of the rule set.  A condition is one boolean expression over the columns of the
-- row, with constants and the operators, casts and functions that are built in
-- (and those of this extension).  It cannot act, read a table or run anyone's code.
--
-- Rule sets whose names begin with "tcs." belong to the extension.

CREATE TABLE tcs.rule_set (
	name text COLLATE "C" NOT NULL,
	description text,
	default_segment text,
	time_zone text,
	changed_by text NOT NULL,
	changed_at timestamptz NOT NULL,
	CONSTRAINT rule_set_pkey PRIMARY KEY (name),
	CONSTRAINT rule_set_name_check CHECK (name <> '')
);
COMMENT ON TABLE tcs.rule_set IS
'sets of rules that put rows into segments; names that begin with "tcs." are the extension''s own';
COMMENT ON COLUMN tcs.rule_set.name IS
'what segment_assign calls it by';
COMMENT ON COLUMN tcs.rule_set.description IS
'what it is for';
COMMENT ON COLUMN tcs.rule_set.default_segment IS
'segment of a row that no rule matches; NULL: none';
COMMENT ON COLUMN tcs.rule_set.time_zone IS
'time zone of literals that name none; NULL: such literals are refused';
COMMENT ON COLUMN tcs.rule_set.changed_by IS
'role that wrote the row last';
COMMENT ON COLUMN tcs.rule_set.changed_at IS
'when it was written last';

CREATE TABLE tcs.rule (
	rule_set text COLLATE "C" NOT NULL,
	priority integer NOT NULL,
	segment text NOT NULL,
	condition text NOT NULL,
	description text,
	enabled boolean NOT NULL DEFAULT true,
	changed_by text NOT NULL,
	changed_at timestamptz NOT NULL,
	CONSTRAINT rule_rule_set_priority_key UNIQUE (rule_set, priority) DEFERRABLE,
	CONSTRAINT rule_rule_set_fkey FOREIGN KEY (rule_set) REFERENCES tcs.rule_set
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE tcs.rule IS
'rules: rows for which the condition holds, and that of no rule with a lower priority, belong to the segment';
COMMENT ON COLUMN tcs.rule.rule_set IS
'the set it belongs to';
COMMENT ON COLUMN tcs.rule.priority IS
'the lowest that matches decides';
COMMENT ON COLUMN tcs.rule.segment IS
'name of the segment; several rules may lead to one';
COMMENT ON COLUMN tcs.rule.condition IS
'boolean SQL expression over the columns of the row';
COMMENT ON COLUMN tcs.rule.description IS
'why; an advised action';
COMMENT ON COLUMN tcs.rule.enabled IS
'false: the rule is left out';
COMMENT ON COLUMN tcs.rule.changed_by IS
'role that wrote the row last';
COMMENT ON COLUMN tcs.rule.changed_at IS
'when it was written last';

CREATE TRIGGER rule_set_before BEFORE INSERT OR UPDATE OR DELETE ON tcs.rule_set
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_before();
CREATE TRIGGER rule_set_after AFTER INSERT OR UPDATE OR DELETE ON tcs.rule_set
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_after();
CREATE TRIGGER rule_set_truncate AFTER TRUNCATE ON tcs.rule_set
	FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.stored_after();
CREATE TRIGGER rule_before BEFORE INSERT OR UPDATE OR DELETE ON tcs.rule
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_before();
CREATE TRIGGER rule_after AFTER INSERT OR UPDATE OR DELETE ON tcs.rule
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_after();
CREATE TRIGGER rule_truncate AFTER TRUNCATE ON tcs.rule
	FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.stored_after();
-- also where changes arrive by replication
ALTER TABLE tcs.rule_set ENABLE ALWAYS TRIGGER rule_set_after;
ALTER TABLE tcs.rule_set ENABLE ALWAYS TRIGGER rule_set_truncate;
ALTER TABLE tcs.rule ENABLE ALWAYS TRIGGER rule_after;
ALTER TABLE tcs.rule ENABLE ALWAYS TRIGGER rule_truncate;

GRANT SELECT ON tcs.rule_set, tcs.rule TO PUBLIC;

-- The users' rows are dumped, the extension's own are not.
SELECT pg_catalog.pg_extension_config_dump('tcs.rule_set', 'WHERE name NOT LIKE ''tcs.%''');
SELECT pg_catalog.pg_extension_config_dump('tcs.rule', 'WHERE rule_set NOT LIKE ''tcs.%''');

-- Evaluation.

CREATE FUNCTION tcs_internal.segment_assign_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_segment_assign_support';
COMMENT ON FUNCTION tcs_internal.segment_assign_support(internal) IS
'planner support of segment_assign';

CREATE FUNCTION tcs_internal.segment_matches_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_segment_matches_support';
COMMENT ON FUNCTION tcs_internal.segment_matches_support(internal) IS
'planner support of segment_matches';

CREATE FUNCTION tcs_internal.in_segment_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_in_segment_support';
COMMENT ON FUNCTION tcs_internal.in_segment_support(internal) IS
'planner support of in_segment';

CREATE FUNCTION tcs.segment_assign(rule_set text, "row" "any") RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	SUPPORT tcs_internal.segment_assign_support
	AS 'MODULE_PATHNAME', 'tcs_segment_assign';
COMMENT ON FUNCTION tcs.segment_assign(text, "any") IS
'segment of a row by a rule set: that of the first rule, by ascending priority, whose condition is true; else the default segment of the rule set, which may be NULL. row: a whole row (of a table, view or subquery); a NULL row is a row of NULLs. Replaced by the plain CASE expression where the planner can. Errors: no such rule set, a condition that is refused or names a column that the row has not; on a shard of a distributed engine, a rule set that is not shipped, unless tcs.definitions_on_shards is own';

CREATE FUNCTION tcs.segment_matches(rule_set text, "row" "any") RETURNS text[]
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	SUPPORT tcs_internal.segment_matches_support
	AS 'MODULE_PATHNAME', 'tcs_segment_matches';
COMMENT ON FUNCTION tcs.segment_matches(text, "any") IS
'all segments whose conditions are true of a row, each once, by priority; empty when there is none (the default is not a match). Errors: as segment_assign';

CREATE FUNCTION tcs.in_segment(rule_set text, segment text, "row" "any") RETURNS boolean
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	SUPPORT tcs_internal.in_segment_support
	AS 'MODULE_PATHNAME', 'tcs_in_segment';
COMMENT ON FUNCTION tcs.in_segment(text, text, "any") IS
'is that the segment of the row? Never NULL. In WHERE the planner sees the plain conditions, and an index on the columns serves them. Errors: no such segment in the rule set; else as segment_assign';

CREATE FUNCTION tcs.rule_priorities(rule_set text, "row" "any") RETURNS integer[]
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rule_priorities';
COMMENT ON FUNCTION tcs.rule_priorities(text, "any") IS
'priorities of all rules whose conditions are true of a row, ascending; empty when there is none. Errors: as segment_assign';

CREATE FUNCTION tcs.segment_explain(rule_set text, "row" "any",
									OUT priority integer, OUT segment text,
									OUT condition text, OUT matched boolean,
									OUT decisive boolean, OUT failed text,
									OUT found text, OUT short_by double precision,
									OUT reason text)
	RETURNS SETOF record
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000 ROWS 20
	AS 'MODULE_PATHNAME', 'tcs_segment_explain';
COMMENT ON FUNCTION tcs.segment_explain(text, "any") IS
'why a row is in its segment: by ascending priority a row for each enabled rule that matches, and one for each part (joined by AND) that keeps another from matching. decisive: this rule gave the segment; the default segment, without a priority, when none did. failed: the part; found: the values in it; short_by: how far a number, or a time in days, is from what a comparison needs, NULL where that has no meaning; reason: the same in words. Behind a part that failed, only parts that compare columns and constants are looked at: the first may guard the others. Errors: a NULL row; else as segment_assign';

-- The arguments in another order: told so, and not that there is no such function.

@each function, arguments, types, result
@ segment_assign  | "row" record, rule_set "any"                | record, "any"        | text
@ segment_matches | "row" record, rule_set "any"                | record, "any"        | text[]
@ segment_explain | "row" record, rule_set "any"                | record, "any"        | text
@ in_segment      | rule_set text, "row" record, segment "any"  | text, record, "any"  | boolean
@ in_segment      | "row" record, rule_set "any", segment "any" | record, "any", "any" | boolean
CREATE FUNCTION tcs.@function@(@arguments@)
	RETURNS @result@
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_row_swapped';
COMMENT ON FUNCTION tcs.@function@(@types@) IS
'an error that says that the row comes last';
@end
