"""Fetching: what is kept, what is asked again, what is refused."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.net_server import Answer, Asked, Server, file_with_ranges, serving
from twin.errors import InputError
from twin.net import download
from twin.net.address import asked_with, password_of, shown, with_password, without_password
from twin.net.client import Client
from twin.net.kept import swept

DATA = bytes(range(256)) * 2000


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(download, "PAUSE_S", 0.01)
    with serving() as it:
        yield it


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(cache=tmp_path, every_s=0.0) as it:
        yield it


def test_that_an_answer_is_kept_and_given_again_without_asking(server: Server, client: Client) -> None:
    server.plays["/a.bin"] = file_with_ranges(DATA)
    first = client.fetch(server.url + "/a.bin")
    assert first.bytes() == DATA
    assert first.stamp == hashlib.sha256(DATA).hexdigest()
    assert client.fetch(server.url + "/a.bin").path == first.path
    assert len(server.asked) == 1
    assert server.asked[0].headers["user-agent"].startswith("urban-twin/")


def test_that_refresh_asks_and_what_has_not_changed_is_not_sent_again(server: Server, client: Client) -> None:
    server.plays["/a.bin"] = file_with_ranges(DATA)
    client.fetch(server.url + "/a.bin")
    assert client.fetch(server.url + "/a.bin", refresh=True).bytes() == DATA
    assert server.asked[1].headers["if-none-match"] == '"1"'
    server.plays["/a.bin"] = file_with_ranges(b"new", '"2"')
    assert client.fetch(server.url + "/a.bin", refresh=True).bytes() == b"new"


def test_that_the_server_says_for_how_long_an_answer_holds(server: Server, client: Client) -> None:
    server.plays["/short"] = Answer(b"x", headers={"Cache-Control": "max-age=0"})
    server.plays["/long"] = Answer(b"x", headers={"Cache-Control": "public, max-age=600"})
    for path in ("/short", "/short", "/long", "/long"):
        client.fetch(server.url + path, fresh_s=0.0)
    assert server.paths() == ["/short", "/short", "/long"]


def test_that_without_an_answer_the_old_one_is_given_with_its_age(client: Client) -> None:
    with serving() as server:
        server.plays["/a"] = Answer(b"x", headers={"Cache-Control": "no-cache"})
        client.fetch(server.url + "/a")
    got = client.fetch(server.url + "/a")
    assert got.stale
    assert got.bytes() == b"x"
    assert 0.0 <= got.age_s < 60.0
    assert client.stale == [got]


def test_that_offline_nothing_is_asked(server: Server, client: Client, tmp_path: Path) -> None:
    server.plays["/a"] = Answer(b"x", headers={"Cache-Control": "no-cache"})
    client.fetch(server.url + "/a")
    with Client(cache=tmp_path, offline=True) as offline:
        assert offline.fetch(server.url + "/a", refresh=True).bytes() == b"x"
        with pytest.raises(InputError, match="offline"):
            offline.fetch(server.url + "/b")
    assert server.paths() == ["/a"]


def test_that_a_broken_download_goes_on_where_it_broke_off(server: Server, client: Client) -> None:
    server.plays["/a.bin"] = file_with_ranges(DATA, cut=[200_000, 100_000])
    assert client.fetch(server.url + "/a.bin").bytes() == DATA
    assert [a.headers.get("range") for a in server.asked] == [None, "bytes=200000-", "bytes=300000-"]
    assert server.asked[1].headers["if-range"] == '"1"'


def test_that_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(server: Server, client: Client) -> None:
    other = DATA[::-1]
    plays = [file_with_ranges(DATA, '"1"', [200_000]), file_with_ranges(other, '"2"')]
    server.plays["/a.bin"] = lambda asked: plays[min(len(server.asked) - 1, 1)](asked)
    assert client.fetch(server.url + "/a.bin").bytes() == other


def test_that_a_piece_from_elsewhere_is_not_taken(server: Server, client: Client) -> None:
    honest = file_with_ranges(DATA, cut=[200_000])

    def play(asked: Asked) -> Answer:
        answer = honest(asked)
        if "content-range" in {k.lower() for k in answer.headers}:  # the wrong piece, of the right length
            return Answer(
                DATA[7 : 7 + len(DATA) - 200_000], 206, answer.headers | {"Content-Range": f"bytes 7-{len(DATA) - 199_994}/{len(DATA)}"}
            )
        return answer

    server.plays["/a.bin"] = play
    assert client.fetch(server.url + "/a.bin").bytes() == DATA
    assert [a.headers.get("range") for a in server.asked] == [None, "bytes=200000-", None]


def test_that_a_piece_that_says_not_where_it_is_from_is_not_taken(server: Server, client: Client) -> None:
    honest = file_with_ranges(DATA, cut=[200_000])
    server.plays["/a.bin"] = lambda asked: Answer(DATA[200_000:], 206, {"ETag": '"1"'}) if "range" in asked.headers else honest(asked)
    assert client.fetch(server.url + "/a.bin").bytes() == DATA


def test_that_a_file_whose_rest_is_gone_is_fetched_anew(server: Server, client: Client) -> None:
    plays = [file_with_ranges(DATA, '"1"', [400_000]), file_with_ranges(DATA[:300_000], '"1"')]
    server.plays["/a.bin"] = lambda asked: plays[min(len(server.asked) - 1, 1)](asked)
    assert client.fetch(server.url + "/a.bin").bytes() == DATA[:300_000]


def test_that_a_busy_server_is_asked_again_when_it_says(server: Server, client: Client) -> None:
    server.plays["/a"] = lambda _: Answer(b"", 429, {"Retry-After": "1"}) if len(server.asked) == 1 else Answer(b"x")
    assert client.fetch(server.url + "/a").bytes() == b"x"
    assert server.asked[1].at - server.asked[0].at >= 0.95


def test_that_a_server_that_stays_broken_is_told_in_a_sentence(server: Server, client: Client) -> None:
    server.plays["/a"] = Answer(b"", 503, {"Retry-After": "0"})
    with pytest.raises(InputError, match="cannot answer now: it answers 503"):
        client.fetch(server.url + "/a")
    assert len(server.asked) == download.TRIES
    server.plays["/b"] = Answer(b"", 429, {"Retry-After": "7200"})
    with pytest.raises(InputError, match="asked too often"):
        client.fetch(server.url + "/b")
    assert server.paths().count("/b") == 1


def test_that_what_is_not_there_is_not_asked_again(server: Server, client: Client) -> None:
    with pytest.raises(InputError, match="nothing at this address"):
        client.fetch(server.url + "/gone")
    assert len(server.asked) == 1


def test_that_one_host_is_asked_no_faster_than_agreed(server: Server, tmp_path: Path) -> None:
    server.plays["*"] = Answer(b"x")
    with Client(cache=tmp_path, every_s=0.0) as client:
        for i in range(5):
            client.fetch(f"{server.url}/{i}", every_s=0.15)
    times = [a.at for a in server.asked]
    assert times[-1] - times[1] >= 0.4  # the first one also makes the connection


def test_that_addresses_that_lead_on_are_followed_but_not_in_a_circle(server: Server, client: Client) -> None:
    server.plays |= {
        "/old": Answer(b"", 302, {"Location": "/new"}), "/new": Answer(b"x"),
        "/round": Answer(b"", 301, {"Location": "/round"}), "/file": Answer(b"", 302, {"Location": "file:///etc/passwd"}),
    }  # fmt: skip
    assert client.fetch(server.url + "/old").bytes() == b"x"
    with pytest.raises(InputError, match="circle"):
        client.fetch(server.url + "/round")
    with pytest.raises(InputError, match="http:// or https://"):
        client.fetch(server.url + "/file")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "gopher://x", "/etc/passwd", "http://", "https://[::1", "http://a b/"])
def test_that_only_web_addresses_are_fetched(client: Client, url: str) -> None:
    with pytest.raises(InputError):
        client.fetch(url)


def test_that_an_answer_has_a_bound(server: Server, client: Client) -> None:
    server.plays["/told"] = Answer(DATA)
    server.plays["/untold"] = Answer.packed(DATA)
    for path in ("/told", "/untold"):
        with pytest.raises(InputError, match="larger than"):
            client.fetch(server.url + path, max_bytes=100_000)
    assert client.fetch(server.url + "/untold").bytes() == DATA


def test_that_a_bomb_is_not_unpacked(server: Server, client: Client, tmp_path: Path) -> None:
    server.plays["/bomb"] = Answer(gzip.compress(bytes(300 << 20)), headers={"Content-Encoding": "gzip"})
    with pytest.raises(InputError, match="trap"):
        client.fetch(server.url + "/bomb")
    assert sum(p.stat().st_size for p in tmp_path.rglob("*") if p.is_file()) < 10_000


def test_that_who_waits_can_stop_within_a_second_and_go_on_later(server: Server, tmp_path: Path) -> None:
    server.plays["/slow.bin"] = lambda asked: Answer(DATA, 200, {"ETag": '"1"'}, pause_s=0.3) if len(server.asked) == 1 else whole(asked)
    whole = file_with_ranges(DATA)

    class Enough(BaseException):
        pass

    seen: list[float] = []

    def progress(_: str, fraction: float) -> None:
        seen.append(time.monotonic())
        if fraction > 0.2:
            raise Enough

    with Client(progress, cache=tmp_path) as client, pytest.raises(Enough):
        client.fetch(server.url + "/slow.bin")
    assert max(b - a for a, b in zip(seen, seen[1:], strict=False)) < 1.0
    with Client(cache=tmp_path) as client:
        assert client.fetch(server.url + "/slow.bin").bytes() == DATA
    assert server.asked[1].headers.get("range", "").startswith("bytes=")


def test_that_a_silent_server_can_be_left_at_once(server: Server, tmp_path: Path) -> None:
    never = threading.Event()

    def play(_: Asked) -> Answer:
        never.wait(20.0)
        return Answer(b"x")

    server.plays["/silent"] = play
    began = time.monotonic()

    def progress(_what: str, _fraction: float) -> None:
        if time.monotonic() - began > 0.3:
            raise KeyboardInterrupt

    client = Client(progress, cache=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        client.fetch(server.url + "/silent")
    assert time.monotonic() - began < 1.3
    never.set()
    client.close()


def test_that_processes_that_fetch_the_same_do_not_mix_their_parts(server: Server, tmp_path: Path) -> None:
    plain = file_with_ranges(DATA)
    server.plays["/a.bin"] = lambda asked: Answer((a := plain(asked)).body, a.status, a.headers, pause_s=0.05)
    code = (
        "import sys, hashlib, pathlib; from twin.net.client import Client\n"
        "with Client(cache=pathlib.Path(sys.argv[2])) as c: print(hashlib.sha256(c.fetch(sys.argv[1]).bytes()).hexdigest())"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", code, server.url + "/a.bin", str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = {run.communicate(timeout=60)[0].strip() for run in runs}
    assert told == {hashlib.sha256(DATA).hexdigest()}
    assert len(server.asked) == 1


def test_that_threads_that_fetch_the_same_ask_once(server: Server, client: Client) -> None:
    server.plays["/a.bin"] = Answer(DATA, pause_s=0.03)
    got: list[bytes] = []
    threads = [threading.Thread(target=lambda: got.append(client.fetch(server.url + "/a.bin").bytes())) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert got == [DATA] * 6
    assert len(server.asked) == 1


def test_that_the_proxy_of_the_environment_is_used(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.setenv("NO_PROXY", "")
    server.plays["/city.json"] = Answer(b"through")
    with Client(cache=tmp_path) as client:
        assert client.fetch("http://city.example/city.json").bytes() == b"through"
    assert server.asked[0].target.startswith("http://city.example/")
    monkeypatch.setenv("HTTP_PROXY", "nonsense://:x")
    with Client(cache=tmp_path) as client, pytest.raises(InputError, match="proxy"):
        client.fetch("http://city.example/other.json")


def test_that_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with Client(cache=tmp_path) as client, pytest.raises(InputError, match="cannot be reached"):
        client.fetch("http://127.0.0.1:9/x")


def test_that_a_certificate_that_nobody_knows_is_not_trusted(tmp_path: Path) -> None:
    """What is sent over TLS is for the server named alone."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", key, "-out", certificate, *subject]
    subprocess.run(made, check=True, capture_output=True)
    with serving(str(certificate), str(key)) as server:
        server.plays["/a"] = Answer(b"x")
        with Client(cache=tmp_path) as client, pytest.raises(InputError, match="certificate of this server cannot be trusted"):
            client.fetch(server.url + "/a")
        assert server.asked == []
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SSL_CERT_FILE", str(certificate))
            with Client(cache=tmp_path) as client:
                assert client.fetch(server.url + "/a").bytes() == b"x"


