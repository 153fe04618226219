"""Questions no documentation of pipelines answers: what the cosine of a wrong answer looks like.

The cosines of different models, and of small and large collections, cannot be compared. How near the nearest
chunk is to questions like these tells where, for this model and this collection, meaning begins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from retrieval.dense import DenseIndex
from retrieval.embed.port import Vectors

QUESTIONS = (
    "How tall is Mount Everest?",
    "Which vitamins are in an orange?",
    "Tell me a joke about cats.",
    "Who painted the Mona Lisa?",
    "What time does the supermarket close on Sunday?",
    "How do I remove a red wine stain from a carpet?",
    "Book a table for two at an Italian restaurant.",
    "What is the best exercise for back pain?",
    "How do I write a cover letter for a job?",
    "When was the Roman Empire founded?",
    "Explain quantum entanglement to a child.",
    "Which camera is good for bird photography?",
    "How do I change the oil of my car?",
    "Sort an array in C++ with a custom comparator.",
    "How do I make a pivot table in Excel?",
    "Connect a Bluetooth headset to a phone.",
    "Deploy a React app to a static host.",
    "Undo the last commit in git.",
    "How do I create a user account on a Mac?",
    "Buy train tickets from Berlin to Prague.",
    "What is the interest rate of the central bank?",
    "Set up two-factor authentication for my e-mail.",
    "How do I mount a network drive in Windows?",
    "Which database is the fastest for games?",
)


@dataclass(frozen=True, slots=True)
class Background:
    """Mean and spread of the best cosines of foreign questions."""

    mean: float
    spread: float

    def above(self, cosine: float) -> float:
        """Return how many spreads a cosine lies above those of foreign questions, at most 6."""
        return min((cosine - self.mean) / self.spread, 6.0)


def background(vectors: Vectors, dense: DenseIndex) -> Background | None:
    """Measure the background of an index with the embedded foreign questions, float32 [24, d]."""
    best = [nearest[0][1] for vector in vectors if (nearest := dense.nearest(vector, 1))]
    if not best:
        return None
    return Background(float(np.mean(best)), max(float(np.std(best)), 0.02))
