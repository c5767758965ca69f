-- Scorecards: an index from 0 to 100 as a weighted mean of factors.
--
-- A factor is an expression over the columns of a row, numeric or boolean, in the
-- form that the conditions of rules have.  Its value v is scaled from lo..hi to
-- 0..1: with c = v, or the nearer of lo and hi where v lies beyond them,
--
--		scaled = (c - lo) / (hi - lo)
--		index  = 100 * sum(weight * scaled) / sum(weight)
--
-- in the order of the factors' names.  hi < lo turns a factor round: less is better.
-- A value on the worse side of a factor's gate makes the index 0.  NULL and NaN are
-- missing values; what they do is each factor's own choice.
--
-- Scorecards whose names begin with "tcs." belong to the extension.

CREATE TABLE tcs.scorecard (
	name text COLLATE "C" NOT NULL,
	description text,
	time_zone text,
	changed_by text NOT NULL,
	changed_at timestamptz NOT NULL,
	CONSTRAINT scorecard_pkey PRIMARY KEY (name),
	CONSTRAINT scorecard_name_check CHECK (name <> '')
);
COMMENT ON TABLE tcs.scorecard IS
'scorecards, which give rows an index from 0 to 100; names that begin with "tcs." are the extension''s own';
COMMENT ON COLUMN tcs.scorecard.name IS
'what scorecard_score calls it by';
COMMENT ON COLUMN tcs.scorecard.description IS
'what it is for';
COMMENT ON COLUMN tcs.scorecard.time_zone IS
'time zone of literals that name none; NULL: such literals are refused';
COMMENT ON COLUMN tcs.scorecard.changed_by IS
'role that wrote the row last';
COMMENT ON COLUMN tcs.scorecard.changed_at IS
'when it was written last';

-- With these bounds no difference and no sum of them leaves the range of the type.
CREATE TABLE tcs.factor (
	scorecard text COLLATE "C" NOT NULL,
	factor text COLLATE "C" NOT NULL,
	expression text NOT NULL,
	weight double precision NOT NULL DEFAULT 1,
	lo double precision NOT NULL DEFAULT 0,
	hi double precision NOT NULL DEFAULT 1,
	gate double precision,
	missing text NOT NULL DEFAULT 'reweight',
	description text,
	enabled boolean NOT NULL DEFAULT true,
	changed_by text NOT NULL,
	changed_at timestamptz NOT NULL,
	CONSTRAINT factor_pkey PRIMARY KEY (scorecard, factor),
	CONSTRAINT factor_scorecard_fkey FOREIGN KEY (scorecard) REFERENCES tcs.scorecard
		ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT factor_factor_check CHECK (factor <> ''),
	CONSTRAINT factor_weight_check CHECK (weight >= 0 AND weight <= 1e300),
	CONSTRAINT factor_lo_check CHECK (lo >= -1e300 AND lo <= 1e300),
	CONSTRAINT factor_hi_check CHECK (hi >= -1e300 AND hi <= 1e300),
	CONSTRAINT factor_range_check CHECK (lo <> hi),
	CONSTRAINT factor_gate_check CHECK (gate <> 'NaN'),
	CONSTRAINT factor_missing_check CHECK (missing IN ('reweight', 'lo', 'null'))
);
COMMENT ON TABLE tcs.factor IS
'factors of scorecards: expressions over a row, scaled from lo..hi to 0..1 and weighted';
COMMENT ON COLUMN tcs.factor.scorecard IS
'the scorecard it belongs to';
COMMENT ON COLUMN tcs.factor.factor IS
'its name; factors are added up in the order of their names';
COMMENT ON COLUMN tcs.factor.expression IS
'numeric or boolean SQL expression over the columns of the row; true counts as 1, false as 0';
COMMENT ON COLUMN tcs.factor.weight IS
'its part of the index, relative to those of the others, from 0 to 1e300; 0: a gate only';
COMMENT ON COLUMN tcs.factor.lo IS
'value that adds nothing to the index, as those beyond it do; from -1e300 to 1e300';
COMMENT ON COLUMN tcs.factor.hi IS
'value that adds all of the weight, as those beyond it do; below lo where less is better';
COMMENT ON COLUMN tcs.factor.gate IS
'a value worse than it (below; above where hi < lo) makes the index 0; NULL: none';
COMMENT ON COLUMN tcs.factor.missing IS
'what a value that is NULL or NaN does: reweight leaves factor and gate out, lo counts as lo, null makes the index NULL';
COMMENT ON COLUMN tcs.factor.description IS
'what it stands for; what raises it';
COMMENT ON COLUMN tcs.factor.enabled IS
'false: the factor is left out';
COMMENT ON COLUMN tcs.factor.changed_by IS
'role that wrote the row last';
COMMENT ON COLUMN tcs.factor.changed_at IS
'when it was written last';