def test_that_a_post_is_kept_by_what_it_asked(server: Server, client: Client) -> None:
    server.plays["/ask"] = lambda asked: Answer(asked.body.encode())
    assert client.fetch(server.url + "/ask", body={"data": "one"}).bytes() == b"data=one"
    assert client.fetch(server.url + "/ask", body={"data": "two"}).bytes() == b"data=two"
    client.fetch(server.url + "/ask", body={"data": "one"})
    assert [a.method for a in server.asked] == ["POST", "POST"]


def test_that_the_oldest_answers_go_first_and_what_is_being_fetched_stays(server: Server, client: Client, tmp_path: Path) -> None:
    server.plays["*"] = Answer(DATA)
    paths = []
    for name in "abc":
        paths.append(client.fetch(f"{server.url}/{name}").path)
    import os

    from twin.net.kept import Claim

    for n, path in enumerate(paths):
        os.utime(path.parent, (1000 + n, 1000 + n))
    claim = Claim(paths[0].parent)
    assert claim.take()
    swept(tmp_path / "net", 2 * len(DATA) + 5000)
    assert [p.exists() for p in paths] == [True, False, True]
    claim.release()


def test_that_a_broken_cache_is_fetched_again(server: Server, client: Client) -> None:
    server.plays["/a"] = Answer(b"good")
    got = client.fetch(server.url + "/a")
    got.path.write_bytes(b"half of it or more")
    assert client.fetch(server.url + "/a").bytes() == b"good"
    (got.path.parent / "head.json").write_text("[1")
    assert client.fetch(server.url + "/a").bytes() == b"good"


