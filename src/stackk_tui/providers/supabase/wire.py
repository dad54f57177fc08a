"""The shapes of Supabase's answers (`api/supabase.md` §2–§6), read leniently. Amounts are dollars already."""

from decimal import Decimal
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from stackk_tui.model.text import clean
from stackk_tui.providers.wire import (
    Count,
    MaybeMoment,
    Moment,
    Number,
    Rows,
    Text,
    Wire,
    none_is_empty,
    number,
    parse_rows,
)

__all__ = ["Wire", "parse_rows"]


def _calls(value: object) -> int:
    """Gives a count that may be a text, also one with a fraction of nothing (`12.0`)."""
    found = number(value)
    if found is None:
        return 0
    if found < 0 or found != found.to_integral_value():
        raise ValueError("not a count")
    return int(found)


def _size(value: object) -> int:
    """Gives bytes or gigabytes that must be there: a size that is missing is not one of zero."""
    if value is None or value == "":
        raise ValueError("no size")
    return _calls(value)


def _maybe_size(value: object) -> int | None:
    return None if value is None or value == "" else _calls(value)


def _word(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("no word")
    return clean(value)


SERVICES = ("rest", "auth", "realtime", "storage")
"""What requests are counted by."""

Word = Annotated[str, BeforeValidator(_word)]
Calls = Annotated[int, BeforeValidator(_calls)]
Size = Annotated[int, BeforeValidator(_size)]
MaybeSize = Annotated[int | None, BeforeValidator(_maybe_size)]


class Organization(Wire):
    """`id` is deprecated and was the slug."""

    slug: Text = Field(default=None, validation_alias=AliasChoices("slug", "id"))
    name: Text = None
    plan: Text = None


class Database(Wire):
    type: Text = None
    compute: Text = Field(default=None, validation_alias="infra_compute_size")
    disk_gb: MaybeSize = Field(default=None, validation_alias="disk_volume_size_gb")


class Project(Wire):
    ref: Text = None
    name: Text = None
    region: Text = None
    status: Text = None
    organization: Text = Field(
        default=None, validation_alias=AliasChoices("organization_slug", "organization_id")
    )
    created_at: MaybeMoment = Field(default=None, validation_alias=AliasChoices("inserted_at", "created_at"))
    databases: Rows[Database] = Field(default_factory=list)

    @property
    def primary(self) -> Database:
        """The main database; replicas have disks of their own."""
        mains = [d for d in self.databases if (d.type or "PRIMARY") == "PRIMARY"]
        return (mains or [Database()])[0]


class Health(Wire):
    name: Word
    status: Word
    error: Text = None


class Counts(Wire):
    """One bucket of requests; its time comes without a zone and is UTC."""

    timestamp: Moment
    auth: Count = Field(default=0, validation_alias="total_auth_requests")
    realtime: Count = Field(default=0, validation_alias="total_realtime_requests")
    rest: Count = Field(default=0, validation_alias="total_rest_requests")
    storage: Count = Field(default=0, validation_alias="total_storage_requests")

    @model_validator(mode="before")
    @classmethod
    def _counts_something(cls, row: object) -> object:
        """Without any count it is another shape than documented, not a bucket of none."""
        if not isinstance(row, dict) or all(row.get(f"total_{name}_requests") is None for name in SERVICES):
            raise ValueError("no counts")
        return row

    @property
    def total(self) -> int:
        return self.auth + self.realtime + self.rest + self.storage


class Function(Wire):
    id: Word
    slug: Text = None
    name: Text = None


class FunctionCalls(Wire):
    calls: Size = Field(validation_alias=AliasChoices("request_count", "requests_count"))
    client_errors: MaybeSize = Field(default=None, validation_alias="client_err_count")
    server_errors: MaybeSize = Field(default=None, validation_alias="server_err_count")

    @property
    def errors(self) -> int | None:
        """None where it does not say: the specification leaves the fields open."""
        if self.client_errors is None or self.server_errors is None:
            return None
        return self.client_errors + self.server_errors


class DiskMetrics(Wire):
    size: Size = Field(validation_alias="fs_size_bytes")
    used: Size = Field(validation_alias="fs_used_bytes")


class DiskUse(Wire):
    metrics: DiskMetrics


class DiskAttributes(Wire):
    size_gb: Size


class Disk(Wire):
    attributes: DiskAttributes


class DatabaseSize(Wire):
    bytes: Size = Field(validation_alias="db_size_bytes")


class Price(Wire):
    amount: Number = None
    interval: Text = None


class Variant(Wire):
    id: Text = None
    name: Text = None
    price: Annotated[Price, BeforeValidator(none_is_empty)] = Price()


class SelectedAddon(Wire):
    type: Text = None
    variant: Annotated[Variant, BeforeValidator(none_is_empty)] = Variant()


class AvailableAddon(Wire):
    type: Text = None
    variants: Rows[Variant] = Field(default_factory=list)


class Addons(Wire):
    selected: list[SelectedAddon] = Field(validation_alias="selected_addons")
    available: Rows[AvailableAddon] = Field(default_factory=list, validation_alias="available_addons")


MONTH_HOURS = Decimal(730)
"""Hours of a month as Supabase's own price descriptions reckon it (`api/supabase.md` §6)."""
