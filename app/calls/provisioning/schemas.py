"""What provisioning does, as it is told."""

from typing import Literal

from app.core.schemas import Wire


class Step(Wire):
    """One thing at Vapi, and what becomes of it; `difference` is empty where nothing that can be shown differs."""

    kind: Literal["tool", "assistant", "phone_number"]
    name: str
    action: Literal["create", "update", "keep"]
    id: str | None
    difference: str = ""


class Note(Wire):
    """Something that is not done here, and what to do about it."""

    code: str
    detail: str


class Provisioned(Wire):
    """What was done, or with `dry_run` would be."""

    client_key: str
    dry_run: bool
    assistant_id: str | None
    steps: list[Step]
    notes: list[Note]

    @property
    def changes(self) -> list[Step]:
        """The steps that change something."""
        return [step for step in self.steps if step.action != "keep"]
