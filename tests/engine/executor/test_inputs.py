from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time

import pytest

from engine.errors import InputInvalid
from engine.executor.inputs import Upload, check_each, coerce_output, decrypt, resolve
from engine.executor.inputs.resolve import nest
from engine.expression.scope import Scope
from engine.model.flow import DependsOn, InputSpec
from engine.model.input_type import OPTIONS
from engine.model.json import Json, dumps
from engine.storage.cipher import Cipher, is_encrypted

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
SCOPE = Scope({"flow": {"id": "daily", "namespace": "company.team"}, "vars": {"colours": ["red", "blue"]}})


def spec(kind: str = "STRING", input_id: str = "x", **fields: Json) -> InputSpec:
    """Return an input; what is not a field of InputSpec is an option of its type."""
    known = {name: fields.pop(name) for name in ("required", "defaults") if name in fields}
    needs = fields.pop("depends_on", None)
    return InputSpec(input_id, kind, options=fields, depends_on=needs, **known)


def store_file(input_id: str, upload: Upload) -> str:
    content = upload.content if isinstance(upload.content, bytes) else upload.content.read()
    return f"kestra:///{input_id}/{upload.filename}?{len(content)}"


def values(
    *specs: InputSpec, cipher: Cipher | None = None, scope: Scope = SCOPE, **given: Json | Upload
) -> dict[str, Json]:
    return resolve(specs, given, scope, store_file=store_file, cipher=cipher)


def problems(*specs: InputSpec, **given: Json | Upload) -> Mapping[str, str]:
    with pytest.raises(InputInvalid) as caught:
        values(*specs, **given)
    return caught.value.problems


