"""Values of rows made to fit an Avro schema."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from engine.errors import ExpressionError, TaskFailure
from engine.expression.date_format import to_moment
from engine.expression.text import printed
from engine.model.json import Json
from engine.plugins.serdes.avro._schema import FALSE, NULL, TRUE, Misfit

Fitter = Callable[[Json], Any]


class Fit:
    """Makes values fit a schema. `date_format` and its like are patterns of texts; ISO without them."""

    def __init__(
        self,
        *,
        zone: tzinfo = UTC,
        date_format: str | None = None,
        time_format: str | None = None,
        date_time_format: str | None = None,
        decimal_separator: str = ".",
        true_values: Sequence[str] = TRUE,
        false_values: Sequence[str] = FALSE,
        null_values: Sequence[str] = NULL,
        strict: bool = False,
    ) -> None:
        self._zone = zone
        self._patterns = (date_format, time_format, date_time_format)
        self._separator = decimal_separator
        self._true, self._false, self._null = set(true_values), set(false_values), set(null_values)
        self._strict = strict
        self._named: dict[str, Fitter] = {}

    def of(self, schema: Any) -> Fitter:
        """Return what makes a value fit, or raises Misfit. Raises TaskFailure when the schema is wrong."""
        if isinstance(schema, list):
            return self._union(schema)
        if isinstance(schema, str):
            if schema in self._named:
                return self._named[schema]
            schema = {"type": schema}
        if isinstance(schema.get("type"), dict | list):
            return self.of(schema["type"])
        logical = _LOGICAL.get(str(schema.get("logicalType")))
        make = logical or _BASE.get(str(schema.get("type")))
        if make is None:
            raise TaskFailure(f"schema: '{schema.get('type')}' is not a type of Avro")
        return make(self, schema)

    def _union(self, schemas: Sequence[Any]) -> Fitter:
        nullable = "null" in schemas
        fitters = [self.of(one) for one in schemas if one != "null"]
        texts = any(one == "string" or one == {"type": "string"} for one in schemas)

        def fit(value: Json) -> Any:
            if value is None and nullable:
                return None
            if nullable and not texts and isinstance(value, str) and value in self._null:
                return None
            problem = Misfit(f"{value!r:.80} fits none of {schemas}")
            for fitter in fitters:
                try:
                    return fitter(value)
                except Misfit as error:
                    problem = error
            raise problem

        return fit

    def record(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a map: unknown fields are left out, or refused if strict."""
        fitters: dict[str, Fitter] = {}

        def fit(value: Json) -> dict[str, Any]:
            if not isinstance(value, Mapping):
                raise Misfit(f"{value!r:.80} is no map")
            if self._strict and (more := [key for key in value if key not in fitters]):
                raise Misfit(f"the fields {more} are not in the schema")
            found = {}
            for name, fitter in fitters.items():
                try:
                    found[name] = fitter(value.get(name, defaults.get(name)))
                except Misfit as error:
                    raise Misfit(f"{name}: {error}") from error
            return found

        if "name" in schema:
            self._named[str(schema["name"])] = fit
        fields = schema.get("fields") or []
        defaults = {one["name"]: one["default"] for one in fields if "default" in one}
        fitters.update({one["name"]: self.of(one["type"]) for one in fields})
        return fit

    def array(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a list."""
        item = self.of(schema["items"])

        def fit(value: Json) -> list[Any]:
            if not isinstance(value, list):
                raise Misfit(f"{value!r:.80} is no list")
            return [item(one) for one in value]

        return fit

    def map(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a map of values of one kind."""
        item = self.of(schema["values"])

        def fit(value: Json) -> dict[str, Any]:
            if not isinstance(value, Mapping):
                raise Misfit(f"{value!r:.80} is no map")
            return {str(key): item(one) for key, one in value.items()}

        return fit

    def boolean(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a truth value, also from its words."""

        def fit(value: Json) -> bool:
            if isinstance(value, bool):
                return value
            text = printed(value).lower() if value is not None else None
            if text in self._true:
                return True
            if text in self._false:
                return False
            raise Misfit(f"{value!r:.80} is no truth value")

        return fit

    def integer(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a whole number, also from its text."""
        bits = 31 if schema["type"] == "int" else 63

        def fit(value: Json) -> int:
            number = self._number(value)
            if not number.is_finite() or number != number.to_integral_value():
                raise Misfit(f"{value!r:.80} is no whole number")
            if not -(1 << bits) <= number < (1 << bits):
                raise Misfit(f"{value!r:.80} is too large for {schema['type']}")
            return int(number)

        return fit

    def floating(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a number."""
        return lambda value: value if isinstance(value, float) else float(self._number(value))

    def decimal(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a decimal of a scale; digits that would be lost are refused."""
        precision, scale = int(schema.get("precision", 38)), int(schema.get("scale", 0))
        step = Decimal(1).scaleb(-scale)

        def fit(value: Json) -> Decimal:
            number = self._number(value)
            try:
                found = number.quantize(step)
            except InvalidOperation as error:
                raise Misfit(f"{value!r:.80} does not fit decimal({precision},{scale})") from error
            if found != number or len(found.as_tuple().digits) > precision:
                raise Misfit(f"{value!r:.80} does not fit decimal({precision},{scale})")
            return found

        return fit

    def _number(self, value: Json) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            raise Misfit(f"{value!r:.80} is no number")
        if isinstance(value, str):
            value = value.strip().replace(self._separator, ".") if self._separator != "." else value.strip()
        try:
            return Decimal(value if isinstance(value, int | Decimal) else str(value))
        except InvalidOperation as error:
            raise Misfit(f"{value!r:.80} is no number") from error

    def text(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a text; other values as they print."""

        def fit(value: Json) -> str:
            if value is None:
                raise Misfit("null is no text")
            if isinstance(value, bytes):
                return base64.b64encode(value).decode()
            return value.isoformat() if isinstance(value, date | time) else printed(value)

        return fit

    def enum(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit one of some texts."""
        symbols = list(schema.get("symbols") or [])

        def fit(value: Json) -> str:
            if value not in symbols:
                raise Misfit(f"{value!r:.80} is none of {symbols}")
            return str(value)

        return fit

    def binary(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit bytes; a text gives its UTF-8 bytes."""
        size = schema.get("size")

        def fit(value: Json) -> bytes:
            found = value.encode() if isinstance(value, str) else value
            if not isinstance(found, bytes):
                raise Misfit(f"{value!r:.80} is no bytes")
            if size is not None and len(found) != size:
                raise Misfit(f"{value!r:.80} has {len(found)} bytes where {size} are wanted")
            return found

        return fit

    def null(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit null."""

        def fit(value: Json) -> None:
            if value is not None and not (isinstance(value, str) and value in self._null):
                raise Misfit(f"{value!r:.80} is not null")

        return fit

    def uuid(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a UUID, as text."""

        def fit(value: Json) -> str:
            try:
                return str(UUID(str(value)))
            except ValueError as error:
                raise Misfit(f"{value!r:.80} is no UUID") from error

        return fit

    def day(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a date."""

        def fit(value: Json) -> date:
            if isinstance(value, date) and not isinstance(value, datetime):
                return value
            return self._moment(value, self._patterns[0]).date()

        return fit

    def clock(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a time of day."""

        def fit(value: Json) -> time:
            if isinstance(value, str) and self._patterns[1] is None:
                try:
                    value = time.fromisoformat(value)
                except ValueError as error:
                    raise Misfit(f"{value!r:.80} is no time of day") from error
            if isinstance(value, time):
                return value.replace(tzinfo=None)
            return self._moment(value, self._patterns[1]).time()

        return fit

    def instant(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a moment; one without zone is in the zone given."""
        return lambda value: self._moment(value, self._patterns[2]).astimezone(UTC)

    def local(self, schema: Mapping[str, Any]) -> Fitter:
        """Fit a date with time, without a zone."""
        return lambda value: self._moment(value, self._patterns[2]).replace(tzinfo=None)

    def _moment(self, value: Json, pattern: str | None) -> datetime:
        if value is None or isinstance(value, bool | list | Mapping | time):
            raise Misfit(f"{value!r:.80} is no date")
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=self._zone)
        try:
            return to_moment(value, pattern if isinstance(value, str) else None, self._zone)
        except (ExpressionError, ValueError, OverflowError) as error:
            raise Misfit(f"{value!r:.80} is no date: {error}") from error


_Maker = Callable[[Fit, Mapping[str, Any]], Fitter]
_BASE: Final[dict[str, _Maker]] = {
    "null": Fit.null,
    "boolean": Fit.boolean,
    "int": Fit.integer,
    "long": Fit.integer,
    "float": Fit.floating,
    "double": Fit.floating,
    "bytes": Fit.binary,
    "fixed": Fit.binary,
    "string": Fit.text,
    "enum": Fit.enum,
    "array": Fit.array,
    "map": Fit.map,
    "record": Fit.record,
}
_LOGICAL: Final[dict[str, _Maker]] = {
    "decimal": Fit.decimal,
    "uuid": Fit.uuid,
    "date": Fit.day,
    "time-millis": Fit.clock,
    "time-micros": Fit.clock,
    "timestamp-millis": Fit.instant,
    "timestamp-micros": Fit.instant,
    "local-timestamp-millis": Fit.local,
    "local-timestamp-micros": Fit.local,
}
