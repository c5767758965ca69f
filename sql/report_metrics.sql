-- report_html of a metrics view: a page whose figures are those of queries, for any
-- names and any data.
CREATE SCHEMA held;
SET search_path = held;
SET TimeZone = 'UTC';
-- Customers who buy at rates of their own, and leave at moments of their own; some send something back.
CREATE TABLE orders AS
SELECT c AS customer, timestamptz '2022-01-01 03:00+00' + day * interval '1 day' AS at, (n * 31 + c * 7) % 60 + c * c % 90 + CASE WHEN n % 23 = 5 THEN -130.5 ELSE 3.25 END AS amount
FROM (SELECT c, n, (c * 97 % 400 + n * (20 + c * 53 % 140) + c * n * n * 7 % 19) AS day, c * c * 29 % 900 + 200 * (c % 5) AS leaves
      FROM generate_series(1, 700) AS c, generate_series(0, 60) AS n) AS o
WHERE (day <= leaves OR n = 0) AND day <= 1000;
INSERT INTO orders SELECT customer, at + interval '1 hour', NULL FROM orders WHERE customer % 50 = 3;
CREATE TABLE people (id integer PRIMARY KEY);
INSERT INTO people SELECT generate_series(1, 720);
SELECT tcs.create_metrics('m', 'orders', 'customer', 'at', 'amount', 'America/New_York', 'people', as_of => '2024-09-27', horizon => '1 year', family => 'mbg/nbd');
CREATE TABLE page AS SELECT tcs.report_html('m', currency => 'EUR') AS page;

