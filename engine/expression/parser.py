"""From tokens to the syntax tree: expressions by precedence, tags by the table of `tag.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NoReturn

from engine.expression.limits import LONG_MAX, MAX_CHAIN, MAX_DEPTH
from engine.expression.nearest import did_you_mean
from engine.expression.place import failure
from engine.expression.precedence import BINARY, FILTER, TEST, UNARY, WORDS
from engine.expression.scanner import Piece, Token, scan
from engine.expression.syntax import (
    Arguments,
    Attribute,
    Binary,
    Body,
    Call,
    Conditional,
    Expression,
    Filter,
    Interpolated,
    ListOf,
    Literal,
    MapOf,
    Method,
    Name,
    Node,
    Print,
    Subscript,
    Test,
    Text,
    Unary,
)
from engine.expression.tag import ENDS, REMOVED, TAGS
from engine.expression.value import Long

_CONSTANTS: Final = {
    "true": True,
    "TRUE": True,
    "false": False,
    "FALSE": False,
    "null": None,
    "NULL": None,
    "none": None,
    "NONE": None,
}


def parse(text: str) -> Body:
    """Parse a template. Raises ExpressionSyntaxError with line and column."""
    pieces = scan(text)
    if len(pieces) == 1 and pieces[0].kind == "print":
        piece = pieces[0]
        return (Print(ExpressionParser(text, piece.tokens).whole(), piece.start, piece.end),)
    return TemplateParser(text, pieces).whole()


class TemplateParser:
    """Reads pieces in order; a tag reads its own body through `body_until`."""

    def __init__(self, text: str, pieces: Sequence[Piece]) -> None:
        self.text = text
        self.pieces = pieces
        self.at = 0
        self.depth = 0

    def whole(self) -> Body:
        """Parse to the end of the template."""
        body, _ = self.body_until((), None)
        return body

    def body_until(self, ends: tuple[str, ...], opened: Piece | None) -> tuple[Body, Piece | None]:
        """Parse up to a tag named in `ends`; return the body and that tag."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise failure(
                self.text, opened.start if opened else 0, f"Tags are nested deeper than {MAX_DEPTH}"
            )
        nodes: list[Node] = []
        while self.at < len(self.pieces):
            piece = self.pieces[self.at]
            self.at += 1
            if piece.kind == "text":
                nodes.append(Text(piece.text, piece.start))
            elif piece.kind == "print":
                expression = ExpressionParser(self.text, piece.tokens).whole()
                nodes.append(Print(expression, piece.start, piece.end))
            elif self._tag_name(piece) in ends:
                self.depth -= 1
                return tuple(nodes), piece
            else:
                nodes.append(self._tag(piece))
        if opened is not None:
            name = opened.tokens[0].value
            raise failure(self.text, opened.start, f"`{{% {name} %}}` has no `{{% {ends[-1]} %}}`")
        self.depth -= 1
        return tuple(nodes), None

    def expression_after_name(self, piece: Piece) -> ExpressionParser:
        """Return a parser of the rest of a tag."""
        return ExpressionParser(self.text, piece.tokens, at=1)

    def _tag_name(self, piece: Piece) -> str:
        token = piece.tokens[0]
        if token.kind != "name":
            raise failure(self.text, token.start, "A tag begins with its name, like `{% if … %}`")
        return str(token.value)

    def _tag(self, piece: Piece) -> Node:
        name = self._tag_name(piece)
        read = TAGS.get(name)
        if read is not None:
            return read(self, piece)
        if name in ENDS:
            raise failure(
                self.text, piece.start, f"`{{% {name} %}}` closes nothing: no `{{% {ENDS[name]} %}}` is open"
            )
        if name in ("raw", "endraw"):
            raise failure(
                self.text,
                piece.start,
                "`{% raw %}` and `{% endraw %}` must be on one line; over several lines use `{% verbatim %}`",
            )
        if name in REMOVED:
            raise failure(self.text, piece.start, f"The tag `{name}` is not available in flows")
        raise failure(self.text, piece.start, f"Unknown tag `{name}`{did_you_mean(name, TAGS)}")


