-- Judging a score or a prediction against what happened.

