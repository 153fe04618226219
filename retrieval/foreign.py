"""Questions no documentation of pipelines answers: what the cosine of a wrong answer looks like.

The cosines of different models, and of small and large collections, cannot be compared. How near the nearest
chunk is to questions like these tells where, for this model and this collection, meaning begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.dense import DenseIndex
from retrieval.embed.port import Vectors

_LEAST_SPREAD = 0.02
_MOST_SPREADS = 6.0
_AROUND = 10
_SIGNS = 3

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
    "Recipe for a vegetable soup with lentils.",
    "How long must rice cook?",
    "How do I grill a steak?",
    "Which wine goes with fish?",
    "What are the symptoms of the flu?",
    "How many calories has a banana?",
    "Is it safe to take aspirin every day?",
    "Cheap flights to Rome in May.",
    "Best hotels near the beach in Spain.",
    "How do I get a visa for Canada?",
    "Who won the tennis final?",
    "Rules of chess for beginners.",
    "How do I learn the guitar?",
    "Improve my running time over ten kilometres.",
    "How is a mortgage calculated?",
    "Should I buy shares of a car maker?",
    "What is the price of silver today?",
    "Who was the first president of the United States?",
    "Capital city of Australia.",
    "What is the population of India?",
    "Translate this sentence into French.",
    "Write a short story about a dragon.",
    "Give me a name for my dog.",
    "How do plants grow?",
    "Why is the sky blue?",
    "Integrate x squared from zero to one.",
    "What is the derivative of a sine?",
    "Which phone has the best battery?",
    "My printer does not print.",
    "How do I make a pivot table in Excel?",
    "Connect a Bluetooth headset to a phone.",
    "Draw a logo for my company.",
    "Edit a photo so that the background is gone.",
    "Sort an array in C++ with a custom comparator.",
    "Undo the last commit in git.",
    "Merge conflict in git, how do I solve it?",
    "What is a closure in JavaScript?",
    "How do React hooks work?",
    "Make a responsive layout with CSS grid.",
    "Angular routing guard.",
    "What is the borrow checker in Rust?",
    "Goroutines and channels explained.",
    "Null pointer exception in Java.",
    "Abstract classes in C#.",
    "How do list comprehensions work in Python?",
    "Swift optional binding.",
    "Write a macro in Lisp.",
    "Memory leak in a C program.",
    "Implement a binary search tree.",
    "Big O of quicksort.",
    "Plot a histogram with matplotlib.",
    "Pandas merge of two data frames.",
    "Train a random forest with scikit-learn.",
    "Which loss function for image classification?",
    "How do transformers use attention?",
    "Fine-tune a language model on my own texts.",
    "Deploy a model with TensorFlow Serving.",
    "Deploy a React app to a static host.",
    "Set up Apache httpd with a certificate.",
    "Write a Helm chart.",
    "Create an EC2 instance with Terraform.",
    "Kubernetes persistent volume claim.",
    "Install Ubuntu beside Windows.",
    "How do I mount a network drive in Windows?",
    "How do I create a user account on a Mac?",
    "Configure a firewall with iptables.",
    "Set up two-factor authentication for my e-mail.",
    "Active Directory single sign-on with OAuth.",
    "Which licence costs how much per user?",
    "Index tuning in MySQL.",
    "Explain an execution plan in Oracle.",
    "Which database is the fastest for games?",
    "Replication lag of a PostgreSQL standby.",
    "What is a foreign key?",
    "Write a recursive common table expression.",
    "Shards of an Elasticsearch index.",
    "Graph queries in Cypher.",
    "Partition key of a DynamoDB table.",
    "Airflow scheduler does not pick up my DAG file.",
    "Airflow pools and priority weights.",
    "TaskFlow decorator in Airflow.",
    "Prefect deployments with blocks.",
    "Prefect task runner with Dask.",
    "Dagster sensors and resources.",
    "Dagster asset checks.",
    "Oozie coordinator definition.",
    "Azkaban job properties.",
    "Control-M calendars.",
    "Autosys box jobs.",
    "AWS Glue crawler.",
    "State machine in Step Functions.",
    "Azure Synapse pipelines.",
    "Matillion orchestration job.",
    "Jenkins declarative pipeline stages.",
    "GitLab CI runner tags.",
    "GitHub Actions matrix strategy.",
    "CircleCI orbs.",
    "Temporal workflow signals.",
    "Camunda BPMN gateway.",
    "Zapier multi-step zap.",
    "Make a Power Automate approval flow.",
    "Snowflake streams and tasks.",
    "Databricks notebook job cluster.",
    "Spark executor memory settings.",
    "Kafka Streams state store.",
    "Hive partitions are slow.",
    "Redshift sort keys.",
    "Fivetran sync frequency.",
    "Airbyte source connector.",
    "Tableau extract refresh.",
    "Power BI measures in DAX.",
    "Looker dashboard filters.",
    "Grafana alert rules.",
    "Superset chart types.",
    "Import contacts into a CRM.",
    "SAP table extraction.",
    "Salesforce object query.",
    "Export orders from a web shop.",
    "What does a data engineer earn?",
    "Interview questions for data analysts.",
    "Best book about data warehouses.",
    "What is the interest rate of the central bank?",
    "Buy train tickets from Berlin to Prague.",
    "When is the next full moon?",
    "How do I raise tomatoes on a balcony?",
    "Fix a flat tyre.",
    "Paint a wall without stripes.",
    "My baby does not sleep.",
    "Film recommendations for tonight.",
    "Lyrics of a famous song.",
    "Which console should I buy?",
    "Cheat codes for a video game.",
    "How do I found a company?",
    "Divorce law in Germany.",
    "How do I vote by mail?",
    "Open a bank account abroad.",
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the vector of a question tells of whether the documents answer it.

    In spreads of foreign questions: `near` is how far the nearest passage lies above what those find,
    `around` the mean of the nearest ten, `foreign` how much nearer the question is to a foreign one than
    those are to each other. `sign` and `signs` are the same as `near` for the nearest signpost and the third
    nearest; None where there are none.
    """

    near: float
    around: float
    foreign: float
    sign: float | None = None
    signs: float | None = None

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers there are, in this order."""
        found = (self.near, self.around, self.foreign)
        return found if self.sign is None or self.signs is None else (*found, self.sign, self.signs)


@dataclass(frozen=True, slots=True)
class Background:
    """What cosines of foreign questions look like: with the nearest entry of an index."""

    mean: float
    spread: float

    @classmethod
    def of(cls, cosines: Sequence[float]) -> Background:
        """Measure it; the spread is never so small that it says nothing."""
        return cls(float(np.mean(cosines)), max(float(np.std(cosines)), _LEAST_SPREAD))

    def above(self, cosine: float) -> float:
        """Return how many spreads a cosine lies above those of foreign questions, at most 6."""
        return min((cosine - self.mean) / self.spread, _MOST_SPREADS)


class Ground:
    """Where meaning begins in one index: what foreign questions find there."""

    def __init__(self, questions: Vectors, dense: DenseIndex, signs: DenseIndex | None) -> None:
        """`questions` float32 [q, d] are the embedded foreign ones."""
        self.dense = dense
        self.signs = signs
        self._questions = questions
        self._near = Background.of(_best(questions, dense))
        self._sign = Background.of(_best(questions, signs)) if signs is not None else None
        among = questions @ questions.T
        np.fill_diagonal(among, -1.0)
        self._alike = Background.of([float(row.max()) for row in among])

    def read(self, vector: Vectors, similarity: float) -> Meaning:
        """Return what the vector float32 [d] of a question tells; `similarity` is the best passage's."""
        around = [cosine for _, cosine in self.dense.nearest(vector, _AROUND)] or [0.0]
        sign = signs = None
        if self._sign is not None and self.signs is not None:
            found = [cosine for _, cosine in self.signs.nearest(vector, _SIGNS)] or [0.0]
            sign, signs = self._sign.above(found[0]), self._sign.above(found[-1])
        return Meaning(
            near=self._near.above(similarity),
            around=self._near.above(float(np.mean(around))),
            foreign=self._alike.above(float(np.max(self._questions @ vector))),
            sign=sign,
            signs=signs,
        )


def _best(vectors: Vectors, dense: DenseIndex) -> list[float]:
    return [found[0][1] for found in dense.nearest_each(vectors, 1) if found] or [0.0]
