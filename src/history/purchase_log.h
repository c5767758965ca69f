/*
 * purchase_log.h
 *		All that one customer bought, as a value: tcs.purchase_log.
 */
#ifndef TCS_PURCHASE_LOG_H
#define TCS_PURCHASE_LOG_H

#include "history/history.h"

/* The rows of a customer's log, by day.  A varlena, which is not compressed. */
typedef struct TcsPurchaseLog TcsPurchaseLog;

/*
 * The rows after the one day up to and including the other as the state of
 * purchase_history and holdout, made in the current context.
 */
extern TcsHistory *tcs_purchase_log_history(const TcsPurchaseLog *log,
											DateADT after, DateADT as_of);

/* The text of a log and back; errors name the type. */
extern char *tcs_purchase_log_text(const TcsPurchaseLog *log);
extern TcsPurchaseLog *tcs_purchase_log_parse(const char *text);

/*
 * A log while it grows: one allocation.  add counts a row of that day, of an
 * amount in fixed point or of amount + residual (see amount.h), NaN for NULL, and
 * returns the state, which may have moved.
 */
typedef struct TcsGrowingLog TcsGrowingLog;

extern TcsGrowingLog *tcs_growing_log_create(MemoryContext context, DateADT day,
											 TcsZone zone);
extern TcsGrowingLog *tcs_growing_log_add_fixed(TcsGrowingLog *growing,
												DateADT day, int64 fixed);
extern TcsGrowingLog *tcs_growing_log_add_amount(TcsGrowingLog *growing,
												 DateADT day, double amount,
												 double residual);
extern void tcs_growing_log_check_same(const TcsGrowingLog *growing,
									   TcsZone zone);
extern TcsZone tcs_growing_log_zone(const TcsGrowingLog *growing);

/* Add the rows of one to another. */
extern TcsGrowingLog *tcs_growing_log_merge(TcsGrowingLog *into,
											const TcsGrowingLog *from);

/* What has grown, sorted by day, as a value in the current context. */
extern TcsPurchaseLog *tcs_growing_log_value(TcsGrowingLog *growing);

/* A value to be added to. */
extern TcsGrowingLog *tcs_growing_log_of(MemoryContext context,
										 const TcsPurchaseLog *log,
										 TcsZone zone);

/* A value as bytes and back; what is read is checked. */
extern void tcs_purchase_log_write(StringInfo buffer, const TcsPurchaseLog *log);
extern TcsPurchaseLog *tcs_purchase_log_read(StringInfo buffer);

#endif							/* TCS_PURCHASE_LOG_H */
