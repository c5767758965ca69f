-- What a model of repeat purchases says about one customer.
--
-- A model is one of btyd_fit or btyd_model, of any family.  In a query over
-- many customers it is read once.  The horizon is an interval whose months
-- count 30.4375 days; it begins where the history ends.

CREATE FUNCTION tcs.p_alive(model jsonb, history tcs.purchase_history)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_p_alive';
COMMENT ON FUNCTION tcs.p_alive(jsonb, tcs.purchase_history) IS
'probability that the customer has not left for good by the end of the history. Under bg/nbd a customer without repeat purchases is alive with certainty, so that 1 - p_alive is no risk of churn: that is churn_risk. Under bg/bb it is the probability of being there at the next opportunity. NULL for NULL and for a history without x, t_x or t. Errors: no model of repeat purchases, one that did not converge, a history that no customer can have. Sources: Fader, Hardie and Lee 2005 (bg/nbd), Batislam, Denizel and Filiztekin 2007 (mbg/nbd), Schmittlein, Morrison and Colombo 1987 (pareto/nbd), Fader, Hardie and Shang 2010 (bg/bb)';

CREATE FUNCTION tcs.p_alive(model jsonb, history tcs.purchase_history, after interval)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_p_alive';
COMMENT ON FUNCTION tcs.p_alive(jsonb, tcs.purchase_history, interval) IS
'p_alive on a later day, after so much time without a purchase from the end of the history; a month is 30.4375 days. Errors: those without it, and a negative or infinite after';

CREATE FUNCTION tcs.expected_purchases(model jsonb, history tcs.purchase_history, horizon interval)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_expected_purchases';
COMMENT ON FUNCTION tcs.expected_purchases(jsonb, tcs.purchase_history, interval) IS
'expected number of purchases (days with at least one) within the horizon, which begins at the end of the history; a month is 30.4375 days. Under bg/bb the purchases at the opportunities, one a period, that lie within the horizon. 0 for a horizon of 0. NULL for NULL and for a history without x, t_x or t. Errors: those of p_alive, a horizon that is negative or infinite (dert knows no horizon), a number beyond double precision';

CREATE FUNCTION tcs.expected_purchases(model jsonb, history tcs.purchase_history, horizon interval, after interval)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_expected_purchases';
COMMENT ON FUNCTION tcs.expected_purchases(jsonb, tcs.purchase_history, interval, interval) IS
'expected_purchases on a later day, after so much time without a purchase from the end of the history: the horizon begins there. Errors: those without it, and a negative or infinite after';

CREATE FUNCTION tcs.risk_date(model jsonb, history tcs.purchase_history, horizon interval,
							  level double precision DEFAULT 0.5)
	RETURNS date
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200
	AS 'MODULE_PATHNAME', 'tcs_risk_date';
COMMENT ON FUNCTION tcs.risk_date(jsonb, tcs.purchase_history, interval, double precision) IS
'first day, from the end of the history on, on which churn_risk over the horizon reaches the level, 0.5 unless given, if nothing is bought until then: the day by which to act. It is the last day of the history (its as_of) where the level is reached already. NULL for NULL, for a history without first_day, x, t_x or t, and where the calendar ends before. Errors: those of churn_risk, a level that is not between 0 and 1';

CREATE FUNCTION tcs.next_purchase(model jsonb, history tcs.purchase_history,
								  level double precision DEFAULT 0.8,
								  OUT p_ever double precision,
								  OUT earliest date, OUT median date, OUT latest date)
	RETURNS record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_next_purchase';
