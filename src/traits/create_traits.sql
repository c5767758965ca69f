-- The view of traits.

CREATE FUNCTION tcs.create_traits(name text, events regclass, customer name, at name,
								  trait_set text,
								  zone text DEFAULT NULL,
								  customers regclass DEFAULT NULL,
								  customers_key name DEFAULT NULL,
								  as_of date DEFAULT NULL)
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_traits';
COMMENT ON FUNCTION tcs.create_traits(text, regclass, name, name, text, text, regclass, name, date) IS
'makes the view name, one row per customer with the column customer and one for each trait of the trait set that is enabled, in the order of their names; returns the view. It reads the log once for all of them, and WHERE customer = a value reads that customer''s events by their index. events: the log, a table or view; customer, at: its columns (at is date, timestamp or timestamptz). trait_set: the definitions, in tcs.trait, as they are now: refresh_traits follows them. zone: whose calendar days count, the session''s time zone unless given, and then fixed. customers: a table or view of all customers, to have those without events too and no others; customers_key: its unique column, its primary key unless given. as_of: the day that the view looks back from for good; today, whenever it is read, unless given; a window with a time of day then goes back from the end of it, and else from the moment at which the view is read. Rows count whose customer and at are not NULL and whose day is not after today, or as_of. A customer without an event that counts has 0 for count, sum, distinct, sessions, session_minutes and sequence and NULL for the other measures. Sums and means have the types that sum and avg have, except the share of a boolean (double precision). Names are case-sensitive and unquoted, but name is parsed as in SQL and may have a schema; else the first of the search_path is taken. Errors, which name the trait: a condition or value that is refused, names a column that the log has not, or asks the clock; a sum or mean of what is no number; a value of a type without an order; a within with a time of day, or sessions, over a log of dates; and: no such trait set, the view exists already, a column is missing or of another type, an unknown zone, as_of infinite, NULL for any but zone, customers, customers_key and as_of';

CREATE FUNCTION tcs.traits_sql(events regclass, customer name, at name,
							   trait_set text,
							   zone text DEFAULT NULL,
							   customers regclass DEFAULT NULL,
							   customers_key name DEFAULT NULL,
							   as_of date DEFAULT NULL)
	RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_traits_sql';
COMMENT ON FUNCTION tcs.traits_sql(regclass, name, name, text, text, regclass, name, date) IS
'the text of the query behind a view of traits, for the arguments of create_traits; makes nothing. as_of: the last day that counts, today (in the zone, whenever the query runs) unless given: with a day of the past it says what was known on that day, for models that learn from what came after. Errors: as create_traits';

CREATE FUNCTION tcs.refresh_traits(view regclass, OUT trait text, OUT change text)
	RETURNS SETOF record
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000 ROWS 10
	AS 'MODULE_PATHNAME', 'tcs_refresh_traits';
COMMENT ON FUNCTION tcs.refresh_traits(regclass) IS
'makes a view of traits anew by the definitions as they are now, over the same log, customers, zone and day; columns that stay keep their place, new ones come last. A row for each trait that is another: change is "added", "removed", "retyped" (the column has another type) or "changed" (the same column says something else). Where a column goes or has another type the view is dropped and made again, with its owner and the rights that were granted on it; nothing may read it then. Needs ownership of the view. Nothing for NULL. Errors: not a view that create_traits made, its trait set is gone; a segmentation is built on it or another view reads it where a column goes or has another type: the error names them, and nothing is done; else as create_traits';

CREATE FUNCTION tcs.drop_traits(view regclass) RETURNS void
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_drop_traits';
COMMENT ON FUNCTION tcs.drop_traits(regclass) IS
'drops a view of traits; the trait set stays. Needs ownership of the view. Nothing for NULL. Errors: not a view that create_traits made; a segmentation is built on it, or a view reads it: the error names them, and nothing is dropped';

CREATE FUNCTION tcs.trait_check(trait_set text, relation regclass,
								OUT severity text, OUT finding text, OUT trait text,
								OUT "rows" bigint, OUT share double precision,
								OUT detail text)
	RETURNS SETOF record
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000 ROWS 50
	AS 'MODULE_PATHNAME', 'tcs_trait_check';
COMMENT ON FUNCTION tcs.trait_check(text, regclass) IS
'checks a trait set against a log, which it reads once. severity error: "refused", a trait that does not compile over its columns, "fails", one that raises an error on a row of it; detail says which and where, and such traits are left out of the rest. severity warning: "no event", a condition that is true of no row; "no value", one whose value is NULL in all rows that meet the condition; "never since", a since that is true of no row; "no step", a step of a sequence that is true of none of the rows that meet the condition, so that nobody comes that far. severity note: "no traits", "no rows". severity figure: "events", the rows that meet the condition and have a value, whatever the window and since; of a sequence those that may be one of its steps, and detail says how many for each. share: of all rows. Traits that are not enabled are left out. Errors: no such trait set or relation, no right to read the relation, NULL';

CREATE FUNCTION tcs.trait_explain(view regclass, customer anyelement,
								  OUT trait text, OUT value text, OUT at timestamp,
								  OUT part text, OUT event jsonb)
	RETURNS SETOF record
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 10000 ROWS 100
	AS 'MODULE_PATHNAME', 'tcs_trait_explain';
COMMENT ON FUNCTION tcs.trait_explain(regclass, anyelement) IS
'which events made the traits that a view shows of one customer, by the definitions that the view was made by: for each trait, by name, a row for each of its events, in the order of time. value: what the view shows, as text. at: when the event was, in the time zone of the view. event: the row of the log. part: what the event brings: its value; of a sequence the step that was taken with it, of sessions the session that it belongs to; NULL where events are counted. The events are those that count; of first, last, min, max, most_frequent, days_since_first and days_since_last those that the trait is of. A trait without an event has one row, with NULL for at, part and event. No rows for a customer who is not in the view, and for NULL. Reads the log with the rights of the caller, who needs SELECT on it and on the view. Errors: not a view that create_traits made, a customer that the type of its key cannot be, no right';

CREATE FUNCTION tcs.trait_explain(view regclass, customer text,
								  OUT trait text, OUT value text, OUT at timestamp,
								  OUT part text, OUT event jsonb)
	RETURNS SETOF record
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 10000 ROWS 100
	AS 'MODULE_PATHNAME', 'tcs_trait_explain';
COMMENT ON FUNCTION tcs.trait_explain(regclass, text) IS
'the same for a customer whose key is text, or written as a literal without a type';
