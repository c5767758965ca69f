-- Customer lifetime value and value at risk.

