/*
 * newton.h
 *		Maximum likelihood for a few positive parameters.
 *
 * Newton's method on the logarithms of the parameters, where the Hessian's
 * eigenvalues are turned to the side of ascent and steps are shortened until
 * they ascend.  It tells an estimate from data that do not determine one.
 * Plain C, no allocation.
 */
#ifndef TCS_NEWTON_H
#define TCS_NEWTON_H

#define TCS_FIT_PARAMETERS	4	/* at most */

/*
 * The log-likelihood at theta, the logarithms of the parameters; NaN or an
 * infinity where it cannot be computed.  gradient[n] and hessian[n * n], both
 * by theta, are wanted unless gradient is NULL.
 */
typedef double (*TcsObjective) (const double *theta, double *gradient,
								double *hessian, void *context);

typedef struct TcsProblem
{
	int			n;				/* parameters */
	TcsObjective objective;
	void	   *context;
	/* what lies beyond is taken for 0 and infinity; by theta */
	double		least[TCS_FIT_PARAMETERS];
	double		most[TCS_FIT_PARAMETERS];

	/*
	 * A long step that promises less than this, or many that bring less, end
	 * the search as flat: on the way to a bound, long before it.  0: go
	 * there.
	 */
	double		least_gain;
} TcsProblem;

typedef enum TcsFitStatus
{
	TCS_FIT_CONVERGED,
	TCS_FIT_BOUND,				/* a parameter runs to 0 or infinity */
	TCS_FIT_FLAT,				/* the data do not tell the parameters apart */
	TCS_FIT_FAILED				/* no ascent, or too many iterations */
} TcsFitStatus;

typedef struct TcsFit
{
	TcsFitStatus status;
	int			which;			/* the parameter at its bound ... */
	int			direction;		/* ... -1 for 0, 1 for infinity */
	int			iterations;
	double		theta[TCS_FIT_PARAMETERS];
	double		value;			/* log-likelihood */
	double		gradient_norm;	/* largest derivative by theta */
	double		condition_number;	/* of the Hessian by theta */
	/* of the parameters themselves, by the delta method; NaN unless converged */
	double		standard_error[TCS_FIT_PARAMETERS];
} TcsFit;

/* Maximize from fit->theta; the rest of fit is output.  May be called again. */
extern void tcs_newton(const TcsProblem *problem, TcsFit *fit);

#endif							/* TCS_NEWTON_H */
