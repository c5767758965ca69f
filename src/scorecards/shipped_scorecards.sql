-- The scorecards that the extension ships.

