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
\echo 'Was the index right? Of those who could be called, how many have an offer two months'
\echo 'later? The interval (95 %) says how much of the difference may be chance.'
\echo
\set ECHO queries

SELECT band, (r).n AS leads, (r).successes AS offers,
    round((r).rate::numeric, 2) AS rate, round((r).low::numeric, 2) AS "from", round((r).high::numeric, 2) AS "to"
FROM (SELECT CASE WHEN index >= 70 THEN 'hot' WHEN index >= 40 THEN 'warm' ELSE 'cold' END AS band,
        tcs.rate(offered) AS r
    FROM (SELECT tcs.scorecard_score('fair lead', l) AS index,
            EXISTS (SELECT FROM sales.lead_steps AS s WHERE s.visitor_id = l.visitor_id AND step = 3) AS offered
        FROM sales.leads AS l WHERE may_contact) AS l
    GROUP BY band) AS b
ORDER BY (r).rate DESC;

\set ECHO none
\echo 'How far did they come within 30 days of the fair, and where do most of them stop?'
\echo
\set ECHO queries

SELECT step, name, customers AS visitors,
    round((100 * share_of_first)::numeric) AS "% of all",
    round((100 * share_of_previous)::numeric) AS "% of those before", extract(day FROM median_time) AS "days, median"
FROM (SELECT tcs.funnel_steps(funnel, '{met at the fair,called,offer,order}') AS steps
    FROM (SELECT tcs.funnel(at, step, '30 days') FROM sales.lead_steps GROUP BY visitor_id) AS f) AS s
CROSS JOIN unnest(steps);

\set ECHO none
\echo 'The weights of that scorecard are an opinion. What would the past say? Of the fair'
\echo 'a year ago it is known who ordered since. One half of its visitors teaches:'
\echo
\set ECHO queries

CREATE TABLE sales.learned AS
SELECT tcs.logit_fit(ordered, features) AS model
FROM sales.last_fair
CROSS JOIN LATERAL (SELECT role, country, questionnaire, dwell_minutes, interactions) AS features
WHERE visitor_id % 2 = 1;

SELECT feature, level, round(coefficient, 3) AS coefficient, round(standard_error, 3) AS "standard error",
    round(exp(coefficient), 2) AS "odds of an order, times"
FROM sales.learned
CROSS JOIN jsonb_to_recordset(model->'columns') AS c(feature text, level text, coefficient numeric, standard_error numeric)
ORDER BY abs(coefficient / standard_error) DESC
LIMIT 6;

\set ECHO none
\echo 'A model is a scorecard, too: the same table, to be read and changed by hand. Consent'
\echo 'stays a gate. The other half has not been learned from. Put both in order by'
\echo 'either scorecard: who has more of the orders up front? A coin has an auc of 0.5.'
\echo
\set ECHO queries
\o /dev/null

SELECT tcs.scorecard_put('learned lead', tcs.logit_scorecard(model)) FROM sales.learned;
\o
INSERT INTO tcs.factor (scorecard, factor, expression, weight, gate, missing)
VALUES ('learned lead', 'consent', 'may_contact', 0, 1, 'lo');

WITH judged AS (
    SELECT ordered, tcs.scorecard_score('fair lead', l) AS by_hand, tcs.scorecard_score('learned lead', l) AS learned
    FROM (SELECT *, true AS may_contact FROM sales.last_fair WHERE visitor_id % 2 = 0) AS l
)
SELECT scorecard, count(*) AS leads, count(*) FILTER (WHERE ordered) AS orders,
    round(tcs.auc(index, ordered)::numeric, 2) AS auc,
    round((100 * (tcs.capture(index, ordered, 10))[2].captured)::numeric) AS "% of orders in the first fifth",
    round((100 * (tcs.capture(index, ordered, 10))[4].captured)::numeric) AS "in two fifths"
FROM judged
CROSS JOIN LATERAL (VALUES ('by hand', by_hand), ('learned', learned)) AS s (scorecard, index)
GROUP BY scorecard
ORDER BY scorecard;

\set ECHO none
\echo 'And whom would it have had called first at this year''s fair?'
\echo
\set ECHO queries

SELECT company, role, questionnaire, round(dwell_minutes, 1) AS minutes, interactions,
    rank() OVER (ORDER BY learned DESC) AS "place learned", rank() OVER (ORDER BY by_hand DESC) AS "by hand"
FROM (SELECT l.*, tcs.scorecard_score('fair lead', l) AS by_hand, tcs.scorecard_score('learned lead', l) AS learned
    FROM sales.leads AS l
    WHERE may_contact) AS l
ORDER BY "place learned", visitor_id
LIMIT 6;

