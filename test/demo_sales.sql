-- demo_sales.sql: the second act of demo.sql, which stands alone too: a seller to
-- businesses.
--
--     psql -X -q -d database -f test/demo_sales.sql
--
-- Makes the schema sales and the extension in the database it is run in. What it
-- runs it also shows. The report is written to the file that the variable
-- sales_report names, tcs_sales_report.html in the current directory unless set;
-- sales_report_goes_to is what to call it.

\set ON_ERROR_STOP on
\pset pager off
\pset footer off
\pset border 1
\pset numericlocale on
\pset null '-'
\encoding UTF8
\if :{?sales_report}
\else
	\set sales_report tcs_sales_report.html
\endif
\if :{?sales_report_goes_to}
\else
	\set sales_report_goes_to :sales_report
\endif

\echo
\echo '=============================================================================='
\echo ' A seller to businesses'
\echo '=============================================================================='
\echo 'Segments are there to act by. This is what those who lead sales and marketing do'
\echo 'with them, at a maker of machines'' parts with four hundred customers.'
\echo
\echo 'Making the seller: two years of accounts and orders, and a trade fair ...'
\ir sales.sql
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tcs;
DELETE FROM tcs.scorecard WHERE name IN ('importance', 'willingness', 'risk', 'fair lead', 'learned lead');
RESET client_min_messages;
SET timezone = 'Europe/Berlin';
SET jit = off;

\echo
\echo '=============================================================================='
\echo ' 1. Few customers, known by name'
\echo '=============================================================================='
\echo 'Who sells to businesses knows more than orders: ratings, visits, complaints,'
\echo 'late payments. This view brings together what is known of an account.'
\echo
\set ECHO queries

CREATE VIEW sales.account_data AS
SELECT a.account_id, name, industry, region, looked_after_by, employees, revenue,
    order_potential, influence, relationship, days_since_contact, open_complaints,
    round(products_known / 12.0, 2) AS product_recognition, repeat_share, recommendation,
    days_late, owed / credit_limit AS exposure
FROM sales.accounts AS a
CROSS JOIN LATERAL (SELECT current_date - max(met_on) AS days_since_contact
    FROM sales.contacts AS c WHERE c.account_id = a.account_id AND kind <> 'mail') AS c
CROSS JOIN LATERAL (SELECT count(*) AS open_complaints
    FROM sales.complaints AS c WHERE c.account_id = a.account_id AND settled_on IS NULL) AS p
CROSS JOIN LATERAL (SELECT coalesce(sum(amount) FILTER (WHERE ordered_on >= current_date - 365), 0) AS revenue,
        avg(paid_on - due_on) AS days_late, coalesce(sum(amount) FILTER (WHERE paid_on IS NULL), 0) AS owed
    FROM sales.orders AS o WHERE o.account_id = a.account_id) AS o
CROSS JOIN LATERAL (SELECT avg((n > 1)::integer) AS repeat_share
    FROM (SELECT count(*) AS n FROM sales.orders AS o WHERE o.account_id = a.account_id GROUP BY product) AS q) AS r;

SELECT count(*) AS accounts, round(sum(revenue)) AS "revenue of a year",
    count(*) - count(order_potential) AS "potential unknown", sum(open_complaints) AS "open complaints",
    count(*) FILTER (WHERE days_since_contact > 180) AS "not met for half a year"
FROM sales.account_data;

\set ECHO none
\pset numericlocale off
\echo '=============================================================================='
\echo ' 2. Three indexes of an account'
\echo '=============================================================================='
\echo 'How much does it matter, how much does it trust us, how sure is it of our'
\echo 'products? A scorecard is a few rows: an expression, where it starts and ends,'
\echo 'its weight. These come with the extension:'
\echo
\set ECHO queries

SELECT scorecard, factor, expression, weight, lo, hi, missing
FROM tcs.factor
WHERE scorecard IN ('tcs.importance', 'tcs.trust', 'tcs.confidence')
ORDER BY scorecard, weight DESC, factor;

\set ECHO none
\echo 'The bounds in money are the user''s own: 60000 a year is a large account here. Make'
\echo 'that change in a copy. The planner puts the plain arithmetic in the place of a call.'
\echo
\set ECHO queries
\o /dev/null

SELECT tcs.scorecard_copy('tcs.importance', 'importance');
\o
UPDATE tcs.factor SET hi = 60000 WHERE scorecard = 'importance' AND factor = 'order potential';

