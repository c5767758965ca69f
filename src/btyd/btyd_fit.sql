-- Buy till you die: fitting the models of repeat purchases, and models from
-- given numbers.
--
-- While a customer is alive, purchases come at a rate that is Gamma(r, alpha)
-- across customers.  The families differ in how customers leave: with a
-- probability that is Beta(a, b) across customers, after each repeat purchase
-- (bg/nbd: Fader, Hardie and Lee, 2005) or after every purchase (mbg/nbd:
-- Batislam, Denizel and Filiztekin, 2007), at a rate that is Gamma(s, beta)
-- across customers (pareto/nbd: Schmittlein, Morrison and Colombo, 1987), or
-- not at all (nbd: Ehrenberg, 1959).  mbg/cnbd-k and bg/cnbd-k are for buyers with
-- a rhythm, whose gaps are Erlang-k (Platzer and Reutterer, 2016; Wheat and
-- Morrison, 1990, tell k from pairs of gaps, where the likelihood of all gaps
-- does here).
--
-- Of another kind is bg/bb (Fader, Hardie and Shang, 2010): there is one
-- opportunity a period, at which a customer who is alive buys with a chance
-- that is Beta(alpha, beta) across customers, and before which one dies with a
-- chance that is Beta(gamma, delta).
--
-- mbg/nbd is the default: it does not call those who bought once alive with
-- certainty, as bg/nbd does, and ranks customers better on hold-outs.

CREATE FUNCTION tcs_internal.btyd_fit_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_btyd_fit_combine';
COMMENT ON FUNCTION tcs_internal.btyd_fit_combine(internal, internal) IS
'combine function of the aggregate btyd_fit';

CREATE FUNCTION tcs_internal.btyd_fit_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_btyd_fit_serial';
COMMENT ON FUNCTION tcs_internal.btyd_fit_serial(internal) IS
'serialization function of the aggregate btyd_fit';

CREATE FUNCTION tcs_internal.btyd_fit_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_btyd_fit_deserial';
COMMENT ON FUNCTION tcs_internal.btyd_fit_deserial(bytea, internal) IS
'deserialization function of the aggregate btyd_fit';

CREATE FUNCTION tcs_internal.btyd_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_btyd_fit_final';
COMMENT ON FUNCTION tcs_internal.btyd_fit_final(internal) IS
'final function of the aggregate btyd_fit';

