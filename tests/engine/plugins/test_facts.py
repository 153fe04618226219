"""What flows written for Kestra may use of each type: property and output names of its documentation.

A `*` marks a property that must be given. A class may have more; it must not have less.
"""

from __future__ import annotations

import pytest

from engine.plugin import Task, Trigger
from engine.plugin.base import properties_of
from tests.engine.plugins.samples import PREFIX, REGISTRY

HTTP = "uri* method params body formData contentType headers options allowFailed sslOptions"
EXECUTION = "executionId customFields customMessage"
GIT = (
    "url* username password privateKey passphrase trustedCaPemPath noProxy connectTimeout readTimeout "
    "gitConfig cloneSubmodules kestraUrl auth branch"
)
PUSH = f"{GIT} gitDirectory commitMessage authorName authorEmail delete dryRun"
MAIL = (
    "host* port username password transportStrategy sessionTimeout verifyServerIdentity trustedHosts from to* "
    "cc subject htmlTextContent plainTextContent attachments embeddedImages"
)
DATES = "dateFormat timeFormat dateTimeFormat timeZoneId"

LEGACY = (
    "runner dockerOptions interpreter interpreterArgs exitOnFailed env inputFiles outputFiles outputsFiles files "
    "outputDirs warningOnStdErr"
)
GIVEN = "exitCode vars stdOutLineCount stdErrLineCount outputFiles files"

