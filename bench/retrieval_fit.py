"""The weights by which retrieval says `not in the documents`, fitted on questions that measure nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.confidence import Evidence
from retrieval.evaluate import Question
from retrieval.retriever import Retriever

Table = NDArray[np.float64]

_FOLDS = 10
_RIDGE = 1.0
_STEPS = 60


def evidence_of(questions: Sequence[Question], retriever: Retriever, depth: int) -> list[Evidence]:
    """Ask every question and return what speaks for and against its passages."""
    return [
        retriever.evidence(question.question, retriever.search(question.question, k=depth))
        for question in questions
    ]


def print_weights(name: str, rows: Sequence[Sequence[float]], answerable: Sequence[bool]) -> None:
    """Fit and print the weights, constant first, and what questions left out of the fit are told."""
    table, wanted = np.array(rows, dtype=np.float64), np.array(answerable, dtype=np.float64)
    told = _cross_validated(table, wanted)
    refused = told < 0
    print(
        f"  {name:13s} = ({', '.join(f'{weight:.2f}' for weight in fit(table, wanted))})\n"
        f"    cross-validated over {len(table)} questions: refused of foreign "
        f"{refused[wanted == 0].mean():.3f}, refused of answerable {refused[wanted == 1].mean():.3f}, "
        f"area under the curve {_area(told, wanted):.4f}"
    )


def fit(table: Table, wanted: Table) -> Table:
    """Return the weights of a logistic regression [1 + d], constant first.

    `table` [n, d], `wanted` [n] of 0 and 1; Newton's method, a ridge on weights of standardised columns.
    """
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    given = np.c_[np.ones(len(table)), (table - mean) / spread]
    ridge = np.diag([1e-6, *[_RIDGE] * table.shape[1]])
    weights = np.zeros(given.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(given @ weights, -30, 30)))
        slope = given.T @ (chance - wanted) + ridge @ weights
        bend = (given * (chance * (1 - chance))[:, None]).T @ given + ridge
        weights -= np.linalg.solve(bend, slope)
    scaled = weights[1:] / spread
    return np.array([weights[0] - scaled @ mean, *scaled])


def _cross_validated(table: Table, wanted: Table) -> Table:
    """Return [n] the logit of each question by weights fitted without its tenth of the questions."""
    folds = np.random.default_rng(1).integers(0, _FOLDS, len(table))
    told = np.zeros(len(table))
    for fold in range(_FOLDS):
        weights = fit(table[folds != fold], wanted[folds != fold])
        told[folds == fold] = weights[0] + table[folds == fold] @ weights[1:]
    return told


def _area(told: Table, wanted: Table) -> float:
    """Return how often an answerable question is told more than a foreign one (Mann and Whitney, 1947)."""
    yes, no = told[wanted == 1], told[wanted == 0]
    return float((yes[:, None] > no[None, :]).mean())
