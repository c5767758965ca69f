-- RFM: recency, frequency and monetary value as scores from 1 to bins.
--
-- f and m are 1 + floor(bins * (values strictly below) / n), so the lowest value
-- always scores 1.  r is bins - floor(bins * (values strictly more recent) / n),
-- so the newest always scores best.  Equal customers score equally, unlike with
-- NTILE.  Where many customers are equal, some scores are not given at all.
--
-- Two ways lead to the same scores: the window function, for all customers of
-- one query, and a model, for cuts that are kept and customers that come later.
-- A model is made once by rfm_fit and knows ages only, so that its cuts stay
-- right as time passes.

CREATE TYPE tcs.rfm AS (
	r smallint,
	f smallint,
	m smallint
);
COMMENT ON TYPE tcs.rfm IS
'RFM scores, 1 is the worst';
COMMENT ON COLUMN tcs.rfm.r IS
'score of recency, the latest purchase scores best';
COMMENT ON COLUMN tcs.rfm.f IS
'score of frequency';
COMMENT ON COLUMN tcs.rfm.m IS
'score of monetary value';

-- The planner may replace the frame of a window that none of the functions in it
-- looks at (PostgreSQL 16 and later).

CREATE FUNCTION tcs_internal.window_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_window_support';
COMMENT ON FUNCTION tcs_internal.window_support(internal) IS
'planner support of the window functions';

-- The window function.

@each recency, type, meaning
@ date             | date      | later is better
@ timestamp        | timestamp | later is better; compared by whole microseconds
@ timestamptz      | timestamp | later is better; compared by whole microseconds
@ interval         | interval  | an age: shorter is better; a month is 30.4375 days
@ double precision | float8    | an age, in days or any unit: smaller is better
CREATE FUNCTION tcs.rfm_score(recency @recency@, frequency double precision,
							  monetary double precision, bins integer DEFAULT 5)
	RETURNS tcs.rfm
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 5
	SUPPORT tcs_internal.window_support
	AS 'MODULE_PATHNAME', 'tcs_rfm_score_@type@';
COMMENT ON FUNCTION tcs.rfm_score(@recency@, double precision, double precision, integer) IS
'RFM scores within the window partition; the frame and its order have no influence. recency: \
@meaning@. bins: 2 to 100, 5 unless given. NULL in any of the three: NULL, and not counted. Errors: \
NaN, infinity, bins changing within the partition, more values than tcs.fit_memory holds';
@end

-- The model: fit, make from given cuts, score.

CREATE FUNCTION tcs_internal.rfm_fit_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_combine';
COMMENT ON FUNCTION tcs_internal.rfm_fit_combine(internal, internal) IS
'combine function of the aggregate rfm_fit';

CREATE FUNCTION tcs_internal.rfm_fit_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_serial';
COMMENT ON FUNCTION tcs_internal.rfm_fit_serial(internal) IS
'serialization function of the aggregate rfm_fit';

CREATE FUNCTION tcs_internal.rfm_fit_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_deserial';
COMMENT ON FUNCTION tcs_internal.rfm_fit_deserial(bytea, internal) IS
'deserialization function of the aggregate rfm_fit';

CREATE FUNCTION tcs_internal.rfm_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_final';
COMMENT ON FUNCTION tcs_internal.rfm_fit_final(internal) IS
'final function of the aggregate rfm_fit';

@each age, bins, type, unit, with_bins, how_many, change
@ double precision |           | float8   | in days                 |        | Five bins      |
@ double precision | , integer | float8   | in days                 | , bins | bins: 2 to 100 | , bins changing within a group
@ interval         |           | interval | a month is 30.4375 days |        | Five bins      |
@ interval         | , integer | interval | a month is 30.4375 days | , bins | bins: 2 to 100 | , bins changing within a group
CREATE FUNCTION tcs_internal.rfm_fit_trans(internal, @age@, double precision, double precision@bins@)
	RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_@type@';
COMMENT ON FUNCTION tcs_internal.rfm_fit_trans(internal, @age@, double precision, double precision@bins@) IS
'transition function of the aggregate rfm_fit';

