"""Writes table.csv: the cheapest known attack on each parameter set, by the lattice estimator.

Needs the lattice estimator (github.com/malb/lattice-estimator) on PYTHONPATH and, in a Python 3.11
virtual environment, Sage's symbolics (packages passagemath-symbolics and passagemath-standard-no-symbolics):

    PYTHONPATH=lattice-estimator python estimate.py COMMIT > table.csv

An hour of work: it belongs outside CI, which reads the committed table. RLWE counts as LWE of the
ring's degree, with unlimited samples, a uniform ternary secret and noise of deviation SIGMA. Tried are the
primal attacks (uSVP, BDD) and the dual hybrid; the other hybrids guess secrets that have few non-zero
coefficients, and for dense ones the estimator finds them no cheaper than BDD.
"""

import csv
import math
import sys

from estimator import LWE, ND, RC

SIGMA = 3.2
# log2 of the ring degree: log2 of the largest moduli that leave 256, 192 and 128 bits, one that leaves less
# (the limit of the HomomorphicEncryption.org standard of 2018, where it has one), and some in between.
PARAMETERS = {
    10: [13, 17, 26, 27],
    11: [27, 36, 53, 54],
    12: [56, 64, 73, 81, 90, 98, 106, 109],
    13: [114, 130, 147, 164, 180, 197, 214, 218],
    14: [230, 264, 297, 330, 364, 397, 430, 438],
    15: [462, 529, 596, 664, 868, 881],
    16: [929, 1199, 1746, 1772],
}


def attacks(parameters):
    yield "usvp", LWE.primal_usvp(parameters)
    yield "bdd", LWE.primal_bdd(parameters)
    yield "dual_hybrid", LWE.dual_hybrid(parameters)


def core_svp(parameters):
    """Core-SVP: 2^(0.292 beta) for the smallest block size that the primal or dual attack needs."""
    yield LWE.primal_usvp(parameters, red_cost_model=RC.ADPS16, red_shape_model="gsa")
    yield LWE.dual_hybrid(parameters, red_cost_model=RC.ADPS16)


def bits(cost):
    return math.log2(cost["rop"])


def rounded_down(number):
    """To one decimal: a row never claims what it does not reach."""
    return f"{math.floor(10 * number) / 10:.1f}"


def main():
    version = sys.argv[1] if len(sys.argv) > 1 else "unknown commit"
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["log_n", "log_qp", "secret", "sigma", "bits", "core_svp_bits", "attack", "source"])
    for log_n, moduli in PARAMETERS.items():
        for log_qp in moduli:
            noise = ND.DiscreteGaussian(SIGMA)
            parameters = LWE.Parameters(n=2**log_n, q=2**log_qp, Xs=ND.UniformMod(3), Xe=noise)
            attack, cheapest = min(attacks(parameters), key=lambda item: item[1]["rop"])
            core = min(map(bits, core_svp(parameters)))
            row = [log_n, log_qp, "ternary", SIGMA, rounded_down(bits(cheapest)), rounded_down(core)]
            out.writerow([*row, attack, "lattice-estimator " + version])
            sys.stdout.flush()


if __name__ == "__main__":
    main()
