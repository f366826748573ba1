"""A business to book on, for data that has none with anything on offer."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import Resource, Service, ServiceResource
from app.clients.models import Client
from app.core.ids import new_id
from app.schedule.models import OpeningHours

ALWAYS = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "09:00", "end": "17:00"}]


async def found_business(session: AsyncSession) -> None:
    """Write a business with one member of staff and one service, open every day."""
    client, staff, service = new_id(), new_id(), new_id()
    session.add(
        Client(
            id=client,
            client_key=f"drill-{client.hex[-12:]}",
            name="Drill",
            timezone="UTC",
            region="GB",
            currency="GBP",
            locale="en-GB",
        )
    )
    await session.flush()
    session.add_all(
        [
            Resource(client_id=client, id=staff, name="Drill"),
            Service(client_id=client, id=service, name="Drill", duration_minutes=30),
        ]
    )
    await session.flush()
    session.add_all(
        [
            OpeningHours(client_id=client, resource_id=staff, weekly=ALWAYS),
            ServiceResource(client_id=client, service_id=service, resource_id=staff),
        ]
    )
