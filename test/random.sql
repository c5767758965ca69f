-- random.sql: numbers that are the same on every server and under every plan,
-- for what is made up. They are hashes: the n-th number of a stream.
--
--     \set random schema
--     \ir random.sql
--
-- makes the two functions in that schema.

-- A number between 0 and 1, both excluded.
CREATE FUNCTION :"random".uniform(stream bigint, n bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ((pg_catalog.hashint8extended(n, stream) & 4503599627370495) + 0.5::float8)
	/ 4503599627370496::float8;

-- A standard normal deviate; it takes the numbers n and n + 1 of the stream.
CREATE FUNCTION :"random".normal(stream bigint, n bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sqrt(-2 * ln(:"random".uniform(stream, n)))
	* cos(2 * pi() * :"random".uniform(stream, n + 1));
