"""The Jinja2 environment of all pages: autoescape, no undefined names, translations, formats, icons."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block
from markupsafe import Markup, escape

from gateway.portal import formats, words

HERE = Path(__file__).parent
DIST = HERE / "static" / "dist"
STATIC_PATH = "/static"
# Components are there under their file's name without an import: a block rendered alone runs no import of its page.
PARTS = ("frame", "marks", "forms", "states", "tables", "check", "decide", "evidence", "queue", "lists", "access")


class AssetsMissing(RuntimeError):
    """The static files were not built; `python -m cli.assets` does it."""


@cache
def _dist(name: str) -> dict[str, str]:
    path = DIST / name
    if not path.exists():
        raise AssetsMissing(f"{path} is missing: build the portal's static files with `python -m cli.assets`.")
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded


def asset(kind: str) -> str:
    """The address of `style`, `script` or `font`; the name carries a hash, so it may be cached for ever."""
    return f"{STATIC_PATH}/{_dist('manifest.json')[kind]}"


@cache
def icon(name: str, css: str = "", label: str = "") -> Markup:
    """An inline picture; without a label it is decoration and hidden from assistive technology."""
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    inner = Markup(_dist("icons.json")[name])  # noqa: S704 - made by our own build from the icon set
    return Markup('<svg class="icon{}" viewBox="0 0 24 24" {}>{}</svg>').format(f" {css}" if css else "", said, inner)


def described(*ids: str) -> Markup:
    """` aria-describedby="…"` for the ids that are not empty, else nothing."""
    found = " ".join(one for one in ids if one)
    return Markup(' aria-describedby="{}"').format(escape(found)) if found else Markup("")


@cache
def environment() -> Environment:
    """One for the process. Who reads is a context variable (words.reading), so templates compile once."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    env.install_gettext_callables(words.translate, words.translate_number, newstyle=True)  # type: ignore[attr-defined]
    env.policies["ext.i18n.trimmed"] = True
    env.globals.update(
        icon=icon,
        asset=asset,
        described=described,
        reader=words.reader,
        languages=words.LANGUAGES,
    )
    for name in (
        "money",
        "number",
        "percent",
        "capped",
        "day",
        "when",
        "until",
        "ago",
        "stamp",
        "clock_time",
        "initials",
        "short_id",
        "listing",
    ):
        env.filters[name] = getattr(formats, name)
    for part in PARTS:
        env.globals[part] = env.get_template(f"parts/{part}.html").module
    return env


def fragment(part: str, macro: str, *values: Any) -> str:
    """One component alone, for the reader at hand: what a live message swaps in."""
    return str(getattr(environment().globals[part], macro)(*values))


def render(template: str, who: words.Reader, values: dict[str, Any], block: str = "") -> str:
    """A page, or one of its blocks, for a reader. Errors: UndefinedError for a name the view model lacks."""
    with words.reading(who):
        if block:
            return render_block(environment(), template, block, values)
        return environment().get_template(template).render(values)
