/*
 * any_value.h
 *		Values of any type with an order, in the states of aggregates.
 */
#ifndef TCS_ANY_VALUE_H
#define TCS_ANY_VALUE_H

#include "tcs.h"

#include "utils/typcache.h"

/* What is known of the type of the values, which an aggregate has as argument 1. */
extern TypeCacheEntry *tcs_any_type(FunctionCallInfo fcinfo);

/* The same by its OID: an error unless its values have an order. */
extern TypeCacheEntry *tcs_any_type_of(Oid type);

/* Which comes first? */
extern int	tcs_any_compare(FunctionCallInfo fcinfo, TypeCacheEntry *type, Datum left, Datum right);

/* As it is stored, in one piece: the same value, or a copy. */
extern Datum tcs_any_flat(const TypeCacheEntry *type, Datum value);

/* A value that lives in that context. */
extern Datum tcs_any_copy(const TypeCacheEntry *type, Datum value, MemoryContext context);

/* In a serialized state: the type first, then values as its send function has them. */
extern void tcs_any_send_type(StringInfo buffer, const TypeCacheEntry *type, FmgrInfo *send);
extern TypeCacheEntry *tcs_any_receive_type(StringInfo buffer, FmgrInfo *receive, Oid *parameter);
extern void tcs_any_send(StringInfo buffer, FmgrInfo *send, Datum value);
extern Datum tcs_any_receive(StringInfo buffer, const TypeCacheEntry *type, FmgrInfo *receive, Oid parameter);

#endif							/* TCS_ANY_VALUE_H */
