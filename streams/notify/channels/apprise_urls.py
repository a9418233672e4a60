"""Any of the services that Apprise knows: mail, Slack, Teams, SMS, pagers.

Apprise is an extra (`pip install groundswell[notify]`) and is imported when a receiver needs it. It
waits between two messages (1.2 s to Slack, 5.5 s to most), in the thread that sends, so a receiver
has a thread of its own. Its URLs hold tokens: nothing that it logs leaves this module.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from streams.notify.channels.outcome import DELIVERED, Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apprise import Apprise, AppriseResult

    from streams.notify.message import Message, Rendered

SECONDS: Final = 60.0
"""Seconds after which Apprise is not waited for any more; what it began may still arrive."""

NEEDED: Final = "receivers by Apprise need it: pip install 'groundswell[notify]'"

_ANSWERED: Final = re.compile(r"\berror=(\d{3})\b|Socket Exception: \((\d{3}),")
"""In what Apprise logs of a try: the status by which a receiver declined."""
_NOT_REACHED: Final = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|Connection refused|"
    r"Name or service not known|No route to host|Network is unreachable"
)
"""And what shows that nothing was sent."""
_AGAIN: Final = frozenset({408, 409, 423, 425, 429})


class AppriseError(Exception):
    """A URL cannot be used; the message says why, and quotes nothing of it."""


class AppriseReceiver:
    """Delivers to one Apprise URL, one message after the other.

    Raises:
        AppriseError: Apprise is not installed, or does not take the URL.
    """

    def __init__(self, url: str) -> None:
        self._apprise, self._several = _loaded(url)
        self._thread = ThreadPoolExecutor(1, "apprise")

    async def deliver(self, message: Message, rendered: Rendered) -> Outcome:
        """Try once. A failure of which Apprise does not say more counts as unanswered."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, context.run, self._send, message, rendered)

    async def close(self) -> None:
        """Begin no more; a try under way is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _send(self, message: Message, rendered: Rendered) -> Outcome:
        from apprise import AppriseAttachment, NotifyFormat  # noqa: PLC0415 - an extra
        from apprise.attachment.memory import AttachMemory  # noqa: PLC0415

        service = self._apprise[0]
        as_page = _takes_pages(service)
        given: dict[str, Any] = {}
        if as_page and rendered.chart is not None and hasattr(service, "inline"):
            given["attach"] = AppriseAttachment(
                AttachMemory(rendered.chart, name="chart.png", mimetype="image/png")
            )
        result = self._apprise.notify(
            title=rendered.subject,
            body=rendered.html if as_page else rendered.text,
            body_format=NotifyFormat.HTML if as_page else NotifyFormat.TEXT,
            notify_type=_kind(message),
            log_level=logging.DEBUG,
            **given,
        )
        return self._outcome(result)

    def _outcome(self, result: AppriseResult) -> Outcome:
        """Say what came of a try: only complete success is one."""
        from apprise import AppriseResultStatus  # noqa: PLC0415

        tries = [attempt for one in result.results for attempt in one.attempts]
        # The status of an optional service is SUCCESS though nothing was delivered; a try's is not.
        if result.status == AppriseResultStatus.SUCCESS and tries and all(tries):
            return DELIVERED
        if result.status == AppriseResultStatus.TIMEOUT:
            return Outcome(Kind.UNANSWERED, f"Apprise was not done in {SECONDS:.0f} s")
        if self._several:
            return Outcome(Kind.UNANSWERED, "not all of its recipients took it")
        return _declined(entry.message for entry in result.logs())


def _declined(logs: Iterable[str]) -> Outcome:
    for line in logs:
        if found := _ANSWERED.search(line):
            status = int(found[1] or found[2])
            again = found[1] is None or status >= 500 or status in _AGAIN  # noqa: PLR2004
            return Outcome(Kind.FAILED if again else Kind.REFUSED, f"answered {status}")
        if _NOT_REACHED.search(line):
            return Outcome(Kind.FAILED, "no connection")
    return Outcome(Kind.UNANSWERED, "Apprise says that it failed, and not how")


def check(url: str) -> str:
    """Return the name of the service that a URL is of, as `Slack`. Nothing is sent.

    Raises:
        AppriseError: Apprise is not installed, or does not take the URL.
    """
    return str(_loaded(url)[0][0].service_name)


def _loaded(url: str) -> tuple[Apprise, bool]:
    """Return Apprise with the one service of a URL, and whether that has several recipients."""
    try:
        from apprise import Apprise, AppriseAsset, PersistentStoreMode  # noqa: PLC0415
        from apprise.common import OverflowMode  # noqa: PLC0415
    except ImportError as error:
        raise AppriseError(NEEDED) from error
    _hush()
    asset = AppriseAsset(
        app_id="Groundswell",
        app_desc="Groundswell",
        service_timeout=SECONDS,
        default_service_retry=0,
        http_redirects=False,
        interpret_emojis=False,
        storage_mode=PersistentStoreMode.MEMORY,
        allow_templates=False,
        secure_logging=True,
    )
    service = Apprise.instantiate(url, asset=asset)
    if service is None:
        raise AppriseError("Apprise does not take its URL")
    # What a URL may say otherwise: a try is one try, and one that failed has failed.
    service.retry, service.optional = 0, False
    if service.overflow_mode == OverflowMode.UPSTREAM and "overflow=" not in url:
        service.overflow_mode = OverflowMode.TRUNCATE
    if hasattr(service, "inline"):
        service.inline = True
    made = Apprise(asset=asset)
    made.add(service)
    return made, len(service) > 1


def _hush() -> None:
    """Keep what Apprise and its HTTP client log to ourselves: URLs with tokens are in it."""
    own = logging.getLogger("apprise")
    own.propagate = False
    own.setLevel(logging.DEBUG)  # its results hold what is logged: they are looked at, not kept
    if not own.handlers:
        own.addHandler(logging.NullHandler())
    logging.getLogger("urllib3").propagate = False


def _takes_pages(service: Any) -> bool:  # noqa: ANN401 (a plugin)
    """Return whether it is mail: a page by itself, with a subject; chats take some markup only."""
    from apprise import NotifyFormat  # noqa: PLC0415

    return bool(service.resolve_format(None) == NotifyFormat.HTML and service.title_maxlen)


def _kind(message: Message) -> Any:  # noqa: ANN401
    """Return how grave a message is, in Apprise's words: it decides colours and pictures."""
    from apprise import NotifyType  # noqa: PLC0415

    incident = message.incident
    if incident is not None and incident["state"] == "resolved":
        return NotifyType.SUCCESS
    kinds = {"critical": NotifyType.FAILURE, "warning": NotifyType.WARNING}
    return kinds.get(message.severity, NotifyType.INFO)
