-- Scorecards as a whole: read, written and copied.

