-- Rules as an argument: what decides travels with the query, to another machine too.

@each function, result
@ segment_assign  | text
@ segment_matches | text[]
CREATE FUNCTION tcs_internal.@function@_by_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_@function@_by_support';
COMMENT ON FUNCTION tcs_internal.@function@_by_support(internal) IS
'planner support of @function@_by';

CREATE FUNCTION tcs.@function@_by(definition jsonb, "row" "any") RETURNS @result@
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SUPPORT tcs_internal.@function@_by_support
	AS 'MODULE_PATHNAME', 'tcs_@function@_by';
@end
COMMENT ON FUNCTION tcs.segment_assign_by(jsonb, "any") IS
'segment of a row by the rules in the definition, which has the form that rule_set_get gives and rule_set_put takes: for rules that are not in a table, such as those of another server or of last month, and for queries that other machines have a part in, which read no table of rules then. The same conditions are taken and refused as by segment_assign; where the definition is a constant the call is replaced by the plain CASE expression, as that is. Errors: a definition of another form, a condition that is refused or names a column that the row has not, definition NULL';
COMMENT ON FUNCTION tcs.segment_matches_by(jsonb, "any") IS
'all segments whose conditions are true of a row, each once, by priority, as segment_matches, by the rules in the definition. Errors: as segment_assign_by';

CREATE FUNCTION tcs_internal.in_segment_by_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_in_segment_by_support';
COMMENT ON FUNCTION tcs_internal.in_segment_by_support(internal) IS
'planner support of in_segment_by';

CREATE FUNCTION tcs.in_segment_by(definition jsonb, segment text, "row" "any") RETURNS boolean
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SUPPORT tcs_internal.in_segment_by_support
	AS 'MODULE_PATHNAME', 'tcs_in_segment_by';
COMMENT ON FUNCTION tcs.in_segment_by(jsonb, text, "any") IS
'is that the segment of the row, by the rules in the definition? As in_segment: never NULL, and in WHERE the planner sees the plain conditions where definition and segment are constants. Errors: no such segment in the definition; else as segment_assign_by';

CREATE FUNCTION tcs.segment_explain_by(definition jsonb, "row" "any",
									   OUT priority integer, OUT segment text,
									   OUT condition text, OUT matched boolean,
									   OUT decisive boolean, OUT failed text,
									   OUT found text, OUT short_by double precision,
									   OUT reason text)
	RETURNS SETOF record
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000 ROWS 20
	AS 'MODULE_PATHNAME', 'tcs_segment_explain_by';
COMMENT ON FUNCTION tcs.segment_explain_by(jsonb, "any") IS
'why a row is in its segment by the rules in the definition, in the rows of segment_explain. Errors: a NULL row; else as segment_assign_by';
