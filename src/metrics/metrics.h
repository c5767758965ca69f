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
} TcsMetrics;

/*
 * Read the arguments in the order of the SQL declaration; errors name the
 * argument, the column or the table at fault.
 */
extern TcsMetrics *tcs_metrics_arguments(FunctionCallInfo fcinfo);

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

#endif							/* TCS_METRICS_H */
