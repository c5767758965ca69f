/*
 * explained_row.h
 *		The row that is explained, ready for expressions over it.
 */
#ifndef TCS_EXPLAINED_ROW_H
#define TCS_EXPLAINED_ROW_H

#include "tcs.h"

#include "nodes/execnodes.h"

/*
 * Read the arguments of a function that explains: a name, called that, and a
 * row, for expressions over which the context is.
 */
extern ExprContext *tcs_row_open(FunctionCallInfo fcinfo, const char *name);
extern void tcs_row_close(ExprContext *econtext);

#endif							/* TCS_EXPLAINED_ROW_H */