FACTS: dict[str, tuple[str, str]] = {
    "core.log.Log": ("message* level", ""),
    "core.log.Fetch": ("namespace flowId executionId tasksId level", "uri size"),
    "core.log.PurgeLogs": (
        ("namespace flowId executionId logLevels startDate endDate* purgeExecutionLogs purgeNonExecutionLogs "
        "batchSize"),
        "count executionLogsCount nonExecutionLogsCount",
    ),
    "core.debug.Return": ("format", "value"),
    "core.debug.Echo": ("format* level", ""),
    "core.flow.Sleep": ("duration*", ""),
    "core.flow.Pause": ("pauseDuration behavior timeout onResume onPause tasks", "onResume resumed"),
    "core.flow.Loop": (
        "values* tasks* concurrencyLimit transmitFailed outputs fetchType breakWhen",
        "iterationCount runningIterations terminatedIterations outputs uri",
    ),
    "core.tasks.scripts.Bash": (f"{LEGACY} commands*", GIVEN),
    "core.tasks.scripts.Node": (f"{LEGACY} args nodePath npmPath", GIVEN),
    "core.tasks.scripts.Python": (
        f"{LEGACY} commands args requirements pythonPath virtualEnv packageManager",
        GIVEN,
    ),
    "core.http.Request": (f"{HTTP} encryptBody", "uri code headers body encryptedBody"),
    "core.http.Download": (f"{HTTP} failOnEmptyResponse", "uri code length headers"),
    "core.http.SseRequest": (f"{HTTP} concatJqExpression failedOnMissingJq", "uri size events result"),
    "core.http.Trigger": (f"{HTTP} interval responseCondition encryptBody", "uri code headers body encryptedBody"),
    "core.kv.Set": ("key* value* namespace overwrite ttl kvType kvDescription", ""),
    "core.kv.Get": ("key* namespace errorOnMissing", "value"),
    "core.kv.GetKeys": ("prefix namespace", "keys"),
    "core.kv.Delete": ("key* namespace errorOnMissing", "deleted"),
    "core.kv.Put": ("key* value* namespace errorOnMissing", ""),
    "core.kv.PurgeKV": (
        "namespaces namespacePattern includeChildNamespaces keyPattern behavior expiredOnly",
        "size",
    ),
    "core.storage.Concat": ("files* separator extension", "uri"),
    "core.storage.DeduplicateItems": ("from* expr*", "uri numKeys processedItemsTotal droppedItemsTotal"),
    "core.storage.Delete": ("uri* errorOnMissing", "uri deleted"),
    "core.storage.FilterItems": (
        "from* filterCondition* filterType errorOrNullBehavior",
        "uri processedItemsTotal droppedItemsTotal",
    ),
    "core.storage.LocalFiles": ("inputs outputs", "uris"),
    "core.storage.PurgeCurrentExecutionFiles": ("", "uris"),
    "core.storage.Reverse": ("from* separator charset", "uri"),
    "core.storage.Size": ("uri*", "size"),
    "core.storage.Split": ("from* bytes partitions rows regexPattern separator", "uris"),
    "core.storage.Write": ("content* extension", "uri"),
    "core.execution.Labels": ("labels*", ""),
    "core.execution.Fail": ("condition errorMessage", ""),
    "core.execution.Exit": ("state", ""),
    "core.execution.Count": ("flows namespaces states startDate* endDate expression*", "results total"),
    "core.execution.SetVariables": ("variables* overwrite", ""),
    "core.execution.UnsetVariables": ("variables* ignoreMissing", ""),
    "core.execution.Assert": ("conditions* errorMessage", ""),
    "core.execution.Resume": ("executionId* namespace flowId inputs", ""),
    "core.execution.PurgeExecutions": (
        "namespace flowId startDate endDate* states purgeExecution purgeLog purgeMetric purgeStorage batchSize",
        "executionsCount logsCount storagesCount metricsCount",
    ),
    "core.namespace.UploadFiles": ("namespace files filesMap destination conflict", "files"),
    "core.namespace.DownloadFiles": ("namespace* files* destination", "files"),
    "core.namespace.DeleteFiles": ("namespace* files*", "files"),
    "core.namespace.PurgeFiles": (
        "filePattern namespaces namespacePattern includeChildNamespaces behavior",
        "size",
    ),
    "core.output.OutputValues": ("values", "values"),
    "core.metric.Publish": ("metrics*", "metrics"),
    "core.templating.TemplatedTask": ("spec*", ""),
    "core.state.Set": ("name namespace taskrunValue data", "count key"),
    "core.state.Get": ("name namespace taskrunValue errorOnMissing", "count data"),
    "core.state.Delete": ("name namespace taskrunValue errorOnMissing", "deleted"),
    "core.flow.Sequential": ("tasks*", ""),
    "core.flow.Parallel": ("tasks* concurrent", ""),
    "core.flow.Dag": ("tasks* concurrent", ""),
    "core.flow.If": ("condition* then* else", "evaluationResult"),
    "core.flow.Switch": ("value* cases defaults", "value defaults"),
    "core.flow.ForEach": ("values* tasks* concurrencyLimit", ""),
    "core.flow.AllowFailure": ("tasks*", ""),
    "core.flow.EachParallel": ("value* tasks* concurrent", ""),
    "core.flow.EachSequential": ("value* tasks*", ""),
    "core.flow.WorkingDirectory": ("tasks* cache inputFiles namespaceFiles outputFiles", "outputFiles"),
    "core.flow.LoopUntil": ("condition* tasks* checkFrequency failOnMaxReached", "iterationCount"),
    "core.flow.ForEachItem": (
        "items* batch namespace* flowId* revision inputs wait transmitFailed inheritLabels labels restartBehavior",
        "",
    ),
    "core.flow.Subflow": (
        ("namespace* flowId* revision inputs labels inheritLabels outputs wait transmitFailed scheduleDate "
        "restartBehavior"),
        "executionId state outputs",
    ),
    "core.trigger.Schedule": (
        "cron* timezone withSeconds backfill lateMaximumDelay recoverMissedSchedules",
        "date next previous",
    ),
    "core.trigger.ScheduleOnDates": ("dates* timezone recoverMissedSchedules", "date next previous"),
    "core.trigger.Flow": ("preconditions states", "executionId state namespace flowId flowRevision outputs"),
    "core.trigger.Webhook": ("key*", "body headers parameters"),
    "core.trigger.Toggle": ("trigger* flowId namespace enabled", ""),
    "serdes.csv.CsvToIon": (
        ("from* header fieldSeparator textDelimiter skipEmptyRows skipRows charset onBadLines "
        "errorOnDifferentFieldCount onEmptyHeader maxBufferSize maxFieldSize allowExtraCharsAfterClosingQuote"),
        "uri size",
    ),
    "serdes.csv.IonToCsv": (
        "from* header fieldSeparator textDelimiter lineDelimiter quoteMode alwaysDelimitText charset " + DATES,
        "uri size",
    ),
    "serdes.json.JsonToIon": ("from* newLine charset", "uri size"),
    "serdes.json.IonToJson": ("from* newLine charset timeZoneId shouldKeepAnnotations", "uri size"),
    "serdes.json.JsonToJsonl": ("from* charset", "uri size"),
    "serdes.xml.XmlToIon": ("from* query parserConfiguration charset", "uri size"),
    "serdes.xml.IonToXml": ("from* rootName charset timeZoneId", "uri size"),
    "serdes.parquet.ParquetToIon": ("from*", "uri size"),
    "serdes.parquet.IonToParquet": (
        "from* schema compressionCodec parquetVersion rowGroupSize pageSize dictionaryPageSize onBadLines",
        "uri size",
    ),
    "serdes.avro.AvroToIon": ("from* onBadLines", "uri size"),
    "serdes.avro.IonToAvro": ("from* schema", "uri size"),
    "serdes.avro.InferAvroSchemaFromIon": ("from*", "uri"),
    "serdes.excel.ExcelToIon": (
        "from* header sheetsTitle skipRows skipEmptyRows valueRender dateTimeRender",
        "uris size",
    ),
    "serdes.excel.IonToExcel": (f"from* sheetsTitle header styles {DATES}".replace("timeZoneId", ""), "uri size"),
    "serdes.yaml.YamlToIon": ("from* charset", "uri size"),
    "serdes.yaml.IonToYaml": ("from* charset", "uri size"),
    "serdes.yaml.YamlToJson": ("from* charset jsonl", "uri size"),
    "serdes.yaml.JsonToYaml": ("from* charset jsonl", "uri size"),
    "compress.ArchiveCompress": ("from* algorithm* compression", "uri"),
    "compress.ArchiveDecompress": ("from* algorithm* compression", "files"),
    "compress.FileCompress": ("from* compression*", "uri"),
    "compress.FileDecompress": ("from* compression*", "uri"),
    "slack.notifications.SlackIncomingWebhook": ("url* payload messageText options", ""),
    "slack.notifications.SlackExecution": (
        f"url* {EXECUTION} channel username iconUrl iconEmoji payload messageText options",
        "",
    ),
    "notifications.teams.TeamsExecution": (f"url* {EXECUTION}", ""),
    "notifications.discord.DiscordExecution": (f"url* {EXECUTION}", ""),
    "email.MailSend": (MAIL, ""),
    "email.MailExecution": (f"{MAIL} {EXECUTION}", ""),
    "git.Clone": (f"{GIT} directory depth tag commit cloneAllBranches noTags", "directory"),
    "git.SyncFlows": (
        (f"{GIT} targetNamespace* gitDirectory includeChildNamespaces delete ignoreInvalidFlows dryRun "
        "failOnMissingDirectory"),
        "flows",
    ),
    "git.SyncNamespaceFiles": (f"{GIT} namespace gitDirectory delete dryRun", "files"),
    "git.PushFlows": (
        f"{PUSH} sourceNamespace targetNamespace flows includeChildNamespaces",
        "flows commitId commitURL",
    ),
    "git.PushNamespaceFiles": (f"{PUSH} namespace files errorOnMissing", "files commitId commitURL"),
}  # fmt: skip

