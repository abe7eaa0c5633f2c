"""Writes table.csv: the cheapest known attack on each LWE instance that rlwe-ipfe rests on, by the lattice estimator.

Needs the lattice estimator (github.com/malb/lattice-estimator) on PYTHONPATH and, in a Python 3.11
virtual environment, Sage's symbolics (packages passagemath-symbolics and passagemath-standard-no-symbolics):

    PYTHONPATH=lattice-estimator python estimate.py COMMIT > table.csv

Two hours of work: it belongs outside CI, which reads the committed table. Module-LWE counts as LWE of the total
dimension (ring degree times rank), with unlimited samples; secret and noise are discrete Gaussians of the same
deviation, that of the instance which the security proofs end at (never the wider ones that keys and ciphertexts are
drawn with). Tried are the primal attacks (uSVP, BDD) and the dual hybrid; other hybrids guess secrets that have few
non-zero coefficients.
"""

import csv
import math
import sys

from estimator import LWE, ND, RC

# Deviation: dimension: bits of the largest modulus that leaves 128 bits. The deviations are that of the parameters of
# PKC 2022, and the one that satisfies the conditions of Hint-MLWE.
LARGEST = {
    1.0: {1024: 25, 1536: 38, 2048: 51, 2560: 65, 3072: 78, 3584: 91, 4096: 105, 5120: 132, 6144: 158, 8192: 212},
    3.2: {1024: 28, 1536: 41, 2048: 55, 2560: 68, 3072: 81, 3584: 95, 4096: 108, 5120: 135, 6144: 162, 8192: 216},
}
# Moduli beside the largest one.
STEPS = [-10, -6, -3, 0, 2]


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


def row(dimension, log_q, sigma, source):
    noise = ND.DiscreteGaussian(sigma)
    parameters = LWE.Parameters(n=dimension, q=2**log_q, Xs=noise, Xe=noise)
    attack, cheapest = min(attacks(parameters), key=lambda item: item[1]["rop"])
    core = min(map(bits, core_svp(parameters)))
    return [dimension, log_q, sigma, rounded_down(bits(cheapest)), rounded_down(core), attack, source]


def main():
    source = "lattice-estimator " + (sys.argv[1] if len(sys.argv) > 1 else "unknown commit")
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["dimension", "log_q", "sigma", "bits", "core_svp_bits", "attack", "source"])
    for sigma, largest in LARGEST.items():
        for dimension, log_q in largest.items():
            for step in STEPS:
                out.writerow(row(dimension, log_q + step, sigma, source))
                sys.stdout.flush()


if __name__ == "__main__":
    main()
