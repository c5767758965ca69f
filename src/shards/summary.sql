-- Summaries: what an aggregate has collected, as a value that travels and adds up.
--
-- Where the rows are on several machines, or are gone next month, an aggregate is
-- made in two steps.  For each aggregate x that is about a population there are
--
--	x_summary(what x takes) -> tcs.summary	on each machine, or each month
--	x(tcs.summary)							over the summaries: what x over all rows returns
--
-- (of btyd_fit and the other fits without the _fit), and summary_merge adds
-- summaries up to one that can wait.  All are built of the support functions that
-- parallel queries use: a roll-up is equal bit by bit to one machine.

CREATE TYPE tcs.summary;

CREATE FUNCTION tcs_internal.summary_in(text cstring) RETURNS tcs.summary
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_summary_in';
COMMENT ON FUNCTION tcs_internal.summary_in(cstring) IS
'input function of the type tcs.summary';

CREATE FUNCTION tcs_internal.summary_out(summary tcs.summary) RETURNS cstring
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_summary_out';
COMMENT ON FUNCTION tcs_internal.summary_out(tcs.summary) IS
'output function of the type tcs.summary';

CREATE FUNCTION tcs_internal.summary_recv(internal) RETURNS tcs.summary
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_summary_recv';
COMMENT ON FUNCTION tcs_internal.summary_recv(internal) IS
'binary input function of the type tcs.summary';

CREATE FUNCTION tcs_internal.summary_send(summary tcs.summary) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_summary_send';
COMMENT ON FUNCTION tcs_internal.summary_send(tcs.summary) IS
'binary output function of the type tcs.summary';

CREATE TYPE tcs.summary (
	INPUT = tcs_internal.summary_in,
	OUTPUT = tcs_internal.summary_out,
	RECEIVE = tcs_internal.summary_recv,
	SEND = tcs_internal.summary_send,
	STORAGE = external
);
COMMENT ON TYPE tcs.summary IS
'what an aggregate has collected, with its arguments: made by btyd_summary and its kin, rolled up by btyd_fit(summary) and its kin, added up by summary_merge. As text it is the name of the aggregate, a colon and base64';

-- Each kind: its summary is written by one function, read by another.

@each kind, state, name
@ btyd_fit | btyd_fit | btyd
@ spend_fit | spend_fit | spend
@ rfm_fit | rfm_fit | rfm
@ abc_fit | distribution | abc
@ gini | distribution | gini
@ lorenz | distribution | lorenz
@ sbg_fit | sbg_fit | sbg
@ churn_fit | churn_fit | churn
@ auc | scored | auc
@ lift | scored | lift
@ calibration | scored | calibration
@ brier | mean_error | brier
@ mae | mean_error | mae
@ rmse | mean_error | rmse
@ uplift | ranked | uplift
@ qini | ranked | qini
@ capture | ranked | capture
@ cutoff | ranked | cutoff
@ logit_fit | features | logit
@ linear_fit | features | linear
@ key_drivers | features | key_drivers
@ tree_fit | features | tree
@ kmeans_fit | features | kmeans
@ rate | tally | rate
@ nps | tally | nps
@ csat | tally | csat
@ duration | duration | duration
@ funnel_steps | funnel_steps | funnel_steps
@ retention_table | retention_table | retention_table
@ ab_effect | ab_effect | ab_effect
@ ab_sample_ratio | ab_sample_ratio | ab_sample_ratio
CREATE FUNCTION tcs_internal.@kind@_summary_final(internal) RETURNS tcs.summary
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_@kind@_summary_final';
COMMENT ON FUNCTION tcs_internal.@kind@_summary_final(internal) IS
'final function of the aggregate @name@_summary';

CREATE FUNCTION tcs_internal.@kind@_summary_trans(internal, tcs.summary) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_@kind@_summary_trans';
COMMENT ON FUNCTION tcs_internal.@kind@_summary_trans(internal, tcs.summary) IS
'transition function of the aggregate @kind@ that rolls summaries up';
@end

