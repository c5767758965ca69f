/*
 * metrics.h
 *		What a metrics view is made from.
 */
#ifndef TCS_METRICS_H
#define TCS_METRICS_H

#include "tcs.h"

#include "utils/date.h"
#include "utils/rel.h"

/* The arguments of create_metrics and metrics_sql, looked up and checked. */
typedef struct TcsMetrics
{
	/* the view and its table of models; NULL for a query that stands alone */
	char	   *schema;
	Oid			schema_oid;
	char	   *view;
	char	   *model_table;

	/* the order log: quoted names, ready for SQL text */
	char	   *orders;
	char	   *customer;
	char	   *at;
	char	   *amount;
	Oid			at_type;		/* date, timestamp or timestamptz */
	bool		amount_is_float;

	/* the time zone that says what a day is, as a literal */
	char	   *zone;

	/* the customers and how their key compares with the orders'; or NULL */
	char	   *customers;
	char	   *customers_key;
	char	   *equals;

	/* the last day that counts; today when there is none */
	bool		has_as_of;
	DateADT		as_of;

	/*
	 * What the columns from mean_value on are worked out for.  The numbers
	 * are literals, the others are bare.  The views of 0.1.0 and 0.2.0 have
	 * none of them, and nor has what the scripts of these versions make.
	 */
	bool		has_value;
	char	   *horizon;
	char	   *margin;
	char	   *annual_discount;
	const char *family;
} TcsMetrics;

/*
 * SQL conditions on what a fit returned: is it of use?  One that did not
 * converge has no parameters, and a mean that is not finite says nothing.
 */
#define TCS_METRICS_BTYD_FITTED "btyd->>'r' IS NOT NULL"
#define TCS_METRICS_SPEND_FITTED "spend->>'population_mean' IS NOT NULL"

/*
 * The same on the table of models, into which users may write: are there a kind
 * and a version, too, that the view's functions read?
 */
#define TCS_METRICS_BTYD_SERVES \
	TCS_METRICS_BTYD_FITTED " AND btyd->'version' = '1'\n" \
	"                AND btyd->>'model' IN ('mbg/nbd', 'bg/nbd', 'pareto/nbd')"
#define TCS_METRICS_SPEND_SERVES \
	TCS_METRICS_SPEND_FITTED " AND spend->'version' = '1'\n" \
	"                AND spend->>'model' = 'gamma-gamma'"

/*
 * Read the arguments in the order of the SQL declaration, in which metrics_sql
 * has as_of before those about value; errors name the argument, the column or
 * the table at fault.
 */
extern TcsMetrics *tcs_metrics_arguments(FunctionCallInfo fcinfo, bool takes_as_of);

/* The name of a family of models of repeat purchases; an error if it is none. */
extern const char *tcs_metrics_family(const char *name);

/* A table or view, locked until the end of the transaction. */
extern Relation tcs_metrics_open(Oid relation_oid, const char *argument);

/* Its quoted, qualified name. */
extern char *tcs_metrics_relation_name(Relation relation);

/* The column of that name, given as that argument. */
extern Form_pg_attribute tcs_metrics_column(Relation relation, const char *name,
											const char *argument);

/* The one column of the primary key. */
extern Form_pg_attribute tcs_metrics_primary_key(Relation customers);

/* Refuse a type whose values cannot be told apart. */
extern void tcs_metrics_check_customer(Relation relation, Form_pg_attribute column);

/* The type of the time of an order, below any domain. */
extern Oid	tcs_metrics_check_at(Relation relation, Form_pg_attribute column);

/* Is it a floating-point number, whose sum depends on the order of the rows? */
extern bool tcs_metrics_check_amount(Relation relation, Form_pg_attribute column);

/*
 * The operator by which the orders' customer equals the customers' key.  It
 * is the equality of the btree order that the types share, or the default one
 * of the type that both have: such that the planner may carry a constant from
 * one column to the other.
 */
extern char *tcs_metrics_equality(Relation orders, Form_pg_attribute customer,
								  Relation customers, Form_pg_attribute key);

/* The quoted, qualified name of a relation in the schema of the view. */
extern char *tcs_metrics_view_name(const TcsMetrics *metrics);
extern char *tcs_metrics_model_name(const TcsMetrics *metrics);

/* The text of the query. */
extern char *tcs_metrics_query(const TcsMetrics *metrics);

/* The day of now in the zone: the as_of of a query that names none. */
extern char *tcs_metrics_today(const TcsMetrics *metrics);

/* Run a statement of the server's programming interface, or fail. */
extern void tcs_metrics_run(const char *sql, int expected);

/*
 * Between these two, SQL text is looked up in the system catalogs alone,
 * whatever the caller's search_path, and SPI is connected.  begin returns what
 * end undoes; an error undoes it too.
 */
extern int	tcs_metrics_begin(void);
extern void tcs_metrics_end(int nest_level);

/*
 * Add a row with the models of today's figures, and warn of those that the
 * view cannot score by; returns its id.  view and table are quoted names, name
 * is for messages; family is NULL for a view without models of purchases.
 */
extern int64 tcs_metrics_fit(const char *view, const char *table,
							 const char *name, const char *family);

#endif							/* TCS_METRICS_H */
