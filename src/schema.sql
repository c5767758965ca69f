-- The schema that holds everything the extension makes.

CREATE SCHEMA tcs;
COMMENT ON SCHEMA tcs IS
'Target Customer System: purchase histories, RFM, ABC and metrics views, next to the data';
GRANT USAGE ON SCHEMA tcs TO PUBLIC;
