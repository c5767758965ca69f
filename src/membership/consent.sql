-- Consents: what a customer allows, since when and until when.

CREATE FUNCTION tcs.create_consents("into" text, purposes text[], key_type regtype DEFAULT 'bigint')
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_consents';
COMMENT ON FUNCTION tcs.create_consents(text, text[], regtype) IS
'makes a table of consents and returns it: into (customer, purpose, given_at, withdrawn_at, source), a row for each time that a customer allowed one of the purposes, ended by setting withdrawn_at; at most one without an end for a customer and purpose. Beside it the view into_given (customer, and a boolean column for each purpose: is it allowed now?), with a row for each customer who ever allowed anything: join it (LEFT JOIN) to the source of a segmentation as a gate for its rules, and have track_segmentation follow into by its column customer. Both are plain and the caller''s own; a further purpose is ALTER TABLE for the check on purpose and CREATE OR REPLACE VIEW. key_type: of the customers'' key. into is parsed as in SQL and may have a schema, at most 57 bytes. Errors: NULL, no purposes, one that is empty, twice, too long or "customer", a relation of one of the names exists, a type without a btree order';
