-- The scorecards that come with the extension.  They are made to be read, used, and
-- copied to be changed: bounds in money fit nobody as they are.

INSERT INTO tcs.scorecard (name, description, changed_by, changed_at)
SELECT s.name, s.description, 'tcs', '2026-11-22 00:00:00+00'
  FROM (VALUES
	('tcs.importance',
	 'How much a key customer matters: by what it could order, and by whom it moves. Copy it and put a bound of your own in the place of 100000. NULL while the order potential is not known. Columns: order_potential, influence.'),
	('tcs.trust',
	 'How much a customer trusts us, by what the relationship shows. Columns: relationship, days_since_contact, open_complaints.'),
	('tcs.confidence',
	 'How sure a customer is of our products: does it know them, buy them again, recommend them? NULL while none of the three is known. Columns: product_recognition, repeat_share, recommendation.'),
	('tcs.lead',
	 'How warm a lead from a trade fair is: what it answered, how long it stayed, what it did. Who answered no questionnaire is judged by the rest. Columns: questionnaire, dwell_minutes, interactions.'),
	('tcs.credit',
	 'How safe it is to deliver on credit; 100 is the safest. 0, whatever else is known, for more than 90 days late and for more than a fifth above the limit. NULL while the exposure is not known; a customer without a bill so far is judged by its exposure. Columns: days_late, exposure.'),
	('tcs.market',
	 'Which markets to target, a row per segment of the market: a market must be reachable, large enough, profitable and fitting, and is out (index 0) when it misses the gate of any of them. NULL while one of them is not known, unless another has missed its gate. Copy it and put your own money in the place of 1000000 and 50000. Columns: reachability, market_size, profitability, fit.')
  ) AS s (name, description);

INSERT INTO tcs.factor (scorecard, factor, expression, weight, lo, hi, gate, missing, description, changed_by, changed_at)
SELECT s.scorecard, s.factor, s.expression, s.weight, s.lo, s.hi, s.gate, s.missing, s.description,
		'tcs', '2026-11-22 00:00:00+00'
  FROM (VALUES
	('tcs.importance', 'order potential', 'order_potential', 60, 0, 100000, NULL::double precision, 'null',
	 'order_potential: what the customer could order from us in a year, in money; from 100000 it counts in full. Not known: no index.'),
	('tcs.importance', 'influence', 'influence', 40, 0, 10, NULL, 'lo',
	 'influence: how much others follow the customer (reference, lead user, head of a group), rated from 0, nobody does, to 10, a whole market does. Not known: counts as 0.'),

	('tcs.trust', 'relationship', 'relationship', 50, 0, 10, NULL, 'reweight',
	 'relationship: rated by who looks after the account, from 0, none, to 10, they ask us first. Not rated: the other two decide.'),
	('tcs.trust', 'contact', 'days_since_contact', 20, 180, 14, NULL, 'lo',
	 'days_since_contact: days since we last talked, less is better: in full up to 14, nothing from 180. Not known: counts as never.'),
	('tcs.trust', 'complaints', 'open_complaints', 30, 3, 0, NULL, 'reweight',
	 'open_complaints: complaints not settled yet, less is better: in full with none, nothing from 3. Not known: left out.'),

	('tcs.confidence', 'recognition', 'product_recognition', 40, 0, 1, NULL, 'reweight',
	 'product_recognition: share of our products (of those it could use) that the customer knows, from 0 to 1. Not known: left out.'),
	('tcs.confidence', 'repeat', 'repeat_share', 30, 0, 0.8, NULL, 'reweight',
	 'repeat_share: share of the products once bought that were bought again, from 0 to 1; from 0.8 it counts in full. Nothing bought so far (NULL): left out.'),
	('tcs.confidence', 'recommendation', 'recommendation', 30, 0, 10, NULL, 'reweight',
	 'recommendation: answer to "would you recommend us", from 0 to 10. Not asked: left out.'),

	('tcs.lead', 'questionnaire', 'questionnaire', 40, 0, 100, NULL, 'reweight',
	 'questionnaire: points of the answers (need, budget, time, say), from 0 to 100. Not answered: left out.'),
	('tcs.lead', 'dwell time', 'dwell_minutes', 25, 1, 15, NULL, 'lo',
	 'dwell_minutes: minutes at the stand; nothing up to 1, in full from 15. Not measured: counts as 1.'),
	('tcs.lead', 'interactions', 'interactions', 35, 0, 5, NULL, 'lo',
	 'interactions: what the visitor did (a demonstration, a talk, a brochure taken, a date made), counted; in full from 5. Not known: counts as none.'),

	('tcs.credit', 'payment lateness', 'days_late', 60, 60, 0, 90, 'reweight',
	 'days_late: how late bills were paid on average, in days after they were due, less is better: in full with none (and before), nothing from 60; above 90 the index is 0. No bill so far (NULL): left out.'),
	('tcs.credit', 'exposure', 'exposure', 40, 1, 0.2, 1.2, 'null',
	 'exposure: what is owed to us, as a share of the credit limit, less is better: in full up to 0.2, nothing from 1; above 1.2 the index is 0. Not known: no index.'),

	('tcs.market', 'reachability', 'reachability', 25, 0, 1, 0.2, 'null',
	 'reachability: share of the market''s customers that our channels reach, from 0 to 1; below 0.2 the market is out.'),
	('tcs.market', 'size', 'market_size', 25, 0, 1000000, 50000, 'null',
	 'market_size: what the market buys in a year, in money; in full from 1000000, below 50000 it is out.'),
	('tcs.market', 'profitability', 'profitability', 25, 0, 0.4, 0.05, 'null',
	 'profitability: contribution margin as a share of revenue; in full from 0.4, below 0.05 the market is out.'),
	('tcs.market', 'fit', 'fit', 25, 0, 10, 3, 'null',
	 'fit: how well it suits our products and strengths, rated from 0 to 10; below 3 the market is out.')
  ) AS s (scorecard, factor, expression, weight, lo, hi, gate, missing, description);

-- Nobody else's scorecard can have such a name; those above are not looked at.
ALTER TABLE tcs.scorecard ADD CONSTRAINT scorecard_name_reserved
	CHECK (name NOT LIKE 'tcs.%') NOT VALID;
COMMENT ON CONSTRAINT scorecard_name_reserved ON tcs.scorecard IS
'names that begin with "tcs." are the extension''s own';
ALTER TABLE tcs.factor ADD CONSTRAINT factor_scorecard_reserved
	CHECK (scorecard NOT LIKE 'tcs.%') NOT VALID;
COMMENT ON CONSTRAINT factor_scorecard_reserved ON tcs.factor IS
'scorecards whose names begin with "tcs." are the extension''s own';
