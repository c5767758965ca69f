-- purchase_history: what one customer bought until a day, in one pass.
--
-- Every row up to and including the day as_of counts.  Purchases on one
-- calendar day are one occasion, as in the literature on repeat buying (Fader,
-- Hardie and Lee, 2005).  The first occasion makes the customer; x, t_x and m_x
-- are about the occasions after it.  A negative amount is a refund: it counts as
-- a row and lowers revenue, and makes no occasion.  It does not tell of which
-- purchase it is, so that m_x takes it as the same share of every purchase: m_x
-- is the mean value of the repeat purchases times revenue over what was bought,
-- and 0 where no revenue is left.  A NULL amount is a purchase whose value is
-- not known, which m_x leaves out.  A row whose time is NULL is no row, as an
-- outer join makes.
--
-- The day of a timestamptz depends on where one looks, so it needs a zone.  A
-- date or a timestamp is its own day; it takes a zone too, without effect, so
-- that it is never turned into a timestamptz on the way.

CREATE TYPE tcs.purchase_history AS (
	orders bigint,
	revenue double precision,
	first_day date,
	last_day date,
	x integer,
	t_x double precision,
	t double precision,
	m_x double precision,
	last_gap double precision,
	ln_gaps double precision,
	refunds double precision,
	first_value double precision,
	valued integer
);
COMMENT ON TYPE tcs.purchase_history IS
'what one customer bought until a day';
COMMENT ON COLUMN tcs.purchase_history.orders IS
'rows of the log, refunds included';
COMMENT ON COLUMN tcs.purchase_history.revenue IS
'sum of all amounts, refunds deducted; a double counts as the decimal of up to four places that it is nearest to';
COMMENT ON COLUMN tcs.purchase_history.first_day IS
'day of the first purchase';
COMMENT ON COLUMN tcs.purchase_history.last_day IS
'day of the last purchase';
COMMENT ON COLUMN tcs.purchase_history.x IS
'repeat purchases: days with a purchase, less the first';
COMMENT ON COLUMN tcs.purchase_history.t_x IS
'days from the first purchase to the last';
COMMENT ON COLUMN tcs.purchase_history.t IS
'days from the first purchase to as_of';
COMMENT ON COLUMN tcs.purchase_history.m_x IS
'mean value of a repeat purchase, less its share of the refunds; 0 when there is none, NULL when the value of none is known';
COMMENT ON COLUMN tcs.purchase_history.last_gap IS
'days between the last two purchases, 0 when there is one';
COMMENT ON COLUMN tcs.purchase_history.ln_gaps IS
'sum of the natural logarithms of the days from each purchase to the next, 0 when there is one';
COMMENT ON COLUMN tcs.purchase_history.refunds IS
'sum of all refunds, as a positive number';
COMMENT ON COLUMN tcs.purchase_history.first_value IS
'value of the purchases of the first day, refunds not deducted; NULL when it is not known';
COMMENT ON COLUMN tcs.purchase_history.valued IS
'repeat purchases whose value is known';

CREATE FUNCTION tcs_internal.purchase_history_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_combine';
COMMENT ON FUNCTION tcs_internal.purchase_history_combine(internal, internal) IS
'combine function of the aggregate purchase_history';

CREATE FUNCTION tcs_internal.purchase_history_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_serial';
COMMENT ON FUNCTION tcs_internal.purchase_history_serial(internal) IS
'serialization function of the aggregate purchase_history';

CREATE FUNCTION tcs_internal.purchase_history_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_deserial';
COMMENT ON FUNCTION tcs_internal.purchase_history_deserial(bytea, internal) IS
'deserialization function of the aggregate purchase_history';

CREATE FUNCTION tcs_internal.purchase_history_final(internal) RETURNS tcs.purchase_history
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_final';
COMMENT ON FUNCTION tcs_internal.purchase_history_final(internal) IS
'final function of the aggregate purchase_history';

@each at, amount, types, zone, zone_name, zone_text
@ date        | double precision | date_float8         |        |        |
@ date        | double precision | date_float8         | , tcs.zone | , zone | . zone has no effect on days that are given without one
@ date        | numeric          | date_numeric        |        |        |
@ date        | numeric          | date_numeric        | , tcs.zone | , zone | . zone has no effect on days that are given without one
@ timestamp   | double precision | timestamp_float8    |        |        |
@ timestamp   | double precision | timestamp_float8    | , tcs.zone | , zone | . zone has no effect on days that are given without one
@ timestamp   | numeric          | timestamp_numeric   |        |        |
@ timestamp   | numeric          | timestamp_numeric   | , tcs.zone | , zone | . zone has no effect on days that are given without one
@ timestamptz | double precision | timestamptz_float8  | , tcs.zone | , zone | . zone names the time zone whose days count
@ timestamptz | numeric          | timestamptz_numeric | , tcs.zone | , zone | . zone names the time zone whose days count
CREATE FUNCTION tcs_internal.purchase_history_trans(internal, @at@, @amount@, date@zone@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_@types@';
COMMENT ON FUNCTION tcs_internal.purchase_history_trans(internal, @at@, @amount@, date@zone@) IS
'transition function of the aggregate purchase_history';

CREATE AGGREGATE tcs.purchase_history(@at@, @amount@, date@zone@) (
	SFUNC = tcs_internal.purchase_history_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.purchase_history_final,
	COMBINEFUNC = tcs_internal.purchase_history_combine,
	SERIALFUNC = tcs_internal.purchase_history_serial,
	DESERIALFUNC = tcs_internal.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history(@at@, @amount@, date@zone@) IS
'history of one customer from the rows of an order log up to and including the day as_of: \
purchase_history(at, amount, as_of@zone_name@)@zone_text@. Purchases on one day are one occasion; a \
negative amount is a refund: it lowers revenue and m_x and is no purchase. NULL amount: a purchase \
whose value is not known, which revenue and m_x leave out; NULL at: no row. NULL without a purchase until as_of. Errors: as_of or zone changing within a group, NaN, \
infinity';
@end

-- The same from columns that exist already, in any unit of time.

CREATE FUNCTION tcs.purchase_history(x double precision, t_x double precision,
									 t double precision, m_x double precision,
									 unit interval DEFAULT '1 day',
									 first_value double precision DEFAULT NULL,
									 ln_gaps double precision DEFAULT NULL)
	RETURNS tcs.purchase_history
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_purchase_history';
COMMENT ON FUNCTION tcs.purchase_history(double precision, double precision, double precision, double precision, interval, double precision, double precision) IS
'history from its parts: x repeat purchases, t_x and t in units (one day unless given; ''7 days'' for weeks; a month is 30.4375 days), mean repeat value m_x, the value of the first purchase, and the sum of the natural logarithms of the x times between purchases in units. m_x NULL is not known, and 0 without repeat purchases; first_value and ln_gaps NULL are not known. orders, revenue, the days and refunds are NULL, as is last_gap for x > 1. NULL for NULL x, t_x, t or unit. Errors: x not whole or negative, t_x negative or greater than t, t_x, m_x or ln_gaps not 0 for x = 0, m_x or first_value negative, ln_gaps greater than x equal gaps have, unit not positive, NaN, infinity';
