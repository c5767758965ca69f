-- Which metrics views there are, and how good the models are that they score by.

CREATE FUNCTION tcs.metrics_status(view regclass, OUT metrics regclass, OUT orders regclass,
								   OUT zone text, OUT as_of date,
								   OUT horizon interval,
								   OUT margin float8, OUT annual_discount float8,
								   OUT family text, OUT fits bigint, OUT newest_fit bigint,
								   OUT fitted_at timestamptz, OUT fit_as_of date,
								   OUT converged boolean, OUT spend_converged boolean,
								   OUT auc float8, OUT holdout text,
								   OUT error text)
	RETURNS record
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_metrics_status';
COMMENT ON FUNCTION tcs.metrics_status(regclass) IS
'what a metrics view was made from, and its newest models, in the columns of tcs.metrics_views; runs no code of its owner, and waits for no lock longer than a tenth of a second. NULL without SELECT on it';

CREATE VIEW tcs.metrics_views WITH (security_invoker = true) AS
SELECT s.metrics AS view, s.orders, s.zone, s.as_of, s.horizon, s.margin, s.annual_discount,
	s.family, s.fits, s.newest_fit, s.fitted_at, s.fit_as_of, s.converged, s.spend_converged,
	s.auc, s.holdout, s.error
FROM pg_catalog.pg_class AS v
CROSS JOIN LATERAL tcs.metrics_status(v.oid) AS s
WHERE v.relkind OPERATOR(pg_catalog.=) 'v'
	AND pg_catalog.has_table_privilege(v.oid, 'SELECT')
	AND pg_catalog.has_schema_privilege(v.relnamespace, 'USAGE')
	AND EXISTS (SELECT FROM pg_catalog.pg_class AS model
		WHERE model.relnamespace OPERATOR(pg_catalog.=) v.relnamespace
			AND model.relname OPERATOR(pg_catalog.=) (v.relname::text OPERATOR(pg_catalog.||) '_model')::name
			AND model.relkind IN ('r', 'p'))
	AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
		WHERE a.attrelid OPERATOR(pg_catalog.=) v.oid AND a.attname OPERATOR(pg_catalog.=) 'rfm_cell');
COMMENT ON VIEW tcs.metrics_views IS
'the metrics views that you may read, what each was made from and how its newest fit went. What cannot be read is NULL, and error says why. Nothing of the owner of a view runs';
COMMENT ON COLUMN tcs.metrics_views.view IS 'the view';
COMMENT ON COLUMN tcs.metrics_views.orders IS 'the order log that it reads';
COMMENT ON COLUMN tcs.metrics_views.zone IS 'time zone whose days count; NULL: the log has days';
COMMENT ON COLUMN tcs.metrics_views.as_of IS 'the day that the view is fixed at; NULL: it looks back from today';
COMMENT ON COLUMN tcs.metrics_views.horizon IS 'the time ahead that churn_risk, expected_purchases, clv and value_at_risk are about';
COMMENT ON COLUMN tcs.metrics_views.margin IS 'share of an amount that clv counts';
COMMENT ON COLUMN tcs.metrics_views.annual_discount IS 'discount of clv a year';
COMMENT ON COLUMN tcs.metrics_views.family IS 'family of the newest model of purchases; NULL, as all that follow, without SELECT on the table of the models';
COMMENT ON COLUMN tcs.metrics_views.fits IS 'how often models were fitted';
COMMENT ON COLUMN tcs.metrics_views.newest_fit IS 'id of the newest row of models';
COMMENT ON COLUMN tcs.metrics_views.fitted_at IS 'when it was made';
COMMENT ON COLUMN tcs.metrics_views.fit_as_of IS 'the day it looks back from';
COMMENT ON COLUMN tcs.metrics_views.converged IS 'could its model of purchases be found? If not, the view goes on with the last that could';
COMMENT ON COLUMN tcs.metrics_views.spend_converged IS 'and its model of spending?';
COMMENT ON COLUMN tcs.metrics_views.auc IS 'how well the risk of churn would have put customers in order within the last horizon: 1 is perfect, 0.5 a coin; NULL where the log is too short to tell';
COMMENT ON COLUMN tcs.metrics_views.holdout IS 'how right models fitted a horizon ago, or in a short log to its first half, would have been since, in words; the figures are in the table of the models';
COMMENT ON COLUMN tcs.metrics_views.error IS 'why something of this row could not be read; NULL: all could';
GRANT SELECT ON tcs.metrics_views TO PUBLIC;
