# ruff: noqa: E501 - one list, one line: cut in pieces it is harder to read
"""The words orders about a flow are made of, and the words a type or a property answers to."""

from __future__ import annotations

from copilot.planner.rules.coverage import KIND_WORDS, stem
from copilot.planner.rules.vocabulary import WORDS


def _words(text: str) -> list[str]:
    return text.split()


BY_TYPE: tuple[tuple[str, str], ...] = (
    *KIND_WORDS.items(),
    *WORDS.items(),
    ("log.Log", "say print tell note line level"),
    ("Slack", "tell notify channel hook post ping"),
    ("jdbc.", "empty truncate clear analyse analyze vacuum database index delete clean wipe sql"),
    ("Mail", "mail email e-mail send tell notify via through smtp"),
)
"""Words a task of a type answers to."""
BY_PATH = {
    "retry": "retry attempt again failure apart pause interval between exponential backoff twice fail waiting give",
    "timeout": "timeout longer most minute hour second time limit finish kill stop abort",
    "sla": "timeout longer most minute hour second time limit finish kill stop cancel abort whole thing",
    "allowFailure": "fail failure ignore error matter stop break other continue quiet silent mind fine carry survive",
    "disabled": "disable enable switch turn off pause skip activate deactivate stop resume back again",
    "concurrency": "parallel same once time execution overlap wait queue cancel skip simultaneous other single another",
    "concurrencyLimit": "parallel same once time wait simultaneous other single another sequential after each most",
    "cron": "never not except skip without schedule hour minute daily weekly monthly hourly morning evening night noon midnight earlier later"
    " start fire kick quarter half past weekday weekend working monday tuesday wednesday thursday friday saturday"
    " sunday day week month year cron january february march april may june july august september october november"
    " december first second last afternoon workday business",
    "timezone": "zone timezone clock local utc",
    "runIf": "only unless skip when condition equal greater less more rows exist empty boolean true false weekday",
    "condition": "only unless greater less more equal rows exist empty true false",
    "level": "warning warn error info debug trace level severity loud",
    "defaults": "default prefill otherwise standard",
    "type": "choice dropdown option select number text whole boolean flag kind date list multiselect checkbox integer",
    "required": "optional required mandatory must need",
    "values": "option choice dropdown offer pick list select loop over iterate go through range",
    "fetchType": "fetch store all rows first keep return give only single result",
    "dependencies": "cache install pip package module requirement",
    "taskCache": "cache reuse result hour day keep",
    "host": "server host moved address live smtp mail machine",
    "containerImage": "image docker container python version node run upgrade",
    "taskRunner": "docker container runner run",
    "pluginDefaults": "default plugin every all",
    "labels": "label tag mark",
    "namespace": "namespace folder move",
    "description": "describe description document note comment explain",
    "sql": "sort order limit group filter only where biggest smallest first last highest lowest descending ascending"
    " most least newest oldest rows condition",
    "message": "say greet hello message text word read wording",
    "url": "database server host moved address live site listen port postgres postgresql mysql mariadb warehouse sit reach find machine",
    "uri": "server host moved address live site download api listen port sit reach find machine web page",
}  # fmt: skip
"""Words a change of a property answers to."""
SCHEDULED = (
    f"{BY_PATH['cron']} {BY_PATH['timezone']} webhook trigger start finished succeeded flow complete success"
)
TALK = frozenset(
    _words(
        """
        please thanks thank could would should shall can cannot need needs want wants like love prefer let
        lets just simply only also too well additionally another extra further more less longer shorter
        better instead rather than of from into onto task tasks step steps flow workflow pipeline trigger
        property value values setting settings the and for with without that this these those them they its
        it's everything everyone everybody everywhere something anything somebody someone nobody people
        person users user whoever whatever happens case any all each every both new old second third fourth
        current existing present block branch branches part parts section group loop iteration iterations
        remaining rest following before after between inside outside within beginning start end top bottom
        front back first last next previous right away directly straight immediately once done finished
        enough fine okay now still anymore again otherwise else either neither order keep kept stay stays
        remain remains whole thing things place position name names called named rename call title list
        lists choice choices option options item items default defaults input inputs parameter parameters
        variable variables output outputs label labels secret secrets add insert append include put remove
        delete drop rid throw move set change update make turn switch replace swap use give have has having
        get gets take run runs execute wrap unwrap increase decrease raise lower reduce shorten extend allow
        limit true false yes not don't hard coded hardcoded fixed about same way via using through above
        below behind under here there said says saying reads read tells write written entry entries one two
        three zero none null nothing describe document handler integer boolean string number optional
        required mandatory wrong breaks break fails fail crash crashes quietly quiet hide connect minute
        minutes seconds hour hours throws handling really actually quite very maybe perhaps sure kind sort
        yet already
        """
    )
)
"""What orders about a flow are made of."""
TALK_STEMS = frozenset(stem(word) for word in TALK)
