-- Personas: what tells the customers of a segment from all the others.
--
-- One pass over the relation, with the rights of the caller.  A row is about a
-- segment and an attribute: about its numbers, about one of its most frequent values,
-- about the others together, about those without one.

CREATE TYPE tcs.persona_trait AS (
	segment text,
	customers bigint,
	attribute name,
	telling double precision,
	kind text,
	value text,
	"count" bigint,
	share double precision,
	share_all double precision,
	lift double precision,
	lift_low double precision,
	lift_high double precision,
	share_others double precision,
	difference double precision,
	difference_low double precision,
	difference_high double precision,
	mean double precision,
	q1 double precision,
	median double precision,
	q3 double precision,
	mean_all double precision,
	q1_all double precision,
	median_all double precision,
	q3_all double precision,
	description text
);
COMMENT ON TYPE tcs.persona_trait IS
'a row of a persona: what an attribute is like in a segment, next to all customers; see the function persona';
COMMENT ON COLUMN tcs.persona_trait.segment IS
'name of the segment, NULL for the customers in none';
COMMENT ON COLUMN tcs.persona_trait.customers IS
'customers of the segment';
COMMENT ON COLUMN tcs.persona_trait.attribute IS
'name of the column';
COMMENT ON COLUMN tcs.persona_trait.telling IS
'bits by which the distribution in the segment diverges from that of all customers, beyond chance';
COMMENT ON COLUMN tcs.persona_trait.kind IS
'number, time, value, other, missing, or apart: the mark that separates the segment most from everybody else';
COMMENT ON COLUMN tcs.persona_trait.value IS
'the value, or the part of the scale that is counted';
COMMENT ON COLUMN tcs.persona_trait."count" IS
'customers of the segment with it';
COMMENT ON COLUMN tcs.persona_trait.share IS
'count / customers';
COMMENT ON COLUMN tcs.persona_trait.share_all IS
'the same share of all customers';
COMMENT ON COLUMN tcs.persona_trait.lift IS
'share / share_all, NULL when nobody has it';
COMMENT ON COLUMN tcs.persona_trait.lift_low IS
'lower end of the 95 % interval of the lift';
COMMENT ON COLUMN tcs.persona_trait.lift_high IS
'upper end of it';
COMMENT ON COLUMN tcs.persona_trait.share_others IS
'the same share of everybody else, NULL when there is nobody else';
COMMENT ON COLUMN tcs.persona_trait.difference IS
'share - share_others, of kind apart';
COMMENT ON COLUMN tcs.persona_trait.difference_low IS
'lower end of its interval, which is so wide that all of an answer hold at once with 95 %';
COMMENT ON COLUMN tcs.persona_trait.difference_high IS
'upper end of it';
COMMENT ON COLUMN tcs.persona_trait.mean IS
'mean in the segment, NULL when it is not finite';
COMMENT ON COLUMN tcs.persona_trait.q1 IS
'first quartile in the segment';
COMMENT ON COLUMN tcs.persona_trait.median IS
'median in the segment';
COMMENT ON COLUMN tcs.persona_trait.q3 IS
'third quartile in the segment';
COMMENT ON COLUMN tcs.persona_trait.mean_all IS
'mean of all customers';
COMMENT ON COLUMN tcs.persona_trait.q1_all IS
'first quartile of all customers';
COMMENT ON COLUMN tcs.persona_trait.median_all IS
'median of all customers';
COMMENT ON COLUMN tcs.persona_trait.q3_all IS
'third quartile of all customers';
COMMENT ON COLUMN tcs.persona_trait.description IS
'the mark in words with its figures, of kind apart';

CREATE FUNCTION tcs.persona(relation regclass, segment name,
							attributes name[] DEFAULT NULL,
							k integer DEFAULT 0, top integer DEFAULT 5)
	RETURNS SETOF tcs.persona_trait
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 100000 ROWS 1000
	AS 'MODULE_PATHNAME', 'tcs_persona';
COMMENT ON FUNCTION tcs.persona(regclass, name, name[], integer, integer) IS
'what tells the customers of each segment from all, one customer a row of the relation (a table or view, which is read once with the rights and the row-level security of the caller). segment: the column that names it (NULL is a segment too); attributes: the columns to look at (NULL: all others). A result row is about an attribute in a segment. kind "number": numbers, intervals (in days, a month has 30.4375) and, as "time", dates and timestamps (in seconds since 1970-01-01, which to_timestamp takes): mean, q1, median and q3 as percentile_cont has them, next to those of all customers; value is a part of the scale, above the median of all, which it gives to six digits (from it on where that is nearer to half of all or nobody is above), and count are those in it. kind "value": the most frequent values of other attributes, up to top, compared as they are written; "other": those with any further value (of an attribute with more than 10000 different values or 16 MB of them: all); "missing": NULL or NaN, where any customer lacks the attribute. share = count / customers, share_all the same among all customers, lift = share / share_all, lift_low to lift_high its 95 % interval (the score interval of Koopman, 1984, for the ratio to the other customers, on the scale of the lift; NULL where there are no others). kind "apart", after the others of an attribute and only where something tells the segment from everybody else: value is the mark whose share differs most from that of the others, a value, a part of the scale (> or <= a round number near a tenth of all) or, if NULL, that the attribute is missing; share_others, difference and the interval of the difference (the score interval of Mee, 1984, exact at small counts) are figures of it, description says them in words. The interval allows for all marks and segments that were looked at (Bonferroni), so that in 95 % of the answers about segments that nothing tells apart there is no such row; marks that fewer than 5 customers have or lack are not looked at. telling: bits by which the distribution in the segment diverges from that of all (Kullback and Leibler; numbers by the tenths of all), less what chance gives on average, (columns - 1) (1 - customers / all) / (2 ln 2 customers), at least 0; values (not tenths) with fewer than 5 customers of the segment, seen and expected, count as one. Rows are in the order of segments (by their bytes, NULL last), then the most telling attribute first. k > 0: segments of fewer than k customers are left out, and no number of 1 to k - 1 customers is shown or can be had from what is shown by subtraction: where a segment has so few with a value, the value goes to the others in every segment, and segments and values are added until all that is left out together is k or more in each; a mean or quartiles of fewer than k are NULL; a mark of numbers is then a side of the value of their own row. That does not cover what several calls tell together, nor that quartiles are values of single customers, nor that everybody or nobody has a value. The order of the rows does not matter, nor do settings of the session, but those that the relation itself depends on. Holds 8 bytes a number, within tcs.fit_memory. Errors: no such column, the segment among the attributes, one twice, k or top negative, more than 1000 segments, more memory needed, NULL arguments but attributes';

CREATE FUNCTION tcs.persona(relation regclass, segment name, attributes text,
							k integer DEFAULT 0, top integer DEFAULT 5)
	RETURNS SETOF tcs.persona_trait
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 100000 ROWS 1000
	AS 'MODULE_PATHNAME', 'tcs_persona_text';
COMMENT ON FUNCTION tcs.persona(regclass, name, text, integer, integer) IS
'the same with the attributes as the text of an array, such as {revenue,orders}. Errors: a text without braces';
