"""Days counted from Monday to Friday."""

from dataclasses import dataclass

from app.phrases.rules.meaning.context import DAY, Context, Days, Span, first_of, one, shifted


@dataclass(frozen=True, slots=True)
class NextWorkingDay:
    """The next day from Monday to Friday."""

    def spans(self, context: Context) -> list[Span]:
        """Return that day."""
        day = context.today + DAY
        return one(day + (7 - day.weekday() if day.weekday() > 4 else 0) * DAY)


@dataclass(frozen=True, slots=True)
class MovedWorkdays:
    """So many days from Monday to Friday after another day, or before it."""

    days: int
    of: Days

    def spans(self, context: Context) -> list[Span]:
        """Return that day."""
        sign = 1 if self.days > 0 else -1
        weeks, rest = divmod(abs(self.days) - 1, 5)
        day = shifted(first_of(self.of.spans(context)), sign * weeks * 7)
        step = sign * DAY
        for _ in range(rest + 1):
            day += step
            while day.weekday() > 4:
                day += step
        return one(day)