def test_every_type_of_the_language_is_read() -> None:
    from engine.executor.inputs.value import PARSERS

    assert set(PARSERS) == set(OPTIONS)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("STRING", "abc", "abc"),
        ("STRING", "", ""),
        ("STRING", 12, "12"),
        ("STRING", 1.0, "1.0"),
        ("STRING", True, "true"),
        ("STRING", {"a": [1]}, '{"a":[1]}'),
        ("STRING", "{{ not.rendered }}", "{{ not.rendered }}"),
        ("INT", "42", 42),
        ("INT", "-2147483648", -(2**31)),
        ("INT", "+7", 7),
        ("INT", 3, 3),
        ("FLOAT", "3.14", 3.14),
        ("FLOAT", "1", 1.0),
        ("FLOAT", 2, 2.0),
        ("FLOAT", "1e3", 1000.0),
        ("FLOAT", "0.1", 0.1),
        ("FLOAT", "123456789", 123456790.0),
        ("FLOAT", "3.4028235e38", 3.4028235e38),
        ("FLOAT", "1e-60", 0.0),
        ("BOOL", "true", True),
        ("BOOL", "True", True),
        ("BOOL", "TRUE", True),
        ("BOOL", True, True),
        ("BOOL", "yes", False),
        ("BOOL", "1", False),
        ("BOOL", "False", False),
        ("BOOLEAN", False, False),
        ("DATETIME", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000Z"),
        ("DATETIME", "2024-01-01T00:00:00.123456+02:00", "2023-12-31T22:00:00.123Z"),
        ("DATETIME", datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01T00:00:00.000Z"),
        ("DATE", "2024-01-31", "2024-01-31"),
        ("DATE", date(2024, 1, 31), "2024-01-31"),
        ("TIME", "10:15", "10:15:00"),
        ("TIME", "09:00:01", "09:00:01"),
        ("TIME", time(9, 30), "09:30:00"),
        ("DURATION", "PT5M6S", "PT5M6S"),
        ("DURATION", "P1D", "PT24H"),
        ("DURATION", 90, "PT1M30S"),
        ("FILE", "kestra:///a/b.csv", "kestra:///a/b.csv"),
        ("FILE", "nsfile:///b.csv", "nsfile:///b.csv"),
        ("JSON", '{"a": [1, null]}', {"a": [1, None]}),
        ("JSON", "12", 12),
        ("JSON", '"x"', "x"),
        ("JSON", {"a": 1}, {"a": 1}),
        ("JSON", [1], [1]),
        ("YAML", "a: [1, b]\nd: 2024-01-31", {"a": [1, "b"], "d": "2024-01-31"}),
        ("YAML", {"a": 1}, {"a": 1}),
        ("URI", "https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        ("EMAIL", "a.b+c@example.com", "a.b+c@example.com"),
        ("EMAIL", "", ""),
    ],
    ids=lambda value: str(value)[:30],
)
def test_values_are_read_by_type(kind: str, given: Json, expected: Json) -> None:
    found = values(spec(kind), x=given)["x"]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        ("INT", "3.0", "Expected `INT` but received `3.0` with errors:\n```"),
        ("INT", 3.0, "received `3.0`"),
        ("INT", "abc", "not a whole number"),
        ("INT", "1_000", "not a whole number"),
        ("INT", "", "received ``"),
        ("INT", " 1", "not a whole number"),
        ("INT", "2147483648", "32 bits"),
        ("INT", "9" * 5000, "not a whole number"),
        ("INT", True, "received `true`"),
        ("FLOAT", "1_0", "not a number"),
        ("FLOAT", "nan", "not a number"),
        ("FLOAT", "1e99", "32-bit float"),
        ("FLOAT", "1e999", "32-bit float"),
        ("DATETIME", "2024-01-01T00:00:00", "with zone"),
        ("DATETIME", "2024-01-01", "with zone"),
        ("DATETIME", "2024-13-01T00:00:00Z", "month"),
        ("DATE", "31/01/2024", "like 2024-01-31"),
        ("DATE", "2024-02-30", "day is out of range"),
        ("DATE", "20240131", "like 2024-01-31"),
        ("TIME", "9:00", "like 09:30"),
        ("TIME", "25:00", "hour"),
        ("DURATION", "5 minutes", "PT30S"),
        ("DURATION", "P1M", "not a duration"),
        ("FILE", "/etc/passwd", "kestra:///"),
        ("FILE", "http://x", "kestra:///"),
        ("JSON", "{a: 1}", "Expected `JSON` but received `{a: 1}`"),
        ("JSON", "", "not JSON"),
        ("YAML", "a: [", "Expected `YAML`"),
        ("URI", "http://localhost:8080", "Invalid URI format."),
        ("URI", "kestra:///a.b", "Invalid URI format."),
        ("EMAIL", "nobody", "The input must be a valid email"),
        ("ARRAY", "a,b", 'write it like ["a", "b"]'),
        ("ARRAY", '{"a": 1}', "not a list"),
        ("MULTISELECT", "a,b", 'write it like ["a", "b"]'),
        ("NOPE", "x", "`NOPE` is not an input type"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_value_that_does_not_fit_is_told(kind: str, given: Json, told: str) -> None:
    assert told in problems(spec(kind), x=given)["x"]


def test_long_values_are_not_repeated_in_full() -> None:
    assert len(problems(spec("JSON"), x="[" + "x" * 100_000)["x"]) < 1000


@pytest.mark.parametrize(
    ("one", "good", "bad", "told"),
    [
        (spec(validator="[a-z]+"), "abc", "abc1", "it must match the pattern `[a-z]+`, but received `abc1`"),
        (spec(validator=r"\p{Alpha}{2}"), "ab", "abc", "it must match the pattern"),
        (spec(validator="^a|b$"), "b", "ab", "it must match the pattern"),
        (spec("INT", min=3), "3", "2", "it must be more than `3`, but received `2`"),
        (spec("INT", max=5), 5, 6, "it must be less than `5`, but received `6`"),
        (spec("INT", min=0), "0", "-1", "more than `0`"),
        (spec("FLOAT", min=0.5, max=1), "0.5", "1.5", "less than `1`"),
        (spec("DURATION", min="PT1M"), "PT60S", "PT59S", "more than `PT1M`"),
        (spec("DURATION", max="PT1H"), "PT1H", "PT2H", "less than `PT1H`"),
        (
            spec("DATETIME", after="2024-01-01T00:00:00Z"),
            "2024-01-01T01:00:00+01:00",
            "2023-12-31T23:59:59Z",
            "it must be after `2024-01-01T00:00:00Z`",
        ),
        (spec("DATE", before="2024-01-31"), "2024-01-31", "2024-02-01", "it must be before `2024-01-31`"),
        (spec("TIME", after="09:00", before="17:00"), "17:00", "08:59:59", "it must be after `09:00`"),
        (spec("ENUM", values=["a", "b"]), "a", "c", "it must match the values `[a, b]`, but received `c`"),
        (spec("SELECT", values=["a", 1, True]), "1", "2", "it must match the values `[a, 1, true]`"),
        (spec("SELECT", expression="{{ vars.colours }}"), "red", "green", "values `[red, blue]`"),
        (spec("SELECT", expression=" {{ [1, 2] }} "), "1", "3", "values `[1, 2]`"),
        (spec("MULTISELECT", values=["a", "b"]), '["a"]', '["a", "z"]', "it must match the values `[a, b]`"),
        (spec("MULTISELECT", options=["a"]), ["a"], ["b"], "it must match the values `[a]`"),
        (spec("MULTISELECT", values=[1, 2], itemType="INT"), "[1]", "[3]", "values `[1, 2]`"),
        (spec("ARRAY", itemType="INT"), '["1", 2]', '["x"]', "Unable to parse array element as `INT` on `x`"),
        (spec("FILE", allowedFileExtensions=[".csv"]), "kestra:///a.CSV", "kestra:///a.txt", "`[.csv]`"),
    ],
    ids=lambda value: value.type if isinstance(value, InputSpec) else None,
)
def test_limits_of_an_input(one: InputSpec, good: Json, bad: Json, told: str) -> None:
    assert "x" in values(one, x=good)
    assert told in problems(one, x=bad)["x"]


def test_a_list_is_read_item_by_item() -> None:
    assert values(spec("ARRAY", itemType="INT"), x='["1", 2]') == {"x": [1, 2]}
    assert values(spec("ARRAY", itemType="DATE"), x=["2024-01-31"]) == {"x": ["2024-01-31"]}
    assert values(spec("MULTISELECT", values=["a", "b"]), x=["b", "a"]) == {"x": ["b", "a"]}
    assert values(spec("MULTISELECT", values=[1], itemType="INT"), x='["1"]') == {"x": [1]}


def test_custom_values_may_be_allowed() -> None:
    assert values(spec("SELECT", values=["a"], allowCustomValue=True), x="other") == {"x": "other"}
    assert values(spec("MULTISELECT", values=["a"], allowCustomValue=True), x=["b"]) == {"x": ["b"]}


def test_the_first_choice_may_be_the_default() -> None:
    assert values(spec("SELECT", values=["a", "b"], autoSelectFirst=True)) == {"x": "a"}
    first_of = spec("MULTISELECT", expression="{{ vars.colours }}", autoSelectFirst=True)
    assert values(first_of) == {"x": ["red"]}
    assert values(spec("SELECT", values=["a", "b"], autoSelectFirst=True, defaults="b")) == {"x": "b"}


def test_an_optional_choice_may_be_left_out() -> None:
    assert values(spec("SELECT", values=["a"], required=False)) == {"x": None}


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("{{ 'text' }}", "Invalid expression result. Expected a list of strings, but received text"),
        ("{{ nope.x }}", "Cannot render 'expression'. Cause: "),
        ("{{ kv('tags') }}", "Cannot render 'expression'. Cause: "),
    ],
)
def test_choices_that_cannot_be_had_are_told(expression: str, told: str) -> None:
    assert told in problems(spec("SELECT", expression=expression), x="a")["x"]


