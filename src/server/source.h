/*
 * source.h
 *		Tables and views that a caller names, to be read: looked up and checked.
 */
#ifndef TCS_SERVER_SOURCE_H
#define TCS_SERVER_SOURCE_H

#include "tcs.h"

#include "utils/rel.h"

/* A table or view, locked until the end of the transaction. */
extern Relation tcs_source_open(Oid relation_oid, const char *argument);

/* Its quoted, qualified name. */
extern char *tcs_source_name(Relation relation);

/* The column of that name, given as that argument. */
extern Form_pg_attribute tcs_source_column(Relation relation, const char *name,
										   const char *argument);

#endif							/* TCS_SERVER_SOURCE_H */