@pytest.mark.parametrize(
    ("url", "plain", "password"),
    [
        ("postgresql://ann:s%40cret@db.example:5432/city?table=a.b", "postgresql://ann@db.example:5432/city?table=a.b", "s@cret"),
        ("postgresql://ann:pa/ss@db.example/city", "postgresql://ann@db.example/city", "pa/ss"),
        ("postgresql://ann@db.example/city?password=hush&table=t", "postgresql://ann@db.example/city?table=t", "hush"),
        ("https://bob:pw@web.example/x?y=@z", "https://bob@web.example/x?y=@z", "pw"),
    ],
)
def test_that_a_password_is_kept_out_of_addresses_and_messages(url: str, plain: str, password: str) -> None:
    assert without_password(url) == plain
    assert password_of(plain) == password
    assert password not in shown(url)
    assert password not in shown(plain)


def test_that_a_password_is_used_again_and_not_for_another() -> None:
    without_password("https://eve:tell@host.example/a")
    assert with_password("https://eve@host.example/b") == "https://eve:tell@host.example/b"
    assert with_password("https://mal@host.example/b") == "https://mal@host.example/b"
    assert with_password("https://host.example/b") == "https://host.example/b"


def test_that_keys_are_not_shown_and_questions_replace_each_other() -> None:
    assert shown("https://x.example/a?api_key=abc&f=json&access_token=d") == "https://x.example/a?api_key=***&f=json&access_token=***"
    assert asked_with("https://x.example/wfs?Request=GetMap&map=a", request="GetFeature", count=5) == (
        "https://x.example/wfs?map=a&request=GetFeature&count=5"
    )
