"""A passphrase from a file descriptor or a command."""

import contextlib
import os
import shlex
import sys
import threading
from pathlib import Path

import pytest

from stackk_tui.model.errors import InvalidInput, StackkError, StorageError
from stackk_tui.model.secret import Secret
from stackk_tui.storage import passphrase as module
from stackk_tui.storage.passphrase import passphrase_from


def pipe(content: bytes) -> int:
    read_end, write_end = os.pipe()

    def fill() -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(write_end, content)
        os.close(write_end)

    threading.Thread(target=fill, daemon=True).start()
    return read_end


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def test_without_either_there_is_none() -> None:
    assert passphrase_from(None, None)() is None


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        (b"my words", "my words"),
        (b"my words\n", "my words"),
        (b"my words\r\n", "my words"),
        (b"my words\n\n", "my words\n"),
        (b" my words ", " my words "),
        ("zwölf Wörter\n".encode(), "zwölf Wörter"),
    ],
)
def test_a_descriptor_is_read_to_its_end_less_one_newline(sent: bytes, got: str) -> None:
    assert passphrase_from(pipe(sent), None)() == Secret(got)


def test_a_descriptor_is_read_once_and_closed() -> None:
    fd = pipe(b"my words\n")
    source = passphrase_from(fd, None)
    assert source() == source() == Secret("my words")
    with pytest.raises(OSError):
        os.fstat(fd)


@pytest.mark.parametrize(
    ("sent", "words"),
    [(b"", "empty"), (b"\n", "empty"), (b"\xff\xfe", "not UTF-8"), (bytes(65_600), "too long")],
    ids=["nothing", "a newline", "no text", "long"],
)
def test_what_is_no_passphrase_is_refused(sent: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        passphrase_from(pipe(sent), None)()
    error: BaseException | None = caught.value
    while error is not None:
        assert not getattr(error, "object", None)  # where a decode error keeps the bytes
        error = error.__cause__ or error.__context__


def test_a_closed_descriptor_is_named() -> None:
    fd = pipe(b"x")
    os.close(fd)
    with pytest.raises(InvalidInput, match=f"File descriptor {fd} cannot be read"):
        passphrase_from(fd, None)()


def test_a_command_gives_its_first_line() -> None:
    assert passphrase_from(None, python("print('my words'); print('user: me')"))() == Secret("my words")


def test_a_command_is_run_once_and_without_a_shell(tmp_path: Path) -> None:
    log = tmp_path / "runs"
    code = f"open({str(log)!r}, 'a').write('x'); import sys; print(sys.argv[1])"
    source = passphrase_from(None, f"{python(code)} '$HOME; touch {tmp_path}/pwned'")
    assert source() == source() == Secret(f"$HOME; touch {tmp_path}/pwned")
    assert log.read_text() == "x"
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("command", "kind", "words"),
    [
        ("", InvalidInput, "command is empty"),
        ("echo 'unclosed", InvalidInput, "cannot be understood"),
        ("/no/such/program --please", StorageError, "/no/such/program cannot be run"),
        ("false", StorageError, "failed with exit status 1"),
        ("true", InvalidInput, "empty passphrase"),
    ],
)
def test_a_command_that_fails_says_how(command: str, kind: type[StackkError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        passphrase_from(None, command)()
    assert len(caught.value.lines()) == 3


def test_a_failing_commands_output_is_not_shown() -> None:
    with pytest.raises(StorageError) as caught:
        passphrase_from(None, python("import sys; print('my words'); sys.exit('my words')"))()
    assert "my words" not in " ".join(caught.value.lines()).replace(python(""), "")


def test_a_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMMAND_LIMIT", 0.2)
    with pytest.raises(StorageError, match=r"did not end within 0.2 s"):
        passphrase_from(None, "sleep 20")()


def test_both_at_once_is_refused() -> None:
    with pytest.raises(InvalidInput, match="cannot be used together"):
        passphrase_from(3, "echo x")
