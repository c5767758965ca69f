-- report_html: a page whose figures are those of queries, for any names and any data.
SET client_min_messages = warning;
SET jit = off;
\set SHOW_CONTEXT never
CREATE SCHEMA report;
SET search_path = report;
CREATE TABLE customer (id integer PRIMARY KEY, revenue float8, r smallint, f smallint, n integer, tag text, alone text, joined date);
INSERT INTO customer
SELECT n, CASE WHEN n % 50 = 0 THEN NULL WHEN n % 37 = 0 THEN -4.5 ELSE (n * 7919 % 1000) * 1.25 END,
	CASE WHEN n % 11 > 0 THEN 1 + n % 5 END, CASE WHEN n % 11 > 0 THEN 1 + n / 7 % 5 END, n % 8,
	CASE n % 8 WHEN 1 THEN '</b><script>alert(2)</script>' WHEN 2 THEN E'a\nb\x01 "&' WHEN 3 THEN repeat('long ', 50) WHEN 4 THEN '' ELSE 'tag ' || n % 4 END,
	'secret ' || n / 4, date '2020-01-01' + n + 300 * (n % 8)
FROM generate_series(1, 900) AS n;

INSERT INTO tcs.rule_set (name, description, default_segment)
VALUES ('report <script>alert(1)</script> "&"', 'its <b> & ''description'' ]]>', NULL);
INSERT INTO tcs.rule (rule_set, priority, segment, condition, description) VALUES
	('report <script>alert(1)</script> "&"', 10, '</td><script>alert("1")</script>', 'n = 1', 'why <i> "not" & so ]]> on'),
	('report <script>alert(1)</script> "&"', 20, E'two\nlines & a\ttab\x01', 'n = 2', NULL),
	('report <script>alert(1)</script> "&"', 30, 'plain', 'n IN (3, 4) AND ''<&>"'' <> ''x''', ''),
	('report <script>alert(1)</script> "&"', 40, '', 'n = 5', 'a segment with an empty name'),
	('report <script>alert(1)</script> "&"', 50, 'nobody', 'n = 99', NULL);
SET timezone = 'Europe/Berlin';
SELECT tcs.create_segmentation('report."Seg <b> ""&"', 'customer', 'id', 'report <script>alert(1)</script> "&"') IS NOT NULL AS made;

ALTER TABLE "Seg <b> ""&" DISABLE TRIGGER tcs_guard;
ALTER TABLE "Seg <b> ""&_moves" DISABLE TRIGGER tcs_guard;

-- A past: all moves so far four months ago, then others, month by month.
UPDATE "Seg <b> ""&_moves" SET moved_at = timestamptz '2026-03-05 12:00+01' + id * interval '1 second';
INSERT INTO "Seg <b> ""&_moves" (key, from_segment, to_segment, moved_at, cause, entered, present)
SELECT m.key, m.to_segment, CASE WHEN at.n % 5 > 0 THEN (ARRAY['plain', 'once', NULL, '</td><script>alert("1")</script>'])[1 + (m.key + at.n) % 4] END,
	timestamptz '2026-03-10 12:00+01' + (at.n * 20 + m.key % 19) * interval '1 day' + m.key * interval '1 second',
	(ARRAY['data', 'time', 'model', 'rules'])[1 + m.key % 4], false, at.n % 5 > 0 OR m.key % 3 > 0
FROM "Seg <b> ""&_moves" AS m, LATERAL (SELECT 1 + m.key % 7 AS n) AS at
WHERE m.key % 4 < 3;
UPDATE "Seg <b> ""&_moves" SET cause = 'removed' WHERE NOT present;
UPDATE "Seg <b> ""&_state" SET last_refresh = '2026-08-14 10:00+02';
TRUNCATE "Seg <b> ""&";
INSERT INTO "Seg <b> ""&" (key, segment, since)
SELECT * FROM (SELECT DISTINCT ON (key) key, to_segment, moved_at FROM "Seg <b> ""&_moves" ORDER BY key, moved_at DESC) AS m
WHERE EXISTS (SELECT FROM "Seg <b> ""&_moves" AS l WHERE l.key = m.key AND l.moved_at = m.moved_at AND l.present);

