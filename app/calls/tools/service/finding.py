"""`find_slots`: what is free."""

from app.calls.tools.errors import TimeAmbiguous
from app.calls.tools.rules import sentences
from app.calls.tools.rules.wishes import Answer
from app.calls.tools.schemas import Find
from app.calls.tools.service.looking import offered, seek, time, times, wanted, which_of
from app.calls.tools.service.talk import Talk


async def find_slots(talk: Talk, asked: Find) -> Answer:
    """Say whether the time asked for is free, else up to three that are.

    Without words for a time these are the next ones. Of several times that suit all are looked at; where
    the words mean one of several, it is asked which.
    """
    what = await wanted(talk, asked.service, asked.staff)
    sought = await seek(talk, what, asked.when)
    if sought.ambiguous:
        raise TimeAmbiguous(which_of(talk, sought.readings))
    if sought.exact is not None:
        said = f"{time(talk, sought.exact)} is free for {what.title}. Shall I keep it for you?"
        return Answer(said, "free", starts_at=sought.exact)
    if sought.refused is not None:
        said = sentences.refused(sought.refused, times(talk, sought.starts))
        return Answer(said, sought.refused, succeeded=False)
    return Answer(offered(talk, sought), "nothing_free" if sought.elsewhere or not sought.starts else "offered")
