/*
 * sample_size.h
 *		How many customers an experiment takes.
 *
 * Plain C.  All results are whole numbers of customers in the control arm; the
 * other arm has ratio times as many.
 */
#ifndef TCS_SAMPLE_SIZE_H
#define TCS_SAMPLE_SIZE_H

/* power is above 1 - confidence */
typedef struct TcsTrial
{
	double		power;			/* the chance to find the difference */
	double		confidence;
	double		ratio;
} TcsTrial;

/*
 * For shares of p0 and p1, which differ and lie in [0, 1], and the score test:
 * by Fleiss, without correction for continuity.
 */
extern double tcs_sample_size(double p0, double p1, const TcsTrial *trial);

/*
 * For means that differ by so many standard deviations, and Student's test
 * with equal variances; the other arm gets 2 customers at least.
 */
extern double tcs_sample_size_mean(double difference, const TcsTrial *trial);

#endif							/* TCS_SAMPLE_SIZE_H */
