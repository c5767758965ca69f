-- One more rule set that comes with the extension, for the columns of metrics
-- views about what is to be expected of a customer.

INSERT INTO tcs.rule_set (name, description, default_segment, changed_by, changed_at)
VALUES ('tcs.churn_warning',
		'Who is about to leave, and for whom a call pays. Call by value_at_risk, the largest first. Copy it and put a bound of your own, such as the cost of a call, in the place of 50. A customer''s rhythm is the mean gap between purchases, at least 7 days, and 60 days where there was one purchase only. No customer is in two. Columns: purchases, days_since_last, mean_gap, churn_risk, value_at_risk.',
		'Not known yet', 'tcs', '2026-11-22 00:00:00+00');

INSERT INTO tcs.rule (rule_set, priority, segment, condition, description, changed_by, changed_at)
SELECT 'tcs.churn_warning', s.priority, s.segment, s.condition, s.description, 'tcs', '2026-11-22 00:00:00+00'
  FROM (VALUES
	(10, 'No customer yet', 'purchases = 0',
	 'No purchase so far: nobody to lose.'),
	(20, 'Gone', 'purchases > 0 AND churn_risk >= 0.9',
	 'At least 9 in 10 of these do not come back within the horizon. One last try, then leave them out.'),
	(30, 'Call now', 'purchases > 0 AND churn_risk < 0.9 AND value_at_risk >= 50',
	 'At least 50 to lose, and not lost yet. Call them, the largest value_at_risk first.'),
	(40, 'Likely to leave', 'purchases > 0 AND churn_risk >= 0.5 AND churn_risk < 0.9 AND NOT coalesce(value_at_risk >= 50, false)',
	 'Rather stay away than come back within the horizon, and little is lost with each. A mail, no call.'),
	(50, 'Overdue', 'purchases > 0 AND churn_risk < 0.5 AND NOT coalesce(value_at_risk >= 50, false)'
	 ' AND days_since_last >= 2 * greatest(coalesce(mean_gap, 60), 7)',
	 'Will probably come back, but last purchase at least 2 of their rhythms ago. Remind them now: later is dearer.'),
	(60, 'Safe', 'purchases > 0 AND churn_risk < 0.5 AND NOT coalesce(value_at_risk >= 50, false)'
	 ' AND days_since_last < 2 * greatest(coalesce(mean_gap, 60), 7)',
	 'Will probably come back by themselves. Leave them alone, or offer more.')
  ) AS s (priority, segment, condition, description);