@each types, arguments
@                          |
@ , text                   | , family text
@ , text, interval         | , family text, period interval
@ , text, interval, bigint | , family text, period interval, customers bigint
CREATE FUNCTION tcs_internal.btyd_fit_trans(internal, tcs.purchase_history@types@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_btyd_fit_trans';
COMMENT ON FUNCTION tcs_internal.btyd_fit_trans(internal, tcs.purchase_history@types@) IS
'transition function of the aggregate btyd_fit';

CREATE AGGREGATE tcs.btyd_fit(history tcs.purchase_history@arguments@) (
	SFUNC = tcs_internal.btyd_fit_trans,
	STYPE = internal,
	SSPACE = 256,
	FINALFUNC = tcs_internal.btyd_fit_final,
	COMBINEFUNC = tcs_internal.btyd_fit_combine,
	SERIALFUNC = tcs_internal.btyd_fit_serial,
	DESERIALFUNC = tcs_internal.btyd_fit_deserial,
	PARALLEL = SAFE
);
@end

COMMENT ON AGGREGATE tcs.btyd_fit(tcs.purchase_history) IS
'model of repeat purchases of the family mbg/nbd, fitted by maximum likelihood: as btyd_fit(history, ''mbg/nbd''), which says what is in it. NULL without a history that is known. Errors: as there, but for those of a family';

COMMENT ON AGGREGATE tcs.btyd_fit(tcs.purchase_history, text) IS
'model of repeat purchases fitted by maximum likelihood: btyd_fit(history, family); families mbg/nbd, bg/nbd, pareto/nbd, nbd, bg/bb with a day as its period, mbg/cnbd-k, bg/cnbd-k, and auto, which fits all of these but bg/bb and takes the one with the least bic (Schwarz, 1978): compared has those of all. With more than 8000 tuples that of pareto/nbd is estimated on a part of them, and only the better of mbg/nbd and bg/nbd is tried with a rhythm. mbg/cnbd-k and bg/cnbd-k are for buyers with a rhythm (monthly orders, refills): k stages lie between two purchases, as many as are likeliest, 1 to 12, by ln_gaps of the histories, so that who is overdue is soon gone and who is due buys soon; mbg/cnbd-3 and the like name k, and a k of 1 is mbg/nbd or bg/nbd. The model has k, which aic and bic count as a parameter where the data told it; alpha and r are of the rate of stages, k for a purchase, rate is of purchases; where ln_gaps is NULL for a customer with more than one repeat purchase k is 1, and a note says so. Keys: the parameters (alpha in days, as is beta), standard_errors, log_likelihood, aic, bic, customers, tuples (distinct histories), iterations, gradient_norm and condition_number (by the logarithms of the parameters), converged, limits, notes. Where the likelihood has its top at a limit of the family the limit is the model: limits names it, its parameters stand in place of those that ran off, which are null, and notes say what it means. equal_rates: rate, purchases a day, for r and alpha; nobody_leaves: none for a and b; equal_leaving: leaving, the chance after each purchase (pareto/nbd: the rate a day); leave_at_once: leaving, the share that leaves at the first occasion, where the others never do. Where there is too little to go by (one customer, no repeat purchase, no time, repeat purchases with a t_x of 0) converged is false, the parameters are null and notes say why. m_x is not looked at. Histories that are NULL, or whose x, t_x or t is, are not fitted, and no_history in left_out counts them; a note asks for those who bought once where not one of 200 customers or more did. NULL when none is left. The order of rows and the number of workers have no influence. Errors: an unknown family, family changing within a group, a history that no customer can have, more customers than tcs.fit_memory holds (8 bytes each, and 24 for each distinct history)';

COMMENT ON AGGREGATE tcs.btyd_fit(tcs.purchase_history, text, interval) IS
'model of purchases at opportunities: btyd_fit(history, family, period), family bg/bb, for donations, renewals by choice or buyers who come on most days, of whom the other families expect more purchases than there are days. period: the time from one opportunity to the next, one day if NULL or not given; a month is 30.4375 days. Of a history t is told in whole periods, of which one may be short by a tenth, and t_x by the period that the last purchase falls into; x must not be above that. Else as btyd_fit(history, family), with the parameters alpha, beta (the chance to buy at an opportunity), gamma, delta (the chance to leave before one) and the key period, in days; at the limits buying stands for alpha and beta, leaving for gamma and delta, both chances; the limit all_or_none is of this family alone: buying is the share that buys at each opportunity while it is there, the others never do. Of other families period must be NULL. Errors: those of btyd_fit(history, family), a period that is not positive or changes within a group, more purchases than opportunities, more than a million opportunities. Fader, Hardie and Shang, 2010';

COMMENT ON AGGREGATE tcs.btyd_fit(tcs.purchase_history, text, interval, bigint) IS
'model of repeat purchases from counts: btyd_fit(history, family, period, customers), a row for so many customers of that history, as tables are published. period: of bg/bb; NULL of the other families. Rows with NULL customers are not counted. Else as btyd_fit(history, family, period). Errors: also customers negative';

CREATE FUNCTION tcs.btyd_model(family text, r double precision, alpha double precision,
							   a double precision DEFAULT NULL, b double precision DEFAULT NULL,
							   unit interval DEFAULT '1 day')
	RETURNS jsonb
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_btyd_model';
COMMENT ON FUNCTION tcs.btyd_model(text, double precision, double precision, double precision, double precision, interval) IS
'model of repeat purchases from given numbers, such as published ones: family mbg/nbd or bg/nbd with r, alpha, a, b, pareto/nbd with r, alpha, s, beta in that order, nbd with r and alpha, mbg/cnbd-3 or bg/cnbd-3, of any k from 1 to 12, with r, alpha, a, b, where k stages at a rate of mean r / alpha make a purchase, or bg/bb with alpha, beta, gamma, delta in that order. unit: the time that alpha and beta are in, and for bg/bb that from one opportunity to the next, one day unless given; ''7 days'' for weeks, a month is 30.4375 days. NULL for NULL in what the family has. Errors: an unknown family, one that needs a number for k, a parameter that is not positive and finite or that nbd does not have, unit not positive';

