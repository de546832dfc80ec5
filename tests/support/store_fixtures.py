"""A web server and an S3 server for all tests of URLs."""

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator

import pytest

from crowdarrow.stores import client
from crowdarrow.stores.retries import Patience
from support.store_servers import Proxy, S3Server, WebServer, proxy, s3_server, web_server


@pytest.fixture(scope="session")
def web_of_session() -> Iterator[WebServer]:
    pytest.importorskip("obstore", reason="obstore is not installed")
    with web_server() as server:
        yield server


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let attempts follow each other quickly."""
    monkeypatch.setattr(Patience, "first_pause", 0.005)
    monkeypatch.setattr(client, "WRITE_RETRIES", 1)


@pytest.fixture
def web(web_of_session: WebServer, short_pauses: None) -> WebServer:  # noqa: ARG001
    """The web server, without the files of other tests."""
    web_of_session.clear()
    return web_of_session


@pytest.fixture(scope="session")
def s3_servers() -> Iterator[Callable[[str], S3Server]]:
    """Gives a server by its name; each is started once."""
    pytest.importorskip("obstore", reason="obstore is not installed")
    with contextlib.ExitStack() as stack:
        yield functools.cache(lambda name: stack.enter_context(s3_server(name)))


_NUMBERS = itertools.count()


@pytest.fixture
def s3(
    request: pytest.FixtureRequest,
    s3_servers: Callable[[str], S3Server],
    monkeypatch: pytest.MonkeyPatch,
    short_pauses: None,  # noqa: ARG001
) -> S3Server:
    """The server of moto, or another one that a test names, with obstore's variables in the environment."""
    name = getattr(request, "param", "moto")
    pytest.importorskip("moto.server" if name == "moto" else name, reason=f"{name}, an S3 server, is not installed")
    server = s3_servers(name)
    for variable, value in server.environment.items():
        monkeypatch.setenv(variable, value)
    return server


@pytest.fixture
def bucket(s3: S3Server) -> str:
    """A bucket of the test's own."""
    name = f"bucket-{next(_NUMBERS)}"
    s3.make_bucket(name)
    return name


@pytest.fixture(scope="session")
def proxy_of_session(s3_servers: Callable[[str], S3Server]) -> Iterator[Proxy]:
    with proxy(s3_servers("moto").url) as server:
        yield server


@pytest.fixture
def passing(proxy_of_session: Proxy, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Proxy:  # noqa: ARG001
    """The same store behind a proxy, which can fail."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy_of_session.url)
    proxy_of_session.reset()
    return proxy_of_session


@pytest.fixture(scope="session")
def made() -> Callable[[int], bytes]:
    """An export with so many classifications; of 10,000 it has 1.2 MB, which is more than one request."""
    header = (
        "classification_id,user_name,user_id,user_ip,workflow_id,workflow_name,workflow_version,created_at,"
        "gold_standard,expert,metadata,annotations,subject_data,subject_ids\n"
    )
    end = 'ip,7,W,1.1,2020-01-01 00:00:00 UTC,,,"{}","[{""task"":""T0"",""value"":""yes""}]","{}",5\n'

    def make(count: int) -> bytes:
        return (header + "".join(f"{number},ann,1,{end}" for number in range(count))).encode()

    return make
