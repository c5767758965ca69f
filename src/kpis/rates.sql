-- KPIs of one number: rates, scores and ratios, with their intervals.

