-- Groups of customers with near features, learned from rows of any shape.
--
-- k-means makes groups of anything, also of one cloud, of which it makes slices.  So
-- the fit says whether groups come again in both halves of the customers, and whether
-- they are more than slices.

CREATE FUNCTION tcs_internal.kmeans_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000
	AS 'MODULE_PATHNAME', 'tcs_kmeans_fit_final';
COMMENT ON FUNCTION tcs_internal.kmeans_fit_final(internal) IS
'final function of the aggregate kmeans_fit';

@each types, arguments
@         |
@ , jsonb | , options jsonb
CREATE FUNCTION tcs_internal.kmeans_fit_trans(internal, "any"@types@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_kmeans_fit_trans';
COMMENT ON FUNCTION tcs_internal.kmeans_fit_trans(internal, "any"@types@) IS
'transition function of the aggregate kmeans_fit';

CREATE AGGREGATE tcs.kmeans_fit(features "any"@arguments@) (
	SFUNC = tcs_internal.kmeans_fit_trans,
	STYPE = internal,
	SSPACE = 8192,
	FINALFUNC = tcs_internal.kmeans_fit_final,
	COMBINEFUNC = tcs_internal.features_combine,
	SERIALFUNC = tcs_internal.features_serial,
	DESERIALFUNC = tcs_internal.features_deserial,
	PARALLEL = SAFE
);
@end

COMMENT ON AGGREGATE tcs.kmeans_fit("any") IS
'groups of customers with near features: as kmeans_fit(features, options) without options, which says what is in it';

COMMENT ON AGGREGATE tcs.kmeans_fit("any", jsonb) IS
'groups of customers with near features, by k-means (k-means++, Lloyd''s steps with the bounds of Hamerly, 2010), learned from features, a row whose columns may have any names: booleans, numbers, dates, intervals and text (as levels, rare ones together as "other"; NULL and NaN as "missing"; a number counts as the mean where it is missing). Each column counts by its standard deviation; take ln of what is skewed. options, one constant jsonb object: k, a number of groups, 1 to 64, or the least and the most, [2, 8] unless given, of which that with the greatest silhouette is taken among those that come again in both halves of the customers (stability of 0.8 or more); starts (10, and up to 100 with fewer than 2,000 different rows), seed (1), steps of a start at most (300); standardise (true), leaves of the conditions (two for each group); weight, name of a column that says how much a row counts; without, names of columns that are no features; levels (20) and level_customers. Keys: k; has_groups; groups, the largest first, each with group, customers, share, center (means by column, in the units of the column; of a level the share), telling (what is farthest from the mean of all, in words), and condition, thresholds that tell it, with condition_right, the share of whom it finds that is of the group, and condition_finds, the share of the group that it finds; rules_agree, the share of customers for whom conditions and groups agree; inertia, in squared standard deviations, and explained, the share of the spread that groups take away; silhouette, simplified; stability, the adjusted Rand index of the groups of either half; gap and gap_error: by how much less, in logs, the groups leave of the spread than slices of one cloud with the same covariances do (after Tibshirani, Walther and Hastie, 2001). Where gap is not above two errors there are no groups: of a range of k then comes k 1, and notes say so. tried: what came of each k; centers, columns and features for kmeans_assign; steps, converged, customers, left_out, features_left_out, notes. Beyond 10,000 different rows starts, k and conditions are tried on as many, and all take part in the last steps. NULL without a row. The order of rows and the number of workers have no influence. Errors: options that are not known, out of range or change within a group, a feature of another type, an infinite one, no row as features, more than tcs.fit_memory holds (about 24 bytes for each value)';

CREATE FUNCTION tcs.kmeans_assign(model jsonb, "row" "any") RETURNS integer
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_kmeans_assign';
COMMENT ON FUNCTION tcs.kmeans_assign(jsonb, "any") IS
'number of the group of a row by a model of kmeans_fit: that of the nearest center, the first of equally near ones. row: any row with the columns that are features of the model, found by their names; others do not matter. A value of text that the model does not know is "other"; NULL and NaN are "missing". NULL for NULL. Errors: a feature that the row has not, or of a type that cannot be compared with that of the fit; an infinite value; no such model';

CREATE FUNCTION tcs.kmeans_distance(model jsonb, "row" "any") RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_kmeans_distance';
COMMENT ON FUNCTION tcs.kmeans_distance(jsonb, "any") IS
'distance of a row from the center of its group by a model of kmeans_fit, in standard deviations (in units with standardise false): who is far from it belongs nowhere. NULL for NULL. Errors: as kmeans_assign';

CREATE FUNCTION tcs.kmeans_rules(model jsonb) RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_kmeans_rules';
COMMENT ON FUNCTION tcs.kmeans_rules(jsonb) IS
'the groups of a model of kmeans_fit as the definition of a rule set, for rule_set_put: a rule for each group, "group 1" and so on, with thresholds as its condition. The description of the rule set says for how many customers rules and groups agree; that of a rule how many customers the group has, what part of them the condition finds, how many of whom it finds are right, and what tells the group apart. A group that the thresholds cannot tell has no rule. NULL for NULL. Errors: no model of kmeans_fit';
