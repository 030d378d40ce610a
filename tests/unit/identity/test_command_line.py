"""`prm identity …`: what is asked for on the command line."""

from __future__ import annotations

import argparse

import pytest

from chassis.errors import InvalidArgument
from cli import identity
from services.identity.bootstrap import Made


def test_an_administrator_needs_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    root = argparse.ArgumentParser()
    identity.register(root.add_subparsers())
    with pytest.raises(SystemExit):
        root.parse_args(["identity", "create-admin"])
    assert "--email" in capsys.readouterr().err
    assert root.parse_args(["identity", "create-admin", "--email", "a@b.example"]).password_stdin is False


@pytest.mark.parametrize(("told", "shown"), [(False, True), (True, False)])
def test_a_password_is_told_only_when_it_was_made(told: bool, shown: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert identity._tell(lambda: Made("org_1", "per_1", "a@b.example", "made by us"), told=told) == 0
    assert ("made by us" in capsys.readouterr().out) is shown


def test_a_refusal_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> Made:
        raise InvalidArgument.field("administrator_password", "Use 12 characters or more")

    assert identity._tell(refuse, told=True) == 1
    assert capsys.readouterr().err == "prm: administrator_password: Use 12 characters or more\n"