def test_a_missing_value_is_an_error_unless_optional() -> None:
    assert problems(spec(), x=None) == {"x": "missing required input, but received `null`"}
    assert values(spec(required=False)) == {"x": None}
    assert values(spec(defaults="")) == {"x": ""}


def test_null_takes_the_default() -> None:
    assert values(spec("INT", defaults=3), x=None) == {"x": 3}
    assert values(spec("BOOL", defaults=False)) == {"x": False}


def test_defaults_are_rendered_then_read() -> None:
    assert values(spec(defaults="{{ flow.id }}-x")) == {"x": "daily-x"}
    assert values(spec("INT", defaults="{{ 1 + 2 }}")) == {"x": 3}
    assert values(spec("JSON", defaults={"id": "{{ flow.id }}", "n": 1})) == {"x": {"id": "daily", "n": 1}}
    assert values(spec("ARRAY", itemType="STRING", defaults=["{{ flow.id }}"])) == {"x": ["daily"]}


def test_a_default_must_fit_like_any_value() -> None:
    assert "Expected `INT`" in problems(spec("INT", defaults="abc"))["x"]
    assert "it must match the values" in problems(spec("SELECT", values=["a"], defaults="b"))["x"]
    assert "its default cannot be rendered" in problems(spec(defaults="{{ execution.id }}"))["x"]