CREATE TRIGGER scorecard_before BEFORE INSERT OR UPDATE OR DELETE ON tcs.scorecard
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_before();
CREATE TRIGGER scorecard_after AFTER INSERT OR UPDATE OR DELETE ON tcs.scorecard
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_after();
CREATE TRIGGER scorecard_truncate AFTER TRUNCATE ON tcs.scorecard
	FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.stored_after();
CREATE TRIGGER factor_before BEFORE INSERT OR UPDATE OR DELETE ON tcs.factor
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_before();
CREATE TRIGGER factor_after AFTER INSERT OR UPDATE OR DELETE ON tcs.factor
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_after();
CREATE TRIGGER factor_truncate AFTER TRUNCATE ON tcs.factor
	FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.stored_after();
-- also where changes arrive by replication
ALTER TABLE tcs.scorecard ENABLE ALWAYS TRIGGER scorecard_after;
ALTER TABLE tcs.scorecard ENABLE ALWAYS TRIGGER scorecard_truncate;
ALTER TABLE tcs.factor ENABLE ALWAYS TRIGGER factor_after;
ALTER TABLE tcs.factor ENABLE ALWAYS TRIGGER factor_truncate;

-- A parallel restore may bring factors before their scorecards, and rules before
-- their rule sets: pg_dump keeps no order between the rows of an extension's tables.
-- So the check of the foreign keys is left to the triggers, which know a restored
-- row by its changed_at; cascades are still the foreign keys' own.
DO $$
DECLARE
	check_of record;
BEGIN
	FOR check_of IN
		SELECT c.conrelid::pg_catalog.regclass AS member, t.tgname AS name
		  FROM pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_trigger AS t
			ON t.tgconstraint = c.oid AND t.tgrelid = c.conrelid
		 WHERE c.contype = 'f' AND c.conrelid IN ('tcs.rule'::pg_catalog.regclass,
												  'tcs.factor'::pg_catalog.regclass)
	LOOP
		EXECUTE pg_catalog.format('ALTER TABLE %s DISABLE TRIGGER %I',
								  check_of.member, check_of.name);
	END LOOP;
END
$$;

GRANT SELECT ON tcs.scorecard, tcs.factor TO PUBLIC;

-- The users' rows are dumped, the extension's own are not.
SELECT pg_catalog.pg_extension_config_dump('tcs.scorecard', 'WHERE name NOT LIKE ''tcs.%''');
SELECT pg_catalog.pg_extension_config_dump('tcs.factor', 'WHERE scorecard NOT LIKE ''tcs.%''');

-- Evaluation.

CREATE FUNCTION tcs_internal.scorecard_score_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_scorecard_score_support';
COMMENT ON FUNCTION tcs_internal.scorecard_score_support(internal) IS
'planner support of scorecard_score';

CREATE FUNCTION tcs.scorecard_score(scorecard text, "row" "any") RETURNS double precision
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	SUPPORT tcs_internal.scorecard_score_support
	AS 'MODULE_PATHNAME', 'tcs_scorecard_score';
COMMENT ON FUNCTION tcs.scorecard_score(text, "any") IS
'index of a row by a scorecard, from 0 to 100: 100 * sum(weight * scaled) / sum(weight) over the factors that are enabled, in the order of their names, where scaled is the value between lo (0) and hi (1). 0 where a gate closes, whatever is missing; else NULL where a factor that must be known (missing = ''null'') is NULL or NaN, and where no factor with a weight is left. row: a whole row (of a table, view or subquery); a NULL row is a row of NULLs. Replaced by the plain arithmetic where the planner can. Errors: no such scorecard, an expression that is refused or names a column that the row has not, NULL scorecard, a scorecard that is not shipped on a shard of a distributed engine, unless tcs.definitions_on_shards is own, a value beyond the range of double precision, or one so near to lo (by about 1e-300) that its share underflows';

CREATE FUNCTION tcs.scorecard_sql(scorecard text, relation regclass) RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_scorecard_sql';
COMMENT ON FUNCTION tcs.scorecard_sql(text, regclass) IS
'the scorecard as text: the SQL expression that scorecard_score stands for over the rows of the relation, to be put into a query over the same columns. It needs the extension only where a factor calls one of its functions. Instants are written with their time zone. Errors: no such scorecard or relation, NULL; else as scorecard_score';

