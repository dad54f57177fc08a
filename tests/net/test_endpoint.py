"""Only https leaves this machine, and http only stays on it."""

import pytest

from stackk_tui.model.errors import InvalidInput
from stackk_tui.net.endpoint import checked_base, host_of


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("https://api.example.com", False),
        ("https://api.example.com:8443/base/", False),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
    ],
)
def test_gives_what_may_be_called(url: str, allow: bool) -> None:
    assert checked_base(url, allow_http_loopback=allow) == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:8080", "STACKK_ALLOW_HTTP_LOOPBACK=1"),
        ("http://api.example.com", "plain http"),
        ("http://127.0.0.1.example.com", "plain http"),
        ("http://127.0.0.2", "plain http"),
        ("http://localhost:8080", "plain http"),
        ("http://0x7f000001", "plain http"),
        ("ftp://api.example.com", "https://"),
        ("file:///etc/passwd", "web address"),
        ("https://user:hunter2@api.example.com", "user or password"),
        ("https://api.example.com?x=1", "query"),
        ("https://api.example.com#x", "query or a fragment"),
        ("https://api.example.com:port", "web address"),
        ("https://api example.com", "web address"),
        ("https://[::1", "web address"),
        ("", "web address"),
        ("api.example.com", "web address"),
    ],
)
def test_refuses_everything_else(url: str, says: str) -> None:
    allow = "STACKK" not in says
    with pytest.raises(InvalidInput) as caught:
        checked_base(url, allow_http_loopback=allow)
    words = " ".join(caught.value.lines())
    assert says in words
    assert "Nothing was sent." in words
    assert "hunter2" not in words


def test_names_a_host_without_what_could_mark_up_a_screen() -> None:
    assert host_of("https://evil.example/\x1b]52;c;x\x07") == "evil.example"
    assert host_of("no address") == "another address"
    assert host_of("https://[broken") == "another address"
