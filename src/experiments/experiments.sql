-- Experiments: who gets what, what it did, and how many it takes.
--
-- An experiment has a name.  tcs.ab_assign puts each customer into an arm by a
-- hash of that name and the customer's key: no table has to remember it, and
-- every system that can compute SHA-256 gives the same arm.  Before it runs,
-- tcs.ab_sample_size tells how many customers it takes; while it runs,
-- tcs.ab_sample_ratio whether the arms get theirs; after it, tcs.ab_effect what
-- it did, for all or for each segment.

-- Who gets what.

@each type, text, vectors
@ text   | the key | . Test vectors, h and c for (experiment, key): (spring offer, 42) is 66feb6be5d60022f and cc9caf0e34b8a76b, (spring offer, a) is 20383c59148dd004 and 1b6c0c2e3e054a17
@ bigint | its decimal digits, so that 42 and the text 42 are in the same arm |
@ uuid   | its 36 characters in lower case |
CREATE FUNCTION tcs.ab_assign(experiment text, key @type@, arms text[], shares double precision[], coverage double precision DEFAULT 1) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50
	AS 'MODULE_PATHNAME', 'tcs_ab_assign_@type@';
COMMENT ON FUNCTION tcs.ab_assign(text, @type@, text[], double precision[], double precision) IS
'the arm of an experiment that a customer is in, NULL for who does not take part. The same \
experiment and key give the same arm on every server, in every session, and elsewhere: h is the first \
eight bytes, the highest first, of the SHA-256 of the experiment''s name, a zero byte, and the key''s \
text, both in UTF-8, and c the eight bytes after them; who has c / 2^64 below the coverage takes part, \
in the first arm for which h / 2^64 is below the sum of the shares up to its own. So a coverage that is \
raised lets more take part, and nobody changes the arm. The key''s text is @text@. shares: of each \
arm, 0 to 1, in sum 1 (within 1e-9). coverage: 0 to 1. NULL for NULL. Errors: an experiment without a \
name; no share or more than 1000, negative ones, NaN, NULL among them, or a sum that is not 1; arms and \
shares that differ in number, an arm that is named twice@vectors@';
@end

@each type
@ text
@ bigint
@ uuid
CREATE FUNCTION tcs.ab_assign(experiment text, key @type@, shares double precision[]) RETURNS integer
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50
	AS 'MODULE_PATHNAME', 'tcs_ab_assign_@type@';
COMMENT ON FUNCTION tcs.ab_assign(text, @type@, double precision[]) IS
'the same where all customers take part, by number: the first arm is 1';
@end

-- What it did.

CREATE TYPE tcs.ab_effect AS (
	control_n bigint,
	treatment_n bigint,
	control double precision,
	treatment double precision,
	difference double precision,
	difference_low double precision,
	difference_high double precision,
	ratio double precision,
	ratio_low double precision,
	ratio_high double precision,
	p_value double precision,
	in_both bigint,
	control_se double precision,
	treatment_se double precision,
	df double precision,
	confidence double precision,
	planned bigint
);
COMMENT ON TYPE tcs.ab_effect IS
'what the treatment did, and how sure that is; what there is no answer to is NULL';
COMMENT ON COLUMN tcs.ab_effect.control_n IS
'customers in the control arm whose outcome is known';
COMMENT ON COLUMN tcs.ab_effect.treatment_n IS
'customers in the treatment arm whose outcome is known';
COMMENT ON COLUMN tcs.ab_effect.control IS
'mean of the outcomes in the control arm, or the share of true ones; NULL where there is none';
COMMENT ON COLUMN tcs.ab_effect.treatment IS
'the same of the treatment arm';
COMMENT ON COLUMN tcs.ab_effect.difference IS
'treatment - control';
COMMENT ON COLUMN tcs.ab_effect.difference_low IS
'lower limit of the interval for the difference';
COMMENT ON COLUMN tcs.ab_effect.difference_high IS
'upper limit of the interval for the difference';
COMMENT ON COLUMN tcs.ab_effect.ratio IS
'treatment / control; NULL unless control is above 0';
COMMENT ON COLUMN tcs.ab_effect.ratio_low IS
'lower limit of the interval for the ratio';
COMMENT ON COLUMN tcs.ab_effect.ratio_high IS
'upper limit of the interval for the ratio';
COMMENT ON COLUMN tcs.ab_effect.p_value IS
'chance of a difference that great, in either direction, if the treatment did nothing: below 1 - confidence where the intervals leave out no difference, and nowhere else';

