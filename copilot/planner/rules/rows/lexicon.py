# ruff: noqa: E501 - one idea, one line
"""Words of tables: what is measured, ordered and chosen by them, and the columns they usually speak of."""

from __future__ import annotations

from typing import Final

from copilot.planner.rules.word import NUMBER

MONEY: Final = "amount|total|price|revenue|sales|cost|fare|value"
PLACE: Final = "city|town|location|place|country|region|state"
CATEGORY: Final = "category|type|kind|department|group|class|genre"

# A superlative: the columns it may speak of, and whether the largest comes first.
SUPERLATIVES: Final[dict[str, tuple[str, bool]]] = {
    "most expensive": ("price|cost|amount", True),
    "priciest": ("price|cost|amount", True),
    "dearest": ("price|cost|amount", True),
    "costliest": ("cost|price|amount", True),
    "cheapest": ("price|cost|amount", False),
    "least expensive": ("price|cost|amount", False),
    "best selling": ("sales|sold|quantity|revenue", True),
    "best-selling": ("sales|sold|quantity|revenue", True),
    "best rated": ("rating|score|stars", True),
    "best-rated": ("rating|score|stars", True),
    "highest rated": ("rating|score|stars", True),
    "highest-rated": ("rating|score|stars", True),
    "top rated": ("rating|score|stars", True),
    "top-rated": ("rating|score|stars", True),
    "worst rated": ("rating|score|stars", False),
    "worst-rated": ("rating|score|stars", False),
    "lowest rated": ("rating|score|stars", False),
    "lowest-rated": ("rating|score|stars", False),
    "best paid": ("salary|income|wage|pay", True),
    "newest": ("date|created_at|timestamp|updated_at|year|published", True),
    "latest": ("date|created_at|timestamp|updated_at|year|published", True),
    "most recent": ("date|created_at|timestamp|updated_at|year|published", True),
    "oldest": ("date|created_at|timestamp|year|published", False),
    "earliest": ("date|created_at|timestamp|year|published", False),
    "youngest": ("age|birthday|date_of_birth", False),
    "longest": ("length|distance|duration", True),
    "shortest": ("length|distance|duration", False),
    "furthest": ("distance|length", True),
    "farthest": ("distance|length", True),
    "tallest": ("height|size", True),
    "heaviest": ("weight|mass", True),
    "lightest": ("weight|mass", False),
    "most populous": ("population|inhabitants", True),
    "fastest": ("speed|velocity", True),
    "slowest": ("speed|velocity", False),
    "hottest": ("temperature|temp", True),
    "warmest": ("temperature|temp", True),
    "coldest": ("temperature|temp", False),
    "most popular": ("popularity|views|likes|count", True),
    "richest": ("income|wealth|balance", True),
    "biggest": ("size|amount|total|value|quantity", True),
    "largest": ("size|amount|total|value|quantity", True),
    "smallest": ("size|amount|total|value|quantity", False),
    "highest": ("amount|total|value|price|score|height", True),
    "lowest": ("amount|total|value|price|score", False),
    "greatest": ("amount|total|value|size", True),
    "busiest": ("count|visits|trips|passengers", True),
    "best": ("rating|score|stars", True),
    "worst": ("rating|score|stars", False),
}  # fmt: skip
# People and things that have an age: the oldest of them has the highest.
PEOPLE: Final = frozenset(
    [
        "user",
        "customer",
        "person",
        "people",
        "employee",
        "patient",
        "student",
        "member",
        "client",
        "player",
        "author",
        "driver",
        "passenger",
        "man",
        "woman",
        "child",
        "kid",
    ]
)
# Superlatives of a number that is named: `the longest distance`, `the highest price`.
HIGH: Final = r"(?:highest|largest|biggest|greatest|longest|furthest|farthest|heaviest|tallest|fastest|hottest|maximum|maximal|max|most expensive|top|best)"
LOW: Final = r"(?:lowest|smallest|shortest|least|lightest|slowest|coldest|cheapest|minimum|minimal|min|worst)"