\set ECHO none
\echo '=============================================================================='
\echo ' 8. The figures of the quarter'
\echo '=============================================================================='
\echo 'Two views, made by a call each: one row a quarter, and one a cohort and quarter.'
\echo 'New, retained and reactivated customers add up to those who are active. Whom the'
\echo 'running quarter loses is not known before it ends.'
\echo
\pset numericlocale on
\set ECHO queries

SELECT tcs.create_kpis('sales.kpis', 'sales.orders',
        'account_id', 'ordered_on', 'amount', period => 'quarter') AS "made the view",
    tcs.create_cohorts('sales.cohorts', 'sales.orders',
        'account_id', 'ordered_on', 'amount', period => 'quarter') AS "and another";

SELECT period_start AS quarter, active, new_customers AS new, retained, reactivated, churned,
    round(revenue::numeric) AS revenue, round((100 * repeat_share)::numeric) AS "% not new"
FROM sales.kpis
ORDER BY period_start;

\set ECHO none
\pset null ''
\echo 'Of those who first ordered in a quarter, the share (%) that ordered in the first,'
\echo 'second, ... quarter after it. What is not over yet is empty.'
\echo
\set ECHO queries

SELECT to_char(cohort, 'YYYY "Q"Q') || ', ' || customers || ' accounts' AS cohort, period,
    round((100 * retention)::numeric) AS "%"
FROM sales.cohorts
WHERE period BETWEEN 1 AND 8
ORDER BY cohort, period
\crosstabview cohort period "%"

\set ECHO none
\pset null '-'
\echo 'Would they recommend us? The net promoter score by segment, and its interval: few'
\echo 'answers say little.'
\echo
\set ECHO queries

SELECT segment, (n).responses, (n).promoters, (n).detractors,
    round((n).nps::numeric) AS nps, round((n).low::numeric) AS "from", round((n).high::numeric) AS "to"
FROM (SELECT segment, tcs.nps(recommendation) AS n
    FROM sales.relationship
    JOIN sales.accounts ON account_id = key
    GROUP BY segment) AS s
WHERE (n).responses >= 10
ORDER BY (n).nps DESC;

\set ECHO none
\pset numericlocale off
\echo '=============================================================================='
\echo ' 9. Who are they?'
\echo '=============================================================================='
\echo 'What tells the accounts of a segment from everybody else? Only what is no chance is'
\echo 'said; in brackets is where the difference in percentage points surely lies.'
\echo
\set ECHO queries

CREATE VIEW sales.described AS
SELECT segment, industry, region, employees, round(revenue) AS revenue, days_since_contact,
    product_recognition, recommendation
FROM sales.relationship
JOIN sales.account_data ON account_id = key;

SELECT segment, description
FROM tcs.persona('sales.described', 'segment')
WHERE segment IN ('Partner', 'Advocate', 'Serve simply') AND kind = 'apart'
ORDER BY segment, abs(difference) DESC, attribute;

\set ECHO none
\echo '=============================================================================='
\echo '10. Goals, down to people'
\echo '=============================================================================='
\echo 'The revenue of a half-year, divided by regions and people. Goals and measurements are'
\echo 'tables of yours; constraints keep a goal specific (an owner, a metric), measurable (a'
\echo 'unit, from what to what) and bound in time. One more goal is to go down.'
\echo
\set ECHO queries

SELECT tcs.create_goals('sales.goals', 'Europe/Berlin') AS made;

INSERT INTO sales.goals (name, owner, parent, metric, unit, baseline, target, starts, due)
SELECT leader || ': revenue', leader, l.reports_to || ': revenue', 'revenue', 'EUR',
    0, 2 * sum(t.revenue_planned), current_date - 91, current_date + 91
FROM sales.teams
JOIN sales.people AS t USING (person)
JOIN sales.people AS l ON l.person = leader
GROUP BY leader, l.reports_to;

INSERT INTO sales.goals (name, owner, parent, metric, unit, direction, baseline, target, starts, due, weight)
SELECT 'Settle complaints', 'Vera Lang', 'Vera Lang: revenue', 'open complaints', 'complaints', 'down',
    count(*), round(count(*) / 2), current_date - 91, current_date + 91, 0
FROM sales.complaints
WHERE opened_on < current_date - 91 AND coalesce(settled_on >= current_date - 91, true);

\set ECHO none
\echo
\echo 'Every thirteen days it was measured how far they had come:'
\echo
\set ECHO queries

INSERT INTO sales.goals_measurement (goal, day, value)
SELECT leader || ': revenue', day, sum(amount) FILTER (WHERE ordered_on <= day)
FROM sales.teams
JOIN sales.accounts ON looked_after_by = person
JOIN sales.orders USING (account_id)
CROSS JOIN (SELECT current_date - 92 + 13 * n AS day FROM generate_series(1, 7) AS n) AS d
WHERE ordered_on >= current_date - 91
GROUP BY leader, day;

