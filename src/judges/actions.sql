-- What to do by a score: whom a treatment moves, what those with the highest scores
-- bring, and how many of them are worth a contact.
--
-- tcs.auc and tcs.lift say who buys.  Whom to treat is another question: who buys
-- because of it.  Only customers of whom chance decided who was treated can answer
-- it; tcs.ab_assign decides so.  Rows with a NULL among the arguments are not
-- counted.  The order of the rows and the number of workers never show.

-- The state that they share.

CREATE FUNCTION tcs_internal.ranked_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_ranked_combine';
COMMENT ON FUNCTION tcs_internal.ranked_combine(internal, internal) IS
'combine function of the aggregates uplift, qini, capture and cutoff';

CREATE FUNCTION tcs_internal.ranked_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_ranked_serial';
COMMENT ON FUNCTION tcs_internal.ranked_serial(internal) IS
'serialization function of the aggregates uplift, qini, capture and cutoff';

CREATE FUNCTION tcs_internal.ranked_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_ranked_deserial';
COMMENT ON FUNCTION tcs_internal.ranked_deserial(bytea, internal) IS
'deserialization function of the aggregates uplift, qini, capture and cutoff';

-- Who buys because of it.

CREATE TYPE tcs.uplift_bin AS (
	bin integer,
	customers bigint,
	least double precision,
	greatest double precision,
	treated_n bigint,
	control_n bigint,
	treated double precision,
	control double precision,
	uplift double precision,
	uplift_low double precision,
	uplift_high double precision,
	share double precision,
	extra double precision,
	extra_low double precision,
	extra_high double precision
);
COMMENT ON TYPE tcs.uplift_bin IS
'what a treatment did to customers with near scores, and to them and all with higher ones; what there is no answer to is NULL';
COMMENT ON COLUMN tcs.uplift_bin.bin IS
'number of the bin, 1 for the highest scores';
COMMENT ON COLUMN tcs.uplift_bin.customers IS
'customers in the bin';
COMMENT ON COLUMN tcs.uplift_bin.least IS
'least score in the bin';
COMMENT ON COLUMN tcs.uplift_bin.greatest IS
'greatest score in the bin';
COMMENT ON COLUMN tcs.uplift_bin.treated_n IS
'those of them who were treated';
COMMENT ON COLUMN tcs.uplift_bin.control_n IS
'those of them who were not';
COMMENT ON COLUMN tcs.uplift_bin.treated IS
'mean outcome of the treated in the bin, or the share of true ones';
COMMENT ON COLUMN tcs.uplift_bin.control IS
'the same of those who were not treated';
COMMENT ON COLUMN tcs.uplift_bin.uplift IS
'treated - control';
COMMENT ON COLUMN tcs.uplift_bin.uplift_low IS
'lower limit of the interval for uplift, of 95 percent';
COMMENT ON COLUMN tcs.uplift_bin.uplift_high IS
'upper limit of the interval for uplift, of 95 percent';
COMMENT ON COLUMN tcs.uplift_bin.share IS
'customers in this bin and those before it, as a share of all';
COMMENT ON COLUMN tcs.uplift_bin.extra IS
'what treating that share brings, per customer of all: share * (mean of the treated - mean of the others) in these bins. In a random order it would be share times the last bin''s';
COMMENT ON COLUMN tcs.uplift_bin.extra_low IS
'lower limit of the interval for extra, of 95 percent';
COMMENT ON COLUMN tcs.uplift_bin.extra_high IS
'upper limit of the interval for extra, of 95 percent';