CREATE VIEW sales.rated AS
SELECT account_id, name, industry, region, looked_after_by, revenue::float8,
    tcs.scorecard_score('importance', a) AS importance,
    tcs.scorecard_score('tcs.trust', a) AS trust,
    tcs.scorecard_score('tcs.confidence', a) AS confidence,
    tcs.scorecard_score('tcs.credit', a) AS credit
FROM sales.account_data AS a;

\set ECHO none
\echo
\echo 'Is the scorecard sound over these accounts? One pass says what is missing, beyond the'
\echo 'bounds, without a difference, or said twice.'
\echo
\set ECHO queries

SELECT severity, finding, factor, rows AS accounts, round((100 * share)::numeric) AS "%", detail
FROM tcs.scorecard_check('importance', 'sales.account_data')
WHERE finding <> 'missing' OR rows > 0;

\set ECHO none
\echo 'Who matters most? An index of 0 says that a gate is closed: for tcs.credit, payment'
\echo 'three months late, or debts a fifth above the limit.'
\echo
\set ECHO queries

SELECT name, looked_after_by, round(revenue) AS revenue, round(importance) AS importance,
    round(trust) AS trust, round(confidence) AS confidence, round(credit) AS credit
FROM sales.rated
ORDER BY importance DESC NULLS LAST, account_id
LIMIT 8;

\set ECHO none
\o /dev/null
SELECT account_id AS worst FROM sales.rated WHERE importance >= 70 ORDER BY trust, account_id LIMIT 1 \gset
\o
\echo 'Of those that matter most, why does the least trusting one not trust us? The points'
\echo 'add up to the index; a factor brings at most its weight.'
\echo
\set ECHO queries

SELECT name, factor, round(value::numeric, 1) AS value, weight,
    round(contribution::numeric, 1) AS points
FROM sales.account_data AS a
CROSS JOIN LATERAL tcs.scorecard_explain('tcs.trust', a)
WHERE account_id = :worst
ORDER BY factor;

\set ECHO none
\echo '=============================================================================='
\echo ' 3. The customer-relationship matrix'
\echo '=============================================================================='
\echo 'Importance by trust: nine cells, each with a name and what to do about it. The'
\echo 'matrix is a rule set, so the cells are segments, with all that segments have. Each'
\echo 'cell: its name, accounts, revenue. The key accounts are in the first row; those'
\echo 'whose potential nobody knows are in none.'
\echo
\pset null ''
\set ECHO queries

SELECT ('{low,middle,high}'::text[])[left(cell, 1)::integer] AS importance,
    ('{low,middle,high}'::text[])[right(cell, 1)::integer] || ' trust' AS trust,
    format('%s: %s, %s k', segment, count(*), round(sum(revenue) / 1000)) AS accounts,
    right(cell, 1)::integer AS place
FROM (SELECT tcs.segment_assign('tcs.customer_relationship', r) AS segment,
        tcs.matrix_cell(importance, trust, '{40,70}', '{40,70}') AS cell, revenue
    FROM sales.rated AS r) AS s
WHERE cell IS NOT NULL
GROUP BY cell, segment
ORDER BY cell DESC
\crosstabview importance trust accounts place

\set ECHO none
\pset null '-'
\echo 'What to do about the key accounts? It is in the rules:'
\echo
\set ECHO queries

SELECT segment, substr(description, strpos(description, '. ') + 2) AS "what to do"
FROM tcs.rule
WHERE rule_set = 'tcs.customer_relationship' AND segment IN ('Partner', 'Grow closer', 'Win over')
ORDER BY priority;

\set ECHO none
\echo 'Follow it over time, as any segmentation. Whatever an index is made of may change:'
\echo 'ratings, meetings, complaints, orders.'
\echo
\set ECHO queries

SELECT tcs.create_segmentation('sales.relationship', 'sales.rated', 'account_id', 'tcs.customer_relationship') AS "made and loaded";
SELECT sum(tcs.track_segmentation('sales.relationship', source, 'account_id')) AS "tables that report their changes"
FROM unnest('{sales.accounts,sales.contacts,sales.complaints,sales.orders}'::regclass[]) AS source;

\set ECHO none
\o /dev/null
SELECT tcs.process_segmentation('sales.relationship');
\o
\echo 'The seller has rated accounts for half a year, and kept the earlier ratings: each with'
\echo 'the time that it held. So the past need not begin today: who would have been in which'
\echo 'cell then, is a query. What else an index is made of is taken as it is known now.'
\echo
\set ECHO queries

