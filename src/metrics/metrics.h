/*
 * metrics.h
 *		What a metrics view is made from.
 */
#ifndef TCS_METRICS_H
#define TCS_METRICS_H

#include "views/order_log.h"

#include "nodes/parsenodes.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/* The arguments of create_metrics and metrics_sql, looked up and checked. */
typedef struct TcsMetrics
{
	/* the view and its table of models; NULL for a query that stands alone */
	TcsView		view;
	char	   *model_table;

	TcsOrderLog log;

	/* the customers and how their key compares with the orders'; or NULL */
	char	   *customers;
	char	   *customers_key;
	char	   *equals;

	/*
	 * What the columns from mean_value on are worked out for.  The numbers
	 * are literals, the others are bare.
	 */
	char	   *horizon;
	char	   *margin;
	char	   *annual_discount;
	const char *family;

	int			digits;			/* of money, or TCS_DIGITS_FLOAT */
	char	   *order_id;		/* quoted; NULL: a row is an order */
	char	   *attributes;		/* of customers, as a list to be selected from
								 * them as c; or NULL */
} TcsMetrics;

/* What the columns of a view hold; of the last ones, which look ahead, the view says it. */
#define TCS_METRICS_COLUMNS	22
#define TCS_METRICS_AHEAD	4

extern const TcsViewColumn tcs_metrics_column[TCS_METRICS_COLUMNS];

/* The families of models of repeat purchases that a view can score by. */
#define TCS_METRICS_FAMILIES "'mbg/nbd', 'bg/nbd', 'pareto/nbd', 'nbd', 'mbg/cnbd-k', 'bg/cnbd-k'"

/*
 * SQL conditions on what a fit returned: is it of use?  One that did not
 * converge has no parameters (where all buy at one rate, that is the one), and
 * a spending without any known value says nothing.
 */
#define TCS_METRICS_BTYD_FITTED "COALESCE(btyd->>'r', btyd->>'rate') IS NOT NULL"
#define TCS_METRICS_SPEND_FITTED "COALESCE(spend->>'population_mean', spend->>'observed_mean') IS NOT NULL"

/* Was it found, too?  Else it is but a mean, which any other model is before. */
#define TCS_METRICS_SPEND_FOUND "(spend->'converged' = 'false') IS NOT TRUE"
#define TCS_METRICS_SPEND_ORDER TCS_METRICS_SPEND_FOUND " DESC, id DESC"

/*
 * The same on the table of models, into which users may write: are there a kind
 * and a version, too, that the view's functions read?
 */
#define TCS_METRICS_BTYD_SERVES \
	TCS_METRICS_BTYD_FITTED " AND btyd->'version' = '1'\n" \
	"                AND btyd->>'model' IN (" TCS_METRICS_FAMILIES ")"
#define TCS_METRICS_CHURN_SERVES \
	"churn->>'model' = 'churn' AND churn->'version' = '1' AND churn->'corrected' = 'true'"
#define TCS_METRICS_SPEND_SERVES \
	TCS_METRICS_SPEND_FITTED " AND spend->'version' = '1'\n" \
	"                AND spend->>'model' = 'gamma-gamma'"

/*
 * Read the arguments, which create_metrics and metrics_sql have in the same
 * order; errors name the argument, the column or the table at fault.
 */
extern TcsMetrics *tcs_metrics_arguments(FunctionCallInfo fcinfo);

/* A span of time, as every IntervalStyle reads alike. */
extern char *tcs_metrics_interval(const Interval *interval);

/* The family unless one is given. */
#define TCS_METRICS_FAMILY "auto"

/* The name of a family of models of repeat purchases; an error if it is none. */
extern const char *tcs_metrics_family(const char *name);

/* The one column of the primary key. */
extern Form_pg_attribute tcs_metrics_primary_key(Relation customers);

/*
 * The operator by which the orders' customer equals the customers' key.  It
 * is the equality of the btree order that the types share, or the default one
 * of the type that both have: such that the planner may carry a constant from
 * one column to the other.
 */
extern char *tcs_metrics_equality(Relation orders, Form_pg_attribute customer,
								  Relation customers, Form_pg_attribute key);

/* The quoted, qualified name of the table of models. */
extern char *tcs_metrics_model_name(const TcsMetrics *metrics);

/* The text of the query. */
extern char *tcs_metrics_query(const TcsMetrics *metrics);

/*
 * The text of a query for the figures of a metrics view as they are before money
 * is rounded: days_since_last, purchases, revenue and the history h.  NULL for a
 * view that has no such part.
 */
extern char *tcs_metrics_figures(Oid view);

