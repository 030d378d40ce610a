"""Somebody who writes all the time, and remembers what was answered."""

from __future__ import annotations

import threading
import uuid

import grpc
from prm.deals.v1 import registrations_pb2 as pb

from tests.system.test_story import details
from tests.system.world import World, registration


def creating(customer: str) -> pb.CreateRegistrationRequest:
    """A complete registration, to be sent as often as needed."""
    return pb.CreateRegistrationRequest(registration=registration(customer), request_id=f"away-{uuid.uuid4()}")


class Writer(threading.Thread):
    """Registers one deal after the other and keeps what was answered; what was refused is sent once more by `repeat`."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.done, self.tag = world, threading.Event(), uuid.uuid4().hex[:8].title()
        self.acknowledged: dict[str, str] = {}
        self.refused: dict[str, pb.CreateRegistrationRequest] = {}
        self.codes: set[str] = set()

    def run(self) -> None:
        while not self.done.is_set():
            request = creating(f"Stromausfall {self.tag} {len(self.acknowledged) + len(self.refused)}")
            try:
                self.send(request)
            except grpc.RpcError as error:
                self.codes.add(details(error)[0])
                self.refused[request.request_id] = request
                self.done.wait(0.2)  # refusals are quick, and each is sent again later

    def send(self, request: pb.CreateRegistrationRequest) -> None:
        stub = self.world.api.registrations
        made = stub.CreateRegistration(request, timeout=15, metadata=self.world.metadata("sales"))
        self.acknowledged[made.id] = made.customer.name

    def repeat(self) -> None:
        for request in self.refused.values():
            made = self.world.call("sales", self.world.api.registrations.CreateRegistration, request)
            self.acknowledged[made.id] = made.customer.name


def named(world: World, tag: str) -> dict[str, str]:
    """Id and customer of every registration with the tag in its name."""
    found: dict[str, str] = {}
    token = ""
    while True:
        request = pb.ListRegistrationsRequest(page_size=200, page_token=token)
        listed = world.call("sales", world.api.registrations.ListRegistrations, request)
        found |= {one.id: one.customer.name for one in listed.registrations if tag in one.customer.name}
        token = listed.next_page_token
        if not token:
            return found
