"""Whatever is shown is bookable in the same second, and whatever is not is refused with its reason."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from app.core.clock import iso
from tests.schedule.towns import REASONS, Town, put_town, some_now

ACTS = {"book": 6, "hold": 3, "refuse": 3, "move": 2, "cancel": 1, "wait": 1}


@dataclass
class Day:
    """What happens in a town, by chance: each act asserts what it was promised."""

    town: Town
    rng: Random
    standing: list[dict[str, Any]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    async def live(self, steps: int) -> None:
        """Do so many acts, or as many as it takes until nothing is left to book."""
        for _ in range(steps):
            shown = {service: await self.town.available(service) for service in self.town.services}
            if not any(shown.values()):
                return
            service = self.rng.choice([service for service, slots in shown.items() if slots])
            (act,) = self.rng.choices(list(ACTS), weights=list(ACTS.values()))
            await getattr(self, act)(service, shown[service])
            self.done[act] += 1

    def wanted(self, service: UUID, slot: dict[str, Any]) -> dict[str, Any]:
        """Return the body of a booking of a slot: sometimes for one of its resources, as many seats as there are."""
        body = {
            "serviceId": str(service),
            "startsAt": slot["startsAt"],
            "seats": self.rng.randint(1, slot.get("seatsLeft", 1)),
        }
        body["customer"] = {"phone": f"+447400{self.rng.randrange(1000):06d}"}
        if self.rng.random() < 0.3 and body["seats"] == 1:
            body["resourceId"] = self.rng.choice(slot["resourceIds"])
        return body

    async def take(self, path: str, body: dict[str, Any], slot: dict[str, Any]) -> dict[str, Any]:
        """Take a slot that was shown: it must be had, and be what was shown."""
        answer = await self.town.post(path, **body)
        assert answer.status_code == 201, (answer.text, body, slot)
        booked: dict[str, Any] = answer.json()
        assert (booked["startsAt"], booked["endsAt"]) == (slot["startsAt"], slot["endsAt"])
        assert set(booked["resourceIds"]) <= set(slot["resourceIds"])
        assert body.get("resourceId", booked["resourceIds"][0]) in booked["resourceIds"]
        return booked

    async def book(self, service: UUID, slots: list[dict[str, Any]]) -> None:
        slot = self.rng.choice(slots)
        if "seatsLeft" in slot:
            over = {**self.wanted(service, slot), "seats": slot["seatsLeft"] + 1}
            over.pop("resourceId", None)
            refused = await self.town.post("", **over)
            assert (refused.status_code, refused.json()["code"] in {"capacity", "held"}) == (409, True), refused.text
        self.standing.append(await self.take("", self.wanted(service, slot), slot))

    async def hold(self, service: UUID, slots: list[dict[str, Any]]) -> None:
        slot = self.rng.choice(slots)
        body = self.wanted(service, slot)
        held = await self.take("/hold", body, slot)
        again = await self.town.available(service, excludeBookingId=held["id"])
        mine = [seen["resourceIds"] for seen in again if seen["startsAt"] == slot["startsAt"]]
        assert mine
        assert set(held["resourceIds"]) <= set(mine[0])
        if self.rng.random() < 0.5:
            confirmed = await self.town.post("", **body, holdId=held["id"], holdToken=held["holdToken"])
            assert (confirmed.status_code, confirmed.json()["id"]) == (201, held["id"]), confirmed.text
            self.standing.append(confirmed.json())

    async def refuse(self, service: UUID, slots: list[dict[str, Any]]) -> None:
        around = self.town.clock.now.replace(second=0, microsecond=0)
        at = iso(around + timedelta(minutes=self.rng.randint(-50, 3 * 1440)))
        if self.rng.random() < 0.5 and self.standing:
            at = self.rng.choice(self.standing)["startsAt"]
        explained = await self.town.explained(service, at)
        body = {**self.wanted(service, slots[0]), "startsAt": at, "seats": 1}
        body.pop("resourceId", None)
        answer = await self.town.post("", **body)
        assert (answer.status_code == 201) == explained["offered"] == (at in [slot["startsAt"] for slot in slots])
        if answer.status_code == 201:
            self.standing.append(answer.json())
            return
        assert (answer.status_code, answer.json()["code"]) == (409, explained["reason"]), answer.text
        assert explained["reason"] in REASONS
        following = next((slot for slot in slots if slot["startsAt"] >= at), None)
        assert explained["next"] == (following and {"seatsLeft": None, **following})
        near = answer.json()["alternatives"]
        assert len(near) == min(3, len(slots))
        first = next(slot for slot in slots if slot["startsAt"] == near[0]["startsAt"])
        assert near[0]["resourceIds"] == first["resourceIds"]
        self.standing.append(await self.take("", {**body, "startsAt": first["startsAt"]}, first))

    async def move(self, service: UUID, slots: list[dict[str, Any]]) -> None:
        if not self.standing:
            return
        moving = self.rng.choice(self.standing)
        shown = await self.town.available(moving["serviceId"], excludeBookingId=moving["id"], seats=moving["seats"])
        if shown:
            slot = self.rng.choice(shown)
            moved = await self.town.post(f"/{moving['id']}/reschedule", startsAt=slot["startsAt"])
            assert moved.status_code == 200, moved.text
            assert set(moved.json()["resourceIds"]) <= set(slot["resourceIds"])
            self.standing[self.standing.index(moving)] = moved.json()

    async def cancel(self, service: UUID, slots: list[dict[str, Any]]) -> None:
        if self.standing:
            gone = self.standing.pop(self.rng.randrange(len(self.standing)))
            assert (await self.town.post(f"/{gone['id']}/cancel")).status_code == 200

    async def wait(self, service: UUID, slots: list[dict[str, Any]]) -> None:
        self.town.clock.advance(seconds=self.rng.choice([1, 299, 300, 3_600]))


@pytest.fixture
def make_day(app, http, make_client, clock, rng):
    async def make() -> Day:
        clock.set(some_now(rng))
        client = await make_client(timezone=rng.choice(["Europe/London", "America/Santiago", "Asia/Kathmandu"]))
        return Day(Town(client, await put_town(app.state.engine, client, clock.now, rng), http, clock), rng)

    return make


@pytest.mark.parametrize("_number", range(6))
async def test_what_is_shown_can_be_had_until_nothing_is_left(make_day, _number):
    day = await make_day()

    await day.live(40)


@pytest.mark.prove
async def test_what_is_shown_can_be_had_until_nothing_is_left_in_200_towns(make_day):
    done: Counter[str] = Counter()
    for _ in range(200):
        day = await make_day()
        await day.live(60)
        done += day.done
    print(done)  # noqa: T201 - tells what was tried
