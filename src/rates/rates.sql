-- KPIs of one number: rates, scores and ratios, with their intervals.
--
-- A rate says of how many it is one, and how far chance alone may have moved it:
-- the interval is such that of 20 truths 19 lie in theirs.  rate, nps and csat
-- give rows away again, so that frames which move cost what they gain and lose.
-- The order of the rows and the number of workers never show.

-- The state that rate, nps and csat share.

CREATE FUNCTION tcs_internal.tally_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_tally_combine';
COMMENT ON FUNCTION tcs_internal.tally_combine(internal, internal) IS
'combine function of the aggregates rate, nps and csat';

CREATE FUNCTION tcs_internal.tally_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_tally_serial';
COMMENT ON FUNCTION tcs_internal.tally_serial(internal) IS
'serialization function of the aggregates rate, nps and csat';

CREATE FUNCTION tcs_internal.tally_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_tally_deserial';
COMMENT ON FUNCTION tcs_internal.tally_deserial(bytea, internal) IS
'deserialization function of the aggregates rate, nps and csat';

-- How often a condition holds.

CREATE TYPE tcs.rate AS (
	successes bigint,
	n bigint,
	rate double precision,
	low double precision,
	high double precision
);
COMMENT ON TYPE tcs.rate IS
'how often a condition holds, and how sure that is';
COMMENT ON COLUMN tcs.rate.successes IS
'rows for which the condition is true';
COMMENT ON COLUMN tcs.rate.n IS
'rows for which it is true or false';
COMMENT ON COLUMN tcs.rate.rate IS
'successes / n, from 0 to 1; NULL where n is 0';
COMMENT ON COLUMN tcs.rate.low IS
'lower limit of the interval for the rate, not below 0; NULL where n is 0';
COMMENT ON COLUMN tcs.rate.high IS
'upper limit of the interval for the rate, not above 1; NULL where n is 0';

CREATE FUNCTION tcs_internal.rate_final(internal) RETURNS tcs.rate
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_rate_final';
COMMENT ON FUNCTION tcs_internal.rate_final(internal) IS
'final function of the aggregate rate';

CREATE FUNCTION tcs_internal.rate_trans(internal, boolean) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_rate_trans';
COMMENT ON FUNCTION tcs_internal.rate_trans(internal, boolean) IS
'transition function of the aggregate rate';