CREATE FUNCTION tcs_internal.uplift_final(internal) RETURNS tcs.uplift_bin[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_uplift_final';
COMMENT ON FUNCTION tcs_internal.uplift_final(internal) IS
'final function of the aggregate uplift';

@each outcome, kind, what
@ boolean          | share | outcome: true or false, whose shares are compared, with the interval of ab_effect
@ double precision | value | outcome: a number such as what was spent, whose means are compared, with the interval of ab_effect
CREATE FUNCTION tcs_internal.uplift_trans(internal, double precision, boolean, @outcome@, integer) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_uplift_@kind@_trans';
COMMENT ON FUNCTION tcs_internal.uplift_trans(internal, double precision, boolean, @outcome@, integer) IS
'transition function of the aggregate uplift';

CREATE AGGREGATE tcs.uplift(score double precision, treated boolean, outcome @outcome@, bins integer) (
	SFUNC = tcs_internal.uplift_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.uplift_final,
	COMBINEFUNC = tcs_internal.ranked_combine,
	SERIALFUNC = tcs_internal.ranked_serial,
	DESERIALFUNC = tcs_internal.ranked_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.uplift(double precision, boolean, @outcome@, integer) IS
'uplift(score, treated, outcome, bins): what a treatment did, by score, in bins of equally many customers \
from the highest scores down; unnest shows it as rows. treated: whether the customer was treated, \
which chance must have decided. @what@. The customer of rank r of n is in \
bin ceil(r * bins / n); customers with equal scores are in the bin of the first of them, and bins that \
stay empty are left out. bins: 1 to 1000. NULL when no row is left. Errors: NaN, infinity, outcomes \
beyond 1e150, bins changing within a group, more rows than tcs.fit_memory holds (16 bytes each)';
@end

CREATE TYPE tcs.qini AS (
	qini double precision,
	qini_low double precision,
	qini_high double precision,
	p_value double precision,
	effect double precision,
	effect_low double precision,
	effect_high double precision,
	treated_n bigint,
	control_n bigint,
	finding text
);
COMMENT ON TYPE tcs.qini IS
'whether a score puts those first whom a treatment moves; what there is no answer to is NULL';
COMMENT ON COLUMN tcs.qini.qini IS
'what the order of the score brings over a random one: the area between extra by share treated (tcs.uplift_bin) and the straight line to its end, in outcomes per customer';
COMMENT ON COLUMN tcs.qini.qini_low IS
'lower limit of the interval for qini, of 95 percent; NULL where nothing varies, as with one score for all';
COMMENT ON COLUMN tcs.qini.qini_high IS
'upper limit of the interval for qini, of 95 percent';
COMMENT ON COLUMN tcs.qini.p_value IS
'chance of a qini that far from 0 if the treatment moves customers of all scores alike';
COMMENT ON COLUMN tcs.qini.effect IS
'mean outcome of the treated less that of the others: what treating everyone brings, per customer';
COMMENT ON COLUMN tcs.qini.effect_low IS
'lower limit of the interval for effect, of 95 percent';
COMMENT ON COLUMN tcs.qini.effect_high IS
'upper limit of the interval for effect, of 95 percent';
COMMENT ON COLUMN tcs.qini.treated_n IS
'customers who were treated';
COMMENT ON COLUMN tcs.qini.control_n IS
'customers who were not';
COMMENT ON COLUMN tcs.qini.finding IS
'order: the score puts first whom the treatment moves (the interval of qini is above 0); reverse: it puts them last; effect: the treatment does something, for whom the score does not tell; none: neither is found. NULL with fewer than two customers in an arm';

CREATE FUNCTION tcs_internal.qini_final(internal) RETURNS tcs.qini
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_qini_final';
COMMENT ON FUNCTION tcs_internal.qini_final(internal) IS
'final function of the aggregate qini';

@each outcome, kind
@ boolean          | share
@ double precision | value
CREATE FUNCTION tcs_internal.qini_trans(internal, double precision, boolean, @outcome@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_qini_@kind@_trans';
COMMENT ON FUNCTION tcs_internal.qini_trans(internal, double precision, boolean, @outcome@) IS
'transition function of the aggregate qini';

CREATE AGGREGATE tcs.qini(score double precision, treated boolean, outcome @outcome@) (
	SFUNC = tcs_internal.qini_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.qini_final,
	COMBINEFUNC = tcs_internal.ranked_combine,
	SERIALFUNC = tcs_internal.ranked_serial,
	DESERIALFUNC = tcs_internal.ranked_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.qini(double precision, boolean, @outcome@) IS
'qini(score, treated, outcome): whether a score puts those first whom a treatment moves. treated: whether \
the customer was treated, which chance must have decided. A customer''s place is 1/2 - (those with higher \
scores + half of those with the same) / n; qini is the covariance of place and effect over all n, which is \
estimated without bias by covar_samp(place, outcome) of the treated less that of the others, times \
(n - 1) / n; its interval and p are those of Welch, 1947, for the difference of two means. Never NULL; its \
columns are where there is no answer. Errors: NaN, infinity, outcomes beyond 1e150, more rows than \
tcs.fit_memory holds (16 bytes each). After Radcliffe, 2007, without his scaling';
@end

-- What those with the highest scores bring.

CREATE TYPE tcs.capture_step AS (
	step integer,
	share double precision,
	customers double precision,
	score double precision,
	outcome double precision,
	captured double precision,
	lift double precision
);
COMMENT ON TYPE tcs.capture_step IS
'what a share of the customers, those with the highest scores, brings';
COMMENT ON COLUMN tcs.capture_step.step IS
'number of the step, from 1';
COMMENT ON COLUMN tcs.capture_step.share IS
'what part of the customers is taken: step / steps';
COMMENT ON COLUMN tcs.capture_step.customers IS
'how many that are; a part of a customer counts as such';
COMMENT ON COLUMN tcs.capture_step.score IS
'least score among them';
COMMENT ON COLUMN tcs.capture_step.outcome IS
'sum of their outcomes, or how many of them are true';
COMMENT ON COLUMN tcs.capture_step.captured IS
'that as a share of the sum over all; NULL unless that is above 0';
COMMENT ON COLUMN tcs.capture_step.lift IS
'captured / share, which is what tcs.lift gives; NULL as captured';

CREATE FUNCTION tcs_internal.capture_final(internal) RETURNS tcs.capture_step[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_capture_final';
COMMENT ON FUNCTION tcs_internal.capture_final(internal) IS
'final function of the aggregate capture';

@each outcome, kind, what
@ boolean          | share | true or false, such as who bought
@ double precision | value | a number, such as what was spent
CREATE FUNCTION tcs_internal.capture_trans(internal, double precision, @outcome@, integer) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_capture_@kind@_trans';
COMMENT ON FUNCTION tcs_internal.capture_trans(internal, double precision, @outcome@, integer) IS
'transition function of the aggregate capture';

CREATE AGGREGATE tcs.capture(score double precision, outcome @outcome@, steps integer) (
	SFUNC = tcs_internal.capture_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.capture_final,
	COMBINEFUNC = tcs_internal.ranked_combine,
	SERIALFUNC = tcs_internal.ranked_serial,
	DESERIALFUNC = tcs_internal.ranked_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.capture(double precision, @outcome@, integer) IS
'capture(score, outcome, steps): what part of all outcomes the customers with the highest scores bring, the \
curve of cumulative gains; unnest shows it as rows. outcome: @what@. Step k takes \
k / steps of the customers; of those with the score at its border a part is taken that has their own mean. \
steps: 1 to 1000; 10 has the top tenth first. NULL when no row is left. Errors: NaN, infinity, outcomes \
beyond 1e150, steps changing within a group, more rows than tcs.fit_memory holds (16 bytes each)';
@end

-- How many of them are worth a contact.

CREATE TYPE tcs.cutoff AS (
	score double precision,
	share double precision,
	customers bigint,
	earned double precision,
	earned_low double precision,
	earned_high double precision,
	earned_all double precision
);
COMMENT ON TYPE tcs.cutoff IS
'from which score on a contact pays';
COMMENT ON COLUMN tcs.cutoff.score IS
'contact those with this score or a higher one; NULL where nobody is worth a contact';
COMMENT ON COLUMN tcs.cutoff.share IS
'what part of the customers that is';
COMMENT ON COLUMN tcs.cutoff.customers IS
'how many of them';
COMMENT ON COLUMN tcs.cutoff.earned IS
'what contacting them brings, less what it costs; 0 where that is nobody';
COMMENT ON COLUMN tcs.cutoff.earned_low IS
'lower limit of the interval for earned, of 95 percent, which holds although the best of all cut-offs was taken; where it is not above 0 it is not shown that any contact pays';
COMMENT ON COLUMN tcs.cutoff.earned_high IS
'upper limit of the interval for earned, of 95 percent';
COMMENT ON COLUMN tcs.cutoff.earned_all IS
'what contacting everyone earns';

CREATE FUNCTION tcs_internal.cutoff_final(internal) RETURNS tcs.cutoff
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_cutoff_final';
COMMENT ON FUNCTION tcs_internal.cutoff_final(internal) IS
'final function of the aggregate cutoff';

CREATE FUNCTION tcs_internal.cutoff_trans(internal, double precision, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_cutoff_trans';
COMMENT ON FUNCTION tcs_internal.cutoff_trans(internal, double precision, double precision, double precision) IS
'transition function of the aggregate cutoff';

CREATE AGGREGATE tcs.cutoff(score double precision, value double precision, cost double precision) (
	SFUNC = tcs_internal.cutoff_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.cutoff_final,
	COMBINEFUNC = tcs_internal.ranked_combine,
	SERIALFUNC = tcs_internal.ranked_serial,
	DESERIALFUNC = tcs_internal.ranked_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.cutoff(double precision, double precision, double precision) IS
'cutoff(score, value, cost): from which score on a contact pays, among customers who were contacted. value: what the customer brought, such as bought::int * 40 where a buyer brings 40. cost: of a contact, in the same unit. The score is that for which value less cost, summed over those who have it or a higher one, is greatest, and the highest such one. The limits are those of a random walk at all its steps at once (Erdos and Kac, 1946): they hold for the best one, too. NULL when no row is left. Errors: NaN, infinity, values beyond 1e150, a cost below 0 or one that changes within a group, more rows than tcs.fit_memory holds (16 bytes each)';

CREATE FUNCTION tcs_internal.cutoff_trans(internal, double precision, boolean, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_cutoff_arms_trans';
COMMENT ON FUNCTION tcs_internal.cutoff_trans(internal, double precision, boolean, double precision, double precision) IS
'transition function of the aggregate cutoff';

CREATE AGGREGATE tcs.cutoff(score double precision, treated boolean, value double precision, cost double precision) (
	SFUNC = tcs_internal.cutoff_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.cutoff_final,
	COMBINEFUNC = tcs_internal.ranked_combine,
	SERIALFUNC = tcs_internal.ranked_serial,
	DESERIALFUNC = tcs_internal.ranked_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.cutoff(double precision, boolean, double precision, double precision) IS
'cutoff(score, treated, value, cost): from which score on a contact pays by what it causes, among customers of whom chance decided who was contacted. treated: whether the customer was. Contacting k customers, both arms together, brings k times the difference of the means of the two arms among them, and costs k times cost. The rest is as without treated; cut-offs above which an arm has nobody are not considered, and the limits are NULL with fewer than two customers in an arm';
