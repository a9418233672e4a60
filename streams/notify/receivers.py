"""From the settings to the channels: each receiver has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yarl import URL

from streams.notify.channels.alertmanager import PATH, Alertmanager
from streams.notify.channels.apprise_urls import AppriseReceiver
from streams.notify.channels.apprise_urls import check as check_apprise
from streams.notify.channels.http import ANSWER_SECONDS, Place, Poster
from streams.notify.channels.webhook import Webhook

if TYPE_CHECKING:
    from pydantic import SecretStr

    from streams.core.notify.config import Receiver
    from streams.notify.channels.outcome import Channel


class ReceiverError(Exception):
    """A receiver cannot be used; the message says why, and quotes no secret."""


def make(name: str, receiver: Receiver, answer_within: float = ANSWER_SECONDS) -> Channel:
    """Make the channel of a receiver; nothing is sent, and nobody is asked.

    Raises:
        ReceiverError: its settings do not do.
    """
    try:
        return _made(receiver, answer_within)
    except Exception as error:  # noqa: BLE001 - whatever a library does not like of an address
        # What libraries say of an address may quote it.
        own = type(error).__module__.startswith("streams.")
        why = str(error) if own else f"its address is not one ({type(error).__name__})"
        raise ReceiverError(f"receiver {name}: {why}") from (error if own else None)


def check(name: str, receiver: Receiver) -> str:
    """Return what a receiver is, as `webhook` or `apprise (Slack)`; nothing is sent.

    Raises:
        ReceiverError: its settings do not do.
    """
    if receiver.channel != "apprise":
        make(name, receiver)
        return receiver.channel
    try:
        return f"apprise ({check_apprise(receiver.url.get_secret_value())})"
    except Exception as error:  # noqa: BLE001
        own = type(error).__module__.startswith("streams.")
        raise ReceiverError(f"receiver {name}: {error if own else type(error).__name__}") from None


def _made(receiver: Receiver, answer: float) -> Channel:
    url = receiver.url.get_secret_value()
    if receiver.channel == "apprise":
        return AppriseReceiver(url)
    if receiver.channel == "alertmanager":
        # Alertmanager stands beside us as a rule: private addresses are its place.
        members = [one.strip().rstrip("/") for one in url.split(",")]
        places = [(one + PATH, _place(one, (), private=True)) for one in members]
        return Alertmanager([Poster(one, place, answer=answer) for one, place in places])
    place = _place(url, receiver.hosts, private=receiver.private)
    return Webhook(Poster(url, place, answer=answer), _secret(receiver.secret))


def _place(url: str, hosts: tuple[str, ...], *, private: bool) -> Place:
    named = {host.lower() for host in hosts} or {(URL(url).host or "").lower()}
    return Place(frozenset(named), private=private)


def _secret(secret: SecretStr | None) -> str:
    if secret is None or not secret.get_secret_value():
        raise ReceiverError("a webhook needs a secret: what it gets is signed")
    return secret.get_secret_value()
