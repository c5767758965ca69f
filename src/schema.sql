-- The schemas that hold everything the extension makes: tcs what people call,
-- tcs_internal what only the server and tcs itself do.

CREATE SCHEMA tcs;
COMMENT ON SCHEMA tcs IS
'Target Customer System: purchase histories, RFM, ABC and metrics views, next to the data';
GRANT USAGE ON SCHEMA tcs TO PUBLIC;

CREATE SCHEMA tcs_internal;
COMMENT ON SCHEMA tcs_internal IS
'what the functions, aggregates, tables and triggers of tcs are made of: nothing to call, and no version promises that it stays';
-- the server checks the rights of who uses an aggregate, a view or a default on these too
GRANT USAGE ON SCHEMA tcs_internal TO PUBLIC;
