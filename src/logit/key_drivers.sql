-- key_drivers: what moves a number most.

CREATE TYPE tcs.key_driver AS (
	feature text,
	share double precision,
	low double precision,
	high double precision,
	slope double precision,
	r_squared double precision,
	n bigint,
	description text
);
COMMENT ON TYPE tcs.key_driver IS
'how much one feature matters for a number, among others';
COMMENT ON COLUMN tcs.key_driver.feature IS
'name of the column';
COMMENT ON COLUMN tcs.key_driver.share IS
'its part of what all features tell of the outcome, of r_squared; all shares sum to 1. NULL where they tell nothing';
COMMENT ON COLUMN tcs.key_driver.low IS
'lower limit of the interval of 95 percent for the share, not below 0; 0 where it may be chance';
COMMENT ON COLUMN tcs.key_driver.high IS
'upper limit of the interval of 95 percent for the share, not above 1';
COMMENT ON COLUMN tcs.key_driver.slope IS
'what the outcome differs by where the feature is one more and the others are the same; NULL for text';
COMMENT ON COLUMN tcs.key_driver.r_squared IS
'part of the variance of the outcome that all features tell together, from 0 to 1; the same in all rows';
COMMENT ON COLUMN tcs.key_driver.n IS
'rows that were compared; the same in all rows';
COMMENT ON COLUMN tcs.key_driver.description IS
'the same in words, in the language that the options name';

CREATE FUNCTION tcs_internal.key_drivers_final(internal) RETURNS tcs.key_driver[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000
	AS 'MODULE_PATHNAME', 'tcs_key_drivers_final';
COMMENT ON FUNCTION tcs_internal.key_drivers_final(internal) IS
'final function of the aggregate key_drivers';

@each types, arguments
@         |
@ , jsonb | , options jsonb
CREATE FUNCTION tcs_internal.key_drivers_trans(internal, double precision, "any"@types@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_key_drivers_trans';
COMMENT ON FUNCTION tcs_internal.key_drivers_trans(internal, double precision, "any"@types@) IS
'transition function of the aggregate key_drivers';

CREATE AGGREGATE tcs.key_drivers(outcome double precision, features "any"@arguments@) (
	SFUNC = tcs_internal.key_drivers_trans,
	STYPE = internal,
	SSPACE = 8192,
	FINALFUNC = tcs_internal.key_drivers_final,
	COMBINEFUNC = tcs_internal.features_combine,
	SERIALFUNC = tcs_internal.features_serial,
	DESERIALFUNC = tcs_internal.features_deserial,
	PARALLEL = SAFE
);
@end

COMMENT ON AGGREGATE tcs.key_drivers(double precision, "any") IS
'what moves a number, such as satisfaction, most: as key_drivers(outcome, features, options) without options';

COMMENT ON AGGREGATE tcs.key_drivers(double precision, "any", jsonb) IS
'what moves a number, such as satisfaction, most, of features, a row whose columns may have any names and types, as linear_fit takes them (text as levels, NULL as "missing"): the share of each in the squared correlation of a linear model, what it adds in the mean over all orders in which features can come into the model, so that features that go together share what they tell. The greatest first; unnest shows them as rows. Features that are always the same, or equal to another, are left out. options, one constant jsonb object: weight, name of a column that says how much a row counts; without, names of columns that are no features; levels and level_customers, as in linear_fit; language, en or zh, of the description. The intervals hold for any distribution, in the limit of many rows; they say nothing of causes. Rows with outcome NULL or NaN do not count. NULL without a row, where the outcome or all features are always the same. Errors: more than 16 features or 1024 columns, options that are not known or change within a group, an infinite value, no row as features, more than tcs.fit_memory holds. Lindeman, Merenda and Gold, 1980; Shapley, 1953; intervals by the infinitesimal jackknife';
