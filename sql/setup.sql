-- Every other test finds the extension made by this one.
CREATE EXTENSION tcs;
