"""From a given value to the value of a type: one function for each type, in one table."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import orjson

from engine.errors import ExpressionError, FlowsmithError
from engine.executor.inputs.secret import holds_encrypted
from engine.executor.inputs.upload import Upload
from engine.expression.yaml_text import read_yaml
from engine.model.duration import duration_text, parse_duration
from engine.model.json import Json, dumps
from engine.storage.cipher import Cipher, is_encrypted

NO_ENCRYPTION = "Unable to use a `SECRET` input/output as encryption is not configured"

_LONGEST = 200
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?[fFdD]?")
_DATETIME = re.compile(
    r"(?P<moment>\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?P<zone>[Zz]|[-+]\d\d(?::?\d\d(?::?\d\d)?)?)"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?")
_FILE_SCHEMES = ("kestra:///", "nsfile:///", "file:///")


class Unfit(ValueError):
    """A value does not fit its type or its limits; the message is a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a parser may need besides the value: the type's options and the services around it."""

    id: str = "value"
    options: Mapping[str, Json] = field(default_factory=dict)
    cipher: Cipher | None = None
    store_file: Callable[[str, Upload], str] | None = None
    """Stores an upload and returns its address; without it the address is the file's name (a check only)."""


Parser = Callable[[Json, Need], Json]


def parse(kind: str, value: Json | Upload, need: Need) -> Json:
    """Return the value of the type as it is stored, JSON throughout. Raises Unfit."""
    parser = PARSERS.get(kind)
    if parser is None:
        raise Unfit(f"`{kind}` is not an input type; use one of {', '.join(PARSERS)}")
    try:
        if isinstance(value, Upload) and kind != "FILE":
            value = value.text()
        return parser(value, need)
    except Unfit:
        raise
    except (ValueError, OverflowError, ExpressionError) as error:
        # The value of a secret is not repeated in a message.
        shown = "******" if kind == "SECRET" else _shown(value)
        raise Unfit(f"Expected `{kind}` but received `{shown}` with errors:\n```\n{error}\n```") from error


def coerce_output(kind: str, item_type: str | None, value: Json, *, cipher: Cipher | None = None) -> Json:
    """Return a typed flow output, read as an input of that type; raises ValueError with the reason."""
    options = {} if item_type is None else {"itemType": item_type}
    return parse(kind, value, Need("output", options, cipher))


def text_of(value: Json) -> str:
    """Return a value as Java's `toString` does; lists and maps as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _moment_text(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return dumps(value).decode()
    return str(value)


def _shown(value: Json | Upload) -> str:
    text = value.filename if isinstance(value, Upload) else text_of(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _string(value: Json, need: Need) -> Json:
    return value if isinstance(value, str) else text_of(value)


def _int(value: Json, need: Need) -> Json:
    text = text_of(value)
    if not _INT.fullmatch(text) or len(text) > 20:
        raise ValueError("it is not a whole number; write it like 42")
    number = int(text)
    if not -(2**31) <= number < 2**31:
        raise ValueError("it does not fit in 32 bits (-2147483648 to 2147483647)")
    return number


def _float(value: Json, need: Need) -> Json:
    text = text_of(value).strip()
    if not _FLOAT.fullmatch(text):
        raise ValueError("it is not a number; write it like 3.14")
    return _single(float(text.rstrip("fFdD")))


def _single(number: float) -> float:
    """Return the shortest decimal that is the same 32-bit float, as Java prints it."""
    try:
        packed = struct.pack("f", number)
    except OverflowError:
        packed = struct.pack("f", math.inf)
    (number,) = struct.unpack("f", packed)
    if math.isinf(number):
        raise ValueError("it does not fit in a 32-bit float")
    for digits in range(1, 10):
        short = float(f"{number:.{digits}g}")
        # Rounding up the greatest floats leaves their range.
        if abs(short) < 3.4028235677973366e38 and struct.pack("f", short) == packed:
            return short
    return number


def _bool(value: Json, need: Need) -> Json:
    return text_of(value).lower() == "true"


def _datetime(value: Json, need: Need) -> Json:
    return _moment_text(read_datetime(value))


def read_datetime(value: Json) -> datetime:
    """Read a moment with zone; raises ValueError."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    match = _DATETIME.fullmatch(text_of(value))
    if match is None:
        raise ValueError("it is not a moment with zone; write it like 2024-01-31T10:15:00Z")
    return datetime.fromisoformat(f"{match['moment'].upper()}{match['zone'].upper()}").astimezone(UTC)


