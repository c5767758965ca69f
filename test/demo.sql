-- demo.sql: from an order log to scored customers, step by step; then what those who
-- lead sales and marketing do with segments (demo_sales.sql).
--
--     psql -X -q -d database -v customers=20000 -f test/demo.sql
--
-- Makes the schemas shop and sales and the extension in the database it is run in. What it
-- runs it also shows.
--
-- The page about the metrics is written to the file that the variable metrics_report
-- names, tcs_metrics_report.html in the current directory unless set;
-- metrics_report_goes_to is what to call it.

\set ON_ERROR_STOP on
\pset pager off
\pset footer off
\pset border 1
\pset numericlocale on
\pset null '-'
\encoding UTF8

\if :{?metrics_report}
\else
	\set metrics_report tcs_metrics_report.html
\endif
\if :{?metrics_report_goes_to}
\else
	\set metrics_report_goes_to :metrics_report
\endif

\echo
\echo 'Making a shop: two years of orders that end yesterday ...'
\ir shop.sql
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tcs;
DELETE FROM tcs.rule_set WHERE name IN ('whom to call', 'draft');
RESET client_min_messages;
SET timezone = 'Europe/Berlin';
SET jit = off;

\echo
\echo '=============================================================================='
\echo ' 1. The shop as it is'
\echo '=============================================================================='
\echo 'Every system has its own idea of an order. Here, cancelled orders stay in the'
\echo 'table, refunds are rows with a negative amount, and there are three currencies.'
\echo
\set ECHO queries

SELECT (SELECT count(*) FROM shop.customers) AS customers,
    count(DISTINCT customer_id) AS "who ordered",
    count(*) FILTER (WHERE status = 'paid') AS paid,
    count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
    count(*) FILTER (WHERE status = 'refund') AS refunds,
    min(ordered_at)::date AS from,
    max(ordered_at)::date AS until
FROM shop.orders;

\set ECHO none
\echo '=============================================================================='
\echo ' 2. Say what an order is'
\echo '=============================================================================='
\echo 'This view is all that one has to write: who, when, how much. A negative amount'
\echo 'lowers the revenue, but it is no purchase.'
\echo
\set ECHO queries

CREATE VIEW shop.purchases AS
SELECT customer_id,
    ordered_at,
    round(amount * euros, 2) AS amount
FROM shop.orders
JOIN shop.currencies USING (currency)
WHERE status <> 'cancelled';

\set ECHO none
\echo
\echo '=============================================================================='
\echo ' 3. Ask for metrics'
\echo '=============================================================================='
\echo 'One call makes a view with a row for each customer, those without an order'
\echo 'too. The zone says when a day ends, whoever asks from wherever.'
\echo
\set ECHO queries

SELECT tcs.create_metrics('shop.metrics', 'shop.purchases',
    customer => 'customer_id', at => 'ordered_at', amount => 'amount',
    zone => 'Europe/Berlin', customers => 'shop.customers') AS "made the view";

\set ECHO none
\echo 'It has plain columns, for any query and any tool:'
\echo
\pset numericlocale off
\set ECHO queries

SELECT customer, purchases, round(revenue::numeric, 2) AS revenue, last_day,
    days_since_last AS "days since", rfm_cell, rfm_segment, abc_tier
FROM shop.metrics
ORDER BY customer
LIMIT 8;

\set ECHO none
\pset numericlocale on
\echo '=============================================================================='
\echo ' 4. Who are our customers?'
\echo '=============================================================================='
\echo 'Each customer has three scores from 1 to 5, for how recently, how often and for'
\echo 'how much they bought. The segment is a name for the combination.'
\echo
\set ECHO queries

SELECT coalesce(rfm_segment, '(no purchase)') AS segment,
    count(*) AS customers,
    round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS "% of them",
    round(sum(revenue)) AS revenue,
    round((100 * sum(revenue) / sum(sum(revenue)) OVER ())::numeric, 1) AS "% of it",
    round(avg(purchases), 1) AS purchases,
    round(avg(days_since_last)) AS "days since"
FROM shop.metrics
GROUP BY rfm_segment
ORDER BY sum(revenue) DESC;

\set ECHO none
\echo '=============================================================================='
\echo ' 5. Which of them matter?'
\echo '=============================================================================='
\echo 'Tier A are the best customers who together bring 80 % of the revenue, B those'
\echo 'who bring the next 15 %, C all others.'
\echo
\set ECHO queries

