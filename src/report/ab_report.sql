-- An effect in words.

CREATE TYPE tcs.ab_report AS (
	verdict text,
	words text
);
COMMENT ON TYPE tcs.ab_report IS
'what to do about an effect, and why';
COMMENT ON COLUMN tcs.ab_report.verdict IS
'better, worse, no_difference, too_early or suspicious';
COMMENT ON COLUMN tcs.ab_report.words IS
'the same in a sentence, with its figures';

CREATE FUNCTION tcs.ab_report(effect tcs.ab_effect, margin double precision DEFAULT NULL, ratio double precision DEFAULT NULL,
							  more_is_better boolean DEFAULT true, language text DEFAULT 'en')
	RETURNS tcs.ab_report
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_ab_report';
COMMENT ON FUNCTION tcs.ab_report(tcs.ab_effect, double precision, double precision, boolean, text) IS
'an effect, of tcs.ab_effect, tcs.ab_anytime or tcs.ab_adjust, in words: "7.0% against 5.0%: 2.1 points more, 1.3 to 2.9; do it", treatment first, with the limits of the interval. suspicious, before all else: more than a hundredth of the customers were seen in both arms, or, where ratio is given, the split is one that chance makes once in 1000 times (tcs.ab_sample_ratio). better and worse: the interval leaves out no difference; which of them, says more_is_better. no_difference: it does not, or what it leaves is less than margin; the sentence says how big the difference is at most. too_early: a difference of margin is still possible (without margin: of half of control), there is no interval or, without margin, fewer customers have come than tcs.ab_anytime was told were planned. margin: the least difference that matters, as 0.01 for a point of a share; ratio: customers in the treatment arm for each of the control arm, 1 for halves; NULL for ratio: the split is not looked at. language: en or zh. Digits are as many as the interval shows. NULL for a NULL effect. Errors: margin or ratio not above 0, another language, NULL for more_is_better or language, an effect that tcs.ab_effect cannot have made';

CREATE FUNCTION tcs.ab_report_html(effects tcs.ab_effect[], names text[], title text DEFAULT NULL, language text DEFAULT 'en',
								   margin double precision DEFAULT NULL, ratio double precision DEFAULT NULL, more_is_better boolean DEFAULT true)
	RETURNS text
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_ab_report_html';
COMMENT ON FUNCTION tcs.ab_report_html(tcs.ab_effect[], text[], text, text, double precision, double precision, boolean) IS
'a page of HTML about experiments, complete in itself as that of a segmentation is: a row for each effect, with its name, a picture of its interval and the words of tcs.ab_report. The pictures show the change against the control, in percent of it, all to one scale of at most 200; where the ratio has no interval there is none. names: what the effects are called, such as segments, arms or metrics; the other arguments are those of tcs.ab_report and hold for all. NULL for NULL effects. Errors: NULL for names, names that are not as many as effects, NULL among either, more than 1000; those of tcs.ab_report';
