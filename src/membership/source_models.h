/*
 * source_models.h
 *		What lies beneath the source of a segmentation.
 *
 * Both look where the server notes what a view reads: through views, and
 * through functions in SQL whose body is not a string.  What a function with a
 * string for a body, or in another language, reads is noted nowhere.
 */
#ifndef TCS_SOURCE_MODELS_H
#define TCS_SOURCE_MODELS_H

#include "tcs.h"

#include "nodes/pg_list.h"

/*
 * The tables of the models of all metrics views that a source is or reads, also
 * by way of materialized views: those that the owner may read, locked against
 * being altered, with the columns id bigint and fitted_at timestamptz, neither
 * NULL.  OIDs, in the order in which they are found.
 */
extern List *tcs_source_models(Oid source, Oid owner);

/*
 * The tables that a source is or reads, foreign ones and materialized views
 * included, whose own sources are not looked at.  Of what is partitioned, what
 * the views name.  Without tables of models, which refreshes look at anyway,
 * and the server's own.
 */
extern List *tcs_source_tables(Oid source);

/*
 * Does a source read rows of other machines, those of foreign tables or of a
 * distributed engine?
 */
extern bool tcs_source_is_remote(Oid source);

#endif							/* TCS_SOURCE_MODELS_H */