CREATE TABLE sales.ratings AS
SELECT account_id, r.*
FROM (SELECT account_id, relationship AS rated,
        relationship - 3 + (hashint8extended(account_id, 22) & 1023) % 5 AS before,
        date_trunc('day', now()) - (1 + (hashint8extended(account_id, 21) & 1023) % 5) * interval '1 month'
            + account_id % 25 * interval '1 day' AS changed
    FROM sales.accounts) AS a
CROSS JOIN LATERAL (VALUES
    (CASE WHEN rated IS NOT NULL THEN greatest(0, least(10, before)) END, now() - interval '6 months', changed),
    (rated, changed, NULL)) AS r (relationship, valid_from, valid_to);

CREATE VIEW sales.relationship_before AS
SELECT account_id AS key, tcs.segment_assign('tcs.customer_relationship', r) AS segment, valid_from, valid_to
FROM (SELECT a.*, tcs.scorecard_score('importance', a) AS importance, tcs.scorecard_score('tcs.trust', a) AS trust
    FROM (SELECT account_id, r.relationship, valid_from, valid_to, order_potential, influence,
            days_since_contact, open_complaints
        FROM sales.account_data JOIN sales.ratings AS r USING (account_id)) AS a) AS r;

SELECT tcs.backfill_segmentation('sales.relationship', history => 'sales.relationship_before') AS "moves filled in";

\set ECHO none
\o /dev/null
SELECT clock_timestamp() AS before \gset
\o
\pset null ''
\echo 'How many accounts were where at the end of each month?'
\echo
\set ECHO queries

SELECT segment, to_char(period_start, 'FMMon YY') AS month, customers,
    row_number() OVER (PARTITION BY segment ORDER BY period_start) AS place
FROM tcs.segment_sizes('sales.relationship', 'month')
JOIN tcs.rule USING (segment)
WHERE rule_set = 'tcs.customer_relationship'
ORDER BY priority, period_start
\crosstabview segment month customers place

\set ECHO none
\pset null '-'
\echo 'Then the work: accounts that matter and do not trust us enough are visited, their'
\echo 'complaints settled, the relationship rated anew. And a few others are let down.'
\echo
\set ECHO queries

INSERT INTO sales.contacts
SELECT key, current_date, 'visit' FROM sales.relationship WHERE segment IN ('Win over', 'Grow closer', 'Mend');
UPDATE sales.complaints SET settled_on = current_date
WHERE settled_on IS NULL
    AND account_id IN (SELECT key FROM sales.relationship WHERE segment IN ('Win over', 'Grow closer', 'Mend'));
UPDATE sales.accounts SET relationship = relationship + 2
WHERE relationship <= 7
    AND account_id IN (SELECT key FROM sales.relationship WHERE segment IN ('Win over', 'Grow closer'));
INSERT INTO sales.complaints
SELECT key, current_date, NULL
FROM sales.relationship, generate_series(1, 3)
WHERE segment IN ('Partner', 'Develop') AND key % 5 = 0;

SELECT tcs.process_segmentation('sales.relationship') AS "looked at";

\set ECHO none
\echo 'Who moved?'
\echo
\set ECHO queries

SELECT from_segment AS "from", to_segment AS "to", customers AS accounts
FROM tcs.segment_migration('sales.relationship', :'before', now())
WHERE from_segment <> to_segment
ORDER BY customers DESC, 1, 2;

\set ECHO none
\echo 'What keeps the largest of those not yet there from being a partner, and where is the'
\echo 'most to gain?'
\echo
\set ECHO queries

SELECT name, looked_after_by, round(importance) AS importance, round(trust) AS trust,
    round(short_by::numeric, 1) AS "short by", factor AS "most to gain by", round(lost::numeric, 1) AS points
FROM sales.rated AS r
CROSS JOIN LATERAL tcs.segment_explain('tcs.customer_relationship', r)
CROSS JOIN LATERAL (SELECT factor, weight - contribution AS lost
    FROM sales.account_data AS a, tcs.scorecard_explain('tcs.trust', a)
    WHERE a.account_id = r.account_id
    ORDER BY lost DESC NULLS LAST, factor
    LIMIT 1) AS f
WHERE segment = 'Partner' AND failed LIKE 'trust >=%' AND importance >= 70
ORDER BY revenue DESC
LIMIT 5;

\set ECHO none
\echo '=============================================================================='
\echo ' 4. Offers: who will decide, and what for?'
\echo '=============================================================================='
\echo 'A scorecard of your own is an INSERT. These two say how willing a customer is to'
\echo 'take an offer, and how much it risks by that:'
\echo
\set ECHO queries

INSERT INTO tcs.scorecard (name, description) VALUES
    ('willingness', 'how willing a customer is to take an offer'), ('risk', 'what a customer risks by an offer');