INSERT INTO sales.goals_measurement (goal, day, value)
SELECT 'Settle complaints', day, count(*)
FROM (SELECT current_date - 92 + 13 * n AS day FROM generate_series(1, 7) AS n) AS d
JOIN sales.complaints ON opened_on <= day AND coalesce(settled_on > day, true)
GROUP BY day;

SELECT repeat('   ', depth) || CASE metric WHEN 'revenue' THEN owner ELSE name END AS goal,
    round(target::numeric) AS target, round(actual::numeric) AS actual, round(expected::numeric) AS "by now",
    round((100 * progress)::numeric) AS "%", round(pace::numeric, 2) AS pace,
    round(forecast::numeric) AS forecast, status
FROM sales.goals_progress
ORDER BY place;

\set ECHO none
\echo 'Any day can be asked for. Since when is it so?'
\echo
\set ECHO queries

SELECT owner, day, status
FROM (SELECT current_date - 21 * n AS day FROM generate_series(0, 3) AS n) AS d
CROSS JOIN LATERAL tcs.goals_progress('sales.goals', day)
WHERE metric = 'revenue' AND children = 0
ORDER BY owner, day
\crosstabview owner day status

\set ECHO none
\echo 'The goal of the whole is raised by a tenth. Do the parts still make the whole?'
\echo
\set ECHO queries

UPDATE sales.goals SET target = 1.1 * target WHERE name = 'Vera Lang: revenue';

SELECT name, round(target::numeric) AS target, round(children_target::numeric) AS "of its parts",
    round(sum_difference::numeric) AS difference
FROM sales.goals_progress
WHERE children_target IS NOT NULL
ORDER BY place;

\set ECHO none
\echo '=============================================================================='
\echo '11. Does it work?'
\echo '=============================================================================='
\echo 'Does a letter with references make small accounts order? Send it to half of them.'
\echo 'Who is in which half follows from a hash of the key, on every server and for ever.'
\echo
\set ECHO queries

SELECT tcs.ab_sample_size(0.15, 0.2) AS "accounts in each arm, to find 35 % in place of 15 %";

CREATE TABLE sales.trial AS
SELECT key AS account_id, segment,
    tcs.ab_assign('letter with references', key, '{control,letter}', '{0.5,0.5}') AS arm
FROM sales.relationship
WHERE segment IN ('Advocate', 'Serve simply', 'Let be');

\set ECHO none
-- what the accounts did: whoever trusts us reads the letter
ALTER TABLE sales.trial ADD ordered boolean;
UPDATE sales.trial
SET ordered = (hashint8extended(account_id, 8) & 1023)
    < CASE WHEN arm = 'control' THEN 150 WHEN segment = 'Advocate' THEN 400 ELSE 190 END;
\echo
\echo 'Eight weeks later. Are the arms as large as they should be? A small p would say that'
\echo 'something went wrong with who was counted.'
\echo
\set ECHO queries

SELECT control, letter, round((r).p_value::numeric, 2) AS p, (r).suspicious
FROM (SELECT count(*) FILTER (WHERE arm = 'control') AS control, count(*) FILTER (WHERE arm = 'letter') AS letter,
    tcs.ab_sample_ratio(arm, '{control,letter}', '{0.5,0.5}') AS r FROM sales.trial) AS s;

\set ECHO none
\echo 'What did the letter do, in all and by segment? The shares that ordered:'
\echo
\set ECHO queries

SELECT coalesce(segment, 'all') AS segment, (e).control_n AS "without", round((e).control::numeric, 2) AS ordered,
    (e).treatment_n AS "with letter", round((e).treatment::numeric, 2) AS ordered,
    round((e).difference::numeric, 2) AS difference, round((e).difference_low::numeric, 2) AS "from",
    round((e).difference_high::numeric, 2) AS "to", round((e).p_value::numeric, 3) AS p
FROM (SELECT segment, tcs.ab_effect(arm, ordered) AS e FROM sales.trial GROUP BY GROUPING SETS ((), segment)) AS t
ORDER BY (e).control_n DESC;

\set ECHO none
\echo '=============================================================================='
\echo '12. The report'
\echo '=============================================================================='
\pset format unaligned
\pset tuples_only on
\o :sales_report
SELECT tcs.report_html('sales.relationship', title => 'Accounts', currency => 'EUR', customers => 3, label => 'name', k => 1);
\o
\pset format aligned
\pset tuples_only off
\echo 'The segments of the matrix, who is in them, how they moved and what to do about each,'
\echo 'on a page of its own, which names the accounts to see first:' :sales_report_goes_to
\echo 'In Chinese: tcs.report_html(''sales.relationship'', language => ''zh'')'
\echo