SELECT abc_tier AS tier,
    count(*) AS customers,
    round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS "% of them",
    round(sum(revenue)) AS revenue,
    round((100 * sum(revenue) / sum(sum(revenue)) OVER ())::numeric, 1) AS "% of it",
    round(min(revenue)) AS "from"
FROM shop.metrics
GROUP BY abc_tier
ORDER BY abc_tier;

SELECT round(tcs.gini(revenue)::numeric, 3) AS "Gini coefficient (0: all equal, 1: one has it all)"
FROM shop.metrics
WHERE revenue > 0;

\set ECHO none
\echo 'And who among them buys regularly? X varies little from month to month, Z a lot.'
\echo
\set ECHO queries

WITH month AS (
    SELECT customer_id AS customer,
        tcs.xyz_class(tcs.period_cv(ordered_at, amount, current_date, 'month', 'Europe/Berlin')) AS class
    FROM shop.purchases
    GROUP BY customer_id
)
SELECT abc_tier AS tier,
    count(*) FILTER (WHERE class = 'X') AS "X",
    count(*) FILTER (WHERE class = 'Y') AS "Y",
    count(*) FILTER (WHERE class = 'Z') AS "Z"
FROM shop.metrics
JOIN month USING (customer)
WHERE purchases > 1 AND days_since_first >= 90
GROUP BY abc_tier
ORDER BY abc_tier;

\set ECHO none
\echo '=============================================================================='
\echo ' 6. Where are the lines?'
\echo '=============================================================================='
\echo 'The view scores by stored models. They are data: one can read them, keep them,'
\echo 'and compare them with last month''s. A score takes a purchase at most so many days'
\echo 'ago, more than so many purchases, more than so many euros:'
\echo
\set ECHO queries

SELECT score,
    round((rfm->'age_cuts'->>(5 - score))::numeric) AS "days, at most",
    round((rfm->'frequency_cuts'->>(score - 2))::numeric) AS "purchases, more than",
    round((rfm->'monetary_cuts'->>(score - 2))::numeric, 2) AS "euros, more than"
FROM shop.metrics_model
CROSS JOIN generate_series(5, 2, -1) AS score;

SELECT name, round(value::numeric, 2) AS value
FROM shop.metrics_model
CROSS JOIN tcs.model_summary(abc);

\set ECHO none
\echo '=============================================================================='
\echo ' 7. Who is late?'
\echo '=============================================================================='
\echo 'A segment compares customers with each other. To see who is late, compare them'
\echo 'with themselves: good customers, away for more than three times their usual gap.'
\echo
\pset numericlocale off
\set ECHO queries

SELECT customer, name, country, round(revenue) AS revenue, purchases,
    round(mean_gap) AS "usual gap", days_since_last AS "days away", rfm_segment AS segment
FROM shop.metrics
JOIN shop.customers ON customer_id = customer
WHERE abc_tier = 'A' AND purchases >= 10 AND days_since_last > 3 * mean_gap AND days_since_last > 45
ORDER BY revenue DESC
LIMIT 8;

\set ECHO none
\echo '=============================================================================='
\echo ' 8. Whom to call today?'
\echo '=============================================================================='
\echo 'The view has more: the risk that a customer buys nothing within 12 months, what'
\echo 'is to be expected of the customer, and how much of that is lost to the chance that'
\echo 'the customer has gone. Call those who are not gone yet, the largest value first.'
\echo
\set ECHO queries

SELECT customer, name, purchases, round(mean_gap) AS "usual gap", days_since_last AS "days away",
    round(churn_risk::numeric, 2) AS "churn risk",
    round(clv) AS "expected value", round(value_at_risk) AS "value at risk"
FROM shop.metrics
JOIN shop.customers ON customer_id = customer
WHERE tcs.in_segment('tcs.churn_warning', 'Call now', metrics)
ORDER BY value_at_risk DESC
LIMIT 8;

\set ECHO none
\pset numericlocale on
\echo 'How much is at stake, by the groups of the rule set that comes with the extension:'
\echo
\set ECHO queries

SELECT tcs.segment_assign('tcs.churn_warning', metrics) AS group,
    count(*) AS customers,
    round(avg(churn_risk)::numeric, 2) AS "churn risk",
    round(sum(clv)) AS "expected value",
    round(sum(value_at_risk)) AS "value at risk"
FROM shop.metrics
GROUP BY 1
ORDER BY sum(value_at_risk) DESC NULLS LAST;