INSERT INTO tcs.factor (scorecard, factor, expression, weight, lo, hi, missing) VALUES
    ('willingness', 'they asked', 'they_asked', 30, 0, 1, 'lo'),
    ('willingness', 'answers', 'answered', 40, 0, 5, 'reweight'),
    ('willingness', 'people met', 'people_met', 30, 0, 4, 'lo'),
    ('risk', 'size', 'share_of_year', 40, 0, 1, 'reweight'),
    ('risk', 'new to them', 'product_new', 30, 0, 1, 'lo'),
    ('risk', 'standstill', 'standstill_hours', 30, 0, 24, 'reweight');

CREATE VIEW sales.decisions AS
SELECT name, amount, tcs.scorecard_score('willingness', o) AS willingness, tcs.scorecard_score('risk', o) AS risk
FROM (SELECT o.*, name, amount / nullif(revenue, 0) AS share_of_year
    FROM sales.offers AS o
    JOIN sales.account_data USING (account_id)) AS o;

\set ECHO none
\echo
\pset null ''
\echo 'The decision-tendency matrix. Each cell: its name, offers, euros.'
\echo
\set ECHO queries

SELECT ('{unwilling,half willing,willing}'::text[])[left(cell, 1)::integer] AS " ",
    ('{low,middle,high}'::text[])[right(cell, 1)::integer] || ' risk' AS risk,
    format('%s: %s, %s k', segment, count(*), round(sum(amount) / 1000)) AS offers,
    right(cell, 1)::integer AS place
FROM (SELECT tcs.segment_assign('tcs.decision_tendency', d) AS segment,
        tcs.matrix_cell(willingness, risk, '{40,70}', '{40,70}') AS cell, amount
    FROM sales.decisions AS d) AS s
GROUP BY cell, segment
ORDER BY cell DESC
\crosstabview " " risk offers place

\set ECHO none
\pset null '-'
\echo 'The largest of those that are not lost, and what to do about each:'
\echo
\set ECHO queries

SELECT name, round(amount) AS amount, round(willingness) AS willing, round(risk) AS risk, segment,
    substr(description, strpos(description, '. ') + 2) AS "what to do"
FROM (SELECT d.*, tcs.segment_assign('tcs.decision_tendency', d) AS segment FROM sales.decisions AS d) AS d
JOIN tcs.rule USING (segment)
WHERE rule_set = 'tcs.decision_tendency' AND willingness >= 40
ORDER BY amount DESC
LIMIT 6;

\set ECHO none
\echo '=============================================================================='
\echo ' 5. Who sells well?'
\echo '=============================================================================='
\echo 'Another matrix: effort by result, both in percent of the plan for the quarter.'
\echo
\set ECHO queries

CREATE VIEW sales.performance AS
SELECT person, 100.0 * visits / visits_planned AS effort, 100 * revenue / revenue_planned AS result
FROM sales.people
CROSS JOIN LATERAL (SELECT count(*) AS visits
    FROM sales.contacts JOIN sales.accounts USING (account_id)
    WHERE looked_after_by = person AND kind = 'visit' AND met_on >= current_date - 91) AS v
CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS revenue
    FROM sales.orders JOIN sales.accounts USING (account_id)
    WHERE looked_after_by = person AND ordered_on >= current_date - 91) AS o
WHERE visits_planned IS NOT NULL;

SELECT person, round(effort) AS "effort %", round(result) AS "result %", segment,
    substr(description, strpos(description, '. ') + 2) AS "what to do"
FROM (SELECT p.*, tcs.segment_assign('tcs.sales_performance', p) AS segment FROM sales.performance AS p) AS p
JOIN tcs.rule USING (segment)
WHERE rule_set = 'tcs.sales_performance'
ORDER BY result DESC;

\set ECHO none
\echo '=============================================================================='
\echo ' 6. Which markets?'
\echo '=============================================================================='
\echo 'A row per segment of the market: it must be reachable, large enough, profitable'
\echo 'and fitting. Whatever misses one gate is out, however good the rest.'
\echo
\set ECHO queries

SELECT segment, reachability AS reachable, market_size AS size, profitability AS profit, fit,
    round(tcs.scorecard_score('tcs.market', m)) AS index, closed AS "closed gates"
FROM sales.markets AS m
CROSS JOIN LATERAL (SELECT string_agg(factor || ' below ' || gate, ', ') AS closed
    FROM tcs.scorecard_explain('tcs.market', m) WHERE NOT gate_open) AS e
ORDER BY index DESC, segment;

\set ECHO none

\ir demo_sales_leads.sql
