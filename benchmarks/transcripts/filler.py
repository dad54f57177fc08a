"""What fills a transcript besides its usage: code, prose and images, as they stand inside JSON strings."""

import base64
import random
from bisect import bisect_left

_VOCABULARY = """
    async await build cache client column config connection context cursor data default error event file
    filter folder format handler header import index input item key ledger line list message method model
    module name node number object option order output parse path price query read request result return
    row schema screen service session size state status stream string table test text token type update
    usage user value version window worker write
"""
_WORDS = _VOCABULARY.split()
_RARE = (  # what a person's own logs hold: quotes in quotes, other alphabets, usage that is only text
    r"print(\"done\")",
    r"C:\\Users\\ada\\src",
    "größer als 12 µs – naïve café",
    "日本語のコメント",
    r"{\"usage\":{\"input_tokens\":7,\"output_tokens\":9}}",
    r"\u001b[32mPASSED\u001b[0m",
)
_TEXT_BYTES = 6 << 20
_IMAGE_BYTES = 4 << 20


class Filler:
    """Slices of a text and of an image made once; a slice never cuts an escape or a character."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        lines, ends, size = [], [], 0
        while size < _TEXT_BYTES:
            words = chance.choices(_WORDS, k=chance.randrange(2, 14))
            if chance.random() < 0.02:
                words.append(chance.choice(_RARE))
            line = f"{'    ' * chance.randrange(4)}{' '.join(words)}\\n".encode()
            lines.append(line)
            size += len(line)
            ends.append(size)
        self._text, self._ends = b"".join(lines), ends
        self._image = base64.b64encode(chance.randbytes(_IMAGE_BYTES))

    def text(self, size: int) -> bytes:
        """Gives about `size` bytes of escaped text, whole lines of it. At least one line."""
        size = min(size, _TEXT_BYTES // 2)
        first = int(self._chance.random() * len(self._ends) / 2)
        start = self._ends[first]
        return self._text[start : self._ends[bisect_left(self._ends, start + size, first + 1)]]

    def image(self, size: int) -> bytes:
        """Gives `size` bytes of base64."""
        start = int(self._chance.random() * (len(self._image) - size))
        return self._image[start : start + size]
