/*
 * ab_assign.c
 *		Which arm of an experiment a customer is in: ab_assign.
 *
 * The hash is one that every system can compute: an experiment may be split by
 * the web site and evaluated here.
 */
#include "experiments/shares.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "server/server.h"

/* What the last call was given, and what follows from it. */
typedef struct Arms
{
	ArrayType  *shares;
	ArrayType  *names;			/* or NULL */
	int			count;
	uint64	   *below;			/* hashes below that, not below the last */
	bool	   *rest;			/* all that are left */
	Datum	   *name;			/* points into names */
} Arms;

PG_FUNCTION_INFO_V1(tcs_ab_assign_text);
PG_FUNCTION_INFO_V1(tcs_ab_assign_bigint);
PG_FUNCTION_INFO_V1(tcs_ab_assign_uuid);

double *
tcs_shares_of_array(ArrayType *array, int least, int *count, double *sum)
{
	const void *data;
	double	   *shares;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shares must have one dimension")));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shares must not contain null")));
	data = tcs_array_data(array, FLOAT8OID, NULL, count);
	if (*count < least || *count > TCS_MAX_ARMS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shares must have %d to %d elements, not %d", least, TCS_MAX_ARMS, *count),
				 errhint("Give one share for each arm.")));

	shares = palloc(*count * sizeof(double));
	memcpy(shares, data, *count * sizeof(double));
	*sum = 0.0;
	for (int i = 0; i < *count; i++)
	{
		if (!(shares[i] >= 0.0 && shares[i] <= 1.0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("shares must lie between 0 and 1"),
					 errdetail("Element %d is %.15g.", i + 1, shares[i]),
					 errhint("Give 0.5 for the half of the customers.")));
		*sum += shares[i];
	}
	if (!(*sum > 0.0 && *sum <= 1.0 + TCS_SHARES_TOLERANCE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shares must sum up to more than 0 and not to more than 1"),
				 errdetail("Their sum is %.15g.", *sum)));
	return shares;
}

/*
 * Arm i gets the hashes from the sum of the shares before it up to the sum with
 * its own.  A sum that is about 1 is 1, from the arm on that reaches it.
 */
static void
assign_set_borders(Arms *arms)
{
	double		all;
	double	   *shares = tcs_shares_of_array(arms->shares, 1, &arms->count, &all);
	double		sum = 0.0;

	if (all < 1.0 - TCS_SHARES_TOLERANCE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shares of the arms must sum up to 1"),
				 errdetail("Their sum is %.15g.", all),
				 errhint("Give what each arm gets of those who take part, such as 0.5 and 0.5; that not all customers do is said by the coverage, after arms and shares. It can be raised without anybody changing the arm.")));
	arms->below = palloc(arms->count * sizeof(uint64));
	arms->rest = palloc(arms->count * sizeof(bool));
	for (int i = 0; i < arms->count; i++)
	{
		double		border;

		sum += shares[i];
		border = ceil(ldexp(sum, 64));
		arms->rest[i] = border >= 18446744073709551616.0 || sum == all;
		arms->below[i] = arms->rest[i] ? 0 : (uint64) border;
	}
	pfree(shares);
}

bool
tcs_is_arm(Datum arm, const char *name, int length)
{
	return VARSIZE_ANY_EXHDR(DatumGetPointer(arm)) == length &&
		memcmp(VARDATA_ANY(DatumGetPointer(arm)), name, length) == 0;
}

Datum *
tcs_arms_of_array(ArrayType *array, int shares)
{
	Datum	   *names;
	bool	   *nulls;
	int			count;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arms must have one dimension")));
	tcs_array_elements(PointerGetDatum(array), TEXTOID, &names, &nulls, &count);
	if (count != shares)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be as many shares as arms, not %d for %d", shares, count)));
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("arms must not contain null")));
		for (int j = 0; j < i; j++)
			if (tcs_is_arm(names[i], VARDATA_ANY(DatumGetPointer(names[j])), VARSIZE_ANY_EXHDR(DatumGetPointer(names[j]))))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("arm \"%s\" is named twice", TextDatumGetCString(names[i]))));
	}
	pfree(nulls);
	return names;
}

static bool
is_same_array(const ArrayType *array, const ArrayType *known)
{
	return known != NULL && VARSIZE(array) == VARSIZE(known) &&
		memcmp(array, known, VARSIZE(array)) == 0;
}

static ArrayType *
copy_array(const ArrayType *array)
{
	ArrayType  *copy = palloc(VARSIZE(array));

	memcpy(copy, array, VARSIZE(array));
	return copy;
}