CREATE FUNCTION well_formed(page text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN xml_is_well_formed_document(page);
EXCEPTION WHEN feature_not_supported THEN
	RETURN true;	-- a server without libxml; test/t/057_report.pl looks as well
END $$;
SELECT well_formed(page), page !~ '[^\x09\x0A\x20-\x7E]' AS ascii,
	page !~* '<script|javascript:|<img|\son\w+=' AS no_script,
	page !~* '(src|href)=|url\(|@import|https?://(?!www\.w3\.org/1999/xhtml")' AS alone,
	page !~* '\m(nan|inf|infinity)\M' AS numbers, ARRAY(SELECT m[1] FROM regexp_matches(page, '<(?:section|figure) id="([^"]+)"', 'g') AS m) AS parts
FROM page;
-- The same data give the same page, whatever the settings.
SET DateStyle = 'German'; SET IntervalStyle = 'iso_8601'; SET TimeZone = 'Asia/Tokyo'; SET extra_float_digits = -5; SET search_path = pg_catalog;
SELECT tcs.report_html('held.m', currency => 'EUR') = page AS the_same FROM held.page;
RESET DateStyle; RESET IntervalStyle; RESET extra_float_digits; SET TimeZone = 'UTC'; SET search_path = held;

-- Of an element with that id, the numbers in the cells of each row.
CREATE FUNCTION part(name text) RETURNS text LANGUAGE sql
RETURN (SELECT split_part(substr(page, position(tag[1] IN page)), '</' || tag[2] || '>', 1) FROM page, regexp_match(page, '(<(\w+)[^<>]* id="' || name || '")') AS tag);
CREATE FUNCTION figures(name text) RETURNS TABLE (place bigint, head text, figures float8[]) LANGUAGE sql
BEGIN ATOMIC
	SELECT row_number() OVER (ORDER BY n), replace(substring(line FROM '^<tr><th scope="row"[^>]*>(.*?)</th>'), '<wbr />', ''),
		ARRAY(SELECT m[1]::float8 FROM regexp_matches(line, ' data-v="([^"]+)"', 'g') AS m)
	FROM regexp_split_to_table(part(name), '(?=<tr>)') WITH ORDINALITY AS line (line, n)
	WHERE line LIKE '<tr><th scope="row"%';
END;
CREATE FUNCTION same(float8, float8) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN abs($1 - $2) <= 1e-6 * greatest(abs($1), 1);

-- The sentence has the figures of the hold-out that is kept.
CREATE VIEW kept AS SELECT holdout AS h, holdout->'btyd' AS btyd, holdout->'spend' AS spend, k.* FROM (SELECT holdout FROM m_model ORDER BY id DESC LIMIT 1) AS m,
	jsonb_to_record(holdout) AS k (auc float8, brier float8, brier_constant float8, expected_purchases float8, purchases float8);
SELECT regexp_replace(part('sentence'), '<span[^>]*>[^<]*</span>', '#', 'g') AS sentence,
	ARRAY(SELECT m[1]::numeric FROM regexp_matches(part('sentence'), 'data-v="([^"]+)"', 'g') AS m) =
		ARRAY[round(auc::numeric, 15), round(brier::numeric, 15), round(brier_constant::numeric, 15), round(expected_purchases), purchases, (h->'learned'->>'auc')::numeric, (h->'learned'->>'brier')::numeric]::numeric[] AS figures
FROM kept;
SELECT regexp_replace(substring(part('verdict') FROM '<ul class="advice">(.*?)</ul>'), '<span[^>]*>[^<]*</span>|\d+\.\d%', '#', 'g') AS advice;

-- What is expected of who had bought 0, 1, 2, ... times again, and came: by hand.
CREATE TABLE customer AS
SELECT customer, c.h, later, days, tcs.expected_purchases(btyd, c.h, '1 year') AS expected, tcs.clv(btyd, spend, c.h, '1 year') AS worth
FROM kept, (SELECT customer, tcs.purchase_history(at, amount, '2023-09-27', 'America/New_York') AS h, tcs.holdout(at, amount, '2023-09-27', '2024-09-27', 'America/New_York') AS later,
		array_agg(DISTINCT (at AT TIME ZONE 'America/New_York')::date) FILTER (WHERE amount >= 0 OR amount IS NULL) AS days
	FROM orders WHERE (at AT TIME ZONE 'America/New_York')::date <= '2024-09-27' GROUP BY customer) AS c;
SELECT count(*) AS groups, bool_and(same(figures[1], customers) AND same(figures[2], expected) AND same(figures[3], came)) AS equal,
	bool_and(same(figures[4], 1.96 * error) OR error IS NULL) AS margin, sum(customers) = (SELECT (kept.h->>'customers')::bigint FROM kept) AS all_of_them
FROM figures('by-purchases') FULL JOIN (SELECT least((h).x, 7) AS x, count(*) AS customers, avg(expected) AS expected, avg((later).purchases) AS came,
		stddev_samp((later).purchases) / sqrt(count(*)) AS error FROM customer WHERE (h).t IS NOT NULL GROUP BY 1) AS c ON c.x = place - 1;
-- As many customers as the model has with 0, with 1 to 6, and with 7 or more; seen as counted.
SELECT count(*) AS groups, bool_and(same(figures[2], coalesce(customers, 0))) AS seen, same(sum(figures[1]), sum(figures[2])) AS all_of_them,
	same(max(figures[1]) FILTER (WHERE head = '0'), (SELECT sum(tcs.churn_risk(btyd, tcs.purchase_history(0, 0, 0, 0), (c.h).t * interval '1 day')) FROM customer AS c, kept WHERE (c.h).t > 0)
		+ (SELECT count(*) FROM customer WHERE (h).t = 0)) AS none
FROM figures('frequency') LEFT JOIN (SELECT least((h).x, 7) AS x, count(*) AS customers FROM customer WHERE (h).t IS NOT NULL GROUP BY 1) AS c ON c.x = place - 1;
-- The tracking: what a model expects of all who came first on a day, until each day.
SELECT count(*) > 100 AS weeks, min(head) > '2022' AS begins, max(head) AS ends, bool_or(head = '2023-09-27') AS has_the_cut,
	bool_and(same(figures[3], (SELECT coalesce(sum(n * tcs.expected_purchases(btyd, tcs.purchase_history(0, 0, 0, 0), (head::date - first_day) * interval '1 day')), 0)
		FROM (SELECT (h).first_day, count(*) AS n FROM customer WHERE (h).t IS NOT NULL GROUP BY 1) AS f WHERE first_day <= head::date))) AS expected,
	bool_and(figures[4] = (SELECT count(*) FROM customer, unnest(days) AS day WHERE day > (h).first_day AND day <= head::date)) AS came,
	same(sum(figures[1]), max(figures[3])) AND sum(figures[2]) = max(figures[4]) AS sums
FROM figures('tracking'), kept;
SELECT part('track-sum') ~ '<line class="cut".*fitted until 27 September 2023</text>' AS cut, part('track-sum') ~ '<path class="line" d="M[0-9. L]+" />\s*<path class="line model"' AS drawn;
-- Risks that were said, by what was learned, and their intervals.
SELECT h->'learned'->>'used' AS learned, count(*) = jsonb_array_length(h->'learned'->'calibration') AS bins, bool_and(same(figures[1], (b->>'observed')::float8) AND figures[2] = (b->>'customers')::float8) AS equal
FROM kept, figures('calibration'), jsonb_array_elements(h->'learned'->'calibration') WITH ORDINALITY AS e (b, n) WHERE n = place GROUP BY h;
SELECT bool_and(said = round(100 * ((share + z / 2 - half) / (1 + z))::numeric, 1) || '&#8211;' || round(100 * ((share + z / 2 + half) / (1 + z))::numeric, 1) || '%') AS intervals
FROM (SELECT m[1] AS said, row_number() OVER () AS n FROM regexp_matches(part('calibration'), '<td class="n soft" data-l="95% interval">([^<]*)</td>', 'g') AS m) AS s
JOIN (SELECT n, (b->>'observed')::float8 AS share, 1.96 * 1.96 / (b->>'customers')::float8 AS z, (b->>'customers')::float8 AS count FROM kept, jsonb_array_elements(h->'learned'->'calibration') WITH ORDINALITY AS e (b, n)) AS b USING (n),
	LATERAL (SELECT 1.96 * sqrt(share * (1 - share) / count + z / (4 * count)) AS half) AS w;
-- The tenths by value: the customer of rank r of n is in tenth ceil(10 r / n).
SELECT count(*) AS tenths, bool_and(same(figures[1], customers) AND abs(figures[2] - expected) < 0.01 AND abs(figures[3] - came) < 0.01 AND same(figures[4], share) AND same(figures[5], lift)) AS equal
FROM figures('tenths') FULL JOIN (SELECT tenth, customers, expected, came, came / sum(came) OVER () AS share, (came / sum(came) OVER ()) / (customers / sum(customers) OVER ()) AS lift
	FROM (SELECT ceil(place * 10.0 / everybody) AS tenth, count(*)::float8 AS customers, sum(worth) AS expected, sum((later).revenue) AS came
		FROM (SELECT *, rank() OVER (ORDER BY worth DESC) AS place, count(*) OVER () AS everybody FROM customer WHERE worth IS NOT NULL) AS r GROUP BY 1) AS t) AS t ON t.tenth = head::integer;
-- The models: parameters with errors, what was left out.
SELECT id, array_agg(head ORDER BY f.place) AS parameters, bool_and(same(figures[1], s.value) AND (same(figures[2], s.standard_error) OR s.standard_error IS NULL)) AS equal
FROM m_model AS m, LATERAL (VALUES ('purchases', btyd), ('spend', spend)) AS v (what, model), LATERAL figures('model-' || what) AS f LEFT JOIN LATERAL (SELECT * FROM tcs.model_summary(model)) AS s ON s.name = head
GROUP BY id, what ORDER BY what;
-- What was learned of who returns, as it did on days that were left out.
SELECT count(*) AS splits, bool_and(head = (s->>'as_of') || ' &#8211; ' || (s->>'until') AND same(figures[1], (s->>'brier_base')::float8) AND same(figures[2], (s->>'brier')::float8)) AS equal,
	(SELECT page ~ 'The risk is the one that the view gives, with what was learned from the past' FROM page) AS said
FROM figures('model-churn'), m_model, jsonb_array_elements(churn->'splits') WITH ORDINALITY AS e (s, n) WHERE n = place;
SELECT head, substring(line FROM 'class="why"[^>]*>([^<]*)</td>') AS why, figures FROM figures('left-out') AS f
JOIN LATERAL (SELECT line, row_number() OVER () AS n FROM regexp_split_to_table(part('left-out'), '(?=<tr><th scope)') AS line WHERE line LIKE '<tr><th scope="row"%') AS l ON l.n = place ORDER BY place;
SELECT (SELECT count(*) FROM people) - count(*) AS never, count(*) FILTER (WHERE (h).t IS NULL) AS later FROM customer;

-- Nobody leaves: customers by repeat purchases are a negative binomial distribution.
SELECT tcs.create_metrics('n', 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27', horizon => '1 year', family => 'nbd');
UPDATE page SET page = tcs.report_html('n');
CREATE FUNCTION nbd(r float8, alpha float8, t float8, n integer) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN (alpha / (alpha + t)) ^ r * (SELECT coalesce(exp(sum(ln((r + i) / (1 + i) * t / (alpha + t)))), 1) FROM generate_series(0, n - 1) AS i);
SELECT bool_and(same(figures[1], (SELECT sum(nbd((btyd->>'r')::float8, (btyd->>'alpha')::float8, (h).t, head::integer))
	FROM (SELECT tcs.purchase_history(at, amount, '2023-09-27', 'UTC') AS h FROM orders GROUP BY customer) AS c WHERE (h).t > 0))) AS by_formula
FROM figures('frequency'), (SELECT holdout->'btyd' AS btyd FROM n_model) AS m WHERE head <> '7+' AND head <> '0';

-- Other families, another zone, logs of dates and of double precision; what auto compared.
CREATE VIEW dates AS SELECT customer, (at AT TIME ZONE 'UTC')::date AS at, amount::float8 AS amount FROM orders;
CREATE VIEW moments AS SELECT customer, at AT TIME ZONE 'UTC' AS at, amount FROM orders;
SELECT tcs.create_metrics('d', 'dates', 'customer', 'at', 'amount', as_of => '2024-09-27', horizon => '1 year', family => 'pareto/nbd');
SELECT tcs.create_metrics('t', 'moments', 'customer', 'at', 'amount', as_of => '2024-09-27', horizon => '1 year', family => 'bg/cnbd-k', digits => NULL);
SELECT tcs.create_metrics('a', 'dates', 'customer', 'at', 'amount', as_of => '2024-09-27', horizon => '1 year');
SELECT name, well_formed(page), page ~ '<figure id="track-each"' AS tracked, page ~ '<h3>Families that were compared</h3>' AS compared
FROM (VALUES ('d'), ('t'), ('a')) AS v (name), LATERAL (SELECT tcs.report_html(name::regclass) AS page) AS p;
UPDATE page SET page = tcs.report_html('a');
SELECT count(*) AS families, bool_and(same(figures[1], (btyd->'compared'->>substring(head FROM '<bdi>(.*)</bdi>'))::float8)) AS equal, min(figures[2]) AS best
FROM figures('model-purchases'), a_model WHERE head LIKE '<bdi>%';

-- Where there is little: sections say so.
SELECT tcs.create_metrics('s', 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27', horizon => '2 years', family => 'mbg/nbd');
CREATE VIEW none AS SELECT * FROM orders WHERE customer < 0;
CREATE VIEW few AS SELECT * FROM orders WHERE customer <= 3;
SET client_min_messages = error;
SELECT tcs.create_metrics('z', 'none', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27');
SELECT tcs.create_metrics('w', 'few', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27', horizon => '1 year', family => 'mbg/nbd');
RESET client_min_messages;
CREATE VIEW shows AS SELECT * FROM m;
CREATE TABLE shows_model AS TABLE m_model;
ALTER TABLE shows_model ALTER id SET NOT NULL, ALTER fitted_at SET NOT NULL, ALTER as_of SET NOT NULL;
SELECT name, well_formed(page), page !~* '\m(nan|inf|infinity)\M' AS numbers, substring(page FROM '<p class="verdict" id="sentence"><b>(.*?)</b>') AS sentence,
	ARRAY(SELECT DISTINCT m[1] FROM regexp_matches(page, '</h2>\n<p>(.*?)</p>', 'g') AS m) AS said, ARRAY(SELECT m[1] FROM regexp_matches(page, '<figure id="([^"]+)"', 'g') AS m) AS drawn
FROM (VALUES ('s'), ('z'), ('w'), ('shows')) AS v (name), LATERAL (SELECT tcs.report_html(name::regclass) AS page) AS p;
TRUNCATE shows_model;
SELECT well_formed(page), page LIKE '%whose models have not been fitted.%' AS not_fitted FROM tcs.report_html('shows') AS page;
-- All that is told without a hold-out is what was fitted.
UPDATE page SET page = tcs.report_html('s');
SELECT max(head) AS ends, max(figures[4]) = (SELECT sum((h).x) FROM (SELECT tcs.purchase_history(at, amount, '2024-09-27', 'UTC') AS h FROM orders GROUP BY customer) AS c) AS came
FROM figures('tracking');

-- In words: what is to be thought of it, and done.
CREATE FUNCTION told_with(changes jsonb, OUT sentence text, OUT advice text) LANGUAGE plpgsql AS $$
DECLARE
	page text;
BEGIN
	UPDATE m_model SET holdout = (SELECT h FROM kept_once) || changes;
	page := tcs.report_html('m');
	sentence := substring(page FROM '<p class="verdict" id="sentence"><b>(.*?)</b>') || coalesce(' ...' || substring(page FROM ' The risk that the view shows[^<]*'), '');
	advice := regexp_replace(substring(page FROM '<ul class="advice">\n(.*?)\n</ul>'), '<[^>]*>', '', 'g');
END $$;
CREATE TABLE kept_once AS SELECT h - 'learned' AS h FROM kept;
SELECT t.* FROM (VALUES ('{"calibration_error": 0.012, "purchases": 1050, "expected_purchases": 1000, "value": 900, "expected_value": 1000}'::jsonb),
	('{"auc": 0.51, "auc_low": 0.47, "auc_high": 0.55, "purchases": 2500, "expected_purchases": 1000, "value": 900, "expected_value": 1300}'), ('{"auc": 0.31, "auc_low": 0.27, "auc_high": 0.35, "purchases": 500, "expected_purchases": 1000}'),
	('{"learned": {"used": true, "auc": 0.9, "brier": 0.1}}'), ('{"learned": {"used": true, "auc": 0.9, "brier": 0.1, "calibration_error": 0.07, "calibration": [{"customers": 90, "predicted": 0.2, "observed": 0.3}]}}'), ('{"learned": {"used": true, "auc": 0.9, "brier": 0.1, "calibration_error": "x", "calibration": ["<b>", 1, {"customers": -1}]}}'), ('{"learned": {"used": true, "auc": null, "brier": null}}'), ('{"learned": {"used": "<b>", "auc": "x"}}'), ('{"brier": 0.3, "purchases": 1150, "expected_purchases": 1000, "value": null}'), ('{"auc": null, "returned": 0}'), ('{"auc": null}'), ('{"btyd": null}'), ('{"as_of": "2023-02-30"}'), ('{"purchases": "<b>"}')) AS v (changes), told_with(changes) AS t;
UPDATE m_model SET holdout = (SELECT h FROM kept_once);
-- What was not learned, or cannot be read, is told as such.
UPDATE m_model SET churn = '{"model": "churn", "version": 1, "corrected": false, "splits": [1, {"brier": "x"}, {"as_of": "<b>", "brier": 0.1, "brier_base": 0.2}], "notes": ["<i>"]}';
UPDATE page SET page = tcs.report_html('m');
SELECT well_formed(page), regexp_replace(part('model-churn'), '<[^>]*>|\n', ' ', 'g') AS told FROM page;
UPDATE m_model SET churn = NULL;
SELECT tcs.report_html('m') LIKE '%id="model-churn"%' AS told;
-- A model that nobody can read says so.
SELECT told_with('{"btyd": {"model": "no such"}}');
UPDATE m_model SET holdout = (SELECT h FROM kept_once);

-- Names that are markup, and notes that are.
CREATE TABLE "<script>&'" ("<b>" text, "at ""'" date, "&amp;" numeric);
INSERT INTO "<script>&'" SELECT customer, at, amount FROM dates;
SELECT tcs.create_metrics('"</title><script>alert(1)</script>"', '"<script>&''"', '<b>', 'at "''', '&amp;', as_of => '2024-09-27', horizon => '1 year', family => 'mbg/nbd') IS NOT NULL AS made;
UPDATE "</title><script>alert(1)</script>_model" SET btyd = btyd || '{"notes": ["<script>", 7, null, ""], "left_out": {"no_history": "x"}}';
UPDATE page SET page = tcs.report_html('"</title><script>alert(1)</script>"', title => '<T> & "t"', currency => '<c>');
SELECT well_formed(page), page !~* '<script|</title><' AS escaped, page LIKE '%<title>&#8296;&lt;T&gt; &amp; &quot;t&quot;&#8297;</title>%' AS title,
	page LIKE '%<li><bdi>&lt;script&gt;</bdi></li>%' AS note, page LIKE '%<bdi>&lt;c&gt;</bdi>%' AS currency FROM page;

-- In Chinese: nothing is English but names, and what fits note.
UPDATE page SET page = tcs.report_html('a', language => 'zh', title => 'T');
SELECT well_formed(page), page LIKE '%<html xmlns="http://www.w3.org/1999/xhtml" lang="zh-Hans">%' AS tagged FROM page;
SELECT array_agg(DISTINCT m[1]) AS english FROM page, regexp_matches(regexp_replace(regexp_replace(regexp_replace(page, '<style>.*?</style>|<ul class="notes" lang="en">.*?</ul>|<title>.*?</title>', '', 'g'), '<bdi>.*?</bdi>|<th scope="row">(\w|<wbr />)*</th>', '', 'g'), '<[^>]*>|&#\d+;', ' ', 'g'), '([A-Za-z_]{2,})', 'g') AS m;

-- What belongs to segments, and what is no metrics view.
SELECT tcs.report_html('m', customers => 3);
SELECT tcs.report_html('m', label => 'customer');
SELECT tcs.report_html('m', attributes => '{revenue}');
SELECT tcs.report_html('m', language => 'tlh');
SELECT tcs.report_html('few');
ALTER TABLE d_model RENAME TO elsewhere;
SELECT tcs.report_html('d');

-- The rights of the caller: to the view, the models and the orders.
CREATE ROLE regress_tcs_page;
GRANT USAGE ON SCHEMA held TO regress_tcs_page;
SET ROLE regress_tcs_page;
SELECT tcs.report_html('held.m');
RESET ROLE;
GRANT SELECT ON m TO regress_tcs_page;
SET ROLE regress_tcs_page;
SELECT tcs.report_html('held.m');
RESET ROLE;
GRANT SELECT ON m_model TO regress_tcs_page;
SET ROLE regress_tcs_page;
SELECT tcs.report_html('held.m');
RESET ROLE;
GRANT SELECT (customer, at, amount) ON orders TO regress_tcs_page;
SET ROLE regress_tcs_page;
SELECT tcs.report_html('held.m');
RESET ROLE;
GRANT SELECT ON people TO regress_tcs_page;
SELECT tcs.report_html('held.m') AS mine \gset
SET ROLE regress_tcs_page;
SELECT tcs.report_html('held.m') = :'mine' AS the_same;
RESET ROLE;
\set VERBOSITY terse
SET client_min_messages = error;
DROP SCHEMA held CASCADE;
DROP ROLE regress_tcs_page;
