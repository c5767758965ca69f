-- demo_sales_leads.sql: the second act goes on: leads, figures, goals, an experiment.

\echo '=============================================================================='
\echo ' 7. Leads from a trade fair'
\echo '=============================================================================='
\echo 'Badges were read at the stand: who came, for how long, and what they did.'
\echo
\set ECHO queries

CREATE VIEW sales.leads AS
SELECT visitor_id, company, country, role, may_contact, questionnaire, dwell_minutes, interactions
FROM sales.fair_visitors AS v
CROSS JOIN LATERAL (SELECT
        extract(epoch FROM max(at) FILTER (WHERE kind = 'leaves') - min(at) FILTER (WHERE kind = 'enters')) / 60 AS dwell_minutes,
        count(*) FILTER (WHERE kind NOT IN ('enters', 'leaves')) AS interactions
    FROM sales.fair_events AS e WHERE e.visitor_id = v.visitor_id) AS e;

\set ECHO none
\echo
\echo 'A scorecard over the events says whom to call first. To the one that comes with the'
\echo 'extension two things are added: who left the questionnaire blank gets no points for'
\echo 'it, and who did not agree to be called has the index 0, by a factor without a weight'
\echo 'but with a gate.'
\echo
\set ECHO queries
\o /dev/null

SELECT tcs.scorecard_copy('tcs.lead', 'fair lead');
\o
UPDATE tcs.factor SET missing = 'lo' WHERE scorecard = 'fair lead' AND factor = 'questionnaire';
INSERT INTO tcs.factor (scorecard, factor, expression, weight, gate, missing)
VALUES ('fair lead', 'consent', 'may_contact', 0, 1, 'lo');

SELECT company, country, role, questionnaire, round(dwell_minutes, 1) AS minutes, interactions,
    round(tcs.scorecard_score('fair lead', l)) AS index
FROM sales.leads AS l
ORDER BY tcs.scorecard_score('fair lead', l) DESC, visitor_id
LIMIT 6;

\set ECHO none
\echo 'Was the index right? Of those who could be called, the offers two months later:'
\echo
\set ECHO queries

SELECT band, (r).n AS leads, (r).successes AS offers,
    round((r).rate::numeric, 2) AS rate, round((r).low::numeric, 2) AS "from", round((r).high::numeric, 2) AS "to"
FROM (SELECT CASE WHEN index >= 70 THEN 'hot' WHEN index >= 40 THEN 'warm' ELSE 'cold' END AS band, tcs.rate(offered) AS r
    FROM (SELECT tcs.scorecard_score('fair lead', l) AS index,
            EXISTS (SELECT FROM sales.lead_steps AS s WHERE s.visitor_id = l.visitor_id AND step = 3) AS offered
        FROM sales.leads AS l WHERE may_contact) AS l
    GROUP BY band) AS b
ORDER BY (r).rate DESC;

\set ECHO none
\echo 'How far did they come within 30 days of the fair, and where do most of them stop?'
\echo
\set ECHO queries

SELECT step, ('{met at the fair,called,offer,order}'::text[])[step] AS name, customers AS visitors,
    round((100 * share_of_first)::numeric) AS "% of all", round((100 * share_of_previous)::numeric) AS "% of those before", median_time
FROM (SELECT tcs.funnel_steps(funnel) AS steps
    FROM (SELECT tcs.funnel(at, step, '30 days') FROM sales.lead_steps GROUP BY visitor_id) AS f) AS s
CROSS JOIN unnest(steps);

\set ECHO none
\echo '=============================================================================='
\echo ' 8. The figures of the quarter'
\echo '=============================================================================='
\echo 'Two views, made by a call each: one row a quarter, and one a cohort and quarter.'
\echo 'New, retained and reactivated customers add up to those who are active.'
\echo
\pset numericlocale on
\set ECHO queries

SELECT tcs.create_kpis('sales.kpis', 'sales.orders', 'account_id', 'ordered_on', 'amount', period => 'quarter') AS "made the view",
    tcs.create_cohorts('sales.cohorts', 'sales.orders', 'account_id', 'ordered_on', 'amount', period => 'quarter') AS "and another";

SELECT period_start AS quarter, active, new_customers AS new, retained, reactivated, churned,
    round(revenue::numeric) AS revenue, round((100 * repeat_share)::numeric) AS "% not new"
FROM sales.kpis
ORDER BY period_start;

\set ECHO none
\pset null ''
\echo 'Of those who first ordered in a quarter, the share (%) that ordered in each after it:'
\echo
\set ECHO queries

SELECT cohort, period, round((100 * retention)::numeric) AS "%"
FROM sales.cohorts
WHERE period <= 8
ORDER BY cohort, period
\crosstabview cohort period "%"

\set ECHO none
\pset null '-'
\echo 'Would they recommend us? An interval says how sure that is.'
\echo
\set ECHO queries

SELECT segment, (n).responses, round((n).nps::numeric) AS nps, round((n).low::numeric) AS "from", round((n).high::numeric) AS "to"
FROM (SELECT segment, tcs.nps(recommendation) AS n
    FROM sales.relationship JOIN sales.accounts ON account_id = key GROUP BY segment) AS s
