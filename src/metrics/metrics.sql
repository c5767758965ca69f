-- Metrics: from an order log to one row per customer, with scores.
--
-- create_metrics makes a plain view and a plain table in the caller's schema,
-- with the caller's rights; the extension keeps nothing about them.  The view
-- scores with stored models, so that a query for one customer reads that
-- customer's orders and nothing else.

CREATE FUNCTION tcs.create_metrics(name text, orders regclass,
								   customer name, at name, amount name,
								   zone text DEFAULT NULL,
								   customers regclass DEFAULT NULL,
								   customers_key name DEFAULT NULL,
								   as_of date DEFAULT NULL,
								   horizon interval DEFAULT '12 months',
								   margin double precision DEFAULT 1,
								   annual_discount double precision DEFAULT 0,
								   family text DEFAULT 'auto',
								   digits integer DEFAULT 2,
								   order_id name DEFAULT NULL,
								   attributes name[] DEFAULT NULL)
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_metrics';
COMMENT ON FUNCTION tcs.create_metrics(text, regclass, name, name, name, text, regclass, name, date, interval, double precision, double precision, text, integer, name, name[]) IS
'makes the view name, one row per customer with purchase history, RFM scores, ABC tier, churn risk and lifetime value as of today, and the table name_model with the models it scores by; fits the first models; returns the view. orders: the order log, a table or view; customer, at, amount: its columns (at is date, timestamp or timestamptz; amount a number, negative for a refund). zone: whose calendar days count, the session''s time zone unless given, and then fixed. customers: a table or view of all customers, to have those without orders too and no others; customers_key: its unique column, its primary key unless given. as_of: the day that the view looks back from for good, for a log that has ended; today, whenever it is read, unless given. horizon: the time ahead that churn_risk, expected_purchases, clv and value_at_risk are about, a month is 30.4375 days; margin: the share of an amount that clv and value_at_risk count; annual_discount: 0.1 for 10 % a year; family: of btyd_fit, or auto for the one that the orders support best; digits: how many revenue, mean_value, clv and value_at_risk have after the point, as numeric; NULL for double precision, unrounded; order_id: the column of the log by which lines are of one order, so that orders counts these; a row without one is an order, as every row is where it is not given; attributes: columns of customers, at most 50, that churn_risk learns from beside the orders where that makes it better, as churn_fit does: they are taken as they are today, also where what became of customers earlier is learned from, so that one which follows from that (a status, the day an account was closed) promises too much; infinite values are missing. Orders and purchases are of type integer: a customer with more than 2147483647 is an error when the view is read. Names are case-sensitive and unquoted, but name is parsed as in SQL and may have a schema; else the first of the search_path is taken. Rows count whose customer and at are not NULL and whose day is not after today. WHERE customer = a value reads that customer''s orders by their index; for a list of customers, with customers given, say FROM unnest(list) AS id, LATERAL (SELECT * FROM name WHERE customer = id OFFSET 0) AS m. A model that cannot be found from these customers is a warning, and its columns are NULL; how right such models would have been within the last horizon is worked out as refit_metrics says; a last purchase 90 days ago or more is a notice. Errors: the view or table exists already, a column is missing or of another type, an unknown zone or family, horizon negative, infinite, shorter than a day (a number without a unit is seconds) or of more than 1000 years with a discount, margin not within -1 and 1, annual_discount not between -1 and 1, digits not within 0 and 15, as_of infinite, attributes without customers, twice the same or of a type that is no feature, NULL for any but zone, customers, customers_key, as_of, digits, order_id and attributes';