def test_a_given_value_is_never_rendered() -> None:
    assert values(spec(), x="{{ flow.id }}") == {"x": "{{ flow.id }}"}
    assert values(spec("JSON"), x={"a": "{{ flow.id }}"}) == {"x": {"a": "{{ flow.id }}"}}


def test_undeclared_values_are_dropped() -> None:
    assert values(spec(), x="a", y="b") == {"x": "a"}


def test_all_problems_are_told_together() -> None:
    found = problems(
        spec("INT", "a"), spec("STRING", "b"), spec("EMAIL", "c"), spec("STRING", "d"), a="x", c="y", d=""
    )
    assert list(found) == ["a", "b", "c"]


def needs(*inputs: str, condition: str | None = None) -> DependsOn:
    return DependsOn(inputs, condition)


def test_an_input_is_asked_for_only_when_its_condition_is_the_boolean_true() -> None:
    kind = spec(input_id="kind")

    def path(condition: str) -> InputSpec:
        return spec(input_id="path", depends_on=needs("kind", condition=condition))

    assert values(kind, path("{{ inputs.kind == 'file' }}"), kind="file", path="p") == {
        "kind": "file",
        "path": "p",
    }
    # A value given for it is ignored, a missing one is no error.
    assert values(kind, path("{{ inputs.kind == 'file' }}"), kind="no", path="p") == {"kind": "no"}
    assert values(kind, path("{{ inputs.kind == 'file' }}"), kind="no") == {"kind": "no"}
    assert values(kind, path("true"), kind="file", path="p") == {"kind": "file"}
    assert values(kind, path("{{ 'true' }}"), kind="file", path="p") == {"kind": "file"}
    assert problems(kind, path("{{ inputs.kind == 'file' }}"), kind="file") == {
        "path": "missing required input, but received `null`"
    }
    assert "cannot be evaluated" in problems(kind, path("{{ inputs.other == 1 }}"), kind="a")["path"]


def test_what_depends_on_a_disabled_input_is_disabled() -> None:
    specs = (
        spec("BOOL", "a"),
        spec(input_id="b", depends_on=needs("a", condition="{{ inputs.a }}")),
        spec(input_id="c", depends_on=needs("b")),
    )
    assert values(*specs, a="false") == {"a": False}
    assert values(*specs, a="true", b="1", c="2") == {"a": True, "b": "1", "c": "2"}


def test_dependencies_are_resolved_first_whatever_the_order() -> None:
    late = spec(input_id="late", defaults="{{ inputs.first }}!", depends_on=needs("first"))
    assert values(late, spec(input_id="first"), first="1") == {"late": "1!", "first": "1"}


def test_defaults_see_only_the_inputs_they_depend_on() -> None:
    found = problems(spec(input_id="a"), spec(input_id="b", defaults="{{ inputs.a }}"), a="1")
    assert "dependsOn.inputs" in found["b"]


def test_a_problem_is_told_once_not_for_all_that_depend_on_it() -> None:
    found = problems(
        spec("INT", "a"), spec(input_id="b", depends_on=needs("a", condition="{{ inputs.a > 1 }}")), a="x"
    )
    assert list(found) == ["a"]


def test_wrong_dependencies_are_told() -> None:
    assert "`zzz`, which is not an input" in problems(spec(depends_on=needs("zzz")), x="1")["x"]
    circle = (spec(input_id="a", depends_on=needs("b")), spec(input_id="b", depends_on=needs("a")))
    assert all("depends on itself" in text for text in problems(*circle, a="1", b="2").values())
    assert "depends on itself" in problems(spec(depends_on=needs("x")), x="1")["x"]