CREATE TABLE page AS SELECT tcs.report_html('"Seg <b> ""&"', attributes => '{revenue,r,f,n,tag,alone,joined}') AS page;
CREATE FUNCTION well_formed(page text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN xml_is_well_formed_document(page);
EXCEPTION WHEN feature_not_supported THEN
	RETURN true;	-- a server without libxml; test/t/057_report.pl looks as well
END $$;
SELECT well_formed(page), page !~ '[^\x09\x0A\x20-\x7E]' AS ascii,
	page !~* '<script|javascript:|<img|<b>"|\son\w+=' AS no_script,
	page !~* '(src|href)=|url\(|@import|https?://(?!www\.w3\.org/1999/xhtml")' AS alone
FROM page;

CREATE FUNCTION section(name text) RETURNS text LANGUAGE sql
RETURN (SELECT substring(page FROM '<section id="' || name || '".*?</section>') FROM page);
CREATE FUNCTION shown(name text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN name IS NULL THEN '<i>no segment</i>' WHEN name = '' THEN '<i>empty name</i>'
	ELSE '<bdi>' || replace(replace(replace(replace(replace(replace(replace(replace(name, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'),
		'"', '&quot;'), '''', '&#39;'), E'\n', '&#10;'), E'\t', '&#9;'), E'\x01', '&#65533;') || '</bdi>' END;
-- The numbers in the cells of each row, whose header is the segment.
CREATE FUNCTION figures(name text) RETURNS TABLE (place bigint, head text, figures float8[]) LANGUAGE sql
BEGIN ATOMIC
	SELECT n, substring(line FROM '^<tr><th scope="row"[^>]*>(.*?)</th>'),
		ARRAY(SELECT m[1]::float8 FROM regexp_matches(line, ' data-v="([^"]+)"', 'g') AS m)
	FROM regexp_split_to_table(section(name), '(?=<tr>)') WITH ORDINALITY AS line (line, n)
	WHERE line LIKE '<tr><th scope="row"%';
END;
CREATE FUNCTION same(float8, float8) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN abs($1 - $2) <= 1e-9 * greatest(abs($1), 1);

-- The segments, in the order of the rules.
SELECT count(*) AS segments, bool_and(coalesce(same(figures[1], customers), false)) AS customers,
	bool_and(coalesce(same(figures[4], revenue), false)) AS revenue,
	bool_and(customers = 0 OR same(figures[3], customers / all_customers) AND same(figures[5], revenue / all_revenue)
		AND same(figures[6], revenue / customers)) AS shares,
	array_agg(head ORDER BY place)
FROM (SELECT *, sum(customers) OVER () AS all_customers, sum(revenue) OVER () AS all_revenue
	FROM (SELECT segment, count(key) AS customers, coalesce(sum(revenue), 0) AS revenue
		FROM (SELECT 'nobody' AS segment UNION SELECT segment FROM "Seg <b> ""&" UNION
			SELECT segment FROM tcs.rule WHERE rule_set LIKE 'report %') AS s
		LEFT JOIN (SELECT segment AS its, key, revenue FROM "Seg <b> ""&" LEFT JOIN customer ON id = key) AS c
			ON its IS NOT DISTINCT FROM segment
		GROUP BY segment) AS s) AS s
FULL JOIN (SELECT * FROM figures('segments') WHERE head <> 'All') AS p ON head = shown(segment);
SELECT same(figures[1], (SELECT count(*) FROM "Seg <b> ""&")) AS customers,
	same(figures[3], (SELECT sum(revenue) FROM "Seg <b> ""&" JOIN customer ON id = key)) AS revenue
FROM figures('segments') WHERE head = 'All';

-- The grid of scores.
SELECT count(*) AS cells, bool_and(shown = coalesce(customers, 0)) AS right_ones
FROM (SELECT 6 - row_number() OVER (ORDER BY place) AS f, figures FROM figures('scores')) AS p
CROSS JOIN LATERAL unnest(figures[1:5]) WITH ORDINALITY AS c (shown, r)
LEFT JOIN (SELECT r, f, count(*) AS customers FROM customer GROUP BY r, f) AS s USING (r, f);

-- The Lorenz curve.
SELECT bool_and(same(figures[1], 1 - curve[101 - substring(head FROM '^\d+')::int])) AS points, count(*) AS of_them,
	same(substring(section('lorenz') FROM 'Gini coefficient: <span data-v="([^"]+)"')::float8, min(gini)) AS gini
FROM figures('lorenz'), (SELECT tcs.lorenz(greatest(revenue, 0), 100) AS curve, tcs.gini(greatest(revenue, 0)) AS gini
	FROM customer WHERE revenue IS NOT NULL) AS l;

-- The personas: a card a segment, whose shares are those of persona; what fewer than five have in common is not told.
CREATE VIEW members AS SELECT segment, revenue, r, f, n, tag, alone, joined FROM "Seg <b> ""&" JOIN customer ON id = key;
CREATE TABLE persona AS SELECT * FROM tcs.persona('members', 'segment', top => 1000);
CREATE TABLE card AS SELECT m[1] AS head, m[2]::bigint AS customers, m[3] AS body, row_number() OVER () AS place
FROM regexp_matches(section('personas'), '<div class="card"><h3>(.*?)</h3>\n<p><span data-v="(\d+)">.*?</p>\n(.*?)</div>', 'g') AS m;
SELECT count(*) AS cards, bool_and(c.customers = s.customers) AS customers, array_agg(head ORDER BY place) = (SELECT array_agg(head ORDER BY place) FROM figures('segments') WHERE figures[1] > 0 AND head <> 'All') AS in_order
FROM card AS c FULL JOIN (SELECT segment, count(*) AS customers FROM members GROUP BY segment) AS s ON head = shown(segment);
-- What the rules say of a segment, unless they say different things, is on its card.
SELECT bool_and(substring(body FROM '<p class="say">(.*?)</p>') IS NOT DISTINCT FROM CASE WHEN d IS NOT NULL THEN shown(d) END) AS described, count(d) AS of_them
FROM card LEFT JOIN (SELECT segment, min(description) AS d FROM tcs.rule WHERE rule_set LIKE 'report %' AND description <> ''
	GROUP BY segment HAVING count(DISTINCT description) = 1) AS r ON head = shown(segment);
CREATE TABLE said AS SELECT head, customers, d[1] AS attribute, v[1] AS label, v[2]::float8 AS share, v[3]::float8 AS share_all
FROM card, regexp_matches(body, '<dt>(.*?)</dt>(.*?)\n', 'g') AS d,
	regexp_matches(d[2], '<dd><[bi]>(.*?)</[bi]><span data-v="([^"]+)">[^,]*, all <span data-v="([^"]+)">', 'g') AS v;
SELECT count(*) > 10 AS enough, bool_and(EXISTS (SELECT FROM persona AS p WHERE shown(p.segment) = head AND shown(p.attribute::text) = s.attribute AND p.count >= 5
	AND same(p.share, s.share) AND same(p.share_all, s.share_all) AND (p.kind NOT IN ('value') OR label = CASE p.value WHEN '' THEN '<i>empty</i>' WHEN left(p.value, 60) THEN shown(p.value) ELSE replace(shown(left(p.value, 60)), '</bdi>', '&#8230;</bdi>') END))
	OR label ~ '^(above|from|after) ' AND EXISTS (SELECT FROM persona AS p WHERE shown(p.segment) = head AND shown(p.attribute::text) = s.attribute AND same(p.share, s.share) AND same(p.share_all, s.share_all))) AS right_ones,
	count(*) FILTER (WHERE label = shown('tag 2')) > 0 AS some_value, count(*) FILTER (WHERE attribute = shown('n') AND label ~ '^(above 3|from 3 on)$') > 0 AS some_number
FROM said AS s;
SELECT bool_and(same(m[2]::float8, p.median) AND same(m[3]::float8, p.median_all)) AS medians, count(*) > 5 AS enough
FROM card AS c, regexp_matches(body, '<dt><bdi>([^<]*)</bdi></dt><dd><b data-v="([^"]*)">median [^<]*</b><span data-v="([^"]*)">', 'g') AS m
LEFT JOIN persona AS p ON p.attribute::text = m[1] AND p.kind IN ('number', 'time') WHERE shown(p.segment) = head;
SELECT section('personas') LIKE '%secret%' AS tells_secrets, section('personas') LIKE '%&lt;/b&gt;&lt;script&gt;alert(2)%' AS escaped,
	section('personas') LIKE '%long long %&#8230;</bdi></b>%' AS cut, section('personas') ~ '<dt><bdi>joined</bdi></dt><dd><b data-v="[0-9]+">median 202\d-\d\d-\d\d</b>' AS days;
-- What tells them apart is said of the surest marks, by at least five points for sure, with the figures of persona.
CREATE TABLE apart AS SELECT head, (m[1])::float8 AS difference, m[2] AS mark, m[3] AS share, m[4] AS others, m[5] AS low, m[6] AS high, m[7] AS which, row_number() OVER (PARTITION BY head) AS place
FROM card, regexp_matches(body, '<li data-v="([^"]+)"><b>([^\n]*):</b> ([0-9.]+)%, everybody else ([0-9.]+)% <span>\((\d+) to (\d+) points (more|fewer)\)</span></li>\n', 'g') AS m;
SELECT count(*) AS marks, count(*) = (SELECT count(*) FROM regexp_matches(section('personas'), '<li ', 'g')) AS all_of_them, (SELECT count(*) FROM regexp_matches(section('personas'), '<h4>What tells them apart</h4>\n<ul>\n<li', 'g')) = count(DISTINCT head) AS headed FROM apart;
SELECT bool_and(p.attribute IS NOT NULL AND a.mark LIKE '%' || shown(p.attribute::text) || '%' AND a.share = round(100 * p.share::numeric, 1)::text AND a.others = round(100 * p.share_others::numeric, 1)::text
	AND (a.low, a.high) = (round(100 * least(abs(difference_low), abs(difference_high))::numeric)::text, round(100 * greatest(abs(difference_low), abs(difference_high))::numeric)::text)) AS figures,
	bool_and((a.which = 'more') = (a.difference > 0)) AS which
FROM apart AS a LEFT JOIN persona AS p ON p.kind = 'apart' AND shown(p.segment) = head AND same(p.difference, a.difference) AND a.mark LIKE '%' || shown(p.attribute::text) || '%';
SELECT bool_and((p.place IS NOT NULL) = (a.place IS NOT NULL)) AS surest_first FROM (SELECT shown(segment) AS head, shown(attribute::text) AS attribute, difference, row_number() OVER (PARTITION BY segment ORDER BY CASE WHEN difference > 0 THEN difference_low ELSE -difference_high END DESC) AS place
	FROM persona WHERE kind = 'apart' AND customers >= 5 AND (count >= 5 OR count = 0) AND CASE WHEN difference > 0 THEN difference_low ELSE -difference_high END >= 0.05) AS p FULL JOIN apart AS a USING (head, place) WHERE p.place <= 3 OR a.place IS NOT NULL;
SELECT head, replace(mark, 'long ', '') AS mark, share, others, low, high, which FROM apart WHERE head IN (shown('plain'), shown(NULL)) ORDER BY head COLLATE "C", place;

-- One period for all: the 30 days that end with what was there last.
CREATE TABLE moment AS SELECT last AS as_of, (last AT TIME ZONE 'Europe/Berlin' - interval '30 days') AT TIME ZONE 'Europe/Berlin' AS from_time
FROM (SELECT greatest((SELECT max(moved_at) FROM "Seg <b> ""&_moves"), (SELECT last_refresh FROM "Seg <b> ""&_state")) AS last) AS l;
CREATE TABLE migration AS SELECT m.* FROM moment, tcs.segment_migration('"Seg <b> ""&"', from_time, as_of, 'revenue') AS m;
SELECT substring(page FROM '<p class="about" id="period">(.*?)</p>') AS period FROM page;
WITH header AS (
	SELECT m[1] AS head, row_number() OVER () AS place
	FROM regexp_matches(section('migration'), '<th scope="col" title="[^"]*">(\d+|<i>[^<]*</i>)</th>', 'g') AS m
), line AS (
	SELECT substring(head FROM '<b>(\d+)</b>') AS number, regexp_replace(head, '<b>\d+</b> ', '') AS head, figures FROM figures('migration')
), cell AS (
	SELECT f.head AS from_head, coalesce(l.head, h.head) AS to_head, customers
	FROM line AS f, unnest(figures) WITH ORDINALITY AS c (customers, place) JOIN header AS h USING (place) LEFT JOIN line AS l ON l.number = h.head
	WHERE customers > 0)
SELECT count(*) > 10 AS enough, count(*) FILTER (WHERE c.customers IS DISTINCT FROM m.customers) AS wrong
FROM cell AS c
FULL JOIN (SELECT CASE change WHEN 'entered' THEN '<i>new</i>' ELSE shown(from_segment) END AS from_head,
		CASE change WHEN 'left' THEN '<i>gone</i>' ELSE shown(to_segment) END AS to_head, customers
	FROM migration) AS m USING (from_head, to_head);
-- Those who stayed have no colour of the scale, whose darkest is the largest share that moved.
SELECT count(*) FILTER (WHERE m[1] = 'stay') > 3 AS stayed, count(*) FILTER (WHERE m[1] = 'h9') > 0 AS darkest
FROM regexp_matches(section('migration'), '<td class="(\w+)" data-v', 'g') AS m;
-- Who moved and what that is worth, the most first.
SELECT count(*) AS moves, bool_and(coalesce(p.figures[1] = m.customers, false)) AS customers,
	bool_and(coalesce(m.change = 'entered' OR same(p.figures[2], m.share), false)) AS share,
	bool_and(coalesce(same(p.figures[CASE m.change WHEN 'entered' THEN 2 ELSE 3 END], m.total_value), m.total_value IS NULL)) AS worth,
	array_agg(p.figures[1] ORDER BY p.place) = (SELECT array_agg(customers::float8) FROM (SELECT customers FROM migration WHERE change <> 'stayed' ORDER BY customers DESC LIMIT 10) AS m) AS in_order
FROM figures('moves') AS p
LEFT JOIN migration AS m ON change <> 'stayed' AND p.head = CASE change WHEN 'entered' THEN '<i>new</i>' ELSE shown(from_segment) END
	|| '</th><th>' || CASE change WHEN 'left' THEN '<i>gone</i>' WHEN 'merged' THEN '<i>merged</i>' ELSE shown(to_segment) END;
-- The change of each segment, in its table and in its chart.
SELECT count(*) > 3 AS enough, bool_and(p.figures[2] = coalesce(d.to_customers - d.from_customers, 0)) AS changes
FROM figures('segments') AS p LEFT JOIN (SELECT d.* FROM moment, tcs.segment_drift('"Seg <b> ""&"', from_time, as_of) AS d) AS d ON head = shown(segment)
WHERE head <> 'All';

-- The tiles.
SELECT t.id, coalesce(same(t.figure, q.figure), false) AS right_one
FROM (SELECT m[1] AS id, m[2]::float8 AS figure
	FROM page, regexp_matches(page, '<div class="tile" id="(\w+)"><dt>[^<]*</dt><dd data-v="([^"]+)"', 'g') AS m) AS t
FULL JOIN (SELECT 'customers' AS id, count(*)::float8 AS figure FROM "Seg <b> ""&"
	UNION ALL SELECT 'revenue', sum(revenue) FROM "Seg <b> ""&" JOIN customer ON id = key
	UNION ALL SELECT 'moved', sum(customers) FROM migration WHERE change = 'moved'
	UNION ALL SELECT 'entered', coalesce(sum(customers), 0) FROM migration WHERE change = 'entered'
	UNION ALL SELECT 'stability', sum(psi) FROM moment, tcs.segment_drift('"Seg <b> ""&"', from_time, as_of)) AS q USING (id)
ORDER BY id;
-- And what the time before it had.
SELECT id, coalesce(t.before = coalesce(q.figure, 0), false) AS right_one
FROM (SELECT m[1] AS id, m[2]::bigint AS before
	FROM page, regexp_matches(page, '<div class="tile" id="(\w+)">(?:(?!</div>).)*?<span data-v="(\d+)">[^<]*</span> in the time before', 'g') AS m) AS t
FULL JOIN (SELECT CASE change WHEN 'moved' THEN 'moved' ELSE 'entered' END AS id, sum(customers) AS figure
	FROM moment, tcs.segment_migration('"Seg <b> ""&"', (from_time AT TIME ZONE 'Europe/Berlin' - interval '30 days') AT TIME ZONE 'Europe/Berlin', from_time)
	WHERE change IN ('moved', 'entered') GROUP BY 1) AS q USING (id) ORDER BY id;

-- Causes, drift, sizes.
SELECT array_agg(figures[1] ORDER BY place) = (SELECT array_agg(n ORDER BY n DESC, cause)
	FROM (SELECT cause, count(*)::float8 AS n FROM "Seg <b> ""&_moves", moment WHERE moved_at > from_time AND moved_at <= as_of GROUP BY cause) AS c) AS causes
FROM figures('causes');
SELECT count(*) > 3 AS enough, bool_and(coalesce(same(figures[1], from_customers) AND same(figures[2], from_share)
	AND same(figures[3], to_customers) AND same(figures[4], to_share) AND same(figures[5], psi), false)) AS drift
FROM (SELECT * FROM figures('drift') WHERE head <> 'All') AS p
FULL JOIN (SELECT d.* FROM moment, tcs.segment_drift('"Seg <b> ""&"', from_time, as_of) AS d) AS d ON head = shown(segment);
WITH header AS (
	SELECT m[1] AS head, row_number() OVER () AS place
	FROM regexp_matches(section('sizes'), '<th scope="col" class="n">((?:<i>|<bdi>)[^<]*(?:</i>|</bdi>))</th>', 'g') AS m
), cell AS (
	SELECT f.head::date AS period_start, h.head, customers
	FROM figures('sizes') AS f, unnest(figures) WITH ORDINALITY AS c (customers, place) JOIN header AS h USING (place)
	WHERE customers > 0)
SELECT count(*) > 50 AS enough, max(period_start) AS until, count(*) FILTER (WHERE c.customers IS DISTINCT FROM s.customers) AS wrong
FROM cell AS c
FULL JOIN (SELECT period_start, shown(segment) AS head, customers FROM tcs.segment_sizes('"Seg <b> ""&"', 'week')
	WHERE period_start < '2026-08-15' AND customers > 0) AS s USING (period_start, head);

-- The rules.
SELECT substring(section('rules') FROM '<td class="n soft">10</td>.*?</tr>');

-- The same data, the same page, whatever the session is like.
SET timezone = 'Asia/Kolkata';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SET extra_float_digits = -15;
SET search_path = pg_temp;
SELECT tcs.report_html('report."Seg <b> ""&"', attributes => '{revenue,r,f,n,tag,alone,joined}') = page AS the_same FROM report.page;
RESET timezone;
RESET datestyle;
RESET intervalstyle;
RESET extra_float_digits;
SET search_path = report;

-- Nobody, one, no revenue and no scores, a source and a rule set that are gone.
CREATE TABLE few (id text PRIMARY KEY, revenue numeric, r integer, f integer);
CREATE VIEW bare AS SELECT id, revenue AS money FROM few;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('report', 'all');
SELECT count(tcs.create_segmentation('report.' || name, source, 'id', 'report')) AS made
FROM (VALUES ('nobody', 'few'::regclass), ('one', 'few'), ('bare_one', 'bare')) AS s (name, source);
SELECT well_formed(tcs.report_html('nobody')), tcs.report_html('nobody') LIKE '%There are no customers yet.%' AS none,
	tcs.report_html('nobody') !~ 'nan|inf|NaN' AS figures;
INSERT INTO few VALUES ('x', 12.5, 5, 1);
SELECT tcs.refresh_segmentation('one'), tcs.refresh_segmentation('bare_one');
SELECT well_formed(tcs.report_html('one')), tcs.report_html('one') LIKE '%The best 20\%</text>%bring 20\% of it%' AS curve,
	well_formed(tcs.report_html('bare_one')), tcs.report_html('bare_one') !~ 'Revenue|Recency|Gini' AS bare;
SELECT tcs.report_html('one') LIKE '%Too few to be described.%' AS too_few, tcs.report_html('bare_one') LIKE '%id="personas"%' AS with_cards;
UPDATE few SET revenue = 'NaN';
SELECT well_formed(tcs.report_html('one')), tcs.report_html('one') LIKE '%There is no revenue yet.%' AS no_number;
DROP VIEW bare CASCADE;
ALTER TABLE tcs.rule_set DISABLE TRIGGER rule_set_in_use;
DELETE FROM tcs.rule_set WHERE name = 'report';
ALTER TABLE tcs.rule_set ENABLE TRIGGER rule_set_in_use;
SELECT well_formed(tcs.report_html('bare_one')), tcs.report_html('bare_one') LIKE '%The rule set is gone.%a table or view that is gone%' AS gone;

SELECT tcs.report_html(NULL) IS NULL AS nothing;
SELECT tcs.report_html('few');
CREATE ROLE regress_tcs_report;
GRANT USAGE ON SCHEMA report TO regress_tcs_report;
SET ROLE regress_tcs_report;
SELECT tcs.report_html('report.one');
RESET ROLE;
-- Of many customers a sample, the same whatever the order of the rows.
CREATE TABLE many AS SELECT n AS id, n % 10 AS n, n % 10 * 7 AS twin FROM generate_series(1, 100001) AS n ORDER BY n % 7919;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('report of many', 'half');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('report of many', 1, 'other', 'n < 5');
SELECT count(tcs.create_segmentation('report.sampled', 'many', 'id', 'report of many'));
CREATE TABLE page_of_many AS SELECT tcs.report_html('sampled') AS page;
CREATE TABLE again AS SELECT * FROM many ORDER BY id DESC;
TRUNCATE many;
INSERT INTO many SELECT * FROM again;
SELECT p.page = tcs.report_html('sampled') AS the_same, p.page LIKE '%of a sample of one customer in 2.%' AS sampled,
	(SELECT bool_and(m[1]::int BETWEEN 24000 AND 26000) FROM regexp_matches(p.page, '<span data-v="(\d+)">[^<]+</span> in the sample', 'g') AS m) AS half_of_them,
	(SELECT array_agg(m[1] ORDER BY m[1]) FROM regexp_matches(p.page, '<p><span data-v="(\d+)">', 'g') AS m)
		= (SELECT array_agg(count::text ORDER BY count::text) FROM (SELECT count(*) FROM sampled GROUP BY segment) AS s) AS all_of_them
FROM page_of_many AS p;

-- Only what the caller may read of the source is told.
GRANT SELECT ON one, one_moves, one_state TO regress_tcs_report;
GRANT SELECT (id, revenue, r, f) ON few TO regress_tcs_report;
ALTER TABLE few ADD hidden text DEFAULT 'hidden';
INSERT INTO few SELECT 'y' || n, n, 1, 1, 'hidden' FROM generate_series(1, 20) AS n;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('report', 'all');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('report', 1, 'rich', 'revenue > 10');
SELECT count(tcs.refresh_segmentation('one'));
SET ROLE regress_tcs_report;
SELECT substring(tcs.report_html('report.one', attributes => '{revenue}') FROM '<section id="personas".*?</section>') ~ '<dt><bdi>revenue</bdi></dt>' AS told;
SELECT tcs.report_html('report.one', attributes => '{revenue,hidden}');
SELECT tcs.report_html('report.one', customers => 1, label => 'hidden');
RESET ROLE;
UPDATE few SET hidden = revenue > 10;
SELECT substring(tcs.report_html('report.one') FROM '<section id="personas".*?</section>') ~ '<dt><bdi>hidden</bdi></dt>' AS told_to_the_owner;
SET ROLE regress_tcs_report;
SELECT tcs.report_html('report.one') ~ '<dt><bdi>hidden</bdi></dt>' AS told_to_others;
RESET ROLE;
-- Without the revenue no amounts, without the key no cards.
REVOKE SELECT (revenue) ON few FROM regress_tcs_report;
SET ROLE regress_tcs_report;
SELECT well_formed(tcs.report_html('report.one')), tcs.report_html('report.one') ~ 'Revenue|Gini' AS amounts, tcs.report_html('report.one') ~ 'id="personas"' AS cards;
RESET ROLE;
REVOKE SELECT (id) ON few FROM regress_tcs_report;
SET ROLE regress_tcs_report;
SELECT tcs.report_html('report.one', customers => 1);
SELECT well_formed(tcs.report_html('report.one')), tcs.report_html('report.one') ~ 'Recency' AS scores, tcs.report_html('report.one') ~ 'id="personas"' AS cards;
RESET ROLE;

-- What fewer than five have is not told, be it one number among many customers without.
CREATE TABLE paid AS SELECT n AS id, n <= 20 AS leads, CASE WHEN n IN (7, 8, 9, 10, 150) THEN 98765 + n END AS salary,
	CASE WHEN n BETWEEN 1 AND 5 THEN 43210 + n END AS bonus FROM generate_series(1, 200) AS n;
UPDATE tcs.rule SET condition = 'leads' WHERE rule_set = 'report';
SELECT count(tcs.create_segmentation('report.payroll', 'paid', 'id', 'report'));
SELECT tcs.report_html('payroll') ~ 'data-v="987' AS of_four, tcs.report_html('payroll') ~ '<dt><bdi>bonus</bdi></dt><dd><b data-v="43213">me' AS of_five,
	substring(tcs.report_html('payroll') FROM '<dt><bdi>salary</bdi></dt><dd><b><i>none</i></b><span data-v="([^"]+)">') AS without;
-- What a customer's NaN is does not take the revenue of the others.
ALTER TABLE paid ADD revenue float8 DEFAULT 10;
UPDATE paid SET revenue = 'NaN' WHERE id = 1;
SELECT tcs.report_html('payroll') LIKE '%<dt>Revenue</dt><dd data-v="1990">%' AS the_rest;

-- Text that turns round, ends the line or cannot be seen: the page isolates what
-- comes from data wherever it stands, and shows what is hidden.
CREATE TABLE odd (id integer PRIMARY KEY, n integer, U&"col\202Eumn" text, city text);
INSERT INTO odd SELECT n, n % 5, U&'value \2067turned', (ARRAY[U&'\0645\06CC\200C\062E\0648\0627\0647\0645', U&'a\200Cb', U&'\05D0\05D1 (1)'])[1 + n % 5 % 3] FROM generate_series(1, 60) AS n;
UPDATE odd SET U&"col\202Eumn" = 'plain' WHERE n > 2;
INSERT INTO tcs.rule_set (name, description, default_segment) VALUES (U&'report \202Eodd', U&'set \2028 ends\2029', U&'rest\2069 \2066');
INSERT INTO tcs.rule (rule_set, priority, segment, condition, description) VALUES
	(U&'report \202Eodd', 1, U&'vip\202Egpj.exe', U&'n = 0 AND city <> ''\202D''', U&'why \2068not'),
	(U&'report \202Eodd', 2, U&'vi\200Bp', 'n = 1', U&'\FEFFbom'),
	(U&'report \202Eodd', 3, 'vip', 'n = 2', NULL);
SELECT tcs.create_segmentation(U&'report."odd \202E"', 'odd', 'id', U&'report \202Eodd') IS NOT NULL AS made;
ALTER TABLE U&"odd \202E_moves" DISABLE TRIGGER tcs_guard;
UPDATE U&"odd \202E_moves" SET moved_at = moved_at - interval '200 days';
INSERT INTO U&"odd \202E_moves" (key, from_segment, to_segment, moved_at, cause, entered, present)
SELECT key, to_segment, 'vip', now() - interval '70 days' + id * interval '1 day', 'data', false, true FROM U&"odd \202E_moves" WHERE key % 2 = 0;
UPDATE page SET page = tcs.report_html(U&'"odd \202E"', attributes => ARRAY[U&'col\202Eumn', 'city']);
SELECT well_formed(page), page ~ '&#(820[2368]|823[2-8]|829[01]|829[45]|65279);' AS hidden_ones_left,
	(SELECT count(*) FROM regexp_matches(page, '&#8296;', 'g')) = (SELECT count(*) FROM regexp_matches(page, '&#8297;', 'g')) AS closed,
	page ~ '<title>[^<]*&#8296;[^<&]*&quot;odd &#65533;&quot;&#8297;</title>' AS title, page ~ ' title="&#8296;vip&#65533;gpj.exe&#8297;"' AS column_head,
	page ~ '&#1740;&#8204;&#1582;' AS joiner_stays, page ~ 'a&#65533;b' AS joiner_shown
FROM page;
-- Outside of the elements and attributes that isolate there is nothing of it: neither what is beyond ASCII nor the names.
SELECT regexp_replace(regexp_replace(regexp_replace(page, '<style>.*?</style>', ''), '<bdi>[^<]*</bdi>', '', 'g'), '&#8296;[^<"&]*(&[^<"&]*)*?&#8297;', '', 'g') ~ 'gpj|odd|col&#|turned|bom' AS left_outside FROM page;
SELECT m[1] AS shown, count(*) > 0 AS often FROM page, regexp_matches(page, '<bdi>([^<]*&#65533;[^<]*)</bdi>', 'g') AS m GROUP BY m[1] ORDER BY m[1] COLLATE "C";

-- Days are days, also between two of them.
CREATE TABLE born AS SELECT n AS id, n <= 30 AS old, date '2026-10-21' + n / 31 AS day FROM generate_series(1, 60) AS n;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('report of days', 'young');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('report of days', 1, 'old', 'old');
SELECT tcs.create_segmentation('report.days', 'born', 'id', 'report of days') IS NOT NULL AS made;
SELECT DISTINCT m[1] FROM regexp_matches(tcs.report_html('days'), '<bdi>day</bdi></dt>(?:.*?)<i>(after [^<]*)</i>', 'g') AS m;

-- Who was merged into another has not left.
DELETE FROM born WHERE id IN (1, 60);
SELECT tcs.merge_keys('days', 60, 59) AS merged, (SELECT removed FROM tcs.refresh_segmentation('days')) AS gone;
UPDATE page SET page = tcs.report_html('days');
SELECT page LIKE '%and <span data-v="1">1</span> left%' AS one_left FROM page;
SELECT head, figures FROM figures('migration') ORDER BY place;
SELECT array_agg(m[1]) FROM regexp_matches(section('migration'), '<th scope="col" title="[^"]*">(?:<i>)?([^<]*)', 'g') AS m;
SELECT count(*) FROM regexp_matches(section('moves'), '<th><i>merged</i></th>', 'g');

-- Of many segments the largest, how many more there are, and instead of a matrix the most frequent moves.
CREATE TABLE crowd AS SELECT n AS id, floor(sqrt(n))::int AS g, n % 7 AS v FROM generate_series(1, 22000) AS n;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('report of a crowd', 'none of them');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) SELECT 'report of a crowd', g, 'group ' || g, 'g = ' || g FROM generate_series(1, 147) AS g;
SELECT tcs.create_segmentation('report.crowded', 'crowd', 'id', 'report of a crowd') IS NOT NULL AS made;
ALTER TABLE crowded DISABLE TRIGGER tcs_guard;
ALTER TABLE crowded_moves DISABLE TRIGGER tcs_guard;
UPDATE crowded_moves SET moved_at = moved_at - interval '100 days';
INSERT INTO crowded_moves (key, from_segment, to_segment, moved_at, cause, entered, present)
SELECT m.key, m.to_segment, 'group ' || (1 + m.key % 147), now() - interval '10 days', 'data', false, true FROM crowded_moves AS m WHERE m.key % 9 < 4;
UPDATE crowded AS c SET segment = m.to_segment FROM crowded_moves AS m WHERE m.key = c.key AND NOT m.entered;
DROP TABLE migration;
UPDATE page SET page = tcs.report_html('crowded');
SELECT well_formed(page), length(page) < 600000 AS bounded FROM page;
UPDATE moment SET as_of = last, from_time = (last AT TIME ZONE zone - interval '30 days') AT TIME ZONE zone
FROM (SELECT last_refresh AS last, time_zone AS zone FROM crowded_state) AS s;
CREATE TABLE migration AS SELECT m.*, row_number() OVER (ORDER BY customers DESC) AS place FROM moment, tcs.segment_migration('crowded', from_time, as_of) AS m WHERE change <> 'stayed';
SELECT count(*) AS moves, bool_and(p.customers = m.customers) AS the_largest FROM (SELECT figures[1] AS customers, row_number() OVER (ORDER BY place) AS place FROM figures('moves')) AS p
JOIN migration AS m USING (place);
CREATE FUNCTION more(name text) RETURNS text[] LANGUAGE sql RETURN (SELECT array_agg(m[1]) FROM regexp_matches(substring(section(name) FROM '<p class="note more">.*?</p>'), 'data-v="(\d+)"', 'g') AS m);
SELECT more('moves') = (SELECT ARRAY[count(*)::text, sum(customers)::text] FROM migration WHERE place > 50) AS the_rest,
	substring(section('moves') FROM 'data-v="(\d+)">[^<]*</span> stayed')::bigint = (SELECT sum(customers) FROM moment, tcs.segment_migration('crowded', from_time, as_of) WHERE change = 'stayed') AS stayed,
	section('migration') IS NULL AS no_matrix;
SELECT (SELECT count(*) - 1 FROM figures('segments')) AS rows, more('segments') = (SELECT ARRAY[count(*)::text, sum(customers)::text]
	FROM (SELECT segment, count(key) AS customers, row_number() OVER (ORDER BY count(key) DESC) AS place FROM (SELECT segment FROM tcs.rule WHERE rule_set = 'report of a crowd' UNION SELECT 'none of them') AS r LEFT JOIN crowded USING (segment) GROUP BY segment) AS s WHERE place > 100) AS others,
	(SELECT count(*) - 1 FROM figures('drift')) AS drift, more('drift') AS more_drift, (SELECT count(*) FROM regexp_matches(section('rules'), '<td class="n soft">', 'g')) AS of_rules, more('rules') AS more_rules,
	(SELECT count(*) FROM regexp_matches(section('sizes'), '<div class="one">', 'g')) AS charts, more('sizes') AS more_charts,
	(SELECT count(*) FROM regexp_matches(section('personas'), '<div class="card">', 'g')) AS cards, more('personas') AS more_cards;
SELECT t.id, coalesce(same(t.figure, q.figure), false) AS right_one
FROM (SELECT m[1] AS id, m[2]::float8 AS figure FROM page, regexp_matches(page, '<div class="tile" id="(moved|stability)"><dt>[^<]*</dt><dd data-v="([^"]+)"', 'g') AS m) AS t
JOIN (SELECT 'moved' AS id, sum(customers)::float8 AS figure FROM migration WHERE change = 'moved'
	UNION ALL SELECT 'stability', sum(psi) FROM moment, tcs.segment_drift('crowded', from_time, as_of)) AS q USING (id) ORDER BY id;

-- Which customers to act on: as many as are wanted, by the first measure that there is, of segments that are large enough.
CREATE TABLE buyer AS SELECT n AS id, 'Name ' || n AS called, n % 3 AS kind, n * 2.5 AS revenue, CASE WHEN n % 3 < 2 THEN 'north' ELSE 'south' END AS region, date '2026-01-01' + n AS joined_on FROM generate_series(1, 62) AS n;
UPDATE buyer SET revenue = NULL WHERE id = 60;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('report of buyers', 'two');
INSERT INTO tcs.rule (rule_set, priority, segment, condition, description) VALUES ('report of buyers', 1, 'none', 'kind = 0 AND revenue >= 0', 'Call them.'), ('report of buyers', 2, 'one', 'kind = 1 AND revenue >= 0', NULL), ('report of buyers', 3, 'few', 'kind = 0', NULL);
SELECT tcs.create_segmentation('report.buyers', 'buyer', 'id', 'report of buyers') IS NOT NULL AS made;
CREATE FUNCTION named(page text) RETURNS TABLE (segment text, customers text[]) LANGUAGE sql
BEGIN ATOMIC
	SELECT w[1], ARRAY(SELECT m[1] FROM regexp_matches(w[2], '<th scope="row"><bdi>([^<]*)', 'g') AS m)
	FROM regexp_matches(page, '<div class="who"><h3><bdi>([^<]*?)</bdi></h3>(.*?)</div>', 'g') AS w;
END;
SELECT tcs.report_html('buyers') LIKE '%id="first"%' AS unasked;
SELECT * FROM named(tcs.report_html('buyers', customers => 3));
SELECT * FROM named(tcs.report_html('buyers', customers => 2, label => 'called', k => 1));
-- A measure that nobody has gives way to the next, and who has none is not first by it.
ALTER TABLE buyer ADD value_at_risk float8, ADD clv numeric;
UPDATE buyer SET clv = CASE WHEN id % 4 = 1 AND kind < 2 THEN 1000 - id END, value_at_risk = 'NaN';
SELECT * FROM named(tcs.report_html('buyers', customers => 2));
SELECT substring(tcs.report_html('buyers', customers => 2) FROM '<section id="first".*?<p class="lead">(.*?)</p>') AS said;
ALTER TABLE buyer DROP value_at_risk, DROP clv;
-- The source is read once for all sections.
CREATE SEQUENCE rows_read;
CREATE VIEW counted_buyer AS SELECT *, 1 + id % 5 AS r, 1 + id % 4 AS f FROM buyer WHERE nextval('rows_read') > 0;
SELECT tcs.create_segmentation('report.counted', 'counted_buyer', 'id', 'report of buyers') IS NOT NULL AS made;
ALTER SEQUENCE rows_read RESTART;
SELECT tcs.report_html('counted', customers => 3, label => 'called') LIKE '%id="personas"%id="scores"%id="lorenz"%' AS whole,
	(SELECT last_value FROM rows_read) AS rows_read;
SELECT tcs.drop_segmentation('counted');
DROP VIEW counted_buyer;
SELECT regexp_replace(substring(tcs.report_html('buyers', customers => 1, currency => 'EUR') FROM '<section id="first".*?</section>'), '\d{4}-\d\d-\d\d', 'a day', 'g');
ALTER TABLE buyer ADD clv float8;
UPDATE buyer SET clv = 100 - id;
SELECT * FROM named(tcs.report_html('buyers', customers => 2));
SELECT tcs.report_html('buyers', customers => 1, label => 'nobody');

-- Cards tell what the rules do not read, nor a metrics view worked out, nor what the customers are called.
SELECT array_agg(DISTINCT m[1]) FROM regexp_matches(tcs.report_html('buyers', label => 'called'), '<dt><bdi>(.*?)</bdi>', 'g') AS m;
SELECT array_agg(DISTINCT m[1]) FROM regexp_matches(tcs.report_html('buyers', attributes => '{kind,joined_on}'), '<dt><bdi>(.*?)</bdi>', 'g') AS m;
ALTER TABLE buyer ADD rfm_cell text, ADD days_since_last integer, ADD p_alive float8;
SELECT tcs.report_html('buyers') ~ '<dt><bdi>clv' AS score;
ALTER TABLE buyer DROP region, DROP joined_on, DROP called;
-- Where nothing is left, what is advised.
SELECT substring(tcs.report_html('buyers') FROM '<section id="personas".*?</section>');
SELECT tcs.report_html('buyers', attributes => '{id,id}');
SELECT tcs.report_html('buyers', attributes => '{nobody}');
SELECT tcs.report_html('buyers', attributes => ARRAY[NULL::name]);

-- Titles, currencies, languages, periods.
SELECT page ~ '<html [^>]* lang="zh-Hans">' AS lang, substring(page FROM '<title>(.*?)</title>') AS title,
	substring(page FROM '<h1>(.*?)</h1>') AS heading, substring(page FROM '<h2 id="segments-title">(.*?)</h2>') AS chinese
FROM (SELECT tcs.report_html('buyers', language => 'zh', title => '<T> & "t"') AS page) AS p;
-- But for names and what comes from data nothing is in English.
SELECT DISTINCT m[1] AS english FROM regexp_matches(regexp_replace(regexp_replace(regexp_replace(tcs.report_html('buyers', language => 'zh', title => 'T'), '<style>.*?</style>', ''), '<bdi>.*?</bdi>', '', 'g'), '<[^<>]*>', ' ', 'g'), '[[:alpha:]]{2,}', 'g') AS m ORDER BY 1;
SELECT currency, substring(tcs.report_html('buyers', currency => currency) FROM '<dt>Revenue</dt><dd [^>]*?>(.*?)</dd>') AS amount,
	substring(tcs.report_html('buyers', currency => currency) FROM '<th scope="col" class="n">(Revenue.*?)</th>') AS head
FROM unnest(ARRAY[NULL, '', 'EUR', U&'\20AC', U&'\5143', '<b>']) AS currency;
UPDATE buyer SET revenue = revenue * 1000;
SELECT language, substring(tcs.report_html('buyers', currency => '$', language => language) FROM 'id="revenue"><dt>[^<]*?</dt><dd [^>]*?>(.*?)</dd>') AS large
FROM unnest('{en,zh}'::text[]) AS language;
ALTER TABLE buyers_moves DISABLE TRIGGER tcs_guard;
ALTER TABLE buyers DISABLE TRIGGER tcs_guard;
UPDATE buyers_moves SET moved_at = '2026-01-31 12:00+00';
UPDATE buyers_state SET last_refresh = '2026-07-31 12:00+00', time_zone = 'UTC';
SELECT period, language, regexp_replace(substring(tcs.report_html('buyers', period => period, language => language) FROM '<p class="about" id="period">(.*?)</p>'), '&#(\d+);', '\1 ', 'g') AS told
FROM unnest('{1 day,7 days,1 month,2 months,1 month 3 days,100 days,1 year}'::interval[]) AS period, unnest('{en,zh}'::text[]) AS language WHERE language = 'en' OR period = '7 days' ORDER BY 2, 1;
SELECT tcs.report_html('buyers', language => 'tlh');
SELECT tcs.report_html('buyers', period => '0 days');
SELECT tcs.report_html('buyers', period => '1 month -1 days');
SELECT tcs.report_html('buyers', period => '101 years');
SELECT tcs.report_html('buyers', customers => -1);
SELECT tcs.report_html('buyers', customers => 101);
SELECT tcs.report_html('buyers', k => -1);
SELECT tcs.report_html('buyers', language => NULL);

-- A view that reads with the rights of whoever reads it, over a table that one may not read.
CREATE TABLE secret AS SELECT * FROM buyer;
CREATE VIEW open_view WITH (security_invoker = true) AS SELECT id, revenue FROM secret;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('report of all', 'all');
SELECT tcs.create_segmentation('report.invoked', 'open_view', 'id', 'report of all') IS NOT NULL AS made;
GRANT SELECT ON invoked, invoked_moves, invoked_state, open_view TO regress_tcs_report;
SET ROLE regress_tcs_report;
SELECT tcs.report_html('report.invoked');
RESET ROLE;
-- How right predictions were, as it is kept beside the models of a metrics view.
CREATE TABLE ordered AS
SELECT c AS customer, date '2022-01-01' + day AS at, (n * 31 + c * 7) % 60 + c * c % 90 + 3.25 AS amount
FROM (SELECT c, n, c * 97 % 400 + n * (20 + c * 53 % 140) + c * n * n * 7 % 19 AS day, c * c * 29 % 900 + 200 * (c % 5) AS leaves
	FROM generate_series(1, 700) AS c, generate_series(0, 60) AS n) AS o
WHERE (day <= leaves OR n = 0) AND day <= 1000;
SELECT tcs.create_metrics('m', 'ordered', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27', horizon => '1 year', family => 'mbg/nbd');
CREATE VIEW told AS SELECT * FROM m WHERE customer < 650;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('report of predictions', 'others');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('report of predictions', 1, 'large', 'revenue > 500');
SELECT tcs.create_segmentation('report.predicted', 'told', 'customer', 'report of predictions') IS NOT NULL AS made;
UPDATE page SET page = tcs.report_html('predicted', currency => 'EUR');
SELECT well_formed(page) FROM page;
CREATE VIEW kept AS SELECT holdout AS h, k.* FROM (SELECT holdout FROM m_model ORDER BY id DESC LIMIT 1) AS m,
	jsonb_to_record(holdout) AS k (customers bigint, returned bigint, auc float8, brier float8, brier_constant float8, expected_purchases float8, purchases float8, expected_value float8, value float8);
SELECT substring(head FROM '^[^(]*\w') AS what, same(figures[1], expected) AS expected, same(figures[2], came) AS came, same(figures[3], came / expected - 1) AS difference
FROM (SELECT * FROM figures('predictions') WHERE head !~ '%') AS p
FULL JOIN (SELECT 'Customers who stayed away' AS head, (SELECT sum((b->>'customers')::float8 * (b->>'predicted')::float8) FROM jsonb_array_elements(h->'calibration') AS b) AS expected, customers - returned AS came FROM kept
	UNION ALL SELECT 'Purchases', expected_purchases, purchases FROM kept
	UNION ALL SELECT 'Value of the purchases (<bdi>EUR</bdi>)', expected_value, value FROM kept) AS k USING (head) ORDER BY place;
SELECT count(*) = (SELECT jsonb_array_length(h->'calibration') FROM kept) AS bins, sum(figures[2]) = (SELECT customers FROM kept) AS customers,
	bool_and(same(figures[1], (b->>'observed')::float8)) AS stayed_away
FROM (SELECT *, row_number() OVER (ORDER BY place) AS n FROM figures('predictions') WHERE head ~ '%') AS p, kept, jsonb_array_elements(h->'calibration') WITH ORDINALITY AS e (b, n) WHERE p.n = e.n;
SELECT regexp_replace(regexp_replace(lead, '<span data-v="[^"]*">[^<]*</span>', '#', 'g'), '\d+ \w+ (\d{4})', 'a day of \1', 'g') AS lead,
	bool_and(same(v, (ARRAY[100 * auc, brier, brier_constant])[n])) AS figures
FROM kept, substring(section('predictions') FROM '<p class="lead">(.*?)</p>') AS lead,
	LATERAL (SELECT m[1]::float8 AS v, row_number() OVER () AS n FROM regexp_matches(lead, 'data-v="([^"]+)"', 'g') AS m) AS l GROUP BY lead;
SELECT tcs.report_html('predicted', language => 'zh') LIKE '%<section id="predictions"%' AS in_chinese;
CREATE FUNCTION told_with(h jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	UPDATE m_model SET holdout = h;
	RETURN tcs.report_html('predicted') LIKE '%"predictions"%';
END $$;
-- Who may not read the models is not told.
GRANT SELECT ON predicted, predicted_moves, predicted_state, told TO regress_tcs_report;
SET ROLE regress_tcs_report;
SELECT tcs.report_html('report.predicted') LIKE '%"predictions"%' AS told;
RESET ROLE;
GRANT SELECT ON m_model TO regress_tcs_report;
SET ROLE regress_tcs_report;
SELECT tcs.report_html('report.predicted') LIKE '%"predictions"%' AS told;
RESET ROLE;
-- Where the past does not tell, where there is nothing, where it is not what it was.
UPDATE m_model SET holdout = holdout || '{"auc": 0.51, "auc_low": 0.47}';
SELECT tcs.report_html('predicted') LIKE '%<p class="lead">%Past purchases did not tell who comes back: in <span data-v="51">51</span> of 100 pairs%' AS no_better;
UPDATE m_model SET holdout = holdout || '{"calibration": [1, {"customers": "x"}, {"customers": 3, "predicted": 7, "observed": 0.5}], "expected_value": "<b>", "value": 1e400, "auc": {}, "brier": [2]}';
UPDATE page SET page = tcs.report_html('predicted');
SELECT array_agg(head), well_formed(min(page)) FROM figures('predictions'), page;
SELECT h AS holdout, told_with(h) FROM (VALUES ('{"notes": [], "summary": "the log is too short"}'::jsonb), (NULL), ('7'), ('{"as_of": "<i>", "until": "2024-01-01", "customers": 5, "returned": 1, "expected_purchases": 1, "purchases": 1}'),
	('{"as_of": "2023-01-01", "until": "2024-01-01", "customers": 5, "returned": 6, "expected_purchases": 1, "purchases": 1}')) AS v (h);
DROP SCHEMA report CASCADE;
DROP ROLE regress_tcs_report;
DELETE FROM tcs.rule_set WHERE name LIKE 'report%';
