-- Traits: what customers did, counted from a log of events by definitions that are
-- rows, a column of a view each.
--
-- A trait is a measure (how often, how much, the last, ...) of the events that meet
-- its condition, lie within its window back from now and come after the last event
-- that its since names.  Conditions and values are expressions over the columns of
-- the log, in the form that the conditions of rules have.  A window of whole days,
-- weeks or months counts days of the calendar, today the last of them; one with a
-- time of day, such as 36 hours, goes back from this moment.
--
-- Trait sets whose names begin with "tcs." belong to the extension.

CREATE TABLE tcs.trait_set (
	name text COLLATE "C" NOT NULL,
	description text,
	time_zone text,
	changed_by text NOT NULL,
	changed_at timestamptz NOT NULL,
	CONSTRAINT trait_set_pkey PRIMARY KEY (name),
	CONSTRAINT trait_set_name_check CHECK (name <> '')
);
COMMENT ON TABLE tcs.trait_set IS
'trait sets, whose traits are the columns of a view over a log of events; names that begin with "tcs." are the extension''s own';
COMMENT ON COLUMN tcs.trait_set.name IS
'what create_traits calls it by';
COMMENT ON COLUMN tcs.trait_set.description IS
'what it is for; which columns of the log it needs';
COMMENT ON COLUMN tcs.trait_set.time_zone IS
'time zone of literals that name none; NULL: such literals are refused';
COMMENT ON COLUMN tcs.trait_set.changed_by IS
'role that wrote the row last';
COMMENT ON COLUMN tcs.trait_set.changed_at IS
'when it was written last';

CREATE TABLE tcs.trait (
	trait_set text COLLATE "C" NOT NULL,
	trait text COLLATE "C" NOT NULL,
	measure text NOT NULL,
	value text,
	condition text,
	within interval,
	since text,
	gap interval,
	steps text[],
	description text,
	enabled boolean NOT NULL DEFAULT true,
	changed_by text NOT NULL,
	changed_at timestamptz NOT NULL,
	CONSTRAINT trait_pkey PRIMARY KEY (trait_set, trait),
	CONSTRAINT trait_trait_set_fkey FOREIGN KEY (trait_set) REFERENCES tcs.trait_set
		ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT trait_trait_check CHECK (trait <> '' AND octet_length(trait) < 64 AND trait <> 'customer'),
	CONSTRAINT trait_measure_check CHECK (measure IN ('count', 'sum', 'avg', 'min', 'max', 'distinct', 'first', 'last',
		'most_frequent', 'days_since_first', 'days_since_last', 'sessions', 'session_minutes', 'sequence')),
	CONSTRAINT trait_within_check CHECK (within > interval '0' AND isfinite(within)),
	CONSTRAINT trait_gap_check CHECK (gap > interval '0' AND isfinite(gap)),
	CONSTRAINT trait_steps_check CHECK (array_ndims(steps) = 1 AND cardinality(steps) <= 100 AND array_position(steps, NULL) IS NULL)
);
COMMENT ON TABLE tcs.trait IS
'traits of trait sets: a measure of those events of a customer that meet a condition, within a window; each is a column of the view';
COMMENT ON COLUMN tcs.trait.trait_set IS
'the trait set it belongs to';
COMMENT ON COLUMN tcs.trait.trait IS
'its name, that of the column: at most 63 bytes, not customer; columns come in the order of their names';
COMMENT ON COLUMN tcs.trait.measure IS
'what is worked out of the events that count: count (bigint; of those whose value is not NULL where one is given; 0 without any), sum (0 without any), avg (of a boolean the share of true, as all that follow NULL without a value), min, max, distinct (different values, bigint; 0), first, last (the value of the earliest or latest event that has one, of several at one moment the least), most_frequent (of equally frequent ones the least), days_since_first, days_since_last (integer), sessions (bigint; 0), session_minutes (double precision: from the first event of a session to its last, over all of them; 0), sequence (integer: how many of its steps a customer took in order; 0)';
COMMENT ON COLUMN tcs.trait.value IS
'SQL expression over the columns of the event: a number or a boolean for sum and avg, of any type with an order for the others; none for days_since_first, days_since_last, sessions, session_minutes and sequence; events for which it is NULL do not count';
COMMENT ON COLUMN tcs.trait.condition IS
'SQL condition over the columns of the event; those count for which it is true; NULL: all';
COMMENT ON COLUMN tcs.trait.within IS
'how far back from now events count: in whole days, weeks or months by the calendar, today the last of the days; with hours, minutes or seconds exactly, from this moment; NULL: as far as the log goes';
COMMENT ON COLUMN tcs.trait.since IS
'SQL condition: events count that come after the last event of the customer for which it is true; all where there is none; NULL: all';
COMMENT ON COLUMN tcs.trait.gap IS
'for sessions and session_minutes: a pause longer than this begins a new session; for sequence: how long after the first step the others count, without end where it is NULL; a day has 24 hours, a month 30.4375 days; NULL for the other measures';
COMMENT ON COLUMN tcs.trait.steps IS
'for sequence: SQL conditions over the columns of the event, one for each step, 1 to 100; an event takes one step only, also where it meets the conditions of several; of events at one moment the one of the earlier step comes first; NULL for the other measures';
COMMENT ON COLUMN tcs.trait.description IS
'what it stands for';
COMMENT ON COLUMN tcs.trait.enabled IS
'false: the trait is left out';
COMMENT ON COLUMN tcs.trait.changed_by IS
'role that wrote the row last';
COMMENT ON COLUMN tcs.trait.changed_at IS
'when it was written last';

