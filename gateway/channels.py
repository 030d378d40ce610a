"""One gRPC channel per service: kept alive, retried where that is harmless, every call with a deadline."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from typing import Any

import grpc
from google.protobuf.message import Message

from chassis.clock import Clock
from gateway.contracts import Method
from gateway.deadlines import left
from gateway.errors import ApiError, answered, from_rpc, unreachable

Metadata = tuple[tuple[str, str], ...]
FACTS_BEHIND = "ACCESS_FACTS_BEHIND"
WAIT_FOR_FACTS_SECONDS = 1.0
LOST_SECONDS = 10.0  # after that one call makes all attempts again

# A service whose answer is UNAVAILABLE did nothing, so repeating is safe even for what changes something.
SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
OPTIONS: list[tuple[str, Any]] = [
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_metadata_size", 16 * 1024),
    # The default lets a service that came back wait for two minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 2_000),
]


class Channels:
    """The channels of this process. Make it inside the running loop; `close` it there."""

    def __init__(self, targets: Mapping[str, str], clock: Clock) -> None:
        self._clock = clock
        self._channels = {name: grpc.aio.insecure_channel(target, options=OPTIONS) for name, target in targets.items()}
        self._callables: dict[tuple[str, str], Any] = {}
        self._lost: dict[str, float] = {}
        self.answered: dict[str, datetime] = {}

    async def close(self) -> None:
        """End what runs and let go of the connections."""
        await asyncio.gather(*(channel.close(None) for channel in self._channels.values()))

    async def call(self, service: str, method: Method, request: Message, *, metadata: Metadata, deadline: float) -> Message:
        """One answer within `deadline` seconds, or what the running request has left. Errors: ApiError.

        A service that has not heard yet what the token builds on says so; it is asked once more after the delay it names.
        """
        try:
            return await self._call(service, method, request, metadata, deadline)
        except ApiError as error:
            if error.reason != FACTS_BEHIND:
                raise
            await asyncio.sleep(min(error.retry_after or 0.2, WAIT_FOR_FACTS_SECONDS, left(deadline)))
        return await self._call(service, method, request, metadata, deadline)

    async def stream(
        self, service: str, method: Method, request: Message, *, metadata: Metadata, deadline: float
    ) -> AsyncGenerator[Message]:
        """The messages of a stream, `deadline` seconds long at most. Errors: ApiError."""
        self._check_reach(service)
        call = self._callable(service, method)(request, timeout=deadline, metadata=metadata)
        try:
            async for message in call:
                self._heard(service)
                yield message
        except grpc.aio.AioRpcError as error:
            raise self._refused(error, service) from error
        finally:
            call.cancel()  # a reader who stops between two messages would leave it to the garbage collector

    async def _call(self, service: str, method: Method, request: Message, metadata: Metadata, deadline: float) -> Message:
        if not method.access.mutation:
            self._check_reach(service)
        try:
            answer: Message = await self._callable(service, method)(request, timeout=left(deadline), metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise self._refused(error, service) from error
        self._heard(service)
        return answer

    def _callable(self, service: str, method: Method) -> Any:
        key = (service, method.path)
        if key not in self._callables:
            make = self._channels[service].unary_stream if method.streams else self._channels[service].unary_unary
            self._callables[key] = make(
                method.path, request_serializer=method.request.SerializeToString, response_deserializer=method.answer.FromString
            )
        return self._callables[key]

    def _check_reach(self, service: str) -> None:
        """Raises ApiError 503 for a service that was just lost and has no connection yet: all attempts cost most of a second,
        and every panel of every page would pay it. What changes something is worth them."""
        lost = time.monotonic() - self._lost.get(service, -LOST_SECONDS) < LOST_SECONDS
        if lost and self._channels[service].get_state(try_to_connect=True) is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
            raise unreachable(service, self.answered.get(service))

    def _refused(self, error: grpc.aio.AioRpcError, service: str) -> ApiError:
        if answered(error):
            self._heard(service)
        elif error.code() is grpc.StatusCode.UNAVAILABLE:
            self._lost[service] = time.monotonic()
        return from_rpc(error, service, self.answered.get(service))

    def _heard(self, service: str) -> None:
        self.answered[service] = self._clock.now()
