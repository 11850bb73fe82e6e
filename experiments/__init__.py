"""Measured experiments: what the tutorials claim about CNNs, and what comes out.

measuring, program, figures and pages are for all of them. Every other file is an experiment and a
program; docs/experiments tells what it found::

    python -m experiments.borders                    on scikit-learn's digits, in seconds
    python -m experiments.borders FOLDER             on a folder with MNIST's four files
    python -m experiments.borders FOLDER --out OUT   also write borders.json and borders.svg to OUT
    python -m experiments.pages                      write the pages from docs/experiments/*.json
"""
