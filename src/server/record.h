/*
 * record.h
 *		Rows of a fixed shape, made fast.
 *
 * A composite result whose columns all have a fixed width and none of which
 * is NULL always has the same layout.  It is worked out once per call site;
 * a result is then a copy of a template with the columns put in.
 */
#ifndef TCS_RECORD_H
#define TCS_RECORD_H

#include "tcs.h"

#include "access/tupdesc.h"

#define TCS_RECORD_COLUMNS 17

typedef struct TcsRecord TcsRecord;

/*
 * The layout of the calling function's result type, or of the elements where
 * that is an array, which must have the given number of columns.  Lives in the
 * given context.
 */
extern TcsRecord *tcs_record_create(FunctionCallInfo fcinfo, int columns,
									MemoryContext context);

/* A row from one value a column, allocated in the current context. */
extern Datum tcs_record_make(const TcsRecord *record, const Datum *values);

/* The same where some columns are NULL; slower. */
extern Datum tcs_record_make_nulls(const TcsRecord *record,
								   const Datum *values, const bool *nulls);

/*
 * The type of the rows where the calling function returns an array of them,
 * which must have the given number of columns; to be released.
 */
extern TupleDesc tcs_element_descriptor(FunctionCallInfo fcinfo, int columns,
										Oid *element);

#endif							/* TCS_RECORD_H */
