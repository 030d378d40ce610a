"""Documents of the demo programme, made here and uploaded as anybody would: begin, PUT, confirm, publish."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from urllib.request import Request, urlopen

from prm.content.v1 import documents_pb2 as pb

from cli.demo.client import Api
from cli.demo.pdf import pdf
from cli.demo.programme import member_email

PUT_SECONDS = 15


@dataclass(frozen=True)
class Paper:
    """One document and what stands in it."""

    file: str
    title: str
    description: str
    language: str
    tags: tuple[str, ...]
    lines: tuple[str, ...]
    tiers: tuple[str, ...] = ()

    @property
    def body(self) -> bytes:
        """The file, a PDF or plain text by its name."""
        if self.file.endswith(".pdf"):
            return pdf(self.title, self.lines)
        return "\n".join((self.title, "", *self.lines, "")).encode()

    @property
    def media_type(self) -> str:
        return "application/pdf" if self.file.endswith(".pdf") else "text/plain"


PAPERS = (
    Paper("price-list-emea-2026.pdf", "Price list EMEA 2026", "List prices of all families, valid from 1 January.", "en", ("price list",),
          ("Halo C5, cobot arm, 5 kg: EUR 24,900", "Halo C12, cobot arm, 12 kg: EUR 38,500", "Drift 300, mobile robot: EUR 31,200",
           "Drift 1200, mobile robot: EUR 54,000", "Beacon, fleet software, per robot and year: EUR 1,900", "Vigil, safety vision: EUR 7,400")),
    Paper("margins-gold-2026.pdf", "Margins for Gold partners", "What Gold adds to the list price, by family.", "en", ("price list", "gold"),
          ("Arms: 22 %", "Mobile robots: 18 %", "Software: 25 %"), ("gold",)),
    Paper("halo-c12-data-sheet.pdf", "Halo C12 data sheet", "Reach, payload, cycle time, connections.", "en", ("data sheet", "Halo C12"),
          ("Payload: 12 kg", "Reach: 1,300 mm", "Repeatability: ±0.05 mm", "Protection: IP54", "Power: 400 V, 16 A")),
    Paper("halo-c12-datenblatt.pdf", "Halo C12 Datenblatt", "Reichweite, Traglast, Taktzeit, Anschlüsse.", "de", ("Datenblatt", "Halo C12"),
          ("Traglast: 12 kg", "Reichweite: 1.300 mm", "Wiederholgenauigkeit: ±0,05 mm", "Schutzart: IP54", "Anschluss: 400 V, 16 A")),
    Paper("vigil-fiche-technique.pdf", "Vigil : fiche technique", "Champs, distances et normes.", "fr", ("fiche technique", "Vigil"),
          ("Champ : 5 × 5 m par caméra", "Temps de réponse : 80 ms", "Niveau de performance : PL d")),
    Paper("drift-300-planning.pdf", "Planning a Drift 300 fleet", "Aisles, chargers and traffic on one page.", "en", ("guide", "Drift 300"),
          ("Aisle width, one way: 1.6 m", "Aisle width, two ways: 2.6 m", "One charger for four robots in two shifts",
           "Crossings: give way to people, always")),
    Paper("registro-de-negocios.pdf", "Registro de negócios: guia", "O que vale como comprovação e quais prazos correm.", "pt", ("guia",),
          ("A decisão leva no máximo 48 horas úteis.", "Uma resposta é esperada em 5 dias úteis.", "A proteção vale 90 dias.")),
    Paper("deal-registration.txt", "Deal registration in five lines", "For the wall beside the telephone.", "en", ("guide",),
          ("Register before you quote.", "Evidence is what you did, not what you plan.", "A decision takes 48 business hours at most.",
           "Answer a question within 5 business days.", "Protection lasts 90 days and ends by itself.")),
)  # fmt: skip


def publish_documents(api: Api) -> None:
    """Upload and publish all of them. The clock must stand at now: the store refuses a link that was signed a year ago."""
    deniz = member_email("deniz")
    for paper in PAPERS:
        document = pb.Document(
            title=paper.title, description=paper.description, language=paper.language, tags=paper.tags, tiers=paper.tiers
        )
        made = api.call(deniz, api.documents.CreateDocument, pb.CreateDocumentRequest(document=document))
        _upload(api, deniz, made.id, paper)
        api.call(deniz, api.documents.PublishDocument, pb.PublishDocumentRequest(id=made.id))


def _upload(api: Api, who: str, document_id: str, paper: Paper) -> None:
    body = paper.body
    wanted = pb.BeginUploadRequest(
        id=document_id, file_name=paper.file, media_type=paper.media_type, size_bytes=len(body), sha256=sha256(body).hexdigest()
    )
    upload = api.call(who, api.documents.BeginUpload, wanted)
    with urlopen(Request(upload.url, data=body, method="PUT"), timeout=PUT_SECONDS):  # noqa: S310 (the store's address, from the API)
        pass
    api.call(who, api.documents.ConfirmUpload, pb.ConfirmUploadRequest(id=document_id, upload_id=upload.upload_id))
