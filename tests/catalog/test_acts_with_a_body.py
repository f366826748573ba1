"""An act that needs no body still reads the one that comes."""

import httpx
import pytest

from tests.fixtures.bookable import MakeBookable


@pytest.mark.parametrize("what", ["services/{service}", "resources/{resource}", "customers/{customer}"])
async def test_a_stale_version_or_an_unknown_field_in_the_body_changes_nothing(
    http: httpx.AsyncClient, make_bookable: MakeBookable, what: str
) -> None:
    made = await make_bookable()
    customer = await http.post("/api/customers", json={"phone": "+447400123456"}, headers=made.headers)
    ids = {"service": made.service_id, "resource": made.resource_ids[0], "customer": customer.json()["id"]}
    path = f"/api/{what.format(**ids)}"
    act = f"{path}/erase" if "customers" in what else f"{path}/archive"

    stale = await http.post(act, json={"version": 99}, headers=made.headers)
    unknown = await http.post(act, json={"foo": 1}, headers=made.headers)
    now = await http.get(path, headers=made.headers)
    done = await http.post(act, json={"version": now.json()["version"]}, headers=made.headers)

    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "validation_failed")
    assert now.json()["version"] == 1
    assert done.status_code == 200