COMMENT ON COLUMN tcs.ab_effect.in_both IS
'customers who were seen in both arms and are counted in neither; 0 unless the outcomes are those of tcs.ab_customer. More than a few: look for the mistake first';
COMMENT ON COLUMN tcs.ab_effect.control_se IS
'standard error of control';
COMMENT ON COLUMN tcs.ab_effect.treatment_se IS
'standard error of treatment';
COMMENT ON COLUMN tcs.ab_effect.df IS
'degrees of freedom of the test of means, by Welch; NULL for shares';
COMMENT ON COLUMN tcs.ab_effect.confidence IS
'of the intervals, as it was asked for';
COMMENT ON COLUMN tcs.ab_effect.planned IS
'customers of both arms that tcs.ab_anytime was told to reckon with; NULL: p and intervals are for one look';

CREATE FUNCTION tcs_internal.ab_effect_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_ab_effect_combine';
COMMENT ON FUNCTION tcs_internal.ab_effect_combine(internal, internal) IS
'combine function of the aggregate ab_effect';

CREATE FUNCTION tcs_internal.ab_effect_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_ab_effect_serial';
COMMENT ON FUNCTION tcs_internal.ab_effect_serial(internal) IS
'serialization function of the aggregate ab_effect';

CREATE FUNCTION tcs_internal.ab_effect_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_ab_effect_deserial';
COMMENT ON FUNCTION tcs_internal.ab_effect_deserial(bytea, internal) IS
'deserialization function of the aggregate ab_effect';

CREATE FUNCTION tcs_internal.ab_effect_final(internal) RETURNS tcs.ab_effect
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_ab_effect_final';
COMMENT ON FUNCTION tcs_internal.ab_effect_final(internal) IS
'final function of the aggregate ab_effect';

CREATE TYPE tcs.ab_customer AS (
	arm text,
	outcome double precision,
	per double precision,
	is_share boolean
);
COMMENT ON TYPE tcs.ab_customer IS
'what one customer did in an experiment, as tcs.ab_effect compares it';
COMMENT ON COLUMN tcs.ab_customer.arm IS
'control, or the name of the treatment (treatment where arms are true or numbers); NULL for who was seen in both';
COMMENT ON COLUMN tcs.ab_customer.outcome IS
'sum of the outcomes; of true and false 1 if one was true, else 0';
COMMENT ON COLUMN tcs.ab_customer.per IS
'what the sum is divided by, over all customers; NULL for what is not';
COMMENT ON COLUMN tcs.ab_customer.is_share IS
'outcomes are true or false';

