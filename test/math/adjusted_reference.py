#!/usr/bin/python3
"""Make adjusted_reference.h, the table of test_adjusted.c.

Needs python3-statsmodels of Debian.  Run in test/math.  Each experiment is
fitted by statsmodels' OLS: the difference is the coefficient of the arm in a
regression on the arm, the covariate less its mean, and their product; the
standard errors are those of predictions of a regression in each arm, at the
covariate's mean of both.
"""
import random
import numpy
import statsmodels.api as sm

dice = random.Random(20130301)
experiments = []
for n1, n0, slope1, slope0, offset, scale in (
        (30, 30, 0.8, 0.8, 0.0, 1.0), (12, 40, 1.5, 0.2, 100.0, 10.0), (40, 8, -0.5, 0.9, 1000.0, 3.0),
        (4, 5, 1.0, 1.0, 0.0, 1.0), (25, 25, 0.0, 0.0, 50.0, 20.0), (33, 31, 0.7, 0.6, 1e3, 0.5)):
    rows = []
    for arm, n, slope in ((1, n1, slope1), (0, n0, slope0)):
        for _ in range(n):
            x = offset + scale * dice.gauss(0, 1)
            y = round(offset / 2 + slope * (x - offset) + arm * 0.3 + scale * 0.6 * dice.gauss(0, 1), 6)
            rows.append((arm, y, round(x, 6)))
    arm, y, x = (numpy.array(c, dtype=float) for c in zip(*rows))
    centred = x - x.mean()
    both = sm.OLS(y, numpy.column_stack([numpy.ones(len(y)), arm, centred, arm * centred])).fit()
    results = [both.params[1]]
    for a in (1, 0):
        here = arm == a
        fit = sm.OLS(y[here], sm.add_constant(centred[here])).fit()
        prediction = fit.get_prediction([1.0, 0.0])
        results += [float(prediction.predicted_mean[0]), float(prediction.se_mean[0])]
    experiments.append((rows, results))

with open('adjusted_reference.h', 'w') as out:
    out.write('/* Made by adjusted_reference.py. */\n\n')
    for i, (rows, _) in enumerate(experiments):
        out.write(f'static const double adjusted_data{i}[][3] = {{\n')
        for row in rows:
            out.write('\t{%s},\n' % ', '.join(repr(float(v)) for v in row))
        out.write('};\n\n')
    out.write('/* difference; mean and standard error of the treatment, of the control */\n')
    out.write('static const struct\n{\n\tconst double (*data)[3];\n\tsize_t\t\tcount;\n\tdouble\t\tresult[5];\n}\t\t\tadjusted_reference[] = {\n')
    for i, (rows, results) in enumerate(experiments):
        out.write('\t{adjusted_data%d, %d, {%s}},\n' % (i, len(rows), ', '.join(repr(float(r)) for r in results)))
    out.write('};\n')