def test_dotted_ids_become_maps() -> None:
    specs = (spec("INT", "a.b"), spec("INT", "a.c.d"), spec("INT", "e", defaults=5))
    flat = {"a.b": "1", "a.c.d": "2"}
    nested = {"a": {"b": "1", "c": {"d": "2"}}}
    for given in (flat, nested):
        found = resolve(specs, given, SCOPE, store_file=store_file)
        assert found == {"a": {"b": 1, "c": {"d": 2}}, "e": 5}
    dependent = spec(input_id="z", defaults="{{ inputs.a.b }}", depends_on=needs("a.b"))
    assert resolve((*specs, dependent), flat, SCOPE, store_file=store_file)["z"] == "1"


@pytest.mark.parametrize("order", [("a", "a.b"), ("a.b", "a")])
def test_an_input_cannot_be_a_value_and_a_group(order: tuple[str, str]) -> None:
    specs = [spec("JSON", name) for name in order]
    with pytest.raises(InputInvalid) as caught:
        resolve(specs, {"a": {"x": 1}, "a.b": "1"}, SCOPE, store_file=store_file)
    assert list(caught.value.problems) == [order[1]]


def test_nest_keeps_what_is_there() -> None:
    found: dict[str, Json] = {}
    assert nest(found, "a.b", 1) is None
    assert nest(found, "a.c", 2) is None
    assert found == {"a": {"b": 1, "c": 2}}


# -- files


@pytest.mark.parametrize("make", [bytes, io.BytesIO])
def test_an_upload_is_stored_and_becomes_its_address(make: Callable[[bytes], Json]) -> None:
    upload = Upload("data.csv", make(b"a,b"))
    assert values(spec("FILE"), x=upload) == {"x": "kestra:///x/data.csv?3"}
    nested = resolve([spec("FILE", "a.b")], {"a.b": Upload("f", b"1")}, SCOPE, store_file=store_file)
    assert nested == {"a": {"b": "kestra:///a.b/f?1"}}


@pytest.mark.parametrize("content", [b"", io.BytesIO()])
def test_an_empty_upload_is_refused(content: Json) -> None:
    assert "empty" in problems(spec("FILE"), x=Upload("data.csv", content))["x"]


def test_nothing_is_stored_when_another_input_does_not_fit() -> None:
    stored: list[str] = []

    def store(input_id: str, upload: Upload) -> str:
        stored.append(input_id)
        return "kestra:///x"

    given = {"x": Upload("f", b"1"), "y": "abc"}
    with pytest.raises(InputInvalid):
        resolve([spec("FILE"), spec("INT", "y")], given, SCOPE, store_file=store)
    assert stored == []
    resolve([spec("FILE")], given, SCOPE, store_file=store)
    assert stored == ["x"]


def test_an_upload_for_another_type_is_read_as_text() -> None:
    assert values(spec("JSON"), x=Upload("a.json", b'{"a": 1}')) == {"x": {"a": 1}}
    assert values(spec(), x=Upload("a.txt", io.BytesIO("ü".encode()))) == {"x": "ü"}
    assert "not UTF-8" in problems(spec(), x=Upload("a.bin", b"\xff"))["x"]


def test_the_name_of_an_upload_must_end_as_allowed() -> None:
    csv = spec("FILE", allowedFileExtensions=[".csv", "txt"])
    assert values(csv, x=Upload("a.TXT", b"1"))
    assert "`[.csv, txt]`" in problems(csv, x=Upload("a.exe", b"1"))["x"]


# -- secrets


def test_a_secret_is_stored_encrypted_and_read_in_the_clear() -> None:
    cipher = Cipher(KEY)
    found = values(spec("SECRET"), spec(input_id="y"), cipher=cipher, x="hunter2", y="plain")
    assert is_encrypted(found["x"])
    assert "hunter2" not in str(found)
    clear, secrets = decrypt(found, cipher)
    assert clear == {"x": "hunter2", "y": "plain"}
    assert secrets == ["hunter2"]
    assert values(spec("SECRET"), cipher=cipher, x=found["x"]) == {"x": found["x"]}


def test_a_secret_without_a_key_is_refused() -> None:
    assert problems(spec("SECRET"), x="a") == {
        "x": "Unable to use a `SECRET` input/output as encryption is not configured"
    }


def test_no_message_holds_a_secret() -> None:
    with pytest.raises(InputInvalid) as caught:
        values(spec("SECRET", validator="[0-9]+"), cipher=Cipher(KEY), x="hunter2")
    assert "it must match the pattern `[0-9]+`" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    (checked,) = check_each([spec("SECRET")], {"x": "hunter2"}, SCOPE, cipher=Cipher(KEY))
    assert checked.value == "******"


