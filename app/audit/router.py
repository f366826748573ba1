"""The HTTP door to the audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.audit import service
from app.audit.schemas import AuditEntryOut
from app.core.auth import Principal, Scope, require
from app.core.db import Session
from app.core.errors import ValidationFailed, problems
from app.core.paging import InvalidCursor, Page, PageQuery

router = APIRouter(prefix="/audit", tags=["audit"])

Admin = Annotated[Principal, Depends(require(Scope.clients_admin), scope="function")]


@router.get("", responses=problems(ValidationFailed, InvalidCursor))
async def list_audit_entries(principal: Admin, session: Session, paging: PageQuery) -> Page[AuditEntryOut]:
    """List administrative acts, the latest first. An operator who names no client sees everybody's."""
    entries, next_after = await service.history(session, principal.client_id, paging)
    items = [AuditEntryOut.model_validate(entry, from_attributes=True) for entry in entries]
    return Page(items=items, next_after=next_after)
