-- The rule sets that come with the extension: for the columns of a view that
-- create_metrics made.  They are made to be read, used, and copied to be changed.

INSERT INTO tcs.rule_set (name, description, default_segment, changed_by, changed_at)
SELECT s.name, s.description, s.default_segment, 'tcs', '2026-11-21 00:00:00+00'
  FROM (VALUES
	('tcs.rfm',
	 'The segments of rfm_segment, by recency, frequency and money: every cell of five-bin scores is in one. Column: rfm_cell.',
	 NULL),
	('tcs.rfm_simple',
	 'Ten segments by recency and frequency alone: every pair of five-bin scores is in one. Columns: r, f.',
	 NULL),
	('tcs.lifecycle',
	 'Stages of a customer''s life. A customer''s rhythm is the mean gap between purchases, at least 7 days, and 60 days where there was one purchase only. A stage lasts from its lower bound, which belongs to it, up to its upper bound, which does not; no customer is in two. Columns: purchases, days_since_first, days_since_last, mean_gap, last_gap.',
	 NULL),
	('tcs.value_tiers',
	 'Who brings the money, by the ABC tier: A brings the first 80 % of revenue, B up to 95 %, C the rest. No customer is in two. Columns: abc_tier, revenue.',
	 NULL),
	('tcs.loyalty_tiers',
	 'Membership tiers by revenue, from a bound that belongs to the tier. Copy it and put your own bounds in the place of 500, 2000 and 5000; segment_explain tells how much a customer lacks for the next tier. Columns: revenue, purchases.',
	 'Guest'),
	('tcs.price_sensitive',
	 'Who buys only at a discount, among those who bought on at least 3 days. Columns: purchases, and discount_share, which is yours to add: the share of the customer''s purchases (or revenue) that was discounted, from 0 to 1.',
	 'Not known yet')
  ) AS s (name, description, default_segment);

-- One definition serves both: the map is that of rfm_segments().
INSERT INTO tcs.rule (rule_set, priority, segment, condition, description, changed_by, changed_at)
SELECT 'tcs.rfm', (10 * s.place)::integer, s.segment,
		'rfm_cell IN (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(c.cell), ', ' ORDER BY c.place)
							  FROM pg_catalog.unnest(s.cells) WITH ORDINALITY AS c (cell, place)) || ')',
		a.action, 'tcs', '2026-11-21 00:00:00+00'
  FROM tcs.rfm_segments() WITH ORDINALITY AS s (segment, cells, place)
  LEFT JOIN (VALUES
	('Champions', 'Bought lately, buy often, spend the most. Reward them, show them what is new first, ask them for reviews.'),
	('Loyal', 'Buy regularly and spend well. Offer what goes with what they have, and membership.'),
	('Potential Loyalist', 'Bought lately and more than once. Recommend, and offer membership.'),
	('New', 'Bought lately for the first time or nearly so, and little. Welcome them and help with the first use.'),
	('Promising', 'Bought lately and spend well, but seldom. Make the brand known, try a sample or a trial.'),
	('Need Attention', 'Above the middle in everything, not quite lately. Make an offer for a limited time, on what they bought.'),
	('About To Sleep', 'Below the middle and fading. Show what is popular, renew the contact.'),
	('At Risk', 'Bought often or spent much, and long ago. Write personally, offer a renewal.'),
	('Cannot Lose', 'Spent the most, and have not come back for long. Call them, find out why, win them back.'),
	('Hibernating', 'Bought little, seldom and long ago. Remind them of what fits their last purchase.'),
	('Lost', 'The lowest in nearly everything. One campaign to win them back, else leave them out.')
  ) AS a (segment, action) ON a.segment = s.segment;

