-- Goals: a tree of goals and their measurements in the user's tables.
--
-- create_goals makes plain tables and a view in the caller's schema, with the
-- caller's rights; the extension keeps nothing about them.  What they hold is
-- read with the rights of whoever asks.

CREATE FUNCTION tcs_internal.check_goals() RETURNS trigger
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_check_goals';
COMMENT ON FUNCTION tcs_internal.check_goals() IS
'the function behind the triggers of create_goals, which let no goal be above itself, and say what is wrong with one that its constraints would refuse; only those may use it';

CREATE FUNCTION tcs.create_goals("into" text, zone text DEFAULT NULL)
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_goals';
COMMENT ON FUNCTION tcs.create_goals(text, text) IS
'makes the tables of a tree of goals and returns the first: into (name, owner, parent, metric, unit, direction, baseline, target, starts, due, weight, description), a row a goal; into_measurement (goal, day, value, recorded_at, source), a row a measured value, which is the level reached and not the change; and the view into_progress, which is tcs.goals_progress of today, a day of the zone (or of the session''s, where none is given). All of it is the caller''s own: grant, revoke and write policies as on any table. Constraints keep a goal specific (name, owner, metric and unit not empty), measurable (baseline and target are numbers, 0 or of a size from 1e-50 to 1e50, and the target lies in the direction, up or down, or is the baseline, which is then to be kept) and bound in time (starts before due). A goal cannot be above itself: neither by one statement nor by two at once, at any isolation level (statements that change parents wait for each other; triggers see to it, which DROP EXTENSION takes along with CASCADE only). Goals with children or measurements are not deleted; a new name goes along to both. into is parsed as in SQL and may have a schema, at most 51 bytes. Errors: into NULL, a relation of one of these names exists, a temporary schema, an unknown zone, no right to create';

CREATE FUNCTION tcs.drop_goals("into" regclass) RETURNS void
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_drop_goals';
COMMENT ON FUNCTION tcs.drop_goals(regclass) IS
'drops goals with all that create_goals made, as far as it is still there. Needs ownership. Errors: not a table of goals, something else has the name of its measurements or of its view, or depends on them';

CREATE FUNCTION tcs.goals_progress("into" regclass, as_of date)
	RETURNS TABLE (place integer, depth integer, name text, owner text, parent text,
				   metric text, unit text, direction text, baseline float8, target float8,
				   starts date, due date, weight float8, actual float8, actual_day date,
				   expected float8, progress float8, pace float8, forecast float8,
				   status text, children integer, descendants integer,
				   children_target float8, sum_difference float8,
				   children_actual float8, rolled_up float8)
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 100
	AS 'MODULE_PATHNAME', 'tcs_goals_progress';
COMMENT ON FUNCTION tcs.goals_progress(regclass, date) IS
'where the goals stand at the end of a day, a row a goal; into_progress is the same for today. Order by place to read the tree from above, siblings by name byte by byte; what is below a goal are the next places, as many as descendants says. actual: the value of the last measurement (by day, then recorded_at, then id) until as_of and until due; one from before the start counts. expected: baseline until the start, target from due on, a straight line between. progress: (actual - baseline) / (target - baseline), below 0 and beyond 1 too; where the target is the baseline 1 while it is kept and 0 while not. pace: progress / the part of the time that is over (where the baseline is to be kept: all of it is due from the start). forecast: baseline + (actual - baseline) / the part of the time that is over; from due on, and where the baseline is to be kept, actual. These three are NULL where nothing was measured, the last two until the start as well. status: not started before starts; achieved once actual reaches the target (where the baseline is to be kept from due on); after due off track for all others; until then on track with a pace of at least 1, at risk with 0.8, else off track (with a tolerance of 1e-9; on the first day nothing is due, and on track is what is not behind the baseline). A goal that was not measured itself goes by rolled_up in place of progress, achieved where that is 1; where nothing below it was measured either, it is taken to stand at the baseline, and is never achieved. children_target and children_actual: sums over the children with the same metric, unit and direction, actual over those that were measured; sum_difference: children_target - target, 0 within 1e-12 of the targets'' size; NULL without such children. rolled_up: the weighted mean over all children of their own rolled_up, at the end of a branch of progress between 0 and 1; not measured counts 0; children whose weights are all 0 count as none; NULL where nothing was measured at all. Reads with the rights and under the policies of the caller, who needs SELECT on both tables: a goal whose parent is not to be seen is a top of the tree, and sums are over what is to be seen. Errors: NULL or an infinite day, not a table of goals, its table of measurements gone, renamed or replaced, a column that is read of another type than it was made with or without its NOT NULL, a cycle that came about while triggers were disabled';