# A comparative: the columns it may speak of, and how they compare.
COMPARATIVES: Final[dict[str, tuple[str, str]]] = {
    "older": ("age", ">"),
    "younger": ("age", "<"),
    "cheaper": ("price|cost|amount", "<"),
    "less expensive": ("price|cost|amount", "<"),
    "more expensive": ("price|cost|amount", ">"),
    "pricier": ("price|cost|amount", ">"),
    "dearer": ("price|cost|amount", ">"),
    "longer": ("length|distance|duration", ">"),
    "shorter": ("length|distance|duration", "<"),
    "heavier": ("weight|mass", ">"),
    "lighter": ("weight|mass", "<"),
    "taller": ("height|size", ">"),
    "faster": ("speed|velocity", ">"),
    "slower": ("speed|velocity", "<"),
    "hotter": ("temperature|temp", ">"),
    "warmer": ("temperature|temp", ">"),
    "colder": ("temperature|temp", "<"),
}
# A verb of worth: `cost less than 50`, `weigh more than 3`.
WORTH: Final[dict[str, str]] = {
    r"cost(?:s|ing)?|priced|selling (?:for|at)|sold (?:for|at)": "price|cost|amount",
    r"weigh(?:s|ing)?": "weight|mass",
    r"aged|who are": "age",
    r"rated|scor(?:ed?|es|ing)|with a rating of|with a score of": "rating|score|stars",
    r"earn(?:s|ing)?|making": "salary|income|wage|earnings",
    r"worth|amounting to|totalling|totaling": MONEY,
    r"lasting|that took|which took": "duration|length|minutes|seconds",
}  # fmt: skip

AGGREGATES: Final[tuple[tuple[str, str], ...]] = (
    (r"sum(?: total)?|total(?: sum)?|overall|summed(?: up)?|combined|cumulated|aggregated?", "sum"),
    (r"average|mean|avg|typical", "avg"),
    (r"median", "median"),
    (LOW, "min"),
    (HIGH, "max"),
)
# Nouns that are sums by themselves, and the columns they may be summed from.
SUMS: Final[dict[str, str]] = {
    "revenue": "revenue|amount|total|sales|price",
    "revenues": "revenue|amount|total|sales|price",
    "turnover": "turnover|revenue|amount|total|sales|price",
    "sales": "sales|revenue|amount|total|price",
    "spend": "spend|amount|total|price|cost",
    "spending": "spending|amount|total|price|cost",
    "expenses": "expenses|amount|total|cost",
    "income": "income|amount|total|revenue",
    "earnings": "earnings|amount|total|revenue|fare",
    "money": MONEY,
}
SPENT: Final = r"(?:spen[dt]|pa(?:y|id)|earn(?:ed)?|ma[dk]e|bring in|brought in|generated?|take in|took in|turn(?:ed)? over|buy|bought|sell|sold|cost|contributed?|collect(?:ed)?|receive[d]?|owe[sd]?|order(?:ed)?)"
DONE: Final = r"(?:has|have|had|got|gets|made|makes?|placed?|ordered|wrote|writes?|took|takes?|sold|sells?|bought|drove|did|does|do|contains?|received?|come from|came from|comes from|belongs? to|live in|lives in|there are|are there|were there|is there)"

