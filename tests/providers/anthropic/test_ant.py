"""`ant` keeps the sign-in: it is asked, never read, told nothing, and given a deadline."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stackk_tui.model.clock import utc_now
from stackk_tui.model.errors import (
    InvalidInput,
    OperationCancelled,
    ProviderError,
    SignInNeeded,
    StackkError,
    TimedOut,
    Unavailable,
)
from stackk_tui.providers.anthropic.ant import AntTokens, Patience, clean_environment, program
from stackk_tui.providers.anthropic.ant_login import AntFlow
from tests.fake_ant import CODE, STATE, FakeAnt, make_ant

SHORT = Patience(answer=5, address=5, sign_in=20, quiet=0.1)
T1, T2, T3 = "ant-token-one-0001", "ant-token-two-0002", "ant-token-three-03"


@pytest.fixture
def fake(tmp_path: Path) -> FakeAnt:
    return make_ant(tmp_path / "bin", T1, T2, T3)


@pytest.fixture
def env(tmp_path: Path, fake: FakeAnt) -> dict[str, str]:
    return {
        "PATH": f"{fake.folder}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "STACKK_HOME": str(tmp_path / "stackk"),
        "ANTHROPIC_CLIENT_SECRET": "very-secret-client",
        "ANTHROPIC_API_KEY": "sk-ant-api03-must-not-reach-ant",
        "HTTPS_PROXY": "http://user:pass@proxy.example:3128",
        "NO_PROXY": "localhost",
    }


@pytest.fixture
def tokens(env: dict[str, str], tmp_path: Path) -> Callable[..., AntTokens]:
    return lambda patience=SHORT: AntTokens(env, tmp_path / "stackk" / "data", patience)


def run(story: Callable[[], object]) -> None:
    asyncio.run(story())  # type: ignore[arg-type]


def test_signing_in_shows_its_address_and_hands_over_the_code(fake, env) -> None:
    async def story() -> None:
        flow = await AntFlow.start(env, utc_now, SHORT)
        assert flow.address == fake.address
        assert not flow.listening
        assert "paste" in flow.listener_problem
        flow.paste(f"  {CODE}#{STATE}\n")
        assert await flow.wait() is None
        with pytest.raises(InvalidInput, match="over"):
            flow.paste(f"{CODE}#{STATE}")
        await flow.aclose()

    run(story)
    assert (fake.folder / "credentials.json").exists()


@pytest.mark.parametrize("way", ["no-newline", "chatter"])
def test_the_address_is_found_however_it_is_printed(fake, env, way) -> None:
    fake.how(login=way)

    async def story() -> None:
        flow = await AntFlow.start(env, utc_now, SHORT)
        assert flow.address == fake.address
        await flow.aclose()

    run(story)


@pytest.mark.parametrize(
    "text", ["", "just words", CODE, f"{CODE}#another-state", f"https://x.example/?code={CODE}", "\x1b[2J#x"]
)
def test_a_wrong_paste_never_reaches_ant_which_reads_one_line_only(fake, env, text) -> None:
    async def story() -> None:
        flow = await AntFlow.start(env, utc_now, SHORT)
        with pytest.raises(InvalidInput):
            flow.paste(text)
        flow.paste(f"https://platform.example/oauth/code/callback?app=ant&code={CODE}&state={STATE}")
        await flow.wait()
        await flow.aclose()

    run(story)


def test_a_refused_code_is_said(env) -> None:
    async def story() -> None:
        flow = await AntFlow.start(env, utc_now, SHORT)
        flow.paste(f"not-{CODE}#{STATE}")
        with pytest.raises(SignInNeeded, match="refused"):
            await flow.wait()
        await flow.aclose()

    run(story)


def test_it_takes_no_longer_than_allowed_and_leaves_nothing_running(env) -> None:
    async def story() -> None:
        flow = await AntFlow.start(env, utc_now, Patience(sign_in=0.2, quiet=0.1))
        with pytest.raises(TimedOut):
            await flow.wait()
        await flow.aclose()
        assert flow._process.returncode is not None

    run(story)


def test_closing_ends_the_waiting(env) -> None:
    async def story() -> None:
        flow = await AntFlow.start(env, utc_now, SHORT)
        waiting = asyncio.create_task(flow.wait())
        await asyncio.sleep(0)
        await flow.aclose()
        with pytest.raises(OperationCancelled):
            await waiting

    run(story)


@pytest.mark.parametrize(("way", "error"), [("silent", Unavailable), ("hang", TimedOut)])
def test_an_ant_that_says_no_address(fake, env, way, error) -> None:
    fake.how(login=way)
    began = time.monotonic()
    with pytest.raises(error):
        run(lambda: AntFlow.start(env, utc_now, Patience(address=0.5, quiet=0.05)))
    assert time.monotonic() - began < 4


def test_one_token_for_all_until_it_is_refused(fake, tokens) -> None:
    fake.signed_in(T1, T2, T3)

    async def story() -> None:
        source = tokens()
        first = await asyncio.gather(*(source.token() for _ in range(5)))
        assert {token.reveal() for token in first} == {T1}
        renewed = await asyncio.gather(*(source.renew(first[0]) for _ in range(5)))
        assert {token.reveal() for token in renewed} == {T2}
        assert (await source.token()).reveal() == T2

    run(story)
    assert len(fake.calls) == 2


def test_two_copies_never_ask_at_the_same_time(fake, tokens) -> None:
    """The real one takes no lock of its own: two renewals at once would burn the refresh token."""
    fake.signed_in(T1, T2, T3)
    fake.how(slow=0.1)

    async def story() -> None:
        found = await asyncio.gather(*(tokens().token() for _ in range(3)))
        assert {token.reveal() for token in found} == {T1, T2, T3}

    run(story)
    assert fake.during == ["begin", "end"] * 3


def failure(tokens: Callable[..., AntTokens], patience: Patience = SHORT) -> StackkError:
    with pytest.raises(StackkError) as caught:
        asyncio.run(tokens(patience).token())
    return caught.value


def test_an_expired_login(tokens) -> None:
    error = failure(tokens)
    assert isinstance(error, SignInNeeded)
    assert error.exit_status == 3
    assert "--method ant" in error.next_step


@pytest.mark.parametrize("way", ["garbage", "flood", "crash"])
def test_output_that_is_no_token_is_neither_shown_nor_used(fake, tokens, way) -> None:
    fake.signed_in(T1)
    fake.how(print=way)
    error = failure(tokens)
    assert isinstance(error, ProviderError)
    assert error.exit_status == 1
    assert "Usage" not in " ".join(error.lines())
    assert "xxx" not in " ".join(error.lines())


def test_one_that_hangs_is_ended_with_its_children(fake, tokens) -> None:
    fake.signed_in(T1)
    fake.how(print="hang")
    began = time.monotonic()
    error = failure(tokens, Patience(answer=0.5))
    assert isinstance(error, TimedOut)
    assert error.exit_status == 1
    assert time.monotonic() - began < 4


def test_one_that_is_not_there(fake, tokens) -> None:
    (fake.folder / "ant").unlink()
    error = failure(tokens)
    assert isinstance(error, Unavailable)
    assert error.exit_status == 1


def test_one_that_cannot_be_run(fake, tokens) -> None:
    (fake.folder / "ant").write_bytes(b"\x7fELF nonsense")
    assert isinstance(failure(tokens), Unavailable)


@pytest.mark.parametrize(("way", "error"), [("offline", Unavailable), ("refused", SignInNeeded)])
def test_the_same_token_again_means_signed_out_unless_ant_was_offline(fake, tokens, way, error) -> None:
    fake.signed_in(T1)

    async def story() -> None:
        source = tokens()
        first = await source.token()
        fake.how(print=way)
        with pytest.raises(error):
            await source.renew(first)

    run(story)


def test_it_is_told_nothing_and_its_files_are_not_read(fake, tokens, env) -> None:
    home = Path(env["HOME"]) / ".config" / "anthropic" / "credentials"
    home.mkdir(parents=True)
    (home / "stackk.json").mkdir()  # reading it would fail
    fake.signed_in(T1)
    asyncio.run(tokens().token())
    (call,) = fake.calls
    assert call["words"] == ["auth", "print-credentials", "--profile", "stackk", "--access-token"]
    assert set(call["env"]) <= {"PATH", "HOME", "NO_PROXY", "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}
    assert call["env"]["HOME"] == env["HOME"]


def test_a_program_in_the_working_directory_is_not_run(tmp_path, monkeypatch, fake) -> None:
    monkeypatch.chdir(fake.folder)
    for path in (".", "", "bin:.", f":{tmp_path}"):
        assert program({"PATH": path}) is None
    assert program({}) is None
    assert program({"PATH": f".:{fake.folder}"}) == str(fake.folder / "ant")
    assert clean_environment({"PATH": f".:{fake.folder}"}) == {"PATH": str(fake.folder)}
