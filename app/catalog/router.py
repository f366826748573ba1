"""The HTTP door to the catalog: those of its rooms."""

from fastapi import APIRouter

from app.catalog.resources.router import router as resources
from app.catalog.services.router import router as services

router = APIRouter()
router.include_router(services)
router.include_router(resources)
