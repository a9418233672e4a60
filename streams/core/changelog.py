r"""State rows: every kind of row that a stage keeps in its changelog, in one codec.

A stage declares each kind once, in the table of a `Layout`: its name in words, its letter on the
wire, the fields of its key, what its value is, and the versions of the layout that wrote it. A key
is the letter and the fields with tabs between:

    c\tcomplaints\t1709510400\t["complaints",{"product":"Loan"}]

Numbers stand in it as decimals, text as it is, other values as compact JSON, in which no control
character occurs. A control character of a text is written as an escape (0x10, DLE) and the letter
of its caret notation: a tab is 0x10 and I. So no id can break a key, and one without control
characters looks as it always did.

What cannot be read is refused with `UnreadableStateError`: an unknown kind, a key with other
fields, a value of another type. Nothing is skipped, for a count that vanishes is not exact.
"""

from __future__ import annotations

import re
from operator import call
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from streams.core.series_key import parse_series

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

V = TypeVar("V")

ChangelogRow = tuple[bytes, bytes | None]
"""Key and value; None deletes the key."""

SHOWN: Final = 120
"""Characters of a key that an error shows."""

_ESCAPE: Final = "\x10"
_CARET: Final = 0x40
"""The distance from a control character to the letter of its caret notation."""
_ESCAPES: Final = {code: _ESCAPE + chr(code + _CARET) for code in range(0x20)}
_escaped: Final = re.compile(_ESCAPE + "(.?)", re.DOTALL)

_msgpack: Final = msgspec.msgpack.Encoder().encode
_json: Final = msgspec.json.Encoder().encode


class UnreadableStateError(Exception):
    """A changelog has a row that this release cannot read; the message says which, and what to do.

    It is no bug of the stage: whoever drives the stage must refuse the state and end.
    """


# -- fields of a key ------------------------------------------------------------------------------


class Field(NamedTuple):
    """One field of a key.

    `write` gives its bytes (None: those of `str`); `reader` makes the function that reads its text
    back, one for each time that a state is restored. That raises ValueError on any other text.
    """

    name: str
    write: Callable[[Any], bytes] | None
    reader: Callable[[], Callable[[str], Any]]


def number(name: str) -> Field:
    """Declare a whole number."""
    return Field(name, None, lambda: _read_number)


def text(name: str) -> Field:
    """Declare a text of any characters that UTF-8 has, so of no lone surrogates."""
    return Field(name, _write_text, lambda: _read_text)


def choice(name: str, values: Collection[str]) -> Field:
    """Declare one of a few words, which have no control characters."""
    known = frozenset(values)

    def read(found: str) -> str:
        if found not in known:
            raise ValueError(f"{found!r} is none of {', '.join(values)}")
        return found

    return Field(name, None, lambda: read)


def literal(value: str) -> Field:
    """Declare a word that is always the same: it tells two kinds of one letter apart."""
    return choice(value, (value,))


def series(name: str) -> Field:
    """Declare the key of a series (`streams.core.series_key`)."""

    def reader() -> Callable[[str], str]:
        known: set[str] = set()  # most series have many rows

        def read(found: str) -> str:
            if found not in known:
                parse_series(found)
                known.add(found)
            return found

        return read

    return Field(name, None, reader)


def json(name: str, type_: Any) -> Field:  # noqa: ANN401 - whatever msgspec can decode
    """Declare a value that stands in the key as JSON."""
    decode = msgspec.json.Decoder(type_).decode
    return Field(name, _json, lambda: decode)


def _read_number(found: str) -> int:
    value = int(found)
    if str(value) != found:
        raise ValueError(f"{found!r} is no number as it is written here")
    return value


def _write_text(value: str) -> bytes:
    return (value if value.isprintable() else value.translate(_ESCAPES)).encode()


def _read_text(found: str) -> str:
    return _escaped.sub(_unescape, found) if _ESCAPE in found else found


def _unescape(found: re.Match[str]) -> str:
    code = ord(found[1] or "\0") - _CARET
    if code not in _ESCAPES:
        raise ValueError(f"{found[0]!r} stands for no character")
    return chr(code)


# -- values ---------------------------------------------------------------------------------------


class Value(NamedTuple, Generic[V]):
    """How the value of a kind is written and read; `decode` raises ValueError on other bytes."""

    encode: Callable[[V], bytes]
    decode: Callable[[bytes], V]


def msgpack(type_: Any) -> Value[Any]:  # noqa: ANN401 - whatever msgspec can decode
    """Declare a value in msgpack."""
    return Value(_msgpack, msgspec.msgpack.Decoder(type_).decode)


def raw(check: Callable[[bytes], object] = bytes) -> Value[bytes]:
    """Declare bytes with a layout of their own; `check` raises ValueError where it is another."""

    def decode(data: bytes) -> bytes:
        check(data)
        return data

    return Value(bytes, decode)


def _nothing(data: bytes) -> None:
    if data:
        raise ValueError(f"there should be nothing, and are {len(data)} bytes")


NOTHING: Final = raw(_nothing)
"""The key says it all."""


# -- kinds ----------------------------------------------------------------------------------------


