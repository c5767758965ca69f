-- Customer lifetime value and value at risk.
--
-- The value of a purchase and how many there will be are taken to be
-- independent, as the models of both are (Fader, Hardie and Lee 2005, "RFM and
-- CLV").  A year has 365.25 days, a month 30.4375.

CREATE FUNCTION tcs.clv(purchase_model jsonb, spend_model jsonb, history tcs.purchase_history,
						horizon interval, margin double precision DEFAULT 1,
						annual_discount double precision DEFAULT 0)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15
	AS 'MODULE_PATHNAME', 'tcs_clv';
COMMENT ON FUNCTION tcs.clv(jsonb, jsonb, tcs.purchase_history, interval, double precision, double precision) IS
'what the customer is expected to be worth within the horizon: margin times the mean value of a purchase, net of what will be sent back (expected_spend), times the expected purchases of each month of 30.4375 days, discounted at its end by (1 + annual_discount)^-(months / 12); a part of a month at the end is discounted at its own end. margin is the share of net revenue that counts, and may be negative. NULL for NULL and for a history without x, t_x or t. Errors: those of expected_purchases and expected_spend, annual_discount of -1 or less, a horizon of more than 1000 years with a discount';

CREATE FUNCTION tcs.value_at_risk(purchase_model jsonb, spend_model jsonb, history tcs.purchase_history,
								  horizon interval, margin double precision DEFAULT 1,
								  annual_discount double precision DEFAULT 0)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15
	AS 'MODULE_PATHNAME', 'tcs_value_at_risk';
COMMENT ON FUNCTION tcs.value_at_risk(jsonb, jsonb, tcs.purchase_history, interval, double precision, double precision) IS
'what the customer would be worth within the horizon if certainly alive, less clv: what is lost to the chance that the customer has left, net of refunds as clv is. The largest are those to call. Arguments, NULL and errors as for clv';

CREATE FUNCTION tcs.residual_value(purchase_model jsonb, spend_model jsonb, history tcs.purchase_history,
								   margin double precision DEFAULT 1,
								   annual_discount double precision DEFAULT 0)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500
	AS 'MODULE_PATHNAME', 'tcs_residual_value';
COMMENT ON FUNCTION tcs.residual_value(jsonb, jsonb, tcs.purchase_history, double precision, double precision) IS
'what the customer is expected to be worth over all time to come, net of what will be sent back: margin times expected_spend times dert. NULL for NULL and for a history without x, t_x or t. Errors: those of dert and expected_spend';

CREATE FUNCTION tcs.clv(margin double precision, retention double precision, discount double precision)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_clv_textbook';
COMMENT ON FUNCTION tcs.clv(double precision, double precision, double precision) IS
'the textbook formula, margin * retention / (1 + discount - retention), for those without a log: margin a period, the share of customers that stay from one period to the next, the discount a period; the first margin comes after one period. It takes all customers to be equally likely to leave. NULL for NULL. Errors: retention not within 0 and 1, discount of -1 or less, retention not below 1 + discount, NaN, infinity';

CREATE FUNCTION tcs.clv_interval(purchase_model jsonb, spend_model jsonb, history tcs.purchase_history,
								 horizon interval, margin double precision DEFAULT 1,
								 annual_discount double precision DEFAULT 0,
								 level double precision DEFAULT 0.9,
								 OUT lower_bound double precision,
								 OUT upper_bound double precision)
	RETURNS record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000
	AS 'MODULE_PATHNAME', 'tcs_clv_interval';
COMMENT ON FUNCTION tcs.clv_interval(jsonb, jsonb, tcs.purchase_history, interval, double precision, double precision, double precision) IS
'between which bounds the customer''s value within the horizon lies with a probability of level, 0.9 unless given: the quantiles (1 - level) / 2 and (1 + level) / 2 of its distribution under the models, from how many purchases there may be (as in purchases_interval) and what so many of them may add up to. The discount is that of the expected purchases: the quantiles without it are scaled by the discounted expectation over the undiscounted one. What will be sent back is taken as its expectation, too. What the parameters of the models may be off by is not in it. It may lie beside clv where the mean is made by a few large values. NULL for NULL and for a history without x, t_x or t. Errors: those of clv, except that the mean value of a purchase need not be finite; a level that is not between 0 and 1';

CREATE FUNCTION tcs.clv_variance(purchase_model jsonb, spend_model jsonb, history tcs.purchase_history,
								 horizon interval, margin double precision DEFAULT 1,
								 annual_discount double precision DEFAULT 0)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30
	AS 'MODULE_PATHNAME', 'tcs_clv_variance';
COMMENT ON FUNCTION tcs.clv_variance(jsonb, jsonb, tcs.purchase_history, interval, double precision, double precision) IS
'variance of the customer''s value within the horizon, of which clv is the mean: from how many purchases there may be, what each may be worth, and what may be sent back, as if purchases were sent back whole. Customers are independent of each other, so that the variance of a sum over customers is the sum of theirs, and total_interval makes an interval of it. The discount is that of the expected purchases, as in clv_interval. What the parameters of the models may be off by is not in it. Infinity where the model of spending has no variance: where q is 2 or less for a customer without a purchase of a known value, and q plus p times their number for others. NULL for NULL and for a history without x, t_x or t. Errors: those of clv';
