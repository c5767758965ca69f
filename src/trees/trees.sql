-- Trees: customers divided by their features, as a rule set.
--
-- CART, with least squares: the best of all splits at each step, pruned by folds.
-- A leaf is a rule: tree_rules makes the definition of a rule set of a tree, and
-- segment_assign puts every row where the tree does.

@each outcome, type
@ boolean          | boolean
@ double precision | number
@ text             | text
CREATE FUNCTION tcs_internal.tree_fit_trans(internal, @outcome@, "any") RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_tree_fit_@type@';
COMMENT ON FUNCTION tcs_internal.tree_fit_trans(internal, @outcome@, "any") IS
'transition function of the aggregate tree_fit';

CREATE FUNCTION tcs_internal.tree_fit_trans(internal, @outcome@, "any", jsonb) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_tree_fit_@type@';
COMMENT ON FUNCTION tcs_internal.tree_fit_trans(internal, @outcome@, "any", jsonb) IS
'transition function of the aggregate tree_fit';
@end

CREATE FUNCTION tcs_internal.tree_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_tree_fit_final';
COMMENT ON FUNCTION tcs_internal.tree_fit_final(internal) IS
'final function of the aggregate tree_fit';

@each outcome, what, interval
@ boolean          | the share of customers with the outcome true | interval of Wilson
@ double precision | the mean of the outcome                      | interval of Student
CREATE AGGREGATE tcs.tree_fit(outcome @outcome@, features "any") (
	SFUNC = tcs_internal.tree_fit_trans,
	STYPE = internal,
	SSPACE = 8192,
	FINALFUNC = tcs_internal.tree_fit_final,
	COMBINEFUNC = tcs_internal.features_combine,
	SERIALFUNC = tcs_internal.features_serial,
	DESERIALFUNC = tcs_internal.features_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.tree_fit(@outcome@, "any") IS
'model of kind "tree": customers divided by their features, tree_fit(outcome, features), where features is a row \
of any columns: booleans, numbers, intervals (a month is 30 days), dates, timestamps, and as levels texts, enums \
and uuids. The value of a leaf is @what@. Splits are those that take most from the sum of squares; what is \
missing (NULL, NaN) goes where it fits best, or with the most where none was, and levels of fewer than 20 \
customers, or a twentieth of all, are "other", as is what is new when it is scored. At most 5 splits deep and 12 \
leaves of min_customers (1 percent of all customers; 20, or a twentieth, where that is more) or more, pruned to the smallest tree whose error over 5 folds \
is within a standard error of the least. Keys: nodes, each with customers, value, low and high (the \
@interval@, 95 percent), and a segment (leaves, from the greatest value on), or split, feature, below \
or levels, missing (does it go to yes?), yes, no (nodes) and folds, in how many of which the split comes again; \
folds, with what the tree is worth on customers that it has not seen; sizes, the trees to choose from, errors as a share of that of the \
mean; features; features_left_out; left_out, rows without an outcome or a row; notes, of features that \
alone tell the outcome among others. The order of rows and the number of workers have no influence. NULL without a row. Errors: infinity, \
columns of other types, more than 250, other columns in other rows, more rows than tcs.fit_memory \
holds (some 30 bytes a value). Breiman, Friedman, Olshen and Stone, 1984';

CREATE AGGREGATE tcs.tree_fit(outcome @outcome@, features "any", options jsonb) (
	SFUNC = tcs_internal.tree_fit_trans,
	STYPE = internal,
	SSPACE = 8192,
	FINALFUNC = tcs_internal.tree_fit_final,
	COMBINEFUNC = tcs_internal.features_combine,
	SERIALFUNC = tcs_internal.features_serial,
	DESERIALFUNC = tcs_internal.features_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.tree_fit(@outcome@, "any", jsonb) IS
'the same with options, an object with any of: depth (1 to 10), leaves (1 to 64), min_customers in a leaf, \
pruning ("one error", "least": the least error over the folds, "none"), folds (2 to 20), weight (a column that says how much a row counts; those without, or with 0, do not), without (columns that are \
no features), levels (at most so many of a column have a name, 20), level_customers (that a level \
needs for it). Errors besides: another key, a value out of range, options changing within a group';
@end

CREATE AGGREGATE tcs.tree_fit(outcome text, features "any") (
	SFUNC = tcs_internal.tree_fit_trans,
	STYPE = internal,
	SSPACE = 8192,
	FINALFUNC = tcs_internal.tree_fit_final,
	COMBINEFUNC = tcs_internal.features_combine,
	SERIALFUNC = tcs_internal.features_serial,
	DESERIALFUNC = tcs_internal.features_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.tree_fit(text, "any") IS
'the same for an outcome that is a label, of which there are at most 20, such as a plan or a segment that was given \
by hand: splits are those that take most from Gini''s impurity, pruned by squares of what the shares of labels are \
off (Brier, 1950, over all labels). The levels of a text are divided in the order of the shares of a label, of each in turn. \
Keys besides, and others: labels, in the order of their bytes; in nodes label, which most customers have, its share \
as value with low and high (interval of Wilson, 95 percent), and shares, of each label; the segment of a leaf is its label; \
folds has right, the share of customers not seen whose label is told. Errors besides: more than 20 labels, one of \
more than 200 bytes';

CREATE AGGREGATE tcs.tree_fit(outcome text, features "any", options jsonb) (
	SFUNC = tcs_internal.tree_fit_trans,
	STYPE = internal,
	SSPACE = 8192,
	FINALFUNC = tcs_internal.tree_fit_final,
	COMBINEFUNC = tcs_internal.features_combine,
	SERIALFUNC = tcs_internal.features_serial,
	DESERIALFUNC = tcs_internal.features_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.tree_fit(text, "any", jsonb) IS
'the same with the options of the trees of other outcomes';

CREATE FUNCTION tcs.tree_label(model jsonb, features "any") RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_tree_label';
COMMENT ON FUNCTION tcs.tree_label(jsonb, "any") IS
'the label of a row under a model of kind "tree" whose outcome was text: that which most customers of its leaf have, the first by bytes of those that equally many have. tree_score says how likely it is. The row is as for tree_score. NULL for NULL. Errors: no such model, a tree without labels, and those of tree_score';

CREATE FUNCTION tcs.tree_score(model jsonb, features "any", label text) RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_tree_score_label';
COMMENT ON FUNCTION tcs.tree_score(jsonb, "any", text) IS
'how likely a label is for a row under a model of kind "tree" whose outcome was text: its share in the leaf of the row; over all labels they add up to 1. NULL for NULL. Errors: a label that the model does not have, a tree without labels, and those of tree_score(model, features)';

CREATE FUNCTION tcs.tree_score(model jsonb, features "any") RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_tree_score';
COMMENT ON FUNCTION tcs.tree_score(jsonb, "any") IS
'the value of the leaf of a row under a model of kind "tree": a probability where the outcome was boolean, that of its label where it was text, else a mean. The row must have the features of the model, by their names, and may have other columns; a level that the model does not know is "other". NULL for NULL. Errors: no such model, a feature that is not there or of another kind, infinity';

CREATE FUNCTION tcs.tree_rules(model jsonb) RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_tree_rules';
COMMENT ON FUNCTION tcs.tree_rules(jsonb) IS
'the definition of a rule set, for rule_set_put, of a model of kind "tree": a rule for each leaf, from the greatest value on, whose condition holds for the rows of that leaf and for no other, so that segment_assign puts every row where tree_score does; the description has value, interval and customers; where the outcome was text, segments are labels, as tree_label tells them, in the order of their bytes, and a label may have several rules. Numbers with more than 15 digits are compared as they are, where the tree rounds them to double precision. NULL for NULL. Errors: no such model';