INSERT INTO tcs.rule (rule_set, priority, segment, condition, description, changed_by, changed_at)
SELECT s.rule_set, s.priority, s.segment, s.condition, s.description, 'tcs', '2026-11-21 00:00:00+00'
  FROM (VALUES
	('tcs.rfm_simple', 10, 'Champions', 'r = 5 AND f IN (4, 5)',
	 'Bought just now and often. Reward them, show them what is new first.'),
	('tcs.rfm_simple', 20, 'Loyal', 'r IN (3, 4) AND f IN (4, 5)',
	 'Buy often. Offer what goes with what they have, and membership.'),
	('tcs.rfm_simple', 30, 'Potential Loyalist', 'r IN (4, 5) AND f IN (2, 3)',
	 'Bought lately and more than once. Recommend, and offer membership.'),
	('tcs.rfm_simple', 40, 'New', 'r = 5 AND f = 1',
	 'Bought just now and seldom before. Welcome them and help with the first use.'),
	('tcs.rfm_simple', 50, 'Promising', 'r = 4 AND f = 1',
	 'Bought lately and seldom before. Make the brand known, try a sample or a trial.'),
	('tcs.rfm_simple', 60, 'Need Attention', 'r = 3 AND f = 3',
	 'In the middle of both. Make an offer for a limited time.'),
	('tcs.rfm_simple', 70, 'About To Sleep', 'r = 3 AND f IN (1, 2)',
	 'Buy seldom and are fading. Show what is popular, renew the contact.'),
	('tcs.rfm_simple', 80, 'Cannot Lose', 'r IN (1, 2) AND f = 5',
	 'Bought the most often, and have not come back for long. Call them, find out why, win them back.'),
	('tcs.rfm_simple', 90, 'At Risk', 'r IN (1, 2) AND f IN (3, 4)',
	 'Bought often, and long ago. Write personally, offer a renewal.'),
	('tcs.rfm_simple', 100, 'Hibernating', 'r IN (1, 2) AND f IN (1, 2)',
	 'Bought seldom and long ago. Remind them of what fits their last purchase, or leave them out.'),

	('tcs.lifecycle', 10, 'prospect', 'purchases = 0',
	 'No purchase so far. Help towards the first one.'),
	('tcs.lifecycle', 20, 'new', 'purchases > 0 AND days_since_first < 30',
	 'First purchase less than 30 days ago. Welcome them; aim at the second purchase.'),
	('tcs.lifecycle', 30, 'reactivated',
	 'days_since_first >= 30'
	 ' AND days_since_last < 2 * greatest(coalesce(mean_gap, 60), 7)'
	 ' AND coalesce(last_gap >= 3 * CASE WHEN purchases > 2'
	 ' THEN greatest((mean_gap * (purchases - 1) - last_gap) / (purchases - 2), 7) ELSE 60 END, false)',
	 'Last purchase less than 2 of their rhythms ago, after a pause of at least 3 of the rhythms before it (180 days where there was one purchase before). Welcome them back, find out what brought them.'),
	('tcs.lifecycle', 40, 'active',
	 'days_since_first >= 30'
	 ' AND days_since_last < 2 * greatest(coalesce(mean_gap, 60), 7)'
	 ' AND NOT coalesce(last_gap >= 3 * CASE WHEN purchases > 2'
	 ' THEN greatest((mean_gap * (purchases - 1) - last_gap) / (purchases - 2), 7) ELSE 60 END, false)',
	 'Last purchase less than 2 of their rhythms ago (120 days after a single purchase), without such a pause before it. Offer what goes with what they have.'),
	('tcs.lifecycle', 50, 'at risk',
	 'days_since_first >= 30'
	 ' AND days_since_last >= 2 * greatest(coalesce(mean_gap, 60), 7)'
	 ' AND days_since_last < 3 * greatest(coalesce(mean_gap, 60), 7)',
	 'Last purchase at least 2 and less than 3 of their rhythms ago (120 to 180 days after a single purchase). Remind them now: later is dearer.'),
	('tcs.lifecycle', 60, 'dormant',
	 'days_since_first >= 30'
	 ' AND days_since_last >= 3 * greatest(coalesce(mean_gap, 60), 7)'
	 ' AND days_since_last < 6 * greatest(coalesce(mean_gap, 60), 7)',
	 'Last purchase at least 3 and less than 6 of their rhythms ago (180 to 360 days after a single purchase). Make an offer to win them back.'),
	('tcs.lifecycle', 70, 'lost',
	 'days_since_first >= 30'
	 ' AND days_since_last >= 6 * greatest(coalesce(mean_gap, 60), 7)',
	 'Last purchase at least 6 of their rhythms ago (360 days after a single purchase). One last try, then leave them out.'),

	('tcs.value_tiers', 10, 'High value', 'abc_tier = ''A''',
	 'Bring the first 80 % of revenue. Serve them personally, and watch that none leaves.'),
	('tcs.value_tiers', 20, 'Middle value', 'abc_tier = ''B''',
	 'Bring revenue from 80 % up to 95 %. Develop them towards the first tier.'),
	('tcs.value_tiers', 30, 'Low value', 'abc_tier = ''C'' AND revenue > 0',
	 'Bring the last 5 % of revenue. Serve them at low cost.'),
	('tcs.value_tiers', 40, 'No value', 'abc_tier = ''C'' AND revenue <= 0',
	 'Bring nothing: no purchase, or all of it given back. Find out why before spending on them.'),

	('tcs.loyalty_tiers', 10, 'Platinum', 'revenue >= 5000',
	 'Revenue of at least 5000. A contact of their own, and invitations.'),
	('tcs.loyalty_tiers', 20, 'Gold', 'revenue >= 2000',
	 'Revenue of at least 2000 and less than 5000. Free delivery, early access.'),
	('tcs.loyalty_tiers', 30, 'Silver', 'revenue >= 500',
	 'Revenue of at least 500 and less than 2000. Tell them what they lack for gold.'),
	('tcs.loyalty_tiers', 40, 'Bronze', 'purchases >= 1',
	 'A purchase, and revenue of less than 500. Tell them what they lack for silver.'),

	('tcs.price_sensitive', 10, 'Price-sensitive', 'purchases >= 3 AND discount_share >= 0.7',
	 'At least 70 % of the purchases discounted. Send them sales and nothing at the full price; let no discount go to waste on others.'),
	('tcs.price_sensitive', 20, 'Bargain-aware', 'purchases >= 3 AND discount_share >= 0.3 AND discount_share < 0.7',
	 'At least 30 % and less than 70 % discounted. Try smaller discounts, bundles, points.'),
	('tcs.price_sensitive', 30, 'Full price', 'purchases >= 3 AND discount_share < 0.3',
	 'Less than 30 % discounted. Send no discounts: service and novelty instead.')
  ) AS s (rule_set, priority, segment, condition, description);