CREATE FUNCTION tcs.refit_metrics(name regclass, family text DEFAULT NULL, learn boolean DEFAULT NULL)
	RETURNS bigint
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_refit_metrics';
COMMENT ON FUNCTION tcs.refit_metrics(regclass, text, boolean) IS
'fits the models of a metrics view anew, on its customers as of the day that it looks back from, before money is rounded: adds a row to the table name_model and returns its id. From then on the view scores by its rfm and abc, and by its btyd and spend where these can be used; where they cannot, it goes on with the last that could, and a warning says so. Where the log holds four weeks, with 50 customers who had bought in its first half, models of the same family (with auto, of that which these support best) are also fitted to the histories of a horizon ago, or where the log is shorter than two horizons to those of its first half (then the key days says how long the second is), and what they expect is held against what came since: in the column holdout, whose keys are as_of and until (it looks at the days in between), customers, returned, auc with auc_low and auc_high (its 95 % interval: Hanley and McNeil, 1982), brier, brier_constant (of one risk for all), calibration (in tenths), calibration_error (mean distance), expected_purchases and purchases, expected_value and value (before margin and discount, of customers with a clv), btyd and spend (the models of a horizon ago), learned (used, and auc, brier, calibration_error and calibration of what was learned), notes and summary. The summary is also in tcs.metrics_views and ends the comment of the view, unless that is your own. Where the log is as long as the horizon, or nearly, it is also cut at three earlier days, and churn_fit learns from who returned after them; the view''s churn_risk is by that model, in the column churn, where it corrects btyd and, with a log of three horizons or nearly, where what was learned a horizon ago did not make risks worse since (a Brier score greater by 0.0005); all other columns are by btyd and spend. family: of btyd_fit, or auto; that of the newest model unless given, or auto where that was chosen so. learn: false for churn_risk by btyd alone; as the newest fit unless given. For any other role than the owner of both, who needs SELECT on the view and SELECT and INSERT on the table, it acts as the owner: in a security-restricted operation, with search_path pg_catalog, pg_temp. NULL for a NULL name. Errors: not a view that create_metrics made, its table was renamed or moved without it, a column that it needs of the table is missing, of another type or may be NULL, an unknown family; for other roles, two owners';

CREATE FUNCTION tcs.metrics_sql(name text, orders regclass,
								customer name, at name, amount name,
								zone text DEFAULT NULL,
								customers regclass DEFAULT NULL,
								customers_key name DEFAULT NULL,
								as_of date DEFAULT NULL,
								horizon interval DEFAULT '12 months',
								margin double precision DEFAULT 1,
								annual_discount double precision DEFAULT 0,
								family text DEFAULT 'auto',
								digits integer DEFAULT 2,
								order_id name DEFAULT NULL,
								attributes name[] DEFAULT NULL)
	RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_metrics_sql';
COMMENT ON FUNCTION tcs.metrics_sql(text, regclass, name, name, name, text, regclass, name, date, interval, double precision, double precision, text, integer, name, name[]) IS
'the text of the query behind a metrics view, for the arguments of create_metrics; makes nothing. name NULL: a query that stands alone and fits its own models, which learn nothing, so that attributes do not matter; else one that reads the models from the table name_model. as_of: the last day that counts, today (in the zone, whenever the query runs) unless given. Errors: as create_metrics, except that nothing need or must not exist under the name';

CREATE FUNCTION tcs.segment_due(rule_set text, relation regclass, until date)
	RETURNS TABLE (key text, segment text, next_segment text, on_day date)
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 100000 ROWS 1000
	AS 'MODULE_PATHNAME', 'tcs_segment_due';
COMMENT ON FUNCTION tcs.segment_due(text, regclass, date) IS
'whose segment will be another, and when, if nobody buys anything: for each customer of a metrics view, relation, whose segment by the rule set changes from today''s, or that of the day at which the view is fixed, to another by the day until, the first such day, on_day, what the segment is then, and what it is now; key is the customer as text. It is what asking the view of each day (as metrics_sql makes it with that as_of) would find, with the models that it has today: days_since_last and days_since_first go on, and with them r, the RFM segment, p_alive, churn_risk, expected_purchases, clv and value_at_risk. Orders that the log has for later days do not count. The log is read once. relation may be a view of traits, too: then it is who gets into another segment as events leave their windows and days_since_first and days_since_last go on, as of the end of each day; the log is read once a day, and events that it has for later days count from then on. Needs SELECT on the view, whose owner''s rights on the log it reads with, as a query of it does. No rows where until is not after today. Errors: not a view that create_metrics or create_traits made, such as a view over one or one that fits its own models; no such rule set, a condition that is refused, fails, names a column that the view has not or asks the clock; until infinite; NULL';

CREATE FUNCTION tcs.drop_metrics(view regclass) RETURNS void
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_drop_metrics';
COMMENT ON FUNCTION tcs.drop_metrics(regclass) IS
'drops a metrics view and the table of its models, where that is still there. Needs ownership of both. Nothing for NULL. Errors: not a view that create_metrics made; it is kept (keep_metrics); a segmentation is built on it, or a view reads it: the error names them, and nothing is dropped';
