-- Rules as an argument.

CREATE FUNCTION tcs.segment_assign_by(definition jsonb, "row" "any") RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_segment_assign_by';
COMMENT ON FUNCTION tcs.segment_assign_by(jsonb, "any") IS
'segment of a row by the rules in the definition, which has the form that rule_set_get gives and rule_set_put takes: for rules that are not in a table, such as those of another server or of last month. The same conditions are taken and refused as by segment_assign, which is faster for rules that are in the table. Errors: a definition of another form, a condition that is refused or names a column that the row has not, definition NULL';