OPTIONS = (
    "timeout proxy auth ssl followRedirects allowFailed allowedResponseCodes defaultCharset logs connectTimeout "
    "readTimeout proxyType proxyAddress proxyPort proxyUsername proxyPassword basicAuthUser basicAuthPassword "
    "logLevel readIdleTimeout connectionPoolIdleTimeout maxContentLength"
)


@pytest.mark.parametrize("name", FACTS)
def test_a_type_has_the_properties_and_outputs_flows_use(name: str) -> None:
    plugin = REGISTRY.resolve(f"{PREFIX}{name}")
    assert plugin.type_id == f"{PREFIX}{name}"
    properties, outputs = FACTS[name]
    known = properties_of(plugin).names
    assert sorted(one for one in properties.split() if one.rstrip("*") not in known) == []
    must = {one.rstrip("*") for one in properties.split() if one.endswith("*")}
    required = {alias for alias, field in known.items() if plugin.model_fields[field].is_required()}
    assert required <= must, "a flow that is valid elsewhere would be refused"
    if issubclass(plugin, Task | Trigger):
        given = {field.alias or name for name, field in plugin.gives.model_fields.items()}
        assert sorted(set(outputs.split()) - given) == []


def test_the_options_of_requests_have_all_names() -> None:
    from engine.plugins.core.http._options import Options

    known = {field.alias for field in Options.model_fields.values()}
    assert sorted(set(OPTIONS.split()) - known) == []


def test_every_core_type_has_its_facts_here() -> None:
    unlisted = {
        name
        for name in REGISTRY.types(Task)
        if name.startswith(f"{PREFIX}core.") and name.removeprefix(PREFIX) not in FACTS
    }
    assert unlisted == set()
