"""Server-sent events: of an event log, and of one's own notifications."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Iterator

import httpx
from prm.events.v1 import events_pb2

from tests.integration.gateway.conftest import World, running_world, wait_until
from tests.integration.gateway.services import PERSON


def blocks(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """The events of a stream as name → value; comments come as {"": text}."""
    block: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(":")
            block[name] = value.strip()
        elif block:
            yield block
            block = {}


def named(answer: httpx.Response, name: str) -> Iterator[dict[str, str]]:
    return (block for block in blocks(answer) if block.get("event") == name)


def test_the_log_is_followed_and_resumed(world: World) -> None:
    world.deals.events[:] = [events_pb2.Event(position=number, id=f"e{number}", type="t") for number in (1, 2)]
    with world.api() as api:
        with api.stream("GET", "/v1/deals/events:watch?after=0") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            seen = (block for block in blocks(answer) if "data" in block)
            assert [next(seen)["id"], next(seen)["id"]] == ["1", "2"]
            world.deals.events.append(events_pb2.Event(position=3, id="e3"))
            third = next(seen)
            assert (third["id"], json.loads(third["data"])["id"]) == ("3", "e3")
        with api.stream("GET", "/v1/deals/events:watch", headers={"Last-Event-ID": "2"}) as answer:
            assert next(block for block in blocks(answer) if "data" in block)["id"] == "3"
    assert world.deals.part.last("WatchEvents")[0].service == "deals"


def test_a_quiet_stream_says_that_it_lives(world: World) -> None:
    world.deals.events[:] = []
    with world.api() as api, api.stream("GET", "/v1/deals/events:watch") as answer:
        assert answer.status_code == 200
        assert "still here" in next(block for block in blocks(answer) if "" in block)[""]


def test_streams_are_counted_and_freed(world: World) -> None:
    world.deals.events[:] = [events_pb2.Event(position=number, id=f"e{number}") for number in range(1, 50)]
    with world.api() as api:
        with contextlib.ExitStack() as streams:
            for _ in range(3):
                assert streams.enter_context(api.stream("GET", "/v1/deals/events:watch")).status_code == 200
            refused = api.get("/v1/deals/events:watch")
            assert (refused.status_code, refused.json()["reason"]) == (429, "TOO_MANY_STREAMS")
            with world.client(Authorization="Bearer another") as other, other.stream("GET", "/v1/deals/events:watch") as answer:
                assert answer.status_code == 200, "another caller has slots of her own"
            assert len(world.deals.watching) >= 3
        wait_until(lambda: not world.deals.watching, "the service to be let go of", 15)
        with api.stream("GET", "/v1/deals/events:watch") as answer:
            assert answer.status_code == 200


def test_a_refused_stream_is_an_ordinary_refusal(world: World) -> None:
    with world.api() as api:
        answer = api.get("/v1/content/events:watch")
        assert (answer.status_code, answer.json()["reason"]) == (503, "CONTENT_UNAVAILABLE")
        assert api.get("/v1/deals/events:watch?after=-1x").status_code == 400


def test_news_reach_whom_they_concern_over_one_stream(world: World) -> None:
    with world.signed_in() as one, world.signed_in() as two:
        with one.stream("GET", "/live") as first, two.stream("GET", "/live") as second:
            a, b = blocks(first), blocks(second)
            assert json.loads(next(block for block in a if block.get("event") == "live")["data"]) in ({"on": True}, {"on": False})
            wait_until(lambda: world.notify.streams >= 1, "the stream to notify")
            before = world.notify.streams
            next(b)
            world.notify.tell("per_other", "not yours")
            world.notify.tell(PERSON, "Your deal was approved")
            for seen in (a, b):
                block = next(item for item in seen if item.get("event") == "notification")
                assert json.loads(block["data"])["text"] == "Your deal was approved"
                last = block["id"]
        with one.stream("GET", "/live", headers={"Last-Event-ID": str(int(last) - 1)}) as again:
            assert next(named(again, "notification"))["id"] == last, "what came meanwhile is sent"
    assert world.notify.streams == before, "one stream, however many listen"
    assert world.notify.part.last("WatchNotifications")[1]["authorization"] == "Bearer portal-token"


def test_news_come_back_with_the_service(world: World) -> None:
    with world.signed_in() as client, client.stream("GET", "/live") as answer:
        seen = blocks(answer)
        states = (block for block in seen if block.get("event") == "live")
        first = json.loads(next(states)["data"])["on"]
        if not first:
            assert json.loads(next(states)["data"])["on"]
        world.notify.part.stop()
        assert json.loads(next(states)["data"]) == {"on": False}
        world.notify.part.start()
        assert json.loads(next(states)["data"]) == {"on": True}
        world.notify.tell(PERSON, "after the break")
        assert "after the break" in next(block for block in seen if block.get("event") == "notification")["data"]


def test_what_came_while_the_service_was_away_is_told_even_as_the_first(overrides: dict[str, object]) -> None:
    with running_world(overrides) as own, own.signed_in() as client, client.stream("GET", "/live") as answer:
        seen = blocks(answer)
        wait_until(lambda: own.notify.streams >= 1, "the stream to notify")
        assert any(json.loads(block["data"])["on"] for block in seen if block.get("event") == "live")
        own.notify.part.stop()
        assert any(not json.loads(block["data"])["on"] for block in seen if block.get("event") == "live")
        own.notify.tell(PERSON, "while it was away")
        own.notify.part.start()
        assert "while it was away" in next(block for block in seen if block.get("event") == "notification")["data"]


def test_a_stream_says_at_once_where_it_begins(world: World) -> None:
    with world.signed_in() as client:
        wait_until(lambda: world.notify.streams >= 1, "the stream to notify")
        world.notify.tell("per_other", "so that there is a position")
        time.sleep(0.3)
        with client.stream("GET", "/live") as answer:
            begin = next(block for block in blocks(answer) if "retry" in block)["id"]
        world.notify.tell(PERSON, "between two streams")
        with client.stream("GET", "/live", headers={"Last-Event-ID": begin}) as again:
            assert "between two streams" in next(named(again, "notification"))["data"]


def test_nobody_hears_nothing(world: World) -> None:
    with world.client() as nobody:
        assert nobody.get("/live", headers={"Accept": "text/event-stream"}).status_code == 401


def test_who_signed_out_hears_nothing_more(world: World) -> None:
    with world.signed_in() as client:
        token = client.get("/t/hello").text.split('name="csrf" value="')[1].split('"')[0]
        with client.stream("GET", "/live") as answer:
            seen = blocks(answer)
            next(seen)
            with world.client(Cookie=f"prm_session={client.cookies['prm_session']}") as same:
                assert same.post("/t/leave", data={"csrf": token}).status_code == 303
            assert sum(1 for _ in seen) < 5, "the stream ends within a heartbeat"


def test_a_stop_ends_streams_at_once(overrides: dict[str, object]) -> None:
    with running_world(overrides) as own, own.api() as api:
        with api.stream("GET", "/v1/deals/events:watch") as answer:
            assert answer.status_code == 200
            began = time.monotonic()
            own.server.handle_exit(signal.SIGTERM, None)
            for _ in answer.iter_lines():
                pass
        wait_until(lambda: not own.thread.is_alive(), "the gateway to stop", 4)
        assert time.monotonic() - began < 4
