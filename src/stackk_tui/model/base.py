"""The base of all values: frozen, strict about their own fields."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value. A wrong field name is a bug of ours, so it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
