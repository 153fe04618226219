"""Slips of the pen: usual misspellings, and verbs with one letter too many, too few or swapped."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import VERBS

_USUAL: dict[str, str] = {
    **dict.fromkeys(("teh", "hte", "tha"), "the"),
    **dict.fromkeys(("wich", "whcih", "whitch", "wihch"), "which"),
    **dict.fromkeys(("taht", "thta"), "that"),
    **dict.fromkeys(("evry", "evrey", "eveyr", "everry", "ervery"), "every"),
    **dict.fromkeys(("dayly", "dialy", "daliy"), "daily"),
    **dict.fromkeys(("hourlly", "houly"), "hourly"),
    **dict.fromkeys(("weekley", "wekly", "weeky"), "weekly"),
    **dict.fromkeys(("montly", "monthy", "monthley"), "monthly"),
    **dict.fromkeys(("creat", "craete", "ceate", "creeate"), "create"),
    **dict.fromkeys(("wirte", "wrtie"), "write"),
    **dict.fromkeys(("rnu",), "run"),
    **dict.fromkeys(("adn", "nad"), "and"),
    **dict.fromkeys(("thne", "tehn"), "then"),
    **dict.fromkeys(("flwo", "folw"), "flow"),
    **dict.fromkeys(("worfklow", "worklow", "workfow", "wrokflow"), "workflow"),
    **dict.fromkeys(("pipline", "pipelin", "piepline", "pipleine"), "pipeline"),
    **dict.fromkeys(("postgress", "postgre", "postgers", "posgres", "postgras", "postgresq"), "postgres"),
    **dict.fromkeys(("ducdb", "duckbd", "duckdp", "dukdb"), "duckdb"),
    **dict.fromkeys(("pyhton", "pyton", "phyton", "pythn"), "python"),
    **dict.fromkeys(("minuts", "mintues", "minuets", "minuites"), "minutes"),
    **dict.fromkeys(("minut", "mintue"), "minute"),
    **dict.fromkeys(("secounds", "secodns"), "seconds"),
    **dict.fromkeys(("mondey", "mondya"), "monday"),
    **dict.fromkeys(("teusday", "tuseday", "tuesay"), "tuesday"),
    **dict.fromkeys(("wensday", "wendsday", "wednsday", "wednesay", "wedensday"), "wednesday"),
    **dict.fromkeys(("thurday", "thrusday", "thursay"), "thursday"),
    **dict.fromkeys(("firday", "fridya"), "friday"),
    **dict.fromkeys(("saterday", "satruday"), "saturday"),
    **dict.fromkeys(("mesage", "messsage", "messege"), "message"),
    **dict.fromkeys(("defualt", "defalut", "deafult"), "default"),
    **dict.fromkeys(("avarage", "averge", "avergae"), "average"),
    **dict.fromkeys(("colum", "collumn", "coulmn"), "column"),
    **dict.fromkeys(("colums", "collumns", "coulmns"), "columns"),
    **dict.fromkeys(("recieve",), "receive"),
    **dict.fromkeys(("seperate",), "separate"),
    **dict.fromkeys(("namesapce", "namepsace", "namspace"), "namespace"),
    **dict.fromkeys(("webhok", "wehbook"), "webhook"),
    **dict.fromkeys(("otherwize", "otherwhise", "otherise"), "otherwise"),
    **dict.fromkeys(("faild", "failes"), "fails"),
    **dict.fromkeys(("paralel", "parrallel", "paralell", "parralel"), "parallel"),
    **dict.fromkeys(("wether",), "whether"),
}
"""Misspellings that are no words of their own, as typists' lists have them."""
_WORD = re.compile(r"(?<![\w⟦./-])[A-Za-z]{3,}(?![\w⟧./-])")
# A verb is looked for where one is due: at the start of a clause, before what it is done to.
_VERB_PLACE = re.compile(
    r"(?P<lead>(?:^|[.;:!,]\s*|\b(?:and|then|that|which|please|to|it|also|you)\s+))"
    r"(?P<word>[a-z]{6,})(?=\s+(?:the|a|an|it|them|all|each|every|how|⟦|\"))",
    re.IGNORECASE,
)
_LONG = frozenset(verb for verb in VERBS if len(verb) >= 6)
_FORMS = {form: form for verb in _LONG for form in (verb, f"{verb}s", f"{verb}es", f"{verb.rstrip('e')}ing")}


def spelled(text: str) -> str:
    """Mend slips; a word that is not surely one stays as it is (and is left open if nothing knows it)."""
    text = _WORD.sub(lambda match: _like(match[0], _USUAL.get(match[0].lower(), match[0])), text)
    return _VERB_PLACE.sub(lambda match: match["lead"] + _verb(match["word"]), text)


def _verb(word: str) -> str:
    low = word.lower()
    if low in _FORMS or low in VERBS:
        return word
    found = {form for form in _FORMS if form[0] == low[0] and _one_slip(low, form)}
    return _like(word, found.pop()) if len(found) == 1 else word


def _one_slip(said: str, meant: str) -> bool:
    """Whether one letter is missing, doubled or too many, or two neighbours are swapped (Damerau 1964)."""
    if len(said) == len(meant):
        places = [number for number in range(len(said)) if said[number] != meant[number]]
        return (
            len(places) == 2
            and places[1] == places[0] + 1
            and said[places[0]] == meant[places[1]]
            and said[places[1]] == meant[places[0]]
        )
    short, long = sorted((said, meant), key=len)
    return len(long) - len(short) == 1 and any(
        long[:number] + long[number + 1 :] == short for number in range(len(long))
    )


def _like(said: str, new: str) -> str:
    return new if said == new or not said[:1].isupper() else new.capitalize()
