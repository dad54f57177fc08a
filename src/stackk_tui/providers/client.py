"""The wire of a provider, by the person's settings: its address, the proxy, the certificates."""

import asyncio
from collections.abc import Awaitable, Callable

from stackk_tui.net.client import Limits
from stackk_tui.net.http import LIMITS, Classify, HttpClient
from stackk_tui.net.retry import Wait, asked_wait
from stackk_tui.net.trouble import classify as by_status
from stackk_tui.providers.base import ProviderContext, ProviderInfo


def http_client(
    context: ProviderContext,
    info: ProviderInfo,
    api_url: str,
    *,
    classify: Classify = by_status,
    wait: Wait = asked_wait,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    limits: Limits = LIMITS,
) -> HttpClient:
    """Gives the client for `STACKK_<PROVIDER>_API_URL`, else `api_url`; nothing is opened yet."""
    settings = context.settings
    network = settings.section("network")
    return HttpClient(
        info.name,
        settings.endpoint(info.id, "API_URL", api_url),
        allow_http_loopback=settings.allow_http_loopback,
        transport=context.transport,
        proxy=str(network["proxy"]) if network.get("proxy") else None,
        ca_file=str(network["ca_file"]) if network.get("ca_file") else None,
        classify=classify,
        wait=wait,
        limits=limits,
        clock=context.clock,
        sleep=sleep,
    )
