-- An effect in words: each verdict, shares and means, both languages.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.effect(x1 int, n1 int, x0 int, n0 int) RETURNS tcs.ab_effect LANGUAGE sql
RETURN (SELECT tcs.ab_effect(treated, i <= CASE WHEN treated THEN x1 ELSE x0 END) FROM (VALUES (true, n1), (false, n0)) AS a(treated, n), generate_series(1, n) AS i);
SELECT v.what, r.* FROM (VALUES
	('more', pg_temp.effect(700, 10000, 500, 10000), NULL::float8, 1::float8, true),
	('less', pg_temp.effect(500, 10000, 700, 10000), NULL, 1, true),
	('more, of what is bad', pg_temp.effect(700, 10000, 500, 10000), NULL, 1, false),
	('less, of what is bad', pg_temp.effect(500, 10000, 700, 10000), NULL, 1, false),
	('more, but little', pg_temp.effect(700, 10000, 500, 10000), 0.05, 1, true),
	('nothing', pg_temp.effect(510, 10000, 500, 10000), NULL, 1, true),
	('nothing that matters', pg_temp.effect(510, 10000, 500, 10000), 0.01, 1, true),
	('not yet', pg_temp.effect(51, 1000, 50, 1000), 0.01, 1, true),
	('none succeed', pg_temp.effect(0, 10, 0, 10), NULL, NULL, true),
	('one each', pg_temp.effect(1, 1, 0, 1), NULL, NULL, true),
	('split', pg_temp.effect(700, 10000, 500, 10500), NULL, 1, true),
	('split, as meant', pg_temp.effect(700, 10000, 500, 10500), NULL, 0.95, true),
	('split, not looked at', pg_temp.effect(700, 10000, 500, 10500), NULL, NULL, true),
	('nobody', pg_temp.effect(0, 0, 0, 0), NULL, 1, true),
	('NULL', NULL, NULL, 1, true)
) AS v(what, effect, margin, ratio, more_is_better), tcs.ab_report(effect, margin, ratio, more_is_better) AS r;
SELECT (tcs.ab_report(e)).*, (tcs.ab_report(e, language => 'zh')).words AS zh FROM (VALUES (pg_temp.effect(700, 10000, 500, 10000)), (pg_temp.effect(510, 10000, 500, 10000)), (pg_temp.effect(1, 1, 0, 0))) AS v(e);
-- digits are as many as the interval shows
SELECT (tcs.ab_report(tcs.ab_effect(i % 2 = 0, scale * (40 + i % 7 + 2 * (i % 2)), 0.95))).* FROM generate_series(1, 500) AS i, unnest('{0.0001,1,1000}'::float8[]) AS scale GROUP BY scale ORDER BY scale;
SELECT (tcs.ab_report(tcs.ab_effect(i % 2 = 0, 7))).words AS equal, (tcs.ab_report(tcs.ab_effect(i % 2 = 0, i % 5 - 2))).words AS around_0 FROM generate_series(1, 40) AS i;
-- for those who look every day; one of many
SELECT n, (tcs.ab_report(tcs.ab_anytime(pg_temp.effect(n / 10, n, n / 20, n), 4000))).* FROM unnest('{20,400,1500,4000}'::int[]) AS n ORDER BY n;
SELECT g, (tcs.ab_report(tcs.ab_adjust(pg_temp.effect(40 + 9 * g, 400, 40, 400)) OVER ())).* FROM generate_series(0, 3) AS g ORDER BY g;
-- too many in both arms
SELECT (tcs.ab_report(tcs.ab_effect(c))).* FROM (SELECT tcs.ab_customer(arm, amount) AS c FROM (SELECT i, i % 2 = 0 AS arm, i % 5 AS amount FROM generate_series(1, 100) AS i UNION ALL SELECT i, i % 2 = 1, 1 FROM generate_series(1, 4) AS i) AS o GROUP BY i) AS s;
SELECT (tcs.ab_report(tcs.ab_effect(true, 1) FILTER (WHERE false))).*;
-- Errors.
\set VERBOSITY default
SELECT tcs.ab_report(pg_temp.effect(1, 2, 1, 2), language => 'fr');
SELECT tcs.ab_report(pg_temp.effect(1, 2, 1, 2), margin => 0);
SELECT tcs.ab_report(pg_temp.effect(1, 2, 1, 2), ratio => -1);
\set VERBOSITY terse
SELECT tcs.ab_report(pg_temp.effect(1, 2, 1, 2), margin => 'NaN');
SELECT tcs.ab_report(pg_temp.effect(1, 2, 1, 2), ratio => 'Infinity');
SELECT tcs.ab_report(pg_temp.effect(1, 2, 1, 2), more_is_better => NULL);
SELECT tcs.ab_report(pg_temp.effect(1, 2, 1, 2), language => NULL);
SELECT tcs.ab_report((1, 1, 0.5, 2, 0, 0, 0, 1, 1, 1, 0.5, 0, 0, 0, NULL, 0.95, NULL)::tcs.ab_effect);