CREATE FUNCTION tcs.scorecard_explain(scorecard text, "row" "any",
									  OUT factor text,
									  OUT value double precision,
									  OUT scaled double precision,
									  OUT weight double precision,
									  OUT contribution double precision,
									  OUT gate double precision,
									  OUT gate_open boolean,
									  OUT missing boolean,
									  OUT description text)
	RETURNS SETOF record
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000 ROWS 10
	AS 'MODULE_PATHNAME', 'tcs_scorecard_explain';
COMMENT ON FUNCTION tcs.scorecard_explain(text, "any") IS
'what makes the index of a row: each enabled factor, by name. value: of the expression, NULL where it is missing (NULL or NaN); scaled: from 0 at lo to 1 at hi; contribution: points of the index, whose sum over the factors is the index (apart from rounding, below 1e-10), 0 for what is left out and for all where a gate is closed, NULL where the index is; gate_open: false where the value makes the index 0, NULL without a gate and where it is left out. Errors: a NULL row; else as scorecard_score';

CREATE FUNCTION tcs.scorecard_check(scorecard text, relation regclass,
									OUT severity text, OUT finding text,
									OUT factor text, OUT other_factor text,
									OUT "rows" bigint, OUT share double precision,
									OUT correlation double precision,
									OUT detail text)
	RETURNS SETOF record
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000 ROWS 50
	AS 'MODULE_PATHNAME', 'tcs_scorecard_check';
COMMENT ON FUNCTION tcs.scorecard_check(text, regclass) IS
'checks a scorecard against a relation, which it reads once. severity error: "refused", a factor that does not compile over its columns, "fails", one that raises an error on a row of it; detail says which and where, and such factors are left out of the rest. severity warning: "always missing", no row has a value; "always clamped", all values lie beyond lo or hi; "no spread", all values count the same; "always closed", the gate of the factor makes the index of every row 0; "says the same", two factors with weights whose scaled values have a correlation (Pearson''s, over the rows that have both) of 0.95 or more, or of -0.95 or less; "no weight", a factor that changes nothing, or (factor NULL) a scorecard of which no factor has a weight. severity note: "lo not reached", "hi not reached", no value counts as 0 or as 1; "gate never closes"; "gate only", a factor without a weight; "clock", a factor that changes with time alone; "no factors", "no rows". severity figure: "missing", rows without a value of the factor; "clamped", those with a value beyond lo or hi; "closed", those that its gate closes, and (factor NULL) that any gate closes; "no index", those whose index is NULL; "index", those that have one, with its range and mean. share: of all rows. Factors that are not enabled are left out. Pairs are looked at for up to 100 factors. Errors: no such scorecard or relation, no right to read the relation, NULL';

-- A scorecard as an argument.

CREATE FUNCTION tcs_internal.scorecard_score_by_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_scorecard_score_by_support';
COMMENT ON FUNCTION tcs_internal.scorecard_score_by_support(internal) IS
'planner support of scorecard_score_by';

CREATE FUNCTION tcs.scorecard_score_by(definition jsonb, "row" "any") RETURNS double precision
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SUPPORT tcs_internal.scorecard_score_by_support
	AS 'MODULE_PATHNAME', 'tcs_scorecard_score_by';
COMMENT ON FUNCTION tcs.scorecard_score_by(jsonb, "any") IS
'index of a row by the scorecard in the definition, which has the form that scorecard_get gives and scorecard_put takes: as scorecard_score, for scorecards that are in no table, and for queries that other machines have a part in. Where the definition is a constant the call is replaced by the plain arithmetic. Errors: a definition of another form, definition NULL; else as scorecard_score';

CREATE FUNCTION tcs.scorecard_explain_by(definition jsonb, "row" "any",
										 OUT factor text,
										 OUT value double precision,
										 OUT scaled double precision,
										 OUT weight double precision,
										 OUT contribution double precision,
										 OUT gate double precision,
										 OUT gate_open boolean,
										 OUT missing boolean,
										 OUT description text)
	RETURNS SETOF record
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000 ROWS 10
	AS 'MODULE_PATHNAME', 'tcs_scorecard_explain_by';
COMMENT ON FUNCTION tcs.scorecard_explain_by(jsonb, "any") IS
'what makes the index of a row by the scorecard in the definition, in the rows of scorecard_explain. Errors: a NULL row; else as scorecard_score_by';

-- The arguments in another order.

@each function, result
@ scorecard_score   | double precision
@ scorecard_explain | text
CREATE FUNCTION tcs.@function@("row" record, scorecard "any")
	RETURNS @result@
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_row_swapped';
COMMENT ON FUNCTION tcs.@function@(record, "any") IS
'an error that says that the row comes last';
@end