CREATE AGGREGATE tcs.rfm_fit(@age@, double precision, double precision@bins@) (
	SFUNC = tcs_internal.rfm_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.rfm_fit_final,
	COMBINEFUNC = tcs_internal.rfm_fit_combine,
	SERIALFUNC = tcs_internal.rfm_fit_serial,
	DESERIALFUNC = tcs_internal.rfm_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.rfm_fit(@age@, double precision, double precision@bins@) IS
'model of kind "rfm": the cuts of a population, rfm_fit(age, frequency, monetary@with_bins@). age: \
time since the last purchase, @unit@. @how_many@. Rows with a NULL are not counted; NULL when none \
is left. Errors: NaN, infinity@change@, more values than tcs.fit_memory holds (24 bytes a \
customer)';
@end

@each types, bins, how_many, change
@           |                 | Five bins      |
@ , integer | , bins          | bins: 2 to 100 | , bins changing within a group
CREATE FUNCTION tcs_internal.rfm_fit_trans(internal, tcs.purchase_history@types@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_history';
COMMENT ON FUNCTION tcs_internal.rfm_fit_trans(internal, tcs.purchase_history@types@) IS
'transition function of the aggregate rfm_fit';

CREATE AGGREGATE tcs.rfm_fit(tcs.purchase_history@types@) (
	SFUNC = tcs_internal.rfm_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.rfm_fit_final,
	COMBINEFUNC = tcs_internal.rfm_fit_combine,
	SERIALFUNC = tcs_internal.rfm_fit_serial,
	DESERIALFUNC = tcs_internal.rfm_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.rfm_fit(tcs.purchase_history@types@) IS
'model of kind "rfm" of histories, rfm_fit(history@bins@): age is the days since the last purchase, \
frequency the days with one, monetary the revenue. @how_many@. Histories that are NULL, or whose x, \
t_x, t or revenue is, are not counted; NULL when none is left. Errors: a history that no customer \
can have@change@, more values than tcs.fit_memory holds (24 bytes a customer)';
@end

CREATE FUNCTION tcs.rfm_model(age_cuts double precision[],
							  frequency_cuts double precision[],
							  monetary_cuts double precision[])
	RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rfm_model';
COMMENT ON FUNCTION tcs.rfm_model(double precision[], double precision[], double precision[]) IS
'model of kind "rfm" from given cuts. Each cut is the last value of its class: with age_cuts {30,90} an age of up to 30 days scores 3, up to 90 days 2, more 1; with frequency_cuts {1,3} one purchase scores 1, up to three 2, more 3. Ages in days. NULL for NULL. Errors: an array empty, longer than 99, unsorted, with NULL, NaN or infinity, or of two dimensions';

@each age, type, unit
@ double precision | float8   | in days
@ interval         | interval | a month is 30.4375 days
CREATE FUNCTION tcs.rfm_score(model jsonb, age @age@,
							  frequency double precision,
							  monetary double precision)
	RETURNS tcs.rfm
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_rfm_score_model_@type@';
COMMENT ON FUNCTION tcs.rfm_score(jsonb, @age@, double precision, double precision) IS
'RFM scores of one customer under a model of kind "rfm". age: time since the last purchase, @unit@. \
NULL for NULL. Errors: no such model, NaN, infinity';
@end

CREATE FUNCTION tcs.rfm_score(model jsonb, history tcs.purchase_history)
	RETURNS tcs.rfm
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_rfm_score_model_history';
COMMENT ON FUNCTION tcs.rfm_score(jsonb, tcs.purchase_history) IS
'RFM scores of one customer under a model of kind "rfm": age is the days since the last purchase, frequency the days with one, monetary the revenue. NULL for NULL, and where x, t_x, t or revenue of the history is. Errors: no such model, a history that no customer can have';

-- Reading scores.

CREATE FUNCTION tcs.rfm_cell(rfm tcs.rfm) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_rfm_cell';
COMMENT ON FUNCTION tcs.rfm_cell(tcs.rfm) IS
'the three scores as text: 543, or 10-3-7 where one has two digits. NULL for NULL. Errors: a score below 1';

CREATE FUNCTION tcs.rfm_segment(rfm tcs.rfm) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_rfm_segment';
COMMENT ON FUNCTION tcs.rfm_segment(tcs.rfm) IS
'name of the segment of five-bin scores, from the map that rfm_segments() shows. NULL for NULL and for a score outside 1 to 5';

CREATE FUNCTION tcs.rfm_segments(OUT segment text, OUT cells text[])
	RETURNS SETOF record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 11
	AS 'MODULE_PATHNAME', 'tcs_rfm_segments';
COMMENT ON FUNCTION tcs.rfm_segments() IS
'the segments of rfm_segment with their cells, best first; each of the 125 cells is in one of them';

CREATE FUNCTION tcs.rfm_explain(model jsonb, age double precision,
								frequency double precision,
								monetary double precision,
								OUT measure text, OUT value double precision,
								OUT score smallint, OUT next_score smallint,
								OUT next_cut double precision,
								OUT next_needs text)
	RETURNS SETOF record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 3
	AS 'MODULE_PATHNAME', 'tcs_rfm_explain_float8';
COMMENT ON FUNCTION tcs.rfm_explain(jsonb, double precision, double precision, double precision) IS
'why a customer has its RFM scores, a row a measure: its value (age in days), its score, and the next better score with the cut to pass and what that takes in words; these are NULL at the best score. age: in days. No rows for NULL. Errors: as rfm_score';

CREATE FUNCTION tcs.rfm_explain(model jsonb, age interval,
								frequency double precision,
								monetary double precision,
								OUT measure text, OUT value double precision,
								OUT score smallint, OUT next_score smallint,
								OUT next_cut double precision,
								OUT next_needs text)
	RETURNS SETOF record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 3
	AS 'MODULE_PATHNAME', 'tcs_rfm_explain_interval';
COMMENT ON FUNCTION tcs.rfm_explain(jsonb, interval, double precision, double precision) IS
'why a customer has its RFM scores, a row a measure: its value (age in days), its score, and the next better score with the cut to pass and what that takes in words; these are NULL at the best score. age: a month is 30.4375 days. No rows for NULL. Errors: as rfm_score';

-- A call with what is not taken, as in src/history/refused.sql.

CREATE FUNCTION tcs_internal.rfm_fit_refused(internal, "any", "any", "any") RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_refused';
COMMENT ON FUNCTION tcs_internal.rfm_fit_refused(internal, "any", "any", "any") IS
'transition function of the aggregate rfm_fit that takes anything: an error';

CREATE AGGREGATE tcs.rfm_fit("any", "any", "any") (
	SFUNC = tcs_internal.rfm_fit_refused,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.rfm_fit_final,
	COMBINEFUNC = tcs_internal.rfm_fit_combine,
	SERIALFUNC = tcs_internal.rfm_fit_serial,
	DESERIALFUNC = tcs_internal.rfm_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.rfm_fit("any", "any", "any") IS
'an error that says which argument is of a wrong type; the day of the last purchase is one';
