"""A mail server on loopback that takes or refuses, as it is told."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller
from apache_kafka import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from email.message import EmailMessage

    from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Takes mail, but refuses `nobody@`; `choose` says how it answers a message.

    `note` is called with the notification that a mail is of, how it was answered, and whether the
    mail says that it may be a repetition.
    """

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.choose: Callable[[], str] = lambda: "250 taken"
        self.note: Callable[[str, str, bool], None] = lambda *_: None

    async def handle_RCPT(  # noqa: N802 (aiosmtpd calls it so)
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.choose()
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        page = mail.get_body(("html",))
        text = "" if page is None else page.get_content()
        if found := re.search(r"notification ([0-9a-f]{16})", text):
            self.note(found[1], answer, "may have reached you" in text)
        if answer.startswith("250"):
            self.got.append(mail)
        return answer


@asynccontextmanager
async def mail_server() -> AsyncIterator[tuple[Mailbox, str]]:
    """Run one; gives it, and an Apprise URL of a mail by it to Ada."""
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    await asyncio.to_thread(controller.start)
    try:
        url = f"mailto://127.0.0.1:{port}?from=gs@example.com&mode=insecure&to=ada@example.com"
        yield box, url
    finally:
        await asyncio.to_thread(controller.stop)
