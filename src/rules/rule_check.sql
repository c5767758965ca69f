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
'checks a rule set against a relation, which it reads once. severity error: "refused", a rule that does not compile over its columns, "fails", one that raises an error on a row of it; detail says which and where, and such rules are left out of the rest. severity warning: "impossible", a condition that can never be true; "unreachable", one that implies the condition of an earlier rule (other_priority; NULL: those of several together), proved without the data; "never first", a rule that decided for no row of the relation; "always true", one that takes every row that comes to it, so that no rule behind it and no default is reached, as it can never be false (proved) or is true of every row of the relation (a last rule that says true, where there is no default, is no such). severity note: "clock", a condition that changes with time alone; "null", rows that no earlier rule matches and for which the condition is NULL, so that they do not match; "overlaps", rows that match rules of several segments; "overlap", those that match both of two rules (priority decides before other_priority), whose segments differ; "no rules", "no rows". severity figure: "segment", the rows of each segment, "default", those that no rule matches (segment NULL: no default). share: of all rows. Rules that are not enabled are left out. Proofs compare a rule with as many before it as takes a bounded time: all of them in a set of 1000 rules of two comparisons, 1000 in one of 2000, 200 in one of 10000; pairs are counted for up to 1000 rules. The rest takes time in proportion to rules times rows, and can be cancelled. Errors: no such rule set or relation, no right to read the relation, NULL';
