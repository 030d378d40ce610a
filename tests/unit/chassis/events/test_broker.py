from __future__ import annotations

import gc
import socket
import struct
import threading
import warnings

import pytest

from chassis.events.broker import IN_DOUBT, connect


def test_a_broker_that_hangs_up_during_the_greeting_leaves_no_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            taken, _ = server.accept()
            taken.recv(8)
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            taken.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(IN_DOUBT):
            connect(f"amqp://127.0.0.1:{server.getsockname()[1]}/", "test")
        thread.join()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        gc.collect()
    assert [str(item.message) for item in said if item.category is ResourceWarning] == []
