-- Scorecards: an index from 0 to 100 as a weighted mean of factors.

