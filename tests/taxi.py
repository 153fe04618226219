"""Made-up taxi trips in the files of the New York taxi commission: same columns, same names, gzipped."""

from __future__ import annotations

import csv
import gzip
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

Taxi = Literal["yellow", "green"]


def _words(text: str) -> list[str]:
    return text.split()


COLUMNS: dict[str, list[str]] = {
    "yellow": _words(
        "VendorID tpep_pickup_datetime tpep_dropoff_datetime passenger_count trip_distance RatecodeID "
        "store_and_fwd_flag PULocationID DOLocationID payment_type fare_amount extra mta_tax tip_amount "
        "tolls_amount improvement_surcharge total_amount congestion_surcharge"
    ),
    "green": _words(
        "VendorID lpep_pickup_datetime lpep_dropoff_datetime store_and_fwd_flag RatecodeID PULocationID "
        "DOLocationID passenger_count trip_distance fare_amount extra mta_tax tip_amount tolls_amount "
        "ehail_fee improvement_surcharge total_amount payment_type trip_type congestion_surcharge"
    ),
}
"""The columns in the order of the real files."""

_MOMENT = "%Y-%m-%d %H:%M:%S"


def file_name(taxi: Taxi, year: int, month: int) -> str:
    """Return the name of a month's file, without `.gz`."""
    return f"{taxi}_tripdata_{year}-{month:02}.csv"


def write_month(
    folder: Path, taxi: Taxi, year: int, month: int, *, rows: int = 50_000, seed: int = 7
) -> Path:
    """Write `folder/<taxi>/<taxi>_tripdata_<year>-<month>.csv.gz`; the same seed gives the same trips.

    No two trips are alike in what identifies them. As in the real files some values are empty, some fares
    are negative and some trips begin outside the month.
    """
    path = folder / taxi / f"{file_name(taxi, year, month)}.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS[taxi])
        writer.writerows(
            _trips(taxi, datetime(year, month, 1), rows, random.Random(f"{seed}{taxi}{year}{month}"))
        )
    return path


def _trips(taxi: Taxi, start: datetime, rows: int, chance: random.Random) -> Iterator[list[object]]:
    step = timedelta(days=28) / max(rows, 1)
    for number in range(rows):
        pickup = start + step * number
        if number % 997 == 0:  # a meter with a wrong clock
            pickup = datetime(2008, 12, 31, 23, 0) + timedelta(seconds=number)
        trip = _trip(pickup, number, chance)
        yield [trip.get(column, "") for column in COLUMNS[taxi]]


def _trip(pickup: datetime, number: int, chance: random.Random) -> dict[str, object]:
    distance = round(chance.expovariate(0.4), 2)
    fare = round(2.5 + 2.5 * distance, 2) * (-1 if chance.random() < 0.002 else 1)
    tip = round(max(fare, 0) * chance.choice((0, 0, 0.15, 0.2)), 2)
    times = (pickup.strftime(_MOMENT), (pickup + timedelta(minutes=1 + distance * 4)).strftime(_MOMENT))
    return {
        "VendorID": chance.randint(1, 2),
        "tpep_pickup_datetime": times[0],
        "tpep_dropoff_datetime": times[1],
        "lpep_pickup_datetime": times[0],
        "lpep_dropoff_datetime": times[1],
        "passenger_count": "" if chance.random() < 0.01 else chance.randint(1, 6),
        "trip_distance": distance,
        "RatecodeID": chance.choice((1, 1, 1, 1, 2, 5)),
        "store_and_fwd_flag": chance.choice("NNNNY"),
        "PULocationID": 1 + number % 263,  # neighbours in time differ in place, so no two trips are alike
        "DOLocationID": chance.randint(1, 265),
        "payment_type": chance.randint(1, 4),
        "fare_amount": fare,
        "extra": 0.5,
        "mta_tax": 0.5,
        "tip_amount": tip,
        "tolls_amount": 0,
        "improvement_surcharge": 0.3,
        "total_amount": round(fare + tip + 1.3, 2),
        "trip_type": chance.randint(1, 2),
        "congestion_surcharge": "" if chance.random() < 0.2 else 2.5,
    }
