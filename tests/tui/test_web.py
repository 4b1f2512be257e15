"""The screens in a browser, as far as that shows without one: pages, and what their socket says."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys

import aiohttp
import pytest
from samples import piloted

from tui.web import LOOPBACK, is_own, without_web


def free_port():
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(tmp_path):
    """Serves the document of 2020; gives the port."""
    port = free_port()
    command = [sys.executable, "-m", "tui", "2020", "--web", "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


async def page(session, port):
    for _ in range(600):
        try:
            async with session.get(f"http://{LOOPBACK}:{port}/") as response:
                return response.status, await response.text()
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
    raise AssertionError("the server never answered")


async def first_screen(session, port, **headers):
    """What the screens draw until the table is there."""
    url = f"http://{LOOPBACK}:{port}/ws?width=100&height=30"
    drawn = b""
    async with session.ws_connect(url, headers=headers) as socket_:
        async with asyncio.timeout(60):
            async for message in socket_:
                if message.type == aiohttp.WSMsgType.BINARY:
                    drawn += message.data
                if b"resnet50, inference" in drawn:
                    await socket_.send_str(json.dumps(["stdin", "q"]))
                    return drawn
    raise AssertionError(drawn)


@piloted
async def test_a_page_gets_the_screens_and_a_foreign_page_does_not(server):
    async with aiohttp.ClientSession() as session:
        status, text = await page(session, server)
        assert status == 200
        assert "dlib-pytorch-benchmark" in text
        drawn = await first_screen(session, server, Origin=f"http://{LOOPBACK}:{server}")
        assert b"SLOWER" in drawn or b"factor" in drawn
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await first_screen(session, server, Origin="http://example.org")
        assert caught.value.status == 403


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://localhost:8000", "localhost:8000", True),
        (None, "127.0.0.1:8000", True),
        ("http://127.0.0.1:9000", "127.0.0.1:8000", False),
        ("http://example.org", "127.0.0.1:8000", False),
        ("http://example.org:8000", "example.org:8000", False),
        ("null", "127.0.0.1:8000", False),
        ("http://[", None, False),
    ],
)
def test_only_its_own_pages_are_answered(origin, host, own):
    assert is_own(origin, host, 8000) is own


def test_what_is_served_is_the_same_command_without_the_serving():
    words = ["--web", "--port", "9000", "--ascii", "--port=1", "doc.json"]
    assert without_web(words) == ["--ascii", "doc.json"]


def test_a_port_that_is_taken_is_said(tmp_path):
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "tui", "--web", "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ},
        )
    assert done.returncode == 2
    assert f"--port is {port}, which can't be used" in done.stderr
    assert "Traceback" not in done.stderr
