-- The trait sets that come with the extension.  They are made to be read, used, and
-- copied to be changed.

INSERT INTO tcs.trait_set (name, description, changed_by, changed_at)
SELECT s.name, s.description, 'tcs', '2026-11-30 00:00:00+00'
  FROM (VALUES
	('tcs.shop',
	 'What a customer of a shop did, for the rule set tcs.price_sensitive and for rules of your own. An event is a purchase of one product. Columns of the log: product, channel, amount, discount (in money; 0 or NULL: none).'),
	('tcs.visits',
	 'What a visitor of a trade fair, a shop or a site did, for the scorecard tcs.lead and for rules of your own. A log of moments. Columns of the log: kind, a text; enters and leaves say that somebody came or went, everything else is something done.')
  ) AS s (name, description);

INSERT INTO tcs.trait (trait_set, trait, measure, value, condition, within, since, gap, description, changed_by, changed_at)
SELECT s.trait_set, s.trait, s.measure, s.value, s.condition, s.within::interval, s.since, s.gap::interval, s.description,
		'tcs', '2026-11-30 00:00:00+00'
  FROM (VALUES
	('tcs.shop', 'purchases', 'count', NULL, NULL, NULL, NULL, NULL,
	 'how many products were bought'),
	('tcs.shop', 'purchases_90_days', 'count', NULL, NULL, '90 days', NULL, NULL,
	 'how many of them within 90 days'),
	('tcs.shop', 'spent_365_days', 'sum', 'amount', NULL, '365 days', NULL, NULL,
	 'what they came to within 365 days'),
	('tcs.shop', 'discount_share', 'avg', 'coalesce(discount > 0, false)', NULL, NULL, NULL, NULL,
	 'share of them that had a discount, from 0 to 1'),
	('tcs.shop', 'products', 'distinct', 'product', NULL, NULL, NULL, NULL,
	 'how many different products'),
	('tcs.shop', 'favourite_product', 'most_frequent', 'product', NULL, NULL, NULL, NULL,
	 'the product bought most often'),
	('tcs.shop', 'favourite_channel', 'most_frequent', 'channel', NULL, NULL, NULL, NULL,
	 'the channel used most often'),
	('tcs.shop', 'first_channel', 'first', 'channel', NULL, NULL, NULL, NULL,
	 'the channel of the first purchase'),
	('tcs.shop', 'last_product', 'last', 'product', NULL, NULL, NULL, NULL,
	 'the product bought last'),
	('tcs.shop', 'days_since_last', 'days_since_last', NULL, NULL, NULL, NULL, NULL,
	 'days since the last purchase'),
	('tcs.visits', 'visits', 'sessions', NULL, NULL, NULL, NULL, '30 minutes',
	 'how often somebody came: a pause of more than half an hour is the end of a visit'),
	('tcs.visits', 'dwell_minutes', 'session_minutes', NULL, NULL, NULL, NULL, '30 minutes',
	 'minutes from the first to the last event of a visit, over all visits'),
	('tcs.visits', 'interactions', 'count', NULL, 'kind NOT IN (''enters'', ''leaves'')', NULL, NULL, NULL,
	 'what somebody did, counted'),
	('tcs.visits', 'visits_90_days', 'sessions', NULL, NULL, '90 days', NULL, '30 minutes',
	 'how often somebody came within 90 days'),
	('tcs.visits', 'days_since_visit', 'days_since_last', NULL, NULL, NULL, NULL, NULL,
	 'days since somebody was there last')
  ) AS s (trait_set, trait, measure, value, condition, within, since, gap, description);

-- Nobody else's trait set can have such a name; those above are not looked at.
ALTER TABLE tcs.trait_set ADD CONSTRAINT trait_set_name_reserved
	CHECK (name NOT LIKE 'tcs.%') NOT VALID;
COMMENT ON CONSTRAINT trait_set_name_reserved ON tcs.trait_set IS
'names that begin with "tcs." are the extension''s own';
ALTER TABLE tcs.trait ADD CONSTRAINT trait_trait_set_reserved
	CHECK (trait_set NOT LIKE 'tcs.%') NOT VALID;
COMMENT ON CONSTRAINT trait_trait_set_reserved ON tcs.trait IS
'trait sets whose names begin with "tcs." are the extension''s own';
