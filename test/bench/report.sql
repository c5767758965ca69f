-- Ratios first: they hold on any machine.  Then the times they come from.

\echo
\echo Ratios, each of two medians
SELECT what,
	lpad(round(figure::numeric, 2)::text, 6) || ' ' || unit AS measured,
	bound || ' ' || target AS promised,
	CASE WHEN bound = '<=' AND round(figure::numeric, 2) <= target
			OR bound = '>=' AND round(figure::numeric, 2) >= target
		THEN 'met' ELSE 'missed' END AS result
FROM claim
ORDER BY n;

\echo Times on this machine, in milliseconds
SELECT topic, way, workers, round(milliseconds::numeric, CASE WHEN milliseconds < 10 THEN 3 ELSE 0 END) AS median
FROM timing
ORDER BY n;
