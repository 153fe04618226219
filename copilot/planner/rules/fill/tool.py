"""Tools around a pipeline: dbt, git, mail."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.http import message_text, source_file
from copilot.planner.rules.fill.rule import Rule, words
from copilot.planner.rules.scene import Scene
from engine.model.json import Json

DBT = "io.kestra.plugin.dbt.cli.DbtCLI"
SYNC = "io.kestra.plugin.git.SyncNamespaceFiles"
MAIL = "io.kestra.plugin.email.MailSend"


def _fill_dbt(act: Act, scene: Scene) -> list[Step] | None:
    said = [literal.value for literal in act.of("text", "code") if literal.value.startswith("dbt")]
    found = re.findall(r"\bdbt (?:build|run|test|seed|snapshot|deps|compile|debug)\b", act.low)
    commands = said or list(dict.fromkeys(found)) or ["dbt build"]
    if "dbt deps" not in commands:
        commands = ["dbt deps", *commands]
    values: dict[str, Json] = {"namespaceFiles": {"enabled": True}, "commands": commands}
    return [scene.step(DBT, commands[-1], act, values)]


def _fill_sync(act: Act, scene: Scene) -> list[Step] | None:
    url = act.first("url")
    if url is None:
        return None
    branch = re.search(r"\bbranch\s+([\w./-]+)", act.text)
    values: dict[str, Json] = {
        "url": url,
        "branch": branch[1] if branch else "main",
        "namespace": "{{ flow.namespace }}",
    }
    folder = re.search(r"\b(?:folder|directory)\s+([\w./-]+)", act.text)
    values["gitDirectory"] = folder[1] if folder else "."
    return [scene.step(SYNC, "sync", act, values)]


def _fill_mail(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    sender = act.find(r"\bfrom\s+(?:the\s+address\s+)?(?P<at>⟦\d+⟧)")
    by = (
        next((item.value for item in scene.masked.inside(sender["at"]) if item.kind == "email"), None)
        if sender
        else None
    )
    to = next((item.value for item in act.of("email") if item.value != by), None)
    if to is None and (known := scene.lookup("email")) is not None:
        if scene.loop is None and act.has(r"\b(?:each|every)\b"):
            return None  # one mail for each of them is a loop
        to = f"{{{{ {known} }}}}"
    if to is None:
        return None
    login = scene.logins.get("smtp", {})
    server = {
        "host": login.get("host") or "{{ secret('SMTP_HOST') }}",
        "username": login.get("username") or "{{ secret('SMTP_USERNAME') }}",
        "password": login.get("password") or "{{ secret('SMTP_PASSWORD') }}",
    }
    needed = [name for name in ("SMTP_HOST", "SMTP_USERNAME", "SMTP_PASSWORD") if name in str(server)]
    if needed:
        whole = " and ".join(", ".join(needed).rsplit(", ", 1))
        scene.note(f"Mail needs the secret{'s' if len(needed) > 1 else ''} {whole}.")
    port = int(login.get("port") or 465)
    values: dict[str, Json] = {
        "host": server["host"],
        "port": port,
        **({"transportStrategy": "SMTP_TLS"} if port == 587 else {}),
        "username": server["username"],
        "password": server["password"],
        "from": by or server["username"],
        "to": to,
        "subject": _quoted(act, scene, r"subject(?: line)?(?: is| of|:)?") or "Flow {{ flow.id }}",
        "plainTextContent": _quoted(
            act, scene, r"(?:text|body|content|message|saying|says|say)(?: is| of|:)?"
        )
        or message_text(act, scene),
    }
    if act.first("url") is not None:
        file = source_file(act, scene, steps)
        if file is not None:
            last = re.sub(r"[?#].*$", "", act.first("url") or "").rpartition("/")[2]
            name = scene.fill_text(last) if "." in last else file.name
            values["attachments"] = [{"name": name, "uri": f"{{{{ {scene.address(file)} }}}}"}]
    return [*steps, scene.step(MAIL, "send_mail", act, values)]


def _quoted(act: Act, scene: Scene, named: str) -> str | None:
    """Return the quoted text behind a word like `subject`."""
    match = act.find(rf"\b{named}\s*(?P<mark>⟦\d+⟧)")
    literals = scene.masked.inside(match["mark"]) if match else []
    return scene.fill_text(literals[0].value) if literals and literals[0].kind in ("text", "code") else None


RULES = (
    Rule(DBT, words((r"\bdbt\b", 0.96)), _fill_dbt),
    Rule(
        SYNC,
        words(
            (r"\b(?:sync|clone|pull|get)\b.*\b(?:git|repo(?:sitory)?|github)\b", 0.95),
            (r"\bgithub\.com\b", 0.5),
        ),
        _fill_sync,
    ),
    Rule(
        MAIL,
        words(
            (
                (
                    r"\b(?:send|notify|write)\b.*\b(?:e-?mail|mail|mails)\b|^e?-?mail\b"
                    r"|\b(?:by|via|per) e?-?mail\b"
                ),
                0.93,
            ),
            (r"\b(?:e-?mail|mail)\b.*⟦\d+⟧", 0.8),
            unless=(
                r"\b(?:dedupe\w*|de-?duplicate\w*|distinct|unique|group\w*|sort\w*|order\w*) "
                r"(?:\w+ )?(?:by|on) e?-?mail\b"
            ),
        ),
        _fill_mail,
    ),
)
