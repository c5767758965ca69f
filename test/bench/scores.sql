-- RFM scores and ABC tiers of all customers, against window functions.  Those
-- give customers who are equal different scores; that is left out of account.

\echo Measuring RFM and ABC

INSERT INTO way (topic, way, query) VALUES
('rfm', 'tcs, fit and score', $$
	SELECT customer_id, tcs.rfm_score(
		(SELECT tcs.rfm_fit(age, frequency, monetary) FROM history), age, frequency, monetary)
	FROM history $$),

('rfm', 'SQL, three ntile(5)', $$
	SELECT customer_id, ntile(5) OVER (ORDER BY age DESC),
		ntile(5) OVER (ORDER BY frequency), ntile(5) OVER (ORDER BY monetary)
	FROM history $$),

('rfm', 'tcs, window', $$
	SELECT customer_id, tcs.rfm_score(age, frequency, monetary) OVER () FROM history $$),

('abc', 'tcs, fit and tier', $$
	SELECT customer_id, tcs.abc_tier((SELECT tcs.abc_fit(monetary) FROM history), monetary)
	FROM history $$),

('abc', 'SQL, cumulative sum', $$
	SELECT customer_id,
		CASE WHEN above < 0.8 * total THEN 'A' WHEN above < 0.95 * total THEN 'B' ELSE 'C' END
	FROM (SELECT customer_id,
			sum(monetary) OVER (ORDER BY monetary DESC ROWS UNBOUNDED PRECEDING) - monetary AS above,
			sum(monetary) OVER () AS total
		FROM history) AS h $$),

('abc', 'tcs, window', $$
	SELECT customer_id, tcs.abc_tier(monetary) OVER () FROM history $$);

CALL measure('rfm', :repeats);
CALL measure('abc', :repeats);

CALL claim_ratio('rfm_fit and rfm_score / three ntile(5) windows',
	'rfm', 'tcs, fit and score', 'SQL, three ntile(5)', '<=', 0.2);
CALL claim_ratio('rfm_score as a window function / the same',
	'rfm', 'tcs, window', 'SQL, three ntile(5)', '<=', 0.45);
CALL claim_ratio('abc_fit and abc_tier / cumulative-sum window query',
	'abc', 'tcs, fit and tier', 'SQL, cumulative sum', '<=', 0.25);
CALL claim_ratio('abc_tier as a window function / the same',
	'abc', 'tcs, window', 'SQL, cumulative sum', '<=', 0.5);
