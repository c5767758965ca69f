/*
 * compat.h
 *		What differs between the server versions that are supported (15 to 19).
 *
 * Include it after postgres.h.
 */
#ifndef TCS_COMPAT_H
#define TCS_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "tcs needs PostgreSQL 15 or later"
#endif

/* What reads varlena values has a header of its own since 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Window clauses can be optimised by the planner since 16. */
#if PG_VERSION_NUM >= 160000
#define TCS_HAVE_OPTIMIZE_WINDOW_CLAUSE 1
#endif

/* Intervals can be infinite since 17. */
#if PG_VERSION_NUM >= 170000
#define TCS_INTERVAL_NOT_FINITE(i) INTERVAL_NOT_FINITE(i)
#else
#define TCS_INTERVAL_NOT_FINITE(i) false
#endif

/* A module names itself since 18. */
#if PG_VERSION_NUM >= 180000
#define TCS_MODULE_MAGIC(number) \
	PG_MODULE_MAGIC_EXT(.name = "tcs", .version = number)
#else
#define TCS_MODULE_MAGIC(number) PG_MODULE_MAGIC
#endif

/* The server's own word for functions that do not return changed in 18. */
#ifndef pg_attribute_noreturn
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

/* The columns of a range table entry as Vars; RETURNING has its own since 18. */
#if PG_VERSION_NUM >= 180000
#define TCS_EXPAND_RTE(rte, rtindex, names, vars) \
	expandRTE(rte, rtindex, 0, VAR_RETURNING_DEFAULT, -1, true, names, vars)
#else
#define TCS_EXPAND_RTE(rte, rtindex, names, vars) \
	expandRTE(rte, rtindex, 0, -1, true, names, vars)
#endif

/* Whether a role owns a relation is asked for by the kind of object since 16. */
#if PG_VERSION_NUM >= 160000
#define TCS_OWNS_RELATION(relation, role) \
	object_ownercheck(RelationRelationId, relation, role)
#else
#define TCS_OWNS_RELATION(relation, role) pg_class_ownercheck(relation, role)
#endif

/* And whether it may use a schema. */
#if PG_VERSION_NUM >= 160000
#define TCS_MAY_USE_SCHEMA(schema, role) \
	(object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE) == ACLCHECK_OK)
#else
#define TCS_MAY_USE_SCHEMA(schema, role) \
	(pg_namespace_aclcheck(schema, role, ACL_USAGE) == ACLCHECK_OK)
#endif

/* Backslashes in plain literals are no longer anything to warn of in 19. */
#if PG_VERSION_NUM < 190000
#define TCS_HAVE_ESCAPE_STRING_WARNING 1
#endif

/* A description of columns that one made is to be called complete since 19. */
#if PG_VERSION_NUM < 190000
#define TupleDescFinalize(columns) ((void) 0)
#endif

/* Who plans may be explaining, since 19. */
#if PG_VERSION_NUM >= 190000
#define TCS_PLAN_QUERY(query, text, options, parameters) \
	pg_plan_query(query, text, options, parameters, NULL)
#else
#define TCS_PLAN_QUERY(query, text, options, parameters) \
	pg_plan_query(query, text, options, parameters)
#endif

/* A plan is run once, which need not be said since 18. */
#if PG_VERSION_NUM >= 180000
#define TCS_EXECUTOR_RUN(run)	ExecutorRun(run, ForwardScanDirection, 0)
#else
#define TCS_EXECUTOR_RUN(run)	ExecutorRun(run, ForwardScanDirection, 0, true)
#endif

/* And a scan of a table takes hints since 19: we have none. */
#if PG_VERSION_NUM >= 190000
#define TCS_BEGIN_SCAN(relation, snapshot) \
	table_beginscan(relation, snapshot, 0, NULL, SO_NONE)
#else
#define TCS_BEGIN_SCAN(relation, snapshot) \
	table_beginscan(relation, snapshot, 0, NULL)
#endif

/*
 * What a query groups by stands behind an entry of the range table of its own
 * since 18: the expression that is a column of it, or NULL where it is none.
 */
#if PG_VERSION_NUM >= 180000
#define TCS_GROUP_COLUMN(entry, column) \
	((entry)->rtekind == RTE_GROUP && (column) <= list_length((entry)->groupexprs) ? \
	 (Node *) list_nth((entry)->groupexprs, (column) - 1) : NULL)
#else
#define TCS_GROUP_COLUMN(entry, column)	((Node *) NULL)
#endif

#endif							/* TCS_COMPAT_H */
