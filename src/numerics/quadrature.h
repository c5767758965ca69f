/*
 * quadrature.h
 *		Nodes and weights of Gauss-Legendre quadrature on [0, 1].
 */
#ifndef TCS_QUADRATURE_H
#define TCS_QUADRATURE_H

#define TCS_NODES	24

/* Exact for polynomials of a degree below 2 * TCS_NODES; plain C. */
extern const double tcs_node[TCS_NODES];
extern const double tcs_weight[TCS_NODES];

#endif							/* TCS_QUADRATURE_H */