\set ECHO none
\echo '=============================================================================='
\echo ' 9. Can one believe that?'
\echo '=============================================================================='
\echo 'It comes from two models, of when customers buy and of what a purchase is worth:'
\echo
\set ECHO queries

SELECT kind, name, round(value::numeric, 3) AS value, round(standard_error::numeric, 3) AS "standard error"
FROM shop.metrics_model
CROSS JOIN LATERAL (VALUES (1, 'btyd', btyd), (2, 'spend', spend)) AS m (n, kind, model)
CROSS JOIN tcs.model_summary(model)
WHERE standard_error IS NOT NULL
ORDER BY n, name;

\set ECHO none
\echo 'Fit one on what was known a year ago, and see what happened to those who had then'
\echo 'bought within three months. Who stayed away? A coin has an auc of 0.5.'
\echo
\set ECHO queries

CREATE TEMP TABLE past AS
SELECT h, (later).purchases = 0 AS stayed_away
FROM (
    SELECT tcs.purchase_history(ordered_at, amount, current_date - 366, 'Europe/Berlin') AS h,
        tcs.holdout(ordered_at, amount, current_date - 366, current_date - 1, 'Europe/Berlin') AS later
    FROM shop.purchases
    GROUP BY customer_id
) AS s
WHERE (h).t > 0;

CREATE TEMP TABLE judged AS
SELECT stayed_away, tcs.churn_risk((SELECT tcs.btyd_fit(h) FROM past), h, '365 days') AS churn_risk,
    (h).t - (h).t_x AS days_away
FROM past
WHERE (h).t - (h).t_x < 90;

SELECT count(*) AS customers,
    round(tcs.auc(churn_risk, stayed_away)::numeric, 3) AS "auc of churn risk",
    round(tcs.auc(days_away, stayed_away)::numeric, 3) AS "auc of days away",
    round(tcs.brier(churn_risk, stayed_away)::numeric, 3) AS "brier",
    round(tcs.lift(churn_risk, stayed_away, 0.1)::numeric, 2) AS "lift of the first tenth"
FROM judged;

\set ECHO none
\echo 'Of those who were given such a risk, how many did stay away?'
\echo
\set ECHO queries

SELECT customers, round(least::numeric, 2) AS "risk from", round(greatest::numeric, 2) AS "to",
    round(predicted::numeric, 3) AS predicted, round(observed::numeric, 3) AS observed
FROM (SELECT tcs.calibration(churn_risk, stayed_away, 6) AS bins FROM judged) AS c
CROSS JOIN unnest(bins);

\set ECHO none
\echo 'The risk of the view also learns: whenever the models are fitted, it looks at days of'
\echo 'the shop''s own past, and at who came back. What proves right at days that it has not'
\echo 'learned from corrects the model. Both, by what was known a year ago, for all customers,'
\echo 'those long gone too; the brier score is the mean squared error, the less the better:'
\echo
\set ECHO queries