def test_a_dependency_that_is_a_secret_is_read_in_the_clear() -> None:
    second = spec(input_id="y", depends_on=needs("x", condition="{{ inputs.x == 'open' }}"))
    assert values(spec("SECRET"), second, cipher=Cipher(KEY), x="open", y="1")["y"] == "1"


def test_encrypted_values_deep_inside_are_found() -> None:
    cipher = Cipher(KEY)
    stored = {"a": {"b": [cipher.wrap("one"), {"c": cipher.wrap("two")}]}, "d": None}
    clear, secrets = decrypt(stored, cipher)
    assert clear == {"a": {"b": ["one", {"c": "two"}]}, "d": None}
    assert secrets == ["one", "two"]
    assert decrypt(None, None) == ({}, [])


@pytest.mark.parametrize("cipher", [None, Cipher("b3RoZXIga2V5IG90aGVyIA==")])
def test_what_cannot_be_decrypted_is_left_out_and_the_operator_told(
    cipher: Cipher | None, caplog: pytest.LogCaptureFixture
) -> None:
    stored = {
        "a": Cipher(KEY).wrap("one"),
        "b": {"c": Cipher(KEY).wrap("two"), "d": 1},
        "e": [1, Cipher(KEY).wrap("x")],
    }
    assert decrypt(stored, cipher) == ({"b": {"d": 1}, "e": [1]}, [])
    assert "FLOWSMITH_ENCRYPTION_KEY" in caplog.text


@pytest.mark.parametrize("kind", ["JSON", "YAML"])
def test_an_encrypted_text_is_taken_only_for_a_secret(kind: str) -> None:
    copied = {"a": [Cipher(KEY).wrap("one")]}
    for given in (copied, dumps(copied).decode()):
        assert "only a SECRET input" in problems(spec(kind), x=given)["x"]
    assert "only a SECRET input" in problems(spec("ARRAY", itemType="JSON"), x=copied["a"])["x"]
    assert values(spec(), x=copied)["x"].startswith("{")
    with pytest.raises(InputInvalid, match="FLOWSMITH_ENCRYPTION_KEY"):
        values(spec("SECRET"), cipher=Cipher("b3RoZXIga2V5IG90aGVyIA=="), x=copied["a"][0])


# -- checks and outputs


def test_each_input_is_checked_without_storing() -> None:
    specs = [
        spec("INT", "n", defaults=3),
        spec("FILE", "f"),
        spec("EMAIL", "e"),
        spec(input_id="d", depends_on=needs("n", condition="{{ inputs.n > 5 }}")),
        spec(input_id="o", required=False),
    ]
    checks = check_each(specs, {"f": Upload("a.csv", b"1"), "e": "x", "d": "ignored"}, SCOPE)
    assert [(one.id, one.value, one.enabled, one.is_default) for one in checks] == [
        ("n", 3, True, True),
        ("f", "a.csv", True, False),
        ("e", "x", True, False),
        ("d", None, False, False),
        ("o", None, True, True),
    ]
    assert [bool(one.errors) for one in checks] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("kind", "item", "value", "expected"),
    [
        ("INT", None, "3", 3),
        ("JSON", None, '{"a": 1}', {"a": 1}),
        ("ARRAY", "INT", '["1"]', [1]),
        ("ARRAY", None, ["a"], ["a"]),
        ("BOOL", None, "true", True),
        ("STRING", None, 3, "3"),
        ("FILE", None, "kestra:///a", "kestra:///a"),
    ],
)
def test_a_typed_output_is_read_like_an_input(
    kind: str, item: str | None, value: Json, expected: Json
) -> None:
    assert coerce_output(kind, item, value) == expected


def test_an_output_that_does_not_fit_is_told() -> None:
    with pytest.raises(ValueError, match="Expected `INT` but received `x`"):
        coerce_output("INT", None, "x")
    with pytest.raises(ValueError, match="encryption is not configured"):
        coerce_output("SECRET", None, "x")
    assert is_encrypted(coerce_output("SECRET", None, "x", cipher=Cipher(KEY)))
