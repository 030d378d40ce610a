"""The base of the call figures: `python -m tests.bench.bare ADDRESS DATABASE_URL THREADS RECORDING`, a grpcio server with
nothing but handlers, and in them nothing but statements on a psycopg connection of their thread."""

from __future__ import annotations

import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import psycopg
from prm.deals.v1 import registrations_pb2 as pb
from prm.deals.v1 import registrations_pb2_grpc
from psycopg.rows import dict_row

from tests.bench.recording import Replay

_SELECT = "SELECT * FROM registration WHERE id = %s"


class Bare(registrations_pb2_grpc.RegistrationsServicer):
    """Answers with what the statements bring; asks nobody whether it may."""

    def __init__(self, database: str, replay: Replay | None) -> None:
        self._database, self._replay = database, replay
        self._local = threading.local()

    @property
    def _connection(self) -> psycopg.Connection[dict[str, Any]]:
        if not hasattr(self._local, "connection"):
            self._local.connection = psycopg.connect(self._database, autocommit=True, row_factory=dict_row)
        return self._local.connection  # type: ignore[no-any-return]

    def GetRegistration(self, request: pb.GetRegistrationRequest, context: Any) -> pb.Registration:  # noqa: N802
        row = self._connection.execute(_SELECT, (request.id,)).fetchone()
        assert row is not None
        return message(row)

    def SubmitRegistration(self, request: pb.SubmitRegistrationRequest, context: Any) -> pb.Registration:  # noqa: N802
        assert self._replay is not None
        with self._connection.transaction():
            row = self._replay.run(self._connection, request.id, request.request_id)
        return message(row)


def message(row: dict[str, Any]) -> pb.Registration:
    """The columns in the message of the contract."""
    found = pb.Registration(
        id=row["id"], number=row["number"], status=pb.Registration.Status.Value(row["status"].upper()), organization_id=row["org_id"],
        owner_id=row["owner_id"], product_families=row["product_families"], evidence_note=row["evidence_note"],
        margin_percent=row["margin_percent"], decider_id=row["decider_id"], submitted_by=row["submitted_by"], etag=f'"{row["version"]}"',
        customer=pb.Customer(
            name=row["customer_name"], domain=row["customer_domain"], country=row["customer_country"], town=row["customer_town"],
            tax_id=row["customer_tax_id"], contact_email=row["customer_contact_email"],
        ),
    )  # fmt: skip
    found.create_time.FromDatetime(row["created_at"])
    found.update_time.FromDatetime(row["updated_at"])
    if row["submit_time"] is not None:
        found.submit_time.FromDatetime(row["submit_time"])
    found.value.units, found.value.currency_code = row["value_minor"] // 100, row["value_currency"]
    return found


def main(address: str, database: str, threads: str, recording: str = "") -> None:
    """Serve until killed."""
    replay = Replay(pickle.loads(Path(recording).read_bytes())) if recording else None
    server = grpc.server(ThreadPoolExecutor(int(threads)))
    registrations_pb2_grpc.add_RegistrationsServicer_to_server(Bare(database.replace("+psycopg", ""), replay), server)  # type: ignore[abstract]
    server.add_insecure_port(address)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main(*sys.argv[1:])
