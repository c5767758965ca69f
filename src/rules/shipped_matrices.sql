-- The matrices that come with the extension: rule sets of nine segments, one a
-- cell.  Each cell is two ranges, so that an index on either column serves it and
-- segment_explain tells how far a row is from the next cell.

INSERT INTO tcs.rule_set (name, description, default_segment, changed_by, changed_at)
SELECT s.name, s.description, 'Not rated', 'tcs', '2026-11-22 00:00:00+00'
  FROM (VALUES
	('tcs.customer_relationship',
	 'The customer-relationship matrix: how much a customer matters to us by how much it trusts us. Both are indexes from 0 to 100, such as the scorecards tcs.importance and tcs.trust give; low is below 40, high from 70. The cell is matrix_cell(importance, trust, ''{40,70}'', ''{40,70}''). A customer without one of them, or with one outside 0 to 100, is not rated; no other is in two segments or in none. Columns: importance, trust.'),
	('tcs.sales_performance',
	 'The sales-performance matrix, of accounts, territories or people: what was put in by what came of it. Both in percent: effort of the effort planned (visits, hours, budget), result of the target; low is below 80, high from 110. The cell is matrix_cell(effort, result, ''{80,110}'', ''{80,110}''). Without one of them, with a negative effort or with more than 10000 percent: not rated; no other is in two segments or in none. Columns: effort, result.'),
	('tcs.decision_tendency',
	 'The decision-tendency matrix, of open decisions: how willing a customer is to decide for us by how much it sees itself risk by that. Both are indexes from 0 to 100; low is below 40, high from 70. The cell is matrix_cell(willingness, risk, ''{40,70}'', ''{40,70}''). Without one of them, or with one outside 0 to 100: not rated; no other is in two segments or in none. Columns: willingness, risk.')
  ) AS s (name, description);

-- bands: what the first and the second digit of a cell stand for
WITH band (rule_set, digit, x, y) AS (VALUES
	('tcs.customer_relationship', 1, 'importance >= 0 AND importance < 40', 'trust >= 0 AND trust < 40'),
	('tcs.customer_relationship', 2, 'importance >= 40 AND importance < 70', 'trust >= 40 AND trust < 70'),
	('tcs.customer_relationship', 3, 'importance >= 70 AND importance <= 100', 'trust >= 70 AND trust <= 100'),
	('tcs.sales_performance', 1, 'effort >= 0 AND effort < 80', 'result < 80'),
	('tcs.sales_performance', 2, 'effort >= 80 AND effort < 110', 'result >= 80 AND result < 110'),
	('tcs.sales_performance', 3, 'effort >= 110 AND effort <= 10000', 'result >= 110 AND result <= 10000'),
	('tcs.decision_tendency', 1, 'willingness >= 0 AND willingness < 40', 'risk >= 0 AND risk < 40'),
	('tcs.decision_tendency', 2, 'willingness >= 40 AND willingness < 70', 'risk >= 40 AND risk < 70'),
	('tcs.decision_tendency', 3, 'willingness >= 70 AND willingness <= 100', 'risk >= 70 AND risk <= 100'))