SELECT risk, round(auc::numeric, 3) AS auc, round(brier::numeric, 4) AS brier
FROM shop.metrics_model
CROSS JOIN LATERAL (VALUES (1, 'one for everybody', 0.5, holdout->'brier_constant'),
    (2, 'by the model of purchases', (holdout->'auc')::numeric, holdout->'brier'),
    (3, 'corrected by what it learned', (holdout#>'{learned,auc}')::numeric, holdout#>'{learned,brier}')) AS r (n, risk, auc, brier)
ORDER BY n;

\set ECHO none
\echo 'This shop is made up of customers who do much as the model supposes, so little is left'
\echo 'to learn, and no more is taken. Today''s risks, before and after:'
\echo
\set ECHO queries

WITH history AS (
    SELECT customer_id AS customer, tcs.purchase_history(ordered_at, amount, current_date, 'Europe/Berlin') AS h
    FROM shop.purchases
    GROUP BY customer_id
)
SELECT CASE WHEN purchases = 1 THEN '1' WHEN purchases < 4 THEN '2 or 3' WHEN purchases < 10 THEN '4 to 9' ELSE '10 or more' END AS purchases,
    count(*) AS customers,
    round(avg(tcs.churn_risk(btyd, h, '1 year'))::numeric, 3) AS "by the model of purchases",
    round(avg(churn_risk)::numeric, 3) AS "in the view"
FROM shop.metrics
JOIN history USING (customer)
CROSS JOIN shop.metrics_model
WHERE days_since_last < 180
GROUP BY 1
ORDER BY min(purchases);

\set ECHO none
\pset format unaligned
\pset tuples_only on
\o :metrics_report
SELECT tcs.report_html('shop.metrics', title => 'Value and churn in the shop', currency => 'EUR');
\o
\pset format aligned
\pset tuples_only off
\echo 'Each fit looks at its own past like that. What came of it, on a page with pictures:' :metrics_report_goes_to
\echo
\echo '=============================================================================='
\echo '10. Why this score?'
\echo '=============================================================================='
\echo 'Customer 2 of the list in step 3, explained: what each score comes from, and what'
\echo 'it takes to reach a better one.'
\echo
\set ECHO queries

SELECT measure,
    round(value::numeric, 2) AS value,
    score,
    next_score AS "next score",
    next_needs AS "which needs"
FROM shop.metrics
CROSS JOIN shop.metrics_model
CROSS JOIN LATERAL tcs.rfm_explain(rfm, days_since_last, purchases, revenue)
WHERE customer = 2;

\set ECHO none
\echo '=============================================================================='
\echo '11. Segments by your own rules'
\echo '=============================================================================='
\echo 'A rule is a row: a segment and a condition over the columns. The first that is'
\echo 'true decides. The planner turns them into the CASE that one would have written.'
\echo
\set ECHO queries

INSERT INTO tcs.rule_set (name, default_segment) VALUES ('whom to call', 'leave alone');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES
    ('whom to call', 10, 'win back', $$abc_tier = 'A' AND days_since_last > 3 * mean_gap$$),
    ('whom to call', 20, 'key account', 'revenue >= 1000 AND purchases >= 5'),
    ('whom to call', 30, 'second order', 'purchases = 1 AND days_since_last < 60');

\set ECHO none
\pset numericlocale on
\echo
\set ECHO queries

SELECT tcs.segment_assign('whom to call', metrics) AS segment,
    count(*) AS customers,
    round(sum(revenue)) AS revenue
FROM shop.metrics
GROUP BY segment
ORDER BY sum(revenue) DESC;

\set ECHO none
\echo 'Why is customer 2 in that segment? Each rule says what it found.'
\echo
\pset numericlocale off
\set ECHO queries

SELECT priority, segment, decisive, reason
FROM shop.metrics
CROSS JOIN LATERAL tcs.segment_explain('whom to call', metrics)
WHERE customer = 2;

\set ECHO none
\echo 'What would a change do? Make it in a copy and compare, before it is published.'
\echo
\set ECHO queries
\o /dev/null

SELECT tcs.rule_set_copy('whom to call', 'draft');
\o
UPDATE tcs.rule SET condition = 'revenue >= 800 AND purchases >= 5'
WHERE rule_set = 'draft' AND segment = 'key account';
\echo

SELECT * FROM tcs.rule_set_diff('whom to call', 'draft', 'shop.metrics', 'revenue');

\set ECHO none
\ir demo_membership.sql
\ir demo_sales.sql

\echo '=============================================================================='
\echo ' What one would type next'
\echo '=============================================================================='
\echo '  SELECT tcs.refit_metrics(''shop.metrics'');      -- draw the lines anew, monthly say'
\echo '  SELECT tcs.metrics_sql(NULL, ''shop.purchases'', ''customer_id'', ''ordered_at'','
\echo '      ''amount'', as_of => ''2026-01-01'');          -- the query itself: for dbt, for the past'
\echo '  SELECT * FROM tcs.rfm_segments();              -- which cells make which segment'
\echo '  SELECT tcs.rule_set_publish(''draft'', ''whom to call'');  -- the change, for everyone'
\echo '  SELECT tcs.refresh_segmentation(''shop.stage'');  -- nightly: time passes too'
\echo '  SELECT * FROM shop.stage_moves WHERE key = 42; -- where one customer has been'
\echo '  SELECT e.* FROM sales.account_data AS a,       -- why an index is what it is'
\echo '      tcs.scorecard_explain(''tcs.credit'', a) AS e WHERE account_id = 42;'
\echo '  SELECT tcs.scorecard_sql(''importance'', ''sales.account_data'');  -- the plain arithmetic'
\echo '  SELECT * FROM tcs.goals_progress(''sales.goals'', ''today'');  -- where each goal stands'
\echo '  \\df+ tcs.*                                     -- every function, with its description'
\echo
\echo 'make psql opens a prompt on the shop and the seller.'
