"""How long to wait, whatever a server says."""

from datetime import UTC, datetime

import pytest

from stackk_tui.net.retry import RetryPolicy, http_date, retry_after

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17.0),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 3 ", 3.0),
        ("-5", 0.0),
        ("Sun, 22 Nov 2026 15:31:00 GMT", 60.0),
        ("Sun, 22 Nov 2026 15:29:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 62 * 86400.0),
        ("999999999999", 62 * 86400.0),
        ("", None),
        (None, None),
        ("soon", None),
        ("NaN", None),
        ("inf", None),
        ("1e9", None),
        ("9" * 500, None),
        ("٣", None),
        ("Sun, 99 Nov 2026 15:31:00 GMT", None),
        ("\x1b[2J", None),
    ],
)
def test_reads_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


def test_backs_off_longer_each_time_and_never_without_end() -> None:
    policy = RetryPolicy()
    waits = [policy.backoff(n, 1.0) for n in range(1, 10)]
    assert waits == sorted(waits)
    assert waits[0] == 0.5
    assert waits[-1] == policy.longest_wait
    assert policy.backoff(1, 0.0) == 0.25, "jitter takes at most half of it away"


def test_reads_a_server_s_clock() -> None:
    assert http_date("Sun, 22 Nov 2026 15:30:00 GMT") == NOW
    assert http_date("yesterday") is None
    assert http_date(None) is None
