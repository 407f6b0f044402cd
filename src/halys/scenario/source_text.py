"""From a path to the text of a file, with every fault of the file itself told plainly: kind, size and encoding."""

from __future__ import annotations

import errno
import re
import stat
from pathlib import Path
from typing import Final

from halys.errors import FileError, Problem, StorageError

MAX_BYTES: Final = 2_000_000
LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_UTF16_32_MARKS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def read_bytes(path: str | Path) -> tuple[str, bytes]:
    """The name of a file as it can be shown, and its content.

    Raises:
        FileError: the file is missing, is no regular file, may not be read, or is too large.
        StorageError: the disk failed while reading.
    """
    # A name that cannot be printed would break the message that shows it.
    name = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in str(path))
    if not name:
        raise refusal("", "no file name was given. Give the path of a YAML file.")
    try:
        # Looked at before opening: opening a pipe waits for a writer, possibly for ever.
        found = Path(path).stat()
        if stat.S_ISDIR(found.st_mode):
            raise refusal(name, "this is a folder, not a file. Give the path of a YAML file inside it.")
        if not stat.S_ISREG(found.st_mode):
            raise refusal(name, "this is not a regular file (but a pipe, socket or device). Save it to one.")
        if found.st_size > MAX_BYTES:
            raise too_large(name, found.st_size)
        with Path(path).open("rb") as stream:
            # One byte more than allowed, as the file may have grown and some systems report a size of 0.
            raw = stream.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        advice = "Check the spelling and the folder; a relative path starts at the current folder."
        raise refusal(name, f"there is no such file. {advice}") from None
    except PermissionError:
        raise refusal(name, "no permission to read this file. Change its permissions or copy it.") from None
    except ValueError:
        raise refusal(name, "the path holds a character that no file name can have. Correct the path.") from None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENAMETOOLONG):
            raise refusal(name, f"the path cannot be followed: {error.strerror}. Correct the path.") from None
        raise StorageError(f"{name}: the file could not be read: {error.strerror or error}. Check the disk.") from error
    return name, raw


def refusal(where: str, message: str) -> FileError:
    """One fault as an error."""
    return FileError([Problem(where, message)])


def too_large(name: str, size: int) -> FileError:
    """The refusal of a file over the limit."""
    return refusal(name, f"the file has {size:,} bytes; at most {MAX_BYTES:,} are read. Split the file.")


def place(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of a character."""
    line, start = 1, 0
    for found in LINE_BREAK.finditer(text, 0, index):
        line, start = line + 1, found.end()
    return line, index - start + 1


def decode(raw: bytes, name: str) -> str:
    """UTF-8 text without its byte order mark; anything else is refused with its place."""
    if raw.startswith(_UTF16_32_MARKS):
        raise refusal(f"{name}:1:1", "the file is UTF-16 or UTF-32 text. Save it again with the encoding UTF-8.")
    if b"\0" in raw:
        advice = "it is a binary file or UTF-16 text. Save it as plain text with the encoding UTF-8."
        line, column = place(raw.decode("latin-1"), raw.index(b"\0"))
        raise refusal(f"{name}:{line}:{column}", f"a NUL byte: {advice}")
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8").removeprefix("\ufeff")
        line, column = place(before, len(before))
        message = f"the byte 0x{raw[error.start]:02x} is not UTF-8 text. Save the file with the encoding UTF-8."
        raise refusal(f"{name}:{line}:{column}", message) from None