-- A page: well-formed, a row an effect, no markup from outside.
CREATE TEMP TABLE finding AS SELECT * FROM (VALUES (1, 'new', pg_temp.effect(700, 10000, 500, 10000)), (2, 'a<b>&"c', pg_temp.effect(510, 10000, 500, 10000)),
	(3, 'amount', (SELECT tcs.ab_effect(i % 2 = 0, 40 + i % 7 + 2 * (i % 2)) FROM generate_series(1, 500) AS i)), (4, 'nobody', pg_temp.effect(0, 0, 0, 0)), (5, '', pg_temp.effect(9, 10, 1, 10))) AS v(n, name, effect);
CREATE TEMP TABLE page AS SELECT language, tcs.ab_report_html(array_agg(effect ORDER BY n), array_agg(name ORDER BY n), title => title, language => language) AS html
	FROM finding, (VALUES ('en', NULL), ('zh', 'A<i>')) AS l(language, title) GROUP BY language, title;
SELECT language, octet_length(html) = length(html) AS ascii, html !~ '[^\x01-\x7F]' AS plain, position('<b>' IN html) + position('<i>' IN html) AS markup, regexp_count AS rows, html ~ '(NaN|nan|inf)[^a-z]' AS not_a_number
	FROM page, LATERAL (SELECT count(*) AS regexp_count FROM regexp_matches(html, '<tr data-v', 'g')) AS r ORDER BY language;
SELECT substring(line FROM 'tr data-v="([a-z_]*)') AS verdict, substring(line FROM '<bdi>.*</bdi>') AS name, substring(line FROM '<line class="line"[^/]*/>') AS interval, substring(line FROM 'finding"[^>]*>(.*)</td></tr>') AS words
	FROM page, regexp_split_to_table(html, chr(10)) WITH ORDINALITY AS l(line, n) WHERE language = 'en' AND line ~ '^<tr data-v' ORDER BY n;
DO $$
DECLARE
	page record;
BEGIN
	FOR page IN SELECT html FROM page LOOP
		PERFORM xmlparse(DOCUMENT replace(page.html, '<!DOCTYPE html>', ''));
	END LOOP;
EXCEPTION WHEN feature_not_supported THEN
	NULL;
END $$;
SELECT tcs.ab_report_html(NULL, '{}') IS NULL AS null, tcs.ab_report_html('{}', '{}') ~ '</html>' AS none;
SELECT tcs.ab_report_html(array_agg(effect), '{a}') FROM finding;
SELECT tcs.ab_report_html(array_agg(effect), NULL) FROM finding;
SELECT tcs.ab_report_html(ARRAY[NULL::tcs.ab_effect], '{a}');
SELECT tcs.ab_report_html(ARRAY[effect], ARRAY[NULL::text]) FROM finding WHERE n = 1;
SELECT tcs.ab_report_html(array_fill(effect, '{1001}'), array_fill('a'::text, '{1001}')) FROM finding WHERE n = 1;
SELECT tcs.ab_report_html(ARRAY[effect], '{a}', language => 'fr') FROM finding WHERE n = 1;
