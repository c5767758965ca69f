-- What is wrong with a rule set, and what it does to the rows of a relation.

CREATE FUNCTION tcs.rule_check(rule_set text, relation regclass,
							   OUT severity text, OUT finding text,
							   OUT priority integer, OUT segment text,
							   OUT other_priority integer,
							   OUT other_segment text,
							   OUT "rows" bigint, OUT share double precision,
							   OUT detail text)
	RETURNS SETOF record
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000 ROWS 50
	AS 'MODULE_PATHNAME', 'tcs_rule_check';
COMMENT ON FUNCTION tcs.rule_check(text, regclass) IS
'checks a rule set against a relation, which it reads once. severity error: "refused", a rule that does not compile over its columns, "fails", one that raises an error on a row of it; detail says which and where, and such rules are left out of the rest. severity warning: "impossible", a condition that can never be true; "unreachable", one that implies the condition of an earlier rule (other_priority; NULL: those of several together), proved without the data; "never first", a rule that decided for no row of the relation. severity note: "clock", a condition that changes with time alone; "overlaps", rows that match rules of several segments; "overlap", those that match both of two rules (priority decides before other_priority), whose segments differ; "no rules", "no rows". severity figure: "segment", the rows of each segment, "default", those that no rule matches (segment NULL: no default). share: of all rows. Rules that are not enabled are left out. Proofs compare a rule with the 1000 before it; pairs are counted for up to 1000 rules. Errors: no such rule set or relation, no right to read the relation, NULL';
