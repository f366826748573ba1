"""What Render's API answers, as far as we use it. More fields than these are no fault: Render adds some at any time."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

Text = Annotated[str, Field(max_length=2_000)]


class Payload(BaseModel):
    """Base of what Render sends: camelCase, unknown fields ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class Recovery(Payload):
    """From when on a database can be brought back to an instant: AVAILABLE, BACKUP_NOT_READY or NOT_AVAILABLE."""

    recovery_status: Text
    starts_at: AwareDatetime | None = None


class Instance(Payload):
    """A database of Render's."""

    id: Text
    name: Text
    status: Text = "unknown"
    dashboard_url: Text | None = None


class InstanceWithCursor(Payload):
    """One of a list of databases."""

    postgres: Instance


class Export(Payload):
    """A logical export; `url` is there when it is finished, and whoever knows it can read the whole database."""

    id: Text
    created_at: AwareDatetime
    url: str | None = Field(default=None, max_length=8_000, repr=False)


class Commit(Payload):
    """What was deployed from a repository."""

    id: Text
    message: Annotated[str, Field(max_length=100_000)] = ""


class Image(Payload):
    """What was deployed from a registry."""

    ref: Text = ""
    sha: Text = ""


class Deploy(Payload):
    """One deploy of a service: `live` now, `deactivated` once it was, or something that never was either."""

    id: Text
    status: Text = "unknown"
    trigger: Text = ""
    commit: Commit | None = None
    image: Image | None = None
    created_at: AwareDatetime | None = None
    finished_at: datetime | None = None


class DeployWithCursor(Payload):
    """One of a list of deploys, the newest first."""

    deploy: Deploy


class Service(Payload):
    """A service, and whether it deploys new commits by itself."""

    id: Text
    name: Text = ""
    auto_deploy: Text | None = None
    auto_deploy_trigger: Text | None = None
    dashboard_url: Text | None = None


class Complaint(Payload):
    """What Render says of a request that it refuses."""

    message: Annotated[str, Field(max_length=100_000)] = ""


RECOVERY = TypeAdapter(Recovery)
INSTANCE = TypeAdapter(Instance)
INSTANCES = TypeAdapter(list[InstanceWithCursor])
EXPORTS = TypeAdapter(list[Export])
DEPLOY = TypeAdapter(Deploy)
DEPLOYS = TypeAdapter(list[DeployWithCursor])
SERVICE = TypeAdapter(Service)
NOTHING = TypeAdapter(object)
