"""How Render's API fails us. None of these texts holds the key, or more of Render's words than one line."""

from app.core.errors import AppError


class RenderKeyRefused(AppError):
    """Render does not know the key, or does not let it."""

    status, detail = 503, "Render refuses the key in RENDER_API_KEY: make one under Account Settings, API Keys."


class RenderLacksIt(AppError):
    """Render knows nothing of that id."""

    status, detail = 404, "Render has nothing of that id that this key may see: look at its page's address."


class RenderRefused(AppError):
    """Render has understood and will not."""

    status, detail = 409, "Render refuses that."


class RenderBusy(AppError):
    """Too many requests with this key, and it would take too long to wait."""

    status, detail = 503, "Render takes no more requests of this key for now: try again in a minute."


class RenderUnreachable(AppError):
    """Nobody answers, or only with a fault of Render's own; nothing was changed by asking."""

    status, detail = 503, "Render's API does not answer: see https://status.render.com, and try again."


class RenderOutcomeUnknown(AppError):
    """An order got no answer, or a fault for one: it may have been obeyed. It is not given twice."""

    status, detail = 503, "Render did not say whether it has done that: look before you try again."


class RenderUnintelligible(AppError):
    """An answer that is not what the API is documented to answer."""

    status, detail = 503, "Render's API answered what this version does not understand: use Render's dashboard."
