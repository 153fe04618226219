"""Texts with secrets in them, as flows, logs and documents have them: for the fuzz of what leaves."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable
from urllib.parse import quote

LETTERS = string.ascii_letters + string.digits
_NEAR = [
    "load the orders every night",
    "status: ok",
    "rows = 1200",
    "SELECT * FROM t WHERE a = 'b'",
    "[INFO] done 100%",
]


def _random(chance: random.Random, length: int, letters: str = LETTERS) -> str:
    return "".join(chance.choice(letters) for _ in range(length))


def _mixed(chance: random.Random, length: int) -> str:
    """Return a password with all kinds of letters, as a generator makes them."""
    return "aB3" + _random(chance, length, LETTERS + "!$%&*+-=?@^_~")


def _known(chance: random.Random) -> str:
    return chance.choice(
        [
            _mixed(chance, chance.randrange(5, 30)),
            "two words " + _random(chance, 6),
            "line one\n" + _random(chance, 20) + "\nline three " + _random(chance, 9),
            "quo\"te'd " + _random(chance, 8),
            "ümläut-" + _random(chance, 8),
        ]
    )


_SHAPES: list[Callable[[random.Random], tuple[str, str]]] = [
    lambda c: ((s := "sk-" + _random(c, 40)), f"OPENAI key {s} in use"),
    lambda c: ((s := "ghp_" + _random(c, 36)), f"git clone https://{s}@github.com/a/b"),
    lambda c: ((s := "AKIA" + _random(c, 16, string.ascii_uppercase + string.digits)), f"aws_access_key_id={s}"),
    lambda c: ((s := _random(c, 40, LETTERS + "/+")), f"aws_secret_access_key = {s}"),
    lambda c: ((s := _mixed(c, 12).replace("@", "x").replace("/", "y")), f"postgresql://etl:{s}@db.host:5432/app"),
    lambda c: ((s := _mixed(c, 12).replace("&", "x")), f"jdbc:postgresql://db/app?user=etl&password={s}&ssl=true"),
    lambda c: ((s := _mixed(c, 14)), f"password: {json.dumps(s)}"),
    lambda c: ((s := "pass word " + _random(c, 8)), f"    dbPassword: '{s}'"),
    lambda c: ((s := _random(c, 24)), f'{{"clientSecret": "{s}", "id": 4}}'),
    lambda c: ((s := _random(c, 24)), json.dumps(json.dumps({"api_key": s}))),
    lambda c: ((s := _random(c, 30)), f"curl -H 'Authorization: Bearer {s}' https://x"),
    lambda c: ((s := base64.b64encode(f"u:{_random(c, 12)}".encode()).decode()), f"Authorization: Basic {s}"),
    lambda c: ((s := _random(c, 30)), f"privateKey: |\n  {s}\n  {s[::-1]}\nnext: 1"),
    lambda c: ((s := _random(c, 60)), f"-----BEGIN RSA PRIVATE KEY-----\n{s}\n-----END RSA PRIVATE KEY-----"),
    lambda c: ((s := _random(c, 24)), f"https://hooks.slack.com/services/T000/B000/{s}"),
    lambda c: ((s := _random(c, 18)), f"mysql -u root --password={s} -h db"),
    lambda c: ((s := _random(c, 18)), f"curl -u admin:{s} http://x"),
    lambda c: (
        (s := f"eyJ{_random(c, 20)}.eyJ{_random(c, 30)}.{_random(c, 20)}"),
        f"cookie: session={s}; path=/",
    ),
]  # fmt: skip
_SPELLINGS: list[Callable[[str], str]] = [
    lambda s: s,
    json.dumps,
    lambda s: json.dumps({"value": s}),
    lambda s: base64.b64encode(s.encode()).decode(),
    lambda s: quote(s, safe=""),
    lambda s: "'" + s.replace("'", "''") + "'",
]


def leaky(seed: int) -> tuple[str, list[str], list[str]]:
    """Return a text, the secrets that must not be read in it, and those of them the service knows."""
    chance = random.Random(seed)
    parts: list[str] = []
    secrets: list[str] = []
    known: list[str] = []
    for _ in range(chance.randrange(1, 5)):
        parts.append(chance.choice(_NEAR))
        if chance.random() < 0.5:
            secret, text = chance.choice(_SHAPES)(chance)
        else:
            secret = _known(chance)
            known.append(secret)
            text = f"see {chance.choice(_SPELLINGS)(secret)} there"
        secrets.append(secret)
        parts.append(text)
    return chance.choice(["\n", "\n\n", "  \n"]).join([*parts, chance.choice(_NEAR)]), secrets, known


def readable(secret: str, text: str) -> bool:
    """Tell whether a secret can be read in a text, plain or in one of its usual spellings."""
    forms = {spell(secret).strip("'\"") for spell in _SPELLINGS if spell is not _SPELLINGS[2]}
    return any(form in text for form in forms if form)
