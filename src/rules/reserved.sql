-- Nobody else's rule set can have a name like those that come with the extension,
-- which are in the tables already: NOT VALID leaves these alone.

ALTER TABLE tcs.rule_set ADD CONSTRAINT rule_set_name_reserved
	CHECK (name NOT LIKE 'tcs.%') NOT VALID;
COMMENT ON CONSTRAINT rule_set_name_reserved ON tcs.rule_set IS
'names that begin with "tcs." are the extension''s own';
ALTER TABLE tcs.rule ADD CONSTRAINT rule_rule_set_reserved
	CHECK (rule_set NOT LIKE 'tcs.%') NOT VALID;
COMMENT ON CONSTRAINT rule_rule_set_reserved ON tcs.rule IS
'rule sets whose names begin with "tcs." are the extension''s own';
