"""Places, categories, the documentation, and the language of it all."""

from shared.contracts.vocabulary import EventType, Reason
from tests.integration.intake.harness import Served


def test_a_door_is_shown_with_its_path(intake: Served) -> None:
    """From the subdistrict down to the unit."""
    place = intake.client.get("/api/v1/places/D-U").json()
    assert (place["code"], place["name"]) == ("U", "丽园小区1号楼1单元")
    assert [step["level"] for step in place["path"]] == ["subdistrict", "community", "compound", "building", "unit"]


def test_categories_are_listed(intake: Served) -> None:
    """Each with its name, its group and a hint."""
    categories = intake.client.get("/api/v1/categories").json()
    assert {"code": "leak", "name": "leak", "parent": None, "hint": "", "about": []} in categories


def test_problems_speak_the_asker_s_language(intake: Served) -> None:
    """Chinese by default, traditional Chinese and English on demand; the code is the same."""
    said = {}
    for header in ("", "zh-TW,zh;q=0.8", "en-GB,en;q=0.9", "fr"):
        answer = intake.client.get("/api/v1/places/x", headers={"Accept-Language": header})
        said[header] = answer.json()["title"]
        assert answer.json()["code"] == "unknown_door"
    assert said[""] == said["fr"] == "没有这个楼门码。"
    assert said["zh-TW,zh;q=0.8"] == "沒有這個樓門碼。"
    assert said["en-GB,en;q=0.9"] == "There is no door with this code."


def test_the_documentation_names_every_call_problem_and_word(intake: Served) -> None:
    """OpenAPI: problems are problem+json, event types and reasons have their Chinese and English words."""
    openapi = intake.client.get("/openapi.json").json()
    calls = {(method, path) for path, methods in openapi["paths"].items() for method in methods}
    assert calls == {
        ("get", "/api/v1/places/{door_code}"),
        ("get", "/api/v1/categories"),
        ("get", "/api/v1/similar"),
        ("post", "/api/v1/suggest"),
        ("post", "/api/v1/tickets"),
        ("get", "/api/v1/tickets/{code}"),
        ("post", "/api/v1/tickets/{code}/cosign"),
        ("get", "/api/v1/tickets/{code}/personal"),
        ("delete", "/api/v1/tickets/{code}/personal"),
        ("post", "/api/v1/photos"),
        ("get", "/api/v1/photos/{photo_id}"),
        ("get", "/api/v1/photos/{photo_id}/thumbnail"),
        ("post", "/api/v1/actions/{action_token}"),
        ("get", "/api/v1/tickets/{code}/actions"),
        ("get", "/api/v1/tickets/{code}/contact"),
        ("post", "/api/v1/tickets/{code}/actions/{action}"),
        ("get", "/api/v1/inbox"),
        ("get", "/api/v1/inbox/badges"),
        ("get", "/api/v1/stats"),
        ("get", "/api/v1/directory"),
        ("post", "/api/v1/session"),
        ("delete", "/api/v1/session"),
        ("get", "/api/v1/me"),
        ("put", "/api/v1/me/password"),
        ("get", "/api/v1/tokens"),
        ("post", "/api/v1/tokens"),
        ("delete", "/api/v1/tokens/{token_id}"),
        ("get", "/api/v1/policies/preview"),
        ("get", "/api/v1/admin/trail"),
        ("get", "/api/v1/admin/trail/export"),
        ("get", "/api/v1/admin/accounts"),
        ("post", "/api/v1/admin/accounts"),
        ("put", "/api/v1/admin/accounts/{login}/password"),
        ("put", "/api/v1/admin/accounts/{login}/disabled"),
        ("get", "/api/v1/admin/accounts/{login}/tokens"),
        ("delete", "/api/v1/admin/accounts/{login}/tokens/{token_id}"),
        ("get", "/api/v1/admin/directory"),
        ("get", "/api/v1/admin/parked"),
        ("get", "/api/v1/admin/parked/{id}"),
        ("post", "/api/v1/admin/parked/{id}/resend"),
        ("post", "/api/v1/admin/parked/{id}/drop"),
        ("get", "/api/v1/hotline/orders"),
        ("post", "/api/v1/hotline/orders"),
        ("get", "/healthz"),
        ("get", "/readyz"),
    }
    schemas = openapi["components"]["schemas"]
    for words in (EventType, Reason):
        assert schemas[words.__name__]["x-words"] == {each.value: {"zh": each.zh, "en": each.en} for each in words}
        assert all(each.zh in schemas[words.__name__]["description"] for each in words)
    for methods in openapi["paths"].values():
        for call in methods.values():
            for status, answer in call["responses"].items():
                assert status < "400" or list(answer["content"]) == ["application/problem+json"]


def test_every_answer_keeps_browsers_safe(intake: Served) -> None:
    """No sniffing, no referrer (links hold tokens), nothing loaded from elsewhere."""
    for path in ("/healthz", "/docs", "/t/x", "/static/page.css", "/nothing"):
        headers = intake.client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "http" not in intake.client.get("/docs").text.replace("https://github.com", "")
