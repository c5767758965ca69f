-- A forecast by month: those who are there, and those who will come.
--
-- create_forecast makes a plain view in the caller's schema, with the caller's
-- rights, over what a metrics view reads and by the models that it scores by.

CREATE FUNCTION tcs_internal.forecast_customer(purchase_model jsonb, spend_model jsonb, history tcs.purchase_history,
											   windows double precision[])
	RETURNS double precision[]
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 200
	AS 'MODULE_PATHNAME', 'tcs_forecast_customer';
COMMENT ON FUNCTION tcs_internal.forecast_customer(jsonb, jsonb, tcs.purchase_history, double precision[]) IS
'what a customer is expected to do in windows of days after the end of the history, which are pairs in the array: five figures for each window, the chance to buy, purchases and their variance, revenue and its variance, these as NaN without a spend_model. NULL for NULL but a spend_model';

CREATE FUNCTION tcs_internal.forecast_arrival(purchase_model jsonb, spend_model jsonb, history tcs.purchase_history,
											  windows double precision[])
	RETURNS double precision[]
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_forecast_arrival';
COMMENT ON FUNCTION tcs_internal.forecast_arrival(jsonb, jsonb, tcs.purchase_history, double precision[]) IS
'what customers with such a history of no time at all do in windows of days if one comes a day, from tomorrow on: five figures for each window as in forecast_customer, where means of squares take the place of variances. NULL for NULL but a spend_model';

CREATE FUNCTION tcs.create_forecast(name text, metrics regclass, months integer DEFAULT 12,
									level double precision DEFAULT 0.9)
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_forecast';
COMMENT ON FUNCTION tcs.create_forecast(text, regclass, integer, double precision) IS
'makes the view name, a forecast by calendar month of what the customers of a metrics view will do; returns the view. Rows: the rest of the current month, if any, so many months after it (12 unless given, 120 at most), and all of these together, where period is NULL; each for those who are there (existing), those who will come (new), and both (total). Columns: period (the first day of the month), of, days (how many of it are to come), buyers (customers who buy in it), purchases (days with a purchase), low and high of these, revenue (net of refunds, with the digits of the metrics view), low and high of it. The interval holds what comes with a probability of level, 0.9 unless given: it counts how customers deviate from what the models expect of them, by how much the number of those who came in a quarter differed from that in the 30 days before it, and how far off such forecasts of those who were there would have been in the log''s own past, three months ahead from up to four days, 91 days apart, at which models of the same family were fitted; the comment of the view says what came of that. It is taken together with what other logs showed (14 % for a quarter, 19 % for a month), which counts like two such days. Those who will come are as many a day as in the last 30 days, and buy as the model expects of anybody at the first purchase. There is no season in it and no growth but the one that new customers bring at that rate. The view is computed when it is read, as of the day and by the models of the metrics view at that time, but the error of the past is that of when it was made. Figures are NULL where the metrics view has no model, revenue where it has none of spending, and its bounds may be from 0 to infinity where that has no variance. Needs the right to read the orders and the table of models. DROP VIEW drops it; drop_metrics names it. name is parsed as in SQL and may have a schema. Errors: the view exists already, not a metrics view, months not within 1 and 120, a level that is not between 0 and 1, NULL';