-- Roll-ups.

@each kind, state, final, space, name
@ btyd_fit | btyd_fit | btyd_fit_final | 256 | btyd
@ spend_fit | spend_fit | spend_fit_final | 768 | spend
@ rfm_fit | rfm_fit | rfm_fit_final | 512 | rfm
@ abc_fit | distribution | abc_fit_final | 512 | abc
@ gini | distribution | gini_final | 512 | gini
@ lorenz | distribution | lorenz_final | 512 | lorenz
@ sbg_fit | sbg_fit | sbg_fit_final | 1024 | sbg
@ churn_fit | churn_fit | churn_fit_final | 2048 | churn
@ auc | scored | auc_final | 512 | auc
@ lift | scored | lift_final | 512 | lift
@ calibration | scored | calibration_final | 512 | calibration
@ brier | mean_error | mean_error_final | 64 | brier
@ mae | mean_error | mean_error_final | 64 | mae
@ rmse | mean_error | rmse_final | 64 | rmse
@ uplift | ranked | uplift_final | 512 | uplift
@ qini | ranked | qini_final | 512 | qini
@ capture | ranked | capture_final | 512 | capture
@ cutoff | ranked | cutoff_final | 512 | cutoff
@ logit_fit | features | logit_fit_final | 8192 | logit
@ linear_fit | features | logit_fit_final | 8192 | linear
@ key_drivers | features | key_drivers_final | 8192 | key_drivers
@ tree_fit | features | tree_fit_final | 8192 | tree
@ kmeans_fit | features | kmeans_fit_final | 8192 | kmeans
@ rate | tally | rate_final | 64 | rate
@ nps | tally | nps_final | 64 | nps
@ csat | tally | csat_final | 64 | csat
@ duration | duration | duration_final | 256 | duration
@ funnel_steps | funnel_steps | funnel_steps_final | 4912 | funnel_steps
@ retention_table | retention_table | retention_table_final | 272 | retention_table
@ ab_effect | ab_effect | ab_effect_final | 4096 | ab_effect
@ ab_sample_ratio | ab_sample_ratio | ab_sample_ratio_final | 512 | ab_sample_ratio
CREATE AGGREGATE tcs.@kind@(summary tcs.summary) (
	SFUNC = tcs_internal.@kind@_summary_trans,
	STYPE = internal,
	SSPACE = @space@,
	FINALFUNC = tcs_internal.@final@,
	COMBINEFUNC = tcs_internal.@state@_combine,
	SERIALFUNC = tcs_internal.@state@_serial,
	DESERIALFUNC = tcs_internal.@state@_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.@kind@(tcs.summary) IS
'@kind@ of all rows that the summaries were made of, by @name@_summary: equal bit by bit to one call over them, in whatever order and parts. NULL summaries, of parts without rows, are left out. Errors: also summaries of another kind, version or encoding, made with other arguments, or not whole';
@end

-- Summaries of rows.

@each name, kind, state, space, arguments, types
@ btyd | btyd_fit | btyd_fit | 256 | history tcs.purchase_history | tcs.purchase_history
@ btyd | btyd_fit | btyd_fit | 256 | history tcs.purchase_history, family text | tcs.purchase_history, text
@ btyd | btyd_fit | btyd_fit | 256 | history tcs.purchase_history, family text, period interval | tcs.purchase_history, text, interval
@ btyd | btyd_fit | btyd_fit | 256 | history tcs.purchase_history, family text, period interval, customers bigint | tcs.purchase_history, text, interval, bigint
@ spend | spend_fit | spend_fit | 768 | history tcs.purchase_history | tcs.purchase_history
@ spend | spend_fit | spend_fit | 768 | history tcs.purchase_history, first_purchase boolean | tcs.purchase_history, boolean
@ rfm | rfm_fit | rfm_fit | 512 | age double precision, frequency double precision, monetary double precision | double precision, double precision, double precision
@ rfm | rfm_fit | rfm_fit | 512 | age double precision, frequency double precision, monetary double precision, bins integer | double precision, double precision, double precision, integer
@ rfm | rfm_fit | rfm_fit | 512 | age interval, frequency double precision, monetary double precision | interval, double precision, double precision
@ rfm | rfm_fit | rfm_fit | 512 | age interval, frequency double precision, monetary double precision, bins integer | interval, double precision, double precision, integer
@ rfm | rfm_fit | rfm_fit | 512 | history tcs.purchase_history | tcs.purchase_history
@ rfm | rfm_fit | rfm_fit | 512 | history tcs.purchase_history, bins integer | tcs.purchase_history, integer
@ abc | abc_fit | distribution | 512 | value double precision | double precision
@ abc | abc_fit | distribution | 512 | value double precision, cuts double precision[] | double precision, double precision[]
@ abc | abc_fit | distribution | 512 | history tcs.purchase_history | tcs.purchase_history
@ abc | abc_fit | distribution | 512 | history tcs.purchase_history, cuts double precision[] | tcs.purchase_history, double precision[]
@ gini | gini | distribution | 512 | value double precision | double precision
@ lorenz | lorenz | distribution | 512 | value double precision, points integer | double precision, integer
@ sbg | sbg_fit | sbg_fit | 1024 | tenure integer, churned boolean | integer, boolean
@ sbg | sbg_fit | sbg_fit | 1024 | tenure integer, churned boolean, customers bigint | integer, boolean, bigint
@ churn | churn_fit | churn_fit | 2048 | history tcs.purchase_history, returned boolean, as_of date, until date, base jsonb, horizon interval | tcs.purchase_history, boolean, date, date, jsonb, interval
@ churn | churn_fit | churn_fit | 2048 | history tcs.purchase_history, returned boolean, as_of date, until date, base jsonb, horizon interval, attributes "any" | tcs.purchase_history, boolean, date, date, jsonb, interval, "any"
@ auc | auc | scored | 512 | score double precision, label boolean | double precision, boolean
@ lift | lift | scored | 512 | score double precision, label boolean, share double precision | double precision, boolean, double precision
@ calibration | calibration | scored | 512 | probability double precision, label boolean, bins integer | double precision, boolean, integer
@ brier | brier | mean_error | 64 | probability double precision, label boolean | double precision, boolean
@ mae | mae | mean_error | 64 | predicted double precision, actual double precision | double precision, double precision
@ rmse | rmse | mean_error | 64 | predicted double precision, actual double precision | double precision, double precision
@ uplift | uplift | ranked | 512 | score double precision, treated boolean, outcome boolean, bins integer | double precision, boolean, boolean, integer
@ uplift | uplift | ranked | 512 | score double precision, treated boolean, outcome double precision, bins integer | double precision, boolean, double precision, integer
@ qini | qini | ranked | 512 | score double precision, treated boolean, outcome boolean | double precision, boolean, boolean
@ qini | qini | ranked | 512 | score double precision, treated boolean, outcome double precision | double precision, boolean, double precision
@ capture | capture | ranked | 512 | score double precision, outcome boolean, steps integer | double precision, boolean, integer
@ capture | capture | ranked | 512 | score double precision, outcome double precision, steps integer | double precision, double precision, integer
@ cutoff | cutoff | ranked | 512 | score double precision, value double precision, cost double precision | double precision, double precision, double precision
@ cutoff | cutoff | ranked | 512 | score double precision, treated boolean, value double precision, cost double precision | double precision, boolean, double precision, double precision
@ logit | logit_fit | features | 8192 | outcome boolean, features "any" | boolean, "any"
@ logit | logit_fit | features | 8192 | outcome boolean, features "any", options jsonb | boolean, "any", jsonb
@ linear | linear_fit | features | 8192 | outcome double precision, features "any" | double precision, "any"
@ linear | linear_fit | features | 8192 | outcome double precision, features "any", options jsonb | double precision, "any", jsonb
@ key_drivers | key_drivers | features | 8192 | outcome double precision, features "any" | double precision, "any"
@ key_drivers | key_drivers | features | 8192 | outcome double precision, features "any", options jsonb | double precision, "any", jsonb
@ tree | tree_fit | features | 8192 | outcome boolean, features "any" | boolean, "any"
@ tree | tree_fit | features | 8192 | outcome boolean, features "any", options jsonb | boolean, "any", jsonb
@ tree | tree_fit | features | 8192 | outcome double precision, features "any" | double precision, "any"
@ tree | tree_fit | features | 8192 | outcome double precision, features "any", options jsonb | double precision, "any", jsonb
@ tree | tree_fit | features | 8192 | outcome text, features "any" | text, "any"
@ tree | tree_fit | features | 8192 | outcome text, features "any", options jsonb | text, "any", jsonb
@ kmeans | kmeans_fit | features | 8192 | features "any" | "any"
@ kmeans | kmeans_fit | features | 8192 | features "any", options jsonb | "any", jsonb
@ rate | rate | tally | 64 | condition boolean | boolean
@ rate | rate | tally | 64 | condition boolean, confidence double precision | boolean, double precision
@ nps | nps | tally | 64 | score double precision | double precision
@ csat | csat | tally | 64 | score double precision, "from" double precision | double precision, double precision
@ csat | csat | tally | 64 | score double precision, "from" double precision, best double precision | double precision, double precision, double precision
@ duration | duration | duration | 256 | opened date, closed date, as_of date | date, date, date
@ duration | duration | duration | 256 | opened date, closed date, as_of date, within interval | date, date, date, interval
@ duration | duration | duration | 256 | opened timestamp, closed timestamp, as_of timestamp | timestamp, timestamp, timestamp
@ duration | duration | duration | 256 | opened timestamp, closed timestamp, as_of timestamp, within interval | timestamp, timestamp, timestamp, interval
@ duration | duration | duration | 256 | opened timestamptz, closed timestamptz, as_of timestamptz | timestamptz, timestamptz, timestamptz
@ duration | duration | duration | 256 | opened timestamptz, closed timestamptz, as_of timestamptz, within interval | timestamptz, timestamptz, timestamptz, interval
@ duration | duration | duration | 256 | "time" interval, closed boolean | interval, boolean
@ duration | duration | duration | 256 | "time" interval, closed boolean, within interval | interval, boolean, interval
@ funnel_steps | funnel_steps | funnel_steps | 4912 | times date[] | date[]
@ funnel_steps | funnel_steps | funnel_steps | 4912 | times date[], steps text[] | date[], text[]
@ funnel_steps | funnel_steps | funnel_steps | 4912 | times timestamp[] | timestamp[]
@ funnel_steps | funnel_steps | funnel_steps | 4912 | times timestamp[], steps text[] | timestamp[], text[]
@ funnel_steps | funnel_steps | funnel_steps | 4912 | times timestamptz[] | timestamptz[]
@ funnel_steps | funnel_steps | funnel_steps | 4912 | times timestamptz[], steps text[] | timestamptz[], text[]
@ retention_table | retention_table | retention_table | 272 | retention tcs.retention | tcs.retention
@ ab_effect | ab_effect | ab_effect | 4096 | arm boolean, outcome boolean | boolean, boolean
@ ab_effect | ab_effect | ab_effect | 4096 | arm boolean, outcome boolean, confidence double precision | boolean, boolean, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm boolean, outcome double precision | boolean, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm boolean, outcome double precision, confidence double precision | boolean, double precision, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm boolean, outcome double precision, confidence double precision, covariate double precision | boolean, double precision, double precision, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm boolean, outcome double precision, confidence double precision, covariate double precision, cap double precision | boolean, double precision, double precision, double precision, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm integer, outcome boolean | integer, boolean
@ ab_effect | ab_effect | ab_effect | 4096 | arm integer, outcome boolean, confidence double precision | integer, boolean, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm integer, outcome double precision | integer, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm integer, outcome double precision, confidence double precision | integer, double precision, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm integer, outcome double precision, confidence double precision, covariate double precision | integer, double precision, double precision, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm integer, outcome double precision, confidence double precision, covariate double precision, cap double precision | integer, double precision, double precision, double precision, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm text, outcome boolean | text, boolean
@ ab_effect | ab_effect | ab_effect | 4096 | arm text, outcome boolean, confidence double precision | text, boolean, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm text, outcome double precision | text, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm text, outcome double precision, confidence double precision | text, double precision, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm text, outcome double precision, confidence double precision, covariate double precision | text, double precision, double precision, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | arm text, outcome double precision, confidence double precision, covariate double precision, cap double precision | text, double precision, double precision, double precision, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | customer tcs.ab_customer | tcs.ab_customer
@ ab_effect | ab_effect | ab_effect | 4096 | customer tcs.ab_customer, confidence double precision | tcs.ab_customer, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | customer tcs.ab_customer, confidence double precision, covariate double precision | tcs.ab_customer, double precision, double precision
@ ab_effect | ab_effect | ab_effect | 4096 | customer tcs.ab_customer, confidence double precision, covariate double precision, cap double precision | tcs.ab_customer, double precision, double precision, double precision
@ ab_sample_ratio | ab_sample_ratio | ab_sample_ratio | 512 | arm text, arms text[], shares double precision[] | text, text[], double precision[]
CREATE AGGREGATE tcs.@name@_summary(@arguments@) (
	SFUNC = tcs_internal.@kind@_trans,
	STYPE = internal,
	SSPACE = @space@,
	FINALFUNC = tcs_internal.@kind@_summary_final,
	COMBINEFUNC = tcs_internal.@state@_combine,
	SERIALFUNC = tcs_internal.@state@_serial,
	DESERIALFUNC = tcs_internal.@state@_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.@name@_summary(@types@) IS
'what @kind@ collects of rows, as a value that tcs.@kind@(summary) rolls up with those of other parts: the arguments are those of @kind@, and are part of the summary. NULL without rows. Errors: those of @kind@';
@end

-- Any kind.

CREATE FUNCTION tcs_internal.summary_merge_trans(internal, tcs.summary) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_summary_merge_trans';
COMMENT ON FUNCTION tcs_internal.summary_merge_trans(internal, tcs.summary) IS
'transition function of the aggregate summary_merge';

CREATE FUNCTION tcs_internal.summary_merge_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_summary_merge_combine';
COMMENT ON FUNCTION tcs_internal.summary_merge_combine(internal, internal) IS
'combine function of the aggregate summary_merge';

CREATE FUNCTION tcs_internal.summary_merge_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_summary_merge_serial';
COMMENT ON FUNCTION tcs_internal.summary_merge_serial(internal) IS
'serialization function of the aggregate summary_merge';

CREATE FUNCTION tcs_internal.summary_merge_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_summary_merge_deserial';
COMMENT ON FUNCTION tcs_internal.summary_merge_deserial(bytea, internal) IS
'deserialization function of the aggregate summary_merge';

CREATE FUNCTION tcs_internal.summary_merge_final(internal) RETURNS tcs.summary
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_summary_merge_final';
COMMENT ON FUNCTION tcs_internal.summary_merge_final(internal) IS
'final function of the aggregate summary_merge';

CREATE AGGREGATE tcs.summary_merge(summary tcs.summary) (
	SFUNC = tcs_internal.summary_merge_trans,
	STYPE = internal,
	SSPACE = 4096,
	FINALFUNC = tcs_internal.summary_merge_final,
	COMBINEFUNC = tcs_internal.summary_merge_combine,
	SERIALFUNC = tcs_internal.summary_merge_serial,
	DESERIALFUNC = tcs_internal.summary_merge_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.summary_merge(tcs.summary) IS
'one summary of all rows that the summaries, of any one kind, were made of: a year of twelve months, a country of its shards. Rolled up it gives what they give. NULL summaries are left out; NULL without any. Errors: summaries of several kinds, of another version or encoding, made with different arguments, or not whole; more than tcs.fit_memory holds';