CREATE FUNCTION tcs_internal.rate_trans(internal, boolean, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_rate_trans';
COMMENT ON FUNCTION tcs_internal.rate_trans(internal, boolean, double precision) IS
'transition function of the aggregate rate';

CREATE FUNCTION tcs_internal.rate_inverse(internal, boolean) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_rate_inverse';
COMMENT ON FUNCTION tcs_internal.rate_inverse(internal, boolean) IS
'inverse transition function of the aggregate rate';

CREATE FUNCTION tcs_internal.rate_inverse(internal, boolean, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_rate_inverse';
COMMENT ON FUNCTION tcs_internal.rate_inverse(internal, boolean, double precision) IS
'inverse transition function of the aggregate rate';

CREATE AGGREGATE tcs.rate(condition boolean) (
	SFUNC = tcs_internal.rate_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs_internal.rate_final,
	COMBINEFUNC = tcs_internal.tally_combine,
	SERIALFUNC = tcs_internal.tally_serial,
	DESERIALFUNC = tcs_internal.tally_deserial,
	MSFUNC = tcs_internal.rate_trans,
	MINVFUNC = tcs_internal.rate_inverse,
	MSTYPE = internal,
	MSSPACE = 64,
	MFINALFUNC = tcs_internal.rate_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.rate(boolean) IS
'rate(condition): how often the condition holds, with the interval of 95 percent. Rows for which it is NULL are not counted. Never NULL: without a row n is 0 and what follows NULL. The interval is that of the score test, which never leaves 0 to 1 and is none of width 0 where all or none succeed. Wilson, 1927';

CREATE AGGREGATE tcs.rate(condition boolean, confidence double precision) (
	SFUNC = tcs_internal.rate_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs_internal.rate_final,
	COMBINEFUNC = tcs_internal.tally_combine,
	SERIALFUNC = tcs_internal.tally_serial,
	DESERIALFUNC = tcs_internal.tally_deserial,
	MSFUNC = tcs_internal.rate_trans,
	MINVFUNC = tcs_internal.rate_inverse,
	MSTYPE = internal,
	MSSPACE = 64,
	MFINALFUNC = tcs_internal.rate_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.rate(boolean, double precision) IS
'rate(condition, confidence): the same with the interval of that confidence, between 0 and 1. Errors: a confidence that is NULL, out of range, or not the same for the group';

CREATE FUNCTION tcs.rate(successes bigint, n bigint, confidence double precision DEFAULT 0.95) RETURNS tcs.rate
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_rate';
COMMENT ON FUNCTION tcs.rate(bigint, bigint, double precision) IS
'the rate and its interval where successes and n have been counted already; sums of counts give the rate of all. NULL for NULL. Errors: counts below 0, more successes than n, a confidence that does not lie between 0 and 1. Wilson, 1927';

-- Would they recommend us?

CREATE TYPE tcs.nps AS (
	responses bigint,
	promoters bigint,
	passives bigint,
	detractors bigint,
	nps double precision,
	low double precision,
	high double precision
);
COMMENT ON TYPE tcs.nps IS
'net promoter score, and how sure it is';
COMMENT ON COLUMN tcs.nps.responses IS
'answers';
COMMENT ON COLUMN tcs.nps.promoters IS
'answers of 9 and 10';
COMMENT ON COLUMN tcs.nps.passives IS
'answers of 7 and 8';
COMMENT ON COLUMN tcs.nps.detractors IS
'answers of 0 to 6';
COMMENT ON COLUMN tcs.nps.nps IS
'100 * (promoters - detractors) / responses, from -100 to 100; NULL where there is no answer';
COMMENT ON COLUMN tcs.nps.low IS
'lower limit of the interval of 95 percent; NULL where there is no answer';
COMMENT ON COLUMN tcs.nps.high IS
'upper limit of the interval of 95 percent; NULL where there is no answer';

CREATE FUNCTION tcs_internal.nps_final(internal) RETURNS tcs.nps
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50
	AS 'MODULE_PATHNAME', 'tcs_nps_final';
COMMENT ON FUNCTION tcs_internal.nps_final(internal) IS
'final function of the aggregate nps';

CREATE FUNCTION tcs_internal.nps_trans(internal, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_nps_trans';
COMMENT ON FUNCTION tcs_internal.nps_trans(internal, double precision) IS
'transition function of the aggregate nps';

CREATE FUNCTION tcs_internal.nps_inverse(internal, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_nps_inverse';
COMMENT ON FUNCTION tcs_internal.nps_inverse(internal, double precision) IS
'inverse transition function of the aggregate nps';

CREATE AGGREGATE tcs.nps(score double precision) (
	SFUNC = tcs_internal.nps_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs_internal.nps_final,
	COMBINEFUNC = tcs_internal.tally_combine,
	SERIALFUNC = tcs_internal.tally_serial,
	DESERIALFUNC = tcs_internal.tally_deserial,
	MSFUNC = tcs_internal.nps_trans,
	MINVFUNC = tcs_internal.nps_inverse,
	MSTYPE = internal,
	MSSPACE = 64,
	MFINALFUNC = tcs_internal.nps_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.nps(double precision) IS
'nps(score): net promoter score of answers from 0 to 10 to how likely one is to recommend, from -100 to 100, with the interval of 95 percent. NULL answers are not counted. Never NULL: without an answer the counts are 0 and the rest NULL. Errors: scores below 0, above 10, not whole, NaN. Reichheld, 2003; the interval is the score interval of a difference of shares of one sample, Tango, 1998';

-- Are they satisfied?

CREATE TYPE tcs.csat AS (
	responses bigint,
	satisfied bigint,
	csat double precision,
	low double precision,
	high double precision
);
COMMENT ON TYPE tcs.csat IS
'share of those who are satisfied, and how sure it is';
COMMENT ON COLUMN tcs.csat.responses IS
'answers';
COMMENT ON COLUMN tcs.csat.satisfied IS
'answers from the score on that counts as satisfied';
COMMENT ON COLUMN tcs.csat.csat IS
'satisfied / responses, from 0 to 1; NULL where there is no answer';
COMMENT ON COLUMN tcs.csat.low IS
'lower limit of the interval of 95 percent; NULL where there is no answer';
COMMENT ON COLUMN tcs.csat.high IS
'upper limit of the interval of 95 percent; NULL where there is no answer';

CREATE FUNCTION tcs_internal.csat_final(internal) RETURNS tcs.csat
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_csat_final';
COMMENT ON FUNCTION tcs_internal.csat_final(internal) IS
'final function of the aggregate csat';

CREATE FUNCTION tcs_internal.csat_trans(internal, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_csat_trans';
COMMENT ON FUNCTION tcs_internal.csat_trans(internal, double precision, double precision) IS
'transition function of the aggregate csat';

CREATE FUNCTION tcs_internal.csat_trans(internal, double precision, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_csat_trans';
COMMENT ON FUNCTION tcs_internal.csat_trans(internal, double precision, double precision, double precision) IS
'transition function of the aggregate csat';

CREATE FUNCTION tcs_internal.csat_inverse(internal, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_csat_inverse';
COMMENT ON FUNCTION tcs_internal.csat_inverse(internal, double precision, double precision) IS
'inverse transition function of the aggregate csat';

CREATE FUNCTION tcs_internal.csat_inverse(internal, double precision, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_csat_inverse';
COMMENT ON FUNCTION tcs_internal.csat_inverse(internal, double precision, double precision, double precision) IS
'inverse transition function of the aggregate csat';

CREATE AGGREGATE tcs.csat(score double precision, "from" double precision) (
	SFUNC = tcs_internal.csat_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs_internal.csat_final,
	COMBINEFUNC = tcs_internal.tally_combine,
	SERIALFUNC = tcs_internal.tally_serial,
	DESERIALFUNC = tcs_internal.tally_deserial,
	MSFUNC = tcs_internal.csat_trans,
	MINVFUNC = tcs_internal.csat_inverse,
	MSTYPE = internal,
	MSSPACE = 64,
	MFINALFUNC = tcs_internal.csat_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.csat(double precision, double precision) IS
'csat(score, from): share of the answers, on a scale of 1 to 5, that are at least from, with the interval of 95 percent (Wilson, 1927). NULL answers are not counted; half points are. Never NULL: without an answer the counts are 0 and the rest NULL. Errors: scores below 1 or above 5, NaN; a from that is NULL, off the scale, or not the same for the group';

CREATE AGGREGATE tcs.csat(score double precision, "from" double precision, best double precision) (
	SFUNC = tcs_internal.csat_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs_internal.csat_final,
	COMBINEFUNC = tcs_internal.tally_combine,
	SERIALFUNC = tcs_internal.tally_serial,
	DESERIALFUNC = tcs_internal.tally_deserial,
	MSFUNC = tcs_internal.csat_trans,
	MINVFUNC = tcs_internal.csat_inverse,
	MSTYPE = internal,
	MSSPACE = 64,
	MFINALFUNC = tcs_internal.csat_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.csat(double precision, double precision, double precision) IS
'csat(score, from, best): the same on a scale of 1 to best';

-- One number over another.

CREATE FUNCTION tcs.acquisition_cost(spend double precision, new_customers double precision) RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_acquisition_cost';
COMMENT ON FUNCTION tcs.acquisition_cost(double precision, double precision) IS
'spend / new_customers: what it cost to win a customer, where spend is all that was spent on winning customers in a time, and new_customers those who were won in it. NULL for NULL, and where no customer was won. Errors: negative arguments, NaN, infinity';

CREATE FUNCTION tcs.value_to_cost(value double precision, cost double precision) RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_value_to_cost';
COMMENT ON FUNCTION tcs.value_to_cost(double precision, double precision) IS
'value / cost: what a customer is worth (tcs.clv) for each unit of money that winning one costs (tcs.acquisition_cost). value may be negative. NULL for NULL, and where the cost is 0. Errors: a negative cost, NaN, infinity';

CREATE FUNCTION tcs.market_share(own double precision, market double precision) RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_market_share';
COMMENT ON FUNCTION tcs.market_share(double precision, double precision) IS
'own / market, from 0 to 1, where market is all sales in the market, own sales included, in the same unit and time. NULL for NULL, and where the market is 0. Errors: own above market, negative arguments, NaN, infinity';

CREATE FUNCTION tcs.return_on_marketing(gain double precision, spend double precision) RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_return_on_marketing';
COMMENT ON FUNCTION tcs.return_on_marketing(double precision, double precision) IS
'(gain - spend) / spend, where gain is the margin that the spending brought, before the spending is taken off: 0 where it just came back, 0.5 for a half more, -1 where all is lost. gain may be negative. NULL for NULL, and where nothing was spent. Errors: negative spend, NaN, infinity';
