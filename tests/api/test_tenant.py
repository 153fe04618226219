import pytest

from api.tenant import rewritten


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/main/flows/search", "/api/v1/main/flows/search"),
        ("/api/v1/flows", "/api/v1/main/flows"),
        ("/api/v1/flows/import", "/api/v1/main/flows/import"),
        ("/api/v1/executions/demo/hello/", "/api/v1/main/executions/demo/hello"),
        ("/api/v1/namespaces/demo/kv/a", "/api/v1/main/namespaces/demo/kv/a"),
        ("/api/v1/configs", "/api/v1/configs"),
        ("/api/v1/main/configs", "/api/v1/configs"),
        ("/api/v1/main/plugins/schemas/flow", "/api/v1/plugins/schemas/flow"),
        ("/api/v1/other/flows/search", "/api/v1/other/flows/search"),
        ("/api/v1/main/flows/", "/api/v1/main/flows"),
        ("/ui/flows/x/", "/ui/flows/x/"),
        ("/ping", "/ping"),
    ],
)
def test_paths(path: str, expected: str) -> None:
    assert rewritten(path) == expected
