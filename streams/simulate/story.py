"""All events of a simulated customer, from the first to the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.event_time.buckets import DAY
from streams.simulate import leaving
from streams.simulate.beginning import begin, come_back, lapse
from streams.simulate.billing import bill, renew
from streams.simulate.chronicle import Chronicle
from streams.simulate.complaints import complain, complain_anonymously
from streams.simulate.contract import Contract
from streams.simulate.corrections import correct
from streams.simulate.customer import draw
from streams.simulate.episodes import episodes
from streams.simulate.referrals import refer_in_vain, referred

if TYPE_CHECKING:
    from random import Random

    from streams.simulate.chronicle import Sent
    from streams.simulate.company import Company
    from streams.simulate.customer import Spell


def story(company: Company, number: int) -> list[Sent]:
    """Give the events of a customer by its number."""
    customer = draw(company, number)
    random = company.random("story", number)
    chronicle = Chronicle(company, customer)
    contract = Contract(customer)
    first = customer.spells[0].begin
    if customer.beginning == "lapsed":
        lapse(chronicle, contract, first)
    elif customer.beginning == "end":
        contract.note(first)
        leaving.leave(
            random, chronicle, contract, customer.spells[0], leaving.Leaving("at once", first)
        )
    else:
        for place, spell in enumerate(customer.spells):
            _spell(random, chronicle, contract, spell, again=place > 0)
        complain(random, chronicle)
        refer_in_vain(random, chronicle)
        referred(random, chronicle)
    correct(random, chronicle)
    return chronicle.events


def anonymous(company: Company) -> list[Sent]:
    """Give the complaints of nobody known."""
    random = company.random("anonymous")
    nobody = draw(company, 0)
    nobody.id = "anonymous"
    chronicle = Chronicle(company, nobody)
    complain_anonymously(random, chronicle)
    return chronicle.events


def _spell(
    random: Random, chronicle: Chronicle, contract: Contract, spell: Spell, *, again: bool
) -> None:
    """Write one time as a customer: how it begins, what happens, what is paid, how it ends."""
    if again:
        come_back(random, chronicle, contract, spell.begin)
    else:
        begin(random, chronicle, contract, spell.begin)
    ends = leaving.plan(random, chronicle, spell)
    episodes(random, chronicle, contract, spell.begin, min(ends.said, spell.end) - DAY)
    if chronicle.customer.annual:
        renew(chronicle, contract, spell.begin, spell.end)
    bill(random, chronicle, contract, spell.begin, spell.end)
    leaving.leave(random, chronicle, contract, spell, ends)