/*
 * The kept table that a metrics view reads its histories from; InvalidOid: it reads
 * its log.  And the view that does, which is the view itself unless it is kept: a
 * query about other days is made of that one.
 */
extern Oid	tcs_metrics_kept(Oid view);
extern Oid	tcs_metrics_log(Oid view);

/* Have a query select these columns of its figures, and from nothing else. */
extern void tcs_metrics_read_only(Query *query, RangeTblEntry *figures, List *columns);

/* The figures of a metrics view as they were on a day. */
typedef struct TcsMetricsPast
{
	char	   *query;			/* for h, the history until that day; later, a
								 * holdout; until, a date; days, those with a
								 * purchase, an array */
	char	   *horizon;		/* of the view, as tcs_metrics_interval writes
								 * it */
	double		days;			/* of the horizon */
	List	   *relations;		/* that the query reads: OIDs */
} TcsMetricsPast;

/* Of any two days.  NULL for a view that has no such part. */
extern TcsMetricsPast *tcs_metrics_past_between(Oid view, DateADT as_of, DateADT until);

/* What each customer of a metrics view bought, from which any past is read. */
typedef struct TcsMetricsLogs
{
	char	   *query;			/* for days_since_last, purchases and revenue;
								 * log, a purchase_log; until, the last day;
								 * and where the view has them for attributes,
								 * a row */
	char	   *horizon;		/* as above */
	double		days;
	bool		has_attributes;
} TcsMetricsLogs;

/* NULL for a view that has no such part. */
extern TcsMetricsLogs *tcs_metrics_logs(Oid view);

/* What the result of that query is called, once it was read (see tcs_run_into). */
#define TCS_METRICS_LOGS "tcs_customer"

/* The day a horizon, to be filled in, before the last one, in SQL. */
#define TCS_METRICS_LOGS_PAST "(until OPERATOR(pg_catalog.-) pg_catalog.interval '%s')::pg_catalog.date"

/* What was learned of who returns, and how right it would have been. */
typedef struct TcsMetricsLearned
{
	Datum		model;			/* a jsonb, the risk of churn */
	char	   *holdout;		/* members of the hold-out, as a JSON object */
	char	   *summary;		/* the words on the hold-out, with what was
								 * learned */
} TcsMetricsLearned;

/*
 * Learn a risk of churn from the view's own past: on splits of the log until the
 * last day, with btyd as the base, and, where holdout has a base of a horizon ago, on
 * splits of the log until then, which is held against what came since.  longest and
 * summary as below; learn is false where it is not wanted.  SPI is connected, and the
 * logs have been read; they are NULL where the view has none.
 */
extern void tcs_metrics_learn(const TcsMetricsLogs *logs, bool learn, double longest, Datum btyd,
							  bool has_btyd, Datum holdout, const char *summary, TcsMetricsLearned *learned);

/*
 * Hold models of that family, fitted a horizon ago, against what came since; where
 * the log is shorter than two, fitted to its first half.
 * longest: days since anybody's first purchase, NaN without one.  SPI is connected
 * and the logs as above.
 * Returns figures and words as the text of a JSON object, and the words in one
 * sentence.  Where the log is too short to tell, the words say so.
 */
extern char *tcs_metrics_hold_out(const TcsMetricsLogs *logs, const char *family,
								  double longest, char **summary);

/* A view that is to be fitted, and its table of models. */
typedef struct TcsMetricsFit
{
	Oid			view;
	const char *name;			/* for messages */

	bool		learn;			/* a risk of churn from the past */

	/* quoted and qualified */
	const char *view_quoted;
	const char *table_quoted;

	/* answered: the new row, and the days since anybody's last purchase */
	int64		id;
	bool		has_purchases;
	int32		last_age;
	char	   *summary;		/* how right its models would have been */
} TcsMetricsFit;

/*
 * Add a row with the models of the figures of the view, and warn of those that
 * the view cannot score by.  family is that of the models of purchases.
 */
extern void tcs_metrics_fit(TcsMetricsFit *fit, const char *family);

/*
 * Find a view that create_metrics made, and the table of its models, which is
 * checked and returned; errors say why it is none.
 */
extern Oid	tcs_metrics_find(Oid view, TcsMetricsFit *fit);

/*
 * What segment_due asks before it takes a relation for a metrics view: does the
 * result, which is ready for rows, and returns true where the relation is one of
 * its own.  The part that is registered comes later in the house.
 */
typedef bool (*TcsDue) (FunctionCallInfo fcinfo, Oid relation, const char *rule_set, DateADT until);

extern void tcs_due_register(TcsDue due);

#endif							/* TCS_METRICS_H */