CREATE TRIGGER trait_set_before BEFORE INSERT OR UPDATE OR DELETE ON tcs.trait_set
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_before();
CREATE TRIGGER trait_set_after AFTER INSERT OR UPDATE OR DELETE ON tcs.trait_set
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_after();
CREATE TRIGGER trait_set_truncate AFTER TRUNCATE ON tcs.trait_set
	FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.stored_after();
CREATE TRIGGER trait_before BEFORE INSERT OR UPDATE OR DELETE ON tcs.trait
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_before();
CREATE TRIGGER trait_after AFTER INSERT OR UPDATE OR DELETE ON tcs.trait
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_after();
CREATE TRIGGER trait_truncate AFTER TRUNCATE ON tcs.trait
	FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.stored_after();
-- also where changes arrive by replication
ALTER TABLE tcs.trait_set ENABLE ALWAYS TRIGGER trait_set_after;
ALTER TABLE tcs.trait_set ENABLE ALWAYS TRIGGER trait_set_truncate;
ALTER TABLE tcs.trait ENABLE ALWAYS TRIGGER trait_after;
ALTER TABLE tcs.trait ENABLE ALWAYS TRIGGER trait_truncate;

-- As with rules and factors: a parallel restore may bring traits before their sets.
DO $$
DECLARE
	check_of record;
BEGIN
	FOR check_of IN
		SELECT t.tgname AS name
		  FROM pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_trigger AS t
			ON t.tgconstraint OPERATOR(pg_catalog.=) c.oid AND t.tgrelid OPERATOR(pg_catalog.=) c.conrelid
		 WHERE c.contype OPERATOR(pg_catalog.=) 'f' AND c.conrelid OPERATOR(pg_catalog.=) 'tcs.trait'::pg_catalog.regclass
	LOOP
		EXECUTE pg_catalog.format('ALTER TABLE tcs.trait DISABLE TRIGGER %I', check_of.name);
	END LOOP;
END
$$;

GRANT SELECT ON tcs.trait_set, tcs.trait TO PUBLIC;

-- The users' rows are dumped, the extension's own are not.
SELECT pg_catalog.pg_extension_config_dump('tcs.trait_set', 'WHERE name NOT LIKE ''tcs.%''');
SELECT pg_catalog.pg_extension_config_dump('tcs.trait', 'WHERE trait_set NOT LIKE ''tcs.%''');