WHERE (n).responses >= 10
ORDER BY (n).nps DESC;

\set ECHO none
\pset numericlocale off
\echo '=============================================================================='
\echo ' 9. Who are they?'
\echo '=============================================================================='
\echo 'What tells the accounts of a cell apart from all others, the most telling first:'
\echo
\set ECHO queries

CREATE VIEW sales.described AS
SELECT segment, industry, region, employees, revenue, days_since_contact, product_recognition, recommendation
FROM sales.relationship
JOIN sales.account_data ON account_id = key;

SELECT segment, attribute, round(telling::numeric, 2) AS telling, value, round((100 * share)::numeric) AS "% here",
    round((100 * share_all)::numeric) AS "% of all", round(median::numeric, 1) AS median, round(median_all::numeric, 1) AS "of all"
FROM (SELECT *, row_number() OVER (PARTITION BY segment, attribute ORDER BY lift DESC NULLS LAST) AS nth
    FROM tcs.persona('sales.described', 'segment')) AS p
WHERE segment IN ('Partner', 'Win over') AND nth = 1 AND telling > 0
ORDER BY segment, telling DESC
LIMIT 8;

\set ECHO none
\echo '=============================================================================='
\echo '10. Goals, down to people'
\echo '=============================================================================='
\echo 'The revenue of the half-year, divided by regions and people; half of it is over.'
\echo 'Goals and measurements are tables of yours; constraints keep a goal specific,'
\echo 'measurable and bound in time.'
\echo
\set ECHO queries

SELECT tcs.create_goals('sales.goals', 'Europe/Berlin') AS made;

INSERT INTO sales.goals (name, owner, parent, metric, unit, direction, baseline, target, starts, due)
SELECT leader || ': revenue', leader, l.reports_to || ': revenue', 'revenue', 'EUR', 'up',
    0, 2 * sum(t.revenue_planned), current_date - 91, current_date + 91
FROM sales.teams JOIN sales.people AS t USING (person) JOIN sales.people AS l ON l.person = leader
GROUP BY leader, l.reports_to;

INSERT INTO sales.goals_measurement (goal, day, value)
SELECT leader || ': revenue', current_date - 1, sum(amount)
FROM sales.teams JOIN sales.accounts ON looked_after_by = person JOIN sales.orders USING (account_id)
WHERE ordered_on >= current_date - 91
GROUP BY leader;

SELECT repeat('   ', depth) || owner AS owner, round(target::numeric) AS target, round(actual::numeric) AS actual,
    round(sum_difference::numeric) AS "children's less", round(expected::numeric) AS expected,
    round(pace::numeric, 2) AS pace, round(forecast::numeric) AS forecast, status
FROM sales.goals_progress
ORDER BY place;

\set ECHO none
\echo '=============================================================================='
\echo '11. Does it work?'
\echo '=============================================================================='
\echo 'Does a letter with references make small accounts order? Ask half of them: who is'
\echo 'in which half follows from a hash of the key, on every server and for ever.'
\echo
\set ECHO queries

SELECT tcs.ab_sample_size(0.15, 0.2) AS "accounts in each arm, to find 35 % in place of 15 %";

CREATE TABLE sales.trial AS
SELECT key AS account_id, tcs.ab_assign('letter with references', key, '{control,letter}', '{0.5,0.5}') AS arm
FROM sales.relationship
WHERE segment IN ('Advocate', 'Serve simply');

\set ECHO none
-- what the accounts did
ALTER TABLE sales.trial ADD ordered boolean;
UPDATE sales.trial
SET ordered = (hashint8extended(account_id, 6) & 1023) < CASE arm WHEN 'letter' THEN 360 ELSE 150 END;
\echo 'Eight weeks later: are the arms as they should be, and what did the letter do?'
\echo
\set ECHO queries

SELECT round((r).p_value::numeric, 2) AS "p of the arms", (r).suspicious
FROM (SELECT tcs.ab_sample_ratio(array_agg(n ORDER BY arm), '{0.5,0.5}') AS r
    FROM (SELECT arm, count(*) AS n FROM sales.trial GROUP BY arm) AS a) AS s;

SELECT (e).control_n, round((e).control::numeric, 2) AS control, (e).treatment_n, round((e).treatment::numeric, 2) AS letter,
    round((e).difference::numeric, 2) AS difference, round((e).difference_low::numeric, 2) AS "from",
    round((e).difference_high::numeric, 2) AS "to", round((e).p_value::numeric, 3) AS p
FROM (SELECT tcs.ab_effect(arm, ordered) AS e FROM sales.trial) AS t;

\set ECHO none
\echo '=============================================================================='
\echo '12. The report'
\echo '=============================================================================='
\pset format unaligned
\pset tuples_only on
\o :sales_report
SELECT tcs.report_html('sales.relationship');
\o
\pset format aligned
\pset tuples_only off
\echo 'The matrix, its moves and who is in its cells, on one page:' :sales_report_goes_to
\echo