@each arguments, name, call
@ boolean, boolean              | boolean_share | arm, outcome
@ boolean, double precision     | boolean_value | arm, outcome
@ integer, boolean              | integer_share | arm, outcome
@ integer, double precision     | integer_value | arm, outcome
@ text, boolean                 | text_share    | arm, outcome
@ text, double precision        | text_value    | arm, outcome
@ tcs.ab_customer               | customer      | customer
CREATE FUNCTION tcs_internal.ab_effect_trans(internal, @arguments@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_ab_effect_@name@_trans';
COMMENT ON FUNCTION tcs_internal.ab_effect_trans(internal, @arguments@) IS
'transition function of the aggregate ab_effect';

CREATE AGGREGATE tcs.ab_effect(@arguments@) (
	SFUNC = tcs_internal.ab_effect_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.ab_effect_final,
	COMBINEFUNC = tcs_internal.ab_effect_combine,
	SERIALFUNC = tcs_internal.ab_effect_serial,
	DESERIALFUNC = tcs_internal.ab_effect_deserial,
	PARALLEL = SAFE
);

CREATE FUNCTION tcs_internal.ab_effect_trans(internal, @arguments@, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_ab_effect_@name@_trans';
COMMENT ON FUNCTION tcs_internal.ab_effect_trans(internal, @arguments@, double precision) IS
'transition function of the aggregate ab_effect';

CREATE AGGREGATE tcs.ab_effect(@arguments@, double precision) (
	SFUNC = tcs_internal.ab_effect_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.ab_effect_final,
	COMBINEFUNC = tcs_internal.ab_effect_combine,
	SERIALFUNC = tcs_internal.ab_effect_serial,
	DESERIALFUNC = tcs_internal.ab_effect_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.ab_effect(@arguments@, double precision) IS
'ab_effect(@call@, confidence): the same with intervals of that confidence, between 0 and 1, which \
must be the same for the group';
@end

@each arguments, call, name
@ boolean, double precision | arm, outcome | boolean_value
@ integer, double precision | arm, outcome | integer_value
@ text, double precision    | arm, outcome | text_value
@ tcs.ab_customer           | customer     | customer
CREATE FUNCTION tcs_internal.ab_effect_trans(internal, @arguments@, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 3
	AS 'MODULE_PATHNAME', 'tcs_ab_effect_@name@_trans';
COMMENT ON FUNCTION tcs_internal.ab_effect_trans(internal, @arguments@, double precision, double precision) IS
'transition function of the aggregate ab_effect';

CREATE AGGREGATE tcs.ab_effect(@arguments@, double precision, double precision) (
	SFUNC = tcs_internal.ab_effect_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.ab_effect_final,
	COMBINEFUNC = tcs_internal.ab_effect_combine,
	SERIALFUNC = tcs_internal.ab_effect_serial,
	DESERIALFUNC = tcs_internal.ab_effect_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.ab_effect(@arguments@, double precision, double precision) IS
'ab_effect(@call@, confidence, covariate): the same of numbers (of customers, of true and false too), with what was \
known of each customer before the experiment, such as what was spent in the months before (CUPED): what of the outcome a \
line through it tells is taken away, so that intervals are narrower by the root of 1 - r^2, where r is their correlation. \
By least squares in each arm, at the covariate''s mean of both arms (Lin, 2013), and with the standard errors of that: \
the difference is the coefficient of the arm in a regression on arm, covariate less its mean, and their product. control \
and treatment are adjusted means. A NULL covariate counts as its mean. It must not be anything that the treatment can \
change. Without effect where it is NULL for all or does not vary. Errors, too: NaN, infinity, covariates beyond 1e150; \
ratios';

CREATE FUNCTION tcs_internal.ab_effect_trans(internal, @arguments@, double precision, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_ab_effect_@name@_trans';
COMMENT ON FUNCTION tcs_internal.ab_effect_trans(internal, @arguments@, double precision, double precision, double precision) IS
'transition function of the aggregate ab_effect';

CREATE AGGREGATE tcs.ab_effect(@arguments@, double precision, double precision, double precision) (
	SFUNC = tcs_internal.ab_effect_trans,
	STYPE = internal,
	SSPACE = 4096,
	FINALFUNC = tcs_internal.ab_effect_final,
	COMBINEFUNC = tcs_internal.ab_effect_combine,
	SERIALFUNC = tcs_internal.ab_effect_serial,
	DESERIALFUNC = tcs_internal.ab_effect_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.ab_effect(@arguments@, double precision, double precision, double precision) IS
'ab_effect(@call@, confidence, covariate, cap): the same of winsorised outcomes: those beyond the quantile cap, such \
as 0.99, of both arms together count as that (the percentile_disc of cap), so that one great order does not decide. \
covariate: NULL for none; cap: NULL for none, else the same for the group. At an amount give least(outcome, amount) \
as the outcome. Errors, too: a cap that does not lie between 0 and 1, more customers than tcs.fit_memory holds (8 bytes \
each, 16 with a covariate, and 8 more at the end)';
@end

COMMENT ON AGGREGATE tcs.ab_effect(tcs.ab_customer) IS
'ab_effect(customer): what the treatment of an experiment did to customers, each made by \
tcs.ab_customer from rows of its own (orders, visits): who has been put into an arm is the customer, \
and rows of one customer are alike, so that over rows false alarms are many. Shares and sums are \
compared as ab_effect(arm, outcome) does; ratios by the delta method (their variance is that of \
outcome - ratio * per over the customers), with the intervals and the test of means. NULL is not \
counted. Errors, too: customers whose outcomes are not of one kind';

@each arm, arms
@ boolean | true is the treatment, false the control
@ integer | 1 is the control, 2 the treatment, as tcs.ab_assign numbers them; others are an error
@ text    | control is the control, the one other name the treatment; a third is an error, of which FILTER (WHERE arm IN (...)) leaves out what is not compared
COMMENT ON AGGREGATE tcs.ab_effect(@arm@, boolean) IS
'ab_effect(arm, outcome): what the treatment of an experiment did to the outcome, with intervals of \
95 percent. arm: @arms@. Rows with a NULL among arm and outcome are not counted. Never NULL; the \
outcome is true or false: its shares are compared. The intervals are score intervals (of the \
difference by Mee, 1984, of the ratio by Koopman, 1984) and p is that of the score test, which is \
Pearson''s chi squared without correction. Where fewer than 50 successes or failures are expected in \
an arm, p is that of Fisher''s exact test, if that is more, and the intervals are wider by as much: a \
false alarm is never likelier than 1 - confidence. p is 1 where all or none succeed; no interval of \
the ratio where nobody in the control arm does';

COMMENT ON AGGREGATE tcs.ab_effect(@arm@, double precision) IS
'ab_effect(arm, outcome): what the treatment of an experiment did to the outcome, with intervals of \
95 percent. arm: @arms@. Rows with a NULL among arm and outcome are not counted. Never NULL; the \
outcome is a number: its means are compared, without taking the variances for equal. The interval of \
the difference and p are those of Welch, 1947, that of the ratio is that of Fieller, 1954, with the \
same quantile, so that it holds 1 just where the other holds 0; NULL where the control''s mean is \
not told from 0. No interval and no p where an arm has one customer or neither varies. Exact sums: \
order and workers do not show. Errors: NaN, infinity, outcomes beyond 1e150';
@end

-- Where a row is no customer: what each did, by GROUP BY customer.

CREATE FUNCTION tcs_internal.ab_customer_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_ab_customer_combine';
COMMENT ON FUNCTION tcs_internal.ab_customer_combine(internal, internal) IS
'combine function of the aggregate ab_customer';

CREATE FUNCTION tcs_internal.ab_customer_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_ab_customer_serial';
COMMENT ON FUNCTION tcs_internal.ab_customer_serial(internal) IS
'serialization function of the aggregate ab_customer';

CREATE FUNCTION tcs_internal.ab_customer_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_ab_customer_deserial';
COMMENT ON FUNCTION tcs_internal.ab_customer_deserial(bytea, internal) IS
'deserialization function of the aggregate ab_customer';

CREATE FUNCTION tcs_internal.ab_customer_final(internal) RETURNS tcs.ab_customer
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_ab_customer_final';
COMMENT ON FUNCTION tcs_internal.ab_customer_final(internal) IS
'final function of the aggregate ab_customer';

@each arm, arguments, kind
@ boolean | boolean                            | share
@ boolean | double precision                   | value
@ boolean | double precision, double precision | ratio
@ integer | boolean                            | share
@ integer | double precision                   | value
@ integer | double precision, double precision | ratio
@ text    | boolean                            | share
@ text    | double precision                   | value
@ text    | double precision, double precision | ratio
CREATE FUNCTION tcs_internal.ab_customer_trans(internal, @arm@, @arguments@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_ab_customer_@arm@_@kind@_trans';
COMMENT ON FUNCTION tcs_internal.ab_customer_trans(internal, @arm@, @arguments@) IS
'transition function of the aggregate ab_customer';

CREATE AGGREGATE tcs.ab_customer(@arm@, @arguments@) (
	SFUNC = tcs_internal.ab_customer_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.ab_customer_final,
	COMBINEFUNC = tcs_internal.ab_customer_combine,
	SERIALFUNC = tcs_internal.ab_customer_serial,
	DESERIALFUNC = tcs_internal.ab_customer_deserial,
	PARALLEL = SAFE
);
@end

@each arm, arms
@ boolean | true is the treatment, false the control
@ integer | 1 is the control, 2 the treatment; others are an error
@ text    | control is the control
COMMENT ON AGGREGATE tcs.ab_customer(@arm@, boolean) IS
'ab_customer(arm, outcome): what one customer did in an experiment, from rows of which each customer \
has some, by GROUP BY customer; tcs.ab_effect compares them. The outcome is whether one is true. \
arm: @arms@; who is seen in both is counted in neither. Rows without an arm are not counted; a NULL \
outcome is none, so that an outer join counts who did nothing. NULL for no rows';

COMMENT ON AGGREGATE tcs.ab_customer(@arm@, double precision) IS
'ab_customer(arm, outcome): the same of a number: the outcome is their sum, such as the revenue of a \
customer. Errors: NaN, infinity, outcomes beyond 1e150';

COMMENT ON AGGREGATE tcs.ab_customer(@arm@, double precision, double precision) IS
'ab_customer(arm, outcome, per): the same of a ratio, the sum of the outcomes over the sum of per: \
amount and 1 for the value of an order, clicks and visits for their rate. A row with a NULL among them \
adds nothing. Errors, too: a negative per';
@end

-- Looking more than once, and more than one effect.

CREATE FUNCTION tcs.ab_anytime(effect tcs.ab_effect, planned bigint) RETURNS tcs.ab_effect
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_ab_anytime';
COMMENT ON FUNCTION tcs.ab_anytime(tcs.ab_effect, bigint) IS
'an effect as tcs.ab_effect made it, with p and intervals for those who look whenever they like and stop when they \
like: that p is ever below 1 - confidence, at any of all looks, is no likelier than 1 - confidence where there is no \
effect. planned: customers of both arms together at which the intervals are to be nearest, decided before; there they are \
1.55 times as wide as for one look, which is what looking costs. Before, they are far wider: at a hundredth of planned \
4.6 times. The difference in standard errors, z, is that of the test that tcs.ab_effect makes; p is \
sqrt(1 + x) exp(-z^2 x / 2 (1 + x)), 1 at most, where x is customers / planned * (a + ln(1 + a)) and a is -2 ln(1 - confidence): \
the mixture of Robbins, 1970, as an asymptotic confidence sequence (Waudby-Smith et al., 2024). Columns without an answer \
stay NULL. NULL for NULL. Errors: planned below 1, an effect that is adjusted already or that tcs.ab_effect cannot have made';

CREATE FUNCTION tcs.ab_adjust(effect tcs.ab_effect, method text DEFAULT 'holm') RETURNS tcs.ab_effect
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 100
	SUPPORT tcs_internal.window_support
	AS 'MODULE_PATHNAME', 'tcs_ab_adjust';
COMMENT ON FUNCTION tcs.ab_adjust(tcs.ab_effect, text) IS
'the effects of a window partition as one that is among many: of segments, arms or metrics. method: holm and \
bonferroni: p is such that one of all is below 1 - confidence without an effect with a chance of 1 - confidence at \
most, and holm finds more; bh, that of Benjamini and Hochberg: of those that are below, 1 - confidence are without an \
effect at most, on average, where tests are independent or go together. The intervals leave out no difference where p is \
below 1 - confidence, and nowhere else. By bonferroni they hold all together with the confidence; by bh those of what \
is below (Benjamini and Yekutieli, 2005); by holm each is that of its step, and does so less. Effects of tcs.ab_anytime \
stay valid at any time. Effects without a p do not count as tests and stay as they are. The frame and its order have no \
influence. NULL for NULL. Errors: another method or one that changes within the partition, effects of different \
confidence, adjusted already, or that tcs.ab_effect cannot have made, more than tcs.fit_memory holds';

-- How many it takes, and whether they came.

CREATE FUNCTION tcs.ab_sample_size(baseline double precision, difference double precision, power double precision DEFAULT 0.8, confidence double precision DEFAULT 0.95, ratio double precision DEFAULT 1) RETURNS bigint
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_ab_sample_size';
COMMENT ON FUNCTION tcs.ab_sample_size(double precision, double precision, double precision, double precision, double precision) IS
'customers in the control arm that it takes to find that a share has changed from baseline to baseline + difference; the treatment arm takes ratio times as many, rounded up. power: chance to find it. confidence: 1 - chance of a false alarm, in either direction. NULL for NULL. Errors: shares that leave 0 to 1, a difference of 0, a power not above 1 - confidence. For the score test that tcs.ab_effect makes, without correction for continuity, as power.prop.test of R. Fleiss, 1973';

CREATE FUNCTION tcs.ab_sample_size_mean(sd double precision, difference double precision, power double precision DEFAULT 0.8, confidence double precision DEFAULT 0.95, ratio double precision DEFAULT 1) RETURNS bigint
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_ab_sample_size_mean';
COMMENT ON FUNCTION tcs.ab_sample_size_mean(double precision, double precision, double precision, double precision, double precision) IS
'customers in the control arm that it takes to find that a mean has changed by difference, where the outcome has the standard deviation sd in both arms; the other arguments are those of tcs.ab_sample_size. Both arms get 2 at least. NULL for NULL. Errors: sd not above 0, a difference of 0, a power not above 1 - confidence, NaN, infinity. By the noncentral t distribution, as power.t.test of R';

CREATE TYPE tcs.ab_sample_ratio AS (
	chi2 double precision,
	p_value double precision,
	suspicious boolean
);
COMMENT ON TYPE tcs.ab_sample_ratio IS
'whether the arms of an experiment have the customers that they should have';
COMMENT ON COLUMN tcs.ab_sample_ratio.chi2 IS
'Pearson''s chi squared of the counts; infinite where an arm without a share has customers';
COMMENT ON COLUMN tcs.ab_sample_ratio.p_value IS
'chance that counts are off by that much if customers come by their shares';
COMMENT ON COLUMN tcs.ab_sample_ratio.suspicious IS
'p_value is below 0.001: look for the mistake before believing any effect';

CREATE FUNCTION tcs.ab_sample_ratio(counts bigint[], shares double precision[]) RETURNS tcs.ab_sample_ratio
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_ab_sample_ratio';
COMMENT ON FUNCTION tcs.ab_sample_ratio(bigint[], double precision[]) IS
'whether the arms of an experiment have the customers that they should have, by counts in the order of their shares; the aggregate of the same name counts customers itself, and mistakes no order. Where they have not, something decides who is seen (a page that fails, a bot, a filter), and the effect is not that of the treatment. Shares need not sum up to 1: counts are compared with each other. p is that of chi squared; where fewer than 50 customers are expected in an arm, it is that of exact binomial tests, if that is more (of more than two arms by Bonferroni, and no more than 0.05), so that an alarm at the beginning is no likelier than later. The columns are NULL where nobody has come; NULL for NULL. Errors: arrays that differ in length, fewer than two arms with a share, NULL among the elements, negative counts, shares as tcs.ab_assign refuses them';

CREATE FUNCTION tcs_internal.ab_sample_ratio_trans(internal, text, text[], double precision[]) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_ab_sample_ratio_trans';
COMMENT ON FUNCTION tcs_internal.ab_sample_ratio_trans(internal, text, text[], double precision[]) IS
'transition function of the aggregate ab_sample_ratio';

CREATE FUNCTION tcs_internal.ab_sample_ratio_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_ab_sample_ratio_combine';
COMMENT ON FUNCTION tcs_internal.ab_sample_ratio_combine(internal, internal) IS
'combine function of the aggregate ab_sample_ratio';

CREATE FUNCTION tcs_internal.ab_sample_ratio_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_ab_sample_ratio_serial';
COMMENT ON FUNCTION tcs_internal.ab_sample_ratio_serial(internal) IS
'serialization function of the aggregate ab_sample_ratio';

CREATE FUNCTION tcs_internal.ab_sample_ratio_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_ab_sample_ratio_deserial';
COMMENT ON FUNCTION tcs_internal.ab_sample_ratio_deserial(bytea, internal) IS
'deserialization function of the aggregate ab_sample_ratio';

CREATE FUNCTION tcs_internal.ab_sample_ratio_final(internal) RETURNS tcs.ab_sample_ratio
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_ab_sample_ratio_final';
COMMENT ON FUNCTION tcs_internal.ab_sample_ratio_final(internal) IS
'final function of the aggregate ab_sample_ratio';

CREATE AGGREGATE tcs.ab_sample_ratio(text, text[], double precision[]) (
	SFUNC = tcs_internal.ab_sample_ratio_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.ab_sample_ratio_final,
	COMBINEFUNC = tcs_internal.ab_sample_ratio_combine,
	SERIALFUNC = tcs_internal.ab_sample_ratio_serial,
	DESERIALFUNC = tcs_internal.ab_sample_ratio_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.ab_sample_ratio(text, text[], double precision[]) IS
'ab_sample_ratio(arm, arms, shares): the same over customers: the arm of each, by name, and the arms with their shares as tcs.ab_assign got them, which must be the same for the group. A customer whose arm is NULL takes no part; an arm without a customer counts as 0. Never NULL; its columns are NULL where nobody has come. Errors: an arm that is not among arms; NULL for arms or shares; the errors of both';