/* The arms of this call; they are worked out once for a query that names them. */
static const Arms *
assign_find_arms(FunctionCallInfo fcinfo, ArrayType *names, ArrayType *shares)
{
	Arms	   *arms = fcinfo->flinfo->fn_extra;
	MemoryContext old;

	if (likely(arms != NULL && is_same_array(shares, arms->shares) &&
			   (names == NULL || is_same_array(names, arms->names))))
		return arms;
	if (arms != NULL)
	{
		fcinfo->flinfo->fn_extra = NULL;
		pfree(arms->below);
		pfree(arms->rest);
		pfree(arms->shares);
		if (arms->names != NULL)
		{
			pfree(arms->name);
			pfree(arms->names);
		}
		pfree(arms);
	}
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	arms = palloc0(sizeof(Arms));
	arms->shares = copy_array(shares);
	assign_set_borders(arms);
	if (names != NULL)
	{
		arms->names = copy_array(names);
		arms->name = tcs_arms_of_array(arms->names, arms->count);
	}
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = arms;
	return arms;
}

/* Add a string to the hash, in UTF-8 whatever the encoding of the database. */
static bool
hash_string(pg_cryptohash_ctx *hash, const char *string, int length)
{
	const char *utf8 = string;
	bool		done;

	for (int i = 0; i < length; i++)
		if (IS_HIGHBIT_SET(string[i]))
		{
			utf8 = pg_server_to_any(string, length, PG_UTF8);
			if (utf8 != string)
				length = (int) strlen(utf8);
			break;
		}
	done = pg_cryptohash_update(hash, (const uint8 *) utf8, length) >= 0;
	if (utf8 != string)
		pfree(unconstify(char *, utf8));
	return done;
}

/*
 * The first eight bytes of the SHA-256 of experiment, a zero byte, and key,
 * which decide the arm, and the eight after them, which decide who takes part:
 * so nobody changes the arm when more take part.
 */
typedef struct AssignHash
{
	uint64		arm;
	uint64		part;
} AssignHash;

static AssignHash
assign_find_hash(text *experiment, const char *key, int length)
{
	static const char separator = '\0';
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	AssignHash	found;

	if (pg_cryptohash_init(hash) < 0 ||
		!hash_string(hash, VARDATA_ANY(experiment), VARSIZE_ANY_EXHDR(experiment)) ||
		pg_cryptohash_update(hash, (const uint8 *) &separator, 1) < 0 ||
		!hash_string(hash, key, length) ||
		pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute %s hash: %s", "SHA256", pg_cryptohash_error(hash));
	pg_cryptohash_free(hash);
	memcpy(&found, digest, sizeof(found));
	found.arm = pg_ntoh64(found.arm);
	found.part = pg_ntoh64(found.part);
	return found;
}

/* Whether a customer takes part, of whom a share of coverage does. */
static bool
assign_takes_part(const AssignHash *hash, double coverage)
{
	if (!(coverage >= 0.0 && coverage <= 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("coverage must lie between 0 and 1, not be %g", coverage),
				 errhint("Give 0.2 for a fifth of the customers, and later more: those who take part stay in their arms.")));
	return coverage == 1.0 || hash->part < (uint64) ceil(ldexp(coverage, 64));
}

/* The arm of a key; arguments: experiment, key, shares, or experiment, key, arms, shares, coverage */
static Datum
assign_arm(FunctionCallInfo fcinfo, const char *key, int length)
{
	text	   *experiment = PG_GETARG_TEXT_PP(0);
	bool		named = PG_NARGS() == 5;
	const Arms *arms = assign_find_arms(fcinfo, named ? PG_GETARG_ARRAYTYPE_P(2) : NULL,
										PG_GETARG_ARRAYTYPE_P(named ? 3 : 2));
	AssignHash	hash;

	if (VARSIZE_ANY_EXHDR(experiment) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("experiment must not be empty"),
				 errhint("Give each experiment a name of its own, so that it is split anew.")));
	hash = assign_find_hash(experiment, key, length);
	if (named && !assign_takes_part(&hash, PG_GETARG_FLOAT8(4)))
		PG_RETURN_NULL();
	for (int i = 0; i < arms->count; i++)
		if (hash.arm < arms->below[i] || arms->rest[i])
		{
			if (named)
				PG_RETURN_TEXT_P(cstring_to_text_with_len(VARDATA_ANY(DatumGetPointer(arms->name[i])),
														  VARSIZE_ANY_EXHDR(DatumGetPointer(arms->name[i]))));
			PG_RETURN_INT32(i + 1);
		}
	PG_RETURN_NULL();
}

Datum
tcs_ab_assign_text(PG_FUNCTION_ARGS)
{
	text	   *key = PG_GETARG_TEXT_PP(1);

	return assign_arm(fcinfo, VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key));
}

Datum
tcs_ab_assign_bigint(PG_FUNCTION_ARGS)
{
	char		key[MAXINT8LEN + 1];

	return assign_arm(fcinfo, key, pg_lltoa(PG_GETARG_INT64(1), key));
}

Datum
tcs_ab_assign_uuid(PG_FUNCTION_ARGS)
{
	static const char digits[] = "0123456789abcdef";
	const pg_uuid_t *uuid = PG_GETARG_UUID_P(1);
	char		key[2 * UUID_LEN + 4];
	int			length = 0;

	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			key[length++] = '-';
		key[length++] = digits[uuid->data[i] >> 4];
		key[length++] = digits[uuid->data[i] & 15];
	}
	return assign_arm(fcinfo, key, length);
}
