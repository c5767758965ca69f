/*
 * statement_keys.h
 *		What the triggers of one statement touched, until the last of them.
 *
 * Events are by number, as the server numbers them.
 */
#ifndef TCS_STATEMENT_KEYS_H
#define TCS_STATEMENT_KEYS_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* Before a statement: the trigger after that event is to be awaited. */
extern void tcs_statement_begin(Oid into, Oid relation, int event);

/* After it: is nothing else to come? */
extern bool tcs_statement_is_last(Oid into, Oid relation, int event);

/* Something is: keep what was touched (see way.h), if anything, until then. */
extern void tcs_statement_keep(Oid into, Oid relation, int event, List *touched);

/* Nothing is: what was kept. */
extern List *tcs_statement_end(Oid into, Oid relation, int event);

#endif							/* TCS_STATEMENT_KEYS_H */