def _moment_text(moment: datetime) -> str:
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _date(value: Json, need: Need) -> Json:
    return read_date(value).isoformat()


def read_date(value: Json) -> date:
    """Read a day; raises ValueError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = text_of(value)
    if not _DATE.fullmatch(text):
        raise ValueError("it is not a date; write it like 2024-01-31")
    return date.fromisoformat(text)


def _time(value: Json, need: Need) -> Json:
    return read_time(value).isoformat()


def read_time(value: Json) -> time:
    """Read a time of day; raises ValueError."""
    if isinstance(value, time):
        return value
    text = text_of(value)
    if not _TIME.fullmatch(text):
        raise ValueError("it is not a time; write it like 09:30 or 09:30:15")
    return time.fromisoformat(text)


def _duration(value: Json, need: Need) -> Json:
    # ISO text, not Kestra's number of seconds: readable in logs, and every duration property takes it.
    return duration_text(read_duration(value))


def read_duration(value: Json) -> timedelta:
    """Read a duration; raises ValueError."""
    return parse_duration(value)


def _file(value: Json, need: Need) -> Json:
    if isinstance(value, Upload):
        if value.empty:
            raise Unfit("the uploaded file is empty")
        _check_extension(value.filename, need)
        return value.filename if need.store_file is None else need.store_file(need.id, value)
    text = text_of(value)
    if not text.startswith(_FILE_SCHEMES):
        raise ValueError(
            "it must be an uploaded file, or an address beginning with kestra:///, nsfile:/// or file:///"
        )
    _check_extension(text, need)
    return text


def _check_extension(name: str, need: Need) -> None:
    allowed = need.options.get("allowedFileExtensions")
    if allowed and not name.lower().endswith(tuple(f".{str(one).lstrip('.').lower()}" for one in allowed)):
        raise Unfit(f"the file `{name}` must end with one of `[{', '.join(map(str, allowed))}]`")


def _json(value: Json, need: Need) -> Json:
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"it is not JSON: {error}") from error
    return _unmarked(value)


def _yaml(value: Json, need: Need) -> Json:
    return _unmarked(read_yaml(value) if isinstance(value, str) else value)


def _unmarked(value: Json) -> Json:
    """Refuse encrypted texts: they would be decrypted for whoever copied them from where they are shown."""
    if holds_encrypted(value):
        raise Unfit("it holds an encrypted value; only a SECRET input takes those")
    return value


def _secret(value: Json, need: Need) -> Json:
    if need.cipher is None:
        raise Unfit(NO_ENCRYPTION)
    if is_encrypted(value):
        # A replay hands over what was stored; it must be ours.
        try:
            need.cipher.decrypt(value["value"])
        except FlowsmithError as error:
            raise Unfit(error.message) from error
        return value
    return need.cipher.wrap(text_of(value))


def _array(value: Json, need: Need) -> Json:
    return _items(value, need, str(need.options.get("itemType") or "STRING"))


def _items(value: Json, need: Need, kind: str) -> list[Json]:
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise ValueError(f'it is not a JSON array; write it like ["a", "b"] ({error})') from error
    if not isinstance(value, list | tuple):
        raise ValueError('it is not a list; write it like ["a", "b"]')
    if kind == "ARRAY":
        raise ValueError("the itemType of an ARRAY cannot be ARRAY")
    try:
        return [parse(kind, item, need) for item in value]
    except Unfit as error:
        raise ValueError(f"Unable to parse array element as `{kind}` on `{need.id}`: {error}") from error


PARSERS: dict[str, Parser] = {
    "STRING": _string,
    "ENUM": _string,
    "SELECT": _string,
    "MULTISELECT": _array,
    "INT": _int,
    "FLOAT": _float,
    "BOOLEAN": _bool,
    "BOOL": _bool,
    "DATETIME": _datetime,
    "DATE": _date,
    "TIME": _time,
    "DURATION": _duration,
    "FILE": _file,
    "JSON": _json,
    "YAML": _yaml,
    "URI": _string,
    "EMAIL": _string,
    "SECRET": _secret,
    "ARRAY": _array,
}
"""Type to the function that reads it; raising ValueError says why it cannot."""