STATUS: Final = (
    r"(?:paid|unpaid|open|closed|cancell?ed|pending|shipped|unshipped|delivered|undelivered|completed?|incomplete|refunded|returned|rejected|approved"
    r"|overdue|expired|failed|successful|draft|published|archived|confirmed|unconfirmed|processed|unprocessed|blocked|suspended|new|late)"
)
# Adjectives of a column that is true or false.
FLAGS: Final[dict[str, tuple[str, bool]]] = {
    "active": ("active|is_active|enabled", True),
    "inactive": ("active|is_active|enabled", False),
    "enabled": ("enabled|is_enabled|active", True),
    "disabled": ("enabled|is_enabled|active", False),
    "verified": ("verified|is_verified", True),
    "unverified": ("verified|is_verified", False),
    "subscribed": ("subscribed|is_subscribed", True),
    "unsubscribed": ("subscribed|is_subscribed", False),
    "deleted": ("deleted|is_deleted", True),
    "premium": ("premium|is_premium", True),
}
# Columns whose plural is said of many rows: `the amounts` are the column amount.
MEASURED: Final = frozenset(
    [
        "amount",
        "price",
        "total",
        "cost",
        "value",
        "score",
        "rating",
        "quantity",
        "salary",
        "distance",
        "duration",
        "revenue",
        "population",
        "temperature",
        "size",
        "fare",
        "tip",
        "weight",
        "height",
        "age",
        "balance",
        "profit",
        "name",
        "title",
        "city",
        "country",
        "email",
        "id",
        "status",
        "date",
        "category",
    ]
)
# Things that are told apart by a key, so that a group by them may be a group by their id.
KEYED: Final = frozenset(
    [
        "customer",
        "user",
        "client",
        "product",
        "item",
        "store",
        "shop",
        "driver",
        "employee",
        "supplier",
        "seller",
        "account",
        "order",
        "member",
        "patient",
        "student",
        "author",
        "player",
        "station",
        "route",
        "session",
        "device",
        "host",
        "passenger",
        "merchant",
        "subscriber",
        "partner",
    ]
)
# What rows usually are: in the plural they are the rows, not a column.
THINGS: Final = (
    KEYED
    | PEOPLE
    | frozenset(
        [
            "trip",
            "ride",
            "sale",
            "transaction",
            "payment",
            "invoice",
            "booking",
            "reservation",
            "visit",
            "event",
            "ticket",
            "movie",
            "film",
            "book",
            "song",
            "article",
            "post",
            "flight",
            "house",
            "car",
            "game",
            "match",
            "ticket",
            "review",
            "purchase",
            "shipment",
            "delivery",
            "message",
            "reading",
            "measurement",
            "page",
            "click",
            "view",
            "comment",
            "task",
            "issue",
            "bug",
            "student",
            "taxi",
            "zone",
            "listing",
            "property",
            "animal",
            "pet",
            "plant",
            "recipe",
            "hotel",
            "restaurant",
            "contact",
            "lead",
            "deal",
            "asset",
            "log",
        ]
    )
)
ROWS: Final = frozenset(
    [
        "row",
        "rows",
        "record",
        "records",
        "entry",
        "entries",
        "line",
        "lines",
        "item",
        "items",
        "one",
        "ones",
        "those",
        "them",
        "they",
        "it",
        "that",
        "these",
        "thing",
        "things",
        "data",
        "result",
        "results",
        "everything",
        "rest",
        "others",
        "remaining",
        "remainder",
    ]
)
# Words that carry no content where rows are spoken of.
FILLER: Final = frozenset(
    """
    a an the this that these those of in on at for from to by with and or then also as is are was were be been do does did has have
    had me us you i we my our your their its his her it them they which who whose what there here only just simply all any every each
    both so such some out up down please now first next finally lastly keep keeping kept select selecting show showing list listing
    get getting find finding give giving tell telling log logging print printing return report compute computing calculate determine
    work take taking pick picking extract read reading fetch download load use using query filter filtering sort order group count
    write save store see know want need look let result results value values row rows record records line lines entry entries item
    items one ones data file csv json table tables column columns field fields name called named output dataset set content overall
    total altogether remaining rest still currently present there's how many much according based within inside about over whole new
    put make retrieve contains contain contained display say available existing after afterwards before remain remains can could
    should must will would per retain choose collect i'd i'll i'm we'd we're we'll i've we've don't it's that's what's who's let's
    convert turn export process given gives needs needed wants like likes transform
    """.split()  # noqa: SIM905 - a list of so many words is not read
)
TOOL: Final = r"(?:duck ?db|python|pandas|sql|postgres(?:ql)?|big ?query|sqlite|mysql|mariadb)"
N: Final = rf"(?:{NUMBER})"
