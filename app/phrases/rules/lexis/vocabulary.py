"""The words that mean something, each with the kind of token it makes. Words that are absent say nothing of time.

Fillers are words that may stand anywhere and are dropped; other unknown words are kept,
since a number before one counts it.
"""

NUMBERS = {
    0: "zero", 1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine",
    10: "ten", 11: "eleven", 12: "twelve", 13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen",
    17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty", 30: "thirty", 40: "forty fourty", 50: "fifty",
}  # fmt: skip

ORDINALS = {
    1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth",
    9: "ninth nineth", 10: "tenth", 11: "eleventh", 12: "twelfth twelvth", 13: "thirteenth", 14: "fourteenth",
    15: "fifteenth", 16: "sixteenth", 17: "seventeenth", 18: "eighteenth", 19: "nineteenth", 20: "twentieth",
    30: "thirtieth",
}  # fmt: skip

WEEKDAYS = {
    0: "monday mondays mon",
    1: "tuesday tuesdays tue tues",
    2: "wednesday wednesdays wed weds wensday wendsday",
    3: "thursday thursdays thu thur thurs",
    4: "friday fridays fri",
    5: "saturday saturdays sat",
    6: "sunday sundays sun",
}

MONTHS = {
    1: "january jan",
    2: "february feb",
    3: "march mar",
    4: "april apr arpil apirl apil aprl aprill",
    5: "may",
    6: "june jun",
    7: "july jul",
    8: "august aug",
    9: "september sept sep",
    10: "october oct",
    11: "november nov",
    12: "december dec",
}

SEASONS = {0: "spring springtime", 1: "summer summertime", 2: "autumn fall", 3: "winter wintertime"}

UNITS = {
    "minute": "minute minutes min mins",
    "hour": "hour hours hr hrs h",
    "day": "day days",
    "week": "week weeks wk wks",
    "fortnight": "fortnight fortnights",
    "weekend": "weekend weekends wkend wknd",
    "month": "month months mth mths",
    "year": "year years yr yrs",
    "workday": "weekday weekdays workday workdays",
    "season": "season",
}

PARTS = {
    "morning": "morning mornings morn",
    "afternoon": "afternoon afternoons arvo aft",
    "evening": "evening evenings eve",
    "night": "night nights nite",
    "lunch": "lunch lunchtime lunchtimes lunchbreak",
    "breakfast": "breakfast breakfasttime",
    "dinner": "dinner dinnertime supper suppertime",
    "tea": "teatime tea",
    "work": "work",
    "school": "school",
    "business": "cob",
    "end": "eod",
    "daytime": "daytime",
}

KEYWORDS = {
    "a": "a an",
    "after": "after afterwards following past",
    "ago": "ago",
    "am": "am",
    "and": "and n",
    "any": "any whichever",
    "anytime": "anytime whenever sometime",
    "apart": "apart other",
    "around": "around about say roughly approximately approx circa near nearer nearly ca abt gone",
    "asap": "asap immediately straightaway soonest earliest now urgently urgent",
    "at": "at",
    "available": "available avail free open",
    "before": "before b4",
    "begin": "beginning start top",
    "between": "between betw btw",
    "but": "but",
    "by": "by",
    "cannot": "can't cannot cant won't unavailable busy away",
    "clock": "clock",
    "oclock": "o'clock oclock",
    "coming": "coming upcoming",
    "commencing": "commencing starting",
    "couple": "couple",
    "each": "every each daily weekly fortnightly monthly everyday",
    "early": "early earlier",
    "end": "end ending close",
    "eom": "eom",
    "eow": "eow",
    "eoy": "eoy",
    "except": "except excluding besides",
    "few": "few",
    "for": "for",
    "from": "from since",
    "half": "half",
    "here": "hence",
    "hundred": "hundred",
    "in": "in during within",
    "ish": "ish",
    "last": "last final",
    "late": "late latest",
    "later": "later",
    "mid": "mid middle",
    "move": "change move reschedule switch swap shift push bring",
    "midweek": "midweek",
    "midnight": "midnight",
    "next": "next nxt nxet nex",
    "no": "no nothing none",
    "noon": "noon midday noontime noonish middayish",
    "not": "not",
    "of": "of",
    "oh": "oh o",
    "on": "on",
    "onwards": "onwards onward",
    "or": "or",
    "pm": "pm",
    "possible": "possible",
    "nearest": "nearest closest",
    "current": "current",
    "quarter": "quarter qtr",
    "rest": "rest remainder",
    "same": "same",
    "soon": "soon",
    "sorry": "sorry actually rather instead wait",
    "than": "than",
    "the": "the",
    "thing": "thing",
    "this": "this",
    "time": "time",
    "to": "to til till until thru through",
    "today": "today tody toady todya tday",
    "tomorrow": "tomorrow tmrw tmr tmw tomoz tomo",
    "tonight": "tonight tonite",
    "up": "up",
    "yesterday": "yesterday",
    "as": "as",
}

HOLIDAYS = "christmas xmas easter boxing valentine valentines halloween thanksgiving"

ZONES = {
    "UTC": "gmt utc",
    "Europe/London": "bst",
    "Europe/Paris": "cet cest",
    "Europe/Athens": "eet eest",
    "America/New_York": "est edt et eastern",
    "America/Chicago": "cst cdt ct central",
    "America/Denver": "mst mdt mt mountain",
    "America/Los_Angeles": "pst pdt pt pacific",
    "America/Anchorage": "akst akdt",
    "Pacific/Honolulu": "hst",
    "Australia/Sydney": "aest aedt",
}
"""Where a clock stands that a time is read from. EST is what the clock of New York reads, also in summer."""

PEOPLE = "people person persons guest guests adult adults child children kids us party table seats tickets"
"""Beside these a bare number counts heads."""

GOING_ON = """
a p is are was isn't would wouldn't will won't does doesn't do don't works work suits suit if then because cause so good
fine great perfect bad best better instead at i i'm i'd we we're you my with when where
"""
"""After a bare number these do not say what it counts, but go on with the sentence: 3 works, 4 is no good."""

ASKING = """
can could please book want wanted need would i'd we'd let's lets prefer thinking hoping hoped wondering looking how
"""
"""Who says one of these asks for something."""
TELLING = """
was were had came went bought paid called left saw told texted emailed wrote ran expired ended finished retired booked
cancelled canceled missed used took loved broke fell visited stopped met got arrived opened received collected
"""
"""Who says one of these, and asks for nothing, tells of what was."""
SHORTENED = """
a p m am pm dr mr mrs ms st no tel ext approx jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed weds thu
thur thurs fri sat sun hr hrs min mins
"""
"""Words that are written with a full stop behind them."""

FILLERS = """
uh um umm er erm eh ah hm hmm mm please pls plz maybe perhaps like yeah yep yes yup ok okay just kinda sorta
basically probably possibly ideally preferably hopefully literally honestly really very sharp exactly thanks thankyou ta
cheers darling love hi hello hey dear either that's thats its it's will also still anyway bit
"""

OTHER_WORDS = """
remember member remembers numbers warning mourning moaning meaning within without another other others mother father
farther foundry sundry sunny money moment moments eastern western latest greatest shorter counting starting sometimes
someone something somewhere anything everything evidence opening meeting avenue match watch patch starch smart
author authority lunches launch second seconds thirsty dinners winner inner thinner hourly nightly
reason reasons string strings sprint currant
"""
"""Words of their own that are one or two slips away from ours."""