class ExpressionParser:
    """Reads one expression by precedence climbing."""

    def __init__(self, text: str, tokens: Sequence[Token], at: int = 0, depth: int = 0) -> None:
        self.text = text
        self.tokens = tokens
        self.at = at
        self.depth = depth

    def whole(self) -> Expression:
        """Parse one expression that reaches to the end."""
        expression = self.expression()
        self.finish()
        return expression

    def finish(self) -> None:
        """Raise unless everything is read."""
        token = self.tokens[self.at]
        if token.kind != "end":
            raise failure(
                self.text, token.start, _unexpected(token, self.tokens[self.at - 1] if self.at else None)
            )

    def expression(self, minimum: int = 0) -> Expression:
        """Parse operands joined by operators of at least this precedence."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise failure(
                self.text, self.tokens[self.at].start, f"Expressions are nested deeper than {MAX_DEPTH}"
            )
        left = self._unary()
        chain = 0
        while True:
            token = self.tokens[self.at]
            if token.kind not in ("operator", "name"):
                break
            operator = token.value
            if operator == "|" and minimum <= FILTER:
                self.at += 1
                left = self.filter(left)
            elif operator == "is" and minimum <= TEST:
                self.at += 1
                left = self._test(left)
            else:
                precedence = BINARY.get(operator)
                if precedence is None or precedence < minimum:
                    break
                self.at += 1
                left = Binary(operator, left, self.expression(precedence + 1), token.start)
            chain += 1
            if chain > MAX_CHAIN:
                raise failure(self.text, token.start, f"More than {MAX_CHAIN} operators in a row")
        if minimum == 0 and self._is("?"):
            start = self._next().start
            then = self.expression()
            self._expect(":", "a condition is written `test ? then : otherwise`")
            left = Conditional(left, then, self.expression(), start)
        self.depth -= 1
        return left

    def filter(self, base: Expression | None) -> Filter:
        """Parse the name and the arguments of a filter."""
        token = self.name("the name of a filter follows `|`")
        return Filter(base, token.value, self._optional_arguments(), token.start)

    def name(self, why: str) -> Token:
        """Read a name."""
        token = self.tokens[self.at]
        if token.kind != "name":
            raise failure(self.text, token.start, f"{_found(token)}, but {why}")
        self.at += 1
        return token

    def take(self, value: str, kind: str = "operator") -> bool:
        """Read this operator or name if it is next."""
        token = self.tokens[self.at]
        if token.value == value and token.kind == kind:
            self.at += 1
            return True
        return False

    def text_or_name(self, why: str) -> str:
        """Read a quoted text or a bare name."""
        if self.tokens[self.at].kind == "text":
            return str(self._next().value)
        return str(self.name(why).value)

    def expect(self, value: str, why: str) -> None:
        """Read this operator or raise."""
        self._expect(value, why)

    def refuse(self, message: str) -> NoReturn:
        """Raise at the next token."""
        raise failure(self.text, self.tokens[self.at].start, message)

    def _test(self, base: Expression) -> Test:
        negated = self.take("not", "name")
        token = self.name("the name of a test follows `is`")
        return Test(base, token.value, negated, self._optional_arguments(), token.start)

    def _unary(self) -> Expression:
        token = self.tokens[self.at]
        if token.value in UNARY and token.kind in ("name", "operator"):
            self.at += 1
            return Unary(token.value, self.expression(UNARY[token.value]), token.start)
        return self._operand()

    def _operand(self) -> Expression:
        token = self._next()
        kind = token.kind
        if kind == "name":
            return self._named(token)
        if kind == "text":
            return self._bare(Literal(token.value, token.start, token.end), "a text")
        if kind == "number":
            return self._bare(self._number(token), "a number")
        if kind == "interpolation":
            return self._bare(self._interpolated(token), "a text")
        if token.value == "(" and kind == "operator":
            inner = self.expression()
            self._expect(")", "a bracket `(` is open")
            return self._postfix(inner)
        if token.value == "[" and kind == "operator":
            return self._bare(ListOf(self._items("]"), token.start), "a list")
        if token.value == "{" and kind == "operator":
            return self._bare(MapOf(self._pairs(), token.start), "a map")
        self.at -= 1
        raise failure(
            self.text, token.start, f"{_found(token)}, but a value is expected{_operand_hint(token)}"
        )

    def _bare(self, literal: Expression, what: str) -> Expression:
        token = self.tokens[self.at]
        if token.kind == "operator" and token.value in (".", "["):
            raise failure(
                self.text,
                token.start,
                f"`{token.value}` cannot follow {what} directly; put it into brackets `( )` "
                "or into a variable with `{% set %}`",
            )
        return literal

    def _named(self, token: Token) -> Expression:
        name = token.value
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name], token.start, token.end)
        if name in WORDS:
            raise failure(self.text, token.start, f"`{name}` is an operator, but a value is expected")
        if self._is("("):
            return self._postfix(Call(name, self._arguments(), token.start))
        return self._postfix(Name(name, token.start, token.end))

    def _postfix(self, base: Expression) -> Expression:
        chain = 0
        while True:
            token = self.tokens[self.at]
            if token.kind != "operator" or token.value not in (".", "["):
                return base
            self.at += 1
            base = self._attribute(base) if token.value == "." else self._subscript(base, token)
            chain += 1
            if chain > MAX_CHAIN:
                raise failure(self.text, token.start, f"More than {MAX_CHAIN} attributes in a row")

    def _attribute(self, base: Expression) -> Expression:
        token = self.tokens[self.at]
        if token.kind == "number":
            raise failure(
                self.text,
                token.start,
                f"A name after `.` cannot begin with a digit; write `['{token.value}…']`",
            )
        self.name("a name follows `.`")
        name = token.value
        if name in WORDS:
            raise failure(
                self.text,
                token.start,
                f"`{name}` is an operator and cannot follow `.`; write `['{name}']`, or use the operator",
            )
        if self._is("("):
            return Method(base, name, self._arguments(), token.start)
        return Attribute(base, name, token.start, token.end)

    def _subscript(self, base: Expression, opening: Token) -> Subscript:
        start = self.tokens[self.at].start
        key = self.expression()
        end = self.tokens[self.at - 1].end
        if self._is(":"):
            self.refuse("A part of a list or text is not written with `:`; use `| slice(from, to)`")
        self._expect("]", "a bracket `[` is open")
        return Subscript(base, key, start, end)

    def _items(self, closing: str) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self.take(closing):
            if items:
                self._expect(",", f"items are separated by `,` and end with `{closing}`")
            items.append(self.expression())
        return tuple(items)

    def _pairs(self) -> tuple[tuple[Expression, Expression], ...]:
        pairs: list[tuple[Expression, Expression]] = []
        while not self.take("}"):
            if pairs:
                self._expect(",", "entries of a map are separated by `,` and end with `}`")
            key = self.expression()
            self._expect(":", "an entry of a map is written `key: value`")
            pairs.append((key, self.expression()))
        return tuple(pairs)

    def _optional_arguments(self) -> Arguments:
        return self._arguments() if self._is("(") else _NO_ARGUMENTS

    def _arguments(self) -> Arguments:
        self.at += 1
        positional: list[Expression] = []
        named: list[tuple[str, Expression, int]] = []
        while not self.take(")"):
            if positional or named:
                self._expect(",", "arguments are separated by `,` and end with `)`")
            token, after = self.tokens[self.at], self.tokens[min(self.at + 1, len(self.tokens) - 1)]
            if token.kind == "name" and after.kind == "operator" and after.value == "=":
                self.at += 2
                named.append((token.value, self.expression(), token.start))
            elif named:
                self.refuse("An argument without a name cannot follow one with a name")
            else:
                positional.append(self.expression())
        return Arguments(tuple(positional), tuple(named))

    def _number(self, token: Token) -> Literal:
        text = token.value.removesuffix("L")
        if "." in text:
            return Literal(float(text), token.start, token.end)
        if len(text) > 19 or int(text) > LONG_MAX:
            raise failure(self.text, token.start, f"The number {text[:40]} does not fit into 64 bits")
        return Literal(Long(text), token.start, token.end)

    def _interpolated(self, token: Token) -> Expression:
        if len(token.value) == 1:
            return Literal(token.value[0], token.start, token.end)
        parts = tuple(
            part if isinstance(part, str) else ExpressionParser(self.text, part, depth=self.depth).whole()
            for part in token.value
            if part != ""
        )
        return Interpolated(parts, token.start)

    def _next(self) -> Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1) if token.kind == "end" else self.at + 1
        return token

    def _is(self, operator: str) -> bool:
        token = self.tokens[self.at]
        return token.value == operator and token.kind == "operator"

    def _expect(self, operator: str, why: str) -> None:
        if not self.take(operator):
            token = self.tokens[self.at]
            raise failure(self.text, token.start, f"{_found(token)}, but `{operator}` is expected: {why}")


_NO_ARGUMENTS: Final = Arguments()


def _found(token: Token) -> str:
    if token.kind == "end":
        return "The expression ends here"
    if token.kind == "interpolation":
        return "Found a text"
    return f"Found `{token.value}`"


def _operand_hint(token: Token) -> str:
    if token.kind == "operator" and token.value == ".":
        return "; texts with `{{` for other programs belong between `{% raw %}` and `{% endraw %}`"
    return ""


def _unexpected(token: Token, before: Token | None) -> str:
    value = token.value
    if token.kind == "operator" and value == "=":
        return "Found `=`; equality is written `==`"
    if token.kind == "name" and before is not None and before.kind == "number" and before.end == token.start:
        return f"Found `{value}` right after a number; a key that begins with a digit is written in brackets"
    if token.kind == "name" and value == "matches":
        return "`matches` is not an operator here; use `| replace(…, regexp=true)` or `contains`"
    if token.kind == "name" and value == "not":
        return "Found `not`; write `not (a in b)` or `is not`"
    if token.kind == "operator" and value in "*/%|=" and before is not None and before.value == value:
        return f"`{value}{value}` is not an operator"
    return f"{_found(token)}, but an operator or the end is expected"
