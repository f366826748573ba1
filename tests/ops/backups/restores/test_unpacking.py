"""What is unpacked is what was written; what is not is called by its name."""

from dataclasses import replace as changed

import pytest

from app.core.clock import utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.integrations.storage.errors import StoreUnreachable
from app.integrations.storage.folder import Folder
from app.ops.backups.errors import ArtefactDamaged
from app.ops.backups.restores.service.unpacking import unpacked
from app.ops.backups.service.making import make
from tests.ops.backups.conftest import replace

ENCRYPTED_FOR = 40
"""Where the header of an encrypted file says for whom it is."""


async def test_a_changed_header_is_damage_and_no_wrong_key(context, backup):
    dump = b"".join(context.store.get(backup.artefact.key))
    for place in (ENCRYPTED_FOR, 80, 130):
        replace(context.store, backup.artefact.key, dump[:place] + bytes([dump[place] ^ 1]) + dump[place + 1 :])

        with pytest.raises(ArtefactDamaged), unpacked(context, backup, unheard):
            pass


class Ending(Folder):
    """A store that ends in the middle of a dump and says nothing of it."""

    def get(self, key):
        content = b"".join(super().get(key))
        yield content[: len(content) * 2 // 3] if ".dump" in key else content


@pytest.mark.parametrize("keys", [{}, {"backup_recipient": None, "backup_identity": None}], ids=["encrypted", "plain"])
async def test_a_reading_cut_short_tells_of_the_store_and_nothing_of_the_backup(make_context, keys):
    context = make_context(**keys)
    backup = await make(context, new_id(), unheard, now=utcnow())
    ending = changed(context, store=Ending(context.store.path))

    with pytest.raises(StoreUnreachable, match="bytes: try once more"), unpacked(ending, backup, unheard):
        pass
