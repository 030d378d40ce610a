"""What can be done with documents; each function is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.store.transaction import Transaction
from services.content.documents.model import Document
from services.content.documents.rules import require_sound
from services.content.documents.table import DOCUMENTS


@dataclass(frozen=True)
class CreateDocument:
    """A draft without a file."""

    title: str
    description: str
    language: str
    tags: list[str]
    tiers: list[str]


@dataclass(frozen=True)
class UpdateDocument:
    """New values by field: title, description, language, tags, tiers."""

    id: str
    etag: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class PublishDocument:
    """Which one, as it was seen."""

    id: str
    etag: str


@dataclass(frozen=True)
class RetireDocument:
    """Which one, as it was seen."""

    id: str
    etag: str


def create_document(tx: Transaction, cmd: CreateDocument) -> Document:
    """Open a draft."""
    document = Document(
        **tx.stamp(DOCUMENTS),
        org_id=tx.subject.org_id,
        org_path=tx.subject.org_path,
        owner_id=tx.subject.id,
        title=cmd.title,
        description=cmd.description,
        language=cmd.language,
        tags=cmd.tags,
        tiers=cmd.tiers,
    )
    tx.add(DOCUMENTS, document)
    tx.authorize("create", document)
    require_sound(document)
    document.create()
    return document


def update_document(tx: Transaction, cmd: UpdateDocument) -> Document:
    """Write it anew."""
    document = tx.load(DOCUMENTS, cmd.id)
    tx.authorize("update", document)
    tx.require_etag(document, cmd.etag)
    document.update(cmd.values)
    require_sound(document)
    return document


def publish_document(tx: Transaction, cmd: PublishDocument) -> Document:
    """Show it to partners."""
    document = tx.load(DOCUMENTS, cmd.id)
    tx.authorize("publish", document)
    tx.require_etag(document, cmd.etag)
    document.publish()
    return document


def retire_document(tx: Transaction, cmd: RetireDocument) -> Document:
    """Take it out of sight."""
    document = tx.load(DOCUMENTS, cmd.id)
    tx.authorize("publish", document)
    tx.require_etag(document, cmd.etag)
    document.retire()
    return document