class Kind(Generic[V]):
    """One kind of row.

    `since` is the first version of the layout that wrote it, `until` the last (None: this one).
    `key` makes a key of all fields, `encode` and `decode` are those of the value.
    """

    def __init__(  # noqa: PLR0913 - what a kind is
        self,
        name: str,
        letter: str,
        fields: Sequence[Field],
        value: Value[V],
        *,
        since: int = 1,
        until: int | None = None,
    ) -> None:
        self.name = name
        self.letter = letter
        self.fields = tuple(fields)
        self.since = since
        self.until = until
        self.key = self.keys()
        self.encode = value.encode
        self.decode = value.decode

    def keys(self, *first: Any) -> Callable[..., bytes]:  # noqa: ANN401 - as the fields are
        """Make the function that makes a key of the fields after `first`, which all keys share."""
        own = self.fields[: len(first)]
        texts = [_written(field, value) for field, value in zip(own, first, strict=True)]
        prefix = b"\t".join([self.letter.encode(), *texts])
        return _key_maker(prefix.decode(), self.fields[len(first) :])

    def __str__(self) -> str:
        return f"{self.name!r} ({self.letter})"


def _written(field: Field, value: Any) -> bytes:  # noqa: ANN401 - as the field is
    return str(value).encode() if field.write is None else field.write(value)


def _key_maker(prefix: str, fields: Sequence[Field]) -> Callable[..., bytes]:  # noqa: PLR0911 - one a shape
    """Make the function that writes a key; those of the hot rows are one format each."""
    match [field.write for field in fields]:
        case []:
            whole = prefix.encode()
            return lambda: whole
        case [None]:
            return lambda a: f"{prefix}\t{a}".encode()
        case [None, None]:
            return lambda a, b: f"{prefix}\t{a}\t{b}".encode()
        case [None, None, None]:
            return lambda a, b, c: f"{prefix}\t{a}\t{b}\t{c}".encode()
        case [None, None, None, None]:
            return lambda a, b, c, d: f"{prefix}\t{a}\t{b}\t{c}\t{d}".encode()
        case [write] if write is not None:
            only, own = f"{prefix}\t".encode(), write
            return lambda a: only + own(a)
        case [None, write] if write is not None:
            return lambda a, b: f"{prefix}\t{a}\t".encode() + write(b)
    if not any(field.write for field in fields):
        template = prefix.replace("%", "%%") + "\t%s" * len(fields)
        return lambda *given: (template % given).encode()
    start = prefix.encode()
    return lambda *given: b"\t".join(
        [start, *[_written(field, value) for field, value in zip(fields, given, strict=True)]]
    )


class StoredRow(NamedTuple):
    """One row as read: its kind, the fields of its key, its value."""

    kind: Kind[Any]
    fields: tuple[Any, ...]
    value: Any


class Layout:
    """The table of one stage: every kind of row it has, and has had.

    `stage` is its name on the wire. `version` stands in the marker of every flush: it rises when a
    kind comes, goes or changes so that the release before could not read it.
    """

    def __init__(self, stage: str, version: int, *kinds: Kind[Any]) -> None:
        self.stage = stage
        self.version = version
        self.kinds = kinds
        self._places = {(kind.letter, len(kind.fields)): kind for kind in kinds}
        if len(self._places) < len(kinds):
            raise ValueError(f"two kinds of stage {stage!r} have one letter and as many fields")
        for kind in kinds:
            if max(kind.since, kind.until or 0) > version:
                raise ValueError(f"kind {kind} is newer than version {version} of {stage!r}")

    def read(self, rows: Mapping[bytes, bytes]) -> Iterator[StoredRow]:
        """Read rows in their order.

        Raises:
            UnreadableStateError: a row is of an unknown kind, or is not as its kind is declared.
        """
        readers = {
            place: (kind, [field.reader() for field in kind.fields])
            for place, kind in self._places.items()
        }
        new = tuple.__new__
        for key, value in rows.items():
            try:
                letter, *texts = key.decode().split("\t")
                kind, own = readers[letter, len(texts)]
                row = kind, tuple(map(call, own, texts)), kind.decode(value)
            except (ValueError, KeyError, msgspec.MsgspecError) as error:
                raise UnreadableStateError(self._refusal(key, value)) from error
            yield new(StoredRow, row)  # a third of what the call would cost

    def _refusal(self, key: bytes, value: bytes) -> str:
        """Return what is wrong with a row, and what to do."""
        shown = repr(key[:SHOWN])[1:] + ("..." if len(key) > SHOWN else "")
        return (
            f"stage {self.stage!r}, row {shown}: {self._fault(key, value)}. Nothing is skipped: "
            f"this release reads rows up to version {self.version} of this stage. If a newer one "
            "wrote it, run that on every host; else start anew (docs/recovery.md)"
        )

    def _fault(self, key: bytes, value: bytes) -> str:
        try:
            letter, *texts = key.decode().split("\t")
        except UnicodeDecodeError:
            return "the key is no text"
        kinds = [kind for kind in self.kinds if kind.letter == letter]
        if not kinds:
            return f"the kind {letter[:SHOWN]!r} is unknown"
        kind = self._places.get((letter, len(texts)))
        if kind is None:
            known = " or ".join(
                f"{kind} has {', '.join(field.name for field in kind.fields)}" for kind in kinds
            )
            return f"the key has {len(texts)} fields; a row of kind {known}"
        for field, one in zip(kind.fields, texts, strict=True):
            try:
                field.reader()(one)
            except (ValueError, msgspec.MsgspecError) as error:
                return f"of a row of kind {kind}, the field {field.name} cannot be read: {error}"
        try:
            kind.decode(value)
        except (ValueError, msgspec.MsgspecError) as error:
            return f"of a row of kind {kind}, the value cannot be read: {error}"
        return f"a row of kind {kind} cannot be read"