INSERT INTO tcs.rule (rule_set, priority, segment, condition, description, changed_by, changed_at)
SELECT s.rule_set, s.priority, s.segment, x.x || ' AND ' || y.y, s.description, 'tcs', '2026-11-22 00:00:00+00'
  FROM (VALUES
	('tcs.customer_relationship', 10, 33, 'Partner',
	 'Matters most and trusts us. Plan the year together, let them see first what is new, tie management to management.'),
	('tcs.customer_relationship', 20, 32, 'Grow closer',
	 'Matters most and trusts us by half. Meet more of their people, keep every promise and show that it was kept.'),
	('tcs.customer_relationship', 30, 31, 'Win over',
	 'Matters most and does not trust us: the business most in danger. Find out why at the top, agree on one thing that must get better, and prove it.'),
	('tcs.customer_relationship', 40, 23, 'Develop',
	 'Trusts us, and could matter more. Ask for a larger share of what they buy, offer what goes with what they have.'),
	('tcs.customer_relationship', 50, 22, 'Look after',
	 'In the middle of both. Keep the contact regular and the service as agreed; look for what would raise either.'),
	('tcs.customer_relationship', 60, 21, 'Mend',
	 'Matters to us and does not trust us. Settle what is open, complaints first, before anything is offered.'),
	('tcs.customer_relationship', 70, 13, 'Advocate',
	 'Trusts us and matters little by its orders. Ask for references and introductions; serve it at low cost.'),
	('tcs.customer_relationship', 80, 12, 'Serve simply',
	 'Matters little and trusts us by half. Serve it by catalogue, shop and inside sales.'),
	('tcs.customer_relationship', 90, 11, 'Let be',
	 'Matters little and does not trust us. No visits; answer when asked.'),

	('tcs.sales_performance', 10, 13, 'Easy win',
	 'Little effort and more than the target. Find out what works and tell the others; see whether more effort brings more still.'),
	('tcs.sales_performance', 20, 23, 'Ahead',
	 'The effort as planned and more than the target. Keep on, and set the next target higher.'),
	('tcs.sales_performance', 30, 33, 'Hard won',
	 'Much effort and more than the target. Keep the result, look for what can be had with less.'),
	('tcs.sales_performance', 40, 12, 'Lean',
	 'Little effort and the result as planned. Leave it so; the hours that are free are worth more elsewhere.'),
	('tcs.sales_performance', 50, 22, 'On plan',
	 'Effort and result as planned. Carry on, and plan the next step.'),
	('tcs.sales_performance', 60, 32, 'Laborious',
	 'Much effort and no more than planned. See where the time goes, and take it back to the plan.'),
	('tcs.sales_performance', 70, 11, 'Neglected',
	 'Little effort and little result. Put in what was planned before judging; else take it off the plan.'),
	('tcs.sales_performance', 80, 21, 'Behind',
	 'The effort as planned and less than the target. Change what is done, not how much: offer, contact, price.'),
	('tcs.sales_performance', 90, 31, 'In vain',
	 'Much effort and less than the target. Stop and ask why; move the effort to where it brings more.'),

	('tcs.decision_tendency', 10, 31, 'Close',
	 'Wants to and sees little risk. Send the contract, and name a day.'),
	('tcs.decision_tendency', 20, 32, 'Reassure',
	 'Wants to and sees some risk. Bring references and a guarantee, then ask for the decision.'),
	('tcs.decision_tendency', 30, 33, 'Pilot',
	 'Wants to and sees much risk. Cut the decision small: a trial, stages, a right to withdraw.'),
	('tcs.decision_tendency', 40, 21, 'Nudge',
	 'Half willing, at little risk. Show what waiting costs; make the first step easy.'),
	('tcs.decision_tendency', 50, 22, 'Convince',
	 'Half willing, and sees some risk. Reckon the benefit with their own figures, and win the one who decides.'),
	('tcs.decision_tendency', 60, 23, 'Take the risk off',
	 'Half willing, and sees much risk. Learn what they fear and answer that alone; no offer before.'),
	('tcs.decision_tendency', 70, 11, 'Wake the need',
	 'Unwilling, though little is at risk. Show what others gain by it; come back with news.'),
	('tcs.decision_tendency', 80, 12, 'Keep in touch',
	 'Unwilling, and sees some risk. A letter now and then; wait for a reason to change.'),
	('tcs.decision_tendency', 90, 13, 'Set aside',
	 'Unwilling, and sees much risk. No effort until one of the two has changed.')
  ) AS s (rule_set, priority, cell, segment, description)
  JOIN band AS x ON x.rule_set = s.rule_set AND x.digit = s.cell / 10
  JOIN band AS y ON y.rule_set = s.rule_set AND y.digit = s.cell % 10;
