#!/usr/bin/python3
"""Make linear_reference.h, the table of test_linear_model.c.

Needs python3-statsmodels, python3-sklearn and r-cran-glmnet of Debian.  Run in
test/math.  Likelihoods without a penalty are fitted by statsmodels, ridge by
scikit-learn, elastic nets by glmnet; Longley's are the certified values of NIST,
with 15 digits.
"""
import random
import subprocess
import numpy as np
import statsmodels.api as sm
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, Ridge

dice = random.Random(19940815)
out = []


def write(name, values, columns=0):
    values = np.atleast_2d(np.asarray(values, float)) if columns else np.asarray(values, float).ravel()
    out.append('static const double %s[]%s = {' % (name, '[%d]' % columns if columns else ''))
    if columns:
        out.extend('\t{%s},' % ', '.join(repr(float(v)) for v in row) for row in values)
    else:
        for i in range(0, len(values), 6):
            out.append('\t%s,' % ', '.join(repr(float(v)) for v in values[i:i + 6]))
    out.append('};')


def elastic(x, y, family, l1, l2):
    """the intercept and the coefficients"""
    n = len(y)
    text = '\n'.join(' '.join(repr(float(v)) for v in [b] + list(a)) for a, b in zip(x, y))
    code = ('suppressMessages(library(glmnet)); d <- as.matrix(read.table(file("stdin"))); '
            'f <- glmnet(d[, -1], d[, 1], family = "%s", alpha = %r, lambda = %r, thresh = 1e-26, maxit = 1e8); '
            'cat(sprintf("%%.17g", as.vector(coef(f))))' % (family, l1 / (l1 + l2), (l1 + l2) / n))
    printed = subprocess.run(['Rscript', '-e', code], input=text, capture_output=True, text=True, check=True)
    return [float(v) for v in printed.stdout.split()]


def ridge(x, y, l2):
    scale = x.std(axis=0)
    z = (x - x.mean(axis=0)) / scale
    if set(y) == {0.0, 1.0}:
        f = LogisticRegression(C=1 / l2, solver='newton-cholesky', tol=1e-14, max_iter=1000).fit(z, y)
        coefficient, intercept = f.coef_[0], f.intercept_[0]
    else:
        f = Ridge(alpha=l2, solver='cholesky').fit(z, y)
        coefficient, intercept = f.coef_, f.intercept_
    coefficient = coefficient / scale
    return [intercept - coefficient @ x.mean(axis=0)] + list(coefficient)


# Spector and Mazzeo, 1980: GPA, TUCE, PSI, GRADE
spector = sm.datasets.spector.load_pandas().data.to_numpy()
write('spector', spector, 4)
fit = sm.Logit(spector[:, 3], sm.add_constant(spector[:, :3])).fit(method='newton', tol=1e-14, disp=0, maxiter=100)
write('spector_fit', fit.params)
write('spector_errors', fit.bse)
write('spector_likelihood', [fit.llf])

# Longley, 1967: TOTEMP, then the six
longley = sm.datasets.longley.load_pandas().data.to_numpy()
write('longley', longley, 7)
write('longley_fit', [-3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683,
                      -1.03322686717359, -0.0511041056535807, 1829.15146461355])
write('longley_errors', [890420.383607373, 84.9149257747669, 0.0334910077722432, 0.488399681651699,
                         0.214274163161675, 0.226073200069370, 455.478499142212])

# Fisher's iris, of which two kinds are hard to tell apart
iris = load_iris()
flowers = iris.data[50:]
kind = (iris.target[50:] == 2).astype(float)
write('flowers', flowers, 4)
for i, l2 in enumerate((0.01, 1, 100)):
    write('flowers_ridge_%d' % i, ridge(flowers, kind, l2))
for i, (l1, l2) in enumerate(((1, 1), (5, 0.5), (20, 5), (2, 0))):
    write('flowers_elastic_%d' % i, elastic(flowers, kind, 'binomial', l1, l2))

# the width of a petal by the rest, in standard deviations: glmnet's ridge is in these
width = (flowers[:, 3] - flowers[:, 3].mean()) / flowers[:, 3].std()
for i, l2 in enumerate((0.01, 1, 100)):
    write('width_ridge_%d' % i, ridge(flowers[:, :3], width, l2))
for i, (l1, l2) in enumerate(((1, 1), (20, 0.5), (60, 5), (10, 0))):
    write('width_elastic_%d' % i, elastic(flowers[:, :3], width, 'gaussian', l1, l2))

# rows that count as several, with an offset: weight, offset, y, x
rows = []
for _ in range(60):
    x = [dice.gauss(5, 1), dice.gauss(0, 100), float(dice.random() < 0.2)]
    offset = dice.gauss(0, 1)
    chance = 1 / (1 + np.exp(-(offset - 3 + 0.6 * x[0] + 0.01 * x[1] - x[2])))
    rows.append([dice.randint(1, 4), offset, float(dice.random() < chance)] + x)
rows = np.array(rows)
write('counted', rows, 6)
for name, family in (('logistic', sm.families.Binomial()), ('gaussian', sm.families.Gaussian())):
    fit = sm.GLM(rows[:, 2], sm.add_constant(rows[:, 3:]), family=family, offset=rows[:, 1],
                 freq_weights=rows[:, 0]).fit(tol=1e-14, maxiter=100)
    write('counted_%s' % name, fit.params)
    write('counted_%s_errors' % name, fit.bse)

with open('linear_reference.h', 'w', encoding='ascii') as file:
    file.write('/*\n * linear_reference.h\n *\t\tMade by linear_reference.py.\n */\n')
    file.write('\n'.join(out) + '\n')