COMMENT ON FUNCTION tcs.next_purchase(jsonb, tcs.purchase_history, double precision) IS
'when the customer buys next. p_ever: the probability of another purchase at all, however late; where customers leave after a purchase only (bg/nbd, mbg/nbd and both with a rhythm) that of being there, p_alive. earliest, median, latest: if one comes, the first days by which it has come with the probabilities (1 - level) / 2, 0.5 and (1 + level) / 2, level being 0.8 unless given, so that the day lies from earliest to latest with at least that probability; none is before the day after the history ends. Without a rhythm they are NULL: where a purchase is as likely on one day as on any other (mbg/nbd, bg/nbd, pareto/nbd, nbd, k of 1), and under bg/bb at one opportunity as at any other, the likeliest day for the next is always the next day, whenever one asks. They are NULL, too, for a history without first_day and beyond the end of the calendar. What the parameters of the model may be off by is not in it. NULL for NULL and for a history without x, t_x or t. Errors: those of p_alive, a level that is not between 0 and 1';

CREATE FUNCTION tcs.purchases_interval(model jsonb, history tcs.purchase_history, horizon interval,
									   level double precision DEFAULT 0.9,
									   OUT lower_bound double precision,
									   OUT upper_bound double precision)
	RETURNS record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_purchases_interval';
COMMENT ON FUNCTION tcs.purchases_interval(jsonb, tcs.purchase_history, interval, double precision) IS
'between which numbers the customer''s purchases within the horizon lie with a probability of level, 0.9 unless given: the quantiles (1 - level) / 2 and (1 + level) / 2 of their distribution under the model, each the least whole number n for which at most n purchases are at least that probable. Under bg/bb there are never more than opportunities, of which a million count at most. What the parameters of the model may be off by is not in it. NULL for NULL and for a history without x, t_x or t. Errors: those of expected_purchases, a level that is not between 0 and 1';

CREATE FUNCTION tcs.purchases_variance(model jsonb, history tcs.purchase_history, horizon interval)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_purchases_variance';
COMMENT ON FUNCTION tcs.purchases_variance(jsonb, tcs.purchase_history, interval) IS
'variance of the number of the customer''s purchases within the horizon, of which expected_purchases is the mean: of the distribution that purchases_interval is taken from. Customers buy independently of each other, so that the variance of a sum over customers is the sum of theirs, and total_interval makes an interval of it; the sum over parts of a horizon is not. What the parameters of the model may be off by, which all customers share, is not in it. NULL for NULL and for a history without x, t_x or t. Errors: those of expected_purchases, a number beyond double precision';

CREATE FUNCTION tcs.total_interval(mean double precision, variance double precision,
								   level double precision DEFAULT 0.9,
								   OUT lower_bound double precision,
								   OUT upper_bound double precision)
	RETURNS record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50
	AS 'MODULE_PATHNAME', 'tcs_total_interval';
COMMENT ON FUNCTION tcs.total_interval(double precision, double precision, double precision) IS
'between which bounds a total lies with a probability of level, 0.9 unless given, whose mean and variance are known: sum(expected_purchases) and sum(purchases_variance), or sum(clv) and sum(clv_variance). The quantiles (1 - level) / 2 and (1 + level) / 2 of the gamma distribution that has these moments, which is skew where the total is made by few and as good as normal where it is made by many; of its mirror image for a mean below 0, of the normal distribution for a mean of 0. The mean itself where the variance is 0; from 0 to infinity where it is infinite. NULL for NULL. Errors: a mean that is not finite, a variance that is negative or NaN, a level that is not between 0 and 1';

CREATE FUNCTION tcs.dert(model jsonb, history tcs.purchase_history,
						 annual_discount double precision DEFAULT 0)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500
	AS 'MODULE_PATHNAME', 'tcs_dert';
COMMENT ON FUNCTION tcs.dert(jsonb, tcs.purchase_history, double precision) IS
'discounted expected residual transactions: the expected number of purchases over all time to come, one at time t counted as (1 + annual_discount)^-t with t in years of 365.25 days. NULL for NULL and for a history without x, t_x or t. Errors: those of p_alive, annual_discount of -1 or less, an infinite number (without a discount where a, s or gamma is at most 1; with a negative one always). Source: Fader, Hardie and Lee 2005, "RFM and CLV", for pareto/nbd; Fader, Hardie and Shang 2010 for bg/bb';
